"""Start-up: processor seconds of whole processes, the least of five, and the modules that take most of them.

`python bench/start.py` runs it.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
TIMES = 5
NOTEBOOKS = "from kit.report import output, plots, pricing_chapter, traffic_plots, endpoints_chapter, decision_chapter"
STARTS = (
    ("python alone", ["-c", "pass"], ""),
    ("kit --help", ["-m", "kit", "--help"], "0.2"),
    ("kit prices gpt-4o", ["-m", "kit", "prices", "gpt-4o"], "0.4"),
    ("kit report, nothing changed", ["-m", "kit", "report", "article", "--out", "{out}"], "0.8"),
    ("imports of notebooks", ["-c", NOTEBOOKS], "1.2"),
    ("from kit.service import Router, Meter", ["-c", "from kit.service import Router, Meter"], "0.4"),
    ("openai alone", ["-c", "import openai"], ""),
)
"""What is started, how, and the seconds that it may take."""


def main() -> None:
    """Print a line a start."""
    with tempfile.TemporaryDirectory() as out:
        subprocess.run([sys.executable, "-m", "kit", "report", "article", "--out", out], cwd=ROOT, check=True,
                       capture_output=True)  # fmt: skip
        print(f"{'':40}{'CPU s':>8}{'aim':>6}   dearest imports, ms")
        for name, arguments, aim in STARTS:
            command = [sys.executable, *(part.format(out=out) for part in arguments)]
            print(f"{name:40}{min(seconds(command) for _ in range(TIMES)):8.2f}{aim:>6}   {dearest(command)}")


def seconds(command: list[str]) -> float:
    """Processor seconds of one process."""
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)}: ended with {status}")
    return used.ru_utime + used.ru_stime


def dearest(command: list[str], most: int = 4) -> str:
    """The packages that take longest to import, by `-X importtime`, with what they bring along."""
    python, *rest = command
    done = subprocess.run([python, "-X", "importtime", *rest], cwd=ROOT, capture_output=True, text=True)
    took = re.findall(r"import time: +\d+ \| +(\d+) \| +(\w+)$", done.stderr, re.MULTILINE)
    longest = sorted(((int(microseconds), name) for microseconds, name in took), reverse=True)[:most]
    return ", ".join(f"{name} {microseconds / 1000:.0f}" for microseconds, name in longest)


if __name__ == "__main__":
    main()

"""A build of the article study beside what one would otherwise do: papermill on each notebook, nbconvert on each copy.

All in one run on one machine, whole processes with their start-up; the figures that count are the ratios.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

from kit import build

ROOT = Path(__file__).parent.parent


def main() -> None:
    """Print seconds and ratios."""
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary) / "repository"
        shutil.copytree(ROOT, place, ignore=shutil.ignore_patterns(".git", ".nox", "reports", "*.egg-info"))
        times = {
            "baseline: papermill and nbconvert, notebook by notebook": baseline(place, Path(temporary) / "baseline"),
            "cold build": timed("report", cwd=place),
            "nothing changed": timed("report", cwd=place),
            "one parameter changed": changed(place),
            "PDF and HTML alone": export(place),
        }
    base = next(iter(times.values()))
    for what, seconds in times.items():
        print(f"{what:58} {seconds:6.2f} s {seconds / base:6.0%} of the baseline")


def timed(*arguments: str, cwd: Path) -> float:
    """Seconds that one `python -m kit` command takes."""
    return clock([sys.executable, "-m", "kit", *arguments], cwd)


def baseline(place: Path, out: Path) -> float:
    """Seconds for papermill's and nbconvert's own commands, one notebook after another."""
    out.mkdir()
    (place / "reports" / "article").mkdir(parents=True)
    total = 0.0
    for job in build.jobs(build.read_study("article", place), place, place / "reports" / "article"):
        parameters = out / f"{job.name}.yaml"
        parameters.write_text(yaml.safe_dump(dict(job.parameters)))
        copy = out / f"{job.name}.ipynb"
        total += clock(
            [
                sys.executable,
                "-m",
                "papermill",
                str(job.notebook),
                str(copy),
                "-f",
                str(parameters),
                "--no-progress-bar",
            ],
            place / "notebooks",
        )
        total += clock([sys.executable, "-m", "nbconvert", "--to", "html", "--no-input", str(copy)], out)
    shutil.rmtree(place / "reports")
    return total


def changed(place: Path) -> float:
    """Seconds for a build after one parameter of the decision has changed."""
    file = place / "params" / "article.yaml"
    file.write_text(file.read_text().replace("needs: [general, code, chinese]", "needs: [general, code]"))
    return timed("report", cwd=place)


def export(place: Path) -> float:
    """Seconds for the report step alone, from executed notebooks."""
    (place / "reports" / "article" / "decision.pdf").unlink()
    return timed("report", cwd=place)


def clock(command: list[str], cwd: Path) -> float:
    """Seconds that a command takes; it must succeed."""
    started = time.perf_counter()
    subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()

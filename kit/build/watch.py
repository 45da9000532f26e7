"""Progress of the running notebooks: a line each, with the current part, answers, dollars and time left.

A notebook that asks models runs in a process of its own; its progress bar leaves its line in a file beside the kernel's
sockets (`kit.client.progress`).
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tqdm import tqdm

__all__ = ["PROGRESS", "Watched", "running", "watched"]

PROGRESS = "progress.txt"
"""The file, beside a kernel's sockets, that holds the line of the bar that runs in the kernel."""


@dataclass(eq=False)
class Watched:
    """One running notebook: since when, where its kernel leaves its line, and the heading and cell it is at."""

    name: str
    folder: Path
    began: float = field(default_factory=time.monotonic)
    part: str = ""

    def line(self) -> str:
        """Return what it is doing: `replay: 1:05, cell 7 of 16, The answer; 120 of 500 answers, $0.0123, 2:10 left`."""
        asking = ""
        with suppress(OSError):
            asking = (self.folder / PROGRESS).read_text(encoding="utf-8").strip()
        parts = ", ".join(filter(None, (tqdm.format_interval(time.monotonic() - self.began), self.part)))
        return f"{self.name}: {parts}{f'; {asking}' if asking else ''}"


_running: list[Watched] = []


@contextmanager
def watched(name: str, folder: Path) -> Iterator[Watched]:
    """Show a notebook among the running ones while the block runs."""
    job = Watched(name, folder)
    _running.append(job)
    try:
        yield job
    finally:
        _running.remove(job)


def running() -> list[str]:
    """A line for each notebook that runs just now, the longest running first."""
    return [job.line() for job in list(_running)]

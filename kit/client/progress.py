"""A progress bar for a terminal and for a notebook alike: answers, errors, dollars so far, time left."""

import os
import sys
import time
from pathlib import Path
from typing import Any

from tqdm import tqdm

__all__ = ["Bar"]

_TELL_S = 0.5
"""Between two lines for a build."""


class Bar:
    """Counts what comes back.

    Args:
        total: Answers wanted.
        kept: Of those, the ones that were there already.
        shown: Whether to draw; nothing is drawn where nobody looks, as in a pipe.
    """

    def __init__(self, total: int, kept: int, shown: bool = True):
        self.answers, self.errors, self.usd = kept, 0, 0.0
        self._unpriced, self._kept, self._began, self._last_write_s = 0, kept, time.monotonic(), 0.0
        self._file = os.environ.get("KIT_PROGRESS")  # where a build reads what a notebook is doing
        cell = _cell() if shown else None
        self._hidden = not shown or (cell is None and _in_kernel())  # papermill, say, would keep the bar as an output
        self._bar = tqdm(
            total=total,
            initial=kept,
            unit=" answers",
            leave=False,
            file=cell or sys.stderr,
            disable=True if self._hidden else None if cell is None else False,
            dynamic_ncols=not cell,
            mininterval=0.2,
        )

    def answer(self, usd: float | None) -> None:
        """One more answer, and what it cost if that is known."""
        self.answers += 1
        if usd is None:
            self._unpriced += 1
        else:
            self.usd += usd
        self._step()

    def error(self) -> None:
        """One that failed for good."""
        self.errors += 1
        self._step()

    def say(self, line: str) -> None:
        """A line above the bar, unless it is hidden."""
        if not self._hidden:
            tqdm.write(line, file=sys.stderr)

    def close(self) -> None:
        """Take the bar away."""
        self._bar.close()
        if self._file:
            Path(self._file).unlink(missing_ok=True)

    def _step(self) -> None:
        money = f"${self.usd:.4f}" + ("+unknown" if self._unpriced else "")
        if not self._bar.disable:
            self._bar.set_postfix_str(f"{self.errors} errors, {money}", refresh=False)
        if self._file and time.monotonic() - self._last_write_s > _TELL_S:
            self._last_write_s = time.monotonic()
            Path(self._file).write_text(f"{self._counts()}, {money}{self._left()}", encoding="utf-8")
        self._bar.update()

    def _counts(self) -> str:
        errors = f", {self.errors} errors" if self.errors else ""
        return f"{self.answers:,} of {self._bar.total:,} answers{errors}"

    def _left(self) -> str:
        fresh = self.answers + self.errors - self._kept
        left = (self._bar.total - self.answers - self.errors) * (time.monotonic() - self._began) / max(1, fresh)
        return f", {tqdm.format_interval(left)} left"


class _Cell:
    """A file for tqdm that redraws one output of a notebook cell in place."""

    def __init__(self, display: Any):
        self._handle = display({"text/plain": ""}, raw=True, display_id=True)

    def write(self, text: str) -> None:
        self._handle.update({"text/plain": text.strip("\r\n ")}, raw=True)

    def flush(self) -> None:
        """Nothing is held back."""


def _cell() -> _Cell | None:
    """An output of the notebook cell that somebody is looking at; None outside a notebook, or where nobody is."""
    if not _in_kernel() or not {"JPY_SESSION_NAME", "VSCODE_PID"} & set(os.environ):
        return None
    from IPython.display import display

    return _Cell(display)


def _in_kernel() -> bool:
    shell = sys.modules.get("IPython")
    return shell is not None and type(shell.get_ipython()).__name__ == "ZMQInteractiveShell"

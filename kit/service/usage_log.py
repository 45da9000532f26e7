"""A file that many threads and processes append whole lines to, and that starts anew when it is full.

A line is one `write` to a descriptor opened for appending, which the system does as a whole: no buffer and no writer
thread, so nothing is lost with the thread that wrote it. There is no lock either, since a lock can be held by a thread
that is gone (after a fork) or by the very code that a garbage collection interrupts. A full file is renamed to a name
that no other has; who still holds it open notices at the next line, and until then its lines go to the renamed file.
"""

import glob
import os
import time
from contextlib import suppress
from pathlib import Path

from kit.errors import UsageError

__all__ = ["Journal"]


class Journal:
    """Lines appended to `path`; full files stand beside it as `usage.20261005T013000.123456789-4711.jsonl`.

    Args:
        path: The file that is written to; it and its folder are made if need be, for this user's eyes only.
        max_bytes: A file that the next line would bring beyond it is renamed first.
        keep: How many renamed files are kept, the youngest ones; all, if it is None.

    Raises:
        UsageError: If the file cannot be written to, or a limit is below 1.
    """

    def __init__(self, path: str | Path, max_bytes: int, keep: int | None = None) -> None:
        self.path, self.max_bytes, self.keep = Path(path).absolute(), max_bytes, keep
        if max_bytes < 1 or (keep is not None and keep < 1):
            raise UsageError(f"{path}: max_bytes is {max_bytes} and keep {keep}; both start at 1")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = _File(self.path, mend=True)
        except OSError as error:
            raise UsageError(f"{path}: no usage can be written there: {error.strerror}; name a file") from None

    def append(self, line: bytes) -> None:
        """Append one line, which ends in a line feed.

        Raises:
            OSError: If it could not be written, or only in part; the next line then begins a line of its own.
        """
        file = self._current(len(line))
        if (written := os.write(file.descriptor, line)) < len(line):
            self._file = _File(self.path, mend=True)
            raise OSError(f"{written} of {len(line)} bytes written")

    def _current(self, more: int) -> "_File":
        """The file to write to now: the one open, unless it is full, or another process has moved it away."""
        file = self._file
        try:
            there = self.path.stat()
        except FileNotFoundError:
            there = None
        if there and there.st_size and there.st_size + more > self.max_bytes:
            self._rotate()
            there = None
        if not there or (there.st_dev, there.st_ino) != file.identity:
            file = self._file = _File(self.path)
        return file

    def _rotate(self) -> None:
        stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
        full = self.path.with_name(f"{self.path.stem}.{stamp}.{time.time_ns() % 10**9:09}-{os.getpid()}")
        with suppress(OSError):  # another thread or process was first; or Windows, which renames no open file
            self.path.rename(f"{full}{self.path.suffix}")
        if self.keep is not None:
            older = self.path.parent.glob(f"{glob.escape(self.path.stem)}.*-*{self.path.suffix}")
            for old in sorted(older)[: -self.keep]:
                with suppress(OSError):
                    old.unlink()


class _File:
    """An open descriptor that is closed when nobody holds it any more, never under a thread that is about to write."""

    def __init__(self, path: Path, mend: bool = False) -> None:
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
        self.descriptor = os.open(path, flags, 0o600)
        state = os.fstat(self.descriptor)
        self.identity = state.st_dev, state.st_ino
        if mend and state.st_size:
            os.lseek(self.descriptor, -1, os.SEEK_END)
            if os.read(self.descriptor, 1) != b"\n":  # a line that a crash or a full disk tore; at worst an empty one
                os.write(self.descriptor, b"\n")

    def __del__(self) -> None:
        with suppress(OSError, AttributeError):  # the latter if it was never opened
            os.close(self.descriptor)

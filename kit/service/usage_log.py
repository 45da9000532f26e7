"""Usage rows on their way to a file: whole lines, appended by many threads and processes, into a file that rotates.

A line is one `write` to a descriptor opened for appending, which the system does as a whole: no buffer and no writer
thread, so nothing is lost with the thread that wrote it. There is no lock either, since a lock can be held by a thread
that is gone (after a fork) or by the very code that a garbage collection interrupts. A full file is renamed to a name
that no other has; who still holds it open notices at the next line, and until then its lines go to the renamed file.
"""

import glob
import json
import logging
import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from kit.client import mask_for
from kit.errors import UsageError

__all__ = ["RotatingFile", "UsageLog"]

_STRICT = json.JSONEncoder(allow_nan=False)
_LOG = logging.getLogger(__name__)


class RotatingFile:
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
            on_disk = self.path.stat()
        except FileNotFoundError:
            on_disk = None
        if on_disk and on_disk.st_size and on_disk.st_size + more > self.max_bytes:
            self._rotate()
            on_disk = None
        if not on_disk or (on_disk.st_dev, on_disk.st_ino) != file.identity:
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


class UsageLog:
    """Writes rows; what goes wrong is logged as a warning, once for each kind.

    Args:
        redacted: What a request and an answer are put through; None if rows hold neither.

    Attributes:
        lost: Rows that could not be written.
    """

    def __init__(self, file: RotatingFile, redacted: Callable[[Mapping[str, Any]], dict[str, Any]] | None) -> None:
        self.redacted, self.lost = redacted, 0
        self._file = file
        self._warned: set[str] = set()

    def write(self, row: Mapping[str, Any], secret: object) -> None:
        """Append one row, without the client's own key, which an endpoint may repeat anywhere."""
        try:
            try:
                line = _STRICT.encode(row)
            except (ValueError, TypeError, RecursionError) as error:
                self.warn("a request or answer could not be written as JSON, and is left out", error)
                line = json.dumps({key: row[key] for key in row if key not in ("kit.request", "kit.answer")})
            if isinstance(secret, str):
                line = mask_for(secret).hide(line)
            self._file.append(line.encode() + b"\n")
        except Exception as error:
            self.lose("a row could not be written", error)

    def lose(self, row: str, error: Exception) -> None:
        """Count a row that is lost."""
        self.lost += 1
        self.warn(row, error)

    def warn(self, event: str, error: Exception) -> None:
        """Say once what is wrong; of an error only its type or the system's words, as its text may quote a prompt."""
        if event not in self._warned:
            self._warned.add(event)
            reason = getattr(error, "strerror", None) or type(error).__name__
            with suppress(Exception):
                _LOG.warning("%s: %s: %s", self._file.path, event, reason)

"""Read what can be read from a damaged store, so that only what is really lost is asked and paid for again."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

__all__ = ["salvage"]

_SPAN = 512
"""Rows read at once; where that fails, halves of it, down to single rows."""

_ROW_BYTES = 64
"""A row takes more than that, so a file holds no more rows than its size over it, whatever a damaged page says."""


def salvage(damaged: Path, fresh: Path, sound: Callable[[tuple[Any, ...]], Sequence[Any]]) -> int:
    """Copy sound answers, and the requests that can be read, from a damaged store into a fresh one.

    Args:
        damaged: The damaged file; it is not written to.
        fresh: An empty store of the same schema.
        sound: Returns a row of answers as the fresh store holds it; raises an error for one that cannot be right.

    Returns:
        How many answers were copied.
    """
    copied = 0
    with closing(_read_only(damaged)) as old, closing(sqlite3.connect(fresh, isolation_level=None)) as new:
        new.execute("BEGIN")
        for row in _answers(old, damaged.stat().st_size // _ROW_BYTES):
            with suppress(Exception):  # a row of chance bytes can fail in any way
                whole = sound(row)
                new.execute(f"INSERT OR IGNORE INTO answers VALUES ({', '.join('?' * len(whole))})", whole)  # noqa: S608
                copied += 1
        with suppress(sqlite3.Error):
            for row in old.execute("SELECT digest, body FROM requests"):
                new.execute("INSERT OR IGNORE INTO requests VALUES (?, ?)", row)
        new.execute("COMMIT")
    return copied


def _read_only(path: Path) -> sqlite3.Connection:
    """The file as it lies, with its write-ahead log where that can be read."""
    for options in ("mode=ro", "mode=ro&immutable=1"):
        db = sqlite3.connect(f"file:{path}?{options}", uri=True)
        with suppress(sqlite3.Error):
            db.execute("PRAGMA writable_schema = ON")  # or SQLite refuses a file that is shorter than it should be
            db.execute("SELECT 1 FROM answers LIMIT 1").fetchall()
            return db
        db.close()
    return sqlite3.connect(":memory:")


def _answers(db: sqlite3.Connection, most: int) -> Iterator[tuple[Any, ...]]:
    last = most
    with suppress(sqlite3.Error, TypeError):
        last = min(most, int(db.execute("SELECT max(rowid) FROM answers").fetchone()[0]))
    for first in range(1, last + 1, _SPAN):
        yield from _between(db, first, min(first + _SPAN - 1, last))


def _between(db: sqlite3.Connection, first: int, last: int) -> Iterator[tuple[Any, ...]]:
    try:
        yield from db.execute("SELECT * FROM answers WHERE rowid BETWEEN ? AND ?", (first, last)).fetchall()
    except (sqlite3.Error, UnicodeError):
        if first < last:
            middle = (first + last) // 2
            yield from _between(db, first, middle)
            yield from _between(db, middle + 1, last)

"""Traffic: what a service sent and got back, one row a call (or a bucket of calls), whatever log it came from.

Rows are in DuckDB, since a month of calls may be larger than memory. Tokens mean the same in every row: `prompt`
includes `cached` and `written`, `output` includes `reasoning`.
"""

# ruff: noqa: S608 - SQL is put together of names that are ours and of values that `cells` has quoted

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from kit.errors import UsageError, near_miss

if TYPE_CHECKING:
    import duckdb

__all__ = ["CHARGES", "COLUMNS", "FILES", "TYPES", "UNKNOWN", "UNREAD", "Traffic", "database"]

COLUMNS = {
    "id": "as logged; empty where the source has none",
    "at": "start of the call or bucket, UTC; a word of DuckDB's own, so quoted in SQL",
    "hours": "0 for one call; else the length of the bucket",
    "endpoint": "what called, or the source's nearest word for it; empty if unknown",
    "logged": "the model, as logged",
    "provider": "as logged; empty if unknown",
    "requests": "calls in the row: 1, or those of the bucket",
    "prompt": "tokens sent, cached and written included",
    "cached": "of these, read from the provider's cache",
    "written": "of these, written to the provider's cache",
    "written_1h": "of those written, to be kept for an hour",
    "output": "tokens that came back, reasoning included",
    "reasoning": "of these, thought and not said; NULL where the source does not say",
    "batch": "billed at the batch rate",
    "tier": "flex, priority or fast; empty for the ordinary one",
    "long": "billed as a long prompt, whatever the average length in its bucket",
    "billed": "no for what a proxy answered out of its own cache",
    "status": "ok, or the error's type",
    "latency_s": "seconds from start to end; NULL if unknown",
    "first_token_s": "seconds to the first token; NULL if unknown",
    "logged_usd": "what the source says it cost, USD; NULL if it does not",
    "request": 'JSON {"messages": [...], ...parameters}; NULL if not logged',
    "answer": "text; NULL if not logged",
    "format": "the format it was read as, a key of `kit.traffic.formats.known_formats()`",
    "file": "where it was read",
}
"""Columns of the table `usage`."""

TYPES = {
    "id": "VARCHAR",
    "at": "TIMESTAMP",
    "hours": "DOUBLE",
    "endpoint": "VARCHAR",
    "logged": "VARCHAR",
    "provider": "VARCHAR",
    "requests": "BIGINT",
    "prompt": "BIGINT",
    "cached": "BIGINT",
    "written": "BIGINT",
    "written_1h": "BIGINT",
    "output": "BIGINT",
    "reasoning": "BIGINT",
    "batch": "BOOLEAN",
    "tier": "VARCHAR",
    "long": "BOOLEAN",
    "billed": "BOOLEAN",
    "status": "VARCHAR",
    "latency_s": "DOUBLE",
    "first_token_s": "DOUBLE",
    "logged_usd": "DOUBLE",
    "request": "VARCHAR",
    "answer": "VARCHAR",
    "format": "VARCHAR",
    "file": "VARCHAR",
}
"""Column of `usage` -> its SQL type."""

CHARGES = {
    "at": "start of the charge's time, UTC",
    "hours": "its length",
    "what": "what is charged, in the source's words",
    "model": "as logged; empty where the source does not say",
    "usd": "USD",
    "format": "as in `usage`",
    "file": "where it was read",
}
"""Columns of the table `charges`: what bills say, beside the usage and never added to it."""

FILES = {
    "file": "path",
    "format": "a key of `kit.traffic.formats.known_formats()`; empty if it is no log that is known",
    "rows": "counted",
    "doubles": "left out, since they are counted already",
    "unread": "left out, since they could not be read",
    "said": "what it was read as, in words",
}
"""Columns of `Traffic.files`, one row a file."""

UNREAD = {
    "file": "path",
    "line": "counted from 1; the row, where a file has no lines; 0 for the file as a whole",
    "why": "in words",
}
"""Columns of `Traffic.unread`, one row a line that is not counted."""

UNKNOWN = {"logged": "a model's name", "requests": "with it", "tokens": "of them", "nearest": "what may be meant"}
"""Columns of `Traffic.unknown`, one row a name that no price book knows."""

_MEMORY = "1GB"
"""What rows may take of it."""

_ABSENT = {
    "id": "''", "hours": "0", "endpoint": "''", "provider": "''", "requests": "1", "cached": "0", "written": "0",
    "batch": "false", "billed": "true", "status": "'ok'", "format": "''", "file": "''",
}  # fmt: skip
"""What a column holds where `Traffic.of` is given none; the others hold NULL."""


@dataclass(frozen=True, eq=False)
class Traffic:
    """What was read from logs.

    Attributes:
        db: Holds the table or view `usage` (columns as in COLUMNS) and the table `charges` (as in CHARGES).
        models: Logged name -> catalog id, or `provider/model id` of the price list, or a contract's own; None: unknown.
        files: Columns as in FILES.
        unread: Columns as in UNREAD.
        unknown: Columns as in UNKNOWN.
        notes: What must be said aloud, a sentence each.
    """

    db: "duckdb.DuckDBPyConnection"
    models: Mapping[str, str | None]
    files: pd.DataFrame
    unread: pd.DataFrame
    unknown: pd.DataFrame
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, frame: pd.DataFrame, models: Mapping[str, str | None]) -> "Traffic":
        """Traffic from rows in memory.

        Args:
            frame: Any of COLUMNS; `at`, `logged`, `prompt` and `output` are needed.
            models: As in the attribute.

        Raises:
            UsageError: If a needed column is missing, or one is none of COLUMNS.
        """
        if missing := [name for name in ("at", "logged", "prompt", "output") if name not in frame]:
            raise UsageError(f"traffic: column {missing[0]!r} is missing")
        if odd := [name for name in frame if name not in TYPES]:
            raise UsageError(f"traffic: {odd[0]!r} is not a column of usage{near_miss(odd[0], TYPES)}")
        db = database()
        db.register("frame", frame)
        columns = ", ".join(
            f'CAST({f"frame.{name}" if name in frame else _ABSENT.get(name, "NULL")} AS {kind}) AS "{name}"'
            for name, kind in TYPES.items()
        )
        db.execute(f"CREATE TABLE usage AS SELECT {columns} FROM frame")
        db.unregister("frame")
        return cls(db, dict(models), *(pd.DataFrame(columns=list(names)) for names in (FILES, UNREAD, UNKNOWN)))

    def frame(self, where: str = "true") -> pd.DataFrame:
        """The rows of `usage` for which an SQL condition holds, by time: for traffic that fits in memory."""
        return self.db.execute(f'SELECT * FROM usage WHERE {where} ORDER BY "at", id').df()


def database() -> "duckdb.DuckDBPyConnection":
    """An empty database in memory, with the table `charges`, that fetches nothing from the network."""
    import duckdb  # 0.1 s, which a study without logs should not pay

    # what does not fit goes to the disk, where temporary files belong, and not beside the notebook
    spill = str(Path(tempfile.gettempdir()) / f"kit-logs-{os.getpid()}")
    config = {"autoinstall_known_extensions": "false", "preserve_insertion_order": "false", "temp_directory": spill}
    db = duckdb.connect(config={**config, "memory_limit": _MEMORY})
    db.execute("SET TimeZone = 'UTC'")
    db.execute(
        "CREATE TABLE charges "
        '("at" TIMESTAMP, hours DOUBLE, what VARCHAR, model VARCHAR, usd DOUBLE, format VARCHAR, file VARCHAR)'
    )
    return db

"""Doubles: a call that several files tell of counts once.

Files whose times do not meet cannot tell of one call, and most do not; what follows is for those that do.
"""

# ruff: noqa: S608 - SQL is put together of names that are ours and of values that `cells` has quoted

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import pandas as pd

from kit.errors import UsageError
from kit.traffic.load import Part
from kit.traffic.usage_table import TYPES

if TYPE_CHECKING:
    import duckdb

__all__ = ["drop_duplicate_charges", "drop_duplicates"]


def drop_duplicates(
    db: "duckdb.DuckDBPyConnection", parts: Sequence[Part], models: Mapping[str, str | None]
) -> tuple[dict[str, int], list[str]]:
    """Make the view `usage` of all parts, each call and bucket once.

    A call is the same as another of its id and start, in whatever file. Without ids, rows that are alike in all they
    say are one as often as they stand in two files. A bucket exported again counts as it is where it is fuller. Calls
    in two formats are one if model, minute and tokens agree.

    Returns:
        File -> how many of its rows are counted elsewhere; and what must be said.

    Raises:
        UsageError: If what remains would count traffic twice: buckets, and calls or other buckets inside their time.
    """
    filled = [part for part in parts if part.rows]
    pooled = [part for group in _meeting(filled) if _pooled(db, group) for part in group]
    left_out, notes = _pool(db, pooled, models) if pooled else ({}, [])
    columns = ", ".join(f'"{name}"' for name in TYPES)
    alone = [f"SELECT {columns} FROM ({part.sql()})" for part in filled if part not in pooled]
    whole = [*alone, *([f"SELECT {columns} FROM pool"] if pooled else [])]
    none = "SELECT " + ", ".join(f'CAST(NULL AS {kind}) AS "{name}"' for name, kind in TYPES.items()) + " WHERE false"
    db.execute(f"CREATE VIEW usage AS {' UNION ALL '.join(whole) or none}")
    return left_out, notes


def drop_duplicate_charges(db: "duckdb.DuckDBPyConnection", parts: Sequence[Part]) -> dict[str, int]:
    """Fill the table `charges` from all parts, one that several files tell of once.

    Returns:
        File -> how many of its rows are counted elsewhere.

    Raises:
        UsageError: If an export and an API's answer tell of one day's charges, which differ in how they are cut.
    """
    parts = [part for part in parts if part.rows]
    if not parts:
        return {}
    rows = " UNION ALL ".join(f"SELECT *, {n} AS nth FROM {part.name}" for n, part in enumerate(parts))
    db.execute(f"CREATE TABLE charged AS FROM ({rows}) WHERE why IS NULL")
    makers = "split_part(format, '-', 1)"
    both = f"""SELECT "at", min(format), max(format) FROM charged GROUP BY "at", {makers}
        HAVING min(format) <> max(format) ORDER BY 1 LIMIT 1"""
    for at, one, other in db.execute(both).fetchall():
        raise UsageError(
            f"{one} and {other}: both tell what was charged on {at:%Y-%m-%d}; together they would count it twice: read "
            "one of them"
        )
    db.execute(
        """CREATE TABLE told AS SELECT *, row_number() OVER (
            PARTITION BY "at", hours, what, model, format, turn ORDER BY usd DESC, nth) AS place
        FROM (SELECT *, row_number() OVER (PARTITION BY nth, "at", hours, what, model ORDER BY usd DESC) AS turn
              FROM charged)"""
    )
    db.execute('INSERT INTO charges SELECT "at", hours, what, model, usd, format, file FROM told WHERE place = 1')
    again = db.execute("SELECT nth, count(*) FROM told WHERE place > 1 GROUP BY 1").fetchall()
    return {parts[n].file: count for n, count in again}


def _meeting(parts: Sequence[Part]) -> list[list[Part]]:
    """Parts in groups whose times meet, each with the next or through others."""
    groups: list[list[Part]] = []
    reached = datetime.min
    for start, end, _, part in sorted((part.start, part.end, n, part) for n, part in enumerate(parts)):
        if not groups or start > reached:
            groups.append([])
        groups[-1].append(part)
        reached = max(reached, end)
    return groups


def _pooled(db: "duckdb.DuckDBPyConnection", group: Sequence[Part]) -> bool:
    """Return whether a group has to be gone through call by call; told as cheaply as can be.

    Two rows of one call start at one moment: where each row starts later than the one before it, there are none. Else
    ids are compared.
    """
    calls = all(part.format.row == "call" for part in group)
    if len(group) > 1 and (not calls or len({part.format.name for part in group}) > 1):
        return True
    if not calls:
        return False
    rows = " UNION ALL ".join(f'SELECT "at", id FROM ({part.sql()})' for part in group)
    if len(group) == 1:
        ties = f'SELECT count(*) FROM (SELECT "at" AS a, lag("at") OVER () AS b FROM ({rows})) WHERE NOT a > b'
        marks = f"SELECT count(DISTINCT mark) FROM ({group[0].sql()})"
        if group[0].format.dialects and _one(db, marks) > 1:
            return True
        if group[0].format.span and _one(db, f"SELECT count(*) - count(DISTINCT id) FROM ({rows}) WHERE id <> ''"):
            return True
        if not _one(db, ties):
            return False
    elif _one(db, f"SELECT count(*) FROM ({rows}) WHERE id = ''"):
        return True
    # two that are not of one call may share a hash, once in 100,000 logs of ten million; then the long way tells
    repeated = f"""SELECT count(*) - count(DISTINCT hash("at", id)) FROM ({rows}) WHERE id <> ''"""
    return bool(_one(db, repeated))


def _pool(
    db: "duckdb.DuckDBPyConnection", parts: Sequence[Part], models: Mapping[str, str | None]
) -> tuple[dict[str, int], list[str]]:
    names = pd.DataFrame({"name": list(models), "model": [model or name for name, model in models.items()]})
    db.register("names", names)
    rows = " UNION ALL ".join(f"SELECT *, {n} AS nth FROM ({part.sql()})" for n, part in enumerate(parts))
    db.execute(f"CREATE TABLE pool AS SELECT r.*, names.model FROM ({rows}) r JOIN names ON names.name = r.logged")
    db.unregister("names")
    again = _dropped(db, _SAME)
    for nth, count in _dropped(db, _SAME_ID).items():
        again[nth] = again.get(nth, 0) + count
    across = _dropped(db, _ACROSS)
    _refuse(db)
    notes = []
    if again:
        notes.append(
            f"counted once: rows that tell of the same call or bucket as another row ({sum(again.values()):,})"
        )
    if across:
        formats = ", ".join(sorted({part.format.name for part in parts}))
        notes.append(
            f"counted once: rows that tell of the same call or bucket as one of another format or library ({formats}), "
            f"as model, minute and tokens agree ({sum(across.values()):,})"
        )
    files = [part.file for part in parts]
    return {file: again.get(n, 0) + across.get(n, 0) for n, file in enumerate(files)}, notes


_SAME = """
WITH keyed AS (
    SELECT rowid AS r, "at", nth, file, id, hours, requests, prompt + output AS tokens, reasoning IS NULL AS unsaid,
    CASE WHEN hours > 0 THEN hash(format, hours, logged, batch, mark)
         WHEN id <> '' THEN hash(id)
         ELSE hash(format, endpoint, logged, provider, prompt, cached, written, output, status, billed, latency_s)
    END AS key
    FROM pool
), counted AS (
    SELECT *, CASE WHEN hours = 0 AND id <> '' THEN 1 ELSE
        row_number() OVER (PARTITION BY file, "at", key ORDER BY requests DESC, tokens DESC) END AS turn
    FROM keyed
)
SELECT r FROM (SELECT r, row_number() OVER (
    PARTITION BY "at", key, turn ORDER BY requests DESC, tokens DESC, unsaid, nth) AS place FROM counted)
WHERE place > 1
"""

_SAME_ID = """
SELECT r FROM (
    SELECT rowid AS r, "at" - lag("at") OVER alike AS gap FROM pool WHERE hours = 0 AND id <> ''
    WINDOW alike AS (PARTITION BY id, model, prompt, cached, output, billed ORDER BY "at", nth)
) WHERE gap <= INTERVAL 1 MINUTE
"""
"""One id and one usage within a minute are one call, told by two spans of it or by clocks that differ."""

_ACROSS = """
WITH keyed AS (
    SELECT rowid AS r, nth, CASE WHEN hours > 0 THEN format ELSE format || mark END AS format,
    model, prompt, output, billed, hours, batch AND hours > 0 AS batched, "at",
    (cached + written > 0)::INT + (reasoning IS NOT NULL)::INT + (endpoint <> '')::INT + (request IS NOT NULL)::INT
        + (latency_s IS NOT NULL)::INT AS said
    FROM pool
), apart AS (  -- calls of one shape are of one moment if in one minute, or a few seconds apart, as clocks are
    SELECT *, CASE WHEN hours = 0 AND date_trunc('minute', "at") <> date_trunc('minute', before)
        AND "at" - before > INTERVAL 5 SECOND THEN 1 WHEN hours > 0 AND "at" <> before THEN 1 ELSE 0 END AS new
    FROM (SELECT *, lag("at") OVER alike AS before FROM keyed
          WINDOW alike AS (PARTITION BY model, hours, batched, prompt, output, billed ORDER BY "at", nth, r))
), gathered AS (
    SELECT *, sum(new) OVER (PARTITION BY model, hours, batched, prompt, output, billed ORDER BY "at", nth, r
        ROWS UNBOUNDED PRECEDING) AS moment FROM apart
), counted AS (
    SELECT *, row_number() OVER (
        PARTITION BY format, model, moment, hours, batched, prompt, output, billed ORDER BY "at", nth) AS turn
    FROM gathered
)
SELECT r FROM (SELECT r, row_number() OVER (
    PARTITION BY model, moment, hours, batched, prompt, output, billed, turn ORDER BY said DESC, nth) AS place
    FROM counted)
WHERE place > 1
"""

_TWICE = """
WITH spans AS (
    SELECT DISTINCT model, batch, format, hours, "at" AS start, "at" + to_seconds(hours * 3600) AS stop
    FROM pool WHERE hours > 0
), minutes AS (
    SELECT DISTINCT model, batch, format, 0.0 AS hours, date_trunc('minute', "at") AS start,
    date_trunc('minute', "at") + INTERVAL 1 MINUTE AS stop
    FROM pool WHERE hours = 0
), every AS (FROM spans UNION ALL FROM minutes)
SELECT a.model, a.start, a.format, b.format FROM spans a JOIN every b
ON a.model = b.model AND a.batch = b.batch AND b.start < a.stop AND a.start < b.stop
    AND (a.format, a.hours) <> (b.format, b.hours)
ORDER BY ALL LIMIT 1
"""


def _dropped(db: "duckdb.DuckDBPyConnection", doubles: str) -> dict[int, int]:
    """Take doubles out of the pool; how many, by part."""
    db.execute(f"CREATE OR REPLACE TEMP TABLE doubled AS {doubles}")
    counts = db.execute("SELECT nth, count(*) FROM pool WHERE rowid IN (SELECT r FROM doubled) GROUP BY 1").fetchall()
    if counts:
        db.execute("DELETE FROM pool WHERE rowid IN (SELECT r FROM doubled)")
    return dict(counts)


def _refuse(db: "duckdb.DuckDBPyConnection") -> None:
    for model, start, one, other in db.execute(_TWICE).fetchall():
        kinds = one if one == other else f"{one} and {other}"
        raise UsageError(
            f"{kinds}: both tell of {model} from {start:%Y-%m-%d %H:%M} on, in buckets that cover what the other tells "
            "of; together they would count its traffic twice: read one of them"
        )


def _one(db: "duckdb.DuckDBPyConnection", sql: str) -> int:
    return int(db.execute(sql).fetchall()[0][0])

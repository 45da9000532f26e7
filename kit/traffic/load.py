"""Parts: each file as a table or view of `usage` rows, and what in it does not count, by line.

What is in order DuckDB reads at its own speed: a Parquet file stays where it is, behind a view; CSV and JSON Lines are
read once, into a table. Only a file in which something cannot be read is gone through row by row, to say where.
"""

# ruff: noqa: S608 - SQL is put together of names that are ours and of values that `cells` has quoted

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from kit.errors import UsageError
from kit.text import plain, plural
from kit.traffic.columns import cell
from kit.traffic.detect import Source
from kit.traffic.duckdb_source import Table, direct, heads, parquet, spooled
from kit.traffic.formats import Format
from kit.traffic.line_reader import Line, carried, flat, joined, numbered, read
from kit.traffic.model_names import masked, masks
from kit.traffic.normalize import BUNDLE, charges, times, usage
from kit.traffic.unused import unused
from kit.traffic.usage_table import TYPES, UNREAD

if TYPE_CHECKING:
    import duckdb

__all__ = ["Part", "is_small", "load", "load_bundle"]

_SMALL = 2**18
"""Bytes of a file that may share a table with others."""

_LISTED = 1_000
"""Lines of one file that are listed one by one; of a million like them, the number says more."""


@dataclass(frozen=True, eq=False)
class Part:
    """What one file holds.

    Attributes:
        name: Of the table or view in the database: columns of `usage`, and `mark` and `why`.
        clean: Whether every row of it counts.
        rows, skipped: Rows that count, and rows that are no calls of a model.
        start, end: Of the time that its rows cover, UTC.
        masks: Column -> the table of its names that hold a key, as from `masked.masks`.
        models: Each model as logged, and a provider that the log names with it.
        unread: Columns as in `traffic.UNREAD`; `missed` is how many lines they are.
        remarks: What must be said of it aloud.
        bundle: Whether it holds many small files, of which each row names its own.
    """

    file: str
    format: Format
    name: str
    clean: bool = True
    rows: int = 0
    skipped: int = 0
    start: datetime = datetime.min
    end: datetime = datetime.min
    masks: Mapping[str, str] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)
    unread: pd.DataFrame | None = None
    missed: int = 0
    remarks: Sequence[str] = ()
    bundle: bool = False

    def sql(self) -> str:
        """A SELECT of the rows that count: the columns of `usage`, and `mark`."""
        columns = ", ".join(
            f'coalesce({self.masks[name]}.mark, r."{name}") AS "{name}"' if name in self.masks else f'r."{name}"'
            for name in TYPES
        )
        joins = "".join(f' LEFT JOIN {table} ON {table}.name = r."{name}"' for name, table in self.masks.items())
        return f"SELECT {columns}, r.mark FROM {self.name} r{joins}" + ("" if self.clean else " WHERE why IS NULL")


def load(
    db: "duckdb.DuckDBPyConnection", source: Source, format: Format, name: str, spool: Path, now: datetime
) -> Part:
    """Read a file into the database, as a table or view called `name`.

    Args:
        spool: Where a file can be written for as long as this takes.

    Raises:
        UsageError: If it is a Parquet file that cannot be read.
    """
    import duckdb

    made_up = any(isinstance(row, dict) and row.get("kit.synthetic") for row in source.rows)
    remarks = [f"{source.path.name} is synthetic: no service sent these calls"] * made_up
    remarks += [f"{source.path}: {text}" for text in (*unused(source, format), *_partial(source))]
    part = Part(str(source.path), format, name, remarks=remarks)
    if source.kind == "parquet":
        try:
            return _parquet(db, source, part, now)
        except duckdb.Error as error:
            raise UsageError(f"{source.path}: not Parquet: {str(error).splitlines()[0]}") from error
    if source.plain and source.kind in ("csv", "jsonl", "array") and not format.walked():
        try:
            part_of_usage = _load_part(db, part, direct(source, format), now)
            if not part_of_usage.missed:
                return part_of_usage
        except duckdb.Error:
            pass  # something is not as it should be: the slow way says what, and where
        db.execute(f"DROP TABLE IF EXISTS {name}")
    return _slow(db, source, part, spool, now)


def is_small(source: Source, format: Format) -> bool:
    """Tell whether a file can share a table with others of its format: its rows do not look at each other."""
    apart = format.holds != "usage" or format.group or format.chunks or format.lends_time
    kinds = ("json", "jsonl", "array", "csv")
    return source.kind in kinds and not apart and source.path.stat().st_size < _SMALL


def load_bundle(
    db: "duckdb.DuckDBPyConnection", sources: Sequence[Source], format: Format, name: str, spool: Path, now: datetime
) -> Part:
    """Read many small files of one format into one table: a table for each would cost a tenth of a second a file."""
    folder = Path(os.path.commonpath([source.path.parent for source in sources]))
    label = f"{folder} ({len(sources):,} files)"
    remarks = dict.fromkeys(text for source in sources for text in (*unused(source, format), *_partial(source)))
    part = Part(label, format, name, remarks=[f"{label}: {text}" for text in remarks], bundle=True)
    names = sorted({head for source in sources for head in heads(source, format)})
    names = [*{head.lower(): head for head in names}.values(), "kit.file"]
    bad: list[tuple[str, int, str]] = []
    longest = 0
    with spool.open("wb") as out:
        for source in sources:
            mark = b'{"kit.file":' + json.dumps(str(source.path)).encode() + b","
            for line, text in _lines(source, format, set(names)):
                if isinstance(text, str):
                    bad.append((str(source.path), line, text))
                else:
                    out.write(mark + text[1:])
                    longest = max(longest, len(text) + len(mark))
    loaded = _load_part(db, part, spooled(spool, names, longest), now)
    return replace(loaded, missed=loaded.missed + len(bad), unread=_unread(bad, loaded.unread))


def _parquet(db: "duckdb.DuckDBPyConnection", source: Source, part: Part, now: datetime) -> Part:
    table = parquet(db, source.path)
    if part.format.holds != "usage":
        return _load_part(db, part, table, now)
    db.execute(f"CREATE VIEW {part.name} AS {usage(part.format, table, part.file, now)}")
    return _counted(db, part, table)


def _slow(db: "duckdb.DuckDBPyConnection", source: Source, part: Part, spool: Path, now: datetime) -> Part:
    import duckdb

    names = heads(source, part.format)
    bad: list[tuple[int, str]] = []
    longest = 0
    with spool.open("wb") as out:
        for line, text in _lines(source, part.format, set(names)):
            if isinstance(text, str):
                bad.append((line, text))
            else:
                out.write(text)
                longest = max(longest, len(text))
    try:
        loaded = _load_part(db, part, spooled(spool, names, longest), now)
    except duckdb.Error as error:
        reason = f"it cannot be read: {str(error).splitlines()[0]}"
        return replace(part, missed=1, unread=_unread([(part.file, *one) for one in [*bad, (0, reason)]]))
    placed = [(part.file, *one) for one in bad]
    return replace(loaded, missed=loaded.missed + len(bad), unread=_unread(placed, loaded.unread))


def _lines(source: Source, format: Format, names: set[str]) -> Iterator[tuple[int, bytes | str]]:
    """Each row as a line of JSON that says where it stood; or why there is none."""
    plain_lines = source.kind == "jsonl" and source.encoding == "utf-8-sig"
    if plain_lines and not (format.rows or format.spread or format.carried or format.again):
        yield from numbered(source.path)
        return
    if source.kind == "lines":
        rows = joined(source.path, source.encoding, format.lines)
    else:
        kind = "json" if source.kind == "array" else source.kind
        inner = format.rows.partition("[]")[0] if source.kind == "json" and len(source.rows) == 1 else ""
        inner = "" if "/" in inner or "{" in inner else inner
        rows = _rows(read(source.path, kind, source.encoding, source.delimiter, inner), source, format)
    if format.carried or format.again:
        rows = carried(rows, format.carried, format.again)
    for line, row in rows:
        if isinstance(row, str):
            yield line, row
        else:
            fields = {key: value for key, value in row.items() if key in names} | {"kit.line": line}
            yield line, json.dumps(fields, ensure_ascii=False).encode(errors="replace") + b"\n"


def _rows(lines: Iterator[Line], source: Source, format: Format) -> Iterator[Line]:
    """The rows of lines; those of a document, which has no line for each, are counted."""
    n = 0
    for line, record in lines:
        if isinstance(record, str):
            yield line, record
            continue
        for row in flat(record, format.rows, format.spread):
            n += 1
            yield (line if source.kind in ("jsonl", "csv") else n), row


def _load_part(db: "duckdb.DuckDBPyConnection", part: Part, table: Table, now: datetime) -> Part:
    """A table of what can be read in another."""
    format = part.format
    if format.holds == "nothing":
        db.execute(f"CREATE TABLE {part.name} AS {times(format, table)}")
        (rows,) = db.execute(f"SELECT count(*) FROM {part.name}").fetchall()[0]
        return replace(part, skipped=rows)
    file = BUNDLE if part.bundle else part.file
    select = charges(format, table, file) if format.holds == "charges" else usage(format, table, file, now)
    db.execute(f"CREATE TABLE {part.name} AS {select}")
    if format.holds == "charges":
        counts = f"count(*) FILTER (why IS NULL), count(*) FILTER (why = '') FROM {part.name}"
        rows, skipped = db.execute(f"SELECT {counts}").fetchall()[0]
        return replace(_listed(db, part), rows=rows, skipped=skipped)
    return _counted(db, part, table)


def _counted(db: "duckdb.DuckDBPyConnection", part: Part, table: Table) -> Part:
    """Return what there is in a part; most files' own statistics answer these questions, or a short scan does."""
    (bad,) = db.execute(f"SELECT count(*) FROM {part.name} WHERE bad").fetchall()[0]
    if bad:
        (skipped,) = db.execute(f"SELECT count(*) FROM {part.name} WHERE why = ''").fetchall()[0]
        part = _listed(db, replace(part, clean=False, skipped=skipped))
    query = f'SELECT count(*), min("at"), max("at"), max(hours) FROM ({part.sql()})'
    rows, start, last, hours = db.execute(query).fetchall()[0]
    if rows:
        part = replace(part, rows=rows, start=start, end=last + timedelta(hours=hours))
    part = replace(part, masks=masks(db, part.name))
    return replace(part, models=_models(db, part), remarks=[*part.remarks, *_remarks(db, part, table)])


def _models(db: "duckdb.DuckDBPyConnection", part: Part) -> dict[str, str]:
    rows = part.sql()
    models = [model for (model,) in db.execute(f"SELECT DISTINCT logged FROM ({rows})").fetchall()]
    if len(models) > 100:
        return dict(db.execute(f"SELECT logged, min(provider) FROM ({rows}) GROUP BY 1").fetchall())
    # ten times faster than the least of all its rows, for a few models
    query = f"SELECT provider FROM ({rows}) WHERE logged = ? LIMIT 1"
    return {model: (db.execute(query, [model]).fetchall()[0])[0] for model in models}


def _listed(db: "duckdb.DuckDBPyConnection", part: Part) -> Part:
    lines = f"SELECT file, coalesce(line, 0), why FROM {part.name} WHERE why <> '' ORDER BY file, line"
    bad = db.execute(lines).fetchall()
    return replace(part, missed=len(bad), unread=_unread(bad))


def _remarks(db: "duckdb.DuckDBPyConnection", part: Part, table: Table) -> list[str]:
    remarks = [*_odd_figures(db, part), *_beside(db, part), *_left_out(db, part)]
    for path, text in part.format.remarks.items():
        if (place := cell(path, table.types)).there:
            (total,) = db.execute(f"SELECT sum({place.number()}) FROM {table.sql}").fetchall()[0]
            remarks += [f"{part.file}: {total:,.0f} {text}"] if total else []
    return remarks


def _partial(source: Source) -> list[str]:
    """Return what a page of an API says of further pages."""
    pages = [row for row in source.rows if isinstance(row, dict) and source.kind == "json"]
    if any(row.get("has_more") is True or row.get("next_page") or row.get("next_cursor") for row in pages):
        return ["it is one page of several (has_more, next_page): what the others hold is not in it"]
    total, last = (pages[0].get(key) for key in ("total_pages", "page")) if len(pages) == 1 else (None, None)
    if isinstance(total, int) and total > 1:
        return [f"it is page {last} of {total}: what the others hold is not in it"]
    return []


def _odd_figures(db: "duckdb.DuckDBPyConnection", part: Part) -> Iterator[str]:
    """Figures that cannot be read in rows that count, and totals that are not what the kit makes of a row."""
    where = f"FROM {part.name}{'' if part.clean else ' WHERE why IS NULL'}"
    counted = f"SELECT split_part(odd, ': ', 1), count(*), min(odd) {where} GROUP BY 1 HAVING count(odd) > 0"
    for column, n, example in db.execute(counted).fetchall():
        value = plain(masked(example.partition(": ")[2]))
        yield f"{part.file}: {column} is no number in {plural(n, 'row')}, such as {value!r}, and is left out there"
    row = "any_value(coalesce(nullif(id, ''), 'line ' || line, 'one without id')) FILTER (off IS NOT NULL)"
    off = f"SELECT count(off), sum(off), {row} {where}"
    for n, tokens, example in db.execute(off).fetchall():
        if n:
            yield (
                f"{part.file}: {plural(n, 'row')} whose own total of tokens is another than prompt and output as read, "
                f"by {tokens:+,.0f} in all, such as {plain(masked(str(example)))}"
            )


def _beside(db: "duckdb.DuckDBPyConnection", part: Part) -> Iterator[str]:
    """Rows whose cached tokens were added to the prompt, as a row of their model shows that they are counted beside."""
    if part.format.mixed:
        where = "more AND cached + written > 0 AND why IS NULL"
        rows = db.execute(f"SELECT logged, count(*) FROM {part.name} WHERE {where} GROUP BY 1 ORDER BY 1").fetchall()
        for model, n in rows:
            yield (
                f"{part.file}: {plural(n, 'row')} of {plain(masked(model))}: cached tokens are read as counted "
                "beside the prompt, since a row has more of them than prompt"
            )


def _left_out(db: "duckdb.DuckDBPyConnection", part: Part) -> Iterator[str]:
    """Rows that have tokens and are no calls of a model by their kind."""
    if part.skipped and (part.format.only or part.format.parent):
        counted = f"SELECT count(*), sum(prompt + output) FROM {part.name} WHERE why = '' AND prompt + output > 0"
        for n, tokens in db.execute(counted).fetchall():
            if n:
                kinds = ", ".join([*part.format.only, *filter(None, [part.format.parent])])
                yield f"{part.file}: {plural(n, 'row')} with {tokens:,.0f} tokens are no calls of a model, by {kinds}"


def _unread(bad: Sequence[tuple[str, int, str]], more: pd.DataFrame | None = None) -> pd.DataFrame:
    frame = pd.DataFrame([(file, line, plain(masked(why))) for file, line, why in bad], columns=list(UNREAD))
    order = ["file", "line"]
    frame = frame if more is None else pd.concat([frame, more]).sort_values(order, kind="stable", ignore_index=True)
    if len(frame) > _LISTED:
        rest = pd.DataFrame(
            [(frame["file"].iloc[0], 0, f"and {len(frame) - _LISTED:,} more lines")], columns=list(UNREAD)
        )
        frame = pd.concat([frame.head(_LISTED), rest], ignore_index=True)
    return frame

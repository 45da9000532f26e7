"""Tables: how DuckDB is given a file, so that it guesses nothing."""

# ruff: noqa: S608 - SQL is put together of names that are ours and of values that `cells` has quoted

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kit.traffic.columns import texts
from kit.traffic.detect import Source
from kit.traffic.formats import NUMBERS, TOKENS, Format
from kit.traffic.line_reader import flat

if TYPE_CHECKING:
    import duckdb

__all__ = ["Table", "direct", "heads", "parquet", "spooled"]

_OBJECT = 16 * 2**20
"""Bytes of DuckDB's longest JSON object; a longer one has to be asked for, and costs memory."""


@dataclass(frozen=True)
class Table:
    """Where rows are: SQL after FROM, its columns' types, and SQL for the line of a row."""

    sql: str
    types: Mapping[str, str]
    line: str = "NULL"


def direct(source: Source, format: Format) -> Table:
    """A CSV or JSON file as it is; DuckDB gives up where something is not as it should be."""
    if source.kind != "csv":
        kind = "array" if source.kind == "array" else "newline_delimited"
        return _json(source.path, kind, _types(format, heads(source, format)), source.packed)
    names: dict[str, str] = {}  # DuckDB's names have no case and are there once, so what is not new gets a number
    for n, name in enumerate(source.columns):
        new = name if name and name.lower() not in names else f"{name} {n}"
        names[new.lower()] = new
    types = _types(format, names.values())
    packed = "gzip" if source.packed else "none"
    layout = f"""delim={texts([source.delimiter])}, quote='"', escape='"', compression='{packed}'"""
    file = f"read_csv({_path(source.path)}, auto_detect=false, header=true, {layout}, columns={_struct(types)})"
    return Table(file, types)


def spooled(path: Path, names: Sequence[str], longest: int) -> Table:
    """Rows that were written to JSON Lines, each with its line as `kit.line`; whatever a cell holds, it is text."""
    size = max(_OBJECT, 2 * longest)
    table = _json(path, "newline_delimited", dict.fromkeys(["kit.line", *names], "VARCHAR"), size=size)
    return Table(table.sql, table.types, 'CAST("kit.line" AS BIGINT)')


def parquet(db: "duckdb.DuckDBPyConnection", path: Path) -> Table:
    """A Parquet file as it is, whose rows are its lines."""
    file = f"read_parquet({_path(path)}, file_row_number=true)"
    types = {name: kind for name, kind, *_ in db.execute(f"DESCRIBE SELECT * FROM {file}").fetchall()}
    return Table(file, types, "file_row_number + 1")


def heads(source: Source, format: Format) -> list[str]:
    """Top-level columns of which anything is read; `a/b` is one only where the rows have a column of that name."""
    keys = {key for record in source.rows for row in flat(record, format.rows, format.spread) for key in row}
    columns = {path if path in keys else path.partition("/")[0] for path in format.heads()}
    columns |= {*format.carried, *(["kit.again"] if format.again else [])}
    return list({name.lower(): name for name in sorted(columns)}.values())  # DuckDB's names have no case


def _types(format: Format, names: Iterable[str]) -> dict[str, str]:
    """Read figures as numbers, which is faster; where one is none, DuckDB gives up.

    Counts are read as text, in which 2.000 is seen to be thousands or a fraction, unless the rules say which it is.
    """
    counts = {"": (*TOKENS, "total", "requests"), ".": (), ",": NUMBERS}[format.decimal]
    plain = [name for name in NUMBERS if name not in counts]
    figures = {path for column in plain for path in format.paths(column)}
    others = [path for column in format.columns if column not in plain for path in format.paths(column)]
    words = {path.partition("/")[0] for path in others}
    return {name: "DOUBLE" if name in figures - words else "VARCHAR" for name in names}


def _json(path: Path, kind: str, types: Mapping[str, str], packed: bool = False, size: int = _OBJECT) -> Table:
    layout = f"format='{kind}', compression='{'gzip' if packed else 'none'}', maximum_object_size={size}"
    return Table(f"read_json({_path(path)}, {layout}, columns={_struct(types)})", types)


def _struct(types: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{texts([name])}: '{kind}'" for name, kind in types.items()) + "}"


def _path(path: Path) -> str:
    """A path in which nothing is a pattern."""
    return texts(["".join(f"[{char}]" if char in "*?[" else char for char in str(path))])

"""Rows of a file by column: CSV, JSON (a list of objects), JSON Lines or Parquet, the first three also gzipped.

Text is UTF-8, with or without a byte-order mark. Every cell stays what it was: `None`, `NA` and `007` are words.
"""

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from kit.errors import ItemError

__all__ = ["parquet", "parsed", "read", "table_rows"]


def table_rows(path: Path, head: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
    """Yield the rows of a file by column; names are in lower case but for single letters, a column without one is `id`.

    Args:
        head: The columns of a CSV that has no header; a first row that says `question` or `answer` is one.

    Raises:
        ItemError: If the file cannot be read, holds no rows, or a row has not as many fields as there are columns.
    """
    kind = Path(path.name.removesuffix(".gz")).suffix
    if kind == ".csv":
        table: Iterable[Any] = _csv(read(path), path, head)
    elif kind == ".jsonl":
        # not splitlines(): a string in JSON may hold U+2028, which that takes for a line's end
        table = [parsed(line, path, n) for n, line in enumerate(read(path).split("\n"), start=1) if line.strip()]
    elif kind == ".json":
        table = parsed(read(path), path)
    elif kind == ".parquet":
        columns, body = parquet(path)
        table = [dict(zip(columns, row, strict=True)) for row in body]
    else:
        raise ItemError(f"{path}: {kind or 'no ending'} is not read; .csv, .json, .jsonl and .parquet are")
    n = 0
    for n, row in enumerate(table, start=1):
        if not isinstance(row, dict):
            raise ItemError(f"{path}: row {n}: {type(row).__name__} where an object with columns belongs")
        yield {_column(name): value for name, value in row.items()}
    if not n:
        raise ItemError(f"{path}: it holds no rows")


def parsed(text: str, path: Path, line: int = 0) -> Any:
    """Parse a text in JSON; an error names `line`, if it is one of a file's lines."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ItemError(f"{path}: {f'line {line}: ' if line else ''}not JSON: {error}") from error


def read(path: Path) -> str:
    """Read a file's text, unpacked if it is gzipped; line ends stay as they are."""
    try:
        data = path.read_bytes()
        return (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ItemError(f"{path}: byte {error.start} is not UTF-8; save the file as UTF-8") from error
    except (OSError, EOFError, zlib.error) as error:
        raise ItemError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error


def parquet(path: Path) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Read a Parquet file: its columns, by their own names, and its rows."""
    try:
        import duckdb
    except ImportError as error:
        raise ItemError(f"{path}: Parquet is read with duckdb, which is not installed; pip install duckdb") from error
    try:
        table = duckdb.read_parquet(str(path))
        return list(table.columns), table.fetchall()
    except duckdb.Error as error:
        raise ItemError(f"{path}: not Parquet: {str(error).splitlines()[0]}") from error


def _column(name: str) -> str:
    name = name.strip()
    return (name.upper() if len(name) == 1 else name.lower()) or "id"


def _csv(text: str, path: Path, head: Sequence[str]) -> Iterator[dict[str, str]]:
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    except csv.Error as error:
        raise ItemError(f"{path}: not CSV: {error}; quote fields that hold quotes, commas or line breaks") from error
    if rows and not (head and {"question", "answer"}.isdisjoint(map(_column, rows[0]))):
        head = rows.pop(0)
    for n, row in enumerate(rows, start=1):
        if len(row) != len(head):
            raise ItemError(f"{path}: row {n}: {len(row)} fields; {', '.join(head)} are {len(head)}")
        yield dict(zip(head, row, strict=True))

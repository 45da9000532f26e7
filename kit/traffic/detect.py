"""Sources: which files there are, and what each is by what it holds; its name does not matter."""

import csv
import io
import json
import lzma
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from glob import glob
from itertools import islice
from pathlib import Path
from typing import IO, Any

from kit.errors import UsageError
from kit.traffic.json_stream import first_list
from kit.traffic.line_reader import documents, opened, packing

__all__ = ["Source", "log_files", "look_into"]

_PEEK = 2**20
"""Bytes by which a file is recognised; a first line that is longer is read whole, up to 64 times that."""


@dataclass(frozen=True)
class Source:
    """A file, as a look at its beginning shows it.

    Attributes:
        kind: `csv`, `jsonl`, `array` (a JSON list of rows), `json` (another document), `parquet`, `empty` or `other`.
        rows: The first of its rows.
        columns: All columns of a CSV.
        plain: Whether DuckDB can be given it: UTF-8, and without a byte-order mark.
        why: It is `other`, in words.
    """

    path: Path
    kind: str
    rows: Sequence[Any] = ()
    columns: Sequence[str] = ()
    delimiter: str = ","
    encoding: str = "utf-8-sig"
    packed: bool = False
    plain: bool = True
    why: str = ""


def log_files(source: str | Path | Iterable[str | Path]) -> list[tuple[Path, bool]]:
    """The files that a path, folder, glob or list of them means, in order; and whether each was named itself.

    Raises:
        UsageError: If one leads nowhere.
    """
    many = [source] if isinstance(source, str | Path) else list(source)
    files: dict[Path, bool] = {}
    for pattern in many:
        path = Path(pattern).expanduser()
        if path.is_dir():
            inside = sorted(p for p in path.rglob("*") if p.is_file())
            shown = (p for p in inside if not any(part.startswith(".") for part in p.relative_to(path).parts))
            files |= {p: files.get(p, False) for p in shown}
        elif path.exists():
            files[path] = True
        elif matched := sorted(glob(str(path), recursive=True)):  # noqa: PTH207 - Path.glob takes no absolute pattern
            files |= {p: files.get(p, False) for p in map(Path, matched) if p.is_file()}
        else:
            raise UsageError(f"{pattern}: no such file, folder or pattern of files")
    if not files:
        raise UsageError(f"{', '.join(map(str, many))}: no files in it")
    return list(files.items())


def look_into(path: Path) -> Source:
    """Return what a file is, by its beginning."""
    try:
        with path.open("rb") as raw:
            kind = packing(raw.read(6))
        with opened(path) as file:
            start = _start(file)
    except (OSError, EOFError, lzma.LZMAError) as error:
        return Source(path, "other", why=f"it cannot be read: {getattr(error, 'strerror', None) or error}")
    packed = kind == "gzip"
    if start.startswith(b"PAR1"):
        return _parquet(path)
    wide = start[:2] in (b"\xff\xfe", b"\xfe\xff")
    encoding = "utf-16" if wide else "utf-8-sig"
    plain = not wide and not start.startswith(b"\xef\xbb\xbf") and kind in ("", "gzip")
    if not wide and b"\x00" in start[:4096]:
        return Source(path, "other", why="it is neither text nor Parquet")
    text = start.decode(encoding, "replace").lstrip()
    if not text:
        return Source(path, "empty")
    if text[0] in "{[":
        return _json(path, text, len(start) < _PEEK, encoding, packed, plain)
    return _csv(path, text, encoding, packed, plain)


def _start(file: IO[bytes]) -> bytes:
    """The first bytes, or all of the first line if that is longer; of a file that was cut short, what there is."""
    parts: list[bytes] = []
    length = 0
    with suppress(EOFError):
        while length < _PEEK or (length < 64 * _PEEK and not any(b"\n" in part for part in parts)):
            if not (part := file.read1(_PEEK)):  # type: ignore[attr-defined]
                break
            parts.append(part)
            length += len(part)
    return b"".join(parts)


def _parquet(path: Path) -> Source:
    import duckdb

    try:
        columns = duckdb.connect().read_parquet(str(path)).columns
    except duckdb.Error as error:
        return Source(path, "other", why=f"it begins like Parquet, and is none: {str(error).splitlines()[0]}")
    return Source(path, "parquet", [dict.fromkeys(columns)], columns)


def _json(path: Path, text: str, whole: bool, encoding: str, packed: bool, plain: bool) -> Source:
    lines = text.split("\n")
    parsed = [_loaded(line) for line in (lines if whole else lines[:-1] or lines)[:100]]
    records = [record for record in parsed if isinstance(record, dict)]
    if text[0] == "[" and not isinstance(parsed[0], dict):
        return Source(path, "array", _first(text), encoding=encoding, packed=packed, plain=plain)
    if isinstance(parsed[0], dict):
        return Source(path, "jsonl", records, encoding=encoding, packed=packed, plain=plain)
    if not whole:
        with suppress(ValueError, OSError, EOFError), opened(path) as file:
            if document := first_list(file, encoding, 100):
                return Source(path, "json", [document], encoding=encoding, packed=packed, plain=plain)
    with opened(path) as file:
        first = _first(file.read().decode(encoding, "replace"))
    if first:
        return Source(path, "json", first, encoding=encoding, packed=packed, plain=plain)
    if records:
        return Source(path, "jsonl", records, encoding=encoding, packed=packed, plain=plain)
    return Source(path, "other", why="it begins like JSON, and is none")


def _csv(path: Path, text: str, encoding: str, packed: bool, plain: bool) -> Source:
    if text[:4].lower() == "sep=":  # Excel's word for the delimiter
        text, plain = text.partition("\n")[2], False
    head = text.partition("\n")[0]
    delimiter = max(",;\t|", key=head.count)
    try:
        rows = list(islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 50))
    except csv.Error as error:
        return Source(path, "other", why=f"it is not CSV: {error}")
    columns = [name.strip() for name in rows[0]] if rows else []
    full = [dict(zip(columns, row, strict=True)) for row in rows[1:] if len(row) == len(columns)]
    shown = full or [dict.fromkeys(columns, "")]
    return Source(path, "csv", shown, columns, delimiter, encoding, packed, plain)


def _first(text: str) -> list[Any]:
    """The first objects of a text of JSON, as far as it goes."""
    return [record for record in islice(documents(text), 100) if isinstance(record, dict)]


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None

"""Records: a file's rows one by one, with their lines, and why a line is none; slow, and sure of what it says.

DuckDB reads what is in order, many times faster; this reads what is not, and documents that hold rows inside.
"""

import bz2
import csv
import gzip
import io
import json
import lzma
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO, Any

from kit.traffic.json_stream import elements

__all__ = ["Line", "carried", "documents", "flat", "joined", "numbered", "opened", "packing", "read"]


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


_DECODER = json.JSONDecoder(parse_constant=_no_number)
"""Made once: `json.loads` with an argument makes one for each line."""

Line = tuple[int, "dict[str, Any] | str"]
"""A line's number, counted from 1, and its row; or in words why there is none."""

_SPACE = re.compile(r"[\s,]*")

_CUT = "the file ends too early, or cannot be read: {}"

_PACKED = {b"\x1f\x8b": "gzip", b"BZh": "bz2", b"\xfd7zXZ": "xz", b"PK\x03\x04": "zip"}
"""A file's first bytes -> how it is compressed."""

_LARGE = 2**20
"""Bytes of a document that is not read as a whole."""

_LONGEST = 256 * 2**20  # bytes of one CSV field; Python's own limit is 128 KB, which prompts pass


def packing(start: bytes) -> str:
    """Name the compression that a file's first bytes tell: `gzip`, `bz2`, `xz`, `zip`, or none."""
    return next((name for magic, name in _PACKED.items() if start.startswith(magic)), "")


def opened(path: Path) -> IO[bytes]:
    """Open a file's bytes, unpacked if it is compressed, whatever it is called.

    Raises:
        OSError: If it is a zip of several files, or damaged.
    """
    file = path.open("rb")
    kind = packing(file.read(6))
    file.seek(0)
    if kind == "zip":
        try:
            archive = zipfile.ZipFile(file)
            members = [name for name in archive.namelist() if not name.endswith("/") and "__MACOSX" not in name]
            if len(members) == 1:
                return archive.open(members[0])
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
            raise OSError(f"it is no zip that can be unpacked: {error}") from None
        raise OSError(f"it is a zip of {len(members)} files: unpack it, and name the folder")
    unpack = {"gzip": gzip.open, "bz2": bz2.open, "xz": lzma.open}.get(kind)
    return unpack(file) if unpack else file  # type: ignore[operator]


def read(path: Path, kind: str, encoding: str = "utf-8-sig", delimiter: str = ",", inner: str = "") -> Iterator[Line]:
    """Read all rows of a file: `jsonl`, `json` (a list, or documents) or `csv`.

    Args:
        inner: The key of the list that holds a document's rows: a large document is read element by element.
    """
    try:
        with opened(path) as file:
            if kind == "csv":
                yield from _csv(file, encoding, delimiter)
            elif kind == "jsonl":
                yield from _jsonl(file, encoding)
            elif inner and path.stat().st_size > _LARGE:
                yield from _elements(file, encoding, inner)
            else:
                yield from _document(file, encoding)
    except (OSError, EOFError, lzma.LZMAError) as error:  # a gzip file that was cut short reads up to there
        yield 0, _CUT.format(error)


def flat(record: Any, rows: str, spread: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
    """Yield the rows inside a record, each with what stands above it.

    `data[].results[]` is each result of each element of data, `response/body` an object in an object (or in a text of
    JSON), `models{}` each value of an object, whose key becomes the column `kit.key`. An empty list, and an object that
    is not there, make one row of what stands above. `spread` names lists of `{key, value}`, as OpenTelemetry writes
    attributes, whose keys become columns.
    """
    yield from _flat(record, _steps(rows), spread)


def _flat(record: Any, steps: Sequence[tuple[str, str]], spread: Sequence[str]) -> Iterator[dict[str, Any]]:
    if not isinstance(record, dict):
        return
    if "columns" in record:
        record = _tabular(record)
    if not steps:
        yield {**record, **_attributes(record, spread)} if spread else record
        return
    (inner, kind), *below = steps
    held = _parsed_text(record.get(inner))
    parts: Any = held if kind == "[]" else [held]
    if kind == "{}":
        parts = [{"kit.key": key, **part} for key, part in held.items() if isinstance(part, dict)] if held else []
    if not isinstance(parts, list):
        return
    own = {key: value for key, value in record.items() if key != inner} | _attributes(record, spread)
    above = {key: value for key, value in own.items() if not isinstance(value, list | dict)}
    if not parts or (not kind and not isinstance(held, dict)):
        yield above
    for part in parts:
        for row in _flat(part, below, spread):
            yield {**above, **row}


@cache
def _steps(rows: str) -> list[tuple[str, str]]:
    """Split a path to rows into names and kinds: `[]`, `{}`, or nothing for an object."""
    return [(step["name"], step["kind"]) for step in _STEP.finditer(rows)]


_STEP = re.compile(r"(?P<name>[^/\[\]{}]+)(?P<kind>\[\]|\{\}|)(?:[./]|$)")


def _parsed_text(value: Any) -> Any:
    """Return what a text of JSON says; anything else as it is."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def _tabular(record: dict[str, Any]) -> dict[str, Any]:
    """Turn rows that are lists, with their columns beside them, into objects."""
    names = [column.get("name") if isinstance(column, dict) else column for column in record["columns"] or ()]
    for key in ("rows", "results"):
        rows = record.get(key)
        if isinstance(rows, list) and rows and all(isinstance(row, list) and len(row) == len(names) for row in rows):
            return {**record, key: [dict(zip(map(str, names), row, strict=True)) for row in rows]}
    return record


def carried(rows: Iterator[Line], paths: Sequence[str], again: str) -> Iterator[Line]:
    """Give each row what the last row above it said at some paths; mark one that repeats the row before it.

    Args:
        paths: Such as `payload/model`; each becomes a column of that name.
        again: The path of a figure that grows with each call; a row that has none, or the one before, gets `kit.again`.
    """
    known: dict[str, Any] = {}
    before: Any = None
    for line, row in rows:
        if isinstance(row, str):
            yield line, row
            continue
        known |= {path: value for path in paths if (value := _inside(row, path)) is not None}
        if again:
            value = _inside(row, again)
            row = {**row, "kit.again": value is None or value == before}
            before = before if value is None else value
        yield line, {**row, **known}


def _inside(row: Any, path: str) -> Any:
    for part in path.split("/"):
        row = row.get(part) if isinstance(row, dict) else None
    return row


def joined(path: Path, encoding: str, patterns: Sequence[str], most: int = 0) -> Iterator[Line]:
    """Yield rows from lines of plain text: named groups become columns, and the last pattern ends a row.

    Args:
        patterns: Regular expressions, tried in order on each line; what fits none is passed over.
        most: Lines to look at; 0 for all.
    """
    tried = [re.compile(pattern) for pattern in patterns]
    row: dict[str, Any] = {}
    try:
        with opened(path) as file:
            for n, line in enumerate(io.TextIOWrapper(file, encoding, errors="replace"), start=1):
                if most and n > most:
                    return
                fits = next(((k, match) for k, pattern in enumerate(tried) if (match := pattern.search(line))), None)
                if fits is None:
                    continue
                row |= {name: value for name, value in fits[1].groupdict().items() if value is not None}
                if fits[0] == len(tried) - 1:
                    yield n, row
                    row = {}
    except (OSError, EOFError, lzma.LZMAError) as error:
        yield 0, _CUT.format(error)


def numbered(path: Path) -> Iterator[tuple[int, bytes | str]]:
    """The lines of JSON Lines in UTF-8 as they are, each an object with `kit.line` before its own keys; or why not.

    As `read`, and several times as fast, since nothing is written anew.
    """
    try:
        with opened(path) as file:
            for n, line in enumerate(file, start=1):
                if not line.strip():
                    continue
                row = _parsed(n, line)
                if isinstance(row, str):
                    yield n, row
                elif not row or b"\\ud" in line or b"\\uD" in line:  # half a character can be spelled, and not read
                    yield n, json.dumps({"kit.line": n, **row}, ensure_ascii=False).encode(errors="replace") + b"\n"
                else:
                    yield n, b'{"kit.line":%d,%s\n' % (n, line[line.index(b"{") + 1 :].rstrip())
    except (OSError, EOFError, lzma.LZMAError) as error:
        yield 0, _CUT.format(error)


def _jsonl(file: IO[bytes], encoding: str) -> Iterator[Line]:
    # a string in JSON may hold U+2028, so lines are split at line feeds alone
    lines: Any = file if encoding.startswith("utf-8") else io.TextIOWrapper(file, encoding, newline="\n")
    for n, line in enumerate(lines, start=1):
        if line.strip():
            yield n, _parsed(n, line)


def _parsed(n: int, line: bytes | str) -> dict[str, Any] | str:
    try:
        text = line.decode("utf-8-sig" if n == 1 else "utf-8") if isinstance(line, bytes) else line
        return _object(_DECODER.decode(text))
    except UnicodeDecodeError as error:
        return f"byte {error.start + 1} is not UTF-8"
    except (ValueError, RecursionError) as error:
        return f"not JSON: {error}" if line[-1:] in (b"\n", "\n") else "the line was cut short"


def _elements(file: IO[bytes], encoding: str, inner: str) -> Iterator[Line]:
    n = 0
    try:
        for n, (record, _) in enumerate(elements(file, encoding, inner), start=1):
            yield n, record
    except (ValueError, RecursionError) as error:  # a wrong byte is one, too
        yield n + 1, f"not JSON from here on, and the rest is lost: {error}"


def _document(file: IO[bytes], encoding: str) -> Iterator[Line]:
    try:
        text = file.read().decode(encoding)
    except UnicodeDecodeError as error:
        yield 0, f"byte {error.start + 1} is not UTF-8"
        return
    for n, record in enumerate(documents(text), start=1):
        yield n, record if isinstance(record, str) else _object(record)


def documents(text: str) -> Iterator[Any]:
    """Yield the values of a text of JSON: elements of lists, and documents that follow one another.

    A comma before the end of a list and a missing end are forgiven; what cannot be read ends it, as a text that says so
    (strings are no rows, so no value is mistaken for it).
    """
    at, inside = 0, False
    while True:
        at = _SPACE.match(text, at).end()  # type: ignore[union-attr]
        if at >= len(text):
            if inside:
                yield "the list is cut short: what follows in it is lost"
            return
        if text[at] in "[]" and inside == (text[at] == "]"):
            inside, at = not inside, at + 1
            continue
        try:
            value, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            line = text.count("\n", 0, at) + 1
            yield f"not JSON from line {line} on, and the rest is lost: {error}"
            return
        yield value if not isinstance(value, str) else [value]


def _csv(file: IO[bytes], encoding: str, delimiter: str) -> Iterator[Line]:
    csv.field_size_limit(_LONGEST)
    text = io.TextIOWrapper(file, encoding, errors="surrogateescape", newline="")
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    head: list[str] = []
    start = 1
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield start, f"not CSV: {error}"
            start = reader.line_num + 1
            continue
        line, start = start, reader.line_num + 1
        if not row:
            continue
        if not head:
            if line == 1 and row[0].lower().startswith("sep="):  # Excel's word for the delimiter
                continue
            head = [name.strip() for name in row]
        elif any("\udc80" <= char <= "\udcff" for cell in row for char in cell if not cell.isascii()):
            yield line, "it is not UTF-8"
        elif len(row) != len(head):
            yield line, f"{len(row)} fields; the head has {len(head)}"
        else:
            yield line, dict(zip(head, row, strict=True))


def _attributes(record: Mapping[str, Any], spread: Sequence[str]) -> dict[str, Any]:
    """Columns from lists of `{key, value}`, or from objects, at some paths of a record."""
    columns: dict[str, Any] = {}
    for path in spread:
        inner: Any = record
        for part in path.split("/"):
            inner = inner.get(part) if isinstance(inner, dict) else None
        if isinstance(inner, dict):
            columns |= dict(_leaves(inner))
        for pair in inner if isinstance(inner, list) else ():
            if isinstance(pair, dict) and isinstance(pair.get("key"), str) and "value" in pair:
                value = pair["value"]
                columns[pair["key"]] = next(iter(value.values()), None) if isinstance(value, dict) else value
    return columns


def _leaves(record: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Values of nested objects, by dotted names."""
    for key, value in record.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value


def _object(data: Any) -> dict[str, Any] | str:
    return data if isinstance(data, dict) else f"{type(data).__name__} where an object belongs"

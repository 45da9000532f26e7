"""Formats: the one table of rules by which logs are recognised and their figures understood.

The table is data (`data/logs/formats.yaml`, which says what each key means); a team adds to it, for its own logs, a
file such as `params/logs.example.yaml`.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from kit.errors import UsageError, near_miss
from kit.files import read_yaml
from kit.traffic.line_reader import flat
from kit.traffic.usage_table import TYPES

__all__ = [
    "NUMBERS", "OK", "TOKENS", "WRAPPERS", "Format", "Rules", "fitted", "has", "known_formats", "lacking", "leaves",
    "recognised",
]  # fmt: skip

TOKENS = ("prompt", "cached", "written", "written_1h", "output", "reasoning")
"""Columns that count tokens."""

NUMBERS = (*TOKENS, "total", "requests", "hours", "latency_s", "first_token_s", "logged_usd")
"""Columns that hold figures."""

OK = ("ok", "success", "succeeded", "completed", "complete", "stop", "length", "end_turn", "tool_use", "tool_calls",
      "200", "201", "true")  # fmt: skip
"""Words of a status that mean that a call went well, where a format does not say its own."""

WRAPPERS = ("data[]", "rows[]", "results[]", "items[]", "logs[]", "events[]", "value[]", "records[]", "objects[]",
            "runs[]", "result[]", "usageEvents[]", "data/items[]", "observations[]", "hits[]")  # fmt: skip
"""Where APIs put the rows of a page."""

_MAPPABLE = (*(name for name in TYPES if name not in ("billed", "format", "file")), "until", "total", "currency",
             "unbilled", "first", "messages", "parameters", "body")  # fmt: skip

_UNITS = {"latency": ("s", "ms", "us", "ns"), "usd": ("usd", "cents", "nanousd")}


@dataclass(frozen=True)
class Format:
    """How one format is recognised, and what its figures mean; keys as at the head of `data/logs/formats.yaml`."""

    name: str
    title: str
    source: str = ""
    holds: str = "usage"
    row: str = "call"
    signs: Sequence[str] = ()
    empty: Sequence[str] = ()
    rows: str = ""
    within: Sequence[str] = ()
    spread: Sequence[str] = ()
    lines: Sequence[str] = ()
    carried: Sequence[str] = ()
    again: str = ""
    span: str = ""
    parent: str = ""
    dialects: Mapping[str, str] = field(default_factory=dict)
    mixed: bool = False
    columns: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    constants: Mapping[str, Any] = field(default_factory=dict)
    cached: str = "inside"
    written: str = "inside"
    reasoning: str = "inside"
    latency: str = "s"
    usd: str = "usd"
    zone: str = "UTC"
    only: Mapping[str, Sequence[str]] = field(default_factory=dict)
    batch: Sequence[str] = ("true",)
    unbilled: Sequence[str] = ("true",)
    ok: Sequence[str] = ()
    failed: Sequence[str] = ()
    keys: Sequence[str] = ()
    chunks: str = ""
    last: bool = False
    group: Sequence[str] = ()
    times: Sequence[str] = ()
    decimal: str = ""
    long: Sequence[str] = ("true", "200k-1m", "> 200k", ">200k")
    ignored: Sequence[str] = ()
    export: str = ""
    lacks: str = ""
    remarks: Mapping[str, str] = field(default_factory=dict)
    lends_time: bool = False
    unverified: str = ""
    says: str = ""

    def paths(self, column: str) -> list[str]:
        """Return where a column of ours may stand in a row, in the order in which they are tried."""
        stated = self.columns.get(column, ())
        return [stated] if isinstance(stated, str) else list(stated)

    def heads(self) -> set[str]:
        """The top-level columns of theirs of which anything is read."""
        every = [path for column in self.columns for path in self.paths(column)]
        every += [*self.only, *self.keys, *self.group, *self.remarks, *self.dialects.values()]
        every += filter(None, [self.chunks, self.span, self.parent])
        return {part for path in every for part in leaves(path)}

    def walked(self) -> bool:
        """Tell whether its rows have to be gone through one by one."""
        return bool(self.rows or self.spread or self.last or self.carried or self.again or self.lines)

    def beside(self) -> list[str]:
        """Return which of cached, written and reasoning are to be added to the tokens beside which they stand."""
        return [part for part in ("cached", "written", "reasoning") if getattr(self, part) == "beside"]


@dataclass(frozen=True)
class Rules:
    """What a team says about its own logs.

    Attributes:
        format: By which every file is read; empty to recognise each.
        zone: For times that name none; empty for what each format says.
        columns: Our column -> theirs.
        units: `latency` and `usd` -> their unit.
        beside: Which of cached, written and reasoning are counted beside prompt or output, not inside.
        models: Logged name -> the model that it means.
        constants: Our column -> what it always is.
        rows: Where rows sit in a document, as `data[].results[]`.
        only: Column -> values; other rows are no calls of a model.
        ok, failed, batch_words, unbilled_words: Words of status, batch and unbilled.
        times: Forms of times, as of `strptime`.
        decimal: `,` where figures are written 1.000,50; `.` where 1.000 is one.
        last: Whether the last row of an id is the call.
        group: Columns of which rows that agree in all are one.
        lines: Patterns of plain text, whose named groups are columns; the last one ends a row.
        carried: Columns that a row takes from the last row above that has them.
        again: A figure that grows with each call; a row that repeats it is no call.
        span, parent: A row's own id and that of the row around it, which may repeat what is inside it.
        mixed: Whether a row with more cached tokens than prompt shows how all rows of its model count them.
    """

    format: str = ""
    zone: str = ""
    columns: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    beside: Sequence[str] = ()
    models: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, Any] = field(default_factory=dict)
    rows: str = ""
    only: Mapping[str, Sequence[str]] = field(default_factory=dict)
    ok: Sequence[str] = ()
    failed: Sequence[str] = ()
    batch_words: Sequence[str] = ()
    unbilled_words: Sequence[str] = ()
    times: Sequence[str] = ()
    decimal: str = ""
    last: bool = False
    group: Sequence[str] = ()
    lines: Sequence[str] = ()
    carried: Sequence[str] = ()
    again: str = ""
    span: str = ""
    parent: str = ""
    mixed: bool = False

    @classmethod
    def read(cls, path: str | Path) -> "Rules":
        """Read and check a file of rules such as `params/logs.example.yaml`; an empty path makes no rules.

        Raises:
            UsageError: If it cannot be read, or a key, format, column, unit or zone is unknown.
        """
        if not path:
            return cls()
        try:
            data = read_yaml(Path(path))
        except ValueError as error:
            raise UsageError(f"{path}: {error}") from None
        kinds = {"format": str, "zone": str, "columns": dict, "units": dict, "beside": list, "models": dict,
                 "constants": dict, "rows": str, "only": dict, "ok": list, "failed": list, "batch_words": list,
                 "unbilled_words": list, "times": list, "last": bool, "group": list, "decimal": str,
                 "lines": list, "carried": list, "again": str, "span": str, "parent": str, "mixed": bool}  # fmt: skip
        if not isinstance(data, dict):
            raise UsageError(f"{path}: must have keys, of {', '.join(kinds)}")
        for key, value in data.items():
            _among(f"{path}: {key!r} is not a key here", key, kinds)
            if unanswered := [word for word in _words(value) if word == "?"]:
                raise UsageError(
                    f"{path}: {key}: {unanswered[0]!r} is a question that is still open; the answer belongs there"
                )
            if not isinstance(value, kinds[key]):
                raise UsageError(f"{path}: {key}: {kinds[key].__name__} belongs here, not {type(value).__name__}")
        rules = cls(**data)
        rules._check(path)
        return rules

    def applied(self, format: Format) -> Format:
        """A format with what the team says in place of the table's word."""
        columns: dict[str, Any] = (
            dict.fromkeys(self.beside, "beside") | dict(self.units) | ({"zone": self.zone} if self.zone else {})
        )
        words = {"only": self.only, "ok": self.ok, "failed": self.failed, "batch": self.batch_words, "rows": self.rows,
                 "unbilled": self.unbilled_words, "times": self.times, "last": self.last, "group": self.group,
                 "decimal": self.decimal, "lines": self.lines, "carried": self.carried, "again": self.again,
                 "span": self.span, "parent": self.parent, "mixed": self.mixed}  # fmt: skip
        columns |= {key: tuple(value) if isinstance(value, list) else value for key, value in words.items() if value}
        constants = {**format.constants, **self.constants}
        return replace(format, columns={**format.columns, **self.columns}, constants=constants, **columns)

    def own(self) -> Format:
        """The format that the team's own columns make."""
        row = "bucket" if {"until", "hours"} & set(self.columns) else "call"
        signs = [path for paths in self.columns.values() for path in ([paths] if isinstance(paths, str) else paths[:1])]
        signs = [part for path in signs for part in list(leaves(path))[:1]]
        return self.applied(Format("own", "the columns named in the rules", row=row, signs=signs, ok=OK))

    def _check(self, path: str | Path) -> None:
        if self.format:
            _among(f"{path}: format: {self.format!r} is not a format", self.format, known_formats())
        for column, paths in self.columns.items():
            _among(f"{path}: columns: {column!r} is not a column of usage", column, _MAPPABLE)
            several = isinstance(paths, list) and paths and set(map(type, paths)) == {str}
            if not isinstance(paths, str) and not several:
                raise UsageError(f"{path}: columns.{column}: must name a column of yours, or a list of them")
        if self.decimal not in ("", ".", ","):
            raise UsageError(f"{path}: decimal: {self.decimal!r} is neither ',' nor '.'")
        for column in self.constants:
            _among(f"{path}: constants: {column!r} is not a column of usage", column, _MAPPABLE)
        for column, values in self.only.items():
            if not isinstance(values, list):
                raise UsageError(f"{path}: only.{column}: a list of values belongs here, such as [chat]")
        if self.columns and not self.format:
            for column in ("at", "logged", "prompt", "output"):
                if column not in self.columns and column not in self.constants:
                    raise UsageError(f"{path}: columns: {column!r} is missing, and no row counts without it")
        for unit, value in self.units.items():
            _among(f"{path}: units: {unit!r} has no unit", unit, _UNITS)
            _among(f"{path}: units.{unit}: {value!r} is not a unit", value, _UNITS[unit])
        for part in self.beside:
            _among(f"{path}: beside: {part!r} is not a part of tokens", part, ("cached", "written", "reasoning"))
        for pattern in self.lines:
            try:
                re.compile(pattern)
            except (re.error, TypeError) as error:
                raise UsageError(f"{path}: lines: {pattern!r} is no regular expression: {error}") from None
        if bool(self.span) != bool(self.parent):
            raise UsageError(f"{path}: span and parent: one is of no use without the other")
        try:
            ZoneInfo(self.zone or "UTC")
        except (KeyError, OSError, ValueError):
            raise UsageError(f"{path}: zone: {self.zone!r} is no time zone, such as Europe/Berlin") from None
        if odd := [
            name for name, model in self.models.items() if not (isinstance(name, str) and isinstance(model, str))
        ]:
            raise UsageError(f"{path}: models: {odd[0]!r}: both sides are names, in quotes where YAML reads a number")


@cache
def known_formats() -> dict[str, Format]:
    """All formats, by name."""
    path = Path(__file__).parents[1] / "data" / "logs" / "formats.yaml"
    table = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {name: Format(name, **entry) for name, entry in table.items()}


def leaves(path: str) -> Iterator[str]:
    """The columns of theirs that a path names: `a + b` and `a | b` name two, `a[b=x]` as well."""
    for part in re.split(r" [+|] ", path):
        if part.endswith("]") and "=" in part.partition("[")[2]:
            yield part.partition("[")[0]
            yield part[:-1].partition("[")[2].partition("=")[0]
        else:
            yield part


def recognised(records: Sequence[Any]) -> Format | None:
    """The format of which some records are, by what they hold; None if it is none that is known."""
    for format in known_formats().values():
        for rows in dict.fromkeys([format.rows, "", *WRAPPERS]):
            shown = _shown(replace(format, rows=rows), records)
            if not rows and format.row == "bucket" and format.rows and len(records) == 1 and not format.empty:
                continue
            none = shown and format.empty and all(set(row) <= set(format.empty) for row in shown)
            if (none and rows == (format.rows or "")) or _signed(format, shown):
                return replace(format, rows=rows)
    for format in known_formats().values():  # last, as many formats hold a saved response somewhere
        for rows in format.within:
            if _signed(format, _shown(replace(format, rows=rows), records)):
                return replace(format, rows=rows)
    return None


def _signed(format: Format, rows: Sequence[Mapping[str, Any]]) -> bool:
    return bool(format.signs) and any(all(has(row, sign) for sign in format.signs) for row in rows)


def has(row: Mapping[str, Any], path: str) -> bool:
    """Tell whether a row has a column, or what is inside one (`a/b`)."""
    if path in row:
        return True
    head, _, inner = path.partition("/")
    value = row.get(head) if inner else None
    if isinstance(value, str) and value[:1] == "{":
        try:
            value = json.loads(value)
        except ValueError:
            return False
    return isinstance(value, dict) and has(value, inner)


def fitted(format: Format, records: Sequence[Any]) -> Format:
    """A format as some records keep it: its rows may stand alone or in a page, without the documents that hold them."""
    for rows in dict.fromkeys([format.rows, "", *WRAPPERS, *format.within]):
        if _signed(format, _shown(replace(format, rows=rows), records)):
            return replace(format, rows=rows)
    return format if not format.rows or _shown(format, records) else replace(format, rows="")


def lacking(format: Format, records: Sequence[Any]) -> str | None:
    """The first column without which no row counts and for which some records have no place; None if there is none."""
    rows = _shown(format, records)
    keys = {key for row in rows for key in row}
    needed = {"usage": ("at", "logged", "prompt", "output"), "charges": ("at", "usd")}.get(format.holds, ())
    for column in needed:
        parts = {part for path in format.paths(column) for part in leaves(path)}
        if column in format.constants:
            continue
        if not any(part in keys or part.partition("/")[0] in keys for part in parts):
            return column
    return None


def _shown(format: Format, records: Sequence[Any]) -> list[dict[str, Any]]:
    return [row for record in records[:100] for row in islice(flat(record, format.rows, format.spread), 20)]


def _words(value: Any) -> Iterator[Any]:
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]:
        yield from _words(part) if isinstance(part, dict | list) else [part]


def _among(word_name: str, word: Any, words: Any) -> None:
    if word not in words:
        raise UsageError(f"{word_name}{near_miss(word, words)}")

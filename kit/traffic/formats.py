"""Formats: the one table of rules by which logs are recognised and their figures understood.

The table is data (`data/logs/formats.yaml`, which says what each key means); a team adds to it, for its own logs, a
file such as `params/logs.example.yaml`.
"""

from collections.abc import Mapping, Sequence
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

__all__ = ["NUMBERS", "TOKENS", "Format", "Rules", "fitted", "known", "lacking", "recognised"]

TOKENS = ("prompt", "cached", "written", "output", "reasoning")
"""Columns that count tokens."""

NUMBERS = (*TOKENS, "total", "requests", "hours", "latency_s", "first_token_s", "logged_usd")
"""Columns that hold figures."""

_MAPPABLE = (*(name for name in TYPES if name not in ("billed", "format", "file")), "until", "total", "currency")

_UNITS = {"latency": ("s", "ms"), "usd": ("usd", "cents")}


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
    spread: Sequence[str] = ()
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
    remarks: Mapping[str, str] = field(default_factory=dict)
    lends_time: bool = False
    unverified: str = ""
    says: str = ""

    def paths(self, column: str) -> list[str]:
        """Where a column of ours may stand in a row, in the order in which they are tried."""
        said = self.columns.get(column, ())
        return [said] if isinstance(said, str) else list(said)

    def heads(self) -> set[str]:
        """The top-level columns of theirs of which anything is read."""
        every = [path for column in self.columns for path in self.paths(column)]
        every += [*self.only, *self.keys, *self.remarks, *filter(None, [self.chunks])]
        return {part for path in every for part in path.split(" + ")}

    def beside(self) -> list[str]:
        """Which of cached, written and reasoning are to be added to the tokens beside which they stand."""
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
    """

    format: str = ""
    zone: str = ""
    columns: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    beside: Sequence[str] = ()
    models: Mapping[str, str] = field(default_factory=dict)

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
        kinds = {"format": str, "zone": str, "columns": dict, "units": dict, "beside": list, "models": dict}
        if not isinstance(data, dict):
            raise UsageError(f"{path}: must have keys, of {', '.join(kinds)}")
        for key, value in data.items():
            _among(f"{path}: {key!r} is not a key here", key, kinds)
            if not isinstance(value, kinds[key]):
                raise UsageError(f"{path}: {key}: {kinds[key].__name__} belongs here, not {type(value).__name__}")
        rules = cls(**data)
        rules._check(path)
        return rules

    def applied(self, format: Format) -> Format:
        """A format with what the team says in place of the table's word."""
        said: dict[str, Any] = (
            dict.fromkeys(self.beside, "beside") | dict(self.units) | ({"zone": self.zone} if self.zone else {})
        )
        return replace(format, columns={**format.columns, **self.columns}, **said)

    def own(self) -> Format:
        """The format that the team's own columns make."""
        row = "bucket" if {"until", "hours"} & set(self.columns) else "call"
        signs = [path for said in self.columns.values() for path in ([said] if isinstance(said, str) else said[:1])]
        signs = [part.partition("/")[0] for path in signs for part in path.split(" + ")]
        said = Format("own", "the columns named in the rules", row=row, signs=signs, ok=("ok", "success", "200"))
        return self.applied(said)

    def _check(self, path: str | Path) -> None:
        if self.format:
            _among(f"{path}: format: {self.format!r} is not a format", self.format, known())
        for column, said in self.columns.items():
            _among(f"{path}: columns: {column!r} is not a column of usage", column, _MAPPABLE)
            if not isinstance(said, str) and not (isinstance(said, list) and said and set(map(type, said)) == {str}):
                raise UsageError(f"{path}: columns.{column}: must name a column of yours, or a list of them")
        if self.columns and not self.format:
            for column in ("at", "logged", "prompt", "output"):
                if column not in self.columns:
                    raise UsageError(f"{path}: columns: {column!r} is missing, and no row counts without it")
        for unit, value in self.units.items():
            _among(f"{path}: units: {unit!r} has no unit", unit, _UNITS)
            _among(f"{path}: units.{unit}: {value!r} is not a unit", value, _UNITS[unit])
        for part in self.beside:
            _among(f"{path}: beside: {part!r} is not a part of tokens", part, ("cached", "written", "reasoning"))
        try:
            ZoneInfo(self.zone or "UTC")
        except (KeyError, OSError, ValueError):
            raise UsageError(f"{path}: zone: {self.zone!r} is no time zone, such as Europe/Berlin") from None
        if odd := [
            name for name, model in self.models.items() if not (isinstance(name, str) and isinstance(model, str))
        ]:
            raise UsageError(f"{path}: models: {odd[0]!r}: both sides are names, in quotes where YAML reads a number")


@cache
def known() -> dict[str, Format]:
    """All formats, by name."""
    path = Path(__file__).parents[1] / "data" / "logs" / "formats.yaml"
    table = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {name: Format(name, **entry) for name, entry in table.items()}


def recognised(records: Sequence[Any]) -> Format | None:
    """The format of which some records are, by what they hold; None if it is none that is known."""
    for format in known().values():
        fits = fitted(format, records)
        shown = _shown(fits, records)
        none = shown and format.empty and all(set(row) <= set(format.empty) for row in shown)
        if none or any(set(format.signs) <= set(row) for row in shown):
            return fits
    return None


def fitted(format: Format, records: Sequence[Any]) -> Format:
    """A format as some records keep it: its rows may stand alone, without the documents that hold them."""
    return format if not format.rows or _shown(format, records) else replace(format, rows="")


def lacking(format: Format, records: Sequence[Any]) -> str | None:
    """The first column without which no row counts and for which some records have no place; None if there is none."""
    rows = _shown(format, records)
    keys = {key for row in rows for key in row}
    needed = {"usage": ("at", "logged", "prompt", "output"), "charges": ("at", "usd")}.get(format.holds, ())
    for column in needed:
        parts = {part for path in format.paths(column) for part in path.split(" + ")}
        if not any(part in keys or part.partition("/")[0] in keys for part in parts):
            return column
    return None


def _shown(format: Format, records: Sequence[Any]) -> list[dict[str, Any]]:
    return [row for record in records[:20] for row in islice(flat(record, format.rows, format.spread), 20)]


def _among(said: str, word: Any, words: Any) -> None:
    if word not in words:
        raise UsageError(f"{said}{near_miss(word, words)}")

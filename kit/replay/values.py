"""Values: compare two values of one field by the kind of the field, as a reader would, not letter by letter.

number   by value: `70,000`, `$70000` and 70000.0 are the same; whether it is text is a matter of form
date     by day or instant: `30 Nov 2026` and `2026-11-30` are; `03/04/2026`, which may be two days, is only itself
id       without case, spaces and dashes: `DE 4471-9x` and `de44719X` are
label    without case, spacing, width, quotes and a full stop at the end: `Billing.` and `billing` are
text     word for word; other words may still say the same, which only a judge can tell
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from kit.errors import AskError, near_miss

__all__ = ["KINDS", "check_fields", "day", "equal", "identifier", "kind_of", "label", "number", "words"]

KINDS = ("label", "number", "date", "id", "text", "ordered", "unordered", "ignore")
"""Kinds that a study may give a field: five of values, two of lists, and one for fields that do not count."""

_EXPLANATIONS = frozenset((
    "reason", "reasons", "reasoning", "rationale", "explanation", "justification", "thought", "thoughts", "thinking",
    "analysis", "chain_of_thought",
))  # fmt: skip
"""Names of fields in which a model explains the others; they do not count unless a study says so."""

_LABEL = 32
"""Characters: a longer string, or one of more than five words, is free text."""

_UNIT = r"[$€£¥]|usd|eur|gbp|jpy|cny"
_NUMBER = re.compile(
    rf"(?P<sign>[-+]?)\s*(?P<before>{_UNIT})?\s*(?P<digits>\d[\d.,'’_\s]*?)\s*(?P<after>%|{_UNIT})?", re.IGNORECASE
)
_GROUPED = re.compile(r"\d{1,3}(?:[,'’_ \u00a0\u202f]\d{3})+(?:\.\d+)?|\d{1,3}(?:\.\d{3}){2,}|\d{1,3}(?:\.\d{3})+,\d+")
_PLAIN = re.compile(r"\d+(?:[.,]\d+)?")
_DATES = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d.%m.%Y", "%d %b %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y", "%Y年%m月%d日",
)  # fmt: skip
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_APART = re.compile(r"[\s\-_/().]+")
_AROUND = "\"'`*“”‘’«»「」 "


def check_fields(fields: Mapping[str, str]) -> None:
    """Refuse a study's `fields` that are not a kind each.

    Raises:
        AskError: In one line.
    """
    for name, kind in fields.items():
        if kind not in KINDS:
            near = near_miss(str(kind), KINDS) or f"; {', '.join(KINDS)} are"
            raise AskError(f"fields: {name}: {kind!r} is not a kind of field{near}")


def kind_of(path: str, fields: Mapping[str, str]) -> str:
    """The kind that a field was given, by its path without places (`items.price`) or its last name; empty if none."""
    name = path.rpartition(".")[2]
    if path in fields or name in fields:
        return fields[path] if path in fields else fields[name]
    return "ignore" if name.casefold() in _EXPLANATIONS else ""


def equal(one: Any, other: Any, kind: str = "") -> bool | None:
    """True if two values say the same; None if they are free text that differs, which only a judge can tell.

    Args:
        kind: Of the field; empty to go by the values.
    """
    if isinstance(one, bool) or isinstance(other, bool):
        return str(one).casefold() == str(other).casefold()
    if not all(isinstance(value, (str, int, float)) for value in (one, other)):
        return type(one) is type(other) and bool(one == other)
    first, second = str(one), str(other)
    if words(first) == words(second):
        return True
    if kind == "text":
        return None
    for reading in _READINGS.values() if not kind else filter(None, [_READINGS.get(kind)]):
        readings = reading(first), reading(second)
        if None not in readings:
            return bool(readings[0] == readings[1])
    return None if not kind and _is_text(first) and _is_text(second) else label(first) == label(second)


def words(text: str) -> str:
    """A text without regard to case, spacing and the width of characters."""
    return " ".join(unicodedata.normalize("NFKC", text).split()).casefold()


def label(text: str) -> str:
    """A label without quotes, marks of emphasis and a full stop around it."""
    return words(text).strip(_AROUND).rstrip(".,;:!。！").strip(_AROUND)


def number(text: str) -> tuple[Decimal, bool] | None:
    """The value of a number, and True for a percentage; None for anything else. Currencies are left out."""
    match = _NUMBER.fullmatch(label(text)) if len(text) <= 64 else None
    if not match:
        return None
    digits = match["digits"].strip()
    if _GROUPED.fullmatch(digits):
        point = "," if re.fullmatch(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?", digits) else "."
        digits = re.sub(r"[^\d]", lambda mark: "." if mark[0] == point else "", digits)
    elif _PLAIN.fullmatch(digits):
        digits = digits.replace(",", ".")
    else:
        return None
    try:
        return Decimal(match["sign"].strip("+") + digits), match["after"] == "%"
    except InvalidOperation:
        return None


def day(text: str) -> date | datetime | None:
    """The day or instant that a text names without doubt; None for anything else."""
    text = re.sub(r"(\d)(?:st|nd|rd|th)\b", r"\1", label(text)).replace(",", " ")
    text = " ".join(text.split())
    if slashed := _SLASHED.fullmatch(text):
        first, second, year = map(int, slashed.groups())
        months = [(month, day) for month, day in {(first, second), (second, first)} if month <= 12]
        return _date(year, *months[0]) if len(months) == 1 else None
    for layout in _DATES:
        try:
            return datetime.strptime(text, layout).date()  # a day has no zone
        except ValueError:
            continue
    try:
        instant = datetime.fromisoformat(text.upper()) if len(text) > 10 else None
    except ValueError:
        return None
    return instant.astimezone(UTC) if instant and instant.tzinfo else instant


def identifier(text: str) -> str | None:
    """An id without what sets its parts apart; None for a text that is not one: six letters and digits, some digits."""
    bare = _APART.sub("", label(text))
    return bare if len(bare) >= 6 and bare.isalnum() and any(map(str.isdigit, bare)) and len(text) <= 64 else None


_READINGS = {"number": number, "date": day, "id": identifier}


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _is_text(text: str) -> bool:
    return len(text) > _LABEL or len(text.split()) > 5 or "\n" in text.strip()

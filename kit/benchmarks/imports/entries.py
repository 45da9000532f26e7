"""Entries: one answer each as somebody else's evaluation recorded it, and what reading any such file takes."""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from kit.benchmarks.multiple_choice import Choice
from kit.benchmarks.tables import parsed
from kit.client import Answer, Failure
from kit.errors import ItemError, UsageError
from kit.pricing import Usage

__all__ = [
    "Entry",
    "Score",
    "dollars",
    "failed",
    "letter",
    "lines",
    "loaded",
    "moment",
    "need",
    "number",
    "scored",
    "tokens",
]

_KINDS = {
    "rate_limit": r"\b429\b|rate.?limit|too many requests",
    "quota": r"\b402\b|quota|billing|credit balance",
    "auth": r"\b40[13]\b|unauthori|forbidden|api.?key",
    "context": r"context.?(length|window)|maximum context|too many tokens|prompt is too long",
    "refused": r"content.?(filter|policy|management)|moderation|safety system",
    "timeout": r"time.?(d )?out|time limit|deadline exceeded",
    "network": r"connection|network|econn|enotfound|getaddrinfo|fetch failed|socket",
    "not_found": r"\b404\b|not found|does not exist",
    "bad_request": r"\b4(00|22)\b|bad request|invalid.?request",
    "stopped": r"cancel|abort|interrupt",
}
"""What an error says -> the key of `answers.KINDS` that it is; the first that fits."""


@dataclass(frozen=True)
class Score:
    """The score that the source's own scorer gave one answer.

    Attributes:
        outcome: `right`, `wrong` or `partly`.
        value: From 0 to 1.
        expected: In words; empty where the source does not say.
    """

    outcome: str
    value: float
    expected: str = ""


@dataclass(frozen=True)
class Entry:
    """One answer of one model to one item.

    Attributes:
        group: Subject or task, which items of one share.
        score: None where the source has none.
        choice: The item, where the source gives question, choices and key.
        usd: Dollars as the source recorded them; None where unknown.
    """

    model: str
    item: str
    outcome: Answer | Failure
    sample: int = 0
    group: str = ""
    score: Score | None = None
    choice: Choice | None = None
    usd: float | None = None


def lines(text: str, path: Path) -> tuple[list[tuple[int, Any]], list[str]]:
    """Parse each line of JSON Lines, with its number; and remark on a last line that was cut short and is left out.

    Raises:
        ItemError: If a line is not JSON, unless it is the last and has no line end, as a stopped run leaves it.
    """
    # not splitlines(): a string in JSON may hold U+2028, which that takes for a line's end
    numbered = [(n, line) for n, line in enumerate(text.split("\n"), start=1) if line.strip()]
    values = []
    for n, line in numbered:
        try:
            values.append((n, loaded(line, path, n)))
        except ItemError:
            if (n, line) != numbered[-1] or text.endswith("\n") or not values:
                raise
            return values, [f"line {n}, which was cut short, is left out"]
    return values, []


def loaded(text: str, path: Path, line: int = 0) -> Any:
    """Parse a text in JSON, without the half characters that JSON can spell and no file can hold."""
    data = parsed(text, path, line)
    try:
        return _whole(data) if "\\ud" in text.lower() else data
    except RecursionError as error:
        raise ItemError(f"{path}: {f'line {line}: ' if line else ''}nested too deep") from error


def need(record: Any, name: str, kind: type | tuple[type, ...], place: str) -> Any:
    """A field that must be there and be of a kind.

    Raises:
        ItemError: If it is not, with the place.
    """
    if not isinstance(record, dict):
        raise ItemError(f"{place}: {type(record).__name__} where an object with {name!r} belongs")
    if name not in record:
        raise ItemError(f"{place}: {name!r} is missing")
    if not isinstance(record[name], kind):
        raise ItemError(f"{place}: {name!r} cannot be a {type(record[name]).__name__}")
    return record[name]


def number(value: Any) -> float | None:
    """A number as one, yes and no as 1 and 0; None for anything else, and for what is not finite."""
    return float(value) if isinstance(value, int | float | Decimal) and abs(float(value)) < float("inf") else None


def moment(text: Any) -> str:
    """A moment in ISO form as it is; empty for anything else."""
    try:
        return datetime.fromisoformat(text).isoformat()
    except (TypeError, ValueError):
        return ""


def scored(value: float | None, expected: str = "", passed: bool | None = None) -> Score | None:
    """A score from its value; None if that is no share. `passed` overrides that only all of it is right."""
    if value is None or not 0 <= value <= 1:
        return None
    right = value == 1 if passed is None else passed
    return Score("right" if right else "partly" if value > 0 else "wrong", value, expected)


def tokens(prompt: Any, output: Any, cached: Any = 0, reasoning: Any = 0) -> Usage | None:
    """Tokens as the source counted them; None where it did not, or counted what cannot be."""
    counts = (prompt, cached or 0, output, reasoning or 0)
    if not all(isinstance(count, int) and count < 2**53 for count in counts):
        return None
    try:
        return Usage(*counts)
    except UsageError:
        return None


def dollars(value: Any, usage: Usage | None) -> float | None:
    """Dollars as recorded; None for what is no sum, and for 0 beside tokens that are not 0."""
    usd = number(value) if not isinstance(value, bool) else None
    if usd is None or usd < 0 or (usd == 0 and usage is not None and (usage.prompt or usage.output)):
        return None
    return usd


def failed(message: str) -> Failure:
    """Why there is no answer, by what the error says; an error that says nothing of its kind is the endpoint's."""
    one_line = " ".join(message.split())
    kind = next((kind for kind, words in _KINDS.items() if re.search(words, one_line[:2_000], re.IGNORECASE)), "server")
    return Failure(kind, one_line)


def letter(key: Any, choices: int) -> str:
    """The letter of a key that is a letter, or a place counted from 0; empty for anything else."""
    text = str(key).strip().strip("()").upper()
    if text.isascii() and text.isdecimal() and int(text) < min(choices, 26):
        return ascii_uppercase[int(text)]
    return text if len(text) == 1 and text in ascii_uppercase[:choices] else ""


def _whole(data: Any) -> Any:
    if isinstance(data, str):
        return data.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(data, list):
        return [_whole(part) for part in data]
    if isinstance(data, dict):
        return {_whole(name): _whole(part) for name, part in data.items()}
    return data

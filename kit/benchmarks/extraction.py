"""Fields out of texts: classify a ticket, read an invoice. Asked for as JSON; form and content are scored apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any

from kit import client
from kit.benchmarks.score import Score
from kit.files import read_yaml

__all__ = ["PARAMETERS", "Extract", "messages", "score", "score_fields"]

PARAMETERS = {"temperature": 0, "max_tokens": 256, "response_format": {"type": "json_object"}}

_FILE = Path(__file__).parents[1] / "data" / "items" / "instructions.yaml"


@dataclass(frozen=True)
class Extract:
    """A text and the fields that are to be read out of it; classifying is reading out one field.

    Attributes:
        fields: Name -> value; None where the text does not give it.
        kind: What sort of text it is; decides which fields are asked for.
    """

    id: str
    text: str
    fields: Mapping[str, str | None]
    kind: str = ""
    level: int = 0


def messages(item: Extract, labels: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Ask for the item's fields, in the words that `data/items/instructions.yaml` has for its kind.

    Args:
        labels: What a field may say, where its values are the data's own.
    """
    fields = ", ".join(f'"{name}"' for name in item.fields)
    instruction = _instructions()[item.kind]["tell"].replace("{fields}", fields).replace("{allowed}", ", ".join(labels))
    return [{"role": "system", "content": instruction.strip()}, {"role": "user", "content": item.text}]


def score(item: Extract, text: str, labels: Sequence[str] = ()) -> Score:
    """The share of the fields that are right; valid if the answer is an object of just these fields and labels."""
    reading = client.json_object(text)
    answer = reading.value
    if answer is None:
        return Score("unparsed", 0.0, reading.why, valid=False)
    return score_fields(item.fields, answer, _fault(item, answer, labels))


def score_fields(key: Mapping[str, str | None], answer: Mapping[str, Any], fault: str = "") -> Score:
    """The share of the key's fields that an answer has right.

    Args:
        fault: Describe the first format error of an answer; empty if it has none.
    """
    right = [name for name, value in key.items() if name in answer and _same(answer[name], value)]
    outcome = "right" if len(right) == len(key) else "partly" if right else "wrong"
    missed = ", ".join(name for name in key if name not in right)
    return Score(outcome, len(right) / len(key), fault or (f"not right: {missed}" if missed else ""), not fault)


def _fault(item: Extract, answer: Mapping[str, Any], labels: Sequence[str]) -> str:
    """In what the answer's form is not as asked; empty if it is."""
    if set(answer) != set(item.fields):
        return f"keys are {', '.join(map(str, answer)) or 'none'}"
    if wrong := [name for name, value in answer.items() if not isinstance(value, str | None)]:
        return f"{wrong[0]} is no text"
    allowed = _instructions()[item.kind].get("allowed") or dict.fromkeys(item.fields, labels)
    strays = [name for name, value in answer.items() if allowed.get(name) and value not in allowed[name]]
    return f"{strays[0]} is none of the allowed ones" if strays else ""


def _same(value: Any, key: str | None) -> bool:
    """True if two values are equal; case and spaces do not count, and amounts are compared as numbers."""
    if value is None or key is None:
        return value is key
    if isinstance(value, (dict, list, bool)):
        return False
    ours, theirs = (" ".join(str(text).split()).casefold() for text in (value, key))
    return ours == theirs or _amount(ours) == _amount(theirs) is not None


def _amount(text: str) -> Decimal | None:
    if text.count(".") != 1:  # a number without decimals may be a code, whose zeros count
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


@cache
def _instructions() -> dict[str, Any]:
    return read_yaml(_FILE)

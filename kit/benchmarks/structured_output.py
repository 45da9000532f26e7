"""Structured output: a text becomes JSON of a given schema, in JSON mode or with the schema enforced by the endpoint.

Form and content are scored apart. The schema stands in the request in both modes, since not every endpoint shows the
model what it enforces; so the modes differ in nothing but that.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kit import client
from kit.benchmarks import schemas
from kit.benchmarks.score import Score

__all__ = ["PARAMETERS", "Form", "messages", "response_format", "score"]

PARAMETERS = {"temperature": 0, "max_tokens": 1024}

_LONGEST = 50_000
"""Characters of an answer; no key has a tenth of them."""

_SHOWN = 200
"""Characters of a fault that a score repeats."""

_ABSENT = object()


@dataclass(frozen=True)
class Form:
    """A text, and the JSON that it should become.

    Attributes:
        tell: What is to be made of the text.
        schema: Of the answer; within what strict modes take: all keys are required, and there are no others.
        key: The right answer.
        kind: `json` where any object may come back, `schema` where the endpoint is told the schema too.
    """

    id: str
    tell: str
    text: str
    schema: Mapping[str, Any]
    key: Mapping[str, Any]
    kind: str = "schema"
    level: int = 0


def messages(item: Form) -> list[dict[str, Any]]:
    """Ask for the text as JSON of the item's schema."""
    schema = json.dumps(item.schema, ensure_ascii=False)
    instruction = (
        f"{item.tell} Answer with a JSON object that satisfies this JSON schema, and with nothing else:\n{schema}"
    )
    return [{"role": "system", "content": instruction}, {"role": "user", "content": item.text}]


def response_format(item: Form) -> dict[str, Any]:
    """The parameter by which an endpoint is told the form: JSON, or JSON of the item's schema."""
    if item.kind == "json":
        return {"type": "json_object"}
    return {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": item.schema}}


def score(item: Form, text: str) -> Score:
    """The share of the key's leaves that the answer has; valid if all of it is one object that satisfies the schema.

    Leaves are what is neither object nor list, and each list's length. Numbers are compared as numbers, texts to the
    letter.
    """
    if len(text) > _LONGEST:
        return Score("unparsed", 0.0, f"{len(text):,} characters", valid=False)
    reading = client.json_object(text)
    answer = reading.value
    if answer is None:
        return Score("unparsed", 0.0, reading.why, valid=False)
    missed = [name for name, right in _leaves(item.key, answer) if not right]
    many = sum(1 for _ in _leaves(item.key, answer))
    outcome = "right" if not missed else "partly" if len(missed) < many else "wrong"
    fault = _fault(item, answer) if reading.why == "whole" else f"more than the object: {reading.why}"
    explanation = fault or (f"not right: {', '.join(missed)}" if missed else "")
    return Score(outcome, 1 - len(missed) / many, explanation[:_SHOWN], not fault)


def _fault(item: Form, answer: Mapping[str, Any]) -> str:
    error = next(schemas.validator(item.schema).iter_errors(answer), None)
    return f"{error.json_path}: {error.message}" if error else ""


def _leaves(key: Any, answer: Any, name: str = "") -> Iterator[tuple[str, bool]]:
    """Each leaf of the key, by its path, and whether the answer has it."""
    if isinstance(key, dict):
        for part, value in key.items():
            branch = answer.get(part, _ABSENT) if isinstance(answer, dict) else _ABSENT
            yield from _leaves(value, branch, f"{name}.{part}" if name else part)
    elif isinstance(key, list):
        members = answer if isinstance(answer, list) else []
        yield f"{name} (length)", isinstance(answer, list) and len(members) == len(key)
        for n, value in enumerate(key):
            yield from _leaves(value, members[n] if n < len(members) else _ABSENT, f"{name}[{n}]")
    else:
        yield name, isinstance(answer, bool) == isinstance(key, bool) and answer == key

"""Tool use: the right function with the right arguments, none where none is needed, several at once, after an error.

A call is not compared as text: it is checked against the function's schema and executed in the item's small world, and
counts as right if the world then is as it should be and the calls returned what they should. So it does not matter how
an argument is written. A call that a model writes into its text is no call: no service would execute it.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kit import client
from kit.benchmarks import schemas, tool_world
from kit.benchmarks.score import Score
from kit.files import read_yaml

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

__all__ = ["PARAMETERS", "Call", "messages", "score", "shown", "tools"]

PARAMETERS = {"temperature": 0, "max_tokens": 1024}

_TOLD = (
    "You help the staff of a mail-order firm. Today is Tuesday, 10 March 2026. Use the tools for what they are for. "
    "Make all calls that a request needs and that do not wait for each other in one turn. Make no call that is not "
    "needed. Do not look up what you were told, and do not invent what you were not told: ask for it."
)
_FILE = Path(__file__).parents[1] / "data" / "items" / "functions.yaml"
_LONGEST = 10_000
"""Characters of one call's arguments; none needs a tenth of them."""

_MOST = 16
"""Calls in one turn; no item needs more than four."""

_SHOWN = 200
"""Characters of calls that a score repeats."""


@dataclass(frozen=True)
class Call:
    """A conversation, tools, and the calls that should come next.

    Attributes:
        messages: As in a chat completion; may hold earlier calls and what became of them.
        tools: Functions that are offered, by name.
        world: What the functions act on.
        accept: Ways to go on, each a list of (function, arguments) that are called in one turn; one without calls says
            that none is needed.
        says: Where none is needed, what the answer holds: one of these; `31` is not held by `310`.
        kind: What is tried: `function`, `arguments`, `none`, `parallel` or `recovery`.
    """

    id: str
    messages: Sequence[Mapping[str, Any]]
    tools: Sequence[str]
    world: Mapping[str, Any]
    accept: Sequence[Sequence[tuple[str, Mapping[str, Any]]]]
    says: Sequence[str] = ()
    kind: str = ""
    level: int = 0


def messages(item: Call) -> list[dict[str, Any]]:
    """The conversation so far, behind what the assistant is told of its work."""
    return [{"role": "system", "content": _TOLD}, *map(dict, item.messages)]


def tools(item: Call) -> list[dict[str, Any]]:
    """Definitions of the functions that an item offers, as in a chat completion."""
    return [{"type": "function", "function": {"name": name, **_functions()[name]}} for name in item.tools]


def score(item: Call, text: str, calls: Sequence[Mapping[str, str]] = ()) -> Score:
    """Right if the calls do what one of the accepted ways does; valid if each satisfies its function's schema.

    Where no call is needed, one that satisfies the schema is valid and wrong; no call is right if the text holds what
    the answer should. Where a call is needed, none is neither right nor valid.

    Args:
        calls: As in the answers: `name`, and `arguments` as the model wrote them.
    """
    if not calls:
        return _without(item, text)
    if len(calls) > _MOST:
        return Score("wrong", 0.0, f"{len(calls)} calls", valid=False)
    parsed_calls = []
    for call in calls:
        reading = _arguments(call["arguments"])
        if reading.value is None:
            return Score("unparsed", 0.0, f"arguments: {reading.why}", valid=False)
        if fault := _fault(item, call["name"], reading.value):
            return Score("wrong", 0.0, fault, valid=False)
        parsed_calls.append((call["name"], reading.value))
    right = tool_world.run(item.world, parsed_calls) in [tool_world.run(item.world, way) for way in item.accept]
    return Score("right" if right else "wrong", float(right), shown(parsed_calls))


def shown(calls: Sequence[tuple[str, Mapping[str, Any]]]) -> str:
    """Calls in one line: `get_order {"order_id": "A-1042"}`; a long line is cut."""
    return "; ".join(f"{name} {json.dumps(arguments, ensure_ascii=False)}" for name, arguments in calls)[:_SHOWN]


def _without(item: Call, text: str) -> Score:
    answer = " ".join((client.spoken(text) or "").split()).casefold().replace("’", "'")
    if not answer:
        return Score("unparsed", 0.0, "empty", valid=False)
    if [] not in item.accept:
        return Score("wrong", 0.0, "no call", valid=False)
    right = not item.says or any(
        re.search(rf"(?<!\d){re.escape(words.casefold())}(?!\d)", answer) for words in item.says
    )
    return Score("right" if right else "wrong", float(right), "no call" if right else "no call, and not the answer")


def _arguments(text: str) -> client.Reading[dict[str, Any]]:
    """The arguments, if they are a JSON object and nothing else; without any, some endpoints send an empty text."""
    if len(text) > _LONGEST:
        return client.Reading(None, f"{len(text):,} characters")
    reading = client.json_object(text or "{}")
    return reading if reading.why == "whole" or reading.value is None else client.Reading(None, "not only an object")


def _fault(item: Call, name: str, arguments: Mapping[str, Any]) -> str:
    """Describe how a call breaks its function's schema; empty if it does not."""
    if name not in item.tools:
        return f"no function {name[:_SHOWN]!r} is offered"
    error = next(_validator(name).iter_errors(arguments), None)
    return f"{name}: {error.json_path}: {error.message}"[:_SHOWN] if error else ""


@cache
def _validator(name: str) -> "Draft202012Validator":
    return schemas.validator(_functions()[name]["parameters"])


@cache
def _functions() -> dict[str, Any]:
    return read_yaml(_FILE)

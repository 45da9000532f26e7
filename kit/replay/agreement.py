"""Agreement: whether an answer has the form that was asked for, and whether two answers to one request say the same.

Form and content are apart: an answer may be no JSON, or the wrong JSON. What is thought (`<think>`) and the fence
around a block are read away first. Words are compared without regard to case, spacing and the width of characters,
numbers by their value (`1` is `1.0`, but no `"1"`), lists in their order.
"""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kit.client import parsing
from kit.client.requests import Request

__all__ = ["Fields", "Said", "fault", "fields", "kind", "matches", "same", "similar"]

_LABEL = 32
"""Characters: an answer of one line that is no longer is a label, such as a class, a date or a yes."""

_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
"""Thai, Lao, Burmese, Khmer, kana and Chinese, which put no spaces between words."""

_TOKEN = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")


@dataclass(frozen=True)
class Said:
    """What an answer says: its text, or the tools that it calls.

    Attributes:
        calls: As in an answer: each with `name` and `arguments` (a string, as the model wrote it).
    """

    text: str
    calls: Sequence[Mapping[str, Any]] = ()

    @property
    def spoken(self) -> str:
        """The text without what was thought."""
        return parsing.spoken(self.text) or ""

    def __str__(self) -> str:
        """The text; behind it the calls, where there are some, as JSON."""
        if not self.calls:
            return self.text
        calls = json.dumps({"tool_calls": [_call(call) for call in self.calls]}, ensure_ascii=False)
        return f"{self.text}\n{calls}".strip()


@dataclass(frozen=True)
class Fields:
    """Field by field, what of two objects is the same. A field is named by its path, such as `items[0].price`.

    Attributes:
        equal: Fields that both have, and that say the same.
        missing: Fields that only the object compared with has.
        extra: Fields that only the object compared has.
        differing: Fields that both have, and that say something else.
    """

    equal: tuple[str, ...]
    missing: tuple[str, ...]
    extra: tuple[str, ...]
    differing: tuple[str, ...]

    @property
    def share(self) -> float:
        """Equal fields, of all that either has, 0 to 1; two empty objects are equal."""
        every = sum(map(len, (self.equal, self.missing, self.extra, self.differing)))
        return len(self.equal) / every if every else 1.0

    def __str__(self) -> str:
        """What is not the same, in words; empty where all is."""
        named = {"missing": self.missing, "extra": self.extra, "differing": self.differing}
        return "; ".join(f"{what}: {', '.join(paths)}" for what, paths in named.items() if paths)


def fault(request: Request, said: Said) -> str | None:
    """In what an answer has not the form that its request asks for.

    Asked for are an object (`response_format` of `json_object`), an object that its schema holds for (`json_schema`,
    checked by jsonschema; nothing is fetched), and calls that the tools offered can take. Prose around an object is a
    fault, since a service could not read it; a fence around it is none.

    Returns:
        Empty where the form is as asked; None where no form was asked for.
    """
    if said.calls:
        return next(filter(None, (_call_fault(request, call) for call in said.calls)), "")
    if request.tools and request.parameters.get("tool_choice", "auto") not in ("auto", "none"):
        return "no tool is called"
    if not _wants_json(request):
        return None
    reading = parsing.json_object(said.text)
    if reading.value is None:
        return reading.why
    if reading.why == "in prose":
        return "prose around the object"
    form = request.parameters["response_format"]
    schema = form.get("schema") or (form.get("json_schema") or {}).get("schema")
    return _breach(reading.value, schema) if schema else ""


def kind(request: Request, said: Said) -> str:
    """What sort of answer it is: `tools`, `json`, `label` (one line of 32 characters at most) or `text`.

    The first three say one thing in one way, so that an answer which is not the same is another answer; a text can say
    the same in other words.
    """
    if said.calls:
        return "tools"
    if _wants_json(request) or _object(request, said) is not None:
        return "json"
    return "label" if len(said.text.strip()) <= _LABEL and "\n" not in said.text.strip() else "text"


def same(request: Request, one: Said, other: Said) -> bool:
    """Whether two answers say the same: as objects where both are, else word for word."""
    found = fields(request, one, other)
    return found.share == 1 if found else _words(one.spoken) == _words(other.spoken)


def fields(request: Request, one: Said, other: Said) -> Fields | None:
    """Compare an answer with another one field by field; None where one of them is no object.

    Without a form that asks for one, only an answer that is nothing else is read as an object.
    """
    ours, theirs = _object(request, one), _object(request, other)
    return None if ours is None or theirs is None else _compared(ours, theirs)


def matches(request: Request, said: Said, key: Any) -> bool:
    """Whether an answer is what a person says is right.

    Args:
        key: An object, of which each field must be in the answer, which may have more of them; or words.
    """
    if isinstance(key, Mapping):
        found = _compared(_object(request, said) or {}, key)
        return not found.missing and not found.differing
    return _words(said.spoken) == _words(str(key))


def similar(one: Said, other: Said) -> float:
    """A hint of how alike two answers are, 0 to 1: words in common, whatever they mean.

    The F1 of words as in SQuAD (Rajpurkar et al. 2016, arXiv 1606.05250, 6.1), of characters where a script puts no
    spaces. "It is refundable" and "It is not refundable" are 0.86 alike: it can sort what to read first, and no more.
    """
    ours, theirs = (Counter(_TOKEN.findall(_words(str(said)))) for said in (one, other))
    if not ours and not theirs:
        return 1.0
    return 2 * (ours & theirs).total() / (ours.total() + theirs.total())


def _wants_json(request: Request) -> bool:
    form = request.parameters.get("response_format")
    return isinstance(form, Mapping) and form.get("type") in ("json_object", "json_schema")


def _object(request: Request, said: Said) -> dict[str, Any] | None:
    if said.calls:
        return {"tool_calls": [_call(call) for call in said.calls]}
    text = said.spoken.strip()
    if not _wants_json(request) and not (text.startswith(("{", "```")) and text.endswith(("}", "```"))):
        return None
    reading = parsing.json_object(text)
    return reading.value if _wants_json(request) or reading.why in ("whole", "fenced") else None


def _words(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split()).casefold()


def _call(call: Mapping[str, Any]) -> dict[str, Any]:
    """A call without its id, its arguments as the object that they are, where they are one."""
    arguments = parsing.json_object(str(call.get("arguments") or "{}"))
    return {
        "name": call.get("name"),
        "arguments": call.get("arguments") if arguments.value is None else arguments.value,
    }


def _call_fault(request: Request, call: Mapping[str, Any]) -> str:
    offered = {tool.get("function", {}).get("name"): tool.get("function", {}) for tool in request.tools}
    name = call.get("name")
    if name not in offered:
        return f"calls {name!r}, which is not offered"
    arguments = parsing.json_object(str(call.get("arguments") or "{}"))
    if arguments.why != "whole" or arguments.value is None:
        return f"arguments of {name}: {arguments.why}"
    return _breach(arguments.value, offered[name].get("parameters") or {})


def _breach(value: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """Which part of its schema an object breaks; the words are the schema's, not the model's."""
    from jsonschema import SchemaError, validators  # late: 0.1 s that only a schema should cost
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    try:
        checker = validators.validator_for(schema, default=validators.validator_for({}))
        checker.check_schema(schema)
        # with a registry of its own, a reference to an address is not fetched
        breaches = checker(schema, registry=Registry()).iter_errors(value)
        first = min(breaches, key=lambda breach: (len(breach.absolute_path), str(breach.json_path)), default=None)
    except SchemaError as error:
        return f"cannot be checked: the schema is none, at {error.json_path}"
    except Unresolvable:
        return "cannot be checked: the schema refers to what is not in it"
    return f"breaks the schema: {first.validator} of {first.json_path}" if first else ""


def _compared(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> Fields:
    one, other = dict(_leaves(ours)), dict(_leaves(theirs))
    shared = [path for path in other if path in one]
    right = {path for path in shared if _equal(one[path], other[path])}
    return Fields(
        tuple(_named(path) for path in shared if path in right),
        tuple(_named(path) for path in other if path not in one),
        tuple(_named(path) for path in one if path not in other),
        tuple(_named(path) for path in shared if path not in right),
    )


_Path = tuple[str | int, ...]


def _leaves(value: Any) -> Iterator[tuple[_Path, Any]]:
    """Paths and values of what holds nothing else, in order; without recursion, since a model chooses the depth."""
    left: list[tuple[_Path, Any]] = [((), value)]
    while left:
        path, value = left.pop()
        parts = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
        inside = [((*path, name), part) for name, part in parts]
        if not inside and path:
            yield path, value
        left.extend(reversed(inside))


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return _words(one) == _words(other)
    numbers = [isinstance(value, (int, float)) and not isinstance(value, bool) for value in (one, other)]
    return one == other and (all(numbers) or type(one) is type(other))


def _named(path: _Path) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")

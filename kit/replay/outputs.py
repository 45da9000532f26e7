"""The content of one answer: its text or the tools that it calls, and the JSON object in it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kit import client
from kit.client import Request

__all__ = ["Output", "json_object", "kind", "wants_json"]

_LABEL = 32
"""Characters: an answer of one line that is no longer is a label, such as a class, a date or a yes."""


@dataclass(frozen=True)
class Output:
    """The output of a model for one request.

    Attributes:
        calls: As in an answer: each with `name` and `arguments` (a string, as the model wrote it).
    """

    text: str
    calls: Sequence[Mapping[str, Any]] = ()

    @property
    def visible_text(self) -> str:
        """The text without the model's thinking."""
        return client.spoken(self.text) or ""

    def __str__(self) -> str:
        """The text, followed by the calls as JSON if there are any."""
        if not self.calls:
            return self.text
        calls = json.dumps({"tool_calls": _parsed_calls(self)}, ensure_ascii=False)
        return f"{self.text}\n{calls}".strip()


def kind(request: Request, output: Output) -> str:
    """The sort of answer: `tools`, `json`, `label` (one line of 32 characters at most) or `text`.

    The first three say one thing in one way, so an answer that is not the same is another answer; a text can say the
    same in other words.
    """
    if output.calls:
        return "tools"
    if wants_json(request) or json_object(request, output) is not None:
        return "json"
    text = output.text.strip()
    return "label" if len(text) <= _LABEL and "\n" not in text else "text"


def wants_json(request: Request) -> bool:
    """True if the request asks for JSON by its `response_format`."""
    form = request.parameters.get("response_format")
    return isinstance(form, Mapping) and form.get("type") in ("json_object", "json_schema")


def json_object(request: Request, output: Output) -> dict[str, Any] | None:
    """Parse an answer as an object; tool calls are one too.

    If the request did not ask for JSON, only an answer that is entirely JSON is parsed.
    """
    if output.calls:
        return {"tool_calls": _parsed_calls(output)}
    text = output.visible_text.strip()
    if not wants_json(request) and not (text.startswith(("{", "```")) and text.endswith(("}", "```"))):
        return None
    reading = client.json_object(text)
    return reading.value if wants_json(request) or reading.why in ("whole", "fenced") else None


def _parsed_calls(output: Output) -> list[dict[str, Any]]:
    """Calls without their ids; arguments that are JSON become objects."""
    objects = [client.json_object(str(call.get("arguments") or "{}")).value for call in output.calls]
    return [
        {"name": call.get("name"), "arguments": call.get("arguments") if value is None else value}
        for call, value in zip(output.calls, objects, strict=True)
    ]

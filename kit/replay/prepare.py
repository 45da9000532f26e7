"""Prepare: turn a logged body into the request to send, converted, redacted and scanned."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kit import redaction
from kit.client import RESERVED_PARAMETERS, Request, bodies

__all__ = ["LEFT_OUT", "Prepared", "prepare", "redacted_answer"]

LEFT_OUT: Mapping[str, str] = {
    **{name: why for name, why in RESERVED_PARAMETERS.items() if name not in ("messages", "tools")},
    **dict.fromkeys(("user", "safety_identifier", "metadata"), "it names a person"),
    **dict.fromkeys(("extra_headers", "extra_query", "extra_body", "timeout"), "it is transport, and may hold a key"),
    **dict.fromkeys(("store", "service_tier", "prompt_cache_key"), "it only concerns the provider"),
    **dict.fromkeys(("logprobs", "top_logprobs"), "it does not shape the text"),
    "logit_bias": "its tokens are of one model only",
}
"""Parameters that a replayed request does not keep, and why."""

_PICTURES = "pictures, which cannot be scanned; `images: true` in the study sends them"


@dataclass(frozen=True)
class Prepared:
    """A logged body, ready to send or to hold back.

    Attributes:
        rules: Reasons not to send it: rules of `kit.redaction`, or what cannot be replayed; empty if it may go.
        redacted: True if something was taken out.
        lost: What could not be carried over from its protocol and does not decide what is asked.
    """

    request: Request
    rules: tuple[str, ...] = ()
    redacted: bool = False
    lost: tuple[str, ...] = ()


def prepare(endpoint: str, text: str, images: bool = False) -> Prepared:
    """Prepare a logged body for a replay.

    Args:
        text: The body as JSON, in any protocol of `bodies`.
        images: True to send pictures, which are neither redacted nor scanned.
    """
    try:
        logged = {name: value for name, value in json.loads(text).items() if name not in LEFT_OUT and value is not None}
        converted = bodies.to_chat(logged)
        pictures: list[str] = []
        whole = _apart(converted.body, pictures) if images else converted.body
        redacted = redaction.redact_request(whole)
        body = _together(redacted, pictures) if images else redacted
        messages, tools = body["messages"], body.get("tools") or []
        parameters = {name: value for name, value in body.items() if name not in ("messages", "tools")}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return Prepared(Request(_id(endpoint, text), []), ("no body of a call that can be replayed",))
    content = [messages, parameters, tools]
    request = Request(_id(endpoint, json.dumps(content, sort_keys=True)), messages, parameters, tools)
    missing = tuple(f"cannot be carried over: {part}" for part in converted.missing)
    rules = missing + _faults(messages, [redacted["messages"], parameters, tools], images)
    return Prepared(request, rules, redacted != whole, tuple(converted.lost))


def redacted_answer(answer: str | None) -> str | None:
    """The logged answer, redacted; None if there is none or a secret is left in it."""
    redacted = None if answer is None else redaction.redact(answer)
    return None if redacted is None or redaction.secrets(redacted) else redacted


def _faults(messages: Any, content: list[Any], images: bool) -> tuple[str, ...]:
    if not isinstance(messages, list) or not messages or not all(isinstance(m, dict) and "role" in m for m in messages):
        return ("no body of a call that can be replayed",)
    kinds = {kind for message in messages for kind in _kinds(message.get("content"))} - {"text"}
    if kinds - {"image_url"}:
        return ("more than text, which cannot be scanned",)
    if kinds and not images:
        return (_PICTURES,)
    # string by string: in JSON, a line break before a key would read as the letter n before it
    return tuple(sorted({secret.rule for text in _strings(content) for secret in redaction.secrets(text)}))


def _kinds(content: Any) -> Iterator[str]:
    """The kinds of a message's parts; what is not laid out as a part is of no kind that can be sent."""
    for part in content if isinstance(content, list) else ():
        known = isinstance(part, Mapping) and isinstance(part.get("image_url", {}), Mapping)
        yield "text" if isinstance(part, str) else str(part.get("type")) if known else "unknown"


def _apart(value: Any, pictures: list[str]) -> Any:
    """The body with a number in the place of each picture's data, which is no text; the data go to `kept`."""
    if isinstance(value, list):
        return [_apart(item, pictures) for item in value]
    if not isinstance(value, Mapping):
        return value
    url = value.get("image_url", {}).get("url") if isinstance(value.get("image_url"), Mapping) else None
    if value.get("type") == "image_url" and isinstance(url, str) and url.startswith("data:image/"):
        pictures.append(url)
        return {**value, "image_url": {**value["image_url"], "url": f"picture {len(pictures) - 1}"}}
    return {name: _apart(part, pictures) for name, part in value.items()}


def _together(value: Any, pictures: list[str]) -> Any:
    """The body with its pictures back in their places."""
    if isinstance(value, list):
        return [_together(item, pictures) for item in value]
    if not isinstance(value, Mapping):
        return value
    url = value.get("image_url", {}).get("url") if isinstance(value.get("image_url"), Mapping) else None
    if value.get("type") == "image_url" and isinstance(url, str) and url.startswith("picture "):
        return {**value, "image_url": {**value["image_url"], "url": pictures[int(url.removeprefix("picture "))]}}
    return {name: _together(part, pictures) for name, part in value.items()}


def _strings(value: Any) -> Iterator[str]:
    left = [value]
    while left:
        value = left.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, Mapping):
            left += [*value.keys(), *value.values()]
        elif isinstance(value, list):
            left += value


def _id(endpoint: str, content: str) -> str:
    return f"{endpoint}/{hashlib.sha256(content.encode()).hexdigest()[:8]}"

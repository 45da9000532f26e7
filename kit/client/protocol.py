"""The OpenAI-compatible wire: a body becomes an answer, an error becomes a fault. Nothing here is sent or received.

Providers differ in small ways, and the differences end here: what reasoning text is called, with which status an
empty account answers. How they spell token counts is in `usage.reported`.
"""

import json
import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from kit.client.answers import Answer
from kit.client.reported import counts
from kit.errors import UsageError
from kit.pricing import Usage
from kit.text import plain

__all__ = ["Fault", "Stream", "answer", "fault", "logprobs", "usage"]

_LONGEST = 300
"""Characters of an endpoint's own words that an error repeats."""

_SPENT = ("insufficient_quota", "insufficient balance", "余额不足", "exceeded_current_quota")
"""OpenAI; DeepSeek and Z.ai, the latter with status 429, in English or Chinese; Moonshot."""

_NO_IMAGES = (
    "image input is not supported", "support image input", "does not support images",
    "image_url is only supported by certain models", "unknown variant `image_url`", "is not a multimodal model",
    "at most 0 image", "messages.content.type 参数非法", "不支持图像", "不支持图片",
)  # fmt: skip
"""llama.cpp (with status 500); Ollama and OpenRouter (with status 404); LM Studio; OpenAI; DeepSeek; vLLM, in two
versions; Zhipu, which names the only type that it takes; and others in Chinese."""

_TOO_LONG = (
    "prompt is too long",
    "input token count",
    "range of input length",
    "model token limit",
    "max length exceeded",
)
"""Anthropic; Gemini; DashScope; Moonshot, now and before: none of them says `context`."""


@dataclass(eq=False)
class Fault(Exception):  # noqa: N818 (an outcome that is sorted and counted, not shown)
    """Why one attempt was not answered.

    Attributes:
        kind: A key of `answers.KINDS`.
        retry: Whether the same request may succeed later.
        final: Whether no request to this contender can succeed.
        billed: Whether the provider may ask money for the attempt.
        wait: Seconds to wait first, where the endpoint names them.
    """

    kind: str
    message: str
    retry: bool = False
    final: bool = False
    billed: bool = False
    wait: float | None = None


def fault(status: int, text: str) -> Fault:
    """Read an HTTP error: its status, and what its body says."""
    said, code = _error(text)
    words = f"HTTP {status}: {said}"
    hint = f"{code} {said}".lower()
    # Gemini says the same of an empty account and of a full minute, but tells only the latter when to come back
    spent = "exceeded your current quota" in hint and "retry in" not in text.lower()
    if status == 402 or any(word in hint for word in _SPENT) or (status == 429 and spent):
        return Fault("quota", words, final=True)
    if status == 429:
        return Fault("rate_limit", words, retry=True)
    if status == 403 and ("moderation" in hint or "flagged" in hint):  # OpenRouter
        return Fault("refused", words)
    if status in (401, 403):
        return Fault("auth", words, final=True)
    if status in (400, 404, 413, 415, 422, 500, 501) and any(word in hint for word in _NO_IMAGES):
        return Fault("images", words)
    if status == 404 or "model_not_found" in hint:
        return Fault("not_found", words, final=True)
    if 300 <= status < 400:
        return Fault("redirect", words, final=True)
    if status in (408, 409, 425) or status >= 500:
        return Fault("server", words, retry=True)
    told = "context" in hint and any(word in hint for word in ("length", "exceed", "window", "long", "maximum"))
    if told or any(word in hint for word in _TOO_LONG):
        return Fault("context", words)
    if "content_filter" in hint or "content management policy" in hint or "data_inspection_failed" in hint:
        return Fault("refused", words)
    return Fault("bad_request", words)


def answer(text: str, asked_at: str, total_s: float) -> Answer:
    """Read a whole chat completion.

    Raises:
        Fault: If it is none.
    """
    data = _json(text)
    if data.get("error") and not data.get("choices"):
        raise _late_fault(text, "in place of an answer")
    try:
        choice = data["choices"][0]
        message = choice["message"]
        calls = tuple(_call(call) for call in message.get("tool_calls") or ())
    except (KeyError, IndexError, TypeError, AttributeError):
        raise Fault("malformed", f"no chat completion: {_short(text)}", retry=True, billed=True) from None
    return _answer(
        data, str(message.get("content") or ""), message, choice.get("finish_reason"), calls, asked_at, total_s, None,
        logprobs(choice),
    )  # fmt: skip


@dataclass
class Stream:
    """A chat completion that arrives as server-sent events, line by line."""

    text: list[str] = field(default_factory=list)
    thinking: list[str] = field(default_factory=list)
    refusal: str = ""
    calls: list[dict[str, str]] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    finish_reason: str | None = None
    last: dict[str, Any] = field(default_factory=dict)
    first_token_s: float | None = None
    done: bool = False

    def feed(self, line: bytes, elapsed_s: float) -> None:
        """Take one line, `elapsed_s` seconds after the request was sent.

        Raises:
            Fault: If it is an error event or not JSON.
        """
        if not line.startswith(b"data:"):
            if line.startswith(b"{"):  # an error in the middle of a stream, not dressed as an event
                raise _late_fault(line.decode(errors="replace"), "in the stream")
            return
        said = line[5:].strip()
        if said == b"[DONE]":
            self.done = True
            return
        data = _json(said.decode(errors="replace"))
        if data.get("error"):
            raise _late_fault(said.decode(errors="replace"), "in the stream")
        self.last = {key: data.get(key) or self.last.get(key) for key in ("usage", "model")}
        try:
            for choice in data.get("choices") or ():
                self._take(choice, elapsed_s)
        except (TypeError, AttributeError, IndexError):
            words = _short(said.decode(errors="replace"))
            raise Fault("malformed", f"no event: {words}", retry=True, billed=True) from None

    def answer(self, asked_at: str, total_s: float) -> Answer:
        """The answer, once the stream has ended.

        Raises:
            Fault: If it broke off.
        """
        if self.finish_reason is None and not (self.done and (any(self.text) or self.refusal or self.calls)):
            raise Fault("network", "the stream broke off before the answer's end", retry=True, billed=True)
        message = {"reasoning_content": "".join(self.thinking), "refusal": self.refusal}
        calls = tuple(_call({"id": call["id"], "function": call}) for call in self.calls if any(call.values()))
        text = "".join(self.text)
        return _answer(
            self.last, text, message, self.finish_reason, calls, asked_at, total_s, self.first_token_s, self.logprobs
        )

    def _take(self, choice: Mapping[str, Any], elapsed_s: float) -> None:
        delta = choice.get("delta") or {}
        said, thought = delta.get("content") or "", delta.get("reasoning_content") or delta.get("reasoning") or ""
        called = delta.get("tool_calls") or ()
        if self.first_token_s is None and (said or thought or called):
            self.first_token_s = elapsed_s
        self.text.append(str(said))
        self.thinking.append(str(thought))
        self.logprobs += logprobs(choice)
        self.refusal += str(delta.get("refusal") or "")
        for part in called:
            self._call_part(part)
        self.finish_reason = choice.get("finish_reason") or self.finish_reason
        if choice.get("usage"):  # Moonshot
            self.last["usage"] = choice["usage"]

    def _call_part(self, part: Mapping[str, Any]) -> None:
        index, function = part.get("index"), part.get("function") or {}
        if index is None:  # Gemini sends no number, and sometimes no id; a new id or else a name begins a call
            last = self.calls[-1]["id"] if self.calls else None
            fresh = last is None or (part["id"] != last if part.get("id") else bool(function.get("name")))
            index = len(self.calls) - (not fresh)
        while len(self.calls) <= index <= 1_000:
            self.calls.append({"id": "", "name": "", "arguments": ""})
        call = self.calls[index]
        call["id"] = part.get("id") or call["id"]
        call["name"] += str(function.get("name") or "")
        call["arguments"] += str(function.get("arguments") or "")


def usage(reported: Any) -> tuple[Usage | None, str]:
    """Normalise an endpoint's usage: cached inside prompt, reasoning inside output.

    Returns:
        The usage, or None with the reason.
    """
    if not isinstance(reported, dict):
        return None, "no usage was reported"
    try:
        found = counts(reported)
    except UsageError:
        return None, f"the usage reported cannot be read: {_short(json.dumps(dict(reported), default=str))}"
    try:
        return Usage(**found), ""
    except UsageError as error:
        return None, f"the usage reported contradicts itself: {error}"


def logprobs(choice: Mapping[str, Any]) -> list[float]:
    """The log-probability of each token of a choice, or of a part of one that is streamed; none where none is told."""
    with suppress(LookupError, TypeError, ValueError, AttributeError):
        found = [float(token["logprob"]) for token in choice["logprobs"]["content"]]
        return [min(0.0, one) for one in found if one == one]  # -inf is a probability of 0; nan is none
    return []


def _answer(
    data: Mapping[str, Any],
    text: str,
    message: Mapping[str, Any],
    finish_reason: Any,
    calls: tuple[dict[str, str], ...],
    asked_at: str,
    total_s: float,
    first_token_s: float | None,
    told: Sequence[float],
) -> Answer:
    used, note = usage(data.get("usage"))
    refusal = str(message.get("refusal") or "")
    return Answer(
        text=_whole(text or refusal),
        finish_reason=_whole(str(finish_reason or "")),
        usage=used,
        asked_at=asked_at,
        total_s=total_s,
        first_token_s=first_token_s,
        confidence=math.exp(math.fsum(told) / len(told)) if told else None,
        tool_calls=calls,
        thinking=_whole(str(message.get("reasoning_content") or message.get("reasoning") or "")),
        served_by=_whole(str(data.get("model") or "")),
        note="; ".join(part for part in ("a refusal, in the field for refusals" if refusal else "", note) if part),
    )


def _call(call: Mapping[str, Any]) -> dict[str, str]:
    function = call["function"]
    made = {"id": call.get("id"), "name": function.get("name"), "arguments": function.get("arguments")}
    return {
        key: _whole(value if isinstance(value, str) else json.dumps(value) if value is not None else "")
        for key, value in made.items()
    }


def _late_fault(text: str, where: str) -> Fault:
    """An error that comes after status 200."""
    said, code = _error(text)
    status = int(code) if code.isdigit() and 400 <= int(code) < 600 else 500
    found = fault(status, text)
    return Fault(found.kind, f"{where}: {said}", found.retry, found.final, billed=True)


def _error(text: str) -> tuple[str, str]:
    """What an error body says, and its code; providers nest both differently."""
    said, code = text, ""
    with suppress(ValueError, RecursionError):
        data = json.loads(text)
        if isinstance(data, list) and len(data) == 1:  # Gemini
            data = data[0]
        inner = (data.get("error") or data) if isinstance(data, dict) else data
        if isinstance(inner, dict):
            said = str(inner.get("message") or inner.get("msg") or inner.get("detail") or json.dumps(inner))
            code = str(next((inner[key] for key in ("code", "type", "status") if inner.get(key)), ""))
        elif isinstance(inner, str):
            said = inner
    return _short(said) or "with an empty body", code


def _json(text: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        what = "a web page" if "<html" in text[:2_000].lower() else "not JSON"
        raise Fault("malformed", f"{what}, where a chat completion was due: {_short(text)}", retry=True, billed=True)
    return data


def _short(text: str) -> str:
    text = plain(" ".join(text.split()))
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "..."


def _whole(text: str) -> str:
    """Without the half characters that JSON can spell and no file can hold."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")

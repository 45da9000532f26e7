"""Read the OpenAI-compatible protocol: a body becomes an answer, an error in it an `ApiError`. Nothing is sent here.

Providers differ in small ways, and the differences end here: what reasoning text is called, how token counts are
spelled. OpenAI counts cached tokens in `prompt_tokens_details` or `input_tokens_details`, DeepSeek as
`prompt_cache_hit_tokens`, Moonshot as `cached_tokens`; OpenAI and OpenRouter say in the same details how many were
written to the cache. With all of them cached tokens are inside the prompt and reasoning tokens inside the output.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from kit.client.answers import Answer
from kit.client.api_errors import ApiError, late_error, one_line
from kit.errors import UsageError
from kit.pricing import Usage

__all__ = ["StreamAccumulator", "content_text", "logprobs", "read_answer", "read_usage", "token_counts"]

_PLACES: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    ("prompt", (("", "prompt_tokens"), ("", "input_tokens"))),
    (
        "cached",
        (
            ("prompt_tokens_details", "cached_tokens"),
            ("input_tokens_details", "cached_tokens"),
            ("", "prompt_cache_hit_tokens"),
            ("", "cached_tokens"),
        ),
    ),
    ("output", (("", "completion_tokens"), ("", "output_tokens"))),
    ("reasoning", (("completion_tokens_details", "reasoning_tokens"), ("output_tokens_details", "reasoning_tokens"))),
    ("written", (("prompt_tokens_details", "cache_write_tokens"), ("input_tokens_details", "cache_write_tokens"))),
)
"""Our name for a count, and where it may stand: in which object, under which name."""

_BOM = b"\xef\xbb\xbf"
"""Some servers put a byte order mark before the first event."""

_MOST = 2**53
"""A count beyond it is none, and no column could hold it."""


def read_answer(text: str, asked_at: str, total_s: float) -> Answer:
    """Read a whole chat completion.

    Raises:
        ApiError: If it is none.
    """
    data = _json(text.removeprefix("\ufeff"))
    if data.get("error") and not data.get("choices"):
        raise late_error(text, "in place of an answer")
    try:
        choice = data["choices"][0]
        message = choice["message"]
        calls = tuple(_call(call) for call in message.get("tool_calls") or ())
    except (KeyError, IndexError, TypeError, AttributeError):
        raise ApiError("malformed", f"no chat completion: {one_line(text)}", retry=True, billed=True) from None
    answer_text = content_text(message.get("content"))
    return _answer(
        data, answer_text, message, choice.get("finish_reason"), calls, asked_at, total_s, None,
        logprobs(choice),
    )  # fmt: skip


@dataclass
class StreamAccumulator:
    """A chat completion that arrives as server-sent events, line by line.

    Args:
        hide: Takes the key out of what an error repeats, before that is cut short.
    """

    hide: Callable[[str], str] = str
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
            ApiError: If it is an error event or not JSON.
        """
        if not line.startswith(b"data:"):
            line = line.removeprefix(_BOM)
        if not line.startswith(b"data:"):
            if line.startswith(b"{"):  # an error in the middle of a stream, not dressed as an event
                raise late_error(self.hide(line.decode(errors="replace")), "in the stream")
            return
        payload = line[5:].strip()
        if payload == b"[DONE]":
            self.done = True
            return
        data = _json(payload.decode(errors="replace"), self.hide)
        if data.get("error"):
            raise late_error(self.hide(payload.decode(errors="replace")), "in the stream")
        for key in ("usage", "model"):
            if data.get(key):
                self.last[key] = data[key]
        try:
            for choice in data.get("choices") or ():
                self._take(choice, elapsed_s)
        except (TypeError, AttributeError, IndexError):
            words = one_line(self.hide(payload.decode(errors="replace")))
            raise ApiError("malformed", f"no event: {words}", retry=True, billed=True) from None

    def answer(self, asked_at: str, total_s: float) -> Answer:
        """The answer, once the stream has ended.

        Raises:
            ApiError: If it broke off.
        """
        if self.finish_reason is None and not (self.done and (any(self.text) or self.refusal or self.calls)):
            raise ApiError("network", "the stream broke off before the answer's end", retry=True, billed=True)
        message = {"reasoning_content": "".join(self.thinking), "refusal": self.refusal}
        calls = tuple(_call({"id": call["id"], "function": call}) for call in self.calls if any(call.values()))
        text = "".join(self.text)
        return _answer(
            self.last, text, message, self.finish_reason, calls, asked_at, total_s, self.first_token_s, self.logprobs
        )

    def _take(self, choice: Mapping[str, Any], elapsed_s: float) -> None:
        delta = choice.get("delta") or {}
        piece = content_text(delta.get("content"))
        thought = delta.get("reasoning_content") or delta.get("reasoning") or ""
        called = delta.get("tool_calls") or ()
        if self.first_token_s is None and (piece or thought or called):
            self.first_token_s = elapsed_s
        self.text.append(piece)
        self.thinking.append(str(thought))
        if choice.get("logprobs"):
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


def content_text(content: Any) -> str:
    """The text of a message's content: itself, or of a list of parts the text in them; a picture has none."""
    if not isinstance(content, list):
        return str(content or "")
    texts = [part if isinstance(part, str) else part.get("text") for part in content if isinstance(part, str | dict)]
    return "".join(text for text in texts if isinstance(text, str))


def token_counts(reported: dict[str, Any]) -> dict[str, int]:
    """Read the usage that came with an answer, chat completion or response.

    Returns:
        `Usage`'s fields, as far as they are reported: prompt and output always. They may still contradict each other.

    Raises:
        UsageError: If prompt or output is missing, or a count is no whole number.
    """
    counts: dict[str, int] = {}
    for name, places in _PLACES:
        for inside, last in places:
            holder = reported.get(inside) or {} if inside else reported
            if not isinstance(holder, dict):
                raise UsageError(f"usage: {inside} is not an object; it should hold {last}")
            value = holder.get(last)
            if value is None:
                continue
            if type(value) is not int or value > _MOST:
                raise UsageError(f"usage: {last} is not a count of tokens")
            counts[name] = counts.get(name) or value  # two spellings of one count, one of them left at 0
    if not {"prompt", "output"} <= counts.keys():
        raise UsageError("usage: prompt or output tokens are missing; an answer has both")
    return counts


def read_usage(reported: Any) -> tuple[Usage | None, str]:
    """Normalise an endpoint's usage: cached inside prompt, reasoning inside output.

    Returns:
        The usage, or None with the reason.
    """
    if not isinstance(reported, dict):
        return None, "no usage was reported"
    try:
        counts = token_counts(reported)
    except UsageError:
        return None, f"the usage reported cannot be read: {one_line(json.dumps(dict(reported), default=str))}"
    try:
        return Usage(**counts), ""
    except UsageError as error:
        return None, f"the usage reported contradicts itself: {error}"


def logprobs(choice: Mapping[str, Any]) -> list[float]:
    """The log-probability of each token of a choice, or of a part of one that is streamed; none where none is told."""
    with suppress(LookupError, TypeError, ValueError, AttributeError):
        values = [float(token["logprob"]) for token in choice["logprobs"]["content"]]
        return [min(0.0, value) for value in values if value == value]  # -inf is a probability of 0; nan is none
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
    token_logprobs: Sequence[float],
) -> Answer:
    used, note = read_usage(data.get("usage"))
    refusal = str(message.get("refusal") or "")
    remarks = (
        "a refusal, in the field for refusals" if refusal else "",
        "the usage counts no output tokens for it" if used and not used.output and (text or calls) else "",
        note,
    )
    return Answer(
        text=_whole(text or refusal),
        finish_reason=_whole(str(finish_reason or "")),
        usage=used,
        asked_at=asked_at,
        total_s=total_s,
        first_token_s=first_token_s,
        confidence=math.exp(math.fsum(token_logprobs) / len(token_logprobs)) if token_logprobs else None,
        tool_calls=calls,
        thinking=_whole(str(message.get("reasoning_content") or message.get("reasoning") or "")),
        served_by=_whole(str(data.get("model") or "")),
        note="; ".join(filter(None, remarks)),
    )


def _call(call: Mapping[str, Any]) -> dict[str, str]:
    function = call["function"]
    fields = {"id": call.get("id"), "name": function.get("name"), "arguments": function.get("arguments")}
    return {
        key: _whole(value if isinstance(value, str) else json.dumps(value) if value is not None else "")
        for key, value in fields.items()
    }


def _json(text: str, hide: Callable[[str], str] = str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        found_kind = "a web page" if "<html" in text[:2_000].lower() else "not JSON"
        message = f"{found_kind}, where a chat completion was due: {one_line(hide(text))}"
        raise ApiError("malformed", message, retry=True, billed=True)
    return data


def _whole(text: str) -> str:
    """Without the half characters that JSON can spell and no file can hold."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")

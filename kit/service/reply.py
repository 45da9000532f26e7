"""Read the answer of a routed request: its bytes as they come, the whole answer, and the reply that a service gets."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from kit.client import ERROR_KINDS, Answer, ApiError, StreamAccumulator, logprobs, mask_for, read_answer
from kit.pricing import Usage

__all__ = ["WHY", "Left", "Reply", "Response", "ResponseReader"]

WHY = ERROR_KINDS | {
    "invalid": "the answer did not pass the check, or was empty",
    "unsure": "the answer's confidence was below the policy's threshold",
    "resting": "not asked: its circuit breaker is open",
}
"""Why a contender is left."""

_LONGEST_BYTES = 32 * 2**20


@dataclass(frozen=True)
class Left:
    """One contender that was left for the next.

    Attributes:
        contender: `model@way`.
        why: A key of `WHY`.
        words: The same in words, which may be the endpoint's own.
        calls: Times it was called.
    """

    contender: str
    why: str
    words: str
    calls: int

    def __str__(self) -> str:
        called = f" after {self.calls} calls" if self.calls > 1 else ""
        return f"{self.contender}: {self.why}{called} ({self.words})"


@dataclass(frozen=True)
class Reply:
    """The answer to one request.

    Attributes:
        text: What was said.
        value: What the check made of it: the parsed JSON, or what a callable returned; None without a check.
        contender: Who said it: `model@way`.
        tier: Its place among the kind's contenders, from 1.
        finish_reason: As the endpoint says it.
        tool_calls: Each with id, name and arguments (a string, as the model wrote it).
        usage: Of the call that was answered; None where the endpoint did not report it.
        confidence: 0 to 1, as the policy's `confidence` measures it; None where it was not measured.
        cost_usd: All calls of the request together; None where one's cost is not known.
        calls: How many calls there were.
        tried: Why each other contender was left. One of them may be the one that answered, where the answer was not
            sure and nobody after it answered at all.
        took_s: Seconds from the request to its answer.
    """

    text: str
    value: Any
    contender: str
    tier: int
    finish_reason: str
    tool_calls: tuple[dict[str, str], ...]
    usage: Usage | None
    confidence: float | None
    cost_usd: Decimal | None
    calls: int
    tried: tuple[Left, ...]
    took_s: float


@dataclass(frozen=True)
class Response:
    """One whole answer.

    Attributes:
        refused: Whether it is the provider's or the model's refusal, as the endpoint marks it.
        logprobs: Of each token, where the endpoint tells them.
        data: Model, id and usage, as the endpoint spells them.
    """

    answer: Answer
    refused: bool
    logprobs: tuple[float, ...]
    data: Mapping[str, Any]


@dataclass
class ResponseReader:
    """Takes an answer's bytes as they come.

    Args:
        events: Whether they are server-sent events, not one JSON text.
        secret: The key, which the endpoint may repeat, and which is not kept.
        asked_at: When it was asked for, ISO.
    """

    events: bool
    secret: str
    asked_at: str
    elapsed_s: float = 0.0
    _rest: bytes = b""
    _size: int = 0
    _stream: StreamAccumulator = field(init=False)
    _held: str = ""
    _parts: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._mask = mask_for(self.secret)
        self._stream = StreamAccumulator(self._mask.hide)

    @property
    def held(self) -> str:
        """Text that was held back, as it could have been the beginning of the key; complete after `end`."""
        return self._held

    @property
    def done(self) -> bool:
        """Return whether the stream has said that it is at its end."""
        return self._stream.done

    def feed(self, chunk: bytes, elapsed_s: float) -> str:
        """Take some bytes, `elapsed_s` seconds after the call began; returns the text that is new.

        Raises:
            ApiError: If they are no answer.
        """
        self.elapsed_s = elapsed_s
        self._size += len(chunk)
        if self._size > _LONGEST_BYTES:
            raise ApiError("malformed", f"an answer of over {_LONGEST_BYTES >> 20} MB", billed=True)
        if not self.events:
            self._parts.append(chunk)
            return ""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        before = len(self._stream.text)
        for line in lines:
            self._take(line)
        text, self._held = self._mask.part(self._held, "".join(self._stream.text[before:]))
        return text

    def end(self) -> Response:
        """All that was said, once the bytes have come to their end.

        Raises:
            ApiError: If it is no answer, or only part of one.
        """
        if self.events:
            self._take(self._rest)
            self._rest = b""
            answer = self._stream.answer(self.asked_at, self.elapsed_s)
            refused = bool(self._stream.refusal)
            data: Mapping[str, Any] = self._stream.last
            probabilities = self._stream.logprobs
        else:
            text = self._mask.hide(b"".join(self._parts).decode(errors="replace"))
            answer = read_answer(text, self.asked_at, self.elapsed_s)
            data = json.loads(text.removeprefix("\ufeff"))
            refused = bool(data["choices"][0]["message"].get("refusal"))
            probabilities = logprobs(data["choices"][0])
        refused = refused or answer.finish_reason == "content_filter"
        return Response(self._mask.clean(answer), refused, tuple(probabilities), data)

    def _take(self, line: bytes) -> None:
        self._stream.feed(line.strip(), self.elapsed_s)

"""One answer's bytes on their way in: what may be handed on already, and at the end all that was said."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kit.client import protocol
from kit.client.answers import Answer
from kit.client.protocol import Fault
from kit.service.faults import hidden

__all__ = ["Reader", "Said"]

_LONGEST_BYTES = 32 * 2**20


@dataclass(frozen=True)
class Said:
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
class Reader:
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
    _stream: protocol.Stream = field(default_factory=protocol.Stream)
    _parts: list[bytes] = field(default_factory=list)

    @property
    def done(self) -> bool:
        """Whether the stream has said that it is at its end."""
        return self._stream.done

    def feed(self, chunk: bytes, elapsed_s: float) -> str:
        """Take some bytes, `elapsed_s` seconds after the call began; returns the text that is new.

        Raises:
            Fault: If they are no answer.
        """
        self.elapsed_s = elapsed_s
        self._size += len(chunk)
        if self._size > _LONGEST_BYTES:
            raise Fault("malformed", f"an answer of over {_LONGEST_BYTES >> 20} MB", billed=True)
        if not self.events:
            self._parts.append(chunk)
            return ""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        before = len(self._stream.text)
        for line in lines:
            self._take(line)
        return "".join(self._stream.text[before:])

    def end(self) -> Said:
        """All that was said, once the bytes have come to their end.

        Raises:
            Fault: If it is no answer, or only part of one.
        """
        if self.events:
            self._take(self._rest)
            answer = self._stream.answer(self.asked_at, self.elapsed_s)
            refused = bool(self._stream.refusal)
            data: Mapping[str, Any] = self._stream.last
            logprobs = self._stream.logprobs
        else:
            text = hidden(b"".join(self._parts).decode(errors="replace"), self.secret)
            answer = protocol.answer(text, self.asked_at, self.elapsed_s)
            data = json.loads(text)
            refused = bool(data["choices"][0]["message"].get("refusal"))
            logprobs = protocol.logprobs(data["choices"][0])
        refused = refused or answer.finish_reason == "content_filter"
        return Said(answer, refused, tuple(logprobs), data)

    def _take(self, line: bytes) -> None:
        line = hidden(line.decode(errors="replace"), self.secret).strip().encode()
        self._stream.feed(line, self.elapsed_s)

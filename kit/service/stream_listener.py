"""Listen to an answer's bytes on their way to the caller: first token, tokens used, how it ended.

The bytes are the one place that every way of reading passes, be it `create(stream=True)`, `.stream()`, raw or
streaming responses. A response gets a subclass of its own class, whose byte iterators pass through a
`StreamListener` and whose closing ends it. Of a stream only the events that count are parsed, and none twice.
"""

import functools
import json
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from typing import Any

from kit.service import usage_rows

__all__ = ["StreamListener", "listen_to"]

_USAGE = re.compile(rb'"usage"\s*:\s*\{')
_NO_CHOICE = re.compile(rb'"choices"\s*:\s*\[\s*\]')
_CONTENT = ("content", "reasoning_content", "reasoning", "refusal", "tool_calls")


class StreamListener:
    """The part of one answer that has been received.

    Args:
        events: Whether the body is a stream of server-sent events, not one JSON text.
        hide: Whether the caller did not ask for the event that holds nothing but usage, and so must not see it.
        keep: Whether the text will be asked for, so that all events are kept.
        ended: Called once, when the answer has been read, broken off or thrown away.

    Attributes:
        first, last: `time.perf_counter()` at the first token and the last byte; None before.
        fault: Type of the error that broke it off.
    """

    def __init__(self, events: bool, hide: bool, keep: bool, ended: Callable[[], object]) -> None:
        self.first: float | None = None
        self.last: float | None = None
        self.fault: str | None = None
        self._events, self._hide, self._keep, self._ended = events, hide, keep, ended
        self._rest: list[bytes] = []
        self._lines: list[bytes] = []
        self._spent = self._final = b""
        self._inside = self._done = self._whole = False

    def through(self, source: Iterator[bytes]) -> Iterator[bytes]:
        """Hand the bytes on as they come."""
        self._inside = True  # while the source runs, a close is its own, and the end is told here
        try:
            for chunk in source:
                if heard := self._hear(chunk):
                    self._inside = False
                    yield heard
                    self._inside = True
            if rest := self._flush():
                yield rest
        except BaseException as error:
            self._broken(error)
            raise
        finally:
            self._inside = False
            self._ended()

    async def athrough(self, source: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Hand the bytes on as they come."""
        self._inside = True
        try:
            async for chunk in source:
                if heard := self._hear(chunk):
                    self._inside = False
                    yield heard
                    self._inside = True
            if rest := self._flush():
                yield rest
        except BaseException as error:
            self._broken(error)
            raise
        finally:
            self._inside = False
            self._ended()

    def closed(self) -> None:
        """The response has been closed."""
        if not self._inside:
            self._ended()

    def result(self) -> tuple[dict[str, Any], str, Callable[[], str]]:
        """Return what the answer adds to its row, its status, and how to have its text."""
        if not self._events:
            whole = _json(b"".join(self._rest))
            return (
                usage_rows.tokens(whole),
                usage_rows.status(whole) or self._ending(),
                lambda: usage_rows.whole_text(whole),
            )
        final, spent = _json(self._final), _json(self._spent)
        status = usage_rows.status(final) or ("ok" if self._done else None)
        words = self.fault or status or self._ending()
        return (
            usage_rows.tokens(final) | usage_rows.tokens(spent),
            words,
            lambda: usage_rows.streamed_text(map(_json, self._lines)),
        )

    def _ending(self) -> str:
        heard = "truncated" if self._final else "unreadable"
        return self.fault or (heard if self._whole else "closed")

    def _broken(self, error: BaseException) -> None:
        if not isinstance(error, GeneratorExit):
            self.fault = _client_name(error)

    def _hear(self, chunk: bytes) -> bytes:
        """Note what a chunk says; returns what the caller is to have of it."""
        self.last = time.perf_counter()
        if not self._events:
            self._rest.append(chunk)
            return chunk
        if b"\n" not in chunk:
            self._rest.append(chunk)
            return b"" if self._hide else chunk
        whole = b"".join((*self._rest, chunk)) if self._rest else chunk
        *lines, tail = whole.split(b"\n")
        self._rest = [tail] if tail else []
        unwanted = [line for line in lines if line and not self._listen(line)]
        if not self._hide:
            return chunk
        if not unwanted:
            return whole.removesuffix(tail)
        return b"".join(line + b"\n" for line in lines if line not in unwanted)

    def _flush(self) -> bytes:
        self._whole = True
        if not self._events:
            return b""
        rest = b"".join(self._rest)
        wanted = self._listen(rest)
        return rest if self._hide and wanted else b""

    def _listen(self, line: bytes) -> bool:
        """Note what a line says, and whether the caller is to have it."""
        line = line.removeprefix(b"\xef\xbb\xbf")
        if not line.startswith(b"data:"):
            return True
        if b"[DONE]" in line and line[5:].strip() == b"[DONE]":
            self._done = True
            return True
        if self._keep:
            self._lines.append(line)
        if self.first is None and _speaks(line):
            self.first = self.last
        if b'"usage"' in line and _USAGE.search(line):
            self._spent = line
            if _NO_CHOICE.search(line):
                return not self._hide
        self._final = line
        return True


def listen_to(response: Any, listener: StreamListener) -> None:
    """Let a response of httpx or httpx2 pass its bytes by a listener."""
    response._kit_listener = listener
    kind: Any = type(response)
    response.__class__ = _listening(kind)


@functools.cache
def _listening(kind: Any) -> Any:
    class Listening(kind):
        def iter_bytes(self, chunk_size: int | None = None) -> Iterator[bytes]:
            return self._kit_listener.through(super().iter_bytes(chunk_size))

        def aiter_bytes(self, chunk_size: int | None = None) -> AsyncIterator[bytes]:
            return self._kit_listener.athrough(super().aiter_bytes(chunk_size))

        def close(self) -> None:
            try:
                super().close()
            finally:
                self._kit_listener.closed()

        async def aclose(self) -> None:
            try:
                await super().aclose()
            finally:
                self._kit_listener.closed()

    Listening.__name__, Listening.__qualname__, Listening.__module__ = kind.__name__, kind.__qualname__, kind.__module__
    return Listening


def _speaks(line: bytes) -> bool:
    """Return whether an event brings the first of an answer: text, thought, refusal or a tool call."""
    event = _json(line)
    if str(event.get("type", "")).endswith(".delta"):
        return True
    with suppress(LookupError, TypeError, AttributeError):
        return any(event["choices"][0]["delta"].get(name) for name in _CONTENT)
    return False


def _json(line: bytes) -> dict[str, Any]:
    with suppress(ValueError, RecursionError):
        data = json.loads(line.removeprefix(b"data:"))
        if isinstance(data, dict):
            return data
    return {}


def _client_name(error: BaseException) -> str:
    """Return what the openai client makes of an error of the transport, else the error's own type."""
    if not type(error).__module__.partition(".")[0].startswith("http"):
        return type(error).__name__
    return "APITimeoutError" if "Timeout" in type(error).__name__ else "APIConnectionError"

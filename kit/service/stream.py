"""One request under way: the steps of its `Route` are done here, by a waiting thread or on an event loop.

The two classes differ in `await` and in nothing else; what to do is decided in the route.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
from contextlib import AsyncExitStack, ExitStack, closing
from typing import Any

from kit.errors import AskError
from kit.service.call_log import RoutedCall
from kit.service.clients import Clients, translate_error
from kit.service.reply import Reply
from kit.service.route import Route
from kit.service.steps import Connect, Open, Read, Wait

__all__ = ["AsyncStream", "Stream"]


class Stream:
    """The text of one answer as it comes. Read it to its end, or close it (`with`), and no connection stays open."""

    def __init__(self, route: Route, clients: Clients) -> None:
        self._route, self._clients = route, clients
        self._texts = self._run()
        self._client: Any = None
        self._secret = ""
        self._chunks: Iterator[bytes] = iter(())

    def __iter__(self) -> Iterator[str]:
        return self._texts

    def __enter__(self) -> "Stream":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @property
    def reply(self) -> Reply:
        """The whole answer, once the text has come to its end."""
        return _reply(self._route)

    def close(self) -> None:
        """Break it off."""
        self._texts.close()

    def finish(self) -> Reply:
        """Read it to its end."""
        for _ in self._texts:
            pass
        return self.reply

    def _run(self) -> Generator[str, None, None]:
        with ExitStack() as call, closing(self._route.steps()) as steps:
            turn, outcome = steps.send, None
            while True:
                try:
                    step = turn(outcome)
                except StopIteration:
                    return
                turn, outcome = steps.send, None
                if isinstance(step, str):
                    yield step
                    continue
                try:
                    outcome = self._do(step, call)
                except Exception as error:
                    turn, outcome = steps.throw, translate_error(error, self._secret)

    def _do(self, step: Connect | Open | Read | Wait, call: ExitStack) -> Any:
        if isinstance(step, Read):
            return next(self._chunks, None)
        call.close()  # the one before
        if isinstance(step, Wait):
            return time.sleep(step.seconds)
        if isinstance(step, Connect):
            self._client = self._clients.for_contender(step.call.contender)
            self._secret = _noted(step.call, self._client)
            return None
        response = call.enter_context(self._client.chat.completions.with_streaming_response.create(**_sent(step)))
        self._chunks = response.iter_bytes()
        return _is_events(response)


class AsyncStream:
    """The text of one answer as it comes. Read it to its end, or close it (`async with`), and no connection stays."""

    def __init__(self, route: Route, clients: Clients) -> None:
        self._route, self._clients = route, clients
        self._texts = self._run()
        self._client: Any = None
        self._secret = ""
        self._chunks: AsyncIterator[bytes]

    def __aiter__(self) -> AsyncIterator[str]:
        return self._texts

    async def __aenter__(self) -> "AsyncStream":
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    @property
    def reply(self) -> Reply:
        """The whole answer, once the text has come to its end."""
        return _reply(self._route)

    async def close(self) -> None:
        """Break it off."""
        await self._texts.aclose()

    async def finish(self) -> Reply:
        """Read it to its end."""
        async for _ in self._texts:
            pass
        return self.reply

    async def _run(self) -> AsyncGenerator[str, None]:
        async with AsyncExitStack() as call:
            with closing(self._route.steps()) as steps:
                turn, outcome = steps.send, None
                while True:
                    try:
                        step = turn(outcome)
                    except StopIteration:
                        return
                    turn, outcome = steps.send, None
                    if isinstance(step, str):
                        yield step
                        continue
                    try:
                        outcome = await self._do(step, call)
                    except Exception as error:
                        turn, outcome = steps.throw, translate_error(error, self._secret)

    async def _do(self, step: Connect | Open | Read | Wait, call: AsyncExitStack) -> Any:
        if isinstance(step, Read):
            return await anext(self._chunks, None)
        await call.aclose()  # the one before
        if isinstance(step, Wait):
            return await asyncio.sleep(step.seconds)
        if isinstance(step, Connect):
            # in a thread, since it may start a model
            self._client = await asyncio.to_thread(self._clients.for_contender, step.call.contender)
            self._secret = _noted(step.call, self._client)
            return None
        sent = self._client.chat.completions.with_streaming_response.create(**_sent(step))
        response = await call.enter_async_context(sent)
        self._chunks = response.iter_bytes()
        return _is_events(response)


def _reply(route: Route) -> Reply:
    if route.reply is None:
        raise AskError("reply: the stream has not been read to its end")
    return route.reply


def _noted(call: RoutedCall, client: Any) -> str:
    """Note in a call whom it goes to; returns the key."""
    key = str(client.api_key or "")
    call.host = client.base_url.host
    call.secret = "" if " " in key else key  # what stands there where no key is needed is words
    return call.secret


def _sent(step: Open) -> dict[str, Any]:
    """Return what `create` is called with: parameters that it does not know go along, too."""
    body = dict(step.body)
    named: dict[str, Any] = {key: body.pop(key) for key in ("model", "messages", "stream") if key in body}
    return {**named, "extra_body": body, "timeout": step.timeout_s}


def _is_events(response: Any) -> bool:
    return "event-stream" in response.headers.get("content-type", "")

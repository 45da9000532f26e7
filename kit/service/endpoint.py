"""The endpoint of a service that a call belongs to, kept apart by thread and by asyncio task.

The name is a context variable, so a task or `asyncio.to_thread` begun inside a block belongs to it, and a thread begun
inside starts without a name, unless it is run in `contextvars.copy_context()`. A generator shares its caller's
context: decorate it, and the name holds while it runs and not while it waits, which a `with` around a `yield` would
not do.
"""

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Generator
from contextvars import ContextVar
from types import TracebackType
from typing import Any, TypeVar, cast

__all__ = ["Endpoint", "current"]

_Function = TypeVar("_Function", bound=Callable[..., Any])

_NAMES: ContextVar[tuple[str, ...]] = ContextVar("kit.endpoint", default=())
"""Outermost first. A stack and no tokens: one `Endpoint` may be entered by many threads, and by itself."""


def current() -> str | None:
    """The innermost name that holds here."""
    names = _NAMES.get()
    return names[-1] if names else None


class Endpoint:
    """Name the calls made inside: `with Endpoint("classify"):`, or `@Endpoint("classify")` on any kind of function."""

    def __init__(self, name: str) -> None:
        self.name = str(name)

    def __enter__(self) -> None:
        _NAMES.set((*_NAMES.get(), self.name))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        names = _NAMES.get()
        if names and names[-1] == self.name:  # else left in another context than it was entered in, as generators can
            _NAMES.set(names[:-1])

    def __call__(self, function: _Function) -> _Function:
        """Decorate a function, a coroutine function, a generator or an asynchronous generator."""
        named: Callable[..., Any]
        if inspect.iscoroutinefunction(function):
            named = _coroutine(function, self)
        elif inspect.isasyncgenfunction(function):
            named = lambda *args, **kwargs: _AsyncSteps(function(*args, **kwargs), self)  # noqa: E731
        elif inspect.isgeneratorfunction(function):
            named = lambda *args, **kwargs: _Steps(function(*args, **kwargs), self)  # noqa: E731
        else:
            named = _plain(function, self)
        return cast(_Function, functools.wraps(function)(named))


def _plain(function: Callable[..., Any], endpoint: Endpoint) -> Callable[..., Any]:
    def named(*args: Any, **kwargs: Any) -> Any:
        with endpoint:
            return function(*args, **kwargs)

    return named


def _coroutine(function: Callable[..., Any], endpoint: Endpoint) -> Callable[..., Any]:
    async def named(*args: Any, **kwargs: Any) -> Any:
        with endpoint:
            return await function(*args, **kwargs)

    return named


class _Steps(Generator[Any, Any, Any]):
    """A generator whose every step has a name."""

    def __init__(self, inner: Generator[Any, Any, Any], endpoint: Endpoint) -> None:
        self._inner, self._endpoint = inner, endpoint

    def send(self, value: Any) -> Any:
        with self._endpoint:
            return self._inner.send(value)

    def throw(self, *error: Any) -> Any:
        with self._endpoint:
            return self._inner.throw(*error)


class _AsyncSteps(AsyncGenerator[Any, Any]):
    """An asynchronous generator whose every step has a name."""

    def __init__(self, inner: AsyncGenerator[Any, Any], endpoint: Endpoint) -> None:
        self._inner, self._endpoint = inner, endpoint

    async def asend(self, value: Any) -> Any:
        with self._endpoint:
            return await self._inner.asend(value)

    async def athrow(self, *error: Any) -> Any:
        with self._endpoint:
            return await self._inner.athrow(*error)

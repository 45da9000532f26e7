"""The steps of a request on its way: make a call, read from it, wait. `router` carries them out."""

from collections.abc import Callable, Generator, Hashable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeAlias, TypeVar

from kit.client import Request
from kit.pricing import Book
from kit.service.call_log import CallLog, RoutedCall
from kit.service.circuit_breaker import Breakers
from kit.service.policy import Policy

__all__ = ["Connect", "Open", "Read", "RoutedRequest", "RouterState", "Step", "Steps", "Wait"]

_T = TypeVar("_T")


@dataclass(frozen=True)
class Connect:
    """Have a client for this call, and note in it whom it goes to."""

    call: RoutedCall


@dataclass(frozen=True)
class Open:
    """Make the call; its outcome is whether the answer comes as a stream of events."""

    body: Mapping[str, Any]
    timeout_s: float


@dataclass(frozen=True)
class Read:
    """Read the next bytes of the call under way; their outcome at the end is None."""


@dataclass(frozen=True)
class Wait:
    """Sleep so many seconds."""

    seconds: float


Step: TypeAlias = Connect | Open | Read | Wait | str
"""A text is to be handed on to whoever reads the stream."""

Steps: TypeAlias = Generator[Step, Any, _T]
"""Yields steps, is sent what comes of each, or has a ApiError thrown in; and returns its result."""


@dataclass(frozen=True)
class RoutedRequest:
    """One request as the caller puts it.

    Attributes:
        request: Its id is the kind of request.
        check: Returns the value of a text, or raises Invalid.
        vote: What two texts must share to say the same.
        streamed: Whether text is handed on as it comes.
        budget_usd: Most that it may cost; None for no limit.
        ended: Called with the reply, or with None where nobody answered.
    """

    request: Request
    check: Callable[[str], Any]
    vote: Callable[[str], Hashable]
    streamed: bool
    budget_usd: Decimal | None
    ended: Callable[[Any], object] = bool


@dataclass
class RouterState:
    """The state that all requests of a router share; each part minds threads by itself.

    Attributes:
        clock: Seconds, from any start.
        unwelcome: Contender and parameter, where an endpoint refused what we had added.
    """

    policy: Policy
    book: Book | None
    call_log: CallLog
    breakers: Breakers
    clock: Callable[[], float]
    unwelcome: set[tuple[str, str]] = field(default_factory=set)

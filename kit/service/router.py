"""The two routers: what a service calls."""

import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from kit import client
from kit.client import Request
from kit.errors import AskError
from kit.pricing import Book
from kit.service import validators
from kit.service.call_log import CallLog
from kit.service.canary import Canary
from kit.service.circuit_breaker import Breakers
from kit.service.clients import Clients
from kit.service.confidence import same
from kit.service.policy import ARTICLE, Policy
from kit.service.reply import Reply
from kit.service.route import Route
from kit.service.shadow import Shadow
from kit.service.steps import RoutedRequest, RouterState
from kit.service.stream import AsyncStream, Stream
from kit.service.validators import Check

__all__ = ["AsyncRouter", "Router"]

_Messages = Sequence[Mapping[str, Any]]
_Vote = Callable[[str], Hashable]
_Usd = Decimal | str | None


class _Routes:
    """The parts that both routers are made of."""

    _async: bool

    def __init__(
        self,
        policy: Policy | Mapping[str, Any] | str | Path = ARTICLE,
        *,
        book: Book | None = None,
        log: str | Path | None = None,
        clients: Mapping[str, Any] | None = None,
        clock: Callable[[], float] = time.monotonic,
        shadow: Shadow | None = None,
        canary: Canary | None = None,
    ) -> None:
        self.policy = Policy.read(policy)
        if self.policy.budget_usd is not None and book is None:
            raise AskError(f"{self.policy.source}: budget_usd needs a price book, such as kit.pricing.ListBook()")
        self.shadow, self.canary = shadow, canary
        tried = self.policy.with_canary(canary.contender, canary.kinds) if canary else self.policy
        self._clients = Clients(tried, clients or {}, self._async, log is not None)
        self.breakers = Breakers(self.policy.failures, self.policy.rest_s, clock)
        self._shared = RouterState(self.policy, book, CallLog(log), self.breakers, clock)
        self._trying = replace(self._shared, policy=tried)

    def _route(
        self,
        request: Request,
        validate: Check | None,
        budget_usd: _Usd,
        vote: _Vote = same,
        streamed: bool = False,
        sticky: str = "",
    ) -> Route:
        client.check_requests([request])
        limit = self.policy.budget_usd if budget_usd is None else client.budget_amount(budget_usd)
        trying = self.canary is not None and self.canary.assigned(request.id, sticky)

        def ended(reply: Reply | None) -> None:
            if self.canary and (not self.canary.kinds or request.id in self.canary.kinds):
                self.canary.observe(trying, reply is not None and reply.tier == 1)
            if self.shadow and reply and not reply.tool_calls and reply.contender != self.shadow.contender.id:
                more = {**request.parameters, "tools": request.tools}
                self.shadow.consider(request.messages, more, reply.contender, reply.text)

        order = RoutedRequest(request, validators.check(validate), vote, streamed, limit, ended)
        return Route(order, self._trying if trying else self._shared)


class Router(_Routes):
    """Sends each request to the contenders of its kind, in order, until one answers as it should.

    Any number of threads may share it.

    Args:
        policy: A Policy, a YAML file, or a mapping laid out alike; the article's three rules if left out.
        book: Price book for what calls cost; without one no cost is known, and no budget can be kept.
        log: JSONL file that gets a usage row for each call, with the decision made of it (`routing.call_log`).
        clients: Your own openai clients (metered ones, say): `model@way`, or a provider, -> client. Their own retries
            are switched off.
        clock: Seconds, from any start, for deadlines and circuit breakers.
        shadow: Sends a share of the requests to another model too, after the answer.
        canary: Lets a share of the requests ask a new model first.

    Attributes:
        breakers: The circuit breakers, by contender.

    Raises:
        AskError: If the policy or a client cannot be used, or a key that is needed is not set.
        UsageError: If the log cannot be written to.
    """

    _async = False

    def __enter__(self) -> "Router":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def create(
        self,
        messages: _Messages,
        kind: str = "",
        *,
        validate: Check | None = None,
        vote: _Vote = same,
        budget_usd: _Usd = None,
        tools: _Messages = (),
        sticky: str = "",
        **parameters: Any,
    ) -> Reply:
        """Answer one request.

        Args:
            messages, tools, parameters: As in a chat completion.
            kind: As in the policy.
            validate: A JSON schema; or a callable that takes the text, and raises or returns False if it is not good
                enough, such as a pydantic model's `model_validate_json`.
            vote: For self-consistency: what two texts must share to say the same.
            budget_usd: Most that all its calls together may cost; the policy's, if left out.
            sticky: A user or conversation, who is assigned to a canary once and for all.

        Raises:
            RouteError: If nobody answers, or no other contender could cure what is wrong; it names each one's reason.
            AskError: If the request cannot be asked, or its budget not be kept; nothing has been sent then.
        """
        route = self._route(Request(kind, messages, parameters, tools), validate, budget_usd, vote, sticky=sticky)
        return Stream(route, self._clients).finish()

    def stream(
        self,
        messages: _Messages,
        kind: str = "",
        *,
        validate: Check | None = None,
        budget_usd: _Usd = None,
        tools: _Messages = (),
        sticky: str = "",
        **parameters: Any,
    ) -> Stream:
        """Answer one request as it comes: iterate over the text, then see `reply`.

        Another contender can be asked only while no text has been handed on. What goes wrong later is raised, a
        failed check of the whole text among it; confidence is measured, and nothing follows from it.
        """
        route = self._route(
            Request(kind, messages, parameters, tools), validate, budget_usd, streamed=True, sticky=sticky
        )
        return Stream(route, self._clients)

    def close(self) -> None:
        """Close the clients that are not your own."""
        for one in self._clients.take_own():
            one.close()


class AsyncRouter(_Routes):
    """`Router` for asyncio; one for each event loop, as its connections belong to one.

    Close it before the loop ends: `async with AsyncRouter(...) as router`.
    """

    _async = True

    async def __aenter__(self) -> "AsyncRouter":
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    async def create(
        self,
        messages: _Messages,
        kind: str = "",
        *,
        validate: Check | None = None,
        vote: _Vote = same,
        budget_usd: _Usd = None,
        tools: _Messages = (),
        sticky: str = "",
        **parameters: Any,
    ) -> Reply:
        """Answer one request, as `Router.create` does."""
        route = self._route(Request(kind, messages, parameters, tools), validate, budget_usd, vote, sticky=sticky)
        return await AsyncStream(route, self._clients).finish()

    def stream(
        self,
        messages: _Messages,
        kind: str = "",
        *,
        validate: Check | None = None,
        budget_usd: _Usd = None,
        tools: _Messages = (),
        sticky: str = "",
        **parameters: Any,
    ) -> AsyncStream:
        """Answer one request as it comes, as `Router.stream` does: `async for` over the text, then `reply`."""
        route = self._route(
            Request(kind, messages, parameters, tools), validate, budget_usd, streamed=True, sticky=sticky
        )
        return AsyncStream(route, self._clients)

    async def close(self) -> None:
        """Close the clients that are not your own."""
        for one in self._clients.take_own():
            await one.close()

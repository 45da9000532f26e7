"""Exchanges: one request to an endpoint and what came back, kept as evidence without the key."""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import aiohttp

from kit.client import (
    Answer,
    ApiError,
    Contender,
    StreamAccumulator,
    advise,
    mask_for,
    read_answer,
    read_error,
    token_counts,
    unheard,
    wait_s,
)
from kit.errors import PriceError, UsageError
from kit.pricing import Book, Usage, cost

__all__ = ["Asker", "Exchange", "ProbedEndpoint"]

_KEPT = 1_500
"""Characters of a body that the evidence keeps."""

_PATIENCE_S = 10.0
"""Longest wait that an endpoint may ask for before a call is made once more."""


@dataclass
class Exchange:
    """One request and its outcome.

    Attributes:
        sent: The body, or `{"GET": path}`.
        status: Of HTTP; 0 where nothing came back.
        text: What came back, without the key.
        answer: The chat completion, where it is one.
        error: Why there is none; None for a list that was asked for and came.
    """

    sent: Mapping[str, Any]
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    seconds: float = 0.0
    answer: Answer | None = None
    error: ApiError | None = None

    @property
    def data(self) -> Any:
        """The body as JSON; None if it is not JSON."""
        with suppress(ValueError, RecursionError):
            return json.loads(self.text)
        return None

    @property
    def events(self) -> list[Mapping[str, Any]]:
        """The events of a streamed answer."""
        events = []
        for line in self.text.splitlines():
            with suppress(ValueError):
                events.append(json.loads(line.removeprefix("data:")))
        return [event for event in events if isinstance(event, dict)]

    @property
    def counts(self) -> dict[str, int]:
        """Token counts as they were reported; none where they were not."""
        bodies = [self.data] if isinstance(self.data, dict) else self.events
        for body in reversed(bodies):
            if isinstance(body.get("usage"), dict):
                with suppress(UsageError):
                    return token_counts(body["usage"])
        return {}

    @property
    def choices(self) -> Sequence[Mapping[str, Any]]:
        """The choices of an answer that came in one piece."""
        data = self.data
        choices = data.get("choices") if isinstance(data, dict) else None
        return [one for one in choices if isinstance(one, dict)] if isinstance(choices, list) else []

    def to_dict(self) -> dict[str, Any]:
        """The exchange as evidence."""
        sent = json.dumps(self.sent, ensure_ascii=False)
        return {
            "sent": sent if len(sent) <= _KEPT else sent[:_KEPT] + "...",
            "status": self.status,
            "got": self.text if len(self.text) <= _KEPT else self.text[:_KEPT] + "...",
            "error": self.error.message if self.error else "",
        }


@dataclass
class ProbedEndpoint:
    """The endpoint of one contender, and what all checks share.

    Attributes:
        limit: What it calls the limit of output tokens.
        limit_tokens: Output tokens that a short answer needs; more where a model thinks first.
        remembered: Exchanges that later checks compare with, by name.
        budget: Most that the probe may cost, in USD; None for no limit.
        spent: What it has cost so far; `unpriced` is true once a cost is not known.
    """

    contender: Contender
    base_url: str
    pool: aiohttp.ClientSession
    book: Book | None = None
    budget: Decimal | None = None
    limit: str = "max_tokens"
    limit_tokens: int = 48
    remembered: dict[str, Exchange] = field(default_factory=dict)
    calls: int = 0
    spent: Decimal = Decimal(0)
    unpriced: bool = False

    def __post_init__(self) -> None:
        self.secret = self.contender.secret()
        self._mask = mask_for(self.secret)

    async def send(self, body: Mapping[str, Any], key: str | None = None, hang_up: bool = False) -> Exchange:
        """Post a chat completion; what a full minute or a dropped line keeps back is sent once more.

        Args:
            key: Another key than the contender's.
            hang_up: True to leave after the first bytes of the answer.
        """
        exchange = await self._once("POST", "/chat/completions", body, key, hang_up)
        error = exchange.error
        if error and error.kind in ("rate_limit", "network") and (error.wait or 0) <= _PATIENCE_S:
            await asyncio.sleep(error.wait or 0.5)
            exchange = await self._once("POST", "/chat/completions", body, key, hang_up)
        self._charge(exchange)
        return exchange

    async def get(self, path: str) -> Exchange:
        """Fetch a list."""
        return await self._once("GET", path, None, None, False)

    async def _once(
        self, method: str, path: str, body: Mapping[str, Any] | None, key: str | None, hang_up: bool
    ) -> Exchange:
        self.calls += 1
        exchange = Exchange(body if body is not None else {"GET": path})
        started, asked_at = time.perf_counter(), datetime.now(UTC).isoformat(timespec="milliseconds")
        secret = self.secret if key is None else key
        headers = {"Authorization": f"Bearer {secret}"} if secret else {}
        if self.contender.base_url is None:
            headers["Connection"] = "close"
        try:
            async with self.pool.request(
                method, self.base_url.rstrip("/") + path, json=body, headers=headers, allow_redirects=False
            ) as response:
                exchange.status, exchange.headers = response.status, dict(response.headers)
                if hang_up:
                    exchange.text = (await response.content.read(1)).decode(errors="replace")
                    response.close()
                    return exchange
                raw = await response.read()
                exchange.text = self._mask.hide(raw.decode(errors="replace"))
                exchange.seconds = time.perf_counter() - started
                if response.status != 200:
                    exchange.error = read_error(response.status, exchange.text)
                    exchange.error.wait = wait_s(response.headers, time.time())
                elif body is not None:
                    exchange.answer = self._mask.clean(_answer(exchange, asked_at))
                elif not isinstance(exchange.data, dict):
                    exchange.error = ApiError("malformed", "not JSON, where a list was due")
        except ApiError as error:
            exchange.error = error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            exchange.error = unheard(error, self.base_url)
        if exchange.error and key is None:
            location = exchange.headers.get("Location", "")
            words = advise(
                exchange.error, self.base_url, exchange.status, self.contender.key or "", self.secret, location
            )
            exchange.error.message = self._mask.hide(exchange.error.message + words)
        return exchange

    def _charge(self, exchange: Exchange) -> None:
        if exchange.answer is None:
            return
        usage, book, model = exchange.answer.usage, self.book, self.contender.model
        usd = None
        with suppress(PriceError):
            usd = cost(usage, book.rate(model, datetime.now(UTC))) if usage and book and book.knows(model) else None
        self.unpriced |= usd is None
        self.spent += usd or Decimal(0)

    def price(self, prompt: int, output: int) -> Decimal | None:
        """Return what so many tokens cost now; None where no price is known."""
        if self.book is None or not self.book.knows(self.contender.model):
            return None
        return cost(Usage(prompt, 0, output), self.book.rate(self.contender.model, datetime.now(UTC)))


@dataclass
class Asker:
    """The connection of one check, with its exchanges as the check's evidence."""

    at: ProbedEndpoint
    exchanges: list[Exchange] = field(default_factory=list)

    async def chat(
        self,
        prompt: str | Sequence[Mapping[str, Any]],
        tokens: int | None = None,
        key: str | None = None,
        hang_up: bool = False,
        **parameters: Any,
    ) -> Exchange:
        """Put one question.

        Args:
            prompt: A user's text, or messages.
            tokens: Most output tokens; what a short answer needs, if left out.
            parameters: As in a chat completion; None leaves out what would be sent otherwise.
        """
        messages = [{"role": "user", "content": prompt}] if isinstance(prompt, str) else list(prompt)
        body = {
            "model": self.at.contender.called, "messages": messages,
            self.at.limit: tokens or self.at.limit_tokens, **self.at.contender.defaults, **parameters,
        }  # fmt: skip
        exchange = await self.at.send({name: value for name, value in body.items() if value is not None}, key, hang_up)
        self.exchanges.append(exchange)
        return exchange

    async def get(self, path: str) -> Exchange:
        """Fetch a list, such as `/models`."""
        self.exchanges.append(await self.at.get(path))
        return self.exchanges[-1]


def _answer(exchange: Exchange, asked_at: str) -> Answer:
    if "event-stream" not in exchange.headers.get("Content-Type", ""):
        return read_answer(exchange.text, asked_at, exchange.seconds)
    stream = StreamAccumulator()
    for line in exchange.text.encode().split(b"\n"):
        stream.feed(line.strip(), exchange.seconds)
    return stream.answer(asked_at, exchange.seconds)

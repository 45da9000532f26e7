"""A shadow: a share of live requests goes to another model too, after the caller has the answer, to see what it says.

The caller waits for none of it: it draws a number, and hands over what was sampled to a thread with an event loop of
its own. What cannot be sent at once is dropped and counted. Each shadow call leaves a usage row, as a meter's, and
below `kit.shadow.`:

    contender      who was asked
    of             the contender that answered the caller
    agrees         whether both said the same, by the vote
    cost_usd       of the shadow call, as text; absent where it is not known
"""

import asyncio
import atexit
import json
import os
import random
import threading
from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kit.client import (
    Answer,
    ApiError,
    ContenderLike,
    Request,
    budget_amount,
    most_tokens,
    most_usd,
    read_contenders,
    request_body,
    shared_url,
)
from kit.errors import AskError
from kit.pricing import Book, cost
from kit.redaction import redact
from kit.service import usage_rows
from kit.service.call_log import name
from kit.service.confidence import same
from kit.service.endpoint import current
from kit.service.usage_log import RotatingFile, UsageLog

if TYPE_CHECKING:
    from kit.client import ChatEndpoint

__all__ = ["Shadow"]

_MAX_BYTES = 100_000_000
_SENT = frozenset(("model", "messages", "stream", "stream_options", "extra_body", "timeout", "tools", "tool_choice"))
_UNDER_WAY = 64


class Shadow:
    """Sends sampled requests to one contender and logs whether it agrees. Any number of routers may share it.

    Args:
        contender: The model to ask too: the old one, after a move.
        share: Of the requests, 0 to 1.
        log: JSONL file for its rows.
        usd_per_day: Most that it may cost in a day (UTC), in this process; what the log says was spent today counts.
        book: Price book for that.
        vote: What two texts must share to say the same; the trimmed text in lower case if left out.
        timeout_s: Seconds for one answer.
        draw: Returns a number from 0 to 1; for tests.

    Attributes:
        dropped: Sampled requests that were not sent, as too many were under way.
        over_budget: Those that could have passed the budget.

    Raises:
        AskError: If the contender, its key, the share or the budget cannot be used.
        UsageError: If the log cannot be written to.
    """

    def __init__(
        self,
        contender: ContenderLike,
        *,
        share: float,
        log: str | Path,
        usd_per_day: Decimal | str,
        book: Book,
        vote: Callable[[str], Hashable] = same,
        timeout_s: float = 60,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self.contender = read_contenders(contender)[0]
        self._secret = self.contender.secret()
        if not 0 < share <= 1:
            raise AskError(f"shadow: share is {share}; it is a part of the requests, above 0 and up to 1")
        budget = budget_amount(usd_per_day)
        if budget is None:
            raise AskError("shadow: usd_per_day is missing; it is the most that a day may cost")
        if not book.knows(self.contender.model):
            raise AskError(
                f"shadow: {self.contender.id} has no price in the {book.name} book, so no budget can be kept"
            )
        self._share, self._budget, self._book, self._vote = share, budget, book, vote
        self._timeout_s, self._draw = timeout_s, draw
        self._log = UsageLog(RotatingFile(log, _MAX_BYTES), None)
        self._day, self._spent = "", Decimal(0)
        self._path, self._lock = Path(log), threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._chat: ChatEndpoint | None = None
        self._process = self._active = 0
        self._idle = threading.Event()
        self._idle.set()
        self.dropped = self.over_budget = 0

    def consider(
        self, messages: Sequence[Mapping[str, Any]], parameters: Mapping[str, Any], answered_by: str, text: str
    ) -> bool:
        """Sample one request that was answered; returns whether it is sent. Takes microseconds.

        A request that could act is never sent: one with tools, or whose messages hold calls of tools.
        """
        if self._draw() >= self._share or _acts(messages, parameters):
            return False
        with self._lock:
            if self._active >= _UNDER_WAY:
                self.dropped += 1
                return False
            self._active += 1
            self._idle.clear()
        sent = {key: value for key, value in parameters.items() if key not in _SENT and value is not None}
        request = Request("shadow", list(messages), sent)
        asyncio.run_coroutine_threadsafe(self._send(request, answered_by, text, current()), self._running())
        return True

    def wait(self, timeout_s: float = 60) -> bool:
        """Wait until nothing is under way, as at the end of a program; False if that took too long."""
        return self._idle.wait(timeout_s)

    def _running(self) -> asyncio.AbstractEventLoop:
        """The event loop of this process, begun with its first request: a fork has none of its parent's threads."""
        with self._lock:
            if self._loop is None or self._process != os.getpid():
                self._loop, self._process, self._chat = asyncio.new_event_loop(), os.getpid(), None
                self._active = 1
                threading.Thread(target=self._loop.run_forever, name="kit-shadow", daemon=True).start()
            return self._loop

    async def _send(self, request: Request, answered_by: str, text: str, endpoint: str | None) -> None:
        try:
            body = request_body(request, self.contender)
            most = most_usd(body, self.contender, self._book.rate(self.contender.model, _now(), most_tokens(body)))
            if not self._reserve(most):
                self.over_budget += 1
                return
            await self._ask(body, most, answered_by, text, endpoint)
        except Exception as error:  # nothing that goes wrong here may reach the service
            self._log.warn("a request could not be shadowed", error)
        finally:
            with self._lock:
                self._active -= 1
                if not self._active:
                    self._idle.set()

    async def _ask(
        self, body: Mapping[str, Any], most: Decimal, answered_by: str, text: str, endpoint: str | None
    ) -> None:
        from kit.client import ChatEndpoint, client_session  # which a service without a shadow does not need

        url, at = self.contender.base_url or str(await asyncio.to_thread(shared_url)), _now()
        outcome: Answer | ApiError
        spent = most
        try:
            if self._chat is None:
                pool = client_session(url, self._timeout_s, self._timeout_s)
                self._chat = ChatEndpoint(self.contender, url, pool)
                atexit.register(_close, pool, asyncio.get_running_loop(), os.getpid())
            outcome, _ = await self._chat.send(json.dumps(body).encode(), False)
            usd = self._cost(outcome, at)
            spent = most if usd is None else usd
        except ApiError as error:
            outcome, usd = error, None
            spent = most if error.billed or error.kind == "server" else Decimal(0)
        finally:
            self._spent += spent - most
        self._write(outcome, usd, at, answered_by, text, endpoint)

    def _write(
        self,
        outcome: Answer | ApiError,
        usd: Decimal | None,
        at: datetime,
        answered_by: str,
        text: str,
        endpoint: str | None,
    ) -> None:
        host = (self.contender.base_url or "").partition("://")[2].partition("/")[0].partition(":")[0]
        row = {
            "time": at.isoformat(timespec="milliseconds")[:-6] + "Z",
            "kit.id": name(),
            "kit.endpoint": endpoint,
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": usage_rows.provider(host),
            "server.address": host,
            "gen_ai.request.model": self.contender.called,
            "kit.shadow.contender": self.contender.id,
            "kit.shadow.of": answered_by,
            "kit.shadow.cost_usd": None if usd is None else f"{usd:f}",
        }
        row |= self._failed(outcome) if isinstance(outcome, ApiError) else self._answered(outcome, text)
        self._log.write({key: value for key, value in row.items() if value is not None}, self._secret)

    def _failed(self, error: ApiError) -> dict[str, Any]:
        return {"kit.status": error.kind, "error.type": error.kind, "kit.shadow.words": redact(error.message)}

    def _answered(self, answer: Answer, text: str) -> dict[str, Any]:
        used = answer.usage
        return {
            "gen_ai.usage.input_tokens": used and used.prompt,
            "gen_ai.usage.output_tokens": used and used.output,
            "gen_ai.usage.cache_read.input_tokens": used and used.cached,
            "gen_ai.usage.reasoning.output_tokens": used and used.reasoning,
            "kit.latency_s": round(answer.total_s, 6),
            "kit.status": "ok",
            "kit.shadow.agrees": self._vote(answer.text) == self._vote(text),
        }

    def _reserve(self, most: Decimal) -> bool:
        today = f"{_now():%Y-%m-%d}"
        if today != self._day:
            self._day, self._spent = today, _spent(self._path, today) if not self._day else Decimal(0)
        if self._spent + most > self._budget:
            return False
        self._spent += most
        return True

    def _cost(self, answer: Answer, at: datetime) -> Decimal | None:
        if answer.usage is None:
            return None
        return cost(answer.usage, self._book.rate(self.contender.model, at, answer.usage.prompt))


def _acts(messages: Sequence[Mapping[str, Any]], parameters: Mapping[str, Any]) -> bool:
    """Return whether a request could make somebody act: it offers tools, or goes on from calls of them."""
    offered = any(parameters.get(key) for key in ("tools", "functions", "mcp_servers", "web_search_options"))
    return offered or any(one.get("tool_calls") or one.get("role") in ("tool", "function") for one in messages)


def _spent(path: Path, day: str) -> Decimal:
    """Return what the log says was spent on a day."""
    total = Decimal(0)
    with suppress(OSError):
        for line in path.read_text(encoding="utf-8").splitlines():
            with suppress(ValueError, ArithmeticError, AttributeError):
                row = json.loads(line)
                if str(row.get("time", "")).startswith(day):
                    total += Decimal(row.get("kit.shadow.cost_usd") or 0)
    return total


def _close(pool: Any, loop: asyncio.AbstractEventLoop, process: int) -> None:
    """Close connections at the program's end, where the loop's thread still runs."""
    if process == os.getpid():
        with suppress(Exception):
            asyncio.run_coroutine_threadsafe(pool.close(), loop).result(1)


def _now() -> datetime:
    return datetime.now(UTC)

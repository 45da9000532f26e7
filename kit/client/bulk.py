"""Ask many questions at once: a queue for each provider, workers in each queue, an answer on disk before it counts.

What is worth asking again is asked again; what no asking can cure closes the contender, so that a wrong key costs one
refusal and not ten thousand.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice, zip_longest

from kit.client import budget, requests
from kit.client.answers import Answer, Failure
from kit.client.api_errors import ApiError
from kit.client.contenders import Contender
from kit.client.http import ChatEndpoint, client_session
from kit.client.local_model import SLOTS, shared_url
from kit.client.progress import Bar
from kit.client.rate_limit import RateLimiter, backoff_s
from kit.client.requests import Request
from kit.client.store import Store
from kit.errors import PriceError, StoreError
from kit.pricing import Book, cost

__all__ = ["BatchRunner", "PlannedRequest", "Settings"]

_POLL_S = 0.5
"""Between looks at what another process is asking."""

_LONG_WAIT_S = 10.0
"""A wait that is told."""

_FIRST_S = 2.0
"""Longest time that others wait for a contender's first request; a refusal comes sooner."""

_FRUITLESS = 5
"""Requests in a row that used up all their attempts, without one answer, after which a contender is taken for down."""


@dataclass(frozen=True, slots=True)
class PlannedRequest:
    """One question for one contender, and the key that its answer goes under."""

    contender: Contender
    request: Request
    key: bytes


@dataclass(frozen=True)
class Settings:
    """Options of one run; `client.ask` documents each."""

    stream: bool
    concurrency: int
    attempts: int
    timeout_s: float
    stall_s: float
    patience_s: float
    budget: Decimal | None
    book: Book | None


@dataclass
class _ProviderQueue:
    """One provider: its limiter, its contenders' endpoints, and those of them that are closed."""

    limiter: RateLimiter
    endpoints: dict[str, ChatEndpoint]
    closed: dict[str, ApiError] = field(default_factory=dict)
    fruitless: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    answered: int = 0
    accepted: dict[str, asyncio.Event] = field(default_factory=dict)


class BatchRunner:
    """One asking. `failures` holds what has no answer in the end, by key."""

    def __init__(self, store: Store, settings: Settings, bar: Bar):
        self.failures: dict[bytes, Failure] = {}
        self._store, self._settings, self._bar = store, settings, bar
        self._budget = budget.Budget(settings.budget)
        self._workers: set[asyncio.Task[None]] = set()
        self._sending: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = ""
        self._broken: StoreError | None = None

    def ask(self, jobs: Sequence[tuple[Contender, Iterable[PlannedRequest]]]) -> None:
        """Ask until each job has its answer or its failure.

        Args:
            jobs: Contenders with theirs. Contenders of one provider take turns, so that all meet the same weather.

        Raises:
            StoreError: If answers can no longer be written; nothing more is sent then.
        """
        asyncio.run(self._all(jobs))
        if self._broken:
            raise self._broken

    def stop(self, now: bool = False) -> None:
        """Send nothing more, and return when what is under way has come back; `now`: without waiting for it."""
        if self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._halt, "stopped by the user", now)

    async def _all(self, jobs: Sequence[tuple[Contender, Iterable[PlannedRequest]]]) -> None:
        self._loop = asyncio.get_running_loop()
        queues: dict[str, list[tuple[Contender, Iterable[PlannedRequest]]]] = defaultdict(list)
        for contender, planned in jobs:
            queues[contender.place].append((contender, planned))
        await asyncio.gather(*(self._ask_provider(jobs_of_provider) for jobs_of_provider in queues.values()))

    async def _ask_provider(self, jobs_by_contender: Sequence[tuple[Contender, Iterable[PlannedRequest]]]) -> None:
        contenders = [contender for contender, _ in jobs_by_contender]
        rounds = zip_longest(*(jobs for _, jobs in jobs_by_contender))
        planned = (job for jobs in rounds for job in jobs if job)
        base_url = contenders[0].base_url or str(await asyncio.to_thread(shared_url))
        most = min(self._settings.concurrency, SLOTS) if contenders[0].base_url is None else self._settings.concurrency
        async with client_session(base_url, self._settings.timeout_s, self._settings.stall_s) as pool:
            endpoints = {contender.id: ChatEndpoint(contender, base_url, pool) for contender in contenders}
            queue, elsewhere = _ProviderQueue(RateLimiter(most), endpoints), list[PlannedRequest]()
            await self._work(queue, self._claimed(planned, elsewhere, most), most)
            if elsewhere:
                self._bar.say(f"waiting for {len(elsewhere)} answers that another run is asking for")
            while elsewhere and not self._stopping:
                await asyncio.sleep(_POLL_S)
                answered = self._store.answered_keys([job.key for job in elsewhere])
                for job in elsewhere:
                    if job.key in answered:
                        self._bar.answer(0.0)
                again, elsewhere = [job for job in elsewhere if job.key not in answered], []
                await self._work(queue, self._claimed(iter(again), elsewhere, most), most)
            for job in elsewhere:
                self._give_up(job, Failure("stopped", f"not asked: {self._stopping}"))

    async def _work(self, queue: _ProviderQueue, jobs: Iterator[PlannedRequest], most: int) -> None:
        workers = [asyncio.create_task(self._worker(queue, jobs)) for _ in range(most)]
        self._workers.update(workers)
        for outcome in await asyncio.gather(*workers, return_exceptions=True):
            if isinstance(outcome, Exception):
                self._halt("a fault of the kit's own")
                raise outcome
        for job in jobs if self._stopping else ():
            self._give_up(job, Failure("stopped", f"not asked: {self._stopping}"))

    def _claimed(
        self, jobs: Iterator[PlannedRequest], elsewhere: list[PlannedRequest], most: int
    ) -> Iterator[PlannedRequest]:
        """Requests that are ours to ask; those that another process asks just now go to `elsewhere`."""
        while portion := list(islice(jobs, most)):
            if self._stopping:
                yield from portion
                continue
            won = self._store.claim([job.key for job in portion])
            waiting = self._store.waiting([job.key for job in portion if job.key not in won])
            for job in portion:
                if job.key in won:
                    yield job
                elif job.key in waiting:
                    self._give_up(job, Failure("batch", "not asked: it waits in a batch; batch=True fetches it"))
                else:
                    elsewhere.append(job)

    async def _worker(self, queue: _ProviderQueue, jobs: Iterator[PlannedRequest]) -> None:
        for job in jobs:
            await self._after_the_first(queue, job.contender.id)
            if self._stopping:
                self._give_up(job, Failure("stopped", f"not asked: {self._stopping}"))
            elif job.contender.id in queue.closed:
                closed = queue.closed[job.contender.id]
                self._give_up(job, Failure(closed.kind, f"not asked, after: {closed.message}"))
            else:
                await self._ask_one(queue, job)
                await asyncio.sleep(0)  # answers that have come in meanwhile are kept before more is asked

    async def _after_the_first(self, queue: _ProviderQueue, contender: str) -> None:
        """Let a contender's first request go ahead until its endpoint takes it: a wrong key costs one refusal."""
        if contender not in queue.accepted:
            queue.accepted[contender] = asyncio.Event()
        elif not queue.accepted[contender].is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(queue.accepted[contender].wait(), _FIRST_S)

    async def _ask_one(self, queue: _ProviderQueue, job: PlannedRequest) -> None:
        """Ask one question until it has an answer or no hope."""
        body = requests.request_body(job.request, job.contender)
        failure: Failure | None
        try:
            failure = await self._ask_until_answered(queue, job, body)
        except asyncio.CancelledError:
            failure = Failure("stopped", f"not answered: {self._stopping or 'stopped'}")
        finally:
            queue.accepted[job.contender.id].set()
        if failure:
            self._give_up(job, failure)

    async def _ask_until_answered(self, queue: _ProviderQueue, job: PlannedRequest, body: dict) -> Failure | None:
        """Keep the answer, or say why there is none.

        Money is set aside for each attempt: one that failed may be billed as well.
        """
        request_json = json.dumps({name: value for name, value in body.items() if name != "model"}, ensure_ascii=True)
        stream = {"stream": True, "stream_options": {"include_usage": True}} if self._settings.stream else {}
        sent, failed, refused, in_vain, answered = json.dumps(body | stream).encode(), 0, 0, 0, 0
        contender, aside = job.contender.id, self._bound(body, job)
        while True:
            if not await self._budget.reserve(aside):
                again = " again" if failed + refused else ""
                why = f"not asked{again}: could pass the budget of ${self._budget.budget}"
                return Failure("budget", why, failed + refused)
            spent = aside  # until we know better
            try:
                answer = await self._attempt(queue, contender, sent)
                if failed + refused:
                    answer = replace(answer, attempts=failed + refused + 1)
                is_stored = self._keep(job, request_json, answer)
                usd = self._cost(job, answer)
                spent = aside if usd is None else usd
                queue.limiter.on_success()
                queue.answered += 1
                queue.fruitless[contender] = 0
                if is_stored:
                    self._bar.answer(None if usd is None else float(usd))
                return None
            except ApiError as fault:
                if fault.retry:
                    queue.accepted[contender].set()
                # a provider may charge for an error of its own, and says so nowhere: against the budget it counts
                spent = aside if fault.billed or fault.kind == "server" else Decimal(0)
                failed += fault.kind != "rate_limit"
                refused += fault.kind == "rate_limit"
                in_vain = in_vain + 1 if fault.kind != "rate_limit" or queue.answered == answered else 1
                answered = queue.answered  # where others are answered, a refusal is no reason to wait for longer
                wait = backoff_s(in_vain) if fault.wait is None else fault.wait
                if fault.retry and not self._patient(queue, contender, wait):
                    return Failure(fault.kind, queue.closed[contender].message, failed + refused, _now())
                if fault.kind == "rate_limit":  # the whole queue waits, at the gate
                    queue.limiter.on_throttle(wait)
                    wait = 0.0
                exhausted = failed >= self._settings.attempts or refused >= 4 * self._settings.attempts
                if exhausted or not fault.retry or contender in queue.closed or self._stopping:
                    self._close(queue, contender, fault)
                    return Failure(fault.kind, fault.message, failed + refused, _now())
            finally:
                self._budget.charge(aside, spent)
            await asyncio.sleep(wait)

    async def _attempt(self, queue: _ProviderQueue, contender: str, sent: bytes) -> Answer:
        task = asyncio.current_task()
        assert task is not None, "workers are tasks"
        await queue.limiter.acquire()
        try:
            self._sending.add(task)
            mark_accepted = queue.accepted[contender].set
            answer, wait = await queue.endpoints[contender].send(sent, self._settings.stream, mark_accepted)
            if wait and self._patient(queue, contender, wait):
                queue.limiter.pause(wait)
            return answer
        finally:
            self._sending.discard(task)
            queue.limiter.release()

    def _patient(self, queue: _ProviderQueue, contender: str, wait: float) -> bool:
        """Tell of a long wait that an endpoint asks for; close the contender if it is beyond the user's patience."""
        if wait <= self._settings.patience_s:
            if wait >= _LONG_WAIT_S and wait > queue.limiter.wait_s:
                self._bar.say(f"{contender}: its endpoint asks to wait {wait:,.0f} s")
            return True
        asks = f"its endpoint asks to wait {wait:,.0f} s, longer than patience_s={self._settings.patience_s:g}"
        self._close(queue, contender, ApiError("rate_limit", asks, final=True))
        return False

    def _close(self, queue: _ProviderQueue, contender: str, fault: ApiError) -> None:
        """Ask a contender no more if no asking can help."""
        queue.fruitless[contender] += fault.retry
        if contender not in queue.closed and (fault.final or queue.fruitless[contender] >= _FRUITLESS):
            queue.closed[contender] = fault
            self._bar.say(f"{contender}: {fault.message}; it is not asked again in this run")

    def _keep(self, job: PlannedRequest, request_json: str, answer: Answer) -> bool:
        try:
            self._store.put(job.key, job.contender.id, request_json, job.request.sample, answer)
        except StoreError as error:
            self._broken = self._broken or error
            self._halt("answers can no longer be written")
            return False
        return True

    def _give_up(self, job: PlannedRequest, failure: Failure) -> None:
        self.failures[job.key] = failure
        self._bar.error()
        if not self._broken:
            try:
                self.failures[job.key] = self._store.fail(job.key, job.contender.id, failure)
            except StoreError as error:
                self._broken = error
                self._halt("answers can no longer be written")

    def _halt(self, why: str, now: bool = False) -> None:
        self._stopping = self._stopping or why
        for worker in self._workers:
            if now or worker not in self._sending:
                worker.cancel()

    def _bound(self, body: dict, job: PlannedRequest) -> Decimal:
        if self._settings.budget is None or self._settings.book is None:
            return Decimal(0)
        rate = self._settings.book.rate(job.contender.model, datetime.now(UTC), budget.most_tokens(body))
        return budget.most_usd(body, job.contender, rate)

    def _cost(self, job: PlannedRequest, answer: Answer) -> Decimal | None:
        """Return what an answer cost; None if a price or its usage is not known."""
        if answer.usage is None or self._settings.book is None or not self._settings.book.knows(job.contender.model):
            return None
        at = datetime.fromisoformat(answer.asked_at)
        try:
            return cost(answer.usage, self._settings.book.rate(job.contender.model, at, answer.usage.prompt))
        except PriceError:  # a contract that ended at midnight must not cost us the answer
            return None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")

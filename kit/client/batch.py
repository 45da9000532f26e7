"""Ask through providers' batch endpoints: slower, at half the price, and resumable wherever the process ends.

A batch is noted in the store before it is sent, and its requests are claimed by it and not by the process. After a
crash the next asking looks first for a batch whose id was lost, then waits for what is under way, merges what came
back, and sends only what is missing: nothing is paid for twice.
"""

import asyncio
import json
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal

from kit.client import budget, requests
from kit.client.answers import Answer, Failure
from kit.client.api_errors import ApiError
from kit.client.batch_protocols import BatchEndpoint, BatchState, batch_endpoint
from kit.client.bulk import PlannedRequest
from kit.client.contenders import Contender
from kit.client.http import client_session
from kit.client.progress import Bar
from kit.client.rate_limit import backoff_s
from kit.client.store import Store, StoredBatch
from kit.errors import AskError, PriceError
from kit.pricing import Book, cost

__all__ = ["BatchAsker", "BatchSettings"]

_AGAIN = ("server", "rate_limit", "timeout", "network", "expired", "malformed")
"""Failures of single requests that another batch may cure."""

_FIRST_POLL_S = 0.05
_PARALLEL = 4


@dataclass(frozen=True)
class BatchSettings:
    """How to ask; `client.ask` documents each."""

    how: bool | str
    rounds: int
    timeout_s: float
    poll_s: float
    budget: Decimal | None
    book: Book | None


class BatchAsker:
    """One asking. `failures` holds what has no answer in the end, by key."""

    def __init__(self, store: Store, settings: BatchSettings, bar: Bar) -> None:
        self.failures: dict[bytes, Failure] = {}
        self._store, self._settings, self._bar = store, settings, bar
        self._spent = self._aside = Decimal(0)
        self._most: dict[bytes, Decimal] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None

    def ask(self, jobs: Sequence[tuple[Contender, Iterable[PlannedRequest]]]) -> None:
        """Ask until each job has its answer or its failure; batches that were left under way are fetched first.

        Raises:
            AskError: If a request cannot be asked in a batch.
            StoreError: If answers can no longer be written.
        """
        asyncio.run(self._all(jobs))

    def stop(self, now: bool = False) -> None:
        """Return; batches under way go on at the provider, and the next asking fetches them."""
        if self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(lambda: [task.cancel() for task in self._tasks])

    async def _all(self, jobs: Sequence[tuple[Contender, Iterable[PlannedRequest]]]) -> None:
        self._loop = asyncio.get_running_loop()
        work = [(contender, {job.key: job for job in some}) for contender, some in jobs]
        self._tasks = [asyncio.create_task(self._contender(contender, wanted)) for contender, wanted in work]
        for outcome in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome
        for _, wanted in work:
            answered = self._store.answered_keys(list(wanted))
            for key in wanted:
                if key not in answered and key not in self.failures:
                    self.failures[key] = Failure("batch", "its batch is under way; ask again with batch=True")

    async def _contender(self, contender: Contender, wanted: dict[bytes, PlannedRequest]) -> None:
        base_url = contender.base_url or ""
        async with client_session(base_url, self._settings.timeout_s, self._settings.timeout_s) as pool:
            endpoint = batch_endpoint(contender, base_url, pool, self._settings.how)
            bodies = {key: endpoint.body(requests.request_body(job.request, contender)) for key, job in wanted.items()}
            left, foreign = dict(wanted), set[str]()
            try:
                await self._settle(endpoint, foreign)
                for _ in range(self._settings.rounds):
                    answered = self._store.answered_keys(list(left))
                    left = {key: job for key, job in left.items() if key not in answered and self._hopeful(key)}
                    if not await self._submit(endpoint, left, bodies):
                        break
                    await self._settle(endpoint, foreign)
            except ApiError as error:
                answered = self._store.answered_keys(list(left))
                self._fail(set(left) - answered, Failure(error.kind, error.message, 1))
            self._tell_failures(wanted)

    def _hopeful(self, key: bytes) -> bool:
        """Return whether another batch may answer a request; it has not failed, or in a way that may pass."""
        failure = self.failures.get(key)
        return failure is None or failure.kind in _AGAIN

    async def _submit(
        self, endpoint: BatchEndpoint, left: dict[bytes, PlannedRequest], bodies: dict[bytes, dict]
    ) -> bool:
        """Send what is left in batches; False if nothing was, or could be paid for."""
        ours = self._store.claim(list(left))
        payable = [job for key, job in left.items() if key in ours and self._reserve(job)]
        unpaid = [job.key for key, job in left.items() if key in ours and job not in payable]
        self._fail(unpaid, Failure("budget", f"not asked: could pass the budget of ${self._settings.budget}"))
        for some in _portions(payable, bodies, endpoint):
            items = tuple((job.key, job.request.sample, _kept(job)) for job in some)
            contender = endpoint.contender
            batch = StoredBatch(uuid.uuid4().hex, contender.place, contender.id, "", time.time(), items)
            self._store.open_batch(batch)
            await self._send(endpoint, batch, {job.key: bodies[job.key] for job in some})
        if others := len(left) - len(ours):
            self._bar.say(f"{endpoint.contender.id}: {others} requests are asked by another run")
        return bool(payable)

    async def _send(self, endpoint: BatchEndpoint, batch: StoredBatch, bodies: dict[bytes, dict]) -> None:
        """Send a batch that was opened. What is certainly not sent is closed; what may have been stays open."""
        try:
            id = await endpoint.submit(batch.token, [(key.hex(), bodies[key]) for key, _, _ in batch.items])
        except ApiError as error:
            if error.kind not in ("network", "timeout", "server", "malformed"):
                self._store.close_batch(batch.token)
            raise
        self._store.name_batch(batch.token, id)
        self._bar.say(f"{batch.contender}: batch {id} of {len(batch.items)} requests is sent")

    async def _settle(self, endpoint: BatchEndpoint, foreign: set[str]) -> None:
        """Wait for each batch that is under way, and merge what came of it."""
        contender = endpoint.contender
        while batches := self._store.batches(contender.place, contender.id):
            gate = asyncio.Semaphore(_PARALLEL)

            async def one(batch: StoredBatch, gate: asyncio.Semaphore = gate) -> None:
                async with gate:
                    await self._finish(endpoint, batch, foreign)

            await asyncio.gather(*map(one, batches))

    async def _finish(self, endpoint: BatchEndpoint, batch: StoredBatch, foreign: set[str]) -> None:
        id = batch.id
        if not id:
            id = await self._found_again(endpoint, batch, foreign)
            if not id:
                return
        state = await self._ended(endpoint, id, len(batch.items))
        asked_at = datetime.fromtimestamp(batch.since, UTC).isoformat(timespec="milliseconds")
        results = await endpoint.results(state, asked_at)
        keys = {key.hex() for key, _, _ in batch.items}
        if results and not keys & set(results):  # another one's, found by its size
            foreign.add(id)
            self._store.name_batch(batch.token, "")
            return
        for key, sample, asked in batch.items:
            missing = Failure("server" if not state.error else "bad_request", state.error or "no result in the batch")
            self._merge(key, sample, asked, results.get(key.hex(), missing), batch, id)
        self._store.close_batch(batch.token)

    async def _found_again(self, endpoint: BatchEndpoint, batch: StoredBatch, foreign: set[str]) -> str:
        """The id of a batch that a crash left without one; empty if it was never sent, and is closed now."""
        if not self._store.take_batch(batch.token):  # another process is sending it just now
            await asyncio.sleep(min(1.0, self._settings.poll_s))
            return ""
        known = {one.id for one in self._store.batches(batch.place, batch.contender) if one.id} | foreign
        id = await endpoint.find(batch.token, batch.since, len(batch.items), known)
        if id:
            self._store.name_batch(batch.token, id)
        else:
            self._store.close_batch(batch.token)
        return id

    async def _ended(self, endpoint: BatchEndpoint, id: str, many: int) -> BatchState:
        """Poll until a batch has ended; a fault that may pass is waited for."""
        wait, faults, before = _FIRST_POLL_S, 0, -1
        while True:
            try:
                state = await endpoint.state(id)
                faults = 0
                if state.ended:
                    return state
                if state.done != before:
                    before = state.done
                    self._bar.say(f"{endpoint.contender.id}: batch {id}: {state.done} of {many}")
            except ApiError as error:
                faults += 1
                if not error.retry or faults > 20:
                    raise
                await asyncio.sleep(min(self._settings.poll_s, error.wait or backoff_s(faults)))
            await asyncio.sleep(wait)
            wait = min(self._settings.poll_s, 2 * wait)

    def _merge(
        self, key: bytes, sample: int, asked: str, outcome: Answer | Failure, batch: StoredBatch, id: str
    ) -> None:
        aside = self._most.pop(key, Decimal(0))
        self._aside -= aside
        if isinstance(outcome, Failure):
            self._fail([key], outcome)
            return
        answer = replace(outcome, batch=id)
        usd = self._cost(batch.contender.partition("@")[0], answer)
        self._spent += aside if usd is None else usd
        self.failures.pop(key, None)
        self._store.put(key, batch.contender, asked, sample, answer)
        self._bar.answer(None if usd is None else float(usd))

    def _fail(self, keys: Iterable[bytes], failure: Failure) -> None:
        for key in keys:
            self.failures[key] = failure

    def _tell_failures(self, wanted: dict[bytes, PlannedRequest]) -> None:
        for key, job in wanted.items():
            failure = self.failures.get(key)
            if failure:
                self._bar.error()
                self.failures[key] = self._store.fail(key, job.contender.id, failure)

    def _reserve(self, job: PlannedRequest) -> bool:
        """Set aside the most that a request can cost; the full price where no batch price is known."""
        if self._settings.budget is None or self._settings.book is None:
            return True
        made, now = requests.request_body(job.request, job.contender), datetime.now(UTC)
        book, tokens = self._settings.book, budget.most_tokens(made)
        rates = [book.rate(job.contender.model, now, tokens, batch=batch) for batch in (True, False)]
        most = budget.most_usd(made, job.contender, next((rate for rate in rates if rate.known), rates[1]))
        if self._spent + self._aside + most > self._settings.budget:
            return False
        self._aside += most
        self._most[job.key] = most
        return True

    def _cost(self, model: str, answer: Answer) -> Decimal | None:
        book = self._settings.book
        if answer.usage is None or book is None or not book.knows(model):
            return None
        with suppress(PriceError):
            at = datetime.fromisoformat(answer.asked_at)
            return cost(answer.usage, book.rate(model, at, answer.usage.prompt, batch=True))
        return None


def _portions(
    jobs: Sequence[PlannedRequest], bodies: dict[bytes, dict], endpoint: BatchEndpoint
) -> Iterator[list[PlannedRequest]]:
    """Jobs in batches that are not too large for the endpoint."""
    some: list[PlannedRequest] = []
    size = 0
    for job in jobs:
        length = len(json.dumps(bodies[job.key])) + 200
        if length > endpoint.most_bytes:
            raise AskError(f"{job.request.id}: is larger than a whole batch may be")
        if some and (len(some) == endpoint.most or size + length > endpoint.most_bytes):
            yield some
            some, size = [], 0
        some.append(job)
        size += length
    if some:
        yield some


def _kept(job: PlannedRequest) -> str:
    """A request as the store keeps it."""
    made = requests.request_body(job.request, job.contender)
    return json.dumps({name: value for name, value in made.items() if name != "model"}, ensure_ascii=True)

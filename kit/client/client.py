"""Ask any OpenAI-compatible model: one call by the plain openai client, many calls by `ask`.

    >>> import kit
    >>> client = kit.connect("deepseek-v4-flash")            # openai.OpenAI, configured
    >>> answers = kit.ask(requests, ["deepseek-v4-flash", "gpt-4o@gateway"], budget_usd="2.00")

`ask` keeps every answer in a store as it comes and asks only for what is not there yet. It needs no network library,
and imports none, where all answers are kept.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kit.client import answers, budget, contenders, requests
from kit.client.answers import Answer, Failure
from kit.client.contenders import Contender, ContenderLike
from kit.client.requests import Request
from kit.client.store import Store
from kit.errors import AskError
from kit.pricing import Book, Rate, Usage, cost

if TYPE_CHECKING:
    import openai
    import pandas as pd

    from kit.client.batch import BatchAsker
    from kit.client.bulk import BatchRunner, PlannedRequest
    from kit.client.progress import Bar

__all__ = ["STORE", "aconnect", "ask", "connect", "dry_run"]

STORE = "reports/answers.sqlite"
"""Where answers are kept, below the repository's root, unless a caller says otherwise."""


def connect(contender: ContenderLike, **options: Any) -> "openai.OpenAI":
    """The openai client for one contender; the model's name there is `read_contenders(...)[0].called`.

    Args:
        options: Handed on to `openai.OpenAI`.

    Raises:
        AskError: If the contender is not known, or its key is not set.
    """
    address = _address(contender)
    import openai

    return openai.OpenAI(**address, **options)


def aconnect(contender: ContenderLike, **options: Any) -> "openai.AsyncOpenAI":
    """Return what `connect` is, for asyncio."""
    address = _address(contender)
    import openai

    return openai.AsyncOpenAI(**address, **options)


def _address(contender: ContenderLike) -> dict[str, Any]:
    target = contenders.read_contenders(contender)[0]
    secret = target.secret() or "none is needed"
    from kit.client.local_model import shared_url

    return {"base_url": target.base_url or shared_url(), "api_key": secret}


def ask(
    questions: Sequence[Request],
    to: Sequence[ContenderLike] | ContenderLike,
    store: str | Path = STORE,
    *,
    book: Book | None = None,
    budget_usd: Decimal | str | None = None,
    stream: bool = True,
    concurrency: int = 32,
    attempts: int = 5,
    timeout_s: float = 600,
    stall_s: float = 120,
    patience_s: float = 300,
    progress: bool = True,
    batch: bool | str = False,
    poll_s: float = 60,
) -> "pd.DataFrame":
    """Put each request to each contender, except where the answer is kept already.

    Args:
        questions: Requests; a request may come in several samples.
        to: Contenders, such as "gpt-4o@gateway".
        store: File that answers are kept in; made if need be.
        book: Price book for `cost_usd`; without one it stays empty.
        budget_usd: Stop before the call that could pass it, in USD under `book`; only what is asked now counts. An
            error of the server (5xx) counts as the most that the call could cost, since a provider may charge for it.
        stream: Stream, and so time the first token. A kept answer is taken either way.
        concurrency: Requests under way at once, for each provider; fewer where it says that this is too many.
        attempts: Times that a request is sent before a fault that may pass is taken as an error.
        timeout_s: Seconds for a whole answer.
        stall_s: Seconds without one byte.
        patience_s: Seconds that an endpoint may ask to wait; one that asks for more is not asked again in this run.
        progress: Draw a bar, where somebody looks.
        batch: Send them through the provider's batch endpoint, which takes up to a day and costs about half: True goes
            by the host, `openai` or `anthropic` names the protocol. Answers come to the same store. What a crash or
            Ctrl-C leaves under way is fetched by the next asking with `batch`.
        poll_s: Seconds between looks at a batch, at most.

    Returns:
        `ANSWER_COLUMNS`, a row a contender, request and sample, in this order. A row with an `error_kind` has no
        answer; it is asked again next time.

    Raises:
        AskError: If a request, contender, key or budget cannot be used; nothing has been sent then.
        StoreError: If the store cannot be read or written.
        KeyboardInterrupt: After Ctrl-C, when what was under way has come back; a second one does not wait for it.
    """
    many = _read(to)
    requests.check_requests(questions)
    if min(concurrency, attempts) < 1 or min(timeout_s, stall_s) <= 0:
        raise AskError("concurrency and attempts are 1 or more, timeout_s and stall_s above 0")
    with Store(store) as opened:
        keys = {contender.id: [_key(request, contender) for request in questions] for contender in many}
        stored_answers = {contender.id: opened.get(keys[contender.id]) for contender in many}
        stored_keys = {id: set(by_key) for id, by_key in stored_answers.items()}
        missing = sum(key not in stored_keys[contender.id] for contender in many for key in set(keys[contender.id]))
        failures: dict[bytes, Failure] = {}
        if missing:
            money = budget.budget_amount(budget_usd)
            _check(questions, many, keys, stored_keys, money, book)
            live = (stream, concurrency, attempts, timeout_s, stall_s, patience_s, money, book)
            batched = (batch, attempts, timeout_s, poll_s, money, book) if batch else None
            runner = partial(_runner, opened, live, batched)
            failures = _ask(questions, many, keys, stored_keys, runner, progress)
        table = answers.answer_table(_rows(questions, many, keys, opened, stored_answers, failures))
    return answers.with_costs(table, book) if book else table


def dry_run(
    questions: Sequence[Request],
    to: Sequence[ContenderLike] | ContenderLike,
    store: str | Path = STORE,
    *,
    book: Book,
    at: datetime | None = None,
    batch: bool | str = False,
) -> "pd.DataFrame":
    """Return what `ask` would send and what it could cost; nothing is sent, and no key is needed.

    Args:
        at: The moment whose prices hold (UTC); now, if it is left out.
        batch: As for `ask`: at the prices of batches.

    Returns:
        A row a contender: contender, kept (answers that are there), calls, prompt_tokens (an estimate), output_tokens
        (at most), usd (at most, for that prompt), note. Missing where a price or limit is not known.
    """
    import pandas as pd

    many, at = _read(to), at or datetime.now(UTC)
    requests.check_requests(questions)
    rows = []
    stored_keys = _stored_keys(questions, many, store)
    for contender in many:
        by_key = {_key(request, contender): request for request in questions}
        fresh = [request for key, request in by_key.items() if key not in stored_keys[contender.id]]
        rate = book.rate(contender.model, at, batch=bool(batch)) if book.knows(contender.model) else None
        rows.append(_estimate(contender, len(stored_keys[contender.id]), fresh, book.name, rate))
    return pd.DataFrame(
        rows, columns=["contender", "kept", "calls", "prompt_tokens", "output_tokens", "usd", "note"]
    ).astype({"output_tokens": "Int64", "usd": "Float64"})


def _estimate(
    contender: Contender, stored: int, fresh: Sequence[Request], book: str, rate: Rate | None
) -> tuple[Any, ...]:
    bodies = [requests.request_body(request, contender) for request in fresh]
    prompts = [budget.estimate_tokens(body) for body in bodies]
    outputs = [budget.most_output(body, contender) for body in bodies]
    notes = []
    if None in outputs:
        notes.append("output has no known limit: give max_tokens")
    if rate is None or not rate.known:
        notes.append(f"no price in the {book} book")
    usd = None
    if not notes and rate:
        each = [cost(Usage(prompt, 0, output or 0), rate) for prompt, output in zip(prompts, outputs, strict=True)]
        usd = float(sum((part for part in each if part is not None), Decimal(0)))
        notes += [rate.condition] if rate.condition else []
    most = None if None in outputs else sum(output or 0 for output in outputs)
    return contender.id, stored, len(fresh), sum(prompts), most, usd, "; ".join(notes)


def _ask(
    questions: Sequence[Request],
    many: Sequence[Contender],
    keys: Mapping[str, Sequence[bytes]],
    stored_keys: Mapping[str, set[bytes]],
    runner: "Callable[[Bar], BatchRunner | BatchAsker]",
    progress: bool,
) -> dict[bytes, Failure]:
    # what follows needs a network library, which a run with nothing to ask should not pay for
    from kit.client.bulk import PlannedRequest
    from kit.client.progress import Bar

    def jobs(contender: Contender) -> Iterator[PlannedRequest]:
        stored_or_planned = set(stored_keys[contender.id])
        for request, key in zip(questions, keys[contender.id], strict=True):
            if key not in stored_or_planned:
                stored_or_planned.add(key)
                yield PlannedRequest(contender, request, key)

    stored = sum(map(len, stored_keys.values()))
    bar = Bar(sum(len(set(keys[contender.id])) for contender in many), stored, progress)
    run = runner(bar)
    try:
        incomplete = [contender for contender in many if set(keys[contender.id]) - stored_keys[contender.id]]
        _in_thread(run, [(contender, jobs(contender)) for contender in incomplete])
    finally:
        bar.close()
    return run.failures


def _runner(
    store: Store, live: tuple[Any, ...], batched: tuple[Any, ...] | None, bar: "Bar"
) -> "BatchRunner | BatchAsker":
    if batched is not None:
        from kit.client.batch import BatchAsker, BatchSettings

        return BatchAsker(store, BatchSettings(*batched), bar)
    from kit.client.bulk import BatchRunner, Settings

    return BatchRunner(store, Settings(*live), bar)


def _in_thread(run: "BatchRunner | BatchAsker", jobs: "Sequence[tuple[Contender, Iterator[PlannedRequest]]]") -> None:
    """Run on an event loop of its own, since a notebook's is already running; Ctrl-C stops it gently, twice at once."""
    fault: list[BaseException] = []
    done = threading.Event()  # a thread whose `join` was interrupted passes for dead before Python 3.13

    def work() -> None:
        try:
            run.ask(jobs)
        except BaseException as error:
            fault.append(error)
        finally:
            done.set()

    threading.Thread(target=work, name="kit-ask", daemon=True).start()
    interrupts = 0
    while True:
        try:
            if done.wait(0.2):
                break
        except KeyboardInterrupt:
            interrupts += 1
            run.stop(now=interrupts > 1)
    if fault:
        raise fault[0]
    if interrupts:
        raise KeyboardInterrupt


def _check(
    questions: Sequence[Request],
    many: Sequence[Contender],
    keys: Mapping[str, Sequence[bytes]],
    stored_keys: Mapping[str, set[bytes]],
    money: Decimal | None,
    book: Book | None,
) -> None:
    """Everything that would stop the run later stops it now: keys, prices, limits."""
    for contender in many:
        if set(keys[contender.id]) - stored_keys[contender.id]:
            contender.secret()
            if money is not None and book is None:
                raise AskError("a budget needs a price book, such as kit.pricing.ListBook()")
            if money is not None and book is not None and not book.knows(contender.model):
                raise AskError(
                    f"{contender.id}: a budget cannot be kept: {contender.model!r} has no price in the {book.name} book"
                )
            if book is not None and book.knows(contender.model):
                rate = book.rate(contender.model, datetime.now(UTC))  # a book that does not hold today says so now
                for request in questions if money is not None else ():
                    budget.most_usd(requests.request_body(request, contender), contender, rate)


def _rows(
    questions: Sequence[Request],
    many: Sequence[Contender],
    keys: Mapping[str, Sequence[bytes]],
    store: Store,
    stored_answers: Mapping[str, Mapping[bytes, Answer]],
    failures: Mapping[bytes, Failure],
) -> Iterator[tuple[str, str, int, Answer | Failure]]:
    for contender in many:
        earlier = stored_answers[contender.id]
        fresh = store.get([key for key in dict.fromkeys(keys[contender.id]) if key not in earlier])
        for request, key in zip(questions, keys[contender.id], strict=True):
            outcome = earlier.get(key) or fresh.get(key) or failures[key]
            yield contender.id, request.id, request.sample, outcome


def _stored_keys(questions: Sequence[Request], many: Sequence[Contender], store: str | Path) -> dict[str, set[bytes]]:
    if not Path(store).exists():
        return {contender.id: set() for contender in many}
    with Store(store) as opened:
        keys = {contender.id: [_key(request, contender) for request in questions] for contender in many}
        return {id: opened.answered_keys(of_contender) for id, of_contender in keys.items()}


def _key(request: Request, contender: Contender) -> bytes:
    return requests.request_key(requests.request_body(request, contender), contender.place, request.sample)


def _read(to: Sequence[ContenderLike] | ContenderLike) -> list[Contender]:
    return contenders.read_contenders(*([to] if isinstance(to, (str, Mapping, Contender)) else to))

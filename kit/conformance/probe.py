"""Probe an endpoint: price the calls, make them one after the other, and keep what each feature's check found."""

import asyncio
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from kit.client import Contender, ContenderLike, budget_amount, client_session, read_contenders, shared_url
from kit.conformance.exchange import Asker, ProbedEndpoint
from kit.conformance.features import FEATURES, Feature
from kit.conformance.findings import Conformance, Finding
from kit.conformance.verdicts import not_tried
from kit.errors import AskError, near_miss
from kit.pricing import Book, Usage, cost

__all__ = ["planned_cost", "probe"]

_SHORT_TOKENS = 48
_THINKING_TOKENS = 1_024


def planned_cost(contender: ContenderLike, book: Book, features: Collection[str] = FEATURES) -> Decimal | None:
    """Price a probe before it is made, at most, in USD; None where no price is known.

    A short answer counts as 1,024 tokens, since a model may think first; without thinking it is a tenth of that.
    """
    one = read_contenders(contender)[0]
    if not book.knows(one.model):
        return None
    rate, chosen = book.rate(one.model, datetime.now(UTC)), [FEATURES[name] for name in features]
    each = [cost(Usage(f.calls * f.prompt, 0, f.calls * (f.output or _THINKING_TOKENS)), rate) for f in chosen]
    return None if None in each else sum((usd for usd in each if usd is not None), Decimal(0))


def probe(
    contender: ContenderLike,
    *,
    features: Collection[str] = (),
    book: Book | None = None,
    budget_usd: Decimal | str | None = None,
    timeout_s: float = 60,
    tell: Callable[[str, Finding], object] = lambda name, finding: None,
) -> Conformance:
    """Find out which features an endpoint has, by a few cheap calls.

    Args:
        features: Keys of FEATURES; all, if left out. `chat` is always asked.
        book: Price book for what it costs; without one the cost is not known.
        budget_usd: Features that could pass it are not tried; it needs a price.
        timeout_s: Seconds for one answer.
        tell: Called with each feature and its finding, as it is found.

    Raises:
        AskError: If the contender, its key, a feature or the budget cannot be used; nothing has been sent then.
    """
    one, money = read_contenders(contender)[0], budget_amount(budget_usd)
    for name in features:
        if name not in FEATURES:
            raise AskError(f"features: {name!r} is not a feature{near_miss(name, FEATURES)}")
    if money is not None and (book is None or not book.knows(one.model)):
        raise AskError(f"{one.id}: a budget cannot be kept: {one.model!r} has no price in the book")
    one.secret()
    chosen = [name for name in FEATURES if not features or name in features or name == "chat"]
    with ThreadPoolExecutor(1) as thread:  # a notebook's own event loop is running already
        return thread.submit(asyncio.run, _probe(one, chosen, book, money, timeout_s, tell)).result()


async def _probe(
    one: Contender,
    chosen: Collection[str],
    book: Book | None,
    budget: Decimal | None,
    timeout_s: float,
    tell: Callable[[str, Finding], object],
) -> Conformance:
    at = datetime.now(UTC).isoformat(timespec="seconds")
    base_url = one.base_url or str(await asyncio.to_thread(shared_url))
    findings: dict[str, Finding] = {}
    async with client_session(base_url, timeout_s, timeout_s) as pool:
        endpoint = ProbedEndpoint(one, base_url, pool, book, budget)
        for name in chosen:
            findings[name] = await _run_check(FEATURES[name], endpoint, findings)
            tell(name, findings[name])
        spent = "" if endpoint.unpriced or book is None else f"{endpoint.spent:f}"
        return Conformance(one.id, at, findings, endpoint.calls, spent)


async def _run_check(feature: Feature, endpoint: ProbedEndpoint, before: dict[str, Finding]) -> Finding:
    needed = before.get(feature.needs)
    if needed is not None and needed.status != "supported":
        return not_tried(f"it needs {FEATURES[feature.needs].name}, which is {needed.status}")
    if endpoint.budget is not None and feature.calls:
        tokens = feature.output or max(_SHORT_TOKENS, endpoint.limit_tokens)
        most = endpoint.price(feature.calls * feature.prompt, feature.calls * tokens)
        if most is None or endpoint.spent + most > endpoint.budget:
            return not_tried(f"could pass the budget of ${endpoint.budget}")
    ask = Asker(endpoint)
    finding = await feature.check(ask)
    return replace(finding, calls=tuple(exchange.to_dict() for exchange in ask.exchanges))

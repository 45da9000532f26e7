"""A rehearsal: a cascade that was simulated is routed live on a few of the same items, and both are set side by side.

The simulation replays answers; `kit.service` sends requests. If both see the same answers, they must ask the same
contenders and come to the same cost; at a temperature above 0, or after a model has moved, they need not.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from kit import client
from kit.benchmarks import Item, Suite, SuiteOptions
from kit.client import ContenderLike
from kit.decision.routing_policies import AnswersByItem, Policy, PolicyOutcome, replay_policy
from kit.errors import RouteError
from kit.pricing import Book
from kit.service import Router

__all__ = ["COLUMNS", "LIVE_FORMATS", "check_live", "live_caption"]

COLUMNS = {
    "item": "its id",
    "replayed": "who was asked in the simulation, in order",
    "live": "who was asked by the router",
    "replayed USD": "what they cost together",
    "live USD": "missing where a price or the usage is unknown",
    "alike": "whether the same were asked",
}
"""Columns of `check_live`."""

LIVE_FORMATS: Mapping[str, str] = {"replayed USD": "{:.3g}", "live USD": "{:.3g}"}
"""How `show.table` should print them."""

_PATIENCE = {"timeout_s": 120, "deadline_s": 300}  # the embedded model runs on the processor, one request at a time


def check_live(
    answered: AnswersByItem,
    policies: Iterable[Policy | None],
    options: SuiteOptions,
    written: Iterable[ContenderLike],
    book: Book,
    items: int,
) -> pd.DataFrame:
    """Route some items live, by the first cascade there is.

    Args:
        policies: None is passed over, and so is what is no cascade, which the router has not.
        options: As for `measure_category`; recorded answers, and answers without a suite, cannot be asked again.
        written: The contenders, as they are written in a study.
        items: So many at most: in turn one that the cascade asks again in the simulation and one that it does not.

    Returns:
        COLUMNS; empty where there is nothing to rehearse.
    """
    policy = next(
        (policy_or_none for policy_or_none in policies if policy_or_none and policy_or_none.kind == "cascade"), None
    )
    if policy is None or options.recorded_from or not options.suite or not items:
        return pd.DataFrame(columns=list(COLUMNS))
    suite = options.read()
    named = {contender.id: contender for contender in client.read_contenders(*written)}
    rules = {"otherwise": [named[tier] for tier in policy.tiers], **_PATIENCE}
    if policy.at is not None:
        rules["confidence"] = {"tokens": "mean", "least": policy.at}
    outcome = replay_policy(answered, policy)
    with Router(rules, book=book) as router:
        places = _places_of_both_kinds(outcome.again, items)
        rows = [_row(answered, policy, outcome, place, suite, router) for place in places]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def live_caption(table: pd.DataFrame) -> str:
    """Say in a caption how far replayed and live routes agree."""
    if table.empty:
        return "Nothing was routed live"
    priced = table.dropna(subset=["live USD"])
    replayed_usd, live_usd = priced["replayed USD"].sum(), priced["live USD"].sum()
    cost = f"; they cost ${live_usd:.3g} live and ${replayed_usd:.3g} replayed" if len(priced) else ""
    return f"Of {len(table)} items routed live, {int(table['alike'].sum())} went where the replay sent them{cost}"


def _row(
    answered: AnswersByItem, policy: Policy, outcome: PolicyOutcome, place: int, suite: Suite, router: Router
) -> tuple[object, ...]:
    item, request = next(pair for pair in zip(suite.items, suite.requests(), strict=True)
                         if pair[0].id == answered.items[place])  # fmt: skip
    try:
        reply = router.create(request.messages, validate=_check(suite, item), **request.suggested, **request.parameters)
        left, usd, last = reply.tried, reply.cost_usd, [reply.contender]
    except RouteError as error:  # nobody's answer passed, which the simulation counts as not right
        left, usd, last = error.tried, error.cost_usd, []
    contenders = list(dict.fromkeys([*(attempt.contender for attempt in left if attempt.calls), *last]))
    replayed = list(policy.tiers if outcome.again[place] else policy.tiers[:1])
    routes = (", then ".join(names) for names in (replayed, contenders))
    return item.id, *routes, float(outcome.usd[place]), None if usd is None else float(usd), replayed == contenders


def _check(suite: Suite, item: Item) -> Callable[[str], Any]:
    """Return a check of what a service can see of an answer: that it can be parsed, not that it is right."""

    def check(text: str) -> Any:
        score = suite.score(item, text)
        return score.read if score.valid and score.outcome != "unparsed" else False

    return check


def _places_of_both_kinds(again: np.ndarray, items: int) -> list[int]:
    """Places of both kinds in turn, as they come; when one kind is used up, of the other."""
    kinds = [np.flatnonzero(again), np.flatnonzero(~again.astype(bool))]
    ranked = sorted((rank, kind, int(place)) for kind, places in enumerate(kinds) for rank, place in enumerate(places))
    return [place for _, _, place in ranked[:items]]

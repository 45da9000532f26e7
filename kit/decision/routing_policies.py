"""Policies: who would have been asked, and what it would have cost, replayed on answers that are there already.

    alone      every request to one contender
    cascade    the cheaper one first; the dearer one where it visibly fails, or is less sure than a threshold (Chen,
               Zaharia and Zou 2023, arXiv 2305.05176)
    agreement  two cheap ones; their answer where both say the same, else a dearer one's (Kolawole et al. 2024, arXiv
               2407.02348)
    mix        a share of the requests, drawn at random, to one contender and the rest to another
    oracle     the cheapest contender that is right: only the key knows it, so it is the bound of all and no policy

A policy sees what a service would see: that no answer came, that nothing could be read in it, how sure the model is,
that two answers differ. Right and wrong it does not see. All contenders that it asks are paid.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from kit.client import split_id
from kit.errors import ItemError, near_miss
from kit.pricing import Book, Usage, cost

__all__ = [
    "KINDS",
    "AnswersByItem",
    "Policy",
    "PolicyOutcome",
    "all_policies",
    "answers_by_item",
    "assumed_costs",
    "policy_labels",
    "replay_policy",
]

KINDS = ("alone", "cascade", "agreement", "mix", "oracle")
"""What a policy can be."""

_SHARES = (0.25, 0.5, 0.75)
_STEPS = 9
_COUNTED = ("right", "partly", "wrong", "unparsed", "failed")


@dataclass(frozen=True)
class Policy:
    """One way of sending requests to contenders.

    Attributes:
        name: In words, and different from that of any other policy.
        kind: One of KINDS.
        tiers: Contenders, in the order in which they are asked; of a mix the one that gets the share, then the other.
        at: A cascade's threshold of confidence, None if it looks at failures only; a mix's share.
    """

    name: str
    kind: str
    tiers: tuple[str, ...]
    at: float | None = None


@dataclass(frozen=True, eq=False)
class AnswersByItem:
    """The answers of contenders to the same items: an array each, a row a contender and a column an item.

    Attributes:
        correct: 0 to 1; 0 where no answer came.
        usd: What the answer cost.
        parsed: What was read in it.
        failed: True if a service would see that it is no good: none came, or not in the form asked for.
        sure: Confidence, 0 to 1; NaN where none is known.
        left_out: Items that one of the contenders was not asked, or that could not be marked.
    """

    contenders: tuple[str, ...]
    items: np.ndarray
    groups: np.ndarray
    correct: np.ndarray
    usd: np.ndarray
    parsed: np.ndarray
    failed: np.ndarray
    sure: np.ndarray
    left_out: int = 0

    def part(self, items: np.ndarray) -> "AnswersByItem":
        """The same of some items only."""
        wide = {name: getattr(self, name)[:, items] for name in ("correct", "usd", "parsed", "failed", "sure")}
        return replace(self, items=self.items[items], groups=self.groups[items], **wide)


@dataclass(frozen=True, eq=False)
class PolicyOutcome:
    """The outcome of a policy on each item, in the items' order.

    Attributes:
        correct: 0 to 1; of a mix what is to be expected.
        usd: What all contenders that were asked cost together.
        again: True if the last tier was asked after another one; of a mix the share that goes to the second one.
    """

    correct: np.ndarray
    usd: np.ndarray
    again: np.ndarray


def answers_by_item(scores: pd.DataFrame, usd: Mapping[str, float], only: Sequence[str] = ()) -> AnswersByItem:
    """The first sample of each contender's answers, on the items to which all are known.

    Args:
        scores: Columns as in `answer_scores.COLUMNS`; and `confidence`, 0 to 1, where it is known.
        usd: Contender -> USD a request, for those whose answers do not say what they cost. An answer that never came
            costs nothing, unless something else is known.
        only: Contenders to take, in this order; all, where it is empty.

    Raises:
        ItemError: If a contender is not there or its cost not known, or there is no item that all were asked.
    """
    known = list(dict.fromkeys(scores["contender"]))
    for contender in only:
        if contender not in known:
            raise ItemError(f"{contender!r} is not among the contenders{near_miss(contender, known)}")
    names = list(only) or known
    first = scores[scores["contender"].isin(names)].drop_duplicates(["contender", "item"])
    wide = _outcomes(first).set_index(["item", "contender"]).unstack()
    groups = first.drop_duplicates("item").set_index("item")["group"]
    table = {name: wide[name].reindex(index=groups.index, columns=names) for name in wide.columns.levels[0]}
    known_items = table["correct"].notna().all(axis=1).to_numpy()
    if not known_items.any():
        raise ItemError(f"no item was answered by all of {', '.join(names) or 'the contenders'}, so none can be routed")
    columns = {name: values[known_items].to_numpy().T for name, values in table.items()}
    return AnswersByItem(
        tuple(names),
        groups.index[known_items].to_numpy(),
        groups[known_items].to_numpy(),
        columns["correct"].astype(float),
        _priced(names, columns["usd"].astype(float), usd),
        columns["parsed"],
        columns["failed"].astype(bool),
        columns["sure"].astype(float),
        int((~known_items).sum()),
    )


def assumed_costs(contenders: Iterable[str], book: Book, at: datetime, prompt: int, output: int) -> dict[str, float]:
    """Contender -> USD a request of so many tokens, where answers do not say what they cost; none for no tokens.

    An assumption and no measurement: each contender is taken to need as many tokens as any other. One that the book
    does not price is left out.
    """
    usd_by_contender = {}
    for contender in contenders if prompt or output else ():
        model = split_id(contender)[0]
        usd = cost(Usage(prompt, output=output), book.rate(model, at, prompt)) if book.knows(model) else None
        if usd is not None:
            usd_by_contender[contender] = float(usd)
    return usd_by_contender


def policy_labels(contenders: Iterable[str]) -> dict[str, str]:
    """Contender -> its model and variant, or all of its name where that would not tell it from another."""
    names = list(contenders)
    short = {name: _short(name) for name in names}
    return {name: label if list(short.values()).count(label) == 1 else name for name, label in short.items()}


def all_policies(answered: AnswersByItem, incumbent: str) -> list[Policy]:
    """All policies that the answers allow: each alone, cascades and agreements towards dearer ones, mixes, the oracle.

    Thresholds are deciles of the confidence seen, which says nothing of what is right.

    Args:
        incumbent: The contender that a share of the requests stays with in a mix.

    Raises:
        ItemError: If it is not among the contenders.
    """
    if incumbent not in answered.contenders:
        raise ItemError(f"{incumbent!r} is not among the contenders{near_miss(incumbent, answered.contenders)}")
    mean = dict(zip(answered.contenders, answered.usd.mean(axis=1), strict=True))
    order, name = sorted(answered.contenders, key=lambda contender: mean[contender]), policy_labels(answered.contenders)
    policies = [Policy(name[contender], "alone", (contender,)) for contender in order]
    for contender, dearer in combinations(order, 2):
        if mean[contender] < mean[dearer]:
            policies += _cascades(answered, contender, dearer, name)
    policies += [
        Policy(
            f"{name[contender]} and {name[two]}; {name[last]} where they differ", "agreement", (contender, two, last)
        )
        for contender, two, last in combinations(order, 3)
        if mean[two] < mean[last]
    ]
    policies += [
        Policy(f"{100 * share:g} % {name[contender]}, the rest {name[incumbent]}", "mix", (contender, incumbent), share)
        for contender in order if contender != incumbent for share in _SHARES
    ]  # fmt: skip
    return [*policies, Policy("oracle", "oracle", tuple(order))]


def replay_policy(answered: AnswersByItem, policy: Policy) -> PolicyOutcome:
    """Replay a policy on the answers."""
    place = [answered.contenders.index(tier) for tier in policy.tiers]
    correct, usd, failed = answered.correct[place], answered.usd[place], answered.failed[place]
    if policy.kind == "oracle":
        dear = np.where(correct == correct.max(axis=0), usd, np.inf)
        return PolicyOutcome(correct.max(axis=0), dear.min(axis=0), np.zeros(len(answered.items)))
    if policy.kind == "mix":
        share = np.array([policy.at, 1 - (policy.at or 0)])
        return PolicyOutcome(share @ correct, share @ usd, np.full(len(answered.items), share[1]))
    if policy.kind == "alone":
        return PolicyOutcome(correct[0], usd[0], np.zeros(len(answered.items), dtype=bool))
    all_failed = failed[:-1].all(axis=0)
    again = failed[0] | failed[-2]
    if policy.kind == "agreement":
        again = again | (answered.parsed[place[0]] != answered.parsed[place[1]])
    elif policy.at is not None:
        again = again | ~(answered.sure[place[0]] >= policy.at)  # what is not known is not sure
    before = np.where(failed[0], correct[-2], correct[0])
    use_last = again & (all_failed | ~failed[-1])  # the last one's, unless it fails and there is another
    return PolicyOutcome(np.where(use_last, correct[-1], before), usd[:-1].sum(axis=0) + again * usd[-1], again)


def _cascades(answered: AnswersByItem, cheaper: str, dearer: str, name: Mapping[str, str]) -> list[Policy]:
    place, policies = answered.contenders.index(cheaper), []
    if answered.failed[place].any():
        policies.append(Policy(f"{name[cheaper]}; {name[dearer]} where it fails", "cascade", (cheaper, dearer)))
    confidences = answered.sure[place][~np.isnan(answered.sure[place])]
    parts = np.arange(1, _STEPS + 1) / (_STEPS + 1)
    steps = np.unique(np.quantile(confidences, parts).round(4)) if len(confidences) else np.array([])
    return policies + [
        Policy(f"{name[cheaper]}; {name[dearer]} below {threshold:g}", "cascade", (cheaper, dearer), float(threshold))
        for threshold in steps
    ]


def _outcomes(first: pd.DataFrame) -> pd.DataFrame:
    outcome, read = first["outcome"], first["read"].fillna("")
    failed_call = outcome == "failed"
    numbers = first.reindex(columns=["value", "cost_usd", "confidence"]).astype("Float64").astype("float64")
    return pd.DataFrame({
        "item": first["item"], "contender": first["contender"],
        "correct": numbers["value"].where(outcome.isin(_COUNTED)),
        "usd": numbers["cost_usd"].mask(failed_call & numbers["cost_usd"].isna(), 0.0),
        "failed": failed_call | (outcome == "unparsed") | first["valid"].eq(False).fillna(False).astype(bool),
        "parsed": read, "sure": numbers["confidence"],
    })  # fmt: skip


def _priced(names: Sequence[str], usd: np.ndarray, assumed_usd: Mapping[str, float]) -> np.ndarray:
    priced: list[Any] = []
    for name, costs in zip(names, usd, strict=True):
        unknown = np.isnan(costs)
        if unknown.any() and name not in assumed_usd:
            raise ItemError(
                f"what {int(unknown.sum()):,} of {len(costs):,} answers of {name} cost is not known, so no policy with "
                "it has a price; give its prices, and tokens a request where the answers do not say them"
            )
        priced.append(np.where(unknown, assumed_usd.get(name, 0.0), costs))
    return np.array(priced)


def _short(contender: str) -> str:
    model, rest = split_id(contender)
    variant = rest.rpartition(":")[2] if ":" in rest else ""
    return f"{model}:{variant}" if variant and not variant.isdecimal() else model

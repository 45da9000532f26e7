"""Conditions of the decision: whether each holds for a candidate, on which evidence, and what would turn it."""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd

from kit import catalog, evidence
from kit.client import split_id
from kit.decision import matchup
from kit.decision.dimensions import Comparison
from kit.decision.saving import Saving, bills, paired_bills
from kit.stats import Estimate, is_not_worse, is_worse

__all__ = [
    "ABILITY",
    "ACCEPTED",
    "BILL",
    "CONCERNS",
    "FAIL",
    "OPEN",
    "PASS",
    "Criterion",
    "Sensitivity",
    "access",
    "availability",
    "cheaper",
    "endpoints",
    "good_enough",
    "policies",
]

PASS, FAIL, OPEN, ABILITY = "pass", "fail", "open", "ability"

BILL, ACCEPTED = "cost", "cost per accepted answer"
"""The two names of the cost check, by what it rests on: only the bill depends on the workload's mix."""

CONCERNS = {"payment": "payment", "signup": "signup", "wire_format": "wire format", "geo": "region"}
"""What must be known to be open on one provider before a model counts as reachable."""


@dataclass(frozen=True)
class Sensitivity:
    """What a check's state would be, were one thing different.

    Attributes:
        name: `price` (the candidate's, times what it is) or `margin` (points).
        now: Where it stands.
        ends: Where the state changes, in rising order; at an end the state is that below it.
        states: One more than ends.
    """

    name: str
    now: float
    ends: tuple[float, ...]
    states: tuple[str, ...]

    def at(self, value: float) -> str:
        """The state at another value."""
        return self.states[bisect_left(self.ends, value)]


@dataclass(frozen=True)
class Criterion:
    """One condition of the rule: `pass`, `fail`, `open` (evidence is missing) or `ability` (fails for some requests).

    Attributes:
        flip: The smallest change that would turn it, in words; empty where it passes.
        rows: Ids of the rows it rests on.
        lever: How its state depends on price or margin; None where it does not.
    """

    name: str
    state: str
    said: str
    flip: str = ""
    rows: str = ""
    lever: Sensitivity | None = None

    def at(self, given: Mapping[str, float]) -> str:
        """Its state, were levers elsewhere: `{"margin": 5.0}`."""
        return self.lever.at(given[self.lever.name]) if self.lever and self.lever.name in given else self.state


def availability(table: pd.DataFrame, who: str, day: date) -> Criterion:
    """Whether a model's maker offers it on a day, and means to go on; one of no known maker, whether it answered."""
    model = matchup.model_of(who)
    if model not in catalog.models():
        return _answered("availability", table, model)
    rows = table[(table["subject"] == model) & table["metric"].str.startswith("status.") & (table["as_of"] <= str(day))]
    if rows.empty:
        return Criterion(
            "availability", OPEN, "of unknown status: no source says whether its maker serves it", "a dated source"
        )
    last = rows.sort_values("as_of", kind="stable").iloc[-1]
    word, cited = last["metric"].removeprefix("status."), evidence.cite([last])
    if word == "served":
        return Criterion("availability", PASS, f"served by its maker since {last['as_of']}", rows=cited)
    detail = last["note"].partition(": ")[2].partition(";")[0]
    status = f"{word} by its maker since {last['as_of']}" + (f" ({detail})" if detail else "")
    if word == "superseded":
        return Criterion("availability", OPEN, status, "its maker's word that it stays", cited)
    return Criterion("availability", FAIL, status, "compare its successor instead", cited)


def access(table: pd.DataFrame, who: str) -> Criterion:
    """Whether a contender's provider, or some provider of a model, is known to be open throughout."""
    model, own_provider = matchup.model_of(who), split_id(who)[1].partition(":")[0]
    if own_provider and own_provider not in catalog.providers():
        return _answered("access", table, model)
    for provider in [own_provider] if own_provider else catalog.model(model).providers:
        concerns = {concern: evidence.best(table, provider, f"access.{concern}") for concern in CONCERNS}
        rows = [row for row in concerns.values() if row is not None]
        if len(rows) == len(CONCERNS) and all(row["value"] for row in rows):
            explanation = f"{', '.join(CONCERNS.values())} are open through {catalog.provider(provider).name}"
            return Criterion("access", PASS, explanation, rows=evidence.cite(rows))
    return Criterion("access", OPEN, "no provider is known to be open throughout", "a provider without obstacles")


def _answered(name: str, table: pd.DataFrame, model: str) -> Criterion:
    """What no source speaks of, the team's own servers above all, is there if it was measured."""
    rows = table[(table["subject"] == model) & (table["source"] == "measured")]
    rows = rows[rows["metric"].str.startswith("score.")]
    if rows.empty:
        return Criterion(name, OPEN, "described by no source, and nothing was measured on it", "a measurement")
    last = rows.sort_values("as_of", kind="stable").iloc[-1]
    return Criterion(name, PASS, f"described by no source, but answered on {last['as_of']}", rows=evidence.cite([last]))


def cheaper(table: pd.DataFrame, candidate: str, incumbent: str, saving_of_move: Saving | None) -> Criterion:
    """Whether the candidate costs less: by accepted answer where that is known of both, else by the month's bill.

    Args:
        kept: As from `saving.saving`.
    """
    accepted = matchup.compare_on(table, candidate, incumbent, "accepted cost", 0)
    if times := accepted.times:
        explanation = f"{accepted.candidate or 'it'} against {accepted.incumbent or 'the incumbent'}, {accepted.why}"
        return _priced(ACCEPTED, explanation, (times.low, times.high), accepted.rows)
    if saving_of_move is None:
        return Criterion(BILL, OPEN, "no book prices this workload on both", "a full price")
    ours, theirs = bills(table, candidate, saving_of_move.source), bills(table, incumbent, saving_of_move.source)
    assert ours is not None and theirs is not None, "a saving is the gap between two bills of its book"
    explanation = f"${ours.usd:,.0f} a month against ${theirs.usd:,.0f} at {saving_of_move.source} prices"
    times_as_cheap = [their / our for book in paired_bills(table, candidate, incumbent).values() for our, their in book]
    return _priced(BILL, explanation, (min(times_as_cheap), max(times_as_cheap)), f"{ours.rows} {theirs.rows}")


def _priced(name: str, explanation: str, ends: tuple[float, float], rows: str) -> Criterion:
    """The cost check, from how many times as cheap the candidate is at least and at most."""
    lever = Sensitivity("price", 1.0, ends, (PASS, OPEN, FAIL))
    if ends[0] > 1:
        return Criterion(name, PASS, explanation, f"a price {ends[0]:.1f} times as high", rows, lever)
    if ends[1] < 1:
        return Criterion(name, FAIL, explanation, f"a price cut to {ends[1]:.0%}", rows, lever)
    why = "; books or hours disagree on which is cheaper" if name == BILL else "; which is cheaper is not settled"
    turn = "one price that counts" if name == BILL else f"a price cut to {ends[0]:.0%}, or more items"
    return Criterion(name, OPEN, f"{explanation}{why}", turn, rows, lever)


def good_enough(table: pd.DataFrame, candidate: str, incumbent: str, need: str, margin: float) -> Criterion:
    """Whether the candidate is not worse by the margin on a dimension of `kit.decision.dimensions`."""
    comparison = matchup.compare_on(table, candidate, incumbent, need, margin)
    if comparison.low is None or comparison.high is None or comparison.difference is None:
        return _able(comparison)
    return _within(
        comparison.dimension,
        comparison.difference,
        comparison.low,
        comparison.high,
        margin,
        comparison.rows,
        comparison.n,
    )


def _within(name: str, value: float, low: float, high: float, margin: float, rows: str, n: int | None) -> Criterion:
    """Whether a difference is above minus the margin with its whole interval."""
    span, lever = f"{value:+.1f} points [{low:+.1f}, {high:+.1f}]", Sensitivity("margin", margin, (-high, -low), _SPAN)
    difference = Estimate(value, low, high, n)
    if is_not_worse(difference, margin):
        flip = f"a margin under {-low:.1f} points" if low < 0 else ""
        return Criterion(name, PASS, f"{span}, within {margin:g}", flip, rows, lever)
    if is_worse(difference, margin):
        return Criterion(
            name, FAIL, f"{span}, worse by more than {margin:g}", f"a margin of {-low:.1f} points", rows, lever
        )
    # an interval narrows with the root of the items; 2.8 errors make 80 % power, where 1.96 make the interval
    end = value - low if value > -margin else high - value
    need = (
        f"some {n * (2.8 / 1.96 * end / (value + margin)) ** 2:,.0f} items" if n and value != -margin else "more items"
    )
    return Criterion(
        name, OPEN, f"{span}, and {margin:g} is inside it", f"a margin of {-low:.1f} points, or {need}", rows, lever
    )


def policies(table: pd.DataFrame, candidate: str, incumbent: str, margin: float) -> list[Criterion]:
    """Policies that ask the candidate first and were tried on items held out: not worse by the margin, and cheaper."""
    checks = []
    for gap in matchup.rows_against(table, candidate, incumbent, "policy.difference").itertuples():
        savings = table[(table["metric"] == "policy.saving") & (table["ref"] == gap.ref) & (table["note"] == gap.note)]
        name = f"policy {gap.note.partition(': ')[0]}"
        if savings.empty or " " not in name.removeprefix("policy "):  # one contender alone is no policy to route by
            continue
        cost = savings.iloc[0]
        quality = _within(name, gap.value, gap.low, gap.high, margin, f"{gap.id} {cost['id']}", None)
        explanation = f"{quality.said}; saves ${cost['value']:.3g} a request [{cost['low']:.3g}, {cost['high']:.3g}]"
        cheap = cost["low"] > 0
        checks.append(
            Criterion(
                name,
                quality.state if cheap else OPEN,
                explanation,
                quality.flip,
                quality.rows,
                quality.lever if cheap else None,
            )
        )
    return checks


def endpoints(table: pd.DataFrame, candidate: str, incumbent: str) -> list[Criterion]:
    """Endpoints on which the candidate may take over, alone or with the incumbent behind it (`endpoints`)."""
    moves = [
        (word, row) for word in ("migrate", "route")
        for row in matchup.rows_against(table, candidate, incumbent, f"verdict.{word}").itertuples()
    ]  # fmt: skip
    return [
        Criterion(f"endpoint {row.note.partition(': ')[0]}", PASS, f"{word} there, on {row.n:,} requests", rows=row.id)
        for word, row in moves
    ]


def _able(comparison: Comparison) -> Criterion:
    if comparison.winner in ("candidate", "tie"):
        return Criterion(
            comparison.dimension,
            PASS,
            f"{comparison.candidate or 'yes'} against {comparison.incumbent}",
            rows=comparison.rows,
        )
    if comparison.winner == "incumbent":
        return Criterion(
            comparison.dimension,
            ABILITY,
            f"{comparison.candidate} against {comparison.incumbent}",
            "none of the requests need it",
            comparison.rows,
        )
    return Criterion(comparison.dimension, OPEN, comparison.why, "a measurement on both", comparison.rows)


_SPAN = (FAIL, OPEN, PASS)

"""The rule that turns evidence into migrate, route, stay or undecided, and what would change the answer.

    migrate    every check passes: the maker serves it, a way in is open, the workload costs less on it, and on every
               dimension that the workload needs it is not worse than the incumbent by the margin
    route      only an ability is missing (images, say): send what needs it to the incumbent, the rest to the candidate
    stay       a check fails
    undecided  none fails, but one or more lack the evidence

Not worse by the margin: the whole 95 % interval of candidate minus incumbent lies above minus the margin.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product

import pandas as pd

from kit import catalog, evidence, matchup

__all__ = [
    "ABILITY", "CONCERNS", "FAIL", "OPEN", "PASS", "RANK", "Bills", "Check", "Saving", "Verdict", "availability",
    "bills", "decide", "nearest", "saving",
]  # fmt: skip

RANK = ("migrate", "route", "undecided", "stay")
"""Verdicts, the most welcome first."""

PASS, FAIL, OPEN, ABILITY = "pass", "fail", "open", "ability"

CONCERNS = {"payment": "payment", "signup": "signup", "wire_format": "wire format", "geo": "region"}
"""What must be known to be open on one way in before a model counts as reachable."""


@dataclass(frozen=True)
class Check:
    """One condition of the rule: `pass`, `fail`, `open` (evidence is missing) or `ability` (fails for some requests).

    Attributes:
        flip: The smallest change that would turn it, in words; empty where it passes.
        rows: Ids of the rows it rests on.
    """

    name: str
    state: str
    said: str
    flip: str = ""
    rows: str = ""


@dataclass(frozen=True)
class Bills:
    """A month of the study's workload in USD: at the most trusted price book, and the span over all books and hours."""

    usd: float
    low: float
    high: float
    source: str
    rows: str


@dataclass(frozen=True)
class Saving:
    """USD a month that a move would save: at the most trusted price book, and the span over all books and hours."""

    usd: float
    least: float
    most: float
    source: str


@dataclass(frozen=True)
class Verdict:
    """What to do about one candidate, and why."""

    candidate: str
    verdict: str
    checks: tuple[Check, ...]
    saving: Saving | None

    def named(self, *states: str) -> list[Check]:
        """The checks in one of these states."""
        return [check for check in self.checks if check.state in states]


def decide(
    table: pd.DataFrame, candidate: str, incumbent: str, needs: Sequence[str], margin: float, day: date
) -> Verdict:
    """Apply the rule to one candidate.

    Args:
        table: Evidence, with `bill.month` rows for both.
        needs: Dimensions of `kit.matchup` that the workload depends on.
        margin: Points of score that the team is ready to give up.
        day: The study's date.
    """
    kept = saving(table, candidate, incumbent)
    checks = (
        availability(table, candidate, day),
        _access(table, candidate),
        _cheaper(table, candidate, incumbent, kept),
        *(_good_enough(table, candidate, incumbent, need, margin) for need in needs),
    )
    states = {check.state for check in checks}
    ladder = ((FAIL, "stay"), (OPEN, "undecided"), (ABILITY, "route"))
    verdict = next((word for state, word in ladder if state in states), "migrate")
    return Verdict(candidate, verdict, checks, kept)


def nearest(verdicts: Sequence[Verdict]) -> Verdict:
    """The candidate closest to a move: best verdict, then fewest failed and open checks, then largest saving."""
    return min(
        verdicts,
        key=lambda v: (
            RANK.index(v.verdict),
            len(v.named(FAIL)),
            len(v.named(OPEN)),
            -(v.saving.usd if v.saving else 0),
        ),
    )


def bills(table: pd.DataFrame, model: str, *books: str) -> Bills | None:
    """A model's monthly bill for the study's workload, in these books or in any; None where none can price it."""
    now = evidence.best(table, model, "bill.month", *books)
    if now is None:
        return None
    rows = _all_bills(table, model)
    rows = rows[rows["source"].isin(books or evidence.SOURCES)]
    return Bills(now["value"], rows["value"].min(), rows["value"].max(), now["source"], evidence.cite(rows))


def saving(table: pd.DataFrame, candidate: str, incumbent: str) -> Saving | None:
    """What a move saves; each bill of the candidate is set against the incumbent's bill from the same price book."""
    pairs = _pairs(table, candidate, incumbent)
    source = next((source for source in evidence.SOURCES if source in pairs), None)
    if source is None:
        return None
    ours, theirs = (evidence.best(table, model, "bill.month", source) for model in (candidate, incumbent))
    assert ours is not None and theirs is not None, "a pair is of two bills of its book"
    gaps = [their - our for book in pairs.values() for our, their in book]
    return Saving(float(theirs["value"] - ours["value"]), min(gaps), max(gaps), source)


def _pairs(table: pd.DataFrame, candidate: str, incumbent: str) -> dict[str, list[tuple[float, float]]]:
    """Book -> each bill of the candidate with each of the incumbent's, whatever the hour."""
    ours, theirs = _all_bills(table, candidate), _all_bills(table, incumbent)
    both = set(ours[ours["metric"] == "bill.month"]["source"]) & set(theirs[theirs["metric"] == "bill.month"]["source"])
    return {
        source: list(product(ours[ours["source"] == source]["value"], theirs[theirs["source"] == source]["value"]))
        for source in both
    }


def availability(table: pd.DataFrame, model: str, day: date) -> Check:
    """Whether a model's maker offers it on a day, and means to go on."""
    rows = table[(table["subject"] == model) & table["metric"].str.startswith("status.") & (table["as_of"] <= str(day))]
    if rows.empty:
        return Check(
            "availability", OPEN, "of unknown status: no source says whether its maker serves it", "a dated source"
        )
    last = rows.sort_values("as_of", kind="stable").iloc[-1]
    word, cited = last["metric"].removeprefix("status."), evidence.cite([last])
    if word == "served":
        return Check("availability", PASS, f"served by its maker since {last['as_of']}", rows=cited)
    detail = last["note"].partition(": ")[2].partition(";")[0]
    said = f"{word} by its maker since {last['as_of']}" + (f" ({detail})" if detail else "")
    if word == "superseded":
        return Check("availability", OPEN, said, "its maker's word that it stays", cited)
    return Check("availability", FAIL, said, "compare its successor instead", cited)


def _all_bills(table: pd.DataFrame, model: str) -> pd.DataFrame:
    return table[(table["subject"] == model) & table["metric"].str.startswith("bill.month")]


def _access(table: pd.DataFrame, model: str) -> Check:
    for way in catalog.model(model).ways:
        found = {concern: evidence.best(table, way, f"access.{concern}") for concern in CONCERNS}
        rows = [row for row in found.values() if row is not None]
        if len(rows) == len(CONCERNS) and all(row["value"] for row in rows):
            said = f"{', '.join(CONCERNS.values())} are open through {catalog.way(way).name}"
            return Check("access", PASS, said, rows=evidence.cite(rows))
    return Check("access", OPEN, "no way in is known to be open throughout", "a way in without obstacles")


def _cheaper(table: pd.DataFrame, candidate: str, incumbent: str, kept: Saving | None) -> Check:
    if kept is None:
        return Check("cost", OPEN, "no book prices this workload on both", "a full price")
    ours, theirs = bills(table, candidate, kept.source), bills(table, incumbent, kept.source)
    assert ours is not None and theirs is not None, "a saving is the gap between two bills of its book"
    said = f"${ours.usd:,.0f} a month against ${theirs.usd:,.0f} at {kept.source} prices"
    rows = f"{ours.rows} {theirs.rows}"
    times = [their / our for book in _pairs(table, candidate, incumbent).values() for our, their in book]
    if kept.least > 0:
        return Check("cost", PASS, said, f"a price {min(times):.1f} times as high", rows)
    if kept.most < 0:
        return Check("cost", FAIL, said, f"a price cut to {max(times):.0%}", rows)
    return Check("cost", OPEN, f"{said}; books or hours disagree on which is cheaper", "one price that counts", rows)


def _good_enough(table: pd.DataFrame, candidate: str, incumbent: str, need: str, margin: float) -> Check:
    found = matchup.compare(table, candidate, incumbent, need, margin)
    if found.low is None:
        return _able(found)
    span = f"{found.difference:+.1f} points [{found.low:+.1f}, {found.high:+.1f}]"
    if found.low > -margin:
        return Check(
            found.dimension,
            PASS,
            f"{span}, within {margin:g}",
            f"a margin under {-found.low:.1f} points" if found.low < 0 else "",
            found.rows,
        )
    if found.high is not None and found.high < -margin:
        return Check(
            found.dimension,
            FAIL,
            f"{span}, worse by more than {margin:g}",
            f"a margin of {-found.low:.1f} points",
            found.rows,
        )
    return Check(
        found.dimension,
        OPEN,
        f"{span}, and {margin:g} is inside it",
        f"a margin of {-found.low:.1f} points, or more items",
        found.rows,
    )


def _able(found: matchup.Comparison) -> Check:
    if found.winner in ("candidate", "tie"):
        return Check(found.dimension, PASS, f"{found.candidate or 'yes'} against {found.incumbent}", rows=found.rows)
    if found.winner == "incumbent":
        return Check(
            found.dimension,
            ABILITY,
            f"{found.candidate} against {found.incumbent}",
            "none of the requests need it",
            found.rows,
        )
    return Check(found.dimension, OPEN, found.why, "a measurement on both", found.rows)

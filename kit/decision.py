"""The rule that turns evidence into migrate, route, stay or undecided, and what would change the answer.

    migrate    every check passes: still sold, way in open, cheaper on this workload, and on every dimension that the
               workload needs not worse than the incumbent by the margin
    route      only an ability is missing (images, say): send what needs it to the incumbent, the rest to the candidate
    stay       a check fails
    undecided  none fails, but one or more lack the evidence

Not worse by the margin: the whole 95 % interval of candidate minus incumbent lies above minus the margin.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from kit import catalog, evidence, matchup

__all__ = [
    "RANK", "Bills", "Check", "Saving", "Verdict", "bills", "decide", "incumbent_status", "nearest", "recommend", "saving",
]

RANK = ("migrate", "route", "undecided", "stay")
"""Verdicts, the most welcome first."""

PASS, FAIL, OPEN, ABILITY = "pass", "fail", "open", "ability"


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
    ours, theirs = bills(table, candidate), bills(table, incumbent)
    checks = (
        _sold(table, candidate, day),
        _access(table, candidate),
        _cheaper(ours, theirs),
        *(_good_enough(table, candidate, incumbent, need, margin) for need in needs),
    )
    states = {check.state for check in checks}
    verdict = "stay" if FAIL in states else "undecided" if OPEN in states else "route" if ABILITY in states else "migrate"
    return Verdict(candidate, verdict, checks, saving(table, candidate, incumbent))


def nearest(verdicts: Sequence[Verdict]) -> Verdict:
    """The candidate closest to a move: best verdict, then fewest failed and open checks, then largest saving."""
    return min(verdicts, key=lambda v: (
        RANK.index(v.verdict), len(v.named(FAIL)), len(v.named(OPEN)), -(v.saving.usd if v.saving else 0)))


def recommend(verdicts: Sequence[Verdict], table: pd.DataFrame, incumbent: str) -> str:
    """The recommendation in one sentence, for the first page."""
    name = catalog.model(incumbent).name
    first = nearest(verdicts)
    theirs, bill = bills(table, incumbent), bills(table, first.candidate)
    them = catalog.model(first.candidate).name
    money = f"${theirs.usd:,.0f} a month would become ${bill.usd:,.0f}" if theirs and bill else "the saving is unknown"
    if first.verdict == "migrate":
        return f"Move from {name} to {them}: {money}, and no dimension is worse by more than the margin."
    if first.verdict == "route":
        kept = ", ".join(check.name for check in first.named(ABILITY))
        return f"Route: send all that needs {kept} to {name} and the rest to {them}; {money} before that share."
    if first.verdict == "undecided":
        lacking = ", ".join(check.name for check in first.named(OPEN))
        return (f"Do not move from {name} yet: {them} is the nearest candidate ({money}), "
                f"but the evidence leaves open: {lacking}.")
    return f"Stay on {name}: every candidate fails at least one check; the nearest is {them} ({_faults(first)})."


def bills(table: pd.DataFrame, model: str) -> Bills | None:
    """A model's monthly bill for the study's workload; None where no book can price it."""
    rows = evidence.find(table, model, "bill.month")
    if rows.empty:
        return None
    top = rows.iloc[0]
    return Bills(top["value"], rows["value"].min(), rows["value"].max(), top["source"], evidence.cite(rows))


def saving(table: pd.DataFrame, candidate: str, incumbent: str) -> Saving | None:
    """What a move saves; each bill of the candidate is set against the incumbent's bill from the same price book."""
    gaps = []
    for row in evidence.find(table, candidate, "bill.month").itertuples():
        theirs = evidence.best(table, incumbent, "bill.month", row.source)
        if theirs is not None:
            gaps.append((float(theirs["value"] - row.value), row.source))
    if not gaps:
        return None
    return Saving(gaps[0][0], min(gap for gap, _ in gaps), max(gap for gap, _ in gaps), gaps[0][1])


def incumbent_status(table: pd.DataFrame, incumbent: str, day: date) -> str:
    """A sentence on whether the incumbent itself can still be bought."""
    check = _sold(table, incumbent, day)
    return f"The incumbent, {catalog.model(incumbent).name}: {check.said}."


def _sold(table: pd.DataFrame, model: str, day: date) -> Check:
    rows = table[(table["subject"] == model) & table["metric"].str.startswith("status.") & (table["as_of"] <= str(day))]
    if rows.empty:
        return Check("still sold", OPEN, "no source says whether its maker serves it", "a dated source")
    last = rows.sort_values("as_of", kind="stable").iloc[-1]
    word, cited = last["metric"].removeprefix("status."), evidence.cite([last])
    if word == "served":
        return Check("still sold", PASS, f"served by its maker, last noted {last['as_of']}", rows=cited)
    return Check("still sold", FAIL, f"{word} by its maker since {last['as_of']}", "compare its successor", cited)


def _access(table: pd.DataFrame, model: str) -> Check:
    open_, cited = [], []
    for way in catalog.model(model).ways:
        rows = table[(table["subject"] == way) & table["metric"].str.startswith("access.")]
        rows = rows[rows["metric"] != "access.caveat"]
        if len(rows) and (rows["value"] == 1).all():
            open_.append(catalog.way(way).name)
            cited.append(rows)
    if not open_:
        return Check("way in open", OPEN, "no way in is documented as open throughout", "a way in without obstacles")
    return Check("way in open", PASS, f"through {', '.join(open_)}", rows=evidence.cite(pd.concat(cited)))


def _cheaper(ours: Bills | None, theirs: Bills | None) -> Check:
    if ours is None or theirs is None:
        return Check("cheaper", OPEN, "no book prices this workload on both", "a full price")
    said = f"${ours.usd:,.0f} a month against ${theirs.usd:,.0f} at {ours.source} prices"
    rows = f"{ours.rows} {theirs.rows}"
    if ours.high < theirs.low:
        return Check("cheaper", PASS, said, f"a price {theirs.low / ours.high:.1f} times as high", rows)
    if ours.low > theirs.high:
        return Check("cheaper", FAIL, said, f"a price cut to {theirs.high / ours.low:.0%}", rows)
    return Check("cheaper", OPEN, f"{said}; the books disagree on which is cheaper", "one price that counts", rows)


def _good_enough(table: pd.DataFrame, candidate: str, incumbent: str, need: str, margin: float) -> Check:
    found = matchup.compare(table, candidate, incumbent, need, margin)
    if found.low is None:
        return _able(found)
    span = f"{found.difference:+.1f} points [{found.low:+.1f}, {found.high:+.1f}]"
    if found.low > -margin:
        return Check(found.dimension, PASS, f"{span}, within {margin:g}", f"a margin under {-found.low:.1f} points"
                     if found.low < 0 else "", found.rows)
    if found.high is not None and found.high < -margin:
        return Check(found.dimension, FAIL, f"{span}, worse by more than {margin:g}",
                     f"a margin of {-found.low:.1f} points", found.rows)
    return Check(found.dimension, OPEN, f"{span}, and {margin:g} is inside it",
                 f"a margin of {-found.low:.1f} points, or more items", found.rows)


def _able(found: matchup.Comparison) -> Check:
    if found.winner in ("candidate", "tie"):
        return Check(found.dimension, PASS, f"{found.candidate or 'yes'} against {found.incumbent}", rows=found.rows)
    if found.winner == "incumbent":
        return Check(found.dimension, ABILITY, f"{found.candidate} against {found.incumbent}",
                     "none of the requests need it", found.rows)
    return Check(found.dimension, OPEN, found.why, "a measurement on both", found.rows)


def _faults(verdict: Verdict) -> str:
    return "; ".join(f"{check.name}: {check.said}" for check in verdict.named(FAIL))

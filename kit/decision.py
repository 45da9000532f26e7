"""The rule that turns evidence into migrate, route, stay or undecided, and what would change the answer.

    migrate    every check passes: the maker serves it, a way in is open, the workload costs less on it, and on every
               dimension that the workload needs it is not worse than the incumbent by the margin
    route      only an ability is missing (images, say): send what needs it to the incumbent, the rest to the candidate
    stay       a check fails
    undecided  none fails, but one or more lack the evidence

Not worse by the margin: the whole 95 % interval of candidate minus incumbent lies above minus the margin.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from kit import catalog, evidence, matchup
from kit.evidence import Row

__all__ = [
    "RANK", "Bills", "Check", "Saving", "Verdict", "bills", "bills_table", "conditions", "decide", "flips", "headline",
    "incumbent_status", "nearest", "recommend", "saving", "savings", "states",
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
    ours, theirs = bills(table, candidate), bills(table, incumbent)
    checks = (
        _sold(table, candidate, day),
        _access(table, candidate),
        _cheaper(ours, theirs),
        *(_good_enough(table, candidate, incumbent, need, margin) for need in needs),
    )
    states = {check.state for check in checks}
    verdict = (
        "stay" if FAIL in states else "undecided" if OPEN in states else "route" if ABILITY in states else "migrate"
    )
    return Verdict(candidate, verdict, checks, saving(table, candidate, incumbent))


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


def recommend(verdicts: Sequence[Verdict], table: pd.DataFrame, incumbent: str, day: date) -> str:
    """The recommendation in a sentence for the first page, and in a second one if the incumbent itself is going."""
    first = nearest(verdicts)
    name, them = catalog.model(incumbent).name, catalog.model(first.candidate).name
    theirs, ours = bills(table, incumbent), bills(table, first.candidate)
    money = f"${theirs.usd:,.0f} a month would become ${ours.usd:,.0f}" if theirs and ours else "the saving is unknown"
    said = {
        "migrate": f"Move from {name} to {them}: {money}, and no dimension is worse by more than the margin.",
        "route": f"Send what needs {_named(first, ABILITY)} to {name}, the rest to {them}: {money} before that share.",
        "undecided": f"No candidate is ready to replace {name}: {them} comes nearest ({money}), "
        f"but the evidence leaves open {_named(first, OPEN)}.",
        "stay": f"Stay on {name}: every candidate fails a condition; {them} comes nearest, and fails on "
        f"{_named(first, FAIL)}.",
    }[first.verdict]
    going = _sold(table, incumbent, day)
    return said if going.state == PASS else f"{said} {name} itself is {going.said}."


def headline(table: pd.DataFrame, first: Verdict, incumbent: str) -> list[tuple[str, str, str, str]]:
    """The four key figures: label, value, what it is, kind of evidence."""
    theirs, ours, kept = bills(table, incumbent), bills(table, first.candidate), first.saving
    span = dict.fromkeys((f"${kept.least:,.0f}", f"${kept.most:,.0f}")) if kept else {"unknown": None}
    measured = int((table["source"] == "measured").sum())
    return [
        ("today", _usd(theirs), f"a month on {catalog.model(incumbent).name}", theirs.source if theirs else ""),
        ("nearest candidate", _usd(ours), f"a month on {_name(first)}", ours.source if ours else ""),
        ("saving", " to ".join(span), "a month, over price books and hours", "article and list"),
        ("measured figures", f"{measured}", "behind this verdict", "measured"),
    ]


def _usd(bill: Bills | None) -> str:
    return "unknown" if bill is None else f"${bill.usd:,.0f}"


def states(verdicts: Sequence[Verdict]) -> pd.DataFrame:
    """A row a candidate, a column a condition: `pass`, `fail`, `open` or `ability`."""
    return pd.DataFrame({_name(v): {check.name: check.state for check in v.checks} for v in verdicts}).T


def conditions(verdicts: Sequence[Verdict]) -> pd.DataFrame:
    """Each candidate's conditions, what the evidence says on each, and the first rows that rests on."""
    return _by_candidate(
        {"candidate": _name(v), "condition": check.name, "state": check.state, "what the evidence says": check.said,
         "rests on": " ".join(check.rows.split()[:2])}
        for v in verdicts for check in v.checks
    )  # fmt: skip


def flips(verdicts: Sequence[Verdict]) -> pd.DataFrame:
    """The smallest change that would turn each condition that is not met."""
    return _by_candidate(
        {"candidate": _name(v), "condition": check.name, "state": check.state, "would turn with": check.flip}
        for v in verdicts for check in v.named(FAIL, OPEN, ABILITY)
    )  # fmt: skip


def bills_table(table: pd.DataFrame, verdicts: Sequence[Verdict], incumbent: str) -> pd.DataFrame:
    """The month's bill of incumbent and candidates: `model`, `value`, `low`, `high`, `note` (the verdict)."""
    notes = {incumbent: "today"} | {v.candidate: v.verdict for v in verdicts}
    priced = {model: bill for model in notes if (bill := bills(table, model)) is not None}
    return pd.DataFrame(
        {"model": model, "value": bill.usd, "low": bill.low, "high": bill.high, "note": notes[model]}
        for model, bill in priced.items()
    )


def savings(verdicts: Sequence[Verdict], incumbent: str, day: date) -> list[Row]:
    """What each move would save a month, as evidence: at the most trusted price, at least and at most."""
    return [
        Row(v.candidate, f"saving.month.{end}", usd, "USD/month", v.saving.source, str(day), f"against {incumbent}")
        for v in verdicts if v.saving
        for end, usd in (("now", v.saving.usd), ("least", v.saving.least), ("most", v.saving.most))
    ]  # fmt: skip


def _by_candidate(rows: Iterable[dict[str, str]]) -> pd.DataFrame:
    table = pd.DataFrame(rows)
    return table.assign(candidate=table["candidate"].where(~table["candidate"].duplicated(), ""))


def _name(verdict: Verdict) -> str:
    return catalog.model(verdict.candidate).name


def _named(verdict: Verdict, state: str) -> str:
    return ", ".join(check.name for check in verdict.named(state))


def bills(table: pd.DataFrame, model: str) -> Bills | None:
    """A model's monthly bill for the study's workload; None where no book can price it."""
    now, rows = evidence.best(table, model, "bill.month"), _all_bills(table, model)
    if now is None:
        return None
    return Bills(now["value"], rows["value"].min(), rows["value"].max(), now["source"], evidence.cite(rows))


def saving(table: pd.DataFrame, candidate: str, incumbent: str) -> Saving | None:
    """What a move saves; each bill of the candidate is set against the incumbent's bill from the same price book."""
    gaps = {}
    for row in _all_bills(table, candidate).itertuples():
        theirs = evidence.best(table, incumbent, "bill.month", row.source)
        if theirs is not None:
            gaps[row.source, row.metric] = float(theirs["value"] - row.value)
    source = next((source for source in evidence.SOURCES if (source, "bill.month") in gaps), None)
    if source is None:
        return None
    return Saving(gaps[source, "bill.month"], min(gaps.values()), max(gaps.values()), source)


def _all_bills(table: pd.DataFrame, model: str) -> pd.DataFrame:
    return table[(table["subject"] == model) & table["metric"].str.startswith("bill.month")]


def incumbent_status(table: pd.DataFrame, incumbent: str, day: date) -> str:
    """A sentence on whether the incumbent itself can still be bought."""
    check = _sold(table, incumbent, day)
    return f"The incumbent, {catalog.model(incumbent).name}, is {check.said}."


def _sold(table: pd.DataFrame, model: str, day: date) -> Check:
    rows = table[(table["subject"] == model) & table["metric"].str.startswith("status.") & (table["as_of"] <= str(day))]
    if rows.empty:
        return Check(
            "availability", OPEN, "of unknown status: no source says whether its maker serves it", "a dated source"
        )
    last = rows.sort_values("as_of", kind="stable").iloc[-1]
    word, cited = last["metric"].removeprefix("status."), evidence.cite([last])
    if word == "served":
        return Check("availability", PASS, f"served by its maker since {last['as_of']}", rows=cited)
    detail = last["note"].partition(": ")[2]
    said = f"{word} by its maker since {last['as_of']}" + (f" ({detail})" if detail else "")
    if word == "superseded":
        return Check("availability", OPEN, said, "its maker's word that it stays", cited)
    return Check("availability", FAIL, said, "compare its successor instead", cited)


def _access(table: pd.DataFrame, model: str) -> Check:
    for way in catalog.model(model).ways:
        found = {concern: evidence.best(table, way, f"access.{concern}") for concern in CONCERNS}
        rows = [row for row in found.values() if row is not None]
        if len(rows) == len(CONCERNS) and all(row["value"] for row in rows):
            said = f"{', '.join(CONCERNS.values())} are open through {catalog.way(way).name}"
            return Check("access", PASS, said, rows=evidence.cite(rows))
    return Check("access", OPEN, "no way in is known to be open throughout", "a way in without obstacles")


def _cheaper(ours: Bills | None, theirs: Bills | None) -> Check:
    if ours is None or theirs is None:
        return Check("cost", OPEN, "no book prices this workload on both", "a full price")
    said = f"${ours.usd:,.0f} a month against ${theirs.usd:,.0f} at {ours.source} prices"
    rows = f"{ours.rows} {theirs.rows}"
    if ours.high < theirs.low:
        return Check("cost", PASS, said, f"a price {theirs.low / ours.high:.1f} times as high", rows)
    if ours.low > theirs.high:
        return Check("cost", FAIL, said, f"a price cut to {theirs.high / ours.low:.0%}", rows)
    return Check("cost", OPEN, f"{said}; the books disagree on which is cheaper", "one price that counts", rows)


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

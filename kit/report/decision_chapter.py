"""The decision as a reader meets it: the recommendation in a sentence, and the tables that stand behind it."""

from collections.abc import Sequence
from datetime import date

import pandas as pd

from kit.decision.criteria import ABILITY, FAIL, OPEN, PASS, availability
from kit.decision.matchup import named
from kit.decision.rule import Recommendation, nearest, switching_values
from kit.decision.saving import Bills, bills
from kit.evidence import Row

__all__ = [
    "because", "bills_table", "conditions", "flips", "headline", "incumbent_status", "levers", "recommend", "savings",
    "states",
]  # fmt: skip


def recommend(verdicts: Sequence[Recommendation], table: pd.DataFrame, incumbent: str, day: date) -> str:
    """The recommendation in a sentence for the first page, and in a second one if the incumbent itself is going."""
    first = nearest(verdicts)
    name, them = named(incumbent), named(first.candidate)
    theirs, ours = _both(table, first, incumbent)
    money = f"${theirs.usd:,.0f} a month would become ${ours.usd:,.0f}" if theirs and ours else "the saving is unknown"
    said = {
        "migrate": f"Move from {name} to {them}: {money}, and no dimension is worse by more than the margin.",
        "route": f"Send what needs {_named(first, ABILITY)} to {name}, the rest to {them}: {money} before that share."
        if first.named(ABILITY)
        else f"Route between {them} and {name}: {'; '.join(first.reasons)}.",
        "undecided": f"No candidate is ready to replace {name}: {them} comes nearest ({money}), "
        f"but the evidence leaves open {_named(first, OPEN)}.",
        "stay": f"Stay on {name}: every candidate fails a condition; {them} comes nearest, and fails on "
        f"{_named(first, FAIL)}.",
    }[first.verdict]
    going = availability(table, incumbent, day)
    return said if going.state == PASS else f"{said} {name} itself is {going.said}."


def headline(table: pd.DataFrame, first: Recommendation, incumbent: str) -> list[tuple[str, str, str, str]]:
    """The four key figures: label, value, what it is, kind of evidence."""
    (theirs, ours), kept = _both(table, first, incumbent), first.saving
    span = dict.fromkeys((f"${kept.least:,.0f}", f"${kept.most:,.0f}")) if kept else {"unknown": None}
    measured = int((table["source"] == "measured").sum())
    return [
        ("today", _usd(theirs), f"a month on {named(incumbent)}", theirs.source if theirs else ""),
        ("nearest candidate", _usd(ours), f"a month on {_name(first)}", ours.source if ours else ""),
        ("saving", " to ".join(span), "a month, over price books and hours", "article and list"),
        ("measured figures", f"{measured}", "behind this verdict", "measured"),
    ]


def states(verdicts: Sequence[Recommendation]) -> pd.DataFrame:
    """A row a candidate, a column a condition: `pass`, `fail`, `open` or `ability`."""
    return pd.DataFrame({_name(v): {check.name: check.state for check in v.checks} for v in verdicts}).T


def conditions(verdicts: Sequence[Recommendation]) -> pd.DataFrame:
    """Each candidate's conditions, what the evidence says on each, and the first rows that rests on."""
    return pd.DataFrame(
        {"candidate": _name(v), "condition": check.name, "state": check.state, "what the evidence says": check.said,
         "rests on": " ".join(check.rows.split()[:2])}
        for v in verdicts for check in v.checks
    )  # fmt: skip


def flips(verdicts: Sequence[Recommendation]) -> pd.DataFrame:
    """The smallest change that would turn each condition that is not met."""
    return pd.DataFrame(
        {"candidate": _name(v), "condition": check.name, "state": check.state, "would turn with": check.flip}
        for v in verdicts for check in v.named(FAIL, OPEN, ABILITY)
    )  # fmt: skip


def because(verdicts: Sequence[Recommendation]) -> pd.DataFrame:
    """Each verdict with its reasons: `candidate`, `verdict`, `because`."""
    return pd.DataFrame(
        {"candidate": _name(v), "verdict": v.verdict, "because": "; ".join(v.reasons)} for v in verdicts
    )  # fmt: skip


def levers(verdicts: Sequence[Recommendation], table: pd.DataFrame, incumbent: str) -> pd.DataFrame:
    """The smallest change of each lever that flips each verdict: `candidate`, `verdict`, `lever`, ..., `then`."""
    return pd.DataFrame(
        {"candidate": _name(v), "verdict": v.verdict, "lever": lever, "smallest change": change,
         "verdict then": then if then != v.verdict else ""}
        for v in verdicts for lever, change, then in switching_values(v, table, incumbent)
    )  # fmt: skip


def bills_table(table: pd.DataFrame, verdicts: Sequence[Recommendation], incumbent: str) -> pd.DataFrame:
    """The month's bill of incumbent and candidates: `model`, `value`, `low`, `high`, `note` (the verdict)."""
    notes = {incumbent: "today"} | {v.candidate: v.verdict for v in verdicts}
    priced = {model: bill for model in notes if (bill := bills(table, model)) is not None}
    return pd.DataFrame(
        {"model": model, "value": bill.usd, "low": bill.low, "high": bill.high, "note": notes[model]}
        for model, bill in priced.items()
    )


def savings(verdicts: Sequence[Recommendation], incumbent: str, day: date) -> list[Row]:
    """What each move would save a month, as evidence: at the most trusted price, at least and at most."""
    return [
        Row(v.candidate, f"saving.month.{end}", usd, "USD/month", v.saving.source, str(day), f"against {incumbent}")
        for v in verdicts if v.saving
        for end, usd in (("now", v.saving.usd), ("least", v.saving.least), ("most", v.saving.most))
    ]  # fmt: skip


def incumbent_status(table: pd.DataFrame, incumbent: str, day: date) -> str:
    """A sentence on whether the incumbent itself can still be bought."""
    check = availability(table, incumbent, day)
    return f"The incumbent, {named(incumbent)}, is {check.said}."


def _usd(bill: Bills | None) -> str:
    return "unknown" if bill is None else f"${bill.usd:,.0f}"


def _both(table: pd.DataFrame, first: Recommendation, incumbent: str) -> tuple[Bills | None, Bills | None]:
    """The two bills that the saving is the gap between, from one book; else each from the most trusted one."""
    books = (first.saving.source,) if first.saving else ()
    return bills(table, incumbent, *books), bills(table, first.candidate, *books)


def _name(verdict: Recommendation) -> str:
    return named(verdict.candidate)


def _named(verdict: Recommendation, state: str) -> str:
    return ", ".join(check.name for check in verdict.named(state))

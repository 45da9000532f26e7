"""The decision as a reader meets it: the recommendation in a sentence, and the tables that stand behind it."""

import re
from collections.abc import Sequence
from datetime import date

import pandas as pd

from kit import catalog
from kit.client import split_id
from kit.decision import (
    ABILITY,
    ACCEPTED,
    BILL,
    DIMENSIONS,
    FAIL,
    OPEN,
    PASS,
    Bills,
    Criterion,
    Recommendation,
    Saving,
    availability,
    bills,
    named,
    nearest,
    switching_values,
)
from kit.evidence import Row

__all__ = [
    "against", "because", "bills_table", "conditions", "flips", "headline", "incumbent_status", "levers", "recommend",
    "savings", "states",
]  # fmt: skip


def recommend(verdicts: Sequence[Recommendation], table: pd.DataFrame, incumbent: str, day: date) -> str:
    """Put the recommendation in a sentence or two for the first page.

    An incumbent that its maker takes away is not a place to stay: the day by which a move is due comes first then.
    """
    first = nearest(verdicts)
    name, them = named(incumbent), named(first.candidate)
    theirs, ours = _both(table, first, incumbent)
    money = f"${theirs.usd:,.0f} a month would become ${ours.usd:,.0f}" if theirs and ours else "the saving is unknown"
    going = availability(table, incumbent, day)
    due = _due(going, incumbent, day) if going.state == FAIL else ""
    text = {
        "migrate": f"Move from {name} to {them}: {money}, and no dimension is worse by more than the margin.",
        "route": f"Send what needs {_named(first, ABILITY)} to {name}, the rest to {them}: {money} before that share."
        if first.named(ABILITY)
        else f"Route between {them} and {name}: {'; '.join(first.reasons)}.",
        "undecided": f"Keep {name} for now. {_would_cut(them, theirs, ours)}, but {against(first)}.",
        "stay": f"Keep {name}: every candidate fails a condition. {them} comes nearest ({money}), "
        f"but {against(first)}.",
    }[first.verdict]
    if due and first.verdict in ("undecided", "stay"):
        text = f"A move from {name} {due}. {them} is the best supported candidate ({money}), but {against(first)}."
    elif due:
        text = f"{text} A move {due}."
    elif going.state != PASS:
        text = f"{text} {name} itself is {going.said}."
    return text + _currency(first)


def against(verdict: Recommendation) -> str:
    """Say what stands against a candidate: what it fails on, what was never measured, and what is not settled."""
    clauses = [f"it fails on {_joined([check.name for check in failed])}"] if (failed := verdict.named(FAIL)) else []
    open_ = verdict.named(OPEN)
    lacking = [check.name.removesuffix(" quality") for check in open_ if check.flip == "a measurement on both"]
    unsettled = [check.name for check in open_ if check.flip != "a measurement on both" and check.name not in _WHETHER]
    if lacking:
        quality = " quality" if all(name in _SCORES for name in lacking) else ""
        clauses.append(f"there is no evidence yet on its {_joined(lacking)}{quality}")
    if unsettled:
        clauses.append(f"the evidence does not settle its {_joined(unsettled)}")
    clauses += [f"it is open whether {_WHETHER[check.name]}" for check in open_ if check.name in _WHETHER]
    return "; ".join(clauses) or "some requests need what it cannot do"


def _would_cut(them: str, theirs: Bills | None, ours: Bills | None) -> str:
    if theirs is None or ours is None:
        return f"{them} comes nearest (the saving is unknown)"
    verb = "cut" if ours.usd < theirs.usd else "raise"
    return f"{them} would {verb} the bill from ${theirs.usd:,.0f} to ${ours.usd:,.0f} a month"


def _due(going: Criterion, incumbent: str, day: date) -> str:
    """Say by which day a move from a model that goes is due, or since when it has been."""
    model = split_id(incumbent)[0] or incumbent
    dated = re.search(r"shuts? down on (\d{4}-\d{2}-\d{2})", going.said)
    end = catalog.ending(catalog.model(model), day) if not dated and catalog.knows(model) else None
    by = date.fromisoformat(dated[1]) if dated else end.day if end else None
    when = "is due" if by is None else f"is due by {by}" if by > day else f"has been due since {by}"
    return f"{when}: it is {going.said}"


def _currency(first: Recommendation) -> str:
    """Say so where the two bills are of two price books."""
    kept = first.saving
    if not kept or not kept.paid:
        return ""
    return f" Today's bill is at {kept.paid} prices, which is what is paid; the candidate's is at {kept.source} prices."


def _joined(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


_WHETHER = {
    "availability": "its maker goes on serving it", "access": "it can be bought without obstacles",
    BILL: "it is cheaper", ACCEPTED: "it is cheaper",
}  # fmt: skip
_SCORES = {spec.label.removesuffix(" quality") for spec in DIMENSIONS.values() if spec.kind == "score"}


def headline(table: pd.DataFrame, first: Recommendation, incumbent: str) -> list[tuple[str, str, str, str]]:
    """The four key figures: label, value, what it is, kind of evidence."""
    (theirs, ours), kept = _both(table, first, incumbent), first.saving
    span = dict.fromkeys((f"${kept.least:,.0f}", f"${kept.most:,.0f}")) if kept else {"unknown": None}
    measured = int((table["source"] == "measured").sum())
    return [
        ("today", _usd(theirs), f"a month on {named(incumbent)}", theirs.source if theirs else ""),
        ("nearest candidate", _usd(ours), f"a month on {_name(first)}", ours.source if ours else ""),
        ("saving", " to ".join(span), "a month, over price books and hours", " and ".join(_books(kept))),
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
        Row(v.candidate, f"saving.month.{end}", usd, "USD/month", v.saving.source, str(day), "bills of this study",
            against=incumbent)
        for v in verdicts if v.saving
        for end, usd in (("now", v.saving.usd), ("least", v.saving.least), ("most", v.saving.most))
    ]  # fmt: skip


def incumbent_status(table: pd.DataFrame, incumbent: str, day: date) -> str:
    """A sentence on whether the incumbent itself can still be bought."""
    check = availability(table, incumbent, day)
    return f"The incumbent, {named(incumbent)}, is {check.said}."


def _usd(bill: Bills | None) -> str:
    return "unknown" if bill is None else f"${bill.usd:,.0f}"


def _books(kept: Saving | None) -> tuple[str, ...]:
    return (kept.books or (kept.source,)) if kept else ()


def _both(table: pd.DataFrame, first: Recommendation, incumbent: str) -> tuple[Bills | None, Bills | None]:
    """The two bills that the saving is the gap between; else each from the most trusted book."""
    kept = first.saving
    books = ((kept.paid or kept.source,), (kept.source,)) if kept else ((), ())
    return bills(table, incumbent, *books[0]), bills(table, first.candidate, *books[1])


def _name(verdict: Recommendation) -> str:
    return named(verdict.candidate)


def _named(verdict: Recommendation, state: str) -> str:
    return ", ".join(check.name for check in verdict.named(state))

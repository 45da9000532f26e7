"""The recommendation in words: what to do, what it saves, and what stands against it."""

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
    MONTH,
    OPEN,
    Bills,
    Criterion,
    Recommendation,
    accepted_costs,
    availability,
    bills,
    named,
    nearest,
)
from kit.text import day_in_words, dollars, listed

__all__ = [
    "OPEN_QUESTIONS", "against", "both_bills", "has_quality", "incumbent_status", "obstacles", "recommend", "short",
]  # fmt: skip

OPEN_QUESTIONS = {
    "availability": "its maker will keep serving it", "access": "a team can buy it without obstacles",
    BILL: "it is cheaper", ACCEPTED: "it is cheaper",
}  # fmt: skip
"""Condition -> the question that is open while it is open, after `whether`."""

_FAILS = {
    "availability": "its maker is withdrawing it", "access": "a team cannot buy it", BILL: "it costs more",
    ACCEPTED: "it costs more for each accepted answer", "reliability": "too many requests fail",
}  # fmt: skip
_LABELS = {spec.label: name for name, spec in DIMENSIONS.items() if spec.kind == "score"}


def recommend(verdicts: Sequence[Recommendation], table: pd.DataFrame, incumbent: str, day: date) -> str:
    """Say what to do, in a sentence or two for the first page.

    An incumbent that its maker takes away is not a place to stay: the day by which a move is due comes first then.
    """
    first = nearest(verdicts)
    name, them = named(incumbent), named(first.candidate)
    theirs, ours = both_bills(table, first, incumbent)
    going = availability(table, incumbent, day)
    leave = _leave(going, incumbent, day) if going.state == FAIL else ""
    money = _money(theirs, ours)
    if first.verdict == "migrate":
        text = f"Move from {name} to {them}: {money}, and no needed quality is worse by more than the margin."
    elif first.verdict == "route" and (abilities := first.named(ABILITY)):
        share = listed([check.name for check in abilities])
        text = f"Send what needs {share} to {name} and the rest to {them}: {money} before that share."
    elif first.verdict == "route":
        text = f"Route between {them} and {name}: {'; '.join(first.reasons)}."
    elif not has_quality(first):
        start = f"{leave}." if leave else f"Keep {name} for now."
        text = f"{start} No candidate's quality is known yet. By price alone, with {them} {money}, "
        text += f"but {against(first)}."
    elif leave and first.verdict == "stay":
        text = f"{leave}. No candidate meets every condition. {them} comes nearest ({money}), but {against(first)}."
    elif leave:
        text = f"{leave}. {them} is the best supported replacement so far ({money}), but {against(first)}."
    elif first.verdict == "undecided":
        text = f"Keep {name} for now. With {them} {money}, but {against(first)}."
    elif len(verdicts) == 1:
        text = f"Keep {name}. With {them} {money}, but {against(first)}."
    else:
        text = (
            f"Keep {name}: each of the {len(verdicts)} candidates fails a condition. {them} comes nearest ({money}), "
        )
        text += f"but {against(first)}."
    if leave and first.verdict in ("migrate", "route"):
        text = f"{text} {leave}."
    elif going.state == OPEN:
        text = f"{text} {name} itself is {going.explanation}."
    return text + _currency(first)


def has_quality(verdict: Recommendation) -> bool:
    """Return whether there is evidence on any quality that the workload needs of this candidate."""
    qualities = [check for check in verdict.checks if check.name in _LABELS]
    return not qualities or any(check.needed_change != "a measurement on both" for check in qualities)


def against(verdict: Recommendation) -> str:
    """Say what stands against a candidate: what it fails on, what was never measured, and what is not settled."""
    clauses = []
    if failed := verdict.named(FAIL):
        known = [_FAILS[check.name] for check in failed if check.name in _FAILS]
        rest = [short(check.name) for check in failed if check.name not in _FAILS]
        clauses += known + ([f"it fails on {listed(rest)}"] if rest else [])
    open_ = verdict.named(OPEN)
    scored = [check for check in open_ if check.name not in OPEN_QUESTIONS]
    lacking = [check for check in scored if check.needed_change == "a measurement on both"]
    unsettled = [check for check in scored if check not in lacking]
    if lacking:
        quality = "" if any(check.name not in _LABELS or "quality" in check.name for check in lacking) else " quality"
        clauses.append(f"there is no evidence yet on its {listed([short(check.name) for check in lacking])}{quality}")
    if unsettled:
        clauses.append(f"the evidence does not settle its {listed([short(check.name) for check in unsettled])}")
    if whether := list(dict.fromkeys(OPEN_QUESTIONS[check.name] for check in open_ if check.name in OPEN_QUESTIONS)):
        clauses.append(f"it is open whether {listed(whether)}")
    return "; ".join(clauses) or "some requests need what it cannot do"


def obstacles(verdict: Recommendation) -> str:
    """Say what stands against a candidate, in a few words for a table: `fails: code; open: access`."""
    states = {"fails": FAIL, "open": OPEN, "cannot": ABILITY}
    parts = [
        f"{word}: {', '.join(short(check.name) for check in criteria)}"
        for word, state in states.items()
        if (criteria := verdict.named(state))
    ]
    return "; ".join(parts) or "nothing"


def short(label: str) -> str:
    """The name of a condition or dimension as a sentence about one study needs it."""
    return label.removeprefix("coding agents: ")


def both_bills(table: pd.DataFrame, verdict: Recommendation, incumbent: str) -> tuple[Bills | None, Bills | None]:
    """Return the incumbent's bill and the candidate's, of the same work.

    Of 1,000 accepted answers where their cost is known and no log gives the month; else the two months that the saving
    is the gap between, else each month from the most trusted book.
    """
    if costs := accepted_costs(table, verdict.candidate, incumbent):
        return costs
    saving = verdict.saving
    books = ((saving.paid or saving.source,), (saving.source,)) if saving else ((), ())
    return bills(table, incumbent, *books[0]), bills(table, verdict.candidate, *books[1])


def incumbent_status(table: pd.DataFrame, incumbent: str, day: date) -> str:
    """Say in a sentence whether the incumbent itself can still be bought."""
    return f"The incumbent, {named(incumbent)}, is {availability(table, incumbent, day).explanation}."


def _leave(going: Criterion, incumbent: str, day: date) -> str:
    """Say by which day a model that goes must be left, or since when it is gone."""
    model, name = split_id(incumbent)[0] or incumbent, named(incumbent)
    dated = re.search(r"shuts? down on (\d{4}-\d{2}-\d{2})", going.explanation)
    end = catalog.ending(catalog.model(model), day) if not dated and catalog.knows(model) else None
    by = date.fromisoformat(dated[1]) if dated else end.day if end else None
    if by is None:
        return f"Leave {name}: it is {going.explanation}"
    if by > day:
        return f"Leave {name} by {day_in_words(by)}, when its maker shuts it down"
    return f"{name} was shut down by its maker on {day_in_words(by)}; leave it now"


def _money(theirs: Bills | None, ours: Bills | None) -> str:
    if theirs is None or ours is None:
        return "the saving is unknown"
    verb = "falls" if ours.usd < theirs.usd else "rises"
    subject = "the bill" if ours.amount == MONTH else "the cost"
    return f"{subject} {verb} from {dollars(theirs.usd)} to {dollars(ours.usd)} {ours.amount}"


def _currency(first: Recommendation) -> str:
    """Say so where the two bills are of two price books."""
    saving = first.saving
    if not saving or not saving.paid:
        return ""
    paid = f" Today's bill is at {saving.paid} prices, which is what is paid;"
    return f"{paid} the candidate's is at {saving.source} prices."

"""The tables that stand behind a decision: its conditions, reasons, break-evens and bills."""

from collections.abc import Sequence
from datetime import date

import pandas as pd

from kit.decision import ABILITY, FAIL, OPEN, Recommendation, bills, named, switching_values
from kit.evidence import SOURCES, Row

__all__ = ["because", "bills_table", "cited_kinds", "conditions", "flips", "levers", "savings", "states"]


def states(verdicts: Sequence[Recommendation]) -> pd.DataFrame:
    """A row a candidate, a column a condition: `pass`, `fail`, `open` or `ability`."""
    return pd.DataFrame({_name(v): {check.name: check.state for check in v.checks} for v in verdicts}).T


def conditions(verdicts: Sequence[Recommendation]) -> pd.DataFrame:
    """Each candidate's conditions, what the evidence says on each, and the first rows that rests on."""
    return pd.DataFrame(
        {"candidate": _name(v), "condition": check.name, "state": check.state,
         "what the evidence says": check.explanation, "rests on": " ".join(check.rows.split()[:2])}
        for v in verdicts for check in v.checks
    )  # fmt: skip


def cited_kinds(verdicts: Sequence[Recommendation], table: pd.DataFrame) -> list[str]:
    """Return the kinds of evidence that the verdicts' conditions rest on, the most trusted first."""
    cited = {row for v in verdicts for check in (*v.checks, *v.routes) for row in check.rows.split()}
    kinds = set(table["source"][table["id"].isin(cited)])
    return [kind for kind in SOURCES if kind in kinds]


def flips(verdicts: Sequence[Recommendation]) -> pd.DataFrame:
    """The smallest change that would turn each condition that is not met."""
    return pd.DataFrame(
        {"candidate": _name(v), "condition": check.name, "state": check.state, "would turn with": check.needed_change}
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
         "verdict then": outcome if outcome != v.verdict else ""}
        for v in verdicts for lever, change, outcome in switching_values(v, table, incumbent)
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
    """Return what each move would save a month, as evidence: at the most trusted price, at least and at most."""
    return [
        Row(v.candidate, f"saving.month.{end}", usd, "USD/month", v.saving.source, str(day), "bills of this study",
            against=incumbent)
        for v in verdicts if v.saving
        for end, usd in (("now", v.saving.usd), ("least", v.saving.least), ("most", v.saving.most))
    ]  # fmt: skip


def _name(verdict: Recommendation) -> str:
    return named(verdict.candidate)

"""A study's run beside an earlier one: which prices and scores moved, beyond noise or not, and which verdicts stand.

Rows are matched by what they are about: subject, metric, unit, kind of evidence, way, scope, against and note, and
reference where one of these has several. A figure with an interval moved beyond noise if the interval of the
difference of the two runs (MOVER, as for independent samples: Newcombe 1998; Zou and Donner 2008) leaves out 0 after
Holm over all that have one; a price or another figure without chance in it, if it is another figure. A measured figure
without an interval cannot be told.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from math import hypot
from pathlib import Path
from typing import Any

import pandas as pd

from kit import evidence, stats
from kit.decision import rule
from kit.stats import Estimate, conclusion

__all__ = ["Change", "changed_verdicts", "day_of", "moved_figures", "moved_table", "read_run", "standing_verdicts"]

_NAME = ["subject", "metric", "unit", "source", "way", "scope", "against", "note"]
_COLUMNS = ["subject", "metric", "source", "way", "scope", "against", "note", "unit", "before", "after", "change",
            "relative", "low", "high", "moved"]  # fmt: skip
_ALPHA = 0.05

Change = tuple[str, str, str]
"""What a verdict is on, what it was, and what it is: empty where there is none any more."""


def read_run(folder: str | Path) -> pd.DataFrame:
    """All evidence in a folder, as one table; empty where there is no folder."""
    return evidence.load(folder, sorted(path.stem for path in Path(folder).glob("*.csv")))


def moved_figures(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """The figures that are not what they were, what surely moved first.

    Returns:
        `subject`, `metric`, `source`, `way`, `scope`, `against`, `note`, `unit`, `before`, `after`, `change`,
        `relative` (change over before; missing where that is 0), `low`, `high` (95 % interval of the change, where
        both have one), `moved` (`yes`, `within noise`, or `cannot tell`).
    """
    if before.empty or after.empty:
        return pd.DataFrame(columns=_COLUMNS)
    matched = _matched(before, after)
    changes = pd.DataFrame([_compared(row) for row in matched.to_dict("records")], columns=[*_COLUMNS, "p"])
    adjusted = stats.holm({str(index): p for index, p in changes["p"].dropna().items()})
    for index, p in adjusted.items():
        changes.loc[int(index), "moved"] = "yes" if p < _ALPHA else "within noise"
    changes = changes[changes["change"] != 0]
    order = changes["moved"].map(["yes", "cannot tell", "within noise"].index)
    return changes.assign(order=order).sort_values("order", kind="stable", ignore_index=True)[_COLUMNS]


def moved_table(changes: pd.DataFrame) -> pd.DataFrame:
    """What `moved_figures` found, as a table prints it."""

    def span(row: Any) -> str:
        return f" [{row.low:+.3g}, {row.high:+.3g}]" if pd.notna(row.low) else ""

    def what(row: Any) -> str:
        circumstances = evidence.circumstances(row)
        return f"{row.metric} ({circumstances})" if circumstances else row.metric

    return pd.DataFrame(
        {"subject": row.subject, "what": what(row), "kind": row.source,
         "before": f"{row.before:,.6g}", "after": f"{row.after:,.6g} {row.unit}",
         "change": f"{row.change:+.3g}{span(row)}" + ("" if pd.isna(row.relative) else f", {row.relative:+.1%}"),
         "moved": row.moved}
        for row in changes.itertuples()
    )  # fmt: skip


def standing_verdicts(
    facts: pd.DataFrame, incumbent: str, candidates: Sequence[str], needs: Sequence[str], margin: float, day: date
) -> dict[str, str]:
    """What each verdict of a run is on -> the verdict: each candidate's, each endpoint's, each comparison's on items.

    Args:
        facts: All evidence of the run.
        needs: As for `decision.decide`, and so is the rest.
    """
    verdicts = {}
    for recommendation in rule.decide_all(facts, candidates, incumbent, needs, margin, day):
        verdicts[f"{recommendation.candidate} for {incumbent}"] = recommendation.verdict
    for row in facts[facts["metric"].str.startswith("verdict.")].itertuples():
        verdicts[f"{row.subject}, {evidence.circumstances(row)}"] = row.metric.removeprefix("verdict.")
    for row in facts[facts["metric"].str.startswith("difference.")].itertuples():
        name = row.metric.removeprefix("difference.")
        gap = Estimate(row.value, row.low, row.high)
        verdicts[f"{row.subject}, {evidence.circumstances(row)}: {name}"] = conclusion(gap, margin)
    return verdicts


def changed_verdicts(before: Mapping[str, str], after: Mapping[str, str]) -> list[Change]:
    """Verdicts that stood before and do not hold now; one that is new changes nothing."""
    return [(name, was, after.get(name, "")) for name, was in before.items() if after.get(name) != was]


def day_of(facts: pd.DataFrame, otherwise: date) -> date:
    """The day that a run was made for: that of its list prices; without any, `otherwise`."""
    days = facts[(facts["source"] == "list") & (facts["as_of"].str.len() == 10)]["as_of"]
    return date.fromisoformat(days.max()) if len(days) else otherwise


def _matched(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Rows of one name, the newest of each reference; by reference only where a name has several."""
    sides = [side.sort_values("as_of", kind="stable").drop_duplicates([*_NAME, "ref"], keep="last")
             for side in (before, after)]  # fmt: skip
    single = [
        set(side[~side.duplicated(_NAME, keep=False)][_NAME].itertuples(index=False, name=None)) for side in sides
    ]
    alone = single[0] & single[1]
    keyed = [side.assign(by=["" if name in alone else ref for name, ref in _named(side)]) for side in sides]
    return keyed[0].merge(keyed[1], on=[*_NAME, "by"], suffixes=("_before", "_after"))


def _named(side: pd.DataFrame) -> Iterator[tuple[tuple[str, ...], str]]:
    return zip(side[_NAME].itertuples(index=False, name=None), side["ref"], strict=True)


def _compared(row: Mapping[str, Any]) -> tuple[Any, ...]:
    was, now = row["value_before"], row["value_after"]
    change, low, high, p, state = now - was, None, None, None, "yes"
    if pd.notna(row["low_before"]) and pd.notna(row["low_after"]):
        low = change - hypot(now - row["low_after"], row["high_before"] - was)
        high = change + hypot(row["high_after"] - now, was - row["low_before"])
        p = stats.interval_p(change, low, high)
    elif row["source"] == "measured" and row["unit"] not in ("yes/no", "requests"):
        state = "cannot tell"
    name = tuple(row[column] for column in _COLUMNS[:8])
    return (*name, was, now, change, change / abs(was) if was else None, low, high, state, p)

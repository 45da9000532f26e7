"""A study's run beside an earlier one: which prices and scores moved, beyond noise or not, and which verdicts stand.

Rows are matched by what they are about: subject, metric, unit, kind of evidence, way, scope, against and note, and
reference where one of these has several. A figure with an interval moved beyond noise if the interval of the
difference of the two runs leaves out 0 after Holm over all that have one; a price or another figure without chance in
it, if it is another figure.

Two runs on the same items are compared item by item (`items/` beside the evidence), since most of the luck is in which
items were drawn, and that is the same in both. Without the items' outcomes, the interval is that of independent samples
(MOVER: Newcombe 1998; Zou and Donner 2008): what it shows has moved; what it does not show cannot be told where pairs
could show it. A measured figure without an interval cannot be told either.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import hypot
from pathlib import Path
from typing import Any

import pandas as pd

from kit import evidence, stats
from kit.benchmarks import ITEM_COLUMNS
from kit.client import split_id
from kit.decision import rule
from kit.decision.criteria import BILL, PASS
from kit.decision.matchup import model_of
from kit.stats import Estimate, conclusion, is_worse

__all__ = [
    "Change", "RunVerdict", "changed_verdicts", "day_of", "moved_figures", "moved_table", "read_run",
    "standing_verdicts",
]  # fmt: skip


_NAME = ["subject", "metric", "unit", "source", "way", "scope", "against", "note"]
_COLUMNS = ["subject", "metric", "source", "way", "scope", "against", "note", "unit", "before", "after", "change",
            "relative", "low", "high", "moved"]  # fmt: skip
_ALPHA = 0.05
_SAME = 0.9
"""Share of the items that two runs must have in common to be compared item by item."""

_PLACE = ["subject", "way", "scope", "against"]


@dataclass(frozen=True)
class RunVerdict:
    """A verdict of a run.

    Attributes:
        subject: The model that it is on.
        unshown: True if the run's sample alone does not show another verdict, and speaks against none: a verdict that
            stood before is then not lost. Of evidence that shows a difference in 80 % of runs, 20 % do not show it
            though nothing changed.
    """

    verdict: str
    subject: str = ""
    unshown: bool = False


@dataclass(frozen=True)
class Change:
    """A verdict that is not what it was.

    Attributes:
        name: What it is on.
        was, now: The verdicts; `now` is empty where there is none any more.
        unshown: True if it is not contradicted, only not shown again by this run (`RunVerdict`).
    """

    name: str
    was: str
    now: str
    unshown: bool


def read_run(folder: str | Path) -> pd.DataFrame:
    """All evidence in a folder, as one table; empty where there is no folder."""
    return evidence.load(folder, sorted(path.stem for path in Path(folder).glob("*.csv")))


def moved_figures(
    before: pd.DataFrame,
    after: pd.DataFrame,
    items_before: pd.DataFrame | None = None,
    items_after: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """List the figures that are not what they were, what surely moved first.

    Args:
        before, after: Evidence of the two runs.
        items_before, items_after: As from `benchmarks.read_items`, of the two runs.

    Returns:
        `subject`, `metric`, `source`, `way`, `scope`, `against`, `note`, `unit`, `before`, `after`, `change`,
        `relative` (change over before; missing where that is 0), `low`, `high` (95 % interval of the change, where
        both have one), `moved` (`yes`, `within noise`, or `cannot tell`).
    """
    if before.empty or after.empty:
        return pd.DataFrame(columns=_COLUMNS)
    matched = _matched(before, after)
    items = [_by_name(table) for table in (items_before, items_after)]
    changes = pd.DataFrame([_compared(row, items) for row in matched.to_dict("records")], columns=[*_COLUMNS, "p"])
    adjusted = stats.holm({str(index): p for index, p in changes["p"].dropna().items()})
    for index, p in adjusted.items():
        if p < _ALPHA or changes.loc[int(index), "moved"] != "cannot tell":
            changes.loc[int(index), "moved"] = "yes" if p < _ALPHA else "within noise"
    changes = changes[changes["change"] != 0]
    order = changes["moved"].map(["yes", "cannot tell", "within noise"].index)
    return changes.assign(order=order).sort_values("order", kind="stable", ignore_index=True)[_COLUMNS]


def moved_table(changes: pd.DataFrame) -> pd.DataFrame:
    """Write the changes of `moved_figures` in words for a table."""

    def span(row: Any) -> str:
        return f" [{row.low:+.3g}, {row.high:+.3g}]" if pd.notna(row.low) else ""

    def figure(row: Any) -> str:
        circumstances = evidence.circumstances(row)
        return f"{row.metric} ({circumstances})" if circumstances else row.metric

    return pd.DataFrame(
        {"subject": row.subject, "what": figure(row), "kind": row.source,
         "before": f"{row.before:,.6g}", "after": f"{row.after:,.6g} {row.unit}",
         "change": f"{row.change:+.3g}{span(row)}" + ("" if pd.isna(row.relative) else f", {row.relative:+.1%}"),
         "moved": row.moved}
        for row in changes.itertuples()
    )  # fmt: skip


def standing_verdicts(
    facts: pd.DataFrame,
    incumbent: str,
    candidates: Sequence[str],
    needs: Sequence[str],
    margin: float,
    day: date,
    look: int = 0,
) -> dict[str, RunVerdict]:
    """List the verdicts of a run: on each candidate, each endpoint, and each comparison on items.

    Args:
        facts: All evidence of the run.
        needs: As for `decision.decide`, and so is the rest.
        look: As for `rule.decide_all`.

    Returns:
        What the verdict is on -> the verdict.
    """
    standing = {}
    for decision in rule.decide_all(facts, candidates, incumbent, needs, margin, day, look=look):
        unshown = all(check.sensitivity and check.name != BILL for check in decision.checks if check.state != PASS)
        standing[f"{decision.candidate} for {incumbent}"] = RunVerdict(
            decision.verdict, model_of(decision.candidate), decision.verdict == "undecided" and unshown
        )
    accepted = set(facts[facts["metric"] == "endpoint.accepted"][_PLACE].itertuples(index=False, name=None))
    verdicts = facts[facts["metric"].str.startswith("verdict.")]
    for row, place in zip(verdicts.itertuples(), verdicts[_PLACE].itertuples(index=False, name=None), strict=True):
        word = row.metric.removeprefix("verdict.")
        name = f"{row.subject}, {evidence.circumstances(row)}"
        standing[name] = RunVerdict(word, row.subject, word == "undecided" and place in accepted)
    for row in facts[facts["metric"].str.startswith("difference.")].itertuples():
        gap = Estimate(row.value, row.low, row.high)
        word = conclusion(gap, margin)
        name = f"{row.subject}, {evidence.circumstances(row)}: {row.metric.removeprefix('difference.')}"
        standing[name] = RunVerdict(word, row.subject, word != "worse" or not is_worse(gap, margin))
    return standing


def changed_verdicts(
    before: Mapping[str, RunVerdict], after: Mapping[str, RunVerdict], moved: pd.DataFrame | None = None
) -> list[Change]:
    """List the verdicts that stood before and are another now; one that is new changes nothing.

    Args:
        before, after: As from `standing_verdicts`.
        moved: As from `moved_figures`; a model whose score surely moved is contradicted by the run.
    """
    drifted = set()
    if moved is not None:
        sure = (moved["moved"] == "yes") & moved["metric"].str.startswith(
            ("score.", "difference.", "endpoint.accepted")
        )
        drifted = set(moved[sure]["subject"])
    changes = []
    for name, was in before.items():
        now = after.get(name)
        if now is None or now.verdict != was.verdict:
            opposite = now is None or {was.verdict, now.verdict} == {"better", "worse"} or now.subject in drifted
            changes.append(
                Change(name, was.verdict, now.verdict if now else "", bool(now and now.unshown and not opposite))
            )
    return changes


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


def _compared(row: Mapping[str, Any], items: Sequence[Mapping[tuple[str, ...], pd.Series]]) -> tuple[Any, ...]:
    was, now = row["value_before"], row["value_after"]
    change, low, high, p, state = now - was, None, None, None, "yes"
    if pairs := _pairs(row, items):
        low, high, p = _paired_change(*pairs)
    elif pd.notna(row["low_before"]) and pd.notna(row["low_after"]):
        low = change - hypot(now - row["low_after"], row["high_before"] - was)
        high = change + hypot(row["high_after"] - now, was - row["low_before"])
        p = stats.interval_p(change, low, high)
        state = "cannot tell" if _could_show(row, change) else state
    elif row["source"] == "measured" and row["unit"] not in ("yes/no", "requests"):
        state = "cannot tell"
    name = tuple(row[column] for column in _COLUMNS[:8])
    return (*name, was, now, change, change / abs(was) if was else None, low, high, state, p)


def _by_name(table: pd.DataFrame | None) -> dict[tuple[str, ...], pd.Series]:
    """Outcomes by item of each score: (subject, way, metric, ref) -> values."""
    if table is None or table.empty:
        return {}
    groups = table.groupby(list(ITEM_COLUMNS[:4]), sort=False)
    return {tuple(map(str, name)): rows.set_index("item")["value"].astype(float) for name, rows in groups}


def _pairs(row: Mapping[str, Any], items: Sequence[Mapping[tuple[str, ...], pd.Series]]) -> list[pd.Series] | None:
    """The values of the same items in both runs, of a score or of a difference; None if they are not known."""
    if row["ref_before"] != row["ref_after"]:
        return None
    sides = [_values(row, table, row["ref_after"]) for table in items]
    if any(side is None for side in sides):
        return None
    before, after = (side for side in sides if side is not None)
    common = before.index.intersection(after.index)
    return [before[common], after[common]] if len(common) >= _SAME * max(len(before), len(after), 1) else None


def _values(row: Mapping[str, Any], items: Mapping[tuple[str, ...], pd.Series], ref: str) -> pd.Series | None:
    kind, _, category = row["metric"].partition(".")
    ours = items.get((row["subject"], row["way"], f"score.{category}", ref))
    if ours is None or kind == "score":
        return ours
    model, way = split_id(row["against"])
    theirs = items.get((model, way, f"score.{category}", ref))
    return (ours - theirs).dropna() if kind == "difference" and theirs is not None else None


def _paired_change(before: pd.Series, after: pd.Series) -> tuple[float, float, float]:
    """The interval of the mean change of the same items, in points, and its p-value: exact for right and wrong."""
    gaps = (after - before).to_numpy()
    if set(before) | set(after) <= {0.0, 1.0}:
        change = stats.mcnemar(list(after), list(before))
        return 100 * change.low, 100 * change.high, change.p
    # a score lies between 0 and 1, a difference between -1 and 1
    reach = 1 if min(before.min(), after.min()) >= 0 else 2
    low, high = stats.bounded_mean_interval(gaps, -reach, reach)
    return 100 * low, 100 * high, stats.interval_p(float(gaps.mean()), low, high)


def _could_show(row: Mapping[str, Any], change: float) -> bool:
    """True if two runs on the same items could show the change, were their outcomes known item by item.

    They do so most clearly if each item that changed did so in the same direction.
    """
    of_items = row["metric"].startswith(("score.", "difference.")) and row["source"] == "measured"
    n = row["n_after"]
    if not of_items or row["ref_before"] != row["ref_after"] or pd.isna(n) or n != row["n_before"] or not change:
        return False
    low, _ = stats.tango(abs(change) / 100 * float(n), 0.0, float(n))
    return low > 0

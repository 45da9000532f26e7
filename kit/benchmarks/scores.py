"""Summaries of scores: each contender, by group, as a table and as evidence, with how sure they are.

An answer that failed to come because of the model or its provider is not right, and neither is one that could not be
read; both are counted apart as well. What never came because of us, and code that no sandbox can run, may be right or
wrong: a difference holds for either.
"""

from datetime import date
from math import nan
from typing import Any

import pandas as pd

from kit import stats
from kit.benchmarks.multiple_choice import Choice
from kit.benchmarks.score import COUNTED, CUT_OFF, SILENT
from kit.benchmarks.suites import Suite
from kit.evidence import UNANSWERED, Row, contender_row
from kit.stats import Estimate

__all__ = [
    "evidence_rows",
    "item_interval",
    "missed_by_all",
    "positions",
    "scores_by_contender",
    "scores_by_group",
    "scores_table",
    "scores_without_faulty",
]

_SUMMARY = ["contender", "items", "score", "low", "high", "wide low", "wide high", "unparsed", "invalid",
            "not runnable", "failed", "unanswered", "tokens", "seconds", "usd_correct"]  # fmt: skip
_ENOUGH_GROUPS = 10
"""Fewer groups say too little of how groups differ; ten or more of like size do: see `stats.clustered_interval`."""


def scores_by_contender(scores: pd.DataFrame) -> pd.DataFrame:
    """Summarise each contender's scores.

    Returns:
        `contender`, `items` (counted ones), `score`, `low`, `high` (percent, 95 % interval over items), `wide low`,
        `wide high` (the same if the groups are a sample of such groups; missing with few groups), `unparsed`, `invalid`
        (percent of the answers counted; missing where no form was asked for), `not runnable`, `failed`, `unanswered`
        (percent of all), `tokens` (mean output an answer), `seconds` (median an answer), `usd_correct` (USD per answer
        that is wholly right; missing where a price is unknown or none is right).
    """
    rows = [_summary(str(contender), group) for contender, group in scores.groupby("contender", sort=False)]
    # else a column in which nothing is known would be one of None, which no arithmetic takes
    return pd.DataFrame(rows, columns=_SUMMARY).astype(dict.fromkeys(_SUMMARY[2:], "float64"))


def scores_table(summary: pd.DataFrame) -> pd.DataFrame:
    """Format a summary of `scores_by_contender` for a table: intervals in words; empty stays empty."""

    def span(row: Any, low: str, high: str) -> str:
        return "" if pd.isna(row[low]) else f"{row[low]:.1f} to {row[high]:.1f}"

    return pd.DataFrame([
        {"contender": row["contender"], "items": row["items"], "score": row["score"],
         "95 % interval": span(row, "low", "high"), "over subjects": span(row, "wide low", "wide high"),
         "unread": row["unparsed"], "not as asked": row["invalid"], "not run": row["not runnable"],
         "failed": row["failed"], "tokens": row["tokens"], "seconds": row["seconds"],
         "USD a correct one": row["usd_correct"]}
        for _, row in summary.iterrows()
    ])  # fmt: skip


def scores_by_group(scores: pd.DataFrame, by: str = "group") -> pd.DataFrame:
    """Scores by subject, kind or level: a row each, in percent, a column a contender, and `items`; empty for one."""
    counted = scores[scores["outcome"].isin(COUNTED)].astype({"value": "float64"})
    if counted[by].nunique() < 2:
        return pd.DataFrame(columns=[by, "items"])
    table = 100 * counted.pivot_table(index=by, columns="contender", values="value", aggfunc="mean", sort=False)
    items = counted.groupby(by, sort=False)["item"].nunique()
    return table.assign(items=items).rename_axis(columns=None).reset_index()


def missed_by_all(scores: pd.DataFrame) -> pd.DataFrame:
    """Items that no contender got right: `item`, `group`, `expected`, `read` (what each said); a key may be wrong."""
    counted = scores[scores["outcome"].isin(COUNTED) & (scores["outcome"] != "failed")]
    missed = counted.groupby("item", sort=False).filter(lambda some: (some["value"] < 1).all())
    shown = missed.assign(read=missed["read"].where(missed["outcome"] != "unparsed", "unparsed"))
    by_item = shown.groupby("item", sort=False).agg(
        {"group": "first", "expected": "first", "read": lambda texts: ", ".join(dict.fromkeys(texts))}
    )
    return by_item.reset_index()


def positions(scores: pd.DataFrame, suite: Suite) -> pd.DataFrame:
    """Share of each letter among keys and answers, in percent: `letter`, `key`, a column a contender."""
    keys = pd.Series({item.id: item.answer for item in suite.items if isinstance(item, Choice)}, dtype=str)
    table = pd.DataFrame({"key": keys.value_counts(normalize=True)}).sort_index()
    for contender, group in scores[scores["outcome"].isin(("right", "wrong"))].groupby("contender", sort=False):
        table[str(contender)] = group["read"].value_counts(normalize=True)
    return (100 * table.fillna(0)).rename_axis("letter").reset_index()


def evidence_rows(scores: pd.DataFrame, category: str, ref: str, day: date) -> list[Row]:
    """Return evidence: `score.CATEGORY`, `valid.CATEGORY`, `unparsed.CATEGORY`, `cost.accepted`, ..."""
    rows = []
    for row in scores_by_contender(scores).to_dict("records"):
        own = scores[scores["contender"] == row["contender"]]["outcome"]

        def add(metric: str, value: Any, unit: str, n: int | None = None, contender: str = row["contender"]) -> None:
            if pd.notna(value.value if isinstance(value, Estimate) else value):
                rows.append(contender_row(contender, metric, value, unit, day, ref, n))

        n = int(row["items"])
        if n:
            add(f"score.{category}", Estimate(row["score"], row["low"], row["high"]), "%", n=n)
            for metric, figure, unit, items in _without_faulty(scores[scores["contender"] == row["contender"]]):
                add(f"{metric}.{category}", figure, unit, n=items)
            add(f"unparsed.{category}", row["unparsed"], "%", n=n)
            value, ends = _failed(own)
            add(f"failed.{category}", Estimate(value, *ends), "%", n=int((own != "unanswered").sum()))
            add(f"valid.{category}", 100 - row["invalid"], "%", n=n)
            low, high = (nan if end is None else end
                         for end in _cost_interval(scores[scores["contender"] == row["contender"]]))  # fmt: skip
            add("cost.accepted", Estimate(row["usd_correct"], low, high), "USD/answer", n=n)
            add("tokens.output", row["tokens"], "tokens", n=n)
            add("latency.whole", row["seconds"], "s", n=n)
        add(UNANSWERED, int(own.isin((*SILENT, CUT_OFF)).sum()), "requests")
    return rows


def scores_without_faulty(scores: pd.DataFrame) -> pd.DataFrame:
    """Leave out the items of which the file says that the key is wrong or the question unclear."""
    return scores[~scores["faulty"].fillna(False).astype(bool)]


def _without_faulty(group: pd.DataFrame) -> list[tuple[str, float | Estimate, str, int]]:
    """The items with a faulty key, and the score on the others, where there are any."""
    sound = scores_without_faulty(group)
    faulty = int(group["item"].nunique() - sound["item"].nunique())
    if not faulty:
        return []
    counted = scores_by_contender(sound).to_dict("records")
    rows: list[tuple[str, float | Estimate, str, int]] = [("faulty", float(faulty), "items", group["item"].nunique())]
    for summary in counted:
        rows.append(("sound", Estimate(summary["score"], summary["low"], summary["high"]), "%", int(summary["items"])))
    return rows


def _failed(outcomes: pd.Series) -> tuple[float, tuple[float, float]]:
    """The share of requests that failed because of the model or its provider, in percent, with Wilson's interval."""
    answered = outcomes[outcomes != "unanswered"]
    share = float((answered == "failed").mean())
    low, high = stats.wilson(share, len(answered))
    return 100 * share, (100 * low, 100 * high)


def _cost_interval(group: pd.DataFrame) -> tuple[float | None, float | None]:
    """The 95 % interval of what an answer that is wholly right costs; none of fewer than two answers."""
    answered = group[~group["outcome"].isin(SILENT)]
    usd, right = answered["cost_usd"], (answered["outcome"] == "right").astype(float)
    if len(usd) < 2 or usd.isna().any() or not right.any() or not usd.any():
        return None, None
    ratio = stats.per_success(usd.astype(float), right)
    return ratio.low, ratio.high


def _summary(contender: str, group: pd.DataFrame) -> dict[str, Any]:
    counted = group[group["outcome"].isin(COUNTED)]
    values, answered = counted["value"].astype(float), group[~group["outcome"].isin(SILENT)]
    share = {outcome: 100 * float((group["outcome"] == outcome).mean()) for outcome in ("not runnable", *SILENT)}
    by_item = values.groupby(counted["item"].to_numpy()).mean()
    low, high = item_interval(by_item) if len(values) else (None, None)
    groups = counted["group"].nunique()
    wide = stats.clustered_interval(values, counted["group"]) if groups >= _ENOUGH_GROUPS else (None, None)
    usd, correct = answered["cost_usd"], int((counted["outcome"] == "right").sum())
    formed = counted["valid"].dropna().astype(bool)
    return {
        "contender": contender, "items": counted["item"].nunique(), "score": 100 * by_item.mean(), "low": _percent(low),
        "high": _percent(high), "wide low": _percent(wide[0]), "wide high": _percent(wide[1]),
        "unparsed": 100 * float((counted["outcome"] == "unparsed").mean()),
        "invalid": 100 * float((~formed).mean()) if len(formed) else None,
        **share,
        "tokens": answered["output_tokens"].astype("float64").mean(),
        "seconds": answered["total_s"].astype("float64").median(),
        "usd_correct": None if usd.isna().any() or not correct else float(usd.sum()) / correct,
    }  # fmt: skip


def item_interval(by_item: pd.Series) -> tuple[float, float]:
    """Interval of the mean over items, from the mean value of each: repeats that all agree say as much as one."""
    if by_item.isin((0, 1)).all():
        return stats.wilson(float(by_item.mean()), len(by_item))
    if len(by_item) < 2:
        return 0.0, 1.0
    return stats.clustered_interval(list(by_item), list(by_item.index))


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share

"""Scores of many answers as one frame, and what they say of each contender, with how sure it is.

An answer that failed to come because of the model or its provider is not right, and neither is one that could not be
read; both are counted apart as well. What never came because of us, and code that no sandbox can run, may be right or
wrong: a difference holds for either.
"""

import json
from collections.abc import Iterable
from datetime import date
from math import nan
from typing import Any

import pandas as pd

from kit import stats
from kit.benchmarks import suites, tool_use
from kit.benchmarks.code_generation import Task
from kit.benchmarks.extraction import Extract
from kit.benchmarks.imports import Recorded
from kit.benchmarks.items import Item
from kit.benchmarks.long_context import Recall
from kit.benchmarks.multiple_choice import Choice
from kit.benchmarks.own_checks import OwnItem
from kit.benchmarks.reasoning import Problem
from kit.benchmarks.structured_output import Form
from kit.benchmarks.suites import Suite
from kit.benchmarks.tool_use import Call
from kit.benchmarks.vision import Picture
from kit.client import is_our_fault, spoken
from kit.errors import ItemError, near_miss
from kit.evidence import UNANSWERED, Row, contender_row
from kit.stats import Estimate, conclusion, is_not_worse

__all__ = [
    "COLUMNS",
    "evidence_rows",
    "missed_by_all",
    "nothing",
    "positions",
    "score_answers",
    "score_recorded",
    "scores_against",
    "scores_by_contender",
    "scores_by_group",
    "scores_table",
    "scores_without_faulty",
]  # fmt: skip

COLUMNS = {
    "contender": "as in the answers",
    "item": "the item's id",
    "sample": "0, 1, 2, ...",
    "group": "subject or kind; items of one group are not independent of each other",
    "level": "1 to 3; 0 where nobody said",
    "outcome": "a key of score.OUTCOMES",
    "value": "0 to 1; missing where the outcome is not counted",
    "valid": "whether the answer had the form that was asked for; missing where there is none",
    "read": "what was read in the answer, or why nothing was",
    "expected": "the key",
    "output_tokens": "as in the answers, as are the next three",
    "total_s": "",
    "cost_usd": "",
    "confidence": "",
    "faulty": "true where the file says that the key is wrong or the question unclear (`label_quality`)",
}
"""Columns of the scores frame, one row a contender, item and sample."""

_COUNTED = ("right", "partly", "wrong", "unparsed", "failed")
_SILENT = ("failed", "unanswered")
_CUT_OFF = "cut off"
_SUMMARY = ["contender", "items", "score", "low", "high", "wide low", "wide high", "unparsed", "invalid",
            "not runnable", "failed", "unanswered", "tokens", "seconds", "usd_correct"]  # fmt: skip
_AGAINST = ["contender", "items", "unknown", "difference", "low", "high", "p", "conclusion", "items needed"]
_ALPHA = 0.05
_ENOUGH_GROUPS = 10
"""Fewer groups say too little of how groups differ; ten or more of like size do: see `stats.clustered_interval`."""


def score_answers(suite: Suite, answers: pd.DataFrame) -> pd.DataFrame:
    """Score each answer to a suite's requests.

    Args:
        answers: As from `kit.ask`.

    Returns:
        COLUMNS, in the answers' order.

    Raises:
        ItemError: If the suite's items have no key, as those of C-Eval's test split.
    """
    suites.require_keys(suite)
    items = {item.id: item for item in suite.items}
    rows = [_row(suite, items[row.request], row) for row in answers.itertuples() if row.request in items]
    return _typed(pd.DataFrame(rows, columns=list(COLUMNS)))


def nothing() -> pd.DataFrame:
    """The scores of no answers."""
    return _typed(pd.DataFrame(columns=list(COLUMNS)))


def score_recorded(recorded: Recorded, name: str, category: str) -> pd.DataFrame:
    """Scores of recorded answers: by our own reading where the source gives the item, else as its scorer had them.

    Raises:
        ItemError: If it gives neither for any answer.
    """
    ours = recorded.answers["request"].isin([item.id for item in recorded.items])
    read = (
        score_answers(suites.make_suite(name, category, recorded.items), recorded.answers[ours])
        if ours.any()
        else nothing()
    )
    table = pd.concat([read, _as_recorded(recorded.answers[~ours], recorded.scores)], ignore_index=True)
    if table["outcome"].isin(("unscored", *_SILENT)).all():
        raise ItemError(f"{name}: nothing in it can be scored: no items with keys, and no scores of its own")
    return table


def _as_recorded(answers: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
    answered = answers.rename(columns={"request": "item"})[
        ["contender", "item", "sample", "text", "output_tokens", "total_s", "cost_usd", "error_kind", "error"]
    ]
    table = answered.merge(scores, on=["contender", "item", "sample"], how="left")
    silent = (table["text"].fillna("").str.strip() == "") & table["outcome"].notna()
    outcome = table["outcome"].fillna("unscored").mask(silent, "unparsed")
    silences = [_silence(*kind_and_text) for kind_and_text in table[["error_kind", "error"]].itertuples(index=False)]
    table["outcome"] = outcome.where(table["error_kind"] == "", silences)
    table["value"] = table["value"].where(table["outcome"].isin(_COUNTED)).mask(table["outcome"] == "failed", 0.0)
    table[["group", "expected"]] = table[["group", "expected"]].fillna("")
    table = table.assign(level=0, valid=None, faulty=False, read=table["text"].fillna(""))
    return _typed(table.reindex(columns=list(COLUMNS)))


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
    counted = scores[scores["outcome"].isin(_COUNTED)].astype({"value": "float64"})
    if counted[by].nunique() < 2:
        return pd.DataFrame(columns=[by, "items"])
    table = 100 * counted.pivot_table(index=by, columns="contender", values="value", aggfunc="mean", sort=False)
    items = counted.groupby(by, sort=False)["item"].nunique()
    return table.assign(items=items).rename_axis(columns=None).reset_index()


def scores_against(scores: pd.DataFrame, incumbent: str, margin: float) -> pd.DataFrame:
    """Each other contender against the incumbent, on the items that at least one of them answered.

    An item that one of them left unanswered because of us enters at its worst and at its best, so that the interval
    holds for whatever the answer would have been (Horowitz and Manski 2000, J. Amer. Statist. Assoc. 95:77).

    Returns:
        `contender`, `items`, `unknown` (of these, with no value for one of them), `difference` (midway between worst
        and best), `low`, `high` (points, 95 % interval, paired), `p` (McNemar, exact; Holm over contenders; missing
        where values are not right or wrong; 1 where what is unknown turns the sign), `conclusion` (of
        `kit.stats.conclusion`), `items needed` (to resolve a gap as wide as this one with 80 % power; missing where it
        is resolved or there is none). Of several contenders one is called better or worse only if its corrected p is
        below 0.05, too.

    Raises:
        ItemError: If the incumbent is not among the contenders.
    """
    known = list(scores["contender"].unique())
    if known and incumbent not in known:
        raise ItemError(f"{incumbent!r} is not among the contenders{near_miss(incumbent, known)}")
    wide = _by_item(scores)
    rows = [_compared(wide, str(contender), incumbent, margin) for contender in wide if contender != incumbent]
    adjusted = stats.holm({row["contender"]: row["p"] for row in rows if row["p"] is not None})
    rows = [_corrected(row, adjusted.get(row["contender"]), margin) for row in rows]
    return pd.DataFrame(rows, columns=_AGAINST)


def _corrected(row: dict[str, Any], p: float | None, margin: float) -> dict[str, Any]:
    if row["conclusion"] in ("better", "worse") and p is not None and p >= _ALPHA:
        gap = Estimate(row["difference"], row["low"], row["high"])
        conclusion_kept = "non-inferior" if is_not_worse(gap, margin) else "unresolved"
        return row | {"p": p, "conclusion": conclusion_kept}
    return row | {"p": p}


def missed_by_all(scores: pd.DataFrame) -> pd.DataFrame:
    """Items that no contender got right: `item`, `group`, `expected`, `read` (what each said); a key may be wrong."""
    counted = scores[scores["outcome"].isin(_COUNTED) & (scores["outcome"] != "failed")]
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
        add(UNANSWERED, int(own.isin((*_SILENT, _CUT_OFF)).sum()), "requests")
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


def _row(suite: Suite, item: Item, answer: Any) -> tuple[Any, ...]:
    group = item.subject if isinstance(item, Choice | Problem) else "" if isinstance(item, Task) else item.kind
    head = (answer.contender, item.id, answer.sample, group, item.level)
    faulty = getattr(item, "label", "ok") != "ok"
    used = (answer.output_tokens, answer.total_s, answer.cost_usd, answer.confidence, faulty)
    if answer.error_kind == "images":
        return (*head, "not taken", None, None, "", _key(item), *used)
    if answer.error_kind:
        outcome = _silence(answer.error_kind, answer.error)
        return (*head, outcome, 0.0 if outcome == "failed" else None, None, answer.error, _key(item), *used)
    score = suite.score(item, answer.text, answer.tool_calls)
    if score.outcome == "unparsed" and answer.finish_reason == "length" and not (spoken(answer.text) or "").strip():
        return (*head, _CUT_OFF, None, None, "cut off at the token limit before an answer", _key(item), *used)
    value = score.value if score.outcome in _COUNTED else None
    return (*head, score.outcome, value, score.valid, score.read, _key(item), *used)


def _failed(outcomes: pd.Series) -> tuple[float, tuple[float, float]]:
    """The share of requests that failed because of the model or its provider, in percent, with Wilson's interval."""
    answered = outcomes[outcomes != "unanswered"]
    share = float((answered == "failed").mean())
    low, high = stats.wilson(share, len(answered))
    return 100 * share, (100 * low, 100 * high)


def _cost_interval(group: pd.DataFrame) -> tuple[float | None, float | None]:
    """The 95 % interval of what an answer that is wholly right costs; none of fewer than two answers."""
    answered = group[~group["outcome"].isin(_SILENT)]
    usd, right = answered["cost_usd"], (answered["outcome"] == "right").astype(float)
    if len(usd) < 2 or usd.isna().any() or not right.any() or not usd.any():
        return None, None
    ratio = stats.per_success(usd.astype(float), right)
    return ratio.low, ratio.high


def _silence(kind: str, error: str) -> str:
    """The outcome of a request without an answer."""
    return "unanswered" if is_our_fault(kind, str(error)) else "failed"


def _key(item: Item) -> str:
    match item:
        case Choice() | Problem() | Picture():
            return item.answer
        case Extract():
            return "; ".join(f"{name}: {value}" for name, value in item.fields.items())
        case OwnItem():
            return item.key
        case Form():
            return json.dumps(item.key, ensure_ascii=False)
        case Call():
            return tool_use.shown(item.accept[0]) or "no call"
        case Recall():
            return ", ".join(f"{place}: {code}" for place, code in item.key.items())
    return ""


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    numbers = {"sample": "Int64", "level": "Int64", "value": "Float64", "valid": "boolean", "output_tokens": "Int64",
               "total_s": "Float64", "cost_usd": "Float64", "confidence": "Float64", "faulty": "boolean"}  # fmt: skip
    return table.astype(numbers)


def _summary(contender: str, group: pd.DataFrame) -> dict[str, Any]:
    counted = group[group["outcome"].isin(_COUNTED)]
    values, answered = counted["value"].astype(float), group[~group["outcome"].isin(_SILENT)]
    share = {outcome: 100 * float((group["outcome"] == outcome).mean()) for outcome in ("not runnable", *_SILENT)}
    by_item = values.groupby(counted["item"].to_numpy()).mean()
    low, high = _interval(by_item) if len(values) else (None, None)
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


def _interval(by_item: pd.Series) -> tuple[float, float]:
    """Interval of the mean over items, from the mean value of each: repeats that all agree say as much as one."""
    if by_item.isin((0, 1)).all():
        return stats.wilson(float(by_item.mean()), len(by_item))
    if len(by_item) < 2:
        return 0.0, 1.0
    return stats.clustered_interval(list(by_item), list(by_item.index))


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _by_item(scores: pd.DataFrame) -> pd.DataFrame:
    """A row an item, a column a contender: the mean value over samples."""
    counted = scores[scores["outcome"].isin(_COUNTED)].astype({"value": "float64"})
    table = counted.pivot_table(index="item", columns="contender", values="value", sort=False)
    return table.reindex(columns=list(scores["contender"].unique()))


def _compared(wide: pd.DataFrame, contender: str, incumbent: str, margin: float) -> dict[str, Any]:
    met = wide[[contender, incumbent]].dropna(how="all")
    unknown = int(met.isna().any(axis=1).sum())
    result = {"contender": contender, "items": len(met), "unknown": unknown, "p": None, "conclusion": "unresolved"}
    worst, best = _bounds(met[contender], met[incumbent]), _bounds(met[incumbent], met[contender])[::-1]
    binary = all(_binary(side) for side in (*worst, *best))
    if met.empty or (len(met) < 2 and not binary):
        return result  # nothing that could be paired
    low, high = 100 * stats.paired_interval(*worst)[0], 100 * stats.paired_interval(*best)[1]
    gaps = [100 * float((ours - theirs).mean()) for ours, theirs in (worst, best)]
    gap = sum(gaps) / 2
    result |= {"difference": gap, "low": low, "high": high, "conclusion": conclusion(Estimate(gap, low, high), margin)}
    if binary:
        open_ = result["conclusion"] in ("unresolved", "non-inferior") and not unknown
        split = max(abs(gap) / 100, float((worst[0] != worst[1]).mean()))  # equal, but for rounding
        sign_changes = gaps[0] * gaps[1] < 0
        result |= {"p": 1.0 if sign_changes else max(stats.mcnemar(list(a), list(b)).p for a, b in (worst, best))}
        result |= {"items needed": stats.items_needed(gap / 100, split) if open_ else None}
    return result


def _bounds(loser: pd.Series, winner: pd.Series) -> tuple[pd.Series, pd.Series]:
    """The values of two contenders, were all that is unknown lost by the one and won by the other."""
    return loser.fillna(0.0), winner.fillna(1.0)


def _binary(values: Iterable[float]) -> bool:
    return set(values) <= {0.0, 1.0}

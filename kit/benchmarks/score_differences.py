"""Differences between contenders on the same items, with how sure they are."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from kit import stats
from kit.benchmarks.score import COUNTED
from kit.errors import ItemError, near_miss
from kit.stats import Estimate, conclusion, is_not_worse

__all__ = ["scores_against"]

_AGAINST = ["contender", "items", "unknown", "difference", "low", "high", "p", "conclusion", "items needed"]
_ALPHA = 0.05


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


def _by_item(scores: pd.DataFrame) -> pd.DataFrame:
    """A row an item, a column a contender: the mean value over samples."""
    counted = scores[scores["outcome"].isin(COUNTED)].astype({"value": "float64"})
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

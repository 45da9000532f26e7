"""Incumbent against candidate, dimension by dimension, with a winner only where the evidence shows one.

Each dimension rests on the most trusted kind of evidence that both sides have; kinds are never mixed in one
comparison. A score is compared by the interval of the difference: on the same items where
`kit.decision.all_dimensions` has paired them, else as two samples. An amount or a yes counts only if the sources of
that kind agree; a letter grade has no items behind it and decides nothing.
"""

from dataclasses import replace
from math import exp, hypot, log

import pandas as pd

from kit import catalog, evidence, stats
from kit.client import split_id
from kit.decision.dimensions import DIMENSIONS, Comparison, Dimension
from kit.errors import StudyError, near_miss
from kit.stats import Estimate, conclusion
from kit.text import dollars

__all__ = [
    "compare_on",
    "compare_suites",
    "cost_comparison",
    "figure_in_words",
    "model_of",
    "named",
    "rows_against",
    "rows_of",
    "with_conclusion",
]

_OWN = ("measured", "recorded")
"""Kinds of evidence that the kit scores item by item."""


def compare_on(table: pd.DataFrame, candidate: str, incumbent: str, dimension: str, margin: float) -> Comparison:
    """Compare two contenders on one dimension, by the suite with the most items.

    Args:
        table: Evidence.
        candidate: A model, or one as it was measured through one provider (`model@way`), as `incumbent`.
        dimension: A key of DIMENSIONS.
        margin: Points of score within which two models count as equivalent.
    """
    return compare_suites(table, candidate, incumbent, dimension, margin)[0]


def compare_suites(
    table: pd.DataFrame, candidate: str, incumbent: str, dimension: str, margin: float
) -> list[Comparison]:
    """Compare two contenders on each suite of a dimension that both have, the one with the most items first.

    A small suite of the team's own counts beside a large public one: what holds on one need not hold on the other.
    """
    if dimension not in DIMENSIONS:
        raise StudyError(f"{dimension!r} is not a dimension{near_miss(dimension, DIMENSIONS)}")
    spec = DIMENSIONS[dimension]
    for metric in spec.metrics:
        if metric == "cost.accepted" and len(ratios := rows_against(table, candidate, incumbent, f"times.{metric}")):
            row = ratios.iloc[0]
            ratio = Estimate(*row[["value", "low", "high"]])
            return [cost_comparison(ratio, int(row["n"]), row["ref"], row["id"], row["source"])]
        paired = rows_against(table, candidate, incumbent, metric.replace("score.", "difference."))
        paired = paired.drop_duplicates("ref") if metric.startswith("score.") else paired.iloc[:0]
        comparisons = [_on_items(spec, table, candidate, incumbent, row, margin) for _, row in paired.iterrows()]
        sides = [_rows(table, who, metric) for who in (candidate, incumbent)]
        common = set(sides[0]["source"]) & set(sides[1]["source"])
        source = next((source for source in evidence.SOURCES if source in common), "")
        if source and not (comparisons and source not in _OWN):
            ours, theirs = (side[(side["source"] == source) & ~side["ref"].isin(paired["ref"])] for side in sides)
            for mine, other in _matched(ours, theirs) if len(ours) and len(theirs) else ():
                rows = pd.concat([mine, other])
                figures = Comparison(spec.label, _span(mine), _span(other), "", "", source, rows=evidence.cite(rows),
                                     metric=metric, suite=mine["ref"].iloc[0])  # fmt: skip
                comparisons.append(_RULES[spec.kind](figures, mine, other, margin))
        if comparisons:
            return comparisons
    return [_nothing(spec, table, *map(model_of, (candidate, incumbent)))]


def rows_against(table: pd.DataFrame, candidate: str, incumbent: str, metric: str) -> pd.DataFrame:
    """Rows that compare the two themselves: of the candidate, whose `against` is the incumbent; most items first.

    Args:
        metric: `difference.general` and so on, or `times.cost.accepted`.
    """
    rows = _rows(table, candidate, metric)
    same = {other for other in rows["against"] if incumbent in (other, model_of(other))}
    rows = rows[rows["against"].isin(same)]
    return rows.sort_values("n", ascending=False, kind="stable")


def rows_of(table: pd.DataFrame, who: str, metric: str) -> pd.DataFrame:
    """Rows of a contender on all metrics that begin so, measured here or recorded by others item by item."""
    names = [name for name in table["metric"].unique() if name.startswith(metric)]
    return pd.concat([_rows(table, who, name, *_OWN) for name in names]) if names else table.iloc[:0]


def with_conclusion(comparison: Comparison, low: float, high: float, margin: float) -> Comparison:
    """A comparison of scores with its winner, as the interval of the difference has it; the first that holds.

    Equivalent if the interval lies inside the margin, else a winner if it leaves out 0, else unresolved. The reason is
    the interval and which of them it was.
    """
    span = f"{comparison.difference:+.1f} points, 95 % interval {low:+.1f} to {high:+.1f}"
    winner, why = {
        "equivalent": ("equivalent", f"{span}: inside the margin of {margin:g}"),
        "better": ("candidate", f"{span}: above 0"),
        "worse": ("incumbent", f"{span}: below 0"),
    }.get(conclusion(Estimate(comparison.difference or 0.0, low, high), margin), ("unresolved", span))
    return replace(comparison, low=low, high=high, winner=winner, why=why)


def cost_comparison(ratio: Estimate, n: int, basis: str, rows: str = "", source: str = "measured") -> Comparison:
    """By what an accepted answer costs the candidate over what it costs the incumbent, on the same `n` items."""
    times = Estimate(1 / ratio.value, 1 / ratio.high, 1 / ratio.low)
    winner = "candidate" if times.low > 1 else "incumbent" if times.high < 1 else "unresolved"
    why = f"an accepted answer costs {ratio.value:.3g} times as much [{ratio.low:.3g}, {ratio.high:.3g}]"
    p = stats.interval_p(log(times.value), log(times.low), log(times.high))
    label = DIMENSIONS["accepted cost"].label
    return Comparison(label, "", "", winner, why, source, rows=rows, basis=basis, times=times, n=n, p=p)


def model_of(who: str) -> str:
    """The model of a contender; a model alone is its own."""
    return split_id(who)[0]


def named(who: str) -> str:
    """Return a model's name as the catalog has it, else what it goes by."""
    return catalog.model(who).name if catalog.knows(who) else who


def figure_in_words(row: pd.Series | None) -> str:
    """A row's figure as a reader meets it: `$0.25`, `1,000,000`, `yes`, `85.5 %`; a letter by its letter."""
    if row is None:
        return ""
    if row["unit"] == "grade":
        return row["note"]
    if row["unit"] == "yes/no":
        return "yes" if row["value"] else "no"
    if row["unit"] == "USD/Mtok":
        return f"${row['value']:.2f}"
    if row["unit"] == "USD/answer":
        return f"{dollars(1000 * row['value'])} per 1,000"
    if row["unit"] == "tokens":
        return f"{row['value']:,.0f}"
    return f"{row['value']:.4g} {row['unit']}"


def _rows(table: pd.DataFrame, who: str, metric: str, *sources: str) -> pd.DataFrame:
    """A contender's rows on a metric; of what was scored here only through its own provider, where it names one."""
    rows, way = evidence.find(table, model_of(who), metric, *sources), split_id(who)[1]
    return rows[~rows["source"].isin(_OWN) | (rows["way"] == way)] if way else rows


def _matched(ours: pd.DataFrame, theirs: pd.DataFrame) -> list[tuple[pd.DataFrame, pd.DataFrame]]:
    """The rows of each suite that both sides have, most items first; all rows at once where no items are known."""
    common = ours[ours["n"].notna()].merge(theirs[theirs["n"].notna()], on="ref")
    if common.empty:
        return [(ours, theirs)]
    most = common.assign(n=common[["n_x", "n_y"]].min(axis=1)).sort_values(["n", "ref"], ascending=[False, True])
    return [(ours[ours["ref"] == ref], theirs[theirs["ref"] == ref]) for ref in most["ref"].unique()]


def _on_items(
    spec: Dimension, table: pd.DataFrame, candidate: str, incumbent: str, row: pd.Series, margin: float
) -> Comparison:
    """By the difference on the same items, measured here or recorded by others."""
    metric = row["metric"].replace("difference.", "score.")
    sides = [_rows(table, who, metric, row["source"]) for who in (candidate, incumbent)]
    rows = [next((r for _, r in side.iterrows() if r["ref"] == row["ref"]), None) for side in sides]
    estimates = [Estimate(*r[["value", "low", "high"]]) for r in rows if r is not None]
    comparison = Comparison(
        spec.label, figure_in_words(rows[0]), figure_in_words(rows[1]), "", "", row["source"], row["value"],
        rows=evidence.cite([row, *rows]), basis=f"the same {row['n']:,} items ({row['ref']})", n=int(row["n"]),
        scores=(estimates[0], estimates[1]) if len(estimates) == 2 else None,
        p=stats.interval_p(row["value"], row["low"], row["high"], int(row["n"])), metric=metric, suite=row["ref"],
    )  # fmt: skip
    return with_conclusion(comparison, row["low"], row["high"], margin)


def _score(comparison: Comparison, ours: pd.DataFrame, theirs: pd.DataFrame, margin: float) -> Comparison:
    a, b = ours.iloc[0], theirs.iloc[0]
    estimates = Estimate(*a[["value", "low", "high"]]), Estimate(*b[["value", "low", "high"]])
    comparison = replace(comparison, difference=float(a["value"] - b["value"]), scores=estimates)
    if pd.isna(a["n"]) or pd.isna(b["n"]):
        return replace(comparison, winner="not checkable", why="no number of items stands behind these figures")
    ours_share, theirs_share = a["value"] / 100, b["value"] / 100
    low, high = (100 * end for end in stats.unpaired_interval(ours_share, theirs_share, int(a["n"]), int(b["n"])))
    basis = f"{comparison.source} scores, as two samples of {a['n']:,} and {b['n']:,} items"
    p = stats.interval_p(a["value"] - b["value"], low, high)
    comparison = with_conclusion(replace(comparison, basis=basis, n=int(min(a["n"], b["n"])), p=p), low, high, margin)
    if comparison.winner != "unresolved":
        return comparison
    items = stats.items_to_resolve(ours_share, theirs_share)
    need = f"{items:,} items each would resolve it" if items else "no gap to resolve"
    return replace(comparison, why=f"{comparison.why}: {need}", needed=items)


def _interval(comparison: Comparison, ours: pd.DataFrame, theirs: pd.DataFrame, margin: float) -> Comparison:
    a, b = ours.iloc[0], theirs.iloc[0]
    comparison = replace(comparison, difference=float(a["value"] - b["value"]))
    if pd.isna(a["low"]) or pd.isna(b["low"]):
        return replace(comparison, winner="not checkable", why="no run stands behind these figures")
    comparison = _timed(replace(comparison, basis=f"{comparison.source} runs, by their intervals"), a, b)
    times = comparison.times
    if times is None:
        return replace(comparison, winner="unresolved", why="an interval that holds 0 has no ratio")
    winner = "candidate" if times.low > 1 else "incumbent" if times.high < 1 else "unresolved"
    more = times if times.value >= 1 else Estimate(1 / times.value, 1 / times.high, 1 / times.low)
    return replace(comparison, winner=winner, why=f"{more.value:.3g} times as much [{more.low:.3g}, {more.high:.3g}]")


def _wait(comparison: Comparison, ours: pd.DataFrame, theirs: pd.DataFrame, margin: float) -> Comparison:
    turned = _interval(comparison, theirs, ours, margin)  # less is better, so the sides change places
    why = turned.why.replace("times as much", "times as long")
    return replace(turned, why=why, difference=None if turned.difference is None else -turned.difference)


def _amount(comparison: Comparison, ours: pd.DataFrame, theirs: pd.DataFrame, margin: float) -> Comparison:
    a, b = sorted(ours["value"]), sorted(theirs["value"])
    our_value, their_value = float(ours["value"].iloc[0]), float(theirs["value"].iloc[0])
    times = Estimate(our_value / their_value, a[0] / b[-1], a[-1] / b[0]) if a[0] > 0 and b[0] > 0 else None
    comparison = replace(
        comparison, difference=our_value - their_value, times=times, basis=f"{comparison.source} figures"
    )
    if a[0] > b[-1]:
        return replace(comparison, winner="candidate", why=_times(a[0], b[-1]))
    if b[0] > a[-1]:
        return replace(comparison, winner="incumbent", why=_times(b[0], a[-1]))
    if a[0] == a[-1] == b[0] == b[-1]:
        return replace(comparison, winner="tie", why="the same")
    return replace(comparison, difference=None, winner="disputed", why="the sources disagree; both figures are kept")


def _price(comparison: Comparison, ours: pd.DataFrame, theirs: pd.DataFrame, margin: float) -> Comparison:
    turned = _amount(comparison, theirs, ours, margin)  # less is better, so the sides change places
    gap = None if turned.difference is None else -turned.difference
    return replace(turned, difference=gap, why=turned.why.replace("as much", "cheaper"))


def _cost(comparison: Comparison, ours: pd.DataFrame, theirs: pd.DataFrame, margin: float) -> Comparison:
    """Of all endpoints together where there are such rows; with intervals by them, else as a price."""
    all_endpoints = [side[side["scope"] == ""] for side in (ours, theirs)]
    ours, theirs = all_endpoints if all(len(side) for side in all_endpoints) else (ours, theirs)
    spread = not (pd.isna(ours["low"].iloc[0]) or pd.isna(theirs["low"].iloc[0]))
    rows = pd.concat([ours, theirs])
    n = int(rows["n"].min()) if rows["n"].notna().all() else None
    figures = Comparison(comparison.dimension, _span(ours), _span(theirs), "", "", comparison.source, n=n)
    comparison = replace(figures, rows=evidence.cite(rows), metric=comparison.metric, suite=comparison.suite)
    turned = (_wait if spread else _price)(comparison, ours, theirs, margin)
    return replace(turned, why=_dearer(turned.times)) if spread and turned.times else turned


def _dearer(times: Estimate) -> str:
    """Say who costs more, and how many times as much; `times` is the incumbent's cost over the candidate's."""
    if times.value >= 1:
        return f"the incumbent costs {times.value:.3g} times as much [{times.low:.3g}, {times.high:.3g}]"
    return f"the candidate costs {1 / times.value:.3g} times as much [{1 / times.high:.3g}, {1 / times.low:.3g}]"


def _able(comparison: Comparison, ours: pd.DataFrame, theirs: pd.DataFrame, margin: float) -> Comparison:
    return replace(_amount(comparison, ours, theirs, margin), times=None)


def _timed(comparison: Comparison, a: pd.Series, b: pd.Series) -> Comparison:
    """With the ratio of two independent figures, put together from their intervals on the log scale (MOVER)."""
    if not a["low"] > 0 or not b["low"] > 0:
        return comparison
    middle = log(a["value"] / b["value"])
    down = hypot(log(a["value"] / a["low"]), log(b["high"] / b["value"]))
    up = hypot(log(a["high"] / a["value"]), log(b["value"] / b["low"]))
    times = Estimate(exp(middle), exp(middle - down), exp(middle + up))
    return replace(comparison, times=times, p=stats.interval_p(middle, middle - down, middle + up))


def _times(more: float, less: float) -> str:
    return f"{more / less:.1f} times as much" if less else "one has it, the other does not"


def _nothing(spec: Dimension, table: pd.DataFrame, candidate: str, incumbent: str) -> Comparison:
    letters = [evidence.best(table, model, spec.printed) for model in (candidate, incumbent)]
    scores = [evidence.best(table, model, spec.metrics[-1]) for model in (candidate, incumbent)]
    figures = [
        figure_in_words(score if score is not None else letter) for score, letter in zip(scores, letters, strict=True)
    ]
    graded = all(row is not None for row in letters)
    why = "letters only: no score on both sides" if graded else "no figure of one kind for both sides"
    return Comparison(spec.label, figures[0], figures[1], "not checkable", why, rows=evidence.cite([*letters, *scores]))


def _span(rows: pd.DataFrame) -> str:
    return " or ".join(dict.fromkeys(figure_in_words(row) for _, row in rows.iterrows()))


_RULES = {"score": _score, "interval": _interval, "wait": _wait, "price": _price, "cost": _cost, "amount": _amount,
          "yes/no": _able}  # fmt: skip

"""Turn outcomes that others recorded item by item into evidence of kind `recorded`.

The kit scores and pairs them itself: solved share, cost of a solved item, difference and cost ratio on the same items,
and routing policies replayed on the real outcomes. An item without a mark is unknown and told; dollars that are unknown
leave the item out of the cost only.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

from kit import benchmarks, evidence, stats
from kit.benchmarks import Outcomes
from kit.decision import pareto, selection
from kit.decision.routing_policies import AnswersByItem, Policy
from kit.errors import ItemError, StudyError, near_miss
from kit.evidence import Row, contender_row
from kit.stats import Estimate

__all__ = ["Origin", "policy_rows", "recorded_evidence", "recorded_rows", "recorded_standings", "shipped"]

_FOLDER = Path(__file__).parents[1] / "data" / "recorded"

_PRICED = 0.98
"""A model joins the policies if so large a share of its items has known dollars."""


@dataclass(frozen=True)
class Origin:
    """Source of the outcomes.

    Attributes:
        category: What the items test: `agents`, `sql`, ...; a dimension of the decision.
        ref: Suite, source and version.
        as_of: ISO date of the source's version.
    """

    category: str
    ref: str
    as_of: str


def recorded_rows(outcomes: Outcomes, incumbent: str, candidates: Sequence[str], origin: Origin) -> list[Row]:
    """Score each model, and pair each candidate with the incumbent.

    Returns:
        For each model `score.CATEGORY` (%), `unmarked.CATEGORY` (items without a mark) and `cost.accepted` (USD per
        solved item); for each candidate `difference.CATEGORY` (points) and `times.cost.accepted` (its cost per solved
        item over the incumbent's), both on the items that both have.

    Raises:
        ItemError: If a model is not in the table, or a candidate shares no item with the incumbent.
    """
    marks, usd = _wide(outcomes, [incumbent, *candidates])
    rows: list[Row] = []
    for model in (incumbent, *candidates):
        rows += _alone(outcomes, model, marks[model], usd[model], origin)
    for model in candidates:
        both = marks[[model, incumbent]].dropna()
        if both.empty:
            raise ItemError(f"{model} shares no item with {incumbent}; the two cannot be paired")
        rows += _against(model, incumbent, both, usd, origin)
    return rows


def policy_rows(
    outcomes: Outcomes, incumbent: str, candidates: Sequence[str], origin: Origin, margin: float, seed: int = 1
) -> list[Row]:
    """Replay routing policies: each model alone, and a cheaper one first with a dearer one where the check fails.

    The check is the item's own test, so a failed first attempt is seen; a service needs a check as good. The cheapest
    policy that is not worse is chosen on half of the items and confirmed on the other half.

    Returns:
        Rows as from `selection.selection_rows`, of kind `recorded`. Models whose dollars are unknown too often are
        left out.
    """
    marks, usd = _wide(outcomes, [incumbent, *candidates])
    priced = [model for model in (incumbent, *candidates) if usd[model].notna().mean() >= _PRICED]
    if incumbent not in priced or len(priced) < 2:
        return []
    known = marks[priced].notna().all(axis=1) & usd[priced].notna().all(axis=1)
    answered = _answered(marks.loc[known, priced], usd.loc[known, priced], int((~known).sum()))
    policies = _policies(answered)
    choice = selection.choose_policy(answered, policies, incumbent, margin, seed)
    table = pareto.policy_figures(answered, policies, incumbent)
    rows = selection.selection_rows(choice, table, policies, "recorded", origin.ref, date.fromisoformat(origin.as_of))
    return [replace(row, source="recorded") for row in rows]


def recorded_evidence(
    category: str, incumbent: str, candidates: Sequence[str], margin: float, extract: str, outcomes_from: str = "",
    suite: str = "", as_of: str = "",
) -> pd.DataFrame:  # fmt: skip
    """Return a study's recorded evidence: computed from a table of outcomes, or the kit's own where none is named.

    Args:
        extract: A name as `shipped` takes it; used where `outcomes_from` is empty.
        outcomes_from: A long table as `kit.benchmarks.outcomes` reads it.
        as_of: The date given to that table's outcomes, ISO.
    """
    if not outcomes_from:
        return shipped(extract, category)
    outcomes = benchmarks.read_outcomes(outcomes_from, suite)
    origin = Origin(category, f"{outcomes.suite or Path(outcomes_from).name}: {outcomes.summary}", as_of)
    rows = recorded_rows(outcomes, incumbent, candidates, origin)
    remarks = [
        Row("source", "recorded.caveat", 1.0, "note", "recorded", origin.as_of, origin.ref, note=remark)
        for remark in outcomes.remarks
    ]
    return evidence.frame([*rows, *policy_rows(outcomes, incumbent, candidates, origin, margin), *remarks])


def shipped(name: str, category: str) -> pd.DataFrame:
    """Read evidence that comes with the kit: one category's rows of `kit/data/recorded/NAME.csv`.

    Raises:
        StudyError: If there is no such file, or it has no such category.
    """
    names = sorted(path.stem for path in _FOLDER.glob("*.csv"))
    if name not in names:
        raise StudyError(f"{name!r} is not recorded evidence of the kit{near_miss(name, names)}; it has {names}")
    table = evidence.read(_FOLDER / f"{name}.csv")
    scored = table[table["metric"].str.startswith("score.")]
    categories = sorted(scored["metric"].str.removeprefix("score.").unique())
    if category not in categories:
        raise StudyError(f"recorded evidence {name!r} has no category {category!r}; it has {', '.join(categories)}")
    return table[table["ref"].isin(scored[scored["metric"] == f"score.{category}"]["ref"])].reset_index(drop=True)


def recorded_standings(facts: pd.DataFrame, category: str, incumbent: str, candidates: Sequence[str]) -> pd.DataFrame:
    """Set each candidate beside the incumbent, one row a model and group of items.

    Args:
        facts: Evidence as from `evidence_rows` or `shipped`.

    Returns:
        `model`, `ref`, `ran` (ISO date of its outcomes), `solved`, `solved_low`, `solved_high` (%), `items`,
        `unmarked`, `usd`, `usd_low`, `usd_high` (per solved item), `difference`, `low`, `high` (points), `shared`
        (items), `times`, `times_low`, `times_high` (cost per solved item over the incumbent's); the incumbent first,
        missing where there is no such evidence.
    """
    rows = []
    for ref in facts[(facts["subject"] == incumbent) & (facts["metric"] == f"score.{category}")]["ref"]:
        of_ref = facts[facts["ref"] == ref].sort_values("against")
        with_rival = of_ref["against"] == f"{incumbent}@recorded"
        for model in (incumbent, *candidates) if with_rival.any() else ():
            mine = of_ref[of_ref["subject"] == model]
            against = of_ref[with_rival & (of_ref["subject"] == model)]
            rows.append({
                "model": model, "ref": ref, "ran": str(of_ref["as_of"].iloc[0])[:10],
                **_figure(mine, f"score.{category}", "solved", "items"),
                "unmarked": _figure(mine, f"unmarked.{category}", "unmarked")["unmarked"],
                **_figure(mine, "cost.accepted", "usd"),
                **_figure(against, f"difference.{category}", "difference", "shared", ("low", "high")),
                **_figure(against, "times.cost.accepted", "times"),
            })  # fmt: skip
    table = pd.DataFrame(rows)
    return table[table["solved"].notna()].reset_index(drop=True) if len(table) else table


def _figure(
    rows: pd.DataFrame, metric: str, name: str, count: str = "", ends: tuple[str, str] | None = None
) -> dict[str, float]:
    low, high = ends or (f"{name}_low", f"{name}_high")
    matches = rows[rows["metric"] == metric]
    row = matches.iloc[0] if len(matches) else dict.fromkeys(("value", "low", "high", "n"), float("nan"))
    figures = {name: row["value"], low: row["low"], high: row["high"]}
    return figures | ({count: row["n"]} if count else {})


def _wide(outcomes: Outcomes, models: Sequence[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Mean mark and mean dollars over repeats: a row an item, a column a model."""
    table = outcomes.table.assign(model=outcomes.table["contender"].str.removesuffix("@recorded"))
    known = list(table["model"].unique())
    for model in models:
        if model not in known:
            raise ItemError(f"{model!r} is not in the outcomes{near_miss(model, known)}")
    by_item = table[table["model"].isin(models)].groupby(["item", "model"], sort=True)[["mark", "usd"]].mean().unstack()
    return by_item["mark"].reindex(columns=list(models)), by_item["usd"].reindex(columns=list(models))


def _alone(outcomes: Outcomes, model: str, marks: pd.Series, usd: pd.Series, origin: Origin) -> list[Row]:
    marked, tried = marks.dropna(), outcomes.table[outcomes.table["contender"] == f"{model}@recorded"]["item"].nunique()
    low, high = (100 * end for end in benchmarks.item_interval(marked))
    rows = [
        _row(model, f"score.{origin.category}", "%", Estimate(100 * marked.mean(), low, high), len(marked), origin),
        _row(model, f"unmarked.{origin.category}", "items", float(tried - len(marked)), tried, origin),
    ]
    priced = marked.index.intersection(usd.dropna().index)
    if len(priced) > 1 and marked[priced].any():
        cost = stats.per_success(usd[priced], marked[priced])
        rows.append(_row(model, "cost.accepted", "USD/answer", cost, len(priced), origin))
    return rows


def _against(model: str, incumbent: str, both: pd.DataFrame, usd: pd.DataFrame, origin: Origin) -> list[Row]:
    ours, theirs = both[model], both[incumbent]
    low, high = stats.paired_interval(list(ours), list(theirs))
    gap = Estimate(100 * float((ours - theirs).mean()), 100 * low, 100 * high)
    rows = [_row(model, f"difference.{origin.category}", "points", gap, len(both), origin, f"{incumbent}@recorded")]
    priced = both.index.intersection(usd[[model, incumbent]].dropna().index)
    if len(priced) > 1 and ours[priced].any() and theirs[priced].any() and usd.loc[priced, incumbent].any():
        times = stats.per_success_ratio(
            usd.loc[priced, model], ours[priced], usd.loc[priced, incumbent], theirs[priced]
        )
        rows.append(_row(model, "times.cost.accepted", "x", times, len(priced), origin, f"{incumbent}@recorded"))
    return rows


def _row(
    model: str, metric: str, unit: str, figure: float | Estimate, n: int, origin: Origin, against: str = ""
) -> Row:
    return contender_row(
        f"{model}@recorded", metric, figure, unit, origin.as_of, origin.ref, n, source="recorded", against=against
    )


def _answered(marks: pd.DataFrame, usd: pd.DataFrame, left_out: int) -> AnswersByItem:
    shape = marks.T.shape
    return AnswersByItem(
        tuple(marks.columns), marks.index.to_numpy(), np.full(len(marks), ""), marks.to_numpy().T, usd.to_numpy().T,
        np.full(shape, ""), marks.to_numpy().T < 1, np.full(shape, np.nan), left_out,
    )  # fmt: skip


def _policies(answered: AnswersByItem) -> list[Policy]:
    mean = dict(zip(answered.contenders, answered.usd.mean(axis=1), strict=True))
    order = sorted(answered.contenders, key=mean.__getitem__)
    alone = [Policy(model, "alone", (model,)) for model in order]
    pairs = combinations(order, 2)
    return alone + [
        Policy(f"{cheap}; {dear} where its check fails", "cascade", (cheap, dear)) for cheap, dear in pairs
    ]

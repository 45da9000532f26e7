"""Two contenders on the same items, asked here or recorded by somebody: who is ahead, by how much, and on which items.

The difference has Tango's interval and exact McNemar; a cost per accepted answer is set against the other's on the same
items (`ratios.per_success_ratio`).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pandas as pd

from kit import benchmarks, client, stats
from kit.benchmarks import Measured, SuiteOptions
from kit.client import ContenderLike
from kit.decision import matchup
from kit.decision.dimensions import DIMENSIONS, Comparison
from kit.evidence import Row, contender_row
from kit.pricing import Book
from kit.stats import Estimate

__all__ = ["compare_cost", "compare_on_items", "items_apart", "measure_pair", "pair_rows"]

_EMPTY = pd.DataFrame(columns=["dimension", "item", "group", "expected", "difference"])


def measure_pair(
    pair: tuple[str, str],
    suites: Sequence[SuiteOptions],
    category: str,
    written: Sequence[ContenderLike],
    store: str,
    book: Book,
    day: date,
) -> list[Measured]:
    """Measure both sides on each suite, or score recorded answers; answers in the store are not asked for again.

    Args:
        pair: Candidate and incumbent, each a contender or a model that only one contender runs.
        suites: As from `benchmarks.several_suites`.
        category: Of recorded answers.
        written: The study's contenders.
        day: The study's date, for recorded answers that say none.

    Raises:
        AskError: If one of the pair is no contender.
    """
    to_ask = [options for options in suites if not options.recorded_from]
    by_id = {contender.id: contender for contender in client.read_contenders(*written)} if to_ask else {}
    both = [by_id[client.resolve_contender(side, by_id)] for side in pair] if to_ask else []
    measured = [
        benchmarks.measure_category(
            category if options.recorded_from else benchmarks.suite_category(options.suite),
            options, both, store, book, day,
        )
        for options in suites
    ]  # fmt: skip
    return [_of_pair(suite, pair) for suite in measured]


def compare_on_items(m: Measured, pair: tuple[str, str], margin: float) -> Comparison | None:
    """One suite, item by item; None where there is no interval of the difference.

    Args:
        m: Of both, as from `measure_pair`.
        pair: Candidate and incumbent.
        margin: Points within which they count as equivalent.
    """
    shared, (ours, theirs) = _shared(m, pair), _ids(m, pair)
    standing = benchmarks.scores_against(m.scores, theirs, margin).iloc[0]
    if pd.isna(standing["difference"]) or shared.empty:
        return None
    summary = benchmarks.scores_by_contender(shared).set_index("contender")
    both = tuple(Estimate(*summary.loc[who, ["score", "low", "high"]]) for who in (ours, theirs))
    source = "recorded answers" if theirs.endswith("@recorded") else "answers asked for here"
    unknown = f", {standing['unknown']:,} of them unanswered by one of the two" if standing["unknown"] else ""
    p = standing["p"]
    if pd.isna(p):
        p = stats.interval_p(standing["difference"], standing["low"], standing["high"], int(standing["items"]))
    dimension = DIMENSIONS[m.category].label if m.category in DIMENSIONS else m.category
    comparison = Comparison(
        dimension, _percent(both[0]), _percent(both[1]), "", "", m.source, float(standing["difference"]),
        basis=f"{source} to the same {standing['items']:,} items{unknown}", scores=(both[0], both[1]),
        n=int(standing["items"]), p=float(p),
    )  # fmt: skip
    comparison = matchup.with_conclusion(comparison, float(standing["low"]), float(standing["high"]), margin)
    wide = shared.astype({"value": "float64"}).pivot_table(index="item", columns="contender", values="value")
    return replace(comparison, needed=_needed(comparison, float((wide[ours] != wide[theirs]).mean()), margin))


def compare_cost(measured: Sequence[Measured], pair: tuple[str, str]) -> Comparison | None:
    """Compare what a right answer costs, over all items that both answered at a known price; None if there are none."""
    priced = [_priced(m, pair) for m in measured if len(m.scores)]
    sides = [pd.concat([pair_of_sides[side] for pair_of_sides in priced]) for side in (0, 1)] if priced else []
    if not sides or len(sides[0]) < 2 or any(side.isna().any(axis=None) for side in sides):
        return None
    (our_usd, ours), (their_usd, theirs) = ((side["cost_usd"].to_numpy(), side["right"].to_numpy()) for side in sides)
    if not ours.any() or not theirs.any() or not their_usd.any() or not our_usd.any():
        return None
    ratio = stats.per_success_ratio(our_usd, ours, their_usd, theirs)
    pair_of_sides = matchup.cost_comparison(
        ratio, len(ours), f"answers to the same {len(ours):,} items, at known prices"
    )
    usd = [f"${cost.sum() / right.sum():.3g}" for cost, right in ((our_usd, ours), (their_usd, theirs))]
    return replace(pair_of_sides, candidate=usd[0], incumbent=usd[1])


def items_apart(measured: Sequence[Measured], pair: tuple[str, str]) -> pd.DataFrame:
    """Items scored differently, the candidate's losses first, the easiest first within a suite.

    Returns:
        `dimension`, `item`, `group`, `expected`, a column a contender (what was read), `difference` (candidate less
        incumbent, -1 to 1).
    """
    tables = [_parted(m, pair) for m in measured if len(_shared(m, pair))]
    return (
        pd.concat([_EMPTY, *tables]).sort_values(["difference"], kind="stable", ignore_index=True) if tables else _EMPTY
    )


def pair_rows(measured: Sequence[Measured], pair: tuple[str, str], facts: pd.DataFrame) -> list[Row]:
    """Return the measurements as evidence: `difference.general` and so on, `times.cost.accepted`, and scores.

    Args:
        facts: What is evidence already, so that no score is given twice.
    """
    known = set(facts[["subject", "metric", "ref", "way"]].itertuples(index=False, name=None))
    score_rows = [
        row for m in measured for row in m.evidence_rows() if (row.subject, row.metric, row.ref, row.way) not in known
    ]
    evidence_rows, cost_comparison = list(score_rows), compare_cost(measured, pair)
    for m in measured:
        if comparison := compare_on_items(m, pair, 0):
            candidate, incumbent = _ids(m, pair)
            gap = Estimate(comparison.difference or 0.0, comparison.low or 0.0, comparison.high or 0.0)
            evidence_rows.append(contender_row(candidate, f"difference.{m.category}", gap, "points", m.day, m.ref,
                                               comparison.n, against=incumbent))  # fmt: skip
            if cost_comparison and (times := cost_comparison.times) and m is measured[-1]:
                ratio = Estimate(1 / times.value, 1 / times.high, 1 / times.low)
                evidence_rows.append(contender_row(candidate, "times.cost.accepted", ratio, "x", m.day,
                                                   cost_comparison.basis, cost_comparison.n,
                                                   against=incumbent))  # fmt: skip
    return evidence_rows


def _ids(m: Measured, pair: tuple[str, str]) -> tuple[str, str]:
    known = list(m.scores["contender"].unique())
    return client.resolve_contender(pair[0], known), client.resolve_contender(pair[1], known)


def _of_pair(m: Measured, pair: tuple[str, str]) -> Measured:
    return replace(m, scores=m.scores[m.scores["contender"].isin(_ids(m, pair))])


def _shared(m: Measured, pair: tuple[str, str]) -> pd.DataFrame:
    """Scores of the items that both have a value for."""
    counted = m.scores[m.scores["value"].notna()]
    ours, theirs = (set(counted[counted["contender"] == who]["item"]) for who in _ids(m, pair))
    return counted[counted["item"].isin(ours & theirs)]


def _needed(comparison: Comparison, split: float, margin: float) -> int | None:
    """Items in all that would tell the two apart, or show them equivalent, whichever takes fewer; 80 % power."""
    gap = (comparison.difference or 0.0) / 100
    split = min(1.0, max(split, abs(gap)))
    apart = stats.items_needed(gap, split)
    # two ends have to lie inside, each with half of the risk to miss it
    alike = stats.items_needed(-abs(gap), split, 0.9, margin / 100) if 100 * abs(gap) < margin < 100 else None
    wanted = [count for count in (apart, alike) if count]
    return max((comparison.n or 0) + 1, min(wanted)) if wanted and comparison.winner == "unresolved" else None


def _priced(m: Measured, pair: tuple[str, str]) -> list[pd.DataFrame]:
    """Of candidate and incumbent: cost and whether it was right, an answer each, of the same ones in the same order."""
    shared = _shared(m, pair).set_index(["item", "sample"])
    sides = [shared[shared["contender"] == who] for who in _ids(m, pair)]
    both = sides[0].index.intersection(sides[1].index)
    return [
        side.loc[both].assign(right=lambda rows: (rows["value"] == 1).astype(float))[["cost_usd", "right"]]
        .astype("float64") for side in sides
    ]  # fmt: skip


def _parted(m: Measured, pair: tuple[str, str]) -> pd.DataFrame:
    shared, ids = _shared(m, pair).astype({"value": "float64"}), _ids(m, pair)
    by = shared.groupby(["item", "contender"], sort=False)
    value, read = by["value"].mean().unstack(), by["read"].agg(lambda texts: " | ".join(dict.fromkeys(texts)))
    about = shared.groupby("item", sort=False)[["group", "expected", "level"]].first()
    items = about.join(read.unstack()[list(ids)]).assign(difference=value[ids[0]] - value[ids[1]])
    items = items[items["difference"] != 0].sort_values(["difference", "level"], kind="stable")
    table = items.drop(columns="level").rename_axis("item").reset_index()
    return table.assign(dimension=DIMENSIONS[m.category].label if m.category in DIMENSIONS else m.category)


def _percent(score: Estimate) -> str:
    return f"{score.value:.1f} % [{score.low:.1f}, {score.high:.1f}]"

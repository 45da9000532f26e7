"""Two contenders head to head: every dimension at once, each by the best that there is on both.

A dimension rests on items that both answered (`kit.decision.paired_matchup`); without such items on evidence of one
kind that both have (`kit.decision.matchup`). Each comparison says which. A winner has to stand beside all other
dimensions (Holm). Being equivalent or not worse is not corrected: a move asks for all that the workload needs at once,
and so errs no oftener than any one of them does (intersection-union test, Berger 1982, Technometrics 24:295).
"""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from kit import evidence, stats
from kit.benchmarks import Measured
from kit.decision import matchup, paired_matchup
from kit.decision.dimensions import DIMENSIONS, Comparison
from kit.decision.matchup import model_of, named

__all__ = ["compare_all", "matchup_summary", "matchup_table"]

_ALPHA = 0.05

_BETTER = {"price": "cheap", "cost": "cheap", "interval": "fast", "wait": "fast", "amount": "large"}
"""Kind of dimension -> what more of it is called."""


def compare_all(
    facts: pd.DataFrame, measured: Sequence[Measured], pair: tuple[str, str], margin: float, first: Sequence[str] = ()
) -> list[Comparison]:
    """All dimensions on which the two can be compared, each by the best that there is, with Holm over all.

    Args:
        facts: Evidence, for what was not measured here.
        taken: As from `take`.
        pair: Candidate and incumbent.
        margin: Points of score within which two models count as equivalent.
        first: Dimensions that come first, and are there even if nothing is known of them.
    """
    categories = [m.category for m in measured]
    comparisons: dict[str, Comparison] = {}
    for m in measured:
        if comparison := paired_matchup.compare_on_items(m, pair, margin):
            suite = m.ref.partition(" ")[0] if categories.count(m.category) > 1 else ""
            comparisons[f"{m.category}:{suite}"] = (
                replace(comparison, dimension=f"{comparison.dimension}, {suite}") if suite else comparison
            )
    if cost := paired_matchup.compare_cost(measured, pair):
        comparisons["accepted cost:"] = cost
    compared = {name.partition(":")[0] for name in comparisons}
    for name in [*first, *(name for name in DIMENSIONS if name not in first and _known(facts, name, pair))]:
        comparison = matchup.compare_on(facts, *pair, name, margin)
        rows_used = {
            other.rows for other in comparisons.values()
        }  # where general quality stands for reasoning, once is enough
        if name not in compared and (name in first or comparison.rows not in rows_used):
            comparisons[f"{name}:"] = comparison
    order = [*first, *DIMENSIONS]
    return _corrected(
        [comparisons[key] for key in sorted(comparisons, key=lambda key: order.index(key.partition(":")[0]))]
    )


def matchup_summary(compared: Sequence[Comparison], pair: tuple[str, str]) -> str:
    """Say in a sentence who is ahead on which dimensions, and in a second one what that rests on."""
    ours, theirs = map(named, pair)
    phrases = {
        "candidate": f"{ours} is ahead on", "incumbent": f"{theirs} is ahead on",
        "equivalent": "they are equivalent on", "tie": "they are the same on", "unresolved": "unresolved:",
        "disputed": "sources disagree on", "not checkable": "not checkable:",
    }  # fmt: skip
    parts = [
        f"{words} {', '.join(comparison.dimension for comparison in compared if comparison.winner == winner)}"
        for winner, words in phrases.items() if any(comparison.winner == winner for comparison in compared)
    ]  # fmt: skip
    by = {
        basis: [comparison.dimension for comparison in compared if comparison.basis == basis]
        for basis in (c.basis for c in compared)
    }
    rests = "; ".join(f"{', '.join(names)} on {basis}" for basis, names in by.items() if basis)
    text = "; ".join(parts) or "nothing is known of both"
    text = text if text.startswith((ours, theirs)) else text[0].upper() + text[1:]
    return f"{text}." + (f" This rests, for {rests}." if rests else "")


def matchup_table(compared: Sequence[Comparison], pair: tuple[str, str]) -> pd.DataFrame:
    """The comparisons as a table prints them: `dimension`, a column a contender, `difference`, `p`, `verdict`, ..."""
    ours, theirs = map(named, pair)
    return pd.DataFrame(
        {
            "dimension": comparison.dimension,
            ours: comparison.graded(0),
            theirs: comparison.graded(1),
            "difference": _gap(comparison),
            "p": comparison.p,
            "verdict": {"candidate": ours, "incumbent": theirs}.get(comparison.winner, comparison.winner),
            "items needed": "" if comparison.needed is None else f"{comparison.needed:,}",
            "rests on": comparison.basis or comparison.why,
        }
        for comparison in compared
    )


def _known(facts: pd.DataFrame, name: str, pair: tuple[str, str]) -> bool:
    metric = DIMENSIONS[name].metrics[0]
    return all(evidence.best(facts, model_of(who), metric) is not None for who in pair)


def _corrected(comparisons: Sequence[Comparison]) -> list[Comparison]:
    """With Holm over the dimensions on which something is left to chance."""
    tested = {comparison.dimension: comparison.p for comparison in comparisons if comparison.p is not None}
    adjusted = stats.holm(tested)
    corrected = []
    for comparison in comparisons:
        p = adjusted.get(comparison.dimension)
        if comparison.winner in ("candidate", "incumbent") and p is not None and p >= _ALPHA:
            why = f"{comparison.why}; p = {p:.2g} over {len(tested)} dimensions (Holm), so it may be chance"
            comparison = replace(comparison, winner="unresolved", why=why)
        corrected.append(replace(comparison, p=p))
    return corrected


def _gap(comparison: Comparison) -> str:
    if comparison.difference is not None and comparison.low is not None:
        return f"{comparison.difference:+.1f} points [{comparison.low:+.1f}, {comparison.high:+.1f}]"
    if comparison.times is None:
        return ""
    ends = (
        ""
        if comparison.times.low == comparison.times.high
        else f" [{comparison.times.low:.3g}, {comparison.times.high:.3g}]"
    )
    kind = next((spec.kind for spec in DIMENSIONS.values() if spec.label == comparison.dimension), "")
    return f"{comparison.times.value:.3g} times as {_BETTER.get(kind, 'good')}{ends}"

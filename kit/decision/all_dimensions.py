"""Two contenders head to head: every dimension at once, each by the best that there is on both.

A dimension rests on items that both answered (`kit.decision.paired_matchup`); without such items on evidence of one
kind that both have (`kit.decision.matchup`). Each comparison says which. A winner has to stand beside all other
dimensions (Holm). Being equivalent or not worse is not corrected: a move asks for all that the workload needs at once,
and so errs no oftener than any one of them does (intersection-union test, Berger 1982, Technometrics 24:295).
"""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from kit import evidence
from kit.benchmarks.measure import Measured
from kit.decision import matchup, paired_matchup
from kit.decision.dimensions import DIMENSIONS, Comparison
from kit.decision.matchup import model_of, named
from kit.stats import intervals

__all__ = ["answer", "compare", "table"]

_ALPHA = 0.05


def compare(
    facts: pd.DataFrame, taken: Sequence[Measured], pair: tuple[str, str], margin: float, first: Sequence[str] = ()
) -> list[Comparison]:
    """All dimensions on which the two can be compared, each by the best that there is, with Holm over all.

    Args:
        facts: Evidence, for what was not measured here.
        taken: As from `take`.
        pair: Candidate and incumbent.
        margin: Points of score within which two models count as equivalent.
        first: Dimensions that come first, and are there even if nothing is known of them.
    """
    categories = [m.category for m in taken]
    found: dict[str, Comparison] = {}
    for m in taken:
        if one := paired_matchup.on_items(m, pair, margin):
            suite = m.ref.partition(" ")[0] if categories.count(m.category) > 1 else ""
            found[f"{m.category}:{suite}"] = replace(one, dimension=f"{one.dimension}, {suite}") if suite else one
    if paid := paired_matchup.cost(taken, pair):
        found["accepted cost:"] = paid
    done = {name.partition(":")[0] for name in found}
    for name in [*first, *(name for name in DIMENSIONS if name not in first and _known(facts, name, pair))]:
        one = matchup.compare(facts, *pair, name, margin)
        seen = {other.rows for other in found.values()}  # where general quality stands for reasoning, once is enough
        if name not in done and (name in first or one.rows not in seen):
            found[f"{name}:"] = one
    order = [*first, *DIMENSIONS]
    return _corrected([found[key] for key in sorted(found, key=lambda key: order.index(key.partition(":")[0]))])


def answer(compared: Sequence[Comparison], pair: tuple[str, str]) -> str:
    """Who is ahead on what, in a sentence, and in a second one what that rests on."""
    ours, theirs = map(named, pair)
    said = {
        "candidate": f"{ours} is ahead on", "incumbent": f"{theirs} is ahead on",
        "equivalent": "they are equivalent on", "tie": "they are the same on", "unresolved": "unresolved:",
        "disputed": "sources disagree on", "not checkable": "not checkable:",
    }  # fmt: skip
    parts = [
        f"{words} {', '.join(one.dimension for one in compared if one.winner == winner)}"
        for winner, words in said.items() if any(one.winner == winner for one in compared)
    ]  # fmt: skip
    by = {basis: [one.dimension for one in compared if one.basis == basis] for basis in (c.basis for c in compared)}
    rests = "; ".join(f"{', '.join(names)} on {basis}" for basis, names in by.items() if basis)
    text = "; ".join(parts) or "nothing is known of both"
    text = text if text.startswith((ours, theirs)) else text[0].upper() + text[1:]
    return f"{text}." + (f" This rests, for {rests}." if rests else "")


def table(compared: Sequence[Comparison], pair: tuple[str, str]) -> pd.DataFrame:
    """The comparisons as a table prints them: `dimension`, a column a contender, `difference`, `p`, `verdict`, ..."""
    ours, theirs = map(named, pair)
    return pd.DataFrame(
        {"dimension": one.dimension, ours: one.graded(0), theirs: one.graded(1), "difference": _gap(one),
         "p": one.p, "verdict": {"candidate": ours, "incumbent": theirs}.get(one.winner, one.winner),
         "items needed": "" if one.needed is None else f"{one.needed:,}", "rests on": one.basis or one.why}
        for one in compared
    )  # fmt: skip


def _known(facts: pd.DataFrame, name: str, pair: tuple[str, str]) -> bool:
    metric = DIMENSIONS[name].metrics[0]
    return all(evidence.best(facts, model_of(who), metric) is not None for who in pair)


def _corrected(found: Sequence[Comparison]) -> list[Comparison]:
    """With Holm over the dimensions on which something is left to chance."""
    tested = {one.dimension: one.p for one in found if one.p is not None}
    adjusted = intervals.holm(tested)
    made = []
    for one in found:
        p = adjusted.get(one.dimension)
        if one.winner in ("candidate", "incumbent") and p is not None and p >= _ALPHA:
            why = f"{one.why}; p = {p:.2g} over {len(tested)} dimensions (Holm), so it may be chance"
            one = replace(one, winner="unresolved", why=why)
        made.append(replace(one, p=p))
    return made


def _gap(one: Comparison) -> str:
    if one.difference is not None and one.low is not None:
        return f"{one.difference:+.1f} points [{one.low:+.1f}, {one.high:+.1f}]"
    if one.times is None:
        return ""
    ends = "" if one.times.low == one.times.high else f" [{one.times.low:.3g}, {one.times.high:.3g}]"
    return f"{one.times.value:.3g} times as good{ends}"

"""The frontier: what each policy costs a request and how much it gets right, and which ones no mixture of others beats.

Two policies can be mixed by a draw for each request, which makes every point on the line between them; so the frontier
is convex. It is drawn through the answers that it is read from, and of many policies the best were lucky, too:
`kit.decision.selection` tells by how much.
"""

from collections.abc import Sequence
from math import isclose

import numpy as np
import pandas as pd

from kit import stats
from kit.decision.routing_policies import AnswersByItem, Policy, PolicyOutcome, replay_policy
from kit.stats import Estimate

__all__ = [
    "COLUMNS",
    "POLICY_FORMATS",
    "cost_saving",
    "policies_to_show",
    "policy_figures",
    "policy_table",
    "share_difference",
    "step",
]

COLUMNS = {
    "policy": "its name",
    "kind": "a key of policies.KINDS",
    "n": "items",
    "score": "percent right",
    "score_low": "its 95 % interval: Wilson's",
    "score_high": "",
    "usd": "USD a request, all contenders that are asked",
    "usd_low": "its 95 % interval: Student's t",
    "usd_high": "",
    "difference": "points right, less the incumbent's on the same items",
    "difference_low": "its 95 % interval: see `share_difference`",
    "difference_high": "",
    "saving": "USD a request less than the incumbent on the same items",
    "saving_low": "its 95 % interval: see `cost_saving`",
    "saving_high": "",
    "again": "percent of the requests that reach the last tier; of a mix, that go to the incumbent",
    "efficient": "whether it is on the frontier: none, and no mixture of two, is as good for less",
}
"""Columns of `policy_figures`."""

POLICY_FORMATS = dict.fromkeys(("right, %", "asked again, %"), "{:.1f}") | {
    "USD per 1,000": "{:,.4g}",
    "points": "{:+.1f}",
}
"""How `show.table` should print the columns of `policy_table`."""

_FREE = ("alone", "cascade", "agreement")
"""Kinds that can be on the frontier: a mix lies on a line anyway, and nobody can have the oracle."""


def policy_figures(answered: AnswersByItem, policies: Sequence[Policy], incumbent: str) -> pd.DataFrame:
    """Replay policies, and say what each costs and gets right: COLUMNS, a row a policy, in the order given."""
    base = replay_policy(answered, Policy(incumbent, "alone", (incumbent,)))
    rows = [
        _row(policy, base if policy.tiers == (incumbent,) else replay_policy(answered, policy), base)
        for policy in policies
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS)[:-1])
    free = table["kind"].isin(_FREE).to_numpy()
    efficient = np.zeros(len(table), dtype=bool)
    efficient[free] = _hull(table.loc[free, "usd"].to_numpy(), table.loc[free, "score"].to_numpy())
    return table.assign(efficient=efficient)


def share_difference(ours: np.ndarray, theirs: np.ndarray) -> Estimate:
    """Share right of a policy less that of another on the same items, with its 95 % interval.

    Tango's, where each item counts for as much as any other that they part on: all of it (right or wrong), or the share
    of a mix, by which Tango's ends shrink, since a mix only dilutes the difference. Else Student's t (partly right).
    """
    gaps = ours - theirs
    value, scale = float(gaps.mean()), step(gaps)
    if scale is None:
        return Estimate(value, *stats.paired_interval(list(ours), list(theirs)))
    low, high = stats.tango(int((gaps > 0).sum()), int((gaps < 0).sum()), len(gaps))
    return Estimate(value, min(value, scale * low), max(value, scale * high))


def step(gaps: np.ndarray) -> float | None:
    """The size of all differences that are not 0, if they are of one size; None if not, and 1 if there are none."""
    sizes = np.unique(np.abs(gaps[gaps != 0]).round(12))
    return None if len(sizes) > 1 else float(sizes[0]) if len(sizes) else 1.0


def cost_saving(ours: np.ndarray, theirs: np.ndarray) -> Estimate:
    """USD a request that a policy costs less than another, on the same items, with its 95 % interval (Student's t)."""
    return _mean(theirs - ours)


def policies_to_show(table: pd.DataFrame, incumbent: str, rows: int = 12) -> pd.DataFrame:
    """The rows to look at: the frontier, the incumbent, the oracle, then the cheapest that get as much right as it.

    Args:
        table: As from `policy_figures`.
        incumbent: Its policy's name.
        rows: So many at most, but for the frontier.
    """
    is_incumbent = table["policy"] == incumbent
    always = table["efficient"] | is_incumbent | (table["kind"] == "oracle")
    level = table.loc[is_incumbent, "score"].iloc[0]
    near = table[~always & (table["score"] >= level)].sort_values("usd", kind="stable")
    chosen = pd.concat([table[always], near.head(max(0, rows - int(always.sum())))])
    return chosen.sort_values(["usd", "score"], kind="stable", ignore_index=True)


def policy_table(table: pd.DataFrame) -> pd.DataFrame:
    """Write the figures of `policy_figures` for a table: USD per 1,000 requests, intervals in words."""
    return pd.DataFrame([
        {"policy": row.policy, "frontier": "on it" if row.efficient else "", "right, %": row.score,
         "95 %": f"{row.score_low:.1f} to {row.score_high:.1f}", "USD per 1,000": 1000 * row.usd,
         "95 % ": f"{1000 * row.usd_low:,.4g} to {1000 * row.usd_high:,.4g}", "points": row.difference,
         "95 %  ": f"{row.difference_low:+.1f} to {row.difference_high:+.1f}", "asked again, %": row.again}
        for row in table.itertuples()
    ])  # fmt: skip


def _row(policy: Policy, outcome: PolicyOutcome, base: PolicyOutcome) -> tuple[object, ...]:
    n, correct = len(base.correct), outcome.correct
    share = float(correct.mean())
    whole = n < 2 or bool(np.isin(correct, (0, 1)).all())
    low, high = stats.wilson(share, n) if whole else stats.clustered_interval(list(correct), range(n))
    usd, saving = _mean(outcome.usd), cost_saving(outcome.usd, base.usd)
    gap = Estimate(0.0, 0.0, 0.0) if outcome is base else share_difference(correct, base.correct)
    points = (100 * part for part in (share, low, high))
    return (
        policy.name, policy.kind, n, *points, usd.value, usd.low, usd.high,
        100 * gap.value, 100 * gap.low, 100 * gap.high, saving.value, saving.low, saving.high,
        100 * float(outcome.again.mean()),
    )  # fmt: skip


def _mean(usd: np.ndarray) -> Estimate:
    """One item has no spread, and what all cost alike has none either."""
    value = float(usd.mean())
    if len(usd) < 2 or isclose(float(np.ptp(usd)), 0, abs_tol=1e-15):
        return Estimate(value, value, value)
    half = stats.t95(len(usd) - 1) * float(usd.std(ddof=1)) / len(usd) ** 0.5
    return Estimate(value, value - half, value + half)


def _hull(usd: np.ndarray, score: np.ndarray) -> np.ndarray:
    """Mark the corners of the upper left hull: each next one buys more, at a rising price a point."""
    corners: list[int] = []
    for point in np.lexsort((-score, usd)):
        if corners and score[point] <= score[corners[-1]]:
            continue
        while len(corners) > 1:
            if _slope(usd, score, corners[-2], corners[-1]) > _slope(usd, score, corners[-1], point):
                break
            corners.pop()
        corners.append(int(point))
    return np.isin(np.arange(len(usd)), corners)


def _slope(usd: np.ndarray, score: np.ndarray, start: int, end: int) -> float:
    step = usd[end] - usd[start]
    return float((score[end] - score[start]) / step) if step else float("inf")

"""The page on routing: the verdict in words, what both halves say, and the frontier as a picture."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from matplotlib.transforms import Bbox

from kit.decision import PolicyChoice, Standing
from kit.report.style import ACCENT, INK, QUIET, RULE, WARN, axes, described
from kit.text import plain

__all__ = ["FORMATS", "frontier", "halves", "sentence"]

FORMATS: Mapping[str, str] = {"points": "{:+.1f}", "USD per 1,000": "{:,.4g}", "saved": "{:,.4g}"}
"""How `show.table` should print the columns of `halves`."""

_PLACES = (
    ((8, 0), "left", "center"), ((7, -4), "left", "top"), ((7, 4), "left", "bottom"), ((-8, 0), "right", "center"),
    ((-7, 4), "right", "bottom"), ((-7, -4), "right", "top"), ((-14, 24), "right", "bottom"),
    ((14, -24), "left", "top"), ((14, 24), "left", "bottom"), ((-14, -24), "right", "top"),
    ((0, 44), "center", "bottom"), ((0, -44), "center", "top"), ((30, 44), "left", "bottom"),
    ((30, -44), "left", "top"),
)  # fmt: skip
"""Where a label may stand: by how much off its point, and which way; the first that crosses least is taken."""

_FAR = 2
"""Times the incumbent's cost, beyond which a policy is of no interest."""


def sentence(choice: PolicyChoice, name: str) -> str:
    """The verdict in words.

    Args:
        name: What to call the incumbent.
    """
    standing, policy = choice.held_out or choice.choosing, choice.policy or choice.nearest
    tried, margin = f"{choice.tried} policies", f"the margin of {choice.margin:g} points"
    if standing is None or policy is None:
        return f"Stay: none of {tried} costs less than {name}."
    gap = standing.difference
    gain = (
        f'"{policy.name}": {_usd(standing.usd)} per 1,000 requests against {_usd(standing.incumbent_usd)} '
        f"({_less(standing)}); its score less {name}'s is {gap.value:+.1f} points [{gap.low:+.1f}, {gap.high:+.1f}]"
    )
    needed = f" About {choice.needed:,} items would settle it." if choice.needed else ""
    if choice.optimism is None:
        why = {
            "stay": f"Stay: of {tried}, all that cost less than {name} are shown to be worse by {margin}",
            "undecided": f"Undecided: of {tried}, none that costs less than {name} is shown to be within {margin}",
        }[choice.verdict]
        return f"{why}. The nearest is {gain} on the {standing.n:,} items that choose.{needed}"
    head, means = {
        "migrate": ("Move to", f"within {margin}"),
        "route": ("Route", f"within {margin}"),
        "stay": ("Stay: not confirmed is", f"so it is worse by {margin}, or dearer"),
        "undecided": ("Undecided: not confirmed is", f"which does not settle {margin}"),
    }[choice.verdict]
    looked = f"{abs(choice.optimism):.1f} points {'better' if choice.optimism >= 0 else 'worse'}"
    return (
        f"{head} {gain}, {means}, on {standing.n:,} items held out from choosing among {tried}. On those that chose it "
        f"looked {looked}.{needed}"
    )


def halves(choice: PolicyChoice) -> pd.DataFrame:
    """The policy chosen, or the nearest, on the items that choose and on those held out; empty for none."""
    policy, rows = choice.policy or choice.nearest, []
    for items, standing in (("that choose", choice.choosing), ("held out", choice.held_out)):
        if policy is not None and standing is not None:
            gap, saving = standing.difference, standing.saving
            rows.append({
                "items": items, "number": standing.n, "policy": policy.name, "points": gap.value,
                "95 %": f"{gap.low:+.1f} to {gap.high:+.1f}", "USD per 1,000": 1000 * standing.usd,
                "saved": 1000 * saving.value, "95 % ": f"{1000 * saving.low:,.4g} to {1000 * saving.high:,.4g}",
            })  # fmt: skip
    return pd.DataFrame(rows)


def frontier(table: pd.DataFrame, incumbent: str, chosen: str, margin: float) -> Figure:
    """Score against USD per 1,000 requests, with 95 % intervals; the line can be had by mixing the policies on it.

    The incumbent is dark, what was chosen orange, the frontier blue, single contenders hollow, all others faint; below
    the dashed line a policy is behind the incumbent by more than the margin. What costs over twice as much as the
    incumbent, and is not on the frontier, is left out; the oracle, which would flatten the rest, is told in words.

    Args:
        table: From `kit.decision.pareto.policy_figures`.
        incumbent: Its policy's name.
        chosen: The name of the policy chosen; empty for none.
        margin: Points.
    """
    fig, ax = axes(4.6)
    base, line = table[table["policy"] == incumbent].iloc[0], table[table["efficient"]].sort_values("usd")
    near = table[(table["kind"] != "oracle") & (table["efficient"] | (table["usd"] <= _FAR * base["usd"]))]
    labelled = near[near["efficient"] | (near["kind"] == "alone") | near["policy"].isin([incumbent, chosen])]
    rest = near.drop(labelled.index)
    ax.plot(1000 * rest["usd"], rest["score"], "o", color=RULE, markersize=3.5, zorder=1)
    ax.plot(1000 * line["usd"], line["score"], color=ACCENT, linewidth=1.4, alpha=0.6, zorder=2)
    level = base["score"] - margin
    ax.axhline(level, color=QUIET, linewidth=0.9, linestyle=(0, (4, 3)), zorder=0)
    for row in labelled.itertuples():
        _point(ax, row, incumbent, chosen)
    room, tall = 1000 * near["usd_high"].max(), labelled["score_high"].max() - labelled["score_low"].min()
    ax.set(xlim=(0, 1.12 * room), ylim=(min(labelled["score_low"].min(), level) - 0.08 * tall,
           labelled["score_high"].max() + 0.05 * tall))  # fmt: skip
    ax.set(xlabel="USD per 1,000 requests", ylabel="score, %")
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"${value:g}"))
    ax.annotate(f"{margin:g} points behind {plain(incumbent)}", (1, level), (0, -3), textcoords="offset points",
                xycoords=ax.get_yaxis_transform(), ha="right", va="top", fontsize=8, color=QUIET)  # fmt: skip
    _label(fig, ax, labelled, line, incumbent, chosen)
    for row in table[table["kind"] == "oracle"].itertuples():
        ax.set_title(f"whoever knew which one is right: {row.score:.1f} % at ${1000 * row.usd:,.3g}", loc="left",
                     fontsize=8.5, color=QUIET)  # fmt: skip
    summary = "; ".join(f"{row.policy}: {row.score:.1f} % at ${1000 * row.usd:,.3g}" for row in line.itertuples())
    return described(fig, f"On the frontier, per 1,000 requests: {summary}")


def _point(ax: Axes, row: Any, incumbent: str, chosen: str) -> None:
    shade = _shade(row, incumbent, chosen)
    ax.errorbar(
        1000 * row.usd, row.score, [[row.score - row.score_low], [row.score_high - row.score]],
        [[1000 * (row.usd - row.usd_low)], [1000 * (row.usd_high - row.usd)]], color=shade, linewidth=1.2, zorder=3,
        marker="o", markersize=6, markerfacecolor="white" if row.kind == "alone" and row.policy != incumbent else shade,
    )  # fmt: skip


def _shade(row: Any, incumbent: str, chosen: str) -> str:
    if row.policy in (incumbent, chosen):
        return INK if row.policy == incumbent else WARN
    return ACCENT if row.efficient else QUIET


def _label(fig: Figure, ax: Axes, labelled: pd.DataFrame, line: pd.DataFrame, incumbent: str, chosen: str) -> None:
    """Label each point where its words cross least of what is drawn: first what matters most."""
    fig.draw_without_rendering()  # only now is it known where a point is, and how wide a word
    at = [(1000 * row.usd, row.score) for row in line.itertuples()]
    taken = [_box(ax, policy, other, 0) for policy, other in pairwise(at)]
    for row in labelled.itertuples():
        taken.append(_box(ax, (1000 * row.usd, row.score_low), (1000 * row.usd, row.score_high), 3))
        taken.append(_box(ax, (1000 * row.usd_low, row.score), (1000 * row.usd_high, row.score), 1))
    order = labelled.assign(first=labelled["policy"].isin([incumbent, chosen]) | labelled["efficient"])
    for row in order.sort_values("first", ascending=False, kind="stable").itertuples():
        text = plain(row.policy).replace("; ", ";\n")
        tried = [
            ax.annotate(text, (1000 * row.usd, row.score), offset, textcoords="offset points", ha=ha, va=va,
                        fontsize=7.5, linespacing=1.05, color=_shade(row, incumbent, chosen), zorder=4)
            for offset, ha, va in _PLACES
        ]  # fmt: skip
        boxes = [label.get_window_extent() for label in tried]
        crossed = [sum(map(box.overlaps, taken)) + 3 * (4 - ax.bbox.count_contains(box.corners())) for box in boxes]
        best = crossed.index(min(crossed))
        taken.append(boxes[best])
        for label in tried[:best] + tried[best + 1 :]:
            label.remove()


def _box(ax: Axes, start: tuple[float, float], end: tuple[float, float], pad: float) -> Bbox:
    """Return what a line covers on the page, in pixels."""
    return Bbox(ax.transData.transform([start, end])).padded(pad)


def _usd(usd: float) -> str:
    """Of a thousand requests."""
    return f"${1000 * usd:,.2f}" if usd >= 0.001 else f"${1000 * usd:.3g}"


def _less(standing: Standing) -> str:
    return f"{abs(standing.less):.0%} {'less' if standing.saving.value >= 0 else 'more'}".replace("%", " %")

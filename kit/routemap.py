"""The picture of routing: what each policy costs and gets right, and the frontier that no mixture of them beats."""

from itertools import pairwise
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from matplotlib.transforms import Bbox

from kit.plain import plain
from kit.style import ACCENT, INK, QUIET, RULE, WARN, axes, described

__all__ = ["frontier"]

_PLACES = (
    ((8, 0), "left", "center"), ((7, -4), "left", "top"), ((7, 4), "left", "bottom"), ((-8, 0), "right", "center"),
    ((-7, 4), "right", "bottom"), ((-7, -4), "right", "top"), ((14, -24), "left", "top"), ((-14, 24), "right", "bottom"),
    ((14, 24), "left", "bottom"), ((-14, -24), "right", "top"),
)  # fmt: skip
"""Where a label may stand: by how much off its point, and which way; the first that crosses least is taken."""


def frontier(table: pd.DataFrame, incumbent: str, chosen: str, margin: float) -> Figure:
    """Score against USD per 1,000 requests, with 95 % intervals; the line can be had by mixing the policies on it.

    The incumbent is dark, what was chosen orange, the frontier blue, single contenders hollow, the oracle a star, all
    other policies faint; below the dashed line a policy is behind the incumbent by more than the margin.

    Args:
        table: From `kit.frontier.figures`.
        incumbent: Its policy's name.
        chosen: The name of the policy chosen; empty for none.
        margin: Points.
    """
    fig, ax = axes(4.6)
    told = table[table["efficient"] | table["kind"].isin(["alone", "oracle"]) | table["policy"].isin([incumbent, chosen])]
    rest, line = table.drop(told.index), table[table["efficient"]].sort_values("usd")
    ax.plot(1000 * rest["usd"], rest["score"], "o", color=RULE, markersize=3.5, zorder=1)
    ax.plot(1000 * line["usd"], line["score"], color=ACCENT, linewidth=1.4, alpha=0.6, zorder=2)
    level = table.loc[table["policy"] == incumbent, "score"].iloc[0] - margin
    ax.axhline(level, color=QUIET, linewidth=0.9, linestyle=(0, (4, 3)), zorder=0)
    for row in told.itertuples():
        _point(ax, row, incumbent, chosen)
    room, tall = 1000 * told["usd_high"].max(), told["score_high"].max() - told["score_low"].min()
    ax.set(xlim=(0, 1.12 * room), ylim=(min(told["score_low"].min(), level) - 0.08 * tall,
           told["score_high"].max() + 0.05 * tall))  # fmt: skip
    ax.set(xlabel="USD per 1,000 requests", ylabel="score, %")
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"${value:g}"))
    ax.annotate(f"{margin:g} points behind {plain(incumbent)}", (1, level), (0, -3), textcoords="offset points",
                xycoords=ax.get_yaxis_transform(), ha="right", va="top", fontsize=8, color=QUIET)  # fmt: skip
    _label(fig, ax, told, line, incumbent, chosen)
    said = "; ".join(f"{row.policy}: {row.score:.1f} % at ${1000 * row.usd:,.3g}" for row in line.itertuples())
    return described(fig, f"On the frontier, per 1,000 requests: {said}")


def _point(ax: Axes, row: Any, incumbent: str, chosen: str) -> None:
    shade = _shade(row, incumbent, chosen)
    ax.errorbar(
        1000 * row.usd, row.score, [[row.score - row.score_low], [row.score_high - row.score]],
        [[1000 * (row.usd - row.usd_low)], [1000 * (row.usd_high - row.usd)]], color=shade, linewidth=1.2, zorder=3,
        marker="*" if row.kind == "oracle" else "o", markersize=9 if row.kind == "oracle" else 6,
        markerfacecolor="white" if row.kind == "alone" and row.policy != incumbent else shade,
    )  # fmt: skip


def _shade(row: Any, incumbent: str, chosen: str) -> str:
    if row.policy in (incumbent, chosen):
        return INK if row.policy == incumbent else WARN
    return ACCENT if row.efficient else QUIET


def _label(
    fig: Figure, ax: Axes, told: pd.DataFrame, line: pd.DataFrame, incumbent: str, chosen: str
) -> None:
    """Label each point where its words cross least of what is drawn: first what matters most."""
    fig.draw_without_rendering()  # only now is it known where a point is, and how wide a word
    at = [(1000 * row.usd, row.score) for row in line.itertuples()]
    taken = [_box(ax, one, other, 0) for one, other in pairwise(at)]
    taken += [_box(ax, (1000 * r.usd, r.score_low), (1000 * r.usd, r.score_high), 3) for r in told.itertuples()]
    order = told.assign(first=told["policy"].isin([incumbent, chosen]) | told["efficient"])
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
    """What a line covers on the page, in pixels."""
    return Bbox(ax.transData.transform([start, end])).padded(pad)

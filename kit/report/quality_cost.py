"""Draw the picture that carries a decision: each candidate's quality against its cost, both over the incumbent's."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from kit.report.labels import Label, Point, place_labels
from kit.report.style import ACCENT, INK, QUIET, RULE, WARN, axes, described
from kit.text import compared_points, plain, shortened

__all__ = ["SHADES", "left_out", "quality_and_cost"]

SHADES = {
    "not worse and cheaper": ACCENT, "not worse": ACCENT, "not worse but dearer": WARN, "worse": WARN,
    "not settled": QUIET, "migrate": ACCENT, "route": ACCENT, "undecided": QUIET, "stay": WARN,
}  # fmt: skip
"""What is known of a candidate -> its colour: blue for it, orange against it, grey for what is open."""

_BAND = "#EEF3F7"
_LETTERS = 34


def quality_and_cost(
    points: pd.DataFrame, incumbent: str, margin: float, cost_of: str = "cost of a solved item", height: float = 4.2
) -> Figure | None:
    """Draw each candidate with both its 95 % intervals; the incumbent is the cross.

    To the left of the vertical line a candidate is cheaper; above the dashed one it is not worse by the margin.

    Args:
        points: `name`, `state` (a key of SHADES), `difference`, `low`, `high` (points), `times`, `times_low`,
            `times_high` (cost over the incumbent's), and if wanted `on`: what the difference is of.
        incumbent: Its name.
        cost_of: What the cost is of, for the axis.
    """
    known = points[points["times"].notna() & points["difference"].notna()].sort_values("times")
    if known.empty:
        return None
    fig, ax = axes(height)
    _frame(ax, margin)
    labels, lines = [Label(shortened(plain(incumbent), _LETTERS), (1, 0))], list[Sequence[Point]]()
    for row in known.itertuples():
        shade, at = SHADES[row.state], (row.times, row.difference)
        ax.errorbar(*at, [[row.difference - row.low], [row.high - row.difference]],
                    [[row.times - row.times_low], [row.times_high - row.times]], color=shade, marker="o",
                    markersize=6, linewidth=1.3, zorder=3)  # fmt: skip
        ends: tuple[Point, Point] = ((row.times, row.high), (row.times, row.low))
        lines += [ends, ((row.times_low, row.difference), (row.times_high, row.difference))]
        on = f" ({row.on})" if getattr(row, "on", "") else ""
        labels.append(Label(shortened(plain(str(row.name)), _LETTERS) + on, at, ends, shade))
    ax.set(xscale="log", xlabel=f"{cost_of}, as a multiple of the incumbent's", ylabel="points against the incumbent")
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}x"))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.margins(x=0.14, y=0.08)
    ax.set_xlim(min(ax.get_xlim()[0], 0.8), max(ax.get_xlim()[1], 1.5))
    place_labels(ax, labels, [*lines, ((ax.get_xlim()[0], -margin), (ax.get_xlim()[1], -margin))], 8.5)
    summaries = (f"{row.name} {compared_points(row.difference, row.low, row.high)} at {row.times:.2g} times the cost"
            for row in known.itertuples())  # fmt: skip
    return described(fig, f"Against {incumbent}: {'; '.join(summaries)}; the margin is {margin:g} points")


def left_out(points: pd.DataFrame) -> str:
    """Name the candidates that the picture cannot show, and what is lacking; empty where all are shown."""
    parts = []
    for row in points.itertuples():
        lacking = [quantity for quantity, value in (("quality", row.difference), ("cost", row.times)) if pd.isna(value)]
        if lacking:
            parts.append(f"{row.name} (no {' or '.join(lacking)})")
    return f"not shown, for lack of figures: {', '.join(parts)}" if parts else ""


def _frame(ax: Axes, margin: float) -> None:
    """Draw the incumbent's cross, break-even, and the margin with its band."""
    ax.axhspan(-margin, 0, color=_BAND, zorder=0)
    ax.axhline(0, color=RULE, linewidth=1, zorder=0)
    ax.axvline(1, color=RULE, linewidth=1, zorder=0)
    ax.axhline(-margin, color=QUIET, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1)
    ax.plot(1, 0, "+", color=INK, markersize=13, markeredgewidth=2, zorder=4)
    small: dict = {"textcoords": "offset points", "fontsize": 8, "color": QUIET}
    ax.annotate(f"margin,\n{margin:g} points", (1, -margin), (4, 0), xycoords=ax.get_yaxis_transform(), va="center",
                annotation_clip=False, **small)  # fmt: skip
    for word, offset, side in (("cheaper", -4, "right"), ("dearer", 4, "left")):
        ax.annotate(word, (1, 1), (offset, 2), xycoords=ax.get_xaxis_transform(), ha=side, va="bottom",
                    annotation_clip=False, **small)  # fmt: skip

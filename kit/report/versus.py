"""The plot of two contenders head to head: all dimensions at once, the candidate's gain to the right."""

from collections.abc import Sequence

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from kit.decision import Comparison, named
from kit.report.style import ACCENT, INK, QUIET, WARN, described

__all__ = ["differences"]

_NEAR: dict = {"textcoords": "offset points", "fontsize": 9, "annotation_clip": False}


def differences(compared: Sequence[Comparison], candidate: str, incumbent: str, margin: float) -> Figure | None:
    """Scores as points of difference above, with the margin as a band; other figures as times as good below.

    Blue is the candidate's gain, orange the incumbent's, grey what is decided for nobody; filled if the 95 % interval
    decides it. None if nothing is compared.

    Args:
        compared: As from `kit.decision.all_dimensions.compare_all`.
        margin: Points.
    """
    above = [row for row in compared if row.scores or (row.difference is None and row.times is None and not row.source)]
    below = [row for row in compared if row not in above]
    panes = [rows for rows in (above, below) if rows]
    if not panes:
        return None
    names = {"candidate": named(candidate), "incumbent": named(incumbent)}
    height = 0.85 * len(panes) + 0.27 * len(compared)
    fig, axs = plt.subplots(len(panes), 1, figsize=(6.4, height), squeeze=False, layout="constrained",
                            height_ratios=[len(rows) + 1.5 for rows in panes])  # fmt: skip
    for ax, rows in zip(axs[:, 0], panes, strict=True):
        if rows is above:
            _points(ax, rows, margin)
        else:
            _times(ax, rows)
        for place, row in enumerate(rows):
            word = names.get(row.winner, row.winner)
            ax.annotate(word, (1, place), (6, -3), xycoords=ax.get_yaxis_transform(), color=_shade(row), **_NEAR)
        ax.set_yticks(range(len(rows)), [row.dimension for row in rows])
        ax.set_ylim(len(rows) - 0.4, -0.6)
    axs[0, 0].set_title(f"{names['incumbent']} ahead to the left, {names['candidate']} to the right",
                        loc="left", fontsize=9.5, color=QUIET)  # fmt: skip
    summary = (f"{row.dimension}: {names.get(row.winner, row.winner)}, {row.why}" for row in compared)
    return described(fig, "; ".join(summary))


def _points(ax: Axes, rows: Sequence[Comparison], margin: float) -> None:
    ax.axvspan(-margin, margin, color="#EEF3F7", zorder=0)
    ax.axvline(0, color=INK, linewidth=0.8)
    reach = max([2 * margin, *(1.1 * max(-row.low, row.high or 0) for row in rows if row.low is not None)])
    for place, row in enumerate(rows):
        if row.difference is not None and row.low is not None and row.high is not None:
            _interval_at(ax, place, row, row.difference, row.low, row.high)
    ax.set(xlim=(-reach, reach), xlabel=f"points of score, 95 % interval; the band is the margin, ±{margin:g}")


def _times(ax: Axes, rows: Sequence[Comparison]) -> None:
    ax.axvline(1, color=INK, linewidth=0.8)
    ends = [end for row in rows if row.times for end in (row.times.low, row.times.high)]
    reach = 1.3 * max([2.0, *ends, *(1 / end for end in ends)])
    for place, row in enumerate(rows):
        if row.times:
            _interval_at(ax, place, row, row.times.value, row.times.low, row.times.high)
        else:
            summary = f"{row.candidate or 'unknown'} against {row.incumbent or 'unknown'}"
            ax.annotate(summary, (1, place), (6, -3), color=QUIET, **_NEAR)
    ax.set(xscale="log", xlim=(1 / reach, reach), xlabel="times as cheap, fast or long as the incumbent")
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if reach < 30 else (1,)))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}x" if value >= 1 else f"1/{1 / value:g}"))
    ax.xaxis.set_minor_formatter(NullFormatter())


def _interval_at(ax: Axes, place: int, row: Comparison, value: float, low: float, high: float) -> None:
    shade = _shade(row)
    decided = row.winner in ("candidate", "incumbent", "equivalent", "tie")
    ax.plot([low, high], [place, place], color=shade, linewidth=2)
    ax.plot(value, place, "o", color=shade, markerfacecolor=shade if decided else "white", zorder=3)


def _shade(row: Comparison) -> str:
    return {"candidate": ACCENT, "incumbent": WARN}.get(row.winner, QUIET)

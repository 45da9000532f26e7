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
    above = [one for one in compared if one.scores or (one.difference is None and one.times is None and not one.source)]
    below = [one for one in compared if one not in above]
    panes = [some for some in (above, below) if some]
    if not panes:
        return None
    names = {"candidate": named(candidate), "incumbent": named(incumbent)}
    height = 0.85 * len(panes) + 0.27 * len(compared)
    fig, axs = plt.subplots(len(panes), 1, figsize=(6.4, height), squeeze=False, layout="constrained",
                            height_ratios=[len(some) + 1.5 for some in panes])  # fmt: skip
    for ax, some in zip(axs[:, 0], panes, strict=True):
        if some is above:
            _points(ax, some, margin)
        else:
            _times(ax, some)
        for place, one in enumerate(some):
            word = names.get(one.winner, one.winner)
            ax.annotate(word, (1, place), (6, -3), xycoords=ax.get_yaxis_transform(), color=_shade(one), **_NEAR)
        ax.set_yticks(range(len(some)), [one.dimension for one in some])
        ax.set_ylim(len(some) - 0.4, -0.6)
    axs[0, 0].set_title(f"{names['incumbent']} ahead to the left, {names['candidate']} to the right",
                        loc="left", fontsize=9.5, color=QUIET)  # fmt: skip
    said = (f"{one.dimension}: {names.get(one.winner, one.winner)}, {one.why}" for one in compared)
    return described(fig, "; ".join(said))


def _points(ax: Axes, some: Sequence[Comparison], margin: float) -> None:
    ax.axvspan(-margin, margin, color="#EEF3F7", zorder=0)
    ax.axvline(0, color=INK, linewidth=0.8)
    reach = max([2 * margin, *(1.1 * max(-one.low, one.high or 0) for one in some if one.low is not None)])
    for place, one in enumerate(some):
        if one.difference is not None and one.low is not None and one.high is not None:
            _drawn(ax, place, one, one.difference, one.low, one.high)
    ax.set(xlim=(-reach, reach), xlabel=f"points of score, 95 % interval; the band is the margin, ±{margin:g}")


def _times(ax: Axes, some: Sequence[Comparison]) -> None:
    ax.axvline(1, color=INK, linewidth=0.8)
    ends = [end for one in some if one.times for end in (one.times.low, one.times.high)]
    reach = 1.3 * max([2.0, *ends, *(1 / end for end in ends)])
    for place, one in enumerate(some):
        if one.times:
            _drawn(ax, place, one, one.times.value, one.times.low, one.times.high)
        else:
            said = f"{one.candidate or 'unknown'} against {one.incumbent or 'unknown'}"
            ax.annotate(said, (1, place), (6, -3), color=QUIET, **_NEAR)
    ax.set(xscale="log", xlim=(1 / reach, reach), xlabel="times as cheap, fast or long as the incumbent")
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if reach < 30 else (1,)))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}x" if value >= 1 else f"1/{1 / value:g}"))
    ax.xaxis.set_minor_formatter(NullFormatter())


def _drawn(ax: Axes, place: int, one: Comparison, value: float, low: float, high: float) -> None:
    shade = _shade(one)
    decided = one.winner in ("candidate", "incumbent", "equivalent", "tie")
    ax.plot([low, high], [place, place], color=shade, linewidth=2)
    ax.plot(value, place, "o", color=shade, markerfacecolor=shade if decided else "white", zorder=3)


def _shade(one: Comparison) -> str:
    return {"candidate": ACCENT, "incumbent": WARN}.get(one.winner, QUIET)

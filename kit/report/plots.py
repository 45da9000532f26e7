"""The plots of the notebooks: one idea each, labelled where the eye is.

Each takes a frame that another module computed and returns a matplotlib figure, whose label says in words what it
shows; `kit.report.output.figure` shows both.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from textwrap import fill

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator, PercentFormatter
from matplotlib.transforms import Bbox

from kit.client import split_id
from kit.decision import Comparison, agrees_with_print
from kit.report.style import ACCENT, INK, QUIET, RULE, STATES, WARN, axes, colour, described, dollars, ink_on, name, sns
from kit.text import plain, shortened

__all__ = [
    "agreement", "behind", "beside", "day", "drift", "frontier", "grid", "latency", "month", "multipliers", "scorecard",
    "spans",
]  # fmt: skip

_NEAR: dict = {"textcoords": "offset points", "fontsize": 9}

_PLACES = (
    ("score", (6, 3), "left", "bottom"), ("score", (-6, 3), "right", "bottom"),
    ("score", (6, -3), "left", "top"), ("score", (-6, -3), "right", "top"),
    ("high", (0, 3), "center", "bottom"), ("low", (0, -3), "center", "top"),
)  # fmt: skip
"""Where a point's label may stand: at its score or an end of its interval, by how much off, and which way."""


def multipliers(
    curve: pd.DataFrame, claims: Mapping[str, float], baseline: str, mix: float | None = None
) -> Figure | None:
    """Bill over the baseline's bill against the input share, the claimed multiples marked where they hold.

    Args:
        curve: From `kit.report.pricing_chapter.curve`.
        claims: Model -> the multiple that was claimed for it.
        mix: The workload's own input share, to be marked.
    """
    curve = curve[curve["model"] != baseline]
    if curve.empty:
        return None
    fig, ax = axes(3.7)
    if mix is not None:
        ax.axvline(mix, color=QUIET, linewidth=0.9, linestyle=(0, (1, 2)), zorder=0)
    for model, line in curve.groupby("model", sort=False):
        ax.plot(line["input_share"], line["multiplier"], color=colour(str(model)), linewidth=1.8)
    ends = curve[curve["input_share"] == 1].set_index("model")["multiplier"]
    _label_ends(ax, ends)
    for model, claimed in claims.items():
        ax.plot(0, claimed, "o", color=colour(model), markersize=7, clip_on=False, zorder=5)
        paper = {"facecolor": "white", "edgecolor": "none", "pad": 1}
        ax.annotate(f"claimed {claimed:g}x", (0, claimed), (7, 3), color=colour(model), bbox=paper, **_NEAR)
    ax.axhline(1, color=RULE, linewidth=1, zorder=0)
    ax.set(yscale="log", xlim=(0, 1), xlabel="share of all tokens that is input")
    ax.set(ylabel=f"bill, as a multiple of {name(baseline)}'s")
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}x"))
    ax.xaxis.set_major_formatter(PercentFormatter(1))
    summaries = (
        f"{name(model)} claimed {claimed:g}x, {ends[model]:.3g}x at all input" for model, claimed in claims.items()
    )
    at_input = (f"{name(str(model))} {value:.3g}x at all input" for model, value in ends.items())
    return described(fig, "; ".join(summaries) or "; ".join(at_input))


def drift(frame: pd.DataFrame) -> Figure:
    """From the article's price (hollow) to the list price (filled), input and output.

    Args:
        frame: From `kit.report.pricing_chapter.drift`.
    """
    fig, panes = plt.subplots(1, 2, figsize=(6.4, 0.6 + 0.26 * len(frame)), sharey=True, layout="constrained")
    for ax, side in zip(panes, ("input", "output"), strict=True):
        for place, row in enumerate(frame.to_dict("records")):
            old, new, shade = row[f"{side}_article"], row[f"{side}_list"], colour(row["model"])
            if pd.notna(old) and pd.notna(new):
                ax.plot([old, new], [place, place], color=shade, linewidth=1.4)
                moved = row[f"{side}_change"]
                ax.annotate(f"{moved:+.0%}", (max(old, new), place), (6, -3),
                            color=INK if abs(moved) > 0.005 else QUIET, **_NEAR)  # fmt: skip
            ax.plot(old, place, "o", markerfacecolor="white", markeredgecolor=shade, markersize=6)
            ax.plot(new, place, "o", color=shade, markersize=6)
        ax.set(xscale="log", xlabel=f"{side}, USD per million tokens")
        dollars(ax)
    _rows(panes[0], frame["model"])
    far = frame.dropna(subset=["output_change"])
    summaries = (f"{name(row.model)} {row.output_change:+.0%}" for row in far.itertuples())
    return described(fig, "Output price, list against article: " + ", ".join(summaries))


def day(frame: pd.DataFrame, claimed: float | None) -> Figure | None:
    """A model's list price through one day, and the article's output price beside it; None if it is the same all day.

    Args:
        frame: From `kit.report.pricing_chapter.hours`.
        printed: USD per million tokens of output; None if the article prints none.
    """
    if frame[["input", "output"]].nunique(dropna=False).max() == 1:
        return None
    fig, ax = axes(2.4)
    for side, shade in (("output", ACCENT), ("input", QUIET)):
        steps = [*frame[side], frame[side].iloc[-1]]
        ax.step(range(25), steps, where="post", color=shade, linewidth=1.8)
        ax.annotate(side, (24, steps[-1]), (5, -3), color=shade, annotation_clip=False, **_NEAR)
    if claimed is not None:
        ax.axhline(claimed, color=WARN, linewidth=1, linestyle=(0, (4, 3)))
        ax.annotate(f"article, output ${claimed:.2f}", (24, claimed), (-2, 3), ha="right", color=WARN, **_NEAR)
    ax.set(xlim=(0, 24), ylim=(0, None), xlabel="hour of the day, UTC", ylabel="USD per million tokens")
    ax.set_xticks(range(0, 25, 3))
    low, high = frame["output"].min(), frame["output"].max()
    text = f"Output costs {low:g} at the cheapest and {high:g} at the dearest hour"
    return described(fig, text if claimed is None else f"{text}; printed {claimed:g}")


def month(frame: pd.DataFrame) -> Figure:
    """The month's bill of each model, by workload, cheapest first.

    Args:
        frame: `model`, `workload`, `usd`; a model with an unknown price is left out.
    """
    wide = frame.pivot_table(index="model", columns="workload", values="usd", sort=False, dropna=False).dropna()
    wide = wide.loc[wide.sum(axis=1).sort_values().index]
    total, left = wide.sum(axis=1), pd.Series(0.0, index=wide.index)
    fig, ax = axes(0.8 + 0.28 * len(wide))
    for workload, shade in zip(wide, sns.color_palette("blend:#0B3C5D,#B7D3E8", wide.shape[1]), strict=True):
        ax.barh(range(len(wide)), wide[workload], left=left, color=shade, height=0.62)
        start, width = left.iloc[-1], wide[workload].iloc[-1]
        if width > 0.08 * total.iloc[-1]:
            ax.annotate(workload, (start + width / 2, len(wide) - 1), ha="center", va="center", fontsize=8.5,
                        color=ink_on(shade))  # fmt: skip
        left += wide[workload]
    for place, usd in enumerate(total):
        ax.annotate(f"${usd:,.0f}", (usd, place), (4, -3), **_NEAR)
    _rows(ax, wide.index)
    ax.set(xlabel="USD a month")
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"${value:,.0f}"))
    return described(fig, "; ".join(f"{name(model)} ${usd:,.0f}" for model, usd in total.items()))


def frontier(panels: Mapping[str, pd.DataFrame], test: str) -> Figure | None:
    """Score against price with the 95 % interval of each score; the line joins the Pareto-efficient models.

    Args:
        panels: Which price -> points from `kit.benchmarks.score_and_price`; one pane below the other, on the same axes.
            Without points there is no figure.
        test: The benchmark's name.
    """
    panels = {which: points for which, points in panels.items() if len(points)}
    if not panels:
        return None
    fig, panes = plt.subplots(len(panels), 1, figsize=(6.4, 2 * len(panels) + 0.4), sharex=True, sharey=True,
                              squeeze=False, layout="constrained")  # fmt: skip
    every = pd.concat(panels.values())
    for ax, (which, points) in zip(panes[:, 0], panels.items(), strict=True):
        best = points[points["efficient"]]
        ax.step(best["price"], best["score"], where="post", color=RULE, linewidth=1.6, zorder=1)
        for row in points.itertuples():
            shade = colour(row.model)
            ax.errorbar(row.price, row.score, [[row.score - row.low], [row.high - row.score]], color=shade,
                        linewidth=1.6, capsize=2.5, marker="o",
                        markerfacecolor=shade if row.efficient else "white")  # fmt: skip
        ax.set(xscale="log", xlim=(every["price"].min() / 7, every["price"].max() * 5), ylabel=f"{test} score, %")
        ax.set_title(which, loc="left", fontsize=9.5, color=QUIET)
        dollars(ax)
    panes[-1, 0].set(xlabel="output price, USD per million tokens")
    for ax, points in zip(panes[:, 0], panels.values(), strict=True):
        _label_points(fig, ax, points)
    summaries = (
        f"{which}: " + ", ".join(f"{name(row.model)} {row.score:.1f} at ${row.price:g}" for row in best.itertuples())
        for which, points in panels.items() for best in [points[points["efficient"]]]
    )  # fmt: skip
    return described(fig, "On the frontier " + "; ".join(summaries))


def behind(frame: pd.DataFrame, margin: float) -> Figure | None:
    """Distance behind the best model with its 95 % interval, and the study's margin as a band; None of no models.

    Args:
        frame: From `kit.benchmarks.published_scores.score_gaps`.
        margin: Points.
    """
    if frame.empty:
        return None
    frame = frame.iloc[1:]
    fig, ax = axes(0.7 + 0.2 * len(frame))
    ax.axvspan(-margin, margin, color="#EEF3F7", zorder=0)
    ax.axvline(0, color=INK, linewidth=0.8)
    for place, row in enumerate(frame.itertuples()):
        shade = colour(row.model)
        ax.plot([row.low, row.high], [place, place], color=shade, linewidth=2)
        ax.plot(row.behind, place, "o", color=shade, markerfacecolor=shade if row.resolved else "white")
    ax.annotate(f"margin, ±{margin:g}", (margin, -1.15), (-3, 0), ha="right", va="top", color=QUIET, **_NEAR)
    _rows(ax, frame["model"])
    ax.set(xlabel="points behind the best, 95 % interval", ylim=(len(frame) - 0.5, -1.2))
    summaries = (f"{name(r.model)} {r.behind:.1f} behind, {r.low:+.1f} to {r.high:+.1f}" for r in frame.itertuples())
    return described(fig, "; ".join(summaries))


def beside(frame: pd.DataFrame, test: str) -> Figure | None:
    """Measured scores (filled) and published ones (hollow) with their 95 % intervals; None if nothing was measured.

    Args:
        frame: From `kit.benchmarks.measure.beside_published`.
        test: What the published scores are of.
    """
    if frame.empty:
        return None
    fig, ax = axes(0.8 + 0.28 * len(frame))
    for place, row in enumerate(frame.itertuples()):
        ours, shade = row.kind == "measured", colour(row.model)
        ax.plot([row.low, row.high], [place, place], color=shade, linewidth=2, alpha=1 if ours else 0.45)
        ax.plot(row.score, place, "o", color=shade, markerfacecolor=shade if ours else "white")
        ax.annotate(f"{row.kind}, n = {row.items:,}", (row.high, place), (6, -3), color=QUIET, **_NEAR)
    ax.set_yticks(range(len(frame)), list(frame["label"]))
    ax.set(ylim=(len(frame) - 0.4, -0.6), xlim=(max(0, frame["low"].min() - 2), frame["high"].max() * 1.12 + 2))
    ax.set(xlabel=f"score, %: measured on this study's items, published on {test}")
    summaries = (f"{r.label} {r.score:.1f} ({r.kind}), {r.low:.1f} to {r.high:.1f}" for r in frame.itertuples())
    return described(fig, "; ".join(summaries))


def agreement(frame: pd.DataFrame, label: str) -> Figure | None:
    """A share with its 95 % interval for each endpoint and contender; None where there is none.

    Args:
        frame: From `kit.replay.shares`.
        label: What is on the axis.
    """
    if frame.empty:
        return None
    frame = frame.sort_values("endpoint", kind="stable")
    several = frame["contender"].nunique() > 1
    fig, ax = axes(0.8 + 0.28 * len(frame))
    for place, row in enumerate(frame.itertuples()):
        shade = colour(split_id(str(row.contender))[0])
        ax.plot([row.low, row.high], [place, place], color=shade, linewidth=2)
        ax.plot(row.share, place, "o", color=shade, clip_on=False, zorder=3)
        who = f"{row.contender}, " if several else ""
        ax.annotate(f"{who}n = {row.n}", (row.high, place), (6, -3), color=QUIET, annotation_clip=False, **_NEAR)
    ax.set_yticks(range(len(frame)), [row.endpoint or "no endpoint" for row in frame.itertuples()])
    ax.set(xlim=(0, 100), ylim=(len(frame) - 0.4, -0.6), xlabel=f"{label}, %, 95 % interval")
    spans = ((r, f"{r.share:.0f} % of {r.n}, {r.low:.0f} to {r.high:.0f}") for r in frame.itertuples())
    return described(fig, "; ".join(f"{r.endpoint}, {r.contender}: {span}" for r, span in spans))


def scorecard(lines: Sequence[tuple[Comparison, str]], candidate: str, incumbent: str) -> Figure | None:
    """Plot the winner of each dimension: as the article printed it (ring) and by evidence (point, or a word if open).

    Args:
        lines: From `kit.decision.printed_matchup.printed_lines`; without any there is no figure.
        candidate: A model, as `incumbent`.
    """
    if not lines:
        return None
    fig, ax = axes(0.6 + 0.33 * len(lines))
    places = {"incumbent": -1, "tie": 0, "equivalent": 0, "candidate": 1}
    for place, (matchup, summaries) in enumerate(lines):
        ax.plot([-1, 1], [place, place], color=RULE, linewidth=1, zorder=0)
        same = agrees_with_print(matchup, summaries)
        if summaries:
            ax.plot(places[summaries], place, "o", markersize=13, markerfacecolor="white", markeredgecolor=QUIET)
        if matchup.winner in places:
            ax.plot(places[matchup.winner], place, "o", markersize=7, color=ACCENT if same else WARN)
        word = "" if same and matchup.winner in ("candidate", "incumbent") else matchup.winner
        ax.annotate(word, (1.15, place), va="center", fontsize=9, color=QUIET, annotation_clip=False)
    ax.set_yticks(range(len(lines)), [matchup.dimension for matchup, _ in lines])
    ax.set_xticks([-1, 0, 1], [name(incumbent), "tie or equivalent", name(candidate)])
    ax.set(xlim=(-1.25, 1.9), ylim=(len(lines) - 0.5, -0.6))
    _bare(ax)
    return described(fig, "; ".join(f"{f.dimension}: printed {who or 'none'}, evidence {f.winner}" for f, who in lines))


def grid(states: pd.DataFrame, words: pd.DataFrame | None = None) -> Figure | None:
    """A table of states as coloured cells, each with its word, so that colour is never the only sign; None of nothing.

    Args:
        states: Rows and columns are labels; values are keys of `kit.report.style.STATES`.
        words: What to write in each cell; the state itself where not given.
    """
    if states.empty:
        return None
    words = states if words is None else words
    rows, columns = states.shape
    fig, ax = axes(0.5 + 0.36 * rows)
    for y, x in ((y, x) for y in range(rows) for x in range(columns)):
        shade = STATES[str(states.iloc[y, x])]
        ax.add_patch(Rectangle((x - 0.47, y - 0.43), 0.94, 0.86, color=shade, linewidth=0))
        ax.annotate(words.iloc[y, x], (x, y), ha="center", va="center", fontsize=8.5, color=ink_on(shade))
    ax.set(xlim=(-0.5, columns - 0.5), ylim=(rows - 0.5, -0.5))
    wide = max(12, 100 // columns)  # letters; a longer head would run into its neighbour
    ax.set_xticks(range(columns), [fill(str(label), wide, break_long_words=False) for label in states.columns])
    ax.set_yticks(range(rows), [shortened(plain(str(label)), 30) for label in states.index])
    _bare(ax)
    summaries = (f"{label}: {', '.join(map(str, row))}".replace("\n", " ") for label, row in words.T.items())
    return described(fig, "; ".join(summaries))


def latency(answers: pd.DataFrame) -> Figure:
    """Seconds to the first token (hollow) and to the last one (filled), a row a contender and a line an answer.

    Args:
        answers: As from `kit.ask`; failures are left out.
    """
    answers = answers[answers["error_kind"] == ""]
    groups = list(answers.groupby("contender", sort=False))
    fig, ax = axes(0.9 + 0.11 * sum(len(some) + 4 for _, some in groups))
    place, summaries, ticks = 0, [], []
    for contender, some in groups:
        shade = colour(split_id(str(contender))[0])
        ticks.append(place + (len(some) - 1) / 2)
        for row in some.sort_values("total_s").itertuples():
            first = row.first_token_s if pd.notna(row.first_token_s) else row.total_s
            ax.plot([first, row.total_s], [place, place], color=shade, linewidth=1.4, zorder=1)
            ax.plot(first, place, "o", markerfacecolor="white", markeredgecolor=shade, markersize=4.5)
            ax.plot(row.total_s, place, "o", color=shade, markersize=4.5)
            place += 1
        place += 4
        summaries.append(f"{contender}: median {some['total_s'].median():.2g} s for a whole answer")
    ax.set_yticks(ticks, [str(contender) for contender, _ in groups])
    ax.set(xlim=(0, None), ylim=(place - 3.5, -1), xlabel="seconds: hollow the first token, filled the last one")
    return described(fig, "; ".join(summaries))


def spans(frame: pd.DataFrame, label: str) -> Figure | None:
    """One value a model with its low and high end; None of no models.

    Args:
        frame: `model`, `value`, `low`, `high`, and `note` to stand beside it.
        label: What is on the axis.
    """
    if frame.empty:
        return None
    fig, ax = axes(0.7 + 0.3 * len(frame))
    for place, row in enumerate(frame.itertuples()):
        shade = colour(row.model)
        ax.plot([row.low, row.high], [place, place], color=shade, linewidth=3, alpha=0.45, solid_capstyle="round")
        ax.plot(row.value, place, "o", color=shade, markersize=7)
        ax.annotate(f"${row.value:,.0f}  {row.note}", (max(row.high, row.value), place), (8, -3), **_NEAR)
    _rows(ax, frame["model"])
    ax.set(xlabel=label, xlim=(0, frame[["value", "high"]].max().max() * 1.45))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"${value:,.0f}"))
    summaries = (f"{name(r.model)} ${r.value:,.0f}, from ${r.low:,.0f} to ${r.high:,.0f}" for r in frame.itertuples())
    return described(fig, "; ".join(summaries))


def _rows(ax: Axes, models: Sequence[str] | pd.Series | pd.Index) -> None:
    """One row a model, the first on top."""
    ax.set_yticks(range(len(models)), [name(model) for model in models])
    ax.set_ylim(len(models) - 0.4, -0.6)


def _bare(ax: Axes) -> None:
    """Only labels, above and to the left."""
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    sns.despine(ax=ax, left=True, bottom=True)


def _label_points(fig: Figure, ax: Axes, points: pd.DataFrame) -> None:
    """Label each point of a frontier where its words cross least of what is drawn; the right is tried first."""
    fig.draw_without_rendering()  # only now is it known where a point is, and how wide a word
    taken = [_box(ax, (row.price, row.low), (row.price, row.high), 5) for row in points.itertuples()]
    for one, next_ in pairwise(points[points["efficient"]].itertuples()):
        taken += [_box(ax, (one.price, one.score), (next_.price, one.score), 1),
                  _box(ax, (next_.price, one.score), (next_.price, next_.score), 1)]  # fmt: skip
    for row in points.itertuples():
        text = f"{name(row.model)} {row.score:.1f}"
        tried = [ax.annotate(text, (row.price, getattr(row, end)), offset, ha=ha, va=va, **_NEAR)
                 for end, offset, ha, va in _PLACES]  # fmt: skip
        boxes = [label.get_window_extent() for label in tried]
        crossed = [sum(map(box.overlaps, taken)) + 4 - ax.bbox.count_contains(box.corners()) for box in boxes]
        best = crossed.index(min(crossed))
        taken.append(boxes[best])
        for label in tried[:best] + tried[best + 1 :]:
            label.remove()


def _box(ax: Axes, start: tuple[float, float], end: tuple[float, float], pad: float) -> Bbox:
    """Return what a line covers on the page, in pixels."""
    return Bbox(ax.transData.transform([start, end])).padded(pad)


def _label_ends(ax: Axes, ends: pd.Series, apart: float = 1.2) -> None:
    """Label lines at their right end, on a log scale, pushed apart where they would touch."""
    floor = 0.0
    for model, value in ends.sort_values().items():
        floor = max(value, floor * apart)
        ax.annotate(
            f"{name(str(model))}  {value:.3g}x", (1.02, floor), color=colour(str(model)), va="center", fontsize=9,
            annotation_clip=False,
        )  # fmt: skip

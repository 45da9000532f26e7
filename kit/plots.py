"""The plots of the notebooks: one idea each, labelled where the eye is, the same colour for a model everywhere.

Each takes a frame that another module computed and returns a matplotlib figure; `kit.show.figure` shows it.
"""

from collections.abc import Mapping, Sequence
from importlib.resources import files

import matplotlib as mpl
import pandas as pd
import seaborn as sns
from matplotlib import font_manager
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator, PercentFormatter

from kit import catalog
from kit.matchup import Comparison

__all__ = ["COLOURS", "behind", "day", "drift", "frontier", "grid", "month", "multipliers", "scorecard", "spans"]

# The GUI back ends are not wanted: figures are returned, shown as SVG and closed.
mpl.use("agg")

COLOURS: Mapping[str, str] = {
    "deepseek-v4-flash": "#0072B2",
    "deepseek-coder": "#56B4E9",
    "qwen3-32b": "#D55E00",
    "qwen3.5-397b": "#E69F00",
    "qwen3-coder-30b": "#A6761D",
    "kimi-k2.5": "#009E73",
    "glm-5": "#CC79A7",
    "gpt-4o": "#222222",
    "gpt-4o-mini": "#777777",
    "claude-3.5-sonnet": "#7B3294",
    "gemini-1.5-pro": "#4D7C0F",
}
"""Model -> colour: Okabe and Ito's colour-blind-safe set, a maker's models in related hues, US makers dark."""

INK, QUIET, RULE, ACCENT, WARN = "#222222", "#6B6B6B", "#D9D9D9", "#0072B2", "#D55E00"

for _face in ("Regular", "Semibold"):
    # the report's own face, from a package, so that a plot looks the same on every machine
    font_manager.fontManager.addfont(str(files("font_source_sans_pro") / f"files/SourceSansPro-{_face}.otf"))

sns.set_theme(
    style="white",
    font="Source Sans Pro",
    rc={
        "font.size": 9.5,
        "axes.labelsize": 9.5,
        "xtick.labelsize": 9,
        "ytick.labelsize": 9,
        "axes.edgecolor": RULE,
        "axes.labelcolor": QUIET,
        "xtick.color": QUIET,
        "ytick.color": INK,
        "text.color": INK,
        "axes.grid": False,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "figure.dpi": 100,
    },
)


def multipliers(curve: pd.DataFrame, claims: Mapping[str, float], baseline: str) -> Figure:
    """Bill over the baseline's bill against the input share, the claimed multiples marked where they hold.

    Args:
        curve: From `kit.pricing.curve`.
        claims: Model -> the multiple that was claimed for it.
    """
    fig, ax = _axes(4.0)
    for model, line in curve[curve["model"] != baseline].groupby("model", sort=False):
        ax.plot(line["input_share"], line["multiplier"], color=_colour(str(model)), linewidth=1.8)
    ends = curve[(curve["input_share"] == 1) & (curve["model"] != baseline)]
    _labels(
        ax, {row.model: (row.multiplier, f"{_name(row.model)}  {row.multiplier:.3g}x") for row in ends.itertuples()}
    )
    for model, claimed in claims.items():
        ax.plot(0, claimed, "o", color=_colour(model), markersize=7, clip_on=False, zorder=5)
        ax.annotate(
            f"claimed {claimed:g}x",
            (0, claimed),
            (7, 3),
            textcoords="offset points",
            fontsize=9,
            color=_colour(model),
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
        )
    ax.axhline(1, color=RULE, linewidth=1, zorder=0)
    ax.set(
        yscale="log",
        xlim=(0, 1),
        xlabel="share of all tokens that is input",
        ylabel=f"bill, as a multiple of {_name(baseline)}'s",
    )
    ax.set_yticks([1, 2, 5, 10, 20, 40, 60])
    ax.yaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}x"))
    ax.xaxis.set_major_formatter(PercentFormatter(1))
    return fig


def drift(frame: pd.DataFrame) -> Figure:
    """From the article's price (hollow) to the list price (filled), input and output.

    Args:
        frame: From `kit.pricing.drift`.
    """
    fig, panes = plt.subplots(1, 2, figsize=(6.4, 0.6 + 0.3 * len(frame)), sharey=True, layout="constrained")
    for ax, side in zip(panes, ("input", "output"), strict=True):
        for place, row in enumerate(frame.to_dict("records")):
            old, new, colour = row[f"{side}_article"], row[f"{side}_list"], _colour(row["model"])
            if pd.notna(old) and pd.notna(new):
                ax.plot([old, new], [place, place], color=colour, linewidth=1.4)
                ax.annotate(
                    f"{row[f'{side}_change']:+.0%}",
                    (max(old, new), place),
                    (6, -3),
                    fontsize=8.5,
                    textcoords="offset points",
                    color=INK if abs(row[f"{side}_change"]) > 0.005 else QUIET,
                )
            ax.plot(old, place, "o", markerfacecolor="white", markeredgecolor=colour, markersize=6)
            ax.plot(new, place, "o", color=colour, markersize=6)
        ax.set(xscale="log", xlabel=f"{side}, USD per million tokens")
        _dollars(ax)
    panes[0].set_yticks(range(len(frame)), [_name(model) for model in frame["model"]])
    panes[0].set_ylim(len(frame) - 0.4, -0.6)
    return fig


def day(frame: pd.DataFrame, marks: Mapping[str, float]) -> Figure:
    """A model's list price through one day, with other prices marked.

    Args:
        frame: From `kit.pricing.hours`.
        marks: What to call a price -> output price, USD per million tokens.
    """
    fig, ax = _axes(2.4)
    for side, colour in (("output", ACCENT), ("input", QUIET)):
        steps = pd.concat([frame[["hour", side]], pd.DataFrame({"hour": [24], side: [frame[side].iloc[-1]]})])
        ax.step(steps["hour"], steps[side], where="post", color=colour, linewidth=1.8)
        ax.annotate(
            side,
            (24, steps[side].iloc[-1]),
            (5, -3),
            textcoords="offset points",
            color=colour,
            fontsize=9,
            annotation_clip=False,
        )
    for label, price in marks.items():
        ax.axhline(price, color=WARN, linewidth=1, linestyle=(0, (4, 3)))
        ax.annotate(label, (24, price), (-2, 3), textcoords="offset points", ha="right", color=WARN, fontsize=9)
    ax.set(xlim=(0, 24), ylim=(0, None), xlabel="hour of the day, UTC", ylabel="USD per million tokens")
    ax.set_xticks(range(0, 25, 3))
    return fig


def month(frame: pd.DataFrame) -> Figure:
    """The month's bill of each model, by workload, cheapest first.

    Args:
        frame: `model`, `workload`, `usd`; rows without a price are left out, and so is a model that has one.
    """
    wide = frame.pivot_table(index="model", columns="workload", values="usd", sort=False, dropna=False)
    wide = wide.dropna().assign(total=lambda w: w.sum(axis=1)).sort_values("total")
    fig, ax = _axes(0.8 + 0.28 * len(wide))
    shades = sns.color_palette("blend:#0B3C5D,#B7D3E8", len(wide.columns) - 1)
    left = pd.Series(0.0, index=wide.index)
    for workload, shade in zip(wide.columns[:-1], shades, strict=True):
        ax.barh(range(len(wide)), wide[workload], left=left, color=shade, height=0.62)
        _inside(ax, workload, left.iloc[-1], wide[workload].iloc[-1], len(wide) - 1, wide["total"].max(), shade)
        left += wide[workload]
    for place, total in enumerate(wide["total"]):
        ax.annotate(f"${total:,.0f}", (total, place), (4, -3), textcoords="offset points", fontsize=9)
    ax.set_yticks(range(len(wide)), [_name(model) for model in wide.index])
    ax.set(xlabel="USD a month", ylim=(len(wide) - 0.4, -0.6))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"${value:,.0f}"))
    return fig


def frontier(points: pd.DataFrame, test: str) -> Figure:
    """Score against price with the 95 % interval of each score; the line joins the Pareto-efficient models.

    Args:
        points: From `kit.benchmarks.frontier`.
        test: The benchmark's name.
    """
    fig, ax = _axes(2.8)
    best = points[points["efficient"]]
    ax.step(best["price"], best["score"], where="post", color=RULE, linewidth=1.6, zorder=1)
    for row in points.itertuples():
        ax.errorbar(
            row.price,
            row.score,
            [[row.score - row.low], [row.high - row.score]],
            color=_colour(row.model),
            linewidth=1.6,
            capsize=2.5,
            marker="o",
            markersize=6,
            markerfacecolor=_colour(row.model) if row.efficient else "white",
        )
        # a label stands to the right, unless another point is close there
        crowded = points["price"].between(row.price, 2 * row.price, inclusive="right").any()
        ax.annotate(
            f"{_name(row.model)} {row.score:.1f}",
            (row.price, row.score),
            (-7 if crowded else 7, 3),
            textcoords="offset points",
            ha="right" if crowded else "left",
            fontsize=9,
        )
    ax.set(
        xscale="log",
        xlabel="output price, USD per million tokens",
        ylabel=f"{test} score, %",
        xlim=(points["price"].min() / 5, points["price"].max() * 4),
    )
    _dollars(ax)
    return fig


def behind(frame: pd.DataFrame, margin: float) -> Figure:
    """Distance behind the best model with its 95 % interval, and the study's margin as a band.

    Args:
        frame: From `kit.benchmarks.gaps`.
        margin: Points.
    """
    frame = frame.iloc[1:]
    fig, ax = _axes(0.9 + 0.32 * len(frame))
    ax.axvspan(-margin, margin, color="#EEF3F7", zorder=0)
    ax.axvline(0, color=INK, linewidth=0.8)
    for place, row in enumerate(frame.itertuples()):
        ax.plot([row.low, row.high], [place, place], color=_colour(row.model), linewidth=2)
        ax.plot(
            row.behind,
            place,
            "o",
            color=_colour(row.model),
            markersize=6,
            markerfacecolor=_colour(row.model) if row.resolved else "white",
        )
    ax.set_yticks(range(len(frame)), [_name(model) for model in frame["model"]])
    ax.annotate(
        f"margin, ±{margin:g}",
        (margin, -0.55),
        (-3, 0),
        textcoords="offset points",
        ha="right",
        va="top",
        fontsize=8.5,
        color=QUIET,
    )
    ax.set(xlabel="points behind the best, 95 % interval", ylim=(len(frame) - 0.5, -0.75))
    return fig


def scorecard(compared: Sequence[Comparison], printed: Sequence[str], candidate: str, incumbent: str) -> Figure:
    """Who wins each dimension: as printed (hollow) and as the evidence supports (filled, or a question mark)."""
    fig, ax = _axes(0.9 + 0.42 * len(compared))
    places = {"incumbent": -1, "tie": 0, "equivalent": 0, "candidate": 1}
    for place, (found, said) in enumerate(zip(compared, printed, strict=True)):
        ax.plot([-1, 1], [place, place], color=RULE, linewidth=1, zorder=0)
        if said:
            ax.plot(places[said], place, "o", markersize=13, markerfacecolor="white", markeredgecolor=QUIET)
        if found.winner in places:
            agrees = places[found.winner] == places.get(said)
            ax.plot(places[found.winner], place, "o", markersize=7, color=ACCENT if agrees else WARN)
            word = found.winner if found.winner in ("equivalent", "tie") or not agrees else ""
        else:
            word = found.winner
        ax.annotate(word, (1.15, place), va="center", fontsize=9, color=QUIET, annotation_clip=False)
    ax.set_yticks(range(len(compared)), [found.dimension for found in compared])
    ax.set_xticks([-1, 0, 1], [_name(incumbent), "tie or equivalent", _name(candidate)])
    ax.set(xlim=(-1.25, 1.9), ylim=(len(compared) - 0.5, -0.6))
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    sns.despine(ax=ax, left=True, bottom=True)
    return fig


def grid(states: pd.DataFrame, colours: Mapping[str, str], words: pd.DataFrame | None = None) -> Figure:
    """A table of states as coloured cells, each with its word, so that colour is never the only sign.

    Args:
        states: Rows and columns are labels; values are keys of `colours`.
        words: What to write in each cell; the state itself where not given.
    """
    words = states if words is None else words
    rows, columns = states.shape
    fig, ax = plt.subplots(figsize=(6.4, 0.5 + 0.36 * rows), layout="constrained")
    for y in range(rows):
        for x in range(columns):
            state = str(states.iloc[y, x])
            ax.add_patch(mpl.patches.Rectangle((x - 0.47, y - 0.43), 0.94, 0.86, color=colours[state], linewidth=0))
            ax.annotate(words.iloc[y, x], (x, y), ha="center", va="center", fontsize=8.5, color=_on(colours[state]))
    ax.set(xlim=(-0.5, columns - 0.5), ylim=(rows - 0.5, -0.5))
    ax.set_xticks(range(columns), list(states.columns))
    ax.set_yticks(range(rows), list(states.index))
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    sns.despine(ax=ax, left=True, bottom=True)
    return fig


def spans(frame: pd.DataFrame, label: str) -> Figure:
    """One value a model with its low and high end.

    Args:
        frame: `model`, `value`, `low`, `high`, and `note` to stand beside it.
        label: What is on the axis.
    """
    fig, ax = _axes(0.7 + 0.3 * len(frame))
    for place, row in enumerate(frame.itertuples()):
        ax.plot(
            [row.low, row.high],
            [place, place],
            color=_colour(row.model),
            linewidth=3,
            alpha=0.45,
            solid_capstyle="round",
        )
        ax.plot(row.value, place, "o", color=_colour(row.model), markersize=7)
        ax.annotate(
            f"${row.value:,.0f}  {row.note}",
            (max(row.high, row.value), place),
            (8, -3),
            textcoords="offset points",
            fontsize=9,
        )
    ax.set_yticks(range(len(frame)), [_name(model) for model in frame["model"]])
    ax.set(xlabel=label, ylim=(len(frame) - 0.4, -0.6), xlim=(0, frame[["value", "high"]].max().max() * 1.45))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"${value:,.0f}"))
    return fig


def _axes(height: float) -> tuple[Figure, Axes]:
    fig, ax = plt.subplots(figsize=(6.4, height), layout="constrained")
    return fig, ax


def _colour(model: str) -> str:
    return COLOURS.get(model, "#999999")


def _name(model: str) -> str:
    return catalog.model(model).name


def _labels(ax: Axes, ends: Mapping[str, tuple[float, str]], apart: float = 1.2) -> None:
    """Label lines at their right end, on a log scale, pushed apart where they would touch."""
    floor = 0.0
    for model, (value, text) in sorted(ends.items(), key=lambda item: item[1][0]):
        floor = max(value, floor * apart)
        ax.annotate(
            text,
            (1, value),
            (1.02, floor),
            textcoords="data",
            va="center",
            fontsize=9,
            color=_colour(model),
            annotation_clip=False,
        )


def _inside(ax: Axes, text: str, left: float, width: float, place: int, widest: float, shade: tuple) -> None:
    if width > 0.08 * widest:
        ax.annotate(text, (left + width / 2, place), ha="center", va="center", fontsize=8.5, color=_on(shade))


def _on(colour: str | tuple) -> str:
    """Black or white, whichever reads better on a colour (relative luminance, WCAG 2)."""
    red, green, blue = mpl.colors.to_rgb(colour)
    return "white" if 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.45 else INK


def _dollars(ax: Axes) -> None:
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"${value:g}"))
    ax.xaxis.set_minor_formatter(FuncFormatter(lambda *_: ""))

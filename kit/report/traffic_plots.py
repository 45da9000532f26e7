"""The plots of a team's own traffic, in the manner of `kit.report.plots`: intervals drawn, words where the eye is."""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, PercentFormatter

from kit import catalog, text, traffic
from kit.report.style import ACCENT, INK, QUIET, RULE, WARN, axes, colour, described, dollars

__all__ = ["bills", "days", "levers", "multiples", "spread"]

_NEAR: dict = {"textcoords": "offset points", "fontsize": 9}


def days(frame: pd.DataFrame) -> Figure:
    """Each day's bill, by model from the dearest up; weekends stand on a band.

    Args:
        frame: `day`, `model`, `usd`, as from `kit.traffic.billing.bill` by day and model under one book.
    """
    wide = frame.assign(day=pd.to_datetime(frame["day"])).pivot_table(
        index="day", columns="model", values="usd", aggfunc="sum"
    )
    wide = wide.reindex(pd.date_range(wide.index.min(), wide.index.max())).fillna(0)
    wide = wide[wide.sum().sort_values(ascending=False).index].loc[:, lambda w: w.sum() > 0]
    fig, ax = axes(2.5)
    for day in wide.index[wide.index.day_of_week >= 5]:
        ax.axvspan(day - pd.Timedelta("12h"), day + pd.Timedelta("12h"), color="#F3F3F3", zorder=0, linewidth=0)
    under = pd.Series(0.0, index=wide.index)
    for model, usd in wide.items():
        ax.bar(wide.index, usd, bottom=under, color=colour(str(model)), width=0.8)
        under += usd
    _stack_labels(ax, wide)
    ax.set(ylabel="USD a day", xlim=(wide.index[0] - pd.Timedelta("16h"), wide.index[-1] + pd.Timedelta("16h")))
    ax.yaxis.set_major_formatter(FuncFormatter(text.dollar_tick))
    ticks = wide.index[:: max(1, len(wide) // 6)]
    ax.set_xticks(ticks, [f"{day:%d %b}" for day in ticks])
    summary = f"{text.dollar_range(under.min(), under.max())} a day, {text.dollars(under.mean())} on average"
    return described(
        fig, f"{summary}; of it " + ", ".join(f"{_name(m)} {usd.sum() / under.sum():.0%}" for m, usd in wide.items())
    )


def spread(frame: pd.DataFrame) -> Figure:
    """Tokens of a call and its cached share by endpoint: middle 80 % of calls, median, and a stroke for all together.

    Args:
        frame: From `kit.traffic.projection.spread`.
    """
    panes = {"prompt": "prompt tokens", "output": "output tokens", "input per output": "input per output",
             "cached": "cached share"}  # fmt: skip
    names = list(dict.fromkeys(frame["endpoint"]))
    fig, axs = plt.subplots(1, 4, figsize=(6.4, 0.8 + 0.27 * len(names)), sharey=True, layout="constrained")
    for ax, (column, label) in zip(axs, panes.items(), strict=True):
        rows = frame[frame["what"] == column].set_index("endpoint").loc[names]
        for place, row in enumerate(rows.itertuples()):
            ax.plot([row.p10, row.p90], [place, place], color=ACCENT, linewidth=3, alpha=0.45, solid_capstyle="round")
            ax.plot(row.p50, place, "o", color=ACCENT, markersize=6)
            ax.plot(row.overall, place, "|", color=INK, markersize=10, markeredgewidth=1.6)
        ax.set(xlabel=label)
        if column == "cached":
            ax.set_xlim(-0.04, 1)
            ax.xaxis.set_major_formatter(PercentFormatter(1))
        else:
            _counts(ax, rows[["p10", "p50", "p90", "overall"]])
    _rows(axs[0], names)
    middle = frame[frame["what"] == "prompt"]
    return described(fig, "Median prompt and range of the middle 80 %: " + "; ".join(
        f"{r.endpoint} {r.p50:,.0f}, {r.p10:,.0f} to {r.p90:,.0f}" for r in middle.itertuples()))  # fmt: skip


def bills(frame: pd.DataFrame) -> Figure | None:
    """A month of this traffic on each model: list prices filled, the article's hollow, a contract's as a diamond.

    Args:
        frame: From `traffic.monthly_bills`, and `note` to stand beside a model's bill; unknown bills are left
        out.

    Returns:
        None where no bill of a month is known: under a day of log.
    """
    frame = frame.dropna(subset=["usd"])
    if frame.empty:
        return None
    order = frame.assign(rank=frame["book"] == "article").sort_values(["rank", "usd"]).drop_duplicates("model")
    models = list(order.sort_values("usd")["model"])
    fig, ax = axes(0.8 + max(0.2, min(0.3, 3.6 / max(1, len(models)))) * len(models))  # many models share half a page
    for row in frame.itertuples():
        place, shade = models.index(row.model), colour(row.model)
        ax.plot([row.low, row.high], [place, place], color=shade, linewidth=2.4, alpha=0.5, zorder=1)
        ax.plot(row.usd, place, "D" if row.book == "contract" else "o", color=shade, markersize=6.5,
                markerfacecolor="white" if row.book == "article" else shade, zorder=2)  # fmt: skip
    for place, model in enumerate(models):
        mine = frame[frame["model"] == model]
        best = mine.iloc[mine["book"].map(["article", "list", "contract"].index).argmax()]
        ax.annotate(
            f"{text.dollars(best.usd)}  {best.note}", (mine["high"].fillna(mine["usd"]).max(), place), (7, -3), **_NEAR
        )
    _rows(ax, [_name(model) for model in models])
    ax.set(xscale="log", xlabel="USD a month", xlim=(frame["usd"].min() / 1.5, frame["usd"].max() * 3))
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    dollars(ax)
    return described(fig, "; ".join(f"{_name(r.model)} {text.dollars(r.usd)} ({r.book})" for r in frame.itertuples()))


def multiples(frame: pd.DataFrame, baseline: str) -> Figure:
    """Plot bills as multiples of the baseline's: as printed (ring), and for this traffic with its interval.

    Args:
        frame: From `kit.traffic.projection.bill_multiples`.
    """
    fig, ax = axes(0.8 + 0.3 * len(frame))
    for place, row in enumerate(frame.itertuples()):
        shade, claimed = colour(row.model), row.basis == traffic.PRINTED
        ax.plot([0, row.times], [place, place], color=RULE, linewidth=1, zorder=0)
        if not claimed:
            ax.plot([row.low, row.high], [place, place], color=shade, linewidth=3, alpha=0.5)
        ax.plot(row.times, place, "o", color=shade, markerfacecolor="white" if claimed else shade, markersize=7)
        ends = "" if pd.isna(row.low) else f", {row.low:.1f} to {row.high:.1f}"
        ax.annotate(f"{row.times:.3g}x{ends}", (row.times, place), (8, -3), color=WARN if claimed else INK, **_NEAR)
    _rows(ax, [f"{_name(row.model)}: {row.basis}" for row in frame.itertuples()])
    ax.set(xlim=(0, frame["times"].max() * 1.25), xlabel=f"bill, as a multiple of {_name(baseline)}'s")
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}x"))
    return described(fig, "; ".join(f"{_name(r.model)}, {r.basis}: {r.times:.3g}x" for r in frame.itertuples()))


def levers(frame: pd.DataFrame, summary: Mapping[str, str]) -> Figure | None:
    """Plot the monthly saving of moving everything under each lever: its low setting hollow, its high filled.

    The band is the 95 % interval of the traffic as it was logged. None where no month is known: under a day of log.

    Args:
        frame: From `kit.traffic.sensitivity.saving_sensitivity`.
        summary: Lever -> what it moves (`kit.traffic.sensitivity.RANGE_MEANINGS`).
    """
    logged, moved = frame.iloc[0], frame.iloc[1:]
    if pd.isna(logged["saving"]):
        return None
    names = list(dict.fromkeys(moved["lever"]))
    fig, ax = axes(0.9 + 0.46 * len(names))
    ax.axvspan(logged["low"], logged["high"], color="#EEF3F7", zorder=0)
    ax.axvline(logged["saving"], color=INK, linewidth=0.9, zorder=1)
    for place, lever in enumerate(names):
        low, high = (row for _, row in moved[moved["lever"] == lever].sort_values("setting").iterrows())
        ax.plot(
            [low["saving"], high["saving"]],
            [place, place],
            color=ACCENT,
            linewidth=7,
            alpha=0.35,
            solid_capstyle="butt",
        )
        for end, fill in ((low, "white"), (high, ACCENT)):
            left = end["saving"] < (low["saving"] + high["saving"]) / 2 or (
                end is high and low["saving"] == high["saving"]
            )
            ax.plot(end["saving"], place, "o", color=ACCENT, markerfacecolor=fill, markersize=6)
            ax.annotate(_setting(lever, end["setting"]), (end["saving"], place),
                        (-8 if left else 8, -3), ha="right" if left else "left", color=QUIET, **_NEAR)  # fmt: skip
    _rows(ax, [summary[lever].replace(", ", ",\n") for lever in names])
    reach = max(abs(moved["saving"] - logged["saving"]).max(), logged["high"] - logged["saving"]) * 1.5
    ax.set(xlim=(logged["saving"] - reach, logged["saving"] + reach), xlabel="USD saved a month")
    ax.xaxis.set_major_formatter(FuncFormatter(text.dollar_tick))
    ends = (
        f"{summary[r.lever]} at {_setting(r.lever, r.setting)} {text.dollars(r.saving)}, {r.times:.1f}x"
        for r in moved.itertuples()
    )
    return described(
        fig, f"As logged {text.dollars(logged['saving'])} a month, {logged['times']:.1f}x; " + "; ".join(ends)
    )


def _counts(ax: Axes, values: pd.DataFrame) -> None:
    """A logarithmic axis with a few whole numbers on it, however little the values differ."""
    low, high = values.min(axis=None), values.max(axis=None)
    ax.set_xscale("log")
    ax.set_xlim(low / 1.6, high * 1.6)  # of the marks at 1, 2 and 5 one at least is within
    subs = (1, 2, 5) if high < 8 * low else (1,)
    ax.xaxis.set_major_locator(LogLocator(subs=subs, numticks=4))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}" if value >= 1 else f"{value:g}"))
    ax.xaxis.set_minor_formatter(NullFormatter())


def _setting(lever: str, value: float) -> str:
    return f"{value:g}x" if lever in ("output", "chinese") else f"{value:.0%}".replace("%", " %")


def _stack_labels(ax: Axes, wide: pd.DataFrame) -> None:
    """Each model's name beside the last bars, at the height of its part, pushed apart where they would touch."""
    floor, base = 0.0, 0.0
    step = wide.sum(axis=1).max() * 0.085
    for model, usd in wide.items():
        middle = base + usd.iloc[-1] / 2
        base += usd.iloc[-1]
        floor = max(middle, floor + step)
        ax.annotate(_name(str(model)), (1.01, floor), xycoords=ax.get_yaxis_transform(), color=colour(str(model)),
                    va="center", fontsize=9, annotation_clip=False)  # fmt: skip


def _rows(ax: Axes, labels: Sequence[str]) -> None:
    """One row a label, the first on top."""
    ax.set_yticks(range(len(labels)), list(labels))
    ax.set_ylim(len(labels) - 0.4, -0.6)


def _name(model: str) -> str:
    """A model's name, where the catalog has one."""
    return catalog.names().get(model, model)

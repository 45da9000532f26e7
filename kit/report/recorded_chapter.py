"""Show what recorded outcomes say: the sentence, the picture and the tables of the chapter on recorded outcomes."""

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from kit import decision
from kit.report.style import ACCENT, INK, QUIET, RULE, WARN, axes, described
from kit.stats import Estimate, is_not_worse, is_worse
from kit.text import dollar_cell, dollars

__all__ = ["FORMATS", "answer", "caveats", "policies", "quality_and_cost", "table"]

FORMATS = {"points": "{:+.1f}", "solved, %": "{:.1f}", "USD per solved item": dollar_cell, "USD an item": dollar_cell}
"""How `output.table` should print the columns of `table` and `policies`."""

_SHADES = {"not worse and cheaper": ACCENT, "not worse": ACCENT, "not worse but dearer": WARN, "worse": WARN,
           "not settled": QUIET}  # fmt: skip
"""What both intervals say together -> its colour."""

_PAPER = {"facecolor": "white", "edgecolor": "none", "pad": 0.5, "alpha": 0.8}

_NEAR = 0.2
"""Points whose costs differ by less, as a share, are neighbours."""


def answer(standings: pd.DataFrame, incumbent: str, margin: float) -> str:
    """Say which candidates are not worse and cheaper, which are worse or dearer, and which are not settled.

    Args:
        standings: As from `recorded_outcomes.recorded_standings`.
    """
    parts = []
    for ref, rows in standings.groupby("ref", sort=False):
        base, others = rows[rows["model"] == incumbent].iloc[0], rows[rows["model"] != incumbent]
        paid = "" if pd.isna(base["usd"]) else f" at {dollars(base['usd'])} a solved item"
        head = f"On {str(ref).partition(':')[0]}, {decision.named(incumbent)} solves {base['solved']:.1f} %{paid}."
        names: dict[str, list[str]] = {state: [] for state in _SHADES}
        for row in others.itertuples():
            names[_state(row, margin)].append(decision.named(row.model))
        told = [f"{state}: {_listed(of)}" for state, of in names.items() if of]
        parts.append(f"{head} At a margin of {margin:g} points, {'; '.join(told)}.")
    return " ".join(parts)


def quality_and_cost(standings: pd.DataFrame, incumbent: str, margin: float) -> Figure | None:
    """Draw each candidate's difference in quality against its cost per solved item, both over the incumbent's.

    Blue is not worse and cheaper, orange is worse or dearer, grey is not settled; the cross is the incumbent.
    """
    points = standings[standings["times"].notna() & standings["difference"].notna()].sort_values("times")
    if points.empty:
        return None
    fig, ax = axes(4.4)
    ax.axhspan(-margin, 0, color="#EEF3F7", zorder=0)
    for level, way in ((0, ax.axhline), (1, ax.axvline)):
        way(level, color=RULE, linewidth=1, zorder=0)
    ax.axhline(-margin, color=QUIET, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1)
    ax.plot(1, 0, "+", color=INK, markersize=13, markeredgewidth=2, zorder=4)
    ax.annotate(decision.named(incumbent), (1, 0), (-9, -5), textcoords="offset points", ha="right", va="top",
                fontsize=8.5, bbox=_PAPER)  # fmt: skip
    above = True
    for row, near in zip(points.itertuples(), points["times"].pct_change() < _NEAR, strict=True):
        above = not (near and above)  # neighbours take turns, so that their names do not touch
        shade = _SHADES[_state(row, margin)]
        ax.errorbar(row.times, row.difference, [[row.difference - row.low], [row.high - row.difference]],
                    [[row.times - row.times_low], [row.times_high - row.times]], color=shade, marker="o",
                    markersize=6, linewidth=1.3, zorder=3)  # fmt: skip
        end, off, side = (row.high, 3, "bottom") if above else (row.low, -3, "top")
        ax.annotate(decision.named(row.model), (row.times, end), (0, off), textcoords="offset points", ha="center",
                    va=side, fontsize=8.5, color=shade, bbox=_PAPER)  # fmt: skip
    ax.annotate(f"margin: {margin:g} points", (0.01, -margin), (0, 3), xycoords=ax.get_yaxis_transform(),
                textcoords="offset points", va="bottom", fontsize=8, color=QUIET)  # fmt: skip
    ax.set(xscale="log", xlabel="cost per solved item, times the incumbent's", ylabel="points against the incumbent")
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}x"))
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.margins(x=0.1)
    told = (f"{decision.named(r.model)} {r.difference:+.1f} points at {r.times:.2g} times the cost"
            for r in points.itertuples())  # fmt: skip
    return described(fig, "; ".join(told))


def table(standings: pd.DataFrame, margin: float) -> pd.DataFrame:
    """Print the standings: solved share, cost of a solved item, difference and cost ratio, each with its interval."""
    return pd.DataFrame([
        {"items": row.ref.partition(":")[0], "model": decision.named(row.model), "n": int(row.items),
         "solved, %": row.solved, "95 %": f"{row.solved_low:.1f} to {row.solved_high:.1f}",
         "points": row.difference, "95 %  ": _span(row.low, row.high, "{:+.1f}".format),
         "USD per solved item": row.usd, "95 % ": _span(row.usd_low, row.usd_high, dollar_cell),
         "times the cost": _span(row.times_low, row.times_high, "{:.2g}".format),
         "so": "" if pd.isna(row.difference) else _state(row, margin)}
        for row in standings.itertuples()
    ])  # fmt: skip


def policies(facts: pd.DataFrame) -> pd.DataFrame:
    """Print the policies on the frontier: share solved and USD an item, all attempts paid."""
    rows = facts[facts["metric"].isin(["policy.score", "policy.cost"])]
    wide = rows.pivot_table(index="scope", columns="metric", values=["value", "low", "high", "n"], sort=False)
    if wide.empty:
        return pd.DataFrame()
    return pd.DataFrame([
        {"policy": policy, "n": int(row["n", "policy.score"]),
         "solved, %": row["value", "policy.score"],
         "95 %": f"{row['low', 'policy.score']:.1f} to {row['high', 'policy.score']:.1f}",
         "USD an item": row["value", "policy.cost"],
         "95 % ": _span(row["low", "policy.cost"], row["high", "policy.cost"], dollar_cell)}
        for policy, row in wide.sort_values(("value", "policy.cost")).iterrows()
    ])  # fmt: skip


def caveats(facts: pd.DataFrame) -> pd.DataFrame:
    """Return what the source says about its own outcomes, a row each."""
    rows = facts[facts["metric"] == "recorded.caveat"]
    return pd.DataFrame({"what to keep in mind": rows["note"]}).reset_index(drop=True)


def _listed(names: Sequence[str]) -> str:
    """Join names as a sentence does: `A, B and C`."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _state(row: Any, margin: float) -> str:
    """Say what the difference against the margin and the cost ratio against 1 decide together."""
    difference = Estimate(row.difference, row.low, row.high)
    if is_worse(difference, margin):
        return "worse"
    if not is_not_worse(difference, margin):
        return "not settled"
    if pd.isna(row.times):
        return "not worse"
    if row.times_high < 1:
        return "not worse and cheaper"
    return "not worse but dearer" if row.times_low > 1 else "not settled"


def _span(low: float, high: float, write: Callable[[float], str]) -> str:
    return "" if pd.isna(low) else f"{write(low)} to {write(high)}"

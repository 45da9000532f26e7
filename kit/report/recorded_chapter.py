"""Show what recorded outcomes say: the sentence, the picture and the tables of the chapter on recorded outcomes."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from kit import words
from kit.decision import matchup
from kit.report.style import ACCENT, INK, QUIET, RULE, WARN, axes, described

__all__ = ["FORMATS", "answer", "caveats", "policies", "quality_and_cost", "table"]

FORMATS = {"points": "{:+.1f}", "solved, %": "{:.1f}", "USD per solved item": words.amount, "USD an item": words.amount}
"""How `output.table` should print the columns of `table` and `policies`."""

_GOOD, _BAD, _OPEN = "not worse, and cheaper", "worse, or dearer", "open"
_SHADES = {_GOOD: ACCENT, _BAD: WARN, _OPEN: QUIET}


def answer(standings: pd.DataFrame, incumbent: str, margin: float) -> str:
    """Say which candidates are not worse and cheaper, which are worse or dearer, and what is open.

    Args:
        standings: As from `recorded_outcomes.standings`.
    """
    parts = []
    for ref, rows in standings.groupby("ref", sort=False):
        state = {matchup.named(row.model): _state(row, margin) for row in rows.itertuples() if row.model != incumbent}
        base = rows[rows["model"] == incumbent].iloc[0]
        of = {kind: [name for name, now in state.items() if now == kind] for kind in (_GOOD, _BAD, _OPEN)}
        head = f"{str(ref).partition(':')[0]}: {matchup.named(incumbent)} solves {base['solved']:.1f} %"
        paid = "" if pd.isna(base["usd"]) else f" at {words.dollars(base['usd'])} a solved item"
        said = [f"{kind} by {margin:g} points: {words.listed(names)}" for kind, names in of.items() if names]
        parts.append(f"{head}{paid}. " + "; ".join(said).capitalize() + ".")
    return " ".join(parts)


def quality_and_cost(standings: pd.DataFrame, incumbent: str, margin: float) -> Figure | None:
    """Draw each candidate's difference in quality against its cost per solved item, both over the incumbent's.

    Blue is not worse and cheaper, orange worse or dearer, grey is open; the cross is the incumbent.
    """
    points = standings[standings["times"].notna() & standings["difference"].notna()].reset_index(drop=True)
    if points.empty:
        return None
    fig, ax = axes(4.4)
    ax.axhspan(-margin, 0, color="#EEF3F7", zorder=0)
    for level, way in ((0, ax.axhline), (1, ax.axvline)):
        way(level, color=RULE, linewidth=1, zorder=0)
    ax.axhline(-margin, color=QUIET, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1)
    ax.plot(1, 0, "+", color=INK, markersize=13, markeredgewidth=2, zorder=4)
    ax.annotate(matchup.named(incumbent), (1, 0), (6, -4), textcoords="offset points", va="top", fontsize=8.5)
    for row in points.itertuples():
        shade = _SHADES[_state(row, margin)]
        ax.errorbar(row.times, row.difference, [[row.difference - row.low], [row.high - row.difference]],
                    [[row.times - row.times_low], [row.times_high - row.times]], color=shade, marker="o",
                    markersize=6, linewidth=1.3, zorder=3)  # fmt: skip
        ax.annotate(matchup.named(row.model), (row.times, row.high), (0, 3), textcoords="offset points", ha="center",
                    fontsize=8.5, color=shade)  # fmt: skip
    ax.annotate(f"margin: {margin:g} points", (0.99, -margin), (0, -3), xycoords=ax.get_yaxis_transform(),
                textcoords="offset points", ha="right", va="top", fontsize=8, color=QUIET)  # fmt: skip
    ax.set(xscale="log", xlabel="cost per solved item, times the incumbent's", ylabel="points against the incumbent")
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}x"))
    ax.xaxis.set_minor_formatter(NullFormatter())
    told = (f"{matchup.named(r.model)} {r.difference:+.1f} points at {r.times:.2g} times the cost"
            for r in points.itertuples())  # fmt: skip
    return described(fig, "; ".join(told))


def table(standings: pd.DataFrame, margin: float) -> pd.DataFrame:
    """Print the standings: solved share, cost of a solved item, difference and cost ratio, each with its interval."""
    return pd.DataFrame([
        {"items": row.ref.partition(":")[0], "model": matchup.named(row.model), "n": int(row.items),
         "solved, %": row.solved, "95 %": f"{row.solved_low:.1f} to {row.solved_high:.1f}",
         "USD per solved item": row.usd, "95 % ": _span(row.usd_low, row.usd_high, words.amount), "points": row.difference,
         "95 %  ": _span(row.low, row.high, "{:+.1f}".format), "times the cost": _span(row.times_low, row.times_high, "{:.2g}".format),
         "so": "" if pd.isna(row.difference) else _state(row, margin)}
        for row in standings.itertuples()
    ])  # fmt: skip


def policies(facts: pd.DataFrame) -> pd.DataFrame:
    """Print the policies on the frontier: share solved and USD an item, all attempts paid."""
    rows = facts[facts["note"].str.endswith(": all items")]
    wide = rows.pivot_table(index="note", columns="metric", values=["value", "low", "high", "n"], sort=False)
    if wide.empty:
        return pd.DataFrame()
    return pd.DataFrame([
        {"policy": str(note).removesuffix(": all items"), "n": int(row["n", "policy.score"]),
         "solved, %": row["value", "policy.score"],
         "95 %": f"{row['low', 'policy.score']:.1f} to {row['high', 'policy.score']:.1f}",
         "USD an item": row["value", "policy.cost"],
         "95 % ": _span(row["low", "policy.cost"], row["high", "policy.cost"], words.amount)}
        for note, row in wide.sort_values(("value", "policy.cost")).iterrows()
    ])  # fmt: skip


def caveats(facts: pd.DataFrame) -> pd.DataFrame:
    """Return what the source says about its own outcomes, a row each."""
    rows = facts[facts["metric"] == "recorded.caveat"]
    return pd.DataFrame({"what to keep in mind": rows["note"]}).reset_index(drop=True)


def _state(row: object, margin: float) -> str:
    """Both intervals decide: the difference against the margin, the cost ratio against 1."""
    low, high, dear, cheap = row.low, row.high, row.times_low, row.times_high  # type: ignore[attr-defined]
    if high < -margin or dear > 1:
        return _BAD
    return _GOOD if low > -margin and cheap < 1 else _OPEN


def _span(low: float, high: float, written: object) -> str:
    return "" if pd.isna(low) else f"{written(low)} to {written(high)}"  # type: ignore[operator]

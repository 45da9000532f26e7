"""Show what recorded outcomes say: the sentence, the picture and the tables of the chapter on recorded outcomes."""

from collections.abc import Callable
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from kit import decision
from kit.report import quality_cost
from kit.stats import Estimate, is_not_worse, is_worse
from kit.text import dollar_cell, dollars, listed

__all__ = ["FORMATS", "WIDTHS", "answer", "caveats", "policies", "quality_and_cost", "table", "todays_prices"]

FORMATS = {"points": "{:+.1f}", "solved, %": "{:.1f}", "USD per solved item": dollar_cell, "USD an item": dollar_cell}
"""How `output.table` should print the columns of `table` and `policies`."""

WIDTHS = {
    "model": 1.5, "n": 0.5, "solved, %": 0.7, "95 %": 1.2, "points": 0.7, "95 %  ": 1.2, "USD per solved item": 0.9,
    "95 % ": 1.2, "conclusion": 1.6,
}  # fmt: skip
"""Relative widths of the columns of `table`."""

_STATES = ("not worse and cheaper", "not worse", "not worse but dearer", "worse", "not settled")
"""What both intervals say together, the most welcome first."""


def answer(standings: pd.DataFrame, incumbent: str, margin: float) -> str:
    """Say which candidates are not worse and cheaper, which are worse or dearer, and which are not settled.

    Args:
        standings: As from `recorded_outcomes.standings`.
    """
    parts = []
    for ref, rows in standings.groupby("ref", sort=False):
        base, others = rows[rows["model"] == incumbent].iloc[0], rows[rows["model"] != incumbent]
        paid = "" if pd.isna(base["usd"]) else f" at {dollars(base['usd'])} a solved item"
        head = f"On {str(ref).partition(':')[0]}, {decision.named(incumbent)} solves {base['solved']:.1f} %{paid}."
        names: dict[str, list[str]] = {state: [] for state in _STATES}
        for row in others.itertuples():
            names[_state(row, margin)].append(decision.named(row.model))
        summaries = [f"{state}: {listed(members)}" for state, members in names.items() if members]
        parts.append(f"{head} At a margin of {margin:g} points, {'; '.join(summaries)}.")
    return " ".join(parts)


def quality_and_cost(standings: pd.DataFrame, incumbent: str, margin: float) -> Figure | None:
    """Draw each candidate's difference in quality against its cost per solved item, both over the incumbent's."""
    others = standings[standings["difference"].notna()]
    points = others.assign(
        name=[decision.named(model) for model in others["model"]],
        state=[_state(row, margin) for row in others.itertuples()],
    )
    return quality_cost.quality_and_cost(points, decision.named(incumbent), margin)


def table(standings: pd.DataFrame, margin: float) -> pd.DataFrame:
    """Print the standings: solved share, cost of a solved item, difference and cost ratio, each with its interval."""
    rows = pd.DataFrame([
        {"items": row.ref.partition(":")[0], "model": decision.named(row.model), "n": int(row.items),
         "solved, %": row.solved, "95 %": f"{row.solved_low:.1f} to {row.solved_high:.1f}",
         "points": row.difference, "95 %  ": _span(row.low, row.high, "{:+.1f}".format),
         "USD per solved item": row.usd, "95 % ": _span(row.usd_low, row.usd_high, dollar_cell),
         "times the cost": _span(row.times_low, row.times_high, "{:.2g}".format),
         "conclusion": "" if pd.isna(row.difference) else _state(row, margin)}
        for row in standings.itertuples()
    ])  # fmt: skip
    unknown = [column for column in rows if rows[column].isna().all() or (rows[column] == "").all()]
    return rows.drop(columns=unknown)


def todays_prices(prices: pd.DataFrame, as_of: str) -> str:
    """Say what a solved item would cost at a day's list prices: a range, as the source tells no mix of tokens.

    Args:
        prices: As from `kit.decision.at_todays_prices`.
    """
    if prices.empty:
        return "The source tells no dollars."
    moved = prices[(prices["least"] != 1) | (prices["most"] != 1)]
    parts = [
        f"{decision.named(row.model)} {dollars(row.today_low)} to {dollars(row.today_high)} (recorded: "
        f"{dollars(row.usd)})" for row in moved[moved["least"].notna()].itertuples()
    ]  # fmt: skip
    unknown = [decision.named(model) for model in moved[moved["least"].isna()]["model"]]
    same = [decision.named(model) for model in prices[~prices.index.isin(moved.index)]["model"]]
    sentences = [
        *([f"At the list prices of {as_of[:10]}, a solved item costs, by the mix of its tokens: {'; '.join(parts)}."]
          if parts else []),
        *([f"Prices are those of the recorded day for {listed(list(dict.fromkeys(same)))}."] if same else []),
        *([f"A price is unknown for {listed(list(dict.fromkeys(unknown)))}."] if unknown else []),
    ]  # fmt: skip
    return " ".join(sentences)


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

"""The winners that the article prints: its matchups, dimension by dimension, beside what the evidence supports."""

from collections.abc import Sequence

import pandas as pd

from kit import catalog
from kit.catalog import article
from kit.decision.dimensions import DIMENSIONS, Comparison
from kit.decision.matchup import figure_in_words, model_of, named

__all__ = [
    "agrees_with_print",
    "beside_print",
    "printed_dimensions",
    "printed_lines",
    "printed_rows",
    "printed_summary",
    "printed_table",
    "printed_winner",
    "supported_winners",
]


def printed_rows(ref: str) -> pd.DataFrame:
    """The rows of a printed matchup (T6, T7 or T8), in print order; none where none is named."""
    return article.printed(ref) if ref else article.figures().iloc[:0]


def printed_dimensions(printed: pd.DataFrame) -> list[str]:
    """The dimensions of a printed matchup, in print order."""
    winners = [metric.removeprefix("winner.") for metric in printed["metric"] if metric.startswith("winner.")]
    names = {dimension.printed: name for name, dimension in DIMENSIONS.items()}
    return [names[metric] for metric in winners]


def printed_winner(printed: pd.DataFrame, dimension: str) -> tuple[str, str]:
    """The printed winner on a dimension (`candidate`, `incumbent`, `tie` or empty) and the words it was printed in.

    Args:
        printed: As from `printed_rows`.
    """
    winner = printed[printed["metric"] == f"winner.{DIMENSIONS[dimension].printed}"]
    if winner.empty:
        return "", ""
    return {1: "candidate", 0: "tie", -1: "incumbent"}[int(winner["value"].iloc[0])], winner["note"].iloc[0]


def agrees_with_print(comparison: Comparison, printed: str) -> bool:
    """Check that the evidence supports a printed winner; models that are equivalent within the margin are a tie."""
    return {"equivalent": "tie"}.get(comparison.winner, comparison.winner) == printed


def printed_table(printed: pd.DataFrame, candidate: str, incumbent: str) -> pd.DataFrame:
    """A matchup as printed: `dimension`, a column a model, `winner as printed`."""
    rows = []
    for dimension in printed_dimensions(printed):
        sides = printed[printed["metric"] == DIMENSIONS[dimension].printed].set_index("subject")
        figures = {
            catalog.model(m).name: sides["note"][m] or figure_in_words(sides.loc[m]) for m in (candidate, incumbent)
        }
        rows.append({"dimension": DIMENSIONS[dimension].label} | figures
                    | {"winner as printed": printed_winner(printed, dimension)[1]})  # fmt: skip
    return pd.DataFrame(rows)


def printed_lines(printed: pd.DataFrame, compared: Sequence[Comparison]) -> list[tuple[Comparison, str]]:
    """Each printed line as the evidence has it, and its printed winner; where several suites speak, the first."""
    lines = []
    for name in printed_dimensions(printed):
        label = DIMENSIONS[name].label
        comparison = next(comparison for comparison in compared if comparison.dimension.partition(",")[0] == label)
        lines.append((comparison, printed_winner(printed, name)[0]))
    return lines


def printed_summary(printed: pd.DataFrame, compared: Sequence[Comparison]) -> str:
    """Say how many printed winners the evidence supports and where it differs; empty where none are printed."""
    lines = printed_lines(printed, compared)
    supported = [comparison.dimension for comparison, winner in lines if agrees_with_print(comparison, winner)]
    different = [
        f"{comparison.dimension} ({comparison.winner})"
        for comparison, winner in lines
        if not agrees_with_print(comparison, winner)
    ]
    if not lines:
        return ""
    text = f"Of {len(lines)} printed winners the evidence supports {len(supported)} "
    text += f"({', '.join(supported) or 'none'})."
    return text + (f" It differs from print on {', '.join(different)}." if different else "")


def beside_print(printed: pd.DataFrame, compared: Sequence[Comparison], candidate: str, incumbent: str) -> pd.DataFrame:
    """The printed matchup with what the evidence has on each line beside it, letters by `grades.SCALE`.

    Returns:
        `dimension`, for each model its column `printed` and `found`, `winner, printed`, `winner, found`; empty where
        nothing is printed.
    """
    if printed.empty:
        return pd.DataFrame()
    as_printed = printed_table(printed, model_of(candidate), model_of(incumbent))
    ours, theirs = as_printed.columns[1:3]
    comparisons = [comparison for comparison, _ in printed_lines(printed, compared)]
    return pd.DataFrame(
        {
            "dimension": as_printed["dimension"],
            f"{ours}, printed": as_printed[ours],
            f"{ours}, found": [comparison.graded(0) for comparison in comparisons],
            f"{theirs}, printed": as_printed[theirs],
            f"{theirs}, found": [comparison.graded(1) for comparison in comparisons],
            "winner, printed": as_printed["winner as printed"],
            "winner, found": [
                {"candidate": ours, "incumbent": theirs}.get(comparison.winner, comparison.winner)
                for comparison in comparisons
            ],
        }
    )


def supported_winners(compared: Sequence[Comparison], candidate: str, incumbent: str) -> pd.DataFrame:
    """Why each winner is one: `dimension`, `winner`, `why`, `kind`, `rests on` (ids of rows)."""
    who = {"candidate": named(candidate), "incumbent": named(incumbent)}
    return pd.DataFrame(
        {
            "dimension": comparison.dimension,
            "winner": who.get(comparison.winner, comparison.winner),
            "why": comparison.why,
            "kind": comparison.source,
            "rests on": comparison.rows or comparison.basis,
        }
        for comparison in compared
    )

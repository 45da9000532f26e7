"""The article's matchups as printed: its dimensions, figures and winners, beside what the evidence supports."""

from collections.abc import Sequence

import pandas as pd

from kit import article, catalog
from kit.dimensions import DIMENSIONS, Comparison
from kit.matchup import model_of, words

__all__ = ["agrees", "beside", "dimensions", "outcome", "rows", "table"]


def rows(ref: str) -> pd.DataFrame:
    """The rows of a printed matchup (T6, T7 or T8), in print order; none where none is named."""
    return article.printed(ref) if ref else article.figures().iloc[:0]


def dimensions(printed: pd.DataFrame) -> list[str]:
    """The dimensions of a printed matchup, in print order."""
    winners = [metric.removeprefix("winner.") for metric in printed["metric"] if metric.startswith("winner.")]
    names = {dimension.printed: name for name, dimension in DIMENSIONS.items()}
    return [names[metric] for metric in winners]


def outcome(printed: pd.DataFrame, dimension: str) -> tuple[str, str]:
    """The printed winner on a dimension (`candidate`, `incumbent`, `tie` or empty) and the words it was printed in.

    Args:
        printed: As from `rows`.
    """
    found = printed[printed["metric"] == f"winner.{DIMENSIONS[dimension].printed}"]
    if found.empty:
        return "", ""
    return {1: "candidate", 0: "tie", -1: "incumbent"}[int(found["value"].iloc[0])], found["note"].iloc[0]


def agrees(found: Comparison, printed: str) -> bool:
    """Whether the evidence supports a printed winner; models that are equivalent within the margin are a tie."""
    return {"equivalent": "tie"}.get(found.winner, found.winner) == printed


def table(printed: pd.DataFrame, candidate: str, incumbent: str) -> pd.DataFrame:
    """A matchup as printed: `dimension`, a column a model, `winner as printed`."""
    made = []
    for dimension in dimensions(printed):
        sides = printed[printed["metric"] == DIMENSIONS[dimension].printed].set_index("subject")
        said = {catalog.model(m).name: sides["note"][m] or words(sides.loc[m]) for m in (candidate, incumbent)}
        made.append({"dimension": DIMENSIONS[dimension].label} | said
                    | {"winner as printed": outcome(printed, dimension)[1]})  # fmt: skip
    return pd.DataFrame(made)


def beside(printed: pd.DataFrame, compared: Sequence[Comparison], candidate: str, incumbent: str) -> pd.DataFrame:
    """The printed matchup with what the evidence has on each line beside it, letters by `grades.SCALE`.

    Returns:
        `dimension`, for each model its column `as printed` and `found`, `winner as printed`, `winner found`.
    """
    if printed.empty:
        return pd.DataFrame()
    said = table(printed, *(model_of(who) for who in (candidate, incumbent))).set_index("dimension")
    ours, theirs = said.columns[:2]
    found = {one.dimension: one for one in compared}
    return pd.DataFrame(
        {"dimension": name, f"{ours}, printed": line[ours], f"{ours}, found": found[name].graded(0),
         f"{theirs}, printed": line[theirs], f"{theirs}, found": found[name].graded(1),
         "winner, printed": line["winner as printed"],
         "winner, found": {"candidate": ours, "incumbent": theirs}.get(found[name].winner, found[name].winner)}
        for name, line in said.iterrows()
    )  # fmt: skip

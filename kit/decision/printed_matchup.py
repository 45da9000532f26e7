"""The winners that the article prints: its matchups, dimension by dimension, beside what the evidence supports."""

from collections.abc import Sequence

import pandas as pd

from kit import catalog
from kit.catalog import article
from kit.decision.dimensions import DIMENSIONS, Comparison
from kit.decision.matchup import model_of, named, words

__all__ = ["agrees", "beside", "dimensions", "lines", "outcome", "rows", "said", "supported", "table"]


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


def lines(printed: pd.DataFrame, compared: Sequence[Comparison]) -> list[tuple[Comparison, str]]:
    """Each printed line as the evidence has it, and its printed winner; where several suites speak, the first."""
    found = []
    for name in dimensions(printed):
        label = DIMENSIONS[name].label
        one = next(one for one in compared if one.dimension.partition(",")[0] == label)
        found.append((one, outcome(printed, name)[0]))
    return found


def said(printed: pd.DataFrame, compared: Sequence[Comparison]) -> str:
    """How many printed winners the evidence supports, and where it parts from print; empty where none are printed."""
    found = lines(printed, compared)
    kept = [one.dimension for one, winner in found if agrees(one, winner)]
    part = [f"{one.dimension} ({one.winner})" for one, winner in found if not agrees(one, winner)]
    if not found:
        return ""
    text = f"Of {len(found)} printed winners the evidence supports {len(kept)} ({', '.join(kept) or 'none'})."
    return text + (f" It parts from print on {', '.join(part)}." if part else "")


def beside(printed: pd.DataFrame, compared: Sequence[Comparison], candidate: str, incumbent: str) -> pd.DataFrame:
    """The printed matchup with what the evidence has on each line beside it, letters by `grades.SCALE`.

    Returns:
        `dimension`, for each model its column `printed` and `found`, `winner, printed`, `winner, found`; empty where
        nothing is printed.
    """
    if printed.empty:
        return pd.DataFrame()
    told = table(printed, model_of(candidate), model_of(incumbent))
    ours, theirs = told.columns[1:3]
    found = [one for one, _ in lines(printed, compared)]
    return pd.DataFrame({
        "dimension": told["dimension"],
        f"{ours}, printed": told[ours], f"{ours}, found": [one.graded(0) for one in found],
        f"{theirs}, printed": told[theirs], f"{theirs}, found": [one.graded(1) for one in found],
        "winner, printed": told["winner as printed"],
        "winner, found": [{"candidate": ours, "incumbent": theirs}.get(one.winner, one.winner) for one in found],
    })  # fmt: skip


def supported(compared: Sequence[Comparison], candidate: str, incumbent: str) -> pd.DataFrame:
    """Why each winner is one: `dimension`, `winner`, `why`, `kind`, `rests on` (ids of rows)."""
    who = {"candidate": named(candidate), "incumbent": named(incumbent)}
    return pd.DataFrame(
        {"dimension": one.dimension, "winner": who.get(one.winner, one.winner), "why": one.why,
         "kind": one.source, "rests on": one.rows or one.basis}
        for one in compared
    )  # fmt: skip

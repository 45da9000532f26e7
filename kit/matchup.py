"""Incumbent against candidate, dimension by dimension, with a winner only where the evidence shows one.

Each dimension rests on the most trusted kind of evidence that both sides have; kinds are never mixed in one
comparison. A score is compared by the interval of the difference; an amount or a yes counts only if the sources of
that kind agree; a letter grade has no items behind it and decides nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from kit import catalog, evidence, stats
from kit.errors import StudyError, near_miss

__all__ = [
    "DIMENSIONS",
    "Comparison",
    "Dimension",
    "agrees",
    "compare",
    "outcome",
    "printed_dimensions",
    "printed_table",
    "supported",
]


@dataclass(frozen=True)
class Dimension:
    """One thing that two contenders are compared on.

    Attributes:
        kind: `price` (less is better), `score` (a share of items), `amount` (more is better), `interval` (an amount
            that is a mean of runs) or `yes/no`.
        metrics: Where its figures stand in the evidence; the first that both sides have is used.
        printed: How the article's matchup tables name it.
    """

    label: str
    kind: str
    metrics: tuple[str, ...]
    printed: str


DIMENSIONS: Mapping[str, Dimension] = {
    "output cost": Dimension("output cost", "price", ("price.output",), "price.output"),
    "input cost": Dimension("input cost", "price", ("price.input",), "price.input"),
    "general": Dimension("general quality", "score", ("score.general",), "grade.general"),
    "reasoning": Dimension("reasoning", "score", ("score.reasoning", "score.general"), "grade.reasoning"),
    "code": Dimension("code", "score", ("score.code",), "grade.code"),
    "chinese": Dimension("Chinese", "score", ("score.chinese",), "grade.chinese"),
    "tools": Dimension("tool use", "score", ("tools.accuracy",), "grade.tools"),
    "throughput": Dimension("throughput", "interval", ("throughput.tok_s",), "throughput.tok_s"),
    "context": Dimension("context window", "amount", ("context.tokens",), "context.tokens"),
    "vision": Dimension("vision input", "yes/no", ("input.vision",), "input.vision"),
}


@dataclass(frozen=True)
class Comparison:
    """What the evidence says on one dimension.

    Attributes:
        candidate, incumbent: The figures, in words; empty where there is none.
        difference, low, high: Candidate minus incumbent, with its 95 % interval where it is a score.
        winner: `candidate`, `incumbent`, `equivalent` (within the margin), `tie`, `unresolved`, `disputed` (sources
            disagree) or `not checkable`.
        why: The winner's reason, in one sentence.
        source: The kind of evidence used; empty where there is none.
        rows: Ids of the rows used.
    """

    dimension: str
    candidate: str
    incumbent: str
    winner: str
    why: str
    source: str = ""
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    rows: str = ""


def compare(table: pd.DataFrame, candidate: str, incumbent: str, dimension: str, margin: float) -> Comparison:
    """Compare two contenders on one dimension.

    Args:
        table: Evidence.
        dimension: A key of DIMENSIONS.
        margin: Points of score within which two models count as equivalent.
    """
    if dimension not in DIMENSIONS:
        raise StudyError(f"{dimension!r} is not a dimension{near_miss(dimension, DIMENSIONS)}")
    of = DIMENSIONS[dimension]
    for metric in of.metrics:
        for source in evidence.SOURCES:
            ours, theirs = (evidence.find(table, model, metric, source) for model in (candidate, incumbent))
            if len(ours) and len(theirs):
                rows = pd.concat([ours, theirs])
                found = Comparison(of.label, _span(ours), _span(theirs), "", "", source, rows=evidence.cite(rows))
                return _RULES[of.kind](found, ours, theirs, margin)
    return _nothing(of, table, candidate, incumbent)


def printed_dimensions(printed: pd.DataFrame) -> list[str]:
    """The dimensions of a printed matchup, in print order."""
    winners = [metric.removeprefix("winner.") for metric in printed["metric"] if metric.startswith("winner.")]
    names = {dimension.printed: name for name, dimension in DIMENSIONS.items()}
    return [names[metric] for metric in winners]


def outcome(printed: pd.DataFrame, dimension: str) -> tuple[str, str]:
    """The printed winner on a dimension (`candidate`, `incumbent`, `tie` or empty) and the words it was printed in.

    Args:
        printed: The rows of a printed matchup (T6, T7 or T8).
    """
    rows = printed[printed["metric"] == f"winner.{DIMENSIONS[dimension].printed}"]
    if rows.empty:
        return "", ""
    return {1: "candidate", 0: "tie", -1: "incumbent"}[int(rows["value"].iloc[0])], rows["note"].iloc[0]


def agrees(found: Comparison, printed: str) -> bool:
    """Whether the evidence supports a printed winner; models that are equivalent within the margin are a tie."""
    return {"equivalent": "tie"}.get(found.winner, found.winner) == printed


def printed_table(printed: pd.DataFrame, candidate: str, incumbent: str) -> pd.DataFrame:
    """A matchup as printed: `dimension`, a column a model, `winner as printed`."""
    rows = []
    for dimension in printed_dimensions(printed):
        sides = printed[printed["metric"] == DIMENSIONS[dimension].printed].set_index("subject")
        words = {catalog.model(m).name: sides["note"][m] or _words(sides.loc[m]) for m in (candidate, incumbent)}
        rows.append({"dimension": DIMENSIONS[dimension].label} | words
                    | {"winner as printed": outcome(printed, dimension)[1]})  # fmt: skip
    return pd.DataFrame(rows)


def supported(compared: Sequence[Comparison], candidate: str, incumbent: str) -> pd.DataFrame:
    """What the evidence says: `dimension`, a column a model, `winner`, `why`, `kind`, `rests on`."""
    ours, theirs = catalog.model(candidate).name, catalog.model(incumbent).name
    return pd.DataFrame(
        {"dimension": found.dimension, ours: found.candidate, theirs: found.incumbent,
         "winner": {"candidate": ours, "incumbent": theirs}.get(found.winner, found.winner), "why": found.why,
         "kind": found.source, "rests on": found.rows}
        for found in compared
    )  # fmt: skip


def _score(found: Comparison, ours: pd.DataFrame, theirs: pd.DataFrame, margin: float) -> Comparison:
    a, b = ours.iloc[0], theirs.iloc[0]
    found = replace(found, difference=float(a["value"] - b["value"]))
    if pd.isna(a["n"]) or pd.isna(b["n"]):
        return replace(found, winner="not checkable", why="no number of items stands behind these figures")
    one, other = a["value"] / 100, b["value"] / 100
    low, high = (100 * end for end in stats.difference(one, other, int(a["n"]), int(b["n"])))
    found = replace(found, low=low, high=high)
    span = f"{found.difference:+.1f} points, 95 % interval {low:+.1f} to {high:+.1f}"
    if -margin < low and high < margin:
        return replace(found, winner="equivalent", why=f"{span}: inside the margin of {margin:g}")
    if low > 0:
        return replace(found, winner="candidate", why=f"{span}: above 0")
    if high < 0:
        return replace(found, winner="incumbent", why=f"{span}: below 0")
    items = stats.items_to_resolve(one, other)
    need = f"{items:,} items each would resolve it" if items else "no gap to resolve"
    return replace(found, winner="unresolved", why=f"{span}: {need}")


def _interval(found: Comparison, ours: pd.DataFrame, theirs: pd.DataFrame, margin: float) -> Comparison:
    a, b = ours.iloc[0], theirs.iloc[0]
    found = replace(found, difference=float(a["value"] - b["value"]))
    if pd.isna(a["low"]) or pd.isna(b["low"]):
        return replace(found, winner="not checkable", why="no run stands behind these figures")
    if a["low"] > b["high"] or b["low"] > a["high"]:
        winner = "candidate" if a["low"] > b["high"] else "incumbent"
        return replace(found, winner=winner, why="the intervals are apart")
    return replace(found, winner="unresolved", why="the intervals overlap")


def _amount(found: Comparison, ours: pd.DataFrame, theirs: pd.DataFrame, margin: float) -> Comparison:
    a, b = sorted(ours["value"]), sorted(theirs["value"])
    found = replace(found, difference=float(ours["value"].iloc[0] - theirs["value"].iloc[0]))
    if a[0] > b[-1]:
        return replace(found, winner="candidate", why=_times(a[0], b[-1]))
    if b[0] > a[-1]:
        return replace(found, winner="incumbent", why=_times(b[0], a[-1]))
    if a[0] == a[-1] == b[0] == b[-1]:
        return replace(found, winner="tie", why="the same")
    return replace(found, difference=None, winner="disputed", why="the sources disagree; both figures are kept")


def _price(found: Comparison, ours: pd.DataFrame, theirs: pd.DataFrame, margin: float) -> Comparison:
    dearer = {"candidate": "incumbent", "incumbent": "candidate"}
    found = _amount(found, ours, theirs, margin)
    return replace(found, winner=dearer.get(found.winner, found.winner), why=found.why.replace("as much", "cheaper"))


def _times(more: float, less: float) -> str:
    return f"{more / less:.1f} times as much" if less else "one has it, the other does not"


def _nothing(of: Dimension, table: pd.DataFrame, candidate: str, incumbent: str) -> Comparison:
    letters = [evidence.best(table, model, of.printed) for model in (candidate, incumbent)]
    scores = [evidence.best(table, model, of.metrics[-1]) for model in (candidate, incumbent)]
    words = [_words(score if score is not None else letter) for score, letter in zip(scores, letters, strict=True)]
    graded = all(row is not None for row in letters)
    why = "letters only: no score on both sides" if graded else "no figure of one kind for both sides"
    return Comparison(of.label, words[0], words[1], "not checkable", why, rows=evidence.cite([*letters, *scores]))


def _words(row: pd.Series | None) -> str:
    if row is None:
        return ""
    if row["unit"] == "grade":
        return row["note"]
    if row["unit"] == "yes/no":
        return "yes" if row["value"] else "no"
    if row["unit"] == "USD/Mtok":
        return f"${row['value']:.2f}"
    if row["unit"] == "tokens":
        return f"{row['value']:,.0f}"
    return f"{row['value']:g} {row['unit']}"


def _span(rows: pd.DataFrame) -> str:
    return " or ".join(dict.fromkeys(_words(row) for _, row in rows.iterrows()))


_RULES = {"score": _score, "interval": _interval, "price": _price, "amount": _amount, "yes/no": _amount}

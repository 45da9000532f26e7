"""Dimensions: what two contenders are compared on, and how the outcome on one of them is told."""

from collections.abc import Mapping
from dataclasses import dataclass

from kit.decision import grades
from kit.stats import Estimate

__all__ = ["CHANCE", "DIMENSIONS", "Comparison", "Dimension"]


@dataclass(frozen=True)
class Dimension:
    """One thing that two contenders are compared on.

    Attributes:
        kind: `price` (less is better), `cost` (the same, with intervals where there are any), `score` (a share of
            items), `amount` (more is better), `interval` (an amount that is a mean of runs), `wait` (the same, and less
            is better) or `yes/no`.
        metrics: Where its figures stand in the evidence; the first that both sides have is used.
        printed: How the article's matchup tables name it; empty where they do not.
    """

    label: str
    kind: str
    metrics: tuple[str, ...]
    printed: str = ""


DIMENSIONS: Mapping[str, Dimension] = {
    "accepted cost": Dimension("cost per accepted answer", "cost", ("cost.accepted",)),
    "output cost": Dimension("output cost", "price", ("price.output",), "price.output"),
    "input cost": Dimension("input cost", "price", ("price.input",), "price.input"),
    "general": Dimension("general quality", "score", ("score.general",), "grade.general"),
    "reasoning": Dimension("reasoning", "score", ("score.reasoning", "score.general"), "grade.reasoning"),
    "code": Dimension("code", "score", ("score.code",), "grade.code"),
    "chinese": Dimension("Chinese", "score", ("score.chinese",), "grade.chinese"),
    "tools": Dimension("tool use", "score", ("score.tools", "tools.accuracy"), "grade.tools"),
    "structured": Dimension("structured output", "score", ("score.structured",)),
    "own": Dimension("quality on your own items", "score", ("score.own",)),
    "tickets": Dimension("tickets", "score", ("score.tickets",)),
    "extraction": Dimension("extraction", "score", ("score.extraction",)),
    "long": Dimension("long context", "score", ("score.long",)),
    "throughput": Dimension("throughput", "interval", ("throughput.tok_s",), "throughput.tok_s"),
    "loaded throughput": Dimension("throughput under load", "interval", ("throughput.loaded.tok_s",)),
    "first token": Dimension("time to first token", "wait", ("latency.first_token_s.p50",)),
    "agents": Dimension("coding agents: issues resolved", "score", ("score.agents",)),
    "agent tests": Dimension("coding agents: tests written", "score", ("score.agent tests",)),
    "sql": Dimension("SQL", "score", ("score.sql",)),
    "stability": Dimension("stability", "score", ("stability.same",)),
    "context": Dimension("context window", "amount", ("context.tokens",), "context.tokens"),
    "vision": Dimension("vision input", "yes/no", ("input.vision",), "input.vision"),
}


CHANCE: Mapping[str, float] = {"score.general": 25.0, "score.chinese": 25.0}
"""Metric -> the percent that guessing gets, of tests with four choices; 0 for all others."""


@dataclass(frozen=True)
class Comparison:
    """A comparison of two contenders on one dimension, as the evidence has it.

    Attributes:
        candidate, incumbent: The figures, in words; empty where there is none.
        difference, low, high: Candidate minus incumbent, with its 95 % interval where it is a score.
        winner: `candidate`, `incumbent`, `equivalent` (within the margin), `tie`, `unresolved`, `disputed` (sources
            disagree) or `not checkable`.
        why: The winner's reason, in one sentence.
        source: The kind of evidence used; empty where there is none.
        rows: Ids of the rows used.
        basis: What was compared with what, in words.
        scores: Of candidate and incumbent in percent, where it is a score; with their intervals where there are any.
        times: How many times as good the candidate is, where more or less of an amount is better.
        n: Items behind the difference.
        p: Two-sided, of no difference; missing where nothing is left to chance.
        needed: Items in all that would resolve it, where it is unresolved and some number would.
        metric, suite: What was compared, and the items' reference, where it is a score.
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
    basis: str = ""
    scores: tuple[Estimate, Estimate] | None = None
    times: Estimate | None = None
    n: int | None = None
    p: float | None = None
    needed: int | None = None
    metric: str = ""
    suite: str = ""

    def graded(self, side: int) -> str:
        """The figure of the candidate (0) or incumbent (1); a score with the letters that its interval leaves open."""
        said = (self.candidate, self.incumbent)[side]
        if self.scores is None:
            return said
        score = self.scores[side]
        ends = (score.low, score.high) if self.n and score.low <= score.high else (score.value, score.value)
        return f"{grades.span(*ends)} ({said})"

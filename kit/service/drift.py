"""Drift after a move: whether old and new model still agree as often as they did, from a shadow's log, at any look."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from kit.errors import UsageError
from kit.files import matching
from kit.stats import anytime_difference

__all__ = ["Drift", "drift"]


@dataclass(frozen=True)
class Drift:
    """The agreement of a shadow with the model that answers, at one endpoint.

    Attributes:
        endpoint: As named by the meter; empty where calls had no name.
        answered_by: The contender that answers callers.
        contender: The one in the shadow.
        agreed, n: Answers that agreed, of so many.
        failed: Shadow calls without an answer, which say nothing about agreement.
        low, high: The 95 % interval of the agreement in percent, valid at any look.
        due: What the agreement should be, in percent, less the margin.
    """

    endpoint: str
    answered_by: str
    contender: str
    agreed: int
    n: int
    failed: int
    low: float
    high: float
    due: float

    @property
    def drifted(self) -> bool:
        """True if the agreement is below what is due for certain."""
        return self.high < self.due

    def __str__(self) -> str:
        state = "has drifted" if self.drifted else "holds" if self.low >= self.due else "is not decided yet"
        share = f"{100 * self.agreed / self.n:.1f} %" if self.n else "none"
        return (
            f"{self.endpoint or 'no endpoint'}: {self.answered_by} {state}: {share} of {self.n:,} answers agree with "
            f"{self.contender} ({self.low:.1f} to {self.high:.1f} %), {self.due:.1f} % are due"
            + (f"; {self.failed:,} without an answer" if self.failed else "")
        )


def drift(
    logs: Iterable[str | Path], least: float | Mapping[tuple[str, str], float], margin: float = 0.0
) -> list[Drift]:
    """Judge the drift of each endpoint.

    Args:
        logs: Files of a `Shadow`, or patterns.
        least: The agreement that was measured before the move, in percent: one for all, or by endpoint and
            contender that answers; what it does not name is not judged.
        margin: Points that may be lost.

    Raises:
        UsageError: If a log is not there, or holds no row of a shadow.
    """
    counts: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in _rows(logs):
        place = str(row.get("kit.endpoint") or ""), str(row.get("kit.shadow.of")), str(row["kit.shadow.contender"])
        agrees = row.get("kit.shadow.agrees")
        counts[place][2 if agrees is None else 0 if agrees else 1] += 1
    if not counts:
        raise UsageError(f"{', '.join(map(str, logs))}: holds no row of a shadow, as kit.Shadow writes them")
    drifts = []
    for (endpoint, old_model, contender), (agreed, differed, failed) in sorted(counts.items()):
        before = least if isinstance(least, int | float) else least.get((endpoint, old_model))
        if before is None:
            continue
        n = agreed + differed
        low, high = anytime_difference(agreed, differed, n) if n else (-1.0, 1.0)
        interval = 50 * (1 + low), 50 * (1 + high)
        drifts.append(Drift(endpoint, old_model, contender, agreed, n, failed, *interval, before - margin))
    return drifts


def _rows(logs: Iterable[str | Path]) -> Iterable[Mapping]:
    for log in logs:
        paths = matching(Path(log))
        if not paths:
            raise UsageError(f"{log}: is not there; name the log of a shadow")
        for path in paths:
            for line in path.read_text(encoding="utf-8").splitlines():
                with suppress(ValueError):
                    row = json.loads(line)
                    if isinstance(row, dict) and "kit.shadow.contender" in row:
                        yield row

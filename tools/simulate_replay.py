"""Rates of the verdicts on replayed requests, by simulation: how often a candidate worse by the margin is passed.

Each row: what was simulated, the rate that the kit states (or the power), the rate seen, replays, and whether it holds.
Run by `nox -s simulate`, or alone: `python tools/simulate_replay.py 300`.
"""

import sys
from collections.abc import Callable
from math import sqrt

import numpy as np
import pandas as pd

from kit.replay import Exam, Outcomes, difference, examine, labelled_pairs

MARGIN = 0.03
Replayed = tuple[Outcomes, Exam | None]


def outcomes(ours: np.ndarray, theirs: np.ndarray, **more: np.ndarray) -> Outcomes:
    """Outcomes that are known, a request each, and all that is said otherwise."""
    n = len(ours)
    given = {
        "low": ours, "high": ours, "incumbent_low": theirs, "incumbent_high": theirs, "usd": np.ones(n),
        "incumbent_usd": np.ones(n), "calls": np.ones(n), "groups": np.arange(n), "agreement": np.zeros(n, bool),
        "judged": np.full(n, np.nan), "again": np.zeros(n, bool),
    }  # fmt: skip
    return Outcomes("candidate", "incumbent", **given | more)


def noisy(agreement: float, loss: float, n: int, labels: int) -> Callable[[np.random.Generator], Replayed]:
    """A candidate held against an incumbent that agrees with itself so often; `loss` is of right answers."""
    steady = np.linspace(0.5, 1, 100_001)
    right = float(steady[np.abs(steady**2 + (1 - steady) ** 2 / (labels - 1) - agreement).argmin()])

    def replay(rng: np.random.Generator) -> Replayed:
        truth = rng.integers(0, labels, n)
        said = [np.where(rng.random(n) < p, truth, (truth + rng.integers(1, labels, n)) % labels)
                for p in (right, right, right - loss)]  # fmt: skip
        ours, theirs = ((one == said[0]).astype(float) for one in (said[2], said[1]))
        return outcomes(ours, theirs, agreement=np.ones(n, bool)), None

    return replay


def grouped(size: int, n: int = 1000) -> Callable[[np.random.Generator], Replayed]:
    """Requests in groups of near-duplicates that share their fate, at a loss of the margin."""

    def replay(rng: np.random.Generator) -> Replayed:
        group = np.repeat(np.arange(n // size), size)
        return outcomes((rng.random(n // size) >= MARGIN).astype(float)[group], np.ones(n), groups=group), None

    return replay


def weighted(spread: float, n: int = 500) -> Callable[[np.random.Generator], Replayed]:
    """Requests that stand for calls of that spread (of the logarithm), at a loss of the margin."""

    def replay(rng: np.random.Generator) -> Replayed:
        calls = np.ceil(rng.lognormal(0, spread, n))
        return outcomes((rng.random(n) >= MARGIN).astype(float), np.ones(n), calls=calls), None

    return replay


def unknown(share: float, n: int = 1000) -> Callable[[np.random.Generator], Replayed]:
    """Texts of which nobody judged that share, all of them lost, as many as the margin."""

    def replay(rng: np.random.Generator) -> Replayed:
        lost, open_ = rng.random(n) < MARGIN, rng.random(n) < share
        ours = np.where(lost, 0.0, 1.0)
        return outcomes(ours, np.ones(n), low=np.where(open_, 0.0, ours), high=np.where(open_, 1.0, ours)), None

    return replay


def judged(blind: float, loss: float, times: int, n: int = 1000) -> Callable[[np.random.Generator], Replayed]:
    """Texts judged by one that calls that share of losses the same, after an exam of `times` the kit's own pairs."""
    people = [pair.human for pair in labelled_pairs()] * times

    def replay(rng: np.random.Generator) -> Replayed:
        seen = ["same" if human != "same" and rng.random() < blind else human for human in people]
        worse = (rng.random(n) < loss) & (rng.random(n) >= blind)
        verdicts = np.where(worse, -1.0, 0.0)
        return outcomes(1.0 + verdicts, np.ones(n), judged=verdicts), examine(pd.DataFrame({"judged": seen}), people)

    return replay


def looks(loss: float, most: int = 1000, batch: int = 50) -> Callable[[np.random.Generator], Replayed]:
    """A replay in batches that stops when the candidate passes; both models split on 10 % of the requests."""

    def replay(rng: np.random.Generator) -> Replayed:
        gap = rng.choice([1, 0, -1], p=[0.05 - loss / 2, 0.9, 0.05 + loss / 2], size=most)
        ours, theirs = (gap >= 0).astype(float), (gap <= 0).astype(float)
        for n in range(batch, most + 1, batch):
            found = outcomes(ours[:n], theirs[:n])
            if passed((found, None)):
                break
        return found, None

    return replay


def passed(replayed: Replayed) -> bool:
    """True if the candidate is shown not to be worse by the margin."""
    found = difference(replayed[0], exam=replayed[1])
    return found is not None and found.estimate.low > -MARGIN


def failed(replayed: Replayed) -> bool:
    """True if it is shown to be worse by the margin."""
    found = difference(replayed[0], exam=replayed[1])
    return found is not None and found.estimate.high < -MARGIN


Case = tuple[str, Callable[[np.random.Generator], Replayed], Callable[[Replayed], bool]]

CASES: tuple[Case, ...] = (
    *((f"passed at the margin, {size} near-duplicates each", grouped(size), passed) for size in (1, 2, 5, 10)),
    *((f"passed at the margin, calls spread by {spread}", weighted(spread), passed) for spread in (1, 2)),
    *((f"passed at the margin, {share:.0%} not judged", unknown(share), passed) for share in (0.01, 0.1, 0.5)),
    *((f"passed at the margin, incumbent agrees with itself on {s:.0%}, {labels} labels",
       noisy(s, MARGIN, 1000, labels), passed) for s in (0.99, 0.95, 0.9, 0.8) for labels in (2, 5)),
    *((f"the same model failed, agrees with itself on {s:.0%}", noisy(s, 0.0, 1000, 5), failed)
      for s in (0.99, 0.95, 0.9, 0.8)),
    *((f"passed at a loss of 3.5 points, judge blind to {blind:.0%}, exam of {30 * times}", judged(blind, 0.035, times),
       passed) for blind in (0.0, 0.2, 0.35, 0.45) for times in (1, 5, 20)),
    ("passed at the margin, looked at every 50 to 1,000", looks(MARGIN), passed),
)  # fmt: skip
"""What is simulated, how, and what should happen in 2.5 % of replays at most."""


def row(case: Case, replays: int = 400, stated: float = 0.025) -> tuple[str, float, float, int, bool]:
    """Simulate a case: what, stated, simulated, replays, and whether it holds but for chance (three errors)."""
    what, replay, happens = case
    seen = sum(happens(replay(np.random.default_rng(seed))) for seed in range(replays)) / replays
    return what, stated, seen, replays, seen <= stated + 3 * sqrt(stated * (1 - stated) / replays)


if __name__ == "__main__":
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    table = pd.DataFrame([row(case, runs) for case in CASES],
                         columns=["what", "stated", "simulated", "replays", "holds"])  # fmt: skip
    print(table.to_string(index=False))
    sys.exit(0 if table["holds"].all() else 1)

"""Hold every rate that the kit states against simulation: `nox -s simulate`.

Each scenario makes data of which the truth is known, runs the kit's own functions on them, and counts. A line of the
table is a scenario; to add one, write a function that takes a generator and a number of runs and returns a 0 or 1 a
run, and a line in SCENARIOS. The command ends with 1 if a stated rate does not hold.

    python tools/simulate.py [WORD ...] [--runs SHARE]

WORD picks scenarios by name (`replay`: those of tools/simulate_replay.py); SHARE is how many of the runs, 1 for all.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, partial
from math import ceil, sqrt
from statistics import NormalDist

import numpy as np
import simulate_replay
import simulate_study

from kit import stats
from kit.decision import passing_candidates
from kit.stats import Estimate, anytime_difference, bounded_mean_interval, is_not_worse, requests_to_decide

MARGIN = 0.03
Runs = Callable[[np.random.Generator, int], np.ndarray]


@dataclass(frozen=True)
class Scenario:
    """A stated rate and how to simulate it.

    Attributes:
        bound: `at most` or `at least`.
        stated: The rate, from 0 to 1.
        run: Returns a 0 or 1 a run.
    """

    what: str
    bound: str
    stated: float
    run: Runs
    runs: int = 2000

    def holds(self, rate: float, runs: int) -> bool:
        """Return whether the rate is on the right side, up to three errors of the simulation itself."""
        luck = 3 * sqrt(self.stated * (1 - self.stated) / runs)
        return rate <= self.stated + luck if self.bound == "at most" else rate >= self.stated - luck


# One look at right and wrong: the score path


@cache
def _tango(won: int, lost: int, n: int, z: float = stats.Z95) -> tuple[float, float]:
    return stats.tango(won, lost, n, z)


def _counts(rng: np.random.Generator, runs: int, n: int, won: float, lost: float) -> np.ndarray:
    return rng.multinomial(n, [won, lost, 1 - won - lost], size=runs)[:, :2]


def pass_at_margin(rng: np.random.Generator, runs: int, n: int, split: float) -> np.ndarray:
    """A candidate that is worse by the margin is called not worse."""
    counts = _counts(rng, runs, n, (split - MARGIN) / 2, (split + MARGIN) / 2)
    return np.array([is_not_worse(Estimate(0, *_tango(won, lost, n)), MARGIN) for won, lost in counts.tolist()])


def paired_coverage(rng: np.random.Generator, runs: int, n: int, won: float, lost: float) -> np.ndarray:
    """Tango's interval holds the true difference."""
    found = [_tango(*one, n) for one in _counts(rng, runs, n, won, lost).tolist()]
    return np.array([low <= won - lost + 1e-9 and won - lost - 1e-9 <= high for low, high in found])


def share_coverage(rng: np.random.Generator, runs: int, n: int, p: float | None) -> np.ndarray:
    """Wilson's interval holds the true share; without `p`, shares from 0 to 1 are equally likely."""
    truth = rng.random(runs) if p is None else np.full(runs, p)
    found = [stats.wilson(count / n, n) for count in rng.binomial(n, truth)]
    return np.array([low <= share <= high for (low, high), share in zip(found, truth, strict=True)])


def bounded_coverage(rng: np.random.Generator, runs: int, n: int, p: float) -> np.ndarray:
    """The interval of partial credit holds the true mean: a share of four fields, or all of them with chance `p`."""
    scores = np.where(rng.random((runs, n)) < p, 1.0, rng.integers(0, 4, (runs, n)) / 4)
    truth = p + (1 - p) * 0.375
    found = [bounded_mean_interval(row, 0, 1) for row in scores]
    return np.array([low <= truth <= high for low, high in found])


def parts_at_margin(rng: np.random.Generator, runs: int, n: int) -> np.ndarray:
    """A candidate that loses three quarters of 4 % of the items is called not worse."""
    scores = np.where(rng.random((runs, n)) < 0.04, 0.25, 1.0)
    return np.array([stats.paired_interval(row, [1.0] * n)[0] > -MARGIN for row in scores.tolist()])


def pairs_power(rng: np.random.Generator, runs: int, gap: float, split: float) -> np.ndarray:
    """As many items as `items_needed` says show an equal candidate, or one that leads, not to be worse."""
    n = stats.items_needed(gap, split, margin=MARGIN) or 1
    counts = _counts(rng, runs, n, (split + gap) / 2, (split - gap) / 2)
    return np.array([_tango(*one, n)[0] > -MARGIN for one in counts.tolist()])


def samples_power(rng: np.random.Generator, runs: int, a: float, b: float) -> np.ndarray:
    """As many items as `items_to_resolve` says tell two shares of independent samples apart."""
    n = stats.items_to_resolve(a, b) or 1
    ours, theirs = rng.binomial(n, a, runs) / n, rng.binomial(n, b, runs) / n
    return np.array([stats.unpaired_interval(x, y, n, n)[0] > 0 for x, y in zip(ours, theirs, strict=True)])


def holm_family(rng: np.random.Generator, runs: int, k: int) -> np.ndarray:
    """One of k equal candidates or more is called different after Holm."""
    n, split, found = 400, 0.1, []
    for counts in rng.multinomial(n, [split / 2, split / 2, 1 - split], size=(runs, k))[:, :, :2].tolist():
        p = {str(i): stats.interval_p((one[0] - one[1]) / n, *_tango(*one, n), n) for i, one in enumerate(counts)}
        found.append(min(stats.holm(p).values()) < 0.05)
    return np.array(found)


def best_of_many(rng: np.random.Generator, runs: int, k: int) -> np.ndarray:
    """The interval of the candidate that looks best of k equal ones holds its true difference, 0."""
    z, n, split = stats.simultaneous_z(k), 400, 0.1
    counts = rng.multinomial(n, [split / 2, split / 2, 1 - split], size=(runs, k))[:, :, :2]
    best = counts[np.arange(runs), (counts[:, :, 0] - counts[:, :, 1]).argmax(axis=1)]
    return np.array([low <= 0 <= high for low, high in (_tango(*one, n, z) for one in best.tolist())])


# Several candidates of an endpoint; looks, unknowns, noise and judges are in `simulate_replay`


def anytime_power(rng: np.random.Generator, runs: int, won: float, lost: float) -> np.ndarray:
    """As many requests as `requests_to_decide` says settle the margin."""
    n = requests_to_decide(won, lost, MARGIN) or 1
    return np.array([anytime_difference(*one, n)[0] > -MARGIN for one in _counts(rng, runs, n, won, lost).tolist()])


def _at_margin(rng: np.random.Generator, n: int, loss: float = MARGIN) -> tuple[np.ndarray, np.ndarray]:
    """Scores of a candidate that loses so many points, and of the incumbent."""
    theirs = (rng.random(n) < 0.9).astype(float)
    draw = rng.random(n)
    lost, won = (theirs == 1) & (draw < (loss + 0.03) / 0.9), (theirs == 0) & (draw < 0.3)
    ours = np.where(lost, 0.0, np.where(won, 1.0, theirs))
    return ours, theirs


def endpoint_candidates(rng: np.random.Generator, runs: int, k: int) -> np.ndarray:
    """One of k candidates that are all worse by the margin passes."""
    found = []
    for _ in range(runs):
        pairs = [_at_margin(rng, 400) for _ in range(k)]
        usd = np.full(400, 0.1)
        many = [replace(simulate_replay.outcomes(*pair, usd=usd), candidate=str(i)) for i, pair in enumerate(pairs)]
        found.append(bool(passing_candidates(many, MARGIN)))
    return np.array(found)


# Costs


def _costs(rng: np.random.Generator, n: int, spread: float, noise: tuple[float, float]) -> Sequence[np.ndarray]:
    """Costs of two models on the same requests, with a mean of 1 each."""
    length = np.exp(spread * rng.standard_normal(n) - spread**2 / 2)
    return [length * np.exp(sd * rng.standard_normal(n) - sd**2 / 2) for sd in noise]


def cheaper_at_one(
    rng: np.random.Generator, runs: int, n: int, spread: float, noise: tuple[float, float]
) -> np.ndarray:
    """A candidate that costs the same is called cheaper."""
    right = np.ones(n)
    pairs = (_costs(rng, n, spread, noise) for _ in range(runs))
    return np.array([stats.per_success_ratio(one, right, other, right).high < 1 for one, other in pairs])


def accepted_cost(rng: np.random.Generator, runs: int, n: int, spread: float, share: float) -> np.ndarray:
    """The interval of what an accepted answer costs holds the truth."""
    found = []
    for _ in range(runs):
        right = (rng.random(n) < share).astype(float)
        right[0] = max(right[0], 1 - right[1:].max())
        cost = stats.per_success(_costs(rng, n, spread, (0, 0))[0], right)
        found.append(cost.low <= 1 / share <= cost.high)
    return np.array(found)


def latency_coverage(rng: np.random.Generator, runs: int, n: int, share: float) -> np.ndarray:
    """The distribution-free interval of a percentile of latency holds the truth."""
    truth = float(np.exp(NormalDist().inv_cdf(share)))
    found = (stats.quantile_interval(list(np.exp(rng.standard_normal(n))), share) for _ in range(runs))
    return np.array([low <= truth <= high for low, high in found])


def scenarios() -> Iterator[Scenario]:
    """List them in the order of the table."""
    yield from (Scenario(*case) for case in simulate_study.CASES)
    for n, split in ((30, 0.1), (100, 0.1), (300, 0.06), (1000, 0.3)):
        yield Scenario(f"score path: worse by the margin passes, n = {n}, {split:.0%} split", "at most", 0.025,
                       partial(pass_at_margin, n=n, split=split), 10_000)  # fmt: skip
    for n in (100, 300):
        yield Scenario(f"score path: the same on partial credit, n = {n}", "at most", 0.025,
                       partial(parts_at_margin, n=n), 1000)  # fmt: skip
    for k in (1, 4, 8, 20):
        yield Scenario(f"score path: any of {k} equal candidates differs, by Holm", "at most", 0.05,
                       partial(holm_family, k=k), 4000)  # fmt: skip
    for k in (1, 4, 8):
        yield Scenario(f"interval of the best of {k} holds the truth", "at least", 0.95,
                       partial(best_of_many, k=k), 4000)  # fmt: skip
    for k in (4, 8):
        yield Scenario(f"endpoint path: any of {k} candidates worse by the margin passes", "at most", 0.025,
                       partial(endpoint_candidates, k=k), 200)  # fmt: skip
    for spread, noise in ((0.5, (0.2, 0.2)), (1.0, (0.5, 0.5)), (1.0, (1.0, 1.0)), (1.5, (1.0, 1.0))):
        for n in (30, 100, 300):
            yield Scenario(f"cheaper at a ratio of 1, spread {spread}, noise {noise[0]} and {noise[1]}, n = {n}",
                           "at most", 0.025, partial(cheaper_at_one, n=n, spread=spread, noise=noise),
                           1000)  # fmt: skip
    for n in (100, 300):  # the hardest: a candidate whose costs vary more than the incumbent's
        yield Scenario(f"cheaper at a ratio of 1, noise of the candidate alone, n = {n}", "at most", 0.025,
                       partial(cheaper_at_one, n=n, spread=0.8, noise=(1.0, 0.0)), 2000)  # fmt: skip
    for spread in (0.5, 1.0, 1.5):
        for n in (30, 100, 300):
            yield Scenario(f"cost of an accepted answer, spread {spread}, n = {n}", "at least", 0.93,
                           partial(accepted_cost, n=n, spread=spread, share=0.8), 1000)  # fmt: skip
    for n in (5, 10, 30, 100, 1000):
        yield Scenario(f"Wilson, n = {n}, mean over shares", "at least", 0.95,
                       partial(share_coverage, n=n, p=None), 4000)  # fmt: skip
        for p in (0.02, 0.5, 0.98):
            yield Scenario(f"Wilson, n = {n}, share {p}", "at least", 0.89, partial(share_coverage, n=n, p=p), 2000)
            yield Scenario(f"partial credit, n = {n}, {p:.0%} whole", "at least", 0.95,
                           partial(bounded_coverage, n=n, p=p), 200 if n > 100 else 400)  # fmt: skip
        for won, lost in ((0.01, 0.01), (0.1, 0.05), (0.3, 0.3)):
            yield Scenario(f"Tango, n = {n}, {won} won, {lost} lost", "at least", 0.94,
                           partial(paired_coverage, n=n, won=won, lost=lost), 4000)  # fmt: skip
    for n, share in ((100, 0.5), (100, 0.95), (1000, 0.95)):
        yield Scenario(f"percentile {share:.0%} of latency, n = {n}", "at least", 0.95,
                       partial(latency_coverage, n=n, share=share), 2000)  # fmt: skip
    for gap, split in ((0.0, 0.1), (0.0, 0.3), (0.01, 0.05)):
        yield Scenario(f"power of items needed, lead {gap}, {split:.0%} split", "at least", 0.79,
                       partial(pairs_power, gap=gap, split=split), 4000)  # fmt: skip
    for a, b in ((0.9, 0.88), (0.7, 0.5), (0.98, 0.95)):
        yield Scenario(f"power of items to resolve, {a} and {b}", "at least", 0.79,
                       partial(samples_power, a=a, b=b), 4000)  # fmt: skip
    for won, lost in ((0.0, 0.005), (0.02, 0.02), (0.05, 0.03)):
        yield Scenario(f"power of requests to decide, {won} won, {lost} lost", "at least", 0.78,
                       partial(anytime_power, won=won, lost=lost), 1000)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; return 1 if a stated rate does not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="*")
    parser.add_argument("--runs", type=float, default=1.0, help="share of the runs")
    options = parser.parse_args(arguments)
    print("| what | stated | simulated | runs | ok |\n|---|---|---|---|---|")
    began, broken = time.monotonic(), 0
    for what, bound, stated, seen, runs, ok in _table(options.words, options.runs):
        broken += not ok
        print(f"| {what} | {bound} {100 * stated:g} % | {100 * seen:.1f} % | {runs:,} | {'ok' if ok else 'NO'} |",
              flush=True)  # fmt: skip
    print(f"\n{broken} of the stated rates do not hold; {time.monotonic() - began:.0f} s", file=sys.stderr)
    return int(broken > 0)


Line = tuple[str, str, float, float, int, bool]
"""What, bound, stated, simulated, runs, and whether it holds."""


def _table(words: Sequence[str], share: float) -> Iterator[Line]:
    """Simulate the scenarios with one of the words in their names, then, unless words are given, those of replays."""
    jobs = [partial(_scenario, number, share) for number, scenario in enumerate(scenarios())
            if not words or any(word in scenario.what for word in words)]  # fmt: skip
    if not words or "replay" in words:
        jobs += [partial(_replay, number, ceil(400 * share)) for number in range(len(simulate_replay.CASES))]
    if len(jobs) == 1:
        yield jobs[0]()
        return
    with ProcessPoolExecutor(2) as pool:
        for line in [pool.submit(job) for job in jobs]:
            yield line.result()


def _scenario(number: int, share: float) -> Line:
    scenario = list(scenarios())[number]
    runs = ceil(share * scenario.runs)
    rate = float(scenario.run(np.random.default_rng(number), runs).mean())
    return scenario.what, scenario.bound, scenario.stated, rate, runs, scenario.holds(rate, runs)


def _replay(number: int, replays: int) -> Line:
    what, stated, seen, runs, holds = simulate_replay.row(simulate_replay.CASES[number], replays)
    return f"endpoint path: {what}", "at most", stated, seen, runs, holds


if __name__ == "__main__":
    sys.exit(main())

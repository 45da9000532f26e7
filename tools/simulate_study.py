"""Rates of a study's verdicts on scores, policies and bills, by simulation: a part of tools/simulate.py.

Each line of CASES: what is simulated, `at most` or `at least`, the stated rate, how (a generator and a number of runs
give a 0 or 1 a run), and the runs.
"""

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from statistics import NormalDist

import numpy as np
import pandas as pd

from kit import decision, evidence, stats
from kit.decision import AnswersByItem, error_of_look
from kit.evidence import Row
from kit.stats import Estimate, is_worse

MARGIN = 0.03
LOSING = (0.035, 0.065, 0.9)
"""Chances to win, to lose and to tie of a candidate that is worse by the margin."""

Case = tuple[str, str, float, Callable[[np.random.Generator, int], np.ndarray], int]


def passes(won: int, lost: int, n: int, error: float) -> bool:
    """Apply the rule's condition: the low end, widened from its 95 % interval to that error, is above the margin."""
    found = Estimate((won - lost) / n, *stats.tango(won, lost, n), n)
    return found.lower_end(NormalDist().inv_cdf(1 - error)) > -MARGIN


def decided_among(rng: np.random.Generator, runs: int, k: int, n: int = 400) -> np.ndarray:
    """One of k candidates that are all worse by the margin passes, by Holm's first step."""
    counts = rng.multinomial(n, LOSING, size=(runs, k))
    return np.array([any(passes(won, lost, n, 0.025 / k) for won, lost, _ in run) for run in counts.tolist()])


def looked_at(rng: np.random.Generator, runs: int, looks: int, fresh: bool, n: int = 300) -> np.ndarray:
    """A candidate that is worse by the margin passes at one of the looks, at fresh or at growing evidence."""
    found = []
    for run in rng.multinomial(n, LOSING, size=(runs, looks)):
        seen = run if fresh else run.cumsum(axis=0)
        found.append(any(passes(int(won), int(lost), int(won + lost + tied), error_of_look(look))
                         for look, (won, lost, tied) in enumerate(seen, 1)))  # fmt: skip
    return np.array(found)


def lost_again(rng: np.random.Generator, runs: int) -> np.ndarray:
    """A verdict that stood is contradicted by a fresh sample, though nothing changed; 80 % power, equal candidate."""
    n = stats.items_needed(0.0, 0.1, margin=MARGIN) or 1
    counts = rng.multinomial(n, (0.05, 0.05, 0.9), size=runs).tolist()
    return np.array([is_worse(Estimate(0, *stats.tango(won, lost, n)), MARGIN) for won, lost, _ in counts])


def whole_decision(rng: np.random.Generator, runs: int, k: int) -> np.ndarray:
    """The decision says migrate or route of one of k candidates that are all worse by the margin."""
    day, n, found = date(2026, 11, 24), 400, []
    names = [f"candidate-{i}" for i in range(k)]
    for run in rng.multinomial(n, LOSING, size=(runs, k)).tolist():
        rows = [Row("old", "bill.month", 1000.0, "USD/month", "list", str(day), "bills")]
        for name, (won, lost, _) in zip(names, run, strict=True):
            low, high = (100 * end for end in stats.tango(won, lost, n))
            rows += [
                Row(name, "bill.month", 100.0, "USD/month", "list", str(day), "bills"),
                Row(name, "score.code", 80.0, "%", "measured", str(day), "mine", 76, 84, n),
                Row(name, "difference.code", 100 * (won - lost) / n, "points", "measured", str(day), "mine", low, high,
                    n, against="old"),
            ]  # fmt: skip
        rows.append(Row("old", "score.code", 80.0, "%", "measured", str(day), "mine", 76, 84, n))
        verdicts = decision.decide_all(evidence.frame(rows), names, "old", ["code"], 100 * MARGIN, day)
        found.append(any(one.verdict in ("migrate", "route") for one in verdicts))
    return np.array(found)


def policy_confirmed(rng: np.random.Generator, runs: int, k: int, n: int = 600) -> np.ndarray:
    """Of k cheaper contenders, all worse by the margin, one is chosen and confirmed on the items held out."""
    names, found = ("old@x", *(f"new{i}@x" for i in range(k))), []
    usd = np.repeat(np.array([[1.0], *([0.1 + 0.01 * i] for i in range(k))]), n, axis=1)
    nothing = np.zeros(usd.shape, bool)
    for _ in range(runs):
        gap = rng.choice([1, -1, 0], p=LOSING, size=(k, n))
        old = np.where(rng.random(n) < 0.85, 1, 0)
        new = np.where(gap == 1, np.maximum(old, gap), np.where(gap == -1, 0, old))
        marks = np.vstack([np.maximum(old, (gap == -1).any(axis=0)), new]).astype(float)
        said = np.where(marks == 1, "A", "B").astype(object)
        answered = AnswersByItem(names, np.arange(n).astype(str), np.full(n, "g"), marks, usd, said, nothing,
                                 np.full(usd.shape, np.nan))  # fmt: skip
        alone = [one for one in decision.all_policies(answered, names[0]) if one.kind == "alone"]
        found.append(decision.choose_policy(answered, alone, names[0], 100 * _loss(marks), int(rng.integers(1e6)))
                     .verdict in ("migrate", "route"))  # fmt: skip
    return np.array(found)


def _loss(marks: np.ndarray) -> float:
    """The true loss of the candidates of `policy_confirmed`, about: the mean seen over all of them."""
    return float(marks[0].mean() - marks[1:].mean())


def month_holds(rng: np.random.Generator, runs: int, days: int, likeness: float, growth: float = 0.0) -> np.ndarray:
    """The month's interval holds the truth: quiet weekends, days like the day before, growth a day."""
    dates = pd.date_range("2026-10-05", periods=days + 30)
    usual = np.where(dates.day_of_week >= 5, 0.3, 1.0) * (1 + growth) ** np.arange(days + 30)
    ahead = usual[days:] if growth else usual[:days]
    weekend = (dates.day_of_week >= 5)[days:] if growth else (dates.day_of_week >= 5)[:days]
    truth = (5 * ahead[~weekend].mean() + 2 * (ahead[weekend].mean() if weekend.any() else 0.3)) / 7 * 365 / 12
    found = []
    for _ in range(runs):
        noise = rng.standard_normal(days + 60)
        for day in range(1, len(noise)):
            noise[day] = likeness * noise[day - 1] + np.sqrt(1 - likeness**2) * noise[day]
        usd = pd.Series(usual[:days] * np.exp(0.15 * noise[60:] - 0.15**2 / 2), index=dates[:days])
        _, low, high = stats.monthly_sum(usd)
        found.append(low <= truth <= high)
    return np.array(found)


CASES: Sequence[Case] = (
    *((f"score path: any of {k} candidates worse by the margin passes", "at most", 0.025, partial(decided_among, k=k),
       4000) for k in (1, 4, 8, 20)),
    ("decision: migrate or route for any of 4 candidates worse by the margin", "at most", 0.025,
     partial(whole_decision, k=4), 60),
    *((f"score path: worse by the margin passes at one of {looks} looks, {'fresh' if fresh else 'growing'} evidence",
       "at most", 0.025, partial(looked_at, looks=looks, fresh=fresh), 4000)
      for looks in (1, 2, 6, 12) for fresh in (True, False)),
    ("a verdict that stood is contradicted by a fresh sample, nothing changed", "at most", 0.025, lost_again, 4000),
    *((f"policy path: one of {k} contenders worse by the margin is confirmed", "at most", 0.025,
       partial(policy_confirmed, k=k), 400) for k in (1, 8)),
    *((f"a month from {days} days, alike by {likeness}", "at least", stated,
       partial(month_holds, days=days, likeness=likeness), 1000)
      for days, likeness, stated in ((3, 0.0, 0.95), (14, 0.0, 0.95), (28, 0.0, 0.95), (14, 0.6, 0.88), (28, 0.6, 0.9),
                                     (60, 0.8, 0.88))),
    ("the month after 28 days that grow by 1 % a day", "at least", 0.8,
     partial(month_holds, days=28, likeness=0.0, growth=0.01), 1000),
)  # fmt: skip
"""What is simulated, the bound, the stated rate, how, and in how many runs."""

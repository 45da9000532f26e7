"""Difference: points of accepted answers gained or lost in the incumbent's place, with all that makes them unsure.

The interval holds sampling, what nobody judged (bounds), the incumbent's own noise, the judge's errors, the weight of
frequent requests and the likeness of requests from one template; and it holds at every look (`stats.anytime`), so that
a replay may go on until it decides.
"""

from dataclasses import dataclass, replace
from math import inf, sqrt
from statistics import NormalDist

import numpy as np

from kit.replay.judge import Exam
from kit.replay.outcomes import Outcomes
from kit.stats import Z95, Estimate, anytime_difference, anytime_z

__all__ = ["Difference", "corrected_share", "difference", "effective_requests", "helps_most", "student_point"]

_ENOUGH = 200
"""Requests on which the incumbent was asked twice, with which those on which it was not can be left out."""


@dataclass(frozen=True)
class Difference:
    """Share of calls with an accepted answer, candidate less incumbent.

    Attributes:
        estimate: Midway between `worst` and `best`; its interval holds for all values of what is unknown.
        worst, best: The differences seen if all that is unknown went against the candidate, or for it.
        unknown: Requests that only a judgement or an answer could tell.
        self_agreement: Share on which the incumbent agrees with itself; NaN if it was not needed or not measured.
        measured: Requests on which that was measured.
        unmeasured: Requests on which it was needed and not measured.
        effective: Independent requests of equal weight that would say as much.
        counted: Requests that the estimate rests on.
        won, lost: Shares of calls on which only the candidate was accepted, and only the incumbent, at worst.
    """

    estimate: Estimate
    worst: float
    best: float
    unknown: int
    self_agreement: float
    measured: int
    unmeasured: int
    effective: float
    counted: int
    won: float
    lost: float


def difference(outcomes: Outcomes, z: float = Z95, exam: Exam | None = None) -> Difference | None:
    """Estimate the difference with an interval at `z`; None without requests.

    Requests on which the incumbent was not asked twice are left out if it was on most others: which, was chosen before
    any answer was seen. Agreement understates a loss, since a noisy reference agrees less with anybody; the low end is
    divided by sqrt(2s - 1), s the incumbent's agreement with itself, which is exact for two labels and more than
    enough for several. The high end stays: what is noise is no loss.

    Args:
        exam: Of the judge whose verdicts are among the outcomes; without it they are taken at face value.
    """
    return outcomes.once(("difference", z, exam and id(exam)), lambda: (_difference(outcomes, z, exam), exam))[0]


def _difference(outcomes: Outcomes, z: float, exam: Exam | None) -> Difference | None:
    unmeasured, needing = int(outcomes.unmeasured.sum()), int(outcomes.agreement.sum())
    if needing - unmeasured >= min(_ENOUGH, needing / 2):
        outcomes = outcomes.at(~outcomes.unmeasured)
    if not outcomes.n:
        return None
    shift = _judged(outcomes, z, exam)
    judged = ~np.isnan(outcomes.judged) & (shift is not None)
    worst, best = (np.where(judged, 0.0, gap) for gap in (outcomes.worst, outcomes.best))
    lower = upper = _interval(worst, outcomes.calls, outcomes.groups, z)
    if not np.array_equal(worst, best):
        upper = _interval(best, outcomes.calls, outcomes.groups, z)
    low, high, seen_worst, seen_best = lower.low, upper.high, lower.value, upper.value
    if shift:
        low = lower.value + shift.value - sqrt((lower.value - low) ** 2 + (shift.value - shift.low) ** 2)
        high = upper.value + shift.value + sqrt((high - upper.value) ** 2 + (shift.high - shift.value) ** 2)
        seen_worst, seen_best = seen_worst + shift.value, seen_best + shift.value
    agreement, measured = outcomes.self_agreement
    if measured:
        room = 2 * agreement - 1
        low = low / sqrt(room) if low < 0 < room else -1.0 if room <= 0 else low
    low, high = max(-1.0, low), min(1.0, high)
    estimate = Estimate((seen_worst + seen_best) / 2, low, high)
    size, _ = effective_requests(outcomes.worst, outcomes.calls, outcomes.groups)
    won, lost = (float(np.average(outcomes.worst == sign, weights=outcomes.calls)) for sign in (1, -1))
    return Difference(
        estimate, seen_worst, seen_best, outcomes.unknown, agreement, measured, unmeasured, size, outcomes.n, won, lost
    )


def effective_requests(gaps: np.ndarray, calls: np.ndarray, groups: np.ndarray) -> tuple[float, float]:
    """Independent requests of equal weight that would say as much, and the degrees of freedom of that.

    The variance of a weighted mean over groups (linearised, as in survey sampling: Kish 1965, Survey Sampling, 5.4;
    Korn and Graubard 1998, Survey Methodology 24:193) beside that of as many independent requests; never more than
    Kish's count for the weights alone.
    """
    weights = calls / calls.sum()
    kish = 1 / float(weights @ weights)
    if np.ptp(calls) == 0 and len(np.unique(groups)) == len(groups):
        return float(len(gaps)), inf
    _, group = np.unique(groups, return_inverse=True)
    shares = np.bincount(group, weights)
    freedom = 1 / float(shares @ shares) - 1
    off = gaps - weights @ gaps
    between = float((np.bincount(group, weights * off) ** 2).sum())
    within = float(weights @ off**2)
    if between <= 1e-12 or freedom < 1e-9:
        return max(1.0, freedom + 1), max(freedom, 1e-6)
    return max(1.0, min(kish, within / (between * len(shares) / max(len(shares) - 1, 1)))), freedom


def corrected_share(positive: float, n: float, exam: Exam, verdict: str, z: float = Z95) -> Estimate:
    """Correct the share of pairs with a verdict for the judge's errors, with both samples' luck in the interval.

    Rogan and Gladen (1978), Amer. J. Epidemiology 107:71, with the interval of Lang and Reiczigel (2014), Preventive
    Veterinary Medicine 113:13; for judges: Lee et al. (2025), arXiv 2511.21140.

    Args:
        positive: Pairs with this verdict, of `n`.
        exam: Gives the judge's sensitivity and specificity for the verdict.
    """
    (hits, positives), (rejected, negatives) = exam.sensitivity(verdict), exam.specificity(verdict)
    observed, size = (positive + z**2 / 2) / (n + z**2), n + z**2
    sensitivity, specificity = (hits + 1) / (positives + 2), (rejected + 1) / (negatives + 2)
    youden = sensitivity + specificity - 1
    if youden <= 0 or (positives and negatives and hits / positives + rejected / negatives <= 1):
        return Estimate(positive / n if n else 0.0, 0.0, 1.0)
    share = (observed + specificity - 1) / youden
    luck = (
        (1 - share) ** 2 * specificity * (1 - specificity) / (negatives + 2),
        share**2 * sensitivity * (1 - sensitivity) / (positives + 2),
    )
    moved = 2 * z**2 * (
        share * sensitivity * (1 - sensitivity) / (positives + 2)
        - (1 - share) * specificity * (1 - specificity) / (negatives + 2)
    ) / youden  # fmt: skip
    half = z * sqrt(observed * (1 - observed) / size + sum(luck)) / youden
    low, high = max(0.0, share + moved - half), min(1.0, share + moved + half)
    if positives and negatives:
        share = (positive / n + rejected / negatives - 1) / (hits / positives + rejected / negatives - 1)
    return Estimate(min(max(share, low), high), low, high)


def helps_most(outcomes: Outcomes, exam: Exam, z: float = Z95) -> tuple[str, int]:
    """Name what narrows a judged difference more, `pairs` (labelled) or `requests` (replayed), and their number now.

    The interval is computed with twice as many of each; the one that lifts its low end more is named.
    """
    more_pairs = replace(exam, pairs=2 * exam.pairs, counts={key: 2 * n for key, n in exam.counts.items()})
    twice = outcomes.at(np.tile(np.arange(outcomes.n), 2))
    twice = replace(twice, groups=np.concatenate([outcomes.groups, outcomes.groups.max() + 1 + outcomes.groups]))
    lows = [gap.estimate.low if (gap := difference(*arguments)) else -1.0
            for arguments in ((outcomes, z, more_pairs), (twice, z, exam))]  # fmt: skip
    return ("pairs", exam.pairs) if lows[0] > lows[1] else ("requests", outcomes.n)


def _judged(outcomes: Outcomes, z: float, exam: Exam | None) -> Estimate | None:
    """The judged requests' part of the difference, corrected for the judge's errors; None if there is none."""
    judged = ~np.isnan(outcomes.judged)
    if exam is None or not judged.any():
        return None
    weights = outcomes.calls[judged]
    part = float(weights.sum() / outcomes.calls.sum())
    gaps = outcomes.judged[judged]
    size, _ = effective_requests(gaps, weights, outcomes.groups[judged])
    z = anytime_z(size, z)
    shares = [float(weights @ (gaps == sign) / weights.sum()) for sign in (-1, 1)]
    worse, better = (corrected_share(share * size, size, exam, verdict, z)
                     for share, verdict in zip(shares, ("worse", "better"), strict=True))  # fmt: skip
    value = better.value - worse.value
    down = sqrt((better.value - better.low) ** 2 + (worse.high - worse.value) ** 2)
    up = sqrt((better.high - better.value) ** 2 + (worse.value - worse.low) ** 2)
    return Estimate(part * value, part * (value - down), part * (value + up))


def _interval(gaps: np.ndarray, calls: np.ndarray, groups: np.ndarray, z: float) -> Estimate:
    """The weighted mean of outcomes of -1, 0 and 1, by the anytime interval of as many independent requests."""
    size, freedom = effective_requests(gaps, calls, groups)
    won, lost, total = (float(calls[chosen].sum()) for chosen in (gaps == 1, gaps == -1, slice(None)))
    low, high = anytime_difference(size * won / total, size * lost / total, size, student_point(z, freedom))
    return Estimate((won - lost) / total, low, high)


def student_point(z: float, freedom: float) -> float:
    """The point of Student's t at the level of `z`, a point of the normal distribution."""
    if freedom == inf:
        return z
    from scipy.special import stdtrit  # late, as scipy takes 0.3 s to import

    return min(1e3, float(stdtrit(max(freedom, 0.05), NormalDist().cdf(z))))

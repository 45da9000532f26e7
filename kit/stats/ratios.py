"""Intervals of a ratio: what a success costs, and what it costs one model over another on the same requests.

A ratio is skewed, and a share near 1 has no failures to show its spread, so neither "plus or minus two errors" nor a
bootstrap holds here. Each part gets an interval that behaves at its end (Wilson's for a share), and the parts are put
together on the log scale by MOVER: Zou and Donner (2008), Statistics in Medicine 27:1693; with parts that move
together, as cost and success of one request do, Zou (2007), Psychological Methods 12:399.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, exp, inf, log, sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING

from kit.errors import KitError
from kit.stats.estimate import Estimate
from kit.stats.intervals import Z95, wilson

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike

_FAR = 12.0
"""Logarithm of a ratio beyond which an end says nothing."""

_SKEWNESS = 20
"""Requests from which on skewness can be told, and a verdict may be."""

__all__ = ["per_success", "per_success_ratio", "product", "requests_needed", "share_ratio"]


def per_success(costs: ArrayLike, successes: ArrayLike, z: float = Z95) -> Estimate:
    """Return the cost of a success: all costs over the number of successes; a failure's cost is borne by the successes.

    The mean cost over the share of successes (Wilson's). The mean's interval is the widest end each of Student's t,
    of the same corrected for skewness (Hall 1992), and of the lognormal's (Zhou and Gao 1997, Statistics in Medicine
    16:783, Cox's method): t alone covers 82 to 92 % where a few requests cost thirty times the median, since a sample
    without them looks both cheap and sure.

    Args:
        costs: USD, a request each.
        successes: 1 or 0 of the same requests.

    Raises:
        KitError: If there are fewer than two requests, or no success.
    """
    usd, marks = _checked(costs, successes)
    value = float(usd.sum() / marks.sum())
    if value == 0:
        return Estimate(0.0, 0.0, 0.0)
    share, off = float(marks.mean()), usd / usd.mean() - 1
    low, high = wilson(share, len(usd), z)
    return _quotient(value, _reach(usd, None, z), (log(share / low), log(high / share)), _together(off, marks))


def per_success_ratio(
    costs: ArrayLike, successes: ArrayLike, other_costs: ArrayLike, other_successes: ArrayLike, z: float = Z95
) -> Estimate:
    """Return the cost of a success to A over that to B, on the same requests.

    The ratio of mean costs, paired, since a long request is long for both, over the ratio of shares of successes
    (`share_ratio`). The widest end each of Fieller (1954), J. R. Statist. Soc. B 16:175, of the same corrected for
    skewness, and of the paired lognormal's, as in `per_success`: none alone keeps "cheaper" at a true ratio of 1 to
    2.5 % where costs have heavy tails.

    Args:
        costs: Of A, USD, a request each.
        successes: Of A, 1 or 0.
        other_costs: Of B on the same requests.
        other_successes: Of B.

    Raises:
        KitError: If there are fewer than two requests, no success of one of them, or B costs nothing.
    """
    usd, marks = _checked(costs, successes)
    other_usd, other_marks = _checked(other_costs, other_successes)
    if not other_usd.any():
        raise KitError("ratio: nothing can be set against a cost of 0")
    value = float(usd.sum() / marks.sum() / (other_usd.sum() / other_marks.sum()))
    if value == 0:
        return Estimate(0.0, 0.0, 0.0)
    both = float(marks @ other_marks)
    only_a, only_b = float(marks.sum()) - both, float(other_marks.sum()) - both
    shares = share_ratio(both, only_a, only_b, z)
    off = usd / usd.mean() - other_usd / other_usd.mean()
    moved = marks / marks.mean() - other_marks / other_marks.mean()
    down, up = log(shares.value / shares.low), log(shares.high / shares.value)
    return _quotient(value, _reach(usd, other_usd, z), (down, up), _together(off, moved))


def share_ratio(both: float, only_a: float, only_b: float, z: float = Z95) -> Estimate:
    """The share of successes of A over that of B on the same items; items that both failed on say nothing of it.

    Bonett and Price (2006), Statistics in Medicine 25:3039, their hybrid of Wilson's intervals; recommended by
    Fagerland, Lydersen and Laake (2014), same journal 33:2850.

    Raises:
        KitError: If one of them has no success.
    """
    n, a, b = both + only_a + only_b, both + only_a, both + only_b
    if not (a and b):
        raise KitError("ratio: a model without a success has no share to compare")
    joint = sqrt((only_a + only_b + 2) / ((a + 1) * (b + 1)))
    alone = [sqrt((1 - (count + 1) / (n + 2)) / (count + 1)) for count in (a, b)]
    narrowed = z * joint / sum(alone)
    low_a, high_a = wilson(a / n, n, narrowed)
    low_b, high_b = wilson(b / n, n, narrowed)
    return Estimate(a / b, low_a / high_b, high_a / low_b)


def product(factor: Estimate, amount: Estimate) -> Estimate:
    """A factor of any sign times an independent amount above 0: a relative saving times a bill.

    Newcombe (2016), Statistical Methods in Medical Research 25:1774, MOVER-R for products; his example, too, is a
    relative change times a baseline. The product's interval holds 0 just where the factor's does, so a bill that is
    known badly cannot turn the sign of a saving.
    """
    low = _low_end(factor.value, factor.low, amount)
    high = 0.0 - _low_end(-factor.value, -factor.high, amount)
    value = factor.value * amount.value
    return Estimate(value, min(low, value), max(high, value))  # rounding must not put the value itself outside


def requests_needed(ratio: Estimate, n: int, z: float = Z95, power: float = 0.8) -> int | None:
    """Requests on which a ratio as far from 1 as this one leaves 1 outside its interval, at that power.

    The normal approximation on the log scale: errors shrink with the root of the number of requests. None if the ratio
    is 1, which no number of requests tells from 1.

    Args:
        ratio: With its interval at `z`.
        n: Requests it was seen on.
    """
    if ratio.value in (0, 1):
        return None if ratio.value else 2
    end = ratio.high if ratio.value < 1 else ratio.low
    error = abs(log(end / ratio.value)) / z
    return max(2, ceil(n * ((z + NormalDist().inv_cdf(power)) * error / log(ratio.value)) ** 2))


def _checked(costs: ArrayLike, successes: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    import numpy as np  # late, so that a service which imports intervals does not pay for it

    usd, marks = np.asarray(costs, dtype=float), np.asarray(successes, dtype=float)
    if len(usd) != len(marks) or len(usd) < 2:
        raise KitError(
            f"ratio: {len(usd)} costs of {len(marks)} requests; at least 2 requests and a cost each are needed"
        )
    if not (usd >= 0).all():
        raise KitError("ratio: a cost is unknown or below 0; leave the ratio out where a cost is not known")
    if not marks.any():
        raise KitError("ratio: without a success there is no cost of one")
    return usd, marks


def _reach(usd: np.ndarray, other: np.ndarray | None, z: float) -> tuple[float, float]:
    """Return how far the interval of a mean, or of a ratio of means, reaches down and up from it, on the log scale."""
    from scipy.special import ndtr, stdtrit  # late, as scipy takes 0.3 s to import

    t = float(stdtrit(len(usd) - 1, ndtr(z)))
    ends = [_by_t(usd, t) if other is None else _fieller(usd, other, t)]
    if len(usd) >= _SKEWNESS:
        ends.append(_by_skewness(usd, other, t))
    if usd.min() > 0 and (other is None or other.min() > 0):
        low, high = _lognormal(usd, other, t)
        middle = log(usd.mean()) - (0.0 if other is None else log(other.mean()))
        ends.append((middle - low, high - middle))
    return max(down for down, _ in ends), max(up for _, up in ends)


def _by_t(usd: np.ndarray, t: float) -> tuple[float, float]:
    half = t * float(usd.std(ddof=1) / usd.mean()) / sqrt(len(usd))
    return half, half


def _fieller(usd: np.ndarray, other: np.ndarray, t: float) -> tuple[float, float]:
    """All ratios r at which the mean of usd - r * other is within t errors of 0; the delta method's if r has no end."""
    import numpy as np

    ours, theirs = usd / usd.mean(), other / other.mean()
    (of_ours, both), (_, of_theirs) = np.cov(ours, theirs) * t**2 / len(usd)
    square, linear = 1 - of_theirs, 1 - both
    root = linear**2 - square * (1 - of_ours)
    if square > 0 and root >= 0 and linear - sqrt(root) > 0:
        return -log((linear - sqrt(root)) / square), log((linear + sqrt(root)) / square)
    half = t * float((ours - theirs).std(ddof=1)) / sqrt(len(usd))
    return half, half


def _by_skewness(usd: np.ndarray, other: np.ndarray | None, t: float) -> tuple[float, float]:
    """The same with t corrected for skewness: Hall (1992), J. R. Statist. Soc. B 54:221, by a cubic transformation.

    A sample of skewed costs that lacks the dear ones has a low mean and a small error, so t alone calls it cheap too
    often. Moments of usd - r * other are polynomials in r, so the ends are found without the requests.
    """
    n = len(usd)
    ours = usd / usd.mean() - 1
    theirs = 0 * ours if other is None else other / other.mean() - 1
    # sums, not dot products: those differ in the last digit with the number of threads
    second = [float((one * other).sum()) / (n - 1) for one, other in ((ours, ours), (ours, theirs), (theirs, theirs))]
    third = [float((ours ** (3 - k) * theirs**k).mean()) for k in range(4)]

    def outside(reach: float) -> bool:
        r = exp(reach)
        spread = second[0] - 2 * r * second[1] + r**2 * second[2]
        skew = third[0] - 3 * r * third[1] + 3 * r**2 * third[2] - r**3 * third[3]
        if spread <= 1e-24:
            return reach != 0
        deviation = sqrt(spread * (n - 1) / n)
        off, bend = (1 - r) / deviation, skew / deviation**3
        return abs(off + bend * off**2 / 3 + bend**2 * off**3 / 27 + bend / (6 * n)) * sqrt(n) > t

    return _last_inside(outside, -1), _last_inside(outside, 1)


def _last_inside(outside: Callable[[float], bool], sign: int) -> float:
    """Return the distance from 0 up to which it stays inside, at most _FAR."""
    inside, beyond = 0.0, 0.02
    while not outside(sign * beyond):
        inside, beyond = beyond, 1.6 * beyond
        if beyond > _FAR:
            return _FAR
    for _ in range(24):
        middle = (inside + beyond) / 2
        inside, beyond = (inside, middle) if outside(sign * middle) else (middle, beyond)
    return inside


def _lognormal(usd: np.ndarray, other: np.ndarray | None, t: float) -> tuple[float, float]:
    """The interval of the log of a mean, or of a ratio of means, if logs are normal: mean + variance / 2.

    It is widened by 4 / n, as simulated: the variance is uncertain, too, and skewed.
    """
    import numpy as np

    n = len(usd)
    ours = np.log(usd)
    theirs = np.zeros(n) if other is None else np.log(other)
    (of_ours, both), (_, of_theirs) = np.cov(ours, theirs)
    middle = float(ours.mean() - theirs.mean() + (of_ours - of_theirs) / 2)
    of_means = max(0.0, of_ours + of_theirs - 2 * both)
    of_variances = max(0.0, of_ours**2 + of_theirs**2 - 2 * both**2) / 2
    half = (1 + 4 / n) * t * sqrt(of_means / n + of_variances / (n - 1))
    return middle - half, middle + half


def _together(one: np.ndarray, other: np.ndarray) -> float:
    """The correlation of two parts over requests; 0 where one does not vary."""
    spread = one.std() * other.std()
    return float(((one - one.mean()) * (other - other.mean())).mean() / spread) if spread > 1e-12 else 0.0


def _quotient(value: float, top: tuple[float, float], bottom: tuple[float, float], together: float) -> Estimate:
    """MOVER for a quotient; how far each part reaches down and up is given on the log scale."""

    def reach(one: float, other: float) -> float:
        return exp(sqrt(max(0.0, one**2 + other**2 - 2 * together * one * other)))

    return Estimate(value, value / reach(top[0], bottom[1]), value * reach(top[1], bottom[0]))


def _low_end(factor: float, low: float, amount: Estimate) -> float:
    """The lower root of MOVER's quadratic, in v = 1 / amount: where factor - product * v is just no longer above 0."""
    if low == 0:
        return 0.0
    v = 1 / amount.value
    # a gain is least where the amount is least, a loss is worst where it is largest
    w = v - 1 / amount.high if low < 0 else (1 / amount.low if amount.low > 0 else inf) - v
    room, reach = v**2 - w**2, low * (2 * factor - low)
    root = sqrt(factor**2 * v**2 - room * reach)
    return reach / (factor * v + root) if factor >= 0 else (factor * v - root) / room

"""Bounded: the interval of a mean of values that cannot leave a known range, such as partial credit from 0 to 1.

Student's t fails where most values are equal and a few are far off: on a share of fields it errs in 6 to 11 % of runs
instead of 2.5 %, and two equal values have no width at all. This interval supposes one more value at the far end of
the range: Gaffke (2005), "Three test statistics for a nonparametric one-sided hypothesis on the mean of a nonnegative
variable", Math. Methods Statist. 14:451; Learned-Miller and Thomas (2020), arXiv 1905.06208. For right and wrong it is
the exact interval of Clopper and Pearson.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, pi, sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING

from kit.errors import KitError
from kit.stats.intervals import Z95

if TYPE_CHECKING:
    import numpy as np

__all__ = ["bounded_mean_interval"]


def bounded_mean_interval(
    values: Sequence[float], least: float, most: float, z: float = Z95, scale: float = 1.0
) -> tuple[float, float]:
    """Return the interval of the mean of values from `least` to `most`; its width is never 0.

    A mean is left out if random weights (a Bayesian bootstrap with one value more, at the end of the range) put the
    weighted mean beyond it with a chance below that of `z`. The chance is that of a sum of weighted exponential
    variables, by the saddlepoint formula of Lugannani and Rice (1980), Adv. Appl. Probab. 12:475.

    Args:
        z: The point of the normal distribution for one side.
        scale: Independent values that each value is worth; below 1 where values come in groups.

    Raises:
        KitError: If there are no values, or one is outside the range.
    """
    import numpy as np  # late, so that a service which imports intervals does not pay for it

    if not len(values):
        raise KitError("mean: 0 values have no interval; at least 1 is needed")
    distinct, counts = np.unique(np.asarray(values, dtype=float), return_counts=True)
    if not (least <= distinct[0] and distinct[-1] <= most):  # also where a value is not a number
        raise KitError(f"mean: {distinct[0]} to {distinct[-1]} are not values between {least} and {most}")
    return _lower(distinct, scale * counts, least, z), -_lower(-distinct, scale * counts, -most, z)


def _lower(values: np.ndarray, counts: np.ndarray, least: float, z: float) -> float:
    """Return the largest mean that the weighted mean is below with no more than the chance of `z`."""
    import numpy as np

    values, counts = np.append(values, least), np.append(counts, 1.0)
    if values.max() <= least:
        return least
    low, high = least, float(values @ counts / counts.sum())
    goal = NormalDist().cdf(-z)
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if _chance_below(values - middle, counts) <= goal else (low, middle)
    return low


def _chance_below(off: np.ndarray, counts: np.ndarray) -> float:
    """Return the chance that a weighted sum of `off` is below 0, where its expectation is above 0."""
    import numpy as np

    if off.min() >= 0:
        return 0.0
    t = _saddlepoint(off, counts)
    height = -float(counts @ np.log1p(-t * off))
    bend = float(counts @ (off / (1 - t * off)) ** 2)
    signed, slope = -sqrt(max(0.0, -2 * height)), t * sqrt(bend)
    if signed > -1e-6:
        return 0.5
    return NormalDist().cdf(signed) + exp(-(signed**2) / 2) / sqrt(2 * pi) * (1 / signed - 1 / slope)


def _saddlepoint(off: np.ndarray, counts: np.ndarray) -> float:
    """Return the negative t at which the cumulant function, -sum of counts * log(1 - t * off), is least."""
    low, high = 1 / float(off.min()), 0.0
    for _ in range(50):
        t = (low + high) / 2
        low, high = (t, high) if float(counts @ (off / (1 - t * off))) < 0 else (low, t)
    return (low + high) / 2

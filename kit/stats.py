"""How sure a share is, from the number of items alone."""

from collections.abc import Sequence
from math import ceil, sqrt
from statistics import fmean, stdev

from kit.errors import KitError

__all__ = ["Z95", "difference", "items_to_resolve", "mean_interval", "wilson"]

Z95 = 1.959963984540054
"""The 97.5 % point of the normal distribution: a 95 % interval leaves 2.5 % on each side."""


def wilson(share: float, n: int) -> tuple[float, float]:
    """The 95 % interval of a share of `n` independent items.

    Wilson (1927), J. Am. Stat. Assoc. 22:209; the recommended default in Brown, Cai and DasGupta (2001),
    Statistical Science 16:101. `share` need not be a whole number of items: published scores are rounded.

    Raises:
        KitError: If there are no items, or the share is not between 0 and 1.
    """
    if n < 1:
        raise KitError(f"n: {n} items have no interval; at least 1 is needed")
    if not 0 <= share <= 1:
        raise KitError(f"share: {share} is not between 0 and 1")
    centre = (share + Z95**2 / (2 * n)) / (1 + Z95**2 / n)
    half = Z95 * sqrt(share * (1 - share) / n + Z95**2 / (4 * n**2)) / (1 + Z95**2 / n)
    # rounding must not put the share itself outside
    return max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half))


def difference(a: float, b: float, n_a: int, n_b: int) -> tuple[float, float]:
    """The 95 % interval of `a - b`, two shares of independent samples.

    Newcombe (1998), Statistics in Medicine 17:873, method 10. Two models that answered the same items are paired,
    and a paired interval is narrower; published scores do not say who missed what, so this is the honest one.
    """
    low_a, high_a = wilson(a, n_a)
    low_b, high_b = wilson(b, n_b)
    return (a - b - sqrt((a - low_a) ** 2 + (high_b - b) ** 2), a - b + sqrt((high_a - a) ** 2 + (b - low_b) ** 2))


def mean_interval(values: Sequence[float]) -> tuple[float, float]:
    """The 95 % interval of a mean, by Student's t: it leans on the mean of many, not on the values being normal.

    Raises:
        KitError: If there are fewer than two values, which say nothing of their spread.
    """
    from scipy.special import stdtrit  # takes 0.3 s to import, which a build with nothing to run should not pay

    n = len(values)
    if n < 2:
        raise KitError(f"mean: {n} values have no interval; at least 2 are needed")
    half = float(stdtrit(n - 1, 0.975)) * stdev(values) / sqrt(n)
    return fmean(values) - half, fmean(values) + half


def items_to_resolve(a: float, b: float) -> int | None:
    """Items each model must answer before a gap as wide as `a - b` leaves 0 outside its 95 % interval.

    The normal approximation for independent samples; None if there is no gap, which no number of items resolves.
    """
    if a == b:
        return None
    return max(1, ceil(Z95**2 * (a * (1 - a) + b * (1 - b)) / (a - b) ** 2))

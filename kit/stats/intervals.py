"""Intervals of a share or a mean: of independent items, of items in groups, of several tries; and of several tests.

What two models did on the same items is in `kit.stats.paired`.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from math import ceil, inf, prod, sqrt
from statistics import NormalDist, fmean, stdev

from kit.errors import KitError
from kit.stats.estimate import Z95

__all__ = [
    "Z95",
    "clustered_error",
    "clustered_interval",
    "holm",
    "interval_p",
    "items_to_resolve",
    "mean_interval",
    "mean_pass_at_k",
    "pass_at_k",
    "quantile",
    "quantile_interval",
    "simultaneous_z",
    "t95",
    "unpaired_interval",
    "wilson",
]



def t95(freedom: float) -> float:
    """The 97.5 % point of Student's t, by which an interval from few values is wider than one from many."""
    from scipy.special import stdtrit  # takes 0.3 s to import, which a build with nothing to run should not pay

    return float(stdtrit(freedom, 0.975))


def wilson(share: float, n: float, z: float = Z95) -> tuple[float, float]:
    """The 95 % interval of a share of `n` independent items.

    Wilson (1927), J. Am. Stat. Assoc. 22:209; the recommended default in Brown, Cai and DasGupta (2001),
    Statistical Science 16:101. `share` need not be a whole number of items: published scores are rounded.
    Items that come in groups are not independent: see `clustered_interval`.

    Raises:
        KitError: If there are no items, or the share is not between 0 and 1.
    """
    if n < 1:
        raise KitError(f"n: {n} items have no interval; at least 1 is needed")
    if not 0 <= share <= 1:
        raise KitError(f"share: {share} is not between 0 and 1")
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    # rounding must not put the share itself outside
    return max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half))


def unpaired_interval(a: float, b: float, n_a: int, n_b: int) -> tuple[float, float]:
    """The 95 % interval of `a - b`, two shares of independent samples.

    Newcombe (1998), Statistics in Medicine 17:873, method 10. Two models that answered the same items are paired,
    and a paired interval is narrower (`kit.stats.paired`); published scores do not say who missed what, so this is the
    honest one.
    """
    low_a, high_a = wilson(a, n_a)
    low_b, high_b = wilson(b, n_b)
    return (a - b - sqrt((a - low_a) ** 2 + (high_b - b) ** 2), a - b + sqrt((high_a - a) ** 2 + (b - low_b) ** 2))


def mean_interval(values: Sequence[float]) -> tuple[float, float]:
    """The 95 % interval of a mean, by Student's t: it leans on the mean of many, not on the values being normal.

    Raises:
        KitError: If there are fewer than two values, which say nothing of their spread.
    """
    n = len(values)
    if n < 2:
        raise KitError(f"mean: {n} values have no interval; at least 2 are needed")
    half = t95(n - 1) * stdev(values) / sqrt(n)
    return fmean(values) - half, fmean(values) + half


def quantile(values: Sequence[float], share: float) -> float | None:
    """The value that a share of the values does not exceed: the smallest one with so many at or below it.

    None where fewer than 1 / (1 - share) values are there: the 95th percentile of ten would be their largest by another
    name, and would grow with every value that comes.

    Raises:
        KitError: If the share is not between 0 and 1.
    """
    if not 0 < share < 1:
        raise KitError(f"share: {share} is not between 0 and 1")
    if len(values) * (1 - share) < 1 - 1e-9:  # 20 * (1 - 0.95) is a little below 1
        return None
    return sorted(values)[ceil(share * len(values) - 1e-9) - 1]


def quantile_interval(values: Sequence[float], share: float) -> tuple[float, float]:
    """Return the 95 % interval of a quantile, free of assumptions about how the values are spread.

    Two of the values themselves, by rank: how many lie below the quantile is binomial (David and Nagaraja 2003, Order
    Statistics, 7.1). An end is infinite where too few values are there to bound it: above the 95th percentile with
    fewer than 72.

    Raises:
        KitError: If there are no values, or the share is not between 0 and 1.
    """
    from scipy.special import bdtr  # the binomial distribution; late, as scipy takes 0.3 s to import

    if not len(values) or not 0 < share < 1:
        raise KitError(f"quantile: {len(values)} values at {share}; a value and a share from 0 to 1 are needed")
    ordered, n = sorted(values), len(values)
    # the k-th value is above the quantile only if fewer than k are below it
    low = max((k for k in range(1, n + 1) if float(bdtr(k - 1, n, share)) <= 0.025), default=0)
    high = min((k for k in range(1, n + 1) if float(bdtr(k - 1, n, share)) >= 0.975), default=n + 1)
    return ordered[low - 1] if low else -inf, ordered[high - 1] if high <= n else inf


def simultaneous_z(count: int, z: float = Z95) -> float:
    """Return the point of the normal distribution by which `count` intervals hold together, or the best of them alone.

    Bonferroni's. Use it for a figure of the candidate that looked best of several: the interval of one look held the
    truth in 88 % for the best of 4 and in 73 % for that of 8, where 95 was stated.

    Raises:
        KitError: If the count is below 1.
    """
    if count < 1:
        raise KitError(f"count: {count} intervals; at least 1 is needed")
    return NormalDist().inv_cdf(1 - NormalDist().cdf(-z) / count)


def items_to_resolve(a: float, b: float, power: float = 0.8) -> int | None:
    """Return the items that each of two independent samples must have for 0 to leave the 95 % interval of `a - b`.

    At that power, if the shares are truly `a` and `b`: Fleiss, Levin and Paik (2003), Statistical Methods for Rates and
    Proportions, 4.1. For two models on the same items it is `paired.items_needed`, which is fewer. None if there is no
    gap, which no number of items resolves.
    """
    if a == b:
        return None
    middle = (a + b) / 2
    supposed = Z95 * sqrt(2 * middle * (1 - middle))
    observed = NormalDist().inv_cdf(power) * sqrt(a * (1 - a) + b * (1 - b))
    return max(1, ceil(((supposed + observed) / (a - b)) ** 2))


def clustered_error(values: Sequence[float], groups: Sequence[Hashable]) -> tuple[float, int]:
    """Standard error of the mean of values that come in groups, and its degrees of freedom (groups less one).

    Miller (2024), "Adding error bars to evals", arXiv 2411.00640, with each group's part divided by 1 - (its share of
    the values): Bell and McCaffrey (2002), Survey Methodology 28:169, for a mean. That takes away the downward bias
    that few groups have, and gives the plain standard error where each value is its own group.

    Raises:
        KitError: If there are fewer than two groups, or not one group a value.
    """
    if len(values) != len(groups):
        raise KitError(f"groups: {len(groups)} for {len(values)} values; each value needs its group")
    sizes, mean = Counter(groups), fmean(values) if len(values) else 0.0
    if len(sizes) < 2:
        raise KitError(f"groups: {len(sizes)} of them have no interval; at least 2 are needed")
    off: defaultdict[Hashable, float] = defaultdict(float)
    for value, group in zip(values, groups, strict=True):
        off[group] += value - mean
    n = len(values)
    return sqrt(sum(off[group] ** 2 / (1 - size / n) for group, size in sizes.items())) / n, len(sizes) - 1


def clustered_interval(values: Sequence[float], groups: Sequence[Hashable]) -> tuple[float, float]:
    """The 95 % interval of the mean of scores that come in groups: subjects, passages, samples of one task.

    Use it where the groups stand for more of their kind: the score is then of such subjects, not only of these.
    Without groups, or where exactly these subjects are the question, use `wilson`.

    Wilson's interval of as many independent items as would have the clustered error, with Student's t for z, as for
    surveys: Franco et al. (2019), J. Survey Stat. Methodol. 7:334; Korn and Graubard (1998), Survey Methodology 24:193.
    Simulated with 29 groups or more of like size and shares of 0.5 to 0.9 it covered 93 to 96 %; mean plus or minus t
    errors did so at 0.5, but fell to 55 % near 1. A dozen groups of very unlike size, or shares near 1 that differ much
    from group to group, bring it down to 80 to 92 %: no formula makes many groups out of few.

    Args:
        values: From 0 to 1.
        groups: Which group each value is of.

    Raises:
        KitError: If a value is not between 0 and 1, or there are fewer than two groups.
    """
    if odd := [value for value in values if not 0 <= value <= 1]:
        raise KitError(f"values: {odd[0]} is not between 0 and 1")
    error, freedom = clustered_error(values, groups)
    mean = min(1.0, max(0.0, fmean(values)))
    # where nothing varies, nothing shows that a group's values are more than one
    effective = mean * (1 - mean) / error**2 if error > 1e-9 else freedom + 1
    return wilson(mean, max(1.0, effective), t95(freedom))


def pass_at_k(n: int, c: int, k: int) -> float:
    """The chance that at least one of `k` tries passes, from `n` tries of which `c` passed, without bias.

    1 - C(n - c, k) / C(n, k), as a product of which no factor overflows: Chen et al. (2021), "Evaluating large
    language models trained on code", arXiv 2107.03374, figure 3.

    Raises:
        KitError: If the numbers cannot be: more passed than were tried, or fewer tried than k.
    """
    if not 0 <= c <= n:
        raise KitError(f"pass@{k}: {c} of {n} tries passed; that cannot be")
    if k < 1:
        raise KitError(f"pass@{k}: k must be at least 1")
    if k > n:
        raise KitError(f"pass@{k}: takes at least {k} tries of each task; here are {n}")
    return 1.0 if n - c < k else 1 - prod(1 - k / i for i in range(n - c + 1, n + 1))


def mean_pass_at_k(tasks: Iterable[tuple[int, int]], k: int) -> tuple[float, float, float]:
    """Mean pass@k over tasks, each given as (tries, passed), and its 95 % interval; the tries of a task are one group.

    Raises:
        KitError: As `pass_at_k`, or if there are fewer than two tasks.
    """
    rates = [pass_at_k(n, c, k) for n, c in tasks]
    low, high = clustered_interval(rates, range(len(rates)))
    return fmean(rates), low, high


def interval_p(difference: float, low: float, high: float, n: int | None = None) -> float:
    """The two-sided p-value that a difference's 95 % interval stands for: near 0.05 where an end is 0.

    Altman and Bland (2011), BMJ 343:d2304, by the half of the interval that looks towards 0, as intervals need not be
    symmetric. For comparisons of which the interval is all that is known; where items are, `paired.mcnemar` is exact.

    Args:
        n: Items that both answered, if it is a difference of shares. Its spread is then taken as it would be without a
            difference, as McNemar's test does: farther out the interval's own spread is too small.
    """
    half = difference - low if difference > 0 else high - difference
    if half <= 0:
        return 0.0 if difference else 1.0
    z = Z95 * abs(difference) / half
    return 2 * NormalDist().cdf(-z / sqrt(1 + z**2 / n) if n else -z)


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Adjusted p-values, in the order given: below 0.05 where a difference stands though several were tested.

    Holm (1979), Scand. J. Statistics 6:65: the chance of even one false alarm among all stays at 5 %, whichever of
    the differences are real.

    Raises:
        KitError: If a p-value is not between 0 and 1.
    """
    adjusted, largest = {}, 0.0
    for rank, name in enumerate(sorted(p_values, key=lambda name: p_values[name])):
        if not 0 <= p_values[name] <= 1:
            raise KitError(f"{name}: p = {p_values[name]} is not between 0 and 1")
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[name]))
        adjusted[name] = largest
    return {name: adjusted[name] for name in p_values}

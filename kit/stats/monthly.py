"""From days to a month: a sum or a ratio of daily sums, and how sure the day-to-day variation lets us be of it.

Weekdays and weekends are two strata, since that they differ is known and is no doubt about the month. Busy days come in
a row, which is measured and widens the interval; so does growth, if the log shows it. A log of less than a week lacks
some days of the week, which may be empty or twice as busy, so its month is a rough guess.
"""

from __future__ import annotations

from math import isnan, sqrt
from typing import TYPE_CHECKING

from kit import text
from kit.errors import UsageError
from kit.stats import intervals

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import pandas as pd

__all__ = ["MONTH", "Range", "monthly_sum", "monthly_sum_in_words", "ratio_in_words", "ratio_of_days"]

MONTH = 365 / 12
"""Days in a month."""

Range = tuple[float, float, float]
"""A value and the ends of its 95 % interval, which are not numbers where there is none."""

_TREND = 1.3
"""Errors of the slope from which on a trend counts: a level log shows one of 20 %, and growth must not be missed."""

_SATURDAY = 5
_WEEK = 7


def monthly_sum(usd: pd.Series, calls: float = 0) -> Range:
    """Estimate what a month of such days costs, with a 95 % interval.

    The mean of a stratified sample, five weekdays to two days of a weekend: Cochran (1977), Sampling Techniques, 5.4;
    degrees of freedom by Satterthwaite (1946), Biometrics Bulletin 2:110. Days in a row are alike: the variance is that
    of as many independent days as their correlation with the day before leaves (Cochran 8.11), corrected for the bias
    of few days (Kendall 1954, Biometrika 41:403). If the log shows a trend, the interval reaches to the month that
    follows it.

    Args:
        usd: A sum for each whole day, by date, days on which nothing came included; not a number if it is unknown.
        calls: How many calls it is the sum of, if that is known: days that happen to be alike do not make it surer than
            a count of so many.

    Raises:
        UsageError: If there are no days.
    """
    if usd.empty:
        raise UsageError("days: there are none; a month is told from one day at least")
    values = usd.to_numpy(float)
    strata = _strata(usd)
    shares = [2 / _WEEK, 5 / _WEEK] if len(strata) == 2 else [1.0]
    mean = sum(share * float(values[days].mean()) for share, days in zip(shares, strata, strict=True))
    half = max(intervals.Z95 * abs(mean) / sqrt(calls) if calls else 0.0, _half(values, strata, shares))
    low, high = _with_trend(values, strata, mean, half)
    if len(values) < _WEEK:  # the other days of the week may be empty, or twice as busy
        seen, spread = len(values) / _WEEK, 0.0 if isnan(half) else half
        low, high = min(mean, seen * (mean - spread)), max(mean, (2 - seen) * (mean + spread))
    low = max(0.0, low) if (values >= 0).all() else low
    return mean * MONTH, low * MONTH, high * MONTH


def ratio_of_days(usd: pd.Series, over: pd.Series) -> Range:
    """Divide one sum by the other, with a 95 % interval of the ratio.

    The combined ratio of a stratified sample, its error by the residuals: Cochran (1977), sections 6.4 and 6.11. Both
    go up on a busy day, so the ratio is far surer than either sum.

    Args:
        usd, over: Sums for the same days.

    Raises:
        UsageError: If there are no days, or all of `over` is nothing.
    """
    if usd.empty or not over.sum():
        raise UsageError("days: there is nothing to divide by")
    times, strata = float(usd.sum() / over.sum()), _strata(usd)
    shares = [len(days) / len(usd) for days in strata]
    half = _half((usd - times * over).to_numpy(float), strata, shares) / float(over.mean())
    return times, times - half, times + half


def monthly_sum_in_words(usd: float, low: float, high: float) -> str:
    """Say a month in words: `$36.90 a month (95 % interval $33.10 to $40.70)`."""
    if isnan(usd):
        return "no monthly sum, as the log covers less than one day"
    return f"{text.dollars(usd)} a month ({_within(low, high, text.dollars)})"


def ratio_in_words(times: float, low: float, high: float) -> str:
    """Say a ratio in words: `8.3 times (95 % interval 8.1 to 8.4)`, `0.042 times (...)`."""

    def digits(value: float) -> str:
        return f"{value:.1f}" if value >= 1 else f"{value:.2g}"

    return f"{digits(times)} times ({_within(low, high, digits)})"


def _within(low: float, high: float, in_words: Callable[[float], str]) -> str:
    return "one day has no interval" if isnan(low) else f"95 % interval {in_words(low)} to {in_words(high)}"


def _strata(usd: pd.Series) -> list[np.ndarray]:
    """Positions of weekend days and weekdays, or of all days where there are not two of each."""
    import numpy as np
    import pandas as pd

    weekend = np.asarray(pd.DatetimeIndex(usd.index).day_of_week >= _SATURDAY)
    parts = [np.flatnonzero(weekend), np.flatnonzero(~weekend)]
    return parts if min(map(len, parts)) > 1 else [np.arange(len(usd))]  # too short to tell weekends from chance


def _half(values: np.ndarray, strata: list[np.ndarray], shares: list[float]) -> float:
    """Half the 95 % interval of the mean of days."""
    if len(strata[0]) < 2:
        return float("nan")
    of_mean = [share**2 * float(values[days].var(ddof=1)) / len(days)
               for share, days in zip(shares, strata, strict=True)]  # fmt: skip
    if not sum(of_mean):
        return 0.0
    freedom = sum(of_mean) ** 2 / sum(v**2 / (len(days) - 1) for v, days in zip(of_mean, strata, strict=True))
    alike = _alike(values, strata)
    return intervals.t95(max(1.0, freedom / alike)) * sqrt(alike * sum(of_mean))


def _alike(values: np.ndarray, strata: list[np.ndarray]) -> float:
    """Days that say as much as one independent day, by how much a day is like the day before."""
    n = len(values)
    off = _residuals(values, strata)
    square = float(off @ off)
    if n <= _WEEK or square <= 1e-24 * float(values @ values):
        return 1.0
    observed = float(off[1:] @ off[:-1]) / square
    correlation = min(0.9, max(0.0, (observed + len(strata) / n) / (1 - 4 / n)))
    return (1 + correlation) / (1 - correlation)


def _residuals(values: np.ndarray, strata: list[np.ndarray]) -> np.ndarray:
    off = values.copy()
    for days in strata:
        off[days] -= values[days].mean()
    return off


def _with_trend(values: np.ndarray, strata: list[np.ndarray], mean: float, half: float) -> tuple[float, float]:
    """The interval of the mean; if there is a trend, widened to hold the month that begins when the log ends."""
    import numpy as np

    n = len(values)
    if n < 2 * _WEEK:
        return mean - half, mean + half
    off, time = _residuals(values, strata), np.arange(n) - (n - 1) / 2
    slope = float(time @ off) / float(time @ time)
    left = off - slope * time
    error = sqrt(_alike(left, [np.arange(n)]) * float(left @ left) / (n - 2) / float(time @ time))
    if abs(slope) <= _TREND * error:
        return mean - half, mean + half
    ahead = (n + MONTH) / 2
    expected, reach = mean + slope * ahead, sqrt(half**2 + (intervals.t95(n - 2) * error * ahead) ** 2)
    return min(mean - half, expected - reach), max(mean + half, expected + reach)

"""From days to a month: a sum or a ratio of daily sums, and how sure the day-to-day variation lets us be of it.

Weekdays and weekends are two strata, since that they differ is known and is no doubt about the month; within each the
days are taken as independent draws. So the interval says what a log of other days of such traffic could have shown. It
does not know of growth, of a season, or of busy days that come in a row.
"""

from __future__ import annotations

from collections.abc import Callable
from math import isnan, sqrt
from statistics import stdev
from typing import TYPE_CHECKING

from kit import text
from kit.errors import UsageError
from kit.stats import intervals

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MONTH", "Range", "dollars", "month", "multiple", "ratio"]

MONTH = 365 / 12
"""Days in a month."""

Range = tuple[float, float, float]
"""A value and the ends of its 95 % interval, which are not numbers where there is none."""

_SATURDAY = 5


def month(usd: pd.Series) -> Range:
    """What a month costs: the mean of the days times MONTH, with a 95 % interval.

    The mean of a stratified sample at the log's own share of weekends: Cochran (1977), Sampling Techniques, section
    5.4; degrees of freedom by Satterthwaite (1946), Biometrics Bulletin 2:110. One day has no interval.

    Args:
        usd: A sum for each day, by date, days on which nothing came included.

    Raises:
        UsageError: If there are no days.
    """
    if usd.empty:
        raise UsageError("days: there are none; a month is told from one day at least")
    half = _half(usd)
    mean = float(usd.mean())
    return mean * MONTH, (mean - half) * MONTH, (mean + half) * MONTH


def ratio(usd: pd.Series, over: pd.Series) -> Range:
    """How many times one sum is the other, with a 95 % interval.

    The combined ratio of a stratified sample, its error by the residuals: Cochran (1977), sections 6.4 and 6.11. Both
    go up on a busy day, so the ratio is far surer than either sum.

    Args:
        usd, over: Sums for the same days.

    Raises:
        UsageError: If there are no days, or all of `over` is nothing.
    """
    if usd.empty or not over.sum():
        raise UsageError("days: there is nothing to divide by")
    times = float(usd.sum() / over.sum())
    half = _half(usd - times * over) / float(over.mean())
    return times, times - half, times + half


def dollars(usd: float, low: float, high: float) -> str:
    """A month in words: `$36.90 a month (95 % interval $33.10 to $40.70)`."""
    return f"{text.dollars(usd)} a month ({_within(low, high, text.dollars)})"


def multiple(times: float, low: float, high: float) -> str:
    """A ratio in words: `8.3 times (95 % interval 8.1 to 8.4)`."""
    return f"{times:.1f} times ({_within(low, high, '{:.1f}'.format)})"


def _within(low: float, high: float, told: Callable[[float], str]) -> str:
    return "one day has no interval" if isnan(low) else f"95 % interval {told(low)} to {told(high)}"


def _half(values: pd.Series) -> float:
    """Half the 95 % interval of the mean of days, weekdays and weekends apart where there are two of each."""
    import pandas as pd

    weekend = pd.DatetimeIndex(values.index).day_of_week >= _SATURDAY
    parts = [[float(value) for value in values[side]] for side in (weekend, ~weekend) if side.any()]
    if min(map(len, parts)) < 2:
        parts = [[float(value) for value in values]]  # too short a log to tell weekends from chance
    if len(parts[0]) < 2:
        return float("nan")
    # each stratum's part of the variance of the mean
    of_mean = [len(part) * stdev(part) ** 2 / len(values) ** 2 for part in parts]
    if not sum(of_mean):
        return 0.0
    freedom = sum(of_mean) ** 2 / sum(v**2 / (len(part) - 1) for v, part in zip(of_mean, parts, strict=True))
    return intervals.t95(freedom) * sqrt(sum(of_mean))

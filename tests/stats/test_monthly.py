"""A month from days, by hand and by simulation."""

import math
import random

import pandas as pd
import pytest

from kit.errors import UsageError
from kit.stats import intervals, monthly

MONDAY = "2026-10-05"


def days(*usd, first=MONDAY):
    return pd.Series(usd, index=pd.date_range(first, periods=len(usd)), dtype="float64")


@pytest.mark.parametrize(
    ("usd", "mean", "half"),
    [
        pytest.param([2.0] * 14, 2.0, 0.0, id="days that are alike leave no doubt"),
        pytest.param(
            [10, 10, 10, 10, 10, 3, 3] * 2, 8.0, 0.0, id="that weekends are quiet is no doubt about the month"
        ),
        pytest.param([1, 3, 1, 3, 1, 3, 1], (5 * 1.8 + 2 * 2) / 7, None, id="a full week"),
        pytest.param([4, 1, 4, 4, 4, 4, 1, 4, 4, 1, 4, 4, 4, 4][:7], 22 / 7, None, id="a week that begins on a Monday"),
    ],
)
def test_month(usd, mean, half):
    """A month is the mean day times 365 / 12, give or take the spread within weekdays and within weekends."""
    value, low, high = monthly.monthly_sum(days(*usd))
    assert mean * 365 / 12 == pytest.approx(value)
    assert value - low == pytest.approx(high - value)
    if half is not None:
        assert half * 365 / 12 == pytest.approx(high - value, abs=1e-9)


@pytest.mark.parametrize(
    ("usd", "mean", "low", "high"),
    [
        pytest.param([2.0], 2, 2 / 7, 2 * 13 / 7, id="one day: the other six may be empty, or twice as busy"),
        pytest.param([2.0] * 5, 2, 2 * 5 / 7, 2 * 9 / 7, id="no weekend: it may be empty, or twice as busy"),
        pytest.param([1, 3], 2, 0, 12 / 7 * (2 + intervals.t95(1)), id="and the two days vary"),
    ],
)
def test_under_a_week(usd, mean, low, high):
    """A log that does not hold each day of the week tells a month in wide bounds."""
    assert [mean, low, high] == pytest.approx([end / monthly.MONTH for end in monthly.monthly_sum(days(*usd))])


def test_no_zero_width():
    """Days that are alike to the cent are still a count of calls: 10,000 of them are sure to two percent."""
    value, low, high = monthly.monthly_sum(days(*[2.0] * 14), calls=10_000)
    assert [0.9804, 1.0196] == pytest.approx([low / value, high / value], abs=1e-5)


@pytest.mark.parametrize(
    ("growth", "reaches"), [pytest.param(0.0, False, id="level"), pytest.param(0.03, True, id="3 % a day")]
)
def test_growth(growth, reaches):
    """If the log shows growth, the interval reaches to the month that follows it."""
    rng = random.Random(1)
    usd = days(*[(1 + growth * n) * math.exp(rng.gauss(0, 0.05)) for n in range(28)])
    following = sum(1 + growth * n for n in range(28, 58)) / 30 * monthly.MONTH
    assert reaches == (monthly.monthly_sum(usd)[2] > following * 0.99 and growth > 0)


def test_days_in_a_row_are_alike():
    """Two weeks at one level and two at another are not 28 independent days."""
    rng = random.Random(2)
    noise = [rng.gauss(0, 0.1) for _ in range(28)]
    row, mixed = days(*[5 + (n >= 14) + noise[n] for n in range(28)]), days(*[5 + n % 2 + noise[n] for n in range(28)])
    wide, narrow = monthly.monthly_sum(row), monthly.monthly_sum(mixed)
    assert wide[2] - wide[1] > 2 * (narrow[2] - narrow[1])


def test_ratio_of_what_moves_together():
    """Where one bill is always twice the other, the ratio is certain, however much the days differ."""
    some = days(1, 5, 2, 8, 3, 1, 1, 9)
    assert (2, 2, 2) == pytest.approx(monthly.ratio_of_days(2 * some, some))


def test_ratio_of_what_does_not():
    """By hand: 3 over 4 twice, then 5 over 4: ratio 11/12, residuals -2/3, -2/3, 4/3, of which the error is 2/3 / 4."""
    value, low, high = monthly.ratio_of_days(days(3, 3, 5), days(4, 4, 4))
    half = intervals.t95(2) * (2 / 3) / 4
    assert (11 / 12, 11 / 12 - half, 11 / 12 + half) == pytest.approx((value, low, high))


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(lambda: monthly.monthly_sum(days()), id="no days"),
        pytest.param(lambda: monthly.ratio_of_days(days(), days()), id="no days to divide"),
        pytest.param(lambda: monthly.ratio_of_days(days(1, 2), days(0, 0)), id="nothing to divide by"),
    ],
)
def test_nothing(ask):
    """Without days there is no month, and nothing divides nothing."""
    with pytest.raises(UsageError, match="days: "):
        ask()


def test_words():
    """A month and a ratio in words, with their interval, or why there is none."""
    assert "$36.90 a month (95 % interval $33.10 to $40.70)" == monthly.monthly_sum_in_words(36.9, 33.1, 40.7)
    assert "8.3 times (95 % interval 8.1 to 8.5)" == monthly.ratio_in_words(8.3, 8.1, 8.5)
    assert "no monthly sum, as the log covers less than one day" == monthly.monthly_sum_in_words(
        math.nan, math.nan, math.nan
    )


def test_coverage():
    """Of 1,000 logs of 30 days with quiet weekends, the interval holds the true month in 94 to 98 % of cases."""
    rng, held = random.Random(5), 0
    dates = pd.date_range(MONDAY, periods=28)
    truth = (5 * math.exp(0.15**2 / 2) + 2 * 0.3 * math.exp(0.15**2 / 2)) / 7 * monthly.MONTH
    for _ in range(1000):
        usd = pd.Series(
            [math.exp(rng.gauss(0, 0.15)) * (0.3 if day.day_of_week > 4 else 1) for day in dates], index=dates
        )
        _, low, high = monthly.monthly_sum(usd)
        held += low <= truth <= high
    assert 940 <= held <= 980

"""Intervals of means that cannot leave a range: exact for right and wrong, never without width."""

import pytest
from scipy.stats import beta

from kit.errors import KitError
from kit.stats.bounded import bounded_mean_interval


@pytest.mark.parametrize(("right", "n"), [(0, 100), (1, 100), (50, 100), (2, 5), (990, 1000)])
def test_right_and_wrong(right, n):
    """Shares have the exact interval."""
    low = beta.ppf(0.025, right, n - right + 1) if right else 0
    high = beta.ppf(0.975, right + 1, n - right)
    found = bounded_mean_interval([1.0] * right + [0.0] * (n - right), 0, 1)
    assert pytest.approx((low, high), abs=4e-4) == found


@pytest.mark.parametrize("n", [1, 2, 30])
def test_width(n):
    """Equal values have an interval: another one could have been as far off as the range allows."""
    low, high = bounded_mean_interval([0.5] * n, 0, 1)
    assert pytest.approx(0.5 * (1 - 0.025 ** (1 / n)), abs=3e-3) == 0.5 - low == pytest.approx(high - 0.5)


def test_mirror():
    """Turned round, the interval is the same."""
    low, high = bounded_mean_interval([-0.5, 0, 0.25, 1], -1, 1)
    assert pytest.approx((-high, -low)) == bounded_mean_interval([0.5, 0, -0.25, -1], -1, 1)


def test_worth():
    """Values that are worth half a value each tell less."""
    whole, half = (bounded_mean_interval([0.0, 0.5, 1.0] * 10, 0, 1, scale=scale) for scale in (1, 0.5))
    assert half[0] < whole[0] < whole[1] < half[1]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        pytest.param([], "0 values", id="nothing"),
        pytest.param([0.5, 1.5], "between 0 and 1", id="outside"),
        pytest.param([float("nan")], "between 0 and 1", id="not a number"),
    ],
)
def test_refused(values, message):
    """A value outside the range is an error."""
    with pytest.raises(KitError, match=message):
        bounded_mean_interval(values, 0, 1)

"""Sums are told as people read them, and none that is something is told as nothing."""

import math

import pytest

from kit import money


@pytest.mark.parametrize(
    ("usd", "words", "cell"),
    [
        pytest.param(1234.5, "$1,234", "1,234.50", id="thousands; a column keeps the cents"),
        pytest.param(99.994, "$99.99", "99.99", id="below a hundred, with cents"),
        pytest.param(0.1, "$0.10", "0.10", id="ten cents"),
        pytest.param(0.0996, "$0.100", "0.100", id="less than ten cents, by its first digits"),
        pytest.param(0.000317, "$0.00032", "0.00032", id="a small part of a cent"),
        pytest.param(-12.5, "-$12.50", "-12.50", id="a loss"),
        pytest.param(-0.002, "-$0.0020", "-0.0020", id="a small loss"),
        pytest.param(0.0, "$0.00", "0.00", id="nothing"),
        pytest.param(-1e-17, "$0.00", "0.00", id="what arithmetic leaves of nothing"),
    ],
)
def test_sums(usd, words, cell):
    """In words, and in a cell."""
    assert (words, cell) == (money.told(usd), money.amount(usd))


def test_span():
    """An interval, or that there is none."""
    assert ("$1.00 to $250", "unknown") == (money.span(1, 250), money.span(math.nan, math.nan))
    assert "unknown" == money.told(math.nan)

"""Sums are told as people read them, and none that is something is told as nothing."""

import math

import pytest

from kit import words


@pytest.mark.parametrize(
    ("usd", "said", "cell"),
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
def test_sums(usd, said, cell):
    """In words, and in a cell."""
    assert (said, cell) == (words.dollars(usd), words.amount(usd))


def test_span():
    """An interval, or that there is none."""
    assert ("$1.00 to $250", "unknown") == (words.span(1, 250), words.span(math.nan, math.nan))
    assert "unknown" == words.dollars(math.nan)


def test_tick():
    """Marks of an axis are told apart: a step of a quarter is not rounded to another."""
    assert ["$0", "$0.00125", "$0.25", "$2.50", "$1,000", "-$0.05", "$0.50", "$1"] == list(
        map(words.tick, [0, 0.00125, 0.25, 2.5, 1000, -0.05, 0.5, 1])
    )


def test_many():
    """One of a thing is one, and what it is of stays as it is."""
    assert ["1 call", "2 calls", "3 rows of buckets"] == [
        words.many(1, "call"), words.many(2, "call"), words.many(3, "row of buckets")
    ]  # fmt: skip

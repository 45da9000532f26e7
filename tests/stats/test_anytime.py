"""Intervals that hold at every look: their ends by hand, and their errors however often one looks."""

import numpy as np
import pytest

from kit.stats.anytime import anytime_difference, anytime_z, requests_to_decide


def test_no_outcome_but_ties():
    """Without a win or a loss the bets grow by what the margin gives them, until 1 in 40 is passed: after 170."""
    assert [False, True] == [anytime_difference(0, 0, n)[0] > -0.03 for n in (160, 170)]


def test_sides():
    """The interval of losses is that of wins turned round."""
    low, high = anytime_difference(10, 30, 400)
    assert pytest.approx((-high, -low)) == anytime_difference(30, 10, 400)
    assert low < -0.05 < high


@pytest.mark.parametrize("n", [1, 2, 10])
def test_few(n):
    """A handful of requests decides nothing."""
    low, high = anytime_difference(0, n, n)
    assert low < -0.9 and high > -1 + 1 / (2 * n)


def test_the_normal_point():
    """It is above that of one look everywhere, and least where it is tuned."""
    points = [anytime_z(n) for n in (10, 50, 500, 5_000)]
    assert min(points) == points[2] > 2.9
    assert max(points) == points[0]


@pytest.mark.simulation
def test_any_number_of_looks(runs):
    """At a true loss at the margin, 20 looks at up to 2,000 requests call 2.5 % not worse; one look at 5 % too many."""
    rng, looks = np.random.default_rng(0), np.arange(100, 2001, 100)
    outcomes = rng.choice([1, 0, -1], p=[0.03, 0.91, 0.06], size=(runs(300), 2000))
    won, lost = ((outcomes == sign).cumsum(axis=1)[:, looks - 1] for sign in (1, -1))
    passed = [any(anytime_difference(*counts)[0] > -0.03 for counts in zip(*row, looks, strict=True))
              for row in zip(won, lost, strict=True)]  # fmt: skip
    assert np.mean(passed) <= 0.025 + 2.2 * (0.025 * 0.975 / len(passed)) ** 0.5  # and what chance allows


@pytest.mark.parametrize(
    ("won", "lost", "needed"),
    [
        pytest.param(0, 0, 170, id="no loss"),
        pytest.param(0.02, 0.05, None, id="at the margin itself"),
        pytest.param(0, 0.3, 40, id="far worse"),
    ],
)
def test_requests_to_decide(won, lost, needed):
    """As many as leave the margin outside."""
    found = requests_to_decide(won, lost, 0.03)
    assert found is needed if needed is None else pytest.approx(needed, rel=0.3) == found

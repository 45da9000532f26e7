"""Intervals are those of the papers that they are from."""

import random

import pytest

from kit.errors import KitError
from kit.stats import difference, items_to_resolve, mean_interval, wilson


@pytest.mark.parametrize(
    ("share", "n", "interval"),
    [
        # Newcombe (1998), Statistics in Medicine 17:857, table I, method 3; scipy.stats.binomtest(...).proportion_ci(
        # method="wilson") says the same
        pytest.param(81 / 263, 263, (0.2553, 0.3662), id="Newcombe's 81 of 263"),
        pytest.param(15 / 148, 148, (0.0624, 0.1605), id="Newcombe's 15 of 148"),
        pytest.param(0 / 20, 20, (0.0000, 0.1611), id="Newcombe's 0 of 20"),
        pytest.param(1 / 29, 29, (0.0061, 0.1718), id="Newcombe's 1 of 29"),
        # by hand: half of it is 1.96 * sqrt(1/4 + 3.84/4) / (1 + 3.84) = 0.4454
        pytest.param(0.5, 1, (0.0546, 0.9454), id="one item answered half"),
        pytest.param(0.925, 164, (0.8743, 0.9563), id="GPT-4o's 92.5 % on HumanEval"),
        pytest.param(0.887, 14042, (0.8817, 0.8921), id="GPT-4o's 88.7 % on MMLU"),
    ],
)
def test_wilson(share, n, interval):
    """The interval of a share is Wilson's."""
    assert interval == tuple(round(end, 4) for end in wilson(share, n))


@pytest.mark.parametrize(
    ("a", "b", "interval"),
    [
        # Newcombe (1998), Statistics in Medicine 17:873, table II, method 10
        pytest.param((56, 70), (48, 80), (0.0524, 0.3339), id="56 of 70 less 48 of 80"),
        pytest.param((9, 10), (3, 10), (0.1705, 0.8090), id="9 of 10 less 3 of 10"),
        pytest.param((6, 7), (2, 7), (0.0582, 0.8062), id="6 of 7 less 2 of 7"),
        pytest.param((5, 56), (0, 29), (-0.0381, 0.1926), id="5 of 56 less 0 of 29"),
        pytest.param((0, 10), (0, 20), (-0.1611, 0.2775), id="0 of 10 less 0 of 20"),
        pytest.param((0, 10), (0, 10), (-0.2775, 0.2775), id="0 of 10 less 0 of 10"),
        pytest.param((10, 10), (0, 20), (0.6791, 1.0000), id="10 of 10 less 0 of 20"),
        pytest.param((10, 10), (0, 10), (0.6075, 1.0000), id="10 of 10 less 0 of 10"),
    ],
)
def test_difference(a, b, interval):
    """The interval of a difference is Newcombe's method 10, to the four digits of his table."""
    found = difference(a[0] / a[1], b[0] / b[1], a[1], b[1])
    assert interval == tuple(round(end, 4) for end in found)


@pytest.mark.parametrize(
    ("share", "n", "said"),
    [
        pytest.param(0.5, 0, "0 items have no interval; at least 1 is needed", id="no items"),
        pytest.param(0.5, -3, "-3 items have no interval", id="fewer than none"),
        pytest.param(1.01, 10, "1.01 is not between 0 and 1", id="more than all"),
        pytest.param(-0.01, 10, "-0.01 is not between 0 and 1", id="less than none"),
        pytest.param(89.0, 10, "89.0 is not between 0 and 1", id="a percentage where a share belongs"),
    ],
)
def test_no_interval(share, n, said):
    """An empty sample and an impossible share raise; they do not score 0."""
    with pytest.raises(KitError, match=said):
        wilson(share, n)


def test_no_difference_without_items():
    """A difference to an empty sample raises too."""
    with pytest.raises(KitError, match="0 items"):
        difference(0.5, 0.5, 10, 0)


def test_interval_holds_its_share():
    """The share lies in its interval, and the interval between 0 and 1: none and all right included."""
    shares = [(share, n) for n in range(1, 400) for share in (0.0, 0.25, 0.5, 0.925, 1.0)]
    found = {(share, n): wilson(share, n) for share, n in shares}
    assert [] == [key for key, (low, high) in found.items() if not 0 <= low <= key[0] <= high <= 1]


def test_more_items_narrow():
    """The same share of more items is surer."""
    widths = [high - low for low, high in (wilson(0.9, n) for n in (10, 100, 1000, 10_000))]
    assert sorted(widths, reverse=True) == widths


def test_difference_turns_with_its_sides():
    """What A is ahead of B, B is behind A, at both ends."""
    seed = random.Random(5)
    worst = 0.0
    for _ in range(1000):
        a, b, n, m = seed.random(), seed.random(), seed.randint(1, 5000), seed.randint(1, 5000)
        (low, high), (back_low, back_high) = difference(a, b, n, m), difference(b, a, m, n)
        worst = max(worst, abs(low + back_high), abs(high + back_low))
    assert worst < 1e-12


def test_difference_holds_its_value():
    """The gap that was seen lies in its interval."""
    seed = random.Random(6)
    tried = [(seed.random(), seed.random(), seed.randint(1, 5000), seed.randint(1, 5000)) for _ in range(1000)]
    outside = [(a, b) for a, b, n, m in tried if not difference(a, b, n, m)[0] <= a - b <= difference(a, b, n, m)[1]]
    assert [] == outside


@pytest.mark.parametrize(
    ("a", "b", "items"),
    [
        # 1.96**2 * (0.5 * 0.5 + 0.4 * 0.6) / 0.1**2 = 188.2
        pytest.param(0.5, 0.4, 189, id="ten points around a half take 189 items each"),
        # 1.96**2 * (0.925 * 0.075 + 0.92 * 0.08) / 0.005**2
        pytest.param(0.925, 0.92, 21_970, id="half a point on code takes 134 times HumanEval"),
        # 1.96**2 * (0.89 * 0.11 + 0.855 * 0.145) / 0.035**2
        pytest.param(0.89, 0.855, 696, id="3.5 points on MMLU take 696 items each"),
        pytest.param(0.9, 0.9, None, id="no gap is resolved by no number of items"),
    ],
)
def test_items_to_resolve(a, b, items):
    """A gap takes as many items as bring its interval off 0."""
    assert items == items_to_resolve(a, b)


def test_items_do_not_care_who_leads():
    """It takes as many items to see who is ahead as who is behind."""
    assert items_to_resolve(0.85, 0.9) == items_to_resolve(0.9, 0.85)


def test_a_gap_takes_items():
    """Even all against none is not known before one item is answered."""
    assert 1 == items_to_resolve(1.0, 0.0)


def test_that_many_items_do_resolve():
    """With a little more than the items named, Newcombe's interval leaves 0 out; with half of them it does not."""
    for a, b in ((0.89, 0.855), (0.925, 0.85), (0.6, 0.5), (0.91, 0.885)):
        items = items_to_resolve(a, b)
        enough, few = (difference(a, b, n, n)[0] for n in (round(1.1 * items), items // 2))
        assert (True, False) == (enough > 0, few > 0)


def test_mean_interval():
    """Student (1908), Biometrika 6:1, his first table: extra hours of sleep, mean 0.75, s 1.789, t(9) = 2.262."""
    low, high = mean_interval([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
    assert pytest.approx((0.75 - 1.280, 0.75 + 1.280), abs=0.001) == (low, high)


def test_mean_of_one():
    """One value has no spread, and so no interval."""
    with pytest.raises(KitError, match="1 values have no interval; at least 2 are needed"):
        mean_interval([3.0])

"""A cost per success says what a hand says, and its interval holds what it promises when simulated."""

from math import exp, nan

import numpy as np
import pytest

from kit.errors import KitError
from kit.stats import Estimate
from kit.stats.ratios import per_success, per_success_ratio, product, requests_needed, share_ratio


def ends(found):
    return found.low, found.high


@pytest.mark.parametrize(
    ("both", "only_a", "only_b", "value", "low", "high"),
    [
        # contingencytables, tests/testthat/test-ch8.R: complete response before and after therapy, Cavo et al. (2012)
        pytest.param(59, 6, 16, 0.8667, 0.7579, 0.9910, id="as the R package contingencytables has it"),
        pytest.param(59, 16, 6, 1.1538, 1 / 0.9910, 1 / 0.7579, id="the other way round it is turned over"),
    ],
)
def test_share_ratio(both, only_a, only_b, value, low, high):
    """A ratio of paired shares has Bonett and Price's interval."""
    found = share_ratio(both, only_a, only_b)
    assert pytest.approx((value, low, high), abs=2e-4) == (found.value, *ends(found))


def test_per_success():
    """Failures are paid by the successes; with costs all alike the interval is that of the share, turned over."""
    found = per_success([0.2] * 10, [1] * 8 + [0] * 2)
    assert pytest.approx((2 / 8, 0.2 / 0.9433, 0.2 / 0.4902), abs=1e-4) == (
        found.value,
        *ends(found),
    )  # Wilson, 8 of 10


def test_no_failure_seen():
    """Where every answer was accepted, the cost may still turn out higher, as failures may yet come."""
    found = per_success([1.0] * 10, [1] * 10)
    assert pytest.approx((1, 1, 1 / 0.7225), abs=1e-3) == (found.value, *ends(found))


def test_free():
    """What costs nothing costs nothing a success, and nothing in proportion."""
    usd, free, marks = [1.0, 2.0], [0.0, 0.0], [1, 1]
    assert [Estimate(0, 0, 0)] * 2 == [per_success(free, marks), per_success_ratio(free, marks, usd, marks)]


def test_same_model():
    """A model against itself costs once as much, and is sure of it but for failures that were not seen."""
    usd, marks = [1.0, 2.0, 3.0] * 20, [1, 1, 0] * 20
    found = per_success_ratio(usd, marks, usd, marks)
    assert found.value == 1
    assert 0.9 < found.low < 1 < found.high < 1.1


@pytest.mark.parametrize(
    ("usd", "marks", "said"),
    [
        pytest.param([1.0], [1], "at least 2 requests", id="one request has no spread"),
        pytest.param([1.0, 2.0], [1], "2 costs of 1 requests", id="a cost too many"),
        pytest.param([1.0, nan], [1, 1], "unknown", id="an unknown cost"),
        pytest.param([1.0, -1.0], [1, 1], "below 0", id="a negative cost"),
        pytest.param([1.0, 1.0], [0, 0], "without a success", id="no success"),
    ],
)
def test_per_success_refuses(usd, marks, said):
    """What is not known is not guessed at."""
    with pytest.raises(KitError, match=said):
        per_success(usd, marks)


def test_ratio_to_nothing():
    """Nothing is set against a cost of 0, nor against a model that never succeeds."""
    with pytest.raises(KitError, match="cost of 0"):
        per_success_ratio([1.0, 1.0], [1, 1], [0.0, 0.0], [1, 1])
    with pytest.raises(KitError, match="without a success"):
        share_ratio(0, 5, 0)


@pytest.mark.parametrize(
    ("n", "share", "at_least", "at_most"),
    [
        pytest.param(20, 0.9, 93, 98.5, id="20 requests, nine in ten accepted"),
        pytest.param(50, 0.1, 93, 98.5, id="50 requests, one in ten accepted"),
        pytest.param(50, 1.0, 93, 98.5, id="50 requests, all accepted"),
        pytest.param(200, 0.97, 93, 97, id="200 requests, nearly all accepted"),
    ],
)
def test_per_success_covers(n, share, at_least, at_most):
    """The interval holds the true cost as often as it says, though costs are skewed and dear requests fail more."""
    rng, held, seen = np.random.default_rng(1), 0, 0
    for _ in range(1500):
        usd = rng.lognormal(0, 0.5, n)
        fails = np.clip(2 * (1 - share) * (usd > 1), 0, 1) if share >= 0.5 else 1 - share
        marks = rng.random(n) >= fails
        if marks.any():
            found = per_success(usd, marks)
            held, seen = held + (found.low <= exp(0.125) / share <= found.high), seen + 1
    assert at_least <= 100 * held / seen <= at_most


@pytest.mark.parametrize(
    ("n", "ours", "theirs"),
    [
        pytest.param(50, 0.9, 0.95, id="50 requests, both fail some"),
        pytest.param(200, 0.97, 1.0, id="200 requests, the incumbent never fails"),
    ],
)
def test_per_success_ratio_covers(n, ours, theirs):
    """The interval of a ratio holds the true one, though the same requests are dear and hard for both."""
    rng, held, truth = np.random.default_rng(2), 0, 0.1 * exp(0.02) * theirs / ours
    for _ in range(1500):
        usd, luck = rng.lognormal(0, 0.5, n), rng.random(n)
        same = np.where(rng.random(n) < 0.5, luck, rng.random(n))
        found = per_success_ratio(0.1 * usd * rng.lognormal(0, 0.2, n), luck < ours, usd, same < theirs)
        held += found.low <= truth <= found.high
    assert 93 <= 100 * held / 1500 <= 98


@pytest.mark.parametrize(
    ("factor", "amount", "low", "high"),
    [
        pytest.param((0.5, 0.4, 0.6), (100, 100, 100), 40, 60, id="a sure bill scales the factor"),
        pytest.param((0.5, 0.5, 0.5), (100, 80, 130), 40, 65, id="a sure factor scales the bill"),
        pytest.param((-0.5, -0.6, -0.4), (100, 100, 100), -60, -40, id="a loss is scaled, too"),
        pytest.param((-0.5, -0.5, -0.5), (100, 80, 130), -65, -40, id="a loss is worst where the bill is largest"),
        pytest.param((0.5, 0.0, 0.6), (100, 50, 200), 0, 101.94, id="an end at 0 stays there"),
        pytest.param((0.5, 0.4, 0.6), (100, 0, 200), 0, 101.94, id="a bill that may be 0 may save nothing"),
    ],
)
def test_product(factor, amount, low, high):
    """A saving in USD has the luck of both its factors."""
    assert pytest.approx((low, high), abs=0.01) == ends(product(Estimate(*factor), Estimate(*amount)))


def test_product_keeps_the_sign():
    """However badly the bill is known, the saving is surely above 0 just where its share is."""
    bill = Estimate(100, 1, 900)
    assert ends(product(Estimate(0.1, 0.01, 0.2), bill))[0] > 0
    assert ends(product(Estimate(0.1, -0.01, 0.2), bill))[0] < 0
    assert ends(product(Estimate(-0.1, -0.2, -0.01), bill))[1] < 0


def test_product_covers():
    """The product's interval holds the true product at 95 %, whichever factor has the more luck."""
    rng, off = np.random.default_rng(3), 0.2 * 1.96
    for gain, luck in ((0.9, 0.01), (0.3, 0.2)):
        shares, bills = rng.normal(gain, luck, 4000), 100 * np.exp(rng.normal(0, 0.2, 4000))
        found = [
            product(Estimate(x, x - 1.96 * luck, x + 1.96 * luck), Estimate(y, y * exp(-off), y * exp(off)))
            for x, y in zip(shares, bills, strict=True)
        ]
        assert 94 <= 100 * np.mean([one.low <= 100 * gain <= one.high for one in found]) <= 96


@pytest.mark.parametrize(
    ("ratio", "needed"),
    [
        # the error of log 0.9 is log(1.1 / 0.9) / 1.96 = 0.102; (2.80 * 0.102 / log 0.9)**2 = 7.4 times as many
        pytest.param((0.9, 0.75, 1.1), 742, id="a small gap takes many"),
        pytest.param((1.0, 0.9, 1.1), None, id="no number of requests tells 1 from 1"),
        pytest.param((0.0, 0.0, 0.0), 2, id="what is free is seen at once"),
    ],
)
def test_requests_needed(ratio, needed):
    """Errors shrink with the root of the number of requests."""
    assert needed == requests_needed(Estimate(*ratio), 100)

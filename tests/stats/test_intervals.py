"""Intervals are those of the papers that they are from, and hold their rates when simulated."""

import random
import subprocess
import sys
from fractions import Fraction
from math import comb, sqrt
from statistics import NormalDist, fmean

import numpy as np
import pytest

from kit.errors import KitError
from kit.stats.intervals import (
    clustered_error,
    clustered_interval,
    holm,
    interval_p,
    items_to_resolve,
    mean_interval,
    mean_pass_at_k,
    pass_at_k,
    quantile_interval,
    simultaneous_z,
    unpaired_interval,
    wilson,
)
from kit.stats.paired import tango


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
    found = unpaired_interval(a[0] / a[1], b[0] / b[1], a[1], b[1])
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
        unpaired_interval(0.5, 0.5, 10, 0)


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
        (low, high), (back_low, back_high) = unpaired_interval(a, b, n, m), unpaired_interval(b, a, m, n)
        worst = max(worst, abs(low + back_high), abs(high + back_low))
    assert worst < 1e-12


def test_difference_holds_its_value():
    """The gap that was seen lies in its interval."""
    seed = random.Random(6)
    tried = [(seed.random(), seed.random(), seed.randint(1, 5000), seed.randint(1, 5000)) for _ in range(1000)]
    outside = [
        (a, b)
        for a, b, n, m in tried
        if not unpaired_interval(a, b, n, m)[0] <= a - b <= unpaired_interval(a, b, n, m)[1]
    ]
    assert [] == outside


@pytest.mark.parametrize(
    ("a", "b", "items"),
    [
        # ((1.96 * sqrt(2 * 0.45 * 0.55) + 0.8416 * sqrt(0.5 * 0.5 + 0.4 * 0.6)) / 0.1)**2 = 387.3
        pytest.param(0.5, 0.4, 388, id="ten points around a half take 388 items each"),
        pytest.param(0.925, 0.92, 44_891, id="half a point on code takes 274 times HumanEval"),
        pytest.param(0.89, 0.855, 1425, id="3.5 points on MMLU take 1,425 items each"),
        pytest.param(0.9, 0.9, None, id="no gap is resolved by no number of items"),
    ],
)
def test_items_to_resolve(a, b, items):
    """A gap takes as many items as bring its interval off 0 in 80 % of studies."""
    assert items == items_to_resolve(a, b)


def test_items_do_not_care_who_leads():
    """It takes as many items to see who is ahead as who is behind."""
    assert items_to_resolve(0.85, 0.9) == items_to_resolve(0.9, 0.85)


def test_a_gap_takes_items():
    """Even all against none is not known before one item is answered."""
    assert 2 == items_to_resolve(1.0, 0.0)


def test_that_many_items_do_resolve():
    """With the items named Newcombe's interval leaves 0 out in 80 % of 2,000 studies."""
    a, b = 0.6, 0.5
    n = items_to_resolve(a, b)
    ours, theirs = (np.random.default_rng(5).binomial(n, [a, b], (2000, 2)) / n).T
    assert pytest.approx(0.8, abs=0.03) == fmean(
        unpaired_interval(x, y, n, n)[0] > 0 for x, y in zip(ours.tolist(), theirs.tolist(), strict=True)
    )


@pytest.mark.parametrize(
    ("n", "share", "ends"),
    [
        # binomial(100, 1/2): 39 or fewer in 1.8 %, 60 or fewer in 98.2 %
        pytest.param(100, 0.5, (40, 61), id="the median of 100: the 40th and the 61st"),
        pytest.param(71, 0.95, (63, float("inf")), id="the 95th percentile of 71 has no upper end"),
        pytest.param(72, 0.95, (64, 72), id="that of 72 has the largest"),
    ],
)
def test_quantile_interval(n, share, ends):
    """Two of the values are the ends, by rank."""
    assert ends == quantile_interval(range(1, n + 1), share)


def test_simultaneous_z():
    """Of one it is that of one; of ten, the point that leaves 0.25 % on each side."""
    assert pytest.approx((1.959964, 2.807034), abs=1e-5) == (simultaneous_z(1), simultaneous_z(10))


def covered(truth, intervals):
    """Percent of the intervals that hold the truth."""
    return 100 * fmean(low <= truth <= high for low, high in intervals)


@pytest.mark.parametrize("n", [40, 164, 1000])
@pytest.mark.parametrize("share", [0.5, 0.9, 0.98])
def test_wilson_covers(share, n):
    """95 % intervals of simulated shares hold the true one in 93.5 to 96.5 % of 20,000 runs."""
    rights = np.random.default_rng(17).binomial(n, share, 20_000)
    ends = {right: wilson(right / n, n) for right in set(rights.tolist())}
    assert 93.5 <= covered(share, [ends[right] for right in rights.tolist()]) <= 96.5


@pytest.mark.parametrize(
    ("values", "groups", "error", "freedom"),
    [
        # mean 1/2; each value is off by 1/2, so 4 * (1/4) / (1 - 1/4) = 4/3, and sqrt(4/3) / 4
        pytest.param([1, 1, 0, 0], "abcd", sqrt(4 / 3) / 4, 3, id="each its own group: the plain standard error"),
        # groups are off by 1 and -1: 2 * 1 / (1 - 1/2) = 4, and sqrt(4) / 4
        pytest.param([1, 1, 0, 0], "aabb", 0.5, 1, id="groups that are all right or all wrong: wider"),
        pytest.param([1, 0, 1, 0], "aabb", 0.0, 1, id="groups that are alike: nothing to see between them"),
        # mean 1/2; off by 1/2 and -1/2, of 1/4 and 3/4 of the values: (1/4) / (3/4) + (1/4) / (1/4) = 4/3
        pytest.param([1, 0.5, 0.5, 0], "abbb", sqrt(4 / 3) / 4, 1, id="groups of unlike size"),
    ],
)
def test_clustered_error(values, groups, error, freedom):
    """The standard error of a mean takes what a group has in common as one thing."""
    assert (pytest.approx(error), freedom) == clustered_error(values, groups)


def test_clustered_error_of_singles():
    """Where each value is its own group, the error is that of Student's interval."""
    values = [0.1, 0.4, 0.45, 0.9]
    low, high = mean_interval(values)
    error, _ = clustered_error(values, range(4))
    # 3.182446 is the 97.5 % point of Student's t with 3 degrees of freedom, as tables print it
    assert high - low == pytest.approx(2 * 3.182446 * error, rel=1e-6)


@pytest.mark.parametrize(
    ("values", "groups", "said"),
    [
        pytest.param([1, 0], "aa", "groups: 1 of them have no interval; at least 2 are needed", id="one group"),
        pytest.param([], "", "groups: 0 of them have no interval", id="nothing"),
        pytest.param([1, 0, 1], "ab", "groups: 2 for 3 values; each value needs its group", id="a value without one"),
        pytest.param([1, 2], "ab", "values: 2 is not between 0 and 1", id="a count where a share belongs"),
        pytest.param([1, float("nan")], "ab", "values: nan is not between 0 and 1", id="a missing value"),
    ],
)
def test_no_clustered_interval(values, groups, said):
    """What has no interval says why."""
    with pytest.raises(KitError, match=said):
        clustered_interval(values, groups)


@pytest.mark.parametrize("value", [0, 1])
def test_clustered_interval_of_all_alike(value):
    """All right, or all wrong, in 29 groups says no more than 29 items would."""
    low, high = clustered_interval([value] * 290, [item % 29 for item in range(290)])
    plain = wilson(value, 29)
    assert (True, True) == (low <= value <= high, high - low > plain[1] - plain[0])


def clusters(share, alike, groups, size, runs):
    """Simulated scores, of which those of a group correlate by `alike`: a share a group, beta, then its items."""
    seed = np.random.default_rng(18)
    shares = seed.beta(share * (1 / alike - 1), (1 - share) * (1 / alike - 1), (runs, groups)) if alike else share
    rights = seed.binomial(size, shares, (runs, groups))
    return (rights[:, :, None] > np.arange(size)).reshape(runs, -1).astype(float).tolist()


@pytest.mark.parametrize(
    ("share", "alike", "groups", "size"),
    [
        pytest.param(0.5, 0, 40, 5, id="groups that have nothing in common"),
        pytest.param(0.5, 0.3, 40, 5, id="40 tasks of five samples that are much alike"),
        pytest.param(0.9, 0.05, 40, 5, id="40 passages of five questions, most of them right"),
        pytest.param(0.9, 0.3, 164, 5, id="HumanEval with five samples a task"),
        pytest.param(0.98, 0.05, 164, 5, id="HumanEval nearly solved"),
        pytest.param(0.5, 0.05, 29, 20, id="29 subjects of 20 items"),
        pytest.param(0.9, 0.05, 29, 20, id="29 easy subjects"),
        pytest.param(0.5, 0.05, 10, 10, id="ten subjects only"),
    ],
)
def test_clustered_interval_covers(share, alike, groups, size):
    """95 % intervals of scores in groups hold the true share in 93.5 to 96.5 % of 3,000 runs."""
    of = [group for group in range(groups) for _ in range(size)]
    runs = clusters(share, alike, groups, size, 3000)
    assert 93.5 <= covered(share, [clustered_interval(run, of) for run in runs]) <= 96.5


def test_ignoring_groups_misleads():
    """Taken as independent, the same 40 tasks of five samples give intervals that miss the truth too often."""
    runs = clusters(0.5, 0.3, 40, 5, 1000)
    assert covered(0.5, [wilson(fmean(run), len(run)) for run in runs]) < 90


@pytest.mark.parametrize(
    ("n", "c", "k", "chance"),
    [
        pytest.param(10, 3, 1, Fraction(3, 10), id="k of 1 is the share that passed"),
        pytest.param(10, 3, 5, 1 - Fraction(21, 252), id="one less the chance to draw five that failed"),
        pytest.param(10, 0, 5, Fraction(0), id="none passed"),
        pytest.param(10, 6, 5, Fraction(1), id="fewer failed than are drawn"),
        pytest.param(1, 1, 1, Fraction(1), id="one try that passed"),
        pytest.param(100_000, 1, 100, Fraction(100, 100_000), id="numbers whose binomials no float holds"),
    ],
)
def test_pass_at_k(n, c, k, chance):
    """Chen et al.'s estimator is exact to the last digits of a float."""
    assert pytest.approx(float(chance), rel=1e-12) == pass_at_k(n, c, k)


def test_pass_at_k_has_no_bias():
    """Its mean over all outcomes of ten tries is 1 - (1 - p)**k; that of 1 - (1 - c/n)**k, often used, is not."""
    p, n, k = 0.2, 10, 5
    weight = [comb(n, c) * p**c * (1 - p) ** (n - c) for c in range(n + 1)]
    ours = sum(w * pass_at_k(n, c, k) for c, w in enumerate(weight))
    naive = sum(w * (1 - (1 - c / n) ** k) for c, w in enumerate(weight))
    assert (pytest.approx(1 - (1 - p) ** k), True) == (ours, abs(naive - ours) > 0.03)


@pytest.mark.parametrize(
    ("n", "c", "k", "said"),
    [
        pytest.param(5, 1, 10, "pass@10: takes at least 10 tries of each task; here are 5", id="too few tries"),
        pytest.param(5, 6, 1, "pass@1: 6 of 5 tries passed; that cannot be", id="more than all passed"),
        pytest.param(5, 1, 0, "pass@0: k must be at least 1", id="no try"),
    ],
)
def test_no_pass_at_k(n, c, k, said):
    """Numbers that cannot be are refused."""
    with pytest.raises(KitError, match=said):
        pass_at_k(n, c, k)


def test_mean_pass_at_k():
    """Pass@1 of tasks with tries 10, passed 3, 10 and 0, is 13 of 30; solving all of them leaves room below 1."""
    rate, low, high = mean_pass_at_k([(10, 3), (10, 10), (10, 0)], 1)
    all_solved = mean_pass_at_k([(5, 5)] * 164, 1)
    assert (pytest.approx(13 / 30), True, True) == (rate, low < rate < high, all_solved[1] < 0.99 < all_solved[2])


@pytest.mark.parametrize(
    ("p_values", "adjusted"),
    [
        pytest.param(
            {"a": 0.01, "b": 0.04, "c": 0.03}, {"a": 0.03, "b": 0.06, "c": 0.06}, id="never below a smaller one"
        ),
        pytest.param({"b": 0.6, "a": 0.5}, {"b": 1.0, "a": 1.0}, id="never above 1"),
        pytest.param({"only": 0.04}, {"only": 0.04}, id="one alone stays"),
        pytest.param({"a": 0.01, "b": 0.01}, {"a": 0.02, "b": 0.02}, id="equals stay equal"),
        pytest.param({}, {}, id="none"),
    ],
)
def test_holm(p_values, adjusted):
    """The smallest p counts as often as there are tests, the next once less; names and order stay."""
    found = holm(p_values)
    assert (list(p_values), pytest.approx(adjusted)) == (list(found), found)


def test_holm_refuses():
    """A p-value that is none is refused by name."""
    with pytest.raises(KitError, match="qwen: p = nan is not between 0 and 1"):
        holm({"qwen": float("nan")})


def test_holm_keeps_false_alarms():
    """Eight candidates no better than the incumbent raise one false alarm or more in at most 5 % of 4,000 families."""
    families = np.random.default_rng(19).uniform(size=(4000, 8)).tolist()
    alarms = [min(holm({str(i): p for i, p in enumerate(family)}).values()) < 0.05 for family in families]
    plain = [min(family) < 0.05 for family in families]
    # one less 0.95**8, a third, without it; 5.7 % is two standard errors above 5 %
    assert (True, True) == (fmean(alarms) <= 0.057, fmean(plain) > 0.3)


@pytest.mark.parametrize(
    ("difference", "low", "high", "p"),
    [
        pytest.param(2.0, 0.0, 5.0, 0.05, id="an end at 0 is 0.05"),
        pytest.param(-2.0, -9.0, 0.0, 0.05, id="from below too, whatever the other end"),
        pytest.param(2.0, -2.0, 3.0, 0.3271, id="half of an end is one error: 0.98"),
        pytest.param(0.0, -1.0, 1.0, 1.0, id="no difference is 1"),
        pytest.param(1.0, 1.0, 1.0, 0.0, id="nothing left to chance is 0"),
        pytest.param(0.0, 0.0, 0.0, 1.0, id="and 1 where there is none"),
    ],
)
def test_interval_p(difference, low, high, p):
    """A 95 % interval stands for a p-value: below 0.05 just where it leaves out 0."""
    assert pytest.approx(p, abs=1e-4) == interval_p(difference, low, high)


@pytest.mark.parametrize(("only_a", "only_b", "n"), [(20, 5, 100), (30, 10, 400), (9, 1, 50), (60, 30, 1000)])
def test_interval_p_of_items(only_a, only_b, n):
    """With the number of items it is close to McNemar's z = (b - c) / sqrt(b + c), far from 0.05, too."""
    p = 2 * NormalDist().cdf(-(only_a - only_b) / sqrt(only_a + only_b))
    found = interval_p((only_a - only_b) / n, *tango(only_a, only_b, n), n)
    assert pytest.approx(p, rel=0.2) == found


def test_import_is_light():
    """Statistics that nobody asked for cost no import of scipy."""
    modules = "kit.stats.intervals, kit.stats.paired"
    code = f"import sys, {modules}; print(*sorted({{'scipy', 'numpy', 'statsmodels'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "" == done.stdout.strip()

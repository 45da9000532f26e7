"""A paired comparison says what the papers say, and holds its rates when simulated."""

import csv
import gzip
from functools import cache
from math import sqrt
from statistics import fmean

import numpy as np
import pytest
from places import SHARED
from scipy.stats import binomtest

from kit.errors import KitError
from kit.stats import Estimate, intervals, is_equivalent, is_not_worse
from kit.stats.paired import bootstrap, from_counts, items_needed, mcnemar, paired_interval, tango

RECORDED = SHARED / "data" / "recorded-mmlu.csv.gz"
needs_recorded = pytest.mark.skipif(not RECORDED.exists(), reason="the recorded answers are not beside the project")

MARKS = {"both": (1, 1), "a": (1, 0), "b": (0, 1), "none": (0, 0)}


def marks(*counts):
    """Right and wrong of A and of B, for counts of both, only A, only B, neither."""
    pairs = [pair for pair, count in zip(MARKS.values(), counts, strict=True) for _ in range(count)]
    return [bool(a) for a, _ in pairs], [bool(b) for _, b in pairs]


@pytest.mark.parametrize(
    ("counts", "difference", "p"),
    [
        # 2 * (1 + 10 + 45 + 120) / 1024: three of ten coins or fewer
        pytest.param((50, 3, 7, 40), -0.04, 0.34375, id="3 against 7 is what coins do"),
        # 2 * 1 / 2**6
        pytest.param((10, 6, 0, 4), 0.30, 0.03125, id="6 against none is not"),
        pytest.param((10, 5, 5, 0), 0.0, 1.0, id="as many each way"),
        pytest.param((10, 0, 0, 3), 0.0, 1.0, id="no item to split on"),
        pytest.param((0, 1, 0, 0), 1.0, 1.0, id="one item"),
        # contingencytables, tests/testthat/test-ch8.R; Tango's interval, below, leaves 0 out by a hair all the same
        pytest.param((59, 6, 16, 80), -10 / 161, 0.052479, id="Cavo's 161 patients"),
    ],
)
def test_mcnemar(counts, difference, p):
    """The p-value is that of a fair coin thrown once for each item that the two split on."""
    found = mcnemar(*marks(*counts))
    seen = (found.both, found.only_a, found.only_b, found.neither, found.n, found.difference, found.p)
    assert (*counts, sum(counts), pytest.approx(difference), pytest.approx(p, rel=1e-5)) == seen


def test_mcnemar_is_binomial():
    """For hundreds of items it is scipy's binomial test, two-sided."""
    split = [(a, b) for a in range(0, 300, 23) for b in range(0, 300, 37) if a + b]
    off = [abs(from_counts(100, a, b, 100).p - binomtest(a, a + b).pvalue) for a, b in split]
    assert max(off) < 1e-12


@pytest.mark.parametrize(
    ("counts", "interval"),
    [
        # Cavo et al. (2012), in Fagerland et al. (2017), Statistical Analysis of Contingency Tables, chapter 8;
        # the figures are those of its R package, contingencytables, tests/testthat/test-ch8.R
        pytest.param((59, 6, 16, 80), (-0.1240, -0.0054), id="Cavo's 161 patients"),
        # with no item to split on the statistic is 0 - gap over sqrt(gap * (1 - gap) / n): z**2 / (n + z**2)
        pytest.param((30, 0, 0, 10), (-0.0876, 0.0876), id="no item to split on"),
        pytest.param((0, 40, 0, 0), (0.8248, 1.0), id="A alone always right"),
        pytest.param((0, 0, 40, 0), (-1.0, -0.8248), id="B alone always right"),
        pytest.param((1, 0, 0, 0), (-0.7935, 0.7935), id="one item that both got right"),
    ],
)
def test_tango(counts, interval):
    """The interval is Tango's."""
    found = from_counts(*counts)
    assert interval == (round(found.low, 4), round(found.high, 4))


def test_tango_turns_with_its_sides():
    """What A is ahead of B, B is behind A; and the difference lies inside."""
    wrong = []
    for a in range(0, 60, 7):
        for b in range(0, 60, 11):
            (low, high), (back_low, back_high) = tango(a, b, 130), tango(b, a, 130)
            turned = abs(low + back_high) < 1e-9 and abs(high + back_low) < 1e-9
            if not (turned and -1 <= low <= (a - b) / 130 <= high <= 1):
                wrong.append((a, b))
    assert [] == wrong


def table(p, q, alike):
    """Chances of both, only A, only B, neither, for shares p and q whose outcomes correlate by `alike`."""
    both = min(p * q + alike * sqrt(p * (1 - p) * q * (1 - q)), p, q)
    return both, p - both, q - both, 1 - p - q + both


def runs(p, q, alike, n, times):
    """Simulated (only A, only B)."""
    draws = np.random.default_rng(23).multinomial(n, table(p, q, alike), times)
    return [tuple(draw) for draw in draws[:, 1:3].tolist()]


MANY = [
    (40, 0.5, 0.5, 0), (40, 0.5, 0.45, 0.4), (40, 0.9, 0.9, 0), (40, 0.9, 0.87, 0.4), (164, 0.5, 0.5, 0.4),
    (164, 0.9, 0.9, 0.4), (164, 0.9, 0.87, 0.7), (164, 0.98, 0.98, 0), (164, 0.98, 0.95, 0.4), (1000, 0.5, 0.45, 0.7),
    (1000, 0.9, 0.87, 0.7), (1000, 0.98, 0.98, 0.4), (1000, 0.98, 0.95, 0.7),
]  # fmt: skip
FEW = [(40, 0.9, 0.9, 0.7), (40, 0.98, 0.98, 0), (40, 0.98, 0.95, 0.4), (164, 0.98, 0.98, 0.7)]


def coverage(n, p, q, alike):
    """Percent of 20,000 simulated intervals that hold the true difference."""
    ends = cache(lambda a, b: tango(a, b, n))
    found = [ends(*run) for run in runs(p, q, alike, n, 20_000)]
    return 100 * fmean(low <= p - q + 1e-9 and high >= p - q - 1e-9 for low, high in found)


@pytest.mark.parametrize(("n", "p", "q", "alike"), MANY)
def test_tango_covers(n, p, q, alike):
    """95 % intervals hold the true difference in 93.5 to 96.5 % of runs, where a handful of items are split on."""
    assert 93.5 <= coverage(n, p, q, alike) <= 96.5


@pytest.mark.parametrize(("n", "p", "q", "alike"), FEW)
def test_tango_is_careful_with_few(n, p, q, alike):
    """Where fewer are split on, no rule can hit 95 %, and the interval covers more, not less."""
    assert coverage(n, p, q, alike) > 96.5


@pytest.mark.parametrize(("n", "share", "alike"), [(40, 0.5, 0), (164, 0.9, 0.4), (1000, 0.5, 0.7), (1000, 0.98, 0.4)])
def test_mcnemar_keeps_false_alarms(n, share, alike):
    """Two models that are equally good differ at 5 % in at most 5 % of 20,000 runs."""
    p = cache(lambda a, b: from_counts(0, a, b, n - a - b).p)
    assert fmean(p(*run) < 0.05 for run in runs(share, share, alike, n, 20_000)) <= 0.05


OF_TWO = 1 - 0.025**0.5
"""The largest weight that a value at the end of the range has beside two others, but for a chance of 2.5 %."""


@pytest.mark.parametrize(
    ("a", "b", "groups", "interval"),
    [
        pytest.param([1, 1, 0, 1], [1, 0, 0, 1], None, tango(1, 0, 4), id="right and wrong: Tango's"),
        pytest.param([0.5, 1, 0], [0.5, 0, 0], None, tango(1, 0, 3), id="all or nothing apart: Tango's"),
        pytest.param([0.5, 1], [0.25, 0.75], None, (0.25 - 1.25 * OF_TWO, 0.25 + 0.75 * OF_TWO), id="equal parts"),
        pytest.param([0.5], [0.25], None, (0.25 - 1.25 * 0.975, 0.25 + 0.75 * 0.975), id="one part of an item"),
        pytest.param([0.5] * 4, [0.25] * 4, "aabb", (-1, 1), id="parts, in two groups: nothing is known"),
    ],
)
def test_paired_interval(a, b, groups, interval):
    """All-or-nothing differences have Tango's interval, others that of a mean which cannot leave -1 to 1."""
    assert pytest.approx(interval, abs=5e-3) == paired_interval(a, b, groups)


def test_groups_of_one_are_no_groups():
    """Where each item is its own group, the interval is the plain one but for Student's t."""
    a, b = marks(300, 40, 30, 130)
    plain, grouped = paired_interval(a, b), paired_interval(a, b, range(500))
    assert pytest.approx(plain, abs=2e-4) == grouped


def test_clustered_difference_of_alike():
    """Two models that got the same items right, in 20 groups, differ by no more than 20 items could show."""
    right = [item % 3 > 0 for item in range(200)]
    low, high = paired_interval(right, right, [item // 10 for item in range(200)])
    assert (True, True) == (low < tango(0, 0, 20)[0], high > tango(0, 0, 20)[1])


def clustered_runs(groups, size, spread, times):
    """Simulated outcomes of A and B, whose true difference varies from group to group around 0."""
    seed = np.random.default_rng(29)
    ability = seed.normal(0, 1, (times, groups, size))
    lean = seed.normal(0, spread, (times, groups, 1))
    a, b = (ability + side * lean + seed.normal(0, 0.7, ability.shape) > -0.7 for side in (1, -1))
    return zip(a.reshape(times, -1).tolist(), b.reshape(times, -1).tolist(), strict=True)


@pytest.mark.parametrize(
    ("groups", "size", "spread"),
    [
        pytest.param(29, 10, 0.2, id="29 subjects, each of which leans to one model"),
        pytest.param(29, 10, 0, id="29 subjects that do not lean"),
        pytest.param(40, 5, 0.3, id="40 tasks of five samples"),
        pytest.param(12, 20, 0.2, id="a dozen subjects"),
    ],
)
def test_clustered_difference_covers(groups, size, spread):
    """95 % intervals of a difference over groups hold the true one, 0, in 93.5 to 96.5 % of 2,000 runs."""
    of = [group for group in range(groups) for _ in range(size)]
    found = [paired_interval(a, b, of) for a, b in clustered_runs(groups, size, spread, 2000)]
    assert 93.5 <= 100 * fmean(low <= 0 <= high for low, high in found) <= 96.5


@pytest.mark.simulation
def test_mean_difference_covers(runs):
    """95 % intervals of shares of fields right, 60 documents, hold the true difference in at least 95 % of runs."""
    seed = np.random.default_rng(31)
    doc = seed.beta(8, 2, (runs(500), 60))
    a, b = (seed.binomial(4, doc * better) / 4 for better in (1, 0.95))
    truth = 0.8 * 0.05
    found = [paired_interval(*pair) for pair in zip(a.tolist(), b.tolist(), strict=True)]
    assert 100 * fmean(low <= truth <= high for low, high in found) >= 95


@pytest.mark.simulation
def test_rare_losses_of_parts(runs):
    """A candidate that is worse by the margin on a few items, in part, is let pass in 2.5 % of runs; by t in 8 %."""
    lost = np.where(np.random.default_rng(2).random((runs(400), 100)) < 0.04, 0.25, 1.0)
    passed = [paired_interval(list(scores), [1.0] * 100)[0] > -0.03 for scores in lost]
    assert 100 * fmean(passed) <= 2.5


@pytest.mark.parametrize(
    ("call", "said"),
    [
        pytest.param(lambda: mcnemar([True], [True, False]), "1 items of one and 2 of the other", id="unlike lengths"),
        pytest.param(lambda: mcnemar([], []), "0 items have no interval", id="nothing"),
        pytest.param(lambda: mcnemar([0.5], [1]), "neither right nor wrong; compare parts by", id="a part of an item"),
        pytest.param(lambda: paired_interval([87.5], [1]), "a score of 87.5 is not between 0 and 1", id="points"),
        pytest.param(lambda: paired_interval([1, float("nan")], [1, 0]), "a score of nan", id="a missing score"),
        pytest.param(lambda: paired_interval([1, 0], [1, 1], "aa"), "at least 2 are needed", id="one group"),
        pytest.param(lambda: tango(0, 0, 0), "0 items have no interval", id="no items"),
    ],
)
def test_no_comparison(call, said):
    """What cannot be compared says why."""
    with pytest.raises(KitError, match=said):
        call()


def test_false_equivalence_is_rare():
    """A model behind by exactly the margin passes as equivalent, or not inferior, in about 2.5 % of runs."""
    n, margin = 1000, 0.03
    ends = cache(lambda a, b: tango(a, b, n))
    found = [ends(*run) for run in runs(0.87, 0.90, 0.5, n, 20_000)]
    rates = [100 * fmean(is_equivalent(Estimate(0, low, high), margin) for low, high in found),
             100 * fmean(is_not_worse(Estimate(0, low, high), margin) for low, high in found)]  # fmt: skip
    assert [True, True] == [1.5 <= rate <= 3.5 for rate in rates]


@pytest.mark.parametrize(
    ("difference", "split", "power", "items"),
    [
        # ((1.95996 * sqrt(0.1) + 0.84162 * sqrt(0.1 - 0.0025)) / 0.05)**2 = 311.5
        pytest.param(0.05, 0.1, 0.8, 312, id="five points among ten that are split on"),
        pytest.param(-0.05, 0.1, 0.8, 312, id="behind takes as many as ahead"),
        # ((1.95996 * sqrt(0.1) + 0.84162 * sqrt(0.1 - 0.0001)) / 0.01)**2 = 7846.5
        pytest.param(0.01, 0.1, 0.8, 7847, id="one point takes 25 times as many"),
        pytest.param(0.05, 0.1, 0.9, 417, id="more power takes more"),
        pytest.param(0.0, 0.1, 0.8, None, id="no difference is shown by no number of items"),
    ],
)
def test_items_needed(difference, split, power, items):
    """The number is Connor's."""
    assert items == items_needed(difference, split, power)


@pytest.mark.parametrize(("p", "q", "alike", "power"), [
    (0.9, 0.87, 0.5, 0.8), (0.85, 0.75, 0.3, 0.8), (0.6, 0.5, 0, 0.8), (0.9, 0.85, 0.6, 0.9),
])  # fmt: skip
def test_that_many_items_do(p, q, alike, power):
    """With that many items the interval leaves 0 out about as often as promised, and exact McNemar nearly so."""
    _, only_a, only_b, _ = table(p, q, alike)
    n = items_needed(p - q, only_a + only_b, power)
    found = [from_counts(0, a, b, n - a - b) for a, b in runs(p, q, alike, n, 4000)]
    assert (pytest.approx(power, abs=0.025), pytest.approx(power, abs=0.06)) == (
        fmean(one.low > 0 for one in found), fmean(one.p < 0.05 for one in found))  # fmt: skip


@pytest.mark.parametrize(
    ("difference", "split", "margin", "items"),
    [
        # nothing split on: 3.8415 * (1 - 0.03) / 0.03 = 124.2
        pytest.param(0.0, 0.0, 0.03, 125, id="no item split on: the margin alone says how many"),
        pytest.param(0.05, 0.1, 0.0, 312, id="without a margin, as before"),
        pytest.param(-0.03, 0.1, 0.03, None, id="at the margin itself, none does"),
    ],
)
def test_items_needed_for_a_margin(difference, split, margin, items):
    """The number is Nam's."""
    assert items == items_needed(difference, split, margin=margin)


@pytest.mark.parametrize(("p", "q", "alike", "margin"), [(0.95, 0.95, 0, 0.03), (0.9, 0.92, 0.5, 0.05)])
def test_that_many_items_clear_the_margin(p, q, alike, margin):
    """With that many items the interval clears the margin about as often as promised, and not less."""
    _, only_a, only_b, _ = table(p, q, alike)
    n = items_needed(p - q, only_a + only_b, margin=margin)
    cleared = fmean(tango(a, b, n)[0] > -margin for a, b in runs(p, q, alike, n, 4000))
    assert 0.78 <= cleared <= 0.86


@pytest.mark.parametrize(
    ("difference", "split", "power", "said"),
    [
        pytest.param(0.2, 0.1, 0.8, "0.1 is not between the difference, .0.2, and 1", id="apart by more than is split"),
        pytest.param(0.1, 1.1, 0.8, "discordant_share: 1.1", id="more than all items"),
        pytest.param(0.1, 0.2, 1, "power: 1 is not between 0 and 1", id="certainty"),
    ],
)
def test_no_number_of_items(difference, split, power, said):
    """What cannot be, no number of items shows."""
    with pytest.raises(KitError, match=said):
        items_needed(difference, split, power)


def test_margin_is_a_share():
    """A margin in points is refused, since it would clear everything."""
    with pytest.raises(KitError, match="margin: 3 is not a share"):
        items_needed(0.0, 0.1, margin=3)


@pytest.fixture(scope="module")
def recorded():
    """Right and wrong of each model on the 2,900 recorded items, and their subjects."""
    with gzip.open(RECORDED, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    models = list(rows[0])[6:]
    return {model: [row[model] == row["key"] for row in rows] for model in models}, [row["subject"] for row in rows]


@needs_recorded
@pytest.mark.parametrize(
    ("a", "points", "low", "high", "p"),
    [
        pytest.param("qwen2.5-72b", -1.55, -2.68, -0.42, 0.0086, id="Qwen is behind GPT-4o"),
        pytest.param("claude-3.5-sonnet", 1.14, -0.02, 2.30, 0.060, id="Claude is not shown to be ahead of it"),
    ],
)
def test_recorded(recorded, a, points, low, high, p):
    """The figures in the data's README, from 2,900 recorded answers a model."""
    found = mcnemar(recorded[0][a], recorded[0]["gpt-4o"])
    ours = [100 * found.difference, 100 * found.low, 100 * found.high]
    assert ([points, pytest.approx(low, abs=0.02), pytest.approx(high, abs=0.02)], p) == (
        [round(ours[0], 2), *ours[1:]], round(found.p, 4 if p < 0.01 else 3))  # fmt: skip


@needs_recorded
def test_recorded_by_subject(recorded):
    """Said of subjects like these 29, and not of these alone, Qwen's gap is half as wide again, and unresolved."""
    of, subjects = recorded
    plain = paired_interval(of["qwen2.5-72b"], of["gpt-4o"])
    low, high = paired_interval(of["qwen2.5-72b"], of["gpt-4o"], subjects)
    assert (True, True) == (plain[1] < 0 < high, 1.4 < (high - low) / (plain[1] - plain[0]) < 1.6)


@needs_recorded
def test_recorded_holm(recorded):
    """Of eight models against GPT-4o five stand when all are tested: Qwen 2.5's p of 0.0086 counts four times."""
    of = recorded[0]
    others = {model: right for model, right in of.items() if model != "gpt-4o"}
    adjusted = intervals.holm({model: mcnemar(right, of["gpt-4o"]).p for model, right in others.items()})
    stands = {model for model, p in adjusted.items() if p < 0.05}
    assert ({"qwen2.5-72b", "qwen2-72b", "llama-3.1-70b", "mistral-large-2407", "gpt-4-turbo"}, 0.0342) == (
        stands, round(adjusted["qwen2.5-72b"], 4))  # fmt: skip


@pytest.mark.parametrize(
    ("both", "only_a", "only_b", "neither"), [(900, 60, 40, 100), (40, 9, 3, 12), (500, 0, 20, 80)]
)
def test_bootstrap(both, only_a, only_b, neither):
    """Resampled items give Tango's interval, to within a tenth of its width."""
    a = [1.0] * (both + only_a) + [0.0] * (only_b + neither)
    b = [1.0] * both + [0.0] * only_a + [1.0] * only_b + [0.0] * neither
    found, formula = bootstrap(a, b), tango(only_a, only_b, len(a))
    assert pytest.approx(formula, abs=0.1 * (formula[1] - formula[0])) == found

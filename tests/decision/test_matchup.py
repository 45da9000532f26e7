"""A winner only where the evidence shows one."""

from dataclasses import replace

import pytest

from kit import evidence
from kit.decision import matchup
from kit.errors import StudyError
from kit.evidence import Row

OURS, THEIRS = "deepseek-v4-flash", "gpt-4o"
DAY = "2026-11-24"


def score(model, value, n=1000, source="measured", metric="score.code"):
    return Row(model, metric, value, "%", source, DAY, "r", n=n)


def compare(*rows, dimension="code", margin=3.0):
    return matchup.compare_on(evidence.frame(rows), OURS, THEIRS, dimension, margin)


@pytest.mark.parametrize(
    ("ours", "theirs", "n", "winner", "why"),
    [
        pytest.param(90.0, 80.0, 1000, "candidate", "above 0", id="ten points on 1,000 items are a win"),
        pytest.param(80.0, 90.0, 1000, "incumbent", "below 0", id="and turned round a loss"),
        pytest.param(
            85.0, 81.5, 1000, "candidate", "+0.2 to +6.8: above 0", id="3.5 points just clear of 0 are one, too"
        ),
        pytest.param(81.5, 85.0, 1000, "incumbent", "-6.8 to -0.2: below 0", id="and turned round again a loss"),
        pytest.param(
            92.0,
            92.5,
            164,
            "unresolved",
            "44,891 items each would resolve it",
            id="half a point on HumanEval is neither",
        ),
        pytest.param(90.0, 90.0, 100, "unresolved", "no gap to resolve", id="the same on 100 items is not yet a tie"),
        pytest.param(
            90.0, 90.0, 10_000, "equivalent", "inside the margin of 3", id="the same on 10,000 is within the margin"
        ),
        pytest.param(
            88.0,
            89.5,
            40_000,
            "equivalent",
            "inside the margin",
            id="behind, and surely so, but by less than the margin",
        ),
    ],
)
def test_score(ours, theirs, n, winner, why):
    """A score wins by the interval of the difference, which the sentence gives."""
    found = compare(score(OURS, ours, n), score(THEIRS, theirs, n))
    assert why in found.why
    assert winner == found.winner


def test_score_says_how_much():
    """A comparison keeps difference and interval in points: 92.0 less 92.5 on 164 items (Newcombe)."""
    found = compare(score(OURS, 92.0, 164), score(THEIRS, 92.5, 164))
    assert (-0.5, -6.5, 5.5) == (found.difference, round(found.low, 1), round(found.high, 1))


@pytest.mark.parametrize(
    ("margin", "winner"),
    [pytest.param(0.5, "incumbent", id="a narrow margin"), pytest.param(5.0, "equivalent", id="a wide one")],
)
def test_margin_is_the_studys(margin, winner):
    """What counts as equivalent is the study's to say: 86 to 88 % on 10,000 items."""
    assert winner == compare(score(OURS, 86.0, 10_000), score(THEIRS, 88.0, 10_000), margin=margin).winner


def test_score_without_items():
    """A score that no number of items stands behind decides nothing."""
    found = compare(score(OURS, 95.0), score(THEIRS, 50.0, n=None))
    assert ("not checkable", "no number of items stands behind these figures") == (found.winner, found.why)


def amount(model, value, metric="context.tokens", unit="tokens", source="published", ref="r"):
    return Row(model, metric, value, unit, source, DAY, ref)


@pytest.mark.parametrize(
    ("ours", "theirs", "winner", "why"),
    [
        pytest.param([1_000_000], [128_000], "candidate", "7.8 times as much", id="more is better"),
        pytest.param([128_000], [256_000], "incumbent", "2.0 times as much", id="less is worse"),
        pytest.param([128_000], [128_000], "tie", "the same", id="as much is a tie"),
        pytest.param(
            [200_000, 300_000], [128_000, 131_072], "candidate", "1.5 times as much",
            id="sources that differ may agree on the winner, and the nearest two are compared",
        ),
        pytest.param(
            [100_000, 300_000], [128_000], "disputed", "the sources disagree; both figures are kept",
            id="or not, and then there is none",
        ),
        pytest.param(
            [128_000, 200_000], [128_000], "disputed", "the sources disagree; both figures are kept",
            id="nor where one source denies a tie",
        ),
    ],
)  # fmt: skip
def test_amount(ours, theirs, winner, why):
    """An amount wins if all sources of its kind agree that it is more."""
    rows = [amount(OURS, value, ref=f"r{n}") for n, value in enumerate(ours)]
    rows += [amount(THEIRS, value, ref=f"r{n}") for n, value in enumerate(theirs)]
    found = compare(*rows, dimension="context")
    assert (winner, why) == (found.winner, found.why)


@pytest.mark.parametrize(
    ("ours", "theirs", "winner", "why"),
    [
        pytest.param(0.25, 10.0, "candidate", "40.0 times cheaper", id="less is better"),
        pytest.param(10.0, 4.0, "incumbent", "2.5 times cheaper", id="more is worse"),
        pytest.param(3.0, 3.0, "tie", "the same", id="the same is a tie"),
    ],
)
def test_price(ours, theirs, winner, why):
    """A price wins if it is lower."""
    rows = [amount(model, usd, "price.output", "USD/Mtok") for model, usd in ((OURS, ours), (THEIRS, theirs))]
    found = compare(*rows, dimension="output cost")
    assert (winner, why) == (found.winner, found.why)


@pytest.mark.parametrize(
    ("ours", "theirs", "winner"),
    [
        pytest.param([0], [1], "incumbent", id="no against yes"),
        pytest.param([1], [0], "candidate", id="yes against no"),
        pytest.param([1], [1], "tie", id="yes and yes"),
        pytest.param([0, 1], [1], "disputed", id="no or yes against yes"),
    ],
)
def test_ability(ours, theirs, winner):
    """One that has an ability beats one that has not, if the sources agree."""
    rows = [amount(OURS, value, "input.vision", "yes/no", ref=f"r{n}") for n, value in enumerate(ours)]
    rows += [amount(THEIRS, value, "input.vision", "yes/no", ref=f"r{n}") for n, value in enumerate(theirs)]
    assert winner == compare(*rows, dimension="vision").winner


def speed(model, value, low=None, high=None):
    return Row(model, "throughput.tok_s", value, "tok/s", "measured", DAY, "r", low=low, high=high)


@pytest.mark.parametrize(
    ("ours", "theirs", "winner"),
    [
        pytest.param((60, 58, 62), (50, 48, 52), "candidate", id="apart"),
        pytest.param((50, 48, 52), (60, 58, 62), "incumbent", id="apart, the other way"),
        pytest.param((60, 50, 70), (50, 40, 60), "unresolved", id="overlapping"),
        pytest.param((60, 50, 70), (40, 30, 50), "candidate", id="touching: the ratio's interval is above 1"),
        pytest.param((60,), (50,), "not checkable", id="without a run behind them"),
    ],
)
def test_throughput(ours, theirs, winner):
    """A speed wins if the interval of the ratio leaves 1 out, which intervals that touch may do."""
    assert winner == compare(speed(OURS, *ours), speed(THEIRS, *theirs), dimension="throughput").winner


@pytest.mark.parametrize(
    ("rows", "source", "winner"),
    [
        pytest.param(
            [score(OURS, 95.0), score(THEIRS, 80.0), score(OURS, 70.0, source="article"),
             score(THEIRS, 90.0, source="article")],
            "measured", "candidate", id="measured on both sides beats the article",
        ),
        pytest.param(
            [score(OURS, 95.0), score(OURS, 70.0, source="article"), score(THEIRS, 90.0, source="article")],
            "article", "incumbent", id="measured on one side is not set against the article on the other",
        ),
        pytest.param(
            [score(OURS, 95.0), score(THEIRS, 80.0, source="article")],
            "", "not checkable", id="kinds that do not meet decide nothing",
        ),
        pytest.param([], "", "not checkable", id="nor does nothing at all"),
    ],
)  # fmt: skip
def test_kinds_are_never_mixed(rows, source, winner):
    """A comparison rests on the most trusted kind that both sides have."""
    found = compare(*rows)
    assert (source, winner) == (found.source, found.winner)


def test_letters_decide_nothing():
    """An A against a B+ is told, and no winner is called."""
    rows = [replace(score(model, points, None, "article", "grade.code"), unit="grade", note=letter)
            for model, points, letter in ((OURS, 4.0, "A"), (THEIRS, 3.3, "B+"))]  # fmt: skip
    found = compare(*rows)
    assert ("A", "B+", "not checkable", "letters only: no score on both sides") == (
        found.candidate, found.incumbent, found.winner, found.why
    )  # fmt: skip


def test_reasoning_falls_back_on_general():
    """Where reasoning is not scored apart, general reasoning stands for it."""
    rows = [score(model, value, metric="score.general") for model, value in ((OURS, 90.0), (THEIRS, 80.0))]
    assert "candidate" == compare(*rows, dimension="reasoning").winner


@pytest.mark.parametrize(
    ("metric", "unit", "dimension", "values", "shown"),
    [
        pytest.param(
            "context.tokens", "tokens", "context", (1e6, 128e3), ("1,000,000", "128,000", 872_000.0), id="tokens"
        ),
        pytest.param("input.vision", "yes/no", "vision", (0, 1), ("no", "yes", -1.0), id="yes and no"),
        pytest.param("price.output", "USD/Mtok", "output cost", (0.25, 10), ("$0.25", "$10.00", -9.75), id="dollars"),
        pytest.param("throughput.tok_s", "tok/s", "throughput", (60, 50), ("60 tok/s", "50 tok/s", 10.0), id="speed"),
    ],
)
def test_words(metric, unit, dimension, values, shown):
    """Figures are told in words with their unit, and their difference is candidate minus incumbent."""
    rows = [amount(model, value, metric, unit) for model, value in zip((OURS, THEIRS), values, strict=True)]
    found = compare(*rows, dimension=dimension)
    assert shown == (found.candidate, found.incumbent, found.difference)


def test_comparison_cites_its_rows():
    """A comparison names the rows it rests on, and no others."""
    rows = [score(OURS, 90.0), score(THEIRS, 80.0)]
    found = compare(*rows, score("glm-5", 70.0), score(OURS, 60.0, source="article"))
    assert set(evidence.frame(rows)["id"]) == set(found.rows.split())


def test_unknown_dimension():
    """A dimension that is none is told with the nearest one."""
    with pytest.raises(StudyError, match=r"'visoin' is not a dimension; did you mean 'vision'\?"):
        compare(score(OURS, 90.0), dimension="visoin")

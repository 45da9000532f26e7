"""Two contenders on the same items: the difference, the cost of a right answer, and the items that they split on."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest
import stub
from places import SHARED

from kit import client, evidence, pricing
from kit.benchmarks import SuiteOptions, answer_scores, measure, several_suites
from kit.benchmarks.measure import Measured
from kit.decision import paired_matchup
from kit.errors import AskError

RECORDED_MMLU = SHARED / "data" / "recorded-mmlu.csv.gz"
DAY = date(2026, 11, 24)
OURS, THEIRS = "glm-5@new", "gpt-4o@old"
USD = (0.01, 0.02)  # an answer of the candidate, of the incumbent


def marked(ours, theirs, our_usd=None, their_usd=None):
    """Scores of items q0, q1, ...: 1 right, 0 wrong, - never asked; and what an answer costs."""
    rows = [
        {"contender": who, "item": f"q{n}", "sample": 0, "group": "", "level": n % 3 + 1, "read": mark,
         "outcome": {"1": "right", "0": "wrong", "-": "unanswered"}[mark],
         "value": None if mark == "-" else float(mark), "valid": None,
         "expected": "1", "output_tokens": 9, "total_s": 1.0, "cost_usd": usd}
        for who, marks, usd in ((OURS, ours, our_usd), (THEIRS, theirs, their_usd)) for n, mark in enumerate(marks)
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=list(answer_scores.COLUMNS))
    return Measured("code", table.astype(answer_scores.nothing().dtypes.to_dict()), "mine 1, 8 items", "", DAY)


def compared(*args, margin=3, **more):
    return paired_matchup.compare_on_items(marked(*args, **more), (OURS, THEIRS), margin)


@pytest.mark.parametrize(
    ("ours", "theirs", "winner"),
    [
        pytest.param("1" * 40, "0" * 40, "candidate", id="all right against all wrong"),
        pytest.param("0" * 40, "1" * 40, "incumbent", id="and turned round"),
        pytest.param("1" * 400, "1" * 400, "equivalent", id="400 items alike are within three points"),
        pytest.param("1" * 40, "1" * 40, "unresolved", id="40 items alike are not"),
        pytest.param("10" * 4, "01" * 4, "unresolved", id="as many lost as won"),
    ],
)
def test_winner(ours, theirs, winner):
    """The winner follows from the paired interval and the margin."""
    assert winner == compared(ours, theirs).winner


def test_needed():
    """What is unresolved says how many items would do: some, and more than there were."""
    found = compared("1" * 39 + "0", "1" * 40)
    assert found.needed > 40
    assert compared("1" * 40, "0" * 40).needed is None


def test_needed_shows_them_equivalent():
    """Where the two are alike, no number tells them apart, but one shows them within the margin."""
    assert 200 < compared("10" * 4 + "1" * 32, "01" * 4 + "1" * 32, margin=5).needed < 20_000


def test_left_out():
    """An item that one of them left unanswered enters at its worst and its best; one that neither answered does not."""
    found = compared("11-1", "10-0")
    assert "the same 3 items" in found.basis
    found = compared("111-", "10-0")
    assert (4, True) == (found.n, "2 of them unanswered by one of the two" in found.basis)
    assert (100.0, 50.0) == (found.scores[0].value, found.scores[1].value)
    assert (found.low, found.high) == (compared("1110", "1010").low, compared("1111", "1000").high)


@pytest.mark.parametrize(
    ("ours", "theirs"), [pytest.param("--", "11", id="one silent"), pytest.param("", "", id="none")]
)
def test_nothing_in_common(ours, theirs):
    """Without an item that both answered there is no comparison."""
    both = marked(ours + "-", theirs + "-")
    assert paired_matchup.compare_on_items(both, (OURS, THEIRS), 3) is None
    assert 0 == len(paired_matchup.items_apart([both], (OURS, THEIRS)))


def test_parted():
    """Items that the two split on are shown, those that the candidate loses first, the easy ones before the hard."""
    found = paired_matchup.items_apart([marked("100011", "101101")], (OURS, THEIRS))
    assert [("q3", -1.0), ("q2", -1.0), ("q4", 1.0)] == list(zip(found["item"], found["difference"], strict=True))
    assert ["0", "1"] == list(found.loc[0, [OURS, THEIRS]])


def test_cost():
    """A right answer: 8 at 1 cent for 6 right is 1.33 cents; 8 at 2 cents for 8 right is 2: 1.5 times as good."""
    found = paired_matchup.compare_cost([marked("11111100", "11111111", *USD)], (OURS, THEIRS))
    assert pytest.approx(1.5) == found.times.value
    assert found.times.low < 1.5 < found.times.high


@pytest.mark.parametrize(
    "given",
    [
        pytest.param([], id="nothing measured"),
        pytest.param([marked("11", "11", None, 0.02)], id="an unknown price"),
        pytest.param([marked("00", "11", *USD)], id="no right answer"),
        pytest.param([marked("11", "11", 0.01, 0.0)], id="an incumbent that costs nothing"),
        pytest.param([marked("1", "1", *USD)], id="one item"),
    ],
)
def test_no_cost(given):
    """Where a right answer has no known cost, there is none, and not 0."""
    assert paired_matchup.compare_cost(given, (OURS, THEIRS)) is None


def test_rows():
    """The difference is evidence against the incumbent; a score that is evidence already is not given twice."""
    taken = [marked("1111111100", "1111111111", *USD)]
    rows = evidence.frame(paired_matchup.pair_rows(taken, (OURS, THEIRS), evidence.frame([])))
    found = evidence.best(rows, "glm-5", "difference.code")
    assert (-20, 10, "new", "gpt-4o@old") == (round(found["value"]), *found[["n", "way", "against"]])
    assert pytest.approx(0.625) == evidence.best(rows, "glm-5", "times.cost.accepted")["value"]  # 0.5 / 0.8
    scored = rows[rows["metric"].str.startswith("score.")]
    again = evidence.frame(paired_matchup.pair_rows(taken, (OURS, THEIRS), scored))
    assert 2 == len(scored)
    assert not again["metric"].str.startswith("score.").any()


@pytest.fixture(scope="module")
def server():
    with stub.running() as running:
        yield running


def test_nothing_is_asked_twice(server, tmp_path):
    """What a benchmark has asked of both is taken from the store."""
    who = [{"model": "gpt-4o", "way": way, "base_url": server.url, "called": f"says:{way}"} for way in "AB"]
    kept, book = str(tmp_path / "answers.sqlite"), pricing.ListBook()
    options = SuiteOptions("kit-general", limit=12)
    measure.measure_category("general", options, who, kept, book, DAY)
    before = client.count_answers(Path(kept))
    (found,) = paired_matchup.measure_pair(
        ("gpt-4o@A", "gpt-4o@B"), several_suites({"kit-general": 12}, ""), "", who, kept, book, DAY
    )
    assert (24, 24) == (before, client.count_answers(Path(kept)))
    assert {"gpt-4o@A", "gpt-4o@B"} == set(found.scores["contender"])


@pytest.mark.parametrize(
    ("pair", "said"),
    [
        pytest.param(("gpt-4o@C", "gpt-4o@A"), "'gpt-4o@C' is not among the contenders; did you mean", id="a slip"),
        pytest.param(("gpt-4o", "gpt-4o@A"), "'gpt-4o' could be gpt-4o@A or gpt-4o@B; name one", id="one of two"),
    ],
)
def test_who_is_meant(tmp_path, pair, said):
    """A side that is no contender, or one of several, is told before anything is asked."""
    who = [{"model": "gpt-4o", "way": way, "base_url": "http://127.0.0.1:9/v1"} for way in "AB"]
    with pytest.raises(AskError, match=said):
        paired_matchup.measure_pair(
            pair, several_suites({"kit-code": 1}, ""), "", who, str(tmp_path / "a.sqlite"), pricing.ListBook(), DAY
        )


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """(candidate, incumbent) -> what was recorded of both."""

    def take(*pair):
        recorded = [SuiteOptions(recorded_from=str(RECORDED_MMLU))]
        return paired_matchup.measure_pair(pair, recorded, "general", (), "", pricing.ListBook(), DAY)

    return take


@pytest.mark.skipif(not RECORDED_MMLU.exists(), reason="the shared data is not here")
@pytest.mark.parametrize(
    ("pair", "margin", "figures", "p", "winner"),
    [
        # the figures of the data's README: -1.55 points, about [-2.68, -0.42], p = 0.0086; and p = 0.060
        pytest.param(("qwen2.5-72b", "gpt-4o"), 3, (-1.55, -2.70, -0.42), 0.0086, "equivalent", id="within 3 points"),
        pytest.param(("qwen2.5-72b", "gpt-4o"), 1, (-1.55, -2.70, -0.42), 0.0086, "incumbent", id="behind GPT-4o"),
        pytest.param(("claude-3.5-sonnet", "gpt-4o"), 3, (1.14, -0.02, 2.30), 0.0605, "equivalent", id="Sonnet, too"),
        pytest.param(("claude-3.5-sonnet", "gpt-4o"), 1, (1.14, -0.02, 2.30), 0.0605, "unresolved", id="open within 1"),
        pytest.param(
            ("qwen2.5-72b", "claude-3.5-sonnet"), 3, (-2.69, -3.90, -1.50), 1.35e-5, "incumbent", id="behind Sonnet"
        ),
    ],
)
def test_recorded(recorded, pair, margin, figures, p, winner):
    """On 2,900 recorded answers the matchups give the hand-computed figures."""
    (taken,) = recorded(*pair)
    found = paired_matchup.compare_on_items(taken, pair, margin)
    assert (2900, winner) == (found.n, found.winner)
    assert pytest.approx(figures, abs=0.01) == (found.difference, found.low, found.high)
    assert pytest.approx(p, rel=0.02) == found.p
    assert "recorded answers to the same 2,900 items" == found.basis

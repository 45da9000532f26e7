"""What the ask notebook says of answers: how many, how fast, for how much, and what is still missing."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pandas as pd
import pytest

from kit import evidence, pricing
from kit.client import Answer, Failure, answer_table
from kit.pricing import Usage
from kit.report import ask_chapter

AT = datetime(2026, 11, 24, 15, tzinfo=UTC)


def answer(seconds=2.0, first=1.0, output=11):
    return Answer("ok", "stop", Usage(100, 40, output), "2026-11-20T12:00:00+00:00", seconds, first)


@pytest.fixture
def answers():
    """Three answers and a failure of one contender, a failure of another."""
    outcomes = [answer(), answer(3.0), answer(6.0), Failure("rate_limit", "HTTP 429: slow down", 5)]
    rows = [("gpt-4o@box", f"q{n}", 0, outcome) for n, outcome in enumerate(outcomes)]
    return answer_table([*rows, ("mine@box", "q0", 0, Failure("auth", "HTTP 401: no", 1))])


def test_outcomes(answers):
    """Failures are counted apart, each kind with the endpoint's own words."""
    assert ask_chapter.outcomes(answers).to_dict("records") == [
        {"contender": "gpt-4o@box", "asked": 4, "answered": 3, "failed": 1, "why": "1 rate_limit: HTTP 429: slow down"},
        {"contender": "mine@box", "asked": 1, "answered": 0, "failed": 1, "why": "1 auth: HTTP 401: no"},
    ]


def test_speeds(answers):
    """Medians of seconds; the mean of tokens a second (10 after the first one, over 1, 2, 5 s), with its interval."""
    (found,) = ask_chapter.speeds(answers).to_dict("records")
    assert (3, 1.0, 3.0) == (found["answers"], found["first token"], found["whole answer"])
    assert pytest.approx((10 + 5 + 2) / 3) == found["tokens/s"]
    # standard deviation 4.0415 over the root of 3, times t(0.975, 2) = 4.3027
    assert pytest.approx((-4.373, 15.706), abs=0.001) == (found["low"], found["high"])


@pytest.mark.parametrize(
    ("usd", "costs"),
    [
        pytest.param([0.5, 0.25, 0.25, None, None], Decimal("1.0"), id="priced answers add up, failures cost nothing"),
        pytest.param([0.5, None, 0.25, None, None], None, id="one unknown price makes the sum unknown"),
    ],
)
def test_costs(answers, usd, costs):
    """A contender's cost is the sum of its answers', or unknown."""
    assert [("gpt-4o@box", costs)] == ask_chapter.costs(answers.assign(cost_usd=pd.array(usd, dtype="Float64")))


def test_elsewhere(answers):
    """The same tokens are priced on other models as fresh ones; what a book does not know is missing."""
    used = ask_chapter.tokens(answers)
    assert Usage(300, 0, 33) == used
    table = ask_chapter.elsewhere(used, [pricing.ArticleBook(), pricing.ListBook()], ["gpt-4o", "deepseek-coder"], AT)
    assert pytest.approx((300 * 2.5 + 33 * 10) / 1e6) == table["article"][0]
    assert table.loc[1, ["article", "list"]].isna().all()


def test_rows(answers):
    """What was measured is evidence of the day it was asked; what is unanswered says that the run is not done."""
    table = evidence.frame(ask_chapter.rows(answers, "requests article", date(2026, 11, 24)))
    missing = table[table["metric"] == evidence.UNANSWERED]
    assert [("gpt-4o", 1), ("mine", 1)] == list(zip(missing["subject"], missing["value"], strict=True))
    speed = evidence.best(table, "gpt-4o", "throughput.tok_s", "measured")
    assert ("2026-11-20", 3, "box", "mean") == tuple(speed[["as_of", "n", "way", "note"]])

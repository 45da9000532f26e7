"""Many answers as one frame: what came back, why nothing did, and what it cost."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pandas as pd
import pytest

from kit.client import answers
from kit.client.answers import ANSWER_COLUMNS, ERROR_KINDS, Answer, Failure
from kit.pricing import ArticleBook, ListBook, Rate, Usage

AT = "2026-11-24T12:00:00.000+00:00"
CALL = {"id": "c1", "name": "f", "arguments": "{}"}
ANSWER = Answer(
    "Hi.", "stop", Usage(20, 4, 9, 3), AT, 2.5, 0.5, (CALL,), "hm", "m-1", "odd", attempts=2, confidence=0.9
)
FAILURE = Failure("timeout", "host: no answer in time", 5, AT)
FLASH = "deepseek-v4-flash@deepseek"


def one(outcome, contender=FLASH):
    return answers.answer_table([(contender, "a", 0, outcome)])


def missing(row):
    return {name for name, value in row.items() if not isinstance(value, list) and pd.isna(value)}


def test_answer():
    """An answer's row holds all that came back."""
    row = one(ANSWER).iloc[0].to_dict()
    expected = {
        "contender": FLASH, "request": "a", "sample": 0, "text": "Hi.", "finish_reason": "stop", "tool_calls": [CALL],
        "thinking": "hm", "prompt_tokens": 20, "cached_tokens": 4, "output_tokens": 9, "reasoning_tokens": 3,
        "first_token_s": 0.5, "total_s": 2.5, "tokens_per_s": 4.0, "attempts": 2, "confidence": 0.9,
        "error_kind": "", "error": "",
        "note": "odd", "batch": "", "asked_at": pd.Timestamp(AT), "served_by": "m-1",
    }  # fmt: skip
    assert (expected, {"cost_usd"}) == ({name: row[name] for name in expected}, missing(row))


def test_failure():
    """A failure's row has no text, not an empty one, and says why in a word and in words."""
    row = one(FAILURE).iloc[0].to_dict()
    there = {
        "contender": FLASH, "request": "a", "sample": 0, "attempts": 5, "error_kind": "timeout",
        "error": "host: no answer in time", "note": "", "batch": "", "asked_at": pd.Timestamp(AT),
    }  # fmt: skip
    assert (there, set(ANSWER_COLUMNS) - set(there)) == ({name: row[name] for name in there}, missing(row))


def test_never_sent():
    """What was never sent was sent at no time."""
    row = one(Failure("budget", "not asked")).iloc[0]
    assert (0, True) == (row["attempts"], pd.isna(row["asked_at"]))


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([], id="nothing"),
        pytest.param([(FLASH, "a", 0, Failure("budget", "not asked"))], id="failures alone"),
        pytest.param([(FLASH, "a", 0, replace(ANSWER, usage=None, first_token_s=None))], id="no usage, no timing"),
        pytest.param([(FLASH, "a", 0, FAILURE), (FLASH, "b", 0, ANSWER)], id="both"),
    ],
)
def test_columns(rows):
    """A frame has its columns in order, and their types whatever is in them: counts are whole."""
    table = answers.answer_table(rows)
    types = {name: str(table.dtypes[name]) for name in ANSWER_COLUMNS}
    counts = [name for name in ANSWER_COLUMNS if name.endswith("_tokens")]
    measures = ["first_token_s", "total_s", "tokens_per_s", "cost_usd"]
    assert list(ANSWER_COLUMNS) == list(table.columns)
    assert ({"Int64"}, {"Float64"}) == ({types[name] for name in counts}, {types[name] for name in measures})
    assert (True, 4) == (types["asked_at"].endswith("UTC]"), len(counts))


def test_without_usage():
    """An answer whose usage is unknown is an answer; its counts are missing, not 0."""
    row = one(replace(ANSWER, usage=None)).iloc[0].to_dict()
    counts = {"prompt_tokens", "cached_tokens", "output_tokens", "reasoning_tokens"}
    assert ("Hi.", counts | {"tokens_per_s", "cost_usd"}) == (row["text"], missing(row))


@pytest.mark.parametrize(
    ("output", "first_s", "total_s", "speed"),
    [
        pytest.param(9, 0.5, 2.5, 4.0, id="eight tokens after the first, in two seconds"),
        pytest.param(2, 1.0, 1.5, 2.0, id="one token after the first, in half a second"),
        pytest.param(1, 0.5, 2.5, None, id="one token has no speed"),
        pytest.param(0, 0.5, 2.5, None, id="neither has none"),
        pytest.param(9, None, 2.5, None, id="what was not streamed has no first token"),
        pytest.param(9, 2.5, 2.5, None, id="what came all at once has no speed, and not an infinite one"),
    ],
)
def test_tokens_per_s(output, first_s, total_s, speed):
    """Decoding speed leaves the first token out of both the tokens and the time."""
    answer = Answer("", "stop", Usage(1, 0, output), AT, total_s, first_s)
    assert speed == answer.tokens_per_s


@pytest.mark.parametrize(
    ("at", "usd"),
    [
        # https://api-docs.deepseek.com/quick_start/pricing/: 0.15, 0.003 cached, 0.60; twice that at peak hours
        pytest.param("2026-11-24T12:00:00+00:00", 0.15 + 0.60, id="off-peak"),
        pytest.param("2026-11-24T02:00:00+00:00", 0.30 + 1.20, id="at a peak hour"),
        pytest.param("2026-11-24T10:00:00+08:00", 0.30 + 1.20, id="at the same hour, told in Beijing"),
    ],
)
def test_priced_at_its_hour(at, usd):
    """An answer costs what its tokens cost at the hour when they were asked for: a million in, a million out."""
    table = answers.with_costs(one(replace(ANSWER, usage=Usage(10**6, 0, 10**6), asked_at=at)), ListBook())
    assert [pytest.approx(usd)] == table["cost_usd"].tolist()


@pytest.mark.parametrize(
    ("outcome", "contender"),
    [
        pytest.param(FAILURE, FLASH, id="a failure"),
        pytest.param(replace(ANSWER, usage=None), FLASH, id="an answer of unknown usage"),
        pytest.param(ANSWER, FLASH, id="cached tokens, for which the article has no price"),
        pytest.param(replace(ANSWER, usage=Usage(20, 0, 9)), "m@box", id="a model that no book knows"),
        pytest.param(replace(ANSWER, usage=Usage(20, 0, 9)), "gpt-4o@ft@box", id="one named like another"),
    ],
)
def test_unknown_cost(outcome, contender):
    """What cannot be priced is missing, and does not cost 0."""
    table = answers.with_costs(one(outcome, contender), ArticleBook())
    assert [True] == table["cost_usd"].isna().tolist()


def test_priced():
    """A book prices each row by its model, with the moment and the prompt's length, and leaves the frame as it was."""
    asked = []

    class Book:
        name = "list"

        def knows(self, model):
            return True

        def rate(self, model, at, prompt=0, batch=False):
            asked.append((model, at, prompt))
            return Rate(model, Decimal(2), Decimal(8), Decimal("0.5"), "list", "2026", "r")

    outcomes = [(FLASH, "a", 0, ANSWER), ("gpt-4o@gateway", "a", 0, ANSWER), (FLASH, "b", 0, FAILURE)]
    table = answers.answer_table(outcomes)
    priced = answers.with_costs(table, Book())
    moment = datetime(2026, 11, 24, 12, tzinfo=UTC)
    # 16 fresh at 2.00, 4 cached at 0.50, 9 written at 8.00 a million
    assert [0.000106, 0.000106, pd.NA] == priced["cost_usd"].tolist()
    assert [("deepseek-v4-flash", moment, 20), ("gpt-4o", moment, 20)] == asked
    assert (True, "Float64") == (table["cost_usd"].isna().all(), str(priced["cost_usd"].dtype))


def test_words():
    """Each column and each kind of failure is explained in a line."""
    assert [] == [name for name, said in (ANSWER_COLUMNS | ERROR_KINDS).items() if not said or "\n" in said]

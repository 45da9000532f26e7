"""What a saving hangs on: one thing at a time, by hand at the article's prices."""

import pandas as pd
import pytest

from kit import pricing
from kit.errors import UsageError
from kit.stats import monthly
from kit.traffic import Traffic, sensitivity

GPT, V4 = "gpt-4o", "deepseek-v4-flash"
BOOK = pricing.ArticleBook()


def log(text="Guten Tag", days=14):
    """A call a day: a million tokens in, a tenth of it out. As printed 3.50 USD on GPT-4o, 0.205 on V4 Flash."""
    return Traffic.of(
        pd.DataFrame({
            "at": pd.date_range("2026-10-19 15:00", periods=days), "logged": GPT, "endpoint": "talk", "answer": text,
            "prompt": 1_000_000, "output": 100_000,
        }), {GPT: GPT},
    )  # fmt: skip


def moved(traffic=None, shelf=(BOOK,), **ranges):
    return sensitivity.saving_sensitivity(traffic or log(), list(shelf), GPT, V4, ranges)


def test_as_logged_comes_first():
    """The first row is the traffic as it was: 3.50 a day less 0.205, and no doubt, since all days are alike."""
    first = moved().iloc[0]
    saving = (3.5 - 0.205) * monthly.MONTH
    assert "" == first["lever"]
    assert [saving, saving, saving, 3.5 / 0.205] == pytest.approx(
        [first[c] for c in ("saving", "low", "high", "times")]
    )


@pytest.mark.parametrize(
    ("lever", "setting", "incumbent", "candidate"),
    [
        pytest.param("output", 2.0, 3.5, 0.18 + 0.05, id="the candidate writes twice as much"),
        pytest.param("retried", 0.1, 3.5, 0.205 * 1.1, id="one call of ten is sent to the candidate again"),
        pytest.param("chinese", 1.5, 3.5, 0.205 * 1.5, id="the candidate cuts Chinese into half as many tokens again"),
        pytest.param("cached", 0.8, 3.5, 0.205, id="the article has no cached price, so caching saves nothing"),
        pytest.param("batched", 0.5, 3.5, 0.205, id="nor one for batches"),
    ],
)
def test_moved(lever, setting, incumbent, candidate):
    """A lever moves the bill that it is about by as much as it says."""
    row = moved(log("我的包裹在哪里"), **{lever: (0.5 if lever in ("output", "chinese") else 0.0, setting)}).iloc[-1]
    assert (lever, setting) == (row["lever"], row["setting"])
    assert [incumbent, candidate] == pytest.approx([row["incumbent"] / monthly.MONTH, row["candidate"] / monthly.MONTH])


def test_batches_move_both():
    """At list, half of the calls in batches take a quarter off GPT-4o's bill, and nothing off V4 Flash's."""
    table = moved(shelf=[pricing.ListBook()], batched=(0.0, 0.5)).set_index("setting")
    assert 0.75 == pytest.approx(table.loc[0.5, "incumbent"] / table.loc[0.0, "incumbent"])
    assert 1 == pytest.approx(table.loc[0.5, "candidate"] / table.loc[0.0, "candidate"])


def test_strongest_first():
    """The lever that moves the saving most stands first, its low setting before its high one."""
    table = moved(retried=(0.0, 0.1), output=(0.5, 3.0))
    assert ["", "output", "output", "retried", "retried"] == table["lever"].tolist()
    assert [0.5, 3.0, 0.0, 0.1] == table["setting"].tolist()[1:]


def test_no_chinese():
    """Where no text is Chinese, there is nothing that the lever could move."""
    assert [""] == moved(chinese=(0.7, 1.4))["lever"].tolist()


def test_each_has_its_words():
    """Every lever says what it moves, and has a range that can be used."""
    assert set(sensitivity.RANGE_MEANINGS) == set(sensitivity.RANGES)
    assert len(moved(log("我的包裹"), **sensitivity.RANGES)) == 1 + 2 * len(sensitivity.RANGES)


@pytest.mark.parametrize(
    ("ranges", "said"),
    [
        pytest.param({"cach": (0, 1)}, "'cach' is not a lever; did you mean 'cached'?", id="misspelt"),
        pytest.param({"cached": (0, 1.5)}, "cached: [0, 1.5] is not a low and a high setting, shares", id="above 1"),
        pytest.param({"output": (2, 1)}, "output: [2, 1] is not a low and a high setting, multiples", id="backwards"),
        pytest.param({"output": (2,)}, "output: [2] is not", id="one end"),
    ],
)
def test_refused(ranges, said):
    """A lever or range that means nothing is told before anything is priced."""
    with pytest.raises(UsageError) as caught:
        moved(**ranges)
    assert said in str(caught.value)


def test_no_price():
    """Without a price there is no saving to tell."""
    with pytest.raises(UsageError, match="deepseek-coder: no price book has a price"):
        sensitivity.saving_sensitivity(log(), [BOOK], GPT, "deepseek-coder")

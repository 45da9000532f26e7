"""Recorded dollars at another day's list prices: a range between the parts of the bill that changed least and most."""

import pandas as pd
import pytest

from kit import decision
from kit.report import recorded_chapter

DAY = "2026-11-24T15:00Z"


def standings(**usd):
    """Recorded dollars of models, all of runs in May 2026."""
    rows = [
        {"model": model.replace("_", "-"), "ref": "r", "ran": "2026-05-01", "usd": usd} for model, usd in usd.items()
    ]
    return pd.DataFrame(rows, columns=["model", "ref", "ran", "usd"])


def test_a_range():
    """Input rose from 0.435 to 0.66, cached input from 0.003625 to 0.022, output from 0.87 to 1.98 (USD/Mtok)."""
    row = decision.at_todays_prices(standings(deepseek_v4_pro=0.10), DAY).iloc[0]
    assert (pytest.approx(0.10 * 0.66 / 0.435), pytest.approx(0.10 * 0.022 / 0.003625)) == (
        row["today_low"],
        row["today_high"],
    )


def test_unchanged_and_unknown_prices():
    """Where no price changed the dollars stay; where one is unknown, so is the range, and dollars unknown stay out."""
    prices = decision.at_todays_prices(standings(glm_5=2.0, no_such_model=1.0, gpt_4o=float("nan")), DAY)
    assert [("glm-5", 2.0), ("no-such-model", None)] == [
        (row.model, None if pd.isna(row.today_low) else row.today_low) for row in prices.itertuples()
    ]
    sentence = recorded_chapter.todays_prices(prices.replace("no-such-model", "kimi-k2.5"), DAY)
    assert "Prices are those of the recorded day for GLM-5. A price is unknown for Kimi K2.5." == sentence


def test_in_words():
    """The sentence gives the range beside what was recorded; a source without dollars says so."""
    prices = decision.at_todays_prices(standings(deepseek_v4_pro=0.054), DAY)
    assert "DeepSeek V4 Pro $0.082 to $0.33 (recorded: $0.054)" in recorded_chapter.todays_prices(prices, DAY)
    assert "The source tells no dollars." == recorded_chapter.todays_prices(prices[:0], DAY)

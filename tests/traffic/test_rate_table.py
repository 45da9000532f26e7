"""Prices in whole numbers, each asked for once."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from genai_prices.data_snapshot import get_snapshot

from kit.pricing import ListBook
from kit.traffic.rate_table import SIDES, UNITS, Kind, RateTable

V4 = "deepseek-v4-flash"
TUESDAY = datetime(2026, 11, 24, tzinfo=UTC)


class Counted(ListBook):
    """The list, and how often it was asked."""

    def __init__(self):
        self.asked = 0

    def rate(self, *arguments):
        self.asked += 1
        return super().rate(*arguments)


def test_listed_prices_are_whole():
    """Of all prices of the snapshot, each is a whole number of units a token, so that nothing is rounded."""
    entries = [info for provider in get_snapshot().providers for info in provider.models]
    listed = [info.prices if isinstance(info.prices, list) else [info] for info in entries]
    prices = [price.prices for some in listed for price in some]
    sides = [
        getattr(price, f"{side}_mtok") for price in prices for side in ("input", "output", "cache_read", "cache_write")
    ]
    tiers = [[side.base, *(tier.price for tier in side.tiers)] if hasattr(side, "tiers") else [side] for side in sides]
    units = [price * UNITS / 1_000_000 for some in tiers for price in some if price is not None]
    assert len(units) > 5000
    assert [] == [price for price in units if price != price.to_integral_value()]


@pytest.mark.parametrize(
    ("at", "hours", "usd"),
    [
        pytest.param(TUESDAY, 0, "0.60", id="a moment off peak"),
        pytest.param(TUESDAY.replace(hour=2), 0, "1.20", id="a moment at peak"),
        pytest.param(TUESDAY, 24, "0.775", id="a day: 7 hours of peak, 17 off"),
        pytest.param(TUESDAY.replace(hour=3, minute=30), 1, "0.90", id="an hour that is half at peak"),
        pytest.param(TUESDAY, 24 * 7, "0.725", id="a week: 35 hours of 168"),
    ],
)
def test_average(at, hours, usd):
    """Over a bucket the price is the average over its time."""
    price = RateTable(ListBook()).price(V4, Kind(at, hours, 0, False, ("output",)))
    assert (0, 0, 0, 0, int(Decimal(usd) * UNITS / 1_000_000)) == price.units


def test_third():
    """An average that is no whole number of units is rounded to the nearest: 0.6 and 1.2, two to one, over three."""
    price = RateTable(ListBook()).price(V4, Kind(TUESDAY.replace(hour=9), 1.75, 0, False, ("output",)))
    exact = (Decimal("1.2") * 4 + Decimal("0.6") * 3) / 7 * UNITS / 1_000_000
    assert abs(price.units[-1] - exact) <= 1


def test_asked_once():
    """All moments and lengths between two steps are one question."""
    book = Counted()
    tariff = RateTable(book)
    for hour in range(24):
        for prompt in (0, 1000, 128_000, 128_001):
            for uses in (("input",), SIDES):
                tariff.price("gpt-4o", Kind(TUESDAY.replace(hour=hour), 0, prompt, False, uses))
                tariff.price("gemini-1.5-pro", Kind(TUESDAY.replace(hour=hour), 0, prompt, False, uses))
    assert 1 + 2 == book.asked

"""Models with their prices: searched, in each condition, with what else to know, and proposed as candidates."""

from datetime import datetime
from decimal import Decimal

import pytest

from kit import catalog, pricing

NOON = datetime.fromisoformat("2026-11-30T15:00Z")


def ids(offers):
    return [offer.model.id for offer in offers]


def test_search():
    """A search keeps what is on sale and has all that is asked for, the cheapest output first."""
    found = pricing.search(NOON, maker="deepseek", abilities=["vision"], max_output=Decimal(1))
    assert ["deepseek-flash"] == ids(found)
    prices = [offer.rate.output for offer in pricing.search(NOON, "gpt-5") if offer.rate.output is not None]
    assert sorted(prices) == prices


@pytest.mark.parametrize(
    ("text", "there", "not_there"),
    [
        pytest.param("gemini flash", "gemini-3.8-flash", "gemini-3.8-pro", id="each word counts"),
        pytest.param("gpt-4o", "gpt-4o", "o4-mini", id="what has ended is not on sale"),
        pytest.param("glm", "glm-5.3", "text-embedding-3-small", id="text models only"),
    ],
)
def test_search_by_words(text, there, not_there):
    """Words must stand in the id or name."""
    found = ids(pricing.search(NOON, text))
    assert (True, False) == (there in found, not_there in found)


def test_every_offer_can_be_priced():
    """What a search finds leads back to the same model by its id, at the same price."""
    offers = pricing.search(NOON)
    again = [pricing.Offer(catalog.model(one.model.id), pricing.ListBook().rate(one.model.id, NOON)) for one in offers]
    assert (True, offers) == (len(offers) > 200, again)


@pytest.mark.parametrize(
    ("model", "prices"),
    [
        pytest.param("glm-5.3", [("1.4", "4.4")], id="one price"),
        pytest.param("deepseek-v4-pro", [("0.66", "1.98"), ("1.32", "3.96")], id="off-peak and peak"),
        pytest.param("minimax-m3", [("0.3", "1.2"), ("0.6", "2.4")], id="a long prompt"),
        pytest.param(
            "gpt-4o", [("2.5", "10"), ("1.25", "5"), ("4.25", "17"), ("4.25", "17")], id="batch, priority, fast"
        ),
    ],
)
def test_conditions(model, prices):
    """The price now comes first, then each other condition of the day that changes it."""
    rates = pricing.conditions(catalog.model(model), NOON)
    assert prices == [(str(rate.input), str(rate.output)) for rate in rates]


@pytest.mark.parametrize(
    ("model", "at", "note"),
    [
        pytest.param("qwen3-max", NOON, "the price is that of openrouter, not of the maker", id="a reseller's price"),
        pytest.param("gpt-oss-120b", NOON, "other providers differ (input/output): baseten 0.1/0.5", id="open weights"),
        pytest.param("deepseek-chat", NOON, "retired since 2026-07-24", id="a name that has ended"),
        pytest.param("deepseek-chat", NOON, "model-prices 0.0.5 deepseek/deepseek-chat says 0.14/0.28", id="others"),
        pytest.param("gpt-4o", NOON, "successor: gpt-6-luna", id="a successor"),
        pytest.param("gpt-4o", NOON, "shuts down on 2027-01-14", id="an end"),
        pytest.param(
            "deepseek-flash", datetime.fromisoformat("2026-10-05T02:00Z"),
            "by its hours this is a peak hour at 0.3/1.2; not on a holiday", id="a holiday",
        ),
    ],
)  # fmt: skip
def test_footnotes(model, at, note):
    """What must be known beside a price stands below it."""
    assert [] != [line for line in pricing.footnotes(catalog.model(model), at) if note in line]


def test_proposals():
    """The maker's own successor comes first; all go on, cost less, and are of different makers."""
    found = pricing.proposals("gpt-4o", NOON, Decimal("0.8"), count=5)
    paid = Decimal("2.5") * Decimal("0.8") + 10 * Decimal("0.2")
    costs = [one.rate.input * Decimal("0.8") + one.rate.output * Decimal("0.2") for one in found]
    assert ("gpt-6-luna", 5) == (found[0].model.id, len({one.model.maker for one in found}))
    assert max(costs) < paid
    assert {"served"} == {one.model.status_on(NOON.date()).value for one in found}


def test_proposals_elsewhere():
    """Of other makers only, where the own maker is not wanted; with the abilities that are needed."""
    found = pricing.proposals("gpt-4o", NOON, Decimal("0.8"), needs=["vision", "tools"], own=False)
    assert (3, {(True, True)}) == (len(found), {(one.can("vision"), one.can("tools")) for one in found})
    assert "openai" not in {one.model.maker for one in found}

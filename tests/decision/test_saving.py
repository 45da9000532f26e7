"""Bills and savings are told book by book, and the mix at which a saving ends."""

import pytest

from kit import evidence
from kit.decision import saving
from kit.evidence import Row

OURS, THEIRS = "deepseek-v4-flash", "gpt-4o"


def row(subject, metric, value, source="list"):
    return Row(subject, metric, value, "x", source, "2026-01-01", "r")


def bill(model, usd, source="list", hour=""):
    return row(model, f"bill.month{hour}", usd, source)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        pytest.param([bill(OURS, 250.0)], (250.0, 250.0, 250.0, "list"), id="one bill"),
        pytest.param(
            [bill(OURS, 250.0), bill(OURS, 500.0, "list", ".dearest_hour"), bill(OURS, 210.0, "article")],
            (250.0, 210.0, 500.0, "list"), id="the list's, and a span over books and hours",
        ),
        pytest.param(
            [bill(OURS, 250.0), bill(OURS, 300.0, "contract")], (300.0, 250.0, 300.0, "contract"),
            id="the contract's own comes first",
        ),
        pytest.param([], None, id="none"),
    ],
)  # fmt: skip
def test_bills(rows, told):
    """A model's bill is that of the most trusted book, with the span over all."""
    found = saving.bills(evidence.frame(rows), OURS)
    assert told == (found and (found.usd, found.low, found.high, found.source))


@pytest.mark.parametrize(
    ("rows", "kept"),
    [
        pytest.param([bill(OURS, 250.0), bill(THEIRS, 4000.0)], (3750.0, 3750.0, 3750.0, "list"), id="one book"),
        pytest.param(
            [bill(OURS, 250.0), bill(OURS, 500.0, "list", ".dearest_hour"), bill(THEIRS, 4000.0),
             bill(OURS, 200.0, "article"), bill(THEIRS, 4100.0, "article")],
            (3750.0, 3500.0, 3900.0, "list"), id="two books and an hour",
        ),
        pytest.param(
            [bill(OURS, 300.0), bill(THEIRS, 500.0), bill(THEIRS, 250.0, "list", ".cheapest_hour")],
            (200.0, -50.0, 200.0, "list"), id="an incumbent that goes by the hour",
        ),
        pytest.param(
            [bill(OURS, 250.0), bill(THEIRS, 4000.0, "article")], None, id="bills of two books are not set off"
        ),
        pytest.param(
            [bill(OURS, 250.0), bill(THEIRS, 4000.0), bill(THEIRS, 3000.0, "contract")],
            (2750.0, 2750.0, 2750.0, "list"), id="today's bill is what is paid, if only it has a contract",
        ),
        pytest.param([bill(OURS, 250.0)], None, id="half a comparison"),
    ],
)  # fmt: skip
def test_saving(rows, kept):
    """A saving is the gap between two bills of the same book."""
    found = saving.saving(evidence.frame(rows), OURS, THEIRS)
    assert kept == (found and (found.usd, found.least, found.most, found.source))


@pytest.mark.parametrize(
    ("ours", "theirs", "even"),
    [
        pytest.param((3, 4), (1, 8), (2 / 3, False), id="dearer to read, cheaper to write"),
        pytest.param((1, 8), (3, 4), (2 / 3, True), id="the other way round"),
        pytest.param((1, 4), (3, 8), None, id="cheaper at every mix"),
    ],
)
def test_even_mix(ours, theirs, even):
    """Two models cost the same where what is saved on output is lost on input: (1 - s) * 4 = s * 2, by hand."""
    rows = [
        row(model, f"price.{side}", usd)
        for model, prices in ((OURS, ours), (THEIRS, theirs))
        for side, usd in zip(("input", "output"), prices, strict=True)
    ]
    assert even == saving.even_mix(evidence.frame(rows), OURS, THEIRS)


def test_no_mix_without_prices():
    """Where a price is missing there is no mix to tell."""
    assert saving.even_mix(evidence.frame([row(OURS, "price.input", 1)]), OURS, THEIRS) is None

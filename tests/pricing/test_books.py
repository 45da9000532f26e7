"""Price books answer alike: what is known, under which condition, and from where."""

from datetime import datetime
from decimal import Decimal

import pytest
from places import ROOT

from kit import evidence, pricing
from kit.catalog import article
from kit.errors import CatalogError, PriceError

EXAMPLE = ROOT / "params" / "contract.example.yaml"
NOON = datetime.fromisoformat("2026-11-24T15:00Z")


@pytest.mark.parametrize(
    ("model", "input", "output", "ref"),
    [
        pytest.param("gpt-4o", "2.50", "10.00", "T1", id="a model with both prices"),
        pytest.param("qwen3.5-397b", None, "2.34", "T2", id="one printed beside its MMLU score, without input"),
        pytest.param("qwen3-coder-30b", None, "0.35", "T3", id="one printed beside its HumanEval score"),
        pytest.param("deepseek-coder", None, "0.25", "T3", id="another"),
    ],
)
def test_article_book(model, input, output, ref):
    """The article's book says what is printed and where; what is not printed is unknown."""
    rate = pricing.ArticleBook().rate(model, NOON)
    expected = (None if input is None else Decimal(input), Decimal(output), None, ref)
    assert expected == (rate.input, rate.output, rate.cached, rate.ref)


def test_article_book_does_not_know_the_day():
    """The article has one price for all days, and says the year."""
    years = [pricing.ArticleBook().rate("gpt-4o", datetime.fromisoformat(day)) for day in ("2020-01-01", "2030-01-01")]
    assert ["2026"] == list({rate.as_of for rate in years})


def test_article_book_has_no_batch_price():
    """The article gives no batch price, so there is none."""
    rate = pricing.ArticleBook().rate("gpt-4o", NOON, batch=True)
    assert (None, None, "the article gives no batch price") == (rate.input, rate.output, rate.condition)


def test_printed_prices_are_exact():
    """A printed price is the decimal that was printed, not the float nearest to it."""
    printed = article.printed("T1", "price.")
    sides = [(row.subject, row.metric.removeprefix("price."), row.value) for row in printed.itertuples()]
    book = pricing.ArticleBook()
    wrong = [
        model for model, side, value in sides
        if side != "multiplier" and getattr(book.rate(model, NOON), side) != Decimal(f"{value:.2f}")
    ]  # fmt: skip
    assert [] == wrong


@pytest.mark.parametrize("book", pricing.shelf(str(EXAMPLE)), ids=lambda book: book.name)
def test_unknown_model(book):
    """No book makes up a model; each names the nearest one."""
    with pytest.raises(CatalogError, match=r"'gpt4o' is not a model in the catalog; did you mean 'gpt-4o'\?"):
        book.rate("gpt4o", NOON)


@pytest.mark.parametrize(
    ("contract", "names"),
    [
        pytest.param(False, ["article", "list"], id="without a contract"),
        pytest.param(True, ["article", "list", "contract"], id="with one"),
    ],
)
def test_shelf(root, contract, names):
    """A contract joins the two books that are always there."""
    path = str(root / "params" / "contract.example.yaml") if contract else ""
    assert names == [book.name for book in pricing.shelf(path)]


def test_shelf_checks_the_contract(tmp_path):
    """A contract that is not there is told at once."""
    with pytest.raises(PriceError, match="nowhere.yaml: cannot be read"):
        pricing.shelf(str(tmp_path / "nowhere.yaml"))


def test_books_are_kinds_of_evidence(root):
    """A book's name is its kind of evidence, so a price is as trusted as where it is from."""
    shelf = pricing.shelf(str(root / "params" / "contract.example.yaml"))
    assert set() == {book.name for book in shelf} - set(evidence.SOURCES)


def test_price_rows():
    """A book's prices become rows, and what is unknown is left out."""
    rows = pricing.price_rows(pricing.ArticleBook(), ["gpt-4o", "deepseek-coder"], NOON)
    expected = [
        ("gpt-4o", "price.input", 2.5),
        ("gpt-4o", "price.output", 10.0),
        ("deepseek-coder", "price.output", 0.25),
    ]
    assert expected == [(row.subject, row.metric, row.value) for row in rows]


def test_price_rows_are_evidence():
    """A row of a list price says unit, day, entry and condition."""
    row = evidence.frame(pricing.price_rows(pricing.ListBook(), ["deepseek-v4-flash"], NOON)).iloc[2]
    assert ("price.output", 0.6, "USD/Mtok", "list", "2026-11-24", "off-peak hour, since 2026-09-10") == tuple(
        row[["metric", "value", "unit", "source", "as_of", "note"]]
    )

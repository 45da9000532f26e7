"""Three price books under one interface: the article's, the public list on a date and hour, a team's contract.

A book answers `rate(model, at, prompt=0, batch=False)`: the rate that holds for a request of `prompt` tokens sent at
`at` (UTC), and says which condition applied. It answers with None where a price is unknown. Every book `knows` the
catalog's models; the list also knows its other entries, and a contract the team's own models.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from kit import catalog
from kit.catalog import article
from kit.evidence import Row
from kit.pricing.price_list import ListBook
from kit.pricing.rates import Rate, Steps

__all__ = ["ArticleBook", "Book", "price_rows", "shelf"]


class Book(Protocol):
    """A source of rates."""

    @property
    def name(self) -> str:
        """Its name, which is also its kind of evidence."""
        ...

    def knows(self, model: str) -> bool:
        """True if `rate` can be asked for a name."""
        ...

    def rate(self, model: str, at: datetime, prompt: int = 0, batch: bool = False, tier: str = "") -> Rate:
        """The rate for one request; unknown prices are None."""
        ...

    def steps(self, model: str) -> Steps:
        """Return the hours of the day and the prompt lengths at which a model's price may change."""
        ...


class ArticleBook:
    """The article's own prices: no date, no cached price, no batch price."""

    name = "article"

    def knows(self, model: str) -> bool:
        """True if it is in the catalog."""
        return model in catalog.models()

    def rate(self, model: str, at: datetime, prompt: int = 0, batch: bool = False, tier: str = "") -> Rate:
        """The printed price, whatever the day."""
        catalog.model(model)
        (input_, _), (output, ref) = (article.price(model, side) for side in ("input", "output"))
        if batch or tier:
            why = f"the article gives no {tier or 'batch'} price"
            return Rate(model, None, None, None, self.name, "2026", ref, why)
        return Rate(model, input_, output, None, self.name, "2026", ref)

    def steps(self, model: str) -> Steps:
        """None: one price at all times."""
        return Steps()


def shelf(contract: str = "") -> list[Book]:
    """The article's book, the public list and, where a file is named, the contract."""
    books: list[Book] = [ArticleBook(), ListBook()]
    if contract:
        from kit.pricing.contract import ContractBook  # brings pydantic, 0.1 s

        books.append(ContractBook.read(contract))
    return books


def price_rows(book: Book, models: Iterable[str], at: datetime) -> list[Row]:
    """Return a book's known prices at a moment as evidence: `price.input`, `price.output`, `price.cached`."""
    rows = []
    for model in models:
        rate = book.rate(model, at)
        for side in ("input", "output", "cached"):
            if (usd := getattr(rate, side)) is not None:
                rows.append(
                    Row(
                        model,
                        f"price.{side}",
                        float(usd),
                        "USD/Mtok",
                        book.name,
                        rate.as_of,
                        rate.ref,
                        note=rate.condition,
                    )
                )
    return rows

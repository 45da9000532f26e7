"""Recorded dollars at today's list prices: a range, since their source tells no tokens.

Each part of a bill (fresh input, cached input, output) changes with its own price. Whatever the mix was, the whole
changes by no less than the part that rose least and no more than the part that rose most.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

import pandas as pd

from kit.errors import PriceError
from kit.pricing import Book, ListBook, Rate

__all__ = ["at_todays_prices"]

_PARTS = ("input", "cached", "output")


def at_todays_prices(standings: pd.DataFrame, as_of: str, book: Book | None = None) -> pd.DataFrame:
    """Restate each model's dollars a solved item at the list prices of a day.

    Args:
        standings: As from `recorded_standings`, with `ran` (ISO date of the recorded dollars).
        as_of: The day, as a study names it.
        book: The prices of both days; None takes public list prices.

    Returns:
        `model`, `ref`, `usd` (recorded), `least`, `most` (factors by which the parts' prices changed since) and
        `today_low`, `today_high` (USD a solved item); missing where a price is unknown on either day.
    """
    book = book or ListBook()
    rows = []
    for row in standings[standings["usd"].notna()].itertuples():
        then, now = (_rate(book, row.model, day) for day in (f"{row.ran}T12:00", as_of))
        factors = _factors(then, now) if then and now else []
        least, most = (float(min(factors)), float(max(factors))) if factors else (float("nan"), float("nan"))
        rows.append((row.model, row.ref, row.usd, least, most, row.usd * least, row.usd * most))
    return pd.DataFrame(rows, columns=["model", "ref", "usd", "least", "most", "today_low", "today_high"])


def _rate(book: Book, model: str, day: str) -> Rate | None:
    if not book.knows(model):
        return None
    at = datetime.fromisoformat(day)
    try:
        return book.rate(model, at if at.tzinfo else at.replace(tzinfo=UTC))
    except PriceError:
        return None


def _factors(then: Rate, now: Rate) -> Sequence[Decimal]:
    """By how much each part's price changed; empty if one is unknown, since its part of the bill may be any."""
    prices = [(getattr(then, part), getattr(now, part)) for part in _PARTS]
    if any(old is None or new is None or not old for old, new in prices):
        return []
    return [new / old for old, new in prices]

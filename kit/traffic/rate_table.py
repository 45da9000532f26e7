"""What a token of each kind of call costs: asked of a book once for all calls between two steps of its prices.

Prices are whole numbers of 1e-24 USD a token: some of the list's have eighteen decimals a million tokens. So sums are
exact, whatever their order.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import NamedTuple

from kit.errors import PriceError
from kit.pricing import MTOK, Book, Rate, Steps

__all__ = ["SIDES", "UNITS", "Kind", "Price", "RateTable"]

UNITS = 10**24
"""Units of price in a dollar."""

SIDES = ("input", "cached", "written", "written_1h", "output")
"""What is priced apart: fresh prompt tokens, those read from the cache, those written to it
(for minutes, for an hour), and output tokens."""

_UNKNOWN = (None,) * len(SIDES)


class Kind(NamedTuple):
    """Calls that cost the same a token.

    Attributes:
        at: UTC; for calls between two steps of the price any moment there, for a bucket its start.
        hours: The bucket's length, if the price may step within it; else 0.
        prompt: A length in tokens, standing for all between two steps.
        uses: The SIDES of which the calls have tokens.
        tier: Of service: flex, priority or fast; empty for the ordinary one.
    """

    at: datetime
    hours: float
    prompt: int
    batch: bool
    uses: tuple[str, ...]
    tier: str = ""


class Price(NamedTuple):
    """Units a token of each of SIDES (0 where there are no tokens); or None of each, and what is lacking, and why."""

    units: tuple[int | None, ...]
    lacks: str = ""
    why: str = ""


class RateTable:
    """The prices of one book; each is asked for once."""

    def __init__(self, book: Book, strict: bool = True) -> None:
        """Take a book; where not `strict`, calls of a tier that a model has no price for pay its ordinary price."""
        self.book = book
        self.strict = strict
        self._steps: dict[str, Steps] = {}
        self._asked: dict[tuple, tuple[dict[str, int | None], str]] = {}

    def steps(self, model: str) -> Steps:
        """Return where the book's price of a model may step; nowhere if it does not know the model."""
        if model not in self._steps:
            self._steps[model] = self.book.steps(model) if self.book.knows(model) else Steps()
        return self._steps[model]

    def price(self, model: str, kind: Kind) -> Price:
        """What a token costs; over a bucket the average over its time, in which its calls are taken as spread evenly.

        An average is rounded to a unit. Where a side of which there are tokens has no price, there is none.
        """
        if not kind.uses:
            return Price((0,) * len(SIDES))
        if not self.book.knows(model):
            return Price(_UNKNOWN, "model", f"the {self.book.name} book does not know {model}")
        try:
            means, condition = self._means(model, kind)
        except PriceError as error:
            return Price(_UNKNOWN, "date", str(error))
        if lacks := [side for side in kind.uses if means[side] is None]:
            lacking = "all" if len(lacks) == len(kind.uses) else ", ".join(lacks)
            return Price(_UNKNOWN, lacking, f"no price in the {self.book.name} book{condition and f': {condition}'}")
        return Price(tuple(means[side] or 0 if side in kind.uses else 0 for side in SIDES))

    def _means(self, model: str, kind: Kind) -> tuple[dict[str, int | None], str]:
        """Units a token by side, and the condition in words."""
        steps = self.steps(model)
        tier = bisect_left(steps.prompts, kind.prompt)
        at = kind.at if kind.hours else _since(kind.at, steps)
        key = (model, at, kind.hours, tier, kind.batch, kind.tier)
        if key not in self._asked:
            prompt = steps.prompts[tier - 1] + 1 if tier else 0
            more = {"tier": kind.tier} if kind.tier else {}
            parts = [
                (self.book.rate(model, at, prompt, kind.batch, **more), length)
                for at, length in _parts(at, kind.hours, steps)
            ]
            if kind.tier and not self.strict and not all(rate.known for rate, _ in parts):
                return self._means(model, kind._replace(tier=""))
            condition = "; ".join(dict.fromkeys(rate.condition for rate, _ in parts if rate.condition))
            self._asked[key] = {side: _mean(parts, side) for side in SIDES}, condition
        return self._asked[key]


def _since(at: datetime, steps: Steps) -> datetime:
    """The last step before a moment, or at it."""
    passed = bisect_right(steps.times, at.time())
    return datetime.combine(at.date(), steps.times[passed - 1] if passed else time(), UTC)


def _parts(at: datetime, hours: float, steps: Steps) -> Iterator[tuple[datetime, timedelta]]:
    """The start and length of each part of a bucket's time in which one price holds; of a moment, itself."""
    if not hours:
        yield at, timedelta(1)
    end = at + timedelta(hours=hours)
    while at < end:
        midnight = datetime.combine(at.date() + timedelta(days=1), time(), UTC)
        later = (datetime.combine(at.date(), step, UTC) for step in steps.times if step > at.time())
        until = min(next(later, midnight), end)
        yield at, until - at
        at = until


def _mean(parts: list[tuple[Rate, timedelta]], side: str) -> int | None:
    prices = [getattr(rate, side) for rate, _ in parts]
    if side == "written_1h":  # where an hour is not priced apart, it costs as five minutes
        prices = [rate.written if rate.written_1h is None else rate.written_1h for rate, _ in parts]
    if None in prices:
        return None
    if len(set(prices)) == 1:
        return _units(prices[0])
    spans = [length // timedelta.resolution for _, length in parts]
    return round(Fraction(sum(_units(price) * span for price, span in zip(prices, spans, strict=True)), sum(spans)))


@cache
def _units(price: Decimal) -> int:
    return round(Fraction(price) * UNITS / int(MTOK))

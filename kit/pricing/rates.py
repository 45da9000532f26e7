"""Rates of tokens, and the arithmetic on them, in exact decimals.

A price that is not known is None, never 0, and what is computed from it is None too. A sum says what it leaves out.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time
from decimal import Decimal

from kit.errors import PriceError
from kit.pricing.usage import Usage, Workload

__all__ = [
    "MTOK", "Bill", "Rate", "Steps", "bill", "blended", "break_even", "cost", "monthly", "multiplier", "ratio_at",
]  # fmt: skip

MTOK = Decimal(1_000_000)


@dataclass(frozen=True)
class Rate:
    """USD per million tokens of one model, under one condition; None is unknown.

    Attributes:
        cached: For prompt tokens that the provider reads from its cache.
        written: For prompt tokens that it writes to its cache.
        book: Which price book said so, which is also its kind of evidence.
        as_of: The date it held, ISO.
        ref: Where it stands: the table, the contract file, or package, version and entry.
        written_1h: For prompt tokens that it keeps in its cache for an hour; None where that is not priced apart.
        per_request: USD a request, on top of its tokens; None for no such fee.
        condition: What it depends on, in words: "off-peak", "prompts up to 128000 tokens".
    """

    model: str
    input: Decimal | None
    output: Decimal | None
    cached: Decimal | None
    book: str
    as_of: str
    ref: str
    condition: str = ""
    written: Decimal | None = None
    written_1h: Decimal | None = None
    per_request: Decimal | None = None

    @property
    def known(self) -> bool:
        """True if fresh input and output both have a price."""
        return self.input is not None and self.output is not None


@dataclass(frozen=True)
class Steps:
    """Hours at which a model's price may change: between two neighbours one rate holds. Midnight UTC is always one.

    Attributes:
        times: Times of day in UTC, ascending: a price may begin at each.
        prompts: Lengths of a prompt in tokens, ascending: a price may begin one token above each.
    """

    times: tuple[time, ...] = ()
    prompts: tuple[int, ...] = ()

    def __or__(self, other: "Steps") -> "Steps":
        """The steps of both."""
        return Steps(tuple(sorted({*self.times, *other.times})), tuple(sorted({*self.prompts, *other.prompts})))


@dataclass(frozen=True)
class Bill:
    """A sum of costs that does not hide what it could not price.

    Attributes:
        usd: What the priced part costs.
        unknown: Names of what has no known price and is not in the sum.
    """

    usd: Decimal
    unknown: tuple[str, ...] = ()

    def __str__(self) -> str:
        if not self.unknown:
            return f"${self.usd:,.2f}"
        return f"at least ${self.usd:,.2f}, without the unknown price of {', '.join(self.unknown)}"


def cost(usage: Usage, rate: Rate) -> Decimal | None:
    """Price tokens, in USD, unrounded; None if a price that is needed is unknown.

    Args:
        usage: Cached tokens are counted inside prompt tokens; reasoning tokens, inside output, pay as output.
        rate: The rate that held when the tokens were used.
    """
    parts = (
        (usage.prompt - usage.cached - usage.written, rate.input),
        (usage.cached, rate.cached),
        (usage.written - usage.written_1h, rate.written),
        (usage.written_1h, rate.written if rate.written_1h is None else rate.written_1h),
        (usage.output, rate.output),
    )
    total = (rate.per_request or Decimal(0)) * usage.requests * MTOK
    for tokens, price in parts:
        if tokens and price is None:
            return None
        total += tokens * (price or Decimal(0))
    return total / MTOK


def monthly(workload: Workload, rate: Rate) -> Decimal | None:
    """Price a month of a workload, in USD, unrounded; None if a price that is needed is unknown."""
    return cost(workload.month(), rate)


def bill(costs: Iterable[tuple[str, Decimal | None]]) -> Bill:
    """Add up named costs in USD; those that are unknown are named, not counted as nothing."""
    costs = list(costs)
    return Bill(
        sum((usd for _, usd in costs if usd is not None), Decimal(0)),
        tuple(dict.fromkeys(name for name, usd in costs if usd is None)),
    )


def multiplier(rate: Rate, baseline: Rate) -> Decimal | None:
    """Output price over the baseline's output price, as price tables print it."""
    return _over(rate.output, baseline.output)


def blended(rate: Rate, input_share: Decimal) -> Decimal | None:
    """USD per million tokens when `input_share` (0 to 1) of all tokens are fresh input.

    Raises:
        PriceError: If the share is not between 0 and 1.
    """
    if not 0 <= input_share <= 1:
        raise PriceError(f"input_share: {input_share} is not between 0 and 1")
    parts = ((input_share, rate.input), (1 - input_share, rate.output))
    if any(share and price is None for share, price in parts):
        return None
    return sum((share * (price or Decimal(0)) for share, price in parts), Decimal(0))


def ratio_at(rate: Rate, baseline: Rate, input_share: Decimal) -> Decimal | None:
    """Divide the rate's bill by the baseline's, at a mix of fresh input and output tokens."""
    return _over(blended(rate, input_share), blended(baseline, input_share))


def break_even(a: Rate, b: Rate) -> Decimal | None:
    """The input share (strictly between 0 and 1) at which two models cost the same; None if one is always cheaper.

    Solves s*a.input + (1-s)*a.output = s*b.input + (1-s)*b.output for s.

    Raises:
        PriceError: If a price that is needed is unknown.
    """
    if a.input is None or a.output is None or b.input is None or b.output is None:
        lacking = a if not a.known else b
        raise PriceError(f"{lacking.model}: the {lacking.book} book has no full price, so no mix can be compared")
    on_input, on_output = a.input - b.input, a.output - b.output
    if on_input * on_output >= 0:
        return None
    return on_output / (on_output - on_input)


def _over(price: Decimal | None, baseline: Decimal | None) -> Decimal | None:
    return None if price is None or not baseline else price / baseline

"""Figures as people read them: sums of money, and numbers of things.

Of money, cents where they count, and of less than ten cents the first two digits.
"""

import math

__all__ = ["amount", "dollars", "many", "span", "tick"]

_NOTHING = 1e-9
"""Less than it is what arithmetic leaves of 0."""


def dollars(usd: float) -> str:
    """USD in words: `dollars(1234.5)` -> `$1,234`, `dollars(-12.5)` -> `-$12.50`, `dollars(0.00032)` -> `$0.00032`."""
    if math.isnan(usd):
        return "unknown"
    size = f"{abs(usd):,.0f}" if abs(usd) >= 100 else amount(abs(usd))
    return f"{'-' if usd <= -_NOTHING else ''}${size}"


def amount(usd: float) -> str:
    """USD as a column of them has it, always with cents: `amount(1234.5)` -> `1,234.50`."""
    if abs(usd) < _NOTHING:
        return "0.00"
    return f"{usd:,.{max(2, 1 - math.floor(math.log10(abs(usd))))}f}"


def many(n: int, thing: str) -> str:
    """A number of things: `1 call`, `2 model names`, `3 rows of buckets`."""
    head, of, rest = thing.partition(" of ")
    return f"{n:,} {head}{'' if n == 1 else 's'}{of}{rest}"


def span(low: float, high: float) -> str:
    """An interval in words; `unknown` where there is none."""
    return "unknown" if math.isnan(low) else f"{dollars(low)} to {dollars(high)}"


def tick(usd: float, _: object = None) -> str:
    """USD on an axis, with as many digits as the step between two marks may have: `tick(0.00125)` -> `$0.00125`."""
    size = f"{abs(usd):,.10f}".rstrip("0").rstrip(".")
    if len(size.partition(".")[2]) == 1:
        size += "0"  # ten cents, not a tenth
    return f"{'-' if usd <= -_NOTHING else ''}${size}"

"""Sums of money as people read them: cents where they count, and of less than ten cents the first two digits."""

import math

__all__ = ["amount", "span", "told"]

_NOTHING = 1e-9
"""Less than it is what arithmetic leaves of 0."""


def told(usd: float) -> str:
    """USD in words: `told(1234.5)` -> `$1,234`, `told(-12.5)` -> `-$12.50`, `told(0.000317)` -> `$0.00032`."""
    if math.isnan(usd):
        return "unknown"
    size = f"{abs(usd):,.0f}" if abs(usd) >= 100 else amount(abs(usd))
    return f"{'-' if usd <= -_NOTHING else ''}${size}"


def amount(usd: float) -> str:
    """USD as a column of them has it, always with cents: `amount(1234.5)` -> `1,234.50`."""
    if abs(usd) < _NOTHING:
        return "0.00"
    return f"{usd:,.{max(2, 1 - math.floor(math.log10(abs(usd))))}f}"


def span(low: float, high: float) -> str:
    """An interval in words; `unknown` where there is none."""
    return "unknown" if math.isnan(low) else f"{told(low)} to {told(high)}"

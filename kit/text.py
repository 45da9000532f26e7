"""Text for people: foreign text with nothing hidden in it, sums of money, numbers of things.

Sums show cents where they count; sums under ten cents show their first two digits.
"""

import math
import unicodedata

__all__ = ["codepoint", "dollar_cell", "dollar_range", "dollar_tick", "dollars", "plain", "plural"]

_HIDDEN = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
"""Unicode categories that draw nothing, or nothing known: controls, formats (bidi overrides among them), unassigned,
private use, surrogates, line and paragraph separators."""

_WANTED = {"\n", "\t", "\N{SOFT HYPHEN}", "\N{ZERO WIDTH NON-JOINER}", "\N{ZERO WIDTH JOINER}"}
"""Of those, the ones that writing needs."""

_ROUNDING_ERROR = 1e-9
"""Sums below it are what arithmetic leaves of 0."""


def plain(text: str) -> str:
    """Make every hidden character visible: `plain("a" + chr(0x202E))` -> `a⟨U+202E⟩`.

    Terminals, browsers and readers act on such characters: an escape sequence clears the screen, an override
    makes `exe.txt` of `txt.exe`. Shown by its code point, a character does nothing.
    """
    if text.isascii() and text.isprintable():
        return text
    hidden = {ord(c): codepoint(c) for c in set(text) - _WANTED if unicodedata.category(c) in _HIDDEN}
    return text.translate(hidden) if hidden else text


def codepoint(character: str) -> str:
    """Name a character without drawing it: `⟨U+202E⟩`."""
    return f"⟨U+{ord(character):04X}⟩"


def dollars(usd: float) -> str:
    """Sum of money: `dollars(1234.5)` -> `$1,234`, `dollars(-12.5)` -> `-$12.50`, `dollars(0.00032)` -> `$0.00032`."""
    if math.isnan(usd):
        return "unknown"
    size = f"{abs(usd):,.0f}" if abs(usd) >= 100 else dollar_cell(abs(usd))
    return f"{'-' if usd <= -_ROUNDING_ERROR else ''}${size}"


def dollar_cell(usd: float) -> str:
    """Sum of money for a column, always with cents: `dollar_cell(1234.5)` -> `1,234.50`."""
    if abs(usd) < _ROUNDING_ERROR:
        return "0.00"
    return f"{usd:,.{max(2, 1 - math.floor(math.log10(abs(usd))))}f}"


def plural(n: int, thing: str) -> str:
    """Number of things: `1 call`, `2 model names`, `3 rows of buckets`."""
    head, of, rest = thing.partition(" of ")
    return f"{n:,} {head}{'' if n == 1 else 's'}{of}{rest}"


def dollar_range(low: float, high: float) -> str:
    """Interval of a sum of money; `unknown` if it is not a number."""
    return "unknown" if math.isnan(low) else f"{dollars(low)} to {dollars(high)}"


def dollar_tick(usd: float, _: object = None) -> str:
    """Sum of money on an axis, with the digits that a tick needs: `dollar_tick(0.00125)` -> `$0.00125`."""
    size = f"{abs(usd):,.10f}".rstrip("0").rstrip(".")
    if len(size.partition(".")[2]) == 1:
        size += "0"  # ten cents, not a tenth
    return f"{'-' if usd <= -_ROUNDING_ERROR else ''}${size}"

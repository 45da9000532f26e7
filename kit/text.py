"""Write what people read: foreign text with nothing hidden in it, money, numbers, intervals and comparisons in words.

Every sentence of a report takes its numbers from here, so that one figure is written in one way.
Sums show cents where they count; sums under ten cents show their first two digits.
"""

import math
import unicodedata
from collections.abc import Sequence
from datetime import date

__all__ = [
    "about_dollars", "capitalized", "codepoint", "compared_cost", "compared_points", "day_in_words", "dollar_cell",
    "dollar_range", "dollar_tick", "dollars", "interval", "listed", "plain", "plural", "shortened", "signed",
    "times_cost",
]  # fmt: skip

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


def about_dollars(usd: float) -> str:
    """Estimated sum, to two digits: `about_dollars(88.56)` -> `about $89`, `about_dollars(1534)` -> `about $1,500`."""
    if math.isnan(usd) or abs(usd) < _ROUNDING_ERROR:
        return "unknown" if math.isnan(usd) else "$0.00"
    rounded = round(usd, 1 - math.floor(math.log10(abs(usd))))
    return f"about {f'${rounded:,.0f}' if abs(rounded) >= 10 else dollars(rounded)}"


def dollar_cell(usd: float) -> str:
    """Sum of money for a column, always with cents: `dollar_cell(1234.5)` -> `1,234.50`."""
    if abs(usd) < _ROUNDING_ERROR:
        return "0.00"
    return f"{usd:,.{max(2, 1 - math.floor(math.log10(abs(usd))))}f}"


def plural(n: int, noun: str) -> str:
    """Number of things: `1 call`, `2 model names`, `3 rows of buckets`."""
    head, joint, rest = noun.partition(" of ")
    return f"{n:,} {head}{'' if n == 1 else 's'}{joint}{rest}"


def dollar_range(low: float, high: float) -> str:
    """Interval of a sum of money, one sum if both ends read alike; `unknown` if it is not a number."""
    if math.isnan(low) or math.isnan(high):
        return "unknown"
    return " to ".join(dict.fromkeys((dollars(low), dollars(high))))


def dollar_tick(usd: float, _: object = None) -> str:
    """Sum of money on an axis, with the digits that a tick needs: `dollar_tick(0.00125)` -> `$0.00125`."""
    size = f"{abs(usd):,.10f}".rstrip("0").rstrip(".")
    if len(size.partition(".")[2]) == 1:
        size += "0"  # ten cents, not a tenth
    return f"{'-' if usd <= -_ROUNDING_ERROR else ''}${size}"


def listed(names: Sequence[str], last: str = "and") -> str:
    """Names as a sentence lists them: `A, B and C`."""
    return f" {last} ".join(filter(None, (", ".join(names[:-1]), names[-1]))) if names else ""


def capitalized(text: str) -> str:
    """The text with a capital first letter; the rest stays, names among it."""
    return text[:1].upper() + text[1:]


def shortened(text: str, letters: int) -> str:
    """The text itself, or its beginning and an ellipsis where it has more letters."""
    return text if len(text) <= letters else text[: letters - 1].rstrip() + "…"


def day_in_words(day: date) -> str:
    """A date that no reader can take for another: `14 January 2027`."""
    return f"{day.day} {day:%B %Y}"


def signed(value: float, digits: int = 1) -> str:
    """A difference with its sign, a real minus; zero has none: `signed(-1)` -> `−1.0`."""
    text = f"{value:+.{digits}f}"
    return text[1:] if float(text) == 0 else text.replace("-", "−")


def interval(low: float, high: float, digits: int = 1) -> str:
    """The ends of an interval of a difference: `[−4.1, +2.0]`; empty if it is not known."""
    return "" if math.isnan(low) or math.isnan(high) else f"[{signed(low, digits)}, {signed(high, digits)}]"


def compared_points(points: float, low: float = math.nan, high: float = math.nan) -> str:
    """A difference in points: `1.0 point lower (95 % interval −4.1 to +2.0)`, `not seen to differ`."""
    size = f"{abs(points):.1f}"
    text = (
        "not seen to differ"
        if size == "0.0"
        else f"{size} point{'' if size == '1.0' else 's'} {'higher' if points > 0 else 'lower'}"
    )
    known = not (math.isnan(low) or math.isnan(high))
    return f"{text} (95 % interval {signed(low)} to {signed(high)})" if known else text


def compared_cost(times: float) -> str:
    """A cost against another: `costs 87 % less`, `costs 32 % more`, `costs 2.5 times as much`, `costs the same`."""
    if math.isnan(times):
        return "has an unknown cost"
    if 0.995 <= times < 1.005:
        return "costs the same"
    if times < 1:
        less = 100 * (1 - times)
        return f"costs {less:.1f} % less" if less > 99 else f"costs {less:.0f} % less"
    return f"costs {100 * (times - 1):.0f} % more" if times < 2 else f"costs {times:.2g} times as much"


def times_cost(times: float, low: float = math.nan, high: float = math.nan) -> str:
    """A cost as a multiple of another, for a column: `0.13x [0.12, 0.14]`, `unknown`."""
    if math.isnan(times):
        return "unknown"
    ends = [f"{end:.2g}" for end in (low, high)]
    return f"{times:.2g}x" + (f" [{ends[0]}, {ends[1]}]" if low < high and ends[0] != ends[1] else "")

"""Numerals: numbers in other writings made plain: `½`, `10²`, `3k`, `二十三`, `three quarters`, `2^5`."""

import re
import unicodedata
from fractions import Fraction

__all__ = ["may_be_a_unit", "powers", "scaled", "spelt_fractions", "typed"]

_VULGAR = re.compile(r"(\d)?\s?([\u00bc-\u00be\u2150-\u215e])")
_RAISED = re.compile(r"(?<=\d)([⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)")
_DASH = re.compile(r"(?<![\w\d)\]%])[–—](?=\s?[$€£]?[\d.])(?<![\d]\s[–—])")

_SCALES = {"k": 3, "m": 6, "mn": 6, "b": 9, "bn": 9, "t": 12, "万": 4, "萬": 4, "亿": 8, "億": 8, "千": 3, "百": 2}
_MONEY = re.compile(r"([$€£¥]\s?\d[\d.,]*)\s?(k|mn|m|bn|b|t)\b", re.IGNORECASE)
_THOUSANDS = re.compile(r"(?<![A-Za-z\d.])(\d[\d.,]*)k\b")
_CHINESE = re.compile(r"(\d[\d.,]*)\s?([万萬亿億千百])")
_POWER_SIGN, _TIMES = re.compile(r"(?<=\d)\s?\*\*\s?(?=\d)"), re.compile(r"(?<=[\d)])\s?\*\s?(?=[\d(])")
_UNIT = re.compile(r"(?<![A-Za-z$€£¥\d.,])\d[\d.,]*\s?[KMBT]\b")

_DIGITS = {char: n for n, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "兩": 2}
_PLACES = {"十": 10, "百": 100, "千": 1_000, "万": 10_000, "萬": 10_000, "亿": 10**8, "億": 10**8}
_HAN = "".join(_DIGITS) + "".join(_PLACES)
_WHOLLY_HAN = re.compile(
    rf"(?:一共|总共|總共|共|约|約|有)?(?P<sign>负|負)?(?P<above>[{_HAN}]+)(?:分之(?P<below>[{_HAN}]+))?"
    rf"(?![{_HAN}])[^\d{_HAN}]{{0,4}}"
)

_COUNTS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
           "nine": 9}  # fmt: skip
_PARTS = {"half": 2, "halves": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7,
          "eighth": 8, "ninth": 9, "tenth": 10}  # fmt: skip
_FRACTION = re.compile(
    rf"\b(?:(?P<whole>\d+|{'|'.join(list(_COUNTS)[2:])})\s+and\s+)?(?:(?P<count>{'|'.join(_COUNTS)}|\d+(?=\s\w+s\b))[\s-]+)?"
    rf"(?P<part>half|halves|(?:{'|'.join(name for name in _PARTS if name[-1] != 'f' and name != 'halves')})s?)\b"
    r"(?P<of>\s(?:of|a)\b)?",
    re.IGNORECASE,
)
_DOZEN = re.compile(rf"\b(?P<count>{'|'.join(_COUNTS)}|half\sa|\d+)\s+dozen\b(?!s?\s+of\s+\d)", re.IGNORECASE)
_POWER = re.compile(r"(?<![\w.^*×x·])(?<![*×x·]\s)(\d{1,4})\s?(?:\^|\*\*)\s?\{?(\d{1,2})\}?(?![\w.])")
_UNIT_POWER = re.compile(r"(?<=[A-Za-z])\s?\^\s?\{?-?\d\}?")


def typed(text: str) -> str:
    """Write what markup or Unicode's plain form would garble as people type it.

    Without it `6*7` loses its sign, `$1.5M` its dollars, `1½` becomes eleven halves and `10²` a hundred and two.
    """
    text = _MONEY.sub(lambda match: f"{match[1]}e{_SCALES[match[2].casefold()]}", text)
    text = _TIMES.sub("×", _POWER_SIGN.sub("^", text))
    if text.isascii():
        return text
    text = _VULGAR.sub(lambda match: f"{match[1]} {_ratio(match[2])}" if match[1] else _ratio(match[2]), text)
    text = _RAISED.sub(lambda match: f"^{unicodedata.normalize('NFKC', match[1]).replace(chr(0x2212), '-')}", text)
    return _DASH.sub("-", text)


def scaled(text: str) -> str:
    """Write numbers with a scale as powers of ten, Chinese ones in figures: `3.5万` -> `3.5e4`, `四十二` -> `42`."""
    text = _CHINESE.sub(lambda match: f"{match[1]}e{_SCALES[match[2]]}", text)
    text = _THOUSANDS.sub(r"\1e3", text)
    if whole := _WHOLLY_HAN.fullmatch(text.strip(" 。.")):
        above, below = _han(whole["above"]), _han(whole["below"]) if whole["below"] else 1
        # a hundredth part of in Chinese names the whole first: 二分之一 is one half, 百分之五 five percent
        value = (
            f"{below}/{above}" if whole["below"] and whole["above"] != "百" else str(below if whole["below"] else above)
        )
        return f"{'-' if whole['sign'] else ''}{value}"
    return text


def may_be_a_unit(text: str) -> bool:
    """Tell whether a capital behind a number may be a scale or a unit: 300K is kelvin or thousands."""
    return bool(_UNIT.search(text))


def spelt_fractions(text: str) -> str:
    """Write fractions and dozens in words as numbers: `three quarters` -> `3/4`, `a dozen` -> `12`."""
    text = _DOZEN.sub(lambda match: f" {_dozens(match['count'])} ", text)
    return _FRACTION.sub(_part, text)


def powers(text: str) -> str:
    """Work out powers of whole numbers, and drop those of units: `2^5` -> `32`, `5 cm^2` -> `5 cm`."""
    return _POWER.sub(lambda match: str(int(match[1]) ** int(match[2])), _UNIT_POWER.sub("", text))


def _ratio(char: str) -> str:
    ratio = Fraction(unicodedata.numeric(char)).limit_denominator(10)
    return f"{ratio.numerator}/{ratio.denominator}"


def _part(match: re.Match[str]) -> str:
    if match["of"] and not match["count"]:  # half of 10, half a day: nothing that stands there alone
        return match[0]
    name = match["part"].casefold()
    below = _PARTS.get(name) or _PARTS[name.removesuffix("s")]
    if not match["count"] and name != "half":  # the third, a quarter past
        return match[0]
    whole = match["whole"] or "0"
    count = (match["count"] or "one").casefold()
    ratio = Fraction(int(count) if count.isdecimal() else _COUNTS[count], below)
    ratio += int(whole) if whole.isdecimal() else _COUNTS[whole.casefold()]
    return f" {ratio.numerator}/{ratio.denominator} "


def _dozens(count: str) -> int:
    return (
        6
        if count.casefold().startswith("half")
        else 12 * (int(count) if count.isdecimal() else _COUNTS[count.casefold()])
    )


def _han(text: str) -> int:
    """A number in Chinese characters: 三百二十五 -> 325, 一万二千 -> 12000, 二〇二六 -> 2026."""
    if not set(text) & set(_PLACES):
        return int("".join(str(_DIGITS[char]) for char in text))
    total = section = digit = 0
    for char in text:
        if char in _DIGITS:
            digit = _DIGITS[char]
        elif _PLACES[char] < 10_000:
            section, digit = section + (digit or 1) * _PLACES[char], 0
        else:
            total, section, digit = (total + section + digit) * _PLACES[char], 0, 0
    return total + section + digit

"""Short answers: the forms of a final answer: a number, a date, a time, a word, letters in their order.

Numbers are fractions, so that `0.25` and `1/4` are one, and `0.33` is not `1/3`. What is no single number (a bound, a
range, an expression, a denial) is not read as one.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from kit.benchmarks import numerals
from kit.client import Reading

__all__ = ["FORMS"]

_NUMBER = re.compile(
    r"(?<![A-Za-z\d_.])(?P<sign>[-−]\s?)?[$€£¥₹]?(?:(?P<ones>\d+)\s+(?=\d+\s?/))?"
    r"(?P<above>\d{1,3}(?:[,\u202f'’]\d{3})+(?!\d)|\d{1,2}(?:,\d{2})+,\d{3}(?!\d)|\d+|(?=\.\d))"
    r"(?P<decimals>\.\d+)?(?:\s?/\s?(?P<below>\d+)|\s?(?:(?:[*×x·]|\\times|\\cdot)\s?10\s?(?:\^|\*\*)\s?\{?|[eE])"
    r"(?P<power>[-−+]?\d{1,3})\}?(?![A-Za-z\d_.]))?"
)
"""`42`, `-1,250.50`, `5/36`, `2 1/2`, `.5`, `1,00,000`, `70'000`, `1.2e3`, `1.2 × 10^3`."""

_SPACED = re.compile(r"(?<![\d.,])(\d{1,3})((?: \d{3})+)(?![\d/])")
"""`70 000`, where one number is asked for."""

_COMMA = re.compile(r"(?<![\d.,])(\d{1,3}(?:\.\d{3})*),(\d{1,2})(?![\d,.])")
"""`5,50` and `70.000,50`: a comma before one or two last digits is a decimal one."""

_ONES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
         "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_WORDS = {word: n for n, word in enumerate(_ONES)} | {word: 10 * n for n, word in enumerate(_TENS, 2)}
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_TO_99 = rf"(?:(?:{'|'.join(_TENS)})(?:[\s-]+(?:{'|'.join(_ONES[1:10])})\b)?|\b(?:{'|'.join(_ONES)}))\b"
_TO_999 = rf"{_TO_99}(?:\s+hundred\b(?:\s+(?:and\s+)?{_TO_99})?)?"
_SPELT = re.compile(
    rf"(?<!no )\b{_TO_999}(?:\s+(?:thousand|million|billion)\b(?:,?\s+(?:and\s+)?{_TO_999})?)*(?!\sof\b)", re.IGNORECASE
)
"""`forty-two`, `two hundred and five`."""

_POWERS = re.compile(r"[*×x·]\s?10\s?(?:\^|\*\*)")
_SCALED = re.compile(r"(?<=\d)\s?(hundred|thousand|million|billion)\b", re.IGNORECASE)
_MONTHS = {
    name: n
    for n, name in enumerate(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1)
}
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_SPELT_DATES = [
    re.compile(rf"\b(?P<month>{_MONTH})\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})\b", re.IGNORECASE),
    re.compile(
        rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<month>{_MONTH}),?\s+(?P<year>\d{{4}})\b", re.IGNORECASE
    ),
    re.compile(r"(?P<year>\d{4})\s?年\s?(?P<month>\d{1,2})\s?月\s?(?P<day>\d{1,2})\s?[日号號]"),
]

_NO_NUMBER = re.compile(
    r"(?<![A-Za-z])(?:sqrt|pi|log|ln|sin|cos|tan|exp|factorial)(?![A-Za-z])|[π√∞±<>≤≥…\u0304\u0305]"
    r"|\\(?:pm|geq?|leq?|neq?|overline|binom)|\^|\d_\{?\d|\d\s?[xyz]\b|\d[ainpqrtuvw](?![\w'’])|[A-Za-z]\s?/\s?\d"
    r"|\d(?![eE][-+]?\d)[A-Za-z]\d|\d[eE]\b(?![-+]\d)|\d\.\d+\.\d|\d\.{2,}"
    r"|\b(?:half|third|quarter)s?\sof\s\d|\d\s+score\b|\b(?:root|squared|cubed|twice|thrice)\b"
    r"|\b(?:more|less|fewer|greater)\sthan\b|\bor\s(?:more|less|fewer)\b|\bup\sto\b|\d\+(?!\s?\d)|\d\s?~\s?\d"
    rf"|\d\s?[ap]\.?m\b|\d\s?[点點時时]|\d\s?[万萬亿億千百]\s?\d|\d(?:st|nd|rd|th)?\s(?:of\s)?{_MONTH}|\b{_MONTH}\s\d",
    re.IGNORECASE,
)
"""An expression, a bound, a range, a time or a date: no single rational number as it stands."""

_CORRECTED = re.compile(
    r"\bnot\s+[-$€£]?\d[\d.,]*\s*,?\s*but\s+|^不是\s?\d[\d.,]*\s?而是|"
    r"^.*\d\s*,\s*(?:no|wait|sorry|i\smean|or\srather)\s*,?\s+(?=[-$€£]?\d)",
    re.IGNORECASE,
)
"""In front of the number that is meant: another one, and that it is not meant."""

_EXCLUDED = re.compile(r"(?<=\d)(?:,?\s+(?:not|rather\sthan|instead\sof)\s+|,\s?(?:而?不是))[-$€£]?\d[\d.,]*", re.I)
"""Behind it: a number that is not meant."""

_DENIED = re.compile(r"\b(?:not|never|isn['’]t)\b|不是|并非", re.IGNORECASE)
_VARIABLE = re.compile(r"(?<![A-Za-z])[A-Za-z]\s?=")
_DOTTED = re.compile(r"(?<![\d.,])\d{1,3}(?:\.\d{3}){2,}(?![.\d])")
"""`1.234.567`."""

_ASIDE = re.compile(r"(?<=.)[(≈~]|\b(?:approximately|approx|about|i\.e)\b", re.IGNORECASE)
"""What follows says the same in another way."""

_ABOUT = re.compile(
    r"^\s*(?:(?:\\approx|approximately|approx\.?|about|around|roughly|nearly|almost|circa)\s+|[~≈]\s*)", re.IGNORECASE
)

_TIME = re.compile(r"(?<![\d:])([01]?\d|2[0-3]):([0-5]\d)(?![\d:])\s*(?:([ap])\.?m\b)?", re.IGNORECASE)


def _single(values: Sequence[str], kind: str) -> Reading[str]:
    different = list(dict.fromkeys(values))
    if len(different) == 1:
        return Reading(different[0], kind)
    return Reading(None, f"several {kind}s" if different else f"no {kind}")


def _number(text: str, among: Sequence[str] = ()) -> Reading[str]:
    """The one number, in lowest terms; of an equation the first side that is one number."""
    text = _EXCLUDED.sub("", _CORRECTED.sub("", text.strip("()[] ")))
    about = _ABOUT.sub("", text)
    if re.search(r"\d\s?~\s?\d", about):
        return Reading(None, "a range")
    plainly = _ASIDE.split(about, maxsplit=1)[0]
    if _DENIED.search(plainly):
        return Reading(None, "a denial")
    if numerals.may_be_a_unit(plainly):
        return Reading(None, "a scale or a unit")
    if re.search(r"\d\s?[万萬亿億千百]\s?\d", plainly):
        return Reading(None, "an expression")
    plainly = _in_figures(plainly)
    if _NO_NUMBER.search(_POWERS.sub("", plainly)) or len(_VARIABLE.findall(plainly)) > 1:
        return Reading(None, "an expression")
    sides = [_numbers(side) for side in plainly.split("=")]
    return _single(next((side for side in sides if len(side) == 1), _numbers(plainly)), "number")


def _in_figures(text: str) -> str:
    """Write the numbers of a text in figures, with a decimal point and nothing between thousands."""
    text = numerals.scaled(text)
    text = re.sub(r"(?<=\d)_(?=\d{3})", "", text)
    text = _SPACED.sub(lambda match: match[0].replace(" ", ""), text)
    text = _COMMA.sub(lambda match: f"{match[1].replace('.', '')}.{match[2]}", text)
    text = _DOTTED.sub(lambda match: match[0].replace(".", ""), text)
    text = _SCALED.sub(lambda match: f"e{len(str(_SCALES[match[1].casefold()])) - 1}", text)
    text = numerals.spelt_fractions(text)
    text = re.sub(r"\ba\s(?=(?:hundred|thousand|million)\b)", "one ", text, flags=re.IGNORECASE)
    text = _SPELT.sub(lambda match: f" {_spelt(match[0])} ", text)
    text = re.sub(r"^\s*(?:minus\s+|negative\s+|[负負]\s*)(?=[$€£]?\d)", "-", text, flags=re.IGNORECASE)
    return numerals.powers(text)


def _numbers(text: str) -> list[str]:
    return [str(_value(match)) for match in _NUMBER.finditer(text) if int(match["below"] or 1)]


def _spelt(words: str) -> int:
    """A number in words: `two hundred and five` -> 205."""
    total = part = 0
    for word in re.findall(r"[a-z]+", words.casefold()):
        if word in _SCALES and _SCALES[word] > 100:
            total, part = total + (part or 1) * _SCALES[word], 0
        elif word in _SCALES:
            part = (part or 1) * 100
        elif word != "and":
            part += _WORDS[word]
    return total + part


def _value(match: re.Match[str]) -> Fraction:
    above = Fraction((re.sub(r"[,\u202f'’]", "", match["above"]) or "0") + (match["decimals"] or ""))
    above *= Fraction(10) ** int((match["power"] or "0").replace("−", "-"))
    size = int(match["ones"] or 0) + above / int(match["below"] or 1)
    return -size if match["sign"] else size


def _list(text: str, among: Sequence[str] = ()) -> Reading[str]:
    numbers = _numbers(text)
    return Reading(" ".join(numbers), "list") if numbers else Reading(None, "no list")


def _date(text: str, among: Sequence[str] = ()) -> Reading[str]:
    iso = re.findall(r"(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)", text)
    spelt = [_iso(match) for form in _SPELT_DATES for match in form.finditer(text)]
    return _single([*iso, *spelt], "date")


def _iso(date: re.Match[str]) -> str:
    month = _MONTHS.get(date["month"][:3].casefold()) or int(date["month"])
    return f"{date['year']}-{month:02}-{int(date['day']):02}"


def _time(text: str, among: Sequence[str] = ()) -> Reading[str]:
    hours = [(int(hour) % 12 + 12 * (half in "pP") if half else int(hour), minute)
             for hour, minute, half in _TIME.findall(text)]  # fmt: skip
    return _single([f"{hour:02}:{minute}" for hour, minute in hours], "time")


def _word(text: str, among: Sequence[str] = ()) -> Reading[str]:
    folded = text.casefold()
    return _single([word for word in among if re.search(rf"\b{re.escape(word.casefold())}\b", folded)], "word")


def _order(text: str, among: Sequence[str] = ()) -> Reading[str]:
    """Capitals in their order: `BDAC`, `B, D, A and C`, `B > D > A > C`."""
    listed = re.sub(r"\b(?:and|then)\b", ",", text)
    runs = re.findall(r"(?<![A-Za-z])[A-Z](?:[^A-Za-z]{0,8}[A-Z])+(?![A-Za-z])", listed)
    return _single([re.sub(r"[^A-Z]", "", run) for run in runs], "order")


def _letter(text: str, among: Sequence[str] = ()) -> Reading[str]:
    return _single(re.findall(r"(?<![A-Za-z])[A-J](?![A-Za-z])", text), "letter")


def _text(text: str, among: Sequence[str] = ()) -> Reading[str]:
    return Reading(text.strip(" \"'“”‘’"), "text")


FORMS: Mapping[str, Callable[[str, Sequence[str]], Reading[str]]] = {
    "number": _number, "list": _list, "date": _date, "time": _time, "word": _word, "order": _order,
    "letter": _letter, "text": _text,
}  # fmt: skip
"""How a final answer is read and compared: a number, numbers in their order, `2026-03-01`, `14:05` (24 hours), one of
some words, capitals in their order, one capital, or a text to the letter."""

"""Reasoning: questions of several steps, whose short answer is read from the end of what was thought aloud.

The answer is compared exactly: numbers as fractions, so that `0.25` and `1/4` are one, and `0.33` is not `1/3`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from kit import client
from kit.benchmarks import choice_letters, numerals
from kit.benchmarks.score import Score
from kit.client import Reading, first_turn, json_object

__all__ = ["FORMS", "PARAMETERS", "Problem", "final", "messages", "score"]

PARAMETERS = {"temperature": 0, "max_tokens": 4096}

_TOLD = "Think step by step. End with a line that holds nothing but `Answer:` and the answer."
_LONGEST = 20_000
"""Characters: of a longer text, only the end is searched for an answer."""

_SHORT = 80
"""Characters that a final answer has at most; what is longer is an explanation."""

_STATED = re.compile(r"(?i:\banswer\b\s*(?:(?:is\b|=|:)\s*)+|答案?\s*[:是为]+\s*)(?P<said>\S[^\n]*)")
_TAKEN_BACK = re.compile(
    r"(?i)(?:[.;!(]\s*|\n\s*)(?:wait|actually|correction|scratch that|hold on|oops)\b[\s,:;.!–—-]*"
    r"(?:(?:no|that'?s (?:not right|wrong)|i made a mistake)\b[\s,:;.!–—-]*)?(?:it(?:'s| is)\s+|make (?:that|it)\s+)?"
    r"(?P<said>[-$€£]?\d[^\n]*)?"
)
_HANGING = re.compile(r"(?i:\banswer\b\s*(?:is|=|:)+|答案?\s*[:是为]+)\s*$")
_BOLD = re.compile(r"\*\*([^*\n]+)\*\*|^####[ \t]*([^\n]+)$", re.MULTILINE)
_FRACTION = re.compile(r"(?P<ones>\d)?\\[dt]?frac\s*(?:\{([^{}]*)\}|(\d))\s*(?:\{([^{}]*)\}|(\d))")

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
_SYMBOLIC = re.compile(
    r"\b(?:half|third|quarter)s?\sof\s\d|\\?\b(?:sqrt|pi|log|ln|sin|cos|tan|exp)\b|[π√∞]|\d\s?\\(?:sqrt|pi)|\d\s?\^\s?\{?[-\d]"
)
"""An expression that is no single rational number as it stands."""

_MONTHS = {
    name: n
    for n, name in enumerate(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1)
}
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})[a-z]{{0,6}}\.?"
_SPELT_DATES = [
    re.compile(rf"\b{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})\b", re.IGNORECASE),
    re.compile(rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH},?\s+(?P<year>\d{{4}})\b", re.IGNORECASE),
    re.compile(r"(?P<year>\d{4})\s?年\s?(?P<month>\d{1,2})\s?月\s?(?P<day>\d{1,2})\s?[日号號]"),
]

_ASIDE = re.compile(r"(?<=.)[(≈~]|\b(?:approximately|approx|about|i\.e)\b", re.IGNORECASE)
"""What follows says the same in another way."""

_ABOUT = re.compile(
    r"^\s*(?:(?:approximately|approx\.?|about|around|roughly|nearly|almost|circa)\s+|[~≈]\s*)", re.IGNORECASE
)

_TIME = re.compile(r"(?<![\d:])([01]?\d|2[0-3]):([0-5]\d)(?![\d:])\s*(?:([ap])\.?m\b)?", re.IGNORECASE)


@dataclass(frozen=True)
class Problem:
    """A question of several steps, with a short exact answer.

    Attributes:
        answer: `42`, `5/36`, `2026-03-01`, `14:05`, a word, or letters in their order.
        form: How answers are read and compared: a key of `reasoning.FORMS`.
        among: The words that an answer may be, where the question lists them.
        subject: Items of one subject are not independent of each other.
    """

    id: str
    question: str
    answer: str
    form: str = "number"
    among: Sequence[str] = ()
    subject: str = ""
    level: int = 0


def messages(item: Problem) -> list[dict[str, Any]]:
    """Ask the question, and say how to end the answer."""
    return [{"role": "user", "content": f"{item.question}\n\n{_TOLD}"}]


def score(item: Problem, text: str) -> Score:
    """Right or wrong by the final answer; unparsed if there is none, or it is not of the form that is asked for."""
    ending, form = final(text), FORMS[item.form]
    if ending.value is None:
        return Score("unparsed", 0.0, ending.why, valid=False)
    read = form(ending.value, item.among)
    if read.value is None:
        return Score("unparsed", 0.0, read.why, valid=False)
    right = read.value == form(item.answer, item.among).value
    return Score("right" if right else "wrong", float(right), ending.value)


def final(text: str) -> Reading[str]:
    """The short answer that a text ends on.

    Returns:
        The answer in the text's words, by `stated` (the last of `Answer: 42`, `the answer is 42`, `\\boxed{42}`),
        `bold` (the last `**42**` or `#### 42`) or `alone` (a text of one short line); or None, because of `empty`,
        `cut off`, `refusal` or `no final answer`.
    """
    spoken = client.spoken(text)
    if spoken is None:
        return Reading(None, "cut off")
    spoken = first_turn(spoken)
    stated_in = json_object(spoken).value
    if stated_in and (named := _in_json(stated_in)):
        return _short(named, "stated")
    if stated_in is not None and spoken.strip().startswith("{"):
        return Reading(None, "no final answer")
    marked = _FRACTION.sub(_divided, numerals.typed(spoken[-_LONGEST:])).replace("{,}", ",").replace("\\%", "%")
    marked = re.sub(r"(?<=\d)\\[,;: ](?=\d{3})", ",", marked)
    marked = re.sub(r"\\(?:times|cdot)\b", "×", marked)
    bare = choice_letters.bare(marked)
    if not bare:
        return Reading(None, "empty")
    if _HANGING.search(bare):
        return Reading(None, "cut off")
    if stated := list(_STATED.finditer(bare)):
        if taken_back := _TAKEN_BACK.search(bare, stated[-1].start("said")):
            return _short(taken_back["said"], "stated") if taken_back["said"] else Reading(None, "taken back")
        return _short(stated[-1]["said"], "stated")
    if bold := _BOLD.findall(marked):
        return _short(choice_letters.bare("".join(bold[-1])), "bold")
    if "\n" not in bare and len(bare) <= _SHORT:
        return Reading(bare, "alone")
    return Reading(None, "refusal" if choice_letters.reason(bare) == "refusal" else "no final answer")


def _in_json(value: Mapping[str, Any]) -> str:
    """The answer that an object names as such: `{"reasoning": ..., "answer": "7"}`."""
    named = [
        held
        for name, held in value.items()
        if name.casefold().replace(" ", "_") in ("answer", "final_answer", "result")
    ]
    return str(named[0]) if len(named) == 1 and isinstance(named[0], str | int | float) else ""


def _divided(fraction: re.Match[str]) -> str:
    ones, above, one_above, below, one_below = fraction.groups()
    return f"{ones + ' ' if ones else ''}{above or one_above}/{below or one_below}"


def _short(text: str, why: str) -> Reading[str]:
    """The first sentence of what is said to be the answer."""
    first = re.split(r"[.。!]\s|[.。!]$", text, maxsplit=1)[0].strip()
    return Reading(first, why) if 0 < len(first) <= _SHORT else Reading(None, "no final answer")


def _single(values: Sequence[str], kind: str) -> Reading[str]:
    different = list(dict.fromkeys(values))
    if len(different) == 1:
        return Reading(different[0], kind)
    return Reading(None, f"several {kind}s" if different else f"no {kind}")


def _number(text: str, among: Sequence[str] = ()) -> Reading[str]:
    """The one number, in lowest terms; of an equation the first side that is one number."""
    plainly = _ASIDE.split(_ABOUT.sub("", text.strip("()[] ")), maxsplit=1)[0]
    if numerals.may_be_a_unit(plainly):
        return Reading(None, "a scale or a unit")
    plainly = numerals.scaled(plainly)
    plainly = _SPACED.sub(lambda match: match[0].replace(" ", ""), plainly)
    plainly = _COMMA.sub(lambda match: f"{match[1].replace('.', '')}.{match[2]}", plainly)
    plainly = _SCALED.sub(lambda match: f"e{len(str(_SCALES[match[1].casefold()])) - 1}", plainly)
    plainly = numerals.spelt_fractions(plainly)
    plainly = _SPELT.sub(lambda match: f" {_spelt(match[0])} ", plainly)
    plainly = re.sub(r"^\s*(?:minus|negative)\s+(?=[$€£]?\d)", "-", plainly, flags=re.IGNORECASE)
    plainly = numerals.powers(plainly)
    if _SYMBOLIC.search(_POWERS.sub("", plainly)):
        return Reading(None, "an expression")
    sides = [_numbers(side) for side in plainly.split("=")]
    return _single(next((side for side in sides if len(side) == 1), _numbers(plainly)), "number")


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
    month = _MONTHS.get(date["month"].casefold()) or int(date["month"])
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

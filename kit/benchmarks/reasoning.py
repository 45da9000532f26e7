"""Reasoning: questions of several steps, whose short answer is read from the end of what was thought aloud.

The answer is compared exactly: numbers as fractions, so that `0.25` and `1/4` are one, and `0.33` is not `1/3`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from kit.benchmarks import choice_letters, readings
from kit.benchmarks.items import Problem
from kit.benchmarks.marks import Mark
from kit.client import Reading

__all__ = ["FORMS", "PARAMETERS", "final", "mark", "messages"]

PARAMETERS = {"temperature": 0, "max_tokens": 4096}

_TOLD = "Think step by step. End with a line that holds nothing but `Answer:` and the answer."
_LONGEST = 20_000
"""Characters: of a longer text, only the end is searched for an answer."""

_SHORT = 80
"""Characters that a final answer has at most; what is longer is an explanation."""

_STATED = re.compile(r"(?i:\banswer\b\s*(?:(?:is\b|=|:)\s*)+|答案?\s*[:是为]+\s*)(?P<said>\S[^\n]*)")
_HANGING = re.compile(r"(?i:\banswer\b\s*(?:is|=|:)+|答案?\s*[:是为]+)\s*$")
_BOLD = re.compile(r"\*\*([^*\n]+)\*\*|^####[ \t]*([^\n]+)$", re.MULTILINE)
_FRACTION = re.compile(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")

_NUMBER = re.compile(
    r"(?<![\w.])(?P<sign>[-−]\s?)?(?:(?P<ones>\d+)\s+(?=\d+\s?/))?(?P<above>\d{1,3}(?:[,\u202f]\d{3})+(?!\d)|\d+)"
    r"(?P<decimals>\.\d+)?(?:\s?/\s?(?P<below>\d+))?"
)
"""`42`, `-1,250.50`, `5/36`, `2 1/2`."""

_ASIDE = re.compile(r"(?<=.)[(≈~]|\b(?:approximately|approx|about|i\.e)\b", re.IGNORECASE)
"""What follows says the same in another way."""

_TIME = re.compile(r"(?<![\d:])([01]?\d|2[0-3]):([0-5]\d)(?![\d:])\s*(?:([ap])\.?m\b)?", re.IGNORECASE)


def messages(item: Problem) -> list[dict[str, Any]]:
    """The question, and how to end."""
    return [{"role": "user", "content": f"{item.question}\n\n{_TOLD}"}]


def mark(item: Problem, text: str) -> Mark:
    """Right or wrong by the final answer; unparsed if there is none, or it is not of the form that is asked for."""
    ending, form = final(text), FORMS[item.form]
    if ending.value is None:
        return Mark("unparsed", 0.0, ending.why, valid=False)
    read = form(ending.value, item.among)
    if read.value is None:
        return Mark("unparsed", 0.0, read.why, valid=False)
    right = read.value == form(item.answer, item.among).value
    return Mark("right" if right else "wrong", float(right), ending.value)


def final(text: str) -> Reading[str]:
    """The short answer that a text ends on.

    Returns:
        The answer in the text's words, by `stated` (the last of `Answer: 42`, `the answer is 42`, `\\boxed{42}`),
        `bold` (the last `**42**` or `#### 42`) or `alone` (a text of one short line); or None, because of `empty`,
        `cut off`, `refusal` or `no final answer`.
    """
    spoken = readings.spoken(text)
    if spoken is None:
        return Reading(None, "cut off")
    marked = _FRACTION.sub(r"\1/\2", spoken[-_LONGEST:]).replace("{,}", ",").replace("\\%", "%")
    bare = choice_letters.bare(marked)
    if not bare:
        return Reading(None, "empty")
    if _HANGING.search(bare):
        return Reading(None, "cut off")
    if stated := list(_STATED.finditer(bare)):
        return _short(stated[-1]["said"], "stated")
    if bold := _BOLD.findall(marked):
        return _short(choice_letters.bare("".join(bold[-1])), "bold")
    if "\n" not in bare and len(bare) <= _SHORT:
        return Reading(bare, "alone")
    return Reading(None, "refusal" if choice_letters.reason(bare) == "refusal" else "no final answer")


def _short(said: str, why: str) -> Reading[str]:
    """The first sentence of what is said to be the answer."""
    first = re.split(r"[.。!]\s|[.。!]$", said, maxsplit=1)[0].strip()
    return Reading(first, why) if 0 < len(first) <= _SHORT else Reading(None, "no final answer")


def _one(found: Sequence[str], what: str) -> Reading[str]:
    different = list(dict.fromkeys(found))
    if len(different) == 1:
        return Reading(different[0], what)
    return Reading(None, f"several {what}s" if different else f"no {what}")


def _number(said: str, among: Sequence[str] = ()) -> Reading[str]:
    """The one number, in lowest terms; of an equation the first side that is one number."""
    plainly = _ASIDE.split(said.strip("()[] "), maxsplit=1)[0]
    sides = [_numbers(side) for side in plainly.split("=")]
    return _one(next((side for side in sides if len(side) == 1), _numbers(plainly)), "number")


def _numbers(said: str) -> list[str]:
    return [str(_value(match)) for match in _NUMBER.finditer(said) if int(match["below"] or 1)]


def _value(match: re.Match[str]) -> Fraction:
    above = Fraction(re.sub(r"[,\u202f]", "", match["above"]) + (match["decimals"] or ""))
    size = int(match["ones"] or 0) + above / int(match["below"] or 1)
    return -size if match["sign"] else size


def _list(said: str, among: Sequence[str] = ()) -> Reading[str]:
    found = _numbers(said)
    return Reading(" ".join(found), "list") if found else Reading(None, "no list")


def _date(said: str, among: Sequence[str] = ()) -> Reading[str]:
    return _one(re.findall(r"(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)", said), "date")


def _time(said: str, among: Sequence[str] = ()) -> Reading[str]:
    hours = [(int(hour) % 12 + 12 * (half in "pP") if half else int(hour), minute)
             for hour, minute, half in _TIME.findall(said)]  # fmt: skip
    return _one([f"{hour:02}:{minute}" for hour, minute in hours], "time")


def _word(said: str, among: Sequence[str] = ()) -> Reading[str]:
    folded = said.casefold()
    return _one([word for word in among if re.search(rf"\b{re.escape(word.casefold())}\b", folded)], "word")


def _order(said: str, among: Sequence[str] = ()) -> Reading[str]:
    """Capitals in their order: `BDAC`, `B, D, A and C`, `B > D > A > C`."""
    listed = re.sub(r"\b(?:and|then)\b", ",", said)
    runs = re.findall(r"(?<![A-Za-z])[A-Z](?:[^A-Za-z]{0,8}[A-Z])+(?![A-Za-z])", listed)
    return _one([re.sub(r"[^A-Z]", "", run) for run in runs], "order")


def _letter(said: str, among: Sequence[str] = ()) -> Reading[str]:
    return _one(re.findall(r"(?<![A-Za-z])[A-J](?![A-Za-z])", said), "letter")


def _text(said: str, among: Sequence[str] = ()) -> Reading[str]:
    return Reading(said.strip(" \"'“”‘’"), "text")


FORMS: Mapping[str, Callable[[str, Sequence[str]], Reading[str]]] = {
    "number": _number, "list": _list, "date": _date, "time": _time, "word": _word, "order": _order,
    "letter": _letter, "text": _text,
}  # fmt: skip
"""How a final answer is read and compared: a number, numbers in their order, `2026-03-01`, `14:05` (24 hours), one of
some words, capitals in their order, one capital, or a text to the letter."""

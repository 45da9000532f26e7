"""Reasoning: questions of several steps, whose short answer is read from the end of what was thought aloud."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kit import client
from kit.benchmarks import choice_letters, numerals
from kit.benchmarks.score import Score
from kit.benchmarks.short_answers import FORMS
from kit.client import Reading, first_turn, json_object

__all__ = ["PARAMETERS", "Problem", "final", "messages", "score"]

PARAMETERS = {"temperature": 0, "max_tokens": 4096}

_TOLD = "Think step by step. End with a line that holds nothing but `Answer:` and the answer."
_LONGEST = 20_000
"""Characters: of a longer text, only the end is searched for an answer."""

_SHORT = 80
"""Characters that a final answer has at most; what is longer is an explanation."""

_STATED = re.compile(
    r"(?im:\banswer\b\s*(?:(?:is\b|=|:)\s*)+|^(?:the\s)?(?:final\s)?answer[ \t]*\n\s*(?![^\n]*\banswer\b)|"
    r"答案?\s*[:是为]+\s*)(?P<said>\S[^\n]*)"
)
_TAKEN_BACK = re.compile(
    r"(?i)(?:[.;!(]\s*|\n\s*)(?:(?:no|hmm|sorry)\b[\s,.!]*)?"
    r"(?:wait|actually|correction|scratch that|hold on|oops)\b[\s,:;.!–—-]*"
    r"(?:(?:no|that'?s (?:not right|wrong)|i made a mistake)\b[\s,:;.!–—-]*)?(?:it(?:'s| is)\s+|make (?:that|it)\s+)?"
    r"(?P<said>[-$€£]?\d[^\n]*)?"
)
_HANGING = re.compile(r"(?i:\banswer\b\s*(?:is|=|:)+|答案?\s*[:是为]+)\s*$")
_BOLD = re.compile(r"\*\*([^*\n]+)\*\*|^####[ \t]*([^\n]+)$", re.MULTILINE)
_CURRENCY = re.compile(r"\b(?:US|CA|AU|NZ|HK|[ACS])\s?(?=\$)")
_TWO_BOXES = re.compile(r"boxed\s?\{[^{}]*\}\$?\s*(?:or|and|,)\s*\$?\\boxed")
_FRACTION = re.compile(r"(?P<ones>\d)?\\[dt]?frac\s*(?:\{([^{}]*)\}|(\d))\s*(?:\{([^{}]*)\}|(\d))")


@dataclass(frozen=True)
class Problem:
    """A question of several steps, with a short exact answer.

    Attributes:
        answer: `42`, `5/36`, `2026-03-01`, `14:05`, a word, or letters in their order.
        form: How answers are read and compared: a key of `short_answers.FORMS`.
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
    marked = (
        _FRACTION.sub(_divided, numerals.typed(_CURRENCY.sub("", spoken[-_LONGEST:])))
        .replace("{,}", ",")
        .replace("\\%", "%")
    )
    marked = re.sub(r"(?<=\d)\\[,;: ](?=\d{3})", ",", marked)
    marked = re.sub(r"\\(?:times|cdot)\b", "×", marked)
    marked = re.sub(r"(\\boxed\s?\{[^{}]*\d)!(?=[^{}]*\})", r"\1 factorial", marked)
    marked = re.sub(r"\^\s?\{?\\circ\}?", "°", marked)
    bare = choice_letters.bare(marked)
    if not bare:
        return Reading(None, "empty")
    if _TWO_BOXES.search(marked):
        return Reading(None, "several answers")
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
    first = re.split(r"(?<!\bRs)(?<!\bapprox)[.。!]\s|[.。!]$", text, maxsplit=1)[0].strip()
    return Reading(first, why) if 0 < len(first) <= _SHORT else Reading(None, "no final answer")

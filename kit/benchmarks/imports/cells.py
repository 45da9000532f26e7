"""Cells: whether what a model answered says what the key says, by the kind that the keys are of."""

import ast
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from kit.benchmarks import choice_letters, reasoning
from kit.benchmarks.imports.entries import Score, scored
from kit.benchmarks.reasoning import Problem
from kit.client import json_object

__all__ = ["KINDS", "judge", "kind_of"]

KINDS = {
    "number": "the keys are numbers, and answers are compared as numbers",
    "letter": "the keys are letters, and the letter is read from each answer",
    "literal": "the keys are Python literals, and answers are compared by Python's own equality",
    "text": "the keys are texts, and an answer is right if it says the same but for case, blanks and full stops",
}
"""How answers without choices are compared with their keys."""

_NUMBER = re.compile(r"[-−+]?[$€£¥]?\d{1,3}(?:,\d{3})*(?:\.\d+)?%?|[-−+]?[$€£¥]?\d*\.?\d+(?:[eE][-+]?\d+)?%?")
_LETTER = re.compile(r"\(?[A-Ja-j]\)?\.?")


def kind_of(keys: Sequence[str]) -> str:
    """The kind that all keys are of: a key of KINDS."""
    plain = [_plain(key) for key in keys]
    if all(_NUMBER.fullmatch(key) for key in plain):
        return "number"
    if all(_LETTER.fullmatch(key) for key in plain):
        return "letter"
    if all(key[:1] in "'\"([{" and _literal(key)[1] for key in map(str.strip, keys)):
        return "literal"
    return "text"


def judge(keys: Sequence[str]) -> Callable[[str, str], Score]:
    """A function of answer and key that scores the answer by the kind of all keys; `unparsed` where it says nothing."""
    letters = [_plain(key).strip("().").upper() for key in keys]
    by_kind: Mapping[str, Callable[[str, str], Score]] = {
        "number": _as_number, "literal": _as_literal, "text": _as_text,
        "letter": partial(_as_letter, many=max(5, *(ord(letter[:1] or "A") - 64 for letter in letters), 5)),
    }  # fmt: skip
    return by_kind[kind_of(keys)]


def _as_number(answer: str, key: str) -> Score:
    mark = reasoning.score(Problem("", "", _plain(key).lstrip("+"), "number"), answer)
    return Score(mark.outcome, mark.value, key)


def _as_letter(answer: str, key: str, many: int) -> Score:
    # texts that no answer says: only letters can be read where nobody tells the choices
    read = choice_letters.read_letter(answer, tuple(f"\x00{n}\x00" for n in range(many)))
    if read.value is None:
        return Score("unparsed", 0.0, key)
    return _scored(read.value == _plain(key).strip("().").upper(), key)


def _as_literal(answer: str, key: str) -> Score:
    value, is_literal = _literal(_in_json(answer))
    return _scored(is_literal and value == _literal(key)[0], key)


def _as_text(answer: str, key: str) -> Score:
    return _scored(_same(key) in (_same(answer), _same(_in_json(answer))), key)


def _scored(right: bool, key: str) -> Score:
    return scored(float(right), key) or Score("wrong", 0.0, key)


def _plain(text: str) -> str:
    """A text in plain characters; of a key that shows its working, as GSM8K's `... #### 18`, what stands at its end."""
    return unicodedata.normalize("NFKC", text).rpartition("#### ")[2].strip()


def _in_json(text: str) -> str:
    """The answer that a JSON object gives, as in `{"reasoning": ..., "answer": "[1, 2]"}`; else the text."""
    value = json_object(text).value if text.lstrip().startswith("{") else None
    answer = value.get("answer") if value and "answer" in value else None
    return text if answer is None else answer if isinstance(answer, str) else repr(answer)


def _same(text: str) -> str:
    return " ".join(_plain(text).split()).strip("().。 ").casefold()


def _literal(text: str) -> tuple[Any, bool]:
    try:
        return ast.literal_eval(text.strip()), True
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None, False

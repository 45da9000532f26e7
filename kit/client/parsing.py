"""Parse a completion: its text without the reasoning, and the JSON object in it."""

import json
import re
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

__all__ = ["FENCE", "Reading", "first_turn", "json_object", "spoken"]

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Reading(Generic[_T]):
    """Parsed value, or the reason that there is none.

    Attributes:
        value: None where the text says nothing, or more than one thing.
        why: The rule that read it; without a value the reason, such as `empty`, `cut off` or `refusal`.
    """

    value: _T | None
    why: str


_OPENED = re.compile(
    r"<(?:think|thinking|thought|reasoning)>|◁think▷|<\|channel\|>analysis<\|message\|>", re.IGNORECASE
)


_CLOSED = re.compile(r"</(?:think|thinking|thought|reasoning)>|◁/think▷|<\|channel\|>final<\|message\|>", re.IGNORECASE)


def spoken(text: str) -> str | None:
    """The text without what was thought; None if the thinking never ends.

    Some chat templates open the block in the prompt, so that the answer holds only its end.
    """
    if "<" not in text and "◁" not in text:
        return text
    closed = list(_CLOSED.finditer(text))
    if closed:
        opened = _OPENED.search(text, 0, closed[-1].start())
        text = (text[: opened.start()] if opened else "") + text[closed[-1].end() :]
    return None if _OPENED.search(text) else text


_NEXT_TURN = re.compile(
    r"\n[ \t]*(?:#{1,6}[ \t]*|\*\*)?(?:(?:next |new )?question|q|problem|exercise|human|user|instruction|"
    r"问题|問題|质问|質問|設問|问|問|题目|題目|用户|例题)(?:[ \t]?\d+)?(?:\*\*)?[ \t]*[:：]"
    r"|<\|(?:im_end|im_start|endoftext|end_of_text|eot_id|eom_id|end|return|user)\|>|</s>|<end_of_turn>|<｜end▁of▁sentence｜>",
    re.IGNORECASE,
)
"""Where a text that did not stop begins another question, or a turn of its own."""

_NUMBERED = re.compile(
    r"\n[ \t]*\n[ \t]*\d{1,3}[.)][ \t](?=(?:[^\n]*\n){1,9}?[ \t]*(?:answer|答案|答え)[ \t]*[:：])", re.IGNORECASE
)
_ANSWERED = re.compile(r"^\W*(?:final )?(?:answer|答案|答え)[ \t]*[:：][ \t]*\S", re.IGNORECASE | re.MULTILINE)
"""A numbered question with an answer of its own begins another one only where one is answered already."""


def first_turn(text: str) -> str:
    """The text up to where it runs on into another question; `B\\n\\nQuestion: ...` -> `B`."""
    text = next((text[: end.start()] for end in _NEXT_TURN.finditer(text) if text[: end.start()].strip()), text)
    ends = (end.start() for end in _NUMBERED.finditer(text))
    return next((text[:end] for end in ends if _ANSWERED.search(text[:end])), text)


FENCE = re.compile(
    r"^[ \t]*(?P<mark>```+|~~~+)[ \t]*(?P<tag>[\w+-]*)[^\n]*\n(?P<inside>.*?)(?:^[ \t]*(?P=mark)|\Z)", re.M | re.S
)


_OBJECT = re.compile(r"\{(?=\s*(?:[\"'}]|\w+\s*:))|\[(?=\s*[{\[\"])")
"""Where JSON begins, or what wants to be JSON; other braces are prose, LaTeX or code."""


_NESTING = re.compile(r"\"(?:[^\"\\]|\\.)*+\"|[{}\[\]]", re.DOTALL)


def json_object(text: str) -> Reading[dict[str, Any]]:
    """The JSON object that an answer ends on: bare, fenced, behind a thought, or with prose around it.

    Of several objects the last one counts, valid or not: what comes before it is an example or a draft; and a fenced
    one counts before those in the prose around it. Validity is
    scored, so nothing is mended: trailing commas, single quotes, comments, `NaN`, a key given twice and half a
    surrogate pair make it invalid.

    Returns:
        The object, by `whole`, `fenced` or `in prose`; or None, because of `empty`, `cut off`, `no object`,
        `not an object`, `nested too deep`, or `invalid: ...` in the parser's words.
    """
    answer_text = spoken(text)
    if answer_text is None:
        return Reading(None, "cut off")
    answer_text = answer_text.strip().removeprefix("\ufeff")
    if not answer_text:
        return Reading(None, "empty")
    fenced = [block["inside"].strip() for block in FENCE.finditer(answer_text) if block["tag"].lower() in ("", "json")]
    objects = [("fenced", block) for block in fenced[::-1] if block[:1] in ("{", "[")]
    for name, part in objects[:1] or [("whole", answer_text)]:
        read = _parsed(part, name)
        if read.value is not None or read.why in ("not an object", "nested too deep"):
            return read
    return _last_object(part, "in prose" if name == "whole" else name)


def _last_object(text: str, name: str) -> Reading[dict[str, Any]]:
    read: Reading[dict[str, Any]] = Reading(None, "no object")
    begin = _OBJECT.search(text)
    while begin:
        end = _closing(text, begin.start())
        if end is None:
            return Reading(None, "cut off")
        read = _parsed(text[begin.start() : end], name)
        begin = _OBJECT.search(text, end)
    return read


def _closing(text: str, start: int) -> int | None:
    """Return where the bracket at `start` is closed again; None if it never is."""
    depth = 0
    for token in _NESTING.finditer(text, start):
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(token[0], 0)
        if not depth:
            return token.end()
    return None


def _parsed(text: str, name: str) -> Reading[dict[str, Any]]:
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_refused)
        json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair could not be stored
    except RecursionError:
        return Reading(None, "nested too deep")
    except ValueError as error:
        return Reading(None, f"invalid: {error}")
    return Reading(value, name) if isinstance(value, dict) else Reading(None, "not an object")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    unique_pairs = dict(pairs)
    if len(unique_pairs) < len(pairs):
        raise ValueError("a key is given twice")
    return unique_pairs


def _refused(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")

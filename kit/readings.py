"""Readings: what a model's text says, which is not always what we hope that it says.

A text that can be read in two ways, or in none, has no value but a reason: "could not parse" is an outcome of its own,
counted apart from right and wrong. What a model thinks (`<think>`) is not what it says.
"""

import ast
import json
import re
import textwrap
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any, Generic, TypeVar

from kit import letters

__all__ = ["Reading", "code", "json_object", "letter", "said"]

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Reading(Generic[_T]):
    """What was read, or why nothing could be.

    Attributes:
        value: None where the text says nothing, or more than one thing.
        why: The rule that read it; without a value the reason, such as `empty`, `cut off` or `refusal`.
    """

    value: _T | None
    why: str


_LONGEST = 20_000
"""Characters: of a longer answer, only the end is searched for a letter."""

_OPENED = re.compile(
    r"<(?:think|thinking|thought|reasoning)>|◁think▷|<\|channel\|>analysis<\|message\|>", re.IGNORECASE
)
_CLOSED = re.compile(r"</(?:think|thinking|thought|reasoning)>|◁/think▷|<\|channel\|>final<\|message\|>", re.IGNORECASE)


def letter(text: str, choices: Sequence[str]) -> Reading[str]:
    """The letter of the choice that an answer settles on.

    Returns:
        `A`, `B`, ..., by the first of `kit.letters.RULES` that finds something; or None, because of `empty`,
        `cut off`, `several letters` (also where letter and text contradict each other), `no such choice`, `refusal` or
        `no letter`.
    """
    spoken = said(text)
    if spoken is None:
        return Reading(None, "cut off")
    bare = letters.bare(spoken[-_LONGEST:])
    if not bare:
        return Reading(None, "empty")
    bare = letters.unlisted(bare, tuple(choices))
    if not bare:
        return Reading(None, "several letters")
    for name, rule in letters.RULES:
        found = set(rule(bare, tuple(choices)))
        if len(found) > 1:
            return Reading(None, "several letters")
        if found:
            valid = found <= set(ascii_uppercase[: len(choices)])
            return Reading(found.pop(), name) if valid else Reading(None, "no such choice")
    return Reading(None, letters.reason(bare))


def said(text: str) -> str | None:
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


_FENCE = re.compile(
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
    spoken = said(text)
    if spoken is None:
        return Reading(None, "cut off")
    spoken = spoken.strip().removeprefix("\ufeff")
    if not spoken:
        return Reading(None, "empty")
    fenced = [block["inside"].strip() for block in _FENCE.finditer(spoken) if block["tag"].lower() in ("", "json")]
    for name, part in [("fenced", block) for block in fenced[::-1] if block[:1] in ("{", "[")][:1] or [
        ("whole", spoken)
    ]:
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
    """Where the bracket at `start` is closed again; None if it never is."""
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
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is given twice")
    return found


def _refused(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def code(text: str, entry_point: str, prompt: str) -> Reading[str]:
    """The program in an answer to a task in HumanEval's layout, ready to run.

    What stands above the entry point in the prompt (imports, helpers) comes first; what the answer defines anew
    replaces it. An answer that is only the body is put behind the prompt, its indent put right.

    Returns:
        The program, by `fenced` (the last block that defines the entry point, else all of them), `bare` (code without
        a fence) or `body`; or None, because of `empty`, `cut off`, `refusal`, or `not defined`: a program that lacks
        the entry point, or no program. A program with a wrong syntax is a program, and wrong.
    """
    spoken = said(text)
    if spoken is None:
        return Reading(None, "cut off")
    if not spoken.strip():
        return Reading(None, "empty")
    head = prompt[: found.start()] if (found := _definition(entry_point).search(prompt)) else ""
    blocks = [
        block["inside"] for block in _FENCE.finditer(spoken) if block["tag"].lower() in ("", "python", "python3", "py")
    ]
    defining = [block for block in blocks if _defines(textwrap.dedent(block), entry_point)]
    if defining:
        return Reading(_under(head, textwrap.dedent(defining[-1])), "fenced")
    if not blocks and _defines(bare := _code_lines(spoken), entry_point):
        return Reading(_under(head, bare), "bare")
    rest = "\n".join(blocks) if blocks else spoken
    for body in _bodies(rest) if len(rest) < _LONGEST else ():
        if _completes(prompt + body, entry_point):
            return Reading(prompt + body, "body")
    if not blocks and letters.reason(letters.bare(spoken[-_LONGEST:])) == "refusal":
        return Reading(None, "refusal")
    return Reading(None, "not defined")


def _definition(name: str) -> re.Pattern[str]:
    return re.compile(
        rf"^(?:async[ \t]+)?def[ \t]+{re.escape(name)}\b|^{re.escape(name)}[ \t]*(?::[^=\n]+)?=", re.MULTILINE
    )


def _defines(source: str, name: str) -> bool:
    return bool(_definition(name).search(source))


def _under(head: str, program: str) -> str:
    """The program with the prompt's head above it; imports from the future stay on top, as they must."""
    future = "".join(re.findall(r"^from __future__ import .*\n", program, re.MULTILINE))
    rest = re.sub(r"^from __future__ import .*\n", "", program, flags=re.MULTILINE)
    return f"{future}{head.lstrip()}{rest.rstrip()}\n"


def _code_lines(text: str) -> str:
    """The stretch of code in prose: from the first line that begins like code to the last that goes on like it."""
    lines = text.strip("\n").split("\n")
    starts = [
        n
        for n, line in enumerate(lines)
        if re.match(r"(?:async def|def|class|import) \w|from [\w.]+ import |@\w", line)
    ]
    if not starts:
        return ""
    kept = lines[starts[0] :]
    for n, line in enumerate(kept):
        if not re.match(
            r"\s|$|#|@|[)\]}]|(?:async|def|class|import|from|if|for|while|try|except|finally|else|elif|with|return|"
            r"raise|assert|print)\b|[\w.\[\], ]+\s*(?:[-+*/|&]?=|\()",
            line,
        ):
            return "\n".join(kept[:n])
    return "\n".join(kept)


def _bodies(text: str) -> Iterator[str]:
    """A body as it came, indented as a whole, or in its first line: chat models strip what an answer begins with."""
    text = text.strip("\n").rstrip() + "\n"
    if text[0].isspace():
        yield text
    yield textwrap.indent(textwrap.dedent(text), "    ")
    yield "    " + text


def _completes(source: str, name: str) -> bool:
    """Whether it compiles to a function that returns something: a polite word compiles too, and a function in it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(source, "answer", "exec", dont_inherit=True)
            defined = [node for node in ast.parse(source).body if getattr(node, "name", "") == name]
        return bool(defined) and _leaves(defined[-1])
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


def _leaves(node: ast.AST) -> bool:
    leaving = (ast.Return, ast.Raise, ast.Yield, ast.YieldFrom)
    within = [child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.FunctionDef | ast.ClassDef)]
    return any(isinstance(child, leaving) or _leaves(child) for child in within)

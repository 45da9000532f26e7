"""Code: a function to write, asked for as a chat model expects it, and judged by its tests in the sandbox."""

import ast
import re
import textwrap
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kit.benchmarks import choice_letters, sandbox
from kit.benchmarks.score import Score
from kit.client import FENCE, Reading, first_turn, spoken

__all__ = ["PARAMETERS", "Task", "messages", "read_program", "score"]

PARAMETERS = {"temperature": 0, "max_tokens": 1024}

_LONGEST = 20_000
"""Characters: a longer answer is not tried as a body, and only its end is searched for a refusal."""

_OUTCOMES = {"passed": "right", "failed": "wrong", "not runnable": "not runnable"}


@dataclass(frozen=True)
class Task:
    """A function to write, in HumanEval's layout.

    Attributes:
        prompt: Its head and docstring.
        test: Defines `check(candidate)`, which asserts.
        reference: A body that passes, to be put behind the prompt.
    """

    id: str
    prompt: str
    entry_point: str
    test: str
    reference: str
    level: int = 0


def messages(item: Task) -> list[dict[str, Any]]:
    """The function's head and docstring, to be completed."""
    instruction = (
        "Complete this Python function. Answer with the whole function in one fenced code block, and nothing else."
    )
    return [{"role": "user", "content": f"{instruction}\n\n```python\n{item.prompt.rstrip()}\n```"}]


def score(item: Task, text: str) -> Score:
    """Right if the function passes all its tests; not runnable where the sandbox lacks what it needs."""
    reading = read_program(text, item.entry_point, item.prompt)
    if reading.value is None:
        return Score("unparsed", 0.0, reading.why, valid=False)
    verdict = sandbox.check(reading.value, item.entry_point, item.test, prompt=item.prompt)
    outcome = _OUTCOMES[verdict.state]
    return Score(outcome, float(outcome == "right"), verdict.why or verdict.state)


def read_program(text: str, entry_point: str, prompt: str) -> Reading[str]:
    """The program in an answer to a task in HumanEval's layout, ready to run.

    What stands above the entry point in the prompt (imports, helpers) comes first; what the answer defines anew
    replaces it. An answer that is only the body is put behind the prompt, its indent put right.

    Returns:
        The program, by `fenced` (the last block that defines the entry point, else all of them), `bare` (code without
        a fence) or `body`; or None, because of `empty`, `cut off`, `refusal`, or `not defined`: a program that lacks
        the entry point, or no program. A program with a wrong syntax is a program, and wrong.
    """
    answer = spoken(text)
    if answer is None:
        return Reading(None, "cut off")
    if not answer.strip():
        return Reading(None, "empty")
    answer = first_turn(answer)
    head = prompt[: definition.start()] if (definition := _definition(entry_point).search(prompt)) else ""
    blocks = _blocks(answer)
    defining = [block for block in blocks if _defines(block, entry_point)]
    if defining:
        helpers = [block for block in blocks if block not in defining and _only_defines(block)]
        return Reading(_under(head, "\n".join([*helpers, defining[-1]])), "fenced")
    if not blocks and _defines(bare := _code_lines(answer), entry_point):
        return Reading(_under(head, bare), "bare")
    rest = "\n".join(blocks) if blocks else answer
    for body in _bodies(rest) if len(rest) < _LONGEST else ():
        if _completes(prompt + body, entry_point):
            return Reading(prompt + body, "body")
    if not blocks and choice_letters.reason(choice_letters.bare(answer[-_LONGEST:])) == "refusal":
        return Reading(None, "refusal")
    return Reading(None, "not defined")


_PYTHON = ("", "python", "python3", "py", "py3")
_FENCE_LINE = re.compile(r"^[ \t]*(?:```+|~~~+)[ \t]*$", re.MULTILINE)


def _blocks(text: str) -> list[str]:
    """The blocks of Python; one that a fence within a docstring breaks off goes on to where it is a whole."""
    sources, end = [], 0
    for block in FENCE.finditer(text):
        if block.start() < end or block["tag"].lower() not in _PYTHON:
            continue
        source, end = textwrap.dedent(block["inside"]), block.end()
        if not _compiles(source):
            for fence in [line for line in _FENCE_LINE.finditer(text, block.end()) if len(text) < _LONGEST][:_FENCES]:
                longer = textwrap.dedent(text[block.start("inside") : fence.start()])
                if _compiles(longer):
                    source, end = longer, fence.end()
                    break
        sources.append(source)
    return sources


_FENCES = 8
"""Of the fences behind a block that is no whole, so many are tried as its end."""


def _compiles(source: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(source, "answer", "exec", dont_inherit=True)
        return True
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


def _only_defines(source: str) -> bool:
    """True if a block holds only imports, functions, classes and constants, as a block of helpers does."""
    if not _compiles(source):
        return False
    kinds = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)
    body = ast.parse(source).body
    return bool(body) and all(
        isinstance(node, kinds) or (isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant))
        for node in body
    )


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
        if re.match(r"(?:async def|def|class|import) \w|from [\w.]+ import |@\w|\w+ *= *lambda\b", line)
    ]
    if not starts:
        return ""
    code = lines[starts[0] :]
    for n, line in enumerate(code):
        if not re.match(
            r"\s|$|#|@|[)\]}]|(?:async|def|class|import|from|if|for|while|try|except|finally|else|elif|with|return|"
            r"raise|assert|print)\b|[\w.\[\], ]+\s*(?:[-+*/|&]?=|\()",
            line,
        ):
            return "\n".join(code[:n])
    return "\n".join(code)


def _bodies(text: str) -> Iterator[str]:
    """A body as it came, indented as a whole, or in its first line: chat models strip what an answer begins with."""
    text = text.strip("\n").rstrip() + "\n"
    if text[0].isspace():
        yield text
    yield textwrap.indent(textwrap.dedent(text), "    ")
    yield "    " + text
    # a completion that nothing stopped goes on with text, or with a function that breaks off
    lines = text.split("\n")
    ends = [n for n, line in enumerate(lines) if n and line and not line[0].isspace()]
    if (
        ends
        and len(lines[0])
        and (lines[0][0].isspace() or all(line[:1].isspace() for line in lines[1 : ends[0]] if line))
    ):
        yield from _bodies("\n".join(lines[: ends[0]]))


def _completes(source: str, name: str) -> bool:
    """True if it compiles to a function that returns something: a polite word compiles, too."""
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

"""Run code that a model wrote against its test, where it can do no harm and cannot fake a pass.

Three outcomes, the third apart from the second: passed, failed, not runnable. Two engines: a small and fast one
(`monty`); what does not pass there is asked again of a whole CPython in a jail (`jail`), whose word counts, for
Monty is not all of Python. Where there is no jail, what Monty lacks is not runnable, not wrong.

In both, the program and its test run in two processes, and only plain data goes between them (`guest`). So a
program cannot reach the checker, what it compares with, or the verdict: it can pass by answering right, or not.
A function of the prompt that the test uses (HumanEval's `poly`) is taken from the prompt,
and runs in a process of its own, where nothing that follows can redefine it.
"""

import builtins
import math
import re
import symtable
from dataclasses import dataclass

from kit.benchmarks.sandbox import jail, monty
from kit.errors import KitError
from kit.text import plain

__all__ = ["Verdict", "check", "engines"]

_FIRST_SHARE = 0.2
"""Of the time, what Monty may use up where a jail can be asked too; CPython is about four times as fast."""


@dataclass(frozen=True)
class Verdict:
    """The outcome of one program's test.

    Attributes:
        state: `passed`, `failed` or `not runnable`.
        why: One line: the line of the test that failed, the error, the limit, or what was missing to run it.
        engine: `monty` or `cpython`, whose word it is; empty where neither could run it.
    """

    state: str
    why: str = ""
    engine: str = ""


def check(program: str, entry_point: str, test: str, *, prompt: str = "", seconds: float = 10.0) -> Verdict:
    """Run a test on a program that nobody vouches for.

    Args:
        program: Prompt and completion, joined.
        entry_point: The function under test.
        test: HumanEval's layout, trusted: defines `check(candidate)`, which asserts.
        prompt: Functions of it that the test calls are its own, whatever the program defines under their names.
        seconds: What the program may take. Where both engines are there, Monty gets a fifth of it beforehand.

    Raises:
        KitError: If the test, the entry point or the time cannot be used; never for what the program does.
    """
    programs = _programs(program.encode(errors="replace").decode(), entry_point, test, prompt)
    if not 0 < seconds < math.inf:
        raise KitError(f"seconds: {seconds} is no time to run in; it must be above 0")
    share = _FIRST_SHARE if jail.engine()[0] else 1
    first, why = monty.run(programs, entry_point, test, seconds * share)
    if first == "passed":
        return Verdict(first, "", "monty")
    second, word = jail.run(programs, entry_point, test, seconds)
    if second != "not runnable":
        return Verdict(second, _line(word), "cpython")
    if first != "not runnable":
        return Verdict(first, _line(why), "monty")
    return Verdict("not runnable", _line(f"monty: {why}; cpython: {word}"))


def engines() -> dict[str, str]:
    """The engines of this machine: name -> its version, or the reason why it cannot be had."""
    return {"monty": monty.engine()[1], "cpython": jail.engine()[1]}


def _programs(program: str, entry_point: str, test: str, prompt: str) -> dict[str, str]:
    """Collect the functions that a test calls, each with the source that defines it.

    A helper is the prompt's where the prompt defines it. Others are looked for before the entry point's `def`, or in
    the whole program if that has none.
    """
    if not entry_point.isidentifier():
        raise KitError(f"entry point: {entry_point!r} is not the name of a function")
    try:
        names = symtable.symtable(test, "test", "exec")
    except (SyntaxError, ValueError) as error:
        raise KitError(f"test of {entry_point}: it is no Python: {error}") from None
    if "check" not in [scope.get_name() for scope in names.get_children()]:
        raise KitError(f"test of {entry_point}: it defines no check(candidate)")
    prompt_head, head = (
        re.split(rf"^def {entry_point}\b", text, maxsplit=1, flags=re.MULTILINE)[0] for text in (prompt, program)
    )
    helpers = sorted(_free(names) - {entry_point})
    in_prompt = {name: bool(re.search(rf"^def {re.escape(name)}\b", prompt_head, re.MULTILINE)) for name in helpers}
    return {entry_point: program} | {name: prompt_head if in_prompt[name] else head for name in helpers}


def _free(names: symtable.SymbolTable) -> set[str]:
    """Names that a source uses and neither defines nor finds among the builtins."""
    scopes = [names]
    for scope in scopes:
        scopes.extend(scope.get_children())
    used = {name.get_name() for scope in scopes for name in scope.get_symbols() if name.is_global()}
    bound = {name.get_name() for name in names.get_symbols() if name.is_assigned() or name.is_imported()}
    return used - bound - set(dir(builtins))


def _line(text: str) -> str:
    """One line that does nothing and is not long, whatever it is made of."""
    return plain(" ".join(text.split()))[:300]

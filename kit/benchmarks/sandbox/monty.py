"""Monty, a small and fast Python that can reach nothing, as an engine for `kit.benchmarks.sandbox`.

It has no file, network, process or environment to give, and stops at its limits of time and memory. It is not all of
Python, so that a program may fail only for what Monty lacks; `run` says so as far as it can tell. And it can be too
kind: its `map` and its generator expressions give lists. The first is mended, the second left to CPython.
"""

import builtins
import inspect
import math
import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache
from keyword import iskeyword
from typing import TYPE_CHECKING, Any

from kit.benchmarks.sandbox import guest

if TYPE_CHECKING:
    from pydantic_monty import Monty, MontyError, MontySession, ResourceLimits

__all__ = ["engine", "run"]

_MEMORY_MB = 64
"""What a program may use in Monty, which bounds what its answers can take up in this process."""

_LAZY = "\n".join(
    f"_{name} = {name}\ndef {name}(*args, **named):\n    return iter(_{name}(*args, **named))\n"
    for name in ("enumerate", "filter", "map", "reversed", "zip")
)
"""Monty's own give lists, so that a program which forgot `list(map(...))` would pass."""

_THIRD = "<python-input-2>"
"""What Monty calls the third source that a session is fed, which is the program, or the test."""

_TOKEN = re.compile(
    r"#[^\n]*"
    r"|(?P<long>\"{3}|'{3})(?:\\.|(?!(?P=long)).)*+(?P=long)?"
    r"|(?P<short>[\"'])(?:\\.|(?!(?P=short))[^\\\n])*+(?P=short)?"
    r"|\w+|\S",
    re.DOTALL,
)
"""Comments, texts, words and signs. One pass that never looks back, whatever it is given; Python's own parser can be
made to crash this process."""


def engine() -> tuple[bool, str]:
    """Check that Monty works on this machine, and give its version, or say in one line why it does not."""
    works, version, process = _tried()
    if works and process != os.getpid():
        return False, "its threads stayed behind in a fork; it can be used before one or after, not both"
    return works, version


def run(programs: Mapping[str, str], entry_point: str, test: str, seconds: float) -> tuple[str, str]:
    """Run a test on a program: state and why, as in `sandbox.Verdict`; `not runnable` if Monty lacks something.

    Each program gets a worker of its own, and no worker that ran one runs a test.

    Args:
        programs: Function that the test calls -> source that defines it.
        test: Trusted; defines `check(candidate)`.
        seconds: For the program, the test, and the calls between them; up to twice that in all.
    """
    if not engine()[0]:
        return "not runnable", engine()[1]
    if any(map(_hides_generator, programs.values())):
        return "not runnable", "it makes a list of a generator expression"
    from pydantic_monty import MontyError

    end = time.monotonic() + seconds
    sessions: dict[str, MontySession] = {}
    broken: list[tuple[str, str]] = []

    def ask(name: str, request: Any) -> Any:
        try:
            if time.monotonic() > end:
                raise TimeoutError
            return _feed(sessions[name], f"reply({name}, request)", request=request)
        except (MontyError, TimeoutError) as error:
            broken.append(_fault(error, seconds))
            return ["refused", broken[-1][1]]

    with ExitStack() as stack:
        try:
            for name, source in programs.items():
                sessions[name] = stack.enter_context(_session("programs", seconds))
                _feed(sessions[name], _LAZY)
                _feed(sessions[name], _named(source))
            judge = stack.enter_context(_session("tests", seconds))
            _feed(judge, "".join(f"{name} = remote({name!r}, ask)\n" for name in programs), ask)
            _feed(judge, test)
            verdict = _judged(judge, entry_point, seconds, ask)
        except MontyError as error:
            verdict = _fault(error, seconds)
    return broken[0] if broken else verdict


def _judged(judge: "MontySession", entry_point: str, seconds: float, ask: Callable[..., Any]) -> tuple[str, str]:
    from pydantic_monty import MontyRuntimeError

    verdict = "passed", ""
    try:
        _feed(judge, f"check(remote({entry_point!r}, ask))", ask)
    except MontyRuntimeError as error:
        verdict = _fault(error, seconds)
    faults = _feed(judge, "faults")
    return (faults[0][0], faults[0][1]) if faults else verdict


@contextmanager
def _session(kind: str, seconds: float) -> Iterator["MontySession"]:
    """A session that may compute for so long, and knows how to talk to another one."""
    limits: ResourceLimits = {
        "max_feed_duration_secs": seconds,
        "max_total_sleep_secs": seconds,
        "max_memory": _MEMORY_MB << 20,
        "max_suspensions": 1_000_000,
    }
    with _workers(kind).checkout(limits=limits, os_policy={"sleep": "system", "sleep_system_max": math.inf}) as session:
        _feed(session, _aids())
        yield session


def _feed(session: "MontySession", code: str, ask: Callable[..., Any] | None = None, **inputs: Any) -> Any:
    lookup = {"ask": ask} if ask else {}
    return session.feed_run(code, inputs=inputs, external_lookup=lookup, print_callback=lambda stream, text: None)


@cache
def _aids() -> str:
    """The part of `kit.benchmarks.sandbox.guest` that both sides need, as source."""
    parts: list[Any] = [guest.to_wire, guest.from_wire, guest.reply, guest.remote]
    return "\n\n".join([f"MEMORY_MB = {guest.MEMORY_MB}\nfaults = []", *map(inspect.getsource, parts)])


@cache
def _workers(kind: str) -> "Monty":
    """A pool of workers, started when it is first needed; they end with this process."""
    from pydantic_monty import Monty

    return Monty(max_processes=256, max_checkouts_per_worker=1 if kind == "programs" else None).__enter__()


@cache
def _tried() -> tuple[bool, str, int]:
    """Start Monty once: whether it works, its version or the reason, and the process of the trial."""
    try:
        import pydantic_monty
    except ImportError:
        return False, "needs its package: pip install pydantic-monty", 0
    try:
        with pydantic_monty.Monty() as pool, pool.checkout() as session:
            session.feed_run("1")
    except (OSError, RuntimeError, pydantic_monty.MontyError) as error:
        return False, f"pydantic-monty does not start: {error}", 0
    return True, pydantic_monty.__version__, os.getpid()


def _fault(error: "MontyError | TimeoutError", seconds: float) -> tuple[str, str]:
    """Attribute an error in Monty to the program, to Monty's limits, or to a part of Python that it lacks."""
    from pydantic_monty import MontyCrashedError, MontyRuntimeError

    message = " ".join(str(error).split())
    if isinstance(error, TimeoutError) or re.match("TimeoutError: (feed time|sleep) limit exceeded", message):
        return "failed", f"took longer than {seconds:g} s"
    if re.match("MemoryError: (memory limit exceeded|the worker exceeded its memory limit)", message):
        return "failed", f"used more than {_MEMORY_MB} MB"
    if isinstance(error, MontyCrashedError) or _lacked(message):
        return "not runnable", message
    frames = error.traceback() if isinstance(error, MontyRuntimeError) else []
    lines = [frame.source_line or "" for frame in frames if frame.filename == _THIRD]
    return "failed", "; ".join([*lines[-1:], message])


def _lacked(error: str) -> bool:
    """True if the message says that Monty lacks something that CPython has."""
    if match := re.search(r"No module named '(\w+)", error):
        return match[1] in sys.stdlib_module_names
    if match := re.search(r"name '(\w+)' is not defined", error):
        return hasattr(builtins, match[1])
    if match := re.search(r"'(\w+)' object has no attribute '(\w+)'", error):
        return hasattr(getattr(builtins, match[1], None), match[2])
    return bool(re.search(r"[Mm]onty|module '\w+' has no attribute|not supported in this environment", error))


def _named(source: str) -> str:
    """The source with `__name__` as it is in the jail, `program`: Monty's own is `__main__`, and cannot be set."""
    if "__name__" not in source:
        return source
    parts, end, before = list[str](), 0, ""
    for word in _TOKEN.finditer(source):
        if word[0] == "__name__" and before != ".":
            parts += [source[end : word.start()], '"program"']
            end = word.end()
        before = word[0]
    return "".join([*parts, source[end:]])


def _hides_generator(source: str) -> bool:
    """True if it has a generator expression that is not a call's first argument; Monty makes a list of those."""
    opened, before = [False], ""
    for word in (match[0] for match in _TOKEN.finditer(source)):
        if word in "([{":
            called = before in (")", "]") or (before.isidentifier() and not iskeyword(before))
            first_argument = before == "(" and not opened[-1]
            opened.append(word == "(" and not called and not first_argument)
        elif word in ")]}":
            del opened[max(1, len(opened) - 1) :]
        elif word == "for" and opened[-1]:
            return True
        before = word
    return False

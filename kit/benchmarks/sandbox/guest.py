"""The two processes in a jail: one answers calls, the other runs the test; only plain data goes between them.

Stands alone, for a jail has the standard library and this file. A program under test can do what it likes to its own
side, this file's functions included: whatever it sends, it has merely answered. The test's side never meets an object
of the program's, only None, booleans, numbers, text and the containers of these, built anew.

`to_wire`, `from_wire`, `reply` and `remote` are also run by Monty, and keep to the part of Python that it has.
"""

import json
import os
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from io import BufferedRWPair
from types import ModuleType
from typing import Any

__all__ = ["MEMORY_MB", "faults", "from_wire", "judge", "remote", "reply", "serve", "to_wire"]

MEMORY_MB = 512
"""What a program may use."""

_ANSWER_BYTES = 4_000_000
"""The longest answer that the test's side reads."""

faults: list[list[str]] = []
"""State and why, for what no test may forgive: an `except` in it must not make good a program that is gone."""


def to_wire(value: Any) -> Any:
    """Write plain data as JSON can hold it: `(1, {2})` -> `["tuple", [1, ["set", [2]]]]`.

    A subclass of a container is sent as what it holds: a Counter is the dict that it equals.

    Raises:
        TypeError: If it is anything else: a generator, a function, an instance of the program's own class.
    """
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, dict):
        return ["dict", [[to_wire(key), to_wire(held)] for key, held in value.items()]]
    if type(value) is complex:
        return ["complex", [value.real, value.imag]]
    for name, kind in (("list", list), ("tuple", tuple), ("set", set), ("frozenset", frozenset), ("bytes", bytes)):
        if isinstance(value, kind):
            return [name, [to_wire(item) for item in value]]
    raise TypeError(f"{type(value).__name__} is not plain data")


def from_wire(sent: Any) -> Any:
    """Build plain data anew from what `to_wire` wrote, or from what pretends to be that.

    Raises:
        ValueError, TypeError, KeyError: If it is not of that form.
    """
    if sent is None or type(sent) in (bool, int, float, str):
        return sent
    if type(sent) is not list:
        raise TypeError("not of the wire's form")
    name, items = sent
    if name == "dict":
        return {from_wire(key): from_wire(held) for key, held in items}
    if name == "complex":
        return complex(*items)
    kinds = {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset, "bytes": bytes}
    return kinds[name]([from_wire(item) for item in items])


def reply(function: Any, request: Any) -> list[Any]:
    """Call a function as asked; what it returned and made of its arguments, what it raised, or why neither counts."""
    args, named = from_wire(request)
    try:
        result = function(*args, **named)
    except MemoryError:
        return ["refused", f"used more than {MEMORY_MB} MB"]
    except BaseException as error:
        return ["raised", type(error).__name__, str(error)]
    try:
        return ["returned", to_wire(result), to_wire([args, named])]
    except Exception as error:
        return ["refused", f"its result cannot be judged: {error}"]


def remote(name: str, ask: Callable[[str, Any], Any]) -> Callable[..., Any]:
    """A stand-in for a function on the other side, for the test to call as if it were here.

    Lists, dicts and sets that the other side changed in its arguments change here too, each as a whole: what they
    hold is equal, not identical. An exception arrives as the builtin of its name, or as an Exception.
    """
    errors = {
        "ArithmeticError": ArithmeticError, "AssertionError": AssertionError, "AttributeError": AttributeError,
        "IndexError": IndexError, "KeyError": KeyError, "LookupError": LookupError, "NameError": NameError,
        "NotImplementedError": NotImplementedError, "OverflowError": OverflowError, "RecursionError": RecursionError,
        "RuntimeError": RuntimeError, "TypeError": TypeError, "ValueError": ValueError,
        "ZeroDivisionError": ZeroDivisionError,
    }  # fmt: skip

    def stand_in(*args: Any, **named: Any) -> Any:
        try:
            request = to_wire([args, named])
        except TypeError as error:
            faults.append(["not runnable", f"the test hands over what cannot be sent: {error}"])
            raise
        kind, *sent = ask(name, request)
        if kind == "raised":
            raise errors[sent[0]](sent[1]) if sent[0] in errors else Exception(sent[0] + ": " + sent[1])
        if kind != "returned":
            faults.append(["failed", str(sent[0]) or "sent no readable answer"])
            raise RuntimeError
        args_after, named_after = from_wire(sent[1])
        pairs = [*zip(args, args_after, strict=True), *[(named[key], named_after[key]) for key in named]]
        for mine, theirs in pairs:
            if type(mine) is list and mine != theirs:
                mine[:] = theirs
            elif type(mine) in (dict, set) and mine != theirs:
                mine.clear()
                mine.update(theirs)
        return from_wire(sent[0])

    return stand_in


def serve(program: str, name: str, line: BufferedRWPair) -> None:
    """Run a program, then answer calls of one of its functions until nobody asks."""
    module = ModuleType("program")  # not __main__: what a script would do when it is run is not asked for
    sys.modules["program"] = module
    try:
        exec(compile(program, "program.py", "exec"), module.__dict__)  # noqa: S102 the jail is what this file is for
        function = module.__dict__[name]
        greeting = ["ready"]
    except BaseException as error:
        missing = name not in module.__dict__ and isinstance(error, KeyError) and error.args == (name,)
        greeting = ["refused", f"defines no {name}" if missing else f"{type(error).__name__}: {error}"]
    _send(line, greeting)
    while request := line.readline():
        _send(line, reply(function, json.loads(request)))


def judge(test: str, entry_point: str, lines: dict[str, BufferedRWPair]) -> list[str]:
    """Run `check` of a test on a function that another jail serves: state and why.

    Args:
        lines: To the jails that serve functions, by the function's name.
    """
    last: list[Any] = []

    def ask(name: str, request: Any) -> Any:
        with suppress(OSError):  # it ended, which reading will find too
            _send(lines[name], request)
        last[:] = [_receive(lines[name])]
        return last[0]

    for line in lines.values():
        if (greeting := _receive(line)) != ["ready"]:
            refused = isinstance(greeting, list) and len(greeting) == 2 and greeting[0] == "refused"
            return ["failed", str(greeting[1]) if refused else "sent no readable answer"]
    space: dict[str, Any] = {name: remote(name, ask) for name in lines}
    try:
        exec(compile(test, "test.py", "exec"), space)  # noqa: S102 as above; and this one is trusted
    except Exception as error:
        return ["not runnable", f"the test itself: {type(error).__name__}: {error}"]
    try:
        space["check"](remote(entry_point, ask))
    except BaseException as error:
        return faults[0] if faults else ["failed", _described(error, test, *last)]
    return faults[0] if faults else ["passed", ""]


def _described(error: BaseException, test: str, last: Any = None) -> str:
    """The line of the test that failed, how, and what was answered last."""
    numbers, trace = [], error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename == "test.py":
            numbers.append(trace.tb_lineno)
        trace = trace.tb_next
    parts = [test.splitlines()[numbers[-1] - 1].strip()] if numbers else []
    if type(error) is not AssertionError or error.args:
        parts.append(f"{type(error).__name__}: {error}")
    elif last and last[0] == "returned":
        parts.append(f"the last answer was {from_wire(last[1])!r:.100}")
    return "; ".join(parts)


def _send(line: BufferedRWPair, message: Any) -> None:
    line.write(json.dumps(message).encode() + b"\n")
    line.flush()


def _receive(line: BufferedRWPair) -> Any:
    sent = b""
    with suppress(OSError, ValueError, RecursionError):
        sent = line.readline(_ANSWER_BYTES)
        return json.loads(sent)
    if len(sent) >= _ANSWER_BYTES:
        return ["refused", f"answered with more than {_ANSWER_BYTES / 1e6:.0f} MB"]
    return ["refused", "sent no readable answer" if sent else "ended before it answered"]


def _confine(seconds: float) -> None:
    """Give up, for good, what a short function does not need; a jail has no right to raise a limit again."""
    import resource  # not on Windows, where the names above are imported all the same

    for limit, most in (
        (resource.RLIMIT_AS, MEMORY_MB << 20),
        (resource.RLIMIT_CPU, int(seconds) + 2),  # should nobody be left to stop it by the clock
        (resource.RLIMIT_NPROC, 16),
        (resource.RLIMIT_NOFILE, 32),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))
    sys.set_int_max_str_digits(0)  # long results are slow, not wrong


def _main(role: str, name: str, seconds: str, to: str, servers: str = "{}") -> None:
    """Be one side: read a source from standard input, then talk on inherited sockets only.

    Args:
        role: `serve` a program's function of this name, or `judge` it.
        to: The socket that answers, or the verdict, go to.
        servers: The judge's sockets to those who serve, by the function's name.
    """
    source = sys.stdin.buffer.read().decode()
    os.dup2(2, 0)  # where standard error goes: to nothing
    os.dup2(2, 1)
    _confine(float(seconds))
    line, *lines = (socket.socket(fileno=fd).makefile("rwb") for fd in (int(to), *json.loads(servers).values()))
    if all(other.readline() == b'"started"\n' for other in lines):
        _send(line, "started")
        if role == "serve":
            serve(source, name, line)
        else:
            _send(line, judge(source, name, dict(zip(json.loads(servers), lines, strict=True))))


if __name__ == "__main__":
    _main(*sys.argv[1:])

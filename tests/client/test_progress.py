"""A bar where somebody looks, and nothing where nobody does."""

import io
import sys
import time

import IPython
import pytest

from kit.client.progress import Bar


class Terminal(io.StringIO):
    """What a person sees, as characters."""

    def isatty(self):
        return True


class ZMQInteractiveShell:
    """A notebook's shell, as far as a bar asks who it is."""


def looking(monkeypatch, screen=None):
    """Somebody's screen; put up within the test, since pytest puts up its own before each."""
    monkeypatch.setattr(sys, "stderr", screen or Terminal())
    return sys.stderr


@pytest.fixture
def cell(monkeypatch):
    """Outputs of a notebook cell: each a list of what it showed, in order."""
    outputs = []

    class Handle:
        def __init__(self):
            self.shown = []
            outputs.append(self.shown)

        def update(self, data, raw):
            self.shown.append(data["text/plain"])

    monkeypatch.setattr(IPython, "get_ipython", ZMQInteractiveShell)
    monkeypatch.setattr(IPython.display, "display", lambda data, raw, display_id: Handle())
    for name in ("JPY_SESSION_NAME", "VSCODE_PID"):
        monkeypatch.delenv(name, raising=False)
    return outputs


def drawn(bar, usd=0.25):
    """Three outcomes, with the time between that a bar waits before it is drawn again."""
    bar.answer(0.5)
    bar.error()
    time.sleep(0.21)
    bar.answer(usd)
    bar.close()


@pytest.mark.parametrize(
    ("usd", "money"),
    [
        pytest.param(0.25, "1 errors, $0.7500]", id="dollars so far"),
        pytest.param(None, "1 errors, $0.5000+unknown]", id="dollars so far, and that some are not known"),
    ],
)
def test_terminal(monkeypatch, usd, money):
    """A terminal shows answers of all, the kept ones among them, errors, dollars and the time left."""
    terminal = looking(monkeypatch)
    drawn(Bar(10, 4), usd)
    last = terminal.getvalue().split("\r")[-3]
    assert (True, True, True) == ("7/10 [" in last, "<" in last, money in last)


def test_taken_away(monkeypatch):
    """A bar that is closed leaves no mark on a terminal."""
    terminal = looking(monkeypatch)
    drawn(Bar(10, 4))
    assert "" == terminal.getvalue().split("\r")[-2].strip()


@pytest.mark.parametrize("shown", [True, False], ids=["in a pipe", "where none is wanted"])
def test_not_drawn(monkeypatch, shown):
    """Nothing is drawn where nobody looks, and all is counted."""
    screen = looking(monkeypatch, io.StringIO() if shown else Terminal())
    bar = Bar(10, 4, shown)
    drawn(bar)
    assert ("", 6, 1, 0.75) == (screen.getvalue(), bar.answers, bar.errors, bar.usd)


def test_say(monkeypatch):
    """A line stands above the bar, whole."""
    terminal = looking(monkeypatch)
    bar = Bar(10, 0)
    bar.say("gpt-4o@openai: HTTP 401: wrong key")
    bar.close()
    assert "gpt-4o@openai: HTTP 401: wrong key\n" in terminal.getvalue()


@pytest.mark.parametrize("name", ["JPY_SESSION_NAME", "VSCODE_PID"])
def test_cell(cell, monkeypatch, name):
    """In a notebook that somebody looks at, one output is redrawn in place and emptied in the end."""
    terminal = looking(monkeypatch)
    monkeypatch.setenv(name, "1")
    drawn(Bar(10, 4))
    (shown,) = cell
    assert (True, True) == (any("7/10 [" in text and "$0.7500" in text for text in shown), "" == shown[-1])
    assert (True, "") == (all("\r" not in text for text in shown), terminal.getvalue())


def test_cell_without_eyes(cell, monkeypatch):
    """A notebook that a program runs keeps no bar among its outputs."""
    terminal = looking(monkeypatch)
    bar = Bar(10, 4)
    drawn(bar)
    assert ([], "", 6) == (cell, terminal.getvalue(), bar.answers)

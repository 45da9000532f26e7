"""Answers collected from public bug reports are read as a reader would read them, and never to something else."""

import importlib.util
import json

import pytest
from places import SHARED

from kit.benchmarks import code_generation, reasoning
from kit.benchmarks.choice_letters import read_letter
from kit.benchmarks.code_generation import Task
from kit.benchmarks.reasoning import Problem
from kit.benchmarks.sandbox import engines

CASES = SHARED / "cases/answers"
OPEN = ("18 or 20", "between 18 and 20", "3 hours 30 minutes")
"""Two numbers where one is asked for: left unread, as a reader who does not know the key would leave them."""

pytestmark = pytest.mark.skipif(not CASES.exists(), reason="the collected cases are not here")


def collected(name):
    """The cases of a file, with ids."""
    lines = (CASES / name).read_text().splitlines() if CASES.exists() else []
    return [pytest.param(case, id=f"{n}: {case['text'][:40]!r}") for n, case in enumerate(map(json.loads, lines), 1)]


@pytest.mark.parametrize("case", collected("letters_cases.jsonl") + collected("own_choice_text.jsonl"))
def test_letters(case):
    """An answer is its letter, or nothing."""
    assert case["right"] == read_letter(case["text"], case["choices"]).value


@pytest.mark.parametrize("case", collected("num_cases.jsonl"))
def test_numbers(case):
    """Numbers are compared as numbers, however they are written."""
    outcome = reasoning.score(Problem("p", "?", case["key"], case["form"]), case["text"]).outcome
    expected = "unparsed" if any(case["text"].endswith(text) for text in OPEN) else case["right"]
    assert expected == outcome


@pytest.mark.parametrize("case", [case for case in collected("code_cases.jsonl") if case.values[0]["right"]])
def test_code(case):
    """A program is found however it is told; the test says whether it is right."""
    if "needs" in engines()["cpython"]:
        pytest.skip("no jail here")
    spec = importlib.util.spec_from_file_location("code_prompt", CASES / "code_prompt.py")
    told = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(told)
    assert case["right"] == code_generation.score(Task("t", told.P, "add_all", told.T, told.B), case["text"]).outcome

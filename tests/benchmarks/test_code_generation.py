"""The program in an answer is read, whatever stands around it."""

import textwrap

import pytest

from kit.benchmarks.code_generation import read_program
from kit.benchmarks.published import humaneval

PROMPT = '''from typing import List


def halve(x: float) -> float:
    return x / 2


def mean(numbers: List[float]) -> float:
    """Return the mean of the numbers; 0 if there are none."""
'''
DEF = "def mean(numbers: List[float]) -> float:\n    return sum(numbers) / len(numbers) if numbers else 0\n"
BODY = "    if not numbers:\n        return 0\n    return sum(numbers) / len(numbers)\n"
HALVED = "def mean(numbers):\n    return halve(2 * sum(numbers) / len(numbers)) if numbers else 0\n"
LOWER = "def mean(numbers):\n    return -1\n"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param(f"```python\n{DEF}```", "fenced", id="a fenced function"),
        pytest.param(f"Sure! Here it is:\n\n```python\n{DEF}```\n\nIt adds up and divides.", "fenced", id="in prose"),
        pytest.param(f"```\n{DEF}```", "fenced", id="a fence without a language"),
        pytest.param(f"```py\n{DEF}", "fenced", id="a fence left open"),
        pytest.param(f"~~~python\n{DEF}~~~", "fenced", id="a fence of tildes"),
        pytest.param(textwrap.indent(f"```python\n{DEF}```", "   "), "fenced", id="a fence within a list"),
        pytest.param(f"<think>\n```python\n{LOWER}```\n</think>\n```python\n{DEF}```", "fenced", id="behind a thought"),
        pytest.param(f"```python\n{LOWER}```\nBetter:\n```python\n{DEF}```", "fenced", id="the last of two versions"),
        pytest.param(
            f"```python\n{DEF}```\nUse it:\n```python\nprint(mean([1]))\n```", "fenced", id="an example behind"
        ),
        pytest.param(f"```bash\npip install x\n```\n```python\n{DEF}```", "fenced", id="a shell command in front"),
        pytest.param(f"```python\n{HALVED}```", "fenced", id="a helper that only the prompt holds"),
        pytest.param("```python\nmean = lambda n: sum(n) / len(n) if n else 0\n```", "fenced", id="a lambda"),
        pytest.param("mean = lambda n: sum(n) / len(n) if n else 0", "bare", id="a lambda without a fence"),
        pytest.param(
            f"```python\nfrom __future__ import annotations\n{DEF}```", "fenced", id="an import from the future"
        ),
        pytest.param(f"```python\n{PROMPT}{BODY}```", "fenced", id="prompt and body, fenced"),
        pytest.param(PROMPT + BODY, "bare", id="prompt and body, without a fence"),
        pytest.param(DEF, "bare", id="a function without a fence"),
        pytest.param(
            f"Here is the function:\n\n{DEF}\nIt adds up and divides.", "bare", id="without a fence, in prose"
        ),
        pytest.param(BODY, "body", id="a body"),
        pytest.param(BODY.strip(), "body", id="a body whose first indent is stripped"),
        pytest.param(textwrap.dedent(BODY), "body", id="a body without its indent"),
        pytest.param(textwrap.indent(textwrap.dedent(BODY), "  "), "body", id="a body with another indent"),
        pytest.param("return sum(numbers) / len(numbers) if numbers else 0", "body", id="a body of one line"),
        pytest.param(f"```python\n{BODY}```", "body", id="a fenced body"),
        pytest.param(f"{BODY}\n\ndef unused():\n    return 1\n", "body", id="a body and another function"),
    ],
)
def test_code(text, why):
    """However a right program is told, what is read of it runs, and is right."""
    found = read_program(text, "mean", PROMPT)
    names = {}
    exec(found.value, names)
    assert (why, 2.0, 0) == (found.why, names["mean"]([1, 2, 3]), names["mean"]([]))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param("", "empty", id="nothing"),
        pytest.param("<think>def mean(numbers):", "cut off", id="a thought that never ends"),
        pytest.param("I'm sorry, I can't write code.", "refusal", id="a refusal"),
        pytest.param("Sure", "not defined", id="one word, which Python takes for a name"),
        pytest.param("You add up the numbers and return what that is.", "not defined", id="prose"),
        pytest.param("```python\ndef average(numbers):\n    return 0\n```", "not defined", id="another name"),
        pytest.param("(" * 100_000 + "return", "not defined", id="a hundred thousand brackets"),
    ],
)
def test_no_code(text, why):
    """What defines no such function is no program, and the reason is told."""
    assert (None, why) == ((found := read_program(text, "mean", PROMPT)).value, found.why)


def test_broken_code_is_read_as_it_is():
    """A program with a wrong syntax is what the model said: it is wrong, not unreadable."""
    assert "return (" in read_program("```python\ndef mean(numbers):\n    return (\n```", "mean", PROMPT).value


@pytest.mark.parametrize(
    "told",
    [
        pytest.param(lambda task: f"Sure!\n\n```python\n{task.prompt}{task.reference}```\nIt loops.", id="fenced"),
        pytest.param(lambda task: task.prompt + task.reference, id="bare"),
        pytest.param(lambda task: task.reference.strip(), id="a stripped body"),
        pytest.param(lambda task: textwrap.dedent(task.reference), id="a body without its indent"),
        pytest.param(
            lambda task: (
                f"```python\n{(task.prompt + task.reference)[task.prompt.index(f'def {task.entry_point}') :]}```"
            ),
            id="without what the prompt holds above the function",
        ),
    ],
)
def test_code_of_every_reference(told):
    """All 164 references of HumanEval, told as chat models tell programs, are read to programs that pass."""
    failed = []
    for task in humaneval():
        names = {}
        exec(read_program(told(task), task.entry_point, task.prompt).value + task.test, names)
        try:
            names["check"](names[task.entry_point])
        except AssertionError:
            failed.append(task.id)
    assert [] == failed

"""Code: a function to write, asked for as a chat model expects it, and judged by its tests in the sandbox."""

from typing import Any

from kit.benchmarks import readings, sandbox
from kit.benchmarks.items import Task
from kit.benchmarks.marks import Mark

__all__ = ["PARAMETERS", "mark", "messages"]

PARAMETERS = {"temperature": 0, "max_tokens": 1024}

_OUTCOMES = {"passed": "right", "failed": "wrong", "not runnable": "not runnable"}


def messages(item: Task) -> list[dict[str, Any]]:
    """The function's head and docstring, to be completed."""
    told = "Complete this Python function. Answer with the whole function in one fenced code block, and nothing else."
    return [{"role": "user", "content": f"{told}\n\n```python\n{item.prompt.rstrip()}\n```"}]


def mark(item: Task, text: str) -> Mark:
    """Right if the function passes all its tests; not runnable where the sandbox lacks what it needs."""
    reading = readings.code(text, item.entry_point, item.prompt)
    if reading.value is None:
        return Mark("unparsed", 0.0, reading.why, valid=False)
    verdict = sandbox.check(reading.value, item.entry_point, item.test, prompt=item.prompt)
    outcome = _OUTCOMES[verdict.state]
    return Mark(outcome, float(outcome == "right"), verdict.why or verdict.state)

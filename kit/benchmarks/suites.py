"""Suites: items, the request made from an item, and the score that an answer gets.

The kit's own (`kit-general`, `kit-code`, ...) come with it; the others are read from where their authors' files lie.
A suite belongs to a category, under which its score goes into the evidence.
"""

import hashlib
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from string import ascii_uppercase
from types import ModuleType
from typing import Any

import pandas as pd

from kit.benchmarks import (
    choice_letters,
    code_generation,
    extraction,
    items,
    long_context,
    multiple_choice,
    own_items,
    published,
    reasoning,
    structured_output,
    tool_use,
    vision,
)
from kit.benchmarks.code_generation import Task
from kit.benchmarks.extraction import Extract
from kit.benchmarks.items import Item
from kit.benchmarks.long_context import Recall
from kit.benchmarks.multiple_choice import Choice
from kit.benchmarks.own_checks import OwnItem
from kit.benchmarks.reasoning import Problem
from kit.benchmarks.score import Score
from kit.benchmarks.structured_output import Form
from kit.benchmarks.tool_use import Call
from kit.benchmarks.vision import Picture
from kit.client import Request
from kit.errors import ItemError, near_miss

__all__ = ["CATEGORIES", "Suite", "make_suite", "read_suite", "require_keys", "submission", "suite_category"]

CATEGORIES: Mapping[str, str] = {
    "kit-general": "general", "mmlu": "general", "mmlu-redux": "general",
    "kit-code": "code", "humaneval": "code",
    "kit-chinese": "chinese", "ceval": "chinese", "ceval-test": "chinese", "cmmlu": "chinese",
    "kit-tickets": "tickets", "banking77": "tickets",
    "kit-extraction": "extraction", "sroie": "extraction",
    "kit-tools": "tools", "kit-structured": "structured", "kit-reasoning": "reasoning",
    "kit-long": "long", "kit-vision": "vision", "own": "own",
}  # fmt: skip
"""Suite -> category."""

_READERS: Mapping[str, Callable[[str], Sequence[Item]]] = {
    "mmlu": published.mmlu, "mmlu-redux": published.redux, "ceval": published.ceval, "cmmlu": published.cmmlu,
    "ceval-test": partial(published.ceval, split="test", unanswered=True), "banking77": published.banking77,
    "sroie": published.sroie,
}  # fmt: skip
_EXAMPLES: Mapping[str, Callable[[str], Sequence[Choice]]] = {
    "mmlu": partial(published.mmlu, split="dev"), "ceval": partial(published.ceval, split="dev"),
    "ceval-test": partial(published.ceval, split="dev"), "cmmlu": partial(published.cmmlu, split="dev"),
}  # fmt: skip

_SUGGESTED = ("temperature", "max_tokens")

_KINDS: Mapping[type[Item], ModuleType] = {
    Choice: multiple_choice, Task: code_generation, Extract: extraction, Call: tool_use,
    Form: structured_output, Problem: reasoning, Recall: long_context, Picture: vision,
    OwnItem: own_items,
}  # fmt: skip
"""Kind of item -> how it is asked and marked."""


@dataclass(frozen=True)
class Suite:
    """Items that are asked and marked in one way.

    Attributes:
        version: Of the items: the kit's own number, or a digest of what was read.
        parameters: Sent with each request, as far as a contender's model takes them.
        labels: What a text's one field may say, where only the data can list it.
        shots: Solved questions that stand before each question.
        examples: Subject -> solved questions to take them from.
    """

    name: str
    category: str
    version: str
    items: Sequence[Item]
    parameters: Mapping[str, Any]
    labels: Sequence[str] = ()
    shots: int = 0
    examples: Mapping[str, Sequence[Choice]] = field(default_factory=dict)

    @property
    def ref(self) -> str:
        """The reference in the evidence: suite, version, items and examples."""
        return f"{self.name} {self.version}, {len(self.items)} items" + (f", {self.shots}-shot" if self.shots else "")

    def requests(self) -> list[Request]:
        """Return one request an item, under the item's id."""
        return [
            Request(item.id, self._messages(item), self._required(item), self._tools(item), suggested=self.suggested)
            for item in self.items
        ]

    def score(self, item: Item, text: str, calls: Sequence[Mapping[str, str]] = ()) -> Score:
        """Score an answer to one of the items.

        Args:
            calls: The answer's tool calls, where its item offers tools.
        """
        if isinstance(item, Extract):
            return extraction.score(item, text, self.labels)
        if isinstance(item, Call):
            return tool_use.score(item, text, calls)
        return _KINDS[type(item)].score(item, text)

    def _messages(self, item: Item) -> list[dict[str, Any]]:
        if isinstance(item, Extract):
            return extraction.messages(item, self.labels)
        if isinstance(item, Choice):
            shown = [example for example in self.examples.get(item.subject, ()) if example.question != item.question]
            return multiple_choice.messages(item, shown[: self.shots], "zh" if self.category == "chinese" else "en")
        return _KINDS[type(item)].messages(item)

    @property
    def suggested(self) -> dict[str, Any]:
        """Temperature and limit of an answer, which give way to a contender's own."""
        return {name: value for name, value in self.parameters.items() if name in _SUGGESTED}

    def _required(self, item: Item) -> Mapping[str, Any]:
        parameters = {name: value for name, value in self.parameters.items() if name not in _SUGGESTED}
        if isinstance(item, Form):
            return {**parameters, "response_format": structured_output.response_format(item)}
        return parameters

    def _tools(self, item: Item) -> Sequence[Mapping[str, Any]]:
        return tool_use.tools(item) if isinstance(item, Call) else ()


def suite_category(name: str) -> str:
    """Return a suite's category; the ItemError of an unknown suite names the nearest known one."""
    if name not in CATEGORIES:
        raise ItemError(f"{name!r} is not a suite{near_miss(name, CATEGORIES)}")
    return CATEGORIES[name]


def read_suite(
    name: str, source: str = "", *, limit: int = 0, shots: int = 0, shuffled: int = 0, window: int = 0
) -> Suite:
    """Read a suite.

    Args:
        source: File or folder of a suite that does not come with the kit.
        limit: Take as many items, drawn evenly with a fixed seed; 0 takes all.
        shots: Solved questions before each question: the benchmark's own, or else the subject's other items.
        shuffled: Seed to put each item's choices in another order, which shows a bias for a position; 0 leaves them.
        window: Tokens of the longest request of kit-long, by estimate; other suites have none.

    Raises:
        ItemError: If there is no such suite, its files are not as they should be, or its items cannot be asked so.
    """
    if limit < 0 or shots < 0:
        raise ItemError(f"{name}: limit and shots are 0 or more, not {min(limit, shots)}")
    if source and name in (*items.kit_suites(), "humaneval", "kit-long", "kit-vision"):
        raise ItemError(f"{name}: comes with the kit; {source} would not be read")
    belongs = suite_category(name)
    if window and name != "kit-long":
        raise ItemError(f"{name}: has no window; only the texts of kit-long are made to one")
    suite_items, version = (
        long_context.long_context_items(window) if name == "kit-long" else _items(name, source, shots)
    )
    suite = make_suite(name, belongs, suite_items, version)
    if name == "own":
        suite = replace(suite, name=f"own {Path(source).name}", shots=shots)
    elif shots:
        suite = replace(suite, shots=shots, examples=_examples(suite, source, shots))
    if shuffled:
        if not all(isinstance(item, Choice) for item in suite_items):
            raise ItemError(f"{name}: has no choices that could be shuffled")
        moved = published.permuted([item for item in suite_items if isinstance(item, Choice)], shuffled)
        suite = replace(suite, items=moved, version=f"{suite.version}, choices shuffled ({shuffled})")
    if 0 < limit < len(suite.items):
        places = sorted(random.Random(0).sample(range(len(suite_items)), limit))  # noqa: S311
        suite = replace(suite, items=[suite.items[place] for place in places], version=f"{suite.version}, a sample")
    return suite


def make_suite(name: str, category: str, suite_items: Sequence[Item], version: str = "") -> Suite:
    """Make a suite of any items; without a version of their own they get a digest.

    Raises:
        ItemError: If there are none, two have one id, they are of several kinds, or a key is none of the choices.
    """
    if not suite_items:
        raise ItemError(f"{name}: holds no items")
    ids = [item.id for item in suite_items]
    if len(set(ids)) < len(ids):
        raise ItemError(f"{name}: {next(id for id in ids if ids.count(id) > 1)!r} is the id of two items")
    version = version or hashlib.sha256(repr(suite_items).encode()).hexdigest()[:8]
    _check(name, suite_items)
    fields = [item.fields for item in suite_items if isinstance(item, Extract) and name == "banking77"]
    labels = sorted({str(value) for row in fields for value in row.values()})
    return Suite(name, category, version, suite_items, _KINDS[type(suite_items[0])].PARAMETERS, labels)


def require_keys(suite: Suite) -> None:
    """Refuse a suite whose items have no key, as those of C-Eval's test split."""
    if any(isinstance(item, Choice) and not item.answer for item in suite.items):
        raise ItemError(f"{suite.name}: its items have no key; suites.submission makes the file that its authors score")


def submission(suite: Suite, answers: pd.DataFrame) -> dict[str, dict[str, str]]:
    """Return the letters that C-Eval's authors score: subject -> item number -> letter, empty if none could be read.

    Written as JSON it is laid out as their `submission_example.json`.

    Args:
        answers: Of one contender, as from `kit.ask`.

    Raises:
        ItemError: If they are of several contenders, or some failed: an empty letter would count as wrong.
    """
    if answers["contender"].nunique() != 1 or (answers["error_kind"] != "").any():
        raise ItemError(f"{suite.name}: a submission needs an answer to each item, from one contender")
    texts = dict(zip(answers["request"], answers["text"].fillna(""), strict=True))
    letters: dict[str, dict[str, str]] = {}
    for item in suite.items:
        if isinstance(item, Choice):
            read = choice_letters.read_letter(texts.get(item.id, ""), item.choices).value or ""
            letters.setdefault(item.subject, {})[item.id.rpartition("/")[2]] = read
    return letters


def _check(name: str, suite_items: Sequence[Item]) -> None:
    if len({type(item) for item in suite_items}) > 1:
        raise ItemError(f"{name}: holds items of several kinds; a suite asks in one way")
    for item in suite_items:
        if isinstance(item, Choice) and item.answer not in ("", *ascii_uppercase[: len(item.choices)]):
            raise ItemError(f"{name}: {item.id!r}: the key {item.answer!r} is none of its {len(item.choices)} choices")


def _items(name: str, source: str, shots: int = 0) -> tuple[Sequence[Item], str]:
    if name in items.kit_suites():
        return items.kit_items(name)
    if name == "kit-vision":
        return vision.vision_items()
    if name == "humaneval":
        return published.humaneval(), ""
    if not source:
        raise ItemError(f"{name}: does not come with the kit; name the file or folder that holds it")
    if not Path(source).exists():
        raise ItemError(f"{name}: {source} does not exist")
    return own_items.own_items(source, shots) if name == "own" else _READERS[name](source), ""


def _examples(suite: Suite, source: str, shots: int) -> dict[str, list[Choice]]:
    if not all(isinstance(item, Choice) for item in suite.items):
        raise ItemError(f"{suite.name}: its items are asked without examples")
    solved = _EXAMPLES[suite.name](source) if suite.name in _EXAMPLES else suite.items
    by_subject: dict[str, list[Choice]] = {}
    for example in solved:
        if isinstance(example, Choice):
            by_subject.setdefault(example.subject, []).append(example)
    few = min(by_subject, key=lambda subject: len(by_subject[subject]), default="")
    least = len(by_subject.get(few, ())) - (suite.name not in _EXAMPLES)  # an item is no example of itself
    if shots > least:
        raise ItemError(f"{suite.name}: {shots} examples are asked for, but {few!r} has {least} solved questions")
    return by_subject

"""The kit's own items are many enough, sound, and marked as what they are."""

import json
from collections import Counter
from pathlib import Path

import pytest

from kit.benchmarks import items
from kit.benchmarks.code_generation import Task
from kit.benchmarks.extraction import Extract
from kit.benchmarks.multiple_choice import Choice
from kit.benchmarks.reasoning import Problem
from kit.benchmarks.structured_output import Form
from kit.benchmarks.tool_use import Call
from kit.errors import ItemError

FOLDER = Path(items.__file__).parents[1] / "data" / "items"
OWN = (
    "kit-chinese", "kit-code", "kit-extraction", "kit-general", "kit-reasoning", "kit-structured", "kit-tickets",
    "kit-tools",
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "kind", "many"),
    [
        pytest.param("kit-general", Choice, 120, id="120 general questions"),
        pytest.param("kit-chinese", Choice, 120, id="120 Chinese questions"),
        pytest.param("kit-code", Task, 40, id="40 functions to write"),
        pytest.param("kit-tickets", Extract, 100, id="100 tickets"),
        pytest.param("kit-extraction", Extract, 60, id="60 texts to read fields out of"),
        pytest.param("kit-tools", Call, 69, id="69 conversations to go on with"),
        pytest.param("kit-structured", Form, 42, id="42 texts to bring into a form"),
        pytest.param("kit-reasoning", Problem, 70, id="70 problems of several steps"),
    ],
)
def test_own_items(name, kind, many):
    """Each suite of the kit's own has its items, of one kind, at all three levels, under ids of their own."""
    found, version = items.kit_items(name)
    assert (many, {kind}, {1, 2, 3}, "1") == (
        len(found), {type(item) for item in found}, {item.level for item in found}, version
    )  # fmt: skip
    assert many == len({item.id for item in found})


def test_names():
    """The kit's own suites carry its name, so that none is taken for MMLU or C-Eval."""
    assert list(OWN) == items.kit_suites()


def test_unknown():
    """An unknown suite is told with the nearest."""
    with pytest.raises(ItemError, match="'kit-genral' is not a suite of the kit's own; did you mean 'kit-general'"):
        items.kit_items("kit-genral")


@pytest.mark.parametrize("name", ["kit-general", "kit-chinese"])
def test_keys_are_balanced(name):
    """Each letter is the key equally often, so that no fixed guess scores more than chance."""
    found, _ = items.kit_items(name)
    assert {"A": 30, "B": 30, "C": 30, "D": 30} == Counter(item.answer for item in found)
    assert [] == [item.id for item in found if len(set(item.choices)) != 4]


def test_ticket_labels():
    """Each category has at least 15 tickets and each priority at least 18."""
    found, _ = items.kit_items("kit-tickets")
    categories = Counter(item.fields["category"] for item in found)
    priorities = Counter(item.fields["priority"] for item in found)
    assert ({"billing", "technical", "account", "shipping", "other"}, True) == (
        set(categories),
        min(categories.values()) >= 15,
    )
    assert ({"urgent", "high", "normal", "low"}, True) == (set(priorities), min(priorities.values()) >= 18)


@pytest.mark.parametrize("name", OWN)
def test_canary(name):
    """Each file opens with a canary, by which training on it can be found out."""
    head = json.loads((FOLDER / f"{name.removeprefix('kit-')}.jsonl").read_text(encoding="utf-8").partition("\n")[0])
    assert (name, True) == (head["suite"], head["canary"].startswith("migration-kit items, not for training, "))

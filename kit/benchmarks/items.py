"""Items: what a suite asks, one frozen record each, and the kit's own ones.

The kit's own items lie in `data/items/NAME.jsonl`, one a line behind a header line that names suite, version and
canary: a string that, found in a model's output, says that the model was trained on the file.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from kit.benchmarks.code_generation import Task
from kit.benchmarks.extraction import Extract
from kit.benchmarks.long_context import Recall
from kit.benchmarks.multiple_choice import Choice
from kit.benchmarks.own_checks import OwnItem
from kit.benchmarks.reasoning import Problem
from kit.benchmarks.structured_output import Form
from kit.benchmarks.tool_use import Call
from kit.benchmarks.vision import Picture
from kit.errors import ItemError, near_miss

__all__ = ["Item", "kit_items", "kit_suites"]


Item = Choice | Task | Extract | Call | Form | Problem | Recall | Picture | OwnItem
_SIGNS: Mapping[str, type[Item]] = {"entry_point": Task, "accept": Call, "schema": Form, "answer": Problem}
"""A field that only one kind of item has."""

_FOLDER = Path(__file__).parents[1] / "data" / "items"


def kit_suites() -> list[str]:
    """List the kit's own suites."""
    return sorted(f"kit-{path.stem}" for path in _FOLDER.glob("*.jsonl"))


def kit_items(name: str) -> tuple[list[Item], str]:
    """Read the items of one of the kit's own suites, and their version.

    Raises:
        ItemError: If there is no such suite.
    """
    if name not in kit_suites():
        raise ItemError(f"{name!r} is not a suite of the kit's own{near_miss(name, kit_suites())}")
    lines = (_FOLDER / f"{name.removeprefix('kit-')}.jsonl").read_text(encoding="utf-8").splitlines()
    head, *rows = map(json.loads, lines)
    return [_item(row) for row in rows], head["version"]


def _item(row: dict) -> Item:
    if "choices" in row:
        return Choice(**row | {"choices": tuple(row["choices"])})
    kind_of_item = next((kind for sign, kind in _SIGNS.items() if sign in row), Extract)
    return kind_of_item(**row)

"""Items: what a suite asks, one frozen record each, and the kit's own ones.

The kit's own items lie in `data/items/NAME.jsonl`, one a line behind a header line that names suite, version and
canary: a string that, found in a model's output, says that the model was trained on the file.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kit.errors import ItemError, near_miss

__all__ = [
    "Call",
    "Choice",
    "Extract",
    "Form",
    "Item",
    "Picture",
    "Problem",
    "Recall",
    "Task",
    "kit_items",
    "kit_suites",
]


@dataclass(frozen=True)
class Choice:
    """A question with choices, of which one is right.

    Attributes:
        choices: In the order of their letters.
        answer: The right one's letter, `A`, `B`, ...
        subject: Items of one subject are not independent of each other.
        level: 1 to 3, easy to hard; 0 where nobody said.
        label: `ok`, or in which way a second reader found the key to be wrong.
    """

    id: str
    question: str
    choices: tuple[str, ...]
    answer: str
    subject: str = ""
    level: int = 0
    label: str = "ok"


@dataclass(frozen=True)
class Task:
    """A function to write, in HumanEval's layout.

    Attributes:
        prompt: Its head and docstring.
        test: Defines `check(candidate)`, which asserts.
        reference: A body that passes, to be put behind the prompt.
    """

    id: str
    prompt: str
    entry_point: str
    test: str
    reference: str
    level: int = 0


@dataclass(frozen=True)
class Extract:
    """A text and the fields that are to be read out of it; classifying is reading out one field.

    Attributes:
        fields: Name -> value; None where the text does not give it.
        kind: What sort of text it is; decides which fields are asked for.
    """

    id: str
    text: str
    fields: Mapping[str, str | None]
    kind: str = ""
    level: int = 0


@dataclass(frozen=True)
class Call:
    """A conversation, tools, and the calls that should come next.

    Attributes:
        messages: As in a chat completion; may hold earlier calls and what became of them.
        tools: Functions that are offered, by name.
        world: What the functions act on.
        accept: Ways to go on, each a list of (function, arguments) that are called in one turn; one without calls says
            that none is needed.
        says: Where none is needed, what the answer holds: one of these; `31` is not held by `310`.
        kind: What is tried: `function`, `arguments`, `none`, `parallel` or `recovery`.
    """

    id: str
    messages: Sequence[Mapping[str, Any]]
    tools: Sequence[str]
    world: Mapping[str, Any]
    accept: Sequence[Sequence[tuple[str, Mapping[str, Any]]]]
    says: Sequence[str] = ()
    kind: str = ""
    level: int = 0


@dataclass(frozen=True)
class Form:
    """A text, and the JSON that it should become.

    Attributes:
        tell: What is to be made of the text.
        schema: Of the answer; within what strict modes take: all keys are required, and there are no others.
        key: The right answer.
        kind: `json` where any object may come back, `schema` where the endpoint is told the schema too.
    """

    id: str
    tell: str
    text: str
    schema: Mapping[str, Any]
    key: Mapping[str, Any]
    kind: str = "schema"
    level: int = 0


@dataclass(frozen=True)
class Problem:
    """A question of several steps, with a short exact answer.

    Attributes:
        answer: `42`, `5/36`, `2026-03-01`, `14:05`, a word, or letters in their order.
        form: How answers are read and compared: a key of `reasoning.FORMS`.
        among: The words that an answer may be, where the question lists them.
        subject: Items of one subject are not independent of each other.
    """

    id: str
    question: str
    answer: str
    form: str = "number"
    among: Sequence[str] = ()
    subject: str = ""
    level: int = 0


@dataclass(frozen=True)
class Recall:
    """A long text, and facts in it that are asked for.

    Attributes:
        key: Place -> its code, in the order asked.
        language: `en` or `zh`.
        kind: How long the text is and where in it the fact lies: `8,000 tokens, at 25 %`, or `..., several`.
        level: 1 to 3, short to long.
    """

    id: str
    text: str
    key: Mapping[str, str]
    language: str
    kind: str
    level: int


@dataclass(frozen=True)
class Picture:
    """A picture, and a question about it.

    Attributes:
        png: The picture as a data URI.
        answer: A number, a text or a letter, by `kind`: `count`, `read` or `compare`.
    """

    id: str
    png: str
    question: str
    answer: str
    kind: str
    level: int


Item = Choice | Task | Extract | Call | Form | Problem | Recall | Picture
_SIGNS: Mapping[str, type[Item]] = {"entry_point": Task, "accept": Call, "schema": Form, "answer": Problem}
"""A field that only one kind of item has."""

_FOLDER = Path(__file__).parents[1] / "data" / "items"


def kit_suites() -> list[str]:
    """The kit's own suites."""
    return sorted(f"kit-{path.stem}" for path in _FOLDER.glob("*.jsonl"))


def kit_items(name: str) -> tuple[list[Item], str]:
    """The items of one of the kit's own suites, and their version.

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
    made = next((kind for sign, kind in _SIGNS.items() if sign in row), Extract)
    return made(**row)

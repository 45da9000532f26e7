"""Questions: the two answers to one logged request, blind, in an order of chance."""

import hashlib
import json
import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from kit import client
from kit.replay import EXACT, Output

__all__ = ["CHOICES", "Question", "questions"]

CHOICES = ("left", "right", "same", "both bad", "skip")


@dataclass(frozen=True)
class Question:
    """Two answers to one logged request: the incumbent's (`one`) and a candidate's (`other`).

    Attributes:
        kind: Of the incumbent's answer: `text`, or one of `replay.EXACT`, which a person calls right or wrong.
        swapped: True if the candidate's answer stands left.
    """

    endpoint: str
    request: str
    contender: str
    kind: str
    asked: str
    one: str
    other: str
    swapped: bool = False

    @property
    def id(self) -> str:
        """A hash of what is asked and answered, so that a verdict is of these texts and no others."""
        return hashlib.sha256(json.dumps([self.asked, self.one, self.other]).encode()).hexdigest()[:16]

    @property
    def exact(self) -> bool:
        """True if the answers say one thing in one way, so that the better one is the right one."""
        return self.kind in EXACT

    @property
    def sides(self) -> tuple[str, str]:
        """The texts on the left and on the right."""
        return (self.other, self.one) if self.swapped else (self.one, self.other)

    def human(self, choice: str) -> str:
        """Return what a choice says of the candidate's answer: better, worse or same; empty for none."""
        if choice not in ("left", "right"):
            return "same" if choice in ("same", "both bad") else ""
        return "better" if (choice == "left") == self.swapped else "worse"

    def key(self, choice: str) -> Any:
        """The right answer as a label: words or an object; None if the choice says none."""
        if not self.exact or choice not in ("left", "right"):
            return None
        text = Output(self.sides[choice == "right"]).visible_text.strip()
        whole = client.json_object(text.rpartition("\n")[2] if self.kind == "tools" else text).value
        return text if self.kind == "label" else whole or text

    def record(self) -> Mapping[str, Any]:
        """All fields, as a journal keeps them."""
        return {"id": self.id, **asdict(self)}


def questions(items: pd.DataFrame, seed: int = 0) -> list[Question]:
    """The pairs of answers that differ, each once, in an order and on sides of chance.

    Args:
        items: As from `kit.report.items.load`; rows of replayed requests count, in which both answers came and a rule
            has not found that they say the same.
    """
    by_id: dict[str, Question] = {}
    agreed = (items["mark"] == 1) & (items["incumbent mark"] == 1) & ~items["why"].str.startswith("judged")
    for row in items[(items["kind"] != "") & ~agreed].itertuples():
        question = Question(row.suite, row.item, row.candidate, row.kind, row.asked, row.one, row.other)
        if (
            all(map(str.strip, (question.asked, question.one, question.other)))
            and question.one.split() != question.other.split()
        ):
            by_id.setdefault(question.id, question)
    chance = random.Random(seed)  # noqa: S311  # an order, no secret
    order = [by_id[name] for name in sorted(by_id)]
    chance.shuffle(order)
    return [Question(**(asdict(question) | {"swapped": chance.random() < 0.5})) for question in order]

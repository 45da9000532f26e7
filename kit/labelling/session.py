"""A session: questions in order, and verdicts that are on disk before the next question is asked.

`journal.jsonl` gets a line for each verdict, written through to the disk; `pairs.jsonl` and `labels.jsonl` are made of
it each time, so that a verdict that is taken back is in neither.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import pandas as pd

from kit.errors import ItemError
from kit.files import write_text
from kit.labelling.needs import Tally, exam_need, verdict_need
from kit.labelling.questions import CHOICES, Question, questions
from kit.text import plain

__all__ = ["Session"]

_FIELDS = [field.name for field in fields(Question)]


class Session:
    """Labels of one study, which go on where they stopped.

    Args:
        items: As from `kit.report.items.load`.
        folder: Where the three files are kept.
        seed: Of the order and the sides.
        margin: Points that may be lost, for the number of labels that a verdict needs.

    Raises:
        ItemError: If there is nothing to label, or the journal is not one.
    """

    def __init__(self, items: pd.DataFrame, folder: Path, seed: int = 0, margin: float = 3.0):
        self._items, self.folder, self._margin = items, folder, margin
        self.questions = {question.id: question for question in questions(items, seed)}
        if not self.questions:
            raise ItemError(f"{folder.name}: no two answers to a logged request differ, so there is nothing to label")
        self._journal = folder / "journal.jsonl"
        self._verdicts: dict[str, tuple[Question, str]] = {}
        self._load()
        self._write()

    def next(self) -> Question | None:
        """The first question without a verdict; None if all have one."""
        return next((question for name, question in self.questions.items() if name not in self._verdicts), None)

    def label(self, name: str, choice: str) -> None:
        """Keep a verdict on a question.

        Raises:
            ItemError: If there is no such question or choice.
        """
        if name not in self.questions or choice not in CHOICES:
            raise ItemError(f"{name!r}, {choice!r}: no such question or choice; choices are {', '.join(CHOICES)}")
        self._keep(self.questions[name], choice)

    def undo(self) -> None:
        """Take the last verdict back, if there is one."""
        if self._verdicts:
            self._keep(self._verdicts[list(self._verdicts)[-1]][0], "")

    @property
    def done(self) -> int:
        """Questions of this session that have a verdict."""
        return sum(name in self._verdicts for name in self.questions)

    @property
    def needs(self) -> list[str]:
        """Return how many more labels the exam and the verdicts need, a sentence each."""
        texts = [
            word
            for question, choice in self._verdicts.values()
            if not question.exact and (word := question.human(choice))
        ]
        exam = [exam_need(texts)] if any(not question.exact for question in self.questions.values()) else []
        return [*exam, *map(plain, verdict_need(self._tallies(), self._margin))]

    @property
    def remarks(self) -> list[str]:
        """Return what the two files leave out, a sentence each."""
        exact = [(question, choice) for question, choice in self._verdicts.values() if question.exact]
        open_ = sum(choice in ("same", "both bad") for _, choice in exact)
        clashing = len({question.request for question, choice in exact if question.key(choice) is not None}) - len(
            self._labels()
        )
        sentences = []
        if open_:
            sentences.append(
                f"{open_} pairs of short or structured answers were both right or both wrong; that names no label."
            )
        if clashing:
            sentences.append(f"{clashing} requests got two different right answers, so no label of them is written.")
        return sentences

    def _load(self) -> None:
        """Read the journal; a last line that a crash cut off is no verdict."""
        if not self._journal.exists():
            return
        whole, _, rest = self._journal.read_bytes().rpartition(b"\n")
        for n, line in enumerate(whole.splitlines(), start=1):
            try:
                row = json.loads(line)
                question, choice = Question(**{name: row[name] for name in _FIELDS}), row["choice"]
            except (ValueError, KeyError, TypeError):
                raise ItemError(f"{self._journal}: line {n} is not a verdict; remove the line, or the file") from None
            self._note(question, choice)
        if rest:
            with self._journal.open("rb+") as file:
                file.truncate(len(whole) + 1 if whole else 0)

    def _note(self, question: Question, choice: str) -> None:
        self._verdicts.pop(question.id, None)
        if choice:
            self._verdicts[question.id] = question, choice

    def _keep(self, question: Question, choice: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._journal.open("ab") as file:
            file.write((json.dumps({**question.record(), "choice": choice}) + "\n").encode())
            file.flush()
            os.fsync(file.fileno())
        self._note(question, choice)
        self._write()

    def _write(self) -> None:
        if self._verdicts or self._journal.exists():
            write_text(self.folder / "pairs.jsonl", _lines(self._pairs()))
            write_text(self.folder / "labels.jsonl", _lines(self._labels()))

    def _pairs(self) -> Sequence[Mapping[str, Any]]:
        return [
            {"asked": question.asked, "one": question.one, "other": question.other, "human": question.human(choice),
             "request": question.request, "contender": question.contender, "both_bad": choice == "both bad"}
            for question, choice in self._verdicts.values() if not question.exact and question.human(choice)
        ]  # fmt: skip

    def _labels(self) -> Sequence[Mapping[str, Any]]:
        keys: dict[str, list[Any]] = {}
        for question, choice in self._verdicts.values():
            if (key := question.key(choice)) is not None and key not in keys.setdefault(question.request, []):
                keys[question.request].append(key)
        return [{"request": request, "key": keys_seen[0]} for request, keys_seen in keys.items() if len(keys_seen) == 1]

    def _tallies(self) -> dict[tuple[str, str], Tally]:
        tallies: dict[tuple[str, str], Tally] = {}
        replayed = self._items[(self._items["kind"] != "") & (self._items["other"].str.strip() != "")]
        for (endpoint, contender), rows in replayed.groupby(["suite", "candidate"]):
            tallies[endpoint, contender] = Tally(drawn=len(rows))
        for name, question in self.questions.items():
            counts = tallies[question.endpoint, question.contender]
            counts.differing += 1
            word = question.human(self._verdicts[name][1]) if name in self._verdicts else ""
            counts.won, counts.lost, counts.same = (
                count + (word == means) for count, means in
                ((counts.won, "better"), (counts.lost, "worse"), (counts.same, "same"))
            )  # fmt: skip
        return {place: counts for place, counts in tallies.items() if counts.differing}


def _lines(rows: Sequence[Mapping[str, Any]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)

"""A table of answers: one row an item, one column a model; CSV, TSV (both also gzipped) or Parquet.

Columns `item` and `key`; where there are any, `subject`, `question`, `choices` (a list, as Python or JSON write it) and
`label_quality`; every other column is a model and holds what it answered, nothing where it gave no answer.
"""

import ast
import csv
import io
import json
import math
from collections import Counter
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from kit.benchmarks.imports.cells import KINDS, judge, kind_of
from kit.benchmarks.imports.entries import Entry, letter
from kit.benchmarks.multiple_choice import Choice
from kit.benchmarks.tables import parquet, read
from kit.client import Answer
from kit.errors import ItemError, near_miss

__all__ = ["entries", "text_rows"]

_NEEDED = ("item", "key")
_ASIDE = frozenset(("split", "difficulty", "level", "category", "topic", "source", "dataset", "task", "domain",
                    "language", "note", "notes", "comment", "index", "unnamed: 0"))  # fmt: skip
"""Columns that people keep beside answers; they are no models, and said to be left out."""

_ABOUT = (*_NEEDED, "subject", "question", "choices", "label_quality")


def entries(path: Path, records: Sequence[dict[str, Any]] = ()) -> tuple[list[Entry], list[str]]:
    """Answers in a table, and remarks on them; nothing in it says what they cost or how long they took.

    Without question and choices a cell is right if it says what the key says, by the kind of the keys: see `cells`.

    Args:
        records: The rows, where they came as JSON; else they are read from the file.

    Raises:
        ItemError: If a column is missing, has no name, or has the name of another; if a row is short or long, an item
            is there twice, or a key is none of its choices.
    """
    head, body, remarks = _of_records(path, records) if records else _of_file(path)
    head = [name.lower() if name.lower() in _ABOUT else name for name in head]
    models = _models(head, path)
    if aside := [name for name in head if name.lower() in _ASIDE]:
        remarks = [*remarks, f"columns that are no models are left out: {', '.join(aside)}"]
    keys = [_cell(row_cells[head.index("key")]).strip() for _, row_cells in body]
    judged = judge(keys) if all(keys) else None
    compared = False
    answers, places = [], dict[str, str]()
    for place, cells in body:
        row = dict(zip(head, cells, strict=True))
        item = str(row["item"]).strip()
        if not item:
            raise ItemError(f"{place}: 'item' is empty")
        if item in places:
            raise ItemError(f"{place}: item {item!r} is there already, at {places[item]}")
        places[item] = place
        group, choice = str(row.get("subject") or ""), _choice(row, item, place)
        key = _cell(row["key"]).strip()
        if not key:
            raise ItemError(f"{place}: 'key' is empty; it is the right answer")
        for model in models:
            text = _cell(row[model])
            score = None if choice or judged is None else judged(text, key)
            compared |= score is not None
            answers.append(Entry(model, item, Answer(text, "", None, "", math.nan), 0, group, score, choice))
    if compared:
        _check_columns(answers, path, kind_of(keys))
        remarks = [*remarks, KINDS[kind_of(keys)]]
    return answers, remarks


def _check_columns(answers: list[Entry], path: Path, kind: str) -> None:
    """Refuse a column in which nothing is of the keys' kind: it is no model, or holds more than answers."""
    for model in dict.fromkeys(entry.model for entry in answers):
        scores = [entry.score for entry in answers if entry.model == model and entry.score and _spoken(entry)]
        if len(scores) > 1 and kind in ("number", "letter") and all(score.outcome == "unparsed" for score in scores):
            raise ItemError(
                f"{path}: column {model!r}: no cell holds a {kind}, as the keys do; take it out if it is no model"
            )
    marks = [entry.score.value for entry in answers if entry.score and _spoken(entry)]
    if len(marks) > 3 and not any(marks):
        raise ItemError(
            f"{path}: no cell says what its key says; the cells must hold answers as the column 'key' has them"
        )


def _spoken(entry: Entry) -> bool:
    return isinstance(entry.outcome, Answer) and bool(entry.outcome.text.strip())


def _models(head: Sequence[str], path: Path) -> list[str]:
    for name in _NEEDED:
        if name not in head:
            raise ItemError(f"{path}: no column {name!r}; here are {', '.join(map(repr, head))}")
    if "" in head:
        raise ItemError(f"{path}: column {head.index('') + 1} has no name")
    twice = [name for name, times in Counter(head).items() if times > 1]
    if twice:
        raise ItemError(f"{path}: column {twice[0]!r} is there twice")
    models = [name for name in head if name not in _ABOUT and name.lower() not in _ASIDE]
    for model in models:
        if get_close_matches(model.lower(), _ABOUT, n=1, cutoff=0.8):
            raise ItemError(f"{path}: column {model!r} would count as a model{near_miss(model.lower(), _ABOUT)}")
    if not models:
        raise ItemError(f"{path}: no column of a model's answers beside {', '.join(head)}")
    return models


def _choice(row: dict[str, Any], item: str, place: str) -> Choice | None:
    if not row.get("question") or "choices" not in row:
        return None
    choices = _listed(row["choices"], place)
    key = letter(row["key"], len(choices))
    if not key:
        raise ItemError(f"{place}: key {row['key']!r} is none of the {len(choices)} choices")
    return Choice(item, str(row["question"]), choices, key, str(row.get("subject") or ""),
                  label=str(row.get("label_quality") or "ok"))  # fmt: skip


def _listed(cell: Any, place: str) -> tuple[str, ...]:
    if isinstance(cell, str):
        for reads in (ast.literal_eval, json.loads):
            try:
                cell = reads(cell)
                break
            except (ValueError, SyntaxError, RecursionError, MemoryError):
                continue
    if isinstance(cell, str) and (mark := next((mark for mark in ";|\n" if mark in cell), "")):
        cell = [part.strip() for part in cell.split(mark)]
    if not isinstance(cell, list | tuple) or not cell:
        raise ItemError(f"{place}: 'choices' is no list, such as ['red', 'green']")
    return tuple(map(str, cell))


def _of_file(path: Path) -> tuple[list[str], list[tuple[str, list[Any]]], list[str]]:
    with path.open("rb") as file:
        packed = file.read(4) == b"PAR1"
    return _parquet(path) if packed else text_rows(path)


def _of_records(
    path: Path, records: Sequence[dict[str, Any]]
) -> tuple[list[str], list[tuple[str, list[Any]]], list[str]]:
    head = list(dict.fromkeys(name for row in records for name in row))
    body = [(f"{path}: row {n}", [row.get(name) for name in head]) for n, row in enumerate(records, start=1)]
    return head, body, []


def text_rows(path: Path) -> tuple[list[str], list[tuple[str, list[Any]]], list[str]]:
    """The head, the rows with their places, and remarks, of CSV, TSV or with semicolons."""
    text = read(path)
    first = text.partition("\n")[0]
    delimiter = "\t" if "\t" in first else ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows = []
    try:
        rows = [(reader.line_num, row) for row in reader if row]
    except csv.Error as error:
        raise ItemError(f"{path}: line {reader.line_num}: {error}; quote what holds quotes or line breaks") from error
    if len(rows) < 2:
        raise ItemError(f"{path}: it holds no rows")
    (_, head), *body = rows
    remarks = []
    if len(body) > 1 and len(body[-1][1]) < len(head) and not text.endswith("\n"):
        remarks.append(f"line {body.pop()[0]}, which was cut short, is left out")
    for line, row in body:
        if len(row) != len(head):
            raise ItemError(f"{path}: line {line}: {len(row)} fields; there are {len(head)} columns")
    return [name.strip() for name in head], [(f"{path}: line {line}", row) for line, row in body], remarks


def _parquet(path: Path) -> tuple[list[str], list[tuple[str, list[Any]]], list[str]]:
    columns, body = parquet(path)
    return columns, [(f"{path}: row {n}", list(row)) for n, row in enumerate(body, start=1)], []


def _cell(value: Any) -> str:
    return "" if value is None else str(value)

"""Recorded answers: results that exist already become what the kit reads, so that a matchup needs no call."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from kit import client
from kit.benchmarks.imports import bfcl, inspect_ai, lm_eval, promptfoo, records, table
from kit.benchmarks.imports.entries import Entry, lines, loaded
from kit.benchmarks.multiple_choice import Choice
from kit.benchmarks.tables import read as text_of
from kit.client import Answer
from kit.errors import ItemError, near_miss
from kit.text import plain

__all__ = ["FORMS", "SCORES", "Recorded", "read"]

FORMS: Mapping[str, Callable[[Path], tuple[list[Entry], list[str]]]] = {
    "table": table.entries,
    "lm-eval": lm_eval.entries,
    "inspect": inspect_ai.entries,
    "promptfoo": promptfoo.entries,
    "bfcl": bfcl.entries,
    "records": lambda path: _records(path, None),
}
"""What is read: form -> its reader."""

_SIGNS = {"lm-eval": {"doc_id", "filtered_resps"}, "inspect": {"eval", "samples"}, "promptfoo": {"results"},
          "bfcl": {"accuracy", "correct_count", "total_count"}}  # fmt: skip
"""Form -> what its first object names; the first that fits, as Inspect has results too."""

SCORES = {
    "contender": "NAME@recorded",
    "item": "as `request` in the answers",
    "sample": "0, 1, 2, ...",
    "group": "subject or task; empty where the source has none",
    "outcome": "right, wrong or partly",
    "value": "0 to 1",
    "expected": "in words; empty where the source does not say",
}
"""Columns of the scores frame, one row an answer that the source's own scorer scored."""


@dataclass(frozen=True, eq=False)
class Recorded:
    """The answers, items and scores that a file of recorded results holds.

    Attributes:
        answers: Columns as in `client.ANSWER_COLUMNS`; a contender is `NAME@recorded`, a request is an item.
        items: Where the source gives question, choices and key.
        scores: Columns as in SCORES; empty where the source scored nothing.
        form: A key of FORMS.
        summary: One line: how much was read, and what was not.
        day: When the last answer was given, or the run was; None where the source does not say.
    """

    answers: pd.DataFrame
    items: list[Choice]
    scores: pd.DataFrame
    form: str
    summary: str
    day: date | None = None


def read(
    path: Path | str, form: str | None = None, scorer: str = "", rules: Mapping[str, str] | None = None
) -> Recorded:
    """Read recorded results: a file, or a folder of samples files or Inspect archives, subfolders included.

    Args:
        form: A key of FORMS, by which the file is then read; None to recognise it by what it holds.
        scorer: Of several scorers in Inspect's logs, the one that counts; empty takes the first that gives shares.
        rules: What an entry holds -> the field that holds it, for rows of a form of your own: see `records.FIELDS`.

    Raises:
        ItemError: If there is no such file or form, or a part of it is not as the form lays it out; with file and line.
    """
    path = Path(path)
    if form is not None and form not in FORMS:
        raise ItemError(f"{form!r} is not a form of recorded results{near_miss(form, FORMS)}")
    files = _files(path)
    form = "records" if rules else form or _recognised(files[0])
    entries, remarks = [], dict[str, None]()
    for file in files:
        if form == "records":
            new_entries, new_remarks = _records(file, rules)
            entries += new_entries
            remarks |= dict.fromkeys(new_remarks)
            continue
        new_entries, new_remarks = inspect_ai.entries(file, scorer) if form == "inspect" else FORMS[form](file)
        entries += new_entries
        remarks |= dict.fromkeys(new_remarks)
    _check(entries, path)
    items, odd = _items(entries)
    if odd:
        remarks[f"{odd} items are not the same for all models, and are no items here"] = None
    scored = sum(entry.score is not None and entry.choice is not None for entry in entries)
    if items and scored:
        remarks[f"{len(items):,} items come with question, choices and key, and the kit reads their answers itself"] = (
            None
        )
    day = _day(entries, files)
    summary = _summary(path, form, entries, [*remarks, *([f"of {day}"] if day else [])], day)
    return Recorded(_answers(entries), items, _scores(entries), form, summary, day)


def _files(path: Path) -> list[Path]:
    if not path.exists():
        raise ItemError(f"{path}: no such file or folder")
    if not path.is_dir():
        return [path]
    for pattern in ("samples_*.jsonl", "*.eval"):
        if paths := sorted(path.rglob(pattern)):
            return paths
    raise ItemError(f"{path}: no samples_*.jsonl of lm-evaluation-harness and no .eval of Inspect in it; name a file")


def _recognised(path: Path) -> str:
    """The form of a file, by what it holds; its name does not matter."""
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        raise ItemError(f"{path}: cannot be read: {error.strerror}") from error
    if start in (b"PK\x03\x04", b"PAR1"):
        return "inspect" if start[:2] == b"PK" else "table"
    text = text_of(path)
    if not text.lstrip().startswith(("{", "[")):
        return "records" if _is_long(text) else "table"
    record = _first(text, path)
    keys = set(record) if isinstance(record, dict) else set()
    for form, named in _SIGNS.items():
        if named <= keys and (form != "promptfoo" or isinstance(record["results"], dict)):
            return form
    if {"doc_id", "resps"} <= keys:
        return "lm-eval"
    if {"id", "result", "input_token_count"} <= keys:
        return "bfcl"
    rows = records.unwrapped(_data(text, path))
    if rows and (_is_table(rows) or records.fits(rows)):
        return "records"
    if rows and "results" not in keys:
        raise ItemError(
            f"{path}: not a form of recorded results that is known ({', '.join(FORMS)}); its rows have "
            f"{', '.join(list(rows[0])[:10])}; a rules file says which is the item, which the mark, or answer and key"
        )
    if "results" in keys:
        return "promptfoo"
    raise ItemError(f"{path}: not a form of recorded results that is known ({', '.join(FORMS)}); name the form")


def _is_table(rows: list[dict[str, Any]]) -> bool:
    """True for the rows of a table: an item, a key, and columns of models."""
    names = {name.lower() for name in rows[0]}
    return {"item", "key"} <= names and names.isdisjoint(("model", "answer", "output", "response", "mark"))


def _is_long(text: str) -> bool:
    """True if a CSV has a row an answer, rather than a row an item: its head names model and answer, or a mark."""
    head = {name.strip().strip('"').lower() for name in text.partition("\n")[0].replace(";", ",").split(",")}
    return not {"item", "key"} <= head - {"model", "answer"} or {"model", "answer"} <= head if head & _LONG else False


_LONG = frozenset(("model", "response", "answer_correctness", "mark", "passed", "correct"))


def _records(path: Path, rules: Mapping[str, str] | None) -> tuple[list[Entry], list[str]]:
    text = text_of(path)
    if text.lstrip().startswith(("{", "[")):
        rows = records.unwrapped(_data(text, path))
    else:
        head, body, _ = table.text_rows(path)
        rows = [dict(zip(head, cells, strict=True)) for _, cells in body]
    if not rows:
        raise ItemError(f"{path}: it holds no rows")
    return table.entries(path, rows) if _is_table(rows) and not rules else records.entries(path, rows, rules)


def _data(text: str, path: Path) -> Any:
    """Parse a JSON file: one value, or a list of the lines' values."""
    try:
        return loaded(text, path)
    except ItemError:
        return [value for _, value in lines(text, path)[0]]


def _first(text: str, path: Path) -> Any:
    """The first object of a text: that of its first line, if that is one, or else the whole."""
    line = text.lstrip().partition("\n")[0]
    try:
        return lines(line + "\n", path)[0][0][1]
    except ItemError:
        return loaded(text, path)


def _check(entries: list[Entry], path: Path) -> None:
    if not entries:
        raise ItemError(f"{path}: it holds no answers")
    times = Counter((entry.model, entry.item, entry.sample) for entry in entries)
    (model, item, sample), most = times.most_common(1)[0]
    if most > 1:
        raise ItemError(f"{path}: {model} answered item {item!r}, sample {sample}, {most} times; keep one run of each")


def _answers(entries: list[Entry]) -> pd.DataFrame:
    answers = client.answer_table((_contender(entry), entry.item, entry.sample, entry.outcome) for entry in entries)
    return answers.assign(cost_usd=pd.array([entry.usd for entry in entries], dtype="Float64"))


def _scores(entries: list[Entry]) -> pd.DataFrame:
    rows = [
        (_contender(entry), entry.item, entry.sample, entry.group, score.outcome, score.value, score.expected)
        for entry in entries
        if (score := entry.score)
    ]
    kinds = {"sample": "int64", "value": "float64"}
    return pd.DataFrame(rows, columns=list(SCORES)).astype({name: kinds.get(name, "str") for name in SCORES})


def _items(entries: list[Entry]) -> tuple[list[Choice], int]:
    """Items in the order of the file; and how many are left out since not all models were asked the same."""
    versions: dict[str, set[Choice]] = {}
    for entry in entries:
        if entry.choice is not None:
            versions.setdefault(entry.item, set()).add(entry.choice)
    items = [choice for same in versions.values() if len(same) == 1 for choice in same]
    return items, len(versions) - len(items)


def _day(entries: list[Entry], files: list[Path]) -> date | None:
    """The day of the last answer, else of a file that says it in its name."""
    answered = [
        entry.outcome.asked_at[:10] for entry in entries if isinstance(entry.outcome, Answer) and entry.outcome.asked_at
    ]
    named = [date_match[0] for file in files if (date_match := re.search(r"20\d\d-\d\d-\d\d", file.name))]
    try:
        return date.fromisoformat(max(answered or named, default=""))
    except ValueError:
        return None


def _contender(entry: Entry) -> str:
    return f"{plain(entry.model)}@recorded"


def _summary(path: Path, form: str, entries: list[Entry], remarks: list[str], day: date | None) -> str:
    models, items = (len({part(entry) for entry in entries}) for part in (_contender, lambda entry: entry.item))
    answers = [entry.outcome for entry in entries if isinstance(entry.outcome, Answer)]
    counts = f"{len(entries):,} answers of {models:,} models to {items:,} items"
    errors = [f"{len(entries) - len(answers):,} of them errors"] if len(answers) < len(entries) else []
    lacking = [
        name
        for name, known in (
            ("scores", any(entry.score for entry in entries)),
            ("tokens", any(answer.usage for answer in answers)),
            ("seconds", any(answer.total_s == answer.total_s for answer in answers)),
            ("date", day is not None),
        )
        if not known
    ]
    none = [f"no {' or '.join(lacking)}"] if lacking else []
    return " ".join(plain("; ".join([f"{path.name}: {form}: {counts}", *errors, *none, *remarks])).split())

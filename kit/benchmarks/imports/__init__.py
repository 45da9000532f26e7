"""Recorded answers: results that exist already become what the kit reads, so that a matchup needs no call."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pandas as pd

from kit import client
from kit.benchmarks.imports import bfcl, helm, inspect_ai, lm_eval, promptfoo, recognition, records, table
from kit.benchmarks.imports.entries import Entry
from kit.benchmarks.multiple_choice import Choice
from kit.client import Answer
from kit.errors import ItemError, near_miss
from kit.text import plain, plural

__all__ = ["FORMS", "SCORES", "Recorded", "read"]

FORMS: Mapping[str, Callable[[Path], tuple[list[Entry], list[str]]]] = {
    "table": table.entries,
    "lm-eval": lm_eval.entries,
    "inspect": inspect_ai.entries,
    "promptfoo": promptfoo.entries,
    "bfcl": bfcl.entries,
    "helm": helm.entries,
    "records": lambda path: _records(path, None),
}
"""What is read: form -> its reader."""

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
    """Read recorded results: a file, or the files of a folder, subfolders included.

    Args:
        form: A key of FORMS, by which the file is then read; None to recognise it by what it holds.
        scorer: Of several scorers in Inspect's logs, or statistics of HELM's, the one that counts; empty takes the
            first that gives shares.
        rules: What an entry holds -> the field that holds it, for rows of a form of your own: see `records.FIELDS`.

    Raises:
        ItemError: If there is no such file or form, or a part of it is not as the form lays it out; with file and line.
    """
    path = Path(path)
    if form is not None and form not in FORMS:
        raise ItemError(f"{form!r} is not a form of recorded results{near_miss(form, FORMS)}")
    files = recognition.result_files(path)
    form = "records" if rules else form or recognition.form_of(files[0], FORMS)
    remarks = dict[str, None]()
    by_file = dict[Path, list[Entry]]()
    for file in files:
        by_file[file], new_remarks = _file_entries(file, form, scorer, rules)
        remarks |= dict.fromkeys(new_remarks)
    entries = _told_apart(by_file) if form == "records" else [entry for part in by_file.values() for entry in part]
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


def _file_entries(path: Path, form: str, scorer: str, rules: Mapping[str, str] | None) -> tuple[list[Entry], list[str]]:
    if form == "records":
        return _records(path, rules)
    if scorer and form in ("inspect", "helm"):
        return {"inspect": inspect_ai.entries, "helm": helm.entries}[form](path, scorer)
    return FORMS[form](path)


def _records(path: Path, rules: Mapping[str, str] | None) -> tuple[list[Entry], list[str]]:
    rows, remarks = recognition.rows_of(path)
    if not rows:
        raise ItemError(f"{path}: it holds no rows")
    if recognition.is_table(rows) and not rules:
        entries, more = table.entries(path, rows)
    else:
        entries, more = records.entries(path, rows, rules)
    return entries, [*remarks, *more]


def _told_apart(by_file: Mapping[Path, list[Entry]]) -> list[Entry]:
    """All entries; where two files have the same ids for one model, an item is named by its file, too."""
    answered = [{(entry.model, entry.item, entry.sample) for entry in entries} for entries in by_file.values()]
    if len(set().union(*answered)) == sum(map(len, answered)):
        return [entry for entries in by_file.values() for entry in entries]
    return [
        replace(entry, item=f"{file.name.partition('.')[0]}/{entry.item}", choice=None)
        for file, entries in by_file.items()
        for entry in entries
    ]


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
    counts = f"{plural(len(entries), 'answer')} of {plural(models, 'model')} to {plural(items, 'item')}"
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

"""The scores of answers as one frame: those that were asked for, and those that others recorded.

An answer that failed to come because of the model or its provider is not right, and neither is one that could not be
read; both are counted apart as well. What never came because of us, and code that no sandbox can run, may be right or
wrong.
"""

import json
from typing import Any

import pandas as pd

from kit.benchmarks import suites, tool_use
from kit.benchmarks.code_generation import Task
from kit.benchmarks.extraction import Extract
from kit.benchmarks.imports import Recorded
from kit.benchmarks.items import Item
from kit.benchmarks.long_context import Recall
from kit.benchmarks.multiple_choice import Choice
from kit.benchmarks.own_checks import OwnItem
from kit.benchmarks.reasoning import Problem
from kit.benchmarks.score import COUNTED, CUT_OFF, SILENT
from kit.benchmarks.structured_output import Form
from kit.benchmarks.suites import Suite
from kit.benchmarks.tool_use import Call
from kit.benchmarks.vision import Picture
from kit.client import is_our_fault, spoken
from kit.errors import ItemError

__all__ = ["COLUMNS", "nothing", "score_answers", "score_recorded"]

COLUMNS = {
    "contender": "as in the answers",
    "item": "the item's id",
    "sample": "0, 1, 2, ...",
    "group": "subject or kind; items of one group are not independent of each other",
    "level": "1 to 3; 0 where nobody said",
    "outcome": "a key of score.OUTCOMES",
    "value": "0 to 1; missing where the outcome is not counted",
    "valid": "whether the answer had the form that was asked for; missing where there is none",
    "read": "what was read in the answer, or why nothing was",
    "expected": "the key",
    "output_tokens": "as in the answers, as are the next three",
    "total_s": "",
    "cost_usd": "",
    "confidence": "",
    "faulty": "true where the file says that the key is wrong or the question unclear (`label_quality`)",
}
"""Columns of the scores frame, one row a contender, item and sample."""


def score_answers(suite: Suite, answers: pd.DataFrame) -> pd.DataFrame:
    """Score each answer to a suite's requests.

    Args:
        answers: As from `kit.ask`.

    Returns:
        COLUMNS, in the answers' order.

    Raises:
        ItemError: If the suite's items have no key, as those of C-Eval's test split.
    """
    suites.require_keys(suite)
    items = {item.id: item for item in suite.items}
    rows = [_row(suite, items[row.request], row) for row in answers.itertuples() if row.request in items]
    return _typed(pd.DataFrame(rows, columns=list(COLUMNS)))


def nothing() -> pd.DataFrame:
    """The scores of no answers."""
    return _typed(pd.DataFrame(columns=list(COLUMNS)))


def score_recorded(recorded: Recorded, name: str, category: str) -> pd.DataFrame:
    """Scores of recorded answers: by our own reading where the source gives the item, else as its scorer had them.

    Raises:
        ItemError: If it gives neither for any answer.
    """
    ours = recorded.answers["request"].isin([item.id for item in recorded.items])
    read = (
        score_answers(suites.make_suite(name, category, recorded.items), recorded.answers[ours])
        if ours.any()
        else nothing()
    )
    table = pd.concat([read, _as_recorded(recorded.answers[~ours], recorded.scores)], ignore_index=True)
    if table["outcome"].isin(("unscored", *SILENT)).all():
        raise ItemError(f"{name}: nothing in it can be scored: no items with keys, and no scores of its own")
    return table


def _as_recorded(answers: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
    answered = answers.rename(columns={"request": "item"})[
        ["contender", "item", "sample", "text", "output_tokens", "total_s", "cost_usd", "error_kind", "error"]
    ]
    table = answered.merge(scores, on=["contender", "item", "sample"], how="left")
    silent = (table["text"].fillna("").str.strip() == "") & table["outcome"].notna()
    outcome = table["outcome"].fillna("unscored").mask(silent, "unparsed")
    silences = [_silence(*kind_and_text) for kind_and_text in table[["error_kind", "error"]].itertuples(index=False)]
    table["outcome"] = outcome.where(table["error_kind"] == "", silences)
    table["value"] = table["value"].where(table["outcome"].isin(COUNTED)).mask(table["outcome"] == "failed", 0.0)
    table[["group", "expected"]] = table[["group", "expected"]].fillna("")
    table = table.assign(level=0, valid=None, faulty=False, read=table["text"].fillna(""))
    return _typed(table.reindex(columns=list(COLUMNS)))


def _row(suite: Suite, item: Item, answer: Any) -> tuple[Any, ...]:
    group = item.subject if isinstance(item, Choice | Problem) else "" if isinstance(item, Task) else item.kind
    head = (answer.contender, item.id, answer.sample, group, item.level)
    faulty = getattr(item, "label", "ok") != "ok"
    used = (answer.output_tokens, answer.total_s, answer.cost_usd, answer.confidence, faulty)
    if answer.error_kind == "images":
        return (*head, "not taken", None, None, "", _key(item), *used)
    if answer.error_kind:
        outcome = _silence(answer.error_kind, answer.error)
        return (*head, outcome, 0.0 if outcome == "failed" else None, None, answer.error, _key(item), *used)
    score = suite.score(item, answer.text, answer.tool_calls)
    if score.outcome == "unparsed" and answer.finish_reason == "length" and not (spoken(answer.text) or "").strip():
        return (*head, CUT_OFF, None, None, "cut off at the token limit before an answer", _key(item), *used)
    value = score.value if score.outcome in COUNTED else None
    return (*head, score.outcome, value, score.valid, score.read, _key(item), *used)


def _silence(kind: str, error: str) -> str:
    """The outcome of a request without an answer."""
    return "unanswered" if is_our_fault(kind, str(error)) else "failed"


def _key(item: Item) -> str:
    match item:
        case Choice() | Problem() | Picture():
            return item.answer
        case Extract():
            return "; ".join(f"{name}: {value}" for name, value in item.fields.items())
        case OwnItem():
            return item.key
        case Form():
            return json.dumps(item.key, ensure_ascii=False)
        case Call():
            return tool_use.shown(item.accept[0]) or "no call"
        case Recall():
            return ", ".join(f"{place}: {code}" for place, code in item.key.items())
    return ""


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    numbers = {"sample": "Int64", "level": "Int64", "value": "Float64", "valid": "boolean", "output_tokens": "Int64",
               "total_s": "Float64", "cost_usd": "Float64", "confidence": "Float64", "faulty": "boolean"}  # fmt: skip
    return table.astype(numbers)

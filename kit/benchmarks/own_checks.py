"""Checks of a team's own items: the item, the eight ways in which an answer to it is checked, and its score."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import re2

from kit import client
from kit.benchmarks import code_generation, extraction, reasoning, schemas, short_answers
from kit.benchmarks.score import Score

__all__ = ["CHECKS", "OwnItem", "fault_of", "folded_label", "score"]

CHECKS: Mapping[str, str] = {
    "label": "one of the labels of the file, by itself or as the only one named",
    "exact": "the expected text, to the letter, without spaces around it; a list holds several that are right",
    "contains": "the expected text stands in the answer, whatever the case",
    "numeric": "the expected number, however it is written",
    "regex": "the expected pattern (RE2) is found in the answer",
    "extraction": "the fields of the expected object; each that is right counts",
    "json_schema": "an object that satisfies the expected JSON schema",
    "code": "a function that passes the expected test: {entry_point: ..., test: 'def check(candidate): ...'}",
}  # fmt: skip
"""How an answer is checked -> what is right."""

_DENIAL = r"(?:\b(?:not|no|never|neither|nor|isn['’]t|non|nicht|kein|pas)\s+(?:(?:an?|the|really|about)\s+)?|[不非]是?)"
"""In front of a label that an answer denies; the check knows no right one then."""

_SILENT = re2.Options()
_SILENT.log_errors = False  # else the library writes to stderr itself


@dataclass(frozen=True)
class OwnItem:
    """One labelled example.

    Attributes:
        conversation: The messages that are sent, instruction and solved examples included.
        check: A key of CHECKS.
        expected: What is right, as the check takes it.
        labels: All labels of the file, where it is classified.
        rows: Rows of the file that hold this example.
        kind: The row's own group, such as a language or a product; items of one group are not independent.
    """

    id: str
    conversation: Sequence[Mapping[str, Any]]
    check: str
    expected: Any
    labels: Sequence[str] = ()
    kind: str = ""
    level: int = 0
    rows: int = 1

    @property
    def key(self) -> str:
        """The right answer, as a table shows it."""
        return self.expected if isinstance(self.expected, str) else json.dumps(self.expected, ensure_ascii=False)


def score(item: OwnItem, text: str) -> Score:
    """Right or wrong by the item's check; unparsed if nothing of the form that was asked for could be read."""
    answer = client.spoken(text)
    if answer is None or not answer.strip():
        return Score("unparsed", 0.0, "cut off" if answer is None else "empty", valid=False)
    return _SCORERS[item.check](item, answer.strip())


def fault_of(check: str, expected: Any) -> str:
    """Describe why a check cannot take what is expected; empty if it can."""
    shown = f"{str(expected)[:60]!r}"
    if check in ("extraction", "json_schema", "code") and not isinstance(expected, dict):
        return f"{shown} is not an object, which the check {check} takes"
    if check == "code" and not {"entry_point", "test"} <= expected.keys():
        return "the check code takes the keys entry_point and test"
    if check == "numeric" and short_answers.FORMS["number"](str(expected), ()).value is None:
        return f"{shown} is not a number"
    if check == "json_schema" and (fault := schemas.schema_fault(expected)):
        return f"is no JSON schema that can be used: {fault}"
    if check == "regex":
        try:
            re2.compile(str(expected), _SILENT)
        except re2.error as error:
            return f"{shown} is not a pattern: {error.args[0].decode() if isinstance(error.args[0], bytes) else error}"
    return ""


def _right(right: bool, read: str) -> Score:
    return Score("right" if right else "wrong", float(right), read)


def folded_label(text: str) -> str:
    """A label without case, underscores, hyphens and marks around it, by which labels are compared."""
    return " ".join(re.sub(r"[_\-]+", " ", text.casefold()).split()).strip(" .\"'`*")


@cache
def _labels(labels: Sequence[str]) -> dict[str, str]:
    return {folded_label(label): label for label in labels}


def _label(item: OwnItem, answer: str) -> Score:
    """The label by itself, in JSON, or as the only one that is named; a label within a longer one does not count."""
    known = _labels(item.labels)
    fields = client.json_object(answer).value if answer.startswith("{") else None
    text = folded_label(str(next(iter(fields.values()))) if fields else answer)
    if text in known:
        return _right(known[text] == item.expected, known[text])
    named = {plain for plain in known if re.search(rf"(?<!\w){re.escape(plain)}(?!\w)", text)}
    if any(re.search(rf"{_DENIAL}{re.escape(plain)}(?!\w)", text) for plain in named):
        return Score("unparsed", 0.0, "a label that is denied", valid=False)
    longest = {label for label in named if not any(label != other and label in other for other in named)}
    if len(longest) != 1:
        return Score("unparsed", 0.0, "no label" if not longest else f"{len(longest)} labels", valid=False)
    read = known[longest.pop()]
    return replace(_right(read == item.expected, read), valid=False)


def _exact(item: OwnItem, answer: str) -> Score:
    accepted = item.expected if isinstance(item.expected, list) else [item.expected]
    return _right(answer in accepted, answer[:200])


def _contains(item: OwnItem, answer: str) -> Score:
    return _right(str(item.expected).casefold() in answer.casefold(), answer[:200])


def _numeric(item: OwnItem, answer: str) -> Score:
    return reasoning.score(reasoning.Problem(item.id, "", str(item.expected)), answer)


def _regex(item: OwnItem, answer: str) -> Score:
    return _right(bool(re2.search(item.expected, answer)), answer[:200])


def _fields(item: OwnItem, answer: str) -> Score:
    texts = {name: None if value is None else str(value) for name, value in item.expected.items()}
    reading = client.json_object(answer)
    if reading.value is None:
        return Score("unparsed", 0.0, reading.why, valid=False)
    parsed = {
        name: value if isinstance(value, str | None) else json.dumps(value) for name, value in reading.value.items()
    }
    return extraction.score_fields(texts, parsed)


def _schema(item: OwnItem, answer: str) -> Score:
    reading = client.json_object(answer)
    if reading.value is None:
        return Score("unparsed", 0.0, reading.why, valid=False)
    error = next(schemas.validator(item.expected).iter_errors(reading.value), None)
    return _right(error is None, f"{error.json_path}: {error.message}"[:200] if error else "satisfies the schema")


def _code(item: OwnItem, answer: str) -> Score:
    prompt, entry = str(item.expected.get("prompt", "")), item.expected["entry_point"]
    return code_generation.score(code_generation.Task(item.id, prompt, entry, item.expected["test"], ""), answer)


_SCORERS = {
    "label": _label, "exact": _exact, "contains": _contains, "numeric": _numeric, "regex": _regex,
    "extraction": _fields, "json_schema": _schema, "code": _code,
}  # fmt: skip

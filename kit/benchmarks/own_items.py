"""A team's own labelled examples as a suite: one CSV, JSON or JSON Lines file, and no Python.

    text,label                        a text and its label: classification among the labels of the file
    messages, expected[, check]       a chat and what is right: a text, a number, an object, a pattern, a test
    messages that end on an answer    a chat as it is kept for fine-tuning: its last answer is what is right

Beside `tickets.csv` may lie `tickets.yaml` with an `instruction` (the team's own prompt; `{labels}` stands for the
labels) and a `check` for all rows.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import re2
from pydantic import BaseModel, ConfigDict

from kit import client
from kit.benchmarks import code_generation, extraction, reasoning, short_answers
from kit.benchmarks.score import Score
from kit.benchmarks.tables import table_rows
from kit.errors import ItemError, near_miss
from kit.files import read_checked

__all__ = ["CHECKS", "PARAMETERS", "OwnItem", "describe_own", "messages", "own_items", "score"]

PARAMETERS = {"temperature": 0, "max_tokens": 1024}

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

_TEXT = ("text", "utterance", "question", "input", "prompt", "query", "body", "message", "sentence", "ticket")
_LABEL = ("label", "intent", "category", "class", "topic")
_EXPECTED = ("expected", "answer", "output", "target", "key", "gold", "completion")
_CLASSIFY = "Which of these labels fits the text? Answer with the label alone, as it is written here.\n{labels}"
_EXTRACT = (
    "Read these fields out of the text: {fields}. Answer with a JSON object of just these, null where one is not given."
)


@dataclass(frozen=True)
class OwnItem:
    """One labelled example.

    Attributes:
        conversation: The messages that are sent, instruction and solved examples included.
        check: A key of CHECKS.
        expected: What is right, as the check takes it.
        labels: All labels of the file, where it is classified.
        kind: The row's own group, such as a language or a product; items of one group are not independent.
    """

    id: str
    conversation: Sequence[Mapping[str, Any]]
    check: str
    expected: Any
    labels: Sequence[str] = ()
    kind: str = ""
    level: int = 0

    @property
    def key(self) -> str:
        """The right answer, as a table shows it."""
        return self.expected if isinstance(self.expected, str) else json.dumps(self.expected, ensure_ascii=False)


class _Beside(BaseModel):
    model_config = ConfigDict(extra="forbid")
    instruction: str = ""
    check: str = ""


def own_items(source: str, shots: int = 0) -> list[OwnItem]:
    """Read a team's examples.

    Args:
        source: A file, in the layouts above.
        shots: Solved examples of the file that stand before each question, of different labels where there are any.

    Raises:
        ItemError: With file, row and column, whatever is missing or cannot be checked.
    """
    path = Path(source)
    if not path.is_file():
        raise ItemError(f"own: {source} is not a file; name a CSV, JSON or JSON Lines file of labelled examples")
    options = path.with_suffix(".yaml")
    beside = read_checked(_Beside, options, ItemError) if options.exists() and options != path else _Beside()
    rows = [_Row.read(row, n, path, beside) for n, row in enumerate(_rows(path), 1)]
    if not rows:
        raise ItemError(f"{path}: holds no examples")
    labels = sorted({row.expected for row in rows if row.check == "label"})
    if len(labels) == 1:
        raise ItemError(f"{path}: all examples have the label {labels[0]!r}; at least two labels are needed")
    if shots >= len(rows):
        raise ItemError(f"{path}: {shots} solved examples are asked for, but each question has {len(rows) - 1} others")
    return [row.item(labels, beside.instruction, _examples(rows, n, shots)) for n, row in enumerate(rows)]


def messages(item: OwnItem) -> list[dict[str, Any]]:
    """The messages as they are sent."""
    return [dict(message) for message in item.conversation]


def score(item: OwnItem, text: str) -> Score:
    """Right or wrong by the item's check; unparsed if nothing of the form that was asked for could be read."""
    answer = client.spoken(text)
    if answer is None or not answer.strip():
        return Score("unparsed", 0.0, "cut off" if answer is None else "empty", valid=False)
    return _SCORERS[item.check](item, answer.strip())


def describe_own(items: Sequence[Any]) -> str:
    """Describe the examples' checks, and the number of labels."""
    checks = [f"{count} by {check}" for check, count in Counter(item.check for item in items).items()]
    labels = len({label for item in items for label in item.labels})
    return ", ".join(checks) + (f", {labels} labels" if labels else "")


@dataclass(frozen=True)
class _Row:
    id: str
    chat: list[dict[str, Any]]
    check: str
    expected: Any
    instruction: str
    kind: str

    @classmethod
    def read(cls, row: Mapping[str, Any], n: int, path: Path, beside: _Beside) -> "_Row":
        """Check one row; a fault names file, row and column."""
        place = f"{path}, row {n}"
        known = {str(name).strip().lower(): value for name, value in row.items() if value not in (None, "")}
        chat = _chat(known, place)
        label = next((name for name in _LABEL if name in known), "")
        target = label or next((name for name in _EXPECTED if name in known), "")
        if not target and len(chat) > 1 and chat[-1]["role"] == "assistant":
            expected = chat.pop()["content"]
        elif target:
            expected = known[target]
        else:
            raise ItemError(f"{place}: has neither a label nor an expected answer: a column 'label' or 'expected'")
        check = str(known.get("check") or beside.check or _check_of(expected, bool(label)))
        if check not in CHECKS:
            more = "; texts are judged in a replay (judge: model@provider)" if check == "judge" else ""
            known_checks = f"there are {', '.join(CHECKS)}{more}"
            raise ItemError(f"{place}: {check!r} is not a check{near_miss(check, CHECKS)}; {known_checks}")
        group = str(known.get("group") or known.get("kind") or known.get("language") or "")
        return cls(str(known.get("id", f"row-{n}")), chat, check, _expected(check, expected, place),
                   str(known.get("instruction", "")), group)  # fmt: skip

    def item(self, labels: Sequence[str], instruction: str, examples: Sequence["_Row"]) -> OwnItem:
        prompt = self.instruction or instruction or _usual(self)
        fields = ", ".join(self.expected) if isinstance(self.expected, Mapping) else ""
        prompt = prompt.replace("{labels}", "\n".join(labels)).replace("{fields}", fields)
        solved = [
            message for example in examples
            for message in (*example.chat, {"role": "assistant", "content": _written(example.expected)})
        ]  # fmt: skip
        first = [{"role": "system", "content": prompt}] if prompt else []
        named = tuple(labels) if self.check == "label" else ()
        return OwnItem(self.id, (*first, *solved, *self.chat), self.check, self.expected, named, self.kind)


def _rows(path: Path) -> Iterator[Mapping[str, Any]]:
    """Rows of a table; of a JSON document of pairs, as CLINC has them, the test split."""
    if path.suffix == ".json":
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ItemError(f"{path}: cannot be read as JSON: {error}") from None
        if isinstance(data, dict):
            data = data.get("test") or next((part for part in data.values() if isinstance(part, list)), [])
        for row in data:
            if isinstance(row, list) and len(row) == 2:
                yield {"text": row[0], "label": row[1]}
            elif isinstance(row, dict):
                yield row
            else:
                raise ItemError(f"{path}: {str(row)[:60]!r} is neither an object nor a pair of text and label")
        return
    yield from table_rows(path)


def _chat(known: Mapping[str, Any], place: str) -> list[dict[str, Any]]:
    if "messages" in known:
        chat = _parsed(known["messages"])
        if not isinstance(chat, list) or not chat or not all(isinstance(m, dict) and "role" in m for m in chat):
            raise ItemError(f'{place}: messages: is not a list such as [{{"role": "user", "content": "..."}}]')
        return [dict(message) for message in chat]
    name = next((name for name in _TEXT if name in known), "")
    if not name:
        raise ItemError(f"{place}: has no text; a column 'text' or 'messages' holds what is asked")
    return [{"role": "user", "content": str(known[name])}]


def _check_of(expected: Any, label: bool) -> str:
    """The check that a value suggests, where the row names none."""
    value = _parsed(expected)
    if label:
        return "label"
    if isinstance(value, dict):
        return "code" if {"entry_point", "test"} <= value.keys() else "extraction"
    return "numeric" if isinstance(value, (int, float)) and not isinstance(value, bool) else "exact"


def _expected(check: str, expected: Any, place: str) -> Any:
    value = _parsed(expected)
    if check in ("extraction", "json_schema", "code") and not isinstance(value, dict):
        raise ItemError(f"{place}: expected: {str(expected)[:60]!r} is not an object, which the check {check} takes")
    if check == "code" and not {"entry_point", "test"} <= value.keys():
        raise ItemError(f"{place}: expected: the check code takes the keys entry_point and test")
    if check == "numeric" and short_answers.FORMS["number"](str(expected), ()).value is None:
        raise ItemError(f"{place}: expected: {str(expected)[:60]!r} is not a number")
    if check == "regex":
        try:
            re2.compile(str(expected))
        except re2.error as error:
            raise ItemError(f"{place}: expected: {str(expected)[:60]!r} is not a pattern: {error}") from None
    if check == "exact" and isinstance(value, list):
        return [str(text).strip() for text in value]
    return value if check in ("extraction", "json_schema", "code") else str(expected).strip()


def _parsed(value: Any) -> Any:
    """A cell that holds JSON, as what it says."""
    if isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _usual(row: _Row) -> str:
    """The instruction where the team gives none: a chat brings its own."""
    if any(message["role"] in ("system", "developer") for message in row.chat):
        return ""
    if row.check == "code":
        return "Write the Python function. Answer with it in one fenced code block, and with nothing else."
    return {"label": _CLASSIFY, "extraction": _EXTRACT, "numeric": "End with the number alone."}.get(row.check, "")


def _examples(rows: Sequence[_Row], place: int, shots: int) -> list[_Row]:
    """Solved examples for one row: the next rows, those of a label that is not shown yet first."""
    others = [rows[(place + step) % len(rows)] for step in range(1, len(rows))]
    fresh = list({_written(row.expected): row for row in reversed(others)}.values())[::-1]
    return [*fresh, *(row for row in others if row not in fresh)][:shots] if shots else []


def _written(expected: Any) -> str:
    return expected if isinstance(expected, str) else json.dumps(expected, ensure_ascii=False)


def _right(right: bool, read: str) -> Score:
    return Score("right" if right else "wrong", float(right), read)


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[_\-]+", " ", text.casefold()).split()).strip(" .\"'`*")


@cache
def _labels(labels: Sequence[str]) -> dict[str, str]:
    return {_plain(label): label for label in labels}


def _label(item: OwnItem, answer: str) -> Score:
    """The label by itself, in JSON, or as the only one that is named; a label within a longer one does not count."""
    known = _labels(item.labels)
    fields = client.json_object(answer).value if answer.startswith("{") else None
    text = _plain(str(next(iter(fields.values()))) if fields else answer)
    if text in known:
        return _right(known[text] == item.expected, known[text])
    named = {plain for plain in known if re.search(rf"(?<!\w){re.escape(plain)}(?!\w)", text)}
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
    from jsonschema import Draft202012Validator

    reading = client.json_object(answer)
    if reading.value is None:
        return Score("unparsed", 0.0, reading.why, valid=False)
    error = next(Draft202012Validator(item.expected).iter_errors(reading.value), None)
    return _right(error is None, f"{error.json_path}: {error.message}"[:200] if error else "satisfies the schema")


def _code(item: OwnItem, answer: str) -> Score:
    prompt, entry = str(item.expected.get("prompt", "")), item.expected["entry_point"]
    return code_generation.score(code_generation.Task(item.id, prompt, entry, item.expected["test"], ""), answer)


_SCORERS = {
    "label": _label, "exact": _exact, "contains": _contains, "numeric": _numeric, "regex": _regex,
    "extraction": _fields, "json_schema": _schema, "code": _code,
}  # fmt: skip

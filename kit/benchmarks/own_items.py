"""A team's own labelled examples as a suite: one CSV, JSON or JSON Lines file, and no Python.

    text,label                        a text and its label: classification among the labels of the file
    messages, expected[, check]       a chat and what is right: a text, a number, an object, a pattern, a test
    messages that end on an answer    a chat as it is kept for fine-tuning: its last answer is what is right

Beside `tickets.csv` may lie `tickets.yaml` with an `instruction` (the team's own prompt; `{labels}` stands for the
labels) and a `check` for all rows.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from kit.benchmarks.own_checks import CHECKS, OwnItem, fault_of, folded_label, score
from kit.benchmarks.tables import table_rows
from kit.errors import ItemError, near_miss
from kit.files import read_checked

__all__ = ["PARAMETERS", "describe_own", "messages", "own_items", "score"]

PARAMETERS = {"temperature": 0, "max_tokens": 1024}

_TEXT = ("text", "utterance", "question", "input", "prompt", "query", "body", "message", "sentence", "ticket")
_LABEL = ("label", "intent", "category", "class", "topic")
_EXPECTED = ("expected", "answer", "output", "target", "key", "gold", "completion")
_CLASSIFY = "Which of these labels fits the text? Answer with the label alone, as it is written here.\n{labels}"
_EXTRACT = (
    "Read these fields out of the text: {fields}. Answer with a JSON object of just these, null where one is not given."
)


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
    _check_labels(labels, path)
    if len(labels) == 1:
        raise ItemError(f"{path}: all examples have the label {labels[0]!r}; at least two labels are needed")
    if shots >= len(rows):
        raise ItemError(f"{path}: {shots} solved examples are asked for, but each question has {len(rows) - 1} others")
    times = _distinct(rows, path)
    return [
        replace(row.item(labels, beside.instruction, _examples(rows, n, shots)), rows=times[n])
        for n, row in enumerate(rows) if n in times
    ]  # fmt: skip


def messages(item: OwnItem) -> list[dict[str, Any]]:
    """The messages as they are sent."""
    return [dict(message) for message in item.conversation]


def describe_own(items: Sequence[Any]) -> str:
    """Describe the examples' checks, and the number of labels."""
    checks = [f"{count} by {check}" for check, count in Counter(item.check for item in items).items()]
    labels = len({label for item in items for label in item.labels})
    repeated = sum(item.rows - 1 for item in items)
    return ", ".join(
        [*checks, *([f"{labels} labels"] if labels else []),
         *([f"{repeated} rows that repeat another count once"] if repeated else [])]
    )  # fmt: skip


def _check_labels(labels: Sequence[str], path: Path) -> None:
    for label, other in combinations(labels, 2) if len(labels) < 2_000 else ():
        if folded_label(label) == folded_label(other):
            raise ItemError(f"{path}: labels {label!r} and {other!r} differ in case or signs alone; write them alike")


def _distinct(rows: Sequence["_Row"], path: Path) -> dict[int, int]:
    """Place of each example -> how many rows hold it.

    Raises:
        ItemError: If two rows ask the same and expect something else: no answer is right for both.
    """
    first: dict[str, int] = {}
    times = Counter[int]()
    for n, row in enumerate(rows):
        place = first.setdefault(json.dumps([row.chat, row.instruction, row.check], sort_keys=True, default=str), n)
        if row.expected != rows[place].expected:
            raise ItemError(
                f"{path}: rows {place + 1} and {n + 1} ask the same and expect {_written(rows[place].expected)[:40]!r} "
                f"and {_written(row.expected)[:40]!r}; keep the right one"
            )
        times[place] += 1
    return dict(times)


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
    if fault := fault_of(check, value):
        raise ItemError(f"{place}: expected: {fault}")
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

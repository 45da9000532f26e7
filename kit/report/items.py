"""Items: what incumbent and candidate did on each item or logged request, one row a candidate, for pages to browse.

Notebooks save them beside their evidence, as JSON Lines in `reports/STUDY/answers/`; they are built, never committed.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from kit.benchmarks import Measured, Outcomes, read_outcomes
from kit.client import split_id
from kit.errors import ReportError
from kit.evidence import is_building
from kit.files import write_text
from kit.replay import LoggedRequest, table_rows

__all__ = [
    "COLUMNS",
    "OUTCOMES",
    "from_measured",
    "from_outcomes",
    "from_replay",
    "from_scores",
    "from_table",
    "load",
    "save",
]

COLUMNS: Mapping[str, str] = {
    "suite": "the suite, or the endpoint of a replayed log",
    "item": "its id; #2 is the second answer to it",
    "candidate": "the contender",
    "incumbent": "the contender on the other side; empty where there is none",
    "outcome": "a key of OUTCOMES",
    "mark": "the candidate's, 0 to 1; missing if unknown",
    "incumbent mark": "",
    "USD": "of the candidate's answer, all attempts; missing if unknown",
    "incumbent USD": "",
    "seconds": "of the candidate's answer",
    "calls": "logged calls that the request stands for",
    "why": "why an answer does not count, or what differs",
    "kind": "of a replayed request's answer, as in a comparison: label, json, tools or text",
    "asked": "the request, as text; empty where it was not recorded",
    "one": "the incumbent's answer, or what was expected where there is no incumbent",
    "other": "the candidate's answer",
}
"""Columns of a table of items."""

OUTCOMES: Mapping[str, str] = {
    "candidate lost": "its mark is lower than the incumbent's",
    "candidate won": "its mark is higher",
    "both right": "both have the full mark, or would do",
    "both wrong": "neither has any mark, or would do",
    "equal": "both have the same part of the mark",
    "right": "full mark; there is no incumbent to compare with",
    "wrong": "less than the full mark; there is no incumbent to compare with",
    "unknown": "one of the two marks is not known",
}
"""Outcome of an item -> its meaning."""

_TEXTS = ("asked", "one", "other")


def from_scores(scores: pd.DataFrame, suite: str, incumbent: str = "", asked: Mapping[str, str] | None = None,
                answers: pd.DataFrame | None = None) -> pd.DataFrame:  # fmt: skip
    """Set each contender's scores beside the incumbent's.

    Args:
        scores: `benchmarks.scores.COLUMNS`.
        incumbent: Its id; the first contender's if empty.
        asked: Item -> the request, as text.
        answers: `contender`, `request`, `sample`, `text`; without them a text is what was read in the answer.
    """
    if scores.empty:
        return _frame([])
    whole = _whole_answers(answers)
    incumbent = incumbent or str(scores["contender"].iloc[0])
    alone = scores["contender"].nunique() == 1
    by_key = {(row.contender, row.item, row.sample): row for row in table_rows(scores)}
    rows = []
    for (contender, item, sample), row in by_key.items():
        if contender == incumbent and not alone:
            continue
        theirs = None if alone else by_key.get((incumbent, item, sample))
        rows.append({
            "suite": suite, "item": f"{item}#{sample + 1}" if sample else str(item), "candidate": contender,
            "incumbent": "" if alone else incumbent,
            **_compared(row.value, None if theirs is None else theirs.value, alone),
            "USD": row.cost_usd, "incumbent USD": None if theirs is None else theirs.cost_usd, "seconds": row.total_s,
            "why": "" if row.outcome in ("right", "wrong", "partly") else row.outcome,
            "asked": (asked or {}).get(item, ""),
            "one": row.expected if theirs is None else whole.get((incumbent, item, sample), theirs.read),
            "other": whole.get((contender, item, sample), row.read),
        })  # fmt: skip
    return _frame(rows)


def from_measured(*measured: Measured, incumbent: str = "") -> pd.DataFrame:
    """Set each contender's scores beside the incumbent's, in each category that was measured.

    Args:
        incumbent: A contender, or a model that one contender runs; the first contender of a category if empty.
    """
    found = [_frame([])]
    for entry in measured:
        known = list(entry.scores["contender"].unique())
        own = [name for name in known if incumbent in (name, split_id(name)[0])]
        found.append(
            from_scores(entry.scores, entry.category, own[0] if own else "", entry.request_texts, entry.answers)
        )
    return pd.concat(found, ignore_index=True)


def from_replay(compared: pd.DataFrame, requests: Sequence[LoggedRequest], incumbent: str) -> pd.DataFrame:
    """Set each candidate's answers to logged requests beside the incumbent's.

    Args:
        compared: As from `replay.compare`: redacted texts, and `accepted` as the mark.
    """
    logged = {entry.request.id: entry for entry in requests}
    own = {row.request: row for row in table_rows(compared[compared["contender"] == incumbent])}
    rows = []
    for row in table_rows(compared):
        if row.contender == incumbent:
            continue
        theirs, entry = own[row.request], logged[row.request]
        outcome = _compared(row.accepted, theirs.accepted, False)
        if row.judged == "better" and outcome["outcome"] == "both right":
            outcome["outcome"] = "candidate won"
        why = row.error_kind or row.fault or ("judged " + row.judged if row.judged else "")
        rows.append({
            "suite": row.endpoint or "no endpoint", "item": row.request, "candidate": row.contender,
            "incumbent": incumbent, **outcome, "USD": row.cost_usd, "incumbent USD": theirs.cost_usd,
            "seconds": row.total_s, "calls": row.calls, "why": why, "kind": row.kind,
            "asked": entry.request.conversation, "one": _text(theirs.text), "other": _text(row.text),
        })  # fmt: skip
    return _frame(rows)


def from_table(path: str, suite: str, incumbent: str, candidates: Sequence[str] = ()) -> pd.DataFrame:
    """Read a table of recorded outcomes as `from_outcomes` takes it; no items if no file is named."""
    return from_outcomes(read_outcomes(path, suite), incumbent, candidates) if path else _frame([])


def from_outcomes(outcomes: Outcomes, incumbent: str, candidates: Sequence[str] = ()) -> pd.DataFrame:
    """Set recorded outcomes of each candidate beside the incumbent's; of all other models if none is named."""
    table = outcomes.table.astype({"item": str})
    models = table["contender"].str.removesuffix("@recorded")
    names = candidates or [name for name in dict.fromkeys(models) if name != incumbent]
    own = {(row.item, row.repeat): row for row in table_rows(table[models == incumbent])}
    rows = []
    for row in table_rows(table[models.isin(list(names))]):
        theirs = own.get((row.item, row.repeat))
        rows.append({
            "suite": outcomes.suite or "recorded", "item": f"{row.item}#{row.repeat + 1}" if row.repeat else row.item,
            "candidate": row.contender.removesuffix("@recorded"), "incumbent": incumbent,
            **_compared(row.mark, None if theirs is None else theirs.mark, False), "USD": row.usd,
            "incumbent USD": None if theirs is None else theirs.usd, "seconds": row.seconds,
            "why": "" if theirs is not None else "the incumbent did not try it",
        })  # fmt: skip
    return _frame(rows)


def save(table: pd.DataFrame, evidence_dir: str | Path, name: str) -> None:
    """Write one notebook's items beside its evidence: `EVIDENCE_DIR/../answers/NAME.jsonl`; no file for no items.

    As with evidence, only a build changes what is there; a notebook that is opened by hand saves under `exploring/`.
    """
    path = Path(evidence_dir).parent / "answers" / f"{name}.jsonl"
    text = "".join(json.dumps(row) + "\n" for row in _plain_rows(table))
    if not is_building() and path.exists() and path.read_text(encoding="utf-8") != text:
        path = path.parents[1] / "exploring" / path.name
    if text:
        write_text(path, text)
    else:
        path.unlink(missing_ok=True)


def load(folder: str | Path) -> pd.DataFrame:
    """Read all items that a study's notebooks saved; one that two notebooks saved counts once.

    Raises:
        ReportError: If a file is not what `save` writes, with its line.
    """
    rows: list[dict[str, Any]] = []
    for path in sorted(Path(folder).glob("*.jsonl")):
        for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            try:
                row = json.loads(line)
            except ValueError:
                row = None
            if not isinstance(row, dict) or not COLUMNS.keys() >= row.keys():
                raise ReportError(f"{path}: line {n} is not an item; remove the file and build the study again")
            rows.append(row)
    return _frame(rows).drop_duplicates(["suite", "item", "candidate", "incumbent"], ignore_index=True)


def _compared(mark: Any, theirs: Any, alone: bool) -> dict[str, Any]:
    """The outcome and both marks."""
    ours, other = (None if pd.isna(entry) else float(entry) for entry in (mark, theirs))
    if ours is None or (other is None and not alone):
        outcome = "unknown"
    elif alone or other is None:
        outcome = "right" if ours == 1 else "wrong"
    elif ours != other:
        outcome = "candidate lost" if ours < other else "candidate won"
    else:
        outcome = {1.0: "both right", 0.0: "both wrong"}.get(ours, "equal")
    return {"outcome": outcome, "mark": ours, "incumbent mark": other}


def _whole_answers(answers: pd.DataFrame | None) -> dict[tuple[str, str, int], str]:
    if answers is None:
        return {}
    answered = answers[answers["text"].notna()]
    return {(row.contender, row.request, row.sample): row.text for row in table_rows(answered)}


def _text(value: Any) -> str:
    return "" if pd.isna(value) else str(value)


def _frame(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)
    words = ["suite", "item", "candidate", "incumbent", "outcome", "why", "kind", *_TEXTS]
    return table.assign(**{name: table[name].where(table[name].notna(), "").map(str) for name in words})


def _plain_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON takes them, without what is missing or empty."""
    return [
        {
            name: value.item() if hasattr(value, "item") else value
            for name, value in row.items()
            if not pd.isna(value) and value != ""
        }
        for row in table.to_dict("records")
    ]

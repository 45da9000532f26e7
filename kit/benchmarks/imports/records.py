"""Records: rows of JSON, JSON Lines or CSV, one an answer, whose fields are named in one of the ways that tools do.

Where the names are others, rules say which field is which: `{item: id, model: name, answer: out, key: gold}`.
"""

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from kit.benchmarks.imports import cells
from kit.benchmarks.imports.entries import Entry, Score, dollars, number, scored, tokens
from kit.client import Answer
from kit.errors import ItemError, near_miss

__all__ = ["FIELDS", "entries", "fits", "flat", "out_of_range", "unwrapped"]

_ACCURACIES = ("exact_match", "quasi_exact_match", "prefix_exact_match", "quasi_prefix_exact_match",
               "final_number_exact_match", "math_equiv", "extractive_match", "qem", "pass")  # fmt: skip
"""Statistics that say of one answer whether it is right, the surest first."""

FIELDS: Mapping[str, Sequence[str]] = {
    "item": ("item", "item_id", "task_id", "question_id", "instance_id", "sample_id", "session_id",
             "datasource_item_id", "test_case_id", "uid", "doc.id", "id", "index", "idx", "name", "user_input",
             "doc.query", "question", "problem", "example"),
    "model": ("model", "model_name", "model_id", "generator", "model_name_or_path", "sample.model",
              "metadata.llm_config.model", "llm_config.model"),
    "answer": ("answer_text", "model_answer", "extracted_answer", "response", "output", "output.0", "model_output",
               "prediction", "predicted_text", "pred", "actual_output", "completion", "generated_text",
               "choices.0.message.content", "sample.output.0.content", "model_response.text.0", "data.sampled",
               "sample_score.score.prediction", "predictions.0", "answer"),
    "key": ("key", "gold", "target", "ground_truth", "correct_answer", "expected_output", "expected", "reference",
            "label", "review.gold", "choices.0.review.gold", "data.expected", "gold.0", "answer"),
    "mark": ("mark", "correct", "is_correct", "passed", "resolved", "success", "review.result",
             "choices.0.review.result", "report.resolved", "test_result.report.resolved", "test_result.resolved",
             *(f"stats.{name}" for name in _ACCURACIES), "results.0.passed", "data.correct", "answer_correctness",
             *(f"sample_score.score.value.{name}" for name in ("acc", "em", *_ACCURACIES)),
             *(f"{held}.{name}" for held in ("metric", "metrics") for name in ("acc", "em", *_ACCURACIES)), "score"),
    "attempt": ("attempt", "sample_index", "repeat", "epoch"),
    "group": ("subject", "task", "category", "dataset", "test_category"),
    "input_tokens": ("input_tokens", "prompt_tokens", "input_token_count", "sample.usage.prompt_tokens",
                     "metrics.accumulated_token_usage.prompt_tokens"),
    "output_tokens": ("output_tokens", "completion_tokens", "output_token_count", "sample.usage.completion_tokens",
                      "metrics.accumulated_token_usage.completion_tokens"),
    "seconds": ("seconds", "latency", "latency_s"),
    "usd": ("usd", "cost_usd", "cost", "metrics.accumulated_cost"),
}  # fmt: skip
"""What an entry holds -> the names that tools give the field, the surest first; `a.0.b` is a field within a list."""

_FIGURES = ("input_tokens", "output_tokens", "seconds", "usd")

_LISTS = ("test_cases", "rows", "data", "records", "details", "eval", "predictions", "examples")
"""Where a file of one object holds its rows."""

_WORDS = {"pass": 1.0, "passed": 1.0, "success": 1.0, "correct": 1.0, "fail": 0.0, "failed": 0.0, "incorrect": 0.0}


def fits(rows: Sequence[Mapping[str, Any]]) -> bool:
    """True if rows name an item, and a mark or an answer with its key."""
    fields = _fields(rows, {})
    if fields.get("item") == "name" and "answer" not in fields:  # sums have names, too
        return False
    return "item" in fields and ("mark" in fields or {"answer", "key"} <= set(fields))


def unwrapped(data: Any) -> list[dict[str, Any]]:
    """The rows of a file, flat; none where it holds none. Objects under ids become rows with that `id`."""
    if isinstance(data, dict) and {"resolved_ids", "unresolved_ids"} <= set(data):  # SWE-bench's report
        return [
            {"instance_id": name, "resolved": solved}
            # without a patch, or with one that broke the tests' run: not resolved, as in SWE-bench's own share
            for field, solved in (
                ("resolved_ids", True),
                ("unresolved_ids", False),
                ("empty_patch_ids", False),
                ("error_ids", False),
                ("incomplete_ids", False),
            )
            for name in data.get(field) or ()
        ]
    if isinstance(data, dict):
        row = _named_stats(_evalplus(flat(data)))
        if {"item", "key"} <= set(row) or fits([row]):  # a file of one line
            return [row]
        place = next((name for name in _LISTS if isinstance(data.get(name), list | dict) and data[name]), "")
        if place == "details" and isinstance(data[place], list):  # OpenCompass's, in the order of its data set
            return unwrapped([{"id": n, **row} for n, row in enumerate(data[place]) if isinstance(row, dict)])
        if place:
            return unwrapped(data[place])
        return list(_by_id(data)) or [row]
    events = [row for row in data if isinstance(row, dict)] if isinstance(data, list) else []
    if any("spec" in row for row in events) and any(row.get("type") == "match" for row in events):  # OpenAI Evals
        model = next(row["spec"] for row in events if "spec" in row).get("completion_fns", [""])
        return [flat(row) | {"model": str(model[0])} for row in events if row.get("type") == "match"]
    return [_named_stats(_evalplus(flat(row))) for row in events] if len(events) == len(data) else []


def entries(
    path: Path, rows: Sequence[Mapping[str, Any]], rules: Mapping[str, str] | None = None
) -> tuple[list[Entry], list[str]]:
    """Answers in rows, and remarks on them; without a field for the model its name is the file's.

    A mark is what the source says; without one, an answer is held against its key.

    Raises:
        ItemError: If rules name no such field, no field is an item, a mark is no share, or no answer says its key.
    """
    fields = _fields(rows, rules or {}, path)
    lacking = "item" if "item" not in fields else "mark" if not {"answer", "key"} <= set(fields) else ""
    if lacking and not ("item" in fields and "mark" in fields):
        raise ItemError(
            f"{path}: no field of its rows is known as the {lacking}"
            f"{' or as answer and key' if lacking == 'mark' else ''}; they have "
            f"{', '.join(list(rows[0])[:12])}; name it in a rules file, such as {{{lacking}: FIELD}}"
            f"{out_of_range(rows)}"
        )
    marked = "mark" in fields
    keys = [str(row.get(fields["key"], "")) for row in rows] if "key" in fields else []
    judged = None if marked else cells.judge(keys)
    answers, repeats = [], Counter[tuple[str, str]]()
    for n, row in enumerate(rows, start=1):
        value = {role: row.get(field) for role, field in fields.items()}
        model, item = str(value.get("model") or _model_of(path, str(value["item"]))), str(value["item"])
        text, key = _text(value.get("answer")), str(value.get("key") or "")
        score = (
            _mark(value["mark"], key, f"{path}: row {n}: {fields['mark']}") if marked else judged and judged(text, key)
        )
        figures = {role: _figure(value.get(role), f"{path}: row {n}: {fields.get(role)}") for role in _FIGURES}
        usage = tokens(*(count if count is None else int(count) for count in list(figures.values())[:2]))
        seconds = figures["seconds"]
        answer = Answer(
            text or ("(not recorded)" if marked else ""), "", usage, "", math.nan if seconds is None else seconds
        )
        usd = dollars(figures["usd"], usage)
        group = str(value.get("group") or "")
        answers.append(Entry(model, item, answer, repeats[model, item], group, score, usd=usd))
        repeats[model, item] += 1
    if not marked and all(entry.score is None or entry.score.value == 0 for entry in answers) and len(answers) > 1:
        raise ItemError(
            f"{path}: no {fields['answer']} says what its {fields['key']} says; name the fields in a rules file"
        )
    read_as = ", ".join(f"{role} is {field}" for role, field in fields.items() if marked or role != "mark")
    remarks = [read_as] + ([] if marked else [cells.KINDS[cells.kind_of(keys)]])
    return answers, [*remarks, *_doubts(rows, fields, repeats)]


def out_of_range(rows: Sequence[Mapping[str, Any]]) -> str:
    """Explain why a field `score` is no mark, where there is one: it is above 1."""
    values = [_figure(row.get("score"), "") for row in rows if str(row.get("score")).replace(".", "", 1).isdecimal()]
    high = next((value for value in values if value is not None and value > 1), None)
    return "" if high is None else f"; its score {high:g} is no share: divide it by the full score, so that 1 is right"


def _doubts(
    rows: Sequence[Mapping[str, Any]], fields: Mapping[str, str], repeats: Mapping[tuple[str, str], int]
) -> list[str]:
    """Remarks on items that stand there several times without a number, and on rows that tell of an error."""
    several = sum(count > 1 for count in repeats.values())
    errors = sum(bool(row.get("error")) for row in rows)
    return [
        *([f"{several:,} items stand there several times for a model, and each row counts as a repeat of its item"]
          if several and "attempt" not in fields else []),
        *([f"{errors:,} rows tell of an error, and count by what they say beside it"] if errors else []),
    ]  # fmt: skip


def _figure(value: Any, place: str) -> float | None:
    """A count, seconds or dollars, as JSON or as text; None for what is empty."""
    if not isinstance(value, str) or not value.strip():
        return number(value)
    try:
        return float(value)
    except ValueError:
        raise ItemError(f"{place}: {value!r} is no plain number; give one such as 0.5 (dollars in USD)") from None


def flat(row: Any, before: str = "") -> dict[str, Any]:
    """A row whose nested fields are named by their path; the row's own fields stay beside them."""
    pairs = row.items() if isinstance(row, dict) else enumerate(row[:3]) if isinstance(row, list) else ()
    fields: dict[str, Any] = {}
    for name, value in pairs:
        fields[f"{before}{name}"] = value
        if isinstance(value, dict | list) and before.count(".") < 4:
            fields |= flat(value, f"{before}{name}.")
    return fields


def _fields(rows: Sequence[Mapping[str, Any]], rules: Mapping[str, str], path: Path = Path()) -> dict[str, str]:
    names_in_rows = {name for row in rows for name in row}
    held = {name for row in rows for name, value in row.items() if not isinstance(value, dict | list)}
    for role, field in rules.items():
        if role not in FIELDS:
            raise ItemError(f"{path}: rules: {role!r} is nothing that is read{near_miss(role, FIELDS)}")
        if field not in names_in_rows:
            raise ItemError(f"{path}: rules: {role}: no row has a field {field!r}{near_miss(field, names_in_rows)}")
    # the first of several keys or outputs is not the whole of them
    single = {name for name in held if not (name.endswith(".0") and f"{name[:-1]}1" in held)}
    fields = {
        role: next(name for name in names if name in single)
        for role, names in FIELDS.items()
        if not single.isdisjoint(names)
    } | dict(rules)
    if fields.get("answer") == fields.get("key") == "answer":
        # one field `answer` beside none of the other kind: it is the key where the rows hold outputs, else the answer
        del fields["key" if "mark" in fields else "answer"]
    if "mark" in fields and fields["mark"] == "score" and not rules.get("mark"):
        shares = [number(row.get("score")) for row in rows]
        if any(share is None or not 0 <= share <= 1 for share in shares):
            del fields["mark"]
    return fields


def _mark(value: Any, key: str, place: str) -> Score | None:
    share = _WORDS.get(value.strip().casefold()) if isinstance(value, str) else number(value)
    if share is None and isinstance(value, str):
        try:
            share = float(value)
        except ValueError:
            share = {"true": 1.0, "false": 0.0}.get(value.strip().casefold())
    if value is None or value == "":
        return None
    score = scored(share, key)
    if score is None:
        raise ItemError(f"{place}: {value!r} is no mark; it must be from 0 to 1, or true or false")
    return score


def _evalplus(row: dict[str, Any]) -> dict[str, Any]:
    """A row with EvalPlus's two verdicts as one: a program passes if it passes the base tests and the further ones."""
    if "base_status" not in row:
        return row
    return row | {"passed": row["base_status"] == "pass" and row.get("plus_status", "pass") in ("pass", None)}


def _named_stats(row: dict[str, Any]) -> dict[str, Any]:
    """A row with HELM's list of statistics as fields of their names, such as `stats.exact_match`."""
    stats = row.get("stats")
    if not isinstance(stats, list):
        return row
    named = [(stat.get("name"), stat.get("mean")) for stat in stats if isinstance(stat, dict)]
    return row | {f"stats.{name.get('name')}": mean for name, mean in named if isinstance(name, dict)}


def _by_id(data: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name, held in data.items():
        for row in held if isinstance(held, list) else [held]:
            if not isinstance(row, dict):
                return
            yield _evalplus({"id": name} | flat(row))


def _text(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _model_of(path: Path, item: str) -> str:
    """The model by where its file lies, as SWE-bench, evalscope and lighteval name it, else by the file's name."""
    folders = path.resolve().parent.parts
    if path.name == "report.json" and folders[-1] == item and len(folders) > 2:
        return folders[-2]
    if len(folders) > 1 and folders[-2] in ("reviews", "predictions", "results"):
        return folders[-1]
    if "details" in folders and path.suffix == ".parquet":
        return "/".join(folders[folders.index("details") + 1 : -1])
    return path.name.removesuffix(".gz").rpartition(".")[0] or path.name

"""Recognition: the files of a folder that hold results, the form of a file, and why a file cannot be scored."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from kit.benchmarks.imports import helm, promptfoo, records, table
from kit.benchmarks.imports.entries import lines, loaded
from kit.benchmarks.tables import parquet
from kit.benchmarks.tables import read as text_of
from kit.errors import ItemError

__all__ = ["form_of", "is_table", "result_files", "rows_of"]

_FOLDERS = ("samples_*.jsonl", "*.eval", "per_instance_stats.json", "*_score.json", "report.json", "details_*.parquet")
"""What results are called in the folders of lm-evaluation-harness, Inspect, HELM, BFCL, SWE-bench and lighteval."""

_SIGNS: Mapping[str, tuple[set[str], ...]] = {
    "lm-eval": ({"doc_id", "filtered_resps"}, {"doc_id", "resps"}),
    "inspect": ({"eval", "samples"},),
    "promptfoo": ({"promptIdx", "testIdx", "provider"},),
    "bfcl": ({"accuracy", "correct_count", "total_count"}, {"id", "result", "input_token_count"}),
    "helm": ({"request_states", "adapter_spec"}, {"instance_id", "train_trial_index", "stats"}),
}
"""Form -> the fields of its first object; one of the sets has to be there."""

_NOT_SCORED: tuple[tuple[set[str], str], ...] = (
    ({"instance_id", "model_patch"}, "patches without verdicts: run SWE-bench's harness on it, and name its report"),
    ({"instance_id", "test_result"}, "patches without verdicts: evaluate it, and name output.swebench_eval.jsonl"),
    ({"task_id", "solution"}, "programs without verdicts: run evalplus.evaluate on it, and name its eval_results.json"),
    (
        {"task_id", "completion"},
        "programs without verdicts: run the benchmark's evaluation on it, and name its results",
    ),
    ({"resolved", "no_generation"}, "only what was resolved, not all tasks: name the harness's report, MODEL.RUN.json"),
    ({"index", "model_output"}, "answers without scores: name the file of the same name in evalscope's reviews/"),
    ({"dataset_name", "model_name", "metrics"}, "sums over items: name the files in evalscope's reviews/"),
    ({"name.name", "mean"}, "sums over items: name the run's folder, with its per_instance_stats.json"),
    ({"htmls", "convos"}, "sums over items and no score of any: have simple-evals write one row an item"),
    ({"score", "score:std"}, "sums over items and no score of any: have simple-evals write one row an item"),
    ({"output_1", "output_2", "preference"}, "preferences between two models, and no score of any answer"),
    ({"judge", "score", "turn"}, "a judge's grades from 1 to 10: divide them by 10 and name the field in a rules file"),
    ({"accuracy"}, "sums over items: run OpenCompass with --dump-eval-details, or name its predictions/"),
)
"""Fields of a row -> what its file holds in place of scored answers."""


def result_files(path: Path) -> list[Path]:
    """List the files that hold results: the path itself, or those of a folder, subfolders included.

    Raises:
        ItemError: If there are none.
    """
    if not path.exists():
        raise ItemError(f"{path}: no such file or folder")
    if not path.is_dir():
        return [path]
    endings = ("*.jsonl", "*.json", "*.parquet", "*.csv")
    for pattern in (*_FOLDERS, *endings):
        if paths := sorted(path.rglob(pattern)):
            return paths
    raise ItemError(f"{path}: none of {', '.join((*_FOLDERS, *endings))} is in it; name a file")


def form_of(path: Path, forms: Iterable[str]) -> str:
    """Recognise a file's form by what it holds; its name does not matter.

    Raises:
        ItemError: If it is of none of the forms, with the reason where it is known.
    """
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        raise ItemError(f"{path}: cannot be read: {error.strerror}") from error
    if start == b"PK\x03\x04":
        return "inspect"
    if start == b"PAR1":
        return "table" if {"item", "key"} <= set(parquet(path)[0]) else "records"
    text = text_of(path)
    if not text.lstrip().startswith(("{", "[")):
        if promptfoo.is_table_or_yaml(text):
            return "promptfoo"
        return "records" if _is_long(text) else "table"
    record = _first(text, path)
    first = record[0] if isinstance(record, list) and record else record
    keys = set(first) if isinstance(first, dict) else set()
    for form, signs in _SIGNS.items():
        if any(sign <= keys for sign in signs) and (form != "helm" or path.with_name(helm.SCORES).exists()):
            return form
    if isinstance(record, dict) and isinstance(record.get("results"), dict):
        return "promptfoo"
    if "request_states" in keys:
        raise ItemError(f"{path}: holds answers whose scores are in {helm.SCORES}: put that beside it")
    rows, _ = rows_of(path)
    if rows and (is_table(rows) or records.fits(rows)):
        return "records"
    if "results" in keys:
        return "promptfoo"
    known = f"not a form of recorded results that is known ({', '.join(forms)})"
    if not rows:
        raise ItemError(f"{path}: {known}; name the form")
    for sign, content in _NOT_SCORED:
        if sign <= set(rows[0]):
            raise ItemError(f"{path}: holds {content}")
    raise ItemError(
        f"{path}: {known}; its rows have {', '.join(list(rows[0])[:10])}; "
        f"a rules file says which is the item, which the mark, or answer and key{records.out_of_range(rows)}"
    )


def rows_of(path: Path) -> tuple[list[dict[str, Any]], list[str]]:
    """Read a file's rows, flat, and remarks on them: JSON, JSON Lines, CSV or Parquet."""
    with path.open("rb") as file:
        packed = file.read(4) == b"PAR1"
    if packed:
        columns, body = parquet(path)
        return records.unwrapped([dict(zip(columns, row, strict=True)) for row in body]), []
    text = text_of(path)
    if text.lstrip().startswith(("{", "[")):
        data, remarks = _data(text, path)
        return records.unwrapped(data), remarks
    head, rows, remarks = table.text_rows(path)
    return [dict(zip(head, cells, strict=True)) for _, cells in rows], remarks


def is_table(rows: list[dict[str, Any]]) -> bool:
    """True for the rows of a table: an item, a key, and columns of models."""
    names = {name.lower() for name in rows[0]}
    return {"item", "key"} <= names and names.isdisjoint(("model", "answer", "output", "response", "mark"))


def _is_long(text: str) -> bool:
    """True if a CSV has a row an answer, rather than a row an item: its head names model and answer, or a mark."""
    head = {name.strip().strip('"').lower() for name in text.partition("\n")[0].replace(";", ",").split(",")}
    return not {"item", "key"} <= head - {"model", "answer"} or {"model", "answer"} <= head if head & _LONG else False


_LONG = frozenset(("model", "response", "answer_correctness", "mark", "passed", "correct"))


def _data(text: str, path: Path) -> tuple[Any, list[str]]:
    """Parse a JSON file: one value, or a list of the lines' values, with a remark on a last line that is cut short."""
    try:
        return loaded(text, path), []
    except ItemError:
        values, remarks = lines(text, path)
        return [value for _, value in values], remarks


def _first(text: str, path: Path) -> Any:
    """The first object of a text: that of its first line, if that is one, or else the whole."""
    line = text.lstrip().partition("\n")[0]
    try:
        return lines(line + "\n", path)[0][0][1]
    except ItemError:
        return loaded(text, path)

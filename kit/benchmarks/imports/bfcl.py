"""Berkeley Function Calling Leaderboard: a score file lists what failed, the result file beside it lists all.

As written by ShishirPatil/gorilla, `berkeley-function-call-leaderboard`: `result/MODEL/..._result.json` and
`score/MODEL/..._score.json`, whose first line holds the sums.
"""

import math
from pathlib import Path
from typing import Any

from kit.benchmarks.imports.entries import Entry, Score, lines, need, number, tokens
from kit.benchmarks.tables import read
from kit.client import Answer
from kit.errors import ItemError

__all__ = ["entries"]


def entries(path: Path) -> tuple[list[Entry], list[str]]:
    """Read answers from either of the two files, and remarks on them.

    Raises:
        ItemError: If the other file is not where it belongs, or the two are not of the same items.
    """
    is_score = "_score" in path.name
    other = _other(path, "_score" if is_score else "_result", "_result" if is_score else "_score")
    score, result = (path, other) if is_score else (other, path)
    (_, sums), *wrong = lines(read(score), score)[0]
    failed = {need(row, "id", (str, int), f"{score}: line {n}") for n, row in wrong}
    rows = [row for _, row in lines(read(result), result)[0]]
    total = need(sums, "total_count", int, f"{score}: line 1")
    if total != len(rows):
        raise ItemError(f"{score}: it is of {total} items, and {result.name} holds {len(rows)}; take both of one run")
    model = next((row["model_name"] for _, row in wrong if isinstance(row.get("model_name"), str)), result.parent.name)
    answers = [_entry(row, f"{result}: row {n}", model, failed) for n, row in enumerate(rows, start=1)]
    return answers, [f"right is what {score.name} does not list"]


def _other(path: Path, own: str, sought: str) -> Path:
    name = path.name.replace(own, sought)
    folder = path.parent.parent.parent / sought.strip("_") / path.parent.name
    for candidate in (path.with_name(name), folder / name):
        if candidate.exists() and candidate != path:
            return candidate
    lack = "lists only what failed" if own == "_score" else "says not what is right"
    raise ItemError(f"{path}: BFCL's file{own} {lack}; put {name} beside it, from the same run")


def _entry(row: Any, place: str, model: str, failed: set[Any]) -> Entry:
    item = need(row, "id", (str, int), place)
    right = item not in failed
    seconds = number(_total(row.get("latency")))
    usage = tokens(_total(row.get("input_token_count")), _total(row.get("output_token_count")))
    text = str(row.get("result", ""))
    return Entry(model, str(item), Answer(text, "", usage, "", math.nan if seconds is None else seconds), 0, "",
                 Score("right" if right else "wrong", float(right)))  # fmt: skip


def _total(value: Any) -> Any:
    """A figure, or the sum of those of all turns and steps: `[[100, 120], [90]]` -> 310; None if one is unknown."""
    if not isinstance(value, list):
        return value
    parts = [_total(part) for part in value]
    return None if any(number(part) is None for part in parts) else sum(parts)

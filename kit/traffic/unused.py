"""Fields of a log that look like tokens or money and of which nothing is read, so that none is lost without a word."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from kit.text import plain
from kit.traffic.detect import Source
from kit.traffic.formats import Format, leaves
from kit.traffic.line_reader import flat

__all__ = ["unused"]

_LOOKS = re.compile(r"token|cost|spend|usd|quota|audio|image|cached|price", re.IGNORECASE)
_HARMLESS = re.compile(
    r"max_?(output_|completion_|input_)?tokens|budget_tokens|text_?tokens|prediction_tokens|per_second|limit"
    r"|api_key|enabled|price$|^price|_id$|uncached|_5m|no_cache$|hit$",
    re.IGNORECASE,
)
_MONEY = re.compile(r"cost|spend|usd|quota|price", re.IGNORECASE)
_TEXTS = {"messages", "input", "output", "request", "response", "body", "choices", "content", "parameters",
          "modelParameters", "model_parameters", "proxy_server_request", "request_body", "response_body"}  # fmt: skip
"""Columns that hold what was said: figures in it are words of somebody."""


def unused(source: Source, format: Format) -> list[str]:
    """Say which figures of the first rows are not read, and in how many of them."""
    if format.holds != "usage" or source.kind == "parquet":
        return []
    rows = [row for record in source.rows for row in islice(flat(record, format.rows, format.spread), 100)]
    read = {leaf for column in format.columns for path in format.paths(column) for leaf in leaves(path)}
    read |= {leaf for path in (*format.remarks, *format.keys, *format.ignored, *format.group) for leaf in leaves(path)}
    counts: Counter[str] = Counter()
    for row in rows:
        figures = dict(_figures({key: value for key, value in row.items() if key not in format.spread}))
        same = {(path.rpartition("/")[2], value) for path, value in figures.items() if path in read}
        counts.update(
            path
            for path, value in figures.items()
            if value and path not in read and (path.rpartition("/")[2], value) not in same
        )
    priced = "logged_usd" in format.columns
    shown = [path for path in counts if not (priced and _MONEY.search(path))]
    return [
        f"not used: {plain(path)} (in {counts[path]:,} of the first {len(rows):,} rows)" for path in sorted(shown)[:8]
    ]


def _figures(row: Mapping[str, Any], above: str = "", depth: int = 4) -> Iterator[tuple[str, float]]:
    """Paths and values of the figures in a row whose names look like tokens or money."""
    for key, value in row.items():
        path = f"{above}{key}"
        if isinstance(value, str) and value[:1] == "{" and value[-1:] == "}" and _LOOKS.search(value):
            try:
                value = json.loads(value)
            except ValueError:
                continue
        if isinstance(value, dict) and depth and (key not in _TEXTS or "usage" in value):
            inner = {"usage": value["usage"]} if key in _TEXTS else value
            yield from _figures(inner, f"{path}/", depth - 1)
        elif _LOOKS.search(key) and not _HARMLESS.search(path) and not isinstance(value, bool):
            try:
                yield path, float(value)
            except (TypeError, ValueError):
                continue

"""Rows of logs as tests need them: ten calls in each format are beside the project, rows of our own are made here."""

import csv
import gzip
import json

import pytest
from places import SHARED

LOGS = SHARED / "data" / "logs"
needs_logs = pytest.mark.skipif(not LOGS.exists(), reason="the sample logs are not beside the project")

PROMPT, OUTPUT = "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"
CACHED, REASONING = "gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.reasoning.output_tokens"


def row(n=0, **changes):
    """A row of the kit's own meter, of the n-th minute of a day; a change of None leaves a key out."""
    made = {
        "time": f"2026-10-05T{n // 60:02d}:{n % 60:02d}:00.000Z", "kit.id": f"c{n}", "kit.endpoint": "classify",
        "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o", PROMPT: 100, OUTPUT: 10,
        "kit.latency_s": 0.5, "kit.status": "ok",
    }  # fmt: skip
    return {key: value for key, value in (made | changes).items() if value is not None}


def jsonl(path, rows, end="\n"):
    """JSON Lines, gzipped if its name says so; a row that is text is written as it is."""
    text = "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows) + end
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def table(path, rows, encoding="utf-8", delimiter=","):
    """A CSV of rows, the first of which names the columns."""
    with path.open("w", newline="", encoding=encoding) as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return path


def rules(folder, text):
    """A file of rules."""
    path = folder / "rules.yaml"
    path.write_text(text)
    return path

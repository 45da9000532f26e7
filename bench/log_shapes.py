"""Logs as tools export them, read by the kit, beside DuckDB's bare read of the same bytes: ratios and memory.

LiteLLM's JSON Lines, OpenTelemetry's spans, one JSON document of Langfuse's, and a folder of a thousand one-call files.
Each reading is a process of its own. DuckDB reads the same columns as text and counts them; a document that is one
object it cannot read within the kit's memory, so there the bare read is of the same rows as JSON Lines.

    python bench/log_shapes.py [--mb 60]
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

TEXT = "Lorem ipsum dolor sit amet, consectetur adipiscing elit. " * 12
FILES = 1_000
COLUMNS = ("model", "startTime", "endTime", "messages", "input", "metadata", "usageDetails", "resourceSpans")


def moment(n: int) -> str:
    """The start of the nth call."""
    return datetime.fromtimestamp(1_793_500_000 + n, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def litellm(n: int) -> dict:
    """A row of LiteLLM's spend logs."""
    details = {"prompt_tokens": 1000, "completion_tokens": 100, "prompt_tokens_details": {"cached_tokens": 600}}
    return {"request_id": f"r{n}", "spend": 0.00275, "total_tokens": 1100, "prompt_tokens": 1000,
            "completion_tokens": 100, "startTime": moment(n), "endTime": moment(n + 1), "model": "gpt-4o",
            "cache_hit": "False", "messages": [{"role": "user", "content": TEXT}], "status": "success",
            "metadata": {"usage_object": details}}  # fmt: skip


def langfuse(n: int) -> dict:
    """An observation of Langfuse's."""
    usage = {"input": 400, "input_cached_tokens": 600, "output": 100, "total": 1100}
    return {"id": f"o{n}", "traceId": f"t{n}", "type": "GENERATION", "startTime": moment(n), "endTime": moment(n + 1),
            "model": "gpt-4o", "input": [{"role": "user", "content": TEXT}], "usageDetails": usage}  # fmt: skip


def spans(n: int) -> dict:
    """Twenty spans in one document of OTLP."""
    values = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o", "gen_ai.usage.input_tokens": 1000,
              "gen_ai.usage.output_tokens": 100, "gen_ai.prompt.0.content": TEXT}  # fmt: skip
    attributes = [
        {"key": key, "value": {"intValue" if isinstance(value, int) else "stringValue": value}}
        for key, value in values.items()
    ]
    made = [
        {"traceId": f"t{n}", "spanId": f"s{n}-{k}", "startTimeUnixNano": f"{1_793_500_000 + 20 * n + k}000000000",
         "endTimeUnixNano": f"{1_793_500_001 + 20 * n + k}000000000", "attributes": attributes}
        for k in range(20)
    ]  # fmt: skip
    return {"resourceSpans": [{"scopeSpans": [{"spans": made}]}]}


def rows(make: Callable[[int], dict], size: int) -> Iterator[str]:
    """Rows as JSON until they are as many bytes."""
    n = 0
    while size > 0:
        line = json.dumps(make(n))
        yield line
        size, n = size - len(line), n + 1


def main() -> None:
    """Print, for each shape, seconds of the kit and of DuckDB, their ratio, and the kit's peak memory."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--mb", type=int, default=60)
    size = options.parse_args().mb * 2**20
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        for name, make in (("litellm.jsonl", litellm), ("otlp.jsonl", spans), ("langfuse.jsonl", langfuse)):
            (place / name).write_text("\n".join(rows(make, size)) + "\n")
        (place / "langfuse.json").write_text(f'{{"data": [{", ".join(rows(langfuse, size))}]}}')
        (place / "many").mkdir()
        for n in range(FILES):
            (place / "many" / f"{n}.json").write_text(json.dumps(litellm(n)))
        print(
            f"{size // 2**20} MB each{'':28}{'the kit, s':>12}{'DuckDB, s':>12}{'ratio':>8}{'aim':>6}{'peak, MB':>10}"
        )
        pairs = (("LiteLLM, JSON Lines", "litellm.jsonl", ""), ("OTLP, JSON Lines", "otlp.jsonl", ""),
                 ("Langfuse, one document", "langfuse.json", "langfuse.jsonl"),
                 (f"{FILES:,} files of one call", "many", "many/*.json"))  # fmt: skip
        for title, file, same in pairs:
            kit, bare = child("kit", place / file), child("bare", place / (same or file))
            ratio = kit["cpu"] / bare["cpu"]
            print(f"{title:36}{kit['cpu']:12.2f}{bare['cpu']:12.2f}{ratio:7.1f}x{'3x':>6}{kit['peak']:10,.0f}")


def child(name: str, path: Path) -> dict:
    """What a process of its own took: processor seconds and peak memory."""
    done = subprocess.run([sys.executable, __file__, "child", name, str(path)], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{name} failed: {done.stderr[-2000:]}")
    return json.loads(done.stdout)


def kit(path: str) -> None:
    """Read a log."""
    from kit import traffic

    assert traffic.read_logs(path).files["rows"].sum()


def bare(path: str) -> None:
    """Read the columns that the kit needs as text, and add up their lengths."""
    import duckdb

    columns = ", ".join(f"{name}: 'VARCHAR'" for name in COLUMNS)
    sums = ", ".join(f"sum(length({name}))" for name in COLUMNS)
    source = f"read_json('{path}', format = 'newline_delimited', columns = {{{columns}}})"
    duckdb.sql(f"SELECT count(*), {sums} FROM {source}").df()  # noqa: S608 - names and paths are ours


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        import duckdb  # noqa: F401 - what both need is not counted
        import pandas  # noqa: F401

        began = time.process_time()
        {"kit": kit, "bare": bare}[sys.argv[2]](sys.argv[3])
        took = {"cpu": time.process_time() - began, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
        print(json.dumps(took))
    else:
        main()

"""Ten million usage rows as Parquet and a million as JSONL: read, normalised, and priced under every book.

Beside it in the same run: DuckDB's bare sums over the same file by the same groups, pandas, and genai-prices, which
prices call by call, on a sample. Each is a process of its own; the figures that count are the ratios, of seconds and,
where others share the machine, of processor seconds. With `--peers`, litellm is timed too where it is installed.

    python bench/traffic.py [--peers] [--rows 10000000] [--lines 1000000]
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parent.parent
MODELS = ["gpt-4o", "gpt-4o-mini", "deepseek-v4-flash", "gemini-1.5-pro", "kimi-k2.5", "glm-5", "claude-3.5-sonnet",
          "qwen3-coder-30b"]  # fmt: skip
ROUNDS = 3
SAMPLE = 20_000

# 30 days in order of time, as logs are; the eighth endpoint sends batches; a prompt in fifty is beyond Gemini's tier
ROWS = """
    SELECT 'call-' || i AS id, TIMESTAMP '2026-10-15' + to_microseconds({step} * i + dice(i) % {step}) AS "at",
      CAST(0 AS DOUBLE) AS hours, 'endpoint_' || dice(i + 1) % 8 AS endpoint, {models}[1 + dice(i + 2) % 8] AS logged,
      'maker' AS provider, CAST(1 AS BIGINT) AS requests,
      CASE WHEN ok THEN 500 + dice(i + 3) % 3000 + CASE WHEN dice(i + 4) % 50 = 0 THEN 150000 ELSE 0 END ELSE 0 END
        AS prompt,
      CASE WHEN ok AND dice(i + 5) % 3 = 0 THEN CAST(256 AS BIGINT) ELSE 0 END AS cached, CAST(0 AS BIGINT) AS written,
      CASE WHEN ok THEN 1 + dice(i + 6) % 500 ELSE 0 END AS output, CAST(0 AS BIGINT) AS reasoning,
      dice(i + 1) % 8 = 7 AS batch, dice(i + 7) % 50 <> 0 AS billed,
      CASE WHEN ok THEN 'ok' ELSE 'RateLimitError' END AS status, dice(i + 8) % 3000 / 1000 AS latency_s,
      CAST(NULL AS DOUBLE) AS first_token_s, CAST(NULL AS DOUBLE) AS logged_usd, CAST(NULL AS VARCHAR) AS request,
      CAST(NULL AS VARCHAR) AS answer, 'usage' AS format, 'traffic' AS file
    FROM (SELECT i, dice(i + 9) % 100 <> 0 AS ok FROM range({rows}) t(i))"""

LINES = """
    SELECT '{"time": "' || strftime("at", '%Y-%m-%dT%H:%M:%S.%gZ') || '", "kit.id": "' || id || '", "kit.endpoint": "'
      || endpoint || '", "gen_ai.operation.name": "chat", "gen_ai.provider.name": "maker", "gen_ai.request.model": "'
      || logged || '", "gen_ai.usage.input_tokens": ' || prompt || ', "gen_ai.usage.output_tokens": ' || output
      || ', "gen_ai.usage.cache_read.input_tokens": ' || cached || ', "kit.latency_s": ' || latency_s
      || ', "kit.status": "' || status || '"' || CASE WHEN batch THEN ', "kit.batch": true' ELSE '' END || '}'
    FROM """

BARE = {
    "parquet": """
        SELECT endpoint, logged, "at"::DATE AS day, sum(requests), sum(prompt), sum(cached), sum(written), sum(output),
          sum(reasoning) FROM read_parquet($file) GROUP BY ALL""",
    "jsonl": """
        SELECT "kit.endpoint", "gen_ai.request.model", time::DATE AS day, count(*), sum("gen_ai.usage.input_tokens"),
          sum("gen_ai.usage.cache_read.input_tokens"), sum("gen_ai.usage.output_tokens")
        FROM read_json($file, format = 'newline_delimited', columns = {"kit.endpoint": 'VARCHAR',
          "gen_ai.request.model": 'VARCHAR', time: 'TIMESTAMP', "gen_ai.usage.input_tokens": 'BIGINT',
          "gen_ai.usage.cache_read.input_tokens": 'BIGINT', "gen_ai.usage.output_tokens": 'BIGINT'}) GROUP BY ALL""",
}
"""What DuckDB would be asked for tokens alone: no price, no check, and of JSONL only what is summed."""


def main() -> None:
    """Print seconds, rows a second, ratios and memory, each beside its aim."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--peers", action="store_true", help="time litellm, too, where it is installed")
    options.add_argument("--rows", type=int, default=10_000_000)
    options.add_argument("--lines", type=int, default=1_000_000)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        parquet, jsonl = Path(folder, "traffic.parquet"), Path(folder, "traffic.jsonl")
        times = []
        for file, rows in ((parquet, chosen.rows), (jsonl, chosen.lines)):
            run("generate", file, rows)
            times.append(compare(file, rows))
        print(f"\n{f'{SAMPLE:,} calls, one after another':40}{'rows/s':>9}{'the kit':>10}{'by CPU':>9}{'aim':>18}")
        for peer in ["genai_prices", *(["litellm"] if chosen.peers and find_spec("litellm") else [])]:
            runs = [run(peer, parquet, SAMPLE) for _ in range(ROUNDS)]
            wall, cpu = (min(times) / SAMPLE for times in zip(*(one["took"] for one in runs), strict=True))
            ours, ours_cpu = (took / chosen.rows for took in times[0])
            print(
                f"{peer:40}{1 / wall:9,.0f}{wall / ours:9,.0f}x{cpu / ours_cpu:8,.0f}x{'500x':>18}\n{runs[0]['said']}"
            )


def compare(file: Path, rows: int) -> tuple[float, float]:
    """Print what one file takes; returns the seconds, and those of CPU, in which the kit prices and groups it."""
    runs: dict[str, list[dict]] = {"bare": [], "kit": [], "pandas": [run("pandas", file, rows)]}
    for _ in range(ROUNDS):  # in turn, since the machine may have other things to do
        for name in ("bare", "kit"):
            runs[name].append(run(name, file, rows))
    best = {
        f"{name} {step}": tuple(min(times) for times in zip(*(one["took"][step] for one in some), strict=True))
        for name, some in runs.items()
        for step in some[0]["took"]
    }
    best["kit both"] = tuple(map(sum, zip(best["kit read"], best["kit priced"], strict=True)))
    bare, bare_cpu = best["bare summed"]
    title = f"{rows:,} rows of {file.suffix[1:]}"
    print(f"\n{title:40}{'seconds':>9}{'M rows/s':>10}{'of bare':>9}{'of its CPU':>12}{'aim':>6}")
    for step, (label, aim) in STEPS.items():
        seconds, cpu = best[step]
        print(
            f"{label:40}{seconds:9.2f}{rows / seconds / 1e6:10.1f}{seconds / bare:8.1f}x{cpu / bare_cpu:11.1f}x{aim:>6}"
        )
    print(f"peak memory of the kit's process {max(one['peak'] for one in runs['kit']):,.0f} MB (aim: under 1,500), "
          f"of pandas' {runs['pandas'][0]['peak']:,.0f} MB")  # fmt: skip
    return best["kit priced"]


STEPS = {
    "bare summed": ("DuckDB, bare sums", ""),
    "kit priced": ("the kit: priced by three books, grouped", "3x"),
    "kit both": ("the same, with reading and checking", ""),
    "pandas summed": ("pandas, read and summed", ""),
}


def run(name: str, file: Path, rows: int) -> dict:
    """What a process of its own says it took."""
    done = subprocess.run(
        [sys.executable, __file__, "child", name, str(file), str(rows)], capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"{name} failed: {done.stderr[-2000:]}")
    return json.loads(done.stdout)


def took(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds, and processor seconds of all threads."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


# Each prints nothing and returns what it took; imports stand inside, since each is a process of its own.


def generate(file: Path, rows: int) -> dict:
    """Write the rows; their dice are hashes, so that they are the same each time."""
    import duckdb

    duckdb.sql("CREATE MACRO dice(n) AS CAST(hash(n) >> 2 AS BIGINT)")
    made = ROWS.format(step=30 * 86_400_000_000 // rows, models=MODELS, rows=rows)
    if file.suffix == ".parquet":
        duckdb.sql(f"COPY ({made}) TO '{file}'")
    else:
        duckdb.sql(f"COPY ({LINES} ({made})) TO '{file}' (FORMAT csv, HEADER false, QUOTE '', DELIMITER '\x01')")
    return {}


def bare(file: Path, rows: int) -> dict:
    """The sums, as DuckDB makes them of the file."""
    import duckdb
    import pandas as pd

    assert pd, "a frame is what comes back"
    query = BARE[file.suffix[1:]]
    return {"took": {"summed": took(lambda: duckdb.execute(query, {"file": str(file)}).df())}}


def kit(file: Path, rows: int) -> dict:
    """Read, then priced under three books by endpoint, model and day."""
    from kit import traffic

    books, found = shelf(), []
    read = took(lambda: found.append(traffic.read_logs(file, now=datetime(2026, 11, 24, tzinfo=UTC))))
    priced = took(lambda: found.append(traffic.bill(found[0], books)))
    assert rows * len(books) == found[1]["requests"].sum()
    return {"took": {"read": read, "priced": priced}, "peak": peak()}


def shelf() -> list:
    """The three books, the list read from its package."""
    from kit import pricing

    some = pricing.shelf(str(ROOT / "params" / "contract.example.yaml"))
    for book in some:
        book.rate("gpt-4o", datetime(2026, 11, 1, tzinfo=UTC))
    return some


def pandas(file: Path, rows: int) -> dict:
    """The sums in pandas: a frame of the columns needed, by its own reader, or DuckDB's for Parquet."""
    import duckdb
    import pandas as pd

    def summed() -> pd.DataFrame:
        if file.suffix == ".parquet":
            frame = duckdb.execute(
                'SELECT endpoint, logged, "at", requests, prompt, cached, written, output, reasoning '
                "FROM read_parquet($1)",
                [str(file)],
            ).df()
            keys = ["endpoint", "logged", frame["at"].dt.normalize()]
        else:
            frame = pd.read_json(file, lines=True)
            keys = ["kit.endpoint", "gen_ai.request.model", pd.to_datetime(frame["time"]).dt.normalize()]
        return frame.groupby(keys).sum(numeric_only=True)

    return {"took": {"summed": took(summed)}, "peak": peak()}


def peak() -> float:
    """The most memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def sample(file: Path, rows: int) -> list[dict]:
    """Some of the calls, as they come."""
    import duckdb

    calls = f"""SELECT logged, "at", prompt, cached, output, batch FROM read_parquet('{file}') WHERE billed"""  # noqa: S608
    return duckdb.sql(f"FROM ({calls}) USING SAMPLE reservoir({rows} ROWS) REPEATABLE (1)").df().to_dict("records")


def genai_prices(file: Path, rows: int) -> dict:
    """Its own calculator, call by call; and whether the kit says the same of each call, to the last digit."""
    import pandas as pd
    from genai_prices import Usage, calc_price

    from kit import catalog, traffic
    from kit.traffic import Traffic

    calls = sample(file, rows)
    entries = {model: catalog.model(model).list[0].split("/", 1) for model in MODELS}
    theirs = []

    def price() -> None:
        for call in calls:
            provider, model = entries[call["logged"]]
            usage = Usage(input_tokens=call["prompt"], cache_read_tokens=call["cached"], output_tokens=call["output"])
            context = {"processing": "batch"} if call["batch"] else None
            at = call["at"].to_pydatetime().replace(tzinfo=UTC)
            theirs.append(calc_price(usage, model, provider_id=provider, genai_request_timestamp=at,
                                     price_context=context).total_price)  # fmt: skip

    spent = took(price)
    frame = pd.DataFrame(calls).assign(file=[str(n) for n in range(rows)])
    books = [book for book in shelf() if book.name == "list"]
    bill = traffic.bill(Traffic.of(frame, {name: name for name in MODELS}), books, ["file"]).set_index("file")
    ours = bill.loc[frame["file"], "usd"]
    # apart stand the two traps that the list book goes round
    unlisted = ours.isna().to_numpy()
    there = frame["at"] + pd.Timedelta(hours=8)
    weekend = ((frame["logged"] == "deepseek-v4-flash") & (there.dt.dayofweek >= 5)).to_numpy() & ~unlisted
    apart = unlisted | weekend
    same = (ours.to_numpy() == [float(usd) for usd in theirs]) & ~apart
    said = (
        f"  the kit's dollars are the same to the last digit for {same.sum():,} of {len(same) - apart.sum():,} calls;\n"
        f"  apart: {unlisted.sum():,} in batch where the list has no such price (the kit: unknown), and "
        f"{weekend.sum():,} of V4 Flash\n  at weekends, which the list does not know"
    )
    return {"took": spent, "said": said}


def litellm(file: Path, rows: int) -> dict:
    """Its calculator, call by call, as if all were of a model that it knows."""
    import litellm

    calls = sample(file, rows)

    def price() -> None:
        for call in calls:
            litellm.cost_per_token(model="gpt-4o", prompt_tokens=call["prompt"], completion_tokens=call["output"],
                                   cache_read_input_tokens=call["cached"])  # fmt: skip

    return {"took": took(price), "said": ""}


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        _, _, which, place, count = sys.argv
        print(json.dumps(globals()[which](Path(place), int(count))))
    else:
        main()

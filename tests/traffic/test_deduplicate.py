"""What several files tell of counts once; what they do not share counts as often as it is there."""

import json

import pytest
from logged import LOGS, OUTPUT, PROMPT, jsonl, needs_logs, row, rules, table

from kit import traffic as logs
from kit.errors import UsageError

OWN = "columns: {at: t, logged: m, prompt: i, output: o}"


def counts(traffic):
    """Rows and doubles by file name."""
    return {
        file.rpartition("/")[2]: (rows, doubles)
        for file, rows, doubles in traffic.files[["file", "rows", "doubles"]].itertuples(index=False)
    }


def test_overlapping_exports(tmp_path):
    """Of two exports that share days, the calls of those count once, by their ids."""
    jsonl(tmp_path / "a.jsonl", [row(n) for n in range(6)])
    jsonl(tmp_path / "b.jsonl.gz", [row(n) for n in range(4, 10)])
    traffic = logs.read_logs(tmp_path)
    assert ({"a.jsonl": (6, 0), "b.jsonl.gz": (4, 2)}, 10) == (counts(traffic), len(traffic.frame()))
    assert "counted once: rows that tell of the same call or bucket as another row (2)" in traffic.notes


def test_twice_in_one_file(tmp_path):
    """A file that was put together of two says a call twice: it counts once, in order of time or not."""
    for rows in ([row(0), row(0), row(1)], [row(0), row(1), row(0)]):
        traffic = logs.read_logs(jsonl(tmp_path / "a.jsonl", rows))
        assert {"a.jsonl": (2, 1)} == counts(traffic)


@pytest.mark.parametrize(
    ("other", "calls"),
    [
        pytest.param(row(0, time="2026-10-05T00:00:30.000Z"), 2, id="an id that begins anew in each file"),
        pytest.param(row(0, **{"kit.id": "other"}), 2, id="two calls at one moment"),
        pytest.param(row(0, **{OUTPUT: 12}), 1, id="the same call, told of more fully"),
    ],
)
def test_same_call(tmp_path, other, calls):
    """A call is the same if its id and its start are."""
    jsonl(tmp_path / "a.jsonl", [row(0)])
    jsonl(tmp_path / "b.jsonl", [other])
    frame = logs.read_logs(tmp_path).frame()
    assert (calls, max(row(0)[OUTPUT], other[OUTPUT])) == (len(frame), frame["output"].max())


def test_files_that_do_not_meet(tmp_path):
    """Ids that begin anew each day are of different calls."""
    jsonl(tmp_path / "a.jsonl", [row(0), row(1)])
    jsonl(tmp_path / "b.jsonl", [row(0, time="2026-10-06T00:00:00Z"), row(1, time="2026-10-06T00:01:00Z")])
    traffic = logs.read_logs(tmp_path)
    assert ({"a.jsonl": (2, 0), "b.jsonl": (2, 0)}, ()) == (counts(traffic), traffic.notes)


def test_rows_without_ids(tmp_path):
    """Without ids, a row counts as often as it stands in the file that has it most often."""
    head, one, other = (
        ["t", "m", "i", "o"],
        ["2026-10-05T01:00:00Z", "gpt-4o", 9, 1],
        ["2026-10-05T01:00:01Z", "gpt-4o", 9, 1],
    )
    table(tmp_path / "a.csv", [head, one, one, other])
    table(tmp_path / "b.csv", [head, one, other, other, other])
    said = rules(tmp_path / "..", OWN)
    assert 3 == len(logs.read_logs(tmp_path / "a.csv", said).frame())
    traffic = logs.read_logs(tmp_path, said)
    assert ([2, 3], {"a.csv": (3, 0), "b.csv": (2, 2)}) == (
        [int(n) for n in traffic.frame().groupby("at").size()], counts(traffic)
    )  # fmt: skip


HEAD = ["start_time", "end_time", "start_time_iso", "project_id", "num_model_requests", "model", "batch",
        "input_tokens", "output_tokens", "input_cached_tokens"]  # fmt: skip


def bucket(requests, project="p", model="gpt-4o-2024-08-06", day=1791158400, hours=24, batch="False"):
    return [day, day + 3600 * hours, "", project, requests, model, batch, requests * 100, requests * 10, 0]


@pytest.mark.parametrize(
    ("early", "late", "requests"),
    [
        pytest.param([bucket(5)], [bucket(8)], 8, id="the day was not over: the fuller row counts"),
        pytest.param([bucket(8)], [bucket(5)], 8, id="in whichever order"),
        pytest.param([bucket(5), bucket(2)], [bucket(8), bucket(3)], 11, id="several rows a bucket, each grew"),
        pytest.param([bucket(5)], [bucket(5, "q")], 10, id="two projects"),
        pytest.param([bucket(5)], [bucket(5, batch="TRUE")], 10, id="by batch and not"),
        pytest.param([bucket(5), bucket(5)], [bucket(1, day=1791244800)], 11, id="two rows that are alike in one file"),
    ],
)
def test_buckets(tmp_path, early, late, requests):
    """A bucket that is exported again counts once, where it is fuller."""
    table(tmp_path / "a.csv", [HEAD, *early])
    table(tmp_path / "b.csv", [HEAD, *late])
    assert requests == logs.read_logs(tmp_path).frame()["requests"].sum()


def test_buckets_of_two_lengths(tmp_path):
    """Days and hours of the same traffic would count it twice."""
    table(tmp_path / "a.csv", [HEAD, bucket(5)])
    table(tmp_path / "b.csv", [HEAD, bucket(5, hours=1)])
    with pytest.raises(UsageError, match="openai-usage-csv: both tell of gpt-4o from 2026-10-05 00:00 on"):
        logs.read_logs(tmp_path)


def test_buckets_and_calls(tmp_path):
    """Buckets, and calls inside them, would count traffic twice: which, and from when, is said."""
    table(tmp_path / "a.csv", [HEAD, bucket(5)])
    jsonl(tmp_path / "b.jsonl", [row(1)])
    with pytest.raises(UsageError, match="openai-usage-csv and kit: both tell of gpt-4o .* read one of them"):
        logs.read_logs(tmp_path)
    jsonl(tmp_path / "b.jsonl", [row(1, **{"gen_ai.request.model": "gpt-4o-mini"})])
    assert 6 == logs.read_logs(tmp_path).frame()["requests"].sum()
    jsonl(tmp_path / "b.jsonl", [row(1, time="2026-10-06T00:00:00Z")])
    assert 6 == logs.read_logs(tmp_path).frame()["requests"].sum()


@needs_logs
@pytest.mark.parametrize(
    ("files", "rows"),
    [
        pytest.param(["litellm/spend_logs.json", "litellm/LiteLLM_SpendLogs.csv"], 11, id="a table in two forms"),
        pytest.param(["litellm/LiteLLM_SpendLogs.csv", "openrouter"], 11, id="a proxy and the service behind it"),
        pytest.param(["helicone", "langfuse", "otel/spans.otlp.jsonl", "openrouter"], 10, id="four of them"),
        pytest.param(["openai/usage_completions.json", "openai/completions_usage_2026-10-04_2026-10-06.csv"], 4,
                     id="buckets of the API and of the export"),
    ],
)  # fmt: skip
def test_two_formats(files, rows):
    """Calls in two formats are one if model, minute and tokens agree, and that is said."""
    traffic = logs.read_logs([LOGS / file for file in files])
    assert (rows, True) == (len(traffic.frame()), "counted once" in traffic.notes[0])


@needs_logs
def test_two_formats_of_charges():
    """An export and an API's answer that tell of one day's charges are not added up."""
    files = [LOGS / "openai" / name for name in ("costs.json", "cost_2026-10-04_2026-10-06.csv")]
    with pytest.raises(UsageError, match="openai-costs and openai-costs-csv: both tell what was charged on 2026-10-05"):
        logs.read_logs(files)


@needs_logs
def test_charges_again(tmp_path):
    """A charge that is exported again counts once."""
    data = (LOGS / "anthropic" / "cost_report.json").read_text()
    (tmp_path / "a.json").write_text(data)
    (tmp_path / "b.json").write_text(data.replace("1.10964", "1.5"))
    traffic = logs.read_logs(tmp_path)
    assert ([(0.015,)], {"a.json": (0, 1), "b.json": (1, 0)}) == (
        traffic.db.execute("SELECT usd FROM charges").fetchall(), counts(traffic)
    )  # fmt: skip


@needs_logs
def test_a_call_alike_in_one_format():
    """Two calls of one format are two, though all agrees: only another format can tell of one again."""
    traffic = logs.read_logs([LOGS / "litellm" / "LiteLLM_SpendLogs.csv", LOGS / "openrouter"])
    assert 2 == len(traffic.frame("output = 22"))


def test_meter_and_own_table(tmp_path):
    """The kit's rows, and the table that was made of them, tell of the same calls."""
    path = jsonl(tmp_path / "a.jsonl", [row(n, **{PROMPT: 100 + n}) for n in range(50)])
    logs.read_logs(path).db.execute(f"COPY (FROM usage) TO '{tmp_path}/a.parquet'")
    traffic = logs.read_logs(tmp_path)
    assert (50, sum(range(100, 150))) == (len(traffic.frame()), traffic.frame()["prompt"].sum())


@pytest.mark.parametrize("ending", ["parquet", "jsonl", "csv"])
def test_own_table_comes_back(tmp_path, ending):
    """The table as Parquet, JSON Lines or CSV reads as it was written."""
    rows = [row(n, **{"kit.request": {"messages": [{"role": "user", "content": 'x, "y"\n'}]}}) for n in range(20)]
    first = logs.read_logs(jsonl(tmp_path / "a.jsonl", rows))
    kind = {"parquet": "parquet", "jsonl": "json", "csv": "csv"}[ending]
    first.db.execute(f"COPY (FROM usage) TO '{tmp_path}/own.{ending}' (FORMAT {kind})")
    again = logs.read_logs(tmp_path / f"own.{ending}")
    columns = [name for name in logs.COLUMNS if name not in ("format", "file")]
    assert json.loads(first.frame()["request"][0]) == json.loads(again.frame()["request"][0])
    assert first.frame()[columns].equals(again.frame()[columns])

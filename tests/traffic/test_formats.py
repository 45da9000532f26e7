"""The rules of formats are complete, a team's own are checked, and what they say is done."""

import json

import pytest
from logged import LOGS, jsonl, needs_logs, row, rules, table

from kit import traffic as logs
from kit.errors import UsageError
from kit.traffic.formats import Rules, known_formats
from kit.traffic.usage_table import database

EXAMPLE = "params/logs.example.yaml"


@pytest.mark.parametrize("name", list(known_formats()))
def test_table(name):
    """Each format names its source, its signs, and where the columns stand without which no row counts."""
    format = known_formats()[name]
    needed = {"usage": {"at", "logged", "prompt", "output"}, "charges": {"at", "usd"}, "nothing": set()}
    assert (True, True, True, set()) == (
        bool(format.title), bool(format.source), bool(format.signs or format.lines),
        needed[format.holds] - set(format.columns),
    )  # fmt: skip
    parts = {format.cached, format.written, format.reasoning}
    assert (set(), True, True) == (
        parts - {"inside", "beside", "unstated"}, format.latency in ("s", "ms", "us", "ns"),
        format.usd in ("usd", "cents", "nanousd"),
    )  # fmt: skip


@pytest.mark.parametrize("part", ["cached", "written", "reasoning"])
def test_unstated_parts_have_no_column(part):
    """A part that a format leaves unstated is read from nowhere, and one that is stated from somewhere."""
    stated = {
        name: getattr(format, part) != "unstated" for name, format in known_formats().items() if format.holds == "usage"
    }
    assert stated == {name: part in known_formats()[name].columns for name in stated}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("fromat: kit", "'fromat' is not a key here; did you mean 'format'?", id="a key"),
        pytest.param("format: openruoter", "'openruoter' is not a format; did you mean 'openrouter'?", id="format"),
        pytest.param("zone: Europe/Berlín", "is no time zone, such as Europe/Berlin", id="in a zone"),
        pytest.param("format: kit\ncolumns: {promt: x}", "'promt' is not a column of usage; did you mean 'prompt'?",
                     id="in a column"),
        pytest.param("columns: {at: t, logged: m, prompt: i}", "columns: 'output' is missing", id="no output"),
        pytest.param("format: kit\ncolumns: {prompt: 3}", "columns.prompt: must name a column", id="a number"),
        pytest.param("units: {latency: min}", "units.latency: 'min' is not a unit", id="minutes"),
        pytest.param("units: {prompt: k}", "units: 'prompt' has no unit", id="a unit of tokens"),
        pytest.param("beside: [output]", "beside: 'output' is not a part of tokens", id="output beside itself"),
        pytest.param("models: {gpt: 4}", "models: 'gpt': both sides are names", id="a number for a model"),
        pytest.param("models: [gpt]", "models: dict belongs here, not list", id="a list for a mapping"),
        pytest.param("- kit", "must have keys", id="a list for all"),
        pytest.param("format: [", "cannot be read", id="no YAML"),
    ],
)  # fmt: skip
def test_bad_rules(tmp_path, text, said):
    """What is wrong with rules is one line with the file, the key and what would be right."""
    with pytest.raises(UsageError, match="rules.yaml") as caught:
        Rules.read(rules(tmp_path, text))
    assert (True, False) == (said in str(caught.value), "\n" in str(caught.value))


def test_example(tmp_path, root):
    """The example reads a table of a team's own: cents, milliseconds, Berlin's time, cached beside, names mapped."""
    head = ["started", "model_name", "route", "tokens_in", "tokens_cached", "tokens_out", "took_ms", "cost"]
    path = table(tmp_path / "a.csv", [
        head,
        ["2026-10-05 03:30:00", "support-gpt4o", "classify", 156, 1024, 22, 664, "0.317"],
        ["2026-10-05T01:31:00Z", "our-mini", "extract", 640, 0, 118, 1815, ""],
        ["2026-11-01 00:30:00+01:00", "nobody-knows", "extract", 1, 0, 1, 1, ""],
    ])  # fmt: skip
    traffic = logs.read_logs(path, root / EXAMPLE)
    first, second, third = traffic.frame().itertuples()
    assert ("2026-10-05 01:30:00", "classify", 1180, 1024, 22, 0.664, 0.00317) == (
        str(first.at), first.endpoint, first.prompt, first.cached, first.output, first.latency_s,
        pytest.approx(first.logged_usd),
    )  # fmt: skip
    assert ("2026-10-05 01:31:00", "2026-10-31 23:30:00") == (str(second.at), str(third.at))
    assert {"support-gpt4o": "gpt-4o", "our-mini": "openai/gpt-5-mini", "nobody-knows": None} == traffic.models


@pytest.mark.parametrize("ending", ["csv", "jsonl", "json", "parquet"])
def test_own_columns(tmp_path, ending):
    """Columns of a team's own are read from CSV, JSON Lines, JSON or Parquet alike; what is left open is said."""
    nested = jsonl(tmp_path / "rows.jsonl", [
        {"when": f"2026-10-05 01:0{n}:00", "model": "gpt-4o", "usage": {"in": 100, "cached": 40, "out": n + 1}}
        for n in range(3)
    ])  # fmt: skip
    path = tmp_path / "made" / f"a.{ending}"
    path.parent.mkdir()
    kind = {"csv": "csv", "jsonl": "json", "json": "json, ARRAY true", "parquet": "parquet"}[ending]
    database().execute(f"COPY (FROM read_json('{nested}')) TO '{path}' (FORMAT {kind})")
    text = "columns: {at: when, logged: model, prompt: usage/in, cached: usage/cached, output: usage/out}"
    if ending == "csv":  # DuckDB writes its own notation for what is nested
        source = [
            ["when", "model", "in", "cached", "out"],
            *([f"2026-10-05 01:0{n}:00", "gpt-4o", 100, 40, n + 1] for n in range(3)),
        ]
        table(path, source)
        text = "columns: {at: when, logged: model, prompt: [in, tokens], cached: cached, output: out}"
    traffic = logs.read_logs(path, rules(tmp_path, text))
    frame = traffic.frame()
    assert (["own"], 300, 120, 6, "2026-10-05 01:02:00") == (
        list(traffic.files["format"]), frame["prompt"].sum(), frame["cached"].sum(), frame["output"].sum(),
        str(frame["at"].max()),
    )  # fmt: skip
    assert {"times that name no zone are read as UTC", "cached are read as counted inside prompt or output"} == set(
        traffic.notes
    )


def test_own_buckets(tmp_path):
    """Buckets of a team's own have an end; sums of columns are written with a plus."""
    path = table(tmp_path / "a.csv", [["from", "to", "m", "n", "fresh", "cached", "out"],
                                      ["2026-10-05", "2026-10-06", "gpt-4o", 7, 60, 40, 5]])  # fmt: skip
    text = "columns: {at: from, until: to, logged: m, requests: n, prompt: fresh + cached, cached: cached, output: out}"
    (call,) = logs.read_logs(path, rules(tmp_path, text)).frame().itertuples()
    assert (24.0, 7, 100, 40, 5) == (call.hours, call.requests, call.prompt, call.cached, call.output)


def test_missing_column(tmp_path):
    """A column that the rules name and the file has not is said, with what may be meant."""
    path = table(tmp_path / "a.csv", [["time", "model", "tokens_in", "tokens_out"], ["2026-10-05", "gpt-4o", 1, 1]])
    said = rules(tmp_path, "columns: {at: time, logged: model, prompt: token_in, output: tokens_out}")
    with pytest.raises(
        UsageError, match="the rules name a column 'token_in', which it has not; did you mean 'tokens_in'"
    ):
        logs.read_logs(path, said)


def test_forced(tmp_path):
    """A format that is forced is taken at its word, with a column in another place; if it cannot be, that is said."""
    renamed = [{("id" if key == "kit.id" else key): value for key, value in row(n).items()} for n in range(2)]
    path = jsonl(tmp_path / "a.jsonl", renamed)
    with pytest.raises(UsageError, match="no log that is known"):
        logs.read_logs(path)
    traffic = logs.read_logs(path, rules(tmp_path, "format: kit\ncolumns: {id: id}"))
    assert (["kit"], ["c0", "c1"]) == (list(traffic.files["format"]), list(traffic.frame()["id"]))
    with pytest.raises(UsageError, match="cannot be read as openrouter, which the rules name: nothing in it says 'at'"):
        logs.read_logs(path, rules(tmp_path, "format: openrouter"))


@needs_logs
def test_bare_rows(tmp_path):
    """Rows that a format keeps in documents are known without them: observations, one a line."""
    data = json.loads((LOGS / "langfuse" / "observations.json").read_text())["data"]
    traffic = logs.read_logs(jsonl(tmp_path / "a.jsonl", data))
    assert (["langfuse"], 10, 160256) == (
        list(traffic.files["format"]),
        len(traffic.frame()),
        traffic.frame()["prompt"].sum(),
    )


@needs_logs
@pytest.mark.parametrize(
    ("changes", "prompt", "output"),
    [
        pytest.param({}, 1204, 25, id="parts beside, as the total says"),
        pytest.param({"input": 1204}, 1204, 25, id="parts inside, as the total says"),
        pytest.param({"total": None}, 1204, 25, id="no total: beside, as the format says"),
    ],
)
def test_total_tells(tmp_path, changes, prompt, output):
    """Langfuse counts parts beside or inside, by the path that they came; a row's own total tells."""
    data = json.loads((LOGS / "langfuse" / "observations.json").read_text())["data"][1]
    details = {key: n for key, n in (data["usageDetails"] | changes).items() if n is not None}
    data |= {"usageDetails": details, "totalTokens": details.get("total")}
    (call,) = logs.read_logs(jsonl(tmp_path / "a.jsonl", [data])).frame().itertuples()
    assert (prompt, 1024, output) == (call.prompt, call.cached, call.output)


def test_agents_are_no_calls(tmp_path):
    """An agent's span, or a tool's, repeats what the calls below it used, and does not count."""

    def span(id, operation):
        attributes = {"gen_ai.operation.name": operation, "gen_ai.request.model": "gpt-4o",
                      "gen_ai.usage.input_tokens": "100", "gen_ai.usage.output_tokens": "10"}  # fmt: skip
        return {
            "traceId": "t", "spanId": id, "name": operation, "startTimeUnixNano": "1791163800000000000",
            "endTimeUnixNano": "1791163801000000000",
            "attributes": [{"key": key, "value": {"stringValue": value}} for key, value in attributes.items()],
        }  # fmt: skip

    spans = [span("a", "chat"), span("b", "invoke_agent"), span("c", "execute_tool"), span("d", "embeddings")]
    traffic = logs.read_logs(jsonl(tmp_path / "a.jsonl", [{"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}]))
    assert ["a", "d"] == list(traffic.frame()["id"])


@needs_logs
def test_remarks(tmp_path):
    """What is billed at another rate than text, and is counted as text, is said."""
    text = (LOGS / "openai" / "usage_completions.json").read_text()
    (tmp_path / "a.json").write_text(text.replace('"input_audio_tokens": 0', '"input_audio_tokens": 50', 1))
    notes = "\n".join(logs.read_logs(tmp_path).notes)
    assert "a.json: 50 audio tokens are counted as text, which is cheaper" in notes


def test_synthetic_says_so(tmp_path):
    """A log that is made up says that it is."""
    traffic = logs.read_logs(jsonl(tmp_path / "a.jsonl", [row(0, **{"kit.synthetic": True})]))
    assert ("a.jsonl is synthetic: no service sent these calls",) == traffic.notes

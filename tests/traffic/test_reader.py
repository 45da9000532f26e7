"""Each format's sample loads to totals added up by hand from the ten calls, and all formats tell the same of a call."""

import csv
import json
import random
from datetime import datetime

import pandas as pd
import pytest
from logged import LOGS, needs_logs

from kit import pricing
from kit import traffic as logs
from kit.errors import UsageError
from kit.traffic import billing

pytestmark = needs_logs

SUMS = """SELECT sum(requests)::BIGINT, sum(prompt)::BIGINT, sum(cached)::BIGINT, sum(written)::BIGINT,
    sum(output)::BIGINT, sum(reasoning)::BIGINT, count(*) FILTER (NOT billed), count(*) FILTER (status <> 'ok'),
    coalesce(sum(requests) FILTER (batch), 0)::BIGINT FROM usage"""

# The ten calls, as the README of the samples has them: prompt (of it cached, written), output (of it reasoning).
#   r01 gpt-4o 1180, 22          r02 gpt-4o 1204 (1024 cached), 25    r03 gpt-4o-mini 640, 118
#   r04 gpt-5-mini 512, 960 (832 reasoning)                            r05 sonnet 2300 (2048 written), 40
#   r06 sonnet 2310 (2048 cached), 44                                  r07 deepseek 905 (768 cached), 61
#   r08 deepseek 905, 702 (640 reasoning)    r09 gpt-4o, failed        r10 gemini 150300, 310
# All: prompt 160256, cached 3840, written 2048, output 2282, reasoning 1472.
ALL = (10, 160256, 3840, 2048, 2282, 1472, 0, 1, 0)


@pytest.mark.parametrize(
    ("file", "format", "sums"),
    [
        pytest.param("helicone/requests.jsonl", "helicone", ALL, id="Helicone"),
        pytest.param("langfuse/observations.json", "langfuse", ALL, id="Langfuse, without its span"),
        pytest.param("otel/spans.otlp.jsonl", "otel", ALL, id="OpenTelemetry, without its HTTP span"),
        pytest.param(
            "litellm/LiteLLM_SpendLogs.csv", "litellm-spend", (11, 161436, 3840, 2048, 2304, 1472, 1, 1, 0),
            id="LiteLLM's table, whose proxy answered r01 once more out of its cache",
        ),
        pytest.param(
            "litellm/spend_logs.json", "litellm-spend", (11, 161436, 3840, 2048, 2304, 1472, 1, 1, 0),
            id="LiteLLM's spend logs as JSON",
        ),
        pytest.param(
            "litellm/standard_logging_payload.jsonl", "litellm-payload", (10, 160256, 3840, 0, 2282, 1472, 0, 1, 0),
            id="LiteLLM's payload, in which r05 does not say what was written",
        ),
        pytest.param(
            "openrouter/openrouter_activity_2026-10-05.csv", "openrouter", (9, 160256, 3840, 0, 2282, 1472, 0, 0, 0),
            id="OpenRouter, which leaves out what failed and does not say what was written",
        ),
        pytest.param(
            "otel/spans_legacy_attrs.otlp.jsonl", "otel", (1, 1180, 0, 0, 22, None, 0, 0, 0),
            id="OpenTelemetry's older names: r01",
        ),
        pytest.param(
            "openai/batch_output.jsonl", "openai-batch", (6, 3536, 1024, 0, 1125, 832, 0, 2, 6),
            id="OpenAI's batch: r01 to r04, and two that failed, one without a response",
        ),
        pytest.param(
            "openai/completions_usage_2026-10-04_2026-10-06.csv", "openai-usage-csv",
            (404, 259536, 1024, 0, 48325, None, 0, 0, 400), id="OpenAI's export: r01 to r04 and 400 by batch",
        ),
        pytest.param(
            "openai/usage_completions.json", "openai-usage", (404, 259536, 1024, 0, 48325, None, 0, 0, 400),
            id="OpenAI's usage API: the same",
        ),
        pytest.param(
            "openai/completions_usage_empty.csv", "openai-usage-csv", (None,) * 6 + (0, 0, 0),
            id="an export without usage, of four columns",
        ),
        pytest.param(
            "anthropic/claude_api_tokens_2026-10.csv", "anthropic-usage-csv",
            (None, 4610, 2048, 2048, 84, None, 0, 0, 0), id="Anthropic's export: r05 and r06, its parts added up",
        ),
        pytest.param(
            "anthropic/claude_api_tokens_2025-06_old11col.csv", "anthropic-usage-csv-11",
            (None, 4610, 2048, 2048, 84, None, 0, 0, 0), id="Anthropic's export of 11 columns",
        ),
        pytest.param(
            "anthropic/usage_report_messages.json", "anthropic-usage", (None, 4610, 2048, 2048, 84, None, 0, 0, 0),
            id="Anthropic's report",
        ),
        pytest.param(
            "azure/ApiManagementGatewayLlmLog.csv", "azure-gateway", (4, 3536, 0, 0, 1125, None, 0, 0, 0),
            id="Azure: r01, in two rows, to r04, of which it says no part",
        ),
        pytest.param(
            "azure/AzureDiagnostics_RequestResponse.jsonl", "azure-diagnostics", (None,) * 6 + (0, 0, 0),
            id="Azure's other log, which holds no tokens",
        ),
    ],
)  # fmt: skip
def test_totals(file, format, sums):
    """requests, prompt, cached, written, output, reasoning, not billed, failed, by batch."""
    traffic = logs.read_logs(LOGS / file)
    assert ([format], sums, 0) == (
        list(traffic.files["format"]), traffic.db.execute(SUMS).fetchall()[0], len(traffic.unread)
    )  # fmt: skip


FULL = [
    "helicone/requests.jsonl", "langfuse/observations.json", "otel/spans.otlp.jsonl", "litellm/LiteLLM_SpendLogs.csv",
    "litellm/spend_logs.json", "litellm/standard_logging_payload.jsonl",
    "openrouter/openrouter_activity_2026-10-05.csv",
]  # fmt: skip


def told(file):
    """What a format says of each call that was billed, by its minute; a part that it does not say is None."""
    traffic = logs.read_logs(LOGS / file)
    silent = {"written"} if "openrouter" in file or "payload" in file else set()
    calls = {}
    for call in traffic.frame("billed").itertuples():
        parts = {part: getattr(call, part) for part in ("prompt", "cached", "written", "output", "reasoning")}
        model = traffic.models[call.logged]
        calls[f"{call.at:%H:%M}"] = (
            model, call.status == "ok",
            {part: int(n) for part, n in parts.items() if part not in silent and pd.notna(n)},
        )  # fmt: skip
    return calls


@pytest.mark.parametrize("file", FULL[1:])
def test_same_calls(file):
    """The same calls are of the same models and tokens, whichever format told of them."""
    first, other = told(FULL[0]), told(file)
    if "openrouter" in file:  # what failed is not in it
        del first["02:11"]
    assert set(first) == set(other)
    for minute, (model, ok, parts) in first.items():
        its_model, its_ok, its_parts = other[minute]
        shared = set(parts) & set(its_parts)
        assert (model, ok, {part: parts[part] for part in shared}) == (
            its_model, its_ok, {part: its_parts[part] for part in shared}
        )  # fmt: skip


def priced(file):
    """What each call that was billed costs under the list, by its minute, in USD."""
    traffic = logs.read_logs(LOGS / file)
    traffic.db.execute("CREATE TEMP TABLE calls AS SELECT * REPLACE (strftime(\"at\", '%H:%M') AS endpoint) FROM usage")
    traffic.db.execute("CREATE TEMP VIEW usage AS FROM calls WHERE billed")
    bills = billing.bill(traffic, [pricing.ListBook()], by=("endpoint", "batch"))
    return dict(zip(bills["endpoint"], bills["usd"], strict=True))


# r05 writes 2048 tokens to Anthropic's cache, at 3.75 USD a million in place of 3.
WRITES = 2048 * 0.75e-6


@pytest.mark.parametrize(
    ("file", "lacking"),
    [
        pytest.param("langfuse/observations.json", {}, id="Langfuse"),
        pytest.param("otel/spans.otlp.jsonl", {}, id="OpenTelemetry"),
        pytest.param("litellm/LiteLLM_SpendLogs.csv", {}, id="LiteLLM's table"),
        pytest.param("litellm/spend_logs.json", {}, id="LiteLLM's spend logs as JSON"),
        pytest.param("litellm/standard_logging_payload.jsonl", {"02:00": WRITES},
                     id="LiteLLM's payload, in which r05 does not say what was written"),
        pytest.param("openrouter/openrouter_activity_2026-10-05.csv", {"02:00": WRITES, "02:11": 0.0},
                     id="OpenRouter, which says neither what was written nor what failed"),
    ],
)  # fmt: skip
def test_same_dollars(file, lacking):
    """The same call costs the same, whichever format told of it, but for what the format does not say."""
    whole = priced(FULL[0])
    assert 10 == len(whole)
    expected = {minute: usd - lacking.get(minute, 0) for minute, usd in whole.items()}
    found = dict.fromkeys(lacking, 0.0) | priced(file)
    assert pytest.approx(expected, abs=1e-12) == found


# By hand, in USD: r01 and r02 are 1360 fresh tokens at 2.50, 1024 cached at 1.25 and 47 out at 10 a million; r03 is 640
# at 0.15 and 118 at 0.60; r04 is 512 at 0.25 and 960 at 2; r05 and r06 are 514 at 3, 2048 read at 0.30, 2048 written at
# 3.75, and 84 out at 15.
GPT, GPT_FRESH = (1360 * 2.5 + 1024 * 1.25 + 47 * 10) / 1e6, (2384 * 2.5 + 47 * 10) / 1e6
MINI, FIVE = (640 * 0.15 + 118 * 0.6) / 1e6, (512 * 0.25 + 960 * 2) / 1e6
SONNET = (514 * 3 + 2048 * 0.3 + 2048 * 3.75 + 84 * 15) / 1e6


@pytest.mark.parametrize(
    ("file", "usd"),
    [
        pytest.param("openai/completions_usage_2026-10-04_2026-10-06.csv", [GPT, MINI, FIVE], id="OpenAI's export"),
        pytest.param("openai/usage_completions.json", [GPT, MINI, FIVE], id="OpenAI's usage API"),
        pytest.param("azure/ApiManagementGatewayLlmLog.csv", [GPT_FRESH, MINI, FIVE], id="Azure, without the cache"),
        pytest.param("anthropic/claude_api_tokens_2026-10.csv", [SONNET], id="Anthropic's export"),
        pytest.param("anthropic/claude_api_tokens_2025-06_old11col.csv", [SONNET], id="Anthropic's 11 columns"),
        pytest.param("anthropic/usage_report_messages.json", [SONNET], id="Anthropic's report"),
        pytest.param("helicone/requests.jsonl", [SONNET, GPT, MINI, FIVE], id="Helicone, which has the calls"),
    ],
)  # fmt: skip
def test_dollars_of_buckets(file, usd):
    """Buckets cost what the calls in them do; by hand at the list's prices."""
    bills = billing.bill(logs.read_logs(LOGS / file), [pricing.ListBook()], by=("model", "batch"))
    known = ["claude-3.5-sonnet", "gpt-4o", "gpt-4o-mini", "gpt-5-mini"]
    assert pytest.approx(usd) == bills[bills["model"].isin(known) & ~bills["batch"]]["usd"].tolist()


@pytest.mark.parametrize(
    ("file", "seconds"),
    [
        pytest.param("helicone/requests.jsonl", 11.92, id="milliseconds in Helicone"),
        pytest.param("langfuse/observations.json", 11.92, id="seconds in Langfuse"),
        pytest.param("otel/spans.otlp.jsonl", 11.92, id="nanoseconds of start and end in OpenTelemetry"),
        pytest.param("litellm/LiteLLM_SpendLogs.csv", 11.92, id="milliseconds in LiteLLM's table"),
        pytest.param("litellm/standard_logging_payload.jsonl", 11.92, id="seconds in LiteLLM's payload"),
        pytest.param("openrouter/openrouter_activity_2026-10-05.csv", 11.92, id="milliseconds in OpenRouter's export"),
        pytest.param("azure", 11.92, id="milliseconds in Azure's other log, by the call's id"),
    ],
)
def test_seconds(file, seconds):
    """Latency is in seconds, whatever the source counts in: that of r04."""
    (call,) = logs.read_logs(LOGS / file).frame("""hour("at") = 1 AND minute("at") = 35""").itertuples()
    assert seconds == pytest.approx(call.latency_s, abs=0.001)


def test_times_are_utc():
    """Start, in UTC: ISO, seconds since 1970, nanoseconds, or a time that names no zone."""
    starts = {file: logs.read_logs(LOGS / file).frame("output = 960")["at"].iloc[0] for file in FULL}
    starts = {file: at.to_pydatetime().replace(microsecond=0) for file, at in starts.items()}
    assert {file: datetime(2026, 10, 5, 1, 35) for file in FULL} == starts


@pytest.mark.parametrize(
    "file",
    [
        pytest.param("litellm/standard_logging_payload.jsonl", id="messages and parameters apart"),
        pytest.param("helicone/requests.jsonl", id="the whole body, without its model"),
        pytest.param("langfuse/observations.json", id="an input and model parameters"),
    ],
)
def test_requests(file):
    """Where a log holds requests, they come with their messages and parameters, and without the model."""
    call = next(logs.read_logs(LOGS / file).frame("output = 61").itertuples())
    wanted = {"temperature": 0, "messages": [{"role": "user", "content": "把这条客服工单分类：我的快递还没到"}]}
    assert (wanted, "billing") == (json.loads(call.request), call.answer)


def test_azure_messages():
    """What Azure splits over rows is put together in their order."""
    call = next(logs.read_logs(LOGS / "azure").frame("id = 'corr-r01'").itertuples())
    said = [{"role": "user", "content": "Classify this ticket: My card was charged twice"}]
    assert ({"messages": said}, "(continued chunk)") == (json.loads(call.request), call.answer)


@pytest.mark.parametrize(
    ("file", "charges"),
    [
        pytest.param("openai/cost_2026-10-04_2026-10-06.csv", [("", "", 0.0407248)], id="OpenAI's export, dollars"),
        pytest.param(
            "openai/costs.json",
            [
                ("gpt-4o-2024-08-06, cached input", "gpt-4o-2024-08-06", 0.00128),
                ("gpt-4o-2024-08-06, input", "gpt-4o-2024-08-06", 0.0034),
                ("gpt-4o-2024-08-06, output", "gpt-4o-2024-08-06", 0.00047),
            ],
            id="OpenAI's costs API, whose line items name the model",
        ),
        pytest.param(
            "anthropic/cost_report.json", [("Claude Sonnet 3.5 Usage", "claude-3-5-sonnet-20241022", 0.0110964)],
            id="Anthropic's report, a decimal string in cents",
        ),
    ],
)  # fmt: skip
def test_charges(file, charges):
    """What was charged is in dollars, beside the usage and no part of it."""
    traffic = logs.read_logs(LOGS / file)
    found = traffic.db.execute("SELECT what, model, usd FROM charges ORDER BY what").fetchall()
    assert (charges, []) == (
        [(what, model, pytest.approx(usd)) for what, model, usd in found], traffic.db.execute("FROM usage").fetchall()
    )  # fmt: skip
    assert "what was charged is kept beside the usage, and is not added to it" in traffic.notes


@pytest.mark.parametrize(
    ("file", "said"),
    [
        pytest.param("litellm/LiteLLM_SpendLogs.csv", "1 call not billed: out of a proxy's own cache", id="a proxy"),
        pytest.param("anthropic/usage_report_messages.json", "does not say how many requests", id="no requests"),
        pytest.param("openrouter", "does not say which tokens were written to a cache", id="no writes"),
        pytest.param("azure/ApiManagementGatewayLlmLog.csv", "written to a cache or reasoning; those of a cache are",
                     id="no parts"),
        pytest.param("helicone/requests.jsonl", "whether prompts of Anthropic include cache tokens is not verified",
                     id="what is not verified"),
        pytest.param("openai/batch_output.jsonl", "2 lines failed and without a time", id="no time"),
    ],
)  # fmt: skip
def test_said(file, said):
    """What a source leaves open is said aloud."""
    assert said in "\n".join(logs.read_logs(LOGS / file).notes)


def test_file_says():
    """Each file says what it was read as."""
    traffic = logs.read_logs(LOGS / "azure")
    assert [
        "Azure's gateway log: 4 calls",
        "Azure's RequestResponse log; it holds no token counts; it is set aside",
    ] == list(traffic.files["said"])
    said = logs.read_logs(LOGS / "langfuse").files["said"][0]
    assert "Langfuse's observations: 10 calls; 1 row besides, no call of a model" == said


def test_logged_dollars():
    """What the source says that calls cost is kept: LiteLLM's and OpenRouter's ten calls come to the same."""
    sums = [logs.read_logs(LOGS / file).frame()["logged_usd"].sum() for file in (FULL[3], FULL[5], FULL[6])]
    assert [pytest.approx(0.397987058)] * 3 == sums


ODD = [
    None,
    True,
    -1,
    0.5,
    10**30,
    "",
    "x",
    "NaN",
    "-inf",
    "\ud800",
    "\x00",
    [],
    ["x"],
    {},
    {"a": 1},
    "9999-12-31T23:59:59Z",
]


def places(data, way=()):
    """The way to each part of nested data."""
    yield way
    inside = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, part in inside:
        yield from places(part, (*way, key))


def changed(data, way, part):
    """The same data with another part at one place."""
    if not way:
        return part
    copy = dict(data) if isinstance(data, dict) else list(data)
    copy[way[0]] = changed(data[way[0]], way[1:], part)
    return copy


def spoilt(file, seed):
    """A sample with one part changed, as text."""
    if file.suffix == ".csv":
        rows = list(csv.reader(file.open()))
        line = seed.randrange(len(rows))
        rows[line][seed.randrange(len(rows[line]))] = str(seed.choice(ODD))
        return "\n".join(",".join(f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row) for row in rows)
    lines = file.suffix == ".jsonl"
    data = [json.loads(line) for line in file.open()] if lines else json.loads(file.read_text())
    data = changed(data, seed.choice(list(places(data))[lines:]), seed.choice(ODD))
    return "\n".join(map(json.dumps, data)) if lines else json.dumps(data, indent=1)


@pytest.mark.parametrize(
    "file", [file for file in sorted(LOGS.rglob("*.*")) if file.suffix != ".md"], ids=lambda file: file.name
)
def test_whatever_stands_where(tmp_path, file):
    """Whatever stands at whatever place, a file is read, or what is wrong is one line."""
    seed = random.Random(file.name)
    for _ in range(6):
        path = tmp_path / file.name
        path.write_text(spoilt(file, seed), errors="replace")
        try:
            traffic = logs.read_logs(path)
        except UsageError as error:
            assert "\n" not in str(error)
        else:
            assert traffic.files["rows"][0] == len(traffic.frame()) + len(traffic.db.execute("FROM charges").fetchall())

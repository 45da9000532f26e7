"""Exports of many tools, in the layouts that their docs give, are read with the figures that stand in them."""

import json

import pytest

from kit.traffic import Rules, read_logs

START = 1793610000
NS = f"{START}000000000"
DAY = Rules(constants={"at": "2026-11-02"})
CHAT = {
    "id": "c1",
    "object": "chat.completion",
    "created": START,
    "model": "gpt-4o-2024-08-06",
    "choices": [],
    "usage": {
        "prompt_tokens": 1000,
        "completion_tokens": 100,
        "total_tokens": 1100,
        "prompt_tokens_details": {"cached_tokens": 600},
    },
}
MESSAGE = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-sonnet-4-5",
    "stop_reason": "end_turn",
    "content": [],
    "usage": {
        "input_tokens": 100,
        "cache_read_input_tokens": 900,
        "cache_creation_input_tokens": 200,
        "output_tokens": 50,
    },
}
THOUGHT = {"completion_tokens_details": {"reasoning_tokens": 300}}
COUNTED = {
    "input_tokens": 1000,
    "cached_input_tokens": 600,
    "output_tokens": 100,
    "reasoning_output_tokens": 40,
    "total_tokens": 1100,
}


def attributes(pairs):
    return [{"key": key, "value": {"intValue" if isinstance(v, int) else "stringValue": v}} for key, v in pairs.items()]


def span(pairs, name="s1", start=NS, **fields):
    times = {"startTimeUnixNano": start, "endTimeUnixNano": str(int(start) + 2_000_000_000)}
    return {"traceId": "t", "spanId": name, **times, "attributes": attributes(pairs), **fields}


def spans(*made):
    return {"resourceSpans": [{"resource": {}, "scopeSpans": [{"spans": list(made)}]}]}


def record(pairs):
    one = {"timeUnixNano": NS, "body": {}, "attributes": attributes(pairs)}
    return {"resourceLogs": [{"resource": {}, "scopeLogs": [{"logRecords": [one]}]}]}


def codex(kind, payload, second=0):
    return {"timestamp": f"2026-11-02T09:00:{second:02}Z", "type": kind, "payload": payload}


GENAI = {
    "gen_ai.operation.name": "chat",
    "gen_ai.request.model": "gpt-4o",
    "gen_ai.usage.input_tokens": 1000,
    "gen_ai.usage.output_tokens": 100,
}
CACHED = {**GENAI, "gen_ai.usage.cache_read.input_tokens": 600}
ANTHROPIC = {
    "gen_ai.operation.name": "chat",
    "gen_ai.request.model": "claude-sonnet-4-5",
    "gen_ai.usage.input_tokens": 100,
    "gen_ai.usage.output_tokens": 50,
    "gen_ai.usage.cache_read_input_tokens": 900,
    "gen_ai.usage.cache_creation_input_tokens": 200,
}
OPENINFERENCE = {
    "openinference.span.kind": "LLM",
    "llm.model_name": "gpt-4o",
    "llm.token_count.prompt": 1000,
    "llm.token_count.completion": 100,
}
INVOCATION = {
    "schemaType": "ModelInvocationLog",
    "timestamp": "2026-11-02T09:00:00Z",
    "requestId": "r",
    "modelId": "anthropic.claude-3-5-sonnet-20241022-v2:0",
    "output": {"outputTokenCount": 50},
    "input": {"inputTokenCount": 100, "cacheReadInputTokenCount": 900, "cacheWriteInputTokenCount": 200},
}
WEAVE = {
    "id": "c1",
    "project_id": "e/p",
    "op_name": "openai.chat.completions.create",
    "parent_id": "c0",
    "started_at": "2026-11-02T09:00:00Z",
    "ended_at": "2026-11-02T09:00:01Z",
    "summary": {"usage": {"gpt-4o-2024-08-06": {"requests": 1, **CHAT["usage"]}}},
}
NEWAPI = {
    "id": 1,
    "created_at": START,
    "type": 2,
    "token_name": "t",
    "model_name": "gpt-4o",
    "quota": 0,
    "prompt_tokens": 1000,
    "completion_tokens": 100,
    "use_time": 2,
    "channel": 1,
    "other": json.dumps({"cache_tokens": 600}),
}
LLAMA = """llama_model_loader: - kv   1: general.name str              = gpt-oss-20b
slot print_timing: id  0 | task 12 |
prompt eval time =     123.45 ms /  1000 tokens (    1.23 ms per token,   810.04 tokens per second)
       eval time =    1000.00 ms /   100 tokens (   10.00 ms per token,   100.00 tokens per second)
      total time =    1123.45 ms /  1100 tokens
"""
PORTAL = (
    "TimeGenerated [UTC],CorrelationId,ModelName,PromptTokens,CompletionTokens,SequenceNumber\n"
    '"11/2/2026, 9:00:00.123 AM",c1,gpt-4o,1000,100,0\n"11/2/2026, 1:05:00.000 PM",c2,gpt-4o,1000,100,0\n'
)
DAILY = {
    "spend": 0.25,
    "prompt_tokens": 1000,
    "completion_tokens": 100,
    "cache_read_input_tokens": 600,
    "api_requests": 5,
}

ONE, BESIDE = (1, 1000, 600, 0, 100), (1, 1200, 900, 200, 50)


@pytest.mark.parametrize(
    ("content", "rules", "expected"),
    [
        pytest.param(
            [{"time": "x", "request": {}, "response": CHAT}], "", ONE, id="a response in a record of one's own"
        ),
        pytest.param([{"body": json.dumps(CHAT)}], "", ONE, id="a response as a text of JSON"),
        pytest.param([{"timestamp": START, "response": MESSAGE}], "", BESIDE, id="a message takes the time around it"),
        pytest.param(
            [
                {
                    "object": "list",
                    "data": [],
                    "model": "text-embedding-3-small",
                    "created": START,
                    "usage": {"prompt_tokens": 8, "total_tokens": 8},
                }
            ],
            "",
            (1, 8, 0, 0, 0),
            id="an embedding",
        ),
        pytest.param(
            [CHAT | {"model": "grok-4", "usage": CHAT["usage"] | {"total_tokens": 1400} | THOUGHT}],
            "",
            (1, 1000, 600, 0, 400),
            id="a total that counts thoughts beside the completion",
        ),
        pytest.param(
            [
                {"custom_id": "a", "result": {"type": "succeeded", "message": MESSAGE}},
                {"custom_id": "b", "result": {"type": "errored"}},
            ],
            DAY,
            (2, *BESIDE[1:]),
            id="a batch of Anthropic",
        ),
        pytest.param(
            {
                "data": [
                    {
                        "start_time": START,
                        "end_time": START + 60,
                        "results": [{"input_tokens": 16, "num_model_requests": 2, "model": "text-embedding-3-small"}],
                    }
                ]
            },
            "",
            (2, 16, 0, 0, 0),
            id="OpenAI's usage of embeddings",
        ),
        pytest.param(
            {
                "data": [
                    {
                        "aggregation_timestamp": START,
                        "n_requests": 2,
                        "snapshot_id": "gpt-4o-2024-08-06",
                        "n_context_tokens_total": 1000,
                        "n_generated_tokens_total": 100,
                        "n_cached_context_tokens_total": 600,
                    }
                ]
            },
            "",
            (2, *ONE[1:]),
            id="OpenAI's older usage",
        ),
        pytest.param([spans(span(CACHED))], "", ONE, id="spans by the conventions"),
        pytest.param([{"trace": spans(span(CACHED))}], "", ONE, id="a trace of Tempo"),
        pytest.param([spans(span(ANTHROPIC))], "", BESIDE, id="more cached than prompt: counted beside"),
        pytest.param(
            [
                spans(
                    span(ANTHROPIC),
                    span({**ANTHROPIC, "gen_ai.usage.input_tokens": 5000}, "s2", f"{START + 9}000000000"),
                )
            ],
            "",
            (2, 7300, 1800, 400, 100),
            id="one row shows how its model's others count",
        ),
        pytest.param(
            [spans(span(GENAI), span(OPENINFERENCE, "s2", f"{START}010000000"))],
            "",
            (1, 1000, 0, 0, 100),
            id="two libraries told of one call",
        ),
        pytest.param(
            [
                spans(
                    span({**GENAI, "gen_ai.response.id": "r"}),
                    span({**GENAI, "gen_ai.response.id": "r"}, "s2", f"{START}900000000"),
                )
            ],
            "",
            (1, 1000, 0, 0, 100),
            id="two spans of one response",
        ),
        pytest.param(
            [spans(span(GENAI, "s0"), span(GENAI, "s1", f"{START}010000000", parentSpanId="s0"))],
            "",
            (1, 1000, 0, 0, 100),
            id="an outer span repeats the inner one",
        ),
        pytest.param(
            [spans(span(GENAI, "s0"), span(GENAI, "s1", f"{START + 40}000000000"))],
            "",
            (2, 2000, 0, 0, 200),
            id="two calls of one size are two",
        ),
        pytest.param(
            [{"trace_id": "t", "span_id": "s", "start_time": "2026-11-02T09:00:00Z", "attributes": CACHED}],
            "",
            ONE,
            id="attributes as one object",
        ),
        pytest.param([record(CACHED)], "", ONE, id="log records by the conventions"),
        pytest.param(
            [
                record(
                    {
                        "event.name": "api_request",
                        "model": "claude-sonnet-4-5",
                        "input_tokens": "100",
                        "output_tokens": "50",
                        "cache_read_tokens": "900",
                        "cache_creation_tokens": "200",
                    }
                ),
                record({"event.name": "user_prompt", "prompt_length": 5}),
            ],
            "",
            BESIDE,
            id="Claude Code's records",
        ),
        pytest.param(
            [
                record(
                    {
                        "event.name": "gemini_cli.api_response",
                        "model": "gemini-2.5-pro",
                        "input_token_count": 1000,
                        "output_token_count": 60,
                        "cached_content_token_count": 600,
                        "thoughts_token_count": 40,
                        "total_token_count": 1100,
                    }
                )
            ],
            "",
            ONE,
            id="Gemini CLI's records",
        ),
        pytest.param(
            [
                record(
                    {
                        "event.name": "codex.sse_event",
                        "event.kind": "response.completed",
                        "model": "gpt-5",
                        "input_token_count": "1000",
                        "output_token_count": "100",
                        "cached_token_count": "600",
                    }
                )
            ],
            "",
            ONE,
            id="Codex's records",
        ),
        pytest.param(
            [
                codex("session_meta", {"cli_version": "1"}),
                codex("turn_context", {"model": "gpt-5-codex"}),
                codex("event_msg", {"type": "token_count", "info": None}),
                codex(
                    "event_msg",
                    {"type": "token_count", "info": {"total_token_usage": COUNTED, "last_token_usage": COUNTED}},
                    1,
                ),
                codex(
                    "event_msg",
                    {"type": "token_count", "info": {"total_token_usage": COUNTED, "last_token_usage": COUNTED}},
                    2,
                ),
            ],
            "",
            ONE,
            id="Codex's session: the model from above, a count told twice once",
        ),
        pytest.param(
            {
                "data": [
                    {
                        "traceID": "t",
                        "spans": [
                            {
                                "traceID": "t",
                                "spanID": "s",
                                "startTime": START * 10**6,
                                "duration": 1500000,
                                "tags": [{"key": k, "value": v} for k, v in CACHED.items()],
                            }
                        ],
                    }
                ]
            },
            "",
            ONE,
            id="Jaeger",
        ),
        pytest.param(
            {
                "data": [
                    {
                        "context": {"span_id": "s"},
                        "span_kind": kind,
                        "start_time": "2026-11-02T09:00:00+00:00",
                        "end_time": "2026-11-02T09:00:01+00:00",
                        "attributes": {
                            "llm": {"model_name": "gpt-4o", "token_count": {"prompt": 1000, "completion": 100}}
                        },
                    }
                    for kind in ("LLM", "CHAIN")
                ]
            },
            "",
            (1, 1000, 0, 0, 100),
            id="Phoenix's API",
        ),
        pytest.param(
            [WEAVE, {**WEAVE, "id": "c0", "parent_id": None, "op_name": "predict"}],
            "",
            ONE,
            id="Weave: an outer op sums up the inner ones",
        ),
        pytest.param(
            {
                "data": [
                    {
                        "attributes": {
                            "span_kind": kind,
                            "span_id": kind,
                            "model_name": "gpt-4o",
                            "duration": 1e9,
                            "start_ns": START * 1000,
                            "status": "ok",
                            "metrics": {"input_tokens": 1000, "output_tokens": 100, "cache_read_input_tokens": 600},
                        }
                    }
                    for kind in ("llm", "agent")
                ]
            },
            "",
            ONE,
            id="Datadog",
        ),
        pytest.param(
            [
                {
                    "id": "p",
                    "created_at": "2026-11-02T09:00:00Z",
                    "ai_org": "openai",
                    "ai_model": "gpt-4o",
                    "req_units": 1000,
                    "res_units": 100,
                    "total_units": 1100,
                }
            ],
            "",
            (1, 1000, 0, 0, 100),
            id="Portkey",
        ),
        pytest.param([NEWAPI], "", ONE, id="new-api"),
        pytest.param(
            [
                {
                    **NEWAPI,
                    "model_name": "claude-sonnet-4-5",
                    "prompt_tokens": 100,
                    "completion_tokens": 50,
                    "other": json.dumps({"claude": True, "cache_tokens": 900, "cache_creation_tokens": 200}),
                }
            ],
            "",
            BESIDE,
            id="new-api, Anthropic's own protocol",
        ),
        pytest.param({"success": True, "data": {"items": [NEWAPI]}}, "", ONE, id="a page of new-api"),
        pytest.param(
            {
                "results": [
                    {"date": "2026-11-02", "metrics": DAILY, "breakdown": {"models": {"gpt-4o": {"metrics": DAILY}}}}
                ]
            },
            "",
            (5, *ONE[1:]),
            id="LiteLLM's daily activity",
        ),
        pytest.param(
            {
                "data": {
                    "id": "g",
                    "total_cost": 0.1,
                    "created_at": "2026-11-02T09:00:00Z",
                    "model": "openai/gpt-4o",
                    "native_tokens_prompt": 1000,
                    "native_tokens_completion": 100,
                    "native_tokens_cached": 600,
                    "tokens_prompt": 990,
                }
            },
            "",
            ONE,
            id="a generation of OpenRouter",
        ),
        pytest.param(
            [{"timestamp": START * 1000, "message": json.dumps(INVOCATION)}],
            "",
            BESIDE,
            id="Bedrock's log out of CloudWatch",
        ),
        pytest.param(PORTAL, "", (2, 2000, 0, 0, 200), id="Azure's portal, as CSV"),
        pytest.param("\ufeff" + PORTAL, "", (2, 2000, 0, 0, 200), id="Azure's portal, with a byte-order mark"),
        pytest.param(
            {
                "tables": [
                    {
                        "columns": [
                            {"name": name}
                            for name in (
                                "TimeGenerated",
                                "CorrelationId",
                                "ModelName",
                                "PromptTokens",
                                "CompletionTokens",
                                "SequenceNumber",
                            )
                        ],
                        "rows": [["2026-11-02T09:00:00Z", "c1", "gpt-4o", 1000, 100, 0]],
                    }
                ]
            },
            "",
            (1, 1000, 0, 0, 100),
            id="Azure's API, a table of lists",
        ),
        pytest.param(
            {
                "usageEvents": [
                    {
                        "timestamp": f"{START}000",
                        "model": "claude-4.5-sonnet",
                        "tokenUsage": {
                            "inputTokens": 100,
                            "outputTokens": 50,
                            "cacheWriteTokens": 200,
                            "cacheReadTokens": 900,
                        },
                    }
                ]
            },
            "",
            BESIDE,
            id="Cursor's API",
        ),
        pytest.param(LLAMA * 2, DAY, (2, 2000, 0, 0, 200), id="the log of llama.cpp's server"),
    ],
)
def test_exports(tmp_path, content, rules, expected):
    """Calls, prompt with all of it, cached, written and output are those that the export holds."""
    path = tmp_path / "export"
    lines = "".join(json.dumps(row) + "\n" for row in content) if isinstance(content, list) else content
    path.write_text(lines if isinstance(lines, str) else json.dumps(lines, indent=1), encoding="utf-8")
    traffic = read_logs(path, rules)
    sums = "sum(requests), sum(prompt), sum(cached), sum(written), sum(output)"
    (found,) = traffic.db.execute(f"SELECT {sums} FROM usage").fetchall()
    assert (expected, []) == (found, traffic.unread["why"].tolist())


def test_log_without_tokens_says_where_they_are(tmp_path):
    """The log of vLLM's server has rates only, and the message says what to take instead."""
    path = tmp_path / "server.log"
    path.write_text("INFO 11-02 09:00:00 Engine 000: Avg prompt throughput: 123.4 tokens/s, Running: 1 reqs\n")
    (said,) = read_logs(path).files["said"]
    assert "vllm:prompt_tokens_total" in said


def test_lines_of_ones_own(tmp_path):
    """The words of the table are open to a team's rules: patterns, values from lines above, figures that grow."""
    path = tmp_path / "app.log"
    path.write_text("start model=gpt-4o\n9:00 in=1000 out=100 sum=1100\n9:01 in=1000 out=100 sum=1100\n9:02 bye\n")
    columns = {"at": "day", "logged": "model", "prompt": "prompt", "output": "output"}
    patterns = [r"model=(?P<model>\S+)", r"in=(?P<prompt>\d+) out=(?P<output>\d+) sum=(?P<sum>\d+)"]
    rules = Rules(columns=columns, constants={"at": "2026-11-02"}, lines=patterns, carried=["model"], again="sum")
    traffic = read_logs(path, rules)
    assert [("gpt-4o", 1000, 100)] == traffic.db.execute("SELECT logged, prompt, output FROM usage").fetchall()

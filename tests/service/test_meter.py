"""Every call leaves one row, whatever becomes of it."""

import asyncio
import contextvars
import gc
import json
import logging
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import httpx2
import openai
import pytest
import stub
from pydantic import BaseModel

from kit.errors import UsageError
from kit.service.meter import Meter
from kit.service.usage_log import RotatingFile

KEY = "sk-none-of-yours-1234"
ASKED = [{"role": "user", "content": "Hi"}]
SPENT = {"gen_ai.usage.input_tokens": 20, "gen_ai.usage.output_tokens": 5}


@pytest.fixture(scope="module")
def server():
    with stub.running() as running:
        yield running


@pytest.fixture
def meter(tmp_path):
    return Meter(tmp_path / "usage.jsonl")


def client(meter, url, kind=openai.OpenAI, **more):
    return meter.wrap(kind(base_url=url, api_key=KEY, max_retries=0, **more))


def played(meter, *answers):
    """A metered client whose network is a list of answers, and the bodies that it has sent."""
    coming, bodies = iter(answers), []

    def answer(request):
        bodies.append(json.loads(request.content))
        return next(coming)

    http = openai.DefaultHttpxClient(transport=httpx2.MockTransport(answer))
    return client(meter, "https://api.openai.com/v1", http_client=http), bodies


def events(*said):
    """A stream of events."""
    body = "".join(f"data: {one if isinstance(one, str) else json.dumps(one)}\n\n" for one in said)
    return httpx2.Response(200, headers={"content-type": "text/event-stream"}, content=body)


def rows(tmp_path):
    return [json.loads(line) for path in sorted(tmp_path.glob("usage*.jsonl")) for line in path.open(encoding="utf-8")]


def only(tmp_path):
    (row,) = rows(tmp_path)
    return row


# Ways of calling.


def create(chat, word, **more):
    return chat.create(model=word, messages=ASKED, **more)


def stream(chat, word):
    assert all(chunk.choices for chunk in create(chat, word, stream=True))


def stream_with_usage(chat, word):
    *_, last = create(chat, word, stream=True, stream_options={"include_usage": True})
    assert ([], 20) == (last.choices, last.usage.prompt_tokens)


def stream_as_context(chat, word):
    with create(chat, word, stream=True) as chunks:
        list(chunks)


def stream_helper(chat, word):
    with chat.stream(model=word, messages=ASKED) as steps:
        steps.until_done()


def raw(chat, word):
    assert "stub-1" == chat.with_raw_response.create(model=word, messages=ASKED).parse().model


def raw_stream(chat, word):
    assert all(
        chunk.choices for chunk in chat.with_raw_response.create(model=word, messages=ASKED, stream=True).parse()
    )


def streaming_response(chat, word):
    with chat.with_streaming_response.create(model=word, messages=ASKED) as answer:
        assert "stub-1" == answer.json()["model"]


def streaming_response_of_a_stream(chat, word):
    with chat.with_streaming_response.create(model=word, messages=ASKED, stream=True) as answer:
        assert "[DONE]" in "".join(answer.iter_lines())


STREAMS = [stream, stream_with_usage, stream_as_context, stream_helper, raw_stream, streaming_response_of_a_stream]
WAYS = [create, raw, streaming_response, *STREAMS]


@pytest.mark.parametrize(
    ("way", "word"),
    [pytest.param(way, word, id=f"{way.__name__}, {word}") for way in WAYS for word in ("ok", "tools")]
    + [pytest.param(way, "drip", id=f"{way.__name__}, drip by drip") for way in STREAMS],
)
def test_ways(way, word, meter, server, tmp_path):
    """However a call is made, its row says which endpoint, where, which model, how many tokens and how it went."""
    with meter.endpoint("greet"):
        way(client(meter, server.url).chat.completions, word)
    row = only(tmp_path)
    expected = SPENT | {
        "kit.endpoint": "greet", "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai",
        "server.address": "127.0.0.1", "gen_ai.request.model": word, "gen_ai.response.model": "stub-1",
        "kit.status": "ok",
    }  # fmt: skip
    timed = {"time", "kit.id", "kit.latency_s"} | ({"kit.first_token_s"} if way in STREAMS else set())
    assert expected == {key: row[key] for key in row if key not in timed}
    assert timed <= row.keys()
    assert 0 < row.get("kit.first_token_s", 1e-9) <= row["kit.latency_s"]


async def acreate(chat, word):
    await create(chat, word)


async def astream(chat, word):
    assert all([chunk.choices async for chunk in await create(chat, word, stream=True)])


async def astream_helper(chat, word):
    async with chat.stream(model=word, messages=ASKED) as steps:
        await steps.until_done()


async def araw_stream(chat, word):
    answer = await chat.with_raw_response.create(model=word, messages=ASKED, stream=True)
    [chunk async for chunk in answer.parse()]


async def astreaming_response(chat, word):
    async with chat.with_streaming_response.create(model=word, messages=ASKED) as answer:
        await answer.json()


@pytest.mark.parametrize(
    "way", [acreate, astream, astream_helper, araw_stream, astreaming_response], ids=lambda way: way.__name__
)
def test_asynchronous_ways(way, meter, server, tmp_path):
    """An asynchronous client is metered as the other one is."""

    async def calls():
        async with client(meter, server.url, openai.AsyncOpenAI) as asynchronous:
            with meter.endpoint("greet"):
                await way(asynchronous.chat.completions, "ok")

    asyncio.run(calls())
    row = only(tmp_path)
    expected = SPENT | {"kit.endpoint": "greet", "kit.status": "ok"}
    assert expected == {key: row.get(key) for key in expected}


def test_copies(meter, server, tmp_path):
    """Copies made with `with_options` are metered; the client that was wrapped is not, and is still good."""
    bare = openai.OpenAI(base_url=server.url, api_key=KEY)
    bare.chat.completions.create(model="ok", messages=ASKED)
    metered = meter.wrap(bare)
    metered.with_options(timeout=5).chat.completions.create(model="ok", messages=ASKED)
    bare.chat.completions.create(model="ok", messages=ASKED)
    assert (openai.OpenAI, True, 1) == (type(bare), isinstance(metered, openai.OpenAI), len(rows(tmp_path)))


def test_azure(meter, server, tmp_path):
    """Azure's client is metered, under the name of the deployment."""
    azure = openai.AzureOpenAI(azure_endpoint=server.url.removesuffix("/v1"), api_key=KEY, api_version="2024-10-21")
    meter.wrap(azure).chat.completions.create(model="ok", messages=ASKED)
    assert ("ok", "ok", 20) == tuple(only(tmp_path)[key] for key in ("gen_ai.request.model", "kit.status", *SPENT)[:3])


@pytest.mark.parametrize(
    ("host", "name"),
    [
        pytest.param("api.openai.com", "openai", id="OpenAI"),
        pytest.param("ours.openai.azure.com", "azure.ai.openai", id="Azure"),
        pytest.param("api.deepseek.com", "deepseek", id="DeepSeek"),
        pytest.param("notdeepseek.com", "openai", id="a host that only ends like one"),
        pytest.param("gateway.ours.example", "openai", id="a gateway that speaks OpenAI's protocol"),
    ],
)
def test_provider(host, name, meter, tmp_path):
    """A provider goes by OpenTelemetry's name."""
    http = openai.DefaultHttpxClient(transport=httpx2.MockTransport(lambda request: httpx2.Response(500)))
    with pytest.raises(openai.InternalServerError):
        client(meter, f"https://{host}/v1", http_client=http).chat.completions.create(model="m", messages=ASKED)
    assert (name, host) == tuple(only(tmp_path)[key] for key in ("gen_ai.provider.name", "server.address"))


@pytest.mark.parametrize(
    "wrapped", [pytest.param("client", id="a text"), pytest.param(httpx2.Client(), id="a client of another kind")]
)
def test_no_client(wrapped, meter):
    """What is no openai client is refused when it is wrapped."""
    with pytest.raises(UsageError, match="is no openai client; give it an OpenAI, AsyncOpenAI or the like"):
        meter.wrap(wrapped)


def test_wrapped_twice(meter, server):
    """A client is metered once; a second time would count its calls twice."""
    with pytest.raises(UsageError, match="metered already; wrap the one that it was made from"):
        meter.wrap(client(meter, server.url))


# Calls that go wrong.


@pytest.mark.parametrize(
    ("word", "streamed", "status"),
    [
        pytest.param("429", False, "RateLimitError", id="refused"),
        pytest.param("429", True, "RateLimitError", id="a stream refused"),
        pytest.param("500", False, "InternalServerError", id="a server's error"),
        pytest.param("reset", False, "APIConnectionError", id="no connection"),
        pytest.param("cut", False, "APIConnectionError", id="half an answer"),
        pytest.param("cut_stream", True, "APIConnectionError", id="half a stream, then the connection is gone"),
        pytest.param("stall", False, "APITimeoutError", id="no answer in time"),
        pytest.param("stall_stream", True, "APITimeoutError", id="half a stream, then silence"),
        pytest.param("late_error", True, "APIError", id="a stream that turns into an error"),
        pytest.param("truncated", True, "truncated", id="a stream that ends too early, in good order"),
        pytest.param("html", False, "unreadable", id="a web page"),
        pytest.param("html", True, "unreadable", id="a web page for a stream"),
        pytest.param("malformed", False, "JSONDecodeError", id="not JSON"),
        pytest.param("empty", False, "unreadable", id="no choice"),
    ],
)
def test_failed(word, streamed, status, meter, server, tmp_path):
    """A call that fails leaves a row too, which says what the caller met."""
    met = ""
    try:
        answer = create(client(meter, server.url, timeout=0.3).chat.completions, word, stream=streamed)
        if streamed:
            list(answer)
    except Exception as error:
        met = type(error).__name__
    row = only(tmp_path)
    assert (status, status) == (row["kit.status"], row["error.type"])
    assert met in ("", status)


def test_retries(meter, server, tmp_path):
    """A call and its retries are one row."""
    client(meter, server.url).with_options(max_retries=2).chat.completions.create(
        model="429:0.01;500;ok", messages=[{"role": "user", "content": "try again"}]
    )
    assert ("ok", 20) == (only(tmp_path)["kit.status"], only(tmp_path)["gen_ai.usage.input_tokens"])


def test_cancelled(meter, server, tmp_path):
    """A task that is cancelled leaves its row."""

    async def calls():
        asynchronous = client(meter, server.url, openai.AsyncOpenAI)
        await asyncio.wait_for(create(asynchronous.chat.completions, "slow:5"), 0.1)

    with pytest.raises(TimeoutError):
        asyncio.run(calls())
    assert "CancelledError" == only(tmp_path)["kit.status"]


class Colour(BaseModel):
    name: str


def test_parsed(meter, server, tmp_path):
    """`parse` is metered; an answer that does not fit the form was billed all the same."""
    chat = client(meter, server.url).chat.completions
    chat.parse(model='says:{"name": "red"}', messages=ASKED, response_format=Colour)
    with pytest.raises(ValueError, match="Colour"):
        chat.parse(model="says:red", messages=ASKED, response_format=Colour)
    assert [("ok", 20), ("ValidationError", 20)] == [
        (r["kit.status"], r["gen_ai.usage.input_tokens"]) for r in rows(tmp_path)
    ]


# Streams that are left.


def breaks_off(chunks):
    next(chunks)
    chunks.close()


def leaves_the_block(chunks):
    with chunks:
        for _ in chunks:
            break


def throws_away(chunks):
    for _ in chunks:
        break
    del chunks
    gc.collect()


def never_reads(chunks):
    del chunks
    gc.collect()


@pytest.mark.parametrize(
    ("leave", "heard"),
    [
        pytest.param(breaks_off, True, id="closed after the first chunk"),
        pytest.param(leaves_the_block, True, id="left with its block"),
        pytest.param(throws_away, True, id="thrown away"),
        pytest.param(never_reads, False, id="never read"),
    ],
)
def test_left(leave, heard, meter, server, tmp_path):
    """A stream that is left before its end leaves one row, at the latest when it is thrown away."""
    chat = client(meter, server.url).chat.completions
    leave(create(chat, "stall_stream", stream=True))
    del chat
    gc.collect()
    row = only(tmp_path)
    assert ("closed", heard, None) == (
        row["kit.status"],
        "kit.first_token_s" in row,
        row.get("gen_ai.usage.input_tokens"),
    )


def test_left_at_exit(server, tmp_path):
    """A stream that is still open when the program ends leaves its row then."""
    code = f"""if True:
        import openai
        from kit.service.meter import Meter
        client = Meter({str(tmp_path / "usage.jsonl")!r}).wrap(openai.OpenAI(base_url={server.url!r}, api_key="none"))
        chunks = client.chat.completions.create(model="stall_stream", messages={ASKED!r}, stream=True)
        next(chunks)
    """
    subprocess.run([sys.executable, "-c", code], check=True, timeout=30)
    assert "closed" == only(tmp_path)["kit.status"]


CHUNK = {"id": "c-1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o-2024-08-06"}
SAID = CHUNK | {"choices": [{"index": 0, "delta": {"content": "Hi"}, "finish_reason": None}]}
STOP = CHUNK | {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
USED = CHUNK | {"choices": [], "usage": {"prompt_tokens": 20, "completion_tokens": 5, "total_tokens": 25}}


@pytest.mark.parametrize(
    ("given", "asked", "chunks", "prompt"),
    [
        pytest.param({}, {"include_usage": True}, 2, 20, id="nothing: the meter asks, and hides what only it wanted"),
        pytest.param({"stream_options": {"include_usage": True}}, {"include_usage": True}, 3, 20, id="yes: it is seen"),
        pytest.param({"stream_options": {"include_usage": False}}, {"include_usage": False}, 3, 20, id="no: so be it"),
        pytest.param(
            {"stream_options": {"include_obfuscation": False}}, {"include_obfuscation": False, "include_usage": True},
            2, 20, id="something else: the meter adds to it",
        ),
        pytest.param(
            {"extra_body": {"stream_options": {"include_usage": True}}}, {"include_usage": True}, 3, 20,
            id="yes, beside the parameters",
        ),
    ],
)  # fmt: skip
def test_usage_of_streams(given, asked, chunks, prompt, meter, tmp_path):
    """A stream's usage is asked for unless the caller said otherwise, and the caller sees what was asked for."""
    metered, bodies = played(meter, events(SAID, STOP, USED, "[DONE]"))
    seen = list(metered.chat.completions.create(model="gpt-4o", messages=ASKED, stream=True, **given))
    assert (asked, chunks, prompt) == (
        bodies[0]["stream_options"], len(seen), only(tmp_path)["gen_ai.usage.input_tokens"]
    )  # fmt: skip


def test_stream_options_refused(meter, tmp_path):
    """Where an endpoint does not know the option, the call is made as it was given."""
    unknown = httpx2.Response(400, json={"error": {"message": "Unrecognized request argument: stream_options"}})
    metered, bodies = played(meter, unknown, events(SAID, STOP, "[DONE]"))
    assert 2 == len(list(metered.chat.completions.create(model="m", messages=ASKED, stream=True)))
    assert [True, False] == ["stream_options" in body for body in bodies]
    assert ("ok", None) == (only(tmp_path)["kit.status"], only(tmp_path).get("gen_ai.usage.input_tokens"))


def test_bytes_pass_as_they_are(meter):
    """What the meter does not hide passes it unchanged, however the network cuts it, with either line end."""
    body = "".join(f"data: {json.dumps(one)}\r\n\r\n" for one in (SAID, STOP, USED)) + "data: [DONE]\r\n\r\n: bye"
    pieces = [body.encode()[i : i + 7] for i in range(0, len(body), 7)]
    metered, _ = played(
        meter, httpx2.Response(200, headers={"content-type": "text/event-stream"}, content=iter(pieces))
    )
    with metered.chat.completions.with_streaming_response.create(model="m", messages=ASKED, stream=True) as answer:
        seen = b"".join(answer.iter_bytes()).decode()
    assert body.replace(f"data: {json.dumps(USED)}\r\n", "") == seen


# Tokens, and the other API.


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        pytest.param(
            {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150,
             "prompt_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 30},
             "completion_tokens_details": {"reasoning_tokens": 40}},
            (100, 50, 60, 30, 40), id="OpenAI",
        ),
        pytest.param(
            {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150, "prompt_cache_hit_tokens": 60,
             "prompt_cache_miss_tokens": 40}, (100, 50, 60, None, None), id="DeepSeek",
        ),
        pytest.param(
            {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150, "cached_tokens": 60},
            (100, 50, 60, None, None), id="Moonshot",
        ),
        pytest.param({"prompt_tokens": "many", "completion_tokens": 50}, (None,) * 5, id="no count"),
        pytest.param(None, (None,) * 5, id="none"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_tokens(usage, expected, streamed, meter, tmp_path):
    """Tokens of each kind are counted as reported: cached ones inside the input, reasoning inside the output."""
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hi"}}
    whole = httpx2.Response(200, json=CHUNK | {"choices": [choice], "usage": usage})
    answer = events(SAID, STOP, CHUNK | {"choices": [], "usage": usage}, "[DONE]") if streamed else whole
    metered, _ = played(meter, answer)
    list(metered.chat.completions.create(model="gpt-4o", messages=ASKED, stream=streamed))
    row = only(tmp_path)
    names = (
        "input_tokens",
        "output_tokens",
        "cache_read.input_tokens",
        "cache_creation.input_tokens",
        "reasoning.output_tokens",
    )
    assert expected == tuple(row.get(f"gen_ai.usage.{name}") for name in names)


PART = {"type": "output_text", "text": "Hello.", "annotations": []}
ANSWER = {
    "id": "resp_1", "object": "response", "created_at": 1, "model": "gpt-5-mini", "status": "completed", "tools": [],
    "tool_choice": "auto", "parallel_tool_calls": True,
    "output": [{"type": "message", "id": "m", "role": "assistant", "status": "completed", "content": [PART]}],
    "usage": {"input_tokens": 36, "input_tokens_details": {"cached_tokens": 6, "cache_write_tokens": 0},
              "output_tokens": 87, "output_tokens_details": {"reasoning_tokens": 64}, "total_tokens": 123},
}  # fmt: skip
BEGUN = ANSWER | {"status": "in_progress", "output": [], "usage": None}
DELTA = {"type": "response.output_text.delta", "item_id": "m", "output_index": 0, "content_index": 0, "delta": "Hello.",
         "logprobs": [], "sequence_number": 1}  # fmt: skip


def step(kind, answer, number):
    return {"type": f"response.{kind}", "response": answer, "sequence_number": number}


@pytest.mark.parametrize(
    ("streamed", "answer", "status", "text"),
    [
        pytest.param(False, ANSWER, "ok", "Hello.", id="whole"),
        pytest.param(False, ANSWER | {"status": "incomplete"}, "ok", "Hello.", id="cut at the longest output"),
        pytest.param(False, ANSWER | {"status": "failed"}, "response_failed", None, id="failed"),
        pytest.param(False, BEGUN | {"status": "queued"}, "response_queued", None, id="in the background"),
        pytest.param(
            True, [step("created", BEGUN, 0), DELTA, step("completed", ANSWER, 2)], "ok", "Hello.", id="streamed"
        ),
        pytest.param(True, [step("created", BEGUN, 0), DELTA], "truncated", None, id="a stream that ends too early"),
        pytest.param(
            True, [step("created", BEGUN, 0), step("failed", ANSWER | {"status": "failed"}, 1)], "response_failed",
            None, id="a stream that fails",
        ),
    ],
)  # fmt: skip
def test_responses(streamed, answer, status, text, tmp_path):
    """Responses are metered as chat completions are."""
    metered, bodies = played(
        Meter(tmp_path / "usage.jsonl", requests=True),
        events(*answer) if streamed else httpx2.Response(200, json=answer),
    )
    made = metered.responses.create(model="gpt-5-mini", input="Hi", stream=streamed)
    if streamed:
        list(made)
    row = only(tmp_path)
    assert (status, text, {"model": "gpt-5-mini", "input": "Hi"}) == (
        row["kit.status"], row.get("kit.answer"), {key: row["kit.request"][key] for key in ("model", "input")}
    )  # fmt: skip
    if status == "ok":
        assert (36, 6, 87, 64, streamed) == (
            row["gen_ai.usage.input_tokens"], row["gen_ai.usage.cache_read.input_tokens"],
            row["gen_ai.usage.output_tokens"], row["gen_ai.usage.reasoning.output_tokens"], "kit.first_token_s" in row,
        )  # fmt: skip
    assert "stream_options" not in bodies[0]


# Endpoints.


def test_endpoints_nest(meter, server, tmp_path):
    """The innermost name holds, and the outer one again after it; outside there is none."""
    chat = client(meter, server.url).chat.completions
    with meter.endpoint("outer"):
        with meter.endpoint("inner"):
            create(chat, "ok")
        create(chat, "ok")
    create(chat, "ok")
    assert ["inner", "outer", None] == [row.get("kit.endpoint") for row in rows(tmp_path)]


def test_decorators(meter, server, tmp_path):
    """Functions, coroutines and generators of either kind can be decorated; a generator's name holds while it runs."""
    chat = client(meter, server.url).chat.completions

    @meter.endpoint("function")
    def function():
        return create(chat, "ok").model

    @meter.endpoint("generator")
    def generator():
        while True:
            create(chat, "ok")
            if (yield):
                return

    async def asynchronous():
        achat = client(meter, server.url, openai.AsyncOpenAI).chat.completions

        @meter.endpoint("coroutine")
        async def coroutine():
            await create(achat, "ok")

        @meter.endpoint("asynchronous generator")
        async def steps():
            await create(achat, "ok")
            yield 1

        await coroutine()
        async for _ in steps():
            await create(achat, "ok")

    assert ("stub-1", "function") == (function(), function.__name__)
    steps = generator()
    next(steps)
    create(chat, "ok")
    next(steps)
    steps.close()
    asyncio.run(asynchronous())
    expected = ["function", "generator", None, "generator", "coroutine", "asynchronous generator", None]
    assert expected == [row.get("kit.endpoint") for row in rows(tmp_path)]


def test_endpoint_after_an_error(meter, server, tmp_path):
    """A name ends with its block, also by an error."""
    with pytest.raises(ZeroDivisionError), meter.endpoint("broken"):
        1 / 0  # noqa: B018
    create(client(meter, server.url).chat.completions, "ok")
    assert "kit.endpoint" not in only(tmp_path)


def test_endpoint_of_a_new_thread(meter, server, tmp_path):
    """A new thread has no name, unless it runs in a copy of the context; `asyncio.to_thread` does so."""
    chat = client(meter, server.url).chat.completions

    async def in_a_thread():
        await asyncio.to_thread(create, chat, "ok")

    with meter.endpoint("mine"):
        for run in (lambda *call: call[0](*call[1:]), contextvars.copy_context().run):
            thread = threading.Thread(target=run, args=(create, chat, "ok"))
            thread.start()
            thread.join()
        asyncio.run(in_a_thread())
    assert [None, "mine", "mine"] == [row.get("kit.endpoint") for row in rows(tmp_path)]


# Requests.


def test_requests(server, tmp_path):
    """Request and answer are kept only if they are asked for, redacted, with all that was sent."""
    meter = Meter(tmp_path / "usage.jsonl", requests=True)
    tool = {"type": "function", "function": {"name": "look_up", "parameters": {}}}
    client(meter, server.url).chat.completions.create(
        model="says:Ask bob@example.com", messages=[{"role": "user", "content": "I am ann@example.com"}], tools=[tool],
        temperature=0, extra_body={"top_k": 3},
    )  # fmt: skip
    row = only(tmp_path)
    assert {
        "model": "says:Ask [email]", "messages": [{"role": "user", "content": "I am [email]"}], "tools": [tool],
        "temperature": 0, "top_k": 3,
    } == row["kit.request"]  # fmt: skip
    assert "Ask [email]" == row["kit.answer"]


def test_requests_by_another_hook(server, tmp_path):
    """The hook can be a team's own; `str` keeps everything."""
    for number, hook in enumerate((str, str.upper)):
        meter = Meter(tmp_path / f"usage{number}.jsonl", requests=True, redact=hook)
        create(client(meter, server.url).chat.completions, "ok")
    assert [("Hi", "echo Hi"), ("HI", "ECHO HI")] == [
        (row["kit.request"]["messages"][0]["content"], row["kit.answer"]) for row in rows(tmp_path)
    ]


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_answer_of_tool_calls(streamed, server, tmp_path):
    """An answer without text is its tool calls."""
    chat = client(Meter(tmp_path / "usage.jsonl", requests=True), server.url).chat.completions
    list(create(chat, "tools", stream=streamed))
    assert [{"name": "look_up", "arguments": '{"order": "A 17"}'}] == json.loads(only(tmp_path)["kit.answer"])


def test_hook_that_fails(server, tmp_path, caplog):
    """If the hook fails, the row is kept without request and answer; that is said once, and not what was in them."""

    def hook(text):
        raise ValueError(f"cannot redact {text}")

    meter = Meter(tmp_path / "usage.jsonl", requests=True, redact=hook)
    chat = client(meter, server.url).chat.completions
    assert ["echo Hi"] * 2 == [create(chat, "ok").choices[0].message.content for _ in range(2)]
    assert [("ok", False, False)] * 2 == [
        (row["kit.status"], "kit.request" in row, "kit.answer" in row) for row in rows(tmp_path)
    ]
    (record,) = [record for record in caplog.records if record.name.startswith("kit")]
    assert record.message.endswith("a request or answer could not be redacted, and is left out: ValueError")


def test_request_that_changes(server, tmp_path):
    """A request is kept as it was sent, though the caller adds to its messages while a stream runs."""
    meter, messages = Meter(tmp_path / "usage.jsonl", requests=True), list(ASKED)
    chunks = client(meter, server.url).chat.completions.create(model="ok", messages=messages, stream=True)
    messages.append({"role": "assistant", "content": "echo Hi"})
    list(chunks)
    assert ASKED == only(tmp_path)["kit.request"]["messages"]


@pytest.mark.parametrize("word", ["key", "key:usage", "key:401"])
def test_no_key(word, server, tmp_path):
    """The client's key is in no row, though an endpoint repeats it and nothing is redacted."""
    meter = Meter(tmp_path / "usage.jsonl", requests=True, redact=str)
    chat = client(meter, server.url).chat.completions
    with suppress(openai.AuthenticationError):
        chat.create(model=word, messages=[{"role": "user", "content": f"My key is {KEY}"}])
    text = (tmp_path / "usage.jsonl").read_text()
    assert (False, True) == (KEY in text, "My key is [key]" in text)


# The file.


def test_trouble_is_not_the_callers(server, caplog):
    """A row that cannot be written is counted and told of once; the calls go on."""
    if not Path("/dev/full").exists():
        pytest.skip("needs a device that is always full")
    meter = Meter("/dev/full")
    chat = client(meter, server.url).chat.completions
    with caplog.at_level(logging.WARNING):
        assert ["echo Hi"] * 3 == [create(chat, "ok").choices[0].message.content for _ in range(3)]
    said = [record.message for record in caplog.records if record.name.startswith("kit")]
    assert (3, ["/dev/full: a row could not be written: No space left on device"]) == (meter.lost, said)


@pytest.mark.parametrize(
    ("path", "more", "said"),
    [
        pytest.param(".", {}, r"no usage can be written there: Is a directory; name a file", id="a folder"),
        pytest.param("file/usage.jsonl", {}, "no usage can be written there", id="a file for a folder"),
        pytest.param("usage.jsonl", {"max_bytes": 0}, "max_bytes is 0 and keep None; both start at 1", id="no size"),
        pytest.param("usage.jsonl", {"keep": 0}, "keep 0; both start at 1", id="nothing kept"),
    ],
)
def test_no_file(path, more, said, tmp_path):
    """What cannot be written to is refused when the meter is made, before any call."""
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match=said):
        Meter(tmp_path / path, **more)


def test_private_file(tmp_path):
    """The file is made with its folder, for this user's eyes only."""
    Meter(tmp_path / "logs" / "usage.jsonl")
    assert 0o600 == (tmp_path / "logs" / "usage.jsonl").stat().st_mode & 0o777


def test_rotation(tmp_path):
    """A file is renamed before it would grow beyond its limit, and the oldest go once there are too many."""
    journal = RotatingFile(tmp_path / "usage.jsonl", max_bytes=25, keep=2)
    for number in range(10):
        journal.append(b"line %d...\n" % number)
    files = sorted(tmp_path.glob("usage.*.jsonl"))
    assert ["line 4...\nline 5...\n", "line 6...\nline 7...\n"] == [path.read_text() for path in files]
    assert "line 8...\nline 9...\n" == (tmp_path / "usage.jsonl").read_text()


def test_moved_away(tmp_path):
    """Where another program renames or deletes the file, the next line begins a new one."""
    journal = RotatingFile(tmp_path / "usage.jsonl", max_bytes=1000)
    journal.append(b"1\n")
    (tmp_path / "usage.jsonl").rename(tmp_path / "old.jsonl")
    journal.append(b"2\n")
    (tmp_path / "usage.jsonl").unlink()
    journal.append(b"3\n")
    assert ("1\n", "3\n") == ((tmp_path / "old.jsonl").read_text(), (tmp_path / "usage.jsonl").read_text())


def test_torn_line(tmp_path):
    """After a line that a crash has torn, the next one begins a line of its own."""
    (tmp_path / "usage.jsonl").write_bytes(b'{"kit.id": "a"}\n{"kit.i')
    RotatingFile(tmp_path / "usage.jsonl", max_bytes=1000).append(b'{"kit.id": "b"}\n')
    assert ['{"kit.id": "a"}', '{"kit.i', '{"kit.id": "b"}'] == (tmp_path / "usage.jsonl").read_text().splitlines()


def test_many_processes(tmp_path):
    """Processes and threads that write to one file, and rename it as it fills, lose no line and tear none."""
    code = """if True:
        import sys
        from concurrent.futures import ThreadPoolExecutor
        from kit.service.usage_log import RotatingFile
        journal = RotatingFile(sys.argv[1], max_bytes=100_000)
        def some(thread):
            for number in range(2_000):
                journal.append(f"{sys.argv[2]} {thread} {number}".ljust(99).encode() + b"\\n")
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(some, range(4)))
    """
    command = [sys.executable, "-c", code, str(tmp_path / "usage.jsonl")]
    for process in [subprocess.Popen([*command, name]) for name in "abc"]:
        assert 0 == process.wait(60)
    # a process that begins while another writes may leave an empty line, which readers pass over
    lines = [line for path in tmp_path.glob("usage*.jsonl") for line in path.read_text().splitlines() if line]
    expected = {f"{name} {thread} {n}".ljust(99) for name in "abc" for thread in range(4) for n in range(2_000)}
    assert (24_000, expected, True) == (len(lines), set(lines), len(list(tmp_path.iterdir())) > 20)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_fork(server, tmp_path):
    """A process forked while a stream is open leaves no second row of it, and rows of its own have other names."""
    code = f"""if True:
        import os, openai
        from kit.service.meter import Meter
        client = Meter({str(tmp_path / "usage.jsonl")!r}).wrap(openai.OpenAI(base_url={server.url!r}, api_key="none"))
        def ask(**more):
            return client.chat.completions.create(model="ok", messages={ASKED!r}, **more)
        chunks = ask(stream=True)
        child = os.fork()
        if not child:
            client = client.with_options(http_client=openai.DefaultHttpxClient())
            ask()
        else:
            os.waitpid(child, 0)
            list(chunks)
            ask()
    """
    subprocess.run([sys.executable, "-c", code], check=True, timeout=30)
    assert (3, 3) == (len(rows(tmp_path)), len({row["kit.id"] for row in rows(tmp_path)}))


def test_import():
    """Metering brings no client with it: who imports the kit does not wait for openai."""
    heavy = "openai", "httpx2", "pandas", "kit.redaction"
    code = f"import sys, kit.service.meter; print(sorted(set({heavy}) & set(sys.modules)))"
    assert "[]\n" == subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


# Services.

MIX = ("ok", "ok", "tools", "429", "truncated", "reset")
CALLS = 1_000
"""In each service; a third of them but for `nox -s simulate`."""


def said(n):
    """What the n-th call asks, its weather, and whether it is streamed."""
    return {"messages": [{"role": "user", "content": f"{n}"}], "model": MIX[n % 6], "stream": n % 4 == 0}


def check(tmp_path, server, before, calls):
    """Each call has one row, under its endpoint."""
    found = rows(tmp_path)
    right = [row for row in found if row["kit.endpoint"] == row["gen_ai.request.model"]]
    came = sum(server.came.values()) - before
    assert (calls, calls, calls, calls) == (came, len(found), len({row["kit.id"] for row in found}), len(right))
    ends = {(row["gen_ai.request.model"], row["kit.status"]) for row in found}
    assert {("ok", "ok"), ("tools", "ok"), ("429", "RateLimitError"), ("reset", "APIConnectionError"),
            ("truncated", "truncated"), ("truncated", "unreadable")} == ends  # fmt: skip


@pytest.mark.simulation
def test_threaded_service(server, tmp_path, monkeypatch, runs):
    """Calls by sixteen threads, half of which break, leave a row each, though other threads crash."""
    monkeypatch.setattr(threading, "excepthook", lambda failure: None)
    meter, before = Meter(tmp_path / "usage.jsonl", max_bytes=50_000), sum(server.came.values())
    chat = client(meter, server.url).chat.completions

    def one(n):
        with meter.endpoint(MIX[n % 6]):
            try:
                list(chat.create(**said(n)))
            except openai.APIError:
                thread = threading.Thread(target=lambda: 1 / 0)
                thread.start()
                thread.join()

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(one, range(runs(CALLS, 3))))
    check(tmp_path, server, before, runs(CALLS, 3))


@pytest.mark.simulation
def test_asyncio_service(server, tmp_path, runs):
    """Calls by as many tasks, half of which break, leave a row each."""
    meter, before = Meter(tmp_path / "usage.jsonl", max_bytes=50_000), sum(server.came.values())

    async def calls():
        chat, turn = client(meter, server.url, openai.AsyncOpenAI).chat.completions, asyncio.Semaphore(16)

        async def one(n):
            async with turn:
                with meter.endpoint(MIX[n % 6]):
                    answer = await chat.create(**said(n))
                    if n % 4 == 0:
                        [chunk async for chunk in answer]

        return await asyncio.gather(*map(one, range(runs(CALLS, 3))), return_exceptions=True)

    asyncio.run(calls())
    check(tmp_path, server, before, runs(CALLS, 3))

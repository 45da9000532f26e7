"""One attempt over HTTP: an answer, or a fault that says whether to ask again."""

import asyncio
import json
import socket
import ssl
import subprocess
import time

import pytest
import stub

from kit.client.answers import ERROR_KINDS
from kit.client.api_errors import ApiError
from kit.client.contenders import read_contenders
from kit.client.http import ChatEndpoint, client_session, round_trips

SECRET = "sk-very-secret-4711"


def send(contender, stream=True, text="question", timeout_s=10, stall_s=0.3, times=1):
    """What comes of one attempt, the last of so many: an answer with a time to wait, or a fault."""

    async def attempt():
        one = read_contenders(contender)[0]
        made = {"model": one.called, "messages": [{"role": "user", "content": text}]}
        made |= {"stream": True, "stream_options": {"include_usage": True}} if stream else {}
        body = json.dumps(made).encode()
        async with client_session(one.base_url, timeout_s, stall_s) as pool:
            endpoint = ChatEndpoint(one, one.base_url, pool)
            for _ in range(times - 1):
                await endpoint.send(body, stream)
            return await endpoint.send(body, stream)

    try:
        return asyncio.run(attempt())
    except ApiError as fault:
        assert fault.kind in ERROR_KINDS
        assert fault.message == " ".join(fault.message.split()), "one line"
        return fault


both_ways = pytest.mark.parametrize(
    "stream", [pytest.param(True, id="streamed"), pytest.param(False, id="in one piece")]
)


@both_ways
@pytest.mark.parametrize(
    ("word", "text", "tokens"),
    [
        pytest.param("ok", "echo question", (20, 5), id="an answer"),
        pytest.param("says:", "", (20, 5), id="an empty answer"),
        pytest.param("says:慢慢来 🎈", "慢慢来 🎈", (20, 5), id="an answer in any script"),
        pytest.param("says:\ud800x", "\ufffdx", (20, 5), id="half a character is replaced, since no file can hold it"),
        pytest.param("slow:0.1", "late", (20, 5), id="a slow answer"),
        pytest.param("thinks", "42", (20, 50), id="a thoughtful answer"),
        pytest.param("usage", "ok", None, id="an answer without its usage"),
        pytest.param('usage:{"prompt_tokens": -1, "completion_tokens": 2}', "ok", None, id="with usage that cannot be"),
        pytest.param('usage:{"prompt_tokens": "many"}', "ok", None, id="with usage that is no number"),
    ],
)
def test_answer(server, word, stream, text, tokens):
    """What the endpoint said is what comes back, streamed or not."""
    answer, wait = send(server.contender(word), stream)
    used = answer.usage and (answer.usage.prompt, answer.usage.output)
    assert (text, "stop", tokens, None) == (answer.text, answer.finish_reason, used, wait)


@both_ways
def test_answer_in_parts(server, stream):
    """Thoughts and tool calls come back whole, however they were cut."""
    called, _ = send(server.contender("tools"), stream)
    thought, _ = send(server.contender("thinks"), stream)
    assert ({"id": "call-1", "name": "look_up", "arguments": '{"order": "A 17"}'},) == called.tool_calls
    assert ("6 times 7", 40) == (thought.thinking, thought.usage.reasoning)


def test_drip(server):
    """A stream that arrives a few bytes at a time, inside lines and characters, is put together again."""
    answer, _ = send(server.contender("drip"))
    assert "慢慢来" == answer.text
    assert 0 < answer.first_token_s < answer.total_s


@both_ways
def test_times(server, stream):
    """The seconds to the first token and in all are from sending on; without a stream nobody saw the first token."""
    before = time.perf_counter()
    answer, _ = send(server.contender("slow:0.2"), stream)
    took = time.perf_counter() - before
    assert 0.2 <= answer.total_s <= took
    assert (0.2 <= answer.first_token_s <= answer.total_s) if stream else (answer.first_token_s is None)


RETRIED, FINAL, NEITHER = (True, False), (False, True), (False, False)


@both_ways
@pytest.mark.parametrize(
    ("word", "kind", "hope", "billed", "said"),
    [
        pytest.param("429", "rate_limit", RETRIED, False, "HTTP 429: status 429", id="too many requests"),
        pytest.param("500", "server", RETRIED, False, "HTTP 500: status 500", id="a failure of the server"),
        pytest.param("503", "server", RETRIED, False, "HTTP 503: status 503", id="an overloaded server"),
        pytest.param("408", "server", RETRIED, False, "HTTP 408: status 408", id="a server out of patience"),
        pytest.param("400", "bad_request", NEITHER, False, "HTTP 400: status 400", id="a bad request"),
        pytest.param("422", "bad_request", NEITHER, False, "HTTP 422: status 422", id="a strange request"),
        pytest.param("400:context_length_exceeded", "context", NEITHER, False, "context_length", id="too long"),
        pytest.param("400:content_filter", "refused", NEITHER, False, "content_filter", id="a filtered request"),
        pytest.param("401", "auth", FINAL, False, "HTTP 401: status 401", id="a wrong key"),
        pytest.param("403", "auth", FINAL, False, "HTTP 403: status 403", id="a key for other models"),
        pytest.param("402", "quota", FINAL, False, "HTTP 402: status 402", id="an empty account"),
        pytest.param("429:insufficient_quota", "quota", FINAL, False, "HTTP 429", id="an empty account, as OpenAI"),
        pytest.param("404", "not_found", FINAL, False, "HTTP 404: status 404", id="no such model"),
        pytest.param("307", "redirect", FINAL, False, "correct the base_url", id="an address that sends elsewhere"),
        pytest.param("reset", "network", RETRIED, True, "hung up without an answer", id="a line that drops"),
        pytest.param("cut", "network", RETRIED, True, "hung up in the middle of the answer", id="half an answer"),
        pytest.param("stall", "timeout", RETRIED, True, "no answer in time", id="silence"),
        pytest.param("html", "malformed", RETRIED, True, "a web page, where a chat", id="a web page"),
        pytest.param("malformed", "malformed", RETRIED, True, "not JSON, where", id="broken JSON"),
        pytest.param("empty", "malformed", RETRIED, True, "no chat completion", id="no choice"),
    ],
)
def test_fault(server, word, stream, kind, hope, billed, said):
    """What is no answer is a fault: of one kind, in one line, with or without hope; sent exactly once."""
    fault = send(server.contender(word), stream)
    assert said in fault.message
    assert (kind, hope, billed) == (fault.kind, (fault.retry, fault.final), fault.billed)
    assert {"question": 1} == server.seen


@pytest.mark.parametrize(
    ("word", "kind", "said"),
    [
        pytest.param("truncated", "network", "the stream broke off before the answer's end", id="ends too early"),
        pytest.param("late_error", "server", "in the stream: overloaded", id="turns into an error"),
        pytest.param("cut_stream", "network", "hung up in the middle of the answer", id="is cut in the middle"),
        pytest.param("stall_stream", "timeout", "no answer in time", id="falls silent in the middle"),
    ],
)
def test_broken_stream(server, word, kind, said):
    """A stream that breaks off is no answer, however much of it had come, and may be asked again."""
    fault = send(server.contender(word))
    assert said in fault.message
    assert (kind, True, True) == (fault.kind, fault.retry, fault.billed)


def test_whole_answer_has_its_time_too(server):
    """An answer that drips for longer than the time for a whole answer is given up."""
    fault = send(server.contender("slow:5"), timeout_s=0.2, stall_s=10)
    assert ("timeout", True) == (fault.kind, fault.retry)


@pytest.mark.parametrize(
    ("word", "wait_s"),
    [
        pytest.param("429:0.2", 0.2, id="as Retry-After in seconds"),
        pytest.param("429:reset", 0.2, id="as OpenAI names it"),
        pytest.param("429", None, id="not at all"),
    ],
)
def test_wait(server, word, wait_s):
    """A refusal carries the time to wait, where the endpoint names one."""
    assert wait_s == send(server.contender(word)).wait


def test_connection_is_used_again(server):
    """Answers one after another share one connection, a stream read to its end included."""
    send(server.contender("ok"), times=3)
    assert (3, 1) == (server.seen["question"], server.connections)


@pytest.mark.parametrize(
    ("key", "sent"),
    [
        pytest.param("TEST_KEY", f"Bearer {SECRET}", id="a key is sent"),
        pytest.param(None, None, id="no key, no header"),
    ],
)
def test_authorization(server, monkeypatch, key, sent):
    """The key goes where the endpoint expects it."""
    monkeypatch.setenv("TEST_KEY", SECRET)
    send(server.contender("ok", key=key))
    assert [sent] == [headers.get("authorization") for headers in server.headers]


def test_redirect_is_not_followed(server, monkeypatch):
    """An address that sends elsewhere is told, and the key is not sent after it."""
    monkeypatch.setenv("TEST_KEY", SECRET)
    with stub.running() as elsewhere:
        fault = send(server.contender(f"307:{elsewhere.url}", key="TEST_KEY"))
        assert f"HTTP 307: it sends on to {elsewhere.url}; correct the base_url" == fault.message
        assert not elsewhere.seen


@both_ways
@pytest.mark.parametrize(
    "word",
    [
        pytest.param("key", id="in an answer, where a stream splits it"),
        pytest.param("key:401", id="in a refusal"),
        pytest.param("key:500", id="in a failure"),
        pytest.param("key:usage", id="in the usage"),
    ],
)
def test_key_is_hidden(server, monkeypatch, word, stream):
    """A key that the endpoint repeats is in no word of what comes back."""
    monkeypatch.setenv("TEST_KEY", SECRET)
    outcome = send(server.contender(word, key="TEST_KEY"), stream)
    said = outcome.message if isinstance(outcome, ApiError) else str(outcome[0])
    assert "[key]" in said
    assert SECRET not in said


@pytest.mark.parametrize(
    "word",
    [pytest.param("key:late", id="of an error in a stream"), pytest.param("key:page", id="of a stream that is none")],
)
def test_half_a_key_is_hidden(server, monkeypatch, word):
    """Where an error is cut short in the middle of the key, the first half of it is hidden too."""
    monkeypatch.setenv("TEST_KEY", SECRET)
    said = send(server.contender(word, key="TEST_KEY")).message
    assert "x" * 280 in said
    assert SECRET[:6] not in said


def test_key_alone_is_hidden(server, monkeypatch):
    """What is not our key is left as it is."""
    monkeypatch.setenv("TEST_KEY", SECRET)
    answer, _ = send(server.contender("says:sk-another-key", key="TEST_KEY"))
    assert ("sk-another-key", "") == (answer.text, answer.note)


def test_nobody_listens():
    """A port that nobody listens on is unreachable; nothing can have been billed."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        fault = send({"model": "m", "base_url": f"http://127.0.0.1:{port}/v1"})
    assert f"127.0.0.1:{port}: cannot be reached: Connection refused" == fault.message
    assert ("network", True, False) == (fault.kind, fault.retry, fault.billed)


def test_no_such_host():
    """A host that no name server knows is unreachable."""
    fault = send({"model": "m", "base_url": "http://nowhere.invalid/v1"})
    assert fault.message.startswith("nowhere.invalid: cannot be reached: ")
    assert ("network", True, False) == (fault.kind, fault.retry, fault.billed)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate that nobody has signed but its owner."""
    folder = tmp_path_factory.mktemp("certificate")
    command = "openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=127.0.0.1"
    try:
        subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not installed")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


def test_untrusted_certificate(certificate, monkeypatch):
    """A certificate that is not to be trusted ends it, before the key is sent."""
    monkeypatch.setenv("TEST_KEY", SECRET)
    with stub.running(ssl=certificate) as server:
        fault = send(server.contender("ok", key="TEST_KEY"))
        assert ("tls", False, True, False) == (fault.kind, fault.retry, fault.final, fault.billed)
        assert "certificate" in fault.message
        assert [] == server.headers


def test_no_tls_there(server):
    """An address that speaks no TLS is told as a fault of TLS."""
    one = server.contender("ok")
    fault = send(one | {"base_url": one["base_url"].replace("http://", "https://")})
    assert ("tls", True) == (fault.kind, fault.final)


def test_round_trips():
    """Each connection is one of its own, takes some time, and sends nothing."""
    with stub.running() as server:
        took = round_trips(server.url, times=3)
        assert (3, True, 0) == (len(took), all(0 < seconds < 1 for seconds in took), len(server.bodies))


def test_round_trips_to_a_closed_port():
    """Where nobody listens there is nothing to tell."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert [] == round_trips(f"http://127.0.0.1:{taken.getsockname()[1]}/v1", timeout_s=0.5)


def test_round_trips_to_an_unknown_host():
    """Nor where the name is not known."""
    assert [] == round_trips("https://nowhere.invalid/v1")

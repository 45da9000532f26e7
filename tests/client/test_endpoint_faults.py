"""An endpoint that sends odd bytes: answers are kept as sent, faults are told in a line, and the key is in neither."""

import base64
import gzip
import html
import json
import socketserver
import threading
from urllib.parse import quote

import pandas as pd
import pytest

from kit.client import client
from kit.client.requests import Request

KEY = "sk-" + 'odd"/+key-of-' + "0123456789abcdef"
USAGE = {"prompt_tokens": 3, "completion_tokens": 2}


class Endpoint(socketserver.ThreadingTCPServer):
    """A loopback server that answers each request with the same bytes, and hangs up."""

    allow_reuse_address = daemon_threads = True
    reply = b""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Connection)
        self.requests = 0
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()


class Connection(socketserver.StreamRequestHandler):
    """One request: read whole, answered in two parts that split wherever the middle is."""

    def handle(self):
        length = 0
        for line in iter(self.rfile.readline, b"\r\n"):
            length = int(line.split(b":")[1]) if line.lower().startswith(b"content-length") else length
        self.rfile.read(length)
        self.server.requests += 1
        half = len(self.server.reply) // 2
        for part in (self.server.reply[:half], self.server.reply[half:]):
            self.wfile.write(part)
            self.wfile.flush()


@pytest.fixture(scope="module")
def endpoint():
    with Endpoint() as running:
        yield running
        running.shutdown()


def http(body, kind="application/json", status="200 OK", *headers):
    """A response that ends as the connection does."""
    body = body if isinstance(body, bytes) else body.encode()
    head = [f"HTTP/1.1 {status}", f"content-type: {kind}", "connection: close", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def completion(message=None, usage=USAGE, finish="stop"):
    choice = {"message": {"role": "assistant", "content": "yes"} if message is None else message}
    return json.dumps({"choices": [choice | {"finish_reason": finish}], "usage": usage})


def events(*parts, line_end="\n", done=True):
    """A stream of chunks; text is a delta's."""
    chunks = [{"choices": [{"delta": {"content": part}}]} if isinstance(part, str) else part for part in parts]
    chunks.append({"choices": [{"delta": {}, "finish_reason": "stop"}], "usage": USAGE})
    lines = [f"data: {json.dumps(chunk)}" for chunk in chunks] + ["data: [DONE]"] * done
    return "".join(line + 2 * line_end for line in lines)


def ask(endpoint, folder, monkeypatch, reply):
    """One question in one attempt: the frame's row."""
    monkeypatch.setenv("ODD_KEY", KEY)
    endpoint.reply = reply
    contender = {"model": "m", "base_url": f"http://127.0.0.1:{endpoint.server_address[1]}/v1", "key": "ODD_KEY"}
    question = Request("a", [{"role": "user", "content": "a"}])
    return client.ask([question], contender, folder / "s.sqlite", attempts=1, stall_s=2, progress=False).iloc[0]


SSE = "text/event-stream"


@pytest.mark.parametrize(
    ("reply", "text", "note"),
    [
        pytest.param(http("\ufeff" + completion()), "yes", "", id="a byte order mark before JSON"),
        pytest.param(http("\ufeff" + events("yes"), SSE), "yes", "", id="a byte order mark before the first event"),
        pytest.param(http(events("y", "es", line_end="\r\n"), SSE), "yes", "", id="events with lines as on Windows"),
        pytest.param(http(": ping\n\nevent: x\nid: 1\nretry: 9\n" + events("yes"), SSE), "yes", "", id="other fields"),
        pytest.param(http(events("yes", done=False), SSE), "yes", "", id="no [DONE]"),
        pytest.param(http(events("yes").rstrip(), SSE), "yes", "", id="no line end after the last event"),
        pytest.param(http(events("yes"), SSE + "; charset=UTF-8"), "yes", "", id="a charset beside the type"),
        pytest.param(http(events("yes", {"choices": []}), SSE), "yes", "", id="a chunk without a choice"),
        pytest.param(http(events("yes", {"choices": [{"delta": None}]}), SSE), "yes", "", id="a delta that is null"),
        pytest.param(http(completion(), "text/plain"), "yes", "", id="JSON under another type"),
        pytest.param(http(gzip.compress(completion().encode()), "application/json", "200 OK", "content-encoding: gzip"),
                     "yes", "", id="compressed"),
        pytest.param(http(completion({"content": [{"type": "text", "text": "y"}, {"type": "image_url"}, "es"]})),
                     "yes", "", id="content in parts"),
        pytest.param(http(events({"choices": [{"delta": {"content": [{"type": "text", "text": "yes"}]}}]}), SSE),
                     "yes", "", id="parts in a stream"),
        pytest.param(http(completion({"content": "half \ud83d"})), "half \ufffd", "", id="half a character"),
        pytest.param(http(completion({"content": "\x00\x1b[2J<b>"})), "\x00\x1b[2J<b>", "", id="control characters"),
        pytest.param(http(completion(usage=None)), "yes", "no usage was reported", id="no usage"),
        pytest.param(http(completion(usage=USAGE | {"prompt_tokens": True})), "yes", "cannot be read",
                     id="true for tokens"),
        pytest.param(http(completion(usage=USAGE | {"completion_tokens": -1})), "yes", "contradicts itself",
                     id="fewer tokens than none"),
        pytest.param(http(completion(usage=USAGE | {"completion_tokens": 1e30})), "yes", "cannot be read",
                     id="more tokens than there are"),
        pytest.param(http(completion(usage=USAGE | {"completion_tokens": 0})), "yes", "counts no output tokens",
                     id="no output tokens for an answer"),
        pytest.param(http(completion({"content": None, "refusal": "no"})), "no", "a refusal", id="a refusal"),
    ],
)  # fmt: skip
def test_answer_as_sent(endpoint, tmp_path, monkeypatch, reply, text, note):
    """The text is what was sent, and the note says what was odd about it."""
    row = ask(endpoint, tmp_path, monkeypatch, reply)
    assert ("", text) == (row["error_kind"], row["text"])
    assert note in row["note"]
    assert bool(note) == bool(row["note"])


@pytest.mark.parametrize(
    ("reply", "kind", "message"),
    [
        pytest.param(b"", "network", "hung up without an answer", id="nothing"),
        pytest.param(b"SSH-2.0-OpenSSH_9.6\r\n", "malformed", "not HTTP as it should be", id="another protocol"),
        pytest.param(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{", "network", "in the middle", id="a body cut"),
        pytest.param(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", "", "", id="a chunk of no size"),
        pytest.param(http(b"\x1f\x8b no gzip", "application/json", "200 OK", "content-encoding: gzip"), "", "",
                     id="compressed, it says, and is not"),
        pytest.param(http(""), "malformed", "not JSON", id="an empty body"),
        pytest.param(http("[" * 100_000), "malformed", "not JSON", id="nested without an end"),
        pytest.param(http("null"), "malformed", "not JSON", id="null"),
        pytest.param(http(b"\xff\xfe\x00"), "malformed", "not JSON", id="bytes that are no text"),
        pytest.param(http('{"choices": [{"message": "yes"}]}'), "malformed", "no chat completion", id="a bare message"),
        pytest.param(http('{"choices": {"0": 1}}'), "malformed", "no chat completion", id="choices that are no list"),
        pytest.param(http('{"error": "overloaded"}'), "server", "overloaded", id="an error with status 200"),
        pytest.param(http("data: [DONE]\n\n", SSE), "network", "broke off", id="a stream of nothing"),
        pytest.param(http("data: {\n\n", SSE), "malformed", "not JSON", id="an event cut"),
        pytest.param(http('data: {"choices": [7]}\n\n', SSE), "malformed", "no event", id="a choice that is a number"),
        pytest.param(http("<html>Sign in</html>", "text/html"), "malformed", "a web page", id="a login page"),
        pytest.param(http("", "text/plain", "204 No Content"), "", "HTTP 204", id="no content"),
        pytest.param(http("x", "text/plain", "999 Odd"), "server", "HTTP 999", id="a status that there is not"),
        pytest.param(http("x" * 5_000, "text/plain", "500 No"), "server", "xxx...", id="a long page of an error"),
        pytest.param(http("a\x1b[2J\r\nb", "text/plain", "400 No"), "bad_request", "HTTP 400: a", id="control codes"),
        pytest.param(http("", "text/plain", "307 Go", "location: http://127.0.0.1:9/v1"), "redirect", "sends on to",
                     id="a way elsewhere"),
        pytest.param(http("{}", "text/plain", "429 No", "retry-after: inf"), "rate_limit", "asks to wait inf s",
                     id="a wait without an end"),
    ],
)  # fmt: skip
def test_fault_as_told(endpoint, tmp_path, monkeypatch, reply, kind, message):
    """Each fault is one line of one kind, sent once, and no answer."""
    before = endpoint.requests
    row = ask(endpoint, tmp_path, monkeypatch, reply)
    assert pd.isna(row["text"])
    assert (kind or row["error_kind"]) == row["error_kind"] != ""
    assert message in row["error"]
    assert row["error"].isprintable()
    assert len(row["error"]) < 600
    assert 1 == endpoint.requests - before


FORMS = {
    "as it is": KEY,
    "escaped in JSON": json.dumps(KEY)[1:-1],
    "escaped in HTML": html.escape(KEY),
    "encoded for a URL": quote(KEY, safe=""),
    "in base64": base64.b64encode(f"Bearer {KEY}".encode()).decode(),
    "in base64 for a URL": base64.urlsafe_b64encode(KEY.encode()).decode(),
    "in hexadecimal": KEY.encode().hex(),
    "backwards": KEY[::-1],
}

PLACES = {
    "an answer": lambda form: http(completion({"content": f"so {form} it is"})),
    "thinking": lambda form: http(completion({"content": "yes", "reasoning_content": form})),
    "a call": lambda form: http(completion({"content": "", "tool_calls": [
        {"id": form, "type": "function", "function": {"name": form, "arguments": json.dumps({"a": form})}}]})),
    "a stream in parts": lambda form: http(events(form[:9], form[9:20], form[20:]), SSE),
    "an error": lambda form: http(json.dumps({"error": {"message": f"wrong: {form}"}}), "application/json", "400 No"),
    "an error in a stream": lambda form: http(f"data: {json.dumps({'error': {'message': form}})}\n\n", SSE),
    "a redirect": lambda form: http("", "text/plain", "307 Go", f"location: http://127.0.0.1:9/{form}"),
    "the usage": lambda form: http(completion(usage={"prompt_tokens": form, "completion_tokens": 1})),
    "the model's name": lambda form: http(completion()[:-1] + f', "model": {json.dumps(form)}}}'),
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_key_in_no_form(endpoint, tmp_path, monkeypatch, capsys, place):
    """A key that comes back in any form, anywhere, is in no cell, no file and no line of output in any of them."""
    shown = []
    for number, form in enumerate(FORMS.values()):
        folder = tmp_path / str(number)
        shown.append(str(ask(endpoint, folder, monkeypatch, PLACES[place](form)).to_dict()))
    shown += [path.read_bytes().decode("latin-1") for path in tmp_path.rglob("*") if path.is_file()]
    shown += capsys.readouterr()
    middles = [form[6:-6] for form in (*FORMS.values(), base64.b64encode(KEY.encode()).decode())]
    assert len(FORMS) == sum("[key]" in text for text in shown[: len(FORMS)])
    assert [] == [middle for middle in middles for text in shown if middle in text]

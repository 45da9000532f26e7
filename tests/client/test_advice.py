"""A base URL or key that is not right is told with what to do, in one line, without the key."""

import asyncio
import json
import ssl
import subprocess
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from kit.client import ApiError, read_contenders
from kit.client.http import ChatEndpoint, client_session
from kit.conformance import probe
from kit.errors import AskError

SECRET = "sk-ant-very-secret-4711"
GOOD = {"model": "m", "choices": [{"message": {"content": "Hello"}, "finish_reason": "stop"}]}


class Handler(BaseHTTPRequestHandler):
    """Answers below /v1 as an API does, and elsewhere as its word says."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/v1/chat/completions":
            return self.say(200, json.dumps(GOOD))
        status, text, *headers = self.server.word
        return self.say(status, text, *headers)

    do_GET = do_POST  # noqa: N815

    def say(self, status, text, *headers):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value.replace("HOST", self.headers["Host"]))
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


@contextmanager
def serving(word=(404, "Not Found"), context=None):
    """A server on loopback, and its host and port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.word = word
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def told(base_url, key="MY_KEY"):
    """What one request comes to: its text, or the words of the error."""

    async def ask():
        one = read_contenders({"model": "m", "base_url": base_url, "key": key})[0]
        async with client_session(base_url, 5, 5) as pool:
            body = json.dumps({"model": "m", "messages": [{"role": "user", "content": "Hello"}]}).encode()
            return (await ChatEndpoint(one, base_url, pool).send(body, False))[0].text

    try:
        return asyncio.run(ask())
    except ApiError as error:
        return error.message


@pytest.fixture(autouse=True)
def key(monkeypatch):
    """A key of another provider in the environment."""
    monkeypatch.setenv("MY_KEY", SECRET)


PAGE = "<!doctype html><html><body>Sign in</body></html>"
NO_MODEL = json.dumps({"error": {"message": "The model `m` does not exist", "code": "model_not_found"}})
PLAIN_HTTP = "400 The plain HTTP request was sent to HTTPS port"


@pytest.mark.parametrize(
    ("path", "word", "said"),
    [
        pytest.param("/v1", (), "Hello", id="as it should be"),
        pytest.param("/v1/", (), "Hello", id="a trailing slash"),
        pytest.param("", (404, "Not Found"), "the address is not the API's, such as http://HOST/v1", id="without /v1"),
        pytest.param("/v2", (404, "{}"), "HTTP 404", id="another version is left alone"),
        pytest.param("/a", (404, NO_MODEL), "GET http://HOST/a/models lists the names", id="a model's alias"),
        pytest.param("/a", (200, PAGE), "login page or proxy answers there: base_url must lead to the API", id="HTML"),
        pytest.param("/a", (502, PAGE), "login page or proxy answers there", id="HTML with an error"),
        pytest.param("/a", (400, PLAIN_HTTP), "it speaks TLS: write https://HOST/a", id="http where https is due"),
        pytest.param("/a", (301, "", ("Location", "https://HOST/a/chat/completions")),
                     "write https: base_url https://HOST/a", id="a redirect to https"),
        pytest.param("/a", (307, "", ("Location", "http://elsewhere.invalid/v1")),
                     "it sends on to http://elsewhere.invalid/v1; correct the base_url", id="a redirect elsewhere"),
        pytest.param("/a", (401, "{}"), "MY_KEY holds a key that looks like one of Anthropic, and this is 127.0.0.1",
                     id="another provider's key"),
        pytest.param("/a", (407, "{}"), "see HTTPS_PROXY and HTTP_PROXY, or name 127.0.0.1 in NO_PROXY", id="a proxy"),
    ],
)  # fmt: skip
def test_advice(path, word, said):
    """What is wrong with an address is told with what to write instead."""
    with serving(word) as host:
        words = told(f"http://{host}{path}")
    assert said.replace("HOST", host) in words
    assert "\n" not in words
    assert "4711" not in words


def test_proxy_down(monkeypatch):
    """A proxy that cannot be reached is named as the proxy's variables."""
    with serving() as dead:
        pass
    monkeypatch.setenv("http_proxy", f"http://{dead}")
    assert "the proxy cannot be reached; see HTTPS_PROXY" in told("http://nowhere.invalid/v1")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate that nobody has signed but its owner."""
    folder = tmp_path_factory.mktemp("certificate")
    command = "openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=localhost"
    try:
        command = [*command.split(), "-addext", "subjectAltName=IP:127.0.0.1"]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not installed")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context, folder / "cert.pem"


TRUSTING = """
import sys
from kit import client
one = {"model": "m", "base_url": sys.argv[1]}
question = client.Request("q", [{"role": "user", "content": "Hello"}])
print(client.ask([question], one, sys.argv[2], progress=False, stream=False)["text"][0])
"""


def test_self_signed(certificate, child, tmp_path):
    """A certificate of one's own is told with the variable that makes it trusted, and that variable does so."""
    context, file = certificate
    with serving(context=context) as host:
        assert "set SSL_CERT_FILE to the file of the authority behind it" in told(f"https://{host}/v1")
        trusting = child(TRUSTING, f"https://{host}/v1", tmp_path / "s.sqlite", SSL_CERT_FILE=str(file))
        assert ("Hello\n", "") == trusting.communicate(timeout=30)


def test_no_tls():
    """Https where only http is spoken is told as that."""
    with serving() as host:
        assert f"it speaks no TLS: write http://{host}/v1" in told(f"https://{host}/v1")


def test_whole_address():
    """The address of the chat itself is refused as a base URL, with the right one."""
    with pytest.raises(AskError, match=r"leave out /chat/completions, which the client adds: http://box/v1$"):
        read_contenders({"model": "m", "base_url": "http://box/v1/chat/completions"})


def test_probe_tells_too():
    """A probe says the same of an address that is not right."""
    with serving() as host:
        found = probe({"model": "m", "base_url": f"http://{host}", "key": "MY_KEY"})
    assert ("refused", True) == (
        found.findings["chat"].status,
        f"such as http://{host}/v1" in found.findings["chat"].words,
    )
    assert "4711" not in found.to_json()

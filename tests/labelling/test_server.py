"""The label page's server: it answers its own page and nobody else."""

import json
import urllib.error
import urllib.request

import pytest
from labelling.test_session import replayed

from kit.labelling import Session, serve


@pytest.fixture
def desk(tmp_path):
    """A session's address, and a call: `(address, call)`."""

    def call(url, body=None, **headers):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data, {name.replace("_", "-"): value for name, value in headers.items()})
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.read().decode(), dict(answer.headers)
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(), dict(error.headers)

    with serve(Session(replayed(other="</script><script>alert(1)</script>\u202e"), tmp_path), "Toy") as address:
        yield address, call


def own(address):
    return {"Origin": address.rsplit("/", 2)[0]}


def test_label(desk, tmp_path):
    """A verdict is kept, and the next question comes; nothing that the page gets says whose an answer is."""
    address, call = desk
    state = json.loads(call(f"{address}state")[1])
    assert {"id", "asked", "left", "right", "exact"} == set(state["question"])
    assert "⟨U+202E⟩" in state["question"]["left"] + state["question"]["right"]
    status, text, _ = call(f"{address}label", {"id": state["question"]["id"], "choice": "same"}, **own(address))
    after = json.loads(text)
    assert (200, 1, False) == (status, after["done"], after["question"]["id"] == state["question"]["id"])
    assert 1 == len((tmp_path / "journal.jsonl").read_text().splitlines())
    assert 0 == json.loads(call(f"{address}undo", {}, **own(address))[1])["done"]


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        pytest.param("../x/state", {}, id="another token"),
        pytest.param("../state", {}, id="no token"),
        pytest.param("state", {"Host": "evil.example"}, id="another host, as by a rebound name"),
        pytest.param("state", {"Origin": "http://evil.example"}, id="another origin"),
        pytest.param("state", {"Origin": "null"}, id="a page without an origin"),
        pytest.param("state", {"Sec_Fetch_Site": "cross-site"}, id="a link on another site"),
    ],
)
def test_refused(desk, path, headers):
    """What does not come from the page itself gets nothing."""
    address, call = desk
    url = address.rsplit("/", 2)[0] + path.removeprefix("..") if path.startswith("..") else address + path
    status, text, _ = call(url, **headers)
    assert (403, "open the address that `kit label` shows") == (status, json.loads(text)["error"])


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        pytest.param({"choice": "left"}, {}, 403, id="a form of another page has no origin of ours"),
        pytest.param({"id": "x", "choice": "left"}, None, 409, id="no such question"),
        pytest.param([], None, 409, id="not an object"),
        pytest.param({"id": "x" * 20_000}, None, 400, id="a huge body"),
    ],
)
def test_bad_verdict(desk, tmp_path, body, headers, status):
    """A verdict that is none is refused and not kept."""
    address, call = desk
    assert status == call(f"{address}label", body, **(own(address) if headers is None else headers))[0]
    assert not (tmp_path / "journal.jsonl").exists()


def test_headers(desk):
    """The page may not be kept, framed, or load anything; it may talk to its own server only."""
    address, call = desk
    _, page, headers = call(address)
    assert ("no-store", "DENY", "nosniff") == tuple(
        headers[name] for name in ("Cache-Control", "X-Frame-Options", "X-Content-Type-Options")
    )
    assert "connect-src &#39;self&#39;" in page or "connect-src 'self'" in page
    assert "alert(1)" not in page

"""Streams: another contender answers as long as no text has been handed on.

Each test runs twice, by `Router` and by `AsyncRouter`: what to do next is decided in one place.
"""

import json

import pytest
from routers import SCHEMA, policy, routed


@pytest.fixture(params=["threads", "asyncio"])
def how(request):
    """By which kind of router."""
    return request.param


@pytest.mark.parametrize(
    ("words", "texts", "calls"),
    [
        pytest.param(["ok"], "echo hello", 1, id="text comes in pieces"),
        pytest.param(["500", "ok"], "echo hello", 3, id="a failure before the first"),
        pytest.param(["slow:5", "ok"], "echo hello", 2, id="no first one in time"),
        pytest.param(["drip"], "慢慢来", 1, id="pieces that split characters"),
        pytest.param(["fussy:stream_options"], "echo hello", 2, id="who reports no usage in streams is asked without"),
    ],
)
def test_stream(how, server, words, texts, calls):
    """Before text has been handed on, another contender can be asked."""
    (outcome,) = routed(how, policy(server, *words), {"stream": True})
    assert (texts, texts, calls) == ("".join(outcome.texts), outcome.reply.text, len(server.bodies))


@pytest.mark.parametrize(
    ("word", "asked", "why"),
    [
        pytest.param("truncated", {}, "network", id="a stream that ends too early"),
        pytest.param("cut_stream", {}, "network", id="a connection that is lost"),
        pytest.param("stall_stream", {}, "timeout", id="silence"),
        pytest.param("says:half", {"validate": SCHEMA}, "invalid", id="a text that does not pass its check"),
    ],
)
def test_stream_breaks(how, server, word, asked, why):
    """After text has been handed on, what goes wrong is raised, and nobody else is asked."""
    (outcome,) = routed(how, policy(server, word, "ok"), {"stream": True, **asked})
    assert ("half", why, 1) == ("".join(outcome.texts), outcome.error.kind, len(server.bodies))
    assert str(outcome.error).endswith("its first 4 characters had been handed on, so nobody else was asked")


def test_stream_left(how, server, tmp_path):
    """Whoever leaves a stream early leaves a row that says so, and the next request is served."""
    log = tmp_path / "routes.jsonl"
    outcomes = routed(how, policy(server, "ok"), {"stream": True, "read": 1}, {}, log=log)
    assert ["closed", "ok"] == [json.loads(line)["kit.status"] for line in log.read_text().splitlines()]
    assert "echo hello" == outcomes[1].reply.text

"""The router against a server that misbehaves: who answers, why the others did not, how many calls it took.

Each test runs twice, by `Router` and by `AsyncRouter`: what to do next is decided in one place.
"""

from decimal import Decimal

import pytest
import stub
from routers import SCHEMA, policy, routed

from kit.errors import AskError
from kit.pricing import ArticleBook


@pytest.fixture(params=["threads", "asyncio"])
def how(request, monkeypatch):
    """By which kind of router; what it waits of its own accord is no part of these tests."""
    monkeypatch.setattr("kit.service.attempts.backoff_s", lambda attempt: 0.0)
    return request.param


ONWARD = [
    pytest.param("ok", 1, [], id="the first that answers is asked once"),
    pytest.param("500", 3, [("server", 2)], id="a failure is tried again, then the next is asked"),
    pytest.param("500;ok", 2, [], id="a failure that passes is not left"),
    pytest.param("reset", 3, [("network", 2)], id="a lost connection"),
    pytest.param("cut", 3, [("network", 2)], id="half an answer"),
    pytest.param("html", 3, [("malformed", 2)], id="a web page"),
    pytest.param("empty", 3, [("malformed", 2)], id="an answer without choices"),
    pytest.param("slow:5", 2, [("timeout", 1)], id="a slow one is not waited for twice"),
    pytest.param("patter", 2, [("timeout", 1)], id="empty lines do not pass for an answer"),
    pytest.param("429:0.05;ok", 2, [], id="a limit that soon passes is waited for"),
    pytest.param("429:60", 2, [("rate_limit", 1)], id="one that asks for more patience than there is, is left at once"),
    pytest.param("429:0.05", 3, [("rate_limit", 2)], id="one that does not pass is left after its attempts"),
    pytest.param("401", 2, [("auth", 1)], id="a refused key"),
    pytest.param("402", 2, [("quota", 1)], id="an empty account"),
    pytest.param("404", 2, [("not_found", 1)], id="a model that is gone"),
    pytest.param("says:", 2, [("invalid", 1)], id="an empty answer"),
]


@pytest.mark.parametrize(("word", "calls", "left"), ONWARD)
def test_what_another_cures(how, server, word, calls, left):
    """The next contender is asked where it can help, after no more calls than the policy allows."""
    (outcome,) = routed(how, policy(server, word, "says:second"))
    assert ("second" if left else "echo hello", left) == (outcome.reply.text, outcome.left)
    assert calls == len(server.bodies) == outcome.reply.calls


@pytest.mark.parametrize(
    ("word", "why"),
    [
        pytest.param("400", "bad_request", id="a bad request"),
        pytest.param("422", "bad_request", id="one that cannot be processed"),
        pytest.param("400:content_filter", "refused", id="what a filter refuses, unless the policy says otherwise"),
        pytest.param("declines", "refused", id="what the model refuses, likewise"),
    ],
)
def test_what_another_does_not_cure(how, server, word, why):
    """What nobody would take is raised at once; nobody else is asked."""
    (outcome,) = routed(how, policy(server, word, "ok"))
    assert (why, 1, [(why, 1)]) == (outcome.error.kind, len(server.bodies), outcome.left)
    assert str(outcome.error).endswith("; nobody else was asked")


@pytest.mark.parametrize("word", ["400:content_filter", "declines"])
def test_refusals_can_escalate(how, server, word):
    """A policy may ask another contender what one has refused."""
    (outcome,) = routed(how, policy(server, word, "ok", escalate_refusals=True))
    assert ("echo hello", [("refused", 1)], 2) == (outcome.reply.text, outcome.left, len(server.bodies))


@pytest.mark.parametrize(
    ("models", "calls", "left"),
    [
        pytest.param(("gpt-4o", "kimi-k2.5"), 2, [1], id="256K take what 128K do not"),
        pytest.param(("gpt-4o", "gpt-4o-mini"), 1, [1, 0], id="128K do not, and are not asked"),
        pytest.param(("gpt-4o", "mine"), 2, [1], id="a window that nobody knows is tried"),
    ],
)
def test_context(how, server, models, calls, left):
    """What is too long for one goes on to those with a larger window only."""
    (outcome,) = routed(how, policy(server, "400:context_length_exceeded", "ok", models=models))
    assert (calls, [("context", many) for many in left]) == (len(server.bodies), outcome.left)


def test_all_down(how, server):
    """When all are down a request ends after a bounded number of calls, in one error that names each reason."""
    (outcome,) = routed(how, policy(server, "500", "reset", "429:60"))
    assert ([("server", 2), ("network", 2), ("rate_limit", 1)], 5) == (outcome.left, len(server.bodies))
    assert (
        "a 'low' request has no answer: gpt-4o@way1: server after 2 calls (HTTP 500: status 500); gpt-4o-mini@way2: "
        "network after 2 calls (hung up in the middle of the call); kimi-k2.5@way3: rate_limit (HTTP 429: status "
        "429 60)"
    ) == str(outcome.error)


def test_no_storm(how, server):
    """Once breakers are open, requests fail without a call: 20 requests to two dead providers make 6 calls, not 80."""
    outcomes = routed(how, policy(server, "500", "500", breaker={"failures": 3, "rest_s": 60}), *[{}] * 20)
    # a request makes 2 calls a tier; the second one finds each breaker one failure from open
    assert (6, [("resting", 0)] * 2) == (len(server.bodies), outcomes[-1].left)
    assert "failed 3 times in a row; next call in" in str(outcomes[-1].error)


def test_half_open(how, server):
    """After its rest a provider gets one call, and all of them again once that has been answered."""
    now = [0]

    def rest():
        now[0] += 30

    down = policy(server, "500;500;ok", breaker={"failures": 2, "rest_s": 30}, attempts=1)
    outcomes = routed(how, down, {}, {}, {}, rest, {}, {}, clock=lambda: now[0])
    assert [[("server", 1)], [("server", 1)], [("resting", 0)], [], []] == [outcome.left for outcome in outcomes]
    assert 4 == len(server.bodies)


def test_retry_after(how, server):
    """A limit is waited for as long as the endpoint says, and no shorter."""
    routed(how, policy(server, "429:0.3;ok"))
    first, second = server.times
    assert second - first >= 0.3


def test_neighbours(how, server):
    """Behind one provider a model that is down does not shut out the next one, however often it fails."""
    tiers = [server.contender(word, model=word) for word in ("500", "ok")]
    outcomes = routed(how, {"kinds": {"low": tiers}, "attempts": 1, "breaker": {"failures": 2}}, *[{}] * 4)
    assert ["echo hello"] * 4 == [outcome.reply.text for outcome in outcomes]
    assert {"500": 2, "ok": 4} == {word: many for (word, _), many in server.came.items()}


def test_redirect_is_not_followed(how, server):
    """A prompt is not posted to another address because the endpoint says so."""
    with stub.running() as elsewhere:
        (outcome,) = routed(how, policy(server, f"307:{elsewhere.url}/chat/completions", "says:second"))
        assert ([("redirect", 1)], "second", []) == (outcome.left, outcome.reply.text, elsewhere.bodies)


KEY = "sk-" + "aB3dE5fG7hI9"


@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
def test_key_is_not_handed_on(how, server, monkeypatch, stream):
    """A key that the endpoint repeats, split over several events, is in no text."""
    monkeypatch.setenv("TEST_KEY", KEY)
    tiers = [server.contender(f"says:it is {KEY}, yes", model="gpt-4o", key="TEST_KEY")]
    (outcome,) = routed(how, {"kinds": {"low": tiers}}, {"stream": stream})
    assert "it is [key], yes" == outcome.reply.text
    assert "it is [key], yes" == ("".join(outcome.texts) or outcome.reply.text)


def test_deadline(how, server):
    """A request's time is for all its calls: nobody is asked after it."""
    (outcome,) = routed(how, policy(server, "slow:5", "slow:5", "ok", timeout_s=0.8, deadline_s=1.4))
    assert ([("timeout", 1), ("timeout", 1), ("timeout", 0)], 2) == (outcome.left, len(server.bodies))


def test_tools(how, server):
    """Tool calls come with the reply, streamed or not."""
    tools = [{"type": "function", "function": {"name": "look_up", "parameters": {}}}]
    outcomes = routed(how, policy(server, "tools"), {"tools": tools}, {"tools": tools, "stream": True})
    call = {"id": "call-1", "name": "look_up", "arguments": '{"order": "A 17"}'}
    assert [(call,), (call,)] == [outcome.reply.tool_calls for outcome in outcomes]
    assert tools == server.bodies[0]["tools"]


def test_budget(how, server):
    """No call is made that could pass the budget; what failed calls may have cost is set aside."""
    # gpt-4o at $2.50 and $10.00 a million: 130 bytes and 64 tokens of frame at most, and 1000 of output: about $0.0105
    asked = {"max_tokens": 1000, "budget_usd": "0.012"}
    (outcome,) = routed(how, policy(server, "cut", "ok"), asked, book=ArticleBook())
    # after one call that may have been billed, gpt-4o does not fit any more, and gpt-4o-mini ($0.0006) does
    assert ([("budget", 1)], "gpt-4o-mini@way2", 2) == (outcome.left, outcome.reply.contender, len(server.bodies))
    assert outcome.reply.cost_usd is None


@pytest.mark.parametrize(
    ("asked", "options", "said"),
    [
        pytest.param({"budget_usd": "1"}, {}, "a budget needs a price book", id="no book"),
        pytest.param(
            {"budget_usd": "1"}, {"book": ArticleBook()}, "'mine' has no price in the article book", id="no price"
        ),
        pytest.param({"budget_usd": "much"}, {}, "is not an amount in USD", id="no amount"),
        pytest.param({"validate": {"type": "text"}}, {}, "validate: is no JSON schema", id="no schema"),
        pytest.param({"validate": 5}, {}, "int is neither a JSON schema nor a function", id="no check"),
        pytest.param({"n": 3}, {}, "'n' cannot be a parameter: ask for samples instead", id="no parameter"),
    ],
)
def test_nothing_sent(how, server, asked, options, said):
    """What cannot be asked, or not within its budget, is told before anything is sent."""
    (outcome,) = routed(how, policy(server, "ok", models=["mine"]), asked, **options)
    assert isinstance(outcome.error, AskError)
    assert (True, 0) == (said in str(outcome.error), len(server.bodies))


def test_cost(how, server):
    """A reply's cost is that of all calls: an answer that did not pass is paid for, a 500 is not."""
    (outcome,) = routed(how, policy(server, "500;says:no", 'says:{"a": 1}'), {"validate": SCHEMA}, book=ArticleBook())
    # 20 prompt and 5 output tokens: at gpt-4o's 2.50 and 10.00, and at gpt-4o-mini's 0.15 and 0.60
    assert (Decimal("0.000100") + Decimal("0.000006"), 3) == (outcome.reply.cost_usd, outcome.reply.calls)

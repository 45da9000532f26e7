"""Answers that came and are not good enough: they fail their check, or are not sure.

Each test runs twice, by `Router` and by `AsyncRouter`: what to do next is decided in one place.
"""

import pytest
from pydantic import BaseModel
from routers import SCHEMA, policy, routed

from kit.errors import AskError


@pytest.fixture(params=["threads", "asyncio"])
def how(request):
    """By which kind of router."""
    return request.param


@pytest.mark.parametrize(
    ("word", "validate", "value"),
    [
        pytest.param('says:{"a": 1}', SCHEMA, {"a": 1}, id="JSON as the schema has it"),
        pytest.param('says:Sure: {"a": 2}', SCHEMA, {"a": 2}, id="with prose before it"),
        pytest.param('says:{"a": 3}', SCHEMA, None, id="a value that the schema has not"),
        pytest.param('says:{"a": 1', SCHEMA, None, id="JSON that is cut off"),
        pytest.param("says:a is 1", SCHEMA, None, id="no JSON"),
        pytest.param("says:[1]", {"type": "array"}, [1], id="a list, where that is asked for"),
        pytest.param("says:12", lambda text: int(text), 12, id="what a function returns"),
        pytest.param("says:twelve", lambda text: int(text), None, id="a function that raises"),
        pytest.param("says:hello", lambda text: len(text) > 9, None, id="a function that says no"),
    ],
)
def test_validate(how, server, word, validate, value):
    """An answer that does not pass its check is left for the next contender's, after one call."""
    (outcome,) = routed(how, policy(server, word, 'says:{"a": 1}'), {"validate": validate})
    if value is None:
        assert (("invalid", 1), 2) == (outcome.left[0], len(server.bodies))
    else:
        assert (value, 1) == (outcome.reply.value, len(server.bodies))


def test_schema_fetches_nothing(how, server):
    """A reference to an address is not fetched: what came from there would decide."""
    (outcome,) = routed(how, policy(server, 'says:{"a": 1}'), {"validate": {"$ref": f"{server.url}/schema"}})
    assert isinstance(outcome.error, AskError)
    assert str(outcome.error).startswith("validate: a $ref or pattern of the schema cannot be used")


def test_validate_by_pydantic(how, server):
    """A pydantic model's own reader is a check, and its object the value."""

    class Ticket(BaseModel):
        a: int

    (outcome,) = routed(
        how, policy(server, 'says:{"a": "x"}', 'says:{"a": 4}'), {"validate": Ticket.model_validate_json}
    )
    assert (Ticket(a=4), [("invalid", 1)]) == (outcome.reply.value, outcome.left)


def test_nobody_valid(how, server):
    """When no answer passes, the error says in what each of them failed."""
    (outcome,) = routed(how, policy(server, 'says:{"a": 3}', "says:no"), {"validate": SCHEMA})
    assert "gpt-4o@way1: invalid ($.a: 3 is not one of [1, 2]); gpt-4o-mini@way2: invalid (no JSON" in str(
        outcome.error
    )


def test_hostile_words(how, server):
    """What a model says cannot act through an error: a hidden character is shown by its code point."""
    (outcome,) = routed(how, policy(server, 'says:{"a": "\x1b[2J"}'), {"validate": SCHEMA})
    assert "\x1b" not in str(outcome.error)


@pytest.mark.parametrize(
    ("tokens", "words", "text", "confidence", "calls"),
    [
        pytest.param("mean", ["sure:0.9,one", "ok"], "one", 0.9, 1, id="a sure answer is taken"),
        pytest.param("mean", ["sure:0.5,one", "sure:0.9,two"], "two", 0.9, 2, id="an unsure one is left"),
        pytest.param("min", ["sure:0.5,one", "says:two"], "two", None, 2, id="by its least sure token, too"),
        pytest.param("mean", ["sure:0.5,one", "sure:0.3,two"], "two", 0.3, 2, id="the last is taken as it is"),
        pytest.param("mean", ["sure:0.5,one", "500"], "one", 0.5, 3, id="an unsure answer is better than none"),
        pytest.param("mean", ["sure:0.5,one", "400"], "one", 0.5, 2, id="or than one who does not take the request"),
        pytest.param("mean", ["says:one", "says:two"], "two", None, 2, id="no token probabilities: not sure"),
        pytest.param(
            "mean", ["fussy:logprobs", "ok"], "echo hello", None, 3, id="who takes no logprobs is asked without"
        ),
    ],
)
def test_confidence_by_tokens(how, server, tokens, words, text, confidence, calls):
    """Below the policy's threshold of token probability the next contender is asked."""
    (outcome,) = routed(how, policy(server, *words, confidence={"tokens": tokens, "least": 0.8}))
    found = outcome.reply.confidence
    assert (text, confidence) == (outcome.reply.text, found and round(found, 6))
    assert calls == len(server.bodies)


@pytest.mark.parametrize(
    ("word", "text", "calls"),
    [
        pytest.param("says:a;says:A ;says:b", "a", 2, id="two of three agree, and the third is not asked"),
        pytest.param("says:a;says:b;says:a", "a", 3, id="two of three agree in the end"),
        pytest.param("says:a;says:b;says:b", "b", 3, id="what most say is the answer"),
        pytest.param("says:a;says:b;says:c", "next", 4, id="none agree"),
        pytest.param('says:{"x":1, "y":2};says:{"y": 2, "x": 1}', '{"x":1, "y":2}', 2, id="JSON agrees as JSON"),
        pytest.param("says:a;401", "next", 3, id="a sample that fails"),
    ],
)
def test_confidence_by_samples(how, server, word, text, calls):
    """Where no token probabilities come, samples must agree; none is asked that could change nothing."""
    rule = {"tokens": "none", "samples": 3, "agree": 0.6}
    (outcome,) = routed(how, policy(server, word, "says:next", confidence=rule))
    assert (text, calls) == (outcome.reply.text, len(server.bodies))
    assert all(body["temperature"] == 0.7 for body in server.bodies[1:] if text != "next")

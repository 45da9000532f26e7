"""What is replayed: drawn, redacted, scanned, and told apart by what is asked."""

import json
from collections import Counter

import pandas as pd
import pytest

from kit.errors import AskError
from kit.replay import prepare, sampling
from kit.traffic import Traffic

KEY = "sk-proj-" + "Ab3" * 12


def call(text, endpoint="triage", day=1, answer="ok", **more):
    """One logged call: its request, when it was, and what was answered."""
    request = {"messages": [{"role": "user", "content": text}], "model": "gpt-4o"} | more
    return {"at": f"2026-10-{day:02} 10:00", "endpoint": endpoint, "request": json.dumps(request), "answer": answer,
            "logged": "gpt-4o", "prompt": 10, "output": 5}  # fmt: skip


def traffic(*calls):
    return Traffic.of(pd.DataFrame(list(calls)), {"gpt-4o": "gpt-4o"})


def month(*endpoints):
    """Thirty days, of each endpoint three requests a day: a short, a longer and a long one."""
    sizes = (1, 50, 500)
    return traffic(*(call(f"{name} {day} " + "x" * size, name, day)
                     for name in endpoints for day in range(1, 31) for size in sizes))  # fmt: skip


def asked(found):
    return [one.request.messages[0]["content"] for one in found.logged]


def test_the_same_each_time():
    """A seed draws the same requests each time, and another seed draws others."""
    first, again, other = (asked(sampling.sample(month("a", "b"), 5, seed)) for seed in (1, 1, 2))
    assert first == again
    assert set(first) != set(other)


@pytest.mark.parametrize("many", [1, 2, 7, 30, 89, 90, 200])
def test_as_many_as_asked_for(many):
    """Each endpoint gives as many requests as are asked for, or all that it has."""
    found = sampling.sample(month("a", "b"), many, 0)
    assert {"a": min(many, 90), "b": min(many, 90)} == Counter(one.endpoint for one in found.logged)


def test_strata():
    """Each third by length has its share, and within it the days do."""
    found = [text.split() for text in asked(sampling.sample(month("a"), 9, 3))]
    assert [3, 3, 3] == [sum(len(x) == size for _, _, x in found) for size in (1, 50, 500)]
    for size in (1, 50, 500):
        assert {0, 1, 2} == {(int(day) - 1) // 10 for _, day, x in found if len(x) == size}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param({}, {"stream": True, "n": 1, "model": "gpt-4.1"}, True, id="model, stream and n do not count"),
        pytest.param({}, {"user": "u-17", "metadata": {"trace": "1"}}, True, id="nor who asked"),
        pytest.param({}, {"temperature": 1}, False, id="a parameter does"),
        pytest.param({}, {"tools": [{"type": "function", "function": {"name": "f"}}]}, False, id="a tool does"),
    ],
)
def test_distinct(one, other, same):
    """Requests that ask the same are one request, which stands for all their calls."""
    found = sampling.sample(traffic(call("a", **one), call("a", **other)), 5, 0)
    assert ([2] if same else [1, 1]) == [each.calls for each in found.logged]


def test_what_is_kept():
    """A request keeps what shapes its answer, and nothing that is of its model, its user or its way."""
    tool = {"type": "function", "function": {"name": "f"}}
    more = {
        "temperature": 0,
        "max_tokens": 5,
        "tools": [tool],
        "stream": True,
        "user": "u",
        "extra_headers": {"k": KEY},
    }
    request = sampling.sample(traffic(call("a", **more)), 1, 0).requests[0]
    assert ({"temperature": 0, "max_tokens": 5}, [tool]) == (request.parameters, request.tools)
    assert (True, 8) == (request.id.startswith("triage/"), len(request.id.removeprefix("triage/")))


def test_one_endpoint_is_not_another():
    """The same request at two endpoints is two, each with its own id."""
    found = sampling.sample(traffic(call("a", "x"), call("a", "y")), 1, 0)
    assert ["x", "y"] == [one.endpoint for one in found.logged]
    assert 2 == len({one.request.id for one in found.logged})


def test_redacted():
    """What a rule takes out is not sent, nor is it in the answer; requests that only it told apart are one."""
    calls = [call(f"I am {who}@customer.example, help", answer=f"Dear {who}@customer.example") for who in ("jo", "ann")]
    found = sampling.sample(traffic(*calls), 5, 0).logged
    assert [2] == [one.calls for one in found]
    assert "customer.example" not in found[0].request.messages[0]["content"] + found[0].answer


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"our key {KEY} fails", id="in a sentence"),
        pytest.param(f"line\n{KEY}\nline", id="on a line of its own"),
        pytest.param(f"密钥\t{KEY}", id="behind a tab"),
    ],
)
@pytest.mark.parametrize("place", ["message", "tool", "name"])
def test_secrets(text, place, monkeypatch):
    """What still holds a secret is listed by endpoint, id and rule; it is not sent, and the secret is nowhere."""
    monkeypatch.setattr(prepare.redaction, "redact_request", lambda body: body)  # a rule that lets all through
    tools = [{"type": "function", "function": {"name": "f", "description": text} if place == "tool" else {text: 1}}]
    held = call(text) if place == "message" else call("a", tools=tools)
    found = sampling.sample(traffic(held, call("b")), 5, 0)
    assert ["b"] == asked(found)
    assert ["triage"] == list(found.held["endpoint"])
    assert all(found.held["rule"])
    assert KEY not in found.held.to_csv() + found.endpoints.to_csv() + found.explanation


@pytest.mark.parametrize(
    ("request_", "rule"),
    [
        pytest.param("{", "no body of a call that can be replayed", id="no JSON"),
        pytest.param('"text"', "no body of a call that can be replayed", id="no object"),
        pytest.param('{"prompt": "a"}', "no body of a call that can be replayed", id="no messages"),
        pytest.param('{"messages": []}', "no body of a call that can be replayed", id="no message"),
        pytest.param('{"messages": ["a"]}', "no body of a call that can be replayed", id="a message that is none"),
        pytest.param(
            '{"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}',
            "pictures, which cannot be scanned; `images: true` in the study sends them",
            id="a picture",
        ),
        pytest.param(
            '{"messages": [{"role": "user", "content": [{"type": "input_audio"}]}]}',
            "more than text, which cannot be scanned",
            id="a sound",
        ),
        pytest.param(
            '{"previous_response_id": "resp_1", "input": "go on"}',
            "cannot be carried over: previous_response_id, which only the provider has",
            id="a conversation that the provider keeps",
        ),
    ],
)
def test_held_back(request_, rule):
    """What cannot be replayed or scanned is held back, and the reason said."""
    found = sampling.sample(traffic(call("a") | {"request": request_}, call("b")), 5, 0)
    assert ([rule], ["b"]) == (list(found.held["rule"]), asked(found))


def test_counts():
    """Each endpoint is counted: calls, those with a request, distinct, drawn, redacted and held back ones."""
    calls = [call("a"), call("a"), call("b@example.com"), call("c") | {"request": "{"}, call("d") | {"request": None}]
    found = sampling.sample(traffic(*calls, call("e", "silent") | {"request": None}), 5, 0)
    assert [["silent", 1, 0, 0, 0, 0, 0], ["triage", 5, 4, 3, 2, 1, 1]] == found.endpoints.to_numpy().tolist()
    assert "2 requests of 1 endpoint drawn, in the place of 3 logged calls; 1 more held back." == found.explanation


def test_nothing_to_draw():
    """Fewer than one request is a mistake; a log without texts draws nothing, and says why."""
    with pytest.raises(AskError) as caught:
        sampling.sample(traffic(call("a")), 0, 1)
    assert "per_endpoint: 0 requests" in str(caught.value)
    drawn = sampling.sample(traffic(call("a") | {"request": None}), 1, 1)
    assert ((), True) == (drawn.logged, drawn.explanation.startswith("The log holds no texts of requests"))


def test_a_frequent_request_is_asked_again():
    """A request of 95 % of the calls is asked 190 times, so that no answer stands for more than 1 in 200 of them."""
    calls = [call(f"ticket {n}") for n in range(200)] + [call("the health check")] * 3800
    found = sampling.sample(traffic(*calls), 1000, 1)
    hot = [one for one in found.logged if one.request.messages[0]["content"] == "the health check"]
    assert (390, 190, 4000) == (len(found.logged), len(hot), sum(one.calls for one in found.logged))
    assert {20} == {one.calls for one in hot}
    assert 190 == len({one.request.id for one in hot}) == len({one.request.sample for one in hot})
    assert found.explanation.startswith("201 requests of 1 endpoint drawn, in the place of 4,000 logged calls")
    assert found.explanation.endswith("Requests that are sent often are asked 189 times more.")


@pytest.mark.parametrize("drawn", [2, 20])
def test_small_draws_are_not_repeated(drawn):
    """Where few requests are drawn, each stands for much, and is asked once."""
    found = sampling.sample(month("a"), drawn, 1)
    assert {0} == {one.repeat for one in found.logged}

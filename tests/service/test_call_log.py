"""What a router leaves behind: a usage row a call, in its log or by the caller's own metered clients; and no key.

Each test runs twice, by `Router` and by `AsyncRouter`: what to do next is decided in one place.
"""

import json

import openai
import pytest
from routers import CLIENTS, SCHEMA, policy, routed

from kit.errors import AskError
from kit.pricing import ArticleBook
from kit.service.meter import Meter

SECRET = "sk-very-secret-4711"


@pytest.fixture(params=["threads", "asyncio"])
def how(request):
    """By which kind of router."""
    return request.param


def test_log(how, server, tmp_path):
    """Each call leaves one usage row, with what was decided, why, and what it cost."""
    log = tmp_path / "logs" / "routes.jsonl"
    routed(how, policy(server, "500;says:no", 'says:{"a": 1}'), {"validate": SCHEMA}, book=ArticleBook(), log=log)
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    keys = ("tier", "contender", "call", "then", "why", "cost_usd")
    assert [
        (1, "gpt-4o@way1", 1, "retried", "server", "0"),
        (1, "gpt-4o@way1", 2, "left", "invalid", "0.0001"),
        (2, "gpt-4o-mini@way2", 3, "answered", None, "0.000006"),
    ] == [tuple(row.get(f"kit.route.{key}") for key in keys) for row in rows]
    assert ["InternalServerError", "ok", "ok"] == [row["kit.status"] for row in rows]
    assert [None, 20, 20] == [row.get("gen_ai.usage.input_tokens") for row in rows]
    assert 1 == len({row["kit.route.request"] for row in rows})
    assert "no JSON object: no object" == rows[1]["kit.route.words"]


def test_row_is_the_meters(how, server, tmp_path):
    """A row has the meter's keys, with the same values where two calls of one kind can have the same."""
    log, metered = tmp_path / "routes.jsonl", tmp_path / "usage.jsonl"
    meter, down = Meter(metered), policy(server, "500;ok")
    client = meter.wrap(CLIENTS[how](base_url=down["kinds"]["low"][0]["base_url"], api_key="k"))
    with meter.endpoint("classify"):
        routed(how, down, clients={"way1": client})
        server.came.clear()  # and all is as it was
        routed(how, down, log=log)
    ours, theirs = ([json.loads(line) for line in file.read_text().splitlines()] for file in (log, metered))
    for mine, other in zip(ours, theirs, strict=True):
        known = {key: mine[key] for key in mine if not key.startswith("kit.route.")}
        assert set(other) == set(known)
        unlike = {"time", "kit.id", "kit.latency_s"}
        assert {key: other[key] for key in set(other) - unlike} == {key: known[key] for key in set(known) - unlike}


def test_own_clients(how, server, tmp_path):
    """The caller's own clients are used, without their retries; metered ones leave their rows."""
    meter = Meter(tmp_path / "usage.jsonl")
    client = meter.wrap(CLIENTS[how](base_url=server.url, api_key="k", max_retries=5))
    (outcome,) = routed(how, policy(server, "500", "ok", attempts=1), clients={"way1": client})
    assert ([("server", 1)], 2) == (outcome.left, len(server.bodies))
    assert 1 == len((tmp_path / "usage.jsonl").read_text().splitlines())


def test_wrong_clients(how, server, tmp_path):
    """A client of the wrong kind, for nobody, or that would log each call twice is refused."""
    other = openai.AsyncOpenAI if CLIENTS[how] is openai.OpenAI else openai.OpenAI
    metered = Meter(tmp_path / "usage.jsonl").wrap(CLIENTS[how](base_url=server.url, api_key="k"))
    plain = CLIENTS[how](base_url=server.url, api_key="k")
    for clients, said in (
        ({"way1": other(base_url=server.url, api_key="k")}, "is of the wrong kind"),
        ({"way2": plain}, "'way2' is no contender or provider of the policy; did you mean 'way1'?"),
        ({"way1": metered}, "is metered already"),
        ({"way1": object()}, "object is no openai client"),
    ):
        with pytest.raises(AskError, match=said.replace("?", r"\?")):
            routed(how, policy(server, "ok"), clients=clients, log=tmp_path / "routes.jsonl")


def test_key_is_nowhere(how, server, tmp_path, monkeypatch):
    """The key is in no error and no row, whatever the endpoint repeats."""
    monkeypatch.setenv("TEST_KEY", SECRET)
    words = ["key:401", "key:500", "key:page", "key:usage", "key"]
    tiers = [server.contender(word, way=f"w{n}", key="TEST_KEY") for n, word in enumerate(words)]
    log = tmp_path / "routes.jsonl"
    check = {"validate": SCHEMA}
    outcomes = routed(how, {"kinds": {"low": tiers}}, check, check | {"stream": True}, log=log)
    assert f"Bearer {SECRET}" in {headers.get("authorization") for headers in server.headers}
    told = [str(outcome.error) for outcome in outcomes]
    assert all("[key]" in text for text in told)
    assert [] == [text for text in (*told, log.read_text()) if SECRET[:9] in text]

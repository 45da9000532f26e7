"""A shadow asks another model too, without the caller's notice: sampled, within a budget, never for what acts."""

import asyncio
import json
import time
from decimal import Decimal

import openai
import pytest
from routers import HELLO, policy

from kit.errors import AskError
from kit.pricing import ArticleBook
from kit.service import AsyncRouter, Meter, Router, Shadow

TOOLS = [{"type": "function", "function": {"name": "pay", "parameters": {"type": "object"}}}]


@pytest.fixture
def shadow(server, tmp_path):
    """Make a shadow that asks the stub in this weather: `shadow("says:hello")`."""

    def make(word="says:second", **options):
        given = {"share": 1.0, "usd_per_day": "1", "book": ArticleBook(), "log": tmp_path / "shadow.jsonl"} | options
        return Shadow(server.contender(word, model="gpt-4o", way="old"), **given)

    return make


@pytest.fixture
def rows(tmp_path):
    """The rows that a shadow has left."""
    return lambda: [json.loads(line) for line in (tmp_path / "shadow.jsonl").read_text().splitlines()]


@pytest.mark.parametrize(
    ("word", "agrees", "status"),
    [
        pytest.param("says:Second ", True, "ok", id="the same answer"),
        pytest.param("says:third", False, "ok", id="another answer"),
        pytest.param("401", None, "auth", id="an error"),
        pytest.param("reset", None, "network", id="a lost connection"),
    ],
)
def test_rows(server, shadow, rows, word, agrees, status):
    """Each shadow call leaves a usage row with whether it agrees, and the caller gets its own answer in any case."""
    second = shadow(word)
    meter_name = Meter.endpoint(None, "classify")
    with Router(policy(server, "says:second"), shadow=second) as router, meter_name:
        assert "second" == router.create(HELLO, "low").text
    assert second.wait(10)
    (row,) = rows()
    assert ("gpt-4o@old", "gpt-4o@way1", "classify", agrees, status) == (
        row["kit.shadow.contender"], row["kit.shadow.of"], row["kit.endpoint"], row.get("kit.shadow.agrees"),
        row["kit.status"],
    )  # fmt: skip
    if status == "ok":
        assert (20, 5, "0.0001") == (
            row["gen_ai.usage.input_tokens"], row["gen_ai.usage.output_tokens"], row["kit.shadow.cost_usd"]
        )  # fmt: skip


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param({"tools": TOOLS}, id="tools are offered"),
        pytest.param({"messages": [*HELLO, {"role": "assistant", "content": "", "tool_calls": [{
            "id": "a", "type": "function", "function": {"name": "pay", "arguments": "{}"}}]},
            {"role": "tool", "tool_call_id": "a", "content": "paid"}]}, id="a tool was called before"),
    ],
)  # fmt: skip
def test_what_acts(server, shadow, asked):
    """A request that could act is answered once and never shadowed."""
    second = shadow()
    with Router(policy(server, "says:second"), shadow=second) as router:
        router.create(asked.get("messages", HELLO), "low", tools=asked.get("tools", ()))
    assert second.wait(10)
    assert 1 == len(server.bodies)


def test_share(server, shadow):
    """The share that is drawn is the share that is sent."""
    draws = iter([0.05, 0.5, 0.09, 0.99] * 5)
    second = shadow(share=0.1, draw=lambda: next(draws))
    with Router(policy(server, "says:second"), shadow=second) as router:
        for _ in range(20):
            router.create(HELLO, "low")
    assert second.wait(10)
    assert 20 + 10 == len(server.bodies)


def test_budget(server, shadow, rows):
    """No call is sent that could pass the day's budget, and what the log says was spent today counts."""
    most = Decimal("0.005")  # for the longest answer of 100 tokens at $10 a million, and some prompt
    for expected in (3, 3):
        second = shadow(usd_per_day=most)
        with Router(policy(server, "says:second"), shadow=second) as router:
            for _ in range(40):
                router.create(HELLO, "low", max_tokens=100)
                second.wait(10)
        assert second.over_budget
        spent = sum(Decimal(row["kit.shadow.cost_usd"]) for row in rows())
        assert 0 < spent <= most
        assert expected


def test_never_delays(server, shadow):
    """A shadow that hangs is not waited for, and what is too much for it is dropped and counted."""
    second = shadow("stall", usd_per_day="1000")
    with Router(policy(server, "says:second"), shadow=second) as router:
        before = time.perf_counter()
        for _ in range(80):
            router.create(HELLO, "low")
        took = time.perf_counter() - before
    assert took < 10, "one answer of the shadow alone takes 30 s"
    assert 80 - 64 == second.dropped


def test_asyncio(server, shadow, rows):
    """On asyncio it is the same, streams included."""
    second = shadow("says:second")

    async def run():
        async with AsyncRouter(policy(server, "says:second"), shadow=second) as router:
            await router.create(HELLO, "low")
            async for _ in router.stream(HELLO, "low"):
                pass

    asyncio.run(run())
    assert second.wait(10)
    assert [True, True] == [row["kit.shadow.agrees"] for row in rows()]


def test_meter(server, shadow, rows, tmp_path):
    """A metered client shadows its chat completions; streams and calls with tools are left alone."""
    second = shadow("says:echo hello")
    one = server.contender("ok")
    plain = openai.OpenAI(base_url=one["base_url"], api_key="k")
    client = Meter(tmp_path / "usage.jsonl").wrap(plain, shadow=second)
    client.chat.completions.create(model="ok", messages=HELLO)
    client.chat.completions.create(model="ok", messages=HELLO, tools=TOOLS)
    list(client.chat.completions.create(model="ok", messages=HELLO, stream=True))
    assert second.wait(10)
    (row,) = rows()
    assert (True, "ok") == (row["kit.shadow.agrees"], row["kit.shadow.of"])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param({"share": 0}, "share is 0; it is a part", id="no share"),
        pytest.param({"share": 5}, "share is 5; it is a part", id="a share in percent"),
        pytest.param({"usd_per_day": "lots"}, "is not an amount in USD", id="a budget that is none"),
        pytest.param({"usd_per_day": ""}, "usd_per_day is missing", id="no budget"),
    ],
)
def test_refused(shadow, options, said):
    """A shadow that could not be kept within bounds is refused."""
    with pytest.raises(AskError, match=said):
        shadow(**options)

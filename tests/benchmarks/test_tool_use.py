"""Tool calls are checked against their schema and executed; what they do is marked, not how they are written."""

import json

import pytest
import stub

from kit import client
from kit.benchmarks import answer_scores, scores, suites, tool_use, tool_world
from kit.benchmarks.tool_use import Call

ORDER = {"customer": "Ada Ray", "status": "delivered", "day": "2026-02-01", "paid": "30.00", "refunded": "0.00"}
ASKED = [{"role": "user", "content": "Refund 12.50 euros for A-1, it came late."}]
REFUND = ["refund_order", {"order_id": "A-1", "amount": 12.5, "reason": "late"}]
ITEM = Call("t", ASKED, ["refund_order", "get_order"], {"orders": {"A-1": ORDER}}, [[REFUND]])
TWO = Call("u", ASKED, ["get_order"], {"orders": {"A-1": ORDER, "A-2": ORDER}},
           [[["get_order", {"order_id": "A-1"}], ["get_order", {"order_id": "A-2"}]]])  # fmt: skip
NONE = Call("n", ASKED, ["get_order"], {"orders": {"A-1": ORDER}}, [[]], ["31 days"])
OWN = suites.read_suite("kit-tools")


def call(name, arguments):
    return {"id": "c", "name": name, "arguments": arguments if isinstance(arguments, str) else json.dumps(arguments)}


def refund(**changed):
    return call("refund_order", {"order_id": "A-1", "amount": 12.5, "reason": "late"} | changed)


@pytest.mark.parametrize(
    ("item", "text", "calls", "outcome", "valid"),
    [
        pytest.param(ITEM, "", [refund()], "right", True, id="the right call"),
        pytest.param(ITEM, "I do that.", [refund(order_id="a-1", amount=12.50)], "right", True, id="written otherwise"),
        pytest.param(ITEM, "", [refund(amount=12.05)], "wrong", True, id="another amount"),
        pytest.param(ITEM, "", [refund(reason="other")], "wrong", True, id="another reason"),
        pytest.param(ITEM, "", [call("get_order", {"order_id": "A-1"})], "wrong", True, id="another function"),
        pytest.param(ITEM, "", [refund(), refund()], "wrong", True, id="the right call twice"),
        pytest.param(ITEM, "", [refund(), call("get_order", {"order_id": "A-1"})], "wrong", True, id="one too many"),
        pytest.param(ITEM, "", [refund(amount="12.50")], "wrong", False, id="a text for a number"),
        pytest.param(ITEM, "", [refund(reason="tardy")], "wrong", False, id="no value of the enumeration"),
        pytest.param(ITEM, "", [refund(note="x")], "wrong", False, id="an argument that there is not"),
        pytest.param(ITEM, "", [call("refund_order", {"order_id": "A-1"})], "wrong", False, id="arguments are missing"),
        pytest.param(ITEM, "", [call("pay_back", {})], "wrong", False, id="a function that there is not"),
        pytest.param(ITEM, "", [call("cancel_order", {"order_id": "A-1"})], "wrong", False, id="one not offered here"),
        pytest.param(ITEM, "", [call("refund_order", "{'order_id'")], "unparsed", False, id="arguments are no JSON"),
        pytest.param(ITEM, "", [call("refund_order", "[1]")], "unparsed", False, id="arguments are no object"),
        pytest.param(ITEM, "", [call("refund_order", 'x {"order_id": "A-1"}')], "unparsed", False, id="with prose"),
        pytest.param(ITEM, "Shall I refund it?", [], "wrong", False, id="a question where a call is due"),
        pytest.param(ITEM, '{"name": "refund_order"}', [], "wrong", False, id="a call in the text is none"),
        pytest.param(ITEM, "", [], "unparsed", False, id="nothing at all"),
        pytest.param(TWO, "", [call("get_order", {"order_id": n}) for n in ("A-2", "A-1")], "right", True,
                     id="two calls in any order"),
        pytest.param(TWO, "", [call("get_order", {"order_id": "A-1"})], "wrong", True, id="one of two calls"),
        pytest.param(NONE, "March has 31  Days.", [], "right", True, id="rightly none"),
        pytest.param(NONE, "<think>31 days</think>It has thirty.", [], "wrong", True, id="none, but a wrong answer"),
        pytest.param(NONE, "It has 131 days.", [], "wrong", True, id="part of a number is another number"),
        pytest.param(NONE, " ", [], "unparsed", False, id="none, and no answer"),
        pytest.param(NONE, "31 days", [call("get_order", {"order_id": "A-1"})], "wrong", True, id="one too many"),
        # hostile
        pytest.param(ITEM, "", [refund(order_id="__class__")], "wrong", True, id="an attribute's name is an id"),
        pytest.param(ITEM, "", [call("__import__", '{"name": "os"}')], "wrong", False, id="a builtin's name"),
        pytest.param(ITEM, "", [call("refund_order", "[" * 9_000)], "unparsed", False, id="nested without end"),
        pytest.param(ITEM, "", [call("refund_order", '{"a":' * 1_800)], "unparsed", False, id="objects without end"),
        pytest.param(ITEM, "", [refund(order_id="A" * 20_000)], "unparsed", False, id="very long arguments"),
        pytest.param(ITEM, "", [refund()] * 1_000, "wrong", False, id="a thousand calls"),
        pytest.param(ITEM, "", [call("refund_order", '{"order_id":"A-1","amount":1e999,"reason":"late"}')], "wrong",
                     True, id="an infinite amount"),
        pytest.param(ITEM, "", [call("refund_order", '{"order_id":"A-1","amount":NaN,"reason":"late"}')], "unparsed",
                     False, id="not a number"),
        pytest.param(ITEM, "", [refund(order_id=["A-1"])], "wrong", False, id="a list for an id"),
    ],
)  # fmt: skip
def test_mark(item, text, calls, outcome, valid):
    """What a call does decides, its form is marked apart, and nothing that a model writes breaks the marking."""
    mark = tool_use.score(item, text, calls)
    assert (outcome, float(outcome == "right"), valid) == (mark.outcome, mark.value, mark.valid)
    assert len(mark.read) < 300


def test_fault():
    """A call that breaks its schema says where."""
    assert (
        "refund_order: $.amount: '12' is not of type 'number'" == tool_use.score(ITEM, "", [refund(amount="12")]).read
    )


@pytest.mark.parametrize("item", OWN.items, ids=lambda item: item.id)
def test_own_items(item):
    """Each accepted way is right and valid, by functions that are offered, and fails nowhere in the item's world."""
    for way in item.accept:
        calls = [call(name, arguments) for name, arguments in way]
        mark = tool_use.score(item, "" if way else (item.says or ["So be it."])[0], calls)
        assert ("right", True) == (mark.outcome, mark.valid)
        _, returned = tool_world.run(item.world, way)
        assert [] == [one for one in returned if "error" in one or one == "[]"]
    assert (item.kind == "none") <= (item.accept == [[]])
    assert (item.kind == "parallel") <= (len(item.accept[0]) > 1)
    assert (item.kind == "recovery") == (
        "error" in item.messages[-1]["content"] and item.messages[-1]["role"] == "tool"
    )


def changed(arguments, required):
    """The arguments, each time with one thing changed that the request decides."""
    for name, value in arguments.items():
        if name not in required:
            yield {other: arguments[other] for other in arguments if other != name}
        if isinstance(value, list) and value:
            yield arguments | {name: value[1:]}
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield arguments | {name: value + 1}


@pytest.mark.parametrize(
    "item", [item for item in OWN.items if len(item.accept) == 1 and item.accept[0]], ids=lambda item: item.id
)
def test_each_argument_counts(item):
    """In each item's world it shows when an argument is left out, a list is cut or a number is another one."""
    (way,) = item.accept
    required = {tool["function"]["name"]: tool["function"]["parameters"]["required"] for tool in tool_use.tools(item)}
    for n, (name, arguments) in enumerate(way):
        for other in changed(arguments, required[name]):
            calls = [call(*one) for one in [*way[:n], (name, other), *way[n + 1 :]]]
            assert "right" != tool_use.score(item, "", calls).outcome, other


def test_earlier_calls():
    """Earlier calls and what became of them are told as a chat completion has it: each result under its call's id."""
    for request in OWN.requests():
        made = [one["id"] for message in request.messages for one in message.get("tool_calls", ())]
        told = [message["tool_call_id"] for message in request.messages if message["role"] == "tool"]
        assert made == told


@pytest.mark.parametrize("stream", [pytest.param(True, id="streamed"), pytest.param(False, id="in one piece")])
def test_round_trip(tmp_path, stream):
    """Tools go out, calls come back, and the score says that the form is right and the call is not."""
    item = Call("t", ASKED, ["get_order"], {"orders": {"A 17": ORDER}}, [[["get_order", {"order_id": "a 17"}]]])
    suite = suites.make_suite("mine", "tools", [item])
    with stub.running() as server:
        says = 'calls:[["get_order", {"order_id": "A 17"}]]'
        who = [server.contender(says), server.contender("says:It is on its way.", way="mute")]
        answers = client.ask(suite.requests(), who, tmp_path / "s.sqlite", progress=False, stream=stream)
        assert [["get_order"]] * 2 == [[tool["function"]["name"] for tool in body["tools"]] for body in server.bodies]
    found = answer_scores.score_answers(suite, answers)
    assert [("right", True), ("wrong", False)] == list(zip(found["outcome"], found["valid"], strict=True))
    assert ['get_order {"order_id": "a 17"}'] * 2 == list(found["expected"])
    assert [0.0, 100.0] == list(scores.scores_by_contender(found)["invalid"])

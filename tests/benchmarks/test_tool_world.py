"""Calls are executed in a small world: what they change and return is the same however an argument is written."""

import inspect
import json

import pytest

from kit.benchmarks import tool_use, tool_world
from kit.benchmarks.tool_use import Call

SHOP = {
    "orders": {"A-1": {"customer": "Ada Ray", "status": "shipped", "day": "2026-02-01", "paid": "30.00",
                       "refunded": "10.00"}},
    "stock": {"KB-2": {"Graz": 3, "Lyon": 1}},
    "events": {"E-1": {"title": "x", "start": "2026-03-12T10:00:00", "end": "2026-03-12T11:30:00",
                       "attendees": ["a@x.example"]}},
    "tables": {"STAFF": [{"name": "Ann", "pay": 10, "since": "2020-01-01"}, {"name": "Bo", "pay": 20.5,
                                                                             "since": "2024-01-01"}]},
    "rates": {"EUR": "1", "USD": "1.08"},
    "weather": {"OSLO": {"2026-03-11": "snow"}},
}  # fmt: skip


def did(*calls):
    after, returned = tool_world.run(SHOP, calls)
    return after, [json.loads(one) for one in returned]


@pytest.mark.parametrize(
    ("name", "arguments", "returned"),
    [
        pytest.param("refund_order", {"order_id": " a-1", "amount": 20.0, "reason": "late"}, {"refunded": "20.00"},
                     id="an id in lower case, an amount with a point"),
        pytest.param("convert_units", {"value": 5, "from_unit": "mi", "to_unit": "km"}, {"km": "8.04672"},
                     id="a mile is 1.609344 km"),
        pytest.param("convert_units", {"value": 1, "from_unit": "gal", "to_unit": "l"}, {"l": "3.78541"},
                     id="a gallon is 3.785411784 l"),
        pytest.param("convert_currency", {"amount": 54, "from_currency": "usd", "to_currency": "EUR"}, {"EUR": "50.00"},
                     id="54 / 1.08"),
        pytest.param("aggregate_table", {"table": "Staff", "operation": "mean", "column": "pay"}, {"mean": "15.25"},
                     id="the mean of 10 and 20.5"),
        pytest.param("query_table", {"table": "staff", "sort_by": "pay", "descending": True, "limit": 1}, ["Bo"],
                     id="the best paid"),
        pytest.param("query_table", {"table": "staff", "filters": [{"column": "since", "op": "lt", "value":
                                                                    "2022-01-01"}]}, ["Ann"], id="days in order"),
        pytest.param("list_events", {"day": "2026-03-12", "attendee": "A@x.example"}, ["E-1"], id="an address's case"),
        pytest.param("get_stock", {"sku": "kb-2", "warehouse": "graz"}, {"sku": "KB-2", "held": {"Graz": 3}},
                     id="a place in lower case"),
    ],
)  # fmt: skip
def test_returned(name, arguments, returned):
    """A call returns what a real service would."""
    assert [returned] == did((name, arguments))[1]


def test_changed():
    """Calls change a copy of the world, and what they made does not depend on their order."""
    calls = [
        ("reserve_stock", {"sku": "KB-2", "warehouse": "Lyon", "quantity": 1}),
        ("reserve_stock", {"sku": "KB-2", "warehouse": "Graz", "quantity": 2.0}),
        ("create_event", {"title": "Talk", "start": "2026-03-12T09:00", "end": "2026-03-12T09:30"}),
        ("move_event", {"event_id": "E-1", "start": "2026-03-13 08:00"}),
    ]
    before = json.dumps(SHOP)
    after, _ = did(*calls)
    assert did(*reversed(calls))[0] == after
    assert ({"Graz": 1, "Lyon": 0}, "2026-03-13T09:30:00") == (after["stock"]["KB-2"], after["events"]["E-1"]["end"])
    assert before == json.dumps(SHOP)


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        pytest.param("get_order", {"order_id": "A-9"}, "no 'A-9' among the orders", id="an unknown order"),
        pytest.param("refund_order", {"order_id": "A-1", "amount": 21, "reason": "late"}, "up to 20.00", id="too much"),
        pytest.param("refund_order", {"order_id": "A-1", "amount": -1, "reason": "late"}, "above 0", id="less than 0"),
        pytest.param("refund_order", {"order_id": "A-1", "amount": 1e999, "reason": "late"}, "", id="infinitely much"),
        pytest.param("refund_order", {"order_id": "A-1", "amount": 10**400, "reason": "late"}, "", id="a huge amount"),
        pytest.param("cancel_order", {"order_id": "A-1"}, "is shipped and cannot be cancelled", id="a late cancel"),
        pytest.param("transfer_stock", {"sku": "KB-2", "source": "Graz", "target": "Rome", "quantity": 1},
                     "no warehouse 'Rome'", id="an unknown place"),
        pytest.param("reserve_stock", {"sku": "KB-2", "warehouse": "Graz", "quantity": 4}, "Graz holds 3", id="more"),
        pytest.param("move_event", {"event_id": "E-1", "start": "9999-12-31T23:00"}, "", id="the end of time"),
        pytest.param("move_event", {"event_id": "E-1", "start": "2026-03-12T10:00Z"}, "leave the zone", id="a zone"),
        pytest.param("get_weather", {"city": "Oslo", "day": "tomorrow"}, "Invalid isoformat", id="a day in words"),
        pytest.param("query_table", {"table": "staff", "filters": [{"column": "__class__", "op": "eq", "value": "x"}]},
                     "no column '__class__'", id="an attribute for a column"),
        pytest.param("query_table", {"table": "staff", "filters": [{"column": "pay", "op": "gt", "value": "x"}]},
                     "pay is compared with 'x'", id="a number compared with a text"),
        pytest.param("aggregate_table", {"table": "staff", "operation": "sum", "column": "name"},
                     "name holds no numbers", id="a sum of names"),
        pytest.param("convert_units", {"value": 1, "from_unit": "kg", "to_unit": "m"}, "kg is no length", id="kg in m"),
    ],
)  # fmt: skip
def test_refused(name, arguments, said):
    """What cannot be done is told as an error, as a service would, and changes nothing."""
    after, (returned,) = did((name, arguments))
    assert (["error"], True) == (list(returned), said in returned["error"])
    assert SHOP == after


@pytest.mark.parametrize("name", tool_world.FUNCTIONS)
def test_schemas(name):
    """A function's arguments are those of its schema, and the same ones are required; there is room for no others."""
    (tool,) = tool_use.tools(Call("", [], [name], {}, []))
    schema = tool["function"]["parameters"]
    _, *parameters = inspect.signature(tool_world.FUNCTIONS[name]).parameters.values()
    assert [parameter.name for parameter in parameters] == list(schema["properties"])
    assert [parameter.name for parameter in parameters if parameter.default is parameter.empty] == schema["required"]
    assert schema["additionalProperties"] is False

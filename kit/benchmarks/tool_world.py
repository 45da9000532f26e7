"""A small world to act in: orders, stock, a calendar, tables, units. Calls are executed, not compared as text.

What a world holds is an item's data; what can be done in it are the functions here, the same for all items. They are
deterministic and know no clock. Arguments come from a model: they are taken only after they satisfied the function's
schema, and nothing in them is looked up but keys of the world's own data.
"""

import json
import operator
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from datetime import date, datetime, timedelta
from decimal import Decimal
from statistics import fmean
from typing import Any

__all__ = ["FUNCTIONS", "run"]

_World = dict[str, Any]


def run(world: Mapping[str, Any], calls: Sequence[tuple[str, Mapping[str, Any]]]) -> tuple[_World, list[str]]:
    """Execute calls, one after another, in a copy of a world.

    Args:
        world: What there is: `orders`, `stock`, `events`, `tables`, `rates`, `weather`, each by name.
        calls: Name of a function, and arguments that satisfy its schema.

    Returns:
        The world afterwards, and what the calls returned, as JSON in sorted order: calls of one turn have none of
        their own. What a function refuses returns `{"error": ...}` and changes nothing.
    """
    changed = deepcopy(dict(world))
    returned = []
    for name, arguments in calls:
        try:
            value = FUNCTIONS[name](changed, **arguments)
        except (ValueError, ArithmeticError) as error:
            value = {"error": str(error)}
        returned.append(json.dumps(value, sort_keys=True, ensure_ascii=False))
    return changed, sorted(returned)


def _get_order(world: _World, order_id: str) -> Any:
    return {"order_id": _id(order_id), **_looked_up(world, "orders", order_id)}


def _find_orders(world: _World, customer: str, status: str = "", since: str = "") -> Any:
    first = date.fromisoformat(since) if since else date.min
    return sorted(
        order_id
        for order_id, order in world.get("orders", {}).items()
        if _fold(order["customer"]) == _fold(customer)
        and status in ("", order["status"])
        and date.fromisoformat(order["day"]) >= first
    )


def _refund_order(world: _World, order_id: str, amount: float, reason: str) -> Any:
    order = _looked_up(world, "orders", order_id)
    total = _money(amount) + _money(order["refunded"])
    if amount <= 0 or total > _money(order["paid"]):
        raise ValueError(f"an amount above 0 and up to {_money(order['paid']) - _money(order['refunded'])}")
    order |= {"refunded": str(total), "reason": reason}
    return {"refunded": str(_money(amount))}


def _cancel_order(world: _World, order_id: str) -> Any:
    order = _looked_up(world, "orders", order_id)
    if order["status"] != "open":
        raise ValueError(f"order {_id(order_id)} is {order['status']} and cannot be cancelled; create a return")
    order["status"] = "cancelled"
    return {"status": "cancelled"}


def _create_return(world: _World, order_id: str, items: Sequence[str] = ()) -> Any:
    order = _looked_up(world, "orders", order_id)
    order["returning"] = sorted(map(_id, items)) or "all"
    return {"returning": order["returning"]}


def _change_address(world: _World, order_id: str, address: Mapping[str, str]) -> Any:
    order = _looked_up(world, "orders", order_id)
    order["address"] = {name: _fold(value) for name, value in address.items()}
    return {"address": "changed"}


def _get_stock(world: _World, sku: str, warehouse: str = "") -> Any:
    held = _looked_up(world, "stock", sku)
    return {"sku": _id(sku), "held": {_place(held, warehouse): held[_place(held, warehouse)]} if warehouse else held}


def _reserve_stock(world: _World, sku: str, warehouse: str, quantity: float) -> Any:
    _take(_looked_up(world, "stock", sku), warehouse, int(quantity))
    world.setdefault("reserved", []).append([_id(sku), _fold(warehouse), int(quantity)])
    world["reserved"].sort()
    return {"reserved": int(quantity)}


def _transfer_stock(world: _World, sku: str, source: str, target: str, quantity: float) -> Any:
    held = _looked_up(world, "stock", sku)
    target = _place(held, target)
    _take(held, source, int(quantity))
    held[target] += int(quantity)
    return {"moved": int(quantity)}


def _list_events(world: _World, day: str, attendee: str = "") -> Any:
    wanted = date.fromisoformat(day)
    return sorted(
        event_id
        for event_id, event in world.get("events", {}).items()
        if _time(event["start"]).date() == wanted and (not attendee or _fold(attendee) in event["attendees"])
    )


def _create_event(world: _World, title: str, start: str, end: str, attendees: Sequence[str] = ()) -> Any:
    begins, ends = _time(start), _time(end)
    if ends <= begins:
        raise ValueError("an event ends after it starts")
    event = {"title": _fold(title), "start": begins.isoformat(), "end": ends.isoformat(),
            "attendees": sorted(set(map(_fold, attendees)))}  # fmt: skip
    world.setdefault("created", []).append(event)
    world["created"].sort(key=json.dumps)
    return event


def _move_event(world: _World, event_id: str, start: str) -> Any:
    event, begins = _looked_up(world, "events", event_id), _time(start)
    lasts = _time(event["end"]) - _time(event["start"])
    event |= {"start": begins.isoformat(), "end": (begins + min(lasts, timedelta(days=30))).isoformat()}
    return event


def _convert_units(world: _World, value: float, from_unit: str, to_unit: str) -> Any:
    kind, size = _UNITS[from_unit]
    if kind != _UNITS[to_unit][0]:
        raise ValueError(f"{from_unit} is no {_UNITS[to_unit][0]}")
    exact = Decimal(str(value)) * Decimal(size) / Decimal(_UNITS[to_unit][1])
    return {to_unit: f"{exact:.6g}"}


def _convert_currency(world: _World, amount: float, from_currency: str, to_currency: str) -> Any:
    source, target = (_looked_up(world, "rates", currency) for currency in (from_currency, to_currency))
    return {_id(to_currency): str(_money(Decimal(str(amount)) / Decimal(source) * Decimal(target)))}


def _get_weather(world: _World, city: str, day: str) -> Any:
    forecast = _looked_up(world, "weather", city)
    wanted = date.fromisoformat(day).isoformat()
    if wanted not in forecast:
        raise ValueError(f"no forecast for {wanted}")
    return {"city": _id(city), "day": wanted, "weather": forecast[wanted]}


def _query_table(
    world: _World, table: str, filters: Sequence[Mapping[str, Any]] = (), sort_by: str = "", descending: bool = False,
    limit: float = 100,
) -> Any:  # fmt: skip
    rows = _rows(world, table, filters)
    if sort_by:
        rows = sorted(rows, key=lambda row: _cell(row, sort_by), reverse=descending)
    return [row["name"] for row in rows[: int(limit)]]


def _aggregate_table(
    world: _World, table: str, operation: str, column: str, filters: Sequence[Mapping[str, Any]] = ()
) -> Any:
    values = [_cell(row, column) for row in _rows(world, table, filters)]
    if operation != "count" and not all(isinstance(value, int | float) for value in values):
        raise ValueError(f"{column} holds no numbers")
    if not values and operation != "count":
        raise ValueError("no row satisfies the filters")
    return {operation: f"{_FIGURES[operation](values):.6g}"}


def _send_template(world: _World, email: str, template: str, language: str = "en") -> Any:
    world.setdefault("outbox", []).append([_fold(email), template, language])
    world["outbox"].sort()
    return {"sent": template}


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "get_order": _get_order, "find_orders": _find_orders, "refund_order": _refund_order, "cancel_order": _cancel_order,
    "create_return": _create_return, "change_address": _change_address, "get_stock": _get_stock,
    "reserve_stock": _reserve_stock, "transfer_stock": _transfer_stock, "list_events": _list_events,
    "create_event": _create_event, "move_event": _move_event, "convert_units": _convert_units,
    "convert_currency": _convert_currency, "get_weather": _get_weather, "query_table": _query_table,
    "aggregate_table": _aggregate_table, "send_template": _send_template,
}  # fmt: skip
"""All that can be called, by name; `data/items/functions.yaml` holds what a model is told of each."""

_UNITS = {
    "m": ("length", "1"), "km": ("length", "1000"), "mi": ("length", "1609.344"), "ft": ("length", "0.3048"),
    "in": ("length", "0.0254"), "kg": ("mass", "1"), "g": ("mass", "0.001"), "lb": ("mass", "0.45359237"),
    "oz": ("mass", "0.028349523125"), "l": ("volume", "1"), "ml": ("volume", "0.001"),
    "gal": ("volume", "3.785411784"),
}  # fmt: skip
"""Unit -> kind and size; all by definition (international yard and pound 1959, US gallon of 231 cubic inches)."""

_COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq, "ne": operator.ne, "lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge,
}  # fmt: skip
_FIGURES: Mapping[str, Callable[[Sequence[Any]], float]] = {
    "count": len, "sum": sum, "min": min, "max": max, "mean": fmean,
}  # fmt: skip


def _rows(world: _World, table: str, filters: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    def passes(row: dict[str, Any], test: Mapping[str, Any]) -> bool:
        held, value = _cell(row, test["column"]), test["value"]
        if isinstance(held, str) != isinstance(value, str):
            raise ValueError(f"{test['column']} is compared with {value!r}")
        return _COMPARED[test["op"]](*(_fold(side) if isinstance(side, str) else side for side in (held, value)))

    return [row for row in _looked_up(world, "tables", table) if all(passes(row, test) for test in filters)]


def _cell(row: Mapping[str, Any], column: str) -> Any:
    if column not in row:
        raise ValueError(f"no column {column!r}; there are {', '.join(row)}")
    return row[column]


def _looked_up(world: _World, shelf: str, name: str) -> Any:
    """Look up a name in any case."""
    if _id(name) not in world.get(shelf, {}):
        raise ValueError(f"no {_id(name)!r} among the {shelf}")
    return world[shelf][_id(name)]


def _place(held: Mapping[str, int], warehouse: str) -> str:
    for place in held:
        if _fold(place) == _fold(warehouse):
            return place
    raise ValueError(f"no warehouse {warehouse!r}; there are {', '.join(held)}")


def _take(held: dict[str, int], warehouse: str, quantity: int) -> None:
    place = _place(held, warehouse)
    if not 0 < quantity <= held[place]:
        raise ValueError(f"{place} holds {held[place]}")
    held[place] -= quantity


def _money(amount: Any) -> Decimal:
    return Decimal(str(amount)).quantize(Decimal("0.01"))


def _time(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo:
        raise ValueError("times are local; leave the zone out")
    return moment


def _id(name: str) -> str:
    return name.strip().upper()


def _fold(text: str) -> str:
    return " ".join(text.split()).casefold()

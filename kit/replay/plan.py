"""Plan: how much to replay, in one draw or in batches until the verdict stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kit.errors import AskError, near_miss

__all__ = ["Plan", "read_plan"]

_KEYS = ("until", "most", "batch")


@dataclass(frozen=True)
class Plan:
    """The number of requests to replay of each endpoint.

    Attributes:
        until_decided: True to go on in batches until the verdict stands, which it then does (`stats.anytime`).
        most: Requests of an endpoint at most.
        batch: Requests of an endpoint between two looks.
    """

    most: int
    batch: int
    until_decided: bool = True


def read_plan(written: Mapping[str, Any], per_endpoint: int) -> Plan:
    """Read a study's `replay: {until: decided, most: 2000, batch: 50}`; empty for one draw of `per_endpoint`.

    Raises:
        AskError: In one line, if a key or a value is not one.
    """
    if odd := [key for key in written if key not in _KEYS]:
        raise AskError(f"replay: {odd[0]!r} is not a key{near_miss(str(odd[0]), _KEYS)}; {', '.join(_KEYS)} are")
    if not written:
        return Plan(per_endpoint, per_endpoint, until_decided=False)
    if written.get("until", "decided") != "decided":
        raise AskError(f"replay: until: {written['until']!r} is not known; `decided` is, or leave `replay` out")
    plan = Plan(written.get("most", 2_000), written.get("batch", 50))
    for name, value in (("most", plan.most), ("batch", plan.batch)):
        if type(value) is not int or value < 1:
            raise AskError(f"replay: {name}: {value!r} is not a number of requests, 1 or more")
    return plan

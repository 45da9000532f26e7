"""The article's fallback made sound: tiers of contenders for each kind of request, for a service to import.

    >>> from kit.pricing import ListBook
    >>> from kit.service import Router
    >>> router = Router(book=ListBook(), log="logs/routes.jsonl")      # the article's three rules; or your own file
    >>> reply = router.create(kind="low", messages=messages, validate=schema)
    >>> reply.value, reply.contender, reply.tried, reply.cost_usd

What to do next is decided in one generator (`route`), which sends nothing itself; `Router` and `AsyncRouter` do what it
asks for, each in its own way.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kit.errors import RouteError
    from kit.service.meter import Meter
    from kit.service.policy import ARTICLE, Confidence, Policy
    from kit.service.reply import WHY, Left, Reply
    from kit.service.router import AsyncRouter, Router

__all__ = ["ARTICLE", "WHY", "AsyncRouter", "Confidence", "Left", "Meter", "Policy", "Reply", "RouteError", "Router"]

_HOMES = {
    "kit.errors": ("RouteError",),
    "kit.service.meter": ("Meter",),
    "kit.service.policy": ("ARTICLE", "Confidence", "Policy"),
    "kit.service.reply": ("WHY", "Left", "Reply"),
    "kit.service.router": ("AsyncRouter", "Router"),
}


def __getattr__(name: str) -> Any:
    # a service that only meters should not pay for the router
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    raise AttributeError(f"module 'kit.service' has no attribute {name!r}")

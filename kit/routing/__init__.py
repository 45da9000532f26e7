"""The article's fallback made sound: tiers of contenders for each kind of request, for a service to import.

    >>> from kit.books import ListBook
    >>> from kit.routing import Router
    >>> router = Router(book=ListBook(), log="logs/routes.jsonl")      # the article's three rules; or your own file
    >>> reply = router.create(kind="low", messages=messages, validate=schema)
    >>> reply.value, reply.contender, reply.tried, reply.cost_usd

What to do next is decided in one generator (`route`), which sends nothing itself; `Router` and `AsyncRouter` do what it
asks for, each in its own way.
"""

from kit.errors import RouteError
from kit.routing.policy import ARTICLE, Confidence, Policy
from kit.routing.reply import WHY, Left, Reply
from kit.routing.router import AsyncRouter, Router

__all__ = ["ARTICLE", "WHY", "AsyncRouter", "Confidence", "Left", "Policy", "Reply", "RouteError", "Router"]

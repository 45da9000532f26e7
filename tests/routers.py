"""Requests put to a router of either kind, for the tests of routing: `threads` by Router, `asyncio` by AsyncRouter."""

import asyncio
from dataclasses import dataclass, field

import openai

from kit.errors import AskError, RouteError
from kit.service import AsyncRouter, Reply, Router

HELLO = [{"role": "user", "content": "hello"}]
SCHEMA = {"type": "object", "properties": {"a": {"enum": [1, 2]}}, "required": ["a"]}
CLIENTS = {"threads": openai.OpenAI, "asyncio": openai.AsyncOpenAI}


@dataclass
class Outcome:
    """What came of one request: texts as they were handed on, and a reply or an error."""

    texts: list[str] = field(default_factory=list)
    reply: Reply | None = None
    error: Exception | None = None

    @property
    def left(self):
        """Why each contender was left, and after how many calls."""
        return [(one.why, one.calls) for one in (self.reply or self.error).tried]


def policy(server, *words, models=("gpt-4o", "gpt-4o-mini", "kimi-k2.5"), **more):
    """Tiers that meet these weathers (tests/stub.py), each at a provider of its own."""
    tiers = [server.contender(word, model=models[n], way=f"way{n + 1}") for n, word in enumerate(words)]
    return {"kinds": {"low": tiers}, "timeout_s": 0.5} | more


def routed(how, policy, *asked, **options):
    """Put requests of kind `low` to one router: an Outcome for each.

    Args:
        asked: What `create` takes besides messages and kind; with `stream` it is `stream` that takes it, and with
            `read` the stream is left after so many texts. A function is called between two requests.
        options: Handed on to the router.
    """
    run = _threads if how == "threads" else lambda *given: asyncio.run(_asyncio(*given))
    return run(policy, asked or ({},), options)


def _threads(policy, asked, options):
    with Router(policy, **options) as router:
        return [_one(router, **one) for one in asked if not callable(one) or one()]


def _one(router, stream=False, read=None, **asked):
    outcome = Outcome()
    try:
        if not stream:
            outcome.reply = router.create(HELLO, "low", **asked)
            return outcome
        with router.stream(HELLO, "low", **asked) as texts:
            for text in texts:
                outcome.texts.append(text)
                if len(outcome.texts) == read:
                    return outcome
            outcome.reply = texts.reply
    except (RouteError, AskError) as error:
        outcome.error = error
    return outcome


async def _asyncio(policy, asked, options):
    async with AsyncRouter(policy, **options) as router:
        return [await _aone(router, **one) for one in asked if not callable(one) or one()]


async def _aone(router, stream=False, read=None, **asked):
    outcome = Outcome()
    try:
        if not stream:
            outcome.reply = await router.create(HELLO, "low", **asked)
            return outcome
        async with router.stream(HELLO, "low", **asked) as texts:
            async for text in texts:
                outcome.texts.append(text)
                if len(outcome.texts) == read:
                    return outcome
            outcome.reply = texts.reply
    except (RouteError, AskError) as error:
        outcome.error = error
    return outcome

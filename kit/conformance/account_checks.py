"""Checks beside the chat: errors for common mistakes, rate-limit headers, lists of models and batches."""

from typing import Any

from kit.client import read_error
from kit.conformance.chat_checks import GREETING
from kit.conformance.exchange import Asker, Exchange
from kit.conformance.findings import Finding
from kit.conformance.verdicts import broken, by_effect, failure, ignored, not_tried, shown, supported

__all__ = ["batches", "error_key", "error_messages", "error_model", "error_parameter", "models", "rate_limits"]

_WRONG_KEY = "sk-kit-probe-no-such-key"
_WRONG_MODEL = "kit-probe-no-such-model"


async def error_key(ask: Asker) -> Finding:
    """Ask with a key that nobody has."""
    if not ask.at.secret:
        return not_tried("no key is needed here")
    return _error(await ask.chat(GREETING, key=_WRONG_KEY), "a wrong key is accepted", (401, 403))


async def error_model(ask: Asker) -> Finding:
    """Ask for a model that does not exist."""
    return _error(await ask.chat(GREETING, model=_WRONG_MODEL), "a model that does not exist answers")


async def error_parameter(ask: Asker) -> Finding:
    """Ask with a temperature that cannot be."""
    return _error(await ask.chat(GREETING, temperature=9), "a temperature of 9 is accepted")


async def error_messages(ask: Asker) -> Finding:
    """Ask without any message."""
    return _error(await ask.chat([]), "a request without messages is answered")


async def rate_limits(ask: Asker) -> Finding:
    """Look for the headers that tell what is left of a rate limit."""
    names = sorted(name.lower() for name in ask.at.remembered["chat"].headers if "ratelimit" in name.lower())
    return by_effect(bool(names), ", ".join(names[:4]), "no header tells what is left of the limit")


async def models(ask: Asker) -> Finding:
    """List the models, and look for the one that is asked."""
    answer = await ask.get("/models")
    if said_no := failure(answer):
        return said_no
    listed = answer.data.get("data")
    if not isinstance(listed, list):
        return broken("the list has no data")
    names = [str(one.get("id")) for one in listed if isinstance(one, dict)]
    called = ask.at.contender.called
    there = any(name.removeprefix("models/") == called for name in names)
    return supported(f"{len(names)} models" + ("" if there else f"; {shown(called)} is not among them"))


async def batches(ask: Asker) -> Finding:
    """List the batches; nothing is submitted."""
    answer = await ask.get("/batches?limit=1")
    if said_no := failure(answer):
        return said_no
    listed = isinstance(answer.data.get("data"), list)
    return supported("batches can be listed; none was submitted") if listed else broken("the list has no data")


def _error(answer: Exchange, otherwise: str, due: tuple[int, ...] = (400, 404, 422)) -> Finding:
    """Judge the error that a mistake brings: a status that says whose mistake it is, and `error.message` in JSON."""
    if answer.error is None:
        return ignored(otherwise)
    if answer.status == 200 or not answer.status:
        return broken(answer.error.message)
    if answer.status == 429:
        return not_tried(answer.error.message)
    data: Any = answer.data
    error = data.get("error") if isinstance(data, dict) else None
    message = error.get("message") if isinstance(error, dict) else None
    words = read_error(answer.status, answer.text).message
    if not isinstance(message, str) or not message:
        return broken(f"an error without error.message: {words}")
    if answer.status not in due:
        return broken(f"status {answer.status}, where {' or '.join(map(str, due))} is due: {words}")
    return supported(words)

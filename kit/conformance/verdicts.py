"""Turn an exchange into a finding: the endpoint said no, it answered nonsense, or its answer can be looked at."""

from kit.conformance.exchange import Exchange
from kit.conformance.findings import Finding
from kit.text import plain

__all__ = ["broken", "by_effect", "failure", "ignored", "not_tried", "refused", "shown", "supported"]

_REFUSALS = ("bad_request", "not_found", "images", "refused", "auth", "context", "redirect")
_NO_SUCH_THING = (404, 405, 501)
_SHOWN = 80


def supported(words: str) -> Finding:
    """Accepted, and the effect was seen."""
    return Finding("supported", words)


def ignored(words: str) -> Finding:
    """Accepted, and no effect was seen."""
    return Finding("ignored", words)


def refused(words: str) -> Finding:
    """The endpoint says no."""
    return Finding("refused", words)


def broken(words: str) -> Finding:
    """Accepted, and wrong."""
    return Finding("broken", words)


def not_tried(words: str) -> Finding:
    """Something else is missing."""
    return Finding("not tried", words)


def by_effect(effect: bool, evidence: str, otherwise: str) -> Finding:
    """Supported if the effect was seen, else ignored."""
    return supported(evidence) if effect else ignored(otherwise)


def failure(exchange: Exchange) -> Finding | None:
    """Why an exchange has no answer to look at; None if it has one."""
    error = exchange.error
    if error is None:
        return None
    if error.kind in ("rate_limit", "quota"):
        return not_tried(f"not answered: {error.message}")
    if exchange.status in _NO_SUCH_THING or (error.kind in _REFUSALS and exchange.status != 200):
        return refused(error.message)
    return broken(error.message)


def shown(text: str) -> str:
    """The beginning of a text, quoted, with nothing hidden in it."""
    text = plain(" ".join(text.split()))
    return f'"{text[:_SHOWN]}{"..." if len(text) > _SHOWN else ""}"'

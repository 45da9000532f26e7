"""Take out of a text what should not leave the house: each piece of personal data and each secret becomes a mark.

    >>> redact("Ask ann@example.com, the password is hunter2")
    'Ask [email], the password is [password]'

What is looked for is in `kit.sensitive`, one table of rules, and a team can add its own. No rule finds everything: a
name, an address or a password in prose has no shape, and a version such as 1.2.3.4 has that of an IP address.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kit.sensitive import RULES, Rule

__all__ = ["Found", "found", "redact", "redact_request", "secrets"]


@dataclass(frozen=True, order=True)
class Found:
    """Where something was found, and by which rule; never what.

    Attributes:
        start, end: Characters from the start of the text.
    """

    start: int
    end: int
    rule: str


def redact(text: str, rules: Sequence[Rule] = RULES) -> str:
    """Put a mark in place of all that a rule finds: `redact("Ask ann@example.com")` -> `Ask [email]`.

    Args:
        rules: A team's own can be added: `(*RULES, Rule("ticket", r"TCK-[0-9]{6}"))`.
    """
    parts, at = [], 0
    for one in found(text, rules):
        parts += [text[at : one.start], f"[{one.rule}]"]
        at = one.end
    return "".join((*parts, text[at:])) if parts else text


def redact_request(request: Mapping[str, Any], how: Callable[[str], str] = redact) -> dict[str, Any]:
    """A copy of a request, or of any structure as JSON has them, with `how` done to each text in it; keys stay."""

    def copied(value: Any) -> Any:
        if isinstance(value, str):
            return how(value)
        if isinstance(value, Mapping):
            return {key: copied(inner) for key, inner in value.items()}
        return [copied(inner) for inner in value] if isinstance(value, list | tuple) else value

    return {key: copied(value) for key, value in request.items()}


def secrets(text: str, rules: Sequence[Rule] = RULES) -> list[Found]:
    """Where a text holds what would let somebody in: the scan before anything is sent elsewhere."""
    return found(text, [rule for rule in rules if rule.secret])


def found(text: str, rules: Sequence[Rule] = RULES) -> list[Found]:
    """All that the rules find in a text, from its start to its end; no two overlap."""
    taken: list[Found] = []
    small = text.lower()
    for rule in rules:
        hinted = not rule.hints or any(hint in small for hint in rule.hints)
        if hinted and (fresh := _free(_matches(text, rule), taken)):
            taken = sorted(taken + fresh)
    return taken


def _matches(text: str, rule: Rule) -> list[Found]:
    matches, at = [], 0
    while match := rule.compiled.search(text, at):
        start, end = match.span("x" if "x" in rule.compiled.groupindex else 0)
        if counts := rule.check(text[start:end]):
            matches.append(Found(start, start + counts, rule.name))
            at = start + counts
        else:
            at = match.start() + 1  # a run that is none may hide one that begins inside it
    return matches


def _free(fresh: list[Found], taken: list[Found]) -> list[Found]:
    """Those that overlap with none that is taken; both lists are in order."""
    free, others = [], iter(taken)
    other = next(others, None)
    for one in fresh:
        while other and other.end <= one.start:
            other = next(others, None)
        if not other or one.end <= other.start:
            free.append(one)
    return free

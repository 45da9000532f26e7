"""Find what the rules describe, and put marks in its place."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kit.redaction.prefilter import candidates
from kit.redaction.rules import RULES, Rule

__all__ = ["Match", "matches", "redact", "redact_request", "secrets"]


@dataclass(frozen=True, order=True)
class Match:
    """The place where a rule matched, without the text that stands there.

    Attributes:
        start, end: Characters from the start of the text.
    """

    start: int
    end: int
    rule: str


def redact(text: str, rules: Sequence[Rule] = RULES) -> str:
    """Put a mark in place of all that a rule matches: `redact("Ask ann@example.com")` -> `Ask [email]`.

    Args:
        rules: A team's own can be added: `(*RULES, Rule("ticket", r"TCK-[0-9]{6}"))`.
    """
    parts, at = [], 0
    for match in matches(text, rules):
        parts += [text[at : match.start], f"[{match.rule}]"]
        at = match.end
    return "".join((*parts, text[at:])) if parts else text


def redact_request(request: Mapping[str, Any], how: Callable[[str], str] = redact) -> dict[str, Any]:
    """Copy a request, or any structure as JSON has them, with `how` done to each text in it; keys stay."""

    def copied(value: Any) -> Any:
        if isinstance(value, str):
            return how(value)
        if isinstance(value, Mapping):
            return {key: copied(inner) for key, inner in value.items()}
        return [copied(inner) for inner in value] if isinstance(value, list | tuple) else value

    return {key: copied(value) for key, value in request.items()}


def secrets(text: str, rules: Sequence[Rule] = RULES) -> list[Match]:
    """Find what would let somebody in: the scan before anything is sent elsewhere."""
    return matches(text, [rule for rule in rules if rule.secret])


def matches(text: str, rules: Sequence[Rule] = RULES) -> list[Match]:
    """Find all that the rules match in a text, from its start to its end; no two overlap."""
    accepted: list[Match] = []
    for number in candidates(text, [rule.pattern for rule in rules]):
        if fresh := _free(list(_matches(text, rules[number])), accepted):
            accepted = sorted(accepted + fresh)
    return accepted


def _matches(text: str, rule: Rule) -> Iterator[Match]:
    at = 0
    while match := rule.compiled.search(text, at):
        start, end = match.span("x" if "x" in rule.compiled.groupindex else 0)
        if counts := rule.check(text[start:end]):
            yield Match(start, start + counts, rule.name)
            at = start + counts
        else:
            at = match.start() + 1  # a run that does not count may hide one that begins inside it


def _free(fresh: list[Match], accepted: list[Match]) -> list[Match]:
    """Those that do not overlap with what is taken; both lists are in order."""
    free, others = [], iter(accepted)
    other = next(others, None)
    for match in fresh:
        while other and other.end <= match.start:
            other = next(others, None)
        if not other or match.end <= other.start:
            free.append(match)
    return free

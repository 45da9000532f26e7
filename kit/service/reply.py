"""What a routed request comes to: the answer, and why each contender before it was left."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from kit.client.answers import KINDS
from kit.pricing import Usage

__all__ = ["WHY", "Left", "Reply"]

WHY = KINDS | {
    "invalid": "the answer did not pass the check, or was empty",
    "unsure": "the answer's confidence was below the policy's threshold",
    "resting": "not asked: its circuit breaker is open",
}
"""Why a contender is left."""


@dataclass(frozen=True)
class Left:
    """One contender that was left for the next.

    Attributes:
        contender: `model@way`.
        why: A key of `WHY`.
        words: The same in words, which may be the endpoint's own.
        calls: Times it was called.
    """

    contender: str
    why: str
    words: str
    calls: int

    def __str__(self) -> str:
        called = f" after {self.calls} calls" if self.calls > 1 else ""
        return f"{self.contender}: {self.why}{called} ({self.words})"


@dataclass(frozen=True)
class Reply:
    """The answer to one request.

    Attributes:
        text: What was said.
        value: What the check made of it: the parsed JSON, or what a callable returned; None without a check.
        contender: Who said it: `model@way`.
        tier: Its place among the kind's contenders, from 1.
        finish_reason: As the endpoint says it.
        tool_calls: Each with id, name and arguments (a string, as the model wrote it).
        usage: Of the call that was answered; None where the endpoint did not report it.
        confidence: 0 to 1, as the policy's `confidence` measures it; None where it was not measured.
        cost_usd: All calls of the request together; None where one's cost is not known.
        calls: How many calls there were.
        tried: Why each other contender was left. One of them may be the one that answered, where the answer was not
            sure and nobody after it answered at all.
        took_s: Seconds from the request to its answer.
    """

    text: str
    value: Any
    contender: str
    tier: int
    finish_reason: str
    tool_calls: tuple[dict[str, str], ...]
    usage: Usage | None
    confidence: float | None
    cost_usd: Decimal | None
    calls: int
    tried: tuple[Left, ...]
    took_s: float

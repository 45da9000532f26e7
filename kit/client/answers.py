"""Answers: what came back for one request, or why nothing did; and many of them as one frame.

A failure has no text, is counted apart, and is asked again next time. If it is the model's or its provider's, the
answer is not right; if it is ours (OUR_FAULTS), the request is unanswered, and the answer may be right or wrong.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from kit.client.contenders import split_id
from kit.pricing import Book, Usage, cost

if TYPE_CHECKING:  # what a service imports is light: pandas comes with the first frame
    import pandas as pd

__all__ = [
    "ANSWER_COLUMNS",
    "ERROR_KINDS",
    "OUR_FAULTS",
    "Answer",
    "Failure",
    "answer_table",
    "is_our_fault",
    "with_costs",
]

ANSWER_COLUMNS = {
    "contender": "model@way",
    "request": "the request's id",
    "sample": "0, 1, 2, ...",
    "text": "what was answered; missing where nothing was",
    "finish_reason": "stop, length, tool_calls, content_filter, ... as the endpoint says it",
    "tool_calls": "list of calls, each with id, name and arguments (a string, as the model wrote it)",
    "thinking": "reasoning text, where the endpoint shows it apart from the answer",
    "prompt_tokens": "cached ones included; missing where the endpoint did not say",
    "cached_tokens": "of the prompt tokens",
    "output_tokens": "reasoning ones included",
    "reasoning_tokens": "of the output tokens",
    "first_token_s": "seconds from sending to the first token, where the answer was streamed",
    "total_s": "seconds from sending to the last token, of the attempt that was answered",
    "tokens_per_s": "output tokens after the first one, per second after the first token",
    "attempts": "times it was sent",
    "confidence": "geometric mean of its tokens' probabilities, where the request asks for logprobs and they are told",
    "cost_usd": "under the price book asked for; missing where a price or the usage is unknown",
    "error_kind": f"empty, or why there is no answer: a key of {__name__}.KINDS",
    "error": "the same in words",
    "note": "what was odd about the answer",
    "asked_at": "when the attempt that was answered was sent (UTC)",
    "served_by": "the model's name in the endpoint's own words",
    "batch": "the provider's id of the batch that it came in; empty for a live call",
}
"""Columns of the answers frame, one row a contender, request and sample."""

ERROR_KINDS = {
    "auth": "the key is wrong or may not use this model",
    "quota": "the account has no money or quota left",
    "not_found": "no such model or address there",
    "redirect": "the address sends elsewhere; the key is not sent after it",
    "tls": "the certificate is not to be trusted",
    "context": "the request is longer than the model's context",
    "images": "the model takes no pictures",
    "refused": "the provider's filter refused the request",
    "bad_request": "the endpoint does not take the request as it is",
    "rate_limit": "too many requests, for longer than we would wait",
    "server": "the endpoint failed",
    "network": "the endpoint cannot be reached, or hung up",
    "timeout": "no answer in time",
    "malformed": "what came back is no chat completion",
    "budget": "not asked: the budget would be passed",
    "stopped": "not asked: the run was stopped",
    "expired": "the batch ended before it came to this request",
    "batch": "not asked: it waits in a batch, which `ask(..., batch=True)` fetches",
}
"""Why there is no answer."""

OUR_FAULTS = (
    "auth", "quota", "not_found", "redirect", "tls", "rate_limit", "network", "budget", "stopped", "expired", "batch",
)  # fmt: skip
"""Kinds that say nothing about how well a model answers: no key, no money, no connection, too fast, or never asked.

All other kinds remain after retries because of the model or its provider, and so does the lack of an answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Response of one contender to one request; attributes as in ANSWER_COLUMNS.

    Attributes:
        usage: None where the endpoint did not report it, or reported what cannot be.
    """

    text: str
    finish_reason: str
    usage: Usage | None
    asked_at: str
    total_s: float
    first_token_s: float | None = None
    tool_calls: tuple[dict[str, str], ...] = ()
    thinking: str = ""
    served_by: str = ""
    note: str = ""
    attempts: int = 1
    confidence: float | None = None
    batch: str = ""

    @property
    def tokens_per_s(self) -> float | None:
        """Decoding speed: the first token is left out of both the tokens and the time."""
        if self.first_token_s is None or self.usage is None or self.usage.output < 2:
            return None
        decoding_s = self.total_s - self.first_token_s
        return (self.usage.output - 1) / decoding_s if decoding_s > 0 else None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no answer.

    Attributes:
        kind: A key of ERROR_KINDS.
        message: One line, in words.
    """

    kind: str
    message: str
    attempts: int = 0
    asked_at: str = ""


def is_our_fault(error_kind: str, error: str = "") -> bool:
    """Return whether a request is unanswered because of us, so that it says nothing about the contender.

    Args:
        error: In words; a request that was not sent since others had failed before says so.
    """
    return error_kind in OUR_FAULTS or (error_kind != "" and error.startswith("not asked"))


def answer_table(rows: Iterable[tuple[str, str, int, Answer | Failure]]) -> "pd.DataFrame":
    """One frame of (contender, request id, sample, outcome); `cost_usd` is empty until `priced`."""
    import pandas as pd

    table = pd.DataFrame([_row(*row) for row in rows], columns=list(ANSWER_COLUMNS))
    counts = [name for name in ANSWER_COLUMNS if name.endswith("_tokens")]
    table[counts] = table[counts].astype("Int64")
    measures = ["first_token_s", "total_s", "tokens_per_s", "confidence", "cost_usd"]
    table[measures] = table[measures].astype("Float64")
    table["asked_at"] = pd.to_datetime(table["asked_at"], utc=True, format="ISO8601")
    return table


def with_costs(table: "pd.DataFrame", book: Book) -> "pd.DataFrame":
    """The same answers with `cost_usd` under a price book, each at the price of the moment it was asked."""
    import pandas as pd

    usd = [
        _usd(book, split_id(contender)[0], at, bool(batch), usage)
        for contender, at, batch, *usage in table[
            ["contender", "asked_at", "batch", "prompt_tokens", "cached_tokens", "output_tokens", "reasoning_tokens"]
        ].itertuples(index=False)
    ]
    return table.assign(cost_usd=pd.array(usd, dtype="Float64"))


def _usd(book: Book, model: str, at: datetime, batch: bool, counts: Sequence[Any]) -> float | None:
    import pandas as pd

    if not book.knows(model) or any(count is pd.NA for count in counts):
        return None
    usage = Usage(*map(int, counts))
    usd = cost(usage, book.rate(model, at, usage.prompt, batch=batch))
    return None if usd is None else float(usd)


def _row(contender: str, request: str, sample: int, outcome: Answer | Failure) -> tuple[Any, ...]:
    if isinstance(outcome, Failure):
        return (
            contender, request, sample, None, None, None, None, None, None, None, None, None, None, None,
            outcome.attempts, None, None, outcome.kind, outcome.message, "", outcome.asked_at or None, None, "",
        )  # fmt: skip
    used = outcome.usage
    counts = (used.prompt, used.cached, used.output, used.reasoning) if used else (None,) * 4
    return (
        contender, request, sample, outcome.text, outcome.finish_reason, list(outcome.tool_calls), outcome.thinking,
        *counts, outcome.first_token_s, outcome.total_s, outcome.tokens_per_s, outcome.attempts,
        outcome.confidence, None, "", "", outcome.note, outcome.asked_at, outcome.served_by,
        outcome.batch,
    )  # fmt: skip

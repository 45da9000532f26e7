"""The context window: what the catalog documents, and what is found by growing a request until it is refused.

The longest request that the study cares for goes first; if it is taken, no more is asked. Else the limit is bisected.
An endpoint that cuts a text in silence is told by the tokens that it reports: they are far fewer than were sent.
"""

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from kit import client
from kit.benchmarks import long_context
from kit.client import ContenderLike, Request
from kit.pricing import Book

__all__ = ["OUTCOMES", "ContextWindow", "probe_window", "window_requests"]

OUTCOMES = {
    "found": "the window ends between the longest request that was taken and the shortest that was refused",
    "not reached": "the longest request that the probe may send was taken",
    "too small": "every request was refused, down to the last that the probe may send",
    "unknown": "something else came between: `said` says what",
}
"""What a probe can come to."""

_NEAR = 0.02
"""Two sizes that differ by less than this share are one."""

_CUT = 0.5
"""Of the estimate; plain English comes to 0.7 to 1.1 of it, so that fewer tokens than this were not read."""


@dataclass(frozen=True)
class ContextWindow:
    """The end of a contender's context window, as far as a probe found it.

    Attributes:
        outcome: A key of OUTCOMES.
        accepted: Tokens of the longest accepted request, as the endpoint counts them, else by estimate; 0 for none.
        refused: Estimated tokens of the shortest refused request, rescaled by the endpoint's own count; None if no
            request was refused.
        calls: Requests that were put.
        cost_usd: What they cost; None where a price is unknown.
        message: Why the endpoint refused a request, in its words, or why the search ended early.
    """

    contender: str
    outcome: str
    accepted: int
    refused: int | None
    calls: int
    cost_usd: float | None
    message: str


def window_requests(most: int, calls: int) -> list[Request]:
    """Return the most expensive sequence of requests: the first is refused, and each longer one after it is accepted.

    Args:
        most: Tokens of the longest request, by estimate.
        calls: The most requests that are put.
    """
    sizes, low = [most], 0
    while len(sizes) < calls and not _near(low, most):
        low = (low + most) // 2
        sizes.append(low)
    return [_request(size) for size in sizes[: max(calls, 0)]]


def probe_window(
    contender: ContenderLike,
    store: str | Path,
    most: int,
    calls: int,
    *,
    book: Book | None = None,
    budget_usd: Decimal | str | None = None,
) -> ContextWindow:
    """Find where a contender's window ends.

    Args:
        most: Tokens of the longest request, by estimate.
        calls: The most requests that are put.
        budget_usd: For all of them.
    """
    low, high, counted, message, rows = 0, None, 0, "", list[Any]()
    size = most
    while len(rows) < calls and not (rows and (high is None or _near(low, high))):
        left = client.budget_left(budget_usd, [row.cost_usd for row in rows if pd.notna(row.cost_usd)])
        row = next(client.ask([_request(size)], contender, store, book=book, budget_usd=left).itertuples())
        rows.append(row)
        if row.error_kind not in ("", "context"):
            return _window(rows, "unknown", counted, None, f"{row.error_kind}: {row.error}")
        if row.error_kind or _was_cut(row, size):
            high, message = size, row.error or f"cut in silence: {row.prompt_tokens:,} tokens counted of about {size:,}"
        else:
            low, counted = size, int(size if pd.isna(row.prompt_tokens) else row.prompt_tokens)
        size = (low + (high or most)) // 2
    outcome = "not reached" if high is None else "found" if low else "too small"
    scale = counted / low if low else 1.0
    return _window(rows, outcome, counted, None if high is None else round(high * scale), message)


def _window(rows: list[Any], outcome: str, accepted: int, refused: int | None, message: str) -> ContextWindow:
    usd = [row.cost_usd for row in rows if not row.error_kind]
    cost = None if any(map(pd.isna, usd)) else float(sum(usd))
    return ContextWindow(rows[0].contender, outcome, accepted, refused, len(rows), cost, message)


def _request(tokens: int) -> Request:
    text = " ".join(long_context.prose(tokens, "window"))[: 4 * tokens]
    prompt = f"Read this text.\n\n{text}\n\nAnswer with OK."
    return Request(
        f"window, {tokens} tokens", [{"role": "user", "content": prompt}], {"temperature": 0, "max_tokens": 1}
    )


def _was_cut(row: Any, size: int) -> bool:
    return bool(pd.notna(row.prompt_tokens) and row.prompt_tokens < _CUT * size)


def _near(low: int, high: int) -> bool:
    return high - low <= max(1, _NEAR * high)

"""Latency and throughput: seconds to the first token, tokens a second after it, alone and under load; network time.

Each request asks for the same long text, so that all stop at the same number of tokens or not far from it. An answer's
time counts only for the load that it came under; so the load is in the number of the sample, and with it in the key
under which the answer is kept: sample 8003 is the fourth at eight at once.
"""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from kit import client, stats
from kit.client import ContenderLike, Request
from kit.pricing import Book

__all__ = ["COLUMNS", "ask_timed", "latency_summary", "round_trips_of", "throughput", "timed_requests"]

COLUMNS = {
    "contender": "as in the answers",
    "at once": "requests that were to be under way at once",
    "what": "`first token`, `whole answer` or `pace`",
    "unit": "`s` or `tok/s`",
    "answers": "that have this figure",
    "mean": "over answers",
    "low": "its 95 % interval by Student's t; missing for one answer",
    "high": "",
    "p50": "half of the answers are as good or better",
    "p95": "95 % are as good or better: as quick, or of such a pace; missing for fewer than 20 answers",
    "p99": "99 % are; missing for fewer than 100",
}
"""Columns of the summary, one row a contender, load and figure."""

_PER_LOAD = 1_000
_MEASURES = {"first token": ("first_token_s", "s"), "whole answer": ("total_s", "s"), "pace": ("tokens_per_s", "tok/s")}
_TEXT = "Describe a harbour town from dawn to midnight, hour by hour, in plain sentences. Do not stop before midnight."


def timed_requests(samples: int, tokens: int, at_once: int) -> list[Request]:
    """Return the requests of one load; at most 1,000 of them.

    Args:
        tokens: At which each answer is cut off.
        at_once: How many of them are to be under way at once; 1 is alone.
    """
    messages = [{"role": "user", "content": _TEXT}]
    first = at_once * _PER_LOAD
    return [
        Request(f"speed, {at_once} at once", messages, {"temperature": 0, "max_tokens": tokens}, sample=first + n)
        for n in range(min(samples, _PER_LOAD))
    ]


def ask_timed(
    samples: int,
    tokens: int,
    at_once: int,
    contender: ContenderLike,
    store: str | Path,
    *,
    book: Book | None = None,
    budget_usd: Decimal | str | None = None,
) -> pd.DataFrame:
    """Ask one contender, and no other meanwhile, so that none is another's load; the answers are as from `kit.ask`."""
    requests = timed_requests(samples, tokens, at_once)
    return client.ask(requests, contender, store, book=book, budget_usd=budget_usd, concurrency=at_once)


def latency_summary(answers: pd.DataFrame) -> pd.DataFrame:
    """Summarise how fast each contender answered at each load; answers that failed or came in one piece are left out.

    Returns:
        COLUMNS.
    """
    rows = []
    for (contender, load), group in _by_load(answers):
        for measure, (column, unit) in _MEASURES.items():
            values = group[column].dropna().astype(float).tolist()
            sign = -1 if measure == "pace" else 1  # of a pace the low end is the bad one
            ends = [stats.quantile([sign * value for value in values], share) for share in (0.5, 0.95, 0.99)]
            low, high = stats.mean_interval(values) if len(values) > 1 else (None, None)
            mean = sum(values) / len(values) if values else None
            tails = [None if end is None else sign * end for end in ends]
            rows.append((contender, load, measure, unit, len(values), mean, low, high, *tails))
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(dict.fromkeys(list(COLUMNS)[5:], "Float64"))


def throughput(answers: pd.DataFrame) -> pd.DataFrame:
    """Measure the load that there really was, and the tokens a second of all answers together.

    Returns:
        `contender`, `at once` (as was meant), `under way` (on average, from the first sending to the last end: less
        than was meant at both ends, and where one request at a time is all that a contender takes), `seconds` (from the
        first sending to the last end) and `together` (output tokens a second of all answers).
    """
    rows = []
    for (contender, load), group in _by_load(answers):
        sent = (group["asked_at"] - group["asked_at"].min()).dt.total_seconds()
        duration = group["total_s"].astype(float)
        span = float((sent + duration).max())
        rows.append((contender, load, duration.sum() / span, span, float(group["output_tokens"].sum()) / span))
    return pd.DataFrame(rows, columns=["contender", "at once", "under way", "seconds", "together"])


def round_trips_of(contenders: Sequence[ContenderLike], summary: pd.DataFrame) -> pd.DataFrame:
    """Measure the network's part of the wait: behind a CDN, the way to the nearest edge server.

    Args:
        summary: From `latency_summary`; a contender that never answered alone is left out.

    Returns:
        `contender`, `connections`, `round trip` (s, the fastest), `first token` (s, p50 alone) and `share` (percent
        that one round trip is of it).
    """
    rows = []
    alone = summary[(summary["what"] == "first token") & (summary["at once"] == 1)].set_index("contender")["p50"]
    for contender in client.read_contenders(*contenders):
        wait = alone.get(contender.id)
        if pd.notna(wait) and (seconds := client.round_trips(contender.base_url or client.shared_url())):
            rows.append((contender.id, len(seconds), min(seconds), wait, 100 * min(seconds) / wait))
    return pd.DataFrame(rows, columns=["contender", "connections", "round trip", "first token", "share"])


def _by_load(answers: pd.DataFrame) -> Any:
    answered = answers[answers["error_kind"] == ""]
    return answered.groupby(["contender", answered["sample"] // _PER_LOAD], sort=False)

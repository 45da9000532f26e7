"""The synthetic log that comes with the kit: `python tools/make_synthetic_log.py` writes it, the same bytes each time.

Thirty days of a support desk that never was: eight endpoints, most calls classify or extract, a weekly and a daily
rhythm, errors and their retries, batches at night, prompts that begin alike and are cached for it. Rows are laid out
as `kit.service.meter` writes them, and each says `"kit.synthetic": true`. Most calls carry a long prompt and no text; a
few of each endpoint are a trial of a short prompt, and hold the request and its answer (`synthetic_texts`), counted by
their own length. Twelve rows stand there twice, as they do where a file was shipped twice, and some calls go to a model
of the desk's own, which no price list knows.

Prompts are cached as OpenAI does it: from 1,024 tokens on, in steps of 128, for about ten minutes without a call
(https://developers.openai.com/api/docs/guides/prompt-caching). Anthropic bills the first such prompt as written to the
cache.
"""

import gzip
import json
import math
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import traced_log
from synthetic_texts import exchanges, tokens

from kit.files import write_bytes

__all__ = ["DAYS", "FILE", "FIRST", "SEED", "Endpoint", "main", "packed", "rows", "traced"]

SEED = 20261015
FIRST = datetime(2026, 10, 15, tzinfo=UTC)  # a Thursday; genai-prices lists batch prices since the day before
DAYS = 30
FILE = Path(__file__).parents[1] / "kit" / "data" / "logs" / "synthetic.jsonl.gz"

_OFFICE = (1, 1, 1, 1, 1, 2, 5, 12, 20, 24, 24, 22, 18, 20, 23, 22, 18, 12, 7, 5, 4, 3, 2, 1)
_CHINA = (6, 14, 18, 18, 12, 10, 16, 18, 16, 12, 7, 5, 4, 4, 3, 2, 1, 1, 1, 1, 1, 1, 2, 3)
"""Calls by hour of the day, UTC, in parts of their sum."""

_WEEKEND, _SPREAD = 0.3, 0.09  # of a weekday's calls; of the logarithm of a day's calls
_OUTAGE = datetime(2026, 10, 27, 14, tzinfo=UTC)  # an hour in which a third of all calls fail
_NIGHT = 2  # the hour in which batches are sent
_DOUBLES = slice(6000, 6012)

_MODELS: Mapping[str, tuple[str, str, str]] = {
    "gpt-4o": ("openai", "api.openai.com", "gpt-4o-2024-08-06"),
    "gpt-4o-mini": ("openai", "api.openai.com", "gpt-4o-mini-2024-07-18"),
    "desk-triage-v2": ("openai", "models.desk.example", "desk-triage-v2"),
    "anthropic/claude-3.5-sonnet": ("openrouter", "openrouter.ai", "anthropic/claude-3.5-sonnet"),
}  # fmt: skip
"""Model as it is asked for -> provider, host, and what the answer calls it."""

_FAILURES = {"RateLimitError": (0.55, 0.05, 0.4), "APITimeoutError": (0.3, 30.0, 30.2),
             "InternalServerError": (0.15, 0.2, 3.0)}  # fmt: skip
"""Error -> its share of all errors, and between how many seconds it comes back."""


@dataclass(frozen=True)
class Endpoint:
    """How one endpoint is called.

    Attributes:
        calls: On a weekday.
        models: Model -> share of the calls.
        opening: Prompt tokens that each call begins with alike.
        text, text_spread: Median of the tokens behind them, and the spread of its logarithm.
        output, output_spread: So too of the answer.
        streamed, batched, again: Share of the calls that are streamed; sent as a batch at night; that resend a thread
            whose first part is still in the cache.
        hours: Calls by hour of the day.
    """

    calls: int
    models: Mapping[str, float]
    opening: int
    text: int
    text_spread: float
    output: int
    output_spread: float
    streamed: float = 0.0
    batched: float = 0.0
    again: float = 0.0
    hours: tuple[int, ...] = _OFFICE


_BIG, _SMALL, _OWN, _OTHER = _MODELS

_ENDPOINTS: Mapping[str, Endpoint] = {
    "classify_ticket": Endpoint(170, {_BIG: 0.8, _SMALL: 0.2}, 1210, 85, 0.6, 18, 0.15),
    "route_ticket": Endpoint(105, {_BIG: 0.25, _SMALL: 0.72, _OWN: 0.03}, 620, 90, 0.6, 12, 0.15),
    "detect_language": Endpoint(90, {_SMALL: 1.0}, 60, 45, 0.7, 7, 0.1),
    "extract_invoice": Endpoint(72, {_BIG: 0.85, _SMALL: 0.15}, 1420, 520, 0.5, 130, 0.3, batched=0.45),
    "extract_contact": Endpoint(58, {_BIG: 0.5, _SMALL: 0.5}, 310, 140, 0.5, 62, 0.2, batched=0.2),
    "summarise_thread": Endpoint(34, {_BIG: 0.85, _OTHER: 0.15}, 180, 1900, 0.8, 190, 0.4, streamed=0.5, again=0.35),
    "draft_reply": Endpoint(44, {_BIG: 0.75, _OTHER: 0.25}, 1650, 420, 0.6, 260, 0.45, streamed=0.9),
    "answer_chinese": Endpoint(30, {_BIG: 1.0}, 210, 160, 0.5, 180, 0.5, streamed=0.9, hours=_CHINA),
}


def rows() -> list[dict[str, Any]]:
    """The log's rows in the order of time, without the doubles."""
    rng = random.Random(SEED)  # noqa: S311
    loads = [math.exp(rng.gauss(0, _SPREAD)) * (_WEEKEND if _day(day).weekday() > 4 else 1) for day in range(DAYS)]
    made = [row for name, endpoint in _ENDPOINTS.items() for row in _endpoint(name, endpoint, loads, rng)]
    made.sort(key=lambda row: (row["time"], row["kit.endpoint"]))
    for number, row in enumerate(made):
        row["kit.id"] = f"syn-{number:05}"
        if row["kit.status"] == "ok":
            row["gen_ai.response.id"] = f"chatcmpl-syn-{number:05}"
    return made


def packed() -> bytes:
    """The shipped file, byte for byte."""
    lines = _lines(rows())
    lines[_DOUBLES.stop : _DOUBLES.stop] = lines[_DOUBLES]
    return _gzipped(lines)


def traced() -> bytes:
    """The other shipped file, whose calls have the lengths of public traces (`traced_log`), byte for byte."""
    return _gzipped(_lines(traced_log.rows()))


def main() -> None:
    """Write both."""
    write_bytes(FILE, packed())
    write_bytes(traced_log.FILE, traced())


def _lines(made: list[dict[str, Any]]) -> list[str]:
    return [json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in made]


def _gzipped(lines: list[str]) -> bytes:
    return gzip.compress("".join(f"{line}\n" for line in lines).encode(), mtime=0)


def _day(day: int) -> datetime:
    return FIRST + timedelta(days=day)


def _endpoint(name: str, like: Endpoint, loads: list[float], rng: random.Random) -> Iterator[dict[str, Any]]:
    """All rows of one endpoint: its calls by day and hour, the retries of those that failed, and the trial's."""
    sent = [_moment(day, like, rng) for day, load in enumerate(loads) for _ in range(round(like.calls * load))]
    trial = exchanges(name, rng)
    short = dict(zip(rng.sample(range(len(sent)), len(trial) + 6), trial + trial[:6], strict=True))  # six come again
    warm: dict[str, datetime] = {}
    for number, (at, batch) in enumerate(sorted(sent)):
        model = rng.choices(list(like.models), list(like.models.values()))[0]
        head = {"kit.endpoint": name, **_head(model)} | ({"kit.batch": True} if batch else {})
        failed = 0
        while not batch and failed < 3 and rng.random() < (0.35 if _OUTAGE <= at < _OUTAGE + _HOUR else 0.012):
            error, seconds = _failure(rng)
            yield _row(at, head, {"kit.latency_s": seconds, "kit.status": error, "error.type": error})
            failed += 1
            at += timedelta(seconds=seconds + 2**failed * rng.uniform(0.5, 1))
        if failed < 3:
            counts = _short(*short[number]) if number in short else _counts(like, model, warm.get(model), at, rng)
            yield _row(at, head | {"gen_ai.response.model": _MODELS[model][2]},
                       counts | _times(counts["gen_ai.usage.output_tokens"], like, batch, rng))  # fmt: skip
            warm[model] = at


_HOUR = timedelta(hours=1)
_WARM = timedelta(minutes=10)


def _moment(day: int, like: Endpoint, rng: random.Random) -> tuple[datetime, bool]:
    """When a call is sent, and whether in a batch."""
    batch = rng.random() < like.batched
    hour = _NIGHT if batch else rng.choices(range(24), like.hours)[0]
    return _day(day) + timedelta(hours=hour, milliseconds=rng.randrange(3_600_000)), batch


def _head(model: str) -> dict[str, Any]:
    provider, host, _ = _MODELS[model]
    return {"gen_ai.operation.name": "chat", "gen_ai.provider.name": provider, "server.address": host,
            "gen_ai.request.model": model}  # fmt: skip


def _row(at: datetime, head: Mapping[str, Any], rest: Mapping[str, Any]) -> dict[str, Any]:
    time = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"time": time, "kit.id": "", **head, **rest, "kit.synthetic": True}


def _failure(rng: random.Random) -> tuple[str, float]:
    error = rng.choices(list(_FAILURES), [share for share, *_ in _FAILURES.values()])[0]
    return error, round(rng.uniform(*_FAILURES[error][1:]), 3)


def _counts(like: Endpoint, model: str, last: datetime | None, at: datetime, rng: random.Random) -> dict[str, Any]:
    """Tokens of a call with the long prompt; what the last calls left in the cache is read from there."""
    text, output = _drawn(like.text, like.text_spread, rng), _drawn(like.output, like.output_spread, rng)
    prompt, alike = like.opening + text, like.opening
    if rng.random() < like.again:
        alike += round(0.8 * text)
    counts = {"gen_ai.usage.input_tokens": prompt, "gen_ai.usage.output_tokens": output}
    if alike < 1024:
        return counts
    warm = last is not None and at - last < _WARM and rng.random() < 0.95
    if model == _OTHER:
        side = "cache_read" if warm else "cache_creation"
        return counts | {f"gen_ai.usage.{side}.input_tokens": alike}
    return counts | {"gen_ai.usage.cache_read.input_tokens": alike // 128 * 128 if warm else 0}


def _short(request: dict[str, Any], answer: str) -> dict[str, Any]:
    """A call of the trial: its texts, and tokens by their length, four a message for the form around it."""
    prompt = sum(tokens(message["content"]) + 4 for message in request["messages"])
    return {"gen_ai.usage.input_tokens": prompt, "gen_ai.usage.output_tokens": tokens(answer),
            "kit.request": request, "kit.answer": answer}  # fmt: skip


def _times(output: int, like: Endpoint, batch: bool, rng: random.Random) -> dict[str, Any]:
    """Seconds to the first token, where streamed, and to the last; a batch has neither."""
    if batch:
        return {"kit.status": "ok"}
    first = 0.42 * math.exp(rng.gauss(0, 0.35))
    times = {"kit.latency_s": round(first + output / rng.uniform(45, 95), 3)}
    if rng.random() < like.streamed:
        times["kit.first_token_s"] = round(first, 3)
    return times | {"kit.status": "ok"}


def _drawn(median: int, spread: float, rng: random.Random) -> int:
    return max(1, round(median * math.exp(rng.gauss(0, spread))))


if __name__ == "__main__":
    main()

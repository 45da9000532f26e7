"""A log whose calls have the lengths and the bursts of public traces, drawn anew: `make_synthetic_log.py` writes it.

From the traces (`traffic_shapes.json`, with sources and licences): tokens in and out of a call, how much of a prompt
was sent before (Kimi only), and how calls crowd into minutes. Made up, since an hour's trace cannot say it: thirty
days, the hours of a day, quiet weekends, how many calls a day, and that all of it goes to GPT-4o. Rows hold no text.
"""

import json
import math
import random
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

__all__ = ["DAYS", "ENDPOINTS", "FILE", "FIRST", "SEED", "SHAPES", "Endpoint", "rows"]

SEED = 20261016
FIRST = datetime(2026, 10, 15, tzinfo=UTC)
DAYS = 30
FILE = Path(__file__).parents[1] / "kit" / "data" / "logs" / "traces.jsonl.gz"
SHAPES: Mapping[str, Mapping[str, Any]] = json.loads((Path(__file__).parent / "traffic_shapes.json").read_text())

_OFFICE = (1, 1, 1, 1, 1, 2, 5, 12, 20, 24, 24, 22, 18, 20, 23, 22, 18, 12, 7, 5, 4, 3, 2, 1)
_AROUND = (9, 8, 7, 7, 8, 9, 10, 11, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 11, 10, 9)
"""Calls by hour of the day, UTC, in parts of their sum: assumptions."""

_WEEKEND, _SPREAD = 0.4, 0.1  # of a weekday's calls; of the logarithm of a day's calls
_STEP = 128  # tokens, in which OpenAI's cache is read, from 1,024 on


@dataclass(frozen=True)
class Endpoint:
    """One kind of call.

    Attributes:
        shape: A trace in SHAPES.
        calls: On a weekday.
        hours: Calls by hour of the day.
    """

    shape: str
    calls: int
    hours: tuple[int, ...] = _OFFICE


ENDPOINTS: Mapping[str, Endpoint] = {
    "complete_code": Endpoint("azure-code", 180),
    "chat": Endpoint("azure-conversation", 220, _AROUND),
    "long_chat": Endpoint("kimi-conversation", 110, _AROUND),
}


def rows() -> list[dict[str, Any]]:
    """The log's rows in the order of time, as `kit.service.Meter` writes them."""
    rng = random.Random(SEED)  # noqa: S311
    made = [row for name, endpoint in ENDPOINTS.items() for row in _endpoint(name, endpoint, rng)]
    made.sort(key=lambda row: (row["time"], row["kit.endpoint"]))
    for number, row in enumerate(made):
        row["kit.id"] = f"traces-{number:05}"
    return made


def _endpoint(name: str, like: Endpoint, rng: random.Random) -> Iterator[dict[str, Any]]:
    shape = SHAPES[like.shape]
    for day in range(DAYS):
        start = FIRST + timedelta(days=day)
        load = math.exp(rng.gauss(0, _SPREAD)) * (_WEEKEND if start.weekday() > 4 else 1)
        crowds = [
            like.hours[minute // 60] * _at(shape["calls_a_minute_over_mean"], rng.random()) for minute in range(1440)
        ]
        sums = list(accumulate(crowds))
        for _ in range(round(like.calls * load)):
            minute = bisect_left(sums, rng.random() * sums[-1])
            yield _row(start + timedelta(minutes=minute, milliseconds=rng.randrange(60_000)), name, shape, rng)


def _row(at: datetime, name: str, shape: Mapping[str, Any], rng: random.Random) -> dict[str, Any]:
    place = rng.random()
    fifth = min(4, int(place * 5))
    prompt = max(1, round(_at(shape["input_tokens"], place)))
    output = max(1, round(_at(shape["output_tokens_by_fifth_of_input"][fifth], rng.random())))
    row = {
        "time": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"), "kit.id": "", "kit.endpoint": name,
        "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o",
        "gen_ai.usage.input_tokens": prompt, "gen_ai.usage.output_tokens": output,
    }  # fmt: skip
    if shares := shape.get("seen_before_share_by_fifth_of_input"):
        seen = int(_at(shares[fifth], rng.random()) * prompt) // _STEP * _STEP
        row["gen_ai.usage.cache_read.input_tokens"] = seen if seen >= 1024 else 0
    return row | {"kit.status": "ok", "kit.synthetic": True}


def _at(quantiles: Sequence[float], place: float) -> float:
    """The value at a place between 0 and 1, straight between two quantiles."""
    places = SHAPES["places"][str(len(quantiles))]
    high = max(1, bisect_left(places, place))
    part = (place - places[high - 1]) / (places[high] - places[high - 1])
    return quantiles[high - 1] + part * (quantiles[high] - quantiles[high - 1])

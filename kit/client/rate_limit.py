"""Limit the pace of requests to one provider: as many at once as it takes, fewer after 429, more when it recovers.

The limit halves at a refusal and grows by a quarter for each round of answers (additive increase and multiplicative
decrease, as in TCP: Chiu and Jain 1989); where the endpoint names a time, nothing is sent before it.
"""

import asyncio
import random
import re
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC
from email.utils import parsedate_to_datetime

__all__ = ["RateLimiter", "backoff_s", "wait_s"]

_CAP_S = 30.0


class RateLimiter:
    """A gate before one provider, for use on one event loop.

    Args:
        most: Requests under way at once, at most.
    """

    def __init__(self, most: int):
        self.most = self.limit = float(most)
        self.active = 0
        self._open_at = self._settled_at = 0.0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def acquire(self) -> None:
        """Wait for a place."""
        while True:
            wait = self._open_at - time.monotonic()
            if wait > 0:
                await asyncio.sleep(wait + random.uniform(0, 0.1 * wait))  # noqa: S311
            elif self.active < max(1, int(self.limit)):
                self.active += 1
                return
            else:
                place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                self._waiting.append(place)
                try:
                    await place
                except asyncio.CancelledError:
                    self._wake()  # the place may have been given already, and is the next one's
                    raise

    def release(self) -> None:
        """Give the place back."""
        self.active -= 1
        self._wake()

    def on_success(self) -> None:
        """An answer came: allow a little more."""
        if self.limit < self.most:
            self.limit = min(self.most, self.limit + max(1.0, self.limit / 4) / self.limit)
            self._wake()

    def on_throttle(self, wait: float) -> None:
        """A refusal came: halve the limit, once for all refusals of one moment, and send nothing for `wait` seconds."""
        now = time.monotonic()
        self.pause(wait)
        if now >= self._settled_at:
            self.limit = max(1.0, self.limit / 2)
            self._settled_at = now + max(wait, 1.0)

    @property
    def wait_s(self) -> float:
        """Seconds until something is sent again."""
        return max(0.0, self._open_at - time.monotonic())

    def pause(self, wait: float) -> None:
        """Send nothing for `wait` seconds."""
        self._open_at = max(self._open_at, time.monotonic() + wait)

    def _wake(self) -> None:
        free = max(1, int(self.limit)) - self.active
        while free > 0 and self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(None)
                free -= 1


def backoff_s(attempt: int) -> float:
    """Seconds before attempt 2, 3, ...: doubling from half a second, anywhere in that span (full jitter)."""
    return random.uniform(0, min(_CAP_S, 0.5 * 2 ** (attempt - 1)))  # noqa: S311


def wait_s(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that an endpoint asks us to wait; None if it does not say.

    Reads `retry-after-ms`, `retry-after` (seconds or a date), and OpenAI's `x-ratelimit-reset-*` where the matching
    `x-ratelimit-remaining-*` is 0.

    Args:
        now: Seconds since 1970, for a date.
    """
    waits = [_seconds(headers.get("retry-after-ms"), 0.001), _seconds(headers.get("retry-after"), 1)]
    if waits == [None, None] and (day := headers.get("retry-after")):
        with suppress(ValueError, OverflowError):
            moment = parsedate_to_datetime(day)  # without a zone it is UTC (RFC 9110, 5.6.7)
            waits.append((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now)
    for limit in ("requests", "tokens"):
        if headers.get(f"x-ratelimit-remaining-{limit}") == "0":
            waits.append(_span(headers.get(f"x-ratelimit-reset-{limit}", "")))
    named = [wait for wait in waits if wait is not None]
    return max(0.0, *named) if named else None


def _seconds(text: str | None, unit: float) -> float | None:
    try:
        return float(text) * unit if text is not None and float(text) == float(text) else None
    except ValueError:
        return None


def _span(text: str) -> float | None:
    """OpenAI's spans: `1s`, `6m0s`, `20ms`, `1h2m3.5s`."""
    parts = re.findall(r"(\d+\.?\d*|\.\d+)(ms|h|m|s)", text)
    if not parts or "".join(n + unit for n, unit in parts) != text:
        return _seconds(text, 1)
    return sum(float(n) * {"ms": 0.001, "s": 1, "m": 60, "h": 3600}[unit] for n, unit in parts)

"""How fast one provider is asked: fewer at a refusal, more at answers, nothing before the time it names."""

import asyncio
import math
import time

import pytest

from kit.client.rate_limit import RateLimiter, backoff_s, wait_s

NOW = 1_445_412_400.0  # `date -d 'Wed, 21 Oct 2015 07:28:00 GMT' +%s` is 1445412480, 80 s later
DATE = "Wed, 21 Oct 2015 07:28:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param({}, None, id="no word of it"),
        pytest.param({"retry-after": "7"}, 7, id="seconds"),
        pytest.param({"retry-after": "0.2"}, 0.2, id="parts of a second"),
        pytest.param({"retry-after": DATE}, 80, id="a date"),
        pytest.param({"retry-after": "Wed Oct 21 07:28:00 2015"}, 80, id="a date without a zone is UTC"),
        pytest.param({"retry-after": "Tue, 20 Oct 2015 07:28:00 GMT"}, 0, id="a date in the past"),
        pytest.param({"retry-after": "-5"}, 0, id="less than no time"),
        pytest.param({"retry-after": "86400"}, 86400, id="a day is a day"),
        pytest.param({"retry-after": "inf"}, math.inf, id="for ever is for ever"),
        pytest.param({"retry-after": "nan"}, None, id="no number"),
        pytest.param({"retry-after": "soon"}, None, id="a word"),
        pytest.param({"retry-after": ""}, None, id="nothing"),
        pytest.param({"retry-after": "Wed, 99 Oct 2015 07:28:00 GMT"}, None, id="a day that is none"),
        pytest.param({"retry-after-ms": "1500"}, 1.5, id="milliseconds"),
        pytest.param({"retry-after-ms": "1500", "retry-after": "1"}, 1.5, id="the longer of two"),
        pytest.param({"retry-after-ms": "soon", "retry-after": "1"}, 1, id="the one that can be read"),
        # https://platform.openai.com/docs/guides/rate-limits
        pytest.param({"x-ratelimit-reset-requests": "1s"}, None, id="a limit that is not reached is no reason"),
        pytest.param(
            {"x-ratelimit-remaining-requests": "59", "x-ratelimit-reset-requests": "1s"}, None, id="nor with 59 left"
        ),
        *(
            pytest.param(
                {f"x-ratelimit-remaining-{what}": "0", f"x-ratelimit-reset-{what}": text}, seconds, id=f"{what}: {text}"
            )
            for what, text, seconds in [
                ("requests", "1s", 1), ("requests", "20ms", 0.02), ("tokens", "1m30s", 90), ("tokens", "6m0s", 360),
                ("tokens", "0h1m2.5s", 62.5), ("tokens", "12", 12), ("tokens", "1.2.3s", None), ("tokens", "-1s", None),
                ("tokens", "1s later", None), ("tokens", "", None),
            ]
        ),
        pytest.param(
            {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1s",
             "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "2s"}, 2, id="both limits are waited for",
        ),
        pytest.param({"x-ratelimit-remaining-requests": "0"}, None, id="a limit that is reached, and no time"),
    ],
)  # fmt: skip
def test_wait_s(headers, seconds):
    """The time that an endpoint names is read in each form, from nothing to for ever; garbage is no time."""
    assert seconds == wait_s(headers, NOW)


def test_wait_s_elsewhere(monkeypatch):
    """A date without a zone is the same moment in Shanghai."""
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    try:
        assert 80 == wait_s({"retry-after": DATE.removesuffix(" GMT")}, NOW)
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(("attempt", "most"), [(1, 0.5), (2, 1), (3, 2), (6, 16), (7, 30), (60, 30)])
def test_backoff_s(attempt, most):
    """The span doubles from half a second to 30, and a wait is anywhere in it."""
    waits = [backoff_s(attempt) for _ in range(2_000)]
    assert (True, True) == (0 <= min(waits) < 0.1 * most, 0.9 * most < max(waits) <= most)


def test_halves_once_a_storm():
    """All refusals of one moment halve the limit once."""
    limiter = RateLimiter(32)
    for _ in range(10):
        limiter.on_throttle(0)
    assert 16 == limiter.limit


def test_halves_at_the_next_storm(monkeypatch):
    """A refusal after the pause, or after a second if that is longer, halves again, down to one and no further."""
    clock, limiter, limits = [100.0], RateLimiter(8), []
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    for later, wait in [(0, 3), (2.9, 3), (0.2, 0), (0.9, 0), (0.2, 0), (2, 0), (2, 0)]:
        clock[0] += later
        limiter.on_throttle(wait)
        limits.append(limiter.limit)
    assert [4, 4, 2, 2, 1, 1, 1] == limits


def test_recovers():
    """A round of answers is worth a quarter: 8 at once become 10 after 8 answers, and never more than the most."""
    limiter = RateLimiter(16)
    limiter.on_throttle(0)
    for _ in range(8):
        limiter.on_success()
    grown = limiter.limit
    for _ in range(100):
        limiter.on_success()
    assert (10, 16) == (grown, limiter.limit)


def test_recovers_from_one():
    """From one at a time, one answer makes it two."""
    limiter = RateLimiter(2)
    limiter.on_throttle(0)
    limiter.on_success()
    assert 2 == limiter.limit


def race(limiter, visitors, during=lambda limiter: None):
    """The most that were inside at one time, while visitors come and go."""
    inside, most = set(), []

    async def visit(name):
        await limiter.acquire()
        inside.add(name)
        most.append(len(inside))
        await asyncio.sleep(0.001)
        during(limiter)
        inside.discard(name)
        limiter.release()

    async def visits():
        await asyncio.wait_for(asyncio.gather(*map(visit, range(visitors))), 5)

    asyncio.run(visits())
    return max(most), len(most), limiter.active


@pytest.mark.parametrize("most", [1, 3, 100])
def test_gate(most):
    """No more than the most are inside at one time, all get in, and none is counted after it has left."""
    assert (min(most, 40), 40, 0) == race(RateLimiter(most), 40)


def test_gate_that_widens():
    """Who waits is let in as the limit grows."""
    limiter = RateLimiter(8)
    limiter.limit = 1.0
    assert (8, 200, 0) == race(limiter, 200, RateLimiter.on_success)


@pytest.mark.parametrize("stop", [RateLimiter.pause, RateLimiter.on_throttle], ids=["a pause", "a refusal"])
def test_pause(stop):
    """Nothing is sent before the time that was named, and a shorter time does not cut a longer one."""
    limiter = RateLimiter(4)
    stop(limiter, 0.15)
    limiter.pause(0.01)
    started = time.monotonic()
    race(limiter, 4)
    assert 0.15 <= time.monotonic() - started < 0.6


@pytest.mark.parametrize("given", [False, True], ids=["while it waits", "when its turn had come"])
def test_who_gives_up_holds_no_place(given):
    """A place that somebody waited for and gave up is the next one's."""

    async def visits():
        limiter = RateLimiter(1)
        await limiter.acquire()
        first, second = (asyncio.create_task(limiter.acquire()) for _ in range(2))
        await asyncio.sleep(0)
        if given:
            limiter.release()
            first.cancel()
        else:
            first.cancel()
            limiter.release()
        await asyncio.wait_for(second, 1)
        return limiter.active

    assert 1 == asyncio.run(visits())

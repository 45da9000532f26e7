"""A router with a shadow beside one without: what the caller waits for, at a thousand requests a second.

Both routers ask a server in a process of its own, in turns of a second each, so that both meet the same weather. The
aim: the 99th percentile with a shadow share of 2 % is within 1 ms of the one without.
"""

import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from kit.pricing import ArticleBook
from kit.service import AsyncRouter, Shadow

RATE, SECONDS, ROUNDS, SHARE = 1_000, 1.0, 8, 0.02
HELLO = [{"role": "user", "content": "hello"}]
STUB = Path(__file__).parents[1] / "tests" / "stub.py"


def main() -> None:
    """Print percentiles of the time to an answer, in milliseconds, and how many requests were shadowed."""
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(
            [sys.executable, str(STUB), "--delay", "0.02"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as server,
    ):
        url = server.stdout.readline().strip()
        rate = int(sys.argv[1]) if sys.argv[1:] else RATE
        asyncio.run(compared(url, f"{folder}/shadow.jsonl", rate))
        server.stdin.close()


async def compared(url: str, log: str, rate: int) -> None:
    """Ask in turns, and print both."""
    new = {"model": "gpt-4o-mini", "way": "new", "base_url": url, "called": "plain"}
    old = {"model": "gpt-4o", "way": "old", "base_url": url, "called": "plain"}
    shadow = Shadow(old, share=SHARE, log=log, usd_per_day="1000000", book=ArticleBook())
    rules = {"kinds": {"low": [new]}}
    took: dict[str, list[float]] = {"without": [], "with": []}
    async with AsyncRouter(rules) as bare, AsyncRouter(rules, shadow=shadow) as shadowed:
        routers = {"without": bare, "with": shadowed}
        for router in routers.values():
            await turn(router, rate, 0.3)
        for _ in range(ROUNDS):
            for name, router in routers.items():
                took[name] += await turn(router, rate, SECONDS)
    shadow.wait(30)
    rows = len(Path(log).read_text().splitlines())
    print(f"{rate} requests a second, share {SHARE:.0%}: {rows} shadowed, {shadow.dropped} dropped")
    for name, times in took.items():
        cuts = statistics.quantiles(times, n=100)
        print(f"{name:10}{len(times):8} requests   median {1e3 * cuts[49]:7.2f} ms   p99 {1e3 * cuts[98]:7.2f} ms")
    gap = 1e3 * (statistics.quantiles(took["with"], n=100)[98] - statistics.quantiles(took["without"], n=100)[98])
    print(f"p99 with less without: {gap:+.2f} ms (aim: at most +1 ms)")


async def turn(router: AsyncRouter, rate: int, seconds: float) -> list[float]:
    """Send requests at a steady rate, and return how long each took."""
    began, tasks = time.perf_counter(), []
    for n in range(int(rate * seconds)):
        if (early := began + n / rate - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        tasks.append(asyncio.create_task(one(router)))
    return await asyncio.gather(*tasks)


async def one(router: AsyncRouter) -> float:
    """One request."""
    began = time.perf_counter()
    await router.create(HELLO, "low")
    return time.perf_counter() - began


if __name__ == "__main__":
    main()

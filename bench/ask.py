"""2,000 requests, 100 at once, to a server that is slow to answer: the kit, bare aiohttp and the openai client.

All in one run on one machine, whole processes with their start-up; the figures that count are the ratios. With
`--peers`, the tools that are installed here are asked to do the same: litellm, Inspect.

    python bench/ask.py [--peers] [--requests 2000]
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parent.parent
AT_ONCE = 100


@dataclass(frozen=True)
class Cost:
    """What a whole process took: seconds, processor seconds, and peak memory in MB."""

    wall: float
    cpu: float
    peak: float


def main() -> None:
    """Print seconds, processor time an answer, and memory."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--peers", action="store_true", help="time installed tools, too")
    options.add_argument("--requests", type=int, default=2_000)
    chosen = options.parse_args()
    peers = [name for name, module in PEERS.items() if chosen.peers and find_spec(module)]
    names = ["kit", "aiohttp", "openai", *peers]
    starts = {name: run(name, "", 0) for name in names}
    for delay in (0.2, 0.02):
        floor = delay * chosen.requests / AT_ONCE
        print(f"\n{chosen.requests:,} requests, {AT_ONCE} at once, {1000 * delay:.0f} ms each: floor {floor:.1f} s")
        print(f"{'':22}{'seconds':>9}{'of it start-up':>16}{'over floor':>12}{'CPU ms an answer':>18}")
        with stub(delay) as url:
            for name in names:
                cost, start = run(name, url, chosen.requests), starts[name]
                over, ms = (cost.wall - start.wall) / floor, 1000 * (cost.cpu - start.cpu) / chosen.requests
                print(f"{LABELS[name]:22}{cost.wall:9.2f}{start.wall:16.2f}{over:11.2f}x{ms:18.2f}")
    with stub(0.0) as url, tempfile.TemporaryDirectory() as folder:
        run("kit", url, chosen.requests, folder)
        again = run("kit", url, chosen.requests, folder)
        print(f"\nasked again, all from the store: {again.wall - starts['kit'].wall:.2f} s beyond start-up")
        many = run("kit", url, 100_000, folder)
        print(f"100,000 requests: {many.peak:.0f} MB at the most")


def run(name: str, url: str, requests: int, folder: str = "") -> Cost:
    """One process that asks; with no requests, it only starts."""
    with tempfile.TemporaryDirectory() as own:
        command = [sys.executable, __file__, "child", name, url, str(requests), folder or own]
        environment = os.environ | {"OPENAI_API_KEY": "none", "OPENAI_BASE_URL": url, "LITELLM_LOG": "ERROR"}
        started = time.perf_counter()
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        said = process.stderr.read() if process.stderr else b""
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
    if status:
        raise SystemExit(f"{name} failed: {said.decode()[-2000:]}")
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


@contextmanager
def stub(delay: float) -> Iterator[str]:
    """The server, as a process of its own."""
    command = [sys.executable, str(ROOT / "tests" / "stub.py"), "--delay", str(delay)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        yield process.stdout.readline().strip()
        process.stdin.close()


def messages(number: int) -> list[dict[str, str]]:
    """What is asked."""
    return [{"role": "user", "content": f"question {number}"}]


# Each asks `requests` times; imports stand inside, since they are what start-up is.


def kit(url: str, requests: int, folder: str) -> None:
    """With all that it does by default: streaming, pricing, a store, a bar."""
    from datetime import UTC, datetime

    from kit import client, pricing
    from kit.client import BatchRunner, Request

    book = pricing.ListBook()
    book.rate("gpt-4o", datetime.now(UTC))  # reads the list
    assert BatchRunner, "what asking needs is a part of start-up"
    if requests:
        asked = [Request(str(n), messages(n), {"max_tokens": 50}) for n in range(requests)]
        of = {"model": "gpt-4o", "base_url": url, "called": "plain"}
        answers = client.ask(asked, of, Path(folder, "answers.sqlite"), book=book, concurrency=AT_ONCE)
        assert (answers["error_kind"] == "").all()


def aiohttp(url: str, requests: int, folder: str) -> None:
    """The bare library: nothing is kept."""
    import asyncio

    import aiohttp

    async def ask() -> None:
        numbers = iter(range(requests))
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

            async def work() -> None:
                for number in numbers:
                    body = {"model": "plain", "messages": messages(number)}
                    async with session.post(f"{url}/chat/completions", json=body) as response:
                        json.loads(await response.read())["choices"][0]["message"]["content"]

            await asyncio.gather(*(work() for _ in range(AT_ONCE)))

    asyncio.run(ask())


def openai(url: str, requests: int, folder: str) -> None:
    """The openai client as it comes: nothing is kept."""
    import asyncio

    import openai

    async def ask() -> None:
        numbers = iter(range(requests))
        async with openai.AsyncOpenAI(base_url=url or "http://127.0.0.1", api_key="none") as client:

            async def work() -> None:
                for number in numbers:
                    await client.chat.completions.create(model="plain", messages=messages(number))  # type: ignore

            await asyncio.gather(*(work() for _ in range(AT_ONCE)))

    asyncio.run(ask())


def litellm(url: str, requests: int, folder: str) -> None:
    """LiteLLM's async completion: nothing is kept."""
    import asyncio

    import litellm

    async def ask() -> None:
        numbers = iter(range(requests))

        async def work() -> None:
            for number in numbers:
                await litellm.acompletion("openai/plain", messages(number), api_base=url, api_key="none")

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))

    asyncio.run(ask())


def inspect(url: str, requests: int, folder: str) -> None:
    """Inspect: a task of as many samples, kept in its log."""
    from inspect_ai import Task, eval
    from inspect_ai.dataset import Sample

    if requests:
        samples = [Sample(input=f"question {number}") for number in range(requests)]
        eval(Task(dataset=samples), model="openai/plain", max_connections=AT_ONCE, max_samples=AT_ONCE,
             log_dir=folder, display="none")  # fmt: skip


PEERS = {"litellm": "litellm", "inspect": "inspect_ai"}
LABELS = {"kit": "kit, every answer kept", "aiohttp": "bare aiohttp", "openai": "openai client", "litellm": "litellm",
          "inspect": "Inspect"}  # fmt: skip

if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        _, _, which, address, count, place = sys.argv
        globals()[which](address, int(count), place)
    else:
        main()

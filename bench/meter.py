"""Metering beside calling: what a row adds to a call, how fast rows are written, and that 10,000 calls leave 10,000.

The first part calls clients whose network is a function in the same process; metered and bare calls alternate, and
medians are compared. The last one lets real clients, in threads and on asyncio, ask a server in a process of its own.
"""

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import openai

from kit.service import Meter, RotatingFile

CALLS = 5_000
MESSAGES = [{"role": "user", "content": "Which team should answer this? " * 64}]
STUB = Path(__file__).parents[1] / "tests" / "stub.py"
HEAD = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt-4o-mini-2024-07-18"}
USAGE = {"prompt_tokens": 450, "completion_tokens": 50, "total_tokens": 500}
CHOICE = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "billing"}}
ANSWER = HEAD | {"choices": [CHOICE], "usage": USAGE}
DELTAS = [HEAD | {"choices": [{"index": 0, "delta": {"content": "word "}, "finish_reason": None}]}] * 50
ENDS = [
    HEAD | {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
    HEAD | {"choices": [], "usage": USAGE},
]
EVENTS = [f"data: {json.dumps(event)}\n\n".encode() for event in (*DELTAS, *ENDS)] + [b"data: [DONE]\n\n"]


def main() -> None:
    """Print microseconds, rows a second and counts, with their aims."""
    with tempfile.TemporaryDirectory() as folder:
        print(f"{'':54}{'bare':>10}{'metered':>10}{'added':>9}{'aim':>7}   microseconds a call")
        whole(Meter(f"{folder}/whole.jsonl"), "a call", "50")
        whole(
            Meter(f"{folder}/kept.jsonl", requests=True, redact=str), "a call with its request of 2,000 characters", ""
        )
        whole(Meter(f"{folder}/redacted.jsonl", requests=True), "the same, redacted", "100")
        streamed(Meter(f"{folder}/streamed.jsonl"))
        print(f"\nrows written by 4 threads, files turned each 10 MB: {rows(folder):,.0f} a second\n")
        print(f"{'':54}{'calls':>10}{'rows':>10}{'missed':>9}{'aim':>7}   seconds")
        service(folder)


def whole(meter: Meter, what: str, aim: str) -> None:
    """One answer that is not streamed."""
    bare = fake(lambda request: httpx2.Response(200, json=ANSWER))
    metered = meter.wrap(bare)
    line(what, *medians([lambda one=one: ask(one) for one in (bare, metered)]), aim)


def streamed(meter: Meter) -> None:
    """One answer in 50 events, an event a packet."""
    bare = fake(
        lambda request: httpx2.Response(200, headers={"content-type": "text/event-stream"}, content=iter(EVENTS))
    )
    metered = meter.wrap(bare)
    given = {"stream": True, "stream_options": {"include_usage": True}}
    line("a stream of 50 events", *medians([lambda one=one: list(ask(one, **given)) for one in (bare, metered)]), "")


def fake(answer: Callable[[httpx2.Request], httpx2.Response]) -> openai.OpenAI:
    """A client whose network is a function."""
    http = openai.DefaultHttpxClient(transport=httpx2.MockTransport(answer))
    return openai.OpenAI(api_key="sk-none-is-needed", http_client=http)


def ask(client: openai.OpenAI, **more: object) -> object:
    """One call."""
    return client.chat.completions.create(model="gpt-4o-mini", messages=MESSAGES, **more)


def medians(ways: list[Callable[[], object]], times: int = 600) -> list[float]:
    """Seconds of processor time that each way takes, taken in turns."""
    took: list[list[float]] = [[] for _ in ways]
    for _ in range(times):
        for way, seconds in zip(ways, took, strict=True):
            started = time.thread_time()
            way()
            seconds.append(time.thread_time() - started)
    return [statistics.quantiles(seconds, n=10)[0] for seconds in took]


def line(what: str, bare: float, metered: float, aim: str) -> None:
    """One row."""
    print(f"{what:54}{bare * 1e6:10.0f}{metered * 1e6:10.0f}{(metered - bare) * 1e6:9.1f}{aim:>7}")


def rows(folder: str, many: int = 50_000) -> float:
    """Lines of 500 bytes a second."""
    journal, text = RotatingFile(f"{folder}/rows.jsonl", 10_000_000), b"x" * 499 + b"\n"
    started = time.perf_counter()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: [journal.append(text) for _ in range(many)], range(4)))
    took = time.perf_counter() - started
    assert sum(path.stat().st_size for path in Path(folder).glob("rows*.jsonl")) == 4 * many * len(text)
    return 4 * many / took


def service(folder: str) -> None:
    """A threaded and an asyncio service, metered; the server counts what it has answered."""
    server = subprocess.Popen([sys.executable, STUB], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert server.stdin and server.stdout
    url = server.stdout.readline().strip()
    for what, work in (("threads", threaded), ("asyncio", lambda meter, url: asyncio.run(gathered(meter, url)))):
        path = f"{folder}/{what}.jsonl"
        started = time.perf_counter()
        work(Meter(path, max_bytes=500_000), url)
        took = time.perf_counter() - started
        print(file=server.stdin, flush=True)
        answered = sum(many for asked, many in json.loads(server.stdout.readline()).items() if asked.startswith(what))
        found = [json.loads(row) for path in Path(folder).glob(f"{what}*.jsonl") for row in path.open()]
        right = {row["kit.id"] for row in found if row["kit.endpoint"] == row["gen_ai.request.model"][-1]}
        missed = answered - len(right)
        print(f"{'a service on ' + what:54}{answered:10,}{len(found):10,}{missed:9,}{'0':>7}{took:10.1f}")
    server.stdin.close()
    server.wait()


def threaded(meter: Meter, url: str) -> None:
    """So many calls by 16 threads; every fourth is streamed."""
    client = meter.wrap(openai.OpenAI(base_url=url, api_key="sk-none-is-needed"))

    def one(n: int) -> None:
        said = [{"role": "user", "content": f"threads {n}"}]
        with meter.endpoint(str(n % 3)):
            answer = client.chat.completions.create(model=f"ok;{n % 3}", messages=said, stream=n % 4 == 0)
            list(answer)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(one, range(CALLS)))


async def gathered(meter: Meter, url: str) -> None:
    """So many calls by 16 tasks; every fourth is streamed."""
    client = meter.wrap(openai.AsyncOpenAI(base_url=url, api_key="sk-none-is-needed"))

    async def some(start: int) -> None:
        for n in range(start, CALLS, 16):
            said = [{"role": "user", "content": f"asyncio {n}"}]
            with meter.endpoint(str(n % 3)):
                answer = await client.chat.completions.create(model=f"ok;{n % 3}", messages=said, stream=n % 4 == 0)
                if n % 4 == 0:
                    [event async for event in answer]

    await asyncio.gather(*map(some, range(16)))


if __name__ == "__main__":
    main()

"""An OpenAI-compatible server on loopback that misbehaves on command; also what the benchmarks ask.

The model's name is the weather: words joined by `;`, one for each time that the same question comes, the last one for
all times after. `429:0.2;500;ok` refuses first (Retry-After 0.2 s), then fails, then answers. Words are the keys of
`WEATHER`, and any HTTP status; `slow:0.3` answers after that many seconds.

    python tests/stub.py --delay 0.2        prints its address, and serves until its standard input ends
"""

import argparse
import asyncio
import json
import sys
import threading
from collections import Counter
from contextlib import contextmanager, suppress

USAGE = {"prompt_tokens": 20, "completion_tokens": 5, "total_tokens": 25}
PAGE = "<!doctype html><html><body><h1>502 Bad Gateway</h1></body></html>"


class Stub:
    """What the server has seen and done.

    Attributes:
        seen: Question -> times it came.
        answered: Question -> times it was answered in full.
        bodies, headers: Of every request, in order.
        most: The most requests that were under way at one time.
    """

    def __init__(self, delay=0.0):
        self.delay, self.seen, self.answered = delay, Counter(), Counter()
        self.bodies, self.headers, self.times = [], [], []
        self.active = self.most = 0
        self.url = ""


class Connection(asyncio.Protocol):
    """One client's connection: requests in, one after another, each answered as its weather says."""

    def __init__(self, stub):
        self.stub, self.buffer, self.transport = stub, b"", None

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.buffer += data
        head, gap, rest = self.buffer.partition(b"\r\n\r\n")
        if not gap:
            return
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
        headers = {name.lower(): value for name, value in fields.items()}
        length = int(headers.get("content-length", 0))
        if len(rest) < length:
            return
        body, self.buffer = rest[:length], rest[length:]
        loop = asyncio.get_running_loop()
        asked = json.loads(body)
        if asked["model"] == "plain":  # the benchmarks' path: no task, no record
            loop.call_later(self.stub.delay, self.plain, asked)
        else:
            self.stub.headers.append(headers)
            self.task = loop.create_task(self.answer(asked))

    def plain(self, asked):
        if not self.transport.is_closing():
            self.whole(asked, f"echo {asked['messages'][-1]['content']}")

    async def answer(self, asked):
        stub, question = self.stub, str(asked["messages"][-1]["content"])
        words = asked["model"].split(";")
        word, _, detail = words[min(stub.seen[question], len(words) - 1)].partition(":")
        stub.seen[question] += 1
        stub.bodies.append(asked)
        stub.times.append(asyncio.get_running_loop().time())
        stub.active += 1
        stub.most = max(stub.most, stub.active)
        try:
            await asyncio.sleep(stub.delay)
            if word.isdigit():
                self.refuse(int(word), detail)
            else:
                await WEATHER[word](self, asked, detail)
        finally:
            stub.active -= 1

    # What it can say.

    def whole(self, asked, text, usage=USAGE, **message):
        """A good answer, streamed if that was asked for."""
        if asked.get("stream"):
            self.send(200, "".join(map(event, chunks(asked, text, usage, message))), kind="text/event-stream")
        else:
            choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text} | message}
            self.send(200, json.dumps({"model": "stub-1", "choices": [choice], "usage": usage}))
        self.stub.answered[str(asked["messages"][-1]["content"])] += 1

    def refuse(self, status, detail=""):
        """An error: `429:0.2` names a time to wait, `429:reset` names it as OpenAI does, other words are its code."""
        headers = {}
        if detail == "reset":
            headers = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "200ms"}
        elif detail.replace(".", "").isdigit():
            headers = {"retry-after": detail}
        elif status in (301, 302, 307):
            headers = {"location": "http://elsewhere.invalid/v1"}
        error = {"message": f"status {status} {detail}".strip(), "type": "stub", "code": detail or None}
        self.send(status, json.dumps({"error": error}), headers)

    def send(self, status, text, headers=None, kind="application/json", length=None):
        payload = text.encode(errors="surrogatepass")
        lines = [f"HTTP/1.1 {status} {'OK' if status == 200 else 'No'}", f"content-type: {kind}"]
        lines += [f"content-length: {len(payload) if length is None else length}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        self.transport.write("\r\n".join(lines).encode() + b"\r\n\r\n" + payload)


def chunks(asked, text, usage, message):
    """The events of a streamed answer, five letters of text in each."""
    deltas = [{"role": "assistant"}, *({"content": text[i : i + 5]} for i in range(0, len(text), 5))]
    if "reasoning_content" in message:
        deltas.insert(1, {"reasoning_content": message["reasoning_content"]})
    for n, call in enumerate(message.get("tool_calls", ())):
        half = len(call["function"]["arguments"]) // 2
        name, said = call["function"]["name"], call["function"]["arguments"]
        deltas.append({"tool_calls": [{"index": n, "id": call["id"], "function": {"name": name, "arguments": ""}}]})
        deltas += [{"tool_calls": [{"index": n, "function": {"arguments": a}}]} for a in (said[:half], said[half:])]
    for delta in deltas:
        yield {"model": "stub-1", "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
    yield {"model": "stub-1", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    if usage and (asked.get("stream_options") or {}).get("include_usage"):
        yield {"model": "stub-1", "choices": [], "usage": usage}
    yield "[DONE]"


def event(data):
    return f"data: {data if isinstance(data, str) else json.dumps(data)}\n\n"


# The weather: each word says what one answer does.


async def ok(self, asked, detail):
    self.whole(asked, f"echo {asked['messages'][-1]['content']}")


async def slow(self, asked, detail):
    await asyncio.sleep(float(detail))
    self.whole(asked, "late")


async def says(self, asked, detail):
    self.whole(asked, detail)


async def tools(self, asked, detail):
    call = {"id": "call-1", "type": "function", "function": {"name": "look_up", "arguments": '{"order": "A 17"}'}}
    self.whole(asked, "", tool_calls=[call])


async def thinks(self, asked, detail):
    used = {"prompt_tokens": 20, "completion_tokens": 50, "completion_tokens_details": {"reasoning_tokens": 40}}
    self.whole(asked, "42", used, reasoning_content="6 times 7")


async def usage(self, asked, detail):
    self.whole(asked, "ok", json.loads(detail) if detail else None)


async def reset(self, asked, detail):
    self.transport.abort()


async def cut(self, asked, detail):
    """Half an answer, then the connection is gone."""
    self.send(200, '{"choices": [{"message": {"content": "hal', length=4000)
    await asyncio.sleep(0.05)
    self.transport.abort()


async def truncated(self, asked, detail):
    """A stream that ends in good order, but too early."""
    self.send(200, event({"choices": [{"delta": {"content": "half"}}]}), kind="text/event-stream")


async def late_error(self, asked, detail):
    """A stream that turns into an error."""
    half, error = {"choices": [{"delta": {"content": "half"}}]}, {"error": {"message": "overloaded", "code": 503}}
    self.send(200, event(half) + event(error), kind="text/event-stream")


async def stall(self, asked, detail):
    await asyncio.sleep(30)


async def drip(self, asked, detail):
    """A good stream, some bytes at a time, that splits events, lines and characters."""
    payload = "".join(map(event, chunks(asked, "慢慢来", USAGE, {}))).encode()
    head = f"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: {len(payload)}\r\n\r\n"
    self.transport.write(head.encode())
    for i in range(0, len(payload), 97):
        self.transport.write(payload[i : i + 97])
        await asyncio.sleep(0.01)


async def html(self, asked, detail):
    self.send(200, PAGE, kind="text/html")


async def malformed(self, asked, detail):
    self.send(200, '{"choices": [')


async def empty(self, asked, detail):
    self.send(200, json.dumps({"choices": [], "usage": USAGE}))


async def key(self, asked, detail):
    """An answer and an error that repeat the caller's key."""
    secret = self.stub.headers[-1].get("authorization", "").removeprefix("Bearer ")
    if detail:
        self.send(int(detail), json.dumps({"error": {"message": f"invalid key {secret}"}}))
    else:
        self.whole(asked, f"your key is {secret}")


WEATHER = {
    word.__name__: word
    for word in (ok, slow, says, tools, thinks, usage, reset, cut, truncated, late_error, stall, drip, html, malformed,
                 empty, key)
}  # fmt: skip


async def serve(stub, ready, ssl=None):
    """Serve until cancelled; `ready` is called once the address is known."""
    server = await asyncio.get_running_loop().create_server(lambda: Connection(stub), "127.0.0.1", 0, ssl=ssl)
    port = server.sockets[0].getsockname()[1]
    stub.url = f"http{'s' if ssl else ''}://127.0.0.1:{port}/v1"
    ready()
    await asyncio.Event().wait()


@contextmanager
def running(delay=0.0, ssl=None):
    """The stub in a thread of this process, while the block runs."""
    stub, ready, loop = Stub(delay), threading.Event(), asyncio.new_event_loop()
    task = loop.create_task(serve(stub, ready.set, ssl))

    def run():
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(task)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    ready.wait()
    yield stub
    loop.call_soon_threadsafe(task.cancel)
    thread.join()


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--delay", type=float, default=0.0, help="seconds before each answer")
    with running(arguments.parse_args().delay) as stub:
        print(stub.url, flush=True)
        for _ in sys.stdin:  # each line asks what has been answered in full
            print(json.dumps(stub.answered), flush=True)


if __name__ == "__main__":
    main()

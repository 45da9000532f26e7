"""An OpenAI-compatible server on loopback that misbehaves on command; also what the benchmarks ask.

The model's name is the weather: words joined by `;`, one for each time that the same question comes, the last one for
all times after. `429:0.2;500;ok` refuses first (Retry-After 0.2 s), then fails, then answers. Words are the keys of
`WEATHER`, and any HTTP status; `slow:0.3` answers after that many seconds.

    python tests/stub.py --delay 0.2        prints its address, and serves until its standard input ends

What it has seen is in the `Stub` that `running` yields.
"""

import argparse
import asyncio
import json
import math
import random
import re
import sys
import threading
from collections import Counter
from contextlib import contextmanager, suppress

USAGE = {"prompt_tokens": 20, "completion_tokens": 5, "total_tokens": 25}
PAGE = "<!doctype html><html><body><h1>502 Bad Gateway</h1></body></html>"


class Stub:
    """What the server has seen and done.

    Attributes:
        seen, came: Question, and (model's name, question) -> times it came.
        answered: Question -> times it was answered in full.
        bodies, headers: Of every request, in order.
        times, crowd: When each request came (seconds), and how many were under way then, itself included.
        most: The most requests that were under way at one time.
        refused: How many a `storm` has refused.
        connections: How many have been opened.
    """

    def __init__(self, delay=0.0, jitter=0.0):
        self.delay, self.jitter, self.random = delay, jitter, random.Random(0)
        self.seen, self.answered, self.came = Counter(), Counter(), Counter()
        self.bodies, self.headers, self.times, self.crowd = [], [], [], []
        self.active = self.most = self.refused = self.connections = 0
        self.url = ""

    def contender(self, word, **more):
        """A contender that meets this weather; `way` makes it a provider of its own."""
        way = more.get("way", "stub")
        return {"model": "m", "way": way, "base_url": self.url.replace("/v1", f"/{way}/v1"), "called": word} | more


class Connection(asyncio.Protocol):
    """One client's connection: requests in, one after another, each answered as its weather says."""

    def __init__(self, stub):
        self.stub, self.buffer, self.transport, self.task = stub, b"", None, None

    def connection_made(self, transport):
        self.transport = transport
        self.stub.connections += 1

    def connection_lost(self, error):
        if self.task:
            self.task.cancel()

    def data_received(self, data):
        self.buffer += data
        if self.buffer.startswith(b"\x16"):  # a client that takes us for a TLS server
            self.transport.write(b"HTTP/1.1 400 No\r\n\r\n")
            self.transport.close()
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
        word, _, detail = words[min(stub.came[asked["model"], question], len(words) - 1)].partition(":")
        stub.came[asked["model"], question] += 1
        stub.seen[question] += 1
        stub.bodies.append(asked)
        stub.times.append(asyncio.get_running_loop().time())
        stub.active += 1
        stub.most = max(stub.most, stub.active)
        stub.crowd.append(stub.active)
        try:
            await asyncio.sleep(stub.delay + stub.random.uniform(0, stub.jitter))
            if word.isdigit():
                self.refuse(int(word), detail)
            elif word in WEATHER:
                await WEATHER[word](self, asked, detail)
            else:
                self.refuse(404, "no such weather")
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
        if not self.transport.is_closing():
            self.stub.answered[str(asked["messages"][-1]["content"])] += 1

    def refuse(self, status, detail=""):
        """An error: `429:0.2` names a time to wait, `429:reset` names it as OpenAI does, other words are its code."""
        headers = {}
        if detail == "reset":
            headers = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "200ms"}
        elif detail.replace(".", "").isdigit() or detail == "inf":
            headers = {"retry-after": detail}
        elif status in (301, 302, 307):
            headers = {"location": detail or "http://elsewhere.invalid/v1"}
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


async def script(self, asked, detail):
    """`script:{"a": "b"}` answers b to each request whose messages hold a; nothing to others."""
    whole = json.dumps(asked["messages"], ensure_ascii=False)
    self.whole(asked, next((said for word, said in json.loads(detail).items() if word in whole), ""))


async def prefers(self, asked, detail):
    """`prefers:word` judges for the answer that holds the word, wherever it stands; `C` where both or neither do."""
    _, a, b = re.split(r"\n\S+ answer [AB] \S+\n", asked["messages"][-1]["content"])
    self.whole(asked, {(True, False): "A", (False, True): "B"}.get((detail in a, detail in b), "C"))


async def sure(self, asked, detail):
    """`sure:0.5,text` says the text, each of its two tokens with that probability, where these are asked for."""
    share, _, text = detail.partition(",")
    token = {"token": "t", "logprob": math.log(float(share))}
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
    choice |= {"logprobs": {"content": [token, token]}} if asked.get("logprobs") else {}
    if asked.get("stream"):
        events = [{"choices": [choice | {"delta": choice["message"]}]}, "[DONE]"]
        self.send(200, "".join(map(event, events)), kind="text/event-stream")
    else:
        self.send(200, json.dumps({"model": "stub-1", "choices": [choice], "usage": USAGE}))


async def fussy(self, asked, detail):
    """`fussy:logprobs` does not take a request with that parameter."""
    if detail in asked:
        self.refuse(400, f"unknown parameter {detail}")
    else:
        await ok(self, asked, "")


async def declines(self, asked, detail):
    """A refusal, in the field for refusals."""
    self.whole(asked, "", refusal="I cannot help with that.")


async def patter(self, asked, detail):
    """Empty lines, and no answer: what DeepSeek sends to keep a connection open."""
    self.send(200, "", length=4000)
    for _ in range(100):
        self.transport.write(b"\n")
        await asyncio.sleep(0.05)


async def storm(self, asked, detail):
    """`storm:8,0.3` refuses the first eight requests, whatever they ask, and names 0.3 s to wait; then all is well."""
    many, _, wait = detail.partition(",")
    if self.stub.refused < int(many):
        self.stub.refused += 1
        self.refuse(429, wait)
    else:
        await ok(self, asked, "")


async def busy(self, asked, detail):
    """`busy:3` refuses each request that comes while three are under way."""
    if self.stub.active > int(detail):
        self.refuse(429)
    else:
        await asyncio.sleep(0.02)
        await ok(self, asked, "")


async def tools(self, asked, detail):
    call = {"id": "call-1", "type": "function", "function": {"name": "look_up", "arguments": '{"order": "A 17"}'}}
    self.whole(asked, "", tool_calls=[call])


async def calls(self, asked, detail):
    """`calls:[["get_order", {"order_id": "A-1"}]]` calls functions."""
    made = [{"id": f"call-{n}", "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}
            for n, (name, arguments) in enumerate(json.loads(detail))]  # fmt: skip
    self.whole(asked, "", tool_calls=made)


async def thinks(self, asked, detail):
    used = {"prompt_tokens": 20, "completion_tokens": 50, "completion_tokens_details": {"reasoning_tokens": 40}}
    self.whole(asked, "42", used, reasoning_content="6 times 7")


async def ponders(self, asked, detail):
    """`ponders:2000,B` thinks for 2,000 tokens and then says B; a limit below that ends it within its thoughts."""
    many, _, text = detail.partition(",")
    limit = asked.get("max_completion_tokens") or asked.get("max_tokens") or math.inf
    spent = min(int(many) + 5, limit)
    details = {"reasoning_tokens": min(int(many), spent)}
    used = {"prompt_tokens": 20, "completion_tokens": spent, "completion_tokens_details": details}
    message = {"role": "assistant", "content": text if spent > int(many) else "", "reasoning_content": "Hmm. " * 20}
    choice = {"index": 0, "finish_reason": "stop" if spent > int(many) else "length", "message": message}
    if asked.get("stream"):
        events = [{"choices": [choice | {"delta": message}]}, {"choices": [], "usage": used}, "[DONE]"]
        self.send(200, "".join(map(event, events)), kind="text/event-stream")
    else:
        self.send(200, json.dumps({"model": "stub-1", "choices": [choice], "usage": used}))


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


async def cut_stream(self, asked, detail):
    """Half a stream, then the connection is gone."""
    self.send(200, event({"choices": [{"delta": {"content": "half"}}]}), kind="text/event-stream", length=4000)
    await asyncio.sleep(0.05)
    self.transport.abort()


async def stall_stream(self, asked, detail):
    """Half a stream, then silence."""
    self.send(200, event({"choices": [{"delta": {"content": "half"}}]}), kind="text/event-stream", length=4000)
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
    """An answer or an error that repeats the caller's key; `late` and `page` do so where a message is cut short."""
    secret = self.stub.headers[-1].get("authorization", "").removeprefix("Bearer ")
    if detail == "late":
        error = {"error": {"message": "x" * 290 + secret, "code": 400}}
        self.send(200, event(error), kind="text/event-stream")
    elif detail == "page":
        self.send(200, "data: " + "x" * 290 + secret, kind="text/event-stream")
    elif detail == "usage":
        self.whole(asked, "ok", {"prompt_tokens": secret})
    elif detail:
        self.send(int(detail), json.dumps({"error": {"message": f"invalid key {secret}"}}))
    else:
        self.whole(asked, f"your key is {secret}")


async def window(self, asked, detail):
    """`window:2000` refuses a text of more tokens, of four letters each, and streams an answer to others."""
    tokens = len(asked["messages"][-1]["content"]) // 4
    if tokens > int(detail):
        self.refuse(400, "exceeds the available context size")
    else:
        payload = "".join(map(event, chunks(asked, "OK, all of it", USAGE | {"prompt_tokens": tokens}, {}))).encode()
        head = f"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: {len(payload)}\r\n\r\n"
        self.transport.write(head.encode() + payload[:300])  # its first token
        await asyncio.sleep(0.01)
        self.transport.write(payload[300:])


async def cuts(self, asked, detail):
    """`cuts:2000` takes any text, and reads so many tokens of it."""
    tokens = min(len(asked["messages"][-1]["content"]) // 4, int(detail))
    self.whole(asked, "OK", USAGE | {"prompt_tokens": tokens})


async def recalls(self, asked, detail):
    """`recalls:900` looks for the codes asked for in the last 900 letters before the question; all without a number."""
    text, question = asked["messages"][-1]["content"].rsplit("\n\n", 1)
    there = text[-int(detail) :] if detail else text
    facts = re.findall(r"code of the (\w+) archive is (\d{4})|(\w+?)档案馆的门禁代码是(\d{4})", there)
    said = [f"{a or b}: {x or y}" for a, x, b, y in facts if (a or b) in question]
    self.whole(asked, "\n".join(said) or "It is not in the text.")


async def blind(self, asked, detail):
    """Refuses pictures as llama.cpp does, with a status that promises better."""
    if isinstance(asked["messages"][-1]["content"], list):
        self.send(500, json.dumps({"error": {"code": 500, "message": "image input is not supported"}}))
    else:
        await ok(self, asked, "")


async def team(self, asked, detail):
    """`team:alone` answers a case's last word in a sentence, and alone on that condition, or `always` or `never`."""
    whole = json.dumps(asked["messages"])
    word = re.findall(r"case \d+ (\w+)", whole)[-1]
    met = {"always": True, "alone": "answer alone" in whole, "assistant": '"assistant"' in whole}
    met["stop"] = "stop" in asked
    self.whole(asked, word if met.get(detail) else f"After some thought: it is for the team of {word}, I should say.")


WEATHER = {
    word.__name__: word
    for word in (ok, slow, says, script, prefers, tools, calls, thinks, ponders, usage, reset, cut, truncated,
                 late_error, cut_stream, stall, stall_stream, drip, html, malformed, empty, key,
                 storm, busy, sure, fussy, declines, patter, window, cuts, recalls, blind, team)
}  # fmt: skip


async def serve(stub, ready, ssl=None):
    """Serve until cancelled; `ready` is called once the address is known."""
    server = await asyncio.get_running_loop().create_server(lambda: Connection(stub), "127.0.0.1", 0, ssl=ssl)
    port = server.sockets[0].getsockname()[1]
    stub.url = f"http{'s' if ssl else ''}://127.0.0.1:{port}/v1"
    ready()
    await asyncio.Event().wait()


@contextmanager
def running(delay=0.0, jitter=0.0, ssl=None):
    """The stub in a thread of this process, while the block runs."""
    stub, ready, loop = Stub(delay, jitter), threading.Event(), asyncio.new_event_loop()
    task = loop.create_task(serve(stub, ready.set, ssl))

    def run():
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(task)
        left = asyncio.all_tasks(loop)
        for one in left:
            one.cancel()
        if left:
            loop.run_until_complete(asyncio.wait(left))
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    ready.wait()
    try:
        yield stub
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join()


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--delay", type=float, default=0.0, help="seconds before each answer")
    arguments.add_argument("--jitter", type=float, default=0.0, help="up to so many seconds more")
    given = arguments.parse_args()
    with running(given.delay, given.jitter) as stub:
        print(stub.url, flush=True)
        for _ in sys.stdin:  # each line asks what has been answered in full
            print(json.dumps(stub.answered), flush=True)


if __name__ == "__main__":
    main()

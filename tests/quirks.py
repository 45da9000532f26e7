"""An OpenAI-compatible endpoint on loopback that does all that a probe asks for, but for the quirks switched on."""

import asyncio
import json
import random
import re
import threading
from contextlib import contextmanager

from aiohttp import web

KEY = "sk-right-4711"
WORDS = "one two three four five"


class Quirky:
    """The endpoint: `quirks` are switched on and off between probes."""

    def __init__(self):
        self.quirks, self.url, self.bodies, self.cached = set(), "", [], set()

    def has(self, quirk):
        return quirk in self.quirks

    async def chat(self, request):
        body = await request.json()
        self.bodies.append(body)
        if self.has("html"):
            return web.Response(text="<!doctype html><html><body>Sign in</body></html>", content_type="text/html")
        if refusal := self.refusal(request, body):
            status, message = refusal
            return web.json_response(self.error(message), status=status)
        answers = [self.answer(body) for _ in range(1 if self.has("n ignored") else body.get("n") or 1)]
        data = {"id": "c-1", "model": body["model"], "choices": answers, "usage": self.usage(body, answers)}
        if self.has("another model"):
            data["model"] = "tiny-1b"
        if self.has("no model name"):
            del data["model"]
        if self.has("no usage"):
            del data["usage"]
        headers = {} if self.has("no rate limits") else {"x-ratelimit-remaining-requests": "99"}
        if body.get("stream") and not self.has("stream ignored"):
            return web.Response(text=self.events(body, data), content_type="text/event-stream", headers=headers)
        return web.json_response(data, headers=headers)

    def refusal(self, request, body):
        """Status and words of an error, where a body is to be refused."""
        form, messages = (body.get("response_format") or {}).get("type"), body.get("messages")
        roles = [message["role"] for message in messages]
        parts = [part for m in messages for part in (m["content"] if isinstance(m.get("content"), list) else ())]
        choice = body.get("tool_choice")
        late = "system" in roles[1:]
        sent = {
            "stream": body.get("stream"), "stream_options": "stream_options" in body, "developer": "developer" in roles,
            "late system": late, "two users": roles[:2] == ["user", "user"], "parts": bool(parts),
            "images": any(part["type"] == "image_url" for part in parts), "system": roles[:1] == ["system"],
            "json mode": form == "json_object", "json schema": form == "json_schema", "tools": "tools" in body,
            "forced tool": isinstance(choice, dict), "required tool": choice == "required",
            "tool results": "tool" in roles, "temperature": body.get("temperature") == 1.5,
            **{name: name in body for name in ("logprobs", "seed", "n", "stop", "max_tokens", "max_completion_tokens",
                                               "top_p", "frequency_penalty", "user", "reasoning_effort")},
        }  # fmt: skip
        for name, is_sent in sent.items():
            if is_sent and self.has(f"{name} refused"):
                return (
                    400,
                    f"{name} is not supported; max_completion_tokens is" if name == "max_tokens" else f"no {name}",
                )
        long = len(str(messages)) > 3_000
        if long and self.has("long prompt refused"):
            return 400, "maximum context length exceeded"
        if request.headers.get("Authorization") != f"Bearer {KEY}" and not self.has("any key"):
            return 500 if self.has("key error 500") else 401, "invalid key"
        if body["model"] != "good-1" and not self.has("any model"):
            return 404, "no such model"
        if (body.get("temperature") or 0) > 2 and not self.has("any temperature"):
            return 400, "temperature must be at most 2"
        if not messages and not self.has("no messages"):
            return 500 if self.has("messages error 500") else 400, "messages are missing"
        return None

    def error(self, message):
        return {"detail": message} if self.has("another error shape") else {"error": {"message": message}}

    def answer(self, body):
        message, reason = {"role": "assistant", "content": self.text(body)}, "stop"
        if calls := self.calls(body):
            message, reason = {"role": "assistant", "content": None, "tool_calls": calls}, "tool_calls"
        elif "17 times 23" in str(body) and self.thinks(body):
            if self.has("thoughts in the answer"):
                message["content"] = f"<think>{'17 by 23 ' * 20}</think>391"
            else:
                message["reasoning_content"] = "17 by 23 " * 20
        limit = min(body.get(name) or 999 for name in ("max_tokens", "max_completion_tokens")
                    if not self.has(f"{name} ignored"))  # fmt: skip
        text = message["content"] or ""
        if len(text.split()) > limit:
            message["content"], reason = " ".join(text.split()[:limit]), "length"
        reason = "end_turn" if self.has("another finish reason") else reason
        choice = {"index": 0, "finish_reason": reason, "message": message}
        if body.get("logprobs") and not self.has("logprobs ignored"):
            choice["logprobs"] = {"content": [{"token": "t", "logprob": -0.1, "bytes": None, "top_logprobs": []}]}
        return choice

    def thinks(self, body):
        switched_off = (body.get("thinking") or {}).get("type") == "disabled" and not self.has("thinking stays on")
        return (self.has("thinks") or self.has("thoughts in the answer")) and not switched_off

    def text(self, body):
        """What a model that does as it is told would say."""
        form, whole = body.get("response_format") or {}, self.read(body)
        if form.get("type") == "json_object" and not self.has("json mode ignored"):
            return '{"colour": "blue"}'
        if form.get("type") == "json_schema" and not self.has("json schema ignored"):
            return '{"shade": "q7-dark"}'
        if "PELICAN" in whole and not self.has("disobeys"):
            return "PELICAN"
        if said := re.search('nothing else: (.*?)"', whole):
            return said[1].encode().decode("utf-8" if not self.has("mojibake") else "latin-1")
        if "image_url" in whole:
            return "grey" if self.has("images ignored") else "Red."
        if "4711" in whole:
            return "4711"
        if "random number" in whole:
            fixed = "temperature" in body and body["temperature"] == 0 and not self.has("temperature 0 varies")
            seed = 0 if fixed else body.get("seed") if not self.has("seed ignored") else None
            return str(random.Random(seed).randrange(10**9)) if not self.has("always the same") else "7"
        if "Write these words" in whole:
            if not body.get("stop") or self.has("stop ignored"):
                return WORDS
            return WORDS.split("e")[0] + ("e" if self.has("stop word kept") else "")
        if "Count from" in whole:
            return " ".join(f"{n}," for n in range(1, 41))
        return "Good morning to you."

    def read(self, body):
        """The messages as the model gets to see them."""
        seen = []
        for place, message in enumerate(body["messages"]):
            role, content = message["role"], message.get("content")
            if (role == "system" and not place and self.has("system ignored")) or (
                role == "system" and place and self.has("late system ignored")
            ):
                continue
            if role == "developer" and self.has("developer ignored"):
                continue
            if role == "tool" and self.has("tool results ignored"):
                continue
            if isinstance(content, list) and self.has("parts ignored"):
                content = content[0]["text"] if content[-1]["type"] == "text" else content
            seen.append({"role": role, "content": content})
        whole = json.dumps(seen, ensure_ascii=False)
        return whole[-2000:] if self.has("long prompt cut") else whole

    def calls(self, body):
        choice = body.get("tool_choice")
        if "tools" not in body or any(message["role"] == "tool" for message in body["messages"]):
            return []
        if isinstance(choice, dict):
            many = 0 if self.has("forced tool ignored") else 1
        elif choice == "required":
            many = 0 if self.has("required tool ignored") else 1
        elif "Rome" in str(body):
            many = 1 if self.has("parallel tools ignored") else 2
        else:
            many = 1
        many = 0 if self.has("tools ignored") else many
        arguments = '{"city": "Paris"' + ("" if self.has("broken arguments") else "}")
        id = "" if self.has("calls without id") else "call_1"
        return [{"id": id, "type": "function", "function": {"name": "get_weather", "arguments": arguments}}] * many

    def usage(self, body, answers):
        read = self.read(body)
        message = answers[0]["message"]
        thoughts = len(message.get("reasoning_content", "").split())
        counted = 0 if self.has("thoughts not counted") else thoughts
        counts = {
            "prompt_tokens": len(read) // 4,
            "completion_tokens": len((message["content"] or "").split()) + counted,
        }
        counts["completion_tokens"] = counts["completion_tokens"] or (0 if thoughts else 5)
        if self.has("no output counted"):
            counts["completion_tokens"] = 0
        if thoughts and not self.has("thoughts not told apart") and not self.has("thoughts not counted"):
            counts["completion_tokens_details"] = {"reasoning_tokens": thoughts}
        if not self.has("cache not told"):
            hit = read in self.cached and not self.has("never cached")
            counts["prompt_tokens_details"] = {"cached_tokens": counts["prompt_tokens"] // 2 if hit else 0}
        self.cached.add(read)
        return counts

    def events(self, body, data):
        message = data["choices"][0]["message"]
        text, head = message["content"] or "", {"model": data.get("model")}
        deltas = [{"content": text[i : i + 5]} for i in range(0, len(text), 5)]
        events = [head | {"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
        events.append(head | {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        if (body.get("stream_options") or {}).get("include_usage") and not self.has("stream usage ignored"):
            events.append(head | {"choices": [], "usage": data.get("usage")})
        said = "".join(f"data: {json.dumps(event)}\n\n" for event in events)
        return said + ("" if self.has("stream without end") else "data: [DONE]\n\n")

    async def models(self, request):
        if self.has("no models"):
            return web.json_response(self.error("not found"), status=404)
        return web.json_response({"object": "list", "data": [{"id": "good-1"}]})

    async def batches(self, request):
        if self.has("no batches"):
            return web.json_response(self.error("not found"), status=404)
        return web.json_response({"object": "list", "data": []})


@contextmanager
def running():
    """The endpoint in a thread of this process, while the block runs."""
    quirky, loop, ready = Quirky(), asyncio.new_event_loop(), threading.Event()

    async def start():
        app = web.Application()
        app.router.add_post("/v1/chat/completions", quirky.chat)
        app.router.add_get("/v1/models", quirky.models)
        app.router.add_get("/v1/batches", quirky.batches)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        quirky.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}/v1"
        ready.set()
        return runner

    def run():
        runner = loop.run_until_complete(start())
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    ready.wait()
    try:
        yield quirky
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()

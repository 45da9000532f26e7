"""A server of batch endpoints on loopback, OpenAI's and Anthropic's, that fails in the documented ways.

A request's own text is its weather: `q 1` is answered; `flaky` fails with 500 in the first batch and is answered in the
next; `bad` is refused; `late` is not reached in the first batch, which expires. What is answered is paid for.
"""

import asyncio
import itertools
import json
import threading
import time
from collections import Counter
from contextlib import contextmanager

from aiohttp import web

KEY = "sk-batch-4711"
USAGE = {"prompt_tokens": 1_000, "completion_tokens": 100}


class BatchServer:
    """What the server has seen, and how it behaves.

    Attributes:
        paid: Question -> times it was answered, and so paid for.
        batches: Id -> batch, with its requests.
        delay_s: Seconds before the answer to a new batch, which exists by then.
        work_s: Seconds that a batch takes.
        invalid: Words by which each batch fails as a whole.
    """

    def __init__(self):
        self.paid, self.came, self.batches, self.files = Counter(), Counter(), {}, {}
        self.delay_s, self.work_s, self.invalid, self.live = 0.0, 0.0, "", 0
        self.url, self._ids, self.keys = "", itertools.count(), set()

    def contender(self, **more):
        return {"model": "gpt-4o", "way": "batches", "base_url": self.url, "called": "m", "key": "BATCH_KEY"} | more

    def outcome(self, question):
        """Work on one question: `answered`, `failed`, `refused` or `expired`."""
        self.came[question] += 1
        first = self.came[question] == 1
        if "bad" in question:
            return "refused"
        if "flaky" in question and first:
            return "failed"
        if "late" in question and first:
            return "expired"
        self.paid[question] += 1
        return "answered"

    async def upload(self, request):
        form = await request.post()
        assert "batch" == form["purpose"]
        id = f"file-{next(self._ids)}"
        self.files[id] = form["file"].file.read().decode()
        return web.json_response({"id": id})

    async def create(self, request):
        self.keys.add(request.headers.get("Authorization") or request.headers.get("x-api-key"))
        body = await request.json()
        id = f"batch-{next(self._ids)}"
        if "requests" in body:
            lines = [(one["custom_id"], one["params"]) for one in body["requests"]]
        else:
            lines = [json.loads(line) for line in self.files[body["input_file_id"]].splitlines()]
            lines = [(line["custom_id"], line["body"]) for line in lines]
        self.batches[id] = {"id": id, "lines": lines, "metadata": body.get("metadata"), "created": time.time()}
        until = time.time() + self.delay_s
        while time.time() < until and self.delay_s:
            await asyncio.sleep(0.02)
        return web.json_response({"id": id})

    def worked(self, batch):
        """The outcome of each request, once the batch has ended; None before."""
        if time.time() < batch["created"] + self.work_s:
            return None
        if "outcomes" not in batch:
            texts = [(id, text(body["messages"][-1]["content"])) for id, body in batch["lines"]]
            batch["outcomes"] = [] if self.invalid else [(id, said, self.outcome(said)) for id, said in texts]
        return batch["outcomes"]

    async def openai_list(self, request):
        data = [{"id": one["id"], "metadata": one["metadata"], "created_at": one["created"]}
                for one in reversed(self.batches.values())]  # fmt: skip
        return web.json_response({"data": data, "has_more": False})

    async def openai_state(self, request):
        batch = self.batches[request.match_info["id"]]
        outcomes = self.worked(batch)
        if outcomes is None:
            return web.json_response({"id": batch["id"], "status": "in_progress", "request_counts": {"completed": 0}})
        if self.invalid:
            return web.json_response({"status": "failed", "errors": {"data": [{"message": self.invalid}]}})
        expired = any(outcome == "expired" for *_, outcome in outcomes)
        state = {"status": "expired" if expired else "completed", "output_file_id": f"out-{batch['id']}"}
        if any(outcome != "answered" for *_, outcome in outcomes):
            state["error_file_id"] = f"err-{batch['id']}"
        return web.json_response(state)

    async def openai_content(self, request):
        kind, _, id = request.match_info["id"].partition("-")
        lines = []
        for custom, said, outcome in self.batches[id]["outcomes"]:
            response, error = None, None
            if outcome == "answered":
                choice = {"message": {"role": "assistant", "content": f"echo {said}"}, "finish_reason": "stop"}
                response = {"status_code": 200, "body": {"model": "m", "choices": [choice], "usage": USAGE}}
            elif outcome == "expired":
                error = {"code": "batch_expired", "message": "This request could not be executed before the end."}
            else:
                status = 500 if outcome == "failed" else 400
                response = {"status_code": status, "body": {"error": {"message": f"{outcome} {said}"}}}
            if (outcome == "answered") == (kind == "out"):
                lines.append(json.dumps({"custom_id": custom, "response": response, "error": error}))
        return web.Response(text="\n".join(reversed(lines)) + "\n")  # in no order, as documented

    async def anthropic_list(self, request):
        data = [self.anthropic(one) for one in reversed(self.batches.values())]
        return web.json_response({"data": data, "has_more": False})

    async def anthropic_state(self, request):
        return web.json_response(self.anthropic(self.batches[request.match_info["id"]]))

    def anthropic(self, batch):
        outcomes = self.worked(batch)
        counts = {"processing": len(batch["lines"])} if outcomes is None else {
            "processing": 0, **Counter({"answered": "succeeded", "expired": "expired"}.get(outcome, "errored")
                                       for *_, outcome in outcomes)}  # fmt: skip
        made = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(batch["created"]))
        status = "in_progress" if outcomes is None else "ended"
        return {"id": batch["id"], "processing_status": status, "request_counts": counts, "created_at": made}

    async def anthropic_results(self, request):
        lines = []
        for custom, said, outcome in self.batches[request.match_info["id"]]["outcomes"]:
            usage = {"input_tokens": 600, "cache_read_input_tokens": 400, "output_tokens": 100}
            message = {"content": [{"type": "text", "text": f"echo {said}"}], "stop_reason": "end_turn", "usage": usage}
            kind = "api_error" if outcome == "failed" else "invalid_request_error"
            result = {"answered": {"type": "succeeded", "message": message}, "expired": {"type": "expired"}}.get(
                outcome, {"type": "errored", "error": {"type": "error", "error": {"type": kind, "message": outcome}}})
            lines.append(json.dumps({"custom_id": custom, "result": result}))
        return web.Response(text="\n".join(reversed(lines)))

    async def chat(self, request):
        said = text((await request.json())["messages"][-1]["content"])
        self.live += 1
        self.paid[said] += 1
        choice = {"message": {"content": f"live {said}"}, "finish_reason": "stop"}
        return web.json_response({"choices": [choice], "usage": USAGE})


def text(content):
    return content if isinstance(content, str) else content[0]["text"]


@contextmanager
def running():
    """The server in a thread of this process, while the block runs."""
    server, loop, ready = BatchServer(), asyncio.new_event_loop(), threading.Event()

    async def start():
        app = web.Application()
        app.add_routes([
            web.post("/v1/files", server.upload), web.post("/v1/batches", server.create),
            web.get("/v1/batches", server.openai_list), web.get("/v1/batches/{id}", server.openai_state),
            web.get("/v1/files/{id}/content", server.openai_content), web.post("/v1/chat/completions", server.chat),
            web.post("/v1/messages/batches", server.create), web.get("/v1/messages/batches", server.anthropic_list),
            web.get("/v1/messages/batches/{id}", server.anthropic_state),
            web.get("/v1/messages/batches/{id}/results", server.anthropic_results),
        ])  # fmt: skip
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        server.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}/v1"
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
        yield server
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()

"""The batch endpoints of providers: OpenAI's files and batches, and Anthropic's message batches, seen alike.

OpenAI: https://developers.openai.com/api/reference/resources/batches; its metadata carries our token, by which a batch
whose id was lost is found again. Anthropic: https://platform.claude.com/docs/en/api/messages/batches; it keeps no word
of ours but each request's `custom_id`, so a batch of as many requests that was made since is looked into when it ends.
"""

import json
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from kit.client import api_errors, protocol
from kit.client.advice import advise
from kit.client.answers import Answer, Failure
from kit.client.api_errors import ApiError
from kit.client.bodies import from_chat
from kit.client.contenders import Contender
from kit.client.http import unheard
from kit.client.key_mask import mask_for
from kit.client.rate_limit import wait_s
from kit.errors import AskError
from kit.pricing import Usage

__all__ = ["AnthropicBatches", "BatchEndpoint", "BatchState", "OpenAIBatches", "batch_endpoint"]

_STOPS = {"end_turn": "stop", "stop_sequence": "stop", "max_tokens": "length", "tool_use": "tool_calls",
          "refusal": "content_filter"}  # fmt: skip
_SKEW_S = 300.0
"""A provider's clock and ours may differ by so much."""


@dataclass(frozen=True)
class BatchState:
    """How far a batch is.

    Attributes:
        ended: True once nothing more will come.
        done: Requests that have ended, in any way.
        places: Paths of its results.
        error: Why the batch as a whole was not worked on; empty if it was.
    """

    ended: bool
    done: int = 0
    places: tuple[str, ...] = ()
    error: str = ""


class BatchEndpoint:
    """Where batches of one contender are sent; see the subclasses."""

    most = 50_000
    """Requests in one batch, at most."""

    most_bytes = 100 * 2**20
    """Below the 200 MB (OpenAI) and 256 MB (Anthropic) of one batch."""

    def __init__(self, contender: Contender, base_url: str, pool: aiohttp.ClientSession) -> None:
        self.contender, self._base_url, self._pool = contender, base_url.rstrip("/"), pool
        self._secret = contender.secret()
        self._mask = mask_for(self._secret)

    def headers(self) -> dict[str, str]:
        """Return what shows who we are."""
        return {"Authorization": f"Bearer {self._secret}"} if self._secret else {}

    def body(self, made: Mapping[str, Any]) -> dict[str, Any]:
        """A chat completion as it is sent.

        Raises:
            AskError: If it cannot be sent in a batch.
        """
        return dict(made)

    async def submit(self, token: str, items: Sequence[tuple[str, Mapping[str, Any]]]) -> str:
        """Send requests, each under its id; returns the batch's id."""
        raise NotImplementedError

    async def find(self, token: str, since: float, many: int, known: set[str]) -> str:
        """The id of a batch that may have been sent before a crash; empty if it was not."""
        raise NotImplementedError

    async def state(self, id: str) -> BatchState:
        """Ask how far a batch is."""
        raise NotImplementedError

    def read(self, line: Mapping[str, Any], asked_at: str) -> Answer | Failure:
        """Read one result."""
        raise NotImplementedError

    async def results(self, state: BatchState, asked_at: str) -> dict[str, Answer | Failure]:
        """Fetch what came of each request, by its id."""
        found: dict[str, Answer | Failure] = {}
        for place in state.places:
            for text in (await self.call("GET", place)).splitlines():
                with suppress(ValueError, TypeError, KeyError, AttributeError):  # a line cut short is asked again
                    line = json.loads(text)
                    outcome = self.read(line, asked_at)
                    found[line["custom_id"]] = self._mask.clean(outcome) if isinstance(outcome, Answer) else outcome
        return found

    async def call(self, method: str, path: str, **body: Any) -> str:
        """Make one call and return the text of what came back, without the key.

        Raises:
            ApiError: If it says no.
        """
        status = 0
        try:
            async with self._pool.request(
                method, self._base_url + path, headers=self.headers(), allow_redirects=False, **body
            ) as response:
                status, text = response.status, self._mask.hide(await response.text(errors="replace"))
                if status == 200:
                    return text
                error = api_errors.read_error(status, text)
                error.wait = wait_s(response.headers, time.time())
        except (aiohttp.ClientError, TimeoutError, OSError) as fault:
            error = unheard(fault, self._base_url)
        error.message = self._mask.hide(
            error.message + advise(error, self._base_url, status, self.contender.key or "", self._secret)
        )
        raise error

    async def json(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        """Return what `call` returns, as an object.

        Raises:
            ApiError: If it is none.
        """
        text = await self.call(method, path, **body)
        with suppress(ValueError, RecursionError):
            data = json.loads(text)
            if isinstance(data, dict):
                return data
        raise ApiError("malformed", f"not JSON, where a batch was due: {api_errors.one_line(text)}", retry=True)


class OpenAIBatches(BatchEndpoint):
    """OpenAI's protocol, and that of all who follow it."""

    async def submit(self, token: str, items: Sequence[tuple[str, Mapping[str, Any]]]) -> str:
        """Upload a file, which costs nothing, and make a batch of it."""
        url = "/v1/chat/completions"
        lines = [json.dumps({"custom_id": id, "method": "POST", "url": url, "body": body}) for id, body in items]
        form = aiohttp.FormData()
        form.add_field("purpose", "batch")
        form.add_field("file", "\n".join(lines).encode(), filename=f"{token}.jsonl", content_type="application/jsonl")
        file = await self.json("POST", "/files", data=form)
        body = {"input_file_id": file["id"], "endpoint": url, "completion_window": "24h", "metadata": {"kit": token}}
        return str((await self.json("POST", "/batches", json=body))["id"])

    async def find(self, token: str, since: float, many: int, known: set[str]) -> str:
        """Look for our token in the metadata of the batches made since."""
        after = ""
        while True:
            page = await self.json("GET", f"/batches?limit=100{after}")
            for one in page.get("data") or ():
                if (one.get("metadata") or {}).get("kit") == token:
                    return str(one["id"])
                if float(one.get("created_at") or since) < since - _SKEW_S:
                    return ""
            if not page.get("has_more") or not page.get("data"):
                return ""
            after = f"&after={page['data'][-1]['id']}"

    async def state(self, id: str) -> BatchState:
        """Ask how far a batch is; a batch that expired or was cancelled has results, too."""
        data = await self.json("GET", f"/batches/{id}")
        counts, files = data.get("request_counts") or {}, [data.get("output_file_id"), data.get("error_file_id")]
        errors = (data.get("errors") or {}).get("data") or [{}]
        failed = data.get("status") == "failed"
        return BatchState(
            data.get("status") in ("completed", "failed", "expired", "cancelled"),
            int(counts.get("completed") or 0) + int(counts.get("failed") or 0),
            tuple(f"/files/{file}/content" for file in files if file),
            api_errors.one_line(str(errors[0].get("message") or "the batch failed")) if failed else "",
        )

    def read(self, line: Mapping[str, Any], asked_at: str) -> Answer | Failure:
        """Read a line of the output file or of the error file."""
        response, error = line.get("response") or {}, line.get("error") or {}
        if error:
            kind = "expired" if error.get("code") == "batch_expired" else "server"
            kind = "stopped" if error.get("code") == "batch_cancelled" else kind
            return Failure(kind, api_errors.one_line(str(error.get("message") or error)), 1, asked_at)
        text = json.dumps(response.get("body"))
        try:
            if response.get("status_code") != 200:
                raise api_errors.read_error(int(response.get("status_code") or 500), text)
            return protocol.read_answer(text, asked_at, 0.0)
        except ApiError as fault:
            return Failure(fault.kind, fault.message, 1, asked_at)


class AnthropicBatches(BatchEndpoint):
    """Anthropic's protocol: requests are Messages, and come back as such."""

    most = 100_000

    def headers(self) -> dict[str, str]:
        """Its key has a header of its own."""
        return {"x-api-key": self._secret, "anthropic-version": "2023-06-01"}

    def body(self, made: Mapping[str, Any]) -> dict[str, Any]:
        """The request as a Messages body."""
        converted = from_chat(made, "anthropic")
        if converted.missing:
            raise AskError(f"{self.contender.id}: cannot be asked in a batch: {', '.join(converted.missing)}")
        if "max_tokens" not in converted.body:
            raise AskError(f"{self.contender.id}: a request of a message batch needs max_tokens")
        return {"model": made["model"], **converted.body}

    async def submit(self, token: str, items: Sequence[tuple[str, Mapping[str, Any]]]) -> str:
        """Send all requests at once."""
        requests = [{"custom_id": id, "params": body} for id, body in items]
        return str((await self.json("POST", "/messages/batches", json={"requests": requests}))["id"])

    async def find(self, token: str, since: float, many: int, known: set[str]) -> str:
        """Look for a batch of as many requests that was made since and that we do not know."""
        after = ""
        while True:
            page = await self.json("GET", f"/messages/batches?limit=100{after}")
            for one in page.get("data") or ():
                if datetime.fromisoformat(one["created_at"]).timestamp() < since - _SKEW_S:
                    return ""
                counts = one.get("request_counts") or {}
                if one["id"] not in known and sum(map(int, counts.values())) == many:
                    return str(one["id"])
            if not page.get("has_more") or not page.get("data"):
                return ""
            after = f"&after_id={page['data'][-1]['id']}"

    async def state(self, id: str) -> BatchState:
        """Ask how far a batch is."""
        data = await self.json("GET", f"/messages/batches/{id}")
        counts = data.get("request_counts") or {}
        done = sum(int(count) for name, count in counts.items() if name != "processing")
        ended = data.get("processing_status") == "ended"
        return BatchState(ended, done, (f"/messages/batches/{id}/results",) if ended else ())

    def read(self, line: Mapping[str, Any], asked_at: str) -> Answer | Failure:
        """Read a line of the results."""
        result = line["result"]
        if result["type"] == "succeeded":
            return _answer(result["message"], asked_at)
        if result["type"] in ("expired", "canceled"):
            kind = "expired" if result["type"] == "expired" else "stopped"
            return Failure(kind, f"the batch was {result['type']} before it came to this request", 1, asked_at)
        error = result.get("error") or {}
        error = error.get("error") or error
        ours = error.get("type") in ("invalid_request_error", "not_found_error", "request_too_large")
        fault = api_errors.read_error(400 if ours else 500, json.dumps({"error": error}))
        return Failure(fault.kind, fault.message, 1, asked_at)


def batch_endpoint(contender: Contender, base_url: str, pool: aiohttp.ClientSession, how: bool | str) -> BatchEndpoint:
    """The endpoint for a contender's batches.

    Args:
        how: `openai` or `anthropic`; True goes by the host.

    Raises:
        AskError: If it is neither, or the contender is the embedded model, which has no batches.
    """
    if contender.base_url is None:
        raise AskError(f"{contender.id}: the embedded model has no batch endpoint; ask it without batch=True")
    if how is True:
        host = urlsplit(base_url).hostname or ""
        how = "anthropic" if f".{host}".endswith(".anthropic.com") else "openai"
    kinds = {"openai": OpenAIBatches, "anthropic": AnthropicBatches}
    if how not in kinds:
        raise AskError(f"batch: {how!r} is not a protocol of batches; write True, 'openai' or 'anthropic'")
    return kinds[str(how)](contender, base_url, pool)


def _answer(message: Mapping[str, Any], asked_at: str) -> Answer:
    blocks, used = message.get("content") or [], message.get("usage") or {}
    texts = {kind: "".join(str(block.get(kind) or "") for block in blocks if block.get("type") == kind)
             for kind in ("text", "thinking")}  # fmt: skip
    calls = tuple({"id": str(block.get("id")), "name": str(block.get("name")),
                   "arguments": json.dumps(block.get("input") or {}, ensure_ascii=False)}
                  for block in blocks if block.get("type") == "tool_use")  # fmt: skip
    read, written = (int(used.get(f"cache_{name}_input_tokens") or 0) for name in ("read", "creation"))
    usage = None
    if "input_tokens" in used and "output_tokens" in used:
        usage = Usage(int(used["input_tokens"]) + read + written, read, int(used["output_tokens"]), written=written)
    reason = str(message.get("stop_reason") or "")
    return Answer(
        texts["text"], _STOPS.get(reason, reason), usage, asked_at, 0.0, None, calls, texts["thinking"],
        str(message.get("model") or ""),
    )  # fmt: skip

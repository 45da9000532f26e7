"""Log what a running service sends and gets: one usage row for each call of an openai client.

    >>> meter = Meter("logs/usage.jsonl")
    >>> client = meter.wrap(openai.OpenAI())                 # or AsyncOpenAI, AzureOpenAI, a gateway's
    >>> with meter.endpoint("classify_ticket"):              # or @meter.endpoint("classify_ticket")
    ...     client.chat.completions.create(model="gpt-4o-mini", messages=messages)

A row is one flat JSON object a line, under OpenTelemetry's names for generative AI and some of our own:

    time, kit.id                     start (UTC); a name that no other row has
    kit.endpoint                     as named by `endpoint`
    gen_ai.operation.name, gen_ai.provider.name, server.address, gen_ai.request.model
    gen_ai.response.model, gen_ai.response.id
    gen_ai.usage.input_tokens        cached and cache-written ones included
    gen_ai.usage.output_tokens       reasoning included
    gen_ai.usage.cache_read.input_tokens, gen_ai.usage.cache_creation.input_tokens, gen_ai.usage.reasoning.output_tokens
    kit.latency_s, kit.first_token_s seconds from the start to the last byte, and of a stream to its first token
    kit.status                       `ok`; the type of the error that was raised (`error.type`, too); `closed` for a
                                     stream left before its end, `truncated` for one that stopped before it,
                                     `unreadable` for a body that is no answer, `response_failed` and the like
    kit.request, kit.answer          what was sent, what came back; only if asked for, and redacted

What is not known is absent. A call is what the caller makes: its retries are in it. Calls of `chat.completions` and
`responses` are logged, however they are made, also those of `with_options` copies; background responses that are
fetched later, WebSocket sessions and other resources are not.

A stream's usage comes only if it is asked for, so the meter asks for it (`stream_options.include_usage`) where the
caller did not say either way. The extra event that this brings has no choices, which code written without it may not
expect, so the caller does not get to see it. Where an endpoint refuses the option, the call is made again without.
"""

import copy
import functools
import inspect
import json
import os
import random
import time
import weakref
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from kit.client import content_text
from kit.errors import UsageError
from kit.service import usage_rows
from kit.service.endpoint import Endpoint, current
from kit.service.stream_listener import StreamListener, listen_to
from kit.service.usage_log import RotatingFile, UsageLog

if TYPE_CHECKING:
    from kit.service.shadow import Shadow

__all__ = ["Meter"]

_Client = TypeVar("_Client")

_PATHS = ("/chat/completions", "/responses")
"""What is posted there is a call."""

_IDS = random.Random()  # noqa: S311 (a name, not a secret); seeded by the system, and anew in a fork
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_IDS.seed)


class Meter:
    """One file of usage rows, which any number of clients, threads and processes write to.

    Calls go on whatever happens to a row: what goes wrong in the meter is logged as a warning, once for each kind.

    Args:
        path: JSONL file; made if need be, readable by this user alone.
        requests: Whether each row holds its request and answer, too.
        redact: What each of their texts is put through first; `kit.redaction.redact` if left out, `str` to keep them as
            they are. If it fails, the row is kept without request and answer.
        max_bytes: A file that would grow beyond it is renamed (`usage.20261005T013000.123456789-4711.jsonl`).
        keep: How many renamed files are kept; all, if left out.

    Raises:
        UsageError: If the file cannot be written to, or a limit is below 1.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        requests: bool = False,
        redact: Callable[[str], str] | None = None,
        max_bytes: int = 100_000_000,
        keep: int | None = None,
    ) -> None:
        self._log = UsageLog(RotatingFile(path, max_bytes, keep), _redaction(redact) if requests else None)

    def wrap(self, client: _Client, shadow: "Shadow | None" = None) -> _Client:
        """A client like this one, over the same connections, whose calls are logged; this one stays as it is.

        Args:
            shadow: Sends a share of its chat completions to another model too; streams are not sampled.

        Raises:
            UsageError: If it is no openai client, or metered already.
        """
        kind: Any = type(client)
        if not all(hasattr(client, name) for name in ("post", "base_url", "chat")):
            raise UsageError(f"wrap: {kind.__name__} is no openai client; give it an OpenAI, AsyncOpenAI or the like")
        if hasattr(client, "_kit_metered"):
            raise UsageError("wrap: this client is metered already; wrap the one that it was made from")
        metered: Any = copy.copy(client)
        for name in list(vars(metered)):  # `chat` and others, which remember the client that they were made for
            if isinstance(getattr(kind, name, None), functools.cached_property):
                delattr(metered, name)
        # a class of its own, not a patched method: `with_options` makes its copies of the same class
        post = (_async_post if inspect.iscoroutinefunction(kind.post) else _post)(self._log, kind, shadow)
        named = {"__module__": kind.__module__, "__qualname__": kind.__qualname__}
        metered.__class__ = type(kind.__name__, (kind,), {"post": post, "_kit_metered": True} | named)
        return metered

    def endpoint(self, name: str) -> Endpoint:
        """Name the calls made inside: a context manager, and a decorator for any kind of function."""
        return Endpoint(name)

    @property
    def lost(self) -> int:
        """Rows that could not be written."""
        return self._log.lost


def _post(log: UsageLog, kind: Any, shadow: "Shadow | None") -> Callable[..., Any]:
    """A client's `post`, through which all its calls pass, with a row for each of those that count."""

    def post(self: Any, path: str, **given: Any) -> Any:
        call = _begun(log, self, path, given)
        if call is None:
            return kind.post(self, path, **given)
        try:
            try:
                result = kind.post(self, path, **call.arguments)
            except Exception as error:
                if not call.refused_usage(error):
                    raise
                result = kind.post(self, path, **given)
        except BaseException as error:
            call.failed(error)
            raise
        call.came(result)
        if shadow is not None:
            call.shadowed(shadow, result)
        return result

    return post


def _async_post(log: UsageLog, kind: Any, shadow: "Shadow | None") -> Callable[..., Any]:
    async def post(self: Any, path: str, **given: Any) -> Any:
        call = _begun(log, self, path, given)
        if call is None:
            return await kind.post(self, path, **given)
        try:
            try:
                result = await kind.post(self, path, **call.arguments)
            except Exception as error:
                if not call.refused_usage(error):
                    raise
                result = await kind.post(self, path, **given)
        except BaseException as error:
            call.failed(error)
            raise
        call.came(result)
        if shadow is not None:
            call.shadowed(shadow, result)
        return result

    return post


def _begun(log: UsageLog, client: Any, path: str, arguments: Mapping[str, Any]) -> "_MeteredCall | None":
    if path not in _PATHS:
        return None
    try:
        return _MeteredCall(log, client, path, arguments)
    except Exception as error:
        log.lose("a call could not be read, and has no row", error)
        return None


def _redaction(how: Callable[[str], str] | None) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    from kit import redaction

    return functools.partial(redaction.redact_request, how=how or redaction.redact)


class _MeteredCall:
    """One call under way: its row so far, and what is sent (`arguments`)."""

    def __init__(self, log: UsageLog, client: Any, path: str, arguments: Mapping[str, Any]) -> None:
        self._log, self._client, self._process = log, client, os.getpid()
        self._stream, self._parsed = bool(arguments.get("stream")), None
        sent = dict(arguments.get("body") or {}) | (arguments.get("options", {}).get("extra_json") or {})
        self._hide = path == _PATHS[0] and self._stream and "include_usage" not in (sent.get("stream_options") or {})
        changed = self._stream or "post_parser" in arguments.get("options", {})
        self.arguments = self._changed(arguments, sent) if changed else arguments
        host = client.base_url.host
        self._row: dict[str, Any] = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds")[:-6] + "Z",
            "kit.id": f"{_IDS.getrandbits(128):032x}",
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": usage_rows.provider(host),
            "server.address": host,
        }
        if endpoint := current():
            self._row["kit.endpoint"] = endpoint
        if isinstance(sent.get("model"), str):
            self._row["gen_ai.request.model"] = sent["model"]
        self._keep("kit.request", lambda: sent)  # now, since the caller may change its messages while a stream runs
        self._listener: StreamListener | None = None
        self._began = time.perf_counter()

    def refused_usage(self, error: Exception) -> bool:
        """Return whether an endpoint refused the usage that we asked for, so that the call is made as it was given."""
        refused = self._hide and getattr(error, "status_code", None) in (400, 422) and "stream_options" in str(error)
        self._hide = self._hide and not refused
        return refused

    def failed(self, error: BaseException) -> None:
        """The call raised an error; an answer that came, but could not be parsed, was billed all the same."""
        with suppress(Exception):
            self._row |= usage_rows.tokens(_data(self._parsed, False))
        self._end(type(error).__name__, time.perf_counter())

    def came(self, result: Any) -> None:
        """The call returned: an answer, or something to read it from."""
        now = time.perf_counter()
        try:
            parts = getattr(result, "__dict__", {})  # asked by `getattr`, a model of pydantic's looks everywhere first
            http = parts.get("http_response") or (parts.get("response") if self._stream else None)
            if http is None:
                self._whole(_data(result, bool(self._log.redacted)), now)
            elif http.is_closed and not self._stream:  # a raw response, read already
                self._whole(json.loads(http.content), now)
            else:
                finish = weakref.finalize(http, self._heard, now)  # once, at the latest when it is thrown away
                self._listener = StreamListener(self._stream, self._hide, bool(self._log.redacted), finish)
                listen_to(http, self._listener)
        except Exception as error:
            self._log.warn("an answer could not be read", error)
            if self._listener is None:
                self._end("unreadable", now)

    def shadowed(self, shadow: "Shadow", result: Any) -> None:
        """Let a shadow consider a chat completion that came whole."""
        body = self.arguments.get("body") or {}
        if self._stream or "messages" not in body:
            return
        try:
            message = result.choices[0].message
            if not message.tool_calls:
                shadow.consider(body["messages"], body, str(body.get("model")), content_text(message.content))
        except Exception as error:
            self._log.warn("a call could not be shadowed", error)

    def _whole(self, data: Mapping[str, Any], now: float) -> None:
        self._row |= usage_rows.tokens(data)
        readable = data.get("choices") or "output" in data
        words = usage_rows.status(data) or ("ok" if readable else "unreadable")
        if words == "ok":
            self._keep("kit.answer", lambda: usage_rows.whole_text(data))
        self._end(words, now)

    def _heard(self, returned: float) -> None:
        if self._process != os.getpid() or not self._listener:  # a fork's copy of the response; its parent has the call
            return
        words = "unreadable"
        try:
            figures, words, text = self._listener.result()
            self._row |= figures
            if self._listener.first is not None:
                self._row["kit.first_token_s"] = round(self._listener.first - self._began, 6)
            if words == "ok":
                self._keep("kit.answer", text)
        except Exception as error:
            self._log.warn("a stream could not be read", error)
        self._end(words, self._listener.last or returned)

    def _keep(self, name: str, value: Callable[[], Any]) -> None:
        """Put a request or an answer into the row, redacted; if that fails, neither."""
        if self._log.redacted and not self._failed_redaction:
            try:
                self._row |= self._log.redacted({name: value()})
            except Exception as error:
                self._failed_redaction = True
                self._row.pop("kit.request", None)
                self._log.warn("a request or answer could not be redacted, and is left out", error)

    _failed_redaction = False

    def _end(self, words: str, ended: float) -> None:
        self._row["kit.latency_s"] = round(ended - self._began, 6)
        self._row["kit.status"] = words
        if words != "ok":
            self._row["error.type"] = words
        self._log.write(self._row, getattr(self._client, "api_key", None))

    def _changed(self, arguments: Mapping[str, Any], sent: Mapping[str, Any]) -> Mapping[str, Any]:
        """The call as we make it: with a stream's usage asked for, and its parser listened to."""
        changed = dict(arguments)
        if self._hide:
            wanted = {**(sent.get("stream_options") or {}), "include_usage": True}
            changed["body"] = {**(arguments.get("body") or {}), "stream_options": wanted}
        if parser := arguments.get("options", {}).get("post_parser"):

            def heard(raw: Any) -> Any:
                self._parsed = raw
                return parser(raw)

            changed["options"] = {**arguments["options"], "post_parser": heard}
        return changed


def _data(result: Any, text: bool) -> dict[str, Any]:
    """An answer as it came, of whatever type the client made it; what holds its text only where that is wanted."""
    if isinstance(result, dict) or not hasattr(result, "model_dump"):
        return result if isinstance(result, dict) else {}
    if text:
        return result.model_dump(mode="json", warnings=False)
    data = (result.model_extra or {}) | vars(result)
    if hasattr(data.get("usage"), "model_dump"):
        data["usage"] = data["usage"].model_dump(warnings=False)
    return data

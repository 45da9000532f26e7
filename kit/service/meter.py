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
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from kit.errors import UsageError
from kit.service.call import PATHS, Call
from kit.service.endpoint import Endpoint
from kit.service.ledger import Ledger
from kit.service.usage_log import Journal

__all__ = ["Meter"]

_Client = TypeVar("_Client")


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
        self._ledger = Ledger(Journal(path, max_bytes, keep), _redaction(redact) if requests else None)

    def wrap(self, client: _Client) -> _Client:
        """A client like this one, over the same connections, whose calls are logged; this one stays as it is.

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
        post = (_async_post if inspect.iscoroutinefunction(kind.post) else _post)(self._ledger, kind)
        named = {"__module__": kind.__module__, "__qualname__": kind.__qualname__}
        metered.__class__ = type(kind.__name__, (kind,), {"post": post, "_kit_metered": True} | named)
        return metered

    def endpoint(self, name: str) -> Endpoint:
        """Name the calls made inside: a context manager, and a decorator for any kind of function."""
        return Endpoint(name)

    @property
    def lost(self) -> int:
        """Rows that could not be written."""
        return self._ledger.lost


def _post(ledger: Ledger, kind: Any) -> Callable[..., Any]:
    """A client's `post`, through which all its calls pass, with a row for each of those that count."""

    def post(self: Any, path: str, **given: Any) -> Any:
        call = _begun(ledger, self, path, given)
        if call is None:
            return kind.post(self, path, **given)
        try:
            try:
                result = kind.post(self, path, **call.given)
            except Exception as error:
                if not call.refused_usage(error):
                    raise
                result = kind.post(self, path, **given)
        except BaseException as error:
            call.failed(error)
            raise
        call.came(result)
        return result

    return post


def _async_post(ledger: Ledger, kind: Any) -> Callable[..., Any]:
    async def post(self: Any, path: str, **given: Any) -> Any:
        call = _begun(ledger, self, path, given)
        if call is None:
            return await kind.post(self, path, **given)
        try:
            try:
                result = await kind.post(self, path, **call.given)
            except Exception as error:
                if not call.refused_usage(error):
                    raise
                result = await kind.post(self, path, **given)
        except BaseException as error:
            call.failed(error)
            raise
        call.came(result)
        return result

    return post


def _begun(ledger: Ledger, client: Any, path: str, given: Mapping[str, Any]) -> Call | None:
    if path not in PATHS:
        return None
    try:
        return Call(ledger, client, path, given)
    except Exception as error:
        ledger.lose("a call could not be read, and has no row", error)
        return None


def _redaction(how: Callable[[str], str] | None) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    from kit import redaction

    return functools.partial(redaction.redact_request, how=how or redaction.redact)

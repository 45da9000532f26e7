"""One call under way, and the row that it leaves: begun before it is sent, ended by its answer or its error."""

import json
import os
import random
import time
import weakref
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from kit.service import usage_rows
from kit.service.endpoint import current
from kit.service.ledger import Ledger
from kit.service.stream_listener import Tap, tapped

__all__ = ["PATHS", "Call"]

PATHS = ("/chat/completions", "/responses")
"""What is posted there is a call."""

_IDS = random.Random()  # noqa: S311 (a name, not a secret); seeded by the system, and anew in a fork
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_IDS.seed)


class Call:
    """One call under way: its row so far, and what is sent (`given`)."""

    def __init__(self, ledger: Ledger, client: Any, path: str, given: Mapping[str, Any]) -> None:
        self._ledger, self._client, self._process = ledger, client, os.getpid()
        self._stream, self._parsed = bool(given.get("stream")), None
        sent = dict(given.get("body") or {}) | (given.get("options", {}).get("extra_json") or {})
        self._hide = path == PATHS[0] and self._stream and "include_usage" not in (sent.get("stream_options") or {})
        self.given = self._changed(given, sent) if self._stream or "post_parser" in given.get("options", {}) else given
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
        self._tap: Tap | None = None
        self._began = time.perf_counter()

    def refused_usage(self, error: Exception) -> bool:
        """Whether an endpoint refused the usage that we asked for, so that the call is to be made as it was given."""
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
                self._whole(_data(result, bool(self._ledger.redacted)), now)
            elif http.is_closed and not self._stream:  # a raw response, read already
                self._whole(json.loads(http.content), now)
            else:
                finish = weakref.finalize(http, self._heard, now)  # once, at the latest when it is thrown away
                self._tap = Tap(self._stream, self._hide, bool(self._ledger.redacted), finish)
                tapped(http, self._tap)
        except Exception as error:
            self._ledger.warn("an answer could not be read", error)
            if self._tap is None:
                self._end("unreadable", now)

    def _whole(self, data: Mapping[str, Any], now: float) -> None:
        self._row |= usage_rows.tokens(data)
        readable = data.get("choices") or "output" in data
        words = usage_rows.status(data) or ("ok" if readable else "unreadable")
        if words == "ok":
            self._keep("kit.answer", lambda: usage_rows.whole_text(data))
        self._end(words, now)

    def _heard(self, returned: float) -> None:
        if self._process != os.getpid() or not self._tap:  # a fork's copy of the response; its parent has the call
            return
        words = "unreadable"
        try:
            found, words, text = self._tap.told()
            self._row |= found
            if self._tap.first is not None:
                self._row["kit.first_token_s"] = round(self._tap.first - self._began, 6)
            if words == "ok":
                self._keep("kit.answer", text)
        except Exception as error:
            self._ledger.warn("a stream could not be read", error)
        self._end(words, self._tap.last or returned)

    def _keep(self, name: str, made: Callable[[], Any]) -> None:
        """Put a request or an answer into the row, redacted; if that fails, neither."""
        if self._ledger.redacted and not self._failed_redaction:
            try:
                self._row |= self._ledger.redacted({name: made()})
            except Exception as error:
                self._failed_redaction = True
                self._row.pop("kit.request", None)
                self._ledger.warn("a request or answer could not be redacted, and is left out", error)

    _failed_redaction = False

    def _end(self, words: str, ended: float) -> None:
        self._row["kit.latency_s"] = round(ended - self._began, 6)
        self._row["kit.status"] = words
        if words != "ok":
            self._row["error.type"] = words
        self._ledger.write(self._row, getattr(self._client, "api_key", None))

    def _changed(self, given: Mapping[str, Any], sent: Mapping[str, Any]) -> Mapping[str, Any]:
        """The call as we make it: with a stream's usage asked for, and its parser listened to."""
        changed = dict(given)
        if self._hide:
            wanted = {**(sent.get("stream_options") or {}), "include_usage": True}
            changed["body"] = {**(given.get("body") or {}), "stream_options": wanted}
        if parser := given.get("options", {}).get("post_parser"):

            def heard(raw: Any) -> Any:
                self._parsed = raw
                return parser(raw)

            changed["options"] = {**given["options"], "post_parser": heard}
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

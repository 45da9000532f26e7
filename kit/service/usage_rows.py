"""The columns that an answer adds to a usage row, under OpenTelemetry's names for generative AI.

Names: https://opentelemetry.io/docs/specs/semconv/registry/attributes/gen-ai/. Input tokens include those read from
and written to a cache, output tokens include reasoning. Nothing that an endpoint says is taken for more than it is:
a status is one of ours, a count a whole number, a name a text of at most 200 characters.
"""

import functools
import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from kit.client import content_text, token_counts
from kit.errors import UsageError

__all__ = ["provider", "status", "streamed_text", "tokens", "whole_text"]

_TOKENS = {
    "prompt": "gen_ai.usage.input_tokens",
    "output": "gen_ai.usage.output_tokens",
    "cached": "gen_ai.usage.cache_read.input_tokens",
    "written": "gen_ai.usage.cache_creation.input_tokens",
    "reasoning": "gen_ai.usage.reasoning.output_tokens",
}

_PROVIDERS = {
    "openai.azure.com": "azure.ai.openai",
    "amazonaws.com": "aws.bedrock",
    "anthropic.com": "anthropic",
    "deepseek.com": "deepseek",
    "googleapis.com": "gcp.gemini",
    "groq.com": "groq",
    "mistral.ai": "mistral_ai",
    "perplexity.ai": "perplexity",
    "x.ai": "x_ai",
}
"""The well-known values of `gen_ai.provider.name`, by where they are called."""

_UNFINISHED = {"failed", "cancelled", "queued", "in_progress"}
"""States of a response that is no answer; a queued one (in the background) is billed where it is fetched."""


@functools.cache
def provider(host: str) -> str:
    """OpenTelemetry's name for who answers at a host; `openai`, whose protocol it is, for all it has no name for."""
    return next((name for domain, name in _PROVIDERS.items() if f".{host}".endswith(f".{domain}")), "openai")


def tokens(data: Mapping[str, Any]) -> dict[str, Any]:
    """Model, id and token counts of an answer or of a stream's last events, as far as they are there."""
    data = _response(data)
    row = {f"gen_ai.response.{name}": data[name][:200] for name in ("model", "id") if isinstance(data.get(name), str)}
    reported = data.get("usage")
    if not reported:  # Moonshot reports it inside a stream's last choice
        with suppress(LookupError, TypeError, AttributeError):
            reported = data["choices"][0].get("usage")
    if isinstance(reported, dict):
        with suppress(UsageError):
            row |= {_TOKENS[name]: count for name, count in token_counts(reported).items()}
    return row


def status(data: Mapping[str, Any]) -> str | None:
    """`ok` for a whole answer or a stream's last event, a word for a failed one, None where the end is not reached."""
    inner = _response(data)
    if inner is not data or "output" in data:
        state = inner.get("status")
        if state not in _UNFINISHED:
            return "ok"
        return None if inner is not data and state in ("queued", "in_progress") else f"response_{state}"
    if data.get("error") or data.get("type") == "error":
        return "APIError"
    choices = data.get("choices")
    ended = isinstance(choices, list) and any(isinstance(one, dict) and one.get("finish_reason") for one in choices)
    return "ok" if ended else None


def whole_text(data: Mapping[str, Any]) -> str:
    """The text of a whole answer, the first choice's; where there is none, its tool calls as JSON."""
    data = _response(data)
    if isinstance(data.get("output"), list):
        items = data["output"]
        parts = [part for item in items if item.get("type") == "message" for part in item.get("content") or ()]
        text = "".join(part.get("text") or part.get("refusal") or "" for part in parts)
        calls = [item for item in items if item.get("type") == "function_call"]
    else:
        message = data["choices"][0]["message"]
        text = content_text(message.get("content")) or message.get("refusal") or ""
        calls = [call.get("function") or call.get("custom") or {} for call in message.get("tool_calls") or ()]
    return text or _called(calls)


def streamed_text(events: Iterable[Mapping[str, Any]]) -> str:
    """The text that a stream's events add up to, the first choice's; where there is none, its tool calls as JSON."""
    parts, calls = [], dict[int, dict[str, str]]()
    for event in events:
        if _response(event) is not event and _response(event).get("output"):  # a response's last event says it again
            return whole_text(event)
        if event.get("type") in ("response.output_text.delta", "response.refusal.delta"):
            parts.append(event.get("delta") or "")
        for choice in event.get("choices") or ():
            delta = (choice.get("delta") or {}) if not choice.get("index") else {}
            parts.append(content_text(delta.get("content")) or delta.get("refusal") or "")
            for part in delta.get("tool_calls") or ():
                call, function = calls.setdefault(part.get("index") or 0, {}), part.get("function") or {}
                for name in ("name", "arguments"):
                    call[name] = call.get(name, "") + (function.get(name) or "")
    return "".join(parts) or _called(calls.values())


def _called(calls: Iterable[Mapping[str, Any]]) -> str:
    called = [{"name": call.get("name"), "arguments": call.get("arguments")} for call in calls]
    return json.dumps(called, ensure_ascii=False) if called else ""


def _response(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """An event of a response holds the response itself."""
    inner = data.get("response")
    return inner if isinstance(inner, dict) else data

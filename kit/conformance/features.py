"""The table of features: what is checked, by how many calls and tokens, and which requests use it."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from kit.conformance import account_checks, chat_checks, parameter_checks, tool_checks
from kit.conformance.exchange import Asker
from kit.conformance.findings import Finding

__all__ = ["FEATURES", "Feature"]

_Check = Callable[[Asker], Awaitable[Finding]]
_Used = Callable[[Mapping[str, Any]], bool]


@dataclass(frozen=True)
class Feature:
    """One feature.

    Attributes:
        name: In words, as in a table.
        check: What finds out.
        calls: Paid calls, at most.
        prompt: Prompt tokens of one call, about.
        output: Output tokens of one call, at most; 0 for what a short answer needs.
        used: True for a body of a chat completion that needs the feature; None where none shows it.
        needs: A feature without which this one is not tried.
    """

    name: str
    check: _Check
    calls: int = 1
    prompt: int = 40
    output: int = 0
    used: _Used | None = None
    needs: str = "chat"


def _sent(*names: str) -> _Used:
    return lambda body: any(body.get(name) is not None for name in names)


def _role(role: str) -> _Used:
    return lambda body: any(message.get("role") == role for message in _messages(body))


def _form(kind: str) -> _Used:
    return lambda body: isinstance(body.get("response_format"), Mapping) and body["response_format"].get("type") == kind


def _part(kind: str) -> _Used:
    return lambda body: any(part.get("type") == kind for message in _messages(body) for part in _parts(message))


def _choice(named: bool) -> _Used:
    return lambda body: isinstance(body.get("tool_choice"), Mapping) if named else body.get("tool_choice") == "required"


def _messages(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    messages = body.get("messages")
    return [one for one in messages if isinstance(one, Mapping)] if isinstance(messages, list) else []


def _parts(message: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    content = message.get("content")
    yield from (part for part in (content if isinstance(content, list) else ()) if isinstance(part, Mapping))


def _streams(body: Mapping[str, Any]) -> bool:
    return bool(body.get("stream"))


def _streams_usage(body: Mapping[str, Any]) -> bool:
    options = body.get("stream_options")
    return bool(isinstance(options, Mapping) and options.get("include_usage"))


def _many(body: Mapping[str, Any]) -> bool:
    return isinstance(body.get("n"), int) and body["n"] > 1


def _cold(body: Mapping[str, Any]) -> bool:
    return body.get("temperature") == 0


def _hot(body: Mapping[str, Any]) -> bool:
    return isinstance(body.get("temperature"), int | float) and body["temperature"] > 1


def _late(body: Mapping[str, Any]) -> bool:
    roles = [message.get("role") for message in _messages(body)]
    return "system" in roles[1:] and any(role != "system" for role in roles[: roles.index("system", 1)])


def _twice(body: Mapping[str, Any]) -> bool:
    roles = [message.get("role") for message in _messages(body)]
    return any(one == other == "user" for one, other in pairwise(roles))


def _foreign(body: Mapping[str, Any]) -> bool:
    return any(not str(message.get("content") or "").isascii() for message in _messages(body))


def _long(body: Mapping[str, Any]) -> bool:
    return sum(len(str(message.get("content") or "")) for message in _messages(body)) > 4_000


def _several_calls(body: Mapping[str, Any]) -> bool:
    calls = [message.get("tool_calls") for message in _messages(body)]
    return any(isinstance(one, list) and len(one) > 1 for one in calls)


FEATURES: Mapping[str, Feature] = {
    "chat": Feature("chat", chat_checks.chat, 3, needs=""),
    "usage": Feature("usage of an answer", chat_checks.usage, 0),
    "finish_reason": Feature("finish reason", chat_checks.finish_reason, 0),
    "served_model": Feature("the model that was asked answers", chat_checks.served_model, 0),
    "stream": Feature("streaming", chat_checks.stream, used=_streams),
    "stream_usage": Feature("usage of a stream", chat_checks.stream_usage, used=_streams_usage, needs="stream"),
    "system_role": Feature("system role", chat_checks.system_role, 2, used=_role("system")),
    "developer_role": Feature("developer role", chat_checks.developer_role, 2, used=_role("developer")),
    "late_system": Feature("system message behind others", chat_checks.late_system, 2, used=_late),
    "user_twice": Feature("two user messages in a row", chat_checks.user_twice, 2, used=_twice),
    "content_parts": Feature("content in parts", chat_checks.content_parts, 2, used=_part("text")),
    "images": Feature("images", chat_checks.images, prompt=300, used=_part("image_url")),
    "unicode": Feature("unicode and emoji", chat_checks.unicode_text, 2, used=_foreign),
    "long_prompt": Feature("long prompt", chat_checks.long_prompt, prompt=1_600, used=_long),
    "cache": Feature("cached tokens are told", chat_checks.cache, prompt=1_600),
    "hang_up": Feature("answers on after a caller hangs up", chat_checks.hang_up, 2),
    "json_mode": Feature("JSON mode", parameter_checks.json_mode, used=_form("json_object")),
    "json_schema": Feature("JSON schema, enforced", parameter_checks.json_schema, used=_form("json_schema")),
    "tools": Feature("tools", tool_checks.tools, prompt=120, used=_sent("tools")),
    "parallel_tools": Feature(
        "parallel tools", tool_checks.parallel_tools, prompt=120, used=_several_calls, needs="tools"
    ),
    "forced_tool": Feature("forced tool", tool_checks.forced_tool, prompt=120, used=_choice(True)),
    "required_tool": Feature("required tool", tool_checks.required_tool, prompt=120, used=_choice(False)),
    "tool_results": Feature("tool results handed back", tool_checks.tool_results, 2, prompt=180, used=_role("tool")),
    "logprobs": Feature("logprobs", parameter_checks.logprobs, used=_sent("logprobs", "top_logprobs")),
    "seed": Feature("seed that repeats", parameter_checks.seed, 3, used=_sent("seed")),
    "n": Feature("several choices (n)", parameter_checks.n, output=128, used=_many),
    "stop": Feature("stop words", parameter_checks.stop, used=_sent("stop")),
    "max_tokens": Feature("max_tokens", parameter_checks.max_tokens, 2, output=16, used=_sent("max_tokens")),
    "max_completion_tokens": Feature(
        "max_completion_tokens",
        parameter_checks.max_completion_tokens,
        2,
        output=16,
        used=_sent("max_completion_tokens"),
    ),
    "temperature_0": Feature("temperature 0 repeats", parameter_checks.temperature_0, 2, used=_cold),
    "temperature_2": Feature("temperature above 1", parameter_checks.accepts(temperature=1.5), used=_hot),
    "top_p": Feature("top_p", parameter_checks.accepts(top_p=0.5), used=_sent("top_p")),
    "penalties": Feature(
        "frequency and presence penalty",
        parameter_checks.accepts(frequency_penalty=0.5, presence_penalty=0.5),
        used=_sent("frequency_penalty", "presence_penalty"),
    ),
    "user": Feature("user", parameter_checks.accepts(user="kit-probe"), used=_sent("user")),
    "reasoning_effort": Feature(
        "reasoning_effort", parameter_checks.accepts(reasoning_effort="low"), output=400, used=_sent("reasoning_effort")
    ),
    "thinking_apart": Feature("thinking apart from the answer", parameter_checks.thinking_apart, output=96),
    "thinking_tokens": Feature("thinking tokens are told", parameter_checks.thinking_tokens, 0),
    "thinking_off": Feature("thinking can be switched off", parameter_checks.thinking_off, 5),
    "error_key": Feature("error for a wrong key", account_checks.error_key, 0),
    "error_model": Feature("error for an unknown model", account_checks.error_model, 0),
    "error_parameter": Feature("error for a wrong parameter", account_checks.error_parameter, 0),
    "error_messages": Feature("error for an empty request", account_checks.error_messages, 0),
    "rate_limits": Feature("rate-limit headers", account_checks.rate_limits, 0),
    "models": Feature("list of models", account_checks.models, 0),
    "batches": Feature("batches", account_checks.batches, 0),
}
"""Feature -> how it is checked, in the order of the probe."""

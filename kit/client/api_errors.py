"""Errors of an OpenAI-compatible endpoint, whatever status and words a provider answers with, as one `ApiError`."""

import json
from contextlib import suppress
from dataclasses import dataclass

from kit.text import plain

__all__ = ["ApiError", "late_error", "one_line", "read_error"]

_LONGEST = 300
"""Characters of an endpoint's own words that an error repeats."""

_SPENT = ("insufficient_quota", "insufficient balance", "余额不足", "exceeded_current_quota")
"""OpenAI; DeepSeek and Z.ai, the latter with status 429, in English or Chinese; Moonshot."""

_NO_IMAGES = (
    "image input is not supported", "support image input", "does not support images",
    "image_url is only supported by certain models", "unknown variant `image_url`", "is not a multimodal model",
    "at most 0 image", "messages.content.type 参数非法", "不支持图像", "不支持图片",
)  # fmt: skip
"""llama.cpp (with status 500); Ollama and OpenRouter (with status 404); LM Studio; OpenAI; DeepSeek; vLLM, in two
versions; Zhipu, which names the only type that it takes; and others in Chinese."""

_TOO_LONG = (
    "prompt is too long",
    "input token count",
    "range of input length",
    "model token limit",
    "max length exceeded",
)
"""Anthropic; Gemini; DashScope; Moonshot, now and before: none of them says `context`."""


@dataclass(eq=False)
class ApiError(Exception):
    """Why one attempt was not answered.

    Attributes:
        kind: A key of `answers.KINDS`.
        retry: Whether the same request may succeed later.
        final: Whether no request to this contender can succeed.
        billed: Whether the provider may ask money for the attempt.
        wait: Seconds to wait first, where the endpoint names them.
    """

    kind: str
    message: str
    retry: bool = False
    final: bool = False
    billed: bool = False
    wait: float | None = None


def read_error(status: int, text: str) -> ApiError:
    """Read an HTTP error: its status, and what its body says."""
    reply_message, code = _error(text)
    words = f"HTTP {status}: {reply_message}"
    hint = f"{code} {reply_message}".lower()
    # Gemini says the same of an empty account and of a full minute, but tells only the latter when to come back
    spent = "exceeded your current quota" in hint and "retry in" not in text.lower()
    if status == 402 or any(word in hint for word in _SPENT) or (status == 429 and spent):
        return ApiError("quota", words, final=True)
    if status == 429:
        return ApiError("rate_limit", words, retry=True)
    if status == 403 and ("moderation" in hint or "flagged" in hint):  # OpenRouter
        return ApiError("refused", words)
    if status in (401, 403):
        return ApiError("auth", words, final=True)
    if status in (400, 404, 413, 415, 422, 500, 501) and any(word in hint for word in _NO_IMAGES):
        return ApiError("images", words)
    if status == 404 or "model_not_found" in hint:
        return ApiError("not_found", words, final=True)
    if 300 <= status < 400:
        return ApiError("redirect", words, final=True)
    if status in (408, 409, 425) or status >= 500:
        return ApiError("server", words, retry=True)
    too_long = "context" in hint and any(word in hint for word in ("length", "exceed", "window", "long", "maximum"))
    if too_long or any(word in hint for word in _TOO_LONG):
        return ApiError("context", words)
    if "content_filter" in hint or "content management policy" in hint or "data_inspection_failed" in hint:
        return ApiError("refused", words)
    return ApiError("bad_request", words)


def late_error(text: str, where: str) -> ApiError:
    """Read an error that comes after status 200."""
    reply_message, code = _error(text)
    status = int(code) if code.isdigit() and 400 <= int(code) < 600 else 500
    error = read_error(status, text)
    return ApiError(error.kind, f"{where}: {reply_message}", error.retry, error.final, billed=True)


def one_line(text: str) -> str:
    """Shorten an endpoint's own words to one line without control characters."""
    text = plain(" ".join(text.split()))
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "..."


def _error(text: str) -> tuple[str, str]:
    """Return what an error body says, and its code; providers nest both differently."""
    message, code = text, ""
    with suppress(ValueError, RecursionError):
        data = json.loads(text)
        if isinstance(data, list) and len(data) == 1:  # Gemini
            data = data[0]
        inner = (data.get("error") or data) if isinstance(data, dict) else data
        if isinstance(inner, dict):
            message = str(inner.get("message") or inner.get("msg") or inner.get("detail") or json.dumps(inner))
            code = str(next((inner[key] for key in ("code", "type", "status") if inner.get(key)), ""))
        elif isinstance(inner, str):
            message = inner
    return one_line(message) or "with an empty body", code

"""Conversion: a body on its way from one protocol to another, with what could not be carried over."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["AFFAIRS", "Conversion", "data_url", "effort", "from_data_url", "json_text", "moved", "text_of"]

AFFAIRS = frozenset((
    "model", "stream", "stream_options", "metadata", "service_tier", "store", "user", "safety_identifier",
    "prompt_cache_key", "include", "truncation", "background", "max_tool_calls", "anthropic_version", "safetySettings",
))  # fmt: skip
"""Parameters between the caller and its provider, which do not shape the answer; they are left out unsaid."""


@dataclass
class Conversion:
    """A converted body.

    Attributes:
        body: In the protocol converted to.
        lost: What was left out or changed and does not decide what is asked, such as `top_k`.
        missing: What is asked and cannot be carried over, such as a document; the request should not be sent then.
    """

    body: dict[str, Any] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def lose(self, feature: str) -> None:
        """Note what was left out, once."""
        if feature not in self.lost:
            self.lost.append(feature)

    def miss(self, feature: str) -> None:
        """Note what is asked and cannot be carried over, once."""
        if feature not in self.missing:
            self.missing.append(feature)


def moved(source: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Parameters that only have another name in the other protocol; None is nothing."""
    return {new: source[old] for old, new in names.items() if source.get(old) is not None}


def data_url(mime: str, data: str) -> str:
    """A picture in base64 as an address."""
    return f"data:{mime};base64,{data}"


def from_data_url(url: str) -> tuple[str, str] | None:
    """The media type and base64 of a picture in an address; None for an address elsewhere."""
    head, comma, data = url.partition(";base64,")
    return (head.removeprefix("data:"), data) if comma and head.startswith("data:") else None


def effort(budget: int) -> str:
    """The effort nearest to a budget of thinking tokens: Google's own table for its OpenAI-compatible endpoint.

    https://ai.google.dev/gemini-api/docs/openai#thinking: 1,024 are low, 8,192 medium, 24,576 high, none is none.
    """
    return "none" if budget == 0 else "low" if 0 < budget <= 1_024 else "medium" if 0 < budget <= 8_192 else "high"


def json_text(value: Any) -> str:
    """A value as JSON, as arguments and results of tools are sent."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def text_of(parts: Iterable[Mapping[str, Any]]) -> str:
    """The texts of chat parts, a line each."""
    return "\n".join(str(part["text"]) for part in parts if part.get("type") == "text")

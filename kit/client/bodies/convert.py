"""Convert: tell a body's protocol, and convert it to a chat completion and back."""

from collections.abc import Mapping
from types import ModuleType
from typing import Any

from kit.client.bodies import anthropic, gemini, responses
from kit.client.bodies.conversion import Conversion

__all__ = ["PROTOCOLS", "from_chat", "protocol", "to_chat"]

PROTOCOLS: Mapping[str, ModuleType] = {"gemini": gemini, "responses": responses, "anthropic": anthropic}
"""Protocol -> its module; what is none of them is a chat completion."""


def protocol(body: Mapping[str, Any]) -> str:
    """The protocol of a body: a key of PROTOCOLS, or `chat`."""
    return next((name for name, module in PROTOCOLS.items() if module.is_body(body)), "chat")


def to_chat(body: Mapping[str, Any]) -> Conversion:
    """Convert a body of any protocol to a chat completion.

    Raises:
        ValueError: If it is not laid out as its protocol says.
    """
    name = protocol(body)
    if name == "chat":
        return Conversion(dict(body))
    try:
        return PROTOCOLS[name].to_chat(body)
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise ValueError(f"no body of {name}: {error}") from None


def from_chat(body: Mapping[str, Any], name: str) -> Conversion:
    """Convert a chat completion to another protocol, a key of PROTOCOLS."""
    return PROTOCOLS[name].from_chat(body)

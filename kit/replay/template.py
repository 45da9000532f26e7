"""Template: mask what varies between requests that one program wrote, so that near-duplicates are found.

Requests from one template tend to share their fate: taken as independent, groups of ten make a rate of 2.5 % one of
28 % (measured; see `nox -s simulate`). Their outcomes are therefore counted by group (`outcomes`).
"""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from kit.client import Request

__all__ = ["template"]

_MASKS = (
    (re.compile(r"https?://\S+"), "<url>"),
    (re.compile(r"\[[a-z][a-z0-9 ]*\]"), "<redacted>"),
    (re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "<id>"),
    (re.compile(r"\b(?=[a-z_-]*\d)[a-z0-9][a-z0-9_-]{5,}\b"), "<id>"),
    (re.compile(r"\d+(?:[.,:/-]\d+)*"), "<number>"),
    (re.compile(r"\s+"), " "),
)
"""Applied in this order to text in lower case: addresses, marks of redaction, ids, then numbers, dates and times."""


def template(request: Request) -> str:
    """A short name for the template of a request: the same for requests that differ only in ids, numbers and dates.

    "Where is parcel DE4471-9, sent 2026-10-02?"  ->  "where is parcel <id>, sent <number>?"
    """
    texts = [f"{message['role']}:{_text(message)}" for message in request.messages]
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:8]


def _text(message: Mapping[str, Any]) -> str:
    content = message.get("content")
    parts = content if isinstance(content, list) else [content]
    text = " ".join(str(part.get("text", "")) if isinstance(part, Mapping) else str(part or "") for part in parts)
    return _masked(text)


def _masked(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).casefold()
    for pattern, mark in _MASKS:
        text = pattern.sub(mark, text)
    return text.strip()

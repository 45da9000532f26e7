"""Take an endpoint's key out of what the endpoint sends back, in each form that it may repeat it in."""

import base64
import functools
import html
import json
import re
from dataclasses import replace
from typing import Any
from urllib.parse import quote, quote_plus

from kit.client.answers import Answer

__all__ = ["KeyMask", "mask_for"]

_MARK = "[key]"
_TEXTS = ("text", "thinking", "served_by", "finish_reason", "note")

_SHORTEST = 8
"""A shorter key is no key but a word, such as `none`, and would be found in many texts."""


class KeyMask:
    """Mask one key: as it is, escaped in JSON or HTML, URL-encoded, in base64, in hexadecimal or backwards.

    Text that comes in parts goes through `part`, which holds back what may be the beginning of a key.
    """

    def __init__(self, secret: str) -> None:
        forms = _forms(secret) if len(secret) >= _SHORTEST else set()
        ordered = sorted(forms, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, ordered))) if ordered else None
        self._beginnings = {form[:size] for form in forms for size in range(1, len(form))}
        self._longest = max(map(len, forms), default=0)

    def hide(self, text: str) -> str:
        """The text with `[key]` in place of the key."""
        return self._pattern.sub(_MARK, text) if self._pattern else text

    def clean(self, answer: Answer) -> Answer:
        """The answer without the key; its note says that it was there."""
        calls = tuple({name: self.hide(part) for name, part in call.items()} for call in answer.tool_calls)
        texts: dict[str, Any] = {name: self.hide(getattr(answer, name)) for name in _TEXTS}
        if calls == answer.tool_calls and all(text == getattr(answer, name) for name, text in texts.items()):
            return answer
        texts["note"] = "; ".join(filter(None, (texts["note"], "the endpoint repeated our key, which is not kept")))
        return replace(answer, tool_calls=calls, **texts)

    def part(self, held: str, text: str) -> tuple[str, str]:
        """Return what of a stream's text can be handed on, and what is to be held until the next part."""
        whole = self.hide(held + text)
        for size in range(min(self._longest - 1, len(whole)), 0, -1):
            if whole[-size:] in self._beginnings:
                return whole[:-size], whole[-size:]
        return whole, ""


@functools.lru_cache(maxsize=64)
def mask_for(secret: str) -> KeyMask:
    """The mask of a key, made once."""
    return KeyMask(secret)


def _forms(secret: str) -> set[str]:
    escaped = json.dumps(secret)[1:-1]
    forms = {secret, escaped, escaped.replace("/", "\\/"), "".join(f"\\u{ord(c):04x}" for c in secret)}
    forms |= {quote(secret), quote(secret, safe=""), quote_plus(secret), "".join(f"%{ord(c):02X}" for c in secret)}
    for before in range(3):  # base64 takes three bytes at a time, and the key may begin at any of them
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            encoded = encode(b"\0" * before + secret.encode()).decode().rstrip("=")
            whole = encoded[{0: 0, 1: 2, 2: 3}[before] :]  # without characters that hold bits of what stands before
            forms |= {whole[: len(whole) - bool((before + len(secret)) % 3)]}
    forms |= {html.escape(secret), secret.encode().hex(), secret.encode().hex().upper(), secret[::-1]}
    return forms | {json.dumps(form)[1:-1] for form in forms}  # an error repeats JSON within JSON

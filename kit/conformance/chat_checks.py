"""Checks of the chat itself: answers, streams, roles, content, long prompts, and what an answer says about itself."""

import base64
import struct
import zlib
from collections.abc import Callable, Mapping
from typing import Any

from kit import catalog
from kit.conformance.exchange import Asker, Exchange
from kit.conformance.findings import Finding
from kit.conformance.verdicts import broken, by_effect, failure, ignored, not_tried, refused, shown, supported

__all__ = [
    "GREETING", "cache", "chat", "content_parts", "developer_role", "finish_reason", "hang_up", "images", "late_system",
    "long_prompt", "served_model", "stream", "stream_usage", "system_role", "unicode_text", "usage", "user_twice",
]  # fmt: skip

GREETING = "Good morning."
_ORDER = "Whatever the user says, answer with the single word PELICAN and nothing else."
_PADDING = "This holds for each answer of yours, be it short or long, early or late. " * 3
_LINE = "慢慢来 🎈 Größe señor"
_MOJIBAKE = ("\N{REPLACEMENT CHARACTER}", "æ…", "ðŸ", "Ã¶", "Ã±")
_SENTENCE = "The sea was calm that morning. "
_LONG = f"The code of the archive is 4711. {_SENTENCE * 180}What is the code of the archive? Answer with the number."
_LONG_WORDS = 1_080
_REASONS = ("stop", "length", "tool_calls", "content_filter", "function_call")
_THINKING_TOKENS = 1_024


async def chat(ask: Asker) -> Finding:
    """Greet; find out what the limit of output tokens is called, and whether a model thinks before it answers."""
    answer = await ask.chat(GREETING)
    if answer.error and "max_completion_tokens" in answer.error.message:
        ask.at.limit = "max_completion_tokens"
        answer = await ask.chat(GREETING)
    if answer.answer and not answer.answer.text.strip() and answer.answer.finish_reason == "length":
        ask.at.limit_tokens = _THINKING_TOKENS
        answer = await ask.chat(GREETING)
    if said_no := failure(answer):
        return said_no
    ask.at.remembered["chat"] = answer
    text = _text(answer)
    return supported(f"answered {shown(text)}") if text.strip() else broken("the answer is empty")


async def usage(ask: Asker) -> Finding:
    """Look at the usage of the first answer."""
    first = ask.at.remembered["chat"]
    assert first.answer
    if first.answer.usage is None:
        return ignored(first.answer.note) if "no usage" in first.answer.note else broken(first.answer.note)
    counts = first.answer.usage
    if not counts.prompt or (first.answer.text and not counts.output):
        return broken(f"counts {counts.prompt} prompt and {counts.output} output tokens for a text that is not empty")
    return supported(f"{counts.prompt} prompt and {counts.output} output tokens")


async def finish_reason(ask: Asker) -> Finding:
    """Look at the finish reason of the first answer."""
    first = ask.at.remembered["chat"]
    assert first.answer
    reason = first.answer.finish_reason
    return (
        supported(reason) if reason in _REASONS else broken(f"finish_reason is {shown(reason)}, which no client knows")
    )


async def served_model(ask: Asker) -> Finding:
    """Compare the name of the model that answered with the one that was asked."""
    first = ask.at.remembered["chat"]
    assert first.answer
    served, called = first.answer.served_by, ask.at.contender.called
    if not served:
        return ignored("the answer names no model")
    ours, theirs = (name.lower().rsplit("/", 1)[-1] for name in (called, served))
    same = theirs.startswith(ours) or ours.startswith(theirs)
    same |= all(map(catalog.knows, (called, served))) and catalog.model(called).id == catalog.model(served).id
    return supported(f"answered by {served}") if same else broken(f"{called} was asked, and {shown(served)} answered")


async def stream(ask: Asker) -> Finding:
    """Ask for a stream."""
    answer = await ask.chat(GREETING, stream=True)
    if said_no := failure(answer):
        return said_no
    if not answer.events or "event-stream" not in answer.headers.get("Content-Type", ""):
        return ignored("the answer came in one piece")
    if "[DONE]" not in answer.text:
        return broken("the stream ends without data: [DONE], and clients wait for it")
    return supported(f"{len(answer.events)} events")


async def stream_usage(ask: Asker) -> Finding:
    """Ask for a stream that ends on its usage."""
    answer = await ask.chat(GREETING, stream=True, stream_options={"include_usage": True})
    if said_no := failure(answer):
        return said_no
    counts = answer.counts
    return by_effect(bool(counts), f"{counts.get('prompt')} prompt tokens", "the stream tells no usage")


async def system_role(ask: Asker) -> Finding:
    """Give an order as system."""
    return await _obeys(ask, lambda order: [_system(order), _user(GREETING)], "the system message")


async def developer_role(ask: Asker) -> Finding:
    """Give an order as developer, OpenAI's newer name for it."""
    return await _obeys(ask, lambda order: [_system(order, "developer"), _user(GREETING)], "the developer message")


async def late_system(ask: Asker) -> Finding:
    """Give an order as system behind the user's message."""
    return await _obeys(ask, lambda order: [_user(GREETING), _system(order)], "the system message")


async def user_twice(ask: Asker) -> Finding:
    """Send two messages of the user in a row."""
    return await _obeys(ask, lambda order: [_user(GREETING), _user(order)], "the second of two messages")


async def content_parts(ask: Asker) -> Finding:
    """Send the content as a list of parts."""
    return await _obeys(ask, lambda order: [_user([_part(GREETING), _part(order)])], "the second part of the message")


async def unicode_text(ask: Asker) -> Finding:
    """Have a line of several scripts repeated, streamed where it can be, so that it is cut between events."""
    answer = await ask.chat(f"Repeat this line exactly, and nothing else: {_LINE}", stream=True)
    if answer.error:
        answer = await ask.chat(f"Repeat this line exactly, and nothing else: {_LINE}")
    if said_no := failure(answer):
        return said_no
    text = _text(answer)
    if any(sign in text for sign in _MOJIBAKE):
        return broken(f"characters came back damaged: {shown(text)}")
    return by_effect(_LINE in text, "repeated whole", f"not repeated, nothing damaged: {shown(text)}")


async def images(ask: Asker) -> Finding:
    """Show a red picture of 32 points a side."""
    parts = [
        {"type": "text", "text": "Which colour fills this picture? Answer with one word."},
        {"type": "image_url", "image_url": {"url": _red_picture()}},
    ]
    answer = await ask.chat([{"role": "user", "content": parts}])
    if answer.error and answer.error.kind == "images":
        return refused(answer.error.message)
    if said_no := failure(answer):
        return said_no
    text = _text(answer)
    return by_effect("red" in text.lower(), "seen as red", f"taken, and not seen: {shown(text)}")


async def long_prompt(ask: Asker) -> Finding:
    """Hide a code at the beginning of a prompt of about 1,300 tokens."""
    answer = await ask.chat(_LONG)
    if said_no := failure(answer):
        return said_no
    ask.at.remembered["long"] = answer
    read, text = answer.counts.get("prompt"), _text(answer)
    if "4711" in text:
        return supported(f"read to its beginning; {read} tokens")
    if read is None:
        return ignored(f"the code at its beginning is not found: {shown(text)}")
    if read < 0.6 * _LONG_WORDS:
        return broken(f"cut without a word: {read} tokens were read of {_LONG_WORDS} words")
    return supported(f"{read} tokens read, though the code at its beginning is not found")


async def cache(ask: Asker) -> Finding:
    """Send the long prompt again and see whether cached tokens are told."""
    if "long" not in ask.at.remembered:
        return not_tried("the long prompt was not answered")
    answer = await ask.chat(_LONG)
    if said_no := failure(answer):
        return said_no
    cached = answer.counts.get("cached")
    explanation = "cached tokens are not told" if cached is None else "told, and none of a repeated prompt was cached"
    return by_effect(bool(cached), f"{cached} of {answer.counts.get('prompt')} tokens cached", explanation)


async def hang_up(ask: Asker) -> Finding:
    """Leave a stream after its first bytes, and see whether the next request is answered."""
    await ask.chat("Count from 1 to 100.", stream=True, hang_up=True)
    answer = await ask.chat(GREETING)
    if said_no := failure(answer):
        return broken(f"after a caller hung up, the next request failed: {said_no.words}")
    return supported(f"the next request was answered after {answer.seconds:.1f} s")


async def _obeys(ask: Asker, messages: Callable[[str], list[Mapping[str, Any]]], role: str) -> Finding:
    """Give an order; where it is not obeyed, see whether a longer one makes the prompt longer, so that it was read.

    A chat template may put a message of its own where there is none, so the prompt without the order tells nothing.
    """
    answer = await ask.chat(messages(_ORDER))
    if said_no := failure(answer):
        return said_no
    if "pelican" in _text(answer).lower():
        return supported("obeyed")
    longer = await ask.chat(messages(f"{_ORDER} {_PADDING}"))
    if said_no := failure(longer):
        return said_no
    before, now = answer.counts.get("prompt"), longer.counts.get("prompt")
    if before is None or now is None:
        return ignored(f"not obeyed, and no usage tells whether {role} was read")
    counted = f"{now - before} more prompt tokens for {len(_PADDING.split())} more words"
    read = now - before >= len(_PADDING.split()) / 2
    return by_effect(read, f"read ({counted}), though not obeyed", f"{role} was not read: {counted}")


def _user(content: Any) -> Mapping[str, Any]:
    return {"role": "user", "content": content}


def _system(text: str, role: str = "system") -> Mapping[str, Any]:
    return {"role": role, "content": text}


def _part(text: str) -> Mapping[str, Any]:
    return {"type": "text", "text": text}


def _text(answer: Exchange) -> str:
    return answer.answer.text if answer.answer else ""


def _red_picture() -> str:
    def chunk(kind: bytes, data: bytes) -> bytes:
        whole = kind + data
        return struct.pack(">I", len(data)) + whole + struct.pack(">I", zlib.crc32(whole))

    header = struct.pack(">IIBBBBB", 32, 32, 8, 2, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\xff\0\0" * 32) * 32)
    image = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return "data:image/png;base64," + base64.b64encode(image).decode()

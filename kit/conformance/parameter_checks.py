"""Checks of parameters: the form of an answer, sampling, limits, and thinking on and off."""

import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from kit.client import logprobs as token_logprobs
from kit.conformance.chat_checks import GREETING
from kit.conformance.exchange import Asker, Exchange
from kit.conformance.findings import Finding
from kit.conformance.verdicts import broken, by_effect, failure, ignored, not_tried, refused, shown, supported

__all__ = [
    "accepts", "json_mode", "json_schema", "logprobs", "max_completion_tokens", "max_tokens", "n", "seed", "stop",
    "temperature_0", "thinking_apart", "thinking_off", "thinking_tokens",
]  # fmt: skip

_SHADES = ["q7-dark", "q7-light"]
_SCHEMA = {
    "type": "object",
    "properties": {"shade": {"type": "string", "enum": _SHADES}},
    "required": ["shade"],
    "additionalProperties": False,
}
_RANDOM = "Write a random number between 1 and 1000000000. Only the number."
_COUNT = "Count from 1 to 40, with commas."
_ALPHABET = "Write the alphabet three times, one letter a line."
_SHORT = 16
"""Output tokens; OpenAI's Responses models take no smaller limit, and a count to 40 is longer."""

_PUZZLE = "Think step by step: what is 17 times 23? Then answer with the number."
_PUZZLE_TOKENS = 96
_OFF: tuple[dict[str, Any], ...] = (
    {"reasoning_effort": "none"},
    {"thinking": {"type": "disabled"}},
    {"enable_thinking": False},
    {"chat_template_kwargs": {"enable_thinking": False}},
    {"reasoning": {"enabled": False}},
)
"""How thinking is switched off: OpenAI and Gemini; DeepSeek, Z.ai and Moonshot; Alibaba; vLLM; OpenRouter."""


async def json_mode(ask: Asker) -> Finding:
    """Ask for any JSON object with a question that no model answers in JSON by itself."""
    # OpenAI refuses the parameter where no message holds the word
    question = "Name one colour. (Only if JSON is asked for: under the key colour.)"
    answer = await ask.chat(question, response_format={"type": "json_object"})
    if said_no := failure(answer):
        return said_no
    text = _text(answer).strip()
    cut = text.startswith("{") and answer.answer is not None and answer.answer.finish_reason == "length"
    return by_effect(cut or isinstance(_json(text), dict), f"answered {shown(text)}", f"no JSON object: {shown(text)}")


async def json_schema(ask: Asker) -> Finding:
    """Ask for a schema that only an endpoint that enforces it can meet: the question does not tell it."""
    form = {"type": "json_schema", "json_schema": {"name": "shade", "strict": True, "schema": _SCHEMA}}
    answer = await ask.chat("Name one colour in one word.", response_format=form)
    if said_no := failure(answer):
        return said_no
    value = _json(_text(answer))
    enforced = isinstance(value, dict) and set(value) == {"shade"} and value["shade"] in _SHADES
    return by_effect(enforced, "enforced", f"accepted, not enforced: {shown(_text(answer))}")


async def logprobs(ask: Asker) -> Finding:
    """Ask for the log-probabilities of tokens."""
    answer = await ask.chat(GREETING, logprobs=True, top_logprobs=1)
    if said_no := failure(answer):
        return said_no
    probabilities = token_logprobs(answer.choices[0]) if answer.choices else []
    return by_effect(bool(probabilities), f"told for {len(probabilities)} tokens", "accepted, and none is told")


async def seed(ask: Asker) -> Finding:
    """Draw a number twice with one seed and once with another."""
    texts = []
    for value in (11, 11, 12):
        answer = await ask.chat(_RANDOM, seed=value, temperature=1)
        if said_no := failure(answer):
            return said_no
        texts.append(_text(answer))
    if texts[0] != texts[1]:
        return ignored(f"the same seed gave {shown(texts[0])} and {shown(texts[1])}")
    return by_effect(
        texts[0] != texts[2], "the same seed repeats, another does not", "another seed gave the same answer"
    )


async def n(ask: Asker) -> Finding:
    """Ask for two choices."""
    answer = await ask.chat(GREETING, n=2)
    return failure(answer) or by_effect(len(answer.choices) == 2, "2 choices", f"{len(answer.choices)} choice for n=2")


async def stop(ask: Asker) -> Finding:
    """Stop at the first letter e."""
    answer = await ask.chat("Write these words: one two three four five.", stop=["e"])
    if said_no := failure(answer):
        return said_no
    text = _text(answer)
    if text.endswith("e") and text.count("e") == 1:
        return broken(f"stops, but leaves the stop word in the answer: {shown(text)}")
    return by_effect("e" not in text, f"stopped after {shown(text)}", f"went on: {shown(text)}")


async def max_tokens(ask: Asker) -> Finding:
    """Limit a long answer by `max_tokens`."""
    return await _limited(ask, "max_tokens")


async def max_completion_tokens(ask: Asker) -> Finding:
    """Limit a long answer by `max_completion_tokens`."""
    return await _limited(ask, "max_completion_tokens")


async def temperature_0(ask: Asker) -> Finding:
    """Draw a number twice at temperature 0."""
    texts = []
    for _ in range(2):
        answer = await ask.chat(_RANDOM, temperature=0)
        if said_no := failure(answer):
            return said_no
        texts.append(_text(answer))
    return by_effect(texts[0] == texts[1], "repeats", f"{shown(texts[0])}, then {shown(texts[1])}")


def accepts(**parameters: Any) -> Callable[[Asker], Awaitable[Finding]]:
    """A check whether parameters are taken; their effect on one answer cannot be seen."""

    async def check(ask: Asker) -> Finding:
        answer = await ask.chat(GREETING, **parameters)
        return failure(answer) or supported("accepted; its effect is not checked")

    return check


async def thinking_apart(ask: Asker) -> Finding:
    """Give a puzzle and see whether thoughts come apart from the answer."""
    answer = await ask.chat(_PUZZLE, max(_PUZZLE_TOKENS, ask.at.limit_tokens))
    if said_no := failure(answer):
        return said_no
    ask.at.remembered["puzzle"] = answer
    if "<think>" in _text(answer) or "</think>" in _text(answer):
        return broken(f"thoughts stand in the answer: {shown(_text(answer))}")
    if not _thought(answer):
        return not_tried("no thinking is shown or counted")
    apart = bool(answer.answer and answer.answer.thinking)
    return supported("thoughts come in a field of their own") if apart else supported("thoughts are counted, not shown")


async def thinking_tokens(ask: Asker) -> Finding:
    """See where the tokens of thoughts are counted."""
    answer = ask.at.remembered.get("puzzle")
    if answer is None or not (_thought(answer) or "<think>" in _text(answer)):
        return not_tried("no thinking is shown or counted")
    counts, words = answer.counts, len(answer.answer.thinking.split()) if answer.answer else 0
    if counts.get("reasoning"):
        return supported(f"{counts['reasoning']} of {counts['output']} output tokens are told as reasoning")
    if not counts:
        return ignored("no usage is told")
    if counts["output"] < words / 2:
        return broken(f"{words} words of thoughts, and {counts['output']} output tokens in all")
    return ignored("counted in the output, not told apart")


async def thinking_off(ask: Asker) -> Finding:
    """Try each documented switch until one puzzle is answered without thoughts."""
    before = ask.at.remembered.get("puzzle")
    if before is None or not (_thought(before) or "<think>" in _text(before)):
        return not_tried("it does not think unless asked")
    accepted, last = "", None
    for switch in _OFF:
        answer = await ask.chat(_PUZZLE, **switch)
        if answer.error is None and not _thought(answer) and "<think>" not in _text(answer):
            return supported(f"switched off by {json.dumps(switch)}")
        accepted, last = (json.dumps(switch), last) if answer.error is None else (accepted, failure(answer))
    return ignored(f"still thinks, with {accepted}") if accepted else last or refused("no switch is accepted")


async def _limited(ask: Asker, name: str) -> Finding:
    limits: dict[str, Any] = {ask.at.limit: None, name: _SHORT}
    for question in (_COUNT, _ALPHABET):
        answer = await ask.chat(question, **limits)
        if said_no := failure(answer):
            return said_no
        counted = answer.counts.get("output")
        length = counted if counted is not None else len(_text(answer)) // 4
        explanation = f"{length} output tokens for a limit of {_SHORT}"
        ended = answer.answer and answer.answer.finish_reason
        if length > 1.5 * _SHORT:
            return ignored(explanation)
        if ended == "length":
            return supported(explanation)
        if length >= _SHORT - 1:
            return broken(f"{explanation}, and finish_reason is {shown(ended or '')}, not length")
    return not_tried(f"the answers ended by themselves: {explanation}")


def _thought(answer: Exchange) -> bool:
    return bool((answer.answer and answer.answer.thinking) or answer.counts.get("reasoning"))


def _text(answer: Exchange) -> str:
    return answer.answer.text if answer.answer else ""


def _json(text: str) -> Any:
    with suppress(ValueError, RecursionError):
        return json.loads(text)
    return None

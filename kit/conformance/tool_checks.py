"""Checks of tools: a call, two at once, a forced one, and the result handed back."""

import json
from collections.abc import Mapping
from typing import Any

from kit.conformance.exchange import Asker, Exchange
from kit.conformance.findings import Finding
from kit.conformance.verdicts import broken, by_effect, failure, ignored, shown, supported

__all__ = ["forced_tool", "parallel_tools", "required_tool", "tool_results", "tools"]

_NAME = "get_weather"
_TOOLS = [
    {
        "type": "function",
        "function": {
            "name": _NAME,
            "description": "The weather in a city now.",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
        },
    }
]
_PADDING = "The wind is weak and comes from the west. " * 8


async def tools(ask: Asker) -> Finding:
    """Offer a tool that the question needs."""
    answer = await ask.chat("What is the weather in Paris now? Use the tool.", tools=_TOOLS)
    return failure(answer) or _called(answer, 1, "the model called nothing")


async def parallel_tools(ask: Asker) -> Finding:
    """Ask a question that needs the tool twice."""
    answer = await ask.chat("What is the weather in Paris, and in Rome? Call the tool for both at once.", tools=_TOOLS)
    return failure(answer) or _called(answer, 2, "fewer than two calls")


async def forced_tool(ask: Asker) -> Finding:
    """Force the tool by its name where the question does not need it."""
    choice = {"type": "function", "function": {"name": _NAME}}
    answer = await ask.chat("Say hello.", tools=_TOOLS, tool_choice=choice)
    return failure(answer) or _called(answer, 1, "accepted, and no call came")


async def required_tool(ask: Asker) -> Finding:
    """Require any tool where the question does not need one."""
    answer = await ask.chat("Say hello.", tools=_TOOLS, tool_choice="required")
    return failure(answer) or _called(answer, 1, "accepted, and no call came")


async def tool_results(ask: Asker) -> Finding:
    """Hand back a result, and see whether it is used or at least counted."""
    answer = await ask.chat(_history("The station's code is 4711."), tools=_TOOLS)
    if said_no := failure(answer):
        return said_no
    text = answer.answer.text if answer.answer else ""
    if "4711" in text:
        return supported("the result is used")
    longer = await ask.chat(_history(f"The station's code is 4711. {_PADDING}"), tools=_TOOLS)
    if said_no := failure(longer):
        return said_no
    more = longer.counts.get("prompt", 0) - answer.counts.get("prompt", 0)
    return by_effect(more >= 20, "the result is read, though not used", f"the result is not used: {shown(text)}")


def _history(result: str) -> list[Mapping[str, Any]]:
    call = {"id": "call_1", "type": "function", "function": {"name": _NAME, "arguments": '{"city": "Paris"}'}}
    return [
        {"role": "user", "content": "Which code does the weather station in Paris have? Use the tool."},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": result},
    ]


def _called(answer: Exchange, least: int, otherwise: str) -> Finding:
    calls = answer.answer.tool_calls if answer.answer else ()
    if len(calls) < least:
        text = answer.answer.text if answer.answer else ""
        return ignored(f"{otherwise}: {shown(text)}")
    for call in calls:
        try:
            arguments = json.loads(call["arguments"])
        except ValueError:
            return broken(f"the arguments are not JSON: {shown(call['arguments'])}")
        if call["name"] != _NAME or not isinstance(arguments, dict):
            return broken(f"it calls {shown(call['name'])} with {shown(call['arguments'])}")
        if not call["id"]:
            return broken("a call has no id, so that no result can be handed back")
    return supported(f"{len(calls)} call{'s' if len(calls) > 1 else ''}: {shown(calls[0]['arguments'])}")

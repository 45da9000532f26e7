"""Anthropic's Messages: https://platform.claude.com/docs/en/api/messages."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from kit.client.bodies.conversion import AFFAIRS, Conversion, data_url, effort, from_data_url, json_text, moved, text_of

__all__ = ["from_chat", "is_body", "to_chat"]

_SAME = {"temperature": "temperature", "top_p": "top_p", "max_tokens": "max_tokens", "stop_sequences": "stop"}
_CHOICES = {"auto": "auto", "any": "required", "none": "none"}
_OWN = ("system", "stop_sequences", "anthropic_version", "thinking", "mcp_servers", "container", "top_k", "betas")
_BLOCKS = ("tool_use", "tool_result", "image", "document", "thinking", "redacted_thinking", "search_result")
_READ = frozenset({*_SAME, "messages", "system", "tools", "tool_choice", "thinking", "output_format", "output_config"})
_ASKS = frozenset({"mcp_servers", "container"})
"""Parameters that give the model more to work with than a chat completion can."""


def is_body(body: Mapping[str, Any]) -> bool:
    """True for what only a body of this protocol holds; one that could be either is the same in both."""
    messages = body.get("messages")
    if not isinstance(messages, list):
        return False
    tools = [tool for tool in body.get("tools") or () if isinstance(tool, Mapping)]
    if any(name in body for name in _OWN) or any("input_schema" in tool for tool in tools):
        return True
    blocks = (block for message in messages if isinstance(message, Mapping) and isinstance(message.get("content"), list)
              for block in message["content"] if isinstance(block, Mapping))  # fmt: skip
    return any(block.get("type") in _BLOCKS for block in blocks)


def to_chat(body: Mapping[str, Any]) -> Conversion:
    """Convert a Messages body to a chat completion."""
    conversion = Conversion(moved(body, _SAME))
    messages: list[dict[str, Any]] = []
    if body.get("system"):
        messages.append({"role": "system", "content": _system(body["system"], conversion)})
    for message in body["messages"]:
        messages += _messages(message, conversion)
    if messages and messages[-1]["role"] == "assistant":
        conversion.lose("a beginning of the answer, which other models may not go on from")
    conversion.body["messages"] = messages
    if tools := _tools(body.get("tools") or (), conversion):
        conversion.body["tools"] = tools
    _choice(body.get("tool_choice"), conversion)
    _thinking(body.get("thinking"), conversion)
    form = body.get("output_format") or (body.get("output_config") or {}).get("format")
    if form and form.get("type") == "json_schema":
        conversion.body["response_format"] = {
            "type": "json_schema", "json_schema": {"name": "answer", "schema": form.get("schema"), "strict": True},
        }  # fmt: skip
    if level := (body.get("output_config") or {}).get("effort"):
        conversion.body["reasoning_effort"] = {"max": "high", "xhigh": "high"}.get(level, level)
    for name in body:
        if name not in _READ and name not in AFFAIRS:
            (conversion.miss if name in _ASKS else conversion.lose)(name)
    return conversion


def from_chat(body: Mapping[str, Any]) -> Conversion:
    """Convert a chat completion to a Messages body."""
    conversion = Conversion(moved(body, {new: old for old, new in _SAME.items()}))
    if "max_completion_tokens" in body:
        conversion.body["max_tokens"] = body["max_completion_tokens"]
    if isinstance(conversion.body.get("stop_sequences"), str):
        conversion.body["stop_sequences"] = [conversion.body["stop_sequences"]]
    messages: list[dict[str, Any]] = []
    for message in body["messages"]:
        if message["role"] in ("system", "developer"):
            systems = (conversion.body.get("system"), _plain(message["content"]))
            conversion.body["system"] = "\n\n".join(filter(None, systems))
            continue
        role, blocks = _blocks(message, conversion)
        if messages and messages[-1]["role"] == role:
            messages[-1]["content"] += blocks
        else:
            messages.append({"role": role, "content": blocks})
    conversion.body["messages"] = messages
    if body.get("tools"):
        conversion.body["tools"] = [
            {"name": tool["function"]["name"], "description": tool["function"].get("description", ""),
             "input_schema": tool["function"].get("parameters") or {"type": "object"}} for tool in body["tools"]
        ]  # fmt: skip
    if choice := body.get("tool_choice"):
        names = {new: old for old, new in _CHOICES.items()}
        named = {"type": "tool", "name": choice["function"]["name"]} if isinstance(choice, Mapping) else None
        conversion.body["tool_choice"] = named or {"type": names[choice]}
    form = body.get("response_format") or {}
    if form.get("type") == "json_schema":
        conversion.body["output_format"] = {"type": "json_schema", "schema": form["json_schema"].get("schema")}
    elif form.get("type") == "json_object":
        conversion.lose("response_format of json_object")
    return conversion


def _system(system: Any, conversion: Conversion) -> str:
    if isinstance(system, str):
        return system
    _cached(system, conversion)
    return "\n\n".join(str(block.get("text", "")) for block in system)


def _messages(message: Mapping[str, Any], conversion: Conversion) -> list[dict[str, Any]]:
    """The chat messages of one turn: results of tools come first, as they answer the turn before."""
    content, role = message.get("content"), message["role"]
    if not isinstance(content, list):
        return [{"role": role, "content": content}]
    _cached(content, conversion)
    parts: list[dict[str, Any]] = []
    calls, results, pictures = [], [], []
    for block in content:
        kind = block.get("type")
        if kind == "tool_use":
            arguments = json.dumps(block.get("input") or {}, ensure_ascii=False)
            function = {"name": block["name"], "arguments": arguments}
            calls.append({"id": block["id"], "type": "function", "function": function})
        elif kind == "tool_result":
            inside = _result(block, conversion)
            results.append({"role": "tool", "tool_call_id": block["tool_use_id"], "content": text_of(inside)})
            pictures += [part for part in inside if part["type"] != "text"]
        else:
            parts += _parts(block, conversion)
    if pictures:
        conversion.lose("pictures in a tool's result, which follow in a message of their own")
    all_parts = [*pictures, *parts]
    plain: Any = text_of(all_parts) if all(part["type"] == "text" for part in all_parts) else all_parts
    if calls:
        return [*results, {"role": role, "content": plain or None, "tool_calls": calls}]
    return [*results, {"role": role, "content": plain}] if all_parts or not results else results


def _result(block: Mapping[str, Any], conversion: Conversion) -> list[dict[str, Any]]:
    content = block.get("content") or ""
    inside = [{"type": "text", "text": content}] if isinstance(content, str) else [
        part for part_block in content for part in _parts(part_block, conversion)]  # fmt: skip
    if block.get("is_error"):
        conversion.lose("the mark of a tool's result as an error, now a word")
        inside.insert(0, {"type": "text", "text": "Error:"})
    return inside


def _parts(block: Mapping[str, Any], conversion: Conversion) -> list[dict[str, Any]]:
    """The chat parts of one block that is neither a call nor a result."""
    kind, source = block.get("type"), block.get("source") or {}
    if kind == "text":
        return [{"type": "text", "text": block.get("text", "")}]
    if kind == "image" and source.get("type") == "base64":
        return [{"type": "image_url", "image_url": {"url": data_url(source["media_type"], source["data"])}}]
    if kind == "image" and source.get("type") == "url":
        return [{"type": "image_url", "image_url": {"url": source["url"]}}]
    if kind == "document" and source.get("type") == "text":
        conversion.lose("the mark of a document, now text")
        return [{"type": "text", "text": source.get("data", "")}]
    if kind in ("thinking", "redacted_thinking"):
        conversion.lose("thinking of earlier turns, which only its model reads")
        return []
    conversion.miss(f"{kind} of {source.get('type')}" if source else str(kind))
    return []


def _tools(tools: Sequence[Mapping[str, Any]], conversion: Conversion) -> list[dict[str, Any]]:
    _cached(tools, conversion)
    converted = []
    for tool in tools:
        if "input_schema" in tool:
            described = {"description": tool["description"]} if tool.get("description") else {}
            function = {"name": tool["name"], **described, "parameters": tool["input_schema"]}
            converted.append({"type": "function", "function": function})
        else:
            conversion.miss(f"the provider's own tool {tool.get('type') or tool.get('name')}")
    return converted


def _choice(choice: Mapping[str, Any] | None, conversion: Conversion) -> None:
    if not choice:
        return
    if choice.get("disable_parallel_tool_use"):
        conversion.body["parallel_tool_calls"] = False
    named = {"type": "function", "function": {"name": choice.get("name")}}
    kind = str(choice.get("type"))
    conversion.body["tool_choice"] = named if kind == "tool" else _CHOICES.get(kind, "auto")


def _thinking(thinking: Mapping[str, Any] | None, conversion: Conversion) -> None:
    if thinking and thinking.get("type") == "enabled":
        conversion.body["reasoning_effort"] = effort(int(thinking.get("budget_tokens") or 8_192))
        conversion.lose("a budget of thinking tokens, now an effort")
    elif thinking and thinking.get("type") == "adaptive":
        conversion.lose("adaptive thinking, left to the model")


def _cached(blocks: Sequence[Any], conversion: Conversion) -> None:
    if any(isinstance(block, Mapping) and "cache_control" in block for block in blocks):
        conversion.lose("marks of what to cache")


def _plain(content: Any) -> str:
    return content if isinstance(content, str) else text_of(content or ())


def _blocks(message: Mapping[str, Any], conversion: Conversion) -> tuple[str, list[dict[str, Any]]]:
    """The role and blocks of one chat message."""
    content = message.get("content")
    if message["role"] == "tool":
        result = {"type": "tool_result", "tool_use_id": message["tool_call_id"], "content": _plain(content)}
        return "user", [result]
    parts: Any = [{"type": "text", "text": content}] if isinstance(content, str) and content else content or []
    blocks: list[dict[str, Any]] = []
    for part in parts:
        if part.get("type") == "text":
            blocks.append({"type": "text", "text": part["text"]})
        elif part.get("type") == "image_url":
            source = {"type": "url", "url": part["image_url"]["url"]}
            if inline := from_data_url(source["url"]):
                source = {"type": "base64", "media_type": inline[0], "data": inline[1]}
            blocks.append({"type": "image", "source": source})
        else:
            conversion.miss(str(part.get("type")))
    for call in message.get("tool_calls") or ():
        function = call["function"]
        arguments = json.loads(json_text(function.get("arguments") or "{}"))
        blocks.append({"type": "tool_use", "id": call["id"], "name": function["name"], "input": arguments})
    return message["role"], blocks

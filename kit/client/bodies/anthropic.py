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
    made = Conversion(moved(body, _SAME))
    messages: list[dict[str, Any]] = []
    if body.get("system"):
        messages.append({"role": "system", "content": _system(body["system"], made)})
    for message in body["messages"]:
        messages += _messages(message, made)
    if messages and messages[-1]["role"] == "assistant":
        made.lose("a beginning of the answer, which other models may not go on from")
    made.body["messages"] = messages
    if tools := _tools(body.get("tools") or (), made):
        made.body["tools"] = tools
    _choice(body.get("tool_choice"), made)
    _thinking(body.get("thinking"), made)
    form = body.get("output_format") or (body.get("output_config") or {}).get("format")
    if form and form.get("type") == "json_schema":
        made.body["response_format"] = {
            "type": "json_schema", "json_schema": {"name": "answer", "schema": form.get("schema"), "strict": True},
        }  # fmt: skip
    if level := (body.get("output_config") or {}).get("effort"):
        made.body["reasoning_effort"] = {"max": "high", "xhigh": "high"}.get(level, level)
    for name in body:
        if name not in _READ and name not in AFFAIRS:
            (made.miss if name in _ASKS else made.lose)(name)
    return made


def from_chat(body: Mapping[str, Any]) -> Conversion:
    """Convert a chat completion to a Messages body."""
    made = Conversion(moved(body, {new: old for old, new in _SAME.items()}))
    if "max_completion_tokens" in body:
        made.body["max_tokens"] = body["max_completion_tokens"]
    if isinstance(made.body.get("stop_sequences"), str):
        made.body["stop_sequences"] = [made.body["stop_sequences"]]
    turns: list[dict[str, Any]] = []
    for message in body["messages"]:
        if message["role"] in ("system", "developer"):
            made.body["system"] = "\n\n".join(filter(None, (made.body.get("system"), _plain(message["content"]))))
            continue
        role, blocks = _blocks(message, made)
        if turns and turns[-1]["role"] == role:
            turns[-1]["content"] += blocks
        else:
            turns.append({"role": role, "content": blocks})
    made.body["messages"] = turns
    if body.get("tools"):
        made.body["tools"] = [
            {"name": tool["function"]["name"], "description": tool["function"].get("description", ""),
             "input_schema": tool["function"].get("parameters") or {"type": "object"}} for tool in body["tools"]
        ]  # fmt: skip
    if choice := body.get("tool_choice"):
        names = {new: old for old, new in _CHOICES.items()}
        named = {"type": "tool", "name": choice["function"]["name"]} if isinstance(choice, Mapping) else None
        made.body["tool_choice"] = named or {"type": names[choice]}
    form = body.get("response_format") or {}
    if form.get("type") == "json_schema":
        made.body["output_format"] = {"type": "json_schema", "schema": form["json_schema"].get("schema")}
    elif form.get("type") == "json_object":
        made.lose("response_format of json_object")
    return made


def _system(system: Any, made: Conversion) -> str:
    if isinstance(system, str):
        return system
    _cached(system, made)
    return "\n\n".join(str(block.get("text", "")) for block in system)


def _messages(message: Mapping[str, Any], made: Conversion) -> list[dict[str, Any]]:
    """The chat messages of one turn: results of tools come first, as they answer the turn before."""
    content, role = message.get("content"), message["role"]
    if not isinstance(content, list):
        return [{"role": role, "content": content}]
    _cached(content, made)
    parts: list[dict[str, Any]] = []
    calls, results, pictures = [], [], []
    for block in content:
        kind = block.get("type")
        if kind == "tool_use":
            arguments = json.dumps(block.get("input") or {}, ensure_ascii=False)
            function = {"name": block["name"], "arguments": arguments}
            calls.append({"id": block["id"], "type": "function", "function": function})
        elif kind == "tool_result":
            inside = _result(block, made)
            results.append({"role": "tool", "tool_call_id": block["tool_use_id"], "content": text_of(inside)})
            pictures += [part for part in inside if part["type"] != "text"]
        else:
            parts += _parts(block, made)
    if pictures:
        made.lose("pictures in a tool's result, which follow in a message of their own")
    said = [*pictures, *parts]
    plain: Any = text_of(said) if all(part["type"] == "text" for part in said) else said
    if calls:
        return [*results, {"role": role, "content": plain or None, "tool_calls": calls}]
    return [*results, {"role": role, "content": plain}] if said or not results else results


def _result(block: Mapping[str, Any], made: Conversion) -> list[dict[str, Any]]:
    content = block.get("content") or ""
    inside = [{"type": "text", "text": content}] if isinstance(content, str) else [
        part for one in content for part in _parts(one, made)]  # fmt: skip
    if block.get("is_error"):
        made.lose("the mark of a tool's result as an error, now a word")
        inside.insert(0, {"type": "text", "text": "Error:"})
    return inside


def _parts(block: Mapping[str, Any], made: Conversion) -> list[dict[str, Any]]:
    """The chat parts of one block that is neither a call nor a result."""
    kind, source = block.get("type"), block.get("source") or {}
    if kind == "text":
        return [{"type": "text", "text": block.get("text", "")}]
    if kind == "image" and source.get("type") == "base64":
        return [{"type": "image_url", "image_url": {"url": data_url(source["media_type"], source["data"])}}]
    if kind == "image" and source.get("type") == "url":
        return [{"type": "image_url", "image_url": {"url": source["url"]}}]
    if kind == "document" and source.get("type") == "text":
        made.lose("the mark of a document, now text")
        return [{"type": "text", "text": source.get("data", "")}]
    if kind in ("thinking", "redacted_thinking"):
        made.lose("thinking of earlier turns, which only its model reads")
        return []
    made.miss(f"{kind} of {source.get('type')}" if source else str(kind))
    return []


def _tools(tools: Sequence[Mapping[str, Any]], made: Conversion) -> list[dict[str, Any]]:
    _cached(tools, made)
    converted = []
    for tool in tools:
        if "input_schema" in tool:
            described = {"description": tool["description"]} if tool.get("description") else {}
            function = {"name": tool["name"], **described, "parameters": tool["input_schema"]}
            converted.append({"type": "function", "function": function})
        else:
            made.miss(f"the provider's own tool {tool.get('type') or tool.get('name')}")
    return converted


def _choice(choice: Mapping[str, Any] | None, made: Conversion) -> None:
    if not choice:
        return
    if choice.get("disable_parallel_tool_use"):
        made.body["parallel_tool_calls"] = False
    named = {"type": "function", "function": {"name": choice.get("name")}}
    made.body["tool_choice"] = named if choice.get("type") == "tool" else _CHOICES.get(str(choice.get("type")), "auto")


def _thinking(thinking: Mapping[str, Any] | None, made: Conversion) -> None:
    if thinking and thinking.get("type") == "enabled":
        made.body["reasoning_effort"] = effort(int(thinking.get("budget_tokens") or 8_192))
        made.lose("a budget of thinking tokens, now an effort")
    elif thinking and thinking.get("type") == "adaptive":
        made.lose("adaptive thinking, left to the model")


def _cached(blocks: Sequence[Any], made: Conversion) -> None:
    if any(isinstance(block, Mapping) and "cache_control" in block for block in blocks):
        made.lose("marks of what to cache")


def _plain(content: Any) -> str:
    return content if isinstance(content, str) else text_of(content or ())


def _blocks(message: Mapping[str, Any], made: Conversion) -> tuple[str, list[dict[str, Any]]]:
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
            made.miss(str(part.get("type")))
    for call in message.get("tool_calls") or ():
        function = call["function"]
        given = json.loads(json_text(function.get("arguments") or "{}"))
        blocks.append({"type": "tool_use", "id": call["id"], "name": function["name"], "input": given})
    return message["role"], blocks

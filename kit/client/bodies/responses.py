"""OpenAI's Responses: https://platform.openai.com/docs/api-reference/responses/create."""

from collections.abc import Mapping
from typing import Any

from kit.client.bodies.conversion import AFFAIRS, Conversion, json_text, moved, text_of

__all__ = ["from_chat", "is_body", "to_chat"]

_SAME = {
    "temperature": "temperature", "top_p": "top_p", "max_output_tokens": "max_tokens", "seed": "seed",
    "parallel_tool_calls": "parallel_tool_calls",
}  # fmt: skip
_READ = frozenset({*_SAME, "input", "instructions", "tools", "tool_choice", "text", "reasoning"})
_ELSEWHERE: Mapping[str, Any] = {"previous_response_id": str, "conversation": (str, Mapping), "prompt": Mapping}
"""Parameters that stand for content which only the provider has -> their types; `prompt` is a text elsewhere."""


def is_body(body: Mapping[str, Any]) -> bool:
    """True for a body with `input` or content kept by the provider, and without messages."""
    stored = any(isinstance(body.get(name), kind) for name, kind in _ELSEWHERE.items())
    return "messages" not in body and ("input" in body or stored)


def to_chat(body: Mapping[str, Any]) -> Conversion:
    """Convert a Responses body to a chat completion."""
    conversion = Conversion(moved(body, _SAME))
    messages: list[dict[str, Any]] = []
    if body.get("instructions"):
        messages.append({"role": "system", "content": body["instructions"]})
    items = body.get("input") or []
    for item in [{"role": "user", "content": items}] if isinstance(items, str) else items:
        _add(messages, item, conversion)
    conversion.body["messages"] = messages
    tools = [tool for tool in (_tool(tool, conversion) for tool in body.get("tools") or ()) if tool]
    if tools:
        conversion.body["tools"] = tools
    if choice := body.get("tool_choice"):
        named = isinstance(choice, Mapping) and choice.get("type") == "function"
        conversion.body["tool_choice"] = {"type": "function", "function": {"name": choice["name"]}} if named else choice
        if isinstance(choice, Mapping) and not named:
            conversion.miss(f"tool_choice of {choice.get('type')}")
    _form(body.get("text") or {}, conversion)
    if level := (body.get("reasoning") or {}).get("effort"):
        conversion.body["reasoning_effort"] = level
    for name in _ELSEWHERE:
        if body.get(name):
            conversion.miss(f"{name}, which only the provider has")
    for name in body:
        if name not in _READ and name not in _ELSEWHERE and name not in AFFAIRS:
            conversion.lose(name)
    return conversion


def from_chat(body: Mapping[str, Any]) -> Conversion:
    """Convert a chat completion to a Responses body."""
    conversion = Conversion(moved(body, {new: old for old, new in _SAME.items()}))
    if "max_completion_tokens" in body:
        conversion.body["max_output_tokens"] = body["max_completion_tokens"]
    items: list[dict[str, Any]] = []
    for message in body["messages"]:
        if message["role"] == "tool":
            output = message["content"] if isinstance(message["content"], str) else text_of(message["content"])
            items.append({"type": "function_call_output", "call_id": message["tool_call_id"], "output": output})
            continue
        if message.get("content"):
            items.append({"role": message["role"], "content": _back(message, conversion)})
        items += [
            {"type": "function_call", "call_id": call["id"], "name": call["function"]["name"],
             "arguments": call["function"]["arguments"]} for call in message.get("tool_calls") or ()
        ]  # fmt: skip
    conversion.body["input"] = items
    if body.get("tools"):
        conversion.body["tools"] = [{"type": "function", **tool["function"]} for tool in body["tools"]]
    if choice := body.get("tool_choice"):
        named = isinstance(choice, Mapping)
        conversion.body["tool_choice"] = {"type": "function", "name": choice["function"]["name"]} if named else choice
    if form := body.get("response_format"):
        flat = {"type": "json_schema", **form["json_schema"]} if form["type"] == "json_schema" else dict(form)
        conversion.body["text"] = {"format": flat}
    if body.get("reasoning_effort"):
        conversion.body["reasoning"] = {"effort": body["reasoning_effort"]}
    if body.get("stop"):
        conversion.lose("stop sequences")
    return conversion


def _add(messages: list[dict[str, Any]], item: Mapping[str, Any], conversion: Conversion) -> None:
    kind = item.get("type", "message")
    if kind == "message":
        role = "system" if item["role"] == "developer" else item["role"]
        messages.append({"role": role, "content": _content(item.get("content"), conversion)})
    elif kind == "function_call":
        call = {"id": item["call_id"], "type": "function",
                "function": {"name": item["name"], "arguments": json_text(item.get("arguments") or "{}")}}  # fmt: skip
        if not (messages and messages[-1]["role"] == "assistant"):
            messages.append({"role": "assistant", "content": None})
        messages[-1].setdefault("tool_calls", []).append(call)
    elif kind == "function_call_output":
        output = item.get("output")
        content = _content(output, conversion) if isinstance(output, list) else json_text(output)
        messages.append({"role": "tool", "tool_call_id": item["call_id"], "content": content})
    elif kind == "reasoning":
        conversion.lose("reasoning of earlier turns, which only its model reads")
    else:
        conversion.miss(kind)


def _content(content: Any, conversion: Conversion) -> Any:
    if not isinstance(content, list):
        return content
    parts: list[dict[str, Any]] = []
    for part in content:
        kind = part.get("type")
        if kind in ("input_text", "output_text", "text"):
            parts.append({"type": "text", "text": part.get("text", "")})
        elif kind == "refusal":
            parts.append({"type": "text", "text": part.get("refusal", "")})
        elif kind == "input_image" and part.get("image_url"):
            detail = {"detail": part["detail"]} if part.get("detail") else {}
            parts.append({"type": "image_url", "image_url": {"url": part["image_url"], **detail}})
        else:
            conversion.miss(f"{kind}{' kept by the provider' if part.get('file_id') else ''}")
    return text_of(parts) if all(part["type"] == "text" for part in parts) else parts


def _tool(tool: Mapping[str, Any], conversion: Conversion) -> dict[str, Any] | None:
    if tool.get("type") != "function":
        conversion.miss(f"the provider's own tool {tool.get('type')}")
        return None
    if "function" in tool:  # as in a chat completion
        return dict(tool)
    names = ("name", "description", "parameters", "strict")
    return {"type": "function", "function": {name: tool[name] for name in names if tool.get(name) is not None}}


def _form(text: Mapping[str, Any], conversion: Conversion) -> None:
    form = text.get("format") or {}
    if form.get("type") == "json_schema":
        schema = {name: value for name, value in form.items() if name != "type" and value is not None}
        conversion.body["response_format"] = {"type": "json_schema", "json_schema": schema}
    elif form.get("type") == "json_object":
        conversion.body["response_format"] = {"type": "json_object"}
    if text.get("verbosity"):
        conversion.lose("verbosity")


def _back(message: Mapping[str, Any], conversion: Conversion) -> Any:
    content = message["content"]
    if isinstance(content, str):
        return content
    kind = "output_text" if message["role"] == "assistant" else "input_text"
    parts = []
    for part in content:
        if part.get("type") == "text":
            parts.append({"type": kind, "text": part["text"]})
        elif part.get("type") == "image_url":
            parts.append({"type": "input_image", "image_url": part["image_url"]["url"]})
        else:
            conversion.miss(str(part.get("type")))
    return parts

"""Gemini's generateContent: https://ai.google.dev/api/generate-content; keys in camel or snake case."""

import json
import re
from collections.abc import Mapping
from typing import Any

from kit.client.bodies.conversion import AFFAIRS, Conversion, data_url, effort, from_data_url, json_text, moved, text_of

__all__ = ["from_chat", "is_body", "to_chat"]

_SAME = {
    "temperature": "temperature", "topP": "top_p", "maxOutputTokens": "max_tokens", "stopSequences": "stop",
    "seed": "seed", "presencePenalty": "presence_penalty", "frequencyPenalty": "frequency_penalty",
}  # fmt: skip
_MODES = {"AUTO": "auto", "ANY": "required", "NONE": "none", "VALIDATED": "auto"}
_READ = frozenset({"contents", "systemInstruction", "tools", "toolConfig", "generationConfig", "model"})
_FORMS = frozenset({"responseMimeType", "responseSchema", "responseJsonSchema", "thinkingConfig", "candidateCount"})
_AS_IS = frozenset({"args", "response", "parameters", "parametersJsonSchema", "responseSchema", "responseJsonSchema"})
"""Keys below which names are the user's own."""


def is_body(body: Mapping[str, Any]) -> bool:
    """True for a body with `contents`."""
    return "contents" in body


def to_chat(body: Mapping[str, Any]) -> Conversion:
    """Convert a generateContent body to a chat completion."""
    body = _camel(body)
    settings = body.get("generationConfig") or body.get("config") or {}
    conversion = Conversion(moved(settings, _SAME))
    messages: list[dict[str, Any]] = []
    if system := body.get("systemInstruction") or settings.get("systemInstruction"):
        parts = [{"text": system}] if isinstance(system, str) else system.get("parts") or []
        messages.append({"role": "system", "content": "\n\n".join(str(part.get("text", "")) for part in parts)})
    contents = body["contents"]
    content_list = [contents] if isinstance(contents, (str, Mapping)) else contents
    calls: dict[str, list[str]] = {}
    for content in content_list:
        spelled = {"role": "user", "parts": [{"text": content}]} if isinstance(content, str) else content
        messages += _messages(spelled, calls, conversion)
    conversion.body["messages"] = messages
    _tools(body.get("tools") or settings.get("tools") or (), conversion)
    _choice(body.get("toolConfig") or settings.get("toolConfig") or {}, conversion)
    _form(settings, conversion)
    _thinking(settings.get("thinkingConfig") or {}, conversion)
    if body.get("cachedContent"):
        conversion.miss("cachedContent, which only the provider has")
    for name in sorted({*body} - _READ - AFFAIRS - {"cachedContent", "config"}):
        conversion.lose(name)
    for name in sorted({*settings} - {*_SAME} - _FORMS - _READ):
        conversion.lose(name)
    return conversion


def from_chat(body: Mapping[str, Any]) -> Conversion:
    """Convert a chat completion to a generateContent body."""
    conversion, contents, names = Conversion(), list[dict[str, Any]](), dict[str, str]()
    settings = moved(body, {new: old for old, new in _SAME.items()})
    if isinstance(settings.get("stopSequences"), str):
        settings["stopSequences"] = [settings["stopSequences"]]
    system = []
    for message in body["messages"]:
        if message["role"] in ("system", "developer"):
            system.append(message["content"] if isinstance(message["content"], str) else text_of(message["content"]))
            continue
        role, parts = _back(message, names, conversion)
        if contents and contents[-1]["role"] == role:
            contents[-1]["parts"] += parts
        else:
            contents.append({"role": role, "parts": parts})
    conversion.body["contents"] = contents
    if system:
        conversion.body["systemInstruction"] = {"parts": [{"text": "\n\n".join(system)}]}
    if body.get("tools"):
        conversion.body["tools"] = [{"functionDeclarations": [
            {name: value for name, value in tool["function"].items() if name != "strict"} for tool in body["tools"]]}]
    if choice := body.get("tool_choice"):
        modes = {"auto": "AUTO", "required": "ANY", "none": "NONE"}
        how: dict[str, Any] = {"mode": "ANY"} if isinstance(choice, Mapping) else {"mode": modes[choice]}
        if isinstance(choice, Mapping):
            how["allowedFunctionNames"] = [choice["function"]["name"]]
        conversion.body["toolConfig"] = {"functionCallingConfig": how}
    form = body.get("response_format") or {}
    if form.get("type") in ("json_object", "json_schema"):
        settings["responseMimeType"] = "application/json"
        if form["type"] == "json_schema":
            settings["responseJsonSchema"] = form["json_schema"].get("schema")
    if settings:
        conversion.body["generationConfig"] = settings
    return conversion


def _camel(value: Any) -> Any:
    """Keys in camel case, but for names that are the user's own."""
    if isinstance(value, list):
        return [_camel(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    named = {re.sub(r"_([a-z])", lambda mark: mark[1].upper(), key): part for key, part in value.items()}
    return {key: part if key in _AS_IS else _camel(part) for key, part in named.items()}


def _messages(turn: Mapping[str, Any], calls: dict[str, list[str]], conversion: Conversion) -> list[dict[str, Any]]:
    """The chat messages of one turn.

    Args:
        calls: A tool's name -> ids of calls that have no result yet; Gemini pairs calls and results by name.
    """
    role = "assistant" if turn.get("role") == "model" else "user"
    parts, results, made_calls = list[dict[str, Any]](), list[dict[str, Any]](), list[dict[str, Any]]()
    for part in turn.get("parts") or ():
        if part.get("thought"):
            conversion.lose("thinking of earlier turns, which only its model reads")
        elif "text" in part:
            parts.append({"type": "text", "text": part["text"]})
        elif picture := _picture(part):
            parts.append(picture)
        elif call := part.get("functionCall"):
            waiting = calls.setdefault(call["name"], [])
            place = sum(map(len, calls.values()))
            waiting.append(call.get("id") or f"call_{call['name']}_{place}")
            arguments = json.dumps(call.get("args") or {}, ensure_ascii=False)
            made_calls.append({"id": waiting[-1], "type": "function",
                               "function": {"name": call["name"], "arguments": arguments}})  # fmt: skip
        elif result := part.get("functionResponse"):
            waiting = calls.get(result["name"]) or [result.get("id") or f"call_{result['name']}"]
            text = json_text(result.get("response"))
            results.append({"role": "tool", "tool_call_id": waiting.pop(0), "content": text})
        else:
            conversion.miss(_named(part))
    content: Any = text_of(parts) if all(part["type"] == "text" for part in parts) else parts
    if made_calls:
        return [{"role": role, "content": content or None, "tool_calls": made_calls}]
    return [*results, {"role": role, "content": content}] if parts or not results else results


def _picture(part: Mapping[str, Any]) -> dict[str, Any] | None:
    inline, file = part.get("inlineData") or {}, part.get("fileData") or {}
    if _is_image(inline):
        return {"type": "image_url", "image_url": {"url": data_url(inline["mimeType"], inline["data"])}}
    uri = str(file.get("fileUri", ""))
    public = uri.startswith("https://") and "generativelanguage" not in uri  # Google keeps the other ones
    return {"type": "image_url", "image_url": {"url": uri}} if public and _is_image(file) else None


def _is_image(source: Mapping[str, Any]) -> bool:
    return str(source.get("mimeType")).startswith("image/")


def _named(part: Mapping[str, Any]) -> str:
    name = next(iter(part), "an empty part")
    kind = (part.get(name) or {}).get("mimeType") if isinstance(part.get(name), Mapping) else None
    return f"{name} of {kind}" if kind else name


def _tools(tools: Any, conversion: Conversion) -> None:
    converted = []
    for tool in tools:
        for declared in tool.get("functionDeclarations") or ():
            schema = declared.get("parametersJsonSchema") or _schema(declared.get("parameters") or {"type": "object"})
            described = {"description": declared["description"]} if declared.get("description") else {}
            converted.append({"type": "function",
                              "function": {"name": declared["name"], **described, "parameters": schema}})  # fmt: skip
        for name in tool:
            if name != "functionDeclarations":
                conversion.miss(f"the provider's own tool {name}")
    if converted:
        conversion.body["tools"] = converted


def _choice(settings: Mapping[str, Any], conversion: Conversion) -> None:
    calling = settings.get("functionCallingConfig") or {}
    names = calling.get("allowedFunctionNames") or []
    if len(names) == 1 and calling.get("mode") == "ANY":
        conversion.body["tool_choice"] = {"type": "function", "function": {"name": names[0]}}
    elif calling.get("mode"):
        conversion.body["tool_choice"] = _MODES.get(str(calling["mode"]).upper(), "auto")
        if names:
            conversion.lose("the names of the tools that may be called")


def _form(settings: Mapping[str, Any], conversion: Conversion) -> None:
    own = settings.get("responseSchema")
    schema = settings.get("responseJsonSchema") or (own and _schema(own))
    if schema:
        named = {"name": "answer", "schema": schema}
        conversion.body["response_format"] = {"type": "json_schema", "json_schema": named}
    elif settings.get("responseMimeType") == "application/json":
        conversion.body["response_format"] = {"type": "json_object"}
    elif settings.get("responseMimeType") not in (None, "text/plain"):
        conversion.lose(f"responseMimeType {settings['responseMimeType']}")


def _thinking(thinking: Mapping[str, Any], conversion: Conversion) -> None:
    if thinking.get("thinkingLevel"):
        conversion.body["reasoning_effort"] = str(thinking["thinkingLevel"]).lower()
    elif (budget := thinking.get("thinkingBudget")) is not None and int(budget) >= 0:
        conversion.body["reasoning_effort"] = effort(int(budget))
        conversion.lose("a budget of thinking tokens, now an effort")


def _schema(value: Any) -> Any:
    """A schema in JSON Schema's own words: types in small letters, `nullable` as a type."""
    if isinstance(value, list):
        return [_schema(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    conversion: dict[str, Any] = {}
    for key, part in value.items():
        if key in ("properties", "$defs"):
            conversion[key] = {name: _schema(inside) for name, inside in part.items()}
        elif key in ("items", "anyOf"):
            conversion[key] = _schema(part)
        elif key not in ("nullable", "propertyOrdering", "property_ordering"):
            conversion[key] = str(part).lower() if key == "type" and isinstance(part, str) else part
    if value.get("nullable") and isinstance(conversion.get("type"), str):
        conversion["type"] = [conversion["type"], "null"]
    return conversion


def _back(
    message: Mapping[str, Any], names: dict[str, str], conversion: Conversion
) -> tuple[str, list[dict[str, Any]]]:
    content: Any = message.get("content")
    parts = list[dict[str, Any]]()
    if message["role"] == "tool":
        text = content if isinstance(content, str) else text_of(content or ())
        try:
            result = json.loads(text)
        except ValueError:
            result = text
        response = result if isinstance(result, dict) else {"result": result}
        called = names.get(message["tool_call_id"], message["tool_call_id"])
        return "user", [{"functionResponse": {"name": called, "response": response}}]
    is_text = isinstance(content, str) and content
    for part in [{"type": "text", "text": content}] if is_text else content or ():
        inline = from_data_url(part["image_url"]["url"]) if part.get("type") == "image_url" else None
        if part.get("type") == "text":
            parts.append({"text": part["text"]})
        elif inline:
            parts.append({"inlineData": {"mimeType": inline[0], "data": inline[1]}})
        elif part.get("type") == "image_url":
            parts.append({"fileData": {"mimeType": "image/*", "fileUri": part["image_url"]["url"]}})
        else:
            conversion.miss(str(part.get("type")))
    for call in message.get("tool_calls") or ():
        names[call["id"]] = call["function"]["name"]
        arguments = json.loads(json_text(call["function"].get("arguments") or "{}"))
        parts.append({"functionCall": {"name": call["function"]["name"], "args": arguments}})
    return "model" if message["role"] == "assistant" else "user", parts

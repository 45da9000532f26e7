"""Form: check that an answer has the format that its request asks for, whatever it says."""

from collections.abc import Mapping
from typing import Any

from kit import client
from kit.client import Request
from kit.replay.outputs import Output, wants_json

__all__ = ["format_error"]


def format_error(request: Request, output: Output) -> str | None:
    """Describe how an answer breaks the format that its request asks for.

    Formats are an object (`response_format` of `json_object`), an object that fits a schema (`json_schema`, checked by
    jsonschema; nothing is fetched), and calls that fit the tools offered. Prose around an object is an error, since a
    service could not parse it; a code fence around it is fine.

    Returns:
        Empty if the format is right; None if the request asked for no format.
    """
    if output.calls:
        return next(filter(None, (_call_error(request, call) for call in output.calls)), "")
    if request.tools and request.parameters.get("tool_choice", "auto") not in ("auto", "none"):
        return "no tool is called"
    if not wants_json(request):
        return None
    reading = client.json_object(output.text)
    if reading.value is None:
        return reading.why
    if reading.why == "in prose":
        return "prose around the object"
    form = request.parameters["response_format"]
    schema = form.get("schema") or (form.get("json_schema") or {}).get("schema")
    return _schema_error(reading.value, schema) if schema else ""


def _call_error(request: Request, call: Mapping[str, Any]) -> str:
    offered = {tool.get("function", {}).get("name"): tool.get("function", {}) for tool in request.tools}
    name = call.get("name")
    if name not in offered:
        return f"calls {name!r}, which is not offered"
    arguments = client.json_object(str(call.get("arguments") or "{}"))
    if arguments.why != "whole" or arguments.value is None:
        return f"arguments of {name}: {arguments.why}"
    return _schema_error(arguments.value, offered[name].get("parameters") or {})


def _schema_error(value: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """Name the part of the schema that an object breaks; the words are the schema's, not the model's."""
    from jsonschema import SchemaError, validators  # late: 0.1 s that only a schema should cost
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    try:
        checker = validators.validator_for(schema, default=validators.validator_for({}))
        checker.check_schema(schema)
        # with a registry of its own, a reference to an address is not fetched
        breaches = checker(schema, registry=Registry()).iter_errors(value)
        first = min(breaches, key=lambda breach: (len(breach.absolute_path), str(breach.json_path)), default=None)
    except SchemaError as error:
        return f"cannot be checked: the schema is none, at {error.json_path}"
    except Unresolvable:
        return "cannot be checked: the schema refers to what is not in it"
    return f"breaks the schema: {first.validator} of {first.json_path}" if first else ""

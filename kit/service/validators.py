"""Checks of an answer: a JSON schema, or anything that can be called with its text."""

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from kit import client
from kit.errors import AskError
from kit.text import plain

__all__ = ["Check", "Invalid", "check"]

Check = Mapping[str, Any] | Callable[[str], Any]
"""A JSON schema; or a callable that takes the text, and raises or returns False if it is not good enough."""

_LONGEST = 200


class Invalid(Exception):  # noqa: N818 (an outcome that is counted, not shown)
    """Why an answer did not pass, in one line."""


def check(validate: Check | None) -> Callable[[str], Any]:
    """One function for any check: it returns the answer's value, or raises `Invalid`.

    Of a schema the value is the JSON that the answer ends on, be it fenced or in prose; of a callable what it returns.

    Raises:
        AskError: If it is neither, or the schema is none.
    """
    if validate is None:
        return lambda text: None
    if isinstance(validate, Mapping):
        return _schema(validate)
    if not callable(validate):
        raise AskError(f"validate: {type(validate).__name__} is neither a JSON schema nor a function of the text")
    return _custom(validate)


def _schema(schema: Mapping[str, Any]) -> Callable[[str], Any]:
    import jsonschema  # which takes a tenth of a second
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    kind = jsonschema.validators.validator_for(schema, default=jsonschema.Draft202012Validator)
    try:
        kind.check_schema(schema)
    except jsonschema.SchemaError as error:
        raise AskError(f"validate: is no JSON schema: {_line(error.json_path)}: {_line(error.message)}") from None
    validator = kind(schema, registry=Registry())  # with a registry of its own, no address is fetched

    def passed(text: str) -> Any:
        value = _json(text)
        try:
            fault = jsonschema.exceptions.best_match(validator.iter_errors(value))
        except (Unresolvable, re.error) as error:
            raise AskError(f"validate: a $ref or pattern of the schema cannot be used: {_line(str(error))}") from None
        if fault:
            raise Invalid(f"{_line(fault.json_path)}: {_line(fault.message)}")
        return value

    return passed


def _json(text: str) -> Any:
    read = client.json_object(text)
    if read.why == "not an object":  # a list, a number, which a schema may ask for
        with suppress(ValueError, RecursionError):
            return json.loads(text)
    if read.value is None:
        raise Invalid(f"no JSON object: {_line(read.why)}")
    return read.value


def _custom(validate: Callable[[str], Any]) -> Callable[[str], Any]:
    def passed(text: str) -> Any:
        try:
            value = validate(text)
        except Exception as error:  # a model can make a check fail in any way
            raise Invalid(_line(f"{type(error).__name__}: {error}")) from None
        if value is False:
            raise Invalid("the check said no")
        return value

    return passed


def _line(text: str) -> str:
    text = plain(" ".join(str(text).split()))
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "..."

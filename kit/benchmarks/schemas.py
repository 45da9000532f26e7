"""JSON schemas: checked when they are read, and never fetched from an address that a file names."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

__all__ = ["schema_fault", "validator"]


def validator(schema: Mapping[str, Any]) -> "Draft202012Validator":
    """Return a validator that resolves references within the schema and opens no connection."""
    # late: it takes 3 s to import where all its formats are installed
    from jsonschema import Draft202012Validator
    from referencing import Registry

    return Draft202012Validator(schema, registry=Registry())


def schema_fault(schema: Mapping[str, Any]) -> str:
    """Describe why a schema cannot be used; empty if it can: it is valid, and each `$ref` leads to a part of it."""
    from jsonschema import Draft202012Validator, SchemaError
    from referencing import Registry
    from referencing.exceptions import Unresolvable
    from referencing.jsonschema import DRAFT202012

    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        return f"{error.json_path}: {error.message}"[:200]
    within = Registry().resolver_with_root(DRAFT202012.create_resource(schema))
    for ref in _references(schema):
        try:
            within.lookup(ref)
        except (Unresolvable, ValueError):
            return f"$ref {ref[:80]!r} leads to no part of the schema; put what it names under $defs"
    return ""


def _references(part: Any) -> list[str]:
    if isinstance(part, Mapping):
        own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
        return own + [ref for inside in part.values() for ref in _references(inside)]
    return [ref for inside in part for ref in _references(inside)] if isinstance(part, list) else []

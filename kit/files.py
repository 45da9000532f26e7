"""Write files whole, beside their place and then moved into it; read YAML strictly, checked by a pydantic model."""

import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

import yaml

from kit.errors import KitError, near_miss

__all__ = ["matching", "read_checked", "read_yaml", "validate", "write_bytes", "write_text"]

_Shape = TypeVar("_Shape")


def matching(path: Path) -> list[Path]:
    """The paths that a path or a pattern such as `logs/*.jsonl` names, sorted; the whole disk is none."""
    whole = Path(os.path.abspath(path))  # noqa: PTH100 - without .., which no pattern matches
    return [] if whole == Path(whole.anchor) else sorted(Path(whole.anchor).glob(str(whole.relative_to(whole.anchor))))


def read_yaml(path: Path) -> Any:
    """Read plain data from a YAML file, in which no key may stand twice.

    Raises:
        ValueError: In one line, whatever keeps the file from being read.
    """
    try:
        return _Loader(path.read_text(encoding="utf-8")).get_single_data()
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ValueError(f"cannot be read: {' '.join(reason.split())}") from None


def read_checked(shape: type[_Shape], path: Path, error: type[KitError], owner: str = "here") -> _Shape:
    """Read a YAML file that a person wrote, and check it by a pydantic model; see `validate`."""
    try:
        data = read_yaml(path)
    except ValueError as fault:
        raise error(f"{path}: {fault}") from None
    return validate(shape, data, str(path), error, owner)


def validate(shape: type[_Shape], data: object, place: str, error: type[KitError], owner: str = "here") -> _Shape:
    """Check plain data by a pydantic model, or by a type made of such models: `dict[str, Model]`.

    Args:
        shape: Models that forbid extra keys, so that a misspelt key is told with the nearest one.
        place: The file, with which each line of an error begins.
        error: The class to raise.
        owner: What the keys are of, as in "'baseln' is not a key of a study".

    Raises:
        error: One line a fault: place, keys that lead there, what was found and what would be right.
    """
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(shape).validate_python(data)
    except ValidationError as caught:
        faults = caught.errors()
        # a key that is misspelt is a key that is missing too, which need not be said
        misspelt = [fault for fault in faults if fault["type"] == "extra_forbidden"]
        raise error("\n".join(_line(shape, place, fault, owner) for fault in misspelt or faults)) from None


def _line(shape: Any, place: str, fault: Mapping[str, Any], owner: str) -> str:
    path = [part for part in fault["loc"] if part != "[key]"]
    kind, text = fault["type"], fault["msg"].removeprefix("Value error, ")
    if kind in ("extra_forbidden", "missing"):
        *path, key = path
        known = f" is not a key {owner}{near_miss(str(key), _keys(shape, path))}"
        text = f"{key!r}{' is missing' if kind == 'missing' else known}"
    elif kind in ("model_type", "model_attributes_type", "dict_type"):
        keys = ", ".join(_keys(shape, path))
        text = f"must have the keys {keys}" if keys else "must have a name on each line, with its keys below it"
    elif kind != "value_error":
        text = f"{fault['input']!r}: {text[0].lower()}{text[1:]}"
    where = ".".join(map(str, path))
    return ": ".join(filter(None, (place, where, text.removeprefix(f"{where}: "))))


def _keys(shape: Any, path: Iterable[str | int]) -> list[str]:
    """The keys that a model takes at a place inside a shape; none where it is not a model's place."""
    for part in path:
        shape = _inner(shape, part)
    shape = _model(shape)
    return [field.alias or name for name, field in getattr(shape, "model_fields", {}).items()]


def _inner(shape: Any, part: str | int) -> Any:
    shape = _model(shape)
    if fields := getattr(shape, "model_fields", {}):
        return next((field.annotation for name, field in fields.items() if part in (name, field.alias)), None)
    return get_args(shape)[-1 if isinstance(part, str) else 0] if get_args(shape) else None


def _model(shape: Any) -> Any:
    """Of a choice such as `Model | None`, or a type with validators, the one that has keys."""
    shape = getattr(shape, "__origin__", shape) if hasattr(shape, "__metadata__") else shape
    if get_origin(shape) in (Union, UnionType):
        choices = get_args(shape)
        return next((choice for choice in choices if hasattr(choice, "model_fields") or get_args(choice)), shape)
    return shape


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc] # libyaml is ten times as fast
    """YAML's own would let the last of two equal keys win, in silence, and ends in a KeyError at `!!bool x`."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (LookupError, ValueError, AttributeError, TypeError, OverflowError):
            kind = node.tag.rpartition(":")[2]
            value = repr(node.value) if isinstance(node, yaml.ScalarNode) else "this"
            fault = f"{value} is not of type {kind}"
            raise yaml.constructor.ConstructorError(None, None, fault, node.start_mark) from None

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        if twice := [key for key in keys if keys.count(key) > 1]:
            raise yaml.constructor.ConstructorError(None, None, f"{twice[0]!r} is given twice", node.start_mark)
        return super().construct_mapping(node, deep)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text so that a crash leaves the old file or the new one, never half of one."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, data: bytes) -> None:
    """Write bytes so that a crash leaves the old file or the new one, never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(draft).chmod(0o644)
        os.replace(draft, path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise

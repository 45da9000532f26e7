"""Labels: what people say is right, by request, from a file."""

import json
from pathlib import Path
from typing import Any

from kit import benchmarks
from kit.errors import ItemError

__all__ = ["labels"]


def labels(file: str) -> dict[str, Any]:
    """Load labels by request: a CSV or JSON Lines file with the columns `request` and `key`.

    A key is the words of the right answer, or an object of the fields that must be in it, in a CSV as JSON.

    Raises:
        ItemError: In one line, if a row lacks one of the two, a key is neither, or a request is labelled twice.
    """
    keys: dict[str, Any] = {}
    for n, row in enumerate(benchmarks.table_rows(Path(file)), start=1):
        request, key = row.get("request"), row.get("key")
        if not isinstance(request, str) or not request.strip():
            raise ItemError(f"{file}: row {n}: no request; a label has a request (its id in the sample) and a key")
        if not isinstance(key, (str, dict)) or not key or not str(key).strip():
            raise ItemError(f"{file}: row {n}: {request}: the key must be words, or an object of fields")
        if request in keys:
            raise ItemError(f"{file}: row {n}: {request} is labelled twice; keep one label of each request")
        keys[request] = _object(key) if isinstance(key, str) else key
    return keys


def _object(key: str) -> Any:
    """An object if the words are one in JSON, else the words."""
    try:
        value = json.loads(key)
    except (ValueError, RecursionError):
        return key
    return value if isinstance(value, dict) else key

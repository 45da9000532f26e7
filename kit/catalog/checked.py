"""Hand-checked models and providers, as dated facts with sources; where sources disagree, all of them are kept.

Read from `data/models.yaml` and `data/providers.yaml`, which a person can edit without reading code.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TypeVar

import yaml

from kit.errors import CatalogError, near_miss
from kit.evidence import Row

__all__ = [
    "STATUSES", "Fact", "Model", "Provider", "Status", "facts", "model", "models", "names", "provider", "providers",
]  # fmt: skip

STATUSES = ("served", "superseded", "deprecated", "retired")
"""What a maker's own API may say of a model, from the best to the worst."""

_DATA = Path(__file__).parents[1] / "data"
_Entry = TypeVar("_Entry")

_UNITS = {"context.tokens": "tokens", "output.max_tokens": "tokens", "access.caveat": "note"}
"""Metric -> unit; all others are yes or no."""


@dataclass(frozen=True)
class Fact:
    """One thing that a source says about a model or a provider, on a date."""

    metric: str
    value: float
    unit: str
    as_of: str
    ref: str
    note: str = ""


@dataclass(frozen=True)
class Status:
    """A model's standing on its maker's own API, since a day: one of STATUSES."""

    value: str
    since: date
    as_of: str
    ref: str
    note: str = ""


@dataclass(frozen=True)
class Model:
    """A model, whoever serves it.

    Attributes:
        maker: The provider that its maker runs.
        origin: `CN` or `US`.
        released: First day on the maker's API; None where no source says.
        list: Entries in the public price list, `provider/model id`, the maker's own first.
        providers: Provider -> what the model is called there.
        status: In time order.
    """

    id: str
    name: str
    maker: str
    origin: str
    released: date | None
    list: tuple[str, ...]
    providers: Mapping[str, str]
    status: tuple[Status, ...]
    facts: tuple[Fact, ...]

    def status_on(self, day: date) -> Status | None:
        """The status that held on a day; None if no source says."""
        return next((status for status in reversed(self.status) if status.since <= day), None)


@dataclass(frozen=True)
class Provider:
    """An OpenAI-compatible base URL, whoever runs it, and the environment variable of its key (None: needs none)."""

    id: str
    name: str
    origin: str
    base_url: str
    key: str | None
    facts: tuple[Fact, ...]


@cache
def models() -> dict[str, Model]:
    """All models of the catalog, by id."""
    return _entries("models.yaml", _model)


@cache
def providers() -> dict[str, Provider]:
    """All providers, by id."""
    return _entries("providers.yaml", _provider)


def names() -> dict[str, str]:
    """Id -> name of all models."""
    return {id: model.name for id, model in models().items()}


def model(id: str) -> Model:
    """One model; an unknown id names the nearest known one in a CatalogError."""
    if id not in models():
        raise CatalogError(f"{id!r} is not a model in the catalog{near_miss(id, models())}")
    return models()[id]


def provider(id: str) -> Provider:
    """One provider; an unknown id names the nearest known one in a CatalogError."""
    if id not in providers():
        raise CatalogError(f"{id!r} is not a provider{near_miss(id, providers())}")
    return providers()[id]


def facts(subjects: Sequence[Model | Provider]) -> list[Row]:
    """What is published about models or providers, as evidence rows; a model's status becomes `status.retired` etc."""
    rows = []
    for subject in subjects:
        for fact in subject.facts:
            rows.append(
                Row(subject.id, fact.metric, fact.value, fact.unit, "published", fact.as_of, fact.ref, note=fact.note)
            )
        for status in subject.status if isinstance(subject, Model) else ():
            note = f"since {status.since}" + (f": {status.note}" if status.note else "")
            rows.append(
                Row(
                    subject.id,
                    f"status.{status.value}",
                    1,
                    "yes/no",
                    "published",
                    str(status.since),
                    status.ref,
                    note=note,
                )
            )
    return rows


def _entries(name: str, make: Callable[[str, dict], _Entry]) -> dict[str, _Entry]:
    made = {}
    for id, entry in _read(name).items():
        try:
            made[id] = make(id, entry)
        except KeyError as error:
            raise CatalogError(f"kit/data/{name}: {id}: the key {error} is missing") from None
        except (TypeError, AttributeError) as error:
            raise CatalogError(f"kit/data/{name}: {id}: is not laid out like the other entries: {error}") from None
    return made


def _provider(id: str, entry: dict) -> Provider:
    return Provider(id, entry["name"], entry["origin"], entry["base_url"], entry.get("key"), _facts(entry, id))


def _model(id: str, entry: dict) -> Model:
    status = tuple(
        Status(_word(s["value"], id), _day(s["since"], id), str(s["as_of"]), s["ref"], s.get("note", ""))
        for s in entry.get("status", ())
    )
    return Model(
        id=id,
        name=entry["name"],
        maker=entry["maker"],
        origin=entry["origin"],
        released=entry.get("released"),
        list=tuple(entry["list"]),
        providers=dict(entry["ways"]),
        status=tuple(sorted(status, key=lambda s: s.since)),
        facts=_facts(entry, id),
    )


def _facts(entry: dict, id: str) -> tuple[Fact, ...]:
    return tuple(
        Fact(
            f["metric"],
            _number(f["value"], id, f["metric"]),
            _UNITS.get(f["metric"], "yes/no"),
            str(f["as_of"]),
            f["ref"],
            f.get("note", ""),
        )
        for f in entry.get("facts", ())
    )


def _word(value: str, id: str) -> str:
    if value not in STATUSES:
        raise CatalogError(f"models.yaml: {id}: status {value!r} is not one{near_miss(value, STATUSES)}")
    return value


def _day(value: object, id: str) -> date:
    if not isinstance(value, date):
        raise CatalogError(f"models.yaml: {id}: since: {value!r} is not a day such as 2026-09-10")
    return value


_WORDS = {"open": 1.0, "blocked": 0.0, "note": 1.0}


def _number(value: object, id: str, metric: str) -> float:
    if isinstance(value, (bool, int, float)):
        return float(value)
    if value in _WORDS:
        return _WORDS[str(value)]
    raise CatalogError(f"{id}: {metric}: {value!r} is neither a number nor yes, no, open or blocked")


def _read(name: str) -> dict:
    path = _DATA / name
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CatalogError(f"{path}: cannot be read: {error}") from None
    if not isinstance(entries, dict):
        raise CatalogError(f"{path}: holds no entries; each is an id with its keys below it")
    return entries

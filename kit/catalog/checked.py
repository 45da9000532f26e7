"""Hand-checked models and providers, as dated facts with sources; where sources disagree, all of them are kept.

Read from `data/models.yaml` and `data/providers.yaml`, which a person can edit without reading code.
"""

import os
import re
from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from kit.catalog.on_sale import Origin
from kit.errors import CatalogError, near_miss
from kit.evidence import Row
from kit.files import read_checked

__all__ = [
    "STATUSES", "Fact", "Model", "Named", "Provider", "Status", "facts", "models", "provider", "providers", "ways",
]  # fmt: skip

STATUSES = ("served", "superseded", "deprecated", "retired")
"""What a maker's own API may say of a model, from the best to the worst."""

_DATA = Path(__file__).parents[1] / "data"
_Entry = TypeVar("_Entry")

_UNITS = {"context.tokens": "tokens", "output.max_tokens": "tokens", "access.caveat": "note"}
"""Metric -> unit; all others are yes or no."""

_WORDS = {"open": 1.0, "blocked": 0.0, "note": 1.0}


def _number(value: object) -> float:
    if isinstance(value, (bool, int, float)):
        return float(value)
    if value in _WORDS:
        return _WORDS[str(value)]
    raise ValueError(f"{value!r} is neither a number nor yes, no, open or blocked")


def _day(value: object) -> object:
    if not isinstance(value, date):
        raise ValueError(f"{value!r} is not a day such as 2026-09-10")
    return value


def _status(value: str) -> str:
    if value not in STATUSES:
        raise ValueError(f"{value!r} is not a status{near_miss(value, STATUSES)}")
    return value


_Text = Annotated[str, BeforeValidator(str)]
"""A date as precise as its source gives it, which YAML reads as a number or a day."""

_Day = Annotated[date, BeforeValidator(_day)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Fact(_Strict):
    """One thing that a source says about a model or a provider, on a date."""

    metric: str
    value: Annotated[float, BeforeValidator(_number)]
    as_of: _Text
    ref: str
    note: str = ""

    @property
    def unit(self) -> str:
        """The unit of the value: `tokens`, `yes/no` or `note`."""
        return _UNITS.get(self.metric, "yes/no")


class Status(_Strict):
    """A model's standing on its maker's own API, since a day: one of STATUSES."""

    value: Annotated[str, AfterValidator(_status)]
    since: _Day
    as_of: _Text
    ref: str
    note: str = ""


class Named(_Strict):
    """A model that a source names as another's successor."""

    model: str
    as_of: _Text
    ref: str
    note: str = ""


class Provider(_Strict):
    """An OpenAI-compatible base URL, whoever runs it, and the environment variable of its key (None: needs none).

    Attributes:
        base_url: May hold variables of the environment, as `https://{AZURE_OPENAI_RESOURCE}.openai.azure.com/openai/v1`.
        models: Model -> what it is called there, where the catalog does not say it: deployments, a team's own servers.
        docs: Where the address is documented.
        limits, region, retention: As documented; empty where that is not known.
        quirks: What is otherwise than at OpenAI.
    """

    id: str
    name: str
    origin: Origin = ""
    base_url: str
    other_urls: Any = None
    key: str | None = None
    models: dict[str, str] = {}
    docs: str = ""
    as_of: str = ""
    limits: str = ""
    region: str = ""
    retention: str = ""
    quirks: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()

    @model_validator(mode="after")
    def _is_no_key(self) -> "Provider":
        if self.key is not None and not re.fullmatch(r"[A-Z_][A-Z0-9_]*", self.key):
            raise ValueError("key: must name an environment variable, such as GPU_BOX_KEY, not be the key")
        if not self.base_url.startswith(("https://", "http://")):
            raise ValueError(f"base_url: {self.base_url!r} is not an address such as https://host/v1")
        if re.search(r"//[^/]*@|[?#]", self.base_url):  # which is why it is not repeated
            raise ValueError("base_url: holds a user, password or query; a key is named under key, as a variable")
        return self

    @property
    def variables(self) -> list[str]:
        """Variables of the environment that the address holds."""
        return re.findall(r"\{([A-Z_][A-Z0-9_]*)\}", self.base_url)

    @property
    def address(self) -> str:
        """The base URL with its variables filled in, as far as they are set."""
        return re.sub(r"\{([A-Z_][A-Z0-9_]*)\}", lambda found: os.environ.get(found[1], found[0]), self.base_url)


class Model(_Strict):
    """A model, whoever serves it.

    Attributes:
        maker: The provider that its maker runs.
        origin: The maker's country.
        released: First day on the maker's API; None where no source says.
        list: Entries in the public price list, `provider/model id`, the maker's own first.
        providers: Provider -> what the model is called there; the key `ways` in the file.
        status: In time order.
        successors: As sources name them, the best first.
    """

    id: str
    name: str
    maker: str
    origin: Origin
    released: date | None = None
    released_ref: str = ""
    list: tuple[str, ...]
    providers: dict[str, str] = Field(alias="ways")
    status: tuple[Status, ...] = ()
    successors: tuple[Named, ...] = ()
    facts: tuple[Fact, ...] = ()

    @model_validator(mode="after")
    def _in_time_order(self) -> "Model":
        object.__setattr__(self, "status", tuple(sorted(self.status, key=lambda status: status.since)))
        return self

    def status_on(self, day: date) -> Status | None:
        """The status that held on a day; None if no source says."""
        return next((status for status in reversed(self.status) if status.since <= day), None)


@cache
def models() -> dict[str, Model]:
    """All models of the catalog, by id."""
    return _entries(Model, "models.yaml")


@cache
def providers() -> dict[str, Provider]:
    """All hand-checked providers, by id."""
    return _entries(Provider, "providers.yaml")


@cache
def _more_providers() -> dict[str, Provider]:
    """Addresses and key variables of further providers, of which no facts were gathered."""
    return _entries(Provider, "more_providers.yaml")


def ways() -> dict[str, Provider]:
    """All providers by id: the hand-checked ones, further ones, and those of the team's `params/*.ways.yaml`.

    Raises:
        CatalogError: If a file of the team's is not laid out as one.
    """
    working = Path.cwd()
    folders = (above / "params" for above in (working, *working.parents))
    folder = next((folder for folder in folders if folder.is_dir()), None)
    files = sorted(folder.glob("*.ways.yaml")) if folder else []
    own = [_own_ways(file, file.stat().st_mtime_ns) for file in files]
    return providers() | _more_providers() | {id: way for each in own for id, way in each.items()}


@cache
def _own_ways(file: Path, changed: int) -> dict[str, Provider]:
    return read_checked(_keyed(Provider), file, CatalogError)


def provider(id: str) -> Provider:
    """One provider; an unknown id names the nearest known one in a CatalogError."""
    known = ways()
    if id not in known:
        raise CatalogError(f"{id!r} is not a provider{near_miss(id, known)}")
    return known[id]


def facts(subjects: Iterable[Model | Provider]) -> list[Row]:
    """Published facts about models or providers, as evidence rows; a model's status becomes `status.retired` etc."""
    rows = []
    for subject in subjects:
        for fact in subject.facts:
            rows.append(
                Row(subject.id, fact.metric, fact.value, fact.unit, "published", fact.as_of, fact.ref, note=fact.note)
            )
        for status in subject.status if isinstance(subject, Model) else ():
            metric, day = f"status.{status.value}", str(status.since)
            note = f"since {status.since}" + (f": {status.note}" if status.note else "")
            rows.append(Row(subject.id, metric, 1, "yes/no", "published", day, status.ref, note=note))
    return rows


def _entries(shape: type[_Entry], name: str) -> dict[str, _Entry]:
    """Read one file of the catalog; an entry's key in the file is its id."""
    return read_checked(_keyed(shape), _DATA / name, CatalogError)


def _keyed(shape: Any) -> Any:
    def with_ids(entries: Any) -> Any:
        if not isinstance(entries, dict):
            raise ValueError("must have an id on each line, with the keys of its entry below it")
        if odd := [id for id, entry in entries.items() if not isinstance(entry, dict)]:
            raise ValueError(f"{odd[0]}: must have the keys of its entry below it, such as name and maker")
        return {id: {"id": id} | entry for id, entry in entries.items()}

    return Annotated[dict[str, shape], BeforeValidator(with_ids)]

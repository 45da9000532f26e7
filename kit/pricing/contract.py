"""A team's own prices, from a YAML file such as `params/contract.example.yaml`."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, field_validator, model_validator

from kit import catalog
from kit.errors import CatalogError, PriceError
from kit.files import read_checked
from kit.pricing.rates import Rate, Steps

__all__ = ["ContractBook", "ContractFile", "ContractPrice"]

_TOO_MUCH = 1_000_000  # USD per million tokens; a price of a dollar a token is a slip


def _money(value: object) -> Decimal:
    try:
        if not isinstance(value, str):
            raise InvalidOperation
        amount = Decimal(value)
    except InvalidOperation:
        raise ValueError(f'{value!r} is not a quoted number such as "2.50"') from None
    if not amount.is_finite() or not 0 <= amount < _TOO_MUCH:
        raise ValueError(f"{value} is not a price; it must be 0 or more, and under {_TOO_MUCH:,}")
    return amount


def _day(value: object) -> object:
    if type(value) is not date:
        raise ValueError("valid_from and valid_to must be dates, in that order, such as 2026-01-01")
    return value


def _share(value: object) -> Decimal:
    share = _money(value)
    if share > 1:
        raise ValueError(f'{value} is not a share of the price; half of it is "0.5"')
    return share


_Money = Annotated[Decimal, BeforeValidator(_money)]
_Day = Annotated[date, BeforeValidator(_day)]


def _id(model: str) -> str:
    return catalog.model(model).id if catalog.knows(model) else model


def _unknown(model: str) -> str:
    try:
        catalog.model(model)
    except CatalogError as error:
        return str(error)
    return ""


class ContractPrice(BaseModel):
    """The contract price of one model, in USD per million tokens; a side that is left out is unknown.

    Attributes:
        written: For prompt tokens that the provider writes to its cache.
        batch_share: What a batch request costs, as a share of the prices above.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    input: _Money
    output: _Money
    cached: _Money | None = None
    written: _Money | None = None
    batch_share: Annotated[Decimal, BeforeValidator(_share)] | None = None


class ContractFile(BaseModel):
    """The keys of a contract's file: its days, models of the catalog under `prices`, the team's own under `own`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    valid_from: _Day
    valid_to: _Day
    prices: dict[str, ContractPrice]
    own: dict[str, ContractPrice] = {}

    @field_validator("prices", "own", mode="before")
    @classmethod
    def _names(cls, rows: Any, info: Any) -> Any:
        """Check the names first: a slip in a model's name must not make it one of the team's own."""
        if not isinstance(rows, dict):
            raise ValueError("must have a model on each line, such as gpt-4o: {input: ..., output: ...}")
        for model in map(str, rows):
            if info.field_name == "prices" and not catalog.knows(model):
                raise ValueError(f"{_unknown(model)}; a model of your own stands under own:")
            if info.field_name == "own" and model in catalog.models():
                raise ValueError(f"{model!r} is a model in the catalog; it stands under prices:")
        ids = [_id(model) for model in rows]
        if twice := [model for model in rows if ids.count(_id(model)) > 1]:
            raise ValueError(f"{' and '.join(twice)} are one model; give one price")
        return rows

    @model_validator(mode="after")
    def _in_order(self) -> "ContractFile":
        if self.valid_from > self.valid_to:
            raise ValueError("valid_from and valid_to must be dates, in that order, such as 2026-01-01")
        return self


@dataclass(frozen=True)
class ContractBook:
    """A team's own prices, valid on the days that its contract names."""

    path: Path
    terms: ContractFile
    name: str = "contract"

    @classmethod
    def read(cls, path: str | Path) -> "ContractBook":
        """Read and check a contract.

        Raises:
            PriceError: If a price is missing, negative or not a quoted number, or a key or model is unknown.
        """
        return cls(Path(path), read_checked(ContractFile, Path(path), PriceError))

    def knows(self, model: str) -> bool:
        """Tell whether a model is in the catalog or in the contract."""
        return _id(model) in self.models or catalog.knows(model)

    @cached_property
    def models(self) -> dict[str, ContractPrice]:
        """Prices by the one name by which the kit calls a model, the team's own among them."""
        return {_id(model): price for model, price in (self.terms.prices | self.terms.own).items()}

    def rate(self, model: str, at: datetime, prompt: int = 0, batch: bool = False, tier: str = "") -> Rate:
        """The contract's rate; unknown for a model that is not in it.

        Raises:
            PriceError: If the contract is not valid at `at`.
        """
        if not self.knows(model):
            catalog.model(model)  # raises, with the nearest name
        day, first, last = at.astimezone(UTC).date(), self.terms.valid_from, self.terms.valid_to
        if not first <= day <= last:
            raise PriceError(f"{self.path}: valid from {first} to {last}, not on {day}")
        price = self.models.get(_id(model))
        share = price and (price.batch_share if batch or tier == "batch" else None if tier else Decimal(1))
        input_, output, cached, written = (
            None if price is None or share is None or (usd := getattr(price, side)) is None else usd * share
            for side in ("input", "output", "cached", "written")
        )
        condition = "batch" if batch else f"the contract has no {tier} price" if tier else ""
        return Rate(model, input_, output, cached, self.name, str(day), self.path.name, condition, written)

    def steps(self, model: str) -> Steps:
        """None: one price as long as the contract is valid, which is in whole days."""
        return Steps()

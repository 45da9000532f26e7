"""A team's own prices, from a YAML file such as `params/contract.example.yaml`."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from kit import catalog
from kit.errors import PriceError, near_miss
from kit.files import read_yaml
from kit.prices import Rate

__all__ = ["ContractBook"]

_TOO_MUCH = 1_000_000  # USD per million tokens; a price of a dollar a token is a slip


@dataclass(frozen=True)
class ContractBook:
    """A team's own prices, from a YAML file such as `params/contract.example.yaml`."""

    path: Path
    valid_from: date
    valid_to: date
    prices: dict[str, dict[str, Decimal]]
    name: str = "contract"

    @classmethod
    def read(cls, path: str | Path) -> "ContractBook":
        """Read and check a contract.

        Raises:
            PriceError: If a price is missing, negative or not a quoted number, or a key or model is unknown.
        """
        path = Path(path)
        try:
            data = read_yaml(path)
        except ValueError as error:
            raise PriceError(f"{path}: {error}") from None
        _keys(path, "", data, {"valid_from", "valid_to", "prices"})
        days = data.get("valid_from"), data.get("valid_to")
        if not all(type(day) is date for day in days) or days[0] > days[1]:
            raise PriceError(f"{path}: valid_from and valid_to must be dates, in that order, such as 2026-01-01")
        if not isinstance(data["prices"], dict):
            raise PriceError(
                f"{path}: prices: must have a model on each line, such as gpt-4o: {{input: ..., output: ...}}"
            )
        return cls(path, *days, {model: _contract_row(path, model, row) for model, row in data["prices"].items()})

    def rate(self, model: str, at: datetime, prompt: int = 0, batch: bool = False) -> Rate:
        """The contract's rate; unknown for a model that is not in it.

        Raises:
            PriceError: If the contract is not valid at `at`.
        """
        catalog.model(model)
        day = at.astimezone(UTC).date()
        if not self.valid_from <= day <= self.valid_to:
            raise PriceError(f"{self.path}: valid from {self.valid_from} to {self.valid_to}, not on {day}")
        row = self.prices.get(model, {})
        share = row.get("batch_share") if batch else Decimal(1)
        usd = {side: price * share for side, price in row.items() if share is not None}
        return Rate(
            model=model,
            input=usd.get("input"),
            output=usd.get("output"),
            cached=usd.get("cached"),
            book=self.name,
            as_of=str(day),
            ref=self.path.name,
            condition="batch" if batch else "",
        )


def _contract_row(path: Path, model: str, row: Any) -> dict[str, Decimal]:
    if model not in catalog.models():
        raise PriceError(f"{path}: prices: {model!r} is not a model in the catalog{near_miss(model, catalog.models())}")
    _keys(path, f"prices.{model}", row, {"input", "output", "cached", "batch_share"}, {"input", "output"})
    return {side: _money(f"{path}: prices.{model}.{side}", value) for side, value in row.items()}


def _keys(path: Path, place: str, data: object, known: set[str], needed: set[str] | None = None) -> None:
    place = f"{path}: {place}".removesuffix(": ")
    if not isinstance(data, dict):
        raise PriceError(f"{place}: must have the keys {', '.join(sorted(known))}")
    for key in data:
        if key not in known:
            raise PriceError(f"{place}: {key!r} is not a key here{near_miss(key, known)}")
    if missing := sorted((needed or known) - set(data)):
        raise PriceError(f"{place}: {missing[0]!r} is missing")


def _money(place: str, value: object) -> Decimal:
    try:
        if not isinstance(value, str):
            raise InvalidOperation
        amount = Decimal(value)
    except InvalidOperation:
        raise PriceError(f'{place}: {value!r} is not a quoted number such as "2.50"') from None
    if not amount.is_finite() or not 0 <= amount < _TOO_MUCH:
        raise PriceError(f"{place}: {value} is not a price; it must be 0 or more, and under {_TOO_MUCH:,}")
    return amount

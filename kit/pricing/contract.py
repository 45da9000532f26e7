"""A team's own prices, from a YAML file such as `params/contract.example.yaml`."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from kit import catalog
from kit.errors import PriceError, near_miss
from kit.files import read_yaml
from kit.pricing.rates import Rate, Steps

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

    def knows(self, model: str) -> bool:
        """Whether it is in the catalog or in the contract."""
        return model in catalog.models() or model in self.prices

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
        _keys(str(path), data, {"valid_from", "valid_to", "prices", "own"}, {"valid_from", "valid_to", "prices"})
        days = data.get("valid_from"), data.get("valid_to")
        if not all(type(day) is date for day in days) or days[0] > days[1]:
            raise PriceError(f"{path}: valid_from and valid_to must be dates, in that order, such as 2026-01-01")
        prices: dict[str, dict[str, Decimal]] = {}
        for key in ("prices", "own"):
            rows = data.get(key, {})
            if not isinstance(rows, dict):
                raise PriceError(
                    f"{path}: {key}: must have a model on each line, such as gpt-4o: {{input: ..., output: ...}}"
                )
            for model, row in rows.items():
                _check_model(path, key, model)
                prices[model] = _contract_row(f"{path}: {key}.{model}", row)
        return cls(path, *days, prices)

    def rate(self, model: str, at: datetime, prompt: int = 0, batch: bool = False) -> Rate:
        """The contract's rate; unknown for a model that is not in it.

        Raises:
            PriceError: If the contract is not valid at `at`.
        """
        if not self.knows(model):
            catalog.model(model)  # raises, with the nearest name
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
            written=usd.get("written"),
        )

    def steps(self, model: str) -> Steps:
        """None: one price as long as the contract is valid, which is in whole days."""
        return Steps()


def _check_model(path: Path, key: str, model: str) -> None:
    """A slip in a model's name must not make it one of the team's own, so the two kinds stand apart."""
    known = catalog.models()
    if key == "prices" and model not in known:
        raise PriceError(
            f"{path}: prices: {model!r} is not a model in the catalog{near_miss(model, known)}; "
            "a model of your own stands under own:"
        )
    if key == "own" and model in known:
        raise PriceError(f"{path}: own: {model!r} is a model in the catalog; it stands under prices:")


def _contract_row(place: str, row: Any) -> dict[str, Decimal]:
    _keys(place, row, {"input", "output", "cached", "written", "batch_share"}, {"input", "output"})
    return {side: _money(f"{place}.{side}", value) for side, value in row.items()}


def _keys(place: str, data: object, known: set[str], needed: set[str]) -> None:
    if not isinstance(data, dict):
        raise PriceError(f"{place}: must have the keys {', '.join(sorted(known))}")
    for key in data:
        if key not in known:
            raise PriceError(f"{place}: {key!r} is not a key here{near_miss(key, known)}")
    if missing := sorted(needed - set(data)):
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

"""The public list price of a model on a date and hour, from the offline snapshot in genai-prices.

The snapshot has four traps, and none may reach a figure: its time-of-day prices carry no start date
(`data/list_rules.yaml` supplies it); a source may list 0/0 for a day (unknown, not free); a lookup without a provider
may be answered by another one (so entries are named whole and matched exactly); and a price without a date reaches
back for ever (so a model has none before its release, and the rate says "undated in the list").
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache, lru_cache, reduce
from importlib.metadata import version
from operator import or_
from pathlib import Path
from typing import Any

import yaml

from kit import catalog
from kit.errors import PriceError, near_miss
from kit.pricing.rates import Rate, Steps

__all__ = ["ListBook"]

_SATURDAY = 5
_SIDES = ("input", "output", "cache_read", "cache_write")


class ListBook:
    """The public list price on a date and hour, from genai-prices' offline snapshot; the maker's own list first."""

    name = "list"

    def knows(self, model: str) -> bool:
        """Whether it is in the catalog, or is the exact name of an entry: `openai/gpt-5-mini`."""
        return model in catalog.models() or model in _snapshot()

    def rate(self, model: str, at: datetime, prompt: int = 0, batch: bool = False) -> Rate:
        """The first of the model's entries that has a price; for the name of an entry, that entry.

        Raises:
            PriceError: If `at` is before the model's release, or long after all that the snapshot knows.
        """
        at = at.astimezone(UTC)
        if "/" in model:
            return self.entry_rate(model, model, at, prompt, batch)
        entry = catalog.model(model)
        _check_date(entry, at.date())
        first = None
        for name in entry.list:
            rate = self.entry_rate(model, name, at, prompt, batch)
            if rate.known:
                return rate
            first = first or rate
        return first or Rate(model, None, None, None, self.name, str(at.date()), _package(), "in no list that is read")

    def entry_rate(self, model: str, entry: str, at: datetime, prompt: int = 0, batch: bool = False) -> Rate:
        """The rate of one entry, `provider/model id`, by its exact name."""
        return _entry_rate(self.name, model, entry, at.replace(second=0, microsecond=0), prompt, batch)

    def steps(self, model: str) -> Steps:
        """The bounds of the hours and of the tiers that any of the model's entries knows; dates begin at midnight."""
        entries = [model] if "/" in model else catalog.model(model).list
        return reduce(or_, map(_steps, entries), Steps())


@lru_cache(maxsize=4096)  # answers come in thousands a minute, and no price changes within one
def _entry_rate(book: str, model: str, entry: str, at: datetime, prompt: int, batch: bool) -> Rate:
    info = _info(entry)
    standing, said = _standing(info, entry, at)
    ref = f"{_package()} {entry}"
    unknown = Rate(model, None, None, None, book, str(at.date()), ref)
    if standing is None:
        return replace(unknown, condition=said)
    context = {"processing": "batch"} if batch else {}
    if batch and not any(_applies(variant, context, at) for variant in info.price_variants or ()):
        return replace(unknown, condition="no batch price is listed")
    price = replace(info, prices=standing).get_prices(at, context)
    conditions = [said] if said else []
    input_, output, cached, written = (_tier(getattr(price, f"{side}_mtok"), prompt, conditions) for side in _SIDES)
    if not input_ and not output:
        return replace(unknown, condition="listed as 0/0, which is no price")
    if cached is None:
        conditions.append("no cached price is listed: cached tokens pay as fresh ones")
    if batch:
        conditions.append("batch")
    cached = input_ if cached is None else cached
    written = input_ if written is None else written  # who lists no price for writing to the cache charges none apart
    said = "; ".join(dict.fromkeys(conditions))
    return Rate(model, input_, output, cached, book, str(at.date()), ref, said, written)


@cache
def _package() -> str:
    return f"genai-prices {version('genai-prices')}"


@cache
def _snapshot() -> dict[str, Any]:
    # genai-prices takes 0.3 s to import, so it is read when a list price is asked for
    from genai_prices.data_snapshot import get_snapshot

    return {f"{provider.id}/{model.id}": model for provider in get_snapshot().providers for model in provider.models}


def _info(entry: str) -> Any:
    if entry not in _snapshot():
        raise PriceError(f"{entry!r} is not an entry of {_package()}{near_miss(entry, _snapshot())}")
    return _snapshot()[entry]


@cache
def _rules() -> dict[str, Any]:
    return yaml.safe_load((Path(__file__).parents[1] / "data" / "list_rules.yaml").read_text(encoding="utf-8"))


@cache
def _changes() -> list[date]:
    """The days on which the list knows a price to have changed, announced changes included."""
    dated = (price for info in _snapshot().values() if isinstance(info.prices, list) for price in info.prices)
    return sorted({p.constraint.start_date for p in dated if hasattr(p.constraint, "start_date")})


def _check_date(entry: catalog.Model, day: date) -> None:
    if entry.released and day < entry.released:
        raise PriceError(f"{entry.id}: no price on {day}: it was released on {entry.released}")
    newest, days = _changes()[-1], _rules()["stale_after_days"]
    if day - newest > timedelta(days=days):
        raise PriceError(
            f"{day} is more than {days} days after the newest price known to {_package()} ({newest}); "
            "choose an earlier date or install a newer genai-prices"
        )


def _standing(info: Any, entry: str, at: datetime) -> tuple[Any, str]:
    """The price that stands at a moment, and the condition in words; None where the list cannot know it."""
    if not isinstance(info.prices, list):
        return info.prices, "undated in the list"
    daily = [price for price in info.prices if hasattr(price.constraint, "start_time")]
    dated = [price for price in info.prices if price not in daily]
    base = next(p for p in reversed(dated) if p.constraint is None or p.constraint.active(at))
    since = f"since {base.constraint.start_date}" if base.constraint else "undated in the list"
    if not daily:
        return base.prices, since
    rule = _rules()["peak_hours"].get(entry)
    if rule is None:
        return None, "priced by the hour, and the list does not say since when"
    peaks = [peak for peak in rule["peak_prices"] if peak["since"] <= at.date()]
    if not peaks:
        return base.prices, since
    window = next((price for price in reversed(daily) if price.constraint.active(at)), None)
    there = at + timedelta(hours=rule["utc_offset_hours"])
    if window is None:
        return base.prices, f"off-peak hour, {since}"
    if at.date() >= rule["weekends_off_peak_since"] and there.weekday() >= _SATURDAY:
        return base.prices, f"off-peak weekend, {since}"
    if there.date() in rule["holidays_off_peak"]:
        return base.prices, f"off-peak holiday, {since}"
    own = {side: Decimal(usd) for side, usd in peaks[-1].items() if side != "since"}
    return type(window.prices)(**own) if own else window.prices, f"peak hour, since {peaks[-1]['since']}"


@cache
def _steps(entry: str) -> Steps:
    info = _info(entry)
    dated, always = (info.prices, []) if isinstance(info.prices, list) else ([], [info.prices])
    offers = [*dated, *(info.price_variants or ())]
    sides = (getattr(price, f"{side}_mtok") for price in [*always, *(o.prices for o in offers)] for side in _SIDES)
    prompts = {tier.start for side in sides for tier in getattr(side, "tiers", ())}
    times = {bound for offer in offers for bound in _bounds(offer.constraint)}
    if rule := _rules()["peak_hours"].get(entry):
        times.add(time(-rule["utc_offset_hours"] % 24))  # where the day of the week changes there
    return Steps(tuple(sorted(times - {time()})), tuple(sorted(prompts)))


def _bounds(constraint: Any) -> Iterator[time]:
    """Times of day in UTC, which is what genai-prices takes a time without a zone for."""
    for bound in (constraint.start_time, constraint.end_time) if hasattr(constraint, "start_time") else ():
        yield datetime.combine(date(2026, 1, 1), bound, bound.tzinfo or UTC).astimezone(UTC).time()


def _applies(variant: Any, context: dict[str, str], at: datetime) -> bool:
    return variant.when == context and (variant.constraint is None or variant.constraint.active(at))


def _tier(price: Any, prompt: int, conditions: list[str]) -> Decimal | None:
    """The price for a prompt of this length; crossing a tier reprices all tokens."""
    if price is None or isinstance(price, Decimal):
        return price
    tiers: Sequence[Any] = [tier for tier in price.tiers if prompt > tier.start]
    if tiers:
        conditions.append(f"prompts over {tiers[-1].start} tokens")
        return tiers[-1].price
    conditions.append(f"prompts up to {price.tiers[0].start} tokens")
    return price.base

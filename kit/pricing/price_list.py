"""The public list price of a model on a date and hour, from genai-prices' offline snapshot.

The snapshot has four traps, and none may reach a figure: its time-of-day prices carry no start date
(`data/list_rules.yaml` supplies it); a source may list 0/0 for a day (unknown, not free, unless it is a variant that is
sold as free); a lookup without a provider may be answered by another one (so entries are named whole and matched
exactly); and a price without a date reaches back for ever (so a model has none before its release, and the rate says
"undated in the list").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache, lru_cache, reduce
from operator import or_
from pathlib import Path
from typing import Any

import yaml

from kit import catalog
from kit.catalog import on_sale
from kit.errors import PriceError, near_miss
from kit.pricing.rates import Rate, Steps

__all__ = ["TIERS", "ListBook"]

TIERS = {
    "": {}, "batch": {"processing": "batch"}, "flex": {"service_tier": "flex"},
    "priority": {"service_tier": "priority"}, "fast": {"service_tier": "fast"},
}  # fmt: skip
"""Tier of service -> the condition under which the list has its prices."""

_SATURDAY = 5
_SIDES = ("input", "output", "cached", "written", "written_1h")


class ListBook:
    """The public list price on a date and hour, from genai-prices' offline snapshot; the maker's own list first."""

    name = "list"

    def knows(self, model: str) -> bool:
        """Tell whether it is in the catalog, or is the exact name of an entry: `openai/gpt-5-mini`."""
        return model in on_sale.entries() or catalog.knows(model)

    def rate(self, model: str, at: datetime, prompt: int = 0, batch: bool = False, tier: str = "") -> Rate:
        """The first of the model's entries that has a price; for the name of an entry, that entry.

        Args:
            tier: One of TIERS; `batch` is its short form for the most common one.

        Raises:
            PriceError: If `at` is before the model's release, or long after all that the snapshot knows.
        """
        at, tier = at.astimezone(UTC), "batch" if batch else tier
        if tier not in TIERS:
            raise PriceError(f"{tier!r} is not a tier of service{near_miss(tier, filter(None, TIERS))}")
        if "/" in model and (entry := _exact(model)):
            return self.entry_rate(model, entry, at, prompt, tier=tier)
        known = catalog.model(model)
        _check_date(known, at.date())
        first = None
        for name in known.list:
            rate = self.entry_rate(model, name, at, prompt, tier=tier)
            if rate.known:
                return rate
            first = first or rate
        ref = on_sale.package()
        return first or Rate(model, None, None, None, self.name, str(at.date()), ref, "in no list that is read")

    def entry_rate(
        self, model: str, entry: str, at: datetime, prompt: int = 0, batch: bool = False, tier: str = ""
    ) -> Rate:
        """The rate of one entry, `provider/model id`, by its exact name."""
        at = at.replace(second=0, microsecond=0)
        return _entry_rate(self.name, model, entry, at, prompt, "batch" if batch else tier)

    def steps(self, model: str) -> Steps:
        """The bounds of the hours and of the tiers that any of the model's entries knows; dates begin at midnight."""
        entry = _exact(model) if "/" in model else None
        entries = (entry,) if entry else catalog.model(model).list
        return reduce(or_, map(_steps, entries), Steps())


def _exact(name: str) -> str | None:
    """The entry that a name with a provider means; None for a model that only other sources know.

    Raises:
        PriceError: If no source knows it.
    """
    entry = name if name in on_sale.entries() else catalog.entry_of(name)
    if entry is None and not catalog.knows(name):
        raise PriceError(f"{name!r} is not an entry of {on_sale.package()}{catalog.near(name)}")
    return entry


@lru_cache(maxsize=4096)  # answers come in thousands a minute, and no price changes within one
def _entry_rate(book: str, model: str, entry: str, at: datetime, prompt: int, tier: str) -> Rate:
    ref = f"{on_sale.package()} {entry}"
    unknown = Rate(model, None, None, None, book, str(at.date()), ref)
    if entry.endswith(":free"):
        free = Decimal(0)
        return replace(unknown, input=free, output=free, cached=free, written=free, condition="a free variant")
    info = _info(entry)
    standing, condition = _standing(info, entry, at)
    if standing is None:
        return replace(unknown, condition=condition)
    offers = [price for price in info.get("variants", ()) if price["when"] == TIERS[tier] and _begun(price, at)]
    if tier and not offers:
        return replace(unknown, condition=f"no {tier} price is listed")
    price = standing | (offers[-1] if tier else {})
    conditions = [condition] if condition else []
    input_, output, cached, written, hour = (_at_length(price.get(side), prompt, conditions) for side in _SIDES)
    if not input_ and not output:
        return replace(unknown, condition="listed as 0/0, which is no price")
    if cached is None:
        conditions.append("no cached price is listed: cached tokens pay as fresh ones")
    if tier:
        conditions.append(tier)
    fee = Decimal(price["requests"]) / 1000 if "requests" in price else None
    if fee:
        conditions.append(f"and ${fee:f} a request")
    if "reasoning" in price:
        conditions.append(f"thinking pays ${price['reasoning']} and is priced here as output")
    cached = input_ if cached is None else cached
    written = input_ if written is None else written  # who lists no price for writing to the cache charges none apart
    text = "; ".join(dict.fromkeys(conditions))
    return Rate(model, input_, output, cached, book, str(at.date()), ref, text, written, hour, fee)


def _info(entry: str) -> dict[str, Any]:
    entries = on_sale.entries()
    if entry not in entries:
        raise PriceError(f"{entry!r} is not an entry of {on_sale.package()}{near_miss(entry, entries)}")
    return entries[entry]


@cache
def _rules() -> dict[str, Any]:
    return yaml.safe_load((Path(__file__).parents[1] / "data" / "list_rules.yaml").read_text(encoding="utf-8"))


@cache
def _changes() -> list[date]:
    """The days on which the list knows a price to have changed, announced changes included."""
    days = {price["since"] for info in on_sale.entries().values() for price in info["prices"] if "since" in price}
    return sorted(map(date.fromisoformat, days))


def _check_date(entry: catalog.Model, day: date) -> None:
    if entry.released and day < entry.released:
        raise PriceError(f"{entry.id}: no price on {day}: it was released on {entry.released}")
    newest, days = _changes()[-1], _rules()["stale_after_days"]
    if day - newest > timedelta(days=days):
        raise PriceError(
            f"{day} is more than {days} days after the newest price known to {on_sale.package()} ({newest}); "
            "choose an earlier date or install a newer genai-prices"
        )


def _begun(price: Mapping[str, Any], at: datetime) -> bool:
    return "since" not in price or date.fromisoformat(price["since"]) <= at.date()


def _standing(info: Mapping[str, Any], entry: str, at: datetime) -> tuple[dict[str, Any] | None, str]:
    """The price that stands at a moment, and the condition in words; None where the list cannot know it."""
    daily = [price for price in info["prices"] if "from" in price]
    dated = [price for price in info["prices"] if "from" not in price]
    base = next(price for price in reversed(dated) if _begun(price, at))
    since = f"since {base['since']}" if "since" in base else "undated in the list"
    if not daily:
        return base, since
    rule = _rules()["peak_hours"].get(entry)
    if rule is None:
        return None, f"priced by the hour ({_by_hour(base, daily)}), and the list does not say since when"
    peaks = [peak for peak in rule["peak_prices"] if peak["since"] <= at.date()]
    if not peaks:
        return base, since
    window = next((price for price in reversed(daily) if price["from"] <= f"{at:%H:%M}" < price["to"]), None)
    local = at + timedelta(hours=rule["utc_offset_hours"])
    if window is None:
        return base, f"off-peak hour, {since}"
    if at.date() >= rule["weekends_off_peak_since"] and local.weekday() >= _SATURDAY:
        return base, f"off-peak weekend, {since}"
    if local.date() in rule["holidays_off_peak"]:
        return base, f"off-peak holiday, {since}"
    own = {side: usd for side, usd in peaks[-1].items() if side != "since"}
    return (own or window), f"peak hour, since {peaks[-1]['since']}"


def _by_hour(base: Mapping[str, Any], daily: Sequence[Mapping[str, Any]]) -> str:
    windows = [f"{_usd(price)} from {price['from']} to {price['to']} UTC" for price in daily]
    return ", ".join([*windows, f"else {_usd(base)}"])


def _usd(price: Mapping[str, Any]) -> str:
    return "/".join(str(price[side]) for side in ("input", "cached", "output") if side in price)


@cache
def _steps(entry: str) -> Steps:
    if entry.endswith(":free"):
        return Steps()
    info = _info(entry)
    offers = [*info["prices"], *info.get("variants", ())]
    sides = [price[side] for price in offers for side in _SIDES if side in price]
    prompts = {start for side in sides if isinstance(side, list) for start, _ in side[1]}
    times = {time.fromisoformat(offer[bound]) for offer in offers for bound in ("from", "to") if bound in offer}
    if rule := _rules()["peak_hours"].get(entry):
        times.add(time(-rule["utc_offset_hours"] % 24))  # where the day of the week changes there
    return Steps(tuple(sorted(times - {time()})), tuple(sorted(prompts)))


def _at_length(price: Any, prompt: int, conditions: list[str]) -> Decimal | None:
    """The price for a prompt of this length; crossing a tier reprices all tokens."""
    if price is None or isinstance(price, str):
        return None if price is None else Decimal(price)
    base, longer = price
    tiers: Sequence[Any] = [(start, usd) for start, usd in longer if prompt > start]
    if tiers:
        conditions.append(f"prompts over {tiers[-1][0]} tokens")
        return Decimal(tiers[-1][1])
    conditions.append(f"prompts up to {longer[0][0]} tokens")
    return Decimal(base)

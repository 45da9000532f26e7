"""Models on sale with their prices: searched, set side by side, and one of them in full.

Prices are those of the public list at a moment; what other sources say otherwise stands below them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from kit import catalog
from kit.catalog import on_sale
from kit.pricing.price_list import TIERS, ListBook
from kit.pricing.rates import Rate

__all__ = ["Offer", "conditions", "first_day", "footnotes", "proposals", "search", "weighted"]

_ABILITIES = {"vision": "input.vision", "tools": "supports.tools", "json_schema": "supports.json_schema"}

_SPECIAL = re.compile(r"preview|robotics|code|audio|live|search|research|-exp\b|translate|character|omni|-vl|vision")
"""Words in the names of models for one purpose, which are not proposed for a workload of any kind."""


@dataclass(frozen=True)
class Offer:
    """One model and its list price at a moment."""

    model: catalog.Model
    rate: Rate

    @property
    def context(self) -> int | None:
        """The context window in tokens, the smallest that a source names."""
        tokens = [fact.value for fact in self.model.facts if fact.metric == "context.tokens"]
        return int(min(tokens)) if tokens else None

    def can(self, ability: str) -> bool | None:
        """Tell whether it has `vision`, `tools` or `json_schema`; None where no source says, or sources differ."""
        answers = {bool(fact.value) for fact in self.model.facts if fact.metric == _ABILITIES[ability]}
        return answers.pop() if len(answers) == 1 else None


def search(
    at: datetime,
    text: str = "",
    maker: str = "",
    abilities: Iterable[str] = (),
    max_input: Decimal | None = None,
    max_output: Decimal | None = None,
    min_context: int = 0,
) -> list[Offer]:
    """Models that their own makers sell at a moment, and the hand-checked ones; the cheapest output first.

    Args:
        text: Words that the id or name must hold.
        maker: Its id or name, such as `deepseek`.
        abilities: `vision`, `tools`, `json_schema`: each must be there by a source's word.
        max_input: USD per million tokens, as `max_output`; a model of unknown price is left out then.
    """
    words, wanted = text.lower().split(), maker.lower()
    offers = []
    for model in _models(words, wanted):
        status = model.status_on(at.date())
        if status is not None and status.value == "retired":
            continue
        first = first_day(model)
        if first and at.date() < first:
            continue
        offer = Offer(model, ListBook().rate(model.id, at))
        if all(offer.can(ability) for ability in abilities) and (offer.context or 0) >= min_context:
            sides = ((offer.rate.input, max_input), (offer.rate.output, max_output))
            if all(limit is None or (price is not None and price <= limit) for price, limit in sides):
                offers.append(offer)
    unknown = Decimal("Infinity")
    return sorted(offers, key=lambda one: (unknown if one.rate.output is None else one.rate.output, one.model.id))


def first_day(model: catalog.Model) -> date | None:
    """Return the first day on which a model is known to have been on sale; None where no source says."""
    seen = catalog.history(model).get("seen")
    return model.released or (date.fromisoformat(seen) if seen else None)


def conditions(model: catalog.Model, at: datetime) -> Iterator[Rate]:
    """The list price of a model at a moment, then in each other condition that it has: hours, long prompts, tiers."""
    book = ListBook()
    now = book.rate(model.id, at)
    yield now
    steps = book.steps(model.id)
    shown: set[object] = {_sides(now)}
    for hour in steps.times:
        rate = book.rate(model.id, at.replace(hour=hour.hour, minute=hour.minute))
        if rate.known and _sides(rate) not in shown:
            shown.add(_sides(rate))
            yield rate
    for tier in TIERS:
        for prompt in (0, *(start + 1 for start in steps.prompts)):
            rate = book.rate(model.id, at, prompt=prompt, tier=tier)
            if (tier or prompt) and rate.known and (tier, _sides(rate)) not in shown:
                shown |= {(tier, _sides(rate)), _sides(rate)}
                yield rate


def footnotes(model: catalog.Model, at: datetime) -> list[str]:
    """Return the remarks on a model's price: whose it is, the model's status, and sources that differ."""
    return [*_provider_remarks(model, at), *_standing(model, at.date()), *_otherwise(model, at), *_holiday(model, at)]


def weighted(rate: Rate, input_share: Decimal) -> Decimal | None:
    """USD per million tokens at a mix of fresh input and output; None if a price is unknown."""
    if rate.input is None or rate.output is None:
        return None
    return rate.input * input_share + rate.output * (1 - input_share)


def proposals(
    incumbent: str, at: datetime, input_share: Decimal, needs: Iterable[str] = (), count: int = 3, own: bool = True
) -> list[Offer]:
    """Candidates for an incumbent: on sale, cheaper at the mix, able to do what is needed, of different makers.

    With `own`, the successor that the incumbent's maker names comes first, or else that maker's newest model that
    costs less; then the newest model of each other maker that costs at most half as much, the newest first.

    Args:
        input_share: Share of the tokens that is fresh input, 0 to 1.
        needs: Abilities as in `search`.
    """
    model = catalog.model(incumbent)
    paid = weighted(ListBook().rate(model.id, at), input_share)
    if paid is None:
        return []
    named = [one.model.id for one in catalog.successors(model, at.date())]
    cheaper = [
        (offer, usd) for offer in search(at, abilities=needs)
        if (usd := weighted(offer.rate, input_share)) is not None and 0 < usd < paid
        and _goes_on(offer.model, at.date())
    ]  # fmt: skip
    cheaper.sort(key=lambda pair: (pair[0].model.id in named, catalog.history(pair[0].model)["seen"]), reverse=True)
    offers: dict[str, Offer] = {}
    for offer, usd in cheaper:
        if usd <= paid / 2 or (own and offer.model.maker == model.maker):
            offers.setdefault(offer.model.maker, offer)
    ours = offers.pop(model.maker, None)
    return [*([ours] if ours and own else []), *offers.values()][:count]


def _goes_on(model: catalog.Model, day: date) -> bool:
    """Tell whether a model is served with no end in sight, by the price list and by a second source."""
    status, row = model.status_on(day), catalog.history(model)
    special = _SPECIAL.search(model.id)
    return bool(status and status.value == "served" and row.get("seen") and not row.get("status") and not special)


def _models(words: list[str], maker: str) -> list[catalog.Model]:
    """Hand-checked models and those of makers' own lists that match, without describing the others."""
    ids = [
        model for model in catalog.models().values()
        if (not maker or maker in (model.maker, catalog.provider(model.maker).name.lower()))
        and all(word in f"{model.id} {model.name}".lower() for word in words)
    ]  # fmt: skip
    listed = {entry for model in catalog.models().values() for entry in model.list[:1]}
    for id, entry in on_sale.entries().items():
        if id in listed or not on_sale.is_own(id) or id.endswith(":free"):
            continue
        vendor, text = on_sale.vendor(id), f"{id.partition('/')[2]} {entry.get('name', '')}".lower()
        if maker and maker not in (vendor.id, vendor.name.lower(), id.partition("/")[0]):
            continue
        if all(word in text for word in words) and catalog.knows(id):
            ids.append(catalog.model(id))
    return list({model.id: model for model in ids}.values())


def _sides(rate: Rate) -> tuple[Decimal | None, ...]:
    return rate.input, rate.cached, rate.output


def _provider_remarks(model: catalog.Model, at: datetime) -> Iterator[str]:
    """A reseller's price is told as such; of open weights, what others ask."""
    if not model.list:
        yield f"no price of {model.id} is in {on_sale.package()}"
        return
    if not on_sale.is_own(model.list[0]):
        yield f"the price is that of {model.list[0].partition('/')[0]}, not of the maker"
    name = model.list[0].lower().rpartition("/")[2]
    sellers = [
        id for id in on_sale.entries()
        if id.lower().rpartition("/")[2] == name and id not in model.list and not id.startswith("huggingface_")
        and on_sale.vendor(id).id == model.maker
    ]  # fmt: skip
    others = {id.partition("/")[0]: ListBook().entry_rate(id, id, at) for id in sellers}
    mine = ListBook().rate(model.id, at)
    prices = {place: rate for place, rate in others.items() if rate.known and _differ(rate, mine)}
    if prices:
        listed = ", ".join(f"{place} {rate.input:f}/{rate.output:f}" for place, rate in list(prices.items())[:8])
        yield f"other providers differ (input/output): {listed}" + (", ..." if len(prices) > 8 else "")


def _standing(model: catalog.Model, day: date) -> Iterator[str]:
    status, end = model.status_on(day), catalog.ending(model, day)
    if status is None:
        yield "status unknown: no source says whether its maker serves it"
    else:
        why = "" if model.id in catalog.models() else f": {status.note.partition(';')[0]}"
        listed = status.note.startswith("listed for sale")
        yield (
            f"listed for sale on {status.since} ({status.ref}); no source says since when it is served" if listed
            else f"{status.value} since {status.since} ({status.ref}){why}"
        )  # fmt: skip
    first = first_day(model)
    if first and day < first:
        yield f"first known to be on sale on {first}: the price is that of a later day"
    if end and f"on {end.day}" not in (status.note if status and model.id not in catalog.models() else ""):
        yield f"{'shut down' if end.day <= day else 'shuts down'} on {end.day} ({end.ref})"
    for successor in end.successors if end else catalog.successors(model, day):
        through = f", after {', '.join(successor.through)}" if successor.through else ""
        yield f"successor: {successor.model.id}{through} ({successor.ref})"


def _otherwise(model: catalog.Model, at: datetime) -> Iterator[str]:
    """Prices of the other two sources, where they are not those of the list."""
    now = ListBook().rate(model.id, at)
    known = {(rate.input, rate.output) for rate in conditions(model, at)}
    row = catalog.history(model)
    held = [price for price in row.get("prices", ()) if price["since"] <= str(at.date())]
    if held and (pair := (_base(held[-1].get("input")), _base(held[-1].get("output")))) not in known:
        since = f" since {held[-1]['since']}" if held[-1]["since"] else ""
        yield f"{on_sale.source('model-prices').ref} {row['id']} says {_pair(pair)}{since} ({held[-1]['ref']})"
    for row in catalog.rows_on(model.id, model.list[0] if model.list else f"{model.maker}/{model.id}")[:1]:
        pair = (_base(row.get("price", {}).get("input")), _base(row.get("price", {}).get("output")))
        if None not in pair and pair not in known and pair != (now.input, now.output):
            yield f"{on_sale.source('litellm').ref} {row['id']} says {_pair(pair)}"


def _holiday(model: catalog.Model, at: datetime) -> Iterator[str]:
    """On a weekend or holiday the list's own hours would say peak: both are told."""
    rate = ListBook().rate(model.id, at)
    entry = on_sale.entries().get(model.list[0], {}) if model.list else {}
    peak = [price for price in entry.get("prices", ()) if price.get("from", "9") <= f"{at:%H:%M}" < price.get("to", "")]
    if peak and ("holiday" in rate.condition or "weekend" in rate.condition):
        why = "holiday" if "holiday" in rate.condition else "weekend"
        pair = (_base(peak[-1]["input"]), _base(peak[-1]["output"]))
        yield f"{on_sale.package()} has no calendar: by its hours this is a peak hour at {_pair(pair)}; not on a {why}"


def _differ(rate: Rate, other: Rate) -> bool:
    return (rate.input, rate.output) != (other.input, other.output)


def _base(price: object) -> Decimal | None:
    if isinstance(price, list):
        price = price[0]
    return None if price is None else Decimal(str(price))


def _pair(pair: tuple[Decimal | None, Decimal | None]) -> str:
    return "/".join("unknown" if side is None else f"{side:f}" for side in pair)

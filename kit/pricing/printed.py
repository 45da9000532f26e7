"""Models and prices as the command line prints them: a list, one model in full, several side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from kit import catalog
from kit.catalog import on_sale
from kit.pricing.books import Book
from kit.pricing.offers import Offer, conditions, first_day, footnotes
from kit.pricing.rates import Rate

__all__ = ["card", "endings", "listing", "price_table", "side_by_side"]

_UNLISTED = "no cached price is listed"


def price_table(model: catalog.Model, shelf: Iterable[Book], at: datetime) -> str:
    """The price of one model in each book, the list's other conditions below it, and what else to know."""
    lines = [f"{model.name}, {at:%Y-%m-%d %H:%M} UTC, USD per million tokens", _head("book")]
    for book in shelf:
        if book.name == "article" and model.id not in catalog.models():
            continue  # the article says nothing of it
        rate = book.rate(model.id, at)
        lines.append(_row(book.name, rate, f"{rate.ref}{'; ' + rate.condition if rate.condition else ''}"))
        if book.name == "list":
            lines += [_row("", other, other.condition) for other in list(conditions(model, at))[1:]]
    return "\n".join([*lines, *footnotes(model, at)])


def side_by_side(models: Sequence[catalog.Model], shelf: Sequence[Book], at: datetime) -> str:
    """Several models in the last book of a shelf that prices them, a row each, cheapest output first."""
    rows = []
    for model in models:
        rates = [book.rate(model.id, at) for book in shelf if book.name != "article"]
        rates = [rate for rate in reversed(rates) if rate.known] or rates[-1:]
        rows.append((model, rates[0], len(list(conditions(model, at)))))
    rows.sort(key=lambda row: (row[1].output is None, row[1].output or 0))
    width = max(len(model.id) for model in models) + 2
    lines = [f"{at:%Y-%m-%d %H:%M} UTC, USD per million tokens", _head("model", width)]
    for model, rate, count in rows:
        more = f"; {count - 1} other conditions: kit prices {model.id}" if count > 1 else ""
        lines.append(_row(model.id, rate, f"{rate.book}: {rate.ref}; {rate.condition}{more}", width))
    for model in models:
        lines += [f"{model.id}: {note}" for note in footnotes(model, at)]
    return "\n".join(lines)


def listing(offers: Sequence[Offer], at: datetime) -> str:
    """Models a line each: id, maker, list price, window, and what each can do."""
    if not offers:
        return "no model that is on sale has all of this"
    width = max(len(offer.model.id) for offer in offers) + 2
    lines = [
        f"{len(offers)} models, list prices of {at:%Y-%m-%d %H:%M} UTC, USD per million tokens",
        f"{'model':{width}}{'maker':12}{'input':>9}{'cached':>9}{'output':>9}{'window':>11}  abilities and end",
    ]
    for offer in offers:
        sides = "".join(f"{_usd(usd):>9}" for usd in _sides(offer.rate))
        window = f"{offer.context:,}" if offer.context else "unknown"
        able = [name.replace("_", " ") for name in ("vision", "tools", "json_schema") if offer.can(name)]
        end = catalog.shutdown(offer.model)
        notes = "; ".join(filter(None, (", ".join(able), f"shuts down on {end.day}" if end else "",
                                        "" if first_day(offer.model) else "first day unknown")))  # fmt: skip
        lines.append(f"{offer.model.id:{width}}{offer.model.maker:12}{sides}{window:>11}  {notes}".rstrip())
    if any(first_day(offer.model) is None for offer in offers):
        lines.append("first day unknown: a price list has it; no source says since when, or whether it is still served")
    return "\n".join(lines)


def card(model: catalog.Model, at: datetime) -> str:
    """One model in full: who makes and serves it, prices in each condition, limits, abilities, status, sources."""
    origin = f", {model.origin}" if model.origin else ""
    lines = [f"{model.name} ({model.id}), by {_maker(model)}{origin}", "", _head("list price")]
    lines += [_row("", rate, f"{rate.ref}; {rate.condition}") for rate in conditions(model, at)]
    writes = next(conditions(model, at))
    if writes.written is not None and writes.written != writes.input:
        hour = f", {writes.written_1h:f} for an hour" if writes.written_1h is not None else ""
        lines.append(f"writing to the cache: {writes.written:f}{hour}")
    lines.append("")
    for fact in model.facts:
        value = f"{fact.value:,.0f} {fact.unit}" if fact.unit != "yes/no" else "yes" if fact.value else "no"
        lines.append(f"{fact.metric:26}{value:>18}  {fact.as_of}  {fact.ref}")
    lines.append("")
    lines += [f"at {provider}: {called}" for provider, called in model.providers.items()]
    return "\n".join([*lines, *footnotes(model, at)])


def endings(shutdowns: Iterable[catalog.Ending]) -> str:
    """Shutdowns a line each, with their source."""
    lines = [f"{end.day}  {end.model.id:30}{_successor(end):34}{end.ref}" for end in shutdowns]
    return "\n".join(lines) or "no model ends in this time, by the sources that are read"


def _successor(end: catalog.Ending) -> str:
    return f"then {', '.join(one.model.id for one in end.successors)}" if end.successors else ""


def _maker(model: catalog.Model) -> str:
    if model.id in catalog.models():
        return catalog.provider(model.maker).name
    return next((maker.name for maker in on_sale.MAKERS.values() if maker.id == model.maker), model.maker)


def _head(first: str, width: int = 10) -> str:
    return f"{first:{width}}{'input':>10}{'cached':>10}{'output':>10}  where and when"


def _row(first: str, rate: Rate, where: str, width: int = 10) -> str:
    return f"{first:{width}}{''.join(f'{_usd(usd):>10}' for usd in _sides(rate))}  {where.rstrip('; ')}"


def _sides(rate: Rate) -> tuple[Decimal | str | None, ...]:
    """Input, cached and output; `-` where a list has no cached price, though cached tokens are billed."""
    return rate.input, "-" if _UNLISTED in rate.condition else rate.cached, rate.output


def _usd(price: Decimal | str | None) -> str:
    return "unknown" if price is None else price if isinstance(price, str) else f"{price:f}"

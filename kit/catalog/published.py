"""Gather what the public sources say about one model: limits, abilities, status, shutdown, successor.

A source that is silent leaves a fact out; where two differ, both stay.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from kit.catalog import checked, on_sale

__all__ = ["Shutdown", "describe", "history", "rows_on", "shutdown", "successor_names"]

_AT_LITELLM = {
    "openai": ("openai", "text-completion-openai"), "google": ("gemini",), "moonshotai": ("moonshot",),
    "moonshot": ("moonshot",), "zhipu": ("zai",), "x-ai": ("xai",), "aws": ("bedrock", "bedrock_converse"),
    "cohere": ("cohere_chat", "cohere"), "together": ("together_ai",), "fireworks": ("fireworks_ai",),
    "alibaba": ("dashscope",), "zhipuai": ("bigmodel",),
}  # fmt: skip
"""Provider of the list, or a maker -> litellm's names of it, where they differ."""

_AT_MODEL_PRICES = {"moonshot": "moonshotai", "zhipu": "zai", "amazon": "amazon-bedrock"}
"""Maker -> model-prices' name of it, where they differ."""

_ABILITIES = {
    "vision": "input.vision", "tools": "supports.tools", "json_schema": "supports.json_schema",
    "reasoning": "supports.reasoning", "caching": "supports.prompt_caching",
}  # fmt: skip


@dataclass(frozen=True)
class Shutdown:
    """The day on which a model ends at its maker or provider, and the source."""

    day: date
    ref: str


def describe(id: str, entry: str, listed: bool = True) -> checked.Model:
    """A model as the public sources know it.

    Args:
        id: What the kit calls it.
        entry: Its entry in the public price list; if not `listed`, its row in another source.
    """
    maker, rows = on_sale.vendor(entry), rows_on(id, entry)
    row = on_sale.entries().get(entry, {})
    provider, _, called = entry.partition("/")
    elsewhere = _at_openrouter(maker, called) if listed and on_sale.is_own(entry) else None
    offers = {maker.id or provider: called} if on_sale.is_own(entry) or not listed else {provider: called}
    return checked.Model(
        id=id, name=row.get("name") or called.rpartition("/")[2], maker=maker.id or provider, origin=maker.origin,
        list=(entry,) if listed else (),
        ways=offers | ({"openrouter": elsewhere.partition("/")[2]} if elsewhere else {}),
        status=tuple(_statuses(id, entry, rows, listed)), facts=tuple(_facts(row, rows)),
    )  # fmt: skip


def rows_on(id: str, entry: str) -> list[dict[str, Any]]:
    """Litellm's rows on a model at the provider of its entry, the one of the very name first; else at its maker."""
    provider, _, called = entry.partition("/")
    names = [id.lower().rpartition("/")[2], called.lower(), called.lower().rpartition("/")[2]]
    names += [name.lower() for name in on_sale.entries().get(entry, {}).get("names", ())]
    for place in (provider, on_sale.vendor(entry).id):
        listings = [_by_provider().get((one, name)) for one in _AT_LITELLM.get(place, (place,)) for name in names]
        if rows := [row for row in listings if row]:
            return list({row["id"]: row for row in rows}.values())
    return []


def shutdown(model: checked.Model) -> Shutdown | None:
    """The day on which a model ends, by the hand-checked entry or litellm's table; None if no source names one."""
    for status in reversed(model.status if model.id in checked.models() else ()):
        if status.value == "retired":
            return Shutdown(status.since, status.ref)
    for row in _versions(rows_on(model.id, _first(model))):
        if row.get("shutdown"):
            return Shutdown(date.fromisoformat(row["shutdown"]), _ref(row, row.get("shutdown_ref", "")))
    return None


def successor_names(model: checked.Model) -> list[tuple[str, str]]:
    """List a model's successors as sources name them, each with its reference."""
    rows = rows_on(model.id, _first(model))[:1]
    return [(row["successor"], _ref(row, row.get("shutdown_ref", ""))) for row in rows if row.get("successor")]


def history(model: checked.Model) -> dict[str, Any]:
    """model-prices' row on a model at its maker; empty if it has none.

    `id`, `seen` (the day of its first price, where that is known), `prices` (dated by `since`), and `status`
    (`deprecated` or `removed`) if it has one.
    """
    for name in (model.id, *(entry.partition("/")[2] for entry in model.list)):
        id = f"{_AT_MODEL_PRICES.get(model.maker, model.maker)}/{name}".lower()
        if row := _dated().get(id):
            return row
    return {}


def _versions(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The row of the model itself and those of its dated snapshots; an entry answers to variants, too."""
    return [row for row in rows if row is rows[0] or row["id"].removeprefix(rows[0]["id"]).replace("-", "").isdigit()]


def _first(model: checked.Model) -> str:
    return model.list[0] if model.list else f"{model.maker}/{model.providers.get(model.maker, model.id)}"


@cache
def _by_provider() -> Mapping[tuple[str, str], dict[str, Any]]:
    listings: dict[tuple[str, str], dict[str, Any]] = {}
    for id, row in on_sale.source("litellm").rows.items():
        place = row.get("provider", "")
        name = id.lower().removeprefix(f"{place}/".lower())
        listings.setdefault((place, name), row)
        listings.setdefault((place, name.rpartition("/")[2]), row)
    return listings


@cache
def _dated() -> Mapping[str, dict[str, Any]]:
    return {id.lower(): row for id, row in on_sale.source("model-prices").rows.items()}


@cache
def _openrouter() -> Mapping[str, list[str]]:
    listings = defaultdict(list)
    for id in on_sale.entries():
        if id.startswith("openrouter/") and id.count("/") > 1:
            listings[_plain(id.rpartition("/")[2])].append(id)
    return listings


def _plain(name: str) -> str:
    """`claude-sonnet-4-5` and `claude-sonnet-4.5` are one name."""
    return name.lower().replace(".", "-")


def _at_openrouter(maker: on_sale.Maker, called: str) -> str | None:
    """OpenRouter's entry of the same maker and name; no variant of it."""
    return next((id for id in _openrouter().get(_plain(called), ()) if on_sale.vendor(id) == maker), None)


def _statuses(id: str, entry: str, rows: list[dict[str, Any]], listed: bool) -> Iterator[checked.Status]:
    """A status for each source; that a list has a price counts as served from the newest price in it on."""
    ends, word = next((row for row in _versions(rows) if row.get("shutdown")), None), _removed(id, entry)
    day = date.fromisoformat(ends["shutdown"]) if ends else date.max
    if listed and not ends and not word:
        yield checked.Status(
            value="served", since=_newest(), as_of=str(_newest()), ref=f"{on_sale.package()} {entry}",
            note="listed for sale; no day of release is known",
        )  # fmt: skip
    if ends:
        ref, after = _ref(ends, ends.get("shutdown_ref", "")), ends.get("successor")
        note = f"on {day}" + (f", {after} is named as successor" if after else "")
        as_of = on_sale.source("litellm").read_on
        if day > _newest():
            yield checked.Status(value="deprecated", since=_newest(), as_of=as_of, ref=ref, note=f"shuts down {note}")
        yield checked.Status(value="retired", since=day, as_of=as_of, ref=ref, note=f"shut down {note}")
    elif word:
        source = on_sale.source("model-prices")
        updated = date.fromisoformat(source.more["updated_at"][:10])
        value, note = ("retired" if word == "removed" else "deprecated"), f"{word} by this day, says models.dev"
        since = updated if word == "removed" else max(updated, _newest())
        yield checked.Status(value=value, since=since, as_of=str(updated), ref=source.ref, note=note)


def _removed(id: str, entry: str) -> str:
    maker, called = on_sale.vendor(entry).id, entry.partition("/")[2].lower()
    place = _AT_MODEL_PRICES.get(maker, maker)
    if entry in on_sale.entries() and not on_sale.is_own(entry):
        return ""  # what a maker ended, a reseller may still serve
    row = _dated().get(f"{place}/{id.lower()}") or _dated().get(f"{place}/{called}") or {}
    return str(row.get("status", ""))


@cache
def _newest() -> date:
    """The day of the newest price in the list that is not announced for later: what it lists stands for this day."""
    read_on = on_sale.source("genai-prices").read_on
    days = {
        price["since"]
        for entry in on_sale.entries().values()
        for price in (*entry["prices"], *entry.get("variants", ()))
        if price.get("since", "9") <= read_on
    }
    return date.fromisoformat(max(days))


def _facts(entry: Mapping[str, Any], rows: list[dict[str, Any]]) -> Iterator[checked.Fact]:
    listed, table = on_sale.source("genai-prices"), on_sale.source("litellm")
    if tokens := entry.get("context"):
        ref = f"{on_sale.package()} {entry['id']}"
        yield checked.Fact(metric="context.tokens", value=tokens, as_of=listed.read_on, ref=ref)
    for row in rows[:1]:
        ref = _ref(row, row.get("ref", ""))
        if row.get("context") and row["context"] != entry.get("context"):
            yield checked.Fact(metric="context.tokens", value=row["context"], as_of=table.read_on, ref=ref)
        if row.get("output"):
            yield checked.Fact(metric="output.max_tokens", value=row["output"], as_of=table.read_on, ref=ref)
        for key, metric in _ABILITIES.items():
            if isinstance(row.get(key), bool):
                yield checked.Fact(metric=metric, value=row[key], as_of=table.read_on, ref=ref)


def _ref(row: Mapping[str, Any], address: str) -> str:
    return " ".join(filter(None, (on_sale.source("litellm").ref, row["id"], address)))

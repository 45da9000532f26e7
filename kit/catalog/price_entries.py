"""Turn genai-prices' entries into plain data: what `tools/refresh_catalog.py` commits, and what is read at run time.

An entry: `id` (`provider/model id`), `name`, `context` (tokens), `names`, `starts`, `holds` and `patterns` (what it
answers to), `prices` and `variants` (a price each, the last one that applies holds). A price: `input`, `output`,
`cached`, `written`, `written_1h` (USD per million tokens) and `requests` (USD per thousand), each a text, or a pair of
a text and `[[tokens, text], ...]` where a longer prompt is priced otherwise; `since`, or `from` and `to` (UTC) where it
has conditions; `when`, such as `{"service_tier": "flex"}`, for a variant.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

__all__ = ["convert"]

_SIDES = {
    "input_mtok": "input", "output_mtok": "output", "cache_read_mtok": "cached", "cache_write_mtok": "written",
    "cache_write_1h_mtok": "written_1h", "requests_kcount": "requests", "output_reasoning_mtok": "reasoning",
}  # fmt: skip


def convert(providers: Any) -> list[dict[str, Any]]:
    """All entries of a snapshot, in its own order."""
    return [_entry(f"{provider.id}/{info.id}", info) for provider in providers for info in provider.models]


def _entry(id: str, info: Any) -> dict[str, Any]:
    listed = info.prices if isinstance(info.prices, list) else [info.prices]
    entry: dict[str, Any] = {
        "id": id, "name": info.name, "context": info.context_window, "deprecated": bool(info.deprecated),
        **_match(info.match),
        "prices": [_price(price) for price in listed],
        "variants": [{"when": dict(variant.when)} | _price(variant) for variant in info.price_variants or ()],
    }  # fmt: skip
    return {key: value for key, value in entry.items() if value}


def _match(match: Any) -> dict[str, list[str]]:
    rules: dict[str, list[str]] = {"names": [], "starts": [], "holds": [], "patterns": []}
    for kind, text in _clauses(match):
        rules[kind].append(text)
    return {kind: list(dict.fromkeys(texts)) for kind, texts in rules.items()}


def _clauses(match: Any) -> Iterator[tuple[str, str]]:
    """The clauses of which one is enough; those that must hold together are too wide to name one model."""
    for inner in getattr(match, "or_", ()):
        yield from _clauses(inner)
    if text := getattr(match, "equals", None):
        yield "names", text
    elif text := getattr(match, "starts_with", None):
        yield "starts", text
    elif text := getattr(match, "contains", None):
        yield "holds", text
    elif (text := getattr(match, "regex", None)) and text.endswith("$"):
        yield "patterns", text


def _price(offer: Any) -> dict[str, Any]:
    price: Any = getattr(offer, "prices", offer)
    constraint: Any = getattr(offer, "constraint", None)
    sides: dict[str, Any] = {}
    for key, side in _SIDES.items():
        if (value := getattr(price, key, None)) is not None:
            sides[side] = _amount(value)
    if hasattr(constraint, "start_date"):
        sides["since"] = str(constraint.start_date)
    elif hasattr(constraint, "start_time"):
        sides |= {"from": _utc(constraint.start_time), "to": _utc(constraint.end_time)}
    return sides


def _amount(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    return [str(value.base), [[tier.start, str(tier.price)] for tier in value.tiers]]


def _utc(moment: time) -> str:
    """A time of day in UTC, which is what genai-prices takes a time without a zone for."""
    return f"{datetime.combine(date(2026, 1, 1), moment, moment.tzinfo or UTC).astimezone(UTC):%H:%M}"

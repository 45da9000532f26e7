"""Names in a log: which model one means, by the price list's match rules and never by likeness; keys masked.

A dated name keeps its date where the list has a price of its own for it (`gpt-4o-2024-05-13`); else it is the model
that the list matches it to (`gpt-4o-2024-08-06` is `gpt-4o`).

A key that stands in a name (an endpoint's, a model's, an error's) becomes a mark before anybody sees it. Texts of
requests and answers stay in the database as they were logged: what is shown or sent of them is redacted there
(`kit.replay`).
"""

# ruff: noqa: S608 - SQL is put together of names that are ours

import re
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Any

from kit import catalog
from kit.redaction import RULES, redact, widened

if TYPE_CHECKING:
    import duckdb

__all__ = ["NAMES", "masked", "masks", "nearest", "resolve"]

_TURNED = re.compile(r"claude-([4-9](?:[.-]\d)?)-(opus|sonnet|haiku)((?:-\d{8})?)")

_FAMILIES = ("openai", "anthropic", "google", "deepseek", "moonshotai", "zhipuai", "mistral", "cohere", "x-ai", "meta")
"""Makers whose models' names tell whose they are (gpt-, claude-, gemini-); the list's own `model_match` says how."""


def resolve(logged: str, provider: str = "") -> str | None:
    """The id of a model in the catalog, else the exact name of an entry in the price list; None if neither is known.

    `resolve("claude-3-5-sonnet-20241022")` -> `claude-3.5-sonnet`; `resolve("gpt-5-mini-2025-08-07")` ->
    `gpt-5-mini`. The provider is always named: by the name's prefix, else by the log, else by the family that
    the name tells, since without one a model may be priced as another's.
    """
    name = logged.strip().lower().removeprefix("models/")
    if turned := _TURNED.fullmatch(name):  # Cursor and others put the version first
        name = f"claude-{turned[2]}-{turned[1].replace('.', '-')}{turned[3]}"
    ways = [name, name.partition("/")[2]] if "/" in name else [name]
    for way_name in ways:
        if way_name in _catalog():
            return _catalog()[way_name]
    for way_name, by in _readings(name, provider):
        for info in by.models:
            if info.is_match(way_name):
                entry = f"{by.id}/{info.id}"
                return _catalog().get(entry.lower()) or _catalog_id(entry)
    return None


def nearest(logged: str) -> str:
    """The known name most like an unknown one; empty if none is much like it."""
    bare = logged.strip().lower().rpartition("/")[2]
    known = [*catalog.models(), *(f"{id}/{info.id}" for id in _FAMILIES for info in _providers()[id].models)]
    by_bare = {name.lower().rpartition("/")[2]: name for name in reversed(known)}
    if typed := get_close_matches(bare, by_bare, n=1, cutoff=0.9):  # a slip of the finger
        return by_bare[typed[0]]
    inside = [name for name in by_bare if len(_letters(name)) > 3 and _letters(name) in _letters(bare)]
    if inside:  # a deployment's name is often the model's with more around it
        return by_bare[max(inside, key=len)]
    close = get_close_matches(bare, by_bare, n=1, cutoff=0.6)
    return by_bare[close[0]] if close else ""


def _letters(name: str) -> str:
    """A name without what people put between its parts."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _readings(name: str, provider: str) -> list[tuple[str, Any]]:
    """Ways to read a name: (name, provider of the price list), the likeliest first."""
    readings = []
    prefix, _, rest = name.partition("/")
    if rest and (by := _provider(prefix)):
        readings.append((rest, by))
        if by.id == "openrouter" and (maker := _provider(rest.partition("/")[0])):
            readings.insert(0, (rest.partition("/")[2], maker))
    bare = name.rpartition("/")[2]
    if by := _provider(provider):
        readings += [(name, by), (bare, by)]
    families = [_providers()[id] for id in _FAMILIES]
    readings += [(bare, by) for by in families if by.model_match and by.model_match.is_match(bare)]
    if rest:
        readings.append((name, _providers()["openrouter"]))
    exact = [by for by in families if any(info.id == bare for info in by.models)]
    # embeddings and the like, which no family's pattern takes
    readings += [(bare, exact[0])] if len(exact) == 1 else []
    return readings


def _catalog_id(entry: str) -> str:
    """The name by which a study calls the model of an entry; the entry itself, if it is of no text model."""
    return catalog.model(entry).id if catalog.knows(entry) else entry


def _provider(provider_name: str) -> Any:
    """The price list's provider that a log's word means: `OPENAI`, `gcp.gemini`, `vertex_ai`; None if it is unknown."""
    provider_name = provider_name.strip().lower().replace("_", "-")
    if provider_name in _providers():
        return _providers()[provider_name]
    known = (by for by in _providers().values() if provider_name and by.provider_match)
    matches = (by for by in known if by.provider_match.is_match(provider_name))
    return next(matches, None)


@cache
def _providers() -> dict[str, Any]:
    # genai-prices takes 0.3 s to import, so it is read when a name is asked for
    from genai_prices.data_snapshot import get_snapshot

    return {provider.id: provider for provider in get_snapshot().providers}


@cache
def _catalog() -> dict[str, str]:
    """What the catalog's models are called, in lower case -> their ids: there, by providers, and in the price list."""
    ids: dict[str, str] = {}
    for id, model in catalog.models().items():
        for name in (id, *model.providers.values(), *model.list):
            ids.setdefault(name.lower(), id)
    return ids


_FEW = 200
"""Names that are looked at one by one."""

NAMES = ("endpoint", "logged", "provider", "status")
"""Columns of `usage` whose words are shown as they are."""

_SECRET = [rule for rule in RULES if rule.secret]
_HINT = "|".join(widened(rule.pattern) for rule in _SECRET)
"""Names that may hold a secret; DuckDB's regular expressions are RE2's."""


def masked(text: str) -> str:
    """A text with a mark in place of each key: `masked("job sk-...")` -> `job [openai key]`; addresses stay."""
    return redact(text, _SECRET)


def masks(db: "duckdb.DuckDBPyConnection", rows: str) -> dict[str, str]:
    """Make a table `name`, `mark` for each column of NAMES in which a key stands: column -> the table's name.

    Args:
        rows: The table or view of usage; tables are called after it.
    """
    masks_by_name = {}
    for column in NAMES:
        distinct = f'SELECT DISTINCT "{column}" AS name FROM {rows} WHERE name IS NOT NULL'
        hinted = db.execute(f"{distinct} LIMIT {_FEW + 1}").fetchall()
        if len(hinted) > _FEW:  # then compiling the rules for DuckDB, 20 ms, takes less than looking at each name here
            hinted = db.execute(f"SELECT name FROM ({distinct}) WHERE regexp_matches(name, ?)", [_HINT]).fetchall()
        if pairs := [(name, mark) for (name,) in hinted if (mark := masked(name)) != name]:
            masks_by_name[column] = f"{rows}_{column}"
            db.execute(f"CREATE TABLE {masks_by_name[column]} (name VARCHAR, mark VARCHAR)")
            db.executemany(f"INSERT INTO {masks_by_name[column]} VALUES (?, ?)", pairs)
    return masks_by_name

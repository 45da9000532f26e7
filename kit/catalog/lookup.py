"""Find the model that a name means, as people, logs and providers write it; never another model.

gpt-5-mini, openai/gpt-5-mini             its maker's entry in the public price list
us.anthropic.claude-sonnet-4-5-...-v1:0   the entry of the provider that names it so, at that provider's price
gpt-4o-2024-08-06, mistral-large-latest   a date or `-latest` is dropped only where the list says that it may be
openrouter/z-ai/glm-5.1                   OpenRouter's entry
deepseek-v4.1-flash                       the name under which its maker's API serves it: deepseek-flash
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import SequenceMatcher, get_close_matches
from functools import cache, lru_cache

from kit.catalog import checked, on_sale
from kit.catalog.published import describe
from kit.errors import CatalogError

__all__ = ["entry_of", "knows", "model", "names", "near", "subjects"]

_PREFIXES = {
    "bedrock": "aws", "gemini": "google", "vertex_ai": "google", "xai": "x-ai", "z-ai": "zai", "moonshot": "moonshotai",
    "mistralai": "mistral", "together_ai": "together", "fireworks_ai": "fireworks", "azure_ai": "azure",
}  # fmt: skip
"""Provider as other tools write it before a slash -> provider in the list."""

_SAME_PRICES = {"azure": ("openai",)}
"""Provider -> whose prices it takes for what it does not list itself, by genai-prices' own rule."""

_SUFFIX = re.compile(r"(?:[-@:.](?:latest|default|preview|\d{8}|\d{4}-\d\d-\d\d|v\d+(?::\d+)?))*")
"""What may follow the start of a name and leave the model what it is: dates, versions of a deployment, `-latest`."""

_AT_BEDROCK = re.compile(r"(?:[a-z-]+\.)?(?:anthropic|amazon|meta|mistral|cohere|ai21|deepseek|openai|qwen)\.")
"""How Amazon Bedrock writes a name: a region, the vendor, and the model behind dots."""

_NOT_TEXT = re.compile(
    r"embed|whisper|\btts\b|-tts|dall-e|imagen|transcribe|rerank|moderation|-image\b|image-\d|sora|veo-|speech|voyage|"
    r"realtime|-ocr|audio|music|lyria"
)
"""Words in a name of what is no text model, where no source says what it is."""


@lru_cache(maxsize=4096)
def model(name: str) -> checked.Model:
    """The model that a name means.

    Raises:
        CatalogError: In one line, if the name is unknown (with the nearest known one), means models of several makers,
            or is that of a model for embeddings, images or sound.
    """
    if name in checked.models():
        return checked.models()[name]
    if not name.strip():
        raise CatalogError("no model is named; give a name such as gpt-4o")
    entry = entry_of(name)
    if entry is None and (kind := _other_kind(name)):
        raise CatalogError(f"{name!r} is not a text model: it is for {kind}")
    if entry is None and (unlisted := _unlisted(name)):
        return unlisted
    if entry is None and len(titled := _by_title().get(name.strip().lower(), [])) == 1:
        return model(titled[0])
    if entry is None:
        raise CatalogError(f"{name!r} is not a model in the catalog{near(name)}")
    if kind := _other_kind(entry.partition("/")[2]):
        raise CatalogError(f"{name!r} is not a text model: it is for {kind}")
    for known in checked.models().values():
        if known.list and entry == known.list[0]:
            return known
    return describe(_id(name, entry), entry)


@cache
def _by_title() -> Mapping[str, list[str]]:
    """Title in small letters, such as `claude sonnet 4.5` -> the names of the models that bear it at their makers."""
    titles: dict[str, list[str]] = {}
    for known in checked.models().values():
        titles.setdefault(known.name.lower(), []).append(known.id)
    for id, entry in on_sale.entries().items():
        title = str(entry.get("name", "")).lower()
        if title and on_sale.is_own(id) and not any(map(checked.models().__contains__, titles.get(title, ()))):
            titles.setdefault(title, []).append(id)
    return titles


@lru_cache(maxsize=65536)  # the nearest name of an unknown one takes 20 ms, and a bill asks once a call
def knows(name: str) -> bool:
    """Tell whether `model` finds one model for a name."""
    try:
        model(name)
    except CatalogError:
        return False
    return True


def names(ids: Iterable[str] = ()) -> dict[str, str]:
    """Id -> name of models; of the hand-checked ones, if none are named."""
    return {id: model(id).name for id in list(ids) or checked.models()}


def subjects(incumbent: str, *others: str) -> list[str]:
    """Ids of the models that a study is about: its own, after the audited article's if it compares two of these."""
    own = [model(name).id for name in (incumbent, *others) if "@" not in name and knows(name)]
    audited = len(set(own) & set(checked.models())) > 1
    return list(dict.fromkeys([*(checked.models() if audited else ()), *own]))


def entry_of(name: str) -> str | None:
    """The entry of the public price list that a name means; None if there is none.

    Raises:
        CatalogError: If entries of several makers, or of several resellers and no maker, answer to it.
    """
    if name in on_sale.entries():
        return name
    text = _vertex(name.strip().lower().removeprefix("models/"))
    prefix, slash, rest = text.partition("/")
    if "@" in name and (vertex := _at("google", text)):
        return vertex
    if slash:
        places = (_PREFIXES.get(prefix, prefix), *_SAME_PRICES.get(prefix, ()))
        entries = [entry for place in places if (entry := _at(place, rest))]
        return entries[0] if entries else _at("openrouter", text) or _free(text)
    return _resolve(text, [id for id in _answering(text) if _is_sold(id)])


def near(name: str) -> str:
    """Suggest the nearest name, as `; did you mean 'gpt-4o'?`; empty if nothing is near.

    Family and digits weigh more than letters: what has other digits, or no word of the family, is not near.
    """
    words, digits = _parts(name)
    best, nearest = 0.0, ""
    for known in _suggestions():
        their_words, their_digits = _parts(known)
        if not words & their_words - _COMMON or sorted(digits) != sorted(their_digits):
            continue
        alike = SequenceMatcher(None, name.lower(), known).ratio()
        score = len(words & their_words) / len(words | their_words) + alike
        if score > best:
            best, nearest = score, known
    if not nearest:
        nearest = _misspelt(name)
    return f"; did you mean {nearest!r}?" if nearest else ""


_COMMON = {
    "mini", "pro", "flash", "large", "small", "max", "model", "chat", "instruct", "preview", "latest", "lite", "v", "b",
}  # fmt: skip
"""Words that many families share."""


def _parts(name: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """Words and numbers of a name; `4-5` and `4.5` are one number."""
    text = re.sub(r"(\d)-(\d{1,2})(?!\d)", r"\1.\2", name.lower().rpartition("/")[2])
    return frozenset(re.findall(r"[a-z]+", text)), tuple(re.findall(r"\d+(?:\.\d+)*", text))


def _misspelt(name: str) -> str:
    """A name of the same digits that differs in a letter or two: `cluade-sonnet-4-5`."""
    digits = _parts(name)[1]
    same = [known for known in _suggestions() if sorted(_parts(known)[1]) == sorted(digits)]
    return next(iter(get_close_matches(name.lower(), same, n=1, cutoff=0.8)), "")


@cache
def _suggestions() -> tuple[str, ...]:
    """Names to suggest: the hand-checked ones, then those of makers' own entries."""
    own = [id.partition("/")[2].lower() for id in on_sale.entries() if on_sale.is_own(id)]
    return tuple(name for name in dict.fromkeys([*checked.models(), *own]) if not _NOT_TEXT.search(name))


def _vertex(name: str) -> str:
    """`gemini-2.5-flash@default` and `claude-sonnet-4-5@20250929`, as Google's cloud writes them."""
    return re.sub(r"@(\d{8})$", r"-\1", name.removesuffix("@default"))


def _at(provider: str, name: str) -> str | None:
    """The entry of one provider that answers to a name."""
    return next((id for id in _answering(name) if id.partition("/")[0] == provider), None)


def _free(name: str) -> str | None:
    """OpenRouter serves a free variant of some models under its name and `:free`, listed or not."""
    base, free, _ = name.removeprefix("openrouter/").partition(":free")
    return f"openrouter/{base}:free" if free and _at("openrouter", base) else None


def _is_sold(id: str) -> bool:
    """Leave out what passes other providers' models through at their prices, or sells seats and not tokens."""
    return not id.startswith(("huggingface_", "github-copilot/", "openai-decisions/", "quicksilverpro/"))


@lru_cache(maxsize=4096)
def _answering(name: str) -> tuple[str, ...]:
    """All entries that answer to a name: by the name itself, else by a pattern, else by a start and a known suffix."""
    exact = on_sale.by_name().get(name, ())
    if any(map(on_sale.is_own, exact)):
        return exact
    return tuple(dict.fromkeys([*exact, *_by_pattern(name)]))


def _by_pattern(name: str) -> Iterator[str]:
    for id, entry in on_sale.entries().items():
        starts = [entry_name.lower() for entry_name in entry.get("starts", ())]
        if (
            any(name.startswith(start) and _only_dated(start, name[len(start) :]) for start in starts)
            or any(_inside(name, text.lower()) for text in entry.get("holds", ()))
            or any(re.match(pattern, name) for pattern in entry.get("patterns", ()))
        ):
            yield id


def _only_dated(start: str, rest: str) -> bool:
    """Return what follows a start is a date or version; a start may break off inside a date: `claude-sonnet-4-2025`."""
    if re.search(r"-20\d\d$", start):
        rest = re.sub(r"^-?\d\d-?\d\d(?!\d)", "", rest)
    return bool(_SUFFIX.fullmatch(rest))


def _inside(name: str, text: str) -> bool:
    """A text that an entry looks for, with at most a region or vendor before it and a known suffix behind."""
    before, match, behind = name.partition(text)
    return bool(match and re.fullmatch(r"(?:[a-z-]+[./])*", before) and _SUFFIX.fullmatch(behind))


def _resolve(name: str, ids: Iterable[str]) -> str | None:
    """Of the entries that answer to a bare name the maker's own, else OpenRouter's, else the only reseller's."""
    known = list(ids)
    own = [id for id in known if on_sale.is_own(id)]
    if len({on_sale.MAKERS[id.partition("/")[0]].id for id in own}) > 1:
        raise CatalogError(f"{name!r} could be {' or '.join(own)}; name one of them")
    if own:
        return own[0]
    if _AT_BEDROCK.match(name) and (at_bedrock := [id for id in known if id.startswith("aws/")]):
        return at_bedrock[0]
    if resolved := _served_as(name) or _resold(name, known):
        return resolved
    places = {id.partition("/")[0] for id in known}
    if len(places) > 1:
        listed = ", ".join(sorted(places))
        raise CatalogError(f"{name!r} is sold by {listed} and not by its maker; name one, as in {known[0]!r}")
    return known[0] if known else None


def _resold(name: str, known: list[str]) -> str | None:
    """OpenRouter's entry, whose names begin with the vendor: `qwen/qwen3-max`."""
    at = [id for id in known if id.startswith("openrouter/")] or [
        id for id in on_sale.entries() if id.startswith("openrouter/") and id.lower().rpartition("/")[2] == name
    ]
    makers = {on_sale.vendor(id) for id in at}
    if len(makers) > 1:
        raise CatalogError(f"{name!r} could be {' or '.join(at)}; name one of them")
    return at[0] if at else None


def _served_as(name: str) -> str | None:
    """The entry of a model's own name where its maker's API calls it otherwise, by model-prices' list of such names."""
    served = on_sale.source("model-prices").more["names"].get(name)
    if served is None:
        return None
    provider, _, rest = served.partition("/")
    return _at(_PREFIXES.get(provider, provider), rest)


@cache
def _own_id(entry: str) -> str:
    """An own entry's name without its provider, where it leads back to the entry."""
    name = entry.partition("/")[2].lower()
    exact = [id for id in on_sale.by_name().get(name, ()) if on_sale.is_own(id)]
    return name if "/" not in name and (exact == [entry] or entry_of(name) == entry) else entry


def _id(name: str, entry: str) -> str:
    """The one name by which the kit calls a model: without its provider where that is its maker."""
    rest = entry.partition("/")[2]
    if on_sale.is_own(entry):
        return _own_id(entry)
    return entry if "/" in name or name.lower() not in (rest.lower(), rest.lower().rpartition("/")[2]) else name.lower()


def _other_kind(name: str) -> str:
    """Name a model's kind if it is not for text: `embedding`, `image generation`; empty if it is for text."""
    text = name.lower()
    mode = on_sale.modes().get(text) or on_sale.modes().get(text.rpartition("/")[2])
    if mode and mode not in on_sale.TEXT_MODES:
        return mode.replace("_", " ")
    match = _NOT_TEXT.search(text)
    return "" if mode or not match else f"something else, by its name ({match[0].strip('-')})"


def _unlisted(name: str) -> checked.Model | None:
    """A text model that the price list does not have, but another source: known, of unknown price."""
    text = _vertex(name.strip().lower())
    for source in ("litellm", "model-prices"):
        ids = [id for id, row in on_sale.source(source).rows.items() if row.get("mode", "chat") in on_sale.TEXT_MODES]
        matches = [id for id in ids if id.lower() == text] or [id for id in ids if id.lower().partition("/")[2] == text]
        if matches:
            return describe(text, matches[0], listed=False)
    return None

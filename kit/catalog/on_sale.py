"""Three public sources on the models that are on sale: compact, dated copies that `tools/refresh_catalog.py` makes.

    genai-prices   what providers list: prices by date, hour, tier and length of prompt, and the context window
    litellm        abilities, limits, shutdown dates with their source, and successors
    model-prices   makers' dated prices from the history of models.dev, statuses, and schedules of peak hours

Where they disagree, all of them are kept.
"""

import gc
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

__all__ = [
    "MAKERS", "TEXT_MODES", "Maker", "Origin", "Source", "by_name", "entries", "is_own", "modes",
    "package", "source", "vendor",
]  # fmt: skip

TEXT_MODES = ("chat", "responses", "completion")
"""Of litellm's modes, those of a model that answers text with text."""

Origin = Literal["CN", "US", "FR", "CA", "IL", "KR", ""]
"""A maker's country; empty where it is not known."""

_FOLDER = Path(__file__).parents[1] / "data" / "on_sale"


@dataclass(frozen=True)
class Maker:
    """A company that makes models: its id in `providers.yaml` or `more_providers.yaml`, and its country, if known."""

    id: str
    name: str
    origin: Origin = ""


@dataclass(frozen=True)
class Source:
    """One source: its name and version as a reference, the day on which it was read, and its rows by id."""

    name: str
    version: str
    read_on: str
    rows: Mapping[str, dict[str, Any]]
    more: Mapping[str, Any]

    @property
    def ref(self) -> str:
        """The source as evidence cites it: `litellm 1.110.2`."""
        return f"{self.name} {self.version}"


_OPENAI, _ANTHROPIC = Maker("openai", "OpenAI", "US"), Maker("anthropic", "Anthropic", "US")
_GOOGLE, _DEEPSEEK = Maker("google", "Google", "US"), Maker("deepseek", "DeepSeek", "CN")
_MOONSHOT, _ZHIPU = Maker("moonshot", "Moonshot AI", "CN"), Maker("zhipu", "Z.ai", "CN")
_ALIBABA, _MINIMAX = Maker("alibaba", "Alibaba", "CN"), Maker("minimax", "MiniMax", "CN")
_MISTRAL, _XAI = Maker("mistral", "Mistral AI", "FR"), Maker("xai", "xAI", "US")
_META, _COHERE = Maker("meta", "Meta", "US"), Maker("cohere", "Cohere", "CA")
_PERPLEXITY, _ARCEE = Maker("perplexity", "Perplexity", "US"), Maker("arcee", "Arcee AI", "US")
_AMAZON = Maker("amazon", "Amazon", "US")

MAKERS = {
    "openai": _OPENAI, "anthropic": _ANTHROPIC, "google": _GOOGLE, "deepseek": _DEEPSEEK, "moonshotai": _MOONSHOT,
    "zai": _ZHIPU, "zhipuai": _ZHIPU, "minimax": _MINIMAX, "mistral": _MISTRAL, "x-ai": _XAI, "meta": _META,
    "cohere": _COHERE, "perplexity": _PERPLEXITY, "arcee": _ARCEE, "cursor": Maker("cursor", "Cursor", "US"),
    "typesafe": Maker("typesafe", "TypeSafe"), "voyageai": Maker("voyageai", "Voyage AI", "US"),
}  # fmt: skip
"""Provider of genai-prices that sells models of its own -> their maker; all others resell."""

_VENDORS = {
    "z-ai": _ZHIPU, "zai-org": _ZHIPU, "thudm": _ZHIPU, "qwen": _ALIBABA, "alibaba": _ALIBABA, "mistralai": _MISTRAL,
    "meta-llama": _META, "amazon": _AMAZON, "arcee-ai": _ARCEE, "xai": _XAI, "moonshot": _MOONSHOT,
    "minimaxai": _MINIMAX, "deepseek-ai": _DEEPSEEK, "nvidia": Maker("nvidia", "NVIDIA", "US"),
    "microsoft": Maker("microsoft", "Microsoft", "US"), "ai21": Maker("ai21", "AI21 Labs", "IL"),
    "tencent": Maker("tencent", "Tencent", "CN"), "xiaomi": Maker("xiaomi", "Xiaomi", "CN"),
    "baidu": Maker("baidu", "Baidu", "CN"), "bytedance": Maker("bytedance", "ByteDance", "CN"),
    "bytedance-seed": Maker("bytedance", "ByteDance", "CN"), "stepfun": Maker("stepfun", "StepFun", "CN"),
    "inclusionai": Maker("inclusionai", "inclusionAI", "CN"), "upstage": Maker("upstage", "Upstage", "KR"),
}  # fmt: skip
"""What resellers call a maker -> the maker."""

_FAMILIES = {
    "gpt": _OPENAI, "chatgpt": _OPENAI, "o1": _OPENAI, "o3": _OPENAI, "o4": _OPENAI, "claude": _ANTHROPIC,
    "gemini": _GOOGLE, "gemma": _GOOGLE, "deepseek": _DEEPSEEK, "kimi": _MOONSHOT, "glm": _ZHIPU, "qwen": _ALIBABA,
    "qwq": _ALIBABA, "minimax": _MINIMAX, "mistral": _MISTRAL, "mixtral": _MISTRAL, "codestral": _MISTRAL,
    "devstral": _MISTRAL, "ministral": _MISTRAL, "magistral": _MISTRAL, "grok": _XAI, "llama": _META,
    "command": _COHERE, "sonar": _PERPLEXITY, "nova": _AMAZON,
}  # fmt: skip
"""First word of a model's name, without digits -> the maker, for resellers that do not say it."""


def vendor(entry: str) -> Maker:
    """Tell the maker of an entry `provider/model id`, whoever lists it; with no id where that is not known."""
    provider, *parts = entry.lower().split("/")
    family = _family(parts[-1]) if parts else None
    if provider in MAKERS and (family or len(parts) == 1):
        return family or MAKERS[provider]
    for part in (part.lstrip("~") for part in parts[:-1]):
        if maker := MAKERS.get(part) or _VENDORS.get(part):
            return maker
    return family or Maker("", parts[0].lstrip("~") if len(parts) > 1 else "")


def is_own(entry: str) -> bool:
    """Tell whether an entry is its maker's own offer: Google lists Gemini as its own, and Claude as a reseller."""
    provider = entry.partition("/")[0]
    return provider in MAKERS and vendor(entry) == MAKERS[provider]


def _family(name: str) -> Maker | None:
    for word in name.replace(".", "-").replace("_", "-").split("-"):
        if maker := _FAMILIES.get(word) or _FAMILIES.get(word.rstrip("0123456789")):
            return maker
    return None


@cache
def source(name: str) -> Source:
    """One of the three copies, whole."""
    text = (_FOLDER / f"{name}.jsonl").read_text(encoding="utf-8")
    with _no_collection():
        head, *rows = json.loads("[" + text.rstrip().replace("\n", ",") + "]")  # at once, which takes half as long
    return Source(head.pop("source"), head.pop("version"), head.pop("read_on"), {row["id"]: row for row in rows}, head)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Hold the garbage collector, which would go through thousands of fresh rows again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@cache
def entries() -> Mapping[str, dict[str, Any]]:
    """The public price list's entries by id, `provider/model id`, in the layout of `kit.catalog.price_entries`.

    The copy is read where it is of the installed version, since genai-prices takes half a second to import; a newer
    package is read itself.
    """
    copy = source("genai-prices")
    if copy.version == version("genai-prices"):
        return copy.rows
    from genai_prices.data_snapshot import get_snapshot

    from kit.catalog.price_entries import convert

    return {entry["id"]: entry for entry in convert(get_snapshot().providers)}


@cache
def package() -> str:
    """The public price list as evidence cites it: `genai-prices 0.2.3`."""
    return f"genai-prices {version('genai-prices')}"


@cache
def by_name() -> Mapping[str, tuple[str, ...]]:
    """Exact names in lower case -> the entries that answer to them, under each provider."""
    found: dict[str, list[str]] = defaultdict(list)
    for id, entry in entries().items():
        for name in dict.fromkeys(text.lower() for text in (id.partition("/")[2], *entry.get("names", ()))):
            found[name].append(id)
    return {name: tuple(ids) for name, ids in found.items()}


@cache
def modes() -> Mapping[str, str]:
    """Names in lower case, whole and without what stands before a slash -> what litellm says that the model is for."""
    mode_of: dict[str, str] = {}
    for id, row in source("litellm").rows.items():
        if mode := row.get("mode"):
            mode_of[id.lower()] = mode
            mode_of.setdefault(id.lower().rpartition("/")[2], mode)
    return mode_of

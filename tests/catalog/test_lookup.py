"""Names as people type them, and the model that each means; never another one."""

from datetime import date

import pytest

from kit import catalog
from kit.catalog import on_sale
from kit.errors import CatalogError


@pytest.mark.parametrize(
    ("typed", "entry"),
    [
        pytest.param("gpt-5-mini", "openai/gpt-5-mini", id="a name alone is its maker's"),
        pytest.param("openai/gpt-5-mini", "openai/gpt-5-mini", id="with its maker before it"),
        pytest.param("GPT-5-mini", "openai/gpt-5-mini", id="in other capitals"),
        pytest.param("gpt-4o-2024-08-06", "openai/gpt-4o", id="a date that the list knows"),
        pytest.param("gpt-4o-2024-05-13", "openai/gpt-4o-2024-05-13", id="a dated one with a price of its own"),
        pytest.param("claude-sonnet-4-5", "anthropic/claude-sonnet-4-5", id="Anthropic's, though Google lists it too"),
        pytest.param("claude-sonnet-4-5-20250929", "anthropic/claude-sonnet-4-5", id="Anthropic's, dated"),
        pytest.param("claude-sonnet-4-5@20250929", "google/claude-sonnet-4-5", id="as Google's cloud writes a date"),
        pytest.param("claude-3-7-sonnet-latest", "anthropic/claude-3-7-sonnet-latest", id="latest"),
        pytest.param(
            "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "aws/regional.anthropic.claude-sonnet-4-5-20250929-v1:0",
            id="Bedrock in a region, which is dearer",
        ),
        pytest.param("gemini-2.5-flash@default", "google/gemini-2.5-flash", id="Google's default version"),
        pytest.param("gemini/gemini-2.5-flash", "google/gemini-2.5-flash", id="a provider as litellm writes it"),
        pytest.param("gemini-2.5-flash-lite", "google/gemini-2.5-flash-lite", id="a sibling is not the model"),
        pytest.param("deepseek-flash", "deepseek/deepseek-flash", id="what DeepSeek's API calls V4.1 Flash"),
        pytest.param("deepseek-v4.1-flash", "deepseek/deepseek-flash", id="V4.1 Flash by its own name"),
        pytest.param("glm-5.3", "zai/GLM-5.3", id="Z.ai's, in its spelling"),
        pytest.param("qwen3-max", "openrouter/qwen/qwen3-max", id="OpenRouter's, where the list has no other"),
        pytest.param("z-ai/glm-5.1", "zai/GLM-5.1", id="a maker as OpenRouter writes it"),
        pytest.param("openrouter/z-ai/glm-5.1", "openrouter/z-ai/glm-5.1", id="OpenRouter's by name"),
        pytest.param("deepseek/deepseek-chat-v3.1:free", "openrouter/deepseek/deepseek-chat-v3.1:free", id="free"),
        pytest.param("mistral-large-latest", "mistral/mistral-large", id="Mistral's latest"),
        pytest.param("llama-3.3-70b-versatile", "groq/llama-3.3-70b-versatile", id="the one reseller that sells it"),
        pytest.param("gpt-4o", "openai/gpt-4o", id="a hand-checked one"),
        pytest.param("azure/gpt-5-mini", "openai/gpt-5-mini", id="Azure sells OpenAI's at its prices"),
        pytest.param("models/gemini-2.5-pro", "google/gemini-2.5-pro", id="Google's path"),
        pytest.param("claude-sonnet-4-20250514", "anthropic/claude-sonnet-4-0", id="a start that breaks off in a date"),
    ],
)
def test_name(typed, entry):
    """A name means one entry of the public price list, and the model's own id means the same model again."""
    model = catalog.model(typed)
    assert (entry, model) == (model.list[0], catalog.model(model.id))


@pytest.mark.parametrize(
    ("typed", "maker", "origin"),
    [
        pytest.param("gpt-5-mini", "openai", "US", id="OpenAI"),
        pytest.param("kimi-k3", "moonshot", "CN", id="Moonshot"),
        pytest.param("glm-5.3", "zhipu", "CN", id="Z.ai"),
        pytest.param("qwen3-max", "alibaba", "CN", id="Alibaba, whoever sells it"),
        pytest.param("mistral-large-latest", "mistral", "FR", id="Mistral"),
        pytest.param("llama-3.3-70b-versatile", "meta", "US", id="Meta, by the family"),
        pytest.param("openrouter/anthropic/claude-haiku-5.5", "anthropic", "US", id="Anthropic, through OpenRouter"),
    ],
)
def test_maker(typed, maker, origin):
    """A model has a maker and the maker's country, whoever sells it."""
    assert (maker, origin) == (catalog.model(typed).maker, catalog.model(typed).origin)


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        pytest.param("no-such-model", "'no-such-model' is not a model in the catalog", id="nothing is near"),
        pytest.param(
            "claude-4.5-sonnet",
            "'claude-4.5-sonnet' is not a model in the catalog; did you mean 'claude-sonnet-4-5'?",
            id="words in another order",
        ),
        pytest.param("gpt4o", "'gpt4o' is not a model in the catalog; did you mean 'gpt-4o'?", id="no hyphen"),
        pytest.param("gpt-5.6-lunna", "not a model in the catalog; did you mean 'gpt-5.6-luna'?", id="a letter more"),
        pytest.param("claude", "'claude' is not a model in the catalog", id="a family is no model"),
        pytest.param("gpt-7", "'gpt-7' is not a model in the catalog", id="no model has these digits"),
        pytest.param("gemni-3.8-flash", "not a model in the catalog; did you mean 'gemini-3.8-flash'?", id="a letter"),
        pytest.param("grok-99-mini", "'grok-99-mini' is not a model in the catalog", id="a family is not enough"),
        pytest.param(
            "text-embedding-3-small", "'text-embedding-3-small' is not a text model: it is for embedding", id="vectors"
        ),
        pytest.param("dall-e-3", "'dall-e-3' is not a text model: it is for image generation", id="images"),
        pytest.param("whisper-1", "'whisper-1' is not a text model: it is for audio transcription", id="sound"),
    ],
)
def test_name_that_means_no_model(typed, message):
    """What is unknown or answers no text is told in one line, with a near name only where one is near."""
    with pytest.raises(CatalogError) as caught:
        catalog.model(typed)
    assert str(caught.value).endswith(message)
    assert not catalog.knows(typed)


def test_no_name_is_another_model():
    """Each name that a maker's own entry answers to leads to that maker, with the digits that were typed."""
    odd = []
    for id, entry in on_sale.entries().items():
        for name in entry.get("names", ()) if on_sale.is_own(id) else ():
            if catalog.knows(name) and catalog.model(name).maker != on_sale.vendor(id).id:
                odd.append((name, id, catalog.model(name).list))
    assert [] == odd


@pytest.mark.parametrize(
    ("typed", "day", "value"),
    [
        pytest.param("gpt-6-luna", "2026-11-24", "served", id="on sale"),
        pytest.param("gpt-5-mini", "2026-11-24", "deprecated", id="its end is announced"),
        pytest.param("gpt-5-mini", "2026-12-11", "retired", id="on its last day it is gone"),
        pytest.param("deepseek-chat", "2026-11-24", "retired", id="gone before the list was read"),
        pytest.param("claude-3-7-sonnet-latest", "2026-11-24", "retired", id="removed at its maker"),
        pytest.param("gpt-6-luna", "2025-01-01", None, id="before any source speaks"),
    ],
)
def test_status(typed, day, value):
    """A model on sale has a status by the sources' dates."""
    status = catalog.model(typed).status_on(date.fromisoformat(day))
    assert value == (status and status.value)


@pytest.mark.parametrize(
    ("title", "id"),
    [
        pytest.param("Claude Sonnet 4.5", "claude-sonnet-4-5", id="as a maker writes it"),
        pytest.param("gpt-5 mini", "gpt-5-mini", id="in small letters"),
        pytest.param("Qwen3.5-397B", "qwen3.5-397b", id="hand-checked"),
    ],
)
def test_titles(title, id):
    """A model's title means it, where only one model bears it."""
    assert id == catalog.model(title).id


def test_no_name():
    """An empty name is a mistake, and no model of unknown price."""
    with pytest.raises(CatalogError, match="no model is named"):
        catalog.model(" ")


def test_sources_that_differ_both_stay():
    """Two sources on one window are two facts, each with its reference."""
    windows = [fact for fact in catalog.model("gpt-6-luna").facts if fact.metric == "context.tokens"]
    assert [(1_050_000, "genai-prices"), (922_000, "litellm")] == [(f.value, f.ref.partition(" ")[0]) for f in windows]


def test_shutdown():
    """A shutdown has a day and a source: here OpenAI's page, by litellm's table."""
    end = catalog.shutdown(catalog.model("gpt-4o"))
    assert ("2027-01-14", True) == (str(end.day), "https://developers.openai.com/api/docs/deprecations" in end.ref)


@pytest.mark.parametrize(
    ("incumbent", "others", "models"),
    [
        pytest.param("gpt-5-mini", ["kimi-k3", "openai/gpt-5-mini"], ["gpt-5-mini", "kimi-k3"], id="a team's own"),
        pytest.param("gpt-4o", ["kimi-k3"], ["gpt-4o", "kimi-k3"], id="one model of the article"),
        pytest.param("gpt-4o", ["glm-5", "kimi-k3"], [*catalog.models(), "kimi-k3"], id="the article's stand beside"),
        pytest.param("gpt-5-mini", ["box@own"], ["gpt-5-mini"], id="a contender is no model"),
    ],
)
def test_subjects(incumbent, others, models):
    """A study is about its own models, and about the article's if it compares two of them."""
    assert models == catalog.subjects(incumbent, *others)

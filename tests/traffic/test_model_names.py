"""Logged names mean what the price list's own match rules say, and nothing by likeness."""

import pytest
from logged import jsonl, row, rules

from kit import traffic as logs
from kit.traffic.model_names import nearest, resolve


@pytest.mark.parametrize(
    ("logged", "provider", "model"),
    [
        pytest.param("gpt-4o", "", "gpt-4o", id="a catalog id"),
        pytest.param("gpt-4o-2024-08-06", "", "gpt-4o", id="a dated name"),
        pytest.param("gpt-4o-2024-05-13", "openai", "gpt-4o-2024-05-13", id="a dated name with its own price"),
        pytest.param("claude-3-5-sonnet-20241022", "anthropic", "claude-3.5-sonnet", id="Anthropic's date"),
        pytest.param("anthropic/claude-3.5-sonnet", "Anthropic", "claude-3.5-sonnet", id="OpenRouter's name"),
        pytest.param("google/gemini-pro-1.5", "Google", "gemini-1.5-pro", id="OpenRouter's name, turned round"),
        pytest.param("gemini-1.5-pro-002", "gcp.gemini", "gemini-1.5-pro", id="OpenTelemetry's provider"),
        pytest.param("deepseek/deepseek-v4-flash", "", "deepseek-v4-flash", id="a prefix"),
        pytest.param("openrouter/google/gemini-pro-1.5", "", "gemini-1.5-pro", id="two prefixes"),
        pytest.param("gpt-5-mini-2025-08-07", "", "gpt-5-mini", id="an entry of the list, by its family"),
        pytest.param("gpt-5-mini", "azure", "gpt-5-mini", id="Azure sells OpenAI's"),
        pytest.param("o3-mini", "azure", "azure/o3-mini", id="Azure has its own price"),
        pytest.param("OPENAI/GPT-4O-MINI", "OPENAI", "gpt-4o-mini", id="capitals"),
        pytest.param("models/gemini-2.5-pro", "vertex_ai", "gemini-2.5-pro", id="Google's path"),
        pytest.param("qwen/qwen3-32b", "", "qwen3-32b", id="only OpenRouter lists it"),
        pytest.param("support-gpt4o", "azure", None, id="a deployment's name is no model's"),
        pytest.param("gpt-4o-mini-2099", "openai", None, id="likeness is not enough"),
        pytest.param("", "openai", None, id="no name"),
    ],
)
def test_resolve(logged, provider, model):
    """A name means a model of the catalog, an entry of the list, or nothing that is known."""
    assert model == resolve(logged, provider)


def test_nearest():
    """What may be meant is said, and nothing where nothing is near."""
    assert ("gpt-4o-mini", "") == (nearest("gpt-4o-mini-2099"), nearest("tickets"))


def test_unknown_is_listed(tmp_path):
    """A name that no list knows is listed with its requests, tokens and nearest, until the rules map it."""
    path = jsonl(tmp_path / "a.jsonl", [row(0), *(row(n, **{"gen_ai.request.model": "gpt-4o-minni"}) for n in (1, 2))])
    traffic = logs.read_logs(path)
    assert [("gpt-4o-minni", 2, 220, "gpt-4o-mini")] == list(traffic.unknown.itertuples(index=False, name=None))
    assert (None, True) == (traffic.models["gpt-4o-minni"], "list (gpt-4o-minni)" in traffic.notes[-1])
    mapped = logs.read_logs(path, rules(tmp_path, "models: {gpt-4o-minni: gpt-4o-mini}"))
    assert ({"gpt-4o": "gpt-4o", "gpt-4o-minni": "gpt-4o-mini"}, 0) == (mapped.models, len(mapped.unknown))

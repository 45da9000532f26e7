"""The models and the providers: who they are, what is known of them, and since when."""

import re
from datetime import date

import pytest
from genai_prices.data_snapshot import get_snapshot

from kit import catalog, evidence
from kit.catalog import article, checked
from kit.errors import CatalogError

MODELS = list(catalog.models().values())
PROVIDERS = list(catalog.providers().values())


@pytest.mark.parametrize("model", sorted(set(article.printed("T1")["subject"]) | {"qwen3.5-397b", "qwen3-coder-30b",
                                         "deepseek-coder"}))  # fmt: skip
def test_models_of_the_article(model):
    """Each model that the article names is in the catalog, and is called something at the gateway."""
    assert (model, True) == (catalog.model(model).id, "gateway" in catalog.model(model).providers)


@pytest.mark.parametrize(
    ("way", "key"),
    [
        pytest.param("gateway", "GLOBAL_API_KEY", id="the gateway"),
        pytest.param("openai", "OPENAI_API_KEY", id="OpenAI"),
        pytest.param("anthropic", "ANTHROPIC_API_KEY", id="Anthropic"),
        pytest.param("google", "GEMINI_API_KEY", id="Google"),
        pytest.param("deepseek", "DEEPSEEK_API_KEY", id="DeepSeek"),
        pytest.param("alibaba", "DASHSCOPE_API_KEY", id="Alibaba"),
        pytest.param("moonshot", "MOONSHOT_API_KEY", id="Moonshot"),
        pytest.param("zhipu", "ZAI_API_KEY", id="Z.ai"),
        pytest.param("local", None, id="any server on this machine, which needs no key"),
    ],
)
def test_providers_of_the_article(way, key):
    """Each provider names the variable that holds its key, and never the key."""
    assert key == catalog.provider(way).key


def test_gateway_is_the_articles():
    """The gateway is where the article's code points its client."""
    assert "https://global-apis.com/v1" == catalog.provider("gateway").base_url


def test_nothing_leaves_the_machine_unencrypted():
    """A base URL is HTTPS, or this machine's own."""
    plain = [provider.base_url for provider in PROVIDERS if not provider.base_url.startswith("https://")]
    assert ["http://127.0.0.1:8080/v1"] == plain


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.id)
def test_model_leads_somewhere(model):
    """A model's maker and its ways are providers, its list entries are entries, its origin is one of two."""
    entries = {f"{provider.id}/{info.id}" for provider in get_snapshot().providers for info in provider.models}
    assert set() == {model.maker, *model.providers} - set(catalog.providers())
    assert set() == set(model.list) - entries
    assert model.origin in {"CN", "US"}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.id)
def test_list_entry_is_of_the_same_model(model):
    """A list entry is the model's own, and not a variant's or a successor's."""
    # the makers' full names: `qwen3.5-397b-a17b` has 17B active of its 397B parameters
    longer = {"a17b", "a3b", "instruct"}
    own, *listed = (set(re.split(r"[-.]", name.rsplit("/", 1)[-1].lower())) for name in (model.id, *model.list))
    assert [] == [words for words in listed if words - longer != own]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.id)
def test_released_before_it_was_served(model):
    """A model is served from its release on, so that a day on which it could be bought has a price."""
    served = [status.since for status in model.status if status.value == "served"]
    assert [] == [since for since in served if model.released and since < model.released]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.id)
def test_status_is_dated(model):
    """A status has a day, a source and a known word, in time order, and none is from the future of its source."""
    since = [status.since for status in model.status]
    assert sorted(since) == since
    assert set() == {status.value for status in model.status} - {"served", "deprecated", "superseded", "retired"}
    assert [] == [status for status in model.status if not status.ref or str(status.since) > status.as_of]


@pytest.mark.parametrize(
    ("model", "day", "value"),
    [
        pytest.param("claude-3.5-sonnet", date(2025, 10, 28), "retired", id="Claude 3.5 Sonnet on the day it went"),
        pytest.param("claude-3.5-sonnet", date(2025, 10, 27), "deprecated", id="and on the day before"),
        pytest.param("gemini-1.5-pro", date(2026, 11, 24), "retired", id="Gemini 1.5 Pro is gone"),
        pytest.param("deepseek-v4-flash", date(2026, 9, 9), "served", id="V4 Flash's last day"),
        pytest.param("deepseek-v4-flash", date(2026, 9, 10), "retired", id="the day on which V4.1 took its name"),
        pytest.param("gpt-4o", date(2024, 5, 12), None, id="before its first day no source says"),
    ],
)
def test_status_on(model, day, value):
    """A model's status is what held on the day."""
    status = catalog.model(model).status_on(day)
    assert value == (status and status.value)


def test_facts_are_evidence():
    """All that is published becomes rows, each with its source and date; sources that disagree both stay."""
    rows = evidence.frame(catalog.facts([*MODELS, *PROVIDERS]))
    windows = evidence.find(rows, "deepseek-v4-flash", "context.tokens")
    assert {"published"} == set(rows["source"])
    assert [1_000_000, 1_048_576] == sorted(windows["value"])


def test_status_is_evidence():
    """A status becomes a row of its day, with the day and the source's words in its note."""
    rows = evidence.frame(catalog.facts([catalog.model("gpt-4o")]))
    row = evidence.best(rows, "gpt-4o", "status.deprecated")
    assert ("2026-10-14", True) == (row["as_of"], row["note"].startswith("since 2026-10-14: shuts down on 2027-01-14"))


def test_makers_speak_openai():
    """Each Chinese maker documents an OpenAI-compatible endpoint, which the article denies (K12)."""
    speaks = [
        provider.id for provider in PROVIDERS
        if provider.origin == "CN" and any(f.metric == "access.wire_format" and f.value for f in provider.facts)
    ]  # fmt: skip
    assert ["deepseek", "alibaba", "moonshot", "zhipu"] == speaks


def test_names():
    """Names are had by id."""
    assert ("GPT-4o", len(MODELS)) == (catalog.names()["gpt-4o"], len(catalog.names()))


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        pytest.param(
            lambda: catalog.model("gpt4o"),
            "'gpt4o' is not a model in the catalog; did you mean 'gpt-4o'?",
            id="a model",
        ),
        pytest.param(
            lambda: catalog.provider("opnai"), "'opnai' is not a provider; did you mean 'openai'?", id="a provider"
        ),
    ],
)
def test_unknown(ask, said):
    """An unknown id is told with the nearest known one."""
    with pytest.raises(CatalogError) as caught:
        ask()
    assert said == str(caught.value)


GOOD = """
toy:
  name: Toy
  maker: local
  origin: US
  list: []
  ways: {local: toy}
"""


@pytest.fixture
def edited(tmp_path, monkeypatch):
    """A catalog in another folder, where the kit reads it from."""

    def write(text):
        (tmp_path / "models.yaml").write_text(text, encoding="utf-8")
        monkeypatch.setattr(checked, "_DATA", tmp_path)
        catalog.models.cache_clear()
        catalog.model.cache_clear()

    yield write
    catalog.models.cache_clear()
    catalog.model.cache_clear()


def test_five_lines_are_enough(edited):
    """A model takes a name, a maker, an origin, its list entries and its ways; what is not known may be left out."""
    edited(GOOD)
    toy = catalog.model("toy")
    assert ("Toy", None, (), ()) == (toy.name, toy.released, toy.status, toy.facts)


@pytest.mark.parametrize(
    ("word", "value"),
    [
        pytest.param("yes", 1.0, id="yes"),
        pytest.param("no", 0.0, id="no"),
        pytest.param("open", 1.0, id="open, as the article says"),
        pytest.param("blocked", 0.0, id="blocked, as the article says"),
        pytest.param("131072", 131_072.0, id="a number"),
    ],
)
def test_values(edited, word, value):
    """A fact is a number, or yes or no in one of two wordings."""
    edited(GOOD + f"  facts: [{{metric: context.tokens, value: {word}, as_of: 2026, ref: r}}]\n")
    assert [value] == [fact.value for fact in catalog.model("toy").facts]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(GOOD.replace("  maker: local\n", ""), "models.yaml: toy: 'maker' is missing", id="a key"),
        pytest.param(
            GOOD + "  facts: [{metric: input.vision, value: yes, as_of: 2026}]\n",
            "models.yaml: toy.facts.0: 'ref' is missing",
            id="a fact without a source",
        ),
        pytest.param(
            GOOD + "  facts: [{metric: input.vision, value: maybe, as_of: 2026, ref: r}]\n",
            "models.yaml: toy.facts.0.value: 'maybe' is neither a number nor yes, no, open or blocked",
            id="a value that is none",
        ),
        pytest.param(
            "toy: Toy\n", "models.yaml: toy: must have the keys of its entry below it", id="a word for an entry"
        ),
        pytest.param("toy: [", "models.yaml: cannot be read", id="a file that is not YAML"),
        pytest.param("", "models.yaml", id="an empty file"),
        pytest.param("- toy\n", "models.yaml", id="a list"),
        pytest.param(
            GOOD + "  status: [{value: served, since: 2026, as_of: 2026, ref: r}]\n",
            "models.yaml: toy.status.0.since: 2026 is not a day such as 2026-09-10",
            id="a year for a day",
        ),
        pytest.param(
            GOOD + "  status: [{value: retierd, since: 2026-01-01, as_of: 2026, ref: r}]\n",
            "models.yaml: toy.status.0.value: 'retierd' is not a status; did you mean 'retired'?",
            id="a misspelt status",
        ),
        pytest.param(
            GOOD.replace("maker", "makr"),
            "models.yaml: toy: 'makr' is not a key here; did you mean 'maker'?",
            id="a misspelt key",
        ),
        pytest.param(
            GOOD.replace("US", "UK"), "models.yaml: toy.origin: 'UK': input should be 'CN', 'US'", id="a country"
        ),
    ],
)
def test_malformed(edited, text, said):
    """A fault in the catalog is told with file, entry and key."""
    edited(text)
    with pytest.raises(CatalogError) as caught:
        catalog.models()
    assert said in str(caught.value)

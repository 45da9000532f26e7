"""What providers document, which models are offered, and where sources disagree."""

from datetime import date

import pytest

from kit import catalog, evidence
from kit.catalog import article
from kit.conformance import Conformance, Finding, save
from kit.report import access_chapter

DAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def published():
    return access_chapter.published(catalog.models())


def test_published(published):
    """What the catalog knows of models and providers becomes one kind of evidence."""
    assert {"published"} == set(published["source"])
    assert set() == set(published["subject"]) - set(catalog.models()) - set(catalog.providers())


def test_printed():
    """The article's table of access has a row a concern and a column a provider, each state with its words."""
    state, words = access_chapter.printed(article.printed("T5"))
    assert ["payment", "signup", "wire format", "geo", "docs language", "support", "currency"] == list(state.index)
    assert [{"pass"}, {"blocked"}, {"pass"}] == [set(state[column]) for column in state.columns]
    assert "WeChat or Alipay" == words.loc["payment", "Chinese makers, direct"]


def test_endpoints(published):
    """Each provider has its address, the variable of its key, and where that is documented, or nothing."""
    table = access_chapter.endpoints(published).set_index("provider")
    assert len(catalog.providers()) == len(table)
    assert ["https://api.deepseek.com", "DEEPSEEK_API_KEY", "2026-11-24"] == list(
        table.loc["DeepSeek", ["base URL", "key", "as of"]]
    )
    assert ["none", ""] == list(table.loc["this machine", ["key", "documented at"]])


def test_concerns(published):
    """The other concerns are told in words, without wire format and caveats, which have tables of their own."""
    table = access_chapter.concerns(published)
    assert set() == set(table["concern"]) & {"wire format", "caveat"}
    assert set() == set(table["state"]) - {"open", "blocked"}


def test_caveats(published):
    """Each limit that a provider states is told with its source."""
    table = access_chapter.caveats(published)
    assert (True, True) == ("Anthropic" in set(table["provider"]), all(table["source"].str.startswith("https://")))


@pytest.mark.parametrize(
    ("day", "model", "status", "since"),
    [
        pytest.param(DAY, "Claude 3.5 Sonnet", "retired", "2025-10-28", id="a model that is gone"),
        pytest.param(date(2026, 9, 9), "DeepSeek V4 Flash", "served", "2026-04-24", id="a model on its last day"),
        pytest.param(date(2024, 5, 12), "GPT-4o", "unknown", "", id="a model before any source speaks of it"),
    ],
)
def test_statuses(day, model, status, since):
    """Each model has the status of the day, and unknown is told as unknown."""
    row = access_chapter.statuses(catalog.models(), day).set_index("model").loc[model]
    assert (status, since) == (row["status"], row["since"])


def test_statuses_in_short():
    """Of a long note the first clause is told."""
    row = access_chapter.statuses(catalog.models(), DAY).set_index("model").loc["GPT-4o"]
    assert "shuts down on 2027-01-14" == row["note"]


def test_statuses_are_sorted():
    """What can be bought stands first, what is gone and what is not known last."""
    table = access_chapter.statuses(catalog.models(), DAY)
    order = ["served", "superseded", "deprecated", "retired", "unknown"]
    assert (len(catalog.models()), sorted(table["status"], key=order.index)) == (len(table), list(table["status"]))


def test_disputed(published):
    """Figures on which sources disagree are told with all their sources; the others are left out."""
    told = access_chapter.disputed(published, "context.tokens")
    windows = published[published["metric"] == "context.tokens"]
    values = {catalog.names()[model]: sorted(rows["value"]) for model, rows in windows.groupby("subject")}
    expected = {model: all_ for model, all_ in values.items() if len(set(all_)) > 1}
    assert {40_960, 131_072} <= set(expected["Qwen3-32B"])
    assert expected == {model: sorted(rows["value"]) for model, rows in told.groupby("model")}


def test_nothing_disputed(published):
    """Where the sources agree there is nothing to tell."""
    agreed = evidence.find(published, "gpt-4o", "context.tokens")
    assert 0 == len(access_chapter.disputed(agreed, "context.tokens"))


def test_probed(tmp_path):
    """What `kit probe` found is a table of features by endpoint, a sentence and evidence; without it, how to probe."""
    found = Conformance("gpt-4o@openai", "2026-11-24T12:00:00+00:00", {
        "chat": Finding("supported", "answered"), "seed": Finding("ignored", "varies"),
        "images": Finding("not tried", "no money"),
    }, 4, "0.001")  # fmt: skip
    save(found, tmp_path)
    probes = access_chapter.probed(str(tmp_path))
    table = access_chapter.probed_table(probes).set_index("feature")["gpt-4o@openai"]
    assert {"chat": "supported", "seed that repeats": "ignored", "images": "not tried"} == table.to_dict()
    words = access_chapter.probed_words(probes)
    assert "gpt-4o@openai: 1 supported, 1 ignored, 1 not tried; 4 calls, $0.001, probed on 2026-11-24." == words
    rows = access_chapter.probed_evidence(probes)
    assert [("conformance.chat", 1.0), ("conformance.seed", 0.0)] == list(
        rows[["metric", "value"]].itertuples(index=False, name=None)
    )
    assert "No endpoint was probed: `kit probe" in access_chapter.probed_words(access_chapter.probed(""))

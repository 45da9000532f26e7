"""The article's matchups are told as printed, and beside what the evidence supports of them."""

from datetime import datetime

import pandas as pd
import pytest

from kit import catalog, evidence, pricing
from kit.benchmarks import published_scores
from kit.catalog import article
from kit.decision import matchup, printed_matchup
from kit.decision.dimensions import Comparison

DAY = "2026-11-24"


@pytest.fixture(scope="module")
def facts():
    """What a matchup notebook reads: scores with items, list prices, what is published, and the printed matchups."""
    at = datetime.fromisoformat(f"{DAY}T15:00Z")
    return pd.concat([
        *(published_scores.published_rows(category) for category in ("general", "code", "chinese")),
        evidence.frame(pricing.price_rows(pricing.ListBook(), catalog.models(), at)),
        evidence.frame(catalog.facts([*catalog.models().values()])),
        *(article.printed(ref) for ref in ("T1", "T6", "T7", "T8")),
    ])  # fmt: skip


@pytest.mark.parametrize(
    ("ref", "candidate", "incumbent", "given", "supported"),
    [
        pytest.param(
            "T6", "deepseek-v4-flash", "gpt-4o",
            {"output cost": "candidate", "general": "incumbent", "code": "tie", "throughput": "candidate",
             "context": "tie", "vision": "incumbent"},
            # general: 85.5 less 88.7 on 14,042 items; vision: the catalog has a no and, for V4.1, a yes
            ["candidate", "incumbent", "unresolved", "not checkable", "candidate", "disputed"],
            id="V4 Flash against GPT-4o: cost and general quality stand",
        ),
        pytest.param(
            "T7", "qwen3-32b", "gpt-4o-mini",
            {"output cost": "candidate", "general": "candidate", "code": "candidate", "chinese": "candidate"},
            ["candidate", "not checkable", "not checkable", "not checkable"],
            id="Qwen3-32B against GPT-4o-mini: letters but for the cost",
        ),
        pytest.param(
            "T8", "kimi-k2.5", "claude-3.5-sonnet",
            {"output cost": "candidate", "reasoning": "tie", "chinese": "candidate", "context": "tie",
             "tools": "incumbent"},
            ["candidate", "equivalent", "not checkable", "candidate", "not checkable"],
            id="Kimi K2.5 against Claude 3.5 Sonnet: the cost stands, reasoning is within three points",
        ),
    ],
)  # fmt: skip
def test_printed_matchups(facts, ref, candidate, incumbent, given, supported):
    """The article's winners, line by line, and what the evidence supports of them."""
    rows = article.printed(ref)
    assert given == {
        name: printed_matchup.printed_winner(rows, name)[0] for name in printed_matchup.printed_dimensions(rows)
    }
    assert supported == [matchup.compare_on(facts, candidate, incumbent, name, 3.0).winner for name in given]


def test_outcome_of_what_is_not_printed():
    """A dimension that a matchup does not print has no printed winner."""
    assert ("", "") == printed_matchup.printed_winner(article.printed("T6"), "chinese")


def test_outcome_keeps_the_words():
    """A printed winner keeps the article's words."""
    assert ("candidate", "Qwen, 2.1x cheaper") == printed_matchup.printed_winner(article.printed("T7"), "output cost")


@pytest.mark.parametrize(
    ("winner", "said", "same"),
    [
        pytest.param("candidate", "candidate", True, id="the same winner"),
        pytest.param("equivalent", "tie", True, id="equivalent is as good as a tie"),
        pytest.param("unresolved", "tie", False, id="unresolved is not a tie"),
        pytest.param("incumbent", "candidate", False, id="the other one"),
        pytest.param("not checkable", "", False, id="nothing against nothing"),
    ],
)
def test_agrees(winner, said, same):
    """The evidence supports a printed winner only by naming the same."""
    assert same == printed_matchup.agrees_with_print(Comparison("code", "", "", winner, ""), said)


def test_printed_table():
    """A matchup is shown as it was printed, letters as letters and prices as dollars."""
    table = printed_matchup.printed_table(article.printed("T7"), "qwen3-32b", "gpt-4o-mini")
    assert ["output cost", "$0.28", "$0.60", "Qwen, 2.1x cheaper"] == list(table.iloc[0])
    assert ["A-", "A-", "A"] == list(table["Qwen3-32B"][1:])

"""What a notebook says follows its parameters: no sentence stands over a table that says otherwise."""

import re

import pytest
from opened import opened, words

from kit import evidence

AGENTS = ["deepseek-v4-pro", "glm-5.1", "minimax-m3"]
CHAT = {"chat": {"share": 1.0, "prompt": 200, "output": 800, "cached": 0.0}}
NEVER = re.compile(
    r"All agree|\b0 of 0\b|first 20 of 0|above or below ,|\bnan\b|\bNone\b|: \.|, \.|\(\)|1\.0 times as much"
)

OPENED = {
    "prices over another baseline": ("01_pricing", {"baseline": "qwen3.5-397b"}),
    "prices of models that the article does not know": (
        "01_pricing",
        {"incumbent": "claude-sonnet-4-5", "baseline": "claude-sonnet-4-5", "candidates": AGENTS},
    ),
    "prices of another mix and day": ("01_pricing", {"workload": CHAT, "as_of": "2026-10-01T03:00Z"}),
    "scores of another category": ("03_benchmark", {"category": "code", "margin": 10.0}),
    "access of other models": ("06_access", {"incumbent": "claude-sonnet-4-5", "candidates": AGENTS}),
    "a matchup that is not printed": ("07_matchup", {"printed": "", "candidate": "glm-5", "margin": 5.0}),
    "recorded items of another incumbent": (
        "13_recorded",
        {"dimension": "sql", "extract": "sql", "incumbent": "gpt-4o", "candidates": ["kimi-k2.5"]},
    ),
    "a decision with another margin and fewer candidates": ("11_decision", {"candidates": ["glm-5"], "margin": 10.0}),
}


@pytest.fixture(autouse=True)
def by_hand(monkeypatch):
    """As in JupyterLab, where nobody builds."""
    monkeypatch.delenv("KIT_BUILD", raising=False)
    monkeypatch.setattr(evidence, "save", lambda rows, folder, name: "")


@pytest.mark.parametrize(("name", "parameters"), [pytest.param(*given, id=case) for case, given in OPENED.items()])
def test_nothing_false_is_said(name, parameters):
    """No sentence or caption counts what is not there, or speaks of another study's models."""
    said = words(opened(name, **parameters))
    assert [] == NEVER.findall(said)
    if "candidates" in parameters and name != "13_recorded":
        assert "V4 Flash" not in said


def shown(book, kind):
    return [output for cell in book.cells for output in cell.get("outputs", ())
            if output.metadata["kit"]["kind"] == kind]  # fmt: skip


def test_multipliers_are_counted():
    """The caption's count of multipliers that hold is the table's, whatever the baseline."""
    for baseline, agree in (("deepseek-v4-flash", 8), ("gpt-4o", 0)):
        caption = shown(opened("01_pricing", baseline=baseline), "table")[0].metadata["kit"]["caption"]
        assert f"{agree} of 8 multipliers" in caption


def test_the_month_is_the_tables():
    """The answer's sums are the bills of the month's figure, for another mix too."""
    book = opened("01_pricing", workload=CHAT, requests_per_month=2000)
    answer = shown(book, "sentence")[0].data["text/plain"]
    usd = re.search(r"costs \$([\d,]+) on GPT-4o", answer)[1]
    assert f"GPT-4o ${usd}" in shown(book, "figure")[2].data["text/plain"] or f"GPT-4o ${usd}" in words(book)


def test_the_verdict_is_the_tables():
    """The recommendation's two sums are those of the key figures and of the candidates' lines."""
    book = opened("11_decision")
    verdict = shown(book, "verdict")[0].data["text/plain"]
    today, then = re.search(r"from (\$[\d,]+) to (\$[\d,]+) a month", verdict).groups()
    kit = shown(book, "headline")[0].metadata["kit"]
    assert [today, then] == [item["value"] for item in kit["items"][:2]]
    assert then == dict(zip(kit["lines"]["head"], kit["lines"]["rows"][0], strict=True))["a month"]

"""The picture of routing names what it draws, and says it in words."""

import numpy as np
import pytest
from matplotlib import pyplot as plt
from places import SHARED

from kit.benchmarks import answer_scores, imports
from kit.decision import pareto, routing_policies, selection
from kit.decision.routing_policies import AnswersByItem
from kit.report import routing_chapter

DATA = SHARED / "data" / "recorded-mmlu.csv.gz"
USD = {"qwen2.5-72b": 0.000282, "qwen2-72b": 0.000635, "llama-3.1-70b": 0.000423, "gemini-1.5-pro": 0.0009,
       "gpt-4o": 0.0018, "llama-3.1-405b": 0.002115, "claude-3.5-sonnet": 0.002175}  # fmt: skip


def answered():
    """Two contenders on 60 items, the cheap one five behind."""
    marks = np.array([[1] * 50 + [0] * 10, [1] * 45 + [0] * 15], dtype=float)
    usd, said = np.array([[10.0] * 60, [1.0] * 60]), np.where(marks == 1, "A", "B").astype(object)
    none = np.zeros(marks.shape, dtype=bool)
    items = np.arange(60).astype(str)
    return AnswersByItem(
        ("old@x", "$new$@x"), items, np.full(60, "g"), marks, usd, said, none, np.full(marks.shape, np.nan)
    )


def drawn(found, margin=3.0):
    every = routing_policies.all_policies(found, found.contenders[0])
    name = routing_policies.policy_labels(found.contenders)[found.contenders[0]]
    table = pareto.policy_figures(found, every, found.contenders[0])
    return routing_chapter.frontier(table, name, "", margin)


def words(fig):
    fig.draw_without_rendering()
    found = [text.get_text() for text in fig.axes[0].texts]
    plt.close(fig)
    return found


def test_frontier():
    """Contenders are labelled where they are, the margin too; a name is no formula."""
    fig = drawn(answered())
    assert fig.get_label().startswith("On the frontier, per 1,000 requests: $new$: 75.0 %")
    found = words(fig)
    assert (True, True, 3) == ("old" in found, "3 points behind old" in found, len(found))


@pytest.mark.skipif(not DATA.exists(), reason="the recorded answers are not here")
def test_recorded():
    """On answers that seven real models gave, cascades by agreement are the frontier above the cheapest one."""
    usd = {f"{name}@recorded": cost for name, cost in USD.items()}
    marked = answer_scores.score_recorded(imports.read(DATA), "mmlu-redux", "general")
    found = routing_policies.answers_by_item(
        marked, usd, ["gpt-4o@recorded", *(who for who in usd if who != "gpt-4o@recorded")]
    )
    every = routing_policies.all_policies(found, "gpt-4o@recorded")
    table = pareto.policy_figures(found, every, "gpt-4o@recorded")
    best = table[table["efficient"]].sort_values("usd")
    assert ["alone", "agreement", "agreement", "agreement"] == list(best["kind"])
    choice = selection.choose_policy(found, every, "gpt-4o@recorded", 1.0, 1)
    assert ("route", 1450) == (choice.verdict, choice.held_out.n)
    assert "qwen2.5-72b and llama-3.1-70b;\ngpt-4o where they differ" in words(
        routing_chapter.frontier(table, "gpt-4o", choice.policy.name, 1.0)
    )

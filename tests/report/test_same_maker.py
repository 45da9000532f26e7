"""The first page says which saving needs no change of provider, and which candidates end within a year."""

from datetime import date

import pytest

from kit import evidence
from kit.decision import Recommendation, decide_all
from kit.evidence import Row
from kit.report import same_maker

DAY = date(2026, 11, 30)


def bill(model, usd, source="list"):
    return Row(model, "bill.month", usd, "USD/month", source, "2026-11-30", "r")


def successor(model, name):
    return Row(model, "successor", 1, "note", "published", "2026-11-30", "r", note=name)


def verdicts(*names):
    return [Recommendation(name, "undecided", (), None) for name in names]


@pytest.mark.parametrize(
    ("rows", "candidates", "said"),
    [
        pytest.param([bill("gpt-6-luna", 184), successor("gpt-4o", "gpt-6-luna")], ["glm-5"],
                     " GPT-6 Luna, its maker's own successor, would cost $184 a month at list prices: $3,958 of saving "
                     "needs no change of provider.", id="a successor that nobody named as candidate"),
        pytest.param([bill("gpt-5-mini", 602)], ["glm-5", "gpt-5-mini"],
                     " GPT-5 mini, by the same maker, would cost $602 a month at list prices: $3,540 of saving needs "
                     "no change of provider.", id="a cheaper sibling among the candidates"),
        pytest.param([bill("gpt-5-mini", 602)], ["gpt-5-mini"],
                     " GPT-5 mini is by the same maker: this saving needs no change of provider.",
                     id="the candidate itself"),
        pytest.param([bill("gpt-6-luna", 9000), successor("gpt-4o", "gpt-6-luna")], ["glm-5"], "", id="a dearer one"),
        pytest.param([], ["glm-5"], "", id="nothing of the same maker"),
    ],
)  # fmt: skip
def test_own_saving(rows, candidates, said):
    """The cheapest model of the incumbent's maker is set against today's bill."""
    table = evidence.frame([bill("gpt-4o", 4142), *rows])
    found = verdicts(*candidates)
    assert said == same_maker.own_saving(found[0], found, table, "gpt-4o")


def test_ends_soon():
    """A candidate that shuts down within a year is told with its day; one that has ended is told elsewhere."""
    said = same_maker.ends_soon(verdicts("gpt-5-mini", "kimi-k2.6", "claude-3.5-sonnet"), DAY)
    assert " Of the candidates, GPT-5 mini shuts down on 11 December 2026." == said
    assert "" == same_maker.ends_soon(verdicts("kimi-k2.6"), DAY)


def test_what_the_catalog_knows():
    """Where a study has no chapter on access, status and providers come from the catalog; else nothing is added."""
    facts = evidence.frame([bill("gpt-4o", 4142), bill("gpt-5-mini", 602)])
    known = same_maker.with_catalog(facts, ["gpt-4o", "gpt-5-mini"])
    (verdict,) = decide_all(known, ["gpt-5-mini"], "gpt-4o", ["general"], 3, DAY)
    explanations = {check.name: check.explanation for check in verdict.checks}
    assert "shuts down on 2026-12-11" in explanations["availability"]
    assert [] == same_maker.catalog_rows(known, ["gpt-4o"])

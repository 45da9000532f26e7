"""Recorded outcomes as evidence: the figures of an independent computation, and nothing left out without a word."""

import numpy as np
import pandas as pd
import pytest
from places import SHARED

from kit.benchmarks import outcomes
from kit.decision import recorded_outcomes
from kit.decision.recorded_outcomes import Origin
from kit.errors import ItemError

OPENHANDS = SHARED / "evidence" / "openhands-index-items.csv.gz"
ORIGIN = Origin("agents", "toy", "2026-06-30")
INCUMBENT = "claude-sonnet-4-5"
SEEN = {  # model -> points against the incumbent, items that both have, USD a solved item: ../shared/evidence/README.md
    "DeepSeek-V4-Pro": (-1.0, 500, 0.054), "DeepSeek-V3.2-Reasoner": (-2.2, 497, 0.215),
    "Kimi-K2.5": (-5.2, 499, 0.589), "Kimi-K2.6": (0.4, 500, 0.888), "GLM-4.7": (-0.8, 500, 0.696),
    "GLM-5": (-0.8, 500, 1.731), "GLM-5.1": (0.8, 500, 2.044), "Qwen3.6-Plus": (0.0, 500, 2.073),
    "MiniMax-M3": (2.2, 500, 0.201), "GPT-5.4": (1.4, 500, 0.835), "Qwen3-Coder-480B": (-11.8, 500, 1.962),
    "Qwen3.5-Flash": (-12.2, 500, 3.483),
}  # fmt: skip


def table(tmp_path, rows):
    path = tmp_path / "outcomes.csv"
    pd.DataFrame(rows, columns=["item", "model", "mark", "usd"]).to_csv(path, index=False)
    return outcomes.read_outcomes(path)


def figures(rows):
    return {(row.subject, row.metric): row for row in rows}


@pytest.fixture(scope="module")
def openhands(tmp_path_factory):
    if not OPENHANDS.exists():
        pytest.skip("the shared evidence is not here")
    items = pd.read_csv(OPENHANDS, dtype=str, keep_default_na=False)
    path = tmp_path_factory.mktemp("openhands") / "items.csv"
    items[(items["agent"] == "OpenHands") & (items["benchmark"] == "swe-bench")].to_csv(path, index=False)
    return items[(items["agent"] == "OpenHands") & (items["benchmark"] == "swe-bench")], outcomes.read_outcomes(path)


def test_openhands(openhands):
    """Differences, items and dollars a solved item are those that an independent computation found."""
    rows = figures(recorded_outcomes.recorded_rows(openhands[1], INCUMBENT, list(SEEN), ORIGIN))
    assert SEEN == {
        model: (
            round(rows[model, "difference.agents"].value, 1), rows[model, "difference.agents"].n,
            round(rows[model, "cost.accepted"].value, 3),
        )
        for model in SEEN
    }  # fmt: skip


def test_ten_lines_of_pandas(openhands):
    """The same from the raw table with pandas alone: mean paired difference, its normal interval, USD a solved item."""
    wide = openhands[0].pivot(index="item", columns="model", values=["mark", "usd"]).replace("", np.nan).astype(float)
    rows = figures(recorded_outcomes.recorded_rows(openhands[1], INCUMBENT, list(SEEN), ORIGIN))
    for model in SEEN:
        gap = (wide["mark"][model] - wide["mark"][INCUMBENT]).dropna()
        half = 1.96 * gap.std() / len(gap) ** 0.5
        both = wide["usd"][model].notna() & wide["mark"][model].notna()
        usd = wide["usd"][model][both].sum() / wide["mark"][model][both].sum()
        row = rows[model, "difference.agents"]
        assert (100 * gap.mean(), usd) == pytest.approx((row.value, rows[model, "cost.accepted"].value), abs=1e-9)
        assert (100 * (gap.mean() - half), 100 * (gap.mean() + half)) == pytest.approx((row.low, row.high), abs=0.5)


def test_policies(openhands):
    """Cheap first, a dearer one where the task's tests fail: every figure is that of the plain sums."""
    rows = recorded_outcomes.policy_rows(openhands[1], INCUMBENT, ["DeepSeek-V4-Pro", "MiniMax-M3"], ORIGIN, 3)
    wide = openhands[0].pivot(index="item", columns="model", values=["mark", "usd"]).replace("", np.nan).astype(float)
    mark, usd = wide["mark"], wide["usd"]
    again = mark["DeepSeek-V4-Pro"] < 1
    name = "DeepSeek-V4-Pro; MiniMax-M3 where its check fails"
    seen = {row.metric: row.value for row in rows if (row.scope, row.note) == (name, "all items")}
    expected = {
        "policy.score": 100 * mark["DeepSeek-V4-Pro"].mask(again, mark["MiniMax-M3"]).mean(),
        "policy.cost": (usd["DeepSeek-V4-Pro"] + again * usd["MiniMax-M3"]).mean(),
    }
    assert expected == pytest.approx(seen)
    assert {"recorded"} == {row.source for row in rows}


def test_unknown_dollars_leave_only_the_cost(tmp_path):
    """An item of unknown cost counts for the score, not for the cost; a policy needs the dollars of nearly all."""
    rows = [("a", "old", 1, 2.0), ("b", "old", 1, 2.0), ("c", "old", 0, 2.0),
            ("a", "new", 1, 1.0), ("b", "new", 1, None), ("c", "new", 1, 1.0)]  # fmt: skip
    read = table(tmp_path, rows)
    found = figures(recorded_outcomes.recorded_rows(read, "old", ["new"], ORIGIN))
    assert (100.0, 3, 1.0, 2) == (
        found["new", "score.agents"].value, found["new", "score.agents"].n,
        found["new", "cost.accepted"].value, found["new", "cost.accepted"].n,
    )  # fmt: skip
    assert [] == recorded_outcomes.policy_rows(read, "old", ["new"], ORIGIN, 3)


def test_unmarked(tmp_path):
    """An item without a mark is counted apart."""
    read = table(tmp_path, [("a", "old", 1, 1), ("b", "old", 1, 1), ("a", "new", 1, 1), ("b", "new", None, 1)])
    found = figures(recorded_outcomes.recorded_rows(read, "old", ["new"], ORIGIN))
    assert (1.0, 1) == (found["new", "unmarked.agents"].value, found["new", "difference.agents"].n)


@pytest.mark.parametrize(
    ("rows", "candidate", "message"),
    [
        pytest.param([("a", "old", 1, 1), ("b", "new", 1, 1)], "new", "new shares no item with old", id="no item"),
        pytest.param([("a", "old", 1, 1), ("a", "new", 1, 1)], "nwe", "'nwe' is not in the outcomes", id="no model"),
    ],
)
def test_refused(tmp_path, rows, candidate, message):
    """What cannot be paired is refused in one line."""
    with pytest.raises(ItemError) as error:
        recorded_outcomes.recorded_rows(table(tmp_path, rows), "old", [candidate], ORIGIN)
    assert message in str(error.value)


def test_remarks_on_a_table_of_ones_own(tmp_path):
    """What was renamed or not used in a team's table stands among what to keep in mind."""
    path = tmp_path / "outcomes.csv"
    path.write_text("item,model,mark,cost_usd,category\na,old,1,2,x\na,new,1,1,x\nb,old,0,2,x\nb,new,1,1,x\n")
    facts = recorded_outcomes.recorded_evidence("mine", "old", ["new"], 3, "", str(path), as_of="2026-11-24")
    notes = set(facts[facts["metric"] == "recorded.caveat"]["note"])
    assert {"usd is cost_usd", "columns not used: category"} == notes
    assert {"old": 4.0, "new": 1.0} == dict(
        facts[facts["metric"] == "cost.accepted"][["subject", "value"]].itertuples(index=False, name=None)
    )

"""What a policy costs and gets right stands with its interval, and the frontier with what no mixture beats."""

import numpy as np
import pytest

from kit.decision import pareto, routing_policies
from kit.decision.routing_policies import AnswersByItem, Policy
from kit.stats import paired

OLD, NEW = "old@x", "new@x"


def answered(correct, usd, groups=None):
    """Answers of contenders: their marks, and what each costs, by name."""
    marks = np.array(list(correct.values()), dtype=float)
    cost = np.array([np.broadcast_to(np.asarray(usd[name], dtype=float), marks.shape[1]) for name in correct])
    nothing = np.zeros(marks.shape, dtype=bool)
    said = np.where(marks == 1, "A", "B").astype(object)
    items = np.arange(marks.shape[1]).astype(str)
    given = np.array(groups) if groups is not None else np.full(len(items), "g")
    return AnswersByItem(tuple(correct), items, given, marks, cost, said, nothing, np.full(marks.shape, np.nan))


def old_and_new():
    """Of 100 items the new one misses ten that the old one gets, and gets four that it misses, at a tenth."""
    old = [1] * 80 + [0] * 20
    new = [1] * 70 + [0] * 10 + [1] * 4 + [0] * 16
    return answered({OLD: old, NEW: new}, {OLD: [10.0] * 100, NEW: [0.5, 1.5] * 50})


def figures(found):
    return pareto.policy_figures(found, routing_policies.all_policies(found, OLD), OLD).set_index("policy")


def test_figures():
    """Score by Wilson, cost by Student's t, the difference by Tango, on 100 items that can be counted by hand."""
    row = figures(old_and_new()).loc["new"]
    assert (100, 74.0, 1.0, -6.0, 9.0) == pytest.approx(tuple(row[["n", "score", "usd", "difference", "saving"]]))
    assert (64.6, 81.6) == pytest.approx((row["score_low"], row["score_high"]), abs=0.1)  # Wilson of 74 of 100
    half = 1.984217 * 0.502519 / 10  # t with 99 degrees; the spread of 50 times 0.5 and 50 times 1.5
    assert (1 - half, 1 + half) == pytest.approx((row["usd_low"], row["usd_high"]), abs=1e-5)
    low, high = paired.tango(4, 10, 100)
    assert (100 * low, 100 * high) == pytest.approx((row["difference_low"], row["difference_high"]))
    assert (9 - half, 9 + half) == pytest.approx((row["saving_low"], row["saving_high"]), abs=1e-5)


def test_the_incumbent_is_as_good_as_itself():
    """There is nothing to estimate in its difference from itself."""
    assert (0, 0, 0) == tuple(figures(old_and_new()).loc["old", ["difference", "difference_low", "difference_high"]])


def test_mix_dilutes():
    """A quarter sent elsewhere has a quarter of the difference, and of its interval."""
    table = figures(old_and_new())
    ends = ["difference", "difference_low", "difference_high", "saving"]
    quarter = table.loc["25 % new, the rest old", ends].astype(float)
    assert list(table.loc["new", ends].astype(float) / 4) == pytest.approx(list(quarter))


def test_partly_right():
    """Where items are right in part, the interval is Student's t on the differences."""
    ours, theirs = np.array([0.5, 1.0, 0.25, 1.0]), np.array([0.5, 0.5, 0.0, 1.0])
    found = pareto.share_difference(ours, theirs)
    assert (found.low, found.high) == pytest.approx(paired.paired_interval(list(ours), list(theirs)))


@pytest.mark.parametrize(
    ("points", "efficient"),
    [
        pytest.param({"a": (1, 50), "b": (2, 60), "c": (3, 65)}, "abc", id="each step dearer a point than the last"),
        pytest.param({"a": (1, 50), "b": (2, 54), "c": (3, 65)}, "ac", id="b lies below the line that mixing makes"),
        pytest.param({"a": (1, 50), "b": (2, 40)}, "a", id="dearer and worse"),
        pytest.param({"a": (1, 50), "b": (2, 50)}, "a", id="dearer and no better"),
        pytest.param({"a": (1, 50), "b": (1, 60)}, "b", id="as cheap and better"),
    ],
)
def test_efficient(points, efficient):
    """A policy is on the frontier if no other one, and no mixture of two, is as good for less."""
    marks = {f"{name}@x": [1] * right + [0] * (100 - right) for name, (_, right) in points.items()}
    found = answered(marks, {f"{name}@x": usd for name, (usd, _) in points.items()})
    alone = [Policy(name, "alone", (f"{name}@x",)) for name in points]
    table = pareto.policy_figures(found, alone, "a@x")
    assert efficient == "".join(table[table["efficient"]]["policy"])


def test_the_oracle_and_mixes_are_not_on_it():
    """Nobody has the oracle, and a mix is on a line that is drawn already."""
    table = figures(old_and_new())
    assert {"alone"} == set(table[table["efficient"]]["kind"])


def test_best():
    """The frontier, the incumbent and the oracle are always shown; then the cheapest that get as much right."""
    table = figures(old_and_new()).reset_index()
    assert ["new", "oracle", "old"] == list(pareto.policies_to_show(table, "old")["policy"])


def test_printed():
    """Costs are of a thousand requests."""
    row = pareto.policy_table(figures(old_and_new()).reset_index()).set_index("policy").loc["old"]
    assert ("on it", 10_000, "+0.0 to +0.0") == (row["frontier"], row["USD per 1,000"], row["95 %  "])


def test_columns_are_documented():
    """What comes is what is said to come."""
    found = old_and_new()
    assert list(pareto.COLUMNS) == list(pareto.policy_figures(found, routing_policies.all_policies(found, OLD), OLD))

"""The policy is chosen on one half and confirmed on the other; one that is worse by the margin seldom is."""

from collections import Counter
from datetime import date

import numpy as np
import pytest

from kit import evidence
from kit.decision import pareto, routing_policies, selection
from kit.decision.routing_policies import AnswersByItem
from kit.errors import ItemError, KitError
from kit.report import routing_chapter

OLD, NEW, BAD = "old@x", "new@x", "bad@x"


def answered(correct, usd, groups=None):
    """Answers of contenders: their marks and what each costs, by name; wrong ones all say the same."""
    marks = np.array(list(correct.values()), dtype=float)
    cost = np.repeat(np.array([[usd[name]] for name in correct], dtype=float), marks.shape[1], axis=1)
    items, nothing = np.arange(marks.shape[1]).astype(str), np.zeros(marks.shape, dtype=bool)
    given = np.array(groups) if groups is not None else np.full(len(items), "g")
    said = np.where(marks == 1, "A", "B").astype(object)
    return AnswersByItem(tuple(correct), items, given, marks, cost, said, nothing, np.full(marks.shape, np.nan))


def chosen(found, margin=3.0, seed=1, kinds=routing_policies.KINDS):
    some = [one for one in routing_policies.all_policies(found, OLD) if one.kind in kinds]
    return selection.choose_policy(found, some, OLD, margin, seed)


def many(share, n=2000):
    """Marks with that share right, spread evenly over the items."""
    return np.floor(np.arange(1, n + 1) * share) - np.floor(np.arange(n) * share)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_halves(seed):
    """Half of all items choose, and half of each group, give or take one."""
    groups = ["a"] * 7 + ["b"] * 10 + ["c"] * 4
    half = selection.halves(groups, seed)
    counts = Counter(group for group, one in zip(groups, half, strict=True) if one)
    assert (True, True, 5, 2) == (half.sum() in (10, 11), counts["a"] in (3, 4), counts["b"], counts["c"])


def test_halves_are_drawn():
    """A seed always draws the same half, and another one another."""
    one, again, other = (selection.halves(["g"] * 40, seed) for seed in (1, 1, 2))
    assert (True, False) == ((one == again).all(), (one == other).all())


def test_one_item():
    """What cannot be split is told."""
    with pytest.raises(ItemError, match="1 items cannot be split"):
        selection.halves(["g"], 1)


@pytest.mark.parametrize("margin", [-1, 100])
def test_margin(margin):
    """A margin is from 0 to below 100 points."""
    with pytest.raises(KitError, match="is no margin"):
        chosen(answered({OLD: [1, 0], NEW: [1, 0]}, {OLD: 2, NEW: 1}), margin)


@pytest.mark.parametrize(
    ("new", "usd", "verdict", "policy"),
    [
        pytest.param(0.80, 1.0, "migrate", "new", id="as good and cheaper: all of it"),
        pytest.param(
            0.70, 1.0, "route", "25 % new, the rest old", id="worse, but a quarter of it is within the margin"
        ),
        pytest.param(0.80, 10.0, "stay", None, id="no cheaper"),
        pytest.param(0.10, 1.0, "stay", None, id="surely worse, even a quarter of it"),
    ],
)
def test_choose(new, usd, verdict, policy):
    """The cheapest that is not worse, and what to do about it."""
    kinds = ("alone", "mix")
    found = chosen(answered({OLD: many(0.8), NEW: many(new)}, {OLD: 10, NEW: usd}), 5, kinds=kinds)
    assert (verdict, policy) == (found.verdict, found.policy and found.policy.name)


def test_the_cheapest_is_taken():
    """Of several that are not worse it is the cheapest; one that is worse is passed over, be it ever so cheap."""
    marks = {OLD: many(0.8), "a@x": many(0.8), "b@x": many(0.8), BAD: many(0.6)}
    found = chosen(answered(marks, {OLD: 10, "a@x": 5, "b@x": 4, BAD: 1}), kinds=("alone",))
    assert ("migrate", "b") == (found.verdict, found.policy.name)


def test_few_items():
    """With few items nothing is shown: undecided, with what comes nearest and how many items would settle it."""
    found = chosen(answered({OLD: many(0.8, 20), NEW: many(0.8, 20)}, {OLD: 10, NEW: 1}), kinds=("alone",))
    assert ("undecided", None, "new", True) == (found.verdict, found.policy, found.nearest.name, found.needed > 20)
    assert "Undecided: of 1 policies, none that costs less than old is shown to be within" in routing_chapter.sentence(
        found, "old"
    )


def test_luck_on_the_choosing_half():
    """What only looked good where it was chosen is not confirmed, and the optimism is told."""
    groups = ["g"] * 400
    half = selection.halves(groups, 1)
    old = np.ones(400)
    new = np.where(half, 1.0, np.arange(400) % 2)
    found = chosen(answered({OLD: old, NEW: new}, {OLD: 10, NEW: 1}, groups), kinds=("alone",))
    assert ("stay", "new") == (found.verdict, found.policy.name)
    assert found.optimism == pytest.approx(100 * (1 - new[~half].mean()))
    assert 'Stay: not confirmed is "new"' in routing_chapter.sentence(found, "old")


def test_sentence():
    """The held-out result is what is reported, with its interval and the optimism."""
    found = chosen(answered({OLD: many(0.8), NEW: many(0.8)}, {OLD: 0.01, NEW: 0.0025}), kinds=("alone",))
    said = routing_chapter.sentence(found, "old")
    assert 'Move to "new": $2.50 per 1,000 requests against $10.00 (75 % less); its score less old\'s is +0.0' in said
    assert "on 1,000 items held out from choosing among 1 policies" in said


def test_rows():
    """The evidence names the policy, the items and what was confirmed; the oracle is in none of it."""
    marked = answered({OLD: many(0.8), NEW: many(0.8)}, {OLD: 0.01, NEW: 0.0025})
    every = routing_policies.all_policies(marked, OLD)
    found, table = selection.choose_policy(marked, every, OLD, 3, 1), pareto.policy_figures(marked, every, OLD)
    rows = evidence.frame(selection.selection_rows(found, table, every, "contract", "a run", date(2026, 11, 24)))
    told = {(row.metric, row.scope, row.note): row.value for row in rows.itertuples()}
    held = ("policy.confirmed", "new", "items held out")
    assert (1.0, 0.0025, 80.0) == (
        told[held], told["policy.cost", "new", "all items"], told["policy.score", "new", "all items"]
    )  # fmt: skip
    assert ({"new"}, {OLD, ""}) == (set(rows["subject"]), set(rows["against"]))


def at_the_edge(seed, n=400, contenders=8):
    """Contenders at a tenth of the price, each truly worse than the incumbent by exactly three points."""
    rng = np.random.default_rng(seed)
    old = rng.random(n) < 0.8
    lost = (0.03 + 0.2 * 0.1) / 0.8
    marks = [np.where(old, rng.random(n) >= lost, rng.random(n) < 0.1) for _ in range(contenders)]
    names = [f"new{place}@x" for place in range(contenders)]
    return answered({OLD: old, **dict(zip(names, marks, strict=True))}, {OLD: 10, **dict.fromkeys(names, 1)})


@pytest.mark.simulation
def test_rate(runs):
    """Of choices among eight that are worse by the margin, at most 2.5 % are confirmed, give or take the draw."""
    verdicts = [chosen(at_the_edge(seed), seed=seed, kinds=("alone",)) for seed in range(runs(600))]
    picked = [one for one in verdicts if one.policy]
    passed = sum(one.verdict == "migrate" for one in picked)
    most = 0.025 * len(picked) + 3 * (0.025 * len(picked)) ** 0.5
    assert (True, True) == (len(picked) > len(verdicts) / 15, passed <= most)


def test_power():
    """One that is as good, and cheap, is found and confirmed nearly always."""
    found = []
    for seed in range(50):
        rng = np.random.default_rng(seed)
        marks = {OLD: rng.random(2000) < 0.8}
        marks[NEW] = np.where(rng.random(2000) < 0.1, rng.random(2000) < 0.8, marks[OLD])
        found.append(chosen(answered(marks, {OLD: 10, NEW: 1}), seed=seed, kinds=("alone",)).verdict)
    assert found.count("migrate") >= 45

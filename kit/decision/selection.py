"""The cheapest policy that is not worse than the incumbent: chosen on half of the items, confirmed on the other half.

Of many policies the best one was lucky, too, so on the items that it was chosen by it looks better than it is. Half of
the items, drawn with a seed and alike in each group, choose: the cheapest policy whose difference from the incumbent
lies above minus the margin with its whole 95 % interval. The other half confirms, with that one policy:

    migrate    the interval of its difference lies above minus the margin and that of its saving above 0; it is one
               contender alone
    route      the same, and it is more than one contender
    stay       it is shown to be worse by the margin, or dearer; or all policies that cost less are, on all items, shown
               to be worse by the margin; or none costs less
    undecided  none of these

One policy is tested on items that did not choose it, so whatever the number of policies, the chance to confirm one that
is worse by the margin is at most 2.5 %. Simulated with 8 or 20 contenders at the edge and 400 or 1,000 items, 2.2 to
2.5 % of those chosen were confirmed; as few such are chosen at all, that is 0.4 to 0.8 % of the studies.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import sqrt

import numpy as np
import pandas as pd

from kit import stats
from kit.decision import pareto
from kit.decision.routing_policies import AnswersByItem, Policy, replay_policy
from kit.errors import ItemError, KitError
from kit.evidence import Row, contender_row
from kit.stats import Estimate, is_not_worse, is_worse

__all__ = ["PolicyChoice", "Standing", "choose_policy", "halves", "selection_rows"]


@dataclass(frozen=True)
class Standing:
    """A policy beside the incumbent on the same items.

    Attributes:
        difference: Points right, policy less incumbent.
        saving: USD a request that the policy costs less.
        usd, incumbent_usd: USD a request.
        split: Share of the items on which the two part.
        step: What such an item counts for: 1, or the share of a mix.
    """

    n: int
    difference: Estimate
    saving: Estimate
    usd: float
    incumbent_usd: float
    split: float
    step: float = 1.0

    @property
    def less(self) -> float:
        """The saving, as a share of what the incumbent costs."""
        return self.saving.value / self.incumbent_usd if self.incumbent_usd else 0.0


@dataclass(frozen=True)
class PolicyChoice:
    """The policy that half of the items chose, and its figures on the other half.

    Attributes:
        policy: The one chosen; None where none qualified.
        nearest: Without one, the policy that costs less and whose interval comes closest; None where none costs less.
        tried: Policies that could have been chosen.
        choosing: On the half that chose; of the nearest where none was chosen.
        held_out: On the other half; None where none was chosen.
        needed: Items in all that would settle it with 80 % power if what was seen is true; None if it is settled, or no
            number would.
    """

    verdict: str
    incumbent: str
    margin: float
    policy: Policy | None
    nearest: Policy | None
    tried: int
    choosing: Standing | None
    held_out: Standing | None
    needed: int | None = None

    @property
    def optimism(self) -> float | None:
        """Points by which the chosen policy looked better on the items that chose it."""
        if self.choosing is None or self.held_out is None:
            return None
        return self.choosing.difference.value - self.held_out.difference.value


def halves(groups: Sequence[str] | np.ndarray, seed: int) -> np.ndarray:
    """Mark the items that choose: half of all, and half of each group, give or take one.

    Raises:
        ItemError: If there are fewer than two items.
    """
    if len(groups) < 2:
        raise ItemError(f"{len(groups)} items cannot be split into halves; at least 2 are needed")
    names = np.asarray(groups, dtype=str)
    shuffled = np.random.default_rng(seed).permutation(len(names))
    order = shuffled[np.argsort(names[shuffled], kind="stable")]  # group by group, and within one by the draw
    chosen = np.zeros(len(names), dtype=bool)
    chosen[order[::2]] = True
    return chosen


def choose_policy(
    answered: AnswersByItem, policies: Sequence[Policy], incumbent: str, margin: float, seed: int
) -> PolicyChoice:
    """Choose the cheapest policy that is not worse, and put it to the items held out.

    Args:
        policies: As from `policies.every`; the oracle is none.
        incumbent: A contender.
        margin: Points of score that the team is ready to give up.
        seed: Of the split.

    Raises:
        KitError: If the margin is not from 0 to 100.
        ItemError: If there are fewer than two items.
    """
    if not 0 <= margin < 100:
        raise KitError(f"margin: {margin} is no margin; give the points that do not matter, from 0 to below 100")
    half = halves(answered.groups, seed)
    choosing, other = answered.part(half), answered.part(~half)
    eligible = [policy for policy in policies if policy.kind != "oracle" and policy.tiers != (incumbent,)]
    costs = {policy: (replay_policy(choosing, policy).usd.mean(), policy) for policy in eligible}
    limit = choosing.usd[answered.contenders.index(incumbent)].mean()
    cheaper = [policy for policy in sorted(eligible, key=lambda policy: costs[policy][0]) if costs[policy][0] < limit]
    closest: tuple[float, Policy, Standing] | None = None
    for policy in cheaper:
        standing = _standing(choosing, policy, incumbent)
        low = standing.difference.low
        if is_not_worse(standing.difference, margin):
            held = _standing(other, policy, incumbent)
            verdict = _verdict(policy, held, margin)
            needed = _needed(held, margin) if verdict == "undecided" else None
            return PolicyChoice(verdict, incumbent, margin, policy, None, len(eligible), standing, held, needed)
        if closest is None or low > closest[0]:
            closest = (low, policy, standing)
    if closest is None:
        return PolicyChoice("stay", incumbent, margin, None, None, len(eligible), None, None)
    lost = all(is_worse(_standing(answered, policy, incumbent).difference, margin) for policy in cheaper)
    _, nearest, standing = closest
    verdict, needed = ("stay", None) if lost else ("undecided", _needed(standing, margin))
    return PolicyChoice(verdict, incumbent, margin, None, nearest, len(eligible), standing, None, needed)


def selection_rows(
    choice: PolicyChoice, table: pd.DataFrame, policies: Sequence[Policy], costs: str, ref: str, day: date
) -> list[Row]:
    """Return the choice as evidence on the model that is asked first; `scope` is the policy, `note` the items.

    `policy.score` (measured) and `policy.cost` of the frontier, on all items; `policy.difference`, `policy.saving` and
    `policy.confirmed` of the one chosen, on the items held out.

    Args:
        table: As from `frontier.figures`, of the same policies.
        costs: The kind of the price book: `list`, `contract` or `article`.
        ref: Which answers, and how they were priced.
    """
    first = {policy.name: policy.tiers[0] for policy in policies}
    evidence_rows = []
    for row in table[table["efficient"]].itertuples():
        score, usd = Estimate(row.score, row.score_low, row.score_high), Estimate(row.usd, row.usd_low, row.usd_high)
        for metric, figure, unit, kind in (("score", score, "%", "measured"), ("cost", usd, "USD/request", costs)):
            evidence_rows.append(contender_row(first[row.policy], f"policy.{metric}", figure, unit, day, ref, row.n,
                                               source=kind, scope=row.policy, note="all items"))  # fmt: skip
    if choice.policy is not None and (standing := choice.held_out) is not None:
        confirmed = float(choice.verdict in ("migrate", "route"))
        evidence_rows += [
            contender_row(first[choice.policy.name], f"policy.{metric}", figure, unit, day, ref, standing.n,
                          source=kind, scope=choice.policy.name, against=choice.incumbent, note="items held out")
            for metric, figure, unit, kind in (
                ("difference", standing.difference, "points", "measured"),
                ("saving", standing.saving, "USD/request", costs),
                ("confirmed", confirmed, "yes/no", "measured"),
            )
        ]  # fmt: skip
    return evidence_rows


def _standing(answered: AnswersByItem, policy: Policy, incumbent: str) -> Standing:
    ours, theirs = replay_policy(answered, policy), replay_policy(answered, Policy(incumbent, "alone", (incumbent,)))
    gap = pareto.share_difference(ours.correct, theirs.correct)
    points = Estimate(100 * gap.value, 100 * gap.low, 100 * gap.high)
    gaps, saving = ours.correct - theirs.correct, pareto.cost_saving(ours.usd, theirs.usd)
    return Standing(
        len(answered.items), points, saving, float(ours.usd.mean()), float(theirs.usd.mean()),
        float((gaps != 0).mean()), pareto.step(gaps) or 1.0,
    )  # fmt: skip


def _verdict(policy: Policy, held: Standing, margin: float) -> str:
    if is_worse(held.difference, margin) or held.saving.high < 0:
        return "stay"
    if is_not_worse(held.difference, margin) and held.saving.low > 0:
        return "migrate" if policy.kind == "alone" else "route"
    return "undecided"


def _needed(choosing: Standing, margin: float) -> int | None:
    """Items in both halves together, so that both pass with a chance of 80 %: each with one of its root.

    Of a mix, both its difference and the margin are diluted alike.
    """
    gap, allowed = choosing.difference.value / 100 / choosing.step, margin / 100 / choosing.step
    if allowed >= 1:
        return None
    needed = stats.items_needed(gap, max(abs(gap), choosing.split), sqrt(0.8), allowed)
    return None if needed is None else max(2 * needed, 2 * choosing.n + 2)

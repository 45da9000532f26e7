"""The rule that turns evidence into migrate, route, stay or undecided, and what would change the answer.

    migrate    every check passes: the maker serves it, a provider is open, it costs less, and on every dimension that
               the workload needs it is not worse than the incumbent by the margin
    route      the maker serves it and a provider is open, and either only an ability is missing (images, say: send what
               needs it to the incumbent), or a policy or an endpoint qualifies: not worse by the margin, and cheaper
    stay       else, if a check fails
    undecided  else: none fails, but one or more lack the evidence

Not worse by the margin: the whole 95 % interval of candidate minus incumbent lies above minus the margin. A candidate
that is worse by the margin on a needed dimension passes there with a chance of 2.5 %, so `migrate` is said of it in at
most 2.5 % of studies; the checks all have to pass at once, so nothing is corrected for their number. Simulated with
100 to 1,000 paired items and with two samples of 164 to 5,000, where all else passes: 1.5 to 2.7 %. Of several
candidates, and of several looks, the chance is 2.5 % for all together (`decide_all`, `looks`).

It costs less if an accepted answer does (`cost.accepted`, where the evidence has it of both with intervals), else if
the month's bill does, under every price book and hour. Requests that fail are not right; a candidate that surely fails
on more than one in twenty fails the reliability check as well. Limits that the study states are checks like any other.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import log
from statistics import NormalDist

import pandas as pd

from kit.decision import criteria
from kit.decision.criteria import ABILITY, BILL, FAIL, OPEN, PASS, Criterion
from kit.decision.looks import error_of_look
from kit.decision.saving import Saving, even_mix, saving
from kit.stats import Z95

__all__ = ["RANK", "Recommendation", "decide", "decide_all", "nearest", "switching_values", "verdict_of"]

RANK = ("migrate", "route", "undecided", "stay")
"""Verdicts, the most welcome first."""

_REACH = ("availability", "access")


@dataclass(frozen=True)
class Recommendation:
    """The verdict on one candidate, and why.

    Attributes:
        routes: Policies and endpoints that were tried for routing; one that passes is enough.
    """

    candidate: str
    verdict: str
    checks: tuple[Criterion, ...]
    saving: Saving | None
    routes: tuple[Criterion, ...] = ()

    def named(self, *states: str) -> list[Criterion]:
        """The checks in one of these states."""
        return [check for check in self.checks if check.state in states]

    @property
    def reasons(self) -> list[str]:
        """The checks that led to the verdict, a clause each."""
        passing = [route for route in self.routes if route.state == PASS]
        deciding = {
            "migrate": self.named(PASS), "route": [*self.named(ABILITY), *passing],
            "stay": self.named(FAIL), "undecided": self.named(OPEN),
        }  # fmt: skip
        return [f"{check.name}: {check.explanation}" for check in deciding[self.verdict]]


def decide(
    table: pd.DataFrame,
    candidate: str,
    incumbent: str,
    needs: Sequence[str],
    margin: float,
    day: date,
    limits: Mapping[str, float] | None = None,
    z: float = Z95,
) -> Recommendation:
    """Apply the rule to one candidate.

    Args:
        table: Evidence, with `bill.month` or `cost.accepted` for both.
        needs: Dimensions of `kit.decision.matchup` that the workload depends on.
        margin: Points of score that the team is ready to give up.
        day: The study's date.
        limits: A key of `criteria.LIMITS` -> the most or least that the study allows.
        z: Of the intervals by which a condition passes; see `decide_all`.
    """
    saving_of_move = saving(table, candidate, incumbent)
    reliable = criteria.reliability(table, candidate)
    checks = (
        criteria.availability(table, candidate, day),
        criteria.access(table, candidate, incumbent),
        criteria.cheaper(table, candidate, incumbent, saving_of_move, z),
        *(criteria.good_enough(table, candidate, incumbent, need, margin, z) for need in needs),
        *((reliable,) if reliable else ()),
        *criteria.limits(table, candidate, limits or {}),
    )
    policies = criteria.policies(table, candidate, incumbent, margin, z)
    routes = (*policies, *criteria.endpoints(table, candidate, incumbent))
    return Recommendation(candidate, verdict_of(checks, routes), checks, saving_of_move, routes)


def decide_all(
    table: pd.DataFrame,
    candidates: Sequence[str],
    incumbent: str,
    needs: Sequence[str],
    margin: float,
    day: date,
    limits: Mapping[str, float] | None = None,
    look: int = 0,
) -> list[Recommendation]:
    """Apply the rule to each candidate, with Holm's correction over them for `migrate` and `route`.

    The best of many candidates owes part of its lead to chance. So the 2.5 % are shared among those that have not
    passed yet, until none more does (Holm 1979, Scand. J. Statistics 6:65, by intervals): the chance that even one
    moves wrongly stays at 2.5 %, however many are tried, and over all looks.

    Args:
        look: Which look at measured evidence this is (`looks.read_looks`); 0 if it is the only one. The rest as for
            `decide`.
    """
    passed: dict[str, Recommendation] = {}
    while waiting := [candidate for candidate in candidates if candidate not in passed]:
        z = NormalDist().inv_cdf(1 - error_of_look(look) / len(waiting))
        verdicts = {
            candidate: decide(table, candidate, incumbent, needs, margin, day, limits, z) for candidate in waiting
        }
        new = {candidate: v for candidate, v in verdicts.items() if v.verdict in ("migrate", "route")}
        if not new:
            return [(passed | verdicts)[candidate] for candidate in candidates]
        passed |= new
    return [passed[candidate] for candidate in candidates]


def verdict_of(
    checks: Sequence[Criterion], routes: Sequence[Criterion] = (), values: Mapping[str, float] | None = None
) -> str:
    """The verdict that follows from the checks, or would follow at another price or margin: `{"margin": 5.0}`."""
    values = values or {}
    now = [check.at(values) for check in checks]
    reachable = all(state == PASS for check, state in zip(checks, now, strict=True) if check.name in _REACH)
    states = set(now)
    if states <= {PASS}:
        return "migrate"
    if reachable and (states <= {PASS, ABILITY} or PASS in {route.at(values) for route in routes}):
        return "route"
    return "stay" if FAIL in states else "undecided"


def nearest(verdicts: Sequence[Recommendation]) -> Recommendation:
    """The candidate closest to a move: best verdict, then fewest failed and open checks, then largest saving."""
    return min(
        verdicts,
        key=lambda v: (
            RANK.index(v.verdict),
            len(v.named(FAIL)),
            len(v.named(OPEN)),
            -(v.saving.usd if v.saving else 0),
        ),
    )


def switching_values(verdict: Recommendation, table: pd.DataFrame, incumbent: str) -> list[tuple[str, str, str]]:
    """The smallest changes that alone change the verdict: (`price`, `margin` or `mix`, the change, verdict then).

    One that cannot change it alone says so, with the verdict as it is. The mix is the input share of all tokens; it
    bears on the bill, by list or contract price.
    """
    rows = []
    for name, write in _PARAMETERS.items():
        if switch := _switching_value(verdict, name):
            rows.append((name, write(switch[0]), switch[1]))
        else:
            rows.append((name, "no change of it alone", verdict.verdict))
    return [*rows, ("mix", *_mix(verdict, table, incumbent))]


def _switching_value(verdict: Recommendation, name: str) -> tuple[float, str] | None:
    """The nearest value of price or margin that gives another verdict, and that verdict."""
    known = [check.sensitivity for check in (*verdict.checks, *verdict.routes)]
    sensitivities = [sensitivity for sensitivity in known if sensitivity and sensitivity.name == name]
    if not sensitivities:
        return None
    now, changes = sensitivities[0].now, []
    for end in sorted({end for sensitivity in sensitivities for end in sensitivity.ends if end > 0}):
        beyond = end * (1 + 1e-9) if end >= now else end * (1 - 1e-9)
        if (other := verdict_of(verdict.checks, verdict.routes, {name: beyond})) != verdict.verdict:
            changes.append((abs(log(end / now)) if name == "price" else abs(end - now), end, other))
    return min(changes)[1:] if changes else None


def _mix(verdict: Recommendation, table: pd.DataFrame, incumbent: str) -> tuple[str, str]:
    """At which input share the cost check would turn, and the verdict then; only a bill depends on the mix."""
    even = even_mix(table, verdict.candidate, incumbent)
    billed = next((check.state for check in verdict.checks if check.name == BILL), OPEN)
    other = {PASS: FAIL, FAIL: PASS}.get(billed, OPEN)
    turned = [replace(check, state=other) if check.name == BILL else check for check in verdict.checks]
    other_verdict = verdict_of(turned, verdict.routes)
    if even is None or billed == OPEN or other_verdict == verdict.verdict:
        return "no mix of input and output", verdict.verdict
    share, above = even
    return f"an input share {'above' if above == (other == PASS) else 'below'} {100 * share:.0f} %", other_verdict


def _times(factor: float) -> str:
    return f"a price {factor:.2g} times as high" if factor > 1 else f"a price cut to {factor:.0%}"


def _points(margin: float) -> str:
    return f"a margin of {margin:.1f} points"


_PARAMETERS: Mapping[str, Callable[[float], str]] = {"price": _times, "margin": _points}

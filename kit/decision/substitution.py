"""One model in another's place on the same replayed requests: answers gained or lost, and what an accepted one costs.

A substitution can be made in two ways: the candidate alone, or the candidate with the incumbent as fallback, which is
asked again where the candidate visibly failed (`replay.with_fallback`). `kit.decision.endpoints` applies the rule.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import exp, hypot, log, sqrt
from statistics import NormalDist

import numpy as np

from kit import stats
from kit.decision.criteria import FAIL, OPEN, PASS
from kit.replay import Difference, Exam, Outcomes, difference, effective_requests, helps_most, student_point
from kit.stats import Z95, Estimate, anytime_z, is_not_worse, is_worse, requests_to_decide
from kit.text import plural

__all__ = [
    "LEAST",
    "Substitution",
    "explanation",
    "judgements_needed",
    "missing",
    "passing_candidates",
    "requests_needed",
    "weigh",
]

LEAST = 20
"""Requests that a verdict needs at least: fewer decide nothing, whatever they show."""

_WIDEST = log(100)
"""A ratio that may be so many times larger says nothing."""

_TELLING = 5_000
"""Requests that may be needed to tell an equal candidate; where more are, the incumbent is too noisy a reference."""


@dataclass(frozen=True)
class Substitution:
    """The effect of a substitution, and its states: `pass`, `fail` or `open` (not shown either way).

    Attributes:
        difference: Share accepted of the candidate less that of the incumbent; None without requests.
        ratio: What an accepted answer costs the candidate over what it costs the incumbent; None if unknown.
        saved: The same ratio with the interval of one look, for the money; `ratio` holds at every look.
        quality: Passes if the whole interval of the difference is above minus the margin, fails if below.
        cost: Passes if the whole interval of the ratio is below 1, fails if above.
    """

    difference: Difference | None
    ratio: Estimate | None
    saved: Estimate | None
    quality: str
    cost: str

    @property
    def state(self) -> str:
        """Fails if one of the two does, passes if both do."""
        states = {self.quality, self.cost}
        return FAIL if FAIL in states else OPEN if OPEN in states else PASS


def weigh(outcomes: Outcomes, margin: float, z: float = Z95, exam: Exam | None = None) -> Substitution:
    """Weigh a substitution by intervals at `z` that hold at every look (`stats.anytime`).

    Args:
        margin: The share of accepted answers that may be lost, 0 to 1.
        exam: Of the judge whose verdicts are among the outcomes.
    """
    key = ("weigh", margin, z, exam and id(exam))
    return outcomes.once(key, lambda: (_weighed(outcomes, margin, z, exam), exam))[0]


def _weighed(outcomes: Outcomes, margin: float, z: float, exam: Exam | None) -> Substitution:
    gap = difference(outcomes, z, exam)
    quality = cost = OPEN
    if gap and is_not_worse(gap.estimate, margin):
        quality = PASS
    elif gap and is_worse(gap.estimate, margin):
        quality = FAIL
    if outcomes.n < LEAST:
        quality = OPEN
    if missing(outcomes):
        return Substitution(gap, None, None, quality, cost)
    ratio, saved = _ratio(outcomes, anytime_z(outcomes.n, z)), _ratio(outcomes, z)
    if ratio.value and log(ratio.high / ratio.value) >= _WIDEST:
        return Substitution(gap, None, None, quality, cost)
    return Substitution(gap, ratio, saved, quality, PASS if ratio.high < 1 else FAIL if ratio.low > 1 else OPEN)


def passing_candidates(candidates: Iterable[Outcomes], margin: float, exam: Exam | None = None) -> set[str]:
    """The candidates that pass, with Holm's correction over those that were tried on the same endpoint.

    Holm (1979), Scand. J. Statistics 6:65, by intervals: the level is shared among those that have not passed yet,
    until none more does. The chance that even one passes wrongly stays at 2.5 %, one side of a 95 % interval.
    """
    waiting, passed = list(candidates), set[str]()
    while waiting:
        z = NormalDist().inv_cdf(1 - 0.025 / len(waiting))
        new = {outcomes.candidate for outcomes in waiting if weigh(outcomes, margin, z, exam).state == PASS}
        if not new:
            break
        passed |= new
        waiting = [outcomes for outcomes in waiting if outcomes.candidate not in new]
    return passed


def missing(outcomes: Outcomes) -> str:
    """Say why there is no ratio of costs; empty if there is one."""
    if not outcomes.n:
        return "no request could be judged on both"
    if outcomes.n < LEAST:
        return f"{plural(outcomes.n, 'request')} of the {LEAST} that a verdict needs at least"
    for name, usd in ((outcomes.candidate, outcomes.usd), (outcomes.incumbent, outcomes.incumbent_usd)):
        if unknown := int(np.isnan(usd).sum()):
            return f"what {unknown:,} of {outcomes.n:,} requests cost on {name} is not known"
    for name, most, least in (
        (outcomes.candidate, outcomes.high, outcomes.low),
        (outcomes.incumbent, outcomes.incumbent_high, outcomes.incumbent_least),
    ):
        if not least.any():
            known = "is known to be" if most.any() else "was"
            return f"no answer of {name} {known} accepted, so an accepted one has no cost"
    if not outcomes.incumbent_usd.any():
        return f"the requests cost nothing on {outcomes.incumbent}, so nothing can be saved"
    return ""


def explanation(outcomes: Outcomes, substitution: Substitution, margin: float, exam: Exam | None = None) -> list[str]:
    """Say what a substitution shows, a clause each: quality, cost, then what else bears on it.

    Args:
        substitution: As from `weigh` at the same margin.
        exam: Of the judge whose verdicts are among the outcomes.
    """
    words = []
    if substitution.difference:
        words += _quality(substitution.difference, substitution.quality, outcomes, margin)
    if exam and substitution.quality == OPEN and (judged := int((~np.isnan(outcomes.judged)).sum())):
        kind, number = helps_most(outcomes, exam)
        more = {"pairs": f"{number} more labelled pairs", "requests": f"{number} more replayed requests"}[kind]
        words.append(f"a judge decided {judged:,} of them, and its errors are in the interval; {more} would help most")
    if times := substitution.ratio:
        means = {PASS: "cheaper", FAIL: "dearer", OPEN: "which may be either cheaper or dearer"}
        words.append(
            f"an accepted answer costs {times.value:.3g} times as much [{times.low:.3g}, {times.high:.3g}], "
            f"{means[substitution.cost]}"
        )
    else:
        words.append(missing(outcomes) or "what an accepted answer costs is too unsure to compare")
    if again := int(outcomes.again.sum()):
        words.append(f"{again:,} of {outcomes.n:,} requests are asked again of {outcomes.incumbent}")
    return words


def _quality(gap: Difference, quality: str, outcomes: Outcomes, margin: float) -> list[str]:
    """The clauses on the difference: its interval, what is unknown in it, the incumbent's noise, and few requests."""
    points, estimate = f"the margin of {100 * margin:g} points", gap.estimate
    ends = f"[{100 * estimate.low:+.1f}, {100 * estimate.high:+.1f}]"
    means = {PASS: f"within {points}", FAIL: f"worse by more than {points}", OPEN: f"which does not settle {points}"}
    shown = f"{100 * estimate.value:+.1f}"
    if gap.worst < gap.best:
        shown = f"between {100 * gap.worst:+.1f} and {100 * gap.best:+.1f}"
    words = [f"{shown} points of accepted answers {ends}, {means[quality]}"]
    if gap.unknown:
        more = judgements_needed(outcomes, margin)
        few_enough = quality == OPEN and more
        remedy = f"; {plural(more or 0, 'judgement')} would settle it if they find no loss" if few_enough else ""
        words.append(
            f"{gap.unknown:,} of {outcomes.n:,} answers are not judged, and may all be lost or all be won{remedy}"
        )
    old = outcomes.incumbent
    if gap.measured:
        needs = ", too little to tell: this endpoint needs labels or a judge"
        share = f"{100 * gap.self_agreement:.0f} % of {plural(gap.measured, 'request')}"
        words.append(f"{old} agrees with itself on {share}{needs if quality == OPEN and _noisy(gap, margin) else ''}")
    elif gap.unmeasured and quality == OPEN:
        words.append(f"how often {old} agrees with itself is not known, so other answers than its may be its own noise")
    if gap.effective < 0.8 * gap.counted:
        independent = plural(max(1, round(gap.effective)), "independent one")
        words.append(
            f"{gap.counted:,} requests say as much as {independent}: one of them, or of their templates, stands for "
            f"{100 * outcomes.largest_share:.0f} % of the calls"
        )
    return words


def _noisy(gap: Difference, margin: float) -> bool:
    """True if the incumbent's noise alone would take more than _TELLING requests to see an equal candidate pass."""
    room = 2 * gap.self_agreement - 1
    if room <= 0:
        return True
    split = 1 - gap.self_agreement
    needed = requests_to_decide(split, split, margin * sqrt(room))
    return needed is None or needed > _TELLING


def judgements_needed(outcomes: Outcomes, margin: float, z: float = Z95) -> int | None:
    """The least number of unknown answers which, judged as no loss, would settle the difference; None if none would."""
    return outcomes.once(("judgements", margin, z), lambda: _judgements_needed(outcomes, margin, z))


def _judgements_needed(outcomes: Outcomes, margin: float, z: float) -> int | None:
    unknown = np.flatnonzero(outcomes.low < outcomes.high)

    def settled(count: int) -> bool:
        low = outcomes.low.copy()
        low[unknown[:count]] = outcomes.high[unknown[:count]]
        gap = difference(replace(outcomes, low=low), z)
        return bool(gap and gap.estimate.low > -margin)

    if not len(unknown) or not settled(len(unknown)):
        return None
    least, most = 0, len(unknown)
    while least < most:
        middle = (least + most) // 2
        least, most = (least, middle) if settled(middle) else (middle + 1, most)
    return least


def requests_needed(outcomes: Outcomes, margin: float, z: float, exam: Exam | None = None) -> int | None:
    """Requests in all that would close what is open, with 80 % power if what was seen is true; None if none would.

    If something open points to a failure, one failure is enough. What nobody judged no number of requests tells.
    """
    if 0 < outcomes.n < LEAST:
        return LEAST
    weighed = weigh(outcomes, margin, z, exam)
    if not (weighed.difference and weighed.ratio):
        return None
    difference_now, ratio = weighed.difference, weighed.ratio
    gap = difference_now.estimate.value
    if weighed.quality == OPEN and difference_now.worst < difference_now.best:
        return None
    worth = difference_now.counted / difference_now.effective
    quality = requests_to_decide(difference_now.won, difference_now.lost, margin, z) if weighed.quality == OPEN else 0
    quality = None if quality is None else round(quality * worth)
    cost = stats.requests_needed(ratio, outcomes.n, anytime_z(outcomes.n, z)) if weighed.cost == OPEN else 0
    failing = [count for count, fails in ((quality, gap < -margin), (cost, ratio.value > 1)) if count and fails]
    if failing:
        return min(failing)
    return None if quality is None or cost is None else max(quality, cost)


def _ratio(outcomes: Outcomes, z: float) -> Estimate:
    """The ratio of costs an accepted answer: its interval holds for all values of what is unknown."""
    ends = ((outcomes.low, outcomes.incumbent_high), (outcomes.high, outcomes.incumbent_least))
    worst = best = _ratio_of(outcomes, *ends[0], z)
    if not all(map(np.array_equal, *ends)):
        best = _ratio_of(outcomes, *ends[1], z)
    return Estimate(sqrt(worst.value * best.value), min(best.low, worst.low), max(worst.high, best.high))


def _ratio_of(outcomes: Outcomes, ours: np.ndarray, theirs: np.ndarray, z: float) -> Estimate:
    """The ratio for given scores; with weights or groups by effective requests (Cochran 1977, 6.3)."""
    if outcomes.plain:
        return stats.per_success_ratio(outcomes.usd, ours, outcomes.incumbent_usd, theirs, z)
    calls, total = outcomes.calls, float(outcomes.calls.sum())
    usd, their_usd = (calls * column / float(calls @ column) for column in (outcomes.usd, outcomes.incumbent_usd))
    _, group = np.unique(outcomes.groups, return_inverse=True)
    parts = np.bincount(group, usd - their_usd)
    size, freedom = effective_requests(ours - theirs, calls, outcomes.groups)
    point = student_point(z, freedom)
    both, only_ours, only_theirs = (
        size * float(calls @ counts) / total for counts in (ours * theirs, ours * (1 - theirs), theirs * (1 - ours))
    )
    shares = stats.share_ratio(both, only_ours, only_theirs, point)
    spread = point * sqrt(len(parts) / max(1, len(parts) - 1) * float(parts @ parts))
    value = float(calls @ outcomes.usd) / float(calls @ outcomes.incumbent_usd) / shares.value
    down = exp(-min(_WIDEST, hypot(spread, log(shares.high / shares.value))))
    up = exp(min(_WIDEST, hypot(spread, log(shares.value / shares.low) if shares.low > 0 else _WIDEST)))
    return Estimate(value, value * down, value * up)

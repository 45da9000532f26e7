"""One model in another's place on the same replayed requests: answers gained or lost, and what an accepted one costs.

A swap can be made in two ways: the candidate alone, or the candidate with the incumbent behind it, which is asked again
where the candidate visibly failed (`accepted.escalated`). What it shows is weighed by `kit.decision.endpoints`' rule.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd

from kit import replay
from kit.decision.criteria import FAIL, OPEN, PASS
from kit.stats import paired, ratios
from kit.stats.intervals import Z95
from kit.stats.ratios import Estimate
from kit.text import plural

__all__ = ["Swap", "Weighed", "missing", "requests_needed", "said", "standing", "swaps", "weigh"]


@dataclass(frozen=True)
class Swap:
    """Outcomes of candidate and incumbent on the requests on which both were judged.

    Attributes:
        ours, theirs: Accepted, 1 or 0, a request each: of the candidate and of the incumbent.
        our_usd, their_usd: Cost of the same requests, all attempts; NaN where it is not known.
        again: Of these requests, those that were asked again of the incumbent.
        left_out: Requests on which one of the two could not be judged.
    """

    candidate: str
    incumbent: str
    ours: np.ndarray
    theirs: np.ndarray
    our_usd: np.ndarray
    their_usd: np.ndarray
    again: int
    left_out: int

    @property
    def n(self) -> int:
        """Requests on which both were judged."""
        return len(self.ours)


@dataclass(frozen=True)
class Weighed:
    """What a swap does, and what that says: `pass`, `fail` or `open` (not shown either way).

    Attributes:
        difference: Share accepted of the candidate less that of the incumbent; None without requests.
        ratio: What an accepted answer costs the candidate over what it costs the incumbent; None where unknown.
        quality: Passes if the whole interval of the difference is above minus the margin, fails if below.
        cost: Passes if the whole interval of the ratio is below 1, fails if above.
    """

    difference: Estimate | None
    ratio: Estimate | None
    quality: str
    cost: str

    @property
    def state(self) -> str:
        """Fails if one of the two does, passes if both do."""
        states = {self.quality, self.cost}
        return FAIL if FAIL in states else OPEN if OPEN in states else PASS


def swaps(compared: pd.DataFrame, incumbent: str) -> Mapping[tuple[str, str], tuple[Swap, Swap]]:
    """(endpoint, candidate) -> the candidate alone, and with the incumbent behind it.

    Raises:
        ItemError: As `accepted.costs`.
    """
    rows = replay.required_columns(compared)
    behind = _by_pair(replay.with_fallback(rows, incumbent), incumbent)
    return {key: (alone, behind[key]) for key, alone in _by_pair(rows.assign(again=False), incumbent).items()}


def weigh(swap: Swap, margin: float, z: float = Z95) -> Weighed:
    """What a swap does, by intervals at `z`.

    Args:
        margin: The share of accepted answers that may be lost, 0 to 1.
    """
    difference = _difference(swap, z) if swap.n else None
    quality = cost = OPEN
    if difference and paired.non_inferior(difference.low, margin):
        quality = PASS
    elif difference and difference.high < -margin:
        quality = FAIL
    if missing(swap):
        return Weighed(difference, None, quality, cost)
    ratio = ratios.per_success_ratio(swap.our_usd, swap.ours, swap.their_usd, swap.theirs, z)
    return Weighed(difference, ratio, quality, PASS if ratio.high < 1 else FAIL if ratio.low > 1 else OPEN)


def standing(some: Iterable[Swap], margin: float) -> set[str]:
    """The candidates whose swap passes, with Holm's correction over those that were tried on the same endpoint.

    Holm (1979), Scand. J. Statistics 6:65, by intervals: the level is shared among those that have not passed yet,
    until none more does. The chance that even one passes wrongly stays at 2.5 %, one side of a 95 % interval.
    """
    waiting, passed = list(some), set[str]()
    while waiting:
        z = NormalDist().inv_cdf(1 - 0.025 / len(waiting))
        new = {swap.candidate for swap in waiting if weigh(swap, margin, z).state == PASS}
        if not new:
            break
        passed |= new
        waiting = [swap for swap in waiting if swap.candidate not in new]
    return passed


def missing(swap: Swap) -> str:
    """Why there is no ratio of costs, in words; empty where there is one."""
    if not swap.n:
        return "no request could be judged on both"
    for name, usd in ((swap.candidate, swap.our_usd), (swap.incumbent, swap.their_usd)):
        if unknown := int(np.isnan(usd).sum()):
            return f"what {unknown:,} of {swap.n:,} requests cost on {name} is not known"
    for name, marks in ((swap.candidate, swap.ours), (swap.incumbent, swap.theirs)):
        if not marks.any():
            return f"no answer of {name} was accepted, so an accepted one has no cost"
    if swap.n < 2:
        return "one request does not say how costs differ"
    return "" if swap.their_usd.any() else f"the requests cost nothing on {swap.incumbent}, so nothing can be saved"


def said(swap: Swap, found: Weighed, margin: float) -> list[str]:
    """What a swap shows, a clause each: quality, cost, then what else bears on it.

    Args:
        found: As from `weigh` at the same margin.
    """
    words, points = [], f"the margin of {100 * margin:g} points"
    if gap := found.difference:
        means = {
            PASS: f"within {points}",
            FAIL: f"worse by more than {points}",
            OPEN: f"which does not settle {points}",
        }
        words.append(
            f"{100 * gap.value:+.1f} points of accepted answers [{100 * gap.low:+.1f}, {100 * gap.high:+.1f}], "
            f"{means[found.quality]}"
        )
    if times := found.ratio:
        means = {PASS: "cheaper", FAIL: "dearer", OPEN: "which may be either cheaper or dearer"}
        words.append(
            f"an accepted answer costs {times.value:.3g} times as much [{times.low:.3g}, {times.high:.3g}], "
            f"{means[found.cost]}"
        )
    else:
        words.append(missing(swap))
    if swap.again:
        words.append(f"{swap.again:,} of {swap.n:,} requests are asked again of {swap.incumbent}")
    if swap.left_out:
        are = "is" if swap.left_out == 1 else "are"
        words.append(f"{plural(swap.left_out, 'more request')} could not be judged on both, and {are} left out")
    return words


def requests_needed(swap: Swap, margin: float, z: float) -> int | None:
    """Requests in all that would close what is open, with 80 % power if what was seen is true; None if none would.

    If something open points to a failure, one failure is enough.
    """
    found = weigh(swap, margin, z)
    if not (found.difference and found.ratio):
        return None
    gap, ratio = found.difference.value, found.ratio
    split = float((swap.ours != swap.theirs).mean())
    quality = paired.items_needed(gap, split, margin=margin, z=z) if found.quality == OPEN else 0
    cost = ratios.requests_needed(ratio, swap.n, z) if found.cost == OPEN else 0
    failing = [count for count, fails in ((quality, gap < -margin), (cost, ratio.value > 1)) if count and fails]
    if failing:
        return min(failing)
    return None if quality is None or cost is None else max(quality, cost)


def _by_pair(rows: pd.DataFrame, incumbent: str) -> dict[tuple[str, str], Swap]:
    """The rows of each candidate beside the incumbent's of the same requests, as numbers."""
    place = ["endpoint", "request"]
    marks = rows["accepted"].astype("Float64").to_numpy(float, na_value=np.nan)
    numbers = rows.assign(accepted=marks, cost_usd=rows["cost_usd"].to_numpy(float, na_value=np.nan))
    theirs = numbers[numbers["contender"] == incumbent].set_index(place)[["accepted", "cost_usd"]]
    joined = numbers[numbers["contender"] != incumbent].join(theirs.add_suffix("_theirs"), on=place)
    names = ("accepted", "accepted_theirs", "cost_usd", "cost_usd_theirs", "again")
    columns = [joined[name].to_numpy() for name in names]
    return {
        key: _swap(key[1], incumbent, [column[some] for column in columns])
        for key, some in joined.groupby(["endpoint", "contender"], sort=False).indices.items()
    }


def _swap(candidate: str, incumbent: str, columns: Sequence[np.ndarray]) -> Swap:
    judged = ~(np.isnan(columns[0]) | np.isnan(columns[1]))
    ours, theirs, our_usd, their_usd, again = (column[judged] for column in columns)
    left = int((~judged).sum())
    return Swap(candidate, incumbent, ours, theirs, our_usd, their_usd, int(again.sum()), left)


def _difference(swap: Swap, z: float) -> Estimate:
    only_ours, only_theirs = int((swap.ours > swap.theirs).sum()), int((swap.ours < swap.theirs).sum())
    return Estimate((only_ours - only_theirs) / swap.n, *paired.tango(only_ours, only_theirs, swap.n, z))

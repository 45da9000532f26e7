"""Outcomes: what each replayed request says about a candidate, with bounds where it says nothing for sure.

A request's outcome is the candidate's score less the incumbent's, from -1 to 1. Four things keep it honest:

    unknown     an answer that nobody judged, or that was never asked for, may be right or wrong: it enters at its worst
                and at its best (Horowitz and Manski 2000, J. Amer. Statist. Assoc. 95:77), never at random
    own noise   without a label, agreement with the incumbent's answer is compared with how often the incumbent agrees
                with itself (its logged answer, or a second one)
    the judge   texts count by the judge's verdict, corrected for its errors (`judged_difference`)
    weight      a request counts for the calls that it stands for, and requests of one template as one group
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeVar, cast

import numpy as np
import pandas as pd

from kit.errors import ItemError, near_miss
from kit.replay.cost_per_success import required_columns

__all__ = ["EXACT", "Outcomes", "outcomes"]

_T = TypeVar("_T")

EXACT = ("label", "json", "tools")
"""Kinds of answers that say one thing in one way, so that another answer is a disagreement (`outputs.kind`)."""

_FIXED = 0.04
"""Share of an endpoint's calls from which on a template is a fixed part of its traffic."""

_DEFAULTS: Mapping[str, object] = {
    "calls": 1, "template": "", "kind": "", "correct": None, "judged": "", "self_agrees": None,
}  # fmt: skip
"""Columns of a comparison that a caller's own table may lack -> their value then."""


@dataclass(frozen=True, eq=False)
class Outcomes:
    """One candidate beside the incumbent on one endpoint's requests, an array element each.

    Attributes:
        low, high: The candidate's score at worst and at best: 1 if its answer would do, 0 if not.
        incumbent_low, incumbent_high: The incumbent's score on the same terms.
        usd, incumbent_usd: Cost of all attempts; NaN if unknown.
        calls: Logged calls that the request stands for.
        groups: Template of the request. Each request of a template that stands for _FIXED of the calls or more is a
            group of its own: such a template is a part of the traffic that is known, and not one of many that were
            drawn, and what it masks is the content.
        agreement: True if agreement with the incumbent decides, so that the incumbent's own noise matters.
        judged: -1, 0 or 1 by the judge (worse, same, better); NaN without a verdict. `low` and `high` are equal then.
        again: True if the incumbent is asked again (fallback).
    """

    candidate: str
    incumbent: str
    low: np.ndarray
    high: np.ndarray
    incumbent_low: np.ndarray
    incumbent_high: np.ndarray
    usd: np.ndarray
    incumbent_usd: np.ndarray
    calls: np.ndarray
    groups: np.ndarray
    agreement: np.ndarray
    judged: np.ndarray
    again: np.ndarray
    _known: dict[Any, Any] = field(default_factory=dict, init=False, repr=False)

    def once(self, key: Hashable, compute: Callable[[], _T]) -> _T:
        """Return what was computed of these outcomes before under that key, else compute it: they never change."""
        if key not in self._known:
            self._known[key] = compute()
        return cast(_T, self._known[key])

    @property
    def n(self) -> int:
        """Requests replayed."""
        return len(self.low)

    @cached_property
    def plain(self) -> bool:
        """True if each request is a group of its own and all stand for as many calls."""
        return len(np.unique(self.groups)) == self.n and bool(np.all(self.calls == self.calls[:1]))

    @property
    def largest_share(self) -> float:
        """The share of the calls that the largest group of requests stands for."""
        return float(np.bincount(np.unique(self.groups, return_inverse=True)[1], self.calls).max() / self.calls.sum())

    @property
    def unknown(self) -> int:
        """Requests on which a judgement or an answer is missing; noise that was not measured is not counted."""
        open_ = (self.low < self.high) | ((self.incumbent_low < self.incumbent_high) & ~self.agreement)
        return int((open_ & ~self.again).sum())

    @property
    def unmeasured(self) -> np.ndarray:
        """Requests on which the incumbent's agreement with itself was not measured."""
        return self.agreement & (self.incumbent_low < self.incumbent_high)

    @property
    def worst(self) -> np.ndarray:
        """The candidate's score less the incumbent's, if all that is unknown went against the candidate."""
        return np.where(self.again, 0.0, self.low - self.incumbent_high)

    @property
    def best(self) -> np.ndarray:
        """The same if all that is unknown went for the candidate; not above the incumbent where noise is unmeasured."""
        gap = self.high - self.incumbent_low
        return np.where(self.again, 0.0, np.where(self.unmeasured, np.minimum(gap, 0.0), gap))

    @property
    def incumbent_least(self) -> np.ndarray:
        """The incumbent's score at worst, but not below the candidate's where its noise is unmeasured."""
        return np.where(self.unmeasured, np.maximum(self.incumbent_low, self.high), self.incumbent_low)

    @property
    def self_agreement(self) -> tuple[float, int]:
        """Share of calls on which the incumbent agrees with itself, and requests on which that was measured."""
        measured = self.agreement & ~self.unmeasured
        if not measured.any():
            return float("nan"), 0
        return float(np.average(self.incumbent_low[measured], weights=self.calls[measured])), int(measured.sum())

    def at(self, chosen: np.ndarray) -> "Outcomes":
        """The outcomes of some of the requests."""
        arrays = {name: value[chosen] for name, value in vars(self).items() if isinstance(value, np.ndarray)}
        return replace(self, **arrays)


def outcomes(compared: pd.DataFrame, incumbent: str) -> Mapping[tuple[str, str], tuple[Outcomes, Outcomes]]:
    """Set each candidate's outcomes beside the incumbent's.

    Args:
        compared: As from `compare`; of a caller's own table only `cost_per_success.NEEDED` are needed, and `accepted`
            is then taken as the truth.

    Returns:
        (endpoint, candidate) -> the candidate alone, and the candidate with the incumbent as fallback.

    Raises:
        ItemError: As `required_columns`, or if the incumbent is not among the contenders.
    """
    table = required_columns(compared)
    known = list(table["contender"].unique())
    if known and incumbent not in known:
        raise ItemError(f"{incumbent!r} is not among the contenders{near_miss(incumbent, known)}")
    for name, value in _DEFAULTS.items():
        table[name] = compared[name].to_numpy() if name in compared.columns else value
    place = ["endpoint", "request"]
    theirs = table[table["contender"] == incumbent].set_index(place).add_suffix("_theirs")
    joined = table[table["contender"] != incumbent].join(theirs, on=place).reset_index(drop=True)
    scored = _scored(joined)
    return {
        (str(endpoint), str(candidate)): _both_ways(str(candidate), incumbent, scored.loc[index])
        for (endpoint, candidate), index in joined.groupby(["endpoint", "contender"], sort=False).groups.items()
    }


def _scored(rows: pd.DataFrame) -> pd.DataFrame:
    """Scores at worst and at best of candidate and incumbent, a row a request."""
    ours, theirs = _number(rows["accepted"]), _number(rows["accepted_theirs"])
    kind = rows["kind_theirs"].fillna("").to_numpy(str)
    labelled = (rows["correct_theirs"].notna() | rows["correct"].notna()).to_numpy()
    judged = rows["judged"].map({"worse": -1.0, "same": 0.0, "better": 1.0}).to_numpy(float)
    judged = np.where(labelled | (kind == "") | (ours == 0) & (judged != -1), np.nan, judged)
    agreement = np.isin(kind, EXACT) & ~labelled & (theirs == 1)
    itself = np.where(agreement, _number(rows["self_agrees_theirs"]), theirs)
    itself = np.where(judged == 1, 0.0, itself)  # the mirror of the candidate's rule: not accepted beside a better one
    judged = np.where(agreement & (itself == 0) & (judged != 1), np.nan, judged)  # no change that a judge made
    visible = (rows["error_kind"] != "").to_numpy() | rows["valid"].eq(False).fillna(False).to_numpy(bool)
    return pd.DataFrame({
        "low": np.nan_to_num(ours, nan=0.0), "high": np.nan_to_num(ours, nan=1.0),
        "incumbent_low": np.nan_to_num(itself, nan=0.0), "incumbent_high": np.nan_to_num(itself, nan=1.0),
        "usd": _number(rows["cost_usd"]), "incumbent_usd": _number(rows["cost_usd_theirs"]),
        "calls": rows["calls"].to_numpy(float), "groups": rows["template"].to_numpy(str), "agreement": agreement,
        "judged": judged, "again": visible & (ours == 0), "request": rows["request"],
    })  # fmt: skip


def _both_ways(candidate: str, incumbent: str, rows: pd.DataFrame) -> tuple[Outcomes, Outcomes]:
    calls = rows.groupby("groups")["calls"].transform("sum") / rows["calls"].sum()
    alone = (rows["groups"] == "") | (calls >= _FIXED)
    groups = pd.factorize(rows["groups"].mask(alone, rows["request"]))[0]
    names = ("low", "high", "incumbent_low", "incumbent_high", "usd", "incumbent_usd", "calls", "agreement", "judged")
    columns = {name: rows[name].to_numpy() for name in names}
    again = rows["again"].to_numpy()
    unaided = Outcomes(candidate, incumbent, **columns, groups=groups, again=np.zeros(len(rows), bool))
    if not again.any():
        return unaided, unaided
    low, high = unaided.incumbent_low, unaided.incumbent_high
    behind = replace(
        unaided,
        low=np.where(again, low, unaided.low),
        high=np.where(again, high, unaided.high),
        usd=unaided.usd + np.where(again, unaided.incumbent_usd, 0.0),
        again=again,
    )
    return unaided, behind


def _number(column: pd.Series) -> np.ndarray:
    return column.astype("Float64").to_numpy(float, na_value=np.nan)

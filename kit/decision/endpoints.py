"""The recommendation for each endpoint: the rule that turns a replay and a bill into migrate, route, stay or undecided.

    migrate    not worse than the margin, and cheaper per accepted answer: the whole 95 % interval of the difference in
               accepted answers lies above minus the margin, and that of the saving above 0
    route      the same holds only if what visibly fails is asked again of the incumbent, and both are paid
    stay       either way, worse by the margin (the whole interval lies below minus the margin) or dearer (the whole
               interval of the saving lies below 0)
    undecided  none of these, or fewer than 20 requests; with the number of further requests or judgements that would
               decide it, or with what is missing

The intervals that decide hold at every look (`stats.anytime`), so a replay may go on until its verdict stands. They
hold for all values of what nobody judged, set agreement against the incumbent's agreement with itself, correct a judge
for its errors, and weigh a request by the calls that it stands for (`replay.difference`).

Tomorrow's bill is today's times what an accepted answer costs the candidate over what it costs the incumbent, on the
same replayed requests: what as many accepted answers as today would cost. An answer that is not accepted is paid for
and has to be had again. The saving's interval is that of one look; it holds the luck of which requests were replayed
(`ratios.per_success_ratio`) and that of the bill, two independent parts (`ratios.product`).

Each endpoint is a decision of its own, and nothing is corrected across endpoints. Where several candidates were tried
on one, the saving of each has a simultaneous interval (Bonferroni), so that it holds for the one that is chosen, and
`migrate` and `route` also have to stand after Holm's correction (`substitution.passing_candidates`). So the chance that
`migrate` is said of any candidate that is worse by the margin, or no cheaper, is at most 2.5 % an endpoint; of `route`
likewise. For the margin it is 2.5 % for both together, since asking again loses no answer: what is worse by the margin
with the incumbent behind it is so without.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import NormalDist

import pandas as pd

from kit import stats
from kit.decision.criteria import FAIL, OPEN, PASS
from kit.decision.rule import RANK
from kit.decision.substitution import explanation, judgements_needed, passing_candidates, requests_needed, weigh
from kit.errors import ItemError, KitError, near_miss
from kit.evidence import Row, contender_row
from kit.replay import Exam, Look, Outcomes, outcomes
from kit.stats import Estimate

__all__ = [
    "BILLS",
    "MOVES",
    "NAMELESS",
    "NOBODY",
    "EndpointRecommendation",
    "decide_endpoints",
    "endpoint_rows",
    "look_at_endpoints",
    "nearest_endpoints",
]

BILLS = ("endpoint", "usd_month", "low", "high")
"""Columns of today's bills, USD a month with a 95 % interval; missing ends make the bill a plain sum, without luck."""

_FEW = 200
"""Requests below which it is too early to say that more would not help."""

MOVES = ("migrate", "route")
"""Verdicts by which an endpoint leaves the incumbent."""

NOBODY = "nobody asked"
"""The candidate where nothing was replayed, since the log holds no texts or none that may be sent."""

NAMELESS = "no endpoint named"
"""What traffic is called that was logged without an endpoint."""


@dataclass(frozen=True)
class EndpointRecommendation:
    """The verdict on one candidate for one endpoint, and why.

    Attributes:
        asked_again: Whether the figures are of the candidate with the incumbent behind it, or of the candidate alone.
        n: Requests on which both were judged.
        today_usd, tomorrow_usd, saving_usd: USD a month; None where unknown.
        difference: Points of accepted answers, candidate less incumbent, as from `replay.difference`; None without
            requests.
        reasons: What the evidence says, a clause each: quality, cost, then what else bears on it.
        needed: Further requests that would decide it with 80 % power if what was seen is true; None where it is
            decided, or where no number of requests would.
        judgements: Answers that nobody judged which would settle the difference, if they are judged as no loss; None
            where that is not what is missing.
    """

    endpoint: str
    candidate: str
    incumbent: str
    verdict: str
    asked_again: bool
    n: int
    today_usd: Estimate | None
    tomorrow_usd: Estimate | None
    saving_usd: Estimate | None
    difference: Estimate | None
    reasons: tuple[str, ...]
    needed: int | None = None
    judgements: int | None = None


def decide_endpoints(
    compared: pd.DataFrame, bills: pd.DataFrame, incumbent: str, margin: float, exam: Exam | None = None
) -> list[EndpointRecommendation]:
    """Apply the rule to each endpoint and candidate, the largest bill first.

    Args:
        compared: As for `accepted.costs`. An endpoint that is billed and was not replayed is undecided; where nothing
            was replayed at all, the candidate is NOBODY.
        bills: BILLS, a row an endpoint, of the incumbent today.
        margin: Points of accepted answers that the team is ready to give up.
        exam: Of the judge whose verdicts the comparison holds, so that its errors are in the interval.

    Raises:
        ItemError: As `accepted.costs`, or if the bills lack a column, give an endpoint twice or hold no interval.
        KitError: If the margin is not from 0 to 100.
    """
    if not 0 <= margin < 100:
        raise KitError(f"margin: {margin} is no margin; give the points that do not matter, from 0 to below 100")
    replayed, today = outcomes(compared, incumbent), _bills(bills)
    candidates = list(dict.fromkeys(candidate for _, candidate in replayed)) or ([] if len(compared) else [NOBODY])
    names = dict.fromkeys([*bills["endpoint"], *compared["endpoint"]])
    verdicts = []
    for endpoint in sorted(names, key=lambda name: -bill.value if (bill := today.get(name)) else 0.0):
        ways = {name: replayed[endpoint, name] for name in candidates if (endpoint, name) in replayed}
        decided = {v.candidate: v for v in _decided(endpoint, ways, today.get(endpoint), margin / 100, exam)}
        verdicts += [
            decided.get(name) or _unreplayed(endpoint, name, incumbent, today.get(endpoint)) for name in candidates
        ]
    return verdicts


def look_at_endpoints(bills: pd.DataFrame, margin: float) -> Look:
    """Return a look at a replay for `replay.run`: endpoints that more requests may decide, and how near they are.

    An endpoint is decided if a candidate may migrate, or every candidate has its verdict; and it is left if what is
    missing is no request, such as a judgement or a price.

    Args:
        bills, margin: As for `decide_endpoints`.
    """

    def undecided_endpoints(compared: pd.DataFrame, exam: Exam | None) -> dict[str, str]:
        incumbent = str(compared["contender"].iloc[0])  # the first one, as in `replay.run`
        verdicts = decide_endpoints(compared, bills, incumbent, margin, exam)
        waiting: dict[str, str] = {}
        for endpoint in dict.fromkeys(v.endpoint for v in verdicts if v.n):
            of_endpoint = [v for v in verdicts if v.endpoint == endpoint]
            more = [v for v in of_endpoint if v.verdict == "undecided" and (v.needed or v.n < _FEW)]
            if more and not any(v.verdict == "migrate" for v in of_endpoint):
                waiting[endpoint] = _nearness(min(more, key=lambda v: v.needed or _FEW))
        return waiting

    return undecided_endpoints


def _nearness(verdict: EndpointRecommendation) -> str:
    gap, more = verdict.difference, f", about {verdict.needed:,} more would decide" if verdict.needed else ""
    points = f"{gap.value:+.1f} points [{gap.low:+.1f}, {gap.high:+.1f}]" if gap else "no difference yet"
    return f"{verdict.candidate}: {points}{more}"


def nearest_endpoints(verdicts: Sequence[EndpointRecommendation]) -> list[EndpointRecommendation]:
    """Of each endpoint the candidate that is closest to a move: the best verdict, then the largest saving."""
    order = sorted(verdicts, key=lambda v: (RANK.index(v.verdict), -v.saving_usd.value if v.saving_usd else 0.0))
    best = {v.endpoint: v for v in reversed(order)}
    return [best[endpoint] for endpoint in dict.fromkeys(v.endpoint for v in verdicts)]


def endpoint_rows(verdicts: Sequence[EndpointRecommendation], source: str, ref: str, day: date) -> list[Row]:
    """The verdicts as evidence: `verdict.migrate` and so on, `endpoint.accepted`, `.today`, `.tomorrow` and `.saving`.

    Args:
        source: The kind of the price book behind the bills: `list`, `contract` or `article`.
        ref: The log and the run.
        day: When it was measured.
    """
    rows = []
    for v in verdicts:
        endpoint = v.endpoint or NAMELESS
        note = "where an answer visibly fails, the incumbent is asked again" if v.asked_again else ""
        figures: list[tuple[str, float | Estimate | None, str, str]] = [
            ("endpoint.tomorrow", v.tomorrow_usd, "USD/month", source),
            ("endpoint.saving", v.saving_usd, "USD/month", source),
            ("endpoint.accepted", v.difference, "points", "measured"),
            (f"verdict.{v.verdict}", 1.0, "yes/no", "measured"),
        ]
        rows += [
            contender_row(v.candidate, metric, figure, unit, day, ref, v.n, source=kind, scope=endpoint,
                          against=v.incumbent, note=note)
            for metric, figure, unit, kind in figures if figure is not None and v.candidate != NOBODY
        ]  # fmt: skip
        if today := v.today_usd:
            figure = today if today.low < today.high else today.value
            rows.append(contender_row(v.incumbent, "endpoint.today", figure, "USD/month", day, ref, source=source,
                                      scope=endpoint))  # fmt: skip
    return rows


def _decided(
    endpoint: str,
    ways: Mapping[str, tuple[Outcomes, Outcomes]],
    bill: Estimate | None,
    margin: float,
    exam: Exam | None,
) -> Iterator[EndpointRecommendation]:
    """One endpoint's verdicts; without a bill there is no saving, and no candidate stands."""
    level = NormalDist().inv_cdf(1 - 0.025 / max(1, len(ways)))  # the best of several owes part of its saving to luck
    stands = [
        passing_candidates([pair[way] for pair in ways.values()], margin, exam) if bill else set() for way in (0, 1)
    ]
    for candidate, pair in ways.items():
        weighed = [weigh(outcome, margin, exam=exam) for outcome in pair]
        simultaneous = [weigh(outcome, margin, level, exam) for outcome in pair] if len(ways) > 1 else weighed
        states = [
            PASS if candidate in stood else FAIL if weighed_way.state == FAIL else OPEN
            for stood, weighed_way in zip(stands, weighed, strict=True)
        ]
        way = min((0, 1), key=lambda way: (PASS, OPEN, FAIL).index(states[way]))  # alone, where neither is nearer
        outcome, weighed_way = pair[way], weighed[way]
        verdict = {PASS: ("migrate", "route")[way], FAIL: "stay"}.get(states[way])
        reasons, needed = explanation(outcome, weighed_way, margin, exam), None
        if verdict is None and bill is None:
            reasons.append("today's bill is nothing, or not known")
        elif verdict is None:
            needed = requests_needed(outcome, margin, level, exam)
            if weighed_way.state == PASS:
                reasons.append(f"one of {len(ways)} candidates, and does not stand after Holm's correction")
        gap, times = weighed_way.difference.estimate if weighed_way.difference else None, simultaneous[way].saved
        open_ = verdict is None and weighed_way.difference is not None and weighed_way.difference.unknown
        yield EndpointRecommendation(
            endpoint, candidate, outcome.incumbent, verdict or "undecided", bool(way), outcome.n, bill,
            stats.product(times, bill) if times and bill else None,
            stats.product(Estimate(1 - times.value, 1 - times.high, 1 - times.low), bill) if times and bill else None,
            Estimate(100 * gap.value, 100 * gap.low, 100 * gap.high) if gap else None,
            tuple(reasons), max(1, needed - outcome.n) if needed else None,
            judgements_needed(outcome, margin) if open_ else None,
        )  # fmt: skip


def _unreplayed(endpoint: str, candidate: str, incumbent: str, bill: Estimate | None) -> EndpointRecommendation:
    why = ("no request of it was replayed",)
    return EndpointRecommendation(endpoint, candidate, incumbent, "undecided", False, 0, bill, None, None, None, why)


def _bills(bills: pd.DataFrame) -> dict[str, Estimate]:
    """The bills that are known and not 0."""
    if lacks := [column for column in BILLS if column not in bills.columns]:
        raise ItemError(f"bills: column {lacks[0]!r} is missing{near_miss(lacks[0], map(str, bills.columns))}")
    if (twice := bills["endpoint"].duplicated()).any():
        raise ItemError(f"bills: {bills['endpoint'][twice].iloc[0]!r} is given twice; one row an endpoint is right")
    known = {}
    for endpoint, usd, low, high in bills[list(BILLS)].itertuples(index=False):
        if pd.notna(usd) and usd > 0:
            known[endpoint] = bill = Estimate(
                float(usd), float(usd if pd.isna(low) else low), float(usd if pd.isna(high) else high)
            )
            if not bill.low <= bill.value <= bill.high:
                raise ItemError(f"bills: {endpoint!r}: {low} to {high} does not hold the bill, {usd}")
    return known

"""The decision brief: what a reader who pays the bill must know, on four pages that stand alone.

Page 1 says what to do, what it saves, how sure that is and by when; page 2 is the picture; page 3 what would change the
verdict, what is not known, and the next step with its price; page 4 is the method. The pages are sections of the
decision notebook; this module writes their sentences and tables.
"""

from collections.abc import Sequence
from datetime import date
from math import ceil, nan

import pandas as pd

from kit import catalog, evidence
from kit.decision import (
    ABILITY,
    FAIL,
    MONTH,
    OPEN,
    Bills,
    Criterion,
    Recommendation,
    Saving,
    accepted_costs,
    compare_on,
    compare_suites,
    has_log,
    named,
    nearest,
    paired_bills,
    switching_values,
)
from kit.report.quality_cost import left_out
from kit.report.recommendation import OPEN_QUESTIONS, both_bills, has_quality, obstacles, short
from kit.report.same_maker import ends_soon, own_saving
from kit.text import (
    about_dollars,
    capitalized,
    compared_cost,
    compared_points,
    day_in_words,
    dollar_range,
    dollars,
    interval,
    listed,
    plural,
    signed,
    times_cost,
)

__all__ = [
    "candidates", "changes", "cost_axis", "headline", "notes", "picture_caption", "positions", "unknowns",
]  # fmt: skip

_DIFFERING = 0.2
"""Share of answers on which two models are taken to differ, to plan a replay where nothing is known of it."""

_POWER = 2.8
"""Standard errors between the margin and an equal candidate so that 80 % of replays settle it (1.96 + 0.84)."""

_ON = {
    "measured": "on {} items measured here", "recorded": "on {} items that others recorded",
    "published": "by published scores, on {} items", "article": "by the article's scores, on {} items",
}  # fmt: skip
"""Kind of evidence -> how a sentence says what a difference rests on."""


def headline(table: pd.DataFrame, first: Recommendation, incumbent: str, day: date) -> list[tuple[str, str, str, str]]:
    """Return the key figures: label, value, what it is, kind of evidence."""
    theirs, ours = both_bills(table, first, incumbent)
    best = "best supported candidate" if has_quality(first) else "by price alone"
    items = [
        (label, _usd(bill), f"{_amount(bill)} on {named(who)}", bill.source if bill else "")
        for label, bill, who in (("today", theirs, incumbent), (best, ours, first.candidate))
    ]
    items.append(("saving", *_saved(theirs, ours, first.saving)))
    end = catalog.ending(catalog.model(incumbent), day) if catalog.knows(incumbent) else None
    if end:
        shuts = "shuts down" if end.day > day else "has shut down"
        return [*items, ("decide by", day_in_words(end.day), f"{named(incumbent)} {shuts}", "published")]
    return [*items, ("verdict", first.verdict, f"on {named(first.candidate)}", "")]


def positions(
    verdicts: Sequence[Recommendation], table: pd.DataFrame, incumbent: str, needs: Sequence[str], margin: float
) -> pd.DataFrame:
    """Place each candidate by quality and cost against the incumbent.

    Quality is the needed dimension on which the candidate stands worst, since the rule asks for all of them.

    Returns:
        `candidate`, `name`, `verdict`, `on` (the dimension), `difference`, `low`, `high` (points), `times`,
        `times_low`, `times_high` (cost over the incumbent's), `cost_of` (an accepted answer, or the month's bill);
        missing where unknown.
    """
    rows = []
    for verdict in verdicts:
        who = verdict.candidate
        compared = [item for need in needs for item in compare_suites(table, who, incumbent, need, margin)]
        known = [item for item in compared if item.low is not None and item.difference is not None and item.scores]
        worst = min(known, key=lambda item: item.low or 0.0, default=None)
        gap = (worst.difference, worst.low, worst.high) if worst else (nan, nan, nan)
        times, cost_of = _times(table, who, incumbent)
        rows.append({
            "candidate": who, "name": named(who), "verdict": verdict.verdict,
            "on": short(worst.dimension) if worst else "",
            **dict(zip(("difference", "low", "high"), gap, strict=True)),
            **dict(zip(("times", "times_low", "times_high"), times, strict=True)), "cost_of": cost_of,
        })  # fmt: skip
    return pd.DataFrame(rows)


def candidates(
    points: pd.DataFrame, verdicts: Sequence[Recommendation], table: pd.DataFrame, incumbent: str
) -> pd.DataFrame:
    """List the candidates for the first page, the nearest to a move first, all in words.

    Args:
        points: As from `positions`.
    """
    order = _by_rank(verdicts)
    bills = {verdict.candidate: both_bills(table, verdict, incumbent)[1] for verdict in order}
    whole = any(bill.usd >= 100 for bill in bills.values() if bill)  # cents beside hundreds of dollars say nothing
    by_name = points.set_index("candidate")
    rows = []
    for verdict in order:
        row = by_name.loc[verdict.candidate]
        ours = bills[verdict.candidate]
        quality = f"{signed(row['difference'])} {interval(row['low'], row['high'])}"
        rows.append({
            "candidate": row["name"], "verdict": verdict.verdict,
            "weakest quality, points": quality if row["on"] else "unknown",
            f"{row['cost_of'] or 'cost'} against today's": times_cost(*row[["times", "times_low", "times_high"]]),
            _amount(ours): f"${ours.usd:,.0f}" if ours and whole and ours.usd >= 10 else _usd(ours),
            "what stands against it": obstacles(verdict),
        })  # fmt: skip
    return _one_cost(pd.DataFrame(rows)).fillna("")


def notes(
    verdicts: Sequence[Recommendation], table: pd.DataFrame, incumbent: str, needs: Sequence[str], margin: float,
    day: date,
) -> list[tuple[str, str]]:  # fmt: skip
    """Write the first page's two paragraphs: how sure the verdict is, and what to do by when."""
    first = nearest(verdicts)
    return [
        ("How sure", _how_sure(first, table, incumbent, needs, margin, day) + _unanswered(table)),
        (
            "What to do",
            _to_do(first, table, incumbent, margin, day, own_saving(first, verdicts, table, incumbent))
            + ends_soon(verdicts, day),
        ),
    ]


def changes(verdicts: Sequence[Recommendation], table: pd.DataFrame, incumbent: str) -> pd.DataFrame:
    """List what stands against each candidate, what would turn it, and what alone would change its verdict."""
    rows = []
    for verdict in _by_rank(verdicts):
        unmet = verdict.named(FAIL, OPEN, ABILITY)
        changes = [f"{short(check.name)}: {check.needed_change}" for check in unmet if check.needed_change]
        alone = [f"{change}: {outcome}" for _, change, outcome in switching_values(verdict, table, incumbent)
                 if outcome != verdict.verdict]  # fmt: skip
        rows.append({
            "candidate": named(verdict.candidate), "verdict": verdict.verdict,
            "to meet each open or failed condition": "; ".join(changes) or "all conditions are met",
            "one change that gives another verdict": "; ".join(alone) or "no single price, margin or mix",
        })  # fmt: skip
    return pd.DataFrame(rows)


def unknowns(verdicts: Sequence[Recommendation], table: pd.DataFrame, incumbent: str, margin: float) -> pd.DataFrame:
    """List what is not known of the nearest candidate and of the study, what would settle it, and its price."""
    first = nearest(verdicts)
    them, requests, price = named(first.candidate), _requests_to_replay(margin), ""
    usd = _replay_usd(table, first.candidate, incumbent, requests)
    price = "unknown" if usd is None else about_dollars(usd)
    rows = [
        (_question(check, them), _settled_by(check),
         "no calls" if check.name in OPEN_QUESTIONS
         else price if "measurement" in check.needed_change else "not estimated")
        for check in first.named(OPEN)
    ]  # fmt: skip
    if not _measured(table):
        replay = f"a replay of {requests:,} of your own requests on both models"
        rows.append(
            ("whether your own requests are answered as well; no figure here was measured on them", replay, price)
        )
    if not has_log(table):
        log = "your own log (python -m kit bill), with the endpoints in it"
        rows.append(("your own traffic; the bill is of a workload that this study assumes", log, "no calls"))
    rows.append(
        ("what a move costs in engineering, contracts and compliance", "an estimate by your team", "not estimated")
    )
    return pd.DataFrame(rows, columns=["open question", "what would answer it", "cost"])


def cost_axis(points: pd.DataFrame) -> str:
    """Say what the picture's cost is of: an accepted answer, the month's bill, or each where candidates differ."""
    kinds = set(points["cost_of"]) - {""}
    return {frozenset({"cost"}): "cost of an accepted answer", frozenset({"bill"}): "the month's bill"}.get(
        frozenset(kinds), "cost"
    )


def picture_caption(points: pd.DataFrame, incumbent: str) -> str:
    """Caption the picture: what it shows, and which candidates it cannot show."""
    lacking = left_out(points)
    return f"Quality and cost of each candidate against {incumbent}" + (f"; {lacking}" if lacking else "")


def _how_sure(
    first: Recommendation, table: pd.DataFrame, incumbent: str, needs: Sequence[str], margin: float, day: date
) -> str:
    """Say what quality and money rest on, for the nearest candidate."""
    them, parts = named(first.candidate), []
    for need in needs:
        item = min(compare_suites(table, first.candidate, incumbent, need, margin),
                  key=lambda item: item.low if item.low is not None else 0.0)  # fmt: skip
        label = short(item.dimension)
        if item.low is None or item.difference is None or item.high is None or item.scores is None:
            parts.append(f"{label} is unknown")
        else:
            on = _ON.get(item.source, "on {} items").format(f"{item.n:,}" if item.n else "unknown")
            parts.append(f"{label} is {compared_points(item.difference, item.low, item.high)} {on}")
    text = f"{them} against {named(incumbent)}: {'; '.join(parts)}." if parts else ""
    row = _times(table, first.candidate, incumbent)
    if row[1] and row[0][0] == row[0][0]:
        unit = {"cost": "an accepted answer", "bill": "the month's requests"}[row[1]]
        text += f" For {unit} it {compared_cost(row[0][0])}."
    own = "" if _measured(table) else " Nothing was measured on your own requests."
    bill = evidence.best(table, incumbent, "bill.month")
    if bill is not None and pd.notna(bill["n"]) and not has_log(table) and accepted_costs(
        table, first.candidate, incumbent
    ) is None:
        own += f" The month is one of {bill['n']:,.0f} requests, which this study assumes."
    return f"{text}{own} Prices are those of {day_in_words(day)}.".strip()


def _unanswered(table: pd.DataFrame) -> str:
    """Name the models that were not asked all that the study would ask them, for a reason of ours; empty if none."""
    rows = table[(table["metric"] == "requests.unanswered") & (table["value"] > 0)]
    models = rows.groupby("subject", sort=False)["value"].sum()
    return "".join(
        f" {plural(int(count), 'request')} to {named(model)} {'has' if count == 1 else 'have'} no answer: a key, money "
        "or a connection was lacking; build again once it is there."
        for model, count in models.items()
    )


def _to_do(first: Recommendation, table: pd.DataFrame, incumbent: str, margin: float, day: date, own: str = "") -> str:
    """Say the next step with its price, and by when.

    Args:
        own: What is said of the incumbent's own maker, as from `same_maker.own_saving`.
    """
    them = named(first.candidate)
    end = catalog.ending(catalog.model(incumbent), day) if catalog.knows(incumbent) else None
    by = f"By {day_in_words(end.day)}, when {named(incumbent)} shuts down: " if end and end.day > day else ""
    after = [named(item.model.id) for item in end.successors] if end else []
    successor = own or (f" Its maker names {listed(after, 'or')} as successor; compare it too." if after else "")
    requests = _requests_to_replay(margin)
    usd = _replay_usd(table, first.candidate, incumbent, requests)
    price = "" if usd is None else f", for {about_dollars(usd)} in calls"
    replay = f"replay {requests:,} of your own requests on both models{price}"
    if first.verdict in ("migrate", "route"):
        text = f"{replay}, then move one endpoint first and watch its errors."
    elif open_ := [check for check in first.named(OPEN) if check.name in ("access", "availability")]:
        topics = listed([OPEN_QUESTIONS[check.name] for check in open_]).replace("it", them, 1)
        text = f"find out whether {topics}; then {replay}."
    else:
        text = f"{replay}."
    return capitalized(by + text) + successor


def _times(table: pd.DataFrame, candidate: str, incumbent: str) -> tuple[tuple[float, float, float], str]:
    """The candidate's cost over the incumbent's with its interval: of an accepted answer where known, else the bill."""
    accepted = compare_on(table, candidate, incumbent, "accepted cost", 0).times
    if accepted:
        return (1 / accepted.value, 1 / accepted.high, 1 / accepted.low), "cost"
    pairs = paired_bills(table, candidate, incumbent)
    if not pairs:
        return (nan, nan, nan), ""
    books = next(iter(pairs))
    now = [
        evidence.best(table, who, "bill.month", book) for who, book in zip((candidate, incumbent), books, strict=True)
    ]
    every = [ours / theirs for both in pairs.values() for ours, theirs in both if theirs]
    if now[0] is None or now[1] is None or not now[1]["value"]:
        return (nan, nan, nan), ""
    return (float(now[0]["value"] / now[1]["value"]), min(every), max(every)), "bill"


def _one_cost(rows: pd.DataFrame) -> pd.DataFrame:
    """One column of costs, named by what it is of where that is the same for all."""
    columns = [name for name in rows.columns if str(name).endswith("against today's")]
    merged = rows[columns].bfill(axis=1).iloc[:, 0]
    name = columns[0] if len(columns) == 1 else "cost against today's"
    out = rows.drop(columns=columns)
    out.insert(3, name, merged)
    return out


def _by_rank(verdicts: Sequence[Recommendation]) -> list[Recommendation]:
    """The verdicts, the nearest to a move first."""
    rest, ordered = list(verdicts), []
    while rest:
        ordered.append(nearest(rest))
        rest.remove(ordered[-1])
    return ordered


def _question(check: Criterion, them: str) -> str:
    """Return what is not known while a condition is open."""
    if check.name in OPEN_QUESTIONS:
        return f"whether {OPEN_QUESTIONS[check.name].replace('it', them, 1)}"
    return f"how {them} does on {short(check.name)}"


def _settled_by(check: Criterion) -> str:
    if check.needed_change == "a measurement on both":
        return "answers of both models to the same items"
    return check.needed_change


def _measured(table: pd.DataFrame) -> bool:
    return bool((table["source"] == "measured").any())


def _requests_to_replay(margin: float) -> int:
    """Requests that show an equal candidate to be within the margin in four of five replays, in round hundreds."""
    return max(100, ceil((_POWER / (margin / 100)) ** 2 * _DIFFERING / 100) * 100)


def _replay_usd(table: pd.DataFrame, candidate: str, incumbent: str, requests: int) -> float | None:
    """Estimate a replay in USD: the candidate once, the incumbent twice; None if a bill is unknown."""
    total = 0.0
    for who, times in ((candidate, 1), (incumbent, 2)):
        row = evidence.best(table, who, "bill.month")
        if row is None or pd.isna(row["n"]) or not row["n"]:
            return None
        total += times * requests * float(row["value"]) / float(row["n"])
    return total


def _saved(theirs: Bills | None, ours: Bills | None, saving: Saving | None) -> tuple[str, str, str]:
    """The saving as the first page shows it: value, amount of work, kinds of evidence."""
    if theirs and ours and ours.amount != MONTH:
        return _difference(theirs, ours), ours.amount, ours.source
    if not saving:
        return "unknown", MONTH, ""
    span, kinds = dollar_range(saving.least, saving.most), listed(saving.books or (saving.source,))
    if " to " in span or not (theirs and ours):
        return span, f"{MONTH}, over price books and hours", kinds
    return _difference(theirs, ours), MONTH, kinds


def _difference(theirs: Bills, ours: Bills) -> str:
    """The difference of two sums as they are printed, so that a reader who subtracts them finds it."""
    whole_dollars = min(theirs.usd, ours.usd) >= 100
    return dollars(round(theirs.usd) - round(ours.usd) if whole_dollars else theirs.usd - ours.usd)


def _amount(bill: Bills | None) -> str:
    return bill.amount if bill else MONTH


def _usd(bill: Bills | None) -> str:
    return "unknown" if bill is None else dollars(bill.usd)

"""Conditions of the decision: whether each holds for a candidate, on which evidence, and what would turn it.

A condition that rests on a sample passes or fails only with LEAST_ITEMS items and an interval that has a width. Where
several candidates are tried or the evidence is looked at again, it passes by an interval at a higher `z`
(`rule.decide_all`); it fails by the 95 % one.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from statistics import NormalDist

import pandas as pd

from kit import catalog, evidence, stats
from kit.client import split_id
from kit.decision import matchup
from kit.decision.dimensions import CHANCE, DIMENSIONS, Comparison
from kit.decision.saving import Saving, bills, paired_bills
from kit.errors import StudyError, near_miss
from kit.stats import Z95, Estimate, is_not_worse, is_worse

__all__ = [
    "ABILITY",
    "ACCEPTED",
    "BILL",
    "CONCERNS",
    "FAIL",
    "LEAST_ITEMS",
    "LIMITS",
    "OPEN",
    "PASS",
    "Criterion",
    "Sensitivity",
    "access",
    "availability",
    "cheaper",
    "endpoints",
    "good_enough",
    "limits",
    "policies",
    "reliability",
]

PASS, FAIL, OPEN, ABILITY = "pass", "fail", "open", "ability"

BILL, ACCEPTED = "cost", "cost per accepted answer"
"""The two names of the cost check, by what it rests on: only the bill depends on the workload's mix."""

LEAST_ITEMS = 30
"""Items, answers or requests below which no condition passes or fails: fewer show too little of how they vary."""

LIMITS: Mapping[str, tuple[str, str, str, bool]] = {
    "first_token_s_p95": ("time to first token, p95", "latency.first_token_s.p95", "s", True),
    "output_tok_s": ("output speed", "throughput.tok_s", "tok/s", False),
    "error_rate": ("error rate", "reliability.errors", "%", True),
    "refusal_rate": ("refusal rate", "reliability.refusals", "%", True),
}
"""Limit that a study may state -> the condition's name, the metric, its unit, and whether less is better.

Rates are stated as shares, as `error_rate: 0.01`."""

_MOST_FAILED = 5.0
"""Percent of requests: a candidate that surely fails on more of them is not reliable, whatever it answers."""

CONCERNS = {"payment": "payment", "signup": "signup", "wire_format": "wire format", "geo": "region"}
"""What must be known to be open on one provider before a model counts as reachable."""


@dataclass(frozen=True)
class Sensitivity:
    """The state that a condition would have at other values of a price or a margin.

    Attributes:
        name: `price` (the candidate's, times what it is) or `margin` (points).
        now: Where it stands.
        ends: Where the state changes, in rising order; at an end the state is that below it.
        states: One more than ends.
    """

    name: str
    now: float
    ends: tuple[float, ...]
    states: tuple[str, ...]

    def at(self, value: float) -> str:
        """The state at another value."""
        return self.states[bisect_left(self.ends, value)]


@dataclass(frozen=True)
class Criterion:
    """One condition of the rule: `pass`, `fail`, `open` (evidence is missing) or `ability` (fails for some requests).

    Attributes:
        needed_change: The smallest change that would turn it, in words; empty where it passes.
        rows: Ids of the rows it rests on.
        sensitivity: How its state depends on price or margin; None where it does not.
    """

    name: str
    state: str
    explanation: str
    needed_change: str = ""
    rows: str = ""
    sensitivity: Sensitivity | None = None

    def at(self, values: Mapping[str, float]) -> str:
        """Its state at other values of price or margin: `{"margin": 5.0}`."""
        parameter = self.sensitivity
        return parameter.at(values[parameter.name]) if parameter and parameter.name in values else self.state


def availability(table: pd.DataFrame, who: str, day: date) -> Criterion:
    """Check that a model's maker offers it on a day and means to go on; of an unknown maker, that it has answered."""
    model = matchup.model_of(who)
    if not catalog.knows(model):
        return _answered("availability", table, model)
    rows = table[(table["subject"] == model) & table["metric"].str.startswith("status.") & (table["as_of"] <= str(day))]
    if rows.empty:
        return Criterion(
            "availability", OPEN, "of unknown status: no source says whether its maker serves it", "a dated source"
        )
    last = rows.sort_values("as_of", kind="stable").iloc[-1]
    word, cited = last["metric"].removeprefix("status."), evidence.cite([last])
    if word == "served":
        return Criterion("availability", PASS, f"served by its maker since {last['as_of']}", rows=cited)
    detail = last["note"].partition(": ")[2].partition(";")[0]
    status = f"{word} by its maker since {last['as_of']}" + (f" ({detail})" if detail else "")
    if word == "superseded":
        return Criterion("availability", OPEN, status, "its maker's word that it stays", cited)
    return Criterion("availability", FAIL, status, "compare its successor instead", cited)


def access(table: pd.DataFrame, who: str, incumbent: str = "") -> Criterion:
    """Check that a team can buy a contender: through its own provider, or through some provider of a model.

    Where the incumbent's maker sells it, nothing new is to be bought. Any other provider is open if every one of
    CONCERNS is known to be, or if no obstacle is known and the model has answered there or elsewhere (a measured or
    recorded score): then the explanation names what no source states.
    """
    model, own_provider = matchup.model_of(who), split_id(who)[1].partition(":")[0]
    if (own_provider and own_provider not in catalog.providers()) or not (own_provider or catalog.knows(model)):
        return _answered("access", table, model)
    if maker := _same_maker(model, own_provider, matchup.model_of(incumbent)):
        return Criterion("access", PASS, f"{maker}, the incumbent's maker, sells it too")
    providers = [own_provider] if own_provider else list(catalog.model(model).providers)
    if not (table["subject"].isin(providers) & table["metric"].str.startswith("access.")).any():
        return _answered("access", table, model)
    answered = _last_answer(table, model)
    for answer in (None, answered):  # a provider of which everything is known comes first
        for provider in providers:
            if criterion := _access_through(table, provider, answer):
                return criterion
    return Criterion("access", OPEN, "no provider is known to be open throughout", "a provider without obstacles")


def _same_maker(model: str, provider: str, incumbent: str) -> str:
    """Return the name of the maker of both models, if the candidate comes from it; empty if not."""
    if not (catalog.knows(model) and catalog.knows(incumbent)):
        return ""
    maker = catalog.model(model).maker
    if maker != catalog.model(incumbent).maker or provider not in ("", maker) or maker not in catalog.providers():
        return ""
    return catalog.provider(maker).name


def _access_through(table: pd.DataFrame, provider: str, answered: pd.Series | None) -> Criterion | None:
    """Return the condition passed through one provider, None where an obstacle is known or too little is."""
    facts = {concern: evidence.best(table, provider, f"access.{concern}") for concern in CONCERNS}
    known = [row for row in facts.values() if row is not None]
    if not known or not all(row["value"] for row in known):
        return None
    name = catalog.provider(provider).name
    if len(known) == len(CONCERNS):
        explanation = f"{', '.join(CONCERNS.values())} are open through {name}"
        return Criterion("access", PASS, explanation, rows=evidence.cite(known))
    if answered is None:
        return None
    unknown = ", ".join(words for concern, words in CONCERNS.items() if facts[concern] is None)
    explanation = f"no obstacle is known through {name}, and the model answered on {answered['as_of']}"
    return Criterion(
        "access", PASS, f"{explanation}; no source states {unknown}", rows=evidence.cite([*known, answered])
    )


def _last_answer(table: pd.DataFrame, model: str) -> pd.Series | None:
    """Return the newest score of a model's own answers, measured here or recorded by others; None without one."""
    rows = table[(table["subject"] == model) & table["source"].isin(("measured", "recorded"))]
    rows = rows[rows["metric"].str.startswith("score.")]
    return None if rows.empty else rows.sort_values("as_of", kind="stable").iloc[-1]


def _answered(name: str, table: pd.DataFrame, model: str) -> Criterion:
    """Take a model that no source describes, such as a team's own server, as available if it has answered."""
    last = _last_answer(table, model)
    if last is None:
        return Criterion(name, OPEN, "described by no source, and no answers of it are known", "a measurement")
    explanation = f"no source describes it, but it answered on {last['as_of']}"
    return Criterion(name, PASS, explanation, rows=evidence.cite([last]))


def cheaper(
    table: pd.DataFrame, candidate: str, incumbent: str, saving_of_move: Saving | None, z: float = Z95
) -> Criterion:
    """Return whether the candidate costs less: by accepted answer where that is known of both, else by the bill.

    Args:
        saving_of_move: As from `saving.saving`.
        z: Of the interval by which it passes.
    """
    accepted = matchup.compare_on(table, candidate, incumbent, "accepted cost", 0)
    if times := accepted.times:
        few = accepted.n is not None and accepted.n < LEAST_ITEMS
        if few or times.low == times.high:
            lack = f"on {accepted.n} answers only" if few else "without an interval"
            explanation = f"{accepted.candidate} against {accepted.incumbent} an accepted answer, {lack}"
            return Criterion(ACCEPTED, OPEN, explanation, f"{LEAST_ITEMS} answers of both or more", accepted.rows)
        sides = f"{accepted.candidate} accepted answers against {accepted.incumbent}; " if accepted.candidate else ""
        explanation = f"{sides}{accepted.why}"
        wide = times.value * (times.low / times.value) ** (z / Z95)
        if times.low > 1 >= wide:
            explanation += f"; {_ALONE}"
        return _priced(ACCEPTED, explanation, (wide if times.high >= 1 else times.low, times.high), accepted.rows)
    if saving_of_move is None:
        return Criterion(BILL, OPEN, "no book prices this workload on both", "a full price")
    books = saving_of_move.source, saving_of_move.paid or saving_of_move.source
    ours, theirs = bills(table, candidate, books[0]), bills(table, incumbent, books[1])
    assert ours is not None and theirs is not None, "a saving is the gap between two bills of its book"
    explanation = f"${ours.usd:,.0f} a month against ${theirs.usd:,.0f} at {saving_of_move.source} prices"
    if saving_of_move.paid:
        explanation = f"${ours.usd:,.0f} a month at {books[0]} prices against ${theirs.usd:,.0f} at {books[1]} prices"
    times_as_cheap = [their / our for book in paired_bills(table, candidate, incumbent).values() for our, their in book]
    return _priced(BILL, explanation, (min(times_as_cheap), max(times_as_cheap)), f"{ours.rows} {theirs.rows}")


def _priced(name: str, explanation: str, ends: tuple[float, float], rows: str) -> Criterion:
    """The cost check, from how many times as cheap the candidate is at least and at most."""
    sensitivity = Sensitivity("price", 1.0, ends, (PASS, OPEN, FAIL))
    if ends[0] > 1:
        return Criterion(name, PASS, explanation, f"a price {ends[0]:.1f} times as high", rows, sensitivity)
    if ends[1] < 1:
        return Criterion(name, FAIL, explanation, f"a price cut to {ends[1]:.0%}", rows, sensitivity)
    why = "; books or hours disagree on which is cheaper" if name == BILL else "; which is cheaper is not settled"
    turn = "one price that counts" if name == BILL else f"a price cut to {ends[0]:.0%}, or more items"
    return Criterion(name, OPEN, f"{explanation}{why}", turn, rows, sensitivity)


def good_enough(
    table: pd.DataFrame, candidate: str, incumbent: str, need: str, margin: float, z: float = Z95
) -> Criterion:
    """Return whether the candidate is not worse by the margin on a dimension, on every suite that both have.

    Args:
        need: A key of DIMENSIONS.
        z: Of the interval by which it passes.
    """
    comparisons = matchup.compare_suites(table, candidate, incumbent, need, margin)
    return _together([_one_suite(comparison, margin, z) for comparison in comparisons],
                     [comparison.suite for comparison in comparisons])  # fmt: skip


def _one_suite(comparison: Comparison, margin: float, z: float) -> Criterion:
    if comparison.low is None or comparison.high is None or comparison.difference is None:
        return _able(comparison)
    chance, theirs = CHANCE.get(comparison.metric, 0.0), comparison.scores and comparison.scores[1]
    if theirs and comparison.n and _low(theirs, comparison.n) <= chance:
        guess = f"a guess gets {chance:g} %" if chance else "it got nothing right"
        why = f"the incumbent's {theirs.value:.1f} % is not shown to be above chance ({guess}): nothing to hold to"
        return Criterion(comparison.dimension, OPEN, why, "items that the incumbent can do", comparison.rows)
    ends = comparison.difference, comparison.low, comparison.high
    return _within(comparison.dimension, *ends, margin, comparison.rows, comparison.n, z)


def _low(score: Estimate, n: int) -> float:
    """The lower end of a score in percent; Wilson's where only its items are known."""
    return 100 * stats.wilson(score.value / 100, n)[0] if pd.isna(score.low) else score.low


def _together(each: Sequence[Criterion], suites: Sequence[str]) -> Criterion:
    """One condition of several suites: it fails if one fails, and passes if all pass."""
    if len(each) == 1:
        return each[0]
    state = _worst([suite.state for suite in each])
    explanation = "; ".join(
        f"{name.partition(',')[0]}: {suite.explanation}" for suite, name in zip(each, suites, strict=True)
    )
    changes = "; ".join(suite.needed_change for suite in each if suite.state == state and suite.needed_change)
    known = [suite.sensitivity for suite in each if suite.sensitivity]
    sensitivity = None
    if len(known) == len(each):
        ends = tuple(sorted({end for suite in known for end in suite.ends}))
        states = tuple(_worst([suite.at(margin) for suite in known]) for margin in (*ends, ends[-1] + 1))
        sensitivity = replace(known[0], ends=ends, states=states)
    return Criterion(each[0].name, state, explanation, changes, " ".join(suite.rows for suite in each), sensitivity)


def _worst(states: Sequence[str]) -> str:
    return next(state for state in (FAIL, OPEN, ABILITY, PASS) if state in states)


def _within(
    name: str, value: float, low: float, high: float, margin: float, rows: str, n: int | None, z: float = Z95
) -> Criterion:
    """Check that a difference is above minus the margin with its whole interval."""
    span = f"{value:+.1f} points [{low:+.1f}, {high:+.1f}]"
    if n is not None and n < LEAST_ITEMS:
        few = f"{span}, on {n} items; nothing is decided on fewer than {LEAST_ITEMS}"
        return Criterion(name, OPEN, few, f"{LEAST_ITEMS} items or more", rows)
    if low == high:
        return Criterion(name, OPEN, f"{value:+.1f} points, without an interval", "more items", rows)
    difference = Estimate(value, low, high, n)
    wide = difference.lower_end(z, 100)
    sensitivity = Sensitivity("margin", margin, (-high, -min(low, wide)), _SPAN)
    passes_alone = is_not_worse(difference, margin)
    if passes_alone and wide > -margin:
        change = f"a margin under {-wide:.1f} points" if wide < 0 else ""
        return Criterion(name, PASS, f"{span}, within {margin:g}", change, rows, sensitivity)
    if is_worse(difference, margin):
        return Criterion(
            name, FAIL, f"{span}, worse by more than {margin:g}", f"a margin of {-low:.1f} points", rows, sensitivity
        )
    # an interval narrows with the root of the items; z errors make the interval, and 0.84 more make 80 % power
    end = value - low if value > -margin else high - value
    power = NormalDist().inv_cdf(0.8) + (z if value > -margin else Z95)
    need = (
        f"some {n * (power / Z95 * end / (value + margin)) ** 2:,.0f} items" if n and value != -margin else "more items"
    )
    explanation = f"{span}, {_ALONE}" if passes_alone else f"{span}, and {margin:g} is inside it"
    return Criterion(name, OPEN, explanation, f"a margin of {-wide:.1f} points, or {need}", rows, sensitivity)


_ALONE = "which one candidate at one look would pass, but not one of several, or at a later look"


def reliability(table: pd.DataFrame, who: str) -> Criterion | None:
    """Return whether the candidate fails on too many requests, over all suites; None where nothing was measured."""
    rows = matchup.rows_of(table, who, "failed.")
    if rows.empty:
        return None
    requests = int(rows["n"].sum())
    share = float((rows["value"] * rows["n"]).sum()) / requests / 100
    low, high = (100 * end for end in stats.wilson(min(1.0, share), requests))
    explanation = f"{100 * share:.1f} % of {requests:,} requests failed [{low:.1f}, {high:.1f}], after retries"
    cited = evidence.cite(rows)
    if requests >= LEAST_ITEMS and low > _MOST_FAILED:
        return Criterion("reliability", FAIL, explanation, f"failures below {_MOST_FAILED:g} %", cited)
    return Criterion("reliability", PASS, explanation, rows=cited)


def limits(table: pd.DataFrame, who: str, stated: Mapping[str, float]) -> list[Criterion]:
    """Test a candidate against the study's limits, each by the interval of what the probe measured.

    Args:
        stated: A key of LIMITS -> the limit.

    Raises:
        StudyError: If a key is not a limit.
    """
    return [_limit(table, who, name, value) for name, value in stated.items()]


def _limit(table: pd.DataFrame, who: str, key: str, limit: float) -> Criterion:
    if key not in LIMITS:
        raise StudyError(f"limits: {key!r} is not a limit{near_miss(key, LIMITS)}; the kit knows {', '.join(LIMITS)}")
    name, metric, unit, less = LIMITS[key]
    limit = 100 * limit if unit == "%" else limit
    bound = f"{'at most' if less else 'at least'} {limit:g} {unit}"
    rows = matchup.rows_of(table, who, metric)
    rows = rows[rows["metric"] == metric]
    if rows.empty:
        return Criterion(name, OPEN, f"not measured; the study asks for {bound}", "a probe of it")
    row = rows.sort_values("as_of", kind="stable").iloc[-1]
    cited = evidence.cite([row])
    if pd.isna(row["low"]):
        words = f"{row['value']:.3g} {unit} without an interval; the study asks for {bound}"
        return Criterion(name, OPEN, words, "more requests", cited)
    words = f"{row['value']:.3g} {unit} [{row['low']:.3g}, {row['high']:.3g}]; the study asks for {bound}"
    good, bad = (row["high"] <= limit, row["low"] > limit) if less else (row["low"] >= limit, row["high"] < limit)
    state = PASS if good else FAIL if bad else OPEN
    turn = "" if good else f"a limit of {row['high' if less else 'low']:.3g} {unit}" + ("" if bad else ", or more runs")
    return Criterion(name, state, words, turn, cited)


def policies(table: pd.DataFrame, candidate: str, incumbent: str, margin: float, z: float = Z95) -> list[Criterion]:
    """Policies that ask the candidate first and were tried on items held out: not worse by the margin, and cheaper."""
    checks = []
    for gap in matchup.rows_against(table, candidate, incumbent, "policy.difference").itertuples():
        same_policy = (table["ref"] == gap.ref) & (table["scope"] == gap.scope)
        savings = table[(table["metric"] == "policy.saving") & same_policy]
        name = f"policy {gap.scope}"
        if savings.empty or " " not in name.removeprefix("policy "):  # one contender alone is no policy to route by
            continue
        cost = savings.iloc[0]
        quality = _within(name, gap.value, gap.low, gap.high, margin, f"{gap.id} {cost['id']}", gap.n, z)
        saves = f"saves ${cost['value']:.3g} a request [{cost['low']:.3g}, {cost['high']:.3g}]"
        explanation = f"{quality.explanation}; {saves}"
        cheap = cost["low"] > 0
        checks.append(
            Criterion(
                name,
                quality.state if cheap else OPEN,
                explanation,
                quality.needed_change,
                quality.rows,
                quality.sensitivity if cheap else None,
            )
        )
    return checks


def endpoints(table: pd.DataFrame, candidate: str, incumbent: str) -> list[Criterion]:
    """Endpoints on which the candidate may take over, alone or with the incumbent behind it (`endpoints`)."""
    moves = [
        (word, row) for word in ("migrate", "route")
        for row in matchup.rows_against(table, candidate, incumbent, f"verdict.{word}").itertuples()
    ]  # fmt: skip
    return [
        Criterion(f"endpoint {row.scope}", PASS, f"{word} there, on {row.n:,} requests", rows=row.id)
        for word, row in moves
    ]


def _able(comparison: Comparison) -> Criterion:
    """A condition on what is no score: a missing ability leaves some requests to the incumbent, a lower speed fails."""
    figures = f"{comparison.candidate or 'yes'} against {comparison.incumbent}"
    if comparison.winner in ("candidate", "tie"):
        return Criterion(comparison.dimension, PASS, figures, rows=comparison.rows)
    if comparison.winner == "incumbent":
        if _kind(comparison) in ("interval", "wait"):
            turn = "a limit in the study's `limits` in the place of the incumbent's figure"
            return Criterion(comparison.dimension, FAIL, f"{figures}, {comparison.why}", turn, comparison.rows)
        return Criterion(comparison.dimension, ABILITY, figures, "none of the requests need it", comparison.rows)
    return Criterion(comparison.dimension, OPEN, comparison.why, "a measurement on both", comparison.rows)


def _kind(comparison: Comparison) -> str:
    return next((spec.kind for spec in DIMENSIONS.values() if spec.label == comparison.dimension), "")


_SPAN = (FAIL, OPEN, PASS)

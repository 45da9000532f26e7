"""The rule, case by case: migrate, route, stay or undecided."""

from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np
import pytest

from kit import evidence
from kit.decision import criteria, rule
from kit.errors import StudyError
from kit.evidence import Row
from kit.stats import paired

OURS, THEIRS, OTHER = "deepseek-v4-flash", "gpt-4o", "kimi-k2.5"
DAY = date(2026, 11, 24)
NEEDS = ["general", "code"]


def row(subject, metric, value, source="published", as_of="2026-01-01", unit="x", ref="r", **rest):
    return Row(subject, metric, value, unit, source, as_of, ref, **rest)


def status(model, word, since=None, note=""):
    since = since or ("2026-01-01" if word == "served" else "2026-06-01")
    return row(model, f"status.{word}", 1, as_of=since, note=note)


def bill(model, usd, source="list", hour=""):
    return row(model, f"bill.month{hour}", usd, source)


def score(model, metric, value, n=20_000):
    return row(model, f"score.{metric}", value, "measured", n=n)


READY = [
    status(OURS, "served"),
    *(row("gateway", f"access.{concern}", 1) for concern in ("payment", "signup", "wire_format", "geo")),
    bill(OURS, 250.0),
    bill(THEIRS, 4000.0),
    *(score(model, need, 90.0) for model in (OURS, THEIRS) for need in NEEDS),
]
"""All that a migration takes: offered, reachable, cheaper, and as good on 20,000 items."""


def table(*changes, leave_out=()):
    """READY, with some rows left out (subject, metric) and others added in the place of those of the same name."""
    names = {(change.subject, change.metric, change.source) for change in changes}
    kept = [r for r in READY if (r.subject, r.metric, r.source) not in names and (r.subject, r.metric) not in leave_out]
    return evidence.frame([*kept, *changes])


def decide(facts, needs=NEEDS, margin=3.0, candidate=OURS):
    return rule.decide(facts, candidate, THEIRS, needs, margin, DAY)


def check(verdict, name):
    return next(check for check in verdict.checks if check.name == name)


@pytest.mark.parametrize(
    ("changes", "leave_out", "verdict", "not_met"),
    [
        pytest.param([], [], "migrate", {}, id="everything passes"),
        pytest.param(
            [score(OURS, "code", 89.0)], [], "migrate", {}, id="a point behind, surely by less than three"
        ),
        pytest.param([score(OURS, "code", 99.0)], [], "migrate", {}, id="better is good enough"),
        pytest.param([status(OURS, "retired")], [], "stay", {"availability": "fail"}, id="a model that is gone"),
        pytest.param(
            [status(OURS, "deprecated")], [], "stay", {"availability": "fail"}, id="a model that is on its way out"
        ),
        pytest.param(
            [status(OURS, "superseded")], [], "undecided", {"availability": "open"}, id="a model that has a successor"
        ),
        pytest.param(
            [], [(OURS, "status.served")], "undecided", {"availability": "open"}, id="a model of which no source speaks"
        ),
        pytest.param(
            [status(OURS, "retired", "2026-11-25")], [], "migrate", {}, id="a model that goes tomorrow is here today"
        ),
        pytest.param(
            [status(OURS, "retired", "2026-11-24")], [], "stay", {"availability": "fail"}, id="and gone on its day"
        ),
        pytest.param(
            [row("gateway", "access.payment", 0)], [], "undecided", {"access": "open"}, id="the provider takes no card"
        ),
        pytest.param(
            [], [("gateway", "access.geo")], "migrate", {}, id="a region that no source states, but it answered"
        ),
        pytest.param([bill(OURS, 5000.0)], [], "stay", {"cost": "fail"}, id="a dearer model"),
        pytest.param([], [(OURS, "bill.month")], "undecided", {"cost": "open"}, id="a model without a bill"),
        pytest.param([], [(THEIRS, "bill.month")], "undecided", {"cost": "open"}, id="an incumbent without a bill"),
        pytest.param(
            [bill(OURS, 4500.0, "list", ".dearest_hour")], [], "undecided", {"cost": "open"},
            id="cheaper off-peak, dearer at peak",
        ),
        pytest.param([bill(OURS, 4000.0)], [], "undecided", {"cost": "open"}, id="as dear is not cheaper"),
        pytest.param([bill(OURS, 3999.5)], [], "migrate", {}, id="half a dollar is"),
        pytest.param(
            [bill(THEIRS, 200.0, "list", ".cheapest_hour")], [], "undecided", {"cost": "open"},
            id="an incumbent that is cheaper in another hour",
        ),
        pytest.param(
            [score(OURS, "code", 80.0)], [], "stay", {"code": "fail"}, id="ten points behind on what is needed"
        ),
        pytest.param(
            [score(OURS, "code", 90.0, n=164), score(THEIRS, "code", 90.0, n=164)], [], "undecided", {"code": "open"},
            id="the same on 164 items, which cannot tell",
        ),
        pytest.param([], [(OURS, "score.code")], "undecided", {"code": "open"}, id="a dimension without a score"),
        pytest.param(
            [score(OURS, "code", 80.0), status(OURS, "superseded")], [], "stay",
            {"code": "fail", "availability": "open"}, id="a failure counts before a gap in the evidence",
        ),
    ],
)  # fmt: skip
def test_rule(changes, leave_out, verdict, not_met):
    """The verdict follows from the conditions: one that fails decides, then one that is open."""
    found = decide(table(*changes, leave_out=leave_out))
    assert (verdict, not_met) == (
        found.verdict,
        {c.name.split(" ")[0]: c.state for c in found.checks if c.state != "pass"},
    )


@pytest.mark.parametrize(
    ("ours", "theirs", "verdict"),
    [
        pytest.param([0], [1], "route", id="what needs images stays where they can be read"),
        pytest.param([1], [1], "migrate", id="both read images"),
        pytest.param([1], [0], "migrate", id="only the candidate reads images"),
        pytest.param([0, 1], [1], "undecided", id="sources disagree on whether it reads images"),
    ],
)
def test_ability(ours, theirs, verdict):
    """A missing ability routes; it does not fail the rest."""
    rows = [row(model, "input.vision", value, ref=f"r{n}", unit="yes/no")
            for model, values in ((OURS, ours), (THEIRS, theirs)) for n, value in enumerate(values)]  # fmt: skip
    assert verdict == decide(table(*rows), needs=["code", "vision"]).verdict


def test_a_dimension_that_is_not_needed():
    """What the workload does not depend on does not count."""
    assert "migrate" == decide(table(score(OURS, "code", 10.0)), needs=["general"]).verdict


@pytest.mark.parametrize(
    ("margin", "state"),
    [
        # 88.0 less 90.0 on 20,000 items each: -2.6 to -1.4
        pytest.param(3.0, "pass", id="a wide margin"),
        pytest.param(2.0, "open", id="a margin that is inside the interval"),
        pytest.param(1.0, "fail", id="a narrow margin"),
    ],
)
def test_margin(margin, state):
    """Not worse by the margin: the whole interval lies above minus the margin."""
    assert state == check(decide(table(score(OURS, "code", 88.0)), margin=margin), "code").state


@pytest.mark.parametrize(
    ("changes", "name", "flip"),
    [
        pytest.param([], "cost", "a price 16.0 times as high", id="a cheaper model would have to cost as much"),
        pytest.param([bill(OURS, 5000.0)], "cost", "a price cut to 80%", id="a dearer one to be cut"),
        pytest.param(
            [bill(OURS, 2000.0, "article"), bill(THEIRS, 4000.0, "article")],
            "cost",
            "a price 2.0 times as high",
            id="over all books, where the nearest one counts",
        ),
        pytest.param([score(OURS, "code", 99.0)], "code", "", id="a score that leads, to none"),
        pytest.param(
            [score(OURS, "code", 88.0)],
            "code",
            "a margin under 2.6 points",
            id="a score that passes, to a smaller margin",
        ),
        pytest.param(
            [score(OURS, "code", 80.0)], "code", "a margin of 10.7 points", id="one that fails, to a larger one"
        ),
        pytest.param(
            [status(OURS, "retired")], "availability", "compare its successor instead", id="a model that is gone"
        ),
    ],
)
def test_flip(changes, name, flip):
    """Each condition says what would turn it."""
    assert flip == check(decide(table(*changes)), name).needed_change


def test_checks_cite_their_rows():
    """Each condition that evidence speaks to names its rows."""
    facts = table()
    cited = {c.name: set(c.rows.split()) for c in decide(facts).checks}
    assert [] == [name for name, ids in cited.items() if not ids or ids - set(facts["id"])]


def test_last_word_counts():
    """Of two statuses the later one holds."""
    facts = table(status(OURS, "retired", "2026-09-10", "since 2026-09-10: V4.1 answers"))
    said = check(decide(facts), "availability").explanation
    assert "retired by its maker since 2026-09-10 (V4.1 answers)" == said


def test_cost_names_the_book_of_both_bills():
    """The incumbent's 3,000 by contract are not told as a list price, which is 4,000."""
    said = check(decide(table(bill(THEIRS, 3000.0, "contract"))), "cost").explanation
    assert "against $3,000 at list prices" not in said


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param([], [status(OTHER, "retired")], id="a better verdict"),
        pytest.param(
            [status(OURS, "retired")], [status(OTHER, "retired"), score(OTHER, "code", 50.0)], id="fewer failures"
        ),
        pytest.param(
            [score(OURS, "code", 90.0, n=100)], [score(OTHER, "code", 90.0, n=100), status(OTHER, "superseded")],
            id="fewer gaps in the evidence",
        ),
        pytest.param([], [bill(OTHER, 260.0)], id="a larger saving"),
    ],
)  # fmt: skip
def test_nearest(one, other):
    """The nearest candidate is the one with the better verdict, then with less against it, then the cheaper one."""
    twins = [replace(ready, subject=OTHER) for ready in READY if ready.subject == OURS]
    names = {(change.subject, change.metric) for change in other}
    facts = table(*one, *(twin for twin in twins if (twin.subject, twin.metric) not in names), *other)
    verdicts = [decide(facts, candidate=model) for model in (OTHER, OURS)]
    assert OURS == rule.nearest(verdicts).candidate


def test_rank():
    """Verdicts are ranked from the most welcome to the least."""
    assert ("migrate", "route", "undecided", "stay") == rule.RANK


def difference(value, low, high, need="code", n=200, against=f"{THEIRS}@old", way="new"):
    return row(OURS, f"difference.{need}", value, "measured", low=low, high=high, n=n, way=way, against=against,
               unit="points")  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "state"),
    [
        pytest.param([difference(-1, -2.5, 0.5)], "pass", id="on the same items it is within the margin"),
        pytest.param([difference(-1, -4, 2)], "open", id="on the same items it is not shown"),
        pytest.param([difference(-8, -11, -5)], "fail", id="on the same items it is worse"),
        pytest.param(
            [difference(-8, -11, -5, against=f"{OTHER}@old")], "pass", id="another incumbent does not count"
        ),
        pytest.param(
            [difference(-8, -11, -5, n=50), difference(-1, -2, 0, n=500, way="newer")], "pass",
            id="of two the one with more items counts",
        ),
    ],
)  # fmt: skip
def test_the_same_items_come_first(rows, state):
    """A difference on the same items counts before two scores of many more."""
    assert state == check(decide(table(*rows)), "code").state


def accepted(model, usd, low=None, high=None, scope="", n=100):
    return row(model, "cost.accepted", usd, "list", low=low, high=high, n=n, way="new", scope=scope,
               unit="USD/answer")  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "state", "flip"),
    [
        pytest.param([accepted(OURS, 0.01, 0.009, 0.011), accepted(THEIRS, 0.03, 0.028, 0.032)], "pass",
                     "a price 2.7 times as high", id="cheaper"),
        pytest.param(
            [accepted(OURS, 0.06, 0.055, 0.065), accepted(THEIRS, 0.03, 0.028, 0.032)], "fail", "a price cut to 56%",
            id="dearer an accepted answer, though its bill is lower",
        ),
        pytest.param([accepted(OURS, 0.01), accepted(THEIRS, 0.03)], "open", "30 answers of both or more",
                     id="cheaper, but without an interval"),
        pytest.param([accepted(OURS, 0.01, 0.009, 0.011, n=8), accepted(THEIRS, 0.03, 0.028, 0.032, n=8)], "open",
                     "30 answers of both or more", id="cheaper, but on eight answers"),
        pytest.param(
            [accepted(OURS, 0.02, 0.01, 0.05), accepted(THEIRS, 0.03, 0.02, 0.04)], "open",
            "a price cut to 55%, or more items", id="cheaper, but by less than chance",
        ),
        pytest.param(
            [row(OURS, "times.cost.accepted", 0.25, "measured", low=0.2, high=0.4, n=50, against=f"{THEIRS}@old"),
             accepted(OURS, 0.06), accepted(THEIRS, 0.03)],
            "pass", "a price 2.5 times as high", id="on the same answers comes first",
        ),
        pytest.param(
            [accepted(OURS, 0.01, 0.009, 0.011), accepted(THEIRS, 0.03, 0.028, 0.032),
             accepted(OURS, 0.09, scope="a"), accepted(THEIRS, 0.03, scope="a")],
            "pass", "a price 2.7 times as high", id="all endpoints together count, not one of them",
        ),
    ],
)  # fmt: skip
def test_cost_of_an_accepted_answer(rows, state, flip):
    """Where both have one, an accepted answer's cost decides, and not the bill."""
    found = check(decide(table(*rows)), "cost per accepted answer")
    assert (state, flip) == (found.state, found.needed_change)


def policy(value, low, high, saved=(0.002, 0.001, 0.003), name="deepseek; gpt-4o where it fails"):
    found = {"n": 400, "scope": name, "against": f"{THEIRS}@old", "note": "items held out"}
    return [
        row(OURS, "policy.difference", value, "measured", low=low, high=high, unit="points", **found),
        row(OURS, "policy.saving", saved[0], "list", low=saved[1], high=saved[2], unit="USD/request", **found),
    ]


def endpoint(word):
    return row(OURS, f"verdict.{word}", 1, "measured", n=80, way="new", scope="POST: /tag", against=f"{THEIRS}@old")


BEHIND = score(OURS, "code", 80.0)


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        pytest.param([BEHIND, *policy(-0.5, -2, 1)], "route", id="a policy that is not worse, and cheaper"),
        pytest.param([BEHIND, *policy(-2, -4, 0)], "stay", id="a policy that is not shown to be as good"),
        pytest.param([BEHIND, *policy(0, -1, 1, (0.001, -0.001, 0.003))], "stay", id="or to be cheaper"),
        pytest.param([BEHIND, *policy(0, -1, 1, name="deepseek")], "stay", id="one contender alone is no policy"),
        pytest.param([BEHIND, endpoint("route")], "route", id="an endpoint that may be routed"),
        pytest.param([BEHIND, endpoint("migrate")], "route", id="an endpoint that may move, where all may not"),
        pytest.param([BEHIND, endpoint("stay")], "stay", id="an endpoint that stays"),
        pytest.param(
            [BEHIND, *policy(0, -1, 1), status(OURS, "retired")], "stay", id="nothing is routed to what is gone"
        ),
        pytest.param(
            [*policy(0, -1, 1), row("gateway", "access.payment", 0)], "undecided", id="nor to what cannot be reached"
        ),
        pytest.param(policy(0, -1, 1), "migrate", id="what may move as a whole is not routed"),
    ],
)
def test_routing(changes, verdict):
    """Where all of it may not move, a part may: by a policy tried on items held out, or an endpoint's verdict."""
    assert verdict == decide(table(*changes)).verdict


@pytest.mark.parametrize(
    ("changes", "reasons"),
    [
        pytest.param([BEHIND], ["code: -10.0 points [-10.7, -9.3], worse by more than 3"], id="stay: what fails"),
        pytest.param(
            [bill(OURS, 4500.0, "list", ".dearest_hour")],
            ["cost: $250 a month against $4,000 at list prices; books or hours disagree on which is cheaper"],
            id="undecided: what is missing",
        ),
        pytest.param(
            [BEHIND, endpoint("route")],
            ["endpoint POST: /tag: route there, on 80 requests"],
            id="route: what qualifies",
        ),
    ],
)
def test_reasons(changes, reasons):
    """A verdict lists what led to it."""
    assert reasons == decide(table(*changes)).reasons


PRICES = [row(model, f"price.{side}", usd, "list") for model, both in ((OURS, (3, 4)), (THEIRS, (1, 8)))
          for side, usd in zip(("input", "output"), both, strict=True)]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "turns"),
    [
        pytest.param(
            [],
            [("price", "a price 16 times as high", "stay"), ("margin", "a margin of 0.6 points", "undecided")],
            id="migrate: a dearer price, or a margin inside the interval",
        ),
        pytest.param(
            [BEHIND],
            [("price", "no change of it alone", "stay"), ("margin", "a margin of 9.3 points", "undecided")],
            id="stay: no price helps, a margin does",
        ),
        pytest.param(
            [BEHIND, status(OURS, "retired")],
            [("price", "no change of it alone", "stay"), ("margin", "no change of it alone", "stay")],
            id="two failures: nothing alone",
        ),
        pytest.param(
            [bill(OURS, 5000.0)],
            [("price", "a price cut to 80%", "migrate"), ("margin", "no change of it alone", "stay")],
            id="too dear: a cut",
        ),
    ],
)
def test_turns(changes, turns):
    """Of each lever the smallest change is told that gives another verdict."""
    facts = table(*changes)
    assert turns == rule.switching_values(decide(facts), facts, THEIRS)[:2]


@pytest.mark.parametrize(
    ("usd", "change"),
    [
        pytest.param(250.0, ("mix", "an input share above 67 %", "stay"), id="cheaper while little is read"),
        pytest.param(5000.0, ("mix", "an input share below 67 %", "migrate"), id="dearer while much is"),
    ],
)
def test_mix(usd, change):
    """Where one model is cheaper to read and the other to write, the mix can turn the verdict."""
    facts = table(bill(OURS, usd), *PRICES)
    assert change == rule.switching_values(decide(facts), facts, THEIRS)[2]


@pytest.mark.simulation
def test_error_rate(runs):
    """Simulated: of a candidate that is worse by just the margin, 3 points, `migrate` is said in at most 2.5 %.

    Studies on the same items, a fifth of which the two split on; the bound is 2.5 % and three of its errors.
    """
    n, many = 100, runs(2_000, 10)

    @cache
    def verdict(only_ours, only_theirs):
        if only_ours - only_theirs <= -3:  # its interval holds -3, which needs no rule to see
            return ""
        low, high = (100 * end for end in paired.tango(only_ours, only_theirs, n))
        return decide(table(difference(100 * (only_ours - only_theirs) / n, low, high, n=n))).verdict

    drawn = np.random.default_rng(0).multinomial(n, [0.085, 0.115, 0.8], size=many)
    moved = sum(verdict(int(ours), int(theirs)) == "migrate" for ours, theirs, _ in drawn)
    assert 0 < moved <= many * 0.025 + 3 * (many * 0.025 * 0.975) ** 0.5


OWN = "llama-on-our-gpus@gpu-box:8000:terse"


@pytest.mark.parametrize(
    ("who", "measured", "states"),
    [
        pytest.param(OWN, True, ("pass", "pass"), id="what answered is there, though no source speaks of it"),
        pytest.param(OWN, False, ("open", "open"), id="what was never asked is not known to be there"),
    ],
)
def test_contender_of_no_catalog(who, measured, states):
    """A model of the team's own has no maker to serve it: that it answered is what is known."""
    found = row("llama-on-our-gpus", "score.general", 70.0, "measured", unit="%")
    table = evidence.frame([found] if measured else [])
    assert states == (criteria.availability(table, who, DAY).state, criteria.access(table, who).state)


@pytest.mark.parametrize(
    ("answers", "facts", "state"),
    [
        pytest.param("published", {"payment": 1}, "open", id="too little is known, and it was never asked"),
        pytest.param("recorded", {"payment": 1}, "pass", id="others asked it, and no obstacle is known"),
        pytest.param("recorded", {"payment": 1, "signup": 0}, "open", id="an obstacle stays one, whoever asked it"),
        pytest.param("recorded", {}, "pass", id="of its providers no source speaks, but it answered"),
    ],
)
def test_access_where_sources_are_silent(answers, facts, state):
    """A silent source is no obstacle where the model has answered; the explanation names what is not stated."""
    rows = [row("openai", f"access.{concern}", value) for concern, value in facts.items()]
    table = evidence.frame([*rows, row("gpt-4o", "score.general", 70.0, answers, unit="%")])
    found = criteria.access(table, "gpt-4o")
    assert found.state == state
    assert ("no source states signup" in found.explanation) == (bool(facts) and state == "pass")


@pytest.mark.parametrize(
    ("who", "incumbent", "state"),
    [
        pytest.param("gpt-5-mini", "gpt-4o", "pass", id="by the incumbent's maker"),
        pytest.param("gpt-5-mini@openai", "gpt-4o@openai", "pass", id="through it"),
        pytest.param("gpt-5-mini@openrouter", "gpt-4o", "open", id="through somebody else"),
        pytest.param("glm-5", "gpt-4o", "open", id="by another maker"),
    ],
)
def test_access_to_the_same_maker(who, incumbent, state):
    """A team that pays a maker can buy its other models."""
    assert state == criteria.access(evidence.frame([]), who, incumbent).state


def test_way_in_of_a_contender():
    """Of a contender only its own provider counts."""
    table = evidence.frame([row("openai", f"access.{concern}", 1) for concern in criteria.CONCERNS])
    assert ("pass", "open") == tuple(criteria.access(table, f"gpt-4o@{way}").state for way in ("openai", "gateway"))


SMALL = f"small, against {THEIRS}@old"


@pytest.mark.parametrize(
    ("rows", "verdict", "words"),
    [
        pytest.param([difference(25, 25, 25, n=2)], "undecided", "nothing is decided on fewer than 30", id="two items"),
        pytest.param([difference(0, 0, 0, n=200)], "undecided", "without an interval", id="an interval without width"),
        pytest.param(
            [difference(0, -1, 1, n=2000), replace(difference(-30, -45, -15, n=60), ref="our own, 60 items")], "stay",
            "our own: -30.0 points", id="a small suite of our own on which it fails, beside a large one",
        ),
        pytest.param(
            [difference(0, -1, 1, n=2000), replace(difference(0, -9, 9, n=60), ref="our own, 60 items")], "undecided",
            "our own: +0.0 points [-9.0, +9.0], and 3 is inside it", id="a small suite that does not settle it",
        ),
        pytest.param(
            [row(OURS, "failed.code", 40.0, "measured", low=38, high=42, n=1500)], "stay",
            "40.0 % of 1,500 requests failed [37.5, 42.5], after retries", id="two requests in five fail",
        ),
        pytest.param([row(OURS, "failed.code", 0.1, "measured", low=0, high=1, n=1500)], "migrate", "", id="few fail"),
        pytest.param(
            [score(OURS, "code", 0.0), score(THEIRS, "code", 0.0)], "undecided", "it got nothing right",
            id="two at nothing pass nothing",
        ),
        pytest.param(
            [score(OURS, "general", 26.0, n=500), score(THEIRS, "general", 25.5, n=500)], "undecided",
            "not shown to be above chance (a guess gets 25 %)", id="an incumbent that guesses",
        ),
    ],
)  # fmt: skip
def test_almost_nothing(rows, verdict, words):
    """Nothing is decided on almost nothing, on one suite of several, or beside an incumbent that cannot do it."""
    found = decide(table(*rows))
    assert (verdict, True) == (found.verdict, any(words in check.explanation for check in found.checks))


SPEED = "throughput.tok_s"


@pytest.mark.parametrize(
    ("stated", "rows", "state"),
    [
        pytest.param({"output_tok_s": 40}, [(SPEED, 60, 50, 70)], "pass", id="fast enough"),
        pytest.param({"output_tok_s": 55}, [(SPEED, 60, 50, 70)], "open", id="fast enough on average only"),
        pytest.param({"output_tok_s": 80}, [(SPEED, 60, 50, 70)], "fail", id="too slow"),
        pytest.param({"output_tok_s": 40}, [], "open", id="never measured"),
        pytest.param({"output_tok_s": 40}, [(SPEED, 60, None, None)], "open", id="one run, without an interval"),
        pytest.param({"error_rate": 0.01}, [("reliability.errors", 0.2, 0.1, 0.6)], "pass", id="few errors"),
        pytest.param({"error_rate": 0.01}, [("reliability.errors", 3.0, 2.0, 5.0)], "fail", id="many errors"),
        pytest.param({"refusal_rate": 0.005}, [("reliability.refusals", 0, 0, 4)], "open", id="none of too few"),
        pytest.param({"first_token_s_p95": 1.5}, [("latency.first_token_s.p95", 1, 0.9, 1.4)], "pass", id="prompt"),
    ],
)
def test_limits(stated, rows, state):
    """A limit is a condition like any other, tested by the interval of what was measured."""
    facts = table(*(row(OURS, metric, value, "measured", low=low, high=high) for metric, value, low, high in rows))
    found = rule.decide(facts, OURS, THEIRS, NEEDS, 3.0, DAY, stated)
    assert (state, {"pass": "migrate", "open": "undecided", "fail": "stay"}[state]) == (
        found.checks[-1].state,
        found.verdict,
    )


def test_unknown_limit():
    """A limit that the kit does not know is refused with what it knows."""
    with pytest.raises(StudyError, match="'error_rat' is not a limit; did you mean 'error_rate'"):
        rule.decide(table(), OURS, THEIRS, NEEDS, 3.0, DAY, {"error_rat": 0.1})


def test_slower_is_a_failure():
    """A candidate that is surely slower to its first token fails, where the workload needs that; it does not route."""
    waits = [row(who, "latency.first_token_s.p50", value, "measured", low=0.9 * value, high=1.1 * value)
             for who, value in ((OURS, 2.0), (THEIRS, 1.0))]  # fmt: skip
    assert "stay" == decide(table(*waits), needs=["code", "first token"]).verdict


@pytest.mark.parametrize(
    ("low", "alone", "among"),
    [
        pytest.param(-2.95, "migrate", "undecided", id="one that barely passes alone"),
        pytest.param(-2.0, "migrate", "migrate", id="one that passes clearly"),
    ],
)
def test_best_of_many(low, alone, among):
    """Of ten candidates one that barely passes may owe it to chance, and says how many items would tell."""
    others = [f"other-{n}" for n in range(9)]
    facts = table(difference(-0.5, low, 2.0, n=500))
    verdicts = rule.decide_all(facts, [OURS, *others], THEIRS, NEEDS, 3.0, DAY)
    assert (alone, among) == (decide(facts).verdict, verdicts[0].verdict)
    if among == "undecided":
        found = check(verdicts[0], "code")
        assert found.explanation.endswith("but not one of several, or at a later look")
        assert " items" in found.needed_change


@pytest.mark.parametrize(("look", "verdict"), [(0, "migrate"), (1, "migrate"), (2, "undecided")])
def test_looks(look, verdict):
    """What passes at a first look need not pass at a second, which has a tenth of the error to spend."""
    facts = table(difference(-0.5, -2.6, 2.0, n=500))
    (found,) = rule.decide_all(facts, [OURS], THEIRS, NEEDS, 3.0, DAY, look=look)
    assert verdict == found.verdict

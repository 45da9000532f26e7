"""The rule, case by case: migrate, route, stay or undecided."""

from dataclasses import replace
from datetime import date

import pytest

from kit import decision, evidence
from kit.evidence import Row

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
    return decision.decide(facts, candidate, THEIRS, needs, margin, DAY)


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
            [row("gateway", "access.payment", 0)], [], "undecided", {"access": "open"}, id="the way in takes no card"
        ),
        pytest.param(
            [], [("gateway", "access.geo")], "undecided", {"access": "open"}, id="a region that no one has asked about"
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
    assert flip == check(decide(table(*changes)), name).flip


def test_checks_cite_their_rows():
    """Each condition that evidence speaks to names its rows."""
    facts = table()
    cited = {c.name: set(c.rows.split()) for c in decide(facts).checks}
    assert [] == [name for name, ids in cited.items() if not ids or ids - set(facts["id"])]


def test_last_word_counts():
    """Of two statuses the later one holds."""
    facts = table(status(OURS, "retired", "2026-09-10", "since 2026-09-10: V4.1 answers"))
    said = check(decide(facts), "availability").said
    assert "retired by its maker since 2026-09-10 (V4.1 answers)" == said


def test_cost_names_the_book_of_both_bills():
    """The incumbent's 3,000 by contract are not told as a list price, which is 4,000."""
    said = check(decide(table(bill(THEIRS, 3000.0, "contract"))), "cost").said
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
    assert OURS == decision.nearest(verdicts).candidate


def test_rank():
    """Verdicts are ranked from the most welcome to the least."""
    assert ("migrate", "route", "undecided", "stay") == decision.RANK

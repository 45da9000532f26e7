"""The recommendation as a reader meets it: one sentence, and the tables behind it."""

from dataclasses import replace
from datetime import date

import pytest

from kit import evidence
from kit.decision import saving
from kit.decision.criteria import Criterion
from kit.decision.rule import Recommendation
from kit.decision.saving import Saving
from kit.evidence import Row
from kit.report import decision_chapter

OURS, OTHER, THEIRS = "deepseek-v4-flash", "glm-5", "gpt-4o"
DAY = date(2026, 11, 24)


def row(subject, metric, value, as_of="2026-01-01", note=""):
    return Row(subject, metric, value, "x", "list", as_of, "r", note=note)


FACTS = [
    row(THEIRS, "status.served", 1),
    row(THEIRS, "bill.month", 4142.4),
    row(OURS, "bill.month", 248.6),
    row(OURS, "bill.month.dearest_hour", 497.1),
]
COST = Criterion("cost", "pass", "$249 a month against $4,142", rows="E1 E2 E3")


def verdict(word, *checks, candidate=OURS, usd=3893.8):
    return Recommendation(candidate, word, (COST, *checks), Saving(usd, usd - 250, usd, "list"))


GONE = Criterion("availability", "fail", "retired by its maker", "compare its successor instead", "E4")
UNSURE = Criterion("code", "open", "-0.5 points [-6.5, +5.5]", "more items", "E5 E6")
UNKNOWN = Criterion("general quality", "open", "no figure of one kind for both sides", "a measurement on both")
BLIND = Criterion("vision input", "ability", "no against yes", "none of the requests need it", "E7")


@pytest.mark.parametrize(
    ("found", "said"),
    [
        pytest.param(
            verdict("migrate"),
            "Move from GPT-4o to DeepSeek V4 Flash: $4,142 a month would become $249, and no dimension is worse by "
            "more than the margin.",
            id="migrate",
        ),
        pytest.param(
            verdict("route", BLIND),
            "Send what needs vision input to GPT-4o, the rest to DeepSeek V4 Flash: $4,142 a month would become $249 "
            "before that share.",
            id="route",
        ),
        pytest.param(
            verdict("undecided", UNSURE),
            "Keep GPT-4o for now. DeepSeek V4 Flash would cut the bill from $4,142 to $249 a month, but the evidence "
            "does not settle its code.",
            id="undecided: not settled",
        ),
        pytest.param(
            verdict("undecided", UNKNOWN, replace(UNKNOWN, name="Chinese")),
            "Keep GPT-4o for now. DeepSeek V4 Flash would cut the bill from $4,142 to $249 a month, but there is no "
            "evidence yet on its general and Chinese quality.",
            id="undecided",
        ),
        pytest.param(
            verdict("stay", GONE, UNSURE),
            "Keep GPT-4o: every candidate fails a condition. DeepSeek V4 Flash comes nearest ($4,142 a month would "
            "become $249), but it fails on availability; the evidence does not settle its code.",
            id="stay",
        ),
    ],
)
def test_recommend(found, said):
    """The recommendation names models, money and what stands in the way."""
    assert said == decision_chapter.recommend([found], evidence.frame(FACTS), THEIRS, DAY)


def test_recommend_speaks_of_the_nearest():
    """Of several candidates the nearest one is recommended."""
    found = [verdict("stay", GONE, candidate=OTHER), verdict("migrate")]
    assert decision_chapter.recommend(found, evidence.frame(FACTS), THEIRS, DAY).startswith(
        "Move from GPT-4o to DeepSeek V4 Flash"
    )


@pytest.mark.parametrize(
    "model", [pytest.param(OURS, id="the candidate's"), pytest.param(THEIRS, id="the incumbent's")]
)
def test_recommend_without_a_bill(model):
    """A saving that cannot be computed is called unknown, not 0."""
    facts = evidence.frame(fact for fact in FACTS if (fact.subject, fact.metric) != (model, "bill.month"))
    assert "the saving is unknown" in decision_chapter.recommend([verdict("undecided", UNSURE)], facts, THEIRS, DAY)


def test_incumbent_that_is_going():
    """An incumbent that goes is not a place to stay: the day comes first, and the best supported candidate."""
    going = row(THEIRS, "status.deprecated", 1, "2026-10-14", "since 2026-10-14: shuts down on 2027-01-14")
    said = decision_chapter.recommend([verdict("stay", GONE)], evidence.frame([*FACTS, going]), THEIRS, DAY)
    assert said == (
        "A move from GPT-4o is due by 2027-01-14: it is deprecated by its maker since 2026-10-14 (shuts down on "
        "2027-01-14). DeepSeek V4 Flash is the best supported candidate ($4,142 a month would become $249), but it "
        "fails on availability."
    )


def test_incumbent_that_is_gone():
    """A move from a model that has shut down has been due since then; where one is advised, that is added."""
    gone = evidence.frame([*FACTS, row(THEIRS, "status.retired", 1, "2026-10-14", "x: shut down on 2026-10-14")])
    said = decision_chapter.recommend([verdict("migrate")], gone, THEIRS, DAY)
    assert " A move has been due since 2026-10-14: it is retired by its maker" in said


def test_a_contract_with_the_incumbent_only():
    """Today's bill is what is paid, the candidate's the best price known, and both books are told."""
    facts = evidence.frame([*FACTS, replace(row(THEIRS, "bill.month", 2486.0), source="contract")])
    move = saving.saving(facts, OURS, THEIRS)
    found = Recommendation(OURS, "undecided", (COST, UNSURE), move)
    items = decision_chapter.headline(facts, found, THEIRS)[:3]
    assert [("$2,486", "contract"), ("$249", "list"), ("$1,989 to $2,237", "contract and list")] == [
        (item[1], item[3]) for item in items
    ]
    said = decision_chapter.recommend([found], facts, THEIRS, DAY)
    assert said.endswith(
        "Today's bill is at contract prices, which is what is paid; the candidate's is at list prices."
    )


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        pytest.param(FACTS, "The incumbent, GPT-4o, is served by its maker since 2026-01-01.", id="served"),
        pytest.param(
            [],
            "The incumbent, GPT-4o, is of unknown status: no source says whether its maker serves it.",
            id="of which no source speaks",
        ),
    ],
)
def test_incumbent_status(facts, said):
    """One sentence says whether the incumbent itself can still be bought."""
    assert said == decision_chapter.incumbent_status(evidence.frame(facts), THEIRS, DAY)


def test_headline():
    """The key figures are the two bills, the saving with its span, and how much was measured."""
    items = [item[:2] for item in decision_chapter.headline(evidence.frame(FACTS), verdict("migrate"), THEIRS)]
    saving = ("saving", "$3,644 to $3,894")
    assert [("today", "$4,142"), ("nearest candidate", "$249"), saving, ("measured figures", "0")] == items


def test_headline_of_the_unknown():
    """A key figure that is not known says so."""
    found = Recommendation(OURS, "undecided", (UNSURE,), None)
    assert ["unknown"] * 3 == [item[1] for item in decision_chapter.headline(evidence.frame([]), found, THEIRS)[:3]]


def test_states():
    """The grid has a row a candidate and a column a condition."""
    states = decision_chapter.states([verdict("stay", GONE), verdict("stay", GONE, candidate=OTHER)])
    assert (["DeepSeek V4 Flash", "GLM-5"], ["cost", "availability"]) == (list(states.index), list(states.columns))
    assert ["pass", "fail"] == list(states.loc["GLM-5"])


def test_conditions():
    """A line says whose it is, and cites the first two of its rows."""
    table = decision_chapter.conditions([verdict("undecided", UNSURE), verdict("stay", GONE, candidate=OTHER)])
    assert ["DeepSeek V4 Flash", "DeepSeek V4 Flash", "GLM-5", "GLM-5"] == list(table["candidate"])
    assert ["E1 E2", "E5 E6", "E1 E2", "E4"] == list(table["rests on"])


def test_flips():
    """What would turn a condition is told for those that are not met."""
    table = decision_chapter.flips([verdict("stay", GONE, UNSURE)])
    assert [("availability", "compare its successor instead"), ("code", "more items")] == list(
        table[["condition", "would turn with"]].itertuples(index=False, name=None)
    )


def test_flips_of_a_clear_case():
    """Where all conditions are met there is nothing to turn, which is an empty table."""
    assert 0 == len(decision_chapter.flips([verdict("migrate")]))


def test_bills_table():
    """Each priced model has its bill, its span and its verdict; the incumbent comes first."""
    table = decision_chapter.bills_table(
        evidence.frame(FACTS), [verdict("migrate"), verdict("stay", candidate=OTHER)], THEIRS
    )
    assert [(THEIRS, 4142.4, 4142.4, "today"), (OURS, 248.6, 497.1, "migrate")] == list(
        table[["model", "value", "high", "note"]].itertuples(index=False, name=None)
    )


def test_savings_are_evidence():
    """A saving becomes three rows: at the most trusted price, at least and at most; unknown savings become none."""
    found = [verdict("migrate"), Recommendation(OTHER, "undecided", (), None)]
    rows = evidence.frame(decision_chapter.savings(found, THEIRS, DAY))
    assert {"saving.month.now": 3893.8, "saving.month.least": 3643.8, "saving.month.most": 3893.8} == dict(
        zip(rows["metric"], rows["value"].round(1), strict=True)
    )


def test_recommend_a_route():
    """Where a policy qualifies, the recommendation says which, and what it was found to do."""
    said = "-0.3 points [-1.2, +0.6], within 3; saves $0.002 a request"
    way = Criterion("policy flash; gpt-4o where it fails", "pass", said)
    found = Recommendation(OURS, "route", (COST, UNSURE), None, (way,))
    assert (
        f"Route between DeepSeek V4 Flash and GPT-4o: policy flash; gpt-4o where it fails: {said}."
    ) == decision_chapter.recommend([found], evidence.frame(FACTS), THEIRS, DAY)


def test_because():
    """Each verdict stands with the conditions that led to it."""
    table = decision_chapter.because([verdict("stay", GONE, UNSURE), verdict("migrate", candidate=OTHER)])
    assert [
        ("DeepSeek V4 Flash", "stay", "availability: retired by its maker"),
        ("GLM-5", "migrate", "cost: $249 a month against $4,142"),
    ] == list(table.itertuples(index=False, name=None))


def test_levers():
    """Each lever has a line, and where it flips nothing that is said."""
    table = decision_chapter.levers([verdict("stay", GONE)], evidence.frame(FACTS), THEIRS)
    assert [("price", "no change of it alone", ""), ("margin", "no change of it alone", "")] == list(
        table[["lever", "smallest change", "verdict then"]].head(2).itertuples(index=False, name=None)
    )

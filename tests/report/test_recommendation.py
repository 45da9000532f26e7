"""The recommendation in words: models, money, and what stands in the way."""

from dataclasses import replace
from datetime import date

import pytest

from kit import evidence
from kit.decision.criteria import Criterion
from kit.decision.rule import Recommendation
from kit.decision.saving import Saving, saving
from kit.evidence import Row
from kit.report import brief, recommendation

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
            "Move from GPT-4o to DeepSeek V4 Flash: the bill falls from $4,142 to $249 a month, and no needed quality "
            "is worse by more than the margin.",
            id="migrate",
        ),
        pytest.param(
            verdict("route", BLIND),
            "Send what needs vision input to GPT-4o and the rest to DeepSeek V4 Flash: the bill falls from $4,142 to "
            "$249 a month before that share.",
            id="route",
        ),
        pytest.param(
            verdict("undecided", UNSURE),
            "Keep GPT-4o for now. With DeepSeek V4 Flash the bill falls from $4,142 to $249 a month, but the evidence "
            "does not settle its code.",
            id="undecided: not settled",
        ),
        pytest.param(
            verdict("undecided", UNKNOWN, replace(UNKNOWN, name="Chinese")),
            "Keep GPT-4o for now. No candidate's quality is known yet. By price alone, with DeepSeek V4 Flash the bill "
            "falls from $4,142 to $249 a month, but there is no evidence yet on its general quality and Chinese.",
            id="undecided",
        ),
        pytest.param(
            verdict("stay", GONE, UNSURE),
            "Keep GPT-4o. With DeepSeek V4 Flash the bill falls from $4,142 to $249 a month, but its maker is "
            "withdrawing it; the evidence does not settle its code.",
            id="stay",
        ),
    ],
)
def test_recommend(found, said):
    """The recommendation names models, money and what stands in the way."""
    assert said == recommendation.recommend([found], evidence.frame(FACTS), THEIRS, DAY)


def test_recommend_speaks_of_the_nearest():
    """Of several candidates the nearest one is recommended."""
    found = [verdict("stay", GONE, candidate=OTHER), verdict("migrate")]
    assert recommendation.recommend(found, evidence.frame(FACTS), THEIRS, DAY).startswith(
        "Move from GPT-4o to DeepSeek V4 Flash"
    )


@pytest.mark.parametrize(
    "model", [pytest.param(OURS, id="the candidate's"), pytest.param(THEIRS, id="the incumbent's")]
)
def test_recommend_without_a_bill(model):
    """A saving that cannot be computed is called unknown, not 0."""
    facts = evidence.frame(fact for fact in FACTS if (fact.subject, fact.metric) != (model, "bill.month"))
    assert "the saving is unknown" in recommendation.recommend([verdict("undecided", UNSURE)], facts, THEIRS, DAY)


def test_incumbent_that_is_going():
    """An incumbent that goes is not a place to stay: the day comes first, and the best supported candidate."""
    going = row(THEIRS, "status.deprecated", 1, "2026-10-14", "since 2026-10-14: shuts down on 2027-01-14")
    said = recommendation.recommend([verdict("stay", GONE)], evidence.frame([*FACTS, going]), THEIRS, DAY)
    assert said == (
        "Leave GPT-4o by 14 January 2027, when its maker shuts it down. No candidate meets every condition. "
        "DeepSeek V4 Flash comes nearest (the bill falls from $4,142 to $249 a month), but its maker is "
        "withdrawing it."
    )


def test_incumbent_that_is_gone():
    """A move from a model that has shut down has been due since then; where one is advised, that is added."""
    gone = evidence.frame([*FACTS, row(THEIRS, "status.retired", 1, "2026-10-14", "x: shut down on 2026-10-14")])
    said = recommendation.recommend([verdict("migrate")], gone, THEIRS, DAY)
    assert said.endswith(" GPT-4o was shut down by its maker on 14 October 2026; leave it now.")


def test_a_contract_with_the_incumbent_only():
    """Today's bill is what is paid, the candidate's the best price known, and both books are told."""
    facts = evidence.frame([*FACTS, replace(row(THEIRS, "bill.month", 2486.0), source="contract")])
    move = saving(facts, OURS, THEIRS)
    found = Recommendation(OURS, "undecided", (COST, UNSURE), move)
    items = brief.headline(facts, found, THEIRS, DAY)[:3]
    assert [("$2,486", "contract"), ("$249", "list"), ("$1,989 to $2,237", "contract and list")] == [
        (item[1], item[3]) for item in items
    ]
    said = recommendation.recommend([found], facts, THEIRS, DAY)
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
    assert said == recommendation.incumbent_status(evidence.frame(facts), THEIRS, DAY)


def test_headline():
    """The key figures are the two bills, the saving with its span, and the day by which to decide."""
    items = [item[:2] for item in brief.headline(evidence.frame(FACTS), verdict("migrate"), THEIRS, DAY)]
    span = ("saving", "$3,644 to $3,894")
    due = ("decide by", "14 January 2027")
    assert [("today", "$4,142"), ("best supported candidate", "$249"), span, due] == items


def test_headline_of_the_unknown():
    """A key figure that is not known says so."""
    found = Recommendation(OURS, "undecided", (UNSURE,), None)
    assert ["unknown"] * 3 == [item[1] for item in brief.headline(evidence.frame([]), found, THEIRS, DAY)[:3]]


def test_recommend_a_route():
    """Where a policy qualifies, the recommendation says which, and what it was found to do."""
    said = "-0.3 points [-1.2, +0.6], within 3; saves $0.002 a request"
    way = Criterion("policy flash; gpt-4o where it fails", "pass", said)
    found = Recommendation(OURS, "route", (COST, UNSURE), None, (way,))
    assert (
        f"Route between DeepSeek V4 Flash and GPT-4o: policy flash; gpt-4o where it fails: {said}."
    ) == recommendation.recommend([found], evidence.frame(FACTS), THEIRS, DAY)


def test_several_candidates_that_all_fail():
    """With many candidates none of which passes, the sentence says how many, and names the nearest."""
    found = [verdict("stay", GONE), verdict("stay", GONE, UNSURE, candidate=OTHER)]
    said = recommendation.recommend(found, evidence.frame(FACTS), THEIRS, DAY)
    assert said.startswith("Keep GPT-4o: each of the 2 candidates fails a condition. DeepSeek V4 Flash comes nearest (")


@pytest.mark.parametrize(
    ("found", "said"),
    [
        pytest.param(verdict("migrate"), "nothing", id="a clear case"),
        pytest.param(verdict("stay", GONE, UNSURE), "fails: availability; open: code", id="failed before open"),
        pytest.param(verdict("route", BLIND), "cannot: vision input", id="an ability"),
    ],
)
def test_obstacles(found, said):
    """A table says in a few words what stands against a candidate."""
    assert said == recommendation.obstacles(found)

"""The recommendation as a reader meets it: one sentence, and the tables behind it."""

from datetime import date

from kit import evidence
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

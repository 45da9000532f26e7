"""The tables and paragraphs of the brief: each candidate's place, what would change it, and what is not known."""

from datetime import date

import pytest

from kit import evidence
from kit.decision import decide_all
from kit.evidence import Row, contender_row
from kit.report import brief, quality_cost
from kit.stats import Estimate

THEIRS, CHEAP, DEAR, UNKNOWN = "gpt-4o", "deepseek-v4-flash", "glm-5", "kimi-k2.5"
DAY = date(2026, 11, 24)
REF = "a suite: made up"


def scored(model, value, gap, times):
    """A model's recorded score, its difference from the incumbent and its cost ratio, each with an interval of 2."""
    who = f"{model}@recorded"

    def row(metric, figure, unit, against=""):
        return contender_row(who, metric, figure, unit, "2026-06-30", REF, 500, source="recorded", against=against)

    rows = [row("score.code", Estimate(value, value - 2, value + 2), "%")]
    if gap is not None:
        rows.append(row("difference.code", Estimate(gap, gap - 2, gap + 2), "points", f"{THEIRS}@recorded"))
    if times is not None:
        ratio = Estimate(times, times * 0.9, times * 1.1)
        rows.append(row("times.cost.accepted", ratio, "x", f"{THEIRS}@recorded"))
    return rows


def billed(model, usd):
    return Row(model, "bill.month", usd, "USD/month", "list", "2026-11-24", "a list", n=1_000_000)


FACTS_ROWS = [
    *scored(THEIRS, 80, None, None), *scored(CHEAP, 79.5, -0.5, 0.1), *scored(DEAR, 70, -10, 1.4),
    billed(THEIRS, 4000), billed(CHEAP, 400), billed(DEAR, 6000), billed(UNKNOWN, 1000),
]  # fmt: skip
FACTS = evidence.frame(FACTS_ROWS)
WHO = [DEAR, UNKNOWN, CHEAP]
VERDICTS = decide_all(FACTS, WHO, THEIRS, ["code"], 3.0, DAY)
POINTS = brief.positions(VERDICTS, FACTS, THEIRS, ["code"], 3.0)


def test_positions():
    """Each has its difference, and its cost of an accepted answer, or of the month's bill where none is known."""
    found = POINTS.set_index("candidate")
    assert (-0.5, "code", "cost") == tuple(found.loc[CHEAP, ["difference", "on", "cost_of"]])
    assert ("", "bill", 0.25) == tuple(found.loc[UNKNOWN, ["on", "cost_of", "times"]])
    assert 1.4 == pytest.approx(found.loc[DEAR, "times"])


def test_candidates_are_ranked():
    """The first page lists the nearest candidate first, each with quality, cost, bill and obstacles in words."""
    lines = brief.candidates(POINTS, VERDICTS, FACTS, THEIRS)
    assert ["DeepSeek V4 Flash", "Kimi K2.5", "GLM-5"] == list(lines["candidate"])
    assert ["−0.5 [−2.5, +1.5]", "unknown", "−10.0 [−12.0, −8.0]"] == list(lines["weakest quality, points"])
    assert ["0.1x [0.09, 0.11]", "0.25x", "1.4x [1.3, 1.5]"] == list(lines["cost against today's"])
    assert ["$400", "$1,000", "$6,000"] == list(lines["a month"])


def test_money_that_others_recorded():
    """Recorded dollars of accepted answers are the first page's money; candidates without them keep their month."""
    costs = [
        contender_row(f"{who}@recorded", "cost.accepted", Estimate(usd, usd * 0.9, usd * 1.1), "USD/answer",
                      "2026-06-30", REF, 500, source="recorded")
        for who, usd in ((THEIRS, 1.5505), (CHEAP, 0.155))
    ]  # fmt: skip
    table = evidence.frame([*FACTS_ROWS, *costs])
    first = decide_all(table, [CHEAP], THEIRS, ["code"], 3.0, DAY)[0]
    per = "for 1,000 accepted answers"
    assert [(line[1], line[2], line[3]) for line in brief.headline(table, first, THEIRS, DAY)[:3]] == [
        ("$1,550", f"{per} on GPT-4o", "recorded"), ("$155", f"{per} on DeepSeek V4 Flash", "recorded"),
        ("$1,395", per, "recorded"),
    ]  # fmt: skip
    lines = brief.candidates(POINTS, VERDICTS, table, THEIRS).set_index("candidate")
    assert ("$155", "") == tuple(lines.loc["DeepSeek V4 Flash", [per, "a month"]])
    assert ("", "$1,000") == tuple(lines.loc["Kimi K2.5", [per, "a month"]])


def test_notes():
    """How sure and what to do: the difference with its interval and items, the replay with its price, and the date."""
    sure, todo = (text for _, text in brief.notes(VERDICTS, FACTS, THEIRS, ["code"], 3.0, DAY))
    assert "code is 0.5 points lower (95 % interval −2.5 to +1.5) on 500 items that others recorded" in sure
    assert "it costs 90 % less" in sure
    assert "By 14 January 2027, when GPT-4o shuts down:" in todo
    assert "replay 1,800 of your own requests on both models, for about $15 in calls" in todo


def test_unknowns():
    """What is not known ends with what no evidence of this kind can say; each has what would settle it and a price."""
    table = brief.unknowns(VERDICTS, FACTS, THEIRS, 3.0)
    assert "what a move costs in engineering, contracts and compliance" == table["open question"].iloc[-1]
    assert "about $15" in list(table["cost"])


@pytest.mark.parametrize(
    ("rows", "assumed"),
    [
        pytest.param([], True, id="no log"),
        pytest.param([Row(THEIRS, "traffic.month", 4000, "USD/month", "list", "2026-11-24", "log")], False, id="log"),
    ],
)
def test_assumed_month(rows, assumed):
    """A month that no log gives is told as assumed, beside the verdict and among what is not known."""
    table = evidence.frame([*FACTS_ROWS, *rows])
    sure = brief.notes(VERDICTS, table, THEIRS, ["code"], 3.0, DAY)[0][1]
    unknown = " ".join(brief.unknowns(VERDICTS, table, THEIRS, 3.0)["open question"])
    assert (assumed, assumed) == ("1,000,000 requests, which this study assumes" in sure, "your own traffic" in unknown)


def test_models_that_were_not_asked():
    """Requests that our own lack left without an answer are told on the first page, by model."""
    rows = [Row(who, "requests.unanswered", n, "requests", "measured", "2026-11-24", "own") for who, n in ((CHEAP, 400),
            (THEIRS, 0))]  # fmt: skip
    table = evidence.frame([*FACTS_ROWS, *rows])
    sure = brief.notes(VERDICTS, table, THEIRS, ["code"], 3.0, DAY)[0][1]
    assert "400 requests to DeepSeek V4 Flash have no answer: a key, money or a connection was lacking" in sure
    assert "GPT-4o have no answer" not in sure
    assert "no answer" not in brief.notes(VERDICTS, FACTS, THEIRS, ["code"], 3.0, DAY)[0][1]


def test_changes():
    """Each candidate has a line; what would turn its conditions is named."""
    table = brief.changes(VERDICTS, FACTS, THEIRS).set_index("candidate")
    assert "a margin of 12.0 points" in table.loc["GLM-5"].iloc[1]
    assert 3 == len(table)


def test_picture():
    """The picture shows who has both figures, says so in words, and names who is left out."""
    fig = quality_cost.quality_and_cost(POINTS.assign(state=POINTS["verdict"]), "GPT-4o", 3.0)
    assert "DeepSeek V4 Flash 0.5 points lower (95 % interval −2.5 to +1.5) at 0.1 times the cost" in fig.get_label()
    assert brief.picture_caption(POINTS, "GPT-4o").endswith("not shown, for lack of figures: Kimi K2.5 (no quality)")


def test_nothing_to_place():
    """Without a candidate that has both figures there is no picture."""
    assert quality_cost.quality_and_cost(POINTS.iloc[1:2].assign(state="stay"), "GPT-4o", 3.0) is None

"""The first page says what each endpoint costs, would cost and why, and nothing in a name can act."""

from dataclasses import replace

import pandas as pd
import pytest

from kit.decision.endpoints import EndpointRecommendation
from kit.report import endpoints_chapter, output
from kit.stats import Estimate

OLD, NEW = "gpt-4o@openai", "glm-5@zai"


def verdict(endpoint, word, today=100.0, saving=(90.0, 80.0, 95.0), needed=None):
    usd = None if saving is None else Estimate(*saving)
    after = None if usd is None else Estimate(today - usd.value, today - usd.high, today - usd.low)
    bill = None if today is None else Estimate(today, today, today)
    return EndpointRecommendation(endpoint, NEW, OLD, word, word == "route", 200, bill, after, usd, None, (), needed)


FOUND = [
    verdict("classify", "migrate", 1000.0, (900.0, 850.0, 950.0)),
    verdict("extract", "route"),
    verdict("faq", "undecided", needed=1240),
    verdict("draft", "stay", 50.0, (-10.0, -20.0, -5.0)),
    verdict("", "undecided", None, None),
]


def test_table():
    """Today's bill, tomorrow's, the saving with its interval, and the verdict; what is unknown is missing, not 0."""
    table = endpoints_chapter.table(FOUND)
    assert ["classify", NEW, 1000, 100, 900, "$850 to $950", "migrate"] == list(table.iloc[0])
    assert ["undecided: 1,240 more requests", "stay"] == list(table["verdict"][2:4])
    last = table.iloc[4]
    assert ("no endpoint named", "unknown") == tuple(last[["endpoint", "95 % interval"]])
    assert last[["today", "tomorrow", "saving"]].isna().all()
    shown = output.table(table, "Endpoints", "list", formats=endpoints_chapter.FORMATS).data["text/plain"]
    assert "1,000.00" in shown and "unknown" in shown


def test_lines():
    """The title page has of each endpoint a line, in words; what does not fit is counted."""
    lines = endpoints_chapter.lines(FOUND)
    assert ["classify", "$1,000", "$100", "$850 to $950", "migrate"] == list(lines.iloc[0])
    assert "undecided, 1,240 more requests would tell" == lines["verdict"][2]
    assert ["no endpoint named", "unknown", "unknown", "unknown", "undecided"] == list(lines.iloc[4])
    many = endpoints_chapter.lines([verdict(f"e{n}", "stay") for n in range(20)])
    assert (13, "and 8 more") == (len(many), many["endpoint"].iloc[-1])


def test_nothing_was_replayed():
    """A log without texts has a bill and no verdict: the first page says what it would take."""
    found = [replace(verdict(name, "undecided", 2.5, None), candidate="nobody asked") for name in ("triage", "drafts")]
    said = endpoints_chapter.sentence(found)
    assert said.startswith("2 endpoints cost $5.00 a month. Whether another model would do cannot be said yet")
    items = endpoints_chapter.headline(found, "list")
    assert [("today", "$5.00"), ("endpoints judged", "0 of 2")] == [item[:2] for item in items]


def test_why():
    """Each verdict stands with the difference that it rests on, and its reasons."""
    told = EndpointRecommendation(
        "faq", NEW, OLD, "stay", False, 40, None, None, None, Estimate(-9.5, -16.0, -3.0), ("dear", "bad")
    )
    assert ["faq", NEW, "stay", 40, -9.5, "-16.0 to -3.0", "dear; bad"] == list(endpoints_chapter.why([told]).iloc[0])
    assert "unknown" == endpoints_chapter.why(FOUND)["95 % interval"][0]


def test_headline_without_a_bill():
    """Where no bill is known, neither is what the moves save."""
    assert ["unknown"] * 3 == [
        value for _, value, _, _ in endpoints_chapter.headline([verdict("faq", "undecided", None, None)], "list")[:3]
    ]


def test_headline():
    """Only what is moved is saved; how many endpoints have a bill is said."""
    today, tomorrow, saving, moved = endpoints_chapter.headline(FOUND, "list")
    assert ("today", "$1,250", "a month, 4 of 5 endpoints with a bill", "list") == today
    assert ("$260", "$930 to $1,045") == (tomorrow[1], saving[1])
    assert ("2 of 5", "1 migrate, 1 route, 2 undecided, 1 stay", "measured") == moved[1:]
    assert "unknown" == endpoints_chapter.headline([verdict("a", "undecided", None, None)], "list")[0][1]
    output.headline(endpoints_chapter.headline(FOUND, "list"))


def test_sentence():
    """What to do comes first, then what it saves."""
    assert (
        f"Move classify to {NEW}; route extract to {NEW}, with {OLD} asked again where it visibly fails; nothing is "
        f"decided yet on faq, no endpoint named; leave draft on {OLD}. $1,250 a month would become $260: "
        "$930 to $1,045 saved."
    ) == endpoints_chapter.sentence(FOUND)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        pytest.param([], "No endpoint was replayed on a candidate, so there is nothing to decide.", id="nothing"),
        pytest.param([verdict("a", "stay")], f"Leave a on {OLD}.", id="no move saves nothing"),
        pytest.param([verdict(name, "stay") for name in "abcdefg"], f"Leave a, b, c, d and 3 more on {OLD}.",
                     id="of many endpoints the first are named"),
    ],
)  # fmt: skip
def test_short_sentence(found, said):
    """The sentence says no more than there is."""
    assert said == endpoints_chapter.sentence(found)


def test_savings():
    """Each endpoint's verdict stands beside its interval in words, and the label says all of it."""
    fig = endpoints_chapter.savings(FOUND)
    words = [text.get_text() for text in fig.axes[0].texts]
    assert ["migrate, $900", "route, $90.00", "undecided, $90.00", "stay, -$10.00"] == words
    assert "draft: stay, -$10.00 a month, -$20.00 to -$5.00" in fig.get_label()
    assert output.figure(fig, "Savings", "list").data["image/png"]


def test_nothing_to_draw():
    """Without a known saving there is no figure, and no table of no verdicts."""
    assert (None, 0) == (
        endpoints_chapter.savings([verdict("a", "undecided", None, None)]),
        len(endpoints_chapter.table([])),
    )


@pytest.mark.filterwarnings("ignore:Glyph")  # the face has no brackets for what is hidden; they show as boxes
def test_hostile_names():
    """An endpoint's name comes from a log: formulas, overrides and pages of text stay what they are, and short."""
    fig = endpoints_chapter.savings(
        [verdict(r"$\frac{$ " + chr(0x202E) + "x", "migrate"), verdict("long" * 500, "stay")]
    )
    assert output.figure(fig, "Savings", "list").data["image/svg+xml"]
    first, second = fig.axes[0].get_yticklabels()
    assert (r"$\frac{$ ⟨U+202E⟩x", True) == (first.get_text(), len(second.get_text()) <= 40)


def test_many():
    """More endpoints than fit on a page are counted."""
    fig = endpoints_chapter.savings([verdict(f"e{place}", "migrate") for place in range(40)])
    assert 30 == len(fig.axes[0].texts)
    assert "10 smaller ones are in the table" in fig.axes[0].get_xlabel()
    assert 40 == len(pd.DataFrame(endpoints_chapter.table([verdict(f"e{place}", "migrate") for place in range(40)])))


def test_judgements():
    """Where judgements are missing and not requests, it says how many."""
    one = replace(verdict("reply", "undecided"), judgements=346)
    assert ["undecided: 346 judgements"] == list(endpoints_chapter.table([one])["verdict"])

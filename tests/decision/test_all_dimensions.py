"""All dimensions of a matchup at once: each by the best evidence, a winner only beside all others, and said so."""

from dataclasses import replace

import pandas as pd
import pytest
from decision.test_paired_matchup import OURS, THEIRS, marked
from matplotlib import pyplot as plt

from kit import evidence
from kit.decision import all_dimensions, printed_matchup
from kit.evidence import Row
from kit.report import versus

PAIR = (OURS, THEIRS)
MODELS = ("glm-5", "gpt-4o")
PRICES = [Row(model, "price.output", usd, "USD/Mtok", "list", "2026-11-24", "r")
          for model, usd in zip(MODELS, (2.0, 10.0), strict=True)]  # fmt: skip
SCORES = [Row(model, "score.code", value, "%", "article", "2026", "T3", n=164)
          for model, value in zip(MODELS, (92.0, 92.5), strict=True)]  # fmt: skip
SPEEDS = [
    Row(model, "throughput.tok_s", x, "tok/s", "measured", "2026-11-24", "probe", x - 5, x + 5, 20, way=way)
    for model, x, way in (("glm-5", 80, "new"), ("gpt-4o", 50, "old"))
]


def compare(rows=(), taken=(), margin=3, pair=PAIR, first=()):
    return all_dimensions.compare_all(evidence.frame(rows), taken, pair, margin, first)


def test_best_evidence_first():
    """Answers to the same items come before figures of others; what was not measured rests on evidence."""
    found = {one.dimension: one for one in compare([*PRICES, *SCORES], [marked("1" * 40, "0" * 40)])}
    assert "answers asked for here to the same 40 items" == found["code"].basis
    assert "list figures" == found["output cost"].basis
    assert ["output cost", "code"] == list(found)


def test_article_figures():
    """Without answers the article's scores are compared as two samples."""
    (found,) = compare(SCORES)
    assert ("unresolved", "article scores, as two samples of 164 and 164 items") == (found.winner, found.basis)


def test_only_what_both_have():
    """A dimension on which one has no figure is left out, unless it is asked for."""
    assert [] == compare(PRICES[:1])
    assert ["output cost"] == [one.dimension for one in compare(PRICES[:1], first=["output cost"])]


def test_ways_in():
    """A measured figure counts for the provider that it was measured through, and for no other."""
    assert "candidate" == compare(SPEEDS)[0].winner
    assert [] == [one for one in compare(SPEEDS, pair=("glm-5@other", THEIRS)) if one.source]


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"scope": "gateway"}, id="an endpoint of that name"),
        pytest.param({"note": "gateway, through zai"}, id="a note that mentions it"),
        pytest.param({"against": "gpt-4o@gateway"}, id="an opponent called through it"),
    ],
)
def test_provider_is_a_column(more):
    """Only the provider's own column says what a figure was measured through."""
    elsewhere = [replace(SPEEDS[0], way="zai", **more), SPEEDS[1]]
    assert [] == [one for one in compare(elsewhere, pair=("glm-5@gateway", THEIRS)) if one.source]


def test_holm():
    """A winner alone (p = 0.031) is none beside another dimension on which nothing is seen."""
    lead = marked("1" * 6 + "1" * 34, "0" * 6 + "1" * 34)
    assert "candidate" == compare(taken=[lead])[0].winner
    other = [Row(model, "score.general", 90.0, "%", "article", "2026", "T2", n=500) for model in MODELS]
    found = {one.dimension: one for one in compare(other, [lead])}["code"]
    assert ("unresolved", True) == (found.winner, "over 2 dimensions (Holm), so it may be chance" in found.why)
    assert pytest.approx(2 * 2 * 0.5**6) == found.p


def test_two_suites_of_one_category():
    """Two suites of one category keep a line each, under their names."""
    one = marked("1" * 40, "0" * 40)
    both = [one, replace(one, ref="other 1, 40 items")]
    assert ["code, mine", "code, other"] == [c.dimension for c in compare(taken=both) if c.scores]


def test_answer():
    """The sentence says who is ahead on what, and what that rests on."""
    assert (
        "glm-5@new is ahead on output cost; unresolved: code. This rests, for output cost on list figures; code on "
        "article scores, as two samples of 164 and 164 items."
    ) == all_dimensions.matchup_summary(compare([*PRICES, *SCORES]), PAIR)
    assert "Nothing is known of both." == all_dimensions.matchup_summary([], PAIR)


def test_table():
    """A line has both figures with letter and interval, the difference, p, who is ahead, and what that rests on."""
    table = all_dimensions.matchup_table(compare([*PRICES, *SCORES]), MODELS).set_index("dimension")
    assert ["$2.00", "$10.00", "5 times as cheap"] == list(table.loc["output cost"][["GLM-5", "GPT-4o", "difference"]])
    assert ["A- (92 %)", "-0.5 points [-6.5, +5.5]", "44,891"] == list(
        table.loc["code"][["GLM-5", "difference", "items needed"]]
    )


def test_letters_span_the_interval():
    """A measured score shows the letters that its interval leaves open."""
    found = compare(taken=[marked("1" * 36 + "0" * 4, "1" * 40)])[0]
    assert "C to A (90.0 % [76.9, 96.0])" == found.graded(0)


def test_figure():
    """All dimensions are in the figure, scores above and the rest below, and its words say who is ahead."""
    fig = versus.differences(compare([*PRICES, *SCORES, *SPEEDS]), *MODELS, 3)
    labels = [[tick.get_text() for tick in ax.get_yticklabels()] for ax in fig.axes]
    assert [["code"], ["output cost", "throughput"]] == labels
    assert "output cost: GLM-5, 5.0 times cheaper" in fig.get_label()
    plt.close(fig)
    assert versus.differences([], *MODELS, 3) is None


def test_nothing_printed():
    """For a pair that the article does not print, the printed tables are empty."""
    said = printed_matchup.printed_rows("")
    assert ([], "", True) == (
        printed_matchup.printed_lines(said, []),
        printed_matchup.printed_summary(said, []),
        printed_matchup.beside_print(said, [], *MODELS).empty,
    )


def test_printed_beside_found():
    """The printed figures and winners stand beside those found, letters by one scale."""
    pair, said = ("deepseek-v4-flash", "gpt-4o"), printed_matchup.printed_rows("T6")
    rows = [Row(model, "score.general", value, "%", "article", "2026", "T2", n=14042)
            for model, value in zip(pair, (85.5, 88.7), strict=True)]  # fmt: skip
    facts = pd.concat([evidence.frame(rows), said])
    found = all_dimensions.compare_all(facts, [], pair, 3, printed_matchup.printed_dimensions(said))
    line = printed_matchup.beside_print(said, found, *pair).set_index("dimension").loc["general quality"]
    assert ["B+", "B (85.5 %)", "A", "B+ (88.7 %)", "GPT-4o, small margin", "GPT-4o"] == list(line)
    assert printed_matchup.printed_summary(said, found).startswith(
        "Of 6 printed winners the evidence supports 4 (output cost, general"
    )

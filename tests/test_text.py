"""Foreign text shows what it hides; sums of money and numbers of things read well."""

import math
from datetime import date

import pytest

from kit import text
from kit.text import dollar_cell, dollar_range, dollar_tick, dollars, plain, plural


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("a plain line", "a plain line", id="letters stay"),
        pytest.param("通义千问 −75 % ≈ é", "通义千问 −75 % ≈ é", id="other scripts and signs stay"),
        pytest.param("two\n\tlines", "two\n\tlines", id="line ends and tabs stay"),
        pytest.param("\x1b[2J", "⟨U+001B⟩[2J", id="an escape sequence cannot clear the terminal"),
        pytest.param("gpj.\u202eexe", "gpj.⟨U+202E⟩exe", id="an override cannot turn the reading order"),
        pytest.param("a\u2066b\u2069", "a⟨U+2066⟩b⟨U+2069⟩", id="an isolate cannot either"),
        pytest.param("a\u200bb\ufeff", "a⟨U+200B⟩b⟨U+FEFF⟩", id="a space without width does not hide"),
        pytest.param("a\u2028b\x85", "a⟨U+2028⟩b⟨U+0085⟩", id="a foreign line end does not break the line"),
        pytest.param("\U000e0041\ue000\ud800", "⟨U+E0041⟩⟨U+E000⟩⟨U+D800⟩", id="tags, private signs and halves show"),
        pytest.param("\u0645\u06cc\u200c\u062e", "\u0645\u06cc\u200c\u062e", id="a joiner that Persian needs stays"),
    ],
)
def test_plain(text, shown):
    """Whatever hides or acts is shown by its code point; writing stays as it is."""
    assert shown == plain(text)


@pytest.mark.parametrize(
    ("usd", "said", "cell"),
    [
        pytest.param(1234.5, "$1,234", "1,234.50", id="thousands; a column keeps the cents"),
        pytest.param(99.994, "$99.99", "99.99", id="below a hundred, with cents"),
        pytest.param(0.1, "$0.10", "0.10", id="ten cents"),
        pytest.param(0.0996, "$0.100", "0.100", id="less than ten cents, by its first digits"),
        pytest.param(0.000317, "$0.00032", "0.00032", id="a small part of a cent"),
        pytest.param(-12.5, "-$12.50", "-12.50", id="a loss"),
        pytest.param(-0.002, "-$0.0020", "-0.0020", id="a small loss"),
        pytest.param(0.0, "$0.00", "0.00", id="nothing"),
        pytest.param(-1e-17, "$0.00", "0.00", id="what arithmetic leaves of nothing"),
    ],
)
def test_sums(usd, said, cell):
    """In words, and in a cell."""
    assert (said, cell) == (dollars(usd), dollar_cell(usd))


def test_span():
    """An interval, or that there is none."""
    assert ("$1.00 to $250", "unknown") == (dollar_range(1, 250), dollar_range(math.nan, math.nan))
    assert "unknown" == dollars(math.nan)


def test_tick():
    """Marks of an axis are told apart: a step of a quarter is not rounded to another."""
    assert ["$0", "$0.00125", "$0.25", "$2.50", "$1,000", "-$0.05", "$0.50", "$1"] == list(
        map(dollar_tick, [0, 0.00125, 0.25, 2.5, 1000, -0.05, 0.5, 1])
    )


def test_many():
    """One of a thing is one, and what it is of stays as it is."""
    assert ["1 call", "2 calls", "3 rows of buckets"] == [
        plural(1, "call"), plural(2, "call"), plural(3, "row of buckets")
    ]  # fmt: skip


NAN = math.nan
SENTENCES = [
    # money, estimated and in spans
    (text.about_dollars, (88.56,), "about $89"),
    (text.about_dollars, (1534.0,), "about $1,500"),
    (text.about_dollars, (9.96,), "about $10"),
    (text.about_dollars, (4.32,), "about $4.30"),
    (text.about_dollars, (0.0123,), "about $0.012"),
    (text.about_dollars, (0.0,), "$0.00"),
    (text.about_dollars, (NAN,), "unknown"),
    (text.about_dollars, (1_250_000.0,), "about $1,200,000"),
    (dollar_range, (1, 250), "$1.00 to $250"),
    (dollar_range, (3349.9, 3350.4), "$3,350"),
    (dollar_range, (0.0, 0.0), "$0.00"),
    (dollar_range, (-12.5, 12.5), "-$12.50 to $12.50"),
    (dollar_range, (NAN, NAN), "unknown"),
    (dollar_range, (0.0, NAN), "unknown"),
    (dollar_range, (0.00031, 0.00032), "$0.00031 to $0.00032"),
    (dollars, (4142.4,), "$4,142"),
    (dollars, (99.995,), "$100.00"),
    (dollars, (0.054,), "$0.054"),
    (dollars, (1.5506,), "$1.55"),
    (dollars, (1e6,), "$1,000,000"),
    # lists of names
    (text.listed, ([],), ""),
    (text.listed, (["code"],), "code"),
    (text.listed, (["code", "SQL"],), "code and SQL"),
    (text.listed, (["code", "SQL", "Chinese"],), "code, SQL and Chinese"),
    (text.listed, (["A", "B"], "or"), "A or B"),
    (text.listed, (["A", "B", "C"], "or"), "A, B or C"),
    # numbers of things
    (plural, (0, "call"), "0 calls"),
    (plural, (1, "call"), "1 call"),
    (plural, (2, "model name"), "2 model names"),
    (plural, (1, "row of buckets"), "1 row of buckets"),
    (plural, (3, "row of buckets"), "3 rows of buckets"),
    (plural, (12_345, "request"), "12,345 requests"),
    # capitals, shortened names and dates
    (text.capitalized, ("replay 100 requests.",), "Replay 100 requests."),
    (text.capitalized, ("GLM-5 is cheaper.",), "GLM-5 is cheaper."),
    (text.capitalized, ("",), ""),
    (text.capitalized, ("éclair",), "Éclair"),
    (text.shortened, ("GPT-4o", 30), "GPT-4o"),
    (text.shortened, ("a" * 30, 30), "a" * 30),
    (text.shortened, ("a" * 31, 30), "a" * 29 + "…"),
    (text.shortened, ("a name of many words", 8), "a name…"),
    (text.day_in_words, (date(2027, 1, 14),), "14 January 2027"),
    (text.day_in_words, (date(2026, 11, 1),), "1 November 2026"),
    # differences
    (text.signed, (5.0,), "+5.0"),
    (text.signed, (-1.0,), "−1.0"),
    (text.signed, (0.0,), "0.0"),
    (text.signed, (-0.04,), "0.0"),
    (text.signed, (0.04,), "0.0"),
    (text.signed, (-12.345, 2), "−12.35"),
    (text.signed, (2.0, 0), "+2"),
    (text.interval, (-4.1, 2.0), "[−4.1, +2.0]"),
    (text.interval, (0.0, 0.0), "[0.0, 0.0]"),
    (text.interval, (NAN, NAN), ""),
    (text.interval, (NAN, 1.0), ""),
    (text.interval, (-0.02, 0.3, 2), "[−0.02, +0.30]"),
    (text.compared_points, (2.2,), "2.2 points higher"),
    (text.compared_points, (-2.2,), "2.2 points lower"),
    (text.compared_points, (1.0,), "1.0 point higher"),
    (text.compared_points, (-1.0,), "1.0 point lower"),
    (text.compared_points, (0.02,), "not seen to differ"),
    (text.compared_points, (0.0, -2.0, 2.0), "not seen to differ (95 % interval −2.0 to +2.0)"),
    (text.compared_points, (-1.0, -4.1, 2.0), "1.0 point lower (95 % interval −4.1 to +2.0)"),
    (text.compared_points, (11.6, 7.3, 16.1), "11.6 points higher (95 % interval +7.3 to +16.1)"),
    (text.compared_points, (0.5, NAN, NAN), "0.5 points higher"),
    # costs against another
    (text.compared_cost, (0.13,), "costs 87 % less"),
    (text.compared_cost, (0.5,), "costs 50 % less"),
    (text.compared_cost, (0.98,), "costs 2 % less"),
    (text.compared_cost, (0.0036,), "costs 99.6 % less"),
    (text.compared_cost, (0.01,), "costs 99 % less"),
    (text.compared_cost, (1.0,), "costs the same"),
    (text.compared_cost, (1.004,), "costs the same"),
    (text.compared_cost, (0.996,), "costs the same"),
    (text.compared_cost, (1.32,), "costs 32 % more"),
    (text.compared_cost, (1.996,), "costs 100 % more"),
    (text.compared_cost, (2.0,), "costs 2 times as much"),
    (text.compared_cost, (2.5,), "costs 2.5 times as much"),
    (text.compared_cost, (16.7,), "costs 17 times as much"),
    (text.compared_cost, (NAN,), "has an unknown cost"),
    (text.times_cost, (0.13, 0.12, 0.14), "0.13x [0.12, 0.14]"),
    (text.times_cost, (0.0348, 0.0325, 0.0373), "0.035x [0.033, 0.037]"),
    (text.times_cost, (1.32, 1.21, 1.47), "1.3x [1.2, 1.5]"),
    (text.times_cost, (0.25, 0.25, 0.25), "0.25x"),
    (text.times_cost, (0.267, 0.2671, 0.2672), "0.27x"),
    (text.times_cost, (2.0, NAN, NAN), "2x"),
    (text.times_cost, (NAN,), "unknown"),
    # ticks
    (dollar_tick, (0.00125,), "$0.00125"),
    (dollar_tick, (2.5,), "$2.50"),
    (dollar_tick, (1000,), "$1,000"),
    # foreign text
    (plain, ("$x$ <script>",), "$x$ <script>"),
    (plain, ("a\x00b",), "a⟨U+0000⟩b"),
    (plain, ("نموذج",), "نموذج"),
    (plain, ("通义千问",), "通义千问"),
    (text.codepoint, ("\u202e",), "⟨U+202E⟩"),
]


@pytest.mark.parametrize(
    ("write", "given", "words"), [pytest.param(*row, id=f"{row[0].__name__}: {row[2]!r}") for row in SENTENCES]
)
def test_sentences(write, given, words):
    """Each number, sum, interval and comparison has one way in which it is written."""
    assert words == write(*given)

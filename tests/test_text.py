"""Foreign text shows what it hides; sums of money and numbers of things read well."""

import math

import pytest

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

"""Tokens by model: measured on the same requests, by kind of text, and what they make of a price."""

import pytest

from kit.client import Answer, Request, answer_table
from kit.pricing import Usage
from kit.replay import estimated_ratios, text_kind, token_ratios, token_rows, token_words

OLD, NEW = "gpt-4o@openai", "glm-5@zhipu"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        pytest.param("Where is my parcel?", "English", id="English"),
        pytest.param("Größe und Preis, Straße für Straße, überall größer", "other", id="a language of other letters"),
        pytest.param("我的包裹在哪里？订单号是 A17。", "Chinese", id="Chinese"),
        pytest.param("Где моя посылка?", "other", id="another script"),
        pytest.param('{"order": "A17", "state": "lost"}', "JSON", id="JSON"),
        pytest.param('Classify:\n[{"order": "A17"}, {"order": "A18"}, {"order": "A19"}]', "JSON", id="mostly JSON"),
        pytest.param("Fix this:\ndef add(a, b):\n    return a - b", "code", id="code"),
        pytest.param("", "English", id="nothing"),
    ],
)
def test_text_kind(text, kind):
    """The kind of a text is told by what it mostly is."""
    assert kind == text_kind(text)


def asked(*texts):
    return [Request(f"q{n}", [{"role": "user", "content": text}]) for n, text in enumerate(texts)]


def answered(*counts, contender=NEW):
    """Answers of a contender with these (prompt, output, reasoning) tokens, None for no usage."""
    at = "2026-11-24T12:00:00+00:00"
    usages = [Usage(count[0], 0, count[1], count[2]) if count else None for count in counts]
    return [(contender, f"q{n}", 0, Answer("x", "stop", usage, at, 1.0)) for n, usage in enumerate(usages)]


def test_ratios():
    """Each kind has the ratio of the sums, thinking is a share of the output, and what has no usage is left out."""
    table = answer_table([
        *answered((100, 10, 0), (100, 10, 0), (50, 10, 0), (80, 10, 0), contender=OLD),
        *answered((110, 20, 0), (110, 20, 10), (100, 40, 30), None),
    ])  # fmt: skip
    ratios = token_ratios(asked("One?", "Two?", "三？", "Four?"), table, OLD).set_index("kind")
    assert [NEW] * 3 == list(ratios["contender"])
    assert (2, 1.1, 2.0, 0.25) == (
        ratios.loc["English", "requests"], pytest.approx(ratios.loc["English", "prompt"]),
        ratios.loc["English", "output"], ratios.loc["English", "thinking"],
    )  # fmt: skip
    assert (2.0, 320 / 250) == (ratios.loc["Chinese", "prompt"], pytest.approx(ratios.loc["all", "prompt"]))


def test_interval():
    """Ten requests of one ratio leave no doubt; two of them are too few for an interval."""
    many = asked(*["One?"] * 10)
    table = answer_table([*answered(*[(100, 10, 0)] * 10, contender=OLD), *answered(*[(140, 10, 0)] * 10)])
    row = token_ratios(many, table, OLD).iloc[0]
    assert (1.4, 1.4, 1.4) == tuple(pytest.approx(row[name]) for name in ("prompt", "low", "high"))
    few = token_ratios(many[:2], table, OLD).iloc[0]
    assert few[["low", "high"]].isna().all()


def test_words():
    """A cheaper token with 1.4 times the tokens is told as such."""
    table = answer_table([*answered(*[(100, 10, 0)] * 6, contender=OLD), *answered(*[(140, 10, 0)] * 6)])
    ratios = token_ratios(asked(*["One?"] * 6), table, OLD)
    words = token_words(ratios, {NEW: 0.8})
    assert "counts 1.40 times the incumbent's tokens for the same requests (English 1.40)" in words
    assert "0.80 times is 1.12 times for the same text: a token is cheaper there, and the work is not" in words
    assert "and the work is not" not in token_words(ratios, {NEW: 0.5})


def test_evidence():
    """Each ratio is a row against the incumbent, by kind of text."""
    table = answer_table([*answered(*[(100, 10, 0)] * 6, contender=OLD), *answered(*[(140, 20, 0)] * 6)])
    rows = token_rows(token_ratios(asked(*["One?"] * 6), table, OLD), OLD, "log", "2026-11-24")
    told = {(row.metric, row.scope): (row.subject, row.way, row.against, round(row.value, 2), row.n) for row in rows}
    assert ("glm-5", "zhipu", OLD, 1.4, 6) == told["tokens.prompt_ratio", ""]
    assert 2.0 == told["tokens.output_ratio", "English"][3]


def test_estimated():
    """With two tokenizers at hand the ratio is estimated by kind, without a call."""
    assert {"English": 2.0, "Chinese": 1.0} == estimated_ratios(
        ["two words", "中文"], lambda text: len(text.split()) * 2 if text.isascii() else len(text),
        lambda text: len(text.split()) if text.isascii() else len(text),
    )  # fmt: skip

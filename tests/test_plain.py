import pytest

from kit.plain import plain


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

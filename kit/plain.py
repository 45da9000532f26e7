"""Text from elsewhere is shown as it is: nothing in it can act, reorder or hide."""

import unicodedata

__all__ = ["codepoint", "plain"]

_HIDDEN = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
"""Unicode categories that draw nothing, or nothing known: controls, formats (bidi overrides among them), unassigned,
private use, surrogates, line and paragraph separators."""

_WANTED = {"\n", "\t", "\N{SOFT HYPHEN}", "\N{ZERO WIDTH NON-JOINER}", "\N{ZERO WIDTH JOINER}"}
"""Of those, the ones that writing needs."""


def plain(text: str) -> str:
    """Make every hidden character visible: `plain("a" + chr(0x202E))` -> `a⟨U+202E⟩`.

    Terminals, browsers and readers act on such characters: an escape sequence clears the screen, an override
    makes `exe.txt` of `txt.exe`. Shown by its code point, a character does nothing.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(codepoint(c) if unicodedata.category(c) in _HIDDEN and c not in _WANTED else c for c in text)


def codepoint(character: str) -> str:
    """Name a character without drawing it: `⟨U+202E⟩`."""
    return f"⟨U+{ord(character):04X}⟩"

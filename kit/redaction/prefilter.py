"""Rule out most rules by one pass over a text, so that redaction costs a call microseconds.

RE2 looks for all patterns at once in time proportional to the text, but knows no lookaround, back references or
possessive repeats. So each pattern is widened to one that RE2 knows and that matches wherever the rule does; a rule
runs only where its wide pattern matched. A pattern that cannot be widened always runs.
"""

import functools
import re
from collections.abc import Sequence

import re2

__all__ = ["candidates", "widened"]

_MOST_COUNTED = 4
"""Longer counts are widened to `at least this many`: fewer states, and as good at ruling out."""

_MEMORY = 64 << 20


def candidates(text: str, patterns: Sequence[str]) -> list[int]:
    """Numbers of the patterns that may match in a text; all that are left out cannot."""
    always, compiled, numbers = _compiled(tuple(patterns))
    match = compiled.Match(text.encode(errors="surrogatepass"))
    if match is None or len(numbers) not in match:  # out of memory, which RE2 does not say
        return list(range(len(patterns)))
    return sorted([*always, *(numbers[one] for one in match if one < len(numbers))])


@functools.lru_cache(maxsize=16)
def _compiled(patterns: tuple[str, ...]) -> tuple[list[int], "re2.Set", list[int]]:
    """Patterns that always run, RE2's set of the others, and the number of each pattern in it."""
    options = re2.Options()
    options.max_mem, options.log_errors, options.never_capture = _MEMORY, False, True
    always, numbers, wide = [], [], re2.Set.SearchSet(options)
    for number, pattern in enumerate(patterns):
        try:
            wide.Add(widened(pattern))
            numbers.append(number)
        except re2.error:
            always.append(number)
    wide.Add("(?s:.|^$)")  # matches any text: where it does not, RE2 gave up
    wide.Compile()
    return always, wide, numbers


def widened(pattern: str) -> str:
    r"""Widen a pattern to one for RE2 that matches wherever it does: `(?<!a)\w{8,64}+(?=b)` -> `\w{4,}`."""
    parts, at = [], 0
    while at < len(pattern):
        end = _end(pattern, at)
        part = re.sub(r"\\u([0-9a-f]{4})", r"\\x{\1}", pattern[at:end])
        if re.match(r"\(\?<?[!=]", pattern[at:]):
            at = _group_end(pattern, at)
            continue
        if part.startswith("["):
            parts.append(part.replace(r"\s", r"\s\x0b"))
        elif part == r"\s":
            parts.append(r"[\s\x0b]")
        elif re.fullmatch(r"\\[1-9]", part):
            parts.append(r"(?s:.){0,4}")
        elif reference := re.match(r"\(\?P=\w+\)", pattern[at:]):
            parts.append(r"(?s:.){0,4}")
            end = at + reference.end()
        elif name := re.match(r"\(\?P<\w+>", pattern[at:]):
            parts.append("(?:")
            end = at + name.end()
        elif count := re.match(r"\{(\d+)(,?)(\d*)\}", pattern[at:]):
            parts.append(_count(int(count[1]), bool(count[2]), count[3]))
            end = at + count.end()
            end += pattern[end : end + 1] == "+"
        elif part in "*+?":
            parts.append(part)
            end += pattern[end : end + 1] == "+"
        else:
            parts.append(part)
        at = end
    return "".join(parts)


def _count(least: int, is_range: bool, most: str) -> str:
    if not is_range and least <= _MOST_COUNTED:
        return f"{{{least}}}"
    if most and int(most) <= _MOST_COUNTED:
        return f"{{{least},{most}}}"
    return f"{{{min(least, _MOST_COUNTED)},}}"


def _end(pattern: str, at: int) -> int:
    """The end of one escape, character class or character."""
    if pattern[at] == "\\":
        return at + {"u": 6, "x": 4}.get(pattern[at + 1], 2)
    if pattern[at] != "[":
        return at + 1
    at += 2 if pattern[at + 1] == "^" else 1
    at += pattern[at] == "]"
    while pattern[at] != "]":
        at += 2 if pattern[at] == "\\" else 1
    return at + 1


def _group_end(pattern: str, at: int) -> int:
    depth = 0
    while True:
        depth += {"(": 1, ")": -1}.get(pattern[at], 0)
        at = _end(pattern, at)
        if not depth:
            return at

"""Take personal data and secrets out of a text: each piece becomes a mark that names its kind.

    >>> redact("Ask ann@example.com, the password is hunter2")
    'Ask [email], the password is [password]'

A rule is a pattern and, where a pattern alone would take order numbers for cards, a check (digits that must add up).
Rules stand in order of precedence: where two overlap, the first one counts. Patterns are written so that a text of n
characters takes time in proportion to n, whatever it holds: a match begins only where a run of characters begins, and
repeats are bounded or possessive. A team can add rules of its own. Names, postal addresses and passwords in prose have
no shape and are not covered.
"""

import functools
import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kit.errors import KitError

__all__ = ["RULES", "Found", "Rule", "found", "redact", "redact_request", "secrets"]


@dataclass(frozen=True)
class Rule:
    """One kind of thing to take out.

    Attributes:
        name: What it is; its mark is the name in brackets.
        pattern: A regular expression over ASCII classes; if it has a group `x`, only that is taken.
        check: How many characters of a match count, 0 if it is none after all.
        secret: Whether it lets somebody in, other than data about a person.
        hints: What a text must hold one of, in small letters, to hold a match; nothing, if there are none.

    Raises:
        KitError: If the pattern is no regular expression.
    """

    name: str
    pattern: str
    check: Callable[[str], int] = len
    secret: bool = False
    hints: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        try:
            self.compiled  # noqa: B018 (a pattern that is none is told of here)
        except re.error as error:
            raise KitError(f"redact: rule {self.name!r}: {self.pattern!r} is no regular expression: {error}") from None

    @functools.cached_property
    def compiled(self) -> re.Pattern[str]:
        """The pattern, ready to search."""
        return re.compile(self.pattern, re.ASCII)


def _has_digits(text: str) -> int:
    """A key of chance letters has digits among them; a long name in a style sheet (`sk-loading-animation`) has not."""
    return len(text) if sum(c.isdigit() for c in text) >= 2 else 0


def _value(text: str) -> int:
    """A password or token itself, other than a placeholder, or code that takes it from elsewhere."""
    small = text.lower()
    code = small.startswith(("$", "%", "*", "os.", "env.", "process.", "config.", "settings.", "self.", "args."))
    placeholder = small in ("null", "none", "true", "false", "string", "required", "optional") or not small.strip(".*x")
    return 0 if code or placeholder or "passw" in small else len(text)


def _value_with_digit(text: str) -> int:
    """In prose, `password: must be long` names none."""
    return _value(text) if any(c.isdigit() for c in text) else 0


def _value_mixed(text: str) -> int:
    """In prose and in code, `token: 4096` and `api_key=key` name none."""
    return 0 if text.isdigit() else _value_with_digit(text)


def _card(text: str) -> int:
    """Digits that pass Luhn's check (ISO/IEC 7812-1, annex B), other than one digit over and over."""
    digits = [int(c) for c in text if c.isdigit()]
    total = sum(digits[-1::-2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return len(text) if total % 10 == 0 and len(set(digits)) > 1 else 0


def _iban(text: str) -> int:
    """Letters and digits whose remainder by 97 is 1 (ISO 13616), without a word in capitals that follows them."""
    while len(text) >= 15:
        bare = text.replace(" ", "")
        if int("".join(str(int(c, 36)) for c in bare[4:] + bare[:4])) % 97 == 1:
            return len(text)
        text = text.rpartition(" ")[0]
    return 0


def _ipv6(text: str) -> int:
    """An address, other than a name in C++ (`a::b`), a time or a hardware address."""
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return 0
    return len(text) if text.count(":") > 2 or re.match(r"(?i)2[0-9a-f]{3}:|fe80:|f[cd][0-9a-f]{2}:", text) else 0


def _phone(text: str) -> int:
    """Nine digits or more, which no date has (ITU-T E.164 allows 15)."""
    return len(text) if 9 <= sum(c.isdigit() for c in text) <= 15 else 0


_NEW = r"(?<![A-Za-z0-9])"
_ALONE = r"(?<![\w.-])"
_END = r"(?![\w-]|\.[0-9])"
_WORDS = r"(?i:password|passwd|passphrase|pwd|密码|口令)"
_NAMES = (
    r"(?i:secret|token|api[_-]?key|(?:access|secret|private)[_-]?(?:access[_-]?)?key|(?:client|app)[_-]?secret"
    r"|(?:access|auth|refresh)[_-]?token)"
)
_IS = r"(?:\\?[\"']?\s{0,3}[:=：]\s{0,3}|\s{1,3}is\s{1,3}|\s?是\s?)"
_QUOTED = r"\\?[\"']?\s{0,3}[:=]\s{0,3}\\?[\"']"
_VALUE = r"""[^\s"'`,;&<>()\[\]{}\\]"""
_BYTE = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_LETTER = "A-Za-z0-9À-ɏ"
_WORD_HINTS = ("passw", "passphrase", "pwd", "密码", "口令")
_NAME_HINTS = ("secret", "token", "key")

RULES: tuple[Rule, ...] = (
    Rule(
        "private key",
        r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:[\w+/=\s\\:,]++|-(?!----))*+"
        r"(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)?",
        secret=True,
        hints=("-----begin",),
    ),
    Rule("jwt", r"(?<![\w-])eyJ[\w-]{10,}+\.eyJ[\w-]{5,}+(?:\.[\w-]*+)?", len, True, ("eyj",)),
    Rule("anthropic key", r"(?<![\w-])sk-ant-[\w-]{16,}+", _has_digits, True, ("sk-ant-",)),
    Rule("openai key", r"(?<![\w-])sk-[\w-]{20,}+", _has_digits, True, ("sk-",)),
    Rule("aws key", _NEW + r"(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])", len, True, ("akia", "asia")),
    Rule("github token", _NEW + r"(?:gh[pousr]_[A-Za-z0-9]{30,}+|github_pat_\w{20,}+)", len, True, ("gh", "github_")),
    Rule("slack token", r"(?<![\w-])(?:xox[a-z]|xapp)-[A-Za-z0-9-]{10,}+", _has_digits, True, ("xox", "xapp")),
    Rule("google key", r"(?<![\w-])AIza[\w-]{35}(?![\w-])", len, True, ("aiza",)),
    Rule(
        "api key",
        r"(?<![\w-])(?:hf_|gsk_|xai-|glpat-|npm_|[sr]k_live_|[sr]k_test_)[\w-]{16,}+",
        _has_digits,
        True,
        ("hf_", "gsk_", "xai-", "glpat-", "npm_", "k_live_", "k_test_"),
    ),
    Rule(
        "bearer token",
        r"(?i:\b(?:bearer|basic)\s{1,3})(?P<x>[\w.~+/-]{16,}+=*+)",
        _has_digits,
        True,
        ("bearer", "basic"),
    ),
    Rule("password", r"://[^\s/:@\"']{1,64}:(?P<x>[^\s/@\"']{1,200})@", len, True, ("://",)),
    Rule("password", rf"{_NEW}{_WORDS}(?:=|{_QUOTED})(?P<x>{_VALUE}{{4,200}}+)", _value, True, _WORD_HINTS),
    Rule("password", rf"{_NEW}{_WORDS}{_IS}(?P<x>{_VALUE}{{4,200}}+)", _value_with_digit, True, _WORD_HINTS),
    Rule("token", rf"{_NEW}{_NAMES}{_QUOTED}(?P<x>{_VALUE}{{8,200}}+)", _value, True, _NAME_HINTS),
    Rule("token", rf"{_NEW}{_NAMES}{_IS}(?P<x>{_VALUE}{{8,200}}+)", _value_mixed, True, _NAME_HINTS),
    Rule(
        "email",
        rf"(?<![{_LETTER}._%+-])(?!git@)[{_LETTER}._%+-]{{1,64}}+@(?:[{_LETTER}-]{{1,63}}+\.){{1,8}}"
        r"(?!(?:png|jpe?g|gif|webp|svg)\b)[A-Za-z]{2,24}+(?![0-9])",
        hints=("@",),
    ),
    Rule("iban", _NEW + r"[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9])", _iban),
    Rule(
        "card",
        _ALONE + r"(?:(?:4[0-9]{3}|5[1-5][0-9]{2}|2[2-7][0-9]{2}|6[0-9]{3}|35[0-9]{2})"
        r"(?:[0-9]{12}(?:[0-9]{3})?|([ -])[0-9]{4}\1[0-9]{4}\1[0-9]{4})"
        r"|3[47][0-9]{2}(?:[0-9]{11}|([ -])[0-9]{6}\2[0-9]{5})|3[068][0-9]{2}(?:[0-9]{10}|([ -])[0-9]{6}\3[0-9]{4}))"
        + _END,
        _card,
    ),
    Rule("ip address", rf"{_ALONE}(?:{_BYTE}\.){{3}}{_BYTE}{_END}", hints=(".",)),
    Rule("ip address", r"(?<![\w:.])(?=[0-9A-Fa-f]{0,4}:)[0-9A-Fa-f:]{3,39}+(?![\w:])", _ipv6, hints=(":",)),
    Rule("phone", rf"(?<![\w+])\+[1-9](?:[ ./-]?\(?[0-9]\)?){{7,14}}{_END}", hints=("+",)),
    Rule("phone", rf"{_ALONE}(?:1[ .-])?(?:\([2-9][0-9]{{2}}\) ?|[2-9][0-9]{{2}}[ .-])[0-9]{{3}}[ .-][0-9]{{4}}{_END}"),
    Rule(
        "phone",
        rf"{_ALONE}(?:\(0[0-9]{{2,4}}\) ?|0{{1,2}}[1-9][0-9]{{0,3}}[ /])[0-9]{{2,4}}(?:[ -][0-9]{{2,4}}){{1,3}}{_END}",
        _phone,
        hints=("0",),
    ),
    Rule(
        "phone",
        r"(?i:(?<![a-z])(?:tel|telefon|(?:tele|cell)?phone|mobile|fax|whatsapp|电话|手机))[^\w\n]{0,4}"
        r"(?:(?i:number|nr|no|is|号码|号|是)[^\w\n]{0,3}){0,2}(?P<x>\(?[0-9](?:[ ()./-]{0,2}[0-9]){6,13})" + _END,
        hints=("tel", "phone", "mobile", "fax", "whatsapp", "电话", "手机"),
    ),
)
"""What is looked for, the most telling first."""


@dataclass(frozen=True, order=True)
class Found:
    """Where something was found, and by which rule; never what.

    Attributes:
        start, end: Characters from the start of the text.
    """

    start: int
    end: int
    rule: str


def redact(text: str, rules: Sequence[Rule] = RULES) -> str:
    """Put a mark in place of all that a rule finds: `redact("Ask ann@example.com")` -> `Ask [email]`.

    Args:
        rules: A team's own can be added: `(*RULES, Rule("ticket", r"TCK-[0-9]{6}"))`.
    """
    parts, at = [], 0
    for one in found(text, rules):
        parts += [text[at : one.start], f"[{one.rule}]"]
        at = one.end
    return "".join((*parts, text[at:])) if parts else text


def redact_request(request: Mapping[str, Any], how: Callable[[str], str] = redact) -> dict[str, Any]:
    """A copy of a request, or of any structure as JSON has them, with `how` done to each text in it; keys stay."""

    def copied(value: Any) -> Any:
        if isinstance(value, str):
            return how(value)
        if isinstance(value, Mapping):
            return {key: copied(inner) for key, inner in value.items()}
        return [copied(inner) for inner in value] if isinstance(value, list | tuple) else value

    return {key: copied(value) for key, value in request.items()}


def secrets(text: str, rules: Sequence[Rule] = RULES) -> list[Found]:
    """Where a text holds what would let somebody in: the scan before anything is sent elsewhere."""
    return found(text, [rule for rule in rules if rule.secret])


def found(text: str, rules: Sequence[Rule] = RULES) -> list[Found]:
    """All that the rules find in a text, from its start to its end; no two overlap."""
    taken: list[Found] = []
    small = text.lower()
    for rule in rules:
        hinted = not rule.hints or any(hint in small for hint in rule.hints)
        if hinted and (fresh := _free(_matches(text, rule), taken)):
            taken = sorted(taken + fresh)
    return taken


def _matches(text: str, rule: Rule) -> list[Found]:
    matches, at = [], 0
    while match := rule.compiled.search(text, at):
        start, end = match.span("x" if "x" in rule.compiled.groupindex else 0)
        if counts := rule.check(text[start:end]):
            matches.append(Found(start, start + counts, rule.name))
            at = start + counts
        else:
            at = match.start() + 1  # a run that is none may hide one that begins inside it
    return matches


def _free(fresh: list[Found], taken: list[Found]) -> list[Found]:
    """Those that overlap with none that is taken; both lists are in order."""
    free, others = [], iter(taken)
    other = next(others, None)
    for one in fresh:
        while other and other.end <= one.start:
            other = next(others, None)
        if not other or one.end <= other.start:
            free.append(one)
    return free

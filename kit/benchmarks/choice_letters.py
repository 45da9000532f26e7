"""Letters: which choice the text of an answer settles on.

An answer is read as a reader reads it: what it states to be the answer counts before what it says about choices, and a
later statement corrects an earlier one. Where two readings are left, none is taken.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache
from string import ascii_uppercase

from kit.benchmarks import letter_patterns as patterns
from kit.client import Reading, first_turn, spoken

__all__ = ["RULES", "bare", "read_letter", "reason"]

_LISTED = re.compile(r"\s*[(\[]?(?P<letter>[A-J])(?:(?:\s*[.):、,]+\s*|\s+)(?P<text>.*)|\s*$)")
"""A line of a list of choices: its letter, and what stands behind it."""

_LONGEST = 20_000
"""Characters: of a longer answer, only the end is searched for a letter."""


_ENDS_IN_A_LETTER = re.compile(
    r"(?!(?:both|either|neither|all|only|option|choice|answer)\b)(?:[\w-]{2,}\s){1,3}[A-J]{1,2}", re.IGNORECASE
)
"""A choice such as `Hepatitis B`, and none that speaks of other choices, such as `Both A and B`."""


def read_letter(text: str, choices: Sequence[str]) -> Reading[str]:
    """The letter of the choice that an answer settles on.

    Returns:
        `A`, `B`, ..., by the first of `RULES` that finds something; or None, because of
        `empty`, `cut off`, `several letters` (also where letter and text contradict each other), `no such choice`,
        `refusal` or `no letter`.
    """
    answer = spoken(text)
    if answer is None:
        return Reading(None, "cut off")
    turn = first_turn(answer)
    reading = _letter(turn, choices)
    # what stands before the question that it repeats may be no answer: `Let me see.\nQuestion: ...\nAnswer: B`
    return _letter(answer, choices) if reading.why == "no letter" and len(turn) < len(answer) else reading


def _letter(text: str, choices: Sequence[str]) -> Reading[str]:
    plain = bare(text[-_LONGEST:])
    if not plain:
        return Reading(None, "empty")
    plain = patterns.NOT_OTHER.sub(r"\1", plain)
    plain = _unlisted(_by_letter(plain, choices), tuple(choices))
    if not plain:
        return Reading(None, "several letters")
    for name, rule in RULES:
        letters = set(rule(plain, tuple(choices)))
        if len(letters) > 1:
            return Reading(None, "several letters")
        if letters:
            valid = letters <= set(ascii_uppercase[: len(choices)])
            return Reading(letters.pop(), name) if valid else Reading(None, "no such choice")
    return Reading(None, reason(plain))


def bare(text: str) -> str:
    """The text without markup and emoji, full-width forms made plain: `**Ｂ．**` -> `B.`."""
    if not text.isascii():
        if len(patterns.TICK.findall(text)) > 1:  # a single one only decorates
            text = patterns.TICK.sub(lambda tick: " right " if tick[0] in "✓✔✅☑" else " wrong ", text)
        text = patterns.SIGNS.sub("", unicodedata.normalize("NFKC", text))
    text = re.sub(r"[ \t\r\f\v]+", " ", text)
    text = re.sub(r"\$(?:LETTER|ANSWER)\b", "placeholder", text)  # the prompt's own words, given back
    if "\\" in text or "<" in text:
        text = patterns.BOXED.sub(
            lambda box: f"\nAnswer: {next(filter(None, box.groups()), '')}\n", patterns.WRAPPED.sub(r"\1", text)
        )
    if "\n" in text:
        text = re.sub(r"^ ?(?:```|~~~)[^\n]*$", "", text, flags=re.MULTILINE)
    # looking for one of the characters first costs a tenth of trying the whole pattern on plain prose
    return (patterns.MARKS.sub("", text) if patterns.MARKED.search(text) else text).strip()


def _by_letter(text: str, choices: Sequence[str]) -> str:
    """A text that names choices such as `Hepatitis B` or `Type AB` by their letters, whatever letter they end with."""
    named = {
        choice: f"({letter})"
        for letter, choice in zip(ascii_uppercase, choices, strict=False)
        if _ENDS_IN_A_LETTER.fullmatch(choice)
    }
    if not named:
        return text
    longest_first = sorted(named, key=len, reverse=True)
    words = re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b", re.IGNORECASE)
    folded = {choice.casefold(): letter for choice, letter in named.items()}
    return words.sub(lambda choice: folded[choice[0].casefold()], text)


def _unlisted(text: str, choices: tuple[str, ...]) -> str:
    """A bare text without the lists of the choices: lines in a row, two or more of them in the choices' own words.

    Of other lists only the letter goes that they break off at: `A. Lyon`, `B. Paris`, `C` says nothing of C.
    """
    if "\n" not in text:
        return text
    own = dict(zip(ascii_uppercase, map(_same, choices), strict=False))
    run, lines = list[tuple[str, str, str]](), list[str]()
    for line in [*filter(str.strip, text.split("\n")), ""]:
        label = _LISTED.match(line)
        letter, words = (label["letter"], label["text"] or "") if label else ("", "")
        goes_on = bool(letter and run) and letter == chr(ord(run[-1][0]) + 1)
        listed = bool(letter and (words or goes_on))  # a letter alone is an answer, unless a list goes on with it
        if not listed or (
            len(run) > 1 and letter <= run[-1][0]
        ):  # behind a list may stand an answer in full, or another list
            if len({letter for letter, words, _ in run if _same(words) == own.get(letter)}) < 2:
                lines += [line for _, words, line in run if words or len(run) < 3]
            run = []
        if listed:
            run.append((letter, words, line))
        else:
            lines.append(line)
    return "\n".join(lines).strip()


def reason(text: str) -> str:
    """Name the reason why no rule applies to a bare text: `cut off`, `refusal`, `several letters` or `no letter`."""
    if any(
        lead.end() == len(text) and not (lead["strict"] or lead["so"] or lead["arrow"] or lead["order"])
        for lead in patterns.LEAD.finditer(text)
    ):
        return "cut off"
    if patterns.REFUSAL.search(text):
        return "refusal"
    return "several letters" if len(set(patterns.LABEL.findall(text))) > 1 else "no letter"


def _alone(text: str, choices: tuple[str, ...]) -> str:
    """Nothing but letters: `B`, `(b).`, `Option C`, `A, C`."""
    text = re.sub(r"^1[.)]\s", "", text)
    picks = patterns.PICKS.match(text) if len(text) < 40 else None
    if picks is None or not re.fullmatch(
        r"[\s.,;:!。\])}]*(?:[项項]|[选選][项項]|입니다|です|だ(?:と思います)?|を選(?:びます|択します|ぶ))?[\s.!。]*",
        text[picks.end() :],
    ):
        return ""
    return _letters(picks, choices)


def _in_full(text: str, choices: tuple[str, ...]) -> str:
    """Nothing but one choice in its own words, with or without its letter: `Paris`, `B. Paris`."""
    if "\n" in text:
        return ""
    picks = patterns.PICKS.match(text)
    letters = re.sub(r"[^A-Za-z]", "", picks["first"]).upper() if picks and not picks["more"] else ""
    exact = _choice(text, choices, whole=True)
    return letters if not exact and picks and _repeats(text[picks.end() :], letters, choices) else exact


def _stated(text: str, choices: tuple[str, ...]) -> str:
    """The last of the statements: `the answer is B`, `\\boxed{B}`, `故选B`, `wait, no: C`, or a last line `B`."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    hangs = [False, *(bool(patterns.HANGING.search(line[-20:])) for line in lines[:-1])]
    if len(lines) > 1 and not hangs[-1] and _alone(lines[-1], choices):
        return "".join(_alone(line, choices) for line in lines)
    for place in reversed(range(len(lines))):
        line = f"{lines[place - 1].rstrip(':')}: {lines[place]}" if hangs[place] else lines[place]
        # the last statement counts, so a long line is read from its end
        for start in (len(line) - 200, 0) if len(line) > 200 else (0,):
            for lead in reversed(list(patterns.LEAD.finditer(line, start))[-_MOST:]):
                if letters := _due(line, lead, choices):
                    after = "\n".join([line[lead.end() :], *lines[place + 1 :]])
                    return (
                        f"{letters}?" if patterns.TAKEN_BACK.search(after) else letters
                    )  # a second reading, so that none counts
    return ""


def _judged(text: str, choices: tuple[str, ...]) -> str:
    """The one choice that is called right where each is judged; all letters where it is not one."""
    verdicts = {verdict["letter"]: bool(verdict["right"]) for verdict in patterns.VERDICT.finditer(text)}
    if not verdicts.keys() >= set(ascii_uppercase[: len(choices)]):
        return ""
    right = [letter for letter, is_right in verdicts.items() if is_right]
    return right[0] if len(right) == 1 else "".join(verdicts)


def _called_right(text: str, choices: tuple[str, ...]) -> str:
    """The letters that are called right, and the one that the answer opens with."""
    claims = [
        match for match in patterns.RIGHT.finditer(text) if not patterns.HEARSAY.search(text[: match.start()][-80:])
    ]
    right = "".join("".join(re.findall("[A-Z]", match["picks"])) for match in claims)
    return right + _opening(text, choices)


def _quoted(text: str, choices: tuple[str, ...]) -> str:
    """One choice in full, as the answer, as its beginning or last line, or as what a single sentence ends with."""
    if patterns.NOT_SO.search(text) and _same(text) not in map(_same, choices):
        return ""
    first, _, rest = text.partition("\n")
    ending = "" if rest.strip() else re.split(r"\b(?:is|are|was|were)\b|[是为:=]", first)[-1]
    last = text.rpartition("\n")[2]
    return _choice(first, choices) or _choice(last, choices) or _choice(ending, choices, whole=True)


_MOST = 50
"""Of one line's lead-ins, only so many are followed up: a model that repeats itself without end is read to an end."""

RULES: tuple[tuple[str, Callable[[str, tuple[str, ...]], str]], ...] = (
    ("alone", _alone),  # where there is nothing else, nothing else can be meant; most answers end here
    ("in full", _in_full),  # a choice's own words may call letters right, or hold some
    ("stated", _stated),  # what is said to be the answer outdoes all that is said about choices
    ("judged", _judged),  # before single choices that are called right: one of several verdicts says little
    ("called right", _called_right),  # weaker: an explanation may call more than one right, and then none is taken
    ("quoted", _quoted),  # last, for a choice's text also turns up where it is discussed
)
"""In this order; each takes a bare text and the choices and returns the letters it finds: none, one, or several."""


def _opening(text: str, choices: tuple[str, ...]) -> str:
    """The letter in front: `B. Paris`, `B because ...`; not if it opens a list of the choices."""
    picks = patterns.PICKS.match(text)
    if picks is None:
        return ""
    letter, rest = _letters(picks, choices), text[picks.end() :]
    valid = ascii_uppercase[: len(choices)]
    own = _same(choices[valid.index(letter)]) if len(letter) == 1 and letter in valid else ""
    follows = bool(own) and _same(rest.lstrip(".):,- \n")).startswith(own)
    marked = re.match(r"\s?(?:[.):,;!。、\n—–(]|-\s|$)|\s(?:because|since|as)\b", rest) or picks["first"][-1] == ")"
    denied = re.match(
        r"[^.,;\n]*\b(?:is|are|was)\s(?:not|incorrect|wrong|false)\b|(?i:(?:wrong|incorrect|false|not)\b)|[错錯不]",
        rest.lstrip(".):—–- "),
    )
    about = not _repeats(rest, letter, choices) and (denied or patterns.SUBJECT.match(rest.lstrip(".)")))
    if not (follows or marked) or about:
        return ""
    labels = [label for label in re.findall("[A-Z]", "".join(patterns.LABEL.findall(rest))) if label in valid]
    if labels and [*letter, *labels] == sorted({*letter, *labels}):
        return ""
    return letter + _contradicted(rest, letter, choices)


def _due(line: str, lead: re.Match[str], choices: tuple[str, ...]) -> str:
    """The letters behind a lead-in; nothing if something else stands there."""
    strict = lead["strict"] or lead["so"] or lead["arrow"] or lead["order"]
    if patterns.NOT_MEANT.search(line[: lead.start()][-80:]) or patterns.AT_FIRST.search(line[: lead.end()][-120:]):
        return ""
    if lead["unreal"] and re.search(r"\b(?:if|had|were|unless)\b", line, re.IGNORECASE):
        return ""
    if not strict and (quoted := _choice(line[lead.end() :], choices)):
        return quoted + "".join(re.findall(r"[(\[]\s?([A-J])\s?[)\]]", line[lead.end() :]))
    picks = patterns.PICKS.match(line, lead.end())
    if picks is None:
        return ""
    rest = line[picks.end() :]
    if _repeats(rest, letters := _letters(picks, choices), choices):
        return letters
    if patterns.SUBJECT.match(rest) or (strict and (patterns.WORD.match(rest) or re.match(r"\s?[=<>+*/^]\s?\w", rest))):
        return ""
    if len(maybe := "".join(re.findall("[A-Z]", "".join(patterns.MAYBE.findall(line))))) > 1:
        return maybe
    if rival := _rival(line, lead, rest, letters):
        return letters + rival
    return letters + _contradicted(rest, letters, choices)


def _rival(line: str, lead: re.Match[str], rest: str, letters: str) -> str:
    """Another letter that stands beside a stated one: `B, maybe C`, `A; but ..., B`, `A or, equivalently, B`."""
    before = re.search(r"(?<![\w'’])\(?([A-J])\)?,?\s$", line[: lead.start()])
    if before and before[1] != letters and re.match(r"(?:maybe|perhaps|possibly)\b", lead[0], re.IGNORECASE):
        return before[1]
    if (last := patterns.BUT.search(rest)) and last["letter"] != letters:
        return last["letter"]
    other = patterns.OTHER.match(rest)
    return "".join(re.findall("[A-Z]", other["letter"])) if other else ""


def _repeats(rest: str, letter: str, choices: tuple[str, ...]) -> bool:
    """True if a letter is followed by its own choice in full: `B. is not liable` means B, whatever the choice says."""
    if len(letter) != 1 or letter not in ascii_uppercase[: len(choices)]:
        return False
    line, own = rest.partition("\n")[0], _same(choices[ascii_uppercase.index(letter)])
    folded = _same(line)
    if not own or folded == own:
        return bool(own)
    marked = re.match(r"\s?[.):,;—–-]", line)
    return bool(
        marked and folded.startswith(own) and re.match(r"[.;:!,)(]|\s[—–(-]|\s(?:because|since)\b", folded[len(own) :])
    )


def _letters(picks: re.Match[str], choices: tuple[str, ...]) -> str:
    """The letters of a match of `patterns.PICKS`, as capitals; none if what stands there is an article or a word."""
    first, rest = re.sub(r"[^A-Za-z]", "", picks["first"]), picks.string[picks.end() :]
    bracketed = picks["first"][-1] in ")]}\"'”"
    if len(first) > 1:  # AC and ABD are letters, BAD and DC are words
        letters = first if list(first) == sorted(set(first)) else ""
        return _choice(first, choices, whole=True) or letters
    if first.islower() and not (bracketed or picks["noun"] or re.match(r"[.):,]|\s*$|\s?\n", rest)):
        return ""
    if first in "AI" and not (bracketed or picks["more"]) and patterns.WORD.match(rest):
        return first if first == "A" and _same(rest).startswith(_same(choices[0])) else ""
    return first.upper() + "".join(re.findall("[A-Z]", picks["more"]))


def _contradicted(rest: str, letters: str, choices: tuple[str, ...]) -> str:
    """The other choice that stands behind a letter: `B. Paris`, where Paris is C; `A: B`."""
    folded = _same(rest.partition("\n")[0])
    if _repeats(rest, letters, choices):
        return ""
    if re.fullmatch("[a-z]", folded):
        return folded.upper()
    same = [ascii_uppercase[place] for place, choice in enumerate(choices) if _same(choice) == folded]
    return "" if not folded or set(letters) & set(same) else "".join(same)


def _choice(text: str, choices: tuple[str, ...], whole: bool = False) -> str:
    """The letters of the choice (of all equal ones) that a text is, or begins with; the longest, if of several."""
    folded = _same(text)
    # a single letter is read as a letter, whatever the choices say
    if not folded or re.fullmatch("[a-z]", folded):
        return ""
    shown = [(ascii_uppercase[place], _same(choice)) for place, choice in enumerate(choices)]
    exact = "".join(letter for letter, choice in shown if choice == folded)
    if exact or whole:
        return exact
    ends = re.compile(r"[.;:!)(]+(?!\d)|\s?[—–(]|,?\s(?:because|since|is the|are the)\b")
    begun = [
        (len(choice), letter)
        for letter, choice in shown
        if len(choice) > 1 and folded.startswith(choice) and ends.match(folded, len(choice))
    ]
    return "".join(letter for size, letter in begun if size == max(begun)[0])


@lru_cache(maxsize=4096)
def _same(text: str) -> str:
    """Strip a text of case, extra spacing and the punctuation around it."""
    return " ".join(bare(text).casefold().split()).strip(" .!?,;:\"'“”‘’()[]{}。")

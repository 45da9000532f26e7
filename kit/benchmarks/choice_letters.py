"""Letters: which choice the text of an answer settles on.

An answer is read as a reader reads it: what it states to be the answer counts before what it says about choices, and a
later statement corrects an earlier one. Where two readings are left, none is taken.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache
from string import ascii_uppercase

from kit.client import Reading, first_turn, spoken

__all__ = ["RULES", "bare", "read_letter", "reason"]

_LETTER = (
    r"[(\[{<\"'“‘«「『【]{0,3}\s?(?:[A-Z](?![\w+]|['’-]\w)|[A-Z](?=[^\x00-\u036f]))(?:\s?[)\]}>\"'”’»」』】]{1,3})?"
)
"""One capital that is no part of a word, in any brackets; a Chinese or Korean character may follow at once."""

_PICKS = re.compile(
    rf"""[\s"'(\[{{<“‘«「『【:=]{{0,8}}
    (?P<noun>(?i:option|choice|letter|alternative|answer|opción|opção|opzione|lettre|letra|选项|選項|选择|選擇|选|選|第)\s?)?
    (?P<first>{_LETTER}|[A-J]{{2,6}}(?![\w'’-])|[("'\[]{{0,3}}[a-z](?![\w'’+-])[)\]"'”]{{0,3}})
    (?P<more>(?:
        \s?(?:,\s?(?:and|or)\b|[,/&、;]|[和与或及])\s?{_LETTER}(?!\s?(?:is|was|are|does|has|would|seems)\b|\s[a-z])
      | \s(?:and|or|und|oder|et|ou|y|e|o)\s{_LETTER}
    ){{0,9}}+)""",
    re.VERBOSE,
)
"""A letter or several, where an answer is due."""

_LEAD = re.compile(
    r"""
    (?:\b(?:
       (?:answers?|choice|option|letter|response|solution|ans|
         antwort|lösung|réponse|respuesta|resposta|risposta|antwoord|svaret?|vastaus|odpowiedź|odpověď|cevap|yanıt|
         jawaban|đáp\sán|ответ|відповідь|الإجابة|الجواب|उत्तर|คำตอบ)\b
       (?:["'”’]?\s["'(]?(?!not\b|cannot\b|can['’]?t\b|isn['’]?t\b|never\b|nicht\b|no\b|não\b|non\b|pas\b|не\b|
          choices\b|options\b)\w[\w'’-]{0,20}[")]?){0,6}?
       ["'”’)]{0,3}\s?
       (?:[:=→⇒—–]|-{1,2}>?|\b(?:is|are|was|(?P<unreal>would\s(?:have\sbeen|be))|(?:should|must|will|has\sto)\sbe|
         ist|lautet|wäre|sind|est|es|é|è|är|er|(?<=vastaus\s)on|to\sbe|jest|je|là|adalah|هي|هو|है|คือ)\b)
     | (?:I|we|let)(?:['’](?:d|ll|m|ve|s)|\s(?:would|will|am|must|should|can))?
       (?:\s(?:have\sto|going\sto|\w{1,12}ly))?\s
       (?:choose|chose|choosing|pick|picking|select|selecting|go(?:ing)?\s(?:with|for)|opt\sfor|vote\sfor|
         lean(?:ing)?\stowards?|
         say|think|believe|guess|answer|conclude|settle\son)(?:\sthat)?
     | (?P<strict>
         (?:therefore|thus|hence|so|consequently|finally|in\s(?:conclusion|summary)|
           also|donc|daher|luego|por\slo\stanto|portanto)\b,?
       | (?:it|that)(?:['’]s|\s(?:is|was|must\sbe|should\sbe|has\sto\sbe|would\sbe))\b
       | (?:wait|actually|correction|scratch\sthat|hold\son|no|hmm|make\sthat|i\smean)\b[\s,:;.!–—-]{0,6}
       | (?:definitely|probably|most\slikely|maybe|perhaps|(?:certainly|sure|ok(?:ay)?|of\scourse)[,.!:])(?=\W)
       | (?:that|this|which)\sleaves(?:\sus)?(?:\swith)?(?:\sonly|\sjust)?\b|by\s(?:process\sof\s)?elimination\b,?
       | (?:which|that)\s(?:is|corresponds\sto|matches)\s(?:the\s)?(?:option|choice|letter)?
       | corresponds\sto\b
       | not\s(?:option\s)?\(?[A-Z]\)?\s?,?\sbut\b))
     | \bmy\s(?:guess|pick|bet|vote)\s(?:is|would\sbe)\b
     | (?P<arrow>(?:^|(?<=[\d.;:!]\s))(?:=+>|-+>|[→⇒∴]))
     | \b(?:conclusion|final|verdict|svar|ans(?=\.\s))[:.]
     | (?P<order>(?:^|(?<=[.!:;,]\s))(?:choose|pick|select|go(?:ing)?\s(?:with|for)))(?=\s)
     | (?=[答正解回정답选選因所综綜故我认認觉覺而应應显顯])(?:
         (?:正[确確]的?[选選][项項]|(?:正[确確]的?)?答案|正解|答え|解答|回答|정답|답|答(?=:))
         (?:[应應][该該]|[应應][当當]|[应應]|就|便|[则則]|[显顯]然|只能|[选選][项項]|\s){0,3}
         (?:不(?:是|[选選])\s?[(\[]?[A-Z][)\]]?\s?,?\s?而)?(?:[是为為选選:=はが은는이】]{1,3}[择擇]?|(?=\s?[(\[]?[A-Z](?![A-Z])))
       | (?<!不)(?:我\s?)?(?:[认認][为為]|[觉覺]得)(?:正[确確])?(?:答案)?(?:[应應][该該当當]?)?[是为為选選:]{1,2}
       | 而是
       | (?<![不没沒])(?<!不[应應])(?<!不能)(?<!不[该該])[选選](?:择|擇)?(?!项|項)[为為:]?
       | (?P<so>[显顯]然[是为為选選]|(?<!不)[应應](?:[该該当當])?[是为為]
          |(?:因此|所以|[综綜]上(?:所述)?|故)[,:]?(?:是|[为為]|[应應][为為])?)))
    (?:\s?(?:[:=→⇒—–]|->|not\s(?:option\s)?\(?[A-Z]\)?\s?,?\sbut|rather|instead|therefore|thus|clearly|definitely|
       most\slikely|likely|probably|indeed|actually|simply|either|both|indicated\sby|given\sby|represented\sby|
       labell?ed|the\s(?:letter|option|choice)|it(?:['’]s|\s(?:is|must\sbe|should\sbe))|
       also|folglich|la|le|el|die|der|opción|opcion|opção|opzione|lettre|letra|вариант|буква|应为|應為|为|為|是)
       (?![^\W\d_]))*
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""Words behind which an answer is due; behind the strict ones only where nothing but a reason follows it."""

_HANGING = re.compile(
    r"(?:\b(?:answer|choice|option|is|antwort|réponse|respuesta|resposta|risposta|ответ)|答案|正解|答え|정답|[选選]|是|[为為])\s?:?$",
    re.IGNORECASE,
)
"""A line whose answer stands on the next one, such as a heading."""

_SUBJECT = re.compile(
    r"[)\]\"'”’]{0,3}\s?(?:(?:is|was|are|were|isn['’]t|aren['’]t|does|doesn['’]t|has|can|can['’]t|cannot|could|would|"
    r"says?|states?|seems?|looks|refers|describes|means)\b(?!\s(?:both\s|all\s|clearly\s)?(?:correct|right|best|"
    r"the\s(?:\w+\s)?(?:answer|choice|option)))|(?:[选選]?[项項])?(?:是|的|中|[说說]|描述|[错錯]|不|[虽雖]|和|[与與])(?!正[确確]|[对對]的|答案)|[)\]]?\?)"
)
"""Behind a letter: what is said is said about it, or asked."""

_OTHER = re.compile(rf",?\s(?:or|and),?\s(?:\w{{1,12}}ly|perhaps|maybe|even|also),?\s(?P<letter>{_LETTER})")
"""Behind a letter: another one, behind a word of its own, as in `A or, equivalently, B`."""

_WORD = re.compile(
    r"\s(?!(?:because|since|as|for|due|and|or|but|which|with|from|based|given|is|are|rather|instead|not)\b)[\w\"“]"
)
"""Behind a letter: the text goes on, so that `A` may be the article and `I` the writer."""

_RIGHT = re.compile(
    rf"(?<![A-Za-z0-9_'’])(?P<picks>{_LETTER}(?:\s?(?:,|,?\sand\s|[、和与])\s?{_LETTER}){{0,9}}+)\s?(?:[选選][项項]|[项項])?\s?"
    r"(?:(?:is|are|seems?|looks|appears|(?:must|would|should|has\sto)\sbe|ist|est|es|é)\s(?:to\sbe\s)?(?:\w{1,12}ly\s|both\s|all\s|thus\s|also\s|"
    r"therefore\s|the\s|la\s|die\s|most\s){0,3}(?:correct|right|best(?!\s(?!answer|choice|option)\w)|"
    r"(?:(?!wrong|incorrect|false|worst|weakest|bad|poor|unlikely)\w{1,12}\s)?(?:answer|choice)\b|richtige?|"
    r"korrekt|bonne|correcta|correta)(?!\s(?:only|if|when|in\spart|that|but))|"
    r"(?:是|[为為]|才是|均|都|的?[说說]法|表述){0,3}(?:正[确確]|[对對](?:的|(?=[,。;、!\s]|$))|符合[题題]意|最佳答案))"
)
"""Letters that are called right, where they stand in a sentence."""

_HEARSAY = re.compile(
    r"\b(?:except|excluding|besides|(?:might|may|could|would|some|many|people|students|one)\s(?:\w{1,9}\s)?"
    r"(?:think|say|believe|argue|assume|suppose|claim|pick|choose)(?:\sthat)?)\s(?:for\s)?(?:option\s|choice\s)?$",
    re.IGNORECASE,
)
"""In front of a letter that is called right by others, or all others are."""

_MAYBE = re.compile(rf"\b(?:maybe|perhaps|possibly)\s(?:option\s)?({_LETTER})", re.IGNORECASE)

_LABEL = re.compile(rf"(?<![\w.'’])({_LETTER})(?:[.)](?=\s|$)|:\s|(?<=\))\s)")
_NOT_SO = re.compile(
    r"\b(?:not|no|never|neither|nor|except|wrong|incorrect|cannot|instead|unlike)\b|n['’]t\b|[不非没沒错錯]"
)
_REFUSAL = re.compile(
    r"\bI\s(?:can(?:not|['’]t)|am\s(?:unable|not\sable|not\ssure)|won['’]t|do(?:n['’]t|\snot)\s(?:know|have)|decline|"
    r"refuse)|\bI['’]m\s(?:unable|not\s(?:able|sure))|\bas\san?\s(?:AI|language\smodel)|\bsorry\b|\bcannot\sbe\s"
    r"(?:determined|answered)|\b(?:unable|impossible|not\spossible)\sto\b|[无無]法|抱歉|[对對]不起|不能回答|我不(?:知道|[确確]定|能)|"
    r"\bich\s(?:kann|weiß)\b.*\bnicht\b|\bje\sne\s(?:peux|sais)\b|\bno\s(?:puedo|sé)\b|lo\ssiento|désolé|desculpe|"
    r"não\s(?:posso|sei)|申し訳|わかりません|죄송",
    re.IGNORECASE,
)

_WRAPPED = re.compile(r"\\(?:text|textbf|textrm|mathrm|mathbf|mathsf)\s?\{([^{}]*)\}")
_BOXED = re.compile(
    r"\\f?box(?:ed)?\s?\{([^{}]*)\}|"
    r"<(?:(?:final[_ -]?)?(?:answer|ans|choice|option)|final)>([^<]*)(?:</[\w -]{1,20}>)?|"
    r"<\|begin_of_box\|>([^<]*)(?:<\|end_of_box\|>)?",
    re.I,
)
_MARKS = re.compile(
    r"[*`$]+|__|~~|\\[()\[\],]|^ ?(?:#+|>+|[-+•](?=\s)) ?|(?-i:</?(?:b|i|strong|em|p|br|u|s)\s?/?>)|<\|[^|>]*\|>",
    re.IGNORECASE | re.MULTILINE,
)
_MARKED = re.compile(r"[*`$_~\\#>+•<]|^ ?-", re.MULTILINE)
_SIGNS = re.compile("[\u2600-\u27bf\U0001f000-\U0001faff\ufe0f\u200b]")


_LISTED = re.compile(r"\s*[(\[]?(?P<letter>[A-J])(?:(?:\s*[.):、,]+\s*|\s+)(?P<text>.*)|\s*$)")
"""A line of a list of choices: its letter, and what stands behind it."""

_LONGEST = 20_000
"""Characters: of a longer answer, only the end is searched for a letter."""


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
    plain = _unlisted(plain, tuple(choices))
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
        text = _SIGNS.sub("", unicodedata.normalize("NFKC", text))
    text = re.sub(r"[ \t\r\f\v]+", " ", text)
    text = re.sub(r"\$(?:LETTER|ANSWER)\b", "placeholder", text)  # the prompt's own words, given back
    if "\\" in text or "<" in text:
        text = _BOXED.sub(lambda box: f"\nAnswer: {next(filter(None, box.groups()), '')}\n", _WRAPPED.sub(r"\1", text))
    if "\n" in text:
        text = re.sub(r"^ ?(?:```|~~~)[^\n]*$", "", text, flags=re.MULTILINE)
    # looking for one of the characters first costs a tenth of trying the whole pattern on plain prose
    return (_MARKS.sub("", text) if _MARKED.search(text) else text).strip()


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
        if letter and (words or goes_on):  # a letter alone is an answer, unless a list goes on with it
            run.append((letter, words, line))
            continue
        if len({letter for letter, words, _ in run if _same(words) == own.get(letter)}) < 2:
            lines += [line for _, words, line in run if words or len(run) < 3]
        run = []
        lines.append(line)
    return "\n".join(lines).strip()


def reason(text: str) -> str:
    """Name the reason why no rule applies to a bare text: `cut off`, `refusal`, `several letters` or `no letter`."""
    if any(
        lead.end() == len(text) and not (lead["strict"] or lead["so"] or lead["arrow"] or lead["order"])
        for lead in _LEAD.finditer(text)
    ):
        return "cut off"
    if _REFUSAL.search(text):
        return "refusal"
    return "several letters" if len(set(_LABEL.findall(text))) > 1 else "no letter"


def _alone(text: str, choices: tuple[str, ...]) -> str:
    """Nothing but letters: `B`, `(b).`, `Option C`, `A, C`."""
    picks = _PICKS.match(text) if len(text) < 40 else None
    if picks is None or not re.fullmatch(
        r"[\s.,;:!。\])}]*(?:[项項]|[选選][项項]|입니다|です|だ)?[\s.!。]*", text[picks.end() :]
    ):
        return ""
    return _letters(picks, choices)


def _in_full(text: str, choices: tuple[str, ...]) -> str:
    """Nothing but one choice in its own words, with or without its letter: `Paris`, `B. Paris`."""
    if "\n" in text:
        return ""
    picks = _PICKS.match(text)
    letters = re.sub(r"[^A-Za-z]", "", picks["first"]).upper() if picks and not picks["more"] else ""
    exact = _choice(text, choices, whole=True)
    return letters if not exact and picks and _repeats(text[picks.end() :], letters, choices) else exact


def _stated(text: str, choices: tuple[str, ...]) -> str:
    """The last of the statements: `the answer is B`, `\\boxed{B}`, `故选B`, `wait, no: C`, or a last line `B`."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    hangs = [False, *(bool(_HANGING.search(line[-20:])) for line in lines[:-1])]
    if len(lines) > 1 and not hangs[-1] and _alone(lines[-1], choices):
        return "".join(_alone(line, choices) for line in lines)
    for place in reversed(range(len(lines))):
        line = f"{lines[place - 1].rstrip(':')}: {lines[place]}" if hangs[place] else lines[place]
        # the last statement counts, so a long line is read from its end
        for start in (len(line) - 200, 0) if len(line) > 200 else (0,):
            for lead in reversed(list(_LEAD.finditer(line, start))[-_MOST:]):
                if letters := _due(line, lead, choices):
                    return letters
    return ""


def _called_right(text: str, choices: tuple[str, ...]) -> str:
    """The letters that are called right, and the one that the answer opens with."""
    claims = [match for match in _RIGHT.finditer(text) if not _HEARSAY.search(text[: match.start()][-80:])]
    right = "".join("".join(re.findall("[A-Z]", match["picks"])) for match in claims)
    return right + _opening(text, choices)


def _quoted(text: str, choices: tuple[str, ...]) -> str:
    """One choice in full, as the answer, as its beginning or last line, or as what a single sentence ends with."""
    if _NOT_SO.search(text) and _same(text) not in map(_same, choices):
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
    ("called right", _called_right),  # weaker: an explanation may call more than one right, and then none is taken
    ("quoted", _quoted),  # last, for a choice's text also turns up where it is discussed
)
"""In this order; each takes a bare text and the choices and returns the letters it finds: none, one, or several."""


def _opening(text: str, choices: tuple[str, ...]) -> str:
    """The letter in front: `B. Paris`, `B because ...`; not if it opens a list of the choices."""
    picks = _PICKS.match(text)
    if picks is None:
        return ""
    letter, rest = _letters(picks, choices), text[picks.end() :]
    valid = ascii_uppercase[: len(choices)]
    own = _same(choices[valid.index(letter)]) if len(letter) == 1 and letter in valid else ""
    follows = bool(own) and _same(rest.lstrip(".):,- \n")).startswith(own)
    marked = re.match(r"\s?(?:[.):,;!。、\n—–(]|-\s|$)|\s(?:because|since|as)\b", rest) or picks["first"][-1] == ")"
    denied = re.match(r"[^.,;\n]*\b(?:is|are|was)\s(?:not|incorrect|wrong|false)\b", rest.lstrip(".):- "))
    about = not _repeats(rest, letter, choices) and (denied or _SUBJECT.match(rest.lstrip(".)")))
    if not (follows or marked) or about:
        return ""
    labels = [label for label in re.findall("[A-Z]", "".join(_LABEL.findall(rest))) if label in valid]
    if labels and [*letter, *labels] == sorted({*letter, *labels}):
        return ""
    return letter + _contradicted(rest, letter, choices)


def _due(line: str, lead: re.Match[str], choices: tuple[str, ...]) -> str:
    """The letters behind a lead-in; nothing if something else stands there."""
    strict = lead["strict"] or lead["so"] or lead["arrow"] or lead["order"]
    if lead["unreal"] and re.search(r"\b(?:if|had|were|unless)\b", line, re.IGNORECASE):
        return ""
    if not strict and (quoted := _choice(line[lead.end() :], choices)):
        return quoted + "".join(re.findall(r"[(\[]\s?([A-J])\s?[)\]]", line[lead.end() :]))
    picks = _PICKS.match(line, lead.end())
    if picks is None:
        return ""
    rest = line[picks.end() :]
    if _repeats(rest, letters := _letters(picks, choices), choices):
        return letters
    if _SUBJECT.match(rest) or (strict and (_WORD.match(rest) or re.match(r"\s?[=<>+*/^]\s?\w", rest))):
        return ""
    if len(maybe := "".join(re.findall("[A-Z]", "".join(_MAYBE.findall(line))))) > 1:
        return maybe
    if other := _OTHER.match(rest):
        return letters + "".join(re.findall("[A-Z]", other["letter"]))
    return letters + _contradicted(rest, letters, choices)


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
    """The letters of a match of `_PICKS`, as capitals; none if what stands there is an article or a word."""
    first, rest = re.sub(r"[^A-Za-z]", "", picks["first"]), picks.string[picks.end() :]
    bracketed = picks["first"][-1] in ")]}\"'”"
    if len(first) > 1:  # AC and ABD are letters, BAD and DC are words
        letters = first if list(first) == sorted(set(first)) else ""
        return _choice(first, choices, whole=True) or letters
    if first.islower() and not (bracketed or picks["noun"] or re.match(r"[.):,]|\s*$|\s?\n", rest)):
        return ""
    if first in "AI" and not (bracketed or picks["more"]) and _WORD.match(rest):
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

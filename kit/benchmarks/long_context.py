"""Long context: facts laid at known depths into texts of known length, one fact or several at once, in two languages.

The texts are made by a seed of plain sentences of the kit's own. Beside the facts that are asked for, each holds others
of the same form about other places, so that a number found is not yet the right one. After Kamradt's needle in a
haystack (2023, https://github.com/gkamradt/LLMTest_NeedleInAHaystack) and the several keys of RULER (Hsieh et al. 2024,
arXiv 2404.06654).

Lengths are tokens as `kit.client.budget` estimates them. A tokenizer that is poor in Chinese can make twice as many.
"""

import random
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from kit import client
from kit.benchmarks import choice_letters
from kit.benchmarks.score import Score
from kit.errors import ItemError
from kit.files import read_yaml

__all__ = ["LEAST", "PARAMETERS", "Recall", "context_lengths", "long_context_items", "messages", "prose", "score"]

PARAMETERS = {"temperature": 0, "max_tokens": 128}

LEAST = 500
"""Tokens: the smallest window in which three lengths can be told apart."""

_ROOM = 300
"""Tokens of a window that are kept for the question and the answer."""

_DEPTHS = (0, 25, 50, 75, 100)
_SEVERAL, _OTHERS = 3, 2
"""Facts that are asked for at once; facts of the same form that are not asked for."""

_LONGEST = 20_000
"""Characters of an answer; more is no list of codes."""


@dataclass(frozen=True)
class Recall:
    """A long text, and facts in it that are asked for.

    Attributes:
        key: Place -> its code, in the order asked.
        language: `en` or `zh`.
        kind: How long the text is and where in it the fact lies: `8,000 tokens, at 25 %`, or `..., several`.
        level: 1 to 3, short to long.
    """

    id: str
    text: str
    key: Mapping[str, str]
    language: str
    kind: str
    level: int


def context_lengths(window: int) -> tuple[int, int, int]:
    """Return a quarter, a half and the whole of the room in a window, in tokens.

    Raises:
        ItemError: If the window is not given, or too small.
    """
    if window < LEAST:
        fault = f"{window} is below {LEAST}" if window else "is not given"
        raise ItemError(f"kit-long: window: {fault}; name the tokens of its longest request, such as 32000")
    whole = window - _ROOM
    return whole // 4, whole // 2, whole


def long_context_items(window: int) -> tuple[list[Recall], str]:
    """Make the 60 items of kit-long up to a window, half with one fact and half with several; and their version.

    Args:
        window: Tokens of the longest request and its answer, by estimate.

    Raises:
        ItemError: If the window is not given, or too small.
    """
    recalls = [
        _item(language, tokens, level, depth, draw)
        for language in _words()
        for level, tokens in enumerate(context_lengths(window), start=1)
        for draw, depth in enumerate([*_DEPTHS, *[None] * len(_DEPTHS)])
    ]
    return recalls, f"1, window {window:,} tokens"


def messages(item: Recall) -> list[dict[str, Any]]:
    """Show the text, and ask the question behind it."""
    words = _words()[item.language]
    question = words["question"].format(places=words["comma"].join(item.key)).strip()
    return [{"role": "user", "content": f"{words['opening']}\n\n{item.text}\n\n{question}"}]


def score(item: Recall, text: str) -> Score:
    """The share of the facts that the answer has; valid if it gives one code for each place that was asked for.

    A code belongs to the place named last before it; where one place is asked for, it need not be named.
    """
    spoken = client.spoken(text)
    if spoken is None or len(spoken) > _LONGEST:
        return Score("unparsed", 0.0, "cut off" if spoken is None else f"{len(spoken):,} characters", valid=False)
    codes = _codes(spoken, _words()[item.language]["places"], next(iter(item.key)) if len(item.key) == 1 else "")
    answered = {place: next(iter(codes[place])) for place in item.key if len(codes.get(place, ())) == 1}
    if not answered:
        return Score("unparsed", 0.0, _why(spoken, any(codes.get(place) for place in item.key)), valid=False)
    right = sum(answered.get(place) == code for place, code in item.key.items())
    outcome = "right" if right == len(item.key) else "partly" if right else "wrong"
    read = ", ".join(f"{place}: {code}" for place, code in answered.items())
    return Score(outcome, right / len(item.key), read, len(answered) == len(item.key))


def prose(tokens: int, seed: str, language: str = "en") -> list[str]:
    """Plain sentences that come to so many tokens by estimate, made by a seed; at least one."""
    words, rng, sentences, size = _words()[language], random.Random(seed), list[str](), 0  # noqa: S311
    while size < tokens * (4 if language == "en" else 1):
        parts = {part: rng.choice(words[part]) for part in ("who", "did", "what", "where", "when")}
        sentences.append(words["sentence"].format(**parts))
        size += len(sentences[-1]) + len(words["between"])
    return sentences


def _item(language: str, tokens: int, level: int, depth: int | None, draw: int) -> Recall:
    """One text; without a depth, one with several facts at drawn depths."""
    words, id = _words()[language], f"{language}/{tokens}/{f'several-{draw}' if depth is None else depth}"
    rng = random.Random(f"{id}/facts")  # noqa: S311
    depths = sorted(rng.sample(_DEPTHS, _SEVERAL)) if depth is None else [depth]
    many = len(depths) + _OTHERS
    places, codes = rng.sample(words["places"], many), map(str, rng.sample(range(1000, 10_000), many))
    facts = dict(zip(places, codes, strict=True))
    depths += [rng.randint(1, 99) for _ in range(_OTHERS)]
    statements = [words["fact"].format(place=place, code=code) for place, code in facts.items()]
    # the last first, so that none moves another; of two at one end, the one that is asked for is the outermost
    sentences = prose(tokens - sum(map(len, statements)) // (4 if language == "en" else 1), id, language)
    length = len(sentences)
    for at, fact in sorted(zip(depths, statements, strict=True), key=lambda pair: -pair[0]):
        sentences.insert(at * length // 100, fact)
    where = "several" if depth is None else f"at {depth} %"
    key = {place: facts[place] for place in places[:-_OTHERS]}
    return Recall(id, words["between"].join(sentences), key, language, f"{tokens:,} tokens, {where}", level)


def _codes(text: str, places: Sequence[str], alone: str) -> dict[str, set[str]]:
    """Place -> the codes given for it; `alone` owns those before any place is named."""
    folded = re.sub(r"(?<=\d),(?=\d{3}\b)", "", unicodedata.normalize("NFKC", text)).casefold()
    names = {place.casefold(): place for place in places}
    codes: dict[str, set[str]] = {}
    place = alone
    named_or_code = rf"(?<![a-z])({'|'.join(map(re.escape, names))})(?![a-z])|(?<!\d)(\d{{4}})(?!\d)"
    for named, code in re.findall(named_or_code, folded):
        place = names.get(named, place)
        if code and place:
            codes.setdefault(place, set()).add(code)
    return codes


def _why(spoken: str, doubt: bool) -> str:
    if doubt or not spoken.strip():
        return "several codes" if doubt else "empty"
    return "refusal" if choice_letters.reason(choice_letters.bare(spoken)) == "refusal" else "no code"


@cache
def _words() -> Mapping[str, Mapping[str, Any]]:
    return read_yaml(Path(__file__).parents[1] / "data" / "haystack.yaml")

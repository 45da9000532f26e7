"""Tokens by model: the same text counts differently, so a price per token is not yet a price.

Measured from the usage of the same requests, put to each contender; by the kind of text, since a tokenizer that is
thrifty with English can be wasteful with Chinese, code or JSON.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Any

import pandas as pd

from kit.client import Request, content_text
from kit.evidence import Row, contender_row
from kit.stats import Estimate

__all__ = ["KINDS", "estimated_ratios", "text_kind", "token_ratios", "token_rows", "token_words"]

KINDS = ("English", "Chinese", "code", "JSON", "other")
"""Kinds of text; `English` is what is written in ASCII letters, `other` any other language or script."""

_CODE = re.compile(
    r"```|^\s*(def |class |import |from \w+ import|function |const |public |#include|SELECT .+ FROM )", re.MULTILINE
)
_HAN = re.compile(r"[\u3400-\u9fff]")
_LEAST = 5
"""Requests of a kind below which it has no interval."""


def text_kind(text: str) -> str:
    """Tell the kind of a text: JSON if it is or holds mostly JSON, then code, Chinese, English, other."""
    stripped = text.strip()
    start = min((place for place in (stripped.find("{"), stripped.find("[")) if place >= 0), default=-1)
    if start >= 0:
        with suppress(ValueError, RecursionError):
            _, end = json.JSONDecoder().raw_decode(stripped[start:])
            if end > len(stripped) / 2:
                return "JSON"
    if _CODE.search(text):
        return "code"
    letters = [character for character in text if character.isalpha()]
    if len(_HAN.findall(text)) > 0.3 * len(letters):
        return "Chinese"
    return "English" if sum(map(str.isascii, letters)) >= 0.9 * len(letters) else "other"


def token_ratios(requests: Iterable[Request], answered: pd.DataFrame, incumbent: str) -> pd.DataFrame:
    """Tokens of each contender as a multiple of the incumbent's, for the same requests.

    Args:
        requests: As they were asked.
        answered: Their answers, columns as in `client.ANSWER_COLUMNS`.
        incumbent: Its id.

    Returns:
        A row a contender and kind of text, and one of kind `all`: contender, kind, requests, prompt (ratio), low, high
        (its 95 % interval; missing below 5 requests), output (ratio, thinking included), thinking (share of the
        contender's output). Requests whose usage one side does not tell are left out.
    """
    kinds = {request.id: text_kind(_text(request)) for request in requests}
    used = answered.dropna(subset=["prompt_tokens", "output_tokens"])
    used = used[used["request"].isin(list(kinds))].assign(kind=used["request"].map(kinds))
    ours = used[used["contender"] == incumbent].drop_duplicates(["request", "sample"])
    rows = []
    for contender in dict.fromkeys(used["contender"]):
        if contender == incumbent:
            continue
        theirs = used[used["contender"] == contender].drop_duplicates(["request", "sample"])
        both = theirs.merge(ours, on=["request", "sample"], suffixes=("", "_before"))
        for kind in ("all", *KINDS):
            pairs = both if kind == "all" else both[both["kind"] == kind]
            if len(pairs):
                rows.append(_ratio(str(contender), kind, pairs))
    return pd.DataFrame(
        rows, columns=["contender", "kind", "requests", "prompt", "low", "high", "output", "thinking"]
    ).astype({"low": "Float64", "high": "Float64", "output": "Float64", "thinking": "Float64"})


def token_words(ratios: pd.DataFrame, price_ratios: Mapping[str, float] | None = None) -> str:
    """Say in a sentence a contender how many tokens it takes, and what that makes of its price.

    Args:
        price_ratios: Contender -> its price per token as a multiple of the incumbent's.
    """
    sentences = []
    for row in ratios[ratios["kind"] == "all"].itertuples():
        parts = ratios[(ratios["contender"] == row.contender) & (ratios["kind"] != "all")]
        by = ", ".join(f"{part.kind} {part.prompt:.2f}" for part in parts.itertuples())
        text = f"{row.contender} counts {row.prompt:.2f} times the incumbent's tokens for the same requests ({by})"
        if price := (price_ratios or {}).get(row.contender):
            real = price * row.prompt
            text += f", so its price per token of {price:.2f} times is {real:.2f} times for the same text"
            if price < 1 <= real:
                text += ": a token is cheaper there, and the work is not"
        sentences.append(text + ".")
    return " ".join(sentences)


def token_rows(ratios: pd.DataFrame, incumbent: str, ref: str, day: date | str) -> list[Row]:
    """The ratios as evidence: `tokens.prompt_ratio` and `tokens.output_ratio`, by kind of text."""
    rows = []
    for row in ratios.itertuples():
        low, high = (float("nan") if pd.isna(end) else float(end) for end in (row.low, row.high))
        scope = "" if row.kind == "all" else str(row.kind)
        for metric, value in (("prompt", Estimate(row.prompt, low, high)), ("output", row.output)):
            if not isinstance(value, Estimate) and pd.isna(value):
                continue
            figure = value if isinstance(value, Estimate) else float(value)
            rows.append(contender_row(
                str(row.contender), f"tokens.{metric}_ratio", figure, "x", day, ref, int(row.requests), scope=scope,
                against=incumbent,
            ))  # fmt: skip
    return rows


def estimated_ratios(
    texts: Sequence[str], count: Callable[[str], int], before: Callable[[str], int]
) -> dict[str, float]:
    """Estimate the ratio by kind of text without asking, where tokenizers of both models are at hand.

    Args:
        count, before: Tokens of a text by the candidate's and by the incumbent's tokenizer.
    """
    ratios = {}
    for kind in KINDS:
        of_kind = [text for text in texts if text_kind(text) == kind]
        if of_kind and (incumbent_tokens := sum(map(before, of_kind))):
            ratios[kind] = sum(map(count, of_kind)) / incumbent_tokens
    return ratios


def _ratio(contender: str, kind: str, pairs: pd.DataFrame) -> tuple[Any, ...]:
    new, old = (pairs[f"prompt_tokens{suffix}"].astype(float) for suffix in ("", "_before"))
    ratio = new.sum() / old.sum()
    low = high = None
    if len(pairs) >= _LEAST:
        # a ratio of sums: the spread of what is left of each request (Cochran 1977, 6.3)
        rest = new - ratio * old
        half = 1.96 * float(rest.std(ddof=1)) / (old.mean() * len(pairs) ** 0.5)
        low, high = max(0.0, ratio - half), ratio + half
    output, before = pairs["output_tokens"].astype(float).sum(), pairs["output_tokens_before"].astype(float).sum()
    thoughts = pairs["reasoning_tokens"].astype("Float64").fillna(0).sum()
    return (
        contender, kind, len(pairs), ratio, low, high, output / before if before else None,
        thoughts / output if output else None,
    )  # fmt: skip


def _text(request: Request) -> str:
    return "\n".join(content_text(message.get("content")) for message in request.messages)

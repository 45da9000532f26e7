"""Stability: the same question put several times, and how often the answers are the same."""

from collections import Counter

import pandas as pd

from kit import stats
from kit.client import Request, with_samples

__all__ = ["repeat_agreement", "repeated_requests"]

_QUESTIONS = {
    "name": "Name one river in Europe. Answer with its name alone.",
    "ticket": "Is this ticket about billing, shipping or an account? Answer with one word: My parcel has not come.",
    "json": 'Answer with JSON alone, {"city": ..., "day": ...}: the meeting is in Riga on Friday.',
    "sentence": "Say in one sentence what a lighthouse is for.",
}


def repeated_requests(samples: int, temperature: float, tokens: int = 16) -> list[Request]:
    """Four short questions, each several times.

    Args:
        temperature: 0 tries whether an endpoint can repeat itself at all.
        tokens: At which each answer is cut off.
    """
    parameters = {"temperature": temperature, "max_tokens": tokens}
    requests = [
        Request(f"stability/{name}", [{"role": "user", "content": text}], parameters)
        for name, text in _QUESTIONS.items()
    ]
    return with_samples(requests, samples)


def repeat_agreement(answers: pd.DataFrame) -> pd.DataFrame:
    """Measure how often a contender's answers to one question agree.

    Args:
        answers: As from `kit.ask`; questions with fewer than two answers have no part in it.

    Returns:
        `contender`, `questions`, `answers`, `same` (percent: the chance that two answers to one question are the same
        text, blanks apart; the mean over questions), `low`, `high` (Wilson, as if each question said yes or no once, so
        rather too wide), `texts` (different ones a question, on average) and `length` (percent: how far output tokens
        spread around their mean, the standard deviation over the mean, averaged over questions; missing if nobody
        counted them).
    """
    rows = []
    for contender, rows_of_contender in answers[answers["error_kind"] == ""].groupby("contender", sort=False):
        groups = [group for _, group in rows_of_contender.groupby("request", sort=False) if len(group) > 1]
        if groups:
            same = sum(map(_same, groups)) / len(groups)
            low, high = stats.wilson(same, len(groups))
            texts = sum(_texts(group).nunique() for group in groups) / len(groups)
            lengths = pd.Series([_wide(group["output_tokens"].dropna().astype(float)) for group in groups])
            counts = (len(groups), sum(map(len, groups)))
            rows.append((contender, *counts, 100 * same, 100 * low, 100 * high, texts, 100 * lengths.mean()))
    columns = ["contender", "questions", "answers", "same", "low", "high", "texts", "length"]
    return pd.DataFrame(rows, columns=columns)


def _texts(group: pd.DataFrame) -> pd.Series:
    return group["text"].fillna("").str.split().str.join(" ")


def _same(group: pd.DataFrame) -> float:
    """The share of pairs that are the same text."""
    n = len(group)
    return sum(many * (many - 1) for many in Counter(_texts(group)).values()) / (n * (n - 1))


def _wide(tokens: pd.Series) -> float:
    return float(tokens.std() / tokens.mean()) if len(tokens) > 1 and tokens.mean() else float("nan")

"""Vision: small pictures to count, read and compare; and whether a contender takes pictures at all.

A contender that refuses pictures is told by the words of its refusal (`kit.client.protocol`, kind `images`). That is
an answer to the question whether it takes them, and none to what is in them: it is `no`, and not wrong.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import pandas as pd

from kit import stats
from kit.benchmarks import pictures, reasoning, short_answers
from kit.benchmarks.score import Score
from kit.evidence import Row, contender_row

__all__ = ["PARAMETERS", "Picture", "messages", "score", "sight_table", "vision_evidence", "vision_items"]

PARAMETERS = {"temperature": 0, "max_tokens": 256}

_EACH = 10
"""Pictures of each of the three kinds."""

_TOLD = "End with a line that holds nothing but `Answer:` and the answer."
_COLUMNS = {"items": "Int64", "refused": "Int64", "score": "Float64", "low": "Float64", "high": "Float64"}


@dataclass(frozen=True)
class Picture:
    """A picture, and a question about it.

    Attributes:
        png: The picture as a data URI.
        answer: A number, a text or a letter, by `kind`: `count`, `read` or `compare`.
    """

    id: str
    png: str
    question: str
    answer: str
    kind: str
    level: int


@cache
def vision_items() -> tuple[Sequence[Picture], str]:
    """Draw the items of kit-vision, and give their version: ten pictures to count in, ten to read, ten to compare."""
    drawings = [make(n, 1 + 3 * n // _EACH) for make in (_count, _read, _compare) for n in range(_EACH)]
    return drawings, "1"


def messages(item: Picture) -> list[dict[str, Any]]:
    """Ask the question, with the picture behind it."""
    question = {"type": "text", "text": f"{item.question} {_TOLD}"}
    return [{"role": "user", "content": [question, {"type": "image_url", "image_url": {"url": item.png}}]}]


def score(item: Picture, text: str) -> Score:
    """Right or wrong by the final answer, read as in `reasoning`; of a text, neither case nor blanks count."""
    ending = reasoning.final(text)
    if ending.value is None:
        return Score("unparsed", 0.0, ending.why, valid=False)
    read = short_answers.FORMS[{"count": "number", "compare": "letter", "read": "text"}[item.kind]](ending.value, ())
    if read.value is None:
        return Score("unparsed", 0.0, read.why, valid=False)
    answer = re.sub(r"\W", "", read.value).upper() if item.kind == "read" else read.value
    return Score("right" if answer == item.answer else "wrong", float(answer == item.answer), ending.value)


def sight_table(scores: pd.DataFrame) -> pd.DataFrame:
    """Tell which contenders take pictures, and which of them see what is in them.

    Args:
        scores: Of kit-vision, as from `answer_scores.score_answers`.

    Returns:
        `contender`, `items` (asked), `refused` (pictures not taken), `score`, `low`, `high` (percent, Wilson, of those
        answered), `blind` (percent that the best fixed answer to each kind would score), `sees`: `yes` if the interval
        lies above that, `no` if every picture was refused, else `unclear`: some fail, or nothing shows that what was
        taken was also looked at.
    """
    rows = []
    for contender, group in scores.groupby("contender", sort=False):
        values = group["value"].dropna().astype(float)
        keys = group.groupby("group")["expected"]
        blind = float(keys.agg(lambda key: key.value_counts().iloc[0]).sum()) / len(group)
        low, high = stats.wilson(values.mean(), len(values)) if len(values) else (None, None)
        refused = int((group["outcome"] == "not taken").sum())
        sees = "no" if refused == len(group) else "yes" if low is not None and low > blind else "unclear"
        rows.append({
            "contender": contender, "items": len(group), "refused": refused, "score": _percent(values.mean()),
            "low": _percent(low), "high": _percent(high), "blind": 100 * blind, "sees": sees,
        })  # fmt: skip
    return pd.DataFrame(rows, columns=["contender", *_COLUMNS, "blind", "sees"]).astype(_COLUMNS)


def vision_evidence(scores: pd.DataFrame, ref: str, day: date) -> list[Row]:
    """Return evidence `input.vision` of the contenders for which it is clear."""
    return [
        contender_row(str(row.contender), "input.vision", float(row.sees == "yes"), "yes/no", day, ref, row.items)
        for row in sight_table(scores).itertuples() if row.sees != "unclear"
    ]  # fmt: skip


def _count(n: int, level: int) -> Picture:
    """Shapes of one kind among others, one a field of a grid."""
    rng, picture = random.Random(f"count/{n}"), pictures.blank()  # noqa: S311
    kind, many = pictures.SHAPES[n % 3], 2 + (3 * n) % _EACH % 8
    others = [rng.choice([other for other in pictures.SHAPES if other != kind]) for _ in range(2 * level)]
    fields = rng.sample([(x, y) for x in range(5) for y in range(4)], many + len(others))
    for (x, y), shape in zip(fields, [kind] * many + others, strict=True):
        colour = rng.choice(list(pictures.COLOURS)[1:])
        size, aside = rng.randint(11, 16), rng.randint(-6, 6)
        pictures.shape(picture, shape, 28 + 50 * x + aside, 24 + 48 * y, size, colour)
    return Picture(
        f"count/{n}", pictures.data_uri(picture), f"How many {kind}s are in the picture?", str(many), "count", level
    )


def _read(n: int, level: int) -> Picture:
    """Letters and digits in a row, the more the harder."""
    rng, picture = random.Random(f"read/{n}"), pictures.blank()  # noqa: S311
    text, dot = "".join(rng.sample(pictures.letters(), 3 + level)), 7 - level
    x, y = rng.randint(8, pictures.WIDTH - 6 * dot * len(text) - 2), rng.randint(8, pictures.HEIGHT - 7 * dot - 8)
    pictures.write(picture, text, x, y, dot, rng.choice(list(pictures.COLOURS)[1:]))
    return Picture(
        f"read/{n}", pictures.data_uri(picture), "Which letters and digits does the picture show?", text, "read", level
    )


def _compare(n: int, level: int) -> Picture:
    """Two bars, the closer in height the harder."""
    rng, picture = random.Random(f"compare/{n}"), pictures.blank()  # noqa: S311
    taller, height = "AB"[n % 2], rng.randint(90, 130)
    shorter = height * {1: 50, 2: 75, 3: 90}[level] // 100
    for place, name in enumerate("AB"):
        x = 50 + 96 * place
        pictures.bar(picture, x, height if name == taller else shorter, 56, rng.choice(["blue", "orange"]), 40)
        pictures.write(picture, name, x + 20, pictures.HEIGHT - 32, 3, "black")
    return Picture(f"compare/{n}", pictures.data_uri(picture), "Which bar is taller, A or B?", taller, "compare", level)


def _percent(share: float | None) -> float | None:
    return None if share is None or pd.isna(share) else 100 * share

"""Looks: how often a study's measured evidence was looked at, and which margin was set before the first look.

Whoever looks again at fresh or longer evidence has another chance to be wrong, so the 2.5 % are spent over the looks:
2 % on the first, and 0.5 % / (k (k - 1)) on look k. This holds for any number of looks, at data that grew as at fresh
data (Bonferroni's inequality), and `kit check` each month is such a look. It was preferred to an interval that holds at
any time, which replays use (`stats.anytime`): a study looks a few times, and its first look is then 5 % wider than a
single one, not 20 %. `nox -s simulate` holds it.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path

import pandas as pd

from kit.errors import EvidenceError
from kit.files import write_text

__all__ = ["LOOKS", "Looks", "error_of_look", "looks_in_words", "read_looks", "save_looks"]

LOOKS = "looks.json"
"""The file beside the evidence that remembers the looks."""

_ALPHA, _FIRST = 0.025, 0.02
_SAMPLED = ("score.", "difference.", "times.", "failed.", "policy.", "endpoint.")
"""Metrics that rest on a sample; a new figure of one is a new look."""


@dataclass(frozen=True)
class Looks:
    """The looks at one study.

    Attributes:
        margin: Points that the team was ready to give up before the first look.
        since: ISO date of the first look; empty before it.
        digests: One for each look: of the measured evidence that was seen.
        number: The present look, from 1; 0 where no evidence of the study is measured on a sample.
    """

    margin: float
    since: str = ""
    digests: tuple[str, ...] = ()
    number: int = 0


def error_of_look(number: int) -> float:
    """Return the chance of a wrong move that a look may have; 2.5 % for 0, a study that is looked at once."""
    return _ALPHA if number < 1 else _FIRST if number == 1 else (_ALPHA - _FIRST) / (number * (number - 1))


def read_looks(folder: str | Path, facts: pd.DataFrame, margin: float, day: date) -> Looks:
    """Return the looks at a study, the present one included; evidence that was seen before is no new look.

    Args:
        folder: Of the evidence.
        facts: All evidence that the decision reads.
        margin: The study's now.
        day: The study's date.

    Raises:
        EvidenceError: If the file cannot be read.
    """
    path = Path(folder) / LOOKS
    try:
        saved = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        looks = Looks(float(saved.get("margin", margin)), str(saved.get("since", "")), tuple(saved.get("digests", ())))
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise EvidenceError(f"{path}: cannot be read ({error}); remove it, and the looks are counted anew") from None
    sampled = facts[(facts["source"] == "measured") & facts["metric"].str.startswith(_SAMPLED)]
    if sampled.empty:
        return looks
    figures = sorted(map(repr, sampled[["id", "value", "low", "high"]].itertuples(index=False, name=None)))
    digest = hashlib.sha256("\n".join(figures).encode()).hexdigest()[:16]
    digests = looks.digests if digest in looks.digests else (*looks.digests, digest)
    return replace(looks, since=looks.since or str(day), digests=digests, number=digests.index(digest) + 1)


def save_looks(folder: str | Path, looks: Looks) -> None:
    """Remember the looks beside the evidence; nothing is written before the first."""
    if looks.digests:
        fields = {name: value for name, value in asdict(looks).items() if name != "number"}
        write_text(Path(folder) / LOOKS, json.dumps(fields, indent=1) + "\n")


def looks_in_words(looks: Looks, margin: float) -> str:
    """Say which look this is, what that costs, and whether the margin was changed after the first."""
    if not looks.number:
        return f"The margin is {margin:g} points. No measured evidence was looked at yet."
    which = f"This is look {looks.number} at measured evidence of this study, the first was on {looks.since}."
    share = f"{100 * error_of_look(looks.number):.2g} % of the 2.5 % for a wrong move are spent on it."
    changed = f" The margin was {looks.margin:g} points at the first look, and was changed to {margin:g} after it."
    return f"{which} {share}" + (changed if margin != looks.margin else f" The margin is {margin:g} points since then.")

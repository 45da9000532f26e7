"""Letters for scores, so that a printed grade and a measured score can be set beside each other.

A letter says how much of *its* items a model got right; of harder items the same letter is worth more. The article
gives no scale for its own letters, and none could give them from its scores: it grades 87.0 as A+ and 88.7 as A.
"""

from collections.abc import Mapping

__all__ = ["SCALE", "letter", "span"]

SCALE: Mapping[str, float] = {
    "A+": 97, "A": 93, "A-": 90, "B+": 87, "B": 83, "B-": 80, "C+": 77, "C": 73, "C-": 70, "D+": 67, "D": 65, "F": 0,
}  # fmt: skip
"""Letter -> the percent from which on it is given, unrounded: the US college scale by percent, as the College Board
converts it to the grade points of `article.GRADES`."""


def letter(score: float) -> str:
    """The letter of a score in percent: 92.9 is an A-, 93 an A."""
    return next(name for name, least in SCALE.items() if score >= least or not least)


def span(low: float, high: float) -> str:
    """The letters that an interval leaves open: `A-` where there is one, else `B+ to A-`."""
    return " to ".join(dict.fromkeys((letter(low), letter(high))))

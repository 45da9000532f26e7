"""Needs: how many more labels a judge's exam and each endpoint's verdict take, by what the labels so far say."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from kit.replay import KAPPA
from kit.stats import items_needed, wilson
from kit.text import plural

__all__ = ["Tally", "exam_need", "verdict_need"]

_GOOD_JUDGE = 0.85
"""Agreement of a good judge with people on pairs like these; the need of an exam is told for it."""

_FEWEST, _MOST = 5, 2_000
"""Labels from which an endpoint's need is told; the largest need of an exam that is looked for."""


@dataclass
class Tally:
    """One candidate's replayed requests on one endpoint.

    Attributes:
        drawn: All that both answered.
        differing: Of these, the pairs to label.
        won, lost, same: Verdicts so far on the candidate's answers.
    """

    drawn: int = 0
    differing: int = 0
    won: int = 0
    lost: int = 0
    same: int = 0

    @property
    def labelled(self) -> int:
        """Verdicts so far."""
        return self.won + self.lost + self.same


def exam_need(people: Sequence[str]) -> str:
    """Return how many more labelled pairs of texts a judge's exam needs, in words.

    An exam is passed if kappa is above KAPPA at the low end of its interval. The need is that of a judge that agrees
    with people on 85 % of the pairs and gives each verdict as often as they do.
    """
    counts = Counter(people)
    n = len(people)
    if len(counts) < 2:
        return f"Judge's exam: {plural(n, 'pair')} labelled; it needs at least two different verdicts."
    chance = sum((count / n) ** 2 for count in counts.values())
    sizes = range(10, _MOST)
    enough = next((size for size in sizes if _kappa_low(size, chance) > KAPPA), None)
    if enough is None:
        return f"Judge's exam: {plural(n, 'pair')} labelled; nearly all verdicts are the same, which no exam can use."
    more = max(0, enough - n)
    left = (
        "enough for a judge that agrees on 85 %" if not more else f"about {more} more for a judge that agrees on 85 %"
    )
    return f"Judge's exam: {plural(n, 'pair')} labelled; {left}."


def verdict_need(tallies: Mapping[tuple[str, str], Tally], margin: float) -> list[str]:
    """Return how many more labels the verdict on each endpoint needs, a sentence each; the candidates are not named.

    Pairs that say the same need no label and count as equal (`stats.items_needed`).

    Args:
        tallies: (endpoint, candidate) -> its tally.
        margin: Points that may be lost.
    """
    several = Counter(endpoint for endpoint, _ in tallies)
    sentences, place = [], Counter[str]()
    for (endpoint, _), tally in tallies.items():
        place[endpoint] += 1
        name = f"{endpoint}, candidate {place[endpoint]}" if several[endpoint] > 1 else endpoint
        sentences.append(f"{name}: {_need(tally, margin / 100)}")
    return sentences


def _need(tally: Tally, margin: float) -> str:
    done = f"{tally.labelled} of {plural(tally.differing, 'differing pair')} labelled"
    if tally.labelled < _FEWEST:
        return f"{done}; from {_FEWEST} on it is told how many the verdict needs."
    part = tally.differing / tally.drawn / (tally.labelled + 1)
    won, lost = (tally.won + 0.5) * part, (tally.lost + 0.5) * part
    requests = items_needed(won - lost, won + lost, margin=margin)
    if requests is None:
        return f"{done}; the difference is at the margin, which no number of labels decides."
    labels = ceil(requests * tally.differing / tally.drawn)
    if labels <= tally.labelled:
        return f"{done}; as many as the verdict needs, as far as these can tell."
    if labels > tally.differing:
        return f"{done}; the verdict needs about {labels:,}, so replay about {requests:,} requests (per_endpoint)."
    return f"{done}; the verdict needs about {labels - tally.labelled:,} more."


def _kappa_low(n: int, chance: float) -> float:
    return (wilson(_GOOD_JUDGE, n)[0] - chance) / (1 - chance)

"""Confidence of an answer: by its tokens' probabilities, or by how many samples say the same.

Self-consistency: Wang et al. 2022, arXiv 2203.11171. Both are between 0 and 1, and neither is a probability of being
right: a threshold is found by trying it on answers with a known key.
"""

import json
import math
from collections import Counter
from collections.abc import Callable, Hashable, Sequence

from kit import client
from kit.service.policy import Confidence

__all__ = ["Votes", "of_tokens", "same"]


def of_tokens(logprobs: Sequence[float], how: str) -> float | None:
    """The tokens' geometric mean probability (`mean`), or the least one (`min`); None where there is none to take."""
    if not logprobs or how == "none":
        return None
    return math.exp(min(logprobs) if how == "min" else math.fsum(logprobs) / len(logprobs))


def same(text: str) -> Hashable:
    """Return what two answers must share to say the same: the JSON object they end on, else their words in any case."""
    value = client.json_object(text).value
    return " ".join(text.split()).casefold() if value is None else json.dumps(value, sort_keys=True)


class Votes:
    """Samples of one question, counted no further than it takes to know which side of the threshold they are on.

    Args:
        vote: What two answers must share to say the same.
    """

    def __init__(self, rule: Confidence, vote: Callable[[str], Hashable]) -> None:
        self._rule, self._vote = rule, vote
        self._count: Counter[Hashable] = Counter()
        self._asked = 0

    def add(self, text: str | None) -> Hashable:
        """Take one sample; None for one that did not pass the check, which agrees with no other."""
        self._asked += 1
        choice = self._asked if text is None else ("said", self._vote(text))
        self._count[choice] += text is not None
        return choice

    @property
    def leader(self) -> Hashable:
        """Return what most say; the first of several."""
        return self._count.most_common(1)[0][0]

    @property
    def share(self) -> float:
        """Of all samples that the policy wants, how many are known to say what most say."""
        return self._count[self.leader] / self._rule.samples

    @property
    def settled(self) -> bool:
        """Return whether the samples to come cannot change on which side of the threshold the share is."""
        to_come = self._rule.samples - self._asked
        most = (self._count[self.leader] + to_come) / self._rule.samples
        return self.share >= self._rule.agree or most < self._rule.agree

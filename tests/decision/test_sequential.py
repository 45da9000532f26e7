"""On answers that real models gave, a replay that stops when its verdict stands says what all the answers say."""

import csv
import gzip
from itertools import permutations

import numpy as np
import pytest
from places import SHARED

from kit.stats import Estimate, anytime_difference, is_not_worse, is_worse, tango

RECORDED = SHARED / "data" / "recorded-mmlu.csv.gz"
MARGIN, BATCH = 0.03, 50


@pytest.fixture(scope="module")
def gaps():
    """Of each ordered pair of nine models: 1, 0 or -1 for each of 2,900 questions, in an order of chance."""
    if not RECORDED.exists():
        pytest.skip("the shared data are not here")
    with gzip.open(RECORDED, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    models = list(rows[0])[6:]
    order = np.random.default_rng(0).permutation(len(rows))
    right = {model: np.array([int(row[model] == row["key"]) for row in rows])[order] for model in models}
    return {(one, other): right[one] - right[other] for one, other in permutations(models, 2)}


def verdict(low, high):
    gap = Estimate((low + high) / 2, low, high)
    return "migrate" if is_not_worse(gap, MARGIN) else "stay" if is_worse(gap, MARGIN) else "undecided"


def interval(gap, of):
    return of(int((gap == 1).sum()), int((gap == -1).sum()), len(gap))


def sequential(gap):
    """The verdict at which a replay in batches stops, and its requests."""
    for n in range(BATCH, len(gap) + BATCH, BATCH):
        if (found := verdict(*interval(gap[:n], anytime_difference))) != "undecided":
            return found, min(n, len(gap))
    return "undecided", len(gap)


def test_sequential_replay(gaps):
    """Never another verdict, and a quarter of the requests where the loss is three half-widths from the margin."""
    used, others = [], []
    for gap in gaps.values():
        low, high = interval(gap, tango)
        found, n = sequential(gap)
        others += [(found, verdict(low, high))] if found not in (verdict(low, high), "undecided") else []
        if abs(gap.mean() + MARGIN) > 3 * (high - low) / 2:
            used.append((found == verdict(low, high), n))
    assert not others
    assert len(used) > 20 and all(same for same, _ in used)
    assert max(n for _, n in used) <= 2900 / 2
    assert np.mean([n for _, n in used]) < 2900 / 4

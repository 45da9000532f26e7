"""Plots: words stand where they can be read."""

from itertools import combinations

import matplotlib as mpl
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.text import Annotation

from kit.report import plots

mpl.use("agg")

CROWDS = {
    "two at one price": [(0.25, 92.0, True), (0.25, 91.0, False), (0.35, 91.5, False)],
    "neighbours in price and score": [(3.0, 90.5, True), (3.2, 91.0, True)],
    "points on the frontier's line": [(1.0, 90.0, True), (2.0, 90.0, False), (4.0, 94.0, True)],
    "one alone": [(0.6, 88.0, True)],
}


def points(crowd, half):
    """A crowd as `published_scores.score_and_price` returns it, each with an interval of `half` points on each side."""
    models = ("deepseek-v4-flash", "deepseek-coder", "qwen3-coder-30b")
    return pd.DataFrame(
        {"model": model, "price": price, "score": score, "low": score - half, "high": score + half, "efficient": best}
        for model, (price, score, best) in zip(models, crowd, strict=False)
    )


@pytest.mark.parametrize("half", [pytest.param(0.5, id="short intervals"), pytest.param(4.0, id="long intervals")])
@pytest.mark.parametrize("crowd", [pytest.param(crowd, id=name) for name, crowd in CROWDS.items()])
def test_frontier_labels(crowd, half):
    """No label of a frontier lies on another label or on a point, or leaves the plot."""
    data = points(crowd, half)
    fig = plots.frontier({"as printed": data, "at list": data}, "HumanEval")
    fig.draw_without_rendering()
    plt.close(fig)
    for ax in fig.axes:
        labels = [child.get_window_extent() for child in ax.get_children() if isinstance(child, Annotation)]
        dots = ax.transData.transform(data[["price", "score"]])
        assert len(data) == len(labels)
        assert not any(one.overlaps(other) for one, other in combinations(labels, 2))
        assert not any(label.count_contains(dots) for label in labels)
        assert all(ax.bbox.count_contains(label.corners()) == 4 for label in labels)


def test_nothing_to_draw():
    """Where there is nothing to show, there is no figure."""
    none = pd.DataFrame(columns=["label", "model", "kind", "score", "low", "high", "items"])
    assert [None, None, None] == [plots.beside(none, ""), plots.behind(none, 3), plots.frontier({"at list": none}, "")]
    assert plots.agreement(none, "") is None


def test_agreement():
    """Each endpoint and contender has a point within its interval, and its words say so."""
    rows = [("triage", "m@new", 8, 75.0, 41.0, 93.0), ("", "m@new", 2, 100.0, 34.0, 100.0)]
    fig = plots.agreement(pd.DataFrame(rows, columns=["endpoint", "contender", "n", "share", "low", "high"]), "agrees")
    assert ["no endpoint", "triage"] == [label.get_text() for label in fig.axes[0].get_yticklabels()]
    assert ", m@new: 100 % of 2, 34 to 100; triage, m@new: 75 % of 8, 41 to 93" == fig.get_label()

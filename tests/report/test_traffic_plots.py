"""Plots of traffic: each says in words what it shows, and no two words lie on one another."""

from itertools import combinations

import matplotlib as mpl
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.text import Annotation

from kit.report import traffic_plots
from kit.traffic import projection, sensitivity

mpl.use("agg")

GPT, V4 = "gpt-4o", "deepseek-v4-flash"
MOVED = pd.DataFrame(
    [("", float("nan"), 40, 38, 42, 14), ("cached", 0.0, 45, 43, 47, 12), ("cached", 0.8, 30, 29, 31, 22),
     ("retried", 0.0, 40, 38, 42, 14), ("retried", 0.1, 39.9, 38, 42, 13)],
    columns=["lever", "setting", "saving", "low", "high", "times"],
)  # fmt: skip
MONTHS = pd.DataFrame(
    [("article", GPT, 52.0, 50, 54, ""), ("list", GPT, 45.0, 43, 47, ""), ("list", V4, 3.2, 3.1, 3.3, "retired"),
     ("list", "deepseek-coder", float("nan"), None, None, ""), ("contract", "ours", 0.5, 0.4, 0.6, "")],
    columns=["book", "model", "usd", "low", "high", "note"],
)  # fmt: skip
TIMES = pd.DataFrame(
    [(GPT, projection.PRINTED, "article", 40.0, None, None), (GPT, "this traffic", "list", 14.0, 13.8, 14.2)],
    columns=["model", "basis", "book", "times", "low", "high"],
)
DAYS = pd.DataFrame({"day": pd.date_range("2026-10-19", periods=9), "model": [GPT, V4, "ours"] * 3, "usd": 1.0})
SPREAD = pd.DataFrame(
    [("read", what, 1, 2, 3, 2.5) for what in ("prompt", "output", "input per output", "cached")],
    columns=["endpoint", "what", "p10", "p50", "p90", "overall"],
)
NARROW = SPREAD.assign(p10=31.0, p50=37.0, p90=62.0, overall=45.0).where(SPREAD["what"] != "cached", SPREAD)
EACH = [
    pytest.param(lambda: traffic_plots.spread(NARROW), "read 37, 31 to 62", id="calls that are much alike"),
    pytest.param(
        lambda: traffic_plots.days(DAYS.head(1).assign(usd=0.00035)), "$0.00035 a day", id="one day"
    ),
    pytest.param(lambda: traffic_plots.days(DAYS), "$1.00 a day", id="days"),
    pytest.param(lambda: traffic_plots.spread(SPREAD), "read 2, 1 to 3", id="spread"),
    pytest.param(
        lambda: traffic_plots.bills(MONTHS), "GPT-4o $45.00 (list); DeepSeek V4 Flash $3.20 (list)", id="bills"
    ),
    pytest.param(
        lambda: traffic_plots.multiples(TIMES, V4), "of output prices: 40x; GPT-4o, this traffic: 14x", id="multiples"
    ),
    pytest.param(
        lambda: traffic_plots.levers(MOVED, sensitivity.RANGE_MEANINGS), "As logged $40.00 a month, 14.0x", id="levers"
    ),
]


@pytest.mark.parametrize(("draw", "said"), EACH)
def test_words(draw, said):
    """A figure's label holds its figures, and none of its labels lies on another."""
    fig = draw()
    fig.draw_without_rendering()
    plt.close(fig)
    assert said in fig.get_label()
    for ax in fig.axes:
        ticks = [*ax.get_xticklabels(), *ax.get_xticklabels(minor=True)]
        words = [child for child in ax.get_children() if isinstance(child, Annotation)] + ticks
        labels = [word.get_window_extent() for word in words if word.get_text()]
        assert not any(one.overlaps(other) for one, other in combinations(labels, 2))


def test_what_is_printed_is_hollow():
    """A ring is what is printed; what is measured is filled, also of one day, which has no interval."""
    fig = traffic_plots.multiples(TIMES.assign(low=None, high=None), V4)
    plt.close(fig)
    points = [line for line in fig.axes[0].lines if line.get_marker() == "o"]
    assert [True, False] == [point.get_markerfacecolor() == "white" for point in points]


def test_lever_ends():
    """Each end of a lever is marked with its setting, in the lever's unit."""
    fig = traffic_plots.levers(MOVED, sensitivity.RANGE_MEANINGS)
    plt.close(fig)
    assert ["0 %", "80 %", "0 %", "10 %"] == [t.get_text() for t in fig.axes[0].texts]

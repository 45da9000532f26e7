"""Place words beside points where they cross least of what is drawn; every plot that names its points does it here."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np
from matplotlib.axes import Axes
from matplotlib.transforms import Bbox

from kit.report.style import INK

__all__ = ["Label", "Point", "place_labels"]

Point = tuple[float, float]
"""Where something is, in data coordinates."""

_GAPS = (5, 22)
"""Printer's points between a mark and its words: near, and further where the plot is crowded."""

_SIDES = (
    (1, 1, "left", "bottom"), (-1, 1, "right", "bottom"), (1, -1, "left", "top"), (-1, -1, "right", "top"),
    (1, 0, "left", "center"), (-1, 0, "right", "center"), (0, 1, "center", "bottom"), (0, -1, "center", "top"),
)  # fmt: skip
"""Where words may stand beside a point: to which side, up or down, how they are aligned; the first is tried first."""

_PAPER = {"facecolor": "white", "edgecolor": "none", "pad": 0.5, "alpha": 0.75}


@dataclass(frozen=True)
class Label:
    """Words for one point, in data coordinates.

    Attributes:
        ends: Further places where the words may stand, such as the ends of the point's interval.
    """

    text: str
    at: Point
    ends: tuple[Point, ...] = ()
    colour: str = INK


def place_labels(ax: Axes, labels: Sequence[Label], lines: Sequence[Sequence[Point]] = (), size: float = 9) -> None:
    """Write each label where it covers no other label, then no line and no point, and leaves the axes least.

    Args:
        ax: With all else drawn: limits and scales must not change any more.
        lines: Polylines that words should not cross, in data coordinates.
    """
    ax.figure.draw_without_rendering()  # type: ignore[union-attr]  # only now is it known where a point is
    spots = [_spots(ax, label, size) for label in labels]
    marks = [box for line in lines for box in _along(ax, line)]
    marks += [Bbox([ax.transData.transform(label.at)] * 2).padded(4) for label in labels]
    fixed = [
        [_crossed(ax, box, marks) + 0.9 * n / len(options) for n, (box, *_) in enumerate(options)] for options in spots
    ]
    chosen = [int(np.argmin(costs)) for costs in fixed]
    for _ in range(3):  # each in turn gives way to the others, until nobody moves
        before = list(chosen)
        for i, options in enumerate(spots):
            others = [spots[j][place][0] for j, place in enumerate(chosen) if j != i]
            chosen[i] = min(
                range(len(options)), key=lambda n: fixed[i][n] + 5 * sum(map(options[n][0].overlaps, others))
            )
        if chosen == before:
            break
    for label, options, place in zip(labels, spots, chosen, strict=True):
        _, point, offset, ha, va = options[place]
        ax.annotate(label.text, point, offset, textcoords="offset points", ha=ha, va=va, fontsize=size,
                    color=label.colour, bbox=_PAPER, annotation_clip=False)  # fmt: skip


def _spots(ax: Axes, label: Label, size: float) -> list[tuple[Bbox, Point, Point, str, str]]:
    """List the boxes in pixels that the words may fill, each with the point, offset and alignment that lead there."""
    probe = ax.annotate(label.text, label.at, fontsize=size)
    extent = probe.get_window_extent()
    probe.remove()
    pixels = ax.figure.dpi / 72
    found: list[tuple[Bbox, Point, Point, str, str]] = []
    for gap, point in product(_GAPS, (label.at, *label.ends)):
        x, y = ax.transData.transform(point)
        for right, up, ha, va in _SIDES:
            offset = (gap * right, 0.7 * gap * up)
            left = x + offset[0] * pixels - extent.width * {"left": 0, "center": 0.5, "right": 1}[ha]
            low = y + offset[1] * pixels - extent.height * {"bottom": 0, "center": 0.5, "top": 1}[va]
            box = Bbox.from_bounds(left, low, extent.width, extent.height)
            found.append((box, point, offset, ha, va))
    return found


def _crossed(ax: Axes, box: Bbox, marks: Sequence[Bbox]) -> float:
    """Return how much of what is drawn a box covers; a corner outside the axes weighs more."""
    outside = 4 - ax.bbox.count_contains(box.corners())
    return sum(map(box.overlaps, marks)) + 3 * outside


def _along(ax: Axes, line: Sequence[Point]) -> list[Bbox]:
    """Cover a polyline with small boxes, in pixels, so that a slanted line is no large rectangle."""
    points = ax.transData.transform(list(line))
    boxes = []
    for start, end in pairwise(points):
        steps = max(1, int(np.hypot(*(end - start)) // 12))
        ends = np.linspace(start, end, steps + 1)
        boxes += [Bbox([one, other]).padded(1.5) for one, other in pairwise(ends)]
    return boxes

"""A figure is shown as XML that any reader parses, whatever its texts hold."""

from xml.etree import ElementTree

import pytest

from kit.report import style
from kit.report.output import figure

HOSTILE = "evil\x1b[31m-->\x00 <script>alert(1)</script>"


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda ax: ax.set_yticks([0, 1], labels=["fine", HOSTILE]), id="as a tick's label"),
        pytest.param(lambda ax: ax.plot(["fine", HOSTILE], [0, 1]), id="as a category"),
        pytest.param(lambda ax: ax.annotate(HOSTILE, (0.5, 0.5)), id="beside a point"),
        pytest.param(lambda ax: ax.set_title(HOSTILE), id="as a title"),
        pytest.param(lambda ax: ax.plot([0, 1], label=HOSTILE)[0].axes.legend(), id="in the legend"),
        pytest.param(lambda ax: ax.figure.suptitle(HOSTILE), id="over the figure"),
    ],
)
def test_figure_hidden_characters(write):
    """An escape character in a name shows as its code point, and the SVG is well-formed."""
    fig, ax = style.axes(1.5)
    write(ax)
    svg = figure(fig, "A plot").data["image/svg+xml"]
    ElementTree.fromstring(svg)
    assert "\x1b" not in svg and "⟨U+001B⟩" in svg

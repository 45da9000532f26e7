"""The look of plots: the report's own face, quiet axes, and one colour for a model everywhere."""

import sys
from collections.abc import Mapping
from importlib import import_module
from importlib.resources import files
from typing import Any

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from kit import catalog
from kit.text import plain, shortened

__all__ = ["ACCENT", "COLOURS", "INK", "QUIET", "RULE", "STATES", "WARN", "axes", "colour", "described", "dollars",
           "ink_on", "name", "sns"]  # fmt: skip

COLOURS: Mapping[str, str] = {
    "deepseek-v4-flash": "#0072B2", "deepseek-coder": "#56B4E9",
    "qwen3-32b": "#D55E00", "qwen3.5-397b": "#E69F00", "qwen3-coder-30b": "#A6761D",
    "kimi-k2.5": "#009E73", "glm-5": "#CC79A7",
    "gpt-4o": "#222222", "gpt-4o-mini": "#777777", "claude-3.5-sonnet": "#7B3294", "gemini-1.5-pro": "#4D7C0F",
}  # fmt: skip
"""Model -> colour: Okabe and Ito's colour-blind-safe set, a maker's models in related hues, US makers dark."""

INK, QUIET, RULE, ACCENT, WARN = "#222222", "#6B6B6B", "#D9D9D9", "#0072B2", "#D55E00"

STATES: Mapping[str, str] = {
    "pass": "#DCEAF4", "open": "#EFEFEF", "ability": "#F6D9B8", "fail": WARN, "blocked": WARN,
    "holds": ACCENT, "holds only if": "#9CC3DD", "contradicted": WARN, "not checkable": RULE, "": "#FFFFFF",
}  # fmt: skip
"""State -> colour of its cell; `open` is pale, good news blue, bad news orange."""


def _seaborn() -> Any:
    """Import seaborn without what it imports for densities, clusters and regressions, which no plot has: 1.5 s less."""
    heavy = [name for name in ("scipy.stats", "scipy.cluster", "statsmodels") if name not in sys.modules]
    sys.modules.update(dict.fromkeys(heavy))  # type: ignore[arg-type] # None counts as not installed
    try:
        return import_module("seaborn")
    finally:
        for name in heavy:
            del sys.modules[name]


sns = _seaborn()
mpl.use("agg")  # figures are returned, shown and closed; no window is wanted

for _face in ("Regular", "Semibold"):
    # from a package, so that a plot looks the same on every machine
    font_manager.fontManager.addfont(str(files("font_source_sans_pro") / f"files/SourceSansPro-{_face}.otf"))

_HAN = "NotoSansCJKtc-Regular.otf"
font_manager.fontManager.addfont(str(files("cvttf_NotoSansCJK_Regular") / _HAN))

sns.set_theme(style="white", font=["Source Sans Pro", "Noto Sans CJK TC", "DejaVu Sans"], rc={
    "text.parse_math": False,  # a name such as $x$ is a name
    "font.size": 9.5, "axes.labelsize": 9.5, "xtick.labelsize": 9, "ytick.labelsize": 9, "axes.edgecolor": RULE,
    "axes.labelcolor": QUIET, "xtick.color": QUIET, "ytick.color": INK, "text.color": INK, "axes.grid": False,
    "axes.spines.top": False, "axes.spines.right": False, "figure.dpi": 100,
})  # fmt: skip


def axes(height: float) -> tuple[Figure, Axes]:
    """A figure as wide as the report's column, `height` inches high."""
    return plt.subplots(figsize=(6.4, height), layout="constrained")


def described(fig: Figure, alt: str) -> Figure:
    """The figure, with what a reader who cannot see it needs to know."""
    fig.set_label(alt)
    return fig


def colour(model: str) -> str:
    """A model's colour; grey for one that has none of its own."""
    return COLOURS.get(model, "#999999")


def name(model: str) -> str:
    """A model's name as it is written in labels; what the catalog does not know goes by what it is called."""
    return catalog.model(model).name if catalog.knows(model) else shortened(plain(model), 40)


def ink_on(shade: str | tuple) -> str:
    """Black or white, whichever reads better on a colour (relative luminance, WCAG 2)."""
    red, green, blue = mpl.colors.to_rgb(shade)
    return "white" if 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.45 else INK


def dollars(ax: Axes) -> None:
    """Mark a logarithmic price axis in dollars."""
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"${value:g}"))
    ax.xaxis.set_minor_formatter(FuncFormatter(lambda *_: ""))

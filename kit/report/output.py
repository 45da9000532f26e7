"""Outputs of a notebook: tables, figures and sentences that carry their caption and kind of evidence.

Each is inert: text is escaped here, once, and kept from MathJax, so that a model's answer in a table is text in
JupyterLab, HTML and PDF.
The exporters in `kit.build.assemble` read the `kit` metadata that each output brings along.
"""

import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from io import BytesIO, StringIO
from typing import Any

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.text import Text

from kit.text import plain

__all__ = ["Shown", "figure", "headline", "sentence", "table", "verdict"]

_PLAIN = 'class="tex2jax_ignore mathjax_ignore"'
"""JupyterLab would set `$4 or $5` as a formula in any element but these."""

_AMOUNT = re.compile(r"-?\$?[\d,.]+%?")


@dataclass(frozen=True)
class Shown:
    """One output: its renderings by MIME type, and what the report needs to set it."""

    data: Mapping[str, str]
    meta: Mapping[str, Any] = field(default_factory=dict)

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, str], dict[str, Any]]:
        return dict(self.data), {"kit": dict(self.meta)}


def table(
    frame: pd.DataFrame,
    caption: str,
    *kinds: str,
    formats: Mapping[str, str | Callable[[Any], str]] | None = None,
    missing: str = "unknown",
    widths: Sequence[float] | Mapping[str, float] | None = None,
    by: str | None = None,
) -> Shown:
    """Show a frame, without its index.

    Args:
        frame: Numbers are set right, the rest left.
        caption: What to see in it.
        kinds: The kinds of evidence it rests on.
        formats: Column -> format of its values, such as `"{:.2f}"`, or what writes one, such as `words.amount`.
        missing: What stands where a value is missing.
        widths: Relative column widths in the report, where the default is not good; by name where columns may lack.
        by: A column that is not set as one: each of its values stands once, as a head over its rows.

    A frame without rows shows as nothing; the report leaves a section out in which there is nothing to see.
    """
    if frame.empty:
        return _nothing(caption)
    formats = formats or {}
    cells = pd.DataFrame(
        {
            column: [
                missing if pd.isna(value) else plain(_written(value, formats.get(str(column), "{}")))
                for value in frame[column]
            ]
            for column in frame.columns
        }
    )
    columns = [column for column in frame.columns if column != by]
    if isinstance(widths, Mapping):
        widths = [widths.get(str(column), 1.0) for column in columns]
    sides = ["right" if pd.api.types.is_numeric_dtype(frame[c]) and frame[c].dtype != bool else "left" for c in columns]
    groups = cells.groupby(by, sort=False) if by else [("", cells)]
    head = _row("th", map(plain, map(str, columns)), sides)
    body = "".join(_group(str(name) if by else "", rows[columns], sides) for name, rows in groups)
    meta = {"kind": "table", "caption": caption, "evidence": list(kinds), "widths": list(widths or ())}
    return Shown(
        {
            "text/html": f"<table {_PLAIN}><caption>{escape(caption)}</caption><thead>{head}</thead>{body}</table>",
            "text/plain": cells.to_string(index=False),
        },
        meta,
    )


def figure(fig: Figure | None, caption: str, *kinds: str) -> Shown:
    """Show a plot as SVG and PNG: the same bytes for the same data, on another day too.

    JupyterLab shows no SVG of a notebook that it does not trust yet, so the PNG is what a fresh clone shows; the
    report takes the SVG.

    Args:
        fig: A matplotlib figure whose label says what a reader who cannot see it needs to know; it is closed. None
            shows as nothing.
        caption: What to see in it.
        kinds: The kinds of evidence it rests on.
    """
    if fig is None:
        return _nothing(caption)
    _make_visible(fig)
    vectors, pixels, alt = StringIO(), BytesIO(), plain(str(fig.get_label()))
    with plt.rc_context({"svg.hashsalt": "kit", "svg.fonttype": "path"}):
        fig.savefig(vectors, format="svg", metadata={"Date": None, "Creator": None}, bbox_inches="tight")
    fig.savefig(pixels, format="png", metadata={"Software": None}, bbox_inches="tight", dpi=110)
    plt.close(fig)
    meta = {"kind": "figure", "caption": caption, "alt": alt, "evidence": list(kinds)}
    png = b64encode(pixels.getvalue()).decode()
    return Shown({"image/svg+xml": vectors.getvalue(), "image/png": png, "text/plain": alt}, meta)


def sentence(text: str) -> Shown:
    """Show a sentence that was computed from the data, so that it cannot go stale."""
    return _paragraph(text, {"kind": "sentence"})


def verdict(text: str) -> Shown:
    """Show the study's recommendation; the report repeats it on its title page."""
    return _paragraph(text, {"kind": "verdict"})


def headline(
    items: Sequence[tuple[str, str, str, str]], lines: pd.DataFrame | None = None, notes: Sequence[tuple[str, str]] = ()
) -> Shown:
    """Show three or four key figures; the report repeats them on its title page.

    Args:
        items: (label, value, note, kind of evidence) each.
        lines: A short table of texts that stands below them; amounts are set right.
        notes: (heading, paragraph) each, below the table: how sure, and what to do.
    """
    keys = ("label", "value", "note", "evidence")
    frame = pd.DataFrame([tuple(map(plain, item)) for item in items], columns=list(keys))
    tables = [table(frame.set_axis(["figure", "value", "what it is", "kind of evidence"], axis=1), "Key figures")]
    meta: dict[str, Any] = {"kind": "headline", "items": frame.to_dict("records")}
    if lines is not None and len(lines):
        tables.append(table(lines, "The candidates" if "candidate" in lines else "The lines of the verdict"))
        meta["lines"] = _lines(lines)
    meta["notes"] = [{"head": plain(head), "text": plain(text)} for head, text in notes]
    words = [f"<p {_PLAIN}><b>{escape(note['head'])}.</b> {escape(note['text'])}</p>" for note in meta["notes"]]
    html = "".join(shown.data["text/html"] for shown in tables) + "".join(words)
    texts = [shown.data["text/plain"] for shown in tables] + [f"{n['head']}: {n['text']}" for n in meta["notes"]]
    return Shown({"text/html": html, "text/plain": "\n".join(texts)}, meta)


def _make_visible(fig: Figure) -> None:
    """Write hidden characters of a plot's texts as `plain` does: an SVG that holds an escape character is no XML."""
    for ax in fig.axes:
        for axis in (ax.xaxis, ax.yaxis):
            texts = [label.get_text() for label in axis.get_ticklabels()]
            if texts != [plain(text) for text in texts]:  # a tick's label is written anew at each drawing
                axis.set_ticks(axis.get_ticklocs(), labels=[plain(text) for text in texts])
    for text in fig.findobj(Text):
        if text.get_text() != plain(text.get_text()):
            text.set_text(plain(text.get_text()))


def _lines(frame: pd.DataFrame) -> dict[str, Any]:
    rows = [[plain(str(text)) for text in row] for row in frame.itertuples(index=False)]
    right = [any(_AMOUNT.fullmatch(row[place]) for row in rows) for place in range(frame.shape[1])]
    return {"head": [plain(str(name)) for name in frame.columns], "right": right, "rows": rows}


def _written(value: Any, how: str | Callable[[Any], str]) -> str:
    return how.format(value) if isinstance(how, str) else how(value)


def _nothing(caption: str) -> Shown:
    return _paragraph(f"Nothing to show: {caption}.", {"kind": "nothing"})


def _paragraph(text: str, meta: dict[str, Any]) -> Shown:
    text = plain(text)
    return Shown({"text/html": f"<p {_PLAIN}>{escape(text)}</p>", "text/plain": text}, meta)


def _group(name: str, rows: pd.DataFrame, sides: Sequence[str]) -> str:
    head = f'<tr><th colspan="{len(sides)}" style="text-align:left">{escape(name)}</th></tr>' if name else ""
    return f"<tbody>{head}{''.join(_row('td', row, sides) for row in rows.itertuples(index=False))}</tbody>"


def _row(tag: str, texts: Iterable[str], sides: Sequence[str]) -> str:
    cells = (
        f'<{tag} style="text-align:{side}{_whole(text)}">{escape(text)}</{tag}>'
        for text, side in zip(texts, sides, strict=True)
    )
    return f"<tr>{''.join(cells)}</tr>"


def _whole(text: str) -> str:
    """Keep a date or a name on one line: a browser would break it at its hyphens."""
    return "; white-space:nowrap" if len(text) <= 20 else ""

"""A study's notebooks become one report: the decision first, then chapter by chapter what it rests on.

    chapters -> merge -> one notebook -> one body of clean HTML -> kit.build.document -> decision.pdf, decision.html

Both files come from the same body, so they say the same with the same numbers. Code is left out, and so are cells
tagged `parameters`, `injected-parameters` or `report-hide`.
"""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from pathlib import Path
from typing import Any

import jinja2
import mistune
import nbformat
from nbconvert.exporters import Exporter
from nbconvert.filters import strip_ansi
from nbformat import NotebookNode
from traitlets.config import Config

from kit.build import document
from kit.errors import ReportError
from kit.evidence import SOURCES
from kit.files import write_bytes
from kit.text import plain

__all__ = ["HIDDEN", "Chapter", "HTMLReport", "PDFReport", "export", "merge"]

HIDDEN = {"parameters", "injected-parameters", "report-hide"}
"""Tags of the cells that no reader of the report needs."""

_PICTURES = {mime: suffix for suffix, mime in document.MIME.items()}
_CONTENTS = 40  # lines; more would not fit a page, and chapters alone say more
_UNDATED = "1980-01-01"
_HEADING = re.compile(r"^# .*$", re.MULTILINE)
_mistune = mistune.create_markdown(escape=False, plugins=["table", "strikethrough"])
_pages = jinja2.Environment(loader=jinja2.FileSystemLoader(document.TEMPLATES), autoescape=True)


@dataclass(frozen=True)
class Chapter:
    """One executed notebook, and the heading it goes by: its own where `title` is None."""

    path: Path
    title: str | None = None


def merge(chapters: Sequence[Chapter], *, title: str, subtitle: str, as_of: date) -> NotebookNode:
    """Join executed notebooks into one, which knows what its title page says.

    Raises:
        ReportError: If a chapter cannot be read as a notebook.
    """
    cells = [cell for chapter in chapters for cell in _seen(_cells(chapter))]
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"  # a notebook that was run twice brings its ids twice
    front = {"title": title, "subtitle": subtitle, "as_of": as_of.isoformat()}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kit": front})


def export(notebook: NotebookNode, folder: str | Path, name: str = "decision") -> tuple[Path, Path]:
    """Write NAME.pdf and NAME.html, each in one step and none before both are made: a good report is never half lost.

    Raises:
        ReportError: If the notebook cannot be set, or the folder cannot be written.
    """
    exporters = (PDFReport(), HTMLReport())
    made = {Path(folder, name + e.file_extension): e.from_notebook_node(notebook)[0] for e in exporters}
    try:
        for path, content in made.items():
            write_bytes(path, content if isinstance(content, bytes) else content.encode())
    except OSError as error:
        raise ReportError(f"{folder}: the report cannot be written here: {error.strerror}") from None
    pdf, html = made
    return pdf, html


class _Report(Exporter):
    """What both exporters share: which cells a reader sees, and the document made of them."""

    @property
    def default_config(self) -> Config:
        return Config({"TagRemovePreprocessor": {"enabled": True, "remove_cell_tags": HIDDEN}})

    def from_notebook_node(self, nb: NotebookNode, resources: Any = None, **kw: Any) -> tuple[Any, Any]:
        """Turn a notebook into the content of one file, and nbconvert's notes on it."""
        notebook, resources = super().from_notebook_node(nb, resources, **kw)
        body, pictures = _body(notebook)
        tree = document.parse(body, frozenset(pictures))
        return self.write(_front(notebook, document.headings(tree)), tree, pictures), resources

    def write(self, front: dict[str, Any], tree: document.Node, pictures: dict[str, bytes]) -> bytes | str:
        raise NotImplementedError


class PDFReport(_Report):
    """`jupyter nbconvert --to kit-pdf`: an accessible, archivable PDF, set by Typst."""

    export_from_notebook = "Decision report (PDF)"
    output_mimetype = "application/pdf"

    def _file_extension_default(self) -> str:
        return ".pdf"

    def write(self, front: dict[str, Any], tree: document.Node, pictures: dict[str, bytes]) -> bytes:
        """Set title page, contents and chapters; the file's date is the study's, never today's."""
        return document.to_pdf(tree, pictures, front, date.fromisoformat(front["as_of"] or _UNDATED))


class HTMLReport(_Report):
    """`jupyter nbconvert --to kit-html`: one file that loads nothing and runs nothing."""

    export_from_notebook = "Decision report (HTML)"
    output_mimetype = "text/html"

    def _file_extension_default(self) -> str:
        return ".html"

    def write(self, front: dict[str, Any], tree: document.Node, pictures: dict[str, bytes]) -> str:
        """Fill the page's template with title, contents and chapters."""
        body = document.to_html(tree, pictures)
        return _pages.get_template("report.html").render(front=front, headings=document.headings(tree), body=body)


def _seen(cells: list[NotebookNode]) -> list[NotebookNode]:
    """Without the sections in which all that is shown is nothing: what a study did not measure, say."""
    sections: list[list[NotebookNode]] = [[]]
    for cell in cells:
        if cell.cell_type == "markdown" and cell.source.startswith("## "):
            sections.append([])
        sections[-1].append(cell)
    return [cell for section in sections if _kinds(section) != {"nothing"} for cell in section]


def _kinds(cells: list[NotebookNode]) -> set[str]:
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    return {output.get("metadata", {}).get("kit", {}).get("kind", "") for output in outputs}


def _cells(chapter: Chapter) -> list[NotebookNode]:
    try:
        cells = nbformat.read(chapter.path, as_version=4).cells
    except (OSError, ValueError, nbformat.ValidationError) as error:
        raise ReportError(f"{chapter.path}: cannot be read as a notebook: {error}") from None
    if chapter.title is None:
        return cells
    heading = f"# {chapter.title}"
    for cell in cells:
        if cell.cell_type == "markdown" and _HEADING.search(cell.source):
            cell.source = _HEADING.sub(lambda _: heading, cell.source, count=1)
            return cells
    return [nbformat.v4.new_markdown_cell(heading), *cells]


def _front(notebook: NotebookNode, headings: list[tuple[int, str, str]]) -> dict[str, Any]:
    """Gather title page and contents, in plain strings: the same for both files."""
    known = notebook.metadata.get("kit", {})
    kits = [
        output.metadata.get("kit", {}) | {"text": output.data.get("text/plain", "")}
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if "data" in output
    ]
    headline: dict[str, Any] = next((kit for kit in kits if kit.get("kind") == "headline"), {})
    items: list[dict[str, str]] = headline.get("items", [])
    lines: dict[str, Any] = headline.get("lines", {"head": [], "right": [], "rows": []})
    used = {kind for kit in kits for kind in kit.get("evidence", ())} | {item["evidence"] for item in items}
    return {
        "title": plain(known.get("title") or next((text for _, _, text in headings), "Report")),
        "subtitle": plain(known.get("subtitle", "")),
        "as_of": known.get("as_of", ""),
        "explorer": known.get("explorer", ""),
        "verdict": plain(next((kit["text"] for kit in kits if kit.get("kind") == "verdict"), "")),
        "items": [{key: plain(str(text)) for key, text in item.items()} for item in items],
        "lines": lines | {"head": [*map(plain, lines["head"])], "rows": [[*map(plain, row)] for row in lines["rows"]]},
        "evidence": [{"kind": k, "meaning": SOURCES[k]} for k in SOURCES if k in used],
        "depth": 2 if sum(level <= 2 for level, _, _ in headings) <= _CONTENTS else 1,
    }


def _body(notebook: NotebookNode) -> tuple[str, dict[str, bytes]]:
    """Make one body of clean HTML, and the pictures it names."""
    pictures: dict[str, bytes] = {}
    parts = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            parts.append(_markdown(cell.source))
        parts += [_html(output, pictures) for output in cell.get("outputs", ())]
    return "\n".join(parts), pictures


def _html(output: NotebookNode, pictures: dict[str, bytes]) -> str:
    if output.output_type == "stream":
        return _code(output.text)
    if output.output_type == "error":
        return _code(f"{output.ename}: {output.evalue}")
    data, kit = output.data, output.metadata.get("kit", {})
    if mime := next((mime for mime in _PICTURES if mime in data), None):
        return _figure(data, mime, kit, pictures)
    if kit.get("kind") == "headline":
        return ""  # on the title page, where figures that short are read
    if kit.get("kind") == "verdict":
        return f'<div class="verdict">{document.clean(data["text/html"])}</div>'
    if "caption" in kit:
        return _table(document.clean(data["text/html"]), kit)
    if "text/html" in data:
        return document.clean(data["text/html"])
    if "text/markdown" in data:
        return _markdown(data["text/markdown"])
    return _code(data.get("text/plain", ""))


def _figure(data: NotebookNode, mime: str, kit: dict[str, Any], pictures: dict[str, bytes]) -> str:
    alt = kit.get("alt") or data.get("text/plain", "")
    if not alt.strip():
        caption = kit.get("caption", "")
        raise ReportError(f"figure {caption!r} has no alt text; say in it what a reader who cannot see it must know")
    name = f"picture-{len(pictures) + 1}{_PICTURES[mime]}"
    pictures[name] = data[mime].encode() if mime == "image/svg+xml" else base64.b64decode(data[mime])
    return f'<figure><img src="{name}" alt="{escape(alt)}"><figcaption>{_caption(kit)}</figcaption></figure>'


def _table(html: str, kit: dict[str, Any]) -> str:
    """Give a table the caption with its evidence, and columns of the widths asked for."""
    widths = kit.get("widths") or ()
    columns = "".join(f'<col style="width:{100 * width / sum(widths):.2f}%">' for width in widths)
    html = re.sub("<caption>.*?</caption>", "", html, count=1, flags=re.DOTALL)
    return html.replace("<table>", f"<table><caption>{_caption(kit)}</caption><colgroup>{columns}</colgroup>", 1)


def _caption(kit: dict[str, Any]) -> str:
    tags = " · ".join(kit.get("evidence", ()))
    return escape(kit.get("caption", "")) + (f' <span class="evidence">{escape(tags)}</span>' if tags else "")


def _markdown(text: str) -> str:
    return document.clean(str(_mistune(text)))


def _code(text: str) -> str:
    return f"<pre><code>{escape(strip_ansi(text))}</code></pre>"

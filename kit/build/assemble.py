"""Turn a study's notebooks into one report: the brief, then chapter by chapter what it rests on, then the appendix.

    chapters -> merge -> one notebook -> one body of clean HTML -> kit.build.document
      -> decision.pdf, decision.html, evidence.pdf (the appendix), and decision.docx where it is asked for

All files come from the same body, so they say the same with the same numbers. Tags of cells say where they go:

    brief       sections of the first chapter: a page each, before all chapters; the verdict's is the title page
    appendix    long tables of evidence: evidence.pdf, and the end of the HTML
    parameters, injected-parameters, report-hide    nowhere
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

__all__ = ["HIDDEN", "Chapter", "HTMLReport", "PDFReport", "export", "merge", "verdict"]

HIDDEN = {"parameters", "injected-parameters", "report-hide"}
"""Tags of the cells that no reader of the report needs."""

_PICTURES = {mime: suffix for suffix, mime in document.MIME.items()}
_BRIEF, _APPENDIX = "brief", "appendix"
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
    cells = [cell for chapter in chapters[:1] for cell in _shown_cells(_cells(chapter))]
    for chapter in chapters[1:]:
        for cell in _shown_cells(_cells(chapter)):
            cell.metadata["tags"] = [tag for tag in cell.metadata.get("tags", ()) if tag != _BRIEF]
            cells.append(cell)
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"  # a notebook that was run twice brings its ids twice
    front = {"title": title, "subtitle": subtitle, "as_of": as_of.isoformat()}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kit": front})


def export(
    notebook: NotebookNode, folder: str | Path, name: str = "decision", *, docx: bool = False
) -> tuple[Path, ...]:
    """Write NAME.pdf, NAME.html and evidence.pdf, where there is an appendix, and NAME.docx, where it is asked for.

    Each is written in one step, and none before all are made: a good report is never half lost.

    Raises:
        ReportError: If the notebook cannot be set, or the folder cannot be written.
    """
    report = _document(notebook)
    artefacts: dict[Path, bytes] = {
        Path(folder, f"{name}.pdf"): _pdf(report), Path(folder, f"{name}.html"): _html_page(report).encode()
    }  # fmt: skip
    if report.appendix["blocks"]:
        artefacts[Path(folder, "evidence.pdf")] = _pdf(report, appendix=True)
    if docx:
        tree = document.main_part(report.tree)
        artefacts[Path(folder, f"{name}.docx")] = document.to_docx(tree, report.pictures, report.front, report.day)
    try:
        for path, content in artefacts.items():
            write_bytes(path, content)
    except OSError as error:
        raise ReportError(f"{folder}: the report cannot be written here: {error.strerror}") from None
    return tuple(artefacts)


@dataclass(frozen=True)
class _Document:
    """A report before it is written: its tree, its pictures, and what its title page says."""

    tree: document.Node
    pictures: dict[str, bytes]
    front: dict[str, Any]

    @property
    def appendix(self) -> document.Node:
        return document.appendix_part(self.tree)

    @property
    def day(self) -> date:
        """The file's date is the study's, never today's."""
        return date.fromisoformat(self.front["as_of"] or _UNDATED)


def _document(notebook: NotebookNode) -> _Document:
    body, pictures = _body(notebook)
    tree = document.parse(body, frozenset(pictures))
    return _Document(tree, pictures, _front(notebook, document.headings(tree)))


def _pdf(report: _Document, appendix: bool = False) -> bytes:
    if appendix:
        return document.to_pdf(report.appendix, report.pictures, report.front, report.day, "appendix")
    return document.to_pdf(document.main_part(report.tree), report.pictures, report.front, report.day)


def _html_page(report: _Document) -> str:
    main, appendix = document.main_part(report.tree, code=True), report.appendix
    return _pages.get_template("report.html").render(
        front=report.front, headings=document.headings(main), appendix_headings=document.headings(appendix),
        body=document.to_html(main, report.pictures),
        appendix=document.to_html(appendix, report.pictures) if appendix["blocks"] else "",
    )  # fmt: skip


class _Report(Exporter):
    """One notebook as a report, for `jupyter nbconvert`: all of it in one file, its appendix too."""

    @property
    def default_config(self) -> Config:
        return Config({"TagRemovePreprocessor": {"enabled": True, "remove_cell_tags": HIDDEN}})

    def from_notebook_node(self, nb: NotebookNode, resources: Any = None, **kw: Any) -> tuple[Any, Any]:
        """Turn a notebook into the content of one file, and nbconvert's notes on it."""
        notebook, resources = super().from_notebook_node(nb, resources, **kw)
        return self.write(_document(notebook)), resources

    def write(self, report: _Document) -> bytes | str:
        raise NotImplementedError


class PDFReport(_Report):
    """`jupyter nbconvert --to kit-pdf`: an accessible, archivable PDF, set by Typst."""

    export_from_notebook = "Decision report (PDF)"
    output_mimetype = "application/pdf"

    def _file_extension_default(self) -> str:
        return ".pdf"

    def write(self, report: _Document) -> bytes:
        """Set title page, brief, chapters and what belongs into the appendix."""
        main = document.main_part(report.tree)
        whole = main | {"blocks": main["blocks"] + report.appendix["blocks"]}
        return document.to_pdf(whole, report.pictures, report.front, report.day)


class HTMLReport(_Report):
    """`jupyter nbconvert --to kit-html`: one file that loads nothing and runs nothing."""

    export_from_notebook = "Decision report (HTML)"
    output_mimetype = "text/html"

    def _file_extension_default(self) -> str:
        return ".html"

    def write(self, report: _Document) -> str:
        """Fill the page's template with title, contents and chapters."""
        return _html_page(report)


def _shown_cells(cells: list[NotebookNode]) -> list[NotebookNode]:
    """Leave out sections that show nothing, what a study did not measure, say; and in others what shows nothing."""
    shown = [cell for section in _sections(cells) if _kinds(section) != {"nothing"} for cell in section]
    shown_cells: list[NotebookNode] = []
    for cell in shown:
        if _kinds([cell]) != {"nothing"}:
            shown_cells.append(cell)
        elif shown_cells and shown_cells[-1].cell_type == "markdown" and not shown_cells[-1].source.startswith("#"):
            shown_cells.pop()  # the prose that leads to it
    return shown_cells


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


def verdict(notebook: NotebookNode) -> str:
    """Return what a report found: its verdict, or the first sentence that was computed where it has none."""
    for kind in ("verdict", "sentence"):
        for cell in notebook.cells:
            for output in cell.get("outputs", ()):
                if output.get("metadata", {}).get("kit", {}).get("kind") == kind:
                    return plain(str(output.data.get("text/plain", "")))
    return ""


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
    notes: list[dict[str, str]] = headline.get("notes", [])
    used = {kind for kit in kits for kind in kit.get("evidence", ())} | {item["evidence"] for item in items}
    return {
        "title": plain(known.get("title") or next((text for _, _, text in headings), "Report")),
        "subtitle": plain(known.get("subtitle", "")),
        "as_of": known.get("as_of", ""),
        "explorer": known.get("explorer", ""),
        "verdict": verdict(notebook),
        "items": [{key: plain(str(text)) for key, text in item.items()} for item in items],
        "lines": lines | {"head": [*map(plain, lines["head"])], "rows": [[*map(plain, row)] for row in lines["rows"]]},
        "notes": [{key: plain(str(text)) for key, text in note.items()} for note in notes],
        "evidence": [{"kind": k, "meaning": SOURCES[k]} for k in SOURCES if k in used],
    }


def _body(notebook: NotebookNode) -> tuple[str, dict[str, bytes]]:
    """Make one body of clean HTML, and the pictures it names."""
    pictures: dict[str, bytes] = {}
    brief, parts = [], []
    for section in _sections([cell for cell in notebook.cells if not HIDDEN & set(cell.metadata.get("tags", ()))]):
        tags = set(section[0].metadata.get("tags", ())) if section else set()
        if _BRIEF in tags and "verdict" in _kinds(section):
            continue  # it stands on the title page
        if _BRIEF in tags:
            brief.append(_part(_BRIEF, "\n".join(_cell(cell, pictures) for cell in section)))
            continue
        for cell in section:
            marked = _APPENDIX in cell.metadata.get("tags", ())
            html = _cell(cell, pictures, code=not marked)
            parts.append(_part(_APPENDIX, html) if marked else html)
    return "\n".join(brief + parts), pictures


def _sections(cells: list[NotebookNode]) -> list[list[NotebookNode]]:
    """The cells, parted before each heading of the second level."""
    sections: list[list[NotebookNode]] = [[]]
    for cell in cells:
        if (cell.cell_type == "markdown" and cell.source.startswith("## ")) or (
            _BRIEF not in cell.metadata.get("tags", ())
            and sections[-1]
            and _BRIEF in sections[-1][0].metadata.get("tags", ())
        ):
            sections.append([])
        sections[-1].append(cell)
    return sections


def _cell(cell: NotebookNode, pictures: dict[str, bytes], code: bool = False) -> str:
    """One cell: its text, or its code, folded away, and what it shows."""
    if cell.cell_type == "markdown":
        return _markdown(cell.source)
    parts = [_html(output, pictures) for output in cell.get("outputs", ())]
    folded = [_part("source", f"<pre><code>{escape(cell.source)}</code></pre>")] if code and cell.source else []
    return "\n".join(folded + parts)


def _part(name: str, html: str) -> str:
    return f'<div class="{name}">{html}</div>'


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
    name = f"picture-{len({Path(name).stem for name in pictures}) + 1}{_PICTURES[mime]}"
    if mime == "image/svg+xml" and "image/png" in data:  # what Word shows
        pictures[name.replace(".svg", ".png")] = base64.b64decode(data["image/png"])
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

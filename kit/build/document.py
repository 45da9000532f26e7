"""Make a document inert: whatever could run, load or mislead is gone before it is written as HTML, PDF or DOCX.

    HTML from anyone -> clean (only structure, text and web links) -> parse (pandoc's tree)
      -> main_part, appendix_part -> to_html, to_pdf, to_docx

Words are escaped when they are written, so that `#read("x")` and `<script>` come out as the words they are.
"""

import base64
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from importlib.util import find_spec
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import nh3
import pypandoc
import typst
from fontTools.ttLib import TTFont

from kit.errors import ReportError
from kit.text import codepoint, plain

__all__ = [
    "MIME", "TEMPLATES", "Node", "Rule", "appendix_part", "clean", "headings", "main_part", "parse", "to_docx",
    "to_html", "to_pdf",
]  # fmt: skip

MIME = {".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg"}
"""Suffix -> type of the pictures that a document may hold."""

TEMPLATES = Path(__file__).parents[1] / "templates"

_TAGS = {
    "a",
    "b",
    "blockquote",
    "br",
    "caption",
    "code",
    "del",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "li",
    "ol",
    "p",
    "pre",
    "s",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "ul",
}
_ATTRIBUTES = {"a": {"href"}, "img": {"alt"}, "td": {"style"}, "th": {"style"}}
_SPANS = {"th": {"colspan": {str(columns) for columns in range(2, 21)}}}  # a span of a billion would fill the memory

_LONG = 12
_BREAK = re.compile(r"(?<=[/_.:=&?,-])|([^/_.:=&?,\u2e80-\uffff-]{12})(?=[^/_.:=&?,\u2e80-\uffff-]{12})")
"""Where a word longer than that may be broken: after a sign, and anywhere if none comes for long. Chinese, from
U+2E80, may be broken as it is."""

_PARTS = ("brief", "appendix", "source")
"""Classes of the divisions that a body may hold: a page of the brief, a part of the appendix, a cell's code."""

_EMPTY_HEAD = re.compile(r"<th([^>]*)></th>")
"""The head of a column without a name, which is written as an empty cell: a screen reader would announce nothing."""

_WBR = {"t": "RawInline", "c": ["html", "<wbr>"]}

Node = Any
"""JSON of pandoc's tree: an element {"t": type, "c": contents}, a list, a string or a number."""

Rule = Callable[[Node], list[Node] | None]
"""What a member of a list becomes: some nodes, or None to look inside it."""


def clean(html: str) -> str:
    """Keep structure, text and web links, well formed: no script, style or frame, no picture but its alt text."""
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        filter_style_properties={"text-align"},
        tag_attribute_values=_SPANS,
        set_tag_attribute_values={"img": {"src": "elsewhere"}},
        url_schemes={"http", "https", "mailto"},
        link_rel=None,
    )


@lru_cache(maxsize=1)  # all files of a report are written from the same tree
def parse(body: str, pictures: frozenset[str]) -> Node:
    """Read a report's body into pandoc's tree.

    Hidden characters become visible. Headings become plain words, with ids of our own and levels that skip none, as
    PDF/UA wants; one inside something else, say in a table's cell, is just strong text.

    Args:
        body: Clean HTML, and around it `<figure>`, `<div class="verdict">`, `<span class="evidence">` and the divisions
            of _PARTS. A heading in the brief has no number and is not in the contents.
        pictures: Names of the report's own; an image from elsewhere leaves only its alt text.
    """
    tree = json.loads(_pandoc("html", "json", body))
    rule, ids, level = _visible(pictures), count(), 0

    def settle(blocks: list[Node], part: str) -> list[Node]:
        nonlocal level
        settled: list[Node] = []
        for block in blocks:
            match block:
                case {"t": "Div", "c": [[_, [name], _], inner]} if name in _PARTS and not part:
                    settled.append({"t": "Div", "c": [["", [name], []], settle(inner, name)]})
                case {"t": "Header", "c": [depth, _, text]}:
                    words = plain("".join(_words(text))).split()
                    depth = 1 if part == "brief" else min(depth, level + 1)
                    level = depth if words and part != "brief" else level
                    marks = ["unnumbered", "unlisted"] if part == "brief" else []
                    line = [mark for word in words for mark in ({"t": "Space"}, {"t": "Str", "c": word})][1:]
                    settled += [{"t": "Header", "c": [depth, [f"s{next(ids)}", marks, []], line]}] if words else []
                case _:
                    settled += _rewrite([block], rule)
        return settled

    return tree | {"blocks": settle(tree["blocks"], "")}


def main_part(tree: Node, code: bool = False) -> Node:
    """The tree without its appendix; without the notebooks' code too, unless it is asked for."""
    out = {"appendix", *(() if code else ("source",))}
    return tree | {"blocks": [block for block in tree["blocks"] if _part_of(block) not in out]}


def appendix_part(tree: Node) -> Node:
    """Return the blocks of the appendix, under the headings of their chapters; empty if there are none."""
    blocks: list[Node] = []
    chapter: list[Node] = []
    for block in tree["blocks"]:
        if block["t"] == "Header" and block["c"][0] == 1:
            chapter = [block]
        elif _part_of(block) == "appendix":
            inner = block["c"][1]
            own = bool(inner) and inner[0]["t"] == "Header" and inner[0]["c"][0] == 1
            blocks += inner if own else [*chapter, *inner]
            chapter = []
    return tree | {"blocks": blocks}


def _part_of(block: Node) -> str:
    match block:
        case {"t": "Div", "c": [[_, [name], _], _]} if name in _PARTS:
            return str(name)
    return ""


def headings(tree: Node) -> list[tuple[int, str, str]]:
    """List level, id and text of each heading, in order; those of the brief are left out."""
    headers = (block["c"] for block in tree["blocks"] if block["t"] == "Header")
    return [(level, attributes[0], "".join(_words(text))) for level, attributes, text in headers]


def to_html(tree: Node, pictures: Mapping[str, bytes]) -> str:
    """Write the tree as an HTML fragment that holds its pictures."""

    def _embedded(node: Node) -> list[Node] | None:
        match node:
            case {"t": "Image", "c": [attributes, alt, [source, title]]}:
                data = base64.b64encode(pictures[source]).decode()
                url = f"data:{MIME[Path(source).suffix]};base64,{data}"
                return [{"t": "Image", "c": [attributes, alt, [url, title]]}]
            case {"t": "Div", "c": [[_, ["source"], _], code]}:
                return [_fold("<details><summary>code</summary>"), *code, _fold("</details>")]
            case {"t": "ColWidth"}:
                return [{"t": "ColWidthDefault"}]  # widths are for paper; a browser knows its own
            case {"t": "Str", "c": word} if len(word) > _LONG:
                return [part for piece in _breakable(word) for part in (_WBR, {"t": "Str", "c": piece})][1:]
            case {"t": "Str", "c": word} if "-" in word:  # gpt-5-mini and 2026-11-24 stay on one line
                return [{"t": "Span", "c": [["", ["whole"], []], [node]]}]
        return None

    written = _pandoc("json", "html5", json.dumps(_rewrite(tree, _embedded)))
    return _EMPTY_HEAD.sub(r"<td\1></td>", written)


def to_pdf(
    tree: Node, pictures: Mapping[str, bytes], front: Mapping[str, Any], day: date, layout: str = "report"
) -> bytes:
    """Set the tree as an archivable, accessible PDF: the same bytes for the same arguments, on any day.

    Args:
        tree: From `parse`.
        pictures: Name -> bytes of the ones it was parsed with.
        front: What the title page shows: see templates/report.typ.
        day: The day that the file says it was made on.
        layout: `report` or `appendix`, of templates/report.typ.

    Raises:
        ReportError: If Typst refuses it, say for a picture that cannot be read.
    """
    body = _pandoc("json", "typst", json.dumps(_rewrite(_with_contents(_introduced(tree)), _for_typst)))
    sources = {
        "front.json": json.dumps({**front, "made": day.isoformat()}, ensure_ascii=False),
        "main.typ": f'#import "report.typ": *\n#let front = json("front.json")\n#show: {layout}.with(front)\n{body}',
    }
    with tempfile.TemporaryDirectory() as folder:
        root, fonts = Path(folder, "root"), Path(folder, "fonts")
        root.mkdir()
        fonts.mkdir()
        for font in _fonts():
            (fonts / font.name).symlink_to(font)
        shutil.copy(TEMPLATES / "report.typ", root)
        for name, data in pictures.items():
            (root / name).write_bytes(data)
        for name, text in sources.items():
            (root / name).write_text(_drawable(text), encoding="utf-8")
        try:
            return typst.compile(
                root / "main.typ",
                root=root,
                font_paths=[fonts],
                ignore_system_fonts=True,
                pdf_standards=["ua-1", "a-2a"],  # for screen readers, and for archives
                timestamp=datetime(day.year, day.month, day.day, tzinfo=UTC),
            )
        except typst.TypstError as error:
            raise ReportError(f"the report cannot be set as PDF: {error}") from None


def to_docx(tree: Node, pictures: Mapping[str, bytes], front: Mapping[str, Any], day: date) -> bytes:
    """Write the tree as a Word document, to be commented on; pictures that Word cannot show leave their alt texts."""

    def rule(node: Node) -> list[Node] | None:
        match node:
            case {"t": "Image", "c": [attributes, alt, [source, title]]}:
                source = str(Path(source).with_suffix(".png")) if source.endswith(".svg") else source
                if source not in pictures:
                    return _rewrite(alt, rule)
                url = f"data:{MIME[Path(source).suffix]};base64,{base64.b64encode(pictures[source]).decode()}"
                return [{"t": "Image", "c": [attributes, alt, [url, title]]}]
        return None

    head = [{"t": "Header", "c": [1, ["", [], []], [{"t": "Str", "c": front["title"]}]]}]
    head += [{"t": "Para", "c": [{"t": "Str", "c": text}]} for text in (front["verdict"], *_paragraphs(front)) if text]
    blocks = _rewrite(head + tree["blocks"], rule)
    # pandoc writes the date of SOURCE_DATE_EPOCH into the file, so that the same report is the same file
    epoch = str(int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()))
    command = [pypandoc.get_pandoc_path(), "--sandbox", "--from", "json", "--to", "docx", "--output", "-"]
    source = json.dumps(tree | {"blocks": blocks}).encode()
    dated = {**os.environ, "SOURCE_DATE_EPOCH": epoch}
    return subprocess.run(command, input=source, capture_output=True, check=True, env=dated).stdout


def _paragraphs(front: Mapping[str, Any]) -> Iterator[str]:
    """The title page's figures and notes as lines of text."""
    for item in front["items"]:
        yield f"{item['label']}: {item['value']} {item['note']}"
    for note in front["notes"]:
        yield f"{note['head']}: {note['text']}"


def _visible(pictures: frozenset[str]) -> Rule:
    """Show what hides: control characters by their names, foreign pictures by their alt texts."""

    def rule(node: Node) -> list[Node] | None:
        match node:
            case {"t": "Str", "c": text}:
                return [{"t": "Str", "c": plain(text)}]
            case {"t": "Code" | "CodeBlock" as kind, "c": [attributes, text]}:
                return [{"t": kind, "c": [attributes, plain(text)]}]
            case {"t": "Image", "c": [_, alt, [source, _]]} if source not in pictures:
                return _rewrite(alt, rule)
            case {"t": "Table", "c": [_, _, [], *_]}:
                return []  # no columns, as in `<table><tr></tr></table>`
            case {"t": "Header", "c": [_, _, text]}:
                return [{"t": "Para", "c": [{"t": "Strong", "c": _rewrite(text, rule)}]}]
        return None

    return rule


def _introduced(tree: Node) -> Node:
    """Mark each paragraph before a figure or table as its introduction, which stays on one page with it."""
    blocks = list(tree["blocks"])
    for place, (block, after) in enumerate(pairwise(tree["blocks"])):
        if block["t"] == "Para" and after["t"] in ("Figure", "Table"):
            blocks[place] = {"t": "Div", "c": [["", ["introduction"], []], [block]]}
    return tree | {"blocks": blocks}


def _with_contents(tree: Node) -> Node:
    """Put the contents after the brief, or first where there is none; the layout leaves them out of a short report."""
    place = max((place + 1 for place, block in enumerate(tree["blocks"]) if _part_of(block) == "brief"), default=0)
    blocks = [*tree["blocks"][:place], _raw("Block", "#contents(front)"), *tree["blocks"][place:]]
    return tree | {"blocks": blocks}


def _fold(html: str) -> Node:
    return {"t": "RawBlock", "c": ["html", html]}


def _for_typst(node: Node) -> list[Node] | None:
    """Say in Typst what pandoc's writer leaves out: alt texts, and the meaning of a class."""
    match node:
        case {"t": "Image", "c": [_, alt, [source, _]]}:
            return [_raw("Inline", f"#image({_quote(source)}, alt: {_quote(''.join(_words(alt)))});")]
        case {"t": "Span" | "Div" as kind, "c": [[_, [name], _], content]}:
            place = "Inline" if kind == "Span" else "Block"
            return [_raw(place, f"#{name}["), *_rewrite(content, _for_typst), _raw(place, "];")]
        case {"t": "CodeBlock", "c": [attributes, code]}:
            return [{"t": "CodeBlock", "c": [attributes, re.sub(r"\S{90}", r"\g<0>\n", code)]}]
        case {"t": "Str", "c": word} if len(word) > _LONG or not word.isalnum():
            return [_raw("Inline", "#box();".join(f"#{_quote(piece)};" for piece in _breakable(word)))]
    return None


def _rewrite(node: Node, rule: Rule) -> Node:
    if isinstance(node, dict):
        return {key: _rewrite(value, rule) for key, value in node.items()}
    if not isinstance(node, list):
        return node
    rebuilt: list[Node] = []
    for child in node:
        become = rule(child) if isinstance(child, dict | list) else None
        rebuilt += [_rewrite(child, rule)] if become is None else become
    return rebuilt


def _words(node: Node) -> Iterator[str]:
    match node:
        case {"t": "Str", "c": text} | {"t": "Code", "c": [_, text]}:
            yield text
        case {"t": "Space" | "SoftBreak" | "LineBreak"}:
            yield " "
        case {"c": content} | [*content]:
            for child in content:
                yield from _words(child)


def _breakable(word: str) -> list[str]:
    return [piece for piece in _BREAK.split(word) if piece] if len(word) > _LONG else [word]


def _raw(place: str, typst_code: str) -> Node:
    return {"t": f"Raw{place}", "c": ["typst", typst_code]}


def _quote(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # a Typst string has JSON's escapes for ", \ and line ends


def _pandoc(source: str, target: str, text: str) -> str:
    # --sandbox: without it the HTML reader fetches what an <iframe> names, from the net or the disk
    command = [pypandoc.get_pandoc_path(), "--sandbox", "--wrap=none", "--from", source, "--to", target]
    done = subprocess.run(command, input=text, capture_output=True, check=True, encoding="utf-8")
    return done.stdout


def _drawable(text: str) -> str:
    """Name the characters that no font here can draw, such as emoji: an archived PDF may hold no empty boxes."""
    foreign = {character for character in text if not character.isascii()}
    lacking = {ord(c): codepoint(c) for c in foreign if ord(c) not in _glyphs()}
    return text.translate(lacking) if lacking else text


@cache
def _glyphs() -> frozenset[int]:
    return frozenset().union(*(TTFont(font, lazy=True).getBestCmap() for font in _fonts()[-2:]))


@cache
def _fonts() -> tuple[Path, ...]:
    """Find the faces to set with, all from packages: what else a machine has installed changes nothing."""
    faces = ("Regular", "It", "Semibold", "SemiboldIt")
    return (
        *(_package("font_source_serif_pro") / f"files/SourceSerifPro-{face}.otf" for face in faces),
        *(_package("font_source_sans_pro") / f"files/SourceSansPro-{face}.otf" for face in faces),
        _package("cvttf_NotoSansCJK_Regular") / "NotoSansCJKtc-Regular.otf",
        _package("matplotlib") / "mpl-data/fonts/ttf/DejaVuSans.ttf",
    )


def _package(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ReportError(f"package {name!r} is missing, and its fonts with it; install the kit again")
    return Path(spec.origin).parent

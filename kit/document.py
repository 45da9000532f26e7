"""A document is inert: whatever could run, load or mislead is gone before it is written as HTML or PDF.

Authors, libraries and models all end up in one HTML body. Pandoc reads it once, into its tree; one rule takes out
of the tree what is not text or structure; pandoc's writers escape the rest, so that `#read("x")` and `<script>`
come out as the words they are.
"""

import base64
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pypandoc
import typst
from fontTools.ttLib import TTFont

from kit.errors import ReportError
from kit.plain import codepoint, plain

__all__ = ["MIME", "TEMPLATES", "headings", "parse", "to_html", "to_pdf"]

MIME = {".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg"}
"""Suffix -> type of the pictures that a document may hold."""

TEMPLATES = Path(__file__).parent / "templates"

_CLASSES = ("evidence", "verdict")
"""HTML classes with a meaning; each is a rule in report.css and a function in report.typ."""

_LONG = 16
_BREAK = re.compile(r"(?<=[/_.:=&?,-])|([^/_.:=&?,\u2e80-\uffff-]{24})")
"""Where a word longer than that may be broken: after a sign, and anywhere if there is none for long (Chinese may be
broken as it is)."""

_STANDARDS = ["ua-1", "a-2a"]
"""Readable by screen readers (PDF/UA-1) and in the archive, in ten years too (PDF/A-2a)."""

Node = Any
"""JSON of pandoc's tree: an element {"t": type, "c": contents}, a list, a string or a number."""


@lru_cache(maxsize=1)  # both files of a report are written from the same tree
def parse(body: str, pictures: frozenset[str]) -> Node:
    """Read HTML into a tree that holds text, structure, web links and the given pictures, and nothing else.

    Args:
        body: HTML from anyone.
        pictures: Names of the report's own; an image from elsewhere leaves only its alt text.
    """
    def inert(node: Node) -> list[Node] | None:
        match node:
            case {"t": "RawBlock" | "RawInline"}:
                return []
            case {"t": "Header", "c": [_, _, text]} if not "".join(_words(text)).strip():
                return []
            case {"t": "Image", "c": [_, alt, [source, _]]} if source not in pictures:
                return _rewrite(alt, inert)
            case {"t": "Link", "c": [_, text, [url, _]]} if not url.startswith(("https://", "http://", "mailto:")):
                return _rewrite(text, inert)
            case {"t": "Math", "c": [_, tex]} | {"t": "Str", "c": str(tex)}:
                return [_text(plain(tex))]
            case {"t": "Code" | "CodeBlock" as kind, "c": [_, text]}:
                return [{"t": kind, "c": [_attributes(), plain(text)]}]
            case [str(), list(classes), list()]:
                return [_attributes(*(name for name in classes if name in _CLASSES))]
        return None

    tree = json.loads(_pandoc("html", "json", body))
    tree["blocks"] = _rewrite(tree["blocks"], inert)
    _tidy_headings(tree)
    return tree


def headings(tree: Node) -> list[tuple[int, str, str]]:
    """List level, id and text of each heading, in order."""
    return [(level, attributes[0], "".join(_words(text)))
            for level, attributes, text in (node["c"] for node in _find(tree, "Header"))]


def to_html(tree: Node, pictures: Mapping[str, bytes]) -> str:
    """Write the tree as an HTML fragment that holds its pictures."""
    def embedded(node: Node) -> list[Node] | None:
        match node:
            case {"t": "Image", "c": [attributes, alt, [source, title]]}:
                data = base64.b64encode(pictures[source]).decode()
                return [{"t": "Image", "c": [attributes, alt, [f"data:{MIME[Path(source).suffix]};base64,{data}", title]]}]
        return None

    return _pandoc("json", "html5", json.dumps(_rewrite(tree, embedded)), "--wrap=none")


def to_pdf(tree: Node, pictures: Mapping[str, bytes], front: Mapping[str, Any], day: datetime) -> bytes:
    """Set the tree as an archivable, accessible PDF: the same bytes for the same arguments, on any day.

    Args:
        tree: From `parse`.
        pictures: Name -> bytes of the ones it was parsed with.
        front: What the title page shows: see `report` in templates/report.typ.
        day: What the file says it was made on.

    Raises:
        ReportError: If Typst refuses it, say for a picture that cannot be read.
    """
    body = _pandoc("json", "typst", json.dumps(_rewrite(tree, _for_typst)), "--wrap=none")
    sources = {
        "front.json": json.dumps(front, ensure_ascii=False),
        "main.typ": f'#import "report.typ": *\n#show: report.with(json("front.json"))\n{body}',
    }
    with tempfile.TemporaryDirectory() as folder:
        root, fonts = Path(folder, "root"), Path(folder, "fonts")
        root.mkdir(), fonts.mkdir()
        for font in _fonts():
            shutil.copy(font, fonts)
        shutil.copy(TEMPLATES / "report.typ", root)
        for name, data in pictures.items():
            (root / name).write_bytes(data)
        for name, text in sources.items():
            (root / name).write_text(_drawable(text), encoding="utf-8")
        try:
            return typst.compile(
                root / "main.typ", root=root, font_paths=[fonts], ignore_system_fonts=True,
                pdf_standards=_STANDARDS, timestamp=day,
            )
        except typst.TypstError as error:
            raise ReportError(f"the report cannot be set as PDF: {error}") from None


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
        case {"t": "Str", "c": str(word)} if not word.isalnum():
            return [_raw("Inline", "#h(0pt);".join(f"#{_quote(piece)};" for piece in _breakable(word)))]
    return None


def _rewrite(node: Node, rule: Callable[[Node], list[Node] | None]) -> Node:
    """Rebuild a tree; `rule` says what a member of a list becomes: some nodes, or None to look inside it."""
    if isinstance(node, dict):
        return {key: _rewrite(value, rule) for key, value in node.items()}
    if not isinstance(node, list):
        return node
    rebuilt: list[Node] = []
    for child in node:
        become = rule(child) if isinstance(child, dict | list) else None
        rebuilt += [_rewrite(child, rule)] if become is None else become
    return rebuilt


def _tidy_headings(tree: Node) -> None:
    """Give headings ids of our own, and no level that skips one: PDF/UA wants an outline without holes."""
    level = 0
    for number, node in enumerate(_find(tree, "Header"), start=1):
        level = min(node["c"][0], level + 1)
        node["c"][:2] = [level, [f"s{number}", [], []]]


def _find(node: Node, kind: str) -> Iterator[Node]:
    if isinstance(node, dict) and node.get("t") == kind:
        yield node
    elif isinstance(node, dict | list):
        for child in node.values() if isinstance(node, dict) else node:
            yield from _find(child, kind)


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


def _attributes(*classes: str) -> Node:
    return ["", list(classes), []]


def _text(text: str) -> Node:
    return {"t": "Str", "c": text}


def _raw(place: str, typst_code: str) -> Node:
    return {"t": f"Raw{place}", "c": ["typst", typst_code]}


def _quote(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # a Typst string has JSON's escapes for ", \ and line ends


def _pandoc(source: str, target: str, text: str, *options: str) -> str:
    # --sandbox: without it the HTML reader fetches what an <iframe> names, from the net or the disk
    command = [pypandoc.get_pandoc_path(), "--sandbox", "--from", source, "--to", target, *options]
    return subprocess.run(command, input=text, capture_output=True, check=True, encoding="utf-8").stdout


def _drawable(text: str) -> str:
    """Name the characters that no font here can draw, such as emoji: an archived PDF may hold no empty boxes."""
    return text if text.isascii() else "".join(c if c in "\n\t" or ord(c) in _glyphs() else codepoint(c) for c in text)


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
    assert spec is not None and spec.origin is not None, name
    return Path(spec.origin).parent

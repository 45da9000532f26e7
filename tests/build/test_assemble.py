import re
import subprocess
import sys
import zipfile
from datetime import date
from html.parser import HTMLParser
from io import BytesIO

import nbformat
import pandas as pd
import pypdf
import pytest
from matplotlib.figure import Figure
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from kit.build.assemble import Chapter, HTMLReport, PDFReport, export, merge
from kit.errors import ReportError
from kit.report import output as show

VERDICT = "Route: short summaries to DeepSeek V4 Flash, contracts stay."
HOSTILE = {
    "a Typst call": '#read("/etc/passwd")',
    "a Typst import": '#import "@preview/x:1.0.0"',
    "the end of a content block": "]; #panic()",
    "the end of a string": '"; #panic()',
    "a Typst heading": "= Not a heading",
    "a Typst list": "- not a list",
    "a Typst term": "/ not: a term",
    "a Typst comment": "// not /* a comment",
    "a Typst label and reference": "<label> @label",
    "Typst shorthands": "a -- b ... c ~ -1",
    "a script": "<script>alert(1)</script>",
    "an event": "<img src=x onerror=alert(1)>",
    "mathematics": "$x$ and $$y$$",
    "backticks": "`a` ```b```",
    "a table's bars": "a | b | c",
    "a LaTeX call": r"\input{/etc/passwd}",
    "a markdown image": "![a](file:///etc/passwd)",
    "a markdown link": "[a](javascript:alert(1))",
    "an entity": "&lt;b&gt; &#x202e;",
    "a call after a call": "https://example.org/a/long/address(1).with(2)[3]",
}


def shown(thing):
    data, metadata = thing._repr_mimebundle_()
    return new_output("display_data", data=data, metadata=metadata)


def html_output(html):
    return new_output("display_data", data={"text/html": html})


def code(*outputs, tags=()):
    return new_code_cell("secret = 1", outputs=list(outputs), metadata={"tags": list(tags)})


def plot(alt="Two bars: 4 and 2 USD."):
    figure = Figure(figsize=(6.3, 3.4))
    figure.subplots().bar(["gpt-5-mini", "V4 Flash"], [4, 2])
    figure.set_label(alt)
    return show.figure(figure, "The bill halves", "contract", "list")


def frame(rows=2):
    return pd.DataFrame({"Model": [f"model-{n}" for n in range(rows)], "USD": [n / 2 for n in range(rows)]})


LINES = pd.DataFrame([("classify #read(1)", "$1,000"), ("<b>draft</b>", "unknown")], columns=["endpoint", "today"])


@pytest.fixture(scope="module")
def chapters(tmp_path_factory):
    """Two executed notebooks, with each shape of output once."""
    folder = tmp_path_factory.mktemp("notebooks")
    key_figures = [("Monthly bill", "$1,140", "−75 %", "contract"), ("Accuracy", "91.2 %", "n = 400", "measured")]
    books = {
        "decision": [
            new_markdown_cell("# Which model?\n\nIt costs $3 or $4; see [it](https://example.org/list).\n\n#### Deep"),
            code(new_output("stream", name="stdout", text="a parameter"), tags=["parameters"]),
            code(new_output("stream", name="stdout", text="an injected one"), tags=["injected-parameters"]),
            code(new_output("stream", name="stdout", text="a hidden one"), tags=["report-hide"]),
            code(shown(show.verdict(VERDICT)), shown(show.headline(key_figures, LINES))),
            code(shown(plot())),
        ],
        "evidence": [
            new_markdown_cell("# Evidence\n\n通义千问 is asked in Chinese: 为什么？\n\n## All rows"),
            code(shown(show.table(frame(90), "All rows", "measured", widths=[3, 1]))),
            code(shown(show.sentence("It is 4.1 times cheaper."))),
            code(html_output(frame()._repr_html_())),
            code(new_output("stream", name="stderr", text="\x1b[31mred\x1b[0m #read(1)")),
            code(new_output("error", ename="ValueError", evalue="bad", traceback=[])),
            code(new_output("execute_result", data={"text/plain": "'plain'"})),
            code(new_output("display_data", data={"text/markdown": "**bold** <b onclick='x()'>b</b>"})),
        ],
    }
    for name, cells in books.items():
        nbformat.write(new_notebook(cells=cells), folder / f"{name}.ipynb")
    return [Chapter(folder / "decision.ipynb", "Should we move?"), Chapter(folder / "evidence.ipynb")]


@pytest.fixture(scope="module")
def notebook(chapters):
    return merge(chapters, title="Move to V4 Flash?", subtitle="Support desk", as_of=date(2026, 11, 24))


@pytest.fixture(scope="module")
def files(notebook, tmp_path_factory):
    return export(notebook, tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="module")
def pdf(files):
    return pypdf.PdfReader(files[0])


@pytest.fixture(scope="module")
def html(files):
    return files[1].read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def texts(pdf, html):
    return words(pdf.pages), text_of(html)


def words(pages):
    """The text of a PDF's pages, without the spaces, which a line break may have cost."""
    return "".join("".join(page.extract_text() for page in pages).split())


def text_of(html):
    """The text that a browser shows, without the spaces and the code that is folded away."""
    html = re.sub("<details>.*?</details>", "", html, flags=re.DOTALL)
    parts = []
    parser = HTMLParser()
    parser.handle_data = parts.append
    parser.feed(html)
    return "".join("".join(parts).split())


def render(*cells):
    """Both renderings of a notebook, as text without spaces, and the HTML."""
    book = new_notebook(cells=list(cells), metadata={"kit": {"title": "T"}})
    html = HTMLReport().from_notebook_node(book)[0]
    pages = pypdf.PdfReader(BytesIO(PDFReport().from_notebook_node(book)[0])).pages
    return words(pages), text_of(html), html


@pytest.mark.parametrize(
    "said",
    [
        pytest.param("Move to V4 Flash?", id="the title"),
        pytest.param("Support desk", id="the subtitle"),
        pytest.param("2026-11-24", id="the date"),
        pytest.param(VERDICT, id="the verdict"),
        pytest.param("$1,140", id="a key figure"),
        pytest.param("the team's own prices", id="what the tags mean"),
    ],
)
def test_title_page(pdf, html, said):
    """The first page alone says what to do, and on what grounds."""
    said = "".join(said.split())
    assert said in words(pdf.pages[:1])
    assert said in text_of(html.split("<nav")[0])


@pytest.mark.parametrize(
    "said",
    [
        pytest.param("Should we move?", id="a chapter goes by the title given"),
        pytest.param("It costs $3 or $4", id="dollars are dollars"),
        pytest.param("为什么？", id="Chinese is drawn"),
        pytest.param("model-89", id="a table's last row"),
        pytest.param("It is 4.1 times cheaper.", id="a sentence"),
        pytest.param("red #read(1)", id="a stream, without its colours"),
        pytest.param("ValueError: bad", id="an error"),
        pytest.param("'plain'", id="plain text"),
        pytest.param("bold b", id="markdown"),
        pytest.param("contract · list", id="the kinds of evidence after a caption"),
    ],
)
def test_chapters(texts, said):
    """Every shape of output reaches both files."""
    for text in texts:
        assert "".join(said.split()) in text


@pytest.mark.parametrize("unsaid", ["secret", "a parameter", "an injected one", "a hidden one", "Which model?"])
def test_left_out(texts, unsaid):
    """Code, tagged cells and a replaced title are in neither file."""
    for text in texts:
        assert "".join(unsaid.split()) not in text


def test_code_is_folded_in_html(html):
    """Each cell's code stands folded above what it shows, and a hidden cell's nowhere."""
    assert html.count("<summary>code</summary>") == 9


def test_parts(parts):
    """A section of the brief is a page before the chapters; the appendix is a file of its own, and ends the HTML."""
    pdf, html, evidence = parts
    main, appendix = (["".join(words([page])) for page in pypdf.PdfReader(file).pages] for file in (pdf, evidence))
    assert ["Movenow." in main[0], "Thepicture" in main[1], "Themethod" in main[2], "Longchapter" in main[3]] == [
        True
    ] * 4
    assert not any("Alongtable" in page for page in main)
    assert "A.1Alongtable" in appendix[0]
    page = html.read_text(encoding="utf-8").partition("<main>")[2]
    assert page.index("The picture") < page.index("Long chapter") < page.index("A long table")


def test_contents_only_where_they_help(parts, pdf):
    """A report of more than eight pages has contents, on the last page of the brief; a shorter one has none."""
    assert "Contents" in words(pypdf.PdfReader(parts[0]).pages[2:3])
    assert "Contents" not in words(pdf.pages)


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    """A report with a brief of three pages, a chapter of ten, and an appendix."""
    folder = tmp_path_factory.mktemp("parts")

    def section(title, tag, *outputs):
        return [new_markdown_cell(f"## {title}", metadata={"tags": [tag]}), code(*outputs, tags=[tag])]

    paragraphs = "\n\n".join(["A paragraph of some words. " * 30] * 60)
    cells = [
        new_markdown_cell("# Long chapter?"), *section("Recommendation", "brief", shown(show.verdict("Move now."))),
        *section("The picture", "brief", shown(plot())), *section("The method", "brief", shown(show.sentence("So."))),
        new_markdown_cell(f"## At length\n\n{paragraphs}"),
        *section("A long table", "appendix", shown(show.table(frame(90), "All rows", "measured"))),
    ]  # fmt: skip
    nbformat.write(new_notebook(cells=cells), folder / "one.ipynb")
    return export(merge([Chapter(folder / "one.ipynb")], title="T", subtitle="", as_of=date(2026, 11, 24)), folder)


def test_docx(notebook, tmp_path):
    """Word gets the same words and a picture; the file is the same on another day."""
    first, second = (export(notebook, tmp_path / name, docx=True)[-1] for name in ("a", "b"))
    with zipfile.ZipFile(first) as file:
        text = re.sub("<[^>]+>", "", file.read("word/document.xml").decode())
        pictures = [name for name in file.namelist() if name.startswith("word/media/")]
    assert "decision.docx" == first.name
    assert all(said in text for said in (VERDICT, "$1,140", "It is 4.1 times cheaper."))
    assert 1 == len(pictures)
    assert first.read_bytes() == second.read_bytes()


def test_numbers(pdf, html):
    """Both files number the same tables and figures: all that have a caption."""
    captions = len(re.findall("<caption>|<figcaption>", html))
    numbered = set(re.findall(r"(?:Table|Figure) \d+", "".join(page.extract_text() for page in pdf.pages)))
    assert {"Table 1", "Figure 1"} == numbered
    assert captions == 2


def test_long_table(pdf):
    """A long table repeats its head on each page that it runs over."""
    pages = [page.extract_text() for page in pdf.pages if "model-" in page.extract_text()]
    assert len(pages) > 1
    assert all("Model" in page for page in pages)


@pytest.mark.parametrize("lines", range(20, 32, 3))
def test_introduction(lines):
    """A heading and the sentence that introduces a figure stand on one page with it, wherever the page ends."""
    filler = "\n\n".join(f"Filler {n}." for n in range(lines))
    text = f"# T\n\n{filler}\n\n## Heading\n\nSentence."
    book = new_notebook(cells=[new_markdown_cell(text), code(shown(plot()))])
    pages = [page.extract_text() for page in pypdf.PdfReader(BytesIO(PDFReport().from_notebook_node(book)[0])).pages]
    (page,) = (page for page in pages if "Sentence." in page)
    assert "Heading" in page
    assert "The bill halves" in page


def test_grouped_table():
    """A group's name stands over its rows, again on the next page, and is not a column."""
    rows = frame(90).assign(Maker=["one"] + 89 * ["another"])
    output = shown(show.table(rows, "All rows", by="Maker"))
    content, _ = PDFReport().from_notebook_node(new_notebook(cells=[new_markdown_cell("# T"), code(output)]))
    pages = [page.extract_text() for page in pypdf.PdfReader(BytesIO(content)).pages]
    pages = [re.findall(r"Model|one\b|another|model-(?:0|1|89)\b", page) for page in pages if "model-" in page]
    assert ["Model", "one", "model-0", "another", "model-1"] == pages[0]
    assert ["Model", "another", "model-89"] == pages[-1]


def test_span_without_end():
    """A cell that claims a billion columns has one."""
    table = "<table><tr><th colspan='1000000000'>a</th></tr><tr><td>b</td></tr></table>"
    assert "ab" in render(new_markdown_cell("# T"), code(html_output(table)))[1]


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in HOSTILE.items()])
def test_hostile(hostile, text):
    """What a model wrote is shown letter by letter, wherever it stands: in a cell, a sentence, a caption, a stream."""
    for where in hostile:
        assert where.count("".join(text.split())) >= 5


@pytest.fixture(scope="module")
def hostile():
    every = list(HOSTILE.values())
    table = pd.DataFrame({"Answer": every, "n": range(len(every))})
    items = [(text, text, text, "list") for text in every[:4]]
    return render(
        new_markdown_cell("# T"),
        code(shown(show.table(table, " ".join(every), "measured"))),
        *(code(shown(show.sentence(text)), shown(show.verdict(text))) for text in every),
        code(new_output("stream", name="stdout", text="\n".join(every))),
        code(shown(show.headline(items))),
    )[:2]


FOREIGN = {
    "a script goes with what is in it": ("<script>alert(1)</script>after", "after"),
    "a style too": ("<style>*{color:red}</style>after", "after"),
    "an open script does not swallow the next output": ("<script>never closed", ""),
    "an open comment neither": ("<!-- never closed", ""),
    "attributes go": ('<p onclick="x()" class="verdict" style="position:fixed">text</p>', "text"),
    "a link that runs is text": ('<a href="javascript:x()">text</a>', "text"),
    "a frame is not fetched": ('<iframe src="file:///etc/passwd"></iframe>after', "after"),
    "a picture is its alt text": ('<img src="https://example.org/x.png" alt="picture">', "picture"),
    "even a picture of our own": ('<img src="picture-1.svg" alt="picture">', "picture"),
    "pandoc's way into Typst is shut": ('<p typst:text:fill="red">text</p>', "text"),
    "a table of nothing is none": ("<table><tr></tr></table>after", "after"),
    "a heading of nothing is none": ("<h2> <br></h2>after", "after"),
    "a heading in a list is strong text": ("<ul><li><h2>text</h2></ul>", "text"),
    "tags that cross are untangled": ("<b>a<i>b</b>c", "abc"),
    "overrides and escapes are named": ("\u202ea\x1b", "⟨U+202E⟩a⟨U+001B⟩"),
}


@pytest.fixture(scope="module")
def foreign():
    outputs = [html_output(f"<p>BEGIN{n}</p>{html}<p>END{n}</p>") for n, (html, _) in enumerate(FOREIGN.values())]
    return render(new_markdown_cell("# T"), code(*outputs, html_output("<p>LAST</p>")))


@pytest.mark.parametrize(
    ("number", "left"),
    [pytest.param(number, left, id=name) for number, (name, (_, left)) in enumerate(FOREIGN.items())],
)
def test_foreign_html(foreign, number, left):
    """HTML from a library keeps its words, and each output stays inside itself."""
    for text in foreign[:2]:
        found = re.search(rf"BEGIN{number}(.*?)(END{number}|BEGIN|LAST)", text).group(1)
        assert left == re.sub(r"\d/\d.*T", "", found).replace("•", "")


def test_foreign_html_is_inert(foreign):
    """Of HTML from a library nothing is left that acts, loads or dresses up."""
    body = foreign[2].split("<main>")[1]
    assert not re.search(r"<(script|style|iframe|img)|onclick|javascript:|class=|style=|typst", body)
    assert foreign[1].endswith("LAST")


def test_undrawable():
    """A sign that no font here has, such as an emoji, is named in the PDF and drawn by the browser."""
    pdf, text, _ = render(new_markdown_cell("# T"), code(shown(show.sentence("fine 👩 अ"))))
    assert "fine⟨U+1F469⟩⟨U+0905⟩" in pdf
    assert "fine👩अ" in text


def test_long_words():
    """A word without end is broken, so that it stays in its column and on the page."""
    long = "x" * 300
    table = show.table(pd.DataFrame({"a": [long], "b": [long]}), long)
    pdf = PDFReport().from_notebook_node(
        new_notebook(
            cells=[
                new_markdown_cell("# T"),
                code(shown(table), shown(show.sentence(long)), new_output("stream", text=long)),
            ]
        )
    )[0]
    lines = [line for page in pypdf.PdfReader(BytesIO(pdf)).pages for line in page.extract_text().splitlines()]
    runs = [line.count("x") for line in lines]
    assert sum(runs) == 6 * len(long)  # a sentence stands on the title page too
    assert max(runs) <= 110


def test_html_lines():
    """A browser breaks an address where a person would, and a date or a model's name not at all."""
    html = render(new_markdown_cell("# T\n\n2026-11-24 https://example.org/long/address"))[2]
    assert '<span class="whole">2026-11-24</span>' in html
    assert "https:<wbr>/<wbr>/<wbr>example.<wbr>org/<wbr>long/<wbr>address" in html


def test_html_is_sealed(html):
    """The page runs nothing and loads nothing, and tells the browser so."""
    assert "default-src 'none'" in html
    assert "<script" not in html
    assert not re.search(r'(src|href)="(?!data:image/|#|https://example.org/list")', html)


def test_html_is_readable_aloud(html):
    """A screen reader finds language, landmarks, table heads and what each picture shows."""
    for mark in ('<html lang="en">', "<nav ", "<main>", "<header>", "<th ", 'alt="Two bars: 4 and 2 USD."'):
        assert mark in html


def test_pdf_is_readable_aloud(pdf):
    """The PDF claims PDF/UA-1 and PDF/A-2a, and has what they ask for: tags, title, language and alt texts."""
    root = pdf.trailer["/Root"]
    metadata = root["/Metadata"].get_data().decode()
    tags, alts = set(), set()

    def visit(node):
        node = node.get_object()
        if isinstance(node, dict):
            tags.add(node.get("/S"))
            alts.add(node.get("/Alt"))
            kids = node.get("/K", [])
            for kid in kids if isinstance(kids, list) else [kids]:
                visit(kid)

    visit(root["/StructTreeRoot"])
    assert "pdfuaid:part" in metadata
    assert "pdfaid:conformance" in metadata
    assert pdf.metadata.title == "Move to V4 Flash?"
    assert root["/Lang"].startswith("en")
    assert root["/MarkInfo"]["/Marked"]
    assert {"/Document", "/H1", "/H2", "/Table", "/TH", "/TD", "/Figure", "/Caption"} <= tags
    assert "Two bars: 4 and 2 USD." in alts


def test_outline(pdf):
    """The PDF's bookmarks are the chapters and their sections; a skipped level is closed up."""
    marks = [[m.title for m in mark] if isinstance(mark, list) else mark.title for mark in pdf.outline]
    assert marks == ["1 Should we move?", ["1.1 Deep"], "2 Evidence", ["2.1 All rows"]]


def test_same_bytes(files, chapters, tmp_path):
    """The same notebooks make the same bytes, in another process and folder, on another day."""
    source = f"""
from datetime import date
from pathlib import Path
from kit.build.assemble import Chapter, export, merge
chapters = [Chapter(Path({str(chapters[0].path)!r}), "Should we move?"), Chapter(Path({str(chapters[1].path)!r}))]
export(merge(chapters, title="Move to V4 Flash?", subtitle="Support desk", as_of=date(2026, 11, 24)), {str(tmp_path)!r})
"""
    subprocess.run([sys.executable, "-c", source], check=True)
    for file in files:
        assert file.read_bytes() == (tmp_path / file.name).read_bytes()


def test_alt_text_is_required():
    """A figure that says nothing to those who cannot see it is refused, by its caption."""
    with pytest.raises(ReportError, match="'The bill halves' has no alt text"):
        HTMLReport().from_notebook_node(new_notebook(cells=[code(shown(plot(alt=" ")))]))


def test_unfit_picture_leaves_the_old_report(tmp_path):
    """A report that cannot be made leaves the last good one as it was."""
    (tmp_path / "decision.pdf").write_text("good")
    output = new_output("display_data", data={"image/svg+xml": "<svg", "text/plain": "half a picture"})
    with pytest.raises(ReportError, match="cannot be set as PDF"):
        export(new_notebook(cells=[code(output)]), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["decision.pdf"]
    assert (tmp_path / "decision.pdf").read_text() == "good"


def test_failed_write_leaves_the_old_report(notebook, tmp_path, monkeypatch):
    """A full disk is said in one line, and leaves the last good report and no draft beside it."""
    (tmp_path / "decision.pdf").write_text("good")
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(ReportError, match="cannot be written here: No space left on device"):
        export(notebook, tmp_path)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["good"]


def test_unwritable_folder(notebook, tmp_path):
    """A folder that cannot be one is named."""
    (tmp_path / "file").touch()
    with pytest.raises(ReportError, match="file: the report cannot be written here"):
        export(notebook, tmp_path / "file")


@pytest.mark.parametrize("content", [pytest.param(None, id="no file"), pytest.param("{", id="half a file")])
def test_unreadable_chapter(tmp_path, content):
    """A chapter that is not a notebook is named."""
    path = tmp_path / "lost.ipynb"
    if content:
        path.write_text(content)
    with pytest.raises(ReportError, match=r"lost\.ipynb: cannot be read as a notebook"):
        merge([Chapter(path)], title="T", subtitle="", as_of=date(2026, 1, 1))


def test_notebook_without_heading(tmp_path):
    """A chapter's title is set above a notebook that has none."""
    path = tmp_path / "bare.ipynb"
    nbformat.write(new_notebook(cells=[code()]), path)
    merged = merge([Chapter(path, "Why?")], title="T", subtitle="", as_of=date(2026, 1, 1))
    assert merged.cells[0].source == "# Why?"


@pytest.mark.parametrize(("exporter", "ending"), [("kit-pdf", ".pdf"), ("kit-html", ".html")])
def test_nbconvert(chapters, tmp_path, exporter, ending):
    """Any one notebook is a report too: `jupyter nbconvert --to kit-pdf x.ipynb`, titled by its first heading."""
    from nbconvert.exporters import get_exporter

    content, resources = get_exporter(exporter)().from_filename(str(chapters[0].path))
    assert ending == resources["output_extension"]
    if ending == ".pdf":
        assert pypdf.PdfReader(BytesIO(content)).metadata.title == "Which model?"
    else:
        assert "<title>Which model?</title>" in content


def test_empty_sections_are_left_out(tmp_path):
    """A section in which there is nothing to see is left out, heading and all; one that shows anything stays."""
    none, some = shown(show.table(frame(0), "Nothing here")), shown(show.table(frame(), "Two rows"))
    cells = [
        new_markdown_cell("# A chapter"), new_markdown_cell("## Measured\n\nWhat was measured."), code(none),
        new_markdown_cell("## Mixed"), code(none), code(some), new_markdown_cell("## Only words\n\nThey stay."),
    ]  # fmt: skip
    path = tmp_path / "one.ipynb"
    nbformat.write(new_notebook(cells=cells), path)
    merged = merge([Chapter(path)], title="T", subtitle="", as_of=date(2026, 11, 24))
    headings = [cell.source.splitlines()[0] for cell in merged.cells if cell.cell_type == "markdown"]
    assert ["# A chapter", "## Mixed", "## Only words"] == headings


def test_lines_on_the_title_page(pdf, html):
    """A short table stands on the title page as it was given, inert, with its amounts set right."""
    front = words(pdf.pages[:1])
    assert all(text in front for text in ("endpoint", "classify#read(1)", "$1,000", "<b>draft</b>", "unknown"))
    assert '<td>&lt;b&gt;draft&lt;/b&gt;</td><td class="right">unknown</td>' in html


def test_column_without_a_name():
    """The head of a column without a name is an empty cell, since a screen reader would announce a head of nothing."""
    table = "<table><thead><tr><th></th><th>price</th></tr></thead><tbody><tr><td>a</td><td>1</td></tr></tbody></table>"
    book = new_notebook(cells=[new_markdown_cell(f"# T\n\n{table}")])
    html = HTMLReport().from_notebook_node(book)[0]
    assert ([], 1) == (re.findall("<th[^>]*></th>", html), len(re.findall("<th[^>]*>price</th>", html)))

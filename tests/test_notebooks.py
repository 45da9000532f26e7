"""The shape of the notebooks: questions, calls and pictures, executed from top to bottom."""

import ast
import io
import tokenize

import nbformat
import pytest
from places import ROOT

from kit.build import runner, study

PATHS = sorted((ROOT / "notebooks").glob("*.ipynb"))
each_notebook = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


def cells(path, kind=None):
    """A notebook's cells; only its code or its prose, where asked."""
    return [cell for cell in nbformat.read(path, as_version=4).cells if kind in (None, cell.cell_type)]


def parameters(path):
    """The cells that papermill puts a study's parameters behind."""
    return [cell for cell in cells(path, "code") if "parameters" in cell.metadata.get("tags", ())]


def shown(cell):
    """What a code cell shows: `figure`, `table`, `sentence`, `verdict` or `headline`, as the report reads it."""
    return [output.metadata.get("kit", {}).get("kind") for output in cell.get("outputs", ()) if "metadata" in output]


def headings(path):
    """The text of a notebook's headings, by their marks."""
    lines = [line for cell in cells(path, "markdown") for line in cell.source.splitlines()]
    return [line for line in lines if line.startswith("#")]


def test_notebooks_are_there():
    """They are numbered, so that they sort in reading order."""
    assert [f"{number:02}" for number in range(len(PATHS))] == [path.stem[:2] for path in PATHS]


@each_notebook
def test_length(path):
    """A notebook has ten to twenty-five cells."""
    assert len(cells(path)) in range(10, 26)


@each_notebook
def test_title(path):
    """The first cell is prose, and its first line the notebook's one title, a question."""
    first = cells(path)[0]
    title = first.source.splitlines()[0]
    assert ("markdown", True, True) == (first.cell_type, title.startswith("# "), title.endswith("?"))
    assert [title] == [line for line in headings(path) if line.startswith("# ")]


@each_notebook
def test_code_is_calls(path):
    """No cell defines a function or class, or catches an error: that belongs in the kit."""
    trees = [ast.parse(cell.source) for cell in cells(path, "code")]
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Try, ast.TryStar, ast.While)
    assert [] == [ast.unparse(node) for tree in trees for node in ast.walk(tree) if isinstance(node, kinds)]


@each_notebook
def test_cells_are_short(path):
    """A code cell has at most eight lines, the parameters excepted."""
    given = parameters(path)
    assert 8 >= max(len(cell.source.splitlines()) for cell in cells(path, "code") if cell not in given)


@each_notebook
def test_one_picture_a_cell(path):
    """A cell shows one thing at most."""
    assert [] == [cell.source for cell in cells(path, "code") if len(cell.outputs) > 1]


@each_notebook
def test_parameters(path):
    """One cell is tagged `parameters`, and it holds plain assignments and nothing else."""
    tagged = parameters(path)
    assert [1, True] == [
        len(tagged), all(isinstance(node, ast.Assign) for cell in tagged for node in ast.parse(cell.source).body)
    ]  # fmt: skip


@each_notebook
def test_parameters_are_explained(path):
    """Each parameter has a comment behind it: a unit, or what it is."""
    source = parameters(path)[0].source
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    commented = {token.start[0] for token in tokens if token.type == tokenize.COMMENT}
    bare = [
        node.targets[0].id for node in ast.parse(source).body
        if not commented & set(range(node.lineno, node.end_lineno + 1))
    ]  # fmt: skip
    assert [] == bare


@each_notebook
def test_sections(path):
    """A notebook gives its answer before the evidence, and ends with what it cannot tell."""
    sections = [line.removeprefix("## ") for line in headings(path) if line.startswith("## ")]
    answer = "The recommendation" if path.stem == "11_decision" else "The answer"
    assert (answer, "What this cannot tell") == (sections[0], sections[-1])


@each_notebook
def test_answer_is_computed(path):
    """The first thing shown, under the answer's heading, is a sentence made from the result."""
    book = cells(path)
    at = next(number for number, cell in enumerate(book) if cell.cell_type == "code" and cell.outputs)
    heading = book[at - 1].source.splitlines()[0]
    assert (True, True) == (
        heading in ("## The answer", "## The recommendation"),
        shown(book[at])[0] in ("sentence", "verdict"),
    )


@each_notebook
def test_prose_before_pictures(path):
    """Prose says what to look for before each figure and each table."""
    book = cells(path)
    bare = [
        book[number].source for number, cell in enumerate(book)
        if {"figure", "table"} & set(shown(cell)) and book[number - 1].cell_type != "markdown"
    ]  # fmt: skip
    assert [] == bare


@each_notebook
def test_executed(path):
    """A notebook is committed as a fresh kernel left it: run from top to bottom, without an error or a warning."""
    code = cells(path, "code")
    outputs = [output for cell in code for output in cell.outputs]
    assert list(range(1, len(code) + 1)) == [cell.execution_count for cell in code]
    assert [] == [output for output in outputs if output.output_type == "error" or output.get("name") == "stderr"]


def first_jobs():
    """Of each notebook the first run in the study whose evidence it reads or saves when it is opened alone."""
    jobs = {}
    for path in PATHS:
        name = study.notebook_defaults(path)["evidence_dir"].split("/")[2]
        of = runner.jobs(study.read_study(name, ROOT), ROOT, ROOT / "reports" / name)
        jobs[path] = next(job for job in of if job.notebook == path)
    return jobs


@each_notebook
def test_defaults_are_a_study(path):
    """Opened alone, a notebook answers for a study: its defaults are what the study's first run gives it."""
    given, own = dict(first_jobs()[path].parameters), study.notebook_defaults(path)
    assert given == {name: own[name] for name in given}


@each_notebook
def test_study_gives_all_parameters(path):
    """No parameter stays at a default that the study does not know of, but for what a study may leave out."""
    left_out = {name for name, value in study.notebook_defaults(path).items() if not value} | {"alone"}
    assert set(study.notebook_defaults(path)) - left_out == set(first_jobs()[path].parameters) - left_out


@each_notebook
def test_evidence_is_saved(path):
    """A notebook that has a name to save under saves in its last cell, which the report leaves out."""
    last = cells(path, "code")[-1]
    saves = "saves" in study.notebook_defaults(path)
    assert (saves, saves) == ("evidence.save(" in last.source, "report-hide" in last.metadata.get("tags", ()))

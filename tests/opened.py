"""Run a shipped notebook here and now, with other parameters, and keep what each cell shows."""

import ast
import os
from contextlib import contextmanager
from pathlib import Path

import nbformat
from places import ROOT

NOTEBOOKS = ROOT / "notebooks"


def opened(name, **parameters):
    """The notebook with the outputs that it has under these parameters, as an analyst would run it."""
    book = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    scope = {}
    with _inside(NOTEBOOKS):
        for cell in book.cells:
            if cell.cell_type == "code":
                shown = _run(cell.source, scope)
                cell.outputs = [_output(shown)] if hasattr(shown, "_repr_mimebundle_") else []
                if "parameters" in cell.metadata.get("tags", ()):
                    scope |= parameters
    return book


def words(book):
    """All sentences, captions and texts of tables that the notebook shows."""
    outputs = [output for cell in book.cells for output in cell.get("outputs", ())]
    captions = [output.metadata["kit"].get("caption", "") for output in outputs]
    return "\n".join([*captions, *(output.data.get("text/plain", "") for output in outputs)])


def _run(source, scope):
    tree = ast.parse(source)
    last = tree.body[-1]
    if not isinstance(last, ast.Expr):
        exec(compile(tree, "cell", "exec"), scope)
        return None
    exec(compile(ast.Module(tree.body[:-1], []), "cell", "exec"), scope)
    return eval(compile(ast.Expression(last.value), "cell", "eval"), scope)


def _output(shown):
    data, metadata = shown._repr_mimebundle_()
    return nbformat.v4.new_output("display_data", data=data, metadata=metadata)


@contextmanager
def _inside(folder):
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)

"""Executes one notebook by papermill, and leaves it in place only when all of it has run."""

import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
import papermill
from papermill.exceptions import PapermillExecutionError

from kit.build import kernels
from kit.errors import RunError
from kit.files import write_text

__all__ = ["execute"]


def execute(notebook: Path, target: Path, parameters: Mapping[str, Any], name: str, place: Path) -> float:
    """Run a notebook with parameters and write the executed copy.

    Args:
        target: Where the executed notebook goes; a half-run one is left beside it as `NAME.failed.ipynb`.
        name: What to call the run in an error.
        place: The folder it runs in.

    Returns:
        Seconds it took.

    Raises:
        RunError: If a cell fails: notebook, cell and the last line of the error.
    """
    started = time.perf_counter()
    failed = target.with_suffix(".failed.ipynb")
    try:
        with TemporaryDirectory(prefix="kit-") as sockets:
            executed = papermill.execute_notebook(
                notebook,
                failed,
                dict(parameters),
                kernel_name="python3",
                language="python",
                progress_bar=False,
                autosave_cell_every=0,
                config=kernels.config(sockets),
                # not cwd=, which would change the working directory of every thread
                resources={"metadata": {"path": str(place)}},
            )
    except PapermillExecutionError as error:
        last = next((line for line in reversed(str(error.evalue).splitlines()) if line.strip()), "")
        cell = error.cell_index + (0 if parameters else 1)  # papermill puts a cell with the parameters in front of it
        raise RunError(
            f"{name}: {notebook.name}, cell {cell}: {error.ename}: {last} (half-run copy: {failed})"
        ) from None
    write_text(target, nbformat.writes(_settled(executed, name)) + "\n")
    failed.unlink()
    return time.perf_counter() - started


def _settled(notebook: nbformat.NotebookNode, name: str) -> nbformat.NotebookNode:
    """Without what differs from run to run: times, papermill's notes on them, random cell ids."""
    notebook.metadata.pop("papermill", None)
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"{name}-{number}"
        for note in ("papermill", "execution", "ExecuteTime"):
            cell.metadata.pop(note, None)
    return notebook

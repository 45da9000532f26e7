"""Papermill's engine, which also tells at which heading and cell a notebook is."""

from typing import Any

from papermill.engines import NBClientEngine, papermill_engines

from kit.build.watch import Watched

__all__ = ["ENGINE", "WatchedEngine"]

ENGINE = "kit"
"""How papermill calls it."""


class WatchedEngine(NBClientEngine):
    """Runs notebooks as papermill does; import this module to have it registered as ENGINE."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, watched: Watched, **how: Any) -> Any:
        """Run a notebook as papermill does, and note each cell that begins in `watched.part`."""
        begin, cells = nb_man.cell_start, nb_man.nb.cells

        def cell_start(cell: Any, cell_index: int | None = None, **more: Any) -> None:
            place = cells.index(cell) if cell_index is None else cell_index
            headings = [one.source for one in cells[: place + 1] if one.cell_type == "markdown"]
            lines = [line.strip("# ") for text in headings for line in text.splitlines() if line.startswith("#")]
            watched.part = f"cell {place + 1} of {len(cells)}" + (f", {lines[-1]}" if lines else "")
            begin(cell, cell_index, **more)

        nb_man.cell_start = cell_start
        return super().execute_managed_notebook(nb_man, kernel_name, **how)


papermill_engines.register(ENGINE, WatchedEngine)

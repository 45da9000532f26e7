"""Item values: the outcome of each item, kept beside the evidence, so that a later run is compared item by item."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from kit.client import split_id
from kit.errors import EvidenceError
from kit.files import write_text

if TYPE_CHECKING:
    from kit.benchmarks.measure import Measured

__all__ = ["ITEM_COLUMNS", "read_items", "save_items"]

ITEM_COLUMNS = ("subject", "way", "metric", "ref", "item", "value")
"""Columns of the file: the first four name the row of evidence that the item belongs to."""


def save_items(measured: Sequence[Measured], folder: str | Path, name: str) -> None:
    """Write each item's value, the mean of its samples, as `folder/items/name.csv`; no file if nothing was measured."""
    tables = [_values(m) for m in measured if m.scores["value"].notna().any()]
    path = Path(folder) / "items" / f"{name}.csv"
    if tables:
        write_text(path, pd.concat(tables).to_csv(index=False, lineterminator="\n"))
    else:
        path.unlink(missing_ok=True)


def read_items(folder: str | Path) -> pd.DataFrame:
    """Read the values of single items beside a run's evidence; empty if there are none.

    Raises:
        EvidenceError: If a file is not laid out as one.
    """
    tables = []
    for path in sorted((Path(folder) / "items").glob("*.csv")):
        try:
            table = pd.read_csv(path, dtype=dict.fromkeys(ITEM_COLUMNS[:-1], str), keep_default_na=False)
        except (OSError, ValueError) as error:
            raise EvidenceError(f"{path}: cannot be read as outcomes of items: {error}") from None
        if list(table.columns) != list(ITEM_COLUMNS):
            raise EvidenceError(f"{path}: its columns are not {', '.join(ITEM_COLUMNS)}; build the study again")
        tables.append(table)
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=list(ITEM_COLUMNS))


def _values(m: Measured) -> pd.DataFrame:
    counted = m.scores[m.scores["value"].notna()].astype({"value": "float64"})
    table = counted.groupby(["contender", "item"], sort=False)["value"].mean().reset_index()
    sides = table["contender"].map(split_id)
    named = table.assign(subject=sides.str[0], way=sides.str[1], metric=f"score.{m.category}", ref=m.ref)
    return named[list(ITEM_COLUMNS)]

"""Read outcomes that others recorded item by item: a long table, one row for each item, model and attempt.

Needed columns: `item`, `model`, `mark` (0 to 1; empty where nobody scored the attempt). Optional: `attempt`, `agent`,
`suite`, `input_tokens`, `output_tokens`, `seconds`, `usd` (US dollars). CSV or TSV, also gzipped, or Parquet. An empty
cell is unknown, never zero.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from kit.benchmarks import tables
from kit.benchmarks.imports.records import FIELDS
from kit.errors import ItemError, near_miss
from kit.text import plural

__all__ = ["COLUMNS", "Outcomes", "read_outcomes"]

COLUMNS: Mapping[str, str] = {
    "item": "the item's id",
    "model": "the model's name; a contender is MODEL@recorded",
    "mark": "share of the item that was solved, 0 to 1; empty where nobody scored it",
    "attempt": "number of the attempt; several attempts are repeats of one item",
    "agent": "the program around the model; if there are several, a contender is MODEL with AGENT@recorded",
    "suite": "name of the benchmark; if there are several, one has to be named",
    "input_tokens": "",
    "output_tokens": "",
    "seconds": "",
    "usd": "US dollars; 0 beside tokens that are not 0 is unknown",
}
"""Columns of the table."""

_NEEDED = ("item", "model", "mark")
_MEASURES = ("input_tokens", "output_tokens", "seconds", "usd")
_COVERED = 0.9
"""A model that covers a smaller share of the items is named."""


@dataclass(frozen=True, eq=False)
class Outcomes:
    """One suite's outcomes.

    Attributes:
        table: `contender`, `item`, `repeat` (0, 1, ...), `mark`, `input_tokens`, `output_tokens`, `seconds`, `usd`;
            floats, NaN where unknown.
        suite: Its name; empty where the table names none.
        remarks: What was left out or taken otherwise than it stands there, a clause each.
    """

    table: pd.DataFrame
    suite: str
    remarks: tuple[str, ...]

    @property
    def summary(self) -> str:
        """One line: how much was read, and the remarks."""
        table = self.table
        models, items = table["contender"].nunique(), table["item"].nunique()
        counts = f"{plural(len(table), 'outcome')} of {plural(models, 'model')} on {plural(items, 'item')}"
        return "; ".join([counts, *self.remarks])


def read_outcomes(path: str | Path, suite: str = "") -> Outcomes:
    """Read a long table of outcomes.

    Args:
        suite: Which suite, where the table holds several.

    Raises:
        ItemError: If a column is missing, a cell is no number or out of range, one attempt has two different marks, or
            the suite is not in the table; with file and row.
    """
    path = Path(path)
    cells, remarks = _by_our_names(_load(path))
    for name in _NEEDED:
        if name not in cells:
            have = ", ".join(cells)
            raise ItemError(f"{path}: no column {name!r}; {', '.join(_NEEDED)} are needed; it has {have}")
    remarks += [f"columns not used: {', '.join(unused)}"] if (unused := [c for c in cells if c not in COLUMNS]) else []
    cells, suite = _one_suite(cells, suite, path)
    for name in ("item", "model"):
        if (empty := cells[name].str.strip() == "").any():
            raise ItemError(f"{path}: row {cells.index[empty][0]}: {name!r} is empty")
    table = pd.DataFrame({"contender": _contenders(cells), "item": cells["item"].str.strip()})
    for name in ("mark", *_MEASURES):
        table[name] = _numbers(cells[name], path) if name in cells else float("nan")
    if (outside := table["mark"] > 1).any():
        row = cells.index[outside][0]
        raise ItemError(f"{path}: row {row}: mark {cells['mark'][row]!r} is above 1; give the share solved, 0 to 1")
    table.insert(2, "repeat", _repeats(cells, table, path))
    doubled = table.duplicated(["contender", "item", "repeat"])
    if doubled.any():
        remarks.append(f"{int(doubled.sum()):,} rows stand there twice and count once")
        table = table[~doubled]
    table, unknown = _known_dollars(table)
    remarks += [f"{unknown:,} rows of 0 dollars that cost something are of unknown cost"] if unknown else []
    if unmarked := int(table["mark"].isna().sum()):
        remarks.append(f"{unmarked:,} rows have no mark")
    return Outcomes(table.reset_index(drop=True), suite, (*remarks, *_gaps(table)))


def _by_our_names(cells: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """The table with its columns under the names above, and a remark for each that was renamed."""
    names = {
        field: role
        for role in ("item", "model", "mark", "attempt", *_MEASURES)
        if role not in cells
        and (field := next((name for name in FIELDS[role] if name in cells and name != "score"), ""))
    }
    cells = cells.rename(columns=names)
    if "mark" in cells:
        verdicts = cells["mark"].str.strip().str.lower().map({"true": "1", "false": "0"})
        cells["mark"] = verdicts.fillna(cells["mark"])
    return cells, [f"{role} is {field}" for field, role in names.items()]


def _load(path: Path) -> pd.DataFrame:
    """The table's cells as text, numbered as a person counts rows, the header being row 1 of a text file."""
    try:
        with path.open("rb") as file:
            packed = file.read(4) == b"PAR1"
    except OSError as error:
        raise ItemError(f"{path}: cannot be read: {error.strerror}") from error
    if packed:
        names, rows = tables.parquet(path)
        table = pd.DataFrame([["" if cell is None else str(cell) for cell in row] for row in rows], columns=names)
        table.index += 1
    else:
        text = ".tsv" in path.suffixes
        try:
            table = pd.read_csv(path, sep="\t" if text else ",", dtype=str, keep_default_na=False, index_col=False,
                                encoding="utf-8-sig")  # fmt: skip
        except (ValueError, OSError, EOFError) as error:
            raise ItemError(f"{path}: cannot be read as a table: {str(error).splitlines()[0]}") from error
        table.index += 2
    return table.rename(columns=lambda name: str(name).strip().lower())


def _one_suite(cells: pd.DataFrame, suite: str, path: Path) -> tuple[pd.DataFrame, str]:
    if "suite" not in cells:
        return cells, suite
    names = list(cells["suite"].unique())
    if not suite and len(names) == 1:
        return cells, str(names[0])
    if suite not in names:
        known = ", ".join(map(str, names))
        wrong = f"suite {suite!r} is not in it{near_miss(suite, names)}" if suite else "it holds several suites"
        raise ItemError(f"{path}: {wrong}; name one of {known}")
    return cells[cells["suite"] == suite], suite


def _contenders(cells: pd.DataFrame) -> pd.Series:
    model = cells["model"].str.strip()
    if "agent" in cells and cells["agent"].nunique() > 1:
        model = model + " with " + cells["agent"].str.strip()
    return model + "@recorded"


def _numbers(cells: pd.Series, path: Path) -> pd.Series:
    text = cells.str.strip()
    numbers = pd.to_numeric(text.where(text != ""), errors="coerce")
    wrong = (numbers.isna() & (text != "")) | (numbers < 0) | (numbers == float("inf"))
    if wrong.any():
        row = cells.index[wrong][0]
        unit = "US dollars" if cells.name == "usd" else "a number, 0 or more"
        raise ItemError(f"{path}: row {row}: {cells.name} {cells[row]!r} cannot be read; give {unit}, such as 0.5")
    return numbers.astype("float64")


def _repeats(cells: pd.DataFrame, table: pd.DataFrame, path: Path) -> pd.Series:
    """The attempt's place among those at its item; without the column, an item may stand there once a model."""
    attempt = _numbers(cells["attempt"], path) if "attempt" in cells else pd.Series(0.0, index=cells.index)
    whole = table.assign(attempt=attempt)
    clash = whole.duplicated(["contender", "item", "attempt"]) & ~whole.duplicated()
    if clash.any():
        row = cells.index[clash][0]
        who, item = table["contender"][row].removesuffix("@recorded"), table["item"][row]
        raise ItemError(
            f"{path}: row {row}: {who} has another row for item {item!r} with other figures; number repeats in a "
            "column 'attempt'"
        )
    return whole.groupby(["contender", "item"])["attempt"].rank("dense").sub(1).fillna(0).astype("int64")


def _known_dollars(table: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Make dollars of 0 unknown where tokens were used or other attempts of the same model cost something."""
    free = table["usd"] == 0
    used = (table["input_tokens"].fillna(0) + table["output_tokens"].fillna(0)) > 0
    pays = table.groupby("contender")["usd"].transform("max") > 0
    unknown = free & (used | pays)
    return table.assign(usd=table["usd"].mask(unknown)), int(unknown.sum())


def _gaps(table: pd.DataFrame) -> list[str]:
    items = table["item"].nunique()
    covered = table.groupby("contender", sort=False)["item"].nunique()
    return [
        f"{str(name).removesuffix('@recorded')} covers {n:,} of {items:,} items"
        for name, n in covered.items() if n < _COVERED * items
    ]  # fmt: skip

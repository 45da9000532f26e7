"""The one table: every figure in a report is a row here, with where it came from and when.

Columns
    subject   what the figure is about: a model, a provider, or "candidate vs incumbent"
    metric    what was counted: `price.output`, `score.general`, `context.tokens`, `input.vision`, ...
    value     the figure; yes and no are 1 and 0
    low, high the 95 % interval, empty where there is none
    n         items behind the value, empty where it is not a sample
    unit      `USD/Mtok`, `%`, `tokens`, `tok/s`, `x`, `yes/no`, ...
    source    the kind of evidence: see SOURCES
    as_of     the date it held, ISO, as precise as its source gives it (`2026`, `2026-09-10`)
    ref       suite and version, run, package version or URL
    way       the provider that the answers came through, for what was measured: `openrouter`, `gateway`
    scope     the part of the work that it is about: an endpoint of the log, a routing policy; empty for all of it
    against   the contender on the other side of a comparison: `gpt-4o`, `gpt-4o@openai`
    note      the condition or wording it came with: "off-peak", "WeChat or Alipay"; nothing is read back from it

A row's id is a short hash of what it says it is (everything but its value), so that the same row has the same
id in every notebook and every build, and a citation can be followed to the appendix.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from math import isnan, nan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kit.errors import EvidenceError, near_miss
from kit.files import write_text
from kit.stats import Estimate

if TYPE_CHECKING:  # pandas takes 0.5 s to import, and a service that prices its calls needs only Row
    import pandas as pd

__all__ = [
    "COLUMNS", "SOURCES", "UNANSWERED", "Row", "best", "circumstances", "cite", "contender_row", "find", "frame",
    "is_building", "kinds", "listing", "load", "moment", "read", "save", "to_csv",
]  # fmt: skip

SOURCES = {
    "measured": "measured by this kit, on the study's items",
    "contract": "the team's own prices, from its contract",
    "list": "a public price list, on the study's date and hour",
    "recorded": "outcomes that others recorded item by item, scored and paired by this kit",
    "published": "published by the maker, a benchmark's authors or a catalog",
    "article": "printed in the article under audit",
}
"""Kind of evidence -> what it means; the order is the order of trust: measured beats published."""

_TRUST = {kind: place for place, kind in enumerate(SOURCES)}

UNANSWERED = "requests.unanswered"
"""The metric by which a run says that it is not done: it is run again until its value is 0."""

COLUMNS = (
    "subject", "metric", "value", "low", "high", "n", "unit", "source", "as_of", "ref", "way", "scope", "against",
    "note",
)  # fmt: skip
_NUMBERS = ("value", "low", "high")
_WORDS = {"yes/no": {1: "yes", 0: "no"}, "winner": {1: "candidate", 0: "tie", -1: "incumbent"}, "note": {1: "noted"}}
_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
_CIRCUMSTANCES = {"way": "through {}", "scope": "on {}", "against": "against {}", "note": "{}"}
_NAME = ("subject", "metric", "unit", "source", "as_of", "ref", "note", "way", "scope", "against")


_FORMULA = re.compile(r"^(?=['=+@\t-])")
_INERT = re.compile(r"^'(?=['=+@\t-])")
"""A text that begins so is a formula in a spreadsheet, unless an apostrophe stands before it."""


@dataclass(frozen=True)
class Row:
    """One figure and all that is needed to check it; the fields are the table's columns."""

    subject: str
    metric: str
    value: float
    unit: str
    source: str
    as_of: str
    ref: str
    low: float | None = None
    high: float | None = None
    n: int | None = None
    note: str = ""
    way: str = ""
    scope: str = ""
    against: str = ""


def contender_row(
    contender: str, metric: str, figure: float | Estimate, unit: str, day: date | str, ref: str, n: int | None = None,
    *, source: str = "measured", scope: str = "", against: str = "", note: str = "",
) -> Row:  # fmt: skip
    """Build the row of a figure that was found about one contender, as it was called.

    Args:
        contender: `model@provider`: the model is the row's subject, the provider its `way`; or a model alone.
        figure: A number, or one with its interval; an interval of which an end is missing is left out.
    """
    model, way = contender.rsplit("@", 1) if "@" in contender else (contender, "")
    estimate = figure if isinstance(figure, Estimate) else Estimate(figure, nan, nan)
    low, high = (None if end is None or isnan(end) else float(end) for end in (estimate.low, estimate.high))
    return Row(
        model, metric, float(estimate.value), unit, source, str(day), ref, low, high, n, note, way, scope, against
    )


def circumstances(row: Any) -> str:
    """A row's way, scope, opponent and note in words: `through gateway; on classify; against gpt-4o`."""
    values = {column: getattr(row, column) for column in _CIRCUMSTANCES}
    return "; ".join(_CIRCUMSTANCES[column].format(value) for column, value in values.items() if value)


def frame(rows: Iterable[Row], where: str = "evidence") -> pd.DataFrame:
    """Make the table from rows.

    Args:
        rows: In any order; rows that are the same in all columns are kept once.
        where: What to call the place in an error.

    Returns:
        COLUMNS and `id`, sorted by subject, metric, source, as_of and ref.

    Raises:
        EvidenceError: If a row breaks the schema, or two rows with one name differ in value.
    """
    import pandas as pd

    return _validate(pd.DataFrame([asdict(row) for row in rows], columns=list(COLUMNS)), where)


def save(rows: pd.DataFrame, folder: str | Path, name: str) -> str:
    """Write one notebook's evidence as `folder/name.csv`, in one step, and say so in a sentence.

    Only a build changes a study's evidence. A notebook that is opened by hand and finds something else saves it beside,
    under `exploring/`, so that what others read stays of one day and one set of parameters.
    """
    table = _validate(rows, f"{folder}/{name}.csv")
    path, text = Path(folder) / f"{name}.csv", to_csv(table[list(COLUMNS)])
    if not is_building() and path.exists() and path.read_text(encoding="utf-8") != text:
        beside = path.parents[1] / "exploring" / path.name
        write_text(beside, text)
        return f"{len(table)} rows of evidence saved as {beside}: they differ from the study's own, which stay"
    write_text(path, text)
    return f"{len(table)} rows of evidence saved as {name}.csv"


def moment(as_of: str) -> datetime:
    """The date and hour of a study, in UTC, as a notebook's parameter has it.

    Raises:
        EvidenceError: If it is no date.
    """
    try:
        at = datetime.fromisoformat(as_of)
        return (at.replace(tzinfo=UTC) if at.tzinfo is None else at).astimezone(UTC)
    except (ValueError, OverflowError, TypeError):
        raise EvidenceError(f"as_of: {as_of!r} is not a date and hour such as 2026-11-24T15:00Z") from None


def to_csv(table: pd.DataFrame) -> str:
    """Write evidence as CSV in which no text is a formula of a spreadsheet."""
    inert = table.copy()
    for column in set(_NAME) & set(inert.columns):
        inert[column] = inert[column].str.replace(_FORMULA, r"'\g<0>", regex=True)
    return str(inert.to_csv(index=False, lineterminator="\n"))


def read(path: str | Path) -> pd.DataFrame:
    """Read one evidence CSV, checked."""
    import pandas as pd

    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise EvidenceError(f"{path}: cannot be read as evidence: {error}") from None
    for column in set(_NAME) & set(table.columns):
        table[column] = table[column].str.replace(_INERT, "", regex=True)
    return _validate(table, str(path))


def load(folder: str | Path, names: Sequence[str], day: date | None = None) -> pd.DataFrame:
    """Read evidence that earlier notebooks of a study saved, as one table.

    Args:
        day: The day that a notebook asks about, where it is opened by hand; list prices of another day are refused.

    Raises:
        EvidenceError: If a file is not there, two files disagree about one row, or the evidence is of another day.
    """
    import pandas as pd

    files = [Path(folder) / f"{name}.csv" for name in names]
    if missing := [file for file in files if not file.exists()]:
        raise EvidenceError(f"{missing[0]}: not there yet; run the notebook that saves it, or `python -m kit report`")
    table = _validate(pd.concat([read(file) for file in files], ignore_index=True), str(folder)) if files else frame([])
    listed = sorted(set(table[table["source"] == "list"]["as_of"]))
    if day and listed and not is_building() and str(day) not in listed:
        raise EvidenceError(
            f"{folder}: its prices are of {listed[-1]}, and as_of is {day}; set as_of to that day, or build a study of "
            f"{day} (python -m kit report)"
        )
    return table


def is_building() -> bool:
    """Return whether a build runs this notebook, or a test that holds it to its outputs, and nobody by hand."""
    return bool(os.environ.get("KIT_BUILD"))


def find(table: pd.DataFrame, subject: str, metric: str, *sources: str) -> pd.DataFrame:
    """All rows on one metric of one subject, the most trusted kind first; only `sources`, where given."""
    import numpy as np

    # a verdict asks hundreds of times, mostly for a row or none: plain arrays take a tenth of what pandas does
    rows = np.flatnonzero((table["metric"].to_numpy(object) == metric) & (table["subject"].to_numpy(object) == subject))
    wanted, kinds_of = list(sources or SOURCES), table["source"].to_numpy(object)[rows]
    order = sorted(range(len(rows)), key=lambda n: _TRUST.get(kinds_of[n], 0))
    return table.iloc[rows[[n for n in order if kinds_of[n] in wanted]]]


def best(table: pd.DataFrame, subject: str, metric: str, *sources: str) -> pd.Series | None:
    """The most trusted row on one metric of one subject, or None; kinds are never averaged."""
    rows = find(table, subject, metric, *sources)
    return None if rows.empty else rows.iloc[0]


def cite(rows: pd.DataFrame | Iterable[pd.Series | None]) -> str:
    """The ids of rows, as a report prints them: `Ek3x9a2 Ep02mm7`."""
    import pandas as pd

    ids = rows["id"] if isinstance(rows, pd.DataFrame) else [row["id"] for row in rows if row is not None]
    return " ".join(dict.fromkeys(ids))


def kinds(table: pd.DataFrame) -> pd.DataFrame:
    """Return how many rows are of each kind, the most trusted first: `kind of evidence`, `rows`, `what it is`."""
    import pandas as pd

    count = table["source"].value_counts()
    return pd.DataFrame(
        {"kind of evidence": kind, "rows": int(count.get(kind, 0)), "what it is": meaning}
        for kind, meaning in SOURCES.items()
    )


def listing(table: pd.DataFrame) -> pd.DataFrame:
    """All rows as an appendix prints them: `id`, `subject`, `metric`, `value`, `evidence`, `reference and note`."""
    import pandas as pd

    table = table.sort_values("subject", key=_by_number, kind="stable")
    return pd.DataFrame({
        "id": table["id"], "subject": table["subject"], "metric": table["metric"],
        "value": [_value_text(row) for row in table.itertuples()],
        "evidence": table["source"] + " " + table["as_of"],
        "reference and note": ["; ".join(filter(None, (row.ref, circumstances(row)))) for row in table.itertuples()],
    })  # fmt: skip


def _by_number(names: pd.Series) -> pd.Series:
    """Return what sorts K2 before K13."""
    return names.str.replace(r"\d+", lambda number: number[0].zfill(9), regex=True)


def _value_text(row: Any) -> str:
    """A row's value in words, with its unit and interval."""
    import pandas as pd

    if row.value in (words := _WORDS.get(row.unit, {})):
        return words[row.value]
    interval = "" if pd.isna(row.low) else f" [{row.low:.1f}, {row.high:.1f}]"
    return f"{row.value:,.10g} {row.unit}{interval}"


_NEW = ["way", "scope", "against"]
"""Columns that evidence of version 0.4 had not."""


def _validate(table: pd.DataFrame, where: str) -> pd.DataFrame:
    if missing := [c for c in COLUMNS if c not in table.columns]:
        old = "; an earlier version saved it: remove it, and build the study again" if missing == _NEW else ""
        raise EvidenceError(f"{where}: column {missing[0]!r} is missing; evidence has {', '.join(COLUMNS)}{old}")
    if unknown := [c for c in table.columns if c not in (*COLUMNS, "id")]:
        raise EvidenceError(f"{where}: column {unknown[0]!r} is not evidence{near_miss(unknown[0], COLUMNS)}")
    table = table[list(COLUMNS)].reset_index(drop=True)
    for column in (*_NUMBERS, "n"):
        table[column] = _numbers(table, column, where)
    for column in _NAME:
        table[column] = table[column].fillna("").astype(str)
    for number, row in enumerate(table.itertuples(index=False), start=1):
        if fault := _fault(row):
            raise EvidenceError(f"{where}: row {number} ({row.subject}, {row.metric}): {fault}")
    return _unique(table, where)


def _numbers(table: pd.DataFrame, column: str, where: str) -> pd.Series:
    """A column as numbers, missing where it was empty; anything else is a fault, not a missing number."""
    import pandas as pd

    filled = table[column].notna() & (table[column].astype(str) != "")
    numbers = pd.to_numeric(table[column], errors="coerce")
    whole = "whole " if column == "n" else ""
    wrong = filled & (numbers.isna() | (bool(whole) & (numbers % 1 != 0)))
    if wrong.any():
        row = table[wrong].iloc[0]
        raise EvidenceError(
            f"{where}: row {row.name + 1} ({row['subject']}, {row['metric']}): {column} is not a {whole}number: "
            f"{row[column]!r}"
        )
    return numbers.astype("Int64" if column == "n" else "float64")


def _fault(row: Any) -> str | None:
    import pandas as pd

    if not (row.subject and row.metric and row.unit and row.ref):
        return "subject, metric, unit and ref must not be empty"
    if pd.isna(row.value):
        return "value is not a number; leave the row out where the figure is unknown"
    if row.source not in SOURCES:
        return f"{row.source!r} is not a kind of evidence{near_miss(row.source, SOURCES)}"
    if not _is_date(row.as_of):
        return f"as_of {row.as_of!r} is not an ISO date such as 2026-11-24"
    if pd.isna(row.low) != pd.isna(row.high) or row.low > row.value or row.high < row.value:
        return f"the interval [{row.low}, {row.high}] does not hold the value {row.value}"
    return None


def _is_date(text: str) -> bool:
    """Return whether it is a year, month or day that there is."""
    try:
        return bool(_DATE.fullmatch(text) and date.fromisoformat(text + "-01-01"[len(text) - 4 :]))
    except ValueError:
        return False


def _unique(table: pd.DataFrame, where: str) -> pd.DataFrame:
    table["id"] = [_id(name) for name in table[list(_NAME)].itertuples(index=False, name=None)]
    table = table.drop_duplicates()
    if (twice := table["id"].duplicated(keep=False)).any():
        first, second = table[twice].iloc[0], table[twice].iloc[1]
        raise EvidenceError(
            f"{where}: {first['subject']} {first['metric']} ({first['source']}, {first['ref']}) is given twice: "
            f"{first['value']} and {second['value']}; keep one, or let `scope` or `note` say how they differ"
        )
    return table.sort_values(["subject", "metric", "source", "as_of", "ref", *_CIRCUMSTANCES], ignore_index=True)


def _id(name: Sequence[str]) -> str:
    """An id from the columns of _NAME; of the last three only those that are not empty, so that older ids stay."""
    newer = [f"{column}={value}" for column, value in zip(_NAME[-3:], name[-3:], strict=True) if value]
    return "E" + _hash("\x1f".join([*name[:-3], *newer]))


def _hash(name: str) -> str:
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8])
    letters = "0123456789abcdefghjkmnpqrstvwxyz"
    return "".join(letters[(number >> shift) & 31] for shift in range(0, 30, 5))

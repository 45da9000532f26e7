"""The explorer: one page to filter, sort, search and read all items and evidence of a study, without a network.

No library: the rows in sight are 150 lines of plain JavaScript (`templates/explorer.js`), where a table library would
bring 100 to 400 kB into each report and styles that the page's policy would have to allow.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from kit.evidence import read
from kit.files import write_text
from kit.report import items as saved
from kit.report.inert_page import render
from kit.text import plain, plural

__all__ = ["page", "write"]

_LONGEST = 20_000
"""Characters of a text that the page holds; it says so where it cuts one."""

_ITEM_COLUMNS: Sequence[Mapping[str, Any]] = (
    {"name": "suite", "filter": True, "width": 11}, {"name": "item", "width": 14},
    {"name": "candidate", "filter": True, "width": 13}, {"name": "incumbent", "filter": True, "width": 11},
    {"name": "outcome", "filter": True, "width": 10}, {"name": "mark", "kind": "number", "width": 5},
    {"name": "incumbent mark", "kind": "number", "width": 10},
    {"name": "USD", "kind": "number", "digits": 6, "width": 7},
    {"name": "incumbent USD", "kind": "number", "digits": 6, "width": 10},
    {"name": "seconds", "kind": "number", "digits": 2, "width": 6}, {"name": "calls", "kind": "number", "width": 5},
    {"name": "why", "width": 22},
    {"name": "asked", "kind": "hidden"}, {"name": "one", "kind": "hidden"}, {"name": "other", "kind": "hidden"},
)  # fmt: skip
_EVIDENCE_COLUMNS: Sequence[Mapping[str, Any]] = (
    {"name": "id", "width": 6}, {"name": "subject", "filter": True, "width": 15},
    {"name": "metric", "filter": True, "width": 14}, {"name": "value", "kind": "number", "width": 9},
    {"name": "low", "kind": "number", "width": 7}, {"name": "high", "kind": "number", "width": 7},
    {"name": "n", "kind": "number", "width": 5}, {"name": "unit", "width": 7},
    {"name": "source", "filter": True, "width": 7}, {"name": "as_of", "width": 7}, {"name": "ref", "width": 22},
    {"name": "way", "filter": True, "width": 8}, {"name": "scope", "filter": True, "width": 10},
    {"name": "against", "width": 10}, {"name": "note", "width": 22},
)  # fmt: skip


def page(items: pd.DataFrame, evidence: pd.DataFrame | None = None, *, title: str, subtitle: str = "") -> str:
    """Write the page.

    Args:
        items: `items.COLUMNS`; texts may be hostile.
        evidence: As from `kit.evidence`; left out if missing.
    """
    texts: dict[str, int] = {"": 0}
    tables = []
    if len(items):
        tables.append(_table("Items", items, [c for c in _ITEM_COLUMNS if _known(items[c["name"]])], texts))
    if evidence is not None and len(evidence):
        tables.append(
            _table("Evidence", evidence, [c for c in _EVIDENCE_COLUMNS if _known(evidence[c["name"]])], texts)
        )
    tables = tables or [{"name": "Items", "columns": [{"name": "item", "kind": "text"}], "rows": []}]
    data = {"tables": tables, "texts": [_cut(text) for text in texts]}
    return render("explorer", data, title=plain(title), subtitle=plain(subtitle))


def write(folder: Path, title: str, subtitle: str = "") -> Path:
    """Write `explorer.html` into a built study's folder, from the items and the evidence that are there."""
    evidence = [read(path) for path in sorted((folder / "evidence").glob("*.csv"))]
    rows = pd.concat(evidence).drop_duplicates() if evidence else None
    html = page(saved.load(folder / "answers"), rows, title=title, subtitle=subtitle)
    write_text(path := folder / "explorer.html", html)
    return path


def _known(column: pd.Series) -> bool:
    """True if there is anything in a column."""
    return bool((column.notna() & (column.astype(str) != "")).any())


def _table(
    name: str, frame: pd.DataFrame, columns: Sequence[Mapping[str, Any]], texts: dict[str, int]
) -> dict[str, Any]:
    def cells(column: Mapping[str, Any]) -> list[Any]:
        values = frame[column["name"]]
        if column.get("kind") == "hidden":
            return [texts.setdefault(str(text), len(texts)) for text in values]
        if column.get("kind") == "number":
            return [None if pd.isna(value) else _short(float(value)) for value in values]
        return ["" if pd.isna(value) else plain(str(value)) for value in values]

    meanings = {**saved.COLUMNS} | {
        "outcome": "; ".join(f"{name}: {meaning}" for name, meaning in saved.OUTCOMES.items())
    }
    heads = [{"kind": "text", "meaning": meanings.get(str(c["name"]), ""), **c} for c in columns]
    return {"name": name, "columns": heads, "rows": list(map(list, zip(*map(cells, columns), strict=True)))}


def _short(value: float) -> float | int:
    """A number as a reader needs it: ten digits."""
    short = float(f"{value:.10g}")
    return int(short) if short.is_integer() and abs(short) < 2**53 else short


def _cut(text: str) -> str:
    if len(text) <= _LONGEST:
        return plain(text)
    return plain(text[:_LONGEST]) + f"\n[{plural(len(text) - _LONGEST, 'more character')} left out of this page]"

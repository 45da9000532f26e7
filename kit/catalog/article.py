"""The article under audit: its figures as evidence, in the order in which it printed them."""

from __future__ import annotations

import csv
from collections.abc import Collection
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from kit import evidence
from kit.errors import EvidenceError, near_miss

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["GRADES", "compares", "figures", "price", "printed", "printed_for", "table"]

GRADES = {"A+": 4.3, "A": 4.0, "A-": 3.7, "B+": 3.3, "B": 3.0, "B-": 2.7, "C+": 2.3, "C": 2.0, "C-": 1.7, "D": 1.0}
"""Letter -> grade points, the US college scale, so that letters can be ordered and stored as figures."""

_FILE = Path(__file__).parents[1] / "data" / "article.csv"


@cache
def figures() -> pd.DataFrame:
    """All figures that the article prints, as evidence (source `article`)."""
    return evidence.read(_FILE)


def compares(models: Collection[str]) -> bool:
    """Return whether a comparison is one that the article makes: it prints prices of two of the models at least."""
    return len(set(models) & set(printed("T1")["subject"])) > 1


def printed_for(models: Collection[str], *tables: str) -> pd.DataFrame:
    """Rows of printed tables for a study of these models; none where the article does not compare two of them.

    Args:
        tables: Such as `T1`, or `T2 price.` for the metrics that begin so.
    """
    import pandas as pd

    rows = [printed(*table.partition(" ")[::2]) for table in tables] if compares(models) else []
    return pd.concat(rows, ignore_index=True) if rows else figures().iloc[:0]


def printed(ref: str, metric: str = "") -> pd.DataFrame:
    """The rows of one printed table (`T1` ... `T8`, `C2`, `K1` ...), in print order.

    Args:
        ref: The table's name.
        metric: Only metrics that start so.

    Returns:
        Evidence columns and `id`, as in `kit.evidence`.

    Raises:
        EvidenceError: If the article prints no such table.
    """
    import pandas as pd

    order = pd.read_csv(_FILE, usecols=["subject", "metric", "ref"])
    if ref not in set(order["ref"]):
        raise EvidenceError(f"{ref!r} is not a table of the article{near_miss(ref, order['ref'].unique())}")
    rows = order.merge(figures(), on=["subject", "metric", "ref"], how="left", validate="1:1")
    return rows[(rows["ref"] == ref) & rows["metric"].str.startswith(metric)].reset_index(drop=True)


def table(ref: str, metric: str = "") -> pd.DataFrame:
    """One printed table, a row a subject and a column a metric (its last word), both in print order."""
    rows = printed(ref, metric).assign(metric=lambda r: r["metric"].str.split(".").str[-1])
    wide = rows.pivot_table(index="subject", columns="metric", values="value", sort=False)
    return wide.rename_axis(index=None, columns=None)


def price(model: str, side: str) -> tuple[Decimal | None, str]:
    """The printed price of a model's `input` or `output` in USD per million tokens, and the table that prints it."""
    return _prices().get((model, f"price.{side}"), (None, "T1"))


@cache
def _prices() -> dict[tuple[str, str], tuple[Decimal, str]]:
    with _FILE.open(encoding="utf-8", newline="") as file:  # read without pandas, which a service need not load
        rows = [row for row in csv.DictReader(file) if row["ref"] in ("T1", "T2", "T3")]
    return {(row["subject"], row["metric"]): (Decimal(row["value"]), row["ref"]) for row in rows}

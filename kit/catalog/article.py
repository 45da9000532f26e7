"""The article under audit: its figures as evidence, in the order in which it printed them."""

from functools import cache
from pathlib import Path

import pandas as pd

from kit import evidence
from kit.errors import EvidenceError, near_miss

__all__ = ["GRADES", "figures", "printed", "table"]

GRADES = {"A+": 4.3, "A": 4.0, "A-": 3.7, "B+": 3.3, "B": 3.0, "B-": 2.7, "C+": 2.3, "C": 2.0, "C-": 1.7, "D": 1.0}
"""Letter -> grade points, the US college scale, so that letters can be ordered and stored as figures."""

_FILE = Path(__file__).parents[1] / "data" / "article.csv"


@cache
def figures() -> pd.DataFrame:
    """All that the article prints, as evidence (source `article`)."""
    return evidence.read(_FILE)


def printed(ref: str, metric: str = "") -> pd.DataFrame:
    """The rows of one printed table (`T1` ... `T8`, `C2`, `K1` ...), in print order.

    Args:
        ref: Which table.
        metric: Only metrics that start so.

    Returns:
        Evidence columns and `id`, as in `kit.evidence`.

    Raises:
        EvidenceError: If the article prints no such table.
    """
    order = pd.read_csv(_FILE, usecols=["subject", "metric", "ref"])
    if ref not in set(order["ref"]):
        raise EvidenceError(f"{ref!r} is nothing that the article prints{near_miss(ref, order['ref'].unique())}")
    rows = order.merge(figures(), on=["subject", "metric", "ref"], how="left", validate="1:1")
    return rows[(rows["ref"] == ref) & rows["metric"].str.startswith(metric)].reset_index(drop=True)


def table(ref: str, metric: str = "") -> pd.DataFrame:
    """One printed table, a row a subject and a column a metric (its last word), both in print order."""
    rows = printed(ref, metric).assign(metric=lambda r: r["metric"].str.split(".").str[-1])
    wide = rows.pivot_table(index="subject", columns="metric", values="value", sort=False)
    return wide.rename_axis(index=None, columns=None)

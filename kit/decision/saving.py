"""What a month of the study's workload costs, and what a move would save: book by book, never across books."""

from dataclasses import dataclass
from itertools import product

import pandas as pd

from kit import evidence

__all__ = ["Bills", "Saving", "bills", "even_mix", "paired_bills", "saving"]


@dataclass(frozen=True)
class Bills:
    """A month of the study's workload in USD: at the most trusted price book, and the span over all books and hours."""

    usd: float
    low: float
    high: float
    source: str
    rows: str


@dataclass(frozen=True)
class Saving:
    """USD a month that a move would save: at the most trusted price book, and the span over all books and hours."""

    usd: float
    least: float
    most: float
    source: str


def bills(table: pd.DataFrame, model: str, *books: str) -> Bills | None:
    """A model's monthly bill for the study's workload, in these books or in any; None where none can price it."""
    now = evidence.best(table, model, "bill.month", *books)
    if now is None:
        return None
    rows = _all_bills(table, model)
    rows = rows[rows["source"].isin(books or evidence.SOURCES)]
    return Bills(now["value"], rows["value"].min(), rows["value"].max(), now["source"], evidence.cite(rows))


def saving(table: pd.DataFrame, candidate: str, incumbent: str) -> Saving | None:
    """What a move saves; each bill of the candidate is set against the incumbent's bill from the same price book."""
    pairs = paired_bills(table, candidate, incumbent)
    source = next((source for source in evidence.SOURCES if source in pairs), None)
    if source is None:
        return None
    ours, theirs = (evidence.best(table, model, "bill.month", source) for model in (candidate, incumbent))
    assert ours is not None and theirs is not None, "a pair is of two bills of its book"
    gaps = [their - our for book in pairs.values() for our, their in book]
    return Saving(float(theirs["value"] - ours["value"]), min(gaps), max(gaps), source)


def paired_bills(table: pd.DataFrame, candidate: str, incumbent: str) -> dict[str, list[tuple[float, float]]]:
    """Book -> each bill of the candidate with each of the incumbent's, whatever the hour; books that price both."""
    ours, theirs = _all_bills(table, candidate), _all_bills(table, incumbent)
    books = set(ours[ours["metric"] == "bill.month"]["source"]) & set(
        theirs[theirs["metric"] == "bill.month"]["source"]
    )
    return {
        source: list(product(ours[ours["source"] == source]["value"], theirs[theirs["source"] == source]["value"]))
        for source in books
    }


def even_mix(table: pd.DataFrame, candidate: str, incumbent: str) -> tuple[float, bool] | None:
    """The input share of all tokens at which the two cost the same, and whether the candidate is cheaper above it.

    By the most trusted book that has both prices of both models; None if there is none, or one is cheaper at any mix.
    """
    for source in evidence.SOURCES:
        prices = [
            evidence.best(table, model, f"price.{side}", source)
            for side in ("input", "output") for model in (candidate, incumbent)
        ]  # fmt: skip
        if any(row is None for row in prices):
            continue
        ours_in, theirs_in, ours_out, theirs_out = (float(row["value"]) for row in prices if row is not None)
        more_in, more_out = ours_in - theirs_in, ours_out - theirs_out
        return (more_out / (more_out - more_in), more_in < 0) if more_in * more_out < 0 else None
    return None


def _all_bills(table: pd.DataFrame, model: str) -> pd.DataFrame:
    return table[(table["subject"] == model) & table["metric"].str.startswith("bill.month")]

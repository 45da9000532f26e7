"""The cost of a month of the study's workload, and what a move would save.

Bills are set against each other book by book. One exception: where only one of the two has a contract, today's bill is
what is paid and the candidate's is the best price known for it, and both books are told.

Where the cost of accepted answers was measured or recorded and no log gives the month, that is the money of the
comparison: a month's bill at list prices supposes that both models use the same tokens.
"""

from dataclasses import dataclass
from itertools import product

import pandas as pd

from kit import evidence
from kit.decision import matchup

__all__ = [
    "ACCEPTED_ANSWERS", "MONTH", "Bills", "Saving", "accepted_costs", "bills", "even_mix", "has_log", "paired_bills",
    "saving",
]  # fmt: skip

MONTH, ACCEPTED_ANSWERS = "a month", "for 1,000 accepted answers"
"""The two amounts of work that a bill may be of, as a sentence says them."""


@dataclass(frozen=True)
class Bills:
    """A bill in USD: a month of the study's workload at the most trusted price book, and the span over books and hours.

    Attributes:
        amount: Work that the bill is of: MONTH; or ACCEPTED_ANSWERS, and then `low` and `high` are a 95 % interval.
    """

    usd: float
    low: float
    high: float
    source: str
    rows: str
    amount: str = MONTH


@dataclass(frozen=True)
class Saving:
    """USD a month that a move would save: at the most trusted price book, and the span over all books and hours.

    Attributes:
        source: Book of the candidate's bill, and of the incumbent's where `paid` is empty.
        paid: Book of the incumbent's bill where it is another one.
        books: All books of the span.
    """

    usd: float
    least: float
    most: float
    source: str
    paid: str = ""
    books: tuple[str, ...] = ()


def bills(table: pd.DataFrame, model: str, *books: str) -> Bills | None:
    """A model's monthly bill for the study's workload, in these books or in any; None where none can price it."""
    now = evidence.best(table, model, "bill.month", *books)
    if now is None:
        return None
    rows = _all_bills(table, model)
    rows = rows[rows["source"].isin(books or evidence.SOURCES)]
    return Bills(now["value"], rows["value"].min(), rows["value"].max(), now["source"], evidence.cite(rows))


def accepted_costs(table: pd.DataFrame, candidate: str, incumbent: str) -> tuple[Bills, Bills] | None:
    """Return what 1,000 accepted answers cost the incumbent and the candidate, as measured or recorded on one suite.

    None where that is not known of both, or a log gives the month (`has_log`).
    """
    comparison = matchup.compare_on(table, candidate, incumbent, "accepted cost", 0)
    if has_log(table) or comparison.source not in ("measured", "recorded") or not comparison.times:
        return None
    costs = []
    for who in (incumbent, candidate):
        rows = evidence.find(table, matchup.model_of(who), "cost.accepted", comparison.source)
        rows = rows[rows["ref"] == comparison.basis] if comparison.source == "recorded" else rows
        if len(rows) != 1:
            return None  # of several suites, none is the whole
        usd, low, high = (1000 * float(rows.iloc[0][column]) for column in ("value", "low", "high"))
        costs.append(Bills(usd, low, high, comparison.source, rows.iloc[0]["id"], ACCEPTED_ANSWERS))
    return costs[0], costs[1]


def has_log(table: pd.DataFrame) -> bool:
    """Return whether the month of the bills is that of a log, and not assumed."""
    return bool((table["metric"] == "traffic.month").any())


def saving(table: pd.DataFrame, candidate: str, incumbent: str) -> Saving | None:
    """Compute what a move saves; None where the two have no books that may be set against each other."""
    pairs = paired_bills(table, candidate, incumbent)
    if not pairs:
        return None
    our_book, their_book = next(iter(pairs))
    ours, theirs = (evidence.best(table, model, "bill.month", book)
                    for model, book in ((candidate, our_book), (incumbent, their_book)))  # fmt: skip
    assert ours is not None and theirs is not None, "a pair is of two bills of its books"
    gaps = [their - our for bills_of_book in pairs.values() for our, their in bills_of_book]
    books = tuple(sorted({book for both in pairs for book in both}))
    paid = their_book if their_book != our_book else ""
    return Saving(float(theirs["value"] - ours["value"]), min(gaps), max(gaps), our_book, paid, books)


def paired_bills(
    table: pd.DataFrame, candidate: str, incumbent: str
) -> dict[tuple[str, str], list[tuple[float, float]]]:
    """Books of candidate and incumbent -> each bill of the one with each of the other's, whatever the hour.

    The most trusted pair of books comes first.
    """
    ours, theirs = _all_bills(table, candidate), _all_bills(table, incumbent)
    known = [[book for book in evidence.SOURCES if book in set(side[side["metric"] == "bill.month"]["source"])]
             for side in (ours, theirs)]  # fmt: skip
    pairs = [(book, book) for book in known[0] if book in known[1]]
    if all(known) and known[0][0] != known[1][0] and "contract" in (known[0][0], known[1][0]):
        pairs = [(known[0][0], known[1][0])]
    return {
        (our, their): list(product(ours[ours["source"] == our]["value"], theirs[theirs["source"] == their]["value"]))
        for our, their in pairs
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

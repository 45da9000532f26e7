"""The receipt of a log: what was read and as what, what was not, what it costs, and what others say that it cost."""

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from kit.pricing import Book
from kit.text import dollar_cell, plain
from kit.traffic import billing
from kit.traffic.usage_table import Traffic

__all__ = ["STATED_FORMATS", "bill_table", "reading_summary", "stated_costs"]

STATED_FORMATS: Mapping[str, Callable[[float], str]] = {"told_usd": dollar_cell, "usd": dollar_cell}
"""How `show.table` should print the sums of `stated_costs`."""

_SHOWN = 10
"""Files, and lines of a file, that are listed one by one."""


def reading_summary(traffic: Traffic, shelf: Sequence[Book]) -> pd.DataFrame:
    """What was read and as what, and all that is not in a bill or is with a reservation: nothing is dropped in silence.

    Returns:
        `what`, `where`, `count`, `why`: files (rows counted) and files that are no logs, lines that could not be read
        (of each ten at most one by one), models without a price in the most trusted book (requests), and what must be
        said.
    """
    rows: list[tuple[str, str, int | None, str]] = []
    logs = traffic.files["format"].ne("")
    for label, files in (("file", traffic.files[logs]), ("no log", traffic.files[~logs])):
        rows += [(label, Path(row.file).name, row.rows, row.said) for row in files.head(_SHOWN).itertuples()]
        if len(more := files[_SHOWN:]):
            rows.append((label, "further ones", more["rows"].sum(), f"{len(more)} files"))
    for file, lines in traffic.unread.groupby("file", sort=False):
        name = Path(str(file)).name
        rows += [("not read", f"{name}, line {row.line}", 1, row.why) for row in lines.head(_SHOWN).itertuples()]
        if len(lines) > _SHOWN:
            rows.append(("not read", name, len(lines) - _SHOWN, "further lines"))
    nearest_name = dict(zip(traffic.unknown["logged"], traffic.unknown["nearest"], strict=True))
    for row in billing.unpriced_calls(traffic, shelf[-1:]).itertuples():
        nearest = f"; is {near} meant? Then name it in the rules" if (near := nearest_name.get(row.logged)) else ""
        rows.append(("without price", row.logged, row.requests, f"{row.tokens:,} tokens: {row.why}{nearest}"))
    rows += [("said", "", None, note) for note in traffic.notes]
    return pd.DataFrame(rows, columns=["what", "where", "count", "why"]).astype({"count": "Int64"})


def stated_costs(traffic: Traffic, book: Book) -> pd.DataFrame:
    """Return what others say that it cost, beside what it costs under a book: the check of a bill.

    Returns:
        `by` (whom: `each call` itself, or `charges` of an export), `model`, `requests` (that the former is of),
        `told_usd`, `usd` (of the same calls, or of the days that have charges; missing where nothing has a price),
        `unpriced` (requests); no rows where nobody says.
    """
    logged = billing.logged_costs(traffic, [book], by=("model",)).rename(columns={"logged_usd": "told_usd"})
    days = billing.charged_costs(traffic, [book]).rename(columns={"charged_usd": "told_usd"})
    days = days[days["day"].isin(days[days["told_usd"].notna()]["day"])]
    charged = days.groupby("model", as_index=False)[["told_usd", "usd", "unpriced"]].sum(min_count=1)
    parts = [logged.assign(by="each call"), charged.assign(by="charges", requests=pd.NA)]
    columns = ["by", "model", "requests", "told_usd", "usd", "unpriced"]
    kinds = {"requests": "Int64", "unpriced": "Int64"}
    return pd.concat([part[columns].astype(kinds) for part in parts], ignore_index=True)


def bill_table(bills: pd.DataFrame) -> str:
    """A bill as a terminal shows it: a line a group and one for all, USD under each book, and what has no price there.

    Args:
        bills: From `kit.traffic.billing.bill`, under any number of books.
    """
    if bills.empty:
        return "no calls, so there is no bill"
    by = list(bills.columns[: bills.columns.get_loc("book")])
    names = bills[by].astype(str).map(plain).replace("", "not said")
    counts = ["requests", "errors", "prompt", "cached", "output"]
    sums = bills.groupby("book", sort=False, as_index=False)[[*counts, "usd", "unpriced"]].sum(min_count=1)
    every = pd.concat([bills.assign(**names), sums.assign(**{**dict.fromkeys(by, ""), by[0]: "all"})])
    table = (
        every.groupby(by, sort=False)[counts].first().rename(columns={"prompt": "tokens in", "output": "tokens out"})
    )
    for book, of_book in every.groupby("book", sort=False):
        rows = of_book.set_index(by)
        table[f"USD, {book}"] = _dollars(rows["usd"], rows["unpriced"])
    return table.reset_index().to_string(index=False)


def _dollars(usd: pd.Series, unpriced: pd.Series) -> list[str]:
    """Sums with as many decimals as the least of them needs to be told from nothing."""
    least = usd[usd > 0].min()
    places = 4 if pd.isna(least) or least >= 0.001 else 2 - math.floor(math.log10(least))
    return [
        "unknown" if pd.isna(amount) else f"{amount:,.{places}f}" + (f" without {lacking:,}" if lacking else "")
        for amount, lacking in zip(usd, unpriced, strict=True)
    ]

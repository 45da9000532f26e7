"""The workload chapter: what the team's own traffic is made of, what it costs, and what it would cost elsewhere."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from kit import catalog, stats
from kit.catalog import article
from kit.errors import UsageError
from kit.evidence import Row
from kit.pricing import Book
from kit.text import dollar_cell, plural
from kit.traffic.coverage import tells_a_month, whole_days
from kit.traffic.usage_table import Traffic

__all__ = [
    "PRINTED",
    "TOTALS_FORMATS",
    "bill_multiples",
    "daily_spend",
    "extent_in_words",
    "log_name",
    "log_reference",
    "models_to_price",
    "monthly_bills",
    "monthly_by_endpoint",
    "totals",
    "traffic_evidence",
    "trusted_bill",
]  # fmt: skip

_COUNTS = ["requests", "errors", "prompt", "cached", "written", "output", "usd", "unpriced"]
TOTALS_FORMATS: Mapping[str, str | Callable[[float], str]] = {
    **dict.fromkeys(("requests", "prompt", "output"), "{:,}"), "cached": "{:.0%}", "share": "{:.0%}",
    "USD": dollar_cell,
}  # fmt: skip
"""How `show.table` should print sums of `totals`; `cached` is the share."""

PRINTED = "as printed, of output prices"
"""The basis of a multiple that the article prints."""

_RANGE = ("usd", "low", "high")
_WEEK = 7


def models_to_price(shelf: Sequence[Book], also: Sequence[str] = ()) -> list[str]:
    """The catalog's models, those that are named, and a contract's own."""
    own = (name for book in shelf for name in getattr(book, "models", ()))
    known = (catalog.model(name).id for name in also if catalog.knows(name))
    return list(dict.fromkeys([*catalog.models(), *known, *own]))


def log_reference(traffic: Traffic, name: str) -> str:
    """What evidence cites: the log's name, its calls, and a digest that the same calls have in whichever format."""
    figures = traffic.db.execute(
        'SELECT sum(requests), sum(prompt), sum(cached), sum(written), sum(output), min("at"), max("at") FROM usage'
    ).fetchall()[0]
    digest = hashlib.sha256(repr(tuple(map(str, figures))).encode()).hexdigest()[:8]
    return f"log {log_name(name)}, {figures[0] or 'uncounted'} calls, digest {digest}"


def log_name(name: str) -> str:
    """A log's name as a study has it, from the repository's root, and not from the notebooks' folder."""
    return name.removeprefix("../")


def extent_in_words(first: date, last: date, calls: int | None) -> str:
    """How much a log holds, in words: `15,050 calls from 2026-10-15 to 2026-11-13`; `calls` is missing if unsaid."""
    days = f"on {first}" if first == last else f"from {first} to {last}"
    rough = ", under a week, so that a month is a rough guess" if (last - first).days < _WEEK - 1 else ""
    return (f"{plural(calls, 'call')} {days}" if calls else f"calls {days}") + rough


def totals(bills: pd.DataFrame, by: str) -> pd.DataFrame:
    """Sums by endpoint or by model, the dearest first.

    Args:
        bills: From `kit.traffic.billing.bill`, under one book.

    Returns:
        `by`, `requests`, `errors`, `prompt`, `cached`, `written`, `output` (tokens), `usd` (of what has a price;
        missing where nothing has), `unpriced` (requests), `share` (of the bill), `cached_share` (of the prompt tokens).
    """
    table = bills.groupby(by, as_index=False)[_COUNTS].sum(min_count=1)  # what has no price at all is not free
    table = table.assign(share=table["usd"] / table["usd"].sum(), cached_share=table["cached"] / table["prompt"])
    return table.sort_values("usd", ascending=False, ignore_index=True)


def monthly_bills(days: pd.DataFrame) -> pd.DataFrame:
    """What a month costs on each model, with the 95 % interval that the days' variation gives (`monthly.monthly_sum`).

    Args:
        days: From `kit.traffic.scenario.daily_bills_elsewhere`.

    Returns:
        `book`, `model`, `usd`, `low`, `high` (USD a month; missing where a price is), `days`, `sent`; by book, the
        cheapest first.
    """
    rows = []
    for (book, model, sent), group in days.groupby(["book", "model", "sent"], sort=False):
        usd = group.set_index("day")["usd"]
        unknown = usd.isna().any() or not tells_a_month(group["covered"])
        month = (None, None, None) if unknown else stats.monthly_sum(usd)
        rows.append(
            {"book": book, "model": model, **dict(zip(_RANGE, month, strict=True)), "days": len(usd), "sent": sent}
        )
    table = pd.DataFrame(rows).astype(dict.fromkeys(_RANGE, "float64"))
    return table.sort_values(["book", "usd", "model"], ignore_index=True)


def monthly_by_endpoint(bills: pd.DataFrame) -> pd.DataFrame:
    """Estimate what each endpoint costs a month, in the most trusted book that prices all calls, or else the most.

    Args:
        bills: From `kit.traffic.billing.bill` by endpoint and day; of two books the later one is trusted more.

    Returns:
        `endpoint`, `usd_month`, `low`, `high` (USD, 95 % by `kit.stats.monthly_sum`), `book`; the dearest first,
        missing where a call has no price, or where the log covers less than a day.
    """
    lacking = bills.groupby("book", sort=False)["unpriced"].sum()
    book = lacking[::-1].idxmin()
    of_book = bills[bills["book"] == book].assign(day=lambda rows: pd.to_datetime(rows["day"]))
    days, covered = pd.date_range(of_book["day"].min(), of_book["day"].max(), name="day"), _covered(of_book)
    made = []
    for endpoint, part in of_book.groupby("endpoint"):
        usd = whole_days(part.groupby("day")["usd"].sum().reindex(days, fill_value=0.0), covered)
        unknown = part["unpriced"].any() or not tells_a_month(covered)
        calls = 0 if part["requests"].isna().any() else int(part["requests"].sum())
        month = (None, None, None) if unknown else stats.monthly_sum(usd, calls)
        made.append((endpoint, *month, book))
    table = pd.DataFrame(made, columns=["endpoint", "usd_month", "low", "high", "book"])
    table = table.astype(dict.fromkeys(["usd_month", "low", "high"], "float64"))
    return table.sort_values("usd_month", ascending=False, ignore_index=True)


def trusted_bill(days: pd.DataFrame, model: str) -> tuple[str, pd.Series]:
    """The most trusted book that prices all of the traffic on a model, and what each day costs there, by date.

    Args:
        days: From `kit.traffic.scenario.daily_bills_elsewhere`; of two books the later one is trusted more, as on
        `kit.pricing.shelf`.

    Raises:
        UsageError: If no book does.
    """
    for book in reversed(days["book"].unique().tolist()):
        if (usd := _priced(days, book, model)) is not None:
            return book, usd
    raise UsageError(f"{model}: no price book has a price for all of these calls; a contract can give it one")


def bill_multiples(days: pd.DataFrame, asked: Sequence[str], baseline: str) -> pd.DataFrame:
    """Return how many times the baseline's bill each model's is for this traffic, beside what the article prints.

    Args:
        days: From `kit.traffic.scenario.daily_bills_elsewhere`.
        asked: The models.

    Returns:
        `model`, `basis` (in words), `book` (the kind of evidence of the model's price), `times`, `low`, `high` (95 %,
        by `kit.stats.monthly.ratio_of_days`; missing for what is printed). What has no price is left out.
    """
    multipliers = article.printed("T1", "price.multiplier")
    books, rows = days["book"].unique().tolist(), []
    for model in asked:
        for row in multipliers[(multipliers["subject"] == model) & (multipliers["against"] == baseline)].itertuples():
            rows.append((model, PRINTED, "article", row.value, float("nan"), float("nan")))
        best = [next((book for book in reversed(books) if _priced(days, book, side) is not None), "")
                for side in (model, baseline)]  # fmt: skip
        for one, other in dict.fromkeys([*zip(books, books, strict=True), tuple(best)]):
            ours, theirs = _priced(days, one, model), _priced(days, other, baseline)
            if ours is not None and theirs is not None:
                basis = f"this traffic, {one} prices" if one == other else f"this traffic, {one} over {other} prices"
                rows.append((model, basis, one, *stats.ratio_of_days(ours, theirs)))
    return pd.DataFrame(rows, columns=["model", "basis", "book", "times", "low", "high"])


def daily_spend(bills: pd.DataFrame) -> pd.Series:
    """Return what each whole day cost, by date, from the first to the last: days without calls cost nothing.

    Args:
        bills: From `kit.traffic.billing.bill` by day, under one book; what has no price is not in it. Days that the log
            covers in part are scaled up, or left out (`coverage.whole_days`); missing if it covers less than one day.

    Raises:
        UsageError: If no call used tokens, or none has a price: the sum would be 0, which is not what it cost.
    """
    if not bills["prompt"].sum() + bills["output"].sum():
        raise UsageError("no call of the log used tokens, so nothing has a cost: all of them failed")
    if bills["usd"].isna().all():
        names = ", ".join(map(str, bills["model"].unique()[:3])) if "model" in bills else "its models"
        raise UsageError(
            f"no call of the log has a price in the {bills['book'].iloc[0]} book, which lacks {names}: give them one "
            "in a contract, under own:, or say in the rules, under models:, what they mean"
        )
    usd = bills.groupby(pd.to_datetime(bills["day"]))["usd"].sum()
    days = pd.date_range(usd.index.min(), usd.index.max(), name="day")
    usd, covered = usd.reindex(days, fill_value=0.0), _covered(bills)
    return whole_days(usd, covered) if tells_a_month(covered) else usd * float("nan")


def _covered(bills: pd.DataFrame) -> pd.Series:
    """The share of each day that the log covers; days without calls lie between two that are covered."""
    days = pd.to_datetime(bills["day"])
    share = bills["covered"] if "covered" in bills else pd.Series(1.0, index=bills.index)
    return share.groupby(days).max().reindex(pd.date_range(days.min(), days.max(), name="day"), fill_value=1.0)


def _priced(days: pd.DataFrame, book: str, model: str) -> pd.Series | None:
    """Return what each day costs on a model under a book, by date; None if a price is unknown."""
    usd = days[(days["book"] == book) & (days["model"] == model)].set_index("day")["usd"]
    return None if usd.empty or usd.isna().any() else usd


def traffic_evidence(
    bills: pd.DataFrame, month: pd.DataFrame, times: pd.DataFrame, baseline: str, ref: str
) -> list[Row]:
    """The chapter's figures as evidence: counts are measured, and dollars are of their price book's kind.

    `traffic.requests`, `traffic.tokens.*` and `traffic.usd` of each endpoint, for the log's days; `traffic.month` of
    the traffic as it was logged and of each model, if all went there; `traffic.multiplier`. What is unknown is left
    out, and so is what the article prints, which is evidence already.

    Args:
        bills: From `kit.traffic.billing.bill`, under one book.
        month: From `monthly_bills`.
        times: From `bill_multiples`.
        ref: From `log_reference`.
    """
    book, usd = str(bills["book"].iloc[0]), daily_spend(bills)
    as_of = str(pd.to_datetime(bills["day"]).max().date())
    rows = [row for part in totals(bills, "endpoint").itertuples() for row in _endpoint(part, book, as_of, ref)]
    lacking = _lacking(bills["unpriced"].sum())
    value, low, high = stats.monthly_sum(usd)
    if pd.notna(value):
        rows.append(Row("traffic as logged", "traffic.month", value, "USD/month", book, as_of, ref,
                        *_ends(low, high), len(usd), lacking))  # fmt: skip
    for row in month[month["usd"].notna()].itertuples():
        rows.append(Row(row.model, "traffic.month", row.usd, "USD/month", row.book, as_of, ref,
                        *_ends(row.low, row.high), row.days, row.sent))  # fmt: skip
    for row in times[times["basis"] != PRINTED].itertuples():
        rows.append(Row(f"{row.model} vs {baseline}", "traffic.multiplier", row.times, "x", row.book, as_of, ref,
                        *_ends(row.low, row.high), note=row.basis))  # fmt: skip
    return rows


def _endpoint(part: Any, book: str, as_of: str, ref: str) -> list[Row]:
    """Return what one endpoint sent and cost, from a row of `totals`."""
    subject = f"endpoint {part.endpoint or 'not said'}"
    counts = {"requests": part.requests, "tokens.prompt": part.prompt, "tokens.cached": part.cached,
              "tokens.output": part.output}  # fmt: skip
    n = None if pd.isna(part.requests) else int(part.requests)
    rows = [
        Row(subject, f"traffic.{count_name}", float(count), count_name.partition(".")[0], "measured", as_of, ref, n=n)
        for count_name, count in counts.items() if pd.notna(count)
    ]  # fmt: skip
    if pd.notna(part.usd):
        rows.append(Row(subject, "traffic.usd", float(part.usd), "USD", book, as_of, ref, n=n,
                        note=_lacking(part.unpriced)))  # fmt: skip
    return rows


def _lacking(unpriced: int) -> str:
    return f"without {plural(unpriced, 'request')} of no known price" if unpriced else ""


def _ends(low: float, high: float) -> tuple[float | None, float | None]:
    return (None, None) if pd.isna(low) else (low, high)

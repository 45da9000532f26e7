"""The bill of a service's traffic: grouped first, then priced, and exact as if each row had been priced alone.

A row's price depends on its model, UTC day, hour, length of prompt, batch and book. Rows between two steps of all of
these have one price a token, so they are added up first, in DuckDB (`kit.traffic.aggregate`); then each price is asked
of its book once (`kit.traffic.rate_table`), and sums are of whole numbers.

- What was not billed (a proxy answered out of its own cache) costs 0 and is counted: in `requests`, and as `unbilled`.
- What used no tokens costs 0: so does an error, unless the source says that it used some.
- A bucket's calls are taken to be of like length, and spread evenly over its time; it is of the day on which it begins.
- What has no price is counted as `unpriced`, is not in `usd`, and `usd` is missing where nothing has one.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

import pandas as pd

from kit import catalog
from kit.errors import PriceError, UsageError, near_miss
from kit.pricing import Book, Steps
from kit.traffic import aggregate
from kit.traffic.coverage import covered_days
from kit.traffic.model_names import resolve
from kit.traffic.rate_table import SIDES, UNITS, RateTable
from kit.traffic.usage_table import Traffic

if TYPE_CHECKING:
    import duckdb

__all__ = ["BY", "bill", "bill_elsewhere", "charged_costs", "logged_costs", "unpriced_calls"]

BY = {
    "batch": "billed at the batch rate",
    "day": "UTC, on which the row begins",
    "endpoint": "as in the usage",
    "file": "as in the usage",
    "format": "as in the usage",
    "logged": "the model, as logged",
    "model": "as priced; as logged where nobody knows what is meant",
    "provider": "as in the usage",
    "status": "ok, or the error's type",
}
"""What traffic can be grouped by."""

_PRICES = {
    "name": "VARCHAR", "since": "TIMESTAMP", "hours": "DOUBLE", "kind": "BIGINT", "model": "VARCHAR", "place": "BIGINT",
    "book": "VARCHAR", "shelf": "BIGINT", "used": "BOOLEAN", "lacks": "VARCHAR", "why": "VARCHAR",
    **{f"{side}_units": "HUGEINT" for side in SIDES},
}  # fmt: skip

_PRICED = f"""
    SELECT *, CAST(since AS DATE) AS day,
      (prompt - cached - written) * input_units + cached * cached_units + (written - written_1h) * written_units
        + written_1h * written_1h_units
        + output * output_units AS units
    FROM tally JOIN kit_prices USING ({", ".join(aggregate.KEY)})"""  # noqa: S608


def bill(traffic: Traffic, books: Sequence[Book], by: Sequence[str] = ("endpoint", "model", "day")) -> pd.DataFrame:
    """Return what the traffic costs under each book.

    Args:
        by: Any of BY; none gives a row a book.

    Returns:
        The columns of `by` (`day` as midnight), `book`, `requests` (missing where no source says), `errors` (of them),
        `prompt`, `cached`, `written`, `output`, `reasoning` (tokens; reasoning is missing where no source says),
        `unbilled` (of the requests), `usd` (of what has a price; missing where nothing has), `unpriced` (requests
        without a price; at least 1 if there is usage without); by day also `covered`, the share of the day that the log
        covers.

    Raises:
        UsageError: If `by` is none of BY.
        PriceError: If two books have one name.
    """
    sums = {name: f"CAST(sum({name}) AS BIGINT)" for name in aggregate.COUNTS}
    sums["errors"] = "CAST(coalesce(sum(errors), 0) AS BIGINT)"
    sums["unbilled"] = "CAST(coalesce(sum(requests) FILTER (kind = 0), 0) AS BIGINT)"
    with _priced(traffic, books, _own(traffic), by) as db:
        table = _summed(db, [*by, "book"], sums)
    if "day" in by:
        table["covered"] = pd.to_datetime(table["day"]).map(covered_days(traffic)).astype("float64")
    return table.astype({"reasoning": "Int64"})


def bill_elsewhere(
    traffic: Traffic, books: Sequence[Book], models: Sequence[str], by: Sequence[str] = ("day",)
) -> pd.DataFrame:
    """Return what the same tokens would cost on each of some models, at the same moments, batch as batch.

    Args:
        models: Catalog ids, entries of the list or a contract's own.
        by: Any of BY but `model`; the traffic's own models are `logged`.

    Returns:
        `model`, `book`, the columns of `by`, `requests`, `usd` and `unpriced` as in `bill`.

    Raises:
        UsageError: If `by` is none of BY, or `model`.
        PriceError: If two books have one name, or no book knows a model.
    """
    if "model" in by:
        raise UsageError("by: 'model' is what the traffic is priced on here; its own models are 'logged'")
    for model in models:
        if not any(book.knows(model) for book in books):
            raise PriceError(f"{model!r} is in no price book{near_miss(model, catalog.models())}")
    with _priced(traffic, books, {"": tuple(models)}, by, name="''") as db:
        return _summed(db, ["model", "book", *by], {"requests": "CAST(sum(requests) AS BIGINT)"})


def logged_costs(traffic: Traffic, books: Sequence[Book], by: Sequence[str] = ("model", "day")) -> pd.DataFrame:
    """What the sources say that calls cost, beside what the same calls cost under each book: the check of a bill.

    Returns:
        The columns of `by`, `book`, `requests` (of which the source says what they cost), `logged_usd`, `usd` and
        `unpriced` (of them, as in `bill`).
    """
    # sums of decimals are the same in any order, which those of floats are not
    counts = aggregate.COUNTS | {"logged_usd": "CAST(logged_usd AS DECIMAL(38, 12))"}
    sums = {"requests": "CAST(sum(requests) AS BIGINT)", "logged_usd": "CAST(sum(logged_usd) AS DOUBLE)"}
    with _priced(traffic, books, _own(traffic), by, counts, "logged_usd IS NOT NULL") as db:
        return _summed(db, [*by, "book"], sums)


def charged_costs(traffic: Traffic, books: Sequence[Book], by: Sequence[str] = ("model", "day")) -> pd.DataFrame:
    """Return what cost exports say that was charged, beside the bill of the usage: rows of either side, matched.

    Args:
        by: `model`, `day` or both. Charges that name no model have an empty one.

    Returns:
        The columns of `by`, `book`, `charged_usd` (missing where nothing was charged), `usd` and `unpriced` (missing
        where there was no usage).

    Raises:
        UsageError: If `by` is another.
    """
    if not by or set(by) - {"model", "day"}:
        raise UsageError(f"by: charges are by 'model', 'day' or both, not by {', '.join(by) or 'nothing'}")
    stated = traffic.db.execute(
        'SELECT "at"::DATE::TIMESTAMP AS day, model, sum(usd::DECIMAL(38, 12))::DOUBLE AS charged_usd FROM charges '
        "GROUP BY ALL ORDER BY ALL"
    ).df()
    named = [traffic.models.get(name) or resolve(name) or name for name in stated["model"].fillna("")]
    stated["model"] = pd.Series(named, dtype="str")
    stated = stated.groupby(list(by), as_index=False)["charged_usd"].sum()
    ours = bill(traffic, books, by)[[*by, "book", "usd", "unpriced"]].astype({"unpriced": "Int64"})
    names = pd.DataFrame({"book": [book.name for book in books]})
    return stated.merge(names, how="cross").merge(ours, how="outer", on=[*by, "book"])


def unpriced_calls(traffic: Traffic, books: Sequence[Book]) -> pd.DataFrame:
    """Return what the bill leaves out, and why.

    Returns:
        `logged`, `model`, `book`, `requests`, `tokens` (prompt and output), `first` and `last` (day), `lacks` (`model`,
        `date`, `all` its prices, or those named), `why` (in words, for the first day); the most requests first.
    """
    with _priced(traffic, books, _own(traffic), ()) as db:
        return db.execute(
            f"""
            SELECT name AS logged, model, book, CAST(sum(requests) AS BIGINT) AS requests,
              CAST(sum(prompt + output) AS BIGINT) AS tokens, min(day) AS first, max(day) AS last, lacks,
              min_by(why, since) AS why
            FROM ({_PRICED}) WHERE units IS NULL GROUP BY ALL ORDER BY requests DESC, logged, model, book, lacks"""  # noqa: S608
        ).df()


def _own(traffic: Traffic) -> dict[str, tuple[str, ...]]:
    return {name: (model or name,) for name, model in traffic.models.items()}


@contextmanager
def _priced(
    traffic: Traffic,
    books: Sequence[Book],
    targets: Mapping[str, tuple[str, ...]],
    by: Sequence[str],
    counts: Mapping[str, str] = aggregate.COUNTS,
    where: str = "true",
    name: str = "logged",
) -> Iterator["duckdb.DuckDBPyConnection"]:
    """A database with the traffic's tally and, for each key of it, model and book, a row of `kit_prices`.

    Args:
        targets: Name -> the models as which it is priced.
        counts, where, name: As in `tally.tallied`.
    """
    for place, column in enumerate(by):
        if column not in BY:
            raise UsageError(f"by: traffic cannot be grouped by {column!r}{near_miss(column, BY)}")
        if column in by[:place]:
            raise UsageError(f"by: {column!r} is named twice")
    tariffs = {book.name: RateTable(book, strict=name == "logged") for book in books}
    if len(tariffs) < len(books):
        raise PriceError(f"books: two have one name ({', '.join(book.name for book in books)}); give each its own")
    steps = {
        one: reduce(or_, (tariff.steps(model) for tariff in tariffs.values() for model in models), Steps())
        for one, models in targets.items()
    }
    columns = [column for column in by if column not in ("model", "day")]
    with aggregate.grouped(traffic, steps, columns, counts, where, name) as db:
        prices = [
            (*key, model, place, book, shelf, bool(kind.uses), price.lacks, price.why, *map(_text, price.units))
            for key, kind in aggregate.kinds(db, steps)
            for place, model in enumerate(targets[key[0]])
            for shelf, (book, tariff) in enumerate(tariffs.items())
            for price in [tariff.price(model, kind)]
        ]
        casts = ", ".join(f"CAST({column} AS {kind}) AS {column}" for column, kind in _PRICES.items())
        db.register("kit_frame", pd.DataFrame(prices, columns=list(_PRICES)))
        db.execute(f"CREATE OR REPLACE TEMP TABLE kit_prices AS SELECT {casts} FROM kit_frame")  # noqa: S608
        db.unregister("kit_frame")
        try:
            yield db
        finally:
            db.execute("DROP TABLE kit_prices")


def _summed(db: "duckdb.DuckDBPyConnection", by: Sequence[str], sums: Mapping[str, str]) -> pd.DataFrame:
    """A row a group, with `usd` and `unpriced`; in the order of models asked for, groups, and books asked for."""
    groups = ", ".join(f'"{name}"' for name in by)
    order = ", ".join("min(shelf)" if name == "book" else f'"{name}"' for name in by)
    table = db.execute(
        f"""
        SELECT {groups}, {", ".join(f"{expression} AS {name}" for name, expression in sums.items())},
          CAST(CASE WHEN bool_or(units IS NULL) THEN sum(units) FILTER (used) ELSE sum(units) END AS VARCHAR) AS usd,
          CAST(CASE WHEN bool_or(units IS NULL) THEN greatest(sum(t.requests) FILTER (units IS NULL), 1) ELSE 0 END
            AS BIGINT) AS unpriced
        FROM ({_PRICED}) AS t GROUP BY {groups}
        ORDER BY min(place), {order}"""  # noqa: S608 - columns are ours
    ).df()
    usd = [int(units) / UNITS if isinstance(units, str) else None for units in table["usd"]]  # rounded once
    return table.assign(usd=pd.array(usd, dtype="float64")).astype({"requests": "Int64"})


def _text(units: int | None) -> str | None:
    """A frame has no whole numbers as large as these."""
    return None if units is None else str(units)

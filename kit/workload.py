"""The workload chapter: what the team's own traffic is made of, what it costs, and what it would cost elsewhere."""

import hashlib
from collections.abc import Sequence
from typing import Any

import pandas as pd

from kit import article, catalog, daily
from kit.books import Book
from kit.errors import UsageError
from kit.evidence import Row
from kit.logs import Traffic

__all__ = ["chinese", "left_out", "models", "months", "multiples", "origin", "rows", "spent", "spread", "totals",
           "trusted"]  # fmt: skip

_COUNTS = ["requests", "errors", "prompt", "cached", "written", "output", "usd", "unpriced"]
_RANGE = ("usd", "low", "high")
_SHOWN = 10

_EACH = {"prompt": "prompt", "output": "output", "cached": "cached / nullif(prompt, 0)",
         "input per output": "prompt / nullif(output, 0)"}  # fmt: skip
_ALL = {"prompt": "avg(prompt)", "output": "avg(output)", "cached": "sum(cached) / nullif(sum(prompt), 0)",
        "input per output": "sum(prompt) / nullif(sum(output), 0)"}  # fmt: skip
"""What `spread` tells of a call, and of all of them together, in SQL."""

_HAN = r"""
    WITH said AS (
        SELECT endpoint, concat_ws(' ', answer,
            array_to_string(json_extract_string(request, '$.messages[*].content'), ' ')) AS text
        FROM usage WHERE request IS NOT NULL OR answer IS NOT NULL)
    SELECT endpoint, count(*) AS texts, sum(length(regexp_replace(text, '[^\p{Han}]', '', 'g')))
        / nullif(sum(length(regexp_replace(text, '\s', '', 'g'))), 0) AS share
    FROM said GROUP BY endpoint ORDER BY share DESC, endpoint
"""


def models(shelf: Sequence[Book]) -> list[str]:
    """The catalog's models, and a contract's own."""
    return list(dict.fromkeys([*catalog.models(), *(own for book in shelf for own in getattr(book, "prices", ()))]))


def origin(traffic: Traffic, name: str) -> str:
    """What evidence cites: the log's name, its calls, and a digest that the same calls have in whichever format."""
    found = traffic.db.execute(
        'SELECT sum(requests), sum(prompt), sum(cached), sum(written), sum(output), min("at"), max("at") FROM usage'
    ).fetchall()[0]
    digest = hashlib.sha256(repr(tuple(map(str, found))).encode()).hexdigest()[:8]
    return f"log {name}, {found[0] or 0} calls, digest {digest}"


def totals(bills: pd.DataFrame, by: str) -> pd.DataFrame:
    """Sums by endpoint or by model, the dearest first.

    Args:
        bills: From `kit.billing.bill`, under one book.

    Returns:
        `by`, `requests`, `errors`, `prompt`, `cached`, `written`, `output` (tokens), `usd` (of what has a price),
        `unpriced` (requests), `share` (of the bill), `cached_share` (of the prompt tokens).
    """
    table = bills.groupby(by, as_index=False)[_COUNTS].sum()
    table = table.assign(share=table["usd"] / table["usd"].sum(), cached_share=table["cached"] / table["prompt"])
    return table.sort_values("usd", ascending=False, ignore_index=True)


def spread(traffic: Traffic) -> pd.DataFrame:
    """How unlike the calls of one endpoint are, of those that came back; the endpoint with most calls first.

    Buckets of calls, as usage exports have them, hide the single call and are left out.

    Returns:
        `endpoint`, `calls`, `what` (`prompt`, `output`: tokens; `cached`: share of the prompt; `input per output`),
        `p10`, `p50`, `p90` (percentiles over calls), `overall` (of all tokens together, by which the bill goes).
    """
    parts = " UNION ALL ".join(
        f"SELECT endpoint, count(*) AS calls, {place} AS place, '{what}' AS what, "  # noqa: S608 - columns are ours
        f"quantile_cont({_EACH[what]}, [0.1, 0.5, 0.9]) AS q, {_ALL[what]} AS overall "
        "FROM usage WHERE hours = 0 AND requests = 1 AND status = 'ok' GROUP BY endpoint"
        for place, what in enumerate(_EACH)
    )
    return traffic.db.execute(
        f"SELECT endpoint, calls, what, q[1] AS p10, q[2] AS p50, q[3] AS p90, overall FROM ({parts}) "  # noqa: S608
        "ORDER BY calls DESC, endpoint, place"
    ).df()


def chinese(traffic: Traffic) -> pd.DataFrame:
    """How much of each endpoint's text is Chinese characters, where the log holds texts.

    Returns:
        `endpoint`, `texts` (calls that hold one), `share` (of all characters but spaces), the most Chinese first.
    """
    return traffic.db.execute(_HAN).df()


def months(days: pd.DataFrame) -> pd.DataFrame:
    """What a month costs on each model, with the 95 % interval that the days' variation gives (`kit.daily.month`).

    Args:
        days: From `kit.scenario.elsewhere`.

    Returns:
        `book`, `model`, `usd`, `low`, `high` (USD a month; missing where a price is), `days`, `sent`; by book, the
        cheapest first.
    """
    made = []
    for (book, model, sent), some in days.groupby(["book", "model", "sent"], sort=False):
        usd = some.set_index("day")["usd"]
        told = (None, None, None) if usd.isna().any() else daily.month(usd)
        made.append(
            {"book": book, "model": model, **dict(zip(_RANGE, told, strict=True)), "days": len(usd), "sent": sent}
        )
    table = pd.DataFrame(made).astype(dict.fromkeys(_RANGE, "float64"))
    return table.sort_values(["book", "usd", "model"], ignore_index=True)


def trusted(days: pd.DataFrame, model: str) -> tuple[str, pd.Series]:
    """The most trusted book that prices all of the traffic on a model, and what each day costs there, by date.

    Args:
        days: From `kit.scenario.elsewhere`; of two books the later one is trusted more, as on `kit.books.shelf`.

    Raises:
        UsageError: If no book does.
    """
    for book in reversed(days["book"].unique().tolist()):
        if (usd := _priced(days, book, model)) is not None:
            return book, usd
    raise UsageError(f"{model}: no price book has a price for all of these calls; a contract can give it one")


def multiples(days: pd.DataFrame, asked: Sequence[str], baseline: str) -> pd.DataFrame:
    """How many times the baseline's bill each model's is for this traffic, beside what the article prints.

    Args:
        days: From `kit.scenario.elsewhere`.
        asked: The models.

    Returns:
        `model`, `basis` (in words), `book` (the kind of evidence of the model's price), `times`, `low`, `high` (95 %,
        by `kit.daily.ratio`; missing for what is printed). What has no price is left out.
    """
    printed, over = article.printed("T1", "price.multiplier"), catalog.names().get(baseline, baseline)
    books, made = days["book"].unique().tolist(), []
    for model in asked:
        for row in printed[
            (printed["subject"] == model) & printed["note"].str.contains(over, regex=False)
        ].itertuples():
            made.append((model, "as printed, of output prices", "article", row.value, float("nan"), float("nan")))
        best = [next((book for book in reversed(books) if _priced(days, book, side) is not None), "")
                for side in (model, baseline)]  # fmt: skip
        for one, other in dict.fromkeys([*zip(books, books, strict=True), tuple(best)]):
            ours, theirs = _priced(days, one, model), _priced(days, other, baseline)
            if ours is not None and theirs is not None:
                basis = f"this traffic, {one} prices" if one == other else f"this traffic, {one} over {other} prices"
                made.append((model, basis, one, *daily.ratio(ours, theirs)))
    return pd.DataFrame(made, columns=["model", "basis", "book", "times", "low", "high"])


def spent(bills: pd.DataFrame) -> pd.Series:
    """What each day cost, by date, from the first to the last: days without calls cost nothing.

    Args:
        bills: From `kit.billing.bill` by day, under one book; what has no price is not in it.
    """
    usd = bills.groupby(pd.to_datetime(bills["day"]))["usd"].sum()
    return usd.reindex(pd.date_range(usd.index.min(), usd.index.max(), name="day"), fill_value=0.0)


def left_out(traffic: Traffic) -> pd.DataFrame:
    """All that was read and is not in a bill, or is with a reservation, so that nothing is dropped in silence.

    Returns:
        `what`, `where`, `count`, `why`; lines that could not be read come first, ten of a file at most one by one.
    """
    made: list[tuple[str, str, int | None, str]] = []
    for file, lines in traffic.unread.groupby("file", sort=False):
        made += [("line not read", f"{file}, line {row.line}", 1, row.why) for row in lines.head(_SHOWN).itertuples()]
        if (more := len(lines) - _SHOWN) > 0:
            made.append(("lines not read", str(file), more, "further ones of this file"))
    for row in traffic.files[traffic.files["doubles"] > 0].itertuples():
        made.append(("doubles", row.file, row.doubles, "counted once"))
    for row in traffic.unknown.itertuples():
        meant = f"; is {row.nearest} meant? Then name it in the rules" if row.nearest else ""
        made.append(("unknown model", row.logged, row.requests, f"{row.tokens:,} tokens without a price{meant}"))
    made += [("said of the log", "", None, note) for note in traffic.notes]
    return pd.DataFrame(made, columns=["what", "where", "count", "why"]).astype({"count": "Int64"})


def _priced(days: pd.DataFrame, book: str, model: str) -> pd.Series | None:
    """What each day costs on a model under a book, by date; None if a price is unknown."""
    usd = days[(days["book"] == book) & (days["model"] == model)].set_index("day")["usd"]
    return None if usd.empty or usd.isna().any() else usd


def rows(bills: pd.DataFrame, month: pd.DataFrame, times: pd.DataFrame, baseline: str, ref: str) -> list[Row]:
    """The chapter's figures as evidence: counts are measured, and dollars are of their price book's kind.

    `traffic.requests`, `traffic.tokens.*` and `traffic.usd` of each endpoint, for the log's days; `traffic.month` of
    the traffic as it was logged and of each model, if all went there; `traffic.multiplier`. What is unknown is left
    out, and so is what the article prints, which is evidence already.

    Args:
        bills: From `kit.billing.bill`, under one book.
        month: From `months`.
        times: From `multiples`.
        ref: From `origin`.
    """
    book, usd = str(bills["book"].iloc[0]), spent(bills)
    as_of = str(usd.index[-1].date())
    made = [row for part in totals(bills, "endpoint").itertuples() for row in _endpoint(part, book, as_of, ref)]
    lacking = _lacking(bills["unpriced"].sum())
    value, low, high = daily.month(usd)
    made.append(Row("traffic as logged", "traffic.month", value, "USD/month", book, as_of, ref,
                    *_ends(low, high), len(usd), lacking))  # fmt: skip
    for row in month[month["usd"].notna()].itertuples():
        made.append(Row(row.model, "traffic.month", row.usd, "USD/month", row.book, as_of, ref,
                        *_ends(row.low, row.high), row.days, row.sent))  # fmt: skip
    for row in times[times["low"].notna()].itertuples():
        made.append(Row(f"{row.model} vs {baseline}", "traffic.multiplier", row.times, "x", row.book, as_of, ref,
                        *_ends(row.low, row.high), note=row.basis))  # fmt: skip
    return made


def _endpoint(part: Any, book: str, as_of: str, ref: str) -> list[Row]:
    """What one endpoint sent and cost, from a row of `totals`."""
    subject = f"endpoint {part.endpoint or 'not said'}"
    counts = {"requests": part.requests, "tokens.prompt": part.prompt, "tokens.cached": part.cached,
              "tokens.output": part.output}  # fmt: skip
    made = [
        Row(subject, f"traffic.{what}", float(count), what.partition(".")[0], "measured", as_of, ref, n=int(part.requests))
        for what, count in counts.items() if pd.notna(count)
    ]  # fmt: skip
    if part.unpriced < part.requests:
        made.append(Row(subject, "traffic.usd", float(part.usd), "USD", book, as_of, ref, n=int(part.requests),
                        note=_lacking(part.unpriced)))  # fmt: skip
    return made


def _lacking(unpriced: int) -> str:
    return f"without {unpriced} requests that have no price" if unpriced else ""


def _ends(low: float, high: float) -> tuple[float | None, float | None]:
    return (None, None) if pd.isna(low) else (low, high)

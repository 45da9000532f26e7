"""The workload chapter: what the team's own traffic costs, what it would cost elsewhere, and what that hangs on.

Every call is priced at its own moment, by `kit.billing`. What would be is asked by changing the traffic and pricing it
again: nothing cached, everything in batches, longer answers (`altered`).
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import pandas as pd

from kit import article, billing, catalog, daily, evidence
from kit.books import Book
from kit.errors import UsageError
from kit.evidence import Row
from kit.logs import Traffic

__all__ = ["AS_LOGGED", "Change", "altered", "checked", "chinese", "elsewhere", "months", "multiples", "origin", "rows", "span",
           "spread", "totals"]  # fmt: skip

_COUNTS = ["requests", "errors", "prompt", "cached", "written", "output", "usd", "unpriced"]


@dataclass(frozen=True)
class Change:
    """What is different in traffic that might be; what is None or 1 is as it was logged.

    Attributes:
        cached: Share of the prompt tokens that is read from the cache, in every call; nothing is written to it.
        batched: Whether all calls are sent in batches, or none.
        output: Output tokens, as a multiple.
        all_tokens: Tokens of every kind, as a multiple, on `endpoints` only.
    """

    cached: float | None = None
    batched: bool | None = None
    output: float = 1.0
    all_tokens: float = 1.0
    endpoints: tuple[str, ...] = ()


AS_LOGGED = Change()


def altered(traffic: Traffic, change: Change) -> Traffic:
    """The same calls with other tokens: a view over the log, so that it costs no memory."""
    where = ", ".join("'" + name.replace("'", "''") + "'" for name in change.endpoints) or "NULL"
    times = f"CASE WHEN endpoint IN ({where}) THEN {change.all_tokens!r} ELSE 1 END"
    prompt = f"ceil(prompt * {times})"
    cached = f"cached * {times}" if change.cached is None else f"{prompt} * {change.cached!r}"
    written = f"written * {times}" if change.cached is None else "0"
    columns = {"prompt": prompt, "cached": f"floor({cached})", "written": f"floor({written})"}
    columns |= {kind: f"round({kind} * {change.output!r} * {times})" for kind in ("output", "reasoning")}
    tokens = ", ".join(f"CAST({formula} AS BIGINT) AS {name}" for name, formula in columns.items())
    batch = "batch" if change.batched is None else str(change.batched).lower()
    (place,) = traffic.db.execute("SELECT current_database()").fetchall()[0]
    db = traffic.db.cursor()  # has temporary views of its own, and this one stands before the table of its name
    db.execute(
        f"CREATE TEMP VIEW usage AS SELECT * REPLACE ({tokens}, {batch} AS batch) "  # noqa: S608 - no text but names
        f'FROM "{place}".main.usage'
    )
    return replace(traffic, db=db)


def span(traffic: Traffic) -> tuple[date, date]:
    """The first and the last day (UTC) of the log.

    Raises:
        UsageError: If it holds no calls.
    """
    first, last = traffic.db.execute('SELECT min("at"), max("at") FROM usage').fetchall()[0]
    if first is None:
        raise UsageError("the log holds no calls that could be read; see its files and what is said of them")
    return first.date(), last.date()


def origin(traffic: Traffic, name: str) -> str:
    """What evidence cites: the log's name, how many calls, and a digest that the same calls have in any format."""
    found = traffic.db.execute(
        'SELECT sum(requests), sum(prompt), sum(cached), sum(written), sum(output), min("at"), max("at") FROM usage'
    ).fetchall()[0]
    digest = hashlib.sha256(repr(tuple(map(str, found))).encode()).hexdigest()[:8]
    return f"log {name}, {found[0] or 0} calls, {digest}"


def totals(bills: pd.DataFrame, by: str) -> pd.DataFrame:
    """Sums by endpoint, model or day, the dearest first (days in their order), and what share of the bill each is.

    Args:
        bills: From `kit.billing.bill`, under one book.

    Returns:
        `by`, `requests`, `errors`, `prompt`, `cached`, `written`, `output` (tokens), `usd` (of what has a price),
        `unpriced` (requests), `share` (of the bill), `cached_share` (of the prompt tokens).
    """
    table = bills.groupby(by, as_index=False)[_COUNTS].sum()
    table = table.assign(share=table["usd"] / table["usd"].sum(), cached_share=table["cached"] / table["prompt"])
    return table if by == "day" else table.sort_values("usd", ascending=False, ignore_index=True)


def spread(traffic: Traffic) -> pd.DataFrame:
    """How unlike the calls of one endpoint are: percentiles over calls that came back, the endpoint with most first.

    Buckets of calls, as usage exports have them, hide the single call and are left out.

    Returns:
        `endpoint`, `calls`, `what` (`prompt`, `output`: tokens; `cached`: share of the prompt; `input per output`),
        `p10`, `p50`, `p90`, and `overall` (of the endpoint's sums: what its bill goes by).
    """
    ratios = {"prompt": "prompt", "output": "output", "cached": "cached / nullif(prompt, 0)",
              "input per output": "prompt / nullif(output, 0)"}  # fmt: skip
    of_sums = {"prompt": "avg(prompt)", "output": "avg(output)", "cached": "sum(cached) / nullif(sum(prompt), 0)",
               "input per output": "sum(prompt) / nullif(sum(output), 0)"}  # fmt: skip
    parts = " UNION ALL ".join(
        f"SELECT endpoint, count(*) AS calls, {place} AS place, '{what}' AS what, "  # noqa: S608 - columns are ours
        f"quantile_cont({each}, [0.1, 0.5, 0.9]) AS q, {of_sums[what]} AS overall "
        "FROM usage WHERE hours = 0 AND requests = 1 AND status = 'ok' GROUP BY endpoint"
        for place, (what, each) in enumerate(ratios.items())
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
    return traffic.db.execute(
        "WITH said AS (SELECT endpoint, concat_ws(' ', answer, array_to_string("
        r"json_extract_string(request, '$.messages[*].content'), ' ')) AS text "
        "FROM usage WHERE request IS NOT NULL OR answer IS NOT NULL) "
        r"SELECT endpoint, count(*) AS texts, sum(length(regexp_replace(text, '[^\p{Han}]', '', 'g'))) / "
        r"nullif(sum(length(regexp_replace(text, '\s', '', 'g'))), 0) AS share "
        "FROM said GROUP BY endpoint ORDER BY share DESC, endpoint"
    ).df()


def elsewhere(
    traffic: Traffic, shelf: Sequence[Book], models: Sequence[str], change: Change = AS_LOGGED
) -> pd.DataFrame:
    """What each day of the traffic, or of traffic that differs, would cost if all of it went to one model.

    Where a book gives a model no price for cached tokens, or none for batches, its calls are priced as sent without:
    that is how they would have to be sent, and unlike an unknown price it can be said.

    Returns:
        `book`, `model`, `day`, `usd` (missing if any of the day's calls has no price), `sent` (what was priced
        otherwise than logged, in words). Days without calls cost nothing.
    """
    first, last = span(traffic)
    ends = [datetime(day.year, day.month, day.day, tzinfo=UTC) for day in (first, last)]
    made = []
    for book in shelf:
        groups: dict[Change, list[str]] = {}
        for model in models:
            if book.knows(model):
                cached = any(book.rate(model, end).cached is None for end in ends)
                batched = not all(book.rate(model, end, batch=True).known for end in ends)
                lacks = ({"cached": 0.0} if cached else {}) | ({"batched": False} if batched else {})
                groups.setdefault(replace(change, **lacks), []).append(model)
        for way, group in groups.items():
            priced = billing.elsewhere(altered(traffic, way), [book], group, by=("day",))
            made.append(priced.assign(usd=priced["usd"].where(priced["unpriced"] == 0), sent=_sent(way, change)))
    table = pd.concat(made, ignore_index=True)
    days = pd.DataFrame({"day": pd.date_range(first, last)})
    full = table.drop_duplicates(["book", "model"])[["book", "model", "sent"]].merge(days, how="cross")
    full = full.merge(table.assign(day=pd.to_datetime(table["day"])), on=["book", "model", "sent", "day"], how="left")
    quiet = full["unpriced"].isna()
    full["usd"] = full["usd"].astype("float64").mask(quiet, 0.0)
    return full[["book", "model", "day", "usd", "sent"]]


def _sent(way: Change, change: Change) -> str:
    words = {"cached tokens at the full price": way.cached != change.cached,
             "batches at the ordinary price": way.batched != change.batched}  # fmt: skip
    return ", ".join(word for word, so in words.items() if so)


def months(days: pd.DataFrame) -> pd.DataFrame:
    """What a month costs, with the 95 % interval that the days' variation gives (`kit.daily.month`).

    Args:
        days: From `elsewhere`.

    Returns:
        `book`, `model`, `usd`, `low`, `high` (USD a month; missing where a price is), `sent`; the cheapest first.
    """
    made = []
    for (book, model, sent), some in days.groupby(["book", "model", "sent"], sort=False):
        usd = some.set_index("day")["usd"]
        value, low, high = (None, None, None) if usd.isna().any() else daily.month(usd)
        made.append({"book": book, "model": model, "usd": value, "low": low, "high": high, "sent": sent})
    numbers = dict.fromkeys(("usd", "low", "high"), "float64")
    return pd.DataFrame(made).astype(numbers).sort_values(["book", "usd"], ignore_index=True)


def multiples(days: pd.DataFrame, models: Sequence[str], baseline: str) -> pd.DataFrame:
    """How many times the baseline's bill each model's is, for this traffic, beside what the article prints.

    Args:
        days: From `elsewhere`.

    Returns:
        `model`, `basis` ("article, output prices alone", "article prices, this traffic", ...), `book`, `times`, `low`,
        `high` (95 % by `kit.daily.ratio`; missing for what is printed). What has no price is left out.
    """
    printed = article.printed("T1", "price.multiplier").set_index("subject")["value"]
    wide = days.pivot_table(index="day", columns=["book", "model"], values="usd", dropna=False)
    made = []
    for model in models:
        if baseline == "deepseek-v4-flash" and model in printed:
            made.append((model, "article, output prices alone", "article", printed[model], None, None))
        for book in days["book"].unique():
            pair = [(book, model), (book, baseline)]
            if all(side in wide and not wide[side].isna().any() for side in pair):
                made.append((model, f"{book} prices, this traffic", book, *daily.ratio(*(wide[side] for side in pair))))
    return pd.DataFrame(made, columns=["model", "basis", "book", "times", "low", "high"]).astype(
        dict.fromkeys(("times", "low", "high"), "float64")
    )


def checked(traffic: Traffic, shelf: Sequence[Book]) -> pd.DataFrame:
    """Our bill beside what the log itself says that its calls cost, for the calls of which it says so.

    Returns:
        `logged` (model), `requests`, `logged_usd`, then per book what we make of the same calls in USD, missing if one of
        them has no price. No rows where the log gives no costs.
    """
    (place,) = traffic.db.execute("SELECT current_database()").fetchall()[0]
    db = traffic.db.cursor()
    db.execute(
        f'CREATE TEMP VIEW usage AS SELECT * FROM "{place}".main.usage WHERE logged_usd IS NOT NULL'  # noqa: S608
    )
    said = db.execute(
        "SELECT logged, sum(requests) AS requests, sum(logged_usd) AS logged_usd FROM usage GROUP BY logged ORDER BY 3 DESC"
    ).df()
    if said.empty:
        return said.assign(**{book.name: pd.Series(dtype="float64") for book in shelf})
    ours = billing.bill(replace(traffic, db=db), shelf, by=("logged",))
    ours["usd"] = ours["usd"].where(ours["unpriced"] == 0)
    wide = ours.pivot_table(index="logged", columns="book", values="usd", dropna=False)
    return said.merge(wide, left_on="logged", right_index=True, how="left")

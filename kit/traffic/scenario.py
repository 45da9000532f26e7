"""The same calls under other circumstances, and on other models: nothing cached, all in batches, longer answers.

A scenario is a view over the log that says what each call's tokens would have been; `billing` prices it as it
prices the log, every call at its own moment.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import pandas as pd

from kit.errors import PriceError, UsageError
from kit.pricing import Book
from kit.traffic import billing
from kit.traffic.coverage import covered_days, whole_days
from kit.traffic.usage_table import Traffic

__all__ = ["AS_LOGGED", "Scenario", "daily_bills_elsewhere", "first_and_last_day", "under_scenario"]


@dataclass(frozen=True)
class Scenario:
    """What is otherwise than it was logged; what is None or 1 is not.

    Attributes:
        cached: Share of the prompt tokens that is read from the cache, in every call; nothing is written to it.
        batched: Whether all calls are sent in batches, or none.
        output: Output tokens, as a multiple.
        tokens: Tokens of every kind, as a multiple, at `endpoints` only.
    """

    cached: float | None = None
    batched: bool | None = None
    output: float = 1.0
    tokens: float = 1.0
    endpoints: tuple[str, ...] = ()


AS_LOGGED = Scenario()


def under_scenario(traffic: Traffic, scenario: Scenario) -> Traffic:
    """The logged calls under a scenario: a view over the log, which takes no memory.

    Args:
        traffic: As it was read; of one that is under a scenario already, the log is taken.
    """
    where = ", ".join("'" + name.replace("'", "''") + "'" for name in scenario.endpoints) or "NULL"
    times = f"CASE WHEN endpoint IN ({where}) THEN {float(scenario.tokens)!r} ELSE 1 END"
    prompt = f"ceil(prompt * {times})"
    cached, written = f"cached * {times}", f"written * {times}"
    if scenario.cached is not None:
        cached, written = f"{prompt} * {float(scenario.cached)!r}", "0"
    # parts are rounded down and the whole up, so that a part never exceeds it
    hour = f"floor(written_1h * {times})" if written != "0" else "0"
    columns = {"prompt": prompt, "cached": f"floor({cached})", "written": f"floor({written})", "written_1h": hour}
    columns |= {kind: f"{how}({kind} * {float(scenario.output)!r} * {times})"
                for kind, how in (("output", "ceil"), ("reasoning", "floor"))}  # fmt: skip
    tokens = ", ".join(f"CAST({formula} AS BIGINT) AS {name}" for name, formula in columns.items())
    batch = "batch" if scenario.batched is None else str(scenario.batched).lower()
    (place,) = traffic.db.execute("SELECT current_database()").fetchall()[0]
    db = traffic.db.cursor()  # has temporary views of its own, and this one goes before the table of the same name
    db.execute(
        f"CREATE TEMP VIEW usage AS SELECT * REPLACE ({tokens}, {batch} AS batch) "  # noqa: S608 - numbers and names
        f'FROM "{place}".main.usage'
    )
    return replace(traffic, db=db)


def first_and_last_day(traffic: Traffic) -> tuple[date, date]:
    """The first and the last day (UTC) of the log.

    Raises:
        UsageError: If it holds no calls.
    """
    first, last = traffic.db.execute('SELECT min("at"), max("at") FROM usage').fetchall()[0]
    if first is None:
        raise UsageError("the log holds no calls that could be read; see its files, and why lines were left out")
    return first.date(), last.date()


def daily_bills_elsewhere(
    traffic: Traffic, shelf: Sequence[Book], models: Sequence[str], scenario: Scenario = AS_LOGGED
) -> pd.DataFrame:
    """Return what each day of the traffic would cost if all of it went to one model.

    Where a book has no price for a model's cached tokens, or none for its batches, the calls are priced as sent
    without: so they would have to be sent, and unlike an unknown price that can be said.

    Args:
        models: Those that a book does not know are left out of it.

    Returns:
        `book`, `model`, `day` (each from the first to the last), `usd` (of a whole day, see `coverage.whole_days`;
        missing if a call of the day has no price; 0 for a day without calls), `covered` (share of the day that the log
        covers), `sent` (what was priced otherwise than in the scenario, in words).
    """
    first, last = first_and_last_day(traffic)
    rows, covered = [], covered_days(traffic)
    for book in shelf:
        groups: dict[Scenario, list[str]] = {}
        for model in filter(book.knows, models):
            groups.setdefault(_sendable(book, model, (first, last), scenario), []).append(model)
        for way, group in groups.items():
            priced = billing.bill_elsewhere(under_scenario(traffic, way), [book], group, by=("day",))
            wide = priced.assign(usd=priced["usd"].mask(priced["unpriced"] > 0), day=pd.to_datetime(priced["day"]))
            days = wide.pivot(index="day", columns="model", values="usd")
            days = days.reindex(covered.index, fill_value=0.0).apply(whole_days, covered=covered)
            quiet = days.melt(ignore_index=False, var_name="model", value_name="usd")
            quiet["covered"] = quiet.index.map(covered)
            rows.append(quiet.reset_index().assign(book=book.name, sent=_sent(way, scenario)))
    columns = ["book", "model", "day", "usd", "covered", "sent"]
    return pd.concat(rows, ignore_index=True)[columns] if rows else pd.DataFrame(columns=columns)


def _sendable(book: Book, model: str, days: tuple[date, date], scenario: Scenario) -> Scenario:
    """The scenario without what a book has no price for, on the first or on the last day."""
    moments = [datetime(day.year, day.month, day.day, tzinfo=UTC) for day in days]
    try:
        cached = all(book.rate(model, at).cached is not None for at in moments)
        batched = all(book.rate(model, at, batch=True).known for at in moments)
    except PriceError:
        return scenario  # before its release, or a contract's first day: no price of any kind, which the bill will say
    scenario = scenario if cached else replace(scenario, cached=0.0)
    return scenario if batched else replace(scenario, batched=False)


def _sent(way: Scenario, scenario: Scenario) -> str:
    words = {"cached tokens at the full price": way.cached != scenario.cached,
             "batches at the ordinary price": way.batched != scenario.batched}  # fmt: skip
    return ", ".join(word for word, so in words.items() if so)

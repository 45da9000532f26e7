"""Rows of usage added up by kind: rows of one kind have one price a token in every book.

What sets kinds apart is the model, the steps of its prices that a row's hour and prompt have passed, batch, and of
which sides it has tokens, since a book may lack the price of one.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, time
from functools import partial
from typing import TYPE_CHECKING

from kit.errors import UsageError
from kit.pricing import Steps
from kit.traffic.rate_table import SIDES, Kind
from kit.traffic.usage_table import Traffic

if TYPE_CHECKING:
    import duckdb

__all__ = ["COUNTS", "KEY", "grouped", "kinds"]

KEY = ("name", "since", "hours", "kind")
"""Columns of `tally` on which a price depends: `name` is the model's, as logged; `since` the UTC day, or the start of a
bucket within which a price steps; `hours` that bucket's length, else 0."""

COUNTS = {
    "requests": "requests",
    "errors": "CASE WHEN status = 'ok' THEN 0 ELSE requests END",
    "prompt": "prompt",
    "cached": "cached",
    "written": "written",
    "written_1h": "coalesce(written_1h, 0)",
    "output": "output",
    "reasoning": "reasoning",
}
"""Column of `tally` -> what of each row is added up."""

# A kind is one number, since that groups faster than its parts do: 0 if nothing was billed, else 1, a bit for each of
# SIDES, a bit for batch, two for the tier, and how many steps of the prompt's length and of the day are passed.
_START, _LAST = '"at"', '"at" + to_microseconds(CAST(hours * 3600000000 AS BIGINT) - 1)'
_USES = ("prompt > cached + written", "cached > 0", "written > coalesce(written_1h, 0)", "written_1h > 0", "output > 0")
_TIERS = ("", "flex", "priority", "fast")
_BATCH = 1 << len(_USES)
_TIER = _BATCH << 1
_PROMPT = _TIER << 2
_TIME = _PROMPT << 8

_CONTEXT = 200_000
"""Tokens above which a bucket of long prompts says that they are."""

_LONG = " OR coalesce(long, false)"


@contextmanager
def grouped(
    traffic: Traffic,
    steps: Mapping[str, Steps],
    by: Iterable[str],
    counts: Mapping[str, str] = COUNTS,
    where: str = "true",
    name: str = "logged",
) -> Iterator["duckdb.DuckDBPyConnection"]:
    """The traffic's database, in which there is meanwhile a table `tally`: KEY, the columns of `by`, and `counts`.

    Args:
        steps: Name -> where the prices step that will be asked for.
        by: Columns of the usage.
        counts: As COUNTS.
        where: An SQL condition on the usage.
        name: SQL of the name; `''` where all models are priced alike.
    """
    stepping = {f"m{n}": one for n, one in enumerate(one for one in steps if steps[one] != Steps())}
    holders = defaultdict(list)
    for parameter, one in stepping.items():
        holders[steps[one]].append(f"${parameter}")
    passed, slot, last_slot = (
        _by_model(name, holders, sql) for sql in (_passed, partial(_times, _START), partial(_times, _LAST))
    )
    uses = " + ".join(f"CASE WHEN {used} THEN {1 << n} ELSE 0 END" for n, used in enumerate(_USES))
    tiers = " ".join(f"WHEN '{word}' THEN {n}" for n, word in enumerate(_TIERS))
    tier = f"{_TIER} * CASE tier {tiers} ELSE 0 END"
    columns = "".join(f'"{column}", ' for column in by)
    sums = ", ".join(f"sum({expression}) AS {count}" for count, expression in counts.items())
    query = f"""
        CREATE OR REPLACE TEMP TABLE tally AS
        SELECT {columns}{name} AS name,
          CASE WHEN stepping THEN "at" ELSE CAST(CAST("at" AS DATE) AS TIMESTAMP) END AS since,
          CASE WHEN stepping THEN hours ELSE 0 END AS hours,
          CASE WHEN billed THEN 1 ELSE 0 END
            * (1 + {uses} + CASE WHEN batch THEN {_BATCH} ELSE 0 END + {tier} + {passed}) AS kind,
          {sums}
        FROM (
          SELECT *, hours > 0 AND (CAST({_LAST} AS DATE) <> CAST("at" AS DATE) OR {slot} <> {last_slot}) AS stepping
          FROM usage WHERE {where}
        ) GROUP BY ALL"""  # noqa: S608 - names that others chose are parameters
    try:
        traffic.db.execute(query, stepping)
        yield traffic.db
    finally:
        traffic.db.execute("DROP TABLE IF EXISTS tally")


def kinds(db: "duckdb.DuckDBPyConnection", steps: Mapping[str, Steps]) -> Iterator[tuple[tuple, Kind]]:
    """Each key of `tally`, and the kind that it stands for.

    Raises:
        UsageError: If a name is not in `steps`.
    """
    rows = db.execute(f"SELECT DISTINCT {', '.join(KEY)} FROM tally ORDER BY ALL").fetchall()  # noqa: S608
    for key in rows:
        name, since, hours, kind = key
        if name not in steps:
            raise UsageError(f"traffic: {name!r} is logged, and models does not say what it is (None is unknown)")
        times, prompts = (time(), *steps[name].times), (-1, *steps[name].prompts)
        number = max(kind - 1, 0)
        uses = tuple(side for n, side in enumerate(SIDES) if number >> n & 1)
        at = since if hours else datetime.combine(since, times[number // _TIME])
        prompt = prompts[number % _TIME // _PROMPT] + 1
        yield (
            key,
            Kind(at.replace(tzinfo=UTC), hours, prompt, bool(number & _BATCH), uses, _TIERS[number % _PROMPT // _TIER]),
        )


def _by_model(name: str, holders: Mapping[Steps, list[str]], sql: Callable[[Steps], str]) -> str:
    cases = [f"WHEN {name} IN ({', '.join(who)}) THEN {sql(steps)}" for steps, who in holders.items()]
    return f"CASE {' '.join(cases)} ELSE 0 END" if cases else "0"


def _passed(steps: Steps) -> str:
    return f"{_times(_START, steps)} + {_prompts(steps)}"


def _times(moment: str, steps: Steps) -> str:
    return _last(_TIME, [f"CAST({moment} AS TIME) >= TIME '{step}'" for step in steps.times])


def _prompts(steps: Steps) -> str:
    """A bucket's prompts are taken to be of one length; one that does not say how many there are, to be short."""
    return _last(_PROMPT, [f"requests > 0 AND prompt > {step} * requests{_LONG if step <= _CONTEXT else ''}"
                           for step in steps.prompts])  # fmt: skip


def _last(unit: int, conditions: list[str]) -> str:
    """Return how many of some conditions hold, each of which implies those before it."""
    cases = [f"WHEN {one} THEN {unit * (n + 1)}" for n, one in reversed(list(enumerate(conditions)))]
    return f"CASE {' '.join(cases)} ELSE 0 END" if cases else "0"

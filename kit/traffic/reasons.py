"""Reasons: why a row of a log does not count."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from kit.traffic.columns import Cell
from kit.traffic.formats import TOKENS, Format

__all__ = ["SINCE", "foreign", "tests"]

SINCE = "2020-01-01"
"""No model was sold by the token before it, so an earlier time is that of a wrong clock."""

_MOST = 100_000_000
"""More tokens than any model takes in one call."""


def tests(format: Format, cells: Mapping[str, Cell], now: datetime) -> list[tuple[str, str]]:
    """What may be wrong with a row, in SQL, and the words for it: the first that holds is why it does not count.

    Without words it is no call of a model, and counts as nothing.

    Args:
        cells: A row as its source has it; `n_prompt` and so on are as they count, `prompt` and so on as logged.
        now: What starts more than a day later than this starts in the future.
    """
    late = (now.astimezone(UTC) + timedelta(days=1)).replace(tzinfo=None).isoformat(" ")
    blank = "n_logged = '' AND n_prompt = 0 AND n_output = 0" + (" AND status = 'ok'" if format.lends_time else "")
    found = [("other", "''")] if format.only else []
    found += [(blank, "''"), *([foreign(cells["currency"])] if cells["currency"].there else [])]
    for name, place in ((name, cells[name]) for name in (*TOKENS, "requests") if cells[name].there):
        if not place.whole:
            odd = f"({name}_ IS NOT NULL AND {name} IS NULL) OR {name} <> floor({name})"
            found.append((odd, f"'{name}: ' || left({place.text()}, 40) || ' is no whole number'"))
        found.append((f"{name} < 0", f"'{name}: ' || {_shown(name)} || ' is negative'"))
    said = f"'its time, ' || left({cells['at'].text()}, 40) || ', cannot be read'"
    prompt, cached, written, output, reasoning = (_shown(f"n_{name}") for name in TOKENS)
    early = ["n_latency_s < 0", "n_hours < 0", *(['until < "at"'] if cells["until"].there else [])]
    most = f"{_MOST} * greatest(coalesce(n_requests, 1), 1)"
    found += [
        ('"at" IS NULL', f"coalesce({said}, 'it has no time')"),
        (f"\"at\" < TIMESTAMP '{SINCE}'", f"'it starts at ' || \"at\" || ', before {SINCE[:4]}'"),
        (f"\"at\" > TIMESTAMP '{late}'", "'it starts at ' || \"at\" || ', in the future'"),
        *((test, "'it ends before it starts'") for test in early),
        ("n_hours > 8784", "'it covers more than a year'"),
        (f"(n_prompt > {_MOST} OR n_output > {_MOST}) AND (n_prompt > {most} OR n_output > {most}) "
         "AND (n_hours = 0 OR n_requests IS NOT NULL)",
         f"{prompt} || ' prompt and ' || {output} || ' output tokens are more than a call can have'"),
        ("n_cached + n_written > n_prompt",
         f"{cached} || ' tokens read from the cache and ' || {written} || ' written to it, of ' || {prompt} "
         "|| ' in the prompt'"),
        ("reasoning > n_output", f"{reasoning} || ' tokens of reasoning, of ' || {output} || ' in the output'"),
        ("n_output > 0 AND n_prompt = 0", f"{output} || ' output tokens and no prompt'"),
        ("n_logged = '' AND n_prompt > 0", "'it names no model'"),
        ("prompt IS NULL AND output IS NULL AND status = 'ok'", "'it says ok, and has no token counts'"),
    ]  # fmt: skip
    return found


def foreign(currency: Cell) -> tuple[str, str]:
    """Whether an amount is of another currency, in SQL, and the words for it."""
    said = currency.text()
    return f"lower({said}) <> 'usd'", f"{said} || ' where USD belongs; no other currency is converted'"


def _shown(number: str) -> str:
    """A number in words, which may be any, without the point that whole ones have not."""
    return f"coalesce(CAST(TRY_CAST({number} AS HUGEINT) AS VARCHAR), CAST({number} AS VARCHAR))"

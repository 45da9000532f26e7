"""Shadow: what a replay came to, by endpoint and by contender, in tables, and as evidence.

Counts are of distinct requests, not of the calls that they stand for: a frequent request is no more evidence than a
rare one.
"""

from datetime import date
from typing import Any

import pandas as pd

from kit.evidence import UNANSWERED, Row
from kit.stats import intervals
from kit.words import many

__all__ = ["answer", "by_contender", "by_endpoint", "rows", "shares"]


def by_endpoint(compared: pd.DataFrame) -> pd.DataFrame:
    """What became of each endpoint's requests, in percent.

    Args:
        compared: As from `replay.compare`.

    Returns:
        `endpoint`, `contender`, `requests`, `failed` (of all), `valid` (of those answered for which a form was asked),
        `agrees` (of those that the incumbent answered too), `fields` (mean share of equal fields), `right` (of those
        labelled), `alike` (a hint: mean words in common), `accepted` (of those of which it is known), `unknown` (of
        all); missing where there is none.
    """
    made = []
    for (endpoint, contender), some in compared.groupby(["endpoint", "contender"], sort=False):
        made.append({
            "endpoint": endpoint, "contender": contender, "requests": len(some),
            "failed": 100 * float((some["error_kind"] != "").mean()),
            **{name: _percent(some[column]) for name, column in _SHARES.items()},
            "unknown": 100 * float(some["accepted"].isna().mean()),
        })  # fmt: skip
    table = pd.DataFrame(made, columns=["endpoint", "contender", "requests", "failed", *_SHARES, "unknown"])
    return table.astype(dict.fromkeys(_SHARES, "float64"))


_SHARES = {"valid": "valid", "agrees": "agrees", "fields": "fields", "right": "correct", "alike": "similar",
           "accepted": "accepted"}  # fmt: skip


def shares(compared: pd.DataFrame, column: str) -> pd.DataFrame:
    """How many of each endpoint's answers are so, with Wilson's 95 % interval.

    Args:
        column: `valid`, `agrees`, `correct` or `accepted`; answers for which it is missing are left out.

    Returns:
        `endpoint`, `contender`, `n`, `share`, `low`, `high` (percent); only where there is an answer.
    """
    made = []
    for (endpoint, contender), some in compared.groupby(["endpoint", "contender"], sort=False):
        if n := int(some[column].notna().sum()):
            share = float(some[column].mean())
            ends = (100 * end for end in (share, *intervals.wilson(share, n)))
            made.append((endpoint, contender, n, *ends))
    return pd.DataFrame(made, columns=["endpoint", "contender", "n", "share", "low", "high"])


def by_contender(compared: pd.DataFrame) -> pd.DataFrame:
    """Cost, latency and errors, on the same requests.

    Returns:
        `contender`, `requests`, `failed` (with the kinds), `attempts`, `tokens in`, `tokens out`, `USD` (of all
        attempts, at most; missing if the cost of one is unknown), and of the requests that every contender answered
        (`shared`) the `median s` and the `slowest s`.
    """
    wide = compared.assign(came=compared["error_kind"] == "").groupby("request")["came"].all()
    shared = compared["request"].isin(wide[wide].index)
    made: list[dict[str, Any]] = []
    for contender, some in compared.groupby("contender", sort=False):
        kinds = some.loc[some["error_kind"] != "", "error_kind"].value_counts()
        seconds = some.loc[shared, "total_s"].astype("float64")
        made.append({
            "contender": contender, "requests": len(some),
            "failed": ", ".join(f"{n} {kind}" for kind, n in kinds.items()) or "0",
            "attempts": int(some["attempts"].sum()), "tokens in": int(some["prompt_tokens"].sum()),
            "tokens out": int(some["output_tokens"].sum()), "USD": some["cost_usd"].sum(skipna=False),
            "shared": len(seconds), "median s": seconds.median(), "slowest s": seconds.max(),
        })  # fmt: skip
    return pd.DataFrame(made).astype({"USD": "Float64"})


def answer(compared: pd.DataFrame, incumbent: str) -> str:
    """How well each candidate's answers did beside the incumbent's, a sentence each."""
    said = []
    for contender, some in compared.groupby("contender", sort=False):
        if contender != incumbent:
            done, unknown = int(some["accepted"].sum()), int(some["accepted"].isna().sum())
            agreed, both = int(some["agrees"].sum()), int(some["agrees"].notna().sum())
            said.append(
                f"Of {contender}'s answers to {many(len(some), 'request')}, {done} would have done in the place of "
                f"{incumbent}'s, "
                f"{len(some) - done - unknown} would not, and of {unknown} nothing here can tell; "
                f"{agreed} of {both} say the same."
            )
    return " ".join(said) or "There is no candidate: name a second contender."


def rows(compared: pd.DataFrame, ref: str, day: date) -> list[Row]:
    """What was measured, as evidence: `replay.valid`, `replay.agrees`, `replay.correct` by endpoint, and what failed.

    Args:
        ref: Which requests these were.
        day: When they were asked.
    """
    made = []
    for contender, some in compared.groupby("contender", sort=False):
        model, _, way = str(contender).rpartition("@")
        failed = float((some["error_kind"] != "").sum())
        made.append(Row(model, UNANSWERED, failed, "requests", "measured", str(day), ref, n=len(some), note=way))
    for column in ("valid", "agrees", "correct"):
        for row in shares(compared, column).itertuples():
            model, _, way = str(row.contender).rpartition("@")
            made.append(Row(model, f"replay.{column}", row.share, "%", "measured", str(day), ref, row.low, row.high,
                            row.n, f"{way}, {row.endpoint or 'no endpoint'}"))  # fmt: skip
    return made


def _percent(column: pd.Series) -> float | None:
    return None if column.isna().all() else 100 * float(column.mean())

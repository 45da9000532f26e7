"""Summary: a replay by endpoint and by contender, in tables, in a sentence, and as evidence.

Counts are of distinct requests, not of the calls that they stand for: a frequent request is no more evidence than a
rare one.
"""

from datetime import date
from typing import Any

import pandas as pd

from kit import stats
from kit.evidence import UNANSWERED, Row, contender_row
from kit.stats import Estimate
from kit.text import plural

__all__ = ["by_contender", "by_endpoint", "evidence_rows", "explanation", "shares"]


def by_endpoint(compared: pd.DataFrame) -> pd.DataFrame:
    """Summarise each endpoint's requests, in percent.

    Args:
        compared: As from `replay.compare`.

    Returns:
        `endpoint`, `contender`, `requests`, `failed` (of all), `valid` (of those answered for which a form was asked),
        `agrees` (of those that the incumbent answered too), `fields` (mean share of equal fields), `right` (of those
        labelled), `alike` (a hint: mean words in common), `accepted` (of those judged), `unknown` (of all); missing
        if there are none.
    """
    rows = []
    for (endpoint, contender), group in compared.groupby(["endpoint", "contender"], sort=False):
        rows.append({
            "endpoint": endpoint, "contender": contender, "requests": len(group),
            "failed": 100 * float((group["error_kind"] != "").mean()),
            **{name: _percent(group[column]) for name, column in _SHARES.items()},
            "unknown": 100 * float(group["accepted"].isna().mean()),
        })  # fmt: skip
    table = pd.DataFrame(rows, columns=["endpoint", "contender", "requests", "failed", *_SHARES, "unknown"])
    return table.astype(dict.fromkeys(_SHARES, "float64"))


_SHARES = {"valid": "valid", "agrees": "agrees", "fields": "fields", "right": "correct", "alike": "similar",
           "accepted": "accepted"}  # fmt: skip


def shares(compared: pd.DataFrame, column: str) -> pd.DataFrame:
    """Share of each endpoint's answers for which a column is true, with Wilson's 95 % interval.

    Args:
        column: `valid`, `agrees`, `correct` or `accepted`; answers for which it is missing are left out.

    Returns:
        `endpoint`, `contender`, `n`, `share`, `low`, `high` (percent); only if the column is known for an answer.
    """
    rows = []
    for (endpoint, contender), group in compared.groupby(["endpoint", "contender"], sort=False):
        if n := int(group[column].notna().sum()):
            share = float(group[column].mean())
            percents = (100 * end for end in (share, *stats.wilson(share, n)))
            rows.append((endpoint, contender, n, *percents))
    return pd.DataFrame(rows, columns=["endpoint", "contender", "n", "share", "low", "high"])


def by_contender(compared: pd.DataFrame) -> pd.DataFrame:
    """Compare cost, latency and errors on the same requests.

    Returns:
        `contender`, `requests`, `failed` (with the kinds), `attempts`, `tokens in`, `tokens out`, `USD` (of all
        attempts, at most; missing if the cost of one is unknown), and of the requests that every contender answered
        (`shared`) the `median s` and the `slowest s`.
    """
    wide = compared.assign(came=compared["error_kind"] == "").groupby("request")["came"].all()
    shared = compared["request"].isin(wide[wide].index)
    rows: list[dict[str, Any]] = []
    for contender, group in compared.groupby("contender", sort=False):
        kinds = group.loc[group["error_kind"] != "", "error_kind"].value_counts()
        seconds = group.loc[shared, "total_s"].astype("float64")
        rows.append({
            "contender": contender, "requests": len(group),
            "failed": ", ".join(f"{n} {kind}" for kind, n in kinds.items()) or "0",
            "attempts": int(group["attempts"].sum()), "tokens in": int(group["prompt_tokens"].sum()),
            "tokens out": int(group["output_tokens"].sum()), "USD": group["cost_usd"].sum(skipna=False),
            "shared": len(seconds), "median s": seconds.median(), "slowest s": seconds.max(),
        })  # fmt: skip
    return pd.DataFrame(rows, columns=list(_TOTALS)).astype({"USD": "Float64"})


_TOTALS = ("contender", "requests", "failed", "attempts", "tokens in", "tokens out", "USD", "shared", "median s",
           "slowest s")  # fmt: skip


def explanation(compared: pd.DataFrame, incumbent: str) -> str:
    """Each candidate's answers compared with the incumbent's, a sentence each; empty where nothing was asked."""
    if compared.empty:
        return ""
    sentences = []
    for contender, group in compared.groupby("contender", sort=False):
        if contender != incumbent:
            done, unknown = int(group["accepted"].sum()), int(group["accepted"].isna().sum())
            agreed, both = int(group["agrees"].sum()), int(group["agrees"].notna().sum())
            sentences.append(
                f"Of {contender}'s answers to {plural(len(group), 'request')}, {done} would have done in the place of "
                f"{incumbent}'s, "
                f"{len(group) - done - unknown} would not, and of {unknown} nothing here can tell; "
                f"{agreed} of {both} say the same."
            )
    return " ".join(sentences) or "There is no candidate: name a second contender."


def evidence_rows(compared: pd.DataFrame, ref: str, day: date) -> list[Row]:
    """The comparison as evidence: `replay.valid`, `replay.agrees`, `replay.correct` by endpoint, and failures.

    Args:
        ref: The log and the sample.
        day: Of the asking.
    """
    rows = []
    for contender, group in compared.groupby("contender", sort=False):
        failed = float((group["error_kind"] != "").sum())
        rows.append(contender_row(str(contender), UNANSWERED, failed, "requests", day, ref, len(group)))
    for column in ("valid", "agrees", "correct"):
        for row in shares(compared, column).itertuples():
            share, scope = Estimate(row.share, row.low, row.high), row.endpoint or "no endpoint"
            rows.append(contender_row(str(row.contender), f"replay.{column}", share, "%", day, ref, row.n, scope=scope))
    return rows


def _percent(column: pd.Series) -> float | None:
    return None if column.isna().all() else 100 * float(column.mean())

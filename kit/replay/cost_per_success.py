"""Cost per success: price, tokens, retries, failures and invalid outputs in one figure, USD an accepted answer.

    usd_accepted   the cost of all attempts over the number of accepted answers
    usd_escalated  the same with the incumbent as fallback: requests that visibly failed (no answer, or an invalid one,
                   which a service notices by itself) are asked again of the incumbent, and both costs are paid

An answer that nobody could judge is neither right nor wrong: it and its cost are left out of both figures, and counted.
A cost that is unknown makes a figure unknown. Without an accepted answer its cost is unknown, not 0.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date

import pandas as pd

from kit import stats
from kit.errors import ItemError, near_miss
from kit.evidence import Row, contender_row
from kit.stats import Estimate
from kit.text import dollar_cell

__all__ = [
    "ALL",
    "COLUMNS",
    "COST_FORMATS",
    "NEEDED",
    "costs",
    "costs_evidence",
    "costs_table",
    "required_columns",
    "with_fallback",
]

NEEDED = ("contender", "endpoint", "request", "error_kind", "valid", "accepted", "cost_usd")
"""Columns of a comparison (`kit.replay.compare`) that the costs use: a row a contender and request."""

ALL = "all endpoints"
"""The endpoint of rows over all endpoints together: all requests that were replayed, each counted once."""

COLUMNS = {
    "endpoint": "as in the comparison, or ALL",
    "contender": "model@way",
    "n": "requests",
    "answered": "of these, answered at all",
    "accepted": "of these, accepted",
    "unknown": "requests that nobody could judge, or that were never sent",
    "unpriced": "requests that were judged and whose cost is unknown",
    "share": "accepted of those judged, 0 to 1",
    "share_low": "its 95 % interval, Wilson's, whether all that is unknown is accepted or none",
    "share_high": "",
    "usd_request": "USD a request judged",
    "usd_accepted": "USD an accepted answer",
    "low": "its 95 % interval, by `ratios.per_success`",
    "high": "",
    "usd_escalated": "USD an accepted answer, with the incumbent as fallback",
    "escalated_low": "",
    "escalated_high": "",
    "share_escalated": "accepted of those judged, with the incumbent as fallback",
}
"""Columns of `costs`; a figure that is not known is missing."""

COST_FORMATS: Mapping[str, str | Callable[[float], str]] = {
    "accepted, %": "{:.1f}", "USD per 1,000 accepted": dollar_cell, "with escalation": dollar_cell,
    "accepted then, %": "{:.1f}",
}  # fmt: skip
"""Formats of the columns of `costs_table`, for `report.table`."""


def costs(compared: pd.DataFrame, incumbent: str) -> pd.DataFrame:
    """Compute what an accepted answer costs, by endpoint and contender and over all endpoints.

    Args:
        compared: With the columns NEEDED, as from `kit.replay.compare`.
        incumbent: The fallback; its own rows are the same with and without.

    Returns:
        COLUMNS, a row an endpoint and contender in the comparison's order; those of ALL stand last.

    Raises:
        ItemError: If a column is missing, a request is given twice, or the incumbent is not among the contenders.
    """
    alone = required_columns(compared)
    fallback = with_fallback(alone, incumbent)
    rows = [
        {"endpoint": endpoint, "contender": contender} | _figures(group, fallback.loc[group.index])
        for endpoint, part in [*alone.groupby("endpoint", sort=False), (ALL, alone)]
        for contender, group in part.groupby("contender", sort=False)
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.astype(dict.fromkeys(list(COLUMNS)[2:7], "int64") | dict.fromkeys(list(COLUMNS)[7:], "float64"))


def required_columns(compared: pd.DataFrame) -> pd.DataFrame:
    """Check a comparison and reduce it to the columns that its cost per accepted answer needs.

    Returns:
        NEEDED, numbered from 0; `accepted` and `valid` boolean, `cost_usd` Float64.

    Raises:
        ItemError: If a column is missing, or a contender is given twice for one request.
    """
    if lacks := [column for column in NEEDED if column not in compared.columns]:
        raise ItemError(f"compared: column {lacks[0]!r} is missing{near_miss(lacks[0], map(str, compared.columns))}")
    rows = compared[list(NEEDED)].reset_index(drop=True)
    if (twice := rows.duplicated(["contender", "endpoint", "request"])).any():
        row = rows[twice].iloc[0]
        raise ItemError(f"compared: {row['contender']} is given twice for {row['request']!r}; one row each is right")
    return rows.astype({"accepted": "boolean", "valid": "boolean", "cost_usd": "Float64"})


def with_fallback(rows: pd.DataFrame, incumbent: str) -> pd.DataFrame:
    """Compute the same requests with the incumbent as fallback where the contender visibly failed.

    Args:
        rows: As from `required_columns`.
        incumbent: Its answer and cost on the same request are used; if it has none, both are unknown.

    Returns:
        The rows with `accepted` and `cost_usd` of the two together, and `again`, true if the incumbent was asked.

    Raises:
        ItemError: If the incumbent is not among the contenders.
    """
    known = list(rows["contender"].unique())
    if known and incumbent not in known:
        raise ItemError(f"{incumbent!r} is not among the contenders{near_miss(incumbent, known)}")
    visible = (rows["error_kind"] != "") | rows["valid"].eq(False).fillna(False).astype(bool)
    lost = rows["accepted"].eq(False).fillna(False).astype(bool)  # what was never sent is not lost, but unknown
    again = visible & lost & (rows["contender"] != incumbent)
    theirs = rows[rows["contender"] == incumbent][["endpoint", "request", "accepted", "cost_usd"]]
    second = rows[["endpoint", "request"]].merge(theirs, on=["endpoint", "request"], how="left")
    return rows.assign(
        accepted=rows["accepted"].mask(again, second["accepted"]),
        cost_usd=rows["cost_usd"].mask(again, rows["cost_usd"] + second["cost_usd"]),
        again=again,
    )


def costs_table(table: pd.DataFrame) -> pd.DataFrame:
    """The `costs` as a reader sees them: USD per 1,000 accepted answers, with intervals in words."""

    def span(low: float, high: float, format: Callable[[float], str]) -> str:
        return "unknown" if pd.isna(low) else f"{format(low)} to {format(high)}"

    return pd.DataFrame([
        {"endpoint": row["endpoint"], "contender": row["contender"], "requests": row["n"],
         "accepted, %": 100 * row["share"],
         "95 %": span(100 * row["share_low"], 100 * row["share_high"], "{:.1f}".format),
         "unknown": row["unknown"], "unpriced": row["unpriced"], "USD per 1,000 accepted": 1000 * row["usd_accepted"],
         "95 % interval": span(1000 * row["low"], 1000 * row["high"], dollar_cell),
         "with escalation": 1000 * row["usd_escalated"], "accepted then, %": 100 * row["share_escalated"]}
        for row in table.to_dict("records")
    ])  # fmt: skip


def costs_evidence(table: pd.DataFrame, source: str, ref: str, day: date) -> list[Row]:
    """The `costs` as evidence: `accepted.share` (measured), and `cost.accepted` and `cost.escalated`.

    Args:
        table: As from `costs`.
        source: The kind of the price book: `list`, `contract` or `article`.
        ref: The log and the run.
        day: Of the measurement.
    """
    return [row for record in table.to_dict("records") for row in _evidence(record, source, ref, day)]


def _evidence(record: dict, source: str, ref: str, day: date) -> Iterable[Row]:
    scope, n = "" if record["endpoint"] == ALL else record["endpoint"], record["n"] - record["unknown"]
    figures = (
        ("accepted.share", "%", "measured", 100, ("share", "share_low", "share_high")),
        ("cost.accepted", "USD/answer", source, 1, ("usd_accepted", "low", "high")),
        ("cost.escalated", "USD/answer", source, 1, ("usd_escalated", "escalated_low", "escalated_high")),
    )
    for metric, unit, kind, scale, names in figures:
        if pd.notna(record[names[0]]):
            figure = Estimate(*(scale * record[name] for name in names))
            yield contender_row(record["contender"], metric, figure, unit, day, ref, n, source=kind, scope=scope)


def _figures(alone: pd.DataFrame, fallback: pd.DataFrame) -> dict[str, object]:
    judged, second = alone[alone["accepted"].notna()], fallback[fallback["accepted"].notna()]
    accepted, share, (share_low, share_high) = int(judged["accepted"].sum()), None, (None, None)
    if len(judged):
        share, n, unknown = accepted / len(judged), len(alone), len(alone) - len(judged)
        share_low = stats.wilson(accepted / n, n)[0]
        share_high = stats.wilson((accepted + unknown) / n, n)[1]
    usd, low, high = _per_accepted(judged)
    usd_again, low_again, high_again = _per_accepted(second)
    return {
        "n": len(alone), "answered": int((alone["error_kind"] == "").sum()), "accepted": accepted,
        "unknown": len(alone) - len(judged), "unpriced": int(judged["cost_usd"].isna().sum()),
        "share": share, "share_low": share_low, "share_high": share_high,
        "usd_request": judged["cost_usd"].mean() if len(judged) and judged["cost_usd"].notna().all() else None,
        "usd_accepted": usd, "low": low, "high": high,
        "usd_escalated": usd_again, "escalated_low": low_again, "escalated_high": high_again,
        "share_escalated": float(second["accepted"].mean()) if len(second) else None,
    }  # fmt: skip


def _per_accepted(judged: pd.DataFrame) -> tuple[float | None, float | None, float | None]:
    """USD an accepted answer and its interval; one request alone has no interval."""
    usd, accepted = judged["cost_usd"], judged["accepted"].astype(float)
    if usd.isna().any() or not accepted.any():
        return None, None, None
    if len(judged) < 2:
        return float(usd.sum()), None, None
    estimate = stats.per_success(usd.astype(float), accepted)
    return estimate.value, estimate.low, estimate.high

"""Coverage: how much of each day a log covers, so that a log from noon to noon is not taken for whole days.

The first and the last day of a log are cut where its first and last call are. A cut day counts as the share of a usual
day's calls that fall into the hours it covers: a service that is silent at night has a whole day from 9 to 17 o'clock.
"""

import pandas as pd

from kit.traffic.usage_table import Traffic

__all__ = ["LEAST_COVERED", "covered_days", "tells_a_month", "whole_days"]

LEAST_COVERED = 0.25
"""Share of a day below which a cut day is left out: what little it shows would be multiplied by four or more."""

_BY_HOUR = """
WITH ends AS (
    SELECT "at", "at" + to_microseconds(greatest(0, CAST(hours * 3600000000 AS BIGINT) - 1)) AS until,
           coalesce(requests, 1) AS calls FROM usage
)
SELECT hour("at") AS hour, sum(calls) AS calls, min("at") AS first, max(until) AS last
FROM ends GROUP BY 1
"""


def covered_days(traffic: Traffic) -> pd.Series:
    """Return the share of each day that the log covers, from 0 to 1, by date from the first to the last.

    Hours that no day covers are taken to be like those that are.
    """
    rows = traffic.db.execute(_BY_HOUR).fetchall()
    if not rows:
        return pd.Series(dtype="float64", index=pd.DatetimeIndex([], name="day"))
    first, last = min(row[2] for row in rows), max(row[3] for row in rows)
    days = pd.date_range(first.date(), last.date(), name="day")
    covered = [[hour >= first.hour if day == 0 else True for hour in range(24)] for day in range(len(days))]
    covered[-1] = [so and hour <= last.hour for hour, so in enumerate(covered[-1])]
    calls = {row[0]: float(row[1]) for row in rows}
    hours = [sum(day) for day in zip(*covered, strict=True)]
    usual = {hour: calls.get(hour, 0.0) / hours[hour] for hour in range(24) if hours[hour]}
    mean = sum(usual.values()) / len(usual)
    usual = {hour: usual.get(hour, mean) for hour in range(24)}
    share = [sum(usual[hour] for hour, so in enumerate(day) if so) / (sum(usual.values()) or 1.0) for day in covered]
    return pd.Series(share, index=days).round(9)


def whole_days(usd: pd.Series, covered: pd.Series) -> pd.Series:
    """Return what each whole day costs: cut days are scaled up, or left out if too little of them is covered.

    A log of less than a day stays as it is, and tells no month.

    Args:
        usd: A sum for each day, by date.
        covered: As from `covered_days`, for the same days.
    """
    return (usd / covered)[covered >= min(LEAST_COVERED, covered.max())] if tells_a_month(covered) else usd


def tells_a_month(covered: pd.Series) -> bool:
    """Return whether the log covers a day or more; less says nothing of the other hours, so no month follows."""
    return bool(covered.sum() >= 1 - 1e-9)

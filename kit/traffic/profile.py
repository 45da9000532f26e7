"""What the calls of each endpoint are like: tokens in and out, from the cache or not, in Chinese or not."""

import pandas as pd

from kit.traffic.usage_table import Traffic

__all__ = ["call_spread", "chinese_share"]

_EACH = {"prompt": "prompt", "output": "output", "cached": "cached / nullif(prompt, 0)",
         "input per output": "prompt / nullif(output, 0)"}  # fmt: skip
_ALL = {"prompt": "avg(prompt)", "output": "avg(output)", "cached": "sum(cached) / nullif(sum(prompt), 0)",
        "input per output": "sum(prompt) / nullif(sum(output), 0)"}  # fmt: skip
"""What `call_spread` tells of a call, and of all of them together, in SQL."""

_HAN = r"""
    WITH said AS (
        SELECT endpoint, concat_ws(' ', answer, CASE WHEN json_valid(request)
            THEN array_to_string(json_extract_string(request, '$.messages[*].content'), ' ') END) AS text
        FROM usage WHERE request IS NOT NULL OR answer IS NOT NULL)
    SELECT endpoint, count(*) AS texts, sum(length(regexp_replace(text, '[^\p{Han}]', '', 'g')))
        / nullif(sum(length(regexp_replace(text, '\s', '', 'g'))), 0) AS share
    FROM said GROUP BY endpoint ORDER BY share DESC, endpoint
"""


def call_spread(traffic: Traffic) -> pd.DataFrame:
    """Return how unlike the calls of one endpoint are, of those that came back; the endpoint with most calls first.

    Buckets of calls, as usage exports have them, hide the single call and are left out.

    Returns:
        `endpoint`, `calls`, `what` (`prompt`, `output`: tokens; `cached`: share of the prompt; `input per output`),
        `p10`, `p50`, `p90` (percentiles over calls), `overall` (of all tokens together, by which the bill goes).
    """
    parts = " UNION ALL ".join(
        f"SELECT endpoint, count(*) AS calls, {place} AS place, '{column}' AS what, "  # noqa: S608 - columns are ours
        f"quantile_cont({_EACH[column]}, [0.1, 0.5, 0.9]) AS q, {_ALL[column]} AS overall "
        "FROM usage WHERE hours = 0 AND requests = 1 AND status = 'ok' GROUP BY endpoint"
        for place, column in enumerate(_EACH)
    )
    return traffic.db.execute(
        f"SELECT endpoint, calls, what, q[1] AS p10, q[2] AS p50, q[3] AS p90, overall FROM ({parts}) "  # noqa: S608
        "ORDER BY calls DESC, endpoint, place"
    ).df()


def chinese_share(traffic: Traffic) -> pd.DataFrame:
    """Return how much of each endpoint's text is Chinese characters, where the log holds texts.

    Returns:
        `endpoint`, `texts` (calls that hold one), `share` (of all characters but spaces), the most Chinese first.
    """
    return traffic.db.execute(_HAN).df()

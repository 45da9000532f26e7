"""Reliability: of what was asked, how much failed, ran out of time or was refused; with Wilson's interval.

What a contender cannot take (a picture, a text beyond its window) and what was never sent (a budget passed, a run
stopped) says nothing of how reliable it is, and is left out.
"""

import pandas as pd

from kit import stats

__all__ = ["FAILURE_KINDS", "failure_rates"]

FAILURE_KINDS = {
    "errors": "requests without an answer after all attempts, refusals apart",
    "timeouts": "of these, the requests that ran out of time",
    "refusals": "requests that a filter refused, or the model in its field for refusals; a no in plain words is none",
    "attempts in vain": "of all attempts, those that brought no answer; more than one may belong to one request",
}
"""What is counted."""

_NO_PART = ("images", "context", "budget", "stopped")


def failure_rates(answers: pd.DataFrame) -> pd.DataFrame:
    """Count failures, time-outs and refusals of each contender.

    Only what these answers show: a failure that a later run has made good is in the attempts of no answer.

    Args:
        answers: As from `kit.ask`; several frames can be put together.

    Returns:
        `contender`, `kind` (a key of KINDS), `count`, `of` (requests; for the last kind attempts), `share`, `low`,
        `high` (percent, 95 % interval).
    """
    rows = []
    for contender, rows_of_contender in answers[~answers["error_kind"].isin(_NO_PART)].groupby("contender", sort=False):
        failed = rows_of_contender["error_kind"] != ""
        refused = (rows_of_contender["error_kind"] == "refused") | (
            rows_of_contender["finish_reason"] == "content_filter"
        )
        refused |= rows_of_contender["note"].fillna("").str.startswith("a refusal")
        counts = {
            "errors": (int((failed & (rows_of_contender["error_kind"] != "refused")).sum()), len(rows_of_contender)),
            "timeouts": (int((rows_of_contender["error_kind"] == "timeout").sum()), len(rows_of_contender)),
            "refusals": (int(refused.sum()), len(rows_of_contender)),
            "attempts in vain": (
                int(rows_of_contender["attempts"].sum() - (~failed).sum()),
                int(rows_of_contender["attempts"].sum()),
            ),
        }
        rows += [(contender, kind, *_share(count, total)) for kind, (count, total) in counts.items() if total]
    return pd.DataFrame(rows, columns=["contender", "kind", "count", "of", "share", "low", "high"])


def _share(count: int, total: int) -> tuple[int, int, float, float, float]:
    low, high = stats.wilson(count / total, total)
    return count, total, 100 * count / total, 100 * low, 100 * high

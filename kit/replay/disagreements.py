"""Disagreements: answers that differ from the incumbent's, side by side, for a person to read."""

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from kit.replay.compare import table_rows
from kit.replay.sampling import LoggedRequest

__all__ = ["disagreements"]

_COLUMNS = ("endpoint", "request", "calls", "contender", "asked", "incumbent", "answer", "what")


def disagreements(compared: pd.DataFrame, requests: Sequence[LoggedRequest], incumbent: str) -> pd.DataFrame:
    """List the answers that differ from the incumbent's, worst first.

    Worst is, in this order: no answer; wrong format; wrong by a person's label; judged worse; another object, label or
    call, the fewer fields in common the worse; and last free text that nobody compared, the fewer words in common the
    worse. Of equals, the request that stands for more calls comes first. A request that was never asked is left out.

    Returns:
        `endpoint`, `request`, `calls`, `contender`, `asked` (the last message), `incumbent`, `answer` (texts; missing
        if none came), `what` (in words).
    """
    logged = {request.request.id: request for request in requests}
    references = compared[compared["contender"] == incumbent].set_index("request").fillna({"accepted": True})
    ranked = []
    for row in table_rows(compared[compared["contender"] != incumbent]):
        reference, request = references.loc[row.request], logged[row.request]
        if fault := _fault(row, bool(reference["accepted"])):
            rank, words = fault
            alike = row.fields if pd.notna(row.fields) else row.similar if pd.notna(row.similar) else 0.0
            last = str(request.request.messages[-1].get("content"))
            shown = (row.endpoint, row.request, request.calls, row.contender, last, reference["text"], row.text, words)
            ranked.append(((rank, alike, -request.calls), shown))
    return pd.DataFrame([shown for _, shown in sorted(ranked, key=lambda pair: pair[0])], columns=list(_COLUMNS))


def _fault(row: Any, usable: bool) -> tuple[int, str] | None:
    """Rank of a row's disagreement, 0 the worst, and its description; None if it agrees.

    Args:
        usable: True if the incumbent's answer would have done.
    """
    differs = f"not the same: {row.fault}" if row.fault else "not the same"
    unjudged = "another text, not judged" if usable else "another answer than the incumbent's, which would not do"
    faults: Iterator[tuple[int, str]] = (
        (rank, words) for rank, (applies, words) in enumerate((
            (row.error_kind != "" and row.accepted is False, f"no answer: {row.error_kind}"),
            (row.valid is False or row.text == "", f"not as asked: {row.fault or 'empty'}"),
            (row.correct is False, "not what a person says is right"),
            (row.judged == "worse", "judged worse"),
            (row.accepted is False, differs),
            (row.accepted is pd.NA and row.agrees is False, unjudged),
        )) if applies
    )  # fmt: skip
    return next(faults, None)

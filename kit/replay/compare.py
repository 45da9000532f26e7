"""Replay: the same logged requests, answered by incumbent and candidates, and compared request by request.

The incumbent's answer is no truth: where a person labelled a request, the label decides. Where nobody did, and an
answer is free text that no judge who passed has compared, whether it would have done is unknown, and stays so.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from kit.client import answers, budget
from kit.errors import AskError, near_miss
from kit.pricing.books import Book
from kit.pricing.rates import cost
from kit.pricing.usage import Usage
from kit.replay import agreement
from kit.replay.agreement import Said
from kit.replay.judge import Pair
from kit.replay.sampling import Logged

__all__ = ["COLUMNS", "compare", "disagreements", "pairs"]

COLUMNS = {
    "contender": "model@way",
    "endpoint": "as logged",
    "request": "the request's id",
    "text": "what was answered, tool calls as JSON behind it; missing where nothing was",
    "error_kind": "empty, or why there is no answer: a key of answers.KINDS",
    "valid": "whether it has the form asked for; missing where none was, or nothing came",
    "agrees": "whether it says the same as the incumbent's; missing where one of them is",
    "fields": "share of fields that are equal to the incumbent's; missing where one is no object",
    "correct": "whether it is what a person says is right; missing where nobody said, or nothing came",
    "judged": "better, same or worse than the incumbent's, by a judge that passed; else empty",
    "similar": "a hint, 0 to 1: words in common with the incumbent's answer; missing as for `agrees`",
    "accepted": "whether it would have done; missing where that is unknown",
    "cost_usd": "of all attempts, at most; missing where a price or the usage is unknown",
    "prompt_tokens": "as in the answers, as are the next two",
    "output_tokens": "",
    "total_s": "",
    "attempts": "times it was sent",
    "fault": "why it is not valid, or which fields are not the incumbent's; else empty",
}
"""Columns of what was compared, one row a contender and request."""

_NOT_ASKED = ("budget", "stopped")
"""Errors that say nothing of a contender."""

_MAY_BE_BILLED = ("malformed", "network", "timeout")
"""Errors behind which a provider may have done its work."""


def compare(
    drawn: Sequence[Logged],
    found: pd.DataFrame,
    incumbent: str,
    verdicts: pd.DataFrame | None = None,
    book: Book | None = None,
) -> pd.DataFrame:
    """Compare what each contender answered with what the incumbent answered.

    Accepted is what came back, not empty, in the form asked for, and

    1. as the person's label has it, where there is one;
    2. else, from the incumbent: anything;
    3. else, if the incumbent's own answer would do: what says the same, or what the judge calls no worse. Another text
       (`agreement.kind`) that nobody judged is unknown; another object, label or call is not accepted.

    What was never asked (a budget, a stop) is unknown. A cost holds all attempts: what an attempt that broke off was
    billed nobody says, so its prompt is counted in full, also where it was only refused; a failure of a kind that may
    be billed is counted at its prompt's estimate. That is the most it can be but for text that was cut off.

    Args:
        found: As from `kit.ask`, one sample a request.
        incumbent: A contender in it.
        verdicts: `judge.COLUMNS`, of a judge that passed.
        book: Prices `cost_usd`; without one it stays empty.

    Returns:
        COLUMNS, a row a contender and request, in the order of `found`.

    Raises:
        AskError: If the incumbent is not among the contenders, or a request came in several samples.
        PriceError: If the book does not hold on the day of an answer.
    """
    if incumbent not in set(found["contender"]):
        raise AskError(f"incumbent: {incumbent!r} was not asked{near_miss(incumbent, set(found['contender']))}")
    if found.duplicated(["contender", "request"]).any():
        raise AskError("replay: a request came in several samples; ask each once")
    logged = {one.request.id: one for one in drawn}
    by = {(row.contender, row.request): row for row in _rows(answers.priced(found, book) if book else found)}
    words = {} if verdicts is None else {(row.contender, row.request): row.judged for row in _rows(verdicts)}
    rows = [
        _row(logged[request], row, by[incumbent, request], words.get((contender, request), ""), book)
        for (contender, request), row in by.items()
    ]
    kinds = dict.fromkeys(("valid", "agrees", "correct", "accepted"), "boolean")
    kinds |= dict.fromkeys(("fields", "similar", "cost_usd", "total_s"), "Float64")
    kinds |= dict.fromkeys(("prompt_tokens", "output_tokens", "attempts"), "Int64")
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(kinds)


def pairs(drawn: Sequence[Logged], found: pd.DataFrame, incumbent: str) -> list[Pair]:
    """The answers that only a judge can tell apart: another free text than the incumbent's, and no label."""
    logged = {one.request.id: one for one in drawn if one.key is None}
    came = found[(found["error_kind"] == "") & found["request"].isin(list(logged))]
    theirs = {row.request: _said(row) for row in _rows(came[came["contender"] == incumbent])}
    made = []
    for row in _rows(came[(came["contender"] != incumbent) & came["request"].isin(list(theirs))]):
        one, other, request = theirs[row.request], _said(row), logged[row.request].request
        if agreement.kind(request, one) == "text" and str(other) and not agreement.same(request, one, other):
            made.append(Pair(row.contender, row.request, _asked(request.messages), str(one), str(other)))
    return made


def disagreements(compared: pd.DataFrame, drawn: Sequence[Logged], incumbent: str) -> pd.DataFrame:
    """Answers that are not the incumbent's, side by side, worst first.

    Worst is, in this order: no answer; not the form asked for; wrong by a person's label; judged worse; another object,
    label or call, the fewer fields in common the worse; and last free text that nobody compared, the fewer words in
    common the worse. Of equals, what stands for more calls comes first. What was never asked is no disagreement.

    Returns:
        `endpoint`, `request`, `calls`, `contender`, `asked` (the last message), `incumbent`, `answer` (texts; missing
        where none came), `what` (in words).
    """
    logged = {one.request.id: one for one in drawn}
    theirs = compared[compared["contender"] == incumbent].set_index("request").fillna({"accepted": True})
    told = []
    for row in _rows(compared[compared["contender"] != incumbent]):
        if what := _what(row, bool(theirs.loc[row.request, "accepted"])):
            one, (rank, said) = logged[row.request], what
            alike = row.fields if pd.notna(row.fields) else row.similar if pd.notna(row.similar) else 0.0
            shown = (row.endpoint, row.request, one.calls, row.contender, str(one.request.messages[-1].get("content")),
                     theirs.loc[row.request, "text"], row.text, said)  # fmt: skip
            told.append(((rank, alike, -one.calls), shown))
    columns = ["endpoint", "request", "calls", "contender", "asked", "incumbent", "answer", "what"]
    return pd.DataFrame([shown for _, shown in sorted(told, key=lambda one: one[0])], columns=columns)


def _rows(table: pd.DataFrame) -> Iterator[Any]:
    """Rows whose booleans are Python's, as NumPy's are never the same object as True."""
    return table.astype(object).itertuples(index=False)


def _row(one: Logged, row: Any, reference: Any, judged: str, book: Book | None) -> dict[str, Any]:
    made: dict[str, Any] = dict.fromkeys(COLUMNS) | {
        "contender": row.contender, "endpoint": one.endpoint, "request": row.request, "error_kind": row.error_kind,
        "judged": judged, "cost_usd": _cost(one, row, book), "prompt_tokens": row.prompt_tokens,
        "output_tokens": row.output_tokens, "total_s": row.total_s, "attempts": row.attempts, "fault": "",
    }  # fmt: skip
    if row.error_kind:
        return made | {"accepted": None if row.error_kind in _NOT_ASKED else False}
    said = _said(row)
    fault = agreement.fault(one.request, said)
    made |= {"text": str(said), "valid": None if fault is None else not fault, "fault": fault or ""}
    made["correct"] = None if one.key is None else agreement.matches(one.request, said, one.key)
    other = None if reference.error_kind else _said(reference)
    if other is not None:
        found = agreement.fields(one.request, said, other)
        made |= {"agrees": agreement.same(one.request, said, other), "similar": agreement.similar(said, other),
                 "fields": found and found.share, "fault": made["fault"] or str(found or "")}  # fmt: skip
    usable = other is not None and str(other) and not agreement.fault(one.request, other)
    kind = agreement.kind(one.request, other) if other is not None and usable else ""
    return made | {"accepted": _accepted(made, row.contender == reference.contender, kind)}


def _accepted(made: Mapping[str, Any], incumbent: bool, kind: str) -> bool | None:
    """Whether an answer that came would have done; `kind` is of the incumbent's answer, empty if that would not do."""
    if made["valid"] is False or not made["text"]:
        return False
    if made["correct"] is not None or incumbent:
        return made["correct"] is not False
    if not kind:
        return None
    if made["agrees"] or made["judged"]:
        return bool(made["agrees"]) or made["judged"] != "worse"
    return None if kind == "text" else False


def _cost(one: Logged, row: Any, book: Book | None) -> float | None:
    """What all attempts cost at most, in USD; None if that is not known."""
    broken = row.attempts if row.error_kind in _MAY_BE_BILLED else 0 if row.error_kind else row.attempts - 1
    usd = 0.0 if row.error_kind else row.cost_usd
    model = row.contender.rpartition("@")[0]
    if book is None or pd.isna(usd) or not book.knows(model):
        return None
    if not broken:
        return float(usd)
    asked = {"messages": one.request.messages, "tools": one.request.tools}
    prompt = budget.estimate(asked) if pd.isna(row.prompt_tokens) else int(row.prompt_tokens)
    each = cost(Usage(prompt), book.rate(model, row.asked_at, prompt))
    return None if each is None else float(usd) + broken * float(each)


def _said(row: Any) -> Said:
    return Said(row.text, row.tool_calls or ())


def _what(row: Any, usable: bool) -> tuple[int, str] | None:
    """How bad a row's disagreement is, 0 the worst, and in words; None where there is none.

    Args:
        usable: Whether the incumbent's answer would have done.
    """
    said = f"not the same: {row.fault}" if row.fault else "not the same"
    open_ = "another text, not judged" if usable else "another answer than the incumbent's, which would not do"
    found: Iterator[tuple[int, str]] = (
        (rank, words) for rank, (so, words) in enumerate((
            (row.error_kind != "" and row.error_kind not in _NOT_ASKED, f"no answer: {row.error_kind}"),
            (row.valid is False or row.text == "", f"not as asked: {row.fault or 'empty'}"),
            (row.correct is False, "not what a person says is right"),
            (row.judged == "worse", "judged worse"),
            (row.accepted is False, said),
            (row.accepted is pd.NA and row.agrees is False, open_),
        )) if so
    )  # fmt: skip
    return next(found, None)


def _asked(messages: Sequence[Mapping[str, Any]]) -> str:
    """A conversation as a judge reads it."""
    return "\n\n".join(f"{message['role']}: {message.get('content') or ''}" for message in messages)

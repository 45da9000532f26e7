"""Compare: the same logged requests, answered by incumbent and candidates, request by request.

The incumbent's answer is not the truth: if a person labelled a request, the label decides. Without a label, free text
that differs from the incumbent's is unknown until a judge that passed its exam compares the two.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from kit import client
from kit.client import is_our_fault, split_id
from kit.errors import AskError, near_miss
from kit.pricing import Book, Usage, cost
from kit.replay.agreement import compare_fields, matches, same, word_overlap
from kit.replay.form import format_error
from kit.replay.judge import Pair
from kit.replay.outputs import Output, kind
from kit.replay.sampling import LoggedRequest
from kit.replay.template import template
from kit.replay.values import check_fields

__all__ = ["COLUMNS", "compare", "outputs", "pairs_to_judge", "reference_kinds", "table_rows"]

COLUMNS = {
    "contender": "model@way",
    "endpoint": "as logged",
    "request": "the request's id",
    "text": "the answer, with tool calls as JSON behind it; missing without an answer",
    "error_kind": "empty, or why there is no answer: a key of client.ERROR_KINDS",
    "valid": "has the format that was asked for; missing if none was, or without an answer",
    "agrees": "says the same as the incumbent's; missing if one of them is",
    "fields": "share of fields that are equal to the incumbent's; missing if one is not an object",
    "correct": "is what a person says is right; missing without a label or an answer",
    "judged": "better, same or worse than the incumbent's, by a judge that passed; else empty",
    "similar": "a hint, 0 to 1: words in common with the incumbent's answer; missing as for `agrees`",
    "accepted": "would have done in the incumbent's place; missing if unknown",
    "cost_usd": "of all attempts, at most; missing if a price or the usage is unknown",
    "prompt_tokens": "as in the answers, as are the next two",
    "output_tokens": "",
    "total_s": "",
    "attempts": "times it was sent",
    "fault": "why it is not valid, or which fields differ from the incumbent's; else empty",
    "calls": "logged calls that the request stands for",
    "template": "the same for requests that differ only in ids, numbers and dates",
    "kind": "of the incumbent's answer, if that would do: label, json, tools or text; else empty",
    "self_agrees": "of the incumbent: agrees with its logged or second answer; missing if there is none",
}
"""Columns of a comparison, one row a contender and request."""

_MOSTLY = 0.8
"""The share of short answers from which an endpoint is taken to answer in labels."""

_MAY_BE_BILLED = ("malformed", "network", "timeout")
"""Errors after which a provider may have done its work."""


def compare(
    requests: Sequence[LoggedRequest],
    answered: pd.DataFrame,
    incumbent: str,
    verdicts: pd.DataFrame | None = None,
    book: Book | None = None,
    second: pd.DataFrame | None = None,
    fields: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Compare each contender's answers with the incumbent's, and the incumbent's with its own earlier ones.

    An answer is accepted if it came, is not empty, has the format asked for, and

    1. is right by the person's label, if there is one;
    2. else, from the incumbent: always;
    3. else, if the incumbent's own answer would do: says the same, or is no worse by the judge. Another text
       (`outputs.kind`) that nobody judged is unknown; another object, label or call is not accepted.

    A request that was never asked (a budget, a stop) is unknown. A cost covers all attempts. No provider reports what
    an attempt that broke off was billed, so its prompt is counted in full, also if it was only refused; a failure of a
    kind that may be billed is counted at its prompt's estimate. That is an upper limit, text that was cut off excepted.

    Args:
        answered: As from `kit.ask`, one sample a request.
        incumbent: A contender in it.
        verdicts: `judge.COLUMNS`, of a judge that passed.
        book: Prices `cost_usd`; without one it stays empty.
        second: The incumbent's second answers, as from `kit.ask`; without one for a request, the logged answer of the
            same model counts as such.
        fields: Field of an object -> its kind (`values.KINDS`), where the study says it; `ignore` if it does not count.

    Returns:
        COLUMNS, a row a contender and request, in the order of `answered`.

    Raises:
        AskError: If there are answers and none is the incumbent's, or a request came in several samples.
        PriceError: If the book does not hold on the day of an answer.
    """
    if len(answered) and incumbent not in set(answered["contender"]):
        raise AskError(f"incumbent: {incumbent!r} was not asked{near_miss(incumbent, set(answered['contender']))}")
    if answered.duplicated(["contender", "request"]).any():
        raise AskError("replay: a request came in several samples; ask each once")
    check_fields(kinds := fields or {})
    logged = {one.request.id: one for one in requests}
    priced = client.with_costs(answered, book) if book else answered
    by_key = {(row.contender, row.request): row for row in table_rows(priced)}
    judged = {} if verdicts is None else {(row.contender, row.request): row.judged for row in table_rows(verdicts)}
    repeats = {} if second is None else {row.request: row for row in table_rows(second)}
    answer_kinds = reference_kinds(requests, outputs(answered, incumbent))
    rows = [
        _row(logged[request], row, by_key[incumbent, request], answer_kinds.get(request, ""),
             judged.get((contender, request), ""), book, kinds)
        for (contender, request), row in by_key.items()
    ]  # fmt: skip
    for figures in rows:
        if figures["contender"] == incumbent:
            request = figures["request"]
            again = repeats.get(request)
            figures["self_agrees"] = _self_agrees(logged[request], by_key[incumbent, request], again, kinds)
    types = dict.fromkeys(("valid", "agrees", "correct", "accepted", "self_agrees"), "boolean")
    types |= dict.fromkeys(("fields", "similar", "cost_usd", "total_s"), "Float64")
    types |= dict.fromkeys(("prompt_tokens", "output_tokens", "attempts", "calls"), "Int64")
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(types)


def pairs_to_judge(
    requests: Sequence[LoggedRequest], answered: pd.DataFrame, incumbent: str, fields: Mapping[str, str] | None = None
) -> list[Pair]:
    """Pairs of answers that only a judge can compare: free text, or fields of it, that differs, without a label."""
    logged = {one.request.id: one.request for one in requests if one.key is None}
    answer_kinds = reference_kinds(requests, outputs(answered, incumbent))
    came = answered[(answered["error_kind"] == "") & answered["request"].isin(list(logged))]
    references = {row.request: _output(row) for row in table_rows(came[came["contender"] == incumbent])}
    pairs = []
    for row in table_rows(came[(came["contender"] != incumbent) & came["request"].isin(list(references))]):
        reference, output, request = references[row.request], _output(row), logged[row.request]
        agrees, text = same(request, output, reference, fields or {}), answer_kinds.get(row.request) == "text"
        if str(output) and (agrees is None or (text and not agrees)):
            pairs.append(
                Pair(row.contender, row.request, request.conversation, str(reference), str(output))
            )
    return pairs


def reference_kinds(requests: Sequence[LoggedRequest], references: Mapping[str, Output]) -> dict[str, str]:
    """The kind of the incumbent's answer by request, of those that would do (`outputs.kind`).

    A short answer is a label only on an endpoint that answers in labels: where under _MOSTLY of the plain answers are
    short, a short one is a text like the others, and another text may say the same.
    """
    kinds: dict[str, str] = {}
    plain: dict[str, list[str]] = {}
    for logged in requests:
        output = references.get(logged.request.id)
        if output is None or not str(output) or format_error(logged.request, output):
            continue
        kinds[logged.request.id] = answer_kind = kind(logged.request, output)
        if answer_kind in ("label", "text"):
            plain.setdefault(logged.endpoint, []).append(logged.request.id)
    for names in plain.values():
        if sum(kinds[name] == "label" for name in names) < _MOSTLY * len(names):
            kinds |= dict.fromkeys(names, "text")
    return kinds


def outputs(answered: pd.DataFrame, contender: str) -> dict[str, Output]:
    """A contender's answers by request, without those that failed."""
    came = answered[(answered["contender"] == contender) & (answered["error_kind"] == "")]
    return {row.request: _output(row) for row in table_rows(came)}


def table_rows(table: pd.DataFrame) -> Iterator[Any]:
    """Rows with Python's booleans, as NumPy's are never the same object as True."""
    return table.astype(object).itertuples(index=False)


def _row(
    logged: LoggedRequest,
    row: Any,
    reference: Any,
    reference_kind: str,
    judged: str,
    book: Book | None,
    kinds: Mapping[str, str],
) -> dict[str, Any]:
    figures: dict[str, Any] = dict.fromkeys(COLUMNS) | {
        "contender": row.contender, "endpoint": logged.endpoint, "request": row.request, "error_kind": row.error_kind,
        "judged": judged, "cost_usd": _cost(logged, row, book), "prompt_tokens": row.prompt_tokens,
        "output_tokens": row.output_tokens, "total_s": row.total_s, "attempts": row.attempts, "fault": "",
        "calls": logged.calls, "template": template(logged.request), "kind": reference_kind,
    }  # fmt: skip
    request = logged.request
    theirs = None if reference.error_kind else _output(reference)
    if row.error_kind:
        return figures | {"accepted": None if is_our_fault(row.error_kind, row.error) else False}
    output = _output(row)
    fault = format_error(request, output)
    figures |= {"text": str(output), "valid": None if fault is None else not fault, "fault": fault or ""}
    figures["correct"] = None if logged.key is None else matches(request, output, logged.key, kinds)
    if theirs is not None:
        fields = compare_fields(request, output, theirs, kinds)
        figures |= {"agrees": same(request, output, theirs, kinds), "similar": word_overlap(output, theirs),
                 "fields": fields and fields.share, "fault": figures["fault"] or str(fields or "")}  # fmt: skip
    return figures | {"accepted": _accepted(figures, row.contender == reference.contender)}


def _self_agrees(logged: LoggedRequest, row: Any, second: Any, kinds: Mapping[str, str]) -> bool | None:
    """Compare the incumbent's answer with its second or logged one; None without one.

    A second answer that failed is a disagreement, as a candidate's failure is; one that was never asked is unknown.
    """
    if row.error_kind:
        return None
    if second is not None and not is_our_fault(second.error_kind, second.error):
        return False if second.error_kind else same(logged.request, _output(second), _output(row), kinds)
    if row.tool_calls or not logged.answered(row.contender):  # a log holds the text of an answer, not its calls
        return None
    return same(logged.request, Output(str(logged.answer)), _output(row), kinds)


def _accepted(figures: Mapping[str, Any], incumbent: bool) -> bool | None:
    """Accept an answer or not; None if unknown."""
    if figures["valid"] is False or not figures["text"]:
        return False
    if figures["correct"] is not None or incumbent:
        return figures["correct"] is not False
    if not figures["kind"]:
        return None
    if figures["agrees"] or figures["judged"]:
        return bool(figures["agrees"]) or figures["judged"] != "worse"
    return None if figures["kind"] == "text" or figures["agrees"] is None else False


def _cost(logged: LoggedRequest, row: Any, book: Book | None) -> float | None:
    """The most that all attempts can have cost, in USD; None if unknown."""
    broken = row.attempts if row.error_kind in _MAY_BE_BILLED else 0 if row.error_kind else row.attempts - 1
    usd = 0.0 if row.error_kind else row.cost_usd
    model = split_id(row.contender)[0]
    if book is None or pd.isna(usd) or not book.knows(model):
        return None
    if not broken:
        return float(usd)
    body = {"messages": logged.request.messages, "tools": logged.request.tools}
    prompt = client.estimate_tokens(body) if pd.isna(row.prompt_tokens) else int(row.prompt_tokens)
    each = cost(Usage(prompt), book.rate(model, row.asked_at, prompt))
    return None if each is None else float(usd) + broken * float(each)


def _output(row: Any) -> Output:
    return Output(row.text, row.tool_calls or ())

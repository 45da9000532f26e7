"""Adapt a prompt, within bounds: a fixed list of documented adjustments for a candidate that loses only form.

The adjustment is chosen on one half of the requests and confirmed on the other, which it was not chosen by: the best of
several owes part of its lead to chance. Nothing rewrites the prompt at will; the difference is shown.
"""

import difflib
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from kit import client
from kit.client import Contender, ContenderLike, Request
from kit.errors import AskError, near_miss
from kit.pricing import Book
from kit.replay.compare import compare
from kit.replay.sampling import LoggedRequest
from kit.stats import Paired, mcnemar

__all__ = ["ADJUSTMENTS", "Adaptation", "adapt"]

_OFF: Mapping[str, Mapping[str, Any]] = {
    "deepseek": {"thinking": {"type": "disabled"}},
    "zhipu": {"thinking": {"type": "disabled"}},
    "moonshot": {"thinking": {"type": "disabled"}},
    "alibaba": {"enable_thinking": False},
    "openrouter": {"reasoning": {"enabled": False}},
}
"""Provider -> what it documents for thinking off; OpenAI's and Gemini's `reasoning_effort: none` for all others."""

_SHOTS = 3
_LEAST = 10
"""Requests in each half, at least."""


@dataclass(frozen=True)
class _Case:
    """The input of an adjustment: the request, its contender, and labelled examples of the choosing half."""

    request: Request
    contender: Contender
    shots: tuple[LoggedRequest, ...]


def _instruction(sentence: str) -> Callable[[_Case], Request]:
    def change(case: _Case) -> Request:
        return replace(case.request, messages=[*case.request.messages, {"role": "user", "content": sentence}])

    return change


def _sent(**parameters: Any) -> Callable[[_Case], Request]:
    return lambda case: replace(case.request, parameters={**case.request.parameters, **parameters})


def _thinking_off(case: _Case) -> Request:
    switch = _OFF.get(case.contender.way, {"reasoning_effort": "none"})
    return replace(case.request, parameters={**case.request.parameters, **switch})


def _few_shot(case: _Case) -> Request:
    examples: list[Mapping[str, Any]] = []
    for shot in case.shots:
        answer = shot.key if isinstance(shot.key, str) else json.dumps(shot.key, ensure_ascii=False)
        examples += [shot.request.messages[-1], {"role": "assistant", "content": answer}]
    head = [message for message in case.request.messages[:-1] if message.get("role") in ("system", "developer")]
    rest = [message for message in case.request.messages if message not in head]
    return replace(case.request, messages=[*head, *examples, *rest])


ADJUSTMENTS: Mapping[str, Callable[[_Case], Request]] = {
    "answer alone": _instruction(
        "Give the answer alone: no explanation, no code fence, no repetition of the question."
    ),
    "json mode": _sent(response_format={"type": "json_object"}),
    "stop at a line's end": _sent(stop=["\n"]),
    "thinking off": _thinking_off,
    "few shots": _few_shot,
}
"""All that may be tried -> how it changes a request. JSON mode: https://platform.openai.com/docs/guides/structured-outputs;
few shots: Brown et al. 2020, arXiv 2005.14165."""


@dataclass(frozen=True, eq=False)
class Adaptation:
    """The result: the adjustment chosen, and how it did on the requests held out.

    Attributes:
        chosen: A key of ADJUSTMENTS; empty if none was better than the prompt as it is.
        tried: adjustment, requests, accepted (percent), on the choosing half; the first row is the prompt as it is.
        confirmed: The other half: A with the adjustment, B without; None if none was chosen.
        unknown: Answers of that half of which nothing tells whether they would do; they count as not accepted.
        difference: The prompt's difference for one request, as lines of a diff.
    """

    contender: str
    chosen: str
    tried: pd.DataFrame
    confirmed: Paired | None
    unknown: int
    difference: str

    def __str__(self) -> str:
        if self.confirmed is None:
            return f"{self.contender}: no adjustment does better than the prompt as it is on the choosing half."
        paired = self.confirmed
        before, after = (100 * (paired.both + only) / paired.n for only in (paired.only_b, paired.only_a))
        sure = "is confirmed" if paired.low > 0 else "is not confirmed"
        unknown = f"; {self.unknown} answers are not known to do" if self.unknown else ""
        return (
            f"{self.contender}: {self.chosen!r} {sure} on {paired.n} requests that it was not chosen by: "
            f"{before:.1f} % of answers would do without it, {after:.1f} % with it, "
            f"a difference of {100 * paired.low:+.1f} to {100 * paired.high:+.1f} points{unknown}."
        )


def adapt(
    logged: Sequence[LoggedRequest],
    contender: ContenderLike,
    incumbent: ContenderLike,
    store: str | Path = client.STORE,
    *,
    adjustments: Sequence[str] = tuple(ADJUSTMENTS),
    book: Book | None = None,
    budget_usd: Decimal | str | None = None,
    seed: int = 0,
) -> Adaptation:
    """Try each adjustment on one half of the requests, and confirm the best one on the other.

    Few shots need labelled requests; those that are shown are left out of the choosing half.

    Args:
        adjustments: Keys of ADJUSTMENTS.
        budget_usd: For each asking, as for `kit.ask`.

    Raises:
        AskError: If an adjustment is not known, or there are too few requests for two halves.
    """
    for name in adjustments:
        if name not in ADJUSTMENTS:
            raise AskError(f"adjustments: {name!r} is not one of the list{near_miss(name, ADJUSTMENTS)}")
    candidate, old = client.read_contenders(contender, incumbent)
    order = sorted(logged, key=lambda case: hashlib.sha256(f"{seed} {case.request.id}".encode()).digest())
    choosing, confirming = order[: len(order) // 2], order[len(order) // 2 :]
    shots = tuple(case for case in choosing if case.key is not None)[:_SHOTS]
    choosing = [case for case in choosing if case not in shots] if "few shots" in adjustments else choosing
    if min(len(choosing), len(confirming)) < _LEAST:
        raise AskError(f"adapt: {len(logged)} requests are too few; each half needs {_LEAST}, beside {_SHOTS} shots")
    options: dict[str, Any] = {"book": book, "budget_usd": budget_usd, "progress": False}

    def accepted(half: Sequence[LoggedRequest], name: str) -> pd.Series:
        changed = [_changed(name, case.request, candidate, shots) for case in half]
        answers = client.ask(changed, candidate, store, **options)
        ours = client.ask([case.request for case in half], old, store, **options)
        compared = compare(half, pd.concat([ours, answers], ignore_index=True), old.id, book=book)
        return compared[compared["contender"] == candidate.id].set_index("request")["accepted"]

    usable = [name for name in adjustments if name != "few shots" or shots]
    scores = {name: accepted(choosing, name) for name in ("", *usable)}
    tried = pd.DataFrame({
        "adjustment": [name or "none" for name in scores], "requests": len(choosing),
        "accepted": [100 * float(column.fillna(False).mean()) for column in scores.values()],
    })  # fmt: skip
    best = max(scores, key=lambda name: (scores[name].fillna(False).sum(), name == ""))
    if not best:
        return Adaptation(candidate.id, "", tried, None, 0, "")
    after, before = accepted(confirming, best), accepted(confirming, "")
    paired = mcnemar(*(list(map(bool, column.fillna(False))) for column in (after, before.reindex(after.index))))
    example = confirming[0].request
    difference = _difference(example, _changed(best, example, candidate, shots), candidate)
    return Adaptation(candidate.id, best, tried, paired, int(after.isna().sum()), difference)


def _changed(name: str, request: Request, contender: Contender, shots: tuple[LoggedRequest, ...]) -> Request:
    return ADJUSTMENTS[name](_Case(request, contender, shots)) if name else request


def _difference(before: Request, after: Request, contender: Contender) -> str:
    old, new = (
        json.dumps(client.request_body(request, contender), ensure_ascii=False, indent=1).splitlines()
        for request in (before, after)
    )
    return "\n".join(difflib.unified_diff(old, new, "as logged", "adjusted", lineterm="", n=1))

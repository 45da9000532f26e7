"""Sampling: draw the logged requests to replay, and hold back those that must not leave the house.

A request that was logged a thousand times is drawn once and stands for a thousand calls. Requests are redacted first
and scanned after: if the scan still finds a secret, or cannot read a part, the request is not sent.
"""

import hashlib
import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from kit import redaction
from kit.client import RESERVED_PARAMETERS, Request, split_id
from kit.errors import AskError
from kit.replay.labels import labels
from kit.text import plural
from kit.traffic import Traffic, read

__all__ = ["LEFT_OUT", "LoggedRequest", "Sample", "planned_requests", "sample"]

LEFT_OUT: Mapping[str, str] = {
    **{name: why for name, why in RESERVED_PARAMETERS.items() if name not in ("messages", "tools")},
    **dict.fromkeys(("user", "safety_identifier", "metadata"), "it names a person"),
    **dict.fromkeys(("extra_headers", "extra_query", "extra_body", "timeout"), "it is transport, and may hold a key"),
    **dict.fromkeys(("store", "service_tier", "prompt_cache_key"), "it only concerns the provider"),
    **dict.fromkeys(("logprobs", "top_logprobs"), "it does not shape the text"),
    "logit_bias": "its tokens are of one model only",
}
"""Parameters that a replayed request does not keep, and why."""

_DRAW = """
WITH parsed AS (
    SELECT endpoint, request, requests, "at" AS moment, answer, status, logged,
           CASE WHEN json_valid(request) THEN CAST(json_merge_patch(request, $left_out) AS VARCHAR)
                ELSE request END AS asked
    FROM usage WHERE request IS NOT NULL
), distinct_requests AS (
    SELECT endpoint, any_value(request) AS request, sum(requests) AS calls, min(moment) AS first, length(asked) AS size,
           arg_min(answer, moment) FILTER (status = 'ok') AS answer,
           arg_min(logged, moment) FILTER (status = 'ok' AND answer IS NOT NULL) AS logged, md5(asked || $seed) AS luck
    FROM parsed GROUP BY endpoint, asked
), banded AS (
    SELECT *, ntile(3) OVER (PARTITION BY endpoint ORDER BY size, luck) AS third FROM distinct_requests
), placed AS (
    SELECT *, count(*) OVER (PARTITION BY endpoint) AS many,
           row_number() OVER (PARTITION BY endpoint ORDER BY third, CAST(first AS DATE), luck) - 1 AS place
    FROM banded
), stepped AS (
    SELECT *, least($most, many) / many::DOUBLE AS step FROM placed
)
SELECT endpoint, request, calls, answer, logged, many FROM stepped
WHERE ceil((place + 1) * step - $start) > ceil(place * step - $start) ORDER BY endpoint, place
"""


@dataclass(frozen=True)
class LoggedRequest:
    """A logged request, as it is replayed.

    Attributes:
        request: Redacted, its id `endpoint/` and eight digits of a hash of what is asked.
        calls: How many logged calls it stands for.
        answer: The logged answer, redacted; None if the log has none, or a secret is left in it.
        key: The right answer by a person's label: words, or an object of fields; None without a label.
        answered_by: The model that gave the logged answer; None if unknown, and then taken to be the incumbent.
        redacted: True if something was taken out of the request, so that it is not what was answered then.
    """

    endpoint: str
    request: Request
    calls: int
    answer: str | None = None
    key: Any = None
    answered_by: str | None = None
    redacted: bool = False

    def answered(self, contender: str) -> bool:
        """True if the logged answer is one of this contender's model to this very request."""
        same_model = self.answered_by in (None, split_id(contender)[0])
        return self.answer is not None and same_model and not self.redacted


@dataclass(frozen=True, eq=False)
class Sample:
    """The requests drawn from a log.

    Attributes:
        logged: Requests that may be sent.
        held: Those that may not: `endpoint`, `request` (its id), `rule` (of `kit.redaction`, or the
            reason why it cannot be replayed).
        endpoints: `endpoint`, `calls` (logged), `with a request` (of these), `distinct`, `drawn`, `redacted` (of those
            drawn), `held back`.
        unused: Labels that are of no request drawn.
    """

    logged: tuple[LoggedRequest, ...]
    held: pd.DataFrame
    endpoints: pd.DataFrame
    unused: int = 0

    @property
    def requests(self) -> list[Request]:
        """The requests to ask."""
        return [one.request for one in self.logged]

    @property
    def explanation(self) -> str:
        """The sample in a sentence or two."""
        calls, labelled = sum(one.calls for one in self.logged), sum(one.key is not None for one in self.logged)
        held_back, endpoints = self.held["request"].nunique(), int((self.endpoints["drawn"] > 0).sum())
        held = f"{held_back:,} more held back" if held_back else "none held back"
        labels = f" Labels of people: {labelled:,} of these, {self.unused:,} of others." if labelled else ""
        requests = f"{plural(len(self.logged), 'request')} of {plural(endpoints, 'endpoint')}"
        return f"{requests} drawn, in the place of {plural(calls, 'logged call')}; {held}.{labels}"


def sample(traffic: Traffic, per_endpoint: int, seed: int, labelled_from: str = "") -> Sample:
    """Draw logged requests, the same ones each time.

    The distinct requests of an endpoint are sorted by length (in thirds), first day and chance, and every k-th one is
    drawn from a random start: a systematic sample, in which each length and each day has its share. Two requests are
    the same if they are without LEFT_OUT; each has the same chance, however often it was sent.

    Args:
        per_endpoint: Requests to draw of each endpoint; those held back are not replaced.
        labelled_from: A file for `labels`; empty for none.

    Raises:
        AskError: If no request is in the log, or none of the labels is of a request drawn.
        ItemError: If the file of labels is not laid out as one.
    """
    if per_endpoint < 1:
        raise AskError(f"per_endpoint: {per_endpoint} requests of each endpoint; at least 1 is needed")
    keys = labels(labelled_from) if labelled_from else {}
    given = {"left_out": json.dumps(dict.fromkeys(LEFT_OUT)), "seed": str(seed), "most": per_endpoint,
             "start": random.Random(seed).random()}  # fmt: skip  # noqa: S311  # a sample, no secret
    rows = traffic.db.execute(_DRAW, given).fetchall()
    if not rows:
        raise AskError("the log holds no request that could be replayed; the meter writes them with requests=True")
    logged: dict[str, LoggedRequest] = {}
    held, changed = [], set()
    for endpoint, text, calls, answer, model, _ in rows:
        request, rules, redacted = _prepared(endpoint, text)
        changed |= {request.id} if redacted else set()
        if rules:
            held += [(endpoint, request.id, rule) for rule in rules]
        elif before := logged.get(request.id):  # the two differed only in what is redacted
            logged[request.id] = replace(before, calls=before.calls + int(calls))
        else:
            logged[request.id] = LoggedRequest(endpoint, request, int(calls), _clean(answer), keys.get(request.id),
                                               traffic.models.get(model) or model, redacted)  # fmt: skip
    unused = len(set(keys) - set(logged))
    if keys and unused == len(keys):
        example = next(iter(logged), f"{rows[0][0]}/0a1b2c3d")
        raise AskError(f"{labelled_from}: none of its {unused} labels is of a request drawn, such as {example!r}")
    held_back = pd.DataFrame(held, columns=["endpoint", "request", "rule"]).drop_duplicates(ignore_index=True)
    return Sample(tuple(logged.values()), held_back, _endpoints(traffic, rows, logged, changed, held_back), unused)


def planned_requests(parameters: Mapping[str, Any]) -> list[Request]:
    """The requests that a replay would put to each contender.

    Args:
        parameters: Of a replay notebook.
    """
    traffic = read(parameters["log_from"], parameters["log_rules"])
    return sample(traffic, parameters["per_endpoint"], parameters["seed"], parameters["labelled_from"]).requests


def _prepared(endpoint: str, text: str) -> tuple[Request, list[str], bool]:
    """The request to send; reasons not to send it; and True if something was redacted."""
    try:
        logged = {name: value for name, value in json.loads(text).items() if name not in LEFT_OUT and value is not None}
        body = redaction.redact_request(logged)
        messages, tools = body["messages"], body.get("tools") or []
        parameters = {name: value for name, value in body.items() if name not in ("messages", "tools")}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return Request(_id(endpoint, text), []), ["no chat completion"], False
    content = [messages, parameters, tools]
    request = Request(_id(endpoint, json.dumps(content, sort_keys=True)), messages, parameters, tools)
    return request, _faults(messages, content), body != logged


def _faults(messages: Any, content: list[Any]) -> list[str]:
    if not isinstance(messages, list) or not messages or not all(isinstance(m, dict) and "role" in m for m in messages):
        return ["no chat completion"]
    if not all(_is_text(message.get("content")) for message in messages):
        return ["more than text, which cannot be scanned"]
    # string by string: in JSON, a line break before a key would read as the letter n before it
    return sorted({secret.rule for text in _strings(content) for secret in redaction.secrets(text)})


def _strings(value: Any) -> Iterator[str]:
    left = [value]
    while left:
        value = left.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, Mapping):
            left += [*value.keys(), *value.values()]
        elif isinstance(value, list):
            left += value


def _is_text(content: Any) -> bool:
    parts = content if isinstance(content, list) else []
    return all(isinstance(part, str) or (isinstance(part, dict) and part.get("type") == "text") for part in parts)


def _clean(answer: str | None) -> str | None:
    redacted = None if answer is None else redaction.redact(answer)
    return None if redacted is None or redaction.secrets(redacted) else redacted


def _id(endpoint: str, content: str) -> str:
    return f"{endpoint}/{hashlib.sha256(content.encode()).hexdigest()[:8]}"


def _endpoints(
    traffic: Traffic, rows: Sequence[tuple], logged: Mapping[str, LoggedRequest], changed: Set[str], held: pd.DataFrame
) -> pd.DataFrame:
    counts = traffic.db.execute(
        "SELECT endpoint, sum(requests), coalesce(sum(requests) FILTER (request IS NOT NULL), 0) FROM usage "
        "GROUP BY endpoint ORDER BY endpoint"
    ).fetchall()
    distinct = {endpoint: many for endpoint, *_, many in rows}
    drawn, back = Counter(one.endpoint for one in logged.values()), Counter(held.drop_duplicates("request")["endpoint"])
    redacted = Counter(logged[request].endpoint for request in changed if request in logged)
    return pd.DataFrame(
        [
            (name, int(calls), int(whole), distinct.get(name, 0), drawn[name], redacted[name], back[name])
            for name, calls, whole in counts
        ],
        columns=["endpoint", "calls", "with a request", "distinct", "drawn", "redacted", "held back"],
    )

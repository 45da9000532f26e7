"""Drawn: which logged requests are replayed, and which are held back.

A request that was logged a thousand times is drawn as one, and stands for a thousand calls. What leaves the house is
redacted first and scanned after: where the scan still finds a secret, or cannot look, nothing is sent.
"""

import hashlib
import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from kit import redaction
from kit.benchmarks import tables
from kit.client.contenders import RESERVED
from kit.client.requests import Request
from kit.errors import AskError, ItemError
from kit.traffic import Traffic, read
from kit.words import many

__all__ = ["LEFT_OUT", "Logged", "Sample", "asked", "labels", "sample"]

LEFT_OUT: Mapping[str, str] = {
    **{name: why for name, why in RESERVED.items() if name not in ("messages", "tools")},
    **dict.fromkeys(("user", "safety_identifier", "metadata"), "it names a person"),
    **dict.fromkeys(("extra_headers", "extra_query", "extra_body", "timeout"), "it is for the way, and may hold a key"),
    **dict.fromkeys(("store", "service_tier", "prompt_cache_key"), "it is the provider's own affair"),
    **dict.fromkeys(("logprobs", "top_logprobs"), "it does not shape the text"),
    "logit_bias": "its tokens are of one model only",
}
"""Parameters that a replayed request does not keep, and why."""

_DRAW = """
WITH told AS (
    SELECT endpoint, request, requests, "at" AS moment, answer, status,
           CASE WHEN json_valid(request) THEN CAST(json_merge_patch(request, $left_out) AS VARCHAR)
                ELSE request END AS asked
    FROM usage WHERE request IS NOT NULL
), whole AS (
    SELECT endpoint, any_value(request) AS request, sum(requests) AS calls, min(moment) AS first, length(asked) AS size,
           arg_min(answer, moment) FILTER (status = 'ok') AS answer, md5(asked || $seed) AS luck
    FROM told GROUP BY endpoint, asked
), banded AS (
    SELECT *, ntile(3) OVER (PARTITION BY endpoint ORDER BY size, luck) AS third FROM whole
), placed AS (
    SELECT *, count(*) OVER (PARTITION BY endpoint) AS many,
           row_number() OVER (PARTITION BY endpoint ORDER BY third, CAST(first AS DATE), luck) - 1 AS place
    FROM banded
), drawn AS (
    SELECT *, least($most, many) / many::DOUBLE AS step FROM placed
)
SELECT endpoint, request, calls, answer, many FROM drawn
WHERE ceil((place + 1) * step - $start) > ceil(place * step - $start) ORDER BY endpoint, place
"""


@dataclass(frozen=True)
class Logged:
    """A logged request, as it is replayed.

    Attributes:
        request: Redacted, its id `endpoint/` and eight digits of a hash of what is asked.
        calls: How many logged calls it stands for.
        answer: What was answered then, redacted; None where the log does not say, or a secret is left in it.
        key: What a person says is right: words, or an object of fields; None where nobody said.
    """

    endpoint: str
    request: Request
    calls: int
    answer: str | None = None
    key: Any = None


@dataclass(frozen=True, eq=False)
class Sample:
    """What was drawn.

    Attributes:
        logged: What may be sent.
        held: What may not: `endpoint`, `request` (its id), `rule` (of `kit.redaction`, or why it cannot be replayed).
        endpoints: `endpoint`, `calls` (logged), `with a request` (of these), `distinct`, `drawn`, `redacted` (of those
            drawn), `held back`.
        unused: Labels that are of no request drawn.
    """

    logged: tuple[Logged, ...]
    held: pd.DataFrame
    endpoints: pd.DataFrame
    unused: int = 0

    @property
    def requests(self) -> list[Request]:
        """What to ask."""
        return [one.request for one in self.logged]

    @property
    def said(self) -> str:
        """What was drawn, in a sentence or two."""
        calls, labelled = sum(one.calls for one in self.logged), sum(one.key is not None for one in self.logged)
        back, some = self.held["request"].nunique(), int((self.endpoints["drawn"] > 0).sum())
        held = f"{back:,} more held back" if back else "none held back"
        labels = f" Labels of people: {labelled:,} of these, {self.unused:,} of others." if labelled else ""
        of = f"{many(len(self.logged), 'request')} of {many(some, 'endpoint')}"
        return f"{of} drawn, in the place of {many(calls, 'logged call')}; {held}.{labels}"


def sample(traffic: Traffic, per_endpoint: int, seed: int, labelled_from: str = "") -> Sample:
    """Draw logged requests, the same ones each time.

    Of each endpoint, distinct requests stand in the order of length (in thirds), first day and luck, and every k-th of
    them is drawn from a random start: a systematic sample, in which each length and each day has its share. A request
    is distinct by what is left without LEFT_OUT; each has the same chance, however often it was sent.

    Args:
        per_endpoint: Requests to draw of each endpoint; those held back are not replaced.
        labelled_from: A file for `labels`; empty for none.

    Raises:
        AskError: If no request is in the log, or none of the labels is of a request drawn.
        ItemError: If the file of labels is not laid out as one.
    """
    if per_endpoint < 1:
        raise AskError(f"per_endpoint: {per_endpoint} requests of each endpoint are none; at least 1 is needed")
    keys = labels(labelled_from) if labelled_from else {}
    given = {"left_out": json.dumps(dict.fromkeys(LEFT_OUT)), "seed": str(seed), "most": per_endpoint,
             "start": random.Random(seed).random()}  # fmt: skip  # noqa: S311  # a sample, no secret
    found = traffic.db.execute(_DRAW, given).fetchall()
    if not found:
        raise AskError("the log holds no request that could be replayed; the meter writes them with requests=True")
    logged: dict[str, Logged] = {}
    held, changed = [], set()
    for endpoint, text, calls, answer, _ in found:
        request, rules, redacted = _prepared(endpoint, text)
        changed |= {request.id} if redacted else set()
        if rules:
            held += [(endpoint, request.id, rule) for rule in rules]
        elif before := logged.get(request.id):  # two that were told apart only by what is redacted
            logged[request.id] = replace(before, calls=before.calls + int(calls))
        else:
            logged[request.id] = Logged(endpoint, request, int(calls), _clean(answer), keys.get(request.id))
    unused = len(set(keys) - set(logged))
    if keys and unused == len(keys):
        such = next(iter(logged), f"{found[0][0]}/0a1b2c3d")
        raise AskError(f"{labelled_from}: none of its {unused} labels is of a request drawn, such as {such!r}")
    back = pd.DataFrame(held, columns=["endpoint", "request", "rule"]).drop_duplicates(ignore_index=True)
    return Sample(tuple(logged.values()), back, _endpoints(traffic, found, logged, changed, back), unused)


def asked(how: Mapping[str, Any]) -> list[Request]:
    """The requests that a replay would put to each contender.

    Args:
        how: The replay notebook's parameters.
    """
    traffic = read(how["log_from"], how["log_rules"])
    return sample(traffic, how["per_endpoint"], how["seed"], how["labelled_from"]).requests


def labels(file: str) -> dict[str, Any]:
    """What a person says is right, by request: a CSV or JSON Lines file with the columns `request` and `key`.

    A key is the words of the right answer, or an object of the fields that must be in it, in a CSV as JSON.

    Raises:
        ItemError: In one line, if a row has not both, a key is neither, or a request is labelled twice.
    """
    found: dict[str, Any] = {}
    for n, row in enumerate(tables.rows(Path(file)), start=1):
        request, key = row.get("request"), row.get("key")
        if not isinstance(request, str) or not request.strip():
            raise ItemError(f"{file}: row {n}: no request; a label has a request (its id in the sample) and a key")
        if not isinstance(key, (str, dict)) or not key or not str(key).strip():
            raise ItemError(f"{file}: row {n}: {request}: the key must be words, or an object of fields")
        if request in found:
            raise ItemError(f"{file}: row {n}: {request} is labelled twice; keep one label of each request")
        found[request] = _object(key) if isinstance(key, str) else key
    return found


def _object(key: str) -> Any:
    """An object where the words are one in JSON, else the words."""
    try:
        value = json.loads(key)
    except (ValueError, RecursionError):
        return key
    return value if isinstance(value, dict) else key


def _prepared(endpoint: str, text: str) -> tuple[Request, list[str], bool]:
    """The request to send; why it must not be sent, if so; and whether something was taken out of it."""
    try:
        logged = {name: value for name, value in json.loads(text).items() if name not in LEFT_OUT and value is not None}
        body = redaction.redact_request(logged)
        messages, tools = body["messages"], body.get("tools") or []
        parameters = {name: value for name, value in body.items() if name not in ("messages", "tools")}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return Request(_id(endpoint, text), []), ["no chat completion"], False
    asked = [messages, parameters, tools]
    request = Request(_id(endpoint, json.dumps(asked, sort_keys=True)), messages, parameters, tools)
    return request, _faults(messages, asked), body != logged


def _faults(messages: Any, asked: list[Any]) -> list[str]:
    if not isinstance(messages, list) or not messages or not all(isinstance(m, dict) and "role" in m for m in messages):
        return ["no chat completion"]
    if not all(_is_text(message.get("content")) for message in messages):
        return ["more than text, which cannot be scanned"]
    # string by string: written as JSON, a line break before a key would be a letter before it
    return sorted({secret.rule for text in _strings(asked) for secret in redaction.secrets(text)})


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
    said = None if answer is None else redaction.redact(answer)
    return None if said is None or redaction.secrets(said) else said


def _id(endpoint: str, asked: str) -> str:
    return f"{endpoint}/{hashlib.sha256(asked.encode()).hexdigest()[:8]}"


def _endpoints(
    traffic: Traffic, found: Sequence[tuple], logged: Mapping[str, Logged], changed: Set[str], held: pd.DataFrame
) -> pd.DataFrame:
    counts = traffic.db.execute(
        "SELECT endpoint, sum(requests), coalesce(sum(requests) FILTER (request IS NOT NULL), 0) FROM usage "
        "GROUP BY endpoint ORDER BY endpoint"
    ).fetchall()
    distinct = {endpoint: many for endpoint, *_, many in found}
    drawn, back = Counter(one.endpoint for one in logged.values()), Counter(held.drop_duplicates("request")["endpoint"])
    redacted = Counter(logged[request].endpoint for request in changed if request in logged)
    return pd.DataFrame(
        [
            (name, int(calls), int(whole), distinct.get(name, 0), drawn[name], redacted[name], back[name])
            for name, calls, whole in counts
        ],
        columns=["endpoint", "calls", "with a request", "distinct", "drawn", "redacted", "held back"],
    )

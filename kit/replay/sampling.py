"""Sampling: draw the logged requests to replay, and hold back those that must not leave the house.

A request that was logged a thousand times is drawn once and stands for a thousand calls; where that is a large share of
an endpoint's calls, it is asked again, since one answer to it is luck. Requests are redacted first and scanned after;
one in which the scan still finds a secret, or of which it cannot read a part, is not sent.
"""

import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from math import ceil
from typing import Any

import pandas as pd

from kit.client import Request, split_id
from kit.errors import AskError
from kit.replay.labels import labels
from kit.replay.plan import read_plan
from kit.replay.prepare import LEFT_OUT, prepare, redacted_answer
from kit.text import plural
from kit.traffic import Traffic, read_logs

__all__ = ["LoggedRequest", "Sample", "planned_requests", "sample"]

_NO_TEXTS = (
    "The log holds no texts of requests, so nothing was asked of anybody and no answer could be compared. The meter "
    "writes them with requests=True, redacted; an export with bodies does as well."
)
"""Said in place of a comparison, where a log has figures only."""

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

_LARGEST = 0.005
"""Share of an endpoint's calls that a single answer stands for at most."""


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
        repeat: 0, or how many times the same request is asked before this one.
    """

    endpoint: str
    request: Request
    calls: int
    answer: str | None = None
    key: Any = None
    answered_by: str | None = None
    redacted: bool = False
    repeat: int = 0

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
        lost: `endpoint`, `request`, `what`: what could not be carried over from a request's own protocol.
    """

    logged: tuple[LoggedRequest, ...]
    held: pd.DataFrame
    endpoints: pd.DataFrame
    unused: int = 0
    lost: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["endpoint", "request", "what"]))

    @property
    def requests(self) -> list[Request]:
        """The requests to ask."""
        return [logged.request for logged in self.logged]

    @property
    def explanation(self) -> str:
        """The sample in a sentence or two."""
        if not self.endpoints["with a request"].sum():
            return _NO_TEXTS
        calls = sum(logged.calls for logged in self.logged)
        labelled = sum(logged.key is not None for logged in self.logged)
        held_back, endpoints = self.held["request"].nunique(), int((self.endpoints["drawn"] > 0).sum())
        held = f"{held_back:,} more held back" if held_back else "none held back"
        labels = f" Labels of people: {labelled:,} of these, {self.unused:,} of others." if labelled else ""
        again = sum(logged.repeat > 0 for logged in self.logged)
        requests = f"{plural(len(self.logged) - again, 'request')} of {plural(endpoints, 'endpoint')}"
        changed = self.lost["request"].nunique()
        lost = f" Not carried over whole: {plural(changed, 'request')}, see the list." if changed else ""
        more = f" Requests that are sent often are asked {plural(again, 'time')} more." if again else ""
        return f"{requests} drawn, in the place of {plural(calls, 'logged call')}; {held}.{labels}{lost}{more}"


def sample(traffic: Traffic, per_endpoint: int, seed: int, labelled_from: str = "", images: bool = False) -> Sample:
    """Draw logged requests, the same ones each time.

    The distinct requests of an endpoint are sorted by length (in thirds), first day and chance, and every k-th one is
    drawn from a random start: a systematic sample, in which each length and each day has its share. Two requests are
    the same if they are without LEFT_OUT; each has the same chance, however often it was sent.

    Args:
        per_endpoint: Requests to draw of each endpoint; those held back are not replaced.
        labelled_from: A file for `labels`; empty for none.
        images: True to send pictures, which are neither redacted nor scanned.

    Raises:
        AskError: If none of the labels is of a request drawn.
        ItemError: If the file of labels is not laid out as one.
    """
    if per_endpoint < 1:
        raise AskError(f"per_endpoint: {per_endpoint} requests of each endpoint; at least 1 is needed")
    keys = labels(labelled_from) if labelled_from else {}
    query = {"left_out": json.dumps(dict.fromkeys(LEFT_OUT)), "seed": str(seed), "most": per_endpoint,
             "start": random.Random(seed).random()}  # fmt: skip  # noqa: S311  # a sample, no secret
    rows = traffic.db.execute(_DRAW, query).fetchall()
    logged: dict[str, LoggedRequest] = {}
    held, lost, changed = [], [], set()
    for endpoint, text, calls, answer, model, _ in rows:
        prepared = prepare(endpoint, text, images)
        request = prepared.request
        changed |= {request.id} if prepared.redacted else set()
        if prepared.rules:
            held += [(endpoint, request.id, rule) for rule in prepared.rules]
            continue
        lost += [(endpoint, request.id, part) for part in prepared.lost]
        if before := logged.get(request.id):  # the two differed only in what is redacted
            logged[request.id] = replace(before, calls=before.calls + int(calls))
        else:
            logged[request.id] = LoggedRequest(
                endpoint, request, int(calls), redacted_answer(answer), keys.get(request.id),
                traffic.models.get(model) or model, prepared.redacted,
            )  # fmt: skip
    unused = len(set(keys) - set(logged))
    if keys and unused == len(keys):
        example = next(iter(logged), f"{rows[0][0] if rows else 'endpoint'}/0a1b2c3d")
        raise AskError(f"{labelled_from}: none of its {unused} labels is of a request drawn, such as {example!r}")
    held_back = pd.DataFrame(held, columns=["endpoint", "request", "rule"]).drop_duplicates(ignore_index=True)
    changes = pd.DataFrame(lost, columns=["endpoint", "request", "what"]).drop_duplicates(ignore_index=True)
    endpoints = _endpoints(traffic, rows, logged, changed, held_back)
    return Sample(tuple(_repeated(list(logged.values()))), held_back, endpoints, unused, changes)


def _repeated(requests: Sequence[LoggedRequest]) -> Iterator[LoggedRequest]:
    """Ask a request again that stands for many calls, so that no answer to it stands for more than _LARGEST of them.

    It is repeated if it stands for more than two of average weight do. A repeat has an id of its own and an even number
    as its sample; the odd one after it is for the incumbent's second answer.
    """
    calls, requests_drawn = Counter[str](), Counter(logged.endpoint for logged in requests)
    for logged in requests:
        calls[logged.endpoint] += logged.calls
    for logged in requests:
        share = logged.calls / calls[logged.endpoint]
        times = min(logged.calls, ceil(share / _LARGEST - 1e-9)) if share > 2 / requests_drawn[logged.endpoint] else 1
        for n in range(times):
            part = logged.calls * (n + 1) // times - logged.calls * n // times
            again = replace(logged.request, id=f"{logged.request.id}~{n}", sample=2 * n) if n else logged.request
            yield replace(logged, request=again, calls=part, repeat=n)


def planned_requests(parameters: Mapping[str, Any]) -> list[Request]:
    """The requests that a replay would put to each contender, at most; the incumbent may be asked some of them twice.

    Args:
        parameters: Of a replay notebook.
    """
    traffic = read_logs(parameters["log_from"], parameters["log_rules"])
    most = read_plan(parameters.get("replay") or {}, parameters["per_endpoint"]).most
    how = (most, parameters["seed"], parameters["labelled_from"])
    return sample(traffic, *how, images=bool(parameters.get("images"))).requests


def _endpoints(
    traffic: Traffic, rows: Sequence[tuple], logged: Mapping[str, LoggedRequest], changed: Set[str], held: pd.DataFrame
) -> pd.DataFrame:
    counts = traffic.db.execute(
        "SELECT endpoint, sum(requests), coalesce(sum(requests) FILTER (request IS NOT NULL), 0) FROM usage "
        "GROUP BY endpoint ORDER BY endpoint"
    ).fetchall()
    distinct = {endpoint: many for endpoint, *_, many in rows}
    drawn_requests = Counter(drawn.endpoint for drawn in logged.values())
    back = Counter(held.drop_duplicates("request")["endpoint"])
    redacted = Counter(logged[request].endpoint for request in changed if request in logged)
    return pd.DataFrame(
        [
            (name, int(calls), int(whole), distinct.get(name, 0), drawn_requests[name], redacted[name], back[name])
            for name, calls, whole in counts
        ],
        columns=["endpoint", "calls", "with a request", "distinct", "drawn", "redacted", "held back"],
    )

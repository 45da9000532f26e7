"""Hold an endpoint against a workload: the features that logged requests use, and whether each is supported."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kit.client.bodies import to_chat
from kit.conformance.features import FEATURES
from kit.conformance.findings import Conformance
from kit.errors import AskError
from kit.text import plain
from kit.traffic import Traffic

__all__ = ["Use", "drop_in", "features_used", "logged_bodies"]

_COVERED = {
    "model", "messages", "tools", "tool_choice", "stream", "stream_options", "response_format", "temperature",
    "max_tokens", "max_completion_tokens", "n", "stop", "seed", "top_p", "logprobs", "top_logprobs",
    "frequency_penalty", "presence_penalty", "user", "reasoning_effort",
}  # fmt: skip
"""Parameters of a chat completion that a feature speaks for, in whole or in the values that are in use."""

_HARMLESS = {"metadata", "store", "service_tier", "safety_identifier", "prompt_cache_key"}
"""Parameters that only concern the provider they were sent to."""


@dataclass(frozen=True)
class Use:
    """The use of a feature by a workload.

    Attributes:
        feature: A key of FEATURES, or the name of a parameter that the probe does not know.
        requests: So many of the logged calls use it.
        share: The same as a share of all that were read.
    """

    feature: str
    requests: int
    share: float


def logged_bodies(traffic: Traffic) -> list[tuple[dict[str, Any], int]]:
    """The distinct requests of a log as chat completions, each with how many calls it stands for.

    Raises:
        AskError: If the log holds no request.
    """
    rows = traffic.db.execute(
        "SELECT request, sum(requests) FROM usage WHERE request IS NOT NULL GROUP BY request ORDER BY request"
    ).fetchall()
    bodies = [(body, int(calls)) for text, calls in rows if (body := _chat_body(text)) is not None]
    if not bodies:
        raise AskError("the log holds no request, so that nothing tells which features it uses; "
                       "the meter writes them with requests=True")  # fmt: skip
    return bodies


def features_used(bodies: Iterable[tuple[Mapping[str, Any], int]]) -> list[Use]:
    """The features that requests use, the most used first.

    Args:
        bodies: Chat completions, each with how many calls it stands for.
    """
    counts: dict[str, int] = {}
    total = 0
    for body, calls in bodies:
        total += calls
        names = [name for name, feature in FEATURES.items() if feature.used and feature.used(body)]
        for name in [*names, *(set(body) - _COVERED - _HARMLESS)]:
            counts[name] = counts.get(name, 0) + calls
    uses = [Use("chat", total, 1.0)] + [Use(name, count, count / total) for name, count in counts.items()]
    return sorted(uses, key=lambda use: (-use.requests, use.feature != "chat", use.feature))


def drop_in(result: Conformance, uses: Sequence[Use]) -> tuple[bool | None, str]:
    """Say whether an endpoint is a drop-in for a workload.

    Returns:
        True or False, or None where a feature in use was not tried; and the sentence that says why.
    """
    missing, open_ = [], []
    for use in uses:
        finding = result.findings.get(use.feature)
        name = FEATURES[use.feature].name if use.feature in FEATURES else f"the parameter {use.feature}"
        share = f"{name} ({use.share:.0%} of requests)"
        if finding is None or finding.status == "not tried":
            open_.append(f"{share}: {finding.words if finding else 'not probed'}")
        elif finding.status != "supported":
            missing.append(f"{share}: {finding.status}, {finding.words}")
    total = sum(use.requests for use in uses if use.feature == "chat")
    requests = f"the {total:,} logged requests"
    if missing:
        return False, plain(f"{result.contender} is no drop-in for {requests}: " + "; ".join(missing))
    if open_:
        unknown = "; ".join(open_)
        return None, plain(f"{result.contender} may be a drop-in for {requests}; not known: {unknown}")
    features = f"all {len(uses)} features that they use are supported"
    return True, plain(f"{result.contender} is a drop-in for {requests}: {features}")


def _chat_body(text: str) -> dict[str, Any] | None:
    try:
        return dict(to_chat(json.loads(text)).body)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None

"""Each call of a router as one usage row, with the decision that was made of it.

A row is what `kit.service.meter` writes, and below `kit.route.`:

    request                  a name that all calls of one request share
    kind, tier, contender    as in the policy; the tier from 1
    call                     the request's first call is 1
    then                     `answered`; `retried`; `left` for the next contender, or for good; `sampled`, one of many
    why, words               why it was not the answer: a key of `kit.service.WHY`, and in words
    confidence               as far as it was measured
    cost_usd                 of this call, as text, so that it is exact; absent where it is not known

A contender that was left without a call (its breaker is open, the budget spent) has no row: nothing was used.
"""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from kit.client import ApiError, Contender
from kit.redaction import redact
from kit.service import usage_rows
from kit.service.endpoint import current
from kit.service.reply import Response
from kit.service.usage_log import RotatingFile, UsageLog

__all__ = ["CallLog", "RoutedCall", "name"]

_MAX_BYTES = 100_000_000


def name() -> str:
    """A name that no other has."""
    return f"{random.SystemRandom().getrandbits(128):032x}"


@dataclass
class RoutedCall:
    """One call under way.

    Attributes:
        at, began: When it was sent, in UTC and by the router's clock.
        host, secret: Whom it goes to and with which key, once the client is known.
        cost_usd: None where it is not known (yet).
    """

    contender: Contender
    request: str
    kind: str
    tier: int
    number: int
    host: str = ""
    secret: str = ""
    cost_usd: Decimal | None = None
    first_token_s: float | None = None
    latency_s: float = 0.0
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    began: float = 0.0

    def begin(self, now: float) -> None:
        """It is sent now."""
        self.at, self.began = datetime.now(UTC), now


class CallLog:
    """Writes the rows of one router.

    Args:
        path: JSONL file, as a meter's; None writes nothing.
    """

    def __init__(self, path: str | Path | None) -> None:
        self._log = UsageLog(RotatingFile(path, _MAX_BYTES), None) if path is not None else None

    def write(
        self,
        call: RoutedCall,
        next_step: str,
        response: Response | None = None,
        fault: ApiError | None = None,
        confidence: float | None = None,
        status: str = "",
    ) -> None:
        """Leave a call's row.

        Args:
            response: What came, if it is an answer.
            fault: Why it was not the answer to the request, though it may be one.
            status: As the meter says it, where there is neither.
        """
        if self._log is None:
            return
        row = {
            "time": call.at.isoformat(timespec="milliseconds")[:-6] + "Z",
            "kit.id": name(),
            "kit.endpoint": current(),
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": usage_rows.provider(call.host),
            "server.address": call.host,
            "gen_ai.request.model": call.contender.called,
            **(usage_rows.tokens(response.data) if response else {}),
            "kit.latency_s": round(call.latency_s, 6),
            "kit.first_token_s": call.first_token_s and round(call.first_token_s, 6),
            "kit.status": "ok" if response else status or _status(fault),
        }
        row["error.type"] = None if response else row["kit.status"]
        decided: dict[str, Any] = {
            "request": call.request,
            "kind": call.kind,
            "tier": call.tier,
            "contender": call.contender.id,
            "call": call.number,
            "then": next_step,
            "why": fault.kind if fault else None,
            "words": redact(fault.message) if fault else None,  # an endpoint's words, or a check's, may quote a prompt
            "confidence": confidence,
            "cost_usd": None if call.cost_usd is None else f"{call.cost_usd:f}",
        }
        row |= {f"kit.route.{key}": value for key, value in decided.items()}
        self._log.write({key: value for key, value in row.items() if value is not None}, call.secret)


def _status(fault: ApiError | None) -> str:
    """Return what the meter would say: the client's error, or how a body is no answer."""
    kind, cause = (fault.kind, fault.__cause__) if fault else ("", None)
    if kind == "timeout":
        return "APITimeoutError"
    if cause is None:
        return "truncated" if kind == "network" else "unreadable"
    return "APIConnectionError" if kind in ("network", "tls") else type(cause).__name__

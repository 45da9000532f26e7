"""Circuit breakers: what has failed several times in a row is not asked for a while, then asked once to see.

M. Nygard, Release It! (2007), chapter 5. There is one for each provider, which hears of what concerns all its models
(no connection, a refused key, an empty account), and one for each model there, which hears of the rest: behind a
gateway one model may be down while the next one answers.
"""

import threading
from collections.abc import Callable

from kit.client import ApiError, Contender

__all__ = ["Breaker", "Breakers"]

_WAY = {"network", "tls", "auth", "quota", "redirect"}
_MODEL = {"server", "timeout", "rate_limit", "malformed", "not_found"}


class Breaker:
    """Closed: all is admitted. Open: nothing is. Half-open: one call is, and its outcome decides.

    A call that is admitted and never heard of again (its task was cancelled, say) does no harm: the next one is
    admitted after another rest.

    Args:
        failures: So many in a row open it.
        rest_s: Seconds that it then stays open.
        clock: Seconds, from any start.
    """

    def __init__(self, failures: int, rest_s: float, clock: Callable[[], float]) -> None:
        self.failures, self.rest_s, self._clock = failures, rest_s, clock
        self._row = 0
        self._until = 0.0
        self._probing = False
        self._lock = threading.Lock()

    @property
    def state(self) -> str:
        """`closed`, `open` or `half-open`."""
        if self._row < self.failures:
            return "closed"
        return "half-open" if self._probing or not self.left_s else "open"

    @property
    def left_s(self) -> float:
        """Seconds before it admits a call; 0 where it does now."""
        return max(0.0, self._until - self._clock()) if self._row >= self.failures else 0.0

    def admit(self) -> bool:
        """Return whether a call may be made now; if so, `succeeded` or `failed` is to be told of it."""
        with self._lock:
            if self._row < self.failures:
                return True
            if self.left_s:
                return False
            self._probing, self._until = True, self._clock() + self.rest_s
            return True

    def succeeded(self) -> None:
        """A call was answered: it closes."""
        with self._lock:
            self._row, self._probing = 0, False

    def failed(self) -> None:
        """A call failed: it opens, if that was the last of too many."""
        with self._lock:
            self._row += 1
            self._probing = False
            if self._row >= self.failures:
                self._until = self._clock() + self.rest_s


class Breakers:
    """A breaker for each provider and for each model there, made as they are met."""

    def __init__(self, failures: int, rest_s: float, clock: Callable[[], float]) -> None:
        self._made: dict[tuple[str, ...], Breaker] = {}
        self._settings = failures, rest_s, clock

    def way(self, contender: Contender) -> Breaker:
        """The one of a contender's provider."""
        return self._breaker(contender.place)

    def model(self, contender: Contender) -> Breaker:
        """The one of a contender's model at its provider."""
        return self._breaker(contender.place, contender.called)

    def admit(self, contender: Contender) -> None:
        """Let one call through.

        Raises:
            ApiError: If one of the two breakers is open.
        """
        both = (("its provider", self.way(contender)), ("it", self.model(contender)))
        resting = [(name, breaker) for name, breaker in both if breaker.left_s]
        if not resting and all(breaker.admit() for _, breaker in both):
            return
        name, breaker = (resting or both)[0]
        failed = f"{name} failed {breaker.failures} times in a row"
        raise ApiError("resting", f"{failed}; next call in {breaker.left_s:.0f} s")

    def resting(self, contender: Contender) -> bool:
        """Return whether one of its two breakers is open."""
        return bool(self.way(contender).left_s or self.model(contender).left_s)

    def heard(self, contender: Contender, fault: ApiError | None) -> None:
        """Take in how an admitted call went; None for one that was answered."""
        kind = fault.kind if fault else ""
        if kind in _WAY:
            self.way(contender).failed()
        elif kind in _MODEL:
            self.model(contender).failed()
            if kind != "timeout":  # somebody has answered
                self.way(contender).succeeded()
        else:
            self.way(contender).succeeded()
            self.model(contender).succeeded()

    def _breaker(self, *key: str) -> Breaker:
        return self._made.setdefault(key, Breaker(*self._settings))

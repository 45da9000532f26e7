"""A canary: a share of requests asks the new model first, and all return to the old one when it is worse for certain.

Who is assigned once stays so: by a hash of what the caller names (a user, a conversation), else by chance. Each request
of the canary is set beside one that was not assigned, in the order in which they end. The interval of the difference
holds at every look (`kit.stats.anytime_difference`), so it can be looked at after each request.
"""

import hashlib
import logging
import random
import threading
from collections import deque
from collections.abc import Callable

from kit.client import ContenderLike, read_contenders
from kit.errors import AskError
from kit.stats import anytime_difference

__all__ = ["Canary"]

_LOG = logging.getLogger(__name__)
_WAITING = 1_000


class Canary:
    """The assignment of requests to a new contender, and what came of them. Any number of threads may share it.

    Args:
        contender: The new model; it is asked before the policy's own contenders, which remain its fallback.
        share: Of users or requests, 0 to 1.
        margin: By how many points more of its requests may go wrong; beyond it all return.
        kinds: Kinds of requests that take part; all, if left out.
        salt: Another salt assigns others.
        draw: Returns a number from 0 to 1; for tests.

    Attributes:
        returned: Whether all requests are back with the policy's own contenders.
    """

    def __init__(
        self,
        contender: ContenderLike,
        *,
        share: float,
        margin: float = 2.0,
        kinds: tuple[str, ...] = (),
        salt: str = "",
        draw: Callable[[], float] = random.random,
    ) -> None:
        if not 0 < share < 1:
            raise AskError(f"canary: share is {share}; it is a part of the requests, above 0 and below 1")
        if not 0 <= margin < 100:
            raise AskError(f"canary: margin is {margin}; it is in points, from 0 to below 100")
        self.contender = read_contenders(contender)[0]
        self.share, self.margin, self.kinds, self.returned = share, margin, kinds, False
        self._salt, self._draw, self._lock = salt, draw, threading.Lock()
        self._waiting: tuple[deque[bool], deque[bool]] = (deque(maxlen=_WAITING), deque(maxlen=_WAITING))
        self._won = self._lost = self._pairs = 0

    def assigned(self, kind: str, sticky: str = "") -> bool:
        """Return whether a request goes to the canary.

        Args:
            sticky: A user or conversation, who is always assigned alike.
        """
        if self.returned or (self.kinds and kind not in self.kinds):
            return False
        if not sticky:
            return self._draw() < self.share
        digest = hashlib.sha256(f"{self._salt}\0{sticky}".encode()).digest()
        return int.from_bytes(digest[:8], "big") / 2**64 < self.share

    def observe(self, assigned: bool, good: bool) -> None:
        """Take in how one request ended: the router says whether it was answered by the first contender asked.

        A service that knows better (an answer that was rejected) may call it with `good=False` as well.
        """
        with self._lock:
            self._waiting[assigned].append(good)
            lost = self._lost
            while self._waiting[0] and self._waiting[1]:
                old, new = self._waiting[0].popleft(), self._waiting[1].popleft()
                self._pairs += 1
                self._won += new and not old
                self._lost += old and not new
            # only a loss can bring it down, and an interval takes a millisecond
            if self._lost > lost and not self.returned and self.interval()[1] < -self.margin:
                self.returned = True
                _LOG.warning("%s", self.explanation())

    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the canary's share of good answers less that of the others, in points, at any look."""
        if not self._pairs:
            return -100.0, 100.0
        low, high = anytime_difference(self._won, self._lost, self._pairs)
        return 100 * low, 100 * high

    def explanation(self) -> str:
        """Say in one line how the canary does."""
        low, high = self.interval()
        state = "all requests are back with the others" if self.returned else f"{self.share:.0%} of requests ask it"
        return (
            f"{self.contender.id}: good answers less those of the others: {low:+.1f} to {high:+.1f} points "
            f"over {self._pairs:,} pairs, margin {self.margin:g}; {state}"
        )

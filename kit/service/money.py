"""What one request has cost, and what it may still cost: no call is made that could pass the budget."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from kit.client import budget
from kit.client.contenders import Contender
from kit.client.protocol import Fault
from kit.errors import AskError
from kit.pricing import Book, Usage, cost

__all__ = ["Money"]


class Money:
    """The purse of one request.

    Args:
        limit: In USD; None for no limit.
        bodies: Contender and what it would be sent, for each that may be asked.

    Attributes:
        total: What its calls have cost; None once a cost is not known.

    Raises:
        AskError: If there is a limit, and a price or the longest output is not known.
    """

    def __init__(
        self, book: Book | None, limit: Decimal | None, bodies: Sequence[tuple[Contender, Mapping[str, Any]]]
    ) -> None:
        self._book, self._limit = book, limit
        self.total: Decimal | None = Decimal(0)
        self._spent = Decimal(0)  # of what is not known, the most that it can be
        self._most = {} if limit is None else {one.id: self._bound(one, body) for one, body in bodies}

    def admit(self, contender: Contender) -> None:
        """See that the next call can be paid for.

        Raises:
            Fault: If it could pass the budget.
        """
        if self._limit is not None and self._spent + self._most[contender.id] > self._limit:
            most, left = self._most[contender.id], self._limit - self._spent
            raise Fault("budget", f"a call could cost ${most:.6f}, and ${left:.6f} of ${self._limit} is left")

    def settle(self, contender: Contender, usage: Usage | None, billed: bool, at: datetime) -> Decimal | None:
        """Take in what a call cost, in USD; None if that is not known.

        Args:
            billed: Whether the provider may ask money for it.
        """
        usd = self._cost(contender, usage, at) if billed else Decimal(0)
        self.total = None if usd is None or self.total is None else self.total + usd
        self._spent += self._most.get(contender.id, Decimal(0)) if usd is None else usd
        return usd

    def _cost(self, contender: Contender, usage: Usage | None, at: datetime) -> Decimal | None:
        if usage is None or self._book is None or not self._book.knows(contender.model):
            return None
        return cost(usage, self._book.rate(contender.model, at, usage.prompt))

    def _bound(self, contender: Contender, body: Mapping[str, Any]) -> Decimal:
        if self._book is None:
            raise AskError("a budget needs a price book, such as kit.pricing.ListBook()")
        if not self._book.knows(contender.model):
            raise AskError(
                f"{contender.id}: a budget cannot be kept: {contender.model!r} has no price in the "
                f"{self._book.name} book"
            )
        rate = self._book.rate(contender.model, datetime.now(UTC), budget.bound(body))
        return budget.most_usd(body, contender, rate)

"""Before the bill: what requests will cost at most, and a budget that no call can overdraw.

Exact token counts need each model's tokenizer, which no provider hands out. Two figures stand in, and neither is taken
for the other: an estimate (4 characters of ASCII a token, OpenAI's rule of thumb at
https://help.openai.com/en/articles/4936856; 1 of any other script), and a bound (a byte-level tokenizer cannot make
more tokens of a text than it has bytes).
"""

import asyncio
import base64
import json
import struct
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from kit import catalog
from kit.client.api_errors import ApiError
from kit.client.contenders import Contender
from kit.errors import AskError
from kit.pricing import Book, Rate, Usage, cost

__all__ = [
    "Budget",
    "RequestBudget",
    "budget_amount",
    "budget_left",
    "estimate_tokens",
    "most_output",
    "most_tokens",
    "most_usd",
]

_PNG = "data:image/png;base64,"
_FRAME_TOKENS = 64
"""What a chat template puts around one message, at most: roles, separators, a default system prompt."""

_TOOLS_TOKENS = 1_024
"""What a provider puts before tools, at most. The most that is documented: 530, for Claude 3 Opus
(https://docs.anthropic.com/en/docs/tool-use-pricing-and-tokens)."""

_IMAGE_TOKENS, _IMAGE_ESTIMATE, _IMAGE_POINTS = 8_500, 255, 512
"""The most for a picture of at most so many points a side: gpt-4o-mini's (measured:
https://community.openai.com/t/1262691); other models count 26 to 300, gpt-4o 255."""


def estimate_tokens(body: Mapping[str, Any]) -> int:
    """Prompt tokens that a body will probably come to."""
    parts = [part for message in body["messages"] for part in _parts(message.get("content"))]
    texts = [part if isinstance(part, str) else str(part.get("text", "")) for part in parts]
    texts += [json.dumps(body["tools"], ensure_ascii=False)] if body.get("tools") else []
    ascii_ = sum(sum(c.isascii() for c in text) for text in texts)
    images = _IMAGE_ESTIMATE * sum(map(_is_image, parts))
    return -(-ascii_ // 4) + sum(map(len, texts)) - ascii_ + 4 * len(body["messages"]) + images


def most_tokens(body: Mapping[str, Any]) -> int:
    """Prompt tokens that a body of text and small pictures cannot exceed."""
    images = _IMAGE_TOKENS * sum(_is_image(part) for m in body["messages"] for part in _parts(m.get("content")))
    frame = images + _FRAME_TOKENS * len(body["messages"]) + (_TOOLS_TOKENS if body.get("tools") else 0)
    return len(json.dumps(body, ensure_ascii=False).encode(errors="surrogatepass")) + frame


def most_output(body: Mapping[str, Any], contender: Contender) -> int | None:
    """Output tokens that a body cannot exceed: its own limit, else the model's in the catalog; None if neither is."""
    own = body.get("max_completion_tokens") or body.get("max_tokens")
    if isinstance(own, int) and own > 0:
        return own
    facts = catalog.model(contender.model).facts if catalog.knows(contender.model) else ()
    return max((int(fact.value) for fact in facts if fact.metric == "output.max_tokens"), default=None)


def most_usd(body: Mapping[str, Any], contender: Contender, rate: Rate) -> Decimal:
    """Return what one call can cost at most, in USD.

    Raises:
        AskError: If a price or the longest output is not known, or a message holds more than text and small pictures,
            so that no budget could be kept.
    """
    parts = [part for message in body["messages"] for part in _parts(message.get("content"))]
    if not all(_is_text(part) or _is_image(part) for part in parts):
        payable = f"text and PNG pictures of at most {_IMAGE_POINTS} points a side"
        raise AskError(f"{contender.id}: a budget cannot be kept: a message holds more than {payable}")
    output = most_output(body, contender)
    if output is None:
        raise AskError(f"{contender.id}: a budget needs max_tokens in each request: no source says where it would stop")
    usd = cost(Usage(most_tokens(body), 0, output), rate)
    if usd is None:
        raise AskError(
            f"{contender.id}: a budget cannot be kept: the {rate.book} book has no price; choose a book that has one"
        )
    return usd


def _parts(content: Any) -> list[Any]:
    return content if isinstance(content, list) else [str(content or "")]


def _is_text(part: Any) -> bool:
    return isinstance(part, str) or (isinstance(part, Mapping) and part.get("type") == "text")


def _is_image(part: Any) -> bool:
    """Return whether it is a small PNG within the message: its size stands behind the first 16 bytes."""
    image = part.get("image_url") if isinstance(part, Mapping) and part.get("type") == "image_url" else None
    address = str(image.get("url")) if isinstance(image, Mapping) else ""
    if not address.startswith(_PNG):
        return False
    try:
        width, height = struct.unpack(">II", base64.b64decode(address[len(_PNG) :][:32])[16:24])
    except (ValueError, struct.error):
        return False
    return max(width, height) <= _IMAGE_POINTS


def budget_amount(written: Decimal | str | None) -> Decimal | None:
    """A budget as it is written, in USD; None where there is none.

    Raises:
        AskError: If it is no amount of money.
    """
    if written is None or written == "":
        return None
    try:
        money = Decimal(str(written))
    except InvalidOperation:
        money = Decimal("NaN")
    if not money.is_finite() or money < 0:
        raise AskError(f'budget: {written!r} is not an amount in USD such as "2.00"')
    return money


def budget_left(written: Decimal | str | None, spent: Iterable[float]) -> Decimal | None:
    """Return what of a budget is left for the next asking, in USD; None where there is none.

    Args:
        spent: What answers cost, in USD.
    """
    money = budget_amount(written)
    return None if money is None else max(Decimal(0), money - sum(Decimal(str(usd)) for usd in spent))


class Budget:
    """Money that may be spent, in USD; each call sets aside the most it can cost before it is sent."""

    def __init__(self, budget: Decimal | None):
        self.budget = budget
        self.spent = self._aside = Decimal(0)
        self._changed = asyncio.Event()

    async def reserve(self, usd: Decimal) -> bool:
        """Set money aside; waits for calls under way if they may leave enough. False if the budget would be passed."""
        while self.budget is not None and self.spent + self._aside + usd > self.budget:
            if self.spent + usd > self.budget:
                return False
            self._changed.clear()
            await self._changed.wait()
        self._aside += usd
        return True

    def charge(self, aside: Decimal, spent: Decimal) -> None:
        """Replace what a call had set aside by what it cost."""
        self._aside -= aside
        self.spent += spent
        self._changed.set()


class RequestBudget:
    """Money for one routed request: what its calls have cost, and what it may still cost.

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
        self._most = {} if limit is None else {contender.id: self._bound(contender, body) for contender, body in bodies}

    def admit(self, contender: Contender) -> None:
        """See that the next call can be paid for.

        Raises:
            ApiError: If it could pass the budget.
        """
        if self._limit is not None and self._spent + self._most[contender.id] > self._limit:
            most, left = self._most[contender.id], self._limit - self._spent
            raise ApiError("budget", f"a call could cost ${most:.6f}, and ${left:.6f} of ${self._limit} is left")

    def charge(
        self, contender: Contender, usage: Usage | None, billed: bool, at: datetime, *, may_be_billed: bool = False
    ) -> Decimal | None:
        """Take in what a call cost, in USD; None if that is not known.

        Args:
            billed: Whether the provider asks money for it.
            may_be_billed: Whether it counts against the budget all the same, with the most it can be.
        """
        usd = self._cost(contender, usage, at) if billed else Decimal(0)
        self.total = None if usd is None or self.total is None else self.total + usd
        self._spent += self._most.get(contender.id, Decimal(0)) if usd is None or may_be_billed else usd
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
        rate = self._book.rate(contender.model, datetime.now(UTC), most_tokens(body))
        return most_usd(body, contender, rate)

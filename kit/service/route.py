"""The next step for one request: a plain generator that sends nothing, waits for nothing and knows no event loop.

It yields `steps` and is sent what came of them, so that two short drivers serve threads and asyncio alike.
"""

from dataclasses import dataclass
from typing import Any

from kit import catalog
from kit.client import ApiError, Contender
from kit.errors import RouteError
from kit.service.attempts import Attempts
from kit.service.call_log import RoutedCall
from kit.service.confidence import Votes, of_tokens
from kit.service.policy import Confidence
from kit.service.reply import Left, Reply, Response
from kit.service.steps import RoutedRequest, RouterState, Steps
from kit.service.validators import Invalid

__all__ = ["Route"]


class Route:
    """One request on its way; `reply` is there when `steps` has ended.

    Raises:
        AskError: If nobody serves its kind, or its budget could not be kept; nothing has been sent then.
    """

    def __init__(self, order: RoutedRequest, shared: RouterState) -> None:
        self.order, self.shared, self.policy = order, shared, shared.policy
        self.kind = order.request.id
        self.contenders = self.policy.contenders(self.kind)
        self.reply: Reply | None = None
        self._attempts = Attempts(order, shared)
        self._tried: list[Left] = []
        self._unsure: list[_Tried] = []
        self._small = 0  # tokens of the largest window that the request did not fit into

    def steps(self) -> Steps[None]:
        """Ask one contender after the other, as the policy has it.

        Raises:
            RouteError: If nobody answers, or no other contender could cure what is wrong.
        """
        try:
            yield from self._ask_in_order()
        except RouteError:
            self.order.ended(None)
            raise
        self.order.ended(self.reply)

    def _ask_in_order(self) -> Steps[None]:
        for tier, contender in enumerate(self.contenders, 1):
            before = len(self._attempts.calls)
            try:
                tried = yield from self._visit(contender, tier)
            except ApiError as fault:
                if fault.kind == "context":
                    self._small = max(self._small, _window(contender) or 0)
                self._tried.append(Left(contender.id, fault.kind, fault.message, len(self._attempts.calls) - before))
                if self._is_final(fault) and not self._unsure:
                    raise self._failed(fault.kind) from None
            else:
                self.reply = self._replied(tried)
                return
        if not self._unsure:
            raise self._failed(self._tried[-1].why)
        self.reply = self._replied(max(self._unsure, key=lambda tried: tried.sure))

    def _visit(self, contender: Contender, tier: int) -> "Steps[_Tried]":
        """One contender's answer, if it can be the reply."""
        window = _window(contender)
        if self._small and window and window <= self._small:
            raise ApiError("context", f"not asked: its window, {window} tokens, is no larger")
        call, response = yield from self._attempts.answer(contender, tier)
        tried = _Tried(contender, tier, response, self._passed(call, response))
        next_step, doubt = "sampled", None
        try:
            doubt = yield from self._doubt(tried)
            next_step = "left" if doubt else "answered"
        finally:
            self.shared.call_log.write(call, next_step, response, doubt, tried.confidence)
        if doubt:
            raise doubt
        return tried

    def _passed(self, call: RoutedCall, response: Response, next_step: str = "left") -> Any:
        """The value of an answer that passes the check."""
        text, ending = response.answer.text, f"finish_reason {response.answer.finish_reason or 'unknown'}"
        try:
            if response.refused:
                raise ApiError("refused", ending)
            if not (text.strip() or response.answer.tool_calls):
                raise ApiError("invalid", f"the answer is empty, {ending}")
            try:
                return self.order.check(text)
            except Invalid as error:
                raise ApiError("invalid", str(error)) from None
        except ApiError as fault:
            self.shared.call_log.write(call, next_step, response, fault)
            raise

    def _doubt(self, tried: "_Tried") -> Steps[ApiError | None]:
        """Why an answer is not sure enough, if it is not, and somebody else can be asked."""
        rule = self.policy.confidence
        if rule is None:
            return None
        tried.confidence, least = of_tokens(tried.response.logprobs, rule.tokens), rule.least
        if self.order.streamed or tried.tier == len(self.contenders):
            return None
        self._unsure.append(tried)
        if tried.confidence is None and rule.samples:
            yield from self._sample(rule, tried)
            least = rule.agree
        if tried.confidence is None:
            return ApiError("unsure", "it tells no token probabilities, and the policy has no samples")
        return None if tried.confidence >= least else ApiError("unsure", f"{tried.confidence:.2f} is below {least:g}")

    def _sample(self, rule: Confidence, tried: "_Tried") -> Steps[None]:
        """Ask again until it is clear whether enough samples agree; the answer is then what most of them say."""
        votes = Votes(rule, self.order.vote)
        samples = {votes.add(tried.response.answer.text): (tried.response, tried.value)}
        while not votes.settled:
            call, more = yield from self._attempts.answer(tried.contender, tried.tier, temperature=rule.temperature)
            try:
                value = self._passed(call, more, "sampled")
            except ApiError:
                votes.add(None)
            else:
                samples.setdefault(votes.add(more.answer.text), (more, value))
                self.shared.call_log.write(call, "sampled", more)
        tried.response, tried.value = samples[votes.leader]
        tried.confidence = votes.share

    def _is_final(self, fault: ApiError) -> bool:
        """Return whether no other contender could cure it, or none may try."""
        refused = fault.kind == "refused" and not self.policy.escalate_refusals
        return bool(self._attempts.handed_on) or fault.kind == "bad_request" or refused

    def _replied(self, tried: "_Tried") -> Reply:
        answer = tried.response.answer
        return Reply(
            text=answer.text,
            value=tried.value,
            contender=tried.contender.id,
            tier=tried.tier,
            finish_reason=answer.finish_reason,
            tool_calls=answer.tool_calls,
            usage=answer.usage,
            confidence=tried.confidence,
            cost_usd=self._attempts.budget.total,
            calls=len(self._attempts.calls),
            tried=tuple(self._tried),
            took_s=self._attempts.took_s,
        )

    def _failed(self, kind: str) -> RouteError:
        last = ""
        if self._attempts.handed_on:
            last = f"; its first {self._attempts.handed_on} characters had been handed on, so nobody else was asked"
        elif kind in ("bad_request", "refused"):
            last = "; nobody else was asked"
        words = "; ".join(map(str, self._tried))
        return RouteError(
            f"a {self.kind!r} request has no answer: {words}{last}", kind, self._tried, self._attempts.budget.total
        )


@dataclass
class _Tried:
    """An answer that can be the reply."""

    contender: Contender
    tier: int
    response: Response
    value: Any
    confidence: float | None = None

    @property
    def sure(self) -> float:
        return -1.0 if self.confidence is None else self.confidence


def _window(contender: Contender) -> int | None:
    """Tokens that a model takes, the most that a source says; None if none does."""
    facts = catalog.model(contender.model).facts if catalog.knows(contender.model) else ()
    return max((int(fact.value) for fact in facts if fact.metric == "context.tokens"), default=None)

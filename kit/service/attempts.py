"""One contender's answer: calls that are made again where a fault may pass, each paid for, counted and logged."""

import itertools
import random
from collections.abc import Mapping
from typing import Any

from kit import client
from kit.client import ApiError, Contender, RequestBudget, backoff_s
from kit.service.call_log import RoutedCall, name
from kit.service.reply import Response, ResponseReader
from kit.service.steps import Connect, Open, Read, RoutedRequest, RouterState, Steps, Wait

__all__ = ["Attempts"]


class Attempts:
    """All calls of one request.

    Attributes:
        calls: In order.
        budget: What they have cost.
        handed_on: Characters of text that a stream's reader has.

    Raises:
        AskError: If the budget could not be kept.
    """

    def __init__(self, order: RoutedRequest, shared: RouterState) -> None:
        self.order, self.shared, self.policy = order, shared, shared.policy
        self.calls: list[RoutedCall] = []
        self.handed_on = 0
        self._name, self._began = name(), shared.clock()
        bodies = [(one, self._body(one)) for one in self.policy.contenders(order.request.id)]
        self.budget = RequestBudget(shared.book, order.budget_usd, bodies)

    @property
    def took_s(self) -> float:
        """Seconds since the request came."""
        return self.shared.clock() - self._began

    def answer(self, contender: Contender, tier: int, **changes: Any) -> Steps[tuple[RoutedCall, Response]]:
        """One answer of one contender.

        Args:
            changes: Parameters that differ from the request's.

        Raises:
            ApiError: If there is none; what may pass has been waited for, as far as the policy goes.
        """
        waited = 0.0
        for attempt in itertools.count(1):
            body = self._body(contender) | changes
            self._admit(contender)
            call = RoutedCall(contender, self._name, self.order.request.id, tier, len(self.calls) + 1)
            self.calls.append(call)
            try:
                response = yield from self._once(call, body)
            except ApiError as fault:
                self.shared.breakers.heard(contender, fault)
                self._charge(call, fault.billed, may_be_billed=fault.kind == "server")
                wait = self._again_in(contender, fault, attempt, waited)
                self.shared.call_log.write(call, "left" if wait is None else "retried", fault=fault)
                if wait is None:
                    raise
                waited += wait
                yield Wait(wait)
            except BaseException as error:  # whoever reads the stream has left, or the client itself is at fault
                self._charge(call, True)
                closed = isinstance(error, GeneratorExit)
                self.shared.call_log.write(call, "left", status="closed" if closed else type(error).__name__)
                raise
            else:
                self.shared.breakers.heard(contender, None)
                self._charge(call, True, response)
                return call, response
        raise AssertionError  # count() has no end

    def _once(self, call: RoutedCall, body: Mapping[str, Any]) -> Steps[Response]:
        yield Connect(call)  # which may take a while the first time, and is no part of the call
        call.begin(self.shared.clock())
        timeout_s = max(0.001, min(self.policy.timeout_s, self._left_s()))
        try:
            events = yield Open(body, timeout_s)
            reader = ResponseReader(events, call.secret, call.at.isoformat(timespec="milliseconds"))
            while not reader.done and (chunk := (yield Read())) is not None:
                if reader.elapsed_s > timeout_s:  # though bytes keep coming, as DeepSeek's empty lines do
                    raise ApiError("timeout", "no whole answer in time", billed=True)
                text = reader.feed(chunk, self.shared.clock() - call.began)
                if text and self.order.streamed:
                    self.handed_on += len(text)
                    yield text
            response = reader.end()
            if self.order.streamed and reader.held:
                self.handed_on += len(reader.held)
                yield reader.held
        finally:
            call.latency_s = self.shared.clock() - call.began
        call.first_token_s = response.answer.first_token_s
        if self.order.streamed and not events and response.answer.text:  # it was asked to stream, and did not
            self.handed_on += len(response.answer.text)
            yield response.answer.text
        return response

    def _admit(self, contender: Contender) -> None:
        """See that time, money and circuit breakers allow a call."""
        if self._left_s() <= 0:
            raise ApiError("timeout", f"not asked: the request's {self.policy.deadline_s:g} s are over")
        self.budget.admit(contender)
        self.shared.breakers.admit(contender)

    def _again_in(self, contender: Contender, fault: ApiError, attempt: int, waited: float) -> float | None:
        """Seconds until the same contender is asked again; None if it is not."""
        if self.handed_on:
            return None
        if fault.kind == "bad_request":
            ours = [name for name in self._extras(contender) if name in fault.message]
            self.shared.unwelcome.update((contender.id, name) for name in ours)
            return 0.0 if ours else None
        if not fault.retry or attempt >= self.policy.attempts or self.shared.breakers.resting(contender):
            return None
        named = fault.wait
        if named is not None and named > self.policy.patience_s:
            return None
        wait = backoff_s(attempt) if named is None else named + random.uniform(0, 0.1 * named)  # noqa: S311
        return wait if waited + wait <= self.policy.patience_s and wait < self._left_s() else None

    def _charge(
        self, call: RoutedCall, billed: bool, response: Response | None = None, may_be_billed: bool = False
    ) -> None:
        usage = response.answer.usage if response else None
        call.cost_usd = self.budget.charge(call.contender, usage, billed, call.at, may_be_billed=may_be_billed)

    def _body(self, contender: Contender) -> dict[str, Any]:
        how = {"stream": True} if self.order.streamed else {}
        return how | self._extras(contender) | client.request_body(self.order.request, contender)

    def _extras(self, contender: Contender) -> dict[str, Any]:
        """Return what we add of our own, as long as the endpoint takes it."""
        body, rule = client.request_body(self.order.request, contender), self.policy.confidence
        extras: dict[str, Any] = {"stream_options": {"include_usage": True}} if self.order.streamed else {}
        if rule and rule.tokens != "none":
            extras["logprobs"] = True
        unwelcome = self.shared.unwelcome
        return {key: extras[key] for key in extras if key not in body and (contender.id, key) not in unwelcome}

    def _left_s(self) -> float:
        return self.policy.deadline_s - self.took_s

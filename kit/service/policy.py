"""Policies: which contenders are asked for which kind of request, in which order, and when the next one is.

A policy is data: `kit/data/policy.yaml` is the article's, explains each key and is what a Router takes unless told
otherwise. A fault in one is told with its place and what would be right:
`routes.yaml: kinds: low: 'gpt4o' is not a model in the catalog; did you mean 'gpt-4o'?`
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from kit import client
from kit.client import RESERVED_PARAMETERS, Contender
from kit.errors import AskError, KitError, near_miss
from kit.files import read_yaml

__all__ = ["ARTICLE", "Confidence", "Policy"]

ARTICLE = Path(__file__).parents[1] / "data" / "policy.yaml"
"""The article's three rules."""


@dataclass(frozen=True)
class Confidence:
    """A rule for answers that are not sure enough.

    Attributes:
        tokens: `mean` or `min` of the tokens' probabilities, where the provider tells them; `none` does not look.
        least: Below it the next contender is asked, 0 to 1.
        samples: Samples in all, where no token probabilities come; 0 for none: such an answer then counts as not sure.
        agree: Share of the samples that must say the same, 0 to 1; below it the next contender is asked.
        temperature: Of the second sample and those after it.
    """

    tokens: str = "mean"
    least: float = 0.8
    samples: int = 0
    agree: float = 0.6
    temperature: float = 0.7


@dataclass(frozen=True)
class Policy:
    """The contenders to ask in order, and the conditions for the next one.

    Attributes:
        kinds: Kind of request -> contenders, in order.
        otherwise: Contenders for any other kind; none if there is to be no other.
        timeout_s: Seconds for one call, to the end of its answer.
        deadline_s: Seconds for one request, with all its calls and waits.
        attempts: Times that one contender is sent one question, where the fault may pass.
        patience_s: Seconds waited for one contender; one that asks for more is left at once.
        budget_usd: Most that one request may cost; None for no limit.
        escalate_refusals: Whether another contender is asked what one refused to answer.
        failures, rest_s: So many failures in a row open a circuit breaker, for so many seconds.
        confidence: When an answer is not sure enough; None if that is not asked.
        source: Where the policy stands.
    """

    kinds: Mapping[str, tuple[Contender, ...]]
    otherwise: tuple[Contender, ...] = ()
    timeout_s: float = 60
    deadline_s: float = 150
    attempts: int = 2
    patience_s: float = 10
    budget_usd: Decimal | None = None
    escalate_refusals: bool = False
    failures: int = 5
    rest_s: float = 30
    confidence: Confidence | None = None
    source: str = field(default="policy", compare=False)

    @classmethod
    def read(cls, written: "Policy | Mapping[str, Any] | str | Path" = ARTICLE) -> "Policy":
        """Read a policy from a YAML file or a mapping laid out alike.

        Raises:
            AskError: If it is not laid out as `kit/data/policy.yaml` is, or a contender cannot be used.
        """
        if isinstance(written, Policy):
            return written
        if not isinstance(written, str | Path):
            return _read("policy", written)
        try:
            return _read(str(written), read_yaml(Path(written)))
        except ValueError as error:
            raise error if isinstance(error, AskError) else AskError(f"{written}: {error}") from None

    def contenders(self, kind: str) -> tuple[Contender, ...]:
        """Return who is asked for a kind of request, in order.

        Raises:
            AskError: If the policy has no such kind, and nobody for all others.
        """
        route = self.kinds.get(kind, self.otherwise)
        if not route:
            raise AskError(f"{self.source}: {kind!r} is not a kind of request in it{near_miss(kind, self.kinds)}")
        return route

    def with_canary(self, contender: Contender, kinds: tuple[str, ...] = ()) -> "Policy":
        """The same policy with a contender asked first, for some kinds or for all.

        Raises:
            AskError: If a kind is not in the policy.
        """
        for kind in kinds:
            self.contenders(kind)
        first = {
            kind: (contender, *(one for one in tiers if one.id != contender.id))
            if not kinds or kind in kinds
            else tiers
            for kind, tiers in self.kinds.items()
        }
        otherwise = self.otherwise
        if otherwise and not kinds:
            otherwise = (contender, *(one for one in otherwise if one.id != contender.id))
        return replace(self, kinds=first, otherwise=otherwise)

    @property
    def everyone(self) -> tuple[Contender, ...]:
        """All contenders, each once."""
        every = {one.id: one for tiers in (*self.kinds.values(), self.otherwise) for one in tiers}
        return tuple(every.values())


_Rule = tuple[Callable[[Any], bool], str]

_ABOVE_0: _Rule = (lambda value: _number(value) and value > 0, "a number above 0")
_FROM_0: _Rule = (lambda value: _number(value) and value >= 0, "a number from 0")
_SHARE: _Rule = (lambda value: _number(value) and 0 <= value <= 1, "a number from 0 to 1")
_COUNT: _Rule = (lambda value: type(value) is int and value >= 1, "a whole number from 1")
_SAMPLES: _Rule = (lambda value: type(value) is int and (value == 0 or value >= 2), "0, or a whole number from 2")
_YES_NO: _Rule = (lambda value: isinstance(value, bool), "yes or no")
_TOKENS: _Rule = (lambda value: value in ("mean", "min", "none"), "mean, min or none")

_PLAIN = {
    "timeout_s": _ABOVE_0,
    "deadline_s": _ABOVE_0,
    "attempts": _COUNT,
    "patience_s": _FROM_0,
    "escalate_refusals": _YES_NO,
}
_BREAKER = {"failures": _COUNT, "rest_s": _ABOVE_0}
_CONFIDENCE = {"tokens": _TOKENS, "least": _SHARE, "samples": _SAMPLES, "agree": _SHARE, "temperature": _ABOVE_0}
_KEYS = ("kinds", "otherwise", "parameters", "budget_usd", "breaker", "confidence", *_PLAIN)


def _read(source: str, data: Any) -> Policy:
    _known(source, data, _KEYS)
    kinds, parameters = data.get("kinds") or {}, data.get("parameters") or {}
    if not isinstance(kinds, Mapping) or not (kinds or data.get("otherwise")):
        raise AskError(f"{source}: kinds: must have a kind on each line, such as low: [deepseek-v4-flash, gpt-4o]")
    if not isinstance(parameters, Mapping):
        raise AskError(f"{source}: parameters: must be a mapping such as {{temperature: 0.2}}")
    for name in parameters:
        if name in RESERVED_PARAMETERS:
            raise AskError(f"{source}: parameters: {name!r} cannot be a parameter: {RESERVED_PARAMETERS[name]}")
    try:
        money = client.budget_amount(data.get("budget_usd"))
    except AskError as error:
        raise AskError(f"{source}: {error}") from None
    sure = data.get("confidence")
    policy = Policy(
        {str(kind): _tiers(f"{source}: kinds: {kind}", row, parameters) for kind, row in kinds.items()},
        _tiers(f"{source}: otherwise", data["otherwise"], parameters) if data.get("otherwise") else (),
        budget_usd=money,
        confidence=None if sure is None else Confidence(**_values(f"{source}: confidence", sure, _CONFIDENCE)),
        source=source,
        **_values(source, {key: data[key] for key in _PLAIN if key in data}, _PLAIN),
        **_values(f"{source}: breaker", data.get("breaker") or {}, _BREAKER),
    )
    _alike(policy)
    return policy


def _tiers(place: str, row: Any, parameters: Mapping[str, Any]) -> tuple[Contender, ...]:
    if not isinstance(row, list | tuple) or not row:
        raise AskError(f"{place}: must be a list of contenders, such as [deepseek-v4-flash@gateway, gpt-4o@openai]")
    try:
        contenders = client.read_contenders(*row)
    except KitError as error:
        raise AskError(f"{place}: {str(error).removeprefix('contenders: ')}") from None
    return tuple(replace(one, defaults={**parameters, **one.defaults}) for one in contenders)


def _values(place: str, data: Any, rules: Mapping[str, _Rule]) -> dict[str, Any]:
    _known(place, data, tuple(rules))
    for key, value in data.items():
        right, words = rules[key]
        if not right(value):
            raise AskError(f"{place}: {key}: must be {words}, not {value!r}")
    return dict(data)


def _known(place: str, data: Any, known: tuple[str, ...]) -> None:
    if not isinstance(data, Mapping):
        raise AskError(f"{place}: must be a mapping with the keys {', '.join(known)}")
    for key in data:
        if key not in known:
            raise AskError(f"{place}: {key!r} is not a key here{near_miss(str(key), known)}")


def _alike(policy: Policy) -> None:
    """One name for two contenders would make a log that cannot be read."""
    by_id: dict[str, Contender] = {}
    for one in (one for tiers in (*policy.kinds.values(), policy.otherwise) for one in tiers):
        if by_id.setdefault(one.id, one) != one:
            differs = next(
                part.name for part in fields(one) if getattr(one, part.name) != getattr(by_id[one.id], part.name)
            )
            raise AskError(
                f"{policy.source}: {one.id!r} stands for two contenders that differ in {differs}; "
                "give one of them a variant"
            )


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)

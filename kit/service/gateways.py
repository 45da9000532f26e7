"""A policy in the words of a gateway: LiteLLM's `config.yaml`, OpenRouter's `models` list; and what they cannot say.

LiteLLM: https://docs.litellm.ai/docs/router/api_reference/configuration. OpenRouter:
https://openrouter.ai/docs/guides/routing/model-fallbacks.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kit import catalog
from kit.client import Contender
from kit.errors import AskError
from kit.service.policy import Policy

__all__ = ["Exported", "to_litellm", "to_openrouter"]

_OTHERWISE = "otherwise"
_MOST = 3
"""Models in one list of OpenRouter (https://www.npmjs.com/package/@openrouter/schemas)."""


@dataclass(frozen=True)
class Exported:
    """A policy as a gateway takes it.

    Attributes:
        config: Plain data, to be written as YAML or JSON.
        lost: What of the policy the gateway cannot express, a sentence each.
    """

    config: Mapping[str, Any]
    lost: tuple[str, ...]


def to_litellm(policy: Policy) -> Exported:
    """Write a policy as LiteLLM's `config.yaml`: a client asks for a kind as if it were a model.

    Raises:
        AskError: If a contender runs inside this process, where no gateway reaches it.
    """
    models, fallbacks, lost = [], [], list(_lost(policy))
    for kind, contenders in _kinds(policy):
        names = [kind, *(f"{kind}-{place}" for place in range(2, len(contenders) + 1))]
        models += [
            {"model_name": name, "litellm_params": _deployment(contender, policy)}
            for name, contender in zip(names, contenders, strict=True)
        ]
        if names[1:]:
            fallbacks.append({kind: names[1:]})
    router: dict[str, Any] = {
        "num_retries": policy.attempts - 1, "timeout": policy.timeout_s, "allowed_fails": policy.failures,
        "cooldown_time": policy.rest_s, "fallbacks": fallbacks, "context_window_fallbacks": fallbacks,
    }  # fmt: skip
    if policy.escalate_refusals:
        router["content_policy_fallbacks"] = fallbacks
    if policy.otherwise:
        lost.append(f"other kinds: a client must ask for {_OTHERWISE!r} itself")
    return Exported({"model_list": models, "router_settings": router}, tuple(lost))


def to_openrouter(policy: Policy) -> Exported:
    """Write a policy as bodies of requests to OpenRouter: for each kind its `models` and parameters.

    Raises:
        AskError: If a contender's model is not offered there.
    """
    config, lost = {}, list(_lost(policy))
    for kind, contenders in _kinds(policy):
        names = [_at_openrouter(one) for one in contenders]
        lost += [f"{kind}: {name} is left out: a list holds {_MOST} models" for name in names[_MOST:]]
        shared = contenders[0].defaults
        lost += [f"{kind}: {one.id}'s own parameters: a list has one set, the first model's"
                 for one in contenders[1:] if one.defaults != shared]  # fmt: skip
        lost += [f"{kind}: {one.id} is asked through OpenRouter, not {one.way}"
                 for one in contenders if one.way != "openrouter"]  # fmt: skip
        config[kind] = {"models": names[:_MOST], **shared}
    lost += ["attempts, timeout_s and circuit breakers are OpenRouter's own"]
    if not policy.escalate_refusals:
        lost += ["a refusal: OpenRouter asks the next model after one, and the policy does not"]
    return Exported(config, tuple(lost))


def _kinds(policy: Policy) -> Iterator[tuple[str, tuple[Contender, ...]]]:
    yield from policy.kinds.items()
    if policy.otherwise:
        yield _OTHERWISE, policy.otherwise


def _lost(policy: Policy) -> Iterator[str]:
    if policy.confidence:
        yield "confidence: the gateway does not ask the next model where an answer is not sure"
    if policy.budget_usd is not None:
        yield f"budget_usd: no limit of ${policy.budget_usd} for one request"
    yield f"deadline_s: no limit of {policy.deadline_s:g} s for a request with all its calls"
    for one in policy.everyone:
        if one.system:
            yield f"{one.id}: its system prompt; send it with the messages"


def _deployment(contender: Contender, policy: Policy) -> dict[str, Any]:
    if contender.base_url is None:
        raise AskError(f"{policy.source}: {contender.id} runs inside this process; a gateway needs one with a base_url")
    key = f"os.environ/{contender.key}" if contender.key else "none-is-needed"
    return {"model": f"openai/{contender.called}", "api_base": contender.base_url.rstrip("/"), "api_key": key,
            **contender.defaults}  # fmt: skip


def _at_openrouter(contender: Contender) -> str:
    if contender.way == "openrouter":
        return contender.called
    name = catalog.model(contender.model).providers.get("openrouter") if catalog.knows(contender.model) else None
    if name is None:
        raise AskError(f"{contender.id}: no name of {contender.model!r} at OpenRouter is known; "
                       "write it as a contender of openrouter")  # fmt: skip
    return name

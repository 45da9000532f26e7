"""A canary asks the new model first for a share of requests, always the same users, and gives up when it is worse."""

import random

import pytest
from routers import HELLO, policy

from kit.errors import AskError
from kit.service import Canary, Policy, Router


@pytest.fixture
def canary(server):
    """Make a canary in this weather."""
    return lambda word="says:new", **options: Canary(
        server.contender(word, model="kimi-k2.5", way="new"), **{"share": 0.2} | options
    )


def test_sticky(canary):
    """A user is always assigned alike, the share of users is the canary's, and another salt assigns others."""
    one, other = canary(), canary(salt="b")
    users = [f"user {n}" for n in range(5_000)]
    assigned = [one.assigned("low", user) for user in users]
    assert assigned == [one.assigned("low", user) for user in users]
    assert 0.18 < sum(assigned) / len(users) < 0.22
    assert assigned != [other.assigned("low", user) for user in users]


def test_routes(server, canary):
    """Who is assigned is answered by the new model, all others as before."""
    one = canary()
    with Router(policy(server, "says:old"), canary=one) as router:
        for n in range(20):
            reply = router.create(HELLO, "low", sticky=f"user {n}")
            assert ("new" if one.assigned("low", f"user {n}") else "old") == reply.text
    assert not one.returned


def test_returns(server, canary):
    """A canary that fails is left by itself, after few requests, and each of them was answered by the old model."""
    draws = random.Random(4711)
    one = canary("400:content_filter", share=0.5, margin=2.0, draw=draws.random)
    rules = policy(server, "says:old") | {"escalate_refusals": True}
    with Router(rules, canary=one) as router:
        texts = {router.create(HELLO, "low").text for _ in range(60)}
    assert ({"old"}, True) == (texts, one.returned)
    assert "all requests are back with the others" in one.explanation()
    assert not one.assigned("low", "user 1")


def test_stays():
    """Looked at after each of many requests, a canary that is as good as the others is hardly ever given up."""
    luck = random.Random(7)
    given_up = 0
    for _ in range(100):
        one = Canary("gpt-4o@openai", share=0.5, margin=0)
        for _ in range(60):
            one.observe(True, luck.random() < 0.9)
            one.observe(False, luck.random() < 0.9)
        given_up += one.returned
    assert given_up <= 6, "2.5 % of 100, and room for luck"


def test_observed(canary):
    """What the service itself finds of answers counts as well."""
    one = canary(margin=5.0)
    for _ in range(40):
        one.observe(False, True)
        one.observe(True, False)
    assert one.returned


def test_policy():
    """The canary stands before the policy's own contenders, once."""
    rules = Policy.read({"kinds": {"low": ["gpt-4o@openai", "glm-5@zhipu"], "high": ["gpt-4o@openai"]}})
    changed = rules.with_canary(rules.contenders("low")[1], ("low",))
    assert ["glm-5@zhipu", "gpt-4o@openai"] == [one.id for one in changed.contenders("low")]
    assert ["gpt-4o@openai"] == [one.id for one in changed.contenders("high")]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param({"share": 1}, "share is 1; it is a part", id="all of the requests"),
        pytest.param({"margin": -1}, "margin is -1; it is in points", id="a margin below zero"),
    ],
)
def test_refused(canary, options, said):
    """A canary that is none is refused."""
    with pytest.raises(AskError, match=said):
        canary(**options)

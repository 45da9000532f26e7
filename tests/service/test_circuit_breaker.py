"""Circuit breakers: when they open, when they let one call through, and whose failure is whose."""

import pytest

from kit.client import ApiError, Contender
from kit.service.circuit_breaker import Breaker, Breakers


class Clock:
    """Time that passes when it is told to."""

    now = 100.0

    def __call__(self):
        return self.now


@pytest.mark.parametrize(
    ("events", "state", "admits"),
    [
        pytest.param("", "closed", True, id="a new one is closed"),
        pytest.param("f", "closed", True, id="one failure of two leaves it closed"),
        pytest.param("ff", "open", False, id="two failures in a row open it"),
        pytest.param("fsf", "closed", True, id="a success between two failures starts the count anew"),
        pytest.param("ff9", "open", False, id="it rests to the end of its rest"),
        pytest.param("ff10", "half-open", True, id="then it admits one"),
        pytest.param("ff10a", "half-open", False, id="and no second one beside it"),
        pytest.param("ff10as", "closed", True, id="whose success closes it"),
        pytest.param("ff10af", "open", False, id="whose failure opens it again"),
        pytest.param("ff10af9", "open", False, id="for a whole rest"),
        pytest.param("ff10af10as", "closed", True, id="until a later one succeeds"),
        pytest.param(
            "ff10a10", "half-open", True, id="one that is never heard of keeps nobody out for longer than a rest"
        ),
        pytest.param("ff10asf", "closed", True, id="once closed it counts from none"),
    ],
)
def test_breaker(events, state, admits):
    """f: a call fails, s: one succeeds, a: one is admitted, a number: so many seconds pass. Two failures, 10 s rest."""
    clock = Clock()
    breaker = Breaker(2, 10, clock)
    for event in events.replace("10", "X"):
        if event in "X9":
            clock.now += 10 if event == "X" else 9
        else:
            {"f": breaker.failed, "s": breaker.succeeded, "a": breaker.admit}[event]()
    assert (state, admits) == (breaker.state, breaker.admit())


HERE = Contender("one", "gate", "one", "http://gate.test/v1")
BESIDE = Contender("two", "gate", "two", "http://gate.test/v1")


@pytest.mark.parametrize(
    ("kind", "here", "beside"),
    [
        pytest.param("network", "open", "open", id="no connection concerns all models of a provider"),
        pytest.param("auth", "open", "open", id="so does a refused key"),
        pytest.param("quota", "open", "open", id="and an empty account"),
        pytest.param("server", "open", "closed", id="a failing model does not shut out its neighbour"),
        pytest.param("timeout", "open", "closed", id="nor does a slow one"),
        pytest.param("rate_limit", "open", "closed", id="nor one that is asked too often"),
        pytest.param("bad_request", "closed", "closed", id="a bad request is no failure of either"),
        pytest.param("context", "closed", "closed", id="nor is one that is too long"),
    ],
)
def test_whose_failure(kind, here, beside):
    """What concerns a provider rests all its models, what concerns a model only itself."""
    breakers = Breakers(1, 10, Clock())
    breakers.admit(HERE)
    breakers.heard(HERE, ApiError(kind, "so it is"))
    words = {True: "open", False: "closed"}
    assert (here, beside) == (words[breakers.resting(HERE)], words[breakers.resting(BESIDE)])


def test_refusal_says_when():
    """Who is turned away is told why, and when to come again."""
    breakers = Breakers(1, 10, Clock())
    breakers.heard(HERE, ApiError("server", "down"))
    with pytest.raises(ApiError, match="it failed 1 times in a row; next call in 10 s"):
        breakers.admit(HERE)

"""What a routed request costs, and what it may cost.

Each test runs twice, by `Router` and by `AsyncRouter`: what to do next is decided in one place.
"""

from decimal import Decimal

import pytest
from routers import SCHEMA, policy, routed

from kit.errors import AskError
from kit.pricing import ArticleBook


@pytest.fixture(params=["threads", "asyncio"])
def how(request):
    """By which kind of router."""
    return request.param


def test_budget(how, server):
    """No call is made that could pass the budget; what failed calls may have cost is set aside."""
    # gpt-4o at $2.50 and $10.00 a million: 130 bytes and 64 tokens of frame at most, and 1000 of output: about $0.0105
    asked = {"max_tokens": 1000, "budget_usd": "0.012"}
    (outcome,) = routed(how, policy(server, "cut", "ok"), asked, book=ArticleBook())
    # after one call that may have been billed, gpt-4o does not fit any more, and gpt-4o-mini ($0.0006) does
    assert ([("budget", 1)], "gpt-4o-mini@way2", 2) == (outcome.left, outcome.reply.contender, len(server.bodies))
    assert outcome.reply.cost_usd is None


@pytest.mark.parametrize(
    ("asked", "options", "said"),
    [
        pytest.param({"budget_usd": "1"}, {}, "a budget needs a price book", id="no book"),
        pytest.param(
            {"budget_usd": "1"}, {"book": ArticleBook()}, "'mine' has no price in the article book", id="no price"
        ),
        pytest.param({"budget_usd": "much"}, {}, "is not an amount in USD", id="no amount"),
        pytest.param({"validate": {"type": "text"}}, {}, "validate: is no JSON schema", id="no schema"),
        pytest.param({"validate": 5}, {}, "int is neither a JSON schema nor a function", id="no check"),
        pytest.param({"n": 3}, {}, "'n' cannot be a parameter: ask for samples instead", id="no parameter"),
    ],
)
def test_nothing_sent(how, server, asked, options, said):
    """What cannot be asked, or not within its budget, is told before anything is sent."""
    (outcome,) = routed(how, policy(server, "ok", models=["mine"]), asked, **options)
    assert isinstance(outcome.error, AskError)
    assert (True, 0) == (said in str(outcome.error), len(server.bodies))


def test_cost(how, server):
    """A reply's cost is that of all calls: an answer that did not pass is paid for, a 500 is not."""
    (outcome,) = routed(how, policy(server, "500;says:no", 'says:{"a": 1}'), {"validate": SCHEMA}, book=ArticleBook())
    # 20 prompt and 5 output tokens: at gpt-4o's 2.50 and 10.00, and at gpt-4o-mini's 0.15 and 0.60
    assert (Decimal("0.000100") + Decimal("0.000006"), 3) == (outcome.reply.cost_usd, outcome.reply.calls)

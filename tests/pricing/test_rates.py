"""What tokens cost, in exact decimals; unknown stays unknown."""

import random
from decimal import Decimal
from fractions import Fraction

import pytest

from kit.errors import PriceError
from kit.pricing import Bill, Rate, Usage, Workload, bill, blended, break_even, cost, monthly, multiplier, ratio_at


def rate(model, input=None, output=None, cached=None):
    sides = (None if usd is None else Decimal(usd) for usd in (input, output, cached))
    return Rate(model, *sides, book="article", as_of="2026", ref="T1")


FULL = rate("full", "2.00", "8.00", "0.50")
# the article's prices (T1)
V4 = rate("deepseek-v4-flash", "0.18", "0.25")
QWEN = rate("qwen3-32b", "0.18", "0.28")
MINI = rate("gpt-4o-mini", "0.15", "0.60")
KIMI = rate("kimi-k2.5", "0.59", "3.00")
GPT = rate("gpt-4o", "2.50", "10.00")
CLAUDE = rate("claude-3.5-sonnet", "3.00", "15.00")
CODER = rate("deepseek-coder", None, "0.25")

MILLION = 1_000_000


@pytest.mark.parametrize(
    ("usage", "usd"),
    [
        pytest.param(Usage(MILLION), "2.00", id="fresh tokens pay the full rate"),
        pytest.param(Usage(MILLION, cached=MILLION), "0.50", id="cached tokens pay the cached rate"),
        pytest.param(Usage(MILLION, cached=400_000), "1.40", id="a prompt that is partly cached pays 1.20 and 0.20"),
        pytest.param(Usage(0, output=MILLION), "8.00", id="written tokens pay the output rate"),
        pytest.param(Usage(0, output=MILLION, reasoning=MILLION), "8.00", id="thought pays as output, and once"),
        pytest.param(Usage(0), "0", id="nothing costs nothing"),
        pytest.param(Usage(1, output=1), "0.00001", id="two tokens are not rounded away"),
    ],
)
def test_cost(usage, usd):
    """Each token is billed once."""
    assert Decimal(usd) == cost(usage, FULL)


@pytest.mark.parametrize(
    ("usage", "known", "usd"),
    [
        pytest.param(Usage(MILLION, output=1), CODER, None, id="a prompt without an input price has no cost"),
        pytest.param(Usage(0, output=MILLION), CODER, "0.25", id="a price that is not needed need not be known"),
        pytest.param(Usage(10, written=1), FULL, None, id="one token written to the cache without a price for it"),
        pytest.param(Usage(10, cached=1), V4, None, id="one cached token without a cached price, no cost"),
        pytest.param(Usage(MILLION), rate("half", "1", None), "1", id="no answer, no output price needed"),
        pytest.param(Usage(0, output=1), rate("half", "1", None), None, id="an answer without an output price"),
    ],
)
def test_unknown_is_not_free(usage, known, usd):
    """What needs a price that is unknown has no cost, which is not a cost of 0."""
    assert (None if usd is None else Decimal(usd)) == cost(usage, known)


def test_cost_is_exact():
    """The decimal is the fraction, to the last digit."""
    seed = random.Random(11)
    wrong = []
    for _ in range(500):
        prompt, output = seed.randint(0, 10**9), seed.randint(0, 10**9)
        usage = Usage(prompt, seed.randint(0, prompt), output)
        prices = [Decimal(seed.randint(0, 10**6)) / 10**4 for _ in range(3)]
        parts = (usage.prompt - usage.cached, usage.output, usage.cached)
        exact = sum(tokens * Fraction(usd) for tokens, usd in zip(parts, prices, strict=True)) / MILLION
        if exact != Fraction(cost(usage, rate("any", *prices))):
            wrong.append((usage, prices))
    assert [] == wrong


def test_monthly():
    """A month of 1,000 requests of 600 and 60 tokens on GPT-4o is 1.50 + 0.60 dollars."""
    assert Decimal("2.10") == monthly(Workload("tickets", 1000, 600, 60), GPT)


def test_monthly_unknown():
    """A month that needs an unknown price is unknown."""
    assert monthly(Workload("tickets", 1000, 600, 60), CODER) is None


@pytest.mark.parametrize(
    ("costs", "total", "words"),
    [
        pytest.param([], Bill(Decimal(0)), "$0.00", id="nothing"),
        pytest.param(
            [("a", Decimal("1000.005")), ("b", Decimal("0.02"))], Bill(Decimal("1000.025")), "$1,000.02", id="a sum"
        ),
        pytest.param(
            [("a", Decimal(2)), ("b", None), ("c", None)],
            Bill(Decimal(2), ("b", "c")),
            "at least $2.00, without the unknown price of b, c",
            id="what has no price is named",
        ),
    ],
)
def test_bill(costs, total, words):
    """A sum says what is not in it."""
    added = bill(iter(costs))
    assert (total, words) == (added, str(added))


@pytest.mark.parametrize(
    ("dear", "times"),
    [
        pytest.param(CLAUDE, "60", id="Claude"),
        pytest.param(GPT, "40", id="GPT-4o"),
        pytest.param(KIMI, "12", id="Kimi K2.5"),
        pytest.param(MINI, "2.4", id="GPT-4o-mini"),
        pytest.param(CODER, "1", id="DeepSeek Coder, whose input price is not needed"),
    ],
)
def test_multiplier(dear, times):
    """The printed multiple is output price over V4 Flash's (T1)."""
    assert Decimal(times) == multiplier(dear, V4)


@pytest.mark.parametrize(
    ("dear", "cheap", "input_per_output", "times"),
    [
        pytest.param(CLAUDE, V4, 0, "60.0", id="Claude is 60 times V4 Flash, if nothing is read"),
        pytest.param(CLAUDE, V4, None, "16.7", id="and 16.7 times, if nothing is written"),
        pytest.param(CLAUDE, V4, 10, "22.0", id="and 22 times at ten to one"),
        pytest.param(GPT, V4, 0, "40.0", id="GPT-4o is 40 times V4 Flash, if nothing is read"),
        pytest.param(GPT, V4, None, "13.9", id="and 13.9 times, if nothing is written"),
        pytest.param(GPT, V4, 10, "17.1", id="and 17.1 times at ten to one: 35 over 2.05"),
        pytest.param(CLAUDE, KIMI, 0, "5.0", id="Claude is 5 times Kimi K2.5, if nothing is read"),
        pytest.param(CLAUDE, KIMI, None, "5.1", id="and 5.08 times, if nothing is written"),
        pytest.param(MINI, QWEN, 0, "2.1", id="GPT-4o-mini is 2.1 times Qwen3-32B, if nothing is read"),
        pytest.param(MINI, QWEN, None, "0.8", id="and cheaper, if nothing is written"),
    ],
)
def test_ratio_at(dear, cheap, input_per_output, times):
    """A multiple of prices is a multiple of bills at one mix only (the article's K1, K2, K8 and K9)."""
    share = Decimal(1) if input_per_output is None else Decimal(input_per_output) / (input_per_output + 1)
    assert Decimal(times) == round(ratio_at(dear, cheap, share), 1)


@pytest.mark.parametrize(
    ("of", "share", "usd"),
    [
        pytest.param(GPT, "0", "10", id="all output"),
        pytest.param(GPT, "1", "2.5", id="all input"),
        pytest.param(GPT, "0.9", "3.25", id="nine parts of ten input"),
        pytest.param(CODER, "0", "0.25", id="a price that is not needed need not be known"),
        pytest.param(CODER, "0.1", None, id="a price that is needed must be"),
    ],
)
def test_blended(of, share, usd):
    """A mix costs its parts."""
    assert (None if usd is None else Decimal(usd)) == blended(of, Decimal(share))


@pytest.mark.parametrize("share", ["-0.01", "1.01", "91"])
def test_blended_outside(share):
    """A share that is none is refused, with its value."""
    with pytest.raises(PriceError, match=f"input_share: {share} is not between 0 and 1"):
        blended(GPT, Decimal(share))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        pytest.param(CODER, V4, id="an unknown price over a known one"),
        pytest.param(V4, CODER, id="a known price over an unknown one"),
        pytest.param(V4, rate("free", "0", "0"), id="a price over 0"),
    ],
)
def test_no_ratio(a, b):
    """A ratio that cannot be computed is unknown, not infinite."""
    assert ratio_at(a, b, Decimal("0.5")) is None


def test_break_even_of_qwen_and_mini():
    """GPT-4o-mini is the cheaper one above 10.7 input tokens to each output token: 0.32 over 0.03."""
    share = break_even(QWEN, MINI)
    assert Decimal("10.7") == round(share / (1 - share), 1)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        pytest.param(V4, GPT, id="one is cheaper on both sides"),
        pytest.param(V4, QWEN, id="equal on input, one is cheaper at every mix that has output"),
        pytest.param(V4, V4, id="the same"),
    ],
)
def test_no_break_even(a, b):
    """Two models of which one is never dearer have no mix at which the order flips."""
    assert break_even(a, b) is None


@pytest.mark.parametrize(("a", "b"), [pytest.param(CODER, V4, id="first"), pytest.param(V4, CODER, id="second")])
def test_break_even_needs_full_prices(a, b):
    """Without a full price no mix can be compared, and the model is named."""
    with pytest.raises(PriceError, match="deepseek-coder: the article book has no full price"):
        break_even(a, b)


def test_order_flips_at_the_break_even():
    """Just below the break-even one model is cheaper, just above it the other, and at it they cost the same."""
    seed = random.Random(13)
    wrong = []
    for _ in range(500):
        a, b = (rate(name, *(Decimal(seed.randint(1, 10**4)) / 100 for _ in range(2))) for name in "ab")
        share = break_even(a, b)
        if share is None:
            flips = (blended(a, Decimal(0)) - blended(b, Decimal(0))) * (
                blended(a, Decimal(1)) - blended(b, Decimal(1))
            )
            right = flips >= 0
        else:
            step = min(share, 1 - share) / 10
            below, at, above = (ratio_at(a, b, share + side * step) - 1 for side in (-1, 0, 1))
            right = below * above < 0 and abs(at) < Decimal("1e-20") and break_even(b, a) == share
        if not right:
            wrong.append((a, b))
    assert [] == wrong

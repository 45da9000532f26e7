"""What requests cost at most, and a budget that no call can overdraw."""

import asyncio
import random
from decimal import Decimal

import pytest

from kit.benchmarks import pictures
from kit.client import budget, contenders, requests
from kit.client.budget import Budget
from kit.errors import AskError
from kit.pricing import Rate

BOX = contenders.Contender("m", "box", "m", "http://box/v1")
FLASH = contenders.read_contenders("deepseek-v4-flash")[0]
FULL = Rate("m", Decimal(2), Decimal(8), None, "list", "2026", "r")
TOOL = {"type": "function", "function": {"name": "look_up"}}


def body(*texts, **more):
    return {"model": "m", "messages": [{"role": "user", "content": text} for text in texts]} | more


@pytest.mark.parametrize(
    ("made", "tokens"),
    [
        pytest.param(body("abcdefgh"), 2 + 4, id="four ASCII characters a token, and four tokens a message"),
        pytest.param(body("abcdefghi"), 3 + 4, id="a part token is a token"),
        pytest.param(body("你好吗"), 3 + 4, id="a Chinese character a token"),
        pytest.param(body("abcd你好"), 1 + 2 + 4, id="each script by its own rule"),
        pytest.param(body("abcd", "abcd"), 2 + 8, id="two messages"),
        pytest.param(body(None), 4, id="a message without text"),
        # [{"type": "function", "function": {"name": "look_up"}}] has 55 characters
        pytest.param(body("a", tools=[TOOL]), 14 + 4, id="tools are read too"),
    ],
)
def test_estimate(made, tokens):
    """An estimate is what OpenAI's rule of thumb comes to."""
    assert tokens == budget.estimate_tokens(made)


@pytest.mark.parametrize(
    ("made", "most"),
    [
        # {"model": "m", "messages": [{"role": "user", "content": ""}]} has 61 bytes
        pytest.param(body(""), 61 + 64, id="a byte a token, and 64 tokens around a message"),
        pytest.param(body("你好"), 61 + 6 + 64, id="a Chinese character has three bytes"),
        pytest.param(body("😀"), 61 + 4 + 64, id="an emoji four"),
        pytest.param(body("\ud83d"), 61 + 3 + 64, id="and half of one three"),
        pytest.param(body("", seed=1), 61 + 11 + 64, id="whatever is sent is counted"),
    ],
)
def test_bound(made, most):
    """A bound is the bytes that are sent, and the frame around each message."""
    assert most == budget.most_tokens(made)


def test_bound_of_tools():
    """Tools bring a prompt of the provider's own: 530 tokens for Claude 3 Opus."""
    assert budget.most_tokens(body("", tools=[TOOL])) - budget.most_tokens(body("")) > 530


def test_bound_is_above_the_estimate():
    """No text, in whatever script and of whatever length, is estimated above its bound."""
    seed, wrong = random.Random(17), []
    alphabets = ("ab c", "你好吗，", "é€", "😀\ud83d", '"\\\n\x00')
    for _ in range(300):
        texts = ("".join(seed.choices(seed.choice(alphabets), k=seed.randint(0, 50))) for _ in range(4))
        made = body(*texts, **({"tools": [TOOL]} if seed.random() < 0.5 else {}))
        if budget.estimate_tokens(made) > budget.most_tokens(made):
            wrong.append(made)
    assert [] == wrong


@pytest.mark.parametrize(
    ("made", "contender", "tokens"),
    [
        pytest.param(body("", max_tokens=80), FLASH, 80, id="the request's own limit"),
        pytest.param(body("", max_completion_tokens=90, max_tokens=80), FLASH, 90, id="OpenAI's newer name is first"),
        pytest.param(body(""), FLASH, 384_000, id="else the model's in the catalog"),
        pytest.param(body("", max_tokens=-1), FLASH, 384_000, id="llama.cpp's word for no limit is none"),
        pytest.param(body(""), BOX, None, id="a model that no source knows"),
    ],
)
def test_most_output(made, contender, tokens):
    """An answer ends at the request's limit, else at the model's, else nobody knows where."""
    assert tokens == budget.most_output(made, contender)


def test_most_usd():
    """A call costs at most its bound in fresh tokens and its longest answer: 144 at 2.00 and 100 at 8.00 a million."""
    assert Decimal("0.001088") == budget.most_usd(body("", max_tokens=100), BOX, FULL)


@pytest.mark.parametrize(
    ("made", "rate", "said"),
    [
        pytest.param(
            body("a"), FULL, "m@box: a budget needs max_tokens in each request: no source says where it would stop",
            id="no limit",
        ),
        pytest.param(
            body("a", max_tokens=5), Rate("m", Decimal(2), None, None, "list", "2026", "r"),
            "m@box: a budget cannot be kept: the list book has no price; choose a book that has one", id="no price",
        ),
        pytest.param(
            body([{"type": "text", "text": "what?"}, {"type": "image_url", "image_url": {"url": "u"}}], max_tokens=5),
            FULL, "m@box: a budget cannot be kept: a message holds more than text and PNG pictures of at most 512 "
            "points a side", id="a picture, of unknown tokens",
        ),
    ],
)  # fmt: skip
def test_no_budget(made, rate, said):
    """Where the most is not known no budget can be kept, and the message says what is missing."""
    with pytest.raises(AskError) as caught:
        budget.most_usd(made, BOX, rate)
    assert said == str(caught.value)


def test_text_in_parts():
    """A message in parts of text has a bound like any other."""
    made = body([{"type": "text", "text": "what?"}], max_tokens=5)
    assert 0 < budget.most_usd(made, BOX, FULL)


def test_small_pictures():
    """A small picture in the message has a bound, above what any model is known to count; its estimate is gpt-4o's."""
    picture = {"type": "image_url", "image_url": {"url": pictures.data_uri(pictures.blank())}}
    made, text = (body([{"type": "text", "text": "what?"}, *more], max_tokens=5) for more in ([picture], []))
    assert 255 == budget.estimate_tokens(made) - budget.estimate_tokens(text)
    assert budget.most_tokens(made) > budget.most_tokens(text) + 8_500
    assert 0 < budget.most_usd(made, BOX, FULL)


def test_article_within_its_budget():
    """The article's twelve requests cost V4 Flash less than a cent at most, at T1's prices of 0.18 and 0.25."""
    t1 = Rate("deepseek-v4-flash", Decimal("0.18"), Decimal("0.25"), None, "article", "2026", "T1")
    most = [budget.most_usd(requests.request_body(one, FLASH), FLASH, t1) for one in requests.read_requests("article")]
    assert (12, True) == (len(most), sum(most) < Decimal("0.01"))


# The budget.


def run(work):
    return asyncio.run(asyncio.wait_for(work, 5))


@pytest.mark.parametrize(
    ("budget", "usd", "may"),
    [
        pytest.param("1.00", "1.00", True, id="to the last cent"),
        pytest.param("1.00", "1.000001", False, id="and no further"),
        pytest.param("0", "0", True, id="nothing costs nothing"),
        pytest.param("0", "0.000001", False, id="an empty budget pays nothing"),
        pytest.param(None, "1000000", True, id="without a budget all is paid"),
    ],
)
def test_reserve(budget, usd, may):
    """A call may be sent if the most that it can cost is there."""
    assert may == run(Budget(None if budget is None else Decimal(budget)).reserve(Decimal(usd)))


def test_waits_for_calls_under_way():
    """Where calls under way may leave enough, the next one waits for them and goes on."""

    async def calls():
        budget = Budget(Decimal(1))
        await budget.reserve(Decimal("0.9"))
        second = asyncio.create_task(budget.reserve(Decimal("0.5")))
        await asyncio.sleep(0.01)
        waited = not second.done()
        budget.charge(Decimal("0.9"), Decimal("0.1"))
        return waited, await second

    assert (True, True) == run(calls())


def test_waits_and_is_refused():
    """Where they leave too little it is refused, when they have ended."""

    async def calls():
        budget = Budget(Decimal(1))
        await budget.reserve(Decimal("0.9"))
        second = asyncio.create_task(budget.reserve(Decimal("0.5")))
        await asyncio.sleep(0.01)
        waited = not second.done()
        budget.charge(Decimal("0.9"), Decimal("0.6"))
        return waited, await second

    assert (True, False) == run(calls())


def test_does_not_wait_in_vain():
    """What is spent already leaves too little, whatever the calls under way give back: refused at once."""

    async def calls():
        budget = Budget(Decimal(1))
        await budget.reserve(Decimal("0.6"))
        budget.charge(Decimal("0.6"), Decimal("0.6"))
        await budget.reserve(Decimal("0.1"))
        return await asyncio.wait_for(budget.reserve(Decimal("0.5")), 0.1)

    assert not run(calls())


@pytest.mark.parametrize("seed", range(5))
def test_never_overdrawn(seed):
    """Fifty at once, each costing any part of what it set aside, never spend more than there is, and none hangs."""
    rolls, budget, refused = random.Random(seed), Budget(Decimal(1)), []

    async def call():
        aside = Decimal(rolls.randint(1, 200)) / 1000
        if not await budget.reserve(aside):
            refused.append(aside)
            return
        await asyncio.sleep(rolls.uniform(0, 0.003))
        budget.charge(aside, aside * rolls.randint(0, 100) / 100)

    async def calls():
        await asyncio.gather(*(call() for _ in range(50)))

    run(calls())
    assert budget.spent <= 1
    assert [] == [aside for aside in refused if budget.spent + aside <= 1]

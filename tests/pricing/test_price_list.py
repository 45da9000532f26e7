"""The public list price on a date and hour, at the boundaries where its data would mislead."""

import csv
import random
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from genai_prices import Usage as TheirUsage
from genai_prices import calc_price
from genai_prices.data_snapshot import get_snapshot

from kit import catalog
from kit.errors import CatalogError, PriceError
from kit.pricing import ListBook, Usage, cost

BOOK = ListBook()
V4 = "deepseek-v4-flash"


def moment(text):
    return datetime.fromisoformat(text)


def usd(rate):
    """Input and output of a rate as they are written, or None."""
    return tuple(None if price is None else f"{price.normalize():f}" for price in (rate.input, rate.output))


FLAT, FIRST_OFF, FIRST_PEAK, OFF, PEAK = (
    ("0.14", "0.28"), ("0.22", "0.66"), ("0.44", "1.32"), ("0.15", "0.6"), ("0.3", "1.2")
)  # fmt: skip


@pytest.mark.parametrize(
    ("at", "price"),
    [
        # https://api-docs.deepseek.com/quick_start/pricing/: peak is 01:00-04:00 and 06:00-10:00 UTC
        pytest.param("2026-07-01T02:00Z", FLAT, id="before there were peak hours, 02:00 costs what all hours cost"),
        pytest.param("2026-07-01T15:00Z", FLAT, id="and so does 15:00"),
        pytest.param("2026-08-16T23:59Z", FLAT, id="the last minute of the one price"),
        pytest.param("2026-08-17T00:00Z", FIRST_OFF, id="the first minute of off-peak prices"),
        pytest.param("2026-08-17T08:00+08:00", FIRST_OFF, id="the same minute in Beijing"),
        pytest.param("2026-08-17T01:00Z", FIRST_PEAK, id="the first peak hour costs twice off-peak"),
        pytest.param("2026-09-09T02:00Z", FIRST_PEAK, id="the last day on which V4 Flash itself answers, at peak"),
        pytest.param("2026-09-09T15:00Z", FIRST_OFF, id="and off-peak"),
        pytest.param("2026-09-10T02:00Z", PEAK, id="the first day of V4.1's prices, at peak"),
        pytest.param("2026-09-10T00:00Z", OFF, id="and off-peak"),
        pytest.param("2026-11-24T15:00Z", OFF, id="the study's hour is off-peak"),
        pytest.param("2026-11-24T02:00Z", PEAK, id="02:00 on the study's day is peak"),
        pytest.param("2026-11-24T00:59Z", OFF, id="a minute before the first window"),
        pytest.param("2026-11-24T01:00Z", PEAK, id="the first window opens at 01:00"),
        pytest.param("2026-11-24T03:59Z", PEAK, id="its last minute"),
        pytest.param("2026-11-24T04:00Z", OFF, id="and closes at 04:00"),
        pytest.param("2026-11-24T05:59Z", OFF, id="a minute before the second window"),
        pytest.param("2026-11-24T06:00Z", PEAK, id="the second window opens at 06:00"),
        pytest.param("2026-11-24T09:59Z", PEAK, id="its last minute"),
        pytest.param("2026-11-24T10:00Z", OFF, id="and closes at 10:00"),
        pytest.param("2026-11-23T21:30-05:00", PEAK, id="an hour in New York, where it is still yesterday"),
        pytest.param("2026-11-27T09:59Z", PEAK, id="Friday's last peak minute"),
        pytest.param("2026-11-27T16:30Z", OFF, id="Friday evening, Saturday in Beijing"),
        pytest.param("2026-11-28T02:00Z", OFF, id="Saturday has no peak"),
        pytest.param("2026-11-29T06:00Z", OFF, id="Sunday has none"),
        pytest.param("2026-11-29T16:30Z", OFF, id="Sunday evening, Monday in Beijing, at night"),
        pytest.param("2026-11-30T01:00Z", PEAK, id="Monday begins with one"),
        pytest.param("2026-08-22T02:00Z", FIRST_PEAK, id="the last Saturday that had one"),
        pytest.param("2026-08-23T02:00Z", FIRST_OFF, id="the first Sunday that had none"),
        pytest.param("2026-10-01T02:00Z", OFF, id="China's National Day has none"),
        pytest.param("2026-10-07T09:00Z", OFF, id="nor has the last day of that holiday"),
        pytest.param("2026-10-08T02:00Z", PEAK, id="the day after it has"),
    ],
)
def test_price_by_the_hour(at, price):
    """V4 Flash costs what was charged at that hour of that day, and not what is charged at that hour today."""
    assert price == usd(BOOK.rate(V4, moment(at)))


@pytest.mark.parametrize(
    ("at", "said"),
    [
        pytest.param("2026-07-01T02:00Z", "undated in the list", id="a price without a date"),
        pytest.param("2026-08-17T02:00Z", "peak hour, since 2026-08-17", id="a peak hour"),
        pytest.param("2026-11-24T02:00Z", "peak hour, since 2026-09-10", id="a peak hour at the later price"),
        pytest.param("2026-11-24T15:00Z", "off-peak hour, since 2026-09-10", id="an off-peak hour"),
        pytest.param("2026-11-28T02:00Z", "off-peak weekend, since 2026-09-10", id="a weekend"),
        pytest.param("2026-10-01T02:00Z", "off-peak holiday, since 2026-09-10", id="a holiday"),
    ],
)
def test_condition(at, said):
    """A rate says under which condition it holds."""
    assert said == BOOK.rate(V4, moment(at)).condition


def test_rate_says_where_it_is_from():
    """A rate names package, version, entry and day, so that it can be looked up."""
    rate = BOOK.rate(V4, moment("2026-11-24T23:30-05:00"))
    package, version, entry = rate.ref.split(" ")
    assert ("genai-prices", True, "deepseek/deepseek-v4-flash", "2026-11-25", "list") == (
        package, version[0].isdigit(), entry, rate.as_of, rate.book
    )  # fmt: skip


def test_hours_without_a_start_are_unknown():
    """An entry that is priced by the hour since a day that nobody wrote down is unknown on every hour, and says so."""
    hours = [moment(f"2026-11-24T{hour:02}:00Z") for hour in range(24)]
    rates = [BOOK.entry_rate("any", "deepseek/deepseek-chat", at) for at in hours]
    assert {(None, None)} == set(map(usd, rates))
    assert {
        "priced by the hour (0.27/0.07/1.1 from 00:30 to 16:30 UTC, else 0.135/0.035/0.55), "
        "and the list does not say since when"
    } == {rate.condition for rate in rates}


@pytest.mark.parametrize(
    ("entry", "at", "prices"),
    [
        pytest.param("deepseek/deepseek-v4-pro", "2026-11-30T15:00Z", ("0.66", "1.98"), id="V4 Pro off-peak"),
        pytest.param("deepseek/deepseek-v4-pro", "2026-11-30T02:00Z", ("1.32", "3.96"), id="V4 Pro at a peak hour"),
        pytest.param("deepseek/deepseek-v4-pro", "2026-08-16T02:00Z", ("0.435", "0.87"), id="V4 Pro before peak hours"),
        pytest.param("deepseek/deepseek-flash", "2026-11-30T15:00Z", ("0.15", "0.6"), id="V4.1 Flash off-peak"),
        pytest.param("deepseek/deepseek-flash", "2026-11-30T02:00Z", ("0.3", "1.2"), id="V4.1 Flash at a peak hour"),
        pytest.param("deepseek/deepseek-flash", "2026-11-28T02:00Z", ("0.15", "0.6"), id="V4.1 Flash on a Saturday"),
        pytest.param("deepseek/deepseek-flash", "2026-10-05T02:00Z", ("0.15", "0.6"), id="V4.1 Flash on a holiday"),
    ],
)
def test_hours_of_other_models(entry, at, prices):
    """All models of DeepSeek that are priced by the hour follow its calendar."""
    assert prices == usd(BOOK.entry_rate("any", entry, moment(at)))


@pytest.mark.parametrize(
    ("tier", "prompt", "prices"),
    [
        pytest.param("", 1, ("0.1", "0.5"), id="the ordinary tier"),
        pytest.param("", 272_000, ("0.1", "0.5"), id="at the bound of a long prompt"),
        pytest.param("", 272_001, ("0.2", "0.75"), id="one token above it"),
        pytest.param("flex", 1, ("0.05", "0.25"), id="flex"),
        pytest.param("priority", 1, ("0.2", "1"), id="priority"),
        pytest.param("priority", 272_001, ("0.4", "1.5"), id="priority, a long prompt"),
        pytest.param("batch", 1, ("0.05", "0.25"), id="batch"),
    ],
)
def test_tiers_of_service(tier, prompt, prices):
    """A tier of service has prices of its own, and names itself."""
    rate = BOOK.rate("gpt-6-luna", moment("2026-11-24T15:00Z"), prompt=prompt, tier=tier)
    assert (prices, True) == (usd(rate), tier in rate.condition)


@pytest.mark.parametrize(
    ("model", "tier", "reason"),
    [
        pytest.param("glm-5.3", "flex", "no flex price is listed", id="a tier that is not offered"),
        pytest.param("gpt-6-luna", "flex", "no flex price is listed", id="a tier before its first day"),
    ],
)
def test_tier_without_a_price(model, tier, reason):
    """A tier that the list does not have on a day has no price: never that of another tier."""
    rate = BOOK.rate(model, moment("2026-10-11T15:00Z"), tier=tier)
    assert ((None, None), reason) == (usd(rate), rate.condition)


def test_tier_that_is_none():
    """A misspelt tier is told with the nearest one."""
    with pytest.raises(PriceError, match="'flx' is not a tier of service; did you mean 'flex'?"):
        BOOK.rate("gpt-6-luna", moment("2026-11-24T15:00Z"), tier="flx")


def test_cache_for_an_hour():
    """Writing to the cache for an hour is dearer than for five minutes: 1,000 tokens of each and 1,000 fresh ones."""
    rate = BOOK.rate("claude-sonnet-5-5", moment("2026-11-24T15:00Z"))
    used = Usage(prompt=3000, written=2000, written_1h=1000)
    assert ("2", "2.5", "4") == (str(rate.input), str(rate.written), str(rate.written_1h))
    assert Decimal("0.0085") == cost(used, rate)


def test_fee_a_request():
    """A fee a request is on top of the tokens, once for each request, and told."""
    rate = BOOK.rate("perplexity/sonar", moment("2026-11-24T15:00Z"))
    assert (Decimal("0.012"), True) == (rate.per_request, "and $0.012 a request" in rate.condition)
    assert Decimal("0.038") == cost(Usage(prompt=1000, output=1000, requests=3), rate)


ENTRIES = [f"{provider.id}/{model.id}" for provider in get_snapshot().providers for model in provider.models]


def test_zero_is_no_price():
    """Of all entries of the snapshot, at peak and off-peak, none is free but free variants: 0/0 is unknown."""
    rates = [
        BOOK.entry_rate("any", entry, moment(at))
        for entry in ENTRIES
        if not entry.endswith(":free")
        for at in ("2026-11-24T02:00Z", "2026-11-24T15:00Z")
    ]
    assert [] == [rate.ref for rate in rates if rate.known and not rate.input and not rate.output]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("openrouter/openai/gpt-oss-20b:free", id="one that the list has"),
        pytest.param("deepseek/deepseek-chat-v3.1:free", id="one of a model that the list has"),
    ],
)
def test_free_variant(name):
    """A free variant costs nothing, and says that it is one."""
    rate = BOOK.rate(name, moment("2026-11-24T15:00Z"))
    assert (0, 0, 0, "a free variant") == (rate.input, rate.output, rate.cached, rate.condition)


def test_zero_of_an_ordinary_entry():
    """Any other entry at 0/0 says that this is no price."""
    rates = [BOOK.entry_rate("any", entry, moment("2026-11-24T15:00Z")) for entry in ENTRIES]
    assert "listed as 0/0, which is no price" in {rate.condition for rate in rates if not rate.known}


def test_half_a_price_is_one():
    """An entry that lists input alone, as for embeddings, keeps it; it is not 0/0."""
    rate = BOOK.entry_rate("any", "aws/amazon.titan-embed-text-v1", moment("2026-11-24T15:00Z"))
    assert ("0.1", None) == usd(rate)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        pytest.param(
            "deepseek/deepseek-v4-flsh",
            "did you mean 'deepseek/deepseek-v4-flash'?",
            id="a misspelt name is not guessed",
        ),
        pytest.param("kimi-k2.5", "is not an entry of genai-prices", id="a name without its provider is none"),
        pytest.param("openai/GPT-4o", "did you mean 'openai/gpt-4o'?", id="nor is another spelling"),
    ],
)
def test_entry_that_is_not_there(entry, said):
    """Entries are matched whole and exactly, so that no other provider's price comes back."""
    with pytest.raises(PriceError) as caught:
        BOOK.entry_rate("any", entry, moment("2026-11-24T15:00Z"))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("model", "prompt", "price", "said"),
    [
        pytest.param("gemini-1.5-pro", 0, ("1.25", "5"), "up to 128000", id="a short prompt"),
        pytest.param("gemini-1.5-pro", 128_000, ("1.25", "5"), "up to 128000", id="exactly the tier's limit"),
        pytest.param("gemini-1.5-pro", 128_001, ("2.5", "10"), "over 128000", id="one token more reprices all of it"),
        pytest.param("gpt-4o", 128_001, ("2.5", "10"), "", id="a model without tiers"),
    ],
)
def test_tier(model, prompt, price, said):
    """A prompt over a tier's limit pays the tier's price for all its tokens, and the rate says so."""
    rate = BOOK.rate(model, moment("2026-11-24T15:00Z"), prompt=prompt)
    assert said in rate.condition
    assert price == usd(rate)


@pytest.mark.parametrize(
    ("model", "at", "price", "said"),
    [
        pytest.param("gpt-4o", "2026-10-13T23:59Z", (None, None), "no batch price is listed", id="the day before"),
        pytest.param("gpt-4o", "2026-10-14T00:00Z", ("1.25", "5"), "batch", id="the day it was verified"),
        pytest.param("gpt-4o-mini", "2026-11-24T15:00Z", ("0.075", "0.3"), "batch", id="the study's day"),
        pytest.param("kimi-k2.5", "2026-11-24T15:00Z", (None, None), "no batch price is listed", id="no batch price"),
    ],
)
def test_batch(model, at, price, said):
    """A batch price is the list's own, from the day on which it is listed; it is not assumed to be half."""
    rate = BOOK.rate(model, moment(at), batch=True)
    assert said in rate.condition
    assert price == usd(rate)


@pytest.mark.parametrize(
    ("model", "times", "prompts"),
    [
        pytest.param("gpt-4o", "", [], id="one price at all hours and lengths"),
        pytest.param(V4, "01:00 04:00 06:00 10:00 16:00", [], id="two windows of peak, and midnight in Beijing"),
        pytest.param("deepseek/deepseek-chat", "00:30 16:30", [], id="bounds that are no whole hours"),
        pytest.param("gemini-1.5-pro", "", [128_000], id="a tier"),
        pytest.param("deepseek-coder", "", [], id="a model in no list"),
    ],
)
def test_steps(model, times, prompts):
    """The book says at which times of a day, and above which lengths of a prompt, a price may step."""
    steps = BOOK.steps(model)
    assert (times, prompts) == (" ".join(f"{step:%H:%M}" for step in steps.times), list(steps.prompts))


@pytest.mark.parametrize("day", ["2026-07-01", "2026-09-07", "2026-11-24", "2026-11-27", "2026-11-28", "2026-11-29"])
def test_no_price_steps_elsewhere(day):
    """Of all entries of the snapshot, at no minute of a day does a price differ from that of the step before."""
    midnight, found = moment(f"{day}T00:00Z"), []
    for entry in (entry for entry in ENTRIES if BOOK.steps(entry).times or "deepseek" in entry):
        steps = [midnight, *(datetime.combine(midnight, step, midnight.tzinfo) for step in BOOK.steps(entry).times)]
        for minute in (midnight + timedelta(minutes=n) for n in range(0, 1440, 5)):
            step = max(step for step in steps if step <= minute)
            if usd(BOOK.rate(entry, minute)) != usd(BOOK.rate(entry, step)):
                found.append((entry, minute))
    assert [] == found


def test_no_price_steps_at_other_lengths():
    """Of all entries with tiers, prompts of both sides of each limit of any entry cost what the step below says."""
    at = moment("2026-11-24T15:00Z")
    limits = sorted({limit for entry in ENTRIES for limit in BOOK.steps(entry).prompts})
    wrong = []
    for entry in ENTRIES:
        own = BOOK.steps(entry).prompts
        for prompt in (length for limit in limits for length in (limit, limit + 1)):
            below = max((limit + 1 for limit in own if limit < prompt), default=0)
            if usd(BOOK.rate(entry, at, prompt)) != usd(BOOK.rate(entry, at, below)):
                wrong.append((entry, prompt))
    assert [] == wrong


def test_cached():
    """A cached price is the list's, and without one cached tokens pay as fresh ones, which is said."""
    at = moment("2026-11-24T15:00Z")
    listed, unlisted = BOOK.rate("gpt-4o", at), BOOK.rate("qwen3-coder-30b", at)
    assert "no cached price is listed: cached tokens pay as fresh ones" in unlisted.condition
    assert (Decimal("1.25"), unlisted.input) == (listed.cached, unlisted.cached)


def test_written():
    """Writing to the cache has a price of its own at Anthropic; where none is listed it pays as fresh input."""
    assert Decimal("3.75") == BOOK.rate("claude-3.5-sonnet", moment("2025-06-12T12:00Z")).written
    listed = BOOK.rate("deepseek-v4-flash", moment("2026-08-01T12:00Z"))
    assert listed.input == listed.written


def test_entry_by_its_name():
    """A model is priced by its name, or by the name of its entry."""
    found = BOOK.rate("openai/gpt-5-mini", moment("2026-10-05T01:35Z"))
    assert ("0.25", "2") == usd(found)
    assert (True, True, True, False) == tuple(map(BOOK.knows, ("openai/gpt-5-mini", "gpt-4o", "gpt-5-mini", "gpt-7")))


def test_model_in_no_list():
    """A model that is in no list has no price, and the rate says so."""
    rate = BOOK.rate("deepseek-coder", moment("2026-11-24T15:00Z"))
    assert ((None, None), "in no list that is read") == (usd(rate), rate.condition)


def test_unknown_model():
    """A model that the catalog does not have is told with the nearest one."""
    with pytest.raises(CatalogError, match=r"'gpt4o' is not a model in the catalog; did you mean 'gpt-4o'\?"):
        BOOK.rate("gpt4o", moment("2026-11-24T15:00Z"))


@pytest.mark.parametrize(
    ("model", "at", "said"),
    [
        pytest.param(
            V4, "2026-04-23T23:59Z", "deepseek-v4-flash: no price on 2026-04-23: it was released on 2026-04-24",
            id="the day before its release",
        ),
        pytest.param(
            "gpt-4o-mini", "2020-01-01T00:00Z", "gpt-4o-mini: no price on 2020-01-01: it was released on 2024-07-18",
            id="years before it",
        ),
        pytest.param(V4, "2031-01-01T00:00Z", "days after the newest price known to genai-prices", id="years after it"),
    ],
)  # fmt: skip
def test_no_price_on_that_day(model, at, said):
    """A day for which the list cannot know the price is one clear line."""
    with pytest.raises(PriceError) as caught:
        BOOK.rate(model, moment(at))
    assert "\n" not in str(caught.value)
    assert said in str(caught.value)


def test_first_day():
    """On the day of its release a model has a price."""
    assert FLAT == usd(BOOK.rate(V4, moment("2026-04-24T00:00Z")))


def newest_change():
    """The last day on which the snapshot knows a price to change."""
    models = [info for provider in get_snapshot().providers for info in provider.models]
    prices = [price for info in models if isinstance(info.prices, list) for price in info.prices]
    return max(price.constraint.start_date for price in prices if hasattr(price.constraint, "start_date"))


@pytest.mark.parametrize(
    ("days", "known"), [pytest.param(45, True, id="on the last day"), pytest.param(46, False, id="a day later")]
)
def test_list_goes_stale(days, known):
    """A list is believed for 45 days after its newest change, and not a day longer."""
    at = moment(f"{newest_change() + timedelta(days=days)}T12:00Z")
    try:
        found = BOOK.rate("gpt-4o", at).known
    except PriceError:
        found = False
    assert known == found


@pytest.mark.parametrize(
    "day",
    [
        pytest.param("2024-08-01", id="before the list dated any price"),
        pytest.param("2025-08-15", id="in a summer in which no dated price changed"),
        pytest.param("2026-03-01", id="in a winter in which none did"),
        pytest.param("2026-06-15", id="a day before the next change"),
    ],
)
def test_past_days_do_not_go_stale(day):
    """A list of November 2026 knows a price of the past, however long no other price had changed by then."""
    assert ("0.15", "0.6") == usd(BOOK.rate("gpt-4o-mini", moment(f"{day}T12:00Z")))


def priced_by_them(entry, usage, at):
    """What genai-prices itself answers."""
    provider, _, model = entry.partition("/")
    theirs = TheirUsage(input_tokens=usage.prompt, cache_read_tokens=usage.cached, output_tokens=usage.output)
    return calc_price(theirs, model_ref=model, provider_id=provider, genai_request_timestamp=at).total_price


def test_same_as_genai_prices_without_a_trap():
    """Where no trap lies, the kit and genai-prices' own calculator agree to the last digit."""
    seed = random.Random(17)
    wrong = []
    for model in catalog.models().values():
        for entry in model.list[:1]:
            for at in ("2026-07-01T15:00Z", "2026-10-25T15:00Z", "2026-11-24T15:00Z", "2026-11-24T02:00Z"):
                prompt = seed.choice([10, 1000, 128_000, 128_001, 200_000])
                usage = Usage(prompt, seed.randint(0, prompt), seed.randint(0, 5000))
                ours = cost(usage, BOOK.entry_rate(model.id, entry, moment(at), prompt=prompt))
                theirs = priced_by_them(entry, usage, moment(at))
                if ours != theirs:
                    wrong.append((entry, at, usage, ours, theirs))
    assert [] == wrong


def test_other_than_genai_prices_with_a_trap():
    """The test above can fail: on a weekend genai-prices answers with the peak price, at twice the kit's."""
    at, usage = moment("2026-11-28T02:00Z"), Usage(1000, 0, 1000)
    theirs = priced_by_them("deepseek/deepseek-v4-flash", usage, at)
    assert theirs == 2 * cost(usage, BOOK.rate(V4, at))


SERIES = {
    "v4flash@deepseek": V4,
    "glm5@zai": "glm-5",
    "k2.5@moonshot": "kimi-k2.5",
    "gpt4o@openai": "gpt-4o",
    "sonnet35@anthropic": "claude-3.5-sonnet",
    "gemini15pro@google": "gemini-1.5-pro",
}
"""A series of models.dev's history -> the model whose maker's own list it is."""


def test_dated_history(root):
    """On each day on which models.dev recorded a maker's price, the list book says the same."""
    path = root.parent / "shared" / "data" / "prices" / "models_dev_price_history.tsv"
    if not path.exists():
        pytest.skip("the dated history is not here")
    with path.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if row["series"] in SERIES]
    recorded = [row for row in rows if row["output_usd_m"] and float(row["output_usd_m"])]
    expected = {
        (row["series"], row["date"]): tuple(float(row[f"{side}_usd_m"]) for side in ("input", "output"))
        for row in recorded
    }
    listed = {key: BOOK.rate(SERIES[key[0]], moment(f"{key[1]}T12:00Z")) for key in expected}
    assert set(SERIES) == {series for series, _ in expected}
    assert expected == {key: (float(rate.input), float(rate.output)) for key, rate in listed.items()}

"""The bill of traffic: each row at the price of its model, day, hour, length, batch and book, however it is grouped."""

import random
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import cache

import pandas as pd
import pytest
from genai_prices import Usage as TheirUsage
from genai_prices import calc_price
from places import ROOT

from kit import catalog
from kit.errors import PriceError, UsageError
from kit.pricing import ArticleBook, ContractBook, ListBook, Usage, cost
from kit.traffic import Traffic, billing

V4, GEMINI, OWN = "deepseek-v4-flash", "gemini-1.5-pro", "llama-on-our-gpus"
LIST = ListBook()
CONTRACT = ContractBook.read(ROOT / "params" / "contract.example.yaml")
"""Holds in 2026, and has no cached price for V4 Flash."""
BOOKS = {book.name: book for book in (ArticleBook(), LIST, CONTRACT)}
MILLION = 1_000_000
TUESDAY, SATURDAY = "2026-11-24", "2026-11-28"
# V4 Flash's output that week, USD a million tokens; peak is 01:00-04:00 and 06:00-10:00 UTC on working days
OFF, PEAK = 0.60, 1.20


def traffic(*rows, models=None):
    """Traffic of a few rows, each of which says what is not usual about it."""
    usual = {"hours": 0, "logged": V4, "requests": 1, "prompt": 0, "cached": 0, "written": 0, "output": 0,
             "batch": False, "billed": True, "status": "ok"}  # fmt: skip
    frame = pd.DataFrame([usual | row for row in rows])
    frame["at"] = pd.to_datetime(frame["at"], format="ISO8601")
    return Traffic.of(frame, models or {name: name for name in frame["logged"]})


def only(table):
    """The one row of a bill."""
    assert len(table) == 1
    return table.iloc[0]


@pytest.mark.parametrize(
    ("rows", "usd"),
    [
        pytest.param([{"at": f"{TUESDAY} 00:59:59.999999", "output": MILLION}], OFF, id="the last moment off peak"),
        pytest.param([{"at": f"{TUESDAY} 01:00", "output": MILLION}], PEAK, id="the first moment of peak"),
        pytest.param([{"at": f"{TUESDAY} 10:00", "output": MILLION}], OFF, id="the moment at which peak ends"),
        pytest.param([{"at": f"{SATURDAY} 02:00", "output": MILLION}], OFF, id="a weekend has no peak"),
        pytest.param([{"at": "2026-10-01 02:00", "output": MILLION}], OFF, id="China's National Day has none"),
        pytest.param([{"at": "2026-08-16 23:59:59", "output": MILLION}], 0.28, id="the last second of the one price"),
        pytest.param(
            [{"at": f"{TUESDAY} 00:30", "output": MILLION}, {"at": f"{TUESDAY} 01:30", "output": MILLION}],
            OFF + PEAK, id="two calls of one day, off peak and at peak",
        ),
        pytest.param(
            [{"at": f"{TUESDAY} 00:00", "hours": 24, "requests": 24, "output": 24 * MILLION}],
            7 * PEAK + 17 * OFF, id="a bucket of a working day is at peak for 7 hours of 24",
        ),
        pytest.param(
            [{"at": f"{SATURDAY} 00:00", "hours": 24, "output": 24 * MILLION}],
            24 * OFF, id="a bucket of a Saturday never is",
        ),
        pytest.param(
            [{"at": f"{TUESDAY} 00:45", "hours": 0.5, "output": MILLION}], (OFF + PEAK) / 2,
            id="half an hour around the beginning of peak is half at peak",
        ),
        pytest.param(
            [{"at": f"{TUESDAY} 03:00", "hours": 1, "output": MILLION}], PEAK, id="a bucket up to the end of peak"
        ),
        pytest.param(
            [{"at": "2026-11-27 09:00", "hours": 48, "output": 48 * MILLION}], PEAK + 47 * OFF,
            id="a bucket of two days, of which one hour is at peak",
        ),
        pytest.param(
            [{"at": TUESDAY, "logged": GEMINI, "prompt": 128_000, "output": MILLION}], 0.16 + 5,
            id="a prompt as long as the tier's limit",
        ),
        pytest.param(
            [{"at": TUESDAY, "logged": GEMINI, "prompt": 128_001, "output": MILLION}], 0.3200025 + 10,
            id="one token more reprices the call",
        ),
        pytest.param(
            [{"at": TUESDAY, "hours": 24, "logged": GEMINI, "requests": 2, "prompt": 256_000}], 0.32,
            id="a bucket's prompts are taken to be of one length: two of 128,000",
        ),
        pytest.param(
            [{"at": TUESDAY, "hours": 24, "logged": GEMINI, "requests": 2, "prompt": 256_001}], 0.6400025,
            id="two that are longer on average",
        ),
        pytest.param(
            [{"at": TUESDAY, "hours": 24, "logged": GEMINI, "requests": 0, "prompt": 256_000}], 0.32,
            id="a bucket that does not say how many they are holds short ones",
        ),
        pytest.param(
            [{"at": TUESDAY, "logged": "gpt-4o", "output": MILLION, "batch": True}], 5.0, id="batch is half, as listed"
        ),
        pytest.param(
            [{"at": "2025-06-12", "logged": "claude-3.5-sonnet", "prompt": 3 * MILLION, "cached": MILLION,
              "written": MILLION}], 3.00 + 0.30 + 3.75, id="fresh, cached and written tokens have a price each",
        ),
        pytest.param([{"at": TUESDAY, "output": MILLION, "billed": False}], 0, id="what is not billed costs nothing"),
        pytest.param([{"at": TUESDAY, "status": "APIError"}], 0, id="an error without tokens costs nothing"),
        pytest.param([{"at": f"{TUESDAY} 15:00", "output": MILLION, "status": "length"}], OFF, id="one with some pays"),
        pytest.param([{"at": TUESDAY, "logged": "mystery", "status": "APIError"}], 0, id="nor does one of any model"),
    ],
)  # fmt: skip
def test_usd(rows, usd):
    """A row is priced as it was charged at that moment."""
    found = only(billing.bill(traffic(*rows), [LIST], ()))
    assert (pytest.approx(usd, abs=1e-12), 0) == (found["usd"], found["unpriced"])


@pytest.mark.parametrize(
    ("rows", "usd", "missing", "lacks", "why"),
    [
        pytest.param([{"logged": "mystery", "output": 1}], None, 1, "model", "the list book does not know mystery",
                     id="a model that nobody knows"),
        pytest.param([{"logged": "kimi-k2.5", "output": 1, "batch": True}], None, 1, "all", "no batch price is listed",
                     id="a batch price that is not listed"),
        pytest.param([{"at": "2026-04-23", "output": 1}], None, 1, "date", "it was released on 2026-04-24",
                     id="a day before the model was there"),
        pytest.param([{"at": "2026-04-23 23:00", "hours": 2, "output": 1}], None, 1, "date", "released on 2026-04-24",
                     id="a bucket of which one hour has no price"),
        pytest.param([{"logged": "mystery", "requests": 0, "hours": 24, "output": 1}], None, 1, "model", "mystery",
                     id="a bucket that does not say how many calls it holds counts as one"),
        pytest.param([{"output": MILLION, "at": f"{TUESDAY} 15:00"}, {"logged": "mystery", "output": 9, "requests": 2}],
                     OFF, 2, "model", "mystery", id="the rest has its price"),
        pytest.param([{"status": "APIError"}, {"logged": "mystery", "output": 9}], None, 1, "model", "mystery",
                     id="an error that costs nothing does not make it 0"),
        pytest.param([{"logged": "aws/amazon.titan-embed-text-v1", "prompt": MILLION},
                      {"logged": "aws/amazon.titan-embed-text-v1", "output": 1}], 0.1, 1, "all", "no price",
                     id="half a price is one for what needs no more"),
    ],
)  # fmt: skip
def test_unknown_is_not_free(rows, usd, missing, lacks, why):
    """What has no price is counted, never summed as 0, and the reason can be had."""
    some = traffic(*({"at": TUESDAY} | row for row in rows))
    found, left_out = only(billing.bill(some, [LIST], ())), only(billing.unpriced_calls(some, [LIST]))
    assert (usd, missing) == (None if pd.isna(found["usd"]) else found["usd"], found["unpriced"])
    assert lacks == left_out["lacks"]
    assert why in left_out["why"]


def test_each_row_by_itself_where_a_price_is_lacking():
    """The article prints no cached price: calls without cached tokens keep theirs, those with some have none."""
    calls = [{"at": TUESDAY, "prompt": MILLION}, {"at": TUESDAY, "prompt": MILLION, "cached": 1}]
    some = traffic(*calls)
    found = only(billing.bill(some, [ArticleBook()], ("day",)))
    assert (0.18, 1, 2) == (found["usd"], found["unpriced"], found["requests"])
    assert "cached" == only(billing.unpriced_calls(some, [ArticleBook()]))["lacks"]


def test_columns():
    """A bill counts requests, errors, what was not billed, and tokens of each kind; thought unsaid is missing."""
    some = traffic(
        {"at": TUESDAY, "endpoint": "a", "prompt": 10, "cached": 3, "written": 2, "output": 5, "reasoning": 4},
        {"at": TUESDAY, "endpoint": "a", "requests": 3, "prompt": 30, "output": 6, "billed": False},
        {"at": TUESDAY, "endpoint": "a", "status": "APIError"},
        {"at": TUESDAY, "endpoint": "b", "output": 1},
    )
    found = billing.bill(some, [LIST], ["endpoint"])
    counts = ["endpoint", "book", "requests", "errors", "unbilled", "prompt", "cached", "written", "output"]
    assert [("a", "list", 5, 1, 3, 40, 3, 2, 11), ("b", "list", 1, 0, 0, 0, 0, 0, 1)] == list(
        found[counts].itertuples(index=False, name=None)
    )
    assert [4, None] == [None if pd.isna(count) else count for count in found["reasoning"]]


def test_books_keep_their_order():
    """Of a group, books come in the order of the shelf, from which it is known which one is trusted more."""
    calls, shelf = traffic({"at": TUESDAY, "prompt": 1, "logged": "gpt-4o"}), list(BOOKS.values())
    told = [billing.bill(calls, shelf, by=("model",)), billing.bill_elsewhere(calls, shelf, ["gpt-4o"])]
    assert [["article", "list", "contract"]] * 2 == [table["book"].tolist() for table in told]


def test_requests_unsaid():
    """A bucket that does not say how many calls it holds has its price, and no number of requests."""
    some = traffic({"at": f"{SATURDAY}", "hours": 24, "requests": None, "output": MILLION})
    found = only(billing.bill(some, [LIST], ()))
    assert (OFF, 0, 0, True) == (found["usd"], found["errors"], found["unpriced"], found["requests"] is pd.NA)


def test_names():
    """A model is grouped as it is priced, or as logged where nobody knows it; a contract's own name needs no word."""
    some = traffic(
        {"at": TUESDAY, "logged": "v4", "output": MILLION},
        {"at": TUESDAY, "logged": "deepseek-chat", "output": MILLION},
        {"at": TUESDAY, "logged": OWN, "output": MILLION},
        {"at": TUESDAY, "logged": 'it\'s "odd"; DROP TABLE usage; --', "output": MILLION},
        models={"v4": V4, "deepseek-chat": V4, OWN: None, 'it\'s "odd"; DROP TABLE usage; --': None},
    )
    found = billing.bill(some, [CONTRACT], ["model"])
    assert {V4: 0.56, OWN: 0.09, 'it\'s "odd"; DROP TABLE usage; --': None} == {
        row.model: None if pd.isna(row.usd) else row.usd for row in found.itertuples()
    }
    assert 4 == len(some.frame())


# The reference: a row alone, by `prices.cost` and the book, minute by minute where it is a bucket.


@cache
def rate_at(name, model, at, prompt, batch):
    book = BOOKS[name]
    if not book.knows(model):
        return None
    try:
        return book.rate(model, at, prompt, batch)
    except PriceError:
        return None


def alone(row, book, model):
    """What one row costs under a book, in USD, exactly; None if that is unknown."""
    usage = Usage(row.prompt, row.cached, row.output, 0, row.written)
    if not row.billed or usage == Usage(0):
        return Fraction(0)
    prompt, start = -(-row.prompt // row.requests), row.at.to_pydatetime().replace(tzinfo=UTC)
    minutes = [start + timedelta(minutes=n) for n in range(round(row.hours * 60))] or [start]
    # each length of a prompt would be asked for anew; what stands for it is on the same side of the only limit
    rates = [rate_at(book, model, at, 128_001 if prompt > 128_000 else 0, row.batch) for at in minutes]
    costs = [None if rate is None else cost(usage, rate) for rate in rates]
    return None if None in costs else sum(map(Fraction, costs)) / len(costs)


MODELS = {
    V4: V4, "v4": V4, GEMINI: GEMINI, "gpt-4o": "gpt-4o", "gpt-4o-2024-08-06": "gpt-4o",
    "claude-3.5-sonnet": "claude-3.5-sonnet", "kimi-k2.5": "kimi-k2.5", "gpt-5-mini": "gpt-5-mini",
    "deepseek-chat": "deepseek-chat", OWN: None, "mystery": None,
}  # fmt: skip
SPANS = [
    ("2026-04-22", 4), ("2026-08-14", 11), ("2026-09-08", 4), ("2026-09-23", 16), ("2026-11-20", 10), ("2026-12-29", 6)
]  # fmt: skip
"""First day, days: V4 Flash's release, its first peak hours, its next price, holidays, the study, a contract's end."""


def any_row(draw, number, buckets):
    """A row at random, often within a second of a moment at which some price steps."""
    first, days = draw.choice(SPANS)
    at = datetime.fromisoformat(first) + timedelta(days=draw.randrange(days))
    hours = draw.choice([0.25, 1, 1, 2, 24]) if buckets and draw.random() < 0.03 else 0
    at += timedelta(minutes=15 * draw.choice([0, 2, 4, 16, 24, 40, 64, draw.randrange(96)]))
    if not hours:
        at += timedelta(microseconds=draw.choice([0, -1, 1, draw.randrange(900_000_000)]))
    requests = draw.randint(1, 4) if hours else 1
    prompt = requests * draw.choice([0, 10, 1234, 127_999, 128_000, 128_001, 200_000]) + draw.choice([0, 1])
    cached, written = (draw.choice([0, 0, prompt // share]) for share in (2, 3))
    return {
        "at": at, "hours": hours, "endpoint": draw.choice("abc"), "logged": draw.choice(list(MODELS)),
        "requests": requests, "prompt": prompt, "cached": cached, "written": written,
        "output": draw.choice([0, 1, 777]), "batch": draw.random() < 0.2, "billed": draw.random() < 0.95,
        "status": draw.choice(["ok", "ok", "ok", "APIError"]), "file": str(number),
    }  # fmt: skip


def sums(rows, key):
    """What bills should say: group -> what is priced, whether any of that used tokens, requests without a price."""
    groups = defaultdict(lambda: [Fraction(0), False, 0])
    for row in rows.itertuples():
        for book in BOOKS:
            usd = alone(row, book, MODELS[row.logged] or row.logged)
            group = groups[(*key(row), book)]
            if usd is None:
                group[2] += row.requests
            else:
                group[0] += usd
                group[1] |= row.billed and bool(row.prompt or row.output)
    return groups


KEYS = {
    "file": lambda row: row.file,
    "endpoint": lambda row: row.endpoint,
    "model": lambda row: MODELS[row.logged] or row.logged,
    "day": lambda row: row.at.normalize(),
    "logged": lambda row: row.logged,
    "status": lambda row: row.status,
    "batch": lambda row: row.batch,
}


@pytest.mark.simulation
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("buckets", [pytest.param(False, id="calls"), pytest.param(True, id="calls and buckets")])
def test_same_as_row_by_row(seed, buckets, runs):
    """By any grouping a bill is the sum of its rows, each priced alone: of calls to the last digit."""
    draw = random.Random(seed)
    rows = pd.DataFrame([any_row(draw, number, buckets) for number in range(runs(1000, 3))])
    some = Traffic.of(rows, MODELS)
    wrong = []
    for by in (["file"], ["endpoint", "model", "day"], ["logged", "status"], ["batch"], []):
        expected = sums(rows, lambda row, by=by: tuple(KEYS[name](row) for name in by))
        for row in billing.bill(some, list(BOOKS.values()), by).itertuples():
            usd, used, missing = expected.pop((*(getattr(row, name) for name in by), row.book))
            usd = None if missing and not used else float(usd)
            found = None if pd.isna(row.usd) else row.usd
            same = found == (pytest.approx(usd, rel=1e-12) if buckets and usd else usd)
            if not same or row.unpriced != missing:
                wrong.append((by, row, usd, missing))
        assert {} == expected
    assert [] == wrong


@pytest.mark.parametrize("seed", range(2))
def test_elsewhere(seed):
    """What traffic costs on a model is what its rows would cost if that were the model they were sent to."""
    draw = random.Random(seed)
    rows = pd.DataFrame([any_row(draw, number, True) for number in range(300)])
    targets = [V4, GEMINI, "gpt-4o", OWN]
    found = billing.bill_elsewhere(Traffic.of(rows, MODELS), list(BOOKS.values()), targets, ["endpoint", "day"])
    for model in targets:
        there = billing.bill(
            Traffic.of(rows.assign(logged=model), {model: model}), list(BOOKS.values()), ["endpoint", "model", "day"]
        )
        ours = found[found["model"] == model].sort_values(["endpoint", "day", "book"], ignore_index=True)
        pd.testing.assert_frame_equal(
            there.sort_values(["endpoint", "day", "book"], ignore_index=True)[ours.columns], ours
        )
    assert targets == list(found["model"].unique())


def test_same_as_genai_prices():
    """Where the list sets no trap, a row costs what genai-prices' own calculator says, to the last digit."""
    draw = random.Random(5)
    names = [name for name, model in catalog.models().items() if model.list and name != V4]
    rows = []
    for number in range(400):
        prompt = draw.choice([1, 999, 128_000, 128_001, 250_000])
        cached = draw.randint(0, prompt)
        name = draw.choice(names)
        rows.append({
            "at": datetime(2026, 11, 1) + timedelta(seconds=draw.randrange(24 * 86400)), "logged": name,
            "prompt": prompt, "cached": cached, "output": draw.randint(0, 5000), "file": str(number),
            "written": draw.randint(0, prompt - cached) if name == "claude-3.5-sonnet" else 0,
            "batch": name in ("gpt-4o", "gpt-4o-mini") and draw.random() < 0.3,
        })  # fmt: skip
    found = billing.bill(Traffic.of(pd.DataFrame(rows), {name: name for name in names}), [LIST], ["file"])
    assert {row["file"]: theirs(row) for row in rows} == dict(zip(found["file"], found["usd"], strict=True))


def theirs(row):
    provider, _, model = catalog.model(row["logged"]).list[0].partition("/")
    usage = TheirUsage(
        input_tokens=row["prompt"], cache_read_tokens=row["cached"], cache_write_tokens=row["written"],
        output_tokens=row["output"],
    )  # fmt: skip
    return float(calc_price(
        usage, model, provider_id=provider, genai_request_timestamp=row["at"].replace(tzinfo=UTC),
        price_context={"processing": "batch"} if row["batch"] else None,
    ).total_price)  # fmt: skip


def test_logged():
    """What the source says that calls cost stands beside what the same calls cost by our books, and no others."""
    some = traffic(
        {"at": f"{TUESDAY} 15:00", "output": MILLION, "logged_usd": 0.6},
        {"at": f"{TUESDAY} 16:00", "output": MILLION, "logged_usd": 0.7},
        {"at": f"{TUESDAY} 17:00", "output": MILLION},
    )
    found = only(billing.logged_costs(some, [LIST]))
    assert (2, 1.3, 1.2, 0) == tuple(found[["requests", "logged_usd", "usd", "unpriced"]])


def test_charged():
    """Charges stand beside the bill of the same model and day; what is on one side alone is missing on the other."""
    some = traffic(
        {"at": f"{TUESDAY} 15:00", "output": MILLION, "logged": "v4"},
        {"at": f"{SATURDAY} 15:00", "output": MILLION, "logged": "v4"},
        models={"v4": V4},
    )
    some.db.execute(
        f"INSERT INTO charges VALUES ('{TUESDAY}', 24, 'output', 'v4', 0.5, '', ''), "
        f"('{TUESDAY}', 24, 'input', 'deepseek-v4-flash', 0.1, '', ''), ('{TUESDAY}', 24, 'search', NULL, 3, '', '')"
    )
    found = billing.charged_costs(some, [LIST])
    rows = found.astype(object).where(found.notna(), None)[["model", "day", "charged_usd", "usd"]]
    assert {("", TUESDAY, 3.0, None), (V4, TUESDAY, 0.6, 0.6), (V4, SATURDAY, None, 0.6)} == {
        (model, str(day.date()), charged, usd) for model, day, charged, usd in rows.itertuples(index=False)
    }


def test_nothing_charged():
    """Without charges, and without usage, what there is of the other stands alone."""
    assert [0.6] == list(billing.charged_costs(traffic({"at": f"{TUESDAY} 15:00", "output": MILLION}), [LIST])["usd"])
    none = Traffic.of(pd.DataFrame({"at": [], "logged": [], "prompt": [], "output": []}), {})
    assert 0 == len(billing.charged_costs(none, [LIST]))
    none.db.execute(f"INSERT INTO charges VALUES ('{TUESDAY}', 24, 'output', 'v4', 0.5, '', '')")
    assert [0.5] == list(billing.charged_costs(none, [LIST])["charged_usd"])


@pytest.mark.parametrize(
    ("ask", "error", "said"),
    [
        pytest.param(lambda some: billing.bill(some, [LIST], ["dya"]), UsageError, "did you mean 'day'?", id="a slip"),
        pytest.param(lambda some: billing.bill(some, [LIST], ["day", "day"]), UsageError, "'day' is named twice",
                     id="a column twice"),
        pytest.param(lambda some: billing.bill_elsewhere(some, [LIST], [V4], ["model"]), UsageError,
                     "its own models are 'logged'", id="elsewhere by model"),
        pytest.param(lambda some: billing.bill_elsewhere(some, [LIST], ["gpt4o"]), PriceError, "did you mean 'gpt-4o'?",
                     id="a model that is in no book"),
        pytest.param(lambda some: billing.bill(some, [LIST, LIST]), PriceError, "two have one name (list, list)",
                     id="two books of one name"),
        pytest.param(lambda some: billing.charged_costs(some, [LIST], ["endpoint"]), UsageError,
                     "by 'model', 'day' or both, not by endpoint", id="charges by endpoint"),
        pytest.param(lambda some: billing.charged_costs(some, [LIST], []), UsageError,
                     "or both, not by nothing", id="charges by nothing"),
        pytest.param(lambda some: billing.bill(replace(some, models={}), [LIST]), UsageError,
                     "'deepseek-v4-flash' is logged, and models does not say what it is", id="a name without a word"),
    ],
)  # fmt: skip
def test_refused(ask, error, said):
    """What cannot be is one clear line, and nothing is left behind in the traffic's database."""
    some = traffic({"at": TUESDAY, "output": 1})
    with pytest.raises(error) as caught:
        ask(some)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert {"charges", "usage"} == {name for (name,) in some.db.execute("SHOW TABLES").fetchall()}


def test_no_traffic():
    """The bill of nothing has no rows, and its columns."""
    none = Traffic.of(pd.DataFrame({"at": [], "logged": [], "prompt": [], "output": []}), {})
    assert ["endpoint", "model", "day", "book"] == list(billing.bill(none, [LIST]).columns[:4])
    assert (0, 0) == (len(billing.bill(none, [LIST])), len(billing.bill_elsewhere(none, [LIST], [V4])))


def test_same_in_any_order():
    """A bill is the same however its rows are ordered: whole numbers are summed."""
    rows = [{"at": TUESDAY, "logged": "openrouter/google/gemini-2.5-flash", "prompt": n, "written": n, "output": n}
            for n in random.Random(1).sample(range(10**6), 500)]  # fmt: skip
    bills = [billing.bill(traffic(*some), [LIST], ()) for some in (rows, rows[::-1], sorted(rows, key=str))]
    assert bills[0].equals(bills[1])
    assert bills[0].equals(bills[2])
    rate = LIST.rate(rows[0]["logged"], datetime(2026, 11, 24, tzinfo=UTC))
    exact = sum(Fraction(cost(Usage(row["prompt"], 0, row["output"], 0, row["written"]), rate)) for row in rows)
    assert (float(exact), -16) == (only(bills[0])["usd"], rate.written.as_tuple().exponent)

"""What a month of a workload costs, by hand and by book."""

from datetime import datetime
from decimal import Decimal

import pandas as pd
import pytest

from kit import catalog, evidence, pricing
from kit.build import study
from kit.decision import saving
from kit.pricing import Rate, Workload, workloads
from kit.report import pricing_chapter

OFF_PEAK = datetime.fromisoformat("2026-11-24T15:00Z")
PEAK = datetime.fromisoformat("2026-11-24T02:00Z")
V4, GPT = "deepseek-v4-flash", "gpt-4o"
PRINTED = pricing_chapter.rates(pricing.ArticleBook(), catalog.models(), OFF_PEAK)
TEN_TO_ONE = [Workload("tickets", requests=1_000_000, prompt=600, output=60)]


def printed(model):
    return pricing.ArticleBook().rate(model, OFF_PEAK)


def rate(model, input, output):
    return Rate(model, Decimal(input), Decimal(output), None, "article", "2026", "T1")


def month_of_the_study(root):
    """The article study's workload: 905 million tokens in, 188 million out."""
    read = study.read_study("article", root)
    return workloads(read.requests_per_month, read.mix)


def test_rates_keep_unknown_prices():
    """Each model has a rate, and some rates are not full."""
    unknown = [rate.model for rate in PRINTED if not rate.known]
    assert ["deepseek-coder", "qwen3.5-397b", "qwen3-coder-30b"] == unknown


def test_printed_table():
    """Each multiplier of T1 is what its output prices say, rounded."""
    table = pricing_chapter.printed_table(V4)
    assert ["model", "origin", "input", "output", "multiplier", "computed again"] == list(table.columns)
    again = [float(f"{value:.2g}") for value in table["computed again"]]
    assert list(table["multiplier"]) == again


def test_printed_table_over_another_baseline():
    """Over GPT-4o's price GPT-4o is one, and Claude half as much again."""
    again = pricing_chapter.printed_table(GPT).set_index("model")["computed again"]
    assert (1.0, 1.5) == (again["GPT-4o"], again["Claude 3.5 Sonnet"])


def test_baseline_that_is_not_printed():
    """Over a model without a printed price nothing can be computed again, so that there is no table."""
    assert 0 == len(pricing_chapter.printed_table("claude-sonnet-4-5"))
    assert "0 of 0" not in pricing_chapter.printed_caption("deepseek-v4-flash")


def test_baseline_from_another_table():
    """A model that is printed with an output price only can be the baseline: GPT-4o is 10.00 over 2.34."""
    again = pricing_chapter.printed_table("qwen3.5-397b").set_index("model")["computed again"]
    assert 4.27 == round(again["GPT-4o"], 2)


@pytest.mark.parametrize(
    ("model", "input_share", "times"),
    [
        pytest.param("claude-3.5-sonnet", 0, 60.0, id="Claude at the left edge, where nothing is read"),
        pytest.param("claude-3.5-sonnet", 10, 22.0, id="Claude at ten to one"),
        pytest.param("claude-3.5-sonnet", 11, 16.7, id="Claude at the right edge, where nothing is written"),
        pytest.param(GPT, 0, 40.0, id="GPT-4o at the left edge"),
        pytest.param(GPT, 11, 13.9, id="GPT-4o at the right edge"),
        pytest.param(V4, 5, 1.0, id="the baseline itself, anywhere"),
    ],
)
def test_curve(model, input_share, times):
    """The multiple of a bill falls as input grows; in elevenths, so that ten to one is a step."""
    curve = pricing_chapter.curve(PRINTED, printed(V4), steps=11)
    line = curve[curve["model"] == model]["multiplier"].reset_index(drop=True)
    assert times == round(line[input_share], 1)


def test_curve_leaves_out_what_is_not_known():
    """A model without an input price has no curve, not even at the edge where it needs none."""
    missing = set(catalog.models()) - set(pricing_chapter.curve(PRINTED, printed(V4))["model"])
    assert {"deepseek-coder", "qwen3.5-397b", "qwen3-coder-30b"} == missing


def test_break_even_of_qwen_and_mini():
    """Qwen3-32B is cheaper than GPT-4o-mini up to 10.7 input tokens to each output token (the article's K8)."""
    table = pricing_chapter.break_evens([printed("qwen3-32b"), printed("gpt-4o-mini")])
    row = table.round({"input share": 3, "input per output": 1}).iloc[0]
    assert ["Qwen3-32B", "GPT-4o-mini", 0.914, 10.7, "Qwen3-32B", "GPT-4o-mini"] == list(row)


@pytest.mark.parametrize(
    ("a", "b", "below", "above"),
    [
        pytest.param(rate(V4, 1, 1), rate(GPT, 2, 2), V4, V4, id="one is cheaper at every mix"),
        pytest.param(rate(V4, 1, 1), rate(GPT, 1, 2), V4, "same", id="they cost the same if nothing is written"),
        pytest.param(rate(V4, 1, 1), rate(GPT, 1, 1), "same", "same", id="they cost the same"),
    ],
)
def test_no_break_even(a, b, below, above):
    """Where the order does not flip there is no mix to name."""
    row = pricing_chapter.break_evens([a, b]).iloc[0]
    names = catalog.names() | {"same": "same"}
    assert bool(pd.isna(row["input share"]))
    assert [names[below], names[above]] == [row["cheaper below"], row["cheaper above"]]


def test_break_evens_of_all_pairs():
    """Eight models with full prices are 28 pairs."""
    assert 28 == len(pricing_chapter.break_evens(PRINTED))


def test_break_evens_of_one():
    """One full price has no pair, which is an empty table."""
    assert 0 == len(pricing_chapter.break_evens([printed(V4), printed("deepseek-coder")]))


@pytest.mark.parametrize(
    ("at", "model", "change"),
    [
        # V4 Flash: 0.18/0.25 printed; 0.15/0.60 off-peak, 0.30/1.20 at peak
        pytest.param(OFF_PEAK, V4, (-0.17, 1.40), id="V4 Flash off-peak"),
        pytest.param(PEAK, V4, (0.67, 3.80), id="V4 Flash at peak"),
        pytest.param(OFF_PEAK, GPT, (0.0, 0.0), id="GPT-4o has not moved"),
        pytest.param(OFF_PEAK, "glm-5", (0.37, 0.67), id="GLM-5, 1.00/3.20 at Z.ai"),
    ],
)
def test_drift(at, model, change):
    """Drift is list over article, less 1, side by side."""
    row = pricing_chapter.drift([model], at).iloc[0]
    assert change == (round(row["input_change"], 2), round(row["output_change"], 2))


@pytest.mark.parametrize(
    ("model", "missing", "entry"),
    [
        pytest.param(
            "deepseek-coder", {"input_article", "input_list", "output_list", "input_change", "output_change"}, "none",
            id="a model in no list",
        ),
        pytest.param(
            "qwen3.5-397b", {"input_article", "input_change"}, "openrouter/qwen/qwen3.5-397b-a17b",
            id="a model printed without input",
        ),
    ],
)  # fmt: skip
def test_drift_of_the_unknown(model, missing, entry):
    """What is not known has no drift."""
    row = pricing_chapter.drift([model], OFF_PEAK).iloc[0]
    assert (missing, entry) == (set(row.index[row.isna()]), row["entry"])


@pytest.mark.parametrize(
    ("book", "model", "usd"),
    [
        # 600 million tokens in, 60 million out
        pytest.param(pricing.ArticleBook(), GPT, 2100.0, id="GPT-4o as printed: 1,500 and 600"),
        pytest.param(pricing.ArticleBook(), V4, 123.0, id="V4 Flash as printed: 108 and 15"),
        pytest.param(pricing.ListBook(), V4, 126.0, id="V4 Flash at list: 90 and 36"),
        pytest.param(pricing.ArticleBook(), "deepseek-coder", None, id="no input price, no bill"),
    ],
)
def test_month(book, model, usd):
    """A month is tokens times prices, and unknown is missing, never 0."""
    table = pricing_chapter.month([book], [model], TEN_TO_ONE, OFF_PEAK)
    assert [usd] == [None if pd.isna(value) else round(value, 6) for value in table["usd"]]


def test_month_prices_long_prompts_by_their_tier():
    """A prompt over Gemini's limit pays the dearer tier: 0.2 million tokens at 2.50, not at 1.25."""
    loads = [Workload("short", 1, 100_000, 0), Workload("long", 1, 200_000, 0)]
    table = pricing_chapter.month([pricing.ListBook()], ["gemini-1.5-pro"], loads, OFF_PEAK)
    assert [0.125, 0.5] == list(table["usd"].round(6))


def test_hours():
    """V4 Flash is at peak in seven hours of a working day, at twice the price."""
    table = pricing_chapter.hours(V4, OFF_PEAK)
    assert list(range(24)) == list(table["hour"])
    assert [1, 2, 3, 6, 7, 8, 9] == list(table[table["output"] == 1.2]["hour"])
    assert {0.6, 1.2} == set(table["output"])


def bills_of(book, model, at, root):
    rows = pricing_chapter.bill_rows([book], [model], month_of_the_study(root), at)
    return {row.metric: round(row.value, 2) for row in rows}


@pytest.mark.parametrize(
    ("book", "model", "at", "bills"),
    [
        # 905 million tokens in, 188 million out
        pytest.param(pricing.ListBook(), GPT, OFF_PEAK, {"bill.month": 4142.50}, id="GPT-4o at list: 2262.50 + 1880"),
        pytest.param(
            pricing.ArticleBook(), V4, OFF_PEAK, {"bill.month": 209.90}, id="V4 Flash as printed: 162.90 and 47"
        ),
        pytest.param(
            pricing.ListBook(),
            V4,
            OFF_PEAK,
            {"bill.month": 248.55, "bill.month.dearest_hour": 497.10},
            id="V4 Flash off-peak: 135.75 and 112.80, and twice that at peak",
        ),
        pytest.param(pricing.ArticleBook(), "qwen3.5-397b", OFF_PEAK, {}, id="no input price, no bill"),
    ],
)
def test_bill_rows(root, book, model, at, bills):
    """The article study's month is tokens times prices; unknown bills are left out."""
    assert bills == bills_of(book, model, at, root)


@pytest.mark.parametrize("at", [pytest.param(OFF_PEAK, id="off-peak"), pytest.param(PEAK, id="at peak")])
def test_bills_span_all_hours(root, at):
    """Whatever the study's hour, a model's bills span the day: 248.55 off-peak to 497.10 at peak."""
    rows = pricing_chapter.bill_rows([pricing.ListBook()], [V4], month_of_the_study(root), at)
    bills = saving.bills(evidence.frame(rows), V4)
    assert (248.55, 497.10) == (round(bills.low, 2), round(bills.high, 2))


def test_bill_rows_say_their_hour(root):
    """The dearest hour is named in the row's note."""
    rows = pricing_chapter.bill_rows([pricing.ListBook()], [V4], month_of_the_study(root), OFF_PEAK)
    assert ["off-peak hour, since 2026-09-10", "every request at 01:00 UTC"] == [row.note for row in rows]


@pytest.mark.parametrize(
    ("incumbent", "baseline", "book"),
    [
        pytest.param("gpt-4o", "deepseek-v4-flash", "article", id="the article prints both"),
        pytest.param("gpt-5-mini", "deepseek-v4-flash", "list", id="it does not know the incumbent"),
        pytest.param("gpt-4o", "glm-5.3", "list", id="it does not know the baseline"),
        pytest.param("gpt-4o", "qwen3.5-397b", "list", id="it prints half a price of the baseline"),
    ],
)
def test_basis(incumbent, baseline, book):
    """Models are compared at the article's prices only where it prints both in full."""
    assert book == pricing_chapter.basis(incumbent, baseline).name


@pytest.mark.parametrize(
    ("incumbent", "baseline", "sentence"),
    [
        pytest.param("gpt-6-luna", "kimi-k3", "costs $180 on GPT-6 Luna and $5,400 on Kimi K3: 0.0 times", id="new"),
        pytest.param("qwen3-32b", "deepseek-chat", "No book has a full price of DeepSeek Chat", id="no price"),
    ],
)
def test_answer(incumbent, baseline, sentence):
    """The answer compares two bills, or names what has no price: 800 million tokens in, 200 million out."""
    loads = workloads(1_000_000, {"chat": {"share": 1, "prompt": 800, "output": 200}})
    bills = evidence.frame(pricing_chapter.bill_rows([pricing.ListBook()], [incumbent, baseline], loads, OFF_PEAK))
    assert sentence in pricing_chapter.answer(bills, incumbent, baseline)


def test_claims_are_over_the_articles_baseline():
    """A claimed multiple is marked only over the model that it is claimed over."""
    assert ({}, ["claude-3.5-sonnet", "gpt-4o"]) == (
        pricing_chapter.claimed("gpt-4o"), list(pricing_chapter.claimed("deepseek-v4-flash"))
    )  # fmt: skip


def test_successors():
    """What ends has its successor beside it, priced; what is served has none."""
    loads = workloads(1_000_000, {"chat": {"share": 1, "prompt": 800, "output": 200}})
    table = pricing_chapter.successors(["gpt-4o", "qwen3.5-397b", "qwen3-32b"], loads, OFF_PEAK)
    assert [("GPT-4o", "deprecated", "GPT-6 Luna", 180.0)] == [
        (row.model, row.standing, row.successor, row.usd) for row in table.itertuples()
    ]
    rows = pricing_chapter.successor_rows(["gpt-4o", "gpt-4o-mini"], loads, OFF_PEAK)
    named = [(row.subject, row.note) for row in rows if row.metric == "successor"]
    assert [("gpt-4o", "gpt-6-luna"), ("gpt-4o-mini", "gpt-6-luna")] == named
    assert [180.0] == [row.value for row in rows if row.metric == "bill.month"], "one model has one bill"

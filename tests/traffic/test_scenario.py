"""The same calls under other circumstances: what changes, and what each model's price book makes of it."""

import pandas as pd
import pytest

from kit import pricing
from kit.errors import UsageError
from kit.traffic import Traffic, scenario
from kit.traffic.scenario import Scenario

GPT, MINI, V4 = "gpt-4o", "gpt-4o-mini", "deepseek-v4-flash"
ARTICLE, LIST = pricing.ArticleBook(), pricing.ListBook()
CALLS = [
    {"at": "2026-10-20 15:00", "endpoint": "read", "prompt": 1000, "cached": 600, "output": 100, "reasoning": 40},
    {"at": "2026-10-22 15:00", "endpoint": "it's", "prompt": 2001, "written": 1000, "output": 301, "batch": True},
]


def log(*calls):
    """Traffic of some calls, all of them GPT-4o's."""
    frame = pd.DataFrame([{"logged": GPT, "cached": 0, "written": 0, "batch": False, **call} for call in calls])
    return Traffic.of(frame.assign(at=pd.to_datetime(frame["at"])), {GPT: GPT})


def tokens(traffic):
    """Prompt, cached, written, output, reasoning and batch of each call, in the order of time."""
    return traffic.db.execute(
        'SELECT prompt, cached, written, output, reasoning, batch FROM usage ORDER BY "at"'
    ).fetchall()


@pytest.mark.parametrize(
    ("changed", "first", "second"),
    [
        pytest.param(Scenario(), (1000, 600, 0, 100, 40, False), (2001, 0, 1000, 301, None, True), id="nothing"),
        pytest.param(
            Scenario(cached=0.5), (1000, 500, 0, 100, 40, False), (2001, 1000, 0, 301, None, True),
            id="half of each prompt from the cache, and none written to it",
        ),
        pytest.param(
            Scenario(batched=True), (1000, 600, 0, 100, 40, True), (2001, 0, 1000, 301, None, True), id="all in batches"
        ),
        pytest.param(
            Scenario(output=1.5), (1000, 600, 0, 150, 60, False), (2001, 0, 1000, 452, None, True),
            id="longer answers, a part of a token counted whole",
        ),
        pytest.param(
            Scenario(tokens=0.5, endpoints=("it's",)), (1000, 600, 0, 100, 40, False), (1001, 0, 500, 151, None, True),
            id="fewer tokens of all kinds, at one endpoint",
        ),
    ],
)  # fmt: skip
def test_under(changed, first, second):
    """A scenario changes what it names, and leaves the rest and the log itself alone."""
    traffic = log(*CALLS)
    before = tokens(traffic)
    assert [first, second] == tokens(scenario.under_scenario(traffic, changed))
    assert before == tokens(traffic)


def test_parts_stay_inside():
    """However tokens are multiplied, cached and written ones stay inside the prompt, reasoning inside output."""
    odd = {"at": "2026-10-20", "endpoint": "x", "prompt": 3, "cached": 2, "written": 1, "output": 1, "reasoning": 1}
    for times in (0.1, 0.33, 0.7, 1.01, 1.7):
        found = tokens(scenario.under_scenario(log(odd), Scenario(tokens=times, output=times, endpoints=("x",))))
        assert all(cached + written <= prompt and thought <= out for prompt, cached, written, out, thought, _ in found)


def test_span():
    """A log goes from its first call's day to its last one's."""
    assert ["2026-10-20", "2026-10-22"] == [str(day) for day in scenario.first_and_last_day(log(*CALLS))]


def test_no_calls():
    """A log without calls is told, not taken for one that cost nothing."""
    traffic = log(*CALLS)
    traffic.db.execute("DELETE FROM usage")
    with pytest.raises(UsageError, match="holds no calls"):
        scenario.daily_bills_elsewhere(traffic, [ARTICLE], [GPT])


def test_elsewhere_by_hand():
    """GPT-4o as printed: 1,000 in and 100 out are 0.0035, 2,001 and 301 are 0.0080125; a quiet day costs 0."""
    days = scenario.daily_bills_elsewhere(log(*CALLS), [ARTICLE], [GPT])
    assert ["book", "model", "day", "usd", "covered", "sent"] == list(days.columns)
    assert [0.0035, 0, 0.0080125] == pytest.approx(days["usd"].tolist())
    assert {"cached tokens at the full price, batches at the ordinary price"} == set(days["sent"])


@pytest.mark.parametrize(
    ("model", "usd", "sent"),
    [
        pytest.param(GPT, (400 * 2.5 + 600 * 1.25 + 100 * 10, 2001 * 1.25 + 301 * 5), "", id="cache and batch priced"),
        pytest.param(
            V4, (400 * 0.15 + 600 * 0.003 + 100 * 0.6, 2001 * 0.15 + 301 * 0.6), "batches at the ordinary price",
            id="no batch price is listed, and off-peak at 15:00",
        ),
    ],
)  # fmt: skip
def test_elsewhere_at_list(model, usd, sent):
    """What a list has no price for is sent the ordinary way, and that is said."""
    days = scenario.daily_bills_elsewhere(log(*CALLS), [LIST], [model])
    assert [usd[0] / 1e6, 0, usd[1] / 1e6] == pytest.approx(days["usd"].tolist())
    assert {sent} == set(days["sent"])


def test_unknown_is_not_free():
    """A model of which a book has no price costs an unknown sum on days with calls."""
    days = scenario.daily_bills_elsewhere(log(*CALLS), [ARTICLE], ["deepseek-coder"])
    assert [True, False, True] == days["usd"].isna().tolist()


def test_before_its_release():
    """On a day before a model's release it has no price, which is unknown and no error."""
    days = scenario.daily_bills_elsewhere(
        log({"at": "2025-06-12 15:00", "prompt": 1, "output": 1, "endpoint": ""}), [LIST], [GPT, V4]
    )
    assert {GPT: False, V4: True} == dict(zip(days["model"], days["usd"].isna(), strict=True))


def test_scenario_is_priced():
    """With everything batched GPT-4o costs half at list; with ten times the output more than that tenfold's part."""
    traffic = log(CALLS[0])
    logged, batched, long = (
        scenario.daily_bills_elsewhere(traffic, [LIST], [GPT], changed)["usd"].sum() * 1e6
        for changed in (scenario.AS_LOGGED, Scenario(batched=True), Scenario(output=10))
    )
    assert [2750, 1000 * 1.25 + 100 * 5, 2750 + 900 * 10] == pytest.approx([logged, batched, long])

"""What traffic is made of, costs, and would cost elsewhere: by hand, on logs of a few calls."""

from datetime import date

import pandas as pd
import pytest

from kit import evidence, pricing
from kit import traffic as logs
from kit.errors import UsageError
from kit.stats import monthly
from kit.traffic import Traffic, billing, profile, projection, scenario

GPT, MINI, V4, CLAUDE = "gpt-4o", "gpt-4o-mini", "deepseek-v4-flash", "claude-3.5-sonnet"
ARTICLE, LIST = pricing.ArticleBook(), pricing.ListBook()
ROUGH = ", under a week, so that a month is a rough guess"


def log(*calls, **models):
    """Traffic of some calls: 1,000 tokens in and 100 out on GPT-4o, but for what each says."""
    like = {"at": "2026-10-20 15:00", "logged": GPT, "endpoint": "read", "prompt": 1000, "output": 100}
    frame = pd.DataFrame([like | call for call in calls])
    return Traffic.of(frame.assign(at=pd.to_datetime(frame["at"])), {GPT: GPT, MINI: MINI, **models})


def bills(traffic, book=ARTICLE):
    return billing.bill(traffic, [book])


def test_totals():
    """By hand as printed: two calls of GPT-4o are 0.0035 each, one of GPT-4o-mini 0.00021."""
    calls = ({}, {"at": "2026-10-21 15:00"}, {"endpoint": "sort", "logged": MINI})
    table = projection.totals(bills(log(*calls)), "endpoint")
    assert ["read", "sort"] == table["endpoint"].tolist()
    assert [0.007, 0.00021] == pytest.approx(table["usd"].tolist())
    assert [2, 1] == table["requests"].tolist()
    assert 1 == pytest.approx(table["share"].sum())


def test_totals_count_what_has_no_price():
    """A model that nobody knows is counted, and is not in the bill."""
    table = projection.totals(bills(log({}, {"logged": "ours"}, ours=None)), "model").set_index("model")
    assert [0, 1] == table.loc[[GPT, "ours"], "unpriced"].tolist()
    assert (0.0035, True) == (pytest.approx(table.loc[GPT, "usd"]), pd.isna(table.loc["ours", "usd"]))


def test_spent_counts_quiet_days():
    """A day without calls between two with some costs nothing, and counts."""
    usd = projection.daily_spend(bills(log({}, {"at": "2026-10-22 15:00"})))
    assert [0.0035, 0, 0.0035] == pytest.approx(usd.tolist())


def test_spent_of_nothing_priced():
    """A log of which nothing has a price did not cost 0."""
    with pytest.raises(UsageError, match="no call of the log has a price in the article book"):
        projection.daily_spend(bills(log({"logged": "ours"}, ours=None)))


def test_spent_of_nothing_used():
    """A log of which every call failed has no cost either, and says why."""
    with pytest.raises(UsageError, match="no call of the log used tokens"):
        projection.daily_spend(bills(log({"prompt": 0, "output": 0, "status": "InternalServerError"})))


def test_months():
    """A month is 365 / 12 days like the log's; unknown bills stay unknown and come last."""
    days = scenario.daily_bills_elsewhere(log({}, {"at": "2026-10-21 15:00"}), [ARTICLE], [GPT, V4, "deepseek-coder"])
    table = projection.monthly_bills(days)
    assert [V4, GPT, "deepseek-coder"] == table["model"].tolist()
    assert 0.0035 * monthly.MONTH == pytest.approx(table["usd"][1])
    assert [False, False, True] == table["usd"].isna().tolist()


def test_endpoint_months():
    """By hand: one endpoint costs 0.0035 on each of three days, the other once; a month is 365 / 12 such days."""
    days = ["2026-10-20 15:00", "2026-10-21 15:00", "2026-10-22 15:00"]
    traffic = log(*({"at": at} for at in days), {"endpoint": "sort", "at": days[0]})
    table = projection.monthly_by_endpoint(billing.bill(traffic, [ARTICLE], by=("endpoint", "day")))
    assert (["read", "sort"], {"article"}) == (table["endpoint"].tolist(), set(table["book"]))
    assert [0.0035 * 365 / 12, 0.0035 / 3 * 365 / 12] == pytest.approx(table["usd_month"].tolist())
    assert all(table["low"] < table["usd_month"]) and all(table["usd_month"] < table["high"])


@pytest.mark.parametrize(
    ("start", "hours", "office", "month"),
    [
        pytest.param("2026-11-02 12:00", 72, False, 153.3, id="three days from noon to noon"),
        pytest.param("2026-11-03 18:00", 48, False, 153.3, id="two days from evening to evening"),
        pytest.param("2026-11-03 23:00", 26, False, 153.3, id="a day with an hour on each side"),
        pytest.param("2026-11-02 00:00", 168, False, 153.3, id="seven whole days"),
        pytest.param("2026-11-02 09:00", 104, True, 153.3 / 3, id="Monday at nine to Friday at five, silent at night"),
        pytest.param("2026-11-03 09:00", 1, False, None, id="an hour tells no month"),
    ],
)
def test_month_of_cut_days(start, hours, office, month):
    """A call a minute costs the same a month wherever the log is cut; by hand 1,440 calls of 0.0035 a day."""
    minutes = pd.date_range(start, periods=60 * hours, freq="min")
    minutes = minutes[(minutes.hour >= 9) & (minutes.hour < 17)] if office else minutes
    frame = pd.DataFrame({"at": minutes, "logged": GPT, "endpoint": "read", "prompt": 1000, "output": 100})
    bill = billing.bill(Traffic.of(frame, {GPT: GPT}), [ARTICLE], by=("endpoint", "day"))
    (row,) = projection.monthly_by_endpoint(bill).to_dict("records")
    if month is None:
        assert pd.isna(row["usd_month"]) and pd.isna(row["low"])
    else:
        assert month == pytest.approx(row["usd_month"], rel=0.01)
        assert row["low"] < month < row["high"]


def test_endpoint_months_of_what_has_no_price(contract):
    """The book that prices more calls is taken, and an endpoint with a call that has no price has no bill."""
    next_day = {"at": "2026-10-21 15:00", "endpoint": "own", "logged": "theirs"}
    traffic = log({}, {"endpoint": "sort", "logged": MINI}, next_day, theirs=None)
    table = projection.monthly_by_endpoint(billing.bill(traffic, pricing.shelf(contract), by=("endpoint", "day")))
    assert ({"list"}, ["own"]) == (set(table["book"]), table[table["usd_month"].isna()]["endpoint"].tolist())


def test_endpoint_months_at_your_prices(contract):
    """A contract that prices all calls is trusted more than the list, which does too."""
    table = projection.monthly_by_endpoint(billing.bill(log({}), pricing.shelf(contract), by=("endpoint", "day")))
    assert ["contract"] == table["book"].tolist()


def test_multiples():
    """Printed 40x is of output prices; for ten tokens in to each one out it is 3.5 over 0.205 at the same prices."""
    days = scenario.daily_bills_elsewhere(log({}, {"at": "2026-10-21 15:00"}), [ARTICLE, LIST], [GPT, CLAUDE, V4])
    table = projection.bill_multiples(days, [GPT, CLAUDE], V4)
    assert [GPT] * 3 + [CLAUDE] * 3 == table["model"].tolist()
    assert [40, 3.5 / 0.205, 3.5 / 0.21, 60, 4.5 / 0.205, 4.5 / 0.21] == pytest.approx(table["times"].tolist())
    assert [True, False, False] == table["low"].isna().tolist()[:3]


def test_multiples_over_another_baseline():
    """Over another model nothing is printed, and what has no price is left out."""
    days = scenario.daily_bills_elsewhere(log({}), [ARTICLE], [GPT, MINI, "deepseek-coder"])
    table = projection.bill_multiples(days, [GPT, "deepseek-coder"], MINI)
    assert [(GPT, "this traffic, article prices")] == list(zip(table["model"], table["basis"], strict=True))


@pytest.fixture
def contract(tmp_path):
    """A contract for GPT-4o alone, at half of what the article prints, and a model of the team's own."""
    path = tmp_path / "mine.yaml"
    path.write_text(
        "valid_from: 2026-01-01\nvalid_to: 2026-12-31\n"
        'prices: {gpt-4o: {input: "1.25", output: "5"}}\nown: {ours: {input: "0.1", output: "0.1"}}\n'
    )
    return str(path)


def test_contract_is_trusted_most(contract):
    """What the contract prices is priced by it, the rest by the list, and the multiple says which over which."""
    shelf = pricing.shelf(contract)
    days = scenario.daily_bills_elsewhere(log({}), shelf, projection.models_to_price(shelf))
    assert ["contract", "list", "contract"] == [projection.trusted_bill(days, model)[0] for model in (GPT, V4, "ours")]
    table = projection.bill_multiples(days, [GPT], V4).set_index("basis")
    assert 1.75 / 0.21 == pytest.approx(table.loc["this traffic, contract over list prices", "times"])


def test_nobody_is_trusted():
    """A model of which no book has a price is told by name."""
    days = scenario.daily_bills_elsewhere(log({}), [ARTICLE], ["deepseek-coder"])
    with pytest.raises(UsageError, match="deepseek-coder: no price book has a price"):
        projection.trusted_bill(days, "deepseek-coder")


@pytest.mark.parametrize(
    ("last", "calls", "said"),
    [
        pytest.param(date(2026, 11, 13), 15050, "15,050 calls from 2026-10-15 to 2026-11-13", id="a month"),
        pytest.param(date(2026, 10, 15), 1, "1 call on 2026-10-15" + ROUGH, id="one call"),
        pytest.param(date(2026, 10, 16), None, "calls from 2026-10-15 to 2026-10-16" + ROUGH, id="nobody counted them"),
    ],
)
def test_extent(last, calls, said):
    """How much a log holds, in words."""
    assert said == projection.extent_in_words(date(2026, 10, 15), last, calls)


def test_origin():
    """The digest is of the calls: their order and file do not matter, a token does."""
    one, other = {"prompt": 7}, {"prompt": 8}
    cited = projection.log_reference(log(one, other), "mine")
    assert cited.startswith("log mine, 2 calls, digest ")
    assert cited == projection.log_reference(log(other, one), "mine")
    assert cited != projection.log_reference(log(one, one), "mine")


def test_uncounted_calls():
    """A source that does not count calls still has tokens and a bill, and none of it is made out to be of 0 calls."""
    traffic = log({})
    traffic.db.execute("UPDATE usage SET requests = NULL, hours = 24")
    rows = projection.traffic_evidence(
        bills(traffic), pd.DataFrame(columns=["usd"]), pd.DataFrame(columns=["basis"]), V4, "log x"
    )
    assert {
        "traffic.tokens.prompt",
        "traffic.tokens.cached",
        "traffic.tokens.output",
        "traffic.usd",
        "traffic.month",
    } == {row.metric for row in rows}
    assert "log x, uncounted calls" in projection.log_reference(traffic, "x")


def test_synthetic_log():
    """The log that ships is read whole: twelve doubles apart, each row of it, and one model that nobody knows."""
    traffic = logs.read_logs("synthetic")
    assert [0, 12, ["desk-triage-v2"]] == [
        len(traffic.unread), traffic.files["doubles"].sum(), traffic.unknown["logged"].tolist()
    ]  # fmt: skip
    assert ["answer_chinese"] == profile.chinese_share(traffic).query("share > 0.3")["endpoint"].tolist()


def test_rows():
    """Counts are measured, bills are of their price book's kind, and what is unknown is no evidence."""
    traffic = log({}, {"at": "2026-10-21 15:00", "endpoint": ""})
    days = scenario.daily_bills_elsewhere(traffic, [ARTICLE, LIST], [GPT, V4, "deepseek-coder"])
    times = projection.bill_multiples(days, [GPT], V4)
    rows = evidence.frame(
        projection.traffic_evidence(bills(traffic), projection.monthly_bills(days), times, V4, "log x")
    )
    kinds = rows.groupby("metric")["source"].agg(lambda kind: sorted(set(kind))).to_dict()
    assert {"article", "list"} == set(kinds["traffic.month"]) == set(kinds["traffic.multiplier"])
    assert ["measured"] == kinds["traffic.requests"] == kinds["traffic.tokens.prompt"]
    logged = {"traffic as logged", "endpoint read", "endpoint not said"}
    assert logged | {GPT, V4, "gpt-4o vs deepseek-v4-flash"} == set(rows["subject"])
    assert {"2026-10-21"} == set(rows["as_of"])


def test_rows_of_one_day():
    """A log of one day has multiples too, without an interval, which are evidence; what is printed is so already."""
    days = scenario.daily_bills_elsewhere(log({}), [ARTICLE], [GPT, V4])
    rows = projection.traffic_evidence(
        bills(log({})), projection.monthly_bills(days), projection.bill_multiples(days, [GPT], V4), V4, "log x"
    )
    (found,) = (row for row in rows if row.metric == "traffic.multiplier")
    assert (pytest.approx(3.5 / 0.205), None) == (found.value, found.low)


def test_rows_say_what_has_no_price():
    """A bill that leaves calls out says how many, and an endpoint without any price has none."""
    traffic = log({}, {"logged": "ours"}, {"logged": "ours", "endpoint": "sort", "at": "2026-10-21 15:00"}, ours=None)
    none = pd.DataFrame(columns=["usd", "basis"])
    rows = pd.DataFrame(projection.traffic_evidence(bills(traffic), none, none, V4, "log x"))
    dollars = rows[rows["unit"].str.startswith("USD")].set_index("subject")["note"].to_dict()
    assert {
        "endpoint read": "without 1 request of no known price",
        "traffic as logged": "without 2 requests of no known price",
    } == dollars

"""What an accepted answer costs bears every failure, and what is unknown stays unknown."""

from datetime import date

import pandas as pd
import pytest

from kit import evidence, replay
from kit.errors import ItemError
from kit.replay.cost_per_success import ALL, COLUMNS

OLD, NEW = "gpt-4o@openai", "glm-5@zai"
BROKEN = {"accepted": False, "valid": False}
FAILED = {"accepted": False, "valid": None, "error_kind": "timeout"}


def replayed(contender, *outcomes, endpoint="tag"):
    """Rows of one contender: each outcome says what is not as in an accepted answer of 1 USD."""
    usual = {"contender": contender, "endpoint": endpoint, "error_kind": "", "valid": True, "accepted": True,
             "cost_usd": 1.0}  # fmt: skip
    return [usual | {"request": f"{endpoint}/{place}"} | outcome for place, outcome in enumerate(outcomes)]


@pytest.fixture
def compared():
    """The new one, at a tenth: 6 accepted, one wrong, one broken, one time-out, one that nobody could judge."""
    odd = [{"accepted": False}, BROKEN, FAILED | {"cost_usd": 0.0}, {"accepted": None}]
    new = [{"cost_usd": 0.1} | outcome for outcome in [{}] * 6 + odd]
    return pd.DataFrame(replayed(OLD, *[{}] * 10) + replayed(NEW, *new))


def only(compared, contender=NEW, endpoint="tag"):
    table = replay.costs(compared, OLD).set_index(["endpoint", "contender"])
    return table.loc[endpoint, contender]


def test_costs(compared):
    """Eight answers at a tenth bought six of use; the ninth came to nothing unbilled, the tenth nobody could judge."""
    found = only(compared)
    assert (10, 9, 6, 1, 0) == tuple(found[["n", "answered", "accepted", "unknown", "unpriced"]])
    assert pytest.approx((6 / 9, 0.8 / 9, 0.8 / 6)) == tuple(found[["share", "usd_request", "usd_accepted"]])
    # Wilson, at worst 6 of 10, at best 7 of 10: the tenth nobody could judge
    assert pytest.approx((0.313, 0.892), abs=1e-3) == tuple(found[["share_low", "share_high"]])
    assert found["low"] < found["usd_accepted"] < found["high"]


def test_escalation(compared):
    """A broken answer and a failed call are asked again of the incumbent, both are paid; a wrong answer is not seen."""
    found = only(compared)
    assert pytest.approx((8 / 9, (0.8 + 2) / 8)) == tuple(found[["share_escalated", "usd_escalated"]])
    assert found["escalated_low"] < found["usd_escalated"] < found["escalated_high"]


def test_incumbent(compared):
    """The incumbent has nobody behind it: its figures are the same either way."""
    found = only(compared, OLD)
    assert (1, 1, 1, 1) == tuple(found[["usd_accepted", "usd_escalated", "share", "share_escalated"]])


def test_all_endpoints(compared):
    """Of all endpoints together each request counts once."""
    more = pd.DataFrame(replayed(OLD, {}, {}, endpoint="faq") + replayed(NEW, {}, {}, endpoint="faq"))
    found = only(pd.concat([compared, more]), endpoint=ALL)
    assert (12, 8, 2.8 / 8) == (found["n"], found["accepted"], pytest.approx(found["usd_accepted"]))


@pytest.mark.parametrize(
    ("outcomes", "unknown", "share", "usd"),
    [
        pytest.param([BROKEN, BROKEN], 0, 0.0, None, id="none accepted: the share is 0, a cost of one there is not"),
        pytest.param([{}, {"cost_usd": None}], 0, 1.0, None, id="one cost unknown makes the figure unknown"),
        pytest.param([{"accepted": None}] * 2, 2, None, None, id="nothing judged says nothing"),
        pytest.param([{}, {"accepted": None, "cost_usd": None}], 1, 1.0, 1.0, id="the cost of an unjudged one is out"),
        pytest.param([{}, FAILED | {"accepted": None, "cost_usd": None}], 1, 1.0, 1.0, id="what was never sent is out"),
        pytest.param([{}, FAILED | {"cost_usd": 0.0}], 0, 0.5, 1.0, id="a call that failed unbilled"),
        pytest.param([{}, FAILED | {"cost_usd": 3.0}], 0, 0.5, 4.0, id="a call that failed and was billed"),
        pytest.param([{}, FAILED | {"cost_usd": None}], 0, 0.5, None, id="a failed call of unknown cost"),
        pytest.param([{}], 0, 1.0, 1.0, id="one request has a cost, without an interval"),
    ],
)
def test_unknown(outcomes, unknown, share, usd):
    """Nothing unknown is taken for 0, for right or for wrong."""
    found = only(pd.DataFrame(replayed(OLD, *[{}] * len(outcomes)) + replayed(NEW, *outcomes)))
    assert unknown == found["unknown"]
    assert (share, usd) == tuple(None if pd.isna(found[name]) else found[name] for name in ("share", "usd_accepted"))


def test_never_sent():
    """What was never sent has not failed, so nobody is asked in its place."""
    unsent = FAILED | {"error_kind": "budget", "accepted": None, "cost_usd": None}
    again = replay.with_fallback(
        replay.required_columns(pd.DataFrame(replayed(OLD, {}, {}) + replayed(NEW, {}, unsent))), OLD
    )
    assert (False, 1) == (again["again"].any(), again["accepted"].isna().sum())


def test_nobody_behind():
    """Where the incumbent has no row for a request that failed, what asking it again would give is unknown."""
    table = pd.DataFrame(replayed(OLD, {}) + replayed(NEW, {}, BROKEN))
    again = replay.with_fallback(replay.required_columns(table), OLD)
    assert [False, False, True] == list(again["again"])
    assert again["accepted"].isna().iloc[2] and again["cost_usd"].isna().iloc[2]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param(lambda t: t.drop(columns="accepted"), "column 'accepted' is missing", id="a column is missing"),
        pytest.param(lambda t: pd.concat([t, t]), "given twice for 'tag/0'", id="a request is given twice"),
        pytest.param(lambda t: t[t["contender"] != OLD], "'gpt-4o@openai' is not among", id="the incumbent is missing"),
    ],
)
def test_faults(compared, change, said):
    """A comparison that cannot be reckoned with is refused by name."""
    with pytest.raises(ItemError, match=said):
        replay.costs(change(compared), OLD)


def test_nothing(compared):
    """No comparison, no rows; the columns are there."""
    found = replay.costs(compared[:0], OLD)
    assert (0, list(COLUMNS)) == (len(found), list(found.columns))
    assert replay.costs_table(found).empty


def test_printed(compared):
    """A table prints USD per thousand accepted answers, and says what is unknown."""
    compared.loc[compared["contender"] == OLD, "cost_usd"] = None
    old, new, *_ = replay.costs_table(replay.costs(compared, OLD)).to_dict("records")
    assert ("31.3 to 89.2", pytest.approx(133.33, abs=0.01)) == (new["95 %"], new["USD per 1,000 accepted"])
    assert (10, "unknown", "100.49 to 230.73") == (old["unpriced"], old["95 % interval"], new["95 % interval"])
    assert set(replay.COST_FORMATS) <= set(new)


def test_evidence(compared):
    """Shares are measured, money is of its price book; rows name their endpoint and have ids of their own."""
    made = replay.costs_evidence(replay.costs(compared, OLD), "list", "log, run", date(2026, 11, 24))
    table = evidence.frame(made)
    cost = evidence.find(table, "glm-5", "cost.accepted")
    assert {("zai", "tag"), ("zai", "")} == set(zip(cost["way"], cost["scope"], strict=True))
    assert ("list", 9, pytest.approx(0.8 / 6)) == tuple(cost.iloc[0][["source", "n", "value"]])
    assert {"measured"} == set(evidence.find(table, "glm-5", "accepted.share")["source"])
    assert len(made) == table["id"].nunique()

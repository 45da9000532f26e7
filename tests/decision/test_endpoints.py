"""The rule moves an endpoint only where the evidence does, errs as seldom as it says, and says what is missing."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from kit import evidence
from kit.decision import endpoints
from kit.errors import ItemError, KitError
from kit.stats import Estimate

OLD, NEW = "gpt-4o@openai", "glm-5@zai"
MARGIN = 3  # points


def replay(endpoint="tag", right=0, wrong=0, broken=0, times=0.1, new=NEW, **more):
    """A replay on which the incumbent is always accepted, at 1 to 2 USD a request."""
    n = right + wrong + broken
    usd = np.linspace(1, 2, n)[np.random.default_rng(0).permutation(n)]
    rows = {"endpoint": endpoint, "request": [f"{endpoint}/{place}" for place in range(n)], "error_kind": ""}
    old = pd.DataFrame({"contender": OLD, **rows, "valid": True, "accepted": True, "cost_usd": usd})
    marks = np.repeat([True, False, False], (right, wrong, broken))
    form = np.repeat([True, True, False], (right, wrong, broken))
    ours = pd.DataFrame({"contender": new, **rows, "valid": form, "accepted": marks, "cost_usd": times * usd})
    return pd.concat([old, ours.assign(**more)], ignore_index=True)


def bill(usd=100.0, low=90.0, high=120.0, endpoint="tag"):
    return pd.DataFrame({"endpoint": [endpoint], "usd_month": [usd], "low": [low], "high": [high]})


def decided(compared, bills=None):
    (found,) = endpoints.decide_endpoints(compared, bill() if bills is None else bills, OLD, MARGIN)
    return found


@pytest.mark.parametrize(
    ("compared", "verdict"),
    [
        pytest.param(replay(right=200), "migrate", id="as good and cheaper"),
        pytest.param(replay(right=300, wrong=1), "migrate", id="not worse than the margin"),
        pytest.param(replay(right=160, broken=40), "route", id="what fails shows, and is asked again"),
        pytest.param(replay(right=160, wrong=40), "stay", id="what fails does not show"),
        pytest.param(replay(right=100, wrong=50, broken=50), "stay", id="asking again does not mend the rest"),
        pytest.param(replay(right=200, times=1.2), "stay", id="dearer"),
        pytest.param(replay(right=100, broken=100, times=0.8), "stay", id="dearer for what has to be had again"),
        pytest.param(replay(right=60), "undecided", id="too few requests"),
        pytest.param(replay(right=200, times=1.0), "undecided", id="as dear"),
    ],
)
def test_decide(compared, verdict):
    """The first that holds: migrate, route, stay, undecided."""
    assert verdict == decided(compared).verdict


def test_money():
    """As many accepted answers as today cost today's bill times the ratio of costs per accepted answer."""
    found = decided(replay(right=190, wrong=10))
    assert (100, pytest.approx(100 * 0.1 / 0.95)) == (found.today_usd.value, found.tomorrow_usd.value)
    assert pytest.approx(100 - found.tomorrow_usd.value) == found.saving_usd.value
    assert pytest.approx(-5) == found.difference.value
    assert 80 < found.saving_usd.low < 81 and 107 < found.saving_usd.high < 108  # the bill's own 90 to 120, mostly


def test_route_pays_both():
    """A routed endpoint pays the candidate for all requests and the incumbent for those that are asked again."""
    compared = replay(right=160, broken=40)
    compared["cost_usd"] = np.where(compared["contender"] == OLD, 1.0, 0.1)
    found = decided(compared)
    assert (True, pytest.approx(100 * (0.1 + 0.2))) == (found.asked_again, found.tomorrow_usd.value)
    assert "40 of 200 requests are asked again of gpt-4o@openai" in found.reasons


@pytest.mark.parametrize(
    ("compared", "bills", "verdict", "why"),
    [
        pytest.param(replay(right=200, cost_usd=None), bill(), "undecided",
                     f"what 200 of 200 requests cost on {NEW} is not known", id="no price"),
        pytest.param(replay(right=200), bill(None, None, None), "undecided", "today's bill is nothing, or not known",
                     id="no bill"),
        pytest.param(replay(right=200, accepted=None), bill(), "undecided",
                     "between -100.0 and +0.0 points of accepted answers [-100.0, +2.6], which does not settle the "
                     "margin of 3 points", id="no judge"),
        pytest.param(replay("faq", right=200), bill(), "undecided", "no request of it was replayed", id="no replay"),
        pytest.param(replay(right=100, wrong=100, cost_usd=None), bill(), "stay",
                     f"what 200 of 200 requests cost on {NEW} is not known", id="worse, whatever it costs"),
    ],
)  # fmt: skip
def test_unknown(compared, bills, verdict, why):
    """What is missing is said, and moves nothing."""
    found = next(v for v in endpoints.decide_endpoints(compared, bills, OLD, MARGIN) if v.endpoint == "tag")
    assert (verdict, None, True) == (found.verdict, found.needed, why in found.reasons)


def test_needed():
    """An open verdict says how many more requests would close it, of those that are still missing."""
    assert (179 - 60, None) == (decided(replay(right=60)).needed, decided(replay(right=200)).needed)


def test_holm():
    """A candidate that just passes alone does not, if it is one of several that were tried; it says so."""
    just = replay(right=180, wrong=0)
    many = pd.concat([just, *(replay(right=70, wrong=110, new=f"bad{place}@x").iloc[180:] for place in range(3))])
    assert "migrate" == decided(just).verdict
    first, *others = endpoints.decide_endpoints(many, bill(), OLD, MARGIN)
    assert ("undecided", {"stay"}) == (first.verdict, {v.verdict for v in others})
    assert "one of 4 candidates, and does not stand after Holm's correction" in first.reasons
    assert first.needed > 0


def test_order():
    """The largest bill stands first, then those without one; every candidate has its row on every endpoint."""
    both = pd.concat([replay(right=200), replay("faq", right=200), replay("faq", right=200, new="a@x").iloc[200:]])
    bills = pd.concat([bill(endpoint="tag"), bill(500, 500, 500, "faq"), bill(None, None, None, "lost")])
    found = endpoints.decide_endpoints(both, bills, OLD, MARGIN)
    assert [("faq", NEW), ("faq", "a@x"), ("tag", NEW), ("tag", "a@x"), ("lost", NEW), ("lost", "a@x")] == [
        (v.endpoint, v.candidate) for v in found
    ]


def test_nearest():
    """Of an endpoint's candidates the one with the best verdict counts, then the one that saves most."""
    three = pd.concat([
        replay(right=400, times=0.3),
        replay(right=400, times=0.2, new="a@x").iloc[400:],
        replay(right=200, wrong=200, times=0.01, new="b@x").iloc[400:],
    ])  # fmt: skip
    assert ["a@x"] == [
        v.candidate for v in endpoints.nearest_endpoints(endpoints.decide_endpoints(three, bill(), OLD, MARGIN))
    ]


@pytest.mark.parametrize(
    ("bills", "margin", "error", "said"),
    [
        pytest.param(bill().drop(columns="low"), 3, ItemError, "column 'low' is missing", id="a column is missing"),
        pytest.param(pd.concat([bill(), bill()]), 3, ItemError, "'tag' is given twice", id="an endpoint twice"),
        pytest.param(bill(100, 110, 120), 3, ItemError, "110 to 120 does not hold the bill", id="no interval"),
        pytest.param(bill(), -1, KitError, "margin: -1 is no margin", id="a negative margin"),
        pytest.param(bill(), float("nan"), KitError, "margin: nan is no margin", id="a margin that is no number"),
    ],
)
def test_faults(bills, margin, error, said):
    """What cannot be reckoned with is refused by name."""
    with pytest.raises(error, match=said):
        endpoints.decide_endpoints(replay(right=9), bills, OLD, margin)


def test_evidence():
    """The verdict and acceptance are measured, money is of its price book; each row names its endpoint."""
    both = pd.concat([replay(right=200), replay("faq", right=160, broken=40)])
    bills = pd.concat([bill(), bill(50.0, None, None, "faq")])
    made = endpoints.endpoint_rows(
        endpoints.decide_endpoints(both, bills, OLD, MARGIN), "contract", "log, run", date(2026, 11, 24)
    )
    table = evidence.frame(made)
    assert (10, 10) == (len(made), table["id"].nunique())
    routed = evidence.find(table, "glm-5", "verdict.route").iloc[0]
    assert ("measured", 200) == tuple(routed[["source", "n"]])
    assert ("faq", "zai", OLD) == tuple(routed[["scope", "way", "against"]])
    assert "where an answer visibly fails, the incumbent is asked again" == routed["note"]
    today = evidence.find(table, "gpt-4o", "endpoint.today").set_index("scope")
    assert {"contract"} == set(today["source"])
    assert (90, True) == (today["low"]["tag"], pd.isna(today["low"]["faq"]))  # a plain sum has no interval


def replays(count, n, ours, theirs, times, seed, alike=0.0, new=NEW):
    """That many endpoints, each a replay of `n` requests with these chances to be accepted."""
    rng, size = np.random.default_rng(seed), count * n
    luck, usd = rng.random(size), np.random.default_rng(0).lognormal(-7, 0.5, size)
    rows = {"endpoint": np.repeat([f"e{place}" for place in range(count)], n), "request": np.arange(size),
            "error_kind": "", "valid": True}  # fmt: skip
    same = np.where(np.random.default_rng(1).random(size) < alike, luck, np.random.default_rng(2).random(size))
    old = pd.DataFrame({"contender": OLD, **rows, "accepted": same < theirs, "cost_usd": usd})
    costs = times * usd * rng.lognormal(-0.045, 0.3, size)
    return old, pd.DataFrame({"contender": new, **rows, "accepted": luck < ours, "cost_usd": costs})


def share(sides, margin=MARGIN):
    """How often any candidate of an endpoint is to be moved to, in percent."""
    compared = pd.concat(sides)
    names = compared["endpoint"].unique()
    bills = pd.DataFrame({"endpoint": names, "usd_month": 100.0, "low": 90.0, "high": 110.0})
    moved = [
        v.endpoint for v in endpoints.decide_endpoints(compared, bills, OLD, margin) if v.verdict in endpoints.MOVES
    ]
    return 100 * len(set(moved)) / len(names)


def by_chance(percent, many):
    """The largest share, in percent, that chance allows in so many runs: two and a half errors above what is stated."""
    return percent + 2.5 * (percent * (100 - percent) / many) ** 0.5


@pytest.mark.simulation
@pytest.mark.parametrize(
    ("n", "ours", "theirs", "times", "alike"),
    [
        pytest.param(300, 0.97, 1.0, 0.1, 0.0, id="worse by exactly the margin, the incumbent never fails"),
        pytest.param(300, 0.90, 0.93, 0.1, 0.7, id="worse by exactly the margin, both fail on hard requests"),
        pytest.param(300, 1.0, 1.0, 1.0, 0.0, id="as good and exactly as dear"),
    ],
)
def test_false_moves(n, ours, theirs, times, alike, runs):
    """A move that should not be made is made in 2.5 % of replays, and as often more as chance allows."""
    many = runs(1000)
    assert share(replays(many, n, ours, theirs, times, 5, alike)) <= by_chance(2.5, many)


@pytest.mark.simulation
def test_false_moves_of_many(runs):
    """However many candidates are tried, the chance of one false move on an endpoint stays at 2.5 %."""
    many = runs(500)
    old, first = replays(many, 300, 0.97, 1.0, 0.1, 6)
    others = [replays(many, 300, 0.97, 1.0, 0.1, 7 + place, new=f"m{place}@x")[1] for place in range(2)]
    assert share([old, first, *others]) <= by_chance(2.5, many)


@pytest.mark.simulation
def test_power(runs):
    """On as many requests as were asked for, an equal and cheaper candidate is moved to as often as promised."""
    compared = replay(right=190, wrong=10)
    compared.loc[:9, "accepted"] = False  # the incumbent misses ten others
    pilot = decided(compared)
    assert ("undecided", 0) == (pilot.verdict, pilot.difference.value)
    many = runs(300)
    luck = by_chance(80, many) - 80
    assert 84 - luck <= share(replays(many, 200 + pilot.needed, 0.95, 0.95, 0.1, 8)) <= 86 + luck


@pytest.mark.simulation
def test_saving_covers(runs):
    """The saving's interval holds the true saving, with the luck of the bill and of the requests in it."""
    many = runs(600)
    sides = pd.concat(replays(many, 100, 0.92, 0.97, 0.5, 9, 0.5))
    names, rng = sides["endpoint"].unique(), np.random.default_rng(3)
    seen = 100 * np.exp(rng.normal(0, 0.05, len(names)))
    bills = pd.DataFrame(
        {"endpoint": names, "usd_month": seen, "low": seen * np.exp(-0.098), "high": seen * np.exp(0.098)}
    )
    saved = [v.saving_usd for v in endpoints.decide_endpoints(sides, bills, OLD, MARGIN)]
    truth = 100 * (1 - 0.5 * 0.97 / 0.92)
    assert isinstance(saved[0], Estimate)
    luck = by_chance(95, many) - 95
    covered = 100 * np.mean([one.low <= truth <= one.high for one in saved])
    assert 94.5 - luck <= covered <= min(100, 96 + luck)

"""A swap is weighed by what both models did on the same requests, and says what it lacks."""

import numpy as np
import pandas as pd
import pytest

from kit.decision.substitution import (
    explanation,
    judgements_needed,
    missing,
    passing_candidates,
    requests_needed,
    weigh,
)
from kit.replay import Outcomes, outcomes
from kit.replay.judge import examine

OLD, NEW = "gpt-4o@openai", "glm-5@zai"


def swap(both, only_new=0, only_old=0, neither=0, times=0.1, new=NEW, **more):
    """Requests of 1 to 2 USD, with so many that both, only one or none answered acceptably."""
    counts = (both, only_new, only_old, neither)
    ours, theirs = np.repeat([1.0, 1.0, 0.0, 0.0], counts), np.repeat([1.0, 0.0, 1.0, 0.0], counts)
    usd = np.linspace(1, 2, sum(counts))
    n = len(usd)
    given = {
        "low": ours, "high": ours, "incumbent_low": theirs, "incumbent_high": theirs, "usd": times * usd,
        "incumbent_usd": usd, "calls": np.ones(n), "groups": np.arange(n), "agreement": np.zeros(n, bool),
        "judged": np.full(n, np.nan), "again": np.zeros(n, bool),
    }  # fmt: skip
    return Outcomes(**{"candidate": new, "incumbent": OLD} | given | more)


@pytest.mark.parametrize(
    ("one", "quality", "cost"),
    [
        pytest.param(swap(200), "pass", "pass", id="as good and a tenth of the cost"),
        pytest.param(swap(50), "open", "pass", id="as good on 50 requests does not exclude 3 points"),
        pytest.param(swap(100, only_old=50), "fail", "pass", id="worse by a third"),
        pytest.param(swap(200, times=2.0), "pass", "fail", id="twice as dear"),
        pytest.param(
            swap(100, only_old=100, times=0.7), "fail", "fail", id="half are paid for in vain, so it is dearer"
        ),
        pytest.param(swap(200, times=1.0), "pass", "open", id="as dear"),
        pytest.param(swap(200, usd=np.full(200, np.nan)), "pass", "open", id="of unknown cost"),
        pytest.param(swap(0), "open", "open", id="nothing replayed"),
        pytest.param(swap(0, only_old=19), "open", "open", id="almost nothing replayed, whatever it shows"),
        pytest.param(swap(200, calls=np.r_[np.ones(199), 50.0]), "open", "pass", id="weights: 200 count for few"),
    ],
)
def test_weigh(one, quality, cost):
    """Quality is the paired interval against the margin, cost that of the ratio against 1."""
    found = weigh(one, 0.03)
    assert (quality, cost) == (found.quality, found.cost)
    assert ("fail" if "fail" in (quality, cost) else "open" if "open" in (quality, cost) else "pass") == found.state


@pytest.mark.parametrize(
    ("one", "why"),
    [
        pytest.param(swap(0), "no request could be judged on both", id="nothing"),
        pytest.param(swap(30, usd=np.r_[np.nan, np.ones(29)]), f"what 1 of 30 requests cost on {NEW} is not known",
                     id="a cost of the candidate"),
        pytest.param(swap(30, incumbent_usd=np.full(30, np.nan)), f"what 30 of 30 requests cost on {OLD} is not known",
                     id="the costs of the incumbent"),
        pytest.param(swap(0, only_old=30), f"no answer of {NEW} was accepted, so an accepted one has no cost",
                     id="no success"),
        pytest.param(swap(19), "19 requests of the 20 that a verdict needs at least", id="almost nothing"),
        pytest.param(swap(30, incumbent_usd=np.zeros(30)),
                     f"the requests cost nothing on {OLD}, so nothing can be saved",
                     id="free already"),
        pytest.param(swap(30), "", id="nothing is missing"),
    ],
)  # fmt: skip
def test_missing(one, why):
    """Why there is no ratio of costs is said by name and number."""
    assert why == missing(one)
    assert bool(why) == (weigh(one, 0.03).ratio is None)


def test_said():
    """The difference and the costs are told with their intervals, and requests that were asked again."""
    one = swap(180, only_old=20, again=np.arange(200) < 4)
    quality, cost, again = explanation(one, weigh(one, 0.03), 0.03)
    assert quality.startswith(
        "-10.0 points of accepted answers [-18.0, -4.7], worse by more than the margin of 3 points"
    )
    assert cost.startswith("an accepted answer costs 0.111 times as much [0.10") and cost.endswith("cheaper")
    assert f"4 of 200 requests are asked again of {OLD}" == again


@pytest.mark.parametrize(
    ("pairs", "n", "more"),
    [
        pytest.param(10, 1000, "30 more labelled pairs would help most", id="a short exam and many requests"),
        pytest.param(500, 60, "60 more replayed requests would help most", id="a long exam and few requests"),
    ],
)
def test_what_would_help(pairs, n, more):
    """Where a judge decides, it is said whether labelled pairs or replayed requests would help more."""
    people = [verdict for verdict in ("better", "same", "worse") for _ in range(pairs)]
    exam = examine(pd.DataFrame({"judged": people}), people)
    one = swap(n, judged=np.zeros(n))
    assert any(words.endswith(more) for words in explanation(one, weigh(one, 0.001, exam=exam), 0.001, exam))


def test_holm():
    """What passes alone must pass at the level that it shares with others that were tried."""
    just, sure = swap(258, only_old=2), swap(1000, new="a@x")
    others = [swap(100, only_old=50, new=f"worse{place}@x") for place in range(3)]
    assert {NEW} == passing_candidates([just], 0.04)
    assert set() == passing_candidates([just, *others], 0.04)
    assert {"a@x"} == passing_candidates([sure, just, *others], 0.04)
    assert {NEW, "a@x"} == passing_candidates(
        [sure, just], 0.04
    )  # the sure one has passed, and leaves the whole level to it


@pytest.mark.parametrize(
    ("one", "needed"),
    [
        pytest.param(swap(50), 179, id="as good: as many as the margin asks for"),
        pytest.param(swap(200, times=1.0), None, id="as dear: no number shows a saving"),
        pytest.param(swap(0), None, id="nothing replayed: nothing to go by"),
        pytest.param(swap(2), 20, id="almost nothing: the least that a verdict needs"),
        pytest.param(swap(97, only_old=3), None, id="at the margin itself: no number shows which side"),
    ],
)
def test_requests_needed(one, needed):
    """The number is of what is open, and there is none where no number helps."""
    assert needed == requests_needed(one, 0.03, 1.959963984540054)


def test_one_failure_is_enough():
    """Where what is open points to a failure, its number counts, whatever else is open."""
    one = swap(95, only_old=5, times=0.94, usd=np.tile([0.5, 2.3], 50), incumbent_usd=np.ones(100) * 1.5)
    assert {"open"} == {weigh(one, 0.03).quality, weigh(one, 0.03).cost}
    worse = requests_needed(one, 0.03, 1.959963984540054)
    alone = requests_needed(swap(95, only_old=5), 0.03, 1.959963984540054)
    assert alone == worse


def test_outcomes():
    """Requests are paired by name, and one that was not judged may have been won or lost, alone and with a fallback."""
    usual = {"endpoint": "tag", "error_kind": "", "valid": True, "accepted": True, "cost_usd": 1.0}
    rows = [usual | {"contender": OLD, "request": f"tag/{place}"} for place in range(4)]
    rows += [usual | {"contender": NEW, "request": f"tag/{place}", "cost_usd": 0.1} for place in (3, 1, 0)]
    rows[1]["accepted"] = None
    rows[4] |= {"accepted": False, "valid": False}
    ((place, (alone, behind)),) = outcomes(pd.DataFrame(rows), OLD).items()
    assert (("tag", NEW), 3, 1, 0, 1) == (place, alone.n, alone.unknown, alone.again.sum(), behind.again.sum())
    assert ([-1, 0, 0], [-1, 1, 0]) == (list(alone.worst), list(alone.best))
    assert ([0, 0, 0], [0, 1, 0]) == (list(behind.worst), list(behind.best))
    assert pytest.approx([1.1, 0.1, 0.1]) == list(behind.usd)


def test_judgements_needed():
    """Of 350 unknown answers in 500, as many must be judged fine as keep what is left within the margin."""
    one = swap(500, low=np.repeat([1.0, 0.0], (150, 350)))
    gap = weigh(one, 0.03).difference
    assert pytest.approx((-0.7, 0.0)) == (gap.worst, gap.best)
    assert 340 <= judgements_needed(one, 0.03) <= 350
    assert any("350 of 500 answers are not judged" in words for words in explanation(one, weigh(one, 0.03), 0.03))

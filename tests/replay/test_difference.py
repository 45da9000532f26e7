"""The difference between candidate and incumbent: never surer than what was judged, repeated, labelled and weighed."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from kit import client
from kit.client import Answer, Request
from kit.pricing import Usage
from kit.replay import LoggedRequest, Outcomes, compare, difference, outcomes
from kit.replay.difference import corrected_share, effective_requests
from kit.replay.judge import examine

OLD, NEW = "gpt-4o@gateway", "gpt-4o-mini@gateway"
CLASSES = np.array(["billing", "technical", "account", "shipping", "other"])
TEXT = "Thank you for writing, we have passed this to the billing team."
USELESS = "I do not know. Please go away and read the manual, dear customer."


def replayed(old, new, logged=None, calls=None, texts=None):
    """Outcomes of a replay of one endpoint, through `compare`: answers by both, and the logged one if given."""
    requests, rows = [], []
    for place, (one, other) in enumerate(zip(old, new, strict=True)):
        asked = texts[place] if texts else f"ticket {place}"
        request = Request(f"e/{place}", [{"role": "user", "content": asked}])
        before = None if logged is None else str(logged[place])
        requests.append(LoggedRequest("e", request, 1 if calls is None else int(calls[place]), before))
        for who, text in ((OLD, one), (NEW, other)):
            answer = Answer(str(text), "stop", Usage(300, output=20), "2026-11-24T12:00:00+00:00", 1.0)
            rows.append((who, request.id, 0, answer))
    return outcomes(compare(requests, client.answer_table(rows), OLD), OLD)["e", NEW][0]


def labels(n, steady, seed, times=3):
    """Labels by as many models that are right with the chance `steady` and say another of five classes else."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 5, n)
    return [CLASSES[np.where(rng.random(n) < p, truth, (truth + rng.integers(1, 5, n)) % 5)] for p in
            (steady if isinstance(steady, tuple) else (steady,) * times)]  # fmt: skip


def scores(ours, theirs, **more):
    """Outcomes that are known, a request each."""
    n = len(ours)
    given = {
        "low": ours, "high": ours, "incumbent_low": theirs, "incumbent_high": theirs, "usd": np.ones(n),
        "incumbent_usd": np.ones(n), "calls": np.ones(n), "groups": np.arange(n), "agreement": np.zeros(n, bool),
        "judged": np.full(n, np.nan), "again": np.zeros(n, bool),
    }  # fmt: skip
    return Outcomes(NEW, OLD, **given | more)


def test_unjudged_texts():
    """150 equal texts and 350 others that nobody judged lie between -70 points and 0."""
    found = difference(replayed([TEXT] * 500, [TEXT if i % 10 < 3 else USELESS for i in range(500)]))
    assert (350, pytest.approx(-0.7), 0.0) == (found.unknown, found.worst, found.best)
    assert found.estimate.low < -0.7 and 0 < found.estimate.high < 0.012


def test_the_same_model_by_its_log():
    """A model that agrees with its logged answers on 95 % agrees as often with a copy of itself: within 3 points."""
    found = difference(replayed(*labels(1000, 0.974, 1)))
    assert 0.94 < found.self_agreement < 0.96 and found.measured == 1000
    assert -0.03 < found.estimate.low < 0 < found.estimate.high


def test_a_worse_model_by_the_log():
    """A loss of 6 points is seen through the incumbent's noise."""
    found = difference(replayed(*(labels(2000, (0.974, 0.914, 0.974), 2))))
    assert found.estimate.high < -0.03


def test_noise_that_was_not_measured():
    """Without a logged or second answer, noise may be a loss, and never shows one."""
    found = difference(replayed(*labels(1000, 0.95, 3, times=2)))
    assert (1000, 0, 0.0) == (found.unmeasured, found.measured, found.best)
    assert found.estimate.low < -0.05 and found.estimate.high >= 0


def test_half_a_chance():
    """An incumbent that agrees with itself no more than half the time is no reference at all."""
    assert -1 == difference(replayed(*labels(300, 0.6, 4))).estimate.low


def test_a_frequent_request():
    """One request stands for 3,800 of 4,000 calls and fails: about -95 points, by calls."""
    texts = [f"ticket number {i}" for i in range(200)] + ["the health-check that every shift sends"]
    new = ["billing"] * 200 + ["shipping"]
    found = difference(replayed(["billing"] * 201, new, ["billing"] * 201, [1] * 200 + [3800], texts))
    assert pytest.approx(-0.95) == found.estimate.value
    assert found.estimate.low <= -0.95 and found.effective < 2


def test_templates_are_groups():
    """Ten near-duplicates that share their fate say as much as one request."""
    words = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa"] * 10
    kinds = sorted(f"{a} {b}" for a, b in zip(words, sorted(words), strict=True))
    texts = [f"{kind}: order {i}" for i, kind in enumerate(np.repeat(kinds, 10))]
    bad = {kind for kind in kinds if kind.startswith("zeta")}
    new = ["other" if text.split(":")[0] in bad else "billing" for text in texts]
    alone = difference(replayed(["billing"] * 1000, new, ["billing"] * 1000))
    grouped = difference(replayed(["billing"] * 1000, new, ["billing"] * 1000, texts=texts))
    assert alone.estimate.value == grouped.estimate.value
    assert pytest.approx(100, rel=0.05) == grouped.effective
    assert grouped.estimate.high - grouped.estimate.low > 3 * (alone.estimate.high - alone.estimate.low)


def test_effective_requests():
    """Weights alone cost what Kish says: (sum of weights)^2 over the sum of squares, at most."""
    calls = np.array([1.0, 1.0, 2.0, 4.0])
    assert 64 / 22 >= effective_requests(np.array([0.0, -1, 0, 0]), calls, np.arange(4))[0] >= 1
    assert (4.0, float("inf")) == effective_requests(np.zeros(4), np.ones(4), np.arange(4))


def exam(n, blind):
    """The exam of a judge that calls this share of worse and better texts the same, of n pairs of each verdict."""
    missed = round(blind * n)
    people = ["better"] * n + ["same"] * n + ["worse"] * n
    judged = ["same"] * missed + ["better"] * (n - missed) + ["same"] * n + ["same"] * missed + ["worse"] * (n - missed)
    return examine(pd.DataFrame({"judged": judged}), people)


def test_corrected_share():
    """A judge that sees 65 of 100 losses and never errs otherwise: 26 seen of 1,000 stand for 40."""
    found = corrected_share(26, 1000, exam(100, 0.35), "worse")
    assert pytest.approx(0.04) == found.value
    assert found.low < 0.026 < 0.04 < found.high < 0.08


@pytest.mark.parametrize(
    ("pairs", "shows"),
    [
        pytest.param(10, False, id="an exam of 30 pairs cannot show 3 points"),
        pytest.param(100, True, id="an exam of 300 pairs can"),
    ],
)
def test_the_exam_counts(pairs, shows):
    """A judge's errors are in the interval: 1,000 texts judged as good are as good only as far as the exam goes."""
    same = scores(np.ones(1000), np.ones(1000), judged=np.zeros(1000))
    assert shows == (difference(same, exam=exam(pairs, 0.2)).estimate.low > -0.03)
    assert difference(same).estimate.low > -0.01  # taken at face value


def test_better_texts_count():
    """A text that is judged better is a gain, as one judged worse is a loss."""
    judged = np.repeat([1.0, -1.0, 0.0], (10, 10, 80))
    ours, theirs = np.where(judged == -1, 0.0, 1.0), np.where(judged == 1, 0.0, 1.0)
    assert 0 == difference(scores(ours, theirs, judged=judged)).estimate.value


@pytest.mark.parametrize(
    ("fails", "low", "high"),
    [
        pytest.param(True, -1.0, -0.6, id="the frequent request fails each time"),
        pytest.param(False, -0.03, 0.03, id="no request fails"),
    ],
)
def test_a_frequent_request_asked_again(fails, low, high):
    """Asked 190 times, a request of 95 % of the calls decides; both templates are parts of the traffic."""
    texts = [f"ticket number {i}" for i in range(200)] + ["the health-check that every shift sends"] * 190
    calls = [1] * 200 + [20] * 190
    new = ["a"] * 200 + ["b" if fails else "a"] * 190
    found = difference(replayed(["a"] * 390, new, logged=["a"] * 390, calls=calls, texts=texts))
    assert low <= found.estimate.low <= found.estimate.high <= high
    assert found.effective > 100


def test_computed_once():
    """What was computed of outcomes is remembered by them alone: a copy that differs is computed anew."""
    known = scores(np.ones(50), np.ones(50))
    assert difference(known) is difference(known)
    lost = replace(known, low=np.zeros(50), high=np.zeros(50))
    assert (0.0, -1.0) == (difference(known).estimate.value, difference(lost).estimate.value)

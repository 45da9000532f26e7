"""A replay from the log to the comparison: in one draw, or in batches until the verdict stands."""

import json
from datetime import date

import pandas as pd
import pytest

from kit import replay
from kit.decision import endpoints
from kit.pricing import ArticleBook
from kit.traffic import Traffic

OLD, NEW = "gpt-4o@old", "gpt-4o-mini@new"
WORDS = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa"]


def log(n, endpoint="tag", answer=None):
    """A log of as many different requests, with the answer that was given then."""
    texts = [f"{endpoint} {WORDS[i % 10]} {WORDS[i // 10 % 10]} {WORDS[i // 100]}" for i in range(n)]
    bodies = [json.dumps({"messages": [{"role": "user", "content": text}]}) for text in texts]
    usual = {"endpoint": endpoint, "logged": "gpt-4o", "prompt": 20, "output": 5, "answer": answer}
    return [usual | {"at": f"2026-10-{i % 28 + 1:02} 10:00", "request": body} for i, body in enumerate(bodies)]


def traffic(*rows):
    return Traffic.of(pd.DataFrame([row for some in rows for row in some]), {"gpt-4o": "gpt-4o"})


@pytest.fixture
def replayed(server, tmp_path):
    """Replay a log: `replayed(traffic, old, new, ...)`, in the weather of each."""

    def run(calls, old, new, per_endpoint=20, **more):
        contenders = [server.contender(old, model="gpt-4o", way="old"),
                      server.contender(new, model="gpt-4o-mini", way="new")]  # fmt: skip
        return replay.run(calls, contenders, per_endpoint, store=tmp_path / "s.sqlite", **more)

    return run


def test_the_log_is_the_second_answer(server, replayed):
    """Where the log holds the incumbent's answer, it is not asked twice."""
    found = replayed(traffic(log(5, answer="billing")), "says:Billing", "says:billing")
    assert 10 == len(server.bodies)
    assert [True] * 5 == list(found.compared.query("contender == @OLD")["self_agrees"])


def test_asked_twice(server, replayed):
    """Where it does not, the incumbent is asked a second time."""
    found = replayed(traffic(log(5)), "says:billing", "says:billing")
    assert 15 == len(server.bodies)
    assert [True] * 5 == list(found.compared.query("contender == @OLD")["self_agrees"])


def test_a_log_without_texts(server, replayed):
    """Of a log of figures nobody is asked anything; each endpoint is billed, nothing is decided, and why is said."""
    calls = traffic([row | {"request": None} for row in log(30)])
    found = replayed(calls, "says:Billing", "says:billing")
    bills = pd.DataFrame([("tag", 12.0, 11.0, 13.0)], columns=["endpoint", "usd_month", "low", "high"])
    (verdict,) = endpoints.decide_endpoints(found.compared, bills, found.incumbent, 3)
    assert ([], 0, OLD) == (server.bodies, len(found.compared), found.incumbent)
    assert (endpoints.NOBODY, "undecided", 12.0) == (verdict.candidate, verdict.verdict, verdict.today_usd.value)
    assert "holds no texts of requests" in found.sample.explanation
    (row,) = endpoints.endpoint_rows([verdict], "list", "the log", date(2026, 11, 1))
    assert ("endpoint.today", OLD) == (row.metric, row.subject.partition("@")[0] + "@old")


def test_texts_are_not_asked_twice(server, replayed):
    """Free text that differs is for a judge, so a second answer would not help."""
    replayed(traffic(log(5)), "says:Thank you for writing, we are looking into it.", "says:Well.")
    assert 10 == len(server.bodies)


BILLS = pd.DataFrame(
    [("tag", 10.0, 9.0, 11.0), ("big", 500.0, 450.0, 550.0)], columns=["endpoint", "usd_month", "low", "high"]
)


def test_until_decided(replayed):
    """A clear case stops after few batches, the largest bill goes first, and each batch has its line."""
    lines = []
    found = replayed(
        traffic(log(400, answer="a"), log(400, "big", answer="a")), "says:a", "says:b", plan={"most": 400, "batch": 25},
        look=endpoints.look_at_endpoints(BILLS, 3), bills=BILLS, book=ArticleBook(), progress=lines.append,
    )  # fmt: skip
    assert {"big": 1, "tag": 1} == found.looks
    assert ("big: 25 of at most 400 requests, decided", "tag: 25") == (lines[0].split(";")[0], lines[1][:7])
    assert 50 == len(found.sample.logged) == len(found.compared) / 2
    assert {"stay"} == {v.verdict for v in endpoints.decide_endpoints(found.compared, BILLS, OLD, 3)}


def test_an_equal_candidate(replayed):
    """An equal and cheaper candidate is found as soon as the margin is excluded: after 175 of 400 requests."""
    lines = []
    found = replayed(
        traffic(log(400, answer="a")), "says:a", "says:a", plan={"most": 400, "batch": 25}, book=ArticleBook(),
        look=endpoints.look_at_endpoints(BILLS, 3), bills=BILLS, progress=lines.append,
    )  # fmt: skip
    assert ({"tag": 7}, 7) == (found.looks, len(lines))
    assert "points [" in lines[0] and "would decide" in lines[0]
    assert "migrate" == endpoints.decide_endpoints(found.compared, BILLS, OLD, 3)[1].verdict


def test_the_budget_stops(replayed):
    """What the budget does not allow is not asked, and what was is compared."""
    found = replayed(
        traffic(log(100, answer="a")), "says:a", "says:b", plan={"most": 100, "batch": 10}, book=ArticleBook(),
        look=lambda compared, exam: {"tag": "open"}, budget_usd="0.005",
    )  # fmt: skip
    assert 10 <= len(found.sample.logged) < 100
    assert "budget" in set(found.compared["error_kind"])

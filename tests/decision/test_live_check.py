"""What the replay says of a cascade is what the router does on the same answers."""

from dataclasses import replace

import pytest

from kit import client
from kit.benchmarks import SuiteOptions, answer_scores, suites
from kit.decision import live_check, routing_policies
from kit.decision.routing_policies import Policy
from kit.pricing import ContractBook

LIMIT = 4
OPTIONS = SuiteOptions("kit-general", limit=LIMIT)
PRICES = """
valid_from: 2020-01-01
valid_to: 2099-12-31
prices: {}
own:
  mini: {input: "0.1", output: "0.4"}
  maxi: {input: "2", output: "8"}
"""


@pytest.fixture
def book(tmp_path):
    """Prices of a cheap and a dear model."""
    (tmp_path / "own.yaml").write_text(PRICES)
    return ContractBook.read(tmp_path / "own.yaml")


def measured(server, book, cheap, dear="says:A", **more):
    """Both contenders' answers to a few items, and how they are written."""
    written = [server.contender(cheap, model="mini", **more), server.contender(dear, model="maxi")]
    suite = suites.read_suite("kit-general", limit=LIMIT)
    answers = client.ask(suite.requests(), written, book.path.with_name("s.sqlite"), book=book, stream=False)
    return routing_policies.answers_by_item(answer_scores.score_answers(suite, answers), {}), written


@pytest.mark.parametrize(
    ("cheap", "dear", "calls"),
    [
        pytest.param("says:B", "says:A", 1, id="an answer that can be read is taken"),
        pytest.param("says:who knows", "says:A", 2, id="one that cannot is asked again"),
        pytest.param("says:who knows", "says:nobody", 2, id="nobody's can be read"),
    ],
)
def test_alike(server, book, cheap, dear, calls):
    """Live and replayed, the same contenders are asked, at the same cost."""
    found, written = measured(server, book, cheap, dear)
    cascade = Policy("c", "cascade", found.contenders)
    before = len(server.bodies)
    table = live_check.check_live(found, [None, cascade], OPTIONS, written, book, LIMIT)
    assert (LIMIT, LIMIT * calls) == (int(table["alike"].sum()), len(server.bodies) - before)
    assert list(table["replayed USD"]) == pytest.approx(list(table["live USD"]))


@pytest.mark.parametrize(
    ("least", "calls"), [pytest.param(0.7, 2, id="above what it is sure of"), pytest.param(0.3, 1, id="below")]
)
def test_confidence(server, book, least, calls):
    """The threshold that was swept in the replay is the router's own, on the same confidence."""
    found, written = measured(server, book, "sure:0.5,B", defaults={"logprobs": True})
    before = len(server.bodies)
    table = live_check.check_live(
        found, [Policy("c", "cascade", found.contenders, least)], OPTIONS, written, book, LIMIT
    )
    assert (LIMIT, LIMIT * calls) == (int(table["alike"].sum()), len(server.bodies) - before)
    assert [0.5] * LIMIT == pytest.approx(list(found.sure[0]))


def test_unlike(server, book):
    """Where the replay knows no confidence, all is asked again; the router, which sees it, asks only the unsure."""
    found, written = measured(server, book, "sure:0.5,B")
    table = live_check.check_live(found, [Policy("c", "cascade", found.contenders, 0.3)], OPTIONS, written, book, LIMIT)
    assert 0 == int(table["alike"].sum())


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"recorded_from": "answers.csv"}, id="recorded answers cannot be asked again"),
        pytest.param({"suite": ""}, id="no suite, no requests"),
    ],
)
def test_nothing_to_rehearse(server, book, changed):
    """What cannot be routed live is not, and that is said."""
    found, written = measured(server, book, "says:B")
    cascade = Policy("c", "cascade", found.contenders)
    table = live_check.check_live(found, [cascade], replace(OPTIONS, **changed), written, book, LIMIT)
    assert (0, "Nothing was routed live") == (len(table), live_check.live_caption(table))


def test_no_cascade(server, book):
    """The router has no agreements and no draws, so other policies are passed over."""
    found, written = measured(server, book, "says:B")
    alone = Policy("a", "alone", found.contenders[:1])
    assert live_check.check_live(found, [alone], OPTIONS, written, book, LIMIT).empty


def test_said(server, book):
    """How far both agree stands above the table."""
    found, written = measured(server, book, "says:B")
    table = live_check.check_live(found, [Policy("c", "cascade", found.contenders)], OPTIONS, written, book, 2)
    assert live_check.live_caption(table).startswith(
        "Of 2 items routed live, 2 went where the replay sent them; they cost $"
    )

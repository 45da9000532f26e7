"""A policy is replayed by what a service sees, and pays all that it asks."""

import re
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from places import SHARED

from kit import client
from kit.benchmarks import answer_scores, imports
from kit.benchmarks.suites import read_suite as suite_named
from kit.decision import routing_policies
from kit.decision.routing_policies import Policy
from kit.errors import ItemError
from kit.pricing import ArticleBook, ContractBook

DATA = SHARED / "data" / "recorded-mmlu.csv.gz"
CHEAP, OTHER, DEAR = "mini@x", "midi@x", "maxi@x"
USD = {CHEAP: 1.0, OTHER: 2.0, DEAR: 10.0}


def table(**answers):
    """Scores of contenders: a word an item, of the letter read; `?` unread, `!` no answer, `-` never sent; key is A."""
    odd = {"A": ("right", 1.0), "?": ("unparsed", 0.0), "!": ("failed", 0.0), "-": ("unanswered", None)}
    rows = [
        (f"{who}@x", f"i{n}", 0, "g", *odd.get(said[0], ("wrong", 0.0)),
         None, {"!": "timeout", "-": "not asked: stopped"}.get(said[0], said[0]), None, said[1:] or None)
        for who, words in answers.items() for n, said in enumerate(words.split())
    ]  # fmt: skip
    columns = ["contender", "item", "sample", "group", "outcome", "value", "valid", "read", "cost_usd", "confidence"]
    return pd.DataFrame(rows, columns=columns).assign(confidence=lambda t: pd.to_numeric(t["confidence"]))


def replayed(kind, tiers, at=None, usd=USD, **answers):
    outcome = routing_policies.replay_policy(
        routing_policies.answers_by_item(table(**answers), usd), Policy("p", kind, tiers, at)
    )
    return list(outcome.correct), list(outcome.usd), list(outcome.again)


@pytest.mark.parametrize(
    ("mini", "maxi", "at", "correct", "usd"),
    [
        pytest.param("A", "B", None, 1, 1, id="a right answer is taken"),
        pytest.param("B", "A", None, 0, 1, id="a wrong one is too: a service does not see it"),
        pytest.param("?", "A", None, 1, 11, id="one that cannot be read is asked again, and both are paid"),
        pytest.param("!", "A", None, 1, 10, id="so is one that never came, which cost nothing"),
        pytest.param("?", "!", None, 0, 1, id="nobody answers"),
        pytest.param("B.7", "A", 0.8, 1, 11, id="one that is not sure enough is asked again"),
        pytest.param("B.8", "A", 0.8, 0, 1, id="one just sure enough is taken"),
        pytest.param("B", "A", 0.8, 1, 11, id="one of unknown confidence counts as not sure"),
        pytest.param("A.7", "!", 0.8, 1, 1, id="an unsure one stands where nobody after it answers"),
        pytest.param("A.7", "?", 0.8, 1, 11, id="or where the next one cannot be read"),
    ],
)
def test_cascade(mini, maxi, at, correct, usd):
    """The dear one is asked where the cheap one visibly fails or is not sure, and at no other time."""
    assert ([correct], [usd]) == replayed("cascade", (CHEAP, DEAR), at, mini=mini, maxi=maxi)[:2]


@pytest.mark.parametrize(
    ("mini", "midi", "maxi", "correct", "usd"),
    [
        pytest.param("A", "A", "B", 1, 3, id="what two say is taken"),
        pytest.param("B", "B", "A", 0, 3, id="be it wrong"),
        pytest.param("B", "C", "A", 1, 13, id="where they differ, a dearer one's"),
        pytest.param("?", "A", "B", 0, 13, id="one that cannot be read agrees with none"),
        pytest.param("?", "?", "A", 1, 13, id="not even with another such"),
        pytest.param("B", "A", "!", 0, 3, id="where the dearer one fails, the first one's"),
        pytest.param("!", "A", "!", 1, 2, id="or that of the one that came"),
    ],
)
def test_agreement(mini, midi, maxi, correct, usd):
    """Two cheap ones are always asked; a dearer one where they do not say the same."""
    found = replayed("agreement", (CHEAP, OTHER, DEAR), mini=mini, midi=midi, maxi=maxi)
    assert ([correct], [usd]) == found[:2]


def test_mix():
    """A mix is what is to be expected of the draw."""
    assert ([0.25, 0.75], [7.75, 7.75]) == replayed("mix", (CHEAP, DEAR), 0.25, mini="A B", maxi="B A")[:2]


def test_oracle():
    """It takes the cheapest that is right, and the cheapest where none is."""
    found = replayed("oracle", (CHEAP, OTHER, DEAR), mini="A B B B", midi="A A B B", maxi="A A A B")
    assert ([1, 1, 1, 0], [1, 2, 10, 1]) == found[:2]


def test_alone():
    """One contender, each request."""
    assert ([1, 0, 0], [1, 1, 0], [False] * 3) == replayed("alone", (CHEAP,), mini="A ? !", maxi="A A A")


def test_every():
    """Each alone, cascades and agreements from cheap to dear, mixes with the incumbent, and the oracle."""
    found = routing_policies.answers_by_item(table(mini="A ? B.5", midi="A B A", maxi="A A A"), USD)
    names = [one.name for one in routing_policies.all_policies(found, DEAR)]
    assert [
        "mini", "midi", "maxi", "mini; midi where it fails", "mini; midi below 0.5", "mini; maxi where it fails",
        "mini; maxi below 0.5", "mini and midi; maxi where they differ",
        "25 % mini, the rest maxi", "50 % mini, the rest maxi", "75 % mini, the rest maxi",
        "25 % midi, the rest maxi", "50 % midi, the rest maxi", "75 % midi, the rest maxi", "oracle",
    ] == names  # fmt: skip


def test_thresholds_are_deciles():
    """They follow the confidence that was seen, so that each asks about as many more again as the one before."""
    words = " ".join(f"A{n / 100}" for n in range(1, 100))
    found = routing_policies.answers_by_item(table(mini=words, maxi="A " * 99), USD)
    cascades = [one for one in routing_policies.all_policies(found, DEAR) if one.kind == "cascade"]
    again = [routing_policies.replay_policy(found, one).again.sum() for one in cascades]
    assert ([0.108, 0.206], 9) == ([one.at for one in cascades[:2]], len(cascades))
    assert list(np.diff(again)) == pytest.approx([10] * 8, abs=1)


@pytest.mark.parametrize(
    ("mini", "items", "left"),
    [
        pytest.param("A - A", ["i0", "i2"], 1, id="what was never sent is unknown, and the item left out"),
        pytest.param("A !", ["i0", "i1"], 1, id="an item that another was not asked"),
    ],
)
def test_items(mini, items, left):
    """Policies are compared on the items to which all answers are known."""
    found = routing_policies.answers_by_item(table(mini=mini, maxi="A A A"), USD)
    assert (items, left) == (list(found.items), found.left_out)


@pytest.mark.parametrize(
    ("only", "usd", "words"),
    [
        pytest.param(["mimi@x"], USD, "'mimi@x' is not among the contenders; did you mean 'mini@x'?", id="near miss"),
        pytest.param([], {CHEAP: 1.0}, "what 2 of 2 answers of maxi@x cost is not known", id="no price"),
    ],
)
def test_told(only, usd, words):
    """What cannot be replayed is said, and why."""
    with pytest.raises(ItemError, match=re.escape(words)):
        routing_policies.answers_by_item(table(mini="A B", maxi="A A"), usd, only)


def test_nothing_shared():
    """Without an item that all were asked there is nothing to route."""
    with pytest.raises(ItemError, match="no item was answered by all of mini@x, maxi@x"):
        routing_policies.answers_by_item(table(mini="-", maxi="A"), USD)


def test_own_costs_come_first():
    """What an answer says it cost is not replaced by an assumption."""
    scored = table(mini="A A", maxi="A A")
    scored.loc[scored["contender"] == DEAR, "cost_usd"] = 4.0
    assert [[1, 1], [4, 4]] == routing_policies.answers_by_item(scored, USD).usd.tolist()


def test_assumed(tmp_path):
    """A request of so many tokens costs what the book says; an unknown price is no price, no tokens no assumption."""
    contract = tmp_path / "own.yaml"
    contract.write_text(
        'valid_from: 2026-01-01\nvalid_to: 2026-12-31\nprices: {}\nown:\n  mini: {input: "0.4", output: "2"}\n'
    )
    book, at = ContractBook.read(contract), datetime(2026, 6, 1, tzinfo=UTC)
    assert {"mini@x": 0.00041} == pytest.approx(routing_policies.assumed_costs(["mini@x", "maxi@x"], book, at, 1000, 5))
    assert {} == routing_policies.assumed_costs(["mini@x"], book, at, 0, 0)


@pytest.mark.parametrize(
    ("contenders", "found"),
    [
        pytest.param(["a@x", "b@y"], ["a", "b"], id="the model"),
        pytest.param(["a@x", "a@x:terse"], ["a", "a:terse"], id="the model and its variant"),
        pytest.param(["a@h:8000", "b@h:8000:v"], ["a", "b:v"], id="a port is no variant"),
        pytest.param(["a@x", "a@y"], ["a@x", "a@y"], id="all of it, where the model alone would not do"),
    ],
)
def test_labels(contenders, found):
    """Names are as short as they can be and tell contenders apart."""
    assert found == list(routing_policies.policy_labels(contenders).values())


def test_what_a_budget_left_unasked_is_no_failure(server, tmp_path):
    """An answer that was never asked for is unknown; one that came is not."""
    suite = suite_named("kit-general", limit=3)
    who = server.contender("ok", model="gpt-4o")
    answers = client.ask(suite.requests(), [who], tmp_path / "s.sqlite", book=ArticleBook(), budget_usd="0.0000001")
    with pytest.raises(ItemError, match="no item was answered by all"):
        routing_policies.answers_by_item(answer_scores.score_answers(suite, answers), {})


@pytest.mark.skipif(not DATA.exists(), reason="the recorded answers are not here")
def test_recorded():
    """Where two open models agree, and gpt-4o is asked where they do not, more is right than with gpt-4o alone."""
    found = imports.read(DATA)
    one, two, dear = "qwen2.5-72b@recorded", "llama-3.1-70b@recorded", "gpt-4o@recorded"
    marked = answer_scores.score_recorded(found, "mmlu-redux", "general")
    usd = {one: 0.000282, two: 0.000423, dear: 0.0018}  # of 705 tokens at made-up prices
    held = routing_policies.answers_by_item(marked, usd, [dear, one, two])
    got = routing_policies.replay_policy(held, Policy("p", "agreement", (one, two, dear)))
    assert (2900, 0) == (len(held.items), held.left_out)
    assert pytest.approx((0.8624, 0.1434, 0.000963), abs=1e-4) == (
        got.correct.mean(), got.again.mean(), got.usd.mean()
    )  # fmt: skip

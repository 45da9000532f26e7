"""Replay: what was asked of incumbent and candidates, compared request by request, and what it came to."""

import json
from datetime import date

import pandas as pd
import pytest

import kit
from kit import evidence, replay
from kit.client import Request
from kit.errors import AskError
from kit.pricing import ArticleBook
from kit.replay import LoggedRequest, Pair
from kit.replay.compare import COLUMNS

OLD, NEW = "gpt-4o@old", "gpt-4o-mini@new"
LONG = "Thank you for writing, we are looking into it."
OTHER = "We have received your message and will answer soon."


def logged(text="a", endpoint="triage", key=None, calls=1, tools=(), **parameters):
    """A drawn request, its id the endpoint and the text."""
    messages = [{"role": "user", "content": text}]
    return LoggedRequest(endpoint, Request(f"{endpoint}/{text}", messages, parameters, tools), calls, None, key)


def for_json(text="a", **more):
    return logged(text, response_format={"type": "json_object"}, **more)


def asked(server, store, drawn, old, new):
    """What incumbent and candidate answered, each in its own weather."""
    of = [server.contender(old, model="gpt-4o", way="old"), server.contender(new, model="gpt-4o-mini", way="new")]
    return kit.ask([one.request for one in drawn], of, store, attempts=2, progress=False)


@pytest.fixture
def compared(server, tmp_path):
    """Compare one request's answers: `compared(logged, old, new)` is the candidate's row."""

    def compare(one, old, new, verdict=None):
        found = asked(server, tmp_path / "s.sqlite", [one], old, new)
        told = pd.DataFrame([{"contender": NEW, "request": one.request.id, "judged": verdict}]) if verdict else None
        return replay.compare([one], found, OLD, told).to_dict("records")[1]

    return compare


def test_columns(server, tmp_path):
    """A row a contender and request, with every column that is promised, of types that can say unknown."""
    drawn = [for_json("a"), logged("b")]
    found = replay.compare(drawn, asked(server, tmp_path / "s.sqlite", drawn, 'says:{"a": 1}', "ok"), OLD)
    assert list(COLUMNS) == list(found.columns)
    assert [(OLD, "triage/a"), (OLD, "triage/b"), (NEW, "triage/a"), (NEW, "triage/b")] == list(
        found[["contender", "request"]].itertuples(index=False, name=None)
    )
    assert ["boolean"] * 4 == [str(found[name].dtype) for name in ("valid", "agrees", "correct", "accepted")]


@pytest.mark.parametrize(
    ("one", "old", "new", "verdict", "accepted"),
    [
        pytest.param(for_json(), 'says:{"q": 1}', 'says:{"q": 1.0}', "", True, id="the same object"),
        pytest.param(for_json(), 'says:{"q": 1}', 'says:{"q": 2}', "", False, id="another object"),
        pytest.param(for_json(), 'says:{"q": 1}', "says:q is 1", "", False, id="no object"),
        pytest.param(for_json(), "says:oops", 'says:{"q": 1}', "", None, id="an object, where the incumbent's is none"),
        pytest.param(for_json(), "400", 'says:{"q": 1}', "", None, id="an object, where the incumbent did not answer"),
        pytest.param(for_json(), 'says:{"q": 1}', "400", "", False, id="no answer"),
        pytest.param(logged(), "says:billing", "says:Billing", "", True, id="the same label"),
        pytest.param(logged(), "says:billing", "says:account", "", False, id="another label"),
        pytest.param(logged(), f"says:{LONG}", f"says:{LONG}", "", True, id="the same text"),
        pytest.param(logged(), f"says:{LONG}", f"says:{OTHER}", "", None, id="another text and no judge"),
        pytest.param(logged(), f"says:{LONG}", f"says:{OTHER}", "same", True, id="a text judged the same"),
        pytest.param(logged(), f"says:{LONG}", f"says:{OTHER}", "better", True, id="a text judged better"),
        pytest.param(logged(), f"says:{LONG}", f"says:{OTHER}", "worse", False, id="a text judged worse"),
        pytest.param(logged(), f"says:{LONG}", "says:", "", False, id="an empty text"),
        pytest.param(logged(key="b"), "says:a", "says:b", "", True, id="right by the label, other than the incumbent"),
        pytest.param(logged(key="b"), "says:a", "says:a", "", False, id="wrong by the label, as the incumbent"),
        pytest.param(
            for_json(key={"q": 2}), 'says:{"q": 1}', 'says:{"q": 2, "a": 1}', "", True, id="right by a label of fields"
        ),
        pytest.param(for_json(key={"q": 2}), "400", 'says:Well: {"q": 2}', "", False, id="right, but not in the form"),
        pytest.param(logged(tools=[{"type": "function", "function": {"name": "look_up"}}]), "tools", "tools", "", True,
                     id="the same call"),
    ],
)  # fmt: skip
def test_accepted(compared, one, old, new, verdict, accepted):
    """Accepted is what is valid, and right by the label, or the same as the incumbent's, or judged no worse."""
    assert accepted == compared(one, old, new, verdict)["accepted"]


@pytest.mark.parametrize(
    ("one", "old", "accepted"),
    [
        pytest.param(for_json(), 'says:{"q": 1}', True, id="an object"),
        pytest.param(for_json(), "says:oops", False, id="no object"),
        pytest.param(logged(), f"says:{LONG}", True, id="a text"),
        pytest.param(logged(key="a"), "says:b", False, id="wrong by the label"),
        pytest.param(logged(), "400", False, id="no answer"),
    ],
)
def test_the_incumbent(server, tmp_path, one, old, accepted):
    """The incumbent's own answers are accepted if they are valid, and right where there is a label."""
    found = replay.compare([one], asked(server, tmp_path / "s.sqlite", [one], old, "ok"), OLD)
    assert accepted == found.loc[0, "accepted"]


def test_what_is_compared(compared):
    """Fields, words and form are told apart."""
    row = compared(for_json(), 'says:{"a": 1, "b": "x", "c": 3}', 'says:{"a": 1.0, "b": "y"}')
    assert (True, False, 1 / 3, "missing: c; differing: b") == (
        row["valid"],
        row["agrees"],
        row["fields"],
        row["fault"],
    )
    row = compared(logged("b"), f"says:{LONG}", f"says:{LONG[:-1]} now.")
    assert (None, False, None, 18 / 19) == (row["valid"], row["agrees"], row["fields"], row["similar"])


def test_a_short_text_among_long_ones(server, tmp_path):
    """On an endpoint that answers in texts, a short answer is no label: another text is unknown, not wrong."""
    drawn = [logged("a"), logged("b"), logged("c")]
    old = "script:" + json.dumps({'"a"': "Sure!", '"b"': LONG, '"c"': LONG})
    found = replay.compare(drawn, asked(server, tmp_path / "s.sqlite", drawn, old, f"says:{OTHER}"), OLD)
    assert [True, True, True] == list(found[found["contender"] == NEW]["accepted"].isna())


def test_budget_says_nothing(server, tmp_path):
    """What was never asked, since the budget was spent, is unknown and no failure of a model's."""
    drawn = [logged("a", max_tokens=5)]
    of = [server.contender("ok", model="gpt-4o", way="old"), server.contender("ok", model="gpt-4o-mini", way="new")]
    requests = [one.request for one in drawn]
    found = kit.ask(requests, of, tmp_path / "s.sqlite", book=ArticleBook(), budget_usd="0.0000001")
    row = replay.compare(drawn, found, OLD, book=ArticleBook()).iloc[1]
    assert ("budget", True, 0.0) == (row["error_kind"], pd.isna(row["accepted"]), row["cost_usd"])


@pytest.mark.parametrize(
    ("weather", "usd"),
    [
        # 20 tokens at $2.50 and 5 at $10.00 a million are $0.0001, of which the prompt is $0.00005
        pytest.param("ok", 0.0001, id="one attempt"),
        pytest.param("500;ok", 0.00015, id="two attempts: the prompt twice"),
        pytest.param("400", 0.0, id="a refusal is not billed"),
        # two attempts at an estimate of 1 + 4 tokens
        pytest.param("reset", 2 * 5 * 2.5e-6, id="what broke off may be billed: its prompt, estimated"),
        pytest.param("usage", None, id="usage that is not told"),
    ],
)
def test_cost(server, tmp_path, weather, usd):
    """A cost is of all attempts, and the most that is known of it."""
    drawn = [logged("a")]
    found = replay.compare(drawn, asked(server, tmp_path / "s.sqlite", drawn, weather, "ok"), OLD, book=ArticleBook())
    assert usd == (None if pd.isna(found.loc[0, "cost_usd"]) else pytest.approx(found.loc[0, "cost_usd"]))


def test_no_book(server, tmp_path):
    """Without a price book a cost is unknown."""
    drawn = [logged("a")]
    assert replay.compare(drawn, asked(server, tmp_path / "s.sqlite", drawn, "ok", "ok"), OLD)["cost_usd"].isna().all()


def test_refused(server, tmp_path):
    """An incumbent that was not asked, and requests of several samples, are refused."""
    drawn = [logged("a")]
    found = asked(server, tmp_path / "s.sqlite", drawn, "ok", "ok")
    with pytest.raises(AskError, match=r"incumbent: 'gpt-4o@odl' was not asked; did you mean 'gpt-4o@old'\?"):
        replay.compare(drawn, found, "gpt-4o@odl")
    with pytest.raises(AskError, match="several samples; ask each once"):
        replay.compare(drawn, pd.concat([found, found]), OLD)


def script(**says):
    """Weather in which each request, by its text, has an answer of its own."""
    return "script:" + json.dumps({f'"{text}"': said for text, said in says.items()})


DRAWN = [
    for_json("invalid", endpoint="x"), for_json("far", endpoint="x"), for_json("near", endpoint="x", calls=2),
    for_json("near2", endpoint="x", calls=9), logged("labelled", key="yes"), logged("text"), logged("alike"),
    logged("judged"), logged("same"),
]  # fmt: skip
OBJECT = '{"a": 1, "b": 2}'
OLDS = script(invalid=OBJECT, far=OBJECT, near=OBJECT, near2=OBJECT, labelled="yes", text=LONG, alike=LONG, judged=LONG,
              same=LONG)  # fmt: skip
NEWS = script(invalid="none", far='{"a": 2, "b": 3}', near='{"a": 1, "b": 3}', near2='{"a": 1, "b": 3}', labelled="no",
              text=OTHER, alike=f"{LONG} Bye.", judged=OTHER, same=LONG)  # fmt: skip


@pytest.fixture
def many(server, tmp_path):
    """Answers to many requests, in all ways in which they can differ."""
    return asked(server, tmp_path / "s.sqlite", DRAWN, OLDS, NEWS)


def test_pairs(many):
    """A judge is asked of free texts that differ, and of nothing that a label or a form decides."""
    found = replay.pairs_to_judge(DRAWN, many, OLD)
    assert ["triage/text", "triage/alike", "triage/judged"] == [one.request for one in found]
    assert Pair(NEW, "triage/text", "user: text", LONG, OTHER) == found[0]


def test_disagreements(many):
    """The worst stands first: form, label, judge, fields, words; of equals what stands for more calls."""
    told = pd.DataFrame([{"contender": NEW, "request": "triage/judged", "judged": "worse"}])
    found = replay.disagreements(replay.compare(DRAWN, many, OLD, told), DRAWN, OLD)
    assert ["invalid", "labelled", "judged", "far", "near2", "near", "text", "alike"] == list(found["asked"])
    assert [
        "not as asked: no object", "not what a person says is right", "judged worse", "not the same: differing: a, b",
        "not the same: differing: b", "not the same: differing: b", "another text, not judged",
        "another text, not judged",
    ] == list(found["what"])  # fmt: skip
    assert (OBJECT, '{"a": 2, "b": 3}') == tuple(found.loc[3, ["incumbent", "answer"]])


def test_no_answer_is_worst(server, tmp_path):
    """A request that was not answered stands before all others, without a text."""
    drawn = [for_json("b"), logged("a")]
    found = asked(server, tmp_path / "s.sqlite", drawn, 'says:{"a": 1}', "400;400")
    table = replay.disagreements(replay.compare(drawn, found, OLD), drawn, OLD)
    assert ["no answer: bad_request"] * 2 == list(table["what"])
    assert table["answer"].isna().all()


def test_by_endpoint(many):
    """Each endpoint's shares are of the answers of which they can be told."""
    table = replay.by_endpoint(replay.compare(DRAWN, many, OLD)).set_index(["endpoint", "contender"])
    x, triage = table.loc[("x", NEW)], table.loc[("triage", NEW)]
    assert (4, 0, 75, 0) == (x["requests"], x["failed"], x["valid"], x["agrees"])
    assert pytest.approx(100 * (0 + 0.5 + 0.5) / 3) == x["fields"]
    assert (5, 20, 0, 50, 60) == tuple(triage[["requests", "agrees", "right", "accepted", "unknown"]])
    assert pd.isna(triage["valid"])
    assert 100 == table.loc[("x", OLD)]["agrees"]


def test_shares(many):
    """A share has Wilson's interval, and none where nothing can be told."""
    found = replay.shares(replay.compare(DRAWN, many, OLD), "valid")
    assert [("x", OLD, 4, 100.0), ("x", NEW, 4, 75.0)] == list(found.iloc[:, :4].itertuples(index=False, name=None))
    assert [30.1, 95.4] == [round(found.loc[1, end], 1) for end in ("low", "high")]


def test_by_contender(server, tmp_path):
    """Latency is compared on requests that all have answered, failures are named, and an unknown cost is not free."""
    drawn = [logged("a"), logged("b")]
    found = asked(server, tmp_path / "s.sqlite", drawn, "ok", "ok")
    found.loc[found["request"] == "triage/b", "error_kind"] = "timeout"
    table = replay.by_contender(replay.compare(drawn, found, OLD)).set_index("contender")
    assert ["1 timeout", "1 timeout"] == list(table["failed"])
    assert [1, 1] == list(table["shared"])
    assert table["USD"].isna().all()


def test_answer(many):
    """The answer counts what would have done, what would not, and what nobody can tell."""
    said = replay.explanation(replay.compare(DRAWN, many, OLD), OLD)
    assert f"Of {NEW}'s answers to 9 requests, 1 would have done in the place of {OLD}'s, 5 would not, and of 3" in said


def test_evidence(many):
    """What was measured is evidence by endpoint, and a failure keeps the run from being done."""
    table = evidence.frame(replay.evidence_rows(replay.compare(DRAWN, many, OLD), "a log, seed 0", date(2026, 11, 24)))
    found = table[(table["subject"] == "gpt-4o-mini") & (table["metric"] == "replay.valid")].iloc[0]
    assert (75.0, 4, "new", "x") == (found["value"], found["n"], found["way"], found["scope"])
    assert "measured" == found["source"]
    assert {0.0} == set(table.loc[table["metric"] == evidence.UNANSWERED, "value"])

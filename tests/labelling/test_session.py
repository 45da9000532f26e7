"""Labelling: blind questions, verdicts that outlive a crash, and two files that the replay reads."""

import json
from collections import Counter

import pandas as pd
import pytest

from kit import replay
from kit.errors import ItemError
from kit.labelling import Question, Session, questions
from kit.labelling.needs import Tally, exam_need, verdict_need
from kit.report import items
from kit.traffic import Traffic


def replayed(n=4, kind="text", **changes):
    """Items of as many replayed requests, whose answers differ."""
    rows = [
        {"suite": "reply", "item": f"reply/{i:08x}", "candidate": "new", "incumbent": "old", "kind": kind,
         "asked": f"user: question {i}", "one": f"old answer {i}", "other": f"new answer {i}"} | changes
        for i in range(n)
    ]  # fmt: skip
    return pd.DataFrame([{"why": "", "outcome": "unknown"} | row for row in rows]).reindex(columns=list(items.COLUMNS))


def choose(session, better):
    """Label the next question: the answer whose text begins so is the better one."""
    one = session.next()
    session.label(one.id, "left" if one.sides[0].startswith(better) else "right")
    return one


@pytest.mark.parametrize(
    ("changes", "n"),
    [
        pytest.param({}, 1, id="two answers that differ"),
        pytest.param({"kind": ""}, 0, id="an item of a suite is no logged request"),
        pytest.param({"other": "old  answer 0\n"}, 0, id="the same words"),
        pytest.param({"other": ""}, 0, id="no answer"),
        pytest.param({"mark": 1.0, "incumbent mark": 1.0}, 0, id="a rule found that they say the same"),
        pytest.param({"mark": 1.0, "incumbent mark": 1.0, "why": "judged same"}, 1, id="a judge's word is no rule"),
    ],
)
def test_what_is_asked(changes, n):
    """A pair is asked about if both answers came and differ."""
    assert n == len(questions(replayed(1, **changes)))


def test_blind():
    """The order and the sides are of chance and the same for a seed; each side is the candidate's about as often."""
    some = questions(replayed(200), seed=3)
    assert some == questions(replayed(200), seed=3)
    assert [one.id for one in some] != [one.id for one in questions(replayed(200), seed=4)]
    assert 70 < Counter(one.swapped for one in some)[True] < 130


@pytest.mark.parametrize(
    ("swapped", "choice", "human"),
    [
        pytest.param(False, "left", "worse", id="left is the incumbent's"),
        pytest.param(True, "left", "better", id="left is the candidate's"),
        pytest.param(False, "right", "better", id="right is the candidate's"),
        pytest.param(True, "right", "worse", id="right is the incumbent's"),
        pytest.param(True, "same", "same", id="equally good"),
        pytest.param(True, "both bad", "same", id="equally bad"),
        pytest.param(True, "skip", "", id="skipped"),
    ],
)
def test_choice(swapped, choice, human):
    """A choice of a side becomes a verdict on the candidate's answer."""
    assert human == Question("e", "r", "c", "text", "asked", "one", "other", swapped).human(choice)


@pytest.mark.parametrize(
    ("kind", "one", "key"),
    [
        pytest.param("label", "<think>hm</think> billing", "billing", id="a label without its thinking"),
        pytest.param("json", '```json\n{"a": 1}\n```', {"a": 1}, id="an object in a fence"),
        pytest.param("tools", '{"tool_calls": [{"name": "f", "arguments": {}}]}',
                     {"tool_calls": [{"name": "f", "arguments": {}}]}, id="a call of a tool"),
        pytest.param("text", "Dear Sir", None, id="a text is better or worse, not right"),
    ],
)  # fmt: skip
def test_key(kind, one, key):
    """The answer chosen as right is a label, in the form that the replay compares."""
    assert key == Question("e", "r", "c", kind, "asked", one, "other").key("left")


def test_goes_on(tmp_path):
    """A second session goes on where the first one stopped, and a line that a crash cut off is no verdict."""
    first = Session(replayed(), tmp_path)
    asked = [choose(first, "new").id for _ in range(2)]
    with (tmp_path / "journal.jsonl").open("a") as file:
        file.write('{"id": "half')
    second = Session(replayed(), tmp_path)
    assert (2, False) == (second.done, second.next().id in asked)
    choose(second, "old")
    assert 3 == Session(replayed(), tmp_path).done


def test_undo(tmp_path):
    """A verdict that is taken back is in neither file, and its question comes again."""
    session = Session(replayed(), tmp_path)
    one = choose(session, "new")
    session.undo()
    assert (one, "") == (session.next(), (tmp_path / "pairs.jsonl").read_text())
    assert 0 == Session(replayed(), tmp_path).done


def test_pairs_are_an_exam(tmp_path):
    """Labelled pairs of texts are read by the replay as a judge's exam, in both orders."""
    session = Session(replayed(), tmp_path)
    for better in ("new", "new", "old"):
        choose(session, better)
    session.label(session.next().id, "both bad")
    exam = replay.exam_requests(str(tmp_path / "pairs.jsonl"))
    assert 8 == len(exam)
    assert ["better", "better", "worse", "same"] == [
        json.loads(line)["human"] for line in (tmp_path / "pairs.jsonl").read_text().splitlines()
    ]


def test_labels_are_read(tmp_path):
    """The right answers are the labels of their requests in the next replay."""
    body = json.dumps({"messages": [{"role": "user", "content": "Which queue?"}], "model": "gpt-4o"})
    call = {
        "at": "2026-10-01 10:00",
        "endpoint": "triage",
        "request": body,
        "logged": "gpt-4o",
        "prompt": 1,
        "output": 1,
    }
    log = Traffic.of(pd.DataFrame([call]), {"gpt-4o": "gpt-4o"})
    request = replay.sample(log, 5, 0).logged[0].request.id
    session = Session(replayed(1, kind="label", item=request, one="billing", other="sales"), tmp_path)
    choose(session, "sales")
    assert "sales" == replay.sample(log, 5, 0, str(tmp_path / "labels.jsonl")).logged[0].key


def test_two_right_answers(tmp_path):
    """Two candidates' pairs can name two right answers of one request: then there is no label, and it is said."""
    two = pd.concat([replayed(1, kind="label", candidate=c, other=f"new of {c}") for c in "ab"], ignore_index=True)
    session = Session(two, tmp_path)
    for _ in range(2):
        choose(session, "new")
    assert "" == (tmp_path / "labels.jsonl").read_text()
    assert ["1 requests got two different right answers, so no label of them is written."] == session.remarks


@pytest.mark.parametrize("line", ["x", "[]", '{"choice": "left"}'], ids=["no JSON", "a list", "no texts"])
def test_not_a_journal(tmp_path, line):
    """A line that is no verdict is named."""
    (tmp_path / "journal.jsonl").write_text(f"{line}\n")
    with pytest.raises(ItemError, match=r"journal.jsonl: line 1 is not a verdict"):
        Session(replayed(), tmp_path)


def test_nothing_to_label(tmp_path):
    """Where nothing differs, it is said in a line."""
    with pytest.raises(ItemError, match="there is nothing to label"):
        Session(replayed(other="old answer 0", n=1), tmp_path)


@pytest.mark.parametrize(
    ("people", "need"),
    [
        pytest.param(["same"] * 5, "at least two different verdicts", id="one verdict only"),
        pytest.param(["better", "worse"] * 5, "10 pairs labelled; about 26 more", id="two verdicts, as often"),
        pytest.param(["better", "worse", "same"] * 20, "enough for a judge", id="sixty of three verdicts"),
    ],
)  # fmt: skip
def test_exam_need(people, need):
    """The exam's need: with two verdicts as often, Wilson's low end of 85 % is above 70 % from 36 pairs on."""
    assert need in exam_need(people)


@pytest.mark.parametrize(
    ("tally", "need"),
    [
        pytest.param(Tally(100, 50), "0 of 50 differing pairs labelled; from 5 on", id="none yet"),
        pytest.param(Tally(2000, 400, won=20, lost=20, same=60), "more.", id="some more"),
        pytest.param(Tally(100, 50, won=10, lost=10), "replay about", id="more than were drawn"),
        pytest.param(Tally(400, 100, won=0, lost=60, same=0), "as many as the verdict needs", id="enough"),
    ],
)
def test_verdict_need(tally, need):
    """The need of an endpoint's verdict, by what is labelled so far."""
    assert need in verdict_need({("reply", "new"): tally}, 3.0)[0]

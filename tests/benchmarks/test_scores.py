"""Marks become scores with intervals; what failed, could not be read or could not be run is counted apart."""

import json
from datetime import date

import pytest
from places import SHARED

from kit import evidence
from kit.benchmarks import answer_scores, imports, score_differences, scores, suites
from kit.benchmarks.multiple_choice import Choice
from kit.client import Answer, Failure, answer_table
from kit.errors import ItemError
from kit.pricing import Usage

RECORDED_MMLU = SHARED / "data" / "recorded-mmlu.csv.gz"
QUESTIONS = [Choice(f"q{n}", f"Which is {n}?", ("one", "two", "three", "four"), "ABCD"[n % 4], f"s{n % 2}")
             for n in range(8)]  # fmt: skip
SUITE = suites.make_suite("mine", "general", QUESTIONS, "1")


def answer(letter):
    return Answer(letter, "stop", Usage(100, 0, 10), "2026-11-20T12:00:00+00:00", 2.0)


@pytest.fixture
def table():
    """`a` gets six of eight right, one wrong, and one that cannot be read; `b` two right, one wrong, five errors."""
    a = [answer(item.answer) for item in QUESTIONS[:6]] + [answer("A"), answer("I cannot say.")]
    b = [answer(item.answer) for item in QUESTIONS[:2]] + [answer("D"), *[Failure("server", "HTTP 500: down", 5)] * 5]
    rows = [(name, f"q{n}", 0, outcome) for name, some in (("a@x", a), ("b@x", b)) for n, outcome in enumerate(some)]
    return answer_scores.score_answers(SUITE, answer_table(rows).assign(cost_usd=0.01))


def test_scored(table):
    """Each answer has its outcome, its key and what was read; a failure of the provider is not right."""
    first, last = table.iloc[0], table.iloc[-1]
    assert ("right", 1.0, "A", "A", "s0") == (
        first["outcome"],
        first["value"],
        first["read"],
        first["expected"],
        first["group"],
    )
    assert ("failed", 0.0, "HTTP 500: down") == (last["outcome"], last["value"], last["read"])


def test_by_contender(table):
    """The score is of what was asked, with Wilson's interval; unread answers and failures are not right."""
    a, b = scores.scores_by_contender(table).to_dict("records")
    assert (8, 75.0, 12.5, 0.0) == (a["items"], a["score"], a["unparsed"], a["failed"])
    assert pytest.approx((40.93, 92.85), abs=0.01) == (a["low"], a["high"])  # Wilson, 6 of 8
    assert (8, 25.0, 62.5, 0.0) == (b["items"], b["score"], b["failed"], b["unanswered"])
    assert pytest.approx((10, 2.0, 0.08 / 6)) == (a["tokens"], a["seconds"], a["usd_correct"])


def test_unknown_price(table):
    """One answer without a price makes the cost of a correct one unknown."""
    assert scores.scores_by_contender(table.assign(cost_usd=None))["usd_correct"].isna().all()


def test_samples_are_a_group():
    """Four samples of each of two items, all alike, are two observations and not eight."""
    rows = [("a@x", f"q{n}", sample, answer("A")) for n in (0, 1) for sample in range(4)]
    (found,) = scores.scores_by_contender(answer_scores.score_answers(SUITE, answer_table(rows))).to_dict("records")
    assert (2, 50.0) == (found["items"], found["score"])
    assert [9.5, 90.5] == [round(found[end], 1) for end in ("low", "high")]  # Wilson, one of two


def test_against(table):
    """Models are compared item by item, paired: `a` alone is right on q2 to q5, four heads in a row."""
    (found,) = score_differences.scores_against(table, "a@x", margin=3).to_dict("records")
    assert ("b@x", 8, 0, 2 / 2**4) == (found["contender"], found["items"], found["unknown"], found["p"])
    assert (-50.0, "unresolved") == (found["difference"], found["conclusion"])


FAULTS = [
    pytest.param(Failure("refused", "the filter refused it"), -50.0, 0, id="a refusal is not right"),
    pytest.param(Failure("context", "too long"), -50.0, 0, id="nor is a text too long for the model"),
    pytest.param(Failure("timeout", "no answer in 60 s", 5), -50.0, 0, id="nor is no answer in time"),
    pytest.param(Failure("malformed", "no chat completion", 5), -50.0, 0, id="nor is what is no chat completion"),
    pytest.param(Failure("auth", "HTTP 401"), -25.0, 20, id="without a key it may be right or wrong"),
    pytest.param(Failure("budget", "not asked: the budget"), -25.0, 20, id="so it may beyond the budget"),
    pytest.param(Failure("server", "not asked, after: HTTP 500"), -25.0, 20, id="and if it was never sent"),
]


@pytest.mark.parametrize(("fault", "difference", "unknown"), FAULTS)
def test_failures(fault, difference, unknown):
    """A failure of the provider's costs the candidate its item; one of ours leaves it open, with bounds."""
    items = [Choice(f"q{n}", f"Which is {n}?", ("one", "two"), "A") for n in range(40)]
    rows = [("a@x", item.id, 0, answer("A")) for item in items]
    rows += [("b@x", item.id, 0, fault if n % 2 else answer("A")) for n, item in enumerate(items)]
    table = answer_scores.score_answers(suites.make_suite("mine", "general", items, "1"), answer_table(rows))
    (found,) = score_differences.scores_against(table, "a@x", margin=3).to_dict("records")
    assert (40, difference, unknown) == (found["items"], found["difference"], found["unknown"])
    assert found["low"] < -50 and (found["high"] < -25) == (not unknown)
    rate = evidence.best(evidence.frame(scores.evidence_rows(table, "general", "x", date(2026, 11, 20))), "b",
                         "failed.general")  # fmt: skip
    assert (0.0 if unknown else 50.0) == rate["value"]


def test_missed_by_all(table):
    """Items that nobody got right are listed with what was said instead: a model or the key may be wrong."""
    assert [("q6", "C", "A"), ("q7", "D", "unparsed")] == [
        (row.item, row.expected, row.read) for row in scores.missed_by_all(table).itertuples()
    ]


def test_by_group(table):
    """Scores by subject stand side by side."""
    assert [("s0", 75.0, 25.0), ("s1", 75.0, 25.0)] == [
        (row.group, row._2, row._3) for row in scores.scores_by_group(table)[["group", "a@x", "b@x"]].itertuples()
    ]


def test_positions(table):
    """How often each letter is the key, and how often it was answered."""
    found = scores.positions(table, SUITE).set_index("letter")
    assert [25.0] * 4 == list(found["key"])
    assert pytest.approx([300 / 7, 200 / 7, 100 / 7, 100 / 7]) == list(found["a@x"])


def test_evidence(table):
    """What was measured is evidence under the model, with suite and version, interval and number of items."""
    rows = evidence.frame(scores.evidence_rows(table, "general", SUITE.ref, date(2026, 11, 20)))
    found = evidence.best(rows, "a", "score.general", "measured")
    assert ("mine 1, 8 items", 75.0, 8, "x") == (found["ref"], found["value"], found["n"], found["way"])
    assert 5 == evidence.best(rows, "b", evidence.UNANSWERED)["value"]
    assert pytest.approx(0.08 / 6) == evidence.best(rows, "a", "cost.accepted")["value"]


def test_nothing():
    """No scores make empty tables, not errors."""
    none = answer_scores.nothing()
    tables = (
        scores.scores_by_contender,
        scores.scores_by_group,
        scores.missed_by_all,
        lambda s: score_differences.scores_against(s, "a@x", 3),
    )
    assert [0, 0, 0, 0] == [len(make(none)) for make in tables]


@pytest.mark.skipif(not RECORDED_MMLU.exists(), reason="the shared data is not here")
def test_recorded_mmlu():
    """On 2,900 recorded items Qwen2.5 is 1.55 points behind GPT-4o, [-2.70, -0.42]: equivalent within 3 points."""
    found = answer_scores.score_recorded(imports.read(RECORDED_MMLU), "mmlu-redux", "general")
    against = score_differences.scores_against(found, "gpt-4o@recorded", margin=3).set_index("contender")
    qwen = against.loc["qwen2.5-72b@recorded"]
    assert (2900, "equivalent") == (qwen["items"], qwen["conclusion"])
    assert pytest.approx((-1.55, -2.70, -0.42), abs=0.01) == tuple(qwen[["difference", "low", "high"]])
    assert "worse" == against.loc["mistral-large-2407@recorded", "conclusion"]


@pytest.mark.parametrize(
    ("a", "b", "said"),
    [
        pytest.param("AAAA", "AAAA", ("unresolved", 4, 0), id="all alike: nothing to tell them apart"),
        pytest.param("AB", "CD", ("unresolved", 2, 0), id="all right against all wrong, on two items"),
        pytest.param("A", "A", ("unresolved", 1, 0), id="one item"),
        pytest.param("ABCD", "--CD", ("unresolved", 4, 2), id="what only one answered may be right or wrong"),
        pytest.param("AB--", "--CD", ("unresolved", 4, 4), id="no item that both answered"),
        pytest.param("----", "----", ("unresolved", 0, 0), id="nothing was asked"),
        pytest.param("----", "ABCD", ("unresolved", 4, 4), id="the one that is compared with was not asked"),
    ],
)
def test_corners(a, b, said):
    """Few, equal and missing answers make a sentence or an interval, not an error."""
    down = Failure("stopped", "not asked: stopped")
    rows = [(who, f"q{n}", 0, down if letter == "-" else answer(letter)) for who, some in (("a@x", a), ("b@x", b))
            for n, letter in enumerate(some)]  # fmt: skip
    table = answer_scores.score_answers(SUITE, answer_table(rows))
    summary = scores.scores_by_contender(table)
    found = score_differences.scores_against(table, "a@x", 3).to_dict("records")
    assert said == (tuple(found[0][key] for key in ("conclusion", "items", "unknown")) if found else None)
    counted = summary[summary["items"] > 0]
    assert ((counted["low"] <= counted["score"]) & (counted["score"] <= counted["high"])).all()
    evidence.frame(scores.evidence_rows(table, "general", "x", date(2026, 11, 20)))  # which checks each row


def test_unknown_incumbent(table):
    """Who is not among the contenders cannot be compared with."""
    with pytest.raises(ItemError, match="'a@y' is not among the contenders; did you mean 'a@x'"):
        score_differences.scores_against(table, "a@y", 3)


def test_several_candidates_are_corrected():
    """Of ten candidates, one that would stand out alone (six items to none, p = 0.03) is not called better."""
    items = [Choice(f"q{n}", f"Which is {n}?", ("one", "two"), "A") for n in range(40)]
    names = ["a@x", *(f"b{n}@x" for n in range(10))]
    rows = [
        (name, item.id, 0, answer("B" if name != "b0@x" and place < 6 else "A"))
        for name in names for place, item in enumerate(items)
    ]  # fmt: skip
    table = answer_scores.score_answers(suites.make_suite("mine", "general", items, "1"), answer_table(rows))
    alone = score_differences.scores_against(table[table["contender"].isin(["a@x", "b0@x"])], "a@x", 1).iloc[0]
    among = score_differences.scores_against(table, "a@x", 1).set_index("contender").loc["b0@x"]
    assert ("better", pytest.approx(0.03125)) == (alone["conclusion"], alone["p"])
    assert ("non-inferior", pytest.approx(0.3125)) == (among["conclusion"], among["p"])


@pytest.mark.parametrize(
    ("lines", "outcomes"),
    [
        pytest.param(
            "1,A,a,\n2,B,A,B", ["right", "wrong", "unparsed", "right"], id="a table without choices, cell by cell"
        ),
        pytest.param("1,Paris,paris,Rome", ["right", "wrong"], id="also of words"),
    ],
)
def test_recorded_table_without_choices(tmp_path, lines, outcomes):
    """Where a table gives no choices, a cell is right that says what the key says; an empty one cannot be read."""
    path = tmp_path / "answers.csv"
    path.write_text(f"item,key,m,n\n{lines}\n")
    found = answer_scores.score_recorded(imports.read(path), "mine", "general").sort_values(["contender", "item"])
    assert outcomes == list(found["outcome"])
    assert found["valid"].isna().all()
    assert scores.scores_by_contender(found)["invalid"].isna().all(), "no form was asked for, so none was kept"
    rows = evidence.frame(scores.evidence_rows(found, "general", "x", date(2026, 11, 20)))
    assert {"score.general", "unparsed.general", "failed.general", evidence.UNANSWERED} == set(rows["metric"])


def test_recorded_without_scores(tmp_path):
    """What its source did not score is not called wrong, and if that is all of it, it is refused."""
    row = {"doc_id": 0, "doc": {"q": "x"}, "target": "y", "arguments": [["x"]], "resps": [["y"]],
           "filtered_resps": ["y"], "rouge": 37.5}  # fmt: skip
    path = tmp_path / "samples_mine_2026.jsonl"
    path.write_text(json.dumps(row) + "\n")
    with pytest.raises(ItemError, match="mine: nothing in it can be scored"):
        answer_scores.score_recorded(imports.read(path), "mine", "general")


@pytest.mark.parametrize(
    ("text", "finish", "outcome"),
    [
        pytest.param("", "length", "cut off", id="no word but the thinking"),
        pytest.param("<think>Is it B? Perhaps", "length", "cut off", id="a thought without an end"),
        pytest.param("<think>B.</think>\n", "length", "cut off", id="a thought and nothing behind it"),
        pytest.param("It is hard to say", "length", "unparsed", id="prose that came to nothing"),
        pytest.param("<think>B.</think>\nB", "length", "right", id="an answer that came in time"),
        pytest.param("", "stop", "unparsed", id="nothing, by the model's own will"),
    ],
)
def test_a_model_that_thinks(text, finish, outcome):
    """What the token limit cut off while the model still thought is neither right nor wrong, and makes no 0 %."""
    suite = suites.make_suite("mine", "general", [Choice("q1", "Which is 1?", ("one", "two"), "B")], "1")
    short = Answer(text, finish, Usage(100, 0, 64), "2026-11-20T12:00:00+00:00", 2.0)
    table = answer_scores.score_answers(suite, answer_table([("a@x", "q1", 0, short)]))
    rows = scores.evidence_rows(table, "general", "mine", date(2026, 11, 20))
    unknown = [row.value for row in rows if row.metric == evidence.UNANSWERED]
    assert (outcome, [float(outcome == "cut off")]) == (table["outcome"][0], unknown)
    assert (outcome != "cut off") == any(row.metric == "score.general" for row in rows)

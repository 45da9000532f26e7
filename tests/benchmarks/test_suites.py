"""A suite asks its items as their authors do, and marks what comes back."""

import json

import pytest
from places import SHARED

from kit.benchmarks import answer_scores, suites
from kit.benchmarks.code_generation import Task
from kit.benchmarks.extraction import Extract
from kit.benchmarks.multiple_choice import Choice
from kit.client import Answer, answer_table
from kit.errors import ItemError


def suite(*found, category="general", name="mine"):
    return suites.make_suite(name, category, found)


CAPITAL = Choice("q1", "What is the capital of France?", ("Lyon", "Paris"), "B", "geography")
RIVER = Choice("q2", "Which is a river?", ("Rhine", "Rigi"), "A", "geography")
ADD = Task(
    "t1",
    'def add(a, b):\n    """The sum."""\n',
    "add",
    "def check(candidate):\n    assert candidate(1, 2) == 3",
    "    return a + b\n",
)
TICKET = Extract("e1", "Refund me, please.", {"category": "billing", "priority": "normal"}, "ticket")
ORDER = Extract(
    "e2", "3 lamps, 12.50 in all", {"item": "lamps", "quantity": "3", "total": "12.50", "date": None}, "order"
)


def test_question():
    """A question is posed in MMLU's format, with the choices under their letters."""
    assert (
        "The following are multiple choice questions (with answers) about geography. Answer with the letter of the "
        "right choice, and with nothing else.\n\nWhat is the capital of France?\nA. Lyon\nB. Paris\nAnswer:"
    ) == suite(CAPITAL).requests()[0].messages[0]["content"]


def test_chinese_question():
    """A Chinese question is posed in Chinese, and no English subject stands in the sentence."""
    item = Choice("q", "长江流入哪个海？", ("东海", "黄海"), "A", "地理")
    text = suite(item, category="chinese").requests()[0].messages[0]["content"]
    assert text.startswith("以下是关于地理的单项选择题") and text.endswith("A. 东海\nB. 黄海\n答案：")
    item = Choice("q", "长江流入哪个海？", ("东海", "黄海"), "A", "geography")
    assert suite(item, category="chinese").requests()[0].messages[0]["content"].startswith("以下是单项选择题")


@pytest.mark.parametrize(
    ("item", "text", "outcome", "value"),
    [
        pytest.param(CAPITAL, "B", "right", 1.0, id="the key's letter is right"),
        pytest.param(CAPITAL, "The answer is A.", "wrong", 0.0, id="another letter is wrong"),
        pytest.param(CAPITAL, "A and B are both right", "unparsed", 0.0, id="two letters cannot be read"),
        pytest.param(ADD, "```python\ndef add(a, b):\n    return a + b\n```", "right", 1.0, id="passing code is right"),
        pytest.param(ADD, "```python\ndef add(a, b):\n    return a - b\n```", "wrong", 0.0, id="failing code is wrong"),
        pytest.param(ADD, "", "unparsed", 0.0, id="no code cannot be read"),
        pytest.param(TICKET, '{"category": "billing", "priority": "normal"}', "right", 1.0, id="all fields are right"),
        pytest.param(TICKET, '{"category": "billing", "priority": "low"}', "partly", 0.5, id="one of two is half"),
        pytest.param(TICKET, '{"category": "account", "priority": "low"}', "wrong", 0.0, id="no field is nothing"),
        pytest.param(TICKET, "billing", "unparsed", 0.0, id="no JSON cannot be read"),
        pytest.param(
            ORDER, '{"item": " Lamps", "quantity": 3, "total": 12.5, "date": null}', "right", 1.0,
            id="case, spaces and the way a number is written do not count",
        ),
        pytest.param(
            ORDER, '{"item": "lamps", "quantity": "3", "total": "12.05", "date": ""}', "partly", 0.5,
            id="another amount counts, and an empty text is not null",
        ),
    ],
)  # fmt: skip
def test_mark(item, text, outcome, value):
    """An answer is right, partly right, wrong, or cannot be read; that last is no wrong answer."""
    mark = suite(item).score(item, text)
    assert (outcome, value) == (mark.outcome, mark.value)


@pytest.mark.parametrize(
    ("said", "valid"),
    [
        pytest.param({"category": "account", "priority": "low"}, True, id="wrong labels that are allowed are valid"),
        pytest.param({"category": "billing", "priority": "medium"}, False, id="a label that is not allowed is not"),
        pytest.param({"category": "billing"}, False, id="a missing key is not"),
        pytest.param({"category": "billing", "priority": "normal", "why": "x"}, False, id="nor one too many"),
        pytest.param({"category": "billing", "priority": 2}, False, id="nor a value that is no text"),
    ],
)
def test_validity(said, valid):
    """Form and content are marked apart."""
    assert valid == suite(TICKET).score(TICKET, json.dumps(said)).valid


def test_examples():
    """With examples, solved questions on the subject stand before the question, never the question itself."""
    five = suites.read_suite("kit-general", shots=5)
    for item, request in zip(five.items[:12], five.requests()[:12], strict=True):
        text = request.messages[0]["content"]
        assert (5, 1) == (text.count("\nAnswer: "), text.count(item.question))
    assert "kit-general 1, 120 items, 5-shot" == five.ref


def test_limit():
    """A limit draws the same items each time, and the evidence says that they are a sample."""
    one, other = (suites.read_suite("kit-tickets", limit=10) for _ in range(2))
    assert [item.id for item in one.items] == [item.id for item in other.items]
    assert "kit-tickets 1, a sample, 10 items" == one.ref


def test_shuffled():
    """Shuffled, an item has the same choices and the same right one, under ids of its own."""
    plain, moved = suites.read_suite("kit-general"), suites.read_suite("kit-general", shuffled=7)
    right = [[item.choices["ABCD".index(item.answer)] for item in suite.items] for suite in (plain, moved)]
    assert right[0] == right[1]
    assert [set(item.choices) for item in plain.items] == [set(item.choices) for item in moved.items]
    assert not {item.id for item in plain.items} & {item.id for item in moved.items}


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        pytest.param("mmul", {}, "'mmul' is not a suite; did you mean 'mmlu'?", id="an unknown suite"),
        pytest.param(
            "mmlu", {}, "mmlu: does not come with the kit; name the file or folder", id="a suite without its files"
        ),
        pytest.param("mmlu", {"source": "/nowhere"}, "mmlu: /nowhere does not exist", id="files that are not there"),
        pytest.param(
            "kit-code", {"shots": 5}, "kit-code: its items are asked without examples", id="examples for code"
        ),
        pytest.param(
            "kit-code", {"shuffled": 1}, "kit-code: has no choices that could be shuffled", id="shuffled code"
        ),
    ],
)
def test_refused(name, options, said):
    """What cannot be asked is told in one line."""
    with pytest.raises(ItemError) as caught:
        suites.read_suite(name, **options)
    assert str(caught.value).startswith(said)


def test_ids_are_unique():
    """Two items under one id would share an answer, so they are refused."""
    with pytest.raises(ItemError, match="mine: 'q1' is the id of two items"):
        suite(CAPITAL, RIVER, CAPITAL)


def test_own_code_passes_its_tests():
    """The references of the kit's own code items pass in the sandbox, asked for as a model would answer."""
    code = suites.read_suite("kit-code")
    marks = {item.id: code.score(item, f"```python\n{item.prompt}{item.reference}```").outcome for item in code.items}
    assert {} == {id: outcome for id, outcome in marks.items() if outcome not in ("right", "not runnable")}


CEVAL = SHARED / "data" / "ceval"


@pytest.mark.skipif(not CEVAL.exists(), reason="the shared data is not here")
def test_submission():
    """C-Eval's test split has no key: it is not scored, but makes a file laid out as its authors ask."""
    test = suites.read_suite("ceval-test", str(CEVAL), shots=5)
    at = "2026-11-24T12:00:00+00:00"
    answers = answer_table(("a@b", item.id, 0, Answer("答案是C", "stop", None, at, 1.0)) for item in test.items)
    with pytest.raises(ItemError, match="ceval-test: its items have no key"):
        answer_scores.score_answers(test, answers)
    made, example = suites.submission(test, answers), json.loads((CEVAL / "submission_example.json").read_text())
    assert 473 == sum(map(len, made.values()))
    assert {"C"} == {letter for numbered in made.values() for letter in numbered.values()}
    assert set(made) <= set(example)
    assert all(numbers == {str(n) for n in range(len(numbers))} for numbers in map(set, made.values()))


@pytest.mark.parametrize(
    ("name", "source", "many"),
    [
        pytest.param("mmlu", "mmlu", 762, id="MMLU"), pytest.param("ceval", "ceval", 1346, id="C-Eval"),
        pytest.param("cmmlu", "cmmlu", 1297, id="CMMLU"),
        pytest.param("mmlu-redux", "recorded-mmlu.csv.gz", 2738, id="MMLU-Redux without wrong keys"),
    ],
)  # fmt: skip
@pytest.mark.skipif(not CEVAL.exists(), reason="the shared data is not here")
def test_published(name, source, many):
    """Published suites load to their row counts, are asked, and an answer that gives the key scores 100."""
    suite = suites.read_suite(name, str(CEVAL.parent / source))
    assert (many, many) == (len(suite.items), len(suite.requests()))
    assert {"right"} == {suite.score(item, f"Answer: {item.answer}").outcome for item in suite.items}


def test_shuffled_examples():
    """An item is no example of itself, shuffled or not."""
    suite = suites.read_suite("kit-general", shots=3, shuffled=1)
    texts = [request.messages[0]["content"] for request in suite.requests()]
    assert {1} == {text.count(item.question) for text, item in zip(texts, suite.items, strict=True)}


def test_labels_of_a_sample(tmp_path):
    """A sample is asked with all labels of the data: it is the same task, with fewer items."""
    path = tmp_path / "banking.csv"
    path.write_text("text,category\n" + "".join(f"Why {n}?,intent-{n}\n" for n in range(20)))
    one = suites.read_suite("banking77", str(path), limit=2)
    assert (2, 20) == (len(one.items), len(one.labels))
    assert "intent-0, intent-1, intent-10" in one.requests()[0].messages[0]["content"]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        pytest.param([CAPITAL, ADD], "holds items of several kinds", id="several kinds"),
        pytest.param(
            [Choice("q", "?", ("a", "b"), "C")], "'q': the key 'C' is none of its 2 choices", id="a stray key"
        ),
        pytest.param([], "holds no items", id="nothing"),
    ],
)
def test_items_that_are_no_suite(found, said):
    """Items that cannot be asked in one way, or not be marked, are refused."""
    with pytest.raises(ItemError, match=said):
        suite(*found)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param({"limit": -1}, "limit and shots are 0 or more, not -1", id="a negative limit"),
        pytest.param({"source": "x.csv"}, "comes with the kit; x.csv would not be read", id="a file that is not read"),
        pytest.param({"shots": 10}, "10 examples are asked for, but .* has 9 solved questions", id="too many examples"),
    ],
)
def test_options(options, said):
    """What would be passed over in silence is refused."""
    with pytest.raises(ItemError, match=said):
        suites.read_suite("kit-general", **options)

"""A team's labelled examples are a suite: read from one file, asked in the team's words, checked as they say."""

import json

import pytest
from command import kit

from kit.benchmarks import answer_scores, own_items, suites
from kit.errors import ItemError


def write(path, *rows):
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), encoding="utf-8")
    return str(path)


def suite(path, *rows, **more):
    return suites.read_suite("own", write(path, *rows), **more)


TICKETS = ["text,label", "Where is my parcel?,shipping", '"I was charged, twice",billing', "It is broken,returns"]


def test_a_csv_of_tickets(tmp_path):
    """Texts and labels are a classification: all labels stand in the instruction, and each row is a question."""
    found = suite(tmp_path / "t.csv", *TICKETS)
    (first, *_), (told, asked) = found.items, found.requests()[0].messages
    assert ("own", 3, "shipping") == (found.category, len(found.items), first.expected)
    assert told["content"].endswith("billing\nreturns\nshipping")
    assert {"role": "user", "content": "Where is my parcel?"} == asked


@pytest.mark.parametrize(
    ("said", "outcome", "valid"),
    [
        pytest.param("shipping", "right", True, id="the label"),
        pytest.param("Shipping.", "right", True, id="case and a full stop do not count"),
        pytest.param('{"label": "shipping"}', "right", True, id="in JSON"),
        pytest.param("I would say it is about shipping", "right", False, id="the only one named, but not as asked"),
        pytest.param("billing", "wrong", True, id="another label"),
        pytest.param("shipping or billing", "unparsed", False, id="two labels"),
        pytest.param("not shipping", "unparsed", False, id="a label that is denied"),
        pytest.param("It is no shipping question", "unparsed", False, id="also in a sentence"),
        pytest.param("no idea", "unparsed", False, id="no label"),
        pytest.param("", "unparsed", False, id="nothing"),
    ],
)
def test_labels(tmp_path, said, outcome, valid):
    """An answer says one label, or nothing can be read."""
    found = suite(tmp_path / "t.csv", *TICKETS)
    score = found.score(found.items[0], said)
    assert (outcome, valid) == (score.outcome, score.valid)


def test_clinc_intents(tmp_path):
    """150 intents in the layout of CLINC's file: pairs by split, of which the test split is asked."""
    pairs = [[f"text {n}", f"intent_{n % 150}"] for n in range(450)]
    found = suite(tmp_path / "clinc.json", {"train": [["x", "y"]], "test": pairs})
    assert (450, 150) == (len(found.items), len(found.items[0].labels))
    assert "right" == found.score(found.items[15], "intent 15").outcome
    assert "wrong" == found.score(found.items[1], "intent_15").outcome


def test_chats(tmp_path):
    """A chat as it is kept for fine-tuning: its last answer is what is right, and the rest is asked as it is."""
    chat = [{"role": "system", "content": "Yes or no."}, {"role": "user", "content": "Wet?"}]
    found = suite(tmp_path / "c.jsonl", {"messages": [*chat, {"role": "assistant", "content": "yes"}]})
    assert chat == found.requests()[0].messages
    assert ["right", "wrong"] == [found.score(found.items[0], said).outcome for said in ("yes", "Yes, it is")]


@pytest.mark.parametrize(
    ("expected", "check", "right", "wrong"),
    [
        pytest.param("42", "", "The answer is 42.", "41", id="numeric by itself"),
        pytest.param(1234, "", "1,234", "1,235", id="a number with separators"),
        pytest.param({"name": "Ann", "city": None}, "", '{"name": "ann", "city": null}', '{"name": "Bo", "city": "X"}',
                     id="extraction by itself"),
        pytest.param("ok", "contains", "All OK.", "no", id="contains"),
        pytest.param(["a", "b"], "exact", "b", "c", id="one of several"),
        pytest.param("^[A-Z]{2}\\d+$", "regex", "AB12", "ab12", id="a pattern"),
        pytest.param({"type": "object", "required": ["a"]}, "json_schema", '{"a": 1}', '{"b": 1}', id="a schema"),
        pytest.param({"entry_point": "f", "test": "def check(f):\n    assert f(2) == 4"}, "",
                     "```python\ndef f(x):\n    return 2 * x\n```", "```\ndef f(x):\n    return x\n```",
                     id="code"),
    ],
)  # fmt: skip
def test_checks(tmp_path, expected, check, right, wrong):
    """Each check takes what is right and nothing else."""
    row = {"text": "q", "expected": expected} | ({"check": check} if check else {})
    found = suite(tmp_path / "q.jsonl", row)
    assert ["right", "wrong"] == [found.score(found.items[0], said).outcome for said in (right, wrong)]


def test_own_instruction_and_examples(tmp_path):
    """The team's own prompt replaces ours; solved examples are other rows, of labels that differ first."""
    (tmp_path / "t.yaml").write_text("instruction: 'Route it: {labels}'")
    found = suite(tmp_path / "t.csv", *TICKETS, shots=2)
    told, *solved, asked = found.requests()[0].messages
    assert "Route it: billing\nreturns\nshipping" == told["content"]
    assert ["billing", "returns"] == [one["content"] for one in solved if one["role"] == "assistant"]
    assert (5, "Where is my parcel?") == (len(solved) + 1, asked["content"])
    assert found.ref.endswith("3 items, 2-shot")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        pytest.param(["text,label", "a,", "b,x"], "row 1: has neither a label nor an expected answer", id="no label"),
        pytest.param(["note,label", "a,x", "b,y"], "row 1: has no text", id="no text"),
        pytest.param(["text,label", "a,x", "b,x"], "all examples have the label 'x'", id="one label"),
        pytest.param(["text,expected,check", "a,x,exakt"], "row 1: 'exakt' is not a check; did you mean 'exact'?",
                     id="an unknown check"),
        pytest.param(["text,expected,check", "a,x,judge"], "texts are judged in a replay", id="a judge"),
        pytest.param(["text,expected,check", "a,x,numeric"], "row 1: expected: 'x' is not a number", id="no number"),
        pytest.param(["text,expected,check", "a,(,regex"], "row 1: expected: '(' is not a pattern", id="no pattern"),
        pytest.param(["id,text,label", "1,a,x", "1,b,y"], "'1' is the id of two items", id="an id twice"),
        pytest.param(["text,label"], "it holds no rows", id="nothing"),
    ],
)  # fmt: skip
def test_mistakes(tmp_path, rows, said):
    """A mistake names the file, the row and what would be right."""
    with pytest.raises(ItemError) as caught:
        suite(tmp_path / "own.csv", *rows)
    assert said in str(caught.value)


def test_measured(tmp_path, server):
    """Answers of a real server are scored like those of any other suite."""
    from kit import client

    found = suite(tmp_path / "t.csv", *TICKETS)
    answers = client.ask(
        found.requests(), [server.contender("says:billing")], str(tmp_path / "a.sqlite"), progress=False
    )
    table = answer_scores.score_answers(found, answers)
    assert ["wrong", "right", "wrong"] == list(table["outcome"])
    assert ["shipping", "billing", "returns"] == list(table["expected"])


def test_kit_suites(tmp_path):
    """The command lists what there is, and says what a file holds."""
    listed = kit("suites", cwd=tmp_path)
    assert "kit-tickets      tickets      100 items" in listed.stdout.splitlines()
    write(tmp_path / "t.csv", *TICKETS)
    assert "3 items: 3 by label, 3 labels" in kit("suites", "t.csv", cwd=tmp_path).stdout


def test_new_study_of_own_items(tmp_path):
    """Own items are measured on each contender, and the decision rests on them."""
    write(tmp_path / "t.csv", *TICKETS)
    done = kit("new", "ours", "--incumbent", "gpt-4o", "--candidates", "gpt-5-mini", "--suite", "t.csv", cwd=tmp_path)
    assert 0 == done.returncode, done.stderr
    assert "needs: [own]" in (tmp_path / "params" / "ours.yaml").read_text()
    (line,) = (line for line in done.stdout.splitlines() if line.split()[:1] == ["gpt-5-mini@openai"])
    assert "3" == line.split()[2]


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        (["text,label", "hello,a", "hello,b"], "rows 1 and 2 ask the same and expect 'a' and 'b'; keep the right one"),
        (["text,label", "x,Refund", "y,refund"], "labels 'Refund' and 'refund' differ in case or signs alone"),
    ],
)
def test_a_file_that_contradicts_itself(tmp_path, rows, fault):
    """No answer is right for both of two rows, so the file is refused with what to mend."""
    with pytest.raises(ItemError, match=fault):
        suite(tmp_path / "t.csv", *rows)


def test_repeated_rows_count_once(tmp_path):
    """A row that is there twice is one item, and that is said."""
    found = suite(tmp_path / "t.csv", *TICKETS, "It is broken,returns")
    assert (3, "3 by label, 3 labels, 1 rows that repeat another count once") == (
        len(found.items),
        own_items.describe_own(found.items),
    )


@pytest.mark.parametrize(
    ("schema", "fault"),
    [
        ({"type": "nosuch"}, "'nosuch' is not valid under any of the given schemas"),
        ({"$ref": "http://127.0.0.1:9/x"}, "leads to no part of the schema"),
        ({"properties": {"a": {"$ref": "#/$defs/none"}}}, "leads to no part of the schema"),
        ({"$ref": "file:///etc/hostname"}, "leads to no part of the schema"),
        ({"pattern": "("}, "'[(]' is not a 'regex'"),
    ],
)
def test_a_schema_that_cannot_be_used(tmp_path, schema, fault):
    """A wrong schema is refused before anybody is asked, and no address in it is ever opened."""
    row = {"messages": [{"role": "user", "content": "?"}], "expected": schema, "check": "json_schema"}
    with pytest.raises(ItemError, match=rf"row 1: expected: .*{fault}"):
        suite(tmp_path / "t.jsonl", row)


def test_a_reference_within_a_schema(tmp_path):
    """What a schema defines itself can be referred to."""
    schema = {"$ref": "#/$defs/id", "$defs": {"id": {"type": "object", "required": ["id"]}}}
    row = {"messages": [{"role": "user", "content": "?"}], "expected": schema, "check": "json_schema"}
    found = suite(tmp_path / "t.jsonl", row)
    assert ["right", "wrong"] == [found.score(found.items[0], text).outcome for text in ('{"id": 1}', '{"no": 1}')]


def test_a_wrong_pattern_is_one_sentence(tmp_path, capfd):
    """The pattern library's own words stay out of it."""
    row = {"messages": [{"role": "user", "content": "?"}], "expected": "(", "check": "regex"}
    with pytest.raises(ItemError, match=r"row 1: expected: '\(' is not a pattern: missing \): \("):
        suite(tmp_path / "t.jsonl", row)
    assert ("", "") == capfd.readouterr()

"""Rows of other tools' results: fields by the names that tools give them, or by rules."""

import json

import pytest
from click.testing import CliRunner

from kit.__main__ import main
from kit.benchmarks.imports import read
from kit.errors import ItemError


def rows(tmp_path, *found, name="outputs.json"):
    """A file with a JSON list of rows."""
    path = tmp_path / name
    path.write_text(json.dumps(found))
    return path


def outcomes(found):
    """What became of each answer."""
    return found.scores["outcome"].tolist()


def test_a_list_of_outputs_and_answers(tmp_path):
    """As ZeroEval keeps them: an id, an output and the right answer."""
    path = rows(tmp_path, {"id": "g-0", "output": "So it is 18.\n#### 18", "answer": "18"},
                {"id": "g-1", "output": '{"answer": "4"}', "answer": "3"})  # fmt: skip
    found = read(path)
    assert (["right", "wrong"], True) == (outcomes(found), "answer is output, key is answer" in found.said)


def test_rules(tmp_path):
    """Rules name the fields of a form of one's own; a slip is told."""
    path = rows(tmp_path, {"ticket": 1, "out": "B", "gold_label": "B"}, {"ticket": 2, "out": "A", "gold_label": "B"})
    with pytest.raises(ItemError, match="its rows have ticket, out, gold_label"):
        read(path)
    assert ["right", "wrong"] == outcomes(read(path, rules={"item": "ticket", "answer": "out", "key": "gold_label"}))
    with pytest.raises(ItemError, match="no row has a field 'gold'"):
        read(path, rules={"item": "ticket", "answer": "out", "key": "gold"})


def test_attempts_are_samples(tmp_path):
    """An item that was tried twice has two samples."""
    found = read(rows(tmp_path, {"task_id": "t", "passed": True}, {"task_id": "t", "passed": False}))
    assert [("right", 0), ("wrong", 1)] == list(zip(outcomes(found), found.scores["sample"], strict=True))


def test_a_mark_that_is_no_share(tmp_path):
    """A mark outside 0 to 1 is refused with its row."""
    with pytest.raises(ItemError, match="row 2: mark: 7 is no mark; it must be from 0 to 1"):
        read(rows(tmp_path, {"item": "a", "mark": 1}, {"item": "b", "mark": 7}))


def test_no_answer_says_its_key(tmp_path):
    """Where no answer says what its key says, the fields are likely others: refused, not 0 %."""
    with pytest.raises(ItemError, match="no output says what its answer says"):
        read(
            rows(tmp_path, {"id": 1, "output": "long prose", "answer": "x"}, {"id": 2, "output": "more", "answer": "y"})
        )


def test_kit_recorded(tmp_path):
    """`kit recorded FILE` says what was read and as what, by a team's own rules too."""
    path = rows(tmp_path, {"ticket": 1, "out": "B", "gold_label": "B"}, {"ticket": 2, "out": "A", "gold_label": "B"})
    rules = tmp_path / "rules.yaml"
    rules.write_text("{item: ticket, answer: out, key: gold_label}")
    done = CliRunner().invoke(main, ["recorded", str(path), "--rules", str(rules)])
    assert (0, True, True) == (done.exit_code, "item is ticket, answer is out" in done.output, " 50.0 " in done.output)

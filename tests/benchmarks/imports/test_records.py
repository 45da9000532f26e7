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
    assert (["right", "wrong"], True) == (outcomes(found), "answer is output, key is answer" in found.summary)


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


def test_bfcl_lists_what_failed(tmp_path):
    """BFCL's score file names what failed only; what is right stands in the result file, which has to be there."""
    score, result = tmp_path / "BFCL_v3_simple_score.json", tmp_path / "BFCL_v3_simple_result.json"
    sums = {"accuracy": 0.5, "correct_count": 1, "total_count": 2}
    score.write_text(f"{json.dumps(sums)}\n{json.dumps({'id': 'simple_1', 'model_name': 'm1', 'valid': False})}\n")
    with pytest.raises(ItemError, match="lists only what failed; put BFCL_v3_simple_result.json beside it"):
        read(score)
    made = [{"id": f"simple_{n}", "result": [], "input_token_count": 9, "output_token_count": 2} for n in range(2)]
    result.write_text("".join(json.dumps(row) + "\n" for row in made))
    for path in (score, result):
        assert [("right", "m1@recorded"), ("wrong", "m1@recorded")] == list(
            zip(outcomes(read(path)), read(path).scores["contender"], strict=True)
        )
    result.write_text(json.dumps(made[0]) + "\n")
    with pytest.raises(ItemError, match="it is of 2 items, and BFCL_v3_simple_result.json holds 1"):
        read(score)


def test_swe_bench_counts_what_came_to_no_patch(tmp_path):
    """A run without a patch, or that broke, is not resolved, as in SWE-bench's own share."""
    path = tmp_path / "report.json"
    path.write_text(json.dumps({"resolved_ids": ["a"], "unresolved_ids": ["b"], "empty_patch_ids": ["c"],
                                "error_ids": ["d"], "completed_ids": ["a", "b"]}))  # fmt: skip
    assert ["right", "wrong", "wrong", "wrong"] == outcomes(read(path))


@pytest.mark.parametrize(
    "row",
    [
        pytest.param({"instance_id": "a", "test_result": {"report": {"resolved": True}},
                      "metadata": {"llm_config": {"model": "m"}}, "metrics": {"accumulated_cost": 1.2}},
                     id="OpenHands"),
        pytest.param({"id": "z", "generator": "m", "output": ["So it is 18."], "answer": "18"}, id="ZeroEval, a list"),
        pytest.param({"doc": {"id": 3, "query": "?"}, "metrics": {"em": 1.0}, "model_name": "m"}, id="lighteval, em"),
        pytest.param({"question": "?", "extracted_answer": "B", "correct_answer": "B", "model": "m"},
                     id="simple-evals"),
        pytest.param({"instance_id": "i", "model": "m", "stats": [{"name": {"name": "num_output_tokens"}, "mean": 7.0},
                      {"name": {"name": "quasi_exact_match"}, "mean": 1.0}]}, id="HELM, quasi exact match"),
    ],
)  # fmt: skip
def test_forms_of_tools(tmp_path, row):
    """A row of a tool is right as the tool has it, by the model that the row names."""
    found = read(rows(tmp_path, row, name="outputs.jsonl"))
    assert [("m@recorded", "right")] == list(zip(found.scores["contender"], outcomes(found), strict=True))


def test_sums_are_no_results(tmp_path):
    """A file of sums is refused, not read as an item."""
    path = tmp_path / "mmlu.json"
    path.write_text(json.dumps({"score": 0.7, "metrics": {"score": 0.7, "score:std": 0.1}, "htmls": [], "convos": []}))
    with pytest.raises(ItemError, match="its rows have score, metrics"):
        read(path)

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
    with pytest.raises(ItemError, match="holds sums over items and no score of any"):
        read(path)


def written(path, *found):
    """JSON Lines at a path whose folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(map(json.dumps, found)) + "\n")
    return path


def by_model(found):
    """Mean value of each model."""
    return found.scores.groupby("contender")["value"].mean().to_dict()


@pytest.mark.parametrize(
    ("row", "content"),
    [
        ({"instance_id": "a", "model_patch": "diff"}, "patches without verdicts: run SWE-bench's harness"),
        ({"instance_id": "a", "test_result": {"git_patch": "diff"}}, "name output.swebench_eval.jsonl"),
        ({"task_id": "t/0", "completion": "pass"}, "programs without verdicts"),
        ({"index": 0, "model_output": {"choices": []}}, "name the file of the same name in evalscope's reviews/"),
        ({"name": "m@gsm8k", "dataset_name": "gsm8k", "model_name": "m", "score": 0.5, "metrics": []}, "sums over"),
        ({"accuracy": 66.7}, "run OpenCompass with --dump-eval-details"),
        ({"request_states": [], "adapter_spec": {}}, "whose scores are in per_instance_stats.json"),
        ({"id": "a", "score": 80}, "its score 80 is no share: divide it by the full score"),
        ({"id": "a", "output": "Rome", "gold": ["Roma", "Rome"]}, "not a form of recorded results that is known"),
    ],
    ids=str,
)
def test_what_a_file_holds_in_place_of_scores(tmp_path, row, content):
    """A file without scored answers says what it holds, and which file would be read."""
    with pytest.raises(ItemError, match=content):
        read(written(tmp_path / "x.jsonl", row))


def test_a_folder_of_reports(tmp_path):
    """SWE-bench's folder of one report an instance is one run of the model that its path names."""
    for name, resolved in {"a": True, "b": False}.items():
        written(tmp_path / f"run1/gpt-4o/{name}/report.json", {name: {"patch_exists": True, "resolved": resolved}})
    assert {"gpt-4o@recorded": 0.5} == by_model(read(tmp_path))


def test_a_folder_whose_files_share_ids(tmp_path):
    """Two data sets of one model are told apart by their files; two models of one data set are paired."""
    for model, value in (("m1", 1.0), ("m2", 0.0)):
        for data_set in ("gsm8k", "aime"):
            review = {"index": 0, "target": "18", "sample_score": {"score": {"value": {"acc": value}}}}
            written(tmp_path / f"reviews/{model}/{data_set}.jsonl", review)
    found = read(tmp_path)
    assert {"m1@recorded": 1.0, "m2@recorded": 0.0} == by_model(found)
    assert {"gsm8k/0", "aime/0"} == set(found.scores["item"])


def test_figures_in_csv(tmp_path):
    """Tokens and dollars of a CSV are numbers; what is none is refused with its row."""
    path = tmp_path / "long.csv"
    path.write_text("item,model,mark,input_tokens,output_tokens,usd\na,m,1,10,5,0.25\n")
    assert (10, 0.25) == tuple(read(path).answers.iloc[0][["prompt_tokens", "cost_usd"]])
    path.write_text("item,model,mark,usd\na,m,1,€0.25\n")
    with pytest.raises(ItemError, match="row 1: usd: '€0.25' is no plain number"):
        read(path)


@pytest.mark.parametrize(
    ("lines", "remark"),
    [
        ('{"id": "a", "passed": true}\n{"id": "a", "passed": false}\n', "1 items stand there several times"),
        ('{"id": "a", "passed": true}\n{"id": "b", "pas', "line 2, which was cut short, is left out"),
        ('{"id": "a", "passed": false, "error": "429"}\n', "1 rows tell of an error"),
    ],
)
def test_doubts_are_said(tmp_path, lines, remark):
    """Repeats without a number, a line that breaks off and rows with an error are no silent matter."""
    path = tmp_path / "x.jsonl"
    path.write_text(lines)
    assert remark in read(path).summary


@pytest.mark.parametrize(
    ("key", "answer"),
    [
        ("She sells 9 eggs.\n#### 18", "The answer is 18"),
        ("[1,2]", '{"reasoning": "so", "answer": "[1, 2]"}'),
        ("Denver", '{"reasoning": "so", "answer": "Denver"}'),
    ],
)
def test_keys_with_working_and_answers_in_objects(tmp_path, key, answer):
    """GSM8K's keys end on their number, and ZeroEval's answers are objects."""
    found = read(written(tmp_path / "x.jsonl", {"id": 1, "output": answer, "gold": key}))
    assert ["right"] == outcomes(found)


def test_parquet_rows(tmp_path):
    """Parquet with nested columns is read by rows, as lighteval writes it; the path names the model."""
    duckdb = pytest.importorskip("duckdb")
    path = tmp_path / "details/org/m/2026-01-02T00-00-00/details_gsm8k.parquet"
    path.parent.mkdir(parents=True)
    with duckdb.connect() as base:
        base.execute(
            "COPY (SELECT {'id': i::VARCHAR} AS doc, {'extractive_match': i % 2.0} AS metric, {'text': ['so']} AS "
            f"model_response FROM range(4) r(i)) TO '{path}' (FORMAT parquet)"
        )
    assert {"org/m@recorded": 0.5} == by_model(read(tmp_path))

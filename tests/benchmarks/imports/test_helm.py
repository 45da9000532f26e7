"""HELM's run folders: scores of one file, texts of the other."""

import json

import pytest

from kit.benchmarks.imports import read
from kit.errors import ItemError


def stat(name, mean):
    """One statistic of one instance."""
    return {"name": {"name": name, "split": "test"}, "count": 1, "sum": mean, "mean": mean}


def run(folder, marks, *, metric="exact_match", states=True, model="openai/gpt-4o"):
    """A run's folder; a mark of None makes the request fail, and every instance has a perturbed twin."""
    folder = folder / f"mmlu:subject=law,model={model.replace('/', '_')}"
    folder.mkdir(parents=True)
    rows, requests = [], []
    for n, mark in enumerate(marks):
        for perturbation in ({}, {"perturbation": {"name": "typos"}}):
            key = {"train_trial_index": 0}
            figures = [stat(metric, mark or 0.0), stat("num_prompt_tokens", 300), stat("num_output_tokens", 1)]
            rows.append({"instance_id": f"id{n}", **key, **perturbation, "stats": figures})
            references = [{"output": {"text": "Paris"}, "tags": ["correct"]}]
            result = {"success": mark is not None, "error": "429 too many requests", "request_time": 0.5,
                      "request_datetime": 1764550000, "completions": [{"text": " B"}]}  # fmt: skip
            instance = {"id": f"id{n}", "references": references, **perturbation}
            requests.append({"instance": instance, **key, "request": {"model": model}, "result": result})
    (folder / "per_instance_stats.json").write_text(json.dumps(rows))
    if states:
        data = {"adapter_spec": {"model": model}, "request_states": requests}
        (folder / "scenario_state.json").write_text(json.dumps(data))
    return folder


def test_a_suite_of_runs(tmp_path):
    """Runs of two models are paired on their instances; perturbed ones are left out, and that is said."""
    run(tmp_path, [1.0, 0.0])
    run(tmp_path, [1.0, 1.0], model="deepseek/v3")
    found = read(tmp_path)
    assert {"openai/gpt-4o@recorded": 0.5, "deepseek/v3@recorded": 1.0} == (
        found.scores.groupby("contender")["value"].mean().to_dict()
    )
    assert ("helm", 2, "2025-12-01") == (found.form, found.scores["item"].nunique(), str(found.day))
    assert "2 answers to perturbed instances are left out" in found.summary
    first = found.answers.iloc[0]
    assert (" B", 300, 1, 0.5) == tuple(first[["text", "prompt_tokens", "output_tokens", "total_s"]])


def test_a_failed_request(tmp_path):
    """A request without an answer is an error, not a wrong answer."""
    found = read(run(tmp_path, [1.0, None]))
    assert (["", "rate_limit"], 1) == (found.answers["error_kind"].tolist(), len(found.scores))


def test_without_the_texts(tmp_path):
    """Scores are read without their texts; the folder names the model."""
    assert ["openai/gpt-4o@recorded"] * 2 == read(run(tmp_path, [1.0, 0.0], states=False)).scores["contender"].tolist()


def test_statistics(tmp_path):
    """A run whose statistics are unknown lists them; one can be named, and a slip is told."""
    folder = run(tmp_path, [1.0], metric="my_metric")
    with pytest.raises(ItemError, match="none of its statistics is known to score an answer; name one: my_metric"):
        read(folder)
    assert [1.0] == read(folder, scorer="my_metric").scores["value"].tolist()
    with pytest.raises(ItemError, match="no statistic 'my_metrik'; did you mean 'my_metric'"):
        read(folder, scorer="my_metrik")

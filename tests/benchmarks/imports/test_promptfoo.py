"""What promptfoo recorded loads; a failed assertion is a wrong answer, an error is none."""

import json

import pandas as pd
import pytest
import yaml
from recordings import HOSTILE, outcomes, output, result, texts, written

from kit.benchmarks.imports import read
from kit.errors import ItemError


def test_promptfoo(tmp_path):
    """A provider is a contender, a test an item, and what its assertions said the score; a failed one is no error."""
    found = read(
        written(tmp_path, output(result(), result(1, output=HOSTILE, score=0), result(provider="ollama:llama3")))
    )
    one = found.answers.iloc[0]
    items = found.answers["request"].tolist()
    assert (
        [("openai:gpt-4o-mini@recorded", "Paris"), ("openai:gpt-4o-mini@recorded", HOSTILE),
         ("ollama:llama3@recorded", "Paris")],
        [("right", 1.0, "Paris"), ("wrong", 0.0, "Paris"), ("right", 1.0, "Paris")],
        (True, False), (24, 6, 2, 0.684, "stop"), {""}, "promptfoo",
    ) == (
        [(row[0], row[3]) for row in texts(found)], [row[3:] for row in outcomes(found)],
        (items[0] == items[2], items[0] == items[1]),
        (one["prompt_tokens"], one["output_tokens"], one["reasoning_tokens"], one["total_s"], one["finish_reason"]),
        set(found.answers["error_kind"]), found.form,
    )  # fmt: skip


def test_promptfoo_version_3(tmp_path):
    """Older evals hold a table beside the results, and no test case, index or reason for a failure."""
    later = ("testCase", "testIdx", "promptIdx", "promptId", "failureReason", "id")
    old = [
        {name: part for name, part in one.items() if name not in later}
        for one in (result(), result(1, output="Lyon", score=0))
    ]
    data = output(*old)
    data["results"] |= {"version": 2, "table": {"head": {"prompts": [], "vars": ["question"]}, "body": []}}
    found = read(written(tmp_path, data))
    graded, kinds = [row[3:] for row in outcomes(found)], set(found.answers["error_kind"])
    assert ([("right", 1.0, ""), ("wrong", 0.0, "")], ["Paris", "Lyon"], {""}) == (
        graded, found.answers["text"].tolist(), kinds)  # fmt: skip


@pytest.mark.parametrize(
    ("parts", "kind"),
    [
        pytest.param({"error": "API error: 401 Unauthorized", "failureReason": 2}, "auth", id="a wrong key"),
        pytest.param({"error": "Request timed out after 300000 ms", "failureReason": 2}, "timeout", id="too late"),
        pytest.param({"error": "API call error: fetch failed", "failureReason": 2}, "network", id="no network"),
        pytest.param({"error": "overloaded", "failureReason": 2}, "server", id="an endpoint that failed"),
        pytest.param({"error": "boom", "failureReason": None, "gradingResult": None}, "server", id="an old file"),
        pytest.param({"error": None, "response": {"error": "429"}, "gradingResult": None}, "rate_limit",
                     id="an error in the response"),
        pytest.param({"error": None, "response": {"output": None}}, "server", id="no output"),
    ],
)  # fmt: skip
def test_promptfoo_errors(tmp_path, parts, kind):
    """What went wrong is an error, and is not scored."""
    found = read(written(tmp_path, output(result(score=0, **parts))))
    assert ([kind], [None], 0) == (found.answers["error_kind"].tolist(), [texts(found)[0][3]], len(found.scores))


def test_promptfoo_cache(tmp_path):
    """An answer out of promptfoo's cache took no time and says nothing of what the model takes."""
    response = {"output": "Paris", "cached": True, "tokenUsage": {"cached": 30, "total": 30}}
    found = read(written(tmp_path, output(result(response=response, latencyMs=3), result(1))))
    assert ([True, False], [True, False], True) == (
        found.answers["total_s"].isna().tolist(), found.answers["prompt_tokens"].isna().tolist(),
        "1 answers came from promptfoo's cache" in found.summary)  # fmt: skip


def test_promptfoo_repeats_and_prompts(tmp_path):
    """What was asked again is the next sample, though it has an index of its own; a second prompt is a contender."""
    other = {"raw": "Q: Capital 0?", "label": "Q: {{question}}"}
    found = read(written(tmp_path, output(result(), result(testIdx=5), result(prompt=other, promptIdx=1))))
    gpt = "openai:gpt-4o-mini"
    assert ([(f"{gpt}@recorded", 0), (f"{gpt}@recorded", 1), (f"{gpt}#2@recorded", 0)], 1) == (
        [(row[0], row[2]) for row in texts(found)], found.answers["request"].nunique())  # fmt: skip


def test_promptfoo_names(tmp_path):
    """A label names the contender, a description the item, and what is not text is JSON."""
    named = {"vars": {"q": 1}, "assert": [], "description": "capital of France"}
    one = result(provider="x", output={"city": "Paris"}, testCase=named) | {"provider": {"id": "x", "label": "mini"}}
    assert [("mini@recorded", "capital of France", 0, '{"city": "Paris"}')] == texts(
        read(written(tmp_path, output(one)))
    )


def test_promptfoo_without_assertions(tmp_path):
    """A test that asserts nothing passes with a score of 1, which is no score."""
    graded = {"pass": True, "score": 1, "reason": "No assertions"}
    found = read(written(tmp_path, output(result(gradingResult=graded, testCase={"vars": {}}))))
    assert (0, True) == (len(found.scores), "no scores" in found.summary)


def test_promptfoo_partly(tmp_path):
    """What passed counts, as in promptfoo's pass rate; its score stands beside."""
    found = read(written(tmp_path, output(result(score=0.5))))
    assert (["wrong"], True) == (found.scores["outcome"].tolist(), "the mean of its scores is 0.500" in found.summary)


def test_promptfoo_dollars(tmp_path):
    """Dollars are taken as recorded; 0 beside tokens is unknown."""
    found = read(written(tmp_path, output(result(cost=0.0125), result(1, cost=0), result(2, cost=None))))
    assert [0.0125, None, 1e-05] == [None if pd.isna(usd) else usd for usd in found.answers["cost_usd"]]


def test_promptfoo_prompts_by_their_index(tmp_path):
    """The first prompt is the first by promptfoo's count, whichever was answered first."""
    other = {"raw": "Q: Capital 0?", "label": "Q: {{question}}"}
    found = read(written(tmp_path, output(result(prompt=other, promptIdx=1, score=0), result(promptIdx=0))))
    marks = dict(zip(found.scores["contender"], found.scores["outcome"], strict=True))
    assert {"openai:gpt-4o-mini#2@recorded": "wrong", "openai:gpt-4o-mini@recorded": "right"} == marks


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param(output(), "it holds no answers", id="no results"),
        pytest.param({"results": []}, "'results' cannot be a list", id="results of another kind"),
        pytest.param({"results": {"stats": {}}}, "results: 'results' is missing", id="no list of results"),
        pytest.param(output("x"), r"results\[0\]: str where an object with 'prompt'", id="a result of another kind"),
        pytest.param(output(result() | {"provider": {}}), r"results\[0\]: 'provider' has neither", id="no provider"),
        pytest.param(output(result(response=[1])), r"results\[0\]: 'response' cannot be a list", id="no response"),
    ],
)
def test_promptfoo_not_laid_out(tmp_path, data, said):
    """What is wrong with an output is told with its place."""
    with pytest.raises(ItemError, match=said):
        read(written(tmp_path, data))


OLD = "q,[m1] {{q}}?,[m2] {{q}}?\n2+2,[PASS] 4,[FAIL] (0.50) 5\n3+3,[FAIL] (0.00) 5,[ERROR] 429 too many requests\n"
NEW = (
    "q,[m1] {{q}}?,Status,Score,Named Scores,Grader Reason,Comment,"
    "[m2] {{q}}?,Status,Score,Named Scores,Grader Reason\n"
    "2+2,4,PASS,1.00,,ok,,5,FAIL,0.50,,no\n3+3,5,FAIL,0.00,,no,,429 too many requests,ERROR,0.00,,\n"
)


@pytest.mark.parametrize("text", [OLD, NEW], ids=["verdicts in the cells", "verdicts in columns of their own"])
def test_csv(tmp_path, text):
    """Its CSV holds the same verdicts as its JSON, an error is none, and a prompt's columns are one model's."""
    path = tmp_path / "out.csv"
    path.write_text(text)
    found = read(path)
    assert ("promptfoo", ["", "", "", "rate_limit"]) == (found.form, found.answers["error_kind"].tolist())
    assert [("m1@recorded", "right"), ("m2@recorded", "wrong"), ("m1@recorded", "wrong")] == list(
        zip(found.scores["contender"], found.scores["outcome"], strict=True)
    )


@pytest.mark.parametrize("form", ["jsonl", "yaml"])
def test_further_forms(tmp_path, form):
    """JSON Lines hold one result a line; YAML is the JSON in other words."""
    results = [
        {"provider": {"id": "m"}, "prompt": {"label": "{{q}}"}, "vars": {"q": n}, "promptIdx": 0, "testIdx": n,
         "response": {"output": "4"}, "success": n == 0, "score": 0.5, "gradingResult": {"reason": "x"}}
        for n in range(2)
    ]  # fmt: skip
    path = tmp_path / f"out.{form}"
    whole = yaml.safe_dump({"evalId": "e", "results": {"timestamp": "2026-12-01T10:00:00Z", "results": results}})
    path.write_text(whole if form == "yaml" else "".join(json.dumps(result) + "\n" for result in results))
    found = read(path)
    assert ("promptfoo", ["right", "wrong"]) == (found.form, found.scores["outcome"].tolist())

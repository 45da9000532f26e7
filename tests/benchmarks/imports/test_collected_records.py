"""Results of other tools, as collected, are read to the right figures or refused in a clear sentence."""

import pytest
from places import SHARED

from kit.benchmarks import answer_scores, scores
from kit.benchmarks.imports import read
from kit.errors import ItemError

CASES = SHARED / "cases/recorded"

pytestmark = pytest.mark.skipif(not CASES.exists(), reason="the collected cases are not here")


def percent(file):
    """Contender -> score in percent."""
    summary = scores.scores_by_contender(answer_scores.score_recorded(read(CASES / file), "recorded", "general"))
    return {row.contender.removesuffix("@recorded"): round(row.score, 1) for row in summary.itertuples()}


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        pytest.param(
            "inspect_several_scorers.json", {"openai-api/stub/good": 100.0}, id="the scorer that gives shares"
        ),
        pytest.param("lm_eval_arc", {"acme/right": 100.0}, id="choices labelled 1 to 4"),
        pytest.param("second_prompt_first.json", {"m1": 100.0, "m1#2": 0.0}, id="the second prompt answered first"),
        pytest.param("table/numbers.csv", {"incumbent": 100.0, "cheap": 83.3}, id="numbers as numbers"),
        pytest.param("table/pandas_floats.csv", {"m1": 66.7, "m2": 100.0}, id="whole numbers as pandas writes them"),
        pytest.param("table/raw_outputs.csv", {"m1": 100.0, "m2": 100.0}, id="whole outputs with numbers"),
        pytest.param("table/letters_no_choices.csv", {"m1": 100.0, "m2": 100.0, "m3": 100.0}, id="letters in prose"),
        pytest.param("table/chinese_fullwidth.csv", {"m1": 100.0, "m2": 100.0}, id="full-width forms"),
        pytest.param("table/choices_full.csv", {"m1": 100.0, "m2": 33.3}, id="choices in three notations"),
        pytest.param("table/literals.csv", {"m1": 33.3, "m2": 100.0}, id="Python literals"),
        pytest.param("table/extra_columns.csv", {"gpt-4o": 100.0, "deepseek-chat": 50.0}, id="columns beside models"),
        pytest.param("forms/semi.csv", {"m1": 100.0, "m2": 50.0}, id="semicolons"),
        pytest.param("forms/Case.csv", {"m1": 100.0}, id="capitals in the head"),
        pytest.param("forms/table.json", {"m1": 100.0}, id="a table as a JSON list"),
        pytest.param("forms/table.jsonl", {"m1": 100.0}, id="a table as JSON Lines"),
        pytest.param("forms/long.csv", {"m1": 100.0, "m2": 0.0}, id="a row an answer"),
        pytest.param("forms/long.jsonl", {"m1": 100.0, "m2": 0.0}, id="a row an answer, as JSON Lines"),
        pytest.param("forms/humaneval_results.jsonl", {"humaneval_results": 66.7}, id="HumanEval results"),
        pytest.param("forms/evalplus_eval_results.json", {"evalplus_eval_results": 0.0}, id="EvalPlus, both test sets"),
        pytest.param("forms/opencompass_pred.json", {"opencompass_pred": 100.0}, id="OpenCompass predictions"),
        pytest.param("forms/opencompass_results.json", {"opencompass_results": 66.7}, id="OpenCompass results"),
        pytest.param("forms/openai_evals.jsonl", {"gpt-4o": 100.0}, id="OpenAI Evals"),
        pytest.param("forms/openai_evals_api_output_items.jsonl", {"gpt-4o": 100.0}, id="OpenAI's Evals API"),
        pytest.param("forms/deepeval.json", {"deepeval": 100.0}, id="DeepEval"),
        pytest.param("forms/swe_report.json", {"swe_report": 50.0}, id="SWE-bench's report"),
        pytest.param("swe-bench-wide.csv", {"DeepSeek-V4-Pro": 73.2, "GLM-5": 73.4, "Kimi-K2.5": 68.8,
                     "Qwen3.5-Flash": 62.0, "claude-sonnet-4-5": 74.2}, id="marks, a column a model"),
        pytest.param("forms/evalscope_reviews.jsonl", {"m1": 100.0}, id="evalscope's reviews"),
        pytest.param("forms/lighteval_details.jsonl", {"lighteval_details": 100.0}, id="lighteval's details"),
        pytest.param("forms/helm_per_instance.json", {"helm_per_instance": 100.0}, id="HELM's statistics"),
        pytest.param("forms/helm_display_predictions.json", {"helm_display_predictions": 100.0}, id="HELM's answers"),
        pytest.param("forms/livebench_judgment.jsonl", {"m1": 100.0}, id="LiveBench's judgments"),
        pytest.param("forms/lm_eval_nodoc.jsonl", {"forms": 100.0}, id="lm-eval without the documents"),
        pytest.param("forms/lm_eval_no_resps.jsonl", {"forms": 100.0}, id="lm-eval with filtered answers only"),
        pytest.param("promptfoo-cost.json", {"alpha": 100.0, "beta": 100.0}, id="promptfoo with dollars"),
    ],
)  # fmt: skip
def test_scores(file, expected):
    """The scores are those that the tool itself reports."""
    assert expected == percent(file)


def test_zstandard():
    """Inspect's archives are packed with Zstandard today."""
    pytest.importorskip("backports.zstd")
    assert {"openai-api/stub/good": 100.0} == percent("inspect_zstd.eval")


def test_a_named_scorer():
    """A scorer can be named; one that is not there is refused."""
    assert "scores by includes, not" in read(CASES / "inspect_several_scorers.json", scorer="includes").summary
    with pytest.raises(ItemError, match="no scorer 'exact'; here are 'length', 'match', 'includes'"):
        read(CASES / "inspect_several_scorers.json", scorer="exact")


def test_all_calls_of_a_sample():
    """Tokens and seconds are those of all calls that a sample took, not of the last one."""
    first = read(CASES / "inspect_tools.json").answers.iloc[0]
    assert (13, 2, 10, 0.547) == (
        *map(int, first[["prompt_tokens", "cached_tokens", "output_tokens"]]),
        first["total_s"],
    )


def test_dollars():
    """Recorded dollars are kept."""
    assert [0.0125, 0.0004] == read(CASES / "promptfoo-cost.json").answers["cost_usd"].tolist()


@pytest.mark.parametrize(
    ("form", "content"),
    [("alpaca_annotations.json", "holds preferences"), ("alpaca_outputs.json", "not a form of recorded results"),
     ("evalplus_samples.jsonl", "holds programs without verdicts: run evalplus.evaluate"),
     ("helm_stats.json", "holds sums over items"), ("mtbench_judgment.jsonl", "holds a judge's grades"),
     ("simple_evals.json", "holds sums over items"), ("swe_preds.jsonl", "holds patches without verdicts")],
)  # fmt: skip
def test_refused(form, content):
    """What holds no mark for each answer, nor a key, is refused with what it holds and what would be read."""
    with pytest.raises(ItemError, match=content):
        read(CASES / "forms" / form)


def test_bfcl_of_two_runs():
    """The two files of BFCL have to be of the same items."""
    with pytest.raises(ItemError, match="it is of 20 items, and BFCL_v3_simple_result.json holds 1"):
        read(CASES / "forms/BFCL_v3_simple_score.json")

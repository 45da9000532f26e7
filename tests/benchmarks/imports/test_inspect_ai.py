"""What Inspect recorded loads, from a log or an archive; its errors are no answers."""

import pandas as pd
import pytest
from recordings import EPOCHS, HOSTILE, archived, log, outcomes, sample, texts, written

from kit import client
from kit.benchmarks.imports import read
from kit.benchmarks.multiple_choice import Choice
from kit.errors import ItemError


@pytest.mark.parametrize("write", [pytest.param(written, id="one JSON file"), pytest.param(archived, id="an archive")])
def test_inspect(tmp_path, write):
    """Epochs are samples; tokens, seconds, moment and score are those of the log, in both its formats."""
    found = read(write(tmp_path, EPOCHS))
    gpt, one = "openai/gpt-4o@recorded", found.answers.iloc[0]
    assert (
        [(gpt, "mmlu_0_shot/1", 0, "ANSWER: B"), (gpt, "mmlu_0_shot/1", 1, "ANSWER: A"),
         (gpt, "mmlu_0_shot/s-2", 0, HOSTILE)],
        [(gpt, "mmlu_0_shot/1", 0, "right", 1.0, "B"), (gpt, "mmlu_0_shot/1", 1, "wrong", 0.0, "B"),
         (gpt, "mmlu_0_shot/s-2", 0, "partly", 0.5, "B")],
        Choice("mmlu_0_shot/1", "Question 1?", ("w", "x", "y", "z"), "B", "anatomy"),
        (120, 30, 10, 1.5, "stop", "gpt-4o-2024-05-13", "2025-03-01T10:20:30+00:00"), "inspect",
    ) == (
        texts(found), outcomes(found), found.items[0],
        (one["prompt_tokens"], one["output_tokens"], one["reasoning_tokens"], one["total_s"], one["finish_reason"],
         one["served_by"], one["asked_at"].isoformat()), found.form,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("parts", "kind", "words"),
    [
        pytest.param({"error": {"message": "RateLimitError: Error code: 429", "traceback": "", "traceback_ansi": ""}},
                     "rate_limit", "RateLimitError: Error code: 429", id="a rate limit"),
        pytest.param({"error": {"message": "TypeError('x')\n  at solver"}}, "server", "TypeError('x') at solver",
                     id="an error that says nothing of its kind"),
        pytest.param({"output": {"model": "gpt-4o", "choices": [], "error": "flagged by the filter"}},
                     "refused", "flagged by the filter", id="a refusal by the provider"),
        pytest.param({"output": {"model": "gpt-4o", "choices": []}, "limit": {"type": "time", "limit": 60}},
                     "timeout", "time limit", id="the time limit"),
        pytest.param({"output": {"choices": []}}, "stopped", "no output was recorded", id="nothing at all"),
    ],
)  # fmt: skip
def test_inspect_errors(tmp_path, parts, kind, words):
    """An error is no answer and has no score, even where the log scored it."""
    found = read(written(tmp_path, log(sample(1, value="I", **parts))))
    one = found.answers.iloc[0]
    seen = (one["error_kind"], one["error"], bool(pd.isna(one["text"])))
    assert (kind, words, True, 0, True) == (*seen, len(found.scores), kind in client.ERROR_KINDS)


def test_inspect_content_in_parts(tmp_path):
    """Reasoning stands apart from the answer, tool calls are kept, and a text that was stored once is fetched."""
    message = {
        "role": "assistant",
        "content": [{"type": "reasoning", "reasoning": "Hm."}, {"type": "text", "text": "attachment://abc"}],
        "tool_calls": [{"id": "c1", "function": "add", "arguments": {"a": 1}}],
    }
    output = {"model": "m", "choices": [{"message": message, "stop_reason": "tool_calls"}]}
    one = read(written(tmp_path, log(sample(1, output=output, attachments={"abc": "B, surely"})))).answers.iloc[0]
    calls = [{"id": "c1", "name": "add", "arguments": '{"a": 1}'}]
    assert ("B, surely", "Hm.", calls, True) == (
        one["text"], one["thinking"], one["tool_calls"], bool(pd.isna(one["total_s"])))  # fmt: skip


@pytest.mark.parametrize(
    ("usage", "counts"),
    [
        pytest.param({"input_tokens": 20, "input_tokens_cache_read": 80, "output_tokens": 10, "total_tokens": 110},
                     (100, 80, 10), id="cached beside the input, as Anthropic counts"),
        pytest.param({"input_tokens": 100, "input_tokens_cache_read": 80, "output_tokens": 10, "total_tokens": 110},
                     (100, 80, 10), id="cached inside the input, as OpenAI counts"),
        pytest.param({"input_tokens": 20, "input_tokens_cache_read": 80, "output_tokens": 10, "total_tokens": 30},
                     (None, None, None), id="counts that contradict each other"),
    ],
)  # fmt: skip
def test_inspect_cached_tokens(tmp_path, usage, counts):
    """Cached tokens count inside the prompt, however the provider counts; what contradicts itself is unknown."""
    output = sample(1)["output"] | {"usage": usage}
    one = read(written(tmp_path, log(sample(1, output=output)))).answers.iloc[0]
    seen = (None if pd.isna(one[name]) else one[name] for name in ("prompt_tokens", "cached_tokens", "output_tokens"))
    assert counts == tuple(seen)


@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        pytest.param("C", "right", id="C, correct"),
        pytest.param("I", "wrong", id="I, incorrect"),
        pytest.param("P", "partly", id="P, partial"),
        pytest.param("N", "wrong", id="N, no answer"),
        pytest.param(True, "right", id="yes"),
        pytest.param(0, "wrong", id="0"),
        pytest.param(0.25, "partly", id="a share"),
        pytest.param("Yes", "right", id="a word"),
        pytest.param(7, None, id="7 of 10 is no share"),
        pytest.param(float("nan"), None, id="not scored"),
        pytest.param({"a": 1}, None, id="several at once"),
    ],
)
def test_inspect_values(tmp_path, value, outcome):
    """Values are read as Inspect reads them; what is no share of an item is left out, and said."""
    found = read(written(tmp_path, log(sample(1, value=value))))
    said = "1 scores are no share from 0 to 1, and are left out" in found.summary
    assert ([outcome] if outcome else [], outcome is None) == (found.scores["outcome"].tolist(), said)


def test_inspect_says_which_scorer(tmp_path):
    """Of several scorers the first counts; a run that did not end well says so."""
    scores = {"choice": {"value": "C"}, "model_graded": {"value": "I"}}
    found = read(written(tmp_path, log(sample(1, scores=scores), status="cancelled")))
    assert (["right"], True) == (
        found.scores["outcome"].tolist(),
        "the run ended as 'cancelled'; scores by choice, not model_graded" in found.summary)  # fmt: skip


def test_inspect_interrupted(tmp_path):
    """An archive whose run never ended has no header, and still its samples."""
    found = read(archived(tmp_path, EPOCHS, "_journal/start.json"))
    assert (3, True) == (len(found.answers), "the run ended as 'started'" in found.summary)


def test_inspect_folder_of_two_models(tmp_path):
    """Logs of two models on the same items make one set of answers, and the items are there once."""
    archived(tmp_path, log(sample(1), sample(2)), name="a.eval")
    archived(tmp_path, log(sample(1), sample(2), model="anthropic/claude-sonnet-4"), name="b.eval")
    found = read(tmp_path)
    assert (4, 2, 2) == (len(found.answers), found.answers["contender"].nunique(), len(found.items))


def test_items_that_differ_by_model(tmp_path):
    """Where one model saw the choices in another order, a letter means two things: the item is left out, and said."""
    archived(tmp_path, log(sample(1), sample(2)), name="a.eval")
    archived(tmp_path, log(sample(1, choices=["z", "x", "y", "w"]), sample(2), model="other"), name="b.eval")
    found = read(tmp_path)
    assert (["mmlu_0_shot/2"], True) == ([item.id for item in found.items], "1 items are not the same" in found.summary)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param(log(), "it holds no answers", id="no samples"),
        pytest.param(log() | {"samples": {}}, "'samples' cannot be a dict", id="samples of another kind"),
        pytest.param(log(sample(None)), r"samples\[0\]: 'id' is missing", id="a sample without an id"),
        pytest.param(log("x"), r"samples\[0\]: str where an object belongs", id="a sample of another kind"),
        pytest.param(log(sample(1, output={"choices": ["x"]})), r"choices\[0\]: str where an object", id="no message"),
        pytest.param(
            log(sample(1), sample(1)), "answered item 'mmlu_0_shot/1', sample 0, 2 times", id="a sample twice"
        ),
        pytest.param(log(sample(1)) | {"eval": {"task": "t"}}, "eval: 'model' is missing", id="no model"),
    ],
)
def test_inspect_not_laid_out(tmp_path, data, said):
    """What is wrong with a log is told with its place."""
    with pytest.raises(ItemError, match=said):
        read(written(tmp_path, data))


def test_inspect_damaged_archive(tmp_path):
    """An archive that was cut off, or is none of Inspect's, is one clear line."""
    whole = archived(tmp_path, EPOCHS)
    cut = tmp_path / "cut.eval"
    cut.write_bytes(whole.read_bytes()[:200])
    other = archived(tmp_path, EPOCHS, "content.xml", "other.eval")
    said = []
    for path in (cut, other):
        with pytest.raises(ItemError) as caught:
            read(path)
        said.append(str(caught.value).removeprefix(f"{path}: "))
    assert (True, "no header.json in it, so it is no Inspect log") == ("archive" in said[0], said[1])

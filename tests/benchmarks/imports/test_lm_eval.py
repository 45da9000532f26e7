"""What lm-evaluation-harness recorded loads: letters by likelihood, texts by filter."""

import pytest
from recordings import DATE, HOSTILE, MMLU, gsm8k_line, outcomes, samples, texts

from kit.benchmarks.imports import read
from kit.benchmarks.multiple_choice import Choice
from kit.errors import ItemError


def test_lm_eval_by_likelihood(tmp_path):
    """The likeliest letter is the answer; the harness's own accuracy is the score; the folder names the model."""
    found = read(samples(tmp_path, MMLU))
    llama = "meta-llama/Llama-3.1-8B-Instruct@recorded"
    assert (
        [(llama, "mmlu_anatomy/0", 0, "B"), (llama, "mmlu_anatomy/1", 0, "A")],
        [(llama, "mmlu_anatomy/0", 0, "right", 1.0, "B"), (llama, "mmlu_anatomy/1", 0, "wrong", 0.0, "D")],
        Choice("mmlu_anatomy/0", "Question 0?", ("w", "x", "y", "z"), "B", "anatomy"),
        {"anatomy"}, {"by likelihood: nothing was written"}, "lm-eval",
    ) == (
        texts(found), outcomes(found), found.items[0], set(found.scores["group"]), set(found.answers["note"]),
        found.form)  # fmt: skip


def test_lm_eval_numbers_as_numbers(tmp_path):
    """Older files hold likelihoods as numbers, a target as one, and name no filter and no metric."""
    old = [{name: part for name, part in line.items() if name not in ("filter", "metrics")} for line in MMLU]
    for line in old:
        line["resps"] = [[[float(one[0][0]), False]] for one in line["resps"]]
        line["target"] = int(line["target"])
    new, found = read(samples(tmp_path, MMLU)), read(samples(tmp_path, old))
    assert (texts(new), outcomes(new), new.items) == (texts(found), outcomes(found), found.items)


def test_lm_eval_names_the_model_by_its_results(tmp_path):
    """Where the run's results lie beside the samples, they name the model."""
    path = samples(tmp_path, MMLU, model="out")
    path.with_name(f"results_{DATE}.json").write_text('{"model_name": "Qwen/Qwen3-32B", "results": {}}')
    assert {"Qwen/Qwen3-32B@recorded"} == set(read(path).answers["contender"])


def test_lm_eval_filters(tmp_path):
    """What was written counts once, under whichever filters; the first filter scores, and that is said."""
    lines = [
        gsm8k_line(0, [f"{HOSTILE} #### 18"], "strict-match", "18", 1.0),
        gsm8k_line(1, ["It is 18."], "strict-match", "[invalid]", 0.0),
        gsm8k_line(0, [f"{HOSTILE} #### 18"], "flexible-extract", "18", 1.0),
        gsm8k_line(1, ["It is 18."], "flexible-extract", "18.", 1.0),
    ]
    found = read(samples(tmp_path, lines, "gsm8k"))
    assert ([f"{HOSTILE} #### 18", "It is 18."], ["right", "wrong"], [], True) == (
        found.answers["text"].tolist(), found.scores["outcome"].tolist(), found.items,
        "scores by filter strict-match, not flexible-extract; scores by exact_match" in found.summary,
    )  # fmt: skip


def test_lm_eval_repeats(tmp_path):
    """With maj@3 the filter's answer of three is the answer, with the score that it got, of the file's day."""
    found = read(samples(tmp_path, [gsm8k_line(0, ["18", "17", "18"], "maj@3", "18", 1.0)], "gsm8k"))
    assert ([(0, "18")], ["right"], DATE[:10]) == (
        [row[2:] for row in texts(found)], found.scores["outcome"].tolist(), str(found.day))  # fmt: skip


def test_lm_eval_letters_of_arc(tmp_path):
    """ARC keeps its choices one deeper and its key by another name."""
    line = gsm8k_line(7, ["B"], "none", "B", 1.0)
    line["doc"] = {
        "question": "Which?",
        "choices": {"text": ["a stone", "a cat"], "label": ["A", "B"]},
        "answerKey": "B",
    }
    found = read(samples(tmp_path, [line], "arc_challenge_chat"))
    assert [Choice("arc_challenge_chat/7", "Which?", ("a stone", "a cat"), "B", "arc_challenge_chat")] == found.items


def test_lm_eval_folder(tmp_path):
    """A folder holds the samples files of several models and tasks."""
    samples(tmp_path, MMLU)
    samples(tmp_path, MMLU, model="Qwen__Qwen3-32B")
    samples(tmp_path, [gsm8k_line(0, ["#### 18"], "strict-match", "18", 1.0)], "gsm8k")
    found = read(tmp_path)
    said = f"{tmp_path.name}: lm-eval: 5 answers of 2 models to 3 items; no tokens or seconds; scores by"
    assert (5, 2, True) == (len(found.answers), len(found.items), found.summary.startswith(said))


def test_lm_eval_two_runs(tmp_path):
    """Two runs of one model on one task are not averaged in silence."""
    path = samples(tmp_path, MMLU)
    path.with_name(path.name.replace("2025", "2026")).write_bytes(path.read_bytes())
    with pytest.raises(ItemError, match="answered item 'mmlu_anatomy/0', sample 0, 2 times; keep one run of each"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        pytest.param(lambda lines: [lines[0], "{oops", lines[1]], "line 2: not JSON", id="a bad line amid good ones"),
        pytest.param(lambda lines: [lines[0], "7"], "line 2: int where an object with", id="a line of another kind"),
        pytest.param(lambda lines: [lines[0], '{"doc_id": 1}'], "line 2: 'resps' holds no", id="a part is missing"),
        pytest.param(lambda lines: [lines[0], '{"doc_id": 1, "doc": {}, "resps": []}'], "line 2: 'resps' holds no",
                     id="no response"),
        pytest.param(lambda lines: [lines[0], "[" * 100_000], "line 2: not JSON", id="brackets without end"),
        pytest.param(lambda lines: [lines[0]] * 2, "answered item 'mmlu_anatomy/0', sample 0, 2 times", id="twice"),
    ],
)  # fmt: skip
def test_lm_eval_not_laid_out(tmp_path, spoil, said):
    """A bad line is told by its number, never skipped."""
    path = samples(tmp_path, MMLU)
    path.write_text("\n".join(spoil(path.read_text().splitlines())) + "\n")
    with pytest.raises(ItemError, match=said):
        read(path)


def test_lm_eval_cut_short(tmp_path):
    """The last line of a run that was stopped, half a line without an end, is left out, and said."""
    path = samples(tmp_path, MMLU)
    path.write_text(path.read_text()[:-40])
    found = read(path)
    assert (1, True) == (len(found.answers), "line 2, which was cut short, is left out" in found.summary)


def test_half_characters(tmp_path):
    """Half a character, which JSON can spell and no file can hold, becomes the mark for one that is lost."""
    path = samples(tmp_path, [gsm8k_line(0, ["x"], "none", "x", 1.0)], "gsm8k")
    path.write_text(path.read_text().replace('[["x"]]', '[["\\ud83d!"]]').replace('["x"]', '["\\ud83d!"]'))
    assert ["\ufffd!"] == read(path).answers["text"].tolist()

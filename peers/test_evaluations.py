"""Other evaluation tools, run for real against the embedded model; what the kit reads in their files is what they say.

`nox -s peers` installs lm-evaluation-harness, Inspect and promptfoo in environments of their own and names them in
LM_EVAL, INSPECT and PROMPTFOO; see noxfile.py.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest
import yaml

from kit.benchmarks import score_recorded, scores_by_contender
from kit.benchmarks.imports import read
from kit.client import EMBEDDED, serve_local_model, split_id

MODEL = split_id(EMBEDDED)[0]
ITEMS = [("2 + 2", "4"), ("3 + 4", "7"), ("10 - 1", "9"), ("9 + 5", "1"), ("8 - 6", "2"), ("6 + 7", "13"),
         ("1 + 0", "1"), ("20 - 5", "15")]  # fmt: skip
"""Sums and their keys; the fourth key is a part of the right answer, on which scorers differ."""

PROMPT = "What is {}? Answer with the number."
QUIET = {
    "HF_DATASETS_OFFLINE": "1",
    "HF_HUB_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "NO_COLOR": "1",
    "PROMPTFOO_DISABLE_TELEMETRY": "1",
    "PROMPTFOO_DISABLE_UPDATE": "1",
    "PROMPTFOO_DISABLE_REMOTE_GENERATION": "1",
    "OPENAI_API_KEY": "none",
    "LOCAL_API_KEY": "none",
}


def program(name, *path):
    """A tool's program, or a skip where its environment is not named."""
    if not os.environ.get(name):
        pytest.skip(f"{name} names no environment")
    return str(Path(os.environ[name], *path))


@pytest.fixture(scope="module")
def url():
    """The embedded model's own server, as an endpoint like OpenAI's."""
    with serve_local_model() as base:
        yield base


def run(folder, command, **env):
    """Run a tool in a folder; what it printed is shown if it failed."""
    done = subprocess.run(command, cwd=folder, env={**os.environ, **QUIET, **env, "HOME": str(folder)},
                          capture_output=True, text=True, timeout=600)  # fmt: skip
    assert done.returncode in (0, 100), (done.stdout + done.stderr)[-3_000:]  # promptfoo's 100: an assertion failed


def figures(path, **options):
    """Contender -> items and score in percent, as the kit reads a file."""
    found = read(path, **options)
    table = scores_by_contender(score_recorded(found, found.form, "general"))
    return {row.contender: (row.items, pytest.approx(row.score, abs=1e-6)) for row in table.itertuples()}


def lm_eval_task(folder, repeats=1):
    """A task on the items: two filters, the whole answer and its first number."""
    (folder / "items.jsonl").write_text("".join(json.dumps({"q": PROMPT.format(q), "a": a}) + "\n" for q, a in ITEMS))
    number = {"function": "regex", "regex_pattern": r"(-?\d+)[^\d]*$"}
    first = {"function": "take_first"}
    data_files = {"test": str(folder / "items.jsonl")}
    task = {
        "task": "sums",
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": data_files},
        "test_split": "test",
        "output_type": "generate_until",
        "doc_to_text": "{{q}}",
        "doc_to_target": "{{a}}",
        "repeats": repeats,
        "generation_kwargs": {"until": ["\n\n"], "max_gen_toks": 16, "do_sample": False},
        "filter_list": [{"name": "number", "filter": [number, first]}, {"name": "whole", "filter": [first]}],
        "metric_list": [{"metric": "exact_match", "aggregation": "mean", "higher_is_better": True}],
        "metadata": {"version": 1},
    }
    (folder / "sums.yaml").write_text(yaml.safe_dump(task, sort_keys=False))


@pytest.mark.parametrize("repeats", [1, 3])
def test_lm_eval(tmp_path, url, repeats):
    """lm-evaluation-harness: a run's folder gives the score of its first filter, with repeats as without."""
    lm_eval_task(tmp_path, repeats)
    program_path = program("LM_EVAL", "bin", "lm-eval")
    args = f"model={MODEL},base_url={url}/chat/completions,num_concurrent=1,tokenized_requests=False"
    options = {"--model": "local-chat-completions", "--model_args": args, "--tasks": "sums", "--include_path": ".",
               "--output_path": "out"}  # fmt: skip
    flags = [part for option in options.items() for part in option]
    run(tmp_path, [program_path, "run", *flags, "--apply_chat_template", "--log_samples"])
    results = json.loads(next((tmp_path / "out").rglob("results_*.json")).read_text())["results"]["sums"]
    theirs = 100 * results["exact_match,number"]
    print(f"lm-eval, repeats {repeats}: theirs {theirs:.2f} %, ours {figures(tmp_path / 'out')}")
    assert {f"{MODEL}@recorded": (len(ITEMS), theirs)} == figures(tmp_path / "out")


TASK = """
from inspect_ai import Task, task
from inspect_ai.dataset import Sample
from inspect_ai.scorer import includes, match
from inspect_ai.solver import generate

ITEMS = {items!r}

@task
def sums():
    samples = [Sample(id=n, input={prompt!r}.format(q), target=a) for n, (q, a) in enumerate(ITEMS)]
    scorers = [match(location="any", numeric=True), includes()]
    return Task(dataset=samples, solver=generate(), scorer=scorers, epochs=2)
"""


@pytest.mark.parametrize("form", ["eval", "json"])
def test_inspect(tmp_path, url, form):
    """Inspect: both forms of its log give the accuracy that it prints, for each of two scorers, over two epochs."""
    (tmp_path / "sums.py").write_text(TASK.format(items=ITEMS, prompt=PROMPT))
    run(tmp_path, [program("INSPECT", "bin", "inspect"), "eval", "sums.py", "--model", f"openai-api/local/{MODEL}",
                   "--max-tokens", "16", "--temperature", "0", "--max-connections", "1",
                   "--log-format", form,
                   "--log-dir", "logs", "--display", "none"], LOCAL_BASE_URL=url)  # fmt: skip
    log = next((tmp_path / "logs").glob(f"*.{form}"))
    dump = subprocess.run([program("INSPECT", "bin", "inspect"), "log", "dump", "--header-only", str(log)],
                          capture_output=True, text=True, check=True, env={**os.environ, **QUIET})  # fmt: skip
    for scorer in json.loads(dump.stdout)["results"]["scores"]:
        theirs = 100 * scorer["metrics"]["accuracy"]["value"]
        print(f"Inspect {form}, {scorer['name']}: theirs {theirs:.2f} %, ours {figures(log, scorer=scorer['name'])}")
        assert {f"openai-api/local/{MODEL}@recorded": (len(ITEMS), theirs)} == figures(log, scorer=scorer["name"])


def test_promptfoo(tmp_path, url):
    """promptfoo: each form of its output gives its own pass rate; what passed is counted by provider and prompt."""
    provider = {"id": f"openai:chat:{MODEL}", "label": MODEL,
                "config": {"apiBaseUrl": url, "apiKey": "none", "temperature": 0, "max_tokens": 16}}  # fmt: skip
    tests = [{"vars": {"q": q}, "assert": [{"type": "contains", "value": a}]} for q, a in ITEMS]
    prompts = ["What is {{q}}? Answer with the number.", "{{q}} ="]
    (tmp_path / "config.yaml").write_text(
        yaml.safe_dump({"providers": [provider], "prompts": prompts, "tests": tests}, sort_keys=False)
    )
    forms = ("json", "jsonl", "yaml", "csv")
    outputs = [part for form in forms for part in ("-o", f"out.{form}")]
    run(tmp_path, [program("PROMPTFOO", "node_modules", ".bin", "promptfoo"), "eval", "-c", "config.yaml", "-j", "1",
                   "--no-cache", "--no-progress-bar", *outputs], PROMPTFOO_CONFIG_DIR=str(tmp_path))  # fmt: skip
    theirs = json.loads((tmp_path / "out.json").read_text())["results"]["prompts"]
    rates = [100 * prompt["metrics"]["testPassCount"] / len(ITEMS) for prompt in theirs]
    expected = {f"{MODEL}@recorded": (len(ITEMS), rates[0]), f"{MODEL}#2@recorded": (len(ITEMS), rates[1])}
    for form in forms:
        print(f"promptfoo {form}: theirs {rates}, ours {figures(tmp_path / f'out.{form}')}")
        assert expected == figures(tmp_path / f"out.{form}")

"""HELM: a run's folder, with `per_instance_stats.json` and `scenario_state.json`, as `helm-run` writes them.

As written by stanford-crfm/helm, `src/helm/benchmark/runner.py`, `metrics/metric.py` (`PerInstanceStats`) and
`adaptation/scenario_state.py`. The scores are in the first file; the second has the texts and names the model.
"""

import math
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kit.benchmarks.imports.entries import Entry, failed, loaded, need, number, scored, tokens
from kit.benchmarks.tables import read
from kit.client import Answer, Failure
from kit.errors import ItemError, near_miss

__all__ = ["SCORES", "entries"]

SCORES, _STATES = "per_instance_stats.json", "scenario_state.json"
_SUREST = ("exact_match", "quasi_exact_match", "prefix_exact_match", "quasi_prefix_exact_match",
           "final_number_exact_match", "math_equiv_chain_of_thought", "math_equiv", "chain_of_thought_correctness",
           "ifeval_strict_accuracy", "code_eval_acc", "test_avg", "f1_score")  # fmt: skip
"""Statistics that score one answer, the surest first."""

_Key = tuple[str, int]


def entries(path: Path, scorer: str = "") -> tuple[list[Entry], list[str]]:
    """Read the answers of one run, and remarks on them; an item is `SCENARIO/instance_id`, a train trial a repeat.

    Perturbed instances are left out: they are the same item in other words.

    Args:
        path: Either of the two files; the other is read beside it.
        scorer: The statistic that counts; empty takes the surest one that the run has.

    Raises:
        ItemError: If there are no scores, or no statistic scores an answer.
    """
    scores_path = path.with_name(SCORES)
    if not scores_path.exists():
        raise ItemError(f"{path}: the scores of its answers are in {SCORES}, which is not beside it")
    rows = [row for row in loaded(read(scores_path), scores_path) if isinstance(row, dict)]
    plain = [row for row in rows if not row.get("perturbation")]
    statistics = {_key(row, f"{scores_path}: [{n}]"): _means(row) for n, row in enumerate(plain)}
    names = list(dict.fromkeys(name for means in statistics.values() for name in means))
    metric = _metric(names, scorer, scores_path)
    states, model = _states(path.with_name(_STATES))
    run = path.resolve().parent.name
    scenario = ",".join(part for part in run.split(",") if "model=" not in part) or run
    answers = [
        _entry(key, means, metric, states.get(key, {}), model or _named_in(run), scenario)
        for key, means in statistics.items()
    ]
    others = [name for name in _SUREST if name in names and name != metric]
    remarks = [f"scores by {metric}{', not ' if others else ''}{', '.join(others)}"]
    if len(plain) < len(rows):
        remarks.append(f"{len(rows) - len(plain)} answers to perturbed instances are left out")
    return answers, remarks


def _metric(names: list[str], scorer: str, path: Path) -> str:
    if scorer and scorer not in names:
        raise ItemError(f"{path}: no statistic {scorer!r}{near_miss(scorer, names)}; it has {', '.join(names)}")
    metric = scorer or next((name for name in _SUREST if name in names), "")
    if not metric:
        raise ItemError(f"{path}: none of its statistics is known to score an answer; name one: {', '.join(names)}")
    return metric


def _key(record: dict[str, Any], place: str) -> _Key:
    return need(record, "instance_id", str, place), int(record.get("train_trial_index") or 0)


def _means(row: dict[str, Any]) -> dict[str, float]:
    named = [(stat.get("name"), number(stat.get("mean"))) for stat in row.get("stats") or () if isinstance(stat, dict)]
    return {str(name["name"]): mean for name, mean in named if isinstance(name, dict) and mean is not None}


def _states(path: Path) -> tuple[dict[_Key, dict[str, Any]], str]:
    """Instance and trial -> its request's state; and the model. Empty without the file."""
    if not path.exists():
        return {}, ""
    data = loaded(read(path), path)
    states: dict[_Key, dict[str, Any]] = {}
    for n, state in enumerate(need(data, "request_states", list, str(path))):
        place = f"{path}: request_states[{n}]"
        instance = need(state, "instance", dict, place)
        if not instance.get("perturbation"):
            key = need(instance, "id", str, place), int(state.get("train_trial_index") or 0)
            states.setdefault(key, state)
    adapter = data.get("adapter_spec") or {}
    return states, str(adapter.get("model") or adapter.get("model_deployment") or "")


def _named_in(run: str) -> str:
    """The model in a run's name: `mmlu:subject=law,model=openai_gpt-4o` -> `openai/gpt-4o`."""
    name = run.rpartition("model=")[2].partition(",")[0]
    return name.replace("_", "/", 1)


def _entry(key: _Key, means: dict[str, float], metric: str, state: dict[str, Any], model: str, scenario: str) -> Entry:
    references = (state.get("instance") or {}).get("references") or ()
    right = [str(reference["output"]["text"]) for reference in references if "correct" in (reference.get("tags") or ())]
    score = scored(means.get(metric), "; ".join(right))
    outcome = _outcome(state, means)
    return Entry(
        model, f"{scenario}/{key[0]}", outcome, key[1], scenario, score if isinstance(outcome, Answer) else None
    )


def _outcome(state: dict[str, Any], means: dict[str, float]) -> Answer | Failure:
    result = state.get("result") or {}
    if result.get("success") is False:
        return failed(str(result.get("error") or "the request failed"))
    completions = result.get("completions") or [{}]
    text = str(completions[0].get("text") or "") if state and "reference_index" not in state else "(not recorded)"
    count = [means.get(name) for name in ("num_prompt_tokens", "num_output_tokens")]
    usage = tokens(*(None if value is None else int(value) for value in count))
    seconds = means.get("inference_runtime", number(result.get("request_time")))
    asked_at = number(result.get("request_datetime"))
    at = "" if asked_at is None else datetime.fromtimestamp(asked_at, tz=UTC).isoformat()
    return Answer(text, "", usage, at, math.nan if seconds is None else seconds)

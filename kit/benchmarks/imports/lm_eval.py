"""lm-evaluation-harness: its `samples_TASK_DATE.jsonl`, one line an item and filter.

As written by EleutherAI/lm-evaluation-harness, `lm_eval/evaluator.py` (`example`) and
`lm_eval/loggers/evaluation_tracker.py` (`save_results_samples`), at commit 034ab03. That turns what a model returned
into text, numbers too: a choice scored by its likelihood is `["-1.25", "False"]`.
"""

import json
import math
import re
from contextlib import suppress
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from kit.benchmarks.imports.entries import Entry, Score, letter, lines, loaded, need, number, scored
from kit.benchmarks.multiple_choice import Choice
from kit.benchmarks.tables import read
from kit.client import Answer
from kit.errors import ItemError

__all__ = ["entries"]

_LAYOUT = {"doc_id", "doc", "target", "arguments", "resps", "filtered_resps", "filter", "metrics",
           "doc_hash", "prompt_hash", "target_hash"}  # fmt: skip
_NAMED = re.compile(r"samples_(?P<task>.+)_(?P<date>\d{4}-\d\d-\d\dT[\d.-]+)\.jsonl(\.gz)?")
_BY_LIKELIHOOD = "by likelihood: nothing was written"


def entries(path: Path) -> tuple[list[Entry], list[str]]:
    """Answers in a samples file, and remarks on them; an item is `TASK/doc_id`.

    The file does not name the model: `results_DATE.json` beside it does, or else its folder. Where an item has several
    filters, the first is taken; of several metrics `acc`, or else the first.
    """
    records, remarks = lines(read(path), path)
    for n, record in records:
        need(record, "doc_id", (int, str), f"{path}: line {n}")
    filters = list(dict.fromkeys(str(record.get("filter", "none")) for _, record in records))
    if len(filters) > 1:
        remarks.append(f"scores by filter {filters[0]}, not {', '.join(filters[1:])}")
    filtered = [(n, record) for n, record in records if str(record.get("filter", "none")) == filters[0]]
    metric = _metric(filtered[0][1], str(path)) if filtered else ""
    model, task = _model(path), _task(path)
    answers = [entry for n, record in filtered for entry in _answers(record, f"{path}: line {n}", model, task, metric)]
    if any(entry.sample for entry in answers):
        remarks.append("samples of one item have one score together, which is none of theirs, and is left out")
    elif any(entry.score for entry in answers):
        others = [name for name in _metrics(filtered[0][1], str(path)) if name != metric]
        remarks.append(f"scores by {metric}{', not ' if others else ''}{', '.join(others)}")
    return answers, remarks


def _answers(record: dict[str, Any], place: str, model: str, task: str, metric: str) -> list[Entry]:
    doc = need(record, "doc", dict, place) if "doc" in record else {}
    item, group = f"{task}/{record['doc_id']}", str(doc.get("subject") or task)
    filtered = need(record, "filtered_resps", list, place) if "filtered_resps" in record else []
    returned = need(record, "resps", list, place) if "resps" in record else [[response] for response in filtered]
    if not returned or not all(isinstance(response, list) and response for response in returned):
        raise ItemError(f"{place}: 'resps' holds no response")
    likely = _likelihoods(returned)
    target = str(record.get("target", "")).strip()
    expected = (letter(target, len(likely)) if likely else "") or target
    choice = _choice(doc, item, group, expected)
    if likely:
        text, note = (_best(likely), _BY_LIKELIHOOD) if len(likely) > 1 else ("", _BY_LIKELIHOOD)
        return [Entry(model, item, _answer(text, note), 0, group, _score(record, metric, expected), choice)]
    texts = [
        response if isinstance(response, str) else json.dumps(response, ensure_ascii=False) for response in returned[0]
    ]
    if (
        len(texts) > 1 and len(filtered) == 1 and isinstance(filtered[0], str)
    ):  # the majority of several, as maj@k has it
        texts, note = [filtered[0]], f"the filter's one of {len(texts)}"
        return [Entry(model, item, _answer(texts[0], note), 0, group, _score(record, metric, expected), choice)]
    score = _score(record, metric, expected) if len(texts) == 1 else None
    return [Entry(model, item, _answer(text, ""), n, group, score, choice) for n, text in enumerate(texts)]


def _answer(text: str, note: str) -> Answer:
    return Answer(text, "", None, "", math.nan, note=note)


def _score(record: dict[str, Any], metric: str, expected: str) -> Score | None:
    return scored(number(record.get(metric)), expected)


def _likelihoods(returned: list[Any]) -> list[float]:
    """The log-likelihood of each choice; none if the model wrote."""
    likelihoods = []
    for first, *_ in returned:
        if not (isinstance(first, list) and len(first) == 2 and str(first[1]) in ("True", "False")):
            return []
        with suppress(TypeError, ValueError):
            likelihoods.append(float(first[0]))
    return likelihoods if len(likelihoods) == len(returned) else []


def _best(likely: list[float]) -> str:
    place = max(range(len(likely)), key=likely.__getitem__)
    return ascii_uppercase[place] if place < 26 else str(place)


def _choice(doc: dict[str, Any], item: str, group: str, expected: str) -> Choice | None:
    """The item, in MMLU's layout (choices, answer) or ARC's (choices.text, answerKey)."""
    question, choices = doc.get("question"), doc.get("choices")
    labels = choices.get("label") if isinstance(choices, dict) else None
    choices = choices.get("text") if isinstance(choices, dict) else choices
    if not isinstance(question, str) or not isinstance(choices, list) or not choices:
        return None
    if isinstance(labels, list) and len(labels) == len(choices) <= 26 and doc.get("answerKey") in labels:
        place = labels.index(doc["answerKey"])  # ARC labels some items' choices 1 to 4, and counts from 1
        return Choice(item, question, tuple(map(str, choices)), ascii_uppercase[place], group)
    keys = (doc.get("answer"), doc.get("answerKey"), expected)
    key = next((key_letter for key_letter in (letter(key, len(choices)) for key in keys) if key_letter), "")
    return Choice(item, question, tuple(map(str, choices)), key, group) if key else None


def _metric(record: dict[str, Any], place: str) -> str:
    """The metric that scores an answer."""
    named = _metrics(record, place)
    return "acc" if "acc" in named else next(iter(named), "")


def _metrics(record: dict[str, Any], place: str) -> list[str]:
    names = need(record, "metrics", list, place) if "metrics" in record else list(record)
    return [name for name in map(str, names) if name not in _LAYOUT and number(record.get(name)) is not None]


def _task(path: Path) -> str:
    named = _NAMED.fullmatch(path.name)
    return named["task"] if named else path.name.partition(".")[0].removeprefix("samples_")


def _model(path: Path) -> str:
    """The model, from the results beside the file, or the folder, in whose name `/` is written `__`."""
    named = _NAMED.fullmatch(path.name)
    results = path.with_name(f"results_{named['date']}.json") if named else None
    if results is not None and results.exists():
        data = loaded(read(results), results)
        if isinstance(data, dict) and isinstance(data.get("model_name"), str) and data["model_name"]:
            return data["model_name"]
    return path.resolve().parent.name.replace("__", "/")

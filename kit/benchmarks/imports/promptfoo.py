"""promptfoo: the output of `promptfoo eval -o output.json`, as JSON, JSON Lines, YAML or CSV.

As written by promptfoo/promptfoo, `src/types/index.ts` (`EvaluateResult`, `EvaluateSummaryV2`, `EvaluateSummaryV3`) at
commit 0011eb0 and `src/models/eval.ts`: evals of version 3, which hold a table beside the results, and of version 4.
"""

import hashlib
import json
import math
import re
from collections import Counter
from pathlib import Path
from typing import Any

from kit.benchmarks.imports.entries import (
    Entry,
    Score,
    dollars,
    failed,
    lines,
    loaded,
    moment,
    need,
    number,
    scored,
    tokens,
)
from kit.benchmarks.imports.table import text_rows
from kit.benchmarks.tables import read
from kit.client import Answer, Failure
from kit.errors import ItemError
from kit.files import read_yaml

__all__ = ["entries", "is_table_or_yaml"]

_CELL_HEAD = re.compile(r"(?:^|,|\")\[[^\]]+\] ")
"""The head of a column of answers in its CSV: `[provider] prompt`."""

_OLD_CELL = re.compile(r"\[(?P<state>PASS|FAIL|ERROR)\] ?(?:\((?P<score>[\d.]+)\) ?)?")

_GRADED, _ERROR = 1, 2
"""`ResultFailureReason`: an assertion said no, or something went wrong."""


def entries(path: Path) -> tuple[list[Entry], list[str]]:
    """Answers in an output file, and remarks on them.

    A model is a provider's label, or its id; `#2` is put behind it for the second prompt, and so on. An item is a test:
    its description where that names it alone, else a digest of its variables and assertions, by which it is the same
    item in the next run too. What `--repeat` asked again is the next sample.
    """
    placed, ran_at = _results(path)
    prompts = _prompts(placed)
    names = _items(placed)
    answers, repeats = [], Counter[tuple[str, str]]()
    for place, result in placed:
        prompt = prompts.index(_prompt(result, place))
        model, item = _model(result, place) + (f"#{prompt + 1}" if prompt else ""), names[_test(result)]
        outcome = _outcome(result, place, ran_at)
        score = _score(result) if isinstance(outcome, Answer) else None
        usd = _usd(result, outcome) if isinstance(outcome, Answer) else None
        answers.append(Entry(model, item, outcome, repeats[model, item], _subject(result), score, usd=usd))
        repeats[model, item] += 1
    remarks = [f"{len(prompts)} prompts, of which #2 and on stand behind the model's name"] if len(prompts) > 1 else []
    if cached := sum(isinstance(entry.outcome, Answer) and bool(entry.outcome.note) for entry in answers):
        remarks.append(f"{cached} answers came from promptfoo's cache, so that their tokens and seconds are unknown")
    shares = [number(result.get("score")) for _, result in placed if _score(result)]
    if any(share not in (None, 0, 1) for share in shares):
        mean = sum(share for share in shares if share is not None) / len(shares)
        remarks.append(f"what passed counts, as in promptfoo's pass rate; the mean of its scores is {mean:.3f}")
    return answers, remarks


def is_table_or_yaml(text: str) -> bool:
    """True for the output as CSV, by its columns of answers with their verdicts, or as YAML."""
    first = text.partition("\n")[0]
    return bool(_CELL_HEAD.search(first)) or (first.startswith("evalId:") and "\nresults:" in text)


def _results(path: Path) -> tuple[list[tuple[str, Any]], str]:
    """The results with their places, and when the run was, from any of the forms that `-o` writes."""
    text = read(path)
    if is_table_or_yaml(text):
        if _CELL_HEAD.search(text.partition("\n")[0]):
            return _from_csv(path), ""
        data = _from_yaml(path)
    elif '"results"' not in text.partition("\n")[0] and '"promptIdx"' in text.partition("\n")[0]:
        return [(f"{path}: line {n}", result) for n, result in lines(text, path)[0]], ""
    else:
        data = loaded(text, path)
    summary = need(data, "results", dict, str(path))
    results = need(summary, "results", list, f"{path}: results")
    return [(f"{path}: results.results[{n}]", result) for n, result in enumerate(results)], moment(
        summary.get("timestamp")
    )


def _from_yaml(path: Path) -> Any:
    try:
        return read_yaml(path)
    except ValueError as error:
        raise ItemError(f"{path}: {str(error)[:200]}") from None


def _from_csv(path: Path) -> list[tuple[str, Any]]:
    """Results from the table: variables, then for each provider and prompt what it answered, and its verdict."""
    head, rows, _ = text_rows(path)
    columns = [n for n, name in enumerate(head) if _CELL_HEAD.match(name)]
    results = list[tuple[str, Any]]()
    for place, cells in rows:
        variables = dict(zip(head[: columns[0]], cells[: columns[0]], strict=True))
        for start, end in zip(columns, [*columns[1:], len(head)], strict=True):
            label, _, prompt = head[start].removeprefix("[").partition("] ")
            verdict = dict(zip(head[start + 1 : end], cells[start + 1 : end], strict=True))
            results.append((place, _from_cell(cells[start], verdict) | {
                "provider": label, "prompt": prompt, "vars": variables,
            }))  # fmt: skip
    order = {prompt: n for n, prompt in enumerate(dict.fromkeys(result["prompt"] for _, result in results))}
    return [(place, result | {"promptIdx": order[result["prompt"]]}) for place, result in results]


def _from_cell(text: str, verdict: dict[str, str]) -> dict[str, Any]:
    """One answer's result; older versions write its verdict in front of it: `[FAIL] (0.50) Lyon`."""
    if "Status" in verdict:
        state, score, reason = verdict["Status"], verdict.get("Score", ""), verdict.get("Grader Reason", "")
    else:
        old = _OLD_CELL.match(text)
        state, score, reason = (old["state"], old["score"] or "", "") if old else ("", "", "No assertions")
        text = text[old.end() :] if old else text
    if state == "ERROR":
        return {"response": {"error": text or reason or "an error"}, "failureReason": _ERROR, "success": False}
    passed = state == "PASS"
    return {"response": {"output": text}, "success": passed, "score": float(score) if score else float(passed),
            "gradingResult": {"reason": reason}}  # fmt: skip


def _prompts(placed: list[tuple[str, Any]]) -> list[str]:
    """The prompts in promptfoo's own order, whichever was answered first."""
    first: dict[str, tuple[float, int]] = {}
    for n, (place, result) in enumerate(placed):
        prompt, index = _prompt(result, place), number(result.get("promptIdx"))
        own = (math.inf if index is None else index, n)
        first[prompt] = min(own, first.get(prompt, own))
    return sorted(first, key=first.__getitem__)


def _usd(result: dict[str, Any], answer: Answer) -> float | None:
    """Dollars; what came from promptfoo's cache cost nothing then, and says nothing of what the model costs."""
    response = result.get("response")
    recorded = response.get("cost") if isinstance(response, dict) else None
    return None if answer.note else dollars(recorded if result.get("cost") is None else result["cost"], answer.usage)


def _prompt(result: Any, place: str) -> str:
    """The prompt before variables were put in."""
    prompt = need(result, "prompt", (dict, str), place)
    return prompt if isinstance(prompt, str) else str(prompt.get("label") or prompt.get("display") or "")


def _model(result: dict[str, Any], place: str) -> str:
    provider = need(result, "provider", (dict, str), place)
    name = provider if isinstance(provider, str) else provider.get("label") or provider.get("id")
    if not name:
        raise ItemError(f"{place}: 'provider' has neither label nor id")
    return str(name)


def _case(result: dict[str, Any]) -> dict[str, Any]:
    case = result.get("testCase")
    return case if isinstance(case, dict) else {}


def _test(result: dict[str, Any]) -> str:
    """Identify a test: two results with the same text are results of one test."""
    case = _case(result)
    return json.dumps([result.get("vars"), case.get("assert"), _words(result)], sort_keys=True)


def _words(result: dict[str, Any]) -> str:
    return str(_case(result).get("description") or result.get("description") or "")


def _items(placed: list[tuple[str, Any]]) -> dict[str, str]:
    """Test -> item."""
    described = {_test(result): _words(result) for _, result in placed}
    often = Counter(described.values())
    return {
        test: words if words and often[words] == 1 else hashlib.sha256(test.encode()).hexdigest()[:12]
        for test, words in described.items()
    }


def _subject(result: dict[str, Any]) -> str:
    variables = result.get("vars")
    return str(variables.get("subject") or "") if isinstance(variables, dict) else ""


def _outcome(result: dict[str, Any], place: str, ran_at: str) -> Answer | Failure:
    response = result.get("response") or {}
    if not isinstance(response, dict):
        raise ItemError(f"{place}: 'response' cannot be a {type(response).__name__}")
    text, reason = response.get("output"), result.get("failureReason")
    # where an assertion said no, `error` is what it said; files of version 3 tell that by the grading alone
    graded = reason == _GRADED or (reason != _ERROR and bool(result.get("gradingResult")))
    if error := response.get("error") or (None if graded else result.get("error")):
        return failed(str(error))
    if text is None:
        return failed("no output was recorded")
    used, cached = response.get("tokenUsage"), bool(response.get("cached"))
    milliseconds = None if cached else number(result.get("latencyMs"))
    usage = _usage(used) if isinstance(used, dict) and not cached else None
    return Answer(
        text if isinstance(text, str) else json.dumps(text, ensure_ascii=False),
        str(response.get("finishReason") or ""), usage, ran_at,
        math.nan if milliseconds is None else milliseconds / 1000, note="from promptfoo's cache" if cached else "",
    )  # fmt: skip


def _usage(used: dict[str, Any]) -> Any:
    details = used.get("completionDetails")
    details = details if isinstance(details, dict) else {}
    cached, reasoning = details.get("cacheReadInputTokens"), details.get("reasoning")
    return tokens(used.get("prompt"), used.get("completion"), cached, reasoning)


def _score(result: dict[str, Any]) -> Score | None:
    """The verdict of the assertions; a test without any passes with a score of 1, which says nothing."""
    grading = result.get("gradingResult")
    if not isinstance(grading, dict) or grading.get("reason") == "No assertions":
        return None
    asserted = _case(result).get("assert")
    values = (
        [assertion.get("value") for assertion in asserted if isinstance(assertion, dict)]
        if isinstance(asserted, list)
        else []
    )
    expected = "; ".join(value for value in values if isinstance(value, str))
    passed = result.get("success")
    return scored(number(result.get("score") if passed is None else bool(passed)), expected)

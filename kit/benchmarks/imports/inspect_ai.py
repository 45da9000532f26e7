"""Inspect AI: its logs, as one JSON file or as an `.eval` archive of one JSON file a sample.

As written by UKGovernmentBEIS/inspect_ai, `src/inspect_ai/log/_log.py` (`EvalLog`, `EvalSample`) at commit 020dd01,
`log/_recorders/eval.py` (the archive) at 44b41cd, and `model/_model_output.py` (`ModelOutput`) at 071c8bd.
"""

import json
import math
import sys
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from kit.benchmarks.imports.entries import Entry, failed, letter, loaded, moment, need, number, scored, tokens
from kit.benchmarks.multiple_choice import Choice
from kit.benchmarks.tables import read
from kit.client import Answer, Failure
from kit.errors import ItemError

__all__ = ["entries"]

_ZSTANDARD = 93
"""The method's number in a ZIP file."""

_WORDS = {"C": 1.0, "I": 0.0, "P": 0.5, "N": 0.0, "yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}
"""`value_to_float` in `scorer/_metric.py`: correct, incorrect, partial, no answer."""


def entries(path: Path, scorer: str = "") -> tuple[list[Entry], list[str]]:
    """Answers in a log, and remarks on them; an item is `TASK/id`, an epoch is a sample of it.

    Where there are several scorers, the first is taken whose values are shares, or the one that is named. A sample
    that ended in an error has no score, whatever was written down for it.
    """
    with path.open("rb") as file:
        packed = file.read(2) == b"PK"
    header, samples = _archive(path) if packed else _log(path)
    spec = need(header, "eval", dict, str(path))
    model, task = need(spec, "model", str, f"{path}: eval"), need(spec, "task", str, f"{path}: eval")
    scores = [need(sample, "scores", dict, place) if sample.get("scores") else {} for place, sample in samples]
    scorers = list(dict.fromkeys(name for named in scores for name in named))
    if scorer and scorer not in scorers:
        raise ItemError(f"{path}: no scorer {scorer!r}; here are {', '.join(map(repr, scorers)) or 'none'}")
    scorers.sort(key=lambda name: name != scorer if scorer else not _gives_shares(name, scores))
    mine = [named.get(scorers[0]) if scorers else None for named in scores]
    answers = [_entry(sample, place, model, task, score) for (place, sample), score in zip(samples, mine, strict=True)]
    remarks = [] if header.get("status", "success") == "success" else [f"the run ended as {header['status']!r}"]
    odd = [entry for entry, score in zip(answers, mine, strict=True) if score and not entry.score]
    if odd := [entry for entry in odd if isinstance(entry.outcome, Answer)]:
        remarks.append(f"{len(odd)} scores are no share from 0 to 1, and are left out")
    limited = [sample for (_, sample), entry in zip(samples, answers, strict=True)
               if sample.get("limit") and sample.get("scores") and not isinstance(entry.outcome, Answer)]  # fmt: skip
    if limited:
        remarks.append(
            f"{len(limited)} samples that a limit ended without an answer are errors here; Inspect scores them"
        )
    if scorers:
        first, *others = scorers
        remarks.append(f"scores by {first}{', not ' if others else ''}{', '.join(others)}")
    return answers, remarks


def _gives_shares(scorer: str, scores: list[dict[str, Any]]) -> bool:
    values = [_value(named[scorer].get("value")) for named in scores if isinstance(named.get(scorer), dict)]
    return bool(values) and all(value is not None and 0 <= value <= 1 for value in values)


def _log(path: Path) -> tuple[dict[str, Any], list[tuple[str, Any]]]:
    data = loaded(read(path), path)
    placed = [(f"{path}: samples[{n}]", sample) for n, sample in enumerate(need(data, "samples", list, str(path)))]
    return data, [(place, _object(sample, place)) for place, sample in placed]


def _archive(path: Path) -> tuple[dict[str, Any], list[tuple[str, Any]]]:
    try:
        with _zip_file(path) as archive:
            names = archive.namelist()
            # a run that was interrupted has no header yet, only what it wrote down when it began
            start = "header.json" if "header.json" in names else "_journal/start.json"
            if start not in names:
                raise ItemError(f"{path}: no header.json in it, so it is no Inspect log")
            header = _object(loaded(archive.read(start).decode(), path / start), f"{path}: {start}")
            samples = list(_members(archive, path))
    except (zipfile.BadZipFile, zlib.error, EOFError, UnicodeDecodeError) as error:
        raise ItemError(f"{path}: the archive is damaged: {error}") from error
    except (NotImplementedError, RuntimeError) as error:
        raise ItemError(
            f"{path}: {error}; pip install backports.zstd, or write it anew with `inspect log convert --to json`"
        ) from error
    return ({"status": "started"} if start != "header.json" else {}) | header, samples


def _zip_file(path: Path) -> Any:
    """The archive; Inspect packs with Zstandard, which `zipfile` knows from Python 3.14 on."""
    archive = zipfile.ZipFile(path)
    if sys.version_info < (3, 14) and any(member.compress_type == _ZSTANDARD for member in archive.infolist()):
        with suppress(ImportError):
            from backports.zstd import zipfile as later

            archive.close()
            return later.ZipFile(path)
    return archive


def _members(archive: zipfile.ZipFile, path: Path) -> Iterator[tuple[str, Any]]:
    for name in sorted(archive.namelist()):
        if name.startswith("samples/") and name.endswith(".json"):
            place = f"{path}: {name}"
            yield place, _object(loaded(archive.read(name).decode(), path / name), place)


def _entry(sample: dict[str, Any], place: str, model: str, task: str, score: Any) -> Entry:
    item = f"{task}/{need(sample, 'id', (int, str), place)}"
    epoch = need(sample, "epoch", int, place) if "epoch" in sample else 1
    if not 1 <= epoch < 2**31:
        raise ItemError(f"{place}: epoch {epoch} is none; epochs are counted from 1")
    about = sample.get("metadata")
    group = str(about.get("subject") or "") if isinstance(about, dict) else ""
    target = sample.get("target", "")
    expected = "; ".join(map(str, target)) if isinstance(target, list) else str(target).strip()
    outcome, choice = _outcome(sample, place, model), _choice(sample, item, group, expected)
    value = _value(score.get("value")) if isinstance(score, dict) and isinstance(outcome, Answer) else None
    return Entry(model, item, outcome, epoch - 1, group, scored(value, expected), choice)


def _outcome(sample: dict[str, Any], place: str, model: str) -> Answer | Failure:
    output = _object(sample.get("output") or {}, f"{place}: output")
    if sample.get("error"):
        error = sample["error"]
        return failed(str(error.get("message", error)) if isinstance(error, dict) else str(error))
    if output.get("error"):
        return Failure("refused", " ".join(str(output["error"]).split()))
    choices = output.get("choices")
    if not isinstance(choices, list) or not choices:
        limit = sample.get("limit")
        why = f"{limit.get('type')} limit" if isinstance(limit, dict) else "no output was recorded"
        return Failure("timeout" if why in ("time limit", "working limit") else "stopped", why)
    message = need(choices[0], "message", dict, f"{place}: output.choices[0]")
    seconds = number(sample.get("total_time") or output.get("time"))
    return Answer(
        _text(message, "text", sample), str(choices[0].get("stop_reason", "")), _usage(_used(sample, model, output)),
        moment(sample.get("started_at")), math.nan if seconds is None else seconds, tool_calls=_calls(message),
        thinking=_text(message, "reasoning", sample), served_by=str(output.get("model", "")),
    )  # fmt: skip


def _used(sample: dict[str, Any], model: str, output: dict[str, Any]) -> Any:
    """Tokens of all of the model's calls, and not of those that a grader made; else of the last call."""
    by_model = sample.get("model_usage")
    return by_model[model] if isinstance(by_model, dict) and model in by_model else output.get("usage")


def _text(message: dict[str, Any], kind: str, sample: dict[str, Any]) -> str:
    """The text of a message, or its reasoning; content is text, or a list of parts of several kinds."""
    content = message.get("content", "")
    if isinstance(content, str):
        content = [{"type": "text", "text": content}]
    content = [part for part in content if isinstance(part, dict)] if isinstance(content, list) else []
    parts = [str(part.get(kind, "")) for part in content if part.get("type") == kind]
    attachments = sample.get("attachments")
    attachments = attachments if isinstance(attachments, dict) else {}
    # long texts are stored once, and pointed to
    return "\n".join(str(attachments.get(part.removeprefix("attachment://"), part)) for part in parts)


def _calls(message: dict[str, Any]) -> tuple[dict[str, str], ...]:
    calls = message.get("tool_calls")
    calls = [call for call in calls if isinstance(call, dict)] if isinstance(calls, list) else []
    return tuple(
        {"id": str(call.get("id", "")), "name": str(call.get("function", "")),
         "arguments": json.dumps(call.get("arguments", {}), ensure_ascii=False)}
        for call in calls
    )  # fmt: skip


def _usage(usage: Any) -> Any:
    """Tokens; some providers count cached ones inside the input and some beside it, but all count them in the total."""
    if not isinstance(usage, dict):
        return None
    total, output = usage.get("total_tokens"), usage.get("output_tokens")
    prompt = total - output if isinstance(total, int) and isinstance(output, int) else None
    return tokens(prompt, output, usage.get("input_tokens_cache_read"), usage.get("reasoning_tokens"))


def _value(value: Any) -> float | None:
    if isinstance(value, str):
        return _WORDS.get(value, _WORDS.get(value.lower()))
    return number(value)


def _choice(sample: dict[str, Any], item: str, group: str, expected: str) -> Choice | None:
    choices, question = sample.get("choices"), sample.get("input")
    if isinstance(question, list):
        question = next(
            (_text(message, "text", sample) for message in reversed(question) if isinstance(message, dict)), ""
        )
    if not isinstance(choices, list) or not isinstance(question, str) or not (key := letter(expected, len(choices))):
        return None
    return Choice(item, question, tuple(map(str, choices)), key, group)


def _object(data: Any, place: str) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise ItemError(f"{place}: {type(data).__name__} where an object belongs")
    return data

"""Results as others record them, written by hand after what the readers cite, and a way to look at what is read."""

import json
import zipfile

import pandas as pd

HOSTILE = '<script>alert(1)</script>\x1b[2J\u202e=cmd|"/C calc"!A0 {{7*7}} "", \u4f60\u597d'
"""Markup, an escape sequence, an override, a spreadsheet formula, a template and Chinese: an answer like any other."""


def outcomes(found):
    """Scores as tuples: contender, item, sample, outcome, value, expected."""
    return list(found.scores.drop(columns="group").itertuples(index=False, name=None))


def texts(found):
    """Answers as (contender, item, sample, text); a text that is missing is None."""
    rows = found.answers[["contender", "request", "sample", "text"]].itertuples(index=False, name=None)
    return [(*row[:3], None if pd.isna(row[3]) else row[3]) for row in rows]


TABLE = """item,key,subject,question,choices,label_quality,gpt-4o,Qwen2.5-72B
a/0,B,algebra,"What is 1 + 1?
(In words.)","['one', 'two']",ok,B,
a/1,A,algebra,Which is a word?,"[""None"", ""7""]",wrong_groundtruth,A,B
"""


def table(tmp_path, text=TABLE, name="answers.csv"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


DATE = "2025-03-01T10-20-30.123456"


def mmlu_line(doc_id, target, likely, acc):
    """A line of MMLU, whose four letters are weighed by their likelihood."""
    doc = {"question": f"Question {doc_id}?", "subject": "anatomy", "choices": ["w", "x", "y", "z"], "answer": target}
    prompt = f"Question {doc_id}?\nA. w\nB. x\nC. y\nD. z\nAnswer:"
    return {
        "doc_id": doc_id, "doc": doc, "target": str(target),
        "arguments": {f"gen_args_{n}": {"arg_0": prompt, "arg_1": f" {letter}"} for n, letter in enumerate("ABCD")},
        "resps": [[[str(one), "False"]] for one in likely], "filtered_resps": [[str(one), "False"] for one in likely],
        "filter": "none", "metrics": ["acc"], "doc_hash": "d", "prompt_hash": "p", "target_hash": "t", "acc": acc,
    }  # fmt: skip


def gsm8k_line(doc_id, written, how, taken, right):
    """A line of GSM8K under one of its two filters."""
    return {
        "doc_id": doc_id, "doc": {"question": "How many?", "answer": "So\n#### 18"}, "target": "So\n#### 18",
        "arguments": {"gen_args_0": {"arg_0": "Question: How many?\nAnswer:", "arg_1": {"until": ["Question:"]}}},
        "resps": [written], "filtered_resps": [taken], "filter": how, "metrics": ["exact_match"],
        "doc_hash": "d", "prompt_hash": "p", "target_hash": "t", "exact_match": right,
    }  # fmt: skip


def samples(tmp_path, records, task="mmlu_anatomy", model="meta-llama__Llama-3.1-8B-Instruct"):
    path = tmp_path / model / f"samples_{task}_{DATE}.jsonl"
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), encoding="utf-8")
    return path


MMLU = [mmlu_line(0, 1, [-4.5, -0.25, -3.0, -7.0], 1.0), mmlu_line(1, 3, [-1.0, -2.0, -3.0, -4.0], 0.0)]


def sample(id, epoch=1, said="ANSWER: B", value="C", **parts):
    """A sample of a multiple choice task."""
    message = {"role": "assistant", "content": said, "source": "generate"}
    usage = {"input_tokens": 120, "output_tokens": 30, "total_tokens": 150, "reasoning_tokens": 10}
    whole = {
        "id": id, "epoch": epoch, "input": f"Question {id}?", "choices": ["w", "x", "y", "z"], "target": "B",
        "messages": [], "metadata": {"subject": "anatomy"}, "store": {}, "events": [],
        "output": {"model": "gpt-4o-2024-05-13", "choices": [{"message": message, "stop_reason": "stop"}],
                   "usage": usage, "time": 1.5},
        "scores": {"choice": {"value": value, "answer": "B", "explanation": said}},
        "started_at": "2025-03-01T10:20:30+00:00",
    }  # fmt: skip
    return {name: part for name, part in (whole | parts).items() if part is not None}


def log(*samples, status="success", model="openai/gpt-4o"):
    """An Inspect log."""
    spec = {"created": "2025-03-01T10:20:30+00:00", "task": "mmlu_0_shot", "model": model, "dataset": {}, "config": {}}
    return {"version": 2, "status": status, "eval": spec, "plan": {}, "results": {"total_samples": len(samples)},
            "stats": {}, "samples": list(samples)}  # fmt: skip


def written(tmp_path, data, name="log.json"):
    path = tmp_path / name
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def archived(tmp_path, data, start="header.json", name="log.eval"):
    path = tmp_path / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in data["samples"]:
            archive.writestr(f"samples/{one['id']}_epoch_{one['epoch']}.json", json.dumps(one, indent=2))
        archive.writestr("_journal/summaries/1.json", "[]")
        header = {name: part for name, part in data.items() if name != "samples"}
        archive.writestr(start, json.dumps(header if start == "header.json" else {"version": 2, "eval": data["eval"]}))
    return path


EPOCHS = log(sample(1), sample(1, 2, "ANSWER: A", "I"), sample("s-2", said=HOSTILE, value=0.5))


def result(test=0, provider="openai:gpt-4o-mini", output="Paris", score=1, **parts):
    """A result of a question with one assertion."""
    variables = {"question": f"Capital {test}?"}
    usage = {"total": 30, "prompt": 24, "completion": 6, "numRequests": 1, "completionDetails": {"reasoning": 2}}
    whole = {
        "id": f"r-{test}", "provider": {"id": provider, "label": ""}, "promptIdx": 0, "testIdx": test, "promptId": "p",
        "prompt": {"raw": f"Answer: Capital {test}?", "label": "Answer: {{question}}"}, "vars": variables,
        "testCase": {"vars": variables, "assert": [{"type": "contains", "value": "Paris"}]},
        "response": {"output": output, "tokenUsage": usage, "cached": False, "cost": 0.00001, "finishReason": "stop"},
        "success": score == 1, "score": score, "failureReason": 0 if score == 1 else 1, "latencyMs": 684,
        "gradingResult": {"pass": score == 1, "score": score, "reason": "r", "componentResults": []},
        "namedScores": {}, "cost": 0.00001, "error": None if score == 1 else "Expected output to contain \"Paris\"",
    }  # fmt: skip
    return whole | parts


def output(*results):
    """What `promptfoo eval -o output.json` writes, evals of version 4."""
    summary = {"version": 3, "timestamp": "2025-03-01T10:20:30Z", "prompts": [], "results": list(results), "stats": {}}
    return {"evalId": "eval-abc-2025-03-01T10:20:30", "results": summary, "config": {}, "shareableUrl": None}

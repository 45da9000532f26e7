"""What a terminal says of a log: what was read, what it costs, and what others say that it cost."""

from dataclasses import replace

import pandas as pd
import pytest

from kit import pricing
from kit.traffic import Traffic, billing, summary

GPT = "gpt-4o"
ARTICLE, LIST = pricing.ArticleBook(), pricing.ListBook()


def log(*calls, **models):
    """Traffic of some calls: 1,000 tokens in and 100 out on GPT-4o, but for what each says."""
    like = {"at": "2026-10-20 15:00", "logged": GPT, "endpoint": "read", "prompt": 1000, "output": 100}
    frame = pd.DataFrame([like | call for call in calls], columns=[*like, "logged_usd"])
    return Traffic.of(frame.assign(at=pd.to_datetime(frame["at"])), {GPT: GPT, **models})


def lines(traffic, *by):
    return summary.bill_table(billing.bill(traffic, [ARTICLE, LIST], by=by)).splitlines()


def test_reading():
    """Files, unread lines, unknown models and remarks are all told; of many lines ten are, and how many more."""
    unread = pd.DataFrame({"file": "logs/a.jsonl", "line": range(1, 13), "why": "no JSON"})
    files = pd.DataFrame({"file": ["logs/a.jsonl", "logs/b.csv", "logs/notes.txt"], "format": ["kit", "own", ""],
                          "rows": [9, 7, 0], "said": ["a meter's rows", "an export", "it is empty"]})  # fmt: skip
    unknown = pd.DataFrame({"logged": ["gpt4o"], "requests": [1], "tokens": [1100], "nearest": ["gpt-4o"]})
    traffic = replace(
        log({}, {"logged": "gpt4o"}, gpt4o=None),
        unread=unread,
        files=files,
        unknown=unknown,
        notes=("Times are taken as UTC.",),
    )
    table = summary.reading_summary(traffic, [ARTICLE])
    assert [9, 7, 0, *[1] * 10, 2, 1] == table["count"].tolist()[:-1]
    assert ["a.jsonl", "b.csv", "notes.txt", "a.jsonl, line 1"] == table["where"].tolist()[:4]
    assert ("gpt4o", True) == (table["where"].iloc[-2], table["why"].iloc[-2].startswith("1,100 tokens: "))
    assert table["why"].iloc[-2].endswith("; is gpt-4o meant? Then name it in the rules")
    assert "Times are taken as UTC." == table["why"].iloc[-1]


def test_many_files():
    """Of many files ten are named, logs and others apart, and how many more there are."""
    files = pd.DataFrame(
        {"file": [f"{n}" for n in range(24)], "format": ["kit"] * 12 + [""] * 12, "rows": 1, "said": ""}
    )
    table = summary.reading_summary(replace(log({}), files=files), [ARTICLE])
    assert {"file": 11, "no log": 11} == table["what"].value_counts().to_dict()
    assert ["2 files"] * 2 == table[table["where"] == "further ones"]["why"].tolist()


def test_printed():
    """A line a group, dearest or not, and one for all; by hand, two calls of 0.0035."""
    head, read, sort, every = lines(log({}, {"endpoint": "sort"}), "endpoint")
    assert [
        "endpoint",
        "requests",
        "errors",
        "tokens",
        "in",
        "cached",
        "tokens",
        "out",
        "USD,",
        "article",
        "USD,",
        "list",
    ] == head.split()
    assert ["read", "1", "0", "1000", "0", "100", "0.0035", "0.0035"] == read.split()
    assert ["sort", *read.split()[1:]] == sort.split()
    assert ["all", "2", "0", "2000", "0", "200", "0.0070", "0.0070"] == every.split()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        pytest.param({"prompt": 1, "output": 0}, "0.00000250", id="a cent's part is told from nothing"),
        pytest.param({"prompt": 0, "output": 0}, "0.0000", id="nothing costs nothing"),
        pytest.param({"prompt": 4_000_000_000, "output": 0}, "10,000.0000", id="thousands have commas"),
    ],
)
def test_decimals(call, said):
    """Sums have the decimals that the least of them needs."""
    assert [said, said] == lines(log(call), "model")[-1].split()[-2:]


def test_unpriced():
    """What has no price at all is unknown, and where some has, it says how many calls are not in the sum."""
    traffic = log({}, {"logged": "ours"}, {"endpoint": "", "logged": "ours"}, ours=None)
    found = [line.split() for line in lines(traffic, "endpoint")[1:]]
    assert ["not", "said", "1", "0", "1000", "0", "100", "unknown", "unknown"] == found[0]
    assert ["0.0035", "without", "1", "0.0035", "without", "1"] == found[1][-6:]
    assert ["0.0035", "without", "2", "0.0035", "without", "2"] == found[2][-6:]


def test_no_calls():
    """A log of charges alone has no bill, and says so."""
    assert ["no calls, so there is no bill"] == lines(log(), "model", "day")


def test_hostile_names():
    """A name that would move the cursor is shown as what it holds."""
    assert "⟨U+001B⟩[2J" in lines(log({"endpoint": "\x1b[2J"}), "endpoint")[1]


def test_told():
    """What calls are said to have cost, and what was charged, is beside the bill of the same calls and days."""
    traffic = log({"logged_usd": 0.004}, {}, {"at": "2026-10-21 15:00"})
    traffic.db.execute("INSERT INTO charges VALUES ('2026-10-20', 24, 'all', 'gpt-4o-2024-08-06', 0.5, '', '')")
    found = summary.stated_costs(traffic, LIST).astype(object)
    assert [["each call", GPT, 1, 0.004, 0.0035, 0], ["charges", GPT, pd.NA, 0.5, 0.007, 0]] == found.values.tolist()


def test_nobody_told():
    """Where nobody says what it cost, there is nothing to compare."""
    assert [] == summary.stated_costs(log({}), LIST).values.tolist()

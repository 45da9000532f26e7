"""The synthetic log: the file that is shipped is what the script writes, and it says what it is."""

import gzip
import json
from collections import Counter, defaultdict
from datetime import datetime, timedelta

import make_synthetic_log
import pytest
import synthetic_texts

from kit.benchmarks import items

LINES = gzip.decompress(make_synthetic_log.FILE.read_bytes()).decode().splitlines()
ROWS = [json.loads(line) for line in LINES]
ONCE = list({row["kit.id"]: row for row in ROWS}.values())
ANSWERED = [row for row in ONCE if row["kit.status"] == "ok"]
HELD = [row for row in ONCE if "kit.request" in row]
EACH = sorted({row["kit.endpoint"] for row in ROWS})
IN, OUT, READ, WRITTEN = (
    f"gen_ai.usage.{kind}_tokens" for kind in ("input", "output", "cache_read.input", "cache_creation.input")
)


def test_shipped_file_is_the_scripts():
    """The script writes the file that is shipped: after a change, `python -m make_synthetic_log`."""
    assert LINES == gzip.decompress(make_synthetic_log.packed()).decode().splitlines()


def test_same_bytes_each_time():
    """Two runs are the same to the byte: no time of writing is in it."""
    assert make_synthetic_log.packed() == make_synthetic_log.packed()


def test_it_is_small():
    """It comes with every copy of the kit, so it is under a megabyte."""
    assert make_synthetic_log.FILE.stat().st_size < 1_000_000


def test_it_says_so():
    """Every row says that it is synthetic."""
    assert all(row["kit.synthetic"] is True for row in ROWS)


def test_thirty_days():
    """It has calls on each of thirty days, and none before or after but a retry's seconds."""
    days = {row["time"][:10] for row in ROWS}
    first, count = make_synthetic_log.FIRST, make_synthetic_log.DAYS
    assert {f"{first + timedelta(days=day):%Y-%m-%d}" for day in range(count)} == days


def test_mostly_reading_out():
    """Eight endpoints, of whose calls most classify or extract."""
    calls = Counter(row["kit.endpoint"] for row in ONCE)
    heavy = {name for name in EACH if name.startswith(("classify", "route", "detect", "extract"))}
    assert (8, 5, True) == (len(calls), len(heavy), sum(calls[name] for name in heavy) > 0.75 * calls.total())


def test_weekends_are_quiet():
    """A day of a weekend has less than half of a weekday's calls."""
    calls = Counter(datetime.fromisoformat(row["time"]).weekday() for row in ONCE)
    assert max(calls[5], calls[6]) < min(calls[day] for day in range(5)) / 2


def test_doubles():
    """Twelve rows are there twice, word for word, and no id stands for two different rows."""
    assert 12 == len(ROWS) - len(ONCE)
    assert len(set(LINES)) == len(ONCE)


def test_failures_used_nothing():
    """An error has its type, and no tokens."""
    failed = [row for row in ONCE if row["kit.status"] != "ok"]
    assert len(failed) > 50
    assert all(row["error.type"] == row["kit.status"] and IN not in row for row in failed)


@pytest.mark.parametrize("endpoint", EACH)
def test_cache(endpoint):
    """What is read from OpenAI's cache comes in steps of 128 from 1,024 tokens on, and is part of the prompt."""
    found = [(row[IN], row.get(READ, 0), row.get(WRITTEN, 0), row["gen_ai.provider.name"]) for row in ANSWERED
             if row["kit.endpoint"] == endpoint]  # fmt: skip
    assert all(read + written <= prompt for prompt, read, written, _ in found)
    assert all(read == 0 or (read >= 1024 and read % 128 == 0) for _, read, _, by in found if by == "openai")


def test_cached_share_differs():
    """Some endpoints never read from the cache, and one reads half of its prompts from there."""
    read, prompt = defaultdict(int), defaultdict(int)
    for row in ANSWERED:
        read[row["kit.endpoint"]] += row.get(READ, 0)
        prompt[row["kit.endpoint"]] += row[IN]
    shares = {name: read[name] / prompt[name] for name in EACH}
    assert (0, True) == (min(shares.values()), 0.4 < max(shares.values()) < 0.7)


@pytest.mark.parametrize("endpoint", EACH)
def test_held_requests(endpoint):
    """A dozen to thirty calls of each endpoint hold what was asked and answered, short enough for a small model."""
    held = [row for row in HELD if row["kit.endpoint"] == endpoint]
    assert len(held) in range(12, 31)
    for row in held:
        texts = [message["content"] for message in row["kit.request"]["messages"]]
        assert row[IN] == sum(map(synthetic_texts.tokens, texts)) + 4 * len(texts) <= 350
        assert row[OUT] == synthetic_texts.tokens(row["kit.answer"]) <= row["kit.request"]["max_tokens"]


@pytest.mark.parametrize(
    "endpoint", [name for name in EACH if name.startswith(("classify", "route", "detect", "extract"))]
)
def test_json_mode(endpoint):
    """Where a form is asked for it is JSON mode's, the prompt says so, and the answer is an object."""
    for row in (row for row in HELD if row["kit.endpoint"] == endpoint):
        assert {"type": "json_object"} == row["kit.request"]["response_format"]
        assert "JSON" in row["kit.request"]["messages"][0]["content"]
        assert isinstance(json.loads(row["kit.answer"]), dict)


def test_most_answers_are_right():
    """The logged answers to the kit's own tickets mostly have the key's category, and not always."""
    keys = {item.text: item.fields["category"] for item in items.kit_items("kit-tickets")[0]}
    said = [json.loads(row["kit.answer"])["category"] == keys[row["kit.request"]["messages"][1]["content"]]
            for row in HELD if row["kit.endpoint"] == "classify_ticket"]  # fmt: skip
    assert 0.75 < sum(said) / len(said) < 1


def test_scan_has_something_to_find():
    """A made-up key, and two made-up people's addresses, stand in prompts."""
    said = [message["content"] for row in HELD for message in row["kit.request"]["messages"]]
    assert 1 == len({text for text in said if "sk-fake-" in text})
    assert 2 == len({text for text in said if "@customer.example" in text or "@kunde.example" in text})


@pytest.mark.parametrize(
    ("text", "count"),
    [
        pytest.param("", 0, id="nothing"),
        pytest.param("word", 1, id="four letters are a token"),
        pytest.param("words", 2, id="a part of a token is one"),
        pytest.param("我的订单", 4, id="each Chinese character is one"),
        pytest.param("订单 N-1", 3, id="both"),
    ],
)
def test_tokens(text, count):
    """Tokens are estimated by length."""
    assert count == synthetic_texts.tokens(text)

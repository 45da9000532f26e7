"""A key that stands in a name is nowhere in what a log becomes."""

import pytest
from logged import jsonl, row, table

from kit import pricing
from kit import traffic as logs
from kit.errors import UsageError
from kit.traffic import billing, summary
from kit.traffic.model_names import masked
from kit.traffic.usage_table import database

KEY = "sk-proj-Zx81kd02Lm49QwErTyUiOpAsDfGhJkLzXcVb1234"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param(f"job {KEY}", "job [openai key]", id="a key in an endpoint's name"),
        pytest.param(f"Incorrect API key provided: {KEY}", "Incorrect API key provided: [openai key]", id="an error"),
        pytest.param("classify_ticket", "classify_ticket", id="a name"),
        pytest.param("mail to ann@example.com", "mail to ann@example.com", id="an address opens no door"),
        pytest.param("tokenizer-key", "tokenizer-key", id="words that keys are called by"),
    ],
)
def test_masked(text, shown):
    """Keys become marks; the rest stays."""
    assert shown == masked(text)


@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
def test_names(tmp_path, ending):
    """A key in the name of an endpoint, model or error is shown by no bill, and its call counts all the same."""
    rows = [row(0), row(1, **{"kit.endpoint": f"job {KEY}"}), row(2, **{"gen_ai.request.model": KEY}),
            row(3, **{"kit.status": f"no such key {KEY}"})]  # fmt: skip
    path = jsonl(tmp_path / "a.jsonl", rows)
    if ending == "parquet":
        database().execute(f"COPY (FROM read_json('{path}')) TO '{tmp_path / 'a.parquet'}'")
        path = tmp_path / "a.parquet"
    traffic = logs.read_logs(path)
    bill = billing.bill(traffic, [pricing.ListBook()], by=("endpoint", "model", "status"))
    reading = summary.reading_summary(traffic, [pricing.ListBook()])
    said = [str(traffic.models), *(table.to_csv() for table in (bill, traffic.frame(), traffic.unknown, reading))]
    assert (4, []) == (bill["requests"].sum(), [text for text in said if KEY in text])
    assert {"job [openai key]"} < set(bill["endpoint"])


def test_lines(tmp_path):
    """Nor is one in the words for a line that cannot be read, or in those for a file that is no log."""
    path = jsonl(tmp_path / "a.jsonl", [row(0), row(1, time=KEY), row(2, **{"gen_ai.usage.input_tokens": KEY})])
    said = list(logs.read_logs(path).unread["why"])
    cure = "; its form belongs under times: in the rules, as %d/%m/%Y %H:%M"
    assert [f"its time, [openai key], cannot be read{cure}", "prompt: [openai key] is no whole number"] == said
    with pytest.raises(UsageError, match=r"it has \[openai key\], what is this"):
        logs.read_logs(table(tmp_path / "b.csv", [[KEY, "what is this"], ["a", "b"]]))


def test_twice(tmp_path):
    """Calls that several files tell of count once, masked or not."""
    rows = [row(0, **{"kit.endpoint": KEY}), row(1)]
    paths = [jsonl(tmp_path / name, rows) for name in ("a.jsonl", "b.jsonl")]
    assert {"[openai key]", "classify"} >= set(logs.read_logs(paths).frame()["endpoint"])
    assert 2 == len(logs.read_logs(paths).frame())


@pytest.mark.parametrize("endpoints", [pytest.param(3, id="few names"), pytest.param(300, id="many names")])
def test_one_of_many(tmp_path, endpoints):
    """A key is found among many names as among few."""
    rows = [row(n, **{"kit.endpoint": f"job {n}"}) for n in range(endpoints)]
    path = jsonl(tmp_path / "a.jsonl", [*rows, row(endpoints, **{"kit.endpoint": f"job {KEY}"})])
    names = logs.read_logs(path).frame()["endpoint"]
    assert (1, endpoints + 1) == (list(names).count("job [openai key]"), len(names))

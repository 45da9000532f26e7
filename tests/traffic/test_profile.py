"""What calls are like, by hand."""

import pandas as pd
import pytest

from kit.traffic import Traffic, profile


def log(*calls):
    """Traffic of some calls: 1,000 tokens in and 100 out, but for what each says."""
    like = {"at": "2026-10-20 15:00", "logged": "gpt-4o", "endpoint": "read", "prompt": 1000, "output": 100}
    frame = pd.DataFrame([like | call for call in calls])
    return Traffic.of(frame.assign(at=pd.to_datetime(frame["at"])), {"gpt-4o": "gpt-4o"})


def test_spread():
    """Of eleven prompts of 0, 100, ... 1,000 tokens the middle 80 % reach from 100 to 900."""
    calls = [{"prompt": 100 * n, "cached": 100 * n if n == 10 else 0, "output": 10} for n in range(11)]
    table = profile.call_spread(log(*calls)).set_index("what")
    assert [100, 500, 900, 500] == table.loc["prompt", ["p10", "p50", "p90", "overall"]].tolist()
    assert (0, 1000 / 5500) == (table.loc["cached", "p50"], pytest.approx(table.loc["cached", "overall"]))
    assert 50 == table.loc["input per output", "overall"]


@pytest.mark.parametrize(
    "call",
    [
        pytest.param({"requests": 40, "hours": 24.0}, id="a bucket of calls"),
        pytest.param({"status": "RateLimitError"}, id="an error"),
    ],
)
def test_spread_is_of_calls(call):
    """What is no call that came back is not among the percentiles."""
    full = {"requests": 1, "hours": 0.0, "status": "ok"}
    assert {1} == set(profile.call_spread(log(full, full | call))["calls"])


@pytest.mark.parametrize(
    ("asked", "answer", "share"),
    [
        pytest.param(None, "我的包裹", 1.0, id="an answer"),
        pytest.param(
            '{"messages":[{"role":"user","content":"包裹 ab"}]}', None, 0.5, id="a request, spaces not counted"
        ),
        pytest.param(
            '{"messages":[{"role":"user","content":"\\u5305\\u88f9ab"}]}', "ab", 1 / 3, id="escaped, and both"
        ),
        pytest.param("no JSON", "包裹", 1.0, id="a request that is no JSON, whose text is not read"),
    ],
)
def test_chinese(asked, answer, share):
    """The Chinese share of an endpoint's texts is of characters, and endpoints without texts are not in it."""
    table = profile.chinese_share(log({"request": asked, "answer": answer}, {"endpoint": "silent"}))
    assert [("read", 1)] == list(zip(table["endpoint"], table["texts"], strict=True))
    assert share == pytest.approx(table["share"][0])

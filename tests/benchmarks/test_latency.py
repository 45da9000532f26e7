"""Speeds are those of the answers that came, under the load that they came under."""

import pandas as pd
import pytest

from kit import client
from kit.benchmarks import latency
from kit.client import Answer, Failure
from kit.pricing import Usage

AT = "2026-11-24T15:00:{:06.3f}Z"


def timed(first, whole, output=11, at=0.0):
    return Answer("x", "stop", Usage(20, 0, output), AT.format(at), whole, first)


def frame(*outcomes, at_once=1):
    return client.answer_table(("m@w", "speed", 1_000 * at_once + n, outcome) for n, outcome in enumerate(outcomes))


def test_summary():
    """Ten tokens after the first, in one second and in two: 10 and 5 tokens a second, 7.5 on average."""
    found = latency.latency_summary(frame(timed(0.5, 1.5), timed(1.0, 3.0))).set_index("what")
    assert (7.5, 0.75, 2.25) == tuple(found.loc[what, "mean"] for what in ("pace", "first token", "whole answer"))
    assert (2, 10.0, 0.5) == (found.loc["pace", "answers"], found.loc["pace", "p50"], found.loc["first token", "p50"])


@pytest.mark.parametrize(
    ("many", "p95", "p99"),
    [
        pytest.param(19, None, None, id="19 answers have no 95th percentile"),
        pytest.param(20, 19, None, id="of 20 it is the 19th"),
        pytest.param(99, 95, None, id="of 99 the 95th, and no 99th percentile"),
        pytest.param(100, 95, 99, id="of 100 both"),
    ],
)
def test_tails(many, p95, p99):
    """A percentile is shown where at least one answer lies beyond it; of a pace it is at the slow end."""
    found = latency.latency_summary(frame(*(timed(float(n), n + 10 / (many + 1 - n)) for n in range(1, many + 1))))
    first, pace = (found[found["what"] == what].iloc[0] for what in ("first token", "pace"))
    for share, place in (("p95", p95), ("p99", p99)):
        assert pd.isna(first[share]) if place is None else first[share] == place
        assert pd.isna(pace[share]) if place is None else pace[share] == pytest.approx(many + 1 - place)


def test_apart():
    """Loads are told apart, and what failed has no part in either."""
    late = Failure("timeout", "no answer in time", 1, AT.format(1))
    found = latency.latency_summary(pd.concat([frame(timed(1.0, 2.0), late), frame(timed(3.0, 5.0), at_once=8)]))
    pace = found[found["what"] == "pace"]
    assert ([1, 8], [1, 1]) == (list(pace["at once"]), list(pace["answers"]))


def test_in_one_piece():
    """An answer that was not streamed has no first token, and no pace."""
    found = latency.latency_summary(frame(timed(None, 2.0))).set_index("what")
    assert (0, 0, 1) == tuple(found.loc[what, "answers"] for what in ("first token", "pace", "whole answer"))
    assert pd.isna(found.loc["pace", "mean"])


def test_crowds():
    """Two answers of two seconds, the second sent after one: 4/3 under way over three seconds, 22 tokens in them."""
    (row,) = latency.throughput(frame(timed(1.0, 2.0), timed(1.0, 2.0, at=1.0), at_once=2)).itertuples(
        index=False, name=None
    )
    assert ("m@w", 2, pytest.approx(4 / 3), 3.0, pytest.approx(22 / 3)) == row


def test_take(server, tmp_path):
    """Under load so many requests are under way; and answers under another load are other answers, asked anew."""
    server.delay = 0.05
    who, store = server.contender("ok"), tmp_path / "s.sqlite"
    alone = latency.ask_timed(4, 8, 1, who, store)
    assert (1, 4) == (max(server.crowd), len(server.bodies))
    loaded = latency.ask_timed(8, 8, 4, who, store)
    assert (4, 12) == (max(server.crowd), len(server.bodies))
    assert {8} == {body["max_tokens"] for body in server.bodies}
    again = latency.ask_timed(8, 8, 4, who, store)
    assert (12, True) == (len(server.bodies), again.equals(loaded))
    assert [1, 4] == list(latency.throughput(pd.concat([alone, loaded]))["at once"])

"""How far answers to one question differ: as often as two of them are not the same text."""

import pandas as pd
import pytest

from kit import client
from kit.benchmarks import consistency
from kit.client import Answer, Failure
from kit.pricing import Usage


def frame(**texts):
    return client.answer_table(
        ("m@w", name, n, Answer(text, "stop", Usage(9, 0, max(1, len(text.split()))), "2026-11-24T15:00:00Z", 1.0))
        for name, said in texts.items() for n, text in enumerate(said)
    )  # fmt: skip


@pytest.mark.parametrize(
    ("texts", "same", "different"),
    [
        pytest.param({"a": ["x", "x", "x"]}, 100, 1, id="all the same"),
        pytest.param({"a": ["x", "y", "z"]}, 0, 3, id="all different"),
        pytest.param({"a": ["x", "x", "y"]}, 100 / 3, 2, id="one pair of three"),
        pytest.param({"a": ["x y", " x  y\n"]}, 100, 1, id="blanks do not count"),
        pytest.param({"a": ["x", "X"]}, 0, 2, id="letters do"),
        pytest.param({"a": ["x", "x"], "b": ["x", "y"]}, 50, 1.5, id="the mean over questions"),
        pytest.param({"a": ["x", "x"], "b": ["y"]}, 100, 1, id="one answer says nothing"),
    ],
)
def test_same(texts, same, different):
    """The chance that two answers to a question are the same, and how many different ones there are."""
    row = consistency.repeat_agreement(frame(**texts)).iloc[0]
    assert pytest.approx((same, different)) == (row["same"], row["texts"])


def test_length():
    """Answers of one token and of three: a mean of 2, a standard deviation of the square root of 2."""
    row = consistency.repeat_agreement(frame(a=["x", "x y z"])).iloc[0]
    assert pytest.approx(100 * 2**0.5 / 2) == row["length"]


def test_interval():
    """Four questions that each repeat themselves leave room for one in two that does not."""
    row = consistency.repeat_agreement(frame(**{name: ["x", "x"] for name in "abcd"})).iloc[0]
    assert (4, 8, pytest.approx(51.0, abs=0.1), 100) == (row["questions"], row["answers"], row["low"], row["high"])


def test_failures():
    """What failed has no part in it; with nothing left there is no row."""
    late = client.answer_table([("m@w", "a", 1, Failure("timeout", "late"))])
    assert 0 == len(consistency.repeat_agreement(pd.concat([frame(a=["x"]), late])))


def test_asked(server, tmp_path):
    """Four questions, so many times each, at the temperature given."""
    found = client.ask(
        consistency.repeated_requests(3, 0.5), server.contender("ok"), tmp_path / "s.sqlite", progress=False
    )
    assert ({0.5}, 12) == ({body["temperature"] for body in server.bodies}, len(server.bodies))
    assert (100, 12) == (
        consistency.repeat_agreement(found)["same"].iloc[0],
        consistency.repeat_agreement(found)["answers"].iloc[0],
    )

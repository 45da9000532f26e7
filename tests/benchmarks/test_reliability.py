"""Errors, refusals and time-outs are counted apart, over what a contender could have answered."""

import pytest

from kit import client
from kit.benchmarks import reliability
from kit.client import Answer, Failure
from kit.stats import intervals

OK = Answer("x", "stop", None, "2026-11-24T15:00:00Z", 1.0)
THIRD = Answer("x", "stop", None, "2026-11-24T15:00:00Z", 1.0, attempts=3)
FILTERED = Answer("", "content_filter", None, "2026-11-24T15:00:00Z", 1.0)
DECLINED = Answer("No.", "stop", None, "2026-11-24T15:00:00Z", 1.0, note="a refusal, in the field for refusals")


def failed(kind, attempts=1):
    return Failure(kind, "no", attempts, "2026-11-24T15:00:00Z")


def counts(*outcomes):
    table = client.answer_table(("m@w", f"q{n}", 0, outcome) for n, outcome in enumerate(outcomes))
    return {row.kind: (row.count, row.of) for row in reliability.failure_rates(table).itertuples(name="R")}


@pytest.mark.parametrize(
    ("outcomes", "errors", "timeouts", "refusals", "vain"),
    [
        pytest.param([OK] * 4, (0, 4), (0, 4), (0, 4), (0, 4), id="all is well"),
        pytest.param([OK, THIRD], (0, 2), (0, 2), (0, 2), (2, 4), id="two attempts in vain, and no error"),
        pytest.param([OK, failed("server", 5)], (1, 2), (0, 2), (0, 2), (5, 6), id="an error after five attempts"),
        pytest.param([OK, failed("timeout", 2)], (1, 2), (1, 2), (0, 2), (2, 3), id="a time-out is an error too"),
        pytest.param([OK, failed("refused")], (0, 2), (0, 2), (1, 2), (1, 2), id="a refusal is none"),
        pytest.param([FILTERED, DECLINED], (0, 2), (0, 2), (2, 2), (0, 2), id="refusals that came as answers"),
        pytest.param(
            [OK, failed("images"), failed("context"), failed("budget", 0), failed("stopped", 0)],
            (0, 1), (0, 1), (0, 1), (0, 1), id="what cannot be taken or was not sent has no part",
        ),
    ],
)  # fmt: skip
def test_rates(outcomes, errors, timeouts, refusals, vain):
    """Each kind is counted over its own base."""
    kinds = {"errors": errors, "timeouts": timeouts, "refusals": refusals, "attempts in vain": vain}
    assert kinds == counts(*outcomes)


def test_interval():
    """Shares carry Wilson's interval, in percent."""
    table = client.answer_table(("m@w", f"q{n}", 0, failed("server") if n < 2 else OK) for n in range(20))
    row = reliability.failure_rates(table).iloc[0]
    low, high = intervals.wilson(0.1, 20)
    assert pytest.approx((10, 100 * low, 100 * high)) == (row["share"], row["low"], row["high"])


def test_storm(server, tmp_path):
    """Requests that are refused for a while are answered in the end, and their attempts are counted."""
    from kit import client
    from kit.client import Request

    asked = [Request(f"q{n}", [{"role": "user", "content": f"{n}"}]) for n in range(5)]
    found = client.ask(asked, server.contender("500;ok"), tmp_path / "s.sqlite", progress=False)
    rates = reliability.failure_rates(found).set_index("kind")
    assert (0, 5, 10) == (rates["count"]["errors"], rates["count"]["attempts in vain"], rates["of"]["attempts in vain"])

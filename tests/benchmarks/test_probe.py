"""The probe chapter puts its probes together, says what came of them, and saves it as evidence."""

from datetime import date

import pandas as pd
import pytest

from kit import evidence, pricing
from kit.benchmarks import probe
from kit.errors import StudyError
from kit.report import gauges

DAY = date(2026, 11, 24)
HOW = {"samples": 4, "tokens": 8, "load": 3, "repeats": 2, "temperature": 0.0, "probe_tokens": 4_000, "probe_calls": 9}
HOW |= {"budget_usd": ""}


def take(server, tmp_path, *who, **how):
    return probe.run_probes(probe.ProbeOptions(**HOW | how), who, str(tmp_path / "s.sqlite"), pricing.ListBook(), DAY)


def test_rows(server, tmp_path):
    """Each probe leaves its figures; those under load have names of their own."""
    found = take(server, tmp_path, server.contender("window:2000", model="gpt-4o"))
    rows = evidence.frame(found.evidence_rows("probe 1"))
    named = {
        "throughput.tok_s", "throughput.tok_s.p50", "throughput.together", "latency.first_token_s.p50",
        "latency.whole_s.p50", "throughput.loaded.tok_s", "throughput.loaded.tok_s.p50", "throughput.loaded.together",
        "latency.loaded.first_token_s.p50", "latency.loaded.whole_s.p50", "network.round_trip_s", "context.tokens",
        "stability.same", "reliability.errors", "reliability.timeouts", "reliability.refusals",
        "reliability.attempts_in_vain", "requests.unanswered",
    }  # fmt: skip
    assert named == set(rows["metric"])
    size = evidence.best(rows, "gpt-4o", "context.tokens", "measured")
    assert size["low"] <= 2_000 < size["high"]
    assert (100, 0, 4) == tuple(evidence.best(rows, "gpt-4o", metric)[column] for metric, column in (
        ("stability.same", "value"), ("reliability.errors", "value"), ("throughput.tok_s", "n")))  # fmt: skip


def test_answer(server, tmp_path):
    """The answer names the wait, the pace, the window, what was the same and what failed."""
    said = take(server, tmp_path, server.contender("window:2000"), samples=20).summary
    parts = ["m@stub: first token after ", " s (p95 ", "tokens/s [", "window between ", "two answers the same in 100 %",
             "0 of 48 requests failed."]  # fmt: skip
    assert [] == [part for part in parts if part not in said]


def test_down(server, tmp_path):
    """A contender that cannot be asked leaves a gap, to be filled by the next build, and the others are probed."""
    bad = server.contender("401", way="bad", model="gpt-4o-mini")
    found = take(server, tmp_path, bad, server.contender("window:9999", way="good"))
    rows = evidence.frame(found.evidence_rows("probe 1"))
    assert ["requests.unanswered"] == list(rows[rows["subject"] == "gpt-4o-mini"]["metric"])
    assert 16 == evidence.best(rows, "gpt-4o-mini", "requests.unanswered")["value"]
    assert found.summary.startswith("gpt-4o-mini@bad did not answer: HTTP 401")
    assert {"context.at_least", "reliability.errors"} < set(rows[rows["subject"] == "m"]["metric"])


def test_failures_are_findings(server, tmp_path):
    """Where some requests fail the rate is a finding, and no reason to run again."""
    found = take(server, tmp_path, server.contender("400;ok"), probe_tokens=0)
    rows = evidence.frame(found.evidence_rows("probe 1"))
    assert 0 == evidence.best(rows, "m", "requests.unanswered")["value"]
    assert 0 < evidence.best(rows, "m", "reliability.errors")["value"] < 100


def test_nothing_more(server, tmp_path):
    """Without a load and without a window nothing is asked for them."""
    found = take(server, tmp_path, server.contender("ok"), load=0, probe_tokens=0)
    assert (4 + 8, {1}, 0) == (len(server.bodies), set(found.latency["at once"]), len(found.windows))


def test_variants(server, tmp_path):
    """Two ways of prompting one model share its window: it is probed once."""
    two = [server.contender("window:2000"), server.contender("window:2000", variant="terse", system="Be terse.")]
    table = take(server, tmp_path, *two, load=0).windows
    assert ["m@stub", "m@stub:terse"] == list(table["contender"])
    assert (1, True, 0) == (table["accepted"].nunique(), table["calls"][0] > 1, table["calls"][1])


def test_documented(server, tmp_path):
    """What the catalog documents of the window stands beside what was found."""
    found = take(server, tmp_path, server.contender("window:2000", model="gpt-4o"), load=0)
    assert ["128,000"] == list(found.windows["documented"])


def test_budget(server, tmp_path):
    """One budget holds over all probes."""
    found = take(server, tmp_path, server.contender("ok", model="gpt-4o"), budget_usd="0.0009", probe_tokens=0)
    assert found.answers["cost_usd"].sum() <= 0.0009
    assert "budget" in set(found.answers["error_kind"])


@pytest.mark.parametrize(
    ("how", "said"),
    [
        pytest.param({"samples": 0}, "samples: 0 is too few; at least 1", id="no answers to time"),
        pytest.param({"repeats": 1}, "repeats: 1 is too few; at least 2", id="one answer is never unstable"),
        pytest.param({"probe_calls": 0}, "probe_calls: 0 is too few; at least 1", id="a probe without a call"),
    ],
)
def test_refused(server, tmp_path, how, said):
    """A number that is too small is told before anything is sent, in a dry run too."""
    with pytest.raises(StudyError, match=said):
        take(server, tmp_path, server.contender("ok"), **how)
    with pytest.raises(StudyError, match=said):
        probe.planned_probe_requests(probe.ProbeOptions(**HOW | how))
    assert not server.bodies


def test_nobody(server, tmp_path):
    """Nobody to ask is a fault of the study."""
    with pytest.raises(StudyError, match="nobody is asked; name contenders"):
        take(server, tmp_path)


def test_asked():
    """A dry run counts all that could be sent: twice the samples, the repeats, and the dearest course of the window."""
    assert 4 + 4 + 8 + 7 == len(probe.planned_probe_requests(probe.ProbeOptions(**HOW)))
    assert 4 + 8 == len(probe.planned_probe_requests(probe.ProbeOptions(**HOW | {"load": 1, "probe_tokens": 0})))


def test_waits(server, tmp_path):
    """The plot has a row a contender and load, and says its medians; without a stream there is none."""
    found = take(server, tmp_path, server.contender("ok"), probe_tokens=0)
    fig = gauges.waits(found.latency)
    assert ["m@stub, alone", "m@stub, 3 at once"] == [text.get_text() for text in fig.axes[0].get_yticklabels()]
    assert fig.get_label().startswith("m@stub, alone: median ")
    assert None is gauges.waits(found.latency.assign(p50=pd.NA))


def test_printed(server, tmp_path):
    """The table of speeds has its interval in words."""
    table = probe.latency_table(take(server, tmp_path, server.contender("ok"), probe_tokens=0).latency)
    assert ["contender", "at once", "what", "answers", "mean", "95 % interval", "p50", "p95", "p99"] == list(table)
    assert 6 == len(table)

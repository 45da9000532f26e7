"""The traced log: lengths and bursts of public traces, drawn anew, and nothing of the traces themselves."""

import gzip
import importlib.util
import json
from datetime import datetime
from statistics import mean

import make_synthetic_log
import pandas as pd
import pytest
import traced_log
from places import ROOT, SHARED

from kit import traffic

LINES = gzip.decompress(traced_log.FILE.read_bytes()).decode().splitlines()
ROWS = [json.loads(line) for line in LINES]
IN, OUT, READ = (f"gen_ai.usage.{kind}_tokens" for kind in ("input", "output", "cache_read.input"))
TRACES = SHARED / "evidence"


def of(endpoint):
    return [row for row in ROWS if row["kit.endpoint"] == endpoint]


def test_shipped_file_is_the_scripts():
    """The script writes the file that is shipped."""
    assert LINES == gzip.decompress(make_synthetic_log.traced()).decode().splitlines()


def test_it_says_so():
    """Every row says that it is synthetic, and none holds a text."""
    assert all(row["kit.synthetic"] is True and not {"kit.request", "kit.answer"} & row.keys() for row in ROWS)
    assert any("is synthetic: no service sent these calls" in note for note in traffic.read_logs("traces").notes)


@pytest.mark.skipif(not TRACES.exists(), reason="the traces are not beside the project")
def test_figures_are_the_traces():
    """The figures that the log is drawn from are those of the traces."""
    spec = importlib.util.spec_from_file_location("traffic_shapes", ROOT / "tools" / "evidence" / "traffic_shapes.py")
    spec.loader.exec_module(module := importlib.util.module_from_spec(spec))
    tables = (pd.read_csv(TRACES / f"traffic-{name}.csv.gz") for name in ("azure-2023", "kimi-conversation"))
    assert module.shapes(*tables) == traced_log.SHAPES


@pytest.mark.parametrize(
    ("endpoint", "prompt", "output"),
    [
        pytest.param("complete_code", 2047.8, 27.9, id="Azure's code"),
        pytest.param("chat", 1154.7, 211.1, id="Azure's conversation"),
        pytest.param("long_chat", 12035.1, 342.6, id="Kimi's conversation"),
    ],
)
def test_lengths(endpoint, prompt, output):
    """A call is as long, in and out, as in its trace, whose means these are: within an eighth, since few are long."""
    assert pytest.approx(prompt, rel=0.06) == mean(row[IN] for row in of(endpoint))
    assert pytest.approx(output, rel=1 / 8) == mean(row[OUT] for row in of(endpoint))


def test_cache():
    """Of Kimi's input 37 % was sent before; in steps of 128 from 1,024 tokens on, a little less is cached."""
    read = [row[READ] for row in of("long_chat")]
    assert 0.33 < sum(read) / sum(row[IN] for row in of("long_chat")) < 0.38
    assert all(n == 0 or (n >= 1024 and n % 128 == 0) for n in read)
    assert not any(READ in row for row in of("chat") + of("complete_code"))  # Azure's traces do not say


def test_bursts():
    """Azure's code comes in bursts: more of its calls share their minute with another one than of its chat."""

    def together(endpoint):
        minutes = pd.Series([row["time"][:16] for row in of(endpoint)]).value_counts()
        return minutes[minutes > 1].sum() / minutes.sum()

    assert together("complete_code") > 1.5 * together("chat")


def test_weekends_are_quiet():
    """A day of a weekend has half of a weekday's calls, or less."""
    days = pd.Series([datetime.fromisoformat(row["time"]).weekday() for row in ROWS]).value_counts()
    assert max(days[5], days[6]) < 0.6 * min(days[:5])

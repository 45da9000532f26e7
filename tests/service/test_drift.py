"""Drift is judged by an interval that is valid at any look, and names the endpoint."""

import json

import pytest
from click.testing import CliRunner

from kit.__main__ import main
from kit.errors import UsageError
from kit.service import drift


@pytest.fixture
def log(tmp_path):
    """Write a shadow's log of so many answers that agree, differ and fail, at an endpoint."""

    def write(*parts):
        lines = []
        for endpoint, agreed, differed, failed in parts:
            for agrees in [True] * agreed + [False] * differed + [None] * failed:
                row = {"kit.endpoint": endpoint, "kit.shadow.contender": "old@a", "kit.shadow.of": "new@b"}
                lines.append(json.dumps(row | ({} if agrees is None else {"kit.shadow.agrees": agrees})))
        path = tmp_path / "shadow.jsonl"
        path.write_text("\n".join([*lines, '{"torn', '{"gen_ai.request.model": "no shadow"}']) + "\n")
        return path

    return write


@pytest.mark.parametrize(
    ("agreed", "differed", "drifted", "said"),
    [
        pytest.param(950, 50, False, "holds: 95.0 % of 1,000", id="as before"),
        pytest.param(9, 1, False, "is not decided yet", id="too few to tell"),
        pytest.param(700, 300, True, "has drifted: 70.0 % of 1,000", id="drifted for certain"),
        pytest.param(0, 0, False, "is not decided yet: none of 0", id="no answer at all"),
    ],
)
def test_drift(log, agreed, differed, drifted, said):
    """An endpoint has drifted if its interval ends below what is due."""
    (one,) = drift([log(("sort", agreed, differed, 2))], 92, 2)
    assert (drifted, True) == (one.drifted, said in str(one)), str(one)
    assert str(one).startswith("sort: new@b ")
    assert "2 without an answer" in str(one)


def test_by_endpoint(log):
    """Each endpoint is held to its own agreement; one without is not judged."""
    path = log(("sort", 90, 10, 0), ("draft", 60, 40, 0), ("chat", 1, 9, 0))
    found = drift([path], {("sort", "new@b"): 90, ("draft", "new@b"): 60, ("chat", "other@b"): 90})
    assert [("draft", 60.0), ("sort", 90.0)] == [(one.endpoint, one.due) for one in found]


def test_command(log):
    """The exit code is an alert."""
    path = str(log(("sort", 70, 130, 0), ("draft", 99, 1, 0)))
    done = CliRunner().invoke(main, ["watch", path, "--least", "90", "--margin", "5"])
    assert (3, True) == (done.exit_code, "sort: new@b has drifted" in done.output)
    assert 0 == CliRunner().invoke(main, ["watch", path, "--least", "90", "--endpoint", "draft"]).exit_code


def test_no_rows(tmp_path, log):
    """A log that is not there, or of something else, is told."""
    with pytest.raises(UsageError, match="is not there"):
        drift([tmp_path / "no.jsonl"], 90)
    with pytest.raises(UsageError, match="holds no row of a shadow"):
        drift([log()], 90)

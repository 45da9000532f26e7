"""The table of stated rates says which of them do not hold, and ends with 1 for them."""

from functools import partial

import numpy as np
import pytest
import simulate


@pytest.mark.parametrize(
    ("bound", "rate", "holds"),
    [
        pytest.param("at most", 0.03, True, id="a little above, as chance allows"),
        pytest.param("at most", 0.04, False, id="far above"),
        pytest.param("at least", 0.02, True, id="a little below, as chance allows"),
        pytest.param("at least", 0.01, False, id="far below"),
    ],
)
def test_holds(bound, rate, holds):
    """Three errors of the simulation itself are allowed: at 2.5 % and 2,000 runs, a point."""
    scenario = simulate.Scenario("x", bound, 0.025, lambda rng, runs: np.zeros(runs))
    assert holds == scenario.holds(rate, 2000)


@pytest.mark.parametrize(("stated", "code"), [(0.95, 0), (0.999999, 1)])
def test_exit_code(stated, code, capsys, monkeypatch):
    """The command ends with 1 if a rate is not what is stated."""
    run = partial(simulate.share_coverage, n=30, p=None)
    monkeypatch.setattr(simulate, "scenarios", lambda: iter([simulate.Scenario("share", "at least", stated, run, 300)]))
    assert code == simulate.main(["share"])
    assert ("NO" in capsys.readouterr().out) == bool(code)


def test_names():
    """Each scenario has a name of its own, by which it can be run alone."""
    names = [scenario.what for scenario in simulate.scenarios()]
    assert sorted(set(names)) == sorted(names)

"""What an interval says against a margin."""

import pytest

from kit.errors import KitError
from kit.stats import Estimate, conclusion


@pytest.mark.parametrize(
    ("low", "high", "margin", "said"),
    [
        pytest.param(-0.9, 0.9, 1, "equivalent", id="inside the margin"),
        pytest.param(0.2, 0.8, 1, "equivalent", id="surely ahead, and surely by less than matters"),
        pytest.param(-0.8, -0.2, 1, "equivalent", id="surely behind, and surely by less than matters"),
        pytest.param(0.2, 1.5, 1, "better", id="above 0"),
        pytest.param(-1.5, -0.2, 1, "worse", id="below 0, perhaps by more than matters"),
        pytest.param(-0.5, 1.5, 1, "non-inferior", id="perhaps ahead, surely not behind by what matters"),
        pytest.param(-1.5, 0.5, 1, "unresolved", id="perhaps behind by more than matters"),
        pytest.param(-1.5, 1.5, 1, "unresolved", id="anything is possible"),
        pytest.param(-1, 1, 1, "unresolved", id="as wide as the margin is not inside it"),
        pytest.param(0, 2, 1, "non-inferior", id="0 is not above 0"),
        pytest.param(-0.1, 0.1, 0, "unresolved", id="no margin, no equivalence"),
        pytest.param(0.1, 0.2, 0, "better", id="no margin, still better"),
    ],
)
def test_conclusion(low, high, margin, said):
    """The first word that holds is the conclusion."""
    assert said == conclusion(Estimate(0.0, low, high), margin)


@pytest.mark.parametrize(
    ("low", "high", "margin", "said"),
    [
        pytest.param(-1, 1, -1, "margin: -1 is negative", id="a margin below 0"),
        pytest.param(-1, 1, float("nan"), "margin: nan is negative", id="no margin"),
        pytest.param(float("nan"), 1, 1, "its lower end nan is above", id="an end that is missing"),
        pytest.param(1, -1, 1, "its lower end 1 is above", id="ends in the wrong order"),
    ],
)
def test_no_conclusion(low, high, margin, said):
    """A margin or an interval that cannot be is refused."""
    with pytest.raises(KitError, match=said):
        conclusion(Estimate(0.0, low, high), margin)


def test_scaled():
    """A share becomes points, with its interval and items."""
    assert Estimate(2.0, -1.0, 5.0, 40) == Estimate(0.02, -0.01, 0.05, 40).scaled(100)

"""A plan says how much to replay, and what is no plan is refused in a line."""

import pytest

from kit.errors import AskError
from kit.replay import Plan, read_plan


@pytest.mark.parametrize(
    ("written", "plan"),
    [
        pytest.param({}, Plan(20, 20, until_decided=False), id="none: one draw"),
        pytest.param({"until": "decided", "most": 2000, "batch": 50}, Plan(2000, 50), id="until decided"),
        pytest.param({"until": "decided"}, Plan(2000, 50), id="usual numbers"),
    ],
)
def test_plan(written, plan):
    """Batches until decided, or one draw."""
    assert plan == read_plan(written, 20)


@pytest.mark.parametrize(
    ("written", "error"),
    [
        pytest.param({"till": "decided"}, "replay: 'till' is not a key", id="another key"),
        pytest.param({"until": "done"}, "replay: until: 'done' is not known; `decided` is", id="another end"),
        pytest.param({"batch": 0}, "replay: batch: 0 is not a number of requests", id="no batch"),
        pytest.param({"most": "many"}, "replay: most: 'many' is not a number of requests", id="no number"),
    ],
)
def test_no_plan(written, error):
    with pytest.raises(AskError, match=error):
        read_plan(written, 20)

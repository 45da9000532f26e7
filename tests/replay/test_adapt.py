"""A bounded try of documented adjustments: chosen on one half of the requests, confirmed on the other."""

import pytest

from kit.client import Request
from kit.errors import AskError
from kit.replay import ADJUSTMENTS, LoggedRequest, adapt

KEYS = ["billing", "returns", "technical", "sales"]


def logged(many=40):
    """Labelled requests: which team should answer."""
    asked = [[{"role": "user", "content": f"Team for case {n} {KEYS[n % 4]}?"}] for n in range(many)]
    requests = [Request(f"sort/{n}", messages) for n, messages in enumerate(asked)]
    return [LoggedRequest("sort", one, 1, key=KEYS[n % 4]) for n, one in enumerate(requests)]


@pytest.fixture
def run(server, tmp_path):
    """Adapt a candidate that has this weather; the incumbent answers with the label."""

    def adapted(word, requests, **options):
        old = server.contender("team:always", model="gpt-4o", way="old")
        new = server.contender(word, model="kimi-k2.5", way="new")
        return adapt(requests, new, old, tmp_path / "s.sqlite", **options)

    return adapted


@pytest.mark.parametrize(
    ("word", "chosen"),
    [
        pytest.param("team:alone", "answer alone", id="a candidate that explains unless told not to"),
        pytest.param("team:assistant", "few shots", id="a candidate that needs examples"),
        pytest.param("team:stop", "stop at a line's end", id="a candidate that goes on after the answer"),
        pytest.param("team:always", "", id="a candidate whose form is right"),
        pytest.param("team:never", "", id="a candidate that no adjustment helps"),
    ],
)
def test_adapt(run, word, chosen):
    """What helps is chosen and confirmed on the other half; where nothing does, the prompt stays as it is."""
    found = run(word, logged())
    assert chosen == found.chosen
    assert ["none", *ADJUSTMENTS] == list(found.tried["adjustment"])
    if chosen:
        assert (20, 20, 0, 0) == (found.confirmed.n, found.confirmed.only_a, found.confirmed.only_b, found.unknown)
        assert "is confirmed on 20 requests that it was not chosen by: 0.0 % of answers would do without it" in str(
            found
        )
        assert found.difference.startswith("--- as logged\n+++ adjusted\n")
    else:
        assert (None, "") == (found.confirmed, found.difference)


def test_difference(run):
    """The prompt's difference is shown, and nothing else changes."""
    found = run("team:stop", logged(), adjustments=["stop at a line's end"])
    added = [line for line in found.difference.splitlines() if line.startswith("+") and not line.startswith("+++")]
    assert '"\\n"' in "".join(added)
    assert "Give the answer alone" not in found.difference


@pytest.mark.parametrize(
    ("many", "options", "said"),
    [
        pytest.param(10, {}, "10 requests are too few", id="too few requests"),
        pytest.param(40, {"adjustments": ["few shot"]}, "'few shot' is not one of the list; did you mean 'few shots'",
                     id="a misspelt adjustment"),
    ],
)  # fmt: skip
def test_refused(run, many, options, said):
    """What cannot be tried is refused before anything is sent."""
    with pytest.raises(AskError, match=said):
        run("team:always", logged(many), **options)

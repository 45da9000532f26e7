"""Tokens are counted once."""

from decimal import Decimal

import pytest

from kit.build import study
from kit.errors import UsageError
from kit.pricing import Usage, Workload, workloads

CHAT = {"share": 1.0, "prompt": 100, "output": 10, "cached": 0.0}


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        pytest.param({"prompt": -1}, "prompt is -1; token counts start at 0", id="fewer than no tokens"),
        pytest.param({"prompt": 1, "output": -2}, "output is -2", id="fewer than none in the answer"),
        pytest.param({"prompt": 5, "cached": -1}, "cached is -1", id="fewer than none from the cache"),
        pytest.param(
            {"prompt": 100, "cached": 101},
            "101 cached of 100 prompt tokens; cached counts inside prompt",
            id="more from the cache than were sent, as a source that counts them apart would say",
        ),
        pytest.param(
            {"prompt": 100, "cached": 60, "written": 41},
            "60 cached and 41 written to the cache of 100 prompt tokens",
            id="more read from the cache and written to it than were sent",
        ),
        pytest.param(
            {"prompt": 1, "output": 10, "reasoning": 11},
            "11 reasoning of 10 output tokens; reasoning counts inside output",
            id="more thought than written",
        ),
    ],
)
def test_contradiction(counts, said):
    """Counts that cannot be are refused, with the counts."""
    with pytest.raises(UsageError, match=said):
        Usage(**counts)


@pytest.mark.parametrize(
    "counts",
    [
        pytest.param({"prompt": 0}, id="nothing was sent"),
        pytest.param({"prompt": 100, "cached": 100}, id="all of the prompt was in the cache"),
        pytest.param({"prompt": 1, "output": 10, "reasoning": 10}, id="all of the answer was thought"),
    ],
)
def test_at_the_edge(counts):
    """A part may be as large as its whole."""
    expected = {"cached": 0, "output": 0, "reasoning": 0, "written": 0, "written_1h": 0, "requests": 1} | counts
    assert expected == vars(Usage(**counts))


def test_month():
    """A month is a request, as often as it is sent."""
    load = Workload("chat", requests=3, prompt=1000, output=50, cached=Decimal("0.25"))
    assert Usage(prompt=3000, cached=750, output=150, requests=3) == load.month()


@pytest.mark.parametrize(
    ("cached", "tokens"),
    [
        pytest.param("0", 0, id="none"),
        pytest.param("0.333", 33, id="a part token is not from the cache"),
        pytest.param("1", 100, id="all"),
    ],
)
def test_cached_share(cached, tokens):
    """The cached share of a prompt is whole tokens."""
    assert tokens == Workload("chat", 1, 100, 10, Decimal(cached)).request().cached


@pytest.mark.parametrize(
    ("prompt", "output", "share"),
    [
        pytest.param(10, 1, Decimal(10) / 11, id="ten to one, the article's classification"),
        pytest.param(100, 0, Decimal(1), id="nothing comes back"),
        pytest.param(0, 100, Decimal(0), id="nothing is sent"),
    ],
)
def test_input_share(prompt, output, share):
    """The input share is input over all tokens."""
    assert share == Workload("chat", 1, prompt, output).input_share


def test_workloads():
    """A study's mix becomes requests of each kind."""
    mix = {"short": CHAT | {"share": 0.75}, "long": CHAT | {"share": 0.25, "prompt": 4000, "cached": 0.5}}
    expected = [Workload("short", 750, 100, 10, Decimal("0.0")), Workload("long", 250, 4000, 10, Decimal("0.5"))]
    assert expected == workloads(1000, mix)


def test_shares_are_added_as_they_are_written():
    """Ten tenths are one, which in binary they are not."""
    loads = workloads(1000, {str(n): CHAT | {"share": 0.1} for n in range(10)})
    assert [100] * 10 == [load.requests for load in loads]


def test_nothing_is_cached_unless_said():
    """A workload that does not speak of a cache has none."""
    assert Usage(prompt=300, output=30, requests=3) == Workload("chat", requests=3, prompt=100, output=10).month()


def test_cached_may_be_left_out():
    """A workload that does not say what is cached has nothing cached."""
    mix = {"chat": {key: value for key, value in CHAT.items() if key != "cached"}}
    assert [Decimal(0)] == [load.cached for load in workloads(1, mix)]


@pytest.mark.parametrize(
    ("shares", "said"),
    [
        pytest.param({"a": 0.5, "b": 0.4}, r"the shares sum to 0.9, not 1 \(a, b\)", id="less than one"),
        pytest.param({"a": 0.6, "b": 0.5}, r"the shares sum to 1.1, not 1 \(a, b\)", id="more than one"),
        pytest.param({}, "the shares sum to 0, not 1", id="none"),
    ],
)
def test_shares_that_are_not_one(shares, said):
    """A mix whose shares do not sum to 1 is refused, with the sum."""
    with pytest.raises(UsageError, match=said):
        workloads(1000, {name: CHAT | {"share": share} for name, share in shares.items()})


def test_article_study(root):
    """The article study sends 905 million tokens a month and gets 188 million back: its YAML, by hand."""
    read = study.read_study("article", root)
    months = [load.month() for load in workloads(read.requests_per_month, read.mix)]
    assert (905_000_000, 188_000_000) == (sum(m.prompt for m in months), sum(m.output for m in months))

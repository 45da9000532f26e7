"""Results of other tools, as collected, are read to the right figures or refused in a clear sentence."""

import pytest
from places import SHARED

from kit.benchmarks import scores
from kit.benchmarks.imports import read
from kit.errors import ItemError

CASES = SHARED / "cases/recorded"

pytestmark = pytest.mark.skipif(not CASES.exists(), reason="the collected cases are not here")


def percent(file):
    """Contender -> score in percent."""
    summary = scores.by_contender(scores.recorded(read(CASES / file), "recorded", "general"))
    return {row.contender.removesuffix("@recorded"): round(row.score, 1) for row in summary.itertuples()}


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        pytest.param(
            "inspect_several_scorers.json", {"openai-api/stub/good": 100.0}, id="the scorer that gives shares"
        ),
        pytest.param("lm_eval_arc", {"acme/right": 100.0}, id="choices labelled 1 to 4"),
        pytest.param("second_prompt_first.json", {"m1": 100.0, "m1#2": 0.0}, id="the second prompt answered first"),
        pytest.param("promptfoo-cost.json", {"alpha": 100.0, "beta": 100.0}, id="promptfoo with dollars"),
    ],
)
def test_scores(file, expected):
    """The scores are those that the tool itself reports."""
    assert expected == percent(file)


def test_zstandard():
    """Inspect's archives are packed with Zstandard today."""
    pytest.importorskip("backports.zstd")
    assert {"openai-api/stub/good": 100.0} == percent("inspect_zstd.eval")


def test_a_named_scorer():
    """A scorer can be named; one that is not there is refused."""
    assert "scores by includes, not" in read(CASES / "inspect_several_scorers.json", scorer="includes").said
    with pytest.raises(ItemError, match="no scorer 'exact'; here are 'length', 'match', 'includes'"):
        read(CASES / "inspect_several_scorers.json", scorer="exact")


def test_all_calls_of_a_sample():
    """Tokens and seconds are those of all calls that a sample took, not of the last one."""
    first = read(CASES / "inspect_tools.json").answers.iloc[0]
    assert (13, 2, 10, 0.547) == (
        *map(int, first[["prompt_tokens", "cached_tokens", "output_tokens"]]),
        first["total_s"],
    )


def test_dollars():
    """Recorded dollars are kept."""
    assert [0.0125, 0.0004] == read(CASES / "promptfoo-cost.json").answers["cost_usd"].tolist()

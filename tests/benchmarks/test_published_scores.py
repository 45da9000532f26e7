"""What a benchmark score resolves, given the number of its items."""

import pandas as pd
import pytest

from kit import evidence
from kit.benchmarks import published_scores
from kit.catalog import article
from kit.errors import StudyError
from kit.evidence import Row


def scored(**scores):
    """Evidence on one test of 1,000 items: model -> score."""
    return evidence.frame(
        Row(model, "score.code", value, "%", "measured", "2026-11-24", "r", low=value - 1, high=value + 1, n=1000)
        for model, value in scores.items()
    )


def priced(**prices):
    """Evidence on output prices: model -> USD per million tokens."""
    return evidence.frame(
        Row(model, "price.output", usd, "USD/Mtok", "list", "2026-11-24", "r") for model, usd in prices.items()
    )


@pytest.mark.parametrize(
    ("category", "name", "items", "table"),
    [
        # https://arxiv.org/abs/2009.03300, https://arxiv.org/abs/2107.03374, https://arxiv.org/abs/2305.08322
        pytest.param("general", "MMLU", 14_042, "T2", id="general reasoning is MMLU's test split"),
        pytest.param("code", "HumanEval", 164, "T3", id="code is HumanEval"),
        pytest.param("chinese", "C-Eval", 12_342, "T4", id="Chinese is C-Eval's test split"),
    ],
)
def test_benchmark(category, name, items, table):
    """Each category has the test, the number of items and the table that the article means."""
    test = published_scores.published_benchmark(category)
    assert (name, items, table) == (test.name, test.items, test.table)


def test_unknown_category():
    """A category that is none is told with the nearest one."""
    with pytest.raises(StudyError, match=r"'chinse' is not a benchmark category; did you mean 'chinese'\?"):
        published_scores.published_benchmark("chinse")


@pytest.mark.parametrize(
    ("category", "model", "shown"),
    [
        # statsmodels' proportion_confint(0.925 * 164, 164, method="wilson") and so on
        pytest.param("code", "gpt-4o", (92.5, 87.4, 95.6), id="four points on either side of 164 items"),
        pytest.param("general", "gpt-4o", (88.7, 88.2, 89.2), id="half a point on either side of 14,042"),
        pytest.param("chinese", "glm-5", (91.0, 90.5, 91.5), id="half a point on either side of 12,342"),
    ],
)
def test_scores(category, model, shown):
    """A printed score carries the interval that its number of items allows."""
    row = published_scores.published_rows(category).set_index("subject").loc[model]
    assert shown == tuple(round(row[column], 1) for column in ("value", "low", "high"))


@pytest.mark.parametrize("category", ["general", "code", "chinese"])
def test_scores_are_the_articles(category):
    """Interval and items are added to the article's rows; figures, order and ids stay."""
    test = published_scores.published_benchmark(category)
    printed, rows = article.printed(test.table, "score."), published_scores.published_rows(category)
    assert {test.items} == set(rows["n"])
    pd.testing.assert_frame_equal(printed[["subject", "value", "id"]], rows[["subject", "value", "id"]])


def test_scores_are_evidence(tmp_path):
    """Scores can be saved and come back."""
    evidence.save(published_scores.published_rows("code"), tmp_path, "code")
    assert len(published_scores.published_rows("code")) == len(evidence.read(tmp_path / "code.csv"))


@pytest.mark.parametrize(
    ("category", "resolved"),
    [
        pytest.param(
            "general",
            {"claude-3.5-sonnet": False, "gpt-4o": False, "qwen3.5-397b": True, "kimi-k2.5": True, "glm-5": True,
             "deepseek-v4-flash": True},
            id="MMLU sets all but GPT-4o apart from Claude",
        ),
        pytest.param(
            "code",
            {"claude-3.5-sonnet": False, "gpt-4o": False, "deepseek-v4-flash": False, "qwen3-coder-30b": False,
             "deepseek-coder": False},
            id="HumanEval sets none apart",
        ),
        pytest.param(
            "chinese",
            {"glm-5": False, "kimi-k2.5": False, "qwen3-32b": True, "gpt-4o": True, "deepseek-v4-flash": True},
            id="C-Eval does not tell GLM-5 from Kimi",
        ),
    ],
)  # fmt: skip
def test_what_the_article_resolves(category, resolved):
    """A lead counts where the interval of the difference leaves out 0; the leader has none over itself."""
    table = published_scores.score_gaps(published_scores.published_rows(category))
    assert resolved == dict(zip(table["model"], table["resolved"], strict=True))


def test_gaps():
    """V4 Flash is 3.5 points behind on MMLU, 2.72 to 4.28, which 1,425 items would have shown."""
    row = (
        published_scores.score_gaps(published_scores.published_rows("general"))
        .set_index("model")
        .loc["deepseek-v4-flash"]
    )
    assert (85.5, 3.5, 2.721, 4.279, 1425) == (
        row["score"], *(round(row[column], 3) for column in ("behind", "low", "high")), row["items"]
    )  # fmt: skip


def test_gaps_are_sorted():
    """The best stands first, behind no one, with nothing to resolve."""
    table = published_scores.score_gaps(scored(low=50.0, top=90.0, middle=70.0))
    assert ["top", "middle", "low"] == list(table["model"])
    assert (0.0, True) == (table["behind"].iloc[0], bool(pd.isna(table["items"].iloc[0])))


def test_printed_table():
    """The printed table names models, keeps print order, and sets interval and items to resolve beside the score."""
    prices = pd.concat([article.printed(ref, "price.output") for ref in ("T1", "T2", "T3")])
    first, second = (
        published_scores.published_table(published_scores.published_rows("code"), prices)
        .iloc[:2]
        .itertuples(index=False)
    )
    assert ("Claude 3.5 Sonnet", 93.0, 15.0, "88.0 to 96.0", True) == (*first[:4], pd.isna(first[4]))
    assert ("GPT-4o", 92.5, 10.0, 42_222) == (*second[:3], second[4])


@pytest.mark.parametrize("category", ["tickets", "extraction", "tools", "structured", "reasoning"])
def test_nothing_is_published(category):
    """Of what a team itself does no score is published, and the tables of published scores are empty."""
    rows = published_scores.published_rows(category)
    gaps = published_scores.score_gaps(rows)
    said = published_scores.lead_sentence(gaps, published_scores.published_benchmark(category))
    assert (0, 0, "No score of this category is published.") == (len(rows), len(gaps), said)


@pytest.mark.parametrize(
    ("category", "efficient"),
    [
        pytest.param(
            "general",
            ["deepseek-v4-flash", "glm-5", "qwen3.5-397b", "gpt-4o", "claude-3.5-sonnet"],
            id="on MMLU all but Kimi, which Qwen3.5 beats for less",
        ),
        pytest.param(
            "code", ["deepseek-v4-flash", "gpt-4o", "claude-3.5-sonnet"], id="on HumanEval not the two small coders"
        ),
        pytest.param("chinese", ["deepseek-v4-flash", "qwen3-32b", "glm-5"], id="on C-Eval only Chinese ones"),
    ],
)
def test_frontier_of_the_article(category, efficient):
    """At the article's prices, a model is efficient if none that scores as high costs less."""
    prices = pd.concat([article.printed(ref, "price.output") for ref in ("T1", "T2", "T3")])
    points = published_scores.score_and_price(published_scores.published_rows(category), prices)
    assert efficient == list(points[points["efficient"]]["model"])


@pytest.mark.parametrize(
    ("scores", "prices", "efficient"),
    [
        pytest.param({"a": 90.0}, {"a": 1.0}, {"a"}, id="one model alone is efficient"),
        pytest.param({"a": 90.0, "b": 80.0}, {"a": 1.0, "b": 2.0}, {"a"}, id="dearer and worse is not"),
        pytest.param({"a": 90.0, "b": 80.0}, {"a": 2.0, "b": 1.0}, {"a", "b"}, id="dearer and better is"),
        pytest.param({"a": 90.0, "b": 80.0}, {"a": 1.0, "b": 1.0}, {"a"}, id="of two at one price, the better"),
        pytest.param({"a": 90.0, "b": 90.0}, {"a": 1.0, "b": 2.0}, {"a"}, id="of two as good, the cheaper"),
        pytest.param({"a": 90.0, "b": 90.0}, {"a": 1.0, "b": 1.0}, {"a", "b"}, id="of two that are equal, both"),
        pytest.param({"a": 0.0}, {"a": 1.0}, {"a"}, id="a score of 0 is a score"),
    ],
)
def test_frontier(scores, prices, efficient):
    """A model is on the frontier if no other is as good and cheaper."""
    points = published_scores.score_and_price(scored(**scores), priced(**prices))
    assert efficient == set(points[points["efficient"]]["model"])


def test_frontier_without_a_price():
    """A model without a price is left out; it does not count as free."""
    points = published_scores.score_and_price(scored(a=90.0, b=80.0), priced(b=1.0))
    assert [("b", True)] == list(points[["model", "efficient"]].itertuples(index=False, name=None))


def test_frontier_without_any_price():
    """Where no model has a price the frontier is empty."""
    assert 0 == len(published_scores.score_and_price(scored(a=90.0), priced()))


def test_frontier_uses_the_most_trusted_price():
    """A team's own price counts before the list's, cheaper or not."""
    own = evidence.frame([Row("a", "price.output", 9.0, "USD/Mtok", "contract", "2026-11-24", "mine.yaml")])
    points = published_scores.score_and_price(scored(a=90.0), pd.concat([priced(a=1.0), own]))
    assert [9.0] == list(points["price"])

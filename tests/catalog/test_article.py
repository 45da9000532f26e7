"""The article's figures, typed here once more from the article, beside the file that the kit reads."""

import pytest

from kit.catalog import article
from kit.errors import EvidenceError

# model: input, output, multiplier (T1, in print order)
PRICES = {
    "deepseek-v4-flash": (0.18, 0.25, 1),
    "qwen3-32b": (0.18, 0.28, 1.1),
    "gpt-4o-mini": (0.15, 0.60, 2.4),
    "kimi-k2.5": (0.59, 3.00, 12),
    "glm-5": (0.73, 1.92, 7.7),
    "gemini-1.5-pro": (1.25, 5.00, 20),
    "gpt-4o": (2.50, 10.00, 40),
    "claude-3.5-sonnet": (3.00, 15.00, 60),
}
GENERAL = {"claude-3.5-sonnet": 89.0, "gpt-4o": 88.7, "qwen3.5-397b": 87.5, "kimi-k2.5": 87.0, "glm-5": 86.0,
           "deepseek-v4-flash": 85.5}  # fmt: skip
CODE = {"claude-3.5-sonnet": 93.0, "gpt-4o": 92.5, "deepseek-v4-flash": 92.0, "qwen3-coder-30b": 91.5,
        "deepseek-coder": 91.0}  # fmt: skip
CHINESE = {"glm-5": 91.0, "kimi-k2.5": 90.5, "qwen3-32b": 89.0, "gpt-4o": 88.5, "deepseek-v4-flash": 88.0}


def test_prices():
    """T1 is the article's, to the cent and in its order."""
    t1 = article.table("T1")[["input", "output", "multiplier"]]
    assert PRICES == dict(zip(t1.index, t1.itertuples(index=False, name=None), strict=True))


def test_order_of_prices():
    """T1 keeps the order in which it was printed."""
    assert list(PRICES) == list(article.table("T1").index)


@pytest.mark.parametrize(
    ("ref", "scores"),
    [
        pytest.param("T2", GENERAL, id="general reasoning"),
        pytest.param("T3", CODE, id="code"),
        pytest.param("T4", CHINESE, id="Chinese"),
    ],
)
def test_scores(ref, scores):
    """Each score table is the article's, in its order."""
    rows = article.printed(ref, "score.")
    assert list(scores.items()) == list(zip(rows["subject"], rows["value"], strict=True))


def test_prices_without_input():
    """Three models are printed with an output price only, beside their scores."""
    rows = article.figures()
    rows = rows[rows["note"] == "no input price is given"]
    expected = {"qwen3.5-397b": 2.34, "qwen3-coder-30b": 0.35, "deepseek-coder": 0.25}
    assert expected == dict(zip(rows["subject"], rows["value"], strict=True))


@pytest.mark.parametrize(
    ("way", "value", "words"),
    [
        pytest.param(
            "us-direct",
            1,
            ["credit card", "e-mail", "OpenAI-compatible", "none", "English", "English", "USD"],
            id="US makers are open throughout",
        ),
        pytest.param(
            "chinese-direct",
            0,
            ["WeChat or Alipay", "Chinese phone number", "custom per provider", "often blocked", "mostly Chinese",
             "Chinese", "CNY only"],
            id="Chinese makers are blocked throughout",
        ),
        pytest.param(
            "gateway",
            1,
            ["PayPal and cards", "e-mail", "OpenAI-compatible", "none", "English", "both", "USD"],
            id="the gateway is open throughout",
        ),
    ],
)  # fmt: skip
def test_access(way, value, words):
    """T5 keeps the article's words for each concern, and whether it stands in the way."""
    rows = article.printed("T5")
    rows = rows[rows["subject"] == way]
    assert [(value, word) for word in words] == list(zip(rows["value"], rows["note"], strict=True))


@pytest.mark.parametrize(
    ("ref", "figures"),
    [
        pytest.param(
            "T6",
            [("price.output", 0.25, 10.00), ("grade.general", "B+", "A"), ("grade.code", "A", "A"),
             ("throughput.tok_s", 60, 50), ("context.tokens", 128_000, 128_000), ("input.vision", 0, 1)],
            id="V4 Flash against GPT-4o",
        ),
        pytest.param(
            "T7",
            [("price.output", 0.28, 0.60), ("grade.general", "A-", "B+"), ("grade.code", "A-", "B+"),
             ("grade.chinese", "A", "B")],
            id="Qwen3-32B against GPT-4o-mini",
        ),
        pytest.param(
            "T8",
            [("price.output", 3.00, 15.00), ("grade.reasoning", "A+", "A+"), ("grade.chinese", "A+", "B"),
             ("context.tokens", 200_000, 200_000), ("grade.tools", "A", "A+")],
            id="Kimi K2.5 against Claude 3.5 Sonnet",
        ),
    ],
)  # fmt: skip
def test_matchups(ref, figures):
    """Each matchup has the article's figures, letters as letters, line by line."""
    rows = article.printed(ref)
    rows = rows[~rows["metric"].str.startswith("winner.")]
    shown = [row.note if row.unit == "grade" else row.value for row in rows.itertuples()]
    assert figures == list(zip(rows["metric"][::2], shown[::2], shown[1::2], strict=True))


def test_letters_and_points_agree():
    """A grade's points are those of its letter."""
    rows = article.figures()
    rows = rows[rows["unit"] == "grade"]
    assert [article.GRADES[letter] for letter in rows["note"]] == list(rows["value"])


def test_grades_fall():
    """A better letter has more points."""
    points = list(article.GRADES.values())
    assert sorted(set(points), reverse=True) == points


@pytest.mark.parametrize(
    ("claim", "values"),
    [
        pytest.param("K1", [60, 40, 2400], id="60 times; $40 and $2,400 a month"),
        pytest.param("K2", [40], id="40 times"),
        pytest.param("K4", [3.5], id="3.5 points"),
        pytest.param("K5", [1], id="within one point"),
        pytest.param("K8", [2.1], id="2.1 times"),
        pytest.param("K9", [5], id="a fifth"),
        pytest.param("K13", [4], id="3 to 5 %, kept as 4"),
    ],
)
def test_claimed_figures(claim, values):
    """What a claim says in figures stands in the evidence under the claim's name."""
    assert values == list(article.printed(claim)["value"])


def test_claimed_span():
    """The quality gap keeps its ends, 3 and 5 %."""
    row = article.printed("K13").iloc[0]
    assert (3, 5) == (row["low"], row["high"])


def test_printed_narrows_by_metric():
    """A table's prices can be had without its scores."""
    assert ["qwen3.5-397b"] == list(article.printed("T2", "price.")["subject"])


def test_nothing_is_lost():
    """Each figure belongs to a printed table, and carries the id that it has in all evidence."""
    rows = article.figures()
    printed = [id for ref in rows["ref"].unique() for id in article.printed(ref)["id"]]
    assert sorted(rows["id"]) == sorted(printed)


def test_all_of_it_is_the_articles():
    """No figure of the article passes for anything else."""
    assert {("article", "2026")} == set(article.figures()[["source", "as_of"]].itertuples(index=False, name=None))


def test_unknown_table():
    """A table that the article does not print is no empty one."""
    with pytest.raises(EvidenceError, match="'T9' is not a table of the article; did you mean 'T"):
        article.printed("T9")

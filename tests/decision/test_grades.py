"""Letters go by one scale, so that a printed and a measured one can be set beside each other."""

import pytest

from kit.catalog import article
from kit.decision import grades


@pytest.mark.parametrize(
    ("score", "letter"),
    [
        pytest.param(100, "A+", id="all right"),
        pytest.param(97, "A+", id="the least A+"),
        pytest.param(96.9, "A", id="just below it: nothing is rounded up"),
        pytest.param(88.7, "B+", id="GPT-4o's 88.7, which the article grades A"),
        pytest.param(87.0, "B+", id="Kimi K2.5's 87.0, which it grades A+"),
        pytest.param(65, "D", id="the least that passes"),
        pytest.param(64.9, "F", id="just below it"),
        pytest.param(0, "F", id="nothing right"),
    ],
)
def test_letter(score, letter):
    """A letter begins at its percent, unrounded."""
    assert letter == grades.letter(score)


@pytest.mark.parametrize(
    ("low", "high", "letters"),
    [pytest.param(84.1, 86.8, "B", id="one letter"), pytest.param(86.0, 91.0, "B to A-", id="an interval over three")],
)
def test_span(low, high, letters):
    """An interval says which letters it leaves open."""
    assert letters == grades.span(low, high)


def test_scale_has_the_articles_letters():
    """Each letter that the article could print is on the scale, in the order of its grade points."""
    known = [letter for letter in grades.SCALE if letter in article.GRADES]
    assert sorted(article.GRADES, key=article.GRADES.get, reverse=True) == known

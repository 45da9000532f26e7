"""An error is one line that names the place, the fault and the cure."""

import re

import pytest

from kit import errors
from kit.errors import CatalogError, KitError, UsageError, near_miss

CLASSES = [thing for name in errors.__all__ if isinstance(thing := getattr(errors, name), type)]


@pytest.mark.parametrize(
    ("word", "known", "said"),
    [
        pytest.param("mmul", ["mmlu", "humaneval"], "; did you mean 'mmlu'?", id="two letters swapped"),
        pytest.param("gpt4o", ["glm-5", "gpt-4o"], "; did you mean 'gpt-4o'?", id="a hyphen left out"),
        pytest.param("gpt-4o", ["gpt-4o-mini", "gpt-4o"], "; did you mean 'gpt-4o'?", id="the nearest of two wins"),
        pytest.param("zzz", ["b", "a"], "; known are a, b", id="nothing is near, so all are named, in order"),
        pytest.param("zzz", [], "", id="nothing is known, so nothing is said"),
        pytest.param(5, ["5.0", "x"], "; did you mean '5.0'?", id="a YAML number is compared as it was written"),
        pytest.param("a", (letter for letter in "ab"), "; did you mean 'a'?", id="an iterator is read once"),
    ],
)
def test_near_miss(word, known, said):
    """An unknown word is answered with the nearest known one, or with all of them."""
    assert said == near_miss(word, known)


def test_one_exception_catches_all():
    """Whoever catches KitError catches every fault that the kit tells of."""
    assert [] == [kind.__name__ for kind in CLASSES if not issubclass(kind, KitError)]


def test_tree_in_the_docstring_is_complete():
    """The tree that a reader sees first names every class there is, and no other."""
    drawn = set(re.findall(r"\w+Error", errors.__doc__))
    assert {kind.__name__ for kind in CLASSES} == drawn


@pytest.mark.parametrize("kind", [CatalogError, UsageError])
def test_raised_while_a_study_is_read(kind):
    """What a study's validators may raise is a ValueError, which pydantic turns into a line with its place."""
    assert issubclass(kind, ValueError)

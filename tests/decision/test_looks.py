"""Looks: each look at fresh evidence spends a part of the 2.5 %."""

from datetime import date

import pytest

from kit import evidence
from kit.decision import looks
from kit.errors import EvidenceError
from kit.evidence import Row

DAY = date(2026, 11, 24)


def facts(value, day="2026-11-24", source="measured"):
    return evidence.frame([Row("glm-5", "score.code", value, "%", source, day, "mine", value - 2, value + 2, 500)])


def test_errors_add_up():
    """2 % on the first look, 0.25 % on the second; all looks together stay below 2.5 %."""
    assert [0.025, 0.02, 0.0025] == pytest.approx([looks.error_of_look(n) for n in range(3)])
    assert sum(looks.error_of_look(n) for n in range(1, 10_000)) < 0.025


def test_looks_are_counted(tmp_path):
    """Fresh evidence is a new look; the same again is the look that it was, and published figures are none."""
    numbers = []
    for table in (facts(80), facts(80), facts(82, "2026-12-24"), facts(80), facts(90, source="published")):
        found = looks.read_looks(tmp_path, table, 3.0, DAY)
        looks.save_looks(tmp_path, found)
        numbers.append(found.number)
    assert [1, 1, 2, 1, 0] == numbers


@pytest.mark.parametrize(
    ("margin", "words"),
    [
        pytest.param(3.0, "The margin is 3 points since then.", id="kept"),
        pytest.param(5.0, "The margin was 3 points at the first look, and was changed to 5 after it.", id="changed"),
    ],
)
def test_margin_is_remembered(tmp_path, margin, words):
    """The margin of the first look is told beside a later one."""
    looks.save_looks(tmp_path, looks.read_looks(tmp_path, facts(80), 3.0, DAY))
    found = looks.read_looks(tmp_path, facts(82), margin, DAY)
    said = looks.looks_in_words(found, margin)
    assert said.startswith("This is look 2 at measured evidence of this study, the first was on 2026-11-24. 0.25 % of")
    assert said.endswith(words)


def test_nothing_measured(tmp_path):
    """A study without measured evidence leaves no file, and says so."""
    found = looks.read_looks(tmp_path, facts(80, source="list"), 3.0, DAY)
    looks.save_looks(tmp_path, found)
    assert not list(tmp_path.iterdir())
    assert "The margin is 3 points. No measured evidence was looked at yet." == looks.looks_in_words(found, 3.0)


def test_broken_file(tmp_path):
    """A file that is no record of looks is refused by name."""
    (tmp_path / looks.LOOKS).write_text("[1]")
    with pytest.raises(EvidenceError, match="looks.json: cannot be read"):
        looks.read_looks(tmp_path, facts(80), 3.0, DAY)

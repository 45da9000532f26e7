"""Items of which the file says that the key is wrong are counted, and the result without them stands beside."""

from datetime import date

import pytest
from recordings import table

from kit.benchmarks import Measured, imports, score_recorded, scores_without_faulty

QUESTIONS = """item,key,subject,question,choices,label_quality,gpt-4o
a/0,B,algebra,What is 1 + 1?,"['one', 'two']",ok,B
a/1,A,algebra,Which is a word?,"['None', '7']",wrong_groundtruth,B
a/2,A,algebra,What is 1?,"['one', 'two']",bad_question_clarity,B
a/3,A,algebra,What is 2 - 1?,"['one', 'two']",ok,A
"""


@pytest.fixture
def measured(tmp_path):
    found = imports.read(table(tmp_path, QUESTIONS))
    return Measured("general", score_recorded(found, "mine", "general"), "mine", "Recorded.", date(2026, 12, 1))


def test_counted_and_beside(measured):
    """Two of four keys are faulty: 2 of 4 right in all, 2 of 2 without them."""
    rows = {row.metric: (row.value, row.n) for row in measured.evidence_rows()}
    assert {"score.general": (50.0, 4), "faulty.general": (2.0, 4), "sound.general": (100.0, 2)}.items() <= rows.items()
    assert " 2 of 4 items are known to have a faulty key; without them: gpt-4o@recorded 100.0 %" in measured.summary


def test_without(measured):
    """The scores without them hold the other items only."""
    assert ["a/0", "a/3"] == scores_without_faulty(measured.scores)["item"].tolist()


def test_no_faulty_key(measured):
    """A file without such items gives no such rows."""
    sound = Measured("general", scores_without_faulty(measured.scores), "mine", "Recorded.", date(2026, 12, 1))
    assert not [row for row in sound.evidence_rows() if row.metric.startswith(("faulty.", "sound."))]
    assert "faulty" not in sound.summary

"""Items: each candidate's outcome beside the incumbent's, item by item."""

import pandas as pd
import pytest

from kit.benchmarks import answer_scores, outcomes
from kit.errors import ReportError
from kit.report import items


def scored(**values):
    """Scores of `item` by contender; None for an answer that nobody could judge."""
    rows = [
        {"contender": who, "item": "q1", "sample": 0, "outcome": "right" if value == 1 else "wrong", "value": value,
         "read": f"{who} said", "expected": "B", "error": ""}
        for who, value in values.items()
    ]  # fmt: skip
    return (
        answer_scores.nothing()[[]]
        .reindex(range(0))
        .join(pd.DataFrame(rows).reindex(columns=list(answer_scores.COLUMNS)), how="outer")
    )


@pytest.mark.parametrize(
    ("candidate", "incumbent", "outcome"),
    [
        pytest.param(0.0, 1.0, "candidate lost", id="wrong where the incumbent is right"),
        pytest.param(1.0, 0.0, "candidate won", id="right where the incumbent is wrong"),
        pytest.param(0.4, 0.5, "candidate lost", id="a smaller part of the mark"),
        pytest.param(0.5, 0.5, "equal", id="the same part of the mark"),
        pytest.param(1.0, 1.0, "both right", id="both right"),
        pytest.param(0.0, 0.0, "both wrong", id="both wrong"),
        pytest.param(None, 1.0, "unknown", id="an answer that nobody could judge is never a loss or a win"),
    ],
)
def test_outcome(candidate, incumbent, outcome):
    """An item's outcome is the candidate's mark against the incumbent's."""
    table = items.from_scores(scored(old=incumbent, new=candidate), "toy")
    assert [("new", "old", outcome)] == list(
        table[["candidate", "incumbent", "outcome"]].itertuples(index=False, name=None)
    )


def test_one_contender():
    """With nobody to compare, an answer is right or wrong, beside what was expected."""
    row = items.from_scores(scored(only=0.0), "toy").iloc[0]
    assert ("wrong", "", "B", "only said") == (row["outcome"], row["incumbent"], row["one"], row["other"])


def test_recorded_outcomes(tmp_path):
    """A table of outcomes: an item that the incumbent did not try is unknown, and says so."""
    (tmp_path / "t.csv").write_text("item,model,mark,usd\n1,new,0,0.1\n1,old,1,2\n2,new,1,0.1\n")
    table = items.from_outcomes(outcomes.read_outcomes(tmp_path / "t.csv"), "old")
    assert [("candidate lost", ""), ("unknown", "the incumbent did not try it")] == list(
        table[["outcome", "why"]].itertuples(index=False, name=None)
    )


def test_saved_and_loaded(tmp_path):
    """What is saved beside the evidence is loaded whole, hostile texts too, and once where two notebooks saved it."""
    table = items.from_scores(scored(old=1.0, new=0.0), "toy").assign(other='\ud800</script>\u2028"')
    for name in ("one", "two"):
        items.save(table, tmp_path / "evidence", name)
    found = items.load(tmp_path / "answers")
    assert [list(row) for row in table.fillna("").itertuples(index=False)] == [
        list(row) for row in found.fillna("").itertuples(index=False)
    ]


def test_by_hand(tmp_path, monkeypatch):
    """A notebook that is opened by hand leaves a study's answers as they are, and saves its own beside."""
    monkeypatch.delenv("KIT_BUILD", raising=False)
    for mark in (1.0, 0.0):
        items.save(items.from_scores(scored(old=1.0, new=mark), "toy"), tmp_path / "evidence", "one")
    assert "both right" in (tmp_path / "answers" / "one.jsonl").read_text()
    assert "candidate lost" in (tmp_path / "exploring" / "one.jsonl").read_text()


def test_no_items_no_file(tmp_path, monkeypatch):
    """A run without items leaves no file of an earlier one behind."""
    monkeypatch.setenv("KIT_BUILD", "1")
    items.save(items.from_scores(scored(old=1.0, new=0.0), "toy"), tmp_path / "evidence", "one")
    items.save(items.from_scores(answer_scores.nothing(), "toy"), tmp_path / "evidence", "one")
    assert [] == list((tmp_path / "answers").iterdir())


@pytest.mark.parametrize("line", ["no json", '{"suit": "toy"}', "[1]"], ids=["no JSON", "another key", "a list"])
def test_not_an_item(tmp_path, line):
    """A file that is something else is named with its line."""
    (tmp_path / "odd.jsonl").write_text(f'{{"suite": "toy"}}\n{line}\n')
    with pytest.raises(ReportError, match=r"odd.jsonl: line 2 is not an item"):
        items.load(tmp_path)

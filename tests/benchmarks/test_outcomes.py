"""A long table of outcomes: read whole, or refused with the row; nothing is dropped without a word."""

import duckdb
import pandas as pd
import pytest

from kit.benchmarks import outcomes
from kit.errors import ItemError

HEAD = "item,model,mark"


def write(folder, *lines, name="outcomes.csv"):
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_read(tmp_path):
    """Marks, repeats, tokens and dollars are read; an empty cell is unknown."""
    path = write(
        tmp_path, "item,model,mark,attempt,input_tokens,output_tokens,seconds,usd",
        "a,m,1,1,100,10,2.5,0.25", "a,m,0,2,100,10,,", "b,m,0.5,1,,,,0.5",
    )  # fmt: skip
    found = outcomes.read_outcomes(path)
    assert [
        ("m@recorded", "a", 0, 1.0, 0.25), ("m@recorded", "a", 1, 0.0, None), ("m@recorded", "b", 0, 0.5, 0.5),
    ] == [
        (row.contender, row.item, row.repeat, row.mark, None if pd.isna(row.usd) else row.usd)
        for row in found.table.itertuples()
    ]  # fmt: skip
    assert "3 outcomes of 1 model on 2 items" == found.summary


def test_parquet(tmp_path):
    """Parquet is read like CSV."""
    path = tmp_path / "outcomes.parquet"
    duckdb.sql("SELECT 'a' AS item, 'm' AS model, 1.0 AS mark, 0.5 AS usd").write_parquet(str(path))
    assert [("m@recorded", 1.0, 0.5)] == list(
        outcomes.read_outcomes(path).table[["contender", "mark", "usd"]].itertuples(index=False, name=None)
    )


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        pytest.param(["item,model,score", "a,m,1"], "no column 'mark'", id="a needed column is missing"),
        pytest.param([HEAD, "a,m,1", "b,m,1.5"], "row 3: mark '1.5' is above 1", id="a mark above 1"),
        pytest.param([HEAD, "a,m,-1"], "row 2: mark '-1' cannot be read", id="a mark below 0"),
        pytest.param([HEAD, "a,m,right"], "row 2: mark 'right' cannot be read", id="a mark in words"),
        pytest.param([HEAD, ",m,1"], "row 2: 'item' is empty", id="an item without a name"),
        pytest.param([HEAD, "a,m,1", "a,m,0"], "row 3: m has another row for item 'a'", id="an item twice, unlike"),
        pytest.param(
            [HEAD + ",attempt", "a,m,1,1", "a,m,0,1"], "row 3: m has another row", id="an attempt twice, unlike"
        ),
        pytest.param([HEAD + ",usd", "a,m,1,1.20 EUR"], "row 2: usd '1.20 EUR' cannot be read", id="other currency"),
        pytest.param(
            [HEAD + ",suite", "a,m,1,x", "a,m,1,y"], "several suites; name one of x, y", id="no suite is named"
        ),
    ],
)
def test_refused(tmp_path, lines, message):
    """What cannot be right is refused with its row and what would be right."""
    with pytest.raises(ItemError) as error:
        outcomes.read_outcomes(write(tmp_path, *lines))
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("lines", "remark"),
    [
        pytest.param([HEAD, "a,m,1", "a,m,1"], "1 rows stand there twice and count once", id="the same row twice"),
        pytest.param([HEAD, "a,m,"], "1 rows have no mark", id="no mark"),
        pytest.param([HEAD + ",eur", "a,m,1,2"], "columns not used: eur", id="dollars of another currency"),
        pytest.param([HEAD, *(f"{n},m,1" for n in range(10)), "1,k,0"], "k covers 1 of 10 items", id="half a run"),
        pytest.param([HEAD + ",usd,output_tokens", "a,m,1,0,50"], "1 rows of 0 dollars", id="no dollars beside tokens"),
        pytest.param([HEAD + ",usd", "a,m,1,0", "b,m,1,0.2"], "1 rows of 0 dollars", id="no dollars beside dollars"),
    ],
)
def test_told(tmp_path, lines, remark):
    """What is left out or unknown is told."""
    assert remark in outcomes.read_outcomes(write(tmp_path, *lines)).summary


def test_free_model(tmp_path):
    """A model that never costs anything, on a server of one's own, costs 0."""
    found = outcomes.read_outcomes(write(tmp_path, HEAD + ",usd", "a,m,1,0", "b,m,0,0"))
    assert ([0.0, 0.0], ()) == (list(found.table["usd"]), found.remarks)


def test_agents_stay_apart(tmp_path):
    """Two agents around one model are two contenders."""
    found = outcomes.read_outcomes(write(tmp_path, HEAD + ",agent", "a,m,1,x", "a,m,0,y"))
    assert ["m with x@recorded", "m with y@recorded"] == list(found.table["contender"])


def test_other_names(tmp_path):
    """Columns may have the names that other tools give them; what is renamed and what is not used is said."""
    path = tmp_path / "outcomes.csv"
    path.write_text("task_id,model,passed,cost_usd,category\na,m,True,0.5,law\nb,m,False,0.25,law\n")
    found = outcomes.read_outcomes(path)
    assert [(1.0, 0.5), (0.0, 0.25)] == list(found.table[["mark", "usd"]].itertuples(index=False, name=None))
    assert ("item is task_id", "mark is passed", "usd is cost_usd", "columns not used: category") == found.remarks

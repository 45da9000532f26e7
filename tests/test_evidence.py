"""The one table: what may stand in it, what it is called, and how it is kept."""

import random
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from kit import evidence
from kit.errors import EvidenceError
from kit.evidence import Row
from kit.stats import Estimate

ROW = Row("gpt-4o", "score.code", 92.5, "%", "article", "2026", "T3", note="approximate")
HEAD = ",".join(evidence.COLUMNS)


def table(*rows):
    return evidence.frame(rows)


def id_of(row):
    return table(row)["id"].iloc[0]


def csv(folder, *lines):
    path = folder / "rows.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("subject", ["=1+1", "+1", "@SUM(A1)", "-2+3", "'quoted", "''twice", "plain"])
def test_no_formulas(tmp_path, subject):
    """A name that a spreadsheet would take for a formula is written as text, and read as it was."""
    row = evidence.Row(subject, "context.tokens", 1.0, "tokens", "published", "2026", "toy", note=subject)
    evidence.save(evidence.frame([row]), tmp_path, "one")
    line = (tmp_path / "one.csv").read_text().splitlines()[1]
    assert line.startswith("plain," if subject == "plain" else f"'{subject},")
    table = evidence.read(tmp_path / "one.csv")
    assert [subject, subject] == [table["subject"][0], table["note"][0]]


def test_order_of_trust():
    """Measured beats the contract, that a list, that what others recorded, then what is published, then the article."""
    assert ["measured", "contract", "list", "recorded", "published", "article"] == list(evidence.SOURCES)


def test_columns():
    """A table has the documented columns and an id, whatever the order of its rows."""
    assert [*evidence.COLUMNS, "id"] == list(table(ROW).columns)


def test_no_rows():
    """A table without rows has all columns too."""
    assert ([*evidence.COLUMNS, "id"], 0) == (list(table().columns), len(table()))


def test_sorted():
    """Rows stand by subject, metric, source, date and reference, however they came."""
    rows = [replace(ROW, subject=s, metric=m, as_of=d) for s in "ba" for m in ("y", "x") for d in ("2026", "2025")]
    random.Random(1).shuffle(rows)
    expected = [(s, m, d) for s in "ab" for m in "xy" for d in ("2025", "2026")]
    assert expected == list(table(*rows)[["subject", "metric", "as_of"]].itertuples(index=False, name=None))


def test_id_is_the_same_in_every_build():
    """An id that a printed report cites leads to the same row next year."""
    assert "Etwhmd6" == id_of(ROW)


@pytest.mark.parametrize(
    ("change", "same"),
    [
        pytest.param({"value": 91.0}, True, id="not the value, so a correction keeps its place"),
        pytest.param({"low": 90.0, "high": 95.0}, True, id="not the interval"),
        pytest.param({"n": 164}, True, id="not the number of items"),
        pytest.param({"subject": "gpt-4o-mini"}, False, id="the subject"),
        pytest.param({"metric": "score.general"}, False, id="the metric"),
        pytest.param({"unit": "points"}, False, id="the unit"),
        pytest.param({"source": "measured"}, False, id="the kind of evidence"),
        pytest.param({"as_of": "2025"}, False, id="the date"),
        pytest.param({"ref": "T2"}, False, id="the reference"),
        pytest.param({"note": ""}, False, id="the note"),
        pytest.param({"way": "openai"}, False, id="the provider"),
        pytest.param({"scope": "classify"}, False, id="the endpoint"),
        pytest.param({"against": "gpt-4o-mini"}, False, id="the other side"),
    ],
)
def test_what_an_id_says(change, same):
    """An id names what a row is about and where it is from, and not what it found."""
    assert same == (id_of(ROW) == id_of(replace(ROW, **change)))


def test_id_keeps_fields_apart():
    """Letters that move from one field to the next make another row."""
    one, other = replace(ROW, subject="ab", metric="c"), replace(ROW, subject="a", metric="bc")
    assert id_of(one) != id_of(other)


def test_equal_rows_are_one():
    """A row that two notebooks saved is one row."""
    assert 1 == len(table(ROW, ROW))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param({"subject": ""}, "must not be empty", id="no subject"),
        pytest.param({"metric": ""}, "must not be empty", id="no metric"),
        pytest.param({"unit": ""}, "must not be empty", id="a figure without a unit"),
        pytest.param({"ref": ""}, "must not be empty", id="a figure without a reference"),
        pytest.param({"value": float("nan")}, "value is not a number; leave the row out", id="an unknown value"),
        pytest.param({"value": "many"}, "value is not a number", id="a word for a value"),
        pytest.param(
            {"source": "articel"}, "'articel' is not a kind of evidence; did you mean 'article'?", id="a misspelt kind"
        ),
        pytest.param({"as_of": "24.11.2026"}, "as_of '24.11.2026' is not an ISO date", id="a date in another order"),
        pytest.param({"as_of": ""}, "as_of '' is not an ISO date", id="no date"),
        pytest.param({"as_of": "2026-13-45"}, "as_of '2026-13-45' is not an ISO date", id="a month that there is not"),
        pytest.param({"low": 90.0}, "does not hold the value", id="half an interval"),
        pytest.param({"low": 93.0, "high": 95.0}, "does not hold the value 92.5", id="an interval above its value"),
        pytest.param({"low": 90.0, "high": 92.0}, "does not hold the value 92.5", id="an interval below its value"),
        pytest.param({"n": 1.5}, "): n ", id="half an item"),
    ],
)
def test_fault(change, said):
    """A row that breaks the schema is told by its number, subject and metric, and what would be right."""
    with pytest.raises(EvidenceError) as caught:
        evidence.frame([ROW, replace(ROW, **{"subject": "zzz"} | change)], where="reports/a.csv")
    assert str(caught.value).startswith("reports/a.csv: row 2 (")
    assert said in str(caught.value)


def test_interval_may_end_at_its_value():
    """A share of 100 % has an interval that ends there."""
    row = replace(ROW, value=100.0, low=100.0, high=100.0)
    assert [(100.0, 100.0)] == list(table(row)[["low", "high"]].itertuples(index=False, name=None))


@pytest.mark.parametrize("as_of", ["2026", "2026-11", "2026-11-24"])
def test_date_as_precise_as_its_source(as_of):
    """A date may be a year, a month or a day."""
    assert [as_of] == list(table(replace(ROW, as_of=as_of))["as_of"])


def test_contradiction():
    """Two values under one name are refused, with both of them and the way out."""
    with pytest.raises(EvidenceError) as caught:
        table(ROW, replace(ROW, value=90.0))
    expected = (
        "evidence: gpt-4o score.code (article, T3) is given twice: 92.5 and 90.0; "
        "keep one, or let `scope` or `note` say how they differ"
    )
    assert expected == str(caught.value)


def test_sources_that_differ_both_stay():
    """Two sources may disagree; both rows are kept."""
    assert [92.5, 90.0] == list(table(ROW, replace(ROW, value=90.0, ref="T9"))["value"])


def test_columns_do_not_stand_for_each_other():
    """An endpoint and a provider of one name are two rows."""
    assert id_of(replace(ROW, way="gateway")) != id_of(replace(ROW, scope="gateway"))


@pytest.mark.parametrize(
    ("figure", "expected"),
    [
        pytest.param(2.0, (2.0, True), id="a number has no interval"),
        pytest.param(Estimate(2.0, 1.0, 3.0), (2.0, False), id="an estimate brings its interval"),
        pytest.param(Estimate(2.0, float("nan"), float("nan")), (2.0, True), id="an unknown interval is left out"),
    ],
)
def test_contender_row(figure, expected):
    """A contender's row is its model's, through its provider; an id may hold an @ of its own."""
    row = evidence.contender_row("a@b@gateway", "score.code", figure, "%", "2026-11-24", "mine", 9, scope="tag")
    assert ("a@b", "gateway", "tag", "measured", 9) == (row.subject, row.way, row.scope, row.source, row.n)
    assert expected == (row.value, row.low is None and row.high is None)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        pytest.param([], "cannot be read as evidence", id="an empty file"),
        pytest.param(["subject,metric,value"], "column 'low' is missing; evidence has subject,", id="a missing column"),
        pytest.param(
            [HEAD + ",notes"],
            "column 'notes' is not evidence; did you mean 'note'?",
            id="a column that is not evidence",
        ),
        pytest.param([HEAD, "a,b,many,,,,%,article,2026,T1,"], "row 1 (a, b): value is not a number", id="a word"),
        pytest.param([HEAD, "a,b,1,x,y,,%,article,2026,T1,"], "row 1 (a, b): ", id="words for an interval"),
        pytest.param([HEAD, "a,b,1,,,ten,%,article,2026,T1,"], "n is not a whole number: 'ten'", id="a word for n"),
        pytest.param([HEAD, "a,b,1,,,1.5,%,article,2026,T1,"], ": ", id="half an item"),
    ],
)
def test_unreadable(tmp_path, lines, said):
    """A file that is not evidence is told with its path."""
    path = csv(tmp_path, *lines)
    with pytest.raises(EvidenceError) as caught:
        evidence.read(path)
    assert str(caught.value).startswith(str(path))
    assert said in str(caught.value)


def test_file_that_is_not_there(tmp_path):
    """A file that is not there is told as such."""
    with pytest.raises(EvidenceError, match="No such file"):
        evidence.read(tmp_path / "nowhere.csv")


@pytest.mark.parametrize(
    "word",
    [
        pytest.param("None", id="the word None"),
        pytest.param("NA", id="the letters NA"),
        pytest.param("null", id="the word null"),
        pytest.param("007", id="figures that are a name"),
        pytest.param('a "quoted", line', id="quotes and commas"),
        pytest.param("two\nlines", id="a line break"),
        pytest.param("通义千问", id="Chinese"),
        pytest.param("=1+1", id="what a spreadsheet would compute"),
    ],
)
def test_text_survives_the_disk(tmp_path, word):
    """Text comes back from a file as it went in, and so does the row's id."""
    rows = table(replace(ROW, subject=word, note=word))
    evidence.save(rows, tmp_path, "rows")
    pd.testing.assert_frame_equal(rows, evidence.read(tmp_path / "rows.csv"))


def test_figures_survive_the_disk(tmp_path):
    """A float comes back to the last bit, an empty cell empty."""
    seed = random.Random(7)
    values = [seed.uniform(-1, 1) * 10 ** seed.randint(-12, 12) for _ in range(2000)]
    rows = table(
        *(
            Row(f"s{n}", "m", v, "x", "list", "2026", "r", low=v - 1 if n % 2 else None, high=v + 1 if n % 2 else None,
                n=n if n % 3 else None)
            for n, v in enumerate(values)
        )
    )  # fmt: skip
    evidence.save(rows, tmp_path, "rows")
    pd.testing.assert_frame_equal(rows, evidence.read(tmp_path / "rows.csv"))


def test_save_says_so(tmp_path):
    """Saving says how much was saved, and as what."""
    said = evidence.save(table(ROW, replace(ROW, ref="T6")), tmp_path / "new" / "folder", "rows")
    assert "2 rows of evidence saved as rows.csv" == said


def test_same_rows_same_bytes(tmp_path):
    """The order in which rows were gathered does not show in the file."""
    rows = [replace(ROW, subject=f"model-{n}", note="x" * (n % 3)) for n in range(50)]
    for name in ("one", "other"):
        evidence.save(table(*rows), tmp_path, name)
        random.Random(3).shuffle(rows)
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "other.csv").read_bytes()


def test_load_joins_files(tmp_path):
    """Files become one table, in which a row that stands in two of them stands once."""
    evidence.save(table(ROW, replace(ROW, ref="T6")), tmp_path, "one")
    evidence.save(table(ROW, replace(ROW, ref="T7")), tmp_path, "two")
    assert ["T3", "T6", "T7"] == list(evidence.load(tmp_path, ["one", "two"])["ref"])


def test_load_of_files_that_disagree(tmp_path):
    """Two notebooks that disagree about one row are told of, with the folder."""
    evidence.save(table(ROW), tmp_path, "one")
    evidence.save(table(replace(ROW, value=1.0)), tmp_path, "two")
    with pytest.raises(EvidenceError, match=r"gpt-4o score.code .* is given twice: 92.5 and 1.0") as caught:
        evidence.load(tmp_path, ["one", "two"])
    assert str(caught.value).startswith(str(tmp_path))


def test_load_of_what_is_not_there(tmp_path):
    """Evidence that is not there yet names the file and who makes it."""
    evidence.save(table(ROW), tmp_path, "one")
    with pytest.raises(EvidenceError, match=r"two.csv: not there yet; run the notebook that saves it"):
        evidence.load(tmp_path, ["one", "two"])


KINDS = table(*(replace(ROW, source=source, value=float(n)) for n, source in enumerate(evidence.SOURCES)))


def test_find_puts_the_most_trusted_first():
    """All rows on a figure come back, the most trusted kind first."""
    assert list(evidence.SOURCES) == list(evidence.find(KINDS, "gpt-4o", "score.code")["source"])


@pytest.mark.parametrize(
    ("sources", "value"),
    [
        pytest.param([], 0.0, id="of all kinds, the measured one"),
        pytest.param(["article"], 5.0, id="of the article, the article's"),
        pytest.param(
            ["article", "list"], 2.0, id="of two kinds, the more trusted one, in whatever order they are named"
        ),
    ],
)
def test_best(sources, value):
    """The most trusted row is chosen whole; kinds are never averaged."""
    assert value == evidence.best(KINDS, "gpt-4o", "score.code", *sources)["value"]


@pytest.mark.parametrize(
    ("subject", "metric"),
    [
        pytest.param("gpt-4o", "score.chinese", id="another metric"),
        pytest.param("gpt-4", "score.code", id="another subject, though its name begins so"),
    ],
)
def test_best_of_nothing(subject, metric):
    """What the evidence does not hold is None, not 0."""
    assert evidence.best(KINDS, subject, metric) is None


def test_cite():
    """A citation names each row once, in order, and passes over what was not found."""
    rows = [evidence.best(KINDS, "gpt-4o", "score.code", kind) for kind in ("list", "article", "list")]
    rows.insert(1, evidence.best(KINDS, "nobody", "score.code"))
    assert f"{rows[0]['id']} {rows[2]['id']}" == evidence.cite(rows)


def test_cite_a_table():
    """A whole table can be cited, too."""
    assert " ".join(KINDS["id"]) == evidence.cite(KINDS)


def test_kinds():
    """All kinds are counted, the most trusted first, also those of which there is nothing."""
    counted = evidence.kinds(table(ROW, replace(ROW, ref="T6"), replace(ROW, source="list")))
    assert {"measured": 0, "contract": 0, "list": 1, "recorded": 0, "published": 0, "article": 2} == dict(
        zip(counted["kind of evidence"], counted["rows"], strict=True)
    )


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        pytest.param({}, "92.5 %", id="a figure"),
        pytest.param({"value": 1_048_576.0, "unit": "tokens"}, "1,048,576 tokens", id="a large one"),
        pytest.param({"value": 0.0028}, "0.0028 %", id="a small one"),
        pytest.param({"low": 87.43, "high": 95.63}, "92.5 % [87.4, 95.6]", id="one with its interval"),
        pytest.param({"value": 1, "unit": "yes/no"}, "yes", id="yes is a word"),
        pytest.param({"value": -1, "unit": "winner"}, "incumbent", id="a winner too"),
    ],
)
def test_listing_value(change, shown):
    """The appendix shows each row's id, and its figure as it is with unit and interval, or the word it stands for."""
    row = evidence.listing(table(replace(ROW, **change))).iloc[0]
    assert (id_of(replace(ROW, **change)), shown) == (row["id"], row["value"])


def test_listing_source():
    """Kind and date stand together, and the note after the reference, where there is one."""
    through = replace(ROW, metric="c", way="zai", scope="POST: /tickets", against="gpt-4o", note="")
    shown = evidence.listing(table(replace(ROW, metric="a"), replace(ROW, metric="b", note=""), through))
    expected = ["T3; approximate", "T3", "T3; through zai; on POST: /tickets; against gpt-4o"]
    assert expected == list(shown["reference and note"])
    assert {"article 2026"} == set(shown["evidence"])


def test_listing_order():
    """Claim K2 stands before claim K13."""
    shown = evidence.listing(table(replace(ROW, subject="K13"), replace(ROW, subject="K2")))
    assert ["K2", "K13"] == list(shown["subject"])


def test_a_notebook_opened_by_hand_leaves_the_study_alone(tmp_path, monkeypatch):
    """Other evidence than the study's is saved beside it and told; the same, or a build's, is saved in place."""
    monkeypatch.delenv("KIT_BUILD", raising=False)
    folder = tmp_path / "evidence"
    evidence.save(table(ROW), folder, "one")
    assert "1 rows of evidence saved as one.csv" == evidence.save(table(ROW), folder, "one")
    said = evidence.save(table(replace(ROW, value=1.0)), folder, "one")
    assert str(tmp_path / "exploring" / "one.csv") in said
    assert [ROW.value, 1.0] == [
        evidence.read(tmp_path / of / "one.csv")["value"].iloc[0] for of in ("evidence", "exploring")
    ]
    monkeypatch.setenv("KIT_BUILD", "1")
    evidence.save(table(replace(ROW, value=1.0)), folder, "one")
    assert 1.0 == evidence.read(folder / "one.csv")["value"].iloc[0]


def test_evidence_of_another_day_is_refused(tmp_path, monkeypatch):
    """A notebook opened by hand with another date does not mix it with the study's prices; a build may."""
    priced = replace(ROW, source="list", as_of="2026-11-24")
    evidence.save(table(priced), tmp_path / "evidence", "prices")
    monkeypatch.delenv("KIT_BUILD", raising=False)
    assert 1 == len(evidence.load(tmp_path / "evidence", ["prices"], date(2026, 11, 24)))
    with pytest.raises(EvidenceError, match="its prices are of 2026-11-24, and as_of is 2026-12-24"):
        evidence.load(tmp_path / "evidence", ["prices"], date(2026, 12, 24))


@pytest.mark.parametrize("text", ["2026-13-01", "yesterday", "", "2026-11-24T25:00Z"])
def test_a_mistyped_date(text):
    """A date that is none is one line that shows a right one."""
    with pytest.raises(EvidenceError, match="is not a date and hour such as 2026-11-24T15:00Z"):
        evidence.moment(text)


def test_an_error_in_a_notebook_is_one_line():
    """IPython shows a fault of the user's as its message, without a stack of calls."""
    error = EvidenceError("as_of: 'x' is not a date")
    assert ["EvidenceError: as_of: 'x' is not a date"] == error._render_traceback_()

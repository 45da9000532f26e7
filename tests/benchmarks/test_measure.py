"""A study's category is measured on a suite or on recorded answers, and says which; with neither, nothing is."""

from datetime import date

import pandas as pd
import pytest
import stub

from kit import evidence, pricing
from kit.benchmarks import measure
from kit.errors import ItemError

DAY = date(2026, 11, 24)
HOW = {
    "suite": "",
    "items_from": "",
    "recorded_from": "",
    "limit": 0,
    "shots": 0,
    "shuffled": 0,
    "window": 0,
    "budget_usd": "",
}


@pytest.fixture(scope="module")
def server():
    with stub.running() as running:
        yield running


def take(tmp_path, contenders=(), category="general", **how):
    store = tmp_path / "answers.sqlite"
    return measure.measure_category(
        category, measure.SuiteOptions(**HOW | how), contenders, str(store), pricing.ListBook(), DAY
    )


def test_nothing(tmp_path):
    """Without a suite nothing is asked, said or saved."""
    found = take(tmp_path)
    assert (0, [], "Nothing is measured: no suite is named.") == (
        len(found.scores),
        found.evidence_rows(),
        found.description,
    )


def test_suite(server, tmp_path):
    """A suite is asked of each contender, and a letter that never changes scores what the keys allow."""
    who = {"model": "gpt-4o", "base_url": server.url, "called": "says:B"}
    found = take(tmp_path, [who], suite="kit-general", limit=40)
    rows = evidence.frame(found.evidence_rows())
    score = evidence.best(rows, "gpt-4o", "score.general", "measured")
    keys = found.scores["expected"]
    assert pytest.approx(100 * (keys == "B").mean()) == score["value"]
    assert ("kit-general 1, a sample, 40 items", 40) == (score["ref"], score["n"])
    assert "Measured on kit-general 1, a sample, 40 items, with 1 contender." == found.description


@pytest.mark.parametrize(
    ("category", "score", "valid"),
    [
        pytest.param("tools", 0.0, 0.0, id="where calls are due, words are neither right nor valid"),
        pytest.param("structured", 0.0, 0.0, id="words are no JSON"),
        pytest.param("reasoning", 0.0, pytest.approx(200 / 3), id="one of three asks for a weekday, not for a number"),
    ],
)
def test_own_categories(server, tmp_path, category, score, valid):
    """What nothing is published of is measured like the rest, form and content apart."""
    who = {"model": "gpt-4o", "base_url": server.url, "called": "says:Answer: 1234567"}
    found = take(tmp_path, [who], category, suite=f"kit-{category}", limit=3)
    rows = evidence.frame(found.evidence_rows())
    named = [f"{what}.{category}" for what in ("score", "valid")]
    assert [score, valid] == [evidence.best(rows, "gpt-4o", metric)["value"] for metric in named]


def test_recorded(tmp_path):
    """Recorded answers are scored without one call."""
    path = tmp_path / "table.csv"
    path.write_text(
        "item,key,question,choices,x,y\nq1,A,Which?,\"['one', 'two']\",A,B\nq2,B,What?,\"['on', 'off']\",B,\n"
    )
    found = take(tmp_path, recorded_from=str(path))
    assert ["right", "right", "wrong", "unparsed"] == list(found.scores.sort_values("contender")["outcome"])
    assert found.description.startswith("Recorded: table.csv")


@pytest.mark.parametrize(
    ("how", "said"),
    [
        pytest.param(
            {"suite": "kit-code"},
            "kit-code: is a suite of the category code, not general",
            id="another category's suite",
        ),
        pytest.param({"suite": "kit-general"}, "kit-general: nobody is asked", id="a suite without contenders"),
        pytest.param({"suite": "kit-genral"}, "did you mean 'kit-general'?", id="an unknown suite"),
    ],
)
def test_refused(tmp_path, how, said):
    """What cannot be measured is told in one line."""
    with pytest.raises(ItemError, match=said):
        take(tmp_path, **how)


def test_asked():
    """What would be asked is known before: for a dry run."""
    assert (12, 0, 0) == tuple(
        len(measure.planned_requests(measure.SuiteOptions(**HOW | how)))
        for how in ({"suite": "kit-code", "limit": 12}, {}, {"recorded_from": "x"})
    )


def test_beside():
    """Measured and published scores stand side by side, each under its kind."""
    measured = pd.DataFrame([{"contender": "gpt-4o@x", "items": 10, "score": 80.0, "low": 50.0, "high": 95.0}])
    published = evidence.frame([evidence.Row("gpt-4o", "score.general", 88.7, "%", "article", "2026", "T2")])
    assert [("gpt-4o@x", "measured"), ("GPT-4o", "article")] == [
        (row.label, row.kind) for row in measure.beside_published(measured, published).itertuples()
    ]
    assert 0 == len(measure.beside_published(measured.iloc[:0], published))


def test_unanswered(server, tmp_path):
    """The answer says who did not answer, and the others are measured all the same."""
    bad = {"model": "gpt-4o", "way": "bad", "base_url": server.url, "called": "401"}
    good = {"model": "gpt-4o-mini", "way": "good", "base_url": server.url, "called": "says:B"}
    found = take(tmp_path, [bad, good], suite="kit-general", limit=8)
    assert "gpt-4o@bad did not answer 8 of 8 requests. gpt-4o-mini@good " in found.summary
    assert evidence.best(evidence.frame(found.evidence_rows()), "gpt-4o-mini", "score.general") is not None


def test_budget_leaves_no_subject_out(server, tmp_path):
    """What a budget leaves unasked is spread over the suite, for requests go in a drawn order."""
    who = {"model": "gpt-4o", "way": "dear", "base_url": server.url, "called": "says:A"}
    found = take(tmp_path, [who], suite="kit-general", budget_usd="0.004")
    answered = found.scores[found.scores["outcome"] != "unanswered"]
    assert 0 < len(answered) < 60
    assert answered["group"].nunique() > 4


def test_no_key(server, tmp_path):
    """A suite without keys is refused before it is paid for."""
    folder = tmp_path / "ceval" / "test"
    folder.mkdir(parents=True)
    (folder / "law_test.csv").write_text("id,question,A,B,C,D\n0,谁?,一,二,三,四\n", encoding="utf-8")
    who = {"model": "m", "base_url": server.url, "called": "says:A"}
    with pytest.raises(ItemError, match="ceval-test: its items have no key"):
        take(tmp_path, [who], "chinese", suite="ceval-test", items_from=str(folder.parent))
    assert not (tmp_path / "answers.sqlite").exists()


def thinker(server, **more):
    """A model that thinks by default, which thinks for 2,000 tokens before it says B."""
    return server.contender("ponders:2000,B", model="deepseek-v4-flash", **more)


def test_model_that_thinks_gets_room_for_it(server, tmp_path):
    """A suite's limit is for the answer: the catalog knows who thinks first, and thoughts have a limit beside it."""
    found = take(tmp_path, [thinker(server)], suite="kit-general", limit=2)
    assert {64 + 8192} == {body["max_tokens"] for body in server.bodies[-2:]}
    assert {"cut off", "unparsed"}.isdisjoint(found.scores["outcome"])


def test_contenders_own_limit_wins_and_what_it_cuts_off_is_no_zero(server, tmp_path):
    """An answer cut off within its thoughts is told, bounds the score, and is never one of 0 %."""
    found = take(tmp_path, [thinker(server, way="short", defaults={"max_tokens": 100})], suite="kit-general", limit=2)
    assert {100} == {body["max_tokens"] for body in server.bodies[-2:]}
    assert ["cut off", "cut off"] == found.scores["outcome"].tolist()
    assert "was cut off before an answer in 2 of 2: give it a larger max_tokens" in found.summary
    rows = {row.metric: row.value for row in found.evidence_rows()}
    assert (2.0, False) == (rows[evidence.UNANSWERED], "score.general" in rows)


def test_recorded_answers_keep_their_kind_and_day(tmp_path):
    """What others recorded is evidence of its own kind, of its file's day; epochs that agree count once."""
    path = tmp_path / "outcomes_2026-10-05.csv"
    lines = [f"{item},m,1,{attempt}" for item in "abcdef" for attempt in range(3)]
    path.write_text("\n".join(["item,model,mark,attempt", *lines]) + "\n")
    (score,) = [row for row in take(tmp_path, recorded_from=str(path)).evidence_rows() if row.metric == "score.general"]
    assert ("recorded", "2026-10-05", 61.0) == (score.source, score.as_of, round(score.low, 1))

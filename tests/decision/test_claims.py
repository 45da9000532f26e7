"""Each claim of the article, its verdict, and the figures that would turn it."""

from datetime import date, datetime

import pandas as pd
import pytest

from kit import catalog, evidence, pricing
from kit.benchmarks import published_scores
from kit.catalog import article
from kit.decision import claims
from kit.decision.citations import Citations
from kit.decision.claim_checks import CHECKS
from kit.evidence import Row
from kit.report import access_chapter

DAY = date(2026, 11, 24)
V4, GPT, MINI, QWEN, KIMI, CLAUDE = (
    "deepseek-v4-flash", "gpt-4o", "gpt-4o-mini", "qwen3-32b", "kimi-k2.5", "claude-3.5-sonnet"
)  # fmt: skip


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """The evidence of the article study: the article's figures, list prices and what is published."""
    folder = tmp_path_factory.mktemp("evidence")
    figures = article.figures()
    at = datetime.fromisoformat(f"{DAY}T15:00Z")
    parts = {
        "article": figures[~figures["metric"].str.startswith("score.")],
        "scores": pd.concat([published_scores.published_rows(category) for category in ("general", "code", "chinese")]),
        "list": evidence.frame(pricing.price_rows(pricing.ListBook(), catalog.models(), at)),
        "published": access_chapter.published(catalog.models()),
    }
    for name, rows in parts.items():
        evidence.save(rows, folder, name)
    return evidence.load(folder, list(parts))


@pytest.fixture(scope="module")
def findings(table):
    """The audit of that evidence, by claim."""
    return {found.claim: found for found in claims.audit_claims(table, DAY)}


def changed(table, subject, metric, value, source="article"):
    """The evidence with another figure in one place."""
    at = (table["subject"] == subject) & (table["metric"] == metric) & (table["source"] == source)
    assert at.any(), "the figure that is to change must be there"
    return table.assign(value=table["value"].where(~at, float(value)))


def without(table, **where):
    """The evidence without the rows that have these values."""
    return table[~pd.concat([table[column] == value for column, value in where.items()], axis=1).all(axis=1)]


ON_ITEMS = {"n": 500, "way": "gateway", "against": "gpt-4o@openai"}


def measured(*rows):
    """Rows of a run: subject, metric, value and then low, high, n."""
    return evidence.frame(
        Row(subject, metric, value, "%", "measured", str(DAY), "run 1", **rest) for subject, metric, value, rest in rows
    )


def verdict(table, claim, day=DAY):
    return CHECKS[claim](Citations(table, day))[0]


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        pytest.param("K1", "holds only if", id="K1: Claude is 60 times V4 Flash, if nothing is read"),
        pytest.param("K2", "holds only if", id="K2: GPT-4o is 40 times V4 Flash, if nothing is read"),
        pytest.param("K3", "holds", id="K3: the multipliers are those of the output prices"),
        pytest.param("K4", "holds", id="K4: 89.0 less 85.5 are 3.5 points"),
        pytest.param("K5", "holds only if", id="K5: half a point is less than one of 164 items"),
        pytest.param("K6", "contradicted", id="K6: 88.0 do not beat 88.5"),
        pytest.param("K7", "holds only if", id="K7: three lead on C-Eval, V4 Flash does not"),
        pytest.param("K8", "holds only if", id="K8: 2.14 times on output, and dearer on input"),
        pytest.param("K9", "holds", id="K9: a fifth, 5.0 on output and 5.08 on input"),
        pytest.param("K10", "not checkable", id="K10: no run is behind a speed"),
        pytest.param("K11", "contradicted", id="K11: 128K and 200K are 1M and 262K"),
        pytest.param("K12", "contradicted", id="K12: all four document an OpenAI-compatible endpoint"),
        pytest.param("K13", "not checkable", id="K13: the author's items are not public"),
        pytest.param("K14", "not checkable", id="K14: no cost of an accepted answer was measured"),
        pytest.param("K15", "contradicted", id="K15: the code looks at no confidence"),
        pytest.param("K16", "holds only if", id="K16: not every model has all that the code may need"),
        pytest.param("K17", "holds only if", id="K17: some prices are charged, some have moved"),
        pytest.param("K18", "holds only if", id="K18: some can be bought, some are gone"),
    ],
)
def test_verdict(findings, claim, expected):
    """On the evidence of the article study each claim has the verdict that arithmetic gives it."""
    assert expected == findings[claim].verdict


def test_every_claim_is_checked(findings):
    """K1 to K18 are all checked, in order, and each is told in words and answered with a reason."""
    assert [f"K{n}" for n in range(1, 19)] == list(findings)
    assert [] == [claim for claim, found in findings.items() if not found.text or not found.because]


def test_verdicts_are_known(findings):
    """A verdict is one of four."""
    assert set(claims.VERDICTS) == {found.verdict for found in findings.values()}


def test_findings_cite_what_there_is(table, findings):
    """Each id that a finding cites is a row of the evidence, and only K14, which nothing speaks to, cites none."""
    cited = {claim: set(found.rows.split()) for claim, found in findings.items()}
    assert set() == set().union(*cited.values()) - set(table["id"])
    assert ["K14"] == [claim for claim, rows in cited.items() if not rows]


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        pytest.param("K1", "60x on output, 16.7x on input, 22x at 10:1", id="K1: at ten to one it is 22 times"),
        pytest.param("K1", "at 10:1 $40 becomes $878", id="K1: and the month $878, not $2,400"),
        pytest.param("K2", "40x on output, 13.9x on input", id="K2: 13.9 times on input"),
        pytest.param("K2", "16.7x on output at list prices", id="K2: 10.00 over 0.60 off-peak"),
        pytest.param("K4", "89.0 - 85.5 = 3.5 points", id="K4: the subtraction"),
        pytest.param("K5", "0.5 points are 0.8 of 164 items", id="K5: less than one item"),
        pytest.param("K5", "95 % interval of the gap -5.5 to +6.5", id="K5: and what 164 items leave open (Newcombe)"),
        pytest.param("K6", "88.0 against 88.5", id="K6: the two scores"),
        pytest.param("K15", "escalates on an exception and looks at no confidence", id="K15: what the code does"),
        pytest.param("K7", "DeepSeek V4 Flash 88.0 is left out", id="K7: the one that does not lead"),
        pytest.param("K8", "2.14x on output, 0.833x on input", id="K8: GPT-4o-mini is cheaper on input"),
        pytest.param("K9", "5x on output, 5.08x on input", id="K9: both sides"),
        pytest.param("K11", "printed 128,000, published 1,000,000 or 1,048,576", id="K11: both published figures"),
        pytest.param("K12", "DeepSeek, Alibaba, Moonshot, Z.ai", id="K12: the four that do"),
        pytest.param("K17", "DeepSeek V4 Flash: input -17%, output +140%", id="K17: the drift of V4 Flash"),
        pytest.param("K18", "Claude 3.5 Sonnet (retired since 2025-10-28)", id="K18: one that is gone, and since when"),
    ],
)
def test_because(findings, claim, said):
    """A finding shows its arithmetic."""
    assert said in findings[claim].because


@pytest.mark.parametrize(
    ("claim", "subject", "metric", "value", "source", "expected"),
    [
        pytest.param(
            "K1", CLAUDE, "price.input", 10.8, "article", "holds", id="K1: Claude's input at 60 times V4 Flash's"
        ),
        pytest.param(
            "K1", CLAUDE, "price.output", 5.0, "article", "contradicted", id="K1: Claude's output at 20 times"
        ),
        pytest.param(
            "K1", CLAUDE, "price.output", 25.0, "article", "holds only if", id="K1: at 100 times some mix is 60 times"
        ),
        pytest.param("K2", GPT, "price.input", 7.2, "article", "holds", id="K2: GPT-4o's input at 40 times, too"),
        pytest.param("K2", GPT, "price.output", 2.5, "article", "contradicted", id="K2: GPT-4o's output at 10 times"),
        pytest.param("K2", V4, "price.input", 0.0625, "article", "holds", id="K2: V4 Flash's input at a fortieth"),
        pytest.param("K3", KIMI, "price.multiplier", 11, "article", "contradicted", id="K3: a misprinted multiplier"),
        pytest.param("K3", KIMI, "price.output", 3.5, "article", "contradicted", id="K3: another output price"),
        pytest.param("K4", V4, "score.general", 80.0, "article", "contradicted", id="K4: a spread of nine points"),
        pytest.param("K5", V4, "score.code", 91.0, "article", "contradicted", id="K5: a gap of one and a half points"),
        pytest.param(
            "K5", V4, "score.code", 91.5, "article", "holds only if", id="K5: a gap of one, which is within one"
        ),
        pytest.param("K6", V4, "score.chinese", 88.6, "article", "holds", id="K6: V4 Flash a tenth of a point ahead"),
        pytest.param("K6", V4, "score.chinese", 88.5, "article", "contradicted", id="K6: a draw is not a win"),
        pytest.param("K7", V4, "score.chinese", 88.6, "article", "holds", id="K7: all four Chinese models ahead"),
        pytest.param("K7", GPT, "score.chinese", 95.0, "article", "contradicted", id="K7: none of them ahead"),
        pytest.param(
            "K8", MINI, "price.input", 0.38, "article", "holds", id="K8: GPT-4o-mini's input at 2.1 times, too"
        ),
        pytest.param("K8", MINI, "price.output", 0.3, "article", "contradicted", id="K8: its output at 1.07 times"),
        pytest.param(
            "K9", CLAUDE, "price.input", 6.0, "article", "holds only if", id="K9: Claude's input at ten times"
        ),
        pytest.param(
            "K15", "fallback", "fallback.on_low_confidence", 1, "article", "holds", id="K15: a code that looks"
        ),
    ],
)
def test_figure_turns_the_verdict(table, claim, subject, metric, value, source, expected):
    """A verdict is computed: another figure in the evidence, another verdict."""
    assert expected == verdict(changed(table, subject, metric, value, source), claim)


def test_k18_of_the_unknown(table):
    """K18: a model of which no source speaks is not called gone."""
    silent = table[~((table["subject"] == QWEN) & table["metric"].str.startswith("status."))]
    verdict, because = CHECKS["K18"](Citations(silent, DAY))
    assert ("holds only if", True) == (verdict, "no source found for Qwen3-32B" in because)


def as_printed(table):
    """The evidence with a list that charges what the article prints."""
    printed = article.figures()
    printed = printed[printed["ref"].isin(["T1", "T2", "T3"])]
    figures = {(row.subject, row.metric): row.value for row in printed.itertuples()}
    listed = [figures.get((row.subject, row.metric), row.value) if row.source == "list" else row.value
              for row in table.itertuples()]  # fmt: skip
    return table.assign(value=listed)


@pytest.mark.parametrize(
    ("factor", "expected"),
    [
        pytest.param(1.0, "holds", id="as printed"),
        pytest.param(1.04, "holds", id="within what rounding explains"),
        pytest.param(1.5, "contradicted", id="half as much again"),
    ],
)
def test_k17_follows_the_list(table, factor, expected):
    """K17: the prices are those that are charged, if the list says so."""
    table = as_printed(table)
    table = table.assign(value=table["value"].where(table["source"] != "list", table["value"] * factor))
    assert expected == verdict(table, "K17")


def test_k17_of_one_price(table):
    """K17: one price that has moved is named, and the others still hold."""
    verdict, because = CHECKS["K17"](Citations(changed(as_printed(table), GPT, "price.output", 20, "list"), DAY))
    assert ("holds only if", True) == (verdict, because.endswith("at list, GPT-4o: input +0%, output +100%"))


def test_k2_says_the_list_price(table):
    """K2: the multiple at list prices follows the list: 10.00 over 1.20 at peak is 8.3 times."""
    _, because = CHECKS["K2"](Citations(changed(table, V4, "price.output", 1.2, "list"), DAY))
    assert "8.33x on output at list prices" in because


@pytest.mark.parametrize(
    "day",
    [
        pytest.param(date(2026, 11, 24), id="the study's day"),
        pytest.param(date(2026, 9, 9), id="V4 Flash's last day"),
        pytest.param(date(2025, 10, 28), id="the day on which Claude 3.5 Sonnet went"),
        pytest.param(date(2025, 10, 27), id="the day before"),
    ],
)
def test_k18_follows_the_day(table, day):
    """K18: a model is gone from the day on which its maker says so."""
    _, because = CHECKS["K18"](Citations(table, day))
    lost = because.partition("not any more ")[2].partition("; no source")[0]
    statuses = {model.name: model.status_on(day) for model in catalog.models().values()}
    gone = {name for name, status in statuses.items() if status and status.value == "retired"}
    assert gone == {name for name in statuses if f"{name} (retired" in lost}


@pytest.mark.parametrize(
    ("claim", "where", "expected"),
    [
        pytest.param(
            "K12", {"subject": "zhipu", "metric": "access.wire_format"}, "holds only if",
            id="K12: a provider that documents no such endpoint may have a format of its own",
        ),
        pytest.param(
            "K12", {"metric": "access.wire_format", "source": "published"}, "not checkable",
            id="K12: where none documents any, nothing is known",
        ),
        pytest.param("K11", {"subject": KIMI, "source": "published"}, "not checkable", id="K11: half of it unknown"),
        pytest.param("K7", {"subject": GPT, "metric": "score.chinese"}, "not checkable", id="K7: no one to lead"),
        pytest.param("K16", {"source": "published"}, "not checkable", id="K16: no source on any model"),
    ],
)  # fmt: skip
def test_silence(table, claim, where, expected):
    """What no source says is not taken for a no."""
    assert expected == verdict(without(table, **where), claim)


@pytest.mark.parametrize(
    ("claim", "rows", "expected"),
    [
        pytest.param(
            "K6", [(V4, "score.chinese", 90.0, {"n": 500}), (GPT, "score.chinese", 80.0, {"n": 500})], "holds",
            id="K6: a run in which V4 Flash wins",
        ),
        pytest.param(
            "K6", [(V4, "score.chinese", 99.0, {"n": 500})], "contradicted",
            id="K6: a run of one of them is not set against the article's figure of the other",
        ),
        pytest.param(
            "K5", [(V4, "score.code", 92.5, {"n": 50_000}), (GPT, "score.code", 92.5, {"n": 50_000})], "holds",
            id="K5: a run long enough to show that they are within a point",
        ),
        pytest.param(
            "K5", [(V4, "score.code", 10.0, {"n": 164})], "holds only if",
            id="K5: a run of one of them is not set against the article's figure of the other",
        ),
        pytest.param(
            "K10",
            [(V4, "throughput.tok_s", 60.0, {"low": 58.0, "high": 62.0}),
             (GPT, "throughput.tok_s", 50.0, {"low": 48.0, "high": 52.0})],
            "holds", id="K10: a run in which V4 Flash is faster",
        ),
        pytest.param(
            "K10",
            [(V4, "throughput.tok_s", 40.0, {"low": 38.0, "high": 42.0}),
             (GPT, "throughput.tok_s", 50.0, {"low": 48.0, "high": 52.0})],
            "contradicted", id="K10: a run in which it is slower",
        ),
        pytest.param(
            "K10",
            [(V4, "throughput.tok_s", 60.0, {"low": 45.0, "high": 75.0}),
             (GPT, "throughput.tok_s", 50.0, {"low": 40.0, "high": 60.0})],
            "not checkable", id="K10: a run that cannot tell does not contradict",
        ),
        *(
            pytest.param(
                "K13", [(V4, "difference.tickets", -gap, {"low": -high, "high": -low} | ON_ITEMS)], said, id=name
            )
            for gap, low, high, said, name in (
                (4.0, 3.5, 4.5, "holds", "K13: a run in which the gap is surely between three and five points"),
                (4.0, 1.0, 7.0, "not checkable", "K13: a run that does not settle the gap"),
                (0.0, -0.5, 0.5, "contradicted", "K13: a run in which there is none"),
            )
        ),
        *(
            pytest.param(
                "K14", [(MINI, "times.cost.accepted", times, {"low": low, "high": high} | ON_ITEMS)], said, id=name
            )
            for times, low, high, said, name in (
                (2.0, 1.5, 2.5, "holds", "K14: a run in which an accepted answer of the mini model costs more"),
                (1.1, 0.9, 1.4, "not checkable", "K14: a run that does not settle it"),
                (0.5, 0.4, 0.6, "contradicted", "K14: a run in which it costs less"),
            )
        ),
    ],
)  # fmt: skip
def test_measurement(table, claim, rows, expected):
    """What a run has measured is believed before what is printed, and only where it speaks of both sides."""
    assert expected == verdict(pd.concat([table, measured(*rows)]), claim)


@pytest.mark.parametrize(
    "where",
    [
        pytest.param({"source": "article"}, id="the article"),
        pytest.param({"source": "list"}, id="the list"),
        pytest.param({"source": "published"}, id="what is published"),
        pytest.param({"metric": "price.input"}, id="all input prices"),
        pytest.param({"metric": "price.output"}, id="all output prices"),
        pytest.param({"subject": V4}, id="V4 Flash"),
        pytest.param({"subject": "glm-5", "metric": "price.output"}, id="one output price of T1"),
        pytest.param({"subject": V4, "metric": "price.output"}, id="the baseline's output price"),
        pytest.param({"subject": V4, "metric": "score.code"}, id="one score"),
        pytest.param({"ref": "C2"}, id="the fallback's code"),
        pytest.param({"ref": "K1"}, id="what K1 claims"),
    ],
)
def test_missing_evidence(table, where):
    """Evidence that is not there leaves a claim unchecked; it does not stop the audit."""
    assert [f"K{n}" for n in range(1, 19)] == [
        found.claim for found in claims.audit_claims(without(table, **where), DAY)
    ]


def test_no_evidence(table):
    """Without evidence no claim can be checked."""
    assert {"not checkable"} == {found.verdict for found in claims.audit_claims(table.iloc[:0], DAY)}


def test_scores_without_items(table):
    """K5: scores that no number of items stands behind are compared as printed."""
    bare = table.assign(n=pd.array([pd.NA] * len(table), dtype="Int64"))
    assert "holds only if" == verdict(bare, "K5")


def test_tiles(findings):
    """The verdicts make a grid of three rows of six, each cell named by its claim."""
    states, words = claims.claim_tiles(list(findings.values()))
    assert ((3, 6), "contradicted", "K6\ncontradicted") == (states.shape, states.iloc[0, 5], words.iloc[0, 5])

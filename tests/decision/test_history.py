"""A run beside an earlier one: what moved, beyond noise or not, and which verdicts no longer stand."""

from datetime import date

import pandas as pd
import pytest

from kit import evidence
from kit.benchmarks import Choice, Measured, make_suite, read_items, save_items, score_answers
from kit.client.answers import Answer, answer_table
from kit.decision import history
from kit.decision.history import RunVerdict
from kit.errors import EvidenceError
from kit.evidence import Row
from kit.pricing import Usage
from kit.stats import wilson


def row(metric, value, source="list", low=None, high=None, as_of="2026-10-01", ref="r", unit="x", **more):
    return Row("gpt-4o", metric, value, unit, source, as_of, ref, low=low, high=high, **more)


def moved(before, after):
    return history.moved_figures(evidence.frame(before), evidence.frame(after))


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        pytest.param(row("price.output", 10), row("price.output", 8, as_of="2026-11-01", ref="s"), ["yes"],
                     id="a price of another day and list is another price"),
        pytest.param(row("price.output", 10), row("price.output", 10, as_of="2026-11-01"), [], id="the same is not"),
        pytest.param(row("score.code", 90, "measured", 88, 92), row("score.code", 84, "measured", 82, 86), ["yes"],
                     id="a score whose change leaves out 0"),
        pytest.param(row("score.code", 90, "measured", 84, 94), row("score.code", 88, "measured", 82, 92),
                     ["within noise"], id="a score that chance alone moves as much"),
        pytest.param(row("latency.whole", 2.0, "measured"), row("latency.whole", 3.0, "measured"), ["cannot tell"],
                     id="a measured figure without an interval"),
        pytest.param(row("input.vision", 1, "measured", unit="yes/no"),
                     row("input.vision", 0, "measured", unit="yes/no"), ["yes"], id="a yes that is a no"),
        pytest.param(row("price.output", 10), row("price.input", 8), [], id="another figure is not compared"),
        pytest.param(row("price.output", 10), row("price.output", 8, "article"), [], id="nor is another kind"),
    ],
)  # fmt: skip
def test_moved(before, after, told):
    """A price has moved where it differs; a measured figure where more than chance did."""
    assert told == list(moved([before], [after])["moved"])


def scored(right, n, as_of="2026-10-01", metric="score.general", **more):
    low, high = wilson(right / n, n)
    value = 100 * right / n
    return row(
        metric, value, "measured", 100 * low, 100 * high, as_of, "kit-general 1", "%", n=n, way="gateway", **more
    )


def outcomes(right, n):
    values = [1.0] * right + [0.0] * (n - right) if isinstance(right, int) else right
    name = {"subject": "gpt-4o", "way": "gateway", "metric": "score.general", "ref": "kit-general 1"}
    return pd.DataFrame([name | {"item": f"q{i}", "value": value} for i, value in enumerate(values)])


def first_wrong(lost, n, right):
    """Values of a run that lost so many of the first `right` items, and won five of the others."""
    return [float(lost <= i < right + 5) for i in range(n)]


@pytest.mark.parametrize(
    ("before", "after", "items", "told"),
    [
        pytest.param(850, 825, (850, first_wrong(30, 1000, 850)), "yes", id="30 lost and 5 won of the same items"),
        pytest.param(850, 825, None, "cannot tell", id="the same items, of which nobody kept the outcomes"),
        pytest.param(850, 700, None, "yes", id="a change that is clear even of independent samples"),
        pytest.param(850, 847, None, "within noise", id="three of a thousand, which no pairing could show"),
        pytest.param(850, 845, (850, first_wrong(10, 1000, 850)), "within noise", id="10 lost and 5 won"),
    ],
)
def test_same_items(before, after, items, told):
    """Two runs on the same items are compared item by item: exact McNemar of 30 and 5 is 2e-5."""
    runs = evidence.frame([scored(before, 1000)]), evidence.frame([scored(after, 1000, "2026-11-01")])
    kept = [outcomes(values, 1000) for values in items] if items else []
    (found,) = history.moved_figures(*runs, *kept).to_dict("records")
    assert (told, pytest.approx((after - before) / 10)) == (found["moved"], found["change"])
    assert found["low"] <= found["change"] <= found["high"]


def test_items_are_kept_beside_the_evidence(tmp_path):
    """What a benchmark measured comes back item by item; a run that measured nothing leaves no file."""
    when = "2026-11-24T12:00:00+00:00"
    answers = [("gpt-4o@gateway", f"q{i}", 0, Answer("A" if i else "B", "stop", Usage(1), when, 1.0)) for i in range(3)]
    suite = make_suite("mine", "general", [Choice(f"q{i}", "?", ("a", "b", "c", "d"), "A", "s") for i in range(3)])
    measured = Measured("general", score_answers(suite, answer_table(answers)), "mine 1", "", date(2026, 11, 24))
    save_items([measured], tmp_path, "benchmark-general")
    assert [0.0, 1.0, 1.0] == read_items(tmp_path)["value"].tolist()
    save_items([], tmp_path, "benchmark-general")
    assert read_items(tmp_path).empty


def test_items_of_another_layout(tmp_path):
    """A file that is not laid out as one is refused by name."""
    (tmp_path / "items").mkdir()
    (tmp_path / "items" / "x.csv").write_text("a,b\n1,2\n")
    with pytest.raises(EvidenceError, match="x.csv: its columns are not subject"):
        read_items(tmp_path)


def test_change():
    """The change has its interval: 84 less 90, and hypot(2, 2) = 2.83 on each side."""
    (found,) = moved([row("s", 90, "measured", 88, 92)], [row("s", 84, "measured", 82, 86)]).to_dict("records")
    assert pytest.approx((-6, -8.83, -3.17, -0.0667), abs=0.005) == (
        found["change"], found["low"], found["high"], found["relative"]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("others", "told"), [pytest.param(0, "yes", id="alone"), pytest.param(19, "within noise", id="of twenty")]
)
def test_holm(others, told):
    """A change of 4.5, give or take 4.24, is one alone; of twenty figures it is one that chance moves."""
    same = [row(f"score.{n}", 50, "measured", 47, 53) for n in range(others)]
    before = [*same, row("score.code", 50, "measured", 47, 53)]
    after = [*same, row("score.code", 54.5, "measured", 51.5, 57.5)]
    assert [told] == list(moved(before, after)["moved"])


def test_several_references():
    """Where a name has several references, each is compared with its own."""
    before = [row("context.tokens", 100, ref="a"), row("context.tokens", 200, ref="b")]
    after = [row("context.tokens", 100, ref="a"), row("context.tokens", 250, ref="b")]
    assert [(200, 250)] == list(moved(before, after)[["before", "after"]].itertuples(index=False, name=None))


def test_sure_moves_come_first():
    """What surely moved stands before what cannot be told, and that before noise."""
    before = [row("a", 90, "measured", 84, 94), row("b", 1, "measured"), row("c", 1)]
    after = [row("a", 88, "measured", 82, 92), row("b", 2, "measured"), row("c", 2)]
    assert ["c", "b", "a"] == list(moved(before, after)["metric"])


@pytest.mark.parametrize(("before", "after"), [([], [row("a", 1)]), ([row("a", 1)], []), ([], [])])
def test_no_run(before, after):
    """Without a run on one side nothing moved, which prints as an empty table."""
    assert 0 == len(history.moved_table(moved(before, after)))


def test_printed():
    """A line says what it was, what it is, and by how much, absolutely and relatively."""
    (line,) = history.moved_table(moved([row("price.output", 10)], [row("price.output", 8)])).to_dict("records")
    assert ("10", "8 x", "-2, -20.0%", "yes") == (line["before"], line["after"], line["change"], line["moved"])


def test_verdicts():
    """Candidates, endpoints and comparisons on the same items have verdicts."""
    rows = [
        row("verdict.route", 1, "measured", way="new", scope="tag: urgent", against="gpt-4o@old"),
        row("difference.code", -1, "measured", -2, 0, way="new", against="gpt-4o@old"),
    ]
    found = history.standing_verdicts(evidence.frame(rows), "gpt-4o", ["glm-5"], [], 3.0, date(2026, 11, 24))
    assert {
        "glm-5 for gpt-4o": "undecided",
        "gpt-4o, through new; on tag: urgent; against gpt-4o@old": "route",
        "gpt-4o, through new; against gpt-4o@old: code": "equivalent",
    } == {name: one.verdict for name, one in found.items()}


@pytest.mark.parametrize(
    ("difference", "word", "unshown"),
    [
        pytest.param((-1, -6, 4), "unresolved", True, id="a wide interval contradicts nothing"),
        pytest.param((-2, -3.9, -0.1), "worse", True, id="a little worse, within the margin"),
        pytest.param((-8, -11, -5), "worse", False, id="worse by more than the margin"),
    ],
)
def test_what_a_run_contradicts(difference, word, unshown):
    """A comparison that stood as not worse is lost if the whole interval lies below minus the margin."""
    value, low, high = difference
    rows = [row("difference.code", value, "measured", low, high, way="new", against="gpt-4o@old")]
    (*_, found) = history.standing_verdicts(evidence.frame(rows), "gpt-4o", [], [], 3.0, date(2026, 11, 24)).values()
    assert (word, unshown) == (found.verdict, found.unshown)


STAY, OPEN = RunVerdict("stay", "m"), RunVerdict("undecided", "m")
MIGRATE, UNSHOWN = RunVerdict("migrate", "m"), RunVerdict("undecided", "m", unshown=True)


@pytest.mark.parametrize(
    ("before", "after", "moved", "changes"),
    [
        pytest.param({"a": MIGRATE}, {"a": MIGRATE}, "no", [], id="the same holds"),
        pytest.param({"a": MIGRATE}, {"a": STAY}, "no", [("migrate", "stay", False)], id="another one does not"),
        pytest.param({"a": MIGRATE}, {"a": OPEN}, "no", [("migrate", "undecided", False)], id="nor a lack"),
        pytest.param({"a": MIGRATE}, {"a": UNSHOWN}, "no", [("migrate", "undecided", True)],
                     id="one that a sample does not show again is not contradicted"),
        pytest.param({"a": MIGRATE}, {"a": UNSHOWN}, "yes", [("migrate", "undecided", False)],
                     id="but it is, if the scores on the same items moved"),
        pytest.param({"a": MIGRATE}, {}, "no", [("migrate", "", False)], id="nor one that is gone"),
        pytest.param({}, {"a": STAY}, "no", [], id="a new one changes nothing"),
    ],
)  # fmt: skip
def test_changes(before, after, moved, changes):
    """A verdict that stood and does not hold is a change, and is told apart from one that is only not shown again."""
    figures = pd.DataFrame({"subject": ["m"], "metric": ["score.code"], "moved": [moved]})
    found = history.changed_verdicts(before, after, figures)
    assert changes == [(one.was, one.now, one.unshown) for one in found]


@pytest.mark.parametrize(
    ("rows", "day"),
    [
        pytest.param([row("a", 1), row("b", 1, as_of="2026-10-02")], date(2026, 10, 2), id="of its list prices"),
        pytest.param([row("a", 1, "measured")], date(2026, 11, 24), id="else the study's"),
    ],
)
def test_day(rows, day):
    """A run is of the day of its list prices: on that day its models are served or not."""
    assert day == history.day_of(evidence.frame(rows), date(2026, 11, 24))

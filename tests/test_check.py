"""`python -m kit check STUDY` ends with 3 and a line for each verdict that no longer holds, else with 0."""

import json
import shutil

import pytest

from kit.build import snapshot

FIRST = """
from kit.evidence import Row, frame, save
def row(subject, metric, value, source="list", **more):
    return Row(subject, metric, value, "x", source, "2026-11-24", "toy", **more)
ours, theirs = "deepseek-v4-flash", "gpt-4o"
rows = [
    Row(ours, "status.served", 1, "x", "published", "2026-01-01", "toy"),
    *(row("gateway", f"access.{what}", 1, "published") for what in ("payment", "signup", "wire_format", "geo")),
    row(ours, "bill.month", 100.0 * factor), row(theirs, "bill.month", 500.0),
    *(row(who, "score.general", 90.0, "measured", n=20000) for who in (ours, theirs)),
]
save(frame(rows), evidence_dir, saves)
"""
HOLDS = "tiny: 1 verdicts, all hold"
LOST = "deepseek-v4-flash for gpt-4o: was migrate, is stay"


@pytest.fixture
def shop(workshop):
    """A study whose candidate costs 100 dollars a month times `factor`, and whose incumbent 500."""
    workshop.notebook("first", 'factor = 1\nevidence_dir = ""\nsaves = ""', FIRST)
    price(workshop, 2)
    return workshop


def price(shop, factor):
    runs = {"one": {"notebook": "first", "factor": factor}, "two": {"notebook": "second"}}
    shop.study(candidates=["deepseek-v4-flash"], needs=["general"], runs=runs)


def check(shop, *arguments):
    done = shop.run("check", "tiny", *arguments)
    return done.returncode, done.stdout.splitlines()


def test_months(shop):
    """Month by month: a first run, a price that changes no verdict, one that does, and what it is held to instead."""
    assert (0, ["tiny: 1 verdicts, and no earlier run"]) == check(shop)
    shutil.copytree(shop.out / "tiny" / "evidence", shop.root / "kept")
    price(shop, 3)
    assert (0, [HOLDS]) == check(shop)
    price(shop, 6)
    shop.build()  # a report that was built in between is no reason to miss it
    assert (3, [LOST]) == check(shop)
    assert (3, [LOST]) == check(shop, "--against", "kept")


@pytest.mark.parametrize(
    ("agreed", "differed", "code", "told"),
    [
        pytest.param(190, 10, 0, False, id="the model that was moved to agrees as in the replay"),
        pytest.param(100, 100, 3, True, id="it has drifted"),
    ],
)
def test_drift(shop, agreed, differed, code, told):
    """Live agreement is held to the replay's at the same endpoint, and the endpoint is named."""
    measured = '    row(ours, "replay.agrees", 95.0, "measured", way="deepseek", scope="sort", n=100),\n]\nsave'
    parameters = 'factor = 1\nevidence_dir = ""\nsaves = ""'
    shop.notebook("first", parameters, FIRST.replace("]\nsave", measured))
    row = {
        "kit.endpoint": "sort",
        "kit.shadow.contender": "gpt-4o@openai",
        "kit.shadow.of": "deepseek-v4-flash@deepseek",
    }
    lines = [json.dumps(row | {"kit.shadow.agrees": n < agreed}) for n in range(agreed + differed)]
    (shop.root / "shadow.jsonl").write_text("\n".join(lines) + "\n")
    ended, said = check(shop, "--shadow", "shadow.jsonl")
    assert (code, told) == (ended, any("sort: deepseek-v4-flash@deepseek has drifted" in line for line in said)), said


def test_committed_evidence(shop):
    """In a clone, the earlier run is the evidence that is in the repository."""
    folder = shop.out / "tiny" / "evidence"
    exec(FIRST, {"factor": 2, "evidence_dir": folder, "saves": "one"})
    price(shop, 6)
    assert (3, [LOST]) == check(shop)


def test_model_that_got_a_date(shop):
    """A model of the study that the earlier run knew as served, and that now ends on a day, is told."""
    served = 'Row(theirs, "status.served", 1, "x", "published", "2026-01-01", "toy"), Row(ours, '
    exec(FIRST.replace("Row(ours, ", served, 1), {"factor": 2, "evidence_dir": shop.root / "then", "saves": "one"})
    code, lines = check(shop, "--against", "then")
    assert (3, 1) == (code, len(lines))
    assert lines[0].startswith("gpt-4o shuts down on 2027-01-14; its successor is gpt-6-luna (litellm ")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        pytest.param(["check", "tny"], 2, "tny.yaml does not exist; did you mean 'tiny'?", id="an unknown study"),
        pytest.param(
            ["check", "tiny", "--against", "nowhere"], 2, "--against: nowhere holds no evidence", id="nothing there"
        ),
    ],
)
def test_mistakes(shop, arguments, code, said):
    """A mistake is told in a line, with another exit code than a verdict."""
    done = shop.run(*arguments)
    assert (code, True, False) == (done.returncode, said in done.stderr, "Traceback" in done.stderr)


def test_failing_notebook(shop):
    """A build that fails ends as a report's does, and not as a verdict that is lost."""
    shop.notebook("first", 'factor = 1\nevidence_dir = ""\nsaves = ""', "1 / 0")
    done = shop.run("check", "tiny")
    assert (1, "") == (done.returncode, done.stdout)


def evidence(folder, **files):
    (folder / "evidence").mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / "evidence" / f"{name}.csv").write_text(text)


def kept(folder):
    return {path.stem: path.read_text() for path in (folder / "earlier").glob("*.csv")}


def test_earlier(tmp_path):
    """What a build changed is kept as it was; a build that changes nothing leaves the earlier run alone."""
    evidence(tmp_path, a="1", b="1")
    snapshot.begin(tmp_path)
    evidence(tmp_path, a="2")
    snapshot.keep_or_drop(tmp_path)
    assert {"a": "1", "b": "1"} == kept(tmp_path)
    snapshot.begin(tmp_path)
    snapshot.keep_or_drop(tmp_path)
    assert {"a": "1", "b": "1"} == kept(tmp_path)


def test_earlier_of_an_interrupted_build(tmp_path):
    """A build that was interrupted half way is compared with what stood before it."""
    evidence(tmp_path, a="1", b="1")
    snapshot.begin(tmp_path)
    evidence(tmp_path, a="2")
    snapshot.begin(tmp_path)  # the next build; the first one has not settled
    evidence(tmp_path, b="2")
    snapshot.keep_or_drop(tmp_path)
    assert {"a": "1", "b": "1"} == kept(tmp_path)


def test_earlier_for_a_reader(tmp_path):
    """A notebook that shows what moved has the earlier run as soon as what it reads differs, and not before."""
    evidence(tmp_path, a="1", b="1")
    snapshot.begin(tmp_path)
    evidence(tmp_path, b="2")
    snapshot.keep_or_drop(tmp_path, {"a"})
    assert {} == kept(tmp_path)
    snapshot.keep_or_drop(tmp_path, {"a", "b"})
    assert {"a": "1", "b": "1"} == kept(tmp_path)

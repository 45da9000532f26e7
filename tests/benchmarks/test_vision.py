"""Pictures are asked about, and a contender that refuses them is told from one that fails and from one that errs."""

from collections import Counter
from datetime import date

import numpy as np
import pandas as pd
import pytest
import stub
from benchmarks.test_pictures import decoded

from kit import client, evidence, pricing
from kit.benchmarks import answer_scores, measure, suites, vision
from kit.benchmarks.vision import Picture
from kit.client import EMBEDDED, local_model
from kit.errors import AskError

DAY = date(2026, 11, 24)
HOW = {"suite": "kit-vision", "items_from": "", "recorded_from": "", "limit": 0, "shots": 0, "shuffled": 0, "window": 0}
HOW |= {"budget_usd": ""}
OWN, _ = vision.vision_items()


def item(kind, answer):
    return Picture("x", "data:image/png;base64,", "?", answer, kind, 1)


@pytest.fixture(scope="module")
def server():
    with stub.running() as running:
        yield running


def test_items():
    """Ten pictures of each kind at three levels, of at most 20 kB, no two alike."""
    assert {"count": 10, "read": 10, "compare": 10} == Counter(i.kind for i in OWN)
    assert ({1, 2, 3}, 30) == ({i.level for i in OWN}, len({i.png for i in OWN}))
    assert max(len(i.png) for i in OWN) < 20_000


@pytest.mark.parametrize("found", [i for i in OWN if i.kind == "compare"], ids=lambda i: i.id)
def test_bars(found):
    """The bar that the key names is the taller one in the picture, by at least a tenth."""
    dark = (decoded(found.png)[: 192 - 40] != 255).any(axis=2)
    a, b = dark[:, 60].sum(), dark[:, 160].sum()
    assert found.answer == ("A" if a > b else "B")
    assert max(a, b) >= 1.09 * min(a, b)


@pytest.mark.parametrize("found", [i for i in OWN if i.kind == "count"], ids=lambda i: i.id)
def test_shapes(found):
    """So many shapes of the kind are in the picture: told by how full the box around each is."""
    from scipy import ndimage

    dark = (decoded(found.png) != 255).any(axis=2)
    boxes = ndimage.find_objects(ndimage.label(dark)[0])
    full = [dark[box].mean() for box in boxes]
    kinds = ["square" if share > 0.95 else "circle" if share > 0.65 else "triangle" for share in full]
    assert kinds.count(found.question.split()[2].removesuffix("s")) == int(found.answer)


@pytest.mark.parametrize(
    ("found", "text", "outcome"),
    [
        pytest.param(item("count", "5"), "I see two rows.\nAnswer: 5", "right", id="a number behind a thought"),
        pytest.param(item("count", "5"), "There are **5** circles.", "right", id="in bold"),
        pytest.param(item("count", "5"), "Answer: 6", "wrong", id="one too many"),
        pytest.param(item("count", "5"), "I cannot see any picture.", "unparsed", id="no number"),
        pytest.param(item("read", "K7P4"), "Answer: k7 p4", "right", id="neither case nor blanks count"),
        pytest.param(item("read", "K7P4"), 'Answer: "K7P4"', "right", id="nor quotes"),
        pytest.param(item("read", "K7P4"), "Answer: K7F4", "wrong", id="a letter off"),
        pytest.param(item("compare", "B"), "B", "right", id="a letter alone"),
        pytest.param(item("compare", "B"), "Answer: A", "wrong", id="the other bar"),
        pytest.param(item("compare", "B"), "Answer: A or B", "unparsed", id="both"),
        pytest.param(item("compare", "B"), "", "unparsed", id="nothing"),
    ],
)
def test_mark(found, text, outcome):
    """An answer is right or wrong by what it ends on."""
    assert outcome == vision.score(found, text).outcome


def take(server, tmp_path, *words, **how):
    who = [server.contender(word, model="gpt-4o", way=f"w{n}") for n, word in enumerate(words)]
    return measure.measure_category(
        "vision", measure.SuiteOptions(**HOW | how), who, str(tmp_path / "s.sqlite"), pricing.ListBook(), DAY
    )


def test_refused(server, tmp_path):
    """Who refuses pictures is asked each once, scores nothing, has no gap, and comes out as `no`."""
    before = len(server.bodies)
    found = take(server, tmp_path, "blind")
    rows = evidence.frame(found.evidence_rows())
    assert 30 == len(server.bodies) - before
    assert {"not taken"} == set(found.scores["outcome"])
    told = dict(zip(rows["metric"], rows["value"], strict=True))
    assert {"input.vision": 0, "requests.unanswered": 0} == told
    assert "gpt-4o@w0 takes no pictures: it refused 30 of 30." in found.summary


@pytest.mark.parametrize(
    ("word", "sees", "unanswered"),
    [
        pytest.param("says:Answer: A", "unclear", 0, id="a blind guess shows nothing"),
        pytest.param("400", "unclear", 30, id="another error is a gap, and no refusal"),
        pytest.param("413", "unclear", 30, id="nor is a picture that is too large"),
    ],
)
def test_unclear(server, tmp_path, word, sees, unanswered):
    """Only a refusal in its own words says no; and only what no blind guess scores says yes."""
    found = take(server, tmp_path, word)
    rows = evidence.frame(found.evidence_rows())
    assert [sees] == list(vision.sight_table(found.scores)["sees"])
    assert None is evidence.best(rows, "gpt-4o", "input.vision")
    assert unanswered == evidence.best(rows, "gpt-4o", "requests.unanswered")["value"]


def scored(values, outcomes=None):
    """Scores of kit-vision with these values, in the suite's order."""
    suite = suites.read_suite("kit-vision")
    frame = answer_scores.nothing()
    rows = [{"contender": "m@w", "item": i.id, "group": i.kind, "expected": i.answer, "value": value,
             "outcome": outcome} for i, value, outcome in
            zip(suite.items, values, outcomes or ["right" if v else "wrong" for v in values], strict=True)]  # fmt: skip
    return pd.DataFrame(rows).reindex(columns=frame.columns).astype({"value": "Float64"})


@pytest.mark.parametrize(
    ("table", "sees"),
    [
        pytest.param(scored([1.0] * 30), "yes", id="all right"),
        pytest.param(scored([1.0] * 13 + [0.0] * 17), "yes", id="13 of 30: from 27 %, above 26.7"),
        pytest.param(scored([1.0] * 12 + [0.0] * 18), "unclear", id="12 of 30: from 25 %, not above"),
        pytest.param(scored([None] * 30, ["not taken"] * 30), "no", id="all refused"),
        pytest.param(scored([None] * 30, ["not taken"] * 29 + ["failed"]), "unclear", id="one failed otherwise"),
    ],
)
def test_sight(table, sees):
    """The best fixed answers score 26.7 %: a count that comes twice or thrice, no text, half of the bars."""
    found = vision.sight_table(table).iloc[0]
    assert (sees, pytest.approx(800 / 30, abs=0.1)) == (found["sees"], found["blind"])


def test_seen(server, tmp_path):
    """Who reads the pictures has a score and a yes."""
    found = take(server, tmp_path, "says:Answer: A")
    table = found.scores.assign(value=1.0, outcome="right")
    (row,) = vision.vision_evidence(table, "ref", DAY)
    assert ("gpt-4o", "input.vision", 1.0, "yes/no", 30, "w0") == (
        row.subject, row.metric, row.value, row.unit, row.n, row.way)  # fmt: skip


def test_budget(server, tmp_path):
    """A budget can be kept with pictures: so much is set aside for each that no model counts more."""
    found = take(server, tmp_path, "says:Answer: A", budget_usd="0.30")
    answered = found.scores["outcome"] != "unanswered"
    assert 0 < answered.sum() <= 30


def test_embedded(tmp_path):
    """The embedded model refuses a picture, with a status that promises better, and is not asked again."""
    try:
        local_model.weights()
    except AskError:
        pytest.skip("the embedded model is not installed")
    suite = suites.read_suite("kit-vision", limit=2)
    found = client.ask(suite.requests(), EMBEDDED, tmp_path / "s.sqlite", progress=False)
    assert (["images"] * 2, [1, 1]) == (list(found["error_kind"]), list(found["attempts"]))


def test_question():
    """A picture goes out as a part of its own behind the question."""
    (message,) = vision.messages(OWN[0])
    assert ["text", "image_url"] == [part["type"] for part in message["content"]]
    assert np.array_equal(decoded(OWN[0].png), decoded(message["content"][1]["image_url"]["url"]))

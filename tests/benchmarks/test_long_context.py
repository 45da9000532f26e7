"""Long texts hold their facts where they say, and an answer is read to the digit."""

import re

import pytest
import stub

from kit import client, evidence, pricing
from kit.benchmarks import answer_scores, long_context, measure, scores, suites
from kit.benchmarks.long_context import Recall
from kit.errors import ItemError

ONE = Recall("x", "...", {"Lima": "4827"}, "en", "100 tokens, at 50 %", 1)
THREE = Recall("y", "...", {"Lima": "4827", "Oslo": "1234", "Riga": "9001"}, "en", "100 tokens, several", 1)
ZH = Recall("z", "...", {"利马": "4827", "奥斯陆": "1234"}, "zh", "100 tokens, several", 1)
FACT = {"en": "The door code of the {} archive is {}.", "zh": "{}档案馆的门禁代码是{}。"}


@pytest.fixture(scope="module")
def found():
    return long_context.long_context_items(8_300)[0]


def test_lengths():
    """A quarter, a half and the whole of what is left beside question and answer."""
    assert (2_000, 4_000, 8_000) == long_context.context_lengths(8_300)


@pytest.mark.parametrize(
    ("window", "said"),
    [
        pytest.param(0, "kit-long: window: is not given; name the tokens of its longest request", id="none is given"),
        pytest.param(499, "kit-long: window: 499 is below 500", id="one in which lengths are all alike"),
    ],
)
def test_window(window, said):
    """A window must be given, and not too small."""
    with pytest.raises(ItemError, match=said):
        suites.read_suite("kit-long", window=window)


def test_window_of_others():
    """No other suite has a window."""
    with pytest.raises(ItemError, match="kit-code: has no window"):
        suites.read_suite("kit-code", window=1_000)


def test_items(found):
    """60 items: two languages, three lengths, five depths of one fact, and as many texts with several."""
    kinds = {f"{tokens:,} tokens, {where}" for tokens in (2_000, 4_000, 8_000)
             for where in ("at 0 %", "at 25 %", "at 50 %", "at 75 %", "at 100 %", "several")}  # fmt: skip
    assert (60, 60, kinds) == (len(found), len({item.id for item in found}), {item.kind for item in found})
    assert {1: 30, 3: 30} == {many: sum(len(item.key) == many for item in found) for many in (1, 3)}


def test_texts(found):
    """A text is as long as it says, within two sentences, holds each fact once, and no numbers but those of facts."""
    for item in found:
        letters = int(item.id.split("/")[1]) * (4 if item.language == "en" else 1)
        facts = [FACT[item.language].format(place, code) for place, code in item.key.items()]
        assert letters == pytest.approx(len(item.text), abs=150), item.id
        assert [1] * len(facts) == [item.text.count(fact) for fact in facts], item.id
        assert len(item.key) + 2 == len(set(re.findall(r"\d+", item.text))), item.id


def test_depths(found):
    """A fact lies at its depth: a text's first sentence, its last, or so far into it, within two sentences."""
    for item in found:
        if len(item.key) == 1:
            depth, code = int(item.id.split("/")[2]), next(iter(item.key.values()))
            at, least = item.text.index(code) / len(item.text), 100 / len(item.text)
            assert depth / 100 == pytest.approx(at, abs=2 * least), item.id


def test_seeded(found):
    """The same window gives the same texts, and no two of them are alike."""
    assert found == long_context.long_context_items(8_300)[0]
    assert 60 == len({item.text for item in found})


@pytest.mark.parametrize(
    ("item", "text", "outcome", "value", "valid"),
    [
        pytest.param(ONE, "Lima: 4827", "right", 1, True, id="as asked"),
        pytest.param(ONE, "4827", "right", 1, True, id="one code needs no name"),
        pytest.param(ONE, "**Lima**：４８２７", "right", 1, True, id="in bold, full-width"),
        pytest.param(ONE, "The code is 4,827.", "right", 1, True, id="with a comma in it"),
        pytest.param(ONE, "<think>Oslo: 1111. Lima: 2222?</think>Lima: 4827", "right", 1, True, id="behind a thought"),
        pytest.param(ONE, "Oslo: 1234\nLima: 4827", "right", 1, True, id="another place has its own"),
        pytest.param(ONE, "Lima: 4828", "wrong", 0, True, id="a digit off"),
        pytest.param(ONE, "Lima: 48271", "unparsed", 0, False, id="a digit too many is no code"),
        pytest.param(ONE, "Oslo: 4827", "unparsed", 0, False, id="given for another place"),
        pytest.param(ONE, "Lima: 4827 or 1234", "unparsed", 0, False, id="two codes for one place"),
        pytest.param(ONE, "It is not in the text.", "unparsed", 0, False, id="none"),
        pytest.param(ONE, "<think>Lima: 4827", "unparsed", 0, False, id="a thought that never ends"),
        pytest.param(ONE, "", "unparsed", 0, False, id="nothing"),
        pytest.param(ONE, "Lima: 4827 " * 2_000, "unparsed", 0, False, id="without end"),
        pytest.param(THREE, "Lima: 4827\nOslo: 1234\nRiga: 9001", "right", 1, True, id="three as asked"),
        pytest.param(THREE, "Riga: 9001, Oslo: 1234, Lima: 4827", "right", 1, True, id="in another order"),
        pytest.param(THREE, '{"Lima": 4827, "Oslo": "1234", "Riga": 9001}', "right", 1, True, id="as JSON"),
        pytest.param(THREE, "Lima: 1234\nOslo: 4827\nRiga: 9001", "partly", 1 / 3, True, id="two of them swapped"),
        pytest.param(THREE, "Lima: 4827\nOslo: unknown\nRiga: 9001", "partly", 2 / 3, False, id="one left out"),
        pytest.param(THREE, "4827, 1234, 9001", "unparsed", 0, False, id="three without a name are nobody's"),
        pytest.param(THREE, "The brigade has 4827", "unparsed", 0, False, id="a name within a word is none"),
        pytest.param(ZH, "利马：4827\n奥斯陆：1234", "right", 1, True, id="in Chinese"),
        pytest.param(ZH, "利马档案馆的门禁代码是4827，奥斯陆的是1234。", "right", 1, True, id="in a Chinese sentence"),
    ],
)
def test_mark(item, text, outcome, value, valid):
    """A code counts for the place that it is given for, and only if it is the only one."""
    mark = long_context.score(item, text)
    assert (outcome, pytest.approx(value), valid) == (mark.outcome, mark.value, mark.valid)


def test_by_length_and_depth(server, tmp_path):
    """Who reads only the end of a text finds what lies there, and of long texts no more than of short ones."""
    suite = suites.read_suite("kit-long", window=1_500)  # texts of 300, 600 and 1,200 tokens
    who = [server.contender("recalls"), server.contender("recalls:1100", way="short")]
    table = answer_scores.score_answers(suite, client.ask(suite.requests(), who, tmp_path / "s.sqlite", progress=False))
    english = scores.scores_by_group(table[table["item"].str.startswith("en/")]).set_index("group")
    assert {100.0} == set(english["m@stub"])
    short = english["m@short"].filter(like=" at ")
    assert [0.0, 100.0, 100.0, 100.0, 100.0] == list(short.filter(like="300 tokens"))
    assert [0.0, 0.0, 0.0, 0.0, 100.0] == list(short.filter(like="1,200 tokens"))


def test_measured(server, tmp_path):
    """The suite is measured like the others, and its evidence names the window."""
    how = {"suite": "kit-long", "items_from": "", "recorded_from": "", "limit": 10, "shots": 0, "shuffled": 0,
           "window": 1_000, "budget_usd": ""}  # fmt: skip
    who = [server.contender("recalls", model="gpt-4o")]
    taken = measure.measure_category(
        "long", measure.SuiteOptions(**how), who, str(tmp_path / "s.sqlite"), pricing.ListBook(), None
    )
    score = evidence.best(evidence.frame(taken.evidence_rows()), "gpt-4o", "score.long", "measured")
    assert (100.0, "kit-long 1, window 1,000 tokens, a sample, 10 items") == (score["value"], score["ref"])


def test_prose():
    """Prose comes to the tokens asked for, without a digit, and is another for another seed."""
    text = " ".join(long_context.prose(500, "a"))
    assert (True, True, True) == (2_000 <= len(text) < 2_120, not re.search(r"\d", text),
                                  long_context.prose(9, "a") != long_context.prose(9, "b"))  # fmt: skip


@pytest.fixture(scope="module")
def server():
    with stub.running() as running:
        yield running

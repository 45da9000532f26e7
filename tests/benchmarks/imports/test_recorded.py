"""Recorded results are recognised by what they hold, and what was read is said in one line."""

import json
import random

import pytest
from recordings import EPOCHS, MMLU, archived, gsm8k_line, log, output, result, sample, samples, table, written

from kit.benchmarks.imports import FORMS, read
from kit.errors import ItemError


@pytest.mark.parametrize(
    ("form", "make"),
    [
        pytest.param("table", table, id="a table"),
        pytest.param("lm-eval", lambda folder: samples(folder, MMLU), id="samples of the harness"),
        pytest.param("inspect", lambda folder: written(folder, EPOCHS), id="a log of Inspect"),
        pytest.param("inspect", lambda folder: archived(folder, EPOCHS), id="an archive of Inspect"),
        pytest.param("promptfoo", lambda folder: written(folder, output(result())), id="an output of promptfoo"),
    ],
)
def test_recognised(tmp_path, form, make):
    """A file is recognised by what it holds, whatever it is called, and reads the same where its form is named."""
    made = make(tmp_path)
    path = made.with_name("results.bin")
    path.write_bytes(made.read_bytes())
    alone, told = read(path), read(path, form)
    assert (form, form, alone.summary) == (alone.form, told.form, told.summary)


@pytest.mark.parametrize(
    ("text", "form", "said"),
    [
        pytest.param('{"a": 1}', None, "not a form of recorded results that is known", id="some other JSON"),
        pytest.param('{"a": 1', None, "not JSON", id="half of a JSON file"),
        pytest.param(
            "{}", "promtfoo", "'promtfoo' is not a form of recorded results; did you mean 'promptfoo'", id="a slip"
        ),
        pytest.param("item,key,m\n1,A,B\n", "promptfoo", "not JSON", id="a form that it is not"),
        pytest.param("{}", "table", "it holds no rows", id="a table that it is not"),
    ],
)
def test_not_recognised(tmp_path, text, form, said):
    """What is not known is said, with what is."""
    with pytest.raises(ItemError, match=said):
        read(table(tmp_path, text), form)


def test_nothing_there(tmp_path):
    """A path that leads nowhere, and a folder with nothing to read in it, say so."""
    with pytest.raises(ItemError, match="nowhere.csv: no such file or folder"):
        read(tmp_path / "nowhere.csv")
    with pytest.raises(ItemError, match=r"none of samples_\*.jsonl, .* is in it; name a file"):
        read(tmp_path)


def test_said_is_one_line(tmp_path):
    """What a file calls its models, filters and scorers cannot break the line or act in it."""
    scores = {"a\n\x1b[2Jb": {"value": "C"}}
    said = read(written(tmp_path, log(sample(1, scores=scores)))).summary
    assert (1, False, True) == (len(said.splitlines()), "\x1b" in said, "⟨U+001B⟩" in said)


def test_forms():
    """These are the forms."""
    assert ["table", "lm-eval", "inspect", "promptfoo", "bfcl", "helm", "records"] == list(FORMS)


ODD = [None, True, -1, 0.5, float("nan"), 10**30, "", "x", "\ud800", [], [[]], ["x"], {}, {"a": 1}, "2025-99-99"]


def places(data, way=()):
    """The way to each part of nested data."""
    yield way
    inside = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, part in inside:
        yield from places(part, (*way, key))


def changed(data, way, part):
    """The same data with another part at one place."""
    if not way:
        return part
    copy = dict(data) if isinstance(data, dict) else list(data)
    copy[way[0]] = changed(data[way[0]], way[1:], part)
    return copy


@pytest.mark.parametrize(
    ("form", "data"),
    [
        pytest.param("inspect", log(sample(1), sample(2, error={"message": "e"})), id="Inspect"),
        pytest.param("promptfoo", output(result(), result(1, score=0)), id="promptfoo"),
        pytest.param("lm-eval", [MMLU[0], gsm8k_line(1, ["x"], "none", "x", 1.0)], id="lm-evaluation-harness"),
    ],
)
def test_whatever_stands_where(tmp_path, form, data):
    """Whatever stands at whatever place, a file is read, or what is wrong is one line: 100 changes of each form."""
    seed = random.Random(37)
    ways = [way for way in places(data) if len(way) > (form == "lm-eval")]
    told = 0
    for _ in range(100):
        spoilt = changed(data, seed.choice(ways), seed.choice(ODD))
        if form == "lm-eval":
            path = tmp_path / "samples_t.jsonl"
            path.write_text("".join(json.dumps(line) + "\n" for line in spoilt))
        else:
            path = written(tmp_path, spoilt)
        try:
            read(path, form)
        except ItemError as error:
            told += "\n" not in str(error)
    # that some are errors and some are not says that the changes reach what matters
    assert 5 < told < 95

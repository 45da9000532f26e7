"""The JSON object in an answer is read, and not mended."""

import pytest

from kit.client import json_object


@pytest.mark.parametrize(
    ("text", "read"),
    [
        pytest.param('{"a": 1}', {"a": 1}, id="bare"),
        pytest.param(' \n{"a": 1}\n', {"a": 1}, id="between blanks"),
        pytest.param('\ufeff{"a": 1}', {"a": 1}, id="behind a byte-order mark"),
        pytest.param("{}", {}, id="empty object"),
        pytest.param('{"a": {"b": [1, {"c": null}]}}', {"a": {"b": [1, {"c": None}]}}, id="nested"),
        pytest.param('{"意图": "查询余额"}', {"意图": "查询余额"}, id="Chinese"),
        pytest.param('{"a": "}{"}', {"a": "}{"}, id="braces in a string"),
        pytest.param('{"a": "\\"}"}', {"a": '"}'}, id="a quote in a string"),
        pytest.param('```json\n{"a": 1}\n```', {"a": 1}, id="fenced"),
        pytest.param('```\n{"a": 1}\n```', {"a": 1}, id="fenced without a language"),
        pytest.param('```json\n{"a": 1}', {"a": 1}, id="a fence left open"),
        pytest.param('Here you are:\n\n```json\n{"a": 1}\n```\n\nAnything else? {}', {"a": 1}, id="fenced, in prose"),
        pytest.param('Sure! {"a": 1} Hope this helps.', {"a": 1}, id="in prose"),
        pytest.param('Fill {name} in: {"a": {"b": "}"}}', {"a": {"b": "}"}}, id="behind braces that are no JSON"),
        pytest.param('<think>{"a": 2}</think>{"a": 1}', {"a": 1}, id="behind a thought"),
        pytest.param('<think>{"a": 2}</think>\n```json\n{"a": 1}\n```', {"a": 1}, id="fenced, behind a thought"),
        pytest.param('{"a": 1}\n{"a": 2}', {"a": 2}, id="the last of two lines"),
        pytest.param('For example {"a": 0}. Yours: {"a": 1}', {"a": 1}, id="behind an example"),
        pytest.param('```\n{"a": 1}\n```\nCorrected:\n```\n{"a": 2}\n```', {"a": 2}, id="the last of two fences"),
        pytest.param('{"a": 1} // done', {"a": 1}, id="a remark behind it is prose"),
        pytest.param('{"a": 1,} Corrected: {"a": 1}', {"a": 1}, id="a broken draft and its correction"),
        pytest.param('{"a": 1,}', "invalid: Expecting property name", id="a trailing comma"),
        pytest.param("{'a': 1}", "invalid: Expecting property name", id="single quotes"),
        pytest.param("{a: 1}", "invalid: Expecting property name", id="a key without quotes"),
        pytest.param('{"a": True}', "invalid: Expecting value", id="Python's True"),
        pytest.param('{"a": 1, "a": 2}', "invalid: a key is given twice", id="a key twice"),
        pytest.param('{"b": {"a": 1, "a": 1}}', "invalid: a key is given twice", id="a key twice, further in"),
        pytest.param('{"a": NaN}', "invalid: NaN is no JSON", id="NaN"),
        pytest.param('{"a": -Infinity}', "invalid: -Infinity is no JSON", id="infinity"),
        pytest.param('{"a": "\n"}', "invalid: Invalid control character", id="a line break in a string"),
        pytest.param('{"a": "\\ud83d"}', "invalid: 'utf-8' codec", id="half a surrogate pair"),
        pytest.param('{"a": 1 /* one */}', "invalid: Expecting ','", id="a comment"),
        pytest.param(
            'Good {"a": 1}, broken {"a": 1,}', "invalid: Expecting property name", id="the last one is broken"
        ),
        pytest.param('[{"a": 1}]', "not an object", id="a list of objects"),
        pytest.param('The items: [{"a": 1}, {"a": 2}]', "not an object", id="a list of objects in prose"),
        pytest.param('"a"', "not an object", id="a string"),
        pytest.param("null", "not an object", id="null"),
        pytest.param('{"a": [{"b": 1}, {"b"', "cut off", id="cut off, with a whole object inside"),
        pytest.param('{"a": 0}\n{"a":', "cut off", id="cut off, behind a whole object"),
        pytest.param('<think>{"a": 1}', "cut off", id="a thought that never ends"),
        pytest.param("", "empty", id="nothing"),
        pytest.param("I cannot do that.", "no object", id="prose"),
        pytest.param("\\boxed{B}", "no object", id="braces of LaTeX"),
        pytest.param('{"a":' * 100_000, "nested too deep", id="nested a hundred thousand deep"),
        pytest.param("[" * 100_000, "nested too deep", id="a hundred thousand lists"),
        pytest.param("{" * 100_000, "no object", id="a hundred thousand braces"),
        pytest.param('{"a": ' + "1" * 5000 + "}", "invalid: Exceeds the limit", id="a number of five thousand digits"),
    ],
)
def test_json_object(text, read):
    """An answer's object is the last one; what is not JSON to the letter is not mended."""
    found = json_object(text)
    if isinstance(read, dict):
        assert read == found.value
    else:
        assert found.value is None
        assert found.why.startswith(read)

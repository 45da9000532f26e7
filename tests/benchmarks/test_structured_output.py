"""An answer in JSON is marked by form and by content, apart."""

import json

import pytest
from jsonschema import Draft202012Validator

from kit.benchmarks import structured_output, suites
from kit.benchmarks.structured_output import Form

NUMBERS = {"type": "array", "items": {"type": "number"}}
SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"type": "string"}, "vip": {"type": "boolean"}, "note": {"type": ["string", "null"]}, "sizes": NUMBERS,
    },
    "required": ["name", "vip", "note", "sizes"], "additionalProperties": False,
}  # fmt: skip
KEY = {"name": 'Ann "A" Wu', "vip": True, "note": None, "sizes": [1, 2.5]}  # six leaves: the list has three
ITEM = Form("s", "Read it.", "...", SCHEMA, KEY)
OWN = suites.read_suite("kit-structured")


@pytest.mark.parametrize(
    ("text", "outcome", "value", "valid"),
    [
        pytest.param(json.dumps(KEY), "right", 1, True, id="the key"),
        pytest.param(json.dumps(KEY, indent=1) + "\n", "right", 1, True, id="the key in lines"),
        pytest.param(json.dumps(KEY | {"sizes": [1.0, 2.50]}), "right", 1, True, id="numbers written otherwise"),
        pytest.param(json.dumps(KEY | {"name": "Ann A Wu"}), "partly", 5 / 6, True, id="a quote that was lost"),
        pytest.param(json.dumps(KEY | {"vip": 1}), "partly", 5 / 6, False, id="1 is not true"),
        pytest.param(json.dumps(KEY | {"note": ""}), "partly", 5 / 6, True, id="an empty text is not null"),
        pytest.param(json.dumps(KEY | {"sizes": [1]}), "partly", 4 / 6, True, id="a list that is too short"),
        pytest.param(json.dumps(KEY | {"sizes": [1, 2.5, 3]}), "partly", 5 / 6, True, id="a list that is too long"),
        pytest.param(json.dumps(KEY | {"sizes": "1, 2.5"}), "partly", 3 / 6, False, id="a text for a list"),
        pytest.param(json.dumps(KEY | {"more": 1}), "right", 1, False, id="a key too many is a fault of form"),
        pytest.param(json.dumps({"name": 'Ann "A" Wu'}), "partly", 1 / 6, False, id="keys that are missing"),
        pytest.param(f"```json\n{json.dumps(KEY)}\n```", "right", 1, False, id="in a fence"),
        pytest.param(f"Here: {json.dumps(KEY)}", "right", 1, False, id="behind prose"),
        pytest.param(f"<think>so</think>{json.dumps(KEY)}", "right", 1, True, id="behind a thought"),
        pytest.param("{}", "wrong", 0, False, id="nothing in it"),
        pytest.param("[]", "unparsed", 0, False, id="a list"),
        pytest.param("", "unparsed", 0, False, id="an empty text"),
        pytest.param('{"name": "Ann', "unparsed", 0, False, id="cut off"),
        pytest.param('{"name": "Ann",}', "unparsed", 0, False, id="a comma too many"),
        pytest.param('{"name": NaN}', "unparsed", 0, False, id="no JSON number"),
        pytest.param('{"a":' * 3_000, "unparsed", 0, False, id="nested without end"),
        pytest.param('{"sizes":' + "[" * 500 + "]" * 500 + "}", "wrong", 0, False, id="nested deeply"),
        pytest.param(json.dumps(KEY | {"name": "x" * 60_000}), "unparsed", 0, False, id="a very long answer"),
        pytest.param('{"sizes": [1e999, 1' + "0" * 400 + "]}", "partly", 1 / 6, False, id="numbers beyond all bounds"),
    ],
)
def test_mark(text, outcome, value, valid):
    """The share of the key's leaves is the value; parsing and satisfying the schema is the form."""
    mark = structured_output.score(ITEM, text)
    assert (outcome, pytest.approx(value), valid) == (mark.outcome, mark.value, mark.valid)
    assert len(mark.read) < 300


@pytest.mark.parametrize("item", OWN.items, ids=lambda item: item.id)
def test_own_items(item):
    """Each key satisfies its schema and is marked right."""
    mark = structured_output.score(item, json.dumps(item.key, ensure_ascii=False))
    assert ("right", True, "") == (mark.outcome, mark.valid, mark.read)


def objects(schema):
    """A schema's objects, at any depth."""
    if isinstance(schema, dict):
        if "object" in schema.get("type", ""):
            yield schema
        for part in schema.values():
            yield from objects(part)


@pytest.mark.parametrize("item", OWN.items, ids=lambda item: item.id)
def test_strict_schemas(item):
    """Each schema is one, and within what strict modes take: no key is optional, and there are no others."""
    Draft202012Validator.check_schema(item.schema)
    for part in objects(item.schema):
        assert (list(part["properties"]), False) == (part["required"], part["additionalProperties"])


def test_modes():
    """Both modes show the schema to the model; only one has the endpoint enforce it. Each has half of the items."""
    forms = {item.kind: request for item, request in zip(OWN.items, OWN.requests(), strict=True)}
    assert {"type": "json_object"} == forms["json"].parameters["response_format"]
    enforced = forms["schema"].parameters["response_format"]
    assert ("json_schema", True) == (enforced["type"], enforced["json_schema"]["strict"])
    for item, request in zip(OWN.items, OWN.requests(), strict=True):
        assert json.dumps(item.schema, ensure_ascii=False) in request.messages[0]["content"]
    assert 21 == sum(item.kind == "json" for item in OWN.items)

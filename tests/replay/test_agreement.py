"""Agreement: the form of an answer, what two answers have in common, and a hint where only words can be compared."""

import json

import pytest

from kit import replay
from kit.client import Request
from kit.replay import FieldComparison, Output
from kit.replay.outputs import kind as output_kind

SCHEMA = {
    "type": "object",
    "properties": {"queue": {"enum": ["finance", "identity"]}, "tries": {"type": "integer"}},
    "required": ["queue"],
    "additionalProperties": False,
}
TOOL = {"type": "function", "function": {"name": "refund", "parameters": {
    "type": "object", "properties": {"usd": {"type": "number"}}, "required": ["usd"]}}}  # fmt: skip


def asking(form=None, tools=(), **parameters):
    """A request for an object, for an object with a schema, for tools, or for a text."""
    forms = {"object": {"type": "json_object"}, "schema": {"type": "json_schema", "json_schema": {"schema": SCHEMA}}}
    parameters |= {"response_format": form if isinstance(form, dict) else forms[form]} if form else {}
    return Request("r", [{"role": "user", "content": "?"}], parameters, tools)


def calling(name, arguments):
    return Output("", ({"id": "1", "name": name, "arguments": arguments},))


@pytest.mark.parametrize(
    ("request_", "text", "error"),
    [
        pytest.param(asking(), "anything", None, id="no form was asked for"),
        pytest.param(asking({"type": "text"}), "anything", None, id="text is no form"),
        pytest.param(asking("object"), '{"queue": "finance"}', "", id="an object"),
        pytest.param(asking("object"), '```json\n{"queue": "finance"}\n```', "", id="a fence around it is no fault"),
        pytest.param(asking("object"), '<think>{"a": 1}?</think>{"b": 2}', "", id="what is thought is not read"),
        pytest.param(
            asking("object"), 'Sure! {"queue": "finance"}', "prose around the object", id="prose around it is a fault"
        ),
        pytest.param(asking("object"), "[1, 2]", "not an object", id="a list is no object"),
        pytest.param(asking("object"), '{"queue": "fin', "cut off", id="half an object"),
        pytest.param(asking("object"), "", "empty", id="nothing"),
        pytest.param(asking("schema"), '{"queue": "finance", "tries": 2}', "", id="as the schema has it"),
        pytest.param(asking("schema"), '{"queue": "sales"}', "breaks the schema: enum of $.queue", id="a stray value"),
        pytest.param(asking("schema"), '{"tries": 2}', "breaks the schema: required of $", id="a field that lacks"),
        pytest.param(
            asking({"type": "json_object", "schema": {"required": ["a"]}}),
            "{}",
            "breaks the schema: required of $",
            id="a schema where local servers take it",
        ),
        pytest.param(
            asking({"type": "json_schema", "json_schema": {"schema": {"$ref": "http://127.0.0.1:9/schema"}}}),
            "{}",
            "cannot be checked: the schema refers to what is not in it",
            id="a schema elsewhere is not fetched",
        ),
        pytest.param(
            asking({"type": "json_schema", "json_schema": {"schema": {"type": "objekt"}}}),
            "{}",
            "cannot be checked: the schema is none, at $.type",
            id="a schema that is none",
        ),
    ],
)
def test_form(request_, text, error):
    """An answer has the form asked for, or the error says how it breaks it; the model's own words are not repeated."""
    assert error == replay.format_error(request_, Output(text))


@pytest.mark.parametrize(
    ("answer", "choice", "error"),
    [
        pytest.param(calling("refund", '{"usd": 5}'), "auto", "", id="a call that the tool can take"),
        pytest.param(Output("No refund is due."), "auto", None, id="no call, where none must be"),
        pytest.param(Output("No refund is due."), "required", "no tool is called", id="no call, where one must be"),
        pytest.param(calling("delete", "{}"), "auto", "calls 'delete', which is not offered", id="another tool"),
        pytest.param(
            calling("refund", "{}"), "auto", "breaks the schema: required of $", id="an argument that is missing"
        ),
        pytest.param(
            calling("refund", '{"usd": '), "auto", "arguments of refund: cut off", id="arguments that are half"
        ),
    ],
)
def test_tools(answer, choice, error):
    """A call is valid if its tool was offered and can take the arguments."""
    assert error == replay.format_error(asking(tools=[TOOL], tool_choice=choice), answer)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param('{"a": 1, "b": 2}', '{"b": 2, "a": 1}', True, id="the order of keys does not count"),
        pytest.param('{"a": [1, 2]}', '{"a": [2, 1]}', False, id="the order of a list does"),
        pytest.param('{"a": 1}', '{"a": 1.0}', True, id="numbers are compared by value"),
        pytest.param('{"a": 1}', '{"a": "1"}', True, id="a number may be written as text: that is form"),
        pytest.param('{"a": 1}', '{"a": true}', False, id="a number is no boolean"),
        pytest.param('{"a": null}', "{}", False, id="nothing given is not the same as null"),
        pytest.param('{"a": []}', '{"a": {}}', False, id="an empty list is no empty object"),
        pytest.param('{"a": "New  York"}', '{"a": "new york"}', True, id="case and spacing do not count"),
        pytest.param('{"a": 1}', '```json\n{"a": 1}\n```', True, id="a fence does not count"),
        pytest.param('{"a": 1}', "a is 1", False, id="an object is not the words for it"),
        pytest.param("Billing", " billing\n", True, id="words without case and spacing"),
        pytest.param("<think>hm</think>billing", "billing", True, id="words without thoughts"),
        pytest.param("ＡＢＣ１２３", "abc123", True, id="words whatever their width"),
        pytest.param("billing", "Billing.", True, id="a label with a full stop"),
        pytest.param("**Billing**", "\"billing\"", True, id="a label in bold, or in quotes"),
        pytest.param("70,000", "70000", True, id="a number with a comma"),
        pytest.param("30 Nov 2026", "2026-11-30", True, id="a date in words"),
        pytest.param("We ship today, sir or madam, by mail.", "We ship today sir or madam by mail", False,
                     id="punctuation counts in texts"),
        pytest.param('{"tags": ["new", "urgent"]}', '{"tags": ["urgent", "new"]}', True, id="the order of names"),
        pytest.param('{"c": "billing", "reason": "It says so."}', '{"c": "billing", "reason": "Money."}', True,
                     id="a reason in other words"),
        pytest.param('{"c": "billing", "reason": "a"}', '{"c": "other", "reason": "a"}', False, id="another class"),
        pytest.param('{"reply": "Thank you for your letter, sir."}', '{"reply": "We will look into it for you."}', None,
                     id="a reply in other words is for a judge"),
        pytest.param('{"items": [{"sku": "A", "n": 1}, {"sku": "B", "n": 2}]}',
                     '{"items": [{"sku": "B", "n": 2}, {"sku": "A", "n": 1}]}', True, id="the order of objects"),
        pytest.param("", "", True, id="nothing twice"),
    ],
)  # fmt: skip
def test_same(one, other, same):
    """Answers are the same as objects if both are, field by field, else as labels or texts."""
    assert same == replay.same(asking(), Output(one), Output(other))


def test_same_calls():
    """Calls are the same by name and arguments; ids and the spacing of arguments do not count."""
    one = calling("refund", '{"usd": 5}')
    other = Output("", ({"id": "2", "name": "refund", "arguments": '{"usd":5.0}'},))
    assert replay.same(asking(tools=[TOOL]), one, other)
    assert not replay.same(asking(tools=[TOOL]), one, calling("refund", '{"usd": 6}'))


@pytest.mark.parametrize(
    ("text", "objects"),
    [
        pytest.param('Here it is:\n```json\n{"a": 1}\n```\nCheers', False, id="a block within a text"),
        pytest.param('{"a": 1}', True, id="nothing but an object"),
    ],
)
def test_objects_in_texts(text, objects):
    """Where no object was asked for, a text that holds one stays a text."""
    assert objects == (replay.compare_fields(asking(), Output(text), Output(text)) is not None)


@pytest.mark.parametrize(
    ("fields", "one", "other", "same"),
    [
        pytest.param({"note": "ignore"}, {"c": 1, "note": "a"}, {"c": 1, "note": "b"}, True, id="a field left out"),
        pytest.param({"note": "ignore"}, {"c": 1, "note": "a"}, {"c": 1}, True, id="a field left out that is missing"),
        pytest.param({"reason": "label"}, {"reason": "a"}, {"reason": "b"}, False, id="a reason counts"),
        pytest.param({"name": "text"}, {"name": "Ann"}, {"name": "Bob"}, None, id="short words that are text"),
        pytest.param({"a": "unordered"}, {"a": [1, 2]}, {"a": [2, 1]}, True, id="numbers in any order"),
        pytest.param({"a": "ordered"}, {"a": ["x", "y"]}, {"a": ["y", "x"]}, False, id="a ranking"),
        pytest.param({"items.code": "label"}, {"items": [{"code": "12-3456"}]}, {"items": [{"code": "123-456"}]}, False,
                     id="a path: no id, though it looks like one"),
    ],
)  # fmt: skip
def test_fields_of_a_study(fields, one, other, same):
    """A study says which fields count, and of what kind they are."""
    assert same == replay.same(asking("object"), Output(json.dumps(one)), Output(json.dumps(other)), fields)


def test_fields():
    """Fields are named by their paths, and the share is of all fields that either object has."""
    theirs = '{"id": 7, "items": [{"sku": "A", "n": 1}, {"sku": "B", "n": 2}], "note": null}'
    ours = '{"id": 7.0, "items": [{"sku": "a", "n": 3}], "extra": {}}'
    found = replay.compare_fields(asking("object"), Output(ours), Output(theirs))
    assert FieldComparison(
        equal=("id", "items[0].sku"),
        missing=("items[1].sku", "items[1].n", "note"),
        extra=("extra",),
        differing=("items[0].n",),
    ) == found  # fmt: skip
    assert 2 / 7 == found.share
    assert "missing: items[1].sku, items[1].n, note; extra: extra; differing: items[0].n" == str(found)


def test_keys_that_look_like_paths():
    """A key with a dot in it is not taken for a path."""
    one, other = Output('{"a.b": 1}'), Output('{"a": {"b": 1}}')
    assert 0 == replay.compare_fields(asking("object"), one, other).share


def test_deep_objects():
    """An object that is nested as deep as a parser takes it is compared like any other."""
    deep = Output('{"a":' * 400 + "1" + "}" * 400)
    assert 1 == replay.compare_fields(asking("object"), deep, deep).share


@pytest.mark.parametrize(
    ("text", "key", "right"),
    [
        pytest.param("Billing", "billing", True, id="the words of the label"),
        pytest.param("It is billing", "billing", False, id="other words"),
        pytest.param('{"queue": "finance", "why": "x"}', {"queue": "finance"}, True, id="more fields than the label"),
        pytest.param('{"queue": "sales"}', {"queue": "finance"}, False, id="a field that is not the label's"),
        pytest.param("{}", {"queue": "finance"}, False, id="a field that lacks"),
        pytest.param("finance", {"queue": "finance"}, False, id="no object, where the label is one"),
    ],
)
def test_labels(text, key, right):
    """An answer is right if it says what the label says."""
    assert right == replay.matches(asking(), Output(text), key)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        pytest.param("It is refundable", "It is not refundable", 6 / 7, id="a hint does not see a not"),
        pytest.param("我们会退款", "我们退款", 8 / 9, id="Chinese is compared character by character"),
        pytest.param("ドアが壊れた", "ドアは壊れた", 10 / 12, id="Japanese too"),
        pytest.param("a b", "c d", 0, id="no word in common"),
        pytest.param("a, b!", "B a", 1, id="order, case and punctuation do not count"),
        pytest.param("", "", 1, id="nothing twice"),
        pytest.param("", "a", 0, id="nothing beside something"),
    ],
)
def test_similar(one, other, alike):
    """The hint is twice the words in common, by the words of both."""
    assert pytest.approx(alike) == replay.word_overlap(Output(one), Output(other))


@pytest.mark.parametrize(
    ("request_", "answer", "kind"),
    [
        pytest.param(asking("object"), Output("oh no"), "json", id="an object was asked for"),
        pytest.param(asking(), Output('{"a": 1}'), "json", id="an object came"),
        pytest.param(asking(), Output("billing"), "label", id="a word"),
        pytest.param(asking(), Output("Yes.\nNo."), "text", id="two lines"),
        pytest.param(asking(), Output("x" * 33), "text", id="more than 32 characters"),
        pytest.param(asking(tools=[TOOL]), calling("refund", "{}"), "tools", id="a call"),
    ],
)
def test_kind(request_, answer, kind):
    """Only a text can say the same in other words."""
    assert kind == output_kind(request_, answer)


def test_shown():
    """An answer reads as its text, and its calls behind it."""
    shown = Output("One moment.", calling("refund", '{"usd": 5}').calls)
    assert {"tool_calls": [{"name": "refund", "arguments": {"usd": 5}}]} == json.loads(str(shown).split("\n")[1])
    assert "plain" == str(Output("plain"))

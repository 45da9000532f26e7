"""LiteLLM, which is not ours: its proxy is probed, and its own loader reads what the kit exports.

`nox -s peers` installs it in an environment of its own and names that in LITELLM; see noxfile.py.
"""

import json
import os
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest
import quirks
import yaml

from kit.conformance import probe
from kit.service import Policy, to_litellm

HOME = os.environ.get("LITELLM", "")
KEY = "sk-proxy-4711"
PORT = 48_123

pytestmark = pytest.mark.skipif(not HOME, reason="LITELLM names no environment that has litellm[proxy]")


@pytest.fixture(scope="module")
def proxy(tmp_path_factory):
    """LiteLLM's proxy in front of an endpoint on loopback; yields the endpoint and the proxy's base URL."""
    folder = tmp_path_factory.mktemp("litellm")
    with quirks.running() as endpoint:
        model = {"model": "openai/good-1", "api_base": endpoint.url, "api_key": quirks.KEY}
        config = {"model_list": [{"model_name": "good-1", "litellm_params": model}],
                  "general_settings": {"master_key": KEY}}  # fmt: skip
        (folder / "config.yaml").write_text(yaml.safe_dump(config))
        with (folder / "log").open("w") as log, subprocess.Popen(
            [Path(HOME) / "bin" / "litellm", "--config", "config.yaml", "--port", str(PORT), "--host", "127.0.0.1"],
            cwd=folder, stdout=log, stderr=subprocess.STDOUT, env={**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "1"},
        ) as server:  # fmt: skip
            url = f"http://127.0.0.1:{PORT}"
            for _ in range(600):
                try:
                    urllib.request.urlopen(f"{url}/health/liveliness", timeout=1)
                    break
                except OSError:
                    assert server.poll() is None, (folder / "log").read_text()[-2_000:]
                    time.sleep(0.1)
            try:
                yield endpoint, f"{url}/v1"
            finally:
                server.terminate()


def probed(proxy, monkeypatch, *switched):
    """What the probe finds of the proxy while the endpoint behind it has these quirks."""
    endpoint, url = proxy
    endpoint.quirks, endpoint.cached = set(switched), set()
    monkeypatch.setenv("PROXY_KEY", KEY)
    return probe({"model": "good-1", "base_url": url, "key": "PROXY_KEY", "way": "litellm"}).findings


def test_proxy(proxy, monkeypatch):
    """Through another implementation the features of the endpoint behind it are found, and its own limits."""
    findings = probed(proxy, monkeypatch)
    found = {name: finding.status for name, finding in findings.items()}
    same = ("chat", "usage", "stream", "stream_usage", "system_role", "json_mode", "json_schema", "tools",
            "parallel_tools", "forced_tool", "tool_results", "logprobs", "seed", "n", "stop", "max_tokens", "images",
            "unicode", "long_prompt", "error_model", "models")  # fmt: skip
    assert dict.fromkeys(same, "supported") == {name: found[name] for name in same}
    # LiteLLM 1.108.7 without a database: a wrong key is a bad request
    assert ("broken", True) == (found["error_key"], "status 400, where 401" in findings["error_key"].words)


def test_quirk_behind_a_proxy(proxy, monkeypatch):
    """A quirk of the endpoint is found through the proxy."""
    found = probed(proxy, monkeypatch, "json schema ignored", "seed ignored", "system ignored")
    names = ("json_schema", "seed", "system_role", "stop")
    assert ("ignored", "ignored", "ignored", "supported") == tuple(found[name].status for name in names)


LOADS = """
import asyncio, json, sys, yaml
from litellm import Router
from litellm.proxy.proxy_server import ProxyConfig
config = asyncio.run(ProxyConfig().get_config(config_file_path=sys.argv[1]))
router = Router(model_list=config["model_list"], **config["router_settings"])
answers = [router.completion(kind, [{"role": "user", "content": "Good morning."}]) for kind in ("low", "otherwise")]
print(json.dumps([[one.choices[0].message.content, router.fallbacks] for one in answers]))
"""


def test_exported_policy(tmp_path, monkeypatch):
    """LiteLLM's own loader reads an exported policy, and asks the second contender where the first one fails."""
    with quirks.running() as endpoint:
        monkeypatch.setenv("QUIRKY_KEY", quirks.KEY)
        good = {"model": "m", "base_url": endpoint.url, "called": "good-1", "key": "QUIRKY_KEY", "way": "a"}
        down = good | {"base_url": "http://127.0.0.1:9/v1", "way": "b"}
        policy = Policy.read({"kinds": {"low": [down, good]}, "otherwise": [good], "attempts": 1})
        (tmp_path / "config.yaml").write_text(yaml.safe_dump(dict(to_litellm(policy).config)))
        done = subprocess.run(
            [Path(HOME) / "bin" / "python", "-c", LOADS, tmp_path / "config.yaml"], capture_output=True, text=True,
            env={**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True"}, timeout=120,
        )  # fmt: skip
    assert 0 == done.returncode, done.stderr[-2_000:]
    first, second = json.loads(done.stdout.splitlines()[-1])
    assert ("Good morning to you.", "Good morning to you.") == (first[0], second[0])
    assert [{"low": ["low-2"]}] == first[1]

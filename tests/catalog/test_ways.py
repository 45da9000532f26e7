"""Providers are data: `kit ways` lists them, never a key, and a team adds its own in one YAML file."""

import pytest
from command import kit

from kit import catalog, client
from kit.errors import AskError, CatalogError

SECRET = "sk-" + "not-to-be-shown-anywhere-1234"
OWN = """
gpu-box: {name: Our GPU box, base_url: "http://gpu-box:8000/v1", key: GPU_BOX_KEY, models: {glm-5: glm-5-awq}}
azure: {name: Azure, base_url: "https://{AZURE_OPENAI_RESOURCE}.openai.azure.com/openai/v1", key: AZURE_OPENAI_API_KEY,
        models: {gpt-4o: support-gpt4o}}
"""


@pytest.fixture
def team(tmp_path, monkeypatch):
    """A folder of studies with two providers of the team's own, which is where we are."""
    (tmp_path / "params").mkdir()
    (tmp_path / "params" / "our.ways.yaml").write_text(OWN)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "id",
    ["openai", "anthropic", "google", "deepseek", "alibaba", "moonshot", "zhipu", "openrouter", "azure", "aws",
     "vertex", "gateway", "local", "ollama", "vllm", "lmstudio"],
)  # fmt: skip
def test_known(id, tmp_path):
    """Each provider has an address, and says what is not known of it."""
    told = kit("ways", id, cwd=tmp_path).stdout
    assert ("base URL     http" in told, "retention    unknown" in told) == (True, True)


def test_listed_without_the_key(tmp_path, monkeypatch):
    """The list says whether a key is set here; the key itself stands nowhere."""
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    monkeypatch.delenv("DEEPSEEK_API_KEY", raising=False)
    done = kit("ways", cwd=tmp_path)
    lines = {line.split()[0]: line.split()[1:3] for line in done.stdout.splitlines()}
    assert (["OPENAI_API_KEY", "yes"], ["DEEPSEEK_API_KEY", "no"]) == (lines["openai"], lines["deepseek"])
    assert SECRET not in done.stdout + kit("ways", "openai", cwd=tmp_path).stdout


def test_own_servers(team):
    """A server of the team's own is asked by the name that a model has there."""
    (found,) = client.read_contenders("glm-5@gpu-box")
    assert ("http://gpu-box:8000/v1", "glm-5-awq", "GPU_BOX_KEY") == (found.base_url, found.called, found.key)
    assert "gpu-box" in kit("ways", cwd=team).stdout


def test_azure_deployments(team, monkeypatch):
    """A deployment is called by its own name, at the resource that the environment names."""
    monkeypatch.setenv("AZURE_OPENAI_RESOURCE", "our-desk")
    (found,) = client.read_contenders("gpt-4o@azure")
    assert ("https://our-desk.openai.azure.com/openai/v1", "support-gpt4o") == (found.base_url, found.called)
    monkeypatch.delenv("AZURE_OPENAI_RESOURCE")
    with pytest.raises(AskError, match="needs the environment variable AZURE_OPENAI_RESOURCE"):
        client.read_contenders("gpt-4o@azure")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param('box: {name: B, base_url: "b:8000"}', "is not an address such as https://host/v1", id="no URL"),
        pytest.param('box: {name: B, base_url: "http://b/v1", key: sk-a}', "must name an environment variable",
                     id="a key"),
        pytest.param('box: {name: B, base_ulr: "http://b/v1"}', "did you mean 'base_url'?", id="a slip in a key"),
        pytest.param("box: 3", "must have the keys of its entry", id="no entry"),
    ],
)  # fmt: skip
def test_mistakes(team, text, said):
    """A slip in the team's file is told with the file, and no key is repeated."""
    (team / "params" / "our.ways.yaml").write_text(text)
    with pytest.raises(CatalogError) as caught:
        catalog.provider("box")
    assert said in str(caught.value)
    assert "our.ways.yaml" in str(caught.value)


def test_keys_are_checked_by_a_dry_run(tmp_path, monkeypatch):
    """Before anything starts, each key that is not set is named once, with who needs it."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    (tmp_path / "own.csv").write_text("text,label\na,x\nb,y\n")
    kit("new", "own", "--incumbent", "gpt-4o", "--candidates", "gpt-5-mini", "--suite", "own.csv", cwd=tmp_path)
    done = kit("report", "own", "--dry-run", cwd=tmp_path)
    assert 1 == done.stdout.count("not set: OPENAI_API_KEY, the key of gpt-4o@openai")

"""`kit new` writes a study that is valid, has only the chapters that its question needs, and says what is missing."""

import json
import subprocess

import pytest
import yaml
from command import kit
from places import ROOT

from kit import build

ON = ["--on", "2026-11-30T15:00Z"]


@pytest.fixture
def begin(tmp_path):
    """Run `kit new NAME ...` in an empty folder, and return what it printed and the study that it wrote."""

    def run(name, *arguments, cwd=tmp_path):
        done = kit("new", name, *arguments, *ON, cwd=cwd)
        path = tmp_path / "params" / f"{name}.yaml"
        return done, yaml.safe_load(path.read_text()) if path.exists() else None

    return run


def figures(tmp_path, **more):
    """A log of two endpoints, three calls to one for each to the other, in ten days."""
    rows = [
        {"time": f"2026-11-{day:02}T10:{minute:02}:00Z", "kit.id": f"{day}-{minute}", "gen_ai.request.model": "gpt-4o",
         "kit.endpoint": "reply" if minute == 3 else "tag", "gen_ai.usage.input_tokens": 1000,
         "gen_ai.usage.cache_read.input_tokens": 500, "gen_ai.usage.output_tokens": 20, **more}
        for day in range(1, 11) for minute in range(4)
    ]  # fmt: skip
    path = tmp_path / "usage.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


def notebooks(study):
    return [run["notebook"][:2] for run in study["runs"].values()]


def test_published(begin):
    """Three candidates by the names people use, and the successor of the incumbent's own maker before them."""
    done, study = begin("mine", "--incumbent", "gpt-4o", "--candidates", "deepseek-v4.1-flash,glm-5.3-flash")
    assert 0 == done.returncode, done.stderr
    assert ["gpt-6-luna", "deepseek-flash", "glm-5.3-flash"] == study["candidates"]
    assert ["01", "06", "11", "12"] == notebooks(study)
    assert "gpt-6-luna is by the same maker and added" in done.stdout
    assert "still lacks quality on your own work" in done.stdout


def test_told_not_to(begin):
    """The successor stays out if that is asked for."""
    _, study = begin("mine", "--incumbent", "gpt-4o", "--candidates", "glm-5.3-flash", "--no-successor")
    assert ["glm-5.3-flash"] == study["candidates"]


def test_proposed(begin):
    """Without names, candidates are proposed: of different makers, and the own maker's first."""
    done, study = begin("mine", "--incumbent", "claude-sonnet-4-5", "--mix", "chat=1")
    makers = [name.partition("-")[0] for name in study["candidates"]]
    assert (True, 3) == ("proposed: cheaper at this mix, on sale" in done.stdout, len(set(makers)))
    assert ("claude", {"chat"}) == (makers[0], set(study["workload"]))


def test_log_of_figures(begin, tmp_path):
    """A log without texts makes a bill: its endpoints are the workload, a month is scaled up, and nobody is asked."""
    log = figures(tmp_path)
    done, study = begin("desk", "--incumbent", "gpt-4o", "--candidates", "gpt-5-mini", "--log", str(log))
    assert {"share": 0.75, "prompt": 1000, "output": 20, "cached": 0.5} == study["workload"]["tag"]
    assert (122, []) == (study["requests_per_month"], study["contenders"])  # 40 calls in 10 days, 365 / 12 days a month
    assert ["02", "01", "06", "11", "12"] == notebooks(study)
    assert "still lacks texts of requests" in done.stdout


def test_log_with_texts(begin, tmp_path, monkeypatch):
    """A log with texts makes a replay: its contenders are asked, the missing key is named, and the calls are priced."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    body = {"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 20}
    log = figures(tmp_path, **{"kit.request": body})
    done, study = begin(
        "desk", "--incumbent", "gpt-4o", "--candidates", "gpt-5-mini", "--log", str(log), "--no-successor"
    )
    assert ["gpt-4o@openai", "gpt-5-mini@openai"] == study["contenders"]
    assert ["02", "01", "06", "04", "10", "12"] == notebooks(study)
    assert "still lacks keys: OPENAI_API_KEY not set" in done.stdout
    assert "all of it, list: $" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["--incumbent", "gpt4o"], "'gpt4o' is not a model in the catalog; did you mean 'gpt-4o'?",
                     id="an unknown model"),
        pytest.param(["--incumbent", "gpt-4o", "--mix", "chat=0.5"], "the shares add up to 0.5, not to 1",
                     id="half a mix"),
        pytest.param(["--incumbent", "gpt-4o", "--mix", "chatt=1"], "'chatt' has no tokens; did you mean 'chat'?",
                     id="an unknown kind"),
        pytest.param(["--incumbent", "gpt-4o", "--mix", "chat"], "'chat' is not kind=share", id="no share"),
        pytest.param(["--incumbent", "gpt-4o", "--candidates", "gpt-4o"], "'gpt-4o' is named twice", id="one model"),
        pytest.param(["--incumbent", "gpt-4o", "--log", "nowhere.jsonl"], "nowhere.jsonl", id="no log"),
        pytest.param(["--incumbent", "gpt-4o", "--candidates", "text-embedding-3-small"], "it is for embedding",
                     id="a model that answers no text"),
        pytest.param([], "give a name and --incumbent MODEL", id="no terminal to ask in"),
    ],
)  # fmt: skip
def test_mistakes(begin, arguments, said):
    """A mistake is one line, and no study is written."""
    done, study = begin("mine", *arguments)
    assert (2, True, None) == (done.returncode, said in done.stderr, study), done.stderr


def test_never_over_a_file(begin):
    """A study that is there is left alone."""
    begin("mine", "--incumbent", "gpt-4o", "--candidates", "gpt-5-mini")
    done, study = begin("mine", "--incumbent", "gpt-5-mini", "--candidates", "gpt-5-nano")
    assert (2, "gpt-4o") == (done.returncode, study["incumbent"])
    assert "params/mine.yaml is there already" in done.stderr


def test_from_a_subfolder(begin, tmp_path):
    """In a folder below, the studies above are found; notebooks that are not there are the kit's own."""
    begin("mine", "--incumbent", "gpt-4o", "--candidates", "gpt-5-mini")
    (tmp_path / "below").mkdir()
    done = kit("report", "mine", "--dry-run", cwd=tmp_path / "below")
    assert (0, "pricing              would run: not run yet") == (done.returncode, done.stdout.splitlines()[0])
    assert ROOT / "notebooks" == build.notebooks_folder(tmp_path).resolve()


def test_git_keeps_no_secrets(begin, tmp_path):
    """A new folder's logs, contracts and answers are ignored by git from the start, and so are the repository's."""
    begin("mine", "--incumbent", "gpt-4o", "--candidates", "gpt-5-mini")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    kept = ["logs/a.jsonl", "params/mine.contract.yaml", "reports/answers.sqlite"]
    for place in (tmp_path, ROOT):
        done = subprocess.run(["git", "check-ignore", *kept], cwd=place, capture_output=True, text=True)
        assert kept == done.stdout.split()

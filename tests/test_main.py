"""The command line: what a user types, sees and gets back as an exit code."""

import json
import signal
import subprocess
import sys
import tomllib
import urllib.error
import urllib.request
from importlib import import_module

import pytest
from command import kit
from places import ROOT

from kit import client
from kit.__main__ import main
from kit.commands import COMMANDS


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(
            ["report", "artcle"], "params/artcle.yaml does not exist; did you mean 'article'?", id="an unknown study"
        ),
        pytest.param(["report", "--out", "README.md"], "cannot be written", id="an output folder that is a file"),
        pytest.param(
            ["prices", "gpt4o"], "'gpt4o' is not a model in the catalog; did you mean 'gpt-4o'?", id="an unknown model"
        ),
        pytest.param(
            ["prices", "gpt-4o", "--on", "24.11.2026"],
            "--on: '24.11.2026' is not a date such as 2026-11-24",
            id="a date that is none",
        ),
        pytest.param(
            ["prices", "deepseek-v4-flash", "--on", "2020-01-01"],
            "no price on 2020-01-01: it was released on",
            id="a date before every price",
        ),
        pytest.param(
            ["prices", "gpt-4o", "--on", "2031-01-01"],
            "days after the newest price known to genai-prices",
            id="a date after every price",
        ),
        pytest.param(
            ["prices", "gpt-4o", "--contract", "nowhere.yaml"],
            "nowhere.yaml: cannot be read",
            id="a contract that is not there",
        ),
        pytest.param(["prices"], "Missing argument 'MODEL...'", id="a missing argument"),
        pytest.param(
            ["models", "cluade-sonnet-5"], "not a model in the catalog; did you mean 'claude-sonnet-5'?", id="no model"
        ),
        pytest.param(["prices", "text-embedding-3-small"], "it is for embedding", id="a model that answers no text"),
        pytest.param(
            ["label", "article", "--out", "nowhere"],
            "no answers are here yet; run `python -m kit report article`",
            id="labels of a study that was not built",
        ),
        pytest.param(
            ["explore", "article", "--out", "nowhere", "--no-open"],
            "nothing is built here yet; run `python -m kit report article` first",
            id="a study to explore that was not built",
        ),
        pytest.param(["repot"], "No such command 'repot'", id="an unknown command"),
    ],
)
def test_mistake(root, arguments, said):
    """A user's mistake is told in words, with exit code 2 and no traceback."""
    done = kit(*arguments, cwd=root)
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == 2


@pytest.mark.parametrize("command", [["report"], ["bill", "logs"]], ids=["a report", "a bill"])
def test_base_install(root, command):
    """Where only the base is installed, a command that needs more says what to install."""
    start = "import sys; sys.modules['pandas'] = None"
    code = f"{start}; sys.argv = ['kit', *{command}]; import kit.__main__ as m; m._run()"
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True)
    said = "this command needs pandas, which is not installed: python -m pip install 'migration-kit[study]'\n"
    assert (2, said) == (done.returncode, done.stderr)


def test_outside_the_repository(tmp_path):
    """Where there are no studies, the command says how to begin one."""
    done = kit("report", cwd=tmp_path)
    assert (done.returncode, "no params/ here or above; `kit new NAME" in done.stderr) == (2, True)


def test_failing_notebook(workshop):
    """A failing notebook ends with exit code 1."""
    workshop.notebook("second", 'incumbent = ""\nevidence_dir = ""\nreads = []', "1 / 0")
    done = workshop.run("report", "tiny")
    assert (done.returncode, "cell 3: ZeroDivisionError: division by zero" in done.stderr) == (1, True)


def test_dry_run(workshop):
    """A dry run says what would run and why, and writes nothing."""
    done = workshop.run("report", "tiny", "--dry-run")
    assert done.stdout.splitlines() == [
        "one                  would run: not run yet",
        "two                  would run: reads one, which would run",
    ]
    assert not workshop.out.exists()


@pytest.mark.parametrize(
    ("when", "line"),
    [
        pytest.param("2026-11-24T02:00Z", "list             0.3     0.006       1.2", id="at a peak hour"),
        pytest.param("2026-11-24T15:00Z", "list            0.15     0.003       0.6", id="off-peak"),
        pytest.param("2026-11-24T23:00+08:00", "list            0.15     0.003       0.6", id="in another time zone"),
    ],
)
def test_prices(root, when, line):
    """A model's price is told for the hour that is asked about, unknown as unknown."""
    done = kit("prices", "deepseek-v4-flash", "--on", when, cwd=root)
    assert "article         0.18   unknown      0.25" in done.stdout
    assert line in done.stdout


def test_prices_of_a_contract(root):
    """A contract stands beside the other books."""
    done = kit("prices", "gpt-4o", "--on", "2026-11-24", "--contract", "params/contract.example.yaml", cwd=root)
    assert "contract        2.10      1.05      8.40" in done.stdout


def test_prices_side_by_side(root):
    """Several models are set side by side, the cheapest output first, each with what else to know."""
    done = kit("prices", "gpt-4o", "gpt-5-mini", "deepseek-v4.1-flash", "--on", "2026-11-30T15:00Z", cwd=root)
    lines = done.stdout.splitlines()
    assert ["deepseek-flash", "gpt-5-mini", "gpt-4o"] == [line.split()[0] for line in lines[2:5]]
    assert ["gpt-5-mini", "0.25", "0.025", "2", "list:", "genai-prices"] == lines[3].split()[:6]
    assert "gpt-4o: successor: gpt-6-luna" in done.stdout


def test_models(root):
    """The list of models is cut down by maker, abilities and price."""
    done = kit("models", "--maker", "deepseek", "--vision", "--max-output-price", "1", "--on", "2026-11-30", cwd=root)
    assert (0, ["deepseek-flash"]) == (done.returncode, [line.split()[0] for line in done.stdout.splitlines()[2:]])


def test_one_model(root):
    """One model is printed in full: prices by hour, limits, providers, and its successor."""
    done = kit("models", "gpt-4o", "--on", "2026-11-30", cwd=root)
    parts = ["GPT-4o (gpt-4o), by OpenAI, US", "batch", "context.tokens", "at openai: gpt-4o", "successor: gpt-6-luna"]
    assert [] == [part for part in parts if part not in done.stdout]


def test_models_that_end(root):
    """What ends before a day is listed with its source."""
    done = kit("models", "--on", "2026-11-30", "--retiring-before", "2027-03-01", cwd=root)
    (line,) = (line for line in done.stdout.splitlines() if " gpt-4o " in line)
    assert ("2027-01-14", True) == (line.split()[0], "https://developers.openai.com/api/docs/deprecations" in line)


def test_module(root):
    """`python -m kit` is that command."""
    done = subprocess.run([sys.executable, "-m", "kit", "repot"], cwd=root, capture_output=True, text=True)
    assert (2, True) == (done.returncode, "No such command 'repot'" in done.stderr)


@pytest.mark.parametrize("command", [[], ["report"], ["prices"], ["models"]])
def test_help(root, command):
    """Each command explains itself."""
    done = kit(*command, "--help", cwd=root)
    assert (done.returncode, "Usage: python -m kit" in done.stdout) == (0, True)


def test_start_up_is_light(root):
    """Asking for help imports neither pandas nor papermill, and a build with nothing to run no papermill."""
    code = "import sys, kit.__main__; print({'pandas', 'papermill', 'matplotlib'} & set(sys.modules))"
    light = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True)
    code = "import sys, kit.build.runner; print({'papermill', 'matplotlib', 'nbconvert'} & set(sys.modules))"
    runner = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True)
    assert (light.stdout, runner.stdout) == ("set()\n", "set()\n")


def test_dry_run_of_asking(root, tmp_path):
    """A dry run says calls, tokens and dollars by model and price book, with no key, and what it leaves out."""
    done = kit("report", "gateway", "--dry-run", "--out", str(tmp_path), cwd=root)
    lines = [line.split() for line in done.stdout.splitlines() if "@gateway " in line]
    assert 11 == len(lines)
    # 12 example requests, 120 general and 120 Chinese questions, 40 functions, 100 tickets, 60 texts, 70 problems,
    # 69 tool calls, 42 objects, 30 pictures; a matchup asks what the suites have asked
    (ours,) = (line for line in lines if line[0] == "gpt-4o@gateway")
    assert ["0", "663"] == ours[1:3]
    assert pytest.approx(2.5e-6 * int(ours[3]) + 10e-6 * int(ours[4]), abs=1e-5) == float(ours[6])
    assert "without the unknown price of deepseek-coder@gateway" in done.stdout
    assert [] == list(tmp_path.iterdir())


def test_dry_run_of_a_replay(root, tmp_path):
    """A replay's requests count in a dry run, and so does the exam of a judge: 30 pairs in both orders."""
    text = (
        (root / "params" / "smoke.yaml")
        .read_text()
        .replace("notebook: 04_replay,", "notebook: 04_replay, judge: gpt-4o@openai,")
    )
    home = tmp_path / "home"
    (home / "params").mkdir(parents=True)
    (home / "params" / "judged.yaml").write_text(text)
    (home / "params" / "smoke.contract.yaml").write_text((root / "params" / "smoke.contract.yaml").read_text())
    (home / "notebooks").symlink_to(root / "notebooks")
    done = kit("report", "judged", "--dry-run", "--out", str(tmp_path / "out"), cwd=home)
    calls = {
        line.split()[0]: line.split()[2]
        for line in done.stdout.splitlines()
        if "@" in line and "all of" not in line and not line.startswith("not set: ")
    }
    # 2 example requests, 4 general items, 1 request of 8 endpoints; and the probe's: 2 timed, 4 samples twice
    assert {"smollm2-135m@embedded": "24", "smollm2-135m@embedded:exact": "24", "gpt-4o@openai": "60"} == calls
    assert "a judge's calls are those of its exam" in done.stdout


def test_bill(root, tmp_path):
    """A log is priced by what it is grouped by; what was read, what was not and what is unknown is said."""
    row = {"time": "2026-11-20T12:00:00Z", "gen_ai.request.model": "gpt-4o", "gen_ai.usage.input_tokens": 1_000_000}
    rows = [row | {"kit.id": "a"}, row | {"kit.id": "b", "gen_ai.request.model": "ours"}]
    log = tmp_path / "usage.jsonl"
    log.write_text("\n".join([*map(json.dumps, rows), '{"time": "2026-']))
    done = kit("bill", str(log), cwd=root)
    assert 0 == done.returncode
    assert "rows of the kit's own meter: 2 calls" in done.stdout
    assert "not read: usage.jsonl, line 3:" in done.stdout
    assert ["gpt-4o", "1", "0", "1000000", "0", "0", "2.5000", "2.5000"] == done.stdout.splitlines()[-3].split()
    assert ["unknown", "unknown"] == done.stdout.splitlines()[-2].split()[-2:]
    assert ["2.5000", "without", "1"] == done.stdout.splitlines()[-1].split()[-3:]


def test_bill_by_what_there_is_not(root):
    """What traffic cannot be grouped by is one sentence."""
    done = kit("bill", "kit/data/logs/synthetic.jsonl.gz", "--by", "endpnt", cwd=root)
    assert (2, "by: traffic cannot be grouped by 'endpnt'; did you mean 'endpoint'?") == (
        done.returncode,
        done.stderr.strip(),
    )


def test_serve(child):
    """`serve` runs the embedded model for other clients until it is interrupted."""
    server = child("import runpy; runpy.run_module('kit', run_name='__main__')", "serve")
    url = server.stdout.readline().split()[0]
    served = json.loads(urllib.request.urlopen(f"{url}/models").read())
    server.send_signal(signal.SIGINT)
    assert ("smollm2-135m", 0) == (served["data"][0]["id"], server.wait(timeout=20))
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"{url}/models")


def test_weights_are_pinned_once(root):
    """The noxfile installs the weights that the error message and the store's keys name."""
    assert f'MODEL = "{client.WEIGHTS}"' in (root / "noxfile.py").read_text()
    assert f"--no-deps {client.WEIGHTS}" in (root / "README.md").read_text()


def test_kit_on_the_path():
    """The command `kit` is `python -m kit`."""
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    module, _, function = scripts["kit"].partition(":")
    assert callable(getattr(import_module(module), function))


@pytest.mark.parametrize("name", COMMANDS)
def test_commands_are_where_the_table_says(name):
    """Each command is found under its name, and its help begins with a verb's sentence."""
    command = main.get_command(None, name)
    assert (name, True) == (command.name, bool(command.get_short_help_str()))


def test_explore_a_table(root, tmp_path):
    """A table of recorded outcomes becomes a page beside it; a mistyped model is told with the nearest one."""
    (tmp_path / "runs.csv").write_text("item,model,mark\n1,new,0\n1,old,1\n")
    file = str(tmp_path / "runs.csv")
    done = kit("explore", file, "--incumbent", "old", "--no-open", cwd=root)
    assert (0, str(tmp_path / "runs.html")) == (done.returncode, done.stdout.strip())
    assert "candidate lost" in (tmp_path / "runs.html").read_text()
    wrong = kit("explore", file, "--incumbent", "odl", "--no-open", cwd=root)
    assert (2, True) == (wrong.returncode, "'odl' is not in it; did you mean 'old'?" in wrong.stderr)

"""What several test files stand on: the repository, a small study of its own, and one build of the article study."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import command
import nbformat
import psutil
import pytest
import stub
import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from places import ROOT

from kit.build import runner

# A job that a shell has put in the background ignores Ctrl-C, and so would all that the tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser):
    parser.addoption("--weekly", action="store_true", help="run what takes long, and simulations at full length")


def pytest_collection_modifyitems(config, items):
    """Leave the tests marked `weekly` to `nox -s simulate`."""
    if not config.getoption("--weekly"):
        for item in items:
            if item.get_closest_marker("weekly"):
                item.add_marker(pytest.mark.skip(reason="weekly: nox -s simulate"))


@pytest.fixture
def runs(request):
    """How often a simulation repeats: `runs(1000)` is 1000 in `nox -s simulate`, and a fifth of it elsewhere."""
    return lambda many, part=5: many if request.config.getoption("--weekly") else many // part


@pytest.fixture(scope="session")
def root():
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def article(tmp_path_factory):
    """The article study, built from nothing into a folder of its own."""
    return runner.build("article", ROOT, tmp_path_factory.mktemp("reports"), progress=lambda line: None)


@dataclass
class Workshop:
    """A repository in miniature, whose study has two notebooks: `first` saves evidence, `second` reads it."""

    root: Path

    @property
    def out(self) -> Path:
        return self.root / "reports"

    def study(self, **changes):
        """Write params/tiny.yaml: the article's, with two runs; a change of None leaves a key out."""
        data = yaml.safe_load((ROOT / "params" / "article.yaml").read_text())
        data["runs"] = {"one": {"notebook": "first", "factor": 2}, "two": {"notebook": "second"}}
        data = {key: value for key, value in (data | changes).items() if value is not None}
        (self.root / "params" / "tiny.yaml").write_text(yaml.safe_dump(data, sort_keys=False))

    def notebook(self, name, parameters, *cells):
        """Write a notebook of a title, a parameters cell and code cells."""
        book = new_notebook(
            cells=[
                new_markdown_cell(f"# {name.title()}?"),
                new_code_cell(parameters, metadata={"tags": ["parameters"]}),
                *map(new_code_cell, cells),
            ]
        )
        nbformat.write(book, self.root / "notebooks" / f"{name}.ipynb")

    def build(self):
        return runner.build("tiny", self.root, self.out, progress=lambda line: None)

    def run(self, *arguments):
        """Run `python -m kit` here, as a user would."""
        return command.kit(*arguments, cwd=self.root)


FIRST = """
from kit.evidence import Row, frame, save
row = Row("gpt-4o", "score.toy", 10.0 * factor, "%", "measured", "2026-11-24", "toy")
save(frame([row]), evidence_dir, saves)
"""
SECOND = """
from kit import evidence
from kit.report import output
facts = evidence.load(evidence_dir, reads)
output.verdict(f"The toy scores {facts['value'].iloc[0]:g} for {incumbent}.")
"""


@pytest.fixture
def workshop(tmp_path):
    """A fresh Workshop."""
    for folder in ("params", "notebooks"):
        (tmp_path / folder).mkdir()
    shop = Workshop(tmp_path)
    shop.notebook("first", 'factor = 1\nevidence_dir = ""\nsaves = ""', FIRST)
    shop.notebook("second", 'incumbent = ""\nevidence_dir = ""\nreads = []', SECOND)
    shop.study()
    return shop


@pytest.fixture
def workshop_copy(workshop, tmp_path_factory):
    """The same study in another place."""
    place = tmp_path_factory.mktemp("elsewhere") / "copy"
    shutil.copytree(workshop.root, place)
    return Workshop(place)


@pytest.fixture
def server():
    """A server that misbehaves on command: what a contender's model is called there is the weather (tests/stub.py)."""
    with stub.running() as running:
        yield running


@pytest.fixture
def child(tmp_path):
    """Start Python processes: `child(code, *arguments, NAME=value)`; none outlives the test."""
    started = []

    def start(code, *arguments, **environment):
        started.append(
            subprocess.Popen(
                [sys.executable, "-c", code, *map(str, arguments)],
                cwd=tmp_path,
                env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def rescued(tmp_path_factory, monkeypatch):
    """Where answers go that a store cannot take: a folder of the test's own."""
    folder = tmp_path_factory.mktemp("rescued")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def full_disk(rescued):
    """A disk with little room: while a block runs under it, no file of this process grows beyond the bytes given."""

    @contextmanager
    def limit(size):
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    return limit


FORKS = """
import json, os, signal, sys
import kit.client.batch
import kit.client.bulk
from kit import client
from kit.client import Request
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for line in sys.stdin:
    ids, of, store, options, out = json.loads(line)
    if pid := os.fork():
        print(pid, flush=True)
    else:
        asked = [Request(id, [{"role": "user", "content": id}]) for id in ids]
        client.ask(asked, of, store, progress=False, **options).drop(columns="asked_at").to_json(out, orient="records")
        os._exit(0)
"""


@dataclass
class Asker:
    """A process of its own that puts questions, each its own id, as `client.ask` does."""

    pid: int
    out: Path

    def kill(self):
        """Kill it with signal 9, and return when it is gone."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        self.wait()

    def wait(self, timeout_s=30):
        """Wait for its end, and return its frame's rows, if it got that far."""
        end = time.monotonic() + timeout_s
        while psutil.pid_exists(self.pid):
            assert time.monotonic() < end, "it has not ended"
            time.sleep(0.005)
        return json.loads(self.out.read_text()) if self.out.exists() else None


@pytest.fixture(scope="session")
def _forks():
    with subprocess.Popen(
        [sys.executable, "-c", FORKS], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.stdin.close()


@pytest.fixture
def asker(_forks, tmp_path):
    """Start an Asker: `asker(ids, of, store, **options)`. It has imported all it needs; none outlives the test."""
    started = []

    def start(ids, of, store, **options):
        out = tmp_path / f"asker-{len(started)}.json"
        print(json.dumps([list(ids), of, str(store), options, str(out)]), file=_forks.stdin, flush=True)
        started.append(Asker(int(_forks.stdout.readline()), out))
        return started[-1]

    yield start
    for one in started:
        one.kill()

"""What several test files stand on: the repository, a small study of its own, and one build of the article study."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from kit import runner

ROOT = Path(__file__).parent.parent


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
        return subprocess.run([sys.executable, "-m", "kit", *arguments], cwd=self.root, capture_output=True, text=True)


FIRST = """
from kit.evidence import Row, frame, save
row = Row("gpt-4o", "score.toy", 10.0 * factor, "%", "measured", "2026-11-24", "toy")
save(frame([row]), evidence_dir, saves)
"""
SECOND = """
from kit import evidence, show
facts = evidence.load(evidence_dir, reads)
show.verdict(f"The toy scores {facts['value'].iloc[0]:g} for {incumbent}.")
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

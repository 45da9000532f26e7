"""The noxfile's sessions, the commands that CONTRIBUTING names, and the weekly workflow know of each other."""

import ast
import re

import pytest
import yaml
from places import ROOT


def sessions():
    """Names of the noxfile's sessions."""
    tree = ast.parse((ROOT / "noxfile.py").read_text(encoding="utf-8"))
    found = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.decorator_list]
    return {node.name for node in found}


WEEKLY = yaml.safe_load((ROOT / ".github" / "workflows" / "weekly.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", ["CONTRIBUTING.md", "README.md", ".ci/run", ".github/workflows/ci.yml"])
def test_named_sessions_are_there(path):
    """Each session that a page names, `nox -l` lists."""
    text = (ROOT / path).read_text(encoding="utf-8")
    named = {word for words in re.findall(r"nox -s ((?:[a-z]+ ?)+)", text) for word in words.split()}
    assert set() == named - sessions()


def test_weekly_sessions_are_there():
    """The workflow runs sessions that there are, on a schedule, and CONTRIBUTING names each of them."""
    weekly = WEEKLY["jobs"]["session"]["strategy"]["matrix"]["session"]
    named = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert set() == set(weekly) - sessions()
    assert [] == [name for name in weekly if f"`python -m nox -s {name}`" not in named]
    assert {"schedule", "workflow_dispatch"} == set(WEEKLY[True])

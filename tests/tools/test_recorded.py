"""The recorded evidence in the kit is what the script computes from the item tables, to the digit."""

import importlib.util

import pytest
from places import ROOT, SHARED

from kit import evidence

SPEC = importlib.util.spec_from_file_location("recorded", ROOT / "tools" / "evidence" / "recorded.py")
recorded = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(recorded)

TABLES = {"agents": "openhands-index-items.csv.gz", "sql": "scale-sql-items.csv.gz"}


@pytest.mark.parametrize("name", TABLES)
def test_reproduced(name, tmp_path):
    """Every row is computed anew from the table."""
    path = SHARED / "evidence" / TABLES[name]
    if not path.exists():
        pytest.skip("the shared evidence is not here")
    evidence.save(evidence.frame(recorded.EXTRACTS[name](path)), tmp_path, name)
    assert (recorded.FOLDER / f"{name}.csv").read_text() == (tmp_path / f"{name}.csv").read_text()


@pytest.mark.parametrize("name", TABLES)
def test_kind(name):
    """What others recorded is never called measured."""
    assert {"recorded"} == set(evidence.read(recorded.FOLDER / f"{name}.csv")["source"])

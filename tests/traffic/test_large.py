"""Many small files and large documents are read piece by piece, with what smaller ones would give."""

import io
import json

import pytest

from kit import pricing
from kit.traffic import Rules, bill, read_logs
from kit.traffic.json_stream import elements, first_list

OWN = Rules(columns={"id": "id", "at": "time", "logged": "model", "prompt": "in", "output": "out"})


def row(n):
    return {"id": f"c{n}", "time": f"2026-11-02T09:{n % 60:02}:00Z", "model": "gpt-4o", "in": 1000, "out": 100}


def test_many_small_files_share_a_table(tmp_path):
    """Each call keeps its file, a line that cannot be read is named with it, and a call in two files counts once."""
    for n in range(30):
        (tmp_path / f"{n:02}.json").write_text(json.dumps(row(n)))
    (tmp_path / "twice.json").write_text(json.dumps(row(3)))
    (tmp_path / "bad.json").write_text(json.dumps(row(40) | {"in": "many"}))
    traffic = read_logs(tmp_path, OWN)
    by_file = bill(traffic, [pricing.ListBook()], by=["file"])
    (said,) = traffic.files["said"]
    assert (30, {1}, ["bad.json"]) == (
        len(by_file), set(by_file["requests"]), [name.rpartition("/")[2] for name in traffic.unread["file"]]
    )  # fmt: skip
    assert ("31 calls" in said, traffic.files["doubles"].tolist()) == (True, [1])


def test_few_small_files_have_a_line_each(tmp_path):
    """The summary lists files one by one while they are few."""
    for n in range(3):
        (tmp_path / f"{n}.json").write_text(json.dumps(row(n)))
    assert [1, 1, 1] == read_logs(tmp_path, OWN).files["rows"].tolist()


def test_large_document_is_read_element_by_element(tmp_path):
    """A document of some megabytes has the rows and the columns above its list that a small one would have."""
    path = tmp_path / "page.json"
    rows = [row(n) | {"text": "é" * 3_000} for n in range(400)]
    path.write_text(
        json.dumps({"provider": "openai", "data": rows, "next": None}, ensure_ascii=False), encoding="utf-8"
    )
    rules = Rules(columns=OWN.columns | {"provider": "provider"}, rows="data[]")
    found = read_logs(path, rules).db.execute("SELECT count(*), min(provider) FROM usage").fetchall()
    assert (path.stat().st_size > 2**20, [(400, "openai")]) == (True, found)


def test_large_document_that_is_cut_keeps_what_is_there(tmp_path):
    """The elements before the cut are read, and the cut is told."""
    path = tmp_path / "page.json"
    whole = json.dumps({"data": [row(n) | {"text": "x" * 3_000} for n in range(500)]})
    path.write_text(whole[: len(whole) - 5_000])
    traffic = read_logs(path, Rules(columns=OWN.columns, rows="data[]"))
    assert ([498], True) == (traffic.files["rows"].tolist(), "the rest is lost" in traffic.unread["why"].iloc[0])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_elements(encoding):
    """What stands before a list goes with each of its elements; other lists and objects are passed over."""
    text = '{"a": 1, "of": {"b": []}, "names": ["x"], "rows": [{"n": 1}, {"n": [2]} ], "z": 3}'
    file = io.BytesIO(text.encode(encoding))
    assert [({"a": 1, "rows": [{"n": 1}]}, "rows"), ({"a": 1, "rows": [{"n": [2]}]}, "rows")] == list(
        elements(file, encoding, "rows")
    )
    assert {"a": 1, "rows": [{"n": 1}]} == first_list(io.BytesIO(text.encode(encoding)), encoding, 1)


def test_progress(tmp_path):
    """Of many files it is said how far the reading is; of a few small ones nothing."""
    said = []
    for n in range(100):
        (tmp_path / f"{n:02}.json").write_text(json.dumps(row(n)))
    read_logs(tmp_path, OWN, progress=said.append)
    read_logs(tmp_path / "00.json", OWN, progress=said.append)
    assert ["reading 99.json (file 100 of 100, 0 of 0 MB behind it)"] == said

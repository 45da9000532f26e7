"""A file is there whole or not at all; a fault in what is read from one is told in a line."""

import os
import threading

import pytest
from pydantic import BaseModel, ConfigDict

from kit import files
from kit.errors import StudyError
from kit.files import matching, write_bytes, write_text


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("one line", id="no line end is added"),
        pytest.param("unix\nwindows\r\nmac\r", id="line ends stay as they are"),
        pytest.param("通义千问 −75 %", id="text beyond ASCII is UTF-8"),
    ],
)
def test_text_comes_back(tmp_path, text):
    """What is written is what is read."""
    write_text(tmp_path / "a.txt", text)
    assert text.encode("utf-8") == (tmp_path / "a.txt").read_bytes()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("a: !!bool x", "'x' is not of type bool in .* line 1, column 4", id="a tag that the value is not"),
        pytest.param("a: !!timestamp x", "'x' is not of type timestamp", id="no date, though it says so"),
        pytest.param("a: 2026-13-01", "'2026-13-01' is not of type timestamp", id="a month that there is not"),
        pytest.param("a: 1\na: 2", "'a' is given twice", id="a key twice"),
        pytest.param("a: {[1]: 2}", "found unhashable key", id="a list for a key"),
    ],
)
def test_yaml_that_cannot_be_read(tmp_path, text, message):
    """What YAML makes of a typing error is a line with its place, never a traceback."""
    write_text(tmp_path / "a.yaml", text)
    with pytest.raises(ValueError, match=message):
        files.read_yaml(tmp_path / "a.yaml")


def test_folders_are_made(tmp_path):
    """A file's folders need not be there."""
    write_bytes(tmp_path / "a" / "b" / "c.bin", b"\x00")
    assert b"\x00" == (tmp_path / "a" / "b" / "c.bin").read_bytes()


def test_shorter_replaces_longer(tmp_path):
    """Nothing of the old file shows behind a shorter new one."""
    write_text(tmp_path / "a.txt", "a long old text")
    write_text(tmp_path / "a.txt", "new")
    assert "new" == (tmp_path / "a.txt").read_text()


def test_no_draft_is_left(tmp_path):
    """After a write there is the file and nothing beside it."""
    write_text(tmp_path / "a.txt", "text")
    assert ["a.txt"] == names(tmp_path)


def test_failed_write_keeps_the_old_file(tmp_path):
    """A write that fails half-way leaves the old file, and no draft."""
    write_text(tmp_path / "a.txt", "old")
    with pytest.raises(TypeError):
        write_bytes(tmp_path / "a.txt", "text where bytes belong")
    assert {"a.txt": "old"} == {name: (tmp_path / name).read_text() for name in names(tmp_path)}


def test_folder_in_the_way(tmp_path):
    """A folder is not replaced by a file, and no draft is left beside it."""
    (tmp_path / "a.txt").mkdir()
    with pytest.raises(OSError, match="a.txt"):
        write_text(tmp_path / "a.txt", "text")
    assert ["a.txt"] == names(tmp_path)


@pytest.mark.skipif(os.name != "posix", reason="modes are a matter of POSIX")
def test_others_may_read(tmp_path):
    """A report can be read by others, which a temporary file's mode would not let them."""
    write_text(tmp_path / "a.txt", "text")
    assert "0o644" == oct((tmp_path / "a.txt").stat().st_mode & 0o777)


def test_reader_never_sees_half(tmp_path):
    """Who reads while another writes sees one whole text or the other."""
    path, texts = tmp_path / "a.txt", {"a" * 100_000, "b" * 100_000}
    write_text(path, "a" * 100_000)
    writer = threading.Thread(target=lambda: [write_text(path, text) for _ in range(100) for text in sorted(texts)])
    writer.start()
    seen = set()
    while writer.is_alive():
        seen.add(path.read_text())
    writer.join()
    assert set() == seen - texts


@pytest.mark.parametrize(
    ("named", "found"),
    [
        pytest.param("a.csv", ["a.csv"], id="a file"),
        pytest.param(".", ["."], id="a folder"),
        pytest.param("*.csv", ["a.csv", "b.csv"], id="a pattern"),
        pytest.param("deep/../*.csv", ["a.csv", "b.csv"], id="a pattern behind a detour"),
        pytest.param("c.csv", [], id="nothing"),
    ],
)
def test_matching(tmp_path, named, found):
    """A path means a file, a folder or all that fits its pattern."""
    (tmp_path / "deep").mkdir()
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).touch()
    assert [(tmp_path / name).resolve() for name in found] == [path.resolve() for path in matching(tmp_path / named)]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")
    share: float


class Whole(BaseModel):
    model_config = ConfigDict(extra="forbid")
    title: str
    parts: dict[str, Part] | None = None
    row: list[Part] = []


@pytest.mark.parametrize(
    ("data", "line"),
    [
        pytest.param({"titel": "x"}, "x.yaml: 'titel' is not a key here; did you mean 'title'?", id="a misspelt key"),
        pytest.param({}, "x.yaml: 'title' is missing", id="a missing key"),
        pytest.param(
            {"title": "x", "parts": {"a": {"shar": 1}}},
            "x.yaml: parts.a: 'shar' is not a key here; did you mean 'share'?",
            id="a misspelt key further down",
        ),
        pytest.param({"title": "x", "row": [{}]}, "x.yaml: row.0: 'share' is missing", id="a missing key in a list"),
        pytest.param({"title": "x", "parts": {"a": 7}}, "x.yaml: parts.a: must have the keys share", id="a number"),
        pytest.param(
            {"title": "x", "parts": {"a": {"share": "much"}}},
            "x.yaml: parts.a.share: 'much': input should be a valid number, unable to parse string as a number",
            id="a value of another type",
        ),
        pytest.param([], "x.yaml: must have the keys title, parts, row", id="a list for a mapping"),
    ],
)
def test_validate(data, line):
    """A fault in plain data is one line: file, keys that lead there, what was found, what would be right."""
    with pytest.raises(StudyError) as caught:
        files.validate(Whole, data, "x.yaml", StudyError)
    assert line == str(caught.value)

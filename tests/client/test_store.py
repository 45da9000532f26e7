"""An answer is kept before it is counted, whatever happens to the process, the file or the disk."""

import os
import socket
import sqlite3
import tempfile
import time
from pathlib import Path

import pytest

from kit.client.answers import Answer, Failure
from kit.client.store import Store, count_answers
from kit.errors import StoreError
from kit.pricing import Usage

AT = "2026-11-24T12:00:00.123+00:00"
PLAIN = Answer("42", "stop", Usage(20, 0, 5), AT, 0.25)
CALL = {"id": "call-1", "name": "look_up", "arguments": '{"order": "A 17"}'}
CLAIMS = """
import sys
from kit.client.store import Store, count_answers
store = Store(sys.argv[1])
print(len(store.claim([bytes([n]) for n in range(10)])), flush=True)
sys.stdin.read()
"""
WRITES = """
import sys
from kit.client.answers import Answer
from kit.client.store import Store, count_answers
who = sys.argv[2]
with Store(sys.argv[1]) as store:
    print("ready", flush=True)
    sys.stdin.readline()
    for n in range(50):
        store.put(f"{who} {n}".encode(), "m@w", f"asked {n}", 0, Answer(f"{who} {n}", "stop", None, "", 0.1))
"""
VERSION_1 = """
CREATE TABLE requests (digest BLOB PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE answers (
    key BLOB PRIMARY KEY, contender TEXT NOT NULL, request BLOB NOT NULL, sample INTEGER NOT NULL,
    text TEXT NOT NULL, finish_reason TEXT NOT NULL,
    prompt INTEGER, cached INTEGER, output INTEGER, reasoning INTEGER,
    asked_at TEXT NOT NULL, total_s REAL NOT NULL, first_token_s REAL, tool_calls TEXT NOT NULL,
    thinking TEXT NOT NULL, served_by TEXT NOT NULL, note TEXT NOT NULL, attempts INTEGER NOT NULL
);
CREATE TABLE failures (
    key BLOB PRIMARY KEY, contender TEXT NOT NULL, kind TEXT NOT NULL, message TEXT NOT NULL,
    attempts INTEGER NOT NULL, asked_at TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO requests VALUES (x'0d', '{}');
INSERT INTO answers VALUES (x'6b', 'gpt-4o@openai', x'0d', 0, '42', 'stop', 20, 0, 5, 0,
    '2026-11-24T12:00:00.123+00:00', 0.25, NULL, '[]', '', '', '', 1);
PRAGMA user_version = 1;
"""


def filled(path, many=200):
    """A store with many answers, closed."""
    with Store(path) as store:
        for n in range(many):
            store.put(b"%d" % n, "gpt-4o@openai", f"asked {n}", 0, Answer(f"answer {n} " * 20, "stop", None, AT, 0.1))
    return path


def database(path, script):
    """A database made by hand."""
    made = sqlite3.connect(path)
    made.executescript(script)
    made.close()
    return path


def rows(path, query):
    """What a database holds, seen from outside."""
    seen = sqlite3.connect(path)
    found = seen.execute(query).fetchall()
    seen.close()
    return found


def one_line(caught):
    """An error's text, which must be one line."""
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(PLAIN, id="with its usage"),
        pytest.param(Answer("", "", None, AT, 0.0), id="empty and without usage"),
        pytest.param(Answer("慢慢来 🎈\n\0", "length", Usage(20, 8, 50, 40), AT, 1 / 3, 0.1), id="to the last digit"),
        pytest.param(
            Answer("", "tool_calls", None, AT, 0.1, None, (CALL, CALL), "6 times 7", "stub-1", "odd", 4, 0.25),
            id="with its tool calls, thoughts and notes",
        ),
    ],
)
def test_answer_survives(tmp_path, answer):
    """An answer is the same after the file was closed and opened."""
    with Store(tmp_path / "deep" / "down" / "s.sqlite") as store:
        store.put(b"k", "gpt-4o@openai", '{"messages": []}', 0, answer)
    with Store(tmp_path / "deep" / "down" / "s.sqlite") as store:
        assert {b"k": answer} == store.get([b"k", b"other"])


def test_many_keys(tmp_path):
    """More keys than SQLite takes in one query are looked up all the same."""
    filled(tmp_path / "s.sqlite", 1_100)
    with Store(tmp_path / "s.sqlite") as store:
        keys = [b"%d" % n for n in range(1_200)]
        assert set(keys[:1_100]) == store.answered_keys(keys) == set(store.get(keys))


def test_request_is_kept_once(tmp_path):
    """One request put to many contenders takes the room of one."""
    with Store(tmp_path / "s.sqlite") as store:
        for n in range(50):
            store.put(b"%d" % n, f"m{n}@w", "a long question " * 1_000, 0, PLAIN)
    assert sum(file.stat().st_size for file in tmp_path.glob("s.sqlite*")) < 100_000


def test_claims(tmp_path, child):
    """What one process has claimed no other may ask while it lives; the claims of a killed process are void."""
    other = child(CLAIMS, tmp_path / "s.sqlite")
    assert "10\n" == other.stdout.readline()
    with Store(tmp_path / "s.sqlite") as store:
        assert {b"\x0a"} == store.claim([bytes([n]) for n in range(11)])
        other.kill()
        other.wait(timeout=10)
        assert {b"\0", b"\1"} == store.claim([b"\0", b"\1"])
        assert [(b"\0",), (b"\1",), (b"\x0a",)] == rows(tmp_path / "s.sqlite", "SELECT key FROM claims ORDER BY key")
    assert [] == rows(tmp_path / "s.sqlite", "SELECT key FROM claims"), "a process that ends gives its claims back"


@pytest.mark.parametrize(
    ("then", "again"),
    [
        pytest.param(lambda store: store.put(b"k", "m@w", "", 0, PLAIN), set(), id="once answered, never"),
        pytest.param(
            lambda store: store.fail(b"k", "m@w", Failure("server", "HTTP 500")), {b"k"}, id="after a failure"
        ),
        pytest.param(lambda store: store.release([b"k"]), {b"k"}, id="after its claim was given back"),
        pytest.param(lambda store: None, {b"k"}, id="by the process that has claimed it"),
    ],
)
def test_asked_again(tmp_path, then, again):
    """A question may be claimed again until it has its answer."""
    with Store(tmp_path / "s.sqlite") as store:
        assert {b"k"} == store.claim([b"k"])
        then(store)
        assert again == store.claim([b"k"])


def test_answer_ends_the_failure(tmp_path):
    """A failure is noted until the answer comes."""
    with Store(tmp_path / "s.sqlite") as store:
        store.fail(b"k", "m@w", Failure("server", "HTTP 500", 5, AT))
        assert [("server", 5)] == rows(tmp_path / "s.sqlite", "SELECT kind, attempts FROM failures")
        store.put(b"k", "m@w", "", 0, PLAIN)
        assert [] == rows(tmp_path / "s.sqlite", "SELECT kind FROM failures")


@pytest.mark.parametrize(
    ("later", "standing"),
    [
        pytest.param(Failure("server", "not asked, after: HTTP 500"), "HTTP 500", id="not sent again"),
        pytest.param(Failure("budget", "not asked: could pass the budget"), "HTTP 500", id="no money left"),
        pytest.param(Failure("network", "cannot be reached", 5, AT), "HTTP 500", id="no connection"),
        pytest.param(Failure("refused", "HTTP 400", 1, AT), "HTTP 400", id="another fault of the model's"),
    ],
)
def test_a_fault_of_ours_replaces_no_failure_of_the_model(tmp_path, later, standing):
    """A failure that counts against a model goes by an answer or by another such failure."""
    with Store(tmp_path / "s.sqlite") as store:
        store.fail(b"k", "m@w", Failure("server", "HTTP 500", 5, AT))
        assert standing == store.fail(b"k", "m@w", later).message
    assert [(standing,)] == rows(tmp_path / "s.sqlite", "SELECT message FROM failures")


def test_processes_write_at_once(tmp_path, child):
    """Three processes that write at once, two of them started for it, lose nothing."""
    writers = [child(WRITES, tmp_path / "s.sqlite", who) for who in "ab"]
    for writer in writers:
        writer.stdout.readline()
    for writer in writers:
        writer.stdin.write("\n")
        writer.stdin.flush()
    with Store(tmp_path / "s.sqlite") as store:
        for n in range(50):
            store.put(f"c {n}".encode(), "m@w", f"asked {n}", 0, Answer(f"c {n}", "stop", None, "", 0.1))
    assert [0, 0] == [writer.wait(timeout=60) for writer in writers]
    wanted = {f"{who} {n}".encode(): f"{who} {n}" for who in "abc" for n in range(50)}
    with Store(tmp_path / "s.sqlite") as store:
        assert wanted == {key: answer.text for key, answer in store.get(list(wanted)).items()}


def test_processes_begin_at_once(tmp_path):
    """Processes that open a new store at the same moment all get it, whoever makes it."""
    for n in range(10):
        start, opened = time.monotonic() + 0.1, []
        for _ in range(4):
            if not (pid := os.fork()):
                try:
                    time.sleep(max(0.0, start - time.monotonic()))
                    Store(tmp_path / f"{n}.sqlite").close()
                    os._exit(0)
                finally:
                    os._exit(1)
            opened.append(pid)
        assert [0, 0, 0, 0] == [os.waitpid(pid, 0)[1] for pid in opened]


def test_migration(tmp_path):
    """A file of the first schema is brought to the present one, with its answers."""
    path = database(tmp_path / "s.sqlite", VERSION_1)
    with Store(path) as store:
        assert {b"k": PLAIN} == store.get([b"k"])
        assert {b"new"} == store.claim([b"k", b"new"])
    with Store(path) as store:
        assert {b"k"} == store.answered_keys([b"k"])


@pytest.mark.parametrize(
    ("script", "said"),
    [
        pytest.param(
            VERSION_1.replace("user_version = 1", "user_version = 99"),
            "was written by a newer kit (schema 99); update this one",
            id="a newer schema",
        ),
        pytest.param(
            "CREATE TABLE customers (id); INSERT INTO customers VALUES (1);",
            "is a database, but not a store of answers; choose another path",
            id="somebody else's database",
        ),
        pytest.param(
            "CREATE TABLE customers (id); PRAGMA user_version = 1;",
            "is a database, but not a store of answers; choose another path",
            id="somebody else's database with a version of its own",
        ),
    ],
)
def test_refused_untouched(tmp_path, script, said):
    """A database that is not ours to write is refused, and not one byte of it changes."""
    path = database(tmp_path / "s.sqlite", script)
    before = path.read_bytes()
    with pytest.raises(StoreError) as caught:
        Store(path)
    assert f"{path}: {said}" == one_line(caught)
    assert {"s.sqlite"} == {file.name for file in tmp_path.iterdir()}
    assert before == path.read_bytes()


def _garbage(path):
    path.write_bytes(b"this is no database, whatever its name " * 200)


def _truncated(path):
    filled(path)
    os.truncate(path, path.stat().st_size // 2)


def _scribbled(path):
    filled(path)
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(_garbage, id="a file of other bytes"),
        pytest.param(_truncated, id="a file that is cut in half"),
        pytest.param(_scribbled, id="a file whose pages are overwritten"),
    ],
)
def test_damaged_file_is_set_aside(tmp_path, damage):
    """A damaged file is set aside as it is, under a new name each time, and the next run begins a new store."""
    path = tmp_path / "s.sqlite"
    for number in (1, 2):
        damage(path)
        before = path.read_bytes()
        with pytest.raises(StoreError) as caught, Store(path) as store:
            store.get([b"%d" % n for n in range(200)])
        said = one_line(caught)
        assert said.startswith(f"{path}: is damaged (")
        assert f"was set aside as s.sqlite.damaged-{number}; put a backup in its place, or run again" in said
        assert before == (tmp_path / f"s.sqlite.damaged-{number}").read_bytes()
        kept = count_answers(path)
        assert ("that could be read from it" in said, damage is _truncated) == (kept > 0, kept > 0)
        path.unlink(missing_ok=True)
    with Store(path) as store:
        assert {} == store.get([b"1"])


def test_one_damaged_page(tmp_path):
    """What can be read of a damaged store is kept, and only the rest is asked again."""
    path = filled(tmp_path / "s.sqlite")
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 4096 // 2 * 4096)
        file.write(b"\xff" * 4096)
    keys = [b"%d" % n for n in range(200)]
    with pytest.raises(StoreError, match=r"run again with the 1\d\d answers that could be"), Store(path) as store:
        store.get(keys)
    with Store(path) as store:
        kept = store.get(keys)
    assert 150 < len(kept) < 200
    assert {f"answer {int(key)} " * 20 for key in kept} == {answer.text for answer in kept.values()}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param("tool_calls = 'no JSON'", id="tool calls that are no JSON"),
        pytest.param("tool_calls = '[1]'", id="tool calls that are no mappings"),
        pytest.param("asked_at = 'yesterday'", id="a date that is none"),
        pytest.param("prompt = -1, cached = 0, output = 1, reasoning = 0", id="less than no tokens"),
        pytest.param("prompt = 'x', cached = 0, output = 1, reasoning = 0", id="a word for tokens"),
        pytest.param("text = x'ff'", id="bytes for a text"),
        pytest.param("total_s = 'long'", id="a word for a time"),
    ],
)
def test_damaged_row(tmp_path, caplog, change):
    """A row that SQLite does not know for damaged is set aside and named, and its question is asked again."""
    path = filled(tmp_path / "s.sqlite", 3)
    database(path, f"UPDATE answers SET {change} WHERE key = CAST('1' AS BLOB)")
    with Store(path) as store:
        assert {b"0", b"2"} == set(store.get([b"0", b"1", b"2"]))
        assert {b"0", b"2"} == store.answered_keys([b"0", b"1", b"2"])
    assert "1 damaged rows are set aside in its table unsound: 31 (" in caplog.text
    assert [(b"1",)] == rows(path, "SELECT key FROM unsound")


def test_claim_without_an_owner(tmp_path):
    """A claim of nobody is void."""
    path = filled(tmp_path / "s.sqlite", 0)
    database(path, "INSERT INTO claims VALUES (CAST('1' AS BLOB), 'nobody', 0)")
    with Store(path) as store:
        assert {b"1"} == store.claim([b"1"])


def test_other_file_is_left(tmp_path):
    """A file that is no store by its name is refused where it lies."""
    path = tmp_path / "notes.txt"
    _garbage(path)
    with pytest.raises(StoreError) as caught:
        Store(path)
    assert f"{path}: is not a store of answers (file is not a database); a store ends in .sqlite" == one_line(caught)
    assert path.read_bytes().startswith(b"this is no database")


def test_damage_under_way_loses_no_answer(tmp_path, rescued):
    """Answers that come back after the file was damaged are rescued, and the next run takes them in."""
    path = filled(tmp_path / "s.sqlite")
    store = Store(path)
    with path.open("r+b") as file:
        file.write(b"\xff" * path.stat().st_size)
    for key in (b"one", b"two"):
        with pytest.raises(StoreError, match="what came back is safe in .* and will be taken from there"):
            store.put(key, "m@w", "asked", 0, PLAIN)
    store.close()
    assert (tmp_path / "s.sqlite.damaged-1").exists()
    with Store(path) as store:
        assert {b"one": PLAIN, b"two": PLAIN} == store.get([b"one", b"two"])


def test_closed_store_is_not_damaged(tmp_path):
    """A store that is used after it was closed is told, and its file left where it is."""
    path = filled(tmp_path / "s.sqlite", 1)
    store = Store(path)
    store.close()
    with pytest.raises(StoreError, match="cannot be read or written"):
        store.get([b"0"])
    with Store(path) as store:
        assert {b"0"} == store.answered_keys([b"0"])


@pytest.mark.parametrize(
    ("place", "said"),
    [
        pytest.param("file/s.sqlite", "cannot be opened: ", id="below a file"),
        pytest.param(
            "/proc/s.sqlite",
            "cannot be read or written: unable to open database file",
            id="in a folder that cannot be written",
            marks=pytest.mark.skipif(not Path("/proc/self").exists(), reason="no /proc on this system"),
        ),
        pytest.param("folder.sqlite", "cannot be read or written: unable to open database file", id="a folder itself"),
    ],
)
def test_cannot_be_opened(tmp_path, place, said):
    """A place that takes no file is one clear line, before anything is asked."""
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "folder.sqlite").mkdir()
    with pytest.raises(StoreError) as caught:
        Store(tmp_path / place)
    assert one_line(caught).startswith(f"{tmp_path / place}: {said}")


def test_full_disk_loses_no_answer(tmp_path, rescued, full_disk):
    """The answer that no longer fits is rescued elsewhere, told in one line, and taken in by the next run."""
    wanted = {b"%d" % n: Answer(f"answer {n} " * 2_000, "stop", Usage(20, 8, 5), AT, 0.1) for n in range(40)}
    with Store(tmp_path / "s.sqlite") as store, full_disk(300_000):
        with pytest.raises(StoreError) as caught:
            for n, (key, answer) in enumerate(wanted.items()):
                store.put(key, "gpt-4o@openai", f"asked {n}", 0, answer)
        came = list(wanted)[: n + 1]
        assert set(came[:-1]) == store.answered_keys(came)
    assert one_line(caught).startswith(f"{tmp_path / 's.sqlite'}: cannot be read or written: ")
    assert f"what came back is safe in {next(rescued.iterdir())} and will be taken from there" in str(caught.value)
    with Store(tmp_path / "s.sqlite") as store:
        assert {key: wanted[key] for key in came} == store.get(came)
    assert [] == list(rescued.iterdir())


def test_rescue_cut_short(tmp_path, rescued, full_disk):
    """A rescued line that was itself cut short stops nobody, and the whole ones before it are taken in."""
    with Store(tmp_path / "s.sqlite") as store, full_disk(8_000), pytest.raises(StoreError, match="is safe in"):
        store.put(b"k", "m@w", "asked", 0, PLAIN)
    with next(rescued.iterdir()).open("a") as file:
        file.write('["asked", ["6b6b", "m@')
    with Store(tmp_path / "s.sqlite") as store:
        assert {b"k": PLAIN} == store.get([b"k"])


def test_nowhere_to_rescue(tmp_path, monkeypatch, full_disk):
    """Where not even the rescue can be written, both places are named."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    with Store(tmp_path / "s.sqlite") as store, full_disk(0), pytest.raises(StoreError) as caught:
        store.put(b"k", "m@w", "asked", 0, PLAIN)
    assert f"{tmp_path / 's.sqlite'}: cannot be read or written: " in one_line(caught)
    assert f"; nor could {tmp_path / 'nowhere'}" in str(caught.value)


@pytest.mark.parametrize(
    ("host", "age_s", "won"),
    [
        pytest.param("elsewhere", 60, False, id="a fresh claim from another machine holds"),
        pytest.param("elsewhere", 3700, True, id="one of over an hour is void: that machine may be gone"),
        pytest.param(None, 60, True, id="a process of this machine that is gone has none"),
    ],
)
def test_claims_of_others(tmp_path, host, age_s, won):
    """A claim holds while its process runs, or for an hour where that cannot be seen."""
    path = tmp_path / "s.sqlite"
    with Store(path) as store, sqlite3.connect(path) as db:
        owner = f"{host or socket.gethostname()} 999999999 1.0 0"
        db.execute("INSERT INTO claims VALUES (?, ?, ?)", (b"\1", owner, time.time() - age_s))
        db.commit()
        assert ({b"\1"} if won else set()) == store.claim([b"\1"])


def test_claims_of_one_process(tmp_path):
    """Two askings of one process do not ask the same question either."""
    with Store(tmp_path / "s.sqlite") as one, Store(tmp_path / "s.sqlite") as other:
        assert ({b"\1"}, set()) == (one.claim([b"\1"]), other.claim([b"\1"]))

"""`kill -9` at any moment loses no answer that had come back, and next to nothing is paid for twice."""

import random
import sqlite3
import time
from collections import Counter

import pytest
import stub

KILLS = 20
"""A third of them but for `nox -s simulate`."""

IDS = [f"q{n}" for n in range(400)]


def kill_often(server, asker, store, concurrency, kills):
    """Ask, and kill at a random moment after the first answer of each run.

    Returns:
        For each kill: the questions answered in full since the one before, those of them that had been answered before
        the kill and not written to a dead process, and the times that each has come by then.
    """
    moments, seen, before = random.Random(4711), [], Counter()
    for _ in range(kills):
        process = asker(IDS, server.contender("ok"), store, concurrency=concurrency)
        while server.answered == before:
            time.sleep(0.001)
        time.sleep(moments.uniform(0, 0.1))
        assert not process.out.exists(), "it was still asking"
        in_time = Counter(server.answered) - before
        process.kill()
        while server.active:
            time.sleep(0.001)
        seen.append((server.answered - before, in_time, Counter(server.seen)))
        before = Counter(server.answered)
    return seen


@pytest.mark.simulation
@pytest.mark.parametrize(
    ("concurrency", "most", "mean"),
    [
        pytest.param(3, 3, 3, id="three at once: at most three again for any kill"),
        pytest.param(8, 8, 3, id="eight at once: at most three again for a kill on average, and never more than eight"),
        pytest.param(32, 32, 8, marks=pytest.mark.weekly, id="thirty-two at once: eight on average"),
    ],
)
def test_kills(tmp_path, asker, concurrency, most, mean, runs):
    """A run that is killed many times ends in the answers of one that was not.

    Each request under way can be caught between the server's last byte and the disk, which takes milliseconds; an
    answer that was counted can not. Most of what is asked again was written by the server to a process that was dead
    already: of what it had answered before a kill, at most three come again.
    """
    with stub.running(delay=0.02, jitter=0.1) as server:
        many = runs(KILLS, 3)
        kills = kill_often(server, asker, tmp_path / "s.sqlite", concurrency, many)
        last = asker(IDS, server.contender("ok"), tmp_path / "s.sqlite", concurrency=64).wait()
        again, again_in_time = (
            [sum(server.seen[id] > kill[-1][id] for id in kill[which]) for kill in kills] for which in (0, 1)
        )
        answered = sum(server.answered.values())
        wanted = asker(IDS, server.contender("ok"), tmp_path / "undisturbed.sqlite", concurrency=64).wait()
    assert [row["text"] for row in wanted] == [row["text"] for row in last] == [f"echo {id}" for id in IDS]
    assert {""} == {row["error_kind"] for row in last}
    assert len(IDS) + sum(again) == answered, "what was asked again is known to the last request"
    assert max(again) <= most, again
    assert sum(again) <= mean * many, again
    assert max(again_in_time) <= 3, again_in_time


def test_killed_store_is_whole(tmp_path, asker):
    """What a killed process leaves is a whole database, with all but the answers that were under way."""
    with stub.running(delay=0.005) as server:
        process = asker(IDS, server.contender("ok"), tmp_path / "s.sqlite", concurrency=8)
        while sum(server.answered.values()) < 100:
            time.sleep(0.001)
        process.kill()
        while server.active:
            time.sleep(0.001)
        answered = len(server.answered)
    left = sqlite3.connect(tmp_path / "s.sqlite")
    kept = left.execute("SELECT count(*) FROM answers").fetchone()[0]
    assert [("ok",)] == left.execute("PRAGMA integrity_check").fetchall()
    left.close()
    assert answered - 8 <= kept <= answered

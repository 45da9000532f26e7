"""Who looks at a build sees what each running notebook does, and afterwards what was done."""

import re
import threading

import pytest

from kit.build import running
from kit.errors import RunError

ASKS = """
import time
from kit.client import Bar
bar = Bar(500, 100)
for _ in range(3):
    bar.answer(0.0125)
time.sleep(2)
bar.close()
time.sleep(0.5)
"""


def test_running(workshop):
    """A line says which notebook, since when, at which heading and cell, how many answers, dollars and time left."""
    workshop.notebook("second", 'incumbent = ""\nevidence_dir = ""\nreads = []', ASKS)
    seen, ended = set(), threading.Event()

    def look():
        while not ended.wait(0.05):
            seen.update(running())

    looking = threading.Thread(target=look)
    looking.start()
    try:
        workshop.build()
    finally:
        ended.set()
        looking.join()
    line = r"two: 00:0\d, cell 4 of 4, Second\?"
    assert [one for one in seen if re.fullmatch(line + r"; 101 of 500 answers, \$0\.0125, \d\d:\d\d left", one)]
    assert [one for one in seen if re.fullmatch(line, one)], "and no answers when they are all there"
    assert [] == running()


def test_log(workshop):
    """A file keeps what was told, with the time of each line."""
    workshop.build()
    workshop.build()
    lines = (workshop.out / "tiny" / "build.log").read_text().splitlines()
    assert [] == [line for line in lines if not re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC  \w", line)]
    assert ["one: ran", "one: unchanged"] == [re.search(r"one: \w+", line)[0] for line in lines if " one: " in line]


def test_log_is_cut(workshop):
    """A log that has grown long keeps its last lines, whole ones."""
    log = workshop.out / "tiny" / "build.log"
    log.parent.mkdir(parents=True)
    log.write_text("".join(f"2026-01-01 00:00:00 UTC  line {n}\n" for n in range(10_000)))
    workshop.build()
    lines = log.read_text().splitlines()
    assert [] == [line for line in lines if not re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC  \w", line)]
    assert 1_000 < lines.index("2026-01-01 00:00:00 UTC  line 9999") < 4_000


def test_killed_kernel(workshop):
    """A kernel that is killed is one line with the notebook's name and the cell that it was at."""
    workshop.notebook("first", 'factor = 1\nevidence_dir = ""\nsaves = ""', "import os; os.kill(os.getpid(), 9)")
    with pytest.raises(RunError, match=r"one: first\.ipynb: its kernel was killed .* \(cell 4 of 4, First\?\); build"):
        workshop.build()

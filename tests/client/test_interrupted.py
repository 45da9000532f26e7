"""A build that is interrupted ends soon, and goes on where it stopped; apart from `test_runner`, for it takes long."""

import signal
import subprocess
import sys
import time

import pytest


@pytest.mark.parametrize(
    "sent", [pytest.param(signal.SIGINT, id="by Ctrl-C"), pytest.param(signal.SIGKILL, id="by kill -9")]
)
def test_interrupted(workshop, sent):
    """An interrupted build goes on where it stopped."""
    slow = (workshop.root / "notebooks" / "second.ipynb").read_text()
    workshop.notebook("second", 'incumbent = ""\nevidence_dir = ""\nreads = []', "import time; time.sleep(60)")
    process = subprocess.Popen(
        [sys.executable, "-m", "kit", "report", "tiny"],
        cwd=workshop.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert "one: ran" in process.stdout.readline()
    time.sleep(0.5)
    process.send_signal(sent)
    process.wait(timeout=30)
    (workshop.root / "notebooks" / "second.ipynb").write_text(slow)
    assert workshop.build().ran == ("two",)


def test_interrupted_queue(workshop):
    """After Ctrl-C what is running ends, and nothing further starts."""
    workshop.notebook("slow", 'saves = ""', "import time; time.sleep(100)")
    workshop.study(runs={name: {"notebook": "slow"} for name in ("one", "also")} | {"two": {"notebook": "first"}})
    command = [sys.executable, "-m", "kit", "report", "tiny"]
    process = subprocess.Popen(command, cwd=workshop.root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    while len(list(workshop.root.glob("reports/tiny/notebooks/*"))) < 2:
        time.sleep(0.1)
    time.sleep(2)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=20)
    assert process.returncode != 0
    assert "two: ran" not in said
    assert not (workshop.out / "tiny" / "evidence" / "two.csv").exists()

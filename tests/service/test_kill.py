"""`kill -9` of a service at any moment loses no row of a call that was done, and no line is half written."""

import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest
import stub
from places import ROOT

THREADS = 3

SERVICE = f"""
import os, signal, sys, threading
import openai
from kit.service import Meter, Router
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
url, folder, what = sys.argv[1:]

def metered():
    client = Meter(folder + "/log.jsonl").wrap(openai.OpenAI(base_url=url, api_key="none is needed", max_retries=0))
    return lambda words: client.chat.completions.create(model="ok", messages=words)

def routed():
    cheap = {{"model": "m", "way": "stub", "base_url": url, "called": "ok"}}
    router = Router({{"kinds": {{"low": [cheap]}}}}, log=folder + "/log.jsonl")
    return lambda words: router.create(words, kind="low")

def serve(run):
    def work(thread):
        for number in range(1000):
            call([{{"role": "user", "content": f"{{run}} {{thread}} {{number}}"}}])
    call = {{"meter": metered, "router": routed}}[what]()
    for thread in range({THREADS}):
        threading.Thread(target=work, args=[thread]).start()

for line in sys.stdin:
    if pid := os.fork():
        print(pid, flush=True)
    else:
        serve(line.strip())
        threading.Event().wait()
"""


@pytest.mark.simulation
@pytest.mark.parametrize("what", ["meter", "router"])
def test_kills(tmp_path, what, runs):
    """Of the calls that the server has answered, at most those under way have no row, and every line is whole."""
    moments, lost = random.Random(17), []
    with stub.running(delay=0.01, jitter=0.02) as server:
        command = [sys.executable, "-c", SERVICE, server.url, str(tmp_path), what]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        with subprocess.Popen(command, cwd=ROOT, text=True, **pipes) as service:
            for run in range(runs(20, 3)):
                before = sum(server.answered.values())
                print(run, file=service.stdin, flush=True)
                pid = int(service.stdout.readline())
                while sum(server.answered.values()) < before + 5:
                    time.sleep(0.002)
                time.sleep(moments.uniform(0, 0.05))
                os.kill(pid, signal.SIGKILL)
                while server.active:
                    time.sleep(0.002)
                rows = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
                lost.append(sum(server.answered.values()) - len(rows))
            service.stdin.close()
    assert max(after - before for before, after in zip([0, *lost], lost, strict=False)) <= THREADS, lost
    assert min(lost) >= 0

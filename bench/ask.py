"""2,000 requests, 100 at once, to a server that is slow to answer: the kit, bare aiohttp and the openai client.

All in one run on one machine, whole processes with their start-up; the figures that count are the ratios. With
`--peers`, other tools do the same, each at a pinned version in an environment of its own below .nox/peers, made when it
is first needed. One that does not end in time is stopped, and the rest goes on.

    python bench/ask.py [--peers] [--requests 2000]
"""

import argparse
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parent.parent
ENVIRONMENTS = ROOT / ".nox" / "peers"
AT_ONCE = 100

PEERS = {
    "litellm": ["litellm==1.108.7"],
    "inspect": ["inspect-ai==0.3.285", "openai>=2"],
    "lm_eval": ["lm-eval[api]==0.4.13"],
    "promptfoo": ["promptfoo@0.120.27"],
}
"""Tool -> what is installed for it: by pip, but promptfoo by npm."""


@dataclass(frozen=True)
class Cost:
    """What a whole process and its children took: seconds, processor seconds, and peak memory in MB; or a fault."""

    wall: float = 0.0
    cpu: float = 0.0
    peak: float = 0.0
    fault: str = ""


def main() -> None:
    """Print seconds, processor time an answer, and memory."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--peers", action="store_true", help="time other tools, too; they are installed if need be")
    options.add_argument("--requests", type=int, default=2_000)
    options.add_argument("--limit", type=int, default=180, help="seconds for one run of one tool")
    chosen = options.parse_args()
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    print(f"{datetime.now(UTC):%Y-%m-%d}, {machine}")
    names = ["kit", "aiohttp", "openai", *(name for name in PEERS if chosen.peers and installed(name))]
    for name in names:  # a first start compiles
        run(name, "", 0, chosen.limit)
    starts = {name: run(name, "", 0, chosen.limit) for name in names}
    for delay in (0.2, 0.02):
        floor = delay * chosen.requests / AT_ONCE
        print(f"\n{chosen.requests:,} requests, {AT_ONCE} at once, {1000 * delay:.0f} ms each: floor {floor:.1f} s")
        print(f"{'':24}{'seconds':>9}{'start-up':>10}{'over floor':>12}{'CPU ms an answer':>18}{'peak MB':>9}")
        with stub(delay) as url:
            for name in names:
                start, cost = starts[name], run(name, url, chosen.requests, chosen.limit)
                if cost.fault:
                    print(f"{LABELS[name]:24}{cost.fault}", flush=True)
                    continue
                over, ms = (cost.wall - start.wall) / floor, 1000 * (cost.cpu - start.cpu) / chosen.requests
                print(f"{LABELS[name]:24}{cost.wall:9.2f}{start.wall:10.2f}{over:11.2f}x{ms:18.2f}{cost.peak:9.0f}",
                      flush=True)  # fmt: skip
    with stub(0.0) as url, tempfile.TemporaryDirectory() as folder:
        run("kit", url, chosen.requests, chosen.limit, folder)
        start = min(run("kit", "", 0, chosen.limit).wall for _ in range(3))
        again = min(run("kit", url, chosen.requests, chosen.limit, folder).wall for _ in range(3))
        print(f"\nasked again, all from the store: {again - start:.2f} s beyond start-up")
        many = run("kit", url, 100_000, 10 * chosen.limit, folder)
        print(f"100,000 requests: {many.fault or f'{many.peak:.0f} MB at the most'}")


def installed(name: str) -> bool:
    """Install a peer, unless it is there; say so where that fails."""
    place, wanted = ENVIRONMENTS / name, PEERS[name]
    mark = place / "installed.txt"
    if mark.exists() and mark.read_text().split() == wanted:
        return True
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    pip = [sys.executable, "-m", "venv", str(place)], [str(place / "bin" / "pip"), "install", "-q", *wanted]
    npm = ([shutil.which("npm") or "npm", "install", "--no-audit", "--no-fund", "--prefix", str(place), *wanted],)
    try:
        for command in npm if name == "promptfoo" else pip:
            subprocess.run(command, check=True, timeout=1200, capture_output=True, text=True)
    except (OSError, subprocess.SubprocessError) as error:
        lines = str(getattr(error, "stderr", "") or error).strip().splitlines()
        print(f"{name}: cannot be installed here: {lines[-1][:200] if lines else error}", flush=True)
        return False
    mark.write_text(" ".join(wanted))
    return True


def run(name: str, url: str, requests: int, limit: int, folder: str = "") -> Cost:
    """One process that asks; with no requests, it only starts. What is not done in time is killed with its children."""
    python = ENVIRONMENTS / name / "bin" / "python"
    with tempfile.TemporaryDirectory() as own:
        command = [str(python if python.exists() else sys.executable), __file__, "child", name, url, str(requests),
                   folder or own]  # fmt: skip
        environment = os.environ | {"OPENAI_API_KEY": "none", "OPENAI_BASE_URL": url, "LITELLM_LOG": "ERROR",
                                    "HF_HUB_OFFLINE": "1", "HF_HOME": own, "PROMPTFOO_CONFIG_DIR": own,
                                    "PROMPTFOO_DISABLE_TELEMETRY": "1", "PROMPTFOO_DISABLE_UPDATE": "1"}  # fmt: skip
        with tempfile.TemporaryFile() as said:
            started = time.perf_counter()
            process = subprocess.Popen(command, env=environment, stdout=said, stderr=said, start_new_session=True)
            status = None
            while status is None and time.perf_counter() - started < limit:
                pid, code, used = os.wait4(process.pid, os.WNOHANG)
                status = code if pid else None
                if status is None:
                    time.sleep(0.01)
            wall = time.perf_counter() - started
            if status is None:
                os.killpg(process.pid, signal.SIGKILL)
                os.wait4(process.pid, 0)
                return Cost(fault=f"did not end in {limit} s")
            if status:
                said.seek(0)
                lines = said.read().decode(errors="replace").strip().splitlines()
                fault = f"failed: {lines[-1][:200] if lines else status}"
                if name in ("kit", "aiohttp", "openai"):
                    raise SystemExit(f"{name} {fault}")
                return Cost(fault=fault)
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


@contextmanager
def stub(delay: float) -> Iterator[str]:
    """The server, as a process of its own."""
    command = [sys.executable, str(ROOT / "tests" / "stub.py"), "--delay", str(delay)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        yield process.stdout.readline().strip()
        process.stdin.close()


def messages(number: int) -> list[dict[str, str]]:
    """What is asked."""
    return [{"role": "user", "content": f"question {number}"}]


# Each asks `requests` times; imports stand inside, since they are what start-up is.


def kit(url: str, requests: int, folder: str) -> None:
    """With all that it does by default: streaming, pricing, a store, a bar."""
    from datetime import UTC, datetime

    import pandas

    from kit import client, pricing
    from kit.client import BatchRunner, Request

    book = pricing.ListBook()
    book.rate("gpt-4o", datetime.now(UTC))  # reads the list
    assert BatchRunner and pandas, "what asking needs, and the table of answers, is a part of start-up"
    if requests:
        asked = [Request(str(n), messages(n), {"max_tokens": 50}) for n in range(requests)]
        of = {"model": "gpt-4o", "base_url": url, "called": "plain"}
        answers = client.ask(asked, of, Path(folder, "answers.sqlite"), book=book, concurrency=AT_ONCE)
        assert (answers["error_kind"] == "").all()


def aiohttp(url: str, requests: int, folder: str) -> None:
    """The bare library: nothing is kept."""
    import asyncio

    import aiohttp

    async def ask() -> None:
        numbers = iter(range(requests))
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

            async def work() -> None:
                for number in numbers:
                    body = {"model": "plain", "messages": messages(number)}
                    async with session.post(f"{url}/chat/completions", json=body) as response:
                        json.loads(await response.read())["choices"][0]["message"]["content"]

            await asyncio.gather(*(work() for _ in range(AT_ONCE)))

    asyncio.run(ask())


def openai(url: str, requests: int, folder: str) -> None:
    """The openai client as it comes: nothing is kept."""
    import asyncio

    import openai

    async def ask() -> None:
        numbers = iter(range(requests))
        async with openai.AsyncOpenAI(base_url=url or "http://127.0.0.1", api_key="none") as client:

            async def work() -> None:
                for number in numbers:
                    await client.chat.completions.create(model="plain", messages=messages(number))  # type: ignore

            await asyncio.gather(*(work() for _ in range(AT_ONCE)))

    asyncio.run(ask())


def litellm(url: str, requests: int, folder: str) -> None:
    """LiteLLM's async completion: nothing is kept."""
    import asyncio

    import litellm

    async def ask() -> None:
        numbers = iter(range(requests))

        async def work() -> None:
            for number in numbers:
                await litellm.acompletion("openai/plain", messages(number), api_base=url, api_key="none")

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))

    asyncio.run(ask())


def inspect(url: str, requests: int, folder: str) -> None:
    """Inspect: a task of as many samples, kept in its log; by chat completions, as all others."""
    from inspect_ai import Task, eval
    from inspect_ai.dataset import Sample
    from inspect_ai.model import get_model

    if requests:
        samples = [Sample(input=f"question {number}") for number in range(requests)]
        model = get_model("openai/plain", responses_api=False)
        (log,) = eval(Task(dataset=samples), model=model, max_connections=AT_ONCE, max_samples=AT_ONCE,
                      log_dir=folder, display="none")  # fmt: skip
        assert log.status == "success", log.error


TASK = """task: bench
dataset_path: json
dataset_kwargs: {{data_files: {{test: {folder}/items.jsonl}}}}
test_split: test
output_type: generate_until
doc_to_text: "{{{{question}}}}"
doc_to_target: "{{{{question}}}}"
generation_kwargs: {{until: [], max_gen_toks: 50, do_sample: false}}
metric_list: [{{metric: exact_match, aggregation: mean, higher_is_better: true}}]
"""


def lm_eval(url: str, requests: int, folder: str) -> None:
    """lm-evaluation-harness: a task of as many items, through its client for chat completions."""
    from lm_eval import simple_evaluate
    from lm_eval.tasks import TaskManager

    if requests:
        items = [json.dumps({"question": f"question {number}"}) for number in range(requests)]
        Path(folder, "items.jsonl").write_text("\n".join(items))
        Path(folder, "bench.yaml").write_text(TASK.format(folder=folder))
        how = f"model=plain,base_url={url}/chat/completions,num_concurrent={AT_ONCE},max_retries=1,"
        simple_evaluate(model="local-chat-completions", model_args=how + "tokenized_requests=False", tasks=["bench"],
                        task_manager=TaskManager(include_path=folder, include_defaults=False),
                        apply_chat_template=True, bootstrap_iters=0)  # fmt: skip


def promptfoo(url: str, requests: int, folder: str) -> None:
    """promptfoo: an evaluation of as many tests, each with one variable, without its cache."""
    command = [str(ENVIRONMENTS / "promptfoo" / "node_modules" / ".bin" / "promptfoo")]
    if not requests:
        subprocess.run([*command, "--version"], check=True)
        return
    provider = {"id": "openai:chat:plain", "config": {"apiBaseUrl": url, "apiKey": "none", "max_tokens": 50}}
    tests = [{"vars": {"number": str(number)}} for number in range(requests)]
    path = Path(folder, "promptfooconfig.json")
    path.write_text(json.dumps({"prompts": ["question {{number}}"], "providers": [provider], "tests": tests}))
    eval_ = ["eval", "-c", str(path), "-j", str(AT_ONCE), "--no-cache", "--no-progress-bar", "--no-table"]
    subprocess.run([*command, *eval_, "-o", str(Path(folder, "out.json"))], check=True, cwd=folder)
    done = json.loads(Path(folder, "out.json").read_text())["results"]["stats"]
    assert done["errors"] == 0, done


LABELS = {"kit": "kit, every answer kept", "aiohttp": "bare aiohttp", "openai": "openai client", "litellm": "litellm",
          "inspect": "Inspect", "lm_eval": "lm-evaluation-harness", "promptfoo": "promptfoo"}  # fmt: skip

if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        _, _, which, address, count, place = sys.argv
        globals()[which](address, int(count), place)
    else:
        main()

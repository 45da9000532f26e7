"""Requests in, one frame of answers out: nothing paid for twice, nothing lost, and the key nowhere."""

import json
import os
import signal
import threading
import time

import pandas as pd
import pytest
import stub

import kit
from kit.client import answers, client
from kit.client.requests import Request, with_samples
from kit.errors import AskError
from kit.pricing import ArticleBook, ListBook

SECRET = "sk-very-secret-4711"
NETWORK = {"aiohttp", "httpx", "openai", "requests", "urllib3"}
ASK = """
import json, sys
from kit.client import client
from kit.client.requests import Request
ids, of, store, options = json.loads(sys.argv[1])
table = client.ask([Request(id, [{"role": "user", "content": id}]) for id in ids], of, store, **options)
print(table[["text", "error_kind", "error"]].to_json(orient="values"))
"""
LOADED = f"print(sorted(set({NETWORK!r}) & set(sys.modules)))"


def questions(*ids, **parameters):
    return [Request(id, [{"role": "user", "content": id}], parameters) for id in ids]


def numbers(many):
    return [f"q{n}" for n in range(many)]


def job(ids, of, store, **options):
    """What ASK is to ask, as its argument."""
    return json.dumps([list(ids), of, str(store), options])


def wait_for(condition):
    """Wait until something is so, and fail if it never is."""
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def test_public_names():
    """The two functions that everybody needs are the package's own."""
    assert (client.ask, client.connect) == (kit.ask, kit.connect)


def test_frame(server, tmp_path):
    """One row a contender, request and sample, in this order, with every column that is promised."""
    of = [server.contender("ok", way="one"), server.contender("thinks", way="two")]
    table = client.ask(with_samples(questions("b", "a"), 2), of, tmp_path / "s.sqlite")
    order = list(table[["contender", "request", "sample"]].itertuples(index=False, name=None))
    assert [(f"m@{way}", id, n) for way in ("one", "two") for id in "ba" for n in (0, 1)] == order
    assert list(answers.ANSWER_COLUMNS) == list(table.columns)
    assert [*["echo b"] * 2, *["echo a"] * 2, *["42"] * 4] == list(table["text"])


def test_samples(server, tmp_path):
    """Each sample of a question is a question of its own; more samples ask only for those that are new."""
    for many in (2, 3):
        client.ask(with_samples(questions("a"), many), server.contender("ok"), tmp_path / "s.sqlite")
        assert {"a": many} == server.seen


@pytest.mark.parametrize(
    ("change", "times"),
    [
        pytest.param({}, 1, id="the same question is asked once"),
        pytest.param({"id": "another name"}, 1, id="its name is no part of it"),
        pytest.param({"parameters": {"temperature": 1}}, 2, id="a parameter is"),
        pytest.param({"messages": [{"role": "system", "content": "a"}]}, 2, id="a message is"),
        pytest.param({"tools": [{"type": "function", "function": {"name": "f"}}]}, 2, id="a tool is"),
        pytest.param({"sample": 1}, 2, id="a sample is"),
    ],
)
def test_asked_once(server, tmp_path, change, times):
    """What shapes an answer makes a question, and each question is asked once."""
    first = {"id": "a", "messages": [{"role": "user", "content": "a"}]}
    for request in (first, first | change):
        client.ask([Request(**request)], server.contender("ok"), tmp_path / "s.sqlite")
    assert times == len(server.bodies)


def test_streamed_or_not_is_one_question(server, tmp_path):
    """An answer that was streamed is taken by a run that would not stream."""
    for stream in (True, False):
        table = client.ask(questions("a"), server.contender("ok"), tmp_path / "s.sqlite", stream=stream)
    assert ({"a": 1}, True) == (server.seen, table["first_token_s"].notna().all())


def test_one_question_under_two_names(server, tmp_path):
    """Two requests that ask the same are asked once, and both have the answer."""
    same = [Request(id, [{"role": "user", "content": "same"}]) for id in ("one", "two")]
    table = client.ask(same, server.contender("ok"), tmp_path / "s.sqlite")
    assert ({"same": 1}, ["echo same"] * 2) == (server.seen, list(table["text"]))


def test_cost(server, tmp_path):
    """An answer has its cost under the price book, and none where its usage or a price is unknown."""
    of = [
        server.contender("ok", model="gpt-4o", way="known"),
        server.contender("usage", model="gpt-4o", way="no usage"),
        server.contender("ok", model="mine", way="no price"),
    ]
    table = client.ask(questions("a"), of, tmp_path / "s.sqlite", book=ArticleBook())
    # 20 prompt tokens at $2.50 and 5 output tokens at $10.00 a million
    assert [0.0001, None, None] == [None if pd.isna(usd) else round(usd, 10) for usd in table["cost_usd"]]


def test_nothing_asked(tmp_path):
    """No request is no row."""
    assert 0 == len(client.ask([], {"model": "m", "base_url": "http://any/v1"}, tmp_path / "s.sqlite"))


@pytest.mark.parametrize(
    ("asked", "of", "options", "said"),
    [
        pytest.param(
            questions("a", "a"), {}, {}, "request 'a', sample 0: is there twice", id="an id that is there twice"
        ),
        pytest.param([Request("a", [])], {}, {}, "request 'a': messages must be", id="no messages"),
        pytest.param(
            questions("a", model="x"), {}, {}, "'model' cannot be a parameter", id="a parameter of the client"
        ),
        pytest.param(questions("a", seed=float("nan")), {}, {}, "request 'a': is not JSON", id="what JSON cannot say"),
        pytest.param(
            questions("a"),
            {"key": "TEST_KEY"},
            {},
            "m@stub: the environment variable TEST_KEY is not set; it must hold the key",
            id="a key that is missing",
        ),
        pytest.param(
            questions("a"), {}, {"budget_usd": "two"}, "budget: 'two' is not an amount", id="a budget in words"
        ),
        pytest.param(questions("a"), {}, {"budget_usd": "-1"}, "budget: '-1' is not an amount", id="a budget below 0"),
        pytest.param(questions("a"), {}, {"budget_usd": "1"}, "a budget needs a price book", id="a budget and no book"),
        pytest.param(
            questions("a"),
            {},
            {"budget_usd": "1", "book": ArticleBook()},
            "m@stub: a budget cannot be kept: 'm' has no price in the article book",
            id="a budget for a model without a price",
        ),
        pytest.param(
            questions("a"),
            {"model": "kimi-k2.5"},
            {"budget_usd": "1", "book": ArticleBook()},
            None,
            id="a budget for a model whose longest answer is known is kept",
        ),
        pytest.param(
            questions("a", max_tokens=5),
            {"model": "qwen3.5-397b"},
            {"budget_usd": "1", "book": ArticleBook()},
            "qwen3.5-397b@stub: a budget cannot be kept: the article book has no price",
            id="a budget under a book that has no price",
        ),
    ],
)
def test_refused_before_anything_is_sent(server, tmp_path, monkeypatch, asked, of, options, said):
    """What cannot be asked as it is written is refused in one line, and nothing has been sent."""
    monkeypatch.delenv("TEST_KEY", raising=False)
    if said is None:
        client.ask(asked, server.contender("ok", **of), tmp_path / "s.sqlite", **options)
        return
    with pytest.raises(AskError) as caught:
        client.ask(asked, server.contender("ok", **of), tmp_path / "s.sqlite", **options)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert [] == server.bodies


def test_kept_answers_need_no_key(server, tmp_path, monkeypatch):
    """A run whose answers are all kept needs neither key nor endpoint."""
    monkeypatch.setenv("TEST_KEY", SECRET)
    of = server.contender("ok", key="TEST_KEY")
    first = client.ask(questions("a"), of, tmp_path / "s.sqlite")
    monkeypatch.delenv("TEST_KEY")
    pd.testing.assert_frame_equal(first, client.ask(questions("a"), of, tmp_path / "s.sqlite"))
    assert {"a": 1} == server.seen


def test_kept_answers_need_no_network(server, tmp_path, child):
    """A run whose answers are all kept imports no network library; one that asks imports aiohttp, and no other."""
    of, store = server.contender("ok"), tmp_path / "s.sqlite"
    client.ask(questions("a"), of, store)
    kept = child(ASK + LOADED, job(["a"], of, store))
    new = child(ASK + LOADED, job(["b"], of, store))
    assert ["[]", "['aiohttp']"] == [process.communicate(timeout=60)[0].splitlines()[-1] for process in (kept, new)]


def test_dry_run(server, tmp_path, monkeypatch):
    """A dry run sends nothing, needs no key, and counts what is kept and what would be sent."""
    monkeypatch.setenv("TEST_KEY", SECRET)
    of = server.contender("ok", model="gpt-4o", key="TEST_KEY")
    client.ask(questions("a", max_tokens=100), of, tmp_path / "s.sqlite")
    monkeypatch.delenv("TEST_KEY")
    asked = [*questions("a", "four" * 10, max_tokens=100), *questions("b", max_tokens=50)]
    plan = client.dry_run(asked, of, tmp_path / "s.sqlite", book=ArticleBook()).iloc[0]
    # 40 and 1 letters are 10 and 1 tokens, and each message brings 4: 19 at $2.50 and 150 at $10.00 a million
    assert ("gpt-4o@stub", 1, 2, 19, 150, "") == (
        plan["contender"],
        plan["kept"],
        plan["calls"],
        plan["prompt_tokens"],
        plan["output_tokens"],
        plan["note"],
    )
    assert pytest.approx(19 * 2.5e-6 + 150 * 1e-5) == plan["usd"]
    assert 1 == len(server.bodies)


@pytest.mark.parametrize(
    ("of", "asked", "note"),
    [
        pytest.param({"model": "mine"}, questions("a", max_tokens=5), "no price in the list book", id="a price"),
        pytest.param(
            {"model": "mine"},
            questions("a"),
            "output has no known limit: give max_tokens; no price in the list book",
            id="a limit and a price",
        ),
    ],
)
def test_dry_run_says_what_is_unknown(tmp_path, of, asked, note):
    """Where something is not known there is no sum, and the note says what is missing; no store is made."""
    of |= {"base_url": "http://any/v1"}
    plan = client.dry_run(asked, of, tmp_path / "s.sqlite", book=ListBook()).iloc[0]
    assert (True, note) == (pd.isna(plan["usd"]), plan["note"])
    assert [] == list(tmp_path.iterdir())


def test_connect(server, monkeypatch):
    """For one call there is the openai client, with the contender's address and key."""
    monkeypatch.setenv("TEST_KEY", SECRET)
    openai = client.connect(server.contender("ok", key="TEST_KEY"), max_retries=0)
    said = openai.chat.completions.create(model="ok", messages=[{"role": "user", "content": "hello"}])
    assert ("echo hello", 20) == (said.choices[0].message.content, said.usage.prompt_tokens)
    assert f"Bearer {SECRET}" == server.headers[0]["authorization"]


def test_connect_streams(server):
    """The openai client streams, and needs no key where the endpoint needs none."""
    messages = [{"role": "user", "content": "hello"}]
    parts = client.connect(server.contender("ok")).chat.completions.create(model="ok", messages=messages, stream=True)
    assert "echo hello" == "".join(part.choices[0].delta.content or "" for part in parts)


def test_connect_without_its_key(server, monkeypatch):
    """A client whose key is missing is not made, and the variable is named."""
    monkeypatch.delenv("TEST_KEY", raising=False)
    with pytest.raises(AskError, match="the environment variable TEST_KEY is not set"):
        client.connect(server.contender("ok", key="TEST_KEY"))


def test_two_processes_share_the_work(tmp_path, asker):
    """Two processes on one store ask each question once between them, and both have all the answers."""
    with stub.running(0.05) as server:
        of, store = server.contender("ok"), tmp_path / "s.sqlite"
        other = asker(numbers(120), of, store, concurrency=4)
        wait_for(lambda: server.seen)
        table = client.ask(questions(*numbers(120)), of, store, concurrency=4)
        theirs = other.wait()
        assert {1} == set(server.seen.values())
    wanted = [f"echo {id}" for id in numbers(120)]
    assert (wanted, wanted) == (list(table["text"]), [row["text"] for row in theirs])


def test_killed_process_leaves_its_work(server, tmp_path, asker):
    """What a process that is killed had claimed is asked by the one that shares its store and waits for it."""
    of, store = server.contender("stall;ok"), tmp_path / "s.sqlite"
    other = asker(numbers(8), of, store)
    wait_for(lambda: len(server.seen) == 8)
    killer = threading.Timer(0.7, other.kill)
    killer.start()
    table = client.ask(questions(*numbers(8)), of, store)
    killer.join()
    assert [f"echo {id}" for id in numbers(8)] == list(table["text"])
    assert {2} == set(server.seen.values())


def interrupted(child, server, store, ids, **options):
    """A process that asks, is interrupted once it has had some answers, and has ended by itself."""
    process = child(ASK, job(ids, server.contender("ok"), store, **options))
    wait_for(lambda: sum(server.answered.values()) >= 5)
    process.send_signal(signal.SIGINT)
    process.wait(timeout=20)
    return process


def test_interrupt(tmp_path, child):
    """Ctrl-C sends nothing more and keeps what comes back; the next run asks only for the rest."""
    with stub.running(0.1) as server:
        store = tmp_path / "s.sqlite"
        process = interrupted(child, server, store, numbers(150), concurrency=4)
        assert process.returncode != 0
        assert process.stderr.read().splitlines()[-1] == "KeyboardInterrupt"
        assert 5 <= sum(server.seen.values()) < 150
        assert server.seen == server.answered, "what was under way was waited for"
        table = client.ask(questions(*numbers(150)), server.contender("ok"), store, concurrency=100)
        assert {1} == set(server.seen.values())
    assert [f"echo {id}" for id in numbers(150)] == list(table["text"])


def ask_and_interrupt(server, word, times, **options):
    """Ask in this process, and press Ctrl-C so many times once a question has arrived."""

    def press():
        wait_for(lambda: server.seen)
        for _ in range(times):
            time.sleep(0.3)
            os.kill(os.getpid(), signal.SIGINT)

    hand = threading.Thread(target=press)
    hand.start()
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        client.ask(questions(*numbers(9)), server.contender(word), concurrency=3, **options)
    hand.join()
    return time.monotonic() - started


@pytest.mark.parametrize(
    ("word", "times"),
    [
        pytest.param("429:60", 1, id="once, while a rate limit is waited for"),
        pytest.param("500", 1, id="once, while a failure is slept over"),
        pytest.param("stall", 2, id="twice, while an answer does not come"),
    ],
)
def test_interrupt_does_not_wait(server, tmp_path, word, times):
    """Ctrl-C ends a wait at once; pressed twice, it does not wait for answers under way either."""
    took = ask_and_interrupt(server, word, times, store=tmp_path / "s.sqlite", attempts=50)
    assert took < 15, "all these waits would be longer"
    table = client.ask(questions(*numbers(9)), server.contender("ok"), tmp_path / "s.sqlite")
    assert [""] * 9 == list(table["error_kind"])


def test_key_is_nowhere(server, tmp_path, child):
    """The key is in no file of the store, no row of the frame, no line of output, whatever the endpoint repeats."""
    words = ["key", "key:400", "key:401", "key:500", "key:late", "key:page", "key:usage", "says:ok", "429:0"]
    of = [server.contender(word, way=f"way{n}", key="TEST_KEY") for n, word in enumerate(words)]
    code = """
import json, os, sqlite3, sys
left_open = []
from kit.client import client
from kit.client.requests import Request
for stream in (True, False):
    store = f"{stream}.sqlite"
    asked = [Request("a", [{"role": "user", "content": "a"}])]
    print(client.ask(asked, json.loads(sys.argv[1]), store, stream=stream, attempts=2).to_csv())
    left_open.append(sqlite3.connect(store))  # so that the log stays beside the store
    left_open[-1].execute("PRAGMA user_version").fetchall()
    client.ask(asked, {"model": "ok", "base_url": json.loads(sys.argv[1])[0]["base_url"]}, store)
sys.stdout.flush()
os._exit(0)
"""
    process = child(code, json.dumps(of), TEST_KEY=SECRET)
    seen = dict(zip(("stdout", "stderr"), process.communicate(timeout=60), strict=True))
    assert 0 == process.returncode, seen["stderr"]
    seen |= {file.name: file.read_bytes().decode("latin-1") for file in tmp_path.iterdir()}
    assert {"True.sqlite", "True.sqlite-wal"} <= set(seen)
    assert f"Bearer {SECRET}" in {headers.get("authorization") for headers in server.headers}
    assert "[key]" in seen["stdout"]
    assert "[key]" in seen["True.sqlite-wal"]
    assert "[key]" in seen["stderr"]
    assert [] == [name for name, text in seen.items() if SECRET[:9] in text]

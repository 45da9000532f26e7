"""Many questions through a batch endpoint: each is answered and paid for once, whatever fails on the way."""

import sqlite3
import time
from decimal import Decimal

import batches
import pytest

from kit.client import Request, ask, dry_run
from kit.errors import AskError
from kit.pricing import ListBook

BOTH = pytest.mark.parametrize(
    "how", [pytest.param("openai", id="files and batches"), pytest.param("anthropic", id="message batches")]
)


@pytest.fixture
def server(monkeypatch):
    """A batch server of the test's own, and a key for it."""
    monkeypatch.setenv("BATCH_KEY", batches.KEY)
    with batches.running() as running:
        yield running


def questions(*texts):
    return [Request(text, [{"role": "user", "content": text}], {"max_tokens": 50}) for text in texts]


@pytest.fixture
def put(server, tmp_path):
    """Ask through batches: `put("q 1", "q 2", how="anthropic")`."""

    def run(*texts, how="openai", **options):
        given = {"batch": how, "poll_s": 0.05, "progress": False} | options
        return ask(questions(*texts), server.contender(), tmp_path / "s.sqlite", **given)

    return run


@BOTH
def test_answers(server, put, how):
    """Answers come to the store as those of live calls do, each with its batch, and are not asked for again."""
    table = put("q 1", "q 2", how=how)
    assert ["echo q 1", "echo q 2"] == list(table["text"])
    assert [(1_000, 100, "stop")] * 2 == list(
        table[["prompt_tokens", "output_tokens", "finish_reason"]].itertuples(index=False, name=None)
    )
    assert set(server.batches) == set(table["batch"])
    assert (
        list(table["text"]) == list(put("q 1", "q 2", how=how)["text"]) == list(put("q 1", "q 2", batch=False)["text"])
    )
    assert ({"q 1": 1, "q 2": 1}, 1, 0) == (server.paid, len(server.batches), server.live)


@BOTH
def test_failures(server, put, how):
    """What failed or was not reached goes into another batch; what is refused is told; nothing is paid twice."""
    table = put("q 1", "flaky", "late", "bad", how=how).set_index("request")
    assert {"q 1": 1, "flaky": 1, "late": 1} == server.paid
    assert ["echo q 1", "echo flaky", "echo late"] == list(table.loc[["q 1", "flaky", "late"], "text"])
    assert "bad_request" == table.loc["bad", "error_kind"]
    assert ([4, 2], 1) == ([len(batch["lines"]) for batch in server.batches.values()], server.came["bad"])


def test_rounds(server, put):
    """After so many batches a failure that could pass is taken as one."""
    table = put("flaky", attempts=1)
    assert ["server"] == list(table["error_kind"])
    assert ["echo flaky"] == list(put("flaky")["text"])


def test_whole_batch_fails(server, put):
    """A batch that is not worked on as a whole says why, and is not sent again in this run."""
    server.invalid = "Enqueued token limit reached for gpt-4o"
    table = put("q 1", "q 2")
    assert [("bad_request", server.invalid)] * 2 == list(
        table[["error_kind", "error"]].itertuples(index=False, name=None)
    )
    assert (1, {}) == (len(server.batches), server.paid)


def test_discount(server, put):
    """A batch is priced at the batch price, half of the list's for GPT-4o, before and after."""
    book = ListBook()
    price = put("q 1", book=book)["cost_usd"][0]
    live = put("q 2", book=book, batch=False)["cost_usd"][0]
    assert (0.00175, 0.0035) == (pytest.approx(price), pytest.approx(live))
    plans = [dry_run(questions("q 3"), server.contender(), "none.sqlite", book=book, batch=how)["usd"][0]
             for how in (True, False)]  # fmt: skip
    assert plans[1] == pytest.approx(2 * plans[0])


def test_budget(server, put):
    """No batch is sent that could pass the budget; what it leaves out is told."""
    book = ListBook()
    table = put(*(f"q {n}" for n in range(10)), book=book, budget_usd=Decimal("0.002"))
    answered = int((table["error_kind"] == "").sum())
    assert 0 < answered < 10
    assert {"budget"} == set(table["error_kind"]) - {""}
    assert answered == sum(server.paid.values())


OPEN = {"key": None, "defaults": {"max_tokens": 50}}
KILLS = [
    pytest.param({"delay_s": 30.0}, id="killed after the batch was made, before its id came back"),
    pytest.param({"work_s": 30.0}, id="killed while it was waiting"),
]


@BOTH
@pytest.mark.parametrize("first", KILLS)
def test_killed_twice(server, put, asker, tmp_path, monkeypatch, how, first):
    """Killed twice, at different moments, the asking ends complete, and the server was paid once for each question."""
    ids = ["q 1", "q 2", "q 3"]
    server.delay_s, server.work_s = first.get("delay_s", 0.0), first.get("work_s", 0.0)
    of = server.contender(**OPEN)
    options = {"batch": how, "poll_s": 0.05}
    for _ in range(2):
        process = asker(ids, of, tmp_path / "k.sqlite", **options)
        while not server.batches:
            time.sleep(0.005)
        time.sleep(0.3)
        process.kill()
        server.delay_s, server.work_s = 0.0, 30.0
    server.work_s = 0.0
    rows = asker(ids, of, tmp_path / "k.sqlite", **options).wait()
    assert [f"echo {id}" for id in ids] == [row["text"] for row in rows]
    assert (dict.fromkeys(ids, 1), 1) == (server.paid, len(server.batches))


def test_never_sent(server, put, asker, tmp_path):
    """A batch that a crash kept from being sent is sent by the next asking."""
    server.work_s = 30.0
    process = asker(["q 1"], server.contender(**OPEN), tmp_path / "k.sqlite", batch="openai", poll_s=0.05)
    while not server.batches:
        time.sleep(0.005)
    process.kill()
    server.batches.clear()  # as if the provider had lost it
    server.work_s = 0.0
    with sqlite3.connect(tmp_path / "k.sqlite") as db:
        db.execute("UPDATE batches SET id = ''")
    rows = asker(["q 1"], server.contender(**OPEN), tmp_path / "k.sqlite", batch="openai", poll_s=0.05).wait()
    assert (["echo q 1"], 1) == ([row["text"] for row in rows], server.paid["q 1"])


def test_a_foreign_batch(server, put, asker, tmp_path):
    """Where only the number of requests tells batches apart, another one's is seen as such by its results."""
    server.delay_s = 30.0
    process = asker(["q 1"], server.contender(**OPEN), tmp_path / "k.sqlite", batch="anthropic", poll_s=0.05)
    while not server.batches:
        time.sleep(0.005)
    time.sleep(0.2)
    process.kill()
    server.delay_s = 0.0
    body = {"messages": [{"role": "user", "content": "theirs"}]}
    server.batches = {"theirs": {"id": "theirs", "lines": [("other", body)], "metadata": None, "created": time.time()}}
    rows = asker(["q 1"], server.contender(**OPEN), tmp_path / "k.sqlite", batch="anthropic", poll_s=0.05).wait()
    assert (["echo q 1"], 1) == ([row["text"] for row in rows], server.paid["q 1"])


def test_live_beside_a_batch(server, asker, put, tmp_path):
    """A live asking does not pay for what waits in a batch, and says so; other requests are answered meanwhile."""
    server.work_s = 30.0
    process = asker(["q 1"], server.contender(**OPEN), tmp_path / "k.sqlite", batch="openai", poll_s=0.05)
    while not server.batches:
        time.sleep(0.005)
    time.sleep(0.2)
    rows = asker(["q 1", "q 2"], server.contender(**OPEN), tmp_path / "k.sqlite").wait()
    assert ["batch", ""] == [row["error_kind"] for row in rows]
    assert (0, 1) == (server.paid["q 1"], server.paid["q 2"])
    process.kill()


def test_ids_in_no_word(server, put, monkeypatch):
    """The key goes in the header of each protocol, and in no row."""
    table = put("q 1")
    put("q 2", how="anthropic")
    assert {f"Bearer {batches.KEY}", batches.KEY} == server.keys
    assert batches.KEY not in table.to_csv()


@pytest.mark.parametrize(
    ("of", "how", "said"),
    [
        pytest.param("smollm2-135m@embedded", True, "has no batch endpoint", id="the embedded model"),
        pytest.param(None, "opnai", "'opnai' is not a protocol of batches", id="a misspelt protocol"),
    ],
)
def test_refused(server, tmp_path, of, how, said):
    """What cannot be asked in a batch is refused in one line."""
    with pytest.raises(AskError, match=said):
        ask(questions("q 1"), of or server.contender(), tmp_path / "s.sqlite", batch=how, progress=False)
    assert {} == server.batches


def test_anthropic_needs_a_limit(server, tmp_path):
    """Messages need max_tokens; a request without it is refused before anything is sent."""
    asked = Request("q", [{"role": "user", "content": "q"}])
    with pytest.raises(AskError, match="needs max_tokens"):
        ask([asked], server.contender(), tmp_path / "s.sqlite", batch="anthropic", progress=False)
    assert {} == server.batches

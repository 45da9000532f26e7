"""Many questions at once, in any weather: each ends in its answer or in one clear failure."""

import time
from decimal import Decimal

import pandas as pd
import pytest
import stub

from kit.client import budget, client, requests
from kit.client.contenders import read_contenders
from kit.client.requests import Request
from kit.errors import StoreError
from kit.pricing import ArticleBook


def questions(many, first=0, **parameters):
    return [Request(f"{n}", [{"role": "user", "content": f"q {n}"}], parameters) for n in range(first, first + many)]


def texts(many):
    return [f"echo q {n}" for n in range(many)]


WEATHER = {
    "ok": ("echo q 0", 1),
    "429;ok": ("echo q 0", 2),
    "429:0.1;429:0.1;ok": ("echo q 0", 3),
    "429:reset;ok": ("echo q 0", 2),
    "500;ok": ("echo q 0", 2),
    "503;reset;ok": ("echo q 0", 3),
    "408;ok": ("echo q 0", 2),
    "cut;ok": ("echo q 0", 2),
    "html;ok": ("echo q 0", 2),
    "malformed;ok": ("echo q 0", 2),
    "empty;ok": ("echo q 0", 2),
    "truncated;ok": ("echo q 0", 2),
    "late_error;ok": ("echo q 0", 2),
    "stall;ok": ("echo q 0", 2),
    "slow:0.2": ("late", 1),
    "thinks": ("42", 1),
    "usage": ("ok", 1),
}
"""Weather that clears -> what is said in the end, and the times it is sent."""

STORM = {
    "500": ("server", 3, "HTTP 500: status 500"),
    "reset": ("network", 3, "hung up without an answer"),
    "html": ("malformed", 3, "a web page, where a chat completion was due"),
    "500;400": ("bad_request", 2, "HTTP 400: status 400"),
    "429:0": ("rate_limit", 12, "HTTP 429: status 429"),
    "400": ("bad_request", 1, "HTTP 400: status 400"),
    "400:context_length_exceeded": ("context", 1, "context_length_exceeded"),
    "400:content_filter": ("refused", 1, "content_filter"),
    "401": ("auth", 1, "HTTP 401: status 401"),
    "402": ("quota", 1, "HTTP 402: status 402"),
    "404": ("not_found", 1, "HTTP 404: status 404"),
    "301": ("redirect", 1, "correct the base_url"),
}
"""Weather that does not -> the kind of failure, the times it is sent, and a part of the words."""


@pytest.fixture(scope="module", params=[True, False], ids=["streamed", "in one piece"])
def report(request, tmp_path_factory):
    """One run through all weathers, each at a provider of its own: word -> row, and word -> times that it was sent."""
    words = [*WEATHER, *STORM]
    with stub.running() as server:
        of = [server.contender(word, way=f"way{n}") for n, word in enumerate(words)]
        store = tmp_path_factory.mktemp("weather") / "s.sqlite"
        table = client.ask(questions(1), of, store, stream=request.param, attempts=3, stall_s=0.3, progress=False)
        sent = {word: sum(body["model"] == word for body in server.bodies) for word in words}
    return dict(zip(words, table.itertuples(), strict=True)), sent


@pytest.mark.parametrize("word", WEATHER)
def test_weather_that_clears(report, word):
    """What may pass is asked again until it has passed, and the frame says how often."""
    rows, sent = report
    text, times = WEATHER[word]
    assert (text, times, times, "", "") == (
        rows[word].text,
        rows[word].attempts,
        sent[word],
        rows[word].error_kind,
        rows[word].error,
    )


@pytest.mark.parametrize("word", STORM)
def test_weather_that_does_not(report, word):
    """What will not pass is asked once, what may pass as often as was said; then it is one line of failure."""
    rows, sent = report
    kind, times, said = STORM[word]
    row = rows[word]
    assert (kind, times, times) == (row.error_kind, row.attempts, sent[word])
    assert pd.isna(row.text), "missing, not empty"
    assert said in row.error
    assert "\n" not in row.error


@pytest.fixture
def storm():
    """A server that takes a tenth of a second for anything."""
    with stub.running(0.1) as running:
        yield running


def test_storm_with_retry_after(storm, tmp_path):
    """A limit that names its time: nothing is sent before it, then half as many at once, then all again."""
    table = client.ask(questions(60), storm.contender("storm:8,0.4"), tmp_path / "s.sqlite", concurrency=8)
    assert texts(60) == list(table["text"])
    assert [1, 4, 4] == [max(storm.crowd[batch]) for batch in (slice(1), slice(1, 5), slice(5, 9))], "the first alone"
    gaps = [storm.times[n + 1] - storm.times[n] for n in (0, 4)]
    assert min(gaps) >= 0.3, "0.4 s from each refusal, which came 0.1 s after the question"
    assert 8 == max(storm.crowd[9:])
    assert (8, 68) == (storm.most, sum(storm.seen.values()))


def test_storm_without_retry_after(storm, tmp_path):
    """A limit that names no time is met all the same; no question is lost."""
    table = client.ask(questions(40), storm.contender("storm:20"), tmp_path / "s.sqlite", concurrency=16)
    assert texts(40) == list(table["text"])
    assert (60, 40) == (sum(storm.seen.values()), sum(storm.answered.values()))
    assert storm.most <= 16


def test_endpoint_that_takes_few(server, tmp_path):
    """An endpoint that takes two at once gets all its questions answered by a run that began with six."""
    table = client.ask(questions(30), server.contender("busy:2"), tmp_path / "s.sqlite", concurrency=6)
    assert texts(30) == list(table["text"])


@pytest.mark.parametrize("most", [pytest.param(1, id="one"), pytest.param(7, id="seven"), pytest.param(40, id="forty")])
def test_concurrency(tmp_path, most):
    """As many requests are under way as was asked for, and never one more."""
    with stub.running(0.05) as server:
        asked = questions(2 * most if most > 1 else 4)
        client.ask(asked, server.contender("ok"), tmp_path / "s.sqlite", concurrency=most)
        assert most == server.most


def test_ways_do_not_wait_for_each_other(server, tmp_path):
    """Each provider has its own limit: one that refuses does not hold up the other."""
    of = [server.contender("429:1;ok", way="full"), server.contender("says:", way="free")]
    client.ask(questions(10), of, tmp_path / "s.sqlite")
    called = [body["model"] for body in server.bodies]
    assert {"429:1;ok"} == set(called[20:]), "the free one had all its answers before the other was asked again"


def test_contenders_take_turns(server, tmp_path):
    """Contenders of one provider are asked by turns, so that all meet the same weather."""
    of = [server.contender(word, way=word, base_url=server.url) for word in ("ok", "slow:0")]
    client.ask(questions(5), of, tmp_path / "s.sqlite", concurrency=1)
    assert ["ok", "slow:0"] * 5 == [body["model"] for body in server.bodies]


def test_wrong_key(storm, tmp_path, capsys):
    """A wrong key costs a refusal for each request under way, and the other contenders of the run go on."""
    of = [storm.contender(word, way=word, base_url=storm.url) for word in ("401", "ok")]
    table = client.ask(questions(30), of, tmp_path / "s.sqlite", concurrency=6)
    sent = [body["model"] for body in storm.bodies]
    assert 1 <= sent.count("401") <= 6
    assert [*["auth"] * 30, *[""] * 30] == list(table["error_kind"])
    assert ["HTTP 401: status 401"] * sent.count("401") == [text for text in table["error"] if text.startswith("HTTP")]
    assert "not asked, after: HTTP 401: status 401" == table["error"][29]
    assert ["m@401: HTTP 401: status 401; it is not asked again in this run"] == capsys.readouterr().err.splitlines()


def test_bad_request_closes_nobody(server, tmp_path):
    """A request that is not taken says nothing about the next one."""
    table = client.ask(questions(20), server.contender("400"), tmp_path / "s.sqlite", concurrency=2)
    assert ({"bad_request"}, 20) == (set(table["error_kind"]), sum(server.seen.values()))


def test_endpoint_that_is_down(server, tmp_path):
    """Five requests in a row that used up their attempts are enough to take an endpoint for down."""
    table = client.ask(questions(40), server.contender("reset"), tmp_path / "s.sqlite", concurrency=2, attempts=1)
    assert {"network"} == set(table["error_kind"])
    assert 5 <= sum(server.seen.values()) <= 6
    assert table["error"][39].startswith("not asked, after: ")


def test_unreachable(tmp_path):
    """An endpoint that is not there leaves one row of failure a question, and asks no longer than it must."""
    nobody = {"model": "m", "base_url": "http://127.0.0.1:9/v1"}
    table = client.ask(questions(3), nobody, tmp_path / "s.sqlite", attempts=2)
    assert [("network", 2, "127.0.0.1:9: cannot be reached: Connection refused")] * 3 == list(
        table[["error_kind", "attempts", "error"]].itertuples(index=False, name=None)
    )


def test_failure_is_asked_again(server, tmp_path):
    """The next run asks what failed, and nothing that was answered."""
    store, of = tmp_path / "s.sqlite", server.contender("400;ok")
    first = client.ask(questions(3), of, store)
    second = client.ask(questions(5), of, store)
    third = client.ask(questions(5), of, store)
    assert [["bad_request"] * 3, ["", "", "", "bad_request", "bad_request"], [""] * 5] == [
        list(table["error_kind"]) for table in (first, second, third)
    ]
    assert {f"q {n}": 2 for n in range(5)} == server.seen


def test_failure_stands_until_it_is_answered(server, tmp_path):
    """A second asking that gives up early changes no outcome: a failure of the model stays one, unsent or not."""
    store, of = tmp_path / "s.sqlite", server.contender("500")
    for first in (0, 4):
        client.ask(questions(4, first), of, store, attempts=1, concurrency=1)
    table = client.ask(questions(10), of, store, attempts=1, concurrency=1)
    assert [8 + 5, 8, 2] == [
        sum(server.seen.values()),
        sum(table["error"] == "HTTP 500: status 500"),
        sum(table["error"].str.startswith("not asked, after: HTTP 500")),
    ]


ONE_USD = budget.most_usd(
    requests.request_body(questions(1, max_tokens=100)[0], read_contenders({"model": "gpt-4o", "base_url": "http://any/v1"})[0]),
    read_contenders({"model": "gpt-4o", "base_url": "http://any/v1"})[0],
    ArticleBook().rate("gpt-4o", None),
)
"""The most that one of these questions can cost."""


def test_wrong_key_costs_one_refusal(server, tmp_path):
    """Before others are sent, one request finds out whether the endpoint takes the key."""
    table = client.ask(questions(100), server.contender("401"), tmp_path / "s.sqlite", concurrency=32)
    assert (1, {"auth"}) == (sum(server.seen.values()), set(table["error_kind"]))


@pytest.mark.parametrize("wait", ["3600", "inf"])
def test_patience(server, tmp_path, wait):
    """An endpoint that asks for a longer wait than the user has patience for is left at once, and says so."""
    began = time.monotonic()
    of = server.contender(f"429:{wait};ok")
    table = client.ask(questions(3), of, tmp_path / "s.sqlite", concurrency=1, patience_s=60)
    words = f"its endpoint asks to wait {'inf' if wait == 'inf' else '3,600'} s, longer than patience_s=60"
    assert {"rate_limit"} == set(table["error_kind"])
    assert all(words in error for error in table["error"])
    assert (1, True) == (sum(server.seen.values()), time.monotonic() - began < 10)


@pytest.mark.parametrize(
    ("word", "times", "sent"),
    [
        pytest.param("usage", "3.5", 3, id="a call whose cost is unknown counts with the most it can be"),
        pytest.param("usage", "1", 1, id="a budget may be spent to the last cent"),
        pytest.param("usage", "0.99", 0, id="a budget that no call fits in sends nothing"),
        pytest.param("truncated", "2.5", 2, id="an attempt that broke off may be billed, and counts too"),
        pytest.param("400", "1", 10, id="what was refused cost nothing"),
        pytest.param("500;ok", "1", 1, id="an error of the server may be billed, and counts too"),
        pytest.param("ok", "1", 1, id="a call that cost less leaves less than the next could cost"),
    ],
)
def test_budget(server, tmp_path, word, times, sent):
    """No call is sent that could pass the budget, whatever came of those before; the rest is told apart."""
    of = server.contender(word, model="gpt-4o")
    table = client.ask(
        questions(10, max_tokens=100),
        of,
        tmp_path / "s.sqlite",
        book=ArticleBook(),
        budget_usd=ONE_USD * Decimal(times),
        concurrency=4,
    )
    assert sent == sum(server.seen.values())
    assert set(table["error_kind"]) <= {"", "budget", "bad_request"}
    unasked = table[table["error_kind"] == "budget"]
    assert all("could pass the budget of $" in text for text in unasked["error"])


def test_budget_counts_what_calls_cost(server, tmp_path):
    """A call counts with the most it can cost while it is under way, and with what it cost after that."""
    # 20 prompt tokens at $2.50 and 5 output tokens at $10.00 a million are 0.0001 dollars
    money = ONE_USD + Decimal("0.00035")
    table = client.ask(
        questions(10, max_tokens=100),
        server.contender("ok", model="gpt-4o"),
        tmp_path / "s.sqlite",
        book=ArticleBook(),
        budget_usd=money,
    )
    assert (4, 1) == (sum(server.seen.values()), server.most)
    assert pytest.approx(0.0004) == table["cost_usd"].sum()
    assert 6 == (table["error_kind"] == "budget").sum()


def test_full_disk(server, tmp_path, full_disk):
    """A disk that is full stops the run in one line; what had come back is not asked again when there is room."""
    many = [Request(f"{n}", [{"role": "user", "content": f"q {n} " * 3_000}]) for n in range(60)]
    of, store = server.contender("says:fine"), tmp_path / "s.sqlite"
    with full_disk(400_000), pytest.raises(StoreError) as caught:
        client.ask(many, of, store, concurrency=4)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(f"{store}: cannot be read or written: ")
    assert 0 < sum(server.seen.values()) < 60
    table = client.ask(many, of, store)
    assert [""] * 60 == list(table["error_kind"])
    assert {1} == set(server.seen.values())

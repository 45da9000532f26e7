"""What cannot be read is listed by file and line, and counts for nothing; what can be counts."""

import gzip
import json

import duckdb
import pytest
from logged import CACHED, LOGS, OUTPUT, PROMPT, REASONING, jsonl, needs_logs, row, rules, table

from kit import traffic as logs
from kit.errors import UsageError


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        pytest.param(row(**{PROMPT: -5}), "prompt: -5 is negative", id="negative tokens"),
        pytest.param(row(**{OUTPUT: -(10**30)}), "is negative", id="tokens far below nothing"),
        pytest.param(row(**{PROMPT: "many"}), "prompt: many is no whole number", id="words for tokens"),
        pytest.param(row(**{PROMPT: 1.5}), "prompt: 1.5 is no whole number", id="half a token"),
        pytest.param(row(**{PROMPT: 100_000_001}), "more than a call can have", id="more tokens than a call can have"),
        pytest.param(row(**{PROMPT: 10**30}), "more than a call can have", id="more tokens than a number can be"),
        pytest.param(row(**{CACHED: 101}), "101 tokens read from the cache and 0 written to it, of 100 in the prompt",
                     id="more cached than sent"),
        pytest.param(row(**{REASONING: 11}), "11 tokens of reasoning, of 10 in the output",
                     id="more thought than said"),
        pytest.param(row(**{PROMPT: 0}), "10 output tokens and no prompt", id="output without input"),
        pytest.param(row(**{PROMPT: None, OUTPUT: None}), "has no token counts", id="ok, without tokens"),
        pytest.param(row(time=None), "it has no time", id="no time"),
        pytest.param(row(time="yesterday"), "its time, yesterday, cannot be read", id="a time in words"),
        pytest.param(row(time="2026-13-05T00:00:00Z"), "cannot be read", id="a thirteenth month"),
        pytest.param(row(time="2019-12-31T23:59:59Z"), "before 2020", id="a clock that stands at its beginning"),
        pytest.param(row(time="2099-01-01T00:00:00Z"), "in the future", id="a clock that is ahead"),
        pytest.param(row(time="infinity"), "its time, infinity, cannot be read", id="the end of time"),
        pytest.param(row(**{"kit.latency_s": -1}), "it ends before it starts", id="an end before the start"),
        pytest.param(row(**{"gen_ai.request.model": None}), "it names no model", id="no model"),
        pytest.param("not json", "not JSON", id="no JSON"),
        pytest.param("[1, 2]", "list where an object belongs", id="a list"),
        pytest.param(row(**{PROMPT: float("nan")}), "NaN is no number of JSON", id="NaN"),
        pytest.param('{"time": ' + "[" * 100_000, "not JSON", id="JSON without end"),
    ],
)  # fmt: skip
def test_bad_rows(tmp_path, bad, why):
    """A row among two good ones is listed with its line, and they count."""
    traffic = logs.read_logs(jsonl(tmp_path / "a.jsonl", [row(1), bad, row(2)]))
    ((file, line, said),) = traffic.unread.itertuples(index=False)
    assert (str(tmp_path / "a.jsonl"), 2, True) == (file, line, why in said)
    assert [(2, 0, 1)] == list(traffic.files[["rows", "doubles", "unread"]].itertuples(index=False, name=None))
    assert [("c1", 100), ("c2", 100)] == list(traffic.frame()[["id", "prompt"]].itertuples(index=False, name=None))
    assert "1 line could not be read and count for nothing; see them by file and line" in traffic.notes


@pytest.mark.parametrize(
    "good",
    [
        pytest.param(row(**{PROMPT: "100"}), id="a number in quotes"),
        pytest.param(row(**{PROMPT: 100.0}), id="a number with a point"),
        pytest.param(row(time="2026-10-05T02:00:00+02:00"), id="a time of another zone"),
        pytest.param(row(time="1791158400"), id="seconds since 1970"),
        pytest.param(row(time=1791158400000), id="milliseconds since 1970"),
        pytest.param(row(**{"kit.answer": "\ud800"}), id="half a character"),
        pytest.param(row(**{f"key {n}": n for n in range(10_000)}), id="10,000 keys"),
        pytest.param(row(**{"kit.answer": "x" * 20_000_000}), id="a line of 20 MB"),
    ],
)
def test_good_rows(tmp_path, good):
    """What is unusual and can be read counts."""
    traffic = logs.read_logs(jsonl(tmp_path / "a.jsonl", [good]))
    (call,) = traffic.frame().itertuples()
    assert ("2026-10-05 00:00:00", 100, 10, 0) == (str(call.at), call.prompt, call.output, len(traffic.unread))


def test_error_has_no_tokens(tmp_path):
    """A call that failed counts as one, without tokens."""
    failed = row(**{PROMPT: None, OUTPUT: None, "kit.status": "rate_limit"})
    (call,) = logs.read_logs(jsonl(tmp_path / "a.jsonl", [failed])).frame().itertuples()
    assert ("rate_limit", 1, 0, 0) == (call.status, call.requests, call.prompt, call.output)


@pytest.mark.parametrize(
    ("data", "calls", "why"),
    [
        pytest.param(json.dumps(row(0)).encode() + b"\n" + json.dumps(row(1)).encode()[:60], 1,
                     [(2, "the line was cut short")], id="a last line half-written"),
        pytest.param(b"\xef\xbb\xbf" + json.dumps(row(0)).encode(), 1, [], id="a byte-order mark"),
        pytest.param(f"{json.dumps(row(0))}\n{json.dumps(row(1))}\n".encode("utf-16"), 2, [], id="UTF-16"),
        pytest.param(json.dumps(row(0)).encode() + b'\n{"kit.endpoint": "caf\xe9"}\n' + json.dumps(row(1)).encode(), 2,
                     [(2, "byte 22 is not UTF-8")], id="Latin-1 in the middle"),
        pytest.param(b"\n\n" + json.dumps(row(0)).encode() + b"\n\n\nx\n", 1, [(6, "not JSON")], id="empty lines"),
        pytest.param(json.dumps(row(0) | {"kit.endpoint": "a\u2028b"}, ensure_ascii=False).encode(), 1, [],
                     id="a line separator within a line"),
        pytest.param(b"".join(json.dumps(row(n)).encode() + b"\r\n" for n in range(3)), 3, [],
                     id="line ends of Windows"),
    ],
)  # fmt: skip
def test_bytes(tmp_path, data, calls, why):
    """Whatever the bytes are, each line is a call or is listed."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(data)
    traffic = logs.read_logs(path)
    listed = list(traffic.unread[["line", "why"]].itertuples(index=False, name=None))
    assert (calls, len(why)) == (len(traffic.frame()), len(listed))
    assert all(line == at and said in told for (line, told), (at, said) in zip(listed, why, strict=True))


@pytest.mark.parametrize("name", ["a.jsonl.gz", "log.txt"])
def test_gzip(tmp_path, name):
    """A gzipped file is unpacked, whatever it is called; one that was cut short says so, and what is there counts."""
    whole = gzip.compress("".join(json.dumps(row(n)) + "\n" for n in range(1_000)).encode())
    (tmp_path / name).write_bytes(whole)
    assert 1_000 == len(logs.read_logs(tmp_path / name).frame())
    (tmp_path / name).write_bytes(whole[:-100])
    traffic = logs.read_logs(tmp_path / name)
    ((line, why),) = traffic.unread[["line", "why"]].itertuples(index=False, name=None)
    assert (0, True, True) == (line, "the file ends too early" in why, 900 < len(traffic.frame()) < 1_000)


HEAD = [
    "generation_id",
    "created_at",
    "cost_total",
    "tokens_prompt",
    "tokens_completion",
    "model_permaslug",
    "app_name",
]
ROWS = [[f"gen-{n}", f"2026-10-05 01:0{n}:00", "0.1", "100", "10", "openai/gpt-4o", 'a "b", c'] for n in range(3)]
WIDE = [f"c{n}" for n in range(10_000)]
TWO = [*ROWS[0][:6], "two\nlines"]


@pytest.mark.parametrize(
    ("make", "calls", "why"),
    [
        pytest.param(lambda path: table(path, [HEAD, *ROWS], "utf-8-sig"), 3, "", id="a byte-order mark"),
        pytest.param(lambda path: table(path, [HEAD, *ROWS], "utf-16"), 3, "", id="UTF-16"),
        pytest.param(lambda path: table(path, [HEAD, *ROWS], delimiter=";"), 3, "", id="semicolons"),
        pytest.param(lambda path: table(path, [HEAD, *ROWS], delimiter="\t"), 3, "", id="tabs"),
        pytest.param(lambda path: table(path, [cells + WIDE for cells in (HEAD, *ROWS)]), 3, "", id="10,000 columns"),
        pytest.param(lambda path: table(path, [[*HEAD, "App_Name", "", ""], *([*cells, 1, 2, 3] for cells in ROWS)]),
                     3, "", id="columns that are there twice, or have no name"),
        pytest.param(lambda path: table(path, [HEAD, *ROWS, ROWS[0][:4]]), 3, "line 5: 4 fields; the head has 7",
                     id="a last line half-written"),
        pytest.param(lambda path: table(path, [HEAD, ROWS[0], [*ROWS[1][:3], "-1", *ROWS[1][4:]], ROWS[2]]), 2,
                     "line 3: prompt: -1 is negative", id="negative tokens"),
        pytest.param(lambda path: table(path, [HEAD, *ROWS[:2], [*ROWS[2][:6], "caf\xe9"]], "latin-1"), 2,
                     "line 4: it is not UTF-8", id="Latin-1"),
        pytest.param(lambda path: table(path, [HEAD, TWO, [*ROWS[1][:3], "", *ROWS[1][4:]], ROWS[2]]), 2,
                     "line 4: 10 output tokens and no prompt", id="a cell of two lines before the line that is bad"),
        pytest.param(lambda path: table(path, [HEAD]), 0, "", id="a head alone"),
    ],
)  # fmt: skip
def test_csv(tmp_path, make, calls, why):
    """A CSV is read as it comes, and what is wrong with a row is told with its line in the file."""
    traffic = logs.read_logs(make(tmp_path / "a.csv"))
    listed = [f"line {line}: {said}" for line, said in traffic.unread[["line", "why"]].itertuples(index=False)]
    assert (calls, [why] if why else []) == (len(traffic.frame()), listed)


def test_parquet(tmp_path):
    """Rows of a Parquet file that cannot count are listed by number, and the others count, without being copied."""
    path = tmp_path / "a.parquet"
    duckdb.sql(
        """COPY (SELECT 'c' || n AS id, TIMESTAMP '2026-10-05' + to_seconds(n) AS "at", 'gpt-4o' AS logged,
        CASE n WHEN 3 THEN -1 ELSE 100 END AS prompt, 0 AS cached, CASE n WHEN 5 THEN NULL ELSE 10 END AS output,
        CASE n WHEN 7 THEN 11 END AS reasoning FROM range(10) r(n)) TO '"""
        + f"{path}'"
    )
    traffic = logs.read_logs(path)
    assert [(4, "prompt: -1 is negative"), (8, "11 tokens of reasoning, of 10 in the output")] == list(
        traffic.unread[["line", "why"]].itertuples(index=False, name=None)
    )
    assert (8, 70) == traffic.db.execute("SELECT count(*), sum(output)::INT FROM usage").fetchall()[0]


@needs_logs
def test_other_currency(tmp_path):
    """An amount in another currency is listed, not converted and not added up."""
    data = json.loads((LOGS / "openai" / "costs.json").read_text())
    data["data"][0]["results"][1]["amount"]["currency"] = "eur"
    (tmp_path / "costs.json").write_text(json.dumps(data, indent=1))
    traffic = logs.read_logs(tmp_path)
    assert [(2, "eur where USD belongs; no other currency is converted")] == list(
        traffic.unread[["line", "why"]].itertuples(index=False, name=None)
    )
    assert [0.00047, 0.0034] == [usd for (usd,) in traffic.db.execute("SELECT usd FROM charges ORDER BY 1").fetchall()]


def test_currency_of_calls(tmp_path):
    """A call whose cost is in another currency is listed too, where the rules name the column that says so."""
    said = rules(tmp_path, "columns: {at: t, logged: m, prompt: i, output: o, logged_usd: c, currency: k}")
    path = table(tmp_path / "a.csv", [["t", "m", "i", "o", "c", "k"], ["2026-10-05", "gpt-4o", 1, 1, 2, "USD"],
                                      ["2026-10-05", "gpt-4o", 1, 1, 2, "CNY"]])  # fmt: skip
    traffic = logs.read_logs(path, said)
    assert (1, [(3, "CNY where USD belongs; no other currency is converted")]) == (
        len(traffic.frame()), list(traffic.unread[["line", "why"]].itertuples(index=False, name=None))
    )  # fmt: skip


def test_many(tmp_path):
    """A million bad lines would fill a page: the first thousand are listed, and the rest is a number."""
    traffic = logs.read_logs(jsonl(tmp_path / "a.jsonl", [row(0), *["x"] * 1_500]))
    assert (1_001, "and 500 more lines", 1_500) == (
        len(traffic.unread), traffic.unread["why"].iloc[-1], traffic.files["unread"][0]
    )  # fmt: skip


def test_hostile(tmp_path):
    """What a log says in place of a number cannot act where it is shown."""
    traffic = logs.read_logs(jsonl(tmp_path / "a.jsonl", [row(0), row(1, **{PROMPT: "\x1b[2J\u202e"})]))
    assert "prompt: ⟨U+001B⟩[2J⟨U+202E⟩ is no whole number" == traffic.unread["why"][0]


def test_two_ways_of_reading(tmp_path):
    """A file in which a line is bad is read row by row, and the rows that count come out the same."""
    rows = [
        row(n, **{CACHED: n, REASONING: n % 10, "kit.first_token_s": 0.25, "kit.batch": n % 2 == 0, PROMPT: 1_000,
                  "kit.request": {"messages": [{"role": "user", "content": f"ü {n}"}]}, "kit.answer": '{"a": 1}'})
        for n in range(600)
    ]  # fmt: skip
    fast = logs.read_logs(jsonl(tmp_path / "a.jsonl", rows)).frame()
    slow = logs.read_logs(jsonl(tmp_path / "b.jsonl", [*rows, "x"])).frame()
    assert 600 == len(fast)
    assert fast.drop(columns="file").equals(slow.drop(columns="file"))


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        pytest.param(
            "a.md",
            b"# Notes\n",
            "no log that is known; it has # Notes; `kit bill FILE --suggest-rules` writes",
            id="a text",
        ),
        pytest.param("a.png", b"\x89PNG\x00\x00", "it is neither text nor Parquet", id="a picture"),
        pytest.param("a.parquet", b"PAR1 and no more", "it begins like Parquet, and is none", id="half a Parquet file"),
        pytest.param("a.json", b'{\n "data": [', "it begins like JSON, and is none", id="half a document"),
        pytest.param("a.jsonl", b"", "it is empty", id="an empty file"),
        pytest.param(
            "a.jsonl",
            b'{"a": 1}\n',
            "no log that is known; it has a; `kit bill FILE --suggest-rules` writes",
            id="other JSON",
        ),
    ],
)
def test_unknown_files(tmp_path, name, data, said):
    """A file that is no log is an error if it is named, and is said and passed over in a folder."""
    (tmp_path / name).write_bytes(data)
    with pytest.raises(UsageError, match=said):
        logs.read_logs(tmp_path / name)
    jsonl(tmp_path / "z.jsonl", [row(0)])
    files = logs.read_logs(tmp_path).files.set_index("format")["said"]
    assert (True, "rows of the kit's own meter: 1 call") == (said in files[""], files["kit"])


def test_nowhere(tmp_path):
    """A path that leads nowhere, and a folder with nothing in it, say so."""
    with pytest.raises(UsageError, match=r"none\*: no such file, folder or pattern"):
        logs.read_logs(str(tmp_path / "none*"))
    with pytest.raises(UsageError, match="no files in it"):
        logs.read_logs(tmp_path)

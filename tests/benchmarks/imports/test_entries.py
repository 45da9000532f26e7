"""What reading any recorded file takes: errors by kind, keys as letters, scores as shares, lines by number."""

from pathlib import Path

import pytest

from kit.benchmarks.imports.entries import Score, failed, letter, lines, moment, need, number, scored, tokens
from kit.client import ERROR_KINDS
from kit.errors import ItemError
from kit.pricing import Usage

HERE = Path("samples.jsonl")


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        pytest.param("RateLimitError('Error code: 429 - {...}')", "rate_limit", id="OpenAI's rate limit"),
        pytest.param("You exceeded your current quota, please check your plan and billing", "quota", id="no money"),
        pytest.param("AuthenticationError: Incorrect API key provided: sk-***", "auth", id="a wrong key"),
        pytest.param("API error: 403 Forbidden", "auth", id="a model that this key may not use"),
        pytest.param("This model's maximum context length is 8192 tokens", "context", id="too long"),
        pytest.param("prompt is too long: 210000 tokens > 200000 maximum", "context", id="too long, to Anthropic"),
        pytest.param("triggering Azure OpenAI's content management policy", "refused", id="Azure's filter"),
        pytest.param("Request timed out.", "timeout", id="too late"),
        pytest.param("getaddrinfo ENOTFOUND api.example.com", "network", id="no such host"),
        pytest.param("Error code: 404 - The model `gpt-5o` does not exist", "not_found", id="no such model"),
        pytest.param("Error code: 400 - unknown field", "bad_request", id="a request that is not taken"),
        pytest.param("AbortError: evaluation cancelled", "stopped", id="stopped by hand"),
        pytest.param("Error code: 503 - overloaded", "server", id="an endpoint that failed"),
        pytest.param("", "server", id="nothing said"),
    ],
)
def test_failed(message, kind):
    """An error is of the kind that it says it is, and its words stay, on one line."""
    found = failed(f"{message}\n  at line 1")
    assert (kind, True, f"{message} at line 1".strip()) == (found.kind, kind in ERROR_KINDS, found.message)


@pytest.mark.parametrize(
    ("key", "choices", "as_letter"),
    [
        pytest.param("B", 4, "B", id="a letter"),
        pytest.param(" (b) ", 4, "B", id="a letter in brackets"),
        pytest.param(1, 4, "B", id="a place"),
        pytest.param("3", 4, "D", id="a place as text"),
        pytest.param("E", 4, "", id="a letter outside the choices"),
        pytest.param(4, 4, "", id="a place outside the choices"),
        pytest.param(-1, 4, "", id="a place before the first"),
        pytest.param("²", 4, "", id="a figure that is no number"),
        pytest.param(True, 4, "", id="yes"),
        pytest.param(None, 4, "", id="nothing"),
        pytest.param("", 4, "", id="empty"),
        pytest.param("Paris", 4, "", id="a word"),
    ],
)
def test_letter(key, choices, as_letter):
    """A key is a letter, or a place from 0; anything else is none."""
    assert as_letter == letter(key, choices)


@pytest.mark.parametrize(
    ("value", "passed", "score"),
    [
        pytest.param(1.0, None, Score("right", 1.0), id="all of it"),
        pytest.param(0.0, None, Score("wrong", 0.0), id="none of it"),
        pytest.param(0.5, None, Score("partly", 0.5), id="half of it"),
        pytest.param(0.8, True, Score("right", 0.8), id="enough of it, says the source"),
        pytest.param(0.8, False, Score("partly", 0.8), id="not enough of it, says the source"),
        pytest.param(1.5, None, None, id="more than all"),
        pytest.param(-1.0, None, None, id="less than none"),
        pytest.param(None, None, None, id="no value"),
    ],
)
def test_scored(value, passed, score):
    """A share from 0 to 1 is a score; what is none is not bent into one."""
    assert score == scored(value, passed=passed)


@pytest.mark.parametrize(
    ("value", "as_number"),
    [(True, 1.0), (0, 0.0), (0.25, 0.25), ("1", None), (None, None), (float("nan"), None), (float("inf"), None)],
)
def test_number(value, as_number):
    """Only a number is one, and only a finite one."""
    assert as_number == number(value)


@pytest.mark.parametrize(
    ("counts", "usage"),
    [
        pytest.param((100, 20, 80, 5), Usage(100, 80, 20, 5), id="as counted"),
        pytest.param((100, 20, None, None), Usage(100, 0, 20, 0), id="parts that are not told are none"),
        pytest.param((None, 20), None, id="a prompt that is not told"),
        pytest.param((100, 20, 200), None, id="more cached than sent"),
        pytest.param((100, -1), None, id="less than none"),
        pytest.param((100, 2.5), None, id="half a token"),
        pytest.param((10**30, 1), None, id="more than can be"),
    ],
)
def test_tokens(counts, usage):
    """Counts that contradict themselves are unknown, not mended."""
    assert usage == tokens(*counts)


def test_moment():
    """A moment is one in ISO form, and nothing else."""
    moments = [moment(text) for text in ("2025-03-01T10:20:30Z", "yesterday", "2025-99-99", None, 5)]
    assert ["2025-03-01T10:20:30+00:00", "", "", "", ""] == moments


@pytest.mark.parametrize(
    ("text", "found", "remarks"),
    [
        pytest.param('{"a": 1}\n\n{"a": 2}\n', [(1, {"a": 1}), (3, {"a": 2})], [], id="empty lines are counted"),
        pytest.param('{"a": 1}\n{"a', [(1, {"a": 1})], ["line 2, which was cut short, is left out"], id="a last half"),
        pytest.param('{"a": "\u2028"}\r\n', [(1, {"a": "\u2028"})], [], id="a separator inside a text ends no line"),
        pytest.param("", [], [], id="nothing"),
    ],
)
def test_lines(text, found, remarks):
    """Each line is read under its number."""
    assert (found, remarks) == lines(text, HERE)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('{"a": 1}\n{"a\n', id="a last half that has its line end was written so"),
        pytest.param('{"a', id="a first half with nothing before it"),
        pytest.param('{"a\n{"b": 1}', id="a half before a whole"),
    ],
)
def test_bad_lines(text):
    """A bad line is an error, with its number."""
    with pytest.raises(ItemError, match=r"samples.jsonl: line \d: not JSON"):
        lines(text, HERE)


def test_need():
    """A field that is needed is there, and of its kind."""
    assert 1 == need({"a": 1}, "a", int, "here")
    for record, said in (
        ({}, "here: 'a' is missing"),
        ({"a": "1"}, "here: 'a' cannot be a str"),
        ([], "here: list where an object with 'a' belongs"),
    ):
        with pytest.raises(ItemError, match=said):
            need(record, "a", int, "here")

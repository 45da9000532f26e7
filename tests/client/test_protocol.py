"""A body becomes an answer, an error becomes a fault; providers' differences end here."""

import json
import math

import pytest

from kit.client import protocol
from kit.client.api_errors import ApiError
from kit.client.protocol import StreamAccumulator
from kit.pricing import Usage

AT = "2026-11-24T12:00:00.000+00:00"
COUNTS = {"prompt_tokens": 20, "completion_tokens": 5}


def completion(message, finish_reason="stop", **more):
    choice = {"index": 0, "message": {"role": "assistant"} | message, "finish_reason": finish_reason}
    return json.dumps({"model": "m-1", "choices": [choice], "usage": COUNTS} | more)


def delta(finish_reason=None, usage=None, **said):
    """One event's data."""
    choice = {"index": 0, "delta": said, "finish_reason": finish_reason} | ({"usage": usage} if usage else {})
    return json.dumps({"model": "m-1", "choices": [choice]})


def part(index=None, id=None, name=None, arguments=None):
    """A part of a tool call; what is None is not sent."""
    function = {key: value for key, value in (("name", name), ("arguments", arguments)) if value is not None}
    return {key: value for key, value in (("index", index), ("id", id)) if value is not None} | {"function": function}


STOP = delta("stop")
SPENT = json.dumps({"choices": [], "usage": COUNTS})


def heard(*events):
    """A stream that was fed events, one each second, and `[DONE]` where it is said."""
    stream = StreamAccumulator()
    for second, event in enumerate(events, 1):
        stream.feed(event if isinstance(event, bytes) else f"data: {event}".encode(errors="surrogatepass"), second)
        stream.feed(b"", second)
    return stream


def streamed(*events):
    return heard(*events).answer(AT, 9.0)


# Answers in one piece.


def test_answer():
    """A chat completion becomes text, reason, usage and the model's name over there."""
    answer = protocol.read_answer(completion({"content": "Hi."}), AT, 2.5)
    assert ("Hi.", "stop", Usage(20, 0, 5), "m-1", 2.5, None, "") == (
        answer.text, answer.finish_reason, answer.usage, answer.served_by, answer.total_s, answer.first_token_s,
        answer.note,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("message", "text", "thinking", "note"),
    [
        pytest.param({"content": None}, "", "", "", id="an answer may be empty"),
        pytest.param({"content": "4", "reasoning_content": "2+2"}, "4", "2+2", "", id="DeepSeek's reasoning"),
        pytest.param({"content": "4", "reasoning": "2+2"}, "4", "2+2", "", id="OpenRouter's reasoning"),
        pytest.param(
            {"content": None, "refusal": "No."}, "No.", "", "a refusal, in the field for refusals", id="a refusal"
        ),
        pytest.param({"content": "a\ud83d"}, "a\ufffd", "", "", id="half a character is replaced"),
        pytest.param({"content": "\ud83d\ude00"}, "😀", "", "", id="two halves are one"),
    ],
)  # fmt: skip
def test_message(message, text, thinking, note):
    """What was said, thought and refused is told apart."""
    answer = protocol.read_answer(completion(message), AT, 1.0)
    assert (text, thinking, note) == (answer.text, answer.thinking, answer.note)


@pytest.mark.parametrize(
    ("call", "read"),
    [
        pytest.param(
            {"id": "c1", "function": {"name": "f", "arguments": '{"a": 1}'}},
            {"id": "c1", "name": "f", "arguments": '{"a": 1}'}, id="arguments stay as the model wrote them",
        ),
        pytest.param(
            {"id": 1, "function": {"name": "f", "arguments": {"a": 1}}},
            {"id": "1", "name": "f", "arguments": '{"a": 1}'}, id="an object for a string becomes one",
        ),
        pytest.param({"function": {"name": "f"}}, {"id": "", "name": "f", "arguments": ""}, id="none are none"),
    ],
)  # fmt: skip
def test_tool_call(call, read):
    """A tool call is an id, a name and arguments, all of them text."""
    assert (read,) == protocol.read_answer(completion({"tool_calls": [call]}, "tool_calls"), AT, 1.0).tool_calls


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("<!DOCTYPE html><HTML>busy</HTML>", "a web page, where a chat completion was due", id="a page"),
        pytest.param('{"choices": [{"mess', "not JSON, where a chat completion was due: {", id="half an answer"),
        pytest.param("[" * 100_000, "not JSON", id="brackets without end"),
        pytest.param("[]", "not JSON", id="a list"),
        pytest.param('{"choices": []}', 'no chat completion: {"choices": []}', id="no choice"),
        pytest.param('{"choices": [{"message": null}]}', "no chat completion", id="no message"),
        pytest.param(completion({"tool_calls": ["f"]}), "no chat completion", id="a tool call that is none"),
        pytest.param("{}" + "\x1b[2J" + "x" * 999, "⟨U+001B⟩", id="a terminal's escape, shown and not obeyed"),
    ],
)
def test_malformed(text, said):
    """What is no chat completion is quoted, may be asked again and may have cost money."""
    with pytest.raises(ApiError) as caught:
        protocol.read_answer(text, AT, 1.0)
    fault = caught.value
    assert ("malformed", True, True, True) == (fault.kind, fault.retry, fault.billed, said in fault.message)
    assert len(fault.message) < 400


def test_error_with_status_200():
    """An error in place of an answer is that error (OpenRouter does so, https://openrouter.ai/docs/errors)."""
    with pytest.raises(ApiError) as caught:
        protocol.read_answer('{"error": {"code": 402, "message": "Insufficient credits"}}', AT, 1.0)
    fault = caught.value
    assert ("quota", True, "in place of an answer: Insufficient credits") == (fault.kind, fault.final, fault.message)


# Usage.


@pytest.mark.parametrize(
    ("reported", "usage"),
    [
        pytest.param(COUNTS, Usage(20, 0, 5), id="nothing cached, nothing thought"),
        pytest.param(
            COUNTS
            | {"prompt_tokens_details": {"cached_tokens": 16}, "completion_tokens_details": {"reasoning_tokens": 3}},
            Usage(20, 16, 5, 3), id="OpenAI",
        ),
        pytest.param(
            COUNTS | {"prompt_tokens_details": None, "completion_tokens_details": None}, Usage(20, 0, 5), id="nulls"
        ),
        pytest.param(
            COUNTS | {"prompt_cache_hit_tokens": 16, "prompt_cache_miss_tokens": 4}, Usage(20, 16, 5), id="DeepSeek"
        ),
        pytest.param(COUNTS | {"cached_tokens": 16}, Usage(20, 16, 5), id="Moonshot"),
        pytest.param(
            COUNTS | {"cached_tokens": 16, "prompt_tokens_details": {"cached_tokens": 16}}, Usage(20, 16, 5),
            id="both spellings are one cache",
        ),
    ],
)  # fmt: skip
def test_usage(reported, usage):
    """Cached tokens are inside prompt tokens, wherever a provider reports them."""
    assert (usage, "") == protocol.read_usage(reported)


@pytest.mark.parametrize(
    ("reported", "note"),
    [
        pytest.param(None, "no usage was reported", id="none"),
        pytest.param([20, 5], "no usage was reported", id="a list"),
        pytest.param({"prompt_tokens": 20}, 'usage reported cannot be read: {"prompt_tokens": 20}', id="half"),
        pytest.param(COUNTS | {"prompt_tokens": "20"}, "cannot be read", id="a text for a number"),
        pytest.param(COUNTS | {"prompt_tokens": True}, "cannot be read", id="a yes for a number"),
        pytest.param(COUNTS | {"prompt_tokens": 2**64}, "cannot be read", id="more than any column holds"),
        pytest.param(COUNTS | {"prompt_tokens_details": [1]}, "cannot be read", id="a list for details"),
        pytest.param(
            COUNTS | {"cached_tokens": 21},
            "the usage reported contradicts itself: usage: 21 cached of 20 prompt tokens; cached counts inside prompt",
            id="more cached than sent",
        ),
        pytest.param(COUNTS | {"completion_tokens": -1}, "contradicts itself: usage: output is -1", id="less than 0"),
    ],
)  # fmt: skip
def test_no_usage(reported, note):
    """Usage that is missing, unreadable or contradictory is none, and the answer's note says which."""
    answer = protocol.read_answer(completion({"content": "Hi."}, usage=reported), AT, 1.0)
    assert (None, "Hi.", True) == (answer.usage, answer.text, note in answer.note)


# Streams.


def test_stream():
    """Events add up to the answer; the first token is the first with anything in it."""
    events = delta(role="assistant", content=""), delta(content="Hi"), delta(content="."), STOP, SPENT, "[DONE]"
    answer = streamed(*events)
    assert ("Hi.", "stop", Usage(20, 0, 5), "m-1", 2, 9.0) == (
        answer.text, answer.finish_reason, answer.usage, answer.served_by, answer.first_token_s, answer.total_s,
    )  # fmt: skip


TOLD = {"logprobs": {"content": [{"logprob": math.log(0.9)}, {"logprob": math.log(0.4)}]}}


@pytest.mark.parametrize(
    ("told", "confidence"),
    [
        pytest.param(TOLD, 0.6, id="the geometric mean of 0.9 and 0.4"),
        pytest.param({"logprobs": {"content": [{"logprob": -math.inf}]}}, 0.0, id="what could not be said, was"),
        pytest.param({"logprobs": {"content": [{"logprob": math.nan}]}}, None, id="no number"),
        pytest.param({"logprobs": {"content": []}}, None, id="no token"),
        pytest.param({"logprobs": None}, None, id="not told"),
        pytest.param({"logprobs": "no"}, None, id="told as nobody does"),
        pytest.param({}, None, id="not asked for"),
    ],
)
def test_confidence(told, confidence):
    """How sure an answer is comes from its tokens' probabilities, at once or in a stream; else there is none."""
    choice = {"index": 0, "message": {"content": "Hi."}, "finish_reason": "stop"} | told
    whole = protocol.read_answer(json.dumps({"model": "m-1", "choices": [choice]}), AT, 1.0).confidence
    event = json.dumps({"choices": [{"index": 0, "delta": {"content": "Hi."}} | told]})
    assert (pytest.approx(confidence), pytest.approx(confidence)) == (whole, streamed(event, STOP).confidence)


@pytest.mark.parametrize("ends", [(), ("[DONE]",)], ids=["without [DONE]", "with [DONE]"])
def test_ends(ends):
    """A reason to finish is an end, whether or not [DONE] follows."""
    assert "Hi" == streamed(delta(content="Hi"), STOP, *ends).text


def test_done_is_an_end():
    """[DONE] after text is an end, whether or not there was a reason."""
    stream = heard(delta(content="Hi"), "[DONE]")
    assert (True, "Hi", "") == (stream.done, stream.answer(AT, 1.0).text, stream.answer(AT, 1.0).finish_reason)


@pytest.mark.parametrize(
    "events",
    [
        pytest.param([], id="nothing came"),
        pytest.param([delta(content="half")], id="half an answer came"),
        pytest.param([delta(role="assistant", content=""), "[DONE]"], id="a beginning and an end, and no answer"),
    ],
)
def test_broke_off(events):
    """A stream that ends before its answer is no answer, may be asked again and may have cost money."""
    with pytest.raises(ApiError) as caught:
        streamed(*events)
    assert ("network", True, True) == (caught.value.kind, caught.value.retry, caught.value.billed)


TEXT = '慢慢来 😀 {"a": "b\\n"}'


@pytest.mark.parametrize("cut", range(len(TEXT) + 1))
def test_cut_anywhere(cut):
    """An answer, a thought and a call that are cut in two at any character are the same ones."""
    call = part(0, "c1", "f", "")
    halves = [
        delta(content=text, reasoning_content=text, tool_calls=[part(0, arguments=text)])
        for text in (TEXT[:cut], TEXT[cut:])
    ]
    answer = streamed(delta(tool_calls=[call]), *halves, STOP)
    assert (TEXT, TEXT, ({"id": "c1", "name": "f", "arguments": TEXT},)) == (
        answer.text, answer.thinking, answer.tool_calls,
    )  # fmt: skip


def test_halves_of_a_character():
    """A character that is sent in two events, as UTF-16 halves, is whole in the end."""
    assert "😀" == streamed(delta(content="\ud83d"), delta(content="\ude00"), STOP).text


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(b": OPENROUTER PROCESSING", id="a comment that keeps the line open"),
        pytest.param(b"event: message", id="an event's name"),
        pytest.param(b"retry: 3000", id="a time to reconnect"),
        pytest.param(b'data: {"choices": []}', id="an event without a choice"),
        pytest.param(b'data: {"choices": null, "error": null}', id="nulls"),
    ],
)
def test_says_nothing(line):
    """What keeps a stream alive or names its events is no part of the answer, and no first token."""
    answer = streamed(line, delta(content="Hi"), line, STOP, line)
    assert ("Hi", 2) == (answer.text, answer.first_token_s)


def test_no_space_after_the_colon():
    """`data:{` is `data: {`, as the standard has it."""
    assert "Hi" == streamed(f"data:{delta(content='Hi')}".encode(), STOP).text


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
def test_thinking(name):
    """Reasoning is kept apart from the answer, under either name, and its first token is the first."""
    answer = streamed(delta(**{name: "6 times "}), delta(**{name: "7"}), delta(content="42"), STOP)
    assert ("42", "6 times 7", 1) == (answer.text, answer.thinking, answer.first_token_s)


def test_refusal():
    """A refusal in parts is the text, and is noted."""
    answer = streamed(delta(refusal="I "), delta(refusal="won't."), STOP, SPENT)
    assert ("I won't.", "a refusal, in the field for refusals") == (answer.text, answer.note)


def test_byte_order_mark():
    """A byte order mark before the first event, or before a whole answer, is no part of either."""
    stream = StreamAccumulator()
    for line in (b"\xef\xbb\xbfdata: " + delta(content="Hi.").encode(), b"data: " + STOP.encode()):
        stream.feed(line, 0.1)
    assert "Hi." == stream.answer(AT, 1.0).text
    assert "Hi." == protocol.read_answer("\ufeff" + completion({"content": "Hi."}), AT, 1.0).text


TEXTS = [{"type": "text", "text": "Hi "}, {"type": "text", "text": "you."}]
PARTS = [TEXTS[0], {"type": "image_url", "image_url": {"url": "x"}}, TEXTS[1]]


def test_content_in_parts():
    """Content that comes as a list of parts is the text of the parts, streamed or not."""
    assert "Hi you." == protocol.read_answer(completion({"content": PARTS}), AT, 1.0).text
    assert "Hi you." == streamed(delta(content=PARTS), STOP).text


def test_usage_in_the_choice():
    """Moonshot reports usage inside the last choice (https://github.com/earendil-works/pi/issues/2017)."""
    answer = streamed(delta(content="Hi"), delta("stop", usage=COUNTS | {"cached_tokens": 16}), "[DONE]")
    assert Usage(20, 16, 5) == answer.usage


F, G = {"id": "c1", "name": "f", "arguments": "{}"}, {"id": "c2", "name": "g", "arguments": "[]"}


@pytest.mark.parametrize(
    ("parts", "calls"),
    [
        pytest.param(
            [part(0, "c1", "f", ""), part(0, arguments="{"), part(1, "c2", "g", "["), part(0, arguments="}"),
             part(1, arguments="]")],
            [F, G], id="OpenAI: by number, even in turns",
        ),
        pytest.param([part(None, "c1", "f", "{}"), part(None, "c2", "g", "[]")], [F, G], id="Gemini: whole, no number"),
        pytest.param(
            [part(None, "c1", "f", "{"), part(arguments="}"), part(None, "c2", "g", "[]")], [F, G],
            id="no number: what has no id goes on",
        ),
        pytest.param(
            [part(None, "c1", "f", "{"), part(None, "c1", arguments="}")], [F], id="no number: a repeated id goes on"
        ),
        pytest.param(
            [part(None, "", "f", "{"), part(None, "", arguments="}"), part(None, "", "g", "[]")],
            [F | {"id": ""}, G | {"id": ""}], id="neither number nor id: a name begins a call",
        ),
        pytest.param([part(arguments="{}")], [{"id": "", "name": "", "arguments": "{}"}], id="nothing but arguments"),
        pytest.param([part(1, "c1", "f", "{}")], [F], id="numbers from 1 leave no empty call before"),
    ],
)  # fmt: skip
def test_tool_calls_in_parts(parts, calls):
    """Parts of tool calls find each other, with and without a number and an id."""
    answer = streamed(*(delta(tool_calls=[one]) for one in parts), delta("tool_calls"))
    assert tuple(calls) == answer.tool_calls


@pytest.mark.parametrize(
    ("line", "kind", "retry", "said"),
    [
        pytest.param(
            b'data: {"error": {"message": "overloaded", "code": 503}}', "server", True, "in the stream: overloaded",
            id="an overload may pass",
        ),
        pytest.param(
            b'data: {"error": {"message": "no such thing", "code": 400}}', "bad_request", False, "no such thing",
            id="a bad request stays bad",
        ),
        pytest.param(b'data: {"error": "broken"}', "server", True, "in the stream: broken", id="a word for an error"),
        pytest.param(b'{"error": {"message": "boo"}}', "server", True, "in the stream: boo", id="an error in no event"),
        pytest.param(b"data: <html>", "malformed", True, "a web page, where a chat", id="a web page"),
        pytest.param(b'data: {"choices": [', "malformed", True, "not JSON", id="half an event"),
        pytest.param(b'data: {"choices": 5}', "malformed", True, 'no event: {"choices": 5}', id="a number for choices"),
        pytest.param(b'data: {"choices": ["\xff"]}', "malformed", True, "no event", id="bytes that are no text"),
        pytest.param(
            delta(tool_calls=[part(-1, "c", "f")]), "malformed", True, "no event", id="a call before the first"
        ),
        pytest.param(delta(tool_calls=[part(10**9, "c", "f")]), "malformed", True, "no event", id="a call far behind"),
    ],
)  # fmt: skip
def test_breaks_in_the_stream(line, kind, retry, said):
    """An error in the middle of a stream is told with the endpoint's words, and may have cost money."""
    with pytest.raises(ApiError) as caught:
        heard(delta(content="half"), line)
    fault = caught.value
    assert (kind, retry, True, True) == (fault.kind, fault.retry, fault.billed, said in fault.message)


# Errors.

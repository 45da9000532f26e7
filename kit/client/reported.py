"""Token counts as endpoints report them, brought under one set of names.

Chat completions and responses spell them differently, and so do providers: OpenAI counts cached tokens in
`prompt_tokens_details` or `input_tokens_details`, DeepSeek as `prompt_cache_hit_tokens`, Moonshot as `cached_tokens`;
OpenAI and OpenRouter say in the same details how many were written to the cache. With all of them cached tokens are
inside the prompt and reasoning tokens inside the output.
"""

from typing import Any

from kit.errors import UsageError

__all__ = ["counts"]

_PLACES: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    ("prompt", (("", "prompt_tokens"), ("", "input_tokens"))),
    (
        "cached",
        (
            ("prompt_tokens_details", "cached_tokens"),
            ("input_tokens_details", "cached_tokens"),
            ("", "prompt_cache_hit_tokens"),
            ("", "cached_tokens"),
        ),
    ),
    ("output", (("", "completion_tokens"), ("", "output_tokens"))),
    ("reasoning", (("completion_tokens_details", "reasoning_tokens"), ("output_tokens_details", "reasoning_tokens"))),
    ("written", (("prompt_tokens_details", "cache_write_tokens"), ("input_tokens_details", "cache_write_tokens"))),
)
"""Our name for a count, and where it may stand: in which object, under which name."""

_MOST = 2**53
"""A count beyond it is none, and no column could hold it."""


def counts(reported: dict[str, Any]) -> dict[str, int]:
    """Read the usage that came with an answer, chat completion or response.

    Returns:
        `Usage`'s fields, as far as they are reported: prompt and output always. They may still contradict each other.

    Raises:
        UsageError: If prompt or output is missing, or a count is no whole number.
    """
    found: dict[str, int] = {}
    for name, places in _PLACES:
        for inside, last in places:
            holder = reported.get(inside) or {} if inside else reported
            if not isinstance(holder, dict):
                raise UsageError(f"usage: {inside} is not an object; it should hold {last}")
            value = holder.get(last)
            if value is None:
                continue
            if type(value) is not int or value > _MOST:
                raise UsageError(f"usage: {last} is not a count of tokens")
            found[name] = found.get(name) or value  # two spellings of one count, one of them left at 0
    if not {"prompt", "output"} <= found.keys():
        raise UsageError("usage: prompt or output tokens are missing; an answer has both")
    return found

"""Usage: the tokens that are sent and that come back.

Cached tokens (read from the provider's cache, or written to it) are counted inside prompt tokens and reasoning tokens
inside output tokens, as OpenAI reports them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from kit.errors import UsageError

__all__ = ["Usage", "Workload", "workloads"]


@dataclass(frozen=True)
class Usage:
    """Tokens of one call, or of many added up.

    Attributes:
        prompt: All that was sent.
        cached: Of these, read from the provider's cache.
        output: All that came back.
        reasoning: Of these, thought and not said.
        written: Of the prompt tokens, written to the provider's cache, which some bill dearer than fresh ones.
        written_1h: Of these, to be kept for an hour, which some bill dearer still.
        requests: Calls that the tokens are of; a fee a request counts for each.

    Raises:
        UsageError: If a count is negative, or a part is larger than the whole it is counted in.
    """

    prompt: int
    cached: int = 0
    output: int = 0
    reasoning: int = 0
    written: int = 0
    written_1h: int = 0
    requests: int = 1

    def __post_init__(self) -> None:
        for name, count in vars(self).items():
            if count < 0:
                raise UsageError(f"usage: {name} is {count}; token counts start at 0")
        if self.cached + self.written > self.prompt:
            cached = f"{self.cached} cached" + (f" and {self.written} written to the cache" if self.written else "")
            raise UsageError(f"usage: {cached} of {self.prompt} prompt tokens; cached counts inside prompt")
        if self.written_1h > self.written:
            raise UsageError(f"usage: {self.written_1h} of {self.written} tokens written to the cache for an hour")
        if self.reasoning > self.output:
            raise UsageError(
                f"usage: {self.reasoning} reasoning of {self.output} output tokens; reasoning counts inside output"
            )


@dataclass(frozen=True)
class Workload:
    """One kind of request that a team sends all month.

    Attributes:
        requests: Requests a month.
        prompt: Prompt tokens a request, cached ones included.
        output: Output tokens a request.
        cached: Share of the prompt tokens that the provider reads from its cache, 0 to 1.
    """

    name: str
    requests: int
    prompt: int
    output: int
    cached: Decimal = Decimal(0)

    def request(self) -> Usage:
        """Tokens of one request."""
        return Usage(self.prompt, int(self.prompt * self.cached), self.output)

    def month(self) -> Usage:
        """Tokens of a month."""
        one = self.request()
        n = self.requests
        return Usage(one.prompt * n, one.cached * n, one.output * n, requests=n)

    @property
    def input_share(self) -> Decimal:
        """Share of all tokens that are input, 0 to 1."""
        return Decimal(self.prompt) / Decimal(self.prompt + self.output)


def workloads(requests_per_month: int, mix: Mapping[str, Mapping[str, object]]) -> list[Workload]:
    """Turn a study's `workload` block into workloads.

    Args:
        requests_per_month: All requests together.
        mix: name -> `share` of the requests, `prompt` and `output` tokens a request, `cached` share of the prompt.

    Raises:
        UsageError: If the shares do not sum to 1.
    """
    shares = {name: Decimal(str(row["share"])) for name, row in mix.items()}
    if (total := sum(shares.values())) != 1:
        raise UsageError(f"workload: the shares sum to {total}, not 1 ({', '.join(shares)})")
    return [
        Workload(
            name,
            round(requests_per_month * shares[name]),
            int(str(row["prompt"])),
            int(str(row["output"])),
            Decimal(str(row.get("cached", 0))),
        )
        for name, row in mix.items()
    ]

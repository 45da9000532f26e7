"""The article's second function: tiers by complexity, which fall back on what another model can cure and no more.

    python examples/generate_with_fallback.py "Write a haiku about parcels." --complexity low    on the embedded model

A service imports `generate_with_fallback` and names its policy in the environment variable ROUTING_POLICY, or hands in
a router of its own. Nothing falls back to the embedded model by itself.
"""

import argparse
import os
import sys
from functools import cache
from pathlib import Path

from kit.errors import KitError
from kit.service import ARTICLE, Router

EMBEDDED = Path(__file__).parent / "embedded.yaml"


def generate_with_fallback(prompt: str, complexity: str, router: Router | None = None) -> str:
    """Text from the first contender of its tier that answers.

    Args:
        complexity: `low`, `tool_heavy`, or anything else.
        router: One of your own; if left out, one with the policy that ROUTING_POLICY names, or the article's.

    Raises:
        kit.errors.RouteError: If no contender answers, with each one's reason.
    """
    return (router or default_router()).create([{"role": "user", "content": prompt}], complexity).text


@cache
def default_router() -> Router:
    """One router a process, so that its circuit breakers remember."""
    return Router(os.environ.get("ROUTING_POLICY", ARTICLE))


def main() -> None:
    """Print the answer to the prompt given on the command line, as it comes."""
    arguments = argparse.ArgumentParser(description="Generate text, with tiers to fall back on.")
    arguments.add_argument("prompt")
    arguments.add_argument("--complexity", default="medium", help="low, tool_heavy, or anything else")
    arguments.add_argument("--policy", default=EMBEDDED, help="YAML file; examples/embedded.yaml if left out")
    given = arguments.parse_args()
    try:
        with Router(given.policy) as router:
            stream = router.stream([{"role": "user", "content": given.prompt}], given.complexity)
            for text in stream:
                print(text, end="", flush=True)
    except KitError as error:
        sys.exit(str(error))
    print(f"\nanswered by {stream.reply.contender}, tier {stream.reply.tier}", file=sys.stderr)


if __name__ == "__main__":
    main()

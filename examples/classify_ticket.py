"""The article's first function: classify a support ticket, as JSON that has been checked.

    python examples/classify_ticket.py "my parcel is late"                                   on the embedded model
    python examples/classify_ticket.py "my parcel is late" --policy kit/data/policy.yaml     on the article's models

A service imports `classify_ticket` and names its policy in the environment variable ROUTING_POLICY, or hands in a
router of its own. Nothing falls back to the embedded model by itself.
"""

import argparse
import json
import os
import sys
from functools import cache
from pathlib import Path
from typing import Any

from kit.errors import KitError
from kit.service import ARTICLE, Reply, Router

EMBEDDED = Path(__file__).parent / "embedded.yaml"
SCHEMA = {
    "type": "object",
    "properties": {
        "category": {"enum": ["billing", "technical", "account", "shipping", "other"]},
        "priority": {"enum": ["low", "normal", "high", "urgent"]},
    },
    "required": ["category", "priority"],
    "additionalProperties": False,
}
SYSTEM = (
    'Classify the support ticket. Answer with a JSON object that has two keys: "category", one of billing, technical, '
    'account, shipping, other; and "priority", one of low, normal, high, urgent.'
)
EXAMPLES = {
    "Why was my card charged twice?": {"category": "billing", "priority": "high"},
    "Do you ship to Norway?": {"category": "shipping", "priority": "low"},
    "I cannot log in.": {"category": "account", "priority": "high"},
}


def classify_ticket(text: str, router: Router | None = None) -> dict[str, Any]:
    """Category and priority of a ticket.

    Args:
        router: One of your own; if left out, one with the policy that ROUTING_POLICY names, or the article's.

    Raises:
        kit.errors.RouteError: If no contender gave JSON of this form.
    """
    return asked(text, router or default_router()).value


def asked(text: str, router: Router) -> Reply:
    """The same with all that is known of it: who answered, who did not and why, and what it cost."""
    messages = [{"role": "system", "content": SYSTEM}]
    for ticket, answer in EXAMPLES.items():
        messages.append({"role": "user", "content": f"Ticket: {ticket}"})
        messages.append({"role": "assistant", "content": json.dumps(answer)})
    messages.append({"role": "user", "content": f"Ticket: {text}"})
    form = {"type": "json_object"}
    return router.create(messages, "low", validate=SCHEMA, response_format=form, temperature=0, max_tokens=80)


@cache
def default_router() -> Router:
    """One router a process, so that its circuit breakers remember."""
    return Router(os.environ.get("ROUTING_POLICY", ARTICLE))


def main() -> None:
    """Classify the ticket given on the command line."""
    arguments = argparse.ArgumentParser(description="Classify a support ticket.")
    arguments.add_argument("text")
    arguments.add_argument("--policy", default=EMBEDDED, help="YAML file; examples/embedded.yaml if left out")
    given = arguments.parse_args()
    try:
        with Router(given.policy) as router:
            reply = asked(given.text, router)
    except KitError as error:
        sys.exit(str(error))
    print(json.dumps(reply.value))
    for line in (*reply.tried, f"answered by {reply.contender}, tier {reply.tier}, call {reply.calls}"):
        print(line, file=sys.stderr)


if __name__ == "__main__":
    main()

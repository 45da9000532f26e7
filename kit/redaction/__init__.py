"""Take personal data and secrets out of a text: each piece becomes a mark that names its kind.

    >>> redact("Ask ann@example.com, the password is hunter2")
    'Ask [email], the password is [password]'

It may import `kit.errors` alone. A team can add rules: `redact(text, (*RULES, Rule("ticket", r"TCK-[0-9]{6}")))`.
Not covered: names of people, addresses without a street's name or number, secrets in prose that nothing announces.
"""

from kit.redaction.prefilter import widened
from kit.redaction.rules import RULES, Rule
from kit.redaction.scan import Match, matches, redact, redact_request, secrets

__all__ = ["RULES", "Match", "Rule", "matches", "redact", "redact_request", "secrets", "widened"]

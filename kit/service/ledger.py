"""The rows of one meter on their way to the file: none raises an error, none holds a key."""

import json
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from kit.service.usage_log import Journal

__all__ = ["Ledger"]

_STRICT = json.JSONEncoder(allow_nan=False)
_LOG = logging.getLogger(__name__)


class Ledger:
    """Writes rows; what goes wrong is logged as a warning, once for each kind.

    Args:
        redacted: What a request and an answer are put through; None if rows hold neither.

    Attributes:
        lost: Rows that could not be written.
    """

    def __init__(self, journal: Journal, redacted: Callable[[Mapping[str, Any]], dict[str, Any]] | None) -> None:
        self.redacted, self.lost = redacted, 0
        self._journal = journal
        self._warned: set[str] = set()

    def write(self, row: Mapping[str, Any], secret: object) -> None:
        """Append one row, without the client's own key, which an endpoint may repeat anywhere."""
        try:
            try:
                line = _STRICT.encode(row)
            except (ValueError, TypeError, RecursionError) as error:
                self.warn("a request or answer could not be written as JSON, and is left out", error)
                line = json.dumps({key: row[key] for key in row if key not in ("kit.request", "kit.answer")})
            if isinstance(secret, str) and len(secret) > 7:
                line = line.replace(secret, "[key]")
            self._journal.append(line.encode() + b"\n")
        except Exception as error:
            self.lose("a row could not be written", error)

    def lose(self, what: str, error: Exception) -> None:
        """Count a row that is lost."""
        self.lost += 1
        self.warn(what, error)

    def warn(self, what: str, error: Exception) -> None:
        """Say once what is wrong; of an error only its type or the system's words, as its text may quote a prompt."""
        if what not in self._warned:
            self._warned.add(what)
            said = getattr(error, "strerror", None) or type(error).__name__
            with suppress(Exception):
                _LOG.warning("%s: %s: %s", self._journal.path, what, said)

"""Errors of the kit: one line each, which names the place, the fault and the cure.

KitError
├── CatalogError    an unknown model or provider, a malformed catalog file
├── EvidenceError   a row that breaks the schema, or two rows that disagree
├── PriceError      a price, date or mix that cannot be used
├── AskError        a contender, request, key or budget with which nothing can be asked
├── RouteError      a request that no contender of its tiers answered
├── StoreError      a store of answers that cannot be read or written
├── UsageError      token counts that contradict each other
├── ItemError       a file of items or answers that is not laid out as it should be
├── StudyError      a study file, parameter or notebook that is not as it should be
├── RunError        a notebook that failed while it ran
└── ReportError     a report that could not be written
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

__all__ = [
    "AskError",
    "CatalogError",
    "EvidenceError",
    "ItemError",
    "KitError",
    "PriceError",
    "ReportError",
    "RouteError",
    "RunError",
    "StoreError",
    "StudyError",
    "UsageError",
    "near_miss",
]


class KitError(Exception):
    """A fault that the user can mend; its text is the whole message."""

    def _render_traceback_(self) -> list[str]:
        """Return what IPython shows in a notebook: the message, and no stack of calls that the user did not write."""
        return [f"{type(self).__name__}: {self}"]


class CatalogError(KitError, ValueError):
    """An unknown model or provider, or a malformed catalog file."""


class EvidenceError(KitError):
    """A row that breaks the schema, or two rows that disagree."""


class PriceError(KitError):
    """A price, date or mix that cannot be used."""


class AskError(KitError, ValueError):
    """A contender, request, key or budget with which nothing can be asked."""


class RouteError(KitError):
    """A request that no contender of its tiers answered.

    Attributes:
        kind: Why the last one was left: a key of `kit.service.WHY`.
        tried: `kit.service.Left` for each contender, in the order of the tiers.
        cost_usd: What the calls cost all the same; None if that is not known.
    """

    def __init__(self, message: str, kind: str = "", tried: Sequence[Any] = (), cost_usd: Decimal | None = None):
        super().__init__(message)
        self.kind, self.tried, self.cost_usd = kind, tuple(tried), cost_usd


class StoreError(KitError):
    """A store of answers that cannot be read or written."""


class UsageError(KitError, ValueError):
    """Token counts that contradict each other."""


class ItemError(KitError):
    """A file of items or answers that is not laid out as it should be."""


class StudyError(KitError):
    """A study file, parameter or notebook that is not as it should be."""


class RunError(KitError):
    """A notebook that failed while it ran."""


class ReportError(KitError):
    """A report that could not be written."""


def near_miss(word: str, known: Iterable[str]) -> str:
    """Say what was probably meant: `near_miss("mmul", ["mmlu"])` -> `; did you mean 'mmlu'?`."""
    known = sorted(known)
    close = get_close_matches(str(word), known, n=1, cutoff=0.5)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; known are {', '.join(known)}" if known else ""

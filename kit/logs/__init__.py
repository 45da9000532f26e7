"""Logs: what a service's models were asked, read from any of the formats in which such logs exist."""

from kit.logs.traffic import COLUMNS, Traffic

__all__ = ["COLUMNS", "Traffic"]

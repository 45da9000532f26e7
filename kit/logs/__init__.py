"""Logs: what a service's models were asked, read from any of the formats in which such logs exist."""

from kit.logs.formats import Rules
from kit.logs.reading import read
from kit.logs.traffic import COLUMNS, Traffic

__all__ = ["COLUMNS", "Rules", "Traffic", "read"]

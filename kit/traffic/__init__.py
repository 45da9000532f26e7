"""Logs: what a service's models were asked, read from any of the formats in which such logs exist."""

from kit.traffic.formats import Rules
from kit.traffic.read import read
from kit.traffic.usage_table import COLUMNS, Traffic

__all__ = ["COLUMNS", "Rules", "Traffic", "read"]

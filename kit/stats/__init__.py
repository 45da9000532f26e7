"""How sure is a figure? Intervals of shares, differences, ratios and months, and what they say against a margin.

Imports of the kit only its errors and text; numpy, scipy and pandas are imported where they are used.
Start with `Estimate`, `conclusion` and `paired_interval`.
"""

from kit.stats.anytime import anytime_difference, anytime_z, requests_to_decide
from kit.stats.bounded import bounded_mean_interval
from kit.stats.estimate import Estimate, conclusion, is_equivalent, is_not_worse, is_worse
from kit.stats.intervals import Z95, items_to_resolve, quantile_interval, simultaneous_z
from kit.stats.paired import items_needed, paired_interval

__all__ = [
    "Z95",
    "Estimate",
    "anytime_difference",
    "anytime_z",
    "bounded_mean_interval",
    "conclusion",
    "is_equivalent",
    "is_not_worse",
    "is_worse",
    "items_needed",
    "items_to_resolve",
    "paired_interval",
    "quantile_interval",
    "requests_to_decide",
    "simultaneous_z",
]

"""How sure is a figure? Intervals of shares, differences, ratios and months, and what they say against a margin.

Imports of the kit only its errors and text; numpy, scipy and pandas are imported where they are used.
Start with `Estimate`, `conclusion` and `paired_interval`.
"""

from kit.stats.anytime import anytime_difference, anytime_z, requests_to_decide
from kit.stats.bounded import bounded_mean_interval
from kit.stats.estimate import Estimate, conclusion, is_equivalent, is_not_worse, is_worse
from kit.stats.intervals import (
    Z95,
    clustered_interval,
    holm,
    interval_p,
    items_to_resolve,
    mean_interval,
    quantile,
    quantile_interval,
    simultaneous_z,
    t95,
    unpaired_interval,
    wilson,
)
from kit.stats.monthly import monthly_sum, monthly_sum_in_words, ratio_in_words, ratio_of_days
from kit.stats.paired import Paired, bootstrap, items_needed, mcnemar, paired_interval, tango
from kit.stats.ratios import per_success, per_success_ratio, product, requests_needed, share_ratio

__all__ = [
    "Z95",
    "Estimate",
    "Paired",
    "anytime_difference",
    "anytime_z",
    "bootstrap",
    "bounded_mean_interval",
    "clustered_interval",
    "conclusion",
    "holm",
    "interval_p",
    "is_equivalent",
    "is_not_worse",
    "is_worse",
    "items_needed",
    "items_to_resolve",
    "mcnemar",
    "mean_interval",
    "monthly_sum",
    "monthly_sum_in_words",
    "paired_interval",
    "per_success",
    "per_success_ratio",
    "product",
    "quantile",
    "quantile_interval",
    "ratio_in_words",
    "ratio_of_days",
    "requests_needed",
    "requests_to_decide",
    "share_ratio",
    "simultaneous_z",
    "t95",
    "tango",
    "unpaired_interval",
    "wilson",
]

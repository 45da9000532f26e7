"""How sure is a figure? Intervals of shares, differences, ratios and months, and what they say against a margin.

Imports of the kit only its errors and text; numpy, scipy and pandas are imported where they are used.
Start with `Estimate`, `conclusion` and `paired_interval`.
"""

from kit.stats.estimate import Estimate, conclusion, is_equivalent, is_not_worse, is_worse

__all__ = ["Estimate", "conclusion", "is_equivalent", "is_not_worse", "is_worse"]

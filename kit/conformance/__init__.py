"""Is an endpoint a drop-in? A few cheap calls to it, one finding a feature, and what a team uses.

It may import `client`, `traffic`, `replay` and what stands below them. Entry points: `probe` asks an endpoint,
`features_used` reads logged requests, `drop_in` holds one against the other. `FEATURES` is the table of all features.
"""

from kit.conformance.features import FEATURES, Feature
from kit.conformance.findings import STATUSES, Conformance, Finding, load, save, summary, to_table
from kit.conformance.probe import planned_cost, probe
from kit.conformance.workload import Use, drop_in, features_used, logged_bodies

__all__ = [
    "FEATURES",
    "STATUSES",
    "Conformance",
    "Feature",
    "Finding",
    "Use",
    "drop_in",
    "features_used",
    "load",
    "logged_bodies",
    "planned_cost",
    "probe",
    "save",
    "summary",
    "to_table",
]

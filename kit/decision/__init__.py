"""Migrate, route, stay or undecided? Matchups, criteria, and the rule that a verdict follows.

It may import `replay`, `service`, `benchmarks` and what stands below them.
Begin with `decide_all(facts, ...)` for a study, `decide_endpoints(...)` for a log and `compare_all(...)` for a matchup.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

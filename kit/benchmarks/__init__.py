"""Items, prompts, scores, and results that other tools recorded: how good answers to known items are.

It may import `client`, `traffic` and what stands below them; pandas comes with the names that need it.
Begin with `read_suite(name)`, `measure_category(...)` and `run_probes(...)`; `imports` reads what others recorded.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

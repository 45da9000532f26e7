"""Evidence for one question: should we move this workload to a cheaper model?

Begin with `ask(requests, contenders)`, `connect(contender)`, and for a service `Meter` and `Router`.
Each is loaded when it is first used.
"""

from importlib.metadata import version

import lazy_loader

__version__ = version("migration-kit")
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

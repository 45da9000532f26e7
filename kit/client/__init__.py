"""Ask a model: contenders, requests, answers kept in a store, budgets that no call can overdraw.

It may import `kit.pricing`, `kit.catalog` and what stands below them; network libraries and pandas come when needed.
Begin with `ask(requests, contenders)` and `connect(contender)`; `read_contenders` and `read_requests` read files.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

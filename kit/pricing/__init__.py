"""What does a token cost, and when? Usage in tokens, and price books that turn it into exact dollars.

It imports `kit.catalog` and what stands below it, and no pandas; the public price list is loaded when first asked.
Begin with `ListBook().rate("gpt-4o", at)`, `shelf(contract)` for all price books, and `cost(usage, rate)`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

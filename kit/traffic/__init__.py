"""What did our calls cost? Logs of model calls, read from any format, become one table of usage; bills; what-if.

It may import `pricing`, `catalog`, `stats` and what stands below them.
Start with `read_logs`, `bill` and `daily_bills_elsewhere`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

"""The parts for a running service: `Meter` logs each call's usage, `Router` asks the next model where one fails.

It may import `kit.client`, `kit.pricing` and what stands below them, and no pandas.
Begin with `Meter("usage.jsonl").wrap(client)` and `Router(book=ListBook(), log="routes.jsonl").create(messages, kind)`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

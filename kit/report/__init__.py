"""Tables, plots and sentences of the report, one module per chapter.

It may import `decision`, `replay` and what stands below them.
Begin with `output` (what a notebook shows and a report keeps), `plots`, and the chapter of your notebook.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

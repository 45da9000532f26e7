"""Which models are there, through whom, since and until when? Dated facts with sources; and the audited article.

It imports `kit.evidence`, `kit.files` and `kit.errors`, and no pandas until a table is made.
Begin with `model("gpt-4o")`, `models()` and `provider("openai")`; `article.printed("T1")` is a table of the article.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

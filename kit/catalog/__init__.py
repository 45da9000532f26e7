"""Which models are there, through whom, since and until when? Dated facts with sources; and the audited article.

It imports `kit.evidence`, `kit.files` and `kit.errors`, and no pandas until a table is made.
Begin with `model("gpt-4o")`, `models()` and `provider("openai")`; `article.printed("T1")` is a table of the article.
"""

from kit.catalog import article
from kit.catalog.checked import (
    STATUSES,
    Fact,
    Model,
    Provider,
    Status,
    facts,
    model,
    models,
    names,
    provider,
    providers,
)

__all__ = [
    "STATUSES",
    "Fact",
    "Model",
    "Provider",
    "Status",
    "article",
    "facts",
    "model",
    "models",
    "names",
    "provider",
    "providers",
]

"""Which models are there, through whom, since and until when? Dated facts with sources; and the audited article.

It imports `kit.evidence`, `kit.files` and `kit.errors`, and no pandas until a table is made.
Begin with `model("gpt-4o")`, `models()` and `provider("openai")`; `article.printed("T1")` is a table of the article.
"""

from kit.catalog import article, on_sale, price_entries
from kit.catalog.checked import STATUSES, Fact, Model, Provider, Status, facts, models, provider, providers
from kit.catalog.lookup import entry_of, knows, model, names, near, subjects
from kit.catalog.published import Shutdown, history, rows_on, shutdown
from kit.catalog.succession import Ending, Successor, announced, calendar, ending, successors

__all__ = [
    "STATUSES",
    "Ending",
    "Fact",
    "Model",
    "Provider",
    "Shutdown",
    "Status",
    "Successor",
    "announced",
    "article",
    "calendar",
    "ending",
    "entry_of",
    "facts",
    "history",
    "knows",
    "model",
    "models",
    "names",
    "near",
    "on_sale",
    "price_entries",
    "provider",
    "providers",
    "rows_on",
    "shutdown",
    "subjects",
    "successors",
]

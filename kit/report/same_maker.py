"""Remarks on makers for the first page: savings that need no change of provider, and candidates that will shut down."""

from collections.abc import Sequence
from datetime import date, timedelta

import pandas as pd

from kit import catalog, evidence
from kit.decision import MONTH, Recommendation, bills, model_of, named
from kit.evidence import Row
from kit.report.recommendation import both_bills
from kit.text import day_in_words, dollars, listed

__all__ = ["catalog_rows", "ends_soon", "own_saving", "with_catalog"]

_HORIZON = 365
"""Days after the study's date within which an announced shutdown is told on the first page."""


def catalog_rows(table: pd.DataFrame, names: Sequence[str]) -> list[Row]:
    """Return what the catalog knows of models, and of who serves them, where the evidence is silent on it.

    A study without a chapter on access would otherwise take each model for one of unknown status.
    """
    status = set(table[table["metric"].str.startswith("status.")]["subject"])
    access = set(table[table["metric"].str.startswith("access.")]["subject"])
    ids = dict.fromkeys(map(model_of, names))
    models = [catalog.model(id) for id in ids if catalog.knows(id) and catalog.model(id).id not in status]
    serving = {provider for model in models for provider in (model.maker, *model.providers)}
    ways = [way for id, way in catalog.providers().items() if id in serving and id not in access]
    return catalog.facts([*models, *ways])


def with_catalog(table: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """The evidence with `catalog_rows` added."""
    added = catalog_rows(table, names)
    return pd.concat([table, evidence.frame(added)], ignore_index=True) if added else table


def ends_soon(verdicts: Sequence[Recommendation], day: date) -> str:
    """Say which candidates shut down within a year of the study's date; empty if none does."""
    ids = dict.fromkeys(model_of(verdict.candidate) for verdict in verdicts)
    ends = [end for id in ids if catalog.knows(id) and (end := catalog.ending(catalog.model(id), day))]
    last = day + timedelta(days=_HORIZON)
    soon = [f"{end.model.name} shuts down on {day_in_words(end.day)}" for end in ends if day < end.day <= last]
    return f" Of the candidates, {listed(soon)}." if soon else ""


def own_saving(first: Recommendation, verdicts: Sequence[Recommendation], table: pd.DataFrame, incumbent: str) -> str:
    """Say which part of a saving needs no change of provider; empty where no model of the same maker costs less.

    Args:
        first: The candidate that the first page is about.
        table: Evidence; a row `successor` of the incumbent names a model in its note.
    """
    old = model_of(incumbent)
    theirs, _ = both_bills(table, first, incumbent)
    today = theirs if theirs is None or theirs.amount == MONTH else bills(table, incumbent)
    if today is None or not catalog.knows(old):
        return ""
    maker = catalog.model(old).maker
    following = list(table[(table["metric"] == "successor") & (table["subject"] == old)]["note"])
    models = dict.fromkeys([*following, *(model_of(verdict.candidate) for verdict in verdicts)])
    own = {id: bill for id in models if id != old and catalog.knows(id) and catalog.model(id).maker == maker
           and (bill := bills(table, id)) is not None}  # fmt: skip
    best = min(own, key=lambda id: own[id].usd, default=None)
    if best is None or own[best].usd >= today.usd:
        return ""
    if best == model_of(first.candidate):
        return f" {named(best)} is by the same maker: this saving needs no change of provider."
    relation = "its maker's own successor" if best in following else "by the same maker"
    instead = "" if today is theirs else f" instead of {dollars(today.usd)}"
    return (
        f" {named(best)}, {relation}, would cost {dollars(own[best].usd)}{instead} a month "
        f"at {own[best].source} prices: {dollars(today.usd - own[best].usd)} of saving needs no change of provider."
    )

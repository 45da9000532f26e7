"""Ends of models, and the successors that their makers name.

Dates and names are those of the hand-checked entries and of litellm's table, each with its source.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from kit.catalog import checked, lookup, on_sale, published
from kit.errors import CatalogError

__all__ = ["Ending", "Successor", "announced", "calendar", "ending", "successors"]


@dataclass(frozen=True)
class Successor:
    """A model that is named as the successor of another.

    Attributes:
        through: Models between the two that have ended themselves, in order.
        ref: The source of the first step.
    """

    model: checked.Model
    as_of: str
    ref: str
    through: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ending:
    """The end of a model at its maker: the day, the source, and the successors that are named."""

    model: checked.Model
    day: date
    ref: str
    successors: tuple[Successor, ...]

    def __str__(self) -> str:
        named = " or ".join(one.model.id for one in self.successors)
        return f"{self.model.id} shuts down on {self.day}" + (f"; its successor is {named}" if named else "")


def successors(model: checked.Model, day: date) -> tuple[Successor, ...]:
    """Successors by a source's word that are still served on a day; one that has ended leads on to its own."""
    by_id: dict[str, Successor] = {}
    for name, as_of, ref in _named(model):
        if successor := _follow(name, as_of, ref, day, (model.id,)):
            by_id.setdefault(successor.model.id, successor)
    return tuple(by_id.values())


def ending(model: checked.Model, day: date) -> Ending | None:
    """The end of a model, past or announced, with its successors as of a day; None if no source names a date."""
    end = published.shutdown(model)
    return None if end is None else Ending(model, end.day, end.ref, successors(model, max(day, end.day)))


def calendar(day: date, before: date) -> list[Ending]:
    """All models of makers' own lists that end after a day and before another, the first to end first."""
    ends = {id: end for id, end in _ends() if day < end < before}
    endings = [ending(lookup.model(id), day) for id in ends if lookup.knows(id)]
    known = {one.model.id: one for one in endings if one and day < one.day < before}
    return sorted(known.values(), key=lambda one: (one.day, one.model.id))


def announced(models: Iterable[str], day: date, told: Mapping[str, str]) -> list[Ending]:
    """Ends of models after a day that an earlier run did not tell.

    Args:
        models: Names; what is not in the catalog has no end that is known.
        told: Model id -> all that the earlier run told of its status; a model that it is silent on is left out, since
            what it then knew is not known.
    """
    endings = [ending(lookup.model(name), day) for name in models if lookup.knows(name)]
    known = {one.model.id: one for one in endings if one and one.day > day}
    return [one for id, one in known.items() if id in told and str(one.day) not in told[id]]


def _ends() -> Iterator[tuple[str, date]]:
    for id in checked.models():
        if end := published.shutdown(checked.models()[id]):
            yield id, end.day
    for entry in on_sale.entries():
        if on_sale.is_own(entry):
            for row in published.rows_on(entry, entry)[:1]:
                if row.get("shutdown"):
                    yield entry, date.fromisoformat(row["shutdown"])


def _named(model: checked.Model) -> Iterator[tuple[str, str, str]]:
    for named in model.successors:
        yield named.model, named.as_of, named.ref
    for name, ref in published.successor_names(model):
        yield name, on_sale.source("litellm").read_on, ref


def _follow(name: str, as_of: str, ref: str, day: date, visited: tuple[str, ...]) -> Successor | None:
    try:
        model = lookup.model(name)
    except CatalogError:
        return None
    if model.id in visited:
        return None
    status = model.status_on(day)
    if status and status.value == "retired":
        later = [_follow(after, as_of, ref, day, (*visited, model.id)) for after, _, _ in _named(model)]
        return next((one for one in later if one), None)
    return Successor(model, as_of, ref, visited[1:])

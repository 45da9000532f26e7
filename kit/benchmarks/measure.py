"""Measuring: one category's suite put to contenders, or recorded answers to it, and what came of them.

Where a study names neither, nothing is measured, and all tables here are empty.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd

from kit import catalog, client
from kit.benchmarks import imports, items, scores, suites, vision
from kit.client import ContenderLike, Request, split_id
from kit.errors import ItemError
from kit.evidence import Row
from kit.pricing import Book

__all__ = ["Measured", "beside_published", "items_source", "measure_category", "planned_requests"]


@dataclass(frozen=True, eq=False)
class Measured:
    """What was measured in one category.

    Attributes:
        scores: Columns as in `scores.COLUMNS`; empty where nothing was measured.
        ref: Which items, in which version, asked how.
        said: The same in a sentence.
        day: The date of the last answer.
        answers: `contender`, `request`, `sample` and `text` of what was scored; missing if nothing was.
        asked: Item -> its request, as text; empty where answers were recorded.
    """

    category: str
    scores: pd.DataFrame
    ref: str
    said: str
    day: date
    answers: pd.DataFrame | None = None
    asked: Mapping[str, str] = field(default_factory=dict)

    @property
    def answer(self) -> str:
        """What came of it, in a sentence or two."""
        found = scores.scores_by_contender(self.scores).sort_values("score", ascending=False, kind="stable")
        found = found[found["items"] > 0]
        without = self.scores["outcome"].isin(("failed", "unanswered"))
        lost = self.scores[without].groupby("contender", sort=False).size()
        asked = self.scores.groupby("contender", sort=False).size()
        silent = [f" {who} did not answer {n} of {asked[who]} requests." for who, n in lost.items()]
        refused = self.scores[self.scores["outcome"] == "not taken"].groupby("contender", sort=False).size()
        silent += [f" {who} takes no pictures: it refused {n} of {asked[who]}." for who, n in refused.items()]
        short = self.scores[self.scores["outcome"] == "cut off"].groupby("contender", sort=False).size()
        silent += [
            f" {who} was cut off before an answer in {n} of {asked[who]}: give it a larger max_tokens."
            for who, n in short.items()
        ]
        each = [f"{row.contender} {row.score:.1f} % [{row.low:.1f}, {row.high:.1f}]" for row in found.itertuples()]
        return f"{self.said}{''.join(silent)}" + (f" {'; '.join(each)}." if each else "")

    def rows(self) -> list[Row]:
        """What was measured, as evidence."""
        sight = vision.rows(self.scores, self.ref, self.day) if self.category == "vision" else []
        made = scores.evidence_rows(self.scores, self.category, self.ref, self.day) if len(self.scores) else []
        return made + sight


def measure_category(
    category: str, how: Mapping[str, Any], contenders: Sequence[ContenderLike], store: str, book: Book, day: date
) -> Measured:
    """Measure a category.

    Args:
        how: `suite`, and for `suites.read_suite` `items_from`, `limit`, `shots`, `shuffled` and `window`; or
            `recorded_from`, a file or folder of recorded answers; `budget_usd`.
        contenders: Whom to ask; nobody is asked where answers are recorded.
        day: The study's date, which recorded answers get.

    Raises:
        ItemError: If the suite is not of this category, or has nobody to be put to.
    """
    if how["recorded_from"]:
        found = imports.read(how["recorded_from"])
        name = how["suite"] or f"recorded {found.form}"
        scored = scores.score_recorded(found, name, category)
        return Measured(category, scored, found.said, f"Recorded: {found.said}.", day, found.answers)
    if not how["suite"]:
        return Measured(category, scores.nothing(), "", "Nothing is measured: no suite is named.", day)
    suite = _suite(category, how)
    if not contenders:
        raise ItemError(f"{suite.name}: nobody is asked; name contenders in the study, such as gpt-4o@gateway")
    suites.require_keys(suite)
    asked = suite.requests()
    drawn = random.Random(0).sample(asked, len(asked))  # noqa: S311  # what a budget leaves unasked is no one subject
    answers = client.ask(drawn, contenders, store, book=book, budget_usd=how["budget_usd"])
    place = {request.id: n for n, request in enumerate(asked)}
    answers = answers.iloc[answers["request"].map(place).argsort(kind="stable")]
    last = answers["asked_at"].max()
    said = f"Measured on {suite.ref}, with {len(contenders)} contender{'s' if len(contenders) > 1 else ''}."
    day = day if pd.isna(last) else last.date()
    texts = {request.id: request.conversation for request in asked}
    return Measured(category, scores.score_answers(suite, answers), suite.ref, said, day, answers, texts)


def planned_requests(how: Mapping[str, Any]) -> list[Request]:
    """The requests that `take`, or `pairs.take` with its several `suites`, would put to each contender."""
    if how.get("recorded_from"):
        return []
    if how.get("suite"):
        return _suite("", how).requests()
    given = {"shots": 0, "shuffled": 0} | dict(how)
    several = [
        _suite("", given | {"suite": name, "limit": limit, "items_from": items_source(name, how["items_from"])})
        for name, limit in how.get("suites", {}).items()
    ]
    return [request for suite in several for request in suite.requests()]


def items_source(name: str, items_from: str) -> str:
    """Where the items of a suite are read from: nowhere, if they come with the kit."""
    return "" if name in (*items.kit_suites(), "humaneval") else items_from


def beside_published(measured: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """Measured and published scores of the same category, side by side and never mixed.

    Args:
        measured: From `scores.scores_by_contender`.
        published: Evidence on the same category's score.

    Returns:
        `label`, `model`, `kind` (`measured`, or the published row's kind of evidence), `score`, `low`, `high`, `items`;
        empty where nothing was measured.
    """
    columns = ["label", "model", "kind", "score", "low", "high", "items"]
    ours = [
        (row.contender, split_id(row.contender)[0], "measured", row.score, row.low, row.high, row.items)
        for row in measured.itertuples() if row.items
    ]  # fmt: skip
    theirs = [
        (catalog.model(row.subject).name, row.subject, row.source, row.value, row.low, row.high, row.n)
        for row in published.itertuples()
    ]
    return pd.DataFrame([*ours, *theirs] if ours else [], columns=columns)


def _suite(category: str, how: Mapping[str, Any]) -> suites.Suite:
    suite = suites.read_suite(
        how["suite"],
        how["items_from"],
        limit=how["limit"],
        shots=how["shots"],
        shuffled=how["shuffled"],
        window=how.get("window", 0),
    )
    if category and suite.category != category:
        raise ItemError(f"{suite.name}: is a suite of the category {suite.category}, not {category}")
    return suite

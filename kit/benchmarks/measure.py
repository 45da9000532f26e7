"""Measure one category: put a suite to contenders, or score answers that were recorded.

If a study names neither, nothing is measured, and all tables here are empty.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

import pandas as pd

from kit import catalog, client
from kit.benchmarks import answer_scores, imports, items, scores, suites, vision
from kit.client import ContenderLike, Request, split_id
from kit.errors import ItemError
from kit.evidence import Row
from kit.pricing import Book

__all__ = ["Measured", "SuiteOptions", "beside_published", "measure_category", "planned_requests", "several_suites"]


@dataclass(frozen=True)
class SuiteOptions:
    """The way to measure a category: by a suite, by recorded answers, or, if both are empty, not at all.

    Attributes:
        suite: Its name; of recorded answers the name that the evidence gets.
        items_from: File or folder of a suite that does not come with the kit.
        recorded_from: File or folder of recorded answers; then nobody is asked.
        limit, shots, shuffled, window: As for `read_suite`.
        budget_usd: For all requests; none if empty.
    """

    suite: str = ""
    items_from: str = ""
    recorded_from: str = ""
    limit: int = 0
    shots: int = 0
    shuffled: int = 0
    window: int = 0
    budget_usd: Decimal | str | None = None

    def read(self) -> suites.Suite:
        """Read the suite."""
        return suites.read_suite(
            self.suite, self.items_from, limit=self.limit, shots=self.shots, shuffled=self.shuffled, window=self.window
        )


@dataclass(frozen=True, eq=False)
class Measured:
    """Scores of one category, and where they come from.

    Attributes:
        scores: Columns as in `answer_scores.COLUMNS`; empty if nothing was measured.
        ref: The reference that the evidence gets: which items, in which version, asked how.
        description: The same in a sentence.
        day: The date of the last answer.
        answers: `contender`, `request`, `sample` and `text` of what was scored; missing if nothing was.
        request_texts: Item -> its request, as text; empty where answers were recorded.
        source: Kind of evidence: `measured`, or `recorded` for answers that others recorded.
    """

    category: str
    scores: pd.DataFrame
    ref: str
    description: str
    day: date
    answers: pd.DataFrame | None = None
    request_texts: Mapping[str, str] = field(default_factory=dict)
    source: str = "measured"

    @property
    def summary(self) -> str:
        """The description, the requests without a usable answer, and each contender's score, in sentences."""
        table = scores.scores_by_contender(self.scores).sort_values("score", ascending=False, kind="stable")
        each = [
            f"{row.contender} {row.score:.1f} % [{row.low:.1f}, {row.high:.1f}]"
            for row in table[table["items"] > 0].itertuples()
        ]
        return f"{self.description}{''.join(self._lost())}" + (f" {'; '.join(each)}." if each else "") + self._faulty()

    def _faulty(self) -> str:
        """A sentence on items of which the file says that the key is wrong, and the scores without them."""
        sound = scores.scores_without_faulty(self.scores)
        faulty = self.scores["item"].nunique() - sound["item"].nunique()
        if not faulty:
            return ""
        rows = scores.scores_by_contender(sound).itertuples()
        each = [f"{row.contender} {row.score:.1f} % [{row.low:.1f}, {row.high:.1f}]" for row in rows if row.items]
        keys = f"{faulty:,} of {self.scores['item'].nunique():,} items are known to have a faulty key"
        return f" {keys}; without them: {'; '.join(each) or 'nothing is left'}."

    def evidence_rows(self) -> list[Row]:
        """Return the scores as evidence."""
        sight = vision.vision_evidence(self.scores, self.ref, self.day) if self.category == "vision" else []
        rows = scores.evidence_rows(self.scores, self.category, self.ref, self.day) if len(self.scores) else []
        return [replace(row, source=self.source) for row in rows + sight]

    def _lost(self) -> list[str]:
        """A sentence a contender for each way in which its requests brought no usable answer."""
        requests = self.scores.groupby("contender", sort=False).size()

        def count(*outcomes: str) -> list[tuple[str, int]]:
            rows = self.scores[self.scores["outcome"].isin(outcomes)]
            return [(str(who), int(n)) for who, n in rows.groupby("contender", sort=False).size().items()]

        return [
            *(f" {who} did not answer {n} of {requests[who]} requests." for who, n in count("failed", "unanswered")),
            *(f" {who} takes no pictures: it refused {n} of {requests[who]}." for who, n in count("not taken")),
            *(
                f" {who} was cut off before an answer in {n} of {requests[who]}: give it a larger max_tokens."
                for who, n in count("cut off")
            ),
        ]


def measure_category(
    category: str, options: SuiteOptions, contenders: Sequence[ContenderLike], store: str, book: Book, day: date
) -> Measured:
    """Put a category's suite to contenders, or score recorded answers.

    Args:
        contenders: Whom to ask; nobody is asked if answers are recorded.
        day: The study's date, for recorded answers that say none.

    Raises:
        ItemError: If the suite is not of this category, or there is no contender to ask.
    """
    if options.recorded_from:
        recorded = imports.read(options.recorded_from)
        name = options.suite or f"recorded {recorded.form}"
        table = answer_scores.score_recorded(recorded, name, category)
        description = f"Recorded: {recorded.summary}."
        day = recorded.day or day
        return Measured(category, table, recorded.summary, description, day, recorded.answers, source="recorded")
    if not options.suite:
        return Measured(category, answer_scores.nothing(), "", "Nothing is measured: no suite is named.", day)
    suite = options.read()
    if suite.category != category:
        raise ItemError(f"{suite.name}: is a suite of the category {suite.category}, not {category}")
    if not contenders:
        raise ItemError(f"{suite.name}: nobody is asked; name contenders in the study, such as gpt-4o@gateway")
    suites.require_keys(suite)
    answers = _ask(suite, contenders, store, book, options.budget_usd)
    last = answers["asked_at"].max()
    description = f"Measured on {suite.ref}, with {len(contenders)} contender{'s' if len(contenders) > 1 else ''}."
    day = day if pd.isna(last) else last.date()
    texts = {request.id: request.conversation for request in suite.requests()}
    return Measured(category, answer_scores.score_answers(suite, answers), suite.ref, description, day, answers, texts)


def planned_requests(options: SuiteOptions) -> list[Request]:
    """Return the requests that `measure_category` would put to each contender."""
    return options.read().requests() if options.suite and not options.recorded_from else []


def several_suites(
    limits: Mapping[str, int], items_from: str, recorded_from: str = "", budget_usd: Decimal | str | None = None
) -> list[SuiteOptions]:
    """Return the options of several suites, or of recorded answers in place of them.

    Args:
        limits: Suite -> items to draw, 0 for all.
        items_from: Where suites that do not come with the kit are read from.
        budget_usd: For each suite.
    """
    if recorded_from:
        return [SuiteOptions(recorded_from=recorded_from)]
    own = (*items.kit_suites(), "humaneval")
    return [
        SuiteOptions(name, "" if name in own else items_from, limit=limit, budget_usd=budget_usd)
        for name, limit in limits.items()
    ]


def beside_published(measured: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """Set measured and published scores of one category side by side; they are never mixed.

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


def _ask(
    suite: suites.Suite, contenders: Sequence[ContenderLike], store: str, book: Book, budget_usd: Decimal | str | None
) -> pd.DataFrame:
    """Ask in random order, so that requests left out for want of budget are not all of one subject."""
    requests = suite.requests()
    shuffled = random.Random(0).sample(requests, len(requests))  # noqa: S311
    answers = client.ask(shuffled, contenders, store, book=book, budget_usd=budget_usd)
    place = {request.id: n for n, request in enumerate(requests)}
    return answers.iloc[answers["request"].map(place).argsort(kind="stable")]

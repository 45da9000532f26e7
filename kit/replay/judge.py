"""Judge: a model that says which of two free texts is better, after an exam.

A judge is biased: towards the first place, length and its own kind (Zheng et al. 2023, arXiv 2306.05685). So it sees
each pair in both orders, a pair that it decides differently the second time is a tie, and before its verdicts count it
has to agree with people on a sample that they labelled (`data/judged.jsonl`). The texts are hostile: an answer may tell
the judge what to say.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from kit import benchmarks, client, stats
from kit.client import ContenderLike, Request
from kit.errors import ItemError
from kit.files import read_yaml
from kit.pricing import Book
from kit.text import plain

__all__ = [
    "COLUMNS",
    "KAPPA",
    "PARAMETERS",
    "Exam",
    "Judgement",
    "Pair",
    "ask_pairs",
    "exam_requests",
    "examine",
    "judge_pairs",
    "labelled_pairs",
    "pair_requests",
    "parse_verdict",
]

PARAMETERS = {"temperature": 0, "max_tokens": 1024}
"""One letter needs no more than one token; a judge that thinks first needs room for it."""

KAPPA = 0.4
"""The low end of a judge's kappa must exceed this: above it agreement is moderate (Landis, Koch 1977, Biometrics
33:165)."""

COLUMNS = {
    "contender": "whose answer is judged against the incumbent's",
    "request": "the request's id",
    "first": "verdict on `other` while `one` stood first: better, same, worse; missing if unparsed",
    "second": "the same, while `other` stood first",
    "judged": "both together: same if they differ, empty if one is unparsed",
    "cost_usd": "of both, under the price book",
}
"""Columns of verdicts, one row a pair."""

_DATA = Path(__file__).parents[1] / "data"
_CHOICES = ("answer A", "answer B", "equally good")
_VERDICTS = ("better", "same", "worse")
_MEANS = {
    "one first": {"A": "worse", "B": "better", "C": "same"},
    "other first": {"A": "better", "B": "worse", "C": "same"},
}
"""Order -> letter of the verdict -> `other` compared with `one`."""


@dataclass(frozen=True)
class Pair:
    """Two answers to one request, the incumbent's (`one`) and a contender's (`other`); `human` if a person judged."""

    contender: str
    request: str
    asked: str
    one: str
    other: str
    human: str = ""


@dataclass(frozen=True)
class Exam:
    """Agreement of a judge with people.

    Attributes:
        agreed, low, high: Share of the pairs on which it agrees with a person, with Wilson's 95 % interval; a verdict
            that could not be parsed agrees with nobody.
        chance: The share on which it would agree by chance, from how often each of them gives each verdict.
        kappa, kappa_low: Agreement beyond chance (Cohen 1960, Educ. Psychol. Meas. 20:37), and at the low end.
        counts: (people's verdict, the judge's verdict) -> pairs.
    """

    pairs: int
    agreed: float
    low: float
    high: float
    chance: float
    kappa: float
    kappa_low: float
    counts: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def sensitivity(self, verdict: str) -> tuple[int, int]:
        """Pairs to which people and the judge give this verdict, of those to which people do."""
        positives = sum(n for (human, _), n in self.counts.items() if human == verdict)
        return self.counts.get((verdict, verdict), 0), positives

    def specificity(self, verdict: str) -> tuple[int, int]:
        """Pairs to which neither people nor the judge give this verdict, of those to which people do not."""
        others = [(judge, n) for (human, judge), n in self.counts.items() if human != verdict]
        return sum(n for judge, n in others if judge != verdict), sum(n for _, n in others)

    @property
    def passed(self) -> bool:
        """True if kappa exceeds KAPPA even at the low end of the interval."""
        return self.kappa_low > KAPPA


@dataclass(frozen=True, eq=False)
class Judgement:
    """A judge's exam and its verdicts.

    Attributes:
        model: The judge; empty without one.
        exam: Missing without a judge.
        exam_verdicts: COLUMNS, of the labelled pairs.
        verdicts: COLUMNS, of the pairs to judge; empty if the judge did not pass.
    """

    model: str = ""
    exam: Exam | None = None
    exam_verdicts: pd.DataFrame = field(default_factory=lambda: _frame([]))
    verdicts: pd.DataFrame = field(default_factory=lambda: _frame([]))

    @property
    def explanation(self) -> str:
        """The judge, its exam and the use of its verdicts, in a sentence or two."""
        if self.exam is None:
            return "No judge is named, so of free texts that differ nothing is said but how alike their words are."
        exam = self.exam
        agreed = f"{self.model} agrees with people on {exam.agreed:.0%} of {exam.pairs} labelled pairs"
        interval = f"[{exam.low:.0%}, {exam.high:.0%}], kappa {exam.kappa:.2f} and surely {exam.kappa_low:.2f}"
        if not exam.passed:
            return f"{agreed} {interval}: not above {KAPPA}, so its verdicts do not count, and it was asked for none."
        return f"{agreed} {interval}: above {KAPPA}, so its verdicts on {len(self.verdicts)} pairs count."

    def bias(self) -> pd.DataFrame:
        """Measure the effect of an answer's place: `pairs`, `measure`, `share`, `low`, `high` (in %).

        The measure `flipped` is the share of pairs in which each answer was called better once (Wilson); `first` is how
        often the answer that stood first was called better, if one was: 50 % if the place does not matter. The two
        verdicts on a pair are one group (`stats.clustered_interval`).
        """
        both = pd.concat([self.exam_verdicts, self.verdicts]).dropna(subset=["first", "second"])
        return pd.DataFrame(_bias(both), columns=["pairs", "measure", "share", "low", "high"])


def judge_pairs(
    model: ContenderLike,
    pairs: Sequence[Pair],
    store: str | Path,
    book: Book | None = None,
    budget_usd: Decimal | str | None = None,
    labelled_from: str = "",
) -> Judgement:
    """Examine a judge and, if it passes, have it judge.

    Args:
        model: As a contender is written; empty for no judge.
        budget_usd: For the exam and the pairs together.
        labelled_from: The team's own labelled pairs, as for `labelled_pairs`.
    """
    if not model:
        return Judgement()
    name, labelled = client.read_contenders(model)[0].id, labelled_pairs(labelled_from)
    exam_verdicts = ask_pairs(model, labelled, store, book, budget_usd)
    exam = examine(exam_verdicts, [pair.human for pair in labelled])
    rest = client.budget_left(budget_usd, exam_verdicts["cost_usd"].dropna())
    return Judgement(name, exam, exam_verdicts, ask_pairs(model, pairs if exam.passed else [], store, book, rest))


def labelled_pairs(file: str = "") -> list[Pair]:
    """Pairs on which people gave their verdict: the kit's own (`data/judged.jsonl`, with reasons), or a team's.

    Args:
        file: CSV or JSON Lines with the columns `asked`, `one` (the incumbent's answer), `other` and `human` (is the
            other one better, same or worse); empty for the kit's.

    Raises:
        ItemError: In one line, if a row lacks a column or `human` is another word.
    """
    if file:
        pairs = [_labelled(file, n, row) for n, row in enumerate(benchmarks.table_rows(Path(file)), start=1)]
        if len({pair.human for pair in pairs}) < 2:
            raise ItemError(f"{file}: all {len(pairs)} pairs are {pairs[0].human}; an exam needs two verdicts or three")
        return pairs
    _, *rows = map(json.loads, (_DATA / "judged.jsonl").read_text(encoding="utf-8").splitlines())
    return [Pair("", row["id"], row["asked"], row["one"], row["other"], row["human"]) for row in rows]


def _labelled(file: str, n: int, row: dict[str, Any]) -> Pair:
    values = [row.get(name) for name in ("asked", "one", "other", "human")]
    for name, value in zip(("asked", "one", "other", "human"), values, strict=True):
        if not isinstance(value, str) or not value.strip():
            raise ItemError(f"{file}: row {n}: {name} is missing; a pair has asked, one, other and human")
    asked, one, other, human = map(str, values)
    if human.strip() not in _VERDICTS:
        raise ItemError(f"{file}: row {n}: human: {human!r} is not a verdict; better, same and worse (of `other`) are")
    return Pair("", f"{Path(file).name} {n}", asked, one, other, human.strip())


def exam_requests(labelled_from: str = "") -> list[Request]:
    """The requests of a judge's exam."""
    return [request for pair in labelled_pairs(labelled_from) for request in pair_requests(pair)]


def ask_pairs(
    model: ContenderLike,
    pairs: Sequence[Pair],
    store: str | Path,
    book: Book | None = None,
    budget_usd: Decimal | str | None = None,
) -> pd.DataFrame:
    """Have each pair judged in both orders: COLUMNS, in the order given."""
    requests = [request for pair in pairs for request in pair_requests(pair)]
    replies = client.ask(requests, model, store, book=book, budget_usd=budget_usd).set_index("request")
    return _frame([_verdict_row(pair, replies) for pair in pairs])


def pair_requests(pair: Pair) -> list[Request]:
    """Write the requests for a pair in both orders, each text between lines that no text can close."""
    request, one, other = map(plain, (pair.asked, pair.one, pair.other))
    mark = _mark(request, one, other)
    words = _prompt()
    orders = zip(_MEANS, ((one, other), (other, one)), strict=True)
    return [
        Request(f"{pair.contender} {pair.request}, {order}", [
            {"role": "system", "content": words["system"].format(mark=mark)},
            {"role": "user", "content": words["asked"].format(mark=mark, request=request, a=a, b=b)},
        ], PARAMETERS)
        for order, (a, b) in orders
    ]  # fmt: skip


def parse_verdict(text: str) -> str | None:
    """The letter that a judge settles on, `A`, `B` or `C`; None if it is not clear.

    Parsed as an object with one key, `verdict`, since some judges are made to answer so, else by `read_letter`.
    """
    reading = client.json_object(text)
    if reading.why in ("whole", "fenced") and reading.value is not None:
        verdict = reading.value.get("verdict")
        return verdict if verdict in ("A", "B", "C") and len(reading.value) == 1 else None
    return benchmarks.read_letter(text, _CHOICES).value


def examine(exam_verdicts: pd.DataFrame, people: Sequence[str]) -> Exam:
    """Measure the agreement of verdicts with people's on the same pairs, in the same order."""
    judge, n = list(exam_verdicts["judged"]), len(people)
    agreed = sum(verdict == human for verdict, human in zip(judge, people, strict=True)) / n
    chance = sum(judge.count(word) * people.count(word) for word in set(people)) / n**2
    low, high = stats.wilson(agreed, n)
    kappa, kappa_low = ((share - chance) / (1 - chance) for share in (agreed, low))
    return Exam(n, agreed, low, high, chance, kappa, kappa_low, Counter(zip(people, judge, strict=True)))


def _verdict_row(pair: Pair, replies: pd.DataFrame) -> dict[str, Any]:
    both = replies.loc[[request.id for request in pair_requests(pair)]]
    letters = [None if pd.isna(text) else parse_verdict(text) for text in both["text"]]
    first, second = (means.get(letter or "") for means, letter in zip(_MEANS.values(), letters, strict=True))
    judged = "" if first is None or second is None else first if first == second else "same"
    return {"contender": pair.contender, "request": pair.request, "first": first, "second": second, "judged": judged,
            "cost_usd": both["cost_usd"].sum(skipna=False)}  # fmt: skip


def _frame(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"cost_usd": "Float64"})


def _bias(both: pd.DataFrame) -> list[tuple[Any, ...]]:
    if both.empty:
        return []
    flipped = ((both["first"] == "worse") & (both["second"] == "better")) | (
        (both["first"] == "better") & (both["second"] == "worse")
    )
    ahead = [(pair, verdict == front) for pair, row in enumerate(both.itertuples()) for verdict, front in
             ((row.first, "worse"), (row.second, "better")) if verdict != "same"]  # fmt: skip
    rows = [(len(both), "flipped", float(flipped.mean()), *stats.wilson(float(flipped.mean()), len(both)))]
    groups, leads = [pair for pair, _ in ahead], [float(lead) for _, lead in ahead]
    if len(set(groups)) > 1:
        rows.append((len(set(groups)), "first", sum(leads) / len(leads), *stats.clustered_interval(leads, groups)))
    return [(n, measure, *(100 * share for share in shares)) for n, measure, *shares in rows]


def _mark(*texts: str) -> str:
    """Sixteen digits that are in none of the texts, the same each time, so that a stored verdict is found again."""
    mark, n = "", 0
    while not mark or any(mark in text for text in texts):
        mark, n = hashlib.sha256(json.dumps([n, *texts]).encode()).hexdigest()[:16], n + 1
    return mark


@cache
def _prompt() -> dict[str, str]:
    return read_yaml(_DATA / "judge.yaml")

"""Judge: a model that says which of two free texts is better, and whether its word may count.

A judge leans: to the first place, to length, to its own kind (Zheng et al. 2023, arXiv 2306.05685). So it sees each
pair in both orders, a pair that it does not decide alike both times is a tie, and before its word counts it has to
agree with people on a sample that they labelled (`data/judged.jsonl`). What it reads is hostile: an answer may tell it
what to say.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from kit.benchmarks import readings
from kit.client import budget, client, contenders, parsing
from kit.client.client import Written
from kit.client.requests import Request
from kit.files import read_yaml
from kit.plain import plain
from kit.pricing.books import Book
from kit.stats import intervals

__all__ = ["COLUMNS", "KAPPA", "PARAMETERS", "Exam", "Judged", "Pair", "ask", "examine", "labelled", "requests", "take",
           "verdict"]  # fmt: skip

PARAMETERS = {"temperature": 0, "max_tokens": 1024}
"""One letter needs no more than one token; a judge that thinks first needs room for it."""

KAPPA = 0.4
"""What a judge's kappa must surely exceed: beyond it agreement is moderate (Landis, Koch 1977, Biometrics 33:165)."""

COLUMNS = {
    "contender": "whose answer is judged against the incumbent's",
    "request": "the request's id",
    "first": "what `other` is beside `one`, said while `one` stood first: better, same, worse; missing if unread",
    "second": "the same, said while `other` stood first",
    "judged": "the two as one: same where they differ, empty if one is unread",
    "cost_usd": "of both, under the price book",
}
"""Columns of verdicts, one row a pair."""

_DATA = Path(__file__).parents[1] / "data"
_CHOICES = ("answer A", "answer B", "equally good")
_MEANS = {
    "one first": {"A": "worse", "B": "better", "C": "same"},
    "other first": {"A": "better", "B": "worse", "C": "same"},
}
"""Order -> the letter said -> what `other` is beside `one`."""


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
    """How far a judge agrees with people, and whether its word counts.

    Attributes:
        agreed, low, high: Share of the pairs on which it says what a person says, with Wilson's 95 % interval; an
            answer of its that could not be read agrees with nobody.
        chance: The share on which it would agree by chance, from how often each of them says what.
        kappa, kappa_low: Agreement beyond chance (Cohen 1960, Educ. Psychol. Meas. 20:37), and at the low end.
    """

    pairs: int
    agreed: float
    low: float
    high: float
    chance: float
    kappa: float
    kappa_low: float

    @property
    def passed(self) -> bool:
        """Whether its kappa exceeds KAPPA even at the low end of the interval."""
        return self.kappa_low > KAPPA


@dataclass(frozen=True, eq=False)
class Judged:
    """What a judge said, and what that is worth.

    Attributes:
        model: The judge; empty where nobody judges.
        exam: Missing where nobody judges.
        tried: COLUMNS, of the labelled pairs.
        found: COLUMNS, of the pairs that were to be judged; empty where the judge did not pass.
    """

    model: str = ""
    exam: Exam | None = None
    tried: pd.DataFrame = field(default_factory=lambda: _frame([]))
    found: pd.DataFrame = field(default_factory=lambda: _frame([]))

    @property
    def said(self) -> str:
        """Who judges, how well, and whether it counts, in a sentence or two."""
        if self.exam is None:
            return "No judge is named, so of free texts that differ nothing is said but how alike their words are."
        of = self.exam
        agreed = f"{self.model} agrees with people on {of.agreed:.0%} of {of.pairs} labelled pairs"
        sure = f"[{of.low:.0%}, {of.high:.0%}], kappa {of.kappa:.2f} and surely {of.kappa_low:.2f}"
        if not of.passed:
            return f"{agreed} {sure}: not above {KAPPA}, so its verdicts do not count, and it was asked for none."
        return f"{agreed} {sure}: above {KAPPA}, so its verdicts on {len(self.found)} pairs count."

    def bias(self) -> pd.DataFrame:
        """Whether the place decides: `pairs`, `measure` (`flipped` and `first`), `share`, `low`, `high` (in %).

        `flipped` are pairs of which both answers were called better, each in its turn (Wilson); `first` is how often
        the answer that stood first was called better, where one was: 50 % if the place does not matter. The two
        verdicts on a pair are one group (`stats.clustered_interval`).
        """
        both = pd.concat([self.tried, self.found]).dropna(subset=["first", "second"])
        return pd.DataFrame(_bias(both), columns=["pairs", "measure", "share", "low", "high"])


def take(
    model: Written, pairs: Sequence[Pair], store: str, book: Book | None = None, budget_usd: Decimal | str | None = None
) -> Judged:
    """Examine a judge, and only if it passes have it judge.

    Args:
        model: As a contender is written; empty for no judge.
        budget_usd: For the exam and the pairs together.
    """
    if not model:
        return Judged()
    name = contenders.read(model)[0].id
    tried = ask(model, labelled(), store, book, budget_usd)
    exam = examine(tried, [pair.human for pair in labelled()])
    rest = budget.left(budget_usd, tried["cost_usd"].dropna())
    return Judged(name, exam, tried, ask(model, pairs if exam.passed else [], store, book, rest))


def labelled() -> list[Pair]:
    """The pairs of `data/judged.jsonl`, which say why a person judges as it does."""
    _, *rows = map(json.loads, (_DATA / "judged.jsonl").read_text(encoding="utf-8").splitlines())
    return [Pair("", row["id"], row["asked"], row["one"], row["other"], row["human"]) for row in rows]


def ask(
    model: Written, pairs: Sequence[Pair], store: str, book: Book | None = None, budget_usd: Decimal | str | None = None
) -> pd.DataFrame:
    """Have each pair judged in both orders: COLUMNS, in the order given."""
    said = client.ask([request for pair in pairs for request in requests(pair)], model, store, book=book,
                      budget_usd=budget_usd).set_index("request")  # fmt: skip
    return _frame([_read(pair, said) for pair in pairs])


def requests(pair: Pair) -> list[Request]:
    """Ask for a pair in both orders, each text between lines that no text can close."""
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


def verdict(text: str) -> str | None:
    """The letter that a judge settles on, `A`, `B` or `C`; None if it is not clear.

    Read as an object of one `verdict`, since some judges are made to answer so, else as `readings.letter` does.
    """
    found = parsing.json_object(text)
    if found.why in ("whole", "fenced") and found.value is not None:
        said = found.value.get("verdict")
        return said if said in ("A", "B", "C") and len(found.value) == 1 else None
    return readings.letter(text, _CHOICES).value


def examine(tried: pd.DataFrame, people: Sequence[str]) -> Exam:
    """How far verdicts agree with what people say of the same pairs, in the same order."""
    judge, n = list(tried["judged"]), len(people)
    agreed = sum(one == other for one, other in zip(judge, people, strict=True)) / n
    chance = sum(judge.count(word) * people.count(word) for word in set(people)) / n**2
    low, high = intervals.wilson(agreed, n)
    return Exam(n, agreed, low, high, chance, *((share - chance) / (1 - chance) for share in (agreed, low)))


def _read(pair: Pair, said: pd.DataFrame) -> dict[str, Any]:
    heard = said.loc[[request.id for request in requests(pair)]]
    letters = [None if pd.isna(text) else verdict(text) for text in heard["text"]]
    first, second = (means.get(letter or "") for means, letter in zip(_MEANS.values(), letters, strict=True))
    judged = "" if first is None or second is None else first if first == second else "same"
    return {"contender": pair.contender, "request": pair.request, "first": first, "second": second, "judged": judged,
            "cost_usd": heard["cost_usd"].sum(skipna=False)}  # fmt: skip


def _frame(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"cost_usd": "Float64"})


def _bias(both: pd.DataFrame) -> list[tuple[Any, ...]]:
    if both.empty:
        return []
    flipped = ((both["first"] == "worse") & (both["second"] == "better")) | (
        (both["first"] == "better") & (both["second"] == "worse")
    )
    ahead = [(pair, said == front) for pair, row in enumerate(both.itertuples()) for said, front in
             ((row.first, "worse"), (row.second, "better")) if said != "same"]  # fmt: skip
    made = [(len(both), "flipped", float(flipped.mean()), *intervals.wilson(float(flipped.mean()), len(both)))]
    groups, leads = [pair for pair, _ in ahead], [float(lead) for _, lead in ahead]
    if len(set(groups)) > 1:
        made.append((len(set(groups)), "first", sum(leads) / len(leads), *intervals.clustered_interval(leads, groups)))
    return [(n, what, *(100 * share for share in shares)) for n, what, *shares in made]


def _mark(*texts: str) -> str:
    """Sixteen digits that are in none of the texts, and the same each time, so that a kept verdict is found again."""
    made, n = "", 0
    while not made or any(made in text for text in texts):
        made, n = hashlib.sha256(json.dumps([n, *texts]).encode()).hexdigest()[:16], n + 1
    return made


@cache
def _prompt() -> dict[str, str]:
    return read_yaml(_DATA / "judge.yaml")

"""Run: draw requests from a log, put them to incumbent and candidates, judge and compare the answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pandas as pd

from kit import client
from kit.client import ContenderLike
from kit.pricing import Book
from kit.replay.compare import compare, pairs_to_judge
from kit.replay.judge import Judgement, judge_pairs
from kit.replay.sampling import Sample, sample
from kit.traffic import Traffic

__all__ = ["Replay", "run"]


@dataclass(frozen=True, eq=False)
class Replay:
    """One replay.

    Attributes:
        sample: The requests drawn, and those held back.
        answers: As from `kit.ask`.
        incumbent: The first contender.
        judgement: The judge's exam and verdicts; empty without a judge.
        compared: As from `compare`.
    """

    sample: Sample
    answers: pd.DataFrame
    incumbent: str
    judgement: Judgement
    compared: pd.DataFrame


def run(
    traffic: Traffic,
    contenders: Sequence[ContenderLike],
    per_endpoint: int,
    seed: int = 0,
    *,
    store: str | Path = client.STORE,
    book: Book | None = None,
    labelled_from: str = "",
    judge: ContenderLike = "",
    fields: Mapping[str, str] | None = None,
    budget_usd: Decimal | str | None = None,
) -> Replay:
    """Replay logged requests on each contender and compare the answers with the first contender's.

    Args:
        contenders: As for `kit.ask`; the first one is the incumbent.
        per_endpoint: Requests to draw of each endpoint.
        labelled_from: A file of people's labels; empty for none.
        judge: A contender that compares free texts if it passes its exam; empty for none.
        fields: Field of an object -> its kind, as in `compare`.
        budget_usd: For all calls together, the judge's included.

    Raises:
        AskError: As from `kit.ask` and `sample`.
    """
    drawn = sample(traffic, per_endpoint, seed, labelled_from)
    answers = client.ask(drawn.requests, contenders, store, book=book, budget_usd=budget_usd)
    incumbent, left = answers["contender"].iloc[0], client.budget_left(budget_usd, answers["cost_usd"].dropna())
    judgement = judge_pairs(judge, pairs_to_judge(drawn.logged, answers, incumbent, fields), store, book, left)
    compared = compare(drawn.logged, answers, incumbent, judgement.verdicts, book, fields=fields)
    return Replay(drawn, answers, incumbent, judgement, compared)

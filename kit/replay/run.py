"""Run: draw requests from a log, put them to incumbent and candidates, judge and compare the answers.

With a plan of batches, each endpoint is replayed until its verdict stands, the largest bill first, so that a clear case
costs a fraction of the calls; the verdicts hold at every look.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

import pandas as pd

from kit import client
from kit.client import ContenderLike
from kit.pricing import Book
from kit.replay.compare import compare, outputs, pairs_to_judge, reference_kinds
from kit.replay.judge import Exam, Judgement, ask_pairs, judge_pairs
from kit.replay.outcomes import EXACT
from kit.replay.plan import read_plan
from kit.replay.sampling import LoggedRequest, Sample, sample
from kit.stats import requests_to_decide
from kit.traffic import Traffic

__all__ = ["Look", "Replay", "run"]

Look = Callable[[pd.DataFrame, Exam | None], Mapping[str, str]]
"""Looks at a comparison and a judge's exam: endpoints that more requests may decide -> how near they are, in words."""

_PILOT = 50
"""Requests on which the incumbent is asked twice before it is known how many are needed."""


@dataclass(frozen=True, eq=False)
class Replay:
    """One replay.

    Attributes:
        sample: The requests drawn, and those held back.
        answers: As from `kit.ask`.
        incumbent: The first contender.
        judgement: The judge's exam and verdicts; empty without a judge.
        compared: As from `compare`.
        looks: Endpoint -> how often it was looked at.
    """

    sample: Sample
    answers: pd.DataFrame
    incumbent: str
    judgement: Judgement
    compared: pd.DataFrame
    looks: Mapping[str, int] = field(default_factory=dict)


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
    labelled_pairs_from: str = "",
    fields: Mapping[str, str] | None = None,
    images: bool = False,
    budget_usd: Decimal | str | None = None,
    margin: float = 3.0,
    plan: Mapping[str, object] | None = None,
    look: Look | None = None,
    bills: pd.DataFrame | None = None,
    progress: Callable[[str], None] | None = None,
) -> Replay:
    """Replay logged requests on each contender and compare the answers with the first contender's.

    Where agreement with the incumbent decides and the log does not hold its answer, the incumbent is asked twice: on 50
    requests of an endpoint, and then on as many as an equal candidate needs to be told from one that is worse by the
    margin, given how often it agreed with itself.

    Args:
        contenders: As for `kit.ask`; the first one is the incumbent.
        per_endpoint: Requests to draw of each endpoint, if the plan does not say otherwise.
        labelled_from: A file of people's labels; empty for none.
        judge: A contender that compares free texts if it passes its exam; empty for none.
        labelled_pairs_from: The team's own labelled pairs, as the judge's exam; empty for the kit's.
        fields: Field of an object -> its kind, as in `compare`.
        images: True to send pictures, which are neither redacted nor scanned.
        budget_usd: For all calls together, the judge's included.
        margin: Points of accepted answers that may be lost.
        plan: As for `read_plan`; with one, `look` is asked after each batch which endpoints go on.
        bills: `endpoint` and `usd_month`; the largest goes first.
        progress: Gets a line after each batch; a line on the screen, if it is left out.

    Raises:
        AskError: As from `kit.ask`, `sample` and `read_plan`.
    """
    steps = read_plan(plan or {}, per_endpoint)
    drawn_sample = sample(traffic, steps.most, seed, labelled_from, images)
    session = _Session(contenders, store, book, judge, labelled_pairs_from, fields or {}, margin / 100, budget_usd)
    if not steps.until_decided or look is None:
        session.ask(drawn_sample.logged)
        return session.result(drawn_sample, {})
    looks, used = dict[str, int](), list[LoggedRequest]()
    session.ask(())
    for endpoint, waiting in _in_order(drawn_sample.logged, bills, seed):
        looks[endpoint], total = 0, len(waiting)
        near = "open"
        while waiting and near:
            batch, waiting = waiting[: steps.batch], waiting[steps.batch :]
            used += batch
            session.ask(batch)
            looks[endpoint] += 1
            near = look(session.compared(used), session.judgement.exam).get(endpoint, "")
            state = near or "decided"
            line = f"{endpoint}: {total - len(waiting):,} of at most {total:,} requests, {state}{session.spent}"
            (progress or _show)(line)
            if session.exhausted:
                return session.result(replace(drawn_sample, logged=tuple(used)), looks)
    return session.result(replace(drawn_sample, logged=tuple(used)), looks)


def _show(line: str) -> None:
    """Show a line where somebody looks: not in a notebook that papermill runs."""
    from kit.client import Bar

    bar = Bar(0, 0)
    bar.say(line)
    bar.close()


class _Session:
    """Answers and verdicts as they come, batch by batch, under one budget."""

    def __init__(
        self,
        contenders: Sequence[ContenderLike],
        store: str | Path,
        book: Book | None,
        judge: ContenderLike,
        pairs_from: str,
        fields: Mapping[str, str],
        margin: float,
        budget_usd: Decimal | str | None,
    ):
        self._contenders, self._store, self._book = contenders, store, book
        self._judge, self._pairs_from, self._fields, self._margin = judge, pairs_from, fields, margin
        self._left, self._paid = client.budget_amount(budget_usd), Decimal(0)
        self._answers, self._second = list[pd.DataFrame](), list[pd.DataFrame]()
        self.judgement = Judgement()
        self._examined = False

    @property
    def spent(self) -> str:
        """The money spent so far, in words; empty without a price book."""
        left = "" if self._left is None else f", ${self._left:.2f} left"
        return f"; ${self._paid:.4f}{left}" if self._book else ""

    @property
    def exhausted(self) -> bool:
        """True if the budget stopped an answer of the last batch."""
        return bool(self._answers) and bool(self._answers[-1]["error_kind"].isin(["budget", "stopped"]).any())

    @property
    def incumbent(self) -> str:
        """The first contender's id."""
        return client.read_contenders(*self._contenders)[0].id

    def ask(self, batch: Sequence[LoggedRequest]) -> None:
        """Ask all contenders, the incumbent twice where that is needed, and the judge; nobody, for an empty batch."""
        requests = [logged.request for logged in batch]
        answers = self._pay(
            client.ask(requests, self._contenders, self._store, book=self._book, budget_usd=self._left)
        )
        self._answers.append(answers)
        if not batch:
            return
        self._ask_twice(batch, answers)
        pairs = pairs_to_judge(batch, answers, self.incumbent, self._fields)
        if not self._examined:
            self.judgement = judge_pairs(self._judge, pairs, self._store, self._book, self._left, self._pairs_from)
            self._pay(self.judgement.exam_verdicts)
            self._pay(self.judgement.verdicts)
            self._examined = True
        elif self.judgement.exam and self.judgement.exam.passed and pairs:
            verdicts = self._pay(ask_pairs(self._judge, pairs, self._store, self._book, self._left))
            both = pd.concat([self.judgement.verdicts, verdicts], ignore_index=True)
            self.judgement = replace(self.judgement, verdicts=both)

    def compared(self, requests: Sequence[LoggedRequest]) -> pd.DataFrame:
        """The comparison of all that was asked so far."""
        answers = pd.concat(self._answers, ignore_index=True)
        second = pd.concat(self._second, ignore_index=True) if self._second else None
        verdicts, fields = self.judgement.verdicts, self._fields
        return compare(requests, answers, self.incumbent, verdicts, self._book, second, fields)

    def result(self, drawn_sample: Sample, looks: Mapping[str, int]) -> Replay:
        """All of it."""
        answers = pd.concat(self._answers, ignore_index=True)
        return Replay(drawn_sample, answers, self.incumbent, self.judgement, self.compared(drawn_sample.logged), looks)

    def _ask_twice(self, batch: Sequence[LoggedRequest], answers: pd.DataFrame) -> None:
        """Ask the incumbent again where agreement decides and the log has no answer of its to compare with."""
        answered = outputs(answers, self.incumbent)
        kinds = reference_kinds(batch, answered)
        by_endpoint: dict[str, list[LoggedRequest]] = {}
        for request in batch:
            output = answered.get(request.request.id)
            known = output is not None and request.answered(self.incumbent) and not output.calls
            if request.key is None and kinds.get(request.request.id) in EXACT and not known:
                by_endpoint.setdefault(request.endpoint, []).append(request)
        pilot = [request for group in by_endpoint.values() for request in group[:_PILOT]]
        self._second_answers(pilot)
        self._second_answers([
            request for group in by_endpoint.values() for request in group[_PILOT : self._needed(group, answers)]
        ])  # fmt: skip

    def _needed(self, group: Sequence[LoggedRequest], answers: pd.DataFrame) -> int:
        """Requests on which the incumbent should be asked twice, by how often it agreed with itself on the first 50."""
        if len(group) <= _PILOT:
            return len(group)
        pilot, second = group[:_PILOT], pd.concat(self._second, ignore_index=True)
        names = [logged.request.id for logged in pilot]
        own = answers[(answers["contender"] == self.incumbent) & answers["request"].isin(names)]
        agrees = compare(pilot, own, self.incumbent, second=second, fields=self._fields)["self_agrees"]
        off = (1 + int(agrees.eq(False).fillna(False).sum())) / (2 + len(pilot))
        return requests_to_decide(off, off, self._margin) or len(group)

    def _second_answers(self, batch: Sequence[LoggedRequest]) -> None:
        if batch:
            requests = [replace(logged.request, sample=logged.request.sample + 1) for logged in batch]
            self._second.append(self._pay(client.ask(requests, self._contenders[:1], self._store, book=self._book,
                                                     budget_usd=self._left)))  # fmt: skip

    def _pay(self, table: pd.DataFrame) -> pd.DataFrame:
        usd = table["cost_usd"].dropna()
        self._left = client.budget_left(self._left, usd)
        self._paid += sum((Decimal(str(amount)) for amount in usd), Decimal(0))
        return table


def _in_order(
    requests: Sequence[LoggedRequest], bills: pd.DataFrame | None, seed: int
) -> list[tuple[str, list[LoggedRequest]]]:
    """Endpoints, the largest bill first, with their requests in an order of chance, so that each batch is a sample."""
    usd = {} if bills is None else dict(zip(bills["endpoint"], bills["usd_month"].fillna(0.0), strict=True))
    by_endpoint: dict[str, list[LoggedRequest]] = {}
    for logged in requests:
        by_endpoint.setdefault(logged.endpoint, []).append(logged)
    chance = random.Random(seed)  # noqa: S311  # a sample, no secret
    for group in by_endpoint.values():
        chance.shuffle(group)
    return sorted(by_endpoint.items(), key=lambda pair: -float(usd.get(pair[0], 0.0)))

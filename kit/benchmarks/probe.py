"""Probes of contenders: speed alone and under load, context window, repeatability, failures; as tables and evidence."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd

from kit import catalog, client
from kit.benchmarks import consistency, context_window, latency, reliability
from kit.client import Contender, ContenderLike, Request, split_id
from kit.errors import StudyError
from kit.evidence import UNANSWERED, Row, contender_row
from kit.pricing import Book
from kit.stats import Estimate

__all__ = ["ProbeOptions", "ProbeResults", "latency_table", "planned_probe_requests", "run_probes", "window_table"]

_LEAST = {"samples": 1, "tokens": 2, "load": 0, "repeats": 2, "probe_tokens": 0, "probe_calls": 1}

_Figure = tuple[str, Any, str, Any, Any, Any, str]
"""metric, value, unit, low, high, n, note."""


@dataclass(frozen=True)
class ProbeOptions:
    """The requests that the probes put.

    Attributes:
        samples: Answers at each load.
        tokens: At which each of them is cut off.
        load: Requests at once; below 2 nothing is asked under load.
        repeats: Answers to each question that is repeated.
        temperature: Of the repeated questions.
        probe_tokens: Of the longest request to the window, by estimate; 0 leaves the window out.
        probe_calls: The most requests that are put to the window.
        budget_usd: For all probes; none if empty.

    Raises:
        StudyError: If a number is too small to mean anything.
    """

    samples: int
    tokens: int
    load: int
    repeats: int
    temperature: float
    probe_tokens: int
    probe_calls: int
    budget_usd: Decimal | str | None = None

    def __post_init__(self) -> None:
        for name, least in _LEAST.items():
            if getattr(self, name) < least:
                raise StudyError(f"{name}: {getattr(self, name)} is too few; at least {least}")

    @property
    def loads(self) -> list[int]:
        """Requests at once, of each load that is measured."""
        return [1, self.load] if self.load > 1 else [1]


@dataclass(frozen=True, eq=False)
class ProbeResults:
    """Tables of the probes; empty where nothing was asked.

    Attributes:
        answers: All answers but those to the window's probe, as from `kit.ask`.
        latency, throughput: From `latency.latency_summary` and `latency.throughput`.
        network: From `latency.round_trips_of`.
        windows: From `window_table`.
        repeats: From `consistency.repeat_agreement`.
        failures: From `reliability.failure_rates`.
        day: The date of the last answer.
    """

    answers: pd.DataFrame
    latency: pd.DataFrame
    throughput: pd.DataFrame
    network: pd.DataFrame
    windows: pd.DataFrame
    repeats: pd.DataFrame
    failures: pd.DataFrame
    day: date

    @property
    def summary(self) -> str:
        """A sentence a contender."""
        return " ".join(self._sentence(str(name)) for name in self.answers["contender"].unique()) or "Nobody was asked."

    def evidence_rows(self, ref: str) -> list[Row]:
        """Return evidence: `throughput.*`, `latency.*`, `context.*`, `stability.*`, `reliability.*`, ...

        A contender without one answer leaves only `requests.unanswered`; else a failure is a finding, not a gap.
        """
        rows = []
        for name, answers in self.answers.groupby("contender", sort=False):
            answered = bool((answers["error_kind"] == "").any())
            figures = self._figures(str(name)) if answered else []
            missing = 0 if answered else len(answers)
            figures.append((UNANSWERED, missing, "requests", None, None, len(answers), ""))
            rows += [
                contender_row(str(name), metric, Estimate(value, low, high), unit, self.day, ref, n, note=note)
                for metric, value, unit, low, high, n, note in figures
            ]
        return rows

    def _figures(self, name: str) -> list[_Figure]:
        figures = [figure for row in _rows_of(self.latency, name) for figure in _latency_figures(row)]
        for row in _rows_of(self.throughput, name):
            metric = "throughput.together" if row["at once"] == 1 else "throughput.loaded.together"
            figures.append((metric, row["together"], "tok/s", None, None, None, f"{row['under way']:.1f} under way"))
        for row in _rows_of(self.network, name):
            n = row["connections"]
            figures.append(("network.round_trip_s", row["round trip"], "s", None, None, n, "the fastest"))
        for row in _rows_of(self.windows, name):
            if row["outcome"] == "found":
                ends = (row["accepted"], row["refused"])
                figures.append(("context.tokens", row["accepted"], "tokens", *ends, None, "probed"))
            elif row["outcome"] == "not reached":
                figures.append(("context.at_least", row["accepted"], "tokens", None, None, None, "probed"))
        for row in _rows_of(self.repeats, name):
            figures.append(("stability.same", row["same"], "%", row["low"], row["high"], row["questions"], ""))
        for row in _rows_of(self.failures, name):
            metric = f"reliability.{row['kind'].replace(' ', '_')}"
            figures.append((metric, row["share"], "%", row["low"], row["high"], row["of"], ""))
        return figures

    def _sentence(self, name: str) -> str:
        alone = {row["what"]: row for row in _rows_of(self.latency, name) if row["at once"] == 1}
        if not alone:
            return f"{name} did not answer: {self.answers[self.answers['contender'] == name]['error'].iloc[0]}."
        first, rate, parts = alone["first token"], alone["pace"], []
        if pd.notna(first["p50"]):
            tail = f" (p95 {first['p95']:.2g} s)" if pd.notna(first["p95"]) else ""
            parts.append(f"first token after {first['p50']:.2g} s{tail}")
        if pd.notna(rate["low"]):
            parts.append(f"{rate['mean']:.0f} tokens/s [{rate['low']:.0f}, {rate['high']:.0f}]")
        parts += [_window_in_words(row) for row in _rows_of(self.windows, name)]
        parts += [f"two answers the same in {row['same']:.0f} %" for row in _rows_of(self.repeats, name)]
        errors = next(row for row in _rows_of(self.failures, name) if row["kind"] == "errors")
        parts.append(f"{errors['count']} of {errors['of']} requests failed")
        return f"{name}: {', '.join(parts)}."


def planned_probe_requests(options: ProbeOptions) -> list[Request]:
    """Return the requests that `run_probes` would put to each contender, the window's probe at its dearest."""
    requests = latency.timed_requests(options.samples, options.tokens, 1)
    requests += consistency.repeated_requests(options.repeats, options.temperature)
    for load in options.loads[1:]:
        requests += latency.timed_requests(options.samples, options.tokens, load)
    if options.probe_tokens:
        requests += context_window.window_requests(options.probe_tokens, options.probe_calls)
    return requests


def run_probes(
    options: ProbeOptions, contenders: Sequence[ContenderLike], store: str, book: Book, day: date
) -> ProbeResults:
    """Run all probes, one contender at a time where time is measured.

    Args:
        day: The study's date, which the results get if nobody answered.

    Raises:
        StudyError: If there is nobody to ask.
    """
    if not contenders:
        raise StudyError("nobody is asked; name contenders in the study, such as gpt-4o@gateway")
    spent: list[float] = []

    def charge(answers: pd.DataFrame) -> pd.DataFrame:
        spent.extend(answers["cost_usd"].dropna())
        return answers

    def left() -> Any:
        return client.budget_left(options.budget_usd, spent)

    def probe(contender: Contender) -> context_window.ContextWindow:
        most, calls = options.probe_tokens, options.probe_calls
        window = context_window.probe_window(contender, store, most, calls, book=book, budget_usd=left())
        spent.append(window.cost_usd or 0.0)
        return window

    timed = [
        charge(latency.ask_timed(options.samples, options.tokens, load, who, store, book=book, budget_usd=left()))
        for who in contenders for load in options.loads
    ]  # fmt: skip
    questions = consistency.repeated_requests(options.repeats, options.temperature)
    repeated = charge(client.ask(questions, contenders, store, book=book, budget_usd=left()))
    windows = _probe_each_model(contenders, probe) if options.probe_tokens else []
    runs, answers = pd.concat([*timed, repeated.iloc[:0]]), pd.concat([*timed, repeated], ignore_index=True)
    summary, last = latency.latency_summary(runs), answers["asked_at"].max()
    return ProbeResults(
        answers=answers,
        latency=summary,
        throughput=latency.throughput(runs),
        network=latency.round_trips_of(contenders, summary),
        windows=window_table(windows),
        repeats=consistency.repeat_agreement(repeated),
        failures=reliability.failure_rates(answers),
        day=day if pd.isna(last) else last.date(),
    )


def window_table(windows: Sequence[context_window.ContextWindow]) -> pd.DataFrame:
    """Set the windows that were probed beside those that the catalog documents.

    Returns:
        `contender`, `documented` (tokens, in words; all sources), `outcome`, `accepted`, `refused`, `calls`, `USD`
        and `message`, as in `ContextWindow`.
    """
    columns = ["contender", "documented", "outcome", "accepted", "refused", "calls", "USD", "message"]
    rows = [
        asdict(window) | {"USD": window.cost_usd, "documented": _documented(split_id(window.contender)[0])}
        for window in windows
    ]
    return pd.DataFrame(rows, columns=columns).astype({"refused": "Int64", "USD": "Float64"})


def latency_table(summary: pd.DataFrame) -> pd.DataFrame:
    """Lay out the latency summary for print: contender, at once, what, answers, mean, 95 % interval, p50, p95, p99."""
    intervals = [
        "" if pd.isna(row.low) else f"{row.low:.3g} to {row.high:.3g}" for row in summary[["low", "high"]].itertuples()
    ]
    table = summary.assign(what=summary["what"] + ", " + summary["unit"]).drop(columns=["unit", "low", "high"])
    table.insert(5, "95 % interval", intervals)
    return table


def _latency_figures(row: dict[str, Any]) -> list[_Figure]:
    names = {"pace": "throughput{}.tok_s", "first token": "latency{}.first_token_s"}
    metric = names.get(row["what"], "latency{}.whole_s").format("" if row["at once"] == 1 else ".loaded")
    load, unit, n = f"{row['at once']} at once", row["unit"], row["answers"]
    figures: list[_Figure] = []
    if row["what"] == "pace" and pd.notna(row["low"]):
        figures.append((metric, row["mean"], unit, row["low"], row["high"], n, f"mean, {load}"))
    quantiles = [(part, row[part]) for part in ("p50", "p95", "p99") if pd.notna(row[part])]
    return figures + [(f"{metric}.{part}", value, unit, None, None, n, load) for part, value in quantiles]


def _probe_each_model(
    contenders: Sequence[ContenderLike], probe: Callable[[Contender], context_window.ContextWindow]
) -> list[context_window.ContextWindow]:
    """Probe each model once at each address: variants of the prompt share its window."""
    first: dict[tuple[str, str], context_window.ContextWindow] = {}
    windows = []
    for contender in client.read_contenders(*contenders):
        known = first.get((contender.place, contender.called))
        windows.append(replace(known, contender=contender.id, calls=0, cost_usd=0.0) if known else probe(contender))
        first.setdefault((contender.place, contender.called), windows[-1])
    return windows


def _documented(model: str) -> str:
    facts = catalog.model(model).facts if catalog.knows(model) else ()
    return " or ".join(dict.fromkeys(f"{fact.value:,.0f}" for fact in facts if fact.metric == "context.tokens"))


def _window_in_words(row: dict[str, Any]) -> str:
    if row["outcome"] == "found":
        return f"window between {row['accepted']:,} and {row['refused']:,} tokens"
    if row["outcome"] == "not reached":
        return f"window of at least {row['accepted']:,} tokens"
    return "window not found"


def _rows_of(table: pd.DataFrame, contender: str) -> list[dict[str, Any]]:
    return table[table["contender"] == contender].to_dict("records")

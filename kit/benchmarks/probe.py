"""The probe chapter: how fast each contender is, how long a text it takes, how steady it is; and what came of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

import pandas as pd

from kit import catalog, client
from kit.benchmarks import consistency as stability
from kit.benchmarks import context_window, reliability
from kit.benchmarks import latency as speed
from kit.client import ContenderLike, Request, split_id
from kit.errors import StudyError
from kit.evidence import UNANSWERED, Row, contender_row
from kit.pricing import Book
from kit.stats import Estimate

__all__ = ["Probed", "planned_probe_requests", "run_probes", "speed_table", "windows"]

_LEAST = {"samples": 1, "tokens": 2, "load": 0, "repeats": 2, "probe_tokens": 0, "probe_calls": 1}
_NETWORK = ["contender", "connections", "round trip", "first token", "share"]


@dataclass(frozen=True, eq=False)
class Probed:
    """What the probes found; frames are empty where nothing was asked.

    Attributes:
        answers: All answers but those to the window's probe, as from `kit.ask`.
        speed, crowds, stability, reliability: As in the modules of these names.
        network: From `_network`: contender, connections, `round trip` (s, the fastest), `first token` (s, p50 alone),
            `share` (percent that one round trip is of it).
        windows: As from `windows`.
        day: The date of the last answer.
    """

    answers: pd.DataFrame
    speed: pd.DataFrame
    crowds: pd.DataFrame
    network: pd.DataFrame
    windows: pd.DataFrame
    stability: pd.DataFrame
    reliability: pd.DataFrame
    day: date

    @property
    def answer(self) -> str:
        """What came of it, a sentence or two a contender."""
        return " ".join(self._said(str(one)) for one in self.answers["contender"].unique()) or "Nobody was asked."

    def rows(self, ref: str) -> list[Row]:
        """What was found, as evidence: `throughput.*`, `latency.*`, `context.*`, `stability.*`, `reliability.*`, ...

        A contender without one answer leaves only `requests.unanswered`; else what failed is a finding, not a gap.
        """
        made = []
        for one, some in self.answers.groupby("contender", sort=False):
            answered = bool((some["error_kind"] == "").any())
            figures = self._figures(str(one)) if answered else []
            figures += [(UNANSWERED, 0 if answered else len(some), "requests", None, None, len(some), "")]
            made += [
                contender_row(str(one), metric, Estimate(value, low, high), unit, self.day, ref, n, note=note)
                for metric, value, unit, low, high, n, note in figures
            ]  # fmt: skip
        return made

    def _figures(self, one: str) -> list[tuple[Any, ...]]:
        """(metric, value, unit, low, high, n, note) of each finding about a contender."""
        made: list[tuple[Any, ...]] = []
        for row in _of(self.speed, one).to_dict("records"):
            name = {"pace": "throughput{}.tok_s", "first token": "latency{}.first_token_s"}.get(row["what"])
            metric = (name or "latency{}.whole_s").format("" if row["at once"] == 1 else ".loaded")
            load, n = f"{row['at once']} at once", row["answers"]
            if row["what"] == "pace" and pd.notna(row["low"]):
                made.append((metric, row["mean"], row["unit"], row["low"], row["high"], n, f"mean, {load}"))
            tails = [(part, row[part]) for part in ("p50", "p95", "p99") if pd.notna(row[part])]
            made += [(f"{metric}.{part}", value, row["unit"], None, None, n, load) for part, value in tails]
        for row in _of(self.crowds, one).to_dict("records"):
            name = "throughput.together" if row["at once"] == 1 else "throughput.loaded.together"
            made.append((name, row["together"], "tok/s", None, None, None, f"{row['under way']:.1f} under way"))
        for row in _of(self.network, one).to_dict("records"):
            made.append(("network.round_trip_s", row["round trip"], "s", None, None, row["connections"], "the fastest"))
        for found in _of(self.windows, one).to_dict("records"):
            if found["outcome"] == "found":
                made.append(
                    ("context.tokens", found["taken"], "tokens", found["taken"], found["refused"], None, "probed")
                )
            elif found["outcome"] == "not reached":
                made.append(("context.at_least", found["taken"], "tokens", None, None, None, "probed"))
        for row in _of(self.stability, one).to_dict("records"):
            made.append(("stability.same", row["same"], "%", row["low"], row["high"], row["questions"], ""))
        for row in _of(self.reliability, one).to_dict("records"):
            metric = f"reliability.{row['kind'].replace(' ', '_')}"
            made.append((metric, row["share"], "%", row["low"], row["high"], row["of"], ""))
        return made

    def _said(self, one: str) -> str:
        pace = _of(self.speed, one)
        pace = pace[pace["at once"] == 1].set_index("what")
        if pace.empty:
            return f"{one} did not answer: {self.answers[self.answers['contender'] == one]['error'].iloc[0]}."
        first, speed_ = pace.loc["first token"], pace.loc["pace"]
        said = []
        if pd.notna(first["p50"]):
            tail = f" (p95 {first['p95']:.2g} s)" if pd.notna(first["p95"]) else ""
            said.append(f"first token after {first['p50']:.2g} s{tail}")
        if pd.notna(speed_["low"]):
            said.append(f"{speed_['mean']:.0f} tokens/s [{speed_['low']:.0f}, {speed_['high']:.0f}]")
        said += [_ends(row) for row in _of(self.windows, one).itertuples()]
        said += [f"two answers the same in {row.same:.0f} %" for row in _of(self.stability, one).itertuples()]
        failed = _of(self.reliability, one).set_index("kind").loc["errors"]
        said.append(f"{failed['count']} of {failed['of']} requests failed")
        return f"{one}: {', '.join(said)}."


def planned_probe_requests(how: Mapping[str, Any]) -> list[Request]:
    """The requests that `take` would put to each contender; of the window's probe the dearest course.

    Raises:
        StudyError: If a number is too small for what it says.
    """
    _check(how)
    made = speed.asked(how["samples"], how["tokens"], 1) + stability.asked(how["repeats"], how["temperature"])
    made += speed.asked(how["samples"], how["tokens"], how["load"]) if how["load"] > 1 else []
    return made + (context_window.asked(how["probe_tokens"], how["probe_calls"]) if how["probe_tokens"] else [])


def run_probes(how: Mapping[str, Any], of: Sequence[ContenderLike], store: str, book: Book, day: date) -> Probed:
    """Run all probes, one contender at a time where time is measured.

    Args:
        how: `samples` and `tokens` (of each load), `load` (requests at once; below 2 none), `repeats` and `temperature`
            (of stability), `probe_tokens` and `probe_calls` (of the window; 0 tokens none), `budget_usd` for all.
        day: The study's date, which findings get where nobody answered.

    Raises:
        StudyError: If a number is too small for what it says, or there is nobody to ask.
    """
    _check(how)
    if not of:
        raise StudyError("nobody is asked; name contenders in the study, such as gpt-4o@gateway")
    spent: list[float] = []

    def paid(answers: pd.DataFrame) -> pd.DataFrame:
        spent.extend(answers["cost_usd"].dropna())
        return answers

    def left() -> Any:
        return client.budget_left(how["budget_usd"], spent)

    def probed(one: client.Contender) -> context_window.Window:
        most, calls = how["probe_tokens"], how["probe_calls"]
        found = context_window.probe(one, store, most, calls, book=book, budget_usd=left())
        spent.append(found.cost_usd or 0.0)
        return found

    loads = [1, how["load"]] if how["load"] > 1 else [1]
    timed = [
        paid(speed.take(how["samples"], how["tokens"], load, one, store, book=book, budget_usd=left()))
        for one in of for load in loads
    ]  # fmt: skip
    questions = stability.asked(how["repeats"], how["temperature"])
    repeated = paid(client.ask(questions, of, store, book=book, budget_usd=left()))
    found = _once(of, probed) if how["probe_tokens"] else []
    runs, answers = pd.concat([*timed, repeated.iloc[:0]]), pd.concat([*timed, repeated], ignore_index=True)
    summary, last = speed.summary(runs), answers["asked_at"].max()
    return Probed(
        answers, summary, speed.crowds(runs), _network(of, summary), windows(found), stability.spread(repeated),
        reliability.rates(answers), day if pd.isna(last) else last.date(),
    )  # fmt: skip


def windows(found: Sequence[context_window.Window]) -> pd.DataFrame:
    """What the probes of the window found beside what the catalog documents.

    Returns:
        `contender`, `documented` (tokens, in words; all sources), `outcome`, `taken`, `refused`, `calls`, `USD` and
        `said`, as in `window.Window`.
    """
    columns = ["contender", "documented", "outcome", "taken", "refused", "calls", "USD", "said"]
    rows = [asdict(one) | {"USD": one.cost_usd, "documented": _documented(split_id(one.contender)[0])} for one in found]
    return pd.DataFrame(rows, columns=columns).astype({"refused": "Int64", "USD": "Float64"})


def speed_table(summary: pd.DataFrame) -> pd.DataFrame:
    """The speeds as printed: contender, at once, what, answers, mean, 95 % interval, p50, p95, p99."""
    span = [
        "" if pd.isna(row.low) else f"{row.low:.3g} to {row.high:.3g}" for row in summary[["low", "high"]].itertuples()
    ]
    made = summary.assign(what=summary["what"] + ", " + summary["unit"]).drop(columns=["unit", "low", "high"])
    made.insert(5, "95 % interval", span)
    return made


def _network(of: Sequence[ContenderLike], summary: pd.DataFrame) -> pd.DataFrame:
    """The fastest way to each contender's door, and which share of its first token that is."""
    from kit.client import round_trips  # which brings aiohttp

    rows = []
    alone = summary[(summary["what"] == "first token") & (summary["at once"] == 1)].set_index("contender")["p50"]
    for one in client.read_contenders(*of):
        if one.id in alone.index and pd.notna(first := alone[one.id]) and (took := round_trips(_address(one))):
            rows.append((one.id, len(took), min(took), first, 100 * min(took) / first))
    return pd.DataFrame(rows, columns=_NETWORK)


def _once(
    of: Sequence[ContenderLike], probed: Callable[[client.Contender], context_window.Window]
) -> list[context_window.Window]:
    """A window is a model's at its place, however it is prompted: variants are not probed again."""
    found: dict[tuple[str, str], context_window.Window] = {}
    made = []
    for one in client.read_contenders(*of):
        known = found.get((one.place, one.called))
        made.append(replace(known, contender=one.id, calls=0, cost_usd=0.0) if known else probed(one))
        found.setdefault((one.place, one.called), made[-1])
    return made


def _address(one: client.Contender) -> str:
    from kit.client import shared_url

    return one.base_url or shared_url()


def _documented(model: str) -> str:
    facts = catalog.model(model).facts if catalog.knows(model) else ()
    return " or ".join(dict.fromkeys(f"{fact.value:,.0f}" for fact in facts if fact.metric == "context.tokens"))


def _ends(row: Any) -> str:
    if row.outcome == "found":
        return f"window between {row.taken:,} and {row.refused:,} tokens"
    if row.outcome == "not reached":
        return f"window of at least {row.taken:,} tokens"
    return "window not found"


def _of(frame: pd.DataFrame, one: str) -> pd.DataFrame:
    return frame[frame["contender"] == one]


def _check(how: Mapping[str, Any]) -> None:
    for name, least in _LEAST.items():
        if how[name] < least:
            raise StudyError(f"{name}: {how[name]} is too few; at least {least}")

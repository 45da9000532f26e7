"""The endpoints as a reader meets them: today's bill, tomorrow's, the saving with its interval, and the verdict."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from kit import catalog
from kit.decision import MOVES, NAMELESS, NOBODY, RANK, EndpointRecommendation, model_of, nearest_endpoints
from kit.report.style import ACCENT, INK, QUIET, WARN, axes, described
from kit.stats import Estimate
from kit.text import day_in_words, dollar_cell, dollar_range, dollar_tick, dollars, plain, plural

__all__ = ["FORMATS", "headline", "lines", "savings", "sentence", "table", "why"]

FORMATS: Mapping[str, Callable[[float], str]] = dict.fromkeys(("today", "tomorrow", "saving"), dollar_cell)
"""How `show.table` should print the columns of `table`."""

_LISTED = 12
_NOTHING_REPLAYED = (
    "Whether another model would do cannot be said yet: the log holds no texts of requests, or none that may be sent. "
    "For a verdict, log them redacted (kit.Meter with requests=True, or an export with bodies), label some of them, "
    "and set the key of each contender."
)
_NAMED = 4
"""Endpoints that a sentence names; the table has all."""
_SHADES: Mapping[str, str] = {"migrate": ACCENT, "route": "#56B4E9", "undecided": QUIET, "stay": WARN}
_DRAWN, _LETTERS = 30, 40


def table(verdicts: Sequence[EndpointRecommendation]) -> pd.DataFrame:
    """The endpoints as the first page lists them, USD a month.

    Returns:
        `endpoint`, `candidate`, `today`, `tomorrow`, `saving` (missing where unknown), `95 % interval` (of the saving),
        `verdict` (with the further requests that would decide it).
    """
    return pd.DataFrame(
        [(v.endpoint or NAMELESS, v.candidate,
          *(usd.value if usd else None for usd in (v.today_usd, v.tomorrow_usd, v.saving_usd)),
          _span(v.saving_usd) if v.saving_usd else "unknown",
          f"{v.verdict}: {_more(v)}" if _more(v) else v.verdict)
         for v in verdicts],
        columns=["endpoint", "candidate", "today", "tomorrow", "saving", "95 % interval", "verdict"],
    ).astype(dict.fromkeys(FORMATS, "float64"))  # fmt: skip


def why(verdicts: Sequence[EndpointRecommendation]) -> pd.DataFrame:
    """Return what each verdict rests on.

    Returns:
        `endpoint`, `candidate`, `verdict`, `requests` (on which both were judged), `points` (of accepted answers,
        candidate less incumbent; missing where unknown), `95 % interval`, `because`.
    """
    return pd.DataFrame(
        [(v.endpoint or NAMELESS, v.candidate, v.verdict, v.n, v.difference.value if v.difference else None,
          f"{v.difference.low:+.1f} to {v.difference.high:+.1f}" if v.difference else "unknown", "; ".join(v.reasons))
         for v in verdicts],
        columns=["endpoint", "candidate", "verdict", "requests", "points", "95 % interval", "because"],
    ).astype({"points": "float64"})  # fmt: skip


def headline(verdicts: Sequence[EndpointRecommendation], source: str) -> list[tuple[str, str, str, str]]:
    """The key figures: label, value, what it is, kind of evidence; of each endpoint its nearest candidate.

    Args:
        source: The kind of the price book behind the bills.
    """
    best = nearest_endpoints(verdicts)
    today, saving, billed = _totals(best)
    moved = [v for v in best if v.verdict in MOVES]
    paid = ("today", dollars(today) if billed else "unknown", f"a month, {billed} of {len(best)} endpoints with a bill",
            source)  # fmt: skip
    if _nobody(best):
        return [paid, ("endpoints judged", f"0 of {len(best)}", "no request could be replayed", "measured")]
    others = ", ".join(f"{count} {word}" for word in RANK if (count := sum(v.verdict == word for v in best)))
    return [
        paid,
        (
            "tomorrow",
            dollars(today - saving.value) if billed else "unknown",
            "a month, if what can be moved is moved",
            source,
        ),
        ("saving", _span(saving) if billed else "unknown", "a month, the 95 % intervals added up", source),
        ("endpoints to move", f"{len(moved)} of {len(best)}", others, "measured"),
    ]


def sentence(verdicts: Sequence[EndpointRecommendation], day: date | None = None) -> str:
    """Return what to do, in a sentence or two; of each endpoint its nearest candidate.

    Args:
        day: Of the study; with it, an incumbent that its maker takes away comes first.
    """
    return _incumbent_ends(verdicts, day) + _advice(verdicts)


def _incumbent_ends(verdicts: Sequence[EndpointRecommendation], day: date | None) -> str:
    """Say by when the incumbent must be left, since undecided endpoints stay on it; empty if it stays on sale."""
    ids = dict.fromkeys(model_of(v.incumbent) for v in verdicts)
    ends = [catalog.ending(catalog.model(id), day) for id in ids if day and catalog.knows(id)]
    words = [
        f"{end.model.name} shuts down on {day_in_words(end.day)}: every endpoint must have left it by then. "
        if end.day > day else f"{end.model.name} was shut down on {day_in_words(end.day)}; leave it now. "
        for end in ends if end and day
    ]  # fmt: skip
    return "".join(words)


def _advice(verdicts: Sequence[EndpointRecommendation]) -> str:
    best = nearest_endpoints(verdicts)
    if not best:
        return "No endpoint was replayed on a candidate, so there is nothing to decide."
    if _nobody(best):
        today, _, billed = _totals(best)
        paid = f"{plural(billed, 'endpoint')} cost {dollars(today)} a month" if billed else "What is paid is unknown"
        return f"{paid}. {_NOTHING_REPLAYED}"
    groups: dict[tuple[str, str], list[EndpointRecommendation]] = {}
    for v in sorted(best, key=lambda v: RANK.index(v.verdict)):
        groups.setdefault((v.verdict, v.candidate if v.verdict in MOVES else ""), []).append(v)
    summary = "; ".join(_clause(verdict, group) for (verdict, _), group in groups.items())
    today, saving, _ = _totals(best)
    became = f" {dollars(today)} a month would become {dollars(today - saving.value)}: {_span(saving)} saved."
    return summary[0].upper() + summary[1:] + "." + (became if saving.value else "")


def lines(verdicts: Sequence[EndpointRecommendation]) -> pd.DataFrame:
    """The endpoints as the title page lists them, in words: of each its nearest candidate, the largest bills first.

    Returns:
        `endpoint`, `today`, `tomorrow` (USD a month), `saving, 95 %`, `verdict`.
    """
    best = nearest_endpoints(verdicts)
    rows = [
        (_label(v), *(dollars(usd.value) if usd else "unknown" for usd in (v.today_usd, v.tomorrow_usd)),
         _span(v.saving_usd) if v.saving_usd else "unknown",
         f"{v.verdict}, {_more(v)} would tell" if _more(v) else v.verdict)
        for v in best[:_LISTED]
    ]  # fmt: skip
    if more := len(best) - len(rows):
        rows.append((f"and {more} more", "", "", "", "in the table"))
    return pd.DataFrame(rows, columns=["endpoint", "today", "tomorrow", "saving, 95 %", "verdict"])


def savings(verdicts: Sequence[EndpointRecommendation]) -> Figure | None:
    """Plot the saving of each endpoint's move, with its 95 % interval and its verdict; None if no saving is known.

    Args:
        verdicts: One an endpoint, as from `endpoints.nearest_endpoints`; of more than fit, the largest bills are drawn.
    """
    known = [(v, v.saving_usd) for v in verdicts if v.saving_usd]
    if not known:
        return None
    shown = known[:_DRAWN]
    fig, ax = axes(0.8 + 0.3 * len(shown))
    ax.axvline(0, color=INK, linewidth=0.8)
    for place, (v, usd) in enumerate(shown):
        shade = _SHADES[v.verdict]
        ax.plot([usd.low, usd.high], [place, place], color=shade, linewidth=3, alpha=0.5, solid_capstyle="round")
        ax.plot(usd.value, place, "o", color=shade, markerfacecolor=shade if v.verdict in MOVES else "white")
        ax.annotate(f"{v.verdict}, {dollars(usd.value)}", (max(usd.high, 0), place), (8, -3),
                    textcoords="offset points", fontsize=9, parse_math=False, annotation_clip=False)  # fmt: skip
    ax.set_yticks(range(len(shown)), [_label(v) for v, _ in shown], parse_math=False)
    ends = [0.0, *(end for _, usd in shown for end in (usd.low, usd.high))]
    room = (max(ends) - min(ends)) or 1.0
    more = f"; {len(known) - len(shown)} smaller ones are in the table" if len(known) > len(shown) else ""
    ax.set(ylim=(len(shown) - 0.4, -0.6), xlim=(min(ends) - 0.03 * room, max(ends) + 0.35 * room))
    ax.set(xlabel="saving, USD a month, 95 % interval" + more)
    ax.xaxis.set_major_formatter(FuncFormatter(dollar_tick))
    summaries = (f"{_label(v)}: {v.verdict}, {dollars(usd.value)} a month, {_span(usd)}" for v, usd in shown)
    return described(fig, "; ".join(summaries))


def _nobody(best: Sequence[EndpointRecommendation]) -> bool:
    return bool(best) and all(v.candidate == NOBODY for v in best)


def _totals(best: Sequence[EndpointRecommendation]) -> tuple[float, Estimate, int]:
    """Today's bill, what the moves save, and endpoints with a bill; ends are added up as if all erred together."""
    bills = [v.today_usd.value for v in best if v.today_usd]
    savings = [v.saving_usd for v in best if v.verdict in MOVES and v.saving_usd]
    saving = Estimate(*(sum(getattr(part, end) for part in savings) for end in ("value", "low", "high")))
    return sum(bills), saving, len(bills)


def _clause(verdict: str, group: Sequence[EndpointRecommendation]) -> str:
    """One verdict's part of the sentence."""
    names = [v.endpoint or NAMELESS for v in group[:_NAMED]]
    more = f" and {len(group) - _NAMED} more" if len(group) > _NAMED else ""
    listed, old = ", ".join(names) + more, group[0].incumbent
    return {
        "migrate": f"move {listed} to {group[0].candidate}",
        "route": f"route {listed} to {group[0].candidate}, with {old} asked again where it visibly fails",
        "undecided": f"nothing is decided yet on {listed}",
        "stay": f"leave {listed} on {old}",
    }[verdict]


def _more(verdict: EndpointRecommendation) -> str:
    """Return what would decide it, in words; empty if it is decided or nothing of the kind would."""
    if verdict.verdict != "undecided" or not (verdict.needed or verdict.judgements):
        return ""
    return f"{verdict.needed:,} more requests" if verdict.needed else f"{verdict.judgements:,} judgements"


def _label(verdict: EndpointRecommendation) -> str:
    name = plain(verdict.endpoint or NAMELESS)
    return name if len(name) <= _LETTERS else f"{name[: _LETTERS - 3]}..."


def _span(usd: Estimate) -> str:
    return dollar_range(usd.low, usd.high)

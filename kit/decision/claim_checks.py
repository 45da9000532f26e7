"""Checks of the article's claims: a function per claim, K1 to K18, from evidence to a verdict.

Each asks a Citations for its figures and answers with a verdict of `kit.decision.claims.VERDICTS` and the condition or
arithmetic behind it.
"""

from collections.abc import Callable, Iterable

import pandas as pd

from kit import catalog, stats
from kit.decision.citations import Citations

__all__ = ["CHECKS", "TOLERANCE", "Answer", "Check"]

TOLERANCE = 0.05
"""A claim is printed rounded: a figure within 5 % of it counts as the same."""

_V4, _QWEN, _MINI, _KIMI, _GPT, _CLAUDE = (
    "deepseek-v4-flash",
    "qwen3-32b",
    "gpt-4o-mini",
    "kimi-k2.5",
    "gpt-4o",
    "claude-3.5-sonnet",
)


Answer = tuple[str, str]
Check = Callable[[Citations], Answer]


def _multiple(claim: str, dear: str, cheap: str) -> Check:
    """A claim that one model costs so many times another: true of output prices, or of whole bills?"""

    def check(w: Citations) -> Answer:
        claimed = w.figure(claim, "claim.multiplier", "article")
        paid = {side: _ratio(w, dear, cheap, side, "article") for side in ("input", "output")}
        if claimed is None or None in paid.values():
            return _silent("the article's prices")
        on_input, on_output = paid["input"] or 0, paid["output"] or 0
        sums = f"{on_output:.3g}x on output, {on_input:.3g}x on input, {_mixed(w, dear, cheap, 10):.3g}x at 10:1"
        listed = _ratio(w, dear, cheap, "output", "list")
        if listed is not None:
            sums += f"; {listed:.3g}x on output at list prices"
        if _same(on_input, claimed) and _same(on_output, claimed):
            return "holds", sums
        if _same(on_output, claimed):
            return "holds only if", f"nothing but output is paid for: {sums}"
        if _same(on_input, claimed):
            return "holds only if", f"nothing but input is paid for: {sums}"
        if min(on_input, on_output) < claimed < max(on_input, on_output):
            return "holds only if", f"the mix is right: {sums}"
        return "contradicted", sums

    return check


def _k1(w: Citations) -> Answer:
    """K1 adds a monthly bill to the multiple: what $40 becomes at a mix with input."""
    verdict, because = _multiple("K1", _CLAUDE, _V4)(w)
    low, high = (w.figure("K1", f"claim.usd_month.{end}", "article") for end in ("low", "high"))
    if low and high and verdict != "not checkable":
        because += f"; ${low:,.0f} to ${high:,.0f} is {high / low:.3g}x, and at 10:1 ${low:,.0f} becomes "
        because += f"${low * _mixed(w, _CLAUDE, _V4, 10):,.0f}"
    return verdict, because


def _k3(w: Citations) -> Answer:
    multipliers = w.column("price.multiplier", "article")
    if multipliers.empty:
        return _silent("the printed multipliers")
    ratios = {row.subject: _ratio(w, row.subject, _V4, "output", "article") for row in multipliers.itertuples()}
    if unknown := [_name(model) for model, ratio in ratios.items() if ratio is None]:
        return _silent(f"an output price of {', '.join(unknown)}")
    wrong = [
        f"{_name(row.subject)} {ratios[row.subject]:.3g}x, not {row.value:g}x"
        for row in multipliers.itertuples()
        if f"{ratios[row.subject]:.2g}" != f"{row.value:.2g}"
    ]
    if wrong:
        return "contradicted", "; ".join(wrong)
    return "holds", f"all {len(multipliers)} agree with the output prices after rounding; input is not in them"


def _k4(w: Citations) -> Answer:
    claimed, scores = w.figure("K4", "claim.spread", "article"), w.column("score.general", "article")
    if claimed is None or scores.empty:
        return _silent("the article's scores")
    top, last = scores.iloc[0], scores.iloc[-1]
    spread = top["value"] - last["value"]
    return (
        "holds" if _same(spread, claimed) else "contradicted",
        f"{top['value']:.1f} - {last['value']:.1f} = {spread:.1f} points",
    )


def _k5(w: Citations) -> Answer:
    claimed, pair = w.figure("K5", "claim.within", "article"), w.pair(_V4, _GPT, "score.code", "measured", "article")
    if claimed is None or pair is None:
        return _silent("a code score of both")
    ours, theirs = pair
    gap = abs(theirs["value"] - ours["value"])
    if gap > claimed:
        return "contradicted", f"{gap:.1f} points apart"
    if pd.isna(ours["n"]) or pd.isna(theirs["n"]):
        return "holds only if", f"the printed averages are exact: {gap:.1f} points, and no number of items behind them"
    a, b = theirs["value"] / 100, ours["value"] / 100
    low, high = (100 * end for end in stats.unpaired_interval(a, b, int(theirs["n"]), int(ours["n"])))
    arithmetic = f"{gap:.1f} points are {gap / 100 * ours['n']:.1f} of {ours['n']} items; "
    arithmetic += f"95 % interval of the gap {low:+.1f} to {high:+.1f}"
    if -claimed <= low and high <= claimed:
        return "holds", arithmetic
    return "holds only if", f"the printed averages are exact: {arithmetic}"


def _k6(w: Citations) -> Answer:
    pair = w.pair(_V4, _GPT, "score.chinese", "measured", "article")
    if pair is None:
        return _silent("a Chinese score of both")
    ours, theirs = (row["value"] for row in pair)
    return "holds" if ours > theirs else "contradicted", f"{ours:.1f} against {theirs:.1f}"


def _k7(w: Citations) -> Answer:
    scores = w.column("score.chinese", "article")
    origin = {model: catalog.model(model).origin for model in scores["subject"]}
    foreign = [row.value for row in scores.itertuples() if origin[row.subject] != "CN"]
    if not foreign:
        return _silent("a score of a model from elsewhere")
    ahead, behind = (
        [
            f"{_name(row.subject)} {row.value:.1f}"
            for row in scores.itertuples()
            if origin[row.subject] == "CN" and (row.value > max(foreign)) == lead
        ]
        for lead in (True, False)
    )
    if not ahead:
        return "contradicted", f"none is above {max(foreign):.1f}"
    if not behind:
        return "holds", f"all are above {max(foreign):.1f}"
    return "holds only if", (
        f"{', '.join(behind)} is left out: best from elsewhere {max(foreign):.1f}, above it {', '.join(ahead)}"
    )


def _k10(w: Citations) -> Answer:
    speeds = [w.figure(model, "throughput.tok_s", "article") for model in (_V4, _GPT)]
    pair = w.pair(_V4, _GPT, "throughput.tok_s", "measured")
    if pair is None:
        return "not checkable", f"printed {' and '.join(f'{x:g}' for x in speeds if x)} tok/s; no run is behind it"
    ours, theirs = pair
    measured = f"measured {ours['value']:.0f} and {theirs['value']:.0f} tok/s"
    if ours["low"] > theirs["high"]:
        return "holds", measured
    if ours["high"] < theirs["low"]:
        return "contradicted", measured
    return "not checkable", f"{measured}, and the intervals overlap"


def _k11(w: Citations) -> Answer:
    right: list[str] = []
    wrong: list[str] = []
    for model in (_V4, _KIMI):
        article, now = w.figure(model, "context.tokens", "article"), w.says(model, "context.tokens")
        if article is None or not now:
            return _silent(f"the context window of {_name(model)}")
        figures = f"{_name(model)}: printed {article:,.0f}, published {' or '.join(f'{x:,.0f}' for x in sorted(now))}"
        (right if any(_same(x, article) for x in now) else wrong).append(figures)
    return _all_or_some(right, wrong)


def _k12(w: Citations) -> Answer:
    chinese = [provider for provider in catalog.providers().values() if provider.origin == "CN"]
    documented: list[str] = []
    silent: list[str] = []
    for provider in chinese:
        (documented if 1.0 in w.says(provider.id, "access.wire_format") else silent).append(provider.name)
    if not documented:
        return _silent("a provider's documentation of its wire format")
    counts = f"{len(documented)} of {len(chinese)} document an OpenAI-compatible endpoint: {', '.join(documented)}"
    return ("contradicted", counts) if not silent else ("holds only if", f"it is said of {', '.join(silent)}: {counts}")


def _k13(w: Citations) -> Answer:
    claimed = w.row("K13", "claim.gap", "article")
    measured = w.against(_V4, _GPT, "difference.tickets")
    if claimed is None or measured is None:
        return "not checkable", "the author's items are not public; on your own, the kit measures it"
    low, high = -measured["high"], -measured["low"]
    gap = f"measured gap {-measured['value']:.1f} points [{low:.1f}, {high:.1f}] on the same {measured['n']:,} items"
    if claimed["low"] <= low and high <= claimed["high"]:
        return "holds", gap
    apart = high < claimed["low"] or low > claimed["high"]
    return "contradicted" if apart else "not checkable", gap if apart else f"{gap}, which does not settle it"


def _k14(w: Citations) -> Answer:
    times = w.against(_MINI, _GPT, "times.cost.accepted")
    if times is None:
        return "not checkable", "it takes a measured cost per accepted answer, and there is none"
    cost = f"an accepted answer costs {times['value']:.2f} times as much [{times['low']:.2f}, {times['high']:.2f}]"
    if times["low"] >= 1:
        return "holds", cost
    return ("contradicted", cost) if times["high"] < 1 else ("not checkable", f"{cost}, which does not settle it")


def _k15(w: Citations) -> Answer:
    doubt, fault = (
        w.figure("fallback", f"fallback.on_{cause}", "article") for cause in ("low_confidence", "exception")
    )
    if doubt is None:
        return _silent("the article's code")
    shown = f"the code shown escalates on {'an exception' if fault else 'nothing'}"
    return (
        ("holds", f"{shown} and on low confidence")
        if doubt
        else ("contradicted", f"{shown} and looks at no confidence")
    )


def _k16(w: Citations) -> Answer:
    needs = {
        "supports.json_mode": "JSON mode",
        "supports.tools": "tools",
        "supports.streaming_usage": "usage in streams",
        "input.vision": "images",
    }
    models = (_GPT, _V4, _QWEN, _KIMI, "glm-5", _CLAUDE)
    lacking, unknown = [], []
    for metric, ability in needs.items():
        published = {model: w.says(model, metric) for model in models}
        if no := [_name(model) for model, values in published.items() if 0.0 in values]:
            lacking.append(f"{ability} (not or not surely with {', '.join(no)})")
        if silent := [_name(model) for model, values in published.items() if not values]:
            unknown.append(f"{ability} ({', '.join(silent)})")
    tail = f"; no source found for {'; '.join(unknown)}" if unknown else ""
    if lacking:
        return "holds only if", f"the code needs none of: {'; '.join(lacking)}{tail}"
    return ("not checkable", tail.removeprefix("; ")) if unknown else ("holds", "every model has all that is needed")


def _k17(w: Citations) -> Answer:
    same: list[str] = []
    moved: list[str] = []
    for model in catalog.models():
        changes = {}
        for side in ("input", "output"):
            old, new = (w.figure(model, f"price.{side}", source) for source in ("article", "list"))
            if old and new:
                changes[side] = new / old - 1
        if changes:
            far = any(abs(change) > TOLERANCE for change in changes.values())
            drift = ", ".join(f"{side} {change:+.0%}" for side, change in changes.items())
            (moved if far else same).append(f"{_name(model)}: {drift}" if far else _name(model))
    if not same and not moved:
        return _silent("a list price")
    if not moved:
        return "holds", f"all {len(same)} are within {TOLERANCE:.0%} of the list"
    if not same:
        return "contradicted", "; ".join(moved)
    return "holds only if", f"it is said of {', '.join(same)}; at list, {'; '.join(moved)}"


def _k18(w: Citations) -> Answer:
    """A deprecated or superseded model can be bought, for now; a retired one cannot."""
    offered: list[str] = []
    gone: list[str] = []
    silent: list[str] = []
    for model in catalog.models():
        status = _status(w, model)
        if status is None:
            silent.append(_name(model))
        else:
            word, since = status
            model_status = _name(model) if word == "served" else f"{_name(model)} ({word} since {since})"
            (gone if word == "retired" else offered).append(model_status)
    unknown = f"; no source found for {', '.join(silent)}" if silent else ""
    if not offered and not gone:
        return _silent("a model's status")
    if not gone:
        return "holds", f"{', '.join(offered)}{unknown}"
    if not offered:
        return "contradicted", f"{', '.join(gone)}{unknown}"
    return "holds only if", f"one means {', '.join(offered)}; not any more {', '.join(gone)}{unknown}"


def _status(w: Citations, model: str) -> tuple[str, str] | None:
    rows = w.table[(w.table["subject"] == model) & w.table["metric"].str.startswith("status.")]
    rows = rows[rows["as_of"] <= str(w.day)].sort_values("as_of", kind="stable")
    if rows.empty:
        return None
    w.cited.append(rows.iloc[-1])
    return rows["metric"].iloc[-1].removeprefix("status."), rows["as_of"].iloc[-1]


def _ratio(w: Citations, dear: str, cheap: str, side: str, source: str) -> float | None:
    a, b = (w.figure(model, f"price.{side}", source) for model in (dear, cheap))
    return a / b if a is not None and b else None


def _mixed(w: Citations, dear: str, cheap: str, input_per_output: float) -> float:
    a, b = (
        [w.figure(model, f"price.{side}", "article") or 0 for side in ("input", "output")] for model in (dear, cheap)
    )
    return (input_per_output * a[0] + a[1]) / (input_per_output * b[0] + b[1])


def _same(figure: float, claimed: float) -> bool:
    return abs(figure - claimed) <= TOLERANCE * claimed


def _all_or_some(right: Iterable[str], wrong: Iterable[str]) -> Answer:
    right, wrong = list(right), list(wrong)
    if not wrong:
        return "holds", "; ".join(right)
    if not right:
        return "contradicted", "; ".join(wrong)
    return "holds only if", f"it is said of {'; '.join(right)}; not so: {'; '.join(wrong)}"


def _silent(figure: str) -> Answer:
    return "not checkable", f"the evidence lacks {figure}"


def _name(model: str) -> str:
    return catalog.model(model).name


CHECKS: dict[str, Check] = {
    "K1": _k1,
    "K2": _multiple("K2", _GPT, _V4),
    "K3": _k3,
    "K4": _k4,
    "K5": _k5,
    "K6": _k6,
    "K7": _k7,
    "K8": _multiple("K8", _MINI, _QWEN),
    "K9": _multiple("K9", _CLAUDE, _KIMI),
    "K10": _k10,
    "K11": _k11,
    "K12": _k12,
    "K13": _k13,
    "K14": _k14,
    "K15": _k15,
    "K16": _k16,
    "K17": _k17,
    "K18": _k18,
}

"""What a saving hangs on: one thing about the traffic is changed at a time, and both bills are made again."""

from collections.abc import Mapping, Sequence

import pandas as pd

from kit import stats
from kit.errors import UsageError, near_miss
from kit.pricing import Book
from kit.traffic import profile, projection, scenario
from kit.traffic.scenario import AS_LOGGED, Scenario
from kit.traffic.usage_table import Traffic

__all__ = ["RANGES", "RANGE_MEANINGS", "check_ranges", "saving_sensitivity"]

RANGES: Mapping[str, tuple[float, float]] = {
    "cached": (0.0, 0.8),
    "batched": (0.0, 0.6),
    "output": (0.7, 3.0),
    "chinese": (0.7, 1.4),
    "retried": (0.0, 0.1),
}
"""Lever -> its low and high setting, where nobody has measured them. All but the fourth are assumptions to be replaced.

`output` reaches far up since a model that thinks first is paid for its thoughts as output. `chinese`: DeepSeek counts
about 0.6 tokens a Chinese character (https://api-docs.deepseek.com/quick_start/token_usage), others up to one, so a
candidate may need as much more or less as these two are apart.
"""

RANGE_MEANINGS: Mapping[str, str] = {
    "cached": "prompt tokens read from a cache, both models",
    "batched": "calls sent in batches, both models",
    "output": "candidate's output tokens, as a multiple",
    "chinese": "candidate's tokens for Chinese, as a multiple",
    "retried": "candidate's calls that are sent again",
}
"""Lever -> what it moves."""

_BOTH = ("cached", "batched")
"""Levers that move the incumbent's bill too: how a team sends its calls is the same wherever it sends them."""

_CHINESE = 0.3
"""Share of Chinese characters from which an endpoint's tokens are moved by `chinese`; the JSON around them is Latin."""

_Mix = Sequence[tuple[float, Scenario]]
"""Weights and scenarios: the bill is the weighted sum of the bills under each."""


def saving_sensitivity(
    traffic: Traffic,
    shelf: Sequence[Book],
    incumbent: str,
    candidate: str,
    ranges: Mapping[str, Sequence[float]] = RANGES,
) -> pd.DataFrame:
    """Return what a month on the candidate saves, all calls on the one or all on the other, at both ends of each lever.

    Args:
        shelf: Each model is priced by the most trusted book that can price all calls, which is the last such one.
        ranges: Lever -> its low and high setting.

    Returns:
        `lever` (empty in the first row, the traffic as it was logged), `setting`, `incumbent`, `candidate`, `saving`
        (USD a month), `low`, `high` (the saving's 95 % interval, of the days' differences), `times` (incumbent over
        candidate), the lever that moves the saving most first. Without Chinese text in the log there is no `chinese`.

    Raises:
        UsageError: If a lever is unknown, its range is none, or no book has a price for one of the models.
    """
    check_ranges(ranges)
    books = {model: _book(traffic, shelf, model) for model in (incumbent, candidate)}
    logged = {model: _days(traffic, book, model, [(1, AS_LOGGED)]) for model, book in books.items()}
    talk = profile.chinese_share(traffic)
    chinese = tuple(talk["endpoint"][talk["share"] > _CHINESE])
    rows = [_row("", float("nan"), logged[incumbent], logged[candidate])]
    for lever, setting in ((lever, end) for lever, ends in ranges.items() for end in ends):
        if lever == "chinese" and not chinese:
            continue
        weights = _mix(lever, setting, chinese)
        ours = _days(traffic, books[incumbent], incumbent, weights) if lever in _BOTH else logged[incumbent]
        rows.append(_row(lever, setting, ours, _days(traffic, books[candidate], candidate, weights)))
    table = pd.DataFrame(rows)
    swing = table.groupby("lever")["saving"].transform(lambda ends: ends.max() - ends.min())
    order = swing.mask(table["lever"] == "", float("inf")).sort_values(ascending=False, kind="stable").index
    return table.loc[order].reset_index(drop=True)


def check_ranges(ranges: Mapping[str, Sequence[float]]) -> None:
    """Each range is of a lever, and is one.

    Raises:
        UsageError: If one is not.
    """
    for lever, ends in ranges.items():
        if lever not in RANGE_MEANINGS:
            raise UsageError(f"levers: {lever!r} is not a lever{near_miss(lever, RANGE_MEANINGS)}")
        share = lever in (*_BOTH, "retried")
        if len(ends) != 2 or not 0 <= ends[0] <= ends[1] or (share and ends[1] > 1):
            allowed = "shares between 0 and 1" if share else "multiples from 0 up"
            raise UsageError(f"levers: {lever}: {list(ends)} is not a low and a high setting, {allowed}")


def _book(traffic: Traffic, shelf: Sequence[Book], model: str) -> Book:
    name, _ = projection.trusted_bill(scenario.daily_bills_elsewhere(traffic, shelf, [model]), model)
    return next(book for book in shelf if book.name == name)


def _mix(lever: str, setting: float, chinese: tuple[str, ...]) -> _Mix:
    if lever == "batched":
        return [(1 - setting, Scenario(batched=False)), (setting, Scenario(batched=True))]
    if lever == "retried":
        return [(1 + setting, AS_LOGGED)]
    if lever == "chinese":
        return [(1, Scenario(tokens=setting, endpoints=chinese))]
    return [(1, Scenario(cached=setting) if lever == "cached" else Scenario(output=setting))]


def _days(traffic: Traffic, book: Book, model: str, mix: _Mix) -> pd.Series:
    """Return what each day would cost on a model, by date."""
    days = [
        weight * scenario.daily_bills_elsewhere(traffic, [book], [model], changed).set_index("day")["usd"]
        for weight, changed in mix
    ]
    return pd.concat(days, axis=1).sum(axis=1, skipna=False)


def _row(lever: str, setting: float, incumbent: pd.Series, candidate: pd.Series) -> dict[str, object]:
    saving, low, high = stats.monthly_sum(incumbent - candidate)
    ours, theirs = stats.monthly_sum(incumbent)[0], stats.monthly_sum(candidate)[0]
    return {"lever": lever, "setting": setting, "incumbent": ours, "candidate": theirs, "saving": saving, "low": low,
            "high": high, "times": ours / theirs if theirs else float("nan")}  # fmt: skip

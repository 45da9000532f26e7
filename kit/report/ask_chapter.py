"""The ask chapter: what came back, how fast, and what the same tokens would cost on other models."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

import pandas as pd

from kit import catalog, pricing, stats
from kit.evidence import UNANSWERED, Row, contender_row
from kit.pricing import Book, Usage
from kit.stats import Estimate

__all__ = ["costs", "elsewhere", "outcomes", "rows", "speeds", "tokens"]


def outcomes(answers: pd.DataFrame) -> pd.DataFrame:
    """Count the outcomes of the requests: `contender`, `asked`, `answered`, `failed`, `why` (kinds, first message)."""
    table = []
    for contender, group in answers.groupby("contender", sort=False):
        failed = group[group["error_kind"] != ""]
        why = [f"{len(kind)} {name}: {kind['error'].iloc[0]}" for name, kind in failed.groupby("error_kind")]
        table.append({"contender": contender, "asked": len(group), "answered": len(group) - len(failed),
                      "failed": len(failed), "why": "; ".join(why)})  # fmt: skip
    return pd.DataFrame(table)


def speeds(answers: pd.DataFrame) -> pd.DataFrame:
    """Return how fast each contender answered.

    Returns:
        `contender`, `answers`, `first token`, `whole answer` (medians, seconds), `tokens/s` (the mean over answers of
        decoding speed), `low`, `high` (its 95 % interval).
    """
    records = []
    for contender, group in answers[answers["error_kind"] == ""].groupby("contender", sort=False):
        speed = group["tokens_per_s"].dropna().astype(float)
        low, high = stats.mean_interval(speed) if len(speed) > 1 else (None, None)
        records.append({
            "contender": contender, "answers": len(group), "first token": group["first_token_s"].median(),
            "whole answer": group["total_s"].median(), "tokens/s": speed.mean(), "low": low, "high": high,
        })  # fmt: skip
    return pd.DataFrame(
        records, columns=["contender", "answers", "first token", "whole answer", "tokens/s", "low", "high"]
    )


def costs(answers: pd.DataFrame) -> list[tuple[str, Decimal | None]]:
    """Return what each contender's answers cost, in USD, by name; None where the price of one of them is unknown."""
    answered = answers[answers["error_kind"] == ""].groupby("contender", sort=False)["cost_usd"]
    return [(str(name), None if usd.isna().any() else Decimal(str(usd.sum()))) for name, usd in answered]


def tokens(answers: pd.DataFrame) -> Usage:
    """All tokens of the answers, added up, none of them taken as cached; answers without a usage are left out."""
    prompt, output, reasoning = (int(answers[f"{kind}_tokens"].sum()) for kind in ("prompt", "output", "reasoning"))
    return Usage(prompt, 0, output, reasoning)


def elsewhere(used: Usage, shelf: Sequence[Book], models: Sequence[str], at: datetime) -> pd.DataFrame:
    """Return what the same tokens would cost on other models: `model`, then USD under each book; unknown is missing.

    Other models would cut the text into other tokens and answer at other lengths, so this is a sketch and no bill.
    """
    table = pd.DataFrame({"model": [catalog.model(model).name for model in models]})
    for book in shelf:
        costs = [pricing.cost(used, book.rate(model, at)) for model in models]
        table[book.name] = pd.array([None if usd is None else float(usd) for usd in costs], dtype="float64")
    return table


def rows(answers: pd.DataFrame, asked: str, day: date) -> list[Row]:
    """Return the measurements as evidence: `requests.unanswered`, and if answered `throughput.tok_s`, `latency.*`.

    Args:
        asked: Which requests these were.
        day: The date of what was not asked; else it is that of the last answer.
    """
    records, last = [], answers["asked_at"].max()
    day = day if pd.isna(last) else last.date()
    for row in outcomes(answers).itertuples():
        records.append(contender_row(str(row.contender), UNANSWERED, row.failed, "requests", day, asked, row.asked))
    for row in speeds(answers).itertuples(index=False):
        contender, n = str(row[0]), row.answers
        middle = {"latency.first_token": row[2], "latency.whole": row[3]}
        records += [
            contender_row(contender, metric, float(seconds), "s", day, asked, n, note="median")
            for metric, seconds in middle.items() if pd.notna(seconds)
        ]  # fmt: skip
        if pd.notna(row.low):
            speed = Estimate(row[4], row.low, row.high)
            records.append(contender_row(contender, "throughput.tok_s", speed, "tok/s", day, asked, n, note="mean"))
    return records

"""The article's three benchmark categories: scores with the interval that sampling alone gives them.

A published score says how many of a test's items were answered well, not how sure that makes us. On `n` items the
share has a 95 % interval (Wilson), and two shares differ only if the interval of their difference (Newcombe) leaves
out 0. Contamination, prompts and rounding come on top and are not in it.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from kit import catalog, evidence, stats
from kit.catalog import article
from kit.errors import StudyError, near_miss

__all__ = [
    "Benchmark",
    "lead_sentence",
    "published_benchmark",
    "published_rows",
    "published_table",
    "score_and_price",
    "score_gaps",
]


@dataclass(frozen=True)
class Benchmark:
    """One test: its name, the items it scores, and the article's table that prints its scores."""

    name: str
    items: int
    table: str
    ref: str
    note: str


@cache
def published_benchmark(category: str) -> Benchmark:
    """The benchmark behind a category; one that only items of the kit's own measure has none, and so no items."""
    known = yaml.safe_load((Path(__file__).parents[1] / "data" / "benchmarks.yaml").read_text(encoding="utf-8"))
    if category not in known:
        raise StudyError(f"{category!r} is not a benchmark category{near_miss(category, known)}")
    return Benchmark(**known[category])


def published_rows(category: str) -> pd.DataFrame:
    """The article's scores in a category, as evidence in print order, with interval and number of items.

    Returns:
        Evidence columns and `id`; `value`, `low` and `high` in percent.
    """
    test = published_benchmark(category)
    rows = article.printed(test.table, "score.") if test.items else article.figures().iloc[:0]
    bounds = [stats.wilson(share, test.items) for share in rows["value"] / 100]
    rows = rows.assign(low=[100 * low for low, _ in bounds], high=[100 * high for _, high in bounds])
    return rows.assign(n=pd.array([test.items] * len(rows), dtype="Int64"))


def published_table(rows: pd.DataFrame, prices: pd.DataFrame) -> pd.DataFrame:
    """A score table in print order.

    Args:
        rows: From `scores`.
        prices: Evidence that holds `price.output` of each model.

    Returns:
        `model`, `score`, `output price`, `95 % interval`, and for all but the best one `items to resolve`: what each
        model would have to answer before a gap as wide as that to the best one stood out from chance.
    """
    price = {model: evidence.best(prices, model, "price.output") for model in rows["subject"]}
    needed = score_gaps(rows).set_index("model")["items"]
    return pd.DataFrame({
        "model": rows["subject"].map(catalog.names()), "score": rows["value"],
        "output price": [None if row is None else row["value"] for row in price.values()],
        "95 % interval": [f"{low:.1f} to {high:.1f}" for low, high in zip(rows["low"], rows["high"], strict=True)],
        "items to resolve": pd.array(needed[rows["subject"]], dtype="Int64"),
    })  # fmt: skip


def score_gaps(rows: pd.DataFrame) -> pd.DataFrame:
    """Each model's distance behind the best one, with interval, and the items that would resolve it.

    Args:
        rows: Evidence on one score metric, with `n`.

    Returns:
        `model`, `score`, `behind`, `low`, `high` (points), `resolved` (0 is outside the interval) and `items`
        (per model, to resolve a gap of this size; missing for the leader), best first.
    """
    rows = rows.sort_values("value", ascending=False, kind="stable")
    table = []
    for row in rows.itertuples():
        top = rows.iloc[0]
        a, b = top["value"] / 100, row.value / 100
        low, high = stats.unpaired_interval(a, b, int(top["n"]), int(row.n))
        table.append(
            {
                "model": row.subject,
                "score": row.value,
                "behind": 100 * (a - b),
                "low": 100 * low,
                "high": 100 * high,
                "resolved": low > 0,
                "items": stats.items_to_resolve(a, b),
            }
        )
    columns = ["model", "score", "behind", "low", "high", "resolved", "items"]
    return pd.DataFrame(table, columns=columns).astype({"items": "Int64"})


def lead_sentence(frame: pd.DataFrame, test: Benchmark) -> str:
    """Say who leads, and over whom the lead could be chance.

    Args:
        frame: From `gaps`.
    """
    if frame.empty:
        return "No score of this category is published."
    names, top, rest = catalog.names(), frame.iloc[0], frame.iloc[1:]
    apart = ", ".join(names[model] for model in rest[rest["resolved"]]["model"]) or "none of them"
    return (
        f"On {test.name} ({test.items:,} items) {names[top['model']]} leads with {top['score']:.1f}. "
        f"Of {len(rest)} others, sampling alone sets it apart from {apart}."
    )


def score_and_price(rows: pd.DataFrame, prices: pd.DataFrame) -> pd.DataFrame:
    """Score against output price; a model is on the Pareto frontier if no other is as good and cheaper.

    Args:
        rows: Evidence on one score metric.
        prices: Evidence that holds `price.output`; the most trusted row a model is used.

    Returns:
        `model`, `price` (USD/Mtok), `score`, `low`, `high`, `efficient`, cheapest first; models without a price
        are left out.
    """
    table = []
    for row in rows.itertuples():
        price = evidence.best(prices, row.subject, "price.output")
        if price is not None:
            table.append(
                {"model": row.subject, "price": price["value"], "score": row.value, "low": row.low, "high": row.high}
            )
    points = pd.DataFrame(table, columns=["model", "price", "score", "low", "high"])
    points = points.sort_values(["price", "score"], ascending=[True, False], ignore_index=True)
    return points.assign(efficient=[not _beaten(row, points) for row in points.itertuples()])


def _beaten(row: Any, points: pd.DataFrame) -> bool:
    """True if another model is as good and as cheap, and better in one of the two."""
    as_good = points[(points["price"] <= row.price) & (points["score"] >= row.score)]
    return bool(((as_good["price"] < row.price) | (as_good["score"] > row.score)).any())

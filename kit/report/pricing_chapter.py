"""The pricing chapter: what the price books say when a workload, and not an output price, is what is paid for."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from itertools import combinations

import pandas as pd

from kit import catalog, evidence, pricing
from kit.catalog import article
from kit.evidence import Row
from kit.pricing import Book, Rate, Workload
from kit.text import dollars

__all__ = [
    "answer", "basis", "bill_rows", "break_evens", "claimed", "curve", "curve_caption", "drift", "drift_caption",
    "drift_kinds", "hours", "input_share", "month", "month_table", "printed_caption", "printed_output", "printed_table",
    "rates", "successor_rows", "successors",
]  # fmt: skip


def rates(book: Book, models: Iterable[str], at: datetime) -> list[Rate]:
    """One rate a model, unknown prices and all."""
    return [book.rate(model, at) for model in models]


def basis(incumbent: str, baseline: str) -> Book:
    """The article's book where it prints both models in full, as for the article's own question; else the list."""
    printed = pricing.ArticleBook()
    known = all(article.price(model, side)[0] for model in (incumbent, baseline) for side in ("input", "output"))
    return printed if known else pricing.ListBook()


def answer(bills: pd.DataFrame, incumbent: str, baseline: str) -> str:
    """The month on the incumbent against the month on the baseline, and the multiple that output prices would say."""
    now, later = (evidence.best(bills, model, "bill.month") for model in (incumbent, baseline))
    names = catalog.names([incumbent, baseline])
    if now is None or later is None:
        lacking = " and ".join(names[model] for model, row in ((incumbent, now), (baseline, later)) if row is None)
        return f"No book has a full price of {lacking}, so a month of this workload cannot be compared."
    if incumbent == baseline:
        return _cheapest(bills, now, names[incumbent])
    text = (
        f"At {now['source']} prices a month of this workload costs ${now['value']:,.0f} on {names[incumbent]} and "
        f"${later['value']:,.0f} on {names[baseline]}: {now['value'] / later['value']:.1f} times as much"
    )
    (ours, _), (theirs, _) = (article.price(model, "output") for model in (incumbent, baseline))
    if ours is None or not theirs:
        return f"{text}."
    return f"{text}, where the article's output prices alone say {ours / theirs:.0f} times."


def _cheapest(bills: pd.DataFrame, now: pd.Series, incumbent: str) -> str:
    """The month on the incumbent, and on the cheapest of the other models in the same price book."""
    others = bills[(bills["metric"] == "bill.month") & (bills["source"] == now["source"])]
    others = others[others["subject"] != now["subject"]].sort_values("value")
    text = f"At {now['source']} prices a month of this workload costs {dollars(now['value'])} on {incumbent}"
    if others.empty:
        return f"{text}; no other model has a full price."
    least = others.iloc[0]
    name = catalog.names([least["subject"]])[least["subject"]]
    return f"{text}; on the cheapest of the others, {name}, it costs {dollars(least['value'])}."


def claimed(baseline: str) -> dict[str, float]:
    """Multiples that the article claims over a baseline (K1, K2); none over another one than its own."""
    if baseline != "deepseek-v4-flash":
        return {}
    claims = pd.concat([article.printed(claim, "claim.multiplier") for claim in ("K1", "K2")])
    return dict(zip(["claude-3.5-sonnet", "gpt-4o"], claims["value"], strict=True))


def printed_output(model: str) -> float | None:
    """The output price that the article prints; None if it prints none."""
    return _float(article.price(model, "output")[0])


def printed_table(baseline: str) -> pd.DataFrame:
    """The article's price table in print order, with each multiplier computed again.

    Returns:
        `model`, `origin`, `input`, `output` (USD per million tokens), `multiplier` as printed, `computed again`; no
        rows where the article prints no output price of the baseline, so that there is nothing to compute.
    """
    table = article.table("T1", "price.").rename_axis("id").reset_index()
    base = article.price(baseline, "output")[0]
    if not base:
        return table.iloc[:0]
    again = table["output"] / float(base)
    table.insert(0, "model", table["id"].map(catalog.names()))
    table.insert(1, "origin", [catalog.model(id).origin for id in table["id"]])
    return table.drop(columns="id").assign(**{"computed again": again})


def printed_caption(baseline: str) -> str:
    """Caption the article's table: which multipliers the prices beside them give again, over this baseline."""
    table, name = printed_table(baseline), catalog.names([baseline])[baseline]
    with_multiplier = table.dropna(subset=["multiplier"])
    agree = [f"{row['multiplier']:.2g}" == f"{row['computed again']:.2g}" for _, row in with_multiplier.iterrows()]
    text = "Prices and multipliers as the article prints them (T1), in USD per million tokens"
    if not agree:
        return text
    return f"{text}; {sum(agree)} of {len(agree)} multipliers are those over {name}'s output price"


def input_share(workloads: Sequence[Workload]) -> float:
    """Return the share of a month's tokens that is input."""
    prompt = sum(load.requests * load.prompt for load in workloads)
    return prompt / (prompt + sum(load.requests * load.output for load in workloads))


def curve_caption(workloads: Sequence[Workload], baseline: str, book: Book) -> str:
    """Caption the curves: over which model, at whose prices, and where the workload's own mix is."""
    name = catalog.names([baseline])[baseline]
    share = f"{100 * input_share(workloads):.0f} %"
    return f"Bills as multiples of {name}'s, by the share of input, at {book.name} prices; the workload is at {share}"


def curve(rates: Iterable[Rate], baseline: Rate, steps: int = 100) -> pd.DataFrame:
    """Return how many times the baseline's bill each model's is, at every mix of fresh input and output.

    Returns:
        `model`, `input_share` (0 to 1), `multiplier`; models without a full price are left out.
    """
    shares = [Decimal(step) / steps for step in range(steps + 1)]
    points = [
        (rate.model, float(share), float(times))
        for rate in rates
        for share in shares
        if (times := pricing.ratio_at(rate, baseline, share)) is not None and rate.known
    ]
    return pd.DataFrame(points, columns=["model", "input_share", "multiplier"])


def break_evens(rates: Sequence[Rate]) -> pd.DataFrame:
    """For each pair of models, the mix at which they cost the same.

    Returns:
        `model`, `other`, `input share` (missing if one is cheaper at every mix), `input per output` (tokens),
        `cheaper below` and `cheaper above` (which one costs less at smaller and at larger input shares), by name.
    """
    table = []
    names = catalog.names(rate.model for rate in rates) | {"same": "same"}
    for a, b in combinations([rate for rate in rates if rate.known], 2):
        share = pricing.break_even(a, b)
        writing, reading = (_cheaper(a, b, Decimal(mix)) for mix in (0, 1))
        table.append({
            "model": names[a.model], "other": names[b.model], "input share": _float(share),
            "input per output": None if share is None else float(share / (1 - share)),
            "cheaper below": names[writing], "cheaper above": names[reading],
        })  # fmt: skip
    columns = ["model", "other", "input share", "input per output", "cheaper below", "cheaper above"]
    return pd.DataFrame(table, columns=columns).astype({"input share": "float64", "input per output": "float64"})


def drift(models: Iterable[str], at: datetime) -> pd.DataFrame:
    """From the article's price to the list price at a moment.

    Returns:
        `model`, then `article`, `list` and `change` (list over article, minus 1) for `input` and `output`, and the
        list's `condition` and `entry`; unknown prices are missing.
    """
    table = []
    for model in models:
        printed, listed = (book.rate(model, at) for book in (pricing.ArticleBook(), pricing.ListBook()))
        row: dict[str, object] = {"model": model}
        for side in ("input", "output"):
            old, new = getattr(printed, side), getattr(listed, side)
            row |= {
                f"{side}_article": _float(old),
                f"{side}_list": _float(new),
                f"{side}_change": _float(new / old - 1) if old and new else None,
            }
        table.append(
            row
            | {
                "condition": listed.condition,
                "entry": listed.ref.partition("genai-prices ")[2].partition(" ")[2] or "none",
            }
        )
    sides = [f"{side}_{column}" for side in ("input", "output") for column in ("article", "list", "change")]
    return pd.DataFrame(table).astype(dict.fromkeys(sides, "float64"))


def drift_caption(table: pd.DataFrame, at: datetime) -> str:
    """Caption the prices: how many list prices differ from print, and by how much at most."""
    when, changes = f"{at:%Y-%m-%d, %H:%M} UTC", table["output_change"].dropna()
    if changes.empty:
        return f"List prices on {when}; the article prints none of these models"
    moved = changes[changes.abs() > 0.005]
    span = f", by {moved.min():+.0%} to {moved.max():+.0%}".replace("%", " %") if len(moved) else ""
    return f"Of {len(changes)} printed output prices {len(moved)} differ from the list on {when}{span}"


def drift_kinds(table: pd.DataFrame) -> list[str]:
    """The kinds of evidence that the prices are of."""
    kinds = {"article": ["input_article", "output_article"], "list": ["input_list", "output_list"]}
    return [kind for kind, columns in kinds.items() if table[columns].notna().any(axis=None)]


def month_table(book: Book, models: Sequence[str], workloads: Sequence[Workload], at: datetime) -> pd.DataFrame:
    """A month by kind of request, a row a model; no rows where the book prices none, or is another study's article."""
    table = month([book], models, workloads, at)
    if table["usd"].isna().all() or (book.name == "article" and not article.compares(models)):
        return table.iloc[:0]
    names = catalog.names(models)
    wide = table.replace({"model": names}).pivot(index="model", columns="workload", values="usd")
    return wide.loc[list(names.values()), [load.name for load in workloads]].reset_index()


def month(sources: Iterable[Book], models: Sequence[str], workloads: Sequence[Workload], at: datetime) -> pd.DataFrame:
    """Return what each workload costs a month on each model under each book, in USD; unknown is missing, never 0.

    Returns:
        `book`, `model`, `workload`, `usd`.
    """
    return pd.DataFrame(
        {
            "book": book.name,
            "model": model,
            "workload": load.name,
            "usd": _float(pricing.monthly(load, book.rate(model, at, prompt=load.prompt))),
        }
        for book in sources
        for model in models
        for load in workloads
    ).astype({"usd": "float64"})


def hours(model: str, at: datetime) -> pd.DataFrame:
    """The list price through the day of `at`, an hour a row: `hour` (UTC), `input`, `output`, `condition`."""
    listed = [(moment.hour, pricing.ListBook().rate(model, moment)) for moment in _hours_of(at)]
    return pd.DataFrame(
        {"hour": hour, "input": _float(rate.input), "output": _float(rate.output), "condition": rate.condition}
        for hour, rate in listed
    ).astype({"input": "float64", "output": "float64"})


def bill_rows(sources: Iterable[Book], models: Iterable[str], workloads: Sequence[Workload], at: datetime) -> list[Row]:
    """The month's whole bill of each model under each book, as evidence; unknown bills are left out.

    `bill.month` at the hour of `at`; where prices go by the hour also `bill.month.dearest_hour` and
    `bill.month.cheapest_hour`, as if every request fell in that hour of the day. `n` is the month's requests.
    """
    rows, requests = [], sum(workload.requests for workload in workloads)
    for book in sources:
        for model in models:
            rate, now = book.rate(model, at), _total(book, model, workloads, at)
            if now is None:
                continue
            row = Row(
                model, "bill.month", float(now), "USD/month", book.name, rate.as_of, rate.ref, n=requests,
                note=rate.condition,
            )  # fmt: skip
            rows.append(row)
            day = {hour: _total(book, model, workloads, hour) or now for hour in _hours_of(at)}
            for which, hour in (
                ("dearest", max(day, key=day.__getitem__)),
                ("cheapest", min(day, key=day.__getitem__)),
            ):
                if day[hour] != now:
                    note = f"every request at {hour:%H}:00 UTC"
                    rows.append(replace(row, metric=f"bill.month.{which}_hour", value=float(day[hour]), note=note))
    return rows


def successors(models: Iterable[str], workloads: Sequence[Workload], at: datetime) -> pd.DataFrame:
    """Return what follows models that have ended, end or are superseded, with its list price and the month's bill.

    Returns:
        `model`, `standing`, `successor`, `input`, `output` (USD per million tokens), `usd` (a month), `named by`.
    """
    table, book = [], pricing.ListBook()
    for model, successor in _followed(models, at):
        rate, status = book.rate(successor.model.id, at), model.status_on(at.date())
        total = _total(book, successor.model.id, workloads, at)
        table.append({
            "model": model.name, "standing": status.value if status else "unknown", "successor": successor.model.name,
            "input": _float(rate.input), "output": _float(rate.output), "usd": _float(total), "named by": successor.ref,
        })  # fmt: skip
    return pd.DataFrame(table, columns=["model", "standing", "successor", "input", "output", "usd", "named by"])


def successor_rows(models: Iterable[str], workloads: Sequence[Workload], at: datetime) -> list[Row]:
    """The successors as evidence: who follows whom, by which source, with list prices and bills marked as theirs."""
    rows: list[Row] = []
    known, book = set(models), pricing.ListBook()
    for model, successor in _followed(models, at):
        name = successor.model.id
        rows.append(Row(model.id, "successor", 1, "note", "published", successor.as_of, successor.ref, note=name))
        if name not in known:
            known.add(name)
            rows += [*pricing.price_rows(book, [name], at), *bill_rows([book], [name], workloads, at)]
    return rows


def _followed(models: Iterable[str], at: datetime) -> list[tuple[catalog.Model, catalog.Successor]]:
    """Models that are not simply served on a day, each with its first successor."""
    crossings = []
    for model in map(catalog.model, models):
        status, after = model.status_on(at.date()), catalog.successors(model, at.date())
        if after and status and status.value != "served":
            crossings.append((model, after[0]))
    return crossings


def _total(book: Book, model: str, workloads: Sequence[Workload], at: datetime) -> Decimal | None:
    total = pricing.bill(
        (load.name, pricing.monthly(load, book.rate(model, at, prompt=load.prompt))) for load in workloads
    )
    return None if total.unknown else total.usd


def _hours_of(at: datetime) -> list[datetime]:
    return [at.replace(hour=hour, minute=0) for hour in range(24)]


def _cheaper(a: Rate, b: Rate, input_share: Decimal) -> str:
    one, other = pricing.blended(a, input_share), pricing.blended(b, input_share)
    assert one is not None and other is not None, "both rates are known"
    return "same" if one == other else a.model if one < other else b.model


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)

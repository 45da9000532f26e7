"""The dry run of a study: what a build would run, and what it would ask at what price."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from kit.build import Job, Study
    from kit.client import ContenderLike, Request

__all__ = ["show"]


def show(name: str, study: "Study", root: Path, out: Path) -> None:
    """Print each run with the reason why it would run, and the calls, tokens and dollars of asking."""
    from kit import build

    for job, why in build.pending(name, root, out):
        click.echo(f"{job.name:20} {'would run: ' + why if why else 'unchanged'}")
    _estimate(study, build.jobs(study, root, out / name), out)


def _estimate(study: "Study", jobs: Sequence["Job"], out: Path) -> None:
    """Print what a build would ask: calls, tokens and dollars by contender and price book."""
    import pandas as pd

    from kit import client, pricing
    from kit.replay import exam_requests

    judges = dict.fromkeys(job.parameters["judge"] for job in jobs if job.parameters.get("judge"))
    requests = list({(request.id, request.sample): request for job in jobs for request in _requests(job)}.values())
    exam = exam_requests() if judges else []
    for line in _missing_keys([*(study.contenders if requests else []), *judges]):
        click.echo(line)
    both = ((study.contenders, requests), (list(judges), exam))
    batches = [(contenders, batch) for contenders, batch in both if contenders and batch]
    if not batches:
        return
    plans = {
        book.name: pd.concat(
            client.dry_run(batch, contenders, out / "answers.sqlite", book=book, at=study.as_of)
            for contenders, batch in batches
        )
        for book in pricing.shelf(study.contract)
    }
    table = next(iter(plans.values())).drop(columns=["usd", "note"])
    sums = []
    for name, plan in plans.items():
        usd = [None if pd.isna(usd) else Decimal(str(usd)) for usd in plan["usd"]]
        table[f"USD, {name}"] = ["unknown" if cost is None else f"{cost:.6f}" for cost in usd]
        sums.append(f"all of it, {name}: {pricing.bill(zip(plan['contender'], usd, strict=True))}")
    click.echo("\n" + table.to_string(index=False, na_rep="unknown") + "\n" + "\n".join(sums))
    click.echo(f"prompt tokens are an estimate, output tokens the most; prices of {study.as_of:%Y-%m-%d %H:%M} UTC")
    if judges:
        click.echo("a judge's calls are those of its exam; what it is asked after that depends on the answers")


def _missing_keys(contenders: Sequence["ContenderLike"]) -> list[str]:
    """A line for each key that is needed and not set here, with who needs it; the key itself is never shown."""
    from kit import client

    asking: dict[str, list[str]] = {}
    for one in client.read_contenders(*contenders):
        if one.key and not os.environ.get(one.key, "").strip():
            asking.setdefault(one.key, []).append(one.id)
    return [f"not set: {key}, the key of {', '.join(ids)}" for key, ids in asking.items()]


def _requests(job: "Job") -> list["Request"]:
    from kit import benchmarks, build, client
    from kit.files import matching
    from kit.replay import planned_requests

    how = build.notebook_defaults(job.notebook) | dict(job.parameters)
    for key in ("items_from", "requests_from", "log_from", "log_rules", "labelled_from", "labelled_pairs_from"):
        if how.get(key) and matching(job.place / how[key]):
            how[key] = str(job.place / how[key])
    if "probe_tokens" in how:
        return benchmarks.planned_probe_requests(_of_kind(benchmarks.ProbeOptions, how))
    if "requests_from" in how:
        return client.read_requests(how["requests_from"])
    if "per_endpoint" in how:
        return planned_requests(how)
    several = benchmarks.several_suites(how.get("suites", {}), how.get("items_from", ""), how.get("recorded_from", ""))
    suites = several if "suites" in how else [_of_kind(benchmarks.SuiteOptions, how)]
    return [request for options in suites for request in benchmarks.planned_requests(options)]


def _of_kind(kind: Any, parameters: Mapping[str, Any]) -> Any:
    """Options of a kind, from the parameters of its names."""
    return kind(**{field.name: parameters[field.name] for field in fields(kind) if field.name in parameters})

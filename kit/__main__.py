"""The command line: `python -m kit --help`."""

import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, TextIO

import click

from kit.errors import KitError, PriceError, RunError, StudyError
from kit.text import plain

if TYPE_CHECKING:
    import pandas as pd

    from kit.build.runner import Build, Job
    from kit.build.study import Study
    from kit.catalog import Ending
    from kit.client import Request

__all__ = ["bill", "check", "main", "models", "prices", "recorded", "report", "serve"]

_ROOT = Path()
"""Commands run in the repository's root, where `params/` and `notebooks/` are."""


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="migration-kit")
def main() -> None:
    """Should we move this workload to a cheaper model? Evidence in, a decision report out.

    \b
    python -m kit report                      the article's study, to reports/article/decision.pdf
    python -m kit report mine --dry-run       what a build of params/mine.yaml would run and ask, and its price
    python -m kit check mine                  whether the verdicts of the earlier run still hold; for CI
    python -m kit bill logs/*.jsonl           what your own traffic costs, from the logs that are there
    python -m kit serve                       the embedded model, for any OpenAI client on this machine
    python -m kit prices gpt-4o               what a model costs, in every price book, now
    python -m kit prices deepseek-v4-flash --on 2026-11-24T02:00Z
    python -m kit models --vision             which models are on sale, with prices, abilities and shutdown dates
    """


@main.command()
@click.argument("names", metavar="[STUDY]...", nargs=-1)
@click.option("--dry-run", is_flag=True, help="Say what would run and why; run and write nothing.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("reports"), show_default=True, help="The reports folder."
)
@click.option("--workers", type=click.IntRange(1), default=2, show_default=True, help="Notebooks side by side.")
def report(names: Sequence[str], dry_run: bool, out: Path, workers: int) -> None:
    """Bring the report of each STUDY (a file in params/, by name or path; article if none is named) up to date.

    A notebook whose code, parameters, inputs and kit have not changed is not run again. An interrupted build goes on
    where it stopped. If a notebook fails, the last good report stays in place.
    """
    from kit.build import study as studies

    _at_home()
    for name in [studies.name_of(given, _ROOT) for given in names] or ["article"]:
        known = studies.read(name, _ROOT)
        if dry_run:
            _plan(name, known, out)
        else:
            built = _build(name, len(known.runs) + 1, out, workers, sys.stdout)
            click.echo(f"{built.pdf}\n{built.html}")


@main.command()
@click.argument("name", metavar="STUDY")
@click.option("--against", type=click.Path(path_type=Path), help="Evidence to hold it to; else reports/STUDY/earlier.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("reports"), show_default=True, help="The reports folder."
)
@click.option("--workers", type=click.IntRange(1), default=2, show_default=True, help="Notebooks side by side.")
def check(name: str, against: Path | None, out: Path, workers: int) -> None:
    """Bring STUDY up to date and say which verdicts of the earlier run no longer hold, one a line.

    Ends with 0 if all hold, with 3 if one does not or a model of the study got a date of shutdown, and as `report`
    where the build fails. The earlier run is the evidence that was there before a build last changed it, in a fresh
    clone the committed one; remove reports/STUDY/earlier to accept what is there now.
    """
    from kit.build import study as studies
    from kit.decision import history

    _at_home()
    name = studies.name_of(name, _ROOT)
    study = studies.read(name, _ROOT)
    if against is not None and not list(against.glob("*.csv")):
        raise StudyError(f"--against: {against} holds no evidence; name a folder such as reports/{name}/evidence")
    _build(name, len(study.runs) + 1, out, workers, sys.stderr)
    before, after = (
        history.read_run(folder) for folder in (against or out / name / "earlier", out / name / "evidence")
    )
    standing = _verdicts(after, study)
    lost = history.changed_verdicts(_verdicts(before, study), standing) if len(before) else []
    for what, was, now in lost:
        click.echo(plain(f"{what}: was {was}, {f'is {now}' if now else 'is no longer there'}"))
    ends = _new_ends(study, before)
    for end in ends:
        click.echo(plain(f"{end} ({end.ref})"))
    if lost or ends:
        sys.exit(3)
    click.echo(f"{name}: {len(standing)} verdicts, " + ("all hold" if len(before) else "and no earlier run"))


@main.command()
@click.argument("names", metavar="MODEL...", nargs=-1, required=True)
@click.option("--on", "when", default="", help="Date, or date and hour in UTC: 2026-11-24, 2026-11-24T02:00Z.")
@click.option("--contract", default="", help="Your own prices, as params/contract.example.yaml.")
def prices(names: tuple[str, ...], when: str, contract: str) -> None:
    """What MODEL costs in each price book, in USD per million tokens, and under which condition.

    Several models are set side by side. A model is named as its maker or a provider names it: gpt-5-mini,
    openai/gpt-5-mini, us.anthropic.claude-sonnet-4-5-20250929-v1:0, openrouter/z-ai/glm-5.1.
    """
    from kit import catalog, pricing

    at, shelf = _moment(when), pricing.shelf(contract)
    models = list({model.id: model for model in map(catalog.model, names)}.values())
    one = len(models) == 1
    click.echo(pricing.price_table(models[0], shelf, at) if one else pricing.side_by_side(models, shelf, at))


@main.command()
@click.argument("words", metavar="[MODEL | WORDS]...", nargs=-1)
@click.option("--maker", default="", help="Only of this maker: deepseek.")
@click.option("--vision", "abilities", flag_value="vision", multiple=True, help="Only those that take images.")
@click.option("--tools", "abilities", flag_value="tools", multiple=True, help="Only those that call tools.")
@click.option("--json-schema", "abilities", flag_value="json_schema", multiple=True, help="Only those that follow one.")
@click.option("--max-input-price", type=float, help="USD per million tokens at most.")
@click.option("--max-output-price", type=float, help="USD per million tokens at most.")
@click.option("--min-context", type=int, default=0, help="Tokens of context window at least.")
@click.option("--on", "when", default="", help="Date, or date and hour in UTC: 2026-11-24, 2026-11-24T02:00Z.")
@click.option("--retiring-before", default="", help="Instead, list what shuts down before this date.")
def models(
    words: tuple[str, ...],
    maker: str,
    abilities: tuple[str, ...],
    max_input_price: float | None,
    max_output_price: float | None,
    min_context: int,
    when: str,
    retiring_before: str,
) -> None:
    """List the models that are on sale, the cheapest output first; or print one MODEL in full.

    \b
    python -m kit models --maker deepseek --vision --max-output-price 1
    python -m kit models glm-5.3
    python -m kit models --retiring-before 2027-03-01
    """
    from kit import catalog, pricing

    at = _moment(when)
    if retiring_before:
        before = _moment(retiring_before, "--retiring-before").date()
        click.echo(plain(pricing.endings(catalog.calendar(at.date(), before))))
        return
    if len(words) == 1 and catalog.knows(words[0]):
        click.echo(plain(pricing.card(catalog.model(words[0]), at)))
        return
    dearest = [None if usd is None else Decimal(str(usd)) for usd in (max_input_price, max_output_price)]
    offers = pricing.search(at, " ".join(words), maker, abilities, dearest[0], dearest[1], min_context)
    if not offers and len(words) == 1:
        catalog.model(words[0])  # raises, with the nearest name
    click.echo(plain(pricing.listing(offers, at)))


@main.command()
@click.argument("logs", nargs=-1, required=True)
@click.option("--rules", default="", help="How to read them, where that is not clear, as params/logs.example.yaml.")
@click.option("--contract", default="", help="Your own prices, as params/contract.example.yaml.")
@click.option("--by", default="model", show_default=True, help="endpoint, model, day, ..., with commas between them.")
def bill(logs: tuple[str, ...], rules: str, contract: str, by: str) -> None:
    """What the calls in LOGS (files, folders, patterns) cost; what was read and as what, and what was not."""
    from kit import pricing, traffic

    calls, shelf = traffic.read_logs(list(logs), rules), pricing.shelf(contract)
    table = traffic.bill_table(traffic.bill(calls, shelf, by=[name.strip() for name in by.split(",")]))
    for row in traffic.reading_summary(calls, shelf).itertuples():
        click.echo(plain(f"{': '.join(filter(None, (row.what, row.where)))}: {row.why}"))
    if not calls.files["rows"].sum():
        raise RunError(f"{', '.join(logs)}: no call of a model counted, so there is no bill; above is why")
    click.echo(table)
    if len(stated := traffic.stated_costs(calls, shelf[-1])):
        click.echo(f"\nUSD as others say, and under {shelf[-1].name} prices")
        click.echo(plain(stated.to_string(index=False, na_rep="unknown")))


@main.command()
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--rules", type=click.Path(path_type=Path), help="YAML that names the fields: {item: id, key: gold, ...}."
)
@click.option("--scorer", default="", help="Of several scorers in Inspect's logs, the one that counts.")
def recorded(path: Path, rules: Path | None, scorer: str) -> None:
    """Say what FILE, another tool's results, holds: what was read and as what, and each model's score."""
    from kit.benchmarks import imports, scores
    from kit.errors import ItemError
    from kit.files import read_checked

    named = read_checked(dict[str, str], rules, ItemError) if rules else None
    found = imports.read(path, scorer=scorer, rules=named)
    click.echo(found.said)
    table = scores.by_contender(scores.recorded(found, found.form, "general"))
    columns = ["contender", "items", "score", "low", "high", "unparsed", "failed"]
    click.echo(plain(table[columns].to_string(index=False, na_rep="", float_format="{:.1f}".format)))


@main.command()
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="On loopback; a free one if left out.")
def serve(port: int) -> None:
    """Run the embedded model (SmolLM2-135M) until Ctrl-C, for any OpenAI client on this machine."""
    from kit import client
    from kit.client import local_model

    with local_model.serve(port) as url, suppress(KeyboardInterrupt):
        click.echo(f"{url}    model: {client.read_contenders(client.EMBEDDED)[0].called}, no key; Ctrl-C ends it")
        Event().wait()


def _new_ends(study: "Study", before: "pd.DataFrame") -> "list[Ending]":
    """Shutdowns of the study's models that the earlier run did not tell of."""
    from kit import catalog

    rows = before[before["metric"].str.startswith("status.")] if len(before) else before
    told: dict[str, str] = {}
    for row in rows.itertuples():
        told[row.subject] = f"{told.get(row.subject, '')} {row.as_of} {row.note}"
    models = [name.partition("@")[0] for name in (study.incumbent or "", *(study.candidates or ()))]
    return catalog.announced(models, study.as_of.date(), told)


def _verdicts(facts: "pd.DataFrame", study: "Study") -> dict[str, str]:
    from kit.decision import history

    day = history.day_of(facts, study.as_of.date())
    asked = (study.incumbent or "", study.candidates or (), study.needs or (), study.margin or 0.0)
    return history.standing_verdicts(facts, *asked, day)


def _build(name: str, steps: int, out: Path, workers: int, to: TextIO) -> "Build":
    from tqdm import tqdm

    from kit import client
    from kit.build import runner

    with tqdm(total=steps, unit="step", leave=False, disable=None, desc=name) as bar:
        before, ended = client.count_answers(out / "answers.sqlite"), Event()

        def tell(line: str) -> None:
            bar.write(line, file=to)
            bar.update()

        def watch() -> None:  # notebooks run in processes of their own, but all keep their answers in one file
            while not ended.wait(1):
                if fresh := client.count_answers(out / "answers.sqlite") - before:
                    bar.set_postfix_str(f"{fresh} answers")

        if not bar.disable:
            Thread(target=watch, daemon=True).start()
        try:
            return runner.build(name, _ROOT, out, workers, tell)
        finally:
            ended.set()


def _plan(name: str, study: "Study", out: Path) -> None:
    from kit.build import runner

    for job, why in runner.pending(name, _ROOT, out):
        click.echo(f"{job.name:20} {'would run: ' + why if why else 'unchanged'}")
    _estimate(study, runner.jobs(study, _ROOT, out / name), out)


def _estimate(study: "Study", jobs: Sequence["Job"], out: Path) -> None:
    """Print what a build would ask: calls, tokens and dollars by contender and price book."""
    import pandas as pd

    from kit import client, pricing
    from kit.replay import exam_requests

    judges = dict.fromkeys(job.parameters["judge"] for job in jobs if job.parameters.get("judge"))
    asked = list({(request.id, request.sample): request for job in jobs for request in _asked(job)}.values())
    exam = exam_requests() if judges else []
    groups = [(of, some) for of, some in ((study.contenders, asked), (list(judges), exam)) if of and some]
    if not groups:
        return
    plans = {
        book.name: pd.concat(
            [client.dry_run(some, of, out / "answers.sqlite", book=book, at=study.as_of) for of, some in groups]
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


def _asked(job: "Job") -> list["Request"]:
    from kit import client
    from kit.benchmarks import measure, probe
    from kit.build import study as studies
    from kit.files import matching
    from kit.replay import planned_requests

    how = studies.defaults(job.notebook) | dict(job.parameters)
    for key in ("items_from", "requests_from", "log_from", "log_rules", "labelled_from", "labelled_pairs_from"):
        if how.get(key) and matching(job.notebook.parent / how[key]):
            how[key] = str(job.notebook.parent / how[key])
    if "probe_tokens" in how:
        return probe.asked(how)
    if "requests_from" in how:
        return client.read_requests(how["requests_from"])
    return planned_requests(how) if "per_endpoint" in how else measure.asked(how)


def _moment(text: str, option: str = "--on") -> datetime:
    try:
        at = datetime.fromisoformat(text) if text else datetime.now(UTC)
        return (at.replace(tzinfo=UTC) if at.tzinfo is None else at).astimezone(UTC)
    except (ValueError, OverflowError):
        raise PriceError(f"{option}: {text!r} is not a date such as 2026-11-24 or 2026-11-24T02:00Z") from None


def _at_home() -> None:
    if not (_ROOT / "params").is_dir() or not (_ROOT / "notebooks").is_dir():
        raise StudyError(f"{Path.cwd()}: no params/ and notebooks/ here; run this in the repository's root")


def _run() -> None:
    try:
        sys.exit(main(prog_name="python -m kit", standalone_mode=False))
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except KitError as error:
        click.echo(plain(str(error)), err=True)
        sys.exit(1 if isinstance(error, RunError) else 2)
    except ModuleNotFoundError as error:
        if (error.name or "kit").partition(".")[0] == "kit":
            raise
        needs = f"this command needs {error.name}, which is not installed"
        click.echo(f"{needs}: python -m pip install 'migration-kit[study]'", err=True)
        sys.exit(2)
    except click.Abort:
        click.echo("stopped; what has run is kept, and the next build goes on from there", err=True)
        sys.exit(130)


if __name__ == "__main__":
    _run()

"""The command `probe`: is an endpoint a drop-in?"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from kit.conformance import Conformance, Finding

__all__ = ["probe"]


@click.command()
@click.argument("contenders", metavar="[MODEL@PROVIDER]...", nargs=-1)
@click.option("--base-url", default="", help="An endpoint of your own, which serves the one model named.")
@click.option("--key", default="", help="With --base-url: the environment variable that holds its key.")
@click.option("--log", "logs", multiple=True, help="Logged requests (file, folder, pattern): is it a drop-in for them?")
@click.option("--rules", default="", help="How to read the log, as params/logs.example.yaml.")
@click.option("--contract", default="", help="Your own prices, as params/contract.example.yaml.")
@click.option("--budget-usd", default="1.00", show_default=True, help="What could pass it is not tried.")
@click.option("--dry-run", is_flag=True, help="Say what it would cost at most; send nothing.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("reports/probes"), show_default=True, help="Evidence."
)
def probe(
    contenders: tuple[str, ...],
    base_url: str,
    key: str,
    logs: tuple[str, ...],
    rules: str,
    contract: str,
    budget_usd: str,
    dry_run: bool,
    out: Path,
) -> None:
    """Ask each MODEL@PROVIDER which features it has, by some sixty short calls, and print one table.

    Without a name, print the table of all that were probed before. With --log, say for each whether it is a drop-in for
    the requests in the log, and end with 3 if one is not.

    \b
    python -m kit probe deepseek-v4-flash gpt-4o --log 'logs/*.jsonl'
    python -m kit probe qwen3-32b --base-url http://gpu-box:8000/v1
    """
    from kit import conformance, pricing
    from kit.text import plain
    from kit.traffic import read_logs

    uses = conformance.features_used(conformance.logged_bodies(read_logs(list(logs), rules))) if logs else []
    book = pricing.shelf(contract)[-1]
    to_probe = [_written(contender, base_url, key) for contender in contenders]
    for contender in to_probe:
        most = conformance.planned_cost(contender, book)
        named = contender if isinstance(contender, str) else f"{contender['model']} at {contender['base_url']}"
        click.echo(plain(f"{named}: " + ("no price is known" if most is None else f"at most ${most:.4f}")), err=True)
    if dry_run:
        return
    for contender in to_probe:
        budget = budget_usd if conformance.planned_cost(contender, book) is not None else None
        result = conformance.probe(contender, book=book, budget_usd=budget, tell=_tell)
        click.echo(f"{conformance.summary(result)}\n{conformance.save(result, out)}", err=True)
    probes = [probe for probe in conformance.load(out) if not to_probe or probe.contender in _ids(to_probe)]
    if not probes:
        raise click.ClickException(f"{out} holds no probe; name a MODEL@PROVIDER")
    names = {name: feature.name for name, feature in conformance.FEATURES.items()}
    click.echo(plain(conformance.to_table(probes, names).to_string()))
    verdicts = [_drop_in(probe, uses) for probe in probes if uses]
    if not all(verdicts):
        sys.exit(3)


def _written(contender: str, base_url: str, key: str) -> str | dict[str, str]:
    return {"model": contender, "base_url": base_url, **({"key": key} if key else {})} if base_url else contender


def _ids(contenders: list[Any]) -> set[str]:
    from kit.client import read_contenders

    return {one.id for one in read_contenders(*contenders)}


def _tell(name: str, finding: "Finding") -> None:
    from kit.text import plain

    click.echo(plain(f"{name:24}{finding.status:12}{finding.words}"), err=True)


def _drop_in(result: "Conformance", uses: list[Any]) -> bool:
    from kit.conformance import drop_in

    yes, words = drop_in(result, uses)
    click.echo(f"\n{words}")
    return bool(yes)

"""Commands on files of others: `bill` prices usage logs, `recorded` reads the results of other tools."""

from pathlib import Path

import click

from kit.errors import RunError
from kit.text import plain

__all__ = ["bill", "recorded"]


@click.command()
@click.argument("logs", nargs=-1, required=True)
@click.option("--rules", default="", help="How to read them, where that is not clear, as params/logs.example.yaml.")
@click.option("--contract", default="", help="Your own prices, as params/contract.example.yaml.")
@click.option("--by", default="model", show_default=True, help="endpoint, model, day, ..., with commas between them.")
@click.option("--suggest-rules", is_flag=True, help="Instead, write rules for a log of your own format.")
def bill(logs: tuple[str, ...], rules: str, contract: str, by: str, suggest_rules: bool) -> None:
    """Price the calls in LOGS (files, folders, patterns), and say what was read and as what, and what was not."""
    from kit import pricing, traffic

    if suggest_rules:
        click.echo("\n".join(map(traffic.suggest_rules, logs)), nl=False)
        return

    calls, shelf = (
        traffic.read_logs(list(logs), rules, progress=lambda line: click.echo(line, err=True)),
        pricing.shelf(contract),
    )
    table = traffic.bill_table(traffic.bill(calls, shelf, by=[name.strip() for name in by.split(",")]))
    for row in traffic.reading_summary(calls, shelf).itertuples():
        click.echo(plain(f"{': '.join(filter(None, (row.what, row.where)))}: {row.why}"))
    if not calls.files["rows"].sum():
        raise RunError(f"{', '.join(logs)}: no call of a model counted, so there is no bill; above is why")
    click.echo(table)
    if len(stated := traffic.stated_costs(calls, shelf[-1])):
        click.echo(f"\nUSD as others say, and under {shelf[-1].name} prices")
        click.echo(plain(stated.to_string(index=False, na_rep="unknown")))


@click.command()
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--rules", type=click.Path(path_type=Path), help="YAML that names the fields: {item: id, key: gold, ...}."
)
@click.option("--scorer", default="", help="Of several scorers in Inspect's logs, the one that counts.")
def recorded(path: Path, rules: Path | None, scorer: str) -> None:
    """Say what FILE, another tool's results, holds: what was read and as what, and each model's score."""
    from kit import benchmarks
    from kit.benchmarks import imports
    from kit.errors import ItemError
    from kit.files import read_checked

    named = read_checked(dict[str, str], rules, ItemError) if rules else None
    results = imports.read(path, scorer=scorer, rules=named)
    click.echo(results.summary)
    table = benchmarks.scores_by_contender(benchmarks.score_recorded(results, results.form, "general"))
    columns = ["contender", "items", "score", "low", "high", "unparsed", "failed"]
    click.echo(plain(table[columns].to_string(index=False, na_rep="", float_format="{:.1f}".format)))

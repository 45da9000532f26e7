"""The command `suites`: which items there are to measure with."""

import click

from kit.errors import ItemError
from kit.text import plain, plural

__all__ = ["suites"]


@click.command()
@click.argument("file", required=False, default="")
def suites(file: str) -> None:
    """List the suites that a study can name; or say what FILE holds, labelled examples of your own.

    \b
    kit suites
    kit suites tickets.csv      a CSV or JSON Lines file of text,label or messages,expected,check
    """
    from kit import benchmarks

    if file:
        suite = benchmarks.read_suite("own", file)
        click.echo(plain(f"{suite.ref}: {benchmarks.describe_own(suite.items)}"))
        click.echo(f"kit new NAME --incumbent MODEL --suite {plain(file)}")
        return
    for name, category in benchmarks.CATEGORIES.items():
        try:
            count = plural(len(benchmarks.read_suite(name, window=2000 if name == "kit-long" else 0).items), "item")
        except ItemError:
            count = "your own file" if name == "own" else "its authors' files (items_from)"
        click.echo(f"{name:16} {category:12} {count}")
    click.echo("checks of your own items: " + ", ".join(benchmarks.CHECKS))

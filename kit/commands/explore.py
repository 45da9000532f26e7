"""The command `explore`: open the page to browse the items of a study, or of a table of recorded outcomes."""

import webbrowser
from pathlib import Path

import click

from kit.commands.options import at_home, out_option, reports_folder
from kit.errors import StudyError, near_miss

__all__ = ["explore"]


@click.command()
@click.argument("name", metavar="STUDY|FILE")
@click.option("--incumbent", default="", help="Of a FILE, the model that the others are set against.")
@click.option("--suite", default="", help="Of a FILE that holds several, the one to show.")
@click.option("--no-open", is_flag=True, help="Write the page and name it, and open no browser.")
@out_option
def explore(name: str, incumbent: str, suite: str, no_open: bool, out: Path | None) -> None:
    """Open a page to filter, sort, search and read all items and evidence of STUDY, which was built before.

    A FILE is a table of recorded outcomes (item, model, mark, ...); its page is written beside it, or here if that
    folder cannot be written. The page is one file that loads nothing and sends nothing.
    """
    path = Path(name)
    page = _of_file(path, incumbent, suite) if path.is_file() and path.suffix != ".yaml" else _of_study(name, out)
    click.echo(page)
    if not no_open:
        webbrowser.open(page.absolute().as_uri())


def _of_study(given: str, named: Path | None) -> Path:
    from kit import build
    from kit.report import explorer

    root = at_home()
    out = reports_folder(named, root)
    name = build.study_name(given, root)
    study = build.read_study(name, root)
    if not list((out / name / "evidence").glob("*.csv")):
        raise StudyError(f"{out / name}: nothing is built here yet; run `python -m kit report {name}` first")
    return explorer.write(out / name, study.title, study.subtitle)


def _of_file(path: Path, incumbent: str, suite: str) -> Path:
    import os

    from kit import benchmarks
    from kit.files import write_text
    from kit.report import explorer, items

    outcomes = benchmarks.read_outcomes(path, suite)
    models = list(dict.fromkeys(outcomes.table["contender"].str.removesuffix("@recorded")))
    if incumbent not in models:
        wrong = f"{incumbent!r} is not in it{near_miss(incumbent, models)}; it" if incumbent else "it"
        raise StudyError(f"--incumbent: {path}: {wrong} has {', '.join(models)}")
    table = items.from_outcomes(outcomes, incumbent)
    folder = path.parent if os.access(path.parent, os.W_OK) else Path()
    page = folder / f"{path.name.partition('.')[0]}.html"
    write_text(page, explorer.page(table, title=path.name, subtitle=outcomes.summary))
    return page

"""The command `label`: say by eye which of two answers to a logged request is better."""

import webbrowser
from contextlib import suppress
from pathlib import Path
from threading import Event

import click

from kit.commands.options import at_home, out_option, reports_folder
from kit.errors import StudyError

__all__ = ["label"]


@click.command()
@click.argument("name", metavar="STUDY")
@click.option("--to", type=click.Path(path_type=Path), help="Folder of the labels; else labels/STUDY.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of the order of the pairs and of their sides.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="On loopback; a free one if left out.")
@click.option("--no-open", is_flag=True, help="Show the address, and open no browser.")
@out_option
def label(name: str, to: Path | None, seed: int, port: int, no_open: bool, out: Path | None) -> None:
    """Show the answers to STUDY's logged requests in pairs, blind, and keep which is better; Ctrl-C ends it.

    STUDY has been built with a replay before. Each verdict is on disk before the next pair shows, and the next time it
    goes on where it stopped. Free texts become labelled pairs, a judge's exam (labelled_pairs_from); short and
    structured answers become labels of what is right (labelled_from).
    """
    from kit import build, labelling
    from kit.report import items

    root = at_home()
    reports = reports_folder(out, root)
    name = build.study_name(name, root)
    study = build.read_study(name, root)
    if not list((reports / name / "answers").glob("*.jsonl")):
        raise StudyError(
            f"{reports / name}: no answers are here yet; run `python -m kit report {name}`, with a replay, first"
        )
    folder = to or Path("labels") / name
    session = labelling.Session(items.load(reports / name / "answers"), folder, seed, study.margin or 3.0)
    with labelling.serve(session, f"Label: {study.title}", port) as address, suppress(KeyboardInterrupt):
        click.echo(f"{address}    {session.done} of {len(session.questions)} pairs are labelled; Ctrl-C ends it")
        if not no_open:
            webbrowser.open(address)
        Event().wait()
    click.echo(
        "\n".join(
            [f"\n{session.done} of {len(session.questions)} pairs are labelled", *session.needs, *session.remarks]
        )
    )
    for key, file in (("labelled_pairs_from", "pairs"), ("labelled_from", "labels")):
        if (folder / f"{file}.jsonl").exists() and (folder / f"{file}.jsonl").stat().st_size:
            click.echo(f"in params/{name}.yaml, at the replay: {key}: {folder / file}.jsonl")

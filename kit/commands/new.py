"""Commands that begin: `new` writes a study, `lab` opens the notebooks."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kit.commands.options import at_home, moment
from kit.errors import KitError, StudyError
from kit.text import plain

if TYPE_CHECKING:
    from kit.build import NewStudy

__all__ = ["lab", "new"]


@click.command()
@click.argument("name", required=False)
@click.option("--incumbent", default="", help="The model that is paid for today, by the name people use.")
@click.option("--candidates", default="auto", show_default=True, help="a,b,c; auto proposes some that cost less.")
@click.option("--log", default="", help="Your own usage: a log, an export, a folder or a quoted pattern.")
@click.option("--rules", default="", help="How to read the log, as params/logs.example.yaml.")
@click.option("--mix", default="", help="Without a log: chat=0.4,extraction=0.6, or with tokens triage=1:3000/40.")
@click.option("--requests", type=click.IntRange(1), default=None, help="Requests a month; else the log's, or 1000000.")
@click.option("--contract", default="", help="Your own prices, as params/contract.example.yaml.")
@click.option("--suite", default="", help="Your own labelled examples: a CSV or JSON Lines file.")
@click.option("--no-successor", is_flag=True, help="Do not add the incumbent's own maker's successor.")
@click.option("--on", "when", default="", help="Date, or date and hour in UTC, of the list prices; else now.")
def new(
    name: str | None,
    incumbent: str,
    candidates: str,
    log: str,
    rules: str,
    mix: str,
    requests: int | None,
    contract: str,
    suite: str,
    no_successor: bool,
    when: str,
) -> None:
    """Write a short study, params/NAME.yaml, and say what a verdict lacks, and what the answers would cost.

    \b
    kit new mine --incumbent gpt-4o --candidates deepseek-v4.1-flash,glm-5.3-flash
    kit new desk --incumbent gpt-4o --log 'logs/*.jsonl'
    kit new ours --incumbent gpt-5-mini --suite tickets.csv

    Without a name, in a terminal, it asks. It works in any folder.
    """
    from kit import build
    from kit.commands import plan

    if not name or not incumbent:
        if not sys.stdin.isatty():
            raise StudyError("kit new: give a name and --incumbent MODEL; in a terminal, kit new alone asks for them")
        name, incumbent, candidates, log, suite = _answers(name, incumbent, candidates, log, suite)
    root = _home()
    begun = build.NewStudy(name, incumbent, moment(when), mix=build.read_mix(mix) or None, assumed=not mix,
                               contract=_place(contract, root), suite=_place(suite, root))  # fmt: skip
    if log:
        begun = build.add_log(begun, log, rules)
        begun = replace(begun, log=_place(log, root), log_rules=_place(rules, root))
    begun = replace(begun, requests=requests or begun.requests, month="" if requests else begun.month,
                    assumed=begun.assumed and not (requests and log))  # fmt: skip
    chosen, proposed = _candidates(begun, candidates, not no_successor)
    begun = replace(begun, candidates=tuple(chosen))
    path = build.write_study(begun, root)
    try:
        study = build.read_study(name, root)
    except KitError:
        path.unlink()
        raise
    click.echo(plain(f"{path}: {_KINDS[begun.question]}; {incumbent} or {', '.join(chosen)}{proposed}"))
    for line in build.lacking(begun):
        click.echo(plain(f"still lacks {line}"))
    plan.show(name, study, root, root / "reports")
    click.echo(f"next: kit report {name}")


@click.command()
def lab() -> None:
    """Open the notebooks in JupyterLab; where there are none, copies of the kit's own are put in notebooks/ first."""
    import shutil

    from kit import build

    root = _home()
    if not (folder := root / "notebooks").is_dir():
        shutil.copytree(build.notebooks_folder(root), folder)
        click.echo(f"{folder}: copies of the kit's notebooks; from now on `kit report` runs these here")
    sys.exit(subprocess.run([sys.executable, "-m", "jupyter", "lab", str(folder)]).returncode)


_KINDS = {
    "published": "prices and what is published",
    "bill": "a bill, and what the same calls cost elsewhere",
    "replay": "a replay of your own requests",
    "benchmark": "your own items, put to each model",
}


def _home() -> Path:
    """The folder of the studies, here or above; else the one that the command is run in."""
    try:
        return at_home()
    except StudyError:
        return Path()


def _candidates(begun: "NewStudy", written: str, successor: bool) -> tuple[list[str], str]:
    """Candidates by id, and what to say of those that nobody named."""
    from kit import build, catalog

    summary = ""
    if written.strip() == "auto":
        proposed = build.propose(begun)
        summary = f" (proposed: cheaper at this mix, on sale, of different makers{_able(begun)})"
    else:
        proposed = [catalog.model(one.strip()).id for one in written.split(",") if one.strip()]
    own = build.own_successor(begun)
    if not successor:
        proposed = [one for one in proposed if one != own or written.strip() != "auto"]
    elif own and own not in proposed:
        proposed = [own, *proposed]
        summary += f"; {own} is by the same maker and added, --no-successor leaves it out"
    return proposed, summary


def _able(begun: "NewStudy") -> str:
    return f", with {' and '.join(begun.needs)}" if begun.needs else ""


def _place(folder: str, root: Path) -> str:
    """A file as a study names it, from its root."""
    import os

    return os.path.relpath(folder, root) if folder else ""


def _answers(name: str | None, incumbent: str, candidates: str, log: str, suite: str) -> tuple[str, str, str, str, str]:
    """Ask the five questions of a study, for what was not given."""
    from kit import catalog

    def model(text: str) -> str:
        return catalog.model(text).id

    incumbent = incumbent or _ask("Which model is paid for today", model)
    candidates = _ask("Which models might replace it (a,b,c; auto proposes some)", str, candidates or "auto")
    log = log or _ask("A log or export of your own usage (a file, folder or pattern; empty for none)", str, "")
    suite = suite or _ask("A file of your own labelled examples (CSV or JSON Lines; empty for none)", str, "")
    return name or _ask("A name for the study", str, "mine"), incumbent, candidates, log, suite


def _ask(question: str, read: Callable[[str], str], default: str | None = None) -> str:
    while True:
        try:
            return read(click.prompt(question, default=default, show_default=bool(default)))
        except KitError as error:
            click.echo(plain(str(error)))

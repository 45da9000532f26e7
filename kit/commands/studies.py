"""Commands on a study: `report` builds it, `check` holds it to its earlier run."""

import sys
import webbrowser
from collections.abc import Sequence
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, TextIO

import click

from kit.commands.options import at_home, out_option, reports_folder, workers_option
from kit.errors import StudyError
from kit.text import plain

if TYPE_CHECKING:
    import pandas as pd

    from kit.build import Build, Study
    from kit.catalog import Ending
    from kit.decision import RunVerdict

__all__ = ["check", "report"]


@click.command()
@click.argument("names", metavar="[STUDY]...", nargs=-1)
@click.option("--dry-run", is_flag=True, help="Say what would run and why; run and write nothing.")
@click.option("--open", "opened", is_flag=True, help="Open each report in the browser when it is built.")
@click.option("--docx", is_flag=True, help="Write the report for Word too, to be commented on.")
@out_option
@workers_option
@click.option("--dask", "cluster", default="", metavar="ADDRESS", help="Build on a Dask cluster: tcp://host:8786.")
def report(
    names: Sequence[str], dry_run: bool, opened: bool, docx: bool, out: Path | None, workers: int, cluster: str
) -> None:
    """Bring the report of each STUDY (a file in params/, by name or path; article if none is named) up to date.

    A notebook whose code, parameters, inputs and kit have not changed is not run again. An interrupted build goes on
    where it stopped. If a notebook fails, the last good report stays in place. On a cluster each worker builds a study;
    one that asks models is built here, since calls are bound by rate limits and not by machines.
    """
    from kit import build
    from kit.commands import plan

    root, reports = at_home(), {}
    folder = reports_folder(out, root)
    on_cluster: list[str] = []
    for name in [build.study_name(name_or_path, root) for name_or_path in names] or ["article"]:
        if dry_run:
            plan.show(name, build.read_study(name, root), root, folder)
            continue
        if built := build.unchanged(name, root, folder, docx):
            for run in (*built.unchanged, "report"):
                click.echo(f"{run}: unchanged, not {'made' if run == 'report' else 'run'} again")
        elif cluster and not build.asks_models(build.read_study(name, root)):
            on_cluster.append(name)
            continue
        else:
            steps = len(build.read_study(name, root).runs) + 2
            built = _build(name, root, steps, folder, workers, sys.stdout, docx)
        reports[name] = built
    if on_cluster:
        reports |= build.build_on_cluster(on_cluster, root, folder, cluster, workers, click.echo, docx)
    for name, built in reports.items():
        click.echo(plain(f"\n{name}: {built.verdict}"))
        click.echo("\n".join(map(str, (built.pdf, built.html, *built.beside, built.explorer))))
        if opened:
            webbrowser.open(built.html.absolute().as_uri())


@click.command()
@click.argument("name", metavar="STUDY")
@click.option("--against", type=click.Path(path_type=Path), help="Evidence to hold it to; else reports/STUDY/earlier.")
@click.option("--shadow", "shadows", multiple=True, help="A Shadow's log: does what was moved agree as in the replay?")
@out_option
@workers_option
def check(name: str, against: Path | None, shadows: tuple[str, ...], out: Path | None, workers: int) -> None:
    """Bring STUDY up to date and say which verdicts of the earlier run no longer hold, one a line.

    Ends with 0 if all hold, with 3 if one does not or a model of the study got a date of shutdown, and as `report`
    where the build fails. A verdict that this run's sample does not show again, and does not contradict, is told, and
    holds. With --shadow, an endpoint whose agreement has drifted below the replay's by more than the study's margin is
    told, and ends it with 3, too. The earlier run is the evidence that was there before a build last changed it, in a
    fresh clone the committed one; remove reports/STUDY/earlier to accept what is there now.
    """
    from kit import benchmarks, build, decision

    root = at_home()
    folder = reports_folder(out, root)
    name = build.study_name(name, root)
    study = build.read_study(name, root)
    if against is not None and not list(against.glob("*.csv")):
        raise StudyError(f"--against: {against} holds no evidence; name a folder such as reports/{name}/evidence")
    _build(name, root, len(study.runs) + 2, folder, workers, sys.stderr)
    folders = against or folder / name / "earlier", folder / name / "evidence"
    before, after = map(decision.read_run, folders)
    standing = _verdicts(after, study, folders[1])
    moved = decision.moved_figures(before, after, *map(benchmarks.read_items, folders))
    changes = decision.changed_verdicts(_verdicts(before, study, folders[0]), standing, moved) if len(before) else []
    lost = [change for change in changes if not change.unshown]
    for change in changes:
        now = f"is {change.now}" if change.now else "is no longer there"
        unshown = "; nothing in this run contradicts it, it is only not shown again" if change.unshown else ""
        click.echo(plain(f"{change.name}: was {change.was}, {now}{unshown}"))
    ends = _new_ends(study, before)
    for end in ends:
        click.echo(plain(f"{end} ({end.ref})"))
    drifted = _drifted(shadows, after, study.margin or 0.0)
    for line in drifted:
        click.echo(plain(line))
    if lost or ends or drifted:
        sys.exit(3)
    click.echo(f"{name}: {len(standing)} verdicts, " + ("all hold" if len(before) else "and no earlier run"))


def _drifted(shadows: Sequence[str], facts: "pd.DataFrame", margin: float) -> list[str]:
    """The endpoints in logs of shadows that agree less than the replay had it, for certain."""
    from kit.service import drift

    if not shadows:
        return []
    rows = facts[facts["metric"] == "replay.agrees"]
    least = {(row.scope, f"{row.subject}@{row.way}"): float(row.value) for row in rows.itertuples()}
    return [str(one) for one in drift(shadows, least, margin) if one.drifted]


def _new_ends(study: "Study", before: "pd.DataFrame") -> "list[Ending]":
    """Shutdowns of the study's models that the earlier run did not tell of."""
    from kit import catalog

    rows = before[before["metric"].str.startswith("status.")] if len(before) else before
    known: dict[str, str] = {}
    for row in rows.itertuples():
        known[row.subject] = f"{known.get(row.subject, '')} {row.as_of} {row.note}"
    models = [name.partition("@")[0] for name in (study.incumbent or "", *(study.candidates or ()))]
    return catalog.announced(models, study.as_of.date(), known)


def _verdicts(facts: "pd.DataFrame", study: "Study", folder: Path) -> "dict[str, RunVerdict]":
    from kit import decision

    day, margin = decision.day_of(facts, study.as_of.date()), study.margin or 0.0
    look = decision.read_looks(folder, facts, margin, day).number
    arguments = (study.incumbent or "", study.candidates or (), study.needs or ())
    return decision.standing_verdicts(facts, *arguments, margin, day, look)


def _build(name: str, root: Path, steps: int, out: Path, workers: int, to: TextIO, docx: bool = False) -> "Build":
    from tqdm import tqdm

    from kit import build, client

    with tqdm(total=steps, unit="step", leave=False, disable=None, desc=name) as bar:
        ended, below = Event(), [tqdm(bar_format="{desc}", position=1 + n, leave=False, disable=bar.disable)
                                 for n in range(workers)]  # fmt: skip

        before = client.count_answers(out / "answers.sqlite")

        def tell(line: str) -> None:
            bar.write(line, file=to)
            bar.update()

        def watch() -> None:
            while not ended.wait(1):
                bar.refresh()  # the seconds go on where a step is long
                if fresh := client.count_answers(out / "answers.sqlite") - before:
                    bar.set_postfix_str(f"{fresh} answers")
                lines = build.running()
                for n, one in enumerate(below):
                    one.set_description_str(lines[n] if n < len(lines) else "")

        if not bar.disable:
            Thread(target=watch, daemon=True).start()
        try:
            return build.build(name, root, out, workers, tell, docx)
        finally:
            ended.set()
            for one in below:
                one.close()

"""Runs a study: its notebooks by papermill, side by side where they may, and none again that would say the same.

Under `reports/STUDY/` a build leaves `evidence/RUN.csv`, `notebooks/RUN.ipynb` (executed), `decision.pdf`,
`decision.html`, `answers/RUN.jsonl`, `explorer.html` made of them, `earlier/` (the evidence as it last was otherwise),
and `build.json`, which remembers for each of them what went in. A notebook that reads evidence reads that of all
notebooks listed above it (its own kind excepted, so that those run side by side). A notebook that measures time has a
parameter `quiet`; while it is true, that notebook runs before all others, and nothing beside it.
"""

import os
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Lock
from typing import TYPE_CHECKING, Any

from kit.build import snapshot
from kit.build.memory import PATHS, Memory, digest, files_digest, inputs, kit_digest, made
from kit.build.study_files import notebooks_folder
from kit.build.watch import watched
from kit.errors import ReportError, RunError
from kit.files import matching, write_bytes, write_text

if TYPE_CHECKING:
    from kit.build.study import Study

__all__ = ["EXPLORER", "Build", "Job", "build", "jobs", "pending", "unchanged"]

EXPLORER = "explorer.html"
"""The page to browse items and evidence, beside the report."""

_LOG_BYTES = 200_000
"""Of a build's log; a longer one is cut to its last half at the next build."""


@dataclass(frozen=True)
class Job:
    """One run of one notebook, with all that shapes what it says.

    Attributes:
        place: The folder it runs in, from which its parameters name files: the study's `params/`, since the notebooks
            may be elsewhere. It is as deep as `notebooks/` would be, so the same words name the same files.
        parameters: As they are handed to papermill.
        reads: Names of the runs whose evidence it reads; they run first.
    """

    name: str
    notebook: Path
    place: Path
    parameters: Mapping[str, Any]
    reads: tuple[str, ...]
    executed: Path
    evidence: Path

    @property
    def answers(self) -> Path:
        """Return where it saves what each contender answered to each item, if it asked (`kit.report.items`)."""
        return self.evidence.parents[1] / "answers" / f"{self.name}.jsonl"

    @property
    def quiet(self) -> bool:
        """Return whether it measures time, so that nothing may run beside it; what waits for others cannot."""
        return bool(self.parameters.get("quiet")) and not self.reads


@dataclass(frozen=True)
class Build:
    """The files of a build, and the runs that were still up to date.

    Attributes:
        beside: Further files: the evidence appendix as PDF and as CSV, and the report for Word where it was asked for.
        verdict: What the report found, in a sentence or two.
    """

    pdf: Path
    html: Path
    explorer: Path
    beside: tuple[Path, ...]
    verdict: str
    ran: tuple[str, ...]
    unchanged: tuple[str, ...]


def build(name: str, root: Path, out: Path, workers: int = 2, progress: Callable[[str], None] = print,
          docx: bool = False) -> Build:  # fmt: skip
    """Bring a study's report up to date.

    Args:
        name: A study in `params/`.
        root: The folder that holds `params/` and `notebooks/`.
        out: The reports folder; the study's own folder is made below it.
        workers: Notebooks to run side by side.
        progress: Called with one line for each step that ends.
        docx: Write the report for Word too.

    Raises:
        StudyError: If the study is not as it should be; nothing has run then.
        RunError: If a notebook fails; what others have made is kept for the next build.
        ReportError: If the folder cannot be written.
    """
    from kit.build import study as studies

    study = studies.read_study(name, root)
    folder = out / name
    todo = jobs(study, root, folder)
    _prepare(folder, todo)
    progress = _logged(folder / "build.log", progress)
    memory = Memory(folder / "build.json")
    ran = _run_all(todo, memory, workers, progress)
    snapshot.keep_or_drop(folder)
    files, verdict = _report(study, todo, folder, memory, progress, docx)
    explorer = _explorer(study, todo, folder, memory, progress)
    runs = tuple(job.name for job in todo if job.name not in ran)
    built = Build(files[0], files[1], explorer, files[2:], verdict, ran, runs)
    memory.seal(root, name, todo, built)
    return built


def unchanged(name: str, root: Path, out: Path, docx: bool = False) -> Build | None:
    """The last build of a study, if all that went into it and came out of it is as it was; at a glance, else None."""
    folder, memory = out / name, Memory(out / name / "build.json")
    runs = memory.unchanged(root) if (root / "params" / f"{name}.yaml").exists() else []
    files = _reported(folder, memory)
    if not runs or not files or (docx and folder / "decision.docx" not in files):
        return None
    return Build(files[0], files[1], folder / EXPLORER, files[2:], memory.known["report"]["verdict"], (), tuple(runs))


def jobs(study: "Study", root: Path, folder: Path) -> list[Job]:
    """The study's runs in order, with their parameters resolved."""
    from kit.build import study as studies

    found: list[Job] = []
    place = (root / "params").resolve()

    def seen(path: Path) -> str:
        return os.path.relpath(path.resolve(), place.parent / "notebooks")

    for name, run in study.runs.items():
        notebook = notebooks_folder(root) / f"{run.notebook}.ipynb"
        takes = studies.notebook_defaults(notebook)
        reads = tuple(job.name for job in found if job.notebook != notebook) if "reads" in takes else ()
        provided: dict[str, Any] = {
            "evidence_dir": seen(folder / "evidence"),
            "reads": list(reads),
            "saves": name,
            "earlier": seen(folder / "earlier"),
            "store": seen(folder.parent / "answers.sqlite"),
        }
        offered = study.parameters() | run.parameters | provided
        for key in PATHS:
            if offered.get(key) and matching(root / offered[key]):  # else it is a name of the kit's own
                offered[key] = seen(root / offered[key])
        found.append(
            Job(
                name,
                notebook,
                place,
                {key: offered[key] for key in takes if key in offered},
                reads,
                folder / "notebooks" / f"{name}.ipynb",
                folder / "evidence" / f"{name}.csv",
            )
        )
    return found


def pending(name: str, root: Path, out: Path) -> list[tuple[Job, str]]:
    """List the jobs of a build, each with the reason why it would run (empty if up to date); nothing is run."""
    from kit.build import study as studies

    folder = out / name
    memory = Memory(folder / "build.json")
    reasons: list[tuple[Job, str]] = []
    waiting: set[str] = set()
    for job in jobs(studies.read_study(name, root), root, folder):
        stale = [read for read in job.reads if read in waiting]
        why = f"reads {stale[0]}, which would run" if stale else memory.why(job)
        if why:
            waiting.add(job.name)
        reasons.append((job, why))
    return reasons


def _run_all(todo: list[Job], memory: Memory, workers: int, progress: Callable[[str], None]) -> tuple[str, ...]:
    ran: list[str] = []
    aside, begun = Lock(), Event()
    done: dict[str, Future[None]] = {}

    def run(job: Job) -> None:
        for read in job.reads:
            if done[read].exception():
                raise RunError(f"{job.name}: not run, because {read} failed")
        if "earlier" in job.parameters:
            snapshot.keep_or_drop(job.evidence.parents[1], set(job.reads))
        if not (why := memory.why(job)):
            progress(f"{job.name}: unchanged, not run again")
            return
        with aside:  # once, before a notebook overwrites any evidence
            if not begun.is_set():
                snapshot.begin(job.evidence.parents[1])
            begun.set()
        seconds = _execute(job)
        memory.keep(job.name, **inputs(job), made=made(job))
        ran.append(job.name)
        progress(f"{job.name}: ran in {seconds:.1f} s ({why})")

    # Jobs are submitted in reading order, so the ones that a job waits for always have a worker before it.
    quiet, rest = [job for job in todo if job.quiet], [job for job in todo if not job.quiet]
    for batch, beside in ((quiet, 1), (rest, workers)):
        with ThreadPoolExecutor(beside) as pool:
            for job in batch:
                done[job.name] = pool.submit(run, job)
            try:
                wait(done.values())
            except KeyboardInterrupt:
                # else all that is queued would still run, and what is running run on
                pool.shutdown(wait=False, cancel_futures=True)
                _stop()
                raise
    failed = [str(error) for future in done.values() if (error := future.exception()) is not None]
    if failed:
        error = next(e for future in done.values() if (e := future.exception()) is not None)
        if not isinstance(error, RunError):
            raise error
        raise RunError("\n".join(failed))
    return tuple(ran)


def _execute(job: Job) -> float:
    """Run a notebook by papermill, and put the executed copy in its place only when all of it has run.

    Returns:
        Seconds it took.

    Raises:
        RunError: If a cell fails: notebook, cell and the last line of the error; the half-run copy stays beside its
            place as `NAME.failed.ipynb`.
    """
    os.environ["KIT_BUILD"] = "1"  # kernels inherit it: only a build may change a study's evidence
    # papermill takes half a second to import, which a build with nothing to run should not pay
    import nbformat
    import papermill
    from nbclient.exceptions import DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    from kit.build import engine, kernels

    started = time.perf_counter()
    failed = job.executed.with_suffix(".failed.ipynb")
    try:
        with TemporaryDirectory(prefix="kit-") as sockets, watched(job.name, Path(sockets)) as progress:
            executed = papermill.execute_notebook(
                job.notebook,
                failed,
                dict(job.parameters),
                kernel_name="python3",
                language="python",
                progress_bar=False,
                autosave_cell_every=0,
                engine_name=engine.ENGINE,
                watched=progress,
                config=kernels.config(sockets),
                # not cwd=, which would change the working directory of every thread
                resources={"metadata": {"path": str(job.place)}},
            )
    except PapermillExecutionError as error:
        last = next((line for line in reversed(str(error.evalue).splitlines()) if line.strip()), "")
        cell = error.cell_index + (0 if job.parameters else 1)  # papermill puts a cell of parameters in front of it
        where = f"{job.name}: {job.notebook.name}, cell {cell}"
        raise RunError(f"{where}: {error.ename}: {last} (half-run copy: {failed})") from None
    except DeadKernelError:
        where = f"{job.name}: {job.notebook.name}"
        raise RunError(f"{where}: its kernel was killed or ran out of memory ({progress.part}); build again") from None
    write_text(job.executed, nbformat.writes(_settled(executed, job.name)) + "\n")
    failed.unlink()
    return time.perf_counter() - started


def _settled(notebook: Any, name: str) -> Any:
    """Leave out what differs from run to run: times, papermill's notes on them, random cell ids."""
    notebook.metadata.pop("papermill", None)
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"{name}-{number}"
        for note in ("papermill", "execution", "ExecuteTime"):
            cell.metadata.pop(note, None)
    return notebook


def _logged(path: Path, progress: Callable[[str], None]) -> Callable[[str], None]:
    """Keep each line in a file too, with its time, so that a long build can be read afterwards."""
    if path.exists() and path.stat().st_size > _LOG_BYTES:
        write_bytes(path, path.read_bytes()[-_LOG_BYTES // 2 :].partition(b"\n")[2])

    def tell(line: str) -> None:
        with path.open("a", encoding="utf-8") as file:
            file.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC  {line}\n")
        progress(line)

    return tell


def _stop() -> None:
    from kit.build import kernels

    kernels.stop()


def _prepare(folder: Path, todo: list[Job]) -> None:
    """Make the folders, and clear away what runs that are no longer in the study left behind."""
    try:
        for pattern, remaining in (
            ("evidence/*.csv", {job.evidence for job in todo}),
            ("notebooks/*.ipynb", {job.executed for job in todo}),
            ("answers/*.jsonl", {job.answers for job in todo}),
        ):
            (folder / pattern).parent.mkdir(parents=True, exist_ok=True)
            for file in set(folder.glob(pattern)) - remaining:
                file.unlink()
        if not os.access(folder, os.W_OK):
            raise PermissionError(13, "Permission denied")
    except OSError as error:
        raise ReportError(f"{folder}: cannot be written: {error.strerror}; choose another folder with --out") from None


def _report(
    study: "Study", todo: list[Job], folder: Path, memory: Memory, progress: Callable[[str], None], docx: bool
) -> tuple[tuple[Path, ...], str]:
    """Write the report's files, if any of them would change; return them and the verdict."""
    went_in = {
        "notebooks": digest(*(job.executed.read_bytes() for job in todo)),
        "evidence": files_digest(*(job.evidence for job in todo)),
        "study": digest(study.model_dump_json().encode()),
        "kit": kit_digest(),
    }
    files, before = _reported(folder, memory), memory.known.get("report", {})
    same = all(before.get(k) == v for k, v in went_in.items()) and before.get("made") == files_digest(*files)
    if files and same and (not docx or folder / "decision.docx" in files):
        progress("report: unchanged, not made again")
        return files, before.get("verdict", "")
    from kit.build import assemble

    order = sorted(todo, key=lambda job: not study.runs[job.name].first)
    chapters = [assemble.Chapter(job.executed, study.runs[job.name].title) for job in order]
    merged = assemble.merge(chapters, title=study.title, subtitle=study.subtitle, as_of=study.as_of.date())
    merged.metadata["kit"]["explorer"] = EXPLORER
    files = (*assemble.export(merged, folder, docx=docx), _table(todo, folder))
    verdict, names = assemble.verdict(merged), " ".join(file.name for file in files)
    memory.keep("report", **went_in, made=files_digest(*files), files=names, verdict=verdict)
    progress(f"report: {files[0]}")
    return files, verdict


def _table(todo: list[Job], folder: Path) -> Path:
    """Write all evidence as one table, with the id that a report cites each row by and the run that saved it."""
    import pandas as pd

    from kit import evidence

    tables = [evidence.read(job.evidence).assign(run=job.name) for job in todo if job.evidence.exists()]
    path = folder / "evidence.csv"
    write_text(path, evidence.to_csv(pd.concat(tables)) if tables else "")
    return path


def _reported(folder: Path, memory: Memory) -> tuple[Path, ...]:
    """The files of the last report."""
    return tuple(folder / name for name in memory.known.get("report", {}).get("files", "").split())


def _explorer(study: "Study", todo: list[Job], folder: Path, memory: Memory, progress: Callable[[str], None]) -> Path:
    """Write the page to browse all items and evidence."""
    page = folder / EXPLORER
    went_in = {
        "items": files_digest(*(path for job in todo for path in (job.answers, job.evidence))),
        "study": digest(study.title.encode(), study.subtitle.encode()),
        "kit": kit_digest(),
    }
    before = memory.known.get("explorer", {})
    if all(before.get(k) == v for k, v in went_in.items()) and before.get("made") == files_digest(page):
        return page
    from kit.report import explorer

    explorer.write(folder, study.title, study.subtitle)
    memory.keep("explorer", **went_in, made=files_digest(page))
    progress(f"explorer: {page}")
    return page

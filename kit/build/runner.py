"""Runs a study: its notebooks by papermill, side by side where they may, and none again that would say the same.

Under `reports/STUDY/` a build leaves `evidence/RUN.csv`, `notebooks/RUN.ipynb` (executed), `decision.pdf`,
`decision.html`, `items/RUN.jsonl` and `explorer.html` made of them, `earlier/` (the evidence as it last was otherwise),
and `build.json`, which remembers for each of them what went in. A notebook that reads evidence reads that of all
notebooks listed above it (its own kind excepted, so that those run side by side). A notebook that measures time has a
parameter `quiet`; while it is true, that notebook runs before all others, and nothing beside it.
"""

import csv
import hashlib
import json
import os
import platform
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.metadata import requires as requirements
from pathlib import Path
from threading import Event, Lock
from typing import Any

from kit.build import snapshot
from kit.build import study as studies
from kit.build.study import Study
from kit.errors import ReportError, RunError
from kit.evidence import UNANSWERED
from kit.files import matching, write_text

__all__ = ["EXPLORER", "Build", "Job", "build", "jobs", "pending"]


EXPLORER = "explorer.html"
"""The page to browse items and evidence, beside the report."""

_PATHS = ("contract", "requests_from", "items_from", "recorded_from", "outcomes_from", "log_from", "log_rules",
          "labelled_from", "labelled_pairs_from")  # fmt: skip
"""Parameters that name a file, a folder or a pattern of them, in a study from the repository's root."""


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
    def items(self) -> Path:
        """Where it saves its items, if it has any (`kit.report.items`)."""
        return self.evidence.parents[1] / "items" / f"{self.name}.jsonl"

    @property
    def quiet(self) -> bool:
        """Whether it measures time, so that nothing may run beside it; what waits for others cannot."""
        return bool(self.parameters.get("quiet")) and not self.reads


@dataclass(frozen=True)
class Build:
    """What a build made, and which runs it did not have to make again."""

    pdf: Path
    html: Path
    explorer: Path
    ran: tuple[str, ...]
    unchanged: tuple[str, ...]


def build(name: str, root: Path, out: Path, workers: int = 2, progress: Callable[[str], None] = print) -> Build:
    """Bring a study's report up to date.

    Args:
        name: A study in `params/`.
        root: The folder that holds `params/` and `notebooks/`.
        out: The reports folder; the study's own folder is made below it.
        workers: Notebooks to run side by side.
        progress: Called with one line for each step that ends.

    Raises:
        StudyError: If the study is not as it should be; nothing has run then.
        RunError: If a notebook fails; what others have made is kept for the next build.
        ReportError: If the folder cannot be written.
    """
    study = studies.read_study(name, root)
    folder = out / name
    todo = jobs(study, root, folder)
    _prepare(folder, todo)
    memory = _Memory(folder / "build.json")
    ran = _run_all(todo, memory, workers, progress)
    snapshot.settle(folder)
    pdf, html = _report(study, todo, folder, memory, progress)
    explorer = _explorer(study, todo, folder, memory, progress)
    unchanged = tuple(job.name for job in todo if job.name not in ran)
    return Build(pdf, html, explorer, ran, unchanged)


def jobs(study: Study, root: Path, folder: Path) -> list[Job]:
    """The study's runs in order, with their parameters resolved."""
    made: list[Job] = []
    place = (root / "params").resolve()

    def seen(path: Path) -> str:
        return os.path.relpath(path.resolve(), place.parent / "notebooks")

    for name, run in study.runs.items():
        notebook = root / "notebooks" / f"{run.notebook}.ipynb"
        takes = studies.notebook_defaults(notebook)
        reads = tuple(job.name for job in made if job.notebook != notebook) if "reads" in takes else ()
        provided: dict[str, Any] = {
            "evidence_dir": seen(folder / "evidence"),
            "reads": list(reads),
            "saves": name,
            "earlier": seen(folder / "earlier"),
            "store": seen(folder.parent / "answers.sqlite"),
        }
        offered = study.parameters() | run.parameters | provided
        for key in _PATHS:
            if offered.get(key) and matching(root / offered[key]):  # else it is a name of the kit's own
                offered[key] = seen(root / offered[key])
        made.append(
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
    return made


def pending(name: str, root: Path, out: Path) -> list[tuple[Job, str]]:
    """What a build would do: each job, and why it would run (empty if it would not). Nothing is run or written."""
    folder = out / name
    memory = _Memory(folder / "build.json")
    said: list[tuple[Job, str]] = []
    waiting: set[str] = set()
    for job in jobs(studies.read_study(name, root), root, folder):
        stale = [read for read in job.reads if read in waiting]
        why = f"reads {stale[0]}, which would run" if stale else memory.why(job)
        if why:
            waiting.add(job.name)
        said.append((job, why))
    return said


class _Memory:
    """What went into each output of earlier builds, and what came out, as digests."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.known: dict[str, dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self.known = {}

    def why(self, job: Job) -> str:
        """Why a job must run; empty if what it made is here and nothing that went in has changed."""
        before = self.known.get(job.name)
        if before is None:
            return "not run yet"
        if lacking := _unanswered(job.evidence):
            return f"{lacking} requests have no answer yet"
        if before.get("made") != _made(job):
            return "its output is missing or was changed"
        now = _inputs(job)
        return next((f"{what} changed" for what in now if before.get(what) != now[what]), "")

    def keep(self, name: str, **digests: str) -> None:
        self.known[name] = digests
        write_text(self.path, json.dumps(self.known, indent=1, sort_keys=True) + "\n")


def _run_all(todo: list[Job], memory: _Memory, workers: int, progress: Callable[[str], None]) -> tuple[str, ...]:
    ran: list[str] = []
    aside, begun = Lock(), Event()
    done: dict[str, Future[None]] = {}

    def run(job: Job) -> None:
        for read in job.reads:
            if done[read].exception():
                raise RunError(f"{job.name}: not run, because {read} failed")
        if "earlier" in job.parameters:
            snapshot.settle(job.evidence.parents[1], set(job.reads))
        if not (why := memory.why(job)):
            progress(f"{job.name}: unchanged, not run again")
            return
        with aside:  # once, before a notebook overwrites any evidence
            if not begun.is_set():
                snapshot.begin(job.evidence.parents[1])
            begun.set()
        seconds = _execute(job)
        memory.keep(job.name, **_inputs(job), made=_made(job))
        ran.append(job.name)
        progress(f"{job.name}: ran in {seconds:.1f} s ({why})")

    # Jobs are submitted in reading order, so the ones that a job waits for always have a worker before it.
    quiet, rest = [job for job in todo if job.quiet], [job for job in todo if not job.quiet]
    for some, beside in ((quiet, 1), (rest, workers)):
        with ThreadPoolExecutor(beside) as pool:
            for job in some:
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
    # papermill takes half a second to import, which a build with nothing to run should not pay
    from kit.build import execution

    return execution.execute(job.notebook, job.executed, job.parameters, job.name, job.place)


def _stop() -> None:
    from kit.build import kernels

    kernels.stop()


def _prepare(folder: Path, todo: list[Job]) -> None:
    """Make the folders, and clear away what runs that are no longer in the study left behind."""
    try:
        for made, kept in (
            ("evidence/*.csv", {job.evidence for job in todo}),
            ("notebooks/*.ipynb", {job.executed for job in todo}),
            ("items/*.jsonl", {job.items for job in todo}),
        ):
            (folder / made).parent.mkdir(parents=True, exist_ok=True)
            for file in set(folder.glob(made)) - kept:
                file.unlink()
        if not os.access(folder, os.W_OK):
            raise PermissionError(13, "Permission denied")
    except OSError as error:
        raise ReportError(f"{folder}: cannot be written: {error.strerror}; choose another folder with --out") from None


def _report(
    study: Study, todo: list[Job], folder: Path, memory: _Memory, progress: Callable[[str], None]
) -> tuple[Path, Path]:
    pdf, html = folder / "decision.pdf", folder / "decision.html"
    inputs = {
        "notebooks": _digest(*(job.executed.read_bytes() for job in todo)),
        "study": _digest(study.model_dump_json().encode()),
        "kit": _kit(),
    }
    before = memory.known.get("report", {})
    if all(before.get(k) == v for k, v in inputs.items()) and before.get("made") == _files(pdf, html):
        progress("report: unchanged, not made again")
        return pdf, html
    from kit.build import assemble

    order = sorted(todo, key=lambda job: not study.runs[job.name].first)
    chapters = [assemble.Chapter(job.executed, study.runs[job.name].title) for job in order]
    merged = assemble.merge(chapters, title=study.title, subtitle=study.subtitle, as_of=study.as_of.date())
    merged.metadata["kit"]["explorer"] = EXPLORER
    assemble.export(merged, folder)
    memory.keep("report", **inputs, made=_files(pdf, html))
    progress(f"report: {pdf}")
    return pdf, html


def _explorer(study: Study, todo: list[Job], folder: Path, memory: _Memory, progress: Callable[[str], None]) -> Path:
    """Write the page to browse all items and evidence."""
    page = folder / EXPLORER
    inputs = {
        "items": _files(*(path for job in todo for path in (job.items, job.evidence))),
        "study": _digest(study.title.encode(), study.subtitle.encode()),
        "kit": _kit(),
    }
    before = memory.known.get("explorer", {})
    if all(before.get(k) == v for k, v in inputs.items()) and before.get("made") == _files(page):
        return page
    from kit.report import explorer

    explorer.write(folder, study.title, study.subtitle)
    memory.keep("explorer", **inputs, made=_files(page))
    progress(f"explorer: {page}")
    return page


def _inputs(job: Job) -> dict[str, str]:
    cells = json.loads(job.notebook.read_text(encoding="utf-8"))["cells"]
    named = [job.place / name for key in _PATHS if (name := job.parameters.get(key))]
    return {
        "notebook": _digest(json.dumps([(cell["cell_type"], cell["source"]) for cell in cells]).encode()),
        "parameters": _digest(json.dumps(job.parameters, sort_keys=True).encode()),
        "evidence": _files(*(job.evidence.parent / f"{read}.csv" for read in job.reads)),
        "the earlier evidence": _files(*([job.evidence.parents[1] / "earlier"] if "earlier" in job.parameters else [])),
        "a file that it reads": _files(*(path for name in named for path in matching(name))),
        "kit": _kit(),
    }


def _unanswered(evidence: Path) -> int:
    """Requests that failed last time, as the run's evidence has it; they are worth asking again."""
    if not evidence.exists():
        return 0
    with evidence.open(encoding="utf-8", newline="") as file:
        return sum(int(float(row["value"])) for row in csv.DictReader(file) if row["metric"] == UNANSWERED)


def _made(job: Job) -> str:
    return _files(job.executed, job.evidence, job.items)


@cache
def _kit() -> str:
    """A digest of the kit itself, the interpreter and the packages it declares."""
    here = Path(__file__).parents[1]
    files = sorted(path for path in here.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    code = [part for file in files for part in (str(file.relative_to(here)).encode(), file.read_bytes())]
    return _digest(*code, platform.python_version().encode(), *map(str.encode, _versions()))


def _versions() -> list[str]:
    found = []
    for requirement in (*(requirements("migration-kit") or ()), "matplotlib", "numpy"):
        package = requirement.partition(";")[0].partition(">")[0].strip()
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return found


def _files(*paths: Path) -> str:
    """A digest of files, and of all that is in folders; logs may be larger than memory."""
    total = hashlib.sha256()
    for file in (file for path in paths for file in (sorted(path.rglob("*")) if path.is_dir() else [path])):
        if file.is_file():
            with file.open("rb") as content:
                total.update(hashlib.file_digest(content, "sha256").digest())
        else:
            total.update(str(file.exists()).encode())
    return total.hexdigest()[:16]


def _digest(*parts: bytes) -> str:
    total = hashlib.sha256()
    for part in parts:
        total.update(hashlib.sha256(part).digest())
    return total.hexdigest()[:16]

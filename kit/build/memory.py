"""The memory of a build: digests of the inputs and outputs of earlier builds.

A notebook runs again if one of them changed, and for no other reason.
"""

import csv
import hashlib
import json
import os
import platform
from collections.abc import Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.metadata import requires as requirements
from pathlib import Path
from typing import TYPE_CHECKING

from kit.evidence import UNANSWERED
from kit.files import matching, write_text

if TYPE_CHECKING:
    from kit.build.runner import Build, Job

__all__ = ["PATHS", "Memory", "digest", "files_digest", "inputs", "kit_digest", "made"]

PATHS = ("contract", "requests_from", "items_from", "recorded_from", "outcomes_from", "log_from", "log_rules",
          "labelled_from", "labelled_pairs_from", "probed_from")  # fmt: skip
"""Parameters that name a file, a folder or a pattern of them, in a study from the repository's root."""


class Memory:
    """Digests of the inputs and outputs of earlier builds."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.known: dict[str, dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self.known = {}

    def why(self, job: "Job") -> str:
        """Give the reason why a job must run; empty if its output is here and its inputs have not changed."""
        before = self.known.get(job.name)
        if before is None:
            return "not run yet"
        if lacking := _unanswered(job.evidence):
            return f"{lacking} requests have no answer yet"
        if before.get("made") != made(job):
            return "its output is missing or was changed"
        now = inputs(job)
        return next((f"{part} changed" for part in now if before.get(part) != now[part]), "")

    def seal(self, root: Path, name: str, todo: "Sequence[Job]", out: "Build") -> None:
        """Remember a whole build, so that the next one sees at a glance that nothing has changed."""
        if any(_unanswered(job.evidence) for job in todo):
            return
        read = [
            root / "params" / f"{name}.yaml",
            *(job.notebook for job in todo),
            *(path for job in todo for path in _named(job)),
        ]
        folder = out.pdf.parent
        written = [out.pdf, out.html, out.explorer, *out.beside, folder / "earlier"]
        written += [path for job in todo for path in (job.executed, job.evidence, job.answers)]
        # from the root, so that a build on another machine remembers the same
        paths = "\n".join(
            dict.fromkeys(os.path.relpath(path.absolute(), root.absolute()) for path in (*read, *written))
        )
        self.keep(
            "all", paths=paths, runs=" ".join(job.name for job in todo), digest=_sealed(root, paths), kit=kit_digest()
        )

    def unchanged(self, root: Path) -> list[str]:
        """The runs of the study, if nothing that went into the last whole build or came out of it has changed."""
        last = self.known.get("all", {})
        same = last and last["kit"] == kit_digest() and last["digest"] == _sealed(root, last["paths"])
        return last["runs"].split() if same else []

    def keep(self, name: str, **digests: str) -> None:
        """Note the digests of what went into an output and of what came out."""
        self.known[name] = digests
        write_text(self.path, json.dumps(self.known, indent=1, sort_keys=True) + "\n")


def _sealed(root: Path, paths: str) -> str:
    named = [root / path for path in paths.split("\n")]
    return files_digest(*(file for path in named for file in (matching(path) or [path])))


def inputs(job: "Job") -> dict[str, str]:
    """Digests of all that shapes what a job makes, by what each is of."""
    cells = json.loads(job.notebook.read_text(encoding="utf-8"))["cells"]
    earlier = [job.evidence.parents[1] / "earlier"] if "earlier" in job.parameters else []
    return {
        "notebook": digest(json.dumps([(cell["cell_type"], cell["source"]) for cell in cells]).encode()),
        "parameters": digest(json.dumps(job.parameters, sort_keys=True).encode()),
        "evidence": files_digest(*(job.evidence.parent / f"{read}.csv" for read in job.reads)),
        "the earlier evidence": files_digest(*earlier),
        "a file that it reads": files_digest(*(path for name in _named(job) for path in matching(name))),
        "kit": kit_digest(),
    }


def _named(job: "Job") -> list[Path]:
    return [job.place / name for key in PATHS if (name := job.parameters.get(key))]


def _unanswered(evidence: Path) -> int:
    """Requests that failed last time, as the run's evidence has it; they are worth asking again."""
    if not evidence.exists():
        return 0
    with evidence.open(encoding="utf-8", newline="") as file:
        return sum(int(float(row["value"])) for row in csv.DictReader(file) if row["metric"] == UNANSWERED)


def made(job: "Job") -> str:
    """A digest of what a job has made."""
    return files_digest(job.executed, job.evidence, job.answers)


@cache
def kit_digest() -> str:
    """A digest of the kit itself, the interpreter and the packages it declares."""
    package = Path(__file__).parents[1]
    files = sorted(path for path in package.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    code = [part for file in files for part in (str(file.relative_to(package)).encode(), file.read_bytes())]
    return digest(*code, platform.python_version().encode(), *map(str.encode, _versions()))


def _versions() -> list[str]:
    versions = []
    for requirement in (*(requirements("migration-kit") or ()), "matplotlib", "numpy"):
        package = requirement.partition(";")[0].partition(">")[0].strip()
        try:
            versions.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return versions


def files_digest(*paths: Path) -> str:
    """A digest of files, and of all that is in folders; logs may be larger than memory."""
    total = hashlib.sha256()
    for file in (file for path in paths for file in (sorted(path.rglob("*")) if path.is_dir() else [path])):
        if file.is_file():
            with file.open("rb") as content:
                total.update(hashlib.file_digest(content, "sha256").digest())
        else:
            total.update(str(file.exists()).encode())
    return total.hexdigest()[:16]


def digest(*parts: bytes) -> str:
    """A digest of bytes."""
    total = hashlib.sha256()
    for part in parts:
        total.update(hashlib.sha256(part).digest())
    return total.hexdigest()[:16]

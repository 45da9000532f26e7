"""Studies on a Dask cluster: each is built by one worker, which gets its files and sends back its report's folder.

Nothing needs to be shared but the kit at one version: params/, notebooks/ of the team's own and the files that a study
names travel with it. The results are the same bytes as those of a build here. A study that asks models is built here:
calls are bound by the provider's limits and by one budget, and not by machines.
"""

import io
import os
import tarfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from kit.build.memory import PATHS, kit_digest
from kit.build.runner import Build, build, jobs
from kit.errors import KitError, RunError, StudyError
from kit.files import matching

if TYPE_CHECKING:
    from kit.build.study import Study

__all__ = ["asks_models", "build_on_cluster"]


def asks_models(study: "Study") -> bool:
    """True if a build of the study may send requests to models."""
    return bool(study.contenders) or any(run.parameters.get("judge") for run in study.runs.values())


def build_on_cluster(
    names: Sequence[str],
    root: Path,
    out: Path,
    cluster: str,
    workers: int,
    progress: Callable[[str], None],
    docx: bool = False,
) -> dict[str, Build]:
    """Bring reports of studies up to date, each on a worker of a cluster; by study, in the order in which they end.

    Args:
        cluster: The address of a Dask scheduler: `tcp://host:8786`.
        workers, docx: As for `build`.

    Raises:
        StudyError: If the reports folder or a file that a study names is outside the root, or a study is at fault.
        RunError: If the cluster cannot be reached, runs another version of the kit, or a notebook fails.
    """
    from distributed import Client, as_completed

    place = os.path.relpath(out.resolve(), root.resolve())
    if place.startswith(".."):
        raise StudyError(f"--out: {out} is outside {root.resolve()}, which is what workers get; choose one inside")
    done: dict[str, Build] = {}
    bundles = {name: _bundle(name, root, out) for name in names}
    try:
        client = Client(cluster, timeout="10s")
    except (OSError, ValueError, TimeoutError) as error:
        raise RunError(f"--dask: {cluster} cannot be reached: {error}") from None
    with client:
        others = [address for address, kit in client.run(kit_digest).items() if kit != kit_digest()]
        if others:
            raise RunError(f"--dask: {others[0]} has another version of the kit or of its packages; install the same")
        futures = {client.submit(_build_there, name, bundle, place, workers, docx, pure=False): name
                   for name, bundle in bundles.items()}  # fmt: skip
        for future in as_completed(futures):
            name = futures[future]
            packed, lines, built = future.result()
            _unpack(packed, root)
            for line in lines:
                progress(f"{name}: {line}")
            done[name] = _moved(built, Path(place), out)
    return done


def _moved(built: Build, before: Path, now: Path) -> Build:
    """A build whose files are named from another reports folder."""

    def place(path: Path) -> Path:
        return now / path.relative_to(before)

    pdf, html, explorer, *beside = map(place, (built.pdf, built.html, built.explorer, *built.beside))
    return replace(built, pdf=pdf, html=html, explorer=explorer, beside=tuple(beside))


def _bundle(name: str, root: Path, out: Path) -> bytes:
    """All files of the root that a build of a study reads, its last report among them."""
    from kit.build.study import read_study

    study, home = read_study(name, root), root.resolve()
    paths = [home / "params", home / "notebooks", out.resolve() / name]
    for job in jobs(study, root, out / name):
        paths += [
            path for key in PATHS if job.parameters.get(key) for path in matching(job.place / job.parameters[key])
        ]
    if study.contract:
        paths.append(home / study.contract)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", compresslevel=1) as archive:
        for path in dict.fromkeys(path.resolve() for path in paths if path.exists()):
            if home not in path.parents:
                raise StudyError(f"params/{name}.yaml: {path} is outside {home}, which is what workers get")
            archive.add(path, path.relative_to(home))
    return packed.getvalue()


def _build_there(name: str, bundle: bytes, place: str, workers: int, docx: bool) -> tuple[bytes, list[str], Build]:
    """Build a study from its bundle, on a worker, and pack its report's folder."""
    lines: list[str] = []
    with TemporaryDirectory(prefix="kit-study-") as folder:
        root = Path(folder).resolve()
        _unpack(bundle, root)
        try:
            built = build(name, root, root / place, workers, lines.append, docx)
        except KitError as error:
            raise type(error)(str(error).replace(f"{root}{os.sep}", "")) from None
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz", compresslevel=1) as archive:
            archive.add(root / place / name, Path(place) / name)
    shown = [line.replace(f"{root}{os.sep}", "") for line in lines]
    return packed.getvalue(), shown, _moved(built, root, Path())


def _unpack(packed: bytes, root: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as archive:
        archive.extractall(root, filter="data")  # nothing outside the root

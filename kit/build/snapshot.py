"""The evidence as it stood before a build changed it, kept under `reports/STUDY/earlier/` to be compared with.

While a build runs, a copy of what it found lies in `earlier.next/`, so that an interrupted build, too, is compared with
what stood before it. Once the evidence is made, the copy takes the place of `earlier/` if anything is different, and is
dropped if nothing is: building twice loses nothing.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kit.errors import ReportError

__all__ = ["begin", "keep_or_drop"]


def begin(folder: Path) -> None:
    """Copy a study's evidence aside, unless a build that did not end has left its copy."""
    with _writing(folder):
        if not _next(folder).exists() and _files(folder / "evidence"):
            shutil.copytree(folder / "evidence", _next(folder), ignore=shutil.ignore_patterns(".*"))


def keep_or_drop(folder: Path, names: set[str] | None = None) -> None:
    """Keep the copy as `earlier/` if one of the runs saved something else, or drop it.

    Args:
        names: Runs to look at, where not all are done yet; the copy is then kept aside as long as they are the same.

    Raises:
        ReportError: If the folder cannot be written, as `begin`.
    """
    before, now = _files(_next(folder)), _files(folder / "evidence")
    if not before:
        return
    with _writing(folder):
        if any(before.get(name) != now.get(name) for name in (names or before.keys() | now.keys())):
            shutil.rmtree(folder / "earlier", ignore_errors=True)
            _next(folder).rename(folder / "earlier")
        elif names is None:
            shutil.rmtree(_next(folder))


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ReportError(f"{folder}: the earlier evidence cannot be kept here: {error.strerror or error}") from None


def _next(folder: Path) -> Path:
    return folder / "earlier.next"


def _files(folder: Path) -> dict[str, bytes]:
    return {path.stem: path.read_bytes() for path in sorted(folder.glob("*.csv"))}

"""Studies by name: `params/mine.yaml` is the study `mine`. Light to import, since each command begins with a name."""

from pathlib import Path

__all__ = ["notebooks_folder", "study_name", "study_names"]


def study_names(params: Path) -> list[str]:
    """The studies in a `params` folder; a name with a dot in it, as in `mine.contract.yaml`, is something else."""
    return sorted(path.stem for path in params.glob("*.yaml") if "." not in path.stem)


def study_name(name: str, root: Path) -> str:
    """Return the name of a study that is given by name or by the path of its file: `params/mine.yaml` is `mine`."""
    path = Path(name)
    is_file = path.suffix == ".yaml" and path.resolve().parent == (root / "params").resolve()
    return path.stem if is_file else name


def notebooks_folder(root: Path) -> Path:
    """The notebooks of a folder of studies: its own, else those that come with the kit."""
    own = root / "notebooks"
    return own if own.is_dir() else Path(__file__).parents[1] / "notebooks"

"""Options and checks that several commands share."""

from datetime import UTC, datetime
from pathlib import Path

import click

from kit.errors import PriceError, StudyError

__all__ = ["at_home", "moment", "out_option", "workers_option"]

out_option = click.option(
    "--out", type=click.Path(path_type=Path), default=Path("reports"), show_default=True, help="The reports folder."
)

workers_option = click.option(
    "--workers", type=click.IntRange(1), default=2, show_default=True, help="Notebooks side by side."
)


def at_home() -> Path:
    """The folder of `params/` and `notebooks/`: the one that the command is run in.

    Raises:
        StudyError: If they are not here.
    """
    root = Path()
    if not (root / "params").is_dir() or not (root / "notebooks").is_dir():
        raise StudyError(f"{Path.cwd()}: no params/ and notebooks/ here; run this in the repository's root")
    return root


def moment(text: str, option: str = "--on") -> datetime:
    """The time in UTC that an option names, now if it is empty.

    Raises:
        PriceError: If it is not a date.
    """
    try:
        at = datetime.fromisoformat(text) if text else datetime.now(UTC)
        return (at.replace(tzinfo=UTC) if at.tzinfo is None else at).astimezone(UTC)
    except (ValueError, OverflowError):
        raise PriceError(f"{option}: {text!r} is not a date such as 2026-11-24 or 2026-11-24T02:00Z") from None

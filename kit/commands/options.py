"""Options and checks that several commands share."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from kit.errors import PriceError, StudyError

__all__ = ["NumberRange", "at_home", "moment", "out_option", "reports_folder", "workers_option"]


class NumberRange(click.FloatRange):
    """A number between two bounds; unlike click's range it takes no NaN, which passes every comparison."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the number, or fail in one line."""
        number = float(super().convert(value, param, ctx))
        if number != number:
            self.fail(f"{value!r} is not a number", param, ctx)
        return number


out_option = click.option(
    "--out", type=click.Path(path_type=Path), default=None, help="The reports folder, else reports/ beside params/."
)

workers_option = click.option(
    "--workers", type=click.IntRange(1), default=2, show_default=True, help="Notebooks side by side."
)


def at_home() -> Path:
    """The folder of the studies: the nearest, from here upward, that has a `params/`; relative where it is this one.

    Raises:
        StudyError: If there is none.
    """
    working = Path.cwd()
    for folder in (working, *working.parents):
        if (folder / "params").is_dir():
            return Path() if folder == working else folder
    raise StudyError(
        f"{working}: no params/ here or above; `kit new NAME --incumbent MODEL` makes one with a study in it"
    )


def reports_folder(out: Path | None, root: Path) -> Path:
    """The reports folder: the one that was named, else `reports/` beside the studies."""
    return out or root / "reports"


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

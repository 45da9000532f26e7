"""Compare the evidence of two folders: no figure may differ where only code or columns changed.

    python tools/compare_evidence.py reports/article/evidence /tmp/new/article/evidence [--columns]

Files must be byte-equal. With --columns the tables may have other columns and another order of rows, and the same rows
by subject, metric, value, interval, n, unit, source and date. Ends with 1 at the first difference in each file.
"""

import argparse
import csv
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

FIGURE = ("subject", "metric", "value", "low", "high", "n", "unit", "source", "as_of")


def differences(before: Path, after: Path, columns: bool) -> Iterator[str]:
    """Yield a line for each file that is missing, new or different."""
    files = [{path.name: path for path in folder.glob("*.csv")} for folder in (before, after)]
    for name in sorted(files[0].keys() | files[1].keys()):
        if name not in files[0] or name not in files[1]:
            yield f"{name}: only in {before if name in files[0] else after}"
        elif not columns and files[0][name].read_bytes() != files[1][name].read_bytes():
            yield f"{name}: differs"
        elif columns and (lost := figures(files[0][name]) - figures(files[1][name])):
            yield f"{name}: {sum(lost.values())} figures differ, such as {next(iter(lost))}"
        elif columns and (new := figures(files[1][name]) - figures(files[0][name])):
            yield f"{name}: {sum(new.values())} figures are new, such as {next(iter(new))}"


def figures(path: Path) -> Counter[tuple[str, ...]]:
    """Read the figures of one file as they are written, without regard to order."""
    with path.open(encoding="utf-8", newline="") as file:
        return Counter(tuple(row[column] for column in FIGURE) for row in csv.DictReader(file))


def main() -> None:
    """Compare two folders and print what differs."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("before", type=Path)
    options.add_argument("after", type=Path)
    options.add_argument("--columns", action="store_true", help="compare figures, not columns and order")
    given = options.parse_args()
    found = list(differences(given.before, given.after, given.columns))
    print("\n".join(found) or f"{given.before} and {given.after}: the same figures")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()

"""Hands out figures from the evidence and remembers which, so that a finding cites exactly what it rests on."""

from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from kit import evidence
from kit.decision import matchup

__all__ = ["Citations"]


@dataclass
class Citations:
    """Hands out figures from the evidence and remembers which."""

    table: pd.DataFrame
    day: date
    cited: list[pd.Series] = field(default_factory=list)

    def row(self, subject: str, metric: str, *sources: str) -> pd.Series | None:
        """The most trusted row, or None."""
        row = evidence.best(self.table, subject, metric, *sources)
        if row is not None:
            self.cited.append(row)
        return row

    def figure(self, subject: str, metric: str, *sources: str) -> float | None:
        """The most trusted value, or None."""
        row = self.row(subject, metric, *sources)
        return None if row is None else float(row["value"])

    def pair(self, first: str, second: str, metric: str, *sources: str) -> tuple[pd.Series, pd.Series] | None:
        """The rows of two subjects from the most trusted kind of evidence that has both, or None."""
        for source in (source for source in evidence.SOURCES if source in sources):
            rows = [evidence.best(self.table, subject, metric, source) for subject in (first, second)]
            if rows[0] is not None and rows[1] is not None:
                self.cited += rows
                return rows[0], rows[1]
        return None

    def against(self, first: str, second: str, metric: str) -> pd.Series | None:
        """The row that compares two models on the same items, measured or recorded, or None."""
        rows = matchup.rows_against(self.table, first, second, metric)
        rows = rows[rows["source"].isin(("measured", "recorded"))]
        self.cited += [rows.iloc[0]] if len(rows) else []
        return rows.iloc[0] if len(rows) else None

    def column(self, metric: str, *sources: str) -> pd.DataFrame:
        """All rows on a metric, largest value first."""
        rows = self.table[(self.table["metric"] == metric) & self.table["source"].isin(sources or evidence.SOURCES)]
        rows = rows.sort_values("value", ascending=False, kind="stable")
        self.cited += [row for _, row in rows.iterrows()]
        return rows

    def says(self, subject: str, metric: str) -> set[float]:
        """All values that published sources give; two if they disagree, none if they are silent."""
        rows = evidence.find(self.table, subject, metric, "published")
        self.cited += [row for _, row in rows.iterrows()]
        return set(rows["value"])

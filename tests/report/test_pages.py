"""No page of a report is less than half full, unless its chapter ends on it."""

from datetime import date
from itertools import pairwise
from pathlib import Path

import pypdf
import pytest

from kit.build.assemble import Chapter, export, merge

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
TOP, FOOT = 780.0, 60.0
"""Points from the foot of an A4 page: where its text begins, and where the page number stands."""


def filled(page):
    """Return how much of a page is filled, from its lowest line of text; a figure's caption stands below it."""
    heights = []
    page.extract_text(
        visitor_text=lambda text, cm, tm, *_: heights.append(cm[3] * tm[5] + cm[5]) if text.strip() else None
    )
    return (TOP - min(height for height in heights if height > FOOT)) / (TOP - FOOT)


@pytest.mark.parametrize("name", ["01_pricing", "02_workload", "11_decision"])
def test_pages_are_filled(name, tmp_path):
    """Each page but a chapter's last is filled to half or more: no figure that does not fit leaves a hole."""
    merged = merge([Chapter(NOTEBOOKS / f"{name}.ipynb")], title="Costs", subtitle="", as_of=date(2026, 11, 24))
    pdf, *_ = export(merged, tmp_path)
    reader = pypdf.PdfReader(pdf)
    first = min(reader.get_destination_page_number(mark) for mark in reader.outline if not isinstance(mark, list))
    chapter = list(range(first, len(reader.pages)))
    assert [] == [page + 1 for page, _ in pairwise(chapter) if filled(reader.pages[page]) < 0.5]

"""The brief stays at four pages and whole, whatever the candidates are called and however many there are."""

import re
from datetime import date

import nbformat
import pypdf
import pytest
from opened import opened

from kit import evidence
from kit.build.assemble import Chapter, export, merge
from kit.decision import named
from kit.evidence import Row, contender_row
from kit.stats import Estimate
from kit.text import plain

THEIRS = "gpt-4o"
LONG = "a-model-with-a-name-of-sixty-letters-and-then-some-more-of-it"

CASES = {
    "one candidate": ["glm-5"],
    "eight candidates, of which six have no quality to speak of": [f"worse-{n}" for n in range(6)] + ["kimi-k2.5", "x"],
    "names of sixty letters, Chinese and Arabic ones": [LONG, "通义千问", "文心一言四点五", "نموذج اللغة"],
    "hostile names": [
        "$x$", "$\\frac{1}{2}$ and $5", "<script>alert(1)</script>", "[a](javascript:x)", "#read(1)", "a\x1b[2Jb",
        "gpj.\u202eexe", "a|b|c `x` _y_",
    ],
}  # fmt: skip


def save(names, folder):
    """Recorded scores, differences, cost ratios and bills of made-up candidates."""
    ref, day = "items: made up", "2026-06-30"
    rows = [Row(THEIRS, "bill.month", 4000.0, "USD/month", "list", "2026-11-24", "a list", n=1_000_000)]

    def add(name, metric, figure, unit, against=""):
        rows.append(
            contender_row(f"{name}@recorded", metric, figure, unit, day, ref, 400, source="recorded", against=against)
        )

    add(THEIRS, "score.code", Estimate(80, 76, 84), "%")
    for number, name in enumerate(names):
        gap = -12.0 if name.startswith("worse") else 1.5 - number
        add(name, "score.code", Estimate(80 + gap, 75 + gap, 85 + gap), "%")
        add(name, "difference.code", Estimate(gap, gap - 4, gap + 4), "points", f"{THEIRS}@recorded")
        times = 0.1 * (number + 1)
        add(name, "times.cost.accepted", Estimate(times, 0.9 * times, 1.1 * times), "x", f"{THEIRS}@recorded")
        rows.append(Row(name, "bill.month", 400.0 + number, "USD/month", "list", "2026-11-24", "a list", n=1_000_000))
    evidence.save(evidence.frame(rows), folder, "facts")


@pytest.mark.parametrize("names", [pytest.param(names, id=case) for case, names in CASES.items()])
def test_brief(names, tmp_path):
    """Four pages at most come before the first chapter, and the first names every candidate whole."""
    save(names, tmp_path)
    book = opened(
        "11_decision", candidates=names, needs=["code"], evidence_dir=str(tmp_path), reads=["facts"], saves="decision"
    )
    nbformat.write(book, tmp_path / "11.ipynb")
    merged = merge([Chapter(tmp_path / "11.ipynb")], title="Should we move?", subtitle="", as_of=date(2026, 11, 24))
    pdf, html, *_ = export(merged, tmp_path)
    pages = ["".join(page.extract_text().split()) for page in pypdf.PdfReader(pdf).pages]
    assert 4 == next(number for number, page in enumerate(pages) if "1Shouldwemove" in page)
    assert ["Qualityagainstcost", "Whatwouldchangeit", "Method"] == [
        re.search("Qualityagainstcost|Whatwouldchangeit|Method", page)[0] for page in pages[1:4]
    ]
    whole = [
        named(name) for name in names if not re.search("[\u0600-\u06ff]", name)
    ]  # a PDF's Arabic is read back reversed
    assert [] == [name for name in whole if "".join(plain(name).split()) not in pages[0]]
    assert "<script>alert" not in html.read_text(encoding="utf-8")

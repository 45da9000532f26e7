"""A study is run once, and again only where something that went in has changed."""

import re
import subprocess
import sys

import pytest
from pypdf import PdfReader

from kit import evidence
from kit.build import runner
from kit.build import study as studies
from kit.errors import ReportError, RunError


@pytest.mark.parametrize(
    ("named", "given"),
    [
        pytest.param("synthetic", "synthetic", id="the kit's own by its name"),
        pytest.param("params/smoke.yaml", "../params/smoke.yaml", id="a file"),
        pytest.param("params/*.yaml", "../params/*.yaml", id="a pattern"),
    ],
)
def test_logs_are_named_from_the_root(root, named, given):
    """A study names its logs from the repository's root, and a notebook is told them from where it lies."""
    study = studies.read_study("smoke", root).model_copy(update={"log_from": named})
    job = next(job for job in runner.jobs(study, root, root / "reports" / "smoke") if job.name == "workload")
    assert given == job.parameters["log_from"]


def test_build_makes_both_files(workshop):
    """A build ends in a PDF and an HTML file that open with the verdict."""
    built = workshop.build()
    first = PdfReader(built.pdf).pages[0].extract_text()
    assert "The toy scores 20 for gpt-4o." in " ".join(first.split())
    assert "The toy scores 20 for gpt-4o." in re.sub("<[^>]+>", "", built.html.read_text())


def test_nothing_changed(workshop):
    """A second build runs no notebook and leaves the report alone."""
    before = workshop.build()
    stamp = before.pdf.stat().st_mtime_ns
    after = workshop.build()
    assert (before.ran, after.ran, after.unchanged) == (("one", "two"), (), ("one", "two"))
    assert after.pdf.stat().st_mtime_ns == stamp


def test_nothing_changed_at_a_glance(workshop):
    """`kit report` sees that nothing has changed without pandas, pydantic or the study's modules."""
    built = workshop.build()
    code = "import sys, kit.__main__ as m; m.main(standalone_mode=False); print(sorted({'pandas', 'pydantic', "
    code += "'numpy', 'kit.build.study', 'kit.catalog.checked'} & set(sys.modules)))"
    command = [sys.executable, "-c", code, "report", "tiny"]
    done = subprocess.run(command, cwd=workshop.root, capture_output=True, text=True, check=True)
    lines = [*(f"{run}: unchanged, not run again" for run in ("one", "two")), "report: unchanged, not made again"]
    files = {str(path.relative_to(workshop.root)) for path in (built.pdf, built.html)}
    said = done.stdout.splitlines()
    assert (lines, set(), "[]") == (said[:3], files - set(said), said[-1])


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param("params/tiny.yaml", id="the study"),
        pytest.param("notebooks/first.ipynb", id="a notebook"),
        pytest.param("reports/tiny/evidence/one.csv", id="evidence"),
        pytest.param("reports/tiny/decision.pdf", id="the report"),
        pytest.param("reports/tiny/notebooks/two.ipynb", id="an output"),
    ],
)
def test_changed_at_a_glance(workshop, changed):
    """Whatever went into a build or came out of it, a change of it is seen."""
    workshop.build()
    path = workshop.root / changed
    path.write_bytes(path.read_bytes() + b" ")
    assert None is runner.unchanged("tiny", workshop.root, workshop.out)


def test_folder_of_another(workshop):
    """What JupyterLab leaves beside an executed notebook is in nobody's way; what left the study goes."""
    notebooks = workshop.build().pdf.parent / "notebooks"
    (notebooks / ".ipynb_checkpoints").mkdir()
    (notebooks / "left.ipynb").touch()
    workshop.build()
    assert [".ipynb_checkpoints", "one.ipynb", "two.ipynb"] == sorted(path.name for path in notebooks.iterdir())


WAITS = """
import time
from kit.evidence import Row, frame, save
began = time.time()
time.sleep(0.3)
at = {"began": began, "ended": time.time()}
save(frame([Row("gpt-4o", name, end, "s", "measured", "2026", "toy") for name, end in at.items()]), evidence_dir, saves)
"""


@pytest.mark.parametrize(
    ("quiet", "apart"), [pytest.param(True, True, id="by itself"), pytest.param(False, False, id="beside the others")]
)
def test_quiet(workshop, quiet, apart):
    """A notebook that measures time runs before the others and by itself, wherever it stands; unless told otherwise."""
    workshop.notebook("waits", 'evidence_dir = ""\nsaves = ""', WAITS)
    workshop.notebook("times", 'quiet = True\nevidence_dir = ""\nsaves = ""', WAITS)
    workshop.study(runs={"a": {"notebook": "waits"}, "b": {"notebook": "times", "quiet": quiet}})
    workshop.build()
    at = {name: dict(zip(table["metric"], table["value"], strict=True)) for name in "ab"
          for table in [evidence.read(workshop.out / "tiny" / "evidence" / f"{name}.csv")]}  # fmt: skip
    assert apart == (at["b"]["ended"] <= at["a"]["began"])


def _another_factor(shop):
    shop.study(runs={"one": {"notebook": "first", "factor": 3}, "two": {"notebook": "second"}})


def _another_incumbent(shop):
    shop.study(incumbent="gpt-4o-mini")


def _another_cell(shop):
    shop.notebook("second", 'incumbent = ""\nevidence_dir = ""\nreads = []', "print('changed')")


def _another_title(shop):
    shop.study(title="Another title?")


def _lost_evidence(shop):
    (shop.out / "tiny" / "evidence" / "one.csv").unlink()


def _edited_output(shop):
    path = shop.out / "tiny" / "notebooks" / "two.ipynb"
    path.write_text(path.read_text().replace("20", "90"))


@pytest.mark.parametrize(
    ("change", "ran"),
    [
        pytest.param(
            _another_factor, ("one", "two"), id="a parameter runs its notebook and the readers of its evidence"
        ),
        pytest.param(_another_incumbent, ("two",), id="a key of the study runs the notebooks that ask for it"),
        pytest.param(_another_cell, ("two",), id="a changed cell runs its notebook"),
        pytest.param(_another_title, (), id="the title runs none"),
        pytest.param(
            _lost_evidence, ("one",), id="lost evidence is made again, and its readers see that it is the same"
        ),
        pytest.param(_edited_output, ("two",), id="an edited output is not trusted"),
    ],
)
def test_change(workshop, change, ran):
    """What is run again is what the change can reach, and --dry-run says so before."""
    workshop.build()
    change(workshop)
    asked = tuple(job.name for job, why in runner.pending("tiny", workshop.root, workshop.out) if why)
    assert set(asked) >= set(ran)
    assert workshop.build().ran == ran


def test_same_bytes_elsewhere(workshop, workshop_copy):
    """The same inputs give the same bytes in another folder."""
    one, other = workshop.build(), workshop_copy.build()
    assert one.pdf.read_bytes() == other.pdf.read_bytes()
    assert one.html.read_bytes() == other.html.read_bytes()


def test_failing_cell(workshop):
    """A failing cell names notebook, cell and the last line, keeps the half-run copy, and leaves the old report."""
    old = workshop.build().pdf.read_bytes()
    workshop.notebook(
        "second", 'incumbent = ""\nevidence_dir = ""\nreads = []', "x = 1", "raise ValueError('a\\nlast line')"
    )
    with pytest.raises(
        RunError, match=r"^two: second.ipynb, cell 4: ValueError: last line \(half-run copy: .*two.failed.ipynb\)$"
    ):
        workshop.build()
    assert (workshop.out / "tiny" / "notebooks" / "two.failed.ipynb").exists()
    assert (workshop.out / "tiny" / "decision.pdf").read_bytes() == old


def test_failure_stops_its_readers(workshop):
    """A notebook that reads from one that failed is not run, and says why."""
    workshop.notebook("first", 'factor = 1\nevidence_dir = ""\nsaves = ""', "1 / 0")
    with pytest.raises(RunError, match="two: not run, because one failed"):
        workshop.build()


def test_mended_failure_goes_on(workshop):
    """After the cure, only what had not run is run."""
    good = (workshop.root / "notebooks" / "second.ipynb").read_text()
    workshop.notebook("second", 'incumbent = ""\nevidence_dir = ""\nreads = []', "1 / 0")
    with pytest.raises(RunError):
        workshop.build()
    (workshop.root / "notebooks" / "second.ipynb").write_text(good)
    assert workshop.build().ran == ("two",)


def test_left_overs_are_cleared(workshop):
    """Evidence of a run that is no longer in the study does not linger."""
    workshop.build()
    workshop.study(runs={"other": {"notebook": "first"}})
    workshop.build()
    assert [file.name for file in (workshop.out / "tiny" / "evidence").iterdir()] == ["other.csv"]


def test_folder_that_cannot_be_written(workshop):
    """A reports folder that is a file is one clear line."""
    workshop.out.write_text("in the way")
    with pytest.raises(ReportError, match=r"cannot be written: .*; choose another folder with --out"):
        workshop.build()


def test_parallel_build_is_the_same(workshop, workshop_copy):
    """One notebook at a time or eight side by side make the same report."""
    one = runner.build("tiny", workshop.root, workshop.out, 1, lambda line: None)
    eight = runner.build("tiny", workshop_copy.root, workshop_copy.out, 8, lambda line: None)
    assert one.pdf.read_bytes() == eight.pdf.read_bytes()


@pytest.mark.weekly
def test_article_study_twice(article, tmp_path, root):
    """The article study gives the same bytes twice, in two places."""
    again = runner.build("article", root, tmp_path, progress=lambda line: None)
    assert again.pdf.read_bytes() == article.pdf.read_bytes()
    assert again.html.read_bytes() == article.html.read_bytes()


def test_committed_evidence_is_what_a_build_makes(article, root):
    """The evidence in the repository is the evidence that its study makes today."""
    made = {file.name: file.read_text() for file in (article.pdf.parent / "evidence").iterdir()}
    kept = {file.name: file.read_text() for file in (root / "reports" / "article" / "evidence").iterdir()}
    assert made == kept


def test_every_article_figure_is_in_the_report(article):
    """Each row that the article prints stands in the report's appendix."""
    from kit.catalog import article as printed

    html = article.html.read_text()
    missing = [row.id for row in printed.figures().itertuples() if row.id not in html]
    assert missing == []


def test_every_row_of_evidence_is_in_the_report(article):
    """Each row that a notebook saved stands in the report's appendix."""
    folder = article.pdf.parent / "evidence"
    html = article.html.read_text()
    rows = evidence.load(folder, [file.stem for file in folder.iterdir()])
    assert [id for id in rows["id"] if id not in html] == []


def test_unanswered_requests_run_again(workshop):
    """A run that says it lacks answers is run again, though nothing has changed, until it lacks none."""
    workshop.build()
    rows = evidence.read(workshop.out / "tiny" / "evidence" / "one.csv")
    lacking = evidence.Row("gpt-4o", evidence.UNANSWERED, 3, "requests", "measured", "2026-11-24", "requests x", n=12)
    evidence.save(evidence.frame([lacking]), workshop.out / "tiny" / "evidence", "one")
    why = {job.name: why for job, why in runner.pending("tiny", workshop.root, workshop.out)}
    assert "3 requests have no answer yet" == why["one"]
    assert None is runner.unchanged("tiny", workshop.root, workshop.out)
    assert "one" in workshop.build().ran
    assert len(rows) == len(evidence.read(workshop.out / "tiny" / "evidence" / "one.csv"))


def test_explorer(workshop):
    """A build leaves a page to browse all evidence, linked from the report, and writes it again only if it changed."""
    built = workshop.build()
    stamp = built.explorer.stat().st_mtime_ns
    assert '"score.toy"' in built.explorer.read_text()
    assert 'href="explorer.html"' in built.html.read_text()
    assert stamp == workshop.build().explorer.stat().st_mtime_ns

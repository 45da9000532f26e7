"""Studies that are built on a cluster are the same bytes as those that are built here."""

import pytest

from kit.build import asks_models, build_on_cluster, read_study
from kit.errors import RunError, StudyError

distributed = pytest.importorskip("distributed", reason="the extra [dask] is not installed")


@pytest.fixture(scope="module")
def cluster(request):
    """Two workers: in this process, and in processes of their own weekly."""
    apart = request.config.getoption("--weekly")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=apart, dashboard_address=None, protocol="tcp"
    ) as running:
        yield running.scheduler_address


def two_studies(shop):
    """Write `other` beside `tiny`, with another factor."""
    tiny = (shop.root / "params" / "tiny.yaml").read_text()
    (shop.root / "params" / "other.yaml").write_text(tiny.replace("factor: 2", "factor: 5"))


def files(folder):
    """Path -> bytes of all that is below a folder, but for the logs, which hold times."""
    found = sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".log")
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def test_same_bytes(workshop, workshop_copy, cluster):
    """Evidence, notebooks, report and what the build remembers are those of a build here; and so is a second look."""
    for shop in (workshop, workshop_copy):
        two_studies(shop)
    lines = []
    there = build_on_cluster(["tiny", "other"], workshop.root, workshop.out, cluster, 1, lines.append)
    done = workshop_copy.run("report", "tiny", "other", "--workers", "1")
    assert (0, {"tiny", "other"}) == (done.returncode, set(there))
    assert files(workshop_copy.out) == files(workshop.out)
    assert ("one", "two") == there["tiny"].ran
    assert 2 == len([line for line in lines if line.startswith("other: ") and " ran in " in line])
    again = workshop.run("report", "tiny", "other", "--dask", cluster)
    assert ["one: unchanged, not run again", "two: unchanged, not run again"] == again.stdout.splitlines()[:2]


def test_command(workshop, cluster):
    """`kit report --dask` runs what has changed on the workers, and names a failing cell as a build here does."""
    two_studies(workshop)
    done = workshop.run("report", "tiny", "--dask", cluster)
    assert (0, []) == (done.returncode, [line for line in done.stdout.splitlines() if "kit-study-" in line])
    assert {"reports/tiny/decision.pdf", "reports/tiny/decision.html"} < set(done.stdout.splitlines())
    workshop.notebook("first", 'factor = 1\nevidence_dir = ""\nsaves = ""', "1 / 0")
    done = workshop.run("report", "other", "--dask", cluster)
    assert (1, True) == (done.returncode, "cell 3: ZeroDivisionError: division by zero" in done.stderr)
    assert "kit-study-" not in done.stderr


def test_what_asks_is_built_here(root):
    """Calls are bound by rate limits, not by machines."""
    found = {name: asks_models(read_study(name, root)) for name in ("article", "gateway")}
    assert {"article": False, "gateway": True} == found


@pytest.mark.parametrize(
    ("out", "address", "error", "said"),
    [
        pytest.param("../elsewhere", "", StudyError, "choose one inside", id="a reports folder outside"),
        pytest.param("reports", "nowhere", RunError, "--dask: nowhere cannot be reached", id="no address"),
    ],
)
def test_mistakes(workshop, cluster, out, address, error, said):
    """What a cluster cannot do is told before anything is sent."""
    with pytest.raises(error, match=said):
        build_on_cluster(["tiny"], workshop.root, workshop.root / out, address or cluster, 1, print)

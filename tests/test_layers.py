"""The package as a whole: who imports whom, what is public, and what it costs to import."""

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from importlinter.api import read_configuration
from importlinter.cli import lint_imports
from places import ROOT

import kit

HERE = Path(kit.__file__).parent
PATHS = [path.relative_to(HERE).with_suffix("") for path in HERE.rglob("*.py")]
FILES = {".".join(path.parts).removesuffix(".__init__"): (HERE / path).with_suffix(".py") for path in PATHS}
MODULES = sorted(FILES)


def tree(module):
    return ast.parse(FILES[module].read_text(encoding="utf-8"))


def public(module):
    """The names that a module defines and that do not begin with an underscore."""
    names = set()
    for node in tree(module).body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {leaf.id for target in targets for leaf in ast.walk(target) if isinstance(leaf, ast.Name)}
    return {name for name in names if not name.startswith("_")}


def exported(module):
    """A module's `__all__`, read and not imported; a package that loads its names when asked lists them in its stub."""
    if (stub := FILES[module].with_suffix(".pyi")).exists():
        imports = [node for node in ast.parse(stub.read_text()).body if isinstance(node, ast.ImportFrom)]
        return sorted({alias.name for node in imports for alias in node.names})
    found = [node.value for node in tree(module).body if isinstance(node, ast.Assign)
             and any(isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets)]  # fmt: skip
    return ast.literal_eval(found[0])


def test_layers_hold(capsys, monkeypatch):
    """A module imports only what stands below it; import-linter says which import does not, if one does not."""
    monkeypatch.setattr("logging.config.dictConfig", lambda config: None)  # it would silence the kit's own loggers
    broken = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    assert (0, "0 broken") == (broken, "".join(re.findall(r"\d+ broken", capsys.readouterr().out)))


def test_layers_are_complete():
    """The contract leaves no module out: a new one that stands nowhere breaks it."""
    contracts = read_configuration(str(ROOT / "pyproject.toml"))["contracts_options"]
    assert [(["kit"], "layers", "True")] == [(c["containers"], c["type"], str(c["exhaustive"])) for c in contracts]


def test_design_draws_the_layers():
    """The rooms in docs/design.md stand in the order of the contract, and side by side where it has them so."""
    design = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    picture = next(line for line in design.split("\n\n") if line.startswith("`__main__` →"))
    layers = read_configuration(str(ROOT / "pyproject.toml"))["contracts_options"][0]["layers"]
    assert list(layers) == [layer.replace("`", "").strip() for layer in picture.replace("\n", " ").split("→")]
    rooms = {name.partition(".")[0] for name in MODULES} - {"__init__"}
    assert sorted(rooms) == sorted(re.findall(r"`(\w+)`", picture))


@pytest.mark.parametrize("module", MODULES)
def test_all_is_complete(module):
    """What a module defines without an underscore is in its `__all__`, or it should have one."""
    assert set() == public(module) - set(exported(module))


@pytest.mark.parametrize("module", [module for module in MODULES if module != "__main__"])
def test_all_is_there(module):
    """What a module's `__all__` names can be had from it."""
    found = importlib.import_module("kit" if module == "__init__" else f"kit.{module}")
    assert [] == [name for name in exported(module) if not hasattr(found, name)]


@pytest.mark.parametrize("module", MODULES)
def test_docstrings(module):
    """A module, and each public function, class and method in it, says what it does."""
    body = tree(module)
    things = [node for node in body.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    things = [node for node in things if not node.name.startswith("_")]
    classes = [node for node in things if isinstance(node, ast.ClassDef)]
    methods = [part for node in classes for part in node.body if isinstance(part, ast.FunctionDef)]
    methods = [part for part in methods if not part.name.startswith("_")]
    silent = [node.name for node in (*things, *methods) if not ast.get_docstring(node)]
    assert (True, []) == (bool(ast.get_docstring(body)), silent)


def uses(source):
    """(module, name) of all that a source takes out of the kit's modules, by import or by a dot."""
    body = ast.parse(source)
    aliases, taken = {}, set()
    for node in ast.walk(body):
        if isinstance(node, ast.ImportFrom) and node.module == "kit":
            aliases |= {alias.asname or alias.name: alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("kit."):
            module = node.module.removeprefix("kit.")
            inner = {alias.asname or alias.name: f"{module}.{alias.name}" for alias in node.names}
            aliases |= {name: inside for name, inside in inner.items() if inside in MODULES}
            taken |= {(module, alias.name) for alias in node.names if f"{module}.{alias.name}" not in MODULES}
    dots = [node for node in ast.walk(body) if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)]
    return taken | {(aliases[dot.value.id], dot.attr) for dot in dots if dot.value.id in aliases}


def not_exported(source):
    return sorted(f"{module}.{name}" for module, name in uses(source) if name not in exported(module))


@pytest.mark.parametrize("module", MODULES)
def test_modules_take_what_is_public(module):
    """A module uses of another only what is in its `__all__`."""
    assert [] == not_exported(FILES[module].read_text(encoding="utf-8"))


def from_the_depth(source, room=""):
    """Modules inside a room that a source outside of it imports, or imports from, past the room's public names."""
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, (ast.Import, ast.ImportFrom))]
    whole = [(alias.name, "") for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    parts = [(node.module, alias.name) for node in nodes if isinstance(node, ast.ImportFrom) and node.module
             for alias in node.names]  # fmt: skip
    deep = []
    for dotted, name in [*whole, *parts]:
        module = dotted.removeprefix("kit.") if dotted.startswith("kit.") else ""
        inside = f"{module}.{name}" if name and f"{module}.{name}" in MODULES else module
        if inside in MODULES and "." in inside and inside.partition(".")[0] != room:
            is_public = inside != module and name in exported(module)
            deep += [] if is_public or FILES[inside].name == "__init__.py" else [inside]
    return sorted(set(deep))


OUTSIDE = [path for folder in ("tools", "bench", "examples") for path in sorted((ROOT / folder).rglob("*.py"))]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def code_of(notebook):
    cells = nbformat.read(notebook, as_version=4).cells
    return "\n".join(cell.source for cell in cells if cell.cell_type == "code")


@pytest.mark.parametrize("module", MODULES)
def test_rooms_are_entered_by_their_door(module):
    """Code outside a room imports from the room's package, and of modules only those that it names as public."""
    room = module.partition(".")[0]
    assert [] == from_the_depth(FILES[module].read_text(encoding="utf-8"), room)


@pytest.mark.parametrize("path", OUTSIDE, ids=lambda path: str(path.relative_to(ROOT)))
def test_scripts_import_by_room(path):
    """Tools, benchmarks of speed and examples import from a room's package."""
    assert [] == from_the_depth(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_take_what_is_public(path):
    """A notebook imports by room, and uses only public names."""
    assert ([], []) == (from_the_depth(code_of(path)), not_exported(code_of(path)))


@pytest.mark.parametrize(
    ("source", "room", "deep"),
    [
        pytest.param("from kit.stats.paired import tango", "decision", ["stats.paired"], id="a name from the depth"),
        pytest.param("from kit.stats import paired", "decision", ["stats.paired"], id="a module that is not public"),
        pytest.param("import kit.stats.paired", "", ["stats.paired"], id="a module by its whole name"),
        pytest.param("from kit.stats import tango", "decision", [], id="a public name"),
        pytest.param("from kit.report import plots", "", [], id="a module that is public"),
        pytest.param("from kit.benchmarks.imports import read", "", [], id="a package inside a room"),
        pytest.param("from kit.stats.paired import tango", "stats", [], id="a sibling"),
        pytest.param("from kit.errors import KitError", "", [], id="a module at the root"),
    ],
)
def test_from_the_depth(source, room, deep):
    """The rule that the tests above hold everyone to."""
    assert deep == from_the_depth(source, room)


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        pytest.param("kit", {"pandas", "yaml", "genai_prices"}, id="the package alone takes nothing"),
        pytest.param(
            "kit.evidence", {"matplotlib", "genai_prices", "papermill", "openai"}, id="the table takes no plots"
        ),
        pytest.param("kit.report.plots", {"scipy.stats", "scipy.cluster", "statsmodels"}, id="plots take no densities"),
        pytest.param("kit.pricing.books", {"genai_prices.data", "matplotlib"}, id="books take no list until asked"),
    ],
)
def test_imports_stay_light(module, heavy):
    """A module takes no more than it needs with it."""
    code = f"import sys, {module}; print(*sorted(set({sorted(heavy)!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "" == done.stdout.strip()


HEAVY = ("pandas", "numpy", "scipy", "duckdb", "matplotlib", "IPython", "jupyter_client", "nbformat", "papermill")
"""What only a study needs; the base install does not have it."""


@pytest.mark.parametrize(
    "names",
    [
        pytest.param("from kit.service import Router, Meter", id="the router and the meter"),
        pytest.param("from kit import Router, Meter, connect, ask", id="the same by the package"),
        pytest.param("from kit import pricing, catalog; pricing.ListBook; catalog.models()", id="prices and models"),
    ],
)
def test_service_imports_nothing_of_a_study(names):
    """A service that meters, routes and prices calls does without what only notebooks and reports need."""
    seen = "sorted(name for name in HEAVY if sys.modules.get(name))"
    code = f"import sys\nHEAVY = {HEAVY}\nsys.modules |= dict.fromkeys(HEAVY)\n{names}\nprint({seen})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "[]\n" == done.stdout


def test_service_prices_a_call_without_a_study():
    """Usage becomes dollars where pandas and its like are not installed."""
    code = f"""
import sys
for name in {HEAVY}: sys.modules[name] = None
from datetime import UTC, datetime
from kit.pricing import ArticleBook, Usage, cost
print(cost(Usage(1_000_000, 0, 0), ArticleBook().rate("gpt-4o", datetime(2026, 11, 24, tzinfo=UTC))))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "2.5" == done.stdout.strip().rstrip("0")


@pytest.mark.parametrize(
    ("command", "heavy"),
    [
        pytest.param("['--help']", {*HEAVY, "pydantic", "genai_prices", "openai", "aiohttp"}, id="help"),
        pytest.param("['prices', 'gpt-4o']", {*HEAVY, "genai_prices", "openai", "aiohttp"}, id="prices"),
        pytest.param("['models', 'gpt-4o']", {*HEAVY, "genai_prices", "openai", "aiohttp"}, id="models"),
    ],
)
def test_commands_start_light(command, heavy):
    """A command that answers at once loads nothing that it does not use."""
    code = f"import sys, kit.__main__ as m; m.main({command}, standalone_mode=False)"
    code += f"; print(*{heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "" == done.stdout.splitlines()[-1].strip()


def test_service_starts_quickly():
    """Beside what openai takes by itself, router and meter take less than 0.4 s of processor time."""
    took = "before = time.process_time()\nfrom kit.service import Meter, Router\nprint(time.process_time() - before)"
    code = f"import time, openai\n{took}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 0.4

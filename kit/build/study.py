"""A study: one question, its contenders, margin and workload, and the notebooks that answer it. One YAML file each.

A fault in the file is told with its place and what would be right:
`params/smoke.yaml: incumbent: 'gpt4o' is not a model in the catalog; did you mean 'gpt-4o'?`
"""

import ast
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from math import inf
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from kit import benchmarks, catalog, client, pricing
from kit.build.study_files import notebooks_folder, study_names
from kit.catalog import article
from kit.decision import DIMENSIONS, LIMITS
from kit.errors import AskError, ItemError, KitError, PriceError, StudyError, near_miss
from kit.files import matching, read_yaml
from kit.pricing import workloads
from kit.replay import check_fields, read_plan
from kit.traffic import SHIPPED, check_ranges

__all__ = ["PROVIDED", "STUDY_NAME", "Load", "Run", "Study", "notebook_defaults", "read_study"]

PROVIDED = ("evidence_dir", "reads", "saves", "store", "earlier")
"""Notebook parameters that the runner sets; a study may not."""


def _dimension(name: str) -> None:
    if name not in DIMENSIONS:
        raise StudyError(f"{name!r} is not a dimension{near_miss(name, DIMENSIONS)}")


_MEANT: Mapping[str, Callable[[Any], object]] = {
    "baseline": catalog.model,
    **dict.fromkeys(("incumbent", "candidate", "rival"), lambda who: "@" in who or catalog.model(who)),
    "category": lambda name: name and benchmarks.published_benchmark(name),
    "printed": lambda ref: ref and article.printed(ref),
    "suite": lambda name: name and benchmarks.suite_category(name),
    "suites": lambda names: [*map(benchmarks.suite_category, names)],
    "also_priced": lambda names: [*map(catalog.model, names)],
    "judge": lambda model: model and client.read_contenders(model), "levers_between": check_ranges,
    "dimension": _dimension,
    "fields": check_fields, "replay": lambda written: read_plan(written, 1),
}  # fmt: skip
"""Notebook parameter -> what raises if a value means nothing, so that it is told before anything runs."""

_FILES = dict.fromkeys(("items_from", "recorded_from", "outcomes_from", "log_rules", "labelled_from",
                        "labelled_pairs_from", "probed_from"), ()) | {"log_from": tuple(SHIPPED)}  # fmt: skip
"""Notebook parameter that names a file, a folder or a pattern -> values that mean the kit's own."""

_LEAST = {"limit": 0, "shots": 0, "shuffled": 0, "per_endpoint": 1}
"""Notebook parameter that counts -> the least that it can be."""

STUDY_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Load(_Strict):
    """One kind of request of the workload: its share of the requests, tokens a request, cached share of the prompt."""

    share: Decimal = Field(ge=0, le=1)
    prompt: int = Field(ge=1, le=10**9, strict=True)
    output: int = Field(ge=0, le=10**9, strict=True)
    cached: Decimal = Field(ge=0, le=1)


class Run(BaseModel):
    """One notebook with its own parameters, which are all keys but these three.

    Attributes:
        title: Replaces the notebook's title in the report; needed where one notebook runs several times.
        first: Whether it opens the report, whenever it runs.
    """

    model_config = ConfigDict(extra="allow", frozen=True)
    notebook: str
    title: str | None = None
    first: bool = False

    @property
    def parameters(self) -> dict[str, Any]:
        """The run's own notebook parameters."""
        return dict(self.model_extra or {})


class Study(_Strict):
    """A validated study; the fields are the keys of its file. One that is None is needed by the notebooks that ask."""

    title: str = Field(min_length=1)
    subtitle: str = ""
    as_of: datetime
    incumbent: str | None = None
    candidates: list[str] | None = Field(None, min_length=1)
    baseline: str | None = None
    needs: list[str] | None = Field(None, min_length=1)
    margin: float | None = Field(None, gt=0, le=100, strict=True)
    limits: dict[str, float] = {}
    requests_per_month: int | None = Field(None, ge=1, le=10**12, strict=True)
    workload: dict[str, Load] | None = None
    contract: str = ""
    contenders: list[str | dict[str, Any]] = []
    requests_from: str | None = None
    log_from: str | None = None
    log_rules: str = ""
    budget_usd: str = ""
    runs: dict[str, Run] = Field(min_length=1)

    @field_validator("as_of")
    @classmethod
    def _zoned(cls, value: datetime) -> datetime:
        if value.tzinfo is None:
            raise ValueError("a time zone is missing, as in 2026-11-24T15:00:00Z")
        try:
            return value.astimezone(UTC)
        except OverflowError:
            raise ValueError(f"{value} is out of range") from None

    @field_validator("incumbent", "baseline")
    @classmethod
    def _known(cls, value: str | None) -> str | None:
        return None if value is None else catalog.model(value).id

    @field_validator("candidates")
    @classmethod
    def _all_known(cls, values: list[str] | None) -> list[str] | None:
        return None if values is None else _once([catalog.model(value).id for value in values])

    @field_validator("needs")
    @classmethod
    def _dimensions(cls, values: list[str] | None) -> list[str] | None:
        for value in values or ():
            try:
                _dimension(value)
            except StudyError as error:
                raise ValueError(str(error)) from None
        return None if values is None else _once(values)

    @field_validator("limits")
    @classmethod
    def _known_limits(cls, values: dict[str, float]) -> dict[str, float]:
        for name, value in values.items():
            if name not in LIMITS:
                raise ValueError(f"{name!r} is not a limit{near_miss(name, LIMITS)}; the kit knows {', '.join(LIMITS)}")
            if not 0 < value < (1 if name.endswith("_rate") else inf):
                right = "a share between 0 and 1, as 0.01" if name.endswith("_rate") else "a number above 0"
                raise ValueError(f"{name}: {value:g} is not {right}")
        return values

    @field_validator("runs")
    @classmethod
    def _file_names(cls, values: dict[str, Run]) -> dict[str, Run]:
        for name in values:
            if not STUDY_NAME.fullmatch(name) or name == "report":
                raise ValueError(f"{name!r} cannot name a run and its files; take small letters, digits and dashes")
        return values

    @field_validator("contenders")
    @classmethod
    def _callable(cls, values: list[str | dict[str, Any]]) -> list[str | dict[str, Any]]:
        client.read_contenders(*values)
        return values

    @field_validator("budget_usd")
    @classmethod
    def _money(cls, value: str) -> str:
        client.budget_amount(value)
        return value

    @model_validator(mode="after")
    def _sums(self) -> "Study":
        if self.workload is not None and self.requests_per_month is not None:
            workloads(self.requests_per_month, self.mix)
        if self.incumbent in (self.candidates or ()):
            raise ValueError(f"candidates: {self.incumbent!r} is the incumbent; it cannot be its own candidate")
        return self

    @property
    def mix(self) -> dict[str, dict[str, float]]:
        """The workload as plain numbers, as notebooks take it."""
        return {
            name: {
                "share": float(load.share),
                "prompt": load.prompt,
                "output": load.output,
                "cached": float(load.cached),
            }
            for name, load in (self.workload or {}).items()
        }

    def parameters(self) -> dict[str, Any]:
        """Return what a notebook may ask of the study, by the names that its parameters cell uses."""
        own = self.model_dump(exclude={"runs", "workload", "subtitle", "as_of"}, exclude_none=True)
        mix = {"workload": self.mix} if self.workload else {}
        return own | mix | {"as_of": self.as_of.strftime("%Y-%m-%dT%H:%MZ")}


def read_study(name: str, root: Path) -> Study:
    """Read and check `params/NAME.yaml` below `root`, and that its notebooks take the parameters it gives them.

    Raises:
        StudyError: In one line per fault.
    """
    known, place = study_names(root / "params"), f"params/{name}.yaml"
    if name not in known:
        message = f"{place} does not exist" if STUDY_NAME.fullmatch(name) else f"{name!r} is not a study's name"
        raise StudyError(f"{message}{near_miss(name, known)}")
    try:
        data = read_yaml(root / place)
    except ValueError as error:
        raise StudyError(f"{place}: {error}") from None
    if not isinstance(data, dict):
        raise StudyError(f"{place}: is empty or not a mapping; it needs the keys {', '.join(Study.model_fields)}")
    try:
        study = Study.model_validate(data)
    except ValidationError as error:
        faults = error.errors()
        # a key that is misspelt is a key that is missing too, which need not be said
        misspelt = [fault for fault in faults if fault["type"] == "extra_forbidden"]
        raise StudyError("\n".join(_line(place, fault) for fault in misspelt or faults)) from None
    _check_prices(place, study, root)
    _check_requests(place, study, root)
    for run_name, run in study.runs.items():
        _check_run(f"{place}: runs.{run_name}", run, study, root)
    return study


def notebook_defaults(notebook: Path) -> dict[str, Any]:
    """The parameters of a notebook and their default values, from its cell tagged `parameters`.

    Raises:
        StudyError: If it cannot be read, has no such cell, or a value is not a plain one.
    """
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        cell = next(cell for cell in cells if "parameters" in cell["metadata"].get("tags", ()))
        tree = ast.parse("".join(cell["source"]))
        return {
            node.targets[0].id: ast.literal_eval(node.value)  # type: ignore[attr-defined]
            for node in tree.body
            if isinstance(node, ast.Assign)
        }
    except StopIteration:
        raise StudyError(f"{notebook}: no cell is tagged 'parameters'") from None
    except (OSError, ValueError, KeyError, SyntaxError) as error:
        raise StudyError(f"{notebook}: cannot be read as a notebook: {error}") from None


def _once(values: list[str]) -> list[str]:
    if twice := [value for value in values if values.count(value) > 1]:
        raise ValueError(f"{twice[0]!r} is given twice")
    return values


def _check_prices(place: str, study: Study, root: Path) -> None:
    """The public list must know the study's date, and the contract, if there is one, must hold on it."""
    try:
        for model in catalog.models():
            pricing.ListBook().rate(model, study.as_of)
    except PriceError as error:
        raise StudyError(f"{place}: as_of: {error}") from None
    try:
        for book in pricing.shelf(str(root / study.contract) if study.contract else "")[2:]:
            book.rate(study.incumbent or next(iter(catalog.models())), study.as_of)
    except PriceError as error:
        raise StudyError(f"{place}: contract: {error}") from None


def _check_requests(place: str, study: Study, root: Path) -> None:
    try:
        if study.requests_from is not None:
            client.read_requests(client.requests_path(study.requests_from, root))
    except AskError as error:
        raise StudyError(f"{place}: requests_from: {str(error).removeprefix(f'{root}/')}") from None


def _check_run(place: str, run: Run, study: Study, root: Path) -> None:
    folder = notebooks_folder(root)
    path = folder / f"{run.notebook}.ipynb"
    known = [file.stem for file in folder.glob("*.ipynb")]
    if run.notebook not in known:
        raise StudyError(f"{place}: notebooks/{run.notebook}.ipynb does not exist{near_miss(run.notebook, known)}")
    takes = {key: value for key, value in notebook_defaults(path).items() if key not in PROVIDED}
    lacking = set(takes) & set(Study.model_fields) - set(study.parameters()) - set(run.parameters)
    if lacking:
        raise StudyError(f"{place}: notebooks/{path.name} asks for {min(lacking)!r}; add this key to the study")
    if "contenders" in run.parameters:
        raise StudyError(f"{place}: 'contenders' is a key of the study, not of a run")
    for key, value in (study.parameters() | run.parameters).items():
        if key in _FILES and key in takes and value not in ("", *_FILES[key]) and not matching(root / value):
            raise StudyError(f"{place}: {key}: {value} does not exist; paths are from the repository's root")
    for key, value in run.parameters.items():
        if key not in takes:
            raise StudyError(f"{place}: {key!r} is not a parameter of notebooks/{path.name}{near_miss(key, takes)}")
        if type(value) not in ({float, int} if isinstance(takes[key], float) else {type(takes[key])}):
            raise StudyError(f"{place}: {key}: {value!r} is not of the type of the default, {takes[key]!r}")
        if key in _LEAST and value < _LEAST[key]:
            raise StudyError(f"{place}: {key}: {value} is below {_LEAST[key]}")
        try:
            _MEANT.get(key, str)(value)
            if key == "contract":
                pricing.shelf(value and str(root / value))
        except KitError as error:
            raise StudyError(f"{place}: {key}: {error}") from None
    if "suite" in takes:
        try:
            _check_suite(place, takes | study.parameters() | run.parameters, root)
        except ItemError as error:
            raise StudyError(f"{place}: {error}") from None
    if run.parameters.get("suites") and not run.parameters.get("recorded_from"):
        _check_pair(place, run.parameters, study)


def _check_suite(place: str, how: Mapping[str, Any], root: Path) -> None:
    """A suite must be of the run's category, and have somebody to be put to."""
    if not how.get("suite"):
        return
    if (category := benchmarks.suite_category(how["suite"])) != how.get("category", category):
        raise StudyError(f"{place}: suite: {how['suite']} is of the category {category}, not {how['category']}")
    if not how.get("contenders") and not how.get("recorded_from"):
        raise StudyError(f"{place}: suite: {how['suite']} is put to nobody; name contenders, such as gpt-4o@gateway")
    if how["suite"] == "own":
        benchmarks.read_suite("own", str(root / how["items_from"]) if how.get("items_from") else "", shots=how["shots"])
    if how["suite"] == "kit-long":
        benchmarks.context_lengths(how.get("window", 0))


def _check_pair(place: str, pair: Mapping[str, Any], study: Study) -> None:
    """Both sides of a matchup that is to be measured must be contenders, since they are asked."""
    known = [contender.id for contender in client.read_contenders(*study.contenders)]
    for key in ("candidate", "rival"):
        try:
            client.resolve_contender(pair.get(key, ""), known)
        except AskError as error:
            raise StudyError(f"{place}: {key}: {error}") from None
    if odd := [name for name, limit in pair["suites"].items() if type(limit) is not int or limit < 0]:
        raise StudyError(f"{place}: suites: {odd[0]}: give the number of items to draw, 0 for all")


def _line(place: str, fault: Any) -> str:
    where = ".".join(str(part) for part in fault["loc"])
    message = fault["msg"].removeprefix("Value error, ").removeprefix(f"{where}: ")
    if fault["type"] == "extra_forbidden":
        known = Load.model_fields if len(fault["loc"]) > 1 else Study.model_fields
        return f"{place}: {where!r} is not a key of a study{near_miss(str(fault['loc'][-1]), known)}"
    if fault["type"] == "missing":
        return f"{place}: {where} is missing"
    if fault["type"] == "value_error":
        return f"{place}: {where}: {message}" if where else f"{place}: {message}"
    return f"{place}: {where}: {fault['input']!r}: {message[0].lower()}{message[1:]}"

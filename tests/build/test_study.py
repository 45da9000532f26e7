"""A study file is checked before anything runs."""

import re
from contextlib import nullcontext

import pytest

from kit.build import study, study_files
from kit.errors import StudyError


def test_article_study_is_valid(root):
    """The study that ships reads without a fault."""
    read = study.read_study("article", root)
    assert read.incumbent == "gpt-4o"


LOAD = {"share": 1, "prompt": 100, "output": 10, "cached": 0}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param(
            {"incumbent": "gpt4o"},
            "incumbent: 'gpt4o' is not a model in the catalog; did you mean 'gpt-4o'?",
            id="an unknown model is told with the nearest one",
        ),
        pytest.param(
            {"candidates": ["kimi-k2.5", "glm5"]},
            "candidates: 'glm5' is not a model in the catalog; did you mean 'glm-5'?",
            id="an unknown candidate too",
        ),
        pytest.param(
            {"candidates": ["gpt-4o"]},
            "'gpt-4o' is the incumbent; it cannot be its own candidate",
            id="the incumbent is no candidate",
        ),
        pytest.param(
            {"margn": 3},
            "'margn' is not a key of a study; did you mean 'margin'?",
            id="an unknown key is told with the nearest one",
        ),
        pytest.param(
            {"margin": "wide"},
            "margin: 'wide': input should be a valid number",
            id="a wrong type is told with its value",
        ),
        pytest.param(
            {"limits": {"error_rat": 0.1}},
            "limits: 'error_rat' is not a limit; did you mean 'error_rate'?",
            id="a limit that the kit does not know",
        ),
        pytest.param(
            {"limits": {"error_rate": 5}},
            "limits: error_rate: 5 is not a share between 0 and 1",
            id="a rate in percent",
        ),
        pytest.param({"margin": -1}, "margin: -1: input should be greater than 0", id="a margin is above 0"),
        pytest.param(
            {"incumbent": None},
            "runs.two: notebooks/second.ipynb asks for 'incumbent'; add this key to the study",
            id="a key that a notebook asks for is named",
        ),
        pytest.param(
            {"contenders": ["gpt-4o@gatway"]},
            "contenders: 'gatway' is not a provider; did you mean 'gateway'?",
            id="an unknown provider",
        ),
        pytest.param(
            {"contenders": ["gpt-4o", "gpt-4o"]}, "contenders: 'gpt-4o@openai' is listed twice", id="a contender twice"
        ),
        pytest.param(
            {"requests_from": "artcle"},
            "requests_from: artcle: does not exist; did you mean 'article'?",
            id="requests that are not there",
        ),
        pytest.param(
            {"needs": ["generl"]}, "'generl' is not a dimension; did you mean 'general'?", id="an unknown dimension"
        ),
        pytest.param(
            {"as_of": "2026-11-24T15:00:00"}, "as_of: a time zone is missing", id="an hour without a time zone"
        ),
        pytest.param(
            {"as_of": "yesterday"}, "as_of: 'yesterday': input should be a valid datetime", id="a date that is none"
        ),
        pytest.param(
            {"as_of": "2026-03-01T00:00:00Z"},
            "as_of: deepseek-v4-flash: no price on 2026-03-01: it was released on 2026-04-24",
            id="a date before every known price",
        ),
        pytest.param(
            {"as_of": "2031-03-01T00:00:00Z"},
            "as_of: 2031-03-01 is more than 45 days after the newest price known to genai-prices",
            id="a date after every known price",
        ),
        pytest.param({"candidates": []}, "candidates: []: list should have at least 1 item", id="no candidate"),
        pytest.param({"needs": []}, "needs: []: list should have at least 1 item", id="no need"),
        pytest.param({"contract": "nowhere.yaml"}, "nowhere.yaml: cannot be read", id="a contract that is not there"),
        pytest.param(
            {"workload": {"chat": LOAD | {"share": 0.9}}},
            "the shares sum to 0.9, not 1 (chat)",
            id="a mix that does not sum to 1",
        ),
        pytest.param(
            {"workload": {"chat": LOAD | {"promt": 3}}},
            "'workload.chat.promt' is not a key of a study; did you mean 'prompt'?",
            id="an unknown key of a workload",
        ),
        pytest.param(
            {"workload": {"chat": LOAD | {"prompt": 0}}},
            "workload.chat.prompt: 0: input should be greater than or equal to 1",
            id="a request without a prompt",
        ),
        pytest.param(
            {"runs": {"one": {"notebook": "frist"}}},
            "runs.one: notebooks/frist.ipynb does not exist; did you mean 'first'?",
            id="a missing notebook",
        ),
        pytest.param({"title": ""}, "title: ''", id="no title"),
        pytest.param({"margin": True}, "margin: True: input should be a valid number", id="yes is not 1"),
        pytest.param({"candidates": ["glm-5", "glm-5"]}, "'glm-5' is given twice", id="a candidate given twice"),
        pytest.param({"requests_per_month": 10**400}, "requests_per_month: 1000", id="more than there can be"),
        pytest.param({"as_of": "0001-01-01T00:00:00+14:00"}, "is out of range", id="an hour before the first"),
        pytest.param({"runs": {"../x": {"notebook": "first"}}}, "'../x' cannot name a run", id="a run that leaves"),
        pytest.param({"runs": {"": {"notebook": "first"}}}, "'' cannot name a run", id="a run without a name"),
        pytest.param({"runs": {"report": {"notebook": "first"}}}, "'report' cannot name a run", id="a name in use"),
        pytest.param(
            {"runs": {"one": {"notebook": "../notebooks/first"}}},
            "notebooks/../notebooks/first.ipynb does not exist",
            id="a notebook elsewhere",
        ),
        pytest.param(
            {"runs": {"one": {"notebook": "first", "facto": 2}}},
            "runs.one: 'facto' is not a parameter of notebooks/first.ipynb; did you mean 'factor'?",
            id="a parameter that the notebook does not take",
        ),
        pytest.param(
            {"runs": {"one": {"notebook": "first", "factor": "two"}}},
            "runs.one: factor: 'two' is not of the type of the default, 1",
            id="a parameter of another type",
        ),
        pytest.param(
            {"runs": {"one": {"notebook": "first", "saves": "x"}}},
            "'saves' is not a parameter of notebooks/first.ipynb",
            id="a parameter that only the runner sets",
        ),
    ],
)
def test_fault(workshop, changes, said):
    """Each fault is one line that names the file and says what would be right."""
    workshop.study(**changes)
    with pytest.raises(StudyError) as caught:
        study.read_study("tiny", workshop.root)
    assert str(caught.value).startswith("params/tiny.yaml: ")
    assert "\n" not in str(caught.value)
    assert said in str(caught.value)


def test_unknown_study(workshop):
    """A study that does not exist is told with the nearest one."""
    with pytest.raises(StudyError, match=r"params/tyni.yaml does not exist; did you mean 'tiny'\?"):
        study.read_study("tyni", workshop.root)


@pytest.mark.parametrize("name", ["../params/tiny", "params/tiny", "..", "", "tiny.yaml", "a\0b", "a" * 300])
def test_study_elsewhere(workshop, name):
    """A study is a name, not a path: a report is never written outside the reports folder."""
    with pytest.raises(StudyError, match=r"is not a study's name; [^\n]+$"):
        study.read_study(name, workshop.root)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        pytest.param("rival", "gpt4o", "'gpt4o' is not a model in the catalog; did you mean 'gpt-4o'", id="a model"),
        pytest.param("category", "cod", "'cod' is not a benchmark category; did you mean 'code'", id="a category"),
        pytest.param("printed", "T9", "'T9' is not a table of the article; did you mean 'T", id="a table"),
        pytest.param("judge", "gpt-4o@nowhere", "'nowhere' is not a provider", id="a judge whom nobody can ask"),
        pytest.param("per_endpoint", 0, "0 is below 1", id="a sample of none"),
        pytest.param("levers_between", {"cachd": [0, 1]}, "levers: 'cachd' is not a lever; did you mean 'cached'",
                     id="a lever"),
        pytest.param("contract", "nowhere.yaml", "[^ ]*nowhere.yaml: cannot be read", id="a run's own contract"),
    ],
)  # fmt: skip
def test_meaningless_parameter(workshop, key, value, said):
    """A parameter that means nothing is told before anything runs."""
    workshop.notebook("first", f"{key} = {type(value)()!r}\nsaves = ''")
    workshop.study(runs={"one": {"notebook": "first", key: value}})
    with pytest.raises(StudyError, match=f"^params/tiny.yaml: runs.one: {key}: {said}"):
        study.read_study("tiny", workshop.root)


def test_misspelt_key(workshop):
    """A key that is misspelt is one fault, not two."""
    path = workshop.root / "params" / "tiny.yaml"
    path.write_text(path.read_text().replace("margin:", "margn:"))
    with pytest.raises(StudyError, match=r"^params/tiny.yaml: 'margn' is not a key[^\n]*did you mean 'margin'\?$"):
        study.read_study("tiny", workshop.root)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("as_of: 2026-13-24", id="a month that there is not"),
        pytest.param("margin: " + "9" * 5000, id="a number without end"),
        pytest.param("[" * 5000, id="a list without end"),
        pytest.param("margin: 1\nmargin: 2", id="a key given twice"),
        pytest.param("", id="an empty file"),
        pytest.param("a: [", id="a file that is not YAML"),
        pytest.param("- a\n- b", id="a list"),
        pytest.param("\x00", id="control characters"),
    ],
)
def test_unreadable(workshop, text):
    """A file that is no study at all is one line too."""
    (workshop.root / "params" / "tiny.yaml").write_text(text)
    with pytest.raises(StudyError, match=r"^params/tiny.yaml: [^\n]+$"):
        study.read_study("tiny", workshop.root)


def test_several_faults(workshop):
    """Two faults are two lines."""
    workshop.study(incumbent="gpt4o", margin=-1)
    with pytest.raises(StudyError) as caught:
        study.read_study("tiny", workshop.root)
    assert len(str(caught.value).splitlines()) == 2


def test_notebook_without_parameters(workshop):
    """A notebook without a parameters cell cannot be run by a study."""
    (workshop.root / "notebooks" / "first.ipynb").write_text('{"cells": []}')
    with pytest.raises(StudyError, match="no cell is tagged 'parameters'"):
        study.read_study("tiny", workshop.root)


def test_names_leave_out_contracts(workshop):
    """A contract beside the studies is not taken for one."""
    (workshop.root / "params" / "mine.contract.yaml").write_text("prices: {}")
    assert study_files.study_names(workshop.root / "params") == ["tiny"]


@pytest.mark.parametrize(
    ("run", "study_keys", "said"),
    [
        pytest.param({"suite": "kit-genral"}, {}, "suite: 'kit-genral' is not a suite; did you mean", id="a slip"),
        pytest.param({"suite": "kit-code"}, {}, "kit-code is of the category code, not general", id="another category"),
        pytest.param({"suite": "kit-general"}, {}, "kit-general is put to nobody; name contenders", id="nobody to ask"),
        pytest.param(
            {"suite": "kit-general", "limit": -1}, {"contenders": ["gpt-4o"]}, "limit: -1 is below 0", id="minus"
        ),
        pytest.param(
            {"suite": "kit-long", "category": "long"}, {"contenders": ["gpt-4o"]},
            "runs.one: kit-long: window: is not given; name the tokens of its longest request", id="no window",
        ),
        pytest.param(
            {"items_from": "no/where"}, {}, "items_from: no/where does not exist", id="files that are not there"
        ),
        pytest.param({}, {"budget_usd": "two"}, "budget: 'two' is not an amount in USD", id="a budget in words"),
    ],
)  # fmt: skip
def test_measuring(workshop, run, study_keys, said):
    """What a study would measure is checked before anything is asked."""
    cell = 'category = "general"\nsuite = ""\nitems_from = ""\nlimit = 0\nsaves = ""\nevidence_dir = ""'
    workshop.notebook("first", cell, "print(1)")
    workshop.study(runs={"one": {"notebook": "first", **run}}, **study_keys)
    with pytest.raises(StudyError) as caught:
        study.read_study("tiny", workshop.root)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("named", "fault"),
    [
        pytest.param("synthetic", "", id="the kit's own"),
        pytest.param("params/*.yaml", "", id="a pattern"),
        pytest.param("logs/*.csv", "log_from: logs/*.csv does not exist", id="a pattern of nothing"),
        pytest.param("/", "log_from: / does not exist", id="the whole disk"),
    ],
)
def test_log(workshop, named, fault):
    """A log that a study names is there, before anything runs."""
    workshop.notebook("first", 'log_from = "synthetic"\nsaves = ""\nevidence_dir = ""', "print(1)")
    workshop.study(runs={"one": {"notebook": "first"}}, log_from=named)
    with pytest.raises(StudyError, match=re.escape(fault)) if fault else nullcontext():
        study.read_study("tiny", workshop.root)


TWO = {"contenders": ["gpt-4o@gateway", "glm-5@gateway", "glm-5@zhipu"]}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        pytest.param({}, None, id="two contenders"),
        pytest.param({"rival": "gpt-4o"}, None, id="a model that only one contender runs"),
        pytest.param({"candidate": "glm-5"}, "'glm-5' could be glm-5@gateway or glm-5@zhipu", id="one of two"),
        pytest.param({"rival": "gpt-4o@opnai"}, "rival: 'gpt-4o@opnai' is not among the contenders", id="none of them"),
        pytest.param({"suites": {"kit-cod": 2}}, "suites: 'kit-cod' is not a suite; did you mean", id="a slip"),
        pytest.param({"suites": {"kit-code": "all"}}, "suites: kit-code: give the number of items", id="no number"),
        pytest.param({"suites": {}, "candidate": "glm5"}, "candidate: 'glm5' is not a model", id="else a model"),
        pytest.param({"printed": "T9"}, "printed: 'T9' is not a table of the article", id="a table that is none"),
    ],
)
def test_pair(workshop, given, said):
    """A matchup that is to be measured is between contenders of the study, which is told before anything runs."""
    cell = 'printed = ""\ncandidate = ""\nrival = ""\nsuites = {}\nevidence_dir = ""\nsaves = ""'
    workshop.notebook("first", cell, "pass")
    asked = {"notebook": "first", "candidate": "glm-5@zhipu", "rival": "gpt-4o@gateway", "suites": {"kit-code": 2}}
    workshop.study(runs={"one": asked | given}, **TWO)
    with nullcontext() if said is None else pytest.raises(StudyError, match=re.escape(said)):
        study.read_study("tiny", workshop.root)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        pytest.param("mine", "mine", id="a name"),
        pytest.param("params/mine.yaml", "mine", id="the path of its file"),
        pytest.param("./params/../params/mine.yaml", "mine", id="a roundabout path of it"),
        pytest.param("other/mine.yaml", "other/mine.yaml", id="a file elsewhere is no study"),
        pytest.param("mine.yaml", "mine.yaml", id="a file beside params is no study"),
        pytest.param("params/mine.contract.yaml", "mine.contract", id="a contract is refused by its name later"),
    ],
)
def test_name_of(tmp_path, monkeypatch, given, name):
    """A study may be given by the path of its file."""
    monkeypatch.chdir(tmp_path)
    assert name == study_files.study_name(given, tmp_path)

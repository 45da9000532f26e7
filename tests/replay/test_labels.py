"""Labels: read from a file, given to their requests, and refused in one line if the file is malformed."""

import json

import pandas as pd
import pytest

from kit import replay
from kit.errors import AskError, ItemError
from kit.traffic import Traffic


def call(text):
    """One logged call of the endpoint `triage`."""
    request = json.dumps({"messages": [{"role": "user", "content": text}], "model": "gpt-4o"})
    return {"at": "2026-10-01 10:00", "endpoint": "triage", "request": request, "logged": "gpt-4o", "prompt": 10,
            "output": 5}  # fmt: skip


def traffic(*calls):
    return Traffic.of(pd.DataFrame(list(calls)), {"gpt-4o": "gpt-4o"})


@pytest.mark.parametrize("name", ["keys.csv", "keys.jsonl"])
def test_labels(tmp_path, name):
    """A person's label goes with its request; labels of other requests are counted."""
    log = traffic(call("a"), call("b"))
    one, other = (logged.request.id for logged in replay.sample(log, 5, 0).logged)
    lines = {
        "keys.csv": f'request,key\n{one},billing\n{other},"{{""queue"": ""finance""}}"\nx/00000000,no\n',
        "keys.jsonl": f'{{"request": "{one}", "key": "billing"}}\n'
        f'{{"request": "{other}", "key": {{"queue": "finance"}}}}\n'
        '{"request": "x/00000000", "key": "no"}\n',
    }
    (tmp_path / name).write_text(lines[name])
    found = replay.sample(log, 5, 0, str(tmp_path / name))
    assert ({one: "billing", other: {"queue": "finance"}}, 1) == (
        {logged.request.id: logged.key for logged in found.logged}, found.unused
    )  # fmt: skip
    assert found.explanation.endswith("Labels of people: 2 of these, 1 of others.")


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        pytest.param("request,key\n,a\n", ItemError, "row 1: no request", id="no request"),
        pytest.param("id,key\nx,a\n", ItemError, "row 1: no request", id="no such column"),
        pytest.param("request,key\nx/1,\n", ItemError, "row 1: x/1: the key must be words", id="no key"),
        pytest.param("request,key\nx/1,a\nx/1,b\n", ItemError, "row 2: x/1 is labelled twice", id="two keys"),
        pytest.param("request,key\nx/1\n", ItemError, "row 1: 1 fields", id="half a row"),
        pytest.param("request,key\n", ItemError, "it holds no rows", id="no rows"),
        pytest.param(
            "request,key\nx/1,a\n",
            AskError,
            "none of its 1 labels is of a request drawn, such as 'triage/",
            id="others",
        ),
    ],
)
def test_malformed_labels(tmp_path, text, error, said):
    """A file of labels that is not laid out as one is told in a line, with its place."""
    (tmp_path / "keys.csv").write_text(text)
    with pytest.raises(error) as caught:
        replay.sample(traffic(call("a")), 5, 0, str(tmp_path / "keys.csv"))
    assert said in str(caught.value)
    assert (True, False) == ("keys.csv" in str(caught.value), "\n" in str(caught.value))

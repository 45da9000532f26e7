"""A user's mistake ends in a line, never in a traceback: files of valid settings with one place changed at a time.

`nox -s fuzz` runs it with the same seed each time, `nox -s fuzz -- --hypothesis-seed=random fuzz` with a fresh one; it
is no part of `nox -s tests`.
"""

import copy
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit import client
from kit.build import study
from kit.errors import KitError
from kit.pricing import ContractBook
from kit.service import Policy
from kit.traffic.formats import Rules

ROOT = Path(__file__).parents[1]

ODD = ["", " ", "50", "-1", "nan", "inf", "yes", "null", "1e999", "gpt-4o", "x" * 300, "a\nb", "\x00", "$a$b", "=1+1"]
WORDS = st.sampled_from([*ODD, "../..", "/", "2026-13-01", "2026-02-30", "{}", "[]", "é", "\u202e", "\U0001f600"])
SCALARS = st.none() | st.booleans() | st.integers(-3, 10**20) | st.floats() | WORDS | st.dates()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(WORDS, inner, max_size=2), max_leaves=4
)
TAGS = st.sampled_from(
    ["", "!!set {a, b}", "!!bool x", "!!binary x", "!!python/object:os.system x", "&a [*a]", "? [1, 2]\n: 3", "\t- x"]
)


def places(data, at=()):
    """The path of every node in nested mappings and lists."""
    yield at
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, inner in items:
        yield from places(inner, (*at, key))


def changed(data, place, value, rename):
    """A copy with another value, or another key, at one place."""
    if not place:
        return value
    made = copy.deepcopy(data)
    holder = made
    for key in place[:-1]:
        holder = holder[key]
    if rename and isinstance(holder, dict):
        holder[str(value)] = holder.pop(place[-1])
    else:
        holder[place[-1]] = value
    return made


def read_study(path):
    """Read a study in a repository of its own, with the notebooks of this one."""
    root = path.parent.parent
    if not (root / "notebooks").exists():
        (root / "notebooks").symlink_to(ROOT / "notebooks")
    study.read_study(path.stem, root)


READERS = {
    "a study": (ROOT / "params" / "smoke.yaml", read_study),
    "the article's study": (ROOT / "params" / "article.yaml", read_study),
    "a contract": (ROOT / "params" / "contract.example.yaml", ContractBook.read),
    "rules for logs": (ROOT / "params" / "logs.example.yaml", Rules.read),
    "a policy": (ROOT / "kit" / "data" / "policy.yaml", Policy.read),
    "requests": (ROOT / "kit" / "data" / "requests" / "article.yaml", client.read_requests),
}


def refused_in_one_line(read, path):
    """Read a file; what is refused is refused by the kit, a line for each fault."""
    try:
        read(path)
    except KitError as error:
        assert all(line.strip() for line in str(error).splitlines()), error


QUIET = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("what", READERS)
def test_one_change(tmp_path_factory, what):
    """One value or key of a valid file is another."""
    source, read = READERS[what]
    data = yaml.safe_load(source.read_text(encoding="utf-8"))
    path = tmp_path_factory.mktemp("fuzz") / "params" / "mine.yaml"
    path.parent.mkdir()

    @QUIET
    @given(st.sampled_from(sorted(places(data), key=str)), VALUES, st.booleans())
    def one(place, value, rename):
        path.write_text(yaml.safe_dump(changed(data, place, value, rename), allow_unicode=True), encoding="utf-8")
        refused_in_one_line(read, path)

    one()


@pytest.mark.parametrize("what", READERS)
def test_odd_yaml(tmp_path_factory, what):
    """One line of a valid file is cut, doubled, or followed by YAML that few write."""
    source, read = READERS[what]
    lines = source.read_text(encoding="utf-8").splitlines()
    path = tmp_path_factory.mktemp("fuzz") / "params" / "mine.yaml"
    path.parent.mkdir()

    @QUIET
    @given(st.integers(0, len(lines) - 1), st.integers(0, 40), TAGS, st.booleans())
    def one(number, cut, tag, double):
        line = lines[number]
        made = [*lines[:number], line[: min(cut, len(line))] + tag, *([line] if double else []), *lines[number + 1 :]]
        path.write_text("\n".join(made), encoding="utf-8")
        refused_in_one_line(read, path)

    one()


@pytest.mark.parametrize("read", [client.read_contenders, Policy.read], ids=["a contender", "a policy"])
def test_any_value(read):
    """Where a contender or a policy is wanted, anything may stand."""

    @QUIET
    @given(VALUES)
    def one(value):
        refused_in_one_line(read, value)

    one()

